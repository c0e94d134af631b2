"""Classes by value: those of ``__main__``, and those defined in functions.

A class is equipped with its methods, bare, before anything else is made: among the rest may be
instances of it, and sets and dicts that ask these for their hashes.

**Identity.**  A class by value is given a token by the interpreter it comes from, and each
interpreter knows, weakly, which class has which token.  One that is there already is not made again.

**Nothing is run again**: no ``__new__`` of a metaclass, no ``__set_name__``, no
``__init_subclass__``.  What they have done is among the attributes that are carried.  The last is
called where that cannot be avoided: if C code defines it, and before 3.12 for subclasses of
``int``, ``tuple`` and the like, or of a class that adds slots and weak references at once.

Not carried are the subclasses registered with an abstract class, and annotations that cannot be
evaluated (3.14 and later).
"""

from __future__ import annotations

import sys
from _weakref import ref
from abc import ABCMeta, _abc_init  # type: ignore[attr-defined]
from itertools import count

from . import _interpreters
from ._functions_by_value import WRAPPED, bare
from ._reducing import StandIn, is_importable
from ._types import (
    ClassMethodDescriptorType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)

TYPE_CHECKING = False  # as in typing, without importing it in every interpreter
if TYPE_CHECKING:
    from typing import Any, Iterator, Tuple

    from ._reducing import Attributes, Pickler

    Token = Tuple[int, int]


def reduce_class(pickler: Pickler, cls: type) -> Any:
    """Reduce a class.

    Parameters
    ----------
    pickler
        The pickler.
    cls
        The class.

    Returns
    -------
    tuple
        How to make it anew, or ``NotImplemented`` if it goes by reference, or not at all.
    """
    if is_importable(cls) or not _is_made_by_python(cls):
        return NotImplemented
    token = _token(cls)
    namespace, methods, data = _class_attributes(cls)
    bare_methods = {name: bare(pickler, method) for name, method in methods.items()}
    equipment = StandIn(cls, (_equip, (cls, token, bare_methods)))
    args = token, type(cls), cls.__name__, cls.__bases__, cls.__base__, namespace
    return _class, args, (token, equipment, methods, data), None, None, _set_class


def _class(
    token: Token,
    metaclass: type,
    name: str,
    bases: tuple[type, ...],
    base: type,
    namespace: Attributes,
) -> type:
    """The class that has the token, or a bare one."""
    known = _classes.get(token)
    cls: type | None = None if known is None else known()
    if cls is None:
        cls = _make_class(metaclass, name, bases, base, namespace)
        if issubclass(metaclass, ABCMeta):
            _abc_init(cls)
        _unfinished.setdefault(token, {})
        cls = _keep(token, cls)
    return cls


def _equip(cls: type, token: Token, attributes: Attributes) -> None:
    if token in _unfinished:
        for name, value in attributes.items():
            type.__setattr__(cls, name, value)


def _set_class(cls: type, state: tuple[Token, None, Attributes, Attributes]) -> None:
    token, _, _, data = state
    # Where two threads are at it, both set all, so that each finds the class complete.
    _equip(cls, token, data)
    _unfinished.pop(token, None)


def _class_attributes(cls: type) -> tuple[Attributes, Attributes, Attributes]:
    """What to make the class of, the methods it is equipped with, and what else it has."""
    namespace = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, **_layout(cls)}
    methods: Attributes = {}
    data: Attributes = {}
    for name, value in carried(cls):
        if _is_guarded(type(cls), name):
            namespace[name] = value
        elif type(value) is FunctionType or type(value) in WRAPPED:
            methods[name] = value
        else:
            data[name] = value
    return namespace, methods, data


def carried(cls: type) -> Iterator[tuple[str, Any]]:
    """Find the attributes of a class that Python does not make by itself.

    Parameters
    ----------
    cls
        The class.

    Yields
    ------
    tuple
        Of each the name and the value.
    """
    attributes = dict(cls.__dict__)
    if not LAZY_ANNOTATIONS.isdisjoint(attributes):
        annotations = _evaluated_annotations(cls)
        if annotations is not None:
            yield "__annotations__", annotations
    for name, value in attributes.items():
        if name in _LEFT_OUT or _is_slot(cls, value) or _is_common_slot(name, value):
            continue
        if name == "_value2member_map_" and makes_enums(type(cls)):
            members = attributes["_member_map_"]
            value = {key: each for key, each in value.items() if members.get(each._name_) is each}
        yield name, value


def _evaluated_annotations(cls: type) -> Any:
    """Those of 3.14 and later, which may name what is not there."""
    try:
        return cls.__annotations__
    except Exception:
        return None


LAZY_ANNOTATIONS = {"__annotate__", "__annotate_func__", "__annotations_cache__"}
_LEFT_OUT = LAZY_ANNOTATIONS | {
    "__classcell__",
    "__classdictcell__",
    "__module__",
    "_abc_impl",
}


def _is_slot(cls: type, value: Any) -> bool:
    return type(value) is MemberDescriptorType and value.__objclass__ is cls


def _is_common_slot(name: str, value: Any) -> bool:
    return name in _COMMON_SLOTS and type(value) is GetSetDescriptorType


_COMMON_SLOTS = ("__dict__", "__weakref__")


def _layout(cls: type) -> Attributes:
    """What a class of the same bases needs for its instances to have the same layout."""
    attributes = dict(cls.__dict__)
    layout = {}
    if "__slots__" in attributes:
        layout["__slots__"] = tuple(
            name
            for name, value in attributes.items()
            if _is_slot(cls, value) or _is_common_slot(name, value)
        )
    if "__orig_bases__" in attributes:  # typing.Generic, of C code from 3.12 on, insists
        layout["__orig_bases__"] = attributes["__orig_bases__"]
    return layout


