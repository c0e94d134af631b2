/* The yardstick: making, using and ending an interpreter with CPython's C API and nothing else.

   What an interpreter costs is mostly CPython's doing. So the benchmark sets the cost of ours
   against that of the three calls which no implementation can do without, made here with the same
   configurations as in impl/_interpreters/compat.h, from Python code in the same process. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

#if PY_VERSION_HEX < 0x03090000 && defined(__GNUC__)
    #define EXPORTED_INIT __attribute__((visibility("default"))) PyMODINIT_FUNC
#else
    #define EXPORTED_INIT PyMODINIT_FUNC
#endif

/* A new interpreter, whose thread state is attached then; or NULL. */

static PyThreadState *
new_interpreter(bool isolated)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyThreadState *inside = NULL;
    PyInterpreterConfig config = {
        .use_main_obmalloc = !isolated,
        .allow_fork = !isolated,
        .allow_exec = !isolated,
        .allow_threads = 1,
        .allow_daemon_threads = !isolated,
        .check_multi_interp_extensions = isolated,
        .gil = isolated ? PyInterpreterConfig_OWN_GIL : PyInterpreterConfig_SHARED_GIL,
    };
    #ifdef Py_GIL_DISABLED
    config.check_multi_interp_extensions = 1;
    #endif
    return PyStatus_Exception(Py_NewInterpreterFromConfig(&inside, &config)) ? NULL : inside;
#else
    (void)isolated;
    return Py_NewInterpreter();
#endif
}

/* Make an interpreter, run the source text in it unless that is NULL, and end it if wanted. */

static PyObject *
cycle(bool isolated, const char *source, bool end)
{
    PyThreadState *caller = PyThreadState_Get();
    PyThreadState *inside = new_interpreter(isolated);
    int failed = inside == NULL;
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
