"""Interrupts where they could hit the wrong run, hang or crash.

What interrupt() promises is checked by the conformance suite; this is about the moment in which it
comes: while a run begins, ends, catches an exception, waits, or is about to.  Whatever the moment, the
run that comes next is not hit, and nobody waits for ever: a test in which somebody does hangs, and is
killed.
"""

import os
import threading
import time
import unittest

import interpreters
from control_support import BUSY, ControlTest
from support import KINDS

#: Runs and calls that end at once, in each of the ways there are.
SHORT = (
    lambda interpreter: interpreter.exec("pass"),
    lambda interpreter: interpreter.exec("for _ in range(200): pass"),
    lambda interpreter: interpreter.exec("for _ in range(100000): pass"),
    lambda interpreter: interpreter.exec("[n * n for n in range(100)]"),
    lambda interpreter: interpreter.exec("try: 1/0\nexcept ZeroDivisionError: pass"),
    lambda interpreter: interpreter.exec("1/0"),
    lambda interpreter: interpreter.exec("import time; time.sleep(0)"),
    lambda interpreter: interpreter.exec("raise SystemExit"),
    lambda interpreter: interpreter.exec("def f(:"),
    lambda interpreter: interpreter.call(abs, -1),
    lambda interpreter: interpreter.call(eval, "[n for n in range(100)]", {}),
    lambda interpreter: interpreter.call(divmod, 1, 0),
    lambda interpreter: interpreter.call(time.sleep, 0),
    lambda interpreter: interpreter.prepare_main(x=1),
)
ENDS = (ZeroDivisionError, SystemExit, SyntaxError)


