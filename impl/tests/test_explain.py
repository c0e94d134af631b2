"""The part of an object that is named where it cannot be pickled, and the reason."""

import collections
import functools
import gc
import pickle
import sys
import threading
import types
import unittest

from interpreters import _explain
from pickling_support import define, dump


def explain(obj, name="args"):
    """The explanation of an object that cannot be pickled."""
    try:
        dump(obj)
    except Exception:
        return _explain.explain(obj, name)
    raise AssertionError("it can be pickled")


class Explanations(unittest.TestCase):
    LOCK = "cannot pickle '_thread.lock' object"

    def assertBlamed(self, obj, part, reason=LOCK):
        self.assertEqual(explain(obj), f"{part}: {reason}")

    def test_items(self):
        lock = threading.Lock()
        self.assertBlamed(lock, "args")
        self.assertBlamed([0, (1, lock)], "args[1][1]")
        self.assertBlamed(({"key": lock},), "args[0]['key']")
        self.assertBlamed({1: [lock]}, "args[1][0]")
        self.assertBlamed({(0, 1): lock}, "list(args.values())[0]")
        self.assertBlamed({"k" * 1000: lock}, "list(args.values())[0]")
        self.assertBlamed({0: 0, lock: 1}, "list(args)[1]")
        self.assertBlamed([{(lock,)}], "list(args[0])[0][0]")
        self.assertBlamed(frozenset([lock]), "list(args)[0]")
        self.assertBlamed(collections.OrderedDict(a=lock), "args['a']")
        self.assertBlamed(collections.namedtuple("Pair", "a b")(1, lock), "args[1]")

    def test_attributes(self):
        lock = threading.Lock()

        class Class:
            __slots__ = ("slot", "__dict__")

        slots, attributes, odd = Class(), Class(), Class()
        slots.slot = [lock]
        attributes.lock = lock
        setattr(odd, "no name", lock)
        self.assertBlamed({"key": attributes}, "args['key'].lock")
        self.assertBlamed(slots, "args.slot[0]")
        self.assertBlamed(odd, "args.__dict__['no name']")
        self.assertBlamed(ValueError(1, lock), "args.args[1]")
        self.assertBlamed(functools.partial(len, lock), "args.args[0]")
        self.assertBlamed(types.SimpleNamespace(lock=lock), "args.lock")

    def test_functions(self):
        lock = threading.Lock()
        space = define("def function(): return lock", lock=lock)

        def function():
            pass

        function.attribute = lock
        self.assertBlamed(lambda: lock, "args.__closure__['lock']")
        self.assertBlamed(lambda a=0, b=lock: b, "args.__defaults__[1]")
        self.assertBlamed(lambda *, b=lock: b, "args.__kwdefaults__['b']")
        self.assertBlamed(space.function, "args.__globals__['lock']")
        self.assertBlamed(lambda: space.function(), "args.__closure__['space'].lock")
        self.assertBlamed(function, "args.attribute")
        self.assertBlamed(
            functools.lru_cache()(lambda: lock), "args.__wrapped__.__closure__['lock']"
        )

    def test_classes(self):
        lock = threading.Lock()

        class Base:
            attribute = [lock]

        class Derived(Base):
            pass

        class Method:
            @staticmethod
            def method():
                return lock

        class Meta(type):
            attribute = lock

        class OfMeta(metaclass=Meta):
            pass

        self.assertBlamed(Base, "args.attribute[0]")
        self.assertBlamed(Base(), "type(args).attribute[0]")
        self.assertBlamed(Derived, "args.__bases__[0].attribute[0]")
        self.assertBlamed(Method, "args.method.__func__.__closure__['lock']")
        self.assertBlamed(OfMeta, "type(args).attribute")
        self.assertBlamed(Method().method, "args.__closure__['lock']")

    def test_cycles(self):
        cycle = [{}]
        cycle[0]["cycle"] = cycle
        cycle.append(threading.Lock())
        self.assertBlamed(cycle, "args[1]")

    def test_what_no_name_leads_to(self):
        class Class:
            def __getstate__(self):
                return {"made": threading.Lock()}

        self.assertBlamed([[Class()]], "args[0][0]")
        self.assertBlamed([collections.deque([threading.Lock()])], "args[0]")

    def test_many_parts(self):
        self.assertBlamed([list(range(200_000)) + [threading.Lock()]], "args[0][200000]")
        self.addCleanup(setattr, _explain, "_PARTS", _explain._PARTS)
        _explain._PARTS = 100
        self.assertBlamed([*([n] for n in range(90)), threading.Lock()], "args[90]")
        self.assertBlamed([*([n] for n in range(110)), threading.Lock()], "args")

    def test_nesting(self):
        nested = [threading.Lock()]
        for _ in range(150):
            nested = [nested]
        self.assertEqual(explain(nested), f"args: {self.LOCK}")
        for _ in range(300_000):
            nested = [nested]
        self.assertRegex(explain(nested), "^args: RecursionError: ")

    def test_reasons(self):
        class Unspeakable(Exception):
            def __str__(self):
                raise self

        class Class:
            def __init__(self, error):
                self.error = error

            def __reduce__(self):
                raise self.error

        for error, reason in (
            (ValueError("why"), "ValueError: why"),
            (ValueError(), "ValueError"),
            (TypeError("why"), "why"),
            (TypeError(), "TypeError"),
            (pickle.PicklingError("why"), "why"),
            (Unspeakable(), "Unspeakable"),
        ):
            self.assertBlamed([Class(error)], "args[0]", reason)

    def test_hostile_objects(self):
        class Unreadable:
            def __getattribute__(self, name):
                raise MemoryError

        class Lying:
            __class__ = property(lambda self: 1 // 0)

        class Items(dict):
            def __iter__(self):
                raise LookupError

            def __reduce__(self):
                return dict, (threading.Lock(),)

            keys = values = items = __len__ = __iter__

        class Sequence(list):
            def __iter__(self):
                raise LookupError

            def __reduce__(self):
                return list, (self[:],)

        class Raises(type):
            def __getattribute__(cls, name):
                raise LookupError

        class Class(metaclass=Raises):
            pass

        self.assertBlamed([Sequence([threading.Lock()])], "args[0][0]")
        self.assertBlamed([Unreadable()], "args[0]", "MemoryError")
        self.assertBlamed([Items({1: 2})], "args[0]")
        self.assertBlamed([object.__new__(Class)], "args[0]", "LookupError")
        self.assertRegex(explain([Lying()]), r"^args\[0\]: ")

    def test_what_is_no_error(self):
        """SystemExit and the like come through."""

        class Class:
            def __reduce__(self):
                raise SystemExit

        with self.assertRaises(SystemExit):
            _explain.explain([Class()], "args")

    def test_what_can_be_pickled_after_all(self):
        self.assertEqual(_explain.explain([1], "args"), "args: it can be pickled now")

        class Clears:
            def __reduce__(self):
                whole.clear()
                raise ValueError

        whole = [Clears()]
        self.assertEqual(explain(whole), "args: it can be pickled now")

    def test_nothing_is_kept(self):
        class Object:
            def __reduce__(self):
                raise ValueError

        obj = Object()
        before = sys.getrefcount(obj)
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        explain([obj])
        self.assertEqual(sys.getrefcount(obj), before)


if __name__ == "__main__":
    unittest.main()
