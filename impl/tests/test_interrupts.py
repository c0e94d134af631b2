"""Interrupts and limits where they could hit the wrong run, hang or crash.

What interrupt() and the limits promise is checked by the conformance suite; this is about the moment
in which they come: while a run begins, ends, catches an exception, waits, or is about to.  Whatever
the moment, the run that comes next is not hit, and nobody waits for ever: a test in which somebody
does hangs, and is killed.
"""

import array
import os
import random
import sys
import tempfile
import threading
import time
import unittest

import interpreters
from support import KINDS, InterpreterTest, foreign, run_process

PATH = f"import sys\nsys.path[:] = {sys.path!r}\nimport interpreters\n"

#: Ends by itself, but so late that it has been interrupted if it has ended.
BUSY = "import time\nend = time.monotonic() + 100\nwhile time.monotonic() < end: pass\n"

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

#: A module of exceptions that do not make it easy.
ODD = """
import os, time

class Needy(Exception):
    def __init__(self, first, *, second):
        super().__init__(first)
        self.second = second

class Picky(Exception):
    def __new__(cls, first):
        if first != "spam":
            raise LookupError(first)
        return super().__new__(cls, first)

class Slots(Exception):
    __slots__ = ("slot",)

def refuse(cls, **kwargs):
    raise TypeError("no subclasses")

class Final(Exception):
    __init_subclass__ = classmethod(refuse)

class FinalAndNeedy(Exception):
    __init_subclass__ = classmethod(refuse)
    def __init__(self, first, second):
        super().__init__(first, second)

class Meta(type):
    def __new__(meta, name, bases, namespace, **kwargs):
        if "__module__" not in namespace or bases == ():
            raise TypeError("no class")
        return super().__new__(meta, name, bases, namespace)
    def __call__(cls, *args):
        raise TypeError("no call")

class Uncalled(Exception, metaclass=Meta):
    pass

class Late(Exception):
    def __init_subclass__(cls, **kwargs):
        os.write(descriptor, b"x")
        time.sleep(0.05)

class Loud(Exception):
    def __eq__(self, other): raise ValueError("no comparison")
    __hash__ = None
"""


class ControlTest(InterpreterTest):
    def setUp(self):
        super().setUp()
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)  # so that the threads of one GIL meet in more moments
        self.addCleanup(sys.setswitchinterval, before)
        self.choose = random.Random()

    def create(self, isolated=KINDS[-1], **names):
        interpreter = interpreters.create(isolated=isolated)
        self.addCleanup(interpreter.close)
        interpreter.exec(PATH)
        interpreter.prepare_main(names)
        return interpreter

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

    def begin(self, interpreter, code, run=interpreters.Interpreter.exec, **options):
        """Run the code in a thread, come back once it has begun, and return a function that waits
        for its end and returns what it has raised, or None."""
        reader, writer = self.pipe()
        outcome = []

        def target():
            try:
                begun = f"import os\nos.write({writer}, b'x')\n"
                outcome.append(run(interpreter, begun + code, **options))
            except BaseException as error:
                outcome.append(error)
            os.write(writer, b"x")  # it may have been interrupted before

        def wait():
            thread.join()
            return outcome[0]

        thread = threading.Thread(target=target)
        thread.start()
        self.assertEqual(os.read(reader, 1), b"x")
        return wait

    def value(self, interpreter, name):
        """What the name stands for in __main__ there."""
        queue = interpreters.create_queue()
        interpreter.prepare_main(queue=queue)
        interpreter.exec(f"queue.put({name})")
        return queue.get_nowait()

    def spin(self, most=400):
        for _ in range(self.choose.randrange(most)):
            pass


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


