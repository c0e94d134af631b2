"""What changed from release to release: what is told is what was recorded, and nothing else."""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

from project import DOCS, IMPORTS, Project, result

sys.path[:0] = IMPORTS

from clauses import book, drift  # noqa: E402
from records import Result  # noqa: E402

PAGE = """\
Drift
=====

.. drift:: low-level older other

.. revisions::

   high-level older
   low-level older other
"""

REVISIONS = """\
[[revision]]
pep = 1
date = "2000-01-01"
commit = "abc"
says = "the ``first``"
adds = ["spam", "eggs", "Shop", "Shop.ham"]

[[revision]]
pep = 2
date = "2000-02-02"
commit = "def"
says = "the second"
adds = ["Shop.bacon"]
drops = ["Shop.ham"]
"""


def release(*has: str, profile: str = "low-level") -> drift.Release:
    """Return a release that has these names."""
    return drift.Release("other", Result(profile, "other", "other", "cpython-3.9.1", {}, has, {}))


class Page(unittest.TestCase):
    """A page with both tables."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.project = Project(Path(folder.name).resolve())
        self.project.write("docs/matrix.rst", PAGE)
        self.project.write("docs/conformance/revisions.toml", REVISIONS)

    def text(self) -> str:
        """Build the page as text and return it."""
        self.assertEqual(self.project.build("text"), "")
        return self.project.read("text/matrix.txt")

    def record(self) -> None:
        """Record three releases of two implementations, and two others."""
        first = {"the_result_is_none": "fail", "the_rule_holds": "pass"}
        second = {"the_result_is_none": "crash", "the_rule_holds": "fail"}
        third = {"the_result_is_none": "pass", "the_rule_holds": "pass"}
        for table in (
            result("older", "cpython-3.9.1", has=("spam", "eggs", "bacon"), **first),
            result("older", "cpython-3.10.1", has=("spam", "eggs", "bacon"), **second),
            result("other", "cpython-3.10.2", has=("spam", "ham", "eggs"), **third),
            result("reference", "cpython-3.8.1", has=("lobster",), **third),
            result("stranger", "cpython-3.8.2", has=("lobster",), **third),
        ):
            self.project.record(table)

    def test_nothing_on_record_is_calm(self) -> None:
        text = self.text()
        self.assertIn("No two releases are on record.", text)
        self.assertIn("No names are on record.", text)

    def test_only_the_named_line_is_told_in_the_order_of_its_versions(self) -> None:
        self.record()
        text = self.text()
        self.assertIn('Judged: "the older" on 3.9.1, 3.10.1; "the other" on 3.10.2.', text)
        self.assertRegex(text, r"\| Clause +\| 3\.9\.1 +\| 3\.10\.1 +\| 3\.10\.2 +\|")
        self.assertNotIn("3.8", text)

    def test_a_clause_has_a_row_if_the_releases_differ(self) -> None:
        self.record()
        text = self.text()
        self.assertRegex(text, r'\| "spam\.none" +\| fail +\| crash +\| pass +\|')
        self.assertRegex(text, r'\| "Rules\.rule" +\| pass +\| fail +\| pass +\|')
        self.assertLess(text.index("| Rules"), text.index("| spam"))
        self.assertNotIn("spam.one", text)

    def test_changes_are_told_for_each_release(self) -> None:
        self.record()
        text = self.text()
        first, second = text.index("3.10.1, after 3.9.1"), text.index("3.10.2, after 3.10.1")
        self.assertIn('Lost: "Rules.rule".', text[first:second])
        self.assertIn('Departs in another way: "spam.none".', text[first:second])
        self.assertNotIn("Gained", text[first:second])
        self.assertIn('Gained: "Rules.rule", "spam.none".', text[second:])

    def test_releases_that_are_alike_have_no_row_and_no_change(self) -> None:
        for python in ("cpython-3.9.1", "cpython-3.10.1"):
            self.project.record(result("older", python, the_rule_holds="pass"))
        text = self.text()
        self.assertNotIn("| Clause", text)
        self.assertIn("No clause has another verdict.", text)

    def test_a_clause_that_was_not_judged_on_both_is_no_change(self) -> None:
        self.project.record(result("older", "cpython-3.9.1", the_rule_holds="pass"))
        self.project.record(result("older", "cpython-3.10.1", the_result_is_none="pass"))
        self.assertIn("No clause has another verdict.", self.text())

    def test_the_nearest_revision_is_marked(self) -> None:
        self.record()
        text = self.text()
        heads = r"the older +\| the other"
        self.assertRegex(text, heads)
        self.assertRegex(text, r"PEP 1, 2000-01-01: the .* \| 50% +\| \*\*100%\*\* +\|")
        self.assertRegex(text, r"PEP 2, 2000-02-02: the .* \| \*\*100%\*\* +\| 50% +\|")

    def test_a_row_leads_to_its_clause_and_to_its_revision(self) -> None:
        self.record()
        self.assertEqual(self.project.build(), "")
        page = self.project.read("html/matrix.html")
        self.assertIn('href="library/sample.html#clause-spam.none"', page)
        self.assertIn('href="https://github.com/python/peps/commit/abc"', page)
        self.assertIn('title="the older on 3.9.1: fail: &lt;u&gt;&amp;amp; |x|', page)


class Nearness(unittest.TestCase):
    """How near a release is to a revision."""

    def setUp(self) -> None:
        names = frozenset(("spam", "eggs", "Shop", "Shop.ham"))
        self.revision = drift.Revision("PEP 1", "", "abc", names)

    def test_it_is_the_part_of_all_names_that_both_have(self) -> None:
        found = release("spam", "Shop", "Shop.bacon", "Shop.ham", profile="high-level")
        self.assertEqual(drift.share(self.revision, found), 3 / 5)

    def test_a_low_level_module_has_functions_for_methods(self) -> None:
        self.assertEqual(drift.share(self.revision, release("spam", "ham", "lobster")), 2 / 4)

    def test_nothing_in_common_is_nothing(self) -> None:
        self.assertEqual(drift.share(self.revision, release("lobster")), 0)


class Told(unittest.TestCase):
    """The revisions as they are told in files."""

    def revisions(self, text: str) -> list[drift.Revision]:
        """Return the revisions told in *text*."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "revisions.toml")
            path.write_text(text, encoding="utf-8")
            return drift.revisions(path)

    def test_each_is_made_of_the_one_before(self) -> None:
        first, second = self.revisions(REVISIONS)
        self.assertEqual(first.names, {"spam", "eggs", "Shop", "Shop.ham"})
        self.assertEqual(second.names, {"spam", "eggs", "Shop", "Shop.bacon"})

    def test_one_that_drops_what_was_not_there_is_named(self) -> None:
        with self.assertRaisesRegex(book.Unusable, "PEP 2, 2000-02-02: lobster"):
            self.revisions(REVISIONS.replace('drops = ["Shop.ham"]', 'drops = ["lobster"]'))

    def test_one_that_adds_what_was_there_is_named(self) -> None:
        with self.assertRaisesRegex(book.Unusable, "PEP 2, 2000-02-02: spam"):
            self.revisions(REVISIONS.replace('adds = ["Shop.bacon"]', 'adds = ["spam"]'))

    def test_one_that_lacks_a_line_is_named(self) -> None:
        with self.assertRaisesRegex(book.Unusable, "revision 1: lacks 'commit'"):
            self.revisions(REVISIONS.replace('commit = "abc"\n', ""))

    def test_those_of_the_site_are_in_order_and_begin_with_its_text(self) -> None:
        told = drift.revisions(DOCS / "conformance" / "revisions.toml")
        dates = [revision.title.partition(", ")[2] for revision in told]
        self.assertEqual(dates, sorted(set(dates)))
        documented = {"enumerate", "get_current", "get_main", "create", "Interpreter"}
        methods = {f"Interpreter.{name}" for name in ("id", "is_running", "destroy", "run")}
        self.assertEqual(told[0].names, documented | methods)
        self.assertTrue(all(len(revision.commit) == 40 for revision in told))


if __name__ == "__main__":
    unittest.main()
