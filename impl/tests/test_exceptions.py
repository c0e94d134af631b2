"""Exceptions on their way from one interpreter to another, the hostile ones among them."""

import concurrent.futures
import copy
import datetime
import decimal
import gc
import http
import io
import json
import logging
import pathlib
import pickle
import sys
import threading
import traceback
import unittest

from interpreters import _interpreters
from support import KINDS, InterpreterTest, run_process

#: Does this Python assert, among other things, that no exception is set when it looks things up?
DEBUG_BUILD = hasattr(sys, "gettotalrefcount")


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


class Pickles(ExceptionTest):
    """What is not plain data, but can be pickled."""

    def test_objects_of_classes_that_the_caller_has(self):
        code = (
            "import datetime, decimal, fractions, http, pathlib, threading\n"
            "e = ValueError(datetime.date(2020, 1, 2), [decimal.Decimal('1.5')],\n"
            "    pathlib.PurePosixPath('a'), http.HTTPStatus(404), KeyError(1), range(3), bytearray(b'b'),\n"
            "    fractions.Fraction(1, 2), int, threading.Lock())\n"
            "e.path = pathlib.PurePosixPath('b'); e.lock = threading.Lock(); raise e"
        )
        self.assertNotIn("fractions", sys.modules)
        for error in self.each(code):
            date, numbers, path, flag, key_error, rest, array, fraction, cls, lock = error.args
            if not isinstance(date, str):  # an isolated 3.12 has another datetime module
                self.assertEqual(date, datetime.date(2020, 1, 2))
            self.assertEqual(numbers, [decimal.Decimal("1.5")])
            self.assertEqual(path, pathlib.PurePosixPath("a"))
            self.assertIs(flag, http.HTTPStatus.NOT_FOUND)
            self.assertEqual(repr(key_error).replace(",", ""), "KeyError(1)")
            self.assertEqual((rest, array), (range(3), bytearray(b"b")))
            self.assertEqual(fraction, "Fraction(1, 2)")
            self.assertIs(cls, int)
            self.assertIn("lock", lock)
            self.assertEqual(error.__dict__, {"path": pathlib.PurePosixPath("b")})
        self.assertNotIn("fractions", sys.modules)

    def test_a_field(self):
        for error in self.each(
            "from pathlib import PurePosixPath as P; raise OSError(2, 'a', P('b'))"
        ):
            self.assertEqual(error.filename, pathlib.PurePosixPath("b"))
            self.assertEqual(str(error), "[Errno 2] a: PurePosixPath('b')")

    def test_hostile_pickles(self):
        """A module that both sides have, so that only the pickle can fail."""
        module = type(sys)("both")
        sys.modules["both"] = module
        self.addCleanup(sys.modules.pop, "both")

        class Raises:
            def __init__(self, *args):
                raise SystemExit

            def __setstate__(self, state):
                raise KeyboardInterrupt

        Raises.__module__, Raises.__qualname__ = "both", "Object"
        module.Object = Raises
        for body in (
            "def __reduce__(self): raise MemoryError",
            "def __reduce__(self): raise SystemExit",
            "def __reduce__(self): return self.__reduce__()",
            "def __reduce__(self): return 5",
            "def __reduce__(self): return 'Nothing'",
            "def __reduce__(self): return (print, ('called',))",
            "def __reduce__(self): return (eval, ('1/0',))",
            "def __reduce__(self): return (Object, (1,))",
            "def __reduce__(self): return (Object, (Object(),))",
            "def __reduce__(self): return (list, (), None, iter([self]))",
            "def __getstate__(self): raise OSError",
            "def __getstate__(self): return {'a': 1}",
            "def __getnewargs__(self): return 5",
            "__reduce_ex__ = 5",
            "__class__ = property(lambda self: 1/0)",
            "def __getattribute__(self, name): raise MemoryError",
        ):
            code = f"class Object:\n __module__ = 'both'\n {body}\n"
            code += " def __repr__(self): return 'Object!'\n"
            code += "import sys\nsys.modules['both'] = type(sys)('both')\n"
            code += "sys.modules['both'].Object = Object\n"
            code += "e = ValueError(Object(), 1); e.object = Object(); e.after = 2; raise e"
            with self.subTest(body=body):
                for error in self.each(code):
                    self.assertIs(type(error), ValueError)
                    if "iter" in body:
                        continue
                    self.assertEqual(error.args, ("Object!", 1))
                    self.assertEqual(error.__dict__, {"after": 2})

    def test_the_pickle_module_is_imported_for_pickles_only(self):
        source = """if 1:
            import sys
            from interpreters import _interpreters
            before = 'pickle' in sys.modules
            def run(code):
                id = _interpreters.create(site=False)
                try: _interpreters.run_string(id, code)
                except Exception as error: return error
                finally: _interpreters.destroy(id)
            run("raise ValueError([1], 'text')")
            assert before == ('pickle' in sys.modules)
            run("class C: pass\\nraise ValueError(C())")
            assert before == ('pickle' in sys.modules)
            error = run("raise ValueError(range(3))")
            assert error.args == (range(3),), error.args
            assert 'pickle' in sys.modules
        """
        self.assertEqual(run_process(source), (0, "", ""))


