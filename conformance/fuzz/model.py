"""What must come of each call, told from the text alone.

The model keeps what the text speaks of: which interpreters exist, of which kind, what is bound in them,
which of them are running, which threads and callbacks are left in them.  It follows a call step by step
and takes the implementation's reports one by one; the first that the text does not allow is a
``Finding``, which names the clause.  Where the text leaves freedom the model accepts each of the
allowed answers, and a comment names the clause.

Some clauses can be declared *known* to be broken.  Then a wrong answer is passed over, if the model
and the implementation still agree on the state afterwards; otherwise the rest is ``Lost``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import inside
from calls import NO_TEXT, Call, Raised, Step, Target, Text, Writer
from connection import Died, Hung, Report

MAIN = 0

Paused = Generator[None, None, Report]


class Finding(Exception):
    """The implementation has given an answer that the text does not allow."""

    def __init__(self, kind: str, clause: str, expected: str, actual: str) -> None:
        super().__init__(f"{kind} {clause}: expected {expected}, got {actual}")
        self.kind = kind  # "differs", "crash" or "hang"
        self.clause = clause
        self.expected = expected
        self.actual = actual

    @property
    def key(self) -> str:
        """What tells one finding from another."""
        return self.clause if self.kind == "differs" else f"{self.kind}:{self.clause}"


class Lost(Exception):
    """After an answer that is known to be wrong nothing can be told of what follows."""


@dataclass
class Interpreter:
    """An interpreter that exists or has existed."""

    id: int
    kind: str  # "main", "shared" or "isolated"
    foreign: bool = False
    exists: bool = True
    runs: int = 0
    names: dict[str, Any] = field(default_factory=dict)  # name -> encoded value
    left: dict[int, bool] = field(default_factory=dict)  # pipe of a thread -> was it let go?
    callbacks: list[int] = field(default_factory=list)
    returned: bool = False  # whether the main interpreter was given its namespace


# The clauses of the high-level text, for those of the low-level text whose place they take.
_HIGH = {
    "create.id": "interpreters.create.interpreter",
    "create.not-isolated": "interpreters.create.not-isolated",
    "enumerate.list": "interpreters.enumerate.list",
    "get_current.id": "interpreters.get_current.current",
    "get_main.id": "interpreters.get_main.main",
    "Identifiers.type": "Interpreter.type",
    "Identifiers.destroyed": "Interpreter.destroyed",
    "Identifiers.never-given": "Interpreter.unknown-id",
    "Identifiers.negative": "Interpreter.unknown-id",
    "Identifiers.too-large": "Interpreter.unknown-id",
}
_HIGH_RUN = ("runs", "none", "namespace", "persists", "str", "main", "current", "running", "raises")
_HIGH_DESTROY = ("none", "main", "current", "running")
_HIGH_IS_RUNNING = ("running", "idle", "main")


class Model:
    """The state of a process, as the text has it."""

    def __init__(
        self,
        take: Callable[[], Report],
        *,
        high: bool = False,
        isolates: bool = True,
        known: frozenset[str] = frozenset(),
    ) -> None:
        self._take_report = take
        self.high = high
        self.isolates = isolates
        self.known = known
        self.interpreters = {MAIN: Interpreter(MAIN, "main", runs=1)}
        self._writer = Writer(high)

    # What the implementation says, and what it should say.

    def clause(self, name: str) -> str:
        """Return the clause that says what *name* says, in the text that is tested."""
        function, _, what = name.partition(".")
        if not self.high:
            return name
        for low, high, own in (
            ("run_string", "Interpreter.run", _HIGH_RUN),
            ("destroy", "Interpreter.destroy", _HIGH_DESTROY),
            ("is_running", "Interpreter.is_running", _HIGH_IS_RUNNING),
        ):
            if function == low and what in own:
                return f"{high}.{what}"
        return _HIGH.get(name, name)

    def is_known(self, key: str) -> bool:
        """Whether a finding is among the known ones."""
        return key in self.known

    def take(self, clause: str) -> Report:
        """Return the next report; *clause* is what it is to prove."""
        try:
            report = self._take_report()
            if report[0] == "value" and not self.high and self.is_known("Identifiers.int"):
                report = "value", _as_numbers(report[1])
            return report
        except (Died, Hung) as error:
            kind = "hang" if isinstance(error, Hung) else "crash"
            finding = Finding(kind, self.clause(clause), "an answer", str(error))
            if self.is_known(finding.key):
                raise Lost from None
            raise finding from None

    def differs(self, clause: str, expected: str, actual: object, *, lost: bool = False) -> None:
        """Say that an answer is wrong; *lost* if it leaves the state unknown."""
        finding = Finding("differs", self.clause(clause), expected, shown(actual))
        if not self.is_known(finding.key):
            raise finding
        if lost:
            raise Lost

    def value(self, expected: object, clause: str) -> Report:
        """Take the report of a call that returns a value."""
        report = self.take(clause)
        if report[0] != "value":
            self.differs(clause, shown(("value", expected)), report, lost=True)
        elif ascii(report[1]) != ascii(expected):  # so that True is not 1
            self.differs(clause, shown(("value", expected)), report)
        return report

    def refusal(self, name: str, clause: str, id: int | None = None) -> Report:
        """Take the report of a call that raises the exception *name* and has no effect."""
        report = self.take(clause)
        if report[0] != "raised":
            self.differs(clause, name, report, lost=True)
        elif not _is(report[1], name) or (
            name == "InterpreterError" and _is(report[1], "InterpreterNotFoundError")
        ):
            self.differs(clause, name, report)
        elif id is not None and str(id) not in str(report[1]["text"]):
            self.differs(f"{name}.names-id", f"a message that names {id}", report)
        return report

    # Calls.

    def call(self, call: Call, place: int) -> Paused:
        """Follow a call that code in the interpreter *place* makes; yield where a run pauses."""
        if call.misuse is not None:
            return self.refusal("TypeError", "Arguments.names")
        if call.function == "enumerate":
            return self._enumerate()
        if call.function == "create":
            return self._create(call)
        if call.target is None:
            main = call.function == "get_main"
            return self.value(
                self._id(MAIN if main else place), "get_main.id" if main else "get_current.id"
            )
        refused = self._refusal(call, place)
        if refused:
            name, clause, id = refused
            return self.refusal(name, clause, id)
        target = self.interpreters[self._number(call.target, place) or 0]
        if call.function == "is_running":
            clause = "main" if target.kind == "main" else "running" if target.runs else "idle"
            return self.value(bool(target.runs), f"is_running.{clause}")
        if call.function == "destroy":
            return self._destroy(target)
        return (yield from self._run(call, target, place))

    def _id(self, id: int) -> object:
        """Return how the ID of an interpreter is reported."""
        return ("object", "Interpreter", id, f"Interpreter({id})") if self.high else id

    def _number(self, target: Target, place: int) -> int | None:
        return place if target.form == "current" else target.number

    def _enumerate(self) -> Report:
        ids = sorted(each.id for each in self.interpreters.values() if each.exists)
        return self.value(("list", [self._id(id) for id in ids]), "enumerate.list")

    def _create(self, call: Call) -> Report:
        if call.isolated and not self.isolates:
            # No ID is there yet that the message could name.
            return self.refusal("InterpreterError", "create.not-isolated")
        isolated = call.isolated
        if isolated is None:
            isolated = self.high and self.isolates
        return self.created("isolated" if isolated else "shared", "create.id")

    def created(self, kind: str, clause: str, foreign: bool = False) -> Report:
        """Take the report of a call that creates an interpreter."""
        report = self.take(clause)
        id = report[1] if report[0] == "value" else None
        if isinstance(id, tuple) and id[0] == "object":
            if ascii(id) != ascii(self._id(id[2])) and not foreign:
                name = "create.id" if self.high else "Identifiers.int"
                self.differs(name, shown(self._id(id[2])), report)
            id = id[2]
        if type(id) is not int:
            self.differs(clause, "an ID", report, lost=True)
            raise Lost
        if id <= max(self.interpreters):
            self.differs(
                "Identifiers.ascending", f"more than {max(self.interpreters)}", id, lost=True
            )
        self.interpreters[id] = Interpreter(id, kind, foreign)
        return report

    def _refusal(self, call: Call, place: int) -> tuple[str, str, int | None] | None:
        """Return the error that a call deserves, its clause and the ID that it must name.

        The order is that of the clauses of Arguments: types, values, the ID, the state.
        """
        assert call.target
        number = self._number(call.target, place)
        text_error = NO_TEXT.get(call.text.no_text or "")
        if self.high and not call.target.kept:
            # The object is made first, and no other argument is judged until it is.
            if number is None:
                return "TypeError", "Identifiers.type", None
            if not self._exists(number):
                return "InterpreterNotFoundError", self._unknown(number), number
        if number is None:
            return "TypeError", "Identifiers.type", None
        if text_error == "TypeError":
            return "TypeError", "run_string.str", None
        if call.no_ns is not None:
            return "TypeError", "run_string_unrestricted.ns-type", None
        if text_error:
            null = "\\0" in str(call.text.no_text)
            return text_error, "run_string.null" if null else "run_string.surrogate", None
        if not self._exists(number):
            return "InterpreterNotFoundError", self._unknown(number), number
        clause = self._unfit(call, self.interpreters[number], place)
        return ("InterpreterError", clause, number) if clause else None

    def _exists(self, number: int) -> bool:
        return number in self.interpreters and self.interpreters[number].exists

    def _unknown(self, number: int) -> str:
        """Return the clause that says that no interpreter has this ID."""
        if number in self.interpreters:
            return "Identifiers.destroyed"
        if number < 0:
            return "Identifiers.negative"
        return "Identifiers.too-large" if number >= 2**63 else "Identifiers.never-given"

    def _unfit(self, call: Call, target: Interpreter, place: int) -> str | None:
        """Return the clause by which a call is refused for the state of its interpreter."""
        if call.function == "is_running":
            return None
        function = "destroy" if call.function == "destroy" else "run_string"
        if target.kind == "main":
            return f"{function}.main"
        if target.id == place:
            return f"{function}.current"
        if target.runs:
            return f"{function}.running"
        if call.function == "destroy" and target.foreign:
            return "destroy.foreign"
        if call.function != "run_string_unrestricted":
            return None
        if target.foreign:
            return "run_string_unrestricted.own-only"
        kinds = {target.kind, self.interpreters[place].kind}
        if "isolated" in kinds:
            return "run_string_unrestricted.shared-only"
        # Text: "only for an interpreter that this module created": of the caller's nothing is said.
        return None

    # Destroying.

    def _destroy(self, target: Interpreter) -> Report:
        held = [wait for wait, released in target.left.items() if not released]
        report = self.take("destroy.none")
        while report[0] == "said":
            # destroy.callbacks-once: callbacks may be called before a refusal, but only once.
            if not target.callbacks or report[1] != target.callbacks[-1]:
                self.differs("destroy.atexit", f"callbacks {target.callbacks[::-1]}", report)
            target.callbacks[-1:] = []
            report = self.take("destroy.none")
        if held or (target.left and report[0] == "raised"):
            # destroy.thread-ended: when a thread ends that was let go, the text does not say.
            if report[0] != "raised":
                self.differs("destroy.thread-left", "InterpreterError", report, lost=True)
            elif not _is(report[1], "InterpreterError"):
                self.differs("destroy.thread-left", "InterpreterError", report)
            return report
        if report[0] != "value":
            self.differs("destroy.none", "('value', None)", report, lost=True)
        target.exists = False
        if report[1] is not None:
            self.differs("destroy.none", "('value', None)", report)
        if target.callbacks:
            self.differs("destroy.atexit", f"a call of {target.callbacks[::-1]}", report)
        return report

    # Running.

    def _run(self, call: Call, target: Interpreter, place: int) -> Paused:
        error = self._syntax_error(call.text)
        for name, value in call.ns or ():
            target.names[name] = inside.encode(eval(value))
        target.runs += 1
        if not error:
            error = yield from self._steps(call.text, target)
        target.runs -= 1
        if error:
            return self._carried(error)
        if call.function == "run_string":
            return self.value(None, "run_string.none")
        names = [(name, target.names[name]) for name in inside.NAMES if name in target.names]
        report = self.value(("namespace", names), "run_string_unrestricted.dict")
        if report[0] == "value":
            target.returned = target.returned or place == MAIN
            self.value(True, "run_string_unrestricted.not-a-copy")
        return report

    def _steps(
        self, text: Text, target: Interpreter
    ) -> Generator[None, None, dict[str, Any] | None]:
        """Follow the steps of a source text; return the exception that ends it."""
        for step in text.steps:
            if isinstance(step, Raised):
                return described(step)
            if isinstance(step, Call):
                report = yield from self.call(step, target.id)
                if step.onward and report[0] == "raised":
                    error = report[1]
                    assert isinstance(error, dict)
                    return error
            elif step.kind == "pause":
                if self.take("run_string.runs") != ("paused", step.number):
                    self.differs("run_string.runs", "the code to pause", step, lost=True)
                yield
            else:
                self._step(step, target)
        return None

    def _step(self, step: Step, target: Interpreter) -> None:
        if step.kind == "bind":
            target.names[step.name] = inside.encode(eval(step.value))
        elif step.kind == "delete":
            target.names.pop(step.name, None)
        elif step.kind == "at_end":
            target.callbacks.append(step.number)
        elif step.kind == "leave":
            target.left[step.number] = False
        elif step.kind == "read" and step.name in target.names:
            self.value(target.names[step.name], "run_string.persists")
        elif step.kind == "read":
            self.refusal("NameError", "create.own-modules")

    def _syntax_error(self, text: Text) -> dict[str, Any] | None:
        """Return the SyntaxError that a source text deserves."""
        for index, step in enumerate(text.steps):
            if isinstance(step, Step) and step.kind == "broken":
                before = self._writer.source(Text(text.steps[:index]))
                line = 1 + (before.count("\n") + 1 if index else 0) + text.uses_names()
                return {"class": "SyntaxError", "position": ["<string>", line]}
        return None

    def _carried(self, expected: dict[str, Any]) -> Report:
        """Take the report of a run that ends with an exception."""
        report = self.take("run_string.raises")
        if report[0] != "raised":
            self.differs("run_string.raises", shown(("raised", expected)), report)
            return report
        if "position" in expected and "mro" not in expected:
            if report[1].get("position") != expected["position"] or not _is(
                report[1], "SyntaxError"
            ):
                self.differs("run_string.syntax-error", shown(expected["position"]), report)
            return report
        self._compare(expected, report[1], report)
        ends = _remote_ends(report[1])
        if ends != [True]:
            self.differs("run_string.traceback", "one RemoteTraceback, at the end", report)
        return report

    def _compare(self, expected: Any, actual: Any, report: Report) -> None:
        """Compare an exception with the one that was raised, and with it what they bring."""
        same = actual["class"] == expected["class"]
        if expected["mro"][0].startswith("__main__."):
            # The nearest base that the caller has is built in: examples derive from no others.
            same = same and actual["mro"][1:] == expected["mro"][1:]
            clause = "run_string.unknown-class"
        else:
            same = same and actual["mro"] == expected["mro"]
            clause = "run_string.same-class"
        if not same:
            self.differs(clause, shown(expected["mro"]), report)
            return  # whatever follows from it is no finding of its own
        for key, clause in (
            ("text", "same-message"),
            ("args", "same-arguments"),
            ("attributes", "same-attributes"),
            ("notes", "notes"),
            ("code", "keyboard-interrupt"),
        ):
            arrived = actual[key][:1] if key == "args" and expected["members"] else actual[key]
            if key == "text" and expected[key] is None:
                continue
            if ascii(arrived) != ascii(expected[key]):
                self.differs(f"run_string.{clause}", f"{key} {shown(expected[key])}", report)
        for key in ("cause", "context"):
            if bool(actual[key]) != bool(expected[key]):
                self.differs(f"run_string.{key}", shown(expected[key]), report)
            elif actual[key]:
                self._compare(expected[key], actual[key], report)
        if len(actual["members"]) != len(expected["members"]):
            self.differs("run_string.group", f"{len(expected['members'])} members", report)
        for ours, theirs in zip(expected["members"], actual["members"]):
            self._compare(ours, theirs, report)


def described(raised: Raised) -> dict[str, Any]:
    """Return how an exception is described, by raising it here as exec() would."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec("\n".join(raised.lines()), names)
    description = inside.describe(names["e"])
    assert isinstance(description, dict)
    return _as_carried(description)


