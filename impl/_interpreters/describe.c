/* Describe an exception in the interpreter that raised it: see exception.h for the description.

   Whatever is read here may be hostile: a __str__ or a __repr__ that raises, a chain that bites
   its tail, a group of groups without end. So each step has something to fall back on, and each
   number has a limit. The last resort is an exception's class alone.

   Python is not called while an exception is set: it takes that for its own failure. Who goes on
   after something has failed clears the exception first. */

#include "exception.h"

#include <marshal.h>
#include <stdlib.h>

/*
 * Plain data
 */

/* Of exact types only: marshal would take a subclass for its base, and any buffer for bytes. */

static bool
is_atom(PyObject *object)
{
    return object == Py_None || PyBool_Check(object) || PyLong_CheckExact(object) ||
           PyUnicode_CheckExact(object) || PyFloat_CheckExact(object) ||
           PyBytes_CheckExact(object) || PyComplex_CheckExact(object);
}

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
    PyErr_Clear();
    Py_XDECREF(iterator);
    return plain;
}

/* Would marshal give back an equal object? */

static bool
is_plain(PyObject *object, int depth, Py_ssize_t *budget)
{
    if (is_atom(object)) {
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

PyObject *
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

static bool
is_group(PyObject *exception)
{
    PyObject *group = compat_exception_group();
    return group != NULL && PyObject_TypeCheck(exception, (PyTypeObject *)group);
}

/* The description in the making: the exceptions found so far, what is known of them, and the
   pickles of the one that is being described. */

typedef struct {
    PyObject *found;   /* a list */
    PyObject *indexes; /* {address: index} */
    PyObject *depths;  /* a list of how many groups each is in */
    PyObject *members; /* a set of the addresses of groups that are members of a group */
    PyObject *pickles; /* a list */
    bool wary;         /* of data that can change: it has changed behind our back before */
} survey;

/* The object itself, if it is plain data. If not, note its pickle, and return NULL without an
   exception. */

static PyObject *
describe_value(survey *all, PyObject *object, part where, PyObject *key)
{
    if (all->wary ? is_atom(object) : is_plain_data(object)) {
        Py_INCREF(object);
        return object;
    }
    PyObject *bytes = pickles_dump(object);
    PyObject *entry = bytes == NULL ? NULL : Py_BuildValue("(iOO)", (int)where, key, bytes);
    if (entry != NULL) {
        PyList_Append(all->pickles, entry);
    }
    PyErr_Clear();
    Py_XDECREF(entry);
    Py_XDECREF(bytes);
    return NULL;
}

static PyObject *
describe_argument(survey *all, PyObject *object, Py_ssize_t index)
{
    PyObject *key = PyLong_FromSsize_t(index);
    if (key == NULL) {
        return NULL;
    }
    PyObject *plain = describe_value(all, object, ARGS, key);
    Py_DECREF(key);
    return plain != NULL ? plain : exact_text(PyObject_Repr(object), object);
}

/* A tuple to be filled while foreign code may run, to which the garbage collector would show the
   gaps. It may stay out of its sight: plain data does not refer to it. */

static PyObject *
new_hidden_tuple(Py_ssize_t size)
{
    PyObject *tuple = PyTuple_New(size);
    if (tuple != NULL && size > 0) {
        PyObject_GC_UnTrack(tuple);
    }
    return tuple;
}

static PyObject *
describe_args(survey *all, PyObject *exception)
{
    PyObject *args = fields_of(exception)->args;
    if (args == NULL || !PyTuple_Check(args) || is_group(exception)) {
        return PyTuple_New(0); /* of a group, the message and the members say it */
    }
    Py_INCREF(args); /* a __repr__ may replace them */
    PyObject *plain = new_hidden_tuple(PyTuple_GET_SIZE(args));
    for (Py_ssize_t i = 0; plain != NULL && i < PyTuple_GET_SIZE(args); i++) {
        PyObject *item = describe_argument(all, PyTuple_GET_ITEM(args, i), i);
        if (item == NULL) {
            Py_CLEAR(plain);
        }
        else {
            PyTuple_SET_ITEM(plain, i, item);
        }
    }
    Py_DECREF(args);
    return plain;
}

/*
 * One exception
 */

/* An attribute of a class as an exact str; of a class that hides it, what C knows. NULL for want of
   memory: without its name it would arrive as another class. */

static PyObject *
class_text(PyTypeObject *class, const char *attribute, const char *otherwise)
{
    PyObject *text = PyObject_GetAttrString((PyObject *)class, attribute);
    if (text != NULL && PyUnicode_Check(text)) {
        return exact_text(text, (PyObject *)class);
    }
    if (text == NULL && PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return NULL;
    }
    PyErr_Clear();
    Py_XDECREF(text);
    return PyUnicode_FromString(otherwise);
}

static PyObject *
describe_class(PyTypeObject *class)
{
    PyObject *module = class_text(class, "__module__", "?");
    return module == NULL
               ? NULL
               : Py_BuildValue("(NN)", module, class_text(class, "__qualname__", class->tp_name));
}

static PyObject *
describe_classes(PyObject *exception)
{
    PyTypeObject *own = Py_TYPE(exception);
    PyObject *mro = own->tp_mro; /* of which a metaclass may have made anything */
    PyObject *classes = PyList_New(0);
    Py_INCREF(own); /* for a metaclass may also change it as soon as it is asked for something */
    Py_INCREF(mro);
    for (Py_ssize_t i = -1; classes != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *type = i < 0 ? own : (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!PyExceptionClass_Check((PyObject *)type) || (i >= 0 && type == own)) {
            continue;
        }
        PyObject *pair = describe_class(type);
        if (pair == NULL || PyList_Append(classes, pair) < 0) {
            Py_CLEAR(classes);
        }
        Py_XDECREF(pair);
    }
    Py_DECREF(mro);
    Py_DECREF(own);
    return classes;
}

/* A field of a built-in class, some of which must be a str, an int or bytes: so of an instance of
   a subclass of these, that is what counts. Else its repr(). */

static PyObject *
simplify_field(PyObject *value)
{
    if (PyUnicode_Check(value)) {
        return PyUnicode_FromObject(value);
    }
    if (PyBytes_Check(value)) {
        return PyBytes_FromStringAndSize(PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value));
    }
    if (PyLong_Check(value)) {
        return PyLong_Type.tp_as_number->nb_positive(value);
    }
    return exact_text(PyObject_Repr(value), value);
}

static PyObject *
describe_field(survey *all, PyObject *exception, const class_fields *known, const char *name)
{
    PyObject *value = fields_get(exception, *known->class, name);
    if (value == NULL || value == Py_None) {
        Py_XDECREF(value);
        return NULL;
    }
    PyObject *key = known->simple ? NULL : PyUnicode_FromString(name);
    PyObject *plain = key == NULL ? NULL : describe_value(all, value, FIELDS, key);
    PyErr_Clear();
    if (plain == NULL) {
        plain = simplify_field(value);
    }
    Py_XDECREF(key);
    Py_DECREF(value);
    return plain;
}

static PyObject *
describe_fields(survey *all, PyObject *exception)
{
    PyObject *fields = PyDict_New();
    const class_fields *known = fields_known;
    for (; fields != NULL && known->class != NULL; known++) {
        if (!PyObject_TypeCheck(exception, (PyTypeObject *)*known->class)) {
            continue;
        }
        for (const char *const *name = known->names; *name != NULL; name++) {
            PyObject *plain = describe_field(all, exception, known, *name);
            if (plain == NULL || PyDict_SetItemString(fields, *name, plain) < 0) {
                PyErr_Clear();
            }
            Py_XDECREF(plain);
        }
    }
    return fields;
}

/* The notes: a list, each element a str or its repr(). */

static PyObject *
describe_notes(PyObject *notes)
{
    PyObject *sequence = PyList_GetSlice(notes, 0, PyList_GET_SIZE(notes));
    for (Py_ssize_t i = 0; sequence != NULL && i < PyList_GET_SIZE(sequence); i++) {
        PyObject *note = PyList_GET_ITEM(sequence, i);
        if (is_atom(note)) {
            continue;
        }
        PyObject *text = PyUnicode_Check(note) ? PyUnicode_FromObject(note)
                                               : exact_text(PyObject_Repr(note), note);
        if (text == NULL) {
            Py_CLEAR(sequence);
        }
        else {
            PyList_SetItem(sequence, i, text);
        }
    }
    return sequence;
}

static PyObject *
describe_attribute(survey *all, PyObject *name, PyObject *value)
{
    if (PyList_Check(value) && PyUnicode_CompareWithASCIIString(name, "__notes__") == 0) {
        return describe_notes(value);
    }
    return describe_value(all, value, ATTRIBUTES, name);
}

static PyObject *
describe_attributes(survey *all, PyObject *exception)
{
    PyObject *attributes = PyDict_New();
    PyObject *own = fields_of(exception)->dict;
    if (own == NULL || attributes == NULL) {
        return attributes;
    }
    own = PyDict_Copy(own); /* describing a note may run code that changes the original */
    PyErr_Clear();
    PyObject *name, *value;
    for (Py_ssize_t i = 0; own != NULL && PyDict_Next(own, &i, &name, &value);) {
        PyObject *plain = PyUnicode_CheckExact(name) ? describe_attribute(all, name, value) : NULL;
        if (plain == NULL || PyDict_SetItem(attributes, name, plain) < 0) {
            PyErr_Clear();
        }
        Py_XDECREF(plain);
    }
    Py_XDECREF(own);
    return attributes;
}

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
        PyErr_Clear();
        fields_mend_unicode_error(exception);
    }
    PyErr_Clear();
    Py_XDECREF(level);
    Py_XDECREF(number);
    Py_XDECREF(address);
    return index;
}

