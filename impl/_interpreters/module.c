/* The module interpreters._interpreters: what Python code sees of the other files.

       enumerate() -> list of IDs          is_running(id) -> bool
       get_current() -> ID                 create(*, isolated=False) -> ID
       get_main() -> ID                    destroy(id)
       run_string(id, command)
       run_string_unrestricted(id, command, ns=None) -> dict

       class InterpreterError(RuntimeError)
       class InterpreterNotFoundError(InterpreterError)
       class RemoteTraceback(Exception)

   Arguments are judged in the same order everywhere: the types of all of them, then the values,
   then whether the interpreter exists, then what it is doing. The first two are judged here, the
   others in registry.c. Between, auditing events are raised: nothing is locked, claimed or looked
   up while a hook runs, which is Python code and may do anything. */

#include "attendant.h"
#include "internals.h"

const core_hooks *_Atomic hooks;

static module_state *
state_of(PyObject *module)
{
    return (module_state *)PyModule_GetState(module);
}

PyObject *
core_index(PyObject *object, const char *name)
{
    if (!PyIndex_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s must be an int, not %.200s", name,
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    PyObject *number = PyNumber_Index(object);
    if (number == NULL) {
        return NULL;
    }
    PyObject *exact = PyLong_Type.tp_as_number->nb_positive(number);
    Py_DECREF(number);
    return exact;
}

static PyObject *
core_id(PyObject *object)
{
    return core_index(object, "interpreter ID");
}

PyObject *
core_item(PyObject *dict, const char *key)
{
    PyObject *name = PyUnicode_FromString(key);
    PyObject *value = name == NULL ? NULL : PyDict_GetItemWithError(dict, name);
    Py_XDECREF(name);
    return value;
}

const char *
core_source(PyObject *command)
{
    Py_ssize_t size;
    const char *source = PyUnicode_AsUTF8AndSize(command, &size);
    if (source == NULL) {
        if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
            PyErr_Clear();
            PyErr_SetString(PyExc_ValueError,
                            "command must not contain lone surrogates (U+D800 to "
                            "U+DFFF): it is source text, and is encoded in UTF-8");
        }
        return NULL;
    }
    if (strlen(source) != (size_t)size) {
        PyErr_SetString(PyExc_ValueError, "command must not contain null characters");
        return NULL;
    }
    return source;
}

PyDoc_STRVAR(enumerate_doc,
             "enumerate()\n--\n\n"
             "Return a list of the IDs of all existing interpreters, in ascending order.\n\n"
             "Implements the clauses enumerate.*.");

static PyObject *
module_enumerate(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return registry_enumerate();
}

PyDoc_STRVAR(get_current_doc, "get_current()\n--\n\n"
                              "Return the ID of the current interpreter, an int.\n\n"
                              "Implements the clauses get_current.*.");

static PyObject *
module_get_current(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLongLong(PyInterpreterState_GetID(compat_current_interpreter()));
}

PyDoc_STRVAR(get_main_doc, "get_main()\n--\n\n"
                           "Return the ID of the main interpreter, an int.\n\n"
                           "Implements the clauses get_main.*.");

static PyObject *
module_get_main(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLongLong(PyInterpreterState_GetID(PyInterpreterState_Main()));
}

PyDoc_STRVAR(is_running_doc,
             "is_running(id)\n--\n\n"
             "Return True if the identified interpreter is running, else False.\n\n"
             "id: the ID, an int or an object with __index__().\n\n"
             "Raises TypeError for an ID of another type; InterpreterNotFoundError if it\n"
             "    identifies no interpreter.\n\n"
             "Implements the clauses is_running.*.");

static PyObject *
module_is_running(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"id", NULL};
    PyObject *id;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:is_running", names, &id)) {
        return NULL;
    }
    PyObject *number = core_id(id);
    if (number == NULL) {
        return NULL;
    }
    int running = registry_is_running(number, state_of(module)->InterpreterNotFoundError);
    Py_DECREF(number);
    return running < 0 ? NULL : PyBool_FromLong(running);
}

PyDoc_STRVAR(create_doc,
             "create(*, isolated=False, site=True)\n--\n\n"
             "Create a new interpreter and return its ID, an int.\n\n"
             "isolated: whether it has a GIL and an allocator of its own (CPython 3.12).\n"
             "site: whether it imports the module site.\n\n"
             "Raises InterpreterError if the Python cannot isolate interpreters, or none could\n"
             "    be created.\n\n"
             "Implements the clauses create.*.");

