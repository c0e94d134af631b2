"""Mutants of what functions and classes bring.

Most of them send another function or class than the one that was given.  What a function brings is
what it has, so that one that lacks something is as if that had been lost on the way.
"""

import builtins
import runpy
import sys
import types

from mutants.mutant import replaces, violates
from mutants.sending import (
    around_calls,
    is_by_value,
    on_arrival,
    on_sent,
    refuses,
    remade,
    remade_class,
    with_class,
)


def changes_functions(m, change):
    """Have *change* done to each function that is sent by value."""

    def changed(obj):
        return change(obj) if type(obj) is types.FunctionType and is_by_value(obj) else obj

    on_sent(m, changed)


def changes_classes(m, remake):
    """Have *remake* done to each class that is sent by value, also for its objects."""
    on_sent(m, lambda obj: with_class(obj, remake))


def is_of_a_module(obj):
    """Whether *obj* is a function that is shared by reference."""
    return type(obj) is types.FunctionType and not is_by_value(obj)


# --- by reference --------------------------------------------------------------------------------


@violates("Functions_and_classes.by-reference")
def wraps_functions(m):
    """A function of a module arrives inside another function."""
    on_sent(m, lambda obj: (lambda *args: obj(*args)) if is_of_a_module(obj) else obj)


@violates("Functions_and_classes.by-reference")
def derives_classes(m):
    """A class of a module arrives as one that is derived from it."""

    def change(obj):
        return type(obj.__name__, (obj,), {}) if isinstance(obj, type) else obj

    on_arrival(m, change)
    on_sent(m, change)


@violates("Functions_and_classes.imports", "Functions_and_classes.takes")
def shares_all_by_value(m):
    """A function of a module is shared as those of __main__ are."""

    def change(obj):
        if not is_of_a_module(obj):
            return obj
        made = remade(obj)
        made.__module__ = "__main__"
        return made

    on_sent(m, change)


@violates("Functions_and_classes.takes")
def takes_attributes_of_classes_along(m):
    """A class of a module arrives as one that has the attributes that it has here."""

    def change(obj):
        if isinstance(obj, type) and obj.__module__.startswith("spam"):
            return remade_class(obj, name="Spam")
        return obj

    on_sent(m, change)


@violates("Functions_and_classes.imports")
def refuses_what_is_not_imported(m):
    """A module that the receiving interpreter has not imported is not imported."""

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, *rest):
        name = getattr(callable, "__module__", None) or ""
        known = "__import__('sys').modules"
        if name.startswith("colors") and not original(
            id, eval, ("%r in %s" % (name, known),), {}, None
        ):
            raise ImportError("interpreter %d has not imported %s" % (id, name))
        return original(id, callable, args, *rest)


# --- by value ------------------------------------------------------------------------------------


@violates("Functions_and_classes.main")
def does_not_share_what_main_has(m):
    """A function, a class, and an object of a class of __main__ is not shareable."""

    def is_of_main(obj):
        module = getattr(obj, "__module__", None) or type(obj).__module__
        return module == "__main__" and "<" not in getattr(obj, "__qualname__", "")

    refuses(m, is_of_main)


@violates("Functions_and_classes.local")
def does_not_share_local_functions(m):
    """A function that is defined in a function is not shareable."""
    refuses(m, lambda obj: type(obj) is types.FunctionType and "<locals>" in obj.__qualname__)


@violates("Functions_and_classes.local")
def does_not_share_local_classes(m):
    """A class that is defined in a function is not shareable, and its objects are not."""

    def is_local(obj):
        return "<locals>" in (obj if isinstance(obj, type) else type(obj)).__qualname__

    refuses(m, is_local)


@violates("Functions_and_classes.lambda")
def does_not_share_lambdas(m):
    """A lambda is not shareable."""
    refuses(m, lambda obj: getattr(obj, "__name__", "") == "<lambda>")


@violates("Functions_and_classes.lambda")
def does_not_share_lambdas_of_modules(m):
    """A lambda of a module is looked for there, and not found."""

    def is_of_a_module(obj):
        return getattr(obj, "__name__", "") == "<lambda>" and obj.__module__ == "spam_lambda"

    refuses(m, is_of_a_module)


@violates("Functions_and_classes.not-run-again")
def runs_the_program_again(m):
    """The program is executed before the first call in an interpreter, which finds its names so."""
    seen = set()

    @replaces(m._sharing, "call")
    def call(original, id, *args):
        if m._interpreters.get_current() == 0 and id not in seen:
            seen.add(id)
            path = sys.modules["__main__"].__file__
            original(id, runpy.run_path, (path,), {"run_name": "__again__"}, None)
        return original(id, *args)


