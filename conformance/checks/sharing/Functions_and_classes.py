"""What a function and a class bring: the section of that name.

What a check defines inside itself is shared by value.  What is to be a function of the program is
made in __main__, for the file of a check is no module that anybody could import.
"""

import _thread
import collections
import colorsys
import functools
import json
import os
import subprocess
import sys
import tempfile
import types
import typing
import xml.dom.minidom

from check import bind, caught, covers, equal, importing, in_main, raises, value


def there_and_back(interpreter, obj):
    """Return what comes back of *obj* from an *interpreter*."""
    return interpreter.call(typing.cast, None, obj)


def seen_there(interpreter, obj, expression):
    """Return the value of *expression*, a literal, where *obj* has arrived as ``x``."""
    return interpreter.call(eval, expression, {"x": obj})


def write_module(m, name, source):
    """Write a module and import it; return it, and an interpreter that can import it."""
    folder = tempfile.mkdtemp(dir=os.getcwd())
    with open(os.path.join(folder, name + ".py"), "w") as file:
        file.write(source)
    sys.path.insert(0, folder)
    interpreter = m.create()
    interpreter.run("import sys\nsys.path.insert(0, %r)" % folder)
    return __import__(name), interpreter


def run_program(m, source):
    """Run *source*, which can use *m* too, as a program of its own; return what it prints."""
    m.create()  # what is missing is told here
    with open("program.py", "w") as file:
        file.write(importing() + source)
    command = [sys.executable, "-s", "-S", "program.py"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=8)
    printed = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        raise AssertionError("the program ended with %d: %s" % (done.returncode, printed[-300:]))
    return printed


# --- by reference --------------------------------------------------------------------------------


@covers("Functions_and_classes.by-reference")
def a_function_of_a_module_is_the_one_there(m):
    """A function of the standard library arrives as the one that the module has there."""
    interpreter = m.create()
    for name in ("json.dumps", "operator.getitem", "functools.reduce", "os.path.join"):
        module, _, attribute = name.rpartition(".")
        there = "x is getattr(__import__('importlib').import_module(%r), %r)" % (module, attribute)
        obj = getattr(sys.modules[module], attribute) if module in sys.modules else None
        obj = obj or getattr(__import__(module), attribute)
        equal(seen_there(interpreter, obj, there), True)
        assert there_and_back(interpreter, obj) is obj, "%s came back as another" % name


@covers("Functions_and_classes.by-reference")
def a_class_of_a_module_is_the_one_there(m):
    """So does a class, a built-in one too, and a function that is an attribute of a class."""
    interpreter = m.create()
    expression = "[x[0] is int, x[1] is __import__('collections').OrderedDict]"
    equal(seen_there(interpreter, [int, collections.OrderedDict], expression), [True, True])
    method = collections.Counter.most_common
    assert there_and_back(interpreter, method) is method
    equal(interpreter.call(method, collections.Counter("aab"), 1), [("a", 2)])


@covers("Functions_and_classes.imports")
def the_receiver_imports_the_module(m):
    """A module that the receiving interpreter has not imported is imported there."""
    interpreter = m.create()
    equal(interpreter.call(eval, "'colorsys' in __import__('sys').modules", {}), False)
    equal(interpreter.call(colorsys.rgb_to_hsv, 0, 0, 0), (0.0, 0.0, 0))
    equal(interpreter.call(eval, "'colorsys' in __import__('sys').modules", {}), True)


@covers("Functions_and_classes.imports")
def a_module_of_the_program_is_imported(m):
    """A module from a folder on the path is executed there, once."""
    source = "here = []\ndef spam(x):\n here.append(x)\n return here\n"
    module, interpreter = write_module(m, "spam_imported", source)
    spam = module.spam
    spam(0)
    equal([interpreter.call(spam, 1), interpreter.call(spam, 2), spam(3)], [[1], [1, 2], [0, 3]])


