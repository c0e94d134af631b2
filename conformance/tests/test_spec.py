"""The proof of quotation notices whatever is wrong with a quotation."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import spec
from files import Unusable

TEXT = """\
:mod:`!eggs` --- A module
=========================

.. module:: eggs
   :synopsis: Nothing counts here.

Introduction with an example::

   >>> not_counted()

.. function:: spam(id)

   Return *id*, an ``int``, as :func:`spam` does.
   Raise :exc:`~eggs.Ham` for
   anything else.

   .. note:: not counted


Heading
-------

Spread over
two lines.
"""

# A page that goes on with a module, and with a class that is described elsewhere.
CONTINUED = """\
More eggs
=========

.. currentmodule:: eggs

.. class:: Ham(spam=1, \\
           eggs=2)
   :no-index:

   .. method:: fry(*, oil=...)

      Return ``...`` fried eggs.

.. data:: SALT

   A pinch.
"""

CONTINUED_CLAUSES = """\
document = "text.rst"
profile = "sharing"
[clauses."eggs.SALT"]
pinch = "A pinch."
[clauses."Ham.fry"]
fried = "Return ... fried eggs."
"""

CLAUSES = """\
document = "text.rst"
profile = "low-level"
[clauses.spam]
returns = "Return id, an int, as spam does."
raises = "Raise Ham for anything else."
[clauses.Heading]
lines = "Spread over two lines."
[informative]
"eggs --- A module" = true
"""


class Quotation(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "conformance" / "clauses").mkdir(parents=True)

    def problems(self, text: str = TEXT, **clauses: str) -> list[str]:
        """Return what is wrong with *text* under the given clause files."""
        (self.root / "text.rst").write_text(text, encoding="utf-8")
        for name, content in (clauses or {"low": CLAUSES}).items():
            path = self.root / "conformance" / "clauses" / f"{name}.toml"
            path.write_text(content, encoding="utf-8")
        return list(spec.load(self.root).problems())

    def test_an_exact_quotation_has_no_problems(self) -> None:
        self.assertEqual(self.problems(), [])

    def test_an_edited_word_breaks_the_quote_and_leaves_the_sentence_unquoted(self) -> None:
        found = self.problems(TEXT.replace("two lines", "three lines"))
        self.assertEqual(len(found), 2)
        self.assertIn("Heading.lines: the quote occurs 0 times in the text of 'Heading'", found[0])
        self.assertIn("no clause quotes 'Spread over three lines.'", found[1])

    def test_an_added_sentence_is_unquoted(self) -> None:
        (found,) = self.problems(TEXT + "And one more.\n")
        self.assertIn("Heading: no clause quotes 'And one more.'", found)

    def test_a_quote_must_occur_once(self) -> None:
        (found,) = self.problems(TEXT + "\nSpread over two lines.\n")
        self.assertIn("the quote occurs 2 times", found)

    def test_a_quote_counts_only_in_its_region(self) -> None:
        found = self.problems(low=CLAUSES.replace("[clauses.Heading]", "[clauses.Elsewhere]"))
        self.assertIn("occurs 0 times in the text of 'Elsewhere'", found[0])

    def test_a_page_may_go_on_with_a_module(self) -> None:
        """Its module is known, and methods and data are regions of their own."""
        self.assertEqual(self.problems(CONTINUED, more=CONTINUED_CLAUSES), [])

    def test_an_informative_region_must_exist(self) -> None:
        (found,) = self.problems(low=CLAUSES + "Nowhere = true\n")
        self.assertIn("there is no region 'Nowhere'", found)

    def test_restated_quotes_are_proved_too(self) -> None:
        pep = 'document = "text.rst"\n[restates]\n"spam.returns" = "Not there."\n'
        found = self.problems(low=CLAUSES, pep=pep)
        self.assertIn("text.rst: spam.returns: the quote occurs 0 times", found[0])

    def test_malformed_clause_files_are_named(self) -> None:
        for content, words in (
            ("spam = ", "is not valid TOML"),
            (CLAUSES.replace("low-level", "lowly"), "profile 'lowly' is none of"),
            (CLAUSES.replace('"Spread over two lines."', "5"), "a quote must be a string"),
            (CLAUSES.replace("text.rst", "nowhere.rst"), "cannot be read"),
            (CLAUSES.replace("document", "dokument"), "document"),
            ('document = "text.rst"\n[restates]\n"spam.nothing" = "x"\n', "which no text defines"),
        ):
            with self.subTest(words), self.assertRaisesRegex(Unusable, words):
                self.problems(low=content)


if __name__ == "__main__":
    unittest.main()
