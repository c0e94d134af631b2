"""Which part of an object cannot be pickled, and why.

It is looked for once pickling has failed.  The pickler is made to remember what it came to last:
the last of that which has a name, and cannot be pickled by itself either, is to blame.  Names have
items, attributes, and what functions and classes bring with them.
"""

from __future__ import annotations

from _pickle import PicklingError
from collections import deque

from ._classes_by_value import carried
from ._functions_by_value import content, named_globals
from ._pickling import ValuePickler, new_pickler
from ._reducing import is_importable
from ._types import FunctionType, MemberDescriptorType, ModuleType

TYPE_CHECKING = False  # as in typing, without importing it in every interpreter
if TYPE_CHECKING:
    from typing import Any, Iterator, Tuple

    from ._reducing import Attributes

    Part = Tuple[str, str, Any]  # what comes before the name of the whole, what after it, the part


def explain(obj: object, name: str) -> str:
    """Say which part of an object could not be pickled, and why.

    Parameters
    ----------
    obj
        The object.
    name
        What to call it.

    Returns
    -------
    str
        Such as ``args[0]['key'].lock: cannot pickle '_thread.lock' object``.

    Raises
    ------
    KeyboardInterrupt
        If that comes meanwhile, or another exception that is no ``Exception``.
    """
    try:
        return _blame(obj, name)
    except Exception as error:
        return f"{name}: {_reason(error)}"


class _Tracer(ValuePickler):
    """A pickler that remembers what it was asked to pickle last."""

    trail: deque[object]

    def persistent_id(self, obj: object) -> None:
        self.trail.append(obj)


class _Nowhere:
    def write(self, data: object) -> None: ...


def _ignore(thing: object) -> None: ...


def _attempt(obj: object, trail: deque[object]) -> str | None:
    """Why the object cannot be pickled, or None; *trail* gets what is reached."""
    tracer = new_pickler(_Tracer, _Nowhere(), _ignore)
    tracer.trail = trail
    try:
        tracer.dump(obj)
    except Exception as error:
        return _reason(error)
    return None


def _reason(error: Exception) -> str:
    kind = type(error).__name__
    try:
        text = str(error)
    except Exception:
        text = ""
    if text and isinstance(error, (TypeError, PicklingError)):
        return text
    return f"{kind}: {text}" if text else kind


def _blame(obj: object, name: str) -> str:
    """Name what was reached last of the parts that cannot be pickled by themselves either."""
    trail: deque[object] = deque(maxlen=_TRAIL)
    reason = _attempt(obj, trail)
    if reason is None:
        return f"{name}: it can be pickled now"
    names = _names_of_parts(obj)
    reached = {id(part): part for part in trail if id(part) in names}
    for key, part in reversed(list(reached.items())):
        own = _attempt(part, deque(maxlen=0))
        if own is not None:
            return f"{_name(key, names, name)}: {own}"
    return f"{name}: {reason}"


_TRAIL = 1000  # how much of it is tried
_PARTS = 100_000  # how many are given names
_NAME = 200  # how long a name is useful


def _names_of_parts(whole: object) -> dict[int, tuple[int, str, str]]:
    """By the id of each part, the whole that it is part of, and how it is named after that."""
    names: dict[int, tuple[int, str, str]] = {id(whole): (0, "", "")}
    parts = [whole]  # kept, because of their ids
    for each in parts:
        for before, after, part in _parts(each):
            if len(parts) > _PARTS:
                return names
            if id(part) not in names and type(part) not in _ATOMS:
                names[id(part)] = id(each), before, after
                parts.append(part)
    return names


def _name(part: int, names: dict[int, tuple[int, str, str]], whole: str) -> str:
    name = whole
    before, after = "", ""
    while part and len(name) < _NAME:
        part, prefix, suffix = names[part]
        before, after = before + prefix, suffix + after
        name = before + whole + after
    return whole if part else name  # it is deep inside


_ATOMS = {type(None), bool, bytes, complex, float, int, str}


def _parts(whole: Any) -> Iterator[Part]:
    """The parts of an object that are likely to be pickled with it."""
    cls = type(whole)
    try:
        if cls is FunctionType:
            yield from () if is_importable(whole) else _parts_of_function(whole)
        elif issubclass(cls, type):
            yield from () if is_importable(whole) else _parts_of_class(whole)
        elif cls is not ModuleType:
            yield from _items(whole)
            yield from _attributes(whole)
            yield "type(", ")", cls
    except Exception:
        return  # it is hostile, and will be named as a whole


def _parts_of_function(function: FunctionType) -> Iterator[Part]:
    for index, value in enumerate(function.__defaults__ or ()):
        yield "", f".__defaults__[{index}]", value
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        for value in content(cell):
            yield "", f".__closure__[{name!r}]", value
    for name, value in (function.__kwdefaults__ or {}).items():
        yield "", f".__kwdefaults__[{name!r}]", value
    for name, value in named_globals(function).items():
        yield "", f".__globals__[{name!r}]", value
    yield from _named(function.__dict__)


def _parts_of_class(cls: type) -> Iterator[Part]:
    yield from _named(dict(carried(cls)))
    for index, base in enumerate(cls.__bases__):
        yield "", f".__bases__[{index}]", base
    yield "type(", ")", type(cls)


def _named(attributes: Attributes) -> Iterator[Part]:
    for name, value in list(attributes.items()):
        yield "", f".{name}" if str(name).isidentifier() else f".__dict__[{name!r}]", value


def _items(whole: Any) -> Iterator[Part]:
    if isinstance(whole, dict):
        for index, (key, value) in enumerate(list(dict.items(whole))):
            shown = repr(key) if type(key) in _ATOMS else ""
            if 0 < len(shown) < _NAME:
                yield "", f"[{shown}]", value
            else:
                yield "list(", f".values())[{index}]", value
            yield "list(", f")[{index}]", key
    kinds: tuple[Any, ...] = (list, tuple, set, frozenset)
    for kind in kinds:
        if isinstance(whole, kind):
            before, after = ("", "") if kind in (list, tuple) else ("list(", ")")
            for index, value in enumerate(list(kind.__iter__(whole))):
                yield before, f"{after}[{index}]", value


def _attributes(whole: Any) -> Iterator[Part]:
    """What the object has in its ``__dict__``, in slots, and in the members of C structures."""
    values = getattr(whole, "__dict__", None)
    if type(values) is dict:
        yield from _named(values)
    for base in type(whole).__mro__:
        for name, member in list(base.__dict__.items()):
            if type(member) is MemberDescriptorType and hasattr(whole, name):
                yield "", f".{name}", getattr(whole, name)
    if isinstance(whole, BaseException):
        yield "", ".args", whole.args