@covers("Functions_and_classes.imports")
def a_module_that_cannot_be_imported_raises_there(m):
    """A function of a module that only the sender has raises ModuleNotFoundError where it arrives."""
    module = sys.modules["spam_made"] = types.ModuleType("spam_made")
    exec("def spam(): return 1", vars(module))
    interpreter, queue = m.create(), m.create_queue()
    interpreter.prepare_main(queue=queue)
    queue.put(module.spam)
    code = (
        "try: queue.get()\nexcept ImportError as error: spam = [type(error).__name__, error.name]"
    )
    equal(value(interpreter.run, "spam", code), ["ModuleNotFoundError", "spam_made"])


@covers("Functions_and_classes.takes")
def what_has_the_name_there_is_taken(m):
    """If the name is bound to something else there, that is what arrives."""
    interpreter = m.create()
    interpreter.run("import colorsys\ncolorsys.rgb_to_hsv = len")
    equal(interpreter.call(colorsys.rgb_to_hsv, "spam"), 4)


@covers("Functions_and_classes.takes")
def the_globals_of_the_module_there_are_used(m):
    """A function of a module sees what its module's names are bound to there."""
    source = "eggs = 1\ndef spam(): return eggs\nclass Ham: pass\n"
    module, interpreter = write_module(m, "spam_taken", source)
    module.eggs, module.Ham.eggs = 2, 2
    interpreter.run("import spam_taken\nspam_taken.Ham.eggs = 3")
    equal([module.spam(), interpreter.call(module.spam)], [2, 1])
    equal(interpreter.call(getattr, module.Ham, "eggs"), 3)


# --- by value ------------------------------------------------------------------------------------


@covers("Functions_and_classes.main")
def a_function_of_main_is_shared(m):
    """A function that __main__ defines is called in an interpreter whose __main__ has none."""
    spam = in_main("def spam(x):\n return x + 1")["spam"]
    interpreter = m.create()
    equal(interpreter.call(spam, 1), 2)
    equal(value(interpreter.run, "'spam' in globals()"), False)


@covers("Functions_and_classes.main")
def a_class_of_main_is_shared(m):
    """A class that __main__ defines is called there, and an object of it arrives."""
    Spam = in_main(
        "class Spam:\n def __init__(self, x): self.x = x\n def twice(self): return self.x * 2"
    )["Spam"]
    interpreter = m.create()
    equal(interpreter.call(Spam.twice, Spam(2)), 4)
    equal(interpreter.call(Spam(3).twice), 6)
    equal(interpreter.call(Spam, 5).x, 5)


@covers("Functions_and_classes.main")
def what_main_of_a_subinterpreter_defines_is_shared(m):
    """A function and a class of a subinterpreter's __main__ are shared with another, and with this."""
    one, two = m.create(), m.create()
    bind(one, other=two)
    one.run(
        "def spam(): return 7\nclass Eggs: ham = 8\nseen = other.call(spam), other.call(Eggs).ham"
    )
    equal(value(one.run, "seen"), (7, 8))
    main = "vars(__import__('sys').modules['__main__'])[%r]"
    equal(one.call(eval, main % "spam", {})(), 7)
    equal(one.call(eval, main % "Eggs", {}).ham, 8)


@covers("Functions_and_classes.local")
def a_local_function_is_shared(m):
    """A function that is defined in a function, however deep, is called there."""

    def outer():
        def inner(x):
            return x * 3

        return inner

    interpreter = m.create()
    equal(interpreter.call(outer(), 2), 6)
    equal(there_and_back(interpreter, outer)()("a"), "aaa")


@covers("Functions_and_classes.local")
def a_local_class_is_shared(m):
    """A class that is defined in a function is called there, and an object of it arrives."""

    class Spam:
        eggs = 5

    interpreter = m.create()
    equal(interpreter.call(Spam).eggs, 5)
    equal(interpreter.call(getattr, Spam(), "eggs"), 5)


