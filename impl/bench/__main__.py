"""Measures the reference on every CPython found: time and memory, against exec(), against CPython's
own module, and against the C API alone."""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict

HERE = Path(__file__).absolute().parent
sys.path.insert(0, str(HERE))

import figures  # noqa: E402  (this folder has just been put on the path)
import tables  # noqa: E402
from host import machine  # noqa: E402
from measurement import (  # noqa: E402
    FULL,
    GROUPS,
    QUICK,
    CannotMeasure,
    Measurement,
    Pace,
    Subject,
    check_mergeable,
    merged,
)

# Set by the build: the CPythons that were found, with what was built for each.
BUILT = os.environ.get("BENCH_SUBJECTS")

Backports = Dict[str, Dict[str, str]]  # folders, by the CPython and by the name of the package

MANUAL = """
what is measured
  run      run_string('pass') in the same OS thread, and exec('pass')
  raise    the same with code that raises an exception, which is caught
  switch   run_string('pass') by two OS threads in turn
  create   create() and destroy(), with and without site, and the C API alone
  kept     the memory that 500 cycles of create, run and destroy keep
  idle     the memory of an idle interpreter, of 50
  call     Interpreter.call(abs, -5), and pickling and unpickling as much
  ping     an int to another thread and back by two queues, and by queue.SimpleQueue
  put      an int into a queue and out of it, in one interpreter
  big      64 MiB there, back and through a queue, and copying as much
  numpy    the same with an array of NumPy; only with --numpy
  spare    create() with and without a spare

  call, ping, put and big with concurrent.interpreters as well, where the standard library has
  it.  For the others ping and put with one back-port, backports.interpreters, and executors with
  another, interpreters-pep-734 (3.13): if `python3 tools/peers.py backports_interpreters
  interpreters_pep_734` has obtained them and --peers names the file that it has written.

  executors   three problems, trivial, sleeping and computing (N-body), with each executor:
              the first use from making it (cold), a later one (warm), and its end (teardown)
  first       the first result of a pool that finds a spare, and later ones
  throughput  tasks by submit() and items by map() with chunks, a second
  scaling     N-body with 1, 2 and 4 workers, and with two bare processes
  footprint   the memory of a worker
  payload     bytes and more there and back, from 1 KiB to 64 MiB

  All but "first" with ThreadPoolExecutor, ProcessPoolExecutor and InterpreterPoolExecutor, that of the
  standard library and that of the package: as far as a CPython has them.

by hand
  Nothing has to be built for a Python that can import the package: run this folder by it, and the
  executors are measured, on that Python.
    python3 impl/bench -k executors --quick
    PYTHONPATH=FOLDER python3 impl/bench       where FOLDER holds the package, not installed

how
  Each CPython runs in a virtual environment of its own with nothing installed, by python -s -B
  and without PYTHON* variables, but for a fixed PYTHONHASHSEED: no user's folder and no .pth
  file has a part in it.  Times are medians of interleaved rounds; each figure of memory has a
  process of its own, of which two run at a time.  What the workers of executors import is compiled
  already, as after an installation; the memory of executors is measured one at a time.  All of it
  takes some minutes for a CPython; --quick one or two.

exit status
  0   measured, whatever came out; goals that are missed are listed
  2   could not measure; one line says why
"""


def options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench",
        description=__doc__,
        epilog=MANUAL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="few rounds: to see that it works")
    add("--python", metavar="PATH", action="append", help="measure this Python only")
    groups = [name for name in GROUPS if name != "numpy"]
    add("-k", metavar="NAME", choices=groups, action="append", help="only: " + ", ".join(groups))
    add("--numpy", action="store_true", help="have pip install NumPy, and measure it too")
    add("--peers", metavar="FILE", help="where back-ports are, as tools/peers.py lists them")
    add("--subjects", metavar="FILE", default=BUILT, help="the CPythons, as the build lists them")
    add("--from", metavar="FILE", dest="old", help="show what was written by --json before")
    add("--json", metavar="FILE", help="write the figures into this file")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print Markdown (the default)")
    form.add_argument("--rst", action="store_true", help="print reStructuredText")
    add(
        "--record",
        action="store_true",
        help="make them the recorded ones, which the site shows; with -k, these only",
    )
    found = parser.parse_args(arguments)
    if found.record and (found.quick or found.python):
        parser.error("what is recorded is measured in full, on every CPython")
    return found


# --- What is measured -----------------------------------------------------------------------------


def this_python(backports: Backports) -> list[Subject]:
    """The Python that runs this, if it can import the package."""
    try:
        package = importlib.import_module("interpreters")
    except ImportError:
        raise CannotMeasure(
            "nothing is built; use `./bazelw run //impl/bench`, or name what it built by --subjects; "
            "executors are measured wherever this Python can import the package"
        ) from None
    folder = Path(str(package.__file__)).absolute().parent.parent
    its = backports.get(os.path.realpath(sys.executable), {})
    return [Subject(sys.executable, platform.python_version(), str(folder), None, its)]


def subjects(file: str | None, only: list[str] | None, backports: Backports) -> list[Subject]:
    """The CPythons that the build lists in the file, or those of them that are named."""
    if file is None and only is None:
        return this_python(backports)
    if file is None:
        raise CannotMeasure("--python is for what is built; to measure any other, run this by it")
    listed = read_json(Path(file))["pythons"]
    here = Path(file).absolute().parent
    found = [
        Subject(
            each["executable"],
            each["version"],
            str(here / each["path"]),
            str(here / each["tag"]),
            backports.get(os.path.realpath(each["executable"]), {}),
        )
        for each in listed
        if each["path"]
    ]
    if only is not None:
        wanted = [os.path.realpath(path) for path in only]
        known = {os.path.realpath(each.executable): each for each in found}
        for path, given in zip(wanted, only):
            if path not in known:
                raise CannotMeasure(
                    f"{given}: nothing was built for it; name it in INTERPRETERS_PYTHONS"
                )
        found = [known[path] for path in wanted]
    if not found:
        raise CannotMeasure(f"{file}: lists no Python with headers; install some (python3-dev)")
    return found


