"""The benchmark: its arithmetic, that it measures, what it refuses, and that the page is current."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).absolute().parent.parent
sys.path.insert(0, str(HERE))

import figures  # noqa: E402  (that folder has just been put on the path)
import tables  # noqa: E402

SUBJECTS = HERE / "subjects.json"


def bench(*arguments):
    """Run the command; (status, output, errors)."""
    environment = {name: value for name, value in os.environ.items() if name != "BENCH_SUBJECTS"}
    done = subprocess.run(
        [sys.executable, str(HERE), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    return done.returncode, done.stdout, done.stderr


def row(**medians):
    """A row with these medians."""
    found = {name: figures.figure([value]) for name, value in medians.items()}
    return {"python": "3.14.0", "kind": "shared", **found}


class Figures(unittest.TestCase):
    def test_a_figure_is_the_median_with_its_spread(self):
        samples = [float(number) for number in range(1, 100)]
        self.assertEqual(figures.figure(samples), {"median": 50.0, "p10": 10.0, "p90": 90.0})
        self.assertEqual(figures.figure([2.0]), {"median": 2.0, "p10": 2.0, "p90": 2.0})

    def test_a_ratio_is_of_neighbours(self):
        found = figures.ratio([2.0, 30.0, 4.0], [1.0, 10.0, 1.0])
        self.assertEqual(found["median"], 3.0)

    def test_a_slope_is_per_cycle(self):
        self.assertAlmostEqual(figures.slope([100.0, 120.0, 140.0, 160.0], 10), 2.0)
        self.assertAlmostEqual(figures.slope([7.0] * 5, 10), 0.0)

    def test_runs(self):
        found = figures.of_runs({"exec": [1000.0] * 3, "ours": [2000.0] * 3, "own": [40000.0] * 3})
        self.assertEqual(found["run_ratio"]["median"], 2.0)
        self.assertEqual(found["run_excess"]["median"], 0.85)
        self.assertEqual(found["run_own_ratio"]["median"], 20.0)

    def test_what_is_not_there_is_not_compared(self):
        found = figures.of_runs({"exec": [1000.0], "ours": [2000.0]})
        self.assertIsNone(found["run_own_ratio"])
        self.assertEqual(figures.missed(found), [])

    def test_goals(self):
        reached = row(
            run_excess=1.0,
            run_own_ratio=10.0,
            create_ratio=1.05,
            no_site_ratio=0.72,
            kept_excess=1.0,
        )
        self.assertEqual(figures.missed(reached), [])
        names = [goal.figure for goal in figures.GOALS]
        failed = row(
            run_excess=1.1,
            run_own_ratio=9.9,
            create_ratio=1.06,
            no_site_ratio=0.73,
            kept_excess=1.1,
        )
        self.assertEqual([goal.figure for goal in figures.missed(failed)], names)
        older = dict(failed, python="3.13.9")
        self.assertNotIn("run_own_ratio", [goal.figure for goal in figures.missed(older)])


class Tables(unittest.TestCase):
    results = {
        "date": "2026-01-02",
        "machine": {"processor": "one", "processors": 2, "system": "Linux 6.1"},
        "quick": False,
        "rows": [row(create_bare=4.0, create=4.4, create_ratio=1.1)],
    }

    def test_markdown(self):
        text = tables.as_markdown(self.results)
        self.assertIn("| 3.14.0  | shared | 4.00 (4.00-4.00) |", text)
        self.assertIn("1.10 (1.10-1.10)!", text)
        self.assertIn("missed by 3.14.0 shared", text)
        self.assertNotIn("## Memory", text)

    def test_rst(self):
        text = tables.as_rst(self.results)
        self.assertIn("   * - 3.14.0\n     - shared\n     - 4.00 (4.00-4.00)\n", text)

    def test_the_page_shows_what_is_recorded(self):
        results = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
        self.assertFalse(results["quick"])
        page = (HERE / "results.inc").read_text(encoding="utf-8")
        self.assertEqual(page, tables.as_rst(results), "run: bench --from results.json --record")


class Command(unittest.TestCase):
    def test_it_measures(self):
        if not SUBJECTS.exists():
            self.skipTest("nothing is built; Bazel builds it")
        python = json.loads(SUBJECTS.read_text())["pythons"][-1]["executable"]
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "figures.json")
            arguments = ["--subjects", str(SUBJECTS), "--quick", "--json", file, "--python", python]
            status, out, err = bench(*arguments)
            self.assertEqual(status, 0, err)
            self.assertIn("measured (1/1)", err)
            results = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
            self.assertEqual(bench("--from", file), (0, out, ""))
        for each in results["rows"]:
            for name in ("run", "raise", "switch", "create_ratio", "kept_ours", "idle_ours"):
                self.assertGreaterEqual(each[name]["p90"], each[name]["median"], name)

    def test_what_it_cannot_do_it_says_in_a_line(self):
        with tempfile.TemporaryDirectory() as folder:
            listing = os.path.join(folder, "subjects.json")
            pathlib.Path(listing).write_text('{"pythons": []}')
            broken = os.path.join(folder, "broken.json")
            pathlib.Path(broken).write_text("{")
            for arguments, words in (
                ([], "bazelw run"),
                (["--subjects", "/nowhere"], "cannot be read"),
                (["--subjects", broken], "not valid JSON"),
                (["--subjects", listing], "no Python with headers"),
                (["--subjects", listing, "--python", "/nowhere"], "nothing was built"),
                (["--from", "/nowhere"], "cannot be read"),
                (["--from", listing, "--json", "/nowhere/file"], "cannot be written"),
            ):
                status, out, err = bench(*arguments)
                self.assertEqual((status, out, len(err.splitlines())), (2, "", 1), arguments)
                self.assertIn(words, err)

    def test_help(self):
        status, out, _ = bench("--help")
        self.assertEqual(status, 0)
        self.assertIn("exit status", out)

    def test_a_few_figures_are_not_recorded(self):
        self.assertEqual(bench("--quick", "--record")[0], 2)


if __name__ == "__main__":
    unittest.main()
