"""What can be judged: an implementation on a Python is a *subject*.

The Pythons are found by the finder in ``tools/``, or named on the command line, or listed in a file
that a tool made (which also says where implementations were built or installed for each).  The
implementations are the adapters in ``implementations/``: each is a module that has the documented
names, and where it cannot be imported its implementation is not provided by that Python.

An adapter may rename and unwrap.  It never converts an exception and never fills a gap, or it would
be the adapter that is judged.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import process
import suite
from files import Unusable, read_json
from plain import plain
from spec import PROFILES, ROOT, Spec

WORKER = Path(__file__).absolute().parent / "worker.py"

# What a Python may say that it is: it becomes the name of a file.
VERSION = re.compile(r"[A-Za-z0-9_]+-[0-9]+(\.[0-9]+)+[A-Za-z0-9]*")

# The regions of the texts that are sections, and no documented names.
SECTIONS = (
    "Identifiers",
    "Arguments",
    "Threads",
    "The process",
    "Signals",
    "Forking",
    "Extension modules",
    "Auditing events",
    "Sharing",
    "Functions and classes",
    "Buffers",
    "Constants",
    "Workers",
    "Tasks",
)


@dataclass(frozen=True)
class Python:
    """A Python on this machine.

    *path* is the folder that holds the reference built for it, if any.  *packages* are folders of
    installed packages, each with the implementation that needs it: an adapter's file stem.  A
    subject has none but its own, because others may hide what it needs.  *site* tells whether it
    runs with its site-packages, whose ``.pth`` files may import whatever they like into every
    interpreter; where an implementation can be imported without them, it is judged without them.
    """

    executable: str
    path: str | None = None
    site: bool = False
    packages: tuple[tuple[str, str], ...] = ()

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs the worker under this Python."""
        flags = ["-s"] if self.site else ["-s", "-S"]
        return [self.executable, *flags, "-X", "faulthandler", str(WORKER), *arguments]

    def environment(self) -> dict[str, str]:
        """Return the environment for it: this process's, less what would change a Python."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        kept.update(PYTHONHASHSEED="0", PYTHONIOENCODING="utf-8")
        folders = [*filter(None, [self.path]), *(folder for _, folder in self.packages)]
        for folder in folders:
            if os.pathsep in folder:
                raise Unusable(
                    f"{folder}: PYTHONPATH cannot name a folder with a {os.pathsep!r}; rename it"
                )
        return kept | ({"PYTHONPATH": os.pathsep.join(folders)} if folders else {})


@dataclass(frozen=True)
class Subject:
    """An implementation on a Python."""

    python: Python
    version: str  # "cpython-3.12.1"
    profile: str
    implementation: str  # the adapter's file stem
    title: str
    module: str  # what the worker loads: an adapter's file, or a module's name
    names: tuple[tuple[str, str | None], ...]  # documented name -> how it is reached, if otherwise
    has: tuple[str, ...] = ()  # all public names of the module

    def __str__(self) -> str:
        return f"{self.title} on {self.version}"

    def applies(self, check: suite.Check) -> bool:
        """Whether *check* is for this subject: of its profile, and for such a Python."""
        return check.applies(self.profile, self.version)


@dataclass(frozen=True)
class Adapter:
    """An implementation that can be asked for."""

    profile: str
    implementation: str
    title: str
    module: str


def adapters(root: Path = ROOT) -> list[Adapter]:
    """Return the adapters that come with the suite, by profile, the reference first."""
    found = []
    for path in sorted((root / "conformance" / "implementations").glob("*/*.py")):
        profile = path.parent.name.replace("_", "-")
        found.append(Adapter(profile, path.stem, _title(path), str(path)))
    return sorted(
        found,
        key=lambda each: (PROFILES.index(each.profile), each.implementation != "reference"),
    )


def own_adapter(profile: str, *, module: str | None, file: str | None) -> Adapter:
    """Return an adapter for what the command line names: a *module*, or an adapter's *file*."""
    if file is not None:
        path = Path(os.path.realpath(file))
        if path.suffix != ".py" or not os.path.isfile(path):
            raise Unusable(f"{file}: is no adapter; an adapter is a .py file")
        return Adapter(profile, plain(path.stem), plain(path.stem), str(path))
    assert module is not None
    name = plain(module)
    return Adapter(profile, re.sub(r"[./]", "_", name), name, module)


def documented_names(spec: Spec, profile: str) -> list[str]:
    """Return the names that the text of *profile* documents, without the module's."""
    regions = dict.fromkeys(c.region for c in spec.clauses.values() if c.profile == profile)
    bare = [region.removeprefix("interpreters.") for region in regions]
    return [name for name in bare if name not in SECTIONS]


