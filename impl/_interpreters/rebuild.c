/* Rebuild a described exception in the caller's interpreter, and raise it: see exception.h.

   Each exception is made as its class would make it, but by C code only, and then given the state
   that the description tells. Links are tied after all exceptions exist, because they may form a
   ring; the traceback of the run is attached last. */

#include "exception.h"

#include <marshal.h>
#include <stdlib.h>

/* What is being rebuilt, and in what. */

typedef struct {
    module_state *state;
    PyObject *nodes;
    PyObject *rebuilt;   /* a list: the exceptions, or None */
    PyObject *unpickler; /* a class; NULL until the first pickle comes */
} workshop;

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
    if (exception == NULL) {
        return NULL;
    }
    PyErr_Clear();
    if (maker->tp_init(exception, args, NULL) < 0) {
        PyErr_Clear();
    }
    return exception;
}

static void
restore_field(PyObject *exception, const char *wanted, PyObject *value)
{
    for (const class_fields *known = fields_known; known->class != NULL; known++) {
        if (!PyObject_TypeCheck(exception, (PyTypeObject *)*known->class)) {
            continue;
        }
        for (const char *const *name = known->names; *name != NULL; name++) {
            if (strcmp(*name, wanted) == 0) {
                fields_set(exception, *known->class, *name, value);
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
    Py_ssize_t index = PyLong_AsSsize_t(key);
    PyObject *args = fields_of(exception)->args, *items = PySequence_List(args);
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
    PyObject *value = pickles_load(PyTuple_GET_ITEM(entry, 2), &shop->unpickler);
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
    fields_mend_unicode_error(exception);
    fields_mend_syntax_error(exception);
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
   say, whose members were too deep to be carried. 'made' as in classes_stand_in(). */

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
    if (exception == NULL && PyErr_ExceptionMatches(PyExc_MemoryError)) {
        Py_XDECREF(args);
        return NULL;
    }
    if (exception == NULL) {
        PyErr_Clear();
        Py_XDECREF(args);
        args = PyTuple_New(0);
        PyObject *other = classes_make(pair, PyTuple_Pack(1, PyExc_Exception));
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
    PyObject *class =
        classes_find(shop->state, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
    bool made = false;
    if (class == NULL && !PyErr_Occurred()) {
        class = classes_stand_in(shop->state, classes, &made);
    }
    PyObject *exception = class == NULL ? NULL : make_exception(shop, node, &class, &made);
    if (exception != NULL) {
        restore_state(shop, exception, node);
        if (made) {
            classes_make_str_equal(class, exception, PyTuple_GET_ITEM(node, TEXT));
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
        traceback_attach(state, exception, text, count);
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
        for (int attempt = 0; exception == NULL && attempt < 2; attempt++) {
            PyErr_Clear(); /* of want of memory, which may have been for a moment */
            exception = rebuild_all(state, plain);
        }
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
