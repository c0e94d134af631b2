"""Multiple interpreters in one process: the high-level module of PEP 554 (2017), and what the PEP
deferred: calls, queues and shared data.

Whatever could be slow or dangerous is in the extension modules ``interpreters._interpreters`` and
``interpreters._sharing``; this module gives their functions the shape of objects.
"""

from __future__ import annotations

import operator
import sys
import threading

from . import _interpreters, _sharing
from ._interpreters import InterpreterError, InterpreterNotFoundError, RemoteTraceback
from ._queue_errors import QueueEmpty, QueueFull
from ._sharing import (
    ItemInterpreterDestroyed,
    NotShareableError,
    Queue,
    QueueError,
    QueueNotFoundError,
    get_spares,
    is_shareable,
)

TYPE_CHECKING = False  # as in typing, without importing it in every interpreter
if TYPE_CHECKING:
    from typing import Any, Callable, Mapping, SupportsIndex, TypeVar

    from ._executor import BrokenInterpreterPool as BrokenInterpreterPool
    from ._executor import Future as Future
    from ._executor import InterpreterPoolExecutor as InterpreterPoolExecutor
    from ._streams import Sink

    if sys.version_info >= (3, 10):
        from types import EllipsisType
    else:
        EllipsisType = Any

    Result = TypeVar("Result")

__all__ = [
    "UNBOUND",
    "UNBOUND_ERROR",
    "UNBOUND_REMOVE",
    "ExecutionFailed",
    "Interpreter",
    "InterpreterError",
    "InterpreterNotFoundError",
    "ItemInterpreterDestroyed",
    "NotShareableError",
    "Queue",
    "QueueEmpty",
    "QueueError",
    "QueueFull",
    "QueueNotFoundError",
    "RemoteTraceback",
    "create",
    "create_queue",
    "enumerate",
    "get_current",
    "get_main",
    "get_spares",
    "is_shareable",
    "list_all",
    "set_spares",
]

# By this name code that was written for concurrent.interpreters catches what an interpreter raises.
ExecutionFailed = Exception


