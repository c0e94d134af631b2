"""What the suite knows, as the pages need it: clauses, checks, verdicts, and who departs where.

The suite's own modules (``conformance/``) read its files; this one only asks questions of them.
An implementation is judged on several Pythons, so most answers come as ranges of those on record:
a value, and where it was found.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import records
import spec
import suite
from files import Unusable
from runner import VERDICTS, Verdict

__all__ = [
    "REFERENCE",
    "Book",
    "Config",
    "Hazard",
    "Implementation",
    "Unusable",
    "of",
    "python_labels",
]

REFERENCE = "reference"

Key = TypeVar("Key")


class Config(Protocol):
    """The settings of the extension, as Sphinx' configuration has them."""

    clauses_root: str
    clauses_results: Sequence[str]
    clauses_digest: str


@dataclass(frozen=True)
class Implementation:
    """An implementation of one profile on every Python it was judged on, oldest first."""

    name: str
    results: tuple[records.Result, ...]
    deviations: tuple[records.Deviation, ...]

    @property
    def title(self) -> str:
        """What to call it."""
        return self.results[-1].title

    def label(self, result: records.Result, *among: records.Result) -> str:
        """Name the Python of *result*: its minor version, or all of it where others share that.

        Those that are *among* the same group do not count as others.
        """
        minor = _minor(result.python)
        others = [each for each in self.results if each != result and each not in among]
        shared = minor in {_minor(other.python) for other in others}
        return result.python.removeprefix("cpython-") if shared else minor

    def where(self, key: Callable[[records.Result], Key]) -> dict[Key, str]:
        """Return where *key* has which value, neighbours as a range: ``3.8, 3.10–3.12``."""
        ranges: dict[Key, list[str]] = {}
        for value, neighbours in itertools.groupby(self.results, key):
            group = list(neighbours)
            labels = [self.label(result, *group) for result in group]
            ranges.setdefault(value, []).append("–".join(dict.fromkeys((labels[0], labels[-1]))))
        return {value: ", ".join(found) for value, found in ranges.items()}


@dataclass(frozen=True)
class Hazard:
    """A check that does what may end or hang a process, and the first clause that it proves."""

    check: suite.Check
    clause: spec.Clause

    def outcome(self, result: records.Result) -> Verdict | None:
        """Return what came of it in *result*, or None if it was not tried.

        A check that makes a process of its own for this fails if that process ended or hung, and
        its detail begins with that; what is returned says so by its verdict.
        """
        verdict = result.checks.get(self.check.id)
        for word, name in (("crash", "crash"), ("hang", "timeout")):
            if verdict and verdict.verdict == "fail" and verdict.detail.startswith(f"{word}: "):
                return Verdict(name, verdict.detail.removeprefix(f"{word}: "))
        return verdict


class Book:
    """Everything on record below the folder *root*, with the verdicts found in *results*.

    ``without`` has the records of Pythons that provide no implementation of a profile.
    """

    def __init__(self, root: Path, results: Iterable[Path]) -> None:
        self.spec = spec.load(root)
        self.checks: dict[str, list[suite.Check]] = {}
        self.hazards: list[Hazard] = []
        order = list(self.spec.clauses)
        for check in suite.load(root):
            if check.hazard and check.clauses[0] in self.spec.clauses:
                self.hazards.append(Hazard(check, self.spec.clauses[check.clauses[0]]))
            for clause in check.clauses:
                self.checks.setdefault(clause, []).append(check)
        self.hazards.sort(key=lambda hazard: order.index(hazard.clause.id))
        found = {
            record.file: record for folder in results for record in records.load_results(folder)
        }
        deviations = records.load_deviations(root)
        self.implementations = {
            profile: _implementations(list(found.values()), deviations, profile)
            for profile in spec.PROFILES
        }
        self.without = {
            profile: [r for r in found.values() if r.profile == profile and not r.provided]
            for profile in spec.PROFILES
        }
        everything = repr((self.spec, self.checks, self.implementations, self.without))
        self.digest = hashlib.sha256(everything.encode()).hexdigest()

    def verdict(self, result: records.Result, *clauses: str) -> Verdict | None:
        """Return the worst verdict on the checks of *clauses*, or None if none was run."""
        checks = [check.id for clause in clauses for check in self.checks.get(clause, ())]
        verdicts = [result.checks[check] for check in checks if check in result.checks]
        return max(verdicts, key=lambda verdict: VERDICTS.index(verdict.verdict), default=None)

    def departures(self, result: records.Result, clauses: Iterable[str]) -> list[str]:
        """Return those of *clauses* that were judged and are not fulfilled."""
        verdicts = [(clause, self.verdict(result, clause)) for clause in clauses]
        return [clause for clause, verdict in verdicts if verdict and verdict.verdict != "pass"]

    def clauses_of(self, checks: Iterable[str]) -> list[str]:
        """Return the clauses that *checks* prove, each once."""
        names = {check.id: check.clauses for those in self.checks.values() for check in those}
        return list(dict.fromkeys(clause for check in checks for clause in names.get(check, ())))

    def clauses(self, profile: str) -> list[str]:
        """Return the clauses of *profile*."""
        return [clause.id for clause in self.spec.clauses.values() if clause.profile == profile]

    def regions(self, profile: str) -> dict[str, list[str]]:
        """Return the regions of *profile* that have clauses, in the text's order, with those."""
        regions: dict[str, list[str]] = {}
        for clause in self.clauses(profile):
            regions.setdefault(self.spec.clauses[clause].region, []).append(clause)
        return regions


def python_labels(pythons: Iterable[str]) -> dict[str, str]:
    """Return a heading for each of *pythons*: its minor version, or all of it if that is shared."""
    minors = {python: _minor(python) for python in pythons}
    shared = Counter(minors.values())
    return {
        python: minor if shared[minor] == 1 else python.removeprefix("cpython-")
        for python, minor in minors.items()
    }


def of(config: Config) -> Book:
    """Return the book that the settings name; raise Unusable if a file in it is malformed."""
    return _open(config.clauses_root, tuple(config.clauses_results))


@functools.cache
def _open(root: str, results: tuple[str, ...]) -> Book:
    return Book(Path(root), [Path(folder) for folder in results])


def _minor(python: str) -> str:
    """Shorten ``cpython-3.13.0t`` to ``3.13t``; leave what is no CPython as it is."""
    match = re.fullmatch(r"cpython-(\d+\.\d+)\.\d+(?:(?:a|b|rc)\d+)?([a-z]*)", python)
    return match[1] + match[2] if match else python


def _implementations(
    results: list[records.Result], deviations: list[records.Deviation], profile: str
) -> tuple[Implementation, ...]:
    """Return what was judged by *profile*: the reference, then the rest as they appeared."""
    found: dict[str, list[records.Result]] = {}
    for result in sorted(results, key=lambda result: (result.version, result.python)):
        if result.profile == profile and result.provided:
            found.setdefault(result.implementation, []).append(result)
    known: dict[str, list[records.Deviation]] = {}
    for deviation in deviations:
        if deviation.profile == profile:
            known.setdefault(deviation.implementation, []).append(deviation)
    names = sorted(found, key=lambda name: name != REFERENCE)
    return tuple(
        Implementation(name, tuple(found[name]), tuple(known.get(name, ()))) for name in names
    )
