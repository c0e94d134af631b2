/* The Python type Queue: an object that stands for a queue, and holds it.

   QueueEmpty and QueueFull derive from classes that are in Python, and so they are, too. */

#include "queues.h"

typedef struct {
    PyObject_HEAD
    queue *held;
} queue_object;

queue *
queue_of(PyObject *object)
{
    return ((queue_object *)object)->held;
}

PyObject *
queue_object_new(sharing_state *state, queue *held)
{
    queue_object *self = PyObject_New(queue_object, state->Queue);
    if (self == NULL) {
        queue_release(held);
        return NULL;
    }
    self->held = held;
    return (PyObject *)self;
}

static void
queue_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (queue_of(self) != NULL) {
        queue_release(queue_of(self));
    }
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
queue_construct(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"id", NULL};
    PyObject *number;
    sharing_state *state = state_get();
    if (state == NULL || !PyArg_ParseTupleAndKeywords(args, kwargs, "O:Queue", names, &number)) {
        return NULL;
    }
    if (!PyLong_Check(number)) {
        return PyErr_Format(PyExc_TypeError, "queue ID must be an int, not %.200s",
                            Py_TYPE(number)->tp_name);
    }
    int overflow;
    long long id = PyLong_AsLongLongAndOverflow(number, &overflow);
    queue *held = overflow ? NULL : queue_find(id);
    if (held == NULL) {
        PyObject *digits = registry_digits(number);
        if (digits != NULL) {
            PyErr_Format(state->QueueNotFoundError,
                         "queue %U does not exist; one does as long as an object stands for it",
                         digits);
            Py_DECREF(digits);
        }
        return NULL;
    }
    queue_object *self = (queue_object *)type->tp_alloc(type, 0);
    if (self == NULL) {
        queue_release(held);
        return NULL;
    }
    self->held = held;
    return (PyObject *)self;
}

static PyObject *
queue_repr(PyObject *self)
{
    return PyUnicode_FromFormat("Queue(%lld)", (long long)queue_id(queue_of(self)));
}

static Py_hash_t
queue_hash(PyObject *self)
{
    return (Py_hash_t)queue_id(queue_of(self));
}

static PyObject *
queue_compare(PyObject *self, PyObject *other, int operation)
{
    if ((operation != Py_EQ && operation != Py_NE) || !PyObject_TypeCheck(other, Py_TYPE(self))) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return PyBool_FromLong((queue_of(self) == queue_of(other)) == (operation == Py_EQ));
}

static PyObject *
queue_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("O(L)", Py_TYPE(self), (long long)queue_id(queue_of(self)));
}

static PyObject *
queue_get_id(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLongLong(queue_id(queue_of(self)));
}

static PyObject *
queue_get_maxsize(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromSsize_t(queue_maxsize(queue_of(self)));
}

/* The constant for what becomes of an item: borrowed; NULL and an exception. 'which' is 0, 1, 2. */

static PyObject *
constant(sharing_state *state, int which)
{
    static const char *const names[] = {"UNBOUND", "UNBOUND_ERROR", "UNBOUND_REMOVE"};
    return state_import(&state->policies[which], "interpreters", names[which]);
}

static PyObject *
queue_get_unbounditems(PyObject *self, void *Py_UNUSED(closure))
{
    sharing_state *state = state_get();
    on_end told = queue_unbound(queue_of(self));
    PyObject *object = Py_None;
    if (state == NULL || (told != STAYS && (object = constant(state, told - UNBOUND)) == NULL)) {
        return NULL;
    }
    Py_INCREF(object);
    return object;
}

/*
 * Arguments
 */

/* Until when to wait, as queue_put() wants it; -2 and an exception. */

static int64_t
until_when(int block, PyObject *timeout)
{
    if (!block) {
        return 0;
    }
    if (timeout == Py_None) {
        return -1;
    }
    double seconds = wait_seconds(timeout, "timeout", false);
    if (seconds < 0) {
        return -2;
    }
    return seconds == 0 ? 0 : wait_until(seconds);
}

/* What is to become of an item, or of all that are told nothing; -2 and an exception. */

static int
policy_of(sharing_state *state, PyObject *object, on_end otherwise)
{
    if (object == Py_None) {
        return otherwise;
    }
    for (int i = 0; i < 3; i++) {
        PyObject *each = constant(state, i);
        if (each == NULL) {
            return -2;
        }
        if (each == object) {
            return UNBOUND + i;
        }
    }
    PyErr_Format(PyExc_ValueError,
                 "unbounditems must be UNBOUND, UNBOUND_ERROR, UNBOUND_REMOVE or None, not %R",
                 object);
    return -2;
}

/* Raise QueueEmpty or QueueFull. */