class Tracebacks(ExceptionTest):
    def test_both_sides_are_printed(self):
        for error in self.each("def there(): 1/0\nthere()"):
            text = self.format(error)
            self.assertIn('"<string>", line 2, in <module>\n    there()\n', text)
            self.assertIn("in there\n    def there(): 1/0\n", text)
            self.assertIn("The above exception was the direct cause", text)
            self.assertIn(__file__.rsplit("/")[-1], text)

    def test_lines_of_this_run_only(self):
        for _ in self.each("def early():\n    callback()\nfor i in 1,: 1/0"):
            pass
        code = "# first line\r\ndef callback():\n    raise ValueError\r\rearly()"
        for error in self.each(code):
            lines = self.remote(error).splitlines()
            shown = [line.strip() for line in lines if line.startswith("    ") and "^" not in line]
            self.assertEqual(shown, ["early()", "raise ValueError"])
            for line in "line 5, in <module>", "line 2, in early", "line 3, in callback":
                self.assertIn(f'File "<string>", {line}', self.remote(error))
        for error in self.each("\n\n\nexec('\\n\\n1/0')"):
            self.assertIn("line 4, in <module>\n    exec(", self.remote(error))
            self.assertNotIn("    1/0", self.remote(error))

    def test_nothing_is_left_behind(self):
        """Whatever the traceback module imports and looks up, it has after the first one."""
        look = "import linecache, sys\nnow = set(linecache.cache), set(sys.modules)\n"
        for code in "x = 1 + (1/0)", look + "before = now\n1/0", "x = 1 + (1/0)", "raise OSError":
            for _ in self.each(code):
                pass
        for id in self.ids:
            _interpreters.run_string(id, look + "assert now == before, (now, before)")

    def test_lines_in_chains_and_groups(self):
        for error in self.each("try:\n    1/0\nexcept Exception as e:\n    raise OSError from e"):
            self.assertIn("line 2, in <module>\n    1/0\n", self.remote(error))
            self.assertIn("line 4, in <module>\n    raise OSError from e\n", self.remote(error))
            self.assertIn("direct cause", self.remote(error))
        if sys.version_info < (3, 11):
            return
        code = "try:\n    1/0\nexcept Exception as e:\n    e.add_note('a note')\n    one = e\n"
        for error in self.each(code + "raise ExceptionGroup('several', [one, KeyError(1)])"):
            self.assertIn("    |     1/0\n", self.remote(error))
            self.assertIn("a note", self.remote(error))
            self.assertIn("several (2 sub-exceptions)", self.format(error))
            self.assertEqual(self.format(error).count("a note"), 2)

    def test_a_traceback_that_is_cut(self):
        for limit in 1, 0, -1:
            for error in self.each(f"import sys\nsys.tracebacklimit = {limit}\n1/0"):
                self.assertIn("ZeroDivisionError", self.remote(error))

    def test_uncaught(self):
        source = (
            "from interpreters import _interpreters\n"
            "id = _interpreters.create()\n"
            "_interpreters.run_string(id, 'def there():\\n    1/0\\nthere()')\n"
        )
        status, output, errors = run_process(source)
        self.assertEqual((status, output), (1, ""))
        self.assertIn('"<string>", line 2, in there\n    1/0\n', errors)
        self.assertIn('"<string>", line 3, in <module>', errors)
        self.assertIn("RemoteTraceback", errors)
        self.assertTrue(errors.endswith("ZeroDivisionError: division by zero\n"), errors)

    def test_logging(self):
        for error in self.each("def there():\n    1/0\nthere()"):
            stream = io.StringIO()
            logger = logging.Logger("test")
            logger.addHandler(logging.StreamHandler(stream))
            try:
                raise error
            except ZeroDivisionError:
                logger.exception("message")
            self.assertIn("line 2, in there\n    1/0\n", stream.getvalue())

    def test_raised_again(self):
        for error in self.each("1/0"):
            try:
                try:
                    raise error
                except ZeroDivisionError as arrived:
                    raise LookupError("local") from arrived
            except LookupError as local:
                text = self.format(local)
            self.assertIn("RemoteTraceback", text)
            self.assertIn("LookupError: local", text)
            self.assertEqual(text.count("direct cause"), 2)

    def test_threads_and_pools(self):
        for id in self.ids:
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                future = pool.submit(_interpreters.run_string, id, "raise KeyError('far')")
                self.assertIs(type(future.exception()), KeyError)
                self.remote(future.exception())

    def test_pickled_and_copied(self):
        for code, cls in (
            ("raise KeyError('text', 1)", KeyError),
            ("raise OSError(2, 'text', 'name')", FileNotFoundError),
            ("import json; raise json.JSONDecodeError('text', 'doc', 1)", json.JSONDecodeError),
            ("class Mine(ValueError): pass\nraise Mine('text', 1)", ValueError),
            ("class Mine(ValueError):\n def __init__(self, a, b, *, c): pass\nraise Mine(1, 2, c=3)",
             ValueError),
            ("from json import *\nclass Mine(JSONDecodeError): pass\nraise Mine('text', 'doc', 1)",
             json.JSONDecodeError),
        ):  # fmt: skip
            for error in self.each("e = None\n" + code):
                error.added = [1]
                for twin in (
                    pickle.loads(pickle.dumps(error)),
                    copy.copy(error),
                    copy.deepcopy(error),
                ):
                    self.assertIs(type(twin), cls, self.remote(error))
                    self.assertEqual(twin.args, error.args)
                    if not isinstance(error, json.JSONDecodeError):  # whose __reduce__ drops it
                        self.assertEqual(twin.added, [1])

    def test_a_second_hop(self):
        path = f"import sys; sys.path[:] = {sys.path!r}\nfrom interpreters import _interpreters as low\n"
        far = "def far():\n    class Mine(KeyError):\n        def __str__(self): return 'mine'\n"
        far += "    raise Mine(1)\nfar()"
        for isolated in KINDS:
            for error in self.each(
                f"{path}id = low.create(isolated={isolated} and {sys.version_info >= (3, 12)})\n"
                f"try:\n    low.run_string(id, {far!r})\nfinally: low.destroy(id)"
            ):
                self.assertIsInstance(error, KeyError)
                self.assertEqual((str(error), type(error).__name__), ("mine", "Mine"))
                text = self.remote(error)
                self.assertIn("line 4, in far\n", text)
                self.assertIn("    raise Mine(1)\n", text)
                self.assertIn("    low.run_string(id, ", text)
                self.assertEqual(text.count("line 4, in far\n"), 1)

    def test_many_hops(self):
        """The text grows by one traceback at each, and does not double."""
        code = "1/0"
        path = f"import sys; sys.path[:] = {sys.path!r}\nfrom interpreters import _interpreters as low\n"
        for _ in range(6):
            code = f"{path}code = {code!r}\nid = low.create(site=False)\n"
            code += "try: low.run_string(id, code)\nfinally: low.destroy(id)"
        for error in self.each(code):
            self.assertIs(type(error), ZeroDivisionError)
            self.assertEqual(self.remote(error).count("line 1, in <module>\n    1/0"), 1)
            self.assertEqual(self.remote(error).count("try: low.run_string(id, code)"), 6)


