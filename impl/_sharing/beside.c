/* Do something in another interpreter, beside whoever is in it.

   To run code in an interpreter is to claim it. What is done here needs no claim, only the GIL,
   which it waits for as threads do: an object is to be called or released where it is, or an
   exception set for a thread. An OS thread that has come from that interpreter goes back there; any
   other is its guest, in a thread state made for the visit. */

#include "sharing.h"

#include "../_interpreters/internals.h"

void
guest_leave(guest *stay)
{
    PyThreadState_Clear(stay->inside);
    PyThreadState_DeleteCurrent();
    internals_bind_callbacks(stay->callbacks);
}

/* A thread state that is made while the main interpreter is finalised would be a fatal error. And
   while tracemalloc is tracing it must not be made where it would mix up the allocators, or in a
   thread that has none yet: that one would ask for a GIL in the name of what is in the making. */

static bool
can_make_state(PyInterpreterState *interp)
{
    return !internals_traces_memory() ||
           (internals_shares_memory(interp) &&
            !(TRACEMALLOC_HANGS && PyGILState_GetThisThreadState() == NULL));
}

static bool
make_state(guest *stay, PyInterpreterState *interp)
{
    stay->inside = NULL;
    if (can_make_state(interp) && registry_begin_entering()) {
        stay->inside = PyThreadState_New(interp);
        registry_end_entering();
    }
    return stay->inside != NULL;
}

/* To execute code in it while the process ends is as good as a fatal error. */

static bool
go_in(guest *stay)
{
    stay->callbacks = internals_bind_callbacks(stay->inside);
    PyEval_RestoreThread(stay->inside);
    if (registry_is_closed()) {
        guest_leave(stay);
        return false;
    }
    return true;
}

bool
guest_enter(guest *stay, PyInterpreterState *interp)
{
    return make_state(stay, interp) && go_in(stay);
}

/* A thread state of this OS thread in that interpreter: it has come from there, or has gone back
   from there. NULL if there is none. */

static PyThreadState *
find_own(int64_t id)
{
    for (visit *stay = visit_innermost(); stay != NULL; stay = stay->outer) {
        if (stay->target->id == id) {
            return stay->inside;
        }
        if (PyInterpreterState_GetID(compat_interpreter_of(stay->back.from)) == id) {
            return stay->back.from;
        }
    }
    return NULL;
}

static bool
do_as_guest(PyInterpreterState *interp, void (*function)(void *), void *argument)
{
    guest stay;
    if (!make_state(&stay, interp)) {
        return false;
    }
    PyThreadState *own = PyEval_SaveThread();
    bool entered = go_in(&stay);
    if (entered) {
        function(argument);
        guest_leave(&stay);
    }
    PyEval_RestoreThread(own);
    return entered;
}

bool
beside(int64_t id, void (*function)(void *), void *argument)
{
    hold held;
    uint64_t run;
    PyThreadState *own = find_own(id);
    if (id == state_current_id()) {
        function(argument);
        return true;
    }
    if (own != NULL) {
        passage back = visit_go(own);
        function(argument);
        visit_come_back(back);
        return true;
    }
    if (id == PyInterpreterState_GetID(PyInterpreterState_Main())) {
        return do_as_guest(PyInterpreterState_Main(), function, argument);
    }
    if (!registry_hold(&held, id, &run)) {
        return false;
    }
    bool done = do_as_guest(held.entry->interp, function, argument);
    registry_let_go(&held);
    return done;
}
