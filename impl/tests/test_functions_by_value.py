"""Functions that travel by value: a function that is defined in a test is shared so."""

import contextlib
import fnmatch
import functools
import sys
import threading
import types
import unittest

from pickling_support import CarryTest, define, load_here
from support import run_process


class Functions(CarryTest):
    def test_its_parts(self):
        def function(a, b=[1], *, c="d"):
            "documented"
            return a, b, c

        function.attribute = {"e": 1}
        self.check(
            function,
            f"""
            assert it(0) == (0, [1], 'd')
            assert it.__defaults__ == ([1],) and it.__kwdefaults__ == dict(c='d')
            assert it.__name__ == 'function' and it.__qualname__ == {function.__qualname__!r}
            assert it.__module__ == {__name__!r} and it.__doc__ == 'documented'
            assert it.attribute == dict(e=1)
            """,
        )

    def test_names_that_were_changed(self):
        function = lambda: 1  # noqa: E731
        function.__name__, function.__qualname__, function.__module__ = "a", "b.c", "d"
        function.__doc__ = "changed"
        self.check(
            function,
            "assert (it.__name__, it.__qualname__, it.__module__) == ('a', 'b.c', 'd')\n"
            "assert it.__doc__ == 'changed'",
        )

    def test_annotations_are_left_behind(self):
        lock = threading.Lock()

        def function(a: lock) -> lock:
            return a

        self.check(function, "assert it(1) == 1 and it.__annotations__ == {}")

    def test_closures(self):
        def outer(value):
            return lambda: value

        self.check(outer([1]), "assert it() == [1]")

    def test_closures_that_functions_share(self):
        def counter():
            n = 0

            def increment():
                nonlocal n
                n += 1

            return increment, lambda: n

        self.check(counter(), "it[0](); it[0](); assert it[1]() == 2")

    def test_empty_cells(self):
        def outer():
            def inner():
                return value

            if 0:
                value = 1
            return inner

        self.check(outer(), "assert 'value' in str(raises(NameError, it))")

    def test_kinds_of_code(self):
        offset = 10

        def generator():
            yield from (n + offset for n in range(2))

        async def coroutine():
            return [offset for _ in range(2)]

        self.check(
            [generator, coroutine],
            """
            assert list(it[0]()) == [10, 11]
            assert raises(StopIteration, it[1]().send, None).value == [10, 10]
            """,
        )

    def test_decorated_ones(self):
        def decorate(function):
            @functools.wraps(function)
            def wrapper(*args):
                return ["wrapped", function(*args)]

            return wrapper

        @decorate
        def function(n):
            "documented"
            return function(n - 1) if n else "done"

        self.check(
            function,
            """
            assert it(1) == ['wrapped', ['wrapped', 'done']] and it.__doc__ == 'documented'
            assert it.__wrapped__(0) == 'done' and it.__wrapped__.__name__ == 'function'
            """,
        )

    def test_context_managers(self):
        @contextlib.contextmanager
        def manager(value):
            yield value

        self.check(manager, "with it(5) as value: assert value == 5")

    def test_cycles(self):
        def self_in_closure(n):
            return n * self_in_closure(n - 1) if n else 1

        def self_in_default(other=None):
            return other

        self_in_default.__defaults__ = (self_in_default,)
        self_in_default.itself = self_in_default

        def even(n):
            return odd(n - 1) if n else True

        def odd(n):
            return even(n - 1) if n else False

        cycle = [lambda: cycle]
        self.check(
            [self_in_closure, self_in_default, even, odd, cycle],
            """
            assert it[0](5) == 120
            assert it[1]() is it[1] is it[1].itself
            assert it[2](10) is True and it[3](10) is False
            assert it[4][0]() is it[4]
            """,
        )

    def test_bound_methods(self):
        class Class:
            def method(self):
                return "method", self.value

            @classmethod
            def make(cls):
                return cls

            def __private(self):
                return "private", self.value

            def bound(self):
                return self.__private

        obj = Class()
        obj.value = 1
        other = types.MethodType(lambda self: self.value, obj)
        self.check(
            [obj, obj.method, Class.make, obj.bound(), other],
            """
            assert it[1]() == ('method', 1) and it[1].__self__ is it[0]
            assert it[2]() is type(it[0])
            assert it[3]() == ('private', 1) and it[3] == it[0].bound()
            assert it[4]() == 1 and it[4].__self__ is it[0]
            Class = type(it[0])
            """,
        )
        self.check([obj, obj.bound()], "assert it[1] == it[0].bound() and type(it[0]) is Class")

    def test_wrappers(self):
        def function(*args):
            return args

        self.check(
            [classmethod(function), staticmethod(function), property(function, doc="documented")],
            """
            assert [type(each) for each in it] == [classmethod, staticmethod, property]
            assert it[0].__func__ is it[1].__func__ is it[2].fget and it[2].__doc__ == 'documented'
            assert it[0].__func__(1) == (1,)
            """,
        )

    def test_partial_functions(self):
        self.check(functools.partial(lambda *args: args, 1), "assert it(2) == (1, 2)")

    def test_cached_ones(self):
        @functools.lru_cache(maxsize=7)
        def fibonacci(n):
            "documented"
            return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

        fibonacci(5)
        fibonacci.attribute = 1
        self.check(
            fibonacci,
            """
            assert it.cache_info() == (0, 0, 7, 0)
            assert it(80) == 23416728348467685 and it.cache_info().currsize == 7
            assert it.__name__ == 'fibonacci' and it.__doc__ == 'documented' and it.attribute == 1
            """,
        )
        self.assertIs(load_here(fnmatch._compile_pattern), fnmatch._compile_pattern)

    @unittest.skipIf(sys.version_info < (3, 9), "3.8 does not tell")
    def test_what_a_cache_distinguishes(self):
        self.check(
            functools.lru_cache(typed=True)(lambda n: n),
            "assert it.cache_parameters() == dict(maxsize=128, typed=True)",
        )

    def test_what_cannot_be_carried(self):
        lock = threading.Lock()
        generator = (n for n in ())
        for function in (
            lambda: lock,
            lambda value=lock: value,
            lambda *, value=lock: value,
            define("function = lambda: lock", lock=lock).function,
            lambda: generator,
        ):
            self.refused(function, TypeError, "cannot pickle '(_thread.lock|generator)' object")


