/* Describe an exception in the interpreter that raised it: see exception.h for the description.

   Whatever is read here may be hostile: a __str__ or a __repr__ that raises, a chain that bites
   its tail, a group of groups without end. So each step has something to fall back on, and each
   number has a limit. The last resort is an exception's class alone. */

#include "exception.h"

#include <marshal.h>
#include <stdatomic.h>
#include <stdlib.h>

/*
 * Plain data
 */

/* Of exact types only: marshal would take a subclass for its base, and any buffer for bytes. */

static bool
is_atom(PyObject *object)
{
    return object == Py_None || PyBool_Check(object) || PyLong_CheckExact(object) ||
           PyUnicode_CheckExact(object) || PyFloat_CheckExact(object) ||
           PyBytes_CheckExact(object) || PyComplex_CheckExact(object);
}

static bool is_plain(PyObject *object, int depth, Py_ssize_t *budget);

static bool
are_plain(PyObject *iterable, int depth, Py_ssize_t *budget)
{
    PyObject *iterator = PyObject_GetIter(iterable), *item;
    bool plain = iterator != NULL;
    while (plain && (item = PyIter_Next(iterator)) != NULL) {
        plain = is_plain(item, depth, budget);
        Py_DECREF(item);
    }
    Py_XDECREF(iterator);
    PyErr_Clear();
    return plain;
}

/* Would marshal give back an equal object? */

static bool
is_plain(PyObject *object, int depth, Py_ssize_t *budget)
{
    if (is_atom(object)) {
        return --*budget > 0;
    }
    if (depth == 0 || --*budget <= 0) {
        return false;
    }
    if (PyTuple_CheckExact(object) || PyList_CheckExact(object) || PyAnySet_CheckExact(object)) {
        return are_plain(object, depth - 1, budget);
    }
    if (PyDict_CheckExact(object)) {
        PyObject *key, *value;
        for (Py_ssize_t i = 0; PyDict_Next(object, &i, &key, &value);) {
            if (!is_plain(key, depth - 1, budget) || !is_plain(value, depth - 1, budget)) {
                return false;
            }
        }
        return true;
    }
    return false;
}

static bool
is_plain_data(PyObject *object)
{
    Py_ssize_t budget = MOST_DATA;
    return is_plain(object, DEEPEST_DATA, &budget);
}

/* An exact str from what repr() or str() gave, which is consumed; or a stand-in if they failed. */

static PyObject *
exact_text(PyObject *text, PyObject *object)
{
    if (text != NULL) {
        PyObject *exact = PyUnicode_FromObject(text);
        Py_DECREF(text);
        return exact;
    }
    PyErr_Clear();
    return PyUnicode_FromFormat("<unprintable %.200s object>", Py_TYPE(object)->tp_name);
}

static bool
is_group(PyObject *exception)
{
    PyObject *group = compat_exception_group();
    return group != NULL && PyObject_TypeCheck(exception, (PyTypeObject *)group);
}

/* What can be carried but is not plain data is pickled. A class of __main__ is unknown to every
   caller, so that its instances need not be tried. */

static PyObject *
pickle(PyObject *object)
{
    PyObject *home = PyObject_GetAttrString((PyObject *)Py_TYPE(object), "__module__");
    bool hopeless = home != NULL && PyUnicode_Check(home) &&
                    PyUnicode_CompareWithASCIIString(home, "__main__") == 0;
    PyObject *module = hopeless ? NULL : PyImport_ImportModule("pickle");
    PyObject *bytes =
        module == NULL ? NULL : PyObject_CallMethod(module, "dumps", "Oi", object, -1);
    if (bytes != NULL && !PyBytes_CheckExact(bytes)) {
        Py_CLEAR(bytes);
    }
    PyErr_Clear();
    Py_XDECREF(module);
    Py_XDECREF(home);
    return bytes;
}

/* The description in the making: the exceptions found so far, what is known of them, and the
   pickles of the one that is being described. */

typedef struct {
    PyObject *found;   /* a list */
    PyObject *indexes; /* {address: index} */
    PyObject *depths;  /* a list of how many groups each is in */
    PyObject *members; /* a set of the addresses of groups that are members of a group */
    PyObject *pickles; /* a list */
    bool wary;         /* of data that can change: it has changed behind our back before */
} survey;

