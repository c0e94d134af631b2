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
import goals  # noqa: E402
import measurement  # noqa: E402
import tables  # noqa: E402

SUBJECTS = HERE / "subjects.json"
VIEWS = ("memoryview", "PickleBuffer", "Block", "numpy")
COPIES = ("bytes", "bytearray")

# A figure of each group, or several.
MEASURED = (
    *("run", "raise", "switch", "create_ratio", "kept_ours", "idle_ours"),
    *("call", "ping_ratio", "put", "memoryview_there", "bytes_back", "array_queue", "spare"),
)


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

    def test_of_few_samples_the_span_is_not_wider_than_they_are(self):
        found = figures.figure([3.0, 1.0, 2.0])
        self.assertEqual(found, {"median": 2.0, "p10": 1.0, "p90": 3.0})

    def test_calls(self):
        found = figures.of_calls(
            {"pickle": [3000.0] * 3, "ours": [4000.0] * 3, "standard": [88000.0] * 3}
        )
        self.assertEqual(found["call_excess"]["median"], 1.0)
        self.assertEqual(found["call_standard_ratio"]["median"], 22.0)

    def test_queues(self):
        samples = {"simple": [10000.0] * 3, "ours": [12000.0] * 3, "backport": [2.4e7] * 3}
        found = figures.of_pings(samples)
        self.assertEqual(found["ping_ratio"]["median"], 1.2)
        self.assertEqual(found["ping_backport"]["median"], 24000.0)
        self.assertIsNone(found["ping_standard_ratio"])
        self.assertNotIn("put_ratio", figures.of_puts(samples))

    def test_big_objects(self):
        ours = {f"ours_{way}": [6e7, 9e7] for way in figures.WAYS}
        found = figures.of_big({"bytes": {"copy": [3e7, 4.5e7], **ours}, "memoryview": ours})
        self.assertEqual(found["bytes_copy"]["median"], 37.5)
        self.assertEqual(found["bytes_back"]["median"], 2.0)
        self.assertEqual(found["memoryview_back"]["median"], 75000.0)
        self.assertIsNone(found["bytes_back_standard"])

    def test_numpy_that_refuses_is_in_queues_only(self):
        found = figures.of_numpy(
            {"version": "2.5", "why": "once", "samples": {"ours_queue": [5000.0]}}
        )
        self.assertEqual((found["numpy_version"], found["numpy_why"]), ("2.5", "once"))
        self.assertEqual(found["numpy_queue"]["median"], 5.0)
        self.assertIsNone(found["numpy_there"])


