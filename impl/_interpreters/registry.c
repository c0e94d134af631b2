/* The table of interpreters: who exists, and what is being done to it.

   CPython's own list says which interpreters there are, not whether one is about to run or to
   end; two OS threads that each find an interpreter idle may enter it together, or end it under
   the other (gh-127041). So whoever wants to enter an interpreter claims it here first:

       IDLE -> RUNNING -> IDLE                a run
       IDLE -> CLOSING -> (removed)           a destruction
                       -> IDLE                ... that was refused
                       -> PARKED              ... of one whose namespace leaked
                       -> KEPT -> CLOSING     ... of one whose memory others use, until they do not
       IDLE -> GONE -> (removed)              somebody else ended it

   One lock guards the table. It is held for a few plain C statements, never across a call into
   Python or a switch of interpreter; so it can be waited for with a GIL held.  Memory comes from
   malloc, not from PyMem_RawMalloc: with tracemalloc on, that one takes a GIL.

   Interpreters that somebody else made are not in the table: CPython's list has them. They get an
   entry for as long as they are claimed.  One that is being made is in CPython's list before it
   can bear a visitor, and its ID is not known before it is ready; but IDs ascend, so it is enough
   to remember the next ID at the begin of each creation, and to hide what is unknown above it.

   All exceptions about IDs are raised here. */

#include "registry.h"

#include "internals.h"

#include <stdlib.h>

static struct {
    plain_lock lock;
    interpreter *all;
    creation *creations;
    bool site;    /* whether the main interpreter imported site, for as long as creations go on */
    int entering; /* OS threads that make themselves a thread state */
    bool closed;
    bool armed;
} table = {.lock = PLAIN_LOCK_INIT};

/* What this OS thread holds, the last first. */
static THREAD_LOCAL hold *holds;

static void
lock_table(void)
{
    plain_lock_acquire(&table.lock);
}

static void
unlock_table(void)
{
    plain_lock_release(&table.lock);
}

/* With the table locked. */

static interpreter *
find(int64_t id)
{
    interpreter *entry = table.all;
    while (entry != NULL && entry->id != id) {
        entry = entry->next;
    }
    return entry;
}

static void
insert(interpreter *entry)
{
    entry->next = table.all;
    table.all = entry;
}

static void
take_out(interpreter *entry)
{
    interpreter **link = &table.all;
    while (*link != NULL && *link != entry) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = entry->next;
    }
}

/* Is this ID, which CPython lists, one that nobody can use: of an interpreter that is not ready
   yet, or no longer there? */

static bool
is_hidden(int64_t id, const interpreter *entry)
{
    if (entry != NULL) {
        return entry->status == GONE || entry->status == PARKED || entry->status == KEPT ||
               entry->spare;
    }
    for (creation *ticket = table.creations; ticket != NULL; ticket = ticket->next) {
        if (id >= ticket->floor) {
            return true;
        }
    }
    return false;
}

/* Creation. */

beginning
registry_begin_creation(creation *ticket)
{
    beginning result = BEGUN;
    ticket->floor = internals_next_id();
    lock_table();
    if (table.closed) {
        result = CLOSED;
    }
    else if (table.creations != NULL && table.creations->site != ticket->site) {
        result = WAIT;
    }
    else {
        if (table.creations == NULL) {
            table.site = internals_imports_site();
            internals_set_imports_site(table.site && ticket->site);
        }
        ticket->next = table.creations;
        table.creations = ticket;
    }
    unlock_table();
    return result;
}

/* With the table locked. */

static void
restore_site(void)
{
    internals_set_imports_site(table.site);
}

void
registry_end_creation(creation *ticket, interpreter *made)
{
    lock_table();
    creation **link = &table.creations;
    while (*link != ticket) {
        link = &(*link)->next;
    }
    *link = ticket->next;
    if (table.creations == NULL) {
        restore_site();
    }
    if (made != NULL) {
        insert(made);
    }
    unlock_table();
}

/* Claims. */