class Moments(ControlTest):
    ROUNDS = 150

    def test_at_random_moments(self):
        """A run that comes after a short one, which was interrupted or not, is not hit."""
        for isolated in KINDS:
            interpreter = self.create(isolated)
            interpreter.exec("following = 0")
            go, done = threading.Semaphore(0), threading.Semaphore(0)
            told = []

            def interrupt(interpreter=interpreter, go=go, done=done, told=told):
                for _ in range(self.ROUNDS):
                    go.acquire()
                    self.spin()
                    told.append(interpreter.interrupt())
                    done.release()

            thread = self.start(interrupt)
            for _ in range(self.ROUNDS):
                hit = False
                go.release()
                try:
                    self.choose.choice(SHORT)(interpreter)
                except ENDS:
                    pass
                except KeyboardInterrupt:
                    hit = True
                done.acquire()
                self.assertTrue(told[-1] or not hit)
                interpreter.exec("following += 1")
            thread.join()
            interpreter.exec(f"assert following == {self.ROUNDS}")

    def test_without_a_pause(self):
        """Runs go on while two threads interrupt whatever there is; then nothing is left of it."""
        for isolated in KINDS:
            interpreter = self.create(isolated)
            stop = []

            def interrupt(interpreter=interpreter, stop=stop):
                while not stop:
                    interpreter.interrupt(LookupError("spam"))

            threads = [self.start(interrupt) for _ in range(2)]
            try:
                self.run_all_the_time(interpreter)
            finally:
                stop.append(True)
                for thread in threads:
                    thread.join()
            interpreter.exec("for _ in range(1000): pass")
            self.assertFalse(interpreter.interrupt())

    def run_all_the_time(self, interpreter):
        for _ in range(self.ROUNDS):
            try:
                self.choose.choice(SHORT)(interpreter)
            except ENDS:
                pass
            except LookupError as error:
                self.assertEqual(error.args, ("spam",))

    def test_several_threads_at_one_run(self):
        for isolated in KINDS:
            for _ in range(5):
                interpreter = self.create(isolated)
                wait = self.begin(interpreter, BUSY)
                told = []
                threads = [
                    self.start(lambda told=told, i=interpreter: told.append(i.interrupt()))
                    for _ in range(4)
                ]
                for thread in threads:
                    thread.join()
                self.assertIn(True, told)
                self.assertIs(type(wait()), KeyboardInterrupt)
                interpreter.exec("for _ in range(1000): pass")

    def test_code_that_catches_it_again_and_again(self):
        """As many are raised as are sent, one at a time."""
        for isolated in KINDS:
            interpreter = self.create(isolated)
            (reader, writer), count = self.pipe(), 50
            wait = self.begin(
                interpreter,
                f"""if True:
                    def catch():
                        global caught
                        try:
                            os.write({writer}, b"x")
                            while True: pass
                        except KeyError as error:
                            caught += error.args
                    caught = ()
                    for _ in range({count}): catch()
                """,
            )
            for n in range(count):
                os.read(reader, 1)
                self.assertTrue(interpreter.interrupt(KeyError(n)))
            self.assertIsNone(wait())
            interpreter.exec(f"assert caught == tuple(range({count})), caught")

    def test_the_run_that_interrupts_itself(self):
        for isolated in KINDS:
            interpreter = self.create(isolated)
            interpreter.exec(
                """if True:
                    me = interpreters.get_current()
                    try:
                        told = me.interrupt(LookupError)
                        for _ in range(1000): pass
                    except LookupError:
                        told = "raised"
                    assert told == "raised", told
                    for _ in range(1000): pass
                """
            )

    def test_a_run_that_ends_by_its_own_exception(self):
        """Its own is raised, or the other one, and nothing is left of either."""
        for isolated in KINDS:
            interpreter = self.create(isolated)
            for _ in range(30):
                wait = self.begin(interpreter, "for _ in range(500): pass\nraise EOFError")
                interpreter.interrupt(LookupError)
                self.assertIn(type(wait()), (EOFError, LookupError))
                interpreter.exec("for _ in range(100): pass")

    def test_interpreters_that_come_and_go(self):
        """One that is destroyed at this moment is not found, or nothing runs in it."""
        for isolated in KINDS:
            made, stop = [], []

            def interrupt(made=made, stop=stop):
                while not stop:
                    try:
                        if made:
                            made[-1].interrupt()
                    except interpreters.InterpreterNotFoundError:
                        pass

            threads = [self.start(interrupt) for _ in range(2)]
            try:
                for _ in range(8):
                    made.append(interpreters.create(isolated=isolated))
                    try:
                        made[-1].exec("import threading\nfor _ in range(1000): pass")
                    except KeyboardInterrupt:
                        pass
                    made[-1].close()
            finally:
                stop.append(True)
                for thread in threads:
                    thread.join()

    def test_the_thread_that_made_the_interpreter_is_gone(self):
        for isolated in KINDS:
            made = []
            self.start(lambda i=isolated: made.append(self.create(i))).join()
            wait = self.begin(made[0], BUSY)
            self.assertTrue(made[0].interrupt())
            self.assertIs(type(wait()), KeyboardInterrupt)

    def test_the_main_thread_is_interrupted(self):
        for isolated in KINDS:
            interpreter = self.create(isolated)
            reader, writer = self.pipe()

            def interrupt(interpreter=interpreter, reader=reader):
                os.read(reader, 1)
                self.assertTrue(interpreter.interrupt(EOFError("spam")))

            thread = self.start(interrupt)
            with self.assertRaisesRegex(EOFError, "spam"):
                interpreter.exec(f"import os; os.write({writer}, b'x')\n" + BUSY)
            thread.join()


class StartedThreads(ControlTest):
    def test_none_is_taken_for_the_one_that_starts_it(self):
        """Not one that does not run yet, either."""
        for isolated in KINDS:
            interpreter = interpreters.create(isolated=isolated)
            for _ in range(20):
                reader, writer = self.pipe()
                wait = self.begin(
                    interpreter,
                    f"""if True:
                        import _thread
                        os.write({writer}, b"x")
                        while True: _thread.start_new_thread(int, ())
                    """,
                )
                os.read(reader, 1)
                self.assertTrue(interpreter.interrupt(LookupError))
                self.assertIs(type(wait()), LookupError)
            self.close_once_they_have_ended(interpreter)

    def close_once_they_have_ended(self, interpreter):
        for _ in range(10000):
            try:
                return interpreter.close()
            except interpreters.InterpreterError:
                time.sleep(0.001)
        self.fail("they have not ended")


