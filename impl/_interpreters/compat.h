/* What differs between CPython 3.8 and 3.15.

   Every test of PY_VERSION_HEX is in this header (and, for what is not public,
   in internals.c), so that every other file reads as if there were one CPython.
   Where a version lacks something, the stand-in here behaves as the newest one does. */

#ifndef INTERPRETERS_COMPAT_H
#define INTERPRETERS_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A lock that needs no initialisation: the registry is there before any Python code is. */

#ifdef _WIN32
    #include <windows.h>
typedef SRWLOCK plain_lock;
    #define PLAIN_LOCK_INIT SRWLOCK_INIT
    #define plain_lock_acquire(lock) AcquireSRWLockExclusive(lock)
    #define plain_lock_release(lock) ReleaseSRWLockExclusive(lock)
#else
    #include <pthread.h>
    #include <sys/mman.h>
    #include <time.h>
typedef pthread_mutex_t plain_lock;
    #define PLAIN_LOCK_INIT PTHREAD_MUTEX_INITIALIZER
    #define plain_lock_acquire(lock) pthread_mutex_lock(lock)
    #define plain_lock_release(lock) pthread_mutex_unlock(lock)
#endif

#ifdef _MSC_VER
    #define THREAD_LOCAL __declspec(thread)
#else
    #define THREAD_LOCAL _Thread_local
#endif

static inline void
compat_sleep(int microseconds)
{
#ifdef _WIN32
    Sleep((microseconds + 999) / 1000);
#else
    struct timespec time = {.tv_nsec = microseconds * 1000L};
    nanosleep(&time, NULL);
#endif
}

/* New memory that is about to be filled. The system gives it out page by page, which takes several
   times as long as the filling. In large pages it does not, and Linux has to be asked for those;
   that it has none is no matter. */

static inline void
compat_will_fill(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t page = 4096;
    if (size >= (size_t)4 << 20) {
        uintptr_t first = ((uintptr_t)memory + page - 1) & ~(page - 1);
        madvise((void *)first, (uintptr_t)memory + size - first, MADV_HUGEPAGE);
    }
#else
    (void)memory;
    (void)size;
#endif
}

/* 3.8's PyMODINIT_FUNC does not export the symbol when everything else is hidden. */

#if PY_VERSION_HEX < 0x03090000 && defined(__GNUC__)
    #define EXPORTED_INIT __attribute__((visibility("default"))) PyMODINIT_FUNC
#else
    #define EXPORTED_INIT PyMODINIT_FUNC
#endif

/* The slots by which a module says that it may be imported anywhere: 3.12 asks about interpreters
   with a GIL of their own, 3.13 about having no GIL at all. */

#if PY_VERSION_HEX >= 0x030D0000
    #define ANYWHERE_SLOTS                                                                         \
        {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},                      \
            {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#elif PY_VERSION_HEX >= 0x030C0000
    #define ANYWHERE_SLOTS {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#else
    #define ANYWHERE_SLOTS
#endif

static inline PyInterpreterState *
compat_current_interpreter(void)
{
#if PY_VERSION_HEX >= 0x03090000
    return PyInterpreterState_Get();
#else
    return _PyInterpreterState_Get();
#endif
}

static inline PyInterpreterState *
compat_interpreter_of(PyThreadState *tstate)
{
#if PY_VERSION_HEX >= 0x03090000
    return PyThreadState_GetInterpreter(tstate);
#else
    return tstate->interp;
#endif
}

/* The frame that another thread of the current interpreter is executing: a new reference, or NULL
   and no exception (3.9). */

static inline PyObject *
compat_frame_of(PyThreadState *tstate)
{
#if PY_VERSION_HEX >= 0x03090000
    return (PyObject *)PyThreadState_GetFrame(tstate);
#else
    Py_XINCREF(tstate->frame);
    return (PyObject *)tstate->frame;
#endif
}

/* Has another thread set an exception for this one, which is yet to be raised? */

static inline bool
compat_has_exception_from_outside(void)
{
    return PyThreadState_Get()->async_exc != NULL;
}

/* Then it is not to be raised. By the number of the thread up to 3.11 another one may be found,
   which it has started and which has no number of its own yet. The call has all threads look for
   exceptions, too: up to 3.8 the others forget that when one has found its own. */

static inline void
compat_drop_exception_from_outside(void)
{
#if PY_VERSION_HEX < 0x030C0000
    Py_CLEAR(PyThreadState_Get()->async_exc);
#endif
    PyThreadState_SetAsyncExc(PyThread_get_thread_ident(), NULL);
}

/* The attached thread state, or NULL where there is none. */

static inline PyThreadState *
compat_attached_thread_state(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

/* Attach that thread state, or none, in the place of the one that is attached, which is returned.
   3.12 has a moment in PyThreadState_Swap() with neither GIL, in which the process may come to its
   end, and then writes what is there no longer. */

static inline PyThreadState *
compat_swap(PyThreadState *tstate)
{
#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030D0000
    PyThreadState *before = compat_attached_thread_state() == NULL ? NULL : PyEval_SaveThread();
    if (tstate != NULL) {
        PyEval_RestoreThread(tstate);
    }
    return before;
#else
    return PyThreadState_Swap(tstate);
#endif
}

/* Take the exception that is set, normalised and with its traceback, and clear it (3.12). */

static inline PyObject *
compat_take_exception(void)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyErr_GetRaisedException();
#else
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == NULL) {
        return NULL;
    }
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL && value != NULL) {
        PyException_SetTraceback(value, traceback);
    }
    Py_XDECREF(traceback);
    Py_DECREF(type);
    return value;