@covers("Functions_and_classes.lambda")
def a_lambda_is_shared(m):
    """A lambda is called there: one of a function, one of __main__, one with a closure."""
    interpreter = m.create()
    equal(interpreter.call(lambda x: x * 2, "ab"), "abab")
    equal(interpreter.call(in_main("spam = lambda: 3")["spam"]), 3)
    equal(interpreter.call(lambda: sorted([2, 1], key=lambda x: -x)), [2, 1])


@covers("Functions_and_classes.lambda")
def a_lambda_of_a_module_is_shared(m):
    """So is a lambda of a module that could be imported; its name is <lambda>."""
    module, interpreter = write_module(m, "spam_lambda", "spam = [lambda x: x + 1]\n")
    equal(interpreter.call(module.spam[0], 1), 2)
    equal(interpreter.call(getattr, module.spam[0], "__name__"), "<lambda>")


@covers("Functions_and_classes.not-run-again")
def the_program_is_not_run_again(m):
    """A program that calls a function and a class of its own is executed once."""
    source = """
import os
os.write(1, b"begin ")
def spam(x):
    return x + 1
class Eggs:
    ham = 5
interpreter = m.create()
answer = "%d %d end" % (interpreter.call(spam, 1), interpreter.call(Eggs).ham)
os.write(1, answer.encode())
"""
    equal(run_program(m, source), "begin 2 5 end")


@covers("Functions_and_classes.not-run-again")
def a_program_needs_no_guard(m):
    """A program whose __main__ is no file that could be read again shares its functions too."""
    source = """
import os, sys
def spam(): return 42
os.unlink(sys.argv[0])
del sys.modules["__main__"].__file__
os.write(1, b"%d" % m.create().call(spam))
"""
    equal(run_program(m, source), "42")


# --- what a function brings ----------------------------------------------------------------------


@covers("Functions_and_classes.code")
def every_kind_of_function_brings_its_code(m):
    """Loops, exceptions, comprehensions, inner functions, star arguments and generators work."""

    def spam(*args, key=1, **kwargs):
        def inner():
            for arg in args:
                try:
                    yield 10 // arg
                except ZeroDivisionError:
                    yield [each + key for each in range(2)]

        return list(inner()), {name: str(each) for name, each in kwargs.items()}

    expected = ([10, [1, 2], 5], {"a": "1"})
    equal(m.create().call(spam, 1, 0, 2, a=1), expected)


@covers("Functions_and_classes.code")
def generators_and_coroutines_bring_their_code(m):
    """A generator function and a coroutine function are such where they arrive."""

    def generator(n):
        for i in range(n):
            yield i * i

    async def coroutine():
        return 5

    interpreter = m.create()
    equal(seen_there(interpreter, generator, "list(x(4))"), [0, 1, 4, 9])
    equal(seen_there(interpreter, coroutine, "__import__('asyncio').run(x())"), 5)


@covers("Functions_and_classes.code")
def an_exception_tells_the_line(m):
    """What the function raises there comes with the line of its source."""

    def spam():
        return 1 / 0  # this line

    error = caught(m.create().call, spam)
    said = str(error.__cause__ or error)
    line = spam.__code__.co_firstlineno + 1
    assert "line %d, in spam" % line in said, said


@covers("Functions_and_classes.name")
def a_function_brings_its_name(m):
    """Its __name__, and its __qualname__, also when they have been set."""

    def spam():
        pass

    interpreter = m.create()
    equal(interpreter.call(getattr, spam, "__name__"), "spam")
    equal(interpreter.call(getattr, spam, "__qualname__"), spam.__qualname__)
    spam.__name__, spam.__qualname__ = "eggs", "Eggs.eggs"
    equal(seen_there(interpreter, spam, "(x.__name__, x.__qualname__)"), ("eggs", "Eggs.eggs"))


