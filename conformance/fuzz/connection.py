"""The process under test: one for each example, so that it may crash, hang and leave anything behind.

Lines to execute go to it through one pipe and reports come back through another.  What it prints goes
to a file: the text promises that interpreters which still exist when a process ends change neither
its exit status nor its output.
"""

from __future__ import annotations

import ast
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from subjects import Subject

DRIVER = Path(__file__).absolute().parent / "driver.py"

Report = tuple[Any, ...]


class Died(Exception):
    """The process ended before it had reported."""


class Hung(Exception):
    """The process did not report in time."""


class Process:
    """A process in which an implementation is under test."""

    def __init__(self, subject: Subject, limit: float) -> None:
        self._limit = limit
        self._buffer = b""
        self._output = tempfile.TemporaryFile()
        commands, self._commands = os.pipe()
        self._reports, reports = os.pipe()
        flags = ["-s"] if subject.python.site else ["-s", "-S"]
        self._process = subprocess.Popen(
            [subject.python.executable, *flags, "-X", "faulthandler"]
            + [str(DRIVER), subject.module, str(commands), str(reports)],
            env=subject.python.environment(),
            pass_fds=[commands, reports],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            start_new_session=True,
        )
        os.close(commands)
        os.close(reports)

    def send(self, line: str) -> None:
        """Have a line executed."""
        try:
            os.write(self._commands, json.dumps(line).encode() + b"\n")
        except BrokenPipeError:
            pass  # the next report will be missing

    def take(self) -> Report:
        """Return the next report."""
        end = time.monotonic() + self._limit
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._reports], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise Hung(f"had not come back after {self._limit:g} seconds")
            data = os.read(self._reports, 65536)
            if not data:
                raise Died(self._ending())
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        report = ast.literal_eval(line.decode())
        assert isinstance(report, tuple)
        return report

    def end(self) -> tuple[int, str]:
        """Let the process end by itself; return its exit status and what it has printed."""
        os.close(self._commands)
        self._commands = -1
        try:
            status = self._process.wait(self._limit)
        except subprocess.TimeoutExpired:
            raise Hung(f"had not ended after {self._limit:g} seconds") from None
        return status, self._printed()

    def close(self) -> None:
        """End the process and everything that it has started."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        self._output.close()
        os.close(self._reports)
        if self._commands >= 0:
            os.close(self._commands)

    def _printed(self) -> str:
        self._output.seek(0)
        return self._output.read(10000).decode("utf-8", "replace")

    def _ending(self) -> str:
        """Say how a process has ended that reports no more."""
        try:
            status = self._process.wait(self._limit)
        except subprocess.TimeoutExpired:
            raise Hung("has closed the descriptors of this process, and goes on") from None
        fatal = [line for line in self._printed().splitlines() if line.startswith("Fatal Python")]
        name = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        said = fatal or self._printed().strip().splitlines()[-1:]
        return ": ".join([name, *said[:1]])
