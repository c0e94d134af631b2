"""joblib on interpreters.  Functions of this module cannot be imported there, for it needs joblib: what
is sent is in tasks.py, or travels by value."""

import multiprocessing
import time
import traceback
import unittest
import warnings

import interpreters
import joblib
import tasks
from interpreters.joblib import InterpreterBackend
from joblib import Parallel, delayed, parallel_config

DEADLINE = 60  # seconds, in which any machine has done any of this
NAME = "interpreters"


class Counting(InterpreterBackend):
    """The backend, which remembers how many calls were in each batch."""

    def __init__(self, **options):
        super().__init__(**options)
        self.sizes = []

    def submit(self, func, callback=None):
        self.sizes.append(len(func))
        return super().submit(func, callback)


class Backend(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        joblib.register_parallel_backend(NAME, InterpreterBackend)

    def tearDown(self):
        """Pools end in the background, and all interpreters with them."""
        end = time.monotonic() + DEADLINE
        while len(interpreters.list_all()) > 1:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def test_results_come_in_order(self):
        for function in (tasks.square, lambda number: -number):
            results = Parallel(n_jobs=2, backend=NAME)(delayed(function)(n) for n in range(1000))
            self.assertEqual(results, [function(number) for number in range(1000)])

    def test_calls_are_made_in_interpreters(self):
        calls = (delayed(tasks.where)(number) for number in range(20))
        found = Parallel(n_jobs=2, backend=NAME, batch_size=1)(calls)
        self.assertNotIn(interpreters.get_main().id, {id for _, id in found})

    def test_keyword_arguments(self):
        calls = [delayed(int)("11", base=base) for base in (2, 3, 10)]
        self.assertEqual(Parallel(n_jobs=2, backend=NAME)(calls), [3, 4, 11])

    def test_batches(self):
        backend = Counting()
        calls = (delayed(tasks.square)(number) for number in range(100))
        parallel = Parallel(n_jobs=2, backend=backend, batch_size=10, pre_dispatch="all")
        results = parallel(calls)
        self.assertEqual(results, list(map(tasks.square, range(100))))
        self.assertEqual(backend.sizes, [10] * 10)

    def test_batches_whose_size_joblib_chooses(self):
        backend = Counting()
        calls = (delayed(tasks.square)(number) for number in range(10_000))
        results = Parallel(n_jobs=2, backend=backend)(calls)
        self.assertEqual(results, list(map(tasks.square, range(10_000))))
        self.assertEqual(sum(backend.sizes), 10_000)

    def test_generators(self):
        squares = list(map(tasks.square, range(100)))
        for kind, order in (("generator", list), ("generator_unordered", sorted)):
            with self.subTest(kind):
                parallel = Parallel(n_jobs=2, backend=NAME, return_as=kind)
                results = parallel(delayed(tasks.square)(number) for number in range(100))
                self.assertEqual(order(results), squares)

    def test_a_generator_that_is_not_exhausted(self):
        parallel = Parallel(n_jobs=2, backend=NAME, return_as="generator")
        results = parallel(delayed(tasks.square)(number) for number in range(4))
        self.assertEqual(next(results), 0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # joblib says how much has been done in vain
            results.close()

    def test_one_parallel_for_several_calls(self):
        with Parallel(n_jobs=2, backend=NAME) as parallel:
            for factor in range(3):
                results = parallel(delayed(pow)(number, factor) for number in range(10))
                self.assertEqual(results, [number**factor for number in range(10)])

    def test_an_exception_comes_with_its_remote_traceback(self):
        for parallel in (Parallel(n_jobs=2, backend=NAME), Parallel(2, NAME, "generator")):
            with self.assertRaises(LookupError) as caught:
                list(parallel(delayed(tasks.fail)("no such thing", n) for n in range(2)))
            error = caught.exception
            self.assertEqual(error.args[0], "no such thing")
            self.assertIs(type(error.__cause__), interpreters.RemoteTraceback)
            text = "".join(traceback.format_exception(error))
            self.assertIn("in fail\n    raise LookupError(*args)", text)

    def test_what_runs_is_interrupted_when_another_call_fails(self):
        calls = [delayed(exec)("while True: pass"), delayed(tasks.fail)("no such thing")]
        with self.assertRaisesRegex(LookupError, "no such thing"):
            Parallel(n_jobs=2, backend=NAME, batch_size=1)(calls)

    def test_what_runs_is_interrupted_when_the_time_is_up(self):
        calls = [delayed(exec)("while True: pass")] * 2
        with self.assertRaises(multiprocessing.TimeoutError):
            Parallel(n_jobs=2, backend=NAME, timeout=0.1)(calls)

    def test_a_parallel_goes_on_after_a_call_has_failed(self):
        with Parallel(n_jobs=2, backend=NAME) as parallel:
            with self.assertRaises(LookupError):
                parallel([delayed(tasks.fail)()])
            self.assertEqual(parallel([delayed(abs)(-1)]), [1])

    def test_one_job_is_done_here(self):
        here = tasks.where()
        for jobs in (1, None):
            self.assertEqual(Parallel(jobs, NAME)([delayed(tasks.where)()]), [here])

    def test_how_many_jobs(self):
        backend = InterpreterBackend()
        self.assertEqual(backend.effective_n_jobs(3), 3)
        self.assertEqual(backend.effective_n_jobs(-1), joblib.cpu_count())
        self.assertEqual(backend.effective_n_jobs(-1000), 1)
        with self.assertRaises(ValueError):
            Parallel(n_jobs=0, backend=NAME)([delayed(abs)(1)])

    def test_options_of_the_pool(self):
        start = "import builtins; builtins.marker = 5"
        with parallel_config(NAME, n_jobs=2, initializer=exec, initargs=(start,)):
            self.assertEqual(Parallel()([delayed(eval)("marker")] * 2), [5, 5])

    def test_inside_of_threads(self):
        def inner(count):
            return Parallel(n_jobs=2, backend=NAME)(delayed(abs)(-n) for n in range(count))

        results = Parallel(n_jobs=2, backend="threading")(delayed(inner)(n) for n in range(4))
        self.assertEqual(results, [[], [0], [0, 1], [0, 1, 2]])

    def test_joblib_itself_refuses_to_be_nested(self):
        def outer():
            return Parallel(n_jobs=2)([delayed(abs)(-1)])

        with self.assertRaisesRegex(ImportError, "does not support loading in subinterpreters"):
            Parallel(n_jobs=2, backend=NAME)([delayed(outer)()] * 2)


if __name__ == "__main__":
    unittest.main()
