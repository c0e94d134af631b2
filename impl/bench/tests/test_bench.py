"""The benchmark: its arithmetic, that it measures, what it refuses, and that the page is current."""

import concurrent.futures
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import time
import types
import unittest
from unittest import mock

HERE = pathlib.Path(__file__).absolute().parent.parent
sys.path.insert(0, str(HERE))

import executor_figures  # noqa: E402  (that folder has just been put on the path)
import executors  # noqa: E402
import figures  # noqa: E402
import footprint  # noqa: E402
import goals  # noqa: E402
import measurement  # noqa: E402
import nbody  # noqa: E402
import payloads  # noqa: E402
import pools  # noqa: E402
import scaling  # noqa: E402
import tables  # noqa: E402
import tasks  # noqa: E402
import throughput  # noqa: E402

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


class ExecutorFigures(unittest.TestCase):
    def test_executors(self):
        def life(warm, cold, teardown):
            return {"warm": [warm] * 2, "cold": [cold] * 2, "teardown": [teardown] * 2}

        trivial = {
            "serial": {"warm": [1e3, 3e3]},
            "ours_1": life(1e4, 2e6, 1e6),
            "standard_1": life(5e4, 2e7, 1e7),
            "fork_1": {"warm": [1e5, 3e5]},
            "spawn_1": {"warm": [2e5, 2e5], "cold": [1e8, 1e8]},
        }
        sleep = {"ours_4": life(1e8, 1.09e8, 1e6), "fork_4": life(1e8, 1.06e8, 2e6)}
        found = executor_figures.of_executors({"trivial": trivial, "sleep": sleep})
        self.assertEqual(found["trivial_serial_warm"]["median"], 2e-6)
        self.assertEqual(found["sleep_ours_4_cold"]["median"], 0.109)
        self.assertEqual(found["warm_1_standard"]["median"], 0.2)
        self.assertEqual(found["warm_1_process"], {"median": 0.075, "p10": 0.05, "p90": 0.1})
        self.assertEqual(found["cold_standard"]["median"], 0.1)
        self.assertEqual(found["cold_spawn"]["median"], 0.02)
        self.assertEqual(found["sleep_over_fork"]["median"], 1.5)
        for name in ("warm_1_thread", "warm_4_process", "teardown_standard"):
            self.assertIsNone(found[name])

    def test_throughput(self):
        tasks = {"ours": [2000.0], "standard": [50000.0], "thread": [10000.0]}
        found = executor_figures.of_throughput({"tasks": tasks, "items": {"ours": [200.0]}})
        self.assertEqual(found["tasks_ours"]["median"], 500.0)
        self.assertEqual(found["items_ours"]["median"], 5000.0)
        self.assertEqual(found["tasks_ratio_standard"]["median"], 25.0)
        self.assertEqual(found["tasks_ratio_thread"]["median"], 5.0)
        self.assertIsNone(found["items_ratio_fork"])

    def test_scaling(self):
        samples = {"serial": [8.0], "bare": [4.5], "ours": [5.0]}
        found = executor_figures.of_scaling({"4": samples, "2": {**samples, "bare": [4.0]}})
        self.assertEqual(found["speedup_4_ours"]["median"], 1.6)
        self.assertEqual(found["speedup_2_bare"]["median"], 2.0)
        self.assertEqual(found["speedup_4_ratio_bare"]["median"], 0.9)
        self.assertEqual(found["speedup_2_ratio_bare"]["median"], 0.8)

    def test_footprint(self):
        found = executor_figures.of_footprint({"ours": [2000.0], "standard": [8000.0, 8000.0]})
        self.assertEqual(found["worker_ratio_standard"]["median"], 0.25)
        self.assertNotIn("worker_ratio_standard", executor_figures.of_footprint({"ours": [2.0]}))

    def test_payloads(self):
        samples = {f"{kind}_64m_copy": [3e7] for kind in ("bytes", "bytearray")}
        samples.update(bytes_64m_ours=[6e7], bytes_64m_standard=[9e7], memoryview_64m_ours=[5e3])
        found = executor_figures.of_payloads(samples)
        self.assertEqual(found["echo_memoryview_64m_ours"]["median"], 5.0)
        self.assertEqual(found["echo_bytes_ratio_copy"]["median"], 2.0)
        self.assertEqual(found["echo_bytes_ratio_standard"]["median"], 1.5)
        self.assertIsNone(found["echo_bytearray_ratio_copy"])


class NBody(unittest.TestCase):
    def test_the_energy_stays_and_jupiter_is_where_kepler_has_it(self):
        x, y, z = nbody.simulate(1186)  # steps: its year
        mass, distance, direction = nbody.PLANETS[0]
        self.assertAlmostEqual((x * x + y * y + z * z) ** 0.5, distance, delta=0.05)
        self.assertEqual(nbody.simulate(10), nbody.simulate(10))

    def test_whoever_computes_something_else_gets_no_result(self):
        def explicit(bodies, years):
            before = [(body.vx, body.vy, body.vz) for body in bodies]
            nbody.kick(bodies, years)
            for body, (vx, vy, vz) in zip(bodies, before):
                body.x, body.y, body.z = (
                    body.x + years * vx,
                    body.y + years * vy,
                    body.z + years * vz,
                )

        def half(bodies, years):
            nbody.kick(bodies, years / 2)
            nbody.drift(bodies, years)

        def lost(bodies, years):
            nbody.step(bodies, years)
            bodies[1].x = float("nan")

        for wrong in (explicit, half, lost):
            with self.assertRaisesRegex(ArithmeticError, "energy"):
                nbody.simulate(100, wrong)


