/* Extension modules in isolated interpreters: three faults of CPython, made harmless.

   An extension module with single-phase initialisation cannot be imported in an isolated
   interpreter: ImportError. But if no interpreter has loaded it before, 3.12 finds that out only
   after it has called the module's initialisation there; what that has left behind belongs to the
   allocator of the isolated interpreter and is used by the whole process. It crashes later, at
   the latest when it ends. Half of the standard library's best known modules are concerned, since
   they import _datetime or _decimal or _ctypes.

   So, before an isolated interpreter loads an extension file, the main interpreter does: then
   CPython knows what kind it is, and says ImportError before it touches it. From 3.13 on CPython
   goes to the main interpreter itself (gh-117953).

   A function of an extension module that takes keywords makes a tuple of their names when it is
   first called, and keeps it for the whole process (up to 3.12.3; gh-119213). If that call came
   from an isolated interpreter the tuple belongs to the wrong allocator, and dies with it. So when
   an isolated interpreter is left, all tuples that are new are replaced by ones of the main
   interpreter.

   The classes of _datetime are shared by all interpreters in 3.13, and what they refer to belongs
   to the interpreter that imports the module first, which may end before others do (gh-117398).
   So the main interpreter does, before there is an isolated one. */

#include "core.h"
#include "internals.h"

#if EXTENSIONS_MAIN_FIRST

/* The file, as text in UTF-8 that any interpreter can read. */

typedef struct {
    const char *name;
    const char *origin;
} extension;

/* In the main interpreter: what importlib does with the file, and no more than that. */

static int
load(void *argument)
{
    extension *file = argument;
    PyObject *types = PyImport_ImportModule("types"), *imp = PyImport_ImportModule("_imp");
    PyObject *class = types == NULL ? NULL : PyObject_GetAttrString(types, "SimpleNamespace");
    PyObject *none = PyTuple_New(0);
    PyObject *fields = Py_BuildValue("{ssss}", "name", file->name, "origin", file->origin);
    PyObject *spec = NULL, *module = NULL;
    if (class != NULL && none != NULL && fields != NULL) {
        spec = PyObject_Call(class, none, fields);
    }
    if (spec != NULL && imp != NULL) {
        module = PyObject_CallMethod(imp, "create_dynamic", "O", spec);
    }
    PyErr_Clear(); /* the interpreter that asked for it will meet the same error */
    Py_XDECREF(module);
    Py_XDECREF(spec);
    Py_XDECREF(fields);
    Py_XDECREF(none);
    Py_XDECREF(class);
    Py_XDECREF(imp);
    Py_XDECREF(types);
    return 0;
}

/* _imp.create_dynamic() of an isolated interpreter. Its self is the original. */

static PyObject *
create_dynamic(PyObject *original, PyObject *args)
{
    PyObject *spec = PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : Py_None;
    PyObject *name = PyObject_GetAttrString(spec, "name");
    PyObject *origin = name == NULL ? NULL : PyObject_GetAttrString(spec, "origin");
    if (origin != NULL && PyUnicode_Check(name) && PyUnicode_Check(origin)) {
        extension file = {PyUnicode_AsUTF8(name), NULL};
        file.origin = file.name == NULL ? NULL : PyUnicode_AsUTF8(origin);
        if (file.origin != NULL) {
            process_do_in_main(load, &file);
        }
    }
    PyErr_Clear();
    Py_XDECREF(origin);
    Py_XDECREF(name);
    return PyObject_Call(original, args, NULL);
}

static PyMethodDef create_dynamic_method = {"create_dynamic", create_dynamic, METH_VARARGS, NULL};

int
extensions_prepare(void)
{
    PyObject *imp = PyImport_ImportModule("_imp");
    PyObject *original = imp == NULL ? NULL : PyObject_GetAttrString(imp, "create_dynamic");
    PyObject *function =
        original == NULL ? NULL : PyCFunction_New(&create_dynamic_method, original);
    int result = function == NULL ? -1 : PyObject_SetAttrString(imp, "create_dynamic", function);
    Py_XDECREF(function);
    Py_XDECREF(original);
    Py_XDECREF(imp);
    return result;
}

void
extensions_leave(void)
{
    if (internals_has_new_keywords()) {
        PyErr_Clear();
        process_do_in_main(internals_adopt_keywords, NULL);
        PyErr_Clear();
    }
}

#else

static int
import_datetime(void *Py_UNUSED(ignored))
{
    PyObject *module = PyImport_ImportModule("_datetime");
    PyErr_Clear(); /* a Python without it is as well */
    Py_XDECREF(module);
    return 0;
}

int
extensions_prepare(void)
{
    return DATETIME_MAIN_FIRST ? process_do_in_main(import_datetime, NULL) : 0;
}

void
extensions_leave(void)
{
}

#endif
