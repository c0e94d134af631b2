"""The exceptions that interrupt() raises, as the code that is interrupted sees them."""

import os
import sys
import tempfile
import unittest

from control_support import BUSY, ControlTest
from support import KINDS

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


if __name__ == "__main__":
    unittest.main()