@covers("Functions_and_classes.defaults")
def a_function_brings_its_default_values(m):
    """Those of positional parameters and those of keyword-only ones, shared as objects are."""
    shared = [1]

    def spam(a, b=(2, "c"), *, d=shared, e=None):
        return a, b, d, e

    interpreter = m.create()
    equal(interpreter.call(spam, 0), (0, (2, "c"), [1], None))
    equal(interpreter.call(spam, 0, 1, e=2), (0, 1, [1], 2))
    equal(shared, [1])


@covers("Functions_and_classes.defaults")
def a_default_value_is_kept_from_call_to_call(m):
    """A list that is a default value is one for all calls there, and is not this one."""

    def spam(x, seen=[]):  # noqa: B006
        seen.append(x)
        return seen

    interpreter = m.create()
    bind(interpreter, spam=spam)
    equal(value(interpreter.run, "[spam(1), spam(2)]"), [[1, 2], [1, 2]])
    equal(spam(3), [3])


@covers("Functions_and_classes.attributes")
def a_function_brings_its_attributes(m):
    """What was set on it, and its docstring."""

    def spam():
        """Spam."""

    spam.eggs, spam.ham = [1], {"a": (2,)}
    expression = "[x.eggs, x.ham, x.__doc__, sorted(vars(x))]"
    expected = [[1], {"a": (2,)}, "Spam.", ["eggs", "ham"]]
    equal(seen_there(m.create(), spam, expression), expected)


@covers("Functions_and_classes.attributes")
def a_decorated_function_is_shared(m):
    """A function that wraps another brings that one, as an attribute and in its closure."""

    def twice(function):
        @functools.wraps(function)
        def wrapper(*args):
            return [function(*args), function(*args)]

        return wrapper

    @twice
    def spam(x):
        return x + 1

    interpreter = m.create()
    equal(interpreter.call(spam, 1), [2, 2])
    equal(seen_there(interpreter, spam, "[x.__name__, x.__wrapped__(5)]"), ["spam", 6])


@covers("Functions_and_classes.closure")
def a_function_brings_its_closure(m):
    """The contents of each variable of the functions around it that it uses."""
    spam, unused = [1, (2,)], _thread.allocate_lock()

    def outer(eggs):
        def inner(x):
            return spam, eggs, x

        return inner

    equal(m.create().call(outer("b"), "c"), ([1, (2,)], "b", "c"))
    assert unused


@covers("Functions_and_classes.closure")
def a_closure_is_changed_there_only(m):
    """A variable that the function binds there is bound there, from call to call, and not here."""

    def counter():
        count = 0

        def up():
            nonlocal count
            count += 1
            return count

        return up

    interpreter, up = m.create(), counter()
    up()
    bind(interpreter, up=up)
    equal(value(interpreter.run, "[up(), up(), up()]"), [2, 3, 4])
    equal(up(), 2)


@covers("Functions_and_classes.closure")
def a_local_function_may_call_itself(m):
    """A function that is in its own closure, and two that are in each other's, are shared."""

    def factorial(n):
        return n * factorial(n - 1) if n else 1

    def even(n):
        return odd(n - 1) if n else True

    def odd(n):
        return even(n - 1) if n else False

    interpreter = m.create()
    equal(interpreter.call(factorial, 20), 2432902008176640000)
    equal([interpreter.call(even, 10), interpreter.call(even, 7)], [True, False])


@covers("Functions_and_classes.closure")
def a_variable_that_is_not_bound_stays_so(m):
    """A function that uses a variable which is not bound yet raises NameError when it is called."""

    def outer():
        def inner():
            return later

        yield inner
        later = 1  # never reached

    interpreter, inner = m.create(), next(outer())
    code = "try: x()\nexcept NameError: seen = True"
    bind(interpreter, x=inner)
    equal(value(interpreter.run, "seen", code), True)


@covers("Functions_and_classes.globals")
def a_function_brings_the_globals_that_it_names(m):
    """Constants, functions and modules that its code names, and what those name in turn."""
    spam = in_main(
        "import os as system\n"
        "one, two = [1], (2,)\n"
        "def inner(): return one\n"
        "def spam(x): return inner() + [two, x, system.sep]\n"
    )["spam"]
    equal(m.create().call(spam, 3), [1, (2,), 3, os.sep])


