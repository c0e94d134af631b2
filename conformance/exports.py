"""Verdicts for other programs: JSON, JUnit XML, and the Test Anything Protocol.

A subject is a suite and a check is a case.  Departures of an implementation other than the reference
are recorded facts, not errors of the run; they stand in a file as failures all the same, because
that is what they are of the implementation.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import records
import spec
from files import check_writable, write_json, write_text
from records import Result

_FILES = ("json", "junit", "tap")


def check(arguments: argparse.Namespace) -> None:
    """Raise Unusable if a file that *arguments* ask for cannot be written."""
    for name in _FILES:
        if getattr(arguments, name) not in (None, "", "-"):
            check_writable(Path(getattr(arguments, name)))
    if arguments.results:
        check_writable(Path(arguments.results) / "results")


def write(arguments: argparse.Namespace, results: list[Result], seconds: float) -> None:
    """Write, or print, what *arguments* ask for."""
    if arguments.results:
        for result in results:
            records.save(result, Path(arguments.results))
    for name in _FILES:
        place = getattr(arguments, name)
        if not place:
            continue
        if name == "json" and place != "-":
            write_json(Path(place), table(results, seconds))
            continue
        if name == "json":
            text = json.dumps(table(results, seconds), indent=1, sort_keys=True) + "\n"
        else:
            text = junit(results) if name == "junit" else tap(results)
        if place == "-":
            sys.__stdout__.write(text)  # type: ignore[union-attr]  # there is one to print to
        else:
            write_text(Path(place), text)


def table(results: list[Result], seconds: float) -> dict[str, Any]:
    """Return a run as schemas/results.json describes it; *seconds* is how long it took."""
    return {
        "format": records.FORMAT,
        "text": spec.TEXT_VERSION,
        "suite": spec.SUITE_VERSION,
        "platform": platform.platform(),
        "seconds": round(seconds, 1),
        "results": [
            {
                **records.table(result),
                "seconds": round(sum(v.seconds for v in result.checks.values()), 3),
            }
            for result in results
        ],
    }


def junit(results: list[Result]) -> str:
    """Return *results* as the text of a JUnit XML file, which can hold every printable character."""
    root = Element("testsuites")
    for result in results:
        bad = [v for v in result.checks.values() if v.verdict != "pass"]
        suite = SubElement(
            root,
            "testsuite",
            name=f"{result.title} on {result.python}",
            tests=str(len(result.checks)),
            failures=str(len(bad)),
        )
        for name, verdict in result.checks.items():
            case = SubElement(suite, "testcase", classname=result.implementation, name=name)
            if verdict.verdict != "pass":
                SubElement(case, "failure", type=verdict.verdict, message=verdict.detail)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def tap(results: list[Result]) -> str:
    """Return *results* in the Test Anything Protocol, version 14."""
    cases = [(r, name, verdict) for r in results for name, verdict in r.checks.items()]
    lines = ["TAP version 14", f"1..{len(cases)}"]
    for number, (result, name, verdict) in enumerate(cases, 1):
        good = "ok" if verdict.verdict == "pass" else "not ok"
        lines.append(f"{good} {number} - {result.title} on {result.python}: {name}")
        if verdict.verdict != "pass":
            lines += _diagnosis({"verdict": verdict.verdict, "detail": verdict.detail})
    return "\n".join(lines) + "\n"


def _diagnosis(said: dict[str, str]) -> Iterable[str]:
    """Return the lines of a YAML block: a JSON string is a YAML string as well."""
    return ["  ---", *(f"  {key}: {json.dumps(value)}" for key, value in said.items()), "  ..."]
