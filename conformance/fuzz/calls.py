"""What an example is made of: calls, and the source texts that are run, as data.

Data can be drawn at random, shrunk, turned into lines of Python and followed by the model.  An ID is
told by its *target*: ``("nth", 2)`` is the third interpreter that the example has made, whatever its ID.
Before a line is executed its targets are resolved against the interpreters that are known by then.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Union

# How an ID that is no plain int is written, and the number that it stands for.
ODD = {
    "False": 0,  # a bool is an int
    "True": 1,
    "-1": -1,
    "-2 ** 63": -(2**63),
    "2 ** 31": 2**31,
    "2 ** 63": 2**63,
    "-2 ** 100": -(2**100),
    "2 ** 100": 2**100,
    "Index(-1)": -1,
    "Index(2 ** 100)": 2**100,
    "None": None,
    "'0'": None,
    "1.0": None,
    "b'1'": None,
    "(1,)": None,
    "Index": None,
}

# Commands that are no source text, and the error that each deserves.
NO_TEXT = {
    "None": "TypeError",
    "5": "TypeError",
    "b'a = 1'": "TypeError",
    "['a = 1']": "TypeError",
    "compile('a = 1', '', 'exec')": "TypeError",
    "'a = 1\\0'": "ValueError",
    "'\\0'": "ValueError",
    "'a = \"\\ud800\"'": "ValueError",
}

# Namespaces to merge that are none.
NO_NAMESPACE = ("5", "'a'", "[('a', 1)]", "()")

# Calls that no signature allows.
MISUSES = (
    "{m}.get_main(0)",
    "{m}.get_current(id=0)",
    "{m}.enumerate(None)",
    "{m}.create(True)",
    "{m}.create(spam=True)",
    "{m}.is_running()",
    "{m}.is_running(0, 0)",
    "{m}.is_running(interpreter=0)",
    "{m}.destroy()",
    "{m}.destroy(interpreter=0)",
    "{m}.run_string(0)",
    "{m}.run_string(0, 'pass', None)",
    "{m}.run_string(id=0, code='pass')",
)


@dataclass(frozen=True)
class Target:
    """An ID: how it is written, and the number that it stands for, or None if it is no integer.

    *current* says that it is the ID of the interpreter that makes the call, *kept* that the
    high-level object is one that create() has returned.
    """

    form: str  # "nth", "index", "odd", "main" or "current"
    argument: Union[int, str] = 0
    written: str = ""
    number: int | None = None

    @property
    def kept(self) -> bool:
        return self.written.startswith("kept")


@dataclass(frozen=True)
class Raised:
    """An exception to raise: of a built-in class, or of one that the code derives from it."""

    base: str
    args: tuple[str, ...] = ()
    own: str | None = None  # the name of the class that the code derives
    attributes: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    cause: Raised | None = None
    context: Raised | None = None
    members: tuple[Raised, ...] = ()

    def lines(self, name: str = "e") -> list[str]:
        """Return the code that binds it to *name*."""
        lines, args = [], list(self.args)
        for index, member in enumerate(self.members):
            lines += member.lines(f"{name}_{index}")
        if self.members:
            args = [
                repr("group"),
                f"[{', '.join(f'{name}_{i}' for i in range(len(self.members)))}]",
            ]
        if self.own:
            lines.append(f"class {self.own}({self.base}): pass")
        lines.append(f"{name} = {self.own or self.base}({', '.join(args)})")
        lines += [f"{name}.{key} = {value}" for key, value in self.attributes]
        lines += [f"{name}.add_note({note!r})" for note in self.notes]
        for key, other in (("cause", self.cause), ("context", self.context)):
            if other:
                lines += other.lines(f"{name}_{key}")
                lines.append(f"{name}.__{key}__ = {name}_{key}")
        return lines


@dataclass(frozen=True)
class Step:
    """A step of a source text: *kind* and what it is done to."""

    kind: str  # "bind", "read", "delete", "broken", "pause", "leave" or "at_end"
    name: str = ""
    value: str = ""
    number: int = 0


@dataclass(frozen=True)
class Text:
    """A source text: its steps, or *no_text* if it is to be something else."""

    steps: tuple[Union[Step, Raised, Call], ...] = ()
    no_text: str | None = None

    def uses_names(self) -> bool:
        """Whether its code needs the names of inside.py."""
        plain = ("bind", "delete", "broken")
        return any(
            not isinstance(s, Raised) and not (isinstance(s, Step) and s.kind in plain)
            for s in self.steps
        )


@dataclass(frozen=True)
class Call:
    """A call of the interface."""

    function: str
    target: Target | None = None
    text: Text = field(default_factory=Text)
    ns: tuple[tuple[str, str], ...] | None = None  # names to merge
    no_ns: str | None = None  # what is given for ns that is none
    isolated: bool | None = None
    site: bool = True
    named: bool = False  # whether arguments are given by name
    onward: bool = False  # whether an exception goes on in the code that makes the call
    misuse: str | None = None


class Resolver:
    """Gives targets their numbers, by the IDs of all that the example has made."""

    def __init__(self, ids: list[int], high: bool) -> None:
        self._ids = ids
        self._high = high

    def call(self, call: Call, wait: int | None = None, inside: bool = False) -> Call:
        """Return *call* with its targets resolved.

        *wait* is the pipe at which its runs pause; without one they do not.  *inside* tells that
        the code of a run makes the call.
        """
        steps: list[Step | Raised | Call] = []
        for step in call.text.steps:
            if isinstance(step, Call):
                steps.append(self.call(step, wait, True))
            elif not isinstance(step, Step) or step.kind != "pause":
                steps.append(step)
            elif wait is not None:
                steps.append(replace(step, number=wait))
        target = self._target(call.target, inside) if call.target else None
        text = replace(call.text, steps=tuple(steps))
        return replace(call, target=target, text=text, onward=call.onward and inside)

    def _target(self, target: Target, inside: bool) -> Target:
        number: int | None
        if target.form == "odd":
            written, number = str(target.argument), ODD[str(target.argument)]
        elif target.form == "current":
            written, number = "m.get_current()", None
        else:
            number = 0
            if target.form != "main" and self._ids:
                number = self._ids[int(target.argument) % len(self._ids)]
            written = f"Index({number})" if target.form == "index" else str(number)
        if self._high and target.form == "nth" and number and not inside:
            written = f"kept[{number}]"
        elif self._high and target.form != "current":
            written = f"m.Interpreter({written})"
        return replace(target, written=written, number=number)


class Writer:
    """Writes calls as lines of Python, for the low-level or the high-level module."""

    def __init__(self, high: bool) -> None:
        self._high = high

    def line(self, call: Call, start: int | None = None) -> str:
        """Return the line that makes a call, in a new thread that can wait at the pipe *start*."""
        how = "onward(" if call.onward else "attempt("
        if start is not None:
            how = f"start({start}, "
        if call.misuse is not None:
            return f"{how}lambda: {call.misuse.format(m='m')})"
        if call.function == "create":
            return f"keep({how}m.create{_options(call)}))"
        if call.target is None:
            return f"{how}m.{call.function})"
        arguments = self._arguments(call)
        if self._high:
            method = {"run_string": "run"}.get(call.function, call.function)
            return f"{how}lambda: {call.target.written}.{method}({', '.join(arguments)}))"
        words = ", ".join([f"m.{call.function}", self._id(call), *arguments])
        if call.function == "run_string_unrestricted" and call.target.number is not None:
            return f"keep_namespace({call.target.number}, {how}{words}))"
        return f"{how}{words})"

    def source(self, text: Text) -> str:
        """Return the code of a source text."""
        lines: list[str] = []
        for step in text.steps:
            if isinstance(step, Raised):
                lines += [*step.lines(), "raise e"]
            elif isinstance(step, Call):
                lines.append(self.line(step))
            else:
                lines.append(_step(step))
        return "\n".join(lines)

    def _id(self, call: Call) -> str:
        assert call.target
        return f"id={call.target.written}" if call.named else call.target.written

    def _arguments(self, call: Call) -> list[str]:
        """Return the arguments of a call after the ID."""
        if not call.function.startswith("run"):
            return []
        text = self._text(call.text)
        names = ("code", "") if self._high else ("command", "ns")
        arguments = [f"{names[0]}={text}" if call.named else text]
        if call.no_ns is not None or call.ns is not None:
            pairs = ", ".join(f"{name!r}: {value}" for name, value in call.ns or ())
            ns = call.no_ns or "{%s}" % pairs
            arguments.append(f"{names[1]}={ns}" if call.named else ns)
        return arguments

    def _text(self, text: Text) -> str:
        """Return the expression that gives a source text to a call."""
        if text.no_text is not None:
            return text.no_text
        return ("there + " if text.uses_names() else "") + ascii(self.source(text))


def _options(call: Call) -> str:
    """Return what follows ``create`` in a call of it."""
    options = "" if call.isolated is None else f", isolated={call.isolated}"
    return options if call.site else options + ", site=False"


def _step(step: Step) -> str:
    return {
        "bind": f"{step.name} = {step.value}",
        "read": f"attempt(lambda: {step.name})",
        "delete": f"globals().pop({step.name!r}, None)",
        "broken": "a = = 1",
        "pause": f"pause({step.number})",
        "leave": f"leave({step.number})",
        "at_end": f"at_end({step.number})",
    }[step.kind]
