"""The verdicts seen from above: the matrix, its digest, and what is known of each departure.

``.. matrix:: PROFILE``      a row for each implementation and Python, a column for each region
``.. glance::``              a row for each implementation: how many clauses it fulfils, and where
``.. deviations:: PROFILE``  a section for each implementation: what it does instead, and why
``.. hazards:: PROFILE``     a row for each hazard, a column for each Python: theirs, then ours
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator

import records
import spec
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from . import book
from .nodes import Verdict
from .notes import link, prose

TRACKERS = {
    "gh": "https://github.com/python/cpython/issues/",
    "bpo": "https://bugs.python.org/issue?@action=redirect&bpo=",
}


# An implementation and the record of it on one Python; and two of them, the reference last.
_Judged = tuple[book.Implementation | None, records.Result | None]
_Both = tuple[_Judged, _Judged]


class Matrix(SphinxDirective):
    """The matrix of a profile."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a table, or a sentence if nothing was judged."""
        profile = directives.choice(self.arguments[0], spec.PROFILES)
        known = book.of(self.config)
        regions = known.regions(profile)
        rows = []
        for one in known.implementations[profile]:
            rows.append([entry(nodes.Text(one.title), morecols=len(regions))])
            for result in one.results:
                cells = [self._cell(known, result, name, regions[name]) for name in regions]
                rows.append([entry(nodes.Text(one.label(result))), *cells])
        if not rows:
            return [nodes.paragraph(text="No verdict is on record.")]
        names = {region: region.removeprefix("interpreters.") for region in regions}
        heads = [self._head(name, regions[region][0]) for region, name in names.items()]
        widths = [8] + [max(len(name) + 4, 13) for name in names.values()]
        found: list[nodes.Node] = [
            table(widths, [entry(nodes.Text("Python")), *heads], rows, "matrix")
        ]
        if without := sorted(result.python for result in known.without[profile]):
            found.append(nodes.paragraph(text=f"Not provided by {', '.join(without)}."))
        return found

    def _head(self, name: str, clause: str) -> nodes.entry:
        return entry(link(clause, self.env.docname, nodes.literal(name, name)))

    def _cell(
        self, known: book.Book, result: records.Result, region: str, clauses: list[str]
    ) -> nodes.entry:
        """Return the worst verdict on *clauses*, linked to the first that is behind it."""
        verdict = known.verdict(result, *clauses)
        if verdict is None:
            return entry()
        departs = known.departures(result, clauses)
        title = f"{region}: departs from {', '.join(departs)}" if departs else f"{region}: conforms"
        mark = Verdict(word=verdict.verdict, title=title)
        if departs and (verdict.verdict != "missing" or departs != clauses):
            judged = [clause for clause in clauses if known.verdict(result, clause)]
            mark += nodes.Text(f" {len(judged) - len(departs)}/{len(judged)}")
        return entry(link((departs or clauses)[0], self.env.docname, mark))


class Glance(SphinxDirective):
    """Each implementation in a row or two."""

    def run(self) -> list[nodes.Node]:
        """Return a table, or a sentence if nothing was judged."""
        known = book.of(self.config)
        rows = []
        for profile, implementations in known.implementations.items():
            if implementations:
                rows.append([entry(nodes.Text(f"{profile.capitalize()} interface"), morecols=2)])
            for one in implementations:
                for fulfilled, pythons in one.where(_counting(known, profile)).items():
                    cells = (one.title, pythons, fulfilled)
                    rows.append([entry(nodes.Text(cell)) for cell in cells])
        if not rows:
            return [nodes.paragraph(text="No verdict is on record.")]
        heads = ("Implementation", "Python", "Clauses fulfilled")
        head = [entry(nodes.Text(name)) for name in heads]
        return [table([30, 20, 20], head, rows, "glance")]


class Deviations(SphinxDirective):
    """What the implementations of a profile do otherwise."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a section for each implementation."""
        profile = directives.choice(self.arguments[0], spec.PROFILES)
        known = book.of(self.config)
        return [self._section(known, profile, one) for one in known.implementations[profile]]

    def _section(self, known: book.Book, profile: str, one: book.Implementation) -> nodes.section:
        """Return what is known of *one*: how it is reached, then how it departs."""
        section = nodes.section(ids=[f"deviations-{profile}-{one.name.replace('_', '-')}"])
        section += nodes.title("", one.title)
        section += nodes.paragraph(text=_introduction(known, profile, one))
        if reached := list(_reached(one)):
            section += nodes.bullet_list("", *reached)
        for deviation in one.deviations:
            section += self._deviation(known, deviation)
        return section

    def _deviation(self, known: book.Book, deviation: records.Deviation) -> nodes.container:
        """Return an entry for *deviation*."""
        says = nodes.paragraph("", "", *prose(deviation.says), classes=["says"])
        facts = nodes.field_list(
            "", _field("Python", nodes.Text(deviation.pythons.replace("-", "–")))
        )
        facts += _field("Verdict", nodes.Text(deviation.verdict))
        facts += _field("Why", *prose(deviation.why))
        if deviation.issue:
            facts += _field("Issue", _tracked(deviation.issue))
        clauses = known.clauses_of(deviation.checks)
        facts += _field("Clauses", *listed(self._link(clause) for clause in clauses))
        facts += _field("Checks", *listed(nodes.literal(c, c) for c in deviation.checks))
        return nodes.container("", says, facts, classes=["deviation"])

    def _link(self, clause: str) -> nodes.Element:
        return link(clause, self.env.docname, nodes.literal(clause, clause))