class Goals(unittest.TestCase):
    bounds = {
        "run_excess": (1.0, 1.1),
        "run_own_ratio": (10.0, 9.9),
        "create_ratio": (1.05, 1.06),
        "no_site_ratio": (0.72, 0.73),
        "kept_excess": (1.0, 1.1),
        "call_excess": (2.0, 2.1),
        "call_standard_ratio": (20.0, 19.9),
        "ping_ratio": (1.5, 1.51),
        "ping_standard_ratio": (300.0, 299.0),
        "put_standard_ratio": (1.0, 0.99),
        **{f"{kind}_{way}": (99.9, 100.0) for kind in VIEWS for way in figures.WAYS},
        **{f"{kind}_{way}": (1.3, 1.31) for kind in COPIES for way in figures.WAYS},
        "spare": (199.0, 200.0),
    }

    def test_each_is_reached_up_to_its_bound(self):
        reached = row(**{name: just for name, (just, _) in self.bounds.items()})
        self.assertEqual(goals.missed(reached), [])
        failed = row(**{name: beyond for name, (_, beyond) in self.bounds.items()})
        self.assertEqual(goals.missed(failed), list(self.bounds))
        named = [name for goal in goals.GOALS for name in goal.figures]
        self.assertEqual(named, list(self.bounds))

    def test_each_is_for_those_that_it_concerns(self):
        failed = row(**{name: beyond for name, (_, beyond) in self.bounds.items()})
        older = dict(failed, python="3.13.9")
        spared = set(goals.missed(failed)) - set(goals.missed(older))
        self.assertEqual(
            spared, {name for name in self.bounds if "own_" in name or "standard" in name}
        )

    def test_what_is_not_there_misses_nothing(self):
        found = figures.of_runs({"exec": [1000.0], "ours": [2000.0]})
        self.assertIsNone(found["run_own_ratio"])
        self.assertEqual(goals.missed({**row(), **found}), [])

    def test_a_verdict_says_how_many(self):
        goal = next(goal for goal in goals.GOALS if "bytes_there" in goal.figures)
        slow, part = row(bytes_there=1.4, bytes_back=1.0), row(bytes_there=1.0)
        full = row(**{name: 1.0 for name in goal.figures})
        for rows, words in (
            ([full, slow], "missed by 3.14.0 shared (1 of 2)"),
            ([full, part], "reached wherever it was measured"),
            ([full, full], "reached everywhere"),
            ([row()], "not measured"),
        ):
            self.assertEqual(tables.verdict(goal, rows), words)


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

    def test_a_figure_may_be_a_word(self):
        results = dict(self.results, rows=[dict(row(numpy_queue=2.0), numpy_version="2.5")])
        self.assertIn("| 2.5   |       |      | 2.00  |", tables.as_markdown(results))

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
            for name in MEASURED:
                self.assertGreaterEqual(each[name]["p90"], each[name]["median"], name)

    def test_a_numpy_may_refuse_to_be_in_two_interpreters(self):
        if not SUBJECTS.exists():
            self.skipTest("nothing is built; Bazel builds it")
        numpy = "__version__ = '0.1'\ndef ones(size, type):\n    return bytearray(size)\n"
        once = (
            "from interpreters import get_current, get_main\n"
            "if get_current() != get_main():\n    try:\n        raise ImportError('only once')\n"
            "    except ImportError as error:\n        raise ImportError('no') from error\n"
        )
        with tempfile.TemporaryDirectory() as folder:
            entry = json.loads(SUBJECTS.read_text())["pythons"][-1]
            package = str(SUBJECTS.parent / entry["path"])
            subject = measurement.Subject(entry["executable"], entry["version"], package, folder)
            asked = measurement.Measurement(subject, pathlib.Path(folder), measurement.QUICK)
            for text, why, ways in (
                (numpy, "", {"there", "back", "queue"}),
                (numpy + once, "only once", {"queue"}),
            ):
                pathlib.Path(folder, "numpy.py").write_text(text)
                answer = asked.ask("big.measure_numpy", False, 1, folder)
                self.assertEqual((answer["version"], answer["why"]), ("0.1", why))
                self.assertEqual(set(answer["samples"]), {f"ours_{way}" for way in ways})
            answer = asked.ask("big.measure_numpy", False, 1, None)
            self.assertEqual(answer["samples"], {})

    def test_what_it_cannot_do_it_says_in_a_line(self):
        with tempfile.TemporaryDirectory() as folder:
            listing = os.path.join(folder, "subjects.json")
            pathlib.Path(listing).write_text('{"pythons": []}')
            broken = os.path.join(folder, "broken.json")
            pathlib.Path(broken).write_text("{")
            other = os.path.join(folder, "other.json")
            pathlib.Path(other).write_text("[]")
            for arguments, words in (
                ([], "bazelw run"),
                (["--subjects", "/nowhere"], "cannot be read"),
                (["--subjects", broken], "not valid JSON"),
                (["--subjects", listing], "no Python with headers"),
                (["--subjects", listing, "--python", "/nowhere"], "nothing was built"),
                (["--subjects", listing, "--peers", broken], "not valid JSON"),
                (["--subjects", listing, "--peers", listing], "name it to tools/peers.py"),
                (["--subjects", listing, "--peers", other], "no file that tools/peers.py wrote"),
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
