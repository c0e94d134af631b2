"""Searches: has Hypothesis draw examples, shrinks each that fails, and goes on without its clause."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import hypothesis
from example import Example
from hypothesis.stateful import run_state_machine_as_test
from machine import machine
from model import Finding
from session import OutOfTime, Session
from shrink import shrink

# How long one finding may be shrunk, in seconds.
SHRINKING = 60


def search(session: Session, seed: int = 0, examples: int | None = None) -> Iterator[Example]:
    """Yield the smallest examples that fail, each of another clause, until the time is up.

    With a number of *examples* their choice is always the same, and what comes after the first
    that fails is not looked at.
    """
    while _draw(session, seed, examples):
        if session.failing:
            smallest = shrink(session.conditions, session.failing, time.monotonic() + SHRINKING)
            assert smallest.finding
            known = session.conditions.known | {smallest.finding.key}
            session.conditions = replace(session.conditions, known=known)
            session.failing = None
            yield smallest
        if examples is not None:
            return
        seed += 1


def _draw(session: Session, seed: int, examples: int | None) -> bool:
    """Have Hypothesis draw until an example fails or it has enough; return whether to go on."""
    settings = hypothesis.settings(
        max_examples=examples or 500,
        stateful_step_count=25,
        derandomize=examples is not None,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(hypothesis.Phase.generate,),  # shrink() does the rest
        suppress_health_check=list(hypothesis.HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )
    drawn = machine(session)
    if examples is None:
        hypothesis.seed(seed)(drawn)
    try:
        run_state_machine_as_test(drawn, settings=settings)
    except OutOfTime:
        return session.failing is not None
    except Finding:
        pass
    except hypothesis.errors.Flaky:
        if session.failing is None:
            raise
    return True
