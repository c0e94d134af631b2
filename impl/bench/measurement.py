"""The figures of one CPython: which process is asked for what, and under which conditions.

Each CPython runs in a virtual environment of its own.  It answers for one group of figures at a
time, in a process (process.py) that ends with its answer.
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import figures

HERE = Path(__file__).absolute().parent
IMPLEMENTATIONS = ("bare", "ours", "no_site", "own")

# What NumPy is to be: from 2.3 on only one interpreter of a process can import it. But some CPythons
# are too new for the older ones.
NUMPY = ("numpy<2.3", "numpy")


class CannotMeasure(Exception):
    """The message names what stands in the way, and the next step."""


class Pace(NamedTuple):
    """How much of everything is done."""

    rounds: int
    creations: int
    cycles: int
    processes: int
    idle: int
    big: int  # rounds of big objects
    few: int  # of these, how many have the standard library in them
    patient: bool  # also with what takes it seconds


FULL = Pace(100, creations=60, cycles=500, processes=3, idle=50, big=20, few=3, patient=True)
QUICK = Pace(10, creations=5, cycles=50, processes=1, idle=10, big=3, few=1, patient=False)


class Group(NamedTuple):
    """Figures that are measured at once: by which function, and what becomes of its answer.

    The function gets whether the interpreters are isolated, and what the arguments name: a field of
    the pace, or what this CPython has.  With *each*, it is asked about each implementation in
    processes of their own, and gets the name of that first.
    """

    function: str
    arguments: tuple[str, ...]
    evaluated: Callable[[Any], figures.Row]
    each: bool = False


GROUPS = {
    "run": Group("measure.measure_run", ("rounds",), figures.of_runs),
    "raise": Group("measure.measure_raise", ("rounds",), figures.of_raises),
    "switch": Group("measure.measure_switch", ("rounds",), figures.of_switches),
    "create": Group("measure.measure_create", ("creations",), figures.of_creations),
    "kept": Group("measure.measure_kept", ("cycles",), figures.of_kept, each=True),
    "idle": Group("measure.measure_idle", ("idle",), figures.of_idle, each=True),
    "call": Group("sharing.measure_call", ("rounds",), figures.of_calls),
    "ping": Group("sharing.measure_ping", ("rounds", "backport"), figures.of_pings),
    "put": Group("sharing.measure_put", ("rounds", "backport"), figures.of_puts),
    "big": Group("big.measure_big", ("big", "few", "patient"), figures.of_big),
    "numpy": Group("big.measure_numpy", ("big", "numpy"), figures.of_numpy),
    "spare": Group("spares.measure_spares", ("creations",), figures.of_spares),
}


class Subject(NamedTuple):
    """A CPython, with the folders of what was built for it, and of its back-port, if any."""

    executable: str
    version: str
    package: str
    yardstick: str
    backport: str | None = None


def environment() -> dict[str, str]:
    """This process's, less what would change a Python; sets and dicts are laid out alike always."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return dict(kept, PYTHONHASHSEED="0")


class Measurement:
    """All figures of one CPython."""

    def __init__(self, subject: Subject, folder: Path, pace: Pace) -> None:
        self.subject, self.folder, self.pace = subject, folder, pace
        self.python = folder / "clean" / "bin" / "python"
        self.numpy: str | None = None
        self.run([subject.executable, "-I", "-m", "venv", "--without-pip", str(folder / "clean")])

    def run(self, command: list[str]) -> str:
        done = subprocess.run(
            command,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["it says nothing"]
            raise CannotMeasure(
                f"{self.subject.executable}: ended with {done.returncode}: {said[-1]}"
            )
        return done.stdout

    def obtain_numpy(self) -> None:
        """Have pip install NumPy into a folder, if it can be had; no other figure sees it."""
        folder = self.folder / "numpy"
        pip = [str(self.folder / "pip" / "bin" / "python"), "-I", "-m", "pip", "--quiet"]
        options = ["install", "--only-binary=:all:", "--target", str(folder)]
        for requirement in NUMPY:
            try:
                if not self.folder.joinpath("pip").exists():
                    where = str(self.folder / "pip")
                    self.run([self.subject.executable, "-I", "-m", "venv", where])
                self.run([*pip, *options, requirement])
            except CannotMeasure:
                continue
            self.numpy = str(folder)
            return

    def ask(self, function: str, *arguments: Any) -> Any:
        """The answer of one process."""
        folders = [self.subject.package, self.subject.yardstick]
        what = json.dumps([folders, function, *arguments])
        command = [str(self.python), "-s", "-B", str(HERE / "process.py"), what]
        return json.loads(self.run(command))

    def ask_each(self, function: str, *arguments: Any) -> dict[str, list[Any]]:
        """The answers of several processes for each implementation, two at a time."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            asked = {
                name: [
                    pool.submit(self.ask, function, name, *arguments)
                    for _ in range(self.pace.processes)
                ]
                for name in IMPLEMENTATIONS
            }
            answers = {name: [each.result() for each in several] for name, several in asked.items()}
        return {name: found for name, found in answers.items() if None not in found}

    def measured(self, group: Group, isolated: bool) -> figures.Row:
        known = {
            **self.pace._asdict(),
            "backport": self.subject.backport,
            "numpy": self.numpy,
        }
        ask = self.ask_each if group.each else self.ask
        return group.evaluated(
            ask(group.function, isolated, *(known[name] for name in group.arguments))
        )

    def rows(self, groups: list[str], show: Callable[[str], None]) -> Iterator[figures.Row]:
        """A row for each kind of interpreter."""
        about = self.ask("describe")
        kinds = [False, True] if about["isolates"] else [False]
        if "numpy" in groups:
            show(f"{about['version']}: obtaining NumPy")
            self.obtain_numpy()
        for isolated in kinds:
            row: figures.Row = {
                "python": about["version"],
                "kind": "isolated" if isolated else "shared",
                "compiler": about["compiler"],
                "compiled": about["compiled"],
            }
            for name in groups:
                show(f"{row['python']} {row['kind']}: {name}")
                row.update(self.measured(GROUPS[name], isolated))
            yield row