static PyObject *
module_create(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"isolated", "site", NULL};
    module_state *state = state_of(module);
    int isolated = 0, site = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$pp:create", names, &isolated, &site)) {
        return NULL;
    }
    if (isolated && !HAVE_ISOLATED) {
        char version[24]; /* PyErr_Format knows no "%.*s" there */
        int length = (int)strcspn(Py_GetVersion(), " ");
        PyOS_snprintf(version, sizeof(version), "%.*s", length, Py_GetVersion());
        PyErr_Format(state->InterpreterError,
                     "an isolated interpreter needs CPython 3.12 or later; this is %s: use "
                     "isolated=False",
                     version);
        return NULL;
    }
    int64_t id = interpreter_audit_create(isolated, site) < 0
                     ? -1
                     : interpreter_create(state, isolated, site, false);
    return id < 0 ? NULL : PyLong_FromLongLong(id);
}

/* Claim the interpreter of that ID, or raise. */

static interpreter *
claim(module_state *state, PyObject *number, interpreter_status purpose)
{
    return registry_claim(number, purpose, state->InterpreterError,
                          state->InterpreterNotFoundError);
}

PyDoc_STRVAR(destroy_doc,
             "destroy(id)\n--\n\n"
             "Finalize and destroy the identified interpreter, and return None.\n\n"
             "id: the ID, an int or an object with __index__().\n\n"
             "Raises TypeError for an ID of another type; InterpreterNotFoundError if it\n"
             "    identifies no interpreter; InterpreterError if it is the main, the current\n"
             "    or a running interpreter, if something else created it, or if a thread is\n"
             "    left in it that cannot be joined.\n\n"
             "Implements the clauses destroy.*.");

static PyObject *
module_destroy(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"id", NULL};
    module_state *state = state_of(module);
    PyObject *id;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:destroy", names, &id)) {
        return NULL;
    }
    PyObject *number = core_id(id);
    if (number == NULL) {
        return NULL;
    }
    bool refused = PySys_Audit("interpreters.destroy", "O", number) < 0;
    interpreter *target = refused ? NULL : claim(state, number, CLOSING);
    Py_DECREF(number);
    if (target == NULL || interpreter_destroy(state, target) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* What both run functions do with their arguments. 'ns' is NULL where there is none. */

static PyObject *
run(PyObject *module, PyObject *id, PyObject *command, PyObject *ns, bool want_namespace)
{
    module_state *state = state_of(module);
    PyObject *result = NULL, *number = core_id(id);
    if (number == NULL) {
        return NULL;
    }
    if (!PyUnicode_Check(command)) {
        PyErr_Format(PyExc_TypeError, "command must be a str, not %.200s",
                     Py_TYPE(command)->tp_name);
        goto done;
    }
    if (ns == Py_None) {
        ns = NULL;
    }
    if (ns != NULL && !PyDict_Check(ns)) {
        PyErr_Format(PyExc_TypeError, "ns must be a dict or None, not %.200s",
                     Py_TYPE(ns)->tp_name);
        goto done;
    }
    const char *source = core_source(command);
    bool refused =
        source == NULL || PySys_Audit("interpreters.run_string", "OO", number, command) < 0;
    interpreter *target = refused ? NULL : claim(state, number, RUNNING);
    if (target != NULL) {
        result = interpreter_run(state, target, source, ns, want_namespace);
        registry_release(target);
    }

done:
    Py_DECREF(number);
    return result;
}

PyDoc_STRVAR(run_string_doc,
             "run_string(id, command)\n--\n\n"
             "Run Python source text in the identified interpreter, and return None.\n\n"
             "id: the ID, an int or an object with __index__().\n"
             "command: the source text, a str; it runs in the namespace of __main__.\n\n"
             "Raises TypeError for arguments of other types; ValueError for a null character or\n"
             "    a lone surrogate in command; InterpreterNotFoundError if the ID identifies\n"
             "    no interpreter; InterpreterError if that is the main, the current or a\n"
             "    running one; and what the code raises and does not catch.\n\n"
             "Implements the clauses run_string.*.");

static PyObject *
module_run_string(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"id", "command", NULL};
    PyObject *id, *command;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO:run_string", names, &id, &command)) {
        return NULL;
    }
    return run(module, id, command, NULL, false);
}