def from_file(path: str) -> list[Python]:
    """Return the Pythons listed in the file that the build, or ``tools/peers.py``, made.

    A folder in it that holds the reference or a package is told relative to the file's own.
    """
    table = read_json(Path(path))
    here = Path(path).absolute().parent
    try:
        return [
            Python(
                os.path.join("", entry["executable"]),  # which raises TypeError if it is no path
                str(here / entry["path"]) if entry.get("path") else None,
                packages=tuple(
                    (name, str(here / folder)) for name, folder in entry.get("packages", {}).items()
                ),
            )
            for entry in table["pythons"]
        ]
    except (KeyError, TypeError, AttributeError):
        raise Unusable(
            f"{path}: is no list of Pythons as `tools/find_pythons.py --json` prints it"
        ) from None


def found_here() -> list[Python]:
    """Return the Pythons that the finder finds on this machine."""
    sys.path.append(str(ROOT / "tools"))
    import find_pythons

    found = find_pythons.find()
    return [Python(entry["executable"]) for entry in [*found.pythons, *found.others]]


def identify(python: Python, timeout: float) -> str:
    """Return what *python* is, such as "pypy-7.3.11", whatever implementations it has or lacks."""
    given = _asked(python, timeout, "describe", "version", "sys")
    if isinstance(given, str) or "error" in given:
        said = given if isinstance(given, str) else given["error"]
        raise Unusable(f"{python.executable}: {said}; is it a Python, 3.8 or later?")
    version: str = given["python"]
    return version


def describe_all(
    pairs: Iterable[tuple[Python, Adapter]],
    names: Mapping[str, list[str]],
    timeout: float,
) -> list[Subject | str]:
    """Return for each of *pairs* what describe() does, in order, several at a time.

    *names* has the documented names by profile.
    """
    with ThreadPoolExecutor(process.jobs()) as pool:
        futures = [pool.submit(describe, p, a, names[a.profile], timeout) for p, a in pairs]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def describe(python: Python, adapter: Adapter, names: list[str], timeout: float) -> Subject | str:
    """Return the subject that *adapter* makes on *python*, or why it makes none."""
    own = tuple(each for each in python.packages if each[0] == adapter.implementation)
    answer: dict[str, Any] = {}
    for site in (False, True):
        python = replace(python, site=site, packages=own)
        given = _asked(python, timeout, "describe", ",".join(names), adapter.module)
        if isinstance(given, str):
            identify(python, timeout)  # which raises Unusable if it is the Python that is to blame
            given = {"error": f"when it was imported, the process {given}"}
        answer = given
        if "error" not in answer:
            break
    if "error" in answer:
        return str(answer["error"])
    return Subject(
        python=python,
        version=answer["python"],
        profile=adapter.profile,
        implementation=adapter.implementation,
        title=adapter.title,
        module=adapter.module,
        names=tuple(sorted(answer["names"].items())),
        has=tuple(answer["has"]),
    )


def _asked(python: Python, timeout: float, *arguments: str) -> dict[str, Any] | str:
    """Return the worker's answer under *python*, or how it came that there is none."""
    try:
        outcome = process.work(python.command(*arguments), python.environment(), timeout=timeout)
    except (OSError, ValueError) as error:  # the latter if its name has a null character
        why = getattr(error, "strerror", None) or error
        raise Unusable(
            f"{python.executable}: cannot be run: {why}; give --python a Python's path"
        ) from None
    try:
        answer = _sound(json.loads(outcome.answer or ""))
    except (ValueError, RecursionError):
        answer = None
    return _end(outcome, timeout) if answer is None else answer


def _sound(answer: Any) -> dict[str, Any] | None:
    """Return the worker's *answer* in plain text, or None if the subject has made another of it."""
    if not isinstance(answer, dict):
        return None
    if "error" in answer:
        return {"error": plain(str(answer["error"]))}
    python, names, has = (answer.get(key) for key in ("python", "names", "has"))
    if not (isinstance(python, str) and isinstance(names, dict) and isinstance(has, list)):
        return None
    if not VERSION.fullmatch(python):
        return None
    reached = {plain(n): None if r is None else plain(str(r)) for n, r in names.items()}
    return {"python": python, "names": reached, "has": [plain(str(name)) for name in has]}


def _end(outcome: process.Outcome, timeout: float) -> str:
    """Say how a worker ended that gave no answer."""
    if outcome.status is None:
        return f"did not answer within {timeout:g} seconds"
    if outcome.status < 0:
        return f"ended by signal {-outcome.status}"
    lines = outcome.printed.strip().splitlines()
    said = f", said {lines[-1]}" if lines else ""
    return f"gave no answer (exit status {outcome.status}{said})"


def _title(path: Path) -> str:
    """Return the title of an adapter: the first line of its docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem
    return text.splitlines()[0].rstrip(".")
