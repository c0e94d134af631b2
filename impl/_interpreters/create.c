/* Create an interpreter.

   CPython makes one that is nearly what the text promises; the rest is done here, inside the new
   interpreter, before anybody else knows its ID:

       watch       the registry is told if somebody else ends it
       threading   code that another OS thread runs is not a stranger's there (3.13+)
       sys         sys.path and sys.argv are those of the interpreter that asked for it
       fork        os.fork refuses, where CPython would let it end the child process (3.9-3.11)
       extensions  loading one does no harm later (3.12, 3.13)

   Before that, what could make CPython end the process instead of failing is tried: memory, file
   descriptors, and tracemalloc, which before 3.12 would wait for ever.

   What is taken over from the main interpreter (its PyConfig) says whether to import site, and
   nothing else does. So those that want site and those that do not are not made at the same time:
   the registry keeps them apart. And since it is the main interpreter's that is taken, no other
   one is current while one is made. The main interpreter is, if it was, and keeps its GIL: CPython
   takes a lock for which other threads wait without giving theirs up, and while tracemalloc is
   tracing it asks for the GIL again (3.12+). */

#include "attendant.h"
#include "internals.h"

#include <marshal.h>
#include <stdlib.h>

/* Somebody else may end an interpreter of ours: the registry is told by a capsule in a dict that
   dies with the interpreter. */

#define CAPSULE_NAME "interpreters._interpreters.interpreter"

static void
on_freed(PyObject *capsule)
{
    registry_was_ended(PyCapsule_GetPointer(capsule, CAPSULE_NAME));
}

static int
watch(interpreter *entry)
{
    PyObject *dict = PyInterpreterState_GetDict(entry->interp);
    PyObject *capsule = dict == NULL ? NULL : PyCapsule_New(entry, CAPSULE_NAME, on_freed);
    int result = -1;
    if (capsule != NULL) {
        result = PyDict_SetItemString(dict, CAPSULE_NAME, capsule);
        Py_DECREF(capsule);
    }
    return result;
}

/* A list in sys as a new list of its strings; empty if there is none. NULL and an exception. */

static PyObject *
strings_of(const char *name)
{
    PyObject *list = compat_sys_object(name);
    PyObject *strings = PyErr_Occurred() ? NULL : PyList_New(0);
    for (Py_ssize_t i = 0;
         strings != NULL && list != NULL && PyList_Check(list) && i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        if (!PyUnicode_Check(item)) {
            continue;
        }
        PyObject *exact = PyUnicode_FromObject(item);
        if (exact == NULL || PyList_Append(strings, exact) < 0) {
            Py_CLEAR(strings);
        }
        Py_XDECREF(exact);
    }
    return strings;
}

/* What a new interpreter gets from the one that asks for it, as bytes that any can read. */

struct heritage {
    Py_ssize_t size;
    char bytes[];
};

static struct heritage *
pack_heritage(void)
{
    struct heritage *copy = NULL;
    PyObject *path = strings_of("path"), *argv = path == NULL ? NULL : strings_of("argv");
    PyObject *pair = argv == NULL ? NULL : PyTuple_Pack(2, path, argv);
    PyObject *packed = pair == NULL ? NULL : PyMarshal_WriteObjectToString(pair, 2);
    if (packed != NULL) {
        copy = malloc(sizeof(*copy) + (size_t)PyBytes_GET_SIZE(packed));
    }
    if (copy != NULL) {
        copy->size = PyBytes_GET_SIZE(packed);
        memcpy(copy->bytes, PyBytes_AS_STRING(packed), (size_t)copy->size);
    }
    Py_XDECREF(packed);
    Py_XDECREF(pair);
    Py_XDECREF(argv);
    Py_XDECREF(path);
    return copy;
}

static int
unpack_heritage(const struct heritage *packed)
{
    PyObject *pair = PyMarshal_ReadObjectFromString(packed->bytes, packed->size);
    if (pair == NULL) {
        return -1;
    }
    int result = PySys_SetObject("path", PyTuple_GET_ITEM(pair, 0)) < 0 ||
                         PySys_SetObject("argv", PyTuple_GET_ITEM(pair, 1)) < 0
                     ? -1
                     : 0;
    Py_DECREF(pair);
    return result;
}

/* For want of memory, it has those of the one that was current when it was made. */

void
interpreter_inherit(interpreter *target)
{
    if (unpack_heritage(target->heritage) < 0) {
        PyErr_Clear();
    }
    free(target->heritage);
    target->heritage = NULL;
}

