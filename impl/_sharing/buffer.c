/* The Python object that looks into a loan.

   It exports the memory as the lender's object does: with its format, its shape and its strides,
   and read-only if that is so. What is seen of it is the memoryview, the PickleBuffer or the array
   that is made over it. */

#include "sharing.h"

typedef struct {
    PyObject_HEAD
    loan *lent;
} buffer_object;

static int
refuse(Py_buffer *view, const char *why)
{
    view->obj = NULL;
    PyErr_SetString(PyExc_BufferError, why);
    return -1;
}

/* Is the flag set, of which several may share bits? */

static bool
wants(int flags, int flag)
{
    return (flags & flag) == flag;
}

static int
buffer_export(PyObject *self, Py_buffer *view, int flags)
{
    const Py_buffer *lent = loan_view(((buffer_object *)self)->lent);
    if (wants(flags, PyBUF_WRITABLE) && lent->readonly) {
        return refuse(view, "the memory is read-only");
    }
    if ((wants(flags, PyBUF_C_CONTIGUOUS) || !wants(flags, PyBUF_STRIDES)) &&
        !PyBuffer_IsContiguous(lent, 'C')) {
        return refuse(view, "the memory is not C-contiguous");
    }
    if (wants(flags, PyBUF_F_CONTIGUOUS) && !PyBuffer_IsContiguous(lent, 'F')) {
        return refuse(view, "the memory is not Fortran contiguous");
    }
    if (wants(flags, PyBUF_ANY_CONTIGUOUS) && !PyBuffer_IsContiguous(lent, 'A')) {
        return refuse(view, "the memory is not contiguous");
    }
    *view = *lent;
    view->internal = NULL;
    view->suboffsets = NULL;
    if (!wants(flags, PyBUF_FORMAT)) {
        view->format = NULL;
    }
    if (!wants(flags, PyBUF_STRIDES)) {
        view->strides = NULL;
    }
    if (!wants(flags, PyBUF_ND)) {
        view->ndim = 1;
        view->shape = NULL;
    }
    Py_INCREF(self);
    view->obj = self;
    return 0;
}

static void
buffer_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    loan_release(((buffer_object *)self)->lent);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot buffer_slots[] = {
    {Py_tp_dealloc, buffer_dealloc},
    {Py_tp_doc, "Memory that an object of another interpreter has lent."},
    {0, NULL},
};

static PyType_Spec buffer_spec = {
    .name = "interpreters._sharing.Buffer",
    .basicsize = sizeof(buffer_object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = buffer_slots,
};

PyTypeObject *
buffer_new_type(void)
{
    PyTypeObject *type = (PyTypeObject *)PyType_FromSpec(&buffer_spec);
    if (type != NULL) { /* 3.8 has no slot for it */
        type->tp_as_buffer->bf_getbuffer = buffer_export;
        type->tp_new = NULL;
    }
    return type;
}

PyObject *
buffer_new(sharing_state *state, loan *lent)
{
    buffer_object *self = PyObject_New(buffer_object, state->Buffer);
    if (self != NULL) {
        loan_hold(lent);
        self->lent = lent;
    }
    return (PyObject *)self;
}
