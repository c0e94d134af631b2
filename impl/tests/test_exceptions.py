"""The exceptions that code raises arrive as what they are."""

import json
import pickle
import sys
import traceback
import unittest

from interpreters import _interpreters
from support import KINDS, ExceptionTest


class Exceptions(ExceptionTest):
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
            self.assertIs(type(error.__cause__), _interpreters.RemoteTraceback)
            self.assertIsNone(error.__cause__.__cause__)

    def test_objects_are_replaced_by_their_repr(self):
        code = "class C:\n def __repr__(self): return '<C!>'\n"
        code += "e = ValueError(C(), [C()], 1, 'x'); e.plain = {'a': 1}; e.object = C(); raise e"
        for error in self.each(code):
            self.assertEqual(error.args, ("<C!>", "[<C!>]", 1, "x"))
            self.assertEqual(error.__dict__, {"plain": {"a": 1}})
        code = "class I(int): pass\nclass S(str): pass\nraise ValueError(I(1), S('s'), print)"
        for error in self.each(code):
            self.assertEqual(error.args, ("1", "'s'", "<built-in function print>"))
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
            self.assertIs(error.args[0][0], error.args[0])
        for error in self.each("l = []; l.extend([l, print]); raise ValueError(l)"):
            self.assertEqual(error.args, ("[[...], <built-in function print>]",))
        code = "l = []\nfor _ in range(90): l = [l]\nraise ValueError(l)"
        for error in self.each(code):
            self.assertIs(type(error.args[0]), list)
        for error in self.each(code.replace("90", "150")):
            self.assertIs(type(error.args[0][0][0]), list)
        for error in self.each(code.replace("90", "100000")):
            self.assertIs(type(error.args[0]), str)
        for error in self.each("raise ValueError([0] * 1_000_001)"):
            self.assertEqual(error.args, ([0] * 1_000_001,))
        # Many paths to one object. (Python itself walks them all for the str().)
        for error in self.each("l = []\nfor _ in range(14): l = [l, l]\nraise ValueError(l)"):
            self.assertIs(error.args[0][0], error.args[0][1])

    def test_hostile_surroundings(self):
        self.addCleanup(sys.setrecursionlimit, sys.getrecursionlimit())  # one for all up to 3.8
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
        code = "e = ValueError(1)\nfor _ in range({}): e = ExceptionGroup('g', {})\nraise e"
        for error in self.each(code.format(200, "[e]")):
            for _ in range(50):
                self.assertIs(type(error), ExceptionGroup)
                error = error.exceptions[0]
            self.assertEqual(type(error).__name__, "ExceptionGroup")
            self.assertIsInstance(error, Exception)
            self.assertEqual(str(error), "g (1 sub-exception)")
        for error in self.each(code.format(20, "[e, e]")):  # a tree of a million
            for _ in range(19):
                self.assertEqual(len(error.exceptions), 1)
                error = error.exceptions[0]
            self.assertIs(error.exceptions[0], error.exceptions[1])
        code = "raise ExceptionGroup('g', [ValueError(i) for i in range(5000)])"
        for error in self.each(code):
            self.assertEqual([e.args for e in error.exceptions], [(i,) for i in range(999)])

    def test_much_text(self):
        for error in self.each("raise ValueError('x' * 50_000_000)"):
            self.assertEqual(len(error.args[0]), 50_000_000)
        for error in self.each("raise ValueError('\\udc80', '\\0', 10 ** 4000)"):
            self.assertEqual(error.args, ("\udc80", "\0", 10**4000))
        for error in self.each("raise OSError(2, '\\udc80', '\\udc80\\0')"):
            self.assertEqual(error.filename, "\udc80\0")

    def test_fields_of_odd_types(self):
        """C code expects an int or a str in many fields, of whatever class."""
        code = "class I(int): pass\nclass S(str): pass\nclass B(bytes): pass\n"
        for error in self.each(code + "raise SystemExit(I(3))"):
            self.assertIs(type(error.code), int)
            self.assertEqual(error.code, 3)
        for error in self.each(code + "raise OSError(I(2), S('text'), S('name'))"):
            self.assertIs(type(error), FileNotFoundError)
            self.assertEqual((error.errno, error.filename), (2, "name"))
            self.assertIs(type(error.filename), str)
        for error in self.each(code + "raise UnicodeDecodeError('a', B(b'b'), 0, 1, 'c')"):
            self.assertEqual(error.object, b"b")
            self.assertEqual(str(error), "'a' codec can't decode byte 0x62 in position 0: c")
        for error in self.each("e = OSError(); e.args = 2, 'text'; raise e"):
            self.assertIs(type(error), OSError)
            self.assertEqual(error.args, (2, "text"))

    def test_exit_codes(self):
        for code, expected in (
            ("None", None),
            ("True", True),
            ("2**100", 2**100),
            ("-1", -1),
            ("'text'", "text"),
            ("(1, 2)", (1, 2)),
            ("print", "<built-in function print>"),
            ("1.5", 1.5),
        ):
            for error in self.each(f"import sys; sys.exit({code})"):
                self.assertIs(type(error), SystemExit)
                self.assertEqual(error.code, expected)


if __name__ == "__main__":
    unittest.main()
