/* Objects described in bytes, and made anew.

   A message is a sequence of bytes and what these refer to: loans of memory, and queues. It is made
   in one interpreter and read in another, as often as one likes, and freed in any. What is plain is
   described in C (natives.c). As soon as anything in an object is not, the whole of it is pickled
   (pickled.c): only so does what occurs in it several times stay one object.

   Bytes of some size are not put into the message but lent, so that they are copied once, when they
   are made anew. What can change is lent, too, if the sender waits for that, as a caller does;
   otherwise it is copied as it is now. */

#include "queues.h"

static message *
message_new(sharing_state *state, bool delayed)
{
    if (LOSES_MODULES && state->ends) {
        PyErr_SetString(state->NotShareableError, "the interpreter is being finalized");
        return NULL;
    }
    message *own = malloc(sizeof(*own));
    if (own == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    own->next = NULL;
    own->sender = state->id;
    own->on_end = STAYS;
    own->delayed = delayed;
    own->lends = false;
    own->size = 0;
    own->capacity = sizeof(own->room);
    own->bytes = own->room;
    own->attached = own->attachable = 0;
    own->attachments = NULL;
    own->noted = 0;
    return own;
}

static void
let_go(const attachment *own)
{
    if (own->lent != NULL) {
        loan_release(own->lent);
    }
    else if (own->held != NULL) {
        queue_release(own->held);
    }
}

/* Make the message an empty one again. */

static void
message_clear(message *own)
{
    for (size_t i = 0; i < own->attached; i++) {
        let_go(&own->attachments[i]);
    }
    own->attached = 0;
    own->size = 0;
    own->lends = false;
}

void
message_free(message *own)
{
    if (own == NULL) {
        return;
    }
    message_clear(own);
    if (own->bytes != own->room) {
        free(own->bytes);
    }
    free(own->attachments);
    free(own);
}

static int
make_room(message *to, size_t size)
{
    size_t capacity = to->capacity * 2 > to->size + size ? to->capacity * 2 : to->size + size;
    char *bytes = realloc(to->bytes == to->room ? NULL : to->bytes, capacity);
    if (bytes == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (to->bytes == to->room) {
        memcpy(bytes, to->room, to->size);
    }
    to->bytes = bytes;
    to->capacity = capacity;
    return 0;
}

int
message_put(message *to, const void *bytes, size_t size)
{
    if (size > to->capacity - to->size && make_room(to, size) < 0) {
        return -1;
    }
    if (size > 0) {
        memcpy(to->bytes + to->size, bytes, size);
        to->size += size;
    }
    return 0;
}

int
message_put_size(message *to, size_t size)
{
    return message_put(to, &size, sizeof(size));
}

int
message_attach(message *to, loan *lent, queue *held)
{
    if (to->attached == to->attachable) {
        size_t attachable = to->attachable * 2 + 2;
        attachment *grown = realloc(to->attachments, attachable * sizeof(*grown));
        if (grown == NULL) {
            let_go(&(attachment){lent, held});
            PyErr_NoMemory();
            return -1;
        }
        to->attachments = grown;
        to->attachable = attachable;
    }
    to->attachments[to->attached++] = (attachment){lent, held};
    return 0;
}

bool
pass_over_exception(bool overflowed)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return false;
    }
    PyErr_Clear();
    compat_set_overflowed(overflowed);
    return true;
}

/* Whether the objects in a call or a message are described by natives.c, or by one pickle. */

enum {
    NATIVE = 'n',
    PICKLED = 'p'
};

static int
describe(sharing_state *state, message *to, PyObject *object)
{
    char kind = NATIVE;
    message_put(to, &kind, 1); /* there is room */
    int native = natives_describe(state, to, object);
    if (native != 0) {
        return native < 0 ? -1 : 0;
    }
    message_clear(to);
    kind = PICKLED;
    message_put(to, &kind, 1);
    return pickled_describe(state, to, object);
}

message *
message_pack(sharing_state *state, PyObject *object, const char *name, bool delayed)
{
    bool overflowed = compat_has_overflowed();
    message *own = message_new(state, delayed);
    if (own != NULL && describe(state, own, object) < 0) {
        message_free(own);
        pickled_explain(state, object, name, overflowed);
        return NULL;
    }
    return own;
}

/* Which of the parts of a call cannot be described, which have names of their own: its index, or
   that of the last. */

static int
find_culprit(sharing_state *state, PyObject *const *parts, int count)
{
    int which = 0;
    while (which < count - 1) {
        message *trial = message_new(state, false);
        bool fine = trial != NULL && describe(state, trial, parts[which]) == 0;
        message_free(trial);
        if (!fine) {
            PyErr_Clear();
            break;
        }
        which++;
    }
    return which;
}

static void
explain_call(sharing_state *state, PyObject *callable, PyObject *args, PyObject *kwargs,
             bool overflowed)
{
    static const char *const names[] = {"callable", "args", "kwargs"};
    PyObject *const parts[] = {callable, args, kwargs};
    int which = 2;
    if (PyErr_ExceptionMatches(PyExc_Exception) && !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyObject *exception = compat_take_exception();
        which = find_culprit(state, parts, 3);
        if (exception != NULL) {
            compat_set_exception(exception);
        }
    }
    pickled_explain(state, parts[which], names[which], overflowed);
}

message *
message_pack_call(sharing_state *state, PyObject *callable, PyObject *args, PyObject *kwargs,
                  bool delayed)
{
    bool overflowed = compat_has_overflowed();
    PyObject *pairs =
        kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0 ? PyDict_Items(kwargs) : PyList_New(0);
    PyObject *items = pairs == NULL ? NULL : PyList_AsTuple(pairs);
    PyObject *call = items == NULL ? NULL : PyTuple_Pack(3, callable, args, items);
    message *own = call == NULL ? NULL : message_new(state, delayed);
    if (own != NULL && describe(state, own, call) < 0) {
        message_free(own);
        own = NULL;
        explain_call(state, callable, args, kwargs == NULL ? items : kwargs, overflowed);
    }
    Py_XDECREF(call);
    Py_XDECREF(items);
    Py_XDECREF(pairs);
    return own;
}

message *
message_pack_names(sharing_state *state, PyObject *names)
{
    bool overflowed = compat_has_overflowed();
    PyObject *pairs = PyDict_Items(names), *items = NULL;
    message *own = NULL;
    if (pairs != NULL) {
        items = PyList_AsTuple(pairs);
    }
    if (items != NULL) {
        own = message_new(state, false);
    }
    if (own != NULL && describe(state, own, items) < 0) {
        message_free(own);
        own = NULL;
        pickled_explain(state, names, "ns", overflowed);
    }
    Py_XDECREF(items);
    Py_XDECREF(pairs);
    return own;
}

PyObject *
message_unpack(sharing_state *state, const message *from)
{
    reader in = {.from = from, .at = from->bytes + 1};
    return from->bytes[0] == NATIVE ? natives_make(state, &in) : pickled_make(state, &in);
}
