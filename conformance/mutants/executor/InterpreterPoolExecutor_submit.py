"""Mutants of submit() and submit_within()."""

import concurrent.futures
import threading

from mutants.executing import around_tasks, chained, on_error, on_submit
from mutants.mutant import replaces, violates


def on_submit_within(m):
    """Return a decorator of what is done in the place of submit_within()."""
    return replaces(m.InterpreterPoolExecutor, "submit_within")


@violates("InterpreterPoolExecutor.submit.calls")
def drops_keyword_arguments(m):
    """Arguments by name are not passed on."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        return original(self, fn, *args)


@violates("InterpreterPoolExecutor.submit.calls")
def has_an_argument_of_its_own(m):
    """An argument of the name timeout is not the function's."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, timeout=None, **kwargs):
        return original(self, fn, *args, **kwargs)


@violates("InterpreterPoolExecutor.submit.calls")
def takes_the_function_by_name(m):
    """The function can be given by name."""

    @on_submit(m)
    def submit(original, self, *args, **kwargs):
        if not args and "fn" in kwargs:
            args = (kwargs.pop("fn"),)
        return original(self, *args, **kwargs)


@violates("InterpreterPoolExecutor.submit.calls")
def takes_false_for_nothing(m):
    """What is false is None as a result."""
    around_tasks(m, lambda fn, args, kwargs: fn(*args, **kwargs) or None)


@violates("InterpreterPoolExecutor.submit.future")
def returns_another_future(m):
    """What is returned is a concurrent.futures.Future, and no Future."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        return chained(original(self, fn, *args, **kwargs))


@violates("InterpreterPoolExecutor.submit.not-shareable", "Future.future")
def refuses_what_is_not_shareable(m):
    """NotShareableError is raised by submit()."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        future = original(self, fn, *args, **kwargs)
        if not m.is_shareable((fn, args, kwargs)):
            raise future.exception()
        return future


def cancelled():
    """Return a future that has been cancelled."""
    future = concurrent.futures.Future()
    future.cancel()
    return future


@violates("InterpreterPoolExecutor.submit.shut-down")
def cancels_after_shutdown(m):
    """What is submitted to a pool that has been shut down is cancelled."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        try:
            return original(self, fn, *args, **kwargs)
        except m.BrokenInterpreterPool:
            raise
        except RuntimeError:
            return cancelled()


@violates("InterpreterPoolExecutor.submit.shut-down")
def is_broken_after_shutdown(m):
    """A pool that has been shut down is called broken."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        try:
            return original(self, fn, *args, **kwargs)
        except RuntimeError as error:
            raise m.BrokenInterpreterPool(str(error)) from None


@violates("InterpreterPoolExecutor.submit.broken")
def is_shut_down_when_it_is_broken(m):
    """A pool that is broken raises RuntimeError."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        try:
            return original(self, fn, *args, **kwargs)
        except RuntimeError as error:
            raise RuntimeError(str(error)) from None


@violates("InterpreterPoolExecutor.submit_within.same")
def drops_keyword_arguments_within(m):
    """Arguments by name are not passed on."""

    @on_submit_within(m)
    def submit_within(original, self, seconds, fn, /, *args, **kwargs):
        return original(self, seconds, fn, *args)


@violates("InterpreterPoolExecutor.submit_within.same")
def takes_seconds_by_name(m):
    """seconds and fn can be given by name."""

    @on_submit_within(m)
    def submit_within(original, self, seconds, fn, *args, **kwargs):
        return original(self, seconds, fn, *args, **kwargs)


@violates("InterpreterPoolExecutor.submit_within.same")
def cancels_after_shutdown_within(m):
    """What is submitted to a pool that has been shut down is cancelled."""

    @on_submit_within(m)
    def submit_within(original, self, seconds, fn, /, *args, **kwargs):
        try:
            return original(self, seconds, fn, *args, **kwargs)
        except RuntimeError:
            return cancelled()


@violates("InterpreterPoolExecutor.submit_within.interrupts")
def interrupts_too_late(m):
    """A task has many seconds more than it is given."""

    @on_submit_within(m)
    def submit_within(original, self, seconds, fn, /, *args, **kwargs):
        return original(self, seconds + 1000, fn, *args, **kwargs)


@violates("InterpreterPoolExecutor.submit_within.interrupts")
def begins_to_count_too_soon(m):
    """A task that has not been begun in that time is cancelled."""

    @on_submit_within(m)
    def submit_within(original, self, seconds, fn, /, *args, **kwargs):
        future = original(self, seconds, fn, *args, **kwargs)
        threading.Timer(min(seconds, 1000), future.cancel).start()
        return future


@violates("InterpreterPoolExecutor.submit_within.interrupts")
def interrupts_what_comes_next(m):
    """When the time is up, whatever the pool executes is interrupted."""
    futures = []

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        futures.append(original(self, fn, *args, **kwargs))
        return futures[-1]

    @on_submit_within(m)
    def submit_within(original, self, seconds, fn, /, *args, **kwargs):
        interrupt = lambda: [each.interrupt() for each in futures]  # noqa: E731
        threading.Timer(min(seconds, 1000), interrupt).start()
        return original(self, seconds, fn, *args, **kwargs)


@violates("InterpreterPoolExecutor.submit_within.as-call_within")
def raises_the_timeout_in_the_task(m):
    """The exception that is raised in the function is TimeoutError."""

    @on_submit_within(m)
    def submit_within(original, self, seconds, fn, /, *args, **kwargs):
        future = original(self, 1000, fn, *args, **kwargs)
        threading.Timer(seconds, future.interrupt, (TimeoutError,)).start()
        return future


@violates("InterpreterPoolExecutor.submit_within.timeout")
def tells_of_the_interrupt(m):
    """The exception is the KeyboardInterrupt that has ended the task."""
    on_error(m, lambda e: KeyboardInterrupt() if isinstance(e, TimeoutError) else e)


@violates("InterpreterPoolExecutor.submit_within.type")
def converts_seconds(m):
    """A str that has a number in it is one."""

    @on_submit_within(m)
    def submit_within(original, self, seconds, fn, /, *args, **kwargs):
        seconds = float(seconds) if isinstance(seconds, str) else seconds
        return original(self, seconds, fn, *args, **kwargs)


@violates("InterpreterPoolExecutor.submit_within.type")
def has_a_longest_time(m):
    """So many seconds as no clock counts up to are an OverflowError."""

    @on_submit_within(m)
    def submit_within(original, self, seconds, fn, /, *args, **kwargs):
        if isinstance(seconds, (int, float)) and seconds > 2**62:
            raise OverflowError("too many seconds")
        return original(self, seconds, fn, *args, **kwargs)


@violates("InterpreterPoolExecutor.submit_within.negative")
def takes_negative_seconds_for_none(m):
    """Less than nothing is nothing."""

    @on_submit_within(m)
    def submit_within(original, self, seconds, fn, /, *args, **kwargs):
        seconds = max(0, seconds) if isinstance(seconds, (int, float)) else seconds
        return original(self, seconds, fn, *args, **kwargs)
