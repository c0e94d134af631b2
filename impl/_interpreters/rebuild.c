/* Rebuild a described exception in the caller's interpreter, and raise it: see exception.h.

   Classes are looked for where the caller has them already, in sys.modules; links are tied after
   all exceptions exist, because they may form a ring. The traceback of the run, which is text by
   now, becomes a RemoteTraceback at the end of the chain. */

#include "exception.h"

#include <marshal.h>
#include <stdlib.h>

#define MODULE_NAME "interpreters._interpreters"

/*
 * Classes
 */

static bool
is_text_of(PyObject *class, const char *attribute, PyObject *expected)
{
    PyObject *text = PyObject_GetAttrString(class, attribute);
    bool same = text != NULL && PyUnicode_Check(text) && PyUnicode_Compare(text, expected) == 0;
    Py_XDECREF(text);
    PyErr_Clear();
    return same;
}

/* The dict of a module in sys.modules, borrowed; or NULL and no exception. The dict, because a
   module may import things when it is asked for an attribute. */

static PyObject *
find_module_dict(PyObject *name)
{
    PyObject *modules = PyImport_GetModuleDict();
    if (modules == NULL || !PyDict_Check(modules)) {
        return NULL;
    }
    PyObject *module = PyDict_GetItemWithError(modules, name);
    PyErr_Clear();
    return module != NULL && PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
}

/* The exception class of that name which the caller has; a new reference, or NULL and no
   exception. */

static PyObject *
find_class(module_state *state, PyObject *module, PyObject *qualname)
{
    PyObject *found = NULL;
    if (PyUnicode_CompareWithASCIIString(module, MODULE_NAME) == 0) {
        PyObject *ours[] = {state->InterpreterError, state->InterpreterNotFoundError,
                            state->RemoteTraceback};
        for (int i = 0; i < 3 && found == NULL; i++) {
            found = is_text_of(ours[i], "__qualname__", qualname) ? ours[i] : NULL;
        }
        Py_XINCREF(found);
        return found;
    }
    if (PyUnicode_CompareWithASCIIString(module, "__main__") == 0) {
        return NULL; /* the caller's __main__ is another module */
    }
    PyObject *scope = find_module_dict(module);
    PyObject *dot = PyUnicode_FromString(".");
    PyObject *names = scope == NULL || dot == NULL ? NULL : PyUnicode_Split(qualname, dot, -1);
    for (Py_ssize_t i = 0; names != NULL && scope != NULL && i < PyList_GET_SIZE(names); i++) {
        found = PyDict_GetItemWithError(scope, PyList_GET_ITEM(names, i));
        scope = found != NULL && PyType_Check(found) ? ((PyTypeObject *)found)->tp_dict : NULL;
        found = i + 1 == PyList_GET_SIZE(names) ? found : NULL;
    }
    Py_XDECREF(dot);
    Py_XDECREF(names);
    PyErr_Clear();
    if (found == NULL || !PyExceptionClass_Check(found)) {
        return NULL;
    }
    Py_INCREF(found); /* asking it for its name may run code */
    if (!is_text_of(found, "__module__", module) || !is_text_of(found, "__qualname__", qualname)) {
        Py_CLEAR(found);
    }
    return found;
}

/* The classes to derive from: those of the description that the caller has, without those that
   others of them derive from already. A list, or NULL and an exception. */

