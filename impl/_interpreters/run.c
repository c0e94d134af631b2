/* Enter an interpreter, execute, leave.

   An OS thread is in an interpreter while a thread state of that interpreter is attached to it.
   One thread state, the seat, is kept for each interpreter of ours, so that an OS thread that
   comes back finds its own again: making one costs up to 90 microseconds (3.14+, where the
   bounds of the C stack are looked up), and what belongs to a thread of the interpreter (its
   threading.local values, its context variables) is there still. When another OS thread comes it
   gets a seat of its own and the old one is dropped: a thread state holds the bounds of the C
   stack it was made on (3.14+), and the identity of its thread (all). An OS thread is known here
   by a number that no other one ever gets; the system's own identifiers are used again.

   Interpreters that somebody else made are visited in a thread state made for the visit: what we
   left in one would be one too many when its owner ends it (a fatal error up to 3.13).

   The code is compiled and evaluated as exec() would do it; not with PyRun_String, which marks
   the whole process as interrupted when a KeyboardInterrupt passes through it. It does not
   inherit the caller's __future__ flags: those belong to the caller's code. */

#include "attendant.h"
#include "internals.h"

#include <stdatomic.h>
#include <stdlib.h>

static THREAD_LOCAL visit *innermost;

uint64_t
visit_thread(void)
{
    static atomic_uint_fast64_t last;
    static THREAD_LOCAL uint64_t number;
    if (number == 0) {
        number = atomic_fetch_add(&last, 1) + 1;
    }
    return number;
}

PyObject *
loaded_module(const char *name)
{
    PyObject *modules = PyImport_GetModuleDict();
    return modules == NULL || !PyDict_Check(modules) ? NULL : PyDict_GetItemString(modules, name);
}

/* pause(seconds): time.sleep(), which is not there in an interpreter that has lost its modules. */