static int64_t
current_id(void)
{
    return PyInterpreterState_GetID(compat_current_interpreter());
}

static int64_t
main_id(void)
{
    return PyInterpreterState_GetID(PyInterpreterState_Main());
}

PyObject *
registry_digits(PyObject *number)
{
    PyObject *text = PyLong_Type.tp_repr(number);
    if (text == NULL) { /* it has more digits than Python cares to write (3.11) */
        PyErr_Clear();
        text = PyNumber_ToBase(number, 16);
    }
    return text;
}

static void *
raise_not_found(PyObject *number, PyObject *not_found)
{
    PyObject *text = registry_digits(number);
    if (text != NULL) {
        PyErr_Format(not_found,
                     "interpreter %U does not exist; enumerate() lists the IDs of those that do",
                     text);
        Py_DECREF(text);
    }
    return NULL;
}

/* Why the interpreter must not be claimed now, as a format with one place for its ID; or NULL. */

static const char *
objection(int64_t id, const interpreter *entry, interpreter_status purpose)
{
    bool to_run = purpose == RUNNING;
    if (id == main_id()) {
        return to_run ? "interpreter %lld is the main interpreter, which is always running; run "
                        "the code in one made by create()"
                      : "interpreter %lld is the main interpreter and cannot be destroyed; it ends "
                        "with the process";
    }
    if (id == current_id()) {
        return to_run ? "interpreter %lld is the current interpreter, which is already running; "
                        "use exec() to run code in it"
                      : "interpreter %lld is the current interpreter; destroy it from another one";
    }
    for (const hold *own = to_run ? NULL : holds; own != NULL; own = own->outer) {
        if (own->entry == entry) {
            return "interpreter %lld called what makes this call; destroy it when that has "
                   "returned";
        }
    }
    if (entry == NULL || entry->status == IDLE) {
        if (entry == NULL && !to_run) {
            return "interpreter %lld was not made by this module; destroy it with what made it";
        }
        return NULL;
    }
    if (entry->status == RUNNING) {
        return to_run ? "interpreter %lld is already running; wait until that run has ended"
                      : "interpreter %lld is running; wait until that run has ended, then destroy "
                        "it";
    }
    return "interpreter %lld is being destroyed";
}

static interpreter *
new_foreign(int64_t id, PyInterpreterState *interp)
{
    interpreter *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    entry->id = id;
    entry->interp = interp;
    entry->shares = internals_shares_memory(interp);
    entry->foreign = true;
    return entry;
}

/* The ID as a C integer; -1, which no interpreter has, if it does not fit. */

static int64_t
id_of(PyObject *number)
{
    int overflow;
    long long id = PyLong_AsLongLongAndOverflow(number, &overflow);
    return overflow || id < 0 ? -1 : id;
}

/* With the table locked: wait for guests to leave, who may need the GIL. */

static void
see_guests_off(interpreter *entry)
{
    while (entry->guests > 0) {
        unlock_table();
        Py_BEGIN_ALLOW_THREADS
        compat_sleep(50);
        Py_END_ALLOW_THREADS
        lock_table();
    }
}

interpreter *
registry_claim(PyObject *number, interpreter_status purpose, PyObject *error, PyObject *not_found)
{
    int64_t id = id_of(number);
    interpreter *foreign = NULL;
    lock_table();
    interpreter *entry = find(id);
    if (entry == NULL) { /* not one of ours: ask CPython, with the table unlocked */
        unlock_table();
        PyInterpreterState *interp = id < 0 ? NULL : internals_find(id);
        if (interp == NULL) {
            return raise_not_found(number, not_found);
        }
        foreign = new_foreign(id, interp);
        if (foreign == NULL) {
            return NULL;
        }
        lock_table();
        entry = find(id);
    }
    bool hidden = is_hidden(id, entry);
    const char *why_not = hidden ? NULL : objection(id, entry, purpose);
    if (!hidden && why_not == NULL) {
        if (entry == NULL) {
            entry = foreign;
            foreign = NULL;
            insert(entry);
        }
        entry->status = purpose;
        entry->busy = true;
        entry->run += purpose == RUNNING;
        entry->over = false;
        if (purpose == CLOSING) {
            see_guests_off(entry);
        }
    }
    unlock_table();
    free(foreign);
    if (hidden) {
        return raise_not_found(number, not_found);
    }
    if (why_not != NULL) {
        PyErr_Format(error, why_not, (long long)id);
        return NULL;
    }
    return entry;
}