/* May the exception be a member here? A group is one only once: what shows a group shows its
   members wherever they are, and groups that are several times in groups that are several times in
   groups would never end. */

static bool
may_be_member(survey *all, PyObject *exception)
{
    if (!is_group(exception)) {
        return true;
    }
    PyObject *address = PyLong_FromVoidPtr(exception);
    bool known = address == NULL || PySet_Contains(all->members, address) != 0;
    known = known || PySet_Add(all->members, address) < 0;
    PyErr_Clear();
    Py_XDECREF(address);
    return !known;
}

static PyObject *
describe_members(survey *all, PyObject *members, long depth)
{
    PyObject *indexes = PyList_New(0);
    for (Py_ssize_t i = 0; indexes != NULL && i < PyTuple_GET_SIZE(members); i++) {
        PyObject *member = PyTuple_GET_ITEM(members, i);
        long index = may_be_member(all, member) ? survey_index(all, member, depth + 1) : -1;
        if (index < 0) {
            continue;
        }
        PyObject *number = PyLong_FromLong(index);
        if (number == NULL || PyList_Append(indexes, number) < 0) {
            Py_CLEAR(indexes);
        }
        Py_XDECREF(number);
    }
    return indexes;
}

static PyObject *
describe_group(survey *all, PyObject *exception, long depth)
{
    if (!is_group(exception)) {
        Py_RETURN_NONE;
    }
    PyObject *members = fields_get(exception, compat_exception_group(), "exceptions");
    PyObject *message = fields_get(exception, compat_exception_group(), "message"), *result = NULL;
    PyObject *text = NULL;
    if (members != NULL && PyTuple_Check(members) && message != NULL && PyUnicode_Check(message)) {
        text = PyUnicode_FromObject(message);
    }
    if (text != NULL) {
        result = Py_BuildValue("(NN)", text, describe_members(all, members, depth));
    }
    Py_XDECREF(message);
    Py_XDECREF(members);
    return result;
}

