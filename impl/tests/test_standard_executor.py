"""The standard library's own tests of executors, run against ours.

They come with some CPythons, as ``test.test_concurrent_futures`` from 3.13, and are written as mix-ins
for any executor; 3.14 has more of them for its own executor of interpreters.  Where they make a process
of their own, that imports our executor.

What ours does otherwise is listed with the reason.  A test in that list has to fail.  So is what passes
or fails by chance, which is left out.
"""

import contextlib
import importlib.util
import os
import sys
import unittest

import interpreters

SUITE = "test.test_concurrent_futures"

DEPARTURES = {
    "test_init_closure": "a closure can be sent: functions that cannot be imported go by value",
    "test_init_instance_method": "so can a method of an instance of a local class",
    "test_submit_closure": "a closure can be sent",
    "test_submit_local_instance": "a local class can be sent",
    "test_submit_instance_method": "a method of an instance of a local class can be sent",
    "test_init_exception_in_func": "what an initializer raises is told as itself, in no wrapper",
    "test_submit_exception_in_func": "the cause of an exception is its remote traceback",
    "test_pickle_errors_propagate": "what raises when it is made anew is raised as itself",
}

BY_CHANCE = {
    "test_cancel_futures": "on a busy machine no worker has begun a task when shutdown() is called",
}


class Event:
    """What of threading.Event the tests use; it can be sent."""

    def __init__(self):
        self.queue = interpreters.create_queue()

    def set(self):
        self.queue.put(True)

    def wait(self):
        self.queue.put(self.queue.get())


class InterpreterPoolExecutor(interpreters.InterpreterPoolExecutor):
    """Ours, with an attribute of the standard's by which a test sees that a pool is broken."""

    @property
    def _broken(self):
        try:
            self.submit(abs, -1)
        except interpreters.BrokenInterpreterPool:
            return True
        return False


class Ours:
    """What says which executor is tested, in the place of the mix-ins of the suite."""

    executor_type = InterpreterPoolExecutor

    def create_event(self):
        return Event()


def in_process(assert_python_ok):
    """Have a process of a test import our executor."""

    def run(*args, **environment):
        args = [
            arg.replace("from concurrent.futures import Int", "from interpreters import Int")
            for arg in args
        ]
        return assert_python_ok(*args, **dict(environment, PYTHONPATH=os.pathsep.join(sys.path)))

    return run


def departing(case):
    """Have the tests of a class fail that the list names; leave out what passes by chance."""
    for name, reason in BY_CHANCE.items():
        if hasattr(case, name):
            setattr(case, name, unittest.skip(reason)(getattr(case, name)))
    for name in DEPARTURES:
        test = getattr(case, name, None)
        if test is not None and not getattr(test, "__unittest_expecting_failure__", False):
            setattr(case, name, failing(test))
    return case


def failing(test):
    """A test that passes if the other one fails, in silence."""

    def test_departs(self):
        with contextlib.ExitStack() as quiet:
            quiet.enter_context(contextlib.redirect_stderr(None))
            with self.assertRaises(Exception):
                test(self)

    return test_departs


def cases():
    """Make a test class of each mix-in, and take those of our own kind of executor over."""
    util = importlib.import_module(SUITE + ".util")
    shutdown = importlib.import_module(SUITE + ".test_shutdown")
    shutdown.assert_python_ok = in_process(shutdown.assert_python_ok)
    for module, name in (
        ("executor", "ExecutorTest"),
        ("test_as_completed", "AsCompletedTests"),
        ("test_wait", "WaitTests"),
        ("test_shutdown", "ExecutorShutdownTest"),
        ("test_init", "InitializerMixin"),
        ("test_init", "FailingInitializerMixin"),
    ):
        mixin = getattr(importlib.import_module(f"{SUITE}.{module}"), name)
        bases = (Ours, mixin, util.ExecutorMixin, util.BaseTestCase)
        if issubclass(mixin, util.ExecutorMixin):
            bases = (Ours, mixin, util.BaseTestCase)
        yield type(name, bases, {})
    try:
        pools = importlib.import_module(SUITE + ".test_interpreter_pool")
    except ImportError:  # before 3.14
        return
    for name in ("InterpreterPoolExecutorTest", "AsyncioTest"):
        yield type(name, (Ours, getattr(pools, name)), {})


def is_installed():
    """Whether this Python has the suite as it is from 3.13 on."""
    try:
        return importlib.util.find_spec(SUITE + ".executor") is not None
    except ImportError:  # nor what it is a part of
        return False


def load_tests(loader, tests, pattern):
    """All of them; where the suite is not installed, a test that says so."""
    if not is_installed():
        tests = [unittest.FunctionTestCase(lambda: unittest.TestCase().skipTest("no " + SUITE))]
        return unittest.TestSuite(tests)
    return unittest.TestSuite(loader.loadTestsFromTestCase(departing(case)) for case in cases())


if __name__ == "__main__":
    unittest.main()
