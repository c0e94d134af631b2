/* An exception on its way from one interpreter to another: described there (describe.c), rebuilt
   here (rebuild.c).

   No object may cross from one interpreter to another, so an exception that leaves a run is
   described in the interpreter that raised it, in plain data, marshalled into bytes, and rebuilt
   in the caller's.  The description is a list of exceptions, the one that was raised first, then
   those it refers to (its cause, its context, the members of a group), and the formatted
   traceback. They refer to each other by index, so depth and cycles are of no concern.  One
   exception is a tuple:

       classes     the exception classes of its MRO, as pairs (module, qualified name)
       args        each element as it is if it is plain data, else its repr(); of a group none
       text        its str(), or None if that raises
       fields      what built-in classes keep in C fields: {"filename": ...}
       attributes  the plain data in its __dict__, the notes among it
       cause, context      indexes, or -1
       suppress    __suppress_context__
       group       its message and the indexes of its members, if it is a group, or None
       pickles     what is not plain data: (part, key, pickle), where key is an index of args, or
                   a name in fields or attributes

   It is rebuilt as its own class if the caller's sys.modules has that; otherwise, and always if
   the class is one of __main__, as a class made on the spot that has its name and derives from the
   nearest classes that the caller does have.
   Nothing is imported, and no __init__ or __new__ but those of classes written in C is called: the
   rest of the state comes from the description. A pickle is loaded last, and only if every name in
   it is that of a class which the caller's sys.modules has, or getattr. If it cannot be loaded then
   what the other parts say stays: the repr() of an argument, nothing of an attribute.

   What the description reads may be hostile, so every step has something to fall back on. It
   reads C fields, through the descriptors of the built-in class, where a subclass could lie; and
   it holds on to what it reads, for the next line may run code that lets go of it. */

#ifndef INTERPRETERS_EXCEPTION_H
#define INTERPRETERS_EXCEPTION_H

#include "core.h"

/* How many exceptions one description holds; links to more are cut. */
#define MOST_EXCEPTIONS 1000
/* How deeply groups nest before their inner members are cut. */
#define DEEPEST_GROUP 50
/* How deeply plain data nests, and of how many parts it is, before it is pickled. */
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
    GROUP,
    PICKLES,
    PARTS
} part;

/* The fields of built-in exceptions that are not told by args. What a version lacks is passed
   over. AttributeError.obj and NameError's frame stay behind: they are objects. Some classes have
   fields of which everybody expects that they are a str or an int: there no other object will do,
   not even one that can be pickled. */

typedef struct {
    PyObject **class;
    bool simple;
    const char *names[9];
} class_fields;

static const class_fields KNOWN_FIELDS[] = {
    {&PyExc_SystemExit, false, {"code"}},
    {&PyExc_StopIteration, false, {"value"}},
    {&PyExc_OSError, false, {"errno", "strerror", "filename", "filename2", "characters_written"}},
    {&PyExc_ImportError, false, {"msg", "name", "path", "name_from"}},
    {&PyExc_SyntaxError,
     true,
     {"msg", "filename", "lineno", "offset", "text", "end_lineno", "end_offset",
      "print_file_and_line"}},
    {&PyExc_AttributeError, true, {"name"}},
    {&PyExc_NameError, true, {"name"}},
    {&PyExc_UnicodeEncodeError, true, {"encoding", "object", "start", "end", "reason"}},
    {&PyExc_UnicodeDecodeError, true, {"encoding", "object", "start", "end", "reason"}},
    {&PyExc_UnicodeTranslateError, true, {"object", "start", "end", "reason"}},
};

#define KNOWN_CLASSES (sizeof(KNOWN_FIELDS) / sizeof(*KNOWN_FIELDS))

static inline PyBaseExceptionObject *
fields_of(PyObject *exception)
{
    return (PyBaseExceptionObject *)exception;
}

/* The descriptor that a built-in class has under that name, borrowed; or NULL and no exception. */

static inline PyObject *
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

static inline PyObject *
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

static inline void
set_field(PyObject *exception, PyObject *class, const char *name, PyObject *value)
{
    PyObject *descriptor = find_descriptor(class, name);
    if (descriptor == NULL || Py_TYPE(descriptor)->tp_descr_set == NULL ||
        Py_TYPE(descriptor)->tp_descr_set(descriptor, exception, value) < 0) {
        PyErr_Clear();
    }
}

/* What str() of a UnicodeError needs lest it read beyond the object (up to 3.13): an object of the
   right type, and no negative start. */

static inline void
mend_unicode_error(PyObject *exception)
{
    bool decode = PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_UnicodeDecodeError);
    if (!decode && !PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_UnicodeEncodeError) &&
        !PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_UnicodeTranslateError)) {
        return;
    }
    PyUnicodeErrorObject *error = (PyUnicodeErrorObject *)exception;
    PyObject *object = error->object;
    if (object != NULL && !(decode ? PyBytes_Check(object) : PyUnicode_Check(object))) {
        error->object = NULL; /* for which str() has a case */
        Py_DECREF(object);
    }
    if (error->start < 0) {
        error->start = 0;
    }
}

#endif
