"""How a line of modules changed from release to release, as far as verdicts and names tell.

``.. drift:: PROFILE IMPLEMENTATION...``      a row for each clause on which the releases differ, and
                                              what each release changed over the one before it
``.. revisions::``                            a row for each revision of the proposal, with how much
                                              of its names each release has; a line of the content
                                              is PROFILE IMPLEMENTATION..., the best line first

The implementations are those that followed one another in CPython, and a *release* is the record
of one of them on one Python.  Nothing here is written by hand but the names that the revisions
document (``conformance/revisions.toml``); which revision is nearest is counted.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import records
import spec
from docutils import nodes
from docutils.parsers.rst import directives
from files import read_toml
from sphinx.util.docutils import SphinxDirective

from . import book
from .nodes import Verdict
from .notes import link, prose
from .tables import entry, listed, table

REVISIONS = Path("docs", "conformance", "revisions.toml")
PEPS = "https://github.com/python/peps/commit/"


@dataclass(frozen=True)
class Release:
    """The record of an implementation on one Python."""

    title: str
    result: records.Result

    @property
    def label(self) -> str:
        """The Python's full version."""
        return self.result.python.removeprefix("cpython-")

    @property
    def names(self) -> frozenset[str]:
        """The public names that the module was found to have, ``Class.method`` among them."""
        return frozenset(self.result.has)


@dataclass(frozen=True)
class Revision:
    """A posted text of the proposal: which, where it can be read, and the names it documents."""

    title: str
    says: str
    commit: str
    names: frozenset[str]


class Drift(SphinxDirective):
    """What differs between the releases, and what each of them changed."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return a table and a list, or a sentence if there is nothing to compare."""
        profile, names = _arguments(self.arguments[0])
        known = book.of(self.config)
        line = releases(known, profile, names)
        if len(line) < 2:
            return [nodes.paragraph(text="No two releases are on record.")]
        found: list[nodes.Node] = [nodes.paragraph("", "", *prose(_who(line)))]
        if rows := list(self._rows(known, profile, line)):
            heads = [entry(nodes.Text(text)) for text in ("Clause", *(r.label for r in line))]
            found.append(table([40, *[10] * len(line)], heads, rows, "marks"))
        found.append(nodes.definition_list("", *self._changes(known, profile, line)))
        return found

    def _rows(
        self, known: book.Book, profile: str, line: list[Release]
    ) -> Iterator[list[nodes.entry]]:
        """Yield a row for each clause of which the verdicts differ, below a row for its region."""
        for region, clauses in known.regions(profile).items():
            differing = [clause for clause in clauses if _differs(known, clause, line)]
            if differing:
                yield [entry(nodes.Text(region), morecols=len(line))]
            for clause in differing:
                head = entry(self._link(clause))
                yield [head, *(_cell(known, clause, release) for release in line)]

    def _changes(
        self, known: book.Book, profile: str, line: list[Release]
    ) -> Iterator[nodes.definition_list_item]:
        """Yield an item for each release but the first: what it changed over the one before."""
        for before, after in itertools.pairwise(line):
            changed: dict[str, list[str]] = {"Gained": [], "Lost": [], "Departs in another way": []}
            for clause in known.clauses(profile):
                then, now = _word(known, clause, before), _word(known, clause, after)
                if then and now and then != now:
                    how = {"pass": "Gained"}.get(now, "Departs in another way")
                    changed["Lost" if then == "pass" else how].append(clause)
            term = nodes.term(text=f"{after.label}, after {before.label}")
            body = [self._paragraph(how, clauses) for how, clauses in changed.items() if clauses]
            nothing = nodes.paragraph(text="No clause has another verdict.")
            yield nodes.definition_list_item("", term, nodes.definition("", *body or [nothing]))

    def _paragraph(self, how: str, clauses: list[str]) -> nodes.paragraph:
        links = listed(self._link(clause) for clause in clauses)
        return nodes.paragraph("", "", nodes.Text(f"{how}: "), *links, nodes.Text("."))

    def _link(self, clause: str) -> nodes.Element:
        return link(clause, self.env.docname, nodes.literal(clause, clause))


