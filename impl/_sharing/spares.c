/* Interpreters made in the background, for create() to return at once.

   An OS thread of our own makes them, one after the other, until there are as many as are wanted;
   then it ends, and is started again when one has been taken. It makes them as a guest of the main
   interpreter: an isolated one while the code of others runs, a shared one in turns with it. A
   spare is in the registry, and hidden, until it is taken; then it gets what create() gives a new
   interpreter of its maker's. What fails is left to create(), which then says why. */

#include "sharing.h"

#include "../_interpreters/internals.h"

#define MOST 64

typedef struct {
    bool isolated, site;
} kind;

typedef struct {
    int64_t id;
    kind of;
} spare;

static struct {
    plain_lock lock;
    int wanted, ready;
    kind of;
    spare all[2 * MOST]; /* of two kinds, while one takes the place of the other */
    bool making;         /* the thread is there */
} spares = {.lock = PLAIN_LOCK_INIT};

static bool
is_same(kind one, kind other)
{
    return one.isolated == other.isolated && one.site == other.site;
}

/* With the spares locked: how many there are of the kind that is wanted. */

static int
count_right_ones(void)
{
    int count = 0;
    for (int i = 0; i < spares.ready; i++) {
        count += is_same(spares.all[i].of, spares.of);
    }
    return count;
}

/* With the spares locked: take that one. False if there is none. */

static bool
take_at(int i, spare *one)
{
    if (i < 0) {
        return false;
    }
    *one = spares.all[i];
    spares.all[i] = spares.all[--spares.ready];
    return true;
}

/* With the spares locked: where one of that kind is, or -1. */

static int
find(kind of)
{
    int i = spares.ready - 1;
    while (i >= 0 && !is_same(spares.all[i].of, of)) {
        i--;
    }
    return i;
}

static bool
there_is_one(kind of)
{
    plain_lock_acquire(&spares.lock);
    bool found = find(of) >= 0;
    plain_lock_release(&spares.lock);
    return found;
}

/* Take one of that kind. */

static bool
take(kind of, spare *one)
{
    plain_lock_acquire(&spares.lock);
    bool taken = take_at(find(of), one);
    plain_lock_release(&spares.lock);
    return taken;
}

/* Take one that is not wanted: of another kind, or one too many. */

static bool
take_surplus(spare *one)
{
    plain_lock_acquire(&spares.lock);
    bool too_many = count_right_ones() > spares.wanted;
    int i = spares.ready - 1;
    while (i >= 0 && is_same(spares.all[i].of, spares.of) && !too_many) {
        i--;
    }
    bool taken = take_at(i, one);
    plain_lock_release(&spares.lock);
    return taken;
}

/* Is there one to be made? If not, the thread is as good as gone. */

static bool
is_wanted(kind *of)
{
    plain_lock_acquire(&spares.lock);
    bool wanted =
        count_right_ones() < spares.wanted && spares.ready < 2 * MOST && !registry_is_closed();
    *of = spares.of;
    spares.making = wanted;
    plain_lock_release(&spares.lock);
    return wanted;
}

static module_state
plain_state(void)
{
    return (module_state){PyExc_RuntimeError, PyExc_RuntimeError, PyExc_RuntimeError};
}

static void
store(int64_t id, kind of)
{
    plain_lock_acquire(&spares.lock);
    spares.all[spares.ready++] = (spare){id, of};
    plain_lock_release(&spares.lock);
}

/* While tracemalloc is tracing, isolated ones cannot be destroyed: they wait for the next time. */

static void
destroy_surplus(void)
{
    spare one;
    module_state plain = plain_state();
    while (take_surplus(&one)) {
        interpreter *target = registry_claim_spare(one.id);
        if (target != NULL && interpreter_destroy(&plain, target) < 0) {
            PyErr_Clear();
            store(one.id, one.of);
            return;
        }
    }
}

/* Make one, as a guest of the main interpreter. False if that failed. */

static bool
make_one(kind of)
{
    guest stay;
    module_state plain = plain_state();
    if (internals_tracing_races() || !guest_enter(&stay, PyInterpreterState_Main())) {
        return false;
    }
    int64_t id = interpreter_create(&plain, of.isolated, of.site, true);
    PyErr_Clear();
    if (id >= 0) {
        store(id, of);
        destroy_surplus(); /* it may have become one meanwhile */
    }
    guest_leave(&stay);
    return id >= 0;
}

