"""Draws examples: Hypothesis chooses the commands; see example.py for what is done with them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from calls import MISUSES, NO_NAMESPACE, NO_TEXT, ODD, Call, Raised, Step, Target, Text
from example import Example
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from inside import NAMES
from model import Finding
from session import OutOfTime, Session

VALUES = (
    "0", "1", "-1", "True", "None", str(2**70), "1.5", "-0.0", "1j", "''", "'spam'", "'\\u20ac'",
    "'\\ud800'", "b'\\x00\\xff'", "()", "(1, 'a')", "[]", "[1, [2]]", "{'k': [1]}", "{1}",
)  # fmt: skip

# What an exception may have among its arguments besides; of these only the class can be carried.
ARGUMENTS = (*VALUES, "ArithmeticError", "range(3)", "len")

BASES = (
    "Exception", "BaseException", "ValueError", "KeyError", "LookupError", "OSError", "RuntimeError",
    "StopIteration", "SystemExit", "KeyboardInterrupt", "GeneratorExit", "AssertionError",
    "ImportError", "MemoryError", "RecursionError", "UserWarning", "StopAsyncIteration",
)  # fmt: skip


def targets(*, odd: bool = True, index: bool = True) -> st.SearchStrategy[Target]:
    """Return what IDs are drawn from, mostly those of interpreters."""
    numbers = st.integers(0, 7)
    usual = st.builds(Target, st.just("nth"), numbers)
    others = [st.builds(Target, st.sampled_from(("main", "current")))]
    if index:
        others.append(st.builds(Target, st.just("index"), numbers))
    if odd:
        some = [each for each in ODD if index or not each.startswith("Index(")]
        others.append(st.builds(Target, st.just("odd"), st.sampled_from(some)))
    return st.one_of(usual, usual, usual, *others)


@dataclass(frozen=True)
class Offer:
    """What there is to draw from: for a Python of *version*, and a module of this profile."""

    version: tuple[int, int]
    high: bool
    unrestricted: bool  # whether there is a run_string_unrestricted()
    named: bool  # whether arguments have the documented names
    index: bool  # whether an object with __index__() can be an ID


@st.composite
def exceptions(draw: st.DrawFn, offer: Offer, depth: int = 2) -> Raised:
    """Draw an exception, with others *depth* levels deep."""
    groups = offer.version >= (3, 11)
    attributes = st.tuples(st.sampled_from(("spam", "eggs")), st.sampled_from(ARGUMENTS))
    details: dict[str, Any] = {"attributes": _few(draw, attributes)}
    if groups:
        details["notes"] = _few(draw, st.sampled_from(("", "note", "\u20ac")))
    if groups and depth and draw(st.integers(0, 4)) == 4:
        members = draw(st.lists(exceptions(offer, depth - 1), min_size=1, max_size=2))
        return Raised("BaseExceptionGroup", members=tuple(members), **details)
    for key in ("cause", "context") if depth else ():
        if draw(st.integers(0, 4)) == 4:
            details[key] = draw(exceptions(offer, depth - 1))
    return Raised(
        draw(st.sampled_from(BASES)),
        _few(draw, st.sampled_from(ARGUMENTS)),
        own=draw(st.sampled_from((None, None, "Spam", "BufferError"))),
        **details,
    )


def _few(draw: st.DrawFn, elements: st.SearchStrategy[Any]) -> tuple[Any, ...]:
    return tuple(draw(st.lists(elements, max_size=2)))


@st.composite
def creations(draw: st.DrawFn, offer: Offer) -> Call:
    """Draw a call of create()."""
    if not offer.named:
        return Call("create")
    isolated = draw(st.sampled_from((None, False, True)))
    return Call("create", isolated=isolated, site=draw(st.booleans()))


@st.composite
def calls(draw: st.DrawFn, offer: Offer, depth: int = 2, pauses: bool = False) -> Call:
    """Draw a call; the texts that it runs call again, *depth* levels deep."""
    onward = draw(st.booleans())
    kind = draw(st.sampled_from(("simple", "target", "target", "create", "misuse", *4 * ["run"])))
    if kind == "simple":
        functions = ("enumerate", "get_current", "get_main")
        return Call(draw(st.sampled_from(functions)), onward=onward)
    if kind == "target":
        function = draw(st.sampled_from(("is_running", "destroy")))
        named = offer.named and not offer.high and draw(st.booleans())
        return Call(function, draw(targets(index=offer.index)), named=named, onward=onward)
    if kind == "create":
        return replace(draw(creations(offer)), onward=onward)
    if kind == "misuse":
        allowed = [m for m in MISUSES if not offer.high or "get" in m or "create" in m]
        return Call("misuse", misuse=draw(st.sampled_from(allowed)), onward=onward)
    return draw(runs(offer, depth, pauses))


@st.composite
def runs(draw: st.DrawFn, offer: Offer, depth: int = 2, pauses: bool = False) -> Call:
    """Draw a call that runs code."""
    text = draw(texts(offer, depth, pauses))
    options: dict[str, Any] = {
        "named": offer.named and draw(st.booleans()),
        "onward": draw(st.booleans()),
    }
    if not offer.unrestricted or draw(st.integers(0, 2)) < 2:
        return Call("run_string", draw(targets(index=offer.index)), text, **options)
    pairs = st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES))
    ns = tuple(dict(_few(draw, pairs)).items()) or None
    no_ns = draw(st.sampled_from((*8 * [None], *NO_NAMESPACE)))
    return Call(
        "run_string_unrestricted",
        draw(targets(index=offer.index)),
        text,
        ns=ns,
        no_ns=no_ns,
        **options,
    )


@st.composite
def texts(draw: st.DrawFn, offer: Offer, depth: int, pauses: bool) -> Text:
    """Draw a source text."""
    if draw(st.integers(0, 9)) == 9:
        return Text(no_text=draw(st.sampled_from(tuple(NO_TEXT))))
    names = st.sampled_from(NAMES)
    kinds: list[st.SearchStrategy[Any]] = [
        st.builds(Step, st.just("bind"), names, st.sampled_from(VALUES)),
        st.builds(Step, st.just("read"), names),
        st.builds(Step, st.just("delete"), names),
        exceptions(offer),
        st.builds(Step, st.just("at_end"), number=st.integers(0, 9)),
        st.just(Step("broken")),
    ]
    if depth:
        kinds[:0] = [calls(offer, depth - 1, pauses)] * 3
    if pauses:
        kinds[:0] = [st.just(Step("pause"))] * 3
    return Text(tuple(draw(st.lists(st.one_of(kinds), max_size=4))))


def machine(session: Session) -> type[RuleBasedStateMachine]:
    """Return the state machine that tests the subject of *session*."""
    conditions = session.conditions
    missing = ("run_string_unrestricted", None) in conditions.subject.names
    offer = Offer(
        conditions.version,
        conditions.high,
        unrestricted=not conditions.high and not missing,
        named="Arguments.names" not in conditions.known
        and not (conditions.high and "interpreters.create.shared" in conditions.known),
        index=not {"Identifiers.index", "Interpreter.index"} & conditions.known,
    )
    numbers = st.integers(0, 3)

    class Machine(RuleBasedStateMachine):
        """One example."""

        def __init__(self) -> None:
            super().__init__()
            if time.monotonic() > session.deadline:
                raise OutOfTime
            session.examples += 1
            self.example = Example(conditions)

        @initialize()
        def begin(self) -> None:
            self.noting(self.example.begin)

        def do(self, *command: Any) -> None:
            """Give a command; note the example if that finds something."""
            session.calls += 1
            name, *arguments = command
            self.noting(lambda: self.example.do((name, tuple(arguments))))

        def noting(self, function: Any) -> None:
            try:
                function()
            except Finding:
                shortest = session.failing
                if not shortest or len(self.example.commands) <= len(shortest.commands):
                    session.failing = self.example
                raise

        @rule(call=creations(offer))
        def create(self, call: Call) -> None:
            self.do("call", call)

        @rule(call=calls(offer))
        def call(self, call: Call) -> None:
            self.do("call", call)

        @rule(isolated=st.booleans())
        def foreign(self, isolated: bool) -> None:
            self.do("foreign", isolated)

        @rule(call=runs(offer, 1, True))
        def start(self, call: Call) -> None:
            self.do("start", call)

        @rule(number=numbers)
        def resume(self, number: int) -> None:
            self.do("resume", number)

        @rule(chosen=targets(odd=False, index=offer.index))
        def leave(self, chosen: Target) -> None:
            self.do("leave", chosen)

        @rule(number=numbers)
        def release(self, number: int) -> None:
            self.do("release", number)

        @rule(number=numbers, name=st.sampled_from(NAMES))
        def peek(self, number: int, name: str) -> None:
            self.do("peek", number, name)

        @rule(
            left=targets(odd=False, index=offer.index), right=targets(odd=False, index=offer.index)
        )
        def compare(self, left: Target, right: Target) -> None:
            self.do("compare", left, right)

        def teardown(self) -> None:
            try:
                self.noting(self.example.end)
            finally:
                self.example.close()

    return Machine