static PyObject *
describe_link(survey *all, PyObject *exception, long depth)
{
    long index = survey_index(all, exception, depth);
    Py_XDECREF(exception);
    return PyLong_FromLong(index);
}

static PyObject *
describe_text(PyObject *exception)
{
    PyObject *text = PyObject_Str(exception);
    if (text == NULL) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    return exact_text(text, exception);
}

/* Put that into the description, which takes it. False if there is nothing. */

static bool
put(PyObject *node, part where, PyObject *value)
{
    PyTuple_SET_ITEM(node, where, value);
    return value != NULL;
}

/* NULL, with an exception or without, if it fails. The group and the links come first: the members
   of a group are to be found before what they refer to. */

static PyObject *
describe_one(survey *all, PyObject *exception, long depth)
{
    PyObject *node = new_hidden_tuple(PARTS);
    if (node == NULL) {
        return NULL;
    }
    bool complete =
        put(node, PICKLES, all->pickles = PyList_New(0)) &&
        put(node, GROUP, describe_group(all, exception, depth)) &&
        put(node, CAUSE, describe_link(all, PyException_GetCause(exception), depth)) &&
        put(node, CONTEXT, describe_link(all, PyException_GetContext(exception), depth)) &&
        put(node, CLASSES, describe_classes(exception)) &&
        put(node, ARGS, describe_args(all, exception)) &&
        put(node, TEXT, describe_text(exception)) &&
        put(node, FIELDS, describe_fields(all, exception)) &&
        put(node, ATTRIBUTES, describe_attributes(all, exception)) &&
        put(node, SUPPRESS, PyBool_FromLong(fields_of(exception)->suppress_context));
    if (!complete) {
        Py_CLEAR(node);
    }
    return node;
}

