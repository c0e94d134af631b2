"""Puts interpreters under load for minutes or hours, on every CPython found, and counts: nothing is lost,
nothing comes twice, nothing is left behind."""

from __future__ import annotations

import argparse
import concurrent.futures
import datetime
import json
import os
import random
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple

HERE = Path(__file__).absolute().parent
LOAD = HERE / "load.py"

# Set by the build: the CPythons that were found, with what was built for each.
BUILT = os.environ.get("SOAK_SUBJECTS")

SILENCE = 400.0  # seconds; by then the watchdog of the process has ended a cycle that hangs
ENOUGH = 8  # cycles in a quarter of a process's life; with fewer, its memory tells nothing
SLACK = 32 << 20  # bytes by which a process may grow whatever it has done
RARE = 1000  # of so many interpreters one may be refused by CPython
SHARE = 1.5  # of what CPython's own module keeps of an interpreter, what may be kept here
COUNTED = (
    "interpreters",
    "refused",
    "tasks",
    "items",
    "exceptions",
    "interrupts",
    "views",
    "lines",
)

MANUAL = """
what is done
  Cycle after cycle, one to three scenes side by side, with 2, 16 or 64 interpreters:
    pool        tasks of every sort for an InterpreterPoolExecutor, some cancelled
    queues      interpreters put into a queue, others get from it
    relay       a number goes round through interpreters and queues
    buffers     interpreters write into one piece of memory, and pass views of it on
    exceptions  of every built-in class, with causes, from deep calls
    interrupts  of busy code, by a limit and by another thread
    streams     what interpreters print is collected
    churn       threads create interpreters, use and destroy them
    spares      interpreters made in the background, and taken
  Which, and what they choose, comes from the seed.

what must be so
  Each item and result arrives, once, as what it was; each exception with its class and arguments.
  After each cycle there are no more interpreters, threads and descriptors than before the first.
  From the second quarter of a process's life to its last, the least memory after a cycle grows by no
  more than CPython's own module keeps of as many interpreters, measured beforehand on the same
  Python, and half as much again, and 32 MiB.
  No cycle takes longer than five minutes, and no process ends by a signal.  CPython refuses to make
  an interpreter once, or no more than once in a thousand times.

exit status
  0   all of it was so
  1   something was not; what, and the line that begins with that cycle, are printed
  2   could not be done; one line says why
"""


class CannotSoak(Exception):
    """The message names what stands in the way and the next step."""


class Subject(NamedTuple):
    """A CPython, and the folder that the package is imported from; none if it is installed."""

    executable: str
    version: str
    path: str | None

    @property
    def isolates(self) -> bool:
        return tuple(int(part) for part in self.version.split(".")[:2]) >= (3, 12)


# --- Which CPythons -----------------------------------------------------------------------------------


