/* What CPython keeps to itself: the one file that includes its internal headers.

   used                              versions  why; what happens without it
   --------------------------------  --------  ----------------------------------------------------
   _PyRuntime.interpreters.mutex,    all       PyInterpreterState_Head and _Next walk the list of
     .head, .next_id, interp->next             interpreters without its lock: a crash when another
                                               OS thread makes or ends one meanwhile (3.12, 3.14).
   the same list, written            all       An interpreter that cannot be ended (its namespace
                                               leaked, or threads are in it) is taken out of the
                                               list. Left there, the end of the process is a fatal
                                               error ("remaining subinterpreters", 3.8-3.12; "not
                                               the last thread", 3.13) or a warning (3.14+), and
                                               ending it with leaked objects around crashes later
                                               (3.12, 3.13; gh-116510).
   interp->feature_flags,            3.12+     Whether an interpreter that somebody else made
     interp->ceval.own_gil                     shares GIL and allocator: objects of one that does
                                               not must never leak.
   _PyInterpreterState_              3.12.1+   CPython's own module knows a running interpreter by
     SetRunningMain, ...               this mark (gh-109860). Without it that module
                                               runs code in, or ends, an interpreter that is
                                               running: a crash or a hang.
   tstate->frame,                    3.8-3.11  The same question before there was a mark: is a frame
     tstate->cframe                            executing in the one thread state it uses?

   All are plain reads and writes, of fields that every version has under these names; what moves
   is where the headers declare them. */

#ifndef Py_BUILD_CORE
    #define Py_BUILD_CORE 1
#endif

#include "internals.h"

#ifdef __GNUC__
    #pragma GCC diagnostic push
    #pragma GCC diagnostic ignored "-Wunused-parameter"
    #pragma GCC diagnostic ignored "-Wsign-compare"
    #pragma GCC diagnostic ignored "-Wpedantic"
#endif
#if PY_VERSION_HEX >= 0x03090000
    #include "internal/pycore_interp.h"
    #include "internal/pycore_runtime.h"
#endif
#include "internal/pycore_pystate.h"
#ifdef __GNUC__
    #pragma GCC diagnostic pop
#endif

/* 3.12.0 had the mark for itself alone. */
#define HAVE_RUNNING_MAIN (PY_VERSION_HEX >= 0x030C0100)

/* Take CPython's lock, which is held while interpreters come and go. From 3.13 without the GIL:
   else PyMutex_Lock would let go of the GIL while it waits, and wait for the GIL when it owns the
   lock, while the holder of the GIL waits for the lock. (CPython waits with the GIL kept, but the
   function for that is not exported by 3.13.) */

static PyThreadState *
lock_list(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyThreadState *self = PyEval_SaveThread();
    PyMutex_Lock(&_PyRuntime.interpreters.mutex);
    return self;
#else
    PyThread_acquire_lock(_PyRuntime.interpreters.mutex, WAIT_LOCK);
    return NULL;
#endif
}

static void
unlock_list(PyThreadState *self)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyMutex_Unlock(&_PyRuntime.interpreters.mutex);
    PyEval_RestoreThread(self);
#else
    (void)self;
    PyThread_release_lock(_PyRuntime.interpreters.mutex);
#endif
}

int
internals_check(void)
{
    PyInterpreterState *main = PyInterpreterState_Main();
    if (_PyRuntime.interpreters.main == main && _PyRuntime.interpreters.head != NULL &&
        _PyRuntime.interpreters.next_id > 0) {
        return 0;
    }
    PyErr_Format(PyExc_ImportError,
                 "interpreters._interpreters was compiled for CPython %s and does not fit this one "
                 "(%.20s): build it again with this Python",
                 PY_VERSION, Py_GetVersion());
    return -1;
}

Py_ssize_t
internals_ids(int64_t **ids)
{
    Py_ssize_t count = 0;
    PyThreadState *self = lock_list();
    PyInterpreterState *interp = _PyRuntime.interpreters.head;
    for (; interp != NULL; interp = interp->next) {
        count++;
    }
    *ids = malloc((size_t)count * sizeof(**ids));
    if (*ids != NULL) {
        Py_ssize_t i = 0;
        for (interp = _PyRuntime.interpreters.head; interp != NULL; interp = interp->next) {
            (*ids)[i++] = PyInterpreterState_GetID(interp);
        }
    }
    unlock_list(self);
    return *ids == NULL ? -1 : count;
}

int64_t
internals_next_id(void)
{
    PyThreadState *self = lock_list();
    int64_t id = _PyRuntime.interpreters.next_id;
    unlock_list(self);
    return id;
}

PyInterpreterState *
internals_find(int64_t id)
{
    PyThreadState *self = lock_list();
    PyInterpreterState *interp = _PyRuntime.interpreters.head;
    while (interp != NULL && PyInterpreterState_GetID(interp) != id) {
        interp = interp->next;
    }
    unlock_list(self);
    return interp;
}

void
internals_forget(PyInterpreterState *interp)
{
    PyThreadState *self = lock_list();
    PyInterpreterState **link = &_PyRuntime.interpreters.head;
    while (*link != NULL && *link != interp) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = interp->next; /* interp->next stays, for whoever stands on it */
    }
    unlock_list(self);
}

bool
internals_shares_memory(PyInterpreterState *interp)
{
#if HAVE_ISOLATED
    return interp == PyInterpreterState_Main() ||
           ((interp->feature_flags & Py_RTFLAGS_USE_MAIN_OBMALLOC) && !interp->ceval.own_gil);
#else
    (void)interp;
    return true;
#endif
}

#if HAVE_RUNNING_MAIN

bool
internals_is_running_main(PyInterpreterState *interp, PyThreadState *tstate)
{
    (void)tstate;
    return _PyInterpreterState_IsRunningMain(interp);
}

bool
internals_mark_running_main(PyInterpreterState *interp)
{
    if (_PyInterpreterState_IsRunningMain(interp)) {
        return false;
    }
    if (_PyInterpreterState_SetRunningMain(interp) < 0) {
        PyErr_Clear();
        return false;
    }
    return true;
}

void
internals_unmark_running_main(PyInterpreterState *interp)
{
    _PyInterpreterState_SetNotRunningMain(interp);
}

#else

bool
internals_is_running_main(PyInterpreterState *interp, PyThreadState *tstate)
{
    if (tstate == NULL) {
        PyThreadState *next = PyInterpreterState_ThreadHead(interp);
        for (; next != NULL; next = PyThreadState_Next(next)) {
            tstate = next;
        }
    }
    if (tstate == NULL) {
        return false;
    }
    #if PY_VERSION_HEX >= 0x030B0000
    return tstate->cframe != NULL && tstate->cframe->current_frame != NULL;
    #else
    return tstate->frame != NULL;
    #endif
}

bool
internals_mark_running_main(PyInterpreterState *interp)
{
    (void)interp;
    return true;
}

void
internals_unmark_running_main(PyInterpreterState *interp)
{
    (void)interp;
}

#endif
