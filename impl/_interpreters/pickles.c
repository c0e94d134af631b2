/* Carry what is not plain data: pickled where the exception was raised, loaded where it arrives.

   A pickle is a program that calls what it names, and here it comes from an interpreter that may
   be hostile. So it may name only classes that the caller's interpreter has already, and getattr:
   nothing is imported for it, and what it is most often told by mistake to call is out of its
   reach. That is no wall, for a class may do anything when it is called, and getattr leads from a
   class to the functions of its module. So an audit hook is asked, as pickle itself asks it, and
   can refuse. Where either side fails there is no object, and no exception: the description has a
   text to fall back on. */

#include "exception.h"

/* A class of __main__ is unknown to every caller, so that its instances need not be tried. */

static bool
is_of_main(PyObject *object)
{
    PyObject *home = PyObject_GetAttrString((PyObject *)Py_TYPE(object), "__module__");
    bool of_main = home != NULL && PyUnicode_Check(home) &&
                   PyUnicode_CompareWithASCIIString(home, "__main__") == 0;
    PyErr_Clear();
    Py_XDECREF(home);
    return of_main;
}

PyObject *
pickles_dump(PyObject *object)
{
    PyObject *module = is_of_main(object) ? NULL : PyImport_ImportModule("pickle");
    PyObject *bytes =
        module == NULL ? NULL : PyObject_CallMethod(module, "dumps", "Oi", object, -1);
    PyErr_Clear();
    if (bytes != NULL && !PyBytes_CheckExact(bytes)) {
        Py_CLEAR(bytes);
    }
    Py_XDECREF(module);
    return bytes;
}

/* The find_class() of our Unpickler. A pickle calls what it finds: so it finds classes, and of
   these only what the caller has; and getattr(), by which 3.11 names the members of an Enum. */

static PyObject *
find_pickled_class(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *module, *qualname;
    if (!PyArg_ParseTuple(args, "UU", &module, &qualname) ||
        PySys_Audit("pickle.find_class", "OO", module, qualname) < 0) {
        return NULL;
    }
    if (PyUnicode_CompareWithASCIIString(module, "builtins") == 0 &&
        PyUnicode_CompareWithASCIIString(qualname, "getattr") == 0) {
        PyObject *function = core_item(PyEval_GetBuiltins(), "getattr");
        Py_XINCREF(function);
        return function;
    }
    PyObject *found = classes_find_any(module, qualname);
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

PyObject *
pickles_load(PyObject *bytes, PyObject **unpickler_class)
{
    PyObject *module = NULL, *file = NULL, *unpickler = NULL, *object = NULL;
    if (*unpickler_class == NULL) {
        *unpickler_class = make_unpickler();
    }
    if (*unpickler_class != NULL) {
        module = PyImport_ImportModule("io");
    }
    if (module != NULL) {
        file = PyObject_CallMethod(module, "BytesIO", "O", bytes);
    }
    if (file != NULL) {
        unpickler = PyObject_CallFunctionObjArgs(*unpickler_class, file, NULL);
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
