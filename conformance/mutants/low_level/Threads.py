"""Mistakes about threads: where an OS thread is, and which may run.

What really happens inside an interpreter cannot be changed from Python.  Some of these mutants
therefore tell something else than what has happened, as an implementation with the mistake would.
"""

import sys
import threading

from mutants.mutant import replaces, violates
from mutants.runs import replaces_exceptions


@violates("Threads.back")
def stays_after_an_exception(m):
    """After a run that raised, the thread is still in the interpreter that it ran."""
    stayed_in = []

    @replaces(m, "run_string")
    def run_string(original, id, command):
        try:
            original(id, command)
        except ZeroDivisionError:
            stayed_in.append(id)
            raise

    @replaces(m, "get_current")
    def get_current(original):
        return stayed_in[-1] if stayed_in else original()


@violates("Threads.back")
def stays_after_a_nested_run(m):
    """After a run inside a run, the thread is in the innermost interpreter."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        if m.get_current() != m.get_main():
            m.get_current = lambda: id
        original(id, command)


@violates("Threads.back")
def comes_back_without_its_data(m):
    """After a run inside a run, the data that is local to the thread is gone."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, command)
        if m.get_current() != m.get_main():
            import gc
            import threading

            for each in gc.get_objects():
                if isinstance(each, threading.local):
                    vars(each).clear()


@violates("Threads.nest")
def runs_do_not_nest(m):
    """Only the main interpreter can run code in another."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        if m.get_current() != m.get_main():
            raise m.InterpreterError("interpreter %d cannot run others" % m.get_current())
        original(id, command)


@violates("Threads.turns")
def busy_code_keeps_the_gil(m):
    """Code that is busy does not let go of the GIL when other code waits for it."""
    sys.setswitchinterval(60)
    if sys.version_info < (3, 13):
        import _xxsubinterpreters  # there the reference does not rely on the interval, and this does

        m.run_string = _xxsubinterpreters.run_string


def _call_back_elsewhere(m, ctypes):
    """Have Python functions called by C code in the main interpreter, in the current one's place."""
    inside = []

    @replaces(ctypes, "CFUNCTYPE")
    def CFUNCTYPE(original, *types, **options):
        def prototype(function):
            def called(*arguments):
                inside.append(True)
                try:
                    return function(*arguments)
                finally:
                    inside.pop()

            return original(*types, **options)(called)

        return prototype

    @replaces(m, "get_current")
    def get_current(original):
        return m.get_main() if inside else original()


@violates("Threads.callbacks")
def callbacks_run_in_the_main_interpreter(m):
    """A ctypes callback runs in the main interpreter."""
    try:
        import ctypes
    except ImportError:
        return  # an isolated interpreter may not have it
    _call_back_elsewhere(m, ctypes)


@violates("Threads.nest", "run_string.raises")
def the_second_level_raises_runtime_errors(m):
    """What a run raises that a subinterpreter has made arrives there as a RuntimeError."""

    @replaces_exceptions(m)
    def raised(error):
        return error if m.get_current() == m.get_main() else RuntimeError(str(error))


@violates("Threads.nest")
def only_main_threads_run_code(m):
    """In a subinterpreter only the main thread can run code elsewhere."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        here = threading.current_thread()
        if m.get_current() != m.get_main() and here is not threading.main_thread():
            raise m.InterpreterError("interpreter %d cannot be used here" % id)
        original(id, command)
