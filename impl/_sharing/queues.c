/* Queues of messages.

   A queue belongs to the process. It exists while anybody holds it: a Python object in any
   interpreter, or a message that it is part of. Each has a lock of its own, which is held for a few
   plain C statements; what is taken out of it, and may run code when it is freed, is freed after.

   A thread that finds no item, or no room, puts a waiter at the end of a list. Whoever puts an item
   in, or takes one out, tells the first waiter of the other list, and takes it off. Being told is
   no promise: by the time that the waiter looks, another thread may have been quicker; then it
   waits again. But one that leaves without having looked, because its time was up or an exception
   was raised, tells the next one, so that no item stays while somebody waits for it. */

#include "queues.h"

typedef struct {
    waiter *first, **end;
} waiting;

struct queue {
    int64_t id;
    Py_ssize_t maxsize;
    on_end unbound;
    long holders;         /* under the lock of the table */
    queue *newer, *older; /* likewise */
    plain_lock lock;
    message *first, **end;
    Py_ssize_t count;
    waiting getters, putters;
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
    own->getters.end = &own->getters.first;
    own->putters.end = &own->putters.first;
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

/*
 * Waiting. All of it with the queue locked.
 */

static void
line_up(waiting *line, waiter *own)
{
    own->next = NULL;
    *line->end = own;
    line->end = &own->next;
}

static void
leave_line(waiting *line, waiter *own)
{
    waiter **link = &line->first;
    while (*link != NULL && *link != own) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = own->next;
        if (own->next == NULL) {
            line->end = link;
        }
    }
}

/* Returns whom to wake when the queue is unlocked, or NULL. */

static waiter *
tell_first(waiting *line)
{
    waiter *first = line->first;
    if (first != NULL) {
        leave_line(line, first);
        waiter_tell(first);
    }
    return first;
}

static void
unlock_and_wake(queue *own, waiter *other)
{
    plain_lock_release(&own->lock);
    if (other != NULL) {
        waiter_wake(other);
    }
}

/* Tell the next one instead of this one, which has an exception. */

static int
pass_on(queue *own, waiting *line)
{
    plain_lock_acquire(&own->lock);
    unlock_and_wake(own, tell_first(line));
    return -1;
}

/* Sleep, in line; without a GIL, so that nothing is left of it should the thread be ended when it
   wants that again. Returns whether it was told. */

static bool
sleep_in_line(queue *own, waiting *line, waiter *self, int64_t until)
{
    bool told;
    Py_BEGIN_ALLOW_THREADS
    waiter_sleep(self, until);
    plain_lock_acquire(&own->lock);
    leave_line(line, self);
    told = waiter_is_told(self);
    plain_lock_release(&own->lock);
    waiter_leave(self);
    Py_END_ALLOW_THREADS
    return told;
}

/* With the queue locked, which it is not when this returns. 1: there may be what was waited for,
   and it is to be looked for; 0: the time is up; -1 and an exception. */

static int
wait_in_line(queue *own, waiting *line, int64_t until)
{
    waiter self;
    if (until == 0 || !waiter_make(&self)) {
        plain_lock_release(&own->lock);
        if (until != 0) {
            PyErr_NoMemory();
        }
        return until == 0 ? 0 : -1;
    }
    line_up(line, &self);
    plain_lock_release(&own->lock);
    waiter_join(&self);
    int result = wait_look_for_exception();
    if (sleep_in_line(own, line, &self, result < 0 ? 0 : until)) {
        result = result < 0 ? pass_on(own, line) : 1;
    }
    else if (result == 0) {
        result = wait_look_for_exception() < 0 ? -1 : until < 0 || wait_now() < until;
    }
    waiter_unmake(&self);
    return result;
}

int
queue_put(queue *own, message *item, int64_t until)
{
    if (item->on_end == AS_TOLD) {
        item->on_end = own->unbound;
    }
    plain_lock_acquire(&own->lock);
    while (own->maxsize > 0 && own->count >= own->maxsize) {
        int result = wait_in_line(own, &own->putters, until);
        if (result <= 0) {
            return result;
        }
        plain_lock_acquire(&own->lock);
    }
    item->next = NULL;
    *own->end = item;
    own->end = &item->next;
    own->count++;
    unlock_and_wake(own, tell_first(&own->getters));
    return 1;
}

int
queue_get(queue *own, message **item, int64_t until)
{
    plain_lock_acquire(&own->lock);
    while (own->first == NULL) {
        int result = wait_in_line(own, &own->getters, until);
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
    unlock_and_wake(own, tell_first(&own->putters));
    return 1;
}

/*
 * The end of an interpreter
 */

/* With the queue locked: see to the items of that sender. What is removed is put before 'freed';
   what is lost becomes an empty message. */

static message *
see_to_items(queue *own, int64_t sender, message *freed)
{
    for (message **link = &own->first; *link != NULL;) {
        message *item = *link;
        if (item->sender != sender || item->on_end < UNBOUND || item->on_end > UNBOUND_REMOVE) {
            link = &item->next;
            continue;
        }
        message *stand_in = NULL;
        if (item->on_end != UNBOUND_REMOVE) {
            stand_in = calloc(1, sizeof(*stand_in));
        }
        if (stand_in != NULL) {
            stand_in->on_end = item->on_end == UNBOUND ? LOST : IN_ERROR;
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
            waiter_wake(tell_first(&own->putters));
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
            own->getters = (waiting){NULL, &own->getters.first};
            own->putters = (waiting){NULL, &own->putters.first};
        }
        plain_lock_release(&own->lock);
    }
    plain_lock_release(&table.lock);
}