/* Nothing asks for the GIL at this interpreter from now on. What was asked at the last moment must
   not be heard by code that runs there later: nobody may be waiting then, and it would wait until
   somebody takes the GIL. */

static void
set_idle(interpreter *entry)
{
    entry->busy = false;
    if (entry->shares && entry->status != GONE) {
        internals_withdraw_request(entry->interp);
    }
}

uint64_t
registry_next_run(interpreter *entry)
{
    lock_table();
    entry->busy = true;
    entry->over = false;
    uint64_t run = ++entry->run;
    unlock_table();
    return run;
}

void
registry_rest(interpreter *entry)
{
    lock_table();
    entry->over = true;
    if (!entry->threads_left) {
        set_idle(entry);
    }
    unlock_table();
}

void
registry_release(interpreter *entry)
{
    lock_table();
    if (entry->foreign) {   /* it is about to be forgotten */
        entry->over = true; /* for guests that wait for the run to come to something */
        see_guests_off(entry);
    }
    if (entry->foreign || !entry->threads_left) {
        set_idle(entry);
    }
    entry->status = IDLE;
    if (entry->foreign) {
        take_out(entry);
    }
    else {
        entry = NULL;
    }
    unlock_table();
    free(entry);
}

void
registry_remove(interpreter *entry)
{
    lock_table();
    take_out(entry);
    unlock_table();
    free(entry->heritage);
    free(entry);
}

void
registry_park(interpreter *entry)
{
    lock_table();
    entry->status = PARKED;
    unlock_table();
    internals_forget(entry->interp);
}

void
registry_keep(interpreter *entry)
{
    lock_table();
    set_idle(entry);
    entry->status = KEPT;
    unlock_table();
}

static interpreter *
claim_hidden(int64_t id, interpreter_status status, bool spare)
{
    lock_table();
    interpreter *entry = find(id);
    if (entry != NULL && (entry->status != status || entry->spare != spare || table.closed)) {
        entry = NULL;
    }
    if (entry != NULL) {
        entry->status = CLOSING;
        entry->busy = true;
        see_guests_off(entry);
    }
    unlock_table();
    return entry;
}

interpreter *
registry_claim_kept(int64_t id)
{
    return claim_hidden(id, KEPT, false);
}

interpreter *
registry_claim_spare(int64_t id)
{
    return claim_hidden(id, IDLE, true);
}

bool
registry_hold(hold *own, int64_t id, uint64_t *run)
{
    lock_table();
    interpreter *entry = find(id);
    if (entry != NULL &&
        ((entry->foreign && entry->status != RUNNING) || table.closed || entry->status == CLOSING ||
         entry->status == GONE || entry->status == PARKED)) {
        entry = NULL;
    }
    if (entry != NULL) {
        entry->guests++;
        *run = entry->status == RUNNING && !entry->over ? entry->run : 0;
        *own = (hold){entry, holds};
        holds = own;
    }
    unlock_table();
    return entry != NULL;
}

void
registry_let_go(hold *own)
{
    holds = own->outer;
    lock_table();
    own->entry->guests--;
    unlock_table();
}

uint64_t
registry_run(interpreter *entry)
{
    lock_table();
    uint64_t run = entry->status == RUNNING && !entry->over ? entry->run : 0;
    unlock_table();
    return run;
}

void
registry_run_is_over(interpreter *entry)
{
    lock_table();
    entry->over = true;
    unlock_table();
}