class Exceptions(ControlTest):
    """What is raised, as the code sees it."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "interrupts_odd.py"), "w") as file:
            file.write(ODD)
        sys.path.append(folder.name)
        self.addCleanup(sys.path.remove, folder.name)
        self.addCleanup(sys.modules.pop, "interrupts_odd", None)
        self.odd = __import__("interrupts_odd")

    def raised(self, interpreter, exception):
        """The name of what is raised in code, its args and attributes; nothing may follow it."""
        reader, writer = self.pipe()
        wait = self.begin(
            interpreter,
            f"""if True:
                def catch():
                    try:
                        os.write({writer}, b"x")
                        exec({BUSY!r}, {{}})
                    except BaseException as error:
                        return type(error).__name__, error.args, sorted(vars(error).items())
                seen = catch()
                for _ in range(1000): pass
            """,
        )
        os.read(reader, 1)
        self.assertTrue(interpreter.interrupt(exception))
        error = wait()
        if error is not None:
            raise error
        interpreter.exec("for _ in range(1000): pass")
        return self.value(interpreter, "seen")

    def each(self, exception):
        for isolated in KINDS:
            interpreter = self.create(isolated)
            interpreter.exec(f"sys.path[:] = {sys.path!r}")
            yield self.raised(interpreter, exception)

    def test_instances_of_odd_classes(self):
        needy = self.odd.Needy("spam", second=[2])
        for seen in self.each(needy):
            self.assertEqual(seen, ("Needy", ("spam",), [("second", [2])]))
        for seen in self.each(self.odd.Picky("spam")):
            self.assertEqual(seen, ("Picky", ("spam",), []))
        for seen in self.each(self.odd.Loud("spam")):
            self.assertEqual(seen, ("Loud", ("spam",), []))
        for seen in self.each(self.odd.Slots("spam")):
            self.assertEqual(seen[:2], ("Slots", ("spam",)))

    def test_the_run_ends_while_the_exception_is_made(self):
        for isolated in KINDS:
            interpreter = self.create(isolated)
            reader, writer = self.pipe()
            interpreter.exec(
                f"sys.path[:] = {sys.path!r}\nimport interrupts_odd\n"
                f"interrupts_odd.descriptor = {writer}"
            )
            for _ in range(3):
                wait = self.begin(interpreter, f"os.read({reader}, 1)")
                self.assertFalse(interpreter.interrupt(self.odd.Late))
                self.assertIsNone(wait())
                interpreter.exec("for _ in range(1000): pass")

    def test_instances_of_exceptions_with_members_in_c(self):
        for error in (
            OSError(2, "no such file", "spam"),
            UnicodeDecodeError("ascii", b"\xff", 0, 1, "spam"),
            SystemExit(3),
            SyntaxError("spam", ("file", 1, 2, "text")),
            ImportError("spam", name="eggs"),
            StopIteration(1),
            GeneratorExit("spam"),
            KeyboardInterrupt("spam"),
            BaseException(1, (2, 3)),
        ):
            for seen in self.each(error):
                self.assertEqual(seen[:2], (type(error).__name__, error.args))

    def test_a_keyboard_interrupt_with_all_that_it_can_have(self):
        error = KeyboardInterrupt("spam")
        error.eggs, error.seen = [2], None
        for seen in self.each(error):
            self.assertEqual(
                seen, ("KeyboardInterrupt", ("spam",), [("eggs", [2]), ("seen", None)])
            )
        error.__cause__ = ValueError(3)
        for isolated in KINDS:
            interpreter = self.create(isolated)
            reader, writer = self.pipe()
            wait = self.begin(
                interpreter,
                f"""if True:
                    try:
                        os.write({writer}, b"x")
                        exec({BUSY!r}, {{}})
                    except KeyboardInterrupt as error:
                        cause, hides = repr(error.__cause__), error.__suppress_context__
                """,
            )
            os.read(reader, 1)
            interpreter.interrupt(error)
            self.assertIsNone(wait())
            self.assertEqual(self.value(interpreter, "(cause, hides)"), ("ValueError(3)", True))

    @unittest.skipIf(sys.version_info < (3, 11), "no groups of exceptions")
    def test_a_group(self):
        group = ExceptionGroup("spam", [ValueError(1), KeyError(2)])  # noqa: F821
        for seen in self.each(group):
            self.assertEqual(seen[0], "ExceptionGroup")
            self.assertEqual(seen[1][0], "spam")

    def test_classes_that_cannot_be_derived_from(self):
        """They are raised all the same; what their exceptions were made of may be lost."""
        for seen in self.each(self.odd.Final("spam")):
            self.assertEqual(seen[0], "Final")
        for seen in self.each(self.odd.FinalAndNeedy("spam", "eggs")):
            self.assertIn(seen[0], ("FinalAndNeedy", "TypeError"))

    def test_a_class_whose_metaclass_refuses(self):
        error = self.odd.Uncalled.__new__(self.odd.Uncalled, "spam")
        for seen in self.each(error):
            self.assertIn(seen[0], ("Uncalled", "Exception", "TypeError"))

    def test_a_class_that_needs_arguments_is_refused(self):
        interpreter = self.create()
        wait = self.begin(interpreter, BUSY)
        for wrong in (self.odd.Needy, self.odd.Picky, self.odd.FinalAndNeedy, self.odd.Uncalled):
            with self.assertRaises(TypeError):
                interpreter.interrupt(wrong)
        self.assertTrue(interpreter.interrupt(EOFError))
        self.assertIs(type(wait()), EOFError)

    def test_what_a_constructor_raises_is_raised_in_the_caller(self):
        class Broken(Exception):
            def __init__(self):
                raise LookupError("broken")

        class Other(Exception):
            def __new__(cls):
                return 5

        interpreter = self.create()
        with self.assertRaisesRegex(LookupError, "broken"):
            interpreter.interrupt(Broken)
        self.assertFalse(interpreter.interrupt(Other))  # nothing runs

    def test_classes_that_the_interpreter_cannot_import(self):
        """What is raised has the name, is derived from the nearest base, and arrives here again."""

        class Local(LookupError):
            pass

        for isolated in KINDS:
            interpreter = self.create(isolated)
            self.assertEqual(self.raised(interpreter, Local("spam"))[:2], ("Local", ("spam",)))
            wait = self.begin(interpreter, BUSY)
            self.assertTrue(interpreter.interrupt(Local("spam")))
            error = wait()
            self.assertIsInstance(error, LookupError)
            self.assertEqual((type(error).__name__, error.args), ("Local", ("spam",)))

    def test_a_module_that_cannot_be_imported_there(self):
        """What is raised while the exception is made anew is nobody's; the code is interrupted."""
        folder = self.enter(tempfile.TemporaryDirectory())
        name = os.path.join(folder, "interrupts_broken.py")
        with open(name, "w") as file:
            file.write("class Spam(LookupError): pass")
        sys.path.append(folder)
        self.addCleanup(sys.path.remove, folder)
        self.addCleanup(sys.modules.pop, "interrupts_broken", None)
        spam = __import__("interrupts_broken").Spam
        with open(name, "w") as file:
            file.write("raise SystemExit('not here') # and not of the same size either")
        for isolated in KINDS:
            interpreter = self.create(isolated)
            self.assertEqual(self.raised(interpreter, spam(1))[0], "Spam")

    def enter(self, manager):
        self.addCleanup(manager.__exit__, None, None, None)
        return manager.__enter__()

    def test_the_callers_exception_is_not_touched(self):
        interpreter = self.create()
        error = EOFError([1])
        count = sys.getrefcount(error)
        self.raised(interpreter, error)
        self.assertEqual(sys.getrefcount(error), count)
        self.assertEqual((error.__traceback__, error.__context__), (None, None))

    def test_the_traceback_shows_where_the_code_was(self):
        interpreter = self.create()
        reader, writer = self.pipe()
        code = f"def spam():\n  os.write({writer}, b'x')\n  while True: pass\nspam()"
        wait = self.begin(interpreter, code)
        os.read(reader, 1)
        interpreter.interrupt(LookupError("eggs"))
        self.assertIn("in spam", str(wait().__cause__))


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

    def test_the_time_is_up(self):
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


