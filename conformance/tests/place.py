"""A folder of a test's own, with a toy of an implementation, in which the command is run."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CONFORMANCE = Path(__file__).absolute().parent.parent

TOY = """
def get_main(): return 0
def get_current(): return 1
"""


class Place(unittest.TestCase):
    """A folder in which the command is run."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "toy.py").write_text(TOY, encoding="utf-8")

    def run_it(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command in a folder that has nothing but the module toy."""
        return subprocess.run(
            [sys.executable, str(CONFORMANCE), *arguments],
            cwd=self.folder,
            env={**os.environ, "XML_OUTPUT_FILE": ""},
            capture_output=True,
            text=True,
            check=False,
        )

    def judge_toy(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Judge the module toy, on the Python that runs this test."""
        toy = ("--python", sys.executable, "--adapter", "toy.py", "--profile", "low-level")
        return self.run_it("run", *toy, *arguments)

    def refused(self, process: subprocess.CompletedProcess[str], *words: str) -> None:
        """Expect one line on standard error with *words* in it, and exit status 2."""
        self.assertEqual(process.returncode, 2, process.stderr + process.stdout)
        self.assertNotIn("Traceback", process.stderr)
        self.assertEqual(len(process.stderr.strip().splitlines()), 1, process.stderr)
        for word in words:
            self.assertIn(word, process.stderr)
