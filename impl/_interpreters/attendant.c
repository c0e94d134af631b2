/* An OS thread of our own, for what nobody else does while code runs in a subinterpreter.

   Signals. CPython handles them in the main interpreter, by the main thread. While that thread
   executes code in another interpreter it does not come round to it: Ctrl-C would do nothing
   (gh-113130). So when there are signals to be handled, the attendant has the main thread, between
   two steps of that code, go back to the main interpreter for a moment and call the handlers
   there. If one of them raises an exception, it is described there and raised here, as a run
   carries one the other way.

   The GIL (3.9-3.12). Code that is busy gives up the GIL when a thread of its own interpreter asks
   for it; a thread of another one that shares the GIL is not heard, and waits for as long as the
   code is busy. So the attendant asks in its name, again and again. Who is asked in vain waits
   until somebody takes the GIL; so there is a second thread, the taker, that takes it and gives it
   back at once: whoever else waits gets a chance, as the threads of one interpreter do.

   It starts with a run that may need it, wakes every few milliseconds for as long as there is one,
   and soon after that it ends: a process that forks is better off with one thread only. The taker
   stays. Neither ever calls into Python. */

#include "attendant.h"

#include "internals.h"

#include <stdatomic.h>
#ifndef _WIN32
    #include <pthread.h>
    #include <signal.h>
#endif

/* Microseconds between two looks: the switch interval of Python, if a GIL is to be shared. */
#define TICK (GIL_STARVES ? 5000 : 20000)

/* How many ticks without work before it ends: starting it anew costs more than the shortest run. */
#define LINGER (500000 / TICK)

/* How many ticks the taker is not started, in all. */
#define PATIENCE 40

static struct {
    _Atomic(PyInterpreterState *) main_thread_is_in; /* or NULL: in the main interpreter */
    atomic_bool is_looking;       /* the attendant may be using what it read there */
    atomic_int taker;             /* one of the below */
    atomic_bool taker_waits;      /* for the GIL, or is about to */
    atomic_uint_fast64_t serving; /* which attendant is in office; 0: none */
    atomic_int postponed;         /* how often the taker was not started */
    PyThread_type_lock turn;      /* held, but to have the taker take a turn; or NULL */
} office;

/* No taker; one that has no thread state yet; one that has; and no more, for the process ends: a
   thread state that is made while the main interpreter is finalised is a fatal error. */
enum {
    NO_TAKER,
    STARTING,
    READY,
    BARRED
};

/* Between two steps of code in a subinterpreter: have the handlers called, in the main thread. */

static int
handle_signals(void *Py_UNUSED(ignored))
{
    visit *stay = visit_innermost(), *first = stay;
    if (stay == NULL || !internals_in_main_thread() ||
        compat_current_interpreter() != stay->target->interp) {
        return 0;
    }
    while (first->outer != NULL) {
        first = first->outer;
    }
    if (compat_interpreter_of(first->back.from) != PyInterpreterState_Main()) {
        return 0;
    }
    Py_ssize_t size = 0;
    char *description = NULL;
    passage back = visit_go(first->back.from);
    bool raised = PyErr_CheckSignals() < 0;
    if (raised) {
        description = exception_describe(NULL, &size);
    }
    visit_come_back(back);
    if (raised) {
        stay->interrupted = true;
        exception_raise(&(module_state){NULL, NULL, NULL}, description, size, 0);
    }
    return raised ? -1 : 0;
}

int
core_check_signals(void)
{
    if (compat_current_interpreter() == PyInterpreterState_Main()) {
        return PyErr_CheckSignals();
    }
    return handle_signals(NULL);
}

/* Have the handlers called. While the main thread does not come to it, it is asked again with each
   tick, as often as CPython's queue has room: a call too many finds nothing to handle.

   The main thread marks where it is before it looks whether the attendant is looking, and the
   attendant looks in the opposite order: so the interpreter is there for as long as it is used. */

static void
look_after_signals(void)
{
    if (!internals_signals_pending()) {
        return;
    }
    atomic_store(&office.is_looking, true);
    PyInterpreterState *interp = atomic_load(&office.main_thread_is_in);
    if (interp != NULL) {
        internals_call_soon(interp, handle_signals);
    }
    atomic_store(&office.is_looking, false);
}

static void
mark_main_thread(PyInterpreterState *interp)
{
    atomic_store(&office.main_thread_is_in, interp);
    while (atomic_load(&office.is_looking)) {
        compat_sleep(1);
    }
}

#ifndef _WIN32

    #define STACK_SIZE ((size_t)8 << 20) /* as Linux has it; elsewhere it may be too small */

typedef struct {
    void (*function)(void *);
    void *argument;
} errand;

static void *
run_errand(void *argument)
{
    errand own = *(errand *)argument;
    free(argument);
    own.function(own.argument);
    return NULL;
}

/* Not by CPython, for it allocates memory for that: tracemalloc would want the GIL. */

static bool
start_detached(errand *own)
{
    pthread_t thread;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    bool started = pthread_create(&thread, &attributes, run_errand, own) == 0;
    pthread_attr_destroy(&attributes);
    return started;
}

/* Start a thread that no signal disturbs: they are for the main thread, whose system calls they
   interrupt. */

bool
core_start_thread(void (*function)(void *), void *argument)
{
    errand *own = malloc(sizeof(*own));
    if (own == NULL) {
        return false;
    }
    *own = (errand){function, argument};
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = start_detached(own);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!started) {
        free(own);
    }
    return started;
}

