"""What a search for findings has come to, and when it is to stop."""

from __future__ import annotations

from dataclasses import dataclass

from example import Conditions, Example


class OutOfTime(KeyboardInterrupt):
    """The time is up: what Hypothesis lets through, however it is busy."""


@dataclass
class Session:
    """What a search has come to."""

    conditions: Conditions
    deadline: float  # by time.monotonic()
    examples: int = 0
    calls: int = 0
    failing: Example | None = None  # the shortest so far