/* The object itself, if it is plain data. If not, note its pickle, and return NULL without an
   exception. */

static PyObject *
describe_value(survey *all, PyObject *object, part where, PyObject *key)
{
    if (all->wary ? is_atom(object) : is_plain_data(object)) {
        Py_INCREF(object);
        return object;
    }
    PyObject *bytes = pickle(object);
    PyObject *entry = bytes == NULL ? NULL : Py_BuildValue("(iOO)", (int)where, key, bytes);
    if (entry != NULL) {
        PyList_Append(all->pickles, entry);
    }
    PyErr_Clear();
    Py_XDECREF(entry);
    Py_XDECREF(bytes);
    return NULL;
}

static PyObject *
describe_argument(survey *all, PyObject *object, Py_ssize_t index)
{
    PyObject *key = PyLong_FromSsize_t(index);
    PyObject *plain = key == NULL ? NULL : describe_value(all, object, ARGS, key);
    Py_XDECREF(key);
    return plain != NULL ? plain : exact_text(PyObject_Repr(object), object);
}

static PyObject *
describe_args(survey *all, PyObject *exception)
{
    PyObject *args = fields_of(exception)->args;
    if (args == NULL || !PyTuple_Check(args) || is_group(exception)) {
        return PyTuple_New(0); /* of a group, the message and the members say it */
    }
    Py_INCREF(args); /* a __repr__ may replace them */
    PyObject *plain = PyTuple_New(PyTuple_GET_SIZE(args));
    for (Py_ssize_t i = 0; plain != NULL && i < PyTuple_GET_SIZE(args); i++) {
        PyObject *item = describe_argument(all, PyTuple_GET_ITEM(args, i), i);
        if (item == NULL) {
            Py_CLEAR(plain);
        }
        else {
            PyTuple_SET_ITEM(plain, i, item);
        }
    }
    Py_DECREF(args);
    return plain;
}

/*
 * One exception
 */

/* An attribute of a class as an exact str; of a class that hides it, what C knows. */

static PyObject *
class_text(PyTypeObject *class, const char *attribute, const char *otherwise)
{
    PyObject *text = PyObject_GetAttrString((PyObject *)class, attribute);
    if (text != NULL && PyUnicode_Check(text)) {
        return exact_text(text, (PyObject *)class);
    }
    PyErr_Clear();
    Py_XDECREF(text);
    return PyUnicode_FromString(otherwise);
}

static PyObject *
describe_classes(PyObject *exception)
{
    PyTypeObject *own = Py_TYPE(exception);
    PyObject *mro = own->tp_mro; /* of which a metaclass may have made anything */
    PyObject *classes = PyList_New(0);
    Py_INCREF(own); /* for a metaclass may also change it as soon as it is asked for something */
    Py_INCREF(mro);
    for (Py_ssize_t i = -1; classes != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *type = i < 0 ? own : (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!PyExceptionClass_Check((PyObject *)type) || (i >= 0 && type == own)) {
            continue;
        }
        PyObject *pair = Py_BuildValue("(NN)", class_text(type, "__module__", "?"),
                                       class_text(type, "__qualname__", type->tp_name));
        if (pair == NULL || PyList_Append(classes, pair) < 0) {
            Py_CLEAR(classes);
        }
        Py_XDECREF(pair);
    }
    Py_DECREF(mro);
    Py_DECREF(own);
    return classes;
}

/* A field of a built-in class, some of which must be a str, an int or bytes: so of an instance of
   a subclass of these, that is what counts. Else its repr(). */

static PyObject *
simplify_field(PyObject *value)
{
    if (PyUnicode_Check(value)) {
        return PyUnicode_FromObject(value);
    }
    if (PyBytes_Check(value)) {
        return PyBytes_FromStringAndSize(PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value));
    }
    if (PyLong_Check(value)) {
        return PyLong_Type.tp_as_number->nb_positive(value);
    }
    return exact_text(PyObject_Repr(value), value);
}

