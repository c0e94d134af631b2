/* One thread waits, and is woken by another.

   A waiter is on the stack of the thread that waits. Whoever is to wake it finds it in a list,
   tells it, and wakes it; nobody looks from time to time. On Linux the thread sleeps in a futex:
   its clock is one that cannot be set, and a signal ends the sleep. Elsewhere it sleeps in a lock
   of CPython's, whose clock can be set where the system has no better one.

   Several that wait for the same stand in a line. The first is told, and leaves it. Being told is
   no promise: by the time that the waiter looks, another thread may have been quicker; then it
   waits again. But one that leaves without having looked, because its time was up or an exception
   was raised, tells the next one, so that nothing stays while somebody waits for it.

   All that wait are known, so that interrupt() can have them look whether there is an exception for
   them. They look with the GIL, by what raises it: signal handlers in the main thread, and the
   evaluation of code, however little, for exceptions from another thread. */

#include "sharing.h"

#include <math.h>
#ifdef __linux__
    #include <errno.h>
    #include <linux/futex.h>
    #include <sys/syscall.h>
    #include <unistd.h>
#endif

enum {
    WAITING,
    DISTURBED, /* to look whether there is an exception */
    TOLD
};

static struct {
    plain_lock lock;
    waiter *newest;
} all = {.lock = PLAIN_LOCK_INIT};

int64_t
wait_now(void)
{
#ifdef _WIN32
    return (int64_t)GetTickCount64() * 1000000;
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
#endif
}

int64_t
wait_until(double seconds)
{
    return seconds > 1e9 ? -1 : wait_now() + (int64_t)(seconds * 1e9);
}

double
wait_seconds(PyObject *object, const char *name, bool strict)
{
    if (strict && !PyFloat_Check(object) && !PyLong_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s must be an int or a float, not %.200s", name,
                     Py_TYPE(object)->tp_name);
        return -1;
    }
    double seconds = PyFloat_AsDouble(object);
    if (seconds == -1 && PyErr_Occurred()) {
        if (!PyLong_Check(object) || !PyErr_ExceptionMatches(PyExc_OverflowError)) {
            return -1;
        }
        int sign; /* of an int that no float can hold */
        PyErr_Clear();
        PyLong_AsLongLongAndOverflow(object, &sign);
        seconds = sign < 0 ? -1 : HUGE_VAL;
    }
    if (!(seconds >= 0)) {
        PyErr_Format(PyExc_ValueError, "%s must not be negative, nor NaN", name);
        return -1;
    }
    return seconds;
}

bool
waiter_make(waiter *own)
{
    *own = (waiter){.next = NULL};
    atomic_init(&own->flag, WAITING);
#ifndef __linux__
    own->lock = PyThread_allocate_lock();
    if (own->lock == NULL) {
        return false;
    }
    PyThread_acquire_lock(own->lock, NOWAIT_LOCK);
#endif
    return true;
}

void
waiter_unmake(waiter *own)
{
#ifndef __linux__
    PyThread_free_lock(own->lock);
#else
    (void)own;
#endif
}

void
waiter_join(waiter *own)
{
    own->interpreter = state_current_id();
    own->thread = PyThread_get_thread_ident();
    plain_lock_acquire(&all.lock);
    own->older = all.newest;
    if (own->older != NULL) {
        own->older->newer = own;
    }
    all.newest = own;
    plain_lock_release(&all.lock);
}

void
waiter_leave(waiter *own)
{
    plain_lock_acquire(&all.lock);
    if (own->newer != NULL) {
        own->newer->older = own->older;
    }
    else {
        all.newest = own->older;
    }
    if (own->older != NULL) {
        own->older->newer = own->newer;
    }
    plain_lock_release(&all.lock);
}

#ifdef __linux__

void
waiter_sleep(waiter *own, int64_t until)
{
    struct timespec left, *limit = NULL;
    if (until >= 0) {
        int64_t nanoseconds = until - wait_now();
        if (nanoseconds <= 0) {
            return;
        }
        left.tv_sec = (time_t)(nanoseconds / 1000000000);
        left.tv_nsec = (long)(nanoseconds % 1000000000);
        limit = &left;
    }
    syscall(SYS_futex, &own->flag, FUTEX_WAIT_PRIVATE, WAITING, limit, NULL, 0);
}

static void
raise_flag(waiter *other, unsigned flag)
{
    atomic_store(&other->flag, flag);
}

