"""Records: the verdicts that are committed, and the departures that are known.

``results/`` holds what each implementation was found to do on each Python, one file a subject.  A
diff of it is the changelog of the ecosystem.  ``deviations/`` says, for people, what is done instead
of what the text promises, and why.  The two must agree exactly: a recorded verdict other than
``pass`` without a deviation is an error, and so is a deviation that the results do not show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from files import Unusable, read_json, read_toml, write_json
from plain import plain
from runner import VERDICTS, Verdict
from spec import PROFILES, ROOT
from subjects import VERSION, Subject
from suite import folder

FORMAT = 2

# The reason of a deviation that `accept` has written, until somebody writes a better one.
UNEXPLAINED = "?"

# What stands in place of an implementation where a Python has none.
NOT_PROVIDED = "not_provided"


@dataclass(frozen=True)
class Result:
    """The verdicts on a subject, as they are recorded."""

    profile: str
    implementation: str
    title: str
    python: str  # "cpython-3.12.1"
    names: dict[str, str | None]  # documented name -> how it is reached; None: it is not
    has: tuple[str, ...]  # all public names of the module
    checks: dict[str, Verdict]

    @property
    def provided(self) -> bool:
        """Whether there is an implementation at all."""
        return self.implementation != NOT_PROVIDED

    @property
    def passes(self) -> bool:
        """Whether every check passes."""
        return all(verdict.verdict == "pass" for verdict in self.checks.values())

    @property
    def file(self) -> str:
        """The place of the record below ``results/``."""
        return f"{folder(self.profile)}/{self.implementation}@{self.python}.json"

    @property
    def version(self) -> tuple[int, ...]:
        """The Python's version as numbers, to sort by: (3, 12, 1)."""
        return version(self.python.partition("-")[2])

    @property
    def minor(self) -> str:
        """The Python's version without its last number: "3.12"."""
        return ".".join(str(number) for number in self.version[:2])


@dataclass(frozen=True)
class Deviation:
    """What an implementation does instead of what some checks want, and why."""

    source: Path
    profile: str
    implementation: str
    pythons: str  # "3.13" or "3.8-3.12", as it is shown
    verdict: str
    checks: tuple[str, ...]
    says: str
    why: str
    issue: str

    def covers(self, result: Result) -> bool:
        """Whether the deviation speaks of the implementation and the Python of *result*."""
        first, _, last = self.pythons.partition("-")
        low, high = version(first), version(last or first)
        same = (self.profile, self.implementation) == (result.profile, result.implementation)
        return same and low <= result.version[:2] <= high


def version(text: str) -> tuple[int, ...]:
    """Return the numbers at the start of each part of *text*: "3.15.0rc1" is (3, 15, 0)."""
    digits = [
        "".join(c for c in part if c.isdigit() or c == "r").partition("r")[0]
        for part in text.split(".")
    ]
    return tuple(int(number) for number in digits if number)


def result(subject: Subject, verdicts: dict[str, Verdict]) -> Result:
    """Return the record of *verdicts* on *subject*."""
    return Result(
        profile=subject.profile,
        implementation=subject.implementation,
        title=subject.title,
        python=subject.version,
        names=dict(subject.names),
        has=subject.has,
        checks=verdicts,
    )


def not_provided(profile: str, python: str) -> Result:
    """Return the record of a Python that has no implementation of *profile*."""
    return Result(profile, NOT_PROVIDED, "not provided", python, {}, (), {})


def table(record: Result) -> dict[str, Any]:
    """Return *record* as it is written to a file."""
    return {
        "format": FORMAT,
        "profile": record.profile,
        "implementation": record.implementation,
        "title": record.title,
        "python": record.python,
        "names": record.names,
        "has": list(record.has),
        "checks": {
            name: {"verdict": verdict.verdict, "detail": verdict.detail}
            for name, verdict in record.checks.items()
        },
    }


def save(record: Result, results: Path) -> None:
    """Write *record* to its place below the folder *results*."""
    write_json(results / record.file, table(record))


def load_results(results: Path = ROOT / "conformance" / "results") -> list[Result]:
    """Return every record below *results*, in order."""
    return in_order([_result(path) for path in results.glob("*/*.json")])


def in_order(results: list[Result]) -> list[Result]:
    """Return *results* as they are shown: the reference first, then by age of the implementation."""
    first: dict[str, tuple[int, ...]] = {}
    for each in results:
        first[each.title] = min(each.version, first.get(each.title, each.version))

    def key(result: Result) -> tuple[object, ...]:
        reference = result.implementation == "reference"
        age = (first[result.title], result.title, result.version)
        return (PROFILES.index(result.profile), not reference, *age)

    return sorted(results, key=key)