static PyObject *
describe_field(survey *all, PyObject *exception, const class_fields *known, const char *name)
{
    PyObject *value = get_field(exception, *known->class, name);
    if (value == NULL || value == Py_None) {
        Py_XDECREF(value);
        return NULL;
    }
    PyObject *key = known->simple ? NULL : PyUnicode_FromString(name);
    PyObject *plain = key == NULL ? NULL : describe_value(all, value, FIELDS, key);
    if (plain == NULL) {
        plain = simplify_field(value);
    }
    Py_XDECREF(key);
    Py_DECREF(value);
    return plain;
}

static PyObject *
describe_fields(survey *all, PyObject *exception)
{
    PyObject *fields = PyDict_New();
    for (size_t i = 0; i < KNOWN_CLASSES && fields != NULL; i++) {
        PyObject *class = *KNOWN_FIELDS[i].class;
        if (!PyObject_TypeCheck(exception, (PyTypeObject *)class)) {
            continue;
        }
        for (const char *const *name = KNOWN_FIELDS[i].names; *name != NULL; name++) {
            PyObject *plain = describe_field(all, exception, &KNOWN_FIELDS[i], *name);
            if (plain == NULL || PyDict_SetItemString(fields, *name, plain) < 0) {
                PyErr_Clear();
            }
            Py_XDECREF(plain);
        }
    }
    return fields;
}

/* The notes: a list, each element a str or its repr(). */

static PyObject *
describe_notes(PyObject *notes)
{
    PyObject *sequence = PyList_GetSlice(notes, 0, PyList_GET_SIZE(notes));
    for (Py_ssize_t i = 0; sequence != NULL && i < PyList_GET_SIZE(sequence); i++) {
        PyObject *note = PyList_GET_ITEM(sequence, i);
        if (is_atom(note)) {
            continue;
        }
        PyObject *text = PyUnicode_Check(note) ? PyUnicode_FromObject(note)
                                               : exact_text(PyObject_Repr(note), note);
        if (text == NULL) {
            Py_CLEAR(sequence);
        }
        else {
            PyList_SetItem(sequence, i, text);
        }
    }
    return sequence;
}

static PyObject *
describe_attribute(survey *all, PyObject *name, PyObject *value)
{
    if (PyList_Check(value) && PyUnicode_CompareWithASCIIString(name, "__notes__") == 0) {
        return describe_notes(value);
    }
    return describe_value(all, value, ATTRIBUTES, name);
}

static PyObject *
describe_attributes(survey *all, PyObject *exception)
{
    PyObject *attributes = PyDict_New();
    PyObject *own = fields_of(exception)->dict;
    /* A copy: describing a note may run code that changes the original. */
    own = own == NULL || attributes == NULL ? NULL : PyDict_Copy(own);
    if (own == NULL) {
        PyErr_Clear();
    }
    PyObject *name, *value;
    for (Py_ssize_t i = 0; own != NULL && PyDict_Next(own, &i, &name, &value);) {
        PyObject *plain = PyUnicode_CheckExact(name) ? describe_attribute(all, name, value) : NULL;
        if (plain == NULL || PyDict_SetItem(attributes, name, plain) < 0) {
            PyErr_Clear();
        }
        Py_XDECREF(plain);
    }
    Py_XDECREF(own);
    return attributes;
}

/* The index of an exception, which is added if it is new; -1 if there is none or no more room. */

static long
survey_index(survey *all, PyObject *exception, long depth)
{
    if (exception == NULL || !PyExceptionInstance_Check(exception)) {
        return -1;
    }
    long index = -1;
    PyObject *address = PyLong_FromVoidPtr(exception), *number = NULL, *level = NULL;
    PyObject *known = address == NULL ? NULL : PyDict_GetItemWithError(all->indexes, address);
    if (known != NULL) {
        index = PyLong_AsLong(known);
    }
    else if (address != NULL && PyList_GET_SIZE(all->found) < MOST_EXCEPTIONS &&
             depth <= DEEPEST_GROUP) {
        index = (long)PyList_GET_SIZE(all->found);
        number = PyLong_FromLong(index);
        level = PyLong_FromLong(depth);
        if (number == NULL || level == NULL || PyDict_SetItem(all->indexes, address, number) < 0 ||
            PyList_Append(all->depths, level) < 0 || PyList_Append(all->found, exception) < 0) {
            index = -1;
        }
        mend_unicode_error(exception);
    }
    PyErr_Clear();
    Py_XDECREF(level);
    Py_XDECREF(number);
    Py_XDECREF(address);
    return index;
}