class Nested(ControlTest):
    def pair(self, isolated):
        """An interpreter, and one that it runs code in, as other."""
        inner = self.create(isolated)
        return self.create(isolated, other=inner), inner

    def test_the_inner_one_is_interrupted(self):
        for isolated in KINDS:
            outer, inner = self.pair(isolated)
            reader, writer = self.pipe()
            begun = f"import os; os.write({writer}, b'x')\n"
            wait = self.begin(
                outer,
                f"try: other.exec({begun + BUSY!r})\nexcept LookupError as error: print(error)\n"
                "for _ in range(1000): pass\ndone = True",
                run=lambda i, code: i.exec(code.replace("print(error)", "caught = error.args")),
            )
            os.read(reader, 1)
            self.assertTrue(inner.interrupt(LookupError(1)))
            self.assertIsNone(wait())
            outer.exec("assert caught == (1,) and done")

    def test_the_outer_one_is_interrupted_when_the_inner_one_has_ended(self):
        for isolated in KINDS:
            outer, inner = self.pair(isolated)
            (begun, begin), (ended, end) = self.pipe(), self.pipe()
            code = f"import os; os.write({begin}, b'x'); os.read({ended}, 1); done = True"
            wait = self.begin(outer, f"other.exec({code!r})\n" + BUSY)
            os.read(begun, 1)
            self.assertTrue(outer.interrupt(LookupError))
            os.write(end, b"x")
            self.assertIs(type(wait()), LookupError)
            inner.exec("assert done")

    def test_both_are_interrupted(self):
        for isolated in KINDS:
            for first in (0, 1):
                pair = self.pair(isolated)
                reader, writer = self.pipe()
                begun = f"import os; os.write({writer}, b'x')\n"
                wait = self.begin(
                    pair[0],
                    f"try: other.exec({begun + BUSY!r})\nexcept EOFError: pass\n" + BUSY,
                )
                os.read(reader, 1)
                errors = (LookupError, EOFError)
                self.assertTrue(pair[first].interrupt(errors[first]))
                self.assertTrue(pair[1 - first].interrupt(errors[1 - first]))
                self.assertIs(type(wait()), LookupError)
                for interpreter in pair:
                    interpreter.exec("for _ in range(1000): pass")

    def test_an_interpreter_interrupts_the_one_that_waits_for_it(self):
        for isolated in KINDS:
            outer, inner = self.pair(isolated)
            inner.prepare_main(outer=outer)
            with self.assertRaises(LookupError):
                outer.exec("other.exec('assert outer.interrupt(LookupError)')\n" + BUSY)


