"""Mutants of futures and their interrupt()."""

import concurrent.futures
import os
import threading

from mutants.executing import on_error, on_submit
from mutants.mutant import replaces, violates


def on_method(m, name):
    """Return a decorator of what is done in the place of the method *name* of a Future."""
    return replaces(m.Future, name)


@violates("Future.future")
def is_a_class_of_its_own(m):
    """What submit() returns is no object of the class Future."""
    m.Future = type("Future", (), dict(vars(m.Future)))


@violates("Future.future")
def runs_as_long_as_it_is_not_done(m):
    """A task that waits is told to be running."""

    @on_method(m, "running")
    def running(original, self):
        return not self.done()


@violates("Future.future", "Future.cancelled")
def cannot_be_cancelled(m):
    """cancel() returns False, whatever the task is doing."""

    @on_method(m, "cancel")
    def cancel(original, self):
        return False


@violates("Future.future")
def cancels_what_has_begun(m):
    """cancel() returns True of a task that is being executed, which goes on."""

    @on_method(m, "cancel")
    def cancel(original, self):
        return original(self) or self.running()


@violates("Future.future")
def is_cancelled_once(m):
    """A task that has been cancelled cannot be cancelled."""

    @on_method(m, "cancel")
    def cancel(original, self):
        return not self.cancelled() and original(self)


@violates("Future.future")
def has_no_result_in_time(m):
    """When the time is up, the result is None."""

    @on_method(m, "result")
    def result(original, self, timeout=None):
        try:
            return original(self, timeout)
        except concurrent.futures.TimeoutError:
            return None


@violates("Future.future")
def gives_a_result_once(m):
    """The result is for whom asks first."""

    @on_method(m, "result")
    def result(original, self, timeout=None):
        value = original(self, timeout)
        if vars(self).setdefault("taker", threading.get_ident()) != threading.get_ident():
            raise RuntimeError("the result has been taken")
        return value


@violates("Future.future")
def calls_a_callback_at_once(m):
    """A callback is called when it is added, whether the task has ended or not."""

    @on_method(m, "add_done_callback")
    def add_done_callback(original, self, fn):
        fn(self)


@violates("Future.future")
def calls_the_last_callback_first(m):
    """Callbacks are called in reverse order."""

    @on_method(m, "add_done_callback")
    def add_done_callback(original, self, fn):
        callbacks = vars(self).setdefault("own", [])
        if not callbacks:
            original(self, lambda future: [call(future) for call in reversed(callbacks)])
        callbacks.append(fn)


@violates("Future.future")
def calls_no_late_callbacks(m):
    """A callback that is added when the task has ended is not called."""

    @on_method(m, "add_done_callback")
    def add_done_callback(original, self, fn):
        if not self.done():
            original(self, fn)


@violates("Future.future")
def calls_no_callbacks_of_what_is_cancelled(m):
    """Only the callbacks of tasks that have been executed are called."""

    @on_method(m, "add_done_callback")
    def add_done_callback(original, self, fn):
        original(self, lambda future: future.cancelled() or fn(future))


@violates("Future.future")
def stops_at_a_callback_that_raises(m):
    """The callbacks after one that raises are not called."""

    @on_method(m, "add_done_callback")
    def add_done_callback(original, self, fn):
        def call(future):
            if not hasattr(self, "failed"):
                self.failed = True
                fn(future)
                del self.failed

        original(self, call)


@violates("Future.future")
def submits_nothing_of_a_callback(m):
    """The OS thread of a worker cannot submit tasks."""
    thread = threading.get_ident()

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        if threading.get_ident() != thread:
            raise RuntimeError("a worker cannot submit tasks")
        return original(self, fn, *args, **kwargs)


@violates("Future.future")
def is_done_for_all_who_wait(m):
    """What waits for several futures takes each for done."""
    m.Future._state = property(lambda self: "FINISHED")


@violates("Future.method")
def has_another_method(m):
    """There is a further method."""
    m.Future.interrupted = lambda self: False