class Revisions(SphinxDirective):
    """How much of the names of each revision each release has."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return a table, or a sentence if no names are on record."""
        line = self._line(book.of(self.config))
        if not line:
            return [nodes.paragraph(text="No names are on record.")]
        path = Path(self.config.clauses_root, REVISIONS)
        self.env.note_dependency(str(path))
        texts = revisions(path)
        alike = itertools.groupby(line, lambda each: (each.title, each.names))
        groups = [list(group) for _, group in alike]
        shares = [[share(text, group[0]) for text in texts] for group in groups]
        heads = ["Revision", *(f"{group[0].title} {_span(group)}" for group in groups)]
        rows = [
            [_posted(text), *(_percent(column, index) for column in shares)]
            for index, text in enumerate(texts)
        ]
        widths = [40, *[14] * len(groups)]
        return [table(widths, [entry(nodes.Text(head)) for head in heads], rows, "marks")]

    def _line(self, known: book.Book) -> list[Release]:
        """Return the releases with names; on a Python that several lines have, the first's."""
        found: dict[str, Release] = {}
        for text in self.content:
            for each in releases(known, *_arguments(text)):
                if each.names:
                    found.setdefault(each.result.python, each)
        return sorted(found.values(), key=lambda each: each.result.version)


def _arguments(text: str) -> tuple[str, list[str]]:
    """Return the profile and the implementations that a directive is given."""
    profile, *names = text.split()
    return directives.choice(profile, spec.PROFILES), names


def releases(known: book.Book, profile: str, names: list[str]) -> list[Release]:
    """Return the releases of the implementations called *names*, the oldest Python first."""
    found = [
        Release(one.title, result)
        for name in names
        for one in known.implementations[profile]
        if one.name == name
        for result in one.results
    ]
    return sorted(found, key=lambda each: each.result.version)


def revisions(path: Path) -> list[Revision]:
    """Return the revisions told in the file *path*; raise Unusable if one is told wrongly."""
    names: set[str] = set()
    found = []
    for number, told in enumerate(read_toml(path).get("revision", ()), 1):
        try:
            title = f"PEP {told['pep']}, {told['date']}"
            adds, drops = set(told.get("adds", ())), set(told.get("drops", ()))
            says, commit = str(told["says"]), str(told["commit"])
        except (KeyError, TypeError) as error:
            raise book.Unusable(f"{path}: revision {number}: lacks {error}") from None
        if wrong := sorted(adds & names | drops - names):
            raise book.Unusable(f"{path}: {title}: {wrong[0]} was there before, or was not")
        names = (names | adds) - drops
        found.append(Revision(title, says, commit, frozenset(names)))
    return found


def share(revision: Revision, release: Release) -> float:
    """Return how much of the names of both is common to both, from 0 to 1.

    A low-level module has functions where the proposal has methods, so that there classes are left
    out on both sides, and what is in them counts as if it were not.
    """
    theirs, ours = revision.names, release.names
    if release.result.profile == "low-level":
        theirs, ours = _bare(theirs), _bare(ours)
    return len(theirs & ours) / len(theirs | ours)


def _bare(names: frozenset[str]) -> frozenset[str]:
    """Return the last parts of *names*, without those of the classes that others are in."""
    classes = {name.rpartition(".")[0] for name in names}
    return frozenset(name.rpartition(".")[2] for name in names - classes)


def _percent(column: list[float], index: int) -> nodes.entry:
    """Return the cell of one revision in the *column* of a release; the nearest is in bold."""
    words = f"{column[index]:.0%}"
    return entry(nodes.strong("", words) if column[index] == max(column) else nodes.Text(words))


def _posted(revision: Revision) -> nodes.entry:
    """Return the head of a revision's row, which leads to its text."""
    text = nodes.reference("", revision.title, refuri=PEPS + revision.commit, internal=False)
    return entry(nodes.inline("", "", text, nodes.Text(": "), *prose(revision.says)))


def _who(line: list[Release]) -> str:
    """Say which module was judged on which Pythons."""
    groups = itertools.groupby(line, lambda release: release.title)
    said = [f"``{title}`` on {', '.join(each.label for each in group)}" for title, group in groups]
    return f"Judged: {'; '.join(said)}."


def _span(group: list[Release]) -> str:
    return "–".join(dict.fromkeys((group[0].label, group[-1].label)))


def _word(known: book.Book, clause: str, release: Release) -> str | None:
    """Return the verdict on *clause*, or None if it was not judged."""
    verdict = known.verdict(release.result, clause)
    return verdict.verdict if verdict else None


def _differs(known: book.Book, clause: str, line: list[Release]) -> bool:
    """Whether the releases that were judged by *clause* differ in their verdicts."""
    return len({_word(known, clause, release) for release in line} - {None}) > 1


def _cell(known: book.Book, clause: str, release: Release) -> nodes.entry:
    """Return the verdict of a release on a clause."""
    verdict = known.verdict(release.result, clause)
    if verdict is None:
        return entry()
    title = f"{release.title} on {release.label}: {verdict.verdict}"
    title += f": {verdict.detail}" if verdict.detail else ""
    return entry(Verdict(word=verdict.verdict, title=title))
