"""What the mutants of sharing are written with.

What is sent wrong is seen where it arrives.  So a mutant changes an object before the reference
describes it, or after the reference has made it anew in the caller; or else it has a function change
it where it has arrived, which is itself sent there, by value.

All that is sent passes through two functions of the extension module, and through the queues.
"""

import types

from mutants.mutant import replaces


def each(change):
    """Return a function that does *change* to an object, and first to what is in it.

    It goes into tuples, lists, dicts, and the closures of functions.
    """
    inside = set()  # the IDs of what it is in just now, for things may be in themselves

    def changed(obj):
        if id(obj) in inside:
            return obj
        inside.add(id(obj))
        try:
            return change(parts(obj))
        finally:
            inside.discard(id(obj))

    def parts(obj):
        if type(obj) in (tuple, list):
            return type(obj)([changed(item) for item in obj])
        if type(obj) is dict:
            return {key: changed(value) for key, value in obj.items()}
        if type(obj) is types.FunctionType and obj.__closure__:
            return remade(obj, closure=tuple(cell(changed, each) for each in obj.__closure__))
        return obj

    def cell(changed, cell):
        try:
            before = cell.cell_contents
        except ValueError:
            return cell
        after = changed(before)
        return cell if after is before else types.CellType(after)

    return changed


def on_sent(m, change):
    """Have *change* done to all that this interpreter sends."""
    changed = each(change)

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, kwargs, seconds):
        return original(id, changed(callable), changed(args), changed(kwargs), seconds)

    @replaces(m._sharing, "bind")
    def bind(original, id, names):
        original(id, changed(names))

    on_put(m, changed)


def on_put(m, changed):
    """Have *changed* called with each item that this interpreter puts into a queue."""

    @replaces(m.Queue, "put")
    def put(original, self, obj, *args, **kwargs):
        return original(self, changed(obj), *args, **kwargs)

    @replaces(m.Queue, "put_nowait")
    def put_nowait(original, self, obj, **kwargs):
        return original(self, changed(obj), **kwargs)


def on_arrival(m, change):
    """Have *change* done to all results and items that arrive in this interpreter."""
    changed = each(change)

    @replaces(m._sharing, "call")
    def call(original, *args):
        return changed(original(*args))

    @replaces(m.Queue, "get")
    def get(original, *args, **kwargs):
        return changed(original(*args, **kwargs))

    @replaces(m.Queue, "get_nowait")
    def get_nowait(original, self):
        return changed(original(self))


def refuses(m, whether):
    """Have what *whether* says so of be not shareable, sent or received."""

    def refuse(obj):
        if whether(obj):
            raise m.NotShareableError("it is a %s" % type(obj).__name__)
        return obj

    on_sent(m, refuse)
    on_arrival(m, refuse)


def around_calls(m, frame):
    """Have ``frame(callable, args, kwargs)`` called there in the place of the callable.

    *frame* is a function that is sent by value, and imports what it needs.
    """

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, kwargs, seconds):
        if not hasattr(callable, "__call__"):
            raise TypeError("%s cannot be called" % type(callable).__name__)
        return original(id, frame, (callable, args, kwargs), {}, seconds)


def is_by_value(obj):
    """Whether *obj* is a function or class that is shared by value."""
    if not isinstance(obj, (types.FunctionType, type)):
        return False
    names = obj.__qualname__
    return obj.__module__ == "__main__" or "<locals>" in names or "<lambda>" in names


_SAME = object()


def remade(function, *, code=None, namespace=None, name=None, closure=None, defaults=_SAME):
    """Return a *function* like another but for what is given."""
    made = types.FunctionType(
        code or function.__code__,
        function.__globals__ if namespace is None else namespace,
        name or function.__name__,
        function.__defaults__ if defaults is _SAME else defaults,
        closure or function.__closure__,
    )
    made.__kwdefaults__ = function.__kwdefaults__ if defaults is _SAME else None
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    made.__doc__ = function.__doc__
    vars(made).update(vars(function))
    return made


def remade_class(cls, *, meta=None, name=None, bases=None, keep=lambda name, value: True):
    """Return a class like another but for what is given; *keep* says which attributes it has."""
    own = {
        key: value
        for key, value in vars(cls).items()
        if key not in ("__dict__", "__weakref__")
        and type(value) is not types.MemberDescriptorType
        and (key in ("__module__", "__qualname__") or keep(key, value))
    }
    made = (meta or type(cls))(name or cls.__name__, bases or cls.__bases__, own)
    if name is None:
        made.__qualname__ = cls.__qualname__
    return made


def with_class(obj, remake):
    """Return *obj* as one of the class that *remake* makes of its own; or of it, if it is a class."""
    if isinstance(obj, type):
        return remake(obj) if is_by_value(obj) else obj
    if isinstance(obj, types.MethodType):
        owner = with_class(obj.__self__, remake)
        return getattr(owner, obj.__name__, obj) if owner is not obj.__self__ else obj
    if not is_by_value(type(obj)) or isinstance(obj, (dict, BaseException)):
        return obj
    made = object.__new__(remake(type(obj)))
    for name in [*vars(type(obj)).get("__slots__", ()), *getattr(obj, "__dict__", ())]:
        setattr(made, name, getattr(obj, name))
    return made
