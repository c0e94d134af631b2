/* Describe there, rebuild here.

   No object may cross from one interpreter to another, so an exception that leaves a run is
   described in the interpreter that raised it, in plain data, marshalled into bytes, and rebuilt
   in the caller's.  The description is a list of exceptions, the one that was raised first, then
   those it refers to (its cause, its context, the members of a group), and the formatted
   traceback. They refer to each other by index, so depth and cycles are of no concern.  One
   exception is a tuple:

       classes     the exception classes of its MRO, as pairs (module, qualified name)
       args        each element as it is if it is plain data, else its repr()
       text        its str(), or None if that raises
       fields      what built-in classes keep in C fields: {"filename": ...}
       attributes  the plain data in its __dict__, the notes among it
       cause, context      indexes, or -1
       suppress    __suppress_context__
       members     the indexes of a group's members, or None

   It is rebuilt as its own class if the caller's sys.modules has that; otherwise, and always if
   the class is one of __main__, as a class made on the spot that has its name and derives from the
   nearest classes that the caller does have.
   Nothing is imported, and no __init__ or __new__ but those of built-in classes is called: the
   rest of the state comes from the description.

   What the description reads may be hostile, so every step has something to fall back on. It
   reads C fields, through the descriptors of the built-in class, where a subclass could lie. */

#include "core.h"

#include <marshal.h>
#include <stdlib.h>

#define MODULE_NAME "interpreters._interpreters"

/* How many exceptions one description holds; links to more are cut. */
#define MOST_EXCEPTIONS 1000
/* How deeply groups nest before their inner members are cut. */
#define DEEPEST_GROUP 50
/* How deeply plain data nests, and of how many parts it is, before it is taken for its repr(). */
#define DEEPEST_DATA 100
#define MOST_DATA 1000000

typedef enum {
    CLASSES,
    ARGS,
    TEXT,
    FIELDS,
    ATTRIBUTES,
    CAUSE,
    CONTEXT,
    SUPPRESS,
    MEMBERS,
    PARTS
} part;

/* The fields of built-in exceptions that are not told by args. What a version lacks is passed
   over. AttributeError.obj and NameError's frame stay behind: they are objects. */

typedef struct {
    PyObject **class;
    const char *names[9];
} class_fields;

static const class_fields KNOWN_FIELDS[] = {
    {&PyExc_SystemExit, {"code"}},
    {&PyExc_StopIteration, {"value"}},
    {&PyExc_OSError, {"errno", "strerror", "filename", "filename2", "characters_written"}},
    {&PyExc_ImportError, {"msg", "name", "path", "name_from"}},
    {&PyExc_SyntaxError,
     {"msg", "filename", "lineno", "offset", "text", "end_lineno", "end_offset",
      "print_file_and_line"}},
    {&PyExc_AttributeError, {"name"}},
    {&PyExc_NameError, {"name"}},
    {&PyExc_UnicodeEncodeError, {"encoding", "object", "start", "end", "reason"}},
    {&PyExc_UnicodeDecodeError, {"encoding", "object", "start", "end", "reason"}},
    {&PyExc_UnicodeTranslateError, {"object", "start", "end", "reason"}},
};

#define KNOWN_CLASSES (sizeof(KNOWN_FIELDS) / sizeof(*KNOWN_FIELDS))

static PyBaseExceptionObject *
fields_of(PyObject *exception)
{
    return (PyBaseExceptionObject *)exception;
}

/* The descriptor that a built-in class has under that name, borrowed; or NULL and no exception. */

static PyObject *
find_descriptor(PyObject *class, const char *name)
{
    PyObject *descriptor = PyObject_GetAttrString(class, name);
    if (descriptor == NULL) {
        PyErr_Clear();
        return NULL;
    }
    Py_DECREF(descriptor); /* the class has it, for as long as there is an interpreter */
    return descriptor;
}

static PyObject *
get_field(PyObject *exception, PyObject *class, const char *name)
{
    PyObject *descriptor = find_descriptor(class, name);
    if (descriptor == NULL || Py_TYPE(descriptor)->tp_descr_get == NULL) {
        return NULL;
    }
    PyObject *value =
        Py_TYPE(descriptor)->tp_descr_get(descriptor, exception, (PyObject *)Py_TYPE(exception));
    if (value == NULL) {
        PyErr_Clear();
    }
    return value;
}

static void
set_field(PyObject *exception, PyObject *class, const char *name, PyObject *value)
{
    PyObject *descriptor = find_descriptor(class, name);
    if (descriptor == NULL || Py_TYPE(descriptor)->tp_descr_set == NULL ||
        Py_TYPE(descriptor)->tp_descr_set(descriptor, exception, value) < 0) {
        PyErr_Clear();
    }
}

/*
 * There: plain data
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
 * There: one exception
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
 * There: all of them
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

/*
 * Here: classes
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
 * Here: one exception
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
 * Here: all of them
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
