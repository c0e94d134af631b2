"""What is pickled on its way: what goes by reference, buffers and queues, and what is refused."""

import array
import collections
import enum
import json
import os
import pickle
import sys
import threading
import types
import unittest

import interpreters
from interpreters import _pickling
from pickling_support import CarryTest, dump, load_here
from support import InterpreterTest, run_process


class LargeBytes(CarryTest):
    def test_arguments_travel_beside_the_pickle(self):
        """By a pickle of the call, for pickle cannot name the function."""
        data, attached = bytes(1 << 20), []
        call = (lambda *args: args, (data, b"small", data), (("keyword", data),))
        pickled = _pickling.dumps(call, attached.append)
        self.assertLess(len(pickled), 2000)
        self.assertEqual([len(buffer.raw()) for buffer in attached], [1 << 20])
        _, args, keywords = pickle.loads(pickled, buffers=attached)
        self.assertEqual((args, keywords), call[1:])
        self.assertIs(type(args[0]), bytes)
        self.assertIs(args[0], args[2])

    def test_they_arrive_as_they_were(self):
        data = bytes(range(256)) * 512
        with interpreters.InterpreterPoolExecutor(1) as executor:
            self.assertEqual(executor.submit(lambda data: data, data).result(), data)
            self.assertEqual(executor.submit(lambda *, data: data[-1], data=data).result(), 255)

    def test_what_is_within_other_objects_is_pickled(self):
        data, attached = bytes(1 << 20), []
        for argument in ([data], (data,) * 65):
            _pickling.dumps((lambda: 0, (argument,), ()), attached.append)
        self.assertEqual(attached, [])


class ByReference(CarryTest):
    def test_functions_and_classes_of_modules(self):
        for obj in (json.dumps, json.JSONEncoder, json.JSONEncoder.encode, len, int, enum.Enum):
            with self.subTest(obj=obj):
                self.assertIs(load_here(obj), obj)
        self.check([json.dumps, json.JSONEncoder.encode], "import json; assert it[0] is json.dumps")
        self.there("assert it[1] is json.JSONEncoder.encode")

    def test_types_that_only_pickle_knows(self):
        for obj in (type(None), type(...), type(NotImplemented), None, ..., NotImplemented):
            self.assertIs(load_here(obj), obj)

    def test_instances_of_their_classes(self):
        self.check(
            [json.JSONEncoder(indent=3), collections.Counter("aab")],
            """
            import collections, json
            assert type(it[0]) is json.JSONEncoder and it[0].indent == 3
            assert type(it[1]) is collections.Counter and it[1] == {'a': 2, 'b': 1}
            """,
        )

    def test_not_what_another_object_has_the_name_of(self):
        other = types.FunctionType(json.dumps.__code__, {}, "dumps")
        other.__module__, other.__qualname__ = "json", "dumps"
        self.check(other, "import json; assert it is not json.dumps and it.__name__ == 'dumps'")

    def test_modules(self):
        self.check(
            [os.path, json.decoder], "import json.decoder; assert it == [os.path, json.decoder]"
        )
        self.assertIs(load_here(sys), sys)

    def test_modules_that_cannot_be_imported(self):
        self.refused(types.ModuleType("gone"), pickle.PicklingError, "the module 'gone'")
        self.refused(types.ModuleType("json"), pickle.PicklingError, "the module 'json'")

    def test_main_is_never_referred_to(self):
        """Whatever name the main module has."""
        source = """if 1:
            import sys
            from interpreters import _pickling
            sys.modules['alias'] = sys.modules['__main__']
            __name__ = 'alias'
            def function(): pass
            class Class: pass
            assert _pickling.loads(_pickling.dumps(function, None), []) is not function
            assert b'Class' in _pickling.dumps(Class, None)
            assert b'interpreters._classes_by_value' in _pickling.dumps(Class, None)
        """
        self.assertEqual(run_process(source), (0, "", ""))


class OutOfBand:
    """Pickles its memory as arrays do; of this module, so that its class is by reference."""

    def __init__(self, memory):
        self.memory = memory

    def __reduce_ex__(self, protocol):
        return type(self), (pickle.PickleBuffer(self.memory),)


