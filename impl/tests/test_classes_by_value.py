"""Classes that travel by value: a class that is defined in a test is shared so."""

import abc
import collections
import pickle
import sys
import threading
import unittest

from interpreters import _reducing
from pickling_support import CarryTest, define, load_here


class Classes(CarryTest):
    def test_its_parts(self):
        class Class:
            "documented"

            attribute = [1]

            def __init__(self, value):
                self.value = value

            @property
            def prop(self):
                "also documented"
                return self.value

            @prop.setter
            def prop(self, value):
                self.value = value

            @staticmethod
            def static(value):
                return value

            @classmethod
            def make(cls, value):
                return cls(value)

            class Nested:
                def where(self):
                    return __class__

        self.check(
            [Class, Class(1)],
            f"""
            Class, obj = it
            assert type(obj) is Class and obj.value == 1 and Class.attribute == [1]
            assert Class.__name__ == 'Class' and Class.__qualname__ == {Class.__qualname__!r}
            assert Class.__module__ == {__name__!r} and Class.__doc__ == 'documented'
            assert Class.__bases__ == (object,) and Class.prop.__doc__ == 'also documented'
            obj.prop = 2
            assert obj.prop == 2 == Class.make(2).value and obj.static(3) == 3
            assert Class.Nested().where() is Class.Nested
            assert repr(obj).startswith('<{__name__}.{Class.__qualname__} object')
            """,
        )

    def test_bases_and_super(self):
        class Base:
            def method(self):
                return ["base"]

        class Mixin:
            def method(self):
                return super().method() + ["mixin"]

        class Class(Mixin, Base):
            def method(self):
                return super().method() + ["class"]

        self.check(
            [Class(), Base],
            """
            assert it[0].method() == ['base', 'mixin', 'class'] and isinstance(it[0], it[1])
            assert [cls.__name__ for cls in type(it[0]).__mro__[:3]] == ['Class', 'Mixin', 'Base']
            """,
        )

    def test_subclasses_of_builtin_types(self):
        class Int(int):
            def half(self):
                return Int(self // 2)

        class Tuple(tuple):
            __slots__ = ()

        class Dict(dict):
            def __missing__(self, key):
                return key

        class Error(LookupError):
            def __init__(self, first, second):
                super().__init__(first, second)
                self.second = second

        self.check(
            [Int(9), Tuple([1]), Dict(a=1), Error(1, 2)],
            """
            assert it[0].half() == 4 and type(it[0].half()) is type(it[0])
            assert it[1] == (1,) and not hasattr(it[1], '__dict__')
            assert it[2] == dict(a=1) and it[2]['b'] == 'b'
            assert isinstance(it[3], LookupError) and it[3].args == (1, 2) and it[3].second == 2
            """,
        )

    def test_slots(self):
        class Base:
            __slots__ = ("a", "__private")

            def __init__(self):
                self.a, self.__private = 1, 2

            def private(self):
                return self.__private

        class Class(Base):
            __slots__ = {"b": "documented"}

        class Open(Class):
            pass

        class Own:
            __slots__ = ["__dict__", "c"]

        obj = Class()
        obj.b = 3
        self.check(
            [obj, Open(), Own()],
            f"""
            import weakref
            obj, open, own = it
            assert (obj.a, obj.private(), obj.b) == (1, 2, 3)
            assert type(obj).__slots__ == dict(b='documented')
            assert not hasattr(obj, '__dict__') and raises(TypeError, weakref.ref, obj)
            open.other = 4
            assert weakref.ref(open)() is open
            own.c = own.d = 5
            assert own.__dict__ == dict(d=5) and raises(TypeError, weakref.ref, own)
            sizes = [type(each).__basicsize__ for each in it]
            assert sizes == {[cls.__basicsize__ for cls in (Class, Open, Own)]}, sizes
            """,
        )

    def test_special_methods(self):
        class Class:
            def __init__(self, value):
                self.value = value

            def __eq__(self, other):
                return self.value == other.value

            def __call__(self):
                return self.value

            def __getattr__(self, name):
                if name.startswith("__"):
                    raise AttributeError(name)
                return name

            def __class_getitem__(cls, key):
                return cls, key

            def __getstate__(self):
                return (self.value,)

            def __setstate__(self, state):
                (self.value,) = state

        self.check(
            Class([1]),
            """
            cls = type(it)
            assert it == cls([1]) and it() == [1] and it.missing == 'missing'
            assert raises(TypeError, hash, it) and cls[5] == (cls, 5)
            """,
        )

    def test_constructors(self):
        class Class:
            def __new__(cls, value):
                self = super().__new__(cls)
                self.value = value
                return self

            def __getnewargs__(self):
                return (self.value,)

        self.check(Class(1), "assert it.value == 1 and type(it)(2).value == 2")

    def test_descriptors_of_its_own(self):
        class Descriptor:
            name = None

            def __set_name__(self, owner, name):
                assert self.name is None, "it is called again"
                self.name = name

            def __get__(self, obj, owner):
                return self.name, obj, owner

        class Class:
            attribute = Descriptor()

        self.check(Class(), "assert it.attribute == ('attribute', it, type(it))")

    def test_instances_among_its_attributes(self):
        class Class:
            def __init__(self, value):
                self.value = value

            def __eq__(self, other):
                return type(other) is type(self) and self.value == other.value

            def __hash__(self):
                return hash(self.value)

            def __setstate__(self, state):
                self.value = state["value"]

            def table(self):
                return table

            def lookup(self):
                return self.table()[type(self)(1)]

        Class.instances = {Class(1): "found", Class(2): [Class(1)]}
        table = {Class(1): "in the closure"}
        for obj in (Class(3), Class, [table, Class(3)], Class(3).lookup):
            self.send([obj, Class(3)])
            self.there(
                """
                obj = it[1]
                cls = type(obj)
                assert cls.instances[cls(1)] == 'found' and cls.instances[cls(2)] == [cls(1)]
                assert obj.lookup() == 'in the closure'
                """
            )

    def test_names_that_type_and_metaclasses_guard(self):
        class Meta(type):
            @property
            def guarded(cls):
                return "of the metaclass"

        class Class(metaclass=Meta):
            guarded = 1
            __class__ = property(lambda self: int)
            __name__ = "changed"
            __dict__ = property(lambda self: {"a": 1})

        self.check(
            Class,
            """
            obj = it()
            assert it.guarded == 'of the metaclass' and obj.guarded == 1
            assert obj.__class__ is int and obj.__name__ == 'changed' and obj.__dict__ == {'a': 1}
            assert it.__name__ == 'Class' and type(it).__name__ == 'Meta'
            """,
        )

    def test_metaclasses(self):
        class Meta(type):
            def __new__(metacls, name, bases, namespace, *, required):
                namespace["made"] = namespace.get("made", 0) + required
                return super().__new__(metacls, name, bases, namespace)

            def __init__(cls, *args, **kwargs):
                super().__init__(*args)

            def __call__(cls, *args):
                return ["called", super().__call__(*args)]

            def __setattr__(cls, name, value):
                raise AttributeError("not to be set")

        class Class(metaclass=Meta, required=1):
            pass

        class Derived(Class, required=1):
            pass

        self.check(
            Derived,
            """
            assert it.made == 1 and it.__mro__[1].made == 1 and it()[0] == 'called'
            assert raises(AttributeError, setattr, it, 'a', 1)
            assert type(it) is type(it.__mro__[1]) is not type
            """,
        )

    def test_subclass_hooks_are_not_called_again(self):
        class Registry:
            known = []

            def __init_subclass__(cls, *, tag, **kwargs):
                super().__init_subclass__(**kwargs)
                cls.tag = tag
                Registry.known.append(cls)

        class First(Registry, tag=1):
            pass

        class Second(First, tag=2):
            __slots__ = ("slot",)

        class Mixed(dict, Registry, tag=3):
            pass

        for obj in ([Registry, Second], [Second, Registry]):
            self.send([Mixed, *obj])
            self.there(
                """
                Mixed, Registry, Second = sorted(it, key=lambda cls: cls.__name__)
                assert [cls.tag for cls in Registry.known] == [1, 2, 3]
                assert Registry.known[1:] == [Second, Mixed] and Second().tag == 2
                assert Second.__mro__ == (Second, Registry.known[0], Registry, object)
                assert Mixed.__mro__ == (Mixed, dict, Registry, object) and Mixed(a=1)['a'] == 1
                gc.collect()
                assert Registry.__subclasses__() == [Registry.known[0], Mixed]
                raises(TypeError, type, 'Third', (Registry,), {})
                """
            )

    def test_subclass_hooks_and_layouts(self):
        class Slots:
            __slots__ = ("a",)

        class More(Slots):
            __slots__ = ("b",)

        class Open(More):
            pass

        class Error(Exception):
            pass

        class OpenError(Error):
            pass

        def hook(cls):
            raise AssertionError("the hook is called")

        Slots.__init_subclass__ = classmethod(hook)
        Error.__init_subclass__ = classmethod(hook)
        self.check(
            [More, Open, OpenError],
            f"""
            assert [cls.__basicsize__ for cls in it] == {
                [cls.__basicsize__ for cls in (More, Open, OpenError)]
            }
            more, open = it[0](), it[1]()
            more.a, more.b, open.a, open.b, open.c = range(5)
            assert (more.a, more.b, open.a, open.b, open.c) == (0, 1, 2, 3, 4)
            assert not hasattr(more, '__dict__') and open.__dict__ == dict(c=4)
            assert it[2](1).args == (1,)
            """,
        )

    def test_abstract_classes(self):
        class Base(metaclass=abc.ABCMeta):
            @abc.abstractmethod
            def method(self): ...

            @property
            @abc.abstractmethod
            def prop(self): ...

        class Class(Base):
            prop = 1

            def method(self):
                return super().method()

        class Sequence(collections.abc.Sequence):
            def __len__(self):
                return 1

            def __getitem__(self, index):
                return [5][index]

        self.check(
            [Base, Class(), Sequence()],
            """
            import collections.abc
            Base, obj, sequence = it
            assert obj.method() is None and Base.__abstractmethods__ == {'method', 'prop'}
            assert 'abstract' in str(raises(TypeError, Base))
            assert isinstance(obj, Base) and not isinstance(1, Base)
            Base.register(int)
            assert isinstance(1, Base) and not isinstance(1, type(obj))
            assert list(sequence) == [5] and isinstance(sequence, collections.abc.Sequence)
            """,
        )

    def test_what_c_code_makes(self):
        """Its classes are more than their attributes."""
        hidden = [cls for cls in type.__subclasses__(object) if cls.__name__ == "_localdummy"]
        self.assertNotEqual(hidden, [])
        errors = [cls for cls in type.__subclasses__(Exception) if not cls.__flags__ & 1 << 9]
        for cls in (type(n for n in ()), type(sys.flags), *hidden, *errors):
            try:
                arrived = load_here(cls)  # the type of sys.flags can be imported, from 3.12 on
            except pickle.PicklingError:
                continue
            self.assertIs(arrived, cls)
            self.assertTrue(_reducing.is_importable(cls))

    def test_what_cannot_be_carried(self):
        class Class:
            lock = threading.Lock()

        class Derived(Class):
            pass

        for obj in (Class, Class(), Derived()):
            self.refused(obj, TypeError, "cannot pickle '_thread.lock' object")

    def test_annotations(self):
        class Class:
            a: int
            b: "str" = ""

        Class.__annotations__["c"] = Class
        self.check(Class, "assert it.__annotations__ == dict(a=int, b='str', c=it)")
        self.check(load_here(Class), "assert it.__annotations__ == dict(a=int, b='str', c=it)")

    @unittest.skipIf(sys.version_info < (3, 14), "annotations are evaluated at once")
    def test_annotations_that_cannot_be_evaluated(self):
        space = define(
            """
            class Class:
                a: missing
            """
        )
        self.check(space.Class, "assert it.__annotations__ == {} and it.__name__ == 'Class'")


if __name__ == "__main__":
    unittest.main()