@covers("Functions_and_classes.globals")
def globals_that_inner_functions_name_are_brought(m):
    """So are those that only a lambda, a comprehension or a class inside the function names."""
    spam = in_main(
        "a, b, c = 1, 2, 3\n"
        "def spam():\n"
        " class Inner:\n"
        "  x = c\n"
        " return (lambda: [a, [b for _ in range(2)]])() + [Inner.x]\n"
    )["spam"]
    equal(m.create().call(spam), [1, [2, 2], 3])


@covers("Functions_and_classes.globals")
def globals_that_it_does_not_name_stay_here(m):
    """What cannot be shared does no harm if the code does not name it; nor does what is missing."""
    spam = in_main(
        "import _thread\n"
        "big_lock = _thread.allocate_lock()\n"
        "def spam(x): return len(x) if x else not_defined_anywhere\n"
    )["spam"]
    interpreter = m.create()
    equal(interpreter.call(spam, "ab"), 2)
    code = "try: x('')\nexcept NameError: seen = True"
    bind(interpreter, x=spam)
    equal(value(interpreter.run, "seen", code), True)
    equal(seen_there(interpreter, spam, "'big_lock' in x.__globals__"), False)


@covers("Functions_and_classes.globals")
def a_global_hides_a_builtin(m):
    """A global that has the name of a built-in function is brought, and the others are there."""
    spam = in_main("max = min\ndef spam(*x): return max(x), len(x)")["spam"]
    equal(m.create().call(spam, 3, 1), (1, 2))


@covers("Functions_and_classes.globals")
def a_function_of_main_may_call_itself(m):
    """A function that names itself, and two that name each other, are shared."""
    names = in_main(
        "def factorial(n): return n * factorial(n - 1) if n else 1\n"
        "def even(n): return odd(n - 1) if n else True\n"
        "def odd(n): return even(n - 1) if n else False\n"
    )
    interpreter = m.create()
    equal(interpreter.call(names["factorial"], 10), 3628800)
    equal(interpreter.call(names["odd"], 9), True)


# --- what a class brings -------------------------------------------------------------------------


@covers("Functions_and_classes.class-name")
def a_class_brings_its_name(m):
    """Its __name__ and __qualname__, the module that it says it is of, and its docstring."""

    class Spam:
        """Eggs."""

    expression = "(x.__name__, x.__qualname__, x.__doc__)"
    equal(seen_there(m.create(), Spam, expression), ("Spam", Spam.__qualname__, "Eggs."))


@covers("Functions_and_classes.bases")
def a_class_brings_its_bases(m):
    """Classes by reference and by value; objects of it are objects of them."""

    class Base:
        def spam(self):
            return "base"

    class Derived(Base, collections.OrderedDict):
        def spam(self):
            return ["derived", super().spam(), len(self)]

    interpreter, obj = m.create(), Derived(a=1)
    expression = "[each.__name__ for each in x.__mro__]"
    expected = ["Derived", "Base", "OrderedDict", "dict", "object"]
    equal(seen_there(interpreter, Derived, expression), expected)
    equal(seen_there(interpreter, obj, "x.spam()"), ["derived", "base", 1])
    equal(seen_there(interpreter, obj, "[isinstance(x, dict), x['a']]"), [True, 1])


@covers("Functions_and_classes.bases")
def a_class_of_exceptions_is_shared(m):
    """A class derived from an exception is raised and caught there."""

    class Spam(KeyError):
        pass

    def spam():
        try:
            raise Spam(1)
        except Spam as error:
            return type(error).__name__, error.args, isinstance(error, LookupError)

    equal(m.create().call(spam), ("Spam", (1,), True))


