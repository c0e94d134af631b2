/* Destroy an interpreter.

   Py_EndInterpreter ends the whole process, with a fatal error, if the interpreter has a thread
   state besides the current one; and what it does first, joining threads and calling atexit
   callbacks, may start threads, wait for ever (3.9-3.12, if threading was imported in another OS
   thread: gh-122517) or fail (3.8).  So all of that is done here before, in an order that leaves
   Py_EndInterpreter nothing to do and nothing to object to:

       claim       nobody else enters, and CPython's own module sees the interpreter as running
       settle      what the end of a process does: threading's callbacks, join the threads that
                   are not daemons, the atexit callbacks; then again, for they may start more
       count       a thread that is left (a daemon, or one that threading does not know) makes it
                   an InterpreterError; the interpreter stays as usable as it was
       end         with threading told that all is done

   An interpreter whose objects leaked (run_string_unrestricted) is parked instead of ended: it is
   settled, its ID unknown from then on, and its memory kept as long as the process, because an
   object that outlives its interpreter crashes some CPythons (3.12, 3.13). One whose memory others
   look into is kept, in the same way, until they no longer do, and then ended. */

#include "core.h"

/* Inside: do what the end of a process does before it ends threads by force. What fails is told
   as Python tells it then, and changes nothing. */

static const char SETTLE[] =
    "delay = 0.0001\n"
    "threading = modules.get('threading')\n"
    "atexit = modules.get('atexit')\n"
    "\n"
    "def end_main_thread():\n"
    "    # Others may be waiting for it. From 3.13 nobody can.\n"
    "    global main\n"
    "    main = threading.main_thread()\n"
    "    lock = getattr(main, '_tstate_lock', None)\n"
    "    if lock is not None:\n"
    "        if lock.locked():\n"
    "            lock.release()\n"
    "        main._stop()\n"
    "\n"
    "def call_back():\n"
    "    callbacks = getattr(threading, '_threading_atexits', [])\n"
    "    while callbacks:\n"
    "        try:\n"
    "            callbacks.pop()()\n"
    "        except SystemExit:\n"
    "            pass\n"
    "        except BaseException as error:\n"
    "            excepthook(type(error), error, error.__traceback__)\n"
    "\n"
    "def wait_a_moment():\n"
    "    # To wait with join() could not be interrupted by a signal (3.13), or would take a "
    "thread\n"
    "    # for ended when it is (up to 3.12; gh-89437).\n"
    "    global delay\n"
    "    delay = min(2 * delay, 0.01)\n"
    "    pause(delay)\n"
    "\n"
    "def join():\n"
    "    # By what is released when a thread is gone: a thread leaves threading.enumerate() "
    "before.\n"
    "    this = threading._active.get(threading.get_ident())\n"
    "    if not hasattr(threading, '_shutdown_locks'):  # from 3.13\n"
    "        for thread in threading.enumerate():\n"
    "            while not thread.daemon and thread not in (main, this) and thread.is_alive():\n"
    "                wait_a_moment()\n"
    "        threading._thread_shutdown()\n"
    "        return False\n"
    "    this = getattr(this, '_tstate_lock', None)\n"
    "    with threading._shutdown_locks_lock:\n"
    "        locks = [lock for lock in threading._shutdown_locks if lock is not this]\n"
    "    for lock in locks:\n"
    "        while lock.locked():\n"
    "            wait_a_moment()\n"
    "    with threading._shutdown_locks_lock:\n"
    "        threading._shutdown_locks.difference_update(locks)\n"
    "    return bool(locks)\n"
    "\n"
    "for _ in range(10):\n"
    "    if threading is not None:\n"
    "        end_main_thread()\n"
    "        call_back()\n"
    "        while join():\n"
    "            pass\n"
    "    if atexit is None or not atexit._ncallbacks():\n"
    "        break\n"
    "    try:\n"
    "        atexit._run_exitfuncs()\n"
    "    except BaseException:  # which it has told\n"
    "        pass\n"
    "    threading = modules.get('threading')\n"
    "else:\n"
    "    atexit._clear()\n";

/* Inside: are there atexit callbacks, besides our own? */