static PyObject *
pause_own_code(PyObject *Py_UNUSED(self), PyObject *seconds)
{
    int microseconds = (int)(PyFloat_AsDouble(seconds) * 1e6);
    Py_BEGIN_ALLOW_THREADS compat_sleep(microseconds);
    Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

static PyMethodDef pause_method = {"pause", pause_own_code, METH_O, NULL};

/* What our own code finds without an import: sys.modules, sys.excepthook and pause(). */

static PyObject *
new_own_namespace(void)
{
    PyObject *hook = PySys_GetObject("excepthook"), *modules = PyImport_GetModuleDict();
    PyObject *pause = PyCFunction_New(&pause_method, NULL);
    if (pause == NULL) {
        return NULL;
    }
    return Py_BuildValue("{sOsOsOsN}", "__builtins__", PyEval_GetBuiltins(), "modules", modules,
                         "excepthook", hook == NULL ? Py_None : hook, "pause", pause);
}

int
run_own_code(const char *source)
{
    PyObject *namespace = new_own_namespace(), *result = NULL;
    PyObject *code =
        namespace == NULL ? NULL : Py_CompileString(source, "<interpreters>", Py_file_input);
    if (code != NULL) {
        result = PyEval_EvalCode(code, namespace, namespace);
        Py_DECREF(code);
    }
    Py_XDECREF(namespace);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* For threading, the main thread of an interpreter is the one that imported it, and any other OS
   thread that comes to run something is a stranger: a daemon, whose threads are daemons too (which
   an isolated interpreter forbids). So the OS thread that sits down becomes the main thread. One
   that threading knows already, because it was started in this interpreter, stays what it is. */

static const char BECOME_MAIN_THREAD[] =
    "threading = modules['threading']\n"
    "main = threading._main_thread\n"
    "ident = threading.get_ident()\n"
    "known = threading._active.get(ident)\n"
    "if known in (None, main) or isinstance(known, threading._DummyThread):\n"
    "    with threading._active_limbo_lock:\n"
    "        if threading._active.get(main.ident) is main:\n"
    "            del threading._active[main.ident]\n"
    "        main._set_ident()\n"
    "        if hasattr(main, '_set_native_id'):\n"
    "            main._set_native_id()\n"
    "        threading._active[ident] = main\n"
    "    if hasattr(main, '_set_tstate_lock'):  # up to 3.12\n"
    "        main._is_stopped = False\n"
    "        main._set_tstate_lock()\n"
    "        with threading._shutdown_locks_lock:  # no one is to wait for us\n"
    "            threading._shutdown_locks.discard(main._tstate_lock)\n"
    "    else:\n"
    "        name = '_handle' if hasattr(main, '_handle') else '_os_thread_handle'\n"
    "        setattr(main, name, threading._make_thread_handle(ident))\n";

visit *
visit_innermost(void)
{
    return innermost;
}

passage
visit_go(PyThreadState *tstate)
{
    passage back = {.callbacks = internals_bind_callbacks(tstate)};
    back.from = PyThreadState_Swap(tstate);
    return back;
}

void
visit_come_back(passage back)
{
    PyThreadState_Swap(back.from);
    internals_bind_callbacks(back.callbacks);
}

int
visit_count_others(const visit *stay)
{
    int others = 0;
    PyThreadState *tstate = PyInterpreterState_ThreadHead(stay->target->interp);
    for (; tstate != NULL; tstate = PyThreadState_Next(tstate)) {
        others += tstate != stay->inside;
    }
    return others;
}

/* Attach the seat of this OS thread, made anew if need be. */

static bool
take_seat(visit *stay)
{
    interpreter *target = stay->target;
    bool same_thread = target->seat_thread == visit_thread();
    PyThreadState *old = target->seat;
    if (old != NULL && same_thread) {
        stay->inside = old;
        stay->back = visit_go(old);
        return true;
    }
    stay->inside = PyThreadState_New(target->interp);
    if (stay->inside == NULL) {
        return false;
    }
    stay->back = visit_go(stay->inside);
    target->seat = NULL;
    target->seat_thread = visit_thread();
    if (old != NULL) {
        PyThreadState_Clear(old);
        PyThreadState_Delete(old);
    }
    if (!same_thread && !target->foreign && loaded_module("threading") != NULL &&
        run_own_code(BECOME_MAIN_THREAD) < 0) {
        PyErr_Clear(); /* a threading module of the user's own, perhaps */
    }
    return true;
}

/* An atexit callback of the interpreter, whose self is a capsule with the entry. If we are ending
   it ourselves, the seat is the current thread state. */

static PyObject *
drop_seat(PyObject *capsule, PyObject *Py_UNUSED(ignored))
{
    interpreter *target = PyCapsule_GetPointer(capsule, NULL);
    PyThreadState *seat = target == NULL ? NULL : target->seat;
    if (seat != NULL && seat != PyThreadState_Get()) {
        target->seat = NULL;
        PyThreadState_Clear(seat);
        PyThreadState_Delete(seat);
    }
    Py_RETURN_NONE;
}

static PyMethodDef drop_seat_method = {"drop_seat", drop_seat, METH_NOARGS, NULL};

int
visit_drop_seat_at_exit(interpreter *target)
{
    if (!DROP_SEAT_AT_EXIT) {
        return 0;
    }
    PyObject *capsule = PyCapsule_New(target, NULL, NULL), *result = NULL;
    PyObject *function = capsule == NULL ? NULL : PyCFunction_New(&drop_seat_method, capsule);
    PyObject *atexit = function == NULL ? NULL : PyImport_ImportModule("atexit");
    if (atexit != NULL) {
        result = PyObject_CallMethod(atexit, "register", "O", function);
    }
    Py_XDECREF(result);
    Py_XDECREF(atexit);
    Py_XDECREF(function);
    Py_XDECREF(capsule);
    return result == NULL ? -1 : 0;
}

void
visit_begin(visit *stay)
{
    stay->outer = innermost;
    innermost = stay;
    attendant_arrive(stay);
}

void
visit_end(visit *stay)
{
    if (!stay->target->shares) {
        extensions_leave();
    }
    innermost = stay->outer;
    attendant_depart(stay);
    if (stay->marked) {
        internals_unmark_running_main(stay->target->interp);
    }
}

/* tracemalloc would mix up the allocators of isolated interpreters. */

static int
check_tracing(module_state *state, const interpreter *target)
{
    if (target->shares || !internals_traces_memory()) {
        return 0;
    }
    PyErr_Format(state->InterpreterError,
                 "interpreter %lld is isolated, and cannot be entered while tracemalloc is "
                 "tracing; call tracemalloc.stop()",
                 (long long)target->id);
    return -1;
}

int
visit_enter(module_state *state, visit *stay, interpreter *target)
{
    if (check_tracing(state, target) < 0) {
        return -1;
    }
    *stay = (visit){.target = target};
    if (!internals_is_running_main(target->interp, target->seat)) {
        if (!take_seat(stay)) {
            PyErr_NoMemory();
            return -1;
        }
        visit_begin(stay);
        stay->marked = internals_mark_running_main(target->interp);
        if (stay->marked) {
            return 0;
        }
        visit_leave(stay);
    }
    PyErr_Format(state->InterpreterError,
                 "interpreter %lld is already running; wait until that run has ended",
                 (long long)target->id);
    return -1;
}

void
visit_leave(visit *stay)
{
    interpreter *target = stay->target;
    if (GIL_STARVES) {
        target->threads_left = visit_count_others(stay) > 0;
    }
    if (target->foreign) {
        visit_leave_for_good(stay);
        return;
    }
    visit_end(stay);
    target->seat = stay->inside;
    visit_come_back(stay->back);
}

void
visit_leave_for_good(visit *stay)
{
    visit_end(stay);
    stay->target->seat = NULL;
    PyThreadState_Clear(stay->inside);
    visit_come_back(stay->back);
    PyThreadState_Delete(stay->inside);
}

/* Inside: run the code in the namespace of __main__, and return that: a new reference, or NULL
   and an exception. */

static PyObject *
execute(const char *source, PyObject *updates)
{
    PyObject *namespace = compat_main_namespace();
    if (namespace == NULL) {
        return NULL;
    }
    Py_INCREF(namespace); /* the code may throw __main__ away */
    if (updates != NULL && PyDict_Update(namespace, updates) < 0) {
        goto error;
    }
    if (PyDict_GetItemString(namespace, "__builtins__") == NULL &&
        PyDict_SetItemString(namespace, "__builtins__", PyEval_GetBuiltins()) < 0) {
        goto error;
    }
    PyCompilerFlags flags = {
        .cf_flags = PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE,
        .cf_feature_version = PY_MINOR_VERSION,
    };
    PyObject *code = Py_CompileStringFlags(source, "<string>", Py_file_input, &flags);
    if (code == NULL) {
        goto error;
    }
    PyObject *result = PyEval_EvalCode(code, namespace, namespace);
    Py_DECREF(code);
    if (result == NULL) {
        goto error;
    }
    Py_DECREF(result);
    return namespace;

error:
    Py_DECREF(namespace);
    return NULL;
}

/* Objects may pass between the caller and the target only if both share GIL and allocator, and
   only if we are asked when the target is to end. */

static int
check_unrestricted(module_state *state, const interpreter *target)
{
    long long id = target->id;
    if (target->foreign) {
        PyErr_Format(state->InterpreterError,
                     "interpreter %lld was not made by this module, which so cannot keep its "
                     "namespace alive; use run_string()",
                     id);
        return -1;
    }
    if (!target->shares) {
        PyErr_Format(state->InterpreterError,
                     "interpreter %lld is isolated, so its namespace cannot leave it; use "
                     "run_string(), or create(isolated=False)",
                     id);
        return -1;
    }
    if (!internals_shares_memory(compat_current_interpreter())) {
        PyErr_Format(state->InterpreterError,
                     "the current interpreter is isolated, so it cannot receive the namespace of "
                     "interpreter %lld; use run_string()",
                     id);
        return -1;
    }
    return 0;
}

PyObject *
interpreter_run(module_state *state, interpreter *target, const char *source, PyObject *updates,
                bool want_namespace)
{
    int64_t id = target->id;
    visit stay;
    if (updates != NULL && PyDict_GET_SIZE(updates) > 0) {
        registry_current_leaks();
    }
    if ((want_namespace && check_unrestricted(state, target) < 0) ||
        visit_enter(state, &stay, target) < 0) {
        registry_release(target);
        return NULL;
    }
    Py_ssize_t size = 0;
    char *description = NULL;
    PyObject *namespace = execute(source, updates);
    bool raised = namespace == NULL;
    if (raised) {
        description = exception_describe(source, &size);
    }
    else if (!want_namespace) {
        Py_CLEAR(namespace);
    }
    else {
        target->leaked = true;
    }
    visit_leave(&stay);
    registry_release(target);
    if (raised) {
        exception_raise(state, description, size, id);
        return NULL;
    }
    if (want_namespace) {
        return namespace;
    }
    Py_RETURN_NONE;
}
