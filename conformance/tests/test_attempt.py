"""What a check tries in a process of its own ends as it may, and the check says how it ended."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import check

SUBJECT = "def spam(): return 1\n"

CALLS = r"""
import os, signal, time
from check import attempt, each_kind

def passes(m, number): assert m.spam() == number
def fails_with_words(m): assert m.spam() == 2, "it is one"
def fails(m): assert m.spam() == 2
def lacks(m): m.eggs()
def crashes(m):
    os.write(2, b"Fatal Python error: spam is off\n")
    os.kill(os.getpid(), signal.SIGKILL)
def exits(m): os._exit(5)
def hangs(m): time.sleep(1000)
def is_busy(m):
    while True: pass
def ends(m, status):
    print("spam", end="")
    raise SystemExit(status)
def sees(m, value):
    spam = os.environ.get("SPAM")
    assert spam == value, "spam is %s" % spam
def is_of_a_kind(m, kind): assert kind == "none", kind
""".replace("\\\\n", "\\n")


class Attempts(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        calls, adapter = Path(folder.name) / "calls.py", Path(folder.name) / "adapter.py"
        calls.write_text(CALLS, encoding="utf-8")
        adapter.write_text(SUBJECT, encoding="utf-8")
        self.addCleanup(setattr, check, "subject_name", check.subject_name)
        check.subject_name = str(adapter)
        self.calls: dict[str, object] = {}
        exec(compile(CALLS, str(calls), "exec"), self.calls)

    def attempt(self, name: str, *arguments: object, **limits: object) -> str:
        """Attempt the call *name*; return what is said of it, or nothing if it came back."""
        try:
            check.attempt(self.calls[name], *arguments, **limits)
        except AssertionError as error:
            return str(error)
        return ""

    def test_what_comes_back_is_no_failure(self) -> None:
        self.assertEqual(self.attempt("passes", 1), "")

    def test_a_failure_says_what_happened(self) -> None:
        self.assertEqual(self.attempt("fails_with_words"), "it is one")
        self.assertEqual(self.attempt("fails"), "def fails(m): assert m.spam() == 2")

    def test_a_missing_name_is_told_from_a_failure(self) -> None:
        with self.assertRaisesRegex(check.Missing, "eggs"):
            check.attempt(self.calls["lacks"])

    def test_a_signal_is_a_crash(self) -> None:
        self.assertEqual(self.attempt("crashes"), "crash: SIGKILL: Fatal Python error: spam is off")

    def test_an_unexpected_end_is_a_failure(self) -> None:
        self.assertEqual(self.attempt("exits"), "ended with exit status 5")

    def test_a_hang_is_told(self) -> None:
        said = self.attempt("hangs", seconds=0.5)
        self.assertEqual(said, "hang: had not ended after 0.5 seconds")

    def test_busy_code_hangs_by_processor_time(self) -> None:
        said = self.attempt("is_busy", seconds=1000, cpu=1)
        self.assertEqual(said, "hang: had not ended after 1 seconds of processor time")

    def test_the_end_that_is_expected_is_no_failure(self) -> None:
        self.assertEqual(self.attempt("ends", 3, ends=(3, "spam")), "")

    def test_another_end_is_a_failure(self) -> None:
        said = "ended with exit status 4 and printed: spam"
        self.assertEqual(self.attempt("ends", 4, ends=(3, "spam")), said)
        self.assertEqual(self.attempt("ends", 4, ends=(4, "")), said)

    def test_the_environment_is_passed_on(self) -> None:
        self.assertIn("spam is None", self.attempt("sees", "1"))
        self.assertEqual(self.attempt("sees", "1", environment={"SPAM": "1"}), "")

    def test_the_kind_that_fails_is_named(self) -> None:
        with self.assertRaisesRegex(AssertionError, r"^shared \(shared\)$"):
            check.each_kind(self.calls["is_of_a_kind"])


if __name__ == "__main__":
    unittest.main()
