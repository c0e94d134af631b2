"""The verdicts as one HTML page that needs nothing else: to send, to attach, to keep."""

from __future__ import annotations

from html import escape

import report
from records import Deviation, Result
from spec import PROFILES, SUITE_VERSION, TEXT_VERSION, Spec
from suite import Check

STYLE = """
:root { color-scheme: light dark; --line: #8884; --bad: #c62828; --good: #2e7d32; --odd: #b26a00; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --good: #81c784; --odd: #ffb74d; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem; }
table { border-collapse: collapse; font-size: 13px; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .5rem; text-align: left; }
td { vertical-align: top; }
.wide { overflow-x: auto; margin: 1rem 0; }
.wide th:first-child, .wide td:first-child { position: sticky; left: 0; background: Canvas; }
code { font-size: 13px; }
.departures code { overflow-wrap: anywhere; }
.departures td:first-child { min-width: 14rem; }
.pass, .yes { color: var(--good); } .fail, .crash, .timeout { color: var(--bad); }
.missing, .part { color: var(--odd); }
details { border-top: 1px solid var(--line); padding: .4rem 0; }
summary { cursor: pointer; }
.why { opacity: .75; }
"""


def render(
    results: list[Result], spec: Spec, checks: list[Check], deviations: list[Deviation]
) -> str:
    """Return the page that shows *results*, with the reasons that *deviations* give."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>Verdicts of the conformance suite of PEP 554</title>",
        f"<style>{STYLE}</style></head><body>",
        "<h1>Verdicts of the conformance suite of PEP 554</h1>",
        f"<p>Text {TEXT_VERSION}, suite {SUITE_VERSION}. A row of a table is a documented name, "
        "and a cell counts clauses: <code>9/10</code> means that nine of ten hold; <code>!</code> "
        "that a check crashed or hung the process. Below, each subject with what it does "
        "otherwise, and why where that is known.</p>",
    ]
    for profile in PROFILES:
        own = [result for result in results if result.profile == profile]
        if own:
            parts.append(f"<h2>Profile {escape(profile)}</h2>")
            parts.append(_matrix(own, profile, spec, checks))
            parts += [_subject(result, spec, checks, deviations) for result in own]
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _matrix(results: list[Result], profile: str, spec: Spec, checks: list[Check]) -> str:
    """Return the matrix of a profile."""
    found = report.columns(results, profile, spec, checks)
    if not found:
        return ""
    heads = "".join(f"<th>{escape(c.title)}<br>{escape(c.pythons)}</th>" for c in found)
    rows = [f"<tr><th></th>{heads}</tr>"]
    for number, region in enumerate(report.regions(spec, profile)):
        cells = [column.cells[number] for column in found]
        if any(cells):
            shown = "".join(f'<td class="{_look(cell)}">{escape(cell)}</td>' for cell in cells)
            rows.append(f"<tr><td><code>{escape(region)}</code></td>{shown}</tr>")
    return f'<div class="wide"><table>{"".join(rows)}</table></div>'


def _look(cell: str) -> str:
    """Return the class of a cell of the matrix."""
    if cell in ("yes", "missing", ""):
        return cell
    return "crash" if cell.endswith("!") else "part"


def _subject(result: Result, spec: Spec, checks: list[Check], deviations: list[Deviation]) -> str:
    """Return what is to be said of one subject."""
    name = f"<strong>{escape(result.title)}</strong> on {escape(result.python)}"
    if not result.provided:
        return f"<p>{name}: the text calls the module optional.</p>"
    head = f"{name}: {escape(report.summary(result.checks.values()))}"
    reasons = {c: d for d in deviations if d.covers(result) for c in d.checks}
    clauses = {check.id: check.clauses for check in checks}
    rows = []
    for check, verdict in result.checks.items():
        if verdict.verdict == "pass":
            continue
        known = reasons.get(check)
        why = f"{escape(known.says)} <span class='why'>{escape(known.why)}</span>" if known else ""
        words = " ".join(_words(spec, clause) for clause in clauses.get(check, ()))
        rows.append(
            f"<tr><td><code>{escape(check)}</code></td>"
            f"<td class='{verdict.verdict}'>{verdict.verdict}</td>"
            f"<td>{escape(words)}</td><td>{escape(verdict.detail)}</td><td>{why}</td></tr>"
        )
    if not rows:
        return f"<p class='pass'>{head}</p>"
    heads = "<tr><th>Check</th><th></th><th>The text</th><th>What happened</th><th>Known</th></tr>"
    table = f"<div class='wide departures'><table>{heads}{''.join(rows)}</table></div>"
    return f"<details><summary>{head}</summary>{table}</details>"


def _words(spec: Spec, clause: str) -> str:
    """Return the words of a clause; it may be gone since the results were made."""
    known = spec.clauses.get(clause)
    return next(iter(known.quotes.values())) if known else ""