#: What a class derived from ValueError may have in its body, of which 'v' is raised.
BODIES = """
def __str__(self): raise KeyError
def __str__(self): return 1
def __str__(self): return self.__str__()
def __str__(self): raise KeyboardInterrupt
def __str__(self): raise SystemExit(3)
def __str__(self): raise self
def __str__(self): 1/0
def __repr__(self): raise SystemExit
def __repr__(self): return None
def __getattribute__(self, name): raise OSError(name)
def __getattribute__(self, name): return 5
def __getattr__(self, name): raise MemoryError
__class__ = property(lambda self: 1/0)
__class__ = int
__dict__ = property(lambda self: 1/0)
args = property(lambda self: 1/0)
args = 5
__traceback__ = __cause__ = __context__ = 5
__traceback__ = property(lambda self: 1/0)
with_traceback = None
__suppress_context__ = property(lambda self: 1/0)
__module__ = 5
__module__ = None
__module__ = 'builtins'
__module__ = '\\udc80'
__module__ = 'sys'
__qualname__ = 'odd name.<locals>.\\x00'
__qualname__ = '\\udc80'
__qualname__ = '.'
__qualname__ = ''
__doc__ = 5
__slots__ = ('a', 'b')
__init__ = None
def __init__(self): raise MemoryError
def __del__(self): raise ValueError
def __init_subclass__(cls): raise ValueError
def __reduce__(self): raise MemoryError
__reduce_ex__ = 5
def __eq__(self, other): raise MemoryError
def __hash__(self): raise MemoryError
__hash__ = None
def __bool__(self): raise MemoryError
def __len__(self): raise MemoryError
def __getstate__(self): raise MemoryError
__notes__ = 5
__notes__ = property(lambda self: 1/0)
def __iter__(self): raise MemoryError
def __instancecheck__(self, other): raise MemoryError
"""

