"""Functions by value: those of ``__main__``, and those defined in functions.

Nobody could import them.  They consist of their code, their names, defaults and attributes, what is
in the cells of their closure, and the globals that their code names.  Their annotations are left
behind.

Bare is a function with empty cells, in a namespace without those globals: it can be named by what
is in them.  Cells and namespaces have stand-ins too, for functions to share those that they have
shared.
"""

from __future__ import annotations

import builtins
import marshal
import sys

from ._reducing import StandIn, first, is_importable, set_attributes
from ._types import CellType, CodeType, FunctionType, MethodType

TYPE_CHECKING = False  # as in typing, without importing it in every interpreter
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

    from ._reducing import Attributes, Pickler, Reducer


def _reduce_function(pickler: Pickler, function: FunctionType) -> Any:
    if is_importable(function):
        return NotImplemented
    cells = function.__closure__ or ()
    state = (named_globals(function), tuple(map(content, cells)), _function_attributes(function))
    return first, (bare(pickler, function),), state, None, None, _set_function


def _set_function(
    function: FunctionType, state: tuple[Attributes, tuple[tuple[Any, ...], ...], Attributes]
) -> None:
    names, contents, attributes = state
    function.__globals__.update(names)
    for cell, held in zip(function.__closure__ or (), contents):
        if held:
            cell.cell_contents = held[0]
    set_attributes(function, attributes)


def bare(pickler: Pickler, obj: Any) -> Any:
    """Find what stands for a function, or a wrapper of functions, without what they refer to.

    Parameters
    ----------
    pickler
        Remembers it.
    obj
        The function or wrapper, or another object.

    Returns
    -------
    object
        The stand-in, or the object itself if it is another one, or pickled by reference.
    """
    kind = type(obj)
    if kind not in WRAPPED and (kind is not FunctionType or is_importable(obj)):
        return obj
    stand_in = pickler.stand_ins.get(id(obj))
    if stand_in is None:
        if kind is FunctionType:
            reduced = _reduce_bare_function(pickler, obj)
        else:
            parts = [bare(pickler, getattr(obj, name)) for name in WRAPPED[kind]]
            reduced = kind, (*parts, obj.__doc__) if kind is property else tuple(parts)
        stand_in = pickler.stand_ins[id(obj)] = StandIn(obj, reduced)
    return stand_in


def _reduce_bare_function(pickler: Pickler, function: FunctionType) -> tuple[Any, ...]:
    namespace = function.__globals__
    home = _shared(pickler, namespace, _namespace, *map(namespace.get, ("__name__", "__package__")))
    cells = tuple(_shared(pickler, cell, _cell) for cell in function.__closure__ or ())
    names = function.__name__, function.__qualname__, function.__module__
    return _function, (marshal.dumps(function.__code__), home, names, cells)


def _shared(pickler: Pickler, obj: object, make: Callable[..., Any], *args: object) -> StandIn:
    """What stands for a namespace or a cell, which functions may have in common."""
    stand_in = pickler.stand_ins.get(id(obj))
    if stand_in is None:
        stand_in = pickler.stand_ins[id(obj)] = StandIn(obj, (make, args))
    return stand_in


def _function(
    code: bytes, namespace: Attributes, names: tuple[str, str, str], cells: tuple[CellType, ...]
) -> FunctionType:
    function = FunctionType(marshal.loads(code), namespace, names[0], None, cells or None)
    _, function.__qualname__, function.__module__ = names
    return function


def _namespace(name: str | None, package: str | None) -> Attributes:
    names = {"__name__": name, "__package__": package, "__builtins__": vars(builtins)}
    return {name: value for name, value in names.items() if value is not None}


def _cell() -> CellType:
    return CellType()