static int
furnish(interpreter *entry, const struct heritage *heritage, bool isolated)
{
    if (watch(entry) < 0 || visit_drop_seat_at_exit(entry) < 0 || compat_prepare_threading() < 0 ||
        unpack_heritage(heritage) < 0) {
        return -1;
    }
    if (FORK_TO_BE_TAKEN_AWAY && process_take_fork_away() < 0) {
        return -1;
    }
    return isolated ? extensions_prepare() : 0;
}

/* Make the interpreter of an entry, whose seat it gets. False, and why, if there is none. */

static bool
make(interpreter *entry, const struct heritage *heritage, bool isolated, const char **why)
{
    passage back = {.from = compat_attached_thread_state()};
    PyThreadState *seat;
    if (compat_interpreter_of(back.from) != PyInterpreterState_Main()) {
        compat_swap(NULL);
    }
    if (!compat_new_interpreter(isolated, &seat, why)) {
        if (compat_attached_thread_state() != back.from) {
            compat_swap(back.from);
        }
        return false;
    }
    back.callbacks = internals_bind_callbacks(seat);
    entry->interp = compat_interpreter_of(seat);
    entry->id = PyInterpreterState_GetID(entry->interp);
    entry->shares = internals_shares_memory(entry->interp);
    entry->status = CLOSING; /* until it is complete */
    if (furnish(entry, heritage, isolated) < 0) {
        *why = "out of memory"; /* as good as certainly */
        PyErr_Clear();
        Py_EndInterpreter(seat);
        visit_come_back(back);
        return false;
    }
    visit stay = {.target = entry, .back = back, .inside = seat};
    entry->seat_thread = visit_thread();
    visit_begin(&stay);
    visit_leave(&stay);
    return true;
}

/* Is it possible at all to create an interpreter? */

static bool
is_possible(bool isolated, const char **why)
{
    if (!process_has_room(why)) {
        return false;
    }
    if ((TRACEMALLOC_HANGS || isolated) && internals_traces_memory()) {
        *why = "tracemalloc is tracing, which CPython cannot bear then; call tracemalloc.stop()";
        return false;
    }
    return true;
}

/* Wait for the creations to end that want otherwise about site. False if the process is ending. */

static bool
begin_creation(creation *ticket)
{
    for (;;) {
        switch (registry_begin_creation(ticket)) {
        case BEGUN:
            return true;
        case CLOSED:
            return false;
        case WAIT:
            Py_BEGIN_ALLOW_THREADS
            compat_sleep(200);
            Py_END_ALLOW_THREADS
        }
    }
}

int
interpreter_audit_create(bool isolated, bool site)
{
    return PySys_Audit("interpreters.create", "OO", isolated ? Py_True : Py_False,
                       site ? Py_True : Py_False);
}

int64_t
interpreter_create(module_state *state, bool isolated, bool site, bool spare)
{
    creation ticket = {.site = site, .shares = !isolated};
    const char *why = "the process is ending";
    int64_t id = -1;
    /* CPython asks hooks as well: only those of the main interpreter, and only there, and when one
       refuses, it gives no reason up to 3.13, and from then on ends the process. */
    if (process_prepare() < 0 || PySys_Audit("cpython.PyInterpreterState_New", NULL) < 0) {
        return -1;
    }
    struct heritage *heritage = pack_heritage();
    interpreter *entry = heritage == NULL ? NULL : calloc(1, sizeof(*entry));
    if (entry == NULL) {
        PyErr_Clear();
        why = "out of memory";
    }
    else if (is_possible(isolated, &why) && begin_creation(&ticket)) {
        if (GIL_STARVES && !isolated) {
            attendant_call();
        }
        bool made = make(entry, heritage, isolated, &why);
        if (made) {
            id = entry->id;
            entry->status = IDLE;
            entry->spare = spare;
        }
        registry_end_creation(&ticket, made ? entry : NULL);
    }
    free(heritage);
    if (id < 0) {
        free(entry);
        PyErr_Format(state->InterpreterError, "no interpreter could be created: %s", why);
    }
    return id;
}

/* To go there now would cost more than all the rest: this OS thread needs a thread state there. So
   it gets its heritage when somebody comes to execute something. */

int
interpreter_adopt(module_state *state, int64_t id)
{
    struct heritage *heritage = pack_heritage();
    interpreter *target = heritage == NULL ? NULL : registry_claim_spare(id);
    if (target == NULL) {
        free(heritage);
        PyErr_SetString(state->InterpreterError, "no interpreter could be created: out of memory");
        return -1;
    }
    target->heritage = heritage;
    target->spare = false;
    registry_release(target);
    return 0;
}
