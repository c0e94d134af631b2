"""Arguments and attributes of exceptions that are pickled on their way."""

import datetime
import decimal
import http
import pathlib
import sys
import unittest

from support import ExceptionTest, run_process


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


if __name__ == "__main__":
    unittest.main()
