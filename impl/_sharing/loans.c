/* Memory of one interpreter that others look into.

   What exports a buffer is lent: its interpreter, the lender, holds the buffer for as long as
   anybody holds the loan. Only the lender can let go of it, because that may run code of the
   object, and touches its reference count; so a loan whose last holder is gone comes back first. In
   the lender it is released at once. Anywhere else it is put on the lender's list, and:

   - From 3.12 the lender is asked to see to its list between two steps of whatever code it next
     executes.
   - Up to 3.11 only the main thread would do what an interpreter is asked to do. But all share one
     GIL, so the OS thread that brings the loan goes to the lender and sees to its list.
   - So it does, on any version, if the lender has been destroyed. Such an interpreter is kept
     (../_interpreters/destroy.c) until the last loan has come back, and is then ended by whoever
     brought that.

   Nobody waits for a lender that is just being destroyed: who destroys it sees to the list after.

   An interpreter that something else made may be ended by it at any time, so it does not lend, and
   neither does one that is ending: what it sends is copied. A copy, and a snapshot of what may
   change before it arrives, is a loan of nobody. */

#include "sharing.h"

#include "../_interpreters/internals.h"

#include <stddef.h>

#define NOBODY (-1)

struct loan {
    atomic_long holders;
    int64_t lender;
    Py_buffer view;
    struct loan *next; /* of those that have come back */
};

/* An interpreter with loans that are out, or have come back and are to be released. */
typedef struct lender {
    int64_t id;
    long out;
    loan *returned;
    bool asked;     /* to release them */
    bool destroyed; /* it executes no more code */
    struct lender *next;
} lender;

static struct {
    plain_lock lock;
    lender *all;
} ledger = {.lock = PLAIN_LOCK_INIT};

const Py_buffer *
loan_view(const loan *lent)
{
    return &lent->view;
}

/* With the ledger locked. */

static lender *
find(int64_t id)
{
    lender *entry = ledger.all;
    while (entry != NULL && entry->id != id) {
        entry = entry->next;
    }
    return entry;
}

static bool
note_loan(int64_t id)
{
    lender *made = calloc(1, sizeof(*made));
    plain_lock_acquire(&ledger.lock);
    lender *entry = find(id);
    if (entry == NULL && made != NULL) {
        entry = made;
        made = NULL;
        entry->id = id;
        entry->next = ledger.all;
        ledger.all = entry;
    }
    if (entry != NULL) {
        entry->out++;
    }
    plain_lock_release(&ledger.lock);
    free(made);
    return entry != NULL;
}

/* One loan less. */

static void
strike_off(int64_t id)
{
    lender *done = NULL;
    plain_lock_acquire(&ledger.lock);
    lender **link = &ledger.all;
    while (*link != NULL && (*link)->id != id) {
        link = &(*link)->next;
    }
    if (*link != NULL && --(*link)->out == 0) {
        done = *link;
        *link = done->next;
    }
    plain_lock_release(&ledger.lock);
    free(done);
}

bool
loans_are_out(int64_t id)
{
    plain_lock_acquire(&ledger.lock);
    lender *entry = find(id);
    bool out = entry != NULL && entry->out > 0;
    plain_lock_release(&ledger.lock);
    return out;
}

/*
 * Lending
 */

/* A copy in C order, with what describes it behind it. */

static loan *
make_copy(Py_buffer *view)
{
    size_t dimensions = (size_t)view->ndim, room = sizeof(max_align_t);
    size_t size = ((size_t)view->len / room + 1) * room;
    size_t format = view->format == NULL ? 0 : strlen(view->format) + 1;
    size_t shapes = 2 * dimensions * sizeof(Py_ssize_t);
    loan *lent = malloc(sizeof(*lent));
    char *memory = malloc(size + shapes + format);
    if (memory != NULL) {
        compat_will_fill(memory, size);
    }
    if (lent == NULL || memory == NULL || PyBuffer_ToContiguous(memory, view, view->len, 'C') < 0) {
        if (lent == NULL || memory == NULL) {
            PyErr_NoMemory();
        }
        free(memory);
        free(lent);
        return NULL;
    }
    Py_ssize_t *shape = (Py_ssize_t *)(memory + size), *strides = shape + dimensions;
    Py_ssize_t stride = view->itemsize;
    for (size_t i = dimensions; i-- > 0;) {
        shape[i] = view->shape == NULL ? view->len / view->itemsize : view->shape[i];
        strides[i] = stride;
        stride *= shape[i];
    }
    *lent = (loan){.lender = NOBODY, .view = *view};
    atomic_init(&lent->holders, 1);
    lent->view.buf = memory;
    lent->view.obj = lent->view.internal = NULL;
    lent->view.shape = shape;
    lent->view.strides = strides;
    lent->view.suboffsets = NULL;
    if (format > 0) {
        lent->view.format = memcpy(strides + dimensions, view->format, format);
    }
    return lent;
}

static loan *
make_copy_of(PyObject *object)
{
    Py_buffer view;
    if (PyObject_GetBuffer(object, &view, PyBUF_FULL_RO) < 0) {
        return NULL;
    }
    loan *lent = make_copy(&view);
    PyBuffer_Release(&view);
    return lent;
}

