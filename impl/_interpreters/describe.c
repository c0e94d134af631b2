/* Describe an exception in the interpreter that raised it: see exception.h for the description.

   Whatever is read here may be hostile: a __str__ or a __repr__ that raises, a chain that bites
   its tail, a group of groups without end. So each step has something to fall back on, and each
   number has a limit. */

#include "exception.h"

#include <marshal.h>
#include <stdlib.h>

/*
 * Plain data
 */

static bool is_plain(PyObject *object, int depth, Py_ssize_t *budget);

static bool
are_plain(PyObject *iterable, int depth, Py_ssize_t *budget)
{
    PyObject *iterator = PyObject_GetIter(iterable), *item;
    bool plain = iterator != NULL;
    while (plain && (item = PyIter_Next(iterator)) != NULL) {
        plain = is_plain(item, depth, budget);
        Py_DECREF(item);
    }
    Py_XDECREF(iterator);
    PyErr_Clear();
    return plain;
}

/* Would marshal give back an equal object? It would take a subclass for its base, and any buffer
   for bytes, so only exact types will do. */

static bool
is_plain(PyObject *object, int depth, Py_ssize_t *budget)
{
    if (object == Py_None || PyBool_Check(object) || PyLong_CheckExact(object) ||
        PyUnicode_CheckExact(object) || PyFloat_CheckExact(object) || PyBytes_CheckExact(object) ||
        PyComplex_CheckExact(object)) {
        return --*budget > 0;
    }
    if (depth == 0 || --*budget <= 0) {
        return false;
    }
    if (PyTuple_CheckExact(object) || PyList_CheckExact(object) || PyAnySet_CheckExact(object)) {
        return are_plain(object, depth - 1, budget);
    }
    if (PyDict_CheckExact(object)) {
        PyObject *key, *value;
        for (Py_ssize_t i = 0; PyDict_Next(object, &i, &key, &value);) {
            if (!is_plain(key, depth - 1, budget) || !is_plain(value, depth - 1, budget)) {
                return false;
            }
        }
        return true;
    }
    return false;
}

static bool
is_plain_data(PyObject *object)
{
    Py_ssize_t budget = MOST_DATA;
    return is_plain(object, DEEPEST_DATA, &budget);
}

/* An exact str from what repr() or str() gave, which is consumed; or a stand-in if they failed. */

static PyObject *
exact_text(PyObject *text, PyObject *object)
{
    if (text != NULL) {
        PyObject *exact = PyUnicode_FromObject(text);
        Py_DECREF(text);
        return exact;
    }
    PyErr_Clear();
    return PyUnicode_FromFormat("<unprintable %.200s object>", Py_TYPE(object)->tp_name);
}

static PyObject *
as_plain(PyObject *object)
{
    if (is_plain_data(object)) {
        Py_INCREF(object);
        return object;
    }
    return exact_text(PyObject_Repr(object), object);
}

static PyObject *
describe_args(PyObject *exception)
{
    PyObject *args = fields_of(exception)->args;
    Py_ssize_t count = args != NULL && PyTuple_Check(args) ? PyTuple_GET_SIZE(args) : 0;
    PyObject *plain = PyTuple_New(count);
    for (Py_ssize_t i = 0; i < count && plain != NULL; i++) {
        PyObject *item = as_plain(PyTuple_GET_ITEM(args, i));
        if (item == NULL) {
            Py_CLEAR(plain);
        }
        else {
            PyTuple_SET_ITEM(plain, i, item);
        }
    }
    return plain;
}

/*
 * One exception
 */

/* An attribute of a class as an exact str; of a class that hides it, what C knows. */

static PyObject *
class_text(PyTypeObject *class, const char *attribute, const char *otherwise)
{
    PyObject *text = PyObject_GetAttrString((PyObject *)class, attribute);
    if (text != NULL && PyUnicode_Check(text)) {
        return exact_text(text, (PyObject *)class);
    }
    PyErr_Clear();
    Py_XDECREF(text);
    return PyUnicode_FromString(otherwise);
}

static PyObject *
describe_classes(PyObject *exception)
{
    PyTypeObject *own = Py_TYPE(exception);
    PyObject *mro = own->tp_mro; /* of which a metaclass may have made anything */
    PyObject *classes = PyList_New(0);
    for (Py_ssize_t i = -1; classes != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *type = i < 0 ? own : (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!PyExceptionClass_Check((PyObject *)type) || (i >= 0 && type == own)) {
            continue;
        }
        PyObject *pair = Py_BuildValue("(NN)", class_text(type, "__module__", "?"),
                                       class_text(type, "__qualname__", type->tp_name));
        if (pair == NULL || PyList_Append(classes, pair) < 0) {
            Py_CLEAR(classes);
        }
        Py_XDECREF(pair);
    }
    return classes;
}