class Waits(ControlTest):
    """Code that waits in a queue."""

    def test_an_item_is_got_or_stays(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            interpreter = self.create(isolated)
            for n in range(60):
                outcome = []

                def get(outcome=outcome, interpreter=interpreter, queue=queue):
                    try:
                        outcome.append(interpreter.call(queue.get))
                    except KeyboardInterrupt as error:
                        outcome.append(error)

                def put(n=n, queue=queue):
                    self.spin()
                    queue.put(n)

                thread = self.start(get)
                while not interpreter.is_running():
                    time.sleep(0)
                putter = self.start(put)
                self.spin()
                told = interpreter.interrupt()
                putter.join()
                thread.join()
                if isinstance(outcome[0], KeyboardInterrupt):
                    self.assertTrue(told)
                    outcome[0] = queue.get_nowait()
                self.assertEqual(outcome, [n])
                self.assertEqual(queue.qsize(), 0)

    def test_room_is_used_or_stays(self):
        for isolated in KINDS:
            queue = interpreters.create_queue(1)
            interpreter = self.create(isolated)
            for n in range(60):
                queue.put(None)
                outcome = []

                def put(n=n, outcome=outcome, interpreter=interpreter, queue=queue):
                    try:
                        outcome.append(interpreter.call(queue.put, n))
                    except KeyboardInterrupt as error:
                        outcome.append(error)

                thread = self.start(put)
                while not interpreter.is_running():
                    time.sleep(0)
                getter = self.start(queue.get)
                self.spin()
                interpreter.interrupt()
                thread.join()
                getter.join()
                if outcome == [None]:
                    self.assertEqual(queue.get_nowait(), n)
                self.assertEqual(queue.qsize(), 0)

    def test_somebody_else_was_quicker(self):
        """A thread that is told of an item which is gone by then goes on waiting; but it is not to
        miss the exception that came meanwhile."""
        for isolated in KINDS:
            queue = interpreters.create_queue()
            interpreter = self.create(isolated)
            for n in range(100):
                outcome = []

                def get(outcome=outcome, interpreter=interpreter, queue=queue):
                    try:
                        outcome.append(interpreter.call(queue.get))
                    except KeyboardInterrupt:
                        outcome.append("interrupted")

                thread = self.start(get)
                while not interpreter.is_running():
                    time.sleep(0)
                self.spin(20000)
                queue.put(n)
                try:
                    queue.get_nowait()
                except interpreters.QueueEmpty:
                    pass
                told = interpreter.interrupt()
                thread.join()
                self.assertTrue(outcome == [n] or (told and outcome == ["interrupted"]), outcome)

    def test_an_interrupted_wait_can_be_repeated(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            interpreter = self.create(isolated, q=queue)
            (reader, writer), count = self.pipe(), 20
            wait = self.begin(
                interpreter,
                f"""if True:
                    caught = 0
                    def catch():
                        try:
                            os.write({writer}, b"x")
                            return q.get()
                        except EOFError:
                            return EOFError
                    while catch() is EOFError: caught += 1
                """,
            )
            for _ in range(count):
                os.read(reader, 1)
                self.assertTrue(interpreter.interrupt(EOFError))
            os.read(reader, 1)
            queue.put("item")
            self.assertIsNone(wait())
            interpreter.exec(f"assert caught == {count}, caught")

    def test_many_that_wait_for_one_queue(self):
        """Only the one that is interrupted is; the others get the items."""
        for isolated in KINDS:
            queue = interpreters.create_queue()
            several = [self.create(isolated, q=queue) for _ in range(4)]
            waits = [self.begin(each, "item = q.get()") for each in several]
            self.assertTrue(several[1].interrupt(EOFError))
            self.assertIs(type(waits[1]()), EOFError)
            for n in range(3):
                queue.put(n)
            self.assertEqual([wait() for n, wait in enumerate(waits) if n != 1], [None] * 3)
            items = [self.value(each, "item") for n, each in enumerate(several) if n != 1]
            self.assertEqual(sorted(items), [0, 1, 2])

    def test_other_threads_of_the_interpreter_go_on_waiting(self):
        for isolated in KINDS:
            queue, reply = interpreters.create_queue(), interpreters.create_queue()
            interpreter = self.create(isolated, q=queue, r=reply)
            interpreter.exec(
                "import threading\n"
                "thread = threading.Thread(target=lambda: r.put(q.get()))\nthread.start()"
            )
            wait = self.begin(interpreter, "interpreters.create_queue().get()")
            self.assertTrue(interpreter.interrupt(EOFError))
            self.assertIs(type(wait()), EOFError)
            queue.put("for the thread")
            self.assertEqual(reply.get(), "for the thread")


class Messages(ControlTest):
    def test_interrupt(self):
        main = interpreters.get_main()
        with self.assertRaisesRegex(interpreters.InterpreterError, "^interpreter 0 is the main"):
            main.interrupt()
        interpreter = interpreters.create()
        with self.assertRaisesRegex(
            TypeError, "^exception must be an exception class or an exception, not int$"
        ):
            interpreter.interrupt(5)
        with self.assertRaisesRegex(TypeError, "not type$"):
            interpreter.interrupt(int)
        interpreter.close()
        with self.assertRaisesRegex(
            interpreters.InterpreterNotFoundError, f"^interpreter {interpreter.id} does not exist"
        ):
            interpreter.interrupt()


if __name__ == "__main__":
    unittest.main()
