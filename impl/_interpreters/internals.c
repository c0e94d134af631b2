/* What CPython keeps to itself: the one file that includes its internal headers.

   used                              versions  why; what happens without it
   --------------------------------  --------  ------------------------------------------------
   _PyRuntime.interpreters.mutex,    all       PyInterpreterState_Head and _Next walk the list
     .head, .next_id, interp->next             of interpreters without its lock: a crash when
                                               another OS thread makes or ends one meanwhile
                                               (3.12, 3.14).
   the same list, written            all       An interpreter that cannot be ended (its
                                               namespace leaked, or threads are in it) is taken
                                               out of the list. Left there, the end of the
                                               process is a fatal error ("remaining
                                               subinterpreters", 3.8-3.12; "not the last
                                               thread", 3.13) or a warning (3.14+), and ending
                                               it with leaked objects around crashes later
                                               (3.12, 3.13; gh-116510). After a fork all but
                                               the main one are taken out of the child's:
                                               CPython, which wants to free them there, hangs
                                               (3.8-3.12) or crashes (3.13+; gh-139759).
   interp->feature_flags,            3.12+     Whether an interpreter that somebody else made
     interp->ceval.own_gil                     shares GIL and allocator: objects of one that
                                               does not must never leak.
   _PyInterpreterState_              3.12.1+   CPython's own module knows a running interpreter
     SetRunningMain, ...                       by this mark (gh-109860). Without it that module
                                               runs code in, or ends, an interpreter that is
                                               running: a crash or a hang.
   tstate->frame,                    3.8-3.11  The same question before there was a mark: is a
     tstate->cframe                            frame executing in the one thread state it uses?
   _PyRuntime.interpreters.main      all       An interpreter takes over whether to import site;
     ->config.site_import                      there is no other way to say it (gh-112434). It
                                               is a third of the time that creating one takes.
   _PyRuntime.main_thread,           all       Signals are handled by the main thread, in the
     .ceval.signals_pending,         3.8-3.11  main interpreter. Without these, nothing
     .signals.is_tripped,            3.12+     interrupts what that thread executes in another
     _PyEval_AddPendingCall          3.9+      one (gh-113130). The last also has an interpreter
                                               release what it has lent (3.12+); without it, that
                                               would wait until the interpreter is destroyed.
   interp->ceval.gil_drop_request,   3.9-3.12  Code that is busy in one interpreter hears only
     interp->ceval.eval_breaker                the threads of its own that wait for the GIL;
                                               without these, those of others starve.
   interp->threads.head, written     3.11-12   When a process ends, CPython frees those of the
     interp->tstate_head             3.9-3.10  main interpreter that are left. A thread that waits
     tstate->prev, ->next                      for the GIL looks into its own when it gets it, to
                                               take back that it asked for it, and then ends: the
                                               one that we start would read what was freed.
   _PyRuntime.gilstate.autoTSSkey    3.8-3.11  PyGILState_Ensure, which ctypes uses, takes an OS
                                               thread to be in the interpreter it was in first:
                                               callbacks would run in that one (gh-59956), and
                                               tracemalloc would wait for itself.
   _Py_tracemalloc_config.tracing,   3.8-3.11  tracemalloc keeps objects of one interpreter and
     _PyRuntime.tracemalloc          3.12+     has another free them: with isolated ones it
     .config.tracing                           crashes. Before 3.12 it waits for ever for the
                                               GIL when an interpreter is created.
   interp->threads.head,             3.14+     When a process ends, threads of the main
     tstate->next, ->state                     interpreter stop where they next want the GIL; those
                                               of others that share it run on, and crash, while
                                               all that they use is taken down.
   _PyRuntime.getargs                3.12.0-   The names of a function's keywords may belong to
     .static_parsers                 3.12.3    an isolated interpreter: a crash when it is gone,
                                               at the latest when the process ends (gh-119213).

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
    #include "internal/pycore_ceval.h"
    #include "internal/pycore_runtime.h"
#endif
#include "internal/pycore_pymem.h"
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

/* A wheel is for all of a minor version. What the first ones of 3.12 lack, or need, was compiled in
   or left out; so on these, one that was built with a later one is of no use. */

static bool
is_too_old(void)
{
#if PY_VERSION_HEX >= 0x030C0400 && PY_VERSION_HEX < 0x030D0000
    return Py_Version < 0x030C0400;
#elif PY_VERSION_HEX >= 0x030C0100 && PY_VERSION_HEX < 0x030D0000
    return Py_Version < 0x030C0100;
#else
    return false;
#endif
}

