/* The OS thread that looks after signals and the GIL: see attendant.c. */

#ifndef INTERPRETERS_ATTENDANT_H
#define INTERPRETERS_ATTENDANT_H

#include "core.h"

/* There is something to look after. */
void attendant_call(void);

/* This OS thread has entered an interpreter; it is about to leave it. */
void attendant_arrive(const visit *stay);
void attendant_depart(const visit *stay);

/* The process is ending: nothing new may be begun from now on. */
void attendant_close(void);

/* Is one of its threads waiting for the GIL? */
bool attendant_wants_gil(void);

/* There is no attendant (any more): in the child of a fork, or when Python begins anew. */
void attendant_forget(void);

#endif
