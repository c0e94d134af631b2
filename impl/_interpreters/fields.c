/* The C fields of built-in exceptions, in which they keep what is not in their args.

   They are read and written through the descriptors of the built-in class, where a subclass could
   lie. What a version lacks is passed over. AttributeError.obj and NameError's frame are not among
   them: they are objects. C code takes the type of some fields for granted, so after a stranger
   has written to them they are mended. */

#include "exception.h"

const class_fields fields_known[] = {
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
    {NULL, false, {NULL}},
};

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

PyObject *
fields_get(PyObject *exception, PyObject *class, const char *name)
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

void
fields_set(PyObject *exception, PyObject *class, const char *name, PyObject *value)
{
    PyObject *descriptor = find_descriptor(class, name);
    if (descriptor == NULL || Py_TYPE(descriptor)->tp_descr_set == NULL ||
        Py_TYPE(descriptor)->tp_descr_set(descriptor, exception, value) < 0) {
        PyErr_Clear();
    }
}

void
fields_mend_unicode_error(PyObject *exception)
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

void
fields_mend_syntax_error(PyObject *exception)
{
    static const char *const names[] = {"text",   "filename",   "msg",        "lineno",
                                        "offset", "end_lineno", "end_offset", NULL};
    if (!PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_SyntaxError)) {
        return;
    }
    for (const char *const *name = names; *name != NULL; name++) {
        PyObject *value = fields_get(exception, PyExc_SyntaxError, *name);
        bool good =
            value == NULL || (name < names + 3 ? PyUnicode_Check(value) : PyLong_Check(value));
        if (!good) {
            fields_set(exception, PyExc_SyntaxError, *name, Py_None);
        }
        Py_XDECREF(value);
    }
}