@covers("Functions_and_classes.metaclass")
def a_class_brings_its_metaclass(m):
    """A metaclass by value is the type of the class there, and does what it does here."""

    class Meta(type):
        def spam(cls):
            return cls.__name__.lower()

    class Spam(metaclass=Meta):
        pass

    expression = "[type(x).__name__, x.spam(), isinstance(x, type)]"
    equal(seen_there(m.create(), Spam, expression), ["Meta", "spam", True])


@covers("Functions_and_classes.class-attributes")
def a_class_brings_its_attributes_and_methods(m):
    """Data, methods, class methods, static methods and properties."""

    class Spam:
        data = [1]

        def __init__(self, x):
            self.x = x

        def method(self):
            return self.x, self.data

        @classmethod
        def make(cls):
            return cls(5)

        @staticmethod
        def static(x):
            return x * 2

        @property
        def double(self):
            return self.x * 2

        def __eq__(self, other):
            return self.x == other.x

    interpreter = m.create()
    expression = "[x.make().method(), x.static('a'), x(4).double, x.data, x(1) == x(1)]"
    equal(seen_there(interpreter, Spam, expression), [(5, [1]), "aa", 8, [1], True])
    equal(there_and_back(interpreter, Spam(3)) == Spam(3), True)


@covers("Functions_and_classes.class-attributes")
def a_method_may_name_its_class(m):
    """A method that makes another object of the class, by its name or by super(), is shared."""

    class Spam:
        def again(self):
            return type(self) is Spam and isinstance(Spam(), __class__)

    interpreter = m.create()
    equal(interpreter.call(Spam().again), True)
    Eggs = in_main("class Eggs:\n def again(self): return type(self) is Eggs")["Eggs"]
    equal(interpreter.call(Eggs().again), True)


@covers("Functions_and_classes.class-attributes")
def a_class_with_slots_is_shared(m):
    """An object of a class with __slots__ arrives with what is in them, and takes nothing else."""

    class Spam:
        __slots__ = ("a", "_b")

        def __init__(self):
            self.a, self._b = 1, [2]

    interpreter = m.create()
    expression = "[x.a, x._b, hasattr(x, '__dict__'), x.__slots__]"
    equal(seen_there(interpreter, Spam(), expression), [1, [2], False, ("a", "_b")])


@covers("Functions_and_classes.class-attributes")
def an_object_brings_what_it_has(m):
    """An object of a class shared by value arrives with its attributes, as pickle carries them."""

    class Spam:
        def __init__(self):
            self.a, self.lock = [1], _thread.allocate_lock()

        def __getstate__(self):
            return {"a": self.a}

        def __setstate__(self, state):
            vars(self).update(state, lock=None)

    equal(seen_there(m.create(), Spam(), "vars(x)"), {"a": [1], "lock": None})


# --- all of this must be shareable ---------------------------------------------------------------


@covers("Functions_and_classes.must-be")
def a_function_with_what_is_not_shareable_is_refused(m):
    """A lock in a default value, an attribute, a closure or a global raises NotShareableError."""
    lock = _thread.allocate_lock()
    spam = in_main("import _thread\nlock = [_thread.allocate_lock()]\ndef spam(): return lock")

    def default(x=lock):
        return x

    def keyword(*, x=(lock,)):
        return x

    def attribute():
        pass

    attribute.spam = lock
    interpreter = m.create()
    for function in (default, keyword, attribute, lambda: lock, spam["spam"]):
        with raises(m, "NotShareableError"):
            interpreter.call(typing.cast, None, function)


@covers("Functions_and_classes.must-be")
def a_class_with_what_is_not_shareable_is_refused(m):
    """A lock as an attribute, in one of a base or a metaclass, or in a method's closure too."""
    lock = _thread.allocate_lock()

    class Attribute:
        spam = lock

    class Meta(type):
        spam = [lock]

    class Method:
        def spam(self):
            return lock

    interpreter = m.create()
    derived = type("Derived", (Attribute,), {})
    for cls in (Attribute, derived, Meta("Spam", (), {}), Method):
        with raises(m, "NotShareableError", cls.__name__):
            interpreter.call(typing.cast, None, cls)


