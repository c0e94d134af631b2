/* Queues of messages.

   A queue belongs to the process. It exists while anybody holds it: a Python object in any
   interpreter, or a message that it is part of. Each has a lock of its own, which is held for a few
   plain C statements; what is taken out of it, and may run code when it is freed, is freed after.

   A thread that finds no item, or no room, waits in a line (wait.c). Whoever puts an item in, or
   takes one out, tells the first of the other line. */

#include "queues.h"

struct queue {
    int64_t id;
    Py_ssize_t maxsize;
    on_end unbound;
    long holders;         /* under the lock of the table */
    queue *newer, *older; /* likewise */
    plain_lock lock;
    message *first, **end;
    Py_ssize_t count;
    line getters, putters;
};

static struct {
    plain_lock lock;
    int64_t last_id;
    queue *newest;
} table = {.lock = PLAIN_LOCK_INIT};

queue *
queue_new(Py_ssize_t maxsize, on_end unbound)
{
    queue *own = calloc(1, sizeof(*own));
    if (own == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    own->maxsize = maxsize;
    own->unbound = unbound;
    own->holders = 1;
    own->lock = (plain_lock)PLAIN_LOCK_INIT;
    own->end = &own->first;
    line_make(&own->getters);
    line_make(&own->putters);
    plain_lock_acquire(&table.lock);
    own->id = ++table.last_id;
    own->older = table.newest;
    if (own->older != NULL) {
        own->older->newer = own;
    }
    table.newest = own;
    plain_lock_release(&table.lock);
    return own;
}

queue *
queue_find(int64_t id)
{
    plain_lock_acquire(&table.lock);
    queue *own = table.newest;
    while (own != NULL && own->id != id) {
        own = own->older;
    }
    if (own != NULL) {
        own->holders++;
    }
    plain_lock_release(&table.lock);
    return own;
}

void
queue_hold(queue *own)
{
    plain_lock_acquire(&table.lock);
    own->holders++;
    plain_lock_release(&table.lock);
}

/* With the table locked. */

static void
take_out(queue *own)
{
    if (own->newer != NULL) {
        own->newer->older = own->older;
    }
    else {
        table.newest = own->older;
    }
    if (own->older != NULL) {
        own->older->newer = own->newer;
    }
}

static void
free_all(message *first)
{
    while (first != NULL) {
        message *next = first->next;
        message_free(first);
        first = next;
    }
}

/* What this OS thread has yet to free: a queue in a queue in a queue, and so on, is freed one after
   the other. */
static THREAD_LOCAL queue *to_be_freed;
static THREAD_LOCAL bool is_freeing;

static void
free_queue(queue *own)
{
    own->older = to_be_freed;
    to_be_freed = own;
    if (is_freeing) {
        return;
    }
    is_freeing = true;
    while ((own = to_be_freed) != NULL) {
        to_be_freed = own->older;
        free_all(own->first);
        free(own);
    }
    is_freeing = false;
}

void
queue_release(queue *own)
{
    plain_lock_acquire(&table.lock);
    bool last = --own->holders == 0;
    if (last) {
        take_out(own);
    }
    plain_lock_release(&table.lock);
    if (last) {
        free_queue(own);
    }
}

int64_t
queue_id(const queue *own)
{
    return own->id;
}

Py_ssize_t
queue_maxsize(const queue *own)
{
    return own->maxsize;
}

on_end
queue_unbound(const queue *own)
{
    return own->unbound;
}

Py_ssize_t
queue_size(queue *own)
{
    plain_lock_acquire(&own->lock);
    Py_ssize_t count = own->count;
    plain_lock_release(&own->lock);
    return count;
}

int
queue_put(queue *own, message *item, int64_t until)
{
    if (item->on_end == AS_TOLD) {
        item->on_end = own->unbound;
    }
    plain_lock_acquire(&own->lock);
    while (own->maxsize > 0 && own->count >= own->maxsize) {
        int result = line_wait(&own->lock, &own->putters, until);
        if (result <= 0) {
            return result;
        }
        plain_lock_acquire(&own->lock);
    }
    item->next = NULL;
    *own->end = item;
    own->end = &item->next;
    own->count++;
    line_unlock_and_wake(&own->lock, line_tell_first(&own->getters));
    return 1;
}

int
queue_get(queue *own, message **item, int64_t until)
{
    plain_lock_acquire(&own->lock);
    while (own->first == NULL) {
        int result = line_wait(&own->lock, &own->getters, until);
        if (result <= 0) {
            return result;
        }
        plain_lock_acquire(&own->lock);
    }
    *item = own->first;
    own->first = (*item)->next;
    if (own->first == NULL) {
        own->end = &own->first;
    }
    (*item)->next = NULL;
    own->count--;
    line_unlock_and_wake(&own->lock, line_tell_first(&own->putters));
    return 1;
}

void
queue_put_back(queue *own, message *item)
{
    plain_lock_acquire(&own->lock);
    item->next = own->first;
    own->first = item;
    if (item->next == NULL) {
        own->end = &item->next;
    }
    own->count++;
    line_unlock_and_wake(&own->lock, line_tell_first(&own->getters));
}

/*
 * The end of an interpreter
 */

/* With the queue locked: see to the items of that sender. What is removed is put before 'freed';
   what is lost becomes an empty message, or for want of memory keeps what it has until it is got.
 */

static message *
see_to_items(queue *own, int64_t sender, message *freed)
{
    for (message **link = &own->first; *link != NULL;) {
        message *item = *link;
        if (item->sender != sender || item->on_end < UNBOUND || item->on_end > UNBOUND_REMOVE) {
            link = &item->next;
            continue;
        }
        bool removed = item->on_end == UNBOUND_REMOVE;
        on_end lost = item->on_end == UNBOUND ? LOST : IN_ERROR;
        message *stand_in = removed ? NULL : calloc(1, sizeof(*stand_in));
        if (!removed && stand_in == NULL) {
            item->on_end = lost;
            link = &item->next;
            continue;
        }
        if (stand_in != NULL) {
            stand_in->on_end = lost;
            stand_in->next = item->next;
            *link = stand_in;
            link = &stand_in->next;
        }
        else {
            *link = item->next;
            own->count--;
        }
        if (item->next == NULL) {
            own->end = link;
        }
        item->next = freed;
        freed = item;
    }
    return freed;
}

/* The queue after the one of that ID that is the newest of those older, with one holder more. */

static queue *
next_older(int64_t id)
{
    plain_lock_acquire(&table.lock);
    queue *own = table.newest;
    while (own != NULL && own->id >= id) {
        own = own->older;
    }
    if (own != NULL) {
        own->holders++;
    }
    plain_lock_release(&table.lock);
    return own;
}

void
queues_interpreter_ends(int64_t id)
{
    queue *own;
    for (int64_t last = INT64_MAX; (own = next_older(last)) != NULL; queue_release(own)) {
        last = own->id;
        plain_lock_acquire(&own->lock);
        message *freed = see_to_items(own, id, NULL);
        Py_ssize_t room = own->maxsize - own->count;
        for (; freed != NULL && room > 0 && own->putters.first != NULL; room--) {
            waiter_wake(line_tell_first(&own->putters));
        }
        plain_lock_release(&own->lock);
        free_all(freed);
    }
}

/*
 * Forks
 */

void
queues_before_fork(void)
{
    plain_lock_acquire(&table.lock);
    for (queue *own = table.newest; own != NULL; own = own->older) {
        plain_lock_acquire(&own->lock);
    }
}

/* In the child nobody waits, but for the thread that forks, which does not. */

void
queues_after_fork(bool in_child)
{
    for (queue *own = table.newest; own != NULL; own = own->older) {
        if (in_child) {
            line_make(&own->getters);
            line_make(&own->putters);
        }
        plain_lock_release(&own->lock);
    }
    plain_lock_release(&table.lock);
}
