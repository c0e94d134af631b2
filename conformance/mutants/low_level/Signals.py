"""Mistakes about signals: who calls a handler, and when.

A mutant sees to this in two places: where a handler is set, which it then calls in another way, and
around a run, for the length of which the signals of the OS thread can be held back.
"""

import signal
import threading

from mutants.mutant import replaces, violates
from mutants.runs import in_new_interpreters


def _replaces_handlers(m):
    """Have the function below called instead of each handler: ``function(handler, *arguments)``."""

    def register(function):
        @replaces(signal, "signal")
        def set_handler(original, number, handler):
            if not callable(handler) or m.get_current() != m.get_main():
                return original(number, handler)
            return original(number, lambda *arguments: function(handler, *arguments))

        return function

    return register


def _holds_back(m, numbers):
    """Have no signal of these *numbers* arrive during a run, but afterwards."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
        try:
            original(id, command)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@violates("Signals.main")
def a_thread_calls_handlers(m):
    """Handlers are called by an OS thread that is there for signals."""

    @_replaces_handlers(m)
    def handle(handler, *arguments):
        threading.Thread(target=handler, args=arguments).start()


@violates("Signals.during")
def handles_signals_after_the_run(m):
    """Handlers are called when the run has ended."""
    _holds_back(m, {signal.SIGTERM, signal.SIGALRM})


@violates("Signals.elsewhere")
def ignores_handlers_elsewhere(m):
    """In a subinterpreter signal.signal() does nothing, and raises nothing."""
    in_new_interpreters(m, "import signal\nsignal.signal = lambda signalnum, handler: None")


@violates("Signals.raised")
def raises_after_the_run(m):
    """What a handler raises is raised in the caller when the run has ended."""
    raised = []

    @_replaces_handlers(m)
    def handle(handler, *arguments):
        try:
            handler(*arguments)
        except Exception as error:
            raised.append(error)

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, command)
        while raised:
            raise raised.pop()


@violates("Signals.raised")
def loses_the_arguments(m):
    """What a handler raises is raised in the code, as the bare class."""

    @_replaces_handlers(m)
    def handle(handler, *arguments):
        try:
            handler(*arguments)
        except Exception as error:
            raised = type(error)
        raise raised


@violates("Signals.ctrl-c")
def ctrl_c_waits_for_the_code(m):
    """Ctrl-C does not stop the code that a run executes."""
    _holds_back(m, {signal.SIGINT})


# Waits for something to read without staying in the system call.
_READ = """
import os
def read(descriptor, count, read=os.read):
    import select
    while os.get_blocking(descriptor) and not select.select([descriptor], [], [], 0.01)[0]:
        pass
    return read(descriptor, count)
os.read = read
"""


@violates("Signals.c-function")
def a_c_function_is_interrupted(m):
    """Handlers are called while the code waits in os.read()."""
    in_new_interpreters(m, _READ)
