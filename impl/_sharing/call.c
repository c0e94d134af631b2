/* Call a function in another interpreter; run code there for so long at most; bind names there.

   What is called, with its arguments, goes there as one message, and what it returns comes back as
   another. The claim is kept until both are read: the memory that one interpreter lends the other
   for that time is copied straight from where it is. */

#include "sharing.h"

/* Inside: make the call of which these are the parts. A new reference, or NULL and an exception. */

static PyObject *
make_call(PyObject *parts)
{
    PyObject *pairs = PyTuple_GET_ITEM(parts, 2), *kwargs = NULL, *result = NULL;
    if (PyTuple_GET_SIZE(pairs) > 0) {
        kwargs = PyDict_New();
        if (kwargs == NULL || PyDict_MergeFromSeq2(kwargs, pairs, 1) < 0) {
            goto done;
        }
    }
    result = top_call(PyTuple_GET_ITEM(parts, 0), PyTuple_GET_ITEM(parts, 1), kwargs);

done:
    Py_XDECREF(kwargs);
    return result;
}

/* What nobody else has does not change, so it needs no copy for later. */

static bool
can_change(PyObject *result)
{
    return Py_REFCNT(result) > 1 || !PyObject_CheckBuffer(result);
}

message *
call_inside(const message *call, bool delayed)
{
    sharing_state *state = state_get();
    PyObject *parts = state == NULL ? NULL : message_unpack(state, call);
    PyObject *result = parts == NULL ? NULL : make_call(parts);
    Py_XDECREF(parts); /* before the result is looked at, which may be one of the arguments */
    if (result == NULL) {
        return NULL;
    }
    message *reply = message_pack(state, result, "the result", delayed && can_change(result));
    Py_DECREF(result);
    return reply;
}

static message *
call_at_once(const message *call)
{
    return call_inside(call, false);
}

/* Inside: bind the names in __main__. An empty message; NULL and an exception. */

static message *
bind_inside(const message *names)
{
    sharing_state *state = state_get();
    PyObject *pairs = state == NULL ? NULL : message_unpack(state, names);
    PyObject *namespace = pairs == NULL ? NULL : compat_main_namespace();
    message *reply = NULL;
    if (namespace != NULL && PyDict_MergeFromSeq2(namespace, pairs, 1) == 0) {
        reply = message_pack(state, Py_None, "", false);
    }
    Py_XDECREF(pairs);
    return reply;
}

/* Free the reply, of which the target has lent parts that have been copied: it is quickest to let
   go of them there. */

static void
settle(module_state *core, interpreter *target, message *reply)
{
    visit stay;
    if (reply == NULL || !reply->lends) {
        message_free(reply);
        return;
    }
    PyObject *exception = compat_take_exception();
    bool inside = visit_enter(core, &stay, target) == 0;
    message_free(reply);
    if (inside) {
        visit_leave(&stay);
    }
    PyErr_Clear();
    if (exception != NULL) {
        compat_set_exception(exception);
    }
}

/* Have a function do something with a message inside the interpreter that is claimed, and read its
   reply. The message is freed, and the claim ended. */

static PyObject *
exchange(module_state *core, interpreter *target, message *question,
         message *(*function)(const message *))
{
    visit stay;
    Py_ssize_t size = 0;
    char *description = NULL;
    int64_t id = target->id;
    if (visit_enter(core, &stay, target) < 0) {
        message_free(question);
        return NULL;
    }
    run_begins(target);
    message *reply = function(question);
    run_ends(target);
    if (reply == NULL) {
        description = exception_describe(NULL, &size);
    }
    visit_leave(&stay);
    message_free(question);
    if (reply == NULL) {
        exception_raise(core, description, size, id);
        return NULL;
    }
    sharing_state *state = state_get();
    PyObject *result = state == NULL ? NULL : message_unpack(state, reply);
    settle(core, target, reply);
    return result;
}

static interpreter *
claim(module_state *core, PyObject *number)
{
    return registry_claim(number, RUNNING, core->InterpreterError, core->InterpreterNotFoundError);
}

/* The same with a limit, or none if that is negative. */

static PyObject *
exchange_within(module_state *core, PyObject *number, message *question, double seconds,
                message *(*function)(const message *))
{
    interpreter *target = claim(core, number);
    limit *watch = NULL;
    PyObject *result = NULL;
    if (target == NULL || (seconds >= 0 && (watch = limit_begin(core, target, seconds)) == NULL)) {
        message_free(question);
    }
    else {
        result = exchange(core, target, question, function);
    }
    if (watch != NULL && limit_end(watch)) {
        limit_explain(seconds);
    }
    if (target != NULL) {
        registry_release(target);
    }
    return result;
}

/* call(id, callable, args, kwargs, seconds): seconds is None, or a number. */

PyObject *
call_function(PyObject *module, PyObject *args)
{
    PyObject *number, *callable, *arguments, *kwargs, *limit_object;
    double seconds = -1;
    sharing_state *state = state_get();
    if (state == NULL ||
        !PyArg_ParseTuple(args, "O!OO!O!O:call", &PyLong_Type, &number, &callable, &PyTuple_Type,
                          &arguments, &PyDict_Type, &kwargs, &limit_object)) {
        return NULL;
    }
    if (limit_object != Py_None && (seconds = wait_seconds(limit_object, "seconds", true)) < 0) {
        return NULL;
    }
    if (!PyCallable_Check(callable)) {
        PyErr_Format(PyExc_TypeError, "callable must be callable, not %.200s",
                     Py_TYPE(callable)->tp_name);
        return NULL;
    }
    if (PySys_Audit("interpreters.call", "OO", number, callable) < 0) {
        return NULL;
    }
    message *question = message_pack_call(state, callable, arguments, kwargs, false);
    return question == NULL
               ? NULL
               : exchange_within(core_state(module), number, question, seconds, call_at_once);
}

/* run(id, code, seconds) */

PyObject *
call_run(PyObject *module, PyObject *args)
{
    PyObject *number, *code, *limit_object, *result = NULL;
    module_state *core = core_state(module);
    if (!PyArg_ParseTuple(args, "O!UO:run", &PyLong_Type, &number, &code, &limit_object)) {
        return NULL;
    }
    double seconds = wait_seconds(limit_object, "timeout", true);
    const char *source = seconds < 0 ? NULL : core_source(code);
    bool refused = source == NULL || PySys_Audit("interpreters.run_string", "OO", number, code) < 0;
    interpreter *target = refused ? NULL : claim(core, number);
    limit *watch = target == NULL ? NULL : limit_begin(core, target, seconds);
    if (watch != NULL) {
        result = interpreter_run(core, target, source, NULL, false);
        if (limit_end(watch)) {
            limit_explain(seconds);
        }
    }
    if (target != NULL) {
        registry_release(target);
    }
    return result;
}

/* bind(id, names): names is a dict with keys that are exact strs. */

PyObject *
call_bind(PyObject *module, PyObject *args)
{
    PyObject *number, *names;
    sharing_state *state = state_get();
    if (state == NULL ||
        !PyArg_ParseTuple(args, "O!O!:bind", &PyLong_Type, &number, &PyDict_Type, &names) ||
        PySys_Audit("interpreters.prepare_main", "O", number) < 0) {
        return NULL;
    }
    message *question = message_pack_names(state, names);
    return question == NULL
               ? NULL
               : exchange_within(core_state(module), number, question, -1, bind_inside);
}
