/* The traceback of a run: told as text where the exception was raised, and attached where it
   arrives, as a RemoteTraceback at the end of the chain.

   The traceback module tells it, but finds no lines of code that was run from a text. So the text
   is given to linecache for a moment, under a name that nobody else uses, and the frames that run
   code made from that text are given that name while they look their lines up. Of functions that
   an earlier run defined there is no text any more, and none is shown.

   What ends with a RemoteTraceback already has crossed from a third interpreter to the one that
   the run was in: then the text of that one is in ours, and ours takes its place. Otherwise it
   would be told once more at each crossing. */

#include "exception.h"

/*
 * There
 */

/* 'codes' are the code objects of this run: the one of the outermost frame and all that are in it.

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

/* That code, compiled. It is kept for the next exception in the same interpreter. */

static PyObject *
teller_code(void)
{
    static const char key[] = "interpreters.tell_traceback";
    PyObject *kept = PyInterpreterState_GetDict(compat_current_interpreter());
    PyObject *code = kept == NULL ? NULL : core_item(kept, key);
    if (code != NULL || PyErr_Occurred()) {
        Py_XINCREF(code);
        return code;
    }
    code = Py_CompileString(TELL_TRACEBACK, "<interpreters>", Py_file_input);
    if (code != NULL && kept != NULL && PyDict_SetItemString(kept, key, code) < 0) {
        PyErr_Clear();
    }
    return code;
}

/* What tell() returns, or NULL and no exception. */

static PyObject *
tell(PyObject *exception, PyObject *traceback, const char *source)
{
    PyObject *namespace = PyDict_New(), *result = NULL, *text = NULL;
    PyObject *code = namespace == NULL ? NULL : teller_code();
    if (code != NULL &&
        PyDict_SetItemString(namespace, "__builtins__", PyEval_GetBuiltins()) == 0) {
        result = PyEval_EvalCode(code, namespace, namespace);
    }
    PyObject *function = result == NULL ? NULL : core_item(namespace, "tell");
    if (function != NULL) {
        text = PyObject_CallFunction(function, "OOz", exception, traceback, source);
    }
    PyErr_Clear();
    if (namespace != NULL) {
        PyDict_Clear(namespace); /* or its functions keep it alive */
    }
    Py_XDECREF(code);
    Py_XDECREF(result);
    Py_XDECREF(namespace);
    return text;
}

/* The lines of the stack, or NULL and no exception. */

static PyObject *
tell_stack(PyObject *traceback)
{
    PyObject *stack = NULL, *empty = NULL, *module = PyImport_ImportModule("traceback");
    PyObject *lines =
        module == NULL ? NULL : PyObject_CallMethod(module, "format_tb", "(O)", traceback);
    if (lines != NULL) {
        empty = PyUnicode_FromString("");
    }
    if (empty != NULL) {
        stack = PyUnicode_Join(empty, lines);
    }
    PyErr_Clear();
    Py_XDECREF(empty);
    Py_XDECREF(lines);
    Py_XDECREF(module);
    return stack;
}

/* The same without the exceptions that it refers to, whose number or whose properties may be what
   the traceback module stumbles over. */

static PyObject *
tell_alone(PyObject *exception, PyObject *traceback)
{
    PyObject *stack = tell_stack(traceback), *text = NULL;
    PyObject *message = exact_text(PyObject_Str(exception), exception);
    if (message != NULL && stack != NULL) {
        text = PyUnicode_FromFormat("Traceback (most recent call last):\n%U%s: %U\n", stack,
                                    Py_TYPE(exception)->tp_name, message);
    }
    else if (message != NULL) {
        text = PyUnicode_FromFormat(
            "Traceback (most recent call last):\n  (it cannot be told)\n%s: %U\n",
            Py_TYPE(exception)->tp_name, message);
    }
    Py_XDECREF(message);
    Py_XDECREF(stack);
    return text;
}

PyObject *
traceback_tell(PyObject *exception, const char *source)
{
    PyObject *traceback = PyException_GetTraceback(exception);
    if (traceback == NULL) {
        traceback = Py_None;
        Py_INCREF(traceback);
    }
    PyObject *text = tell(exception, traceback, source);
    if (text == NULL || !PyUnicode_CheckExact(text)) {
        Py_XDECREF(text);
        text = tell_alone(exception, traceback);
    }
    Py_DECREF(traceback);
    return text;
}

/*
 * Here
 */

/* Is it a RemoteTraceback whose text is in the other text? */

static bool
is_told_in(PyObject *exception, PyObject *class, PyObject *text)
{
    PyObject *args = fields_of(exception)->args;
    return (PyObject *)Py_TYPE(exception) == class && PyTuple_GET_SIZE(args) == 1 &&
           PyUnicode_Check(PyTuple_GET_ITEM(args, 0)) &&
           PyUnicode_Find(text, PyTuple_GET_ITEM(args, 0), 0, PyUnicode_GET_LENGTH(text), 1) >= 0;
}

/* The last exception of the chain that a traceback shows, but for a RemoteTraceback that is told
   in the text: borrowed. In a chain that closes on itself, the last one before it does, or so. */

static PyObject *
last_of_chain(PyObject *exception, Py_ssize_t most, PyObject *remote, PyObject *text)
{
    PyObject *before = NULL;
    for (Py_ssize_t i = 1; i < most; i++) {
        PyObject *next = PyException_GetCause(exception);
        bool is_cause = next != NULL;
        if (next == NULL && !fields_of(exception)->suppress_context) {
            next = PyException_GetContext(exception);
        }
        if (next == NULL) {
            break;
        }
        before = is_cause ? exception : NULL;
        exception = next;
        Py_DECREF(next); /* the one before it has it */
    }
    return before != NULL && is_told_in(exception, remote, text) ? before : exception;
}

void
traceback_attach(module_state *state, PyObject *exception, PyObject *text, Py_ssize_t most)
{
    PyTypeObject *class = (PyTypeObject *)state->RemoteTraceback;
    PyObject *args = class == NULL ? NULL : PyTuple_Pack(1, text);
    PyObject *remote =
        args == NULL ? NULL : ((PyTypeObject *)PyExc_Exception)->tp_new(class, args, NULL);
    if (remote != NULL) {
        PyObject *end = last_of_chain(exception, most, state->RemoteTraceback, text);
        PyException_SetCause(end, remote);
    }
    Py_XDECREF(args);
    PyErr_Clear();
}

static PyObject *
remote_traceback_str(PyObject *self)
{
    PyObject *args = fields_of(self)->args;
    if (args == NULL || PyTuple_GET_SIZE(args) != 1) {
        return ((PyTypeObject *)PyExc_Exception)->tp_str(self);
    }
    return PyUnicode_FromFormat("\n\"\"\"\n%S\"\"\"", PyTuple_GET_ITEM(args, 0));
}

PyDoc_STRVAR(remote_traceback_doc,
             "RemoteTraceback(text)\n--\n\n"
             "The traceback of an exception in the interpreter that raised it, as text.\n\n"
             "It ends the chain of causes of an exception that came from another interpreter, so\n"
             "that a traceback printed here shows what happened there.");

PyObject *
exception_new_remote_traceback(void)
{
    PyType_Slot slots[] = {
        {Py_tp_str, remote_traceback_str},
        {Py_tp_doc, (void *)remote_traceback_doc},
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = MODULE_NAME ".RemoteTraceback",
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
        .slots = slots,
    };
    PyObject *bases = PyTuple_Pack(1, PyExc_Exception);
    PyObject *class = bases == NULL ? NULL : PyType_FromSpecWithBases(&spec, bases);
    Py_XDECREF(bases);
    return class;
}