/* May the exception be a member here? A group is one only once: what shows a group shows its
   members wherever they are, and groups that are several times in groups that are several times in
   groups would never end. */

static bool
may_be_member(survey *all, PyObject *exception)
{
    if (!is_group(exception)) {
        return true;
    }
    PyObject *address = PyLong_FromVoidPtr(exception);
    bool known = address == NULL || PySet_Contains(all->members, address) != 0;
    known = known || PySet_Add(all->members, address) < 0;
    PyErr_Clear();
    Py_XDECREF(address);
    return !known;
}

static PyObject *
describe_members(survey *all, PyObject *members, long depth)
{
    PyObject *indexes = PyList_New(0);
    for (Py_ssize_t i = 0; indexes != NULL && i < PyTuple_GET_SIZE(members); i++) {
        PyObject *member = PyTuple_GET_ITEM(members, i), *number = NULL;
        long index = may_be_member(all, member) ? survey_index(all, member, depth + 1) : -1;
        if (index >= 0) {
            number = PyLong_FromLong(index);
        }
        if (number != NULL && PyList_Append(indexes, number) < 0) {
            Py_CLEAR(indexes);
        }
        Py_XDECREF(number);
    }
    return indexes;
}

static PyObject *
describe_group(survey *all, PyObject *exception, long depth)
{
    if (!is_group(exception)) {
        Py_RETURN_NONE;
    }
    PyObject *members = get_field(exception, compat_exception_group(), "exceptions");
    PyObject *message = get_field(exception, compat_exception_group(), "message"), *result = NULL;
    if (members != NULL && PyTuple_Check(members) && message != NULL && PyUnicode_Check(message)) {
        result = Py_BuildValue("(NN)", PyUnicode_FromObject(message),
                               describe_members(all, members, depth));
    }
    Py_XDECREF(message);
    Py_XDECREF(members);
    return result;
}

static long
index_and_release(survey *all, PyObject *exception, long depth)
{
    long index = survey_index(all, exception, depth);
    Py_XDECREF(exception);
    return index;
}

static PyObject *
describe_text(PyObject *exception)
{
    PyObject *text = PyObject_Str(exception);
    if (text == NULL) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    return exact_text(text, exception);
}

static PyObject *
describe_one(survey *all, PyObject *exception, long depth)
{
    all->pickles = PyList_New(0);
    if (all->pickles == NULL) {
        return NULL;
    }
    PyObject *group = describe_group(all, exception, depth);
    long cause = index_and_release(all, PyException_GetCause(exception), depth);
    long context = index_and_release(all, PyException_GetContext(exception), depth);
    PyObject *classes = describe_classes(exception), *args = describe_args(all, exception);
    PyObject *text = describe_text(exception), *fields = describe_fields(all, exception);
    PyObject *attributes = describe_attributes(all, exception);
    bool suppress = fields_of(exception)->suppress_context;
    return Py_BuildValue("(NNNNNllNNN)", classes, args, text, fields, attributes, cause, context,
                         PyBool_FromLong(suppress), group, all->pickles);
}

/*
 * The traceback
 */

/* The traceback module finds no lines of code that was run from a text. So the text is given to
   linecache for a moment, under a name that nobody else uses, and the frames that run code made
   from that text are given that name while they look their lines up. Of functions that an earlier
   run defined there is no text any more, and none is shown. 'codes' are the code objects of this
   run: the one of the outermost frame and all that are in it.

   A group that is the member of groups is told as often as there are ways to it, which may be more
   often than anybody can wait for: None. */

