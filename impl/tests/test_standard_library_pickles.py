"""Objects and classes as the standard library makes them."""

import array
import collections
import dataclasses
import enum
import functools
import http
import sys
import types
import typing
import unittest

from pickling_support import CarryTest, define, dump, load_here
from support import run_process


class Libraries(CarryTest):
    def test_dataclasses(self):
        @dataclasses.dataclass(order=True)
        class Class:
            x: "typing.Optional[Class]"
            y: list = dataclasses.field(default_factory=list, metadata={"a": 1})
            z: dataclasses.InitVar[int] = 3
            c: typing.ClassVar[int] = 4

            def __post_init__(self, z):
                self.extra = z

        @dataclasses.dataclass(frozen=True)
        class Frozen:
            value: int = 1

        self.check(
            [Class(1), Frozen(2)],
            """
            import dataclasses
            obj, frozen = it
            cls = type(obj)
            assert obj == cls(1) < cls(2) and obj.extra == 3 and obj.y == []
            assert [field.name for field in dataclasses.fields(obj)] == ['x', 'y']
            x, y = dataclasses.fields(cls)
            assert cls.__init__.__defaults__ == (dataclasses._HAS_DEFAULT_FACTORY, 3)
            assert x.default is x.default_factory is dataclasses.MISSING and y.metadata['a'] == 1
            assert dataclasses.replace(obj, x=5, z=6).x == 5
            assert dataclasses.asdict(obj) == dict(x=1, y=[]) and 'x=1, y=[]' in repr(obj)
            assert type(frozen)(2) == frozen and hash(type(frozen)(2)) == hash(frozen)
            raises(dataclasses.FrozenInstanceError, setattr, frozen, 'value', 3)

            @dataclasses.dataclass
            class Derived(cls):
                w: int = 7
            assert Derived(1).w == 7 and len(dataclasses.fields(Derived)) == 3
            """,
        )

    @unittest.skipIf(sys.version_info < (3, 10), "dataclasses have no slots")
    def test_dataclasses_with_slots(self):
        @dataclasses.dataclass(frozen=True, slots=True)
        class Class:
            _: dataclasses.KW_ONLY
            value: int = 1

        self.check(
            Class(value=2),
            "assert it.value == 2 and it == type(it)(value=2) and not hasattr(it, '__dict__')\n"
            "raises(TypeError, type(it), 1)\n"
            "import dataclasses; assert type(it).__annotations__['_'] is dataclasses.KW_ONLY",
        )

    def test_enumerations(self):
        class Color(enum.Enum):
            RED = 1
            GREEN = (2, 3)
            LIST = [4]
            ALIAS = 1

            @property
            def lower(self):
                return self.name.lower()

            @classmethod
            def default(cls):
                return cls.GREEN

        Color.table = {Color.RED: "stop"}
        for obj in (Color.RED, Color, {Color.GREEN: Color.RED}):
            self.send([obj, Color.RED, Color.GREEN, Color])
            self.there(
                """
                _, red, green, Color = it
                assert list(Color) == [red, green, Color.LIST] and Color.RED is red is Color.ALIAS
                assert Color(1) is red and Color((2, 3)) is green and Color['GREEN'] is green
                assert Color([4]).value == [4] and raises(ValueError, Color, 5)
                assert red.lower == 'red' and Color.default() is green
                assert repr(red) == '<Color.RED: 1>' and red in Color and isinstance(red, Color)
                assert Color.table[red] == 'stop' and list(Color.__members__)[-1] == 'ALIAS'
                assert raises(AttributeError, setattr, Color, 'RED', 1)
                """
            )

    def test_enumerations_of_other_types(self):
        class Number(enum.IntEnum):
            ONE = 1
            TWO = 2

        class Text(str, enum.Enum):
            A = "a"

        class Point(enum.Enum):
            ORIGIN = (0, 0)

            def __init__(self, x, y):
                self.x, self.y = x, y

        class Made(bytes, enum.Enum):
            def __new__(cls, value, label):
                self = bytes.__new__(cls, [value])
                self._value_, self.label = value, label
                return self

            FIRST = (1, "first")

        self.check(
            [Number.TWO, Text.A, Point.ORIGIN, Made.FIRST],
            """
            two, a, origin, first = it
            assert two == 2 and type(two)(2) is two > type(two).ONE
            assert a == 'a' and type(a)('a') is a and a.upper() == 'A'
            assert (origin.x, origin.value) == (0, (0, 0)) and type(origin).ORIGIN is origin
            assert first == bytes([1]) and first.label == 'first' and type(first)(1) is first
            """,
        )

    def test_flags(self):
        class Flag(enum.Flag):
            R = 1
            W = 2
            RW = 3
            X = 4

        class IntFlag(enum.IntFlag):
            A = 1
            B = 2

        ~Flag.R, ~IntFlag.A  # which they may remember
        self.check(
            [Flag.R | Flag.X, Flag.RW, IntFlag.A | IntFlag.B, Flag.R],
            """
            mixed, rw, both, r = it
            Flag = type(rw)
            assert type(mixed) is Flag and mixed == Flag.R | Flag.X and mixed.value == 5
            assert rw is Flag.RW == Flag.R | Flag.W and ~r == Flag.W | Flag.X and r is Flag.R
            assert both == 3 and both & type(both).A == 1 and ~type(both).A & 3 == 2
            """,
        )

    def test_members_of_importable_enumerations(self):
        self.assertIs(load_here(http.HTTPStatus.OK), http.HTTPStatus.OK)
        self.assertNotIn(b"interpreters", dump(http.HTTPStatus.OK)[0])

    def test_named_tuples(self):
        First = collections.namedtuple("First", "a b", defaults=[2])

        class Second(typing.NamedTuple):
            a: int
            b: str = "x"

            def method(self):
                return self.b

        self.check(
            [First(1), Second(1)],
            """
            first, second = it
            assert first == (1, 2) and first.a == 1 and repr(first) == 'First(a=1, b=2)'
            assert first._replace(a=5) == type(first)(5) and type(first)._make([1, 2]) == first
            assert second.method() == 'x' and second._asdict() == dict(a=1, b='x')
            assert type(second)(a=3).a == 3
            """,
        )

    def test_typing(self):
        T = typing.TypeVar("T", bound="int", covariant=True)
        New = typing.NewType("New", int)

        class Generic(typing.Generic[T]):
            def __init_subclass__(cls, *, tag, **kwargs):
                super().__init_subclass__(**kwargs)
                cls.tag = tag

        class Class(Generic[int], tag="a"):
            pass

        @typing.runtime_checkable
        class Method(typing.Protocol):
            def method(self): ...

        class Typed(typing.TypedDict):
            key: typing.Optional["Class"]

        optional = repr(Typed.__annotations__)
        self.check(
            [Generic, Class(), Method, Typed, T, New, typing.List[Class]],
            f"""
            Generic, obj, Method, Typed, T, New, alias = it
            assert Generic.__parameters__ == (T,) and Generic[int].__args__ == (int,)
            assert type(obj).__orig_bases__ == (Generic[int],) and obj.tag == 'a'
            assert T.__name__ == 'T' and T.__covariant__ and T.__module__ == {__name__!r}
            assert T.__bound__.__forward_arg__ == 'int'
            class Other:
                def method(self): pass
            assert isinstance(Other(), Method) and not isinstance(1, Method)
            raises(TypeError, Method)
            assert Typed(key=1) == dict(key=1) and repr(Typed.__annotations__) == {optional!r}
            assert New(5) == 5 and New.__supertype__ is int and New.__name__ == 'New'
            assert alias.__args__ == (type(obj),)
            """,
        )
        self.assertIs(load_here(typing.AnyStr), typing.AnyStr)

    def test_forward_references(self):
        names = ["arg", "is_argument", "is_class", "module"]
        names = [f"__forward_{name}__" for name in names]
        keywords = {"is_argument": False}
        if hasattr(typing.ForwardRef("a"), "__forward_module__"):
            keywords.update(is_class=True, module="json")
        for reference in (typing.ForwardRef("a"), typing.ForwardRef("b", **keywords)):
            values = [getattr(reference, name, None) for name in names]
            self.check(
                reference,
                f"assert [getattr(it, name, None) for name in {names!r}] == {values!r}",
            )

    @unittest.skipIf(sys.version_info < (3, 12), "there is no such syntax")
    def test_type_parameters(self):
        space = define(
            """
            class Class[T: int, *Ts, **P]:
                attribute: T
                def method[U](self, value: U) -> U: return value
            def function[T](value: T) -> T: return value
            type Alias[T] = list[T]
            class Annotated:
                attribute: Alias
            def bound():
                class Class:
                    def method[T: named](self): ...
                return Class.method.__type_params__[0].__bound__
            """,
            named=list,
        )
        self.check(
            [space.Class, space.function, space.Alias, space.Annotated, space.bound],
            """
            Class, function, Alias, Annotated, bound = it
            assert bound() is list
            T = Class.__type_params__[0]
            assert [each.__name__ for each in Class.__type_params__] == ['T', 'Ts', 'P']
            assert T.__bound__ is int and Class.__annotations__ == dict(attribute=T)
            assert Class().method(1) == 1 == function(1) and Class[int, str, [int]]
            assert Alias.__name__ == 'Alias' and Alias[int].__args__ == (int,)
            assert Annotated.__annotations__ == dict(attribute=Alias)
            """,
        )

    @unittest.skipIf(sys.version_info < (3, 13), "type variables have no defaults")
    def test_defaults_of_type_variables(self):
        self.check(
            [typing.TypeVar("T", default=int), typing.ParamSpec("P")],
            "assert it[0].__default__ is int and not it[1].has_default()",
        )

    def test_wrappers_of_methods(self):
        @functools.total_ordering
        class Class:
            def __init__(self, value):
                self.value = value

            def __eq__(self, other):
                return self.value == other.value

            def __lt__(self, other):
                return self.value < other.value

            @functools.cached_property
            def cached(self):
                "documented"
                return [self.value]

            @functools.lru_cache(maxsize=None)
            def remembered(self):
                return [2]

            __hash__ = object.__hash__

            def add(self, a, b=0):
                return self.value, a, b

            added = functools.partialmethod(add, 5, b=6)

        self.check(
            Class(1),
            """
            assert it.cached == [1] and it.cached is it.cached and it.__dict__['cached'] == [1]
            assert type(it).cached.__doc__ == 'documented'
            assert it.remembered() is it.remembered()
            assert it >= type(it)(0) and it.added() == (1, 5, 6)
            """,
        )

    def test_read_only_mappings(self):
        self.check(
            types.MappingProxyType({"a": 1}), "assert it == dict(a=1) and not hasattr(it, 'clear')"
        )

    def test_arrays(self):
        for typecode in "bBhHiIlLqQfd":
            made = array.array(typecode, [1, 2, 3])
            self.check(
                [made, made],
                f"""
                import array
                assert it[0] == array.array({typecode!r}, [1, 2, 3]) and it[0] is it[1]
                assert it[0].typecode == {typecode!r}
                """,
            )
        text = array.array("w" if sys.version_info >= (3, 13) else "u", "a\u20ac")
        self.check(
            [text, array.array("i")],
            f"""
            assert it[0].typecode == {text.typecode!r} and it[0].tounicode() == 'a\u20ac'
            assert it[1].typecode == 'i' and len(it[1]) == 0
            """,
        )

    def test_arrays_of_other_interpreters(self):
        """Up to 3.11 their own pickle names a function of the interpreter that has the first."""
        self.there("import array; it = array.array('i', [1, 2])")
        for arrived in self.returned("[it, it]"):
            self.assertEqual(arrived, [array.array("i", [1, 2])] * 2)
            self.assertIs(arrived[0], arrived[1])

    def test_another_module_named_array(self):
        source = """if 1:
            import sys, types
            sys.modules['array'] = types.ModuleType('array')
            exec("class array: value = 1", vars(sys.modules['array']))
            from interpreters import _pickling
            import array
            arrived = _pickling.loads(_pickling.dumps(array.array(), None), [])
            assert type(arrived) is array.array
        """
        self.assertEqual(run_process(source), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