def _as_carried(description: dict[str, Any]) -> dict[str, Any]:
    """Put what cannot be carried in the form in which it arrives: run_string.other-data."""
    if description["members"]:
        description["args"] = description["args"][:1]  # the members are compared by themselves
    if any(map(_is_function, description["args"])):
        # other-data and same-message: built-in classes make the message of the arguments, of which
        # one is another now; the text does not say which of the two gives way.
        description["text"] = None
    description["args"] = [
        value[3] if _is_function(value) else value for value in description["args"]
    ]
    if _is_function(description["code"]):
        description["code"] = description["code"][3]  # it is the argument
    description["attributes"] = {
        name: value
        for name, value in description["attributes"].items()
        if not _is_function(value)  # run_string.other-attributes
    }
    for other in (description["cause"], description["context"], *description["members"]):
        if other:
            _as_carried(other)
    return description


def _as_numbers(value: Any) -> Any:
    """Return an encoded result with numbers in place of the objects that are IDs."""
    if not isinstance(value, tuple) or len(value) < 2:
        return value
    if value[0] == "object" and value[2] is not None:
        return value[2]
    if value[0] == "list":
        return "list", [_as_numbers(each) for each in value[1]]
    return value


def _is_function(value: object) -> bool:
    """Whether an encoded value is a function, which pickle can only name: pickled-classes."""
    return isinstance(value, tuple) and value[:2] == ("object", "builtin_function_or_method")


def _remote_ends(description: dict[str, Any]) -> list[bool]:
    """Return for each RemoteTraceback in a chain whether it is at an end of it."""
    others = [description[key] for key in ("cause", "context") if description.get(key)]
    own = [not others] if description.get("remote") else []
    return own + [end for other in others for end in _remote_ends(other)]


def _is(description: dict[str, Any], name: str) -> bool:
    """Whether a described exception is an instance of the class *name*."""
    return any(each.rpartition(".")[2] == name for each in description["mro"])


def shown(answer: object) -> str:
    """Return an answer as a person reads it."""
    if isinstance(answer, tuple) and answer[0] == "raised":
        error = answer[1]
        args = ", ".join(ascii(each) for each in error.get("args", ()))
        extra = {
            key: error[key]
            for key in ("attributes", "notes", "cause", "context", "members", "position")
            if error.get(key)
        }
        plain = f"{error['class']}({args})"
        return f"{plain}, with {extra}" if extra else plain
    if isinstance(answer, tuple) and answer[0] == "value":
        return f"the value {answer[1]!r}"
    return str(answer)