@violates("Future.cancelled")
def stays_in_the_queue(m):
    """A task that is cancelled is counted until a worker comes to it."""
    cancelled = []

    @on_method(m, "cancel")
    def cancel(original, self):
        cancelled.append(self)
        return original(self)

    @replaces(m.InterpreterPoolExecutor, "stats")
    def stats(original, self):
        found = original(self)
        found["queued"] += len(cancelled)
        return found


@violates("Future.cancelled")
def is_waited_for_when_it_is_cancelled(m):
    """What waits for a future does not take it for done because it has been cancelled."""
    get = m.Future._state.__get__
    m.Future._state = property(lambda self: get(self).partition("_")[0])


@violates("Future.fork")
def is_cancelled_in_a_child(m):
    """In a child process the tasks of the parent have been cancelled."""
    process = os.getpid()

    def change(error):
        lost = isinstance(error, m.BrokenInterpreterPool) and os.getpid() != process
        return concurrent.futures.CancelledError() if lost else error

    on_error(m, change)


# --- interrupt -----------------------------------------------------------------------------------


@violates("Future.interrupt.raises")
def interrupts_by_a_class_only(m):
    """What is raised is an exception of the class, without arguments."""

    @on_method(m, "interrupt")
    def interrupt(original, self, exception=KeyboardInterrupt):
        known = isinstance(exception, BaseException)
        return original(self, type(exception) if known else exception)


@violates("Future.interrupt.raises")
def takes_a_second_argument(m):
    """interrupt() takes a value for the exception too."""

    @on_method(m, "interrupt")
    def interrupt(original, self, exception=KeyboardInterrupt, value=None):
        return original(self, exception)


@violates("Future.interrupt.raises")
def interrupts_all(m):
    """All tasks that are being executed are interrupted."""
    futures = []

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        futures.append(original(self, fn, *args, **kwargs))
        return futures[-1]

    @on_method(m, "interrupt")
    def interrupt(original, self, exception=KeyboardInterrupt):
        return [original(each, exception) for each in futures][futures.index(self)]


@violates("Future.interrupt.as-interrupt")
def interrupts_until_the_end(m):
    """The exception is raised again and again until the task has ended."""

    @on_method(m, "interrupt")
    def interrupt(original, self, exception=KeyboardInterrupt):
        found = original(self, exception)
        while original(self, exception):
            pass
        return found


@violates("Future.interrupt.as-interrupt")
def is_done_when_it_is_interrupted(m):
    """A task that is interrupted is told to be done, whatever it goes on to do."""

    @on_method(m, "interrupt")
    def interrupt(original, self, exception=KeyboardInterrupt):
        self.interrupted = original(self, exception)
        return self.interrupted

    @on_method(m, "running")
    def running(original, self):
        return original(self) and not getattr(self, "interrupted", False)


@violates("Future.interrupt.as-interrupt")
def is_interrupted_by_one_thread(m):
    """Only the OS thread that imported the module interrupts tasks."""
    thread = threading.get_ident()

    @on_method(m, "interrupt")
    def interrupt(original, self, exception=KeyboardInterrupt):
        if threading.get_ident() != thread:
            raise RuntimeError("tasks are interrupted by the main thread")
        return original(self, exception)


@violates("Future.interrupt.true")
def returns_nothing(m):
    """interrupt() returns None."""

    @on_method(m, "interrupt")
    def interrupt(original, self, exception=KeyboardInterrupt):
        original(self, exception)


@violates("Future.interrupt.false")
def always_returns_true(m):
    """interrupt() returns True, whatever the task is doing."""

    @on_method(m, "interrupt")
    def interrupt(original, self, exception=KeyboardInterrupt):
        original(self, exception)
        return True


@violates("Future.interrupt.type")
def takes_any_class(m):
    """What is no exception, and no class of exceptions, is taken for KeyboardInterrupt."""

    @on_method(m, "interrupt")
    def interrupt(original, self, exception=KeyboardInterrupt):
        try:
            return original(self, exception)
        except TypeError:
            return original(self)


@violates("Future.interrupt.type")
def looks_at_it_when_there_is_something_to_interrupt(m):
    """What is no exception is refused only while the task is being executed."""

    @on_method(m, "interrupt")
    def interrupt(original, self, exception=KeyboardInterrupt):
        return self.running() and original(self, exception)
