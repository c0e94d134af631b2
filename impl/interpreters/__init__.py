"""Multiple interpreters in one process: the high-level module of PEP 554 (2017).

Whatever could be slow or dangerous is in the extension module ``interpreters._interpreters``;
this module gives its functions the shape of objects.
"""

from __future__ import annotations

import operator
import sys

from . import _interpreters
from ._interpreters import InterpreterError, InterpreterNotFoundError, RemoteTraceback

TYPE_CHECKING = False  # as in typing, without importing it in every interpreter
if TYPE_CHECKING:
    from typing import SupportsIndex

__all__ = [
    "Interpreter",
    "InterpreterError",
    "InterpreterNotFoundError",
    "RemoteTraceback",
    "create",
    "enumerate",
    "get_current",
    "get_main",
]

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

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._id})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Interpreter):
            return NotImplemented
        return self._id == other._id

    def __hash__(self) -> int:
        return hash((Interpreter, self._id))

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
    return _of(_interpreters.create(isolated=isolate, site=site))


def _of(id: int) -> Interpreter:
    """Make the object for an ID that is known to exist, or did a moment ago."""
    interpreter = Interpreter.__new__(Interpreter)
    interpreter._id = id
    return interpreter
