"""Find the quoted words on a page, give them an anchor, and put the verdicts below them.

A quote is plain words; on the page they may run across line ends, code and links.  So a paragraph
is searched as plain text, and whatever lies in the range that was found is moved into a node of
its own.  This happens before typographic quotation marks are set, for the same text is searched
by the test that proves the quotations.  That test is where a quote that cannot be found is an
error: here it is merely not shown, so that a draft can be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import spec
from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from . import book, notes
from .nodes import Sentence

logger = logging.getLogger(__name__)


@dataclass
class Place:
    """Where clauses are quoted: ``first`` to ``last`` are offsets in the paragraph's text."""

    paragraph: nodes.paragraph
    first: int
    last: int
    clauses: list[spec.Clause]


class Quotations(SphinxTransform):
    """Anchor the clauses of a page and annotate its paragraphs."""

    default_priority = 740  # the typographic quotation marks come at 750

    def apply(self, **kwargs: object) -> None:
        """Do so if the page shows a text that clauses quote."""
        known = book.of(self.config)
        for text in known.spec.documents:
            if self.env.docname == page_of(text, self.env.found_docs):
                places = sorted(_places(self.document, text, known.spec), key=lambda p: p.first)
                for paragraph in dict.fromkeys(place.paragraph for place in places):
                    those = [place for place in places if place.paragraph is paragraph]
                    self._annotate(known, text, paragraph, those)

    def _annotate(
        self,
        known: book.Book,
        text: spec.Document,
        paragraph: nodes.paragraph,
        places: list[Place],
    ) -> None:
        """Anchor the clauses that *paragraph* is quoted by and put a note below it."""
        quoted = [(clause, text.quotes[clause.id][1]) for p in places for clause in p.clauses]
        for place in _merged(places):
            _wrap(place)
        defined = [clause for clause, _ in quoted if text.path == next(iter(clause.quotes))]
        domain = self.env.domains.standard_domain
        for clause in defined:
            domain.note_object("clause", clause.id, clause.anchor, location=paragraph)
        note = notes.note(known, quoted, self.env.docname, restated=not defined)
        paragraph.parent.insert(paragraph.parent.index(paragraph) + 1, note)


def page_of(text: spec.Document, pages: Iterable[str]) -> str | None:
    """Return the page that shows *text*: its own, or the one of its name if it is not in docs/."""
    path = Path(text.path).with_suffix("")
    inside = path.parts[0] == "docs"
    name = path.relative_to("docs").as_posix() if inside else path.name
    return name if name in pages else None


def _places(page: nodes.document, text: spec.Document, whole: spec.Spec) -> Iterator[Place]:
    """Yield where on *page* the quotes of *text* are."""
    paragraphs = [(_region(node), node) for node in page.findall(nodes.paragraph)]
    for name, (region, words) in text.quotes.items():
        names = (region, (region or "").removeprefix(f"{text.module}."))
        pattern = re.compile(r"\s+".join(re.escape(word) for word in words.split()))
        for where, paragraph in paragraphs:
            match = pattern.search(paragraph.astext()) if region is None or where in names else None
            if match:
                yield Place(paragraph, match.start(), match.end(), [whole.clauses[name]])
                break
        else:
            logger.info("clause %s: its words are not on the page: %r", name, words)


def _region(node: nodes.Node) -> str:
    """Return the documented object or else the section that *node* is in."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, addnodes.desc):
            signature = node.next_node(addnodes.desc_signature)
            return str(signature.get("fullname", "")) if signature else ""
        if isinstance(node, nodes.section):
            return node[0].astext()
    return ""


def _merged(places: list[Place]) -> list[Place]:
    """Join places that share words, for a word can be in one node only; *places* are in order."""
    merged: list[Place] = []
    for place in places:
        if merged and place.first < merged[-1].last:
            merged[-1].last = max(merged[-1].last, place.last)
            merged[-1].clauses += place.clauses
        else:
            merged.append(place)
    return merged


def _wrap(place: Place) -> None:
    """Move the words of *place* into a Sentence, links and code among them included."""
    anchors = [clause.anchor for clause in place.clauses]
    sentence = Sentence(ids=anchors, clause=place.clauses[0].id)
    children: list[nodes.Node] = []
    offset = 0
    for child in place.paragraph.children:
        text = child.astext()
        first, last = max(place.first - offset, 0), place.last - offset
        offset += len(text)
        if last <= 0 or first >= len(text):
            children.append(child)
            continue
        whole = not isinstance(child, nodes.Text)
        before, words, after = ("", text, "") if whole else _cut(text, first, last)
        children += [nodes.Text(before)] if before else []
        children += [] if sentence.children else [sentence]
        sentence += child if whole else nodes.Text(words)
        children += [nodes.Text(after)] if after else []
    place.paragraph.clear()
    place.paragraph.extend(children)


def _cut(text: str, first: int, last: int) -> tuple[str, str, str]:
    return text[:first], text[first:last], text[last:]