class Hazards(SphinxDirective):
    """What came of each hazard, on each Python: the others' verdict, then the reference's."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a table, or a sentence if nothing was judged."""
        profile = directives.choice(self.arguments[0], spec.PROFILES)
        known = book.of(self.config)
        columns = _by_python(known.implementations[profile])
        hazards = [hazard for hazard in known.hazards if hazard.check.profile == profile]
        if not columns or not hazards:
            return [nodes.paragraph(text="No verdict is on record.")]
        rows: list[list[nodes.entry]] = []
        for region, those in itertools.groupby(hazards, lambda hazard: hazard.clause.region):
            rows.append([entry(nodes.Text(region), morecols=len(columns))])
            rows += [self._row(hazard, columns) for hazard in those]
        heads = [
            entry(nodes.Text(text)) for text in ("Hazard", *book.python_labels(columns).values())
        ]
        return [table([70, *[14] * len(columns)], heads, rows, "marks")]

    def _row(self, hazard: book.Hazard, columns: dict[str, _Both]) -> list[nodes.entry]:
        """Return the row of *hazard*: what it is, and two verdicts for each Python."""
        words = nodes.inline("", "", *prose(hazard.check.hazard))
        head = entry(link(hazard.clause.id, self.env.docname, words))
        return [head, *(self._cell(hazard, both) for both in columns.values())]

    def _cell(self, hazard: book.Hazard, both: _Both) -> nodes.entry:
        """Return the verdicts of a pair of implementations, as far as there are any."""
        found = nodes.inline()
        for one, result in both:
            verdict = hazard.outcome(result) if result else None
            if one and verdict:
                title = f"{one.title}: {verdict.verdict}"
                title += f": {verdict.detail}" if verdict.detail else ""
                found += [nodes.Text(" ")] * bool(found.children)
                found += Verdict(word=verdict.verdict, title=title)
        return entry(found) if found.children else entry()


def _by_python(implementations: Iterable[book.Implementation]) -> dict[str, _Both]:
    """Return, for each Python, who was judged on it: another than the reference, then that."""
    found: dict[str, list[_Judged]] = {}
    results = [(result, one) for one in implementations for result in one.results]
    for result, one in sorted(results, key=lambda pair: pair[0].version):
        both = found.setdefault(result.python, [(None, None), (None, None)])
        both[one.name == book.REFERENCE] = (one, result)
    return {python: (theirs, ours) for python, (theirs, ours) in found.items()}


def _introduction(known: book.Book, profile: str, one: book.Implementation) -> str:
    """Say where *one* was judged, and what came of it if no deviation says so."""
    judged = f"Judged on Python {one.where(lambda result: True)[True]}."
    clauses = known.clauses(profile)
    if one.deviations:
        return judged
    if any(known.departures(result, clauses) for result in one.results):
        return f"{judged} It departs from the text in ways that are not described yet."
    return f"{judged} It departs from no clause."


def _counting(known: book.Book, profile: str) -> Callable[[records.Result], str]:
    """Return a function that counts the clauses of *profile* that a result fulfils."""

    def count(result: records.Result) -> str:
        found = [known.verdict(result, clause) for clause in known.clauses(profile)]
        verdicts = [verdict.verdict for verdict in found if verdict]
        return f"{verdicts.count('pass')} of {len(verdicts)}"

    return count


def _reached(one: book.Implementation) -> Iterator[nodes.list_item]:
    """Yield an item for what *one* lacks, and for each name that it has in another way."""
    missing: dict[str, list[str]] = {}
    ways = []
    for name in sorted({name for result in one.results for name in result.names}):
        found = one.where(lambda result: result.names.get(name, name))
        for way, pythons in found.items():
            if way is None:
                missing.setdefault(pythons, []).append(f"``{name}``")
            elif way != name:
                there, comma, how = way.partition(",")
                how = f"{comma}{how}," if how else ""
                ways.append(f"``{name}`` is reached as ``{there}``{how} on Python {pythons}.")
    lacks = [f"Missing on Python {where}: {', '.join(names)}." for where, names in missing.items()]
    for text in lacks + ways:
        yield nodes.list_item("", nodes.paragraph("", "", *prose(text)))


def _tracked(issue: str) -> nodes.Node:
    """Return *issue* (``gh-1``, ``bpo-1``) as a link to its tracker, or as it is."""
    tracker, _, number = issue.partition("-")
    if tracker not in TRACKERS or not number.isdecimal():
        return nodes.Text(issue)
    return nodes.reference("", issue, refuri=TRACKERS[tracker] + number, internal=False)


def listed(items: Iterable[nodes.Node]) -> list[nodes.Node]:
    """Put commas between *items*."""
    return [node for item in items for node in (nodes.Text(", "), item)][1:]


def _field(name: str, *content: nodes.Node) -> nodes.field:
    body = nodes.field_body("", nodes.paragraph("", "", *content))
    return nodes.field("", nodes.field_name("", name), body)


def entry(content: nodes.Node | None = None, **attributes: int) -> nodes.entry:
    """Return a cell that holds *content*, as a paragraph."""
    paragraph = [nodes.paragraph("", "", content)] if content else []
    return nodes.entry("", *paragraph, **attributes)


def table(
    widths: list[int], head: list[nodes.entry], rows: list[list[nodes.entry]], kind: str
) -> nodes.table:
    """Return a table whose first column and first row are headings."""
    group = nodes.tgroup(cols=len(widths))
    group += [nodes.colspec(colwidth=width, stub=int(not i)) for i, width in enumerate(widths)]
    group += nodes.thead("", nodes.row("", *head))
    group += nodes.tbody("", *(nodes.row("", *row) for row in rows))
    return nodes.table("", group, classes=[kind])
