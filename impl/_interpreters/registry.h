/* The table of interpreters: see registry.c. */

#ifndef INTERPRETERS_REGISTRY_H
#define INTERPRETERS_REGISTRY_H

#include "compat.h"

typedef enum {
    IDLE,    /* exists; nobody is in it */
    RUNNING, /* claimed for a run */
    CLOSING, /* claimed for its destruction */
    GONE,    /* ended by somebody else; CPython may still list it for a moment */
    PARKED,  /* destroyed for everybody, its memory kept: its namespace leaked */
    KEPT,    /* destroyed for everybody, and ended as soon as nobody uses its memory */
} interpreter_status;

/* An interpreter. Whoever has claimed one (RUNNING, CLOSING) owns its fields until release. */
typedef struct interpreter {
    int64_t id;
    PyInterpreterState *interp;
    interpreter_status status;
    bool foreign;              /* somebody else made it; known here only while it is claimed */
    bool spare;                /* made for later, and hidden until somebody takes it */
    bool leaked;               /* objects of it are, or may be, in other interpreters */
    bool shares;               /* the GIL and the allocator of the main interpreter */
    bool busy;                 /* code may be executing in it (only kept where GIL_STARVES) */
    bool threads_left;         /* the last run left threads in it (likewise) */
    PyThreadState *seat;       /* the thread state kept for the OS thread that was in it last */
    uint64_t seat_thread;      /* that OS thread */
    uint64_t run;              /* how many runs have begun */
    bool over;                 /* the code of the last one has ended */
    int guests;                /* OS threads that hold it without a claim, for a moment */
    PyThreadState *runner;     /* that executes a run's code, or NULL; under its GIL */
    struct heritage *heritage; /* to be given to it at the next visit, or NULL */
    PyObject *raised;          /* in the runner, by another thread; under its GIL */
    struct interpreter *next;
} interpreter;

/* Something to tell the registry before an interpreter is made, and until it is added. */
typedef struct creation {
    bool site;     /* it is to import site, if the main interpreter has done so */
    bool shares;   /* it will share GIL and allocator with the main interpreter */
    int64_t floor; /* its ID will be this or more */
    struct creation *next;
} creation;

/* WAIT: until the creations have ended that want otherwise about site. CLOSED: the process is
   ending, and nothing may be created any more. No exception is set. */
typedef enum {
    BEGUN,
    WAIT,
    CLOSED
} beginning;
beginning registry_begin_creation(creation *ticket);
void registry_end_creation(creation *ticket, interpreter *made); /* NULL: it failed */

/* The process is ending; the main interpreter (was there another one before it?) begins. */
void registry_close(void);
bool registry_reopen(void);

/* True for the first caller ever: who is it that arranges the end of the process? */
bool registry_first_to_arm(void);
void registry_disarm(void);

/* Claim an interpreter for RUNNING or for CLOSING. 'number' is an int. NULL and an exception of
   these classes if it does not exist, or must not be claimed now. */
interpreter *registry_claim(PyObject *number, interpreter_status purpose, PyObject *error,
                            PyObject *not_found);
void registry_release(interpreter *entry);
void registry_remove(interpreter *entry);
void registry_park(interpreter *entry);
void registry_keep(interpreter *entry);

/* For whoever has claimed it for one run after the other: the next one begins, and this is its
   number; for now there is nothing to run. */
uint64_t registry_next_run(interpreter *entry);
void registry_rest(interpreter *entry);

/* Claim an interpreter that is KEPT, or an idle spare one, for CLOSING; NULL if it is not. */
interpreter *registry_claim_kept(int64_t id);
interpreter *registry_claim_spare(int64_t id);

/* A thread holds an interpreter for a moment, beside whoever has claimed it: it does not end
   meanwhile. On the stack of the thread. */
typedef struct hold {
    interpreter *entry;
    struct hold *outer;
} hold;

/* False, without an exception, if the interpreter is neither ours nor running, or is being ended.
   The number of its run is told, or 0 if there is none. */
bool registry_hold(hold *own, int64_t id, uint64_t *run);
void registry_let_go(hold *own);
uint64_t registry_run(interpreter *entry); /* which may be over since */
void registry_run_is_over(interpreter *entry);

/* The ID of an interpreter that exists and is not the main one; -1 and an exception. */
int64_t registry_look_up(PyObject *number, PyObject *error, PyObject *not_found);

/* A thread state is about to be made by an OS thread that has no claim: false if the process is
   ending. Its end waits until it has been made. */
bool registry_begin_entering(void);
void registry_end_entering(void);

/* Is the process ending? */
bool registry_is_closed(void);

/* An interpreter that is claimed is about to be ended: nobody is to look at it any more. */
void registry_ending(interpreter *entry);

/* Call the function, if it is not NULL, for each interpreter that shares its GIL and may be
   executing code. False if there is none, and none is being created. The table is locked meanwhile.
 */
bool registry_each_busy(void (*function)(PyInterpreterState *));

/* Somebody else has ended the interpreter. */
void registry_was_ended(interpreter *entry);

/* An int as a text: a new reference, or NULL and an exception. */
PyObject *registry_digits(PyObject *number);

/* Is an interpreter of this ID one of ours, and can its memory be relied on until it is destroyed
   by destroy.c? So it is with the main one. */
bool registry_is_ours(int64_t id);

/* 1, 0, or -1 and an exception. */
int registry_is_running(PyObject *number, PyObject *not_found);

/* A new list of the IDs of all interpreters, ascending; NULL and an exception. */
PyObject *registry_enumerate(void);

/* For the end of the process: is anybody a guest somewhere, or making or ending
   one? Claim any idle
   interpreter of ours for CLOSING, or NULL; take all others of ours out of CPython's list. */
bool registry_is_in_use(void);
interpreter *registry_claim_any(int64_t above);
void registry_forget_all(void (*before)(PyInterpreterState *));

/* Around a fork: lock the table; unlock it in the parent, empty it in the child. */
void registry_before_fork(void);
void registry_after_fork(bool in_child);

/* Mark the current interpreter, if it is one of ours, as one whose objects leak. */
void registry_current_leaks(void);

#endif
