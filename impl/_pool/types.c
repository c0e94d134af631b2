/* Pools and tasks as Python sees them, in the interpreter that owns them.

   A Task is the base of the class of futures (../interpreters/_executor.py), which has what is left
   to do: to be a concurrent.futures.Future. What came of the task is made anew when somebody asks
   for it, once, by the thread that is the first to ask. */

#include "pool.h"

#include "../_interpreters/internals.h"

typedef struct {
    PyObject_HEAD
    pool *own;
} pool_object;

typedef struct {
    PyObject_HEAD
    task *own;       /* NULL: it could not be submitted */
    PyObject *value; /* when it has been loaded: both, one or none may be NULL */
    PyObject *error;
} task_object;

static pool *
pool_of(PyObject *self)
{
    return ((pool_object *)self)->own;
}

/* Raise an exception of a class that a module has. Returns NULL. */

static PyObject *
raise_named(const char *module_name, const char *name, const char *text)
{
    PyObject *module = PyImport_ImportModule(module_name);
    PyObject *class = module == NULL ? NULL : PyObject_GetAttrString(module, name);
    if (class != NULL) {
        PyErr_SetString(class, text);
    }
    Py_XDECREF(class);
    Py_XDECREF(module);
    return NULL;
}

static PyObject *
raise_broken(const pool *own)
{
    return raise_named(
        "interpreters._executor", "BrokenInterpreterPool",
        own->why != NULL ? own->why : "the process has been forked, and the pool is the parent's");
}

/*
 * Tasks
 */

/* The object for a task, which is taken. */

static PyObject *
task_object_new(PyTypeObject *class, task *made)
{
    task_object *self = (task_object *)class->tp_alloc(class, 0);
    if (self == NULL) {
        task_release(made);
        return NULL;
    }
    self->own = made;
    return (PyObject *)self;
}

/* The state of the core's module in the owner: NULL and an exception. */

static module_state *
state_of_core(void)
{
    PyObject *module = PyImport_ImportModule("interpreters._interpreters");
    module_state *state = module == NULL ? NULL : PyModule_GetState(module);
    Py_XDECREF(module); /* sys.modules has it */
    return state;
}

/* Without its remote traceback, if somebody has taken the module away. */

static void
load_exception(task_object *self)
{
    task *own = self->own;
    module_state *core = state_of_core();
    PyErr_Clear();
    exception_raise(core == NULL ? &(module_state){NULL, NULL, NULL} : core, own->description,
                    own->described, own->worker);
    own->description = NULL;
    if (own->interrupted) {
        limit_explain(own->seconds);
    }
    self->error = compat_take_exception();
}

/* Make the result anew, or the exception; of a chunk, both. -1 if that is to be tried again, and an
   exception that is not the task's: a Ctrl-C. */

static int
load(task_object *self)
{
    task *own = self->own;
    sharing_state *state = state_get();
    if (state == NULL) {
        return -1;
    }
    if (own->reply != NULL && (self->value = message_unpack(state, own->reply)) == NULL) {
        if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) && internals_in_main_thread()) {
            return -1;
        }
        self->error = compat_take_exception();
    }
    else if (own->reply == NULL || own->description != NULL) {
        load_exception(self);
    }
    return 0;
}

/* Have it loaded, by this thread or another one. 1; 0 if the time is up; -1 and an exception. */

static int
have_loaded(task_object *self, int64_t until)
{
    if (self->own == NULL) {
        return 1;
    }
    for (;;) {
        int result = task_wait(self->own, until);
        if (result <= 0) {
            return result;
        }
        task_status status = task_begin_loading(self->own);
        if (status == LOADED) {
            return 1;
        }
        if (status == ENDED) {
            result = load(self);
            task_end_loading(self->own, result == 0);
            return result == 0 ? 1 : -1;
        }
        if (status == CANCELLED) {
            raise_named("concurrent.futures", "CancelledError", "");
            return -1;
        }
        if (status == LOST) {
            raise_broken(self->own->in);
            PyObject *error = compat_take_exception();
            if (self->error == NULL) {
                self->error = error;
            }
            else {
                Py_XDECREF(error);
            }
            return 1;
        }
    }
}

