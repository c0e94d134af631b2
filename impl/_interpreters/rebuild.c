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

/* The class of that name which the caller has; a new reference, or NULL and no exception. The
   caller's __main__ is another module than the one that is meant. */

static PyObject *
find_any_class(PyObject *module, PyObject *qualname)
{
    if (PyUnicode_CompareWithASCIIString(module, "__main__") == 0) {
        return NULL;
    }
    PyObject *found = NULL, *scope = find_module_dict(module);
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
    if (found == NULL || !PyType_Check(found)) {
        return NULL;
    }
    Py_INCREF(found);
    return found;
}

/* The same for the class of an exception, which is looked at twice: it must say of itself that
   this is its name. */

static PyObject *
find_class(module_state *state, PyObject *module, PyObject *qualname)
{
    PyObject *found = NULL;
    if (PyUnicode_CompareWithASCIIString(module, MODULE_NAME) == 0) {
        PyObject *ours[] = {state->InterpreterError, state->InterpreterNotFoundError,
                            state->RemoteTraceback};
        for (int i = 0; i < 3 && found == NULL; i++) {
            bool same = ours[i] != NULL && is_text_of(ours[i], "__qualname__", qualname);
            found = same ? ours[i] : NULL;
        }
        Py_XINCREF(found);
        return found;
    }
    found = find_any_class(module, qualname);
    if (found != NULL &&
        (!PyExceptionClass_Check(found) || !is_text_of(found, "__module__", module) ||
         !is_text_of(found, "__qualname__", qualname))) {
        Py_CLEAR(found);
    }
    return found;
}

/* Those classes of the description that the caller has, the nearest first. A list that is not
   empty, or NULL and an exception. */