bool
registry_begin_entering(void)
{
    lock_table();
    bool open = !table.closed;
    table.entering += open;
    unlock_table();
    return open;
}

void
registry_end_entering(void)
{
    lock_table();
    table.entering--;
    unlock_table();
}

bool
registry_is_closed(void)
{
    lock_table();
    bool closed = table.closed;
    unlock_table();
    return closed;
}

bool
registry_is_ours(int64_t id)
{
    lock_table();
    interpreter *entry = find(id);
    bool ours = id == main_id() || (entry != NULL && !entry->foreign && entry->status != GONE &&
                                    entry->status != PARKED);
    unlock_table();
    return ours;
}

void
registry_ending(interpreter *entry)
{
    lock_table();
    set_idle(entry);
    unlock_table();
}

bool
registry_each_busy(void (*function)(PyInterpreterState *))
{
    lock_table();
    bool any = false;
    for (creation *ticket = table.creations; ticket != NULL; ticket = ticket->next) {
        any = any || ticket->shares; /* which is code of an interpreter, too */
    }
    for (interpreter *entry = table.all; entry != NULL; entry = entry->next) {
        if (entry->busy && entry->shares) {
            any = true;
            if (function != NULL) {
                function(entry->interp);
            }
        }
    }
    unlock_table();
    return any;
}

void
registry_was_ended(interpreter *entry)
{
    lock_table();
    if (entry->status != CLOSING) { /* else we are at it, and know what to do */
        entry->status = GONE;
        entry->busy = false;
        entry->seat = NULL; /* ended with the interpreter */
    }
    unlock_table();
}

void
registry_current_leaks(void)
{
    int64_t id = current_id();
    lock_table();
    interpreter *entry = find(id);
    if (entry != NULL) {
        entry->leaked = true;
    }
    unlock_table();
}

/* Questions. */

/* Of an interpreter in the table: 1, 0, or -1 if nobody can use it. Of any other: -2. An idle
   interpreter stays one, and its memory there, while the table is locked. */

static int
is_known_running(int64_t id)
{
    int running = -2;
    lock_table();
    interpreter *entry = find(id);
    if (entry != NULL && is_hidden(id, entry)) {
        running = -1;
    }
    else if (entry != NULL) {
        running = entry->status == RUNNING ||
                  (entry->status == IDLE && internals_is_running_main(entry->interp, entry->seat));
    }
    unlock_table();
    return running;
}

/* Of an interpreter that is not in the table: 1, 0, or -1 if there is none. */

static int
is_foreign_running(int64_t id)
{
    PyInterpreterState *interp = internals_find(id);
    lock_table();
    bool usable = interp != NULL && !is_hidden(id, find(id));
    int running = usable ? internals_is_running_main(interp, NULL) : -1;
    unlock_table();
    return running;
}

int
registry_is_running(PyObject *number, PyObject *not_found)
{
    int64_t id = id_of(number);
    if (id == main_id()) {
        return 1;
    }
    int running = id < 0 ? -1 : is_known_running(id);
    if (running == -2) {
        running = is_foreign_running(id);
    }
    if (running < 0) {
        raise_not_found(number, not_found);
    }
    return running;
}

int64_t
registry_look_up(PyObject *number, PyObject *error, PyObject *not_found)
{
    int64_t id = id_of(number);
    if (id == main_id()) {
        PyErr_Format(error,
                     "interpreter %lld is the main interpreter, whose code is no run; raise "
                     "signals in it instead",
                     (long long)id);
        return -1;
    }
    return registry_is_running(number, not_found) < 0 ? -1 : id;
}

/* Drop from 'ids' those that nobody can use, and from the table those that CPython no longer
   lists. Returns how many are left. */