#endif
}

/* Set an exception as it is, without giving it the context that a raise would. Steals it. */

static inline void
compat_set_exception(PyObject *exception)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyErr_SetRaisedException(exception);
#else
    PyObject *type = (PyObject *)Py_TYPE(exception);
    Py_INCREF(type);
    PyErr_Restore(type, exception, PyException_GetTraceback(exception));
#endif
}

/* Up to 3.9 a RecursionError leaves a mark until the thread has come far back; who goes on from
   there, as whoever drops the RecursionError does, may go 50 calls deeper, and then the process is
   ended. So who drops one of his own making puts the mark back as it was. */

static inline bool
compat_has_overflowed(void)
{
#if PY_VERSION_HEX < 0x030A0000
    return PyThreadState_Get()->overflowed;
#else
    return false;
#endif
}

static inline void
compat_set_overflowed(bool overflowed)
{
#if PY_VERSION_HEX < 0x030A0000
    PyThreadState_Get()->overflowed = overflowed;
#else
    (void)overflowed;
#endif
}

/* BaseExceptionGroup, or NULL before 3.11, which has none. */

static inline PyObject *
compat_exception_group(void)
{
#if PY_VERSION_HEX >= 0x030B0000
    return PyExc_BaseExceptionGroup;
#else
    return NULL;
#endif
}

/* Make an interpreter and attach its first thread state. On failure return false with a reason
   that needs not be freed; what is attached then is up to the version, so the caller re-attaches.

   Before 3.12 an interpreter shares everything that can be shared, and Py_NewInterpreter ends the
   process on most failures. From 3.12 a PyStatus comes back, and there are two kinds:
     shared    the GIL and the allocator of the main interpreter; may use exec, daemon threads and
               any extension module. A free-threaded build insists on the check of extension
               modules (gh-117649).
     isolated  its own GIL and allocator; no exec, no daemon threads, and only extension modules
               that say they can bear it.
   Neither may fork: the child would have no main interpreter. */

#if PY_VERSION_HEX >= 0x030C0000
    #define HAVE_ISOLATED 1
#else
    #define HAVE_ISOLATED 0
#endif

static inline bool
compat_new_interpreter(bool isolated, PyThreadState **result, const char **why)
{
    *result = NULL;
    *why = "CPython gives no reason";
#if HAVE_ISOLATED
    PyInterpreterConfig config = {
        .use_main_obmalloc = !isolated,
        .allow_fork = 0,
        .allow_exec = !isolated,
        .allow_threads = 1,
        .allow_daemon_threads = !isolated,
        .check_multi_interp_extensions = isolated,
        .gil = isolated ? PyInterpreterConfig_OWN_GIL : PyInterpreterConfig_SHARED_GIL,
    };
    #ifdef Py_GIL_DISABLED
    config.check_multi_interp_extensions = 1;
    #endif
    PyStatus status = Py_NewInterpreterFromConfig(result, &config);
    if (PyStatus_Exception(status)) {
        *result = NULL;
        if (status.err_msg != NULL) {
            *why = status.err_msg;
        }
    }
#else
    (void)isolated;
    *result = Py_NewInterpreter();
#endif
    return *result != NULL;
}

/* Is there a GIL at all? */

#ifdef Py_GIL_DISABLED
    #define HAS_GIL 0
#else
    #define HAS_GIL 1
#endif

/* Does a thread that wants the GIL end when it gets it while the process is ending? From 3.14 on it
   stays as it is. AddressSanitizer does not notice when CPython ends a thread: the functions that
   it was in seem to be still at work, and what uses their stack after them seems to be wrong. */

#ifdef __SANITIZE_ADDRESS__
    #define THREADS_END 0
#else
    #define THREADS_END (HAS_GIL && PY_VERSION_HEX < 0x030E0000)
#endif

/* Does code that is busy in one interpreter keep a GIL that it shares to itself? From 3.9 to 3.12 a
   thread that waits for the GIL asks for it at its own interpreter, where nobody hears it. */

