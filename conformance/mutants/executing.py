"""What the mutants of executors are written with.

A task is changed where it is submitted: a mutant puts another function around it, which is sent by
value and imports what it needs.  What comes of it is changed where it is asked for.
"""

import concurrent.futures
import threading

from mutants.mutant import replaces


def on_submit(m):
    """Return a decorator of what is done in the place of submit()."""
    return replaces(m.InterpreterPoolExecutor, "submit")


def on_making(m, change):
    """Have ``change(options)`` done to the arguments, by name, of each executor."""
    names = ("max_workers", "thread_name_prefix", "initializer", "initargs")

    @replaces(m.InterpreterPoolExecutor, "__init__")
    def __init__(original, self, *args, **options):
        if len(args) > len(names):
            raise TypeError("too many arguments by position")
        options.update(zip(names, args))
        change(options)
        original(self, **options)


def around_tasks(m, frame):
    """Have ``frame(fn, args, kwargs)`` called in a worker in the place of what is submitted.

    What map() submits stays as it is.
    """

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        return original(self, frame, fn, args, kwargs)


def on_error(m, change):
    """Have ``change(error)`` put in the place of the exceptions of futures; None: there is none."""

    @replaces(m.Future, "exception")
    def exception(original, self, timeout=None):
        error = original(self, timeout)
        return None if error is None else change(error)

    @replaces(m.Future, "result")
    def result(original, self, timeout=None):
        try:
            return original(self, timeout)
        except BaseException as raised:
            error = raised
        asked = isinstance(
            error, (concurrent.futures.TimeoutError, concurrent.futures.CancelledError)
        )
        if asked and not self.done():
            raise error
        error = change(error)
        if error is not None:
            raise error


def chained(future):
    """Return a concurrent.futures.Future that comes to what *future* comes to."""
    made = concurrent.futures.Future()

    def end(inner):
        if inner.cancelled():
            made.cancel()
        elif inner.exception() is not None:
            made.set_exception(inner.exception())
        else:
            made.set_result(inner.result())

    future.add_done_callback(end)
    return made


def in_threads(m):
    """Have tasks executed by threads of this interpreter, without any other interpreter."""
    pools = {}

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        if self not in pools:
            pools[self] = concurrent.futures.ThreadPoolExecutor(4)
        return pools[self].submit(fn, *args, **kwargs)


def in_line(m, next_of):
    """Have tasks wait in a list, and described one after the other, when there is time for one.

    ``next_of(tasks)`` takes the next one from the list.
    """
    waiting, come, servers = [], threading.Condition(), []

    def serve(submit):
        while True:
            with come:
                come.wait_for(lambda: waiting)
                future, arguments, kwargs = next_of(waiting)
            try:
                future.set_result(submit(*arguments, **kwargs).result())
            except BaseException as error:
                future.set_exception(error)

    @on_submit(m)
    def submit(original, *arguments, **kwargs):
        future = concurrent.futures.Future()
        with come:
            if not servers:
                servers.append(threading.Thread(target=serve, args=(original,), daemon=True))
                servers[0].start()
            waiting.append((future, arguments, kwargs))
            come.notify()
        return future


def mapping(m):
    """Return a decorator of a generator that is to be what map() returns.

    It is called with what submits a task, the function, an iterator of its arguments, and what else
    map() has been given.
    """

    def register(function):
        @replaces(m.InterpreterPoolExecutor, "map")
        def map(original, self, fn, *iterables, **options):
            return function(self.submit, fn, zip(*iterables), **options)

        return function

    return register
