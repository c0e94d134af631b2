"""Claims of conformance: what somebody who says "mine conforms" must include, made by a command.

A claim can be read without trust in who made it only as far as it can be repeated.  So it names the
text and the suite down to a digest of both, the Python, the platform and the adapter, and holds every
verdict, not only the good ones.  ``--verify`` sees whether its parts agree with each other and with
this suite; whether its verdicts are true, only judging again can tell.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import platform
from collections import Counter
from pathlib import Path
from typing import Any

import judging
import records
import spec
import suite
from files import Unusable, read_json, read_text, write_text
from plain import plain
from runner import VERDICTS

FORMAT = 1


def claim(arguments: argparse.Namespace) -> int:
    """Judge one implementation and write the claim; or verify one."""
    if arguments.verify:
        return _verify(Path(arguments.verify))
    if arguments.k:
        raise Unusable("a claim is about a whole profile: leave out -k")
    text, checks = spec.load(), suite.load()
    found, _ = judging.select(arguments, text)
    if len(found) != 1:
        names = ", ".join(f"{subject} ({subject.profile})" for subject in found)
        raise Unusable(
            f"a claim is about one subject, and {len(found)} are selected: {names}; "
            "name one with --python, --profile and --module, --adapter or --implementation"
        )
    (result,) = judging.judge(arguments, text, checks)
    table = _table(result, text, checks, found[0].module)
    written = json.dumps(table, indent=1, ensure_ascii=False) + "\n"
    if arguments.output == "-":
        print(written, end="")
    else:
        write_text(Path(arguments.output), written)
        print(f"{plain(arguments.output)}: {_says(table)}")
    return 0 if table["conforms"] else 1


def _table(
    result: records.Result, text: spec.Spec, checks: list[suite.Check], module: str
) -> dict[str, Any]:
    """Return the claim that *result* supports."""
    adapter = Path(module)
    return {
        "claim": FORMAT,
        "made": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "text": spec.TEXT_VERSION,
        "suite": spec.SUITE_VERSION,
        "digests": digests(text, checks),
        "platform": {"system": platform.platform(), "machine": platform.machine()},
        "adapter": read_text(adapter) if adapter.suffix == ".py" else f"module {plain(module)}",
        **_conclusions(result),
        "result": records.table(result),
    }


def _conclusions(result: records.Result) -> dict[str, Any]:
    """Return what follows from the verdicts of *result*."""
    count = Counter(verdict.verdict for verdict in result.checks.values())
    departures = [name for name, verdict in result.checks.items() if verdict.verdict != "pass"]
    return {
        "conforms": not departures and bool(result.checks),
        "verdicts": {verdict: count[verdict] for verdict in VERDICTS},
        "departures": departures,
    }


def digests(text: spec.Spec, checks: list[suite.Check]) -> dict[str, str]:
    """Return the SHA-256 of what is promised, and of how it is checked."""
    clauses = sorted((clause.id, sorted(clause.quotes.items())) for clause in text.clauses.values())
    proofs = sorted((check.id, check.clauses, check.source) for check in checks)

    def digest(value: object) -> str:
        return hashlib.sha256(json.dumps(value).encode()).hexdigest()

    return {"text": digest(clauses), "checks": digest(proofs)}


def _verify(path: Path) -> int:
    """Print what is wrong with the claim in the file *path*; return the exit status."""
    table = read_json(path)
    wrong = list(_faults(table, path))
    for line in wrong or [f"the claim is sound: {_says(table)}"]:
        print(plain(f"{path}: {line}"))
    return 1 if wrong else 0


def _faults(table: Any, path: Path) -> list[str]:
    """Return a line for each thing in the claim *table* that does not agree with the rest."""
    if not isinstance(table, dict) or table.get("claim") != FORMAT:
        raise Unusable(f"{path}: is no claim as `claim --output FILE` writes it")
    result = records.from_table(table.get("result"), path)
    text, checks = spec.load(), suite.load()
    wrong = [
        f"{key} is {table.get(key)!r}, and its verdicts say {value!r}"
        for key, value in _conclusions(result).items()
        if table.get(key) != value
    ]
    for key, value in digests(text, checks).items():
        if not isinstance(table.get("digests"), dict) or table["digests"].get(key) != value:
            wrong.append(f"it was made with {key} other than these; it cannot be compared")
    wanted = {check.id for check in checks if check.profile == result.profile}
    if unknown := sorted(result.checks.keys() - wanted):
        wrong.append(f"it has verdicts on what is no check: {', '.join(unknown)}")
    applied = {check.id for check in checks if check.applies(result.profile, result.python)}
    if lacking := sorted(applied - result.checks.keys()):
        wrong.append(f"it has no verdict on {', '.join(lacking)}")
    return wrong


def _says(table: dict[str, Any]) -> str:
    """Return what the claim says, on a line."""
    result = table["result"]
    who = f"{result['title']} on {result['python']}"
    if table["conforms"]:
        return f"{who} conforms to {result['profile']}, text {table.get('text')}"
    number = len(table["departures"])
    return f"{who} departs from {result['profile']}, text {table.get('text')}, in {number} checks"
