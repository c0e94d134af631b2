/* Run source text in an interpreter.

   The code is compiled and evaluated as exec() would do it; not with PyRun_String, which marks the
   whole process as interrupted when a KeyboardInterrupt passes through it. It does not inherit the
   caller's __future__ flags: those belong to the caller's code. */

#include "core.h"
#include "internals.h"

/* Inside: run the code in the namespace of __main__, and return that: a new reference, or NULL
   and an exception. */

static PyObject *
execute(const char *source, PyObject *updates)
{
    PyObject *namespace = compat_main_namespace();
    if (namespace == NULL) {
        return NULL;
    }
    Py_INCREF(namespace); /* the code may throw __main__ away */
    if (updates != NULL && PyDict_Update(namespace, updates) < 0) {
        goto error;
    }
    if (core_item(namespace, "__builtins__") == NULL &&
        (PyErr_Occurred() ||
         PyDict_SetItemString(namespace, "__builtins__", PyEval_GetBuiltins()) < 0)) {
        goto error;
    }
    PyCompilerFlags flags = {
        .cf_flags = PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE,
        .cf_feature_version = PY_MINOR_VERSION,
    };
    PyObject *code = Py_CompileStringFlags(source, "<string>", Py_file_input, &flags);
    if (code == NULL) {
        goto error;
    }
    PyObject *result = PyEval_EvalCode(code, namespace, namespace);
    Py_DECREF(code);
    if (result == NULL) {
        goto error;
    }
    Py_DECREF(result);
    return namespace;

error:
    Py_DECREF(namespace);
    return NULL;
}

/* Objects may pass between the caller and the target only if both share GIL and allocator, and
   only if we are asked when the target is to end. */

static int
check_unrestricted(module_state *state, const interpreter *target)
{
    long long id = target->id;
    if (target->foreign) {
        PyErr_Format(state->InterpreterError,
                     "interpreter %lld was not made by this module, which so cannot keep its "
                     "namespace alive; use run_string()",
                     id);
        return -1;
    }
    if (!target->shares) {
        PyErr_Format(state->InterpreterError,
                     "interpreter %lld is isolated, so its namespace cannot leave it; use "
                     "run_string(), or create(isolated=False)",
                     id);
        return -1;
    }
    if (!internals_shares_memory(compat_current_interpreter())) {
        PyErr_Format(state->InterpreterError,
                     "the current interpreter is isolated, so it cannot receive the namespace of "
                     "interpreter %lld; use run_string()",
                     id);
        return -1;
    }
    return 0;
}

void
run_begins(interpreter *target)
{
    target->runner = PyThreadState_Get();
}

/* What was to interrupt the code and comes too late is dropped: it must not hit the next run. */

void
run_ends(interpreter *target)
{
    target->runner = NULL;
    registry_run_is_over(target);
    if (target->raised != NULL) {
        Py_CLEAR(target->raised);
        compat_drop_exception_from_outside();
    }
    CALL_HOOKS(run_ends, );
}

PyObject *
interpreter_run(module_state *state, interpreter *target, const char *source, PyObject *updates,
                bool want_namespace)
{
    int64_t id = target->id;
    visit stay;
    if (updates != NULL && PyDict_GET_SIZE(updates) > 0) {
        registry_current_leaks();
    }
    if ((want_namespace && check_unrestricted(state, target) < 0) ||
        visit_enter(state, &stay, target) < 0) {
        return NULL;
    }
    Py_ssize_t size = 0;
    char *description = NULL;
    run_begins(target);
    PyObject *namespace = execute(source, updates);
    run_ends(target);
    bool raised = namespace == NULL;
    if (raised) {
        description = exception_describe(source, &size);
    }
    else if (!want_namespace) {
        Py_CLEAR(namespace);
    }
    else {
        target->leaked = true;
    }
    visit_leave(&stay);
    if (raised) {
        exception_raise(state, description, size, id);
        return NULL;
    }
    if (want_namespace) {
        return namespace;
    }
    Py_RETURN_NONE;
}
