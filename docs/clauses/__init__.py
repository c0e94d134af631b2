"""The Sphinx extension that prints each verdict beside the sentence it judges.

The texts carry no mark-up for it.  While a page is read, the words that a clause quotes are found
in the page's paragraphs and given an anchor, and under the paragraph comes a folded note with the
verdict of every implementation and the source of the checks behind it (``sentences.py``).  The
same verdicts, seen from above, are the tables of the conformance pages (``tables.py``).  Where the
clauses, the checks and the verdicts come from is ``book.py``; how each output format shows them is
``nodes.py``.  What changed between the releases of one line of modules is ``drift.py``.

For the writer of a page there are a role, ``:clause:`run_string.str```, and the directives
``matrix``, ``glance``, ``deviations``, ``hazards``, ``drift`` and ``revisions``.  Other projects reach
a clause through ``objects.inv``, as an object of the type ``std:clause``.

Settings, in ``conf.py``: ``clauses_root`` is the root of the project, and ``clauses_results`` are
the folders with recorded verdicts; a file in a later folder replaces one of the same name.
"""

from __future__ import annotations

from docutils import nodes as docutils_nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util.typing import ExtensionMetadata

from . import book, drift, nodes, sentences, tables


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add everything above to *app*."""
    app.add_config_value("clauses_root", "", "env", types=(str,))
    app.add_config_value("clauses_results", [], "env", types=(list, tuple))
    app.add_config_value("clauses_digest", "", "env", types=(str,))
    app.add_object_type("clause", "clause", objname="clause")
    app.add_transform(sentences.Quotations)
    app.add_directive("matrix", tables.Matrix)
    app.add_directive("glance", tables.Glance)
    app.add_directive("deviations", tables.Deviations)
    app.add_directive("hazards", tables.Hazards)
    app.add_directive("drift", drift.Drift)
    app.add_directive("revisions", drift.Revisions)
    nodes.register(app)
    app.connect("config-inited", _take_digest)
    app.connect("missing-reference", _leave_calm)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _take_digest(app: Sphinx, config: book.Config) -> None:
    """Let Sphinx read every page again whenever anything that the notes are made of changes."""
    try:
        config.clauses_digest = book.of(config).digest
    except book.Unusable as error:
        raise ConfigError(str(error)) from None


def _leave_calm(
    app: Sphinx,
    env: BuildEnvironment,
    node: addnodes.pending_xref,
    content: docutils_nodes.TextElement,
) -> docutils_nodes.TextElement | None:
    """Show a link of ours to a clause that is on no page as its words alone, with no warning."""
    return content if node.get("calm") else None