class Namespaces(CarryTest):
    def test_only_globals_that_are_named(self):
        space = define(
            """
            def function(obj):
                obj.lock, obj.used
                return [used for _ in range(1)], nested()
            def nested():
                class Class:
                    value = in_class
                return (lambda: Class.value)()
            """,
            used=1,
            in_class=2,
            lock=threading.Lock(),
            unused=threading.Lock(),
        )
        self.check(
            space.function,
            """
            class Object:
                lock = used = None
            assert it(Object) == ([1], 2)
            names = set(it.__globals__) - {'__name__', '__package__', '__builtins__'}
            assert names == {'function', 'used', 'nested', 'in_class'} - {'function'}, names
            assert it.__globals__['__name__'] == 'defined'
            """,
        )

    def test_more_names_than_an_instruction_can_tell(self):
        names = [f"name{n}" for n in range(600)]
        source = f"def function(obj): obj.a; return ({', '.join(names)})"
        space = define(source, **{name: n for n, name in enumerate(names)})
        self.check(
            space.function,
            """
            class Object: a = 1
            assert it(Object) == tuple(range(600))
            """,
        )

    def test_globals_that_are_bound_or_deleted(self):
        space = define(
            """
            def bind():
                global bound, deleted
                bound = 2
                del deleted
            def read():
                return bound
            """,
            bound=1,
            deleted=1,
        )
        self.check([space.bind, space.read], "it[0](); assert it[1]() == 2")
        self.check(space.bind, "assert it.__globals__['bound'] == it.__globals__['deleted'] == 1")
        self.assertEqual(space.read(), 1)

    def test_one_for_those_that_arrive_at_once(self):
        source = """
            def bind(value):
                global bound
                bound = value
            def read():
                return bound
        """
        first, second = define(source), define(source)
        self.check(
            [first.bind, second.bind, second.read, first.read],
            """
            it[0](1), it[1](2)
            assert it[3]() == 1 and it[2]() == 2
            assert it[0].__globals__ is it[3].__globals__ is not it[2].__globals__
            bind = it[0]
            """,
        )
        self.check([first.bind], "it[0](5); assert bind.__globals__['bound'] == 1")

    def test_what_every_namespace_has(self):
        space = define("def function(): return __name__, len(str(__builtins__)) > 0, max(1, 2)")
        self.check(space.function, "assert it() == ('defined', True, 2)")

    def test_relative_imports(self):
        namespace = {"__name__": "made", "__package__": "json"}
        exec("def function():\n from . import decoder\n return decoder", namespace)
        self.check(namespace["function"], "import json.decoder; assert it() is json.decoder")

    def test_globals_of_main(self):
        source = """if 1:
            from interpreters import _interpreters, _pickling
            import json, sys
            base = 10
            class Class:
                def method(self): return base, json.dumps(base)
            def function(): return Class()
            data = _pickling.dumps([function, Class], None)
            id = _interpreters.create()
            _interpreters.run_string(id, f'''if 1:
                import sys
                sys.path[:] = {sys.path!r}
                from interpreters import _pickling
                function, Class = _pickling.loads({data!r}, [])
                assert function().method() == (10, '10')
                assert type(function()) is Class and Class.__module__ == '__main__'
                import __main__
                assert not hasattr(__main__, 'base')
            ''')
            _interpreters.destroy(id)
        """
        self.assertEqual(run_process(source), (0, "", ""))

    @unittest.skipIf(sys.version_info < (3, 15), "imports are never lazy")
    def test_lazy_imports(self):
        space = define(
            """
            lazy import colorsys
            lazy from base64 import b64encode
            def function():
                return colorsys, b64encode(b'1')
            """
        )
        self.check(space.function, "import colorsys; assert it() == (colorsys, b'MQ==')")


if __name__ == "__main__":
    unittest.main()
