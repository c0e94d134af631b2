"""The checks: which there are, and which clauses they prove.

A check's ID is the stem of its file and the name of its function, ``run_string.the_result_is_none``.
IDs are unique over all profiles, and a removed one is not used again, because recorded results and
deviations speak of checks by their IDs.
"""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType

from files import Unusable
from spec import PROFILES, ROOT


@dataclass(frozen=True)
class Check:
    """A check: its ID, where it is, what it proves and how the runner must treat it.

    *hazard* is what the table of hazards calls it, if it does what may end or hang a process.
    """

    id: str
    profile: str
    path: Path
    name: str
    doc: str
    source: str
    clauses: tuple[str, ...]
    isolates: bool | None
    ends: tuple[int, str] | None
    hazard: str = ""

    def applies(self, profile: str, python: str) -> bool:
        """Whether it is for an implementation of *profile* on *python*, such as "cpython-3.12.1"."""
        name, _, version = python.partition("-")
        isolates = name != "cpython" or tuple(map(int, version.split(".")[:2])) >= (3, 12)
        return self.profile == profile and self.isolates in (None, isolates)

    def selected(self, prefix: str) -> bool:
        """Whether *prefix* selects this check, by its ID or by that of a clause it proves."""
        return any(identifier.startswith(prefix) for identifier in (self.id, *self.clauses))


def folder(profile: str) -> str:
    """Return the name that the folders of *profile* have."""
    return profile.replace("-", "_")


def load(root: Path = ROOT) -> list[Check]:
    """Return every check below *root*, by profile, file and place in the file."""
    checks: list[Check] = []
    for profile in PROFILES:
        for path in sorted((root / "conformance" / "checks" / folder(profile)).glob("*.py")):
            checks += _checks(profile, path)
    seen: dict[str, Check] = {}
    for check in checks:
        if check.id in seen:
            raise Unusable(f"{check.path}: {check.id} is also in {seen[check.id].path}")
        seen[check.id] = check
    return checks


def select(checks: list[Check], prefix: str) -> list[Check]:
    """Return the *checks* that *prefix* selects; raise Unusable if there are none."""
    chosen = [check for check in checks if check.selected(prefix)]
    if not chosen:
        raise Unusable(
            f"no check or clause begins with {prefix!r}; `list checks` and `list clauses` tell what there is"
        )
    return chosen


def declared_in(path: Path, mark: str) -> Iterator[tuple[str, FunctionType, ModuleType]]:
    """Yield each function of the file *path* on which a decorator has set the attribute *mark*."""
    spec = importlib.util.spec_from_file_location(f"{path.parent.parent.name}_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise Unusable(f"{path}: cannot be loaded: {type(error).__name__}: {error}") from None
    for name, function in vars(module).items():
        if isinstance(function, FunctionType) and hasattr(function, mark):
            yield name, function, module


def _checks(profile: str, path: Path) -> Iterator[Check]:
    """Yield the checks in the file *path*."""
    for name, function, module in declared_in(path, "clauses"):
        declared = vars(function)  # what covers() has set
        yield Check(
            id=f"{path.stem}.{name}",
            profile=profile,
            path=path,
            name=name,
            doc=inspect.getdoc(function) or "",
            source=_source(module, function),
            clauses=declared["clauses"],
            isolates=declared["isolates"],
            ends=declared["ends"],
            hazard=declared["hazard"],
        )


def _source(module: ModuleType, function: FunctionType) -> str:
    """Return the source of *function*, after that of the file's own functions that it names."""
    named = [vars(module).get(name) for name in function.__code__.co_names]
    own = [f for f in named if isinstance(f, FunctionType) and f.__module__ == module.__name__]
    return "\n\n".join(inspect.getsource(each) for each in [*own, function])