static Py_ssize_t
keep_usable(int64_t *ids, Py_ssize_t count)
{
    Py_ssize_t kept = 0;
    interpreter *garbage = NULL;
    lock_table();
    for (interpreter **link = &table.all; *link != NULL;) {
        interpreter *entry = *link;
        bool listed = false;
        for (Py_ssize_t i = 0; i < count && !listed; i++) {
            listed = ids[i] == entry->id;
        }
        if (entry->status == GONE && !listed && entry->guests == 0) {
            *link = entry->next;
            entry->next = garbage;
            garbage = entry;
        }
        else {
            link = &entry->next;
        }
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!is_hidden(ids[i], find(ids[i]))) {
            ids[kept++] = ids[i];
        }
    }
    unlock_table();
    while (garbage != NULL) {
        interpreter *next = garbage->next;
        free(garbage->heritage);
        free(garbage);
        garbage = next;
    }
    return kept;
}

PyObject *
registry_enumerate(void)
{
    int64_t *ids;
    Py_ssize_t count = internals_ids(&ids);
    if (count < 0) {
        return PyErr_NoMemory();
    }
    count = keep_usable(ids, count);
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; i < count && list != NULL; i++) { /* CPython's newest is its first */
        PyObject *id = PyLong_FromLongLong(ids[count - 1 - i]);
        if (id == NULL) {
            Py_CLEAR(list);
        }
        else {
            PyList_SET_ITEM(list, i, id);
        }
    }
    free(ids);
    return list;
}

/* The end of the process. */

bool
registry_first_to_arm(void)
{
    lock_table();
    bool first = !table.armed;
    table.armed = true;
    unlock_table();
    return first;
}

void
registry_disarm(void)
{
    lock_table();
    table.armed = false;
    unlock_table();
}

void
registry_close(void)
{
    lock_table();
    table.closed = true;
    while (table.entering > 0) { /* which takes no GIL */
        unlock_table();
        compat_sleep(50);
        lock_table();
    }
    unlock_table();
}

bool
registry_reopen(void)
{
    lock_table();
    bool reopened = table.closed;
    if (reopened) {
        table.closed = false;
        table.armed = false;
    }
    unlock_table();
    return reopened;
}

bool
registry_is_in_use(void)
{
    lock_table();
    bool any = table.creations != NULL;
    for (interpreter *entry = table.all; entry != NULL; entry = entry->next) {
        any = any || entry->guests > 0 || entry->status == CLOSING;
    }
    unlock_table();
    return any;
}

interpreter *
registry_claim_any(int64_t above)
{
    interpreter *oldest = NULL;
    lock_table();
    for (interpreter *entry = table.all; entry != NULL; entry = entry->next) {
        if (entry->status == IDLE && entry->guests == 0 && entry->id > above && !entry->foreign &&
            (oldest == NULL || entry->id < oldest->id)) {
            oldest = entry;
        }
    }
    if (oldest != NULL) {
        oldest->status = CLOSING;
        oldest->busy = true;
    }
    unlock_table();
    return oldest;
}

/* The oldest interpreter of ours above that ID that CPython still lists, or NULL. */

static PyInterpreterState *
next_listed(int64_t *above)
{
    interpreter *oldest = NULL;
    PyInterpreterState *interp = NULL;
    lock_table();
    for (interpreter *entry = table.all; entry != NULL; entry = entry->next) {
        if (entry->id > *above && !entry->foreign && entry->status != GONE &&
            entry->status != PARKED && (oldest == NULL || entry->id < oldest->id)) {
            oldest = entry;
        }
    }
    if (oldest != NULL) {
        *above = oldest->id;
        interp = oldest->interp;
    }
    unlock_table();
    return interp;
}

void
registry_forget_all(void (*before)(PyInterpreterState *))
{
    PyInterpreterState *interp;
    for (int64_t id = 0; (interp = next_listed(&id)) != NULL;) {
        before(interp);
        internals_forget(interp);
    }
}

/* Fork. */

void
registry_before_fork(void)
{
    lock_table();
}

void
registry_after_fork(bool in_child)
{
    if (in_child) { /* what the entries tell of is memory that nobody will use again */
        table.all = NULL;
        table.entering = 0;
        if (table.creations != NULL) {
            table.creations = NULL;
            restore_site();
        }
    }
    unlock_table();
}