/* The same, with a timeout as concurrent.futures has them. True, or false and an exception. */

static bool
is_loaded(task_object *self, PyObject *timeout)
{
    int64_t until = -1;
    if (timeout != Py_None) {
        double seconds = PyFloat_AsDouble(timeout);
        if (seconds == -1 && PyErr_Occurred()) {
            return false;
        }
        until = seconds > 0 ? wait_until(seconds) : 0;
    }
    int result = have_loaded(self, until);
    if (result == 0) {
        raise_named("concurrent.futures", "TimeoutError", "");
    }
    return result > 0;
}

/* _take(timeout): the result; or what the task has raised. Of a chunk a pair: the results, and the
   exception that comes after them, or None. */

static PyObject *
task_take(PyObject *object, PyObject *timeout)
{
    task_object *self = (task_object *)object;
    if (!is_loaded(self, timeout)) {
        return NULL;
    }
    if (self->own != NULL && self->own->chunk && self->value != NULL) {
        return PyTuple_Pack(2, self->value, self->error == NULL ? Py_None : self->error);
    }
    if (self->error != NULL) { /* as it is, for it may be raised again */
        PyErr_SetObject((PyObject *)Py_TYPE(self->error), self->error);
        return NULL;
    }
    if (self->value == NULL) { /* nor was there memory for an exception */
        return PyErr_NoMemory();
    }
    Py_INCREF(self->value);
    return self->value;
}

/* _error(timeout): the exception, or None. */

static PyObject *
task_error(PyObject *object, PyObject *timeout)
{
    task_object *self = (task_object *)object;
    if (!is_loaded(self, timeout)) {
        return NULL;
    }
    PyObject *error = self->error == NULL ? Py_None : self->error;
    Py_INCREF(error);
    return error;
}

static PyObject *
task_cancel_method(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    task *own = ((task_object *)self)->own;
    return PyBool_FromLong(own != NULL && task_cancel(own));
}

static PyObject *
task_watch_method(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    task *own = ((task_object *)self)->own;
    if (own != NULL) {
        task_watch(own, self);
    }
    Py_RETURN_NONE;
}

static PyObject *
task_announce_method(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    task_announce(((task_object *)self)->own);
    Py_RETURN_NONE;
}

static PyObject *
task_interrupt(PyObject *self, PyObject *exception)
{
    task *own = ((task_object *)self)->own;
    audience told;
    int raised = 0;
    if (own != NULL && task_look(own, &told) == STARTED) {
        raised = control_raise(own->worker, own->run, exception);
    }
    return raised < 0 ? NULL : PyBool_FromLong(raised);
}

/* _state: what it is called for those who are told of its end. For them it has not ended before. */

static PyObject *
task_get_state(PyObject *self, void *Py_UNUSED(closure))
{
    static const char *const names[] = {
        [QUEUED] = "PENDING", [STARTED] = "RUNNING", [LOADING] = "FINISHED",
        [ENDED] = "FINISHED", [LOADED] = "FINISHED", [CANCELLED] = "CANCELLED_AND_NOTIFIED",
        [LOST] = "FINISHED",
    };
    audience told;
    task *own = ((task_object *)self)->own;
    task_status status = own == NULL ? LOADED : task_look(own, &told);
    bool secret = own != NULL && told == FUTURE && status > STARTED;
    return PyUnicode_FromString(secret ? "RUNNING" : names[status]);
}

static PyObject *
is_between(PyObject *self, task_status first, task_status last)
{
    audience told;
    task *own = ((task_object *)self)->own;
    task_status status = own == NULL ? LOADED : task_look(own, &told);
    return PyBool_FromLong(status >= first && status <= last);
}

static PyObject *
task_done(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return is_between(self, LOADING, LOST);
}

static PyObject *
task_running(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return is_between(self, STARTED, STARTED);
}

static PyObject *
task_cancelled(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return is_between(self, CANCELLED, CANCELLED);
}

static int
task_traverse(PyObject *object, visitproc visit, void *arg)
{
    task_object *self = (task_object *)object;
    Py_VISIT(self->value);
    Py_VISIT(self->error);
#if PY_VERSION_HEX >= 0x03090000
    Py_VISIT(Py_TYPE(object));
#endif
    return 0;
}

