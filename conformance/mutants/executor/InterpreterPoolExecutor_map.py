"""Mutants of map()."""

import concurrent.futures
import itertools
import time

from mutants.executing import mapping
from mutants.mutant import replaces, violates


def on_map(m):
    """Return a decorator of what is done in the place of map()."""
    return replaces(m.InterpreterPoolExecutor, "map")


def changes(m, name, change):
    """Have an argument, if it is given, be what ``change(value)`` returns."""

    @on_map(m)
    def map(original, self, fn, *iterables, **options):
        if name in options:
            options[name] = change(options[name])
        return original(self, fn, *iterables, **options)


@violates("InterpreterPoolExecutor.map.returns")
def returns_a_list(m):
    """map() returns all results at once."""

    @on_map(m)
    def map(original, self, *args, **options):
        return list(original(self, *args, **options))


@violates("InterpreterPoolExecutor.map.returns")
def takes_sequences_only(m):
    """What has no length is no iterable."""

    @on_map(m)
    def map(original, self, fn, *iterables, **options):
        for each in iterables:
            len(each)
        return original(self, fn, *iterables, **options)


@violates("InterpreterPoolExecutor.map.returns")
def calls_here(m):
    """The function is called in the interpreter that asks for the results."""

    @on_map(m)
    def mutated(original, self, fn, *iterables, **options):
        return map(fn, *iterables)


@violates("InterpreterPoolExecutor.map.order")
def returns_what_comes_first(m):
    """Results come as tasks end."""

    @mapping(m)
    def map(submit, fn, calls, **options):
        futures = [submit(fn, *arguments) for arguments in calls]
        return (each.result() for each in concurrent.futures.as_completed(futures))


@violates("InterpreterPoolExecutor.map.as-map")
def takes_one_iterable(m):
    """The function is called with the items of the first iterable only."""

    @on_map(m)
    def map(original, self, fn, *iterables, **options):
        return original(self, fn, iterables[0], **options)


@violates("InterpreterPoolExecutor.map.chunksize", "InterpreterPoolExecutor.map.buffersize")
def makes_each_item_a_task(m):
    """chunksize is ignored."""
    changes(m, "chunksize", lambda size: 1)


@violates("InterpreterPoolExecutor.map.chunksize")
def makes_chunks_of_another_size(m):
    """Chunks have an item more than they are to have."""
    changes(m, "chunksize", lambda size: size + 1)


@violates("InterpreterPoolExecutor.map.submitted")
def submits_what_is_asked_for(m):
    """A task is submitted when its result is asked for."""

    @mapping(m)
    def map(submit, fn, calls, **options):
        return (submit(fn, *arguments).result() for arguments in calls)


@violates("InterpreterPoolExecutor.map.buffersize", "InterpreterPoolExecutor.map.one-more")
def submits_one_too_many(m):
    """There is a task more than the buffer is to hold."""
    changes(m, "buffersize", lambda size: size + 1 if size else size)


@violates("InterpreterPoolExecutor.map.one-more")
def fills_its_buffer_when_it_is_empty(m):
    """When all results have been taken, so many tasks are submitted again."""

    @mapping(m)
    def map(submit, fn, calls, *, buffersize=None, **options):
        take = lambda: [submit(fn, *each) for each in itertools.islice(calls, buffersize)]  # noqa: E731
        futures = take()

        def results():
            while futures:
                yield futures.pop(0).result()
                if not futures:
                    futures.extend(take())

        return results()


@violates("InterpreterPoolExecutor.map.raises")
def returns_what_is_raised(m):
    """An exception is a result like any other."""

    @mapping(m)
    def map(submit, fn, calls, **options):
        futures = [submit(fn, *arguments) for arguments in calls]
        return (each.exception() or each.result() for each in futures)


@violates("InterpreterPoolExecutor.map.ends")
def goes_on_after_an_exception(m):
    """After an exception the results of other items follow."""

    class Results:
        def __init__(self, futures):
            self.futures = futures

        def __iter__(self):
            return self

        def __next__(self):
            if not self.futures:
                raise StopIteration
            return self.futures.pop(0).result()

    @mapping(m)
    def map(submit, fn, calls, **options):
        return Results([submit(fn, *arguments) for arguments in calls])


@violates("InterpreterPoolExecutor.map.timeout")
def waits_for_ever(m):
    """timeout is ignored."""
    changes(m, "timeout", lambda timeout: None)


@violates("InterpreterPoolExecutor.map.timeout")
def waits_too_short(m):
    """The time is up a bit sooner."""
    changes(m, "timeout", lambda timeout: timeout and timeout / 2)


@violates("InterpreterPoolExecutor.map.timeout")
def takes_none_for_no_time(m):
    """None does not wait."""
    changes(m, "timeout", lambda timeout: timeout or 0)


@violates("InterpreterPoolExecutor.map.timeout")
def begins_to_wait_too_late(m):
    """The time is counted from when a result is asked for."""

    @mapping(m)
    def map(submit, fn, calls, *, timeout=None, **options):
        futures = [submit(fn, *arguments) for arguments in calls]
        return (each.result(timeout) for each in futures)


@violates("InterpreterPoolExecutor.map.cancelled")
def cancels_nothing(m):
    """What nobody will ask for is executed all the same."""

    @mapping(m)
    def map(submit, fn, calls, *, timeout=None, **options):
        until = None if timeout is None else time.monotonic() + timeout
        futures = [submit(fn, *arguments) for arguments in calls]
        return (each.result(until and max(0, until - time.monotonic())) for each in futures)


@violates("InterpreterPoolExecutor.map.chunksize-positive")
def makes_chunks_of_one_at_least(m):
    """What is not positive is 1."""
    changes(m, "chunksize", lambda size: max(1, size))


@violates("InterpreterPoolExecutor.map.buffersize-positive")
def takes_no_buffer_for_none(m):
    """What is not positive is no limit."""
    changes(m, "buffersize", lambda n: None if isinstance(n, int) and n < 1 else n)


@violates("InterpreterPoolExecutor.map.buffersize-type")
def converts_buffersize(m):
    """What can be an int is one."""
    changes(m, "buffersize", lambda size: size and int(size))
