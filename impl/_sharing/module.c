/* The module interpreters._sharing: what Python code sees of the other files.

   It is not for programs: ../interpreters/__init__.py gives its functions the form that is
   documented, and has judged the types of most arguments. It is in the same library as the core's
   module, so that both have the same tables. */

#include "queues.h"

typedef struct {
    PyObject *core; /* the module interpreters._interpreters */
} own_state;

module_state *
core_state(PyObject *module)
{
    return PyModule_GetState(((own_state *)PyModule_GetState(module))->core);
}

PyDoc_STRVAR(is_shareable_doc, "is_shareable(obj)\n--\n\n"
                               "Return True if obj could be sent to another interpreter now.\n\n"
                               "Implements the clauses is_shareable.*.");

static PyObject *
is_shareable(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"obj", NULL};
    PyObject *object;
    sharing_state *state = state_get();
    if (state == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "O:is_shareable", names, &object)) {
        return NULL;
    }
    bool overflowed = compat_has_overflowed();
    message *trial = message_pack(state, object, "the object", false);
    if (trial != NULL) {
        message_free(trial);
        Py_RETURN_TRUE;
    }
    if (!PyErr_ExceptionMatches(state->NotShareableError)) {
        return NULL;
    }
    PyErr_Clear();
    compat_set_overflowed(overflowed);
    Py_RETURN_FALSE;
}

PyDoc_STRVAR(get_spares_doc, "get_spares()\n--\n\n"
                             "Return how many spares are ready, an int.\n\n"
                             "Implements the clauses get_spares.*.");

/* is_ours(id): is it the main interpreter, or one that this module has created? */

static PyObject *
is_ours(PyObject *Py_UNUSED(module), PyObject *args)
{
    long long id;
    return PyArg_ParseTuple(args, "L:is_ours", &id) ? PyBool_FromLong(registry_is_ours(id)) : NULL;
}

static PyMethodDef module_methods[] = {
    {"bind", call_bind, METH_VARARGS, "bind(id, names): bind names in __main__."},
    {"call", call_function, METH_VARARGS, "call(id, callable, args, kwargs, seconds)"},
    {"create_queue", queue_create, METH_VARARGS, "create_queue(maxsize, unbounditems)"},
    {"flush_with", streams_flush_with, METH_O, "flush_with(callable): call it when a run ends."},
    {"forget_stream", streams_forget, METH_O, "forget_stream(token)"},
    {"get_spares", spares_count, METH_NOARGS, get_spares_doc},
    {"interrupt", control_interrupt, METH_VARARGS, "interrupt(id, exception)"},
    {"is_ours", is_ours, METH_VARARGS, "is_ours(id): is it main, or created by this module?"},
    {"is_shareable", (PyCFunction)(void (*)(void))is_shareable, METH_VARARGS | METH_KEYWORDS,
     is_shareable_doc},
    {"register_stream", streams_register, METH_O, "register_stream(callable): a token for it."},
    {"run", call_run, METH_VARARGS, "run(id, code, timeout)"},
    {"set_spares", spares_set, METH_VARARGS, "set_spares(count, isolated, site)"},
    {"take_spare", spares_take, METH_VARARGS, "take_spare(isolated, site): an ID, or None."},
    {"write_stream", streams_write, METH_VARARGS, "write_stream(owner, token, text)"},
    {NULL, NULL, 0, NULL},
};

static void
run_has_ended(void)
{
    streams_run_ends();
    loans_run_ends();
}

static void
interpreter_ends(int64_t id)
{
    streams_run_ends(); /* what atexit callbacks have written */
    sharing_state *state = state_get();
    if (state != NULL) {
        state->ends = true;
        Py_CLEAR(state->streams);
        Py_CLEAR(state->flush);
    }
    PyErr_Clear();
    queues_interpreter_ends(id);
    loans_interpreter_ends(id);
}

static void
memory_is_used(int64_t id, bool *used)
{
    *used = *used || loans_are_out(id);
}

/* Locks are taken from the outermost to the innermost. */

static void
before_fork(void)
{
    spares_before_fork();
    queues_before_fork();
    wait_before_fork();
    loans_before_fork();
}

static void
after_fork(bool in_child)
{
    loans_after_fork(in_child);
    wait_after_fork(in_child);
    queues_after_fork(in_child);
    spares_after_fork(in_child);
}

/* Once: others may be reading them. */

static void
set_hooks(void)
{
    static atomic_flag set = ATOMIC_FLAG_INIT;
    static core_hooks own = {
        .run_ends = run_has_ended,
        .interpreter_ends = interpreter_ends,
        .memory_is_used = memory_is_used,
        .interpreter_kept = loans_interpreter_kept,
        .process_ends = spares_process_ends,
        .before_fork = before_fork,
        .after_fork = after_fork,
    };
    if (!atomic_flag_test_and_set(&set)) {
        own.next = hooks;
        hooks = &own;
    }
}

static int
add(PyObject *module, const char *name, PyObject *object)
{
    Py_INCREF(object);
    if (PyModule_AddObject(module, name, object) < 0) {
        Py_DECREF(object);
        return -1;
    }
    return 0;
}

static int
module_exec(PyObject *module)
{
    own_state *own = PyModule_GetState(module);
    sharing_state *state = state_get();
    own->core = state == NULL ? NULL : PyImport_ImportModule("interpreters._interpreters");
    if (own->core == NULL) {
        return -1;
    }
    set_hooks();
    return add(module, "NotShareableError", state->NotShareableError) < 0 ||
                   add(module, "QueueError", state->QueueError) < 0 ||
                   add(module, "QueueNotFoundError", state->QueueNotFoundError) < 0 ||
                   add(module, "ItemInterpreterDestroyed", state->ItemInterpreterDestroyed) < 0 ||
                   add(module, "Queue", (PyObject *)state->Queue) < 0
               ? -1
               : 0;
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    own_state *own = PyModule_GetState(module);
    if (own != NULL) { /* not allocated yet (3.8) */
        Py_VISIT(own->core);
    }
    return 0;
}

static int
module_clear(PyObject *module)
{
    own_state *own = PyModule_GetState(module);
    if (own != NULL) {
        Py_CLEAR(own->core);
    }
    return 0;
}

static void
module_free(void *module)
{
    (void)module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    ANYWHERE_SLOTS{0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "interpreters._sharing",
    .m_doc = "Calls, queues and shared data, for the package interpreters.",
    .m_size = sizeof(own_state),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

EXPORTED_INIT
PyInit__sharing(void)
{
    return PyModuleDef_Init(&module_def);
}