static PyObject *
find_known(module_state *state, PyObject *classes)
{
    PyObject *known = PyList_New(0);
    for (Py_ssize_t i = 0; known != NULL && i < PyList_GET_SIZE(classes); i++) {
        PyObject *pair = PyList_GET_ITEM(classes, i);
        PyObject *class = find_class(state, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
        if (class != NULL && PyList_Append(known, class) < 0) {
            Py_CLEAR(known);
        }
        Py_XDECREF(class);
    }
    if (known != NULL && PyList_GET_SIZE(known) == 0 &&
        PyList_Append(known, PyExc_BaseException) < 0) {
        Py_CLEAR(known);
    }
    return known;
}

/* Of these the ones to derive from: not those that others of them derive from already. A tuple,
   or NULL and an exception. */

static PyObject *
find_bases(PyObject *known)
{
    PyObject *bases = PyList_New(0), *result = NULL;
    for (Py_ssize_t i = 0; bases != NULL && i < PyList_GET_SIZE(known); i++) {
        PyTypeObject *class = (PyTypeObject *)PyList_GET_ITEM(known, i);
        bool needed = true;
        for (Py_ssize_t k = 0; needed && k < PyList_GET_SIZE(bases); k++) {
            needed = !PyType_IsSubtype((PyTypeObject *)PyList_GET_ITEM(bases, k), class);
        }
        if (needed && PyList_Append(bases, (PyObject *)class) < 0) {
            Py_CLEAR(bases);
        }
    }
    if (bases != NULL) {
        result = PyList_AsTuple(bases);
        Py_DECREF(bases);
    }
    return result;
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

/* How a class made on the spot is pickled and copied: nobody could find it by its name, so its
   instances pass for such of its first base. */

static PyObject *
reduce_to_base(PyObject *self, PyObject *protocol)
{
    PyObject *base = (PyObject *)Py_TYPE(self)->tp_base;
    PyObject *result = PyObject_CallMethod(base, "__reduce_ex__", "OO", self, protocol);
    if (result == NULL || !PyTuple_Check(result) || PyTuple_GET_SIZE(result) < 2 ||
        PyTuple_GET_ITEM(result, 0) != (PyObject *)Py_TYPE(self)) {
        return result;
    }
    PyObject *rest = PyTuple_GetSlice(result, 1, PyTuple_GET_SIZE(result));
    Py_SETREF(result, PyTuple_Pack(1, base));
    if (result != NULL && rest != NULL) {
        Py_SETREF(result, PySequence_Concat(result, rest));
    }
    else {
        Py_CLEAR(result);
    }
    Py_XDECREF(rest);
    return result;
}

static PyMethodDef reduce_method = {"__reduce_ex__", reduce_to_base, METH_O, NULL};

static void
make_picklable(PyObject *class)
{
    PyObject *method = PyDescr_NewMethod((PyTypeObject *)class, &reduce_method);
    if (method == NULL || PyObject_SetAttrString(class, "__reduce_ex__", method) < 0) {
        PyErr_Clear();
    }
    Py_XDECREF(method);
}

/* Make a class with the names of 'pair' from the bases, which are consumed; or NULL and an
   exception: they may not go together, or may not like to be derived from. */

static PyObject *
make_class(PyObject *pair, PyObject *bases)
{
    PyObject *module = PyTuple_GET_ITEM(pair, 0), *qualname = PyTuple_GET_ITEM(pair, 1);
    Py_ssize_t length = PyUnicode_GET_LENGTH(qualname);
    Py_ssize_t dot = PyUnicode_FindChar(qualname, '.', 0, length, -1);
    PyObject *name = usable_name(PyUnicode_Substring(qualname, dot + 1, length));
    PyObject *class = NULL;
    if (name != NULL && bases != NULL) {
        class = PyObject_CallFunction((PyObject *)&PyType_Type, "OO{sOsO}", name, bases,
                                      "__module__", module, "__qualname__", qualname);
    }
    if (class != NULL && !PyExceptionClass_Check(class)) {
        Py_CLEAR(class);
    }
    if (class != NULL) {
        make_picklable(class);
    }
    Py_XDECREF(bases);
    Py_XDECREF(name);
    return class;
}

/* Make one from the nearest classes that the caller has; if that fails from the nearest one that
   will do alone; and if no class can be made at all, for want of memory or of recursion, take what
   there is. 'made' tells whether it is a new class. */

static PyObject *
stand_in_class(module_state *state, PyObject *classes, bool *made)
{
    PyObject *pair = PyList_GET_ITEM(classes, 0), *known = find_known(state, classes);
    if (known == NULL) {
        return NULL;
    }
    PyObject *class = make_class(pair, find_bases(known));
    for (Py_ssize_t i = 0; class == NULL && i < PyList_GET_SIZE(known); i++) {
        PyErr_Clear();
        class = make_class(pair, PyTuple_Pack(1, PyList_GET_ITEM(known, i)));
    }
    *made = class != NULL;
    if (class == NULL) {
        PyErr_Clear();
        class = PyList_GET_ITEM(known, 0);
        Py_INCREF(class);
    }
    Py_DECREF(known);
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
 * Pickles
 */

/* What is being rebuilt, and in what. */

typedef struct {
    module_state *state;
    PyObject *nodes;
    PyObject *rebuilt;   /* a list: the exceptions, or None */
    PyObject *unpickler; /* a class; NULL until the first pickle comes */
} workshop;

/* The find_class() of our Unpickler. A pickle calls what it finds: so it finds classes, and of
   these only what the caller has; and getattr(), by which 3.11 names the members of an Enum. */

static PyObject *
find_pickled_class(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *module, *qualname;
    if (!PyArg_ParseTuple(args, "UU", &module, &qualname)) {
        return NULL;
    }
    if (PyUnicode_CompareWithASCIIString(module, "builtins") == 0 &&
        PyUnicode_CompareWithASCIIString(qualname, "getattr") == 0) {
        PyObject *function = PyDict_GetItemString(PyEval_GetBuiltins(), "getattr");
        Py_XINCREF(function);
        return function;
    }
    PyObject *found = find_any_class(module, qualname);
    if (found == NULL) {
        PyErr_Format(PyExc_LookupError, "there is no class %U.%U here", module, qualname);
    }
    return found;
}

static PyMethodDef find_class_method = {"find_class", find_pickled_class, METH_VARARGS, NULL};

static PyObject *
make_unpickler(void)
{
    PyObject *module = PyImport_ImportModule("pickle"), *class = NULL;
    PyObject *base = module == NULL ? NULL : PyObject_GetAttrString(module, "Unpickler");
    PyObject *method = base == NULL ? NULL : PyCFunction_New(&find_class_method, NULL);
    if (method != NULL) {
        class = PyObject_CallFunction((PyObject *)&PyType_Type, "s(O){sO}", "Unpickler", base,
                                      "find_class", method);
    }
    Py_XDECREF(method);
    Py_XDECREF(base);
    Py_XDECREF(module);
    return class;
}

/* The object that was pickled, or NULL and no exception. */

static PyObject *
unpickle(workshop *shop, PyObject *bytes)
{
    PyObject *module = NULL, *file = NULL, *unpickler = NULL, *object = NULL;
    if (shop->unpickler == NULL) {
        shop->unpickler = make_unpickler();
    }
    if (shop->unpickler != NULL) {
        module = PyImport_ImportModule("io");
    }
    if (module != NULL) {
        file = PyObject_CallMethod(module, "BytesIO", "O", bytes);
    }
    if (file != NULL) {
        unpickler = PyObject_CallFunctionObjArgs(shop->unpickler, file, NULL);
    }
    if (unpickler != NULL) {
        object = PyObject_CallMethod(unpickler, "load", NULL);
    }
    PyErr_Clear();
    Py_XDECREF(unpickler);
    Py_XDECREF(file);
    Py_XDECREF(module);
    return object;
}

/*
 * One exception
 */

/* The class that makes instances of a class: the nearest one that is written in C. Its own __new__
   is a built-in function, where a class has one. */

static PyTypeObject *
made_by(PyObject *class)
{
    PyTypeObject *type = (PyTypeObject *)class;
    while (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        PyObject *own = PyDict_GetItemString(type->tp_dict, "__new__");
        if (own != NULL && PyCFunction_Check(own)) {
            break;
        }
        type = type->tp_base;
    }
    return type;
}

/* Make an instance as that class would. Of args that are not those that it was made of, OSError
   makes another class's, or none at all can be made: then none are given. */

static PyObject *
instantiate(PyObject *class, PyObject *args)
{
    PyTypeObject *type = (PyTypeObject *)class, *maker = made_by(class);
    PyObject *exception = maker->tp_new(type, args, NULL);
    if (exception == NULL || Py_TYPE(exception) != type) {
        PyErr_Clear();
        PyObject *none = PyTuple_New(0);
        PyObject *other = none == NULL ? NULL : maker->tp_new(type, none, NULL);
        if (other != NULL ||
            exception == NULL) { /* but BaseExceptionGroup makes an ExceptionGroup */
            Py_XDECREF(exception);
            exception = other;
        }
        Py_XDECREF(none);
    }
    if (exception != NULL && maker->tp_init(exception, args, NULL) < 0) {
        PyErr_Clear();
    }
    return exception;
}

static void
restore_field(PyObject *exception, const char *wanted, PyObject *value)
{
    for (size_t i = 0; i < KNOWN_CLASSES; i++) {
        PyObject *class = *KNOWN_FIELDS[i].class;
        if (!PyObject_TypeCheck(exception, (PyTypeObject *)class)) {
            continue;
        }
        for (const char *const *name = KNOWN_FIELDS[i].names; *name != NULL; name++) {
            if (strcmp(*name, wanted) == 0) {
                set_field(exception, class, *name, value);
            }
        }
    }
}

static void
restore_fields(PyObject *exception, PyObject *fields)
{
    PyObject *name, *value;
    for (Py_ssize_t i = 0; PyDict_Next(fields, &i, &name, &value);) {
        const char *text = PyUnicode_AsUTF8(name);
        if (text != NULL) {
            restore_field(exception, text, value);
        }
    }
    PyErr_Clear();
}

static void
restore_attribute(PyObject *exception, PyObject *name, PyObject *value)
{
    PyBaseExceptionObject *own = fields_of(exception);
    if (own->dict == NULL) {
        own->dict = PyDict_New();
    }
    if (own->dict == NULL || PyDict_SetItem(own->dict, name, value) < 0) {
        PyErr_Clear();
    }
}

static void
restore_attributes(PyObject *exception, PyObject *attributes)
{
    PyObject *name, *value;
    for (Py_ssize_t i = 0; PyDict_Next(attributes, &i, &name, &value);) {
        restore_attribute(exception, name, value);
    }
}

static void
restore_args(PyObject *exception, PyObject *args)
{
    PyBaseExceptionObject *own = fields_of(exception);
    PyObject *old = own->args;
    Py_INCREF(args);
    own->args = args;
    Py_XDECREF(old);
}

static void
restore_argument(PyObject *exception, PyObject *key, PyObject *value)
{
    PyObject *args = fields_of(exception)->args, *items = PySequence_List(args);
    Py_ssize_t index = PyLong_AsSsize_t(key);
    Py_INCREF(value);
    if (items != NULL && PyList_SetItem(items, index, value) == 0) {
        args = PyList_AsTuple(items);
        if (args != NULL) {
            restore_args(exception, args);
            Py_DECREF(args);
        }
    }
    PyErr_Clear();
    Py_XDECREF(items);
}

static void
restore_pickle(workshop *shop, PyObject *exception, PyObject *entry)
{
    long where = PyLong_AsLong(PyTuple_GET_ITEM(entry, 0));
    PyObject *key = PyTuple_GET_ITEM(entry, 1);
    PyObject *value = unpickle(shop, PyTuple_GET_ITEM(entry, 2));
    if (value == NULL) {
        return;
    }
    if (where == ARGS) {
        restore_argument(exception, key, value);
    }
    else if (where == ATTRIBUTES) {
        restore_attribute(exception, key, value);
    }
    else {
        const char *name = PyUnicode_AsUTF8(key);
        if (name != NULL) {
            restore_field(exception, name, value);
        }
        PyErr_Clear();
    }
    Py_DECREF(value);
}

/* Up to 3.13 the traceback module fails where a SyntaxError has anything but an int or a str. */

static void
mend_syntax_error(PyObject *exception)
{
    static const char *const names[] = {"text",   "filename",   "msg",        "lineno",
                                        "offset", "end_lineno", "end_offset", NULL};
    if (!PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_SyntaxError)) {
        return;
    }
    for (const char *const *name = names; *name != NULL; name++) {
        PyObject *value = get_field(exception, PyExc_SyntaxError, *name);
        bool good =
            value == NULL || (name < names + 3 ? PyUnicode_Check(value) : PyLong_Check(value));
        if (!good) {
            set_field(exception, PyExc_SyntaxError, *name, Py_None);
        }
        Py_XDECREF(value);
    }
}

static void
restore_state(workshop *shop, PyObject *exception, PyObject *node)
{
    PyObject *pickles = PyTuple_GET_ITEM(node, PICKLES);
    restore_fields(exception, PyTuple_GET_ITEM(node, FIELDS));
    restore_attributes(exception, PyTuple_GET_ITEM(node, ATTRIBUTES));
    if (PyTuple_GET_ITEM(node, GROUP) == Py_None) {
        restore_args(exception, PyTuple_GET_ITEM(node, ARGS));
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pickles); i++) {
        restore_pickle(shop, exception, PyList_GET_ITEM(pickles, i));
    }
    mend_unicode_error(exception);
    mend_syntax_error(exception);
}

static PyObject *rebuild_one(workshop *shop, Py_ssize_t i);

/* The args to make a group of: its message, and its members, rebuilt. NULL and an exception if
   there is no member left. */

static PyObject *
rebuild_group_args(workshop *shop, PyObject *node)
{
    PyObject *group = PyTuple_GET_ITEM(node, GROUP), *members = PyList_New(0);
    PyObject *message = PyTuple_GET_ITEM(group, 0), *indexes = PyTuple_GET_ITEM(group, 1);
    for (Py_ssize_t i = 0; members != NULL && i < PyList_GET_SIZE(indexes); i++) {
        Py_ssize_t index = PyLong_AsSsize_t(PyList_GET_ITEM(indexes, i));
        PyObject *member = rebuild_one(shop, index);
        if (member == NULL || PyList_Append(members, member) < 0) {
            Py_CLEAR(members);
        }
    }
    return members == NULL ? NULL : Py_BuildValue("(ON)", message, members);
}

/* An exception of that class; or of an Exception under its name, if it cannot be made: a group,
   say, whose members were too deep to be carried. 'made' as in stand_in_class(). */

static PyObject *
make_exception(workshop *shop, PyObject *node, PyObject **class, bool *made)
{
    PyObject *exception = NULL, *pair = PyList_GET_ITEM(PyTuple_GET_ITEM(node, CLASSES), 0);
    PyObject *args = PyTuple_GET_ITEM(node, GROUP) != Py_None
                         ? rebuild_group_args(shop, node)
                         : PySequence_Tuple(PyTuple_GET_ITEM(node, ARGS));
    if (args != NULL) {
        exception = instantiate(*class, args);
    }
    if (exception == NULL) {
        PyErr_Clear();
        Py_XDECREF(args);
        args = PyTuple_New(0);
        PyObject *other = make_class(pair, PyTuple_Pack(1, PyExc_Exception));
        *made = other != NULL;
        if (other == NULL) {
            PyErr_Clear();
            Py_INCREF(PyExc_Exception);
            other = PyExc_Exception;
        }
        Py_SETREF(*class, other);
        exception = args == NULL ? NULL : instantiate(*class, args);
    }
    Py_XDECREF(args);
    return exception;
}

/* The exception of that index, rebuilt but for its links; borrowed from 'rebuilt'. Recursion is
   as deep as groups nest. */

static PyObject *
rebuild_one(workshop *shop, Py_ssize_t i)
{
    if (PyList_GET_ITEM(shop->rebuilt, i) != Py_None) {
        return PyList_GET_ITEM(shop->rebuilt, i);
    }
    PyObject *node = PyList_GET_ITEM(shop->nodes, i), *classes = PyTuple_GET_ITEM(node, CLASSES);
    PyObject *pair = PyList_GET_ITEM(classes, 0);
    PyObject *class = find_class(shop->state, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
    bool made = false;
    if (class == NULL) {
        class = stand_in_class(shop->state, classes, &made);
    }
    PyObject *exception = class == NULL ? NULL : make_exception(shop, node, &class, &made);
    if (exception != NULL) {
        restore_state(shop, exception, node);
        if (made) {
            make_str_equal(class, exception, PyTuple_GET_ITEM(node, TEXT));
        }
        PyList_SetItem(shop->rebuilt, i, exception);
    }
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

/* Is it a RemoteTraceback whose text is in the other text? */

static bool
is_told_in(PyObject *exception, PyObject *class, PyObject *text)
{
    PyObject *args = fields_of(exception)->args;
    return (PyObject *)Py_TYPE(exception) == class && PyTuple_GET_SIZE(args) == 1 &&
           PyUnicode_Check(PyTuple_GET_ITEM(args, 0)) &&
           PyUnicode_Find(text, PyTuple_GET_ITEM(args, 0), 0, PyUnicode_GET_LENGTH(text), 1) >= 0;
}

/* The last exception of the chain that a traceback shows, but for a RemoteTraceback that is told
   in the text: borrowed. In a chain that closes on itself, the last one before it does, or so. */

static PyObject *
last_of_chain(PyObject *exception, Py_ssize_t most, PyObject *remote, PyObject *text)
{
    PyObject *before = NULL;
    for (Py_ssize_t i = 1; i < most; i++) {
        PyObject *next = PyException_GetCause(exception);
        bool is_cause = next != NULL;
        if (next == NULL && !fields_of(exception)->suppress_context) {
            next = PyException_GetContext(exception);
        }
        if (next == NULL) {
            break;
        }
        before = is_cause ? exception : NULL;
        exception = next;
        Py_DECREF(next); /* the one before it has it */
    }
    return before != NULL && is_told_in(exception, remote, text) ? before : exception;
}

/* Put the traceback of the run at the end of the chain. What ends with one already has crossed
   from a third interpreter to the one that the run was in: then the text of that one is in ours,
   and ours takes its place. Otherwise it would be told once more at each crossing. */

static void
attach_traceback(module_state *state, PyObject *exception, PyObject *text, Py_ssize_t count)
{
    PyObject *args = state->RemoteTraceback == NULL ? NULL : PyTuple_Pack(1, text);
    PyObject *remote = args == NULL ? NULL : instantiate(state->RemoteTraceback, args);
    if (remote != NULL) {
        PyObject *end = last_of_chain(exception, count, state->RemoteTraceback, text);
        PyException_SetCause(end, remote);
    }
    Py_XDECREF(args);
    PyErr_Clear();
}

static PyObject *
rebuild_all(module_state *state, PyObject *description)
{
    PyObject *nodes = PyTuple_GET_ITEM(description, 0), *text = PyTuple_GET_ITEM(description, 1);
    Py_ssize_t count = PyList_GET_SIZE(nodes);
    PyObject *exception = NULL;
    workshop shop = {state, nodes, PyList_New(0), NULL};
    for (Py_ssize_t i = 0; i < count && shop.rebuilt != NULL; i++) {
        if (PyList_Append(shop.rebuilt, Py_None) < 0) {
            Py_CLEAR(shop.rebuilt);
        }
    }
    for (Py_ssize_t i = 0; i < count && shop.rebuilt != NULL; i++) {
        if (rebuild_one(&shop, i) == NULL) {
            Py_CLEAR(shop.rebuilt);
        }
    }
    if (shop.rebuilt != NULL) {
        link_all(nodes, shop.rebuilt);
        exception = PyList_GET_ITEM(shop.rebuilt, 0);
        Py_INCREF(exception);
        attach_traceback(state, exception, text, count);
    }
    Py_XDECREF(shop.unpickler);
    Py_XDECREF(shop.rebuilt);
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
        bool overflowed = compat_has_overflowed();
        exception = rebuild_all(state, plain);
        Py_DECREF(plain);
        compat_set_overflowed(overflowed);
    }
    if (exception != NULL) {
        raise_rebuilt(exception);
        return;
    }
    PyErr_Clear();
    PyErr_Format(state->InterpreterError != NULL ? state->InterpreterError : PyExc_RuntimeError,
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
