"""Results and deviations agree exactly, in both directions."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import records
import suite


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
        for result in records.load_results():
            isolates = result.version >= (3, 12)
            wanted = {
                check.id
                for check in checks
                if check.profile == result.profile and check.isolates in (None, isolates)
            }
            missing = sorted(wanted - result.checks.keys())
            hint = "record it anew with `accept`"
            self.assertEqual(missing, [], f"{result.file} lacks checks; {hint}")


if __name__ == "__main__":
    unittest.main()