def _is_guarded(metaclass: type, name: str) -> bool:
    """Whether the metaclass has something to say to who sets the attribute of its classes."""
    if name in _SETTABLE:
        return False
    for base in metaclass.__mro__:
        if name in base.__dict__:
            return hasattr(type(base.__dict__[name]), "__set__")
    return False


_SETTABLE = {"__abstractmethods__", "__annotations__", "__doc__", "__type_params__"}


def _is_made_by_python(cls: type) -> bool:
    """Whether its attributes are all there is to the class; not if C code has made it."""
    if not cls.__flags__ & _HEAP_TYPE or cls.__base__ is None:
        return False
    size = cls.__base__.__basicsize__
    for name, value in list(cls.__dict__.items()):
        if _is_slot(cls, value) or name in _COMMON_SLOTS:
            size += _POINTER
        elif type(value) in _OF_C_CODE and value.__objclass__ is cls:
            return False
    return cls.__basicsize__ <= size  # or it has more than anybody knows


_HEAP_TYPE = 1 << 9
_POINTER = tuple.__itemsize__
_OF_C_CODE = {
    ClassMethodDescriptorType,
    GetSetDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
}


# Make a class without __init_subclass__ being called


def _make_class(
    metaclass: type, name: str, bases: tuple[type, ...], base: type, namespace: Attributes
) -> type:
    """Make it with twins of its bases, as far as these have the hook, and then exchange them."""
    if not any(map(_has_hook, bases)):
        return _new_class(metaclass, name, bases, namespace)
    originals: list[type] = []
    while _has_hook(base) and _is_made_by_python(base):
        originals.insert(0, base)
        base = base.__base__ or object
    twins = [base]
    for each in originals:
        twins.append(_new_class(type(base), each.__name__, (twins[-1],), _layout(each)))
    cls = _new_class(metaclass, name, (twins[-1],), namespace)
    try:
        for twin, above in zip(twins[2:], originals):
            type.__setattr__(twin, "__bases__", (above,))
        type.__setattr__(cls, "__bases__", bases)
    except TypeError:  # of layouts that Python does not see to be the same
        return _new_class(metaclass, name, bases, namespace)
    return cls


def _has_hook(cls: type) -> bool:
    return any("__init_subclass__" in base.__dict__ for base in cls.__mro__ if base is not object)


def _new_class(metaclass: type, name: str, bases: tuple[type, ...], namespace: Attributes) -> type:
    cls: type = type.__new__(metaclass, name, bases, namespace)
    return cls


# Which class is which


def _token(cls: type) -> Token:
    token = _tokens.setdefault(id(cls), (_HOME, next(_numbers)))
    if token not in _classes:
        _keep(token, cls)
    return token


def _keep(token: Token, cls: type) -> type:
    """Enter the class into the tables, unless another has the token already: return that."""

    def forget(
        dead: ref[type],
        key: int = id(cls),
        tokens: dict[int, Token] = _tokens,  # at the end of the interpreter, there are no globals
        classes: dict[Token, ref[type]] = _classes,
        unfinished: dict[Token, Attributes] = _unfinished,
    ) -> None:
        tokens.pop(key, None)
        if classes.get(token) is dead:
            del classes[token]
            unfinished.pop(token, None)

    reference = ref(cls, forget)
    kept = _classes.setdefault(token, reference)
    other = cls if kept is reference else kept()
    if other is None:
        _classes[token] = reference
    elif other is not cls:
        return other
    _tokens[id(cls)] = token
    return cls


_HOME = _interpreters.get_current()
_numbers = count()
_tokens: dict[int, Token] = {}  # by the id of the class
_classes: dict[Token, ref[type]] = {}
_unfinished: dict[Token, Attributes] = {}  # classes that are being made, and their enum members


# Members of enumerations that are classes by value


def makes_enums(metaclass: type) -> bool:
    """Tell whether the instances of a metaclass are enumerations.

    Parameters
    ----------
    metaclass
        The metaclass.

    Returns
    -------
    bool
        Whether they are.
    """
    enum: Any = sys.modules.get("enum")
    return enum is not None and issubclass(metaclass, getattr(enum, "EnumMeta", ()))


def reduce_member(pickler: Pickler, member: Any) -> Any:
    """Reduce a member of an enumeration.

    Parameters
    ----------
    pickler
        The pickler.
    member
        An instance of an enumeration.

    Returns
    -------
    tuple
        How to make it anew, or ``NotImplemented`` if the enumeration goes by reference, or it is
        no member but a combination of some.
    """
    cls: Any = type(member)
    name = member.__dict__.get("_name_")
    if is_importable(cls) or cls._member_map_.get(name) is not member:
        return NotImplemented
    kind = cls._member_type_
    args = () if kind is object else kind.__reduce_ex__(member, 2)[1]
    if args and args[0] is cls:
        args = args[1:]
    token = _token(cls)
    attributes = {key: value for key, value in vars(member).items() if key != "_inverted_"}
    if "_inverted_" in vars(member):  # which is found again when it is needed
        attributes["_inverted_"] = None
    return _member, (cls, token, name, kind, args), (token, attributes), None, None, _set_member


def _member(cls: Any, token: Token, name: str, kind: type, args: tuple[Any, ...]) -> Any:
    members = _unfinished.get(token)
    if members is None:
        return cls._member_map_[name]
    return members.setdefault(name, kind.__new__(cls, *args))


def _set_member(member: Any, state: tuple[Token, Attributes]) -> None:
    token, attributes = state
    if token in _unfinished:
        vars(member).update(attributes)
