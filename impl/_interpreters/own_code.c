/* Code of our own in another interpreter: in Python, because what it deals with (threading, atexit)
   is, and with nothing to rely on, because code of the user's may have taken any module away. */

#include "core.h"

PyObject *
loaded_module(const char *name)
{
    PyObject *text = PyUnicode_FromString(name);
    PyObject *module = text == NULL ? NULL : compat_imported_module(text);
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(module); /* sys.modules has it */
    return module;
}

/* pause(seconds): time.sleep(), which is not there in an interpreter that has lost its modules. */

static PyObject *
pause_own_code(PyObject *Py_UNUSED(self), PyObject *seconds)
{
    int microseconds = (int)(PyFloat_AsDouble(seconds) * 1e6);
    Py_BEGIN_ALLOW_THREADS
    compat_sleep(microseconds);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyMethodDef pause_method = {"pause", pause_own_code, METH_O, NULL};

/* What our own code finds without an import: sys.modules, sys.excepthook and pause(). */

static PyObject *
new_own_namespace(void)
{
    PyObject *hook = PySys_GetObject("excepthook"), *modules = PyImport_GetModuleDict();
    PyObject *pause = PyCFunction_New(&pause_method, NULL);
    if (pause == NULL) {
        return NULL;
    }
    return Py_BuildValue("{sOsOsOsN}", "__builtins__", PyEval_GetBuiltins(), "modules", modules,
                         "excepthook", hook == NULL ? Py_None : hook, "pause", pause);
}

int
run_own_code(const char *source)
{
    PyObject *namespace = new_own_namespace(), *result = NULL;
    PyObject *code =
        namespace == NULL ? NULL : Py_CompileString(source, "<interpreters>", Py_file_input);
    if (code != NULL) {
        result = PyEval_EvalCode(code, namespace, namespace);
        Py_DECREF(code);
    }
    Py_XDECREF(namespace);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}
