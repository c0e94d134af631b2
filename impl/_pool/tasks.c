/* Tasks in line, and what becomes of them.

   A task is held by the line it stands in, and by the object that stands for it in the owner. The
   line is served first come, first served. A worker that finds nothing in it rests, and the one
   that has rested for the shortest time is woken first: its memory is nearest.

   In the child process of a fork there are no workers, so nobody is to wait for them: what has not
   ended is lost. */

#include "pool.h"

static struct {
    plain_lock lock;
    pool *newest;
    unsigned forks; /* how many forks this process is away from the first one */
} all = {.lock = PLAIN_LOCK_INIT};

pool *
pool_new(void)
{
    pool *own = calloc(1, sizeof(*own));
    if (own == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    own->lock = (plain_lock)PLAIN_LOCK_INIT;
    own->owner = state_current_id();
    atomic_init(&own->holders, 1);
    plain_lock_acquire(&all.lock);
    own->older = all.newest;
    if (own->older != NULL) {
        own->older->newer = own;
    }
    all.newest = own;
    plain_lock_release(&all.lock);
    return own;
}

void
pool_release(pool *own)
{
    plain_lock_acquire(&all.lock);
    bool last = atomic_fetch_sub(&own->holders, 1) == 1;
    if (last) {
        *(own->newer == NULL ? &all.newest : &own->newer->older) = own->older;
        if (own->older != NULL) {
            own->older->newer = own->newer;
        }
    }
    plain_lock_release(&all.lock);
    if (last) {
        free(own->why);
        free(own);
    }
}

task *
task_new(pool *in, message *call, double seconds, bool chunk)
{
    task *own = calloc(1, sizeof(*own));
    if (own == NULL) {
        message_free(call);
        PyErr_NoMemory();
        return NULL;
    }
    atomic_fetch_add(&in->holders, 1);
    atomic_init(&own->holders, 1);
    own->in = in;
    own->call = call;
    own->seconds = seconds;
    own->chunk = chunk;
    line_make(&own->waiting);
    return own;
}

void
task_release(task *own)
{
    if (atomic_fetch_sub(&own->holders, 1) == 1) {
        message_free(own->call);
        message_free(own->reply);
        free(own->description);
        pool_release(own->in);
        free(own);
    }
}

void
tasks_append(task_list *list, task *own)
{
    own->next = NULL;
    own->previous = list->last;
    *(list->last == NULL ? &list->first : &list->last->next) = own;
    list->last = own;
}

void
tasks_remove(task_list *list, task *own)
{
    *(own->previous == NULL ? &list->first : &own->previous->next) = own->next;
    *(own->next == NULL ? &list->last : &own->next->previous) = own->previous;
}

/* With the pool locked: tell a worker that rests, and return it. */

static waiter *
tell_worker(pool *own)
{
    waiter *first = own->idle;
    if (first != NULL) {
        own->idle = first->next;
        own->resting--;
        waiter_tell(first);
    }
    return first;
}

pool_state
pool_put(pool *own, task *made)
{
    waiter *idle = NULL;
    plain_lock_acquire(&own->lock);
    pool_state state = own->state;
    if (state == POOL_OPEN) {
        atomic_fetch_add(&made->holders, 1);
        tasks_append(&own->queued, made);
        own->waiting++;
        idle = tell_worker(own);
    }
    line_unlock_and_wake(&own->lock, idle);
    return state;
}

static void
tell_all_workers(pool *own)
{
    while (own->idle != NULL) {
        waiter_wake(tell_worker(own));
    }
}

void
pool_shut(pool *own)
{
    plain_lock_acquire(&own->lock);
    own->state = own->state == POOL_OPEN ? POOL_SHUT : own->state;
    tell_all_workers(own);
    plain_lock_release(&own->lock);
}

void
pool_break(pool *own, char *why)
{
    plain_lock_acquire(&own->lock);
    if (own->state != POOL_BROKEN) {
        own->state = POOL_BROKEN;
        own->why = why;
        why = NULL;
    }
    tell_all_workers(own);
    plain_lock_release(&own->lock);
    free(why);
    pool_drain(own, LOST);
}

/* With the pool locked. */

static void
leave_line(task *own)
{
    tasks_remove(&own->in->queued, own);
    own->in->waiting--;
}

void
pool_drain(pool *own, task_status end)
{
    for (;;) {
        plain_lock_acquire(&own->lock);
        task *first = own->queued.first;
        if (first == NULL) {
            plain_lock_release(&own->lock);
            return;
        }
        leave_line(first);
        task_ends(first, end);
        task_release(first);
    }
}

bool
task_cancel(task *own)
{
    plain_lock_acquire(&own->in->lock);
    if (own->status != QUEUED) {
        bool cancelled = own->status == CANCELLED;
        plain_lock_release(&own->in->lock);
        return cancelled;
    }
    leave_line(own);
    task_ends(own, CANCELLED);
    task_release(own);
    return true;
}

/*
 * The end of a task
 */

task_status
task_look(task *own, audience *told)
{
    plain_lock_acquire(&own->in->lock);
    task_status status = own->status;
    *told = own->told;
    plain_lock_release(&own->in->lock);
    return status;
}

int
task_wait(task *own, int64_t until)
{
    plain_lock_acquire(&own->in->lock);
    while (own->status < ENDED) {
        if (own->status == LOADING && own->forks != all.forks) {
            own->status = ENDED; /* whoever loads it is not in this process */
            break;
        }
        if (own->status == LOADING && own->loader == visit_thread()) {
            plain_lock_release(&own->in->lock);
            PyErr_SetString(PyExc_RuntimeError,
                            "the result is asked for by code that makes it anew");
            return -1;
        }
        int result = line_wait(&own->in->lock, &own->waiting, until);
        if (result <= 0) {
            return result;
        }
        plain_lock_acquire(&own->in->lock);
    }
    plain_lock_release(&own->in->lock);
    return 1;
}

/* With the pool locked: tell all that wait. Returns the first of them, who is to be woken still. */

static waiter *
tell_waiting(task *own)
{
    waiter *first = line_tell_first(&own->waiting);
    while (own->waiting.first != NULL) {
        waiter_wake(line_tell_first(&own->waiting));
    }
    return first;
}

/* In the owner. */

static void
tell_future(void *argument)
{
    task *own = argument;
    PyObject *future = own->future;
    own->future = NULL;
    PyObject *result = PyObject_CallMethod(future, "_ended", NULL);
    if (result == NULL) {
        PyErr_WriteUnraisable(future);
    }
    Py_XDECREF(result);
    Py_DECREF(future);
}

void
task_ends(task *own, task_status end)
{
    own->status = end;
    bool tell = own->told == FUTURE;
    line_unlock_and_wake(&own->in->lock, tell_waiting(own));
    if (tell) {
        beside(own->in->owner, tell_future, own);
    }
}

void
task_watch(task *own, PyObject *future)
{
    plain_lock_acquire(&own->in->lock);
    bool watch = own->told == NOBODY_YET && own->status <= STARTED;
    if (own->told == NOBODY_YET) {
        own->told = watch ? FUTURE : TOLD_FUTURE;
    }
    if (watch) {
        Py_INCREF(future);
        own->future = future;
    }
    plain_lock_release(&own->in->lock);
}

void
task_announce(task *own)
{
    plain_lock_acquire(&own->in->lock);
    own->told = TOLD_FUTURE;
    plain_lock_release(&own->in->lock);
}

/* What the worker has lent is to be released by it, and it may be resting. */

static void
tell_worker_of_loans(pool *own, int64_t id)
{
    waiter **link = &own->idle;
    while (*link != NULL && (*link)->interpreter != id) {
        link = &(*link)->next;
    }
    waiter *found = *link;
    if (found != NULL) {
        *link = found->next;
        own->resting--;
        waiter_tell(found);
        waiter_wake(found);
    }
}

task_status
task_begin_loading(task *own)
{
    plain_lock_acquire(&own->in->lock);
    task_status status = own->status;
    if (status == ENDED) {
        own->status = LOADING;
        own->loader = visit_thread();
        own->forks = all.forks;
    }
    plain_lock_release(&own->in->lock);
    return status;
}

void
task_end_loading(task *own, bool loaded)
{
    message *reply = loaded ? own->reply : NULL;
    bool lends = reply != NULL && reply->attached > 0;
    if (loaded) {
        own->reply = NULL;
        message_free(reply);
    }
    plain_lock_acquire(&own->in->lock);
    own->status = loaded ? LOADED : ENDED;
    if (lends) {
        tell_worker_of_loans(own->in, own->worker);
    }
    line_unlock_and_wake(&own->in->lock, tell_waiting(own));
}

/*
 * Forks
 */

void
pools_before_fork(void)
{
    plain_lock_acquire(&all.lock);
    for (pool *own = all.newest; own != NULL; own = own->older) {
        plain_lock_acquire(&own->lock);
    }
}

/* Nobody waits in the child but the thread that forks, which does not. What its futures were to
   tell somebody is told by their state. */

static void
lose(task_list *list)
{
    for (task *own = list->first; own != NULL; own = own->next) {
        own->status = LOST;
        own->told = TOLD_FUTURE;
        line_make(&own->waiting);
    }
    *list = (task_list){NULL, NULL};
}

void
pools_after_fork(bool in_child)
{
    all.forks += in_child;
    for (pool *own = all.newest; own != NULL; own = own->older) {
        if (in_child) {
            own->state = POOL_BROKEN;
            own->idle = NULL;
            lose(&own->queued);
            lose(&own->started);
            own->workers = own->resting = own->waiting = own->executing = 0;
        }
        plain_lock_release(&own->lock);
    }
    plain_lock_release(&all.lock);
}
