"""The quotation is exact: every quote is in the text once, and every sentence is quoted."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import spec


class Text(unittest.TestCase):
    def test_quotation_is_exact(self) -> None:
        found = list(spec.load().problems())
        if found:
            self.fail("the texts and conformance/clauses disagree:\n  " + "\n  ".join(found))


if __name__ == "__main__":
    unittest.main()
