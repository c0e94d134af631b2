/* The few things that CPython keeps to itself and that safety needs: see internals.c. */

#ifndef INTERPRETERS_INTERNALS_H
#define INTERPRETERS_INTERNALS_H

#include "compat.h"

/* Raise ImportError if this module was compiled for a CPython whose runtime is laid out otherwise
   than that of the running one. */
int internals_check(void);

/* The IDs of all interpreters, newest first, in memory of malloc; -1 for lack of it. */
Py_ssize_t internals_ids(int64_t **ids);

/* The ID that the next interpreter will get. */
int64_t internals_next_id(void);

/* The interpreter of that ID, or NULL. Raises nothing. */
PyInterpreterState *internals_find(int64_t id);

/* Take an interpreter out of CPython's list: nobody finds it, nobody finalises it. */
void internals_forget(PyInterpreterState *interp);

/* Do the interpreter and the main one share the GIL and the allocator? */
bool internals_shares_memory(PyInterpreterState *interp);

/* Is CPython's own module running code in the interpreter's __main__? Before 3.12.1 it does so in
   the thread state given, or else in the oldest one. */
bool internals_is_running_main(PyInterpreterState *interp, PyThreadState *tstate);

/* Mark the current interpreter as running, for CPython's own module to see. False, with no
   exception, if it is marked already. */
bool internals_mark_running_main(PyInterpreterState *interp);
void internals_unmark_running_main(PyInterpreterState *interp);

#endif
