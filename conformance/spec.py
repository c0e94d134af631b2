"""The text, and the clauses that quote it.

A normative text carries no mark-up of ours.  What can be tested in it is named by *clauses*: each
has an ID and quotes the words it stands for, in ``clauses/*.toml``.  The quotation holds in both
directions: every quote occurs exactly once in its region, and every word of the text is quoted by a
clause or listed as informative.  To edit a sentence is therefore to break its quotation, on
purpose: whoever changes what is promised sees at once which clauses promise it.

A *region* is the part of a text that one name governs: a documented object (``create``,
``Interpreter.run``) or, outside of those, a section (``Identifiers``).  Only running text counts;
code blocks and directives that document nothing are passed over.  Mark-up is stripped, so that a
quote reads as the rendered page does.

The module's name before a region's tells the two modules apart where both document the same name:
``interpreters.create`` is the ``create`` of the text that documents the module ``interpreters``.

A text that has a profile defines clauses.  A text without one (the PEP) restates clauses that
others define, and then its words are bound to the same checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from files import Unusable, read_text, read_toml

ROOT = Path(__file__).absolute().parent.parent
PROFILES = ("low-level", "high-level", "sharing", "executor")

# The version of the texts, and of the suite that judges by them: docs/conformance/versions.rst.
TEXT_VERSION = "1.3"
SUITE_VERSION = f"{TEXT_VERSION}.0"

_OBJECT = re.compile(
    r"( *)\.\. (?:py:)?(?:function|class|method|attribute|data|exception):: ([\w.]+)"
)
_MODULE = re.compile(r"^\.\. (?:current)?module:: (\w+)", re.MULTILINE)
_DIRECTIVE = re.compile(r"( *)\.\. ")
_HEADER = re.compile(r"PEP: \d+$")
_MARKUP = (
    (re.compile(r":[\w:]+:`~[\w.]*?(\w+)`"), r"\1"),  # a role that shows the last part of a name
    (re.compile(r":[\w:]+:`!?([^`<>]+?)\s*(?:<[^`>]*>)?`"), r"\1"),
    (re.compile(r"``(.+?)``"), r"\1"),
    (re.compile(r"(?<![\w*])\*{1,2}([^*\s](?:[^*]*[^*\s])?)\*{1,2}(?![\w*])"), r"\1"),
)


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of running text: the *region* it is in, its plain words, its first line."""

    region: str
    text: str
    line: int


@dataclass
class Clause:
    """A clause: its ID, the profile it belongs to, and its words in each text that has them."""

    id: str
    profile: str
    region: str
    quotes: dict[str, str] = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        """The name of the clause in a web address, after the ``#``."""
        return f"clause-{self.id}"


@dataclass
class Document:
    """A normative text and what its clause file says of it."""

    path: str
    source: Path
    module: str
    paragraphs: list[Paragraph]
    quotes: dict[str, tuple[str | None, str]]  # clause ID -> (region or None, words)
    informative: dict[str, list[str] | bool]

    def within(self, region: str | None) -> list[Paragraph]:
        """The paragraphs of *region*, or all of them for None."""
        names = (region, (region or "").removeprefix(f"{self.module}."))
        return [p for p in self.paragraphs if region is None or p.region in names]


@dataclass
class Spec:
    """All normative texts and all clauses."""

    documents: list[Document]
    clauses: dict[str, Clause]

    def problems(self) -> Iterator[str]:
        """Yield a line for everything that keeps the quotation from being exact."""
        for document in self.documents:
            yield from _document_problems(document)


def plain(text: str) -> str:
    """Return *text* as a reader of the rendered page sees it: no mark-up, no line ends."""
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())


def load(root: Path = ROOT) -> Spec:
    """Read every clause file below *root* and the text it names; raise Unusable if malformed."""
    documents: list[Document] = []
    clauses: dict[str, Clause] = {}
    restating: list[Document] = []
    folder = root / "conformance" / "clauses"
    for source in sorted(folder.glob("*.toml")):
        table = read_toml(source)
        document = _document(root, source, table)
        documents.append(document)
        if "profile" in table:
            _define(document, _text(source, table, "profile"), clauses)
        else:
            restating.append(document)
    if not documents:
        raise Unusable(f"{folder}: holds no clause file; is this the root of the project?")
    for document in restating:
        _restate(document, clauses)
    documents.sort(key=lambda document: document in restating)
    return Spec(documents, clauses)


