"""Every clause is proved by checks, and every check proves clauses that exist."""

import difflib
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import records
import spec
import suite


class Checks(unittest.TestCase):
    def setUp(self) -> None:
        self.clauses = spec.load().clauses
        self.checks = suite.load()

    def none(self, problems: list[str]) -> None:
        if problems:
            self.fail("\n  ".join(["", *problems]))

    def test_every_clause_has_a_check(self) -> None:
        proved = {clause for check in self.checks for clause in check.clauses}
        self.none([f"no check covers {clause}" for clause in self.clauses if clause not in proved])

    def test_every_check_covers_clauses_that_exist(self) -> None:
        problems = []
        for check in self.checks:
            for clause in check.clauses:
                if clause not in self.clauses:
                    near = difflib.get_close_matches(clause, self.clauses, 1)
                    hint = f"; did you mean {near[0]}?" if near else ""
                    problems.append(f"{check.id} covers {clause}, which no text defines{hint}")
                elif self.clauses[clause].profile != check.profile:
                    problems.append(f"{check.id} covers {clause}, which is of another profile")
            if not check.clauses:
                problems.append(f"{check.id} covers nothing")
        self.none(problems)

    def test_every_recorded_check_exists(self) -> None:
        known = {check.id for check in self.checks}
        gone = {name for result in records.load_results() for name in result.checks} - known
        self.none([f"{name} is recorded in results/, but there is no such check" for name in gone])

    def test_names_state_facts_and_docstrings_say_them(self) -> None:
        problems = []
        for check in self.checks:
            if re.search(r"(^|_)(should|must|test)(_|$)", check.name):
                problems.append(f"{check.id}: a name states a fact, without should, must or test")
            if not check.doc.endswith("."):
                problems.append(f"{check.id}: its docstring must be sentences for a reader")
        self.none(problems)


if __name__ == "__main__":
    unittest.main()
