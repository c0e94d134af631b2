"""What the code of an example is written with, in every interpreter of the process under test.

An example is a sequence of lines such as ``attempt(m.destroy, 2)``.  The driver executes them in the
main interpreter, and the source texts in them, which begin with ``there``, bring the same names to
any other.  Each call and each name that is looked at makes a *report*: one line with a Python
literal, written to a file descriptor, which is the same in all interpreters of a process.  Where no
descriptor was named it is standard output, so that a person can paste the lines and see.

A line waits for what it starts: whatever threads there are, only one is not waiting, so that the
order of the reports is the order of events.
"""

from __future__ import annotations

import importlib
import operator
import os
import sys
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

# The names that examples bind, and that are looked at in a namespace.
NAMES = ("a", "b", "c")

# How many pipes there are for threads to wait at.
WAITS = 4

Pipe = Tuple[int, int]

m: Any = None  # the module under test
there = ""  # source text that brings this file's names to the interpreter that runs it
kept: Dict[Optional[int], Any] = {}  # ID -> what create() returned for it in this interpreter
namespaces: Dict[
    int, Any
] = {}  # ID -> what run_string_unrestricted() returned for it in this interpreter

_reports = 1
_turn: Pipe = (-1, -1)  # a pipe: a byte in it is a thread that waits or has ended
_waits: Sequence[Pipe] = ()  # pipes: a byte in one lets its thread go on
_threads: List[Any] = []


def begin(
    subject: str,
    reports: int = 1,
    turn: Optional[Pipe] = None,
    waits: Optional[Sequence[Pipe]] = None,
) -> None:
    """Load the module under test into this interpreter, unless that was done before."""
    global m, there, _reports, _turn, _waits
    if m is not None:
        return
    here = os.path.dirname(os.path.abspath(__file__))
    for folder in (here, os.path.dirname(here)):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    check: Any = importlib.import_module("check")
    check.subject_name = subject
    m = check.load(subject)
    _reports, _turn = reports, turn or os.pipe()
    _waits = waits or [os.pipe() for _ in range(WAITS)]
    there = (
        "import sys; sys.path[:] = %r; import inside; inside.begin%r; from inside import *\n"
        % (sys.path, (subject, _reports, _turn, _waits))
    )


def report(*record: object) -> None:
    """Write one report."""
    text = (ascii(record) + "\n").encode()
    while text:
        text = text[os.write(_reports, text) :]


def attempt(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call the function, report what comes of it, and return its result, if there is one."""
    try:
        return onward(function, *arguments, **named)
    except BaseException:
        return None


def onward(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call the function, report what comes of it, and let an exception go on."""
    try:
        result = function(*arguments, **named)
    except BaseException as error:
        report("raised", describe(error))
        raise
    report("value", encode(result))
    return result


def keep(result: Any) -> None:
    """Keep what create() returned: some implementations destroy what nobody holds."""
    if result is not None:
        kept[number(result)] = result


def keep_namespace(id: int, result: Any) -> None:
    """Keep what run_string_unrestricted() returned for an interpreter."""
    if result is not None:
        before = namespaces.setdefault(id, result)
        report("value", before is result)


def foreign(isolated: bool) -> Any:
    """Have the Python's own module create an interpreter; return None if it cannot."""
    check: Any = importlib.import_module("check")
    return check.foreign(m, isolated=isolated)


class Index:
    """Stands for an integer without being one."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


def start(wait: int, function: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    """Call the function in a new thread; come back when that waits or has ended."""
    import threading  # here, so that importing this file in a subinterpreter stays innocuous

    def target() -> None:
        attempt(function, *arguments, **named)
        os.write(_turn[1], b".")

    _threads.append(threading.Thread(target=target))
    _threads[-1].start()
    os.read(_turn[0], 1)


def pause(wait: int) -> None:
    """Wait in the middle of a run that start() began, until resume()."""
    report("paused", wait)
    os.write(_turn[1], b".")
    os.read(_waits[wait][0], 1)


def resume(wait: int) -> None:
    """Let a waiting thread go on; come back when it waits again or has ended."""
    os.write(_waits[wait][1], b".")
    os.read(_turn[0], 1)


def leave(wait: int) -> None:
    """Leave a thread behind that nobody can join."""
    import _thread

    _thread.start_new_thread(os.read, (_waits[wait][0], 1))


def release(wait: int) -> None:
    """Have a thread that was left behind end, which takes it a moment."""
    import time

    os.write(_waits[wait][1], b".")
    time.sleep(0.05)


def at_end(token: int) -> None:
    """Have this interpreter report *token* when it is finalized."""
    import atexit

    atexit.register(report, "said", token)


def end(left: Sequence[int] = ()) -> None:
    """Let all threads go on to their ends, but those that were left behind to wait at *left*.

    A thread that ends while its process does can be fatal, whatever either has of interpreters: it
    gives up the GIL before it is done with what CPython takes away then (seen on 3.14 and 3.15).
    """
    for wait, (_, write) in enumerate(_waits):
        if wait not in left:
            os.write(write, b"." * 100)
    for thread in _threads:
        thread.join()


def number(result: Any) -> Optional[int]:
    """Return the ID that a result is or has, or None."""
    try:
        return int(operator.index(getattr(result, "id", result)))
    except TypeError:
        return None


def encode(value: Any) -> Any:
    """Return *value* as a literal: itself if it is plain data, else a tuple that describes it."""
    if type(value) in (type(None), bool, int, float, complex, str, bytes):
        return value
    if type(value) in (list, set, tuple, frozenset):
        return (type(value).__name__, [encode(each) for each in value])
    if type(value) is dict:
        known = NAMES if "__name__" in value else sorted(value, key=ascii)
        pairs = [(encode(name), encode(value[name])) for name in known if name in value]
        return ("namespace" if "__name__" in value else "dict", pairs)
    return ("object", type(value).__name__, number(value), _text(repr, value))


def describe(
    error: Optional[BaseException], seen: Tuple[int, ...] = ()
) -> Optional[Dict[str, Any]]:
    """Return an exception and those that come with it as a literal."""
    if error is None:
        return None
    if id(error) in seen or len(seen) > 20:
        return {"class": "...", "mro": []}
    seen += (id(error),)
    cause = error.__cause__
    remote = type(cause).__name__ == "RemoteTraceback"
    return {
        "class": type(error).__name__,
        "mro": [_full_name(each) for each in type(error).__mro__],
        "args": [encode(each) for each in error.args],
        "text": _text(str, error),
        "attributes": {
            name: encode(value) for name, value in sorted(vars(error).items()) if name[0] != "_"
        },
        "notes": list(getattr(error, "__notes__", ())),
        "position": [error.filename, error.lineno] if isinstance(error, SyntaxError) else None,
        "code": encode(error.code) if isinstance(error, SystemExit) else None,
        "remote": remote,
        "cause": None if remote else describe(cause, seen),
        "context": describe(error.__context__, seen),
        "members": [describe(each, seen) for each in _members(error)],
    }


def _members(error: Any) -> Tuple[BaseException, ...]:
    members = getattr(error, "exceptions", ()) if hasattr(error, "split") else ()
    return members if isinstance(members, tuple) else ()


def _full_name(cls: type) -> str:
    return "%s.%s" % (cls.__module__, cls.__name__)


def _text(function: Callable[[Any], str], value: Any) -> str:
    try:
        return function(value)
    except Exception as error:
        return "%s raises %s" % (function.__name__, type(error).__name__)
