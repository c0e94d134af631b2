"""Mutants of how a pool ends that nobody has shut down."""

import atexit
import os
import threading
import weakref

from mutants.executing import on_submit
from mutants.mutant import replaces, violates


def at_the_end(function):
    """Have a *function* called before the interpreter waits for its threads."""
    getattr(threading, "_register_atexit", atexit.register)(function)


def executors_of(m):
    """Return a collection of all executors that there are."""
    executors = weakref.WeakSet()

    @replaces(m.InterpreterPoolExecutor, "__init__")
    def __init__(original, self, *args, **options):
        original(self, *args, **options)
        executors.add(self)

    return executors


@violates("InterpreterPoolExecutor.dropped")
def cancels_when_it_is_dropped(m):
    """Tasks that have not begun when the executor is gone are cancelled."""
    m.InterpreterPoolExecutor.__del__ = lambda self: self.shutdown(False, cancel_futures=True)


@violates("InterpreterPoolExecutor.dropped")
def goes_on_without_an_executor(m):
    """Workers do not notice that nobody can submit anything any more."""
    m.InterpreterPoolExecutor.__del__ = lambda self: None


@violates("InterpreterPoolExecutor.dropped")
def keeps_the_executor(m):
    """A future has a reference to its executor."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        future = original(self, fn, *args, **kwargs)
        future.executor = self
        return future


@violates("InterpreterPoolExecutor.interpreter-ends")
def cancels_at_the_end(m):
    """At the end of an interpreter tasks that have not begun are cancelled."""
    executors = executors_of(m)
    at_the_end(lambda: [each.shutdown(cancel_futures=True) for each in executors])


@violates("InterpreterPoolExecutor.interpreter-ends")
def tells_at_the_end(m):
    """At the end of a process there is a line for each pool that has not been shut down."""
    executors = executors_of(m)
    at_the_end(lambda: [print("an executor has not been shut down") for _ in executors])


@violates("InterpreterPoolExecutor.fork", "InterpreterPoolExecutor.interpreter-ends")
def tells_in_a_child(m):
    """At the end of a child process there is a line for each pool of the parent."""
    executors = executors_of(m)
    text = "an executor is the parent's\n"
    tell = lambda: [os.write(1, text.encode()) for _ in executors]  # noqa: E731
    os.register_at_fork(after_in_child=lambda: atexit.register(tell))


@violates("InterpreterPoolExecutor.fork")
def is_shut_down_in_a_child(m):
    """In a child process the pool has been shut down."""
    process = os.getpid()

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        try:
            return original(self, fn, *args, **kwargs)
        except m.BrokenInterpreterPool as error:
            if os.getpid() == process:
                raise
            raise RuntimeError(str(error)) from None
