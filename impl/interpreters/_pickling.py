"""What the C code does not describe itself is pickled: how, where pickle alone would not do.

Pickle tells functions and classes by name, and whoever loads it imports them.  Where nobody could,
they travel by value; what they consist of is said in the modules that this one imports.  A pickle
names the functions there that make things anew, so that ``_pickle.loads()`` is all it takes.

**Buffers.**  The pickler handles a ``PickleBuffer`` before it asks here.  Where that is loaded,
there is what ``loads()`` was given for it, so that should be a ``PickleBuffer`` too.  It refuses one
that is not contiguous.  A memoryview that is not travels as an empty buffer, and takes the place of
that when it is attached.

**Large bytes.**  Pickle copies them again and again on the way.  Those that are arguments of a call
travel as buffers instead, and are copied once, where they arrive.
"""

from __future__ import annotations

import _pickle
import sys
from _io import BytesIO
from _pickle import PickleBuffer, PicklingError

from . import _functions_by_value, _standard_library
from ._classes_by_value import makes_enums, reduce_class, reduce_member
from ._reducing import Pickler, StandIn
from ._sharing import Queue
from ._standard_library import learn
from ._types import ModuleType

TYPE_CHECKING = False  # as in typing, without importing it in every interpreter
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Protocol, TypeVar

    from ._reducing import Reducer

    AnyPickler = TypeVar("AnyPickler", bound="ValuePickler")

    class Writable(Protocol):
        """What a pickler can write to."""

        def write(self, data: bytes, /) -> object: ...


LARGE = 1 << 16  # bytes
DEPTH = 3  # of tuples in a call: itself, its keywords, and each of these
MOST = 64  # of what is in a tuple; what has more is data, and not looked through


def dumps(obj: object, attach: Callable[[object], None]) -> bytes:
    """Pickle an object for another interpreter of the process.

    Parameters
    ----------
    obj
        The object.
    attach
        Is called with each ``PickleBuffer`` that the pickle refers to, in the order in which
        `loads` is to be given them, and with each ``Queue``.

    Returns
    -------
    bytes
        The pickle.

    Raises
    ------
    BaseException
        Whatever pickle, the methods of an object, or *attach* raises.
    """
    file = BytesIO()
    new_pickler(ValuePickler, file, attach).dump(_beside(obj, {}, DEPTH))
    return file.getvalue()


def loads(data: bytes, buffers: Iterable[object]) -> Any:
    """Make anew the object that another interpreter has pickled.

    Parameters
    ----------
    data
        What `dumps` has returned.
    buffers
        For each ``PickleBuffer`` that was attached one over the same memory.

    Returns
    -------
    object
        The object.

    Raises
    ------
    BaseException
        Whatever is raised while it is made, such as ``ImportError``.
    """
    return _pickle.loads(data, buffers=buffers)


def _beside(obj: Any, stand_ins: dict[int, StandIn], depth: int) -> Any:
    """The same, with stand-ins for bytes that are large, in short tuples so deep."""
    if type(obj) is tuple and depth and len(obj) <= MOST:
        parts = [_beside(part, stand_ins, depth - 1) for part in obj]
        return tuple(parts) if any(new is not old for new, old in zip(parts, obj)) else obj
    if type(obj) is bytes and len(obj) >= LARGE:
        return stand_ins.setdefault(id(obj), StandIn(obj, (bytes, (PickleBuffer(obj),))))
    return obj


# The pickler


class ValuePickler(Pickler):
    """A pickler that asks the reducers first."""

    def reducer_override(self, obj: Any) -> Any:
        """How to pickle an object; asked for all but instances of some plain types."""
        cls = type(obj)
        reduce = _reducers.get(cls)
        if reduce is not None:
            return reduce(self, obj)
        if issubclass(cls, type):
            return reduce_class(self, obj)
        metaclass = type(cls)
        if metaclass is not type and makes_enums(metaclass):
            return reduce_member(self, obj)
        return NotImplemented


def new_pickler(
    kind: type[AnyPickler], file: Writable, attach: Callable[[object], None]
) -> AnyPickler:
    """Make a pickler.

    Parameters
    ----------
    kind
        Its class.
    file
        What it writes to.
    attach
        As for `dumps`.

    Returns
    -------
    ValuePickler
        The pickler.
    """
    learn(_reducers)
    strided: dict[int, PickleBuffer] = {}

    def carry(buffer: PickleBuffer) -> None:  # what it returns makes pickle leave the memory to us
        attach(strided.pop(id(buffer), buffer))

    pickler = kind(file, 5, buffer_callback=carry)
    pickler.attach = attach
    pickler.strided = strided
    pickler.stand_ins = {}
    return pickler


# Modules


def _reduce_module(pickler: Pickler, module: ModuleType) -> Any:
    name: Any = module.__dict__.get("__name__")
    if sys.modules.get(name) is not module:
        raise PicklingError(f"cannot pickle the module {name!r}: it is not in sys.modules")
    return _module, (name,)


def _module(name: str) -> ModuleType:
    __import__(name)
    return sys.modules[name]


# Buffers and queues


def _reduce_view(pickler: Pickler, view: memoryview) -> Any:
    buffer = PickleBuffer(view)
    if not view.contiguous:
        empty = PickleBuffer(b"" if view.readonly else bytearray())
        pickler.strided[id(empty)] = buffer
        buffer = empty
    return memoryview, (buffer,)


def _reduce_queue(pickler: Pickler, queue: Queue) -> Any:
    pickler.attach(queue)
    return Queue, (queue.id,)


_reducers: dict[type, Reducer] = {
    **_functions_by_value.REDUCERS,
    **_standard_library.REDUCERS,
    ModuleType: _reduce_module,
    Queue: _reduce_queue,
    StandIn: lambda pickler, stand_in: stand_in.reduced,
    memoryview: _reduce_view,
    type: reduce_class,
}
