"""What the standard library has that its own pickles do not suffice for.

They name things that other interpreters cannot import, take locks along, or cannot be loaded by
each version.

Nothing is imported here to have the types of these things: as long as a module has not been
imported, there are none.
"""

from __future__ import annotations

import sys

from ._classes_by_value import LAZY_ANNOTATIONS
from ._reducing import call, is_importable, set_attributes
from ._types import FunctionType, GetSetDescriptorType, MappingProxyType

TYPE_CHECKING = False  # as in typing, without importing it in every interpreter
if TYPE_CHECKING:
    from typing import Any

    from ._reducing import Attributes, Pickler, Reducer


def learn(reducers: dict[type, Reducer]) -> None:
    """Add the reducers for modules that have been imported meanwhile.

    Parameters
    ----------
    reducers
        The table, by type, to add them to.
    """
    for name in [name for name in _later if name in sys.modules]:
        module = sys.modules[name]
        if getattr(getattr(module, "__spec__", None), "_initializing", False):
            continue
        for attribute, reduce in _later.get(name, {}).items():
            kind = getattr(module, attribute, None)
            if type(kind) is type:
                reducers[kind] = reduce
        _later.pop(name, None)


def _reduce_named(pickler: Pickler, obj: object) -> Any:
    """Of an object that the module of its class keeps under a name: the name."""
    for name, value in vars(sys.modules[type(obj).__module__]).items():
        if value is obj:
            return name
    return NotImplemented


def _reduce_array(pickler: Pickler, array: Any) -> Any:
    """Whose pickle names a function that up to 3.11 is that of another interpreter."""
    if type(getattr(type(array), "typecode", None)) is not GetSetDescriptorType:
        return NotImplemented  # it is of another module of the same name
    return type(array), (array.typecode, array.tobytes())


def _reduce_cached(pickler: Pickler, function: Any) -> Any:
    """Of functools.lru_cache(), whose pickle is the name of the function."""
    if is_importable(function):
        return NotImplemented
    if hasattr(function, "cache_parameters"):
        parameters = function.cache_parameters()
    else:  # 3.8 does not tell whether it is typed
        parameters = {"maxsize": function.cache_info().maxsize, "typed": False}
    attributes = {
        name: value for name, value in vars(function).items() if name not in _REMADE_BY_CACHE
    }
    args = function.__wrapped__, parameters
    return _cached, args, attributes, None, None, set_attributes


_REMADE_BY_CACHE = LAZY_ANNOTATIONS | {
    "__annotations__",
    "__type_params__",
    "__wrapped__",
    "cache_parameters",
}


def _cached(function: FunctionType, parameters: Attributes) -> Any:
    from functools import lru_cache

    return lru_cache(**parameters)(function)


def _reduce_cached_property(pickler: Pickler, wrapper: Any) -> Any:
    """Before 3.12 it has a lock, and makes one."""
    state = {name: value for name, value in vars(wrapper).items() if name != "lock"}
    return type(wrapper), (wrapper.func,), state


def _reduce_partial_method(pickler: Pickler, wrapper: Any) -> Any:
    """Whose pickle cannot be loaded from 3.14 on."""
    return call, (type(wrapper), (wrapper.func, *wrapper.args), wrapper.keywords)


def _reduce_type_variable(pickler: Pickler, variable: Any) -> Any:
    if is_importable(variable, variable.__name__):
        return NotImplemented
    keywords = {}
    for name in ("bound", "covariant", "contravariant", "infer_variance"):
        value = getattr(variable, f"__{name}__", None)
        if value:
            keywords[name] = value
    if hasattr(variable, "has_default") and variable.has_default():
        keywords["default"] = variable.__default__
    args = (variable.__name__, *getattr(variable, "__constraints__", ()))
    attributes = {"__module__": variable.__module__}
    return call, (type(variable), args, keywords), attributes, None, None, set_attributes


def _reduce_forward_reference(pickler: Pickler, reference: Any) -> Any:
    """Of typing, which has the code that it was compiled to."""
    keywords: Attributes = {}
    for name, default in (("is_argument", True), ("is_class", False), ("module", None)):
        value = getattr(reference, f"__forward_{name}__", default)
        if value is not default:
            keywords[name] = value
    return call, (type(reference), (reference.__forward_arg__,), keywords)


def _reduce_type_alias(pickler: Pickler, alias: Any) -> Any:
    if is_importable(alias, alias.__name__):
        return NotImplemented
    args = alias.__name__, alias.__value__
    return call, (type(alias), args, {"type_params": alias.__type_params__})


def _reduce_new_type(pickler: Pickler, alias: Any) -> Any:
    if is_importable(alias):
        return NotImplemented
    attributes = {"__module__": alias.__module__}
    args = alias.__qualname__, alias.__supertype__
    return type(alias), args, attributes, None, None, set_attributes


def _reduce_mapping_proxy(pickler: Pickler, proxy: MappingProxyType[Any, Any]) -> Any:
    """Which the fields of dataclasses have."""
    return _mapping_proxy, (proxy.copy(),)


def _mapping_proxy(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


REDUCERS: dict[type, Reducer] = {MappingProxyType: _reduce_mapping_proxy}

# Of modules that may not have been imported yet: their types, where they have them.
_later: dict[str, dict[str, Reducer]] = {
    "array": {
        "array": _reduce_array,
    },
    "dataclasses": {
        "_FIELD_BASE": _reduce_named,
        "_HAS_DEFAULT_FACTORY_CLASS": _reduce_named,
        "_KW_ONLY_TYPE": _reduce_named,
        "_MISSING_TYPE": _reduce_named,
    },
    "functools": {
        "_lru_cache_wrapper": _reduce_cached,
        "cached_property": _reduce_cached_property,
        "partialmethod": _reduce_partial_method,
    },
    "typing": {
        "ForwardRef": _reduce_forward_reference,
        "NewType": _reduce_new_type,
        "ParamSpec": _reduce_type_variable,
        "TypeAliasType": _reduce_type_alias,
        "TypeVar": _reduce_type_variable,
        "TypeVarTuple": _reduce_type_variable,
    },
}