#: The same of a metaclass of a class derived from ValueError.
META_BODIES = """
def __getattribute__(cls, name): raise OSError(name)
def __getattribute__(cls, name): return 5
def mro(cls): return [cls, ValueError, Exception, BaseException, object]
def mro(cls): return [cls, Exception, BaseException, object]
def mro(cls): return [cls, OSError, ValueError, Exception, BaseException, object]
def mro(cls): return [cls, BaseException]
__module__ = property(lambda cls: 1/0)
__module__ = property(lambda cls: 5)
__name__ = __qualname__ = property(lambda cls: b'bytes')
__qualname__ = property(lambda cls: cls.__qualname__)
__qualname__ = property(lambda cls: setattr(cls, '__bases__', (OSError,)))
def __instancecheck__(cls, o): raise OSError
def __subclasscheck__(cls, o): raise OSError
def __eq__(cls, other): raise OSError
def __hash__(cls): raise OSError
__hash__ = None
def __call__(cls, *args): return 5
def __repr__(cls): raise OSError
def __del__(cls): raise OSError
"""

#: Code that raises, and the class of what it raises.
SCRIPTS = (
    ("e = ValueError('v'); e.args = 'xy'; raise e", ValueError),
    ("e = ValueError('v'); e.args = [object] * 3; raise e", ValueError),
    ("class A:\n def __repr__(self): e.args = (); e.__dict__.clear(); return 'a'\n"
     "e = ValueError(A(), [A()], A()); e.a = [A()]; raise e", ValueError),
    ("l = []\nclass A:\n def __repr__(self): l.append(print); return 'a'\n"
     "e = ValueError(l, A()); e.l = l; raise e", ValueError),
    ("import gc\nclass E(ValueError):\n"
     " def __repr__(self): [list(o) for o in gc.get_objects() if type(o) is tuple]; return 'e'\n"
     " __str__ = __repr__\nraise E(E(), E(), E())", ValueError),
    ("class A:\n def __repr__(self): raise KeyboardInterrupt\nraise ValueError(A())", ValueError),
    ("class A:\n def __repr__(self): raise SystemExit\nraise ValueError(A())", ValueError),
    ("class A:\n def __repr__(self): return repr(self)\nraise ValueError(A())", ValueError),
    ("class A:\n def __repr__(self): return 5\nraise ValueError(A())", ValueError),
    ("class S(str):\n def __repr__(self): return S('s')\nraise ValueError(S())", ValueError),
    ("class M(type):\n __module__ = property(lambda c: 1/0)\nclass A(metaclass=M): pass\n"
     "raise ValueError(A())", ValueError),
    ("class E(BaseException):\n def __init__(self, *a): pass\nraise E(1, 2)", BaseException),
    ("class E(BaseException):\n def __new__(cls, *a): return BaseException.__new__(cls)\nraise E(1)",
     BaseException),
    ("class E(OSError):\n def __init__(self, *a): pass\nraise E(2, 'text', 'name')", OSError),
    ("class E(SyntaxError):\n def __init__(self, *a): pass\nraise E(2, 3)", SyntaxError),
    ("class E(UnicodeDecodeError):\n def __init__(self, *a): pass\nraise E(2, 3)",
     UnicodeDecodeError),
    ("class E(UnicodeDecodeError):\n def __str__(self): return 's'\n"
     "e = E('a', b'b', 0, 1, 'c'); e.object = 5; raise e", UnicodeDecodeError),
    ("e = UnicodeEncodeError('a', 'b', -10**12, 1 - 10**12, 'c'); raise e", UnicodeEncodeError),
    ("e = UnicodeDecodeError('a', b'b', -10**12, 1 - 10**12, 'c'); raise e", UnicodeDecodeError),
    ("e = UnicodeTranslateError('a', -10**12, 1 - 10**12, 'c'); raise e", UnicodeTranslateError),
    ("e = SyntaxError('s'); e.lineno = e.offset = e.text = e.filename = object(); raise e",
     SyntaxError),
    ("e = SyntaxError('s', ('f', 10**30, -10**30, 't')); raise e", SyntaxError),
    ("e = SyntaxError('s', ('f', -5, 5, '\\udc80\\0')); raise e", SyntaxError),
    ("e = OSError(2, 'a'); e.errno = e.strerror = e.filename = object(); raise e", OSError),
    ("e = ImportError('a', name=object(), path=object()); raise e", ImportError),
    ("e = StopIteration(object()); raise e", StopIteration),
    ("e = ValueError('v'); e.__notes__ = 5; raise e", ValueError),
    ("e = ValueError('v'); e.__notes__ = 'text'; raise e", ValueError),
    ("e = ValueError('v'); e.__notes__ = ['\\udc80', b'', None, object()]; raise e", ValueError),
    ("class L(list):\n def __iter__(self): raise MemoryError\n"
     "e = ValueError('v'); e.__notes__ = L('ab'); raise e", ValueError),
    ("class N:\n def __repr__(self): e.__notes__.clear(); return 'n'\n"
     "e = ValueError('v'); e.__notes__ = [N(), N(), N()]; raise e", ValueError),
    ("e = ValueError('v'); e.__dict__ = {1: 2, 'a\\udc80': 3, None: 4}; raise e", ValueError),
    ("class D(dict):\n def __getitem__(self, key): raise MemoryError\n"
     "e = ValueError('v'); e.__dict__ = D(a=1); raise e", ValueError),
    ("e = ValueError('v'); e.self = e; raise e", ValueError),
    ("e = ValueError(); e.args = (e,); raise e", ValueError),
    ("e = ValueError(); e.__cause__ = e.__context__ = e; raise e", ValueError),
    ("a, b, c = ValueError('v'), KeyError(), OSError()\n"
     "a.__cause__, b.__context__, c.__cause__ = b, c, b; raise a", ValueError),
    ("raise ValueError((x for x in ()))", ValueError),
    ("async def c(): pass\nc = c()\ntry: raise ValueError(c)\nfinally: c.close()", ValueError),
    ("raise ValueError(memoryview(b'x'), open, __builtins__, __import__('sys'))", ValueError),
    ("import sys\nraise ValueError(sys._getframe())", ValueError),
    ("def f(): f()\nf()", RecursionError),
    ("class A:\n def __str__(self): return str(self)\nstr(A())", RecursionError),
    ("def f(n):\n try: f(n + 1)\n except RecursionError: raise ValueError(n)\nf(0)", ValueError),
    ("x = []\nfor _ in range(100_000): x = [x]\nrepr(x)", RecursionError),
    ("bytearray(2**62)", MemoryError),
    ("raise MemoryError", MemoryError),
    ("raise ValueError('v' * 2**62)", MemoryError),
    ("raise KeyboardInterrupt", KeyboardInterrupt),
    ("raise GeneratorExit", GeneratorExit),
    ("import sys; sys.exit(object())", SystemExit),
    ("raise StopAsyncIteration", StopAsyncIteration),
    ("raise 5", TypeError),
    ("raise type('\\u00e9', (ValueError,), {})('v')", ValueError),
    ("raise type('n' * 1000, (ValueError,), {})('v')", ValueError),
    ("raise type('n.' * 1000, (ValueError,), {})('v')", ValueError),
    ("c = ValueError\nfor i in range(300): c = type('C%d' % i, (c,), {})\nraise c('v')", ValueError),
    ("import warnings; warnings.simplefilter('error'); warnings.warn('w')", UserWarning),
    ("import sys; sys.setrecursionlimit(60)\ntry: 1/0\nfinally: sys.setrecursionlimit(1000)",
     ZeroDivisionError),
    ("import threading\ndef add():\n while go: l.append(object()); l.clear()\n"
     "l = []; go = True; t = threading.Thread(target=add); t.start()\n"
     "try:\n e = ValueError(l); e.l = l; raise e\n"
     "finally: go = False; t.join()", ValueError),
)  # fmt: skip

