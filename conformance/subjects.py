"""What can be judged: an implementation on a Python is a *subject*.

The Pythons are found by the finder in ``tools/``, or named on the command line, or listed in a file
that the build made (which also says where the reference implementation was built for each).  The
implementations are the adapters in ``implementations/``: each is a module that has the documented
names, and where it cannot be imported its implementation is not provided by that Python.

An adapter may rename and unwrap.  It never converts an exception and never fills a gap, or it would
be the adapter that is judged.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import suite
from files import Unusable, read_json
from spec import ROOT, Spec

WORKER = Path(__file__).absolute().parent / "worker.py"

# The regions of the texts that are sections, and no documented names.
SECTIONS = (
    "Identifiers",
    "Arguments",
    "Threads",
    "The process",
    "Signals",
    "Forking",
    "Extension modules",
)


@dataclass(frozen=True)
class Python:
    """A Python on this machine.

    *path* is the folder that holds the reference built for it, if any.  *site* tells whether it
    runs with its site-packages, whose ``.pth`` files may import whatever they like into every
    interpreter; where an implementation can be imported without them, it is judged without them.
    """

    executable: str
    path: str | None = None
    site: bool = False

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs the worker under this Python."""
        flags = ["-s"] if self.site else ["-s", "-S"]
        return [self.executable, *flags, "-X", "faulthandler", str(WORKER), *arguments]

    def environment(self) -> dict[str, str]:
        """Return the environment for it: this process's, less what would change a Python."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        kept.update(PYTHONDONTWRITEBYTECODE="1", PYTHONHASHSEED="0", PYTHONIOENCODING="utf-8")
        return kept | ({"PYTHONPATH": self.path} if self.path else {})


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

    def __str__(self) -> str:
        return f"{self.title} on {self.version}"

    def applies(self, check: suite.Check) -> bool:
        """Whether *check* is for this subject: of its profile, and for such a Python."""
        number = tuple(int(part) for part in self.version.split("-")[1].split(".")[:2])
        isolates = not self.version.startswith("cpython-") or number >= (3, 12)
        return check.profile == self.profile and check.isolates in (None, isolates)


@dataclass(frozen=True)
class Adapter:
    """An implementation that can be asked for."""

    profile: str
    implementation: str
    title: str
    module: str


def adapters(root: Path = ROOT) -> list[Adapter]:
    """Return the adapters that come with the suite, the reference first."""
    found = []
    for path in sorted((root / "conformance" / "implementations").glob("*/*.py")):
        profile = path.parent.name.replace("_", "-")
        found.append(Adapter(profile, path.stem, _title(path), str(path)))
    return sorted(
        found, key=lambda each: (each.profile != "low-level", each.implementation != "reference")
    )


def own_adapter(profile: str, *, module: str | None, file: str | None) -> Adapter:
    """Return an adapter for what the command line names: a *module*, or an adapter's *file*."""
    if file is not None:
        path = Path(file).resolve()
        if path.suffix != ".py" or not path.is_file():
            raise Unusable(f"{file}: is no adapter; an adapter is a .py file")
        return Adapter(profile, path.stem, path.stem, str(path))
    assert module is not None
    return Adapter(profile, module.replace(".", "_"), module, module)


def documented_names(spec: Spec, profile: str) -> list[str]:
    """Return the names that the text of *profile* documents, without the module's."""
    regions = dict.fromkeys(c.region for c in spec.clauses.values() if c.profile == profile)
    bare = [region.removeprefix("interpreters.") for region in regions]
    return [name for name in bare if name not in SECTIONS]


def from_file(path: str) -> list[Python]:
    """Return the Pythons listed in the file that the build made.

    A folder in it that holds the reference is told relative to the file's own.
    """
    table = read_json(Path(path))
    try:
        listed = [(entry["executable"], entry.get("path")) for entry in table["pythons"]]
    except (KeyError, TypeError, AttributeError):
        raise Unusable(
            f"{path}: is no list of Pythons as `tools/find_pythons.py --json` prints it"
        ) from None
    here = Path(path).absolute().parent
    return [Python(python, str(here / folder) if folder else None) for python, folder in listed]


def found_here() -> list[Python]:
    """Return the Pythons that the finder finds on this machine."""
    sys.path.append(str(ROOT / "tools"))
    import find_pythons

    return [Python(entry["executable"]) for entry in find_pythons.find().pythons]


def describe(python: Python, adapter: Adapter, names: list[str], timeout: float) -> Subject | str:
    """Return the subject that *adapter* makes on *python*, or why it makes none."""
    answer: dict[str, Any] = {}
    for site in (False, True):
        python = replace(python, site=site)
        answer = _ask(python, timeout, "describe", ",".join(names), adapter.module)
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
    )


def _ask(python: Python, timeout: float, *arguments: str) -> dict[str, Any]:
    """Return the worker's answer under *python*; raise Unusable if the Python is not fit to ask."""
    read, write = os.pipe()
    try:
        process = subprocess.run(
            python.command(*arguments, str(write)),
            env=python.environment(),
            pass_fds=[write],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        raise Unusable(
            f"{python.executable}: did not answer within {timeout:g} seconds; is it a Python?"
        ) from None
    except OSError as error:
        raise Unusable(
            f"{python.executable}: cannot be run: {error.strerror}; give --python a Python's path"
        ) from None
    finally:
        os.close(write)
        with open(read, "rb") as pipe:
            line = pipe.read()
    try:
        answer = json.loads(line)
        assert isinstance(answer, dict)
    except (ValueError, AssertionError):
        raise Unusable(f"{python.executable}: {_why(process)}") from None
    return answer


def _why(process: subprocess.CompletedProcess[bytes]) -> str:
    """Return why a Python gave no answer."""
    if process.returncode < 0:
        return f"ended by signal {-process.returncode} at start; try another Python"
    lines = process.stderr.decode(errors="replace").strip().splitlines()
    said = f": {lines[-1]}" if lines else ""
    return f"gave no answer (exit status {process.returncode}); is it CPython 3.8 or later?{said}"


def _title(path: Path) -> str:
    """Return the title of an adapter: the first line of its docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem
    return text.splitlines()[0].rstrip(".")
