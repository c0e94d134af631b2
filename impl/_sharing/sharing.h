/* The module interpreters._sharing: what the parts of it know of each other.

   It is built on the core (../_interpreters/core.h), which knows nothing of it but the hooks that
   it sets. One file, one idea:

       state.c      what each interpreter has of this module: classes, and functions of pickle
       loans.c      memory of one interpreter that others look into
       buffer.c     the Python object that looks into a loan
       message.c    objects described in bytes, and made anew
       natives.c    ... those of plain types, in C
       pickled.c    ... any others, by pickle
       beside.c     do something in an interpreter beside whoever is in it
       wait.c       one thread waits, and is woken
       queues.c     queues of messages
       queue_type.c ... as a Python type
       call.c       call a function in another interpreter
       top.c        ... which may look for the code that calls it
       control.c    interrupt code; let it run for so long at most
       streams.c    call an object of another interpreter with text
       spares.c     interpreters made in the background
       module.c     the method table

   What crosses from one interpreter to another is memory of malloc and loans, never an object. No
   lock of ours is held across a call into Python or a switch of interpreters. */

#ifndef INTERPRETERS_SHARING_H
#define INTERPRETERS_SHARING_H

#include "../_interpreters/core.h"

#include <stdatomic.h>
#include <stdlib.h>

/*
 * state.c
 */

/* What an interpreter has of this module, for as long as it exists. */
typedef struct sharing_state {
    atomic_llong id;            /* -1: not in use */
    bool ends;                  /* it executes nothing but what is left to finalize */
    struct sharing_state *next; /* of those that are free */
    PyObject *NotShareableError;
    PyObject *QueueError;
    PyObject *QueueNotFoundError;
    PyObject *ItemInterpreterDestroyed;
    PyTypeObject *Buffer;
    PyTypeObject *Queue;
    PyObject *dumps; /* this and the rest is looked up when it is needed: NULL until then */
    PyObject *loads;
    PyObject *array;
    PyObject *policies[3]; /* UNBOUND, UNBOUND_ERROR, UNBOUND_REMOVE */
    PyObject *streams;     /* {token: callable}, what others may call with text */
    PyObject *flush;       /* to be called when a run ends, or NULL */
} sharing_state;

/* That of the current interpreter, made if it has none; NULL and an exception. */
sharing_state *state_get(void);

/* The ID of the current interpreter. */
int64_t state_current_id(void);

/* A new reference to the attribute of a module, which is imported, and kept at '*kept'; borrowed.
   NULL and an exception. */
PyObject *state_import(PyObject **kept, const char *module, const char *name);

/*
 * loans.c
 */

/* Memory of an interpreter's object, which is kept alive as long as anybody holds the loan. */
typedef struct loan loan;

/* What the loan is of: its 'obj' is not to be touched. */
const Py_buffer *loan_view(const loan *lent);

/* Lend the memory of an object of the current interpreter. If 'snapshot', or if the interpreter
   cannot lend, it is copied. One holder. NULL and an exception. */
loan *loan_make(PyObject *object, bool snapshot);

void loan_hold(loan *lent);

/* In any interpreter, and with or without an exception set. */
void loan_release(loan *lent);

/* In an interpreter: release what has come back to it. */
void loans_see_to(void);

/* The hooks of the core. */
void loans_run_ends(void);
bool loans_are_out(int64_t lender);
void loans_interpreter_ends(int64_t id);
void loans_interpreter_kept(int64_t id);
void loans_before_fork(void);
void loans_after_fork(bool in_child);

/*
 * beside.c
 */

/* Call the function in that interpreter, beside whoever is in it, and come back. False if it cannot
   be entered: it is gone, or being ended. */
bool beside(int64_t id, void (*function)(void *), void *argument);

/* The same for an OS thread that has no thread state, in an interpreter that is held. */
typedef struct {
    PyThreadState *inside;
    PyThreadState *callbacks;
} guest;
bool guest_enter(guest *stay, PyInterpreterState *interp);
void guest_leave(guest *stay);