static PyObject *
find_bases(module_state *state, PyObject *classes)
{
    PyObject *bases = PyList_New(0);
    for (Py_ssize_t i = 0; bases != NULL && i < PyList_GET_SIZE(classes); i++) {
        PyObject *pair = PyList_GET_ITEM(classes, i);
        PyObject *class = find_class(state, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
        bool needed = class != NULL;
        for (Py_ssize_t k = 0; needed && k < PyList_GET_SIZE(bases); k++) {
            needed =
                !PyType_IsSubtype((PyTypeObject *)PyList_GET_ITEM(bases, k), (PyTypeObject *)class);
        }
        if (needed && PyList_Append(bases, class) < 0) {
            Py_CLEAR(bases);
        }
        Py_XDECREF(class);
    }
    if (bases != NULL && PyList_GET_SIZE(bases) == 0 &&
        PyList_Append(bases, PyExc_BaseException) < 0) {
        Py_CLEAR(bases);
    }
    return bases;
}

/* A name that a class may have: type() takes no null characters and no lone surrogates. */

static PyObject *
usable_name(PyObject *name)
{
    Py_ssize_t size;
    const char *text = name == NULL ? NULL : PyUnicode_AsUTF8AndSize(name, &size);
    if (name != NULL && (text == NULL || strlen(text) != (size_t)size)) {
        PyErr_Clear();
        PyObject *escaped = PyObject_ASCII(name);
        Py_DECREF(name);
        return escaped;
    }
    return name;
}

/* Make a class with the names of 'pair' from the bases; if they do not go together, from the first
   of them that will do alone. */

static PyObject *
make_class(PyObject *pair, PyObject *bases)
{
    PyObject *module = PyTuple_GET_ITEM(pair, 0), *qualname = PyTuple_GET_ITEM(pair, 1);
    Py_ssize_t length = PyUnicode_GET_LENGTH(qualname);
    Py_ssize_t dot = PyUnicode_FindChar(qualname, '.', 0, length, -1);
    PyObject *name = usable_name(PyUnicode_Substring(qualname, dot + 1, length));
    PyObject *all = PyList_AsTuple(bases), *class = NULL;
    for (Py_ssize_t i = -1; name != NULL && all != NULL && i < PyTuple_GET_SIZE(all); i++) {
        PyObject *chosen = i < 0 ? PyTuple_GetSlice(all, 0, PyTuple_GET_SIZE(all))
                                 : PyTuple_Pack(1, PyTuple_GET_ITEM(all, i));
        class = PyObject_CallFunction((PyObject *)&PyType_Type, "ON{sOsO}", name, chosen,
                                      "__module__", module, "__qualname__", qualname);
        if (class != NULL && PyExceptionClass_Check(class)) {
            break;
        }
        Py_CLEAR(class);
        PyErr_Clear();
    }
    Py_XDECREF(all);
    Py_XDECREF(name);
    return class;
}

/* The same from Exception, when nothing else would do. */

static PyObject *
make_plain_class(PyObject *pair)
{
    PyObject *bases = Py_BuildValue("[O]", PyExc_Exception);
    PyObject *class = bases == NULL ? NULL : make_class(pair, bases);
    Py_XDECREF(bases);
    return class;
}

/* str() of an instance of a class made on the spot: the method of a class that would say
   something else. Its self is the text: a built-in function does not bind. */

static PyObject *
remembered_str(PyObject *text, PyObject *Py_UNUSED(ignored))
{
    Py_INCREF(text);
    return text;
}

static PyMethodDef remembered_str_method = {"__str__", remembered_str, METH_NOARGS, NULL};

static void
make_str_equal(PyObject *class, PyObject *exception, PyObject *text)
{
    if (text == Py_None) {
        return;
    }
    PyObject *now = PyObject_Str(exception);
    PyErr_Clear();
    if (now == NULL || PyUnicode_Compare(now, text) != 0) {
        PyObject *method = PyCFunction_New(&remembered_str_method, text);
        if (method != NULL) {
            PyObject_SetAttrString(class, "__str__", method);
            Py_DECREF(method);
        }
        PyErr_Clear();
    }
    Py_XDECREF(now);
}

/*
 * One exception
 */

/* Make an instance as the built-in class would that it derives from. */

static PyObject *
instantiate(PyObject *class, PyObject *args)
{
    PyTypeObject *builtin = (PyTypeObject *)class;
    while (builtin->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        builtin = builtin->tp_base;
    }
    PyObject *exception = builtin->tp_new((PyTypeObject *)class, args, NULL);
    if (exception == NULL) { /* args of which not all are what they were */
        PyErr_Clear();
        PyObject *none = PyTuple_New(0);
        exception = none == NULL ? NULL : builtin->tp_new((PyTypeObject *)class, none, NULL);
        Py_XDECREF(none);
    }
    if (exception != NULL && builtin->tp_init(exception, args, NULL) < 0) {
        PyErr_Clear();
    }
    return exception;
}

static void
restore_state(PyObject *exception, PyObject *node)
{
    PyObject *fields = PyTuple_GET_ITEM(node, FIELDS);
    for (size_t i = 0; i < KNOWN_CLASSES; i++) {
        PyObject *class = *KNOWN_FIELDS[i].class;
        if (!PyObject_TypeCheck(exception, (PyTypeObject *)class)) {
            continue;
        }
        for (const char *const *name = KNOWN_FIELDS[i].names; *name != NULL; name++) {
            PyObject *value = PyDict_GetItemString(fields, *name);
            if (value != NULL) {
                set_field(exception, class, *name, value);
            }
        }
    }
    PyObject *attributes = PyTuple_GET_ITEM(node, ATTRIBUTES);
    PyBaseExceptionObject *own = fields_of(exception);
    if (PyDict_GET_SIZE(attributes) > 0) {
        if (own->dict == NULL) {
            own->dict = PyDict_New();
        }
        if (own->dict == NULL || PyDict_Update(own->dict, attributes) < 0) {
            PyErr_Clear();
        }
    }
    if (PyTuple_GET_ITEM(node, MEMBERS) == Py_None) { /* a group's args are its members */
        PyObject *args = PyTuple_GET_ITEM(node, ARGS);
        PyObject *old = own->args;
        Py_INCREF(args);
        own->args = args;
        Py_XDECREF(old);
    }
}

static PyObject *rebuild_one(module_state *state, PyObject *nodes, PyObject *rebuilt, Py_ssize_t i);

/* The args to make a group of: its message, and its members, rebuilt. NULL and an exception if
   there is no member left. */

static PyObject *
rebuild_group_args(module_state *state, PyObject *nodes, PyObject *rebuilt, PyObject *node)
{
    PyObject *indexes = PyTuple_GET_ITEM(node, MEMBERS), *args = PyTuple_GET_ITEM(node, ARGS);
    PyObject *message = PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : NULL;
    PyObject *members = PyList_New(0);
    for (Py_ssize_t i = 0; members != NULL && i < PyList_GET_SIZE(indexes); i++) {
        Py_ssize_t index = PyLong_AsSsize_t(PyList_GET_ITEM(indexes, i));
        PyObject *member = rebuild_one(state, nodes, rebuilt, index);
        if (member == NULL || PyList_Append(members, member) < 0) {
            Py_CLEAR(members);
        }
    }
    if (members == NULL) {
        return NULL;
    }
    return Py_BuildValue("(ON)", message == NULL ? Py_None : message, members);
}

/* The exception of that index, rebuilt but for its links; borrowed from 'rebuilt'. Recursion is
   as deep as groups nest. */

static PyObject *
rebuild_one(module_state *state, PyObject *nodes, PyObject *rebuilt, Py_ssize_t i)
{
    if (PyList_GET_ITEM(rebuilt, i) != Py_None) {
        return PyList_GET_ITEM(rebuilt, i);
    }
    PyObject *node = PyList_GET_ITEM(nodes, i);
    PyObject *pair = PyList_GET_ITEM(PyTuple_GET_ITEM(node, CLASSES), 0);
    PyObject *class = find_class(state, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
    bool exact = class != NULL;
    if (!exact) {
        PyObject *bases = find_bases(state, PyTuple_GET_ITEM(node, CLASSES));
        class = bases == NULL ? NULL : make_class(pair, bases);
        Py_XDECREF(bases);
    }
    PyObject *args = PyTuple_GET_ITEM(node, MEMBERS) != Py_None
                         ? rebuild_group_args(state, nodes, rebuilt, node)
                         : PySequence_Tuple(PyTuple_GET_ITEM(node, ARGS));
    PyObject *exception = class == NULL || args == NULL ? NULL : instantiate(class, args);
    if (exception == NULL) { /* of a group, say, whose members were too deep to be carried */
        PyErr_Clear();
        exact = false;
        Py_XSETREF(class, make_plain_class(pair));
        Py_XSETREF(args, PyTuple_New(0));
        exception = class == NULL || args == NULL ? NULL : instantiate(class, args);
    }
    if (exception != NULL) {
        restore_state(exception, node);
        if (!exact) {
            make_str_equal(class, exception, PyTuple_GET_ITEM(node, TEXT));
        }
        PyList_SetItem(rebuilt, i, exception);
    }
    Py_XDECREF(args);
    Py_XDECREF(class);
    return exception;
}

/*
 * All of them
 */

static PyObject *
linked(PyObject *rebuilt, PyObject *node, part which, Py_ssize_t self)
{
    Py_ssize_t index = PyLong_AsSsize_t(PyTuple_GET_ITEM(node, which));
    if (index < 0 || index == self || index >= PyList_GET_SIZE(rebuilt)) {
        return NULL;
    }
    PyObject *exception = PyList_GET_ITEM(rebuilt, index);
    Py_INCREF(exception);
    return exception;
}

static void
link_all(PyObject *nodes, PyObject *rebuilt)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(nodes); i++) {
        PyObject *node = PyList_GET_ITEM(nodes, i), *exception = PyList_GET_ITEM(rebuilt, i);
        PyException_SetCause(exception, linked(rebuilt, node, CAUSE, i));
        PyException_SetContext(exception, linked(rebuilt, node, CONTEXT, i));
        fields_of(exception)->suppress_context = PyTuple_GET_ITEM(node, SUPPRESS) == Py_True;
    }
}

