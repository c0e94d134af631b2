/* Interrupt the code that runs in an interpreter; let it run for so long at most.

   CPython can have another thread raise an exception between two steps of its code, if one asks in
   the interpreter of that thread. So whoever interrupts goes there, beside the thread that runs
   (beside.c). There the exception is made anew. What CPython raises is a class, which it calls; so
   it is given one made for the occasion, whose instances are that exception.

   A run that has ended meanwhile is not to be mistaken for the next one: runs are numbered, and
   what comes too late is dropped by the run itself when it ends (../_interpreters/run.c). And code
   of the import system is not interrupted: that may leave a lock taken, up to 3.11 one that all
   interpreters wait for.

   A limit to a run is an OS thread of its own, which sleeps until the time has come or the run ends
   before. It never holds a GIL but as a guest of the interpreter that it watches. The code gets a
   KeyboardInterrupt; a TimeoutError is an OSError, for which code has other uses: it would be taken
   for a file that is not there. Only the caller gets that. */

#include "sharing.h"

#include "../_interpreters/exception.h"
#include "../_interpreters/internals.h"

/*
 * Raise an exception there
 */

/* __new__ of the class that is raised: the exception, instead of an instance. */

static PyObject *
give_exception(PyObject *exception, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    Py_INCREF(exception);
    return exception;
}

static PyMethodDef give_method = {"__new__", (PyCFunction)(void (*)(void))give_exception,
                                  METH_VARARGS | METH_KEYWORDS, NULL};

/* A class to be raised in the place of that exception: derived from its class, for there are
   versions that look at the one that is raised. NULL and an exception. */

static PyObject *
new_class_for(PyObject *exception)
{
    PyObject *base = (PyObject *)Py_TYPE(exception), *class = NULL;
    PyObject *name = PyObject_GetAttrString(base, "__name__");
    PyObject *function = name == NULL ? NULL : PyCFunction_New(&give_method, exception);
    PyObject *constructor = NULL;
    if (function != NULL) {
        constructor = PyStaticMethod_New(function);
        Py_DECREF(function);
    }
    if (constructor != NULL) {
        class = PyObject_CallFunction((PyObject *)&PyType_Type, "O(O){sOsO}", name, base, "__new__",
                                      constructor, "__module__", Py_None);
        Py_DECREF(constructor);
    }
    Py_XDECREF(name);
    return class;
}

/* Up to 3.13 a KeyboardInterrupt that passes through exec() has the process end as if by a signal,
   when it ends one day; but not if it is of a class of its own, which tells nobody. */

static PyObject *
new_keyboard_interrupt(PyObject *args)
{
    PyObject *made = NULL;
    PyObject *class =
        PyErr_NewException("builtins.KeyboardInterrupt", PyExc_KeyboardInterrupt, NULL);
    if (class != NULL) {
        made = PyObject_CallObject(class, args);
        Py_DECREF(class);
    }
    return made;
}

/* The same, with all that a KeyboardInterrupt has, which is consumed. */

static PyObject *
as_keyboard_interrupt(PyObject *exception)
{
    static const char *const others[] = {"__dict__", "__context__", "__cause__",
                                         "__suppress_context__", NULL};
    PyObject *args = PyObject_GetAttrString(exception, "args");
    PyObject *made = args == NULL ? NULL : new_keyboard_interrupt(args);
    for (const char *const *name = others; made != NULL && *name != NULL; name++) {
        PyObject *value = PyObject_GetAttrString(exception, *name);
        if (value == NULL || PyObject_SetAttrString(made, *name, value) < 0) {
            Py_CLEAR(made);
        }
        Py_XDECREF(value);
    }
    Py_XDECREF(args);
    Py_DECREF(exception);
    return made;
}

static PyObject *
time_is_up(double seconds)
{
    PyObject *number = PyFloat_FromDouble(seconds), *text = NULL;
    if (number != NULL) {
        text = PyUnicode_FromFormat("the code had not ended after %R seconds", number);
        Py_DECREF(number);
    }
    return text;
}

/* An exception on its way: as a description, which is consumed; or of a limit. */
typedef struct {
    char *description;
    Py_ssize_t size;
    double seconds;
} cargo;

/* Inside: the exception that has come, or NULL. */

static PyObject *
unload(cargo *load, int64_t id)
{
    if (load->description == NULL) {
        PyObject *args = Py_BuildValue("(N)", time_is_up(load->seconds));
        PyObject *exception = args == NULL ? NULL : new_keyboard_interrupt(args);
        Py_XDECREF(args);
        return exception;
    }
    exception_raise(&(module_state){NULL, NULL, NULL}, load->description, load->size, id);
    load->description = NULL;
    PyObject *exception = compat_take_exception();
    if (exception == NULL || (PyObject *)Py_TYPE(exception) != PyExc_KeyboardInterrupt) {
        return exception;
    }
    return as_keyboard_interrupt(exception);
}

/* Inside: is the thread of the run executing code of the import system? Not if it is this thread,
   which has come from there: it would wait for itself. */

