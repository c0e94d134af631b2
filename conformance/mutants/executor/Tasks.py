"""Mutants of tasks: what is sent when, what comes of an exception, the order."""

import _thread
import copy

from mutants.executing import around_tasks, in_line, in_threads, on_error, on_submit
from mutants.mutant import replaces, violates
from mutants.sending import is_by_value


@violates("Tasks.described", "Tasks.result")
def sends_nothing(m):
    """Tasks get the objects themselves, and so does who asks for a result."""
    in_threads(m)


@violates("Tasks.described")
def knows_functions_by_name_only(m):
    """A function of the program, or of a function, is not shareable."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        fn = _thread.allocate_lock().locked if is_by_value(fn) else fn
        return original(self, fn, *args, **kwargs)


@violates("Tasks.described")
def copies_memory(m):
    """A memoryview arrives as one over a copy."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        args = [memoryview(bytearray(a)) if isinstance(a, memoryview) else a for a in args]
        return original(self, fn, *args, **kwargs)


@violates("Tasks.later")
def describes_when_there_is_time(m):
    """A task is described when a worker is there for it."""
    in_line(m, lambda tasks: tasks.pop(0))


@violates("Tasks.result")
def describes_a_result_when_it_is_asked_for(m):
    """The result stays where it is until somebody asks for it."""

    def keep(fn, args, kwargs):
        import builtins

        kept = vars(builtins).setdefault("kept", [])
        kept.append(fn(*args, **kwargs))
        return len(kept) - 1

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        future = original(self, keep, fn, args, kwargs)
        future.again = lambda n: original(self, eval, "kept[%d]" % n, {})
        return future

    @replaces(m.Future, "result")
    def result(original, self, timeout=None):
        value = original(self, timeout)
        return original(self.again(value)) if hasattr(self, "again") else value


@violates("Tasks.anew")
def makes_results_at_once(m):
    """A result is made anew when the task ends, by the worker's OS thread."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        future = original(self, fn, *args, **kwargs)
        future.add_done_callback(lambda future: future.exception())
        return future


@violates("Tasks.anew")
def makes_a_result_again_and_again(m):
    """Whoever asks for a result gets one of his own."""

    @replaces(m.Future, "result")
    def result(original, self, timeout=None):
        return copy.copy(original(self, timeout))


@violates("Tasks.raises")
def returns_what_is_raised(m):
    """An exception that the task raises is its result."""

    def frame(fn, args, kwargs):
        try:
            return fn(*args, **kwargs)
        except Exception as error:
            return error

    around_tasks(m, frame)


@violates("Tasks.result-raises")
def drops_what_is_not_shareable(m):
    """A result that is not shareable is None."""
    on_error(m, lambda error: None if isinstance(error, m.NotShareableError) else error)


@violates("Tasks.anew-raises")
def drops_what_cannot_be_made_anew(m):
    """A result that cannot be made anew is None."""
    on_error(m, lambda error: error if error.__cause__ else None)


@violates("Tasks.arrives")
def drops_arguments(m):
    """An exception arrives without its arguments."""

    def change(error):
        error.args = ()
        return error

    on_error(m, change)


@violates("Tasks.arrives")
def takes_the_nearest_class(m):
    """An exception of a class that is not known here arrives as one of the nearest that is."""

    def change(error):
        known = [cls for cls in type(error).__mro__ if cls.__module__ == "builtins"]
        return error if type(error) in known else known[0](*error.args)

    on_error(m, change)


@violates("Tasks.arrives")
def drops_the_lines(m):
    """The traceback of the task is not to be seen."""

    def change(error):
        error.__cause__ = None
        return error

    on_error(m, change)


@violates("Tasks.arrives")
def makes_an_exception_again_and_again(m):
    """Whoever asks for an exception gets one of his own."""
    on_error(m, copy.copy)


@violates("Tasks.only")
def ends_the_pool(m):
    """An exception that is no Exception ends the pool."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        future = original(self, fn, *args, **kwargs)
        future.executor = self
        return future

    @replaces(m.Future, "exception")
    def exception(original, self, timeout=None):
        error = original(self, timeout)
        if error is not None and not isinstance(error, Exception):
            self.executor.shutdown(wait=False)
        return error


@violates("Tasks.order")
def begins_with_the_newest(m):
    """The task that was submitted last is begun first."""
    in_line(m, lambda tasks: tasks.pop())


@violates("Tasks.once")
def executes_a_task_twice(m):
    """Each task is executed by a second worker too, to have the result sooner."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        original(self, fn, *args, **kwargs)
        return original(self, fn, *args, **kwargs)