static PyObject *
raise_state(queue *own, const char *name, const char *format)
{
    PyObject *class = NULL;
    if (state_import(&class, "interpreters._queue_errors", name) != NULL) {
        PyErr_Format(class, format, (long long)queue_id(own));
        Py_DECREF(class);
    }
    return NULL;
}

/*
 * Methods
 */

static PyObject *
put_item(PyObject *self, PyObject *object, int64_t until, PyObject *unbound)
{
    sharing_state *state = state_get();
    queue *own = queue_of(self);
    int policy = until == -2 || state == NULL ? -2 : policy_of(state, unbound, AS_TOLD);
    if (policy == -2 || PySys_Audit("interpreters.queue.put", "L", (long long)queue_id(own)) < 0) {
        return NULL;
    }
    message *item = message_pack(state, object, "the object", true);
    if (item == NULL) {
        return NULL;
    }
    item->on_end = policy;
    int result = queue_put(own, item, until);
    if (result == 1) {
        Py_RETURN_NONE;
    }
    message_free(item);
    return result < 0 ? NULL
                      : raise_state(own, "QueueFull",
                                    "queue %lld is full; get items from it, or wait longer");
}

static PyObject *
get_item(PyObject *self, int64_t until)
{
    sharing_state *state = state_get();
    queue *own = queue_of(self);
    message *item;
    if (until == -2 || state == NULL ||
        PySys_Audit("interpreters.queue.get", "L", (long long)queue_id(own)) < 0) {
        return NULL;
    }
    int result = queue_get(own, &item, until);
    if (result <= 0) {
        return result < 0 ? NULL
                          : raise_state(own, "QueueEmpty",
                                        "queue %lld is empty; put items into it, or wait longer");
    }
    PyObject *object;
    if (item->on_end == LOST) {
        object = constant(state, 0);
        Py_XINCREF(object);
    }
    else if (item->on_end == IN_ERROR) {
        object = PyErr_Format(state->ItemInterpreterDestroyed,
                              "the interpreter that had put this item into queue %lld has been "
                              "destroyed",
                              (long long)queue_id(own));
    }
    else {
        object = message_unpack(state, item);
    }
    if (object == NULL && PyErr_ExceptionMatches(PyExc_MemoryError)) {
        queue_put_back(own, item); /* for whoever has more memory */
    }
    else {
        message_free(item);
    }
    return object;
}

PyDoc_STRVAR(put_doc,
             "put($self, /, obj, block=True, timeout=None, *, unbounditems=None)\n--\n\n"
             "Put obj into the queue, waiting for room.\n\n"
             "block: whether to wait at all; timeout: how many seconds at most, or None.\n"
             "unbounditems: what becomes of the item if this interpreter is destroyed.\n\n"
             "Raises NotShareableError if the object cannot be sent; QueueFull if there is\n"
             "    no room in time; ValueError for a negative timeout.\n\n"
             "Implements the clauses Queue.put.*.");

static PyObject *
queue_method_put(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"obj", "block", "timeout", "unbounditems", NULL};
    PyObject *object, *timeout = Py_None, *unbound = Py_None;
    int block = 1;
    if (kwargs == NULL && PyTuple_GET_SIZE(args) == 1) {
        return put_item(self, PyTuple_GET_ITEM(args, 0), -1, Py_None);
    }
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|pO$O:put", names, &object, &block, &timeout,
                                     &unbound)) {
        return NULL;
    }
    return put_item(self, object, until_when(block, timeout), unbound);
}

PyDoc_STRVAR(put_nowait_doc, "put_nowait($self, /, obj, *, unbounditems=None)\n--\n\n"
                             "The same as put(obj, block=False, unbounditems=unbounditems).\n\n"
                             "Implements the clauses Queue.put_nowait.*.");

static PyObject *
queue_method_put_nowait(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"obj", "unbounditems", NULL};
    PyObject *object, *unbound = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$O:put_nowait", names, &object, &unbound)) {
        return NULL;
    }
    return put_item(self, object, 0, unbound);
}

PyDoc_STRVAR(get_doc,
             "get($self, /, block=True, timeout=None)\n--\n\n"
             "Remove an item from the queue and return it, waiting for one.\n\n"
             "block: whether to wait at all; timeout: how many seconds at most, or None.\n\n"
             "Raises QueueEmpty if there is no item in time; ValueError for a negative\n"
             "    timeout; ItemInterpreterDestroyed for an item that was put with\n"
             "    UNBOUND_ERROR by an interpreter that is destroyed.\n\n"
             "Implements the clauses Queue.get.*.");