def __getattr__(name: str) -> Any:
    """Import what takes long to import, and few interpreters need, when it is asked for by name."""
    if name in ("BrokenInterpreterPool", "Future", "InterpreterPoolExecutor"):
        from . import _executor

        return getattr(_executor, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_CAN_ISOLATE = sys.version_info >= (3, 12)


class Interpreter:
    """An existing interpreter; implements the clauses ``Interpreter.*``.

    The object stands for the interpreter and does not own it: when the last object is gone, the
    interpreter still exists.  Objects that stand for the same interpreter are equal.

    Parameters
    ----------
    id
        What identifies the interpreter: an ``int``, or an object with an ``__index__()`` method.

    Raises
    ------
    TypeError
        If *id* is neither.
    InterpreterNotFoundError
        If *id* identifies no interpreter.
    """

    __slots__ = ("_id",)

    _id: int

    def __init__(self, id: SupportsIndex) -> None:
        number = int(operator.index(id))
        _interpreters.is_running(number)  # raises if there is no such interpreter
        self._id = number

    @property
    def id(self) -> int:
        """The ID of the interpreter; implements ``Interpreter.id.*``."""
        return self._id

    @property
    def whence(self) -> str:
        """Where the interpreter comes from; implements ``Interpreter.whence.*``."""
        _interpreters.is_running(self._id)  # raises if it has been destroyed
        if not _sharing.is_ours(self._id):
            return "unknown"
        return "runtime init" if self._id == _interpreters.get_main() else "_interpreters module"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._id})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Interpreter):
            return NotImplemented
        return self._id == other._id

    def __hash__(self) -> int:
        return hash((Interpreter, self._id))

    def __reduce__(self) -> tuple[Callable[[int], Interpreter], tuple[int]]:
        return _of, (self._id,)  # even if it is no longer there

    def is_running(self) -> bool:
        """Tell whether the interpreter is running; implements ``Interpreter.is_running.*``.

        Returns
        -------
        bool
            ``True`` while a run is in progress in it, and always for the main interpreter.

        Raises
        ------
        InterpreterNotFoundError
            If the interpreter has been destroyed.
        """
        return _interpreters.is_running(self._id)

    def destroy(self) -> None:
        """Finalize and destroy the interpreter; implements ``Interpreter.destroy.*``.

        Its non-daemon threads are joined and its ``atexit`` callbacks are called first.

        Raises
        ------
        InterpreterNotFoundError
            If the interpreter has been destroyed already.
        InterpreterError
            If it is the main interpreter, the current one or running, or if a thread is left in it
            that cannot be joined.
        """
        _interpreters.destroy(self._id)
        streams = sys.modules.get("interpreters._streams")
        if streams is not None:
            streams.forget(self._id)

    def run(self, code: str) -> None:
        """Run Python source text in the interpreter; implements ``Interpreter.run.*``.

        It runs in the current OS thread, in the namespace of the interpreter's ``__main__``, which
        persists from run to run.

        Parameters
        ----------
        code
            The source text.

        Raises
        ------
        TypeError
            If *code* is not a ``str``.
        ValueError
            If *code* holds a null character or a lone surrogate.
        InterpreterNotFoundError
            If the interpreter has been destroyed.
        InterpreterError
            If it is the main interpreter, the current one or running.
        BaseException
            Whatever the code raises and does not catch, rebuilt here.
        """
        _interpreters.run_string(self._id, code)

    def exec(self, code: str, /, *, timeout: float | None = None) -> None:
        """Run Python source text in the interpreter, for so long at most; implements
        ``Interpreter.exec.*``.

        Parameters
        ----------
        code
            The source text.
        timeout
            After how many seconds the code is interrupted; ``None`` for never.

        Raises
        ------
        TypeError
            If *timeout* is no number, or what ``run()`` raises it for.
        ValueError
            If *timeout* is negative, or what ``run()`` raises it for.
        TimeoutError
            If the code ends by being interrupted.
        BaseException
            What ``run()`` raises.
        """
        if timeout is None:
            _interpreters.run_string(self._id, code)
        else:
            _sharing.run(self._id, code, timeout)

    def call(self, callable: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Result:
        """Call a function in the interpreter, in the current OS thread; implements
        ``Interpreter.call.*``.

        Parameters
        ----------
        callable
            What to call.
        *args, **kwargs
            Its arguments.

        Returns
        -------
        object
            What it returns, made anew here.

        Raises
        ------
        NotShareableError
            If the callable, an argument or the result cannot be sent.
        TypeError
            If *callable* is not callable.
        InterpreterNotFoundError
            If the interpreter has been destroyed.
        InterpreterError
            If it is the main interpreter, the current one or running.
        BaseException
            Whatever the callable raises and does not catch, rebuilt here.
        """
        return _sharing.call(self._id, callable, args, kwargs, None)  # type: ignore[no-any-return]

    def call_within(
        self, seconds: float, callable: Callable[..., Result], /, *args: Any, **kwargs: Any
    ) -> Result:
        """Call a function in the interpreter, for so long at most; implements
        ``Interpreter.call_within.*``.

        Parameters
        ----------
        seconds
            After how many seconds the callable is interrupted.
        callable, *args, **kwargs
            As for ``call()``.

        Returns
        -------
        object
            What the callable returns, made anew here.

        Raises
        ------
        TypeError
            If *seconds* is no number, or what ``call()`` raises it for.
        ValueError
            If *seconds* is negative.
        TimeoutError
            If the callable ends by being interrupted.
        BaseException
            What ``call()`` raises.
        """
        if seconds is None:
            raise TypeError("seconds must be an int or a float, not NoneType")
        return _sharing.call(self._id, callable, args, kwargs, seconds)  # type: ignore[no-any-return]

    def call_in_thread(
        self, callable: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> threading.Thread:
        """Call a function in the interpreter, in a new thread; implements
        ``Interpreter.call_in_thread.*``.

        Parameters
        ----------
        callable, *args, **kwargs
            As for ``call()``.

        Returns
        -------
        threading.Thread
            The thread, which has been started.
        """
        thread = threading.Thread(target=self.call, args=(callable, *args), kwargs=kwargs)
        thread.start()
        return thread

    def prepare_main(self, ns: Mapping[str, Any] | None = None, /, **kwargs: Any) -> None:
        """Bind names in the ``__main__`` of the interpreter; implements
        ``Interpreter.prepare_main.*``.

        Parameters
        ----------
        ns
            A mapping of names to values, or ``None``.
        **kwargs
            Further names, which prevail.

        Raises
        ------
        TypeError
            If a name is not a ``str``.
        NotShareableError
            If a value cannot be sent.
        InterpreterNotFoundError
            If the interpreter has been destroyed.
        InterpreterError
            If it is the main interpreter, the current one or running.
        """
        names = {} if ns is None else dict(ns)
        for name in names:
            if not isinstance(name, str):
                raise TypeError(f"names to be bound must be str, not {type(name).__name__}")
        names.update(kwargs)
        _sharing.bind(self._id, names)

    def close(self) -> None:
        """Do what ``destroy()`` does; implements ``Interpreter.close.*``."""
        self.destroy()

    def interrupt(self, exception: BaseException | type[BaseException] = KeyboardInterrupt) -> bool:
        """Raise an exception in the code that runs in the interpreter; implements
        ``Interpreter.interrupt.*``.

        Parameters
        ----------
        exception
            An exception class or an exception.

        Returns
        -------
        bool
            Whether there was a run or a call in progress.

        Raises
        ------
        TypeError
            If *exception* is neither.
        InterpreterNotFoundError
            If the interpreter has been destroyed.
        InterpreterError
            If it is the main interpreter.
        """
        return _sharing.interrupt(self._id, exception)

    def redirect(
        self, *, stdout: Sink | EllipsisType = ..., stderr: Sink | EllipsisType = ...
    ) -> None:
        """Have what the interpreter writes passed to an object of this one; implements
        ``Interpreter.redirect.*``.

        Parameters
        ----------
        stdout, stderr
            A callable, an object with a ``write`` method, ``None`` for the interpreter's own
            stream, or ``...`` to leave it as it is.

        Raises
        ------
        TypeError
            If one is something else.
        InterpreterNotFoundError
            If the interpreter has been destroyed.
        InterpreterError
            If it is the main interpreter, the current one or running.
        """
        from . import _streams

        sinks = {"stdout": stdout, "stderr": stderr}
        _streams.redirect(self.call, self._id, {n: s for n, s in sinks.items() if s is not ...})

    def memory(self) -> dict[str, int]:
        """Measure what the objects of the interpreter take; implements ``Interpreter.memory.*``.

        Returns
        -------
        dict
            ``"objects"``: how many the garbage collector knows of. ``"bytes"``: the sum of their
            sizes and of those they refer to directly.

        Raises
        ------
        InterpreterNotFoundError
            If the interpreter has been destroyed.
        InterpreterError
            If it is the main interpreter, the current one or running, or if the Python cannot
            tell the objects of one interpreter from those of another.
        """
        if sys.version_info < (3, 9):
            raise InterpreterError(
                f"the objects of interpreter {self._id} cannot be told from those of others before "
                "CPython 3.9; measure the process"
            )
        objects, size = self.call(eval, _MEASURE, {})
        return {"objects": objects, "bytes": size}


# An expression, to be evaluated where nothing is to be imported that would be measured as well.
_MEASURE = """(lambda gc, sys: (
    lambda known: (len(known), sum(map(sys.getsizeof, {
        id(each): each for parent in known for each in (parent, *gc.get_referents(parent))
    }.values())))
)(gc.get_objects()))(__import__('gc'), __import__('sys'))"""


class _Policy:
    """What can become of an item of a queue whose interpreter has been destroyed.

    There is one object of each name in an interpreter, and it arrives in others as the one there.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"interpreters.{self._name}"

    def __reduce__(self) -> str:
        return self._name


UNBOUND = _Policy("UNBOUND")
UNBOUND_ERROR = _Policy("UNBOUND_ERROR")
UNBOUND_REMOVE = _Policy("UNBOUND_REMOVE")


def enumerate() -> list[Interpreter]:
    """List all existing interpreters; implements ``interpreters.enumerate.*``.

    Returns
    -------
    list of Interpreter
        In ascending order of their IDs.
    """
    return [_of(id) for id in _interpreters.enumerate()]


def get_current() -> Interpreter:
    """Return the current interpreter; implements ``interpreters.get_current.*``.

    Returns
    -------
    Interpreter
        The one whose code makes the call.
    """
    return _of(_interpreters.get_current())


def get_main() -> Interpreter:
    """Return the main interpreter; implements ``interpreters.get_main.*``.

    Returns
    -------
    Interpreter
        The one that the process started with.
    """
    return _of(_interpreters.get_main())


def create(*, isolated: bool | None = None, site: bool = True) -> Interpreter:
    """Create a new interpreter, which stays idle; implements ``interpreters.create.*``.

    Parameters
    ----------
    isolated
        Whether it has a GIL and an allocator of its own. ``None`` means: where the Python can
        isolate interpreters, as CPython can from 3.12.
    site
        Whether it imports the module ``site``.

    Returns
    -------
    Interpreter
        The new interpreter.

    Raises
    ------
    InterpreterError
        If *isolated* is true and the Python cannot isolate interpreters, or if no interpreter
        could be created.
    """
    isolate = _CAN_ISOLATE if isolated is None else isolated
    spare = _sharing.take_spare(isolate, site)
    return _of(_interpreters.create(isolated=isolate, site=site) if spare is None else spare)


def set_spares(count: int, *, isolated: bool | None = None, site: bool = True) -> None:
    """Have interpreters made in the background, for ``create()``; implements ``set_spares.*``.

    Parameters
    ----------
    count
        How many, from 0 to 64.
    isolated, site
        As for ``create()``: a spare is for those who ask for the same.

    Raises
    ------
    ValueError
        If *count* is negative or more than 64.
    InterpreterError
        If *isolated* is true and the Python cannot isolate interpreters.
    """
    isolate = _CAN_ISOLATE if isolated is None else isolated
    if isolate and not _CAN_ISOLATE:
        raise InterpreterError("isolated spares need CPython 3.12 or later; use isolated=False")
    _sharing.set_spares(count, isolate, site)


def create_queue(maxsize: int = 0, *, unbounditems: _Policy | None = None) -> Queue:
    """Create a new queue; implements the clauses ``create_queue.*``.

    Parameters
    ----------
    maxsize
        How many items it holds at most; 0 or less for any number.
    unbounditems
        What becomes of items whose interpreter has been destroyed: ``UNBOUND``,
        ``UNBOUND_ERROR``, ``UNBOUND_REMOVE``, or ``None`` to leave them as they are.

    Returns
    -------
    Queue
        The new queue.

    Raises
    ------
    ValueError
        If *unbounditems* is something else.
    """
    return _sharing.create_queue(maxsize, unbounditems)


def list_all() -> list[Interpreter]:
    """Do what ``enumerate()`` does; implements the clauses ``list_all.*``."""
    return enumerate()


def _of(id: int) -> Interpreter:
    """Make the object for an ID that is known to exist, or did a moment ago."""
    interpreter = Interpreter.__new__(Interpreter)
    interpreter._id = id
    return interpreter