@covers("Functions_and_classes.module")
def a_module_arrives_as_the_one_there(m):
    """A module that is sent is imported there, a built-in one and one of a package too."""
    interpreter = m.create()
    expression = "x is __import__('sys').modules[x.__name__] and x.__name__"
    for module in (_thread, json, os.path, xml.dom.minidom):
        equal(seen_there(interpreter, module, expression), module.__name__)
        assert there_and_back(interpreter, module) is module


@covers("Functions_and_classes.module")
def a_function_may_use_modules(m):
    """A module in a closure and one among the globals are imported there."""
    local = colorsys
    spam = in_main("import fractions\ndef spam(): return str(fractions.Fraction(1, 2))")["spam"]
    interpreter = m.create()
    equal(interpreter.call(lambda: local.rgb_to_hsv(0, 0, 0)), (0.0, 0.0, 0))
    equal(interpreter.call(spam), "1/2")


@covers("Functions_and_classes.module")
def a_module_that_cannot_be_imported_there_raises_there(m):
    """A module that only the sender has raises ModuleNotFoundError where it arrives."""
    module = sys.modules["spam_only_here"] = types.ModuleType("spam_only_here")
    with raises(m, "ModuleNotFoundError"):
        m.create().call(typing.cast, None, module)


# --- namespaces ----------------------------------------------------------------------------------

# Functions of __main__ that bind a global and return it.
GLOBAL = """
it, other = None, 5
def set_it(x):
    global it
    it = x
def get_it():
    return it
def get_other():
    return other
def both(set_it, get_it):
    set_it(42)
    return get_it()
def by_name():
    set_it(43)
    return get_it()
"""


@covers("Functions_and_classes.namespace")
def functions_that_arrive_at_once_share_globals(m):
    """What one of them binds the other sees, whether it was an argument or a global of a third."""
    names, interpreter = in_main(GLOBAL), m.create()
    equal(interpreter.call(names["both"], names["set_it"], names["get_it"]), 42)
    equal(interpreter.call(names["by_name"]), 43)


@covers("Functions_and_classes.namespace")
def the_namespace_is_a_new_one(m):
    """Functions that arrive one after the other share nothing, and none has that of __main__."""
    names, interpreter = in_main(GLOBAL), m.create()
    bind(interpreter, set_it=names["set_it"])
    bind(interpreter, get_it=names["get_it"])
    interpreter.run("it = 'main'\nset_it(42)")
    equal(value(interpreter.run, "[get_it(), it]"), [None, "main"])
    equal(value(interpreter.run, "set_it.__globals__ is globals()"), False)


@covers("Functions_and_classes.namespace")
def functions_of_two_namespaces_share_none(m):
    """Functions of different modules that arrive at once have different globals."""
    one = in_main("it = 1\ndef one(): return it")["one"]
    two = {"__name__": "__main__", "it": 2}
    exec("def two(): return it", two)
    expression = "[x[0](), x[1](), x[0].__globals__ is x[1].__globals__]"
    equal(seen_there(m.create(), [one, two["two"]], expression), [1, 2, False])


@covers("Functions_and_classes.bound")
def the_globals_are_bound_in_it(m):
    """The globals that each of them brought are bound in the one that they share."""
    names = in_main(GLOBAL)
    expression = "[x[0].__globals__ is x[1].__globals__, x[0].__globals__['other']]"
    obj = [names["set_it"], names["get_other"]]
    equal(seen_there(m.create(), obj, expression), [True, 5])


@covers("Functions_and_classes.sender")
def what_they_bind_is_not_bound_here(m):
    """A global that a function binds there stays what it was here."""
    names, interpreter = in_main(GLOBAL), m.create()
    interpreter.call(names["set_it"], 42)
    interpreter.call(names["by_name"])
    equal(names["it"], None)


