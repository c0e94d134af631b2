"""A process in which a subject lives: started, limited, and ended with all that it has started.

It is the leader of a session of its own, and where the system allows it (Linux) this process adopts
what escapes from there: when the worker is over, everything that it has started is ended.  Its
answer comes through a socket of its own, behind a key; what it prints goes to a file.

That keeps the faults of one subject from another.  It is no sandbox: code that means harm to the
files or the processes of its user can do it.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

# What a worker may take unless the caller says otherwise: seconds, and MiB of each process's memory.
SECONDS = 10.0
MEBIBYTES = 4096


def jobs() -> int:
    """Return how many workers to run at a time: some of them wait rather than compute."""
    return 3 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class Outcome:
    """How a worker ended: its status (None: its time was up), its answer if any, what it printed."""

    status: int | None
    answer: str | None
    printed: str


def work(
    command: list[str], environment: dict[str, str], *, timeout: float, memory: int = MEBIBYTES
) -> Outcome:
    """Run a worker, whose *command* lacks the last two arguments, in a folder that goes with it.

    *timeout* is in seconds, not counting those in which the machine had no processor for it (Linux);
    *memory* is in MiB (0: no limit).  Raises OSError if it cannot be started.
    """
    ours, theirs = socket.socketpair()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryFile() as output,
        ours,
        theirs,
    ):
        key = secrets.token_hex(16)
        ours.sendall(key.encode())
        channel = theirs.fileno()
        with _started(
            [*command, str(channel), str(memory)],
            env=environment | {"PYTHONPYCACHEPREFIX": _bytecode()},
            cwd=folder,
            pass_fds=[channel],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            status = _wait(process, timeout)
        return Outcome(status, _answer(ours, key), _printed(output))


def _wait(process: subprocess.Popen[bytes], timeout: float) -> int | None:
    """Wait for the end of *process*; return its status, or None if its time is up."""
    given = 0.0  # seconds of grace, for those in which it had to wait for a processor
    start = time.monotonic()
    while True:
        try:
            return process.wait(max(0.0, start + timeout + given - time.monotonic()))
        except subprocess.TimeoutExpired:
            waited = min(_waited(process.pid), 9 * timeout)
            if waited < given + 0.1:
                return None
            given = waited


def _waited(session: int) -> float:
    """Return for how long a thread of that *session* has waited for a processor, at most."""
    longest = 0
    for path in Path("/proc").glob("[0-9]*"):
        if _session(int(path.name)) != session:
            continue
        for statistics in path.glob("task/*/schedstat"):
            try:
                longest = max(longest, int(statistics.read_text().split()[1]))
            except (OSError, ValueError, IndexError):  # it has ended meanwhile, or tells nothing
                pass
    return longest / 1e9


@cache
def _bytecode_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="conformance-", ignore_cleanup_errors=True)


def _bytecode() -> str:
    """Return the folder, for this run, of what workers have compiled: else each compiles it anew."""
    with _lock:  # two threads that make one each would have a worker write where nobody cleans up
        return _bytecode_folder().name


def compile_anew() -> None:
    """Forget what workers have compiled: they know a file by its second and size, and it may change."""
    with _lock:
        _bytecode_folder().cleanup()
        _bytecode_folder.cache_clear()


def end_all() -> None:
    """End every worker at once: nobody will read its answer."""
    with _lock:
        for process in _processes.values():
            _kill(process)


# The workers that have not been waited for, and what guards them: whatever other child of this
# process comes up has escaped from a worker.
_processes: dict[int, subprocess.Popen[bytes]] = {}
_lock = threading.Lock()


@contextmanager
def _started(command: list[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process; at the end of the block end it and everything that it has started."""
    with _lock:
        _adopt_strays()
        process = subprocess.Popen(command, **options)
        _processes[process.pid] = process
    try:
        yield process
    finally:
        _kill(process)
        process.wait()
        with _lock:
            del _processes[process.pid]
            _end_strays()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill *process* and those of its group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of those that have ended
        pass


@cache
def _adopt_strays() -> set[int]:
    """Become the parent of what workers leave behind, where the system has that; once.

    Returns the process IDs of the children that this process had before.
    """
    before = children()
    if sys.platform == "linux":
        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)
    return before


def _end_strays() -> None:
    """End what has escaped from the sessions of the workers, and what escapes from that in turn.

    An orphan in the session of a worker that is still at work is that worker's own affair.
    """
    for _ in range(100):
        strays = {pid for pid in children() if _session(pid) not in _processes}
        for pid in strays - _adopt_strays():
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass
        if not strays - _adopt_strays():
            break


def _session(pid: int) -> int:
    """Return the ID of the session that a process is in: that of its leader; 0 if it is gone."""
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return 0


def children() -> set[int]:
    """Return the process IDs of the children of this process, as far as the system tells them."""
    found: set[int] = set()
    for path in Path("/proc/self/task").glob("*/children"):
        try:
            found.update(map(int, path.read_text().split()))
        except (OSError, ValueError):  # a thread that has ended meanwhile
            pass
    return found


def _answer(channel: socket.socket, key: str) -> str | None:
    """Return the line that has been written behind *key*, or None if there is none."""
    channel.setblocking(False)
    written = b""
    try:
        while more := channel.recv(1 << 16):
            written += more
    except (BlockingIOError, ConnectionResetError):
        pass
    for line in written.decode("utf-8", "replace").splitlines():
        said, _, answer = line.partition(" ")
        if said == key:
            return answer
    return None


def _printed(output: IO[bytes]) -> str:
    """Return the beginning of what the process has printed."""
    output.seek(0)
    return output.read(10000).decode("utf-8", "replace")
