/* Create and destroy.

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
   object that outlives its interpreter crashes some CPythons (3.12, 3.13).

   A process that ends with interpreters alive is a fatal error up to 3.12, a warning from 3.14.
   An atexit callback of the main interpreter destroys those that are left, and takes out of
   CPython's list the ones that cannot be destroyed because they are busy. */

#include "core.h"
#include "internals.h"

#include <stdlib.h>

/* Somebody else may end an interpreter of ours: the registry is told by a capsule in a dict that
   dies with the interpreter. */

#define CAPSULE_NAME "interpreters._interpreters.interpreter"

static void
on_freed(PyObject *capsule)
{
    registry_was_ended(PyCapsule_GetPointer(capsule, CAPSULE_NAME));
}

/* Inside a new interpreter: have the registry told when it ends. */

static int
watch(interpreter *entry)
{
    PyObject *dict = PyInterpreterState_GetDict(entry->interp);
    PyObject *capsule = dict == NULL ? NULL : PyCapsule_New(entry, CAPSULE_NAME, on_freed);
    int result = -1;
    if (capsule != NULL) {
        result = PyDict_SetItemString(dict, CAPSULE_NAME, capsule);
        Py_DECREF(capsule);
    }
    return result;
}

int64_t
interpreter_create(module_state *state, bool isolated)
{
    creation ticket;
    if (interpreter_arm_exit() < 0) {
        return -1;
    }
    interpreter *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (!registry_begin_creation(&ticket)) {
        free(entry);
        PyErr_SetString(state->InterpreterError,
                        "the process is ending: no interpreter can be created any more");
        return -1;
    }
    PyThreadState *caller = PyThreadState_Get(), *seat;
    const char *why;
    bool made = compat_new_interpreter(isolated, &seat, &why);
    if (made) {
        entry->interp = compat_interpreter_of(seat);
        entry->id = PyInterpreterState_GetID(entry->interp);
        entry->status = CLOSING; /* until it is complete */
        made = watch(entry) == 0 && compat_prepare_threading() == 0;
        if (made) {
            visit stay = {.target = entry, .caller = caller, .inside = seat};
            entry->seat_thread = visit_thread();
            visit_leave(&stay);
        }
        else {
            PyErr_Clear(); /* out of memory, as good as certainly */
            Py_EndInterpreter(seat);
            why = "out of memory";
        }
    }
    if (compat_attached_thread_state() != caller) {
        PyThreadState_Swap(caller);
    }
    if (!made) {
        registry_end_creation(&ticket, NULL);
        free(entry);
        PyErr_Format(state->InterpreterError, "no interpreter could be created: %s", why);
        return -1;
    }
    int64_t id = entry->id;
    entry->status = IDLE;
    registry_end_creation(&ticket, entry);
    return id;
}

/* Inside: do what the end of a process does before it ends threads by force. What fails is told
   as Python tells it then, and changes nothing. */

static const char SETTLE[] =
    "import sys\n"
    "\n"
    "threading = sys.modules.get('threading')\n"
    "atexit = sys.modules.get('atexit')\n"
    "\n"
    "def end_main_thread():\n"
    "    # Others may be waiting for it. From 3.13 nobody can.\n"
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
    "        except BaseException:\n"
    "            sys.excepthook(*sys.exc_info())\n"
    "\n"
    "def join():\n"
    "    # By what is released when a thread is gone: a thread leaves threading.enumerate() "
    "before.\n"
    "    if not hasattr(threading, '_shutdown_locks'):\n"
    "        threading._thread_shutdown()\n"
    "        return False\n"
    "    this = threading._active.get(threading.get_ident())\n"
    "    this = getattr(this, '_tstate_lock', None)\n"
    "    with threading._shutdown_locks_lock:\n"
    "        locks = [lock for lock in threading._shutdown_locks if lock is not this]\n"
    "    for lock in locks:\n"
    "        lock.acquire()\n"
    "        lock.release()\n"
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
    "    threading = sys.modules.get('threading')\n"
    "else:\n"
    "    atexit._clear()\n";

static void
settle(void)
{
    if (loaded_module("threading") != NULL || loaded_module("atexit") != NULL) {
        run_own_code(SETTLE);
    }
}

/* Inside: how many thread states are there besides the current one? */

static int
count_others(const visit *stay)
{
    int others = 0;
    PyThreadState *tstate = PyInterpreterState_ThreadHead(stay->target->interp);
    for (; tstate != NULL; tstate = PyThreadState_Next(tstate)) {
        others += tstate != stay->inside;
    }
    return others;
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
    internals_unmark_running_main(stay->target->interp);
    Py_EndInterpreter(stay->inside);
    PyThreadState_Swap(stay->caller);
    registry_remove(stay->target);
}

int
interpreter_destroy(module_state *state, interpreter *target)
{
    visit stay;
    if (visit_enter(state, &stay, target) < 0) {
        registry_release(target);
        return -1;
    }
    settle();
    int others = count_others(&stay);
    if (others > 0) {
        long long id = target->id;
        visit_leave(&stay);
        registry_release(target);
        PyErr_Format(state->InterpreterError,
                     "interpreter %lld still has %d thread%s in it that cannot be joined (daemon "
                     "threads, or threads not made by threading); have them end, then destroy it",
                     id, others, others == 1 ? "" : "s");
        return -1;
    }
    if (target->leaked) {
        park(&stay);
    }
    else {
        end(&stay);
    }
    return 0;
}

/* The end of the process. */

static PyObject *
destroy_all(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    module_state plain = {PyExc_RuntimeError, PyExc_RuntimeError, PyExc_RuntimeError};
    interpreter *target;
    registry_close();
    for (int64_t id = 0; (target = registry_claim_any(id)) != NULL;) {
        id = target->id;
        if (interpreter_destroy(&plain, target) < 0) {
            PyErr_Clear();
        }
    }
    registry_forget_all();
    Py_RETURN_NONE;
}

static PyMethodDef destroy_all_method = {"destroy_all_interpreters", destroy_all, METH_NOARGS,
                                         NULL};

/* In the main interpreter: have destroy_all called at its exit. */

static int
register_at_exit(void)
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

/* From a subinterpreter: the main one may never import this module, so go there. */

static int
register_from_outside(void)
{
    PyThreadState *caller = PyThreadState_Get();
    PyThreadState *guest = PyThreadState_New(PyInterpreterState_Main());
    if (guest == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyThreadState_Swap(guest);
    int result = register_at_exit();
    PyErr_Clear();
    PyThreadState_Clear(guest);
    PyThreadState_Swap(caller);
    PyThreadState_Delete(guest);
    if (result < 0) {
        PyErr_SetString(PyExc_RuntimeError, "the main interpreter has no working atexit module, so "
                                            "nothing would destroy the interpreter at exit");
    }
    return result;
}

int
interpreter_arm_exit(void)
{
    if (!registry_first_to_arm()) {
        return 0;
    }
    bool in_main = compat_current_interpreter() == PyInterpreterState_Main();
    int result = in_main ? register_at_exit() : register_from_outside();
    if (result < 0) {
        registry_disarm();
    }
    return result;
}
