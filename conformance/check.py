"""What the checks are written with.

A check is a function that is given the module under test and returns if the module keeps its
promise.  Its name states a fact, its docstring is what a reader of the documentation sees, and
``@covers`` names the clauses it proves.  A check uses only the standard library and runs on any
Python from 3.8, in a process of its own: it may leave behind whatever it likes.

What happens in another interpreter is seen through pipes, because a file descriptor is the one
thing that all interpreters of a process share whatever the implementation.  That takes nothing but
``run_string()`` and leaves nothing of the suite inside the interpreter.
"""

import ast
import builtins
import contextlib
import importlib
import importlib.util
import os
import sys
import time

# Whether this Python can give an interpreter a GIL and an allocator of its own.
ISOLATES = sys.implementation.name != "cpython" or sys.version_info >= (3, 12)

# How the worker came by the module under test: see load().
subject_name = None


class Missing(AttributeError):
    """The module under test lacks a documented name."""


class Subject:
    """The module under test; a name that it lacks raises Missing."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        try:
            return getattr(self._module, name)
        except AttributeError:
            raise Missing(name) from None


def covers(*clauses, isolates=None, ends=None):
    """Declare the clauses that a check proves.

    *isolates*: the check is only for a Python that can (True) or cannot (False) isolate
    interpreters.  *ends*: the check ends the process, which passes if its exit status and all
    that it wrote are this pair, such as ``(3, "")``.
    """

    def register(function):
        function.clauses = clauses
        function.isolates = isolates
        function.ends = ends
        return function

    return register


def load(name):
    """Import the module under test: *name* is an adapter's file (``....py``) or a module's name."""
    if not name.endswith(".py"):
        return Subject(importlib.import_module(name))
    spec = importlib.util.spec_from_file_location("conformance_adapter", name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Subject(module)


def importing():
    """Return source text that binds ``m`` to the module under test, in whichever interpreter."""
    folder = os.path.dirname(os.path.abspath(__file__))
    path = [folder] + [entry for entry in sys.path if entry != folder]
    return "import sys\nsys.path[:] = %r\nimport check\nm = check.load(%r)\n" % (path, subject_name)


@contextlib.contextmanager
def raises(m, name):
    """Expect the block to raise the documented exception *name*, or a subclass of it."""
    expected = getattr(m, name, None) or getattr(builtins, name, ())
    try:
        yield
    except Missing:
        raise
    except BaseException as error:
        if not isinstance(error, expected):
            text = "%s, not %s: %s" % (type(error).__name__, name, error)
            raise AssertionError("raised " + text) from error
    else:
        raise AssertionError("did not raise %s" % name)


def caught(run, *args):
    """Call ``run(*args)`` and return the exception that it raises, whichever it is."""
    try:
        run(*args)
    except Missing:
        raise
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def foreign(m, *, isolated=True):
    """Return the ID of an interpreter that something other than *m* created, or None.

    The Python's own private module creates it.  Where there is none, or it is the module under
    test, nothing else can: then a check has nothing to look at.
    """
    for name, shared in (("_interpreters", ["legacy"]), ("_xxsubinterpreters", [])):
        try:
            creator = importlib.import_module(name)
        except ImportError:
            continue
        if creator.create is m.create:
            break
        if isolated or sys.version_info < (3, 9):
            return creator.create()
        return creator.create(*shared) if shared else creator.create(isolated=False)
    return None


def equal(actual, expected):
    """Expect two values to be equal and of the same type."""
    if type(actual) is not type(expected) or actual != expected:
        raise AssertionError("got %r, not %r" % (actual, expected))


def value(run, expression, before=""):
    """Return the value of *expression*, a plain literal, in the interpreter behind *run*.

    *run* takes source text and runs it there; *before* is source text that runs first.
    """
    read, write = os.pipe()
    try:
        run("%s\nimport os\nos.write(%d, ascii(%s).encode())" % (before, write, expression))
    finally:
        os.close(write)
        with open(read, "rb") as pipe:
            answer = pipe.read()
    if not answer:
        raise AssertionError("the code did not run to its end: %s" % expression)
    return ast.literal_eval(answer.decode())


@contextlib.contextmanager
def busy(run, before=""):
    """Keep code running in the interpreter behind *run*, in another OS thread, for the block."""
    import threading  # here, so that importing this file in a subinterpreter stays innocuous

    (started, start), (stop, stopping) = os.pipe(), os.pipe()
    code = "%s\nimport os\nos.write(%d, b'.')\nos.read(%d, 1)" % (before, start, stop)

    def target():
        try:
            run(code)
        finally:
            os.close(start)

    thread = threading.Thread(target=target)
    thread.start()
    try:
        if os.read(started, 1) != b".":
            raise AssertionError("the code did not start to run")
        yield
    finally:
        os.close(stopping)
        thread.join()


# Runs until told to stop, noting the time whenever it gets to run.
_TICKING = """
import os, time
ticks = []
os.write({start}, b".")
os.set_blocking({stop}, False)
while True:
    ticks.append(time.monotonic())
    time.sleep(0.0005)
    try:
        os.read({stop}, 1)
    except BlockingIOError:
        continue
    break
"""


def ticks_while_the_gil_is_held(run):
    """Return how often code behind *run* got to run while this interpreter held on to its GIL."""
    import threading

    (started, start), (stop, stopping) = os.pipe(), os.pipe()
    thread = threading.Thread(target=run, args=(_TICKING.format(start=start, stop=stop),))
    thread.start()
    os.read(started, 1)
    begin = time.monotonic()
    sum(range(30000000))  # one call into C, which never gives up the GIL
    end = time.monotonic()
    os.close(stopping)
    thread.join()
    margin = (end - begin) / 10
    return value(run, "sum(%r < t < %r for t in ticks)" % (begin + margin, end - margin))
