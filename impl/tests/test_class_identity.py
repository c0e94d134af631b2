"""Classes by value that come again, come back, are gone, or were made by half."""

import enum
import gc
import os
import sys
import threading
import unittest
import weakref

from interpreters import _classes_by_value, _pickling
from pickling_support import CarryTest, dump, load_here
from support import KINDS


class Identity(CarryTest):
    def test_a_class_that_comes_again(self):
        class Class:
            pass

        self.check([Class(), Class()], "first = type(it[0]); assert first is type(it[1])")
        Class.attribute = 1
        self.check(Class(), "assert type(it) is first and not hasattr(first, 'attribute')")

    def test_a_class_that_comes_back(self):
        class Class:
            def __init__(self):
                self.value = 1

        class Color(enum.Enum):
            RED = 1

        self.assertIs(load_here(Class), Class)
        self.assertIs(load_here(Color.RED), Color.RED)
        self.send([Class, Color])
        for obj, cls, red in self.returned("[it[0](), it[0], it[1].RED]"):
            self.assertIs(type(obj), Class)
            self.assertIs(cls, Class)
            self.assertEqual(obj.value, 1)
            self.assertIs(red, Color.RED)

    def test_a_class_of_another_interpreter(self):
        """Each interpreter counts its own."""

        class Class:
            pass

        self.create(KINDS[0])
        self.send(Class)
        self.there(f"class Class: source = {os.getpid()}")
        first, *others = self.returned("Class")
        self.assertEqual([cls.source for cls in (first, *others)], [os.getpid()] * len(self.ids))
        self.assertEqual(len({Class, first, *others}), 1 + len(self.ids))

    def test_classes_are_not_kept_alive(self):
        class Class:
            def method(self):
                return __class__

        self.check(
            Class(),
            """
            tables = _classes_by_value._classes, _classes_by_value._tokens
            assert [len(table) for table in tables] == [1, 1]
            del it
            gc.collect()
            assert [len(table) for table in tables] == [0, 0]
            """,
        )
        tables = _classes_by_value._classes, _classes_by_value._tokens
        gc.collect()
        before = [len(table) for table in tables]
        del Class
        gc.collect()
        self.assertEqual([len(table) for table in tables], [size - 1 for size in before])

    def test_a_class_that_was_gone_is_made_again(self):
        class Class:
            value = 1

        self.send(Class)
        data = dump(Class)[0]
        del Class
        gc.collect()
        self.assertEqual(_pickling.loads(data, []).value, 1)
        for cls in self.returned("it"):
            self.assertEqual(cls.value, 1)

    def test_a_class_of_which_half_was_made(self):
        """A load that fails leaves nothing that the next one would take for whole."""

        def hook(cls):
            """Of the module sys, so that it is by reference: each interpreter has its own."""

        hook.__module__, hook.__qualname__ = "sys", "hook"
        sys.hook = hook
        self.addCleanup(delattr, sys, "hook")

        class Fails:
            def __init__(self, cls):
                self.cls = cls

            def __reduce__(self):
                return sys.hook, (self.cls,)

        class Class:
            before = 1

            def method(self):
                return self.before, self.fails, self.after

        Class.fails, Class.after = Fails(Class), 2

        class Color(enum.Enum):
            RED = 1

            def method(self):
                return self.before, self.fails, self.after

        Color.before, Color.fails, Color.after = 1, Fails(Color), 2
        data = [dump(obj)[0].hex() for obj in (Class(), Color.RED)]
        self.there(
            f"""
            def hook(cls):
                made.append(cls)
                if len(made) == 1:
                    raise LookupError
                return 'made'

            sys.hook = hook
            for data in map(bytes.fromhex, {data!r}):
                made = []
                raises(LookupError, _pickling.loads, data, [])
                assert len(_classes_by_value._unfinished) == 1
                (members,) = _classes_by_value._unfinished.values()
                members = list(members.values())
                it = _pickling.loads(data, [])
                assert made[0] is made[1] is type(it) and not _classes_by_value._unfinished
                assert it.method() == (1, 'made', 2)
                assert members == [each for each in [it] if hasattr(each, 'name')]
                del made, members, it
            """
        )

    def test_a_token_is_of_one_class(self):
        """Which counts if two threads make one at once."""

        class First:
            pass

        class Second:
            pass

        token = _classes_by_value._token(First)
        self.assertIs(_classes_by_value._keep(token, Second), First)
        self.assertNotEqual(_classes_by_value._token(Second), token)
        _classes_by_value._classes[token] = weakref.ref(First)  # of which nobody is told
        del First
        gc.collect()
        self.assertIs(_classes_by_value._keep(token, Second), Second)
        self.assertIs(_classes_by_value._classes[token](), Second)

    def test_threads_that_meet(self):
        """The same class arrives in many threads at once."""

        def make():
            class Class:
                first = list(range(10))

                def method(self):
                    return self.first, self.last

                last = list(range(10))

            return Class()

        for _ in range(20):
            data = dump(make())[0]
            gc.collect()
            barrier = threading.Barrier(4)
            arrived = []

            def load():
                barrier.wait()
                obj = _pickling.loads(data, [])
                arrived.append((obj, obj.method()))

            threads = [threading.Thread(target=load) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual([result for _, result in arrived], [([*range(10)], [*range(10)])] * 4)
            self.assertEqual(len({type(obj) for obj, _ in arrived}), 1)


if __name__ == "__main__":
    unittest.main()
