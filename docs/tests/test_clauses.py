"""The extension, tried on a project of two pages: what is anchored where, and what is said of it."""

from __future__ import annotations

import html
import json
import os
import re
import sys
import tempfile
import unittest
from html.parser import HTMLParser
from pathlib import Path
from unittest import mock

from project import CHECKS, HAZARDS, IMPORTS, RESULTS, Project, result

sys.path[:0] = IMPORTS

import conf  # noqa: E402
import records  # noqa: E402
from clauses import book  # noqa: E402


class Words(HTMLParser):
    """The text of the elements that have an ID, or the one class that is asked for."""

    def __init__(self, page: str, wanted: str = "") -> None:
        super().__init__()
        self.wanted = wanted
        self.open: list[str] = []
        self.found: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("id") or ""
        if self.wanted and self.wanted in (given.get("class") or "").split():
            name = f"{self.wanted} {len(self.found)}"
        if tag not in ("meta", "link", "input", "img", "hr", "br"):
            self.open.append(name)
            self.found.setdefault(name, "")

    def handle_endtag(self, tag: str) -> None:
        if self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        for name in set(self.open):
            self.found[name] += data


def words(page: str, anchor: str) -> str | None:
    """Return the words in the element *anchor*, or None if the page has no such element."""
    text = Words(page).found.get(anchor)
    return None if text is None else " ".join(text.removesuffix("¶").split())


class Pages(unittest.TestCase):
    """What the built pages show."""

    project: Project
    complaints: str
    page: str
    pep: str
    matrix: str

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.project = Project(Path(folder.name).resolve())
        for table in RESULTS:
            cls.project.record(table)
        cls.complaints = cls.project.build()
        cls.page = cls.project.read("html/library/sample.html")
        cls.pep = cls.project.read("html/pep-0001.html")
        cls.matrix = cls.project.read("html/matrix.html")

    def test_nothing_is_complained_of(self) -> None:
        self.assertEqual(self.complaints, "")

    def test_words_are_anchored_across_links_code_and_line_ends(self) -> None:
        self.assertEqual(words(self.page, "clause-spam.takes"), "Take eggs, as eggs does,")
        self.assertEqual(words(self.page, "clause-spam.none"), "and return None.")
        self.assertIn('href="#sample.eggs"', self.page)

    def test_same_words_are_anchored_in_the_region_that_quotes_them(self) -> None:
        section = self.page.index('id="rules"')
        function = self.page.index('id="sample.spam"')
        self.assertTrue(section < self.page.index('id="clause-Rules.rule"') < function)
        self.assertLess(function, self.page.index('id="clause-spam.rule"'))

    def test_clauses_that_share_words_are_both_anchored(self) -> None:
        self.assertIsNotNone(words(self.page, "clause-spam.one"))
        self.assertIsNotNone(words(self.page, "clause-spam.other"))
        self.assertIn("another thing.", self.page.replace("</span>", ""))

    def test_text_around_the_words_is_unchanged(self) -> None:
        text = " ".join(Words(self.page).found[""].replace("¶", "").split())
        self.assertIn("Take eggs, as eggs does, and return None. The rule is the rule. One", text)

    def test_typographic_quotation_marks_are_set_after_the_search(self) -> None:
        found = words(self.page, "clause-eggs.quotation")
        self.assertEqual(found, "Nothing is quoted here but a “quotation” & <tags>.")

    def test_words_that_are_not_there_are_not_shown(self) -> None:
        self.assertNotIn("eggs.gone", self.page)

    def test_a_note_follows_the_paragraph(self) -> None:
        summary = "5 clauses · the reference passes · departs: the other 3.8–3.9"
        self.assertIn(summary, " ".join(Words(self.page).found[""].split()))
        self.assertEqual(self.page.count('<details class="clauses"'), 3)

    def test_a_note_names_who_departs_for_the_script_of_the_page(self) -> None:
        found = re.findall('data-departs="(.*?)"', self.page)
        departs = [json.loads(html.unescape(each)) for each in found]
        self.assertEqual(departs.count({"the other": ["3.8", "3.9"]}), 1)
        self.assertEqual(departs.count({}), 2)

    def test_a_clause_without_checks_is_calm(self) -> None:
        self.assertIn("1 clause · not judged yet", self.page)

    def test_verdicts_are_joined_by_implementation_and_python(self) -> None:
        items = Words(self.page, "verdicts").found
        text = [" ".join(item.split()) for name, item in items.items() if "verdicts" in name]
        said = r"<u>&amp; |x| :raw:`y` \x1b[2J"  # what is no markup here, nor obeyed by a terminal
        expected = f"✓pass the reference 3.9; the other 3.10 ✗fail the other 3.8–3.9: {said}"
        self.assertIn(expected, text)

    def test_checks_are_shown_and_escaped(self) -> None:
        self.assertIn("never &lt;b&gt;bold&lt;/b&gt;.", self.page)
        self.assertIn("# &lt;i&gt; &amp; so on", self.page)
        self.assertIn("spam.the_result_is_none", self.page)

    def test_the_role_links_to_the_clause(self) -> None:
        self.assertIn('<a class="reference internal" href="#clause-spam.none"', self.page)

    def test_a_restated_clause_shows_its_verdicts_and_links_home(self) -> None:
        self.assertEqual(words(self.pep, "clause-spam.none"), "Return nothing, that is None.")
        self.assertIn("restates 1 clause", self.pep)
        self.assertIn('href="library/sample.html#clause-spam.none"', self.pep)

    def test_the_header_of_a_pep_is_shown(self) -> None:
        self.assertIn("PEP 1 – A Sample", self.pep)
        self.assertIn('<dl class="pep-header field-list simple">', self.pep)

    def test_the_matrix_links_to_the_first_clause_behind_a_cell(self) -> None:
        self.assertIn('href="library/sample.html#clause-spam.none"', self.matrix)
        self.assertIn('title="spam: departs from spam.none"', self.matrix)
        self.assertIn('title="spam: conforms"', self.matrix)

    def test_deviations_are_told(self) -> None:
        self.assertIn("It returns &lt;b&gt;<code", self.matrix)
        self.assertIn('href="https://github.com/python/cpython/issues/12"', self.matrix)
        self.assertIn("is reached as", self.matrix)

    def test_other_projects_can_link_to_a_clause(self) -> None:
        from sphinx.util.inventory import InventoryFile

        with open(self.project.root / "html" / "objects.inv", "rb") as file:
            inventory = InventoryFile.load(file, "", os.path.join)
        clauses = inventory.data if hasattr(inventory, "data") else inventory
        self.assertIn("spam.none", clauses["std:clause"])
        self.assertNotIn("eggs.gone", clauses["std:clause"])