static bool
is_importing(const interpreter *target)
{
    bool here = target->runner == PyThreadState_Get();
    PyObject *frame = here ? NULL : compat_frame_of(target->runner);
    PyObject *code = frame == NULL ? NULL : PyObject_GetAttrString(frame, "f_code");
    PyObject *file = code == NULL ? NULL : PyObject_GetAttrString(code, "co_filename");
    const char *name = file == NULL ? NULL : PyUnicode_AsUTF8(file);
    bool importing = name != NULL && strncmp(name, "<frozen importlib", 17) == 0;
    PyErr_Clear();
    Py_XDECREF(file);
    Py_XDECREF(code);
    Py_XDECREF(frame);
    return importing;
}

/* Inside: would CPython, which is told the number of a thread, find another one first? Up to 3.11 a
   thread that this one has started has its number until it runs. The newest come first. */

static bool
has_namesake(const PyThreadState *runner)
{
    PyThreadState *newest = PyInterpreterState_ThreadHead(runner->interp);
    while (newest->thread_id != runner->thread_id) {
        newest = PyThreadState_Next(newest);
    }
    return newest != runner;
}

/* An exception to be raised in a run, and what came of it. */
typedef struct {
    cargo load;
    interpreter *target;
    uint64_t run;
    unsigned long runner;
    enum {
        OVER, /* the run is */
        RAISED,
        LATER, /* it is not executing code yet, or code that is not to be interrupted */
    } outcome;
} interruption;

/* Inside, when the exception has been made, which was to execute code: meanwhile the run may have
   ended, have begun to import or have started a thread. Wait until it can be raised; false if the
   run is over. */

static bool
wait_for_moment(const interruption *own)
{
    interpreter *target = own->target;
    while (registry_run(target) == own->run && target->runner != NULL && !registry_is_closed()) {
        if (!has_namesake(target->runner) && !is_importing(target)) {
            return true;
        }
        Py_BEGIN_ALLOW_THREADS
        compat_sleep(100);
        Py_END_ALLOW_THREADS
    }
    return false;
}

/* Inside. */

static void
raise_inside(void *argument)
{
    interruption *own = argument;
    interpreter *target = own->target;
    if (registry_run(target) != own->run) {
        own->outcome = OVER;
        return;
    }
    if (target->runner == NULL || is_importing(target)) {
        own->outcome = LATER;
        return;
    }
    PyObject *exception = unload(&own->load, target->id);
    PyObject *class = exception == NULL ? NULL : new_class_for(exception);
    if (class == NULL) { /* a class that cannot be derived from is raised itself */
        PyErr_Clear();
        class = exception == NULL ? PyExc_KeyboardInterrupt : (PyObject *)Py_TYPE(exception);
        Py_INCREF(class);
    }
    own->outcome = wait_for_moment(own) ? RAISED : OVER;
    if (own->outcome == RAISED) {
        own->runner = target->runner->thread_id;
        PyThreadState_SetAsyncExc(own->runner, class);
        PyObject *before = target->raised;
        target->raised = exception == NULL ? class : exception;
        Py_INCREF(target->raised);
        Py_XDECREF(before);
    }
    Py_DECREF(class);
    Py_XDECREF(exception);
}

static int
check_type(PyObject *exception)
{
    if (PyExceptionClass_Check(exception) || PyExceptionInstance_Check(exception)) {
        return 0;
    }
    PyErr_Format(PyExc_TypeError,
                 "exception must be an exception class or an exception, not %.200s",
                 Py_TYPE(exception)->tp_name);
    return -1;
}

/* Describe what is to be raised: an exception, or an instance of a class. 0, or -1 and an
   exception. */

static int
pack(PyObject *exception, cargo *load)
{
    if (PyExceptionClass_Check(exception)) {
        PyObject *made = PyObject_CallObject(exception, NULL);
        if (made == NULL) {
            return -1;
        }
        if (PyExceptionInstance_Check(made)) {
            compat_set_exception(made);
        }
        else {
            Py_DECREF(made);
            PyErr_SetNone(exception);
        }
    }
    else {
        Py_INCREF(exception);
        compat_set_exception(exception);
    }
    load->description = exception_describe(NULL, &load->size);
    return 0;
}

/* Raise the exception in the run of that number (0: any) of that interpreter, if it is in progress.
 */

static bool
interrupt(int64_t id, uint64_t run, cargo *load)
{
    hold held;
    interruption own = {.load = *load, .outcome = LATER};
    if (!registry_hold(&held, id, &own.run)) {
        return false;
    }
    own.target = held.entry;
    if (run != 0 && own.run != run) {
        own.run = 0;
    }
    while (own.run != 0 && own.outcome == LATER && beside(id, raise_inside, &own) &&
           own.outcome == LATER) {
        Py_BEGIN_ALLOW_THREADS
        compat_sleep(100);
        Py_END_ALLOW_THREADS
    }
    registry_let_go(&held);
    load->description = own.load.description;
    if (own.outcome == RAISED) {
        wait_disturb(id, own.runner);
    }
    return own.outcome == RAISED;
}

