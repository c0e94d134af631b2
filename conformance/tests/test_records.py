"""Results and deviations agree exactly, in both directions."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import records
import suite
from files import Unusable


class Records(unittest.TestCase):
    def test_results_and_deviations_agree(self) -> None:
        found = list(records.problems(records.load_results(), records.load_deviations()))
        if found:
            self.fail("results and deviations disagree:\n  " + "\n  ".join(found))

    def test_the_reference_passes_everything(self) -> None:
        for result in records.load_results():
            if result.implementation == "reference":
                bad = [name for name, v in result.checks.items() if v.verdict != "pass"]
                self.assertEqual(bad, [], f"{result.file}: the reference must conform")

    def test_results_have_every_check(self) -> None:
        checks = suite.load()
        for result in filter(lambda result: result.provided, records.load_results()):
            wanted = {check.id for check in checks if check.applies(result.profile, result.python)}
            missing = sorted(wanted - result.checks.keys())
            hint = "record it anew with `accept`"
            self.assertEqual(missing, [], f"{result.file} lacks checks; {hint}")


RESULT = """{"format": 2, "profile": "low-level", "implementation": "toy", "title": "toy",
"python": "cpython-3.12.1", "names": {}, "has": [], "checks": {"spam.eggs": {"verdict": "fail", "detail": ""}}}
"""

DEVIATION = """[[deviation]]
pythons = "3.12"
verdict = "fail"
says = "It does otherwise."
why = "It was made so."
checks = ["spam.eggs"]
"""


class Malformed(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def problems(self, result: str = RESULT, deviation: str = DEVIATION) -> list[str]:
        """Return what is wrong between one result and the deviations of one implementation."""
        results = self.root / "conformance" / "results" / "low_level"
        deviations = self.root / "conformance" / "deviations" / "low_level"
        for path, text in (
            (results / "toy@cpython-3.12.1.json", result),
            (deviations / "toy.toml", deviation),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return list(
            records.problems(
                records.load_results(results.parent), records.load_deviations(self.root)
            )
        )

    def test_an_exact_deviation_is_no_problem(self) -> None:
        self.assertEqual(self.problems(), [])

    def test_both_directions_are_exact(self) -> None:
        (found,) = self.problems(result=RESULT.replace('"fail"', '"pass"'))
        self.assertIn("recorded pass, the deviations say fail", found)
        (found,) = self.problems(result=RESULT.replace('"fail"', '"crash"'))
        self.assertIn("recorded crash, the deviations say fail", found)
        found = "\n".join(self.problems(deviation=DEVIATION.replace("3.12", "3.8-3.11")))
        self.assertIn("recorded fail, the deviations say pass", found)
        self.assertIn("no result for 3.8-3.11 has this check", found)
        found = "\n".join(self.problems(deviation=DEVIATION.replace("spam.eggs", "spam.ham")))
        self.assertIn("spam.ham: no result for 3.12 has this check", found)
        (found,) = self.problems(deviation=DEVIATION.replace("It was made so.", "?"))
        self.assertIn("spam.eggs on 3.12: say why it departs", found)
        (found,) = self.problems(deviation=DEVIATION + DEVIATION)
        self.assertIn("more than one deviation", found)

    def test_malformed_results_are_named(self) -> None:
        for text, words in (
            ("{", "toy@cpython-3.12.1.json: is not valid JSON"),
            ("[]", "is no result"),
            ("{}", "is no result: KeyError: 'checks'; judge anew"),
            (RESULT.replace('"fail"', '"good"'), "its format, Python or verdicts"),
            (RESULT.replace("3.12.1", "3.12.2"), "it is a record of .*@cpython-3.12.2"),
            (RESULT.replace('"format": 2', '"format": 1'), "its format, Python or verdicts"),
        ):
            with self.subTest(words), self.assertRaisesRegex(Unusable, words):
                self.problems(result=text)

    def test_malformed_deviations_are_named(self) -> None:
        for text, words in (
            ("[[deviation]", "toy.toml: is not valid TOML"),
            ("", "holds no"),
            (DEVIATION.replace("says", "said"), "deviation 1: unknown key 'said'"),
            (DEVIATION.replace("It was made so.", " "), 'needs a line why = "..."'),
            (DEVIATION.replace('"fail"', '"pass"'), "verdict 'pass' is none of fail"),
            (DEVIATION.replace('["spam.eggs"]', "[]"), "needs a list of checks"),
            (DEVIATION.replace('"3.12"', '"all"'), "pythons must be like"),
        ):
            with self.subTest(words), self.assertRaisesRegex(Unusable, words):
                self.problems(deviation=text)


if __name__ == "__main__":
    unittest.main()