class Buffers(unittest.TestCase):
    """In one interpreter: how the memory gets into another is for the C code."""

    def test_memoryviews(self):
        memory = bytearray(range(24))
        for view in (
            memoryview(memory),
            memoryview(memory)[4:8],
            memoryview(memory).cast("i"),
            memoryview(memory).cast("b", (2, 3, 4)),
            memoryview(memory)[::2],
            memoryview(memory)[::-1],
            memoryview(memory).cast("i")[1::3],
            memoryview(bytes(memory)),
            memoryview(bytes(memory))[::3],
            memoryview(array.array("d", [1.5, 2.5])),
            memoryview(b""),
        ):
            with self.subTest(view=view, format=view.format, shape=view.shape):
                data, attached = dump([view])
                self.assertEqual([type(each) for each in attached], [pickle.PickleBuffer])
                (arrived,) = _pickling.loads(data, attached)
                self.assertIs(type(arrived), memoryview)
                for name in ("format", "shape", "strides", "readonly", "contiguous"):
                    self.assertEqual(getattr(arrived, name), getattr(view, name), name)
                self.assertEqual(arrived, view)

    def test_they_look_into_the_same_memory(self):
        memory = bytearray(8)
        whole, strided = load_here([memoryview(memory), memoryview(memory)[1::2]])
        memory[1] = 5
        strided[1] = 6
        self.assertEqual((whole[1], strided[0], memory[3]), (5, 5, 6))

    def test_pickle_buffers(self):
        memory = bytearray(8)
        data, attached = dump([pickle.PickleBuffer(memory), pickle.PickleBuffer(bytes(memory))])
        first, second = _pickling.loads(data, attached)
        self.assertIs(type(first), pickle.PickleBuffer)
        self.assertIs(type(second), pickle.PickleBuffer)
        self.assertIs(memoryview(first).obj, memory)
        self.assertTrue(memoryview(second).readonly)

    def test_objects_that_are_pickled_out_of_band(self):
        memory = bytearray(8)
        arrived = load_here(OutOfBand(memory))
        self.assertIs(memoryview(arrived.memory).obj, memory)

    def test_the_order(self):
        memories = [bytearray(b"a"), bytearray(b"bb"), bytearray(b"ccc")]
        queue = interpreters.create_queue()
        first, second, third = memories
        data, attached = dump(
            [memoryview(first)[::-1], queue, OutOfBand(second), memoryview(third)]
        )
        self.assertEqual(
            [each if each is queue else memoryview(each).obj for each in attached],
            [first, queue, second, third],
        )
        buffers = [each for each in attached if each is not queue]
        arrived = _pickling.loads(data, buffers)
        self.assertEqual(arrived[1], queue)
        self.assertEqual([bytes(arrived[0]), bytes(arrived[3])], [b"a", b"ccc"])

    def test_a_view_that_occurs_twice(self):
        for view in (memoryview(bytearray(2)), memoryview(bytearray(4))[::2]):
            data, attached = dump([view, view])
            self.assertEqual(len(attached), 1)
            first, second = _pickling.loads(data, attached)
            self.assertIs(first, second)

    def test_a_bytearray_and_an_array_are_copied(self):
        for obj in (bytearray(b"abc"), array.array("i", [1, 2]), b"abc"):
            data, attached = dump([obj, obj])
            self.assertEqual(attached, [])
            first, second = _pickling.loads(data, [])
            self.assertIs(first, second)
            self.assertEqual((type(first), first), (type(obj), obj))

    def test_what_cannot_be_carried(self):
        with self.assertRaisesRegex(pickle.PicklingError, "non-contiguous"):
            dump([pickle.PickleBuffer(memoryview(bytearray(4))[::2])])
        view = memoryview(bytearray(4))
        view.release()
        with self.assertRaisesRegex(ValueError, "released"):
            dump([view])

    def test_what_attach_raises(self):
        def attach(thing):
            raise LookupError(type(thing).__name__)

        for obj in (memoryview(b"a"), memoryview(b"ab")[::2]):
            with self.assertRaisesRegex(LookupError, "PickleBuffer"):
                _pickling.dumps(obj, attach)
        with self.assertRaisesRegex(LookupError, "Queue"):
            _pickling.dumps([interpreters.create_queue()], attach)

    def test_queues(self):
        queue = interpreters.create_queue(3)
        data, attached = dump([queue, {"a": queue}])
        self.assertEqual(attached, [queue])
        first, second = _pickling.loads(data, [])
        self.assertIs(type(first), interpreters.Queue)
        self.assertIs(first, second["a"])
        self.assertEqual((first, first.maxsize), (queue, 3))


