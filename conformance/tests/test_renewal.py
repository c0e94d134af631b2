"""Deviations are renewed from the records: reasons are kept, and what has none is told."""

import sys
import tempfile
import tomllib
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import records
import renewal
import suite
from records import Result
from runner import Verdict

CHECKS = ("spam.a", "spam.b", "spam.c")

KNOWN = """# Our own words.

[[deviation]]
pythons = "3.8-3.9"
verdict = "fail"
says = "It does \\"otherwise\\"."
why = "It was made so."
issue = "gh-1"
checks = [
    "spam.a",
    "spam.b",
]
"""


def result(minor: int, **verdicts: str) -> Result:
    """Return the record of a toy on 3.*minor*: a="fail" is the verdict on spam.a."""
    checks = {f"spam.{name}": Verdict(verdict, "why") for name, verdict in verdicts.items()}
    python = f"cpython-3.{minor}.0"
    return Result("low-level", "toy", "toy", python, {}, (), checks)


class Renewal(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.path = self.root / "conformance" / "deviations" / "low_level" / "toy.toml"
        self.path.parent.mkdir(parents=True)
        self.path.write_text(KNOWN, encoding="utf-8")
        self.checks = [
            suite.Check(name, "low-level", Path(), name, "", "", (), None, None) for name in CHECKS
        ]

    def renew(self, *results: Result) -> str:
        """Return the new contents of the file, or what is there if it stays."""
        known = records.load_deviations(self.root)
        found = renewal.renew(known, list(results), self.checks, self.root)
        text = found.get(self.path, KNOWN)
        self.path.write_text(text, encoding="utf-8")
        problems = list(records.problems(list(results), records.load_deviations(self.root)))
        self.assertEqual([p for p in problems if "say why" not in p], [])
        return text

    def test_what_is_exact_stays(self) -> None:
        both = {"a": "fail", "b": "fail", "c": "pass"}
        self.assertEqual(self.renew(result(8, **both), result(9, **both)), KNOWN)

    def test_what_passes_now_goes_and_its_reason_stays_where_it_holds(self) -> None:
        text = self.renew(result(8, a="fail", b="fail"), result(9, a="pass", b="fail"))
        self.assertTrue(text.startswith("# Our own words.\n\n"))
        one, two = tomllib.loads(text)["deviation"]
        self.assertEqual((one["pythons"], one["checks"]), ("3.8", ["spam.a"]))
        self.assertEqual((two["pythons"], two["checks"]), ("3.8-3.9", ["spam.b"]))
        self.assertEqual({one["why"], two["why"]}, {"It was made so."})
        self.assertEqual(one["says"], 'It does "otherwise".')

    def test_a_new_version_takes_the_reasons_of_its_neighbour(self) -> None:
        both = {"a": "fail", "b": "fail"}
        text = self.renew(*(result(minor, **both) for minor in (8, 9, 12)))
        (one,) = tomllib.loads(text)["deviation"]
        self.assertEqual(one["pythons"], "3.8-3.12")

    def test_what_has_no_reason_asks_for_one(self) -> None:
        both = {"a": "fail", "b": "fail"}
        text = self.renew(result(8, **both, c="crash"), result(9, **both, c="pass"))
        entry = tomllib.loads(text)["deviation"][-1]
        self.assertEqual((entry["verdict"], entry["checks"]), ("crash", ["spam.c"]))
        self.assertEqual((entry["says"], entry["why"]), ("crash: why", records.UNEXPLAINED))
        problems = records.problems(
            [result(8, **both, c="crash"), result(9, **both, c="pass")],
            records.load_deviations(self.root),
        )
        self.assertIn("spam.c on 3.8: say why it departs", "".join(problems))

    def test_an_implementation_without_departures_has_no_file(self) -> None:
        found = renewal.renew(
            records.load_deviations(self.root), [result(8, a="pass")], self.checks, self.root
        )
        self.assertEqual(found, {self.path: ""})
        self.path.unlink()
        self.assertEqual(renewal.renew([], [result(8, a="pass")], self.checks, self.root), {})
        found = renewal.renew([], [result(8, a="fail")], self.checks, self.root)
        self.assertTrue(found[self.path].startswith("# Where toy departs, and why.\n"))

    def test_everything_other_than_recorded_is_told(self) -> None:
        before = result(8, a="fail", b="pass")
        lines = "\n".join(renewal.difference(before, result(8, a="pass", c="fail")))
        for words in ("spam.a: pass, recorded fail", "spam.c: fail, new: why", "spam.b: gone"):
            self.assertIn(words, lines)
        self.assertEqual(renewal.difference(before, before), [])
        self.assertIn("first time: 2 checks", renewal.difference(None, before)[0])


if __name__ == "__main__":
    unittest.main()
