/* Any other objects, by pickle.

   What pickle cannot say, and this module's text promises, is in ../interpreters/_pickling.py:
   functions and classes by value, memoryviews, queues. It is imported where something is sent that
   is not native. What is sent is read by the C part of pickle alone, so that an interpreter that
   only receives needs nothing but what the pickle names.

   Buffers that objects pickle out of band are attached as loans, and those objects are made over
   them: no copy of the memory is made. */

#include "queues.h"

/* attach(thing), which _pickling.dumps() calls: thing is a buffer or a queue. */

static PyObject *
attach(PyObject *capsule, PyObject *thing)
{
    message *to = PyCapsule_GetPointer(capsule, NULL);
    sharing_state *state = to == NULL ? NULL : state_get();
    if (state == NULL) {
        return NULL;
    }
    int result;
    if (Py_TYPE(thing) == state->Queue) {
        queue_hold(queue_of(thing));
        result = message_attach(to, NULL, queue_of(thing));
    }
    else {
        loan *lent = loan_make(thing, false);
        result = lent == NULL ? -1 : message_attach(to, lent, NULL);
    }
    if (result < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef attach_method = {"attach", attach, METH_O, NULL};

int
pickled_describe(sharing_state *state, message *to, PyObject *object)
{
    PyObject *dumps = state_import(&state->dumps, "interpreters._pickling", "dumps");
    PyObject *capsule = dumps == NULL ? NULL : PyCapsule_New(to, NULL, NULL);
    PyObject *function = capsule == NULL ? NULL : PyCFunction_New(&attach_method, capsule);
    PyObject *bytes = NULL;
    int result = -1;
    if (function != NULL) {
        bytes = PyObject_CallFunctionObjArgs(dumps, object, function, NULL);
    }
    if (bytes != NULL && !PyBytes_Check(bytes)) { /* somebody has replaced dumps() */
        PyErr_SetString(PyExc_TypeError, "interpreters._pickling.dumps() must return bytes");
        Py_CLEAR(bytes);
    }
    if (bytes != NULL) {
        Py_ssize_t size = PyBytes_GET_SIZE(bytes);
        result = message_put_size(to, (size_t)size) < 0 ||
                         message_put(to, PyBytes_AS_STRING(bytes), (size_t)size) < 0
                     ? -1
                     : 0;
    }
    Py_XDECREF(bytes);
    Py_XDECREF(function);
    Py_XDECREF(capsule);
    return result;
}

/* The attached buffers, in their order, as a list. */

static PyObject *
make_buffers(sharing_state *state, const message *from)
{
    PyObject *buffers = PyList_New(0);
    for (size_t i = 0; i < from->attached && buffers != NULL; i++) {
        if (from->attachments[i].lent == NULL) {
            continue;
        }
        PyObject *buffer = buffer_new(state, from->attachments[i].lent);
        PyObject *wrapped = buffer == NULL ? NULL : PyPickleBuffer_FromObject(buffer);
        if (wrapped == NULL || PyList_Append(buffers, wrapped) < 0) {
            Py_CLEAR(buffers);
        }
        Py_XDECREF(wrapped);
        Py_XDECREF(buffer);
    }
    return buffers;
}

PyObject *
pickled_make(sharing_state *state, reader *in)
{
    Py_ssize_t size = (Py_ssize_t)reader_size(in);
    PyObject *loads = state_import(&state->loads, "_pickle", "loads"), *result = NULL;
    PyObject *view = NULL, *buffers = NULL, *args = NULL, *kwargs = NULL;
    if (loads != NULL) {
        view = PyMemoryView_FromMemory((char *)in->at, size, PyBUF_READ);
        buffers = view == NULL ? NULL : make_buffers(state, in->from);
        args = buffers == NULL ? NULL : PyTuple_Pack(1, view);
        kwargs = args == NULL ? NULL : Py_BuildValue("{sO}", "buffers", buffers);
    }
    if (kwargs != NULL) {
        result = PyObject_Call(loads, args, kwargs);
    }
    Py_XDECREF(kwargs);
    Py_XDECREF(args);
    Py_XDECREF(buffers);
    Py_XDECREF(view);
    return result;
}

/* The words of explain(); NULL and an exception. */

static PyObject *
words_of(PyObject *object, const char *name)
{
    PyObject *module = PyImport_ImportModule("interpreters._explain");
    PyObject *words = NULL;
    if (module != NULL) {
        words = PyObject_CallMethod(module, "explain", "Os", object, name);
        Py_DECREF(module);
    }
    return words;
}

/* Is it the exception by which another thread interrupts this run? Nor is that one of the object's
   making. */

static bool
is_from_outside(PyObject *exception)
{
    const visit *stay = visit_innermost();
    return stay != NULL && exception != NULL && stay->target->raised == exception;
}

/* After a RecursionError nobody looks further: there is no room for that. */

void
pickled_explain(sharing_state *state, PyObject *object, const char *name, bool overflowed)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return;
    }
    bool too_deep = PyErr_ExceptionMatches(PyExc_RecursionError);
    PyObject *cause = compat_take_exception();
    if (is_from_outside(cause)) {
        compat_set_exception(cause);
        return;
    }
    compat_set_overflowed(overflowed);
    PyObject *words = too_deep ? PyUnicode_FromFormat("%s: nests too deeply for pickle", name)
                               : words_of(object, name);
    if (words == NULL && pass_over_exception(overflowed)) {
        words = PyUnicode_FromFormat("%s cannot be shared", name);
    }
    if (words != NULL) {
        PyErr_SetObject(state->NotShareableError, words);
    }
    Py_XDECREF(words);
    PyObject *error = compat_take_exception();
    if (error != NULL) {
        PyException_SetCause(error, cause);
        compat_set_exception(error);
    }
    else {
        Py_XDECREF(cause);
    }
}
