"""What the tests share: the kinds of interpreters, threads to call in, processes to die in."""

import gc
import importlib
import os
import subprocess
import sys
import threading
import traceback
import unittest

import interpreters
from interpreters import _interpreters

#: The values of create(isolated=...) that this Python can serve.
KINDS = (False, True) if sys.version_info >= (3, 12) else (False,)

#: Has an interpreter find what the tests find, and the package imported.
PATH = f"import sys\nsys.path[:] = {sys.path!r}\nimport interpreters\n"

#: Source text of what waits for a child, within some seconds, and returns its status.
WAIT_FOR = """
import os, time

def wait_for(child):
    for _ in range(2000):
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return "the child did not end"
"""


def here(function, *args, **kwargs):
    """Call the function in this OS thread."""
    return function(*args, **kwargs)


def elsewhere(function, *args, **kwargs):
    """Call the function in an OS thread of its own, and return or raise what it does."""
    outcome = []

    def call():
        try:
            outcome.append((function(*args, **kwargs), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    result, error = outcome.pop()
    if error is not None:
        raise error
    return result


PLACES = (here, elsewhere)


def foreign():
    """CPython's own module of interpreters, or skip the test where it was left out."""
    name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    try:
        return importlib.import_module(name)
    except ImportError:
        raise unittest.SkipTest(f"this Python has no {name}") from None


def run_process(source, timeout=60, options=()):
    """Run the source text in a process that can import the package; (status, output, errors)."""
    path = os.path.dirname(os.path.dirname(os.path.abspath(_interpreters.__file__)))
    environment = dict(os.environ, PYTHONPATH=path)
    done = subprocess.run(
        [sys.executable, *options, "-c", source],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        timeout=timeout,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode("utf-8", "backslashreplace")


COLLECT = "import gc\nfor _ in range(3): gc.collect()"


def counts(inside):
    """How many objects, and where it is known references, there are once all have collected."""
    for id in inside:
        _interpreters.run_string(id, COLLECT)
    exec(COLLECT, {})
    references = sys.gettotalrefcount() if hasattr(sys, "gettotalrefcount") else 0
    return len(gc.get_objects()), references


def resident():
    """The bytes of memory that the process has resident; Linux tells."""
    if "ASAN_OPTIONS" in os.environ:
        raise unittest.SkipTest("AddressSanitizer keeps what is freed")
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        raise unittest.SkipTest("no /proc/self/statm here") from None


class InterpreterTest(unittest.TestCase):
    """A test that leaves no interpreter behind."""

    def setUp(self):
        self.before = _interpreters.enumerate()
        self.addCleanup(self.check_nothing_left)

    def check_nothing_left(self):
        left = [id for id in _interpreters.enumerate() if id not in self.before]
        for id in left:
            _interpreters.destroy(id)
        self.assertEqual(left, [], "the test left interpreters behind")

    def pipe(self):
        """The two ends of a pipe, closed after the test: for one interpreter to wait for another."""
        ends = os.pipe()
        for end in ends:
            self.addCleanup(os.close, end)
        return ends

    def start(self, function, *arguments):
        """Start a thread, which is joined after the test; what it raises makes the test fail."""
        errors = []

        def target():
            try:
                function(*arguments)
            except BaseException as error:
                errors.append(error)

        def finish():
            thread.join()
            self.assertEqual(errors, [])

        thread = threading.Thread(target=target)
        self.addCleanup(finish)
        thread.start()
        return thread


class PackageTest(InterpreterTest):
    """A test of interpreters that can import the package, and what the tests can."""

    def close(self, interpreter):
        try:
            interpreter.close()
        except interpreters.InterpreterNotFoundError:
            pass

    def create(self, isolated=KINDS[-1], **names):
        interpreter = interpreters.create(isolated=isolated)
        self.addCleanup(self.close, interpreter)
        interpreter.exec(PATH)
        interpreter.prepare_main(names)
        return interpreter


class ProcessTest(unittest.TestCase):
    """A test of processes that end with status 3, with interpreters of each kind."""

    maxDiff = None
    prologue = ""

    def check(self, body, output="", times=1):
        for isolated in KINDS:
            source = (self.prologue + body).replace("{isolated}", str(isolated)) + "\nsys.exit(3)\n"
            for _ in range(times):
                with self.subTest(isolated=isolated):
                    # CPython warns of a fork while there are threads.
                    done = run_process(source, options=("-W", "ignore::DeprecationWarning"))
                    self.assertEqual(done, (3, output, ""))


class ExceptionTest(InterpreterTest):
    """A test with an interpreter of each kind."""

    def setUp(self):
        super().setUp()
        self.ids = [_interpreters.create(isolated=kind) for kind in KINDS]
        for id in self.ids:
            self.addCleanup(_interpreters.destroy, id)

    def each(self, code):
        """Raise in an interpreter of each kind; the exceptions that arrive."""
        for id in self.ids:
            try:
                _interpreters.run_string(id, code)
            except BaseException as error:
                yield error
            else:
                self.fail("nothing was raised")
            _interpreters.run_string(id, "")  # it can still be used

    def remote(self, error):
        """The text of the remote traceback, at the end of the chain."""
        seen = []
        while not isinstance(error, _interpreters.RemoteTraceback):
            self.assertNotIn(id(error), seen)
            seen.append(id(error))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
            self.assertIsNotNone(error)
        return str(error)

    def format(self, error):
        """What traceback.print_exc() prints."""
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
