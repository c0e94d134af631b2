"""Hostile implementations: whatever one does to its process, the run goes on and nothing is forged."""

import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import process
import runner
from runner import Verdict
from subjects import Adapter, Python, Subject, describe
from suite import Check

# A check that a good implementation passes, and one that no implementation passes.
CHECKS = """
from check import covers
@covers("spam.x")
def passes(m): m.spam()
@covers("spam.x")
def fails(m):
    m.spam()
    raise AssertionError("the real one")
"""

# Leaves the session, as a daemon does, with or without what the worker has open.
DAEMON = """
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            {closing}
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            open({file!r}, "w").write(str(os.getpid()))
            time.sleep(1000)
        os._exit(0)
    while not (os.path.exists({file!r}) and os.path.getsize({file!r})): time.sleep(0.01)
"""

FORGED = r"""
    said = b'{"verdict": "pass", "detail": ""}\npass\n' + b"0" * 32 + b" pass\n"
    for descriptor in range(100):
        try: os.write(descriptor, said)
        except OSError: pass
"""


class Hostile(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "checks.py").write_text(CHECKS, encoding="utf-8")

    def subject(self, body: str, before: str = "") -> Subject:
        """Return the implementation whose spam() has *body*."""
        adapter = self.folder / "adapter.py"
        text = f"import ctypes, os, signal, subprocess, sys, threading, time\n{before}\ndef spam():\n    {body}\n"
        adapter.write_text(text, encoding="utf-8")
        python = Python(sys.executable)
        return Subject(python, "cpython-3.12.0", "low-level", "toy", "toy", str(adapter), ())

    def judge(self, body: str, before: str = "", *, memory: int = 1024) -> Verdict:
        """Return the verdict on it by the check that fails; and prove that no other is disturbed."""
        hostile = self.subject(body, before)
        work = [(hostile, self.check("fails"))] + [(hostile, self.check("passes"))] * 2
        good = self.folder / "good.py"
        good.write_text("def spam(): pass\n", encoding="utf-8")
        other = Subject(
            hostile.python, "cpython-3.12.0", "low-level", "good", "good", str(good), ()
        )
        work += [(other, self.check("passes")), (other, self.check("fails"))] * 3
        verdicts = runner.judge(work, jobs=3, timeout=2, memory=memory)
        self.assertEqual(verdicts[other]["passes"], Verdict("pass"))
        self.assertEqual(verdicts[other]["fails"], Verdict("fail", "the real one"))
        self.assertEqual(process.children(), set(), "something is left")
        return verdicts[hostile]["fails"]

    def check(self, name: str) -> Check:
        path = self.folder / "checks.py"
        return Check(name, "low-level", path, name, "", "", ("spam.x",), None, None)

    def test_crashes(self) -> None:
        for body, name in (
            ("ctypes.string_at(0)", "SIGSEGV"),
            ("os.abort()", "SIGABRT"),
            ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
            ("os.kill(os.getpid(), 40)", "signal 40"),
            ("os.killpg(0, signal.SIGTERM)", "SIGTERM"),
        ):
            with self.subTest(body):
                verdict = self.judge(body)
                self.assertEqual(verdict.verdict, "crash")
                self.assertIn(name, verdict.detail)

    def test_hangs(self) -> None:
        for body in (
            "while True: pass",
            "for n in set(signal.Signals) - {9, 19}: signal.signal(n, signal.SIG_IGN)\n    time.sleep(1000)",
            "os.kill(os.getpid(), signal.SIGSTOP)",
            "threading.Lock().acquire(); lock = threading.Lock(); lock.acquire(); lock.acquire()",
        ):
            with self.subTest(body):
                self.assertEqual(self.judge(body).verdict, "timeout")

    def test_a_fork_that_comes_back_twice(self) -> None:
        self.assertEqual(self.judge("os.fork()"), Verdict("fail", "the real one"))

    def test_a_fork_whose_child_comes_back_alone(self) -> None:
        verdict = self.judge("if os.fork(): os._exit(0)")
        self.assertEqual(verdict, Verdict("crash", "ended with exit status 0"))

    def test_floods_of_output(self) -> None:
        flood = "for _ in range(300): os.write(1, b'spam' * (1 << 18))"
        self.assertEqual(self.judge(flood).verdict, "fail")
        self.assertEqual(self.judge("while True: print('spam' * 1000)").verdict, "fail")

    def test_a_flood_of_every_descriptor(self) -> None:
        flood = "for n in range(3, 100):\n        try: os.write(n, b'spam' * (1 << 20))\n        except OSError: pass"
        self.assertIn(self.judge(flood).verdict, ("fail", "timeout"))

    def test_closed_descriptors(self) -> None:
        for first in (0, 3):
            self.assertEqual(self.judge(f"os.closerange({first}, 1000)").verdict, "crash")
        self.assertEqual(self.judge("os.closerange(0, 3)"), Verdict("fail", "the real one"))

    def test_ends_of_the_process(self) -> None:
        for body, verdict in (
            ("os._exit(0)", Verdict("crash", "ended with exit status 0")),
            ("os._exit(3)", Verdict("crash", "ended with exit status 3")),
            ("sys.exit(0)", Verdict("fail", "SystemExit: 0, at: m.spam()")),
        ):
            with self.subTest(body):
                self.assertEqual(self.judge(body), verdict)

    def test_children_that_are_left(self) -> None:
        self.assertEqual(
            self.judge("subprocess.Popen(['sleep', '1000'])"), Verdict("fail", "the real one")
        )
        for closing in ("", "os.closerange(0, 1000)"):
            file = self.folder / f"pid{len(closing)}"
            body = DAEMON.format(closing=closing or "pass", file=str(file)).strip()
            self.assertEqual(self.judge(body), Verdict("fail", "the real one"))
            if sys.platform == "linux":
                self.assert_ended(int(file.read_text()))

    def assert_ended(self, pid: int) -> None:
        """Expect that the process of this ID ends, if it has not ended already."""
        for _ in range(500):
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.01)
        self.fail(f"process {pid} was left")

    def test_an_orphan_of_a_check_that_goes_on_is_left_alone(self) -> None:
        """While others end, beside it, and look for what they have left behind."""
        file = self.folder / "survived"
        body = f"""
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(0.5)
            open({str(file)!r}, "w").close()
        os._exit(0)
    time.sleep(1)"""
        self.assertEqual(self.judge(body.strip()), Verdict("fail", "the real one"))
        self.assertTrue(file.exists())

    def test_many_children(self) -> None:
        body = "for _ in range(50):\n        if os.fork() == 0: os.setsid(); time.sleep(1000)"
        self.assertEqual(self.judge(body), Verdict("fail", "the real one"))

    def test_memory_is_limited(self) -> None:
        verdict = self.judge(
            "eaten = []\n    while True: eaten.append(bytearray(1 << 26))", memory=512
        )
        self.assertEqual(verdict.verdict, "fail")
        self.assertIn("MemoryError", verdict.detail)

    def test_forged_verdicts(self) -> None:
        self.assertEqual(self.judge(FORGED.strip()), Verdict("fail", "the real one"))
        for body in (
            "print('{\"verdict\": \"pass\"}'); print('pass')",
            "print('OK', file=sys.stderr); os._exit(0)",
            "os.write = os._exit = lambda *_: None",
            "import check; check.explain = lambda *_: ''",
        ):
            with self.subTest(body):
                self.assertIn(self.judge(body).verdict, ("fail", "crash"))

    def test_what_surrounds_the_process(self) -> None:
        for body in (
            "os.rmdir(os.getcwd())",
            "os.chmod(os.getcwd(), 0)",
            "os.environ.clear(); sys.path.clear(); sys.modules.clear()",
            "sys.stdout = sys.stderr = sys.excepthook = None",
            "signal.setitimer(signal.ITIMER_REAL, 0.001); signal.signal(14, lambda *_: None)",
            "os.umask(0o777); open('spam', 'w').close()",
        ):
            with self.subTest(body):
                self.assertIn(self.judge(body).verdict, ("fail", "crash"))

    def test_hostile_imports(self) -> None:
        for before, words in (
            ("os._exit(0)", "gave no answer"),
            ("ctypes.string_at(0)", "signal 11"),
            ("time.sleep(1000)", "did not answer"),
            (FORGED.replace("\n    ", "\n"), ""),
            ("subprocess.Popen(['sleep', '1000'])", ""),
        ):
            with self.subTest(before):
                subject = self.subject("pass", before)
                adapter = Adapter("low-level", "toy", "toy", subject.module)
                found = describe(subject.python, adapter, ["spam", "eggs"], 2)
                if isinstance(found, str):
                    self.assertTrue(words)
                    self.assertIn(words, found)
                else:
                    self.assertEqual(
                        found.names, (("eggs", None), ("spam", "spam"))[: len(found.names)]
                    )
                self.assertEqual(process.children(), set())


if __name__ == "__main__":
    unittest.main()