static int
task_clear(PyObject *object)
{
    task_object *self = (task_object *)object;
    Py_CLEAR(self->value);
    Py_CLEAR(self->error);
    return 0;
}

static void
task_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    task_clear(object);
    if (((task_object *)object)->own != NULL) {
        task_release(((task_object *)object)->own);
    }
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef task_methods[] = {
    {"_announce", task_announce_method, METH_NOARGS, "_announce(): its end has been told."},
    {"_cancel", task_cancel_method, METH_NOARGS, "_cancel(): True if it is cancelled now."},
    {"_error", task_error, METH_O, "_error(timeout): the exception, or None."},
    {"_interrupt", task_interrupt, METH_O, "_interrupt(exception): True if it is being executed."},
    {"_take", task_take, METH_O, "_take(timeout): the result."},
    {"_watch", task_watch_method, METH_NOARGS, "_watch(): have _ended() called when it ends."},
    {"cancelled", task_cancelled, METH_NOARGS, "Return True if the task has been cancelled."},
    {"done", task_done, METH_NOARGS, "Return True if the task has ended or been cancelled."},
    {"running", task_running, METH_NOARGS, "Return True if the task is being executed."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef task_attributes[] = {
    {"_state", task_get_state, NULL, "What concurrent.futures calls the state of a future.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyObject *
task_construct(PyTypeObject *Py_UNUSED(type), PyObject *Py_UNUSED(args),
               PyObject *Py_UNUSED(kwargs))
{
    return PyErr_Format(PyExc_TypeError, "a future of a pool is made by its method submit()");
}

static PyType_Slot task_slots[] = {
    {Py_tp_new, task_construct},
    {Py_tp_methods, task_methods},
    {Py_tp_getset, task_attributes},
    {Py_tp_dealloc, task_dealloc},
    {Py_tp_traverse, task_traverse},
    {Py_tp_clear, task_clear},
    {0, NULL},
};

PyObject *
task_type_new(void)
{
    static PyType_Spec spec = {
        .name = "interpreters._pool.Task",
        .basicsize = sizeof(task_object),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
        .slots = task_slots,
    };
    return PyType_FromSpec(&spec);
}

/*
 * Pools
 */

static PyObject *
pool_construct(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, ":Pool", names)) {
        return NULL;
    }
    pool *made = pool_new();
    pool_object *self = made == NULL ? NULL : (pool_object *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->own = made;
    }
    else if (made != NULL) {
        pool_release(made);
    }
    return (PyObject *)self;
}

static void
pool_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    pool_release(pool_of(self));
    type->tp_free(self);
    Py_DECREF(type);
}

/* A future with an exception already: what was to be submitted cannot be shared. */

static PyObject *
stillborn(PyTypeObject *class)
{
    PyObject *error = compat_take_exception();
    task_object *self = (task_object *)class->tp_alloc(class, 0);
    if (self == NULL) {
        Py_DECREF(error);
        return NULL;
    }
    self->error = error;
    return (PyObject *)self;
}

static PyObject *
refuse(const pool *own, pool_state state)
{
    if (state == POOL_BROKEN) {
        return raise_broken(own);
    }
    PyErr_SetString(PyExc_RuntimeError, "cannot schedule new futures: the pool has been shut down");
    return NULL;
}

/* submit(class, callable, args, kwargs, seconds, chunk): a future of that class. */

static PyObject *
pool_submit(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    double seconds = -1;
    sharing_state *state = state_get();
    if (state == NULL || count != 6) {
        return state == NULL ? NULL : PyErr_Format(PyExc_TypeError, "submit() takes 6 arguments");
    }
    if (args[4] != Py_None && (seconds = wait_seconds(args[4], "seconds", true)) < 0) {
        return NULL;
    }
    if (args[5] != Py_True && PySys_Audit("interpreters.submit", "(O)", args[1]) < 0) {
        return NULL; /* of chunks map() has told, once for all of them */
    }
    PyTypeObject *class = (PyTypeObject *)args[0];
    PyObject *kwargs = args[3] == Py_None ? NULL : args[3];
    message *call = message_pack_call(state, args[1], args[2], kwargs, true);
    if (call == NULL) {
        return PyErr_ExceptionMatches(state->NotShareableError) ? stillborn(class) : NULL;
    }
    task *made = task_new(pool_of(self), call, seconds, args[5] == Py_True);
    PyObject *future = NULL;
    if (made != NULL && (future = task_object_new(class, made)) != NULL) {
        pool_state found = pool_put(pool_of(self), made);
        if (found != POOL_OPEN) {
            Py_DECREF(future);
            return refuse(pool_of(self), found);
        }
    }
    return future;
}

/* serve(id, most) */

static PyObject *
pool_serve_method(PyObject *self, PyObject *args)
{
    PyObject *number;
    Py_ssize_t most;
    if (!PyArg_ParseTuple(args, "O!n:serve", &PyLong_Type, &number, &most)) {
        return NULL;
    }
    module_state *core = state_of_core();
    int result = core == NULL ? -1 : pool_serve(pool_of(self), core, number, most);
    return result < 0 ? NULL : PyBool_FromLong(result);
}

/* join(): does the pool want another worker? Then it is counted. */

static PyObject *
pool_join(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    pool *own = pool_of(self);
    plain_lock_acquire(&own->lock);
    bool wants = own->executing + own->waiting > own->workers;
    own->workers += wants;
    plain_lock_release(&own->lock);
    return PyBool_FromLong(wants);
}

/* leave(): there is one less. */

static PyObject *
pool_leave(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    pool *own = pool_of(self);
    plain_lock_acquire(&own->lock);
    own->workers--;
    plain_lock_release(&own->lock);
    Py_RETURN_NONE;
}

/* shut(cancel) */

static PyObject *
pool_shut_method(PyObject *self, PyObject *cancel)
{
    pool_shut(pool_of(self));
    if (cancel == Py_True) {
        pool_drain(pool_of(self), CANCELLED);
    }
    Py_RETURN_NONE;
}

/* break_off(why) */

static PyObject *
pool_break_off(PyObject *self, PyObject *text)
{
    Py_ssize_t size;
    const char *why = PyUnicode_AsUTF8AndSize(text, &size);
    char *copy = why == NULL ? NULL : malloc((size_t)size + 1);
    if (copy == NULL) {
        return why == NULL ? NULL : PyErr_NoMemory();
    }
    memcpy(copy, why, (size_t)size + 1);
    pool_break(pool_of(self), copy);
    Py_RETURN_NONE;
}

static PyObject *
pool_stats(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    pool *own = pool_of(self);
    plain_lock_acquire(&own->lock);
    Py_ssize_t counts[] = {own->workers, own->resting, own->waiting, own->executing, own->done};
    plain_lock_release(&own->lock);
    return Py_BuildValue("{snsnsnsnsn}", "workers", counts[0], "idle", counts[1], "queued",
                         counts[2], "running", counts[3], "done", counts[4]);
}

static PyMethodDef pool_methods[] = {
    {"break_off", pool_break_off, METH_O, "break_off(why): nothing is executed any more."},
    {"join", pool_join, METH_NOARGS, "join(): True if another worker is wanted, and counted now."},
    {"leave", pool_leave, METH_NOARGS, "leave(): there is one worker less."},
    {"serve", pool_serve_method, METH_VARARGS, "serve(id, most): execute tasks in it."},
    {"shut", pool_shut_method, METH_O, "shut(cancel): nothing is submitted any more."},
    {"stats", pool_stats, METH_NOARGS, "stats(): what it is doing."},
    {"submit", (PyCFunction)(void (*)(void))pool_submit, METH_FASTCALL,
     "submit(class, callable, args, kwargs, seconds, chunk): a future."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot pool_slots[] = {
    {Py_tp_new, pool_construct},
    {Py_tp_methods, pool_methods},
    {Py_tp_dealloc, pool_dealloc},
    {0, NULL},
};

PyObject *
pool_type_new(void)
{
    static PyType_Spec spec = {
        .name = "interpreters._pool.Pool",
        .basicsize = sizeof(pool_object),
        .flags = Py_TPFLAGS_DEFAULT,
        .slots = pool_slots,
    };
    return PyType_FromSpec(&spec);
}