PROLOGUE = """
import os, random, signal, sys, threading, time
import interpreters

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
BUSY = "import time\\nend = time.monotonic() + 100\\nwhile time.monotonic() < end: pass\\n"
reader, writer = os.pipe()
BEGUN = "import os; os.write(%d, b'x')\\n" % writer
interpreter = interpreters.create(isolated={isolated})

def background(function, *args, **kwargs):
    threading.Thread(target=function, args=args, kwargs=kwargs, daemon=True).start()
"""

ENDS_WITH_LIMITS = """
threading.excepthook = lambda args: None
for n in range(4):
    other = interpreters.create(isolated={isolated})
    background(other.exec, BEGUN + BUSY, timeout=random.random() * 0.05)
    os.read(reader, 1)
time.sleep(random.random() * 0.05)
"""

# The first interruption imports modules, and threads that wait to import something while a process
# ends crash some CPythons (3.12).
ENDS_WHILE_INTERRUPTED = """
interpreter.interrupt()
threading.excepthook = lambda args: None
def run():
    while True:
        try:
            interpreter.exec(BEGUN + "for _ in range(1000): pass")
        except KeyboardInterrupt:
            pass
def interrupt():
    while True:
        interpreter.interrupt()
background(run)
os.read(reader, 1)
background(interrupt)
background(interrupt)
time.sleep(random.random() * 0.01)
"""

ENDS_IN_A_WAIT = """
queue = interpreters.create_queue()
interpreter.prepare_main(q=queue)
threading.excepthook = lambda args: None
background(interpreter.exec, BEGUN + "q.get()", timeout=random.random() * 0.02)
os.read(reader, 1)
time.sleep(random.random() * 0.02)
"""

FORKS_WITH_LIMITS = """
background(interpreter.exec, BEGUN + BUSY, timeout=1000)
os.read(reader, 1)
pid = os.fork()
if pid == 0:
    assert interpreters.enumerate() == [interpreters.get_main()]
    own = interpreters.create(isolated={isolated})
    try:
        own.exec(BUSY, timeout=0.001)
    except TimeoutError:
        own.close()
        sys.exit(5)
assert os.waitpid(pid, 0)[1] == 5 << 8
threading.excepthook = lambda args: None
assert interpreter.interrupt()
while interpreter.is_running():
    time.sleep(0.001)
interpreter.exec("pass", timeout=1000)
"""

QUIET = ("-W", "ignore::DeprecationWarning")  # of forks, while there are threads


class Processes(unittest.TestCase):
    maxDiff = None

    def check(self, body, times=1, output=""):
        for isolated in KINDS:
            for _ in range(times):
                source = (PROLOGUE + body).replace("{isolated}", str(isolated)) + "\nsys.exit(3)\n"
                with self.subTest(isolated=isolated):
                    self.assertEqual(run_process(source, options=QUIET), (3, output, ""))

    def test_a_process_that_ends_with_limits(self):
        self.check(ENDS_WITH_LIMITS, 2)

    def test_a_process_that_ends_while_code_is_interrupted(self):
        self.check(ENDS_WHILE_INTERRUPTED, 3)

    def test_a_process_that_ends_while_a_wait_is_limited(self):
        self.check(ENDS_IN_A_WAIT, 3)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "its malloc() keeps locks in the child")
    def test_a_process_that_forks_with_limits(self):
        self.check(FORKS_WITH_LIMITS)


if __name__ == "__main__":
    unittest.main()
