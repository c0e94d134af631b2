"""Judges a subject: one process for each check, under a time limit.

The process is a new one so that a check may crash, hang or leave anything behind.  It is the leader
of a session of its own, so that at the end of its time whatever it has started ends with it.  Its
verdict comes through a pipe of its own; what it prints goes to a file, is looked at only where it
is part of the promise, and never mistaken for a verdict.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import IO

from subjects import Subject
from suite import Check

VERDICTS = ("pass", "fail", "missing", "crash", "timeout")  # the best first


@dataclass(frozen=True)
class Verdict:
    """What came of a check: one of VERDICTS, and a line that tells why."""

    verdict: str
    detail: str = ""


Work = tuple[Subject, Check]


def judge(
    work: list[Work],
    *,
    jobs: int,
    timeout: float,
    done: Callable[[Subject, Check, Verdict], None] = lambda subject, check, verdict: None,
) -> dict[Subject, dict[str, Verdict]]:
    """Run every check of *work*, *jobs* at a time; call *done* after each; return all verdicts."""
    verdicts: dict[Subject, dict[str, Verdict]] = {subject: {} for subject, _ in work}
    with ThreadPoolExecutor(jobs) as pool:
        try:
            waiting = {pool.submit(run, s, c, timeout): (s, c) for s, c in work}
            for future in as_completed(waiting):
                subject, check = waiting[future]
                verdicts[subject][check.id] = future.result()
                done(subject, check, future.result())
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return verdicts


def run(subject: Subject, check: Check, timeout: float) -> Verdict:
    """Run one check of one subject in a new process."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        read, write = os.pipe()
        try:
            process = subprocess.Popen(
                subject.python.command(
                    "check", str(check.path), check.name, subject.module, str(write)
                ),
                env=subject.python.environment(),
                cwd=folder,
                pass_fds=[write],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                status = process.wait(timeout)
            except subprocess.TimeoutExpired:
                return Verdict("timeout", f"had not ended after {timeout:g} seconds")
            finally:
                _end(process)
            return _verdict(check, status, _answer(read), _printed(output))
        finally:
            os.close(read)
            os.close(write)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End *process* and everything that it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _answer(read: int) -> Verdict | None:
    """Return the verdict that is in the pipe, or None if there is none."""
    os.set_blocking(read, False)
    try:
        table = json.loads(os.read(read, 65536))
        return Verdict(str(table["verdict"]), _stable(str(table["detail"])))
    except (BlockingIOError, ValueError, KeyError, TypeError):
        return None


def _printed(output: IO[bytes]) -> str:
    """Return the beginning of what the process has printed."""
    output.seek(0)
    return output.read(10000).decode("utf-8", "replace")


def _verdict(check: Check, status: int, answer: Verdict | None, printed: str) -> Verdict:
    """Return the verdict on a process that ended by itself with *status*."""
    if status < 0:
        fatal = re.search(r"^Fatal Python error: .*", printed, re.MULTILINE)
        name = signal.Signals(-status).name
        return Verdict("crash", _stable(f"{name}: {fatal[0]}" if fatal else name))
    if answer is not None:
        return answer
    if check.ends == (status, printed):
        return Verdict("pass")
    said = printed.strip().splitlines()
    detail = f"ended with exit status {status}" + (f" and printed: {said[-1]}" if said else "")
    return Verdict("fail" if check.ends else "crash", _stable(detail))


def _stable(detail: str) -> str:
    """Return *detail* without what differs from run to run, on one line of bounded length."""
    detail = detail.encode("utf-8", "backslashreplace").decode()
    detail = re.sub(r"0x[0-9a-fA-F]+", "0x...", " ".join(detail.split()))
    return detail if len(detail) <= 300 else detail[:297] + "..."
