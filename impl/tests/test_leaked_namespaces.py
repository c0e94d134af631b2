"""Objects of one interpreter in another: they stay valid, whatever becomes of their own."""

import gc
import os
import sys
import unittest
import weakref

from interpreters import _interpreters
from support import KINDS, PLACES, InterpreterTest, elsewhere

ZOO = """
import collections, json, re, threading, types

class Base:
    def __init__(self): self.me = self
    def __repr__(self): return 'Base!'
class Derived(Base):
    __slots__ = ('slot',)
    @property
    def name(self): return 'derived-' + str(id(self) * 0)
def function(*args, **kwargs):
    return [args, kwargs, Derived().name]
def generator():
    yield from range(5)
Point = collections.namedtuple('Point', 'x y')
text = ''.join(['a', 'b', 'c']) + 'def'
big = 10 ** 50
nested = {'list': [1, 2.5, 'three', (4, {5})], text: Base()}
pattern = re.compile('a(b*)c')
started = generator(); next(started)
bound = Derived().__init__
error = ValueError('kept')
view = memoryview(bytearray(b'bytes'))
lock = threading.Lock()
"""


class Leaks(InterpreterTest):
    def use(self, namespace):
        """Do with the objects what one does with objects."""
        self.assertEqual(namespace["function"](1, two=3), [(1,), {"two": 3}, "derived-0"])
        self.assertEqual(list(namespace["started"]), [1, 2, 3, 4])
        self.assertEqual(namespace["Point"](1, 2)._replace(y=3), (1, 3))
        self.assertEqual({namespace["text"]: 1}["abcdef"], 1)
        self.assertEqual(namespace["big"] + 1, 10**50 + 1)
        self.assertEqual(repr(namespace["nested"][namespace["text"]]), "Base!")
        self.assertEqual(namespace["pattern"].match("abbc").group(1), "bb")
        self.assertEqual(bytes(namespace["view"]), b"bytes")
        self.assertEqual(namespace["json"].dumps({"a": [1]}), '{"a": [1]}')

        class Sub(namespace["Derived"]):
            pass

        self.assertEqual(Sub().name, "derived-0")
        with self.assertRaisesRegex(ValueError, "kept"):
            raise namespace["error"]
        with namespace["lock"]:
            exec("new = [Base() for _ in range(100)]", namespace)
        gc.collect()

    def test_the_very_namespace(self):
        for place in PLACES:
            id = _interpreters.create()
            namespace = place(_interpreters.run_string_unrestricted, id, "x = 1")
            namespace["x"] = 2
            again = place(_interpreters.run_string_unrestricted, id, "x += 1")
            self.assertIs(again, namespace)
            self.assertEqual(namespace["x"], 3)
            _interpreters.destroy(id)

    def test_objects_used_before_and_after_the_end(self):
        for place in PLACES:
            id = _interpreters.create()
            namespace = place(_interpreters.run_string_unrestricted, id, ZOO)
            place(_interpreters.destroy, id)
            self.assertNotIn(id, _interpreters.enumerate())
            with self.assertRaises(_interpreters.InterpreterNotFoundError):
                _interpreters.run_string(id, "")
            elsewhere(self.use, namespace)
            values = list(namespace.values())
            del namespace
            gc.collect()
            del values
            gc.collect()

    def test_objects_of_the_caller(self):
        class Mine:
            pass

        mine = Mine()
        seen = weakref.ref(mine)
        id = _interpreters.create()
        ns = {"mine": mine, "__name__": "other", "function": lambda: Mine()}
        copy = dict(ns)
        namespace = _interpreters.run_string_unrestricted(
            id, "made = function(); name = __name__; mine.back = made", ns
        )
        self.assertEqual(ns, copy)
        self.assertIsInstance(namespace["made"], Mine)
        self.assertEqual(namespace["name"], "other")
        _interpreters.destroy(id)
        del ns, copy, mine
        namespace.clear()
        del namespace
        gc.collect()
        self.assertIsNone(seen())

    def test_nothing_is_returned_when_the_code_raises(self):
        id = _interpreters.create()
        for code in ("x = object(); raise ValueError(x)", "def"):
            with self.assertRaises((ValueError, SyntaxError)):
                _interpreters.run_string_unrestricted(id, code, {"y": [1]})
        _interpreters.run_string(id, "assert y == [1]")
        _interpreters.destroy(id)

    def test_callbacks_and_threads_of_a_leaked_interpreter(self):
        reader, writer = self.pipe()
        id = _interpreters.create()
        code = f"import atexit, os, threading; atexit.register(os.write, {writer}, b'a')\n"
        code += f"threading.Thread(target=os.write, args=({writer}, b't')).start()"
        namespace = _interpreters.run_string_unrestricted(id, code)
        _interpreters.destroy(id)
        self.assertEqual(sorted(os.read(reader, 1) + os.read(reader, 1)), sorted(b"at"))
        self.assertIn("threading", namespace)

    def test_from_a_subinterpreter_to_another(self):
        first, second = _interpreters.create(), _interpreters.create()
        code = f"import sys; sys.path[:] = {sys.path!r}\n"
        code += "from interpreters import _interpreters as low\n"
        code += "class Class: pass\n"
        code += f"kept = low.run_string_unrestricted({second}, 'got = given()', {{'given': Class}})"
        _interpreters.run_string(first, code)
        _interpreters.destroy(first)  # the objects it gave away stay valid
        _interpreters.run_string(second, "assert type(got).__name__ == 'Class'; given()")
        _interpreters.destroy(second)

    @unittest.skipIf(True not in KINDS, "no isolated interpreters before 3.12")
    def test_nothing_passes_the_border_of_an_isolated_interpreter(self):
        shared, isolated = _interpreters.create(), _interpreters.create(isolated=True)
        code = "x = 1"
        with self.assertRaisesRegex(_interpreters.InterpreterError, "is isolated"):
            _interpreters.run_string_unrestricted(isolated, code, {"y": []})
        _interpreters.run_string(isolated, "assert 'x' not in globals() and 'y' not in globals()")
        code = f"""if True:
            import sys; sys.path[:] = {sys.path!r}
            from interpreters import _interpreters as low
            try:
                low.run_string_unrestricted({shared}, "x = 1")
            except low.InterpreterError as error:
                assert "is isolated" in str(error)
            else:
                raise AssertionError
        """
        _interpreters.run_string(isolated, code)
        _interpreters.run_string(shared, "assert 'x' not in globals()")
        _interpreters.destroy(shared)
        _interpreters.destroy(isolated)


if __name__ == "__main__":
    unittest.main()
