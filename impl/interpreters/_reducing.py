"""What all ways of pickling an object have in common.

A reducer is asked how to pickle an object, and answers as ``__reduce_ex__()`` does.

**Cycles.**  A function may name itself, and a method its class.  So things are made as pickle makes
a list: first the bare object, to which whatever comes next can refer, then what it refers to.
Something bare has another pickle than the object itself: it is that of a stand-in.
"""

from __future__ import annotations

import _pickle
import sys

TYPE_CHECKING = False  # as in typing, without importing it in every interpreter
if TYPE_CHECKING:
    from _pickle import PickleBuffer
    from typing import Any, Callable, Dict

    Attributes = Dict[str, Any]
    Reducer = Callable[["Pickler", Any], Any]


class StandIn:
    """Is pickled as another object: what its class does not say by itself, and it refers to.

    Parameters
    ----------
    original
        What it stands for; is kept alive, because its `id` is used.
    reduced
        How to pickle the other object.
    """

    __slots__ = ("original", "reduced")

    def __init__(self, original: object, reduced: tuple[Any, ...]) -> None:
        self.original = original
        self.reduced = reduced


class Pickler(_pickle.Pickler):
    """What reducers know of a pickler.

    Attributes
    ----------
    attach
        Is called with what travels beside the pickle.
    strided
        Buffers that are not contiguous, by the id of the empty buffer in the place of each.
    stand_ins
        By the id of what they stand for.
    """

    attach: Callable[[object], None]
    strided: dict[int, PickleBuffer]
    stand_ins: dict[int, StandIn]


def is_importable(obj: Any, qualname: str | None = None) -> bool:
    """Tell whether a module has the object under its name; ``__main__`` is not asked.

    Parameters
    ----------
    obj
        Something with a ``__module__``.
    qualname
        The name, instead of its ``__qualname__``.

    Returns
    -------
    bool
        Whether it can be pickled by reference.
    """
    found: Any = sys.modules.get(obj.__module__)
    if found is None or found is sys.modules.get("__main__"):
        return False
    for name in (qualname or obj.__qualname__).split("."):
        found = getattr(found, name, None)
    return found is obj


# What pickles name, to make things anew


def first(obj: Any, *_parts: object) -> Any:
    """Return the object, when its parts have been made too.

    Parameters
    ----------
    obj
        The object.
    *_parts
        What is to be made after it.

    Returns
    -------
    object
        The same object.
    """
    return obj


def call(function: Callable[..., Any], args: tuple[Any, ...], keywords: Attributes) -> Any:
    """Call a function with keywords.

    Parameters
    ----------
    function, args, keywords
        The function, and what to call it with.

    Returns
    -------
    object
        What it returns.
    """
    return function(*args, **keywords)


def set_attributes(obj: object, attributes: Attributes) -> None:
    """Set attributes of an object, as the last step of making it.

    Parameters
    ----------
    obj
        The object.
    attributes
        Their values by their names.
    """
    for name, value in attributes.items():
        setattr(obj, name, value)