def content(cell: CellType) -> tuple[Any, ...]:
    """Look into a cell.

    Parameters
    ----------
    cell
        The cell.

    Returns
    -------
    tuple
        What is in it, unless it is empty.
    """
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def _function_attributes(function: FunctionType) -> Attributes:
    attributes: Attributes = {"__doc__": function.__doc__}
    for name in ("__defaults__", "__kwdefaults__", "__dict__"):
        value = getattr(function, name)
        if value:
            attributes[name] = value
    return attributes


def _reduce_wrapper(pickler: Pickler, wrapper: Any) -> Any:
    parts = [getattr(wrapper, name) for name in WRAPPED[type(wrapper)]]
    return first, (bare(pickler, wrapper), *parts)


def _reduce_method(pickler: Pickler, method: MethodType) -> Any:
    """Pickle names it after the function, but it may be private, or have another name."""
    owner, function = method.__self__, method.__func__
    found = getattr(owner, getattr(function, "__name__", ""), None)
    if type(found) is MethodType and found == method:
        return NotImplemented
    for cls in type(owner).__mro__:
        for name, value in list(cls.__dict__.items()):
            if value is function:
                return getattr, (owner, name)
    return _method, (function, owner)


def _method(function: FunctionType, owner: object) -> MethodType:
    return MethodType(function, owner)


WRAPPED: dict[type, tuple[str, ...]] = {
    classmethod: ("__func__",),
    staticmethod: ("__func__",),
    property: ("fget", "fset", "fdel"),
}


# Which globals the code of a function names


def named_globals(function: FunctionType) -> Attributes:
    """Look up the globals that the code of a function names.

    Parameters
    ----------
    function
        The function.

    Returns
    -------
    dict
        Their values, sorted by their names, without those that every namespace has.
    """
    namespace = function.__globals__
    names = _global_names(function.__code__, namespace) - _OF_NAMESPACES
    return {name: namespace[name] for name in sorted(names)}


def _global_names(code: CodeType, namespace: Attributes) -> set[str]:
    """Those of the namespace that the code names, or code in it."""
    names = {name for name in code.co_names if name in namespace}
    if names:  # they may also be those of attributes
        names.intersection_update(_global_operands(code))
    for constant in code.co_consts:
        if type(constant) is CodeType:
            names |= _global_names(constant, namespace)
    return names


def _global_operands(code: CodeType) -> Iterator[str]:
    """The names that the instructions look up in the globals."""
    shifts = _instructions or _find_instructions()
    operand = 0
    instructions = iter(code.co_code)
    for operation, byte in zip(instructions, instructions):
        operand = operand << 8 | byte
        shift = shifts.get(operation, _NO_NAME)
        if shift >= 0:
            yield code.co_names[operand >> shift]
        if shift != _EXTENDS:
            operand = 0


_OF_NAMESPACES = {"__builtins__", "__name__", "__package__"}  # every namespace gets them
_NO_NAME = -1
_EXTENDS = -2  # the operand is part of that of the next instruction
_instructions: dict[int, int] = {}  # how far the operand is to be shifted for the index of a name


def _find_instructions() -> dict[int, int]:
    global _instructions
    from opcode import opmap

    names = ("DELETE_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_NAME", "STORE_GLOBAL")
    instructions = {opmap[name]: 0 for name in names if name in opmap}
    # Its lowest bit has another meaning from 3.11 on.
    instructions[opmap["LOAD_GLOBAL"]] = 1 if sys.version_info >= (3, 11) else 0
    instructions[opmap["EXTENDED_ARG"]] = _EXTENDS
    _instructions = instructions
    return instructions


def _reduce_lazy_import(pickler: Pickler, promise: Any) -> Any:
    """A global of 3.15 and later that is imported when it is first used: here."""
    return first, (promise.resolve(),)


REDUCERS: dict[type, Reducer] = {
    FunctionType: _reduce_function,
    MethodType: _reduce_method,
    classmethod: _reduce_wrapper,
    property: _reduce_wrapper,
    staticmethod: _reduce_wrapper,
}
if hasattr(builtins, "__lazy_import__"):
    REDUCERS[type(builtins.__lazy_import__("sys"))] = _reduce_lazy_import
