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

/* A thread state that is made while the main interpreter is finalised would be a fatal error, and
   one in which code is executed while the process ends is as good as one. */

bool
guest_enter(guest *stay, PyInterpreterState *interp)
{
    if (internals_traces_memory() && (TRACEMALLOC_HANGS || !internals_shares_memory(interp))) {
        return false; /* it would mix up the allocators, or ask for a GIL in the making */
    }
    if (!registry_begin_entering()) {
        return false;
    }
    stay->inside = PyThreadState_New(interp);
    registry_end_entering();
    if (stay->inside == NULL) {
        return false;
    }
    stay->callbacks = internals_bind_callbacks(stay->inside);
    PyEval_RestoreThread(stay->inside);
    if (registry_is_closed()) {
        guest_leave(stay);
        return false;
    }
    return true;
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
    PyThreadState *own = PyEval_SaveThread();
    guest stay;
    bool entered = guest_enter(&stay, interp);
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
