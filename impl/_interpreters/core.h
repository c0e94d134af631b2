/* What the parts of the module know of each other, and all that a C folder beside this one needs
   to build on it. */

#ifndef INTERPRETERS_CORE_H
#define INTERPRETERS_CORE_H

#include "registry.h"

/* The state of the module, one in each interpreter that imports it. */
typedef struct {
    PyObject *InterpreterError;
    PyObject *InterpreterNotFoundError;
    PyObject *RemoteTraceback;
} module_state;

/* lifecycle.c */

/* Make an interpreter; its ID, or -1 and an exception. */
int64_t interpreter_create(module_state *state, bool isolated);

/* End the interpreter that was claimed for it. 0, or -1 and an exception. Either way the claim
   is over. */
int interpreter_destroy(module_state *state, interpreter *target);

/* Have all interpreters destroyed when the process ends. 0, or -1 and an exception. */
int interpreter_arm_exit(void);

/* run.c */

/* A stay of this OS thread in another interpreter. Between enter and leave that interpreter is
   the current one, and nothing of the caller's may be touched. */
typedef struct {
    interpreter *target;
    PyThreadState *caller;
    PyThreadState *inside;
    bool marked; /* as running, for CPython's own module */
} visit;

/* Enter the interpreter that was claimed. 0; or -1, still outside, with an exception. */
int visit_enter(module_state *state, visit *stay, interpreter *target);
void visit_leave(visit *stay);

/* The number of this OS thread, which no other one ever has. */
uint64_t visit_thread(void);

/* Leave an interpreter to which nobody will come again. */
void visit_leave_for_good(visit *stay);

/* Inside: a module that is imported already, borrowed; or NULL. */
PyObject *loaded_module(const char *name);

/* Inside: run Python code of our own, in a namespace of its own. What it raises is dropped. */
void run_own_code(const char *source);

/* Run source text in the interpreter that was claimed for it, and end the claim. Returns a new
   reference: the namespace if it is wanted, else None; or NULL and the exception of the code.
   'updates' is a dict, or NULL. */
PyObject *interpreter_run(module_state *state, interpreter *target, const char *source,
                          PyObject *updates, bool want_namespace);

/* describe.c */

/* Describe the exception that is set in the current interpreter, and clear it. The description is
   in memory of malloc; NULL if there is not enough of it. */
char *exception_describe(Py_ssize_t *size);

/* rebuild.c */

/* Rebuild a described exception in the current interpreter, set it, and free the description. */
void exception_raise(module_state *state, char *description, Py_ssize_t size, int64_t id);

/* The class of the exceptions that carry a traceback from one interpreter to another. */
PyObject *exception_new_remote_traceback(void);

#endif
