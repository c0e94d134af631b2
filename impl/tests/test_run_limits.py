"""Limits of time where they could hit the wrong run, hang or crash.

What they promise is checked by the conformance suite; this is about the moment in which the time is
up: before a run has begun, as it ends, in a wait, or as it is interrupted as well.
"""

import array
import os
import sys
import time
import unittest

import interpreters
from control_support import BUSY, ControlTest
from support import KINDS, foreign


class Limits(ControlTest):
    def test_a_limit_of_nothing(self):
        for isolated in KINDS:
            interpreter = self.create(isolated)
            for _ in range(20):
                with self.assertRaisesRegex(TimeoutError, "not ended after 0.0 seconds"):
                    interpreter.exec(BUSY, timeout=0)
                with self.assertRaises(TimeoutError):
                    interpreter.call_within(0, exec, BUSY, {})
                interpreter.exec("for _ in range(100): pass")

    def test_runs_that_end_at_once(self):
        """The time is up while the run begins, is in progress, or ends."""
        for isolated in KINDS:
            interpreter = self.create(isolated)
            interpreter.exec("following = 0")
            for _ in range(150):
                limit = self.choose.choice((0, 0, 1e-9, 1e-5, 5e-5, 1e-4, 1e-3))
                try:
                    interpreter.exec("for _ in range(50): pass", timeout=limit)
                    self.assertEqual(interpreter.call_within(limit, abs, -1), 1)
                except TimeoutError:
                    pass
                interpreter.exec("following += 1")
            interpreter.exec("assert following == 150")

    def test_runs_that_end_when_the_time_is_up(self):
        for isolated in KINDS:
            interpreter = self.create(isolated)
            for _ in range(60):
                limit = self.choose.random() * 0.004
                try:
                    interpreter.call_within(limit, time.sleep, 0.002)
                except TimeoutError:
                    pass
                interpreter.exec("for _ in range(100): pass")

    def test_many_at_once(self):
        def limit(isolated):
            interpreter = self.create(isolated)
            for _ in range(20):
                with self.assertRaises(TimeoutError):
                    interpreter.exec(BUSY, timeout=self.choose.random() * 0.003)
                interpreter.exec("for _ in range(100): pass")

        threads = [self.start(limit, isolated) for isolated in KINDS * 3]
        for thread in threads:
            thread.join()

    def test_it_is_raised_once(self):
        """On a busy machine the time may be up before the code has begun: then once more, with more."""
        for isolated in KINDS:
            interpreter = self.create(isolated)
            for seconds in (0.001, 0.1, 4):
                try:
                    interpreter.exec(
                        f"""if True:
                            def catch():
                                try:
                                    exec({BUSY!r}, {{}})
                                except KeyboardInterrupt:
                                    return True
                            assert catch()
                            for _ in range(100000): pass
                        """,
                        timeout=seconds,
                    )
                    break
                except TimeoutError:
                    if seconds == 4:
                        raise

    def test_a_wait_for_an_item(self):
        for isolated in KINDS:
            interpreter = self.create(isolated, q=interpreters.create_queue())
            for _ in range(20):
                with self.assertRaises(TimeoutError):
                    interpreter.exec("q.get()", timeout=0.001)
                with self.assertRaises(interpreters.QueueEmpty):
                    interpreter.exec("q.get(timeout=0.001)", timeout=1000)

    def test_a_limit_within_a_limit(self):
        for isolated in KINDS:
            inner = self.create(isolated)
            outer = self.create(isolated, other=inner)
            code = f"try: other.exec({BUSY!r}, timeout=0.001)\nexcept TimeoutError: caught = True"
            outer.exec(code, timeout=1000)
            outer.exec("assert caught")
            code = "for _ in range(10000): other.exec('pass', timeout=1000)"
            with self.assertRaises(TimeoutError):
                outer.exec(code, timeout=0.01)
            inner.exec("for _ in range(1000): pass")

    def test_an_interrupt_before_the_time_is_up(self):
        for isolated in KINDS:
            interpreter = self.create(isolated)
            wait = self.begin(interpreter, BUSY, timeout=1000)
            self.assertTrue(interpreter.interrupt(EOFError))
            self.assertIs(type(wait()), EOFError)

    def test_an_interrupt_when_the_time_is_up(self):
        for isolated in KINDS:
            interpreter = self.create(isolated)
            for _ in range(20):
                wait = self.begin(interpreter, BUSY, timeout=0.001)
                time.sleep(0.001 * self.choose.random())
                interpreter.interrupt(EOFError)
                self.assertIn(type(wait()), (TimeoutError, EOFError))
                interpreter.exec("for _ in range(100): pass")

    def test_numbers(self):
        interpreter = self.create()
        for huge in (10**400, float("inf"), 1e300, 2**63):
            self.assertEqual(interpreter.call_within(huge, abs, -1), 1)
            interpreter.exec("pass", timeout=huge)
        for wrong in (-1, -1e-300, -(10**400), float("nan"), float("-inf")):
            with self.assertRaisesRegex(ValueError, "^seconds must not be negative"):
                interpreter.call_within(wrong, abs, -1)
            with self.assertRaisesRegex(ValueError, "must not be negative"):
                interpreter.exec("pass", timeout=wrong)
        for wrong in ("1", [], 1j):
            with self.assertRaisesRegex(TypeError, "must be an int or a float, not "):
                interpreter.call_within(wrong, abs, -1)
            with self.assertRaisesRegex(TypeError, "must be an int or a float, not "):
                interpreter.exec("pass", timeout=wrong)

    def test_a_refused_run_with_a_limit(self):
        for isolated in KINDS:
            interpreter = self.create(isolated)
            reader, writer = self.pipe()
            wait = self.begin(interpreter, f"os.read({reader}, 1)")
            for _ in range(20):
                with self.assertRaises(interpreters.InterpreterError):
                    interpreter.exec("pass", timeout=0)
                with self.assertRaises(interpreters.InterpreterError):
                    interpreter.call_within(0, abs, 1)
            os.write(writer, b"x")
            self.assertIsNone(wait())
            for main in (interpreters.get_main(), interpreters.get_current()):
                with self.assertRaises(interpreters.InterpreterError):
                    main.exec("pass", timeout=0)

    def test_the_source_is_judged_before(self):
        interpreter = self.create()
        for wrong in ("\0", "\udc80"):
            with self.assertRaises(ValueError):
                interpreter.exec(wrong, timeout=0)
        with self.assertRaises(TypeError):
            interpreter.exec(b"pass", timeout=0)
        with self.assertRaises(SyntaxError):
            interpreter.exec("def f(:", timeout=1000)

    @unittest.skipUnless(os.path.isdir("/proc/self/task"), "the threads cannot be counted")
    def test_the_threads_that_watch_the_time_end(self):
        interpreter = self.create()
        for _ in range(100):
            interpreter.exec("pass", timeout=1000)
        end = time.monotonic() + 60
        while len(os.listdir("/proc/self/task")) > 10 and time.monotonic() < end:
            time.sleep(0.001)
        self.assertLess(len(os.listdir("/proc/self/task")), 11)

    def test_tracemalloc_is_tracing(self):
        """It is refused, or it works as ever; an isolated interpreter cannot be entered then."""
        import tracemalloc  # isolated interpreters import this file, but not that

        several = [self.create(isolated) for isolated in KINDS]
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for _ in range(5):
            for isolated, interpreter in zip(KINDS, several):
                refused = isolated or sys.version_info < (3, 12)
                error = interpreters.InterpreterError if refused else TimeoutError
                with self.assertRaises(error):
                    interpreter.exec(BUSY, timeout=0.001)
                with self.assertRaises(error):
                    interpreter.call_within(0.001, exec, BUSY, {})
            wait = self.begin(several[0], BUSY)
            self.assertTrue(several[0].interrupt(EOFError))
            self.assertIs(type(wait()), EOFError)
        tracemalloc.stop()
        for interpreter in several:
            interpreter.exec("for _ in range(100): pass", timeout=1000)

    def test_an_interpreter_of_cpythons_own_module(self):
        theirs = foreign()
        id = theirs.create()
        interpreter = interpreters.Interpreter(id)
        for _ in range(10):
            with self.assertRaises(TimeoutError):
                interpreter.exec(BUSY, timeout=0.001)
            interpreter.exec("for _ in range(100): pass", timeout=1000)
        self.assertFalse(interpreter.interrupt())
        theirs.destroy(id)

    def test_the_message(self):
        interpreter = self.create()
        with self.assertRaisesRegex(TimeoutError, "^the code had not ended after 0.001 seconds$"):
            interpreter.exec(BUSY, timeout=0.001)
        with self.assertRaisesRegex(TimeoutError, "^the code had not ended after 0.001 seconds$"):
            interpreter.call_within(0.001, array.array, "i", Endless())


class Endless:
    """What never ends, for C code that iterates; evaluated in Python, so it can be interrupted."""

    def __iter__(self):
        return self

    def __next__(self):
        return 1


if __name__ == "__main__":
    unittest.main()