/* The last exception of the chain that a traceback shows: borrowed. In a chain that closes on
   itself, the last one before it does, or so. */

static PyObject *
last_of_chain(PyObject *exception, Py_ssize_t most)
{
    for (Py_ssize_t i = 1; i < most; i++) {
        PyObject *next = PyException_GetCause(exception);
        if (next == NULL && !fields_of(exception)->suppress_context) {
            next = PyException_GetContext(exception);
        }
        if (next == NULL) {
            break;
        }
        exception = next;
        Py_DECREF(next); /* the one before it has it */
    }
    return exception;
}

static PyObject *
rebuild_all(module_state *state, PyObject *description)
{
    PyObject *nodes = PyTuple_GET_ITEM(description, 0), *text = PyTuple_GET_ITEM(description, 1);
    Py_ssize_t count = PyList_GET_SIZE(nodes);
    PyObject *exception = NULL;
    PyObject *rebuilt = PyList_New(0);
    for (Py_ssize_t i = 0; i < count && rebuilt != NULL; i++) {
        if (PyList_Append(rebuilt, Py_None) < 0) {
            Py_CLEAR(rebuilt);
        }
    }
    for (Py_ssize_t i = 0; i < count && rebuilt != NULL; i++) {
        if (rebuild_one(state, nodes, rebuilt, i) == NULL) {
            Py_CLEAR(rebuilt);
        }
    }
    if (rebuilt != NULL) {
        link_all(nodes, rebuilt);
        exception = PyList_GET_ITEM(rebuilt, 0);
        Py_INCREF(exception);
        PyObject *remote = PyObject_CallFunctionObjArgs(state->RemoteTraceback, text, NULL);
        if (remote != NULL) {
            PyException_SetCause(last_of_chain(exception, count), remote);
        }
        PyErr_Clear();
    }
    Py_XDECREF(rebuilt);
    return exception;
}

