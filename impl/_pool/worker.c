/* A worker: an interpreter that executes tasks, one after the other.

   Its thread is one of the owner's, made by Python code, which has made the interpreter and comes
   back when that is to be ended. Between, it stays inside: it takes a task, executes it and puts
   what came of it where the owner finds it, all with the GIL of the interpreter, which it gives up
   only to rest. To the outside each task is a run of its own, with its number: so it can be
   interrupted, and no other one in its place. */

#include "pool.h"

static bool
append(PyObject *list, PyObject *item)
{
    bool appended = item != NULL && PyList_Append(list, item) == 0;
    Py_XDECREF(item);
    return appended;
}

/* Inside: call the function with each tuple of arguments until one call raises, and the exception
   is set. A list of what the others have returned; NULL and an exception. */

static PyObject *
call_each(PyObject *parts)
{
    PyObject *function = PyTuple_GET_ITEM(parts, 0), *calls = PyTuple_GET_ITEM(parts, 1);
    PyObject *results = PyList_New(0);
    for (Py_ssize_t i = 0; results != NULL && i < PyTuple_GET_SIZE(calls); i++) {
        if (!append(results, top_call(function, PyTuple_GET_ITEM(calls, i), NULL))) {
            break;
        }
    }
    return results;
}

/* Inside: how many results, from the first on, can be shared? If not all, an exception is set. */

static Py_ssize_t
count_shareable(sharing_state *state, PyObject *results)
{
    Py_ssize_t i = 0;
    message *trial = NULL;
    while (i < PyList_GET_SIZE(results) &&
           (trial = message_pack(state, PyList_GET_ITEM(results, i), "the result", true)) != NULL) {
        message_free(trial);
        i++;
    }
    return i;
}

/* Inside: describe so many of the results, as a tuple, which is plain. */

static message *
pack_first(sharing_state *state, PyObject *results, Py_ssize_t count)
{
    PyObject *slice = PyList_GetSlice(results, 0, count);
    PyObject *tuple = slice == NULL ? NULL : PyList_AsTuple(slice);
    message *reply = tuple == NULL ? NULL : message_pack(state, tuple, "the results", true);
    Py_XDECREF(tuple);
    Py_XDECREF(slice);
    return reply;
}

/* Inside: describe the results, and the exception that is set, if any, which comes after them. If
   not all can be shared, those before, and why. */

static message *
pack_results(sharing_state *state, PyObject *results, task *own)
{
    if (PyErr_Occurred()) {
        own->description = exception_describe(NULL, &own->described);
    }
    message *reply = pack_first(state, results, PyList_GET_SIZE(results));
    if (reply != NULL) {
        return reply;
    }
    PyObject *error = compat_take_exception();
    Py_ssize_t count = count_shareable(state, results);
    if (!PyErr_Occurred()) { /* each by itself: it was an interrupt, or want of memory */
        compat_set_exception(error);
        return NULL;
    }
    Py_XDECREF(error);
    free(own->description);
    own->description = exception_describe(NULL, &own->described);
    return pack_first(state, results, count);
}

static message *
chunk_inside(task *own)
{
    sharing_state *state = state_get();
    PyObject *parts = state == NULL ? NULL : message_unpack(state, own->call);
    PyObject *results = parts == NULL ? NULL : call_each(parts);
    message *reply = results == NULL ? NULL : pack_results(state, results, own);
    Py_XDECREF(results);
    Py_XDECREF(parts);
    return reply;
}

/* Inside. */

static void
execute(interpreter *target, task *own)
{
    module_state plain = {PyExc_RuntimeError, PyExc_RuntimeError, PyExc_RuntimeError};
    limit *watch = NULL;
    message *reply = NULL;
    if (own->seconds < 0 || (watch = limit_begin(&plain, target, own->seconds)) != NULL) {
        run_begins(target);
        reply = own->chunk ? chunk_inside(own) : call_inside(own->call, true);
        run_ends(target);
    }
    if (reply == NULL) {
        free(own->description);
        own->description = exception_describe(NULL, &own->described);
    }
    own->interrupted = watch != NULL && limit_end(watch);
    own->reply = reply;
    message_free(own->call);
    own->call = NULL;
}

static void
finish(pool *own, task *done)
{
    plain_lock_acquire(&own->lock);
    tasks_remove(&own->started, done);
    own->executing--;
    own->done++;
    task_ends(done, ENDED);
    task_release(done);
}

/* With the pool locked. */

static void
lie_down(pool *own, waiter *self, int64_t id)
{
    self->interpreter = id;
    self->next = own->idle;
    own->idle = self;
    own->resting++;
}

/* With the pool locked, which it is not when this returns: wait until there may be something to do,
   or to release. */

static void
rest(pool *own, visit *stay)
{
    waiter self;
    if (!waiter_make(&self)) {
        plain_lock_release(&own->lock);
        compat_sleep(1000);
        return;
    }
    lie_down(own, &self, stay->target->id);
    plain_lock_release(&own->lock);
    loans_see_to();
    visit_rest(stay);
    Py_BEGIN_ALLOW_THREADS
    while (!waiter_is_told(&self)) {
        waiter_sleep(&self, -1);
    }
    plain_lock_acquire(&own->lock); /* whoever has told it is done with it */
    plain_lock_release(&own->lock);
    Py_END_ALLOW_THREADS
    visit_resume(stay);
    waiter_unmake(&self);
}

/* The next task, which is begun; NULL if there are to be no more. */

static task *
take(pool *own, visit *stay)
{
    for (;;) {
        plain_lock_acquire(&own->lock);
        task *first = own->queued.first;
        if (first != NULL) {
            tasks_remove(&own->queued, first);
            tasks_append(&own->started, first);
            own->waiting--;
            own->executing++;
            first->status = STARTED;
            first->worker = stay->target->id;
            first->run = registry_next_run(stay->target);
        }
        if (first != NULL || own->state != POOL_OPEN) {
            plain_lock_release(&own->lock);
            return first;
        }
        rest(own, stay);
    }
}

static bool
serve(pool *own, visit *stay, Py_ssize_t most)
{
    for (Py_ssize_t count = 0; most == 0 || count < most; count++) {
        task *next = take(own, stay);
        if (next == NULL) {
            return false;
        }
        execute(stay->target, next);
        finish(own, next);
        if (stay->target->shares) { /* tasks that execute no Python code would keep it */
            Py_BEGIN_ALLOW_THREADS
            Py_END_ALLOW_THREADS
        }
    }
    return true;
}

int
pool_serve(pool *own, module_state *core, PyObject *number, Py_ssize_t most)
{
    visit stay;
    interpreter *target =
        registry_claim(number, RUNNING, core->InterpreterError, core->InterpreterNotFoundError);
    if (target == NULL) {
        return -1;
    }
    int result = visit_enter(core, &stay, target);
    if (result == 0) {
        result = serve(own, &stay, most);
        visit_leave(&stay);
    }
    registry_release(target);
    return result;
}