int
control_raise(int64_t id, uint64_t run, PyObject *exception)
{
    cargo load = {NULL, 0, 0};
    if (check_type(exception) < 0 ||
        PySys_Audit("interpreters.interrupt", "LO", (long long)id, exception) < 0 ||
        pack(exception, &load) < 0) {
        return -1;
    }
    bool raised = interrupt(id, run, &load);
    free(load.description);
    return raised;
}

PyObject *
control_interrupt(PyObject *module, PyObject *args)
{
    PyObject *number, *exception;
    cargo load = {NULL, 0, 0};
    if (!PyArg_ParseTuple(args, "O!O:interrupt", &PyLong_Type, &number, &exception) ||
        check_type(exception) < 0 ||
        PySys_Audit("interpreters.interrupt", "OO", number, exception) < 0 ||
        pack(exception, &load) < 0) {
        return NULL;
    }
    module_state *core = core_state(module);
    int64_t id = registry_look_up(number, core->InterpreterError, core->InterpreterNotFoundError);
    bool raised = id >= 0 && interrupt(id, 0, &load);
    free(load.description);
    return id < 0 ? NULL : PyBool_FromLong(raised);
}

/*
 * Limits
 */

/* Of the two threads, the last one frees it. */
struct limit {
    atomic_int holders;
    interruption what;
    waiter watching; /* told when the run has ended */
    waiter leaving;  /* told when nobody watches any more */
};

static void
limit_release(limit *own)
{
    if (atomic_fetch_sub(&own->holders, 1) == 1) {
        waiter_unmake(&own->watching);
        waiter_unmake(&own->leaving);
        free(own);
    }
}

/* Interrupt the run, unless that ends meanwhile, or the process. While tracemalloc is tracing it
   may have to wait for that. */

static void
interrupt_run(limit *own)
{
    guest stay;
    while (own->what.outcome == LATER && !waiter_is_told(&own->watching) && !registry_is_closed()) {
        if (guest_enter(&stay, own->what.target->interp)) {
            raise_inside(&own->what);
            guest_leave(&stay);
        }
        if (own->what.outcome == LATER) {
            compat_sleep(100);
        }
    }
    if (own->what.outcome == RAISED) {
        wait_disturb(own->what.target->id, own->what.runner);
    }
}

static void
watch(void *argument)
{
    limit *own = argument;
    int64_t until = wait_until(own->what.load.seconds);
    while (!waiter_is_told(&own->watching) && (until < 0 || wait_now() < until)) {
        waiter_sleep(&own->watching, until);
    }
    interrupt_run(own);
    waiter_tell(&own->leaving);
    waiter_wake(&own->leaving);
    limit_release(own);
}

limit *
limit_begin(module_state *core, interpreter *target, double seconds)
{
    if (TRACEMALLOC_HANGS && internals_traces_memory()) {
        PyErr_SetString(core->InterpreterError, "nobody can watch the time while tracemalloc is "
                                                "tracing, before CPython 3.12; stop it first");
        return NULL;
    }
    limit *own = calloc(1, sizeof(*own));
    if (own == NULL || !waiter_make(&own->watching)) {
        free(own);
        PyErr_NoMemory();
        return NULL;
    }
    if (!waiter_make(&own->leaving)) {
        waiter_unmake(&own->watching);
        free(own);
        PyErr_NoMemory();
        return NULL;
    }
    atomic_init(&own->holders, 2);
    own->what = (interruption){
        .load = {.seconds = seconds}, .target = target, .run = target->run, .outcome = LATER};
    if (!core_start_thread(watch, own)) {
        atomic_store(&own->holders, 1);
        limit_release(own);
        PyErr_SetString(PyExc_RuntimeError, "no thread can be started to watch the time");
        return NULL;
    }
    return own;
}

/* Whoever watches may be about to raise the exception, for which it needs the GIL of the
   interpreter; so it is waited for without any. */

bool
limit_end(limit *own)
{
    waiter_tell(&own->watching);
    waiter_wake(&own->watching);
    Py_BEGIN_ALLOW_THREADS
    while (!waiter_is_told(&own->leaving)) {
        waiter_sleep(&own->leaving, -1);
    }
    Py_END_ALLOW_THREADS
    bool raised = own->what.outcome == RAISED;
    limit_release(own);
    return raised;
}

void
limit_explain(double seconds)
{
    if (PyErr_Occurred() == NULL || !PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
        return;
    }
    PyObject *cause = compat_take_exception(), *text = time_is_up(seconds);
    PyObject *error =
        text == NULL ? NULL : PyObject_CallFunctionObjArgs(PyExc_TimeoutError, text, NULL);
    Py_XDECREF(text);
    if (error == NULL) {
        Py_DECREF(cause);
        return;
    }
    PyException_SetCause(error, cause);
    compat_set_exception(error);
}
