/* Call an object of one interpreter with text that another one writes.

   The object stays where it is, in a table of its interpreter, and the other has a number for it.
   To call it, the OS thread goes there: back, if it has come from there, or else as a guest. What
   the object raises is described there and raised where the text was written. */

#include "sharing.h"

/* Whether anything has ever been redirected: else there is nothing to flush. */
static atomic_bool used;

/* register_stream(callable) -> token */

PyObject *
streams_register(PyObject *module, PyObject *callable)
{
    static atomic_llong last;
    sharing_state *state = state_get();
    if (state == NULL) {
        return NULL;
    }
    int64_t id = atomic_load(&state->id);
    if (!registry_is_ours(id)) {
        return PyErr_Format(core_state(module)->InterpreterError,
                            "interpreter %lld was not made by this module, which cannot call back "
                            "there: redirect the stream to an object of another",
                            (long long)id);
    }
    if (state->streams == NULL && (state->streams = PyDict_New()) == NULL) {
        return NULL;
    }
    PyObject *token = PyLong_FromLongLong(atomic_fetch_add(&last, 1));
    if (token != NULL && PyDict_SetItem(state->streams, token, callable) < 0) {
        Py_CLEAR(token);
    }
    return token;
}

/* forget_stream(token) */

PyObject *
streams_forget(PyObject *Py_UNUSED(module), PyObject *token)
{
    sharing_state *state = state_get();
    if (state != NULL && state->streams != NULL && PyDict_DelItem(state->streams, token) < 0) {
        PyErr_Clear();
    }
    Py_RETURN_NONE;
}

/* flush_with(callable): what to call when a run of this interpreter ends, or None. */

PyObject *
streams_flush_with(PyObject *Py_UNUSED(module), PyObject *callable)
{
    sharing_state *state = state_get();
    if (state == NULL) {
        return NULL;
    }
    PyObject *before = state->flush;
    Py_INCREF(callable);
    state->flush = callable;
    Py_XDECREF(before);
    atomic_store(&used, true);
    Py_RETURN_NONE;
}

void
streams_run_ends(void)
{
    if (!atomic_load(&used)) {
        return;
    }
    PyObject *exception = compat_take_exception();
    sharing_state *state = state_get();
    if (state != NULL && state->flush != NULL && state->flush != Py_None) {
        PyObject *result = PyObject_CallObject(state->flush, NULL);
        if (result == NULL) {
            PyErr_WriteUnraisable(state->flush);
        }
        Py_XDECREF(result);
    }
    PyErr_Clear();
    if (exception != NULL) {
        compat_set_exception(exception);
    }
}

/* A text on its way, and what came back. */
typedef struct {
    long long token;
    const message *text;
    char *description; /* of what the object has raised, or NULL */
    Py_ssize_t size;
} delivery;

/* In the interpreter of the object: call it. */

static void
deliver(void *argument)
{
    delivery *own = argument;
    sharing_state *state = state_get();
    PyObject *number = PyLong_FromLongLong(own->token), *callable = NULL, *words = NULL;
    if (state != NULL && number != NULL && state->streams != NULL) {
        callable = PyDict_GetItemWithError(state->streams, number);
        Py_XINCREF(callable);
    }
    Py_XDECREF(number);
    if (callable != NULL && (words = message_unpack(state, own->text)) != NULL) {
        PyObject *result = PyObject_CallFunctionObjArgs(callable, words, NULL);
        Py_XDECREF(result);
    }
    Py_XDECREF(words);
    Py_XDECREF(callable);
    if (PyErr_Occurred()) {
        own->description = exception_describe(NULL, &own->size);
    }
}

/* write_stream(owner, token, text) */

PyObject *
streams_write(PyObject *module, PyObject *args)
{
    long long owner, token;
    PyObject *words;
    sharing_state *state = state_get();
    if (state == NULL || !PyArg_ParseTuple(args, "LLU:write_stream", &owner, &token, &words)) {
        return NULL;
    }
    message *text = message_pack(state, words, "the text", true);
    if (text == NULL) {
        return NULL;
    }
    delivery own = {token, text, NULL, 0};
    beside(owner, deliver, &own); /* if that is gone, the text has nowhere to go */
    message_free(text);
    if (own.description != NULL) {
        exception_raise(core_state(module), own.description, own.size, owner);
        return NULL;
    }
    Py_RETURN_NONE;
}