def backports_in(file: str | None) -> Backports:
    """What tools/peers.py has obtained for each CPython."""
    if file is None:
        return {}
    try:
        listed = read_json(Path(file))["pythons"]
        found = {
            os.path.realpath(each["executable"]): dict(each["packages"])
            for each in listed
            if each.get("packages")
        }
    except (KeyError, TypeError, AttributeError):
        raise CannotMeasure(f"{file}: is no file that tools/peers.py wrote") from None
    if not found:
        raise CannotMeasure(f"{file}: lists no packages; name some to tools/peers.py")
    return found


def read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotMeasure(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise CannotMeasure(f"{path}: is not valid JSON: {error}") from None


class Progress:
    """How far it is, on standard error: a bar on a terminal, elsewhere a line for each CPython."""

    def __init__(self, total: int) -> None:
        self.total, self.count, self.bar = total, 0, sys.stderr.isatty()

    def show(self, what: str) -> None:
        if self.bar:
            done = 30 * self.count // self.total
            bar = "#" * done + "." * (30 - done)
            print(f"\r\033[K[{bar}] {what}"[:100], end="", file=sys.stderr, flush=True)

    def next(self, what: str) -> None:
        self.count += 1
        end = "\r\033[K" if self.bar else f"{what} measured ({self.count}/{self.total})\n"
        print(end, end="", file=sys.stderr, flush=True)


def warn_of_load() -> None:
    """Say so if others keep the processors busy, for then only the machine is measured."""
    load = os.getloadavg()[0]
    if load > 1:
        print(f"bench: the load is {load:.1f}: measure again when it is below 1", file=sys.stderr)


def measure(chosen: list[Subject], pace: Pace, groups: list[str]) -> dict[str, Any]:
    warn_of_load()
    progress = Progress(len(chosen))
    rows: list[figures.Row] = []
    for subject in chosen:
        with tempfile.TemporaryDirectory() as folder:
            rows += Measurement(subject, Path(folder), pace).rows(groups, progress.show)
        progress.next(subject.version)
    return {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "quick": pace is QUICK,
        "rows": rows,
    }


# --- The command ----------------------------------------------------------------------------------


def write(path: Path, text: str) -> None:
    """Write a file, whole or not at all; what is no file, such as a terminal, at once."""
    whole = path.is_file() or not path.exists()
    aside = path.with_name(path.name + ".new") if whole else path
    try:
        aside.write_text(text, encoding="utf-8")
        if whole:
            aside.replace(path)
    except OSError as error:
        raise CannotMeasure(f"{path}: cannot be written: {error.strerror}") from None


def check_writable(path: Path) -> None:
    """Better before a long run than after it."""
    try:
        with open(path, "a", encoding="utf-8"):
            pass
    except OSError as error:
        raise CannotMeasure(f"{path}: cannot be written: {error.strerror}") from None


def as_json(results: dict[str, Any]) -> str:
    """One line for each figure, so that a change of one is a change of one line."""
    head = {name: value for name, value in results.items() if name != "rows"}
    rows = []
    for row in results["rows"]:
        lines = ",\n".join(f"   {json.dumps(name)}: {json.dumps(row[name])}" for name in row)
        rows.append("  {\n" + lines + "\n  }")
    return json.dumps(head, indent=1)[:-2] + ',\n "rows": [\n' + ",\n".join(rows) + "\n ]\n}\n"


def is_chosen(group: str, chosen: argparse.Namespace) -> bool:
    if group == "numpy":
        return bool(chosen.numpy)
    if chosen.k:
        return group in chosen.k
    return chosen.subjects is not None or GROUPS[group].executors


def bench(chosen: argparse.Namespace) -> None:
    targets = [Path(chosen.json)] if chosen.json else []
    targets += [HERE / "results.json"] if chosen.record else []
    for path in targets:
        check_writable(path)
    if chosen.old:
        results = read_json(Path(chosen.old))
        if chosen.record and results["quick"]:
            raise CannotMeasure(f"{chosen.old}: was measured with --quick; record a full run")
    else:
        pace = QUICK if chosen.quick else FULL
        groups = [name for name in GROUPS if is_chosen(name, chosen)]
        backports = backports_in(chosen.peers)
        found = subjects(chosen.subjects, chosen.python, backports)
        recorded = read_json(HERE / "results.json") if chosen.record and chosen.k else None
        if recorded:
            check_mergeable(recorded, machine(), found)
        results = measure(found, pace, groups)
        if recorded:
            results = merged(recorded, results)
    for path in targets:
        write(path, as_json(results))
    if chosen.record:
        write(HERE / "results.inc", tables.as_rst(results))
        write(HERE / "executors.inc", tables.executors_as_rst(results))
    if chosen.rst:
        print(tables.as_rst(results) + tables.executors_as_rst(results), end="", flush=True)
    else:
        print(tables.as_markdown(results), end="", flush=True)


def main(arguments: list[str] | None = None) -> int:
    try:
        bench(options(arguments))
        return 0
    except CannotMeasure as problem:
        print(f"bench: {problem}", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
