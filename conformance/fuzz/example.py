"""One example: a sequence of commands, sent to a process and followed by the model.

A command is data, so that a failing sequence can be repeated without some of it.  One that cannot be
given in the state that has been reached, such as to resume where nothing waits, does nothing.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from calls import Call, Resolver, Step, Target, Text, Writer
from connection import Process, Report
from inside import WAITS
from model import MAIN, Finding, Interpreter, Lost, Model
from subjects import Subject

Command = tuple[str, tuple[Any, ...]]  # the name of a method of Example, and its arguments
Followed = Generator[None, None, Report]


@dataclass(frozen=True)
class Conditions:
    """What all examples of a subject have in common."""

    subject: Subject
    limit: float  # seconds that an answer may take
    known: frozenset[str] = frozenset()

    @property
    def version(self) -> tuple[int, int]:
        major, minor = self.subject.version.split("-")[1].split(".")[:2]
        return int(major), int(minor)

    @property
    def high(self) -> bool:
        return self.subject.profile == "high-level"


class Example:
    """An example that is under way."""

    def __init__(self, conditions: Conditions) -> None:
        self.commands: list[Command] = []
        self.lines: list[str] = []
        self.finding: Finding | None = None
        self._conditions = conditions
        self._high = conditions.high
        self._process = Process(conditions.subject, conditions.limit)
        self._isolates = conditions.version >= (3, 12)
        self._model = Model(
            self._process.take,
            high=conditions.high,
            isolates=self._isolates,
            known=conditions.known,
        )
        self._waiting: dict[int, Followed] = {}  # pipe -> the run that pauses at it
        self._left: dict[int, Interpreter] = {}  # pipe -> where the thread that reads it is
        self._free = list(range(WAITS))
        self._over = False  # whether nothing more can be told

    def begin(self) -> None:
        """Wait until the process is there."""
        self._guard(lambda: self._model.take("create.id"))

    def do(self, command: Command) -> None:
        """Give a command."""
        if not self._over:
            self.commands.append(command)
            name, arguments = command
            getattr(self, name)(*arguments)

    # The commands.

    def call(self, call: Call) -> None:
        """Make a call."""
        call = self._resolved(call)
        self._execute(Writer(self._high).line(call), self._model.call(call, MAIN))

    def foreign(self, isolated: bool) -> None:
        """Have something else create an interpreter; elsewhere that is the module under test."""
        if self._high or self._conditions.subject.implementation != "reference":
            return
        kind = "isolated" if isolated and self._isolates else "shared"

        def follow() -> Followed:
            yield from ()
            return self._model.created(kind, "enumerate.foreign", foreign=True)

        self._execute(f"keep(attempt(foreign, {isolated}))", follow())

    def start(self, call: Call) -> None:
        """Make a call in a new thread, until its code pauses."""
        if not self._free or call.function != "run_string":
            return
        wait = self._free.pop(0)
        call = self._resolved(call, wait)
        follow = self._model.call(call, MAIN)
        if self._execute(Writer(self._high).line(call, wait), follow):
            self._waiting[wait] = follow

    def resume(self, number: int) -> None:
        """Let one of the threads that pause go on."""
        if self._waiting:
            wait = sorted(self._waiting)[number % len(self._waiting)]
            if not self._execute(f"resume({wait})", self._waiting[wait]):
                del self._waiting[wait]

    def leave(self, target: Target) -> None:
        """Run code that leaves a thread behind."""
        if not self._free:
            return
        wait = self._free.pop(0)
        call = self._resolved(Call("run_string", target, Text((Step("leave", number=wait),))))
        assert call.target
        place = self._model.interpreters.get(call.target.number or MAIN)
        if place and place.foreign:
            return  # destroy.foreign: only its creator destroys it, whatever that makes of threads
        self._execute(Writer(self._high).line(call), self._model.call(call, MAIN))
        if place and wait in place.left:
            self._left[wait] = place

    def release(self, number: int) -> None:
        """Let one of the threads that were left behind end."""
        if self._left:
            wait = sorted(self._left)[number % len(self._left)]
            self._left.pop(wait).left[wait] = True
            self._execute(f"release({wait})", _nothing())

    def peek(self, number: int, name: str) -> None:
        """Look into a namespace that was returned, whose interpreter may be gone."""
        places = [each for each in self._model.interpreters.values() if each.returned]
        if not places:
            return
        place = places[number % len(places)]
        clause = "not-a-copy" if place.exists else "leaked-valid"

        def follow() -> Followed:
            yield from ()
            expected = place.names.get(name)
            return self._model.value(expected, f"run_string_unrestricted.{clause}")

        self._execute(f"attempt(namespaces[{place.id}].get, {name!r})", follow())

    def compare(self, left: Target, right: Target) -> None:
        """Compare two objects that stand for interpreters."""
        one, other = (self._resolved(Call("is_running", each)).target for each in (left, right))
        assert one and other
        if not self._high or not one.kept or not other.kept:
            return
        same = one.number == other.number

        def follow() -> Followed:
            yield from ()
            report = self._model.value(("tuple", [same, not same]), "Interpreter.equal")
            return self._model.value(True, "Interpreter.hash") if same else report

        words = f"({one.written} == {other.written}, {one.written} != {other.written})"
        line = f"attempt(lambda: {words})"
        if same:
            line += f"; attempt(lambda: hash({one.written}) == hash({other.written}))"
        self._execute(line, follow())

    # How they are followed.

    def _resolved(self, call: Call, wait: int | None = None) -> Call:
        ids = [id for id in self._model.interpreters if id]
        return Resolver(ids, self._high).call(call, wait)

    def _execute(self, line: str, follow: Followed) -> bool:
        """Have a line executed and followed; return whether it pauses."""
        self.lines.append(line)
        self._process.send(line)
        paused = False

        def step() -> None:
            nonlocal paused
            try:
                next(follow)
                paused = True
            except StopIteration:
                pass
            self._done()

        self._guard(step)
        return paused

    def _done(self) -> None:
        """Take the report that a line has been executed."""
        report = self._model.take("Threads.back")
        if report != ("done",):
            self._model.differs("run_string.runs", "no more steps", report, lost=True)

    def _guard(self, function: Any) -> None:
        """Call a function that may find something, or lose the thread."""
        try:
            function()
        except Lost:
            self._over = True
        except Finding as finding:
            self._over = True
            self.finding = finding
            raise

    def end(self) -> None:
        """End the process, which must end as if there had been no other interpreters."""
        if self._over or self._foreign_exists():
            return
        self._over = True
        clause = self._model.clause("create.exit")
        line = f"end({sorted(self._left)})"
        self.lines.append(line + "  # and the end of the process")
        self._process.send(line)
        finding = None
        try:
            status, printed = self._process.end()
            if status or printed:
                kind = "differs" if status >= 0 else "crash"
                said = f"exit status {status}: " + "".join(printed.strip().splitlines()[:1])
                finding = Finding(kind, clause, "exit status 0 and no output", said)
        except Exception as error:
            finding = Finding("hang", clause, "the end of the process", str(error))
        if finding and not self._model.is_known(finding.key):
            self.finding = finding
            raise finding

    def _foreign_exists(self) -> bool:
        """Whether there is an interpreter that something else has created.

        destroy.foreign: only its creator can destroy it.  How CPython does that at the end of a
        process differs: 3.14 warns, and on 3.9 to 3.11 a callback that gives up the GIL may be the
        last thing that the main thread does.
        """
        return any(each.foreign and each.exists for each in self._model.interpreters.values())

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.close()


def _nothing() -> Followed:
    """Follow a line that reports nothing."""
    yield from ()
    return ()
