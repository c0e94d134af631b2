/* Queues of messages, known to the whole process: see queues.c. */

#ifndef INTERPRETERS_QUEUES_H
#define INTERPRETERS_QUEUES_H

#include "sharing.h"

/* What becomes of an item when the interpreter that put it ends; -1 stands for "as the queue was
   told". An item that is LOST is got as UNBOUND, and one that is in ERROR cannot be got. */
typedef enum {
    AS_TOLD = -1,
    STAYS,
    UNBOUND,
    UNBOUND_ERROR,
    UNBOUND_REMOVE,
    LOST,
    IN_ERROR,
} on_end;

/* A new queue, with one holder; NULL and an exception. */
queue *queue_new(Py_ssize_t maxsize, on_end unbound);

/* The queue of that ID, with one holder more; NULL without an exception if there is none. */
queue *queue_find(int64_t id);
void queue_hold(queue *own);
void queue_release(queue *own);

int64_t queue_id(const queue *own);
Py_ssize_t queue_maxsize(const queue *own);
on_end queue_unbound(const queue *own);
Py_ssize_t queue_size(queue *own);

/* Put a message, which is taken. Wait for room until that time: -1 is for ever, 0 not at all.
   1; 0 if there was none, and the message is still the caller's; -1 and an exception. */
int queue_put(queue *own, message *item, int64_t until);

/* Get a message. The same; the message becomes the caller's. */
int queue_get(queue *own, message **item, int64_t until);

/* Put back what has been got, before all others; whether there is room or not. */
void queue_put_back(queue *own, message *item);

/* The interpreter is about to end: see to the items that it has put. */
void queues_interpreter_ends(int64_t id);

void queues_before_fork(void);
void queues_after_fork(bool in_child);

PyTypeObject *queue_type_new(void);
PyObject *queue_object_new(sharing_state *state, queue *held); /* takes it */
queue *queue_of(PyObject *object);                             /* borrowed */

PyObject *queue_create(PyObject *module, PyObject *args);

#endif
