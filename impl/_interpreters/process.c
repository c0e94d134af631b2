/* What happens to the process happens to all its interpreters: its end, its forks, its limits.

   The end. A process that ends with interpreters alive is a fatal error up to 3.12, a warning from
   3.14. An atexit callback of the main interpreter destroys those that are left, and takes out of
   CPython's list the ones that cannot be destroyed because they are busy. Their code would go on
   while CPython takes down what all interpreters use, and crash. So the threads that share the GIL
   are stopped where they want it next; and the GIL of an isolated one is taken, and never given
   back. Up to 3.13 CPython ends a thread that gets the GIL while the process is ending. One that
   does not get it in time looks at what was freed (the lock of the imports; its interpreter, since
   gh-96387): so all of them are let have it while everything is still there.

   Forks. CPython wants the child to free all interpreters but the main one, and hangs or crashes
   over it (gh-139759), so they are taken out of its list as well: what they hold is memory that
   the child never uses. A fork in a subinterpreter would leave the child without a main one.

   Limits. Where memory or file descriptors run out while an interpreter is created, CPython ends
   the process, or crashes, rather than fail; so it is tried before whether there is enough. */

#include "attendant.h"
#include "internals.h"

#include <stdatomic.h>
#ifndef _WIN32
    #include <errno.h>
    #include <fcntl.h>
    #include <sys/mman.h>
    #include <unistd.h>
#endif

int
process_do_in_main(int (*function)(void *), void *argument)
{
    if (compat_current_interpreter() == PyInterpreterState_Main()) {
        int result = function(argument);
        PyErr_Clear();
        return result;
    }
    PyThreadState *guest = PyThreadState_New(PyInterpreterState_Main());
    if (guest == NULL) {
        return -1;
    }
    passage back = visit_go(guest);
    int result = function(argument);
    PyErr_Clear();
    PyThreadState_Clear(guest);
    visit_come_back(back);
    PyThreadState_Delete(guest);
    return result;
}

/*
 * The end
 */

typedef struct {
    PyInterpreterState *interp;
    PyThread_type_lock held; /* released when the GIL is taken */
} holding;

static void
hold_gil(void *argument)
{
    holding *own = argument;
    PyThreadState *guest = PyThreadState_New(own->interp);
    if (guest != NULL) {
        PyEval_RestoreThread(guest);
    }
    PyThread_release_lock(own->held);
    for (;;) {
        compat_sleep(900000);
    }
}

/* Have no code of the interpreter run any more. What does not give its GIL up within a second is
   busy in C, and may just as well be so until the end. What is allocated goes with the process. */

static void
silence(PyInterpreterState *interp)
{
    if (!HAS_GIL) {
        return; /* CPython would wait for the thread that is attached, and never end */
    }
    if (internals_shares_memory(interp)) {
        internals_stop_threads(interp);
        return;
    }
    holding *own = malloc(sizeof(*own));
    PyThread_type_lock held = PyThread_allocate_lock();
    if (own != NULL && held != NULL) {
        *own = (holding){interp, held};
        PyThread_acquire_lock(held, NOWAIT_LOCK);
        if (PyThread_start_new_thread(hold_gil, own) != PYTHREAD_INVALID_THREAD_ID) {
            Py_BEGIN_ALLOW_THREADS
            PyThread_acquire_lock_timed(held, 1000000, 0);
            Py_END_ALLOW_THREADS
            return;
        }
    }
    if (held != NULL) {
        PyThread_free_lock(held);
    }
    free(own);
}

/* Guests stay for a moment, if they do not wait for something, and what other threads are creating
   or destroying is soon done; nothing of that begins anew. What takes more than a few seconds
   cannot be waited for. */

static void
wait_for_others(void)
{
    for (int i = 0; i < 5000 && registry_is_in_use(); i++) {
        Py_BEGIN_ALLOW_THREADS
        compat_sleep(1000);
        Py_END_ALLOW_THREADS
    }
}

/* From now on who gets the GIL ends. Who wants it looks for it each switch interval, which is 5
   milliseconds; on a busy machine a thread waits for its turn many times as long. Who has seen by
   then that the process is ending has ended already, and what that one asked for is not to be given
   to nobody. */

static void
let_threads_end(PyObject *Py_UNUSED(capsule))
{
    internals_withdraw_request(PyInterpreterState_Main());
    Py_BEGIN_ALLOW_THREADS
    compat_sleep(100000);
    Py_END_ALLOW_THREADS
}

/* As soon as threads have to end, CPython frees the thread states of the main interpreter that are
   left, the newest one first: before it runs any more code, and before what others look at is gone.
   In 3.8 it does not, and the module sys is the first thing that it surely frees. */

static int
keep_until_threads_end(PyObject *capsule)
{
#if PY_VERSION_HEX >= 0x03090000
    PyThreadState *last = PyThreadState_New(PyInterpreterState_Main());
    if (last == NULL) {
        return -1;
    }
    passage back = visit_go(last);
    PyObject *own = PyThreadState_GetDict();
    int result = own == NULL ? -1 : PyDict_SetItemString(own, "end", capsule);
    PyErr_Clear();
    visit_come_back(back);
    return result;
#else
    return PySys_SetObject("_interpreters_end", capsule);
#endif
}

