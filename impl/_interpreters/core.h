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

/* What is built on the core, as it wants to be told of it. Any may be NULL. */
typedef struct core_hooks {
    void (*run_ends)(void);               /* inside: the code of a run has ended, how ever it did */
    void (*interpreter_ends)(int64_t id); /* inside, settled: an interpreter is destroyed */
    void (*memory_is_used)(int64_t id, bool *used); /* do others use memory of that interpreter? */
    void (*interpreter_kept)(int64_t id);           /* for that reason it is not ended yet */
    void (*process_ends)(void);                     /* in the main interpreter: no more are made */
    void (*before_fork)(void);                      /* in the parent, with nothing locked */
    void (*after_fork)(bool in_child);
    const struct core_hooks *next; /* of what this is built on */
} core_hooks;
extern const core_hooks *_Atomic hooks;

/* Call a hook of all that have it, what is built on others first. */
#define CALL_HOOKS(name, ...)                                                                      \
    for (const core_hooks *each = hooks; each != NULL; each = each->next) {                        \
        if (each->name != NULL) {                                                                  \
            each->name(__VA_ARGS__);                                                               \
        }                                                                                          \
    }

/* module.c */

/* What an argument of that name is as an exact int, or NULL and an exception. */
PyObject *core_index(PyObject *object, const char *name);

/* The value of that key in a dict, borrowed; NULL and, for want of memory, an exception. */
PyObject *core_item(PyObject *dict, const char *key);

/* Source text as UTF-8, which the str owns, or NULL and an exception. */
const char *core_source(PyObject *command);

/* create.c */

/* Raise the auditing event of a creation that somebody asks for. 0, or -1 and an exception. */
int interpreter_audit_create(bool isolated, bool site);

/* Make an interpreter, or a spare one; its ID, or -1 and an exception. */
int64_t interpreter_create(module_state *state, bool isolated, bool site, bool spare);

/* Make a spare one an ordinary one, with what a new one gets from the current interpreter. 0, or -1
   and an exception. */
int interpreter_adopt(module_state *state, int64_t id);

/* Inside, at the begin of a visit: give it what is waiting for it. */
void interpreter_inherit(interpreter *target);

/* destroy.c */

/* End the interpreter that was claimed for it. 0, or -1 and an exception. Either way the claim
   is over. */
int interpreter_destroy(module_state *state, interpreter *target);

/* End an interpreter that was destroyed before, and whose memory nobody uses any more. */
void interpreter_end_kept(int64_t id);

/* process.c */

/* Be prepared for the end of the process, and for forks of it. 0, or -1 and an exception. */
int process_prepare(void);

/* Are there the memory and the file descriptors that an interpreter takes? If not, false and what
   is wanting, as a text. */
bool process_has_room(const char **wanting);

/* In a new interpreter: have os.fork and os.forkpty refuse. 0, or -1 and an exception. */
int process_take_fork_away(void);

/* Call the function in the main interpreter, in this OS thread, and return what it returns; or -1,
   if that cannot be entered. What the function raises is dropped. */
int process_do_in_main(int (*function)(void *), void *argument);

/* extensions.c */

/* In a new isolated interpreter: see there. 0, or -1 and an exception. */
int extensions_prepare(void);

/* In an isolated interpreter, with no exception set: it is about to be left. */
void extensions_leave(void);

/* visit.c */

/* The way back of an OS thread from another thread state of its own. */
typedef struct {
    PyThreadState *from;
    PyThreadState *callbacks; /* where callbacks from C ran before */
} passage;

/* A stay of this OS thread in another interpreter. Between enter and leave that interpreter is
   the current one, and nothing of the caller's may be touched. */
typedef struct visit {
    interpreter *target;
    passage back;
    PyThreadState *inside;
    bool marked;         /* as running, for CPython's own module */
    bool interrupted;    /* a signal handler has raised an exception in it */
    struct visit *outer; /* the visit of this OS thread that this one is made from, or NULL */
} visit;

/* Enter the interpreter that was claimed. 0; or -1, still outside, with an exception. */
int visit_enter(module_state *state, visit *stay, interpreter *target);
void visit_leave(visit *stay);

/* During a visit: for now there is nothing to execute, and no GIL is needed; there is again. */
void visit_rest(visit *stay);
void visit_resume(visit *stay);

/* Begin and end a visit of an interpreter that this OS thread is in already, in stay->inside;
   after the end it still is. */
void visit_begin(visit *stay);
void visit_end(visit *stay);

/* Leave an interpreter to which nobody will come again. */
void visit_leave_for_good(visit *stay);

/* The visit that this OS thread is on, or NULL. */
visit *visit_innermost(void);

/* Go to the interpreter of another thread state of this OS thread, and come back from there. */
passage visit_go(PyThreadState *tstate);
void visit_come_back(passage back);

/* The number of this OS thread, which no other one ever has. */
uint64_t visit_thread(void);

/* Inside: have the seat dropped when somebody else ends the interpreter. 0, or -1 and an
   exception. */
int visit_drop_seat_at_exit(interpreter *target);

/* Inside: how many thread states are there besides the current one? */
int visit_count_others(const visit *stay);

/* own_code.c */

/* Inside: a module that is imported already, borrowed; or NULL. */
PyObject *loaded_module(const char *name);

/* Inside: run Python code of our own, in a namespace that has sys.modules, sys.excepthook and
   pause(seconds). 0, or -1 and an exception. */
int run_own_code(const char *source);

/* run.c */

/* Inside: code of the user's is about to be executed, or has ended. Between the two it can be
   interrupted. */
void run_begins(interpreter *target);
void run_ends(interpreter *target);

/* Run source text in the interpreter that was claimed for it. Returns a new reference: the
   namespace if it is wanted, else None; or NULL and the exception of the code. 'updates' is a dict,
   or NULL. */
PyObject *interpreter_run(module_state *state, interpreter *target, const char *source,
                          PyObject *updates, bool want_namespace);

/* attendant.c */

/* Start a thread that no signal disturbs; the caller needs no GIL. */
bool core_start_thread(void (*function)(void *), void *argument);

/* In the main thread, whichever interpreter it is in: have the handlers of signals that have come
   called. 0, or -1 and what a handler raised. */
int core_check_signals(void);

/* describe.c */

/* Describe the exception that is set in the current interpreter, and clear it. 'source' is the
   text of the code that was run, or NULL. The description is in memory of malloc; NULL if there is
   not enough of it. */
char *exception_describe(const char *source, Py_ssize_t *size);

/* rebuild.c */

/* Rebuild a described exception in the current interpreter, set it, and free the description. */
void exception_raise(module_state *state, char *description, Py_ssize_t size, int64_t id);

/* traceback.c */

/* The class of the exceptions that carry a traceback from one interpreter to another. */
PyObject *exception_new_remote_traceback(void);

#endif