@covers("Functions_and_classes.sender")
def what_they_change_is_not_changed_here(m):
    """Nor is a list changed that is a global of theirs."""
    names = in_main("seen = []\ndef spam():\n seen.append(1)\n return seen")
    interpreter = m.create()
    equal([interpreter.call(names["spam"]), interpreter.call(names["spam"])], [[1], [1]])
    equal(names["seen"], [])


# --- a class is one ------------------------------------------------------------------------------


@covers("Functions_and_classes.again")
def a_class_that_comes_again_is_the_same(m):
    """A class that is sent twice arrives as one; an object is one of the class that came before."""

    class Spam:
        pass

    interpreter = m.create()
    bind(interpreter, one=Spam)
    bind(interpreter, two=Spam, spam=Spam())
    equal(value(interpreter.run, "[one is two, type(spam) is one]"), [True, True])


@covers("Functions_and_classes.again")
def a_class_of_main_that_comes_again_is_the_same(m):
    """So it is with a class of __main__, by whichever way it comes: a queue, an object, a base."""
    names = in_main("class Spam: pass\nclass Eggs(Spam): pass\n")
    interpreter, queue = m.create(), m.create_queue()
    bind(interpreter, Spam=names["Spam"], queue=queue)
    queue.put([names["Spam"](), names["Eggs"]])
    code = "spam, Eggs = queue.get()"
    equal(value(interpreter.run, "[type(spam) is Spam, Eggs.__base__ is Spam]", code), [True, True])


@covers("Functions_and_classes.again")
def classes_of_one_name_are_not_confused(m):
    """Two classes of the same name that are two here are two there."""

    def make(x):
        class Spam:
            eggs = x

        return Spam

    interpreter = m.create()
    bind(interpreter, one=make(1))
    bind(interpreter, two=make(2))
    equal(value(interpreter.run, "[one.eggs, two.eggs, one is two]"), [1, 2, False])


@covers("Functions_and_classes.again")
def a_class_that_comes_by_another_way_is_the_same(m):
    """A class that comes through a third interpreter is the one that came before."""

    class Spam:
        pass

    one, two = m.create(), m.create()
    bind(two, direct=Spam)
    bind(one, Spam=Spam, other=two)
    code = "import sys\nsys.modules['__main__'].through = Spam"
    one.run("other.call(exec, %r, {'Spam': Spam})" % code)
    equal(value(two.run, "direct is through"), True)


@covers("Functions_and_classes.back")
def a_class_that_comes_back_is_the_same(m):
    """A class, and the class of an object, that comes back is the one that was sent."""

    class Spam:
        pass

    interpreter = m.create()
    assert there_and_back(interpreter, Spam) is Spam, "the class came back as another"
    equal(type(there_and_back(interpreter, Spam())), Spam)
    equal(type(interpreter.call(Spam)), Spam)


@covers("Functions_and_classes.back")
def a_class_that_comes_back_through_another_is_the_same(m):
    """So is one that comes back through two interpreters."""
    one, two = m.create(), m.create()
    Spam = in_main("class Spam: pass")["Spam"]
    bind(one, other=two, cast=typing.cast, Spam=Spam)
    equal(value(one.run, "back is Spam", "back = other.call(cast, None, Spam)"), True)
    back = one.call(eval, "__import__('sys').modules['__main__'].back", {})
    assert back is Spam, "the class came back as another"


@covers("Functions_and_classes.back")
def a_class_of_another_interpreter_goes_home(m):
    """A class that a subinterpreter's __main__ defines is that class when it is sent there."""
    interpreter, queue = m.create(), m.create_queue()
    bind(interpreter, queue=queue)
    interpreter.run("class Spam: pass\nqueue.put(Spam)")
    Spam = queue.get()
    bind(interpreter, home=Spam, spam=Spam())
    equal(value(interpreter.run, "[home is Spam, type(spam) is Spam]"), [True, True])
