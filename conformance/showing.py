"""Showing: what there is to judge and to be judged by, and what is recorded; nothing is judged."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable
from pathlib import Path

import judging
import page
import records
import report
import spec
import subjects
import suite
from files import Unusable, read_json, write_text
from plain import plain


def list_what(arguments: argparse.Namespace) -> int:
    """List the clauses, the checks, the subjects or the implementations."""
    rows = list(_LISTS[arguments.what](arguments))
    if arguments.json:
        print(json.dumps(rows, indent=1))
        return 0
    columns = zip(*(row.values() for row in rows), strict=True)
    widths = [max(map(len, column)) for column in columns]
    for row in rows:
        cells = [plain(v).ljust(min(w, 64)) for v, w in zip(row.values(), widths, strict=True)]
        print("  ".join(cells).rstrip())
    return 0


def _clauses(_: argparse.Namespace) -> Iterable[dict[str, str]]:
    for clause in spec.load().clauses.values():
        words = next(iter(clause.quotes.values()))
        yield {"id": clause.id, "profile": clause.profile, "words": words}


def _checks(_: argparse.Namespace) -> Iterable[dict[str, str]]:
    for check in suite.load():
        yield {"id": check.id, "profile": check.profile, "clauses": ", ".join(check.clauses)}


def _implementations(_: argparse.Namespace) -> Iterable[dict[str, str]]:
    recorded = records.load_results(judging.RESULTS)
    for adapter in subjects.adapters():
        key = (adapter.profile, adapter.implementation)
        where = [r.python for r in recorded if (r.profile, r.implementation) == key]
        yield {
            "name": adapter.implementation,
            "profile": adapter.profile,
            "title": adapter.title,
            "recorded": ", ".join(where) or "not recorded",
        }


def _subjects(arguments: argparse.Namespace) -> Iterable[dict[str, str]]:
    options = argparse.Namespace(module=None, adapter=None, profile=None, implementation=None)
    options.__dict__.update(vars(arguments))
    found, absent = judging.select(options, spec.load())
    for subject in found:
        yield {
            "profile": subject.profile,
            "implementation": subject.implementation,
            "python": subject.version,
            "executable": subject.python.executable,
        }
    for result in absent:
        yield {
            "profile": result.profile,
            "implementation": result.title,
            "python": result.python,
            "executable": "",
        }


_LISTS = {
    "clauses": _clauses,
    "checks": _checks,
    "subjects": _subjects,
    "implementations": _implementations,
}


def matrix(arguments: argparse.Namespace) -> int:
    """Print the matrix of the recorded verdicts."""
    render = report.as_markdown if arguments.markdown else report.as_text
    results = [r for r in _recorded() if arguments.profile in (None, r.profile)]
    report.print_matrix(results, spec.load(), suite.load(), render)
    return 0


def _recorded() -> list[records.Result]:
    """Return what is recorded; raise Unusable if nothing is."""
    results = records.load_results(judging.RESULTS)
    if not results:
        raise Unusable(f"{judging.RESULTS}: nothing is recorded; `accept` records")
    return results


def explain(arguments: argparse.Namespace) -> int:
    """Show a clause's words, its checks, and every recorded verdict on them, with the reasons."""
    text = spec.load()
    checks = suite.select(suite.load(), arguments.id)
    results = records.load_results(judging.RESULTS)
    deviations = records.load_deviations()
    for clause in text.clauses.values():
        if any(clause.id in check.clauses for check in checks):
            print(f"clause {clause.id}")
            for document, words in clause.quotes.items():
                print(f"  {document}: {words}")
    for check in checks:
        print(f"\ncheck {check.id}\n")
        print("".join(f"  {line}\n" for line in check.source.splitlines()))
        for result in results:
            if verdict := result.checks.get(check.id):
                where = f"{result.title} on {result.python}"
                print(f"  {where:48} {verdict.verdict:8} {verdict.detail}".rstrip())
        reasons = [d for d in deviations if check.id in d.checks]
        for deviation in reasons:
            print(f"\n  {deviation.implementation} on {deviation.pythons}: {deviation.says}")
            print(f"    why: {deviation.why} {deviation.issue}".rstrip())
        print(f"\n  to see for yourself: ./bazelw run //conformance -- run -k {check.id}")
    return 0


def compare(arguments: argparse.Namespace) -> int:
    """Show the verdicts in which two subjects differ."""
    one, other = _result(arguments.one), _result(arguments.other)
    if one.profile != other.profile:
        raise Unusable(
            f"{arguments.one} is of the profile {one.profile}, {arguments.other} of {other.profile}"
        )
    shared = [name for name in one.checks if name in other.checks]
    rows = [
        {
            "check": name,
            "verdicts": [one.checks[name].verdict, other.checks[name].verdict],
            "details": [one.checks[name].detail, other.checks[name].detail],
        }
        for name in shared
        if one.checks[name].verdict != other.checks[name].verdict
    ]
    only = [sorted(a.checks.keys() - b.checks.keys()) for a, b in ((one, other), (other, one))]
    if arguments.json:
        print(json.dumps({"differences": rows, "only": only}, indent=1))
    else:
        _print_comparison(one, other, only)
        print(f"\n{len(shared)} checks on both, {len(rows)} with another verdict")
    return 1 if rows or any(only) else 0


def _print_comparison(one: records.Result, other: records.Result, only: list[list[str]]) -> None:
    """Print the differences of two results for people."""
    for letter, result in (("A", one), ("B", other)):
        counts = report.summary(result.checks.values())
        print(f"{letter}  {result.title} on {result.python}: {counts}")
    for name, verdict in one.checks.items():
        against = other.checks.get(name)
        if against and against.verdict != verdict.verdict:
            print(f"\n{name}")
            for letter, each in (("A", verdict), ("B", against)):
                print(f"  {letter} {each.verdict:8} {each.detail}".rstrip())
    for letter, names in zip("AB", only, strict=True):
        if names:
            print(f"\nonly {letter} was judged by: {', '.join(names)}")


def _result(name: str) -> records.Result:
    """Return the one result that *name* names: NAME@PYTHON of the records, or a file."""
    if os.path.isfile(name):
        found = _from_file(Path(name))
    else:
        found = [r for r in records.load_results(judging.RESULTS) if name in _names(r)]
    if len(found) != 1:
        many = ", ".join(_names(r)[1] for r in found) or "there is no such file or record"
        raise Unusable(
            f"{name}: {'names several: ' if found else ''}{many}; `list implementations` tells what is recorded"
        )
    return found[0]


def _names(result: records.Result) -> tuple[str, str]:
    """Return how *result* is called: "interpreters@cpython-3.14.10", and with its profile before."""
    short = f"{result.implementation}@{result.python}"
    return short, f"{result.profile}/{short}"


def _from_file(path: Path) -> list[records.Result]:
    """Return the results in a file: a record, or what `run --json` has written."""
    table = read_json(path)
    tables = table.get("results", [table]) if isinstance(table, dict) else [table]
    return [records.from_table(each, path) for each in tables]


def write_report(arguments: argparse.Namespace) -> int:
    """Write the verdicts as one self-contained HTML page."""
    results = [r for name in arguments.files for r in _from_file(Path(name))] or _recorded()
    text = page.render(
        records.in_order(results), spec.load(), suite.load(), records.load_deviations()
    )
    write_text(Path(arguments.output), text)
    print(f"{plain(arguments.output)}: {report.count(len(results), 'subject')}")
    return 0