static const char TELL_TRACEBACK[] =
    "import builtins, linecache\n"
    "from traceback import TracebackException, walk_tb\n"
    "\n"
    "def is_vast(exception):\n"
    "    group = getattr(builtins, 'BaseExceptionGroup', ())\n"
    "    told, seen = [exception], set()\n"
    "    for each in told:\n"
    "        for link in each.__cause__, each.__context__:\n"
    "            if link is not None and id(link) not in seen:\n"
    "                seen.add(id(link))\n"
    "                told.append(link)\n"
    "        if isinstance(each, group):\n"
    "            told.extend(each.exceptions)\n"
    "        if len(told) > 20_000:\n"
    "            return True\n"
    "\n"
    "def look_lines_up(summary, exception, codes, name):\n"
    "    told = [(summary, exception)]\n"
    "    for summary, exception in told:\n"
    "        for line, (frame, _) in zip(summary.stack, walk_tb(exception.__traceback__)):\n"
    "            if id(frame.f_code) in codes:\n"
    "                line.filename, saved = name, line.filename\n"
    "                line.line\n"
    "                line.filename = saved\n"
    "        for link in '__cause__', '__context__':\n"
    "            if getattr(summary, link) is not None:\n"
    "                told.append((getattr(summary, link), getattr(exception, link)))\n"
    "        if getattr(summary, 'exceptions', None):\n"
    "            told.extend(zip(summary.exceptions, exception.exceptions))\n"
    "\n"
    "def tell(exception, traceback, text):\n"
    "    if is_vast(exception):\n"
    "        return None\n"
    "    summary = TracebackException(type(exception), exception, traceback, lookup_lines=False)\n"
    "    codes = [traceback.tb_frame.f_code] if traceback and text else []\n"
    "    if codes and codes[0].co_filename == '<string>' and codes[0].co_name == '<module>':\n"
    "        for code in codes:\n"
    "            codes.extend(each for each in code.co_consts if type(each) is type(code))\n"
    "        name = '<command %d>' % id(codes)\n"
    "        lines = text.replace('\\r\\n', '\\n').replace('\\r', '\\n').split('\\n')\n"
    "        linecache.cache[name] = len(text), None, lines, name\n"
    "        try:\n"
    "            look_lines_up(summary, exception, set(map(id, codes)), name)\n"
    "        finally:\n"
    "            del linecache.cache[name]\n"
    "    return ''.join(summary.format())\n";

/* That code, compiled. It is compiled once in the process and kept marshalled: compiling takes
   longer than all the rest. */

static PyObject *
teller_code(void)
{
    static atomic_uintptr_t kept; /* a Py_ssize_t and the bytes */
    const char *memory = (const char *)atomic_load(&kept);
    if (memory != NULL) {
        Py_ssize_t size;
        memcpy(&size, memory, sizeof(size));
        return PyMarshal_ReadObjectFromString(memory + sizeof(size), size);
    }
    PyObject *code = Py_CompileString(TELL_TRACEBACK, "<interpreters>", Py_file_input);
    PyObject *bytes = code == NULL ? NULL : PyMarshal_WriteObjectToString(code, Py_MARSHAL_VERSION);
    if (bytes != NULL) {
        Py_ssize_t size = PyBytes_GET_SIZE(bytes);
        char *copy = malloc(sizeof(size) + (size_t)size);
        uintptr_t none = 0;
        if (copy != NULL) {
            memcpy(copy, &size, sizeof(size));
            memcpy(copy + sizeof(size), PyBytes_AS_STRING(bytes), (size_t)size);
            if (!atomic_compare_exchange_strong(&kept, &none, (uintptr_t)copy)) {
                free(copy);
            }
        }
        Py_DECREF(bytes);
    }
    return code;
}

/* What tell() returns, or NULL and an exception. */

static PyObject *
tell_traceback(PyObject *exception, PyObject *traceback, const char *source)
{
    PyObject *namespace = PyDict_New(), *result = NULL, *text = NULL;
    PyObject *code = namespace == NULL ? NULL : teller_code();
    if (code != NULL &&
        PyDict_SetItemString(namespace, "__builtins__", PyEval_GetBuiltins()) == 0) {
        result = PyEval_EvalCode(code, namespace, namespace);
    }
    PyObject *tell = result == NULL ? NULL : PyDict_GetItemString(namespace, "tell");
    if (tell != NULL) {
        text = PyObject_CallFunction(tell, "OOz", exception, traceback, source);
    }
    if (namespace != NULL) {
        PyDict_Clear(namespace); /* or its functions keep it alive */
    }
    Py_XDECREF(code);
    Py_XDECREF(result);
    Py_XDECREF(namespace);
    return text;
}

/* The same without the exceptions that it refers to, whose number or whose properties may be what
   the traceback module stumbles over. */