def _document(root: Path, source: Path, table: dict[str, Any]) -> Document:
    """Make the Document of the clause file *source*, whose content is *table*."""
    path = _text(source, table, "document")
    known = {"document", "profile", "clauses", "restates", "informative"}
    if unknown := sorted(set(table) - known):
        raise Unusable(
            f"{source}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}"
        )
    quotes: dict[str, tuple[str | None, str]] = {}
    clauses = _table(source, table, "clauses")
    for region in clauses:
        for name, words in _table(source, clauses, region).items():
            identifier = f"{region.replace(' ', '_')}.{name}"
            quotes[identifier] = (region, _words(source, identifier, words))
    for identifier, words in _table(source, table, "restates").items():
        quotes[identifier] = (None, _words(source, identifier, words))
    text = read_text(root / path)
    module = _MODULE.search(text)
    informative = _table(source, table, "informative")
    for region, sentences in informative.items():
        if sentences is not True:
            if not isinstance(sentences, list):
                raise Unusable(f"{source}: informative {region!r} must be true or a list of quotes")
            informative[region] = [_words(source, region, words) for words in sentences]
    paragraphs = list(_paragraphs(text, path))
    return Document(path, source, module[1] if module else "", paragraphs, quotes, informative)


def _define(document: Document, profile: str, clauses: dict[str, Clause]) -> None:
    """Add the clauses that *document* defines to *clauses*."""
    if profile not in PROFILES:
        raise Unusable(f"{document.source}: profile {profile!r} is none of {', '.join(PROFILES)}")
    for identifier, (region, words) in document.quotes.items():
        if identifier in clauses:
            raise Unusable(f"{document.source}: clause {identifier} is defined twice")
        assert region is not None
        clauses[identifier] = Clause(identifier, profile, region, {document.path: words})


def _restate(document: Document, clauses: dict[str, Clause]) -> None:
    """Add the words in which *document* restates a clause to that clause."""
    for identifier, (_, words) in document.quotes.items():
        if identifier not in clauses:
            raise Unusable(f"{document.source}: restates {identifier}, which no text defines")
        clauses[identifier].quotes[document.path] = words