class Formats(unittest.TestCase):
    """Other formats, other verdicts."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.project = Project(Path(folder.name).resolve())

    def test_text_has_a_line_for_each_clause(self) -> None:
        for table in RESULTS:
            self.project.record(table)
        self.assertEqual(self.project.build("text"), "")
        line = "[spam.none: the reference 3.9 pass; the other 3.8–3.9 fail; the other 3.10 pass]"
        self.assertIn(line, self.project.read("text/library/sample.txt"))
        self.assertRegex(
            self.project.read("text/matrix.txt"), r"\| 3\.8 +\| pass +\| fail 0/1 +\| +\|"
        )

    def test_epub_is_not_folded_and_has_no_sources(self) -> None:
        for table in RESULTS:
            self.project.record(table)
        self.assertEqual(self.project.build("epub"), "")
        page = self.project.read("epub/library/sample.xhtml")
        self.assertIn("the other 3.8–3.9", page)
        self.assertNotIn("<details", page)
        self.assertNotIn("so on", page)

    def test_nothing_on_record_is_calm(self) -> None:
        self.assertEqual(self.project.build(), "")
        self.assertIn("not judged yet", self.project.read("html/library/sample.html"))
        self.assertIn("No verdict is on record.", self.project.read("html/matrix.html"))

    def test_fresh_verdicts_are_laid_over_the_recorded_ones(self) -> None:
        for table in RESULTS:
            self.project.record(table)
        self.assertEqual(self.project.build(), "")
        fresh = result("reference", "cpython-3.9.1", the_result_is_none="crash")
        self.project.record(fresh, "fresh")
        self.assertEqual(self.project.build(), "")
        page = self.project.read("html/library/sample.html")
        self.assertIn("departs:</span> the reference 3.9, the other 3.8–3.9", page)

    def test_a_malformed_result_is_named(self) -> None:
        self.project.write("results/low_level/other@cpython-3.8.2.json", "{}")
        self.assertIn("other@cpython-3.8.2.json: is no result", self.project.build())


class NotProvided(unittest.TestCase):
    """A Python that has no implementation."""

    def test_it_is_told_below_the_matrix_and_no_implementation(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            project = Project(Path(folder).resolve())
            for table in RESULTS:
                project.record(table)
            absent = result("not_provided", "pypy-3.11.13")
            project.record({**absent, "names": {}, "title": "not provided"})
            self.assertEqual(project.build("text"), "")
            text = project.read("text/matrix.txt")
        self.assertIn("Not provided by pypy-3.11.13.", text)
        self.assertEqual(text.count("pypy"), 1)


class Hazards(unittest.TestCase):
    """The table of hazards."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.project = Project(Path(folder.name).resolve())
        self.project.write("conformance/checks/low_level/spam.py", CHECKS + HAZARDS)
        page = "Hazards\n=======\n\n.. hazards:: low-level\n"
        self.project.write("docs/matrix.rst", page)

    def test_nothing_on_record_is_calm(self) -> None:
        self.assertEqual(self.project.build(), "")
        self.assertIn("No verdict is on record.", self.project.read("html/matrix.html"))

    def test_a_row_has_two_verdicts_for_each_python(self) -> None:
        self.project.record(result("reference", "cpython-3.9.1", much_of_it="pass"))
        self.project.record(result("other", "cpython-3.9.1", much_of_it="fail; crash: SIGSEGV"))
        self.project.record(result("other", "cpython-3.10.1", much_of_it="fail; hang: 5 s"))
        self.project.record(result("other", "cpython-3.10.2", an_egg="fail; got 1"))
        self.assertEqual(self.project.build("text"), "")
        text = self.project.read("text/matrix.txt")
        self.assertRegex(text, r"\| Hazard +\| 3\.9 +\| 3\.10\.1 +\| 3\.10\.2 +\|")
        self.assertRegex(text, r"\| Too much \"spam\" +\| crash pass +\| timeout +\| +\|")
        self.assertRegex(text, r"\| An <i>egg</i> +\| +\| +\| fail +\|")
        self.assertLess(text.index("| Rules"), text.index("| An <i>egg"))
        self.assertLess(text.index("| An <i>egg"), text.index("| spam"))

    def test_a_mark_tells_more_and_a_row_leads_to_its_clause(self) -> None:
        self.project.record(result("other", "cpython-3.9.1", much_of_it="fail; crash: SIGSEGV"))
        self.assertEqual(self.project.build(), "")
        page = self.project.read("html/matrix.html")
        self.assertIn('title="the other: crash: SIGSEGV"', page)
        self.assertIn('href="library/sample.html#clause-spam.none"', page)
        self.assertIn("An &lt;i&gt;egg&lt;/i&gt;", page)