GROUP_SCRIPTS = (
    ("e = ExceptionGroup('g', [ValueError(1)]); e.args = (1, 2); raise e", ExceptionGroup),
    ("class G(ExceptionGroup):\n exceptions = property(lambda self: 1/0)\nraise G('g', [OSError()])",
     ExceptionGroup),
    ("class G(ExceptionGroup):\n exceptions = message = 5\nraise G('g', [OSError()])",
     ExceptionGroup),
    ("class G(ExceptionGroup):\n def derive(self, e): raise MemoryError\nraise G('g', [OSError()])",
     ExceptionGroup),
    ("e = ValueError(); g = ExceptionGroup('g', [e]); e.__cause__ = g; e.__context__ = g; raise g",
     ExceptionGroup),
    ("e = ValueError()\nfor _ in range(500): e = ExceptionGroup('g', [e, e])\nraise e",
     ExceptionGroup),
    ("raise ExceptionGroup('g', [ValueError(i) for i in range(5000)])", ExceptionGroup),
    ("raise BaseExceptionGroup('g', [KeyboardInterrupt(), SystemExit(object())])",
     BaseException),
    ("class S(str): pass\nraise ExceptionGroup(S('g'), [ValueError(1)])", ExceptionGroup),
) if sys.version_info >= (3, 11) else ()  # fmt: skip


