"""Exceptions on their way from one interpreter to another, the hostile ones among them."""

import json
import pickle
import sys
import traceback
import unittest

from interpreters import _interpreters
from support import KINDS, InterpreterTest


class Exceptions(InterpreterTest):
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

    def test_built_in_classes(self):
        for source in (
            "ValueError('text', 1, (2.5, [None, {'a': {1}}]))",
            "KeyError(('a', 1))",
            "OSError(2, 'No such file', 'name')",
            "OSError(2, 'No such file', 'name', None, 'other')",
            "BlockingIOError(11, 'Again', 5)",
            "ImportError('text', name='name', path='path')",
            "SyntaxError('text', ('file', 1, 2, 'line'))",
            "StopIteration(3)",
            "SystemExit(4)",
            "SystemExit()",
            "KeyboardInterrupt()",
            "GeneratorExit()",
            "UnicodeEncodeError('ascii', '\\udc80', 0, 1, 'reason')",
            "UnicodeDecodeError('ascii', b'\\xff', 0, 1, 'reason')",
            "UnicodeTranslateError('x', 0, 1, 'reason')",
            "ConnectionResetError(104, 'reset')",
            "MemoryError()",
            "RecursionError('deep')",
            "UnicodeError('text')",
            "OSError('text')",
            "BaseException('base')",
        ):
            original = eval(source)
            for error in self.each("raise " + source):
                with self.subTest(source=source):
                    self.assertIs(type(error), type(original))
                    self.assertEqual(str(error), str(original))
                    self.assertEqual(error.args, original.args)
                    for name in (
                        "errno strerror filename filename2 characters_written name path msg text "
                        "lineno offset value code encoding object start end reason"
                    ).split():
                        if not hasattr(original, name):
                            self.assertFalse(hasattr(error, name), name)
                        elif name != "__notes__":
                            self.assertEqual(getattr(error, name), getattr(original, name), name)
                    self.assertIn(type(original).__name__, self.remote(error))

    def test_a_syntax_error_tells_the_position(self):
        for error in self.each("x = 1\ny = = 2\n"):
            self.assertIs(type(error), SyntaxError)
            self.assertEqual((error.filename, error.lineno), ("<string>", 2))
            self.assertEqual(error.text.rstrip(), "y = = 2")

    def test_a_name_error_has_its_name(self):
        for error in self.each("nowhere"):
            self.assertIs(type(error), NameError)
            self.assertEqual(getattr(error, "name", "nowhere"), "nowhere")

    def test_a_library_class_that_the_caller_has(self):
        for error in self.each("import json; json.loads('{')"):
            self.assertIs(type(error), json.JSONDecodeError)
            self.assertEqual((error.lineno, error.pos, error.doc), (1, 1, "{"))
            self.assertTrue(str(error).startswith("Expecting"))
            pickle.dumps(error)

    def test_a_library_class_that_the_caller_has_not(self):
        self.assertNotIn("configparser", sys.modules)
        for error in self.each("import configparser; raise configparser.NoSectionError('section')"):
            self.assertEqual(type(error).__module__, "configparser")
            self.assertEqual(type(error).__qualname__, "NoSectionError")
            self.assertIs(type(error).__bases__[0], Exception)
            self.assertEqual(str(error), "No section: 'section'")
            self.assertEqual(error.section, "section")
        self.assertNotIn("configparser", sys.modules)

    def test_a_class_of_main_is_unknown(self):
        sys.modules["__main__"].Mine = type("Mine", (ValueError,), {"__module__": "__main__"})
        self.addCleanup(delattr, sys.modules["__main__"], "Mine")
        for error in self.each("class Mine(KeyError, OSError): pass\nraise Mine(1, 'text')"):
            self.assertIsNot(type(error), sys.modules["__main__"].Mine)
            self.assertEqual(type(error).__bases__, (KeyError, OSError))
            self.assertEqual(f"{type(error).__module__}.{type(error).__name__}", "__main__.Mine")
        for error in self.each("class A:\n class B(Exception): pass\nraise A.B"):
            self.assertEqual((type(error).__name__, type(error).__qualname__), ("B", "A.B"))

    def test_our_own_classes(self):
        path = f"import sys; sys.path[:] = {sys.path!r}\nfrom interpreters import _interpreters as low\n"
        for error in self.each(path + "low.destroy(0)"):
            self.assertIs(type(error), _interpreters.InterpreterError)
        for error in self.each("low.destroy(9999)"):
            self.assertIs(type(error), _interpreters.InterpreterNotFoundError)
            self.assertIn("9999", str(error))
        for error in self.each("raise low.RemoteTraceback('text')"):
            self.assertEqual(str(error), '\n"""\ntext"""')
        code = "id = low.create()\ntry: low.run_string(id, '1/0')\nfinally: low.destroy(id)"
        for error in self.each(code):
            self.assertIs(type(error), ZeroDivisionError)
            self.assertIsInstance(error.__cause__, _interpreters.RemoteTraceback)
            self.assertIsInstance(error.__cause__.__cause__, _interpreters.RemoteTraceback)

    def test_objects_are_replaced_by_their_repr(self):
        code = "class C:\n def __repr__(self): return '<C!>'\n"
        code += "e = ValueError(C(), [C()], 1, 'x'); e.plain = {'a': 1}; e.object = C(); raise e"
        for error in self.each(code):
            self.assertEqual(error.args, ("<C!>", "[<C!>]", 1, "x"))
            self.assertEqual(error.__dict__, {"plain": {"a": 1}})
        code = "class I(int): pass\nclass S(str): pass\nraise ValueError(I(1), S('s'), bytearray(b'b'))"
        for error in self.each(code):
            self.assertEqual(error.args, ("1", "'s'", "bytearray(b'b')"))
            self.assertEqual([type(arg) for arg in error.args], [str] * 3)

    def test_chains(self):
        for error in self.each("try: 1/0\nexcept Exception as e: raise ValueError('v') from e"):
            self.assertIs(type(error.__cause__), ZeroDivisionError)
            self.assertIs(error.__cause__, error.__context__)
            self.assertIn("direct cause", self.remote(error))
        for error in self.each("try: 1/0\nexcept Exception: raise ValueError('v')"):
            self.assertIsNone(error.__cause__)
            self.assertFalse(error.__suppress_context__)
            self.assertIs(type(error.__context__), ZeroDivisionError)
            self.remote(error)
        for error in self.each("try: 1/0\nexcept Exception: raise ValueError('v') from None"):
            self.assertIsInstance(error.__cause__, _interpreters.RemoteTraceback)
            self.assertIs(type(error.__context__), ZeroDivisionError)

    def test_a_chain_that_is_rebuilt_while_another_is_handled(self):
        try:
            raise KeyError("local")
        except KeyError:
            for error in self.each("try: 1/0\nexcept Exception: raise ValueError('v')"):
                self.assertIs(type(error.__context__), ZeroDivisionError)
            for error in self.each("1/0"):
                self.assertIs(type(error.__context__), KeyError)

    def test_cycles_and_depth(self):
        for error in self.each("a = ValueError('a'); b = KeyError('b'); a.__cause__ = b\n"
                               "b.__cause__ = a; raise a"):  # fmt: skip
            self.assertIs(type(error.__cause__), KeyError)
            "".join(traceback.format_exception(type(error), error, None))
        for error in self.each("e = ValueError(); e.__cause__ = e; raise e"):
            self.assertIs(type(error), ValueError)
        deep = (
            "e = ValueError(0)\nfor i in range(1, 3000):\n f = ValueError(i); f.__{}__ = e; e = f\n"
        )
        for link in ("cause", "context"):
            for error in self.each(deep.format(link) + "raise e"):
                self.assertEqual(error.args, (2999,))
                following = getattr(error, f"__{link}__")
                self.assertEqual(following.args, (2998,))
                self.remote(error)

    def test_data_that_is_deep_or_contains_itself(self):
        for error in self.each("l = []; l.append(l); raise ValueError(l)"):
            self.assertEqual(error.args, ("[[...]]",))
        code = "l = []\nfor _ in range(90): l = [l]\nraise ValueError(l)"
        for error in self.each(code):
            self.assertIs(type(error.args[0]), list)
        for error in self.each(code.replace("90", "100000")):
            self.assertIs(type(error.args[0]), str)
        # Many paths to one object. (Python itself walks them all for the str().)
        for error in self.each("l = []\nfor _ in range(14): l = [l, l]\nraise ValueError(l)"):
            self.assertIs(error.args[0][0], error.args[0][1])

    def test_hostile_objects(self):
        for body in (
            "def __str__(self): raise KeyError",
            "def __str__(self): return 1",
            "def __repr__(self): raise SystemExit",
            "def __str__(self): return self.__str__()",
            "def __getattribute__(self, name): raise OSError(name)",
            "__class__ = property(lambda self: 1/0)",
            "__dict__ = property(lambda self: 1/0)",
            "args = property(lambda self: 1/0)",
            "__traceback__ = __cause__ = __context__ = 5",
            "__module__ = 5",
            "__qualname__ = 'odd name.<locals>.\\x00'",
            "__module__ = None",
            "def __reduce__(self): raise MemoryError",
            "__slots__ = ('a', 'b')",
            "__init__ = None",
            "def __del__(self): raise ValueError",
            "def __init_subclass__(cls): raise ValueError",
            "__notes__ = 5",
        ):
            code = f"class Hostile(ValueError):\n    {body}\nraise ValueError.__new__(Hostile, 'v')"
            for error in self.each(code):
                with self.subTest(body=body):
                    self.assertIsInstance(error, ValueError)
                    self.assertEqual(error.args, ("v",))
                    self.remote(error)
                    "".join(traceback.format_exception(type(error), error, error.__traceback__))

    def test_hostile_classes(self):
        for body in (
            "def __getattribute__(cls, name): raise OSError(name)",
            "def mro(cls): return [cls, Exception, BaseException, object]",
            "def mro(cls): return [cls, OSError, ValueError, Exception, BaseException, object]",
            "__module__ = property(lambda cls: 1/0)",
            "def __instancecheck__(cls, o): raise OSError\n    def __subclasscheck__(cls, o): raise OSError",
        ):
            code = f"class Meta(type):\n    {body}\nclass E(ValueError, metaclass=Meta): pass\nraise E('v')"
            for error in self.each(code):
                with self.subTest(body=body):
                    self.assertIsInstance(error, Exception)  # maybe what the class raised
                    self.remote(error)

    def test_hostile_surroundings(self):
        for code, expected in (
            ("import sys; sys.modules['traceback'] = None; 1/0", ZeroDivisionError),
            ("import sys; sys.modules['traceback'] = 5; 1/0", ZeroDivisionError),
            ("import sys; sys.modules.clear(); 1/0", ZeroDivisionError),
            ("del __builtins__; 1/0", ZeroDivisionError),
            ("import sys; del sys.modules['__main__']; 1/0", ZeroDivisionError),
            ("import builtins; builtins.str = builtins.repr = None; 1/0", ZeroDivisionError),
            ("import sys; sys.setrecursionlimit(60)\ndef f(): f()\nf()", RecursionError),
        ):
            for kind in KINDS:
                id = _interpreters.create(isolated=kind)
                with self.subTest(code=code), self.assertRaises(expected) as caught:
                    _interpreters.run_string(id, code)
                self.remote(caught.exception)
                _interpreters.destroy(id)

    def test_what_the_caller_has_is_looked_at_only(self):
        """A module of the caller is not asked for attributes: that may import others."""
        module = type(sys)("lazy")
        module.__getattr__ = lambda name: self.fail("asked for " + name)
        sys.modules["lazy"] = module
        self.addCleanup(sys.modules.pop, "lazy")
        code = "class E(Exception): __module__ = 'lazy'\nraise E"
        for error in self.each(code):
            self.assertEqual(type(error).__module__, "lazy")

        class Picky(Exception):
            def __init__(self, a, b):
                raise AssertionError("called")

            def __new__(cls, *args):
                raise AssertionError("called")

        Picky.__module__, Picky.__qualname__ = "lazy", "Picky"
        module.Picky = Picky
        code = "class Picky(Exception): __module__ = 'lazy'\nraise Picky(1, 2)"
        for error in self.each(code):
            self.assertIs(type(error), Picky)
            self.assertEqual(error.args, (1, 2))

    def test_notes(self):
        code = "e = ValueError('v'); e.__notes__ = ['one', 'tw\\u00f6', 3, object]; raise e"
        for error in self.each(code):
            self.assertEqual(error.__notes__, ["one", "tw\u00f6", 3, "<class 'object'>"])

    @unittest.skipIf(sys.version_info < (3, 11), "no exception groups before 3.11")
    def test_groups(self):
        code = (
            "raise ExceptionGroup('g', [ValueError(1), BaseExceptionGroup('h', [KeyError('k')])])"
        )
        for error in self.each(code):
            self.assertIs(type(error), ExceptionGroup)
            self.assertEqual(str(error), "g (2 sub-exceptions)")
            self.assertEqual([type(e) for e in error.exceptions], [ValueError, ExceptionGroup])
            self.assertEqual(error.exceptions[1].exceptions[0].args, ("k",))
            self.assertEqual(len(error.split(KeyError)), 2)
        code = "class G(ExceptionGroup): pass\nclass E(KeyError): pass\n"
        code += "e = E('x')\nraise G('g', [e, e]) from e"
        for error in self.each(code):
            self.assertIsInstance(error, ExceptionGroup)
            self.assertIs(error.exceptions[0], error.exceptions[1])
            self.assertIs(error.exceptions[0], error.__cause__)
        code = "e = ValueError(1)\nfor _ in range(200): e = ExceptionGroup('g', [e])\nraise e"
        for error in self.each(code):
            self.assertIsInstance(error, ExceptionGroup)

    def test_much_text(self):
        for error in self.each("raise ValueError('x' * 5_000_000)"):
            self.assertEqual(len(error.args[0]), 5_000_000)
        for error in self.each("raise ValueError('\\udc80', '\\0', 10 ** 6000)"):
            self.assertEqual(error.args, ("\udc80", "\0", 10**6000))

    def test_both_sides_are_printed(self):
        for error in self.each("def there(): 1/0\nthere()"):
            lines = traceback.format_exception(type(error), error, error.__traceback__)
            text = "".join(lines)
            self.assertIn('"<string>", line 2, in <module>', text)
            self.assertIn("in there", text)
            self.assertIn("The above exception was the direct cause", text)
            self.assertIn(__file__.rsplit("/")[-1], text)


if __name__ == "__main__":
    unittest.main()
