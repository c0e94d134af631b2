"""The runner tells every way in which a check can end, and nothing disturbs it."""

import os
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import process
import runner
from runner import Verdict
from subjects import Python, Subject
from suite import Check

SUBJECT = "def spam(): return 1\n"

CHECKS = """
import os, signal, subprocess, sys
from check import covers

def passes(m): assert m.spam() == 1
def fails(m): assert m.spam() == 2
def fails_with_words(m): assert m.spam() == 2, "it is one"
def raises(m): {}["eggs"]
def lacks(m): m.eggs()
def crashes(m): os.kill(os.getpid(), signal.SIGSEGV)
def exits(m): os._exit(0)
def hangs(m):
    while True: pass
def prints_a_verdict(m):
    print('{"verdict": "pass", "detail": ""}', flush=True)
    assert False, "the real one"
def floods(m):
    for _ in range(2000): os.write(1, b"spam" * 1000)
def leaves_a_child(m): subprocess.Popen(["sleep", "1000"], close_fds=False)
def exits_with_three(m): raise SystemExit(3)
def prints_and_ends(m): print("spam", end="")
def raises_a_surrogate(m): raise ValueError("\\udc80 at 0x7f00")
for function in list(globals().values()):
    if callable(function) and getattr(function, "__module__", "") == "checks":
        covers("spam.x")(function)
"""


class Runner(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.checks = Path(folder.name) / "checks.py"
        self.checks.write_text(CHECKS, encoding="utf-8")
        adapter = Path(folder.name) / "adapter.py"
        adapter.write_text(SUBJECT, encoding="utf-8")
        self.subject = Subject(
            Python(sys.executable), "cpython-3.12.0", "low-level", "toy", "toy", str(adapter), ()
        )

    def verdict(self, name: str, ends: tuple[int, str] | None = None) -> Verdict:
        """Run the check *name* of CHECKS; return the verdict."""
        source = self.checks
        if ends is not None:
            source = self.checks.with_name("ending.py")
            text = CHECKS + f"\n{name}.ends = {ends!r}\n"
            source.write_text(text, encoding="utf-8")
        check = Check(name, "low-level", source, name, "", "", ("spam.x",), None, ends)
        return runner.run(self.subject, check, 5 if name != "hangs" else 0.5)

    def test_a_check_that_returns_passes(self) -> None:
        self.assertEqual(self.verdict("passes"), Verdict("pass"))

    def test_a_failure_tells_what_happened(self) -> None:
        self.assertEqual(
            self.verdict("fails"), Verdict("fail", "def fails(m): assert m.spam() == 2")
        )
        self.assertEqual(self.verdict("fails_with_words"), Verdict("fail", "it is one"))
        self.assertIn("KeyError: 'eggs'", self.verdict("raises").detail)

    def test_a_missing_name_is_told_from_a_failure(self) -> None:
        self.assertEqual(self.verdict("lacks"), Verdict("missing", "eggs"))

    def test_a_signal_is_a_crash(self) -> None:
        verdict = self.verdict("crashes")
        self.assertEqual(verdict.verdict, "crash")
        self.assertIn("SIGSEGV", verdict.detail)

    def test_an_end_without_a_verdict_is_a_crash(self) -> None:
        self.assertEqual(self.verdict("exits"), Verdict("crash", "ended with exit status 0"))

    def test_a_hang_is_a_timeout(self) -> None:
        self.assertEqual(self.verdict("hangs").verdict, "timeout")

    def test_what_is_printed_is_no_verdict(self) -> None:
        self.assertEqual(self.verdict("prints_a_verdict"), Verdict("fail", "the real one"))

    def test_much_output_does_no_harm(self) -> None:
        self.assertEqual(self.verdict("floods").verdict, "pass")

    def test_a_child_that_is_left_does_no_harm(self) -> None:
        self.assertEqual(self.verdict("leaves_a_child").verdict, "pass")

    def test_a_check_that_ends_the_process(self) -> None:
        self.assertEqual(self.verdict("exits_with_three", (3, "")), Verdict("pass"))
        self.assertEqual(self.verdict("exits_with_three", (4, "")).verdict, "fail")
        self.assertEqual(self.verdict("prints_and_ends", (0, "spam")), Verdict("pass"))
        self.assertEqual(self.verdict("prints_and_ends", (0, "")).verdict, "fail")

    def test_details_are_stable_and_can_be_written(self) -> None:
        detail = self.verdict("raises_a_surrogate").detail
        self.assertIn("at 0x...", detail)
        detail.encode()

    def work(self, *names: str) -> list[runner.Work]:
        """Return those checks of CHECKS, for the subject."""
        return [
            (self.subject, Check(n, "low-level", self.checks, n, "", "", ("spam.x",), None, None))
            for n in names
        ]

    def test_judge_returns_every_verdict(self) -> None:
        seen: list[str] = []
        found = runner.judge(
            self.work("passes", "fails", "lacks"),
            jobs=2,
            timeout=5,
            done=lambda subject, check, verdict: seen.append(check.id),
        )
        self.assertEqual(
            {name: verdict.verdict for name, verdict in found[self.subject].items()},
            {"passes": "pass", "fails": "fail", "lacks": "missing"},
        )
        self.assertEqual(sorted(seen), ["fails", "lacks", "passes"])

    def test_no_file_is_left_where_temporary_ones_are(self) -> None:
        make = tempfile.mkdtemp

        def make_slowly(*arguments: str) -> str:
            time.sleep(0.1)  # so that all jobs begin meanwhile
            return make(*arguments)

        process.compile_anew()
        with tempfile.TemporaryDirectory() as place, mock.patch("tempfile.tempdir", place):
            with mock.patch("tempfile.mkdtemp", make_slowly):
                runner.judge(self.work(*["passes"] * 4), jobs=4)
            process.compile_anew()
            self.assertEqual(os.listdir(place), [])


if __name__ == "__main__":
    unittest.main()