static void
prepare_for_last_threads(void)
{
    if (THREADS_END && (attendant_wants_gil() || registry_each_busy(NULL))) {
        void *anything = &hooks; /* but NULL: only the destructor counts */
        PyObject *capsule = PyCapsule_New(anything, NULL, let_threads_end);
        if (capsule == NULL || keep_until_threads_end(capsule) < 0) {
            PyErr_Clear();
        }
        Py_XDECREF(capsule);
    }
}

static PyObject *
destroy_all(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    module_state plain = {PyExc_RuntimeError, PyExc_RuntimeError, PyExc_RuntimeError};
    interpreter *target;
    registry_close();
    CALL_HOOKS(process_ends, );
    attendant_close();
    wait_for_others();
    for (int64_t id = 0; (target = registry_claim_any(id)) != NULL;) {
        id = target->id;
        if (interpreter_destroy(&plain, target) < 0) {
            PyErr_Clear();
        }
    }
    registry_forget_all(silence);
    internals_adopt_keywords(NULL); /* of code whose run has not ended */
    prepare_for_last_threads();
    Py_RETURN_NONE;
}

static PyMethodDef destroy_all_method = {"destroy_all_interpreters", destroy_all, METH_NOARGS,
                                         NULL};

/* In the main interpreter: have destroy_all called at its exit. */

static int
register_at_exit(void *Py_UNUSED(ignored))
{
    PyObject *function = PyCFunction_New(&destroy_all_method, NULL);
    PyObject *atexit = function == NULL ? NULL : PyImport_ImportModule("atexit");
    PyObject *result = NULL;
    if (atexit != NULL) {
        result = PyObject_CallMethod(atexit, "register", "O", function);
    }
    Py_XDECREF(result);
    Py_XDECREF(atexit);
    Py_XDECREF(function);
    return result == NULL ? -1 : 0;
}

/*
 * Forks
 */

#ifndef _WIN32

/* What is built on the core takes its locks first, and lets go of them last. */

static void
before_fork(void)
{
    CALL_HOOKS(before_fork, );
    registry_before_fork();
}

static void
after_fork(bool in_child)
{
    registry_after_fork(in_child);
    CALL_HOOKS(after_fork, in_child);
}

static void
parent_goes_on(void)
{
    after_fork(false);
}

static void
child_begins(void)
{
    after_fork(true);
    internals_forget_others();
    attendant_forget();
}

static void
watch_forks(void)
{
    static atomic_flag watched = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&watched)) {
        pthread_atfork(before_fork, parent_goes_on, child_begins);
    }
}

#else

static void
watch_forks(void)
{
}

#endif

static PyObject *
refuse_fork(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    PyErr_SetString(PyExc_RuntimeError,
                    "fork not supported in subinterpreters: the child process would have no main "
                    "interpreter; fork in the main interpreter, or start a new process");
    return NULL;
}

static PyMethodDef fork_method = {"fork", refuse_fork, METH_NOARGS, NULL};
static PyMethodDef forkpty_method = {"forkpty", refuse_fork, METH_NOARGS, NULL};

static int
replace_function(const char *module_name, PyMethodDef *method)
{
    PyObject *module = loaded_module(module_name);
    if (module == NULL || !PyObject_HasAttrString(module, method->ml_name)) {
        return 0;
    }
    PyObject *function = PyCFunction_New(method, NULL);
    int result = -1;
    if (function != NULL) {
        result = PyObject_SetAttrString(module, method->ml_name, function);
        Py_DECREF(function);
    }
    return result;
}

int
process_take_fork_away(void)
{
    return replace_function("posix", &fork_method) < 0 ||
                   replace_function("posix", &forkpty_method) < 0 ||
                   replace_function("os", &fork_method) < 0 ||
                   replace_function("os", &forkpty_method) < 0
               ? -1
               : 0;
}

int
process_prepare(void)
{
    watch_forks();
    if (!registry_first_to_arm()) {
        return 0;
    }
    int result = process_do_in_main(register_at_exit, NULL);
    if (result < 0) {
        registry_disarm();
        PyErr_SetString(PyExc_RuntimeError, "the main interpreter has no working atexit module, so "
                                            "nothing would destroy the interpreters at exit");
    }
    return result;
}

/*
 * Limits
 */

#define ROOM ((size_t)16 << 20) /* an interpreter takes 1 to 4 MiB, in steps of up to 1 MiB */
#define DESCRIPTORS 3           /* and opens its modules one inside another */

#ifndef _WIN32

static bool
has_memory(void)
{
    void *room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return room != MAP_FAILED && munmap(room, ROOM) == 0;
}

static bool
has_descriptors(void)
{
    int opened[DESCRIPTORS], count = 0;
    while (count < DESCRIPTORS && (opened[count] = open("/", O_RDONLY | O_CLOEXEC)) >= 0) {
        count++;
    }
    bool enough = count == DESCRIPTORS || (errno != EMFILE && errno != ENFILE);
    while (count > 0) {
        close(opened[--count]);
    }
    return enough;
}

#else

static bool
has_memory(void)
{
    return true;
}

static bool
has_descriptors(void)
{
    return true;
}

#endif

bool
process_has_room(const char **wanting)
{
    if (!has_memory()) {
        *wanting = "out of memory";
        return false;
    }
    if (!has_descriptors()) {
        *wanting = "too many open files";
        return false;
    }
    return true;
}