/*
 * buffer.c
 */

PyTypeObject *buffer_new_type(void);

/* An object that exports the memory of the loan, which it holds; NULL and an exception. */
PyObject *buffer_new(sharing_state *state, loan *lent);

/*
 * message.c
 */

typedef struct queue queue;

/* What a message holds besides its bytes, which refer to it by its index. */
typedef struct {
    loan *lent;
    queue *held; /* one of the two is NULL */
} attachment;

/* Objects described in bytes. */
typedef struct message {
    struct message *next; /* in a queue */
    int64_t sender;
    int on_end;   /* in a queue: what becomes of it when the sender ends; see queues.h */
    bool delayed; /* it may arrive later, so what can change is copied now */
    bool lends;   /* there are copies to be made of memory that is lent: see message_settle */
    size_t size, capacity;
    char *bytes;
    size_t attached, attachable;
    attachment *attachments;
    int noted;                /* while it is made: */
    const PyObject *notes[4]; /* what must not occur again */
    char room[88];            /* for short ones */
} message;

/* Describe an object of the current interpreter. 'name' is what errors call it. NULL and an
   exception. */
message *message_pack(sharing_state *state, PyObject *object, const char *name, bool delayed);

/* Describe the function and the arguments of a call: a tuple and a dict, or NULL. */
message *message_pack_call(sharing_state *state, PyObject *callable, PyObject *args,
                           PyObject *kwargs, bool delayed);

/* Describe a dict as pairs, its keys strs. */
message *message_pack_names(sharing_state *state, PyObject *names);

/* Make the object anew in the current interpreter. A new reference; NULL and an exception. */
PyObject *message_unpack(sharing_state *state, const message *from);

/* For any interpreter, with or without an exception set. NULL is passed over. */
void message_free(message *own);

/* For those that describe (natives.c, pickled.c). 0; or -1 and an exception. */
int message_put(message *to, const void *bytes, size_t size);
int message_put_size(message *to, size_t size);
int message_attach(message *to, loan *lent, queue *held); /* takes both, also if it fails */

/* And for those that make anew: the bytes that are still to be read. */
typedef struct {
    const message *from;
    const char *at;
} reader;

static inline size_t
reader_size(reader *in)
{
    size_t size;
    memcpy(&size, in->at, sizeof(size));
    in->at += sizeof(size);
    return size;
}

/* Clear the exception that is set, if it is one to be passed over: an Exception, but not for want
   of memory. A RecursionError leaves a mark up to 3.9, which is put back as it was. False if it is
   still set. */
bool pass_over_exception(bool overflowed);

/*
 * natives.c
 */

/* 1; 0 without an exception, if something in the object is not native; or -1 and an exception. */
int natives_describe(sharing_state *state, message *to, PyObject *object);

/* A new reference, or NULL and an exception. */
PyObject *natives_make(sharing_state *state, reader *in);

/*
 * pickled.c
 */

/* Add the pickle of an object. 0, or -1 and an exception. */
int pickled_describe(sharing_state *state, message *to, PyObject *object);
PyObject *pickled_make(sharing_state *state, reader *in);

/* The exception that is set says that the object cannot be described: say instead which part of it
   cannot be, unless it is none of the object's making (MemoryError, KeyboardInterrupt).
   'overflowed' is what it was before. */
void pickled_explain(sharing_state *state, PyObject *object, const char *name, bool overflowed);

/*
 * wait.c
 */

/* A thread that waits, or is about to. */
typedef struct waiter {
    struct waiter *next; /* for whoever is to wake it */
    atomic_uint flag;    /* see wait.c */
#ifndef __linux__
    PyThread_type_lock lock;
#endif
    int64_t interpreter; /* whose code waits */
    unsigned long thread;
    struct waiter *newer, *older; /* of all that wait */
} waiter;

/* Nanoseconds of a clock that cannot be set. */
int64_t wait_now(void);

/* When so many seconds have passed; -1: never. */
int64_t wait_until(double seconds);

