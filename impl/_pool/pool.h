/* The module interpreters._pool: tasks, and the interpreters that execute them.

   It is built on calls and messages (../_sharing/sharing.h), which know nothing of it. One file,
   one idea:

       tasks.c    tasks in line, and what becomes of them
       worker.c   an interpreter executes one after the other
       types.c    pools and tasks as Python types
       module.c   the module, and what it wants to be told of

   A task is submitted in the interpreter that owns its pool, executed in another one, and asked for
   in the owner again. What passes between them is a message each way; the thread that asks is woken
   by the one that executes, and nobody stands between the two. Only if somebody wants to be told of
   the end (a callback, concurrent.futures.wait(), asyncio) the worker goes to the owner for that.
 */

#ifndef INTERPRETERS_POOL_H
#define INTERPRETERS_POOL_H

#include "../_sharing/sharing.h"

/* In this order: what is to be waited for comes first. */
typedef enum {
    QUEUED,
    STARTED,
    LOADING, /* a thread of the owner's makes the result anew */
    ENDED,
    LOADED,
    CANCELLED,
    LOST, /* the pool is broken: nobody will execute it */
} task_status;

typedef struct pool pool;

/* Who is to be told of the end of a task. */
typedef enum {
    NOBODY_YET,
    FUTURE,
    TOLD_FUTURE,
} audience;

/* The lock of the pool is for all of it, but for what the one who executes or loads it needs. */
typedef struct task {
    atomic_int holders;
    pool *in;
    task_status status;
    struct task *next, *previous; /* in line, or of those that are being executed */
    message *call;
    double seconds; /* how long it may take; negative: any time */
    bool chunk;     /* calls of one function with several tuples of arguments */
    int64_t worker; /* the interpreter that executes it, */
    uint64_t run;   /* and the number that it has there */
    message *reply;
    char *description; /* of the exception, or NULL */
    Py_ssize_t described;
    bool interrupted; /* for the time was up */
    uint64_t loader;  /* the OS thread that loads it, */
    unsigned forks;   /* in the process after so many forks */
    line waiting;
    audience told;
    PyObject *future; /* an object of the owner's, and only to be touched there */
} task;

typedef struct {
    task *first, *last;
} task_list;

/* What a pool takes, and gives. */
typedef enum {
    POOL_OPEN,
    POOL_SHUT,   /* what is in line is executed still */
    POOL_BROKEN, /* it is not */
} pool_state;

struct pool {
    plain_lock lock;
    atomic_long holders;
    pool *newer, *older; /* of all */
    int64_t owner;
    pool_state state;
    char *why; /* it is broken; stays as it is */
    task_list queued, started;
    waiter *idle; /* the workers that have nothing to do, the latest first */
    Py_ssize_t workers, resting, waiting, executing, done;
};

/*
 * tasks.c
 */

/* One holder; NULL and an exception. */
pool *pool_new(void);
void pool_release(pool *own);

/* A task for that pool, which takes the message. One holder; NULL and an exception. */
task *task_new(pool *in, message *call, double seconds, bool chunk);
void task_release(task *own);

/* Put it in line, or leave it and say what the pool is. */
pool_state pool_put(pool *own, task *made);

/* No more are taken, and workers end when there is nothing in line. */
void pool_shut(pool *own);

/* The same, and nothing in line is executed. 'why' is of malloc, and taken. */
void pool_break(pool *own, char *why);

/* Take all that is in line out of it, in the owner: they have been cancelled, or are lost. */
void pool_drain(pool *own, task_status end);

/* Cancel it, in the owner. True if it is cancelled now. */
bool task_cancel(task *own);

/* Wait until it has ended, or until that time. 1; 0 if the time is up; -1 and an exception. */
int task_wait(task *own, int64_t until);

/* What has become of it, and whether its future is to be told of its end, or has been. */
task_status task_look(task *own, audience *told);

/* With the pool locked, which it is not when this returns: it has come to its end. Whoever waits is
   told, and in the owner, to which the caller goes for it, its future. */
void task_ends(task *own, task_status end);

/* When it has ended, in the owner: what it has come to. ENDED means that the caller is to load it,
   and to say whether it has, or whether that is to be tried again. */
task_status task_begin_loading(task *own);
void task_end_loading(task *own, bool loaded);

/* The future is to be told when it ends, unless it has ended. In the owner. */
void task_watch(task *own, PyObject *future);

/* Its future has been told, or does not need to be. */
void task_announce(task *own);

/* With a list locked. */
void tasks_append(task_list *list, task *own);
void tasks_remove(task_list *list, task *own);

void pools_before_fork(void);
void pools_after_fork(bool in_child);

/*
 * worker.c
 */

/* Execute tasks in that interpreter, 'most' at most (0: any number). True if that was the reason to
   end; false if there are to be no more. -1 and an exception. */
int pool_serve(pool *own, module_state *core, PyObject *number, Py_ssize_t most);

/*
 * types.c
 */

PyObject *pool_type_new(void);
PyObject *task_type_new(void);

#endif
