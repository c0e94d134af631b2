"""The figures of one CPython: which process is asked for what, and under which conditions.

Each CPython runs in a virtual environment of its own.  It answers for one group of figures at a
time, in a process (process.py) that ends with its answer.
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import executor_figures
import figures
import pools

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
    lives: int  # rounds of executors that are made, used and shut down
    slow: int  # rounds of what keeps executors busy for a while


FULL = Pace(
    rounds=100,
    creations=60,
    cycles=500,
    processes=3,
    idle=50,
    big=20,
    few=3,
    patient=True,
    lives=20,
    slow=5,
)
QUICK = Pace(
    rounds=10,
    creations=5,
    cycles=50,
    processes=1,
    idle=10,
    big=3,
    few=1,
    patient=False,
    lives=3,
    slow=1,
)


class Group(NamedTuple):
    """Figures that are measured at once: by which function, and what becomes of its answer.

    The function gets whether the interpreters are isolated, and what the arguments name: a field of
    the pace, or what this CPython has.  With *each*, it is asked about each of these in processes of
    their own, and gets the name of that first.  With *executors*, it is about these, whose workers
    have to find what that process does, and whose interpreters are of the kind that is the default.
    """

    function: str
    arguments: tuple[str, ...]
    evaluated: Callable[[Any], figures.Row]
    each: tuple[str, ...] = ()
    executors: bool = False


GROUPS = {
    "run": Group("measure.measure_run", ("rounds",), figures.of_runs),
    "raise": Group("measure.measure_raise", ("rounds",), figures.of_raises),
    "switch": Group("measure.measure_switch", ("rounds",), figures.of_switches),
    "create": Group("measure.measure_create", ("creations",), figures.of_creations),
    "kept": Group("measure.measure_kept", ("cycles",), figures.of_kept, IMPLEMENTATIONS),
    "idle": Group("measure.measure_idle", ("idle",), figures.of_idle, IMPLEMENTATIONS),
    "call": Group("sharing.measure_call", ("rounds",), figures.of_calls),
    "ping": Group("sharing.measure_ping", ("rounds", "backport"), figures.of_pings),
    "put": Group("sharing.measure_put", ("rounds", "backport"), figures.of_puts),
    "big": Group("big.measure_big", ("big", "few", "patient"), figures.of_big),
    "numpy": Group("big.measure_numpy", ("big", "numpy"), figures.of_numpy),
    "spare": Group("spares.measure_spares", ("creations",), figures.of_spares),
    "executors": Group(
        "executors.measure_executors",
        ("lives", "slow"),
        executor_figures.of_executors,
        executors=True,
    ),
    "first": Group("spares.measure_first", ("lives",), executor_figures.of_first, executors=True),
    "throughput": Group(
        "throughput.measure_throughput", ("slow",), executor_figures.of_throughput, executors=True
    ),
    "scaling": Group(
        "scaling.measure_scaling", ("slow",), executor_figures.of_scaling, executors=True
    ),
    "footprint": Group(
        "footprint.measure_footprint",
        (),
        executor_figures.of_footprint,
        tuple(pools.POOLS),
        executors=True,
    ),
    "payload": Group(
        "payloads.measure_payloads", ("slow",), executor_figures.of_payloads, executors=True
    ),
}


class Subject(NamedTuple):
    """A CPython, with the folders of what was built for it, and of the back-ports that it has.

    Executors are measured without the yardstick.
    """

    executable: str
    version: str
    package: str
    yardstick: str | None
    backports: dict[str, str] = {}  # by the name that tools/peers.py gives them


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
        self.backport = self.backported_executor()

    def run(self, command: list[str], variables: dict[str, str] | None = None) -> str:
        """What the command prints; whatever it has started ends with it."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            process = subprocess.Popen(
                command,
                env={**environment(), **(variables or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            try:
                os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            finally:
                os.killpg(process.pid, signal.SIGKILL)  # which is its own until it is waited for
                status = process.wait()
            out.seek(0)
            err.seek(0)
            if status:
                said = (out.read() or err.read()).strip().splitlines() or ["it says nothing"]
                raise CannotMeasure(f"{self.subject.executable}: ended with {status}: {said[-1]}")
            return out.read()

    def backported_executor(self) -> list[str]:
        """The folder of the back-port of an executor; none where it cannot even be imported."""
        folder = self.subject.backports.get("interpreters_pep_734")
        if folder is None:
            return []
        imports = f"import sys; sys.path.append({folder!r}); import {pools.BACKPORT}"
        try:
            self.run([str(self.python), "-B", "-c", imports])
        except CannotMeasure:
            return []
        return [folder]

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

    def ask(self, function: str, *arguments: Any, executors: bool = False) -> Any:
        """The answer of one process.

        The workers of executors import while it is measured, so what they import is compiled, as
        after an installation: by the first that do.
        """
        folders = [each for each in (self.subject.package, self.subject.yardstick) if each]
        options, variables = ["-s", "-B"], {}
        if executors:
            options, folders = ["-s"], folders + self.backport
            variables["PYTHONPATH"] = os.pathsep.join([str(HERE), *folders])
            variables["PYTHONPYCACHEPREFIX"] = str(self.folder / "compiled")
        what = json.dumps([folders, function, *arguments])
        return json.loads(
            self.run([str(self.python), *options, str(HERE / "process.py"), what], variables)
        )

    def ask_each(self, group: Group, *arguments: Any) -> dict[str, list[Any]]:
        """The answers of several processes for each of the group's names.

        Two at a time; but not of those with executors, as the part of a process in a shared page
        depends on who else has it.
        """
        with concurrent.futures.ThreadPoolExecutor(1 if group.executors else 2) as pool:
            asked = {
                name: [
                    pool.submit(
                        self.ask, group.function, name, *arguments, executors=group.executors
                    )
                    for _ in range(self.pace.processes)
                ]
                for name in group.each
            }
            answers = {name: [each.result() for each in several] for name, several in asked.items()}
        return {name: found for name, found in answers.items() if None not in found}

    def measured(self, group: Group, isolated: bool) -> figures.Row:
        known = {
            **self.pace._asdict(),
            "backport": self.subject.backports.get("backports_interpreters"),
            "numpy": self.numpy,
        }
        arguments = (isolated, *(known[name] for name in group.arguments))
        if group.each:
            return group.evaluated(self.ask_each(group, *arguments))
        return group.evaluated(self.ask(group.function, *arguments, executors=group.executors))

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
                if GROUPS[name].executors and isolated != kinds[-1]:
                    continue
                show(f"{row['python']} {row['kind']}: {name}")
                row.update(self.measured(GROUPS[name], isolated))
            yield row


def check_mergeable(
    recorded: dict[str, Any], machine: dict[str, Any], chosen: list[Subject]
) -> None:
    """Refuse figures that could not stand beside the recorded ones; better before they are measured."""
    pythons = {row["python"] for row in recorded["rows"]}
    if recorded["machine"] != machine or pythons != {subject.version for subject in chosen}:
        raise CannotMeasure(
            "the recorded figures are of another machine, or of other CPythons: leave out -k"
        )


def merged(recorded: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The recorded figures, with the new ones in the place of those of the same name."""
    rows = {(row["python"], row["kind"]): row for row in recorded["rows"]}
    for row in new["rows"]:
        rows[row["python"], row["kind"]].update(row)
    dates = dict.fromkeys([*recorded["date"].split(" and "), new["date"]])
    return {**new, "date": " and ".join(dates), "rows": list(rows.values())}
