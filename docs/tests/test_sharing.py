"""The table of what interpreters share: it is about what the program measures, and joins it well."""

from __future__ import annotations

import csv
import sys
import unittest
from pathlib import Path

DOCS = Path(__file__).absolute().parent.parent
sys.path.insert(0, str(DOCS))

import sharing  # noqa: E402


class Table(unittest.TestCase):
    def test_the_table_has_a_row_for_each_thing(self) -> None:
        with open(DOCS / "sharing.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        self.assertEqual([row[0] for row in rows[1:]], sharing.THINGS)
        self.assertEqual({len(row) for row in rows}, {3})
        self.assertTrue(all(cell for row in rows[1:] for cell in row))


class Joined(unittest.TestCase):
    def test_one_answer_needs_no_version(self) -> None:
        self.assertEqual(sharing.joined([("3.8", "a"), ("3.9", "a")]), "a")

    def test_several_answers_have_their_versions(self) -> None:
        answers = [("3.8", "a"), ("3.9", "b"), ("3.10", "b"), ("3.11", "a")]
        self.assertEqual(sharing.joined(answers), "a (3.8); b (3.9–3.10); a (3.11)")


if __name__ == "__main__":
    unittest.main()