#else

bool
core_start_thread(void (*function)(void *), void *argument)
{
    return PyThread_start_new_thread(function, argument) != PYTHREAD_INVALID_THREAD_ID;
}

#endif

/* While tracemalloc is tracing the taker is not started at once, for it may be about to stop. But
   that it traces for long is no reason to let others wait for the GIL. */

static bool
is_dangerous(void)
{
    return internals_tracing_races() && atomic_fetch_add(&office.postponed, 1) < PATIENCE;
}

/* The taker, in a thread state of the main interpreter. When that one ends, so does the taker,
   when it next wants the GIL; for which it still needs its thread state. */

static void
take_turns(void *turn)
{
    if (is_dangerous()) { /* by now; the attendant starts another one when it is not */
        atomic_store(&office.taker, NO_TAKER);
        return;
    }
    PyThreadState *own = PyThreadState_New(PyInterpreterState_Main());
    if (own != NULL) {
        internals_hide(own);
    }
    atomic_store(&office.taker, own == NULL ? BARRED : READY);
    while (own != NULL) {
        PyThread_acquire_lock(turn, WAIT_LOCK);
        PyEval_RestoreThread(own);
        own = PyEval_SaveThread();
        atomic_store(&office.taker_waits, false);
    }
}

static void
start_taker(void)
{
    int none = NO_TAKER;
    if (office.turn != NULL && !is_dangerous() &&
        atomic_compare_exchange_strong(&office.taker, &none, STARTING) &&
        !core_start_thread(take_turns, office.turn)) {
        atomic_store(&office.taker, NO_TAKER);
    }
}

/* Nobody is asked for the GIL unless the taker is about to take it; as it does for its thread
   state, too, if tracemalloc is tracing. */

static void
look_after_gil(void)
{
    if (!registry_each_busy(NULL)) {
        return;
    }
    start_taker();
    int taker = atomic_load(&office.taker);
    if (taker == READY && !atomic_exchange(&office.taker_waits, true)) {
        PyThread_release_lock(office.turn);
    }
    if (taker == READY || (taker == STARTING && internals_traces_memory())) {
        registry_each_busy(internals_request_gil);
    }
}

static bool
is_needed(void)
{
    return atomic_load(&office.main_thread_is_in) != NULL ||
           (GIL_STARVES && registry_each_busy(NULL));
}

/* A run that finds nobody in office starts another attendant; one that found this one there is
   seen here. */

static bool
leave_office(uint64_t own_number)
{
    uint64_t expected = own_number, none = 0;
    return !atomic_compare_exchange_strong(&office.serving, &expected, 0) || !is_needed() ||
           !atomic_compare_exchange_strong(&office.serving, &none, own_number);
}

static void
attend(void *argument)
{
    uint64_t own_number = (uint64_t)(uintptr_t)argument;
    int idle = 0;
    while (atomic_load(&office.serving) == own_number) {
        compat_sleep(TICK);
        idle = is_needed() ? 0 : idle + 1;
        if (idle > LINGER && leave_office(own_number)) {
            return;
        }
        look_after_signals();
        if (GIL_STARVES) {
            look_after_gil();
        }
    }
}

/* The lock is made here, where the caller has the GIL: tracemalloc would want it. */

static void
prepare_turn(void)
{
    if (GIL_STARVES && office.turn == NULL && (office.turn = PyThread_allocate_lock()) != NULL) {
        PyThread_acquire_lock(office.turn, NOWAIT_LOCK);
    }
}

/* If it fails the next run tries again; there is no other harm in that. */

static void
start(void)
{
    static atomic_uint_fast64_t last;
    uint64_t number = atomic_fetch_add(&last, 1) + 1, none = 0;
    if (!atomic_compare_exchange_strong(&office.serving, &none, number)) {
        return;
    }
    prepare_turn();
    if (!core_start_thread(attend, (void *)(uintptr_t)number)) {
        atomic_store(&office.serving, 0);
    }
}

void
attendant_call(void)
{
    if (atomic_load(&office.serving) == 0) {
        start();
    }
}

void
attendant_arrive(const visit *stay)
{
    bool in_main_thread = internals_in_main_thread();
    if (in_main_thread) {
        mark_main_thread(stay->target->interp);
    }
    if (in_main_thread || (GIL_STARVES && stay->target->shares)) {
        attendant_call();
    }
}

void
attendant_depart(const visit *stay)
{
    if (internals_in_main_thread()) {
        mark_main_thread(stay->outer == NULL ? NULL : stay->outer->target->interp);
    }
}

void
attendant_close(void)
{
    if (GIL_STARVES && registry_each_busy(NULL)) {
        start_taker();
    }
    for (int none = NO_TAKER;
         !atomic_compare_exchange_strong(&office.taker, &none, BARRED) && none == STARTING;
         none = NO_TAKER) {
        Py_BEGIN_ALLOW_THREADS
        compat_sleep(100);
        Py_END_ALLOW_THREADS
    }
}

bool
attendant_wants_gil(void)
{
    return atomic_load(&office.taker_waits);
}

void
attendant_forget(void)
{
    office.turn = NULL; /* whatever state it is in */
    atomic_store(&office.main_thread_is_in, NULL);
    atomic_store(&office.is_looking, false);
    atomic_store(&office.taker_waits, false);
    atomic_store(&office.serving, 0);
    atomic_store(&office.taker, NO_TAKER);
}