/* When it says that it has ended, it is in no interpreter. */

static void
make_spares(void *Py_UNUSED(ignored))
{
    kind of;
    compat_sleep(5000); /* whoever has taken one is about to use it: do not get in the way */
    while (is_wanted(&of)) {
        if (!make_one(of)) {
            plain_lock_acquire(&spares.lock);
            spares.making = false;
            plain_lock_release(&spares.lock);
            return;
        }
    }
}

static void
make_more(void)
{
    plain_lock_acquire(&spares.lock);
    bool start = !spares.making && count_right_ones() < spares.wanted && !registry_is_closed();
    spares.making = spares.making || start;
    plain_lock_release(&spares.lock);
    if (start && !core_start_thread(make_spares, NULL)) {
        plain_lock_acquire(&spares.lock);
        spares.making = false;
        plain_lock_release(&spares.lock);
    }
}

/* set_spares(count, isolated, site) */

PyObject *
spares_set(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *number;
    int isolated, site, overflow;
    if (!PyArg_ParseTuple(args, "Opp:set_spares", &number, &isolated, &site)) {
        return NULL;
    }
    number = core_index(number, "count");
    if (number == NULL) {
        return NULL;
    }
    long count = PyLong_AsLongAndOverflow(number, &overflow);
    if (overflow || count < 0 || count > MOST) {
        PyErr_Format(PyExc_ValueError, "count must be from 0 to %d", MOST);
    }
    Py_DECREF(number);
    if (PyErr_Occurred() || process_prepare() < 0) {
        return NULL;
    }
    plain_lock_acquire(&spares.lock);
    spares.of = (kind){isolated, site};
    spares.wanted = (int)count;
    plain_lock_release(&spares.lock);
    destroy_surplus();
    make_more();
    Py_RETURN_NONE;
}

/* get_spares() */

PyObject *
spares_count(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    plain_lock_acquire(&spares.lock);
    int ready = count_right_ones();
    ready = ready < spares.wanted ? ready : spares.wanted;
    plain_lock_release(&spares.lock);
    return PyLong_FromLong(ready);
}

/* take_spare(isolated, site) -> the ID of an interpreter, or None */

PyObject *
spares_take(PyObject *module, PyObject *args)
{
    int isolated, site;
    if (!PyArg_ParseTuple(args, "pp:take_spare", &isolated, &site)) {
        return NULL;
    }
    spare one;
    kind of = {isolated, site};
    module_state *core = core_state(module);
    bool unusable = isolated && internals_traces_memory(); /* create() tells why */
    if (unusable || !there_is_one(of)) {
        Py_RETURN_NONE; /* and create() raises the auditing event */
    }
    if (interpreter_audit_create(isolated, site) < 0) {
        return NULL;
    }
    if (!take(of, &one)) { /* somebody has been quicker, perhaps what a hook has called */
        one.id = interpreter_create(core, isolated, site, false);
    }
    else if (interpreter_adopt(core, one.id) < 0) {
        one.id = -1;
    }
    make_more(); /* now, for it wants the GIL */
    return one.id < 0 ? NULL : PyLong_FromLongLong(one.id);
}

/* Nothing is made from now on, and nobody is making anything. The spares themselves are destroyed
   as all interpreters are then. */

void
spares_process_ends(void)
{
    plain_lock_acquire(&spares.lock);
    spares.wanted = spares.ready = 0;
    while (spares.making) {
        plain_lock_release(&spares.lock);
        Py_BEGIN_ALLOW_THREADS
        compat_sleep(100);
        Py_END_ALLOW_THREADS
        plain_lock_acquire(&spares.lock);
    }
    plain_lock_release(&spares.lock);
}

void
spares_before_fork(void)
{
    plain_lock_acquire(&spares.lock);
}

void
spares_after_fork(bool in_child)
{
    if (in_child) {
        spares.wanted = spares.ready = 0;
        spares.making = false;
    }
    plain_lock_release(&spares.lock);
}
