/* The yardstick: making, using and ending an interpreter with CPython's C API and nothing else.

   What an interpreter costs is mostly CPython's doing. So the benchmark sets the cost of ours
   against that of the three calls which no implementation can do without, made here from Python
   code in the same process, with the configurations that ours has. */

#include "impl/_interpreters/compat.h"

/* Make an interpreter, run the source text in it unless that is NULL, and end it if wanted. */

static PyObject *
cycle(bool isolated, const char *source, bool end)
{
    PyThreadState *caller = PyThreadState_Get();
    PyThreadState *inside;
    const char *why;
    int failed = !compat_new_interpreter(isolated, &inside, &why);
    if (!failed && source != NULL) {
        failed = PyRun_SimpleString(source) < 0;
    }
    if (inside != NULL && end) {
        Py_EndInterpreter(inside);
    }
    PyThreadState_Swap(caller);
    if (failed) {
        PyErr_SetString(PyExc_RuntimeError, "no interpreter could be made, or its code failed");
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(create_doc, "create(isolated)\n--\n\nMake an interpreter, for good.");

static PyObject *
bare_create(PyObject *Py_UNUSED(module), PyObject *args)
{
    int isolated;
    return PyArg_ParseTuple(args, "p", &isolated) ? cycle(isolated, NULL, false) : NULL;
}

PyDoc_STRVAR(create_end_doc, "create_end(isolated)\n--\n\nMake an interpreter and end it.");

static PyObject *
bare_create_end(PyObject *Py_UNUSED(module), PyObject *args)
{
    int isolated;
    return PyArg_ParseTuple(args, "p", &isolated) ? cycle(isolated, NULL, true) : NULL;
}

PyDoc_STRVAR(create_run_end_doc, "create_run_end(isolated, source)\n--\n\n"
                                 "Make an interpreter, run source text in it, and end it.");

static PyObject *
bare_create_run_end(PyObject *Py_UNUSED(module), PyObject *args)
{
    int isolated;
    const char *source;
    return PyArg_ParseTuple(args, "ps", &isolated, &source) ? cycle(isolated, source, true) : NULL;
}

static PyMethodDef bare_methods[] = {
    {"create", bare_create, METH_VARARGS, create_doc},
    {"create_end", bare_create_end, METH_VARARGS, create_end_doc},
    {"create_run_end", bare_create_run_end, METH_VARARGS, create_run_end_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot bare_slots[] = {
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef bare_def = {
    PyModuleDef_HEAD_INIT,     .m_name = "bare",      .m_doc = "Interpreters by the C API alone.",
    .m_methods = bare_methods, .m_slots = bare_slots,
};

EXPORTED_INIT
PyInit_bare(void)
{
    return PyModuleDef_Init(&bare_def);
}
