"""Recording anew: what changes in the records, and the deviations that the changed records need.

A deviation says what an implementation does instead, and why.  When the records change, its reasons
are kept where the same check still has the same verdict, on whichever versions; what has no reason
yet is written with the detail of the verdict, and ``?`` for the reason, which the tests do not let
pass.  So nobody copies check IDs by hand, and nobody records a departure without a look at it.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from records import UNEXPLAINED, Deviation, Result, changed, version
from spec import ROOT
from suite import Check, folder

# What is said of a departure: in place of it, why, the issue, and the verdict.
Reason = tuple[str, str, str, str]


def difference(recorded: Result | None, fresh: Result) -> list[str]:
    """Return a line for each way in which *fresh* is not what is *recorded*."""
    if recorded is None:
        return [f"recorded for the first time: {len(fresh.checks)} checks"]
    lines = [
        f"{name}: {verdict.verdict}, recorded {recorded.checks[name].verdict}: {verdict.detail}"
        for name, verdict in changed(recorded, fresh).items()
    ]
    for name, verdict in fresh.checks.items():
        before = recorded.checks.get(name)
        if before is None:
            lines.append(f"{name}: {verdict.verdict}, new: {verdict.detail}".rstrip(": "))
        elif before != verdict and before.verdict == verdict.verdict:
            lines.append(f"{name}: {verdict.verdict}: {verdict.detail}; recorded: {before.detail}")
    lines += [f"{name}: gone" for name in recorded.checks if name not in fresh.checks]
    for what in ("names", "has"):
        if getattr(recorded, what) != getattr(fresh, what):
            lines.append(f"{what}: {getattr(fresh, what)}")
    return lines


def renew(
    deviations: list[Deviation], results: list[Result], checks: list[Check], root: Path = ROOT
) -> dict[Path, str]:
    """Return the new contents of each file of deviations that the *results* change; "": none."""
    found: dict[Path, str] = {}
    order = {check.id: index for index, check in enumerate(checks)}
    for profile, implementation in dict.fromkeys((r.profile, r.implementation) for r in results):
        own = [r for r in results if (r.profile, r.implementation) == (profile, implementation)]
        known = [
            d for d in deviations if (d.profile, d.implementation) == (profile, implementation)
        ]
        path = root / "conformance" / "deviations" / folder(profile) / f"{implementation}.toml"
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        entries = list(_entries(own, known, order))
        head = (
            before.partition("[[deviation]]")[0] or f"# Where {own[0].title} departs, and why.\n\n"
        )
        after = head + "\n".join(entries) if entries else ""
        if after != before:
            found[path] = after
    return found


def _entries(results: list[Result], known: list[Deviation], order: dict[str, int]) -> Iterator[str]:
    """Yield the entries that *results* need, each as text; the reasons in the order of *known*."""
    minors = sorted({result.version[:2] for result in results})
    reasons: dict[Reason, dict[str, set[tuple[int, ...]]]] = {}
    for deviation in known:
        reasons[_reason(deviation)] = {}
    for result in results:
        for name, verdict in result.checks.items():
            if verdict.verdict != "pass":
                said = f"{verdict.verdict}: {verdict.detail}".rstrip(": ")
                reason = _known_reason(known, result, name, verdict.verdict)
                reason = reason or (said, UNEXPLAINED, "", verdict.verdict)
                reasons.setdefault(reason, {}).setdefault(name, set()).add(result.version[:2])
    for reason, where in reasons.items():
        ranges: dict[tuple[tuple[int, ...], tuple[int, ...]], list[str]] = {}
        for name in sorted(where, key=lambda name: order.get(name, -1)):
            for span in _spans(where[name], minors):
                ranges.setdefault(span, []).append(name)
        for (first, last), names in sorted(ranges.items()):
            yield _entry(reason, first, last, names)


def _reason(deviation: Deviation) -> Reason:
    return (deviation.says, deviation.why, deviation.issue, deviation.verdict)


def _known_reason(known: list[Deviation], result: Result, name: str, verdict: str) -> Reason | None:
    """Return what is said of this departure, or of the same one on the nearest other version."""
    same = [d for d in known if name in d.checks and d.verdict == verdict]

    def distance(deviation: Deviation) -> int:
        first, _, last = deviation.pythons.partition("-")
        low, high = version(first)[1], version(last or first)[1]
        minor = result.version[1]
        return max(low - minor, minor - high, 0)

    return _reason(min(same, key=distance)) if same else None


def _spans(
    wanted: set[tuple[int, ...]], minors: list[tuple[int, ...]]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield the first and last of each unbroken run of *wanted* among *minors*."""
    start = None
    for before, minor in zip([None, *minors], [*minors, None], strict=True):
        if minor in wanted and start is None:
            start = minor
        elif minor not in wanted and start is not None and before is not None:
            yield start, before
            start = None


def _entry(reason: Reason, first: Iterable[int], last: Iterable[int], names: list[str]) -> str:
    """Return one deviation as TOML."""
    says, why, issue, verdict = reason
    pythons = "-".join(dict.fromkeys(".".join(map(str, part)) for part in (first, last)))
    lines = [
        "[[deviation]]",
        f"pythons = {_string(pythons)}",
        f"verdict = {_string(verdict)}",
        f"says = {_string(says)}",
        f"why = {_string(why)}",
        *([f"issue = {_string(issue)}"] if issue else []),
        "checks = [",
        *(f"    {_string(name)}," for name in names),
        "]",
    ]
    return "\n".join(lines) + "\n"


def _string(text: str) -> str:
    """Return *text* as a TOML string: a JSON string is one, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def shown(path: Path, contents: str) -> Iterator[str]:
    """Yield the lines of a diff from the file *path* to its new *contents*."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
    yield from difflib.unified_diff(
        before.splitlines(keepends=True), contents.splitlines(keepends=True), name, name
    )
