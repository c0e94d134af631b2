/* The few things that CPython keeps to itself and that safety needs: see internals.c. */

#ifndef INTERPRETERS_INTERNALS_H
#define INTERPRETERS_INTERNALS_H

#include "compat.h"

/* Raise ImportError if this module was compiled for a CPython whose runtime is laid out otherwise
   than that of the running one, or that is later than it and does without what this one needs. */
int internals_check(void);

/* The IDs of all interpreters, newest first, in memory of malloc; -1 for lack of it. */
Py_ssize_t internals_ids(int64_t **ids);

/* The ID that the next interpreter will get. */
int64_t internals_next_id(void);

/* The interpreter of that ID, or NULL. Raises nothing. */
PyInterpreterState *internals_find(int64_t id);

/* Take an interpreter out of CPython's list: nobody finds it, nobody finalises it. */
void internals_forget(PyInterpreterState *interp);

/* At the end of the process, holding the GIL that the interpreter shares: have its threads stop
   where they want it again. */
void internals_stop_threads(PyInterpreterState *interp);

/* In the child of a fork: have CPython's list hold the main interpreter alone. */
void internals_forget_others(void);

/* Do the interpreter and the main one share the GIL and the allocator? */
bool internals_shares_memory(PyInterpreterState *interp);

/* Is CPython's own module running code in the interpreter's __main__? Before 3.12.1 it does so in
   the thread state given, or else in the oldest one. */
bool internals_is_running_main(PyInterpreterState *interp, PyThreadState *tstate);

/* Mark the current interpreter as running, for CPython's own module to see. False, with no
   exception, if it is marked already. */
bool internals_mark_running_main(PyInterpreterState *interp);
void internals_unmark_running_main(PyInterpreterState *interp);

/* Whether interpreters import site, which they take over from the main one. */
bool internals_imports_site(void);
void internals_set_imports_site(bool value);

/* Is this OS thread the one that handles signals, and are there any to be handled? */
bool internals_in_main_thread(void);
bool internals_signals_pending(void);

/* Have a thread that is executing code in that interpreter call the function between two steps of
   it: the main thread, if not any will do (CALLS_ANYWHERE). False if there is no room to note it.
   For any OS thread, without a GIL. */
bool internals_call_soon(PyInterpreterState *interp, int (*function)(void *));

/* Have the code that is busy in the interpreter give up the GIL, for which the caller is about to
   wait. Only where GIL_STARVES. */
void internals_request_gil(PyInterpreterState *interp);

/* Take that back, with the GIL. Threads of the interpreter that want the GIL ask anew. */
void internals_withdraw_request(PyInterpreterState *interp);

/* Take a thread state out of the list of those of its interpreter, which do not outlive it. It is
   not to be deleted. For any OS thread, without a GIL; only where GIL_STARVES. */
void internals_hide(PyThreadState *tstate);

/* Has a function made a tuple of its keywords' names since the last adoption? And, in the main
   interpreter: have them all made there. Does nothing from 3.12.4 on. */
bool internals_has_new_keywords(void);
int internals_adopt_keywords(void *ignored);

/* Is tracemalloc tracing? */
bool internals_traces_memory(void);

/* Would it end the process if tracemalloc stopped while a thread without a GIL allocates? */
bool internals_tracing_races(void);

/* Make callbacks from C in this OS thread run in this thread state. Returns the one in which they
   ran before. */
PyThreadState *internals_bind_callbacks(PyThreadState *tstate);

#endif