loan *
loan_make(PyObject *object, bool snapshot)
{
    sharing_state *state = state_get();
    if (state == NULL) {
        return NULL;
    }
    int64_t id = state->id;
    if (snapshot || state->ends || !registry_is_ours(id)) {
        return make_copy_of(object);
    }
    loan *lent = calloc(1, sizeof(*lent));
    if (lent == NULL || !note_loan(id)) {
        free(lent);
        PyErr_NoMemory();
        return NULL;
    }
    lent->lender = id;
    atomic_init(&lent->holders, 1);
    /* Straight into its place, for a view may point into itself. */
    if (PyObject_GetBuffer(object, &lent->view, PyBUF_FULL_RO) == 0) {
        if (lent->view.suboffsets == NULL) {
            return lent;
        }
        PyBuffer_Release(&lent->view);
        PyErr_SetString(PyExc_BufferError, "a buffer with suboffsets cannot be shared");
    }
    free(lent);
    strike_off(id);
    return NULL;
}

void
loan_hold(loan *lent)
{
    atomic_fetch_add(&lent->holders, 1);
}

/*
 * Coming back
 */

/* In the lender: release what is on its list. A function to be called, in two ways. */

static void
see_to_list(void *Py_UNUSED(ignored))
{
    int64_t id = state_current_id();
    plain_lock_acquire(&ledger.lock);
    lender *entry = find(id);
    loan *returned = entry == NULL ? NULL : entry->returned;
    if (entry != NULL) {
        entry->returned = NULL;
        entry->asked = false;
    }
    plain_lock_release(&ledger.lock);
    while (returned != NULL) {
        loan *next = returned->next;
        PyBuffer_Release(&returned->view);
        free(returned);
        strike_off(id);
        returned = next;
    }
}

static int
see_to_list_soon(void *Py_UNUSED(ignored))
{
    see_to_list(NULL);
    return 0;
}

/* Put it on the list of its lender. Has that one been destroyed, and has it to be asked? */

static void
put_on_list(loan *lent, bool *destroyed, bool *ask)
{
    plain_lock_acquire(&ledger.lock);
    lender *entry = find(lent->lender);
    *destroyed = entry == NULL || entry->destroyed;
    *ask = entry != NULL && !entry->asked;
    if (entry != NULL) { /* always */
        lent->next = entry->returned;
        entry->returned = lent;
        entry->asked = true;
    }
    plain_lock_release(&ledger.lock);
}

/* If it cannot be asked, for want of room, the next loan that comes back tries again. */

static void
ask_to_see_to_list(int64_t id)
{
    hold held;
    uint64_t run;
    bool asked = false;
    if (id == PyInterpreterState_GetID(PyInterpreterState_Main())) {
        asked = internals_call_soon(PyInterpreterState_Main(), see_to_list_soon);
    }
    else if (registry_hold(&held, id, &run)) {
        asked = internals_call_soon(held.entry->interp, see_to_list_soon);
        registry_let_go(&held);
    }
    plain_lock_acquire(&ledger.lock);
    lender *entry = asked ? NULL : find(id);
    if (entry != NULL) {
        entry->asked = false;
    }
    plain_lock_release(&ledger.lock);
}

void
loans_interpreter_kept(int64_t id)
{
    beside(id, see_to_list, NULL);
    if (!loans_are_out(id)) {
        interpreter_end_kept(id);
    }
}

static void
come_back(loan *lent)
{
    int64_t id = lent->lender;
    bool destroyed, ask;
    if (id == state_current_id()) {
        PyBuffer_Release(&lent->view);
        free(lent);
        strike_off(id);
        return;
    }
    if (registry_is_closed()) {
        return; /* it goes with the process */
    }
    put_on_list(lent, &destroyed, &ask);
    if (destroyed) {
        loans_interpreter_kept(id);
    }
    else if (!CALLS_ANYWHERE) {
        beside(id, see_to_list, NULL);
    }
    else if (ask) {
        ask_to_see_to_list(id);
    }
}

void
loan_release(loan *lent)
{
    if (atomic_fetch_sub(&lent->holders, 1) > 1) {
        return;
    }
    if (lent->lender == NOBODY) {
        free(lent->view.buf);
        free(lent);
        return;
    }
    PyObject *exception = compat_take_exception();
    come_back(lent);
    if (exception != NULL) {
        compat_set_exception(exception);
    }
}

void
loans_see_to(void)
{
    see_to_list(NULL);
}

/* Inside: a run ends. What has come back while this interpreter could not be visited is on its list
   still, where it is not asked to see to that. */

void
loans_run_ends(void)
{
    if (!CALLS_ANYWHERE) {
        see_to_list(NULL);
    }
}

/* Inside: the interpreter is about to be ended, and executes no more code. */

void
loans_interpreter_ends(int64_t id)
{
    plain_lock_acquire(&ledger.lock);
    lender *entry = find(id);
    if (entry != NULL) {
        entry->destroyed = true;
    }
    plain_lock_release(&ledger.lock);
    see_to_list(NULL);
}

/*
 * Forks
 */

void
loans_before_fork(void)
{
    plain_lock_acquire(&ledger.lock);
}

/* In the child, only the main interpreter is there to release anything. What others have lent is
   memory that stays. */

void
loans_after_fork(bool in_child)
{
    int64_t main = PyInterpreterState_GetID(PyInterpreterState_Main());
    for (lender **link = &ledger.all; in_child && *link != NULL;) {
        lender *entry = *link;
        if (entry->id == main) {
            entry->asked = false;
            link = &entry->next;
        }
        else {
            *link = entry->next;
            free(entry);
        }
    }
    plain_lock_release(&ledger.lock);
}