static PyObject *
queue_method_get(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"block", "timeout", NULL};
    PyObject *timeout = Py_None;
    int block = 1;
    if (kwargs == NULL && PyTuple_GET_SIZE(args) == 0) {
        return get_item(self, -1);
    }
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|pO:get", names, &block, &timeout)) {
        return NULL;
    }
    return get_item(self, until_when(block, timeout));
}

PyDoc_STRVAR(get_nowait_doc, "get_nowait($self, /)\n--\n\n"
                             "The same as get(block=False).\n\n"
                             "Implements the clauses Queue.get_nowait.*.");

static PyObject *
queue_method_get_nowait(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return get_item(self, 0);
}

PyDoc_STRVAR(qsize_doc, "qsize($self, /)\n--\n\n"
                        "Return how many items are in the queue, an int.\n\n"
                        "Implements the clauses Queue.qsize.*.");

static PyObject *
queue_method_qsize(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromSsize_t(queue_size(queue_of(self)));
}

PyDoc_STRVAR(empty_doc, "empty($self, /)\n--\n\n"
                        "Return True if there are no items in the queue, else False.\n\n"
                        "Implements the clauses Queue.empty.*.");

static PyObject *
queue_method_empty(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(queue_size(queue_of(self)) == 0);
}

PyDoc_STRVAR(full_doc, "full($self, /)\n--\n\n"
                       "Return True if there are maxsize items in the queue, else False.\n\n"
                       "Implements the clauses Queue.full.*.");

static PyObject *
queue_method_full(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    Py_ssize_t most = queue_maxsize(queue_of(self));
    return PyBool_FromLong(most > 0 && queue_size(queue_of(self)) >= most);
}

#define WITH_KEYWORDS(function)                                                                    \
    ((PyCFunction)(void (*)(void))(function)), METH_VARARGS | METH_KEYWORDS

static PyMethodDef queue_methods[] = {
    {"put", WITH_KEYWORDS(queue_method_put), put_doc},
    {"put_nowait", WITH_KEYWORDS(queue_method_put_nowait), put_nowait_doc},
    {"get", WITH_KEYWORDS(queue_method_get), get_doc},
    {"get_nowait", queue_method_get_nowait, METH_NOARGS, get_nowait_doc},
    {"qsize", queue_method_qsize, METH_NOARGS, qsize_doc},
    {"empty", queue_method_empty, METH_NOARGS, empty_doc},
    {"full", queue_method_full, METH_NOARGS, full_doc},
    {"__reduce__", queue_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef queue_attributes[] = {
    {"id", queue_get_id, NULL, "The ID of the queue, an int; implements Queue.id.*.", NULL},
    {"maxsize", queue_get_maxsize, NULL,
     "How many items it holds at most, 0 for any number; implements Queue.maxsize.*.", NULL},
    {"unbounditems", queue_get_unbounditems, NULL,
     "What create_queue() was told, or None; implements Queue.unbounditems.*.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(queue_doc, "Queue(id)\n--\n\n"
                        "A queue that interpreters share; implements the clauses Queue.*.\n\n"
                        "id: the ID of a queue that exists, an int.\n\n"
                        "Raises TypeError for another type; QueueNotFoundError if there is none.");

static PyType_Slot queue_slots[] = {
    {Py_tp_new, queue_construct},
    {Py_tp_dealloc, queue_dealloc},
    {Py_tp_repr, queue_repr},
    {Py_tp_hash, queue_hash},
    {Py_tp_richcompare, queue_compare},
    {Py_tp_methods, queue_methods},
    {Py_tp_getset, queue_attributes},
    {Py_tp_doc, (void *)queue_doc},
    {0, NULL},
};

static PyType_Spec queue_spec = {
    .name = "interpreters.Queue",
    .basicsize = sizeof(queue_object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = queue_slots,
};

PyTypeObject *
queue_type_new(void)
{
    return (PyTypeObject *)PyType_FromSpec(&queue_spec);
}

/* create_queue(maxsize, unbounditems) */

PyObject *
queue_create(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *maxsize, *unbound;
    sharing_state *state = state_get();
    if (state == NULL || !PyArg_ParseTuple(args, "OO:create_queue", &maxsize, &unbound)) {
        return NULL;
    }
    PyObject *number = core_index(maxsize, "maxsize");
    if (number == NULL) {
        return NULL;
    }
    int overflow;
    long long most = PyLong_AsLongLongAndOverflow(number, &overflow);
    Py_DECREF(number);
    if (overflow > 0 || most > PY_SSIZE_T_MAX) {
        most = PY_SSIZE_T_MAX;
    }
    int policy = policy_of(state, unbound, STAYS);
    queue *held = policy == -2 ? NULL : queue_new(most < 0 ? 0 : (Py_ssize_t)most, policy);
    return held == NULL ? NULL : queue_object_new(state, held);
}
