"""Verdicts for people: the matrix, and the line that sums a run up.

A row of the matrix is a documented name.  A column is an implementation, on those neighbouring
Pythons on which it does the same.  A cell counts clauses: ``9/10`` means that nine of ten hold, and
a clause holds if all of its checks pass.  A ``!`` warns that a check crashed or hung the process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from records import Result
from runner import VERDICTS, Verdict
from spec import PROFILES, Spec
from suite import Check

LEGEND = "n/m: of m clauses n hold; yes: all of them; !: some checks crash or hang the process"


@dataclass(frozen=True)
class Column:
    """A column of the matrix: an implementation on some Pythons, and its cells."""

    title: str
    pythons: str
    cells: tuple[str, ...]


def clause_verdict(result: Result, clause: str, checks: list[Check]) -> str | None:
    """Return the worst verdict on the checks of *clause*, or None if none was run."""
    verdicts = [
        result.checks[check.id].verdict
        for check in checks
        if clause in check.clauses and check.id in result.checks
    ]
    return max(verdicts, key=VERDICTS.index, default=None)


def regions(spec: Spec, profile: str) -> list[str]:
    """Return the rows of a profile's matrix, in the order of the text."""
    return list(dict.fromkeys(c.region for c in spec.clauses.values() if c.profile == profile))


def cell(result: Result, region: str, spec: Spec, checks: list[Check]) -> str:
    """Return what the matrix says of *region*: "yes", "9/10", "missing", or "" if not judged."""
    clauses = [clause.id for clause in spec.clauses.values() if clause.region == region]
    judged = [v for v in (clause_verdict(result, c, checks) for c in clauses) if v is not None]
    if not judged:
        return ""
    if all(verdict == "missing" for verdict in judged):
        return "missing"
    good = judged.count("pass")
    warning = "!" if "crash" in judged or "timeout" in judged else ""
    return "yes" if good == len(judged) else f"{good}/{len(judged)}{warning}"


def columns(results: list[Result], profile: str, spec: Spec, checks: list[Check]) -> list[Column]:
    """Return the columns of a profile's matrix."""
    rows = regions(spec, profile)
    chosen = [result for result in results if result.profile == profile and result.provided]
    cells = {r.file: tuple(cell(r, row, spec, checks) for row in rows) for r in chosen}
    found: list[Column] = []
    for title, own in groupby(chosen, key=lambda result: result.title):
        groups = [list(group) for _, group in groupby(own, key=lambda result: cells[result.file])]
        often = Counter(minor for group in groups for minor in {result.minor for result in group})
        for group in groups:
            found.append(Column(title, _pythons(group, often), cells[group[0].file]))
    return found


def _pythons(group: list[Result], often: Counter[str]) -> str:
    """Return "3.12" or "3.8-3.11"; a minor version that is in several columns is told in full."""
    names = [r.minor if often[r.minor] == 1 else r.python.partition("-")[2] for r in group]
    return names[0] if names[0] == names[-1] else f"{names[0]}-{names[-1]}"


def as_text(profile: str, names: list[str], found: list[Column]) -> str:
    """Return a matrix as an aligned table for a terminal."""
    widths = [max(map(len, (column.pythons, *column.cells))) for column in found]
    label = max(map(len, (profile, *names)))
    titles = " " * label
    for title, group in groupby(range(len(found)), key=lambda index: found[index].title):
        members = list(group)
        room = sum(widths[index] + 2 for index in members) - 2
        widths[members[-1]] += max(0, len(title) - room)
        titles += "  " + title.ljust(room)
    table = [(profile, [column.pythons for column in found])]
    table += [(name, [column.cells[i] for column in found]) for i, name in enumerate(names)]
    table = [(name, cells) for name, cells in table if any(cells)]
    lines = [
        "  ".join([name.ljust(label), *(c.ljust(w) for c, w in zip(cells, widths, strict=True))])
        for name, cells in table
    ]
    lines.insert(1, "-" * max(len(line.rstrip()) for line in [titles, *lines]))
    return "\n".join(line.rstrip() for line in [titles, *lines])


def as_markdown(profile: str, names: list[str], found: list[Column]) -> str:
    """Return a matrix as a Markdown table."""
    head = [profile, *(f"{column.title} {column.pythons}" for column in found)]
    rows = [[f"`{name}`", *(column.cells[i] for column in found)] for i, name in enumerate(names)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def print_matrix(
    results: list[Result],
    spec: Spec,
    checks: list[Check],
    render: Callable[[str, list[str], list[Column]], str] = as_text,
) -> None:
    """Print the matrix of each profile that was judged."""
    for profile in PROFILES:
        if found := columns(results, profile, spec, checks):
            print("\n" + render(profile, regions(spec, profile), found))
        without = ", ".join(r.python for r in results if r.profile == profile and not r.provided)
        if without:
            print(f"\n{profile} not provided: {without}")
    if render is as_text:
        print("\n" + LEGEND)


def count(number: int, what: str) -> str:
    """Return "1 subject" or "2 subjects"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def summary(verdicts: Iterable[Verdict]) -> str:
    """Return how many checks had which verdict: "118 pass, 3 fail"."""
    count = Counter(verdict.verdict for verdict in verdicts)
    return ", ".join(f"{count[verdict]} {verdict}" for verdict in VERDICTS if count[verdict])