# --- what a function brings ----------------------------------------------------------------------


@violates("Functions_and_classes.code")
def refuses_inner_code(m):
    """A function in whose code there is that of others is not shareable."""

    def has_inner_code(obj):
        code = getattr(obj, "__code__", None)
        return is_by_value(obj) and any(
            type(c) is types.CodeType for c in getattr(code, "co_consts", ())
        )

    refuses(m, has_inner_code)


@violates("Functions_and_classes.code")
def calls_functions_for_their_results(m):
    """What is sent calls the function and returns what it returns, as a list if it is iterable."""

    def change(function):
        def calling(*args, **kwargs):
            result = function(*args, **kwargs)
            return list(result) if hasattr(result, "__iter__") else [result]

        return calling

    changes_functions(m, change)


@violates("Functions_and_classes.code")
def forgets_lines(m):
    """The lines of the code are counted from its own first."""
    changes_functions(m, lambda f: remade(f, code=f.__code__.replace(co_firstlineno=1)))


@violates("Functions_and_classes.name")
def calls_all_functions_alike(m):
    """A function has another name where it arrives."""

    def change(function):
        made = remade(function)
        made.__name__ = made.__qualname__ = "function"
        return made

    changes_functions(m, change)


@violates("Functions_and_classes.name")
def takes_the_name_of_the_code(m):
    """A function has the name that it was given when it was defined."""

    def change(function):
        made = remade(function)
        made.__name__ = made.__qualname__ = function.__code__.co_name
        return made

    changes_functions(m, change)


@violates("Functions_and_classes.defaults")
def brings_no_default_values(m):
    """The default values are lost."""
    changes_functions(m, lambda function: remade(function, defaults=None))


@violates("Functions_and_classes.defaults")
def brings_no_default_values_of_keywords(m):
    """The default values of keyword-only parameters are lost."""
    changes_functions(m, lambda function: remade(function, defaults=function.__defaults__))


@violates("Functions_and_classes.attributes")
def brings_no_attributes(m):
    """What was set on a function is lost."""

    def change(function):
        made = remade(function)
        vars(made).clear()
        return made

    changes_functions(m, change)


@violates("Functions_and_classes.attributes")
def brings_no_docstring(m):
    """The docstring is lost."""

    def change(function):
        made = remade(function)
        made.__doc__ = None
        return made

    changes_functions(m, change)


def emptied(cell):
    """Return a cell that holds nothing of what *cell* does."""
    return types.CellType(None)


def filled(cell):
    """Return *cell*, or one that holds None if it is empty."""
    try:
        cell.cell_contents
    except ValueError:
        return types.CellType(None)
    return cell


def changes_cells(m, change):
    """Have *change* done to each cell of a closure."""

    def changed(function):
        return remade(function, closure=tuple(map(change, function.__closure__ or ())) or None)

    changes_functions(m, changed)


@violates("Functions_and_classes.closure")
def brings_no_contents_of_closures(m):
    """The variables of the functions around it are None."""
    changes_cells(m, emptied)


@violates("Functions_and_classes.closure")
def fills_empty_cells(m):
    """A variable that is not bound yet is None."""
    changes_cells(m, filled)


@violates("Functions_and_classes.globals")
def brings_no_globals(m):
    """A function has none of its globals."""
    changes_functions(m, lambda function: remade(function, namespace={}))


@violates("Functions_and_classes.globals")
def brings_what_it_names_itself(m):
    """Globals that only functions inside the function name are lost."""

    def change(function):
        known = function.__globals__
        names = {name: known[name] for name in function.__code__.co_names if name in known}
        return remade(function, namespace=names)

    changes_functions(m, change)


@violates("Functions_and_classes.globals")
def brings_all_globals(m):
    """A function is not shareable if one of its module's globals is not."""

    def change(function):
        if any(name.endswith("_lock") for name in function.__globals__):
            raise m.NotShareableError("a global is not shareable")
        return function

    changes_functions(m, change)


@violates("Functions_and_classes.globals")
def takes_builtins_as_they_are_there(m):
    """A name that a built-in function has is not brought."""

    def change(function):
        known = function.__globals__.items()
        return remade(function, namespace={k: v for k, v in known if not hasattr(builtins, k)})

    changes_functions(m, change)


@violates("Functions_and_classes.globals")
def calls_no_function_of_main_again(m):
    """A function that is among its own globals is lost there."""

    def change(function):
        known = function.__globals__.items()
        own = ("factorial", "even", "odd")
        return remade(function, namespace={k: v for k, v in known if k not in own})

    changes_functions(m, change)