static PyObject *
describe_fields(PyObject *exception)
{
    PyObject *fields = PyDict_New();
    for (size_t i = 0; i < KNOWN_CLASSES && fields != NULL; i++) {
        PyObject *class = *KNOWN_FIELDS[i].class;
        if (!PyObject_TypeCheck(exception, (PyTypeObject *)class)) {
            continue;
        }
        for (const char *const *name = KNOWN_FIELDS[i].names; *name != NULL; name++) {
            PyObject *value = get_field(exception, class, *name);
            PyObject *plain = value == NULL || value == Py_None ? NULL : as_plain(value);
            if (plain != NULL && PyDict_SetItemString(fields, *name, plain) < 0) {
                PyErr_Clear();
            }
            Py_XDECREF(plain);
            Py_XDECREF(value);
        }
    }
    return fields;
}

/* The notes: a list, each element as it is or as its repr(). */

static PyObject *
describe_notes(PyObject *notes)
{
    PyObject *sequence = PySequence_List(notes);
    for (Py_ssize_t i = 0; sequence != NULL && i < PyList_GET_SIZE(sequence); i++) {
        PyObject *plain = as_plain(PyList_GET_ITEM(sequence, i));
        if (plain == NULL) {
            Py_CLEAR(sequence);
        }
        else {
            PyList_SetItem(sequence, i, plain);
        }
    }
    return sequence;
}

static PyObject *
describe_attribute(PyObject *name, PyObject *value)
{
    if (PyList_Check(value) && PyUnicode_CompareWithASCIIString(name, "__notes__") == 0) {
        return describe_notes(value);
    }
    if (is_plain_data(value)) {
        Py_INCREF(value);
        return value;
    }
    return NULL;
}

static PyObject *
describe_attributes(PyObject *exception)
{
    PyObject *attributes = PyDict_New();
    PyObject *own = fields_of(exception)->dict;
    /* A copy: describing a note may run code that changes the original. */
    own = own == NULL || attributes == NULL ? NULL : PyDict_Copy(own);
    if (own == NULL) {
        PyErr_Clear();
    }
    PyObject *name, *value;
    for (Py_ssize_t i = 0; own != NULL && PyDict_Next(own, &i, &name, &value);) {
        PyObject *plain = PyUnicode_CheckExact(name) ? describe_attribute(name, value) : NULL;
        if (plain == NULL || PyDict_SetItem(attributes, name, plain) < 0) {
            PyErr_Clear();
        }
        Py_XDECREF(plain);
    }
    Py_XDECREF(own);
    return attributes;
}

/* The exceptions found so far: where they are in the description, and how deep in groups. */

typedef struct {
    PyObject *found;   /* a list */
    PyObject *indexes; /* {address: index} */
    PyObject *depths;  /* a list of how many groups each is in */
} survey;

/* The index of an exception, which is added if it is new; -1 if there is none or no more room. */

static long
survey_index(survey *all, PyObject *exception, long depth)
{
    if (exception == NULL || !PyExceptionInstance_Check(exception)) {
        return -1;
    }
    long index = -1;
    PyObject *address = PyLong_FromVoidPtr(exception), *number = NULL, *level = NULL;
    PyObject *known = address == NULL ? NULL : PyDict_GetItemWithError(all->indexes, address);
    if (known != NULL) {
        index = PyLong_AsLong(known);
    }
    else if (address != NULL && PyList_GET_SIZE(all->found) < MOST_EXCEPTIONS &&
             depth <= DEEPEST_GROUP) {
        index = (long)PyList_GET_SIZE(all->found);
        number = PyLong_FromLong(index);
        level = PyLong_FromLong(depth);
        if (number == NULL || level == NULL || PyDict_SetItem(all->indexes, address, number) < 0 ||
            PyList_Append(all->depths, level) < 0 || PyList_Append(all->found, exception) < 0) {
            index = -1;
        }
    }
    PyErr_Clear();
    Py_XDECREF(level);
    Py_XDECREF(number);
    Py_XDECREF(address);
    return index;
}