/* A number of seconds, as a C double; -1 and an exception if it is none, or less than none. 'name'
   is what errors call it. If 'strict' it is an int or a float, else anything that float() takes. */
double wait_seconds(PyObject *object, const char *name, bool strict);

/* False if there is no memory. */
bool waiter_make(waiter *own);
void waiter_unmake(waiter *own);

/* Sleep until it is told, until that time (-1: never), or until something else wakes it. Without a
   GIL. */
void waiter_sleep(waiter *own, int64_t until);

/* Tell it, under a lock that the waiter needs before it goes. Then wake it, with the lock or
   without: it may be gone by then. */
void waiter_tell(waiter *other);
void waiter_wake(waiter *other);
bool waiter_is_told(const waiter *own);

/* For code that waits, and can be interrupted: it is known as a waiter between the two. */
void waiter_join(waiter *own);
void waiter_leave(waiter *own);

/* Threads that wait for the same, under a lock. */
typedef struct {
    waiter *first, **end;
} line;

void line_make(line *own);

/* Locked: returns whom to wake when that is unlocked, or NULL. */
waiter *line_tell_first(line *own);
void line_unlock_and_wake(plain_lock *lock, waiter *other);

/* Wait in line until that time: -1 is for ever, 0 not at all. Locked, which it is not when this
   returns. 1: there may be what was waited for, and it is to be looked for; 0: the time is up; -1
   and an exception. */
int line_wait(plain_lock *lock, line *own, int64_t until);

/* Is there an exception to be raised in this thread, by a signal handler or by another thread?
   Raise it: -1 if so, else 0. */
int wait_look_for_exception(void);

/* Have the waiters of that thread and that interpreter look whether there is an exception. */
void wait_disturb(int64_t interpreter, unsigned long thread);

void wait_before_fork(void);
void wait_after_fork(bool in_child);

/*
 * control.c
 */

/* A limit to a run: see control.c. */
typedef struct limit limit;

/* Begin to count, for the interpreter that is claimed. NULL and an exception. */
limit *limit_begin(module_state *core, interpreter *target, double seconds);

/* Was the run interrupted? */
bool limit_end(limit *own);

/* The exception that is set is that of a run which was interrupted because of a limit: have the
   caller get a TimeoutError, if it is the one for which it was. */
void limit_explain(double seconds);

/* Raise an exception, or an instance of a class, in the run of that number of that interpreter. 1;
   0 if it is not in progress; -1 and an exception. */
int control_raise(int64_t id, uint64_t run, PyObject *exception);

PyObject *control_interrupt(PyObject *module, PyObject *args);

/*
 * top.c
 */

/* Call it where it has no Python code for a caller: a new reference, or NULL and an exception. */
PyObject *top_call(PyObject *callable, PyObject *args, PyObject *kwargs);

/*
 * call.c
 */

/* Inside: make the call that a message describes, and describe what it returns. NULL and an
   exception. 'delayed' is as for message_pack(). */
message *call_inside(const message *call, bool delayed);

/*
 * call.c, streams.c, spares.c: functions of the module
 */

PyObject *call_function(PyObject *module, PyObject *args);
PyObject *call_run(PyObject *module, PyObject *args);
PyObject *call_bind(PyObject *module, PyObject *args);

PyObject *streams_register(PyObject *module, PyObject *callable);
PyObject *streams_forget(PyObject *module, PyObject *token);
PyObject *streams_write(PyObject *module, PyObject *args);
PyObject *streams_flush_with(PyObject *module, PyObject *callable);
void streams_run_ends(void);

PyObject *spares_set(PyObject *module, PyObject *args);
PyObject *spares_count(PyObject *module, PyObject *ignored);
PyObject *spares_take(PyObject *module, PyObject *args);
void spares_process_ends(void);
void spares_before_fork(void);
void spares_after_fork(bool in_child);

/* The state of the core's module in the current interpreter, of which this module is a part. */
module_state *core_state(PyObject *module);

#endif
