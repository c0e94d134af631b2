/* Objects of plain types, described in C: a letter for the type, and what there is to tell.

   Only instances of the very types are native: a subclass may hold anything. Functions and classes
   are told by their names, as pickle does it, if their module has them under these; those of
   __main__ are not, for every interpreter has a __main__ of its own.

   An object of which there is one, whoever looks, such as a bytearray, is told once: if it occurs
   again, the whole is left to pickle.

   How deeply containers nest does not matter: they are told, and made, without recursion. */

#include "queues.h"

/* The letters. */
enum {
    NONE = 'N',
    FALSE = '0',
    TRUE = '1',
    SMALL = 'i', /* an int of 64 bits */
    LARGE = 'I', /* in hexadecimal */
    FLOAT = 'f',
    COMPLEX = 'c',
    STR = 's',
    BYTES = 'b',
    BYTEARRAY = 'y',
    ARRAY = 'a',
    TUPLE = 't',
    FROZENSET = 'z',
    GLOBAL = 'g',
    MEMORYVIEW = 'm',
    PICKLEBUFFER = 'p',
    QUEUE = 'q',
};

/* Whether memory follows in the message, or is a loan. */
enum {
    HERE = 'h',
    LENT = 'l'
};

/* From how many bytes on memory is lent: less is copied twice as fast as it is lent. */
#define LEND_FROM 65536

static int
put_letter(message *to, char letter)
{
    return message_put(to, &letter, 1) < 0 ? -1 : 1;
}

static int
put_plain(message *to, char letter, const void *bytes, size_t size)
{
    return put_letter(to, letter) < 0 || message_put(to, bytes, size) < 0 ? -1 : 1;
}

/*
 * Numbers and text
 */

static int
describe_int(message *to, PyObject *object)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (!overflow) {
        int64_t small = value;
        return put_plain(to, SMALL, &small, sizeof(small));
    }
    PyObject *digits = PyNumber_ToBase(object, 16);
    if (digits == NULL) {
        return -1;
    }
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(digits, &size);
    int result = text == NULL || put_letter(to, LARGE) < 0 ||
                         message_put_size(to, (size_t)size + 1) < 0 ||
                         message_put(to, text, (size_t)size + 1) < 0
                     ? -1
                     : 1;
    Py_DECREF(digits);
    return result;
}

static int
describe_complex(message *to, PyObject *object)
{
    Py_complex value = PyComplex_AsCComplex(object);
    return put_plain(to, COMPLEX, &value, sizeof(value));
}

/* With the largest character, from which follows how they are laid out. */

static int
describe_str(message *to, PyObject *object)
{
    if (PyUnicode_READY(object) < 0) {
        return -1;
    }
    Py_UCS4 largest = PyUnicode_MAX_CHAR_VALUE(object);
    size_t length = (size_t)PyUnicode_GET_LENGTH(object);
    return put_plain(to, STR, &largest, sizeof(largest)) < 0 || message_put_size(to, length) < 0 ||
                   message_put(to, PyUnicode_DATA(object),
                               length * (size_t)PyUnicode_KIND(object)) < 0
               ? -1
               : 1;
}

static PyObject *
make_str(reader *in)
{
    Py_UCS4 largest;
    memcpy(&largest, in->at, sizeof(largest));
    in->at += sizeof(largest);
    size_t length = reader_size(in);
    PyObject *text = PyUnicode_New((Py_ssize_t)length, largest);
    if (text != NULL && length > 0) {
        size_t size = length * (size_t)PyUnicode_KIND(text);
        memcpy(PyUnicode_DATA(text), in->at, size);
        in->at += size;
    }
    return text;
}

static PyObject *
make_large(reader *in)
{
    size_t size = reader_size(in);
    PyObject *number = PyLong_FromString(in->at, NULL, 0);
    in->at += size;
    return number;
}

/*
 * Memory
 */

/* Note an object that is to be told once. False if it has been noted before, or there is no more
   room for notes. */

static bool
note_once(message *to, PyObject *object)
{
    for (int i = 0; i < to->noted; i++) {
        if (to->notes[i] == object) {
            return false;
        }
    }
    if (to->noted == (int)(sizeof(to->notes) / sizeof(to->notes[0]))) {
        return false;
    }
    to->notes[to->noted++] = object;
    return true;
}

