"""Redirected streams: ``sys.stdout`` and ``sys.stderr`` of one interpreter, written to an object of
another.

``redirect()`` runs where the object is, ``install()`` in the interpreter that writes.  Text is passed
on in lines, so that a ``print()`` of several things is one call there.
"""

from __future__ import annotations

import io
import sys
from collections import deque

from . import _interpreters, _sharing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Protocol, Union

    class Writable(Protocol):
        """What has a ``write`` method, such as a file."""

        def write(self, text: str, /) -> Any: ...

    Sink = Union[Callable[[str], Any], Writable, None]

# Of this interpreter: the streams that others write to, {(interpreter's ID, name): token}.
_given: dict[tuple[int, str], int] = {}


class Stream(io.TextIOBase):
    """A text stream whose lines go to an object of another interpreter.

    Parameters
    ----------
    owner
        The ID of the interpreter of the object.
    token
        What stands for the object there.
    """

    def __init__(self, owner: int, token: int) -> None:
        self._owner = owner
        self._token = token
        # What is to be passed on. Threads add to it and take from it without a lock: one that is
        # interrupted could keep that for ever.
        self._pieces: deque[str] = deque()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The name of an encoding that has all characters; nothing is encoded."""
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """How encoding errors would be treated; there are none."""
        return "strict"

    def writable(self) -> bool:
        """Tell that the stream can be written to."""
        return True

    def write(self, text: str) -> int:
        """Write *text*; pass on what is complete, up to the last end of a line."""
        if self.closed:
            raise ValueError("write to closed stream")
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        text = str.__str__(text)
        self._pieces.append(text)
        if "\n" in text:
            lines, end, rest = self._take().rpartition("\n")
            if rest:
                self._pieces.appendleft(rest)
            self._pass_on(lines + end)
        return len(text)

    def flush(self) -> None:
        """Pass on the rest, whether a line is complete or not."""
        self._pass_on(self._take())

    def _take(self) -> str:
        """Take all that is to be passed on."""
        pieces = []
        try:
            while True:
                pieces.append(self._pieces.popleft())
        except IndexError:  # it is empty
            return "".join(pieces)

    def _pass_on(self, text: str) -> None:
        if text:
            _sharing.write_stream(self._owner, self._token, text)


def redirect(call: Callable[..., Any], id: int, sinks: dict[str, Sink]) -> None:
    """Have streams of another interpreter go to objects of this one; or no longer.

    Parameters
    ----------
    call
        Calls a function in the other interpreter.
    id
        The ID of the other interpreter.
    sinks
        For ``"stdout"``, ``"stderr"`` or both: a callable, an object with a ``write`` method, or
        ``None`` for the stream that the interpreter had.

    Raises
    ------
    TypeError
        If one of them is something else.
    """
    writers = {name: _writer(name, sink) for name, sink in sinks.items()}
    tokens = {name: write and _sharing.register_stream(write) for name, write in writers.items()}
    try:
        call(install, _interpreters.get_current(), tuple(tokens.items()))
    except BaseException:
        _forget(tokens.values())
        raise
    _forget([_given.pop((id, name), None) for name in tokens])
    _given.update({(id, name): token for name, token in tokens.items() if token is not None})


def _writer(name: str, sink: Sink) -> Callable[[str], Any] | None:
    """Return what to call with text; None if it is to go where it went."""
    write = sink if sink is None or callable(sink) else getattr(sink, "write", None)
    if sink is not None and not callable(write):
        raise TypeError(
            f"{name} must be callable, have a write method, or be None or ..., "
            f"not {type(sink).__name__}"
        )
    return write


def _forget(tokens: Iterable[int | None]) -> None:
    for token in tokens:
        if token is not None:
            _sharing.forget_stream(token)


def forget(id: int) -> None:
    """Forget the objects that an interpreter wrote to, which is no longer there."""
    _forget([_given.pop((id, name), None) for name in ("stdout", "stderr")])


def install(owner: int, tokens: tuple[tuple[str, int | None], ...]) -> None:
    """Put streams in the place of those in ``sys``, which are flushed when a run ends.

    Parameters
    ----------
    owner
        The ID of the interpreter of the objects.
    tokens
        What stands for each object there, by the name of the stream; ``None`` for the interpreter's
        own stream.
    """
    for name, token in tokens:
        _flush_one(name)
        own = getattr(sys, f"__{name}__", None)
        setattr(sys, name, own if token is None else Stream(owner, token))
    _sharing.flush_with(_flush)


def _flush() -> None:
    """Flush both streams, and raise what the first of them raises, but not before."""
    try:
        _flush_one("stdout")
    finally:
        _flush_one("stderr")


def _flush_one(name: str) -> None:
    stream = getattr(sys, name, None)
    if isinstance(stream, Stream):
        stream.flush()
