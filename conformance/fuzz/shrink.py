"""Makes a failing example smaller, as long as it still fails of the same clause.

Hypothesis would shrink the choices that it made, not knowing what they stand for; with a process for each
try that ends long before a person can read what is left.  This shrinks the commands themselves: it
leaves out some of them, and then parts of the source texts and of the exceptions in them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from calls import Call, Raised, Step
from example import Command, Conditions, Example
from model import Finding


def repeat(conditions: Conditions, commands: list[Command]) -> Example:
    """Repeat the commands of an example, and return what has become of it."""
    example = Example(conditions)
    try:
        example.begin()
        for command in commands:
            example.do(command)
        example.end()
    except Finding:
        pass  # the example keeps it
    finally:
        example.close()
    return example


def shrink(conditions: Conditions, failing: Example, deadline: float) -> Example:
    """Return the smallest example that fails as *failing* does and is found until *deadline*."""
    assert failing.finding
    key, smallest = failing.finding.key, failing
    smaller = True
    while smaller:
        smaller = False
        for commands in _smaller(smallest.commands):
            if time.monotonic() > deadline:
                return smallest
            example = repeat(conditions, commands)
            if example.finding and example.finding.key == key:
                smallest, smaller = example, True
                break
    return smallest


def _smaller(commands: list[Command]) -> Iterator[list[Command]]:
    """Yield the sequence without some of its commands, then with simpler ones."""
    size = len(commands) // 2
    while size:
        for start in range(0, len(commands), size):
            yield commands[:start] + commands[start + size :]
        size //= 2
    for index, (name, arguments) in enumerate(commands):
        if arguments and isinstance(arguments[0], Call):
            for call in _simpler(arguments[0]):
                yield [*commands[:index], (name, (call,)), *commands[index + 1 :]]


def _simpler(call: Call) -> Iterator[Call]:
    """Yield calls that are a little simpler than *call*."""
    plain = Call(call.function)
    for name in ("ns", "no_ns", "isolated", "site", "named", "onward"):
        if getattr(call, name) != getattr(plain, name):
            yield replace(call, **{name: getattr(plain, name)})
    if call.target and call.target.form == "nth" and call.target.argument:
        yield replace(call, target=replace(call.target, argument=0))
    steps = call.text.steps
    for index, step in enumerate(steps):
        without = [()]
        if isinstance(step, Call):
            without += [(each,) for each in _simpler(step)]  # type: ignore[misc]
        elif isinstance(step, Raised):
            without += [(each,) for each in _simpler_exceptions(step)]  # type: ignore[misc]
        elif isinstance(step, Step) and step.kind == "bind" and step.value != "0":
            without += [(replace(step, value="0"),)]  # type: ignore[list-item]
        for instead in without:
            changed = (*steps[:index], *instead, *steps[index + 1 :])
            yield replace(call, text=replace(call.text, steps=changed))


def _simpler_exceptions(raised: Raised) -> Iterator[Raised]:
    """Yield exceptions that are a little simpler than *raised*."""
    yield from (each for each in (raised.cause, raised.context, *raised.members) if each)
    for name in ("args", "attributes", "notes"):
        for index in range(len(getattr(raised, name))):
            kept = getattr(raised, name)
            yield replace(raised, **{name: kept[:index] + kept[index + 1 :]})
    for name in ("cause", "context"):
        inner = getattr(raised, name)
        if inner:
            for each in (None, *_simpler_exceptions(inner)):
                changed: dict[str, Any] = {name: each}
                yield replace(raised, **changed)
    if len(raised.members) > 1:
        yield from (replace(raised, members=(each,)) for each in raised.members)
    if raised.own:
        yield replace(raised, own=None)
    if raised.base != "ValueError" and not raised.members:
        yield replace(raised, base="ValueError")