static int
attach_loan(message *to, PyObject *object, bool snapshot)
{
    loan *lent = loan_make(object, snapshot);
    return lent == NULL || message_attach(to, lent, NULL) < 0 ? -1 : 1;
}

/* The content of an object that arrives as a copy. */

static int
describe_content(message *to, PyObject *object, bool changes)
{
    Py_buffer view;
    if (PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    int result;
    if (view.len < LEND_FROM) {
        result = put_letter(to, HERE) < 0 || message_put_size(to, (size_t)view.len) < 0 ||
                         message_put(to, view.buf, (size_t)view.len) < 0
                     ? -1
                     : 1;
    }
    else {
        size_t index = to->attached;
        to->lends = to->lends || !(changes && to->delayed);
        result = put_plain(to, LENT, &index, sizeof(index)) < 0 ||
                         attach_loan(to, object, changes && to->delayed) < 0
                     ? -1
                     : 1;
    }
    PyBuffer_Release(&view);
    return result;
}

/* Where the content is, and how much of it there is. */

static const char *
read_content(reader *in, size_t *size)
{
    char where = *in->at++;
    size_t number = reader_size(in);
    if (where == LENT) {
        const Py_buffer *view = loan_view(in->from->attachments[number].lent);
        *size = (size_t)view->len;
        return view->buf;
    }
    const char *content = in->at;
    in->at += number;
    *size = number;
    return content;
}

/* An empty one grows, for if there is no memory for one of that size CPython says first that it is
   in use, to standard error. */

static PyObject *
make_bytearray(const char *content, size_t size)
{
    PyObject *made = PyByteArray_FromStringAndSize(NULL, 0);
    if (made != NULL && PyByteArray_Resize(made, (Py_ssize_t)size) < 0) {
        Py_CLEAR(made);
    }
    if (made != NULL && size > 0) {
        compat_will_fill(PyByteArray_AS_STRING(made), size);
        memcpy(PyByteArray_AS_STRING(made), content, size);
    }
    return made;
}

static PyObject *
make_plain_bytes(const char *content, size_t size)
{
    if (size <= 1) { /* of these there is one each */
        return PyBytes_FromStringAndSize(content, (Py_ssize_t)size);
    }
    PyObject *made = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    if (made != NULL) {
        compat_will_fill(PyBytes_AS_STRING(made), size);
        memcpy(PyBytes_AS_STRING(made), content, size);
    }
    return made;
}

static PyObject *
make_bytes(reader *in, bool mutable)
{
    size_t size;
    const char *content = read_content(in, &size);
    return mutable ? make_bytearray(content, size) : make_plain_bytes(content, size);
}

/* array.array, of which the C API knows nothing; looked up only once somebody has imported it. */

static PyObject *
array_class(sharing_state *state)
{
    if (state->array == NULL && loaded_module("array") != NULL) {
        state_import(&state->array, "array", "array");
        PyErr_Clear();
    }
    return state->array;
}

static int
describe_array(message *to, PyObject *object)
{
    PyObject *typecode = PyObject_GetAttrString(object, "typecode");
    int result = -1;
    if (typecode != NULL && PyUnicode_CheckExact(typecode)) {
        result = put_letter(to, ARRAY) < 0 || describe_str(to, typecode) < 0
                     ? -1
                     : describe_content(to, object, true);
    }
    else if (typecode != NULL) {
        result = 0; /* not the class that one would think */
    }
    Py_XDECREF(typecode);
    return result;
}

static PyObject *
make_array(sharing_state *state, reader *in)
{
    size_t size;
    in->at++;
    PyObject *typecode = make_str(in), *array = NULL, *view = NULL, *result = NULL;
    if (typecode == NULL) { /* it has not been read to its end */
        return NULL;
    }
    const char *content = read_content(in, &size);
    PyObject *class = state_import(&state->array, "array", "array");
    if (class != NULL) {
        array = PyObject_CallFunctionObjArgs(class, typecode, NULL);
    }
    if (array != NULL) {
        view = PyMemoryView_FromMemory((char *)content, (Py_ssize_t)size, PyBUF_READ);
    }
    if (view != NULL) {
        result = PyObject_CallMethod(array, "frombytes", "O", view);
    }
    if (result == NULL) {
        Py_CLEAR(array);
    }
    Py_XDECREF(result);
    Py_XDECREF(view);
    Py_DECREF(typecode);
    return array;
}

/* An object that arrives over the same memory. */

static int
describe_view(message *to, char letter, PyObject *object)
{
    size_t index = to->attached;
    return put_plain(to, letter, &index, sizeof(index)) < 0 ? -1 : attach_loan(to, object, false);
}

static PyObject *
make_view(sharing_state *state, reader *in, bool pickle_buffer)
{
    PyObject *buffer = buffer_new(state, in->from->attachments[reader_size(in)].lent);
    PyObject *view = NULL;
    if (buffer != NULL) {
        view = pickle_buffer ? PyPickleBuffer_FromObject(buffer) : PyMemoryView_FromObject(buffer);
        Py_DECREF(buffer);
    }
    return view;
}

/*
 * Functions and classes
 */

/* What the module of that name has under a qualified name: a new reference, or NULL and perhaps an
   exception. The module is imported if need be, and if 'import'. */

static PyObject *
find_global(PyObject *module_name, PyObject *qualname, bool import)
{
    if (import) { /* or waited for, if another thread is importing it */
        PyObject *top = PyImport_ImportModuleLevelObject(module_name, NULL, NULL, NULL, 0);
        if (top == NULL) {
            return NULL;
        }
        Py_DECREF(top);
    }
    PyObject *found = compat_imported_module(module_name);
    if (found == NULL ||
        PyUnicode_FindChar(qualname, '.', 0, PyUnicode_GET_LENGTH(qualname), 1) < 0) {
        PyObject *value = found == NULL ? NULL : PyObject_GetAttr(found, qualname);
        Py_XDECREF(found);
        return value;
    }
    PyObject *dot = PyUnicode_FromString("."), *names = NULL;
    if (dot != NULL) {
        names = PyUnicode_Split(qualname, dot, -1);
    }
    for (Py_ssize_t i = 0; found != NULL && names != NULL && i < PyList_GET_SIZE(names); i++) {
        Py_SETREF(found, PyObject_GetAttr(found, PyList_GET_ITEM(names, i)));
    }
    if (names == NULL) {
        Py_CLEAR(found);
    }
    Py_XDECREF(names);
    Py_XDECREF(dot);
    return found;
}

/* Does the name stand for the module __main__, as "__mp_main__" may? */

static bool
is_main(PyObject *module_name)
{
    if (PyUnicode_GET_LENGTH(module_name) < 2 || PyUnicode_READ_CHAR(module_name, 0) != '_' ||
        PyUnicode_READ_CHAR(module_name, 1) != '_') {
        return false;
    }
    PyObject *main_module = loaded_module("__main__"),
             *module = compat_imported_module(module_name);
    bool same =
        module == main_module || PyUnicode_CompareWithASCIIString(module_name, "__main__") == 0;
    Py_XDECREF(module);
    return same;
}

static bool
is_global(PyObject *object, PyObject *module_name, PyObject *qualname)
{
    if (module_name == NULL || qualname == NULL || !PyUnicode_CheckExact(module_name) ||
        !PyUnicode_CheckExact(qualname) || is_main(module_name)) {
        return false;
    }
    PyObject *found = find_global(module_name, qualname, false);
    Py_XDECREF(found);
    return found == object;
}

/* 0 as well if it cannot be told whether there is such a name. */

static int
describe_global(message *to, PyObject *object)
{
    bool overflowed = compat_has_overflowed();
    PyObject *module_name = PyObject_GetAttrString(object, "__module__");
    PyObject *qualname =
        module_name == NULL ? NULL : PyObject_GetAttrString(object, "__qualname__");
    int result = is_global(object, module_name, qualname);
    if (PyErr_Occurred()) {
        result = pass_over_exception(overflowed) ? 0 : -1;
    }
    if (result > 0) {
        result = put_letter(to, GLOBAL) < 0 || describe_str(to, module_name) < 0 ||
                         describe_str(to, qualname) < 0
                     ? -1
                     : 1;
    }
    Py_XDECREF(qualname);
    Py_XDECREF(module_name);
    return result;
}

static PyObject *
make_global(reader *in)
{
    PyObject *found = NULL, *qualname = NULL;
    in->at++;
    PyObject *module_name = make_str(in);
    if (module_name != NULL) { /* else it has not been read to its end */
        in->at++;
        qualname = make_str(in);
    }
    if (qualname != NULL) {
        found = find_global(module_name, qualname, true);
        if (found == NULL && !PyErr_Occurred()) {
            PyErr_Format(PyExc_ImportError, "module %R is not in sys.modules", module_name);
        }
    }
    Py_XDECREF(qualname);
    Py_XDECREF(module_name);
    return found;
}

/*
 * All of them
 */

static int
describe_queue(message *to, PyObject *object)
{
    size_t index = to->attached;
    queue *held = queue_of(object);
    queue_hold(held);
    return message_attach(to, NULL, held) < 0 ? -1 : put_plain(to, QUEUE, &index, sizeof(index));
}

static PyObject *
make_queue(sharing_state *state, reader *in)
{
    queue *held = in->from->attachments[reader_size(in)].held;
    queue_hold(held);
    return queue_object_new(state, held);
}

/* Of the types that are looked for less often. */

static int
describe_other(sharing_state *state, message *to, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (type == state->Queue) {
        return describe_queue(to, object);
    }
    if (PyFunction_Check(object) || PyCFunction_Check(object) || PyType_Check(object)) {
        return describe_global(to, object);
    }
    bool is_array = (PyObject *)type == array_class(state);
    if (type != &PyByteArray_Type && !is_array && type != &PyMemoryView_Type &&
        type != &PyPickleBuffer_Type) {
        return 0;
    }
    if (!note_once(to, object)) {
        return 0;
    }
    if (is_array) {
        return describe_array(to, object);
    }
    if (type == &PyByteArray_Type) {
        return put_letter(to, BYTEARRAY) < 0 ? -1 : describe_content(to, object, true);
    }
    return describe_view(to, type == &PyMemoryView_Type ? MEMORYVIEW : PICKLEBUFFER, object);
}

/* Anything but a container. */

static int
describe_single(sharing_state *state, message *to, PyObject *object)
{
    if (object == Py_None) {
        return put_letter(to, NONE);
    }
    if (PyLong_CheckExact(object)) {
        return describe_int(to, object);
    }
    if (PyUnicode_CheckExact(object)) {
        return describe_str(to, object);
    }
    if (PyFloat_CheckExact(object)) {
        double value = PyFloat_AS_DOUBLE(object);
        return put_plain(to, FLOAT, &value, sizeof(value));
    }
    if (PyBool_Check(object)) {
        return put_letter(to, object == Py_True ? TRUE : FALSE);
    }
    if (PyBytes_CheckExact(object)) {
        return put_letter(to, BYTES) < 0 ? -1 : describe_content(to, object, false);
    }
    if (PyComplex_CheckExact(object)) {
        return describe_complex(to, object);
    }
    return describe_other(state, to, object);
}

static PyObject *
make_number(char letter, reader *in)
{
    if (letter == SMALL) {
        int64_t value;
        memcpy(&value, in->at, sizeof(value));
        in->at += sizeof(value);
        return PyLong_FromLongLong(value);
    }
    if (letter == FLOAT) {
        double value;
        memcpy(&value, in->at, sizeof(value));
        in->at += sizeof(value);
        return PyFloat_FromDouble(value);
    }
    Py_complex value;
    memcpy(&value, in->at, sizeof(value));
    in->at += sizeof(value);
    return PyComplex_FromCComplex(value);
}

static PyObject *
make_single(sharing_state *state, char letter, reader *in)
{
    switch (letter) {
    case NONE:
        Py_RETURN_NONE;
    case FALSE:
        Py_RETURN_FALSE;
    case TRUE:
        Py_RETURN_TRUE;
    case LARGE:
        return make_large(in);
    case STR:
        return make_str(in);
    case BYTES:
    case BYTEARRAY:
        return make_bytes(in, letter == BYTEARRAY);
    case ARRAY:
        return make_array(state, in);
    case GLOBAL:
        return make_global(in);
    case MEMORYVIEW:
    case PICKLEBUFFER:
        return make_view(state, in, letter == PICKLEBUFFER);
    case QUEUE:
        return make_queue(state, in);
    default:
        return make_number(letter, in);
    }
}

/*
 * Containers, which may nest more deeply than calls may
 */

/* Those that are being described, or made: the innermost is the last. */
typedef struct {
    PyObject *tuple; /* owned; of a frozenset, its elements */
    Py_ssize_t next;
    bool is_set;
} level;

typedef struct {
    Py_ssize_t depth, room;
    level *levels;
    level first[8];
} nest;

static void
nest_begin(nest *own)
{
    own->depth = 0;
    own->room = sizeof(own->first) / sizeof(own->first[0]);
    own->levels = own->first;
}

/* Steals the tuple, which may be NULL. 0, or -1 and an exception. */

static int
nest_push(nest *own, PyObject *tuple, bool is_set)
{
    if (tuple != NULL && own->depth == own->room) {
        bool first = own->levels == own->first;
        size_t size = 2 * (size_t)own->room * sizeof(level);
        level *grown = realloc(first ? NULL : own->levels, size);
        if (grown == NULL) {
            Py_DECREF(tuple);
            PyErr_NoMemory();
            return -1;
        }
        if (first) {
            memcpy(grown, own->first, sizeof(own->first));
        }
        own->levels = grown;
        own->room *= 2;
    }
    if (tuple == NULL) {
        return -1;
    }
    own->levels[own->depth++] = (level){tuple, 0, is_set};
    return 0;
}

static void
nest_end(nest *own)
{
    while (own->depth > 0) {
        Py_DECREF(own->levels[--own->depth].tuple);
    }
    if (own->levels != own->first) {
        free(own->levels);
    }
}

/* Describe the object, or if it is a container, that it is one, and push it. */

static int
describe_or_push(sharing_state *state, message *to, nest *containers, PyObject *object)
{
    bool is_set = PyFrozenSet_CheckExact(object);
    if (!is_set && !PyTuple_CheckExact(object)) {
        return describe_single(state, to, object);
    }
    if (nest_push(containers, PySequence_Tuple(object), is_set) < 0) {
        return -1;
    }
    size_t size = (size_t)PyTuple_GET_SIZE(containers->levels[containers->depth - 1].tuple);
    return put_letter(to, is_set ? FROZENSET : TUPLE) < 0 || message_put_size(to, size) < 0 ? -1
                                                                                            : 1;
}

int
natives_describe(sharing_state *state, message *to, PyObject *object)
{
    nest containers;
    nest_begin(&containers);
    int result = describe_or_push(state, to, &containers, object);
    while (result > 0 && containers.depth > 0) {
        level *inner = &containers.levels[containers.depth - 1];
        if (inner->next == PyTuple_GET_SIZE(inner->tuple)) {
            containers.depth--;
            Py_DECREF(inner->tuple);
            continue;
        }
        PyObject *item = PyTuple_GET_ITEM(inner->tuple, inner->next++);
        result = describe_or_push(state, to, &containers, item);
    }
    nest_end(&containers);
    return result;
}

/* What a container that is complete has become: it is popped. NULL and an exception. */

static PyObject *
nest_pop(nest *own)
{
    level complete = own->levels[--own->depth];
    if (!complete.is_set) {
        return complete.tuple;
    }
    PyObject *set = PyFrozenSet_New(complete.tuple);
    Py_DECREF(complete.tuple);
    return set;
}

PyObject *
natives_make(sharing_state *state, reader *in)
{
    nest containers;
    PyObject *object;
    nest_begin(&containers);
    for (;;) {
        char letter = *in->at++;
        if (letter == TUPLE || letter == FROZENSET) {
            PyObject *tuple = PyTuple_New((Py_ssize_t)reader_size(in));
            if (nest_push(&containers, tuple, letter == FROZENSET) < 0) {
                object = NULL;
                break;
            }
            object = NULL;
        }
        else if ((object = make_single(state, letter, in)) == NULL) {
            break;
        }
        while (containers.depth > 0) { /* give it to the innermost, which may be complete then */
            level *inner = &containers.levels[containers.depth - 1];
            if (object != NULL) {
                PyTuple_SET_ITEM(inner->tuple, inner->next++, object);
                object = NULL;
            }
            if (inner->next < PyTuple_GET_SIZE(inner->tuple)) {
                break;
            }
            if ((object = nest_pop(&containers)) == NULL) {
                break;
            }
        }
        if (containers.depth == 0 || PyErr_Occurred()) {
            break;
        }
    }
    nest_end(&containers);
    return object;
}
