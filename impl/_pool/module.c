/* The module interpreters._pool, for ../interpreters/_executor.py and nobody else. It is in the
   same library as the core's module. */

#include "pool.h"

static PyMethodDef module_methods[] = {{NULL, NULL, 0, NULL}};

static void
set_hooks(void)
{
    static atomic_flag set = ATOMIC_FLAG_INIT;
    static core_hooks own = {.before_fork = pools_before_fork, .after_fork = pools_after_fork};
    if (!atomic_flag_test_and_set(&set)) {
        own.next = hooks;
        hooks = &own;
    }
}

static int
add(PyObject *module, const char *name, PyObject *object)
{
    if (object == NULL || PyModule_AddObject(module, name, object) < 0) {
        Py_XDECREF(object);
        return -1;
    }
    return 0;
}

/* That on which this is built is there first. */

static int
module_exec(PyObject *module)
{
    PyObject *sharing = PyImport_ImportModule("interpreters._sharing");
    if (sharing == NULL) {
        return -1;
    }
    Py_DECREF(sharing);
    set_hooks();
    return add(module, "Pool", pool_type_new()) < 0 || add(module, "Task", task_type_new()) < 0 ? -1
                                                                                                : 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    ANYWHERE_SLOTS{0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "interpreters._pool",
    .m_doc = "Pools of interpreters, for the package interpreters.",
    .m_methods = module_methods,
    .m_slots = module_slots,
};

EXPORTED_INIT
PyInit__pool(void)
{
    return PyModuleDef_Init(&module_def);
}