def _text(source: Path, table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise Unusable(f'{source}: needs a line {key} = "..."')
    return value


def _table(source: Path, table: dict[str, Any], key: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise Unusable(f"{source}: {key!r} must be a table")
    return value


def _words(source: Path, where: str, words: object) -> str:
    if not isinstance(words, str) or not words.strip():
        raise Unusable(f"{source}: {where}: a quote must be a string with words in it")
    return " ".join(words.split())


# --- reading a text ------------------------------------------------------------------------------


def _paragraphs(source: str, path: str) -> Iterator[Paragraph]:
    """Yield the running text of the reStructuredText *source*, paragraph by paragraph."""
    lines = source.expandtabs().splitlines()
    objects: list[tuple[int, str]] = []  # the documented objects we are in: (indent, name)
    section = path
    index = lines.index("") if lines and _HEADER.match(lines[0]) else 0
    while index < len(lines):
        line = lines[index]
        indent = len(line) - len(line.lstrip())
        if not line.strip():
            index += 1
            continue
        while objects and indent <= objects[-1][0]:
            objects.pop()
        if _is_title(lines, index):
            section, index = plain(line), index + 2
        elif match := _OBJECT.match(line):
            outer = f"{objects[-1][1]}." if objects else ""
            objects.append((indent, outer + match[2]))
            index = _skip_options(lines, _statement_end(lines, index))
        elif _DIRECTIVE.match(line):
            index = _skip_deeper(lines, index + 1, indent)
        elif _is_block(line):
            index = _paragraph_end(lines, index, indent)
        else:
            end = _paragraph_end(lines, index, indent)
            text = "\n".join(lines[index:end])
            if not _is_term(lines, end, indent):
                region = objects[-1][1] if objects else section
                yield Paragraph(region, plain(re.sub("::$", ":", text)), index + 1)
            index = _skip_deeper(lines, end, indent) if text.endswith("::") else end


def _is_title(lines: list[str], index: int) -> bool:
    """Whether line *index* is a section title: text at the margin with a line drawn below it."""
    below = lines[index + 1] if index + 1 < len(lines) else ""
    return lines[index][0] != " " and re.fullmatch(r"([=\-~^])\1{2,}", below) is not None


def _is_block(line: str) -> bool:
    """Whether a line begins something that is no running text: a doctest or a transition."""
    return line.lstrip().startswith(">>>") or re.fullmatch(r"-{4,}", line) is not None


def _is_term(lines: list[str], end: int, indent: int) -> bool:
    """Whether the lines that stop at *end* are a term, whose definition is indented below it."""
    below = lines[end] if end < len(lines) else ""
    return bool(below.strip()) and len(below) - len(below.lstrip()) > indent


def _paragraph_end(lines: list[str], index: int, indent: int) -> int:
    """Return the index after the last line of the paragraph that begins at *index*."""
    while index < len(lines):
        line = lines[index]
        if not line.strip() or len(line) - len(line.lstrip()) != indent:
            break
        index += 1
    return index


def _statement_end(lines: list[str], index: int) -> int:
    """Return the index after the statement at *index*, whose lines but the last end in ``\\``."""
    while index < len(lines) and lines[index].endswith("\\"):
        index += 1
    return index + 1


def _skip_options(lines: list[str], index: int) -> int:
    """Return the index after a directive's options (``:synopsis: ...``)."""
    while index < len(lines) and re.match(r" +:[\w-]+:", lines[index]):
        index += 1
    return index


def _skip_deeper(lines: list[str], index: int, indent: int) -> int:
    """Return the index of the first line from *index* that is not deeper than *indent*."""
    while index < len(lines):
        line = lines[index]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        index += 1
    return index


# --- proving the quotation -----------------------------------------------------------------------


def _document_problems(document: Document) -> Iterator[str]:
    """Yield a line for each quote that is not there once and each sentence that nobody quotes."""
    covered = {p: bytearray(len(p.text)) for p in document.paragraphs}
    claims = [(name, region, words) for name, (region, words) in document.quotes.items()]
    for region, sentences in document.informative.items():
        if not document.within(region):
            yield f"{document.path}: informative: there is no region {region!r}"
        elif isinstance(sentences, list):
            claims += [(f"informative {region}", region, words) for words in sentences]
        elif sentences:
            for paragraph in document.within(region):
                covered[paragraph][:] = b"\1" * len(paragraph.text)
    for name, where, words in claims:
        found = sum(_mark(p, covered[p], words) for p in document.within(where))
        if found != 1:
            place = f"the text of {where!r}" if where else "the text"
            yield f"{document.path}: {name}: the quote occurs {found} times in {place}: {words!r}"
    for paragraph in document.paragraphs:
        yield from _uncovered(document, paragraph, covered[paragraph])


def _mark(paragraph: Paragraph, marks: bytearray, words: str) -> int:
    """Mark where *paragraph* says *words*; return how often it does."""
    found = [match.start() for match in re.finditer(re.escape(words), paragraph.text)]
    for start in found:
        marks[start : start + len(words)] = b"\1" * len(words)
    return len(found)


def _uncovered(document: Document, paragraph: Paragraph, marks: bytearray) -> Iterator[str]:
    """Yield a line for each sentence of *paragraph* of which a word is in no quote."""
    for sentence in re.finditer(r"\S.*?(?:[.:?](?=\s)|$)", paragraph.text):
        rest = zip(sentence[0], marks[sentence.start() :], strict=False)
        if any(character.isalnum() and not mark for character, mark in rest):
            where = f"{document.path}:{paragraph.line}: {paragraph.region}"
            yield f"{where}: no clause quotes {sentence[0]!r}"