class Hostile(ExceptionTest):
    """Whatever is raised, an exception of a sensible class arrives, and can be printed."""

    def check(self, code, cls):
        with self.subTest(code=code):
            for error in self.each(code):
                self.assertIsInstance(error, cls)
                self.remote(error)
                self.format(error)
                repr(error)
                try:
                    pickle.dumps(error)
                except Exception:
                    pass

    def test_objects(self):
        for body in BODIES.strip().splitlines():
            code = f"class Hostile(ValueError):\n    {body}\nraise ValueError.__new__(Hostile, 'v')"
            self.check(code, ValueError)

    def test_classes(self):
        for body in META_BODIES.strip().splitlines():
            # Some of these classes cannot be made: then what their metaclass raises arrives.
            code = f"class Meta(type):\n    {body}\nclass E(ValueError, metaclass=Meta): pass\n"
            self.check(code + "raise ValueError.__new__(E, 'v')", BaseException)

    def test_scripts(self):
        for code, cls in SCRIPTS + GROUP_SCRIPTS:
            self.check(code, cls)

    @unittest.skipUnless(
        DEBUG_BUILD and sys.version_info[:2] != (3, 10),
        "only a debug build notices; and 3.10 crashes when a subinterpreter clears the cache",
    )
    def test_no_call_with_an_exception_set(self):
        """It is noticed when a look-up misses the cache of types."""
        clear = "import sys\nclear = getattr(sys, '_clear_internal_caches', None)\n"
        clear += "clear = clear or sys._clear_type_cache\n"
        for body in META_BODIES.strip().splitlines():
            body = body.replace("lambda cls: ", "lambda cls: [clear()] and ")
            body = body.replace("(cls, name): ", "(cls, name): clear(); ")
            code = f"{clear}class Meta(type):\n    {body}\nclass A(metaclass=Meta): pass\n"
            code += "e = ValueError(A.__new__(A), 1); e.a = A.__new__(A); raise e"
            self.check(code, Exception)

    def test_what_arrives_is_the_first_exception(self):
        """What is raised while it is described is dropped."""
        for body in ("__str__", "__repr__"):
            for raised in "KeyboardInterrupt", "SystemExit", "MemoryError", "RecursionError":
                code = f"class E(ValueError):\n def {body}(self): raise {raised}\n"
                for error in self.each(code + "raise E(E('v'), 1)"):
                    self.assertIsInstance(error, ValueError)
                    self.assertEqual(error.args[1], 1)

    def test_a_caller_near_its_recursion_limit(self):
        code = "class Mine(LookupError): pass\nraise Mine('text')"

        def descend(id, seen):
            try:
                _interpreters.run_string(id, code)
            except LookupError as error:
                seen.append(error.args)
            descend(id, seen)

        for id in self.ids:
            seen = []
            with self.assertRaises(RecursionError):
                descend(id, seen)
            self.assertEqual(set(seen), {("text",)})
            self.assertGreater(len(seen), 100)

    def test_a_long_chain(self):
        code = (
            "e = ValueError(0)\nfor i in range(1, 10_000):\n f = ValueError(i); f.{} = e; e = f\n"
        )
        for link in "__cause__", "__context__":
            for error in self.each(code.format(link) + "raise e"):
                count, each = 0, error
                while type(each) is ValueError:
                    self.assertEqual(each.args, (9999 - count,))
                    count += 1
                    each = getattr(each, link) or each.__cause__
                self.assertIs(type(each), _interpreters.RemoteTraceback)
                self.assertEqual(count, 1000)
                try:
                    self.format(error)
                except RecursionError:  # of the traceback module of 3.8 and 3.9
                    self.assertLess(sys.version_info, (3, 10))
                del each, error

    @unittest.skipIf(
        DEBUG_BUILD and sys.version_info[:2] == (3, 11),
        "a debug 3.11 aborts when it prints a chain of 1001 exceptions, whoever has raised it",
    )
    def test_a_long_chain_that_nobody_catches(self):
        source = (
            "from interpreters import _interpreters\n"
            "code = 'e = ValueError(0)\\nfor i in range(1, 10_000):\\n'\n"
            "code += ' f = ValueError(i); f.__context__ = e; e = f\\nraise e'\n"
            "_interpreters.run_string(_interpreters.create(), code)\n"
        )
        self.assertEqual(run_process(source)[:2], (1, ""))

    def test_a_chain_in_a_small_thread(self):
        """Freeing it takes little of the C stack."""
        code = "e = ValueError(0)\nfor i in range(1, 1000):\n f = ValueError(i); f.__context__ = e; e = f\n"
        failures = []

        def run():
            try:
                for error in self.each(code + "raise e"):
                    self.assertEqual(error.args, (999,))
                    del error
            except BaseException as error:
                failures.append(error)

        old = threading.stack_size(1024 * 1024)
        self.addCleanup(threading.stack_size, old)
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        self.assertEqual(failures, [])

    def test_nothing_grows(self):
        codes = [code for code, cls in SCRIPTS + GROUP_SCRIPTS if cls is ValueError]
        codes += [
            "import decimal; raise ValueError(decimal.Decimal(1), range(3), print)",
            "e = ValueError('v'); e.x = range(3); raise e",
            "class E(KeyError): pass\ntry: 1/0\nexcept Exception as e: raise E(1) from e",
        ]
        codes = [code for code in codes if "thread" not in code and "100_000" not in code]
        growth = []
        while not growth or growth[-1] > 8:
            self.assertLess(len(growth), 4, f"objects grow by {growth}")
            before = self.count_objects()
            for _ in range(8):
                for code in codes:
                    for _ in self.each(code):
                        pass
            growth.append(self.count_objects() - before)

    def count_objects(self):
        """Of the main interpreter and of the others."""
        for _ in range(3):
            gc.collect()
        count = len(gc.get_objects())
        for id in self.ids:
            code = "import gc\nfor _ in range(3): gc.collect()\nraise ValueError(len(gc.get_objects()))"
            try:
                _interpreters.run_string(id, code)
            except ValueError as error:
                count += error.args[0]
        return count


if __name__ == "__main__":
    unittest.main()
