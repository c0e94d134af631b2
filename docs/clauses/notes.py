"""The note below a paragraph: its clauses, who fulfils them, and the checks that found out.

Folded, it is one line with the essentials.  Unfolded, it has an entry for each clause: the words
it quotes (where the paragraph has several), the implementations and Pythons that pass in one item,
an item for each way of departing, and the checks with their source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import spec
import suite
from docutils import nodes
from sphinx import addnodes

from . import book
from .nodes import Note, Source, Summary, Verdict

Quoted = Sequence[tuple[spec.Clause, str]]


def note(known: book.Book, quoted: Quoted, docname: str, restated: bool) -> Note:
    """Return the note below a paragraph that says what is *quoted*: clauses and their words."""
    clauses = [clause for clause, _ in quoted]
    lines, departs = [_line(known, clause) for clause in clauses], _departs(known, clauses)
    found = Note(classes=["clauses"], lines=lines, departs=departs)
    found += _summary(known, clauses, "restates " if restated else "")
    for clause, words in quoted:
        entry = nodes.container(classes=["clause-entry"])
        entry += _heading(clause, words if len(quoted) > 1 else "", docname, restated)
        if verdicts := _verdicts(known, clause):
            entry += nodes.bullet_list("", *verdicts, classes=["verdicts"])
        entry += [source(check) for check in known.checks.get(clause.id, ())]
        found += entry
    return found


def _departs(known: book.Book, clauses: list[spec.Clause]) -> dict[str, list[str]]:
    """Return who departs from *clauses*, and on which Pythons."""
    ids = [clause.id for clause in clauses]
    found = {
        one.title: [one.label(r) for r in one.results if known.departures(r, ids)]
        for one in known.implementations[clauses[0].profile]
    }
    return {title: pythons for title, pythons in found.items() if pythons}


def link(clause: str, docname: str, *content: nodes.Node) -> addnodes.pending_xref:
    """Return a link from the page *docname* to *clause*, if that turns out to be on a page."""
    target = {"refdomain": "std", "reftype": "clause", "reftarget": clause}
    return addnodes.pending_xref(
        "", *content, refdoc=docname, refexplicit=True, refwarn=False, calm=True, **target
    )


def prose(text: str) -> list[nodes.Node]:
    """Return *text*, in which ``code`` is marked as in a docstring, as nodes."""
    parts = re.split(r"``(.+?)``", " ".join(text.split()))
    found = [nodes.literal(p, p) if i % 2 else nodes.Text(p) for i, p in enumerate(parts) if p]
    return list(found)


def source(check: suite.Check) -> Source:
    """Return what *check* says of itself, and its source."""
    first, _, rest = check.doc.strip().partition("\n\n")
    summary = Summary("", "", *prose(first or check.name.replace("_", " ")))
    summary += [nodes.Text(" "), nodes.inline("", check.id, classes=["check-id"])]
    body = [nodes.paragraph("", "", *prose(part)) for part in rest.split("\n\n") if part.strip()]
    code = nodes.literal_block(check.source, check.source, language="python3")
    return Source("", summary, *body, code, classes=["check", "no-search"])


def _summary(known: book.Book, clauses: list[spec.Clause], verb: str) -> Summary:
    """Return the line that shows while the note is folded."""
    summary = Summary(text=f"{verb}{len(clauses)} clause{'s' if len(clauses) > 1 else ''}")
    ids = [clause.id for clause in clauses]
    passing, departing = {}, []
    for one in known.implementations[clauses[0].profile]:
        where = one.where(lambda result: bool(known.departures(result, ids)))
        if True in where:
            departing.append(f"{one.title} {where[True]}")
        elif any(known.verdict(result, *ids) for result in one.results):
            passing[one.name] = f"{one.title} passes"
    if len(passing) > 1 and not departing:
        summary += _part("all implementations pass", "pass")
    elif passing and (book.REFERENCE in passing or not departing):
        summary += _part(next(iter(passing.values())), "pass")
    if departing:
        summary += [*_part("departs:", "fail"), nodes.Text(" " + ", ".join(departing))]
    elif not passing:
        summary += nodes.Text(" · not judged yet")
    return summary


def _part(words: str, kind: str) -> list[nodes.Node]:
    return [nodes.Text(" · "), nodes.inline("", words, classes=[kind])]


def _heading(clause: spec.Clause, words: str, docname: str, restated: bool) -> nodes.paragraph:
    """Return the first line of a clause's entry: its ID, which is its permalink, and its words."""
    name = nodes.literal(clause.id, clause.id)
    if restated:
        anchor: nodes.Element = link(clause.id, docname, name)
    else:
        anchor = nodes.reference("", "", name, refid=clause.anchor, internal=True)
    heading = nodes.paragraph("", "", anchor, classes=["clause-id"])
    if words:
        heading += [nodes.Text(" "), nodes.inline("", f"“{words}”", classes=["clause-words"])]
    return heading


def _verdicts(known: book.Book, clause: spec.Clause) -> list[nodes.list_item]:
    """Return an item for who passes, then one for each range of Pythons that departs alike."""
    passing = []
    items = []
    for one in known.implementations[clause.profile]:
        found = one.where(lambda result: known.verdict(result, clause.id))
        for verdict, pythons in found.items():
            if verdict and verdict.verdict == "pass":
                passing.append(f"{one.title} {pythons}")
            elif verdict:
                items.append(_item(verdict.verdict, f"{one.title} {pythons}", verdict.detail))
    return [_item("pass", "; ".join(passing))] * bool(passing) + items


def _item(verdict: str, who: str, detail: str = "") -> nodes.list_item:
    line = nodes.paragraph("", "", Verdict(word=verdict), nodes.Text(f" {who}"))
    if detail:
        line += [nodes.Text(": "), nodes.literal(detail, detail)]
    return nodes.list_item("", line)


def _line(known: book.Book, clause: spec.Clause) -> str:
    """Say the verdicts on *clause* in one line."""
    said = []
    for one in known.implementations[clause.profile]:
        found = one.where(lambda result: getattr(known.verdict(result, clause.id), "verdict", ""))
        said += [
            f"{one.title} {pythons} {verdict}" for verdict, pythons in found.items() if verdict
        ]
    return f"{clause.id}: {'; '.join(said) or 'not judged yet'}"
