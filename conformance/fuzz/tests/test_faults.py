"""Faults that are planted in the reference are found, and shrunk to what a person can read."""

import os
import time
import unittest
from pathlib import Path

import spec
import subjects
from example import Conditions, Example
from search import search
from session import Session

HERE = Path(__file__).absolute().parent


class PlantedFaults(unittest.TestCase):
    def found(self, fault: str, limit: float = 20.0) -> Example:
        """Return the first example that fails for a fault."""
        names = subjects.documented_names(spec.load(), "low-level")
        file = str(HERE / "faults" / f"{fault}.py")
        adapter = subjects.own_adapter("low-level", module=None, file=file)
        python = subjects.from_file(os.environ["CONFORMANCE_SUBJECTS"])[0]
        subject = subjects.describe(python, adapter, names, 60)
        assert isinstance(subject, subjects.Subject), subject
        session = Session(Conditions(subject, limit), time.monotonic() + 1e6)
        example = next(search(session, examples=500), None)
        assert example and example.finding, "nothing was found"
        return example

    def expect(self, example: Example, key: str, *lines: str) -> None:
        """Expect an example that fails of this and consists of these lines."""
        assert example.finding
        self.assertEqual(example.finding.key, key, example.finding)
        self.assertEqual(example.lines, list(lines))

    def test_an_id_that_is_forgotten(self) -> None:
        create = "keep(attempt(m.create))"
        example = self.found("forgets")
        self.expect(example, "enumerate.list", create, create, create, "attempt(m.enumerate)")

    def test_a_process_that_dies(self) -> None:
        example = self.found("aborts")
        assert example.finding
        self.assertTrue(example.finding.key.startswith("crash:Identifiers."), example.finding)
        self.assertIn("SIGABRT", example.finding.actual)
        self.assertLessEqual(len(example.lines), 3)

    def test_a_call_that_does_not_come_back(self) -> None:
        example = self.found("hangs", limit=3.0)
        assert example.finding
        self.assertEqual(example.finding.key, "hang:destroy.none")
        self.assertEqual(len(example.lines), 3)

    def test_arguments_that_are_judged_in_another_order(self) -> None:
        example = self.found("looks_up_first")
        assert example.finding
        self.assertIn(
            example.finding.key, ("run_string.str", "run_string.null", "run_string.surrogate")
        )
        self.assertEqual(len(example.lines), 1)

    def test_an_exception_without_its_last_argument(self) -> None:
        example = self.found("drops_arguments")
        assert example.finding
        # str() of the exception is made of the arguments, and so is no less wrong.
        self.assertIn(example.finding.key, ("run_string.same-arguments", "run_string.same-message"))
        self.assertEqual(len(example.lines), 2)


if __name__ == "__main__":
    unittest.main()
