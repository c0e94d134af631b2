/* Enter an interpreter and leave it.

   An OS thread is in an interpreter while a thread state of that interpreter is attached to it.
   One thread state, the seat, is kept for each interpreter of ours, so that an OS thread that
   comes back finds its own again: making one costs up to 90 microseconds (3.14+, where the
   bounds of the C stack are looked up), and what belongs to a thread of the interpreter (its
   threading.local values, its context variables) is there still. When another OS thread comes it
   gets a seat of its own and the old one is dropped: a thread state holds the bounds of the C
   stack it was made on (3.14+), and the identity of its thread (all). An OS thread is known here
   by a number that no other one ever gets; the system's own identifiers are used again.

   Interpreters that somebody else made are visited in a thread state made for the visit: what we
   left in one would be one too many when its owner ends it (a fatal error up to 3.13). */

#include "attendant.h"
#include "internals.h"

#include <stdatomic.h>

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
    back.from = compat_swap(tstate);
    return back;
}

void
visit_come_back(passage back)
{
    internals_bind_callbacks(back.callbacks); /* first: a debug build compares them */
    compat_swap(back.from);
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
        if (target->heritage != NULL) {
            interpreter_inherit(target);
        }
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

static void
note_threads_left(visit *stay)
{
    if (GIL_STARVES) {
        stay->target->threads_left = visit_count_others(stay) > 0;
    }
}

void
visit_rest(visit *stay)
{
    note_threads_left(stay);
    registry_rest(stay->target);
}

void
visit_resume(visit *stay)
{
    attendant_arrive(stay);
}

void
visit_leave(visit *stay)
{
    interpreter *target = stay->target;
    note_threads_left(stay);
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
