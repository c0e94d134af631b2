"""The command of the benchmark: what it shows and refuses, its goals, and that the page is current."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).absolute().parent.parent
sys.path.insert(0, str(HERE))

import figures  # noqa: E402  (that folder has just been put on the path)
import footprint  # noqa: E402
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

# The same for what is measured with one kind of interpreters only.
MEASURED_ONCE = (
    *("trivial_serial_warm", "sleep_pickle_warm", "nbody_thread_4_cold", "nbody_ours_4_teardown"),
    *("tasks_ours", "items_fork", "speedup_2_bare", "speedup_4_ours", "worker_ours"),
    *("first", "echo_bytes_1k_spawn", "echo_memoryview_64m_ours", "echo_bytearray_ratio_copy"),
)


def bench(*arguments, path=""):
    """Run the command where nothing but the path is installed; (status, output, errors)."""
    environment = {name: value for name, value in os.environ.items() if name != "BENCH_SUBJECTS"}
    environment.update(PYTHONPATH=path, PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run(
        [sys.executable, "-S", str(HERE), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    return done.returncode, done.stdout, done.stderr


def package(folder, text):
    """Have a package `interpreters` in the folder, and only this text in it."""
    pathlib.Path(folder, "interpreters").mkdir()
    pathlib.Path(folder, "interpreters", "__init__.py").write_text(text)


def row(**medians):
    """A row with these medians."""
    found = {name: figures.figure([value]) for name, value in medians.items()}
    return {"python": "3.14.0", "kind": "isolated", **found}


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
        **{f"warm_{size}_standard": (0.35, 0.36) for size in (1, 4)},
        **{f"warm_{size}_thread": (1.0, 1.01) for size in (1, 4)},
        **{f"warm_{size}_process": (0.15, 0.16) for size in (1, 4)},
        "cold_standard": (0.35, 0.36),
        "cold_spawn": (0.3, 0.31),
        "first_ratio_warm": (3.0, 3.1),
        "sleep_over_fork": (1.5, 1.51),
        "teardown_standard": (0.4, 0.41),
        "tasks_ratio_standard": (8.0, 7.9),
        "tasks_ratio_thread": (2.5, 2.4),
        "items_ratio_fork": (1.5, 1.4),
        **{f"speedup_{workers}_ratio_bare": (0.9, 0.89) for workers in (2, 4)},
        "worker_ratio_standard": (0.45, 0.46),
        "echo_memoryview_64m_ours": (199.0, 200.0),
        **{f"echo_{kind}_ratio_copy": (3.0, 3.1) for kind in COPIES},
        "echo_bytearray_ratio_standard": (10.0, 9.9),
    }
    of_executors = list(bounds)[list(bounds).index("spare") + 1 :]

    def test_each_is_reached_up_to_its_bound(self):
        reached = row(**{name: just for name, (just, _) in self.bounds.items()})
        self.assertEqual(goals.missed(reached), [])
        failed = row(**{name: beyond for name, (_, beyond) in self.bounds.items()})
        self.assertEqual(goals.missed(failed), list(self.bounds))
        named = [name for goal in goals.GOALS for name in goal.figures]
        self.assertEqual(list(dict.fromkeys(named)), list(self.bounds))

    def test_each_is_for_those_that_it_concerns(self):
        failed = row(**{name: beyond for name, (_, beyond) in self.bounds.items()})
        older = dict(failed, python="3.13.9")
        spared = set(goals.missed(failed)) - set(goals.missed(older))
        self.assertEqual(
            spared,
            {name for name in self.bounds if "own_" in name or "standard" in name}
            | set(self.of_executors),
        )
        shared = dict(failed, kind="shared")
        self.assertEqual(
            set(goals.missed(failed)) - set(goals.missed(shared)), set(self.of_executors)
        )

    def test_on_312_and_313_a_worker_does_as_many_tasks_as_a_thread(self):
        for python, times, missed in (
            ("3.14.0", 2.4, True),
            ("3.13.0", 2.4, False),
            ("3.12.1", 0.9, True),
            ("3.11.2", 0.9, False),
        ):
            found = dict(row(tasks_ratio_thread=times), python=python)
            self.assertEqual(bool(goals.missed(found)), missed, python)

    def test_what_is_not_there_misses_nothing(self):
        found = figures.of_runs({"exec": [1000.0], "ours": [2000.0]})
        self.assertIsNone(found["run_own_ratio"])
        self.assertEqual(goals.missed({**row(), **found}), [])

    def test_a_verdict_says_how_many(self):
        goal = next(goal for goal in goals.GOALS if "bytes_there" in goal.figures)
        slow, part = row(bytes_there=1.4, bytes_back=1.0), row(bytes_there=1.0)
        full = row(**{name: 1.0 for name in goal.figures})
        for rows, words in (
            ([full, slow], "missed by 3.14.0 isolated (1 of 2)"),
            ([full, part], "reached wherever it was measured"),
            ([full, full], "reached everywhere"),
            ([row()], "not measured"),
        ):
            self.assertEqual(tables.verdict(goal, rows), words)


class Recorded(unittest.TestCase):
    machine = {"processor": "one"}

    def test_some_figures_take_the_place_of_those_of_the_same_name(self):
        old = {"date": "1", "machine": self.machine, "rows": [row(create=1.0, spare=1.0)]}
        new = {"date": "2", "machine": self.machine, "rows": [row(create=2.0)]}
        for _ in range(2):
            found = measurement.merged(old, new)
            self.assertEqual(found["date"], "1 and 2")
            self.assertEqual([each["create"]["median"] for each in found["rows"]], [2.0])
            self.assertEqual([each["spare"]["median"] for each in found["rows"]], [1.0])
            old = found

    def test_not_those_of_another_machine_or_cpython(self):
        old = {"machine": self.machine, "rows": [row(create=1.0)]}
        this, other = (
            measurement.Subject("", version, "", None) for version in ("3.14.0", "3.9.1")
        )
        measurement.check_mergeable(old, self.machine, [this])
        for machine, chosen in (({}, [this]), (self.machine, []), (self.machine, [this, other])):
            with self.assertRaisesRegex(measurement.CannotMeasure, "leave out -k"):
                measurement.check_mergeable(old, machine, chosen)


class Tables(unittest.TestCase):
    results = {
        "date": "2026-01-02",
        "machine": {"processor": "one", "processors": 2, "system": "Linux 6.1"},
        "quick": False,
        "rows": [row(create_bare=4.0, create=4.4, create_ratio=1.1)],
    }

    def test_markdown(self):
        text = tables.as_markdown(self.results)
        self.assertIn("| 3.14.0  | isolated | 4.00 (4.00-4.00) |", text)
        self.assertIn("1.10 (1.10-1.10)!", text)
        self.assertIn("missed by 3.14.0 isolated", text)
        self.assertNotIn("## Memory", text)

    def test_a_figure_may_be_a_word(self):
        results = dict(self.results, rows=[dict(row(numpy_queue=2.0), numpy_version="2.5")])
        self.assertIn("| 2.5   |       |      | 2.00  |", tables.as_markdown(results))

    def test_rst(self):
        text = tables.as_rst(self.results)
        self.assertIn("   * - 3.14.0\n     - isolated\n     - 4.00 (4.00-4.00)\n", text)

    executors = dict(
        row(
            trivial_serial_warm=1.6e-6,
            trivial_spawn_4_warm=0.001071,
            trivial_spawn_4_cold=0.07757,
            trivial_spawn_4_teardown=0.01448,
            tasks_ours=480.0,
            echo_memoryview_64m_ours=250.0,
            echo_bytes_64m_copy=30000.0,
        ),
        trivial_thread_1_warm={"median": 0.0002, "p10": 0.0001, "p90": 0.0005},
    )
    problem = (
        "CPython 3.14.0: Trivial function",
        "--------------------------------",
        "Method                                                     |Warm    |Cold    |Teardown",
        "-----------------------------------------------------------|--------|--------|--------",
        "Serial                                                     |0.000002|        |        ",
        "ThreadPoolExecutor(max_workers=1)                          |0.000200|        |        ",
        "ProcessPoolExecutor(max_workers=4, mp_context=SpawnContext)|0.001071|0.077570|0.014480",
    )

    def test_a_problem_has_a_row_for_each_method_that_was_there(self):
        results = dict(self.results, rows=[self.executors])
        text = tables.as_markdown(results)
        self.assertIn("\n\n" + "\n".join(self.problem) + "\n\n", text)
        self.assertNotIn("N-body problem", text)
        text = tables.executors_as_rst(results)
        self.assertIn("   * - Serial\n     - 0.000002\n     -\n     -\n", text)

    def test_the_spread_of_a_problem_is_that_of_most_methods(self):
        found = tables.executor_tables.spread(self.executors, "trivial")
        self.assertIn("warm +0% to +0%, cold", found)
        del self.executors["trivial_serial_warm"], self.executors["trivial_spawn_4_warm"]
        found = tables.executor_tables.spread(self.executors, "trivial")
        self.assertIn("warm -50% to +150%, cold", found)

    def test_what_else_there_is_to_say_of_an_executor(self):
        text = tables.as_markdown(dict(self.results, rows=[self.executors]))
        self.assertIn("| interpreters.InterpreterPoolExecutor() | 480 (480-480) |", text)
        self.assertRegex(text, r"\| interpreters.InterpreterPoolExecutor\(\) .* \| 250!  ")
        self.assertRegex(text, r"\| A copy  .* \| 30000  ")

    def test_the_page_shows_what_is_recorded(self):
        results = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
        self.assertFalse(results["quick"])
        for name, text in (
            ("results.inc", tables.as_rst(results)),
            ("executors.inc", tables.executors_as_rst(results)),
        ):
            page = (HERE / name).read_text(encoding="utf-8")
            self.assertEqual(page, text, "run: bench --from results.json --record")


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
        for name in MEASURED_ONCE:
            self.assertGreaterEqual(each[name]["p90"], each[name]["median"], name)

    def test_by_hand_it_measures_the_executors_that_are_there(self):
        with tempfile.TemporaryDirectory() as folder:
            package(folder, "")
            status, out, err = bench("--quick", "-k", "footprint", path=folder)
        self.assertEqual(status, 0, err)
        for name in ("| ThreadPoolExecutor()", "| ProcessPoolExecutor(mp_context=SpawnContext)"):
            self.assertIn(name, out)
        self.assertNotIn("interpreters.Interp", out)

    def test_whatever_a_process_has_started_ends_with_it(self):
        code = (
            "import subprocess, sys\n"
            "code = 'import time; time.sleep(600)'\n"
            "print(subprocess.Popen([sys.executable, '-c', code]).pid, flush=True)\n"
        )
        with tempfile.TemporaryDirectory() as folder:
            subject = measurement.Subject(sys.executable, "3", folder, None)
            asked = measurement.Measurement(subject, pathlib.Path(folder), measurement.QUICK)
            started = asked.run([sys.executable, "-c", code])
            end = time.monotonic() + 60
            while footprint.proportional(int(started)):  # it has memory until it has ended
                self.assertLess(time.monotonic(), end, "it is left behind")
                time.sleep(0.01)
            with self.assertRaisesRegex(measurement.CannotMeasure, "ended with 1: .*: told so"):
                asked.run([sys.executable, "-c", "raise ValueError('told so')"])

    def test_what_goes_wrong_with_an_executor_is_said_in_a_line(self):
        with tempfile.TemporaryDirectory() as folder:
            broken = "class InterpreterPoolExecutor:\n    def __init__(self, workers):\n        raise ValueError('no')\n"
            package(folder, broken)
            status, out, err = bench("--quick", "-k", "throughput", path=folder)
        self.assertEqual((status, out), (2, ""))
        self.assertIn("ended with 1: ValueError: no", err.splitlines()[-1])

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
                (["--python", sys.executable], "--python is for what is built"),
                (["--subjects", "/nowhere"], "cannot be read"),
                (["--subjects", broken], "not valid JSON"),
                (["--subjects", listing], "no Python with headers"),
                (["--subjects", listing, "--python", "/nowhere"], "nothing was built"),
                (["--subjects", listing, "--peers", broken], "not valid JSON"),
                (["--subjects", listing, "--peers", listing], "name some to tools/peers.py"),
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
