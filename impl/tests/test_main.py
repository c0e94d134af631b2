"""python -m interpreters."""

import contextlib
import io
import json
import subprocess
import sys
import unittest
from unittest import mock

import interpreters
from interpreters import __main__ as command


def run(*arguments):
    """The status of the command, what it prints, and what it complains of."""
    done = subprocess.run(
        [sys.executable, "-m", "interpreters", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


class Command(unittest.TestCase):
    def test_all_is_well(self):
        status, printed, complaints = run()
        self.assertEqual((status, complaints), (0, ""))
        self.assertIn("{} of {} passed".format(*[len(command.TESTS)] * 2), printed)
        self.assertNotIn("FAILED", printed)
        self.assertIn(sys.version.split()[0], printed)

    def test_json(self):
        status, printed, complaints = run("--json")
        self.assertEqual((status, complaints), (0, ""))
        found = json.loads(printed)
        self.assertEqual(found["can"]["isolate"], sys.version_info >= (3, 12))
        self.assertEqual(
            [test["problem"] for test in found["self_test"]], [""] * len(command.TESTS)
        )
        self.assertNotIn("self_test", json.loads(run("--json", "--no-self-test")[1]))

    def test_what_it_does_not_know(self):
        status, _, complaints = run("--spam")
        self.assertEqual(status, 2)
        self.assertIn("unrecognized arguments: --spam", complaints)

    def test_a_fault_is_told_and_leaves_nothing(self):
        def fault(worker):
            """something works"""
            worker.run("raise OSError('spam')")

        before = interpreters.enumerate()
        with mock.patch.object(command, "TESTS", [fault]), contextlib.redirect_stdout(
            io.StringIO()
        ) as printed:
            self.assertEqual(command.main([]), 1)
        self.assertIn("0 of 1 passed", printed.getvalue())
        self.assertIn("FAILED  something works: OSError: spam", printed.getvalue())
        self.assertEqual(interpreters.enumerate(), before)

    def test_an_issue_is_of_some_versions(self):
        for version, numbers in (
            ((3, 11, 9), []),
            ((3, 12, 0), ["gh-113055"]),
            ((3, 13, 9), ["gh-113055"]),
            ((3, 14, 0), []),
        ):
            with mock.patch.object(sys, "version_info", version), mock.patch.object(
                command, "has_gil", lambda: True
            ):
                self.assertEqual([each.number for each in command.known_issues()], numbers)
        with mock.patch.object(sys, "version_info", (3, 14, 1)), mock.patch.object(
            command, "has_gil", lambda: False
        ):
            self.assertEqual([each.number for each in command.known_issues()], ["gh-117649"])


if __name__ == "__main__":
    unittest.main()