def _result(path: Path) -> Result:
    """Read one record; raise Unusable if it is malformed or in a wrong place."""
    record = from_table(read_json(path), path)
    if not path.match(record.file):
        raise Unusable(f"{path}: it is a record of {record.file}; record it anew with `accept`")
    return record


def from_table(table: Any, path: Path) -> Result:
    """Return the result in *table*, as table() makes it; raise Unusable if it is none.

    *path* is the file that it was read from, for the message.
    """
    try:
        checks = {
            plain(name): Verdict(entry["verdict"], plain(entry["detail"]))
            for name, entry in table["checks"].items()
        }
        record = Result(
            table["profile"],
            plain(table["implementation"]),
            plain(table["title"]),
            table["python"],
            {plain(n): None if r is None else plain(r) for n, r in table["names"].items()},
            tuple(map(plain, table["has"])),
            checks,
        )
        wrong = [v.verdict for v in checks.values() if v.verdict not in VERDICTS]
        sound = table["format"] == FORMAT and record.profile in PROFILES and not wrong
        sound = sound and bool(VERSION.fullmatch(record.python))
    except (KeyError, TypeError, AttributeError) as error:
        raise Unusable(
            f"{path}: is no result: {type(error).__name__}: {error}; judge anew"
        ) from None
    if not sound:
        raise Unusable(
            f"{path}: its format, Python or verdicts are not those of a result; judge anew"
        )
    return record


def load_deviations(root: Path = ROOT) -> list[Deviation]:
    """Return every deviation below *root*; raise Unusable if one is malformed."""
    found: list[Deviation] = []
    for path in sorted((root / "conformance" / "deviations").glob("*/*.toml")):
        entries = read_toml(path).get("deviation")
        if not isinstance(entries, list):
            raise Unusable(f"{path}: holds no [[deviation]]")
        found += [_deviation(path, number, entry) for number, entry in enumerate(entries, 1)]
    return found


def _deviation(path: Path, number: int, entry: dict[str, Any]) -> Deviation:
    """Make one deviation of the table *entry*; raise Unusable if it is malformed."""
    where = f"{path}: deviation {number}"
    keys = {"pythons", "verdict", "checks", "says", "why", "issue"}
    if unknown := sorted(set(entry) - keys):
        raise Unusable(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(keys))}")
    for key in ("pythons", "verdict", "says", "why"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise Unusable(f'{where}: needs a line {key} = "..."')
    if entry["verdict"] not in VERDICTS[1:]:
        raise Unusable(
            f"{where}: verdict {entry['verdict']!r} is none of {', '.join(VERDICTS[1:])}"
        )
    checks = entry.get("checks")
    if not isinstance(checks, list) or not checks or not all(isinstance(c, str) for c in checks):
        raise Unusable(f"{where}: needs a list of checks")
    if not all(version(part) for part in entry["pythons"].split("-")):
        raise Unusable(f"{where}: pythons must be like 3.13 or 3.8-3.12, not {entry['pythons']!r}")
    return Deviation(
        source=path,
        profile=path.parent.name.replace("_", "-"),
        implementation=path.stem,
        pythons=entry["pythons"],
        verdict=entry["verdict"],
        checks=tuple(checks),
        says=entry["says"],
        why=entry["why"],
        issue=entry.get("issue", ""),
    )


def problems(results: list[Result], deviations: list[Deviation]) -> Iterator[str]:
    """Yield a line for each result without a deviation, and for each deviation without a result."""
    shown: set[tuple[Deviation, str]] = set()
    for record in results:
        for name, verdict in record.checks.items():
            claims = [d for d in deviations if d.covers(record) and name in d.checks]
            shown |= {(deviation, name) for deviation in claims}
            said = sorted({deviation.verdict for deviation in claims} or {"pass"})
            if said != [verdict.verdict]:
                where = claims[0].source if claims else f"results/{record.file}"
                yield f"{where}: {name} on {record.python}: recorded {verdict.verdict}, the deviations say {' and '.join(said)}"
            elif len(claims) > 1:
                yield f"{claims[1].source}: {name} on {record.python}: more than one deviation speaks of it"
    for deviation in deviations:
        if deviation.why == UNEXPLAINED:
            yield f"{deviation.source}: {deviation.checks[0]} on {deviation.pythons}: say why it departs"
        for name in deviation.checks:
            if (deviation, name) not in shown:
                yield f"{deviation.source}: {name}: no result for {deviation.pythons} has this check"


def changed(recorded: Result | None, fresh: Result) -> dict[str, Verdict]:
    """Return the verdicts of *fresh* that are others than *recorded*, where that has one."""
    known = recorded.checks if recorded else {}
    return {
        name: verdict
        for name, verdict in fresh.checks.items()
        if name in known and known[name].verdict != verdict.verdict
    }
