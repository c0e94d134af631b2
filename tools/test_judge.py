"""The main job: it keeps the runner's status, and puts a site in place whole or not at all."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).absolute().parent

# Stand-ins for the runner and for the renderer, which take the same arguments.
RUNNER = """
import pathlib, sys
folder = pathlib.Path(sys.argv[sys.argv.index("--results") + 1])
(folder / "verdicts").write_text("fresh")
sys.exit(int(pathlib.Path(__file__).with_name("status").read_text()))
"""
RENDERER = """
import pathlib, sys
arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
output = pathlib.Path(arguments["--output"])
(output / "index.html").write_text((pathlib.Path(arguments["--results"]) / "verdicts").read_text())
sys.exit(int(pathlib.Path(__file__).with_name("rendered").read_text()))
"""


class Judge(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)
        (self.root / "runner.py").write_text(RUNNER)
        (self.root / "renderer.py").write_text(RENDERER)
        self.site = self.root / "site"

    def judge(self, status: int = 0, rendered: int = 0, output: str = ""):
        """Run the main job with a runner and a renderer that end with the given statuses."""
        (self.root / "status").write_text(str(status))
        (self.root / "rendered").write_text(str(rendered))
        command = [sys.executable, str(HERE / "judge.py"), "--root", "."]
        command += ["--conformance", "runner.py", "--render", "renderer.py", "--subjects", "none"]
        command += ["--sources", "none", "--site-python", sys.executable]
        command += ["--output", output or str(self.site)]
        return subprocess.run(
            command, cwd=self.root, capture_output=True, text=True, check=False, timeout=60
        )

    def left(self) -> set[str]:
        """What is in the folder besides the stand-ins."""
        given = {"runner.py", "renderer.py", "status", "rendered"}
        return {path.name for path in self.root.iterdir()} - given

    def test_it_builds_the_site_and_says_where(self) -> None:
        process = self.judge()
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn((self.site / "index.html").as_uri(), process.stdout)
        self.assertEqual((self.site / "index.html").read_text(), "fresh")

    def test_verdicts_that_are_not_as_recorded_are_shown_in_the_site_all_the_same(self) -> None:
        self.assertEqual(self.judge(status=1).returncode, 1)
        self.assertTrue((self.site / "index.html").exists())

    def test_a_new_site_takes_the_place_of_an_old_one(self) -> None:
        self.site.mkdir()
        (self.site / "index.html").write_text("old")
        (self.site / "gone.html").write_text("old")
        self.assertEqual(self.judge().returncode, 0)
        self.assertEqual([path.name for path in self.site.iterdir()], ["index.html"])
        self.assertEqual(self.left(), {"site"})

    def test_a_failure_leaves_the_old_site_alone(self) -> None:
        self.site.mkdir()
        (self.site / "index.html").write_text("old")
        for status, rendered in ((2, 0), (0, 1)):
            self.assertEqual(self.judge(status, rendered).returncode, 2)
            self.assertEqual((self.site / "index.html").read_text(), "old")
            self.assertEqual(self.left(), {"site"})

    def test_a_place_that_cannot_be_used_is_named(self) -> None:
        (self.root / "file").write_text("")
        (self.root / "folder").mkdir()
        (self.root / "folder" / "mine").write_text("")
        for output, words in (("file/site", "file"), ("folder", "is not a site")):
            process = self.judge(output=output)
            self.assertEqual(process.returncode, 2)
            self.assertIn(words, process.stderr)
            self.assertIn("--output", process.stderr)
            self.assertEqual(len(process.stderr.strip().splitlines()), 1, process.stderr)
        self.assertEqual(self.left(), {"file", "folder"})


if __name__ == "__main__":
    unittest.main()
