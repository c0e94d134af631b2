"""How the documentation is built: ``python -m sphinx -W -n docs OUTPUT``.

The site is made of what is in this repository alone.  Nothing is fetched while it is built (the
few targets in Python's own documentation that the texts link to are listed in ``python.txt``), and
a page loads nothing from another host.  The verdicts are those recorded in ``conformance/results``;
the folder that the environment variable CONFORMANCE_RESULTS names is laid over them.
"""

from __future__ import annotations

import os
import re
import sys
import time
import zipfile
import zlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

DOCS = Path(__file__).absolute().parent
ROOT = DOCS.parent
sys.path[:0] = [str(DOCS), str(ROOT / "conformance")]

import figures  # noqa: E402  (its folder has just been put on the path)
import spec  # noqa: E402

project = "Multiple Interpreters"
author = "the project's contributors"
copyright = "in the public domain"
version = release = "September 2017"  # the edition of the proposal
language = "en"

extensions = ["sphinx.ext.intersphinx", "clauses", "figures"]
exclude_patterns = ["clauses", "diagrams", "tests", "BUILD.bazel"]
nitpicky = True
add_function_parentheses = False  # a clause quotes what the reader sees
highlight_language = "python3"
rst_epilog = f"""
.. |text version| replace:: {spec.TEXT_VERSION}
.. |suite version| replace:: {spec.SUITE_VERSION}
"""
toc_object_entries_show_parents = "hide"

_fresh = os.environ.get("CONFORMANCE_RESULTS")
clauses_root = str(ROOT)
clauses_results = [str(ROOT / "conformance" / "results")]
clauses_results += [str(Path(_fresh).absolute())] if _fresh else []

html_theme = "furo"
html_title = project
html_favicon = "_static/icon.svg"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["site.css"]
_SCRIPTS = ("departures.js", "scrolling.js")
html_js_files = [(name, {"defer": "defer"}) for name in _SCRIPTS]
html_copy_source = False
html_show_copyright = False
_LIGHT = {"clause-pass": "#1a7f37", "clause-fail": "#b35900"}
_DARK = {"clause-pass": "#5ec27a", "clause-fail": "#f0a050"}
_DARK_CHARTS = ("#4cb5e0", "#f0a050", "#b99be0", "#5ec27a", "#d3a294", "#f07fc0")
_LIGHT |= {f"chart-{number}": colour for number, colour in enumerate(figures.FALLBACKS, 1)}
_DARK |= {f"chart-{number}": colour for number, colour in enumerate(_DARK_CHARTS, 1)}
html_theme_options = {"light_css_variables": _LIGHT, "dark_css_variables": _DARK}
epub_show_urls = "no"
epub_exclude_files = [".buildinfo.bak"]
text_add_secnumbers = False


def setup(app: Sphinx) -> None:
    """Connect what is done by hand here."""
    app.connect("config-inited", link_to_python, priority=400)
    app.connect("include-read", show_pep_header)
    app.connect("build-finished", settle_dates)
    app.connect("build-finished", bind_text)


def link_to_python(app: Sphinx, config: Config) -> None:
    """Compile ``python.txt`` to the inventory that intersphinx reads."""
    lines = (DOCS / "python.txt").read_text(encoding="utf-8").splitlines()
    targets = [line.split() for line in lines if line and not line.startswith("#")]
    entries = "".join(f"{name} {role} 1 {uri} -\n" for name, role, uri in targets)
    head = "# Sphinx inventory version 2\n# Project: Python\n# Version: 3\n"
    head += "# The remainder of this file is compressed using zlib.\n"
    inventory = Path(app.doctreedir) / "python.inv"
    inventory.parent.mkdir(parents=True, exist_ok=True)
    inventory.write_bytes(head.encode() + zlib.compress(entries.encode()))
    config.intersphinx_mapping = {"python": ("https://docs.python.org/3/", str(inventory))}


def show_pep_header(app: Sphinx, path: Path, docname: str, content: list[str]) -> None:
    """Turn the header of a PEP that a page includes into the page's title and a list of fields."""
    header, _, body = content[0].partition("\n\n")
    fields = dict(re.findall(r"^([\w-]+): (.*(?:\n[ \t]+.*)*)$", header, re.MULTILINE))
    if "PEP" not in fields or "Title" not in fields:
        return
    title = f"PEP {fields['PEP']} – {fields['Title']}"
    rule = "#" * len(title)
    rows = "".join(f":{name}: {value}\n" for name, value in fields.items() if name != "Title")
    content[0] = f"{rule}\n{title}\n{rule}\n\n.. rst-class:: pep-header\n\n{rows}\n{body}"


def bind_text(app: Sphinx, error: Exception | None) -> None:
    """Put all pages of plain text into one as well, ``all.txt``, in the order of the site."""
    if error or app.builder.name != "text":
        return

    def bound(page: str) -> list[str]:
        below = app.env.toctree_includes.get(page, [])
        return [page, *(each for child in below for each in bound(child))]

    texts = (Path(app.outdir, f"{page}.txt").read_text(encoding="utf-8") for page in bound("index"))
    Path(app.outdir, "all.txt").write_text("\n\n\n".join(texts), encoding="utf-8")


def settle_dates(app: Sphinx, error: Exception | None) -> None:
    """Date what is in an EPUB by SOURCE_DATE_EPOCH, so that two builds are the same."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if error or app.builder.name != "epub" or epoch is None:
        return
    book = Path(app.outdir, app.config.epub_basename + ".epub")
    date = max(time.gmtime(int(epoch))[:6], (1980, 1, 1, 0, 0, 0))  # the earliest a zip can say
    with zipfile.ZipFile(book) as archive:
        files = [(entry, archive.read(entry)) for entry in archive.infolist()]
    with zipfile.ZipFile(book, "w") as archive:
        for entry, content in files:
            entry.date_time = date
            archive.writestr(entry, content)
