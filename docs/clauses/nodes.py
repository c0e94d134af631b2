"""The few nodes of our own, and how each output format shows them.

========  =====================================  ==========================  ====================
node      HTML                                   EPUB                        text
========  =====================================  ==========================  ====================
Sentence  a span with a permalink at its end     a span                      its words
Note      ``<details>``, folded                  a block, all of it shown    a line for each clause
Source    ``<details>``, folded                  what the check says         nothing
Verdict   a mark, its word for screen readers    the same                    the word
========  =====================================  ==========================  ====================

Each is a kind of one of docutils' own nodes, which any other format shows in its place.
"""

from __future__ import annotations

import json
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator
from sphinx.writers.text import TextTranslator

MARKS = {
    "pass": "✓",
    "fail": "✗",
    "missing": "–",
    "timeout": "…",
    "crash": "‼\N{VARIATION SELECTOR-15}",
}


class Sentence(nodes.inline):
    """The words that a clause quotes; ``clause`` is its ID, ``ids`` are the anchors."""


class Note(nodes.container):
    """The verdicts on a paragraph; ``lines`` says them in plain words, a line for each clause.

    ``departs`` has the titles of the implementations that depart, with the Pythons on which.
    """


class Source(nodes.container):
    """A check: what it says of itself, then how it looks into it."""


class Summary(nodes.paragraph):
    """The line of a Note or a Source that shows while it is folded."""


class Verdict(nodes.inline):
    """A verdict: ``word`` names it, ``title`` says more, its text is what follows the mark."""


def register(app: Sphinx) -> None:
    """Tell *app* how to show the nodes."""
    span, block = (_open_span, _close_span), (_open_block, _close_block)
    noted, folded = (_open_note, _close_details), (_open_details, _close_details)
    marked = (_open_verdict, _close_span)
    app.add_node(Sentence, html=(_open_sentence, _close_sentence), epub=span)
    app.add_node(Note, html=noted, epub=block, text=(_say_lines, _nothing))
    app.add_node(Source, html=folded, epub=(_open_claim, _close_block))
    app.add_node(Summary, html=(_open_summary, _close_summary), epub=(_open_line, _close_line))
    app.add_node(Verdict, html=marked, epub=marked, text=(_say_verdict, _nothing))


def _nothing(self: object, node: nodes.Element) -> None:
    """Leave a node that needs no more."""


def _open_span(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "span", ""))


def _close_span(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</span>")


def _open_sentence(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "span", "", CLASS="clause"))


def _close_sentence(self: HTML5Translator, node: nodes.Element) -> None:
    """End with a permalink for the pointer; who uses the keyboard finds one in the note."""
    attributes: dict[str, Any] = {
        "href": f"#{node['ids'][0]}",
        "title": f"Link to clause {node['clause']}",
        "tabindex": "-1",
        "aria-hidden": "true",
    }
    link = self.starttag(nodes.inline(), "a", "", CLASS="clause-link", **attributes)
    self.body.append(f"{link}¶</a></span>")


def _open_note(self: HTML5Translator, node: nodes.Element) -> None:
    """Tell the script of the page (``_static/departures.js``) who departs."""
    attributes: dict[str, Any] = {"data-departs": json.dumps(node["departs"])}
    self.body.append(self.starttag(node, "details", **attributes))


def _open_details(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "details"))


def _close_details(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</details>\n")


def _open_summary(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "summary", ""))


def _close_summary(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</summary>\n")


def _open_block(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "div"))


def _close_block(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</div>\n")


def _open_claim(self: HTML5Translator, node: nodes.Element) -> None:
    del node[1:]
    _open_block(self, node)


def _open_line(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "p", ""))


def _close_line(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</p>\n")


def _open_verdict(self: HTML5Translator, node: nodes.Element) -> None:
    """Write the mark for the eye and the word for the ear; the rest is for both."""
    title: dict[str, Any] = {"title": node["title"]} if node.get("title") else {}
    self.body.append(self.starttag(node, "span", "", CLASS=f"verdict {node['word']}", **title))
    mark = MARKS[node["word"]]
    self.body.append(
        f'<span aria-hidden="true">{mark}</span><span class="clause-word">{node["word"]}</span>'
    )


def _say_lines(self: TextTranslator, node: nodes.Element) -> None:
    self.new_state(0)
    self.add_text("".join(f"[{line}]{self.nl}" for line in node["lines"]))
    self.end_state(wrap=False)
    raise nodes.SkipNode


def _say_verdict(self: TextTranslator, node: nodes.Element) -> None:
    self.add_text(node["word"])
