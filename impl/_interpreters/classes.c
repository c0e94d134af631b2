/* The class of an exception that comes from another interpreter: found, or made on the spot.

   A class is known by its name, and looked for in sys.modules: nothing is imported, and a module
   is not asked for attributes, by which it may import things. What is found must say of itself
   that this is its name. Where the caller has no such class, one of that name is made that derives
   from the nearest ones that he has.

   Want of memory is not taken for absence, or the exception would not be of the class that the
   caller catches: then it is the MemoryError that is set. */

#include "exception.h"

static void
pass_over(void)
{
    if (!PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
    }
}

/* False, too, for want of memory. */

static bool
is_text_of(PyObject *class, const char *attribute, PyObject *expected)
{
    PyObject *text = PyObject_GetAttrString(class, attribute);
    bool same = text != NULL && PyUnicode_Check(text) && PyUnicode_Compare(text, expected) == 0;
    Py_XDECREF(text);
    pass_over();
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

/* The caller's __main__ is another module than the one that is meant. */

PyObject *
classes_find_any(PyObject *module, PyObject *qualname)
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
    pass_over();
    if (found == NULL || !PyType_Check(found)) {
        return NULL;
    }
    Py_INCREF(found);
    return found;
}

PyObject *
classes_find(module_state *state, PyObject *module, PyObject *qualname)
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
    found = classes_find_any(module, qualname);
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
        PyObject *class = classes_find(state, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
        if (class == NULL ? PyErr_Occurred() != NULL : PyList_Append(known, class) < 0) {
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

PyObject *
classes_make(PyObject *pair, PyObject *bases)
{
    if (bases == NULL) {
        return NULL;
    }
    PyObject *module = PyTuple_GET_ITEM(pair, 0), *qualname = PyTuple_GET_ITEM(pair, 1);
    Py_ssize_t length = PyUnicode_GET_LENGTH(qualname);
    Py_ssize_t dot = PyUnicode_FindChar(qualname, '.', 0, length, -1);
    PyObject *name = usable_name(PyUnicode_Substring(qualname, dot + 1, length));
    PyObject *class = NULL;
    if (name != NULL) {
        class = PyObject_CallFunction((PyObject *)&PyType_Type, "OO{sOsO}", name, bases,
                                      "__module__", module, "__qualname__", qualname);
    }
    if (class != NULL && !PyExceptionClass_Check(class)) {
        Py_CLEAR(class);
    }
    if (class != NULL) {
        make_picklable(class);
    }
    Py_DECREF(bases);
    Py_XDECREF(name);
    return class;
}

PyObject *
classes_stand_in(module_state *state, PyObject *classes, bool *made)
{
    PyObject *pair = PyList_GET_ITEM(classes, 0), *known = find_known(state, classes);
    if (known == NULL) {
        return NULL;
    }
    PyObject *class = classes_make(pair, find_bases(known));
    for (Py_ssize_t i = 0; class == NULL && i < PyList_GET_SIZE(known); i++) {
        PyErr_Clear();
        class = classes_make(pair, PyTuple_Pack(1, PyList_GET_ITEM(known, i)));
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

/* The __str__ of a class whose instance would say something else. Its self is the text: a built-in
   function does not bind. */

static PyObject *
remembered_str(PyObject *text, PyObject *Py_UNUSED(ignored))
{
    Py_INCREF(text);
    return text;
}

static PyMethodDef remembered_str_method = {"__str__", remembered_str, METH_NOARGS, NULL};

void
classes_make_str_equal(PyObject *class, PyObject *exception, PyObject *text)
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
