/* Call a function at the top of an interpreter, where no Python code is its caller.

   eval(), dir() and their like work on the namespace of the code that calls them. From 3.14 on
   CPython takes __main__ for the caller where there is none; before, it fails, or crashes on what
   it has not found. So these six are given that namespace, or called with it, here. */

#include "sharing.h"

/* The name of a function of the module builtins; NULL for anything else. */

static const char *
builtin_name(PyObject *callable)
{
    if (!PyCFunction_Check(callable)) {
        return NULL;
    }
    PyObject *self = PyCFunction_GET_SELF(callable);
    if (self == NULL || !PyModule_Check(self)) {
        return NULL;
    }
    const char *module = PyModule_GetName(self);
    if (module == NULL) {
        PyErr_Clear();
        return NULL;
    }
    const char *name = ((PyCFunctionObject *)callable)->m_ml->ml_name;
    return strcmp(module, "builtins") == 0 ? name : NULL;
}

static bool
is_one_of(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(name, *names) != 0) {
        names++;
    }
    return *names != NULL;
}

static PyObject *
sorted_names(PyObject *namespace)
{
    PyObject *names = PyMapping_Keys(namespace);
    if (names != NULL && PyList_Sort(names) < 0) {
        Py_CLEAR(names);
    }
    return names;
}

/* Call eval() or exec() with the namespace, if they are given none, or None. */

static PyObject *
call_with(PyObject *namespace, PyObject *callable, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    PyObject *named = kwargs == NULL ? NULL : PyDict_GetItemString(kwargs, "globals");
    bool given = count > 1 ? PyTuple_GET_ITEM(args, 1) != Py_None : named != NULL;
    if (count == 0 || given) {
        return PyObject_Call(callable, args, kwargs);
    }
    PyObject *all = PyTuple_New(count > 1 ? count : 2);
    if (all == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(all); i++) {
        PyObject *item = i == 1 ? namespace : PyTuple_GET_ITEM(args, i);
        Py_INCREF(item);
        PyTuple_SET_ITEM(all, i, item);
    }
    PyObject *result = PyObject_Call(callable, all, kwargs);
    Py_DECREF(all);
    return result;
}

PyObject *
top_call(PyObject *callable, PyObject *args, PyObject *kwargs)
{
    static const char *const take_it[] = {"eval", "exec", NULL};
    static const char *const are_it[] = {"globals", "locals", "vars", NULL};
    const char *name = CALLER_IS_MAIN ? NULL : builtin_name(callable);
    bool alone = PyTuple_GET_SIZE(args) == 0 && kwargs == NULL;
    bool takes = name != NULL && is_one_of(name, take_it);
    bool is = name != NULL && alone && is_one_of(name, are_it);
    bool lists = name != NULL && alone && strcmp(name, "dir") == 0;
    PyObject *namespace = takes || is || lists ? compat_main_namespace() : NULL;
    if (namespace == NULL) {
        return PyErr_Occurred() ? NULL : PyObject_Call(callable, args, kwargs);
    }
    Py_INCREF(namespace);
    if (is) {
        return namespace;
    }
    PyObject *result =
        lists ? sorted_names(namespace) : call_with(namespace, callable, args, kwargs);
    Py_DECREF(namespace);
    return result;
}