class Ranges(unittest.TestCase):
    """How Pythons are named and joined."""

    def where(self, *pythons: str) -> dict[bool, str]:
        """Return where the Pythons marked with an exclamation mark are, and where the rest."""
        found = [
            records.Result("low-level", "other", "other", python.strip("!"), {}, (), {})
            for python in pythons
        ]
        marked = {one.python for one, python in zip(found, pythons, strict=True) if "!" in python}
        return book.Implementation("other", tuple(found), ()).where(lambda r: r.python in marked)

    def test_neighbours_are_joined(self) -> None:
        found = self.where("cpython-3.8.1", "cpython-3.9.1!", "cpython-3.10.1", "cpython-3.11.1")
        self.assertEqual(found, {False: "3.8, 3.10–3.11", True: "3.9"})

    def test_two_of_a_minor_version_are_told_apart(self) -> None:
        found = self.where("cpython-3.12.1", "cpython-3.12.4!")
        self.assertEqual(found, {False: "3.12.1", True: "3.12.4"})

    def test_prereleases_and_builds_are_named(self) -> None:
        found = self.where("cpython-3.13.0t", "cpython-3.15.0a2!")
        self.assertEqual(found, {False: "3.13t", True: "3.15"})


class PepHeader(unittest.TestCase):
    """conf.show_pep_header()."""

    def test_other_files_are_left_alone(self) -> None:
        content = ["Title\n=====\n\nText: this.\n"]
        conf.show_pep_header(mock.Mock(), Path("x.rst"), "x", content)
        self.assertEqual(content, ["Title\n=====\n\nText: this.\n"])

    def test_a_folded_field_is_one_field(self) -> None:
        content = ["PEP: 1\nTitle: T\nAuthor: A,\n        B\n\nText.\n"]
        conf.show_pep_header(mock.Mock(), Path("x.rst"), "x", content)
        self.assertIn(":Author: A,\n        B\n\n", content[0])


if __name__ == "__main__":
    unittest.main()