void
waiter_wake(waiter *other)
{
    syscall(SYS_futex, &other->flag, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#else

void
waiter_sleep(waiter *own, int64_t until)
{
    PY_TIMEOUT_T microseconds = -1;
    if (until >= 0) {
        int64_t left = (until - wait_now()) / 1000;
        microseconds = left <= 0 ? 0 : left > 1000000000 ? 1000000000 : (PY_TIMEOUT_T)left;
    }
    PyThread_acquire_lock_timed(own->lock, microseconds, 1);
}

static void
raise_flag(waiter *other, unsigned flag)
{
    atomic_store(&other->flag, flag);
    PyThread_release_lock(other->lock); /* more than once does no harm */
}

void
waiter_wake(waiter *other)
{
    (void)other;
}

#endif

void
waiter_tell(waiter *other)
{
    raise_flag(other, TOLD);
}

bool
waiter_is_told(const waiter *own)
{
    return atomic_load(&own->flag) == TOLD;
}

/* What another thread has set for this one is raised when code is evaluated, however little; but
   not there. */

int
wait_look_for_exception(void)
{
    if (core_check_signals() < 0) {
        return -1;
    }
    if (!compat_has_exception_from_outside() || run_own_code("pass") == 0) {
        return 0;
    }
    PyObject *exception = compat_take_exception();
    if (exception != NULL) {
        PyException_SetTraceback(exception, Py_None);
        compat_set_exception(exception);
    }
    return -1;
}

/*
 * Lines. All of it with what is waited for locked.
 */

void
line_make(line *own)
{
    *own = (line){NULL, &own->first};
}

static void
line_up(line *own, waiter *self)
{
    self->next = NULL;
    *own->end = self;
    own->end = &self->next;
}

static void
leave_line(line *own, waiter *self)
{
    waiter **link = &own->first;
    while (*link != NULL && *link != self) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = self->next;
        if (self->next == NULL) {
            own->end = link;
        }
    }
}

waiter *
line_tell_first(line *own)
{
    waiter *first = own->first;
    if (first != NULL) {
        leave_line(own, first);
        waiter_tell(first);
    }
    return first;
}

void
line_unlock_and_wake(plain_lock *lock, waiter *other)
{
    plain_lock_release(lock);
    if (other != NULL) {
        waiter_wake(other);
    }
}

/* Tell the next one instead of this one, which has an exception. */

static int
pass_on(plain_lock *lock, line *own)
{
    plain_lock_acquire(lock);
    line_unlock_and_wake(lock, line_tell_first(own));
    return -1;
}

/* Sleep, in line; without a GIL, so that nothing is left of it should the thread be ended when it
   wants that again. Returns whether it was told. */

static bool
sleep_in_line(plain_lock *lock, line *own, waiter *self, int64_t until)
{
    bool told;
    Py_BEGIN_ALLOW_THREADS
    waiter_sleep(self, until);
    plain_lock_acquire(lock);
    leave_line(own, self);
    told = waiter_is_told(self);
    plain_lock_release(lock);
    waiter_leave(self);
    Py_END_ALLOW_THREADS
    return told;
}

int
line_wait(plain_lock *lock, line *own, int64_t until)
{
    waiter self;
    if (until == 0 || !waiter_make(&self)) {
        plain_lock_release(lock);
        if (until != 0) {
            PyErr_NoMemory();
        }
        return until == 0 ? 0 : -1;
    }
    line_up(own, &self);
    plain_lock_release(lock);
    waiter_join(&self);
    int result = wait_look_for_exception();
    if (sleep_in_line(lock, own, &self, result < 0 ? 0 : until)) {
        result = result < 0 ? pass_on(lock, own) : 1;
    }
    else if (result == 0) {
        result = wait_look_for_exception() < 0 ? -1 : until < 0 || wait_now() < until;
    }
    waiter_unmake(&self);
    return result;
}

/* A waiter that has been told stays so. It is woken under the lock, so it is there. */

void
wait_disturb(int64_t interpreter, unsigned long thread)
{
    plain_lock_acquire(&all.lock);
    for (waiter *each = all.newest; each != NULL; each = each->older) {
        unsigned waiting = WAITING;
        if (each->interpreter == interpreter && each->thread == thread &&
            atomic_compare_exchange_strong(&each->flag, &waiting, DISTURBED)) {
#ifndef __linux__
            PyThread_release_lock(each->lock);
#endif
            waiter_wake(each);
        }
    }
    plain_lock_release(&all.lock);
}

void
wait_before_fork(void)
{
    plain_lock_acquire(&all.lock);
}

/* In the child, nobody but the thread that forks is there, and that one does not wait. */

void
wait_after_fork(bool in_child)
{
    if (in_child) {
        all.newest = NULL;
    }
    plain_lock_release(&all.lock);
}