/* Set the exception, as a raise would: with what is being handled as its context, if it has none
   of its own. */

static void
raise_rebuilt(PyObject *exception)
{
    PyObject *context = PyException_GetContext(exception);
    if (context == NULL) {
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
        Py_DECREF(exception);
    }
    else {
        Py_DECREF(context);
        compat_set_exception(exception);
    }
}

void
exception_raise(module_state *state, char *description, Py_ssize_t size, int64_t id)
{
    PyObject *plain = NULL, *exception = NULL;
    if (description != NULL) {
        plain = PyMarshal_ReadObjectFromString(description, size);
        free(description);
    }
    if (plain != NULL) {
        exception = rebuild_all(state, plain);
        Py_DECREF(plain);
    }
    if (exception != NULL) {
        raise_rebuilt(exception);
        return;
    }
    PyErr_Clear();
    PyErr_Format(state->InterpreterError,
                 "the code in interpreter %lld raised an exception that could not be carried here "
                 "(out of memory?)",
                 (long long)id);
}

/*
 * RemoteTraceback
 */

static PyObject *
remote_traceback_str(PyObject *self)
{
    PyObject *args = fields_of(self)->args;
    if (args == NULL || PyTuple_GET_SIZE(args) != 1) {
        return ((PyTypeObject *)PyExc_Exception)->tp_str(self);
    }
    return PyUnicode_FromFormat("\n\"\"\"\n%S\"\"\"", PyTuple_GET_ITEM(args, 0));
}

PyDoc_STRVAR(remote_traceback_doc,
             "RemoteTraceback(text)\n--\n\n"
             "The traceback of an exception in the interpreter that raised it, as text.\n\n"
             "It ends the chain of causes of an exception that came from another interpreter, so\n"
             "that a traceback printed here shows what happened there.");

PyObject *
exception_new_remote_traceback(void)
{
    PyType_Slot slots[] = {
        {Py_tp_str, remote_traceback_str},
        {Py_tp_doc, (void *)remote_traceback_doc},
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = MODULE_NAME ".RemoteTraceback",
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
        .slots = slots,
    };
    PyObject *bases = PyTuple_Pack(1, PyExc_Exception);
    PyObject *class = bases == NULL ? NULL : PyType_FromSpecWithBases(&spec, bases);
    Py_XDECREF(bases);
    return class;
}
