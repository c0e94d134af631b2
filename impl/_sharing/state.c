/* What each interpreter has of this module.

   Objects arrive in interpreters that have never imported the module, and whose sys.modules may be
   in any state. So what is needed to make them anew does not hang on a module object: it is made
   when it is first needed, and dies with a dict that CPython keeps for each interpreter. */

#include "queues.h"

#define CAPSULE_NAME "interpreters._sharing.state"

/* The last one that this OS thread has looked up. An ID is never used again. */
static THREAD_LOCAL sharing_state *recent;

int64_t
state_current_id(void)
{
    return PyInterpreterState_GetID(compat_current_interpreter());
}

/* Threads that have looked a state up still know its address, so its memory is not given back but
   used again: who comes now finds another ID in it. */

static struct {
    plain_lock lock;
    sharing_state *first;
} unused = {.lock = PLAIN_LOCK_INIT};

static sharing_state *
state_allocate(void)
{
    plain_lock_acquire(&unused.lock);
    sharing_state *state = unused.first;
    if (state != NULL) {
        unused.first = state->next;
    }
    plain_lock_release(&unused.lock);
    if (state == NULL && (state = calloc(1, sizeof(*state))) != NULL) {
        atomic_init(&state->id, -1);
    }
    return state;
}

/* What is let go of first may run code. */

static void
state_give_back(sharing_state *state)
{
    Py_CLEAR(state->streams);
    Py_CLEAR(state->flush);
    Py_CLEAR(state->dumps);
    Py_CLEAR(state->loads);
    Py_CLEAR(state->array);
    for (int i = 0; i < 3; i++) {
        Py_CLEAR(state->policies[i]);
    }
    atomic_store(&state->id, -1);
    Py_CLEAR(state->NotShareableError);
    Py_CLEAR(state->QueueError);
    Py_CLEAR(state->QueueNotFoundError);
    Py_CLEAR(state->ItemInterpreterDestroyed);
    Py_CLEAR(state->Buffer);
    Py_CLEAR(state->Queue);
    state->ends = false;
    plain_lock_acquire(&unused.lock);
    state->next = unused.first;
    unused.first = state;
    plain_lock_release(&unused.lock);
}

/* The interpreter ends; or somebody else has made its state while this one was made, which then has
   no ID yet. */

static void
on_freed(PyObject *capsule)
{
    sharing_state *state = PyCapsule_GetPointer(capsule, CAPSULE_NAME);
    int64_t id = atomic_load(&state->id);
    if (id >= 0) {
        queues_interpreter_ends(id); /* for one that something else ends */
    }
    state_give_back(state);
}

static PyObject *
new_error(const char *name, const char *doc, PyObject *base)
{
    return PyErr_NewExceptionWithDoc(name, doc, base, NULL);
}

static bool
fill(sharing_state *state)
{
    state->NotShareableError =
        new_error("interpreters.NotShareableError",
                  "The object cannot be sent to another interpreter.", PyExc_TypeError);
    state->QueueError = new_error("interpreters.QueueError",
                                  "The operation on the queue is not possible.", PyExc_Exception);
    return state->QueueError != NULL &&
           (state->QueueNotFoundError = new_error("interpreters.QueueNotFoundError",
                                                  "No queue has this ID.", state->QueueError)) !=
               NULL &&
           (state->ItemInterpreterDestroyed =
                new_error("interpreters.ItemInterpreterDestroyed",
                          "The interpreter that had put the item has been destroyed.",
                          state->QueueError)) != NULL &&
           (state->Buffer = buffer_new_type()) != NULL && (state->Queue = queue_type_new()) != NULL;
}

static sharing_state *
state_make(PyObject *dict)
{
    sharing_state *state = state_allocate();
    if (state == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    PyObject *capsule = fill(state) ? PyCapsule_New(state, CAPSULE_NAME, on_freed) : NULL;
    if (capsule == NULL) {
        state_give_back(state);
        return NULL;
    }
    PyObject *name = PyUnicode_FromString(CAPSULE_NAME);
    PyObject *kept = name == NULL ? NULL : PyDict_SetDefault(dict, name, capsule);
    if (kept == capsule) {
        atomic_store(&state->id, state_current_id());
    }
    state = kept == NULL ? NULL : PyCapsule_GetPointer(kept, CAPSULE_NAME);
    Py_XDECREF(name);
    Py_DECREF(capsule);
    return state;
}

sharing_state *
state_get(void)
{
    PyInterpreterState *interp = compat_current_interpreter();
    if (recent != NULL && atomic_load(&recent->id) == PyInterpreterState_GetID(interp)) {
        return recent;
    }
    PyObject *dict = PyInterpreterState_GetDict(interp);
    if (dict == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    PyObject *capsule = core_item(dict, CAPSULE_NAME);
    sharing_state *state = NULL;
    if (capsule != NULL) {
        state = PyCapsule_GetPointer(capsule, CAPSULE_NAME);
    }
    else if (!PyErr_Occurred()) {
        state = state_make(dict);
    }
    if (state != NULL) {
        recent = state;
    }
    return state;
}

PyObject *
state_import(PyObject **kept, const char *module_name, const char *name)
{
    if (*kept == NULL) {
        if (!compat_has_modules()) {
            return PyErr_Occurred()
                       ? NULL
                       : PyErr_Format(PyExc_ImportError, "%s: the interpreter is being finalized",
                                      module_name);
        }
        PyObject *module = PyImport_ImportModule(module_name);
        if (module != NULL) {
            *kept = PyObject_GetAttrString(module, name);
            Py_DECREF(module);
        }
    }
    return *kept;
}