int
internals_check(void)
{
    PyInterpreterState *main = PyInterpreterState_Main();
    if (!is_too_old() && _PyRuntime.interpreters.main == main &&
        _PyRuntime.interpreters.head != NULL && _PyRuntime.interpreters.next_id > 0) {
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
    *ids = malloc(((size_t)count + 1) * sizeof(**ids));
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

void
internals_stop_threads(PyInterpreterState *interp)
{
#if PY_VERSION_HEX >= 0x030E0000 && !defined(Py_GIL_DISABLED)
    for (PyThreadState *each = interp->threads.head; each != NULL; each = each->next) {
        _Py_atomic_store_int(&each->state, _Py_THREAD_SHUTTING_DOWN);
    }
#else
    (void)interp; /* every thread is stopped */
#endif
}

void
internals_forget_others(void)
{
    _PyRuntime.interpreters.head = _PyRuntime.interpreters.main;
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

bool
internals_imports_site(void)
{
    return _PyRuntime.interpreters.main->config.site_import;
}

void
internals_set_imports_site(bool value)
{
    _PyRuntime.interpreters.main->config.site_import = value;
}

bool
internals_in_main_thread(void)
{
    return PyThread_get_thread_ident() == _PyRuntime.main_thread;
}

bool
internals_signals_pending(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return _Py_atomic_load_int_relaxed(&_PyRuntime.signals.is_tripped);
#elif PY_VERSION_HEX >= 0x030C0000
    return _Py_atomic_load_relaxed(&_PyRuntime.signals.is_tripped);
#else
    return _Py_atomic_load_relaxed(&_PyRuntime.ceval.signals_pending);
#endif
}

bool
internals_call_soon(PyInterpreterState *interp, int (*function)(void *))
{
#if PY_VERSION_HEX >= 0x030C0000
    return _PyEval_AddPendingCall(interp, function, NULL, 0) == 0;
#elif PY_VERSION_HEX >= 0x03090000
    bool noted = _PyEval_AddPendingCall(interp, function, NULL) == 0;
    /* That looked whether the main thread is calling; the main thread is to look for itself. */
    _Py_atomic_store_relaxed(&interp->ceval.eval_breaker, 1);
    return noted;
#else
    (void)interp;
    return Py_AddPendingCall(function, NULL) == 0;
#endif
}

void
internals_request_gil(PyInterpreterState *interp)
{
#if GIL_STARVES
    _Py_atomic_store_relaxed(&interp->ceval.gil_drop_request, 1);
    _Py_atomic_store_relaxed(&interp->ceval.eval_breaker, 1);
#else
    (void)interp;
#endif
}

void
internals_withdraw_request(PyInterpreterState *interp)
{
#if GIL_STARVES
    _Py_atomic_store_relaxed(&interp->ceval.gil_drop_request, 0);
#else
    (void)interp;
#endif
}

/* Its own links stay, for whoever stands on it. */

void
internals_hide(PyThreadState *tstate)
{
#if GIL_STARVES
    #if PY_VERSION_HEX >= 0x030B0000
    PyThreadState **head = &tstate->interp->threads.head;
    #else
    PyThreadState **head = &tstate->interp->tstate_head;
    #endif
    PyThreadState *self = lock_list();
    *(tstate->prev == NULL ? head : &tstate->prev->next) = tstate->next;
    if (tstate->next != NULL) {
        tstate->next->prev = tstate->prev;
    }
    unlock_list(self);
#else
    (void)tstate;
#endif
}

PyThreadState *
internals_bind_callbacks(PyThreadState *tstate)
{
#if PY_VERSION_HEX < 0x030C0000
    PyThreadState *before = PyThread_tss_get(&_PyRuntime.gilstate.autoTSSkey);
    PyThread_tss_set(&_PyRuntime.gilstate.autoTSSkey, tstate);
    return before;
#else
    return tstate;
#endif
}

bool
internals_traces_memory(void)
{
#if PY_VERSION_HEX >= 0x030C0000
    return _PyRuntime.tracemalloc.config.tracing;
#else
    return _Py_tracemalloc_config.tracing;
#endif
}

bool
internals_tracing_races(void)
{
    return TRACEMALLOC_RACES && internals_traces_memory();
}

#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030C0400

static struct _PyArg_Parser *adopted; /* the newest parser at the last adoption */

static struct _PyArg_Parser *
newest_parser(void)
{
    PyThread_acquire_lock(_PyRuntime.getargs.mutex, WAIT_LOCK);
    struct _PyArg_Parser *newest = _PyRuntime.getargs.static_parsers;
    PyThread_release_lock(_PyRuntime.getargs.mutex);
    return newest;
}

bool
internals_has_new_keywords(void)
{
    return __atomic_load_n(&adopted, __ATOMIC_RELAXED) != newest_parser();
}

/* The tuple that CPython would make of the names. What it has made stays: it may be in use. */

static void
adopt(struct _PyArg_Parser *parser)
{
    const char *const *names = parser->keywords + parser->pos;
    Py_ssize_t count = 0;
    while (names[count] != NULL) {
        count++;
    }
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; i < count && tuple != NULL; i++) {
        PyObject *name = PyUnicode_InternFromString(names[i]);
        if (name == NULL) {
            Py_CLEAR(tuple);
        }
        else {
            PyTuple_SET_ITEM(tuple, i, name);
        }
    }
    if (tuple != NULL) {
        __atomic_store_n(&parser->kwtuple, tuple, __ATOMIC_RELEASE);
    }
}

int
internals_adopt_keywords(void *Py_UNUSED(ignored))
{
    struct _PyArg_Parser *newest = newest_parser(), *parser = newest;
    for (; parser != NULL && parser != adopted; parser = parser->next) {
        adopt(parser);
    }
    __atomic_store_n(&adopted, newest, __ATOMIC_RELAXED);
    return 0;
}

#else

bool
internals_has_new_keywords(void)
{
    return false;
}

int
internals_adopt_keywords(void *Py_UNUSED(ignored))
{
    return 0;
}

#endif