# --- what a class brings -------------------------------------------------------------------------


@violates("Functions_and_classes.class-name")
def calls_all_classes_alike(m):
    """A class has another name where it arrives."""
    changes_classes(m, lambda cls: remade_class(cls, name="Class"))


@violates("Functions_and_classes.bases")
def brings_no_bases(m):
    """A class is derived from object alone."""
    changes_classes(m, lambda cls: remade_class(cls, bases=(object,)))


@violates("Functions_and_classes.metaclass")
def brings_no_metaclass(m):
    """A class is of the type type."""
    changes_classes(m, lambda cls: cls if issubclass(cls, type) else remade_class(cls, meta=type))


@violates("Functions_and_classes.class-attributes")
def brings_no_methods(m):
    """The functions of a class are lost."""

    def keep(name, value):
        return not isinstance(value, types.FunctionType)

    changes_classes(m, lambda cls: remade_class(cls, keep=keep))


@violates("Functions_and_classes.class-attributes")
def brings_no_slots(m):
    """The objects of a class that has slots have a dictionary too."""
    changes_classes(m, lambda cls: remade_class(cls, keep=lambda name, value: name != "__slots__"))


@violates("Functions_and_classes.class-attributes")
def brings_no_special_methods(m):
    """Methods by which pickle asks objects for their state are lost."""
    names = ("__getstate__", "__setstate__")
    changes_classes(m, lambda cls: remade_class(cls, keep=lambda name, value: name not in names))


# --- what must be shareable ----------------------------------------------------------------------


@violates("Functions_and_classes.must-be")
def sends_a_stand_in(m):
    """A function or class that is not shareable arrives as a function that does nothing."""

    def change(obj):
        return obj if not is_by_value(obj) or m.is_shareable(obj) else len

    on_sent(m, change)


@violates("Functions_and_classes.module")
def does_not_share_modules(m):
    """A module is not shareable."""
    refuses(m, lambda obj: isinstance(obj, types.ModuleType))


@violates("Functions_and_classes.module")
def makes_modules_that_are_not_there(m):
    """A module that cannot be imported arrives as its name."""

    def change(obj):
        made_here = isinstance(obj, types.ModuleType) and obj.__spec__ is None
        return obj.__name__ if made_here else obj

    on_sent(m, change)


@violates("Functions_and_classes.module")
def brings_no_modules(m):
    """A module that is among the globals of a function is lost."""

    def change(function):
        known = function.__globals__.items()
        return remade(
            function,
            namespace={k: v for k, v in known if not isinstance(v, types.ModuleType)},
        )

    changes_functions(m, change)


# --- namespaces ----------------------------------------------------------------------------------


@violates("Functions_and_classes.namespace", "Functions_and_classes.bound")
def has_globals_for_each(m):
    """Each function has globals of its own."""
    changes_functions(m, lambda function: remade(function, namespace=dict(function.__globals__)))


def into_main(callable, args, kwargs):
    import sys
    import types

    def change(obj):
        if type(obj) is types.FunctionType and obj.__module__ == "__main__":
            return types.FunctionType(obj.__code__, vars(sys.modules["__main__"]))
        return {key: change(value) for key, value in obj.items()} if type(obj) is dict else obj

    return callable(*map(change, args), **kwargs)


@violates("Functions_and_classes.namespace")
def uses_the_namespace_of_main(m):
    """A function of __main__ has the receiver's __main__ for its globals."""
    around_calls(m, into_main)


@violates("Functions_and_classes.namespace")
def has_globals_for_all(m):
    """Functions that arrive at once share globals, whichever namespaces they come from."""
    merged = {}

    def change(function):
        merged.update((k, v) for k, v in function.__globals__.items() if k in ("it", "one", "two"))
        return remade(function, namespace=merged)

    changes_functions(m, change)


@violates("Functions_and_classes.sender")
def calls_functions_here_first(m):
    """A function of __main__ is called here too, to see whether it can be."""

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, kwargs, seconds):
        if type(callable) is types.FunctionType and callable.__module__ == "__main__":
            callable(*args, **kwargs)
        return original(id, callable, args, kwargs, seconds)


# --- a class is one ------------------------------------------------------------------------------


@violates("Functions_and_classes.again", "Functions_and_classes.back")
def makes_classes_anew(m):
    """A class is another one each time that it is sent."""
    changes_classes(m, remade_class)


@violates("Functions_and_classes.again")
def knows_classes_by_their_names(m):
    """Of two classes that have the same name the one that came first is taken."""
    known = {}
    changes_classes(m, lambda cls: known.setdefault(cls.__qualname__, cls))