#define GIL_STARVES (PY_VERSION_HEX >= 0x03090000 && PY_VERSION_HEX < 0x030D0000)

/* Does an isolated interpreter that is the first to load an extension module of the old kind end
   the process later? See extensions.c. */

#define EXTENSIONS_MAIN_FIRST (PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030D0000)

/* Does any thread of an interpreter make the calls that it is asked to make between two steps of
   code? Before 3.12 only the main thread of the process does. */

#define CALLS_ANYWHERE (PY_VERSION_HEX >= 0x030C0000)

/* Does a function that looks for the code that calls it find __main__ where there is none? */

#define CALLER_IS_MAIN (PY_VERSION_HEX >= 0x030E0000)

/* Is _datetime to be imported in the main interpreter first? */

#define DATETIME_MAIN_FIRST (PY_VERSION_HEX >= 0x030D0000 && PY_VERSION_HEX < 0x030E0000)

/* Does os.fork() in a subinterpreter have to be taken away? 3.8 refuses it everywhere but in the
   main interpreter; from 3.12 on an interpreter is made without it; between, the child process
   ends with a fatal error. */

#define FORK_TO_BE_TAKEN_AWAY (PY_VERSION_HEX >= 0x03090000 && PY_VERSION_HEX < 0x030C0000)

/* Does creating an interpreter never end while tracemalloc is tracing? It asks for the GIL at each
   allocation, in the name of the thread state that it believes to be current. */

#define TRACEMALLOC_HANGS (PY_VERSION_HEX < 0x030C0000)

/* Does tracemalloc, when it stops tracing, end the process if a thread without a GIL allocates at
   this moment? That is how every thread state begins. A wheel may have been built with a later
   3.13 than the one that runs, which is the one to ask. */

#if PY_VERSION_HEX >= 0x030D0000
    #define TRACEMALLOC_RACES (Py_Version < 0x030D0200)
#else
    #define TRACEMALLOC_RACES true
#endif

/* CPython's own module may be told to end an interpreter of ours that is idle, and ends it in the
   thread state that it finds (up to 3.12) or in one of its own. 3.13 then takes ours for a thread
   that is still running, which is a fatal error, unless it is dropped before. */

#define DROP_SEAT_AT_EXIT (PY_VERSION_HEX >= 0x030D0000 && PY_VERSION_HEX < 0x030E0000)

/* In a new interpreter: the OS thread that imports threading is to be threading's main thread, as
   it is up to 3.12. From 3.13 the main thread of the process is, so that code which another OS
   thread runs is a stranger's there, and starts daemon threads. */

static inline int
compat_prepare_threading(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *module = PyImport_ImportModule("_thread");
    PyObject *get_ident = module == NULL ? NULL : PyObject_GetAttrString(module, "get_ident");
    int result = -1;
    if (get_ident != NULL) {
        result = PyObject_SetAttrString(module, "_get_main_thread_ident", get_ident);
        Py_DECREF(get_ident);
    }
    Py_XDECREF(module);
    return result;
#else
    return 0;
#endif
}

/* Does code that an interpreter executes while it ends, a finalizer's, end the process when it
   looks for a module? */

#define LOSES_MODULES (PY_VERSION_HEX < 0x03090000)

/* An object of the module sys, borrowed; NULL if it has none, or with an exception for want of
   memory, which PySys_GetObject passes over in silence. */

static inline PyObject *
compat_sys_object(const char *name)
{
    PyObject *object = PySys_GetObject(name);
    if (object == NULL) {
        PyObject *text = PyUnicode_FromString(name); /* that is what it wants memory for */
        object = text == NULL ? NULL : PySys_GetObject(name);
        Py_XDECREF(text);
    }
    return object;
}

/* Is there a sys.modules (still)? Where there is none, 3.8 ends the process when it is looked into.
   False, too, with an exception for want of memory. */

static inline bool
compat_has_modules(void)
{
    return compat_sys_object("modules") != NULL;
}

/* The module of that name, if it is imported: a new reference, or NULL and perhaps an exception. */

static inline PyObject *
compat_imported_module(PyObject *name)
{
    return compat_has_modules() ? PyImport_GetModule(name) : NULL;
}

/* The namespace of __main__ in the current interpreter: a borrowed reference, or NULL and an
   exception. */

static inline PyObject *
compat_main_namespace(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *module = PyImport_AddModuleRef("__main__");
    if (module == NULL) {
        return NULL;
    }
    PyObject *namespace = PyModule_GetDict(module);
    Py_DECREF(module); /* sys.modules has it */
    return namespace;
#else
    PyObject *module = PyImport_AddModule("__main__");
    return module == NULL ? NULL : PyModule_GetDict(module);
#endif
}

#endif