/*
 * All of them
 */

static PyObject *
describe_all(PyObject *exception, const char *source, bool wary)
{
    survey all = {PyList_New(0), PyDict_New(), PyList_New(0), PySet_New(NULL), NULL, wary};
    PyObject *nodes = PyList_New(0);
    PyObject *result = NULL;
    if (all.found == NULL || all.indexes == NULL || all.depths == NULL || all.members == NULL ||
        nodes == NULL || survey_index(&all, exception, 0) != 0) {
        goto done;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(all.found); i++) { /* it grows meanwhile */
        long depth = PyLong_AsLong(PyList_GET_ITEM(all.depths, i));
        PyObject *node = describe_one(&all, PyList_GET_ITEM(all.found, i), depth);
        bool failed = node == NULL || PyList_Append(nodes, node) < 0;
        Py_XDECREF(node);
        if (failed) {
            goto done;
        }
    }
    result = Py_BuildValue("(NN)", nodes, traceback_tell(exception, source));
    nodes = NULL;

done:
    Py_XDECREF(nodes);
    Py_XDECREF(all.members);
    Py_XDECREF(all.depths);
    Py_XDECREF(all.indexes);
    Py_XDECREF(all.found);
    return result;
}

/* The class alone, of an exception that is too large. */

static PyObject *
describe_class_alone(PyObject *exception)
{
    static const char text[] = "(too large to be carried)";
    return Py_BuildValue("([(N()s{}{}iiOO[])]s)", describe_classes(exception), text, -1, -1,
                         Py_False, Py_None, text);
}

/* Describe it in bytes: in full; or if that fails, because somebody adds to a list that was plain
   data a moment ago, in less; or by a few words. */

static PyObject *
marshal_description(PyObject *exception, const char *source)
{
    PyObject *bytes = NULL;
    for (int attempt = 0; bytes == NULL && attempt < 3; attempt++) {
        PyErr_Clear();
        PyObject *description = attempt < 2 ? describe_all(exception, source, attempt > 0)
                                            : describe_class_alone(exception);
        if (description != NULL) {
            bytes = PyMarshal_WriteObjectToString(description, Py_MARSHAL_VERSION);
            Py_DECREF(description);
        }
    }
    return bytes;
}

char *
exception_describe(const char *source, Py_ssize_t *size)
{
    char *copy = NULL;
    PyObject *exception = compat_take_exception();
    PyObject *bytes = exception == NULL ? NULL : marshal_description(exception, source);
    if (bytes != NULL) {
        *size = PyBytes_GET_SIZE(bytes);
        copy = malloc((size_t)*size);
        if (copy != NULL) {
            memcpy(copy, PyBytes_AS_STRING(bytes), (size_t)*size);
        }
    }
    PyErr_Clear();
    Py_XDECREF(bytes);
    Py_XDECREF(exception);
    return copy;
}