class Hostile(CarryTest):
    """Objects that pickle refuses, or that refuse to be pickled: what they raise comes through."""

    def test_methods_that_raise(self):
        for error in (ValueError, MemoryError, SystemExit, KeyboardInterrupt):

            class Class:
                def __reduce__(self):
                    raise error("from the method")  # noqa: B023

            self.refused([Class()], error, "from the method")

    def test_methods_that_never_return(self):
        class Class:
            def __reduce__(self):
                return self.__reduce__()

        self.refused(Class(), RecursionError, "recursion")

    def test_nesting(self):
        nested = []
        for _ in range(300_000):
            nested = [nested]
        self.refused(nested, RecursionError, "")

        class Chain:
            pass

        chain = Chain()
        for _ in range(100_000):
            chain, chain.next = Chain(), chain
        self.refused(chain, RecursionError, "")
        functions = [lambda: None]
        for _ in range(50_000):
            functions.append((lambda inner: lambda: inner)(functions[-1]))
        self.refused(functions[-1], RecursionError, "")
        while hasattr(chain, "next"):  # not all at once, which the stack might not be enough for
            chain = chain.next

    def test_metaclasses(self):
        class Raises(type):
            def __getattribute__(cls, name):
                raise LookupError(name)

        class Class(metaclass=Raises):
            pass

        self.refused(Class, LookupError, "")
        self.refused(object.__new__(Class), LookupError, "")

        class Unhashable(type):
            __hash__ = None

        class Other(metaclass=Unhashable):
            pass

        self.check(Other, "assert it.__name__ == 'Other'")

    def test_modules_that_are_no_modules(self):
        class Module:
            def __getattr__(self, name):
                raise LookupError("from the module")

        sys.modules["hostile"] = Module()
        self.addCleanup(sys.modules.pop, "hostile")
        function = lambda: None  # noqa: E731
        function.__module__ = "hostile"
        self.refused(function, LookupError, "from the module")
        function.__module__ = ["unhashable"]
        self.refused(function, TypeError, "unhashable")

    def test_names_that_are_lies(self):
        function = lambda: 5  # noqa: E731
        for module in (None, "nowhere", 1):
            function.__module__ = module
            self.check(function, f"assert it() == 5 and it.__module__ == {module!r}")


class Imports(unittest.TestCase):
    def test_what_it_imports(self):
        """It is imported in many interpreters: nothing that takes long."""
        source = """if 1:
            import sys
            import _pickle, interpreters
            before = set(sys.modules)
            from interpreters import _pickling
            _pickling.loads(_pickling.dumps([print, {}, range(3)], None), [])
            _pickling.loads(_pickling.dumps(lambda: 1, None), [])
            print(sorted(name for name in set(sys.modules) - before if 'interpreters' not in name))
            assert 'interpreters._explain' not in sys.modules
        """
        status, output, errors = run_process(source, options=("-S",))
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(output.strip(), "[]")


class ThroughTheModule(InterpreterTest):
    """What the C code makes of it."""

    def setUp(self):
        super().setUp()
        self.interpreter = interpreters.create()
        self.addCleanup(self.interpreter.close)

    def test_calls(self):
        factor = 3

        class Class:
            def __init__(self, value):
                self.value = value

            def tripled(self):
                return Class(self.value * factor)

        result = self.interpreter.call(lambda objects: objects[0].tripled(), [Class(5)])
        self.assertIs(type(result), Class)
        self.assertEqual(result.value, 15)

    def test_buffers(self):
        memory = bytearray(8)

        def write(views):
            for n, view in enumerate(views):
                view = memoryview(view)
                view[0] = n + 1
            return [view.shape for view in views if type(view) is memoryview]

        views = [memoryview(memory)[1::2], pickle.PickleBuffer(memory), memoryview(memory)[4:]]
        self.assertEqual(self.interpreter.call(write, views), [(4,), (4,)])
        self.assertEqual(memory, bytes([2, 1, 0, 0, 3, 0, 0, 0]))

    def test_queues(self):
        results = interpreters.create_queue()
        self.interpreter.call(lambda queues: queues["a"].put({"b": queues}), {"a": results})
        self.assertEqual(results.get(), {"b": {"a": results}})

    def test_refusals(self):
        lock = threading.Lock()
        with self.assertRaises(interpreters.NotShareableError) as caught:
            self.interpreter.call(print, {"key": [lock]})
        self.assertEqual(
            str(caught.exception), "args[0]['key'][0]: cannot pickle '_thread.lock' object"
        )
        self.assertFalse(interpreters.is_shareable(lambda: lock))
        self.assertTrue(interpreters.is_shareable(lambda: 1))


if __name__ == "__main__":
    unittest.main()