static bool
has_callbacks(void)
{
    PyObject *atexit = loaded_module("atexit");
    PyObject *count = atexit == NULL ? NULL : PyObject_CallMethod(atexit, "_ncallbacks", NULL);
    long callbacks = count == NULL ? 0 : PyLong_AsLong(count);
    PyErr_Clear();
    Py_XDECREF(count);
    return callbacks > (DROP_SEAT_AT_EXIT ? 1 : 0);
}

/* Inside. 0; or -1 and what a signal handler raised, which interrupted it, or a MemoryError.
   Whatever else keeps it from being done (a threading module of the user's own, perhaps) shows when
   threads are counted. */

static int
settle(const visit *stay)
{
    if (loaded_module("threading") == NULL && !has_callbacks()) {
        return 0;
    }
    if (run_own_code(SETTLE) < 0) {
        if (stay->interrupted || PyErr_ExceptionMatches(PyExc_MemoryError)) {
            return -1;
        }
        PyErr_Clear();
    }
    return 0;
}

static void
park(visit *stay)
{
    interpreter *target = stay->target;
    visit_leave_for_good(stay);
    registry_park(target);
}

static void
end(visit *stay)
{
    PyObject *threading = loaded_module("threading");
    if (threading != NULL) { /* tuple() does nothing, on every version */
        PyObject_SetAttrString(threading, "_shutdown", (PyObject *)&PyTuple_Type);
    }
    PyErr_Clear();
    visit_end(stay);
    registry_ending(stay->target);
    Py_EndInterpreter(stay->inside);
    visit_come_back(stay->back);
    registry_remove(stay->target);
}

/* Inside: let go of what holds on to the interpreter's own memory, as an object may that has gone
   out and come back: of __main__, and of whatever only refers to itself. */

static void
drop_contents(void)
{
    PyObject *namespace = compat_main_namespace();
    if (namespace != NULL) {
        PyDict_Clear(namespace);
    }
    PyErr_Clear();
    PyGC_Collect();
}

/* With its seat: 3.11 and 3.12 cannot make a thread state in an interpreter that has none left. */

static void
keep(visit *stay)
{
    interpreter *target = stay->target;
    int64_t id = target->id;
    visit_leave(stay);
    registry_keep(target);
    CALL_HOOKS(interpreter_kept, id);
}

static bool
is_used(int64_t id)
{
    bool used = false;
    CALL_HOOKS(memory_is_used, id, &used);
    return used;
}

void
interpreter_end_kept(int64_t id)
{
    module_state plain = {PyExc_RuntimeError, PyExc_RuntimeError, PyExc_RuntimeError};
    interpreter *target = registry_claim_kept(id);
    visit stay;
    if (target == NULL) {
        return;
    }
    if (visit_enter(&plain, &stay, target) < 0) { /* tracemalloc, or want of memory */
        PyErr_Clear();
        registry_keep(target);
        return;
    }
    end(&stay);
}

/* End the claim and the visit, with the interpreter as usable as it was. */

static void
give_up(visit *stay)
{
    interpreter *target = stay->target;
    visit_drop_seat_at_exit(target); /* its callbacks have been called */
    visit_leave(stay);
    registry_release(target);
}

int
interpreter_destroy(module_state *state, interpreter *target)
{
    visit stay;
    long long id = target->id;
    if (visit_enter(state, &stay, target) < 0) {
        registry_release(target);
        return -1;
    }
    if (settle(&stay) < 0) {
        Py_ssize_t size = 0;
        char *description = exception_describe(NULL, &size);
        give_up(&stay);
        exception_raise(state, description, size, id);
        return -1;
    }
    int others = visit_count_others(&stay);
    if (others > 0) {
        give_up(&stay);
        PyErr_Format(state->InterpreterError,
                     "interpreter %lld still has %d thread%s in it that cannot be joined (daemon "
                     "threads, or threads not made by threading); have them end, then destroy it",
                     id, others, others == 1 ? "" : "s");
        return -1;
    }
    CALL_HOOKS(interpreter_ends, id);
    if (target->leaked) {
        park(&stay);
    }
    else {
        if (is_used(id)) {
            drop_contents();
        }
        (is_used(id) ? keep : end)(&stay);
    }
    return 0;
}