static PyObject *
tell_alone(PyObject *exception, PyObject *traceback)
{
    PyObject *module = PyImport_ImportModule("traceback");
    PyObject *lines =
        module == NULL ? NULL : PyObject_CallMethod(module, "format_tb", "(O)", traceback);
    PyObject *empty = PyUnicode_FromString("");
    PyObject *stack = lines == NULL || empty == NULL ? NULL : PyUnicode_Join(empty, lines);
    if (stack == NULL) {
        PyErr_Clear();
        stack = PyUnicode_FromString("  (it cannot be told)\n");
    }
    PyObject *message = exact_text(PyObject_Str(exception), exception), *text = NULL;
    if (stack != NULL && message != NULL) {
        text = PyUnicode_FromFormat("Traceback (most recent call last):\n%U%s: %U\n", stack,
                                    Py_TYPE(exception)->tp_name, message);
    }
    Py_XDECREF(message);
    Py_XDECREF(stack);
    Py_XDECREF(empty);
    Py_XDECREF(lines);
    Py_XDECREF(module);
    return text;
}

static PyObject *
describe_traceback(PyObject *exception, const char *source)
{
    PyObject *traceback = PyException_GetTraceback(exception);
    if (traceback == NULL) {
        traceback = Py_None;
        Py_INCREF(traceback);
    }
    PyObject *text = tell_traceback(exception, traceback, source);
    if (text == NULL || !PyUnicode_CheckExact(text)) {
        PyErr_Clear();
        Py_XDECREF(text);
        text = tell_alone(exception, traceback);
    }
    Py_DECREF(traceback);
    return text;
}

/*
 * All of them
 */

static PyObject *
describe_all(PyObject *exception, const char *source, bool wary)
{
    survey all = {PyList_New(0), PyDict_New(), PyList_New(0), PySet_New(NULL), NULL, wary};
    PyObject *nodes = PyList_New(0);
    PyObject *result = NULL;
    if (all.found == NULL || all.indexes == NULL || all.depths == NULL || all.members == NULL ||
        nodes == NULL || survey_index(&all, exception, 0) != 0) {
        goto done;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(all.found); i++) { /* it grows meanwhile */
        long depth = PyLong_AsLong(PyList_GET_ITEM(all.depths, i));
        PyObject *node = describe_one(&all, PyList_GET_ITEM(all.found, i), depth);
        int failed = node == NULL || PyList_Append(nodes, node) < 0;
        Py_XDECREF(node);
        if (failed) {
            goto done;
        }
    }
    result = Py_BuildValue("(NN)", nodes, describe_traceback(exception, source));
    nodes = NULL;

done:
    Py_XDECREF(nodes);
    Py_XDECREF(all.members);
    Py_XDECREF(all.depths);
    Py_XDECREF(all.indexes);
    Py_XDECREF(all.found);
    return result;
}

/* The class alone, of an exception that is too large. */

static PyObject *
describe_class_alone(PyObject *exception)
{
    static const char text[] = "(too large to be carried)";
    return Py_BuildValue("([(N()s{}{}iiOO[])]s)", describe_classes(exception), text, -1, -1,
                         Py_False, Py_None, text);
}

/* Describe it in bytes: in full; or if that fails, because somebody adds to a list that was plain
   data a moment ago, in less; or by a few words. */

static PyObject *
marshal_description(PyObject *exception, const char *source)
{
    PyObject *bytes = NULL;
    for (int attempt = 0; bytes == NULL && attempt < 3; attempt++) {
        PyErr_Clear();
        PyObject *description = attempt < 2 ? describe_all(exception, source, attempt > 0)
                                            : describe_class_alone(exception);
        if (description != NULL) {
            bytes = PyMarshal_WriteObjectToString(description, Py_MARSHAL_VERSION);
            Py_DECREF(description);
        }
    }
    return bytes;
}

char *
exception_describe(const char *source, Py_ssize_t *size)
{
    char *copy = NULL;
    PyObject *exception = compat_take_exception();
    PyObject *bytes = exception == NULL ? NULL : marshal_description(exception, source);
    if (bytes != NULL) {
        *size = PyBytes_GET_SIZE(bytes);
        copy = malloc((size_t)*size);
        if (copy != NULL) {
            memcpy(copy, PyBytes_AS_STRING(bytes), (size_t)*size);
        }
    }
    Py_XDECREF(bytes);
    Py_XDECREF(exception);
    PyErr_Clear();
    return copy;
}
