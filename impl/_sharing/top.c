/* Call a function at the top of an interpreter, where no Python code is its caller.

   eval(), dir() and their like work on the namespace of the code that calls them. From 3.14 on
   CPython takes __main__ for the caller where there is none; before, it raises SystemError. So
   these six have the namespace of __main__ from here: eval(), exec(), globals(), locals(), vars()
   and dir(). */

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

/* Are eval() or exec() given a namespace, or no code? Or else an exception is set. */

static bool
is_given(PyObject *args, PyObject *kwargs)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (count > 1) {
        return PyTuple_GET_ITEM(args, 1) != Py_None;
    }
    return count == 0 ||
           (kwargs != NULL && (core_item(kwargs, "globals") != NULL || PyErr_Occurred()));
}

static PyObject *
call_with(PyObject *namespace, PyObject *callable, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
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

/* Call one of the six with the namespace, or give it. NULL without an exception if it is none of
   them, or is given what it is to work on. */

static PyObject *
call_in_main(PyObject *callable, PyObject *args, PyObject *kwargs)
{
    static const char *const take_it[] = {"eval", "exec", NULL};
    static const char *const are_it[] = {"globals", "locals", "vars", NULL};
    const char *name = builtin_name(callable);
    bool alone = PyTuple_GET_SIZE(args) == 0 && kwargs == NULL;
    bool takes = name != NULL && is_one_of(name, take_it) && !is_given(args, kwargs);
    bool is = name != NULL && alone && is_one_of(name, are_it);
    bool lists = name != NULL && alone && strcmp(name, "dir") == 0;
    PyObject *namespace = takes || is || lists ? compat_main_namespace() : NULL;
    if (namespace == NULL) {
        return NULL;
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

PyObject *
top_call(PyObject *callable, PyObject *args, PyObject *kwargs)
{
    PyObject *result = CALLER_IS_MAIN ? NULL : call_in_main(callable, args, kwargs);
    return result != NULL || PyErr_Occurred() ? result : PyObject_Call(callable, args, kwargs);
}
