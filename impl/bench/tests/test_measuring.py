"""What the benchmark measures is what it says: its arithmetic, the executors and the problems."""

import concurrent.futures
import os
import pathlib
import pickle
import subprocess
import sys
import types
import unittest
from unittest import mock

HERE = pathlib.Path(__file__).absolute().parent.parent
sys.path.insert(0, str(HERE))

import executor_figures  # noqa: E402  (that folder has just been put on the path)
import executors  # noqa: E402
import figures  # noqa: E402
import footprint  # noqa: E402
import nbody  # noqa: E402
import payloads  # noqa: E402
import pools  # noqa: E402
import scaling  # noqa: E402
import tables  # noqa: E402
import tasks  # noqa: E402
import throughput  # noqa: E402


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


if __name__ == "__main__":
    unittest.main()