class Inline(concurrent.futures.Executor):
    """An executor that executes at once, and whose results something may happen to."""

    def __init__(self, workers=1, change=lambda result: result):
        self.change = change

    def submit(self, function, *arguments):
        future = concurrent.futures.Future()
        try:
            future.set_result(self.change(function(*arguments)))
        except Exception as error:
            future.set_exception(error)
        return future


class Executors(unittest.TestCase):
    def test_what_a_python_lacks_is_not_there(self):
        empty = types.SimpleNamespace()
        full = types.SimpleNamespace(
            ThreadPoolExecutor=Inline,
            InterpreterPoolExecutor=Inline,
            ProcessPoolExecutor=lambda workers, mp_context: Inline(),
        )
        older = types.SimpleNamespace(ThreadPoolExecutor=Inline)
        for ours, standard, backport, missing in (
            (full, full, full, {"backport"}),
            (empty, full, None, {"ours", "backport"}),
            (None, full, None, {"ours", "backport"}),
            (full, empty, None, set(pools.POOLS) - {"ours"}),
            (full, older, full, {"standard", *pools.PROCESSES}),
        ):
            modules = {
                "interpreters": ours,
                "concurrent.futures": standard,
                pools.BACKPORT: backport,
            }
            with mock.patch.dict(sys.modules, modules):
                self.assertEqual(set(pools.POOLS) - set(pools.makers()), missing)

    def test_what_forks_is_the_first(self):
        self.assertIn("thread", pools.makers())
        self.assertIn(next(iter(pools.makers())), ("fork", "spawn"))  # where there is no fork

    def test_a_turn_has_three_parts_and_what_is_no_executor_one(self):
        with mock.patch.object(executors, "PAUSE", 0), mock.patch.object(
            pools, "makers", lambda: {"ours": Inline}
        ):
            found = executors.measured("trivial", 2)
        self.assertEqual(set(found), {"serial", "pickle", "ours_1", "ours_4"})
        self.assertEqual(set(found["serial"]), {"warm"})
        self.assertEqual(
            {name: len(each) for name, each in found["ours_4"].items()},
            {"cold": 2, "warm": 2, "teardown": 2},
        )

    def test_a_wrong_result_is_an_error(self):
        problem = [(abs, (-5,)), (abs, (-7,))]
        self.assertEqual(executors.serially(problem), [5, 7])
        executors.life(Inline, 1, problem, [5, 7], 1)
        with self.assertRaisesRegex(AssertionError, "instead of"):
            executors.life(lambda size: Inline(change=str), 1, problem, [5, 7], 1)
        with self.assertRaisesRegex(AssertionError, "map"):
            throughput.map_all(mock.Mock(map=lambda *given, **named: iter([1])))

    def test_the_round_trip_pickles_tasks_and_results(self):
        with mock.patch.object(pickle, "dumps", wraps=pickle.dumps) as dumps:
            executors.pickled([(abs, (-5,))], [5])
        self.assertEqual([call.args for call in dumps.call_args_list], [((abs, (-5,)),), (5,)])

    def test_the_problems_are_those_of_the_tables(self):
        self.assertEqual(set(executors.PROBLEMS), set(tables.executor_tables.PROBLEMS))
        self.assertEqual([len(each) for each in executors.PROBLEMS.values()], [1, 4, 4])

    def test_workers_that_do_not_come_are_an_error(self):
        pools.started(Inline(), 1)
        with mock.patch.object(pools, "DEADLINE", 0.1):
            with self.assertRaisesRegex(AssertionError, "1 of 2 workers"):
                pools.started(Inline(), 2)

    def test_only_a_memoryview_may_be_refused(self):
        def refuse(result):
            raise TypeError

        self.assertTrue(payloads.carries(Inline(), b"x"))
        self.assertFalse(payloads.carries(Inline(change=refuse), memoryview(b"x")))
        with self.assertRaises(TypeError):
            payloads.carries(Inline(change=refuse), b"x")
        with self.assertRaisesRegex(AssertionError, "changed"):
            payloads.carries(Inline(change=bytes), bytearray(b"x"))

    def test_the_memory_is_that_of_the_descendants_too(self):
        before = footprint.memory()
        code = "import sys; kept = bytearray(1 << 26); print(flush=True); sys.stdin.read()"
        command = [
            sys.executable,
            "-c",
            f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])",
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            self.assertEqual(footprint.proportional(0), 0)  # there is no such process
            self.assertGreater(footprint.memory() - before, 1 << 16 >> 1)

    def test_a_bare_process_computes_when_it_is_told_to(self):
        process = scaling.Process(0)
        for _ in range(2):
            process.begin()
            process.wait()
        process.end()
        with mock.patch.object(nbody, "simulate", mock.Mock(side_effect=SystemExit)):
            process = scaling.Process(1)
        process.begin()
        with self.assertRaisesRegex(AssertionError, "has not done so"):
            process.wait()
        self.assertEqual(os.waitpid(process.id, 0)[0], process.id)
        os.close(process.orders)
        os.close(process.answers)

    def test_the_tasks_are_small(self):
        code = (
            "import sys; before = set(sys.modules); import tasks; print(set(sys.modules) - before)"
        )
        environment = dict(os.environ, PYTHONPATH=str(HERE), PYTHONDONTWRITEBYTECODE="1")
        said = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
        self.assertEqual(said.strip(), "{'tasks'}")
        self.assertEqual((tasks.nothing(), tasks.same(5)), (None, 5))


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
