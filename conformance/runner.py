"""Judges subjects: runs each check in a process of its own, and gives a verdict on how it went.

The process is a new one so that a check may crash, hang or leave anything behind.  What it says
through its channel is the verdict; what it prints is looked at only where it is part of the promise,
and never mistaken for a verdict.
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

import process
from plain import plain
from process import MEBIBYTES, SECONDS, Outcome
from subjects import Subject
from suite import Check

VERDICTS = ("pass", "fail", "missing", "crash", "timeout")  # the best first


@dataclass(frozen=True)
class Verdict:
    """What came of a check: one of VERDICTS, a line that tells why, and how long it took."""

    verdict: str
    detail: str = ""
    seconds: float = field(default=0.0, compare=False)


Work = tuple[Subject, Check]


def judge(
    work: list[Work],
    *,
    jobs: int,
    timeout: float = SECONDS,
    memory: int = MEBIBYTES,
    done: Callable[[Subject, Check, Verdict], None] = lambda subject, check, verdict: None,
) -> dict[Subject, dict[str, Verdict]]:
    """Run every check of *work*, *jobs* at a time; call *done* after each; return all verdicts."""
    verdicts: dict[Subject, dict[str, Verdict]] = {subject: {} for subject, _ in work}
    process.compile_anew()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            waiting = {pool.submit(run, s, c, timeout, memory): (s, c) for s, c in work}
            for future in as_completed(waiting):
                subject, check = waiting[future]
                verdicts[subject][check.id] = future.result()
                done(subject, check, future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            process.end_all()
            raise
    return verdicts


def run(
    subject: Subject, check: Check, timeout: float = SECONDS, memory: int = MEBIBYTES
) -> Verdict:
    """Run one check of one subject in a new process."""
    begin = time.monotonic()
    arguments = ("check", str(check.path), check.name, subject.module)
    outcome = process.work(
        subject.python.command(*arguments),
        subject.python.environment(),
        timeout=timeout,
        memory=memory,
    )
    verdict, detail = _verdict(check, outcome, timeout)
    return Verdict(verdict, _stable(detail), time.monotonic() - begin)


def _verdict(check: Check, outcome: Outcome, timeout: float) -> tuple[str, str]:
    """Return the verdict on a process, and why."""
    if outcome.status is None:
        return "timeout", f"had not ended after {timeout:g} seconds"
    if outcome.status < 0:
        fatal = re.search(r"^Fatal Python error: .*", outcome.printed, re.MULTILINE)
        name = _signal(-outcome.status)
        return "crash", f"{name}: {fatal[0]}" if fatal else name
    verdict, _, detail = (outcome.answer or "").partition(" ")
    if outcome.status == 0 and verdict in VERDICTS:
        return verdict, detail
    if check.ends == (outcome.status, outcome.printed):
        return "pass", ""
    said = outcome.printed.strip().splitlines()
    detail = f"ended with exit status {outcome.status}"
    detail += f" and printed: {said[-1]}" if said else ""
    return "fail" if check.ends else "crash", detail


def _signal(number: int) -> str:
    """Return the name of a signal; not all have one."""
    return signal.Signals(number).name if number in list(signal.Signals) else f"signal {number}"


def _stable(detail: str) -> str:
    """Return *detail* without what differs from run to run, on one plain line of bounded length."""
    detail = plain(re.sub(r"0x[0-9a-fA-F]+", "0x...", " ".join(detail.split())))
    return detail if len(detail) <= 300 else detail[:297] + "..."