static PyObject *
describe_members(survey *all, PyObject *exception, long depth)
{
    PyObject *group = compat_exception_group();
    PyObject *members = NULL;
    if (group != NULL && PyObject_TypeCheck(exception, (PyTypeObject *)group)) {
        members = get_field(exception, group, "exceptions");
    }
    if (members == NULL || !PyTuple_Check(members)) {
        Py_XDECREF(members);
        Py_RETURN_NONE;
    }
    PyObject *indexes = PyList_New(0);
    for (Py_ssize_t i = 0; indexes != NULL && i < PyTuple_GET_SIZE(members); i++) {
        long index = survey_index(all, PyTuple_GET_ITEM(members, i), depth + 1);
        PyObject *number = index < 0 ? NULL : PyLong_FromLong(index);
        if (number != NULL && PyList_Append(indexes, number) < 0) {
            Py_CLEAR(indexes);
        }
        Py_XDECREF(number);
    }
    Py_DECREF(members);
    return indexes;
}

static long
index_and_release(survey *all, PyObject *exception, long depth)
{
    long index = survey_index(all, exception, depth);
    Py_XDECREF(exception);
    return index;
}

static PyObject *
describe_one(survey *all, PyObject *exception, long depth)
{
    PyObject *members = describe_members(all, exception, depth);
    long cause = index_and_release(all, PyException_GetCause(exception), depth);
    long context = index_and_release(all, PyException_GetContext(exception), depth);
    PyObject *text = PyObject_Str(exception);
    if (text == NULL) {
        PyErr_Clear();
        Py_INCREF(Py_None);
        text = Py_None;
    }
    else {
        text = exact_text(text, exception);
    }
    return Py_BuildValue("(NNNNNllNN)", describe_classes(exception), describe_args(exception), text,
                         describe_fields(exception), describe_attributes(exception), cause, context,
                         PyBool_FromLong(fields_of(exception)->suppress_context), members);
}

/*
 * All of them
 */

/* What the traceback module makes of the exception; a line if it cannot be had. */

static PyObject *
format_traceback(PyObject *exception)
{
    PyObject *text = NULL, *lines = NULL, *empty = NULL;
    PyObject *traceback = PyException_GetTraceback(exception);
    PyObject *module = PyImport_ImportModule("traceback");
    if (module != NULL) {
        lines =
            PyObject_CallMethod(module, "format_exception", "OOO", (PyObject *)Py_TYPE(exception),
                                exception, traceback == NULL ? Py_None : traceback);
    }
    empty = lines == NULL ? NULL : PyUnicode_FromString("");
    if (empty != NULL) {
        text = PyUnicode_Join(empty, lines);
    }
    if (text == NULL) {
        PyErr_Clear();
        PyObject *line = exact_text(PyObject_Str(exception), exception);
        if (line != NULL) {
            text = PyUnicode_FromFormat("(no traceback could be made)\n%s: %U\n",
                                        Py_TYPE(exception)->tp_name, line);
            Py_DECREF(line);
        }
    }
    Py_XDECREF(empty);
    Py_XDECREF(lines);
    Py_XDECREF(module);
    Py_XDECREF(traceback);
    return text;
}

static PyObject *
describe_all(PyObject *exception)
{
    survey all = {PyList_New(0), PyDict_New(), PyList_New(0)};
    PyObject *nodes = PyList_New(0);
    PyObject *result = NULL;
    if (all.found == NULL || all.indexes == NULL || all.depths == NULL || nodes == NULL ||
        survey_index(&all, exception, 0) != 0) {
        goto done;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(all.found); i++) { /* it grows meanwhile */
        long depth = PyLong_AsLong(PyList_GET_ITEM(all.depths, i));
        PyObject *node = describe_one(&all, PyList_GET_ITEM(all.found, i), depth);
        int failed = node == NULL || PyList_Append(nodes, node) < 0;
        Py_XDECREF(node);
        if (failed) {
            goto done;
        }
    }
    result = Py_BuildValue("(NN)", nodes, format_traceback(exception));
    nodes = NULL;

done:
    Py_XDECREF(nodes);
    Py_XDECREF(all.depths);
    Py_XDECREF(all.indexes);
    Py_XDECREF(all.found);
    return result;
}

char *
exception_describe(Py_ssize_t *size)
{
    char *copy = NULL;
    PyObject *exception = compat_take_exception();
    PyObject *description = exception == NULL ? NULL : describe_all(exception);
    PyObject *bytes = NULL;
    if (description != NULL) {
        bytes = PyMarshal_WriteObjectToString(description, Py_MARSHAL_VERSION);
    }
    if (bytes != NULL) {
        *size = PyBytes_GET_SIZE(bytes);
        copy = malloc((size_t)*size);
        if (copy != NULL) {
            memcpy(copy, PyBytes_AS_STRING(bytes), (size_t)*size);
        }
    }
    Py_XDECREF(bytes);
    Py_XDECREF(description);
    Py_XDECREF(exception);
    PyErr_Clear();
    return copy;
}
