"""The sweep sees what goes wrong, and nothing does when the library's own allocations fail."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).absolute().parent
CANARIES = ("--operations", str(HERE / "canaries.py"))


def sweep(*arguments):
    """Run the command: its status, what it printed, and its rows by operation."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "rows.json")
        done = subprocess.run(
            [sys.executable, str(HERE.parent), "--json", str(path), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        rows = json.loads(path.read_text()) if path.exists() else []
    return done.returncode, done.stdout, {row["operation"]: row for row in rows}


class CanaryTest(unittest.TestCase):
    """What goes wrong on purpose is seen."""

    @classmethod
    def setUpClass(cls):
        cls.status, cls.output, cls.rows = sweep(*CANARIES)

    def check(self, operation, outcome):
        self.assertEqual(self.status, 1, self.output)
        row = self.rows[operation]
        self.assertEqual(row[outcome], 1, self.output)
        self.assertEqual(sum(each for each in row.values() if isinstance(each, int)), 1)

    def test_what_is_borne_passes(self):
        self.check("bears_it", "refused")

    def test_a_crash_is_seen(self):
        self.check("crashes", "crash")

    def test_a_hang_is_seen(self):
        self.check("hangs", "hang")

    def test_another_exception_is_seen(self):
        self.check("raises_another", "violation")

    def test_a_lost_state_is_seen(self):
        self.check("loses", "violation")

    def test_what_is_left_is_seen(self):
        for operation in ("keeps_a_block", "keeps_an_interpreter", "keeps_a_descriptor"):
            with self.subTest(operation):
                self.check(operation, "violation")

    def test_it_says_how_to_see_it_again(self):
        self.assertIn("again: --operation crashes --kind own --allocation 1\n", self.output)


class OwnTest(unittest.TestCase):
    """The library bears that any of its own allocations fails."""

    def test_nothing_goes_wrong(self):
        status, output, rows = sweep("--kind", "own", "--kind", "everywhere")
        self.assertEqual(status, 0, output)
        for operation in ("create_shared", "put", "call_with_data", "submit"):
            self.assertGreater(rows[operation]["refused"] + rows[operation]["unharmed"], 0)


class CommandTest(unittest.TestCase):
    """What cannot be tried is said, with status 2."""

    def test_an_unknown_operation(self):
        status, output, _ = sweep("--operation", "nothing")
        self.assertEqual((status, output.count("\n")), (2, 1), output)
        self.assertIn("there is no operation nothing; --list names them", output)

    def test_an_operation_without_that_kind(self):
        status, output, _ = sweep("--operation", "create_shared", "--kind", "python")
        self.assertEqual((status, output.count("\n")), (2, 1), output)

    def test_the_list(self):
        status, output, _ = sweep("--list", "-k", "put*", "--kind", "own")
        self.assertEqual(status, 0, output)
        self.assertIn("put_memory own\n", output)


if __name__ == "__main__":
    unittest.main()