PyDoc_STRVAR(run_string_unrestricted_doc,
             "run_string_unrestricted(id, command, ns=None)\n--\n\n"
             "Like run_string(), but return the dict in which the code was executed.\n\n"
             "id: the ID, an int or an object with __index__().\n"
             "command: the source text, a str.\n"
             "ns: a dict that is merged into the namespace first, or None.\n\n"
             "Raises what run_string() raises; TypeError if ns is no dict; InterpreterError if\n"
             "    one of the two interpreters is isolated, or something else created it.\n\n"
             "Implements the clauses run_string_unrestricted.*.");

static PyObject *
module_run_string_unrestricted(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"id", "command", "ns", NULL};
    PyObject *id, *command, *ns = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|O:run_string_unrestricted", names, &id,
                                     &command, &ns)) {
        return NULL;
    }
    return run(module, id, command, ns, true);
}

#define WITH_KEYWORDS(function)                                                                    \
    ((PyCFunction)(void (*)(void))(function)), METH_VARARGS | METH_KEYWORDS

static PyMethodDef module_methods[] = {
    {"enumerate", module_enumerate, METH_NOARGS, enumerate_doc},
    {"get_current", module_get_current, METH_NOARGS, get_current_doc},
    {"get_main", module_get_main, METH_NOARGS, get_main_doc},
    {"is_running", WITH_KEYWORDS(module_is_running), is_running_doc},
    {"create", WITH_KEYWORDS(module_create), create_doc},
    {"destroy", WITH_KEYWORDS(module_destroy), destroy_doc},
    {"run_string", WITH_KEYWORDS(module_run_string), run_string_doc},
    {"run_string_unrestricted", WITH_KEYWORDS(module_run_string_unrestricted),
     run_string_unrestricted_doc},
    {NULL, NULL, 0, NULL},
};

/* Add a class under its name, and keep a reference to it. Steals 'class', which may be NULL. */

static int
add_class(PyObject *module, const char *name, PyObject *class, PyObject **kept)
{
    if (class == NULL) {
        return -1;
    }
    *kept = class;
    Py_INCREF(class);
    if (PyModule_AddObject(module, name, class) < 0) {
        Py_DECREF(class);
        return -1;
    }
    return 0;
}

PyDoc_STRVAR(error_doc,
             "The operation is not possible with this interpreter, or not in its state.");
PyDoc_STRVAR(not_found_doc, "No interpreter has this ID.");

static int
module_exec(PyObject *module)
{
    module_state *state = state_of(module);
    if (internals_check() < 0) {
        return -1;
    }
    if (add_class(module, "InterpreterError",
                  PyErr_NewExceptionWithDoc("interpreters._interpreters.InterpreterError",
                                            error_doc, PyExc_RuntimeError, NULL),
                  &state->InterpreterError) < 0 ||
        add_class(module, "InterpreterNotFoundError",
                  PyErr_NewExceptionWithDoc("interpreters._interpreters.InterpreterNotFoundError",
                                            not_found_doc, state->InterpreterError, NULL),
                  &state->InterpreterNotFoundError) < 0 ||
        add_class(module, "RemoteTraceback", exception_new_remote_traceback(),
                  &state->RemoteTraceback) < 0) {
        return -1;
    }
    if (compat_current_interpreter() == PyInterpreterState_Main()) {
        if (registry_reopen()) {
            attendant_forget();
        }
        return process_prepare(); /* early: what is registered later is called before */
    }
    return 0;
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    module_state *state = state_of(module);
    if (state == NULL) { /* not allocated yet (3.8) */
        return 0;
    }
    Py_VISIT(state->InterpreterError);
    Py_VISIT(state->InterpreterNotFoundError);
    Py_VISIT(state->RemoteTraceback);
    return 0;
}

static int
module_clear(PyObject *module)
{
    module_state *state = state_of(module);
    if (state == NULL) {
        return 0;
    }
    Py_CLEAR(state->InterpreterError);
    Py_CLEAR(state->InterpreterNotFoundError);
    Py_CLEAR(state->RemoteTraceback);
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

PyDoc_STRVAR(module_doc, "Low-level interpreters API.\n\n"
                         "Primitives for working with several Python interpreters in one process.");

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,         .m_name = "interpreters._interpreters",
    .m_doc = module_doc,           .m_size = sizeof(module_state),
    .m_methods = module_methods,   .m_slots = module_slots,
    .m_traverse = module_traverse, .m_clear = module_clear,
    .m_free = module_free,
};

EXPORTED_INIT
PyInit__interpreters(void)
{
    return PyModuleDef_Init(&module_def);
}