def subjects(file: str | None, only: list[str] | None) -> list[Subject]:
    """Those that the build lists, or those of them that are named; without a build, this one."""
    if file is None:
        return [by_hand(path) for path in only or [sys.executable]]
    try:
        listed = json.loads(Path(file).read_text(encoding="utf-8"))["pythons"]
        here = Path(file).absolute().parent
        found = [
            Subject(each["executable"], each["version"], str(here / each["path"]))
            for each in listed
            if each["path"]
        ]
    except OSError as error:
        raise CannotSoak(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise CannotSoak(f"{file}: is not what the build lists the CPythons in") from None
    known = {os.path.realpath(each.executable): each for each in found}
    chosen = [known.get(os.path.realpath(path)) for path in only] if only else found
    for path, each in zip(only or [], chosen):
        if each is None:
            raise CannotSoak(f"{path}: nothing was built for it; name it in INTERPRETERS_PYTHONS")
    if not chosen:
        raise CannotSoak(f"{file}: lists no Python with headers; install some (python3-dev)")
    return [each for each in chosen if each is not None]


def by_hand(executable: str) -> Subject:
    """A Python that can import the package."""
    asked = "import interpreters, platform; print(platform.python_version())"
    try:
        done = subprocess.run(
            [executable, "-c", asked], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise CannotSoak(f"{executable}: cannot be run: {error.strerror}") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise CannotSoak(
            f"{executable}: cannot import the package ({last}); install it, or use "
            "`./bazelw run //impl/soak`"
        )
    return Subject(executable, done.stdout.strip(), None)


# --- One CPython ----------------------------------------------------------------------------------------


class Process(NamedTuple):
    """A process under load: (interpreters made so far, bytes resident) after each of its cycles."""

    samples: list[tuple[int, int]]

    def growth(self) -> tuple[float, float] | None:
        """By how many bytes it grew, and how many interpreters were made meanwhile.

        Sizes are compared at their least: how large a process is after many interpreters at a time
        depends on what lies between the pieces that they had.
        """
        quarter = len(self.samples) // 4
        if quarter < ENOUGH:
            return None
        early, late = self.samples[quarter : 2 * quarter], self.samples[-quarter:]
        size = min(each for _, each in late) - min(each for _, each in early)
        made = statistics.median(each for each, _ in late)
        made -= statistics.median(each for each, _ in early)
        return size, made


class Soak:
    """The soak of one CPython, in as many processes as it takes."""

    def __init__(self, subject: Subject, options: argparse.Namespace) -> None:
        self.subject = subject
        self.isolated = subject.isolates and not options.shared
        self.seconds = 60 * options.minutes
        self.seed: int = options.seed
        self.cycle: int = options.cycle
        self.counts: Counter[str] = Counter()
        self.processes: list[Process] = []
        self.faults: list[str] = []
        self.control = 0.0
        self.process: subprocess.Popen[str] | None = None
        self.is_stopped = False

    @property
    def name(self) -> str:
        return f"{self.subject.version} {'isolated' if self.isolated else 'shared'}"

    def start(self, *arguments: str, errors: Any) -> subprocess.Popen[str]:
        environment = {n: v for n, v in os.environ.items() if not n.startswith("PYTHON")}
        if self.subject.path:
            environment["PYTHONPATH"] = self.subject.path
        elif "PYTHONPATH" in os.environ:
            environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
        kind = ["--isolated"] if self.isolated else []
        return subprocess.Popen(
            [self.subject.executable, "-B", str(LOAD), *kind, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
        )

    def run(self, show: Callable[[Soak], None]) -> None:
        """Measure what CPython keeps; then load until the time is up, or there is a fault."""
        self.load(["--control"], show)
        end = time.monotonic() + self.seconds
        while not (self.faults or self.is_stopped) and time.monotonic() < end:
            self.processes.append(Process([]))
            place = ["--seed", str(self.seed), "--cycle", str(self.cycle)]
            self.load(["--seconds", f"{end - time.monotonic():.3f}", *place], show)
            self.judge_memory(self.processes[-1])
            self.judge_refusals()
            show(self)

    def stop(self) -> None:
        """End it from another thread."""
        self.is_stopped = True
        if self.process is not None:
            self.process.kill()

    def load(self, arguments: list[str], show: Callable[[Soak], None]) -> None:
        """Have one process do it, and take note of what it says."""
        with tempfile.TemporaryFile("w+", errors="replace") as errors:
            with self.start(*arguments, errors=errors) as process:
                self.process = process
                for line in lines(process):
                    self.note(line)
                    show(self)
            if process.returncode and not self.faults:
                errors.seek(0)
                self.faults.append(f"{ended(process.returncode)}\n{errors.read()[-4000:]}".rstrip())

    def note(self, line: str) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            self.faults.append(f"cycle {self.cycle}: it printed {line[:200]!r}")
            return
        if "control" in event:
            self.control = max(0.0, event["control"])
        elif "fault" in event:
            self.cycle -= 1  # that one
            self.faults += event["fault"]
        else:
            samples = self.processes[-1].samples
            before = samples[-1][0] if samples else 0
            samples.append((event["made"], event["resident"]))
            self.counts.update(event["counts"], interpreters=event["made"] - before, cycles=1)
            self.cycle = event["cycle"] + 1

    def judge_memory(self, process: Process) -> None:
        found = process.growth()
        if found is None:
            return
        size, made = found
        if size > SLACK + SHARE * self.control * made:
            self.faults.append(
                f"memory grew by {size / 2**20:.0f} MiB while {made:.0f} interpreters were made, of each of "
                f"which CPython's own module keeps {self.control / 1024:.0f} KiB"
            )

    def judge_refusals(self) -> None:
        made, refused = self.counts["interpreters"], self.counts["refused"]
        if refused > 1 + made / RARE:
            self.faults.append(f"{refused} interpreters could not be created, and {made} could")

    def kept(self) -> float | None:
        """The bytes kept of an interpreter, in those processes that lived long enough to tell."""
        found = [each for each in (process.growth() for process in self.processes) if each]
        made = sum(each[1] for each in found)
        return sum(each[0] for each in found) / made if made else None

    def again(self) -> str:
        """The line that begins with the cycle of the fault."""
        words = ["python3", "impl/soak", "--seed", str(self.seed), "--cycle", str(self.cycle)]
        words += ["--python", self.subject.executable] + ([] if self.isolated else ["--shared"])
        path = f"PYTHONPATH={shlex.quote(self.subject.path)} " if self.subject.path else ""
        return path + shlex.join(words)

    def as_json(self) -> dict[str, Any]:
        return {
            "python": self.subject.version,
            "kind": "isolated" if self.isolated else "shared",
            "minutes": self.seconds / 60,
            "seed": self.seed,
            "processes": len(self.processes),
            **{name: self.counts[name] for name in ("cycles", *COUNTED)},
            "bytes_kept": self.kept(),
            "bytes_kept_by_own": self.control,
            "faults": self.faults,
        }


def lines(process: subprocess.Popen[str]) -> Iterator[str]:
    """What the process prints; one that is silent for too long is killed."""
    assert process.stdout is not None
    while True:
        timer = threading.Timer(SILENCE, process.kill)
        timer.start()
        line = process.stdout.readline()
        timer.cancel()
        if not line:
            return
        yield line


def ended(status: int) -> str:
    """How a process ended, in words."""
    return (
        f"the process ended by signal {-status}"
        if status < 0
        else f"the process ended with {status}"
    )


# --- What people see --------------------------------------------------------------------------------------


class Progress:
    """How far it is, on standard error: one line on a terminal, elsewhere a line a minute for each."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.began = time.monotonic()
        self.shown: dict[str, float] = {}
        self.terminal = sys.stderr.isatty()

    def show(self, soak: Soak) -> None:
        """Say how far it is, if that was not said a moment ago; or at once that it has a fault."""
        now = time.monotonic()
        with self.lock:
            pause = 1 if self.terminal else 60
            if not soak.faults and now - self.shown.get(soak.name, self.began) < pause:
                return
            self.shown[soak.name] = now
            passed = int(now - self.began)
            line = (
                f"{passed // 60}:{passed % 60:02}  {soak.name}: {soak.counts['cycles']} cycles, "
                f"{soak.counts['interpreters']} interpreters{', and a FAULT' if soak.faults else ''}"
            )
            before, after = ("\r\033[K", "") if self.terminal and not soak.faults else ("", "\n")
            print(f"{before}{line}{after}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self.terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def kibibytes(size: float | None) -> str:
    return "-" if size is None else f"{max(0.0, size) / 1024:.0f}"


def rows(soaks: list[Soak]) -> list[list[str]]:
    """The table: a line for each CPython."""
    head = ["python", "minutes", "cycles", *COUNTED, "KiB kept", "by its own"]
    lines = [
        [
            each.name,
            f"{each.seconds / 60:g}",
            *(str(each.counts[name]) for name in ("cycles", *COUNTED)),
            kibibytes(each.kept()),
            kibibytes(each.control),
        ]
        for each in soaks
    ]
    return [head, *lines]


def as_text(soaks: list[Soak]) -> str:
    table = rows(soaks)
    widths = [max(map(len, column)) for column in zip(*table)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in table
    ]
    for each in soaks:
        for fault in each.faults:
            lines += ["", f"FAULT on {each.name}, cycle {each.cycle}: {fault}"]
        if each.faults:
            lines.append(f"again: {each.again()}")
    clean = sum(not each.faults for each in soaks)
    return "\n".join([*lines, "", f"{clean} of {len(soaks)} clean, seed {soaks[0].seed}"]) + "\n"


def as_rst(soaks: list[Soak], side_by_side: int) -> str:
    """The table for the site, and what was done for it."""
    first, beside = soaks[0], min(side_by_side, len(soaks))
    lines = [
        f"Recorded on {datetime.date.today().isoformat()}: {first.seconds / 60:g} minutes on each CPython, "
        f"{beside} at a time on {os.cpu_count()} processors, with the seed {first.seed}; "
        f"{faults(sum(len(each.faults) for each in soaks))}.",
        *("", ".. list-table::", "   :header-rows: 1", "   :stub-columns: 1", ""),
    ]
    for row in rows(soaks):
        lines += [f"   * - {row[0]}", *(f"     - {cell}" for cell in row[1:])]
    return "\n".join(lines) + "\n"


def faults(count: int) -> str:
    return {0: "no fault", 1: "one fault"}.get(count, f"{count} faults")


def write(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    aside = path.with_name(path.name + ".new")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise CannotSoak(f"{path}: cannot be written: {error.strerror}") from None


# --- The command --------------------------------------------------------------------------------------------


def minutes(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise ValueError
    return value


def count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="soak",
        description=__doc__,
        epilog=MANUAL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--minutes", type=minutes, default=1.0, help="for so long on each CPython; 1 by default")
    add("--seed", type=int, help="what is chosen; by default another one each time")
    add("--cycle", type=int, default=0, help="the first cycle, to begin where there was a fault")
    add("--python", metavar="PATH", action="append", help="this Python only; can be given again")
    add(
        "--shared", action="store_true", help="interpreters that share the GIL, where others can be"
    )
    add("-j", metavar="N", type=count, default=1, help="so many CPythons at a time; 1 by default")
    add("--subjects", metavar="FILE", default=BUILT, help="the CPythons, as the build lists them")
    add("--json", metavar="FILE", help="write what was counted into this file")
    add("--record", action="store_true", help="make it what the site shows")
    found = parser.parse_args(arguments)
    if found.seed is None:
        found.seed = random.randrange(1 << 32)
    return found


def soak_all(chosen: argparse.Namespace) -> int:
    if not os.path.exists("/proc/self/statm"):
        raise CannotSoak("there is no /proc/self/statm here to count in; run it on Linux")
    soaks = [Soak(each, chosen) for each in subjects(chosen.subjects, chosen.python)]
    names = ", ".join(each.name for each in soaks)
    print(
        f"{chosen.minutes:g} min on each of {names}; seed {chosen.seed}",
        file=sys.stderr,
        flush=True,
    )
    progress = Progress()
    with concurrent.futures.ThreadPoolExecutor(chosen.j) as executor:
        running = [executor.submit(each.run, progress.show) for each in soaks]
        try:
            for each in running:
                each.result()
        finally:  # by Ctrl-C, before they have ended
            for soak in soaks:
                soak.stop()
            progress.end()
    print(as_text(soaks), end="", flush=True)
    if chosen.json:
        write(Path(chosen.json), json.dumps([each.as_json() for each in soaks], indent=1) + "\n")
    if chosen.record:
        write(HERE / "results.inc", as_rst(soaks, chosen.j))
    return int(any(each.faults for each in soaks))


def main(arguments: list[str] | None = None) -> int:
    try:
        return soak_all(options(arguments))
    except CannotSoak as problem:
        print(f"soak: {problem}", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("soak: interrupted", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
