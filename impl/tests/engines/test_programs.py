"""The programs of the pages on Dask and joblib print what they say, and the benchmark runs."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
sys.path.insert(0, os.path.join(ROOT, "docs", "tests"))

from blocks import blocks_of  # noqa: E402
from interpreters.dask import profiler_is_safe  # noqa: E402

DEADLINE = 120  # seconds, in which any machine has run any of them


def run(folder, *arguments):
    """What a program prints, if it ends well."""
    environment = dict(os.environ, DASK_TEMPORARY_DIRECTORY=folder)
    if not profiler_is_safe():
        environment["DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED"] = "False"
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=DEADLINE,
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


class Programs(unittest.TestCase):
    def test_they_print_what_they_say(self):
        for page in ("dask", "joblib"):
            with open(os.path.join(ROOT, "docs", "howto", page + ".rst"), encoding="utf-8") as file:
                blocks = [each for each in blocks_of(file.read()) if each.language == "python"]
            self.assertTrue(blocks)
            for block in blocks:
                with self.subTest("{}.rst:{}".format(page, block.line)):
                    self.assertIn("impl/tests/engines runs it", block.reason)
                    expected = re.findall(r"print\(.*\)  # (.*)", block.text)
                    with tempfile.TemporaryDirectory() as folder:
                        with open(os.path.join(folder, "example.py"), "w") as file:
                            file.write(block.text)
                        self.assertEqual(run(folder, "example.py").splitlines(), expected)

    def test_the_benchmark_measures_every_engine(self):
        bench = os.path.join(ROOT, "impl", "bench", "engines.py")
        with tempfile.TemporaryDirectory() as folder:
            printed = run(folder, bench, "--rounds=1")
        kinds = re.findall(r"\* - (\w+)\n +- (\w+)\n +- [\d.]+ \(", printed)
        workers = ("threads", "processes", "interpreters")
        self.assertEqual(kinds, [(each, kind) for each in ("Dask", "joblib") for kind in workers])


if __name__ == "__main__":
    unittest.main()
