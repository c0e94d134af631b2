"""Dask on interpreters: a scheduler and two workers, each a process, with the plugin preloaded.

Whatever is waited for has a limit, and all processes end with the tests: the workers when their
scheduler does, and that when it has had nothing to do for as long.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest
from unittest import mock

import dask
import interpreters
import tasks
from distributed import Client, get_worker, worker_client
from interpreters import dask as plugin
from interpreters.dask import InterpreterPlugin, profiler_is_safe

HERE = os.path.dirname(os.path.abspath(__file__))
DEADLINE = 60  # seconds, in which any machine has done any of this
WORKERS, THREADS = 2, 2


class Cluster:
    """The processes, and a client."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        self.file = os.path.join(self.folder, "scheduler.json")
        paths = [HERE, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        self.environment = dict(os.environ, PYTHONPATH=os.pathsep.join(paths))
        if not profiler_is_safe():
            self.environment["DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED"] = "False"
        self.processes = []
        self.client = None
        try:
            limit = "{}s".format(DEADLINE)
            self.start("scheduler", "--port=0", "--idle-timeout=" + limit)
            for number in range(WORKERS):
                self.start(
                    "worker",
                    "--name={}".format(number),
                    "--nthreads={}".format(THREADS),
                    "--local-directory=" + self.folder,
                    "--no-nanny",
                    "--death-timeout=" + limit,
                    "--preload=interpreters.dask",
                )
            self.client = Client(scheduler_file=self.file, timeout=DEADLINE)
            self.client.wait_for_workers(WORKERS, timeout=DEADLINE)
        except BaseException:
            self.end()
            raise

    def start(self, kind, *options):
        common = ("--host=127.0.0.1", "--no-dashboard", "--scheduler-file=" + self.file)
        with open(os.path.join(self.folder, "log"), "a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + kind, *common, *options],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)

    def workers(self):
        """The address of the worker of each process."""
        return {pid: address for address, pid in self.client.run(os.getpid).items()}

    def end(self):
        """End the workers, and then the scheduler: a worker may hang if both end at once."""
        if self.client is not None:
            self.client.close(timeout=DEADLINE)
        scheduler, *workers = self.processes
        try:
            for group in workers, [scheduler]:
                for process in group:
                    process.terminate()
                for process in group:
                    process.wait(DEADLINE)
        finally:
            for process in self.processes:
                process.kill()
                process.wait()
            shutil.rmtree(self.folder)


class DaskTest(unittest.TestCase):
    def results(self, futures):
        return [future.result(timeout=DEADLINE) for future in futures]

    def failure(self, future):
        error = future.exception(timeout=DEADLINE)
        self.assertIsNotNone(error)
        return error

    def until(self, condition):
        end = time.monotonic() + DEADLINE
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def make_folder(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        return folder

    def make(self, path):
        with open(path, "x"):
            pass

    def begun(self, folder):
        """The tasks that have begun: the name, the process and the interpreter of each."""
        names = [name.split(".") for name in os.listdir(folder) if "." in name]
        return [(name, int(pid), int(id)) for name, pid, id, _ in names]


class Tasks(DaskTest):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.addClassCleanup(cls.cluster.end)
        cls.client = cls.cluster.client

    def lines(self, name):
        """What the workers have logged of tasks that are called in threads, by that name."""
        logged = [line for log in self.client.get_worker_logs().values() for _, line in log]
        return [line for line in logged if name + " is called in threads: " in line]

    def test_each_thread_of_each_worker_has_an_interpreter(self):
        for pid, address in self.cluster.workers().items():
            folder = self.make_folder()
            go = os.path.join(folder, "go")
            futures = self.client.map(
                tasks.wait_for, [go] * THREADS, range(THREADS), workers=[address], pure=False
            )
            self.until(lambda: len(os.listdir(folder)) == THREADS)
            begun = self.begun(folder)
            self.make(go)
            self.results(futures)
            self.assertEqual({where for _, where, _ in begun}, {pid})
            self.assertEqual(len({id for _, _, id in begun} - {0}), THREADS)

    def test_functions_by_name_and_by_value(self):
        def cube(number):
            return tasks.square(number) * number

        for function in (tasks.square, cube, lambda number: number + 1):
            futures = self.client.map(function, range(100))
            self.assertEqual(self.results(futures), list(map(function, range(100))))
        self.assertEqual(self.lines("cube"), [])

    def test_arguments_that_are_results(self):
        one, two = self.client.map(lambda number: [number], [1, 2])
        both = self.client.submit(lambda *args, **kwargs: (args, kwargs), one, [two, 3], last=one)
        self.assertEqual(both.result(timeout=DEADLINE), (([1], [[2], 3]), {"last": [1]}))

    def test_a_graph(self):
        square = dask.delayed(tasks.square)
        total = dask.delayed(sum)([square(square(number)) for number in range(10)])
        future = self.client.compute(total)
        self.assertEqual(future.result(timeout=DEADLINE), sum(n**4 for n in range(10)))

    def test_an_exception_comes_with_its_remote_traceback(self):
        error = self.failure(self.client.submit(tasks.fail, "no such thing", 3))
        self.assertIs(type(error), LookupError)
        self.assertEqual(error.args, ("no such thing", 3))
        self.assertIs(type(error.__cause__), interpreters.RemoteTraceback)
        text = "".join(traceback.format_exception(error))
        self.assertIn("in fail\n    raise LookupError(*args)", text)

    def test_a_function_that_cannot_be_imported_is_called_in_threads(self):
        import refusing

        folder = self.make_folder()
        futures = self.client.map(refusing.where, [folder] * 20, pure=False)
        found = self.results(futures)
        self.assertEqual({id for _, id in found}, {interpreters.get_main().id})
        self.assertEqual(len(os.listdir(folder)), 20)  # each has begun once
        lines = self.lines("where")
        self.assertEqual(len(lines), len({pid for pid, _ in found}))  # once in each worker
        for line in lines:
            self.assertIn("module faulthandler does not support loading in subinterpreters", line)

    def test_arguments_that_cannot_be_sent(self):
        (_, address), *_ = self.cluster.workers().items()
        with dask.annotate(executor="threads"):
            lock = self.client.submit(threading.Lock, workers=[address], pure=False)
        future = self.client.submit(lambda lock: (lock.locked(), tasks.where()[1]), lock)
        self.assertEqual(future.result(timeout=DEADLINE), (False, interpreters.get_main().id))

    def test_what_refuses_halfway_fails_and_is_not_called_again(self):
        for function, kind in (
            (tasks.refuse_halfway, ImportError),
            (tasks.make_unshareable, interpreters.NotShareableError),
        ):
            with self.subTest(function.__name__):
                folder = self.make_folder()
                error = self.failure(self.client.submit(function, folder))
                self.assertIs(type(error), kind)
                self.assertIn('dask.annotate(executor="threads")', error.__notes__[-1])
                self.assertEqual(len(os.listdir(folder)), 1)

    def test_another_exception_gets_no_advice(self):
        error = self.failure(self.client.submit(exec, "import no_such_module"))
        self.assertIs(type(error), ModuleNotFoundError)
        self.assertFalse(hasattr(error, "__notes__"))

    def test_tasks_that_are_annotated_are_called_in_threads(self):
        def locate():
            return get_worker().address, tasks.where()[1]

        workers = set(self.cluster.workers().values())
        with dask.annotate(executor="threads"):
            address, id = self.client.submit(locate).result(timeout=DEADLINE)
        self.assertIn(address, workers)
        self.assertEqual(id, interpreters.get_main().id)

    def test_what_needs_the_worker_is_called_in_threads(self):
        def outer(number):
            with worker_client() as client:
                return client.submit(tasks.square, number).result(timeout=DEADLINE)

        self.assertEqual(self.client.submit(outer, 7).result(timeout=DEADLINE), 49)

    def test_coroutines_stay_with_the_worker(self):
        future = self.client.submit(tasks.coroutine, 3)
        number, (_, id) = future.result(timeout=DEADLINE)
        self.assertEqual((number, id), (9, interpreters.get_main().id))

    def test_actors_stay_with_the_worker(self):
        actor = self.client.submit(tasks.Place, actor=True).result(timeout=DEADLINE)
        self.assertEqual(actor.made().result(timeout=DEADLINE)[1], interpreters.get_main().id)

    def test_tasks_go_on_when_the_plugin_is_replaced(self):
        folder = self.make_folder()
        go = os.path.join(folder, "go")
        future = self.client.submit(tasks.wait_for, go, 3)
        self.until(lambda: self.begun(folder))
        self.client.register_plugin(InterpreterPlugin())
        self.make(go)
        self.assertEqual(future.result(timeout=DEADLINE), 9)
        self.assertEqual(len(self.begun(folder)), 1)

    def test_the_plugin_can_leave_alone_what_is_not_annotated(self):
        main = interpreters.get_main().id
        self.addCleanup(self.client.register_plugin, InterpreterPlugin())
        self.client.register_plugin(InterpreterPlugin(annotated_only=True))
        _, id = self.client.submit(tasks.where, "not annotated").result(timeout=DEADLINE)
        self.assertEqual(id, main)
        with dask.annotate(executor="interpreters"):
            _, id = self.client.submit(tasks.where, "annotated").result(timeout=DEADLINE)
        self.assertNotEqual(id, main)


class Reasons(unittest.TestCase):
    def reason(self, error, cause=None):
        error.__cause__ = cause
        return plugin._reason(error)

    def test_the_module_that_refuses_is_named(self):
        refusal = "module x._y does not support loading in subinterpreters"
        self.assertEqual(self.reason(ImportError(refusal)), refusal)
        self.assertEqual(self.reason(ImportError("\nA page\n\nof text: " + refusal)), refusal)
        self.assertEqual(self.reason(ImportError("install x"), ImportError(refusal)), refusal)

    def test_else_it_is_a_line(self):
        self.assertEqual(self.reason(AttributeError("no f\nin x"), KeyError("y")), "no f")
        self.assertEqual(self.reason(MemoryError()), "MemoryError")


class Profiler(unittest.TestCase):
    def test_which_versions_are_safe(self):
        for version in ((3, 12, 99), (3, 13, 17), (3, 14, 9)):
            self.assertFalse(profiler_is_safe(version), version)
        for version in ((3, 13, 18), (3, 13, 19), (3, 14, 10), (3, 15, 0), (3, 16, 0)):
            self.assertTrue(profiler_is_safe(version), version)

    def test_where_it_is_not_the_plugin_refuses(self):
        with mock.patch.object(plugin, "profiler_is_safe", return_value=False):
            with self.assertRaisesRegex(interpreters.InterpreterError, "profile.enabled to false"):
                InterpreterPlugin().setup(None)


class Deaths(DaskTest):
    def setUp(self):
        self.cluster = Cluster()
        self.addCleanup(self.cluster.end)
        self.folder = self.make_folder()

    def test_the_tasks_of_a_worker_that_is_killed_are_computed_again(self):
        go = os.path.join(self.folder, "go")
        futures = self.cluster.client.map(tasks.wait_for, [go] * 12, range(12))
        self.until(lambda: len(self.begun(self.folder)) == WORKERS * THREADS)
        begun = self.begun(self.folder)
        _, killed, _ = begun[0]
        os.kill(killed, signal.SIGKILL)
        self.make(go)
        self.assertEqual(self.results(futures), list(map(tasks.square, range(12))))
        again = {name for name, pid, _ in self.begun(self.folder) if pid != killed}
        self.assertLessEqual({name for name, pid, _ in begun if pid == killed}, again)

    def test_a_worker_that_closes_ends_what_it_executes(self):
        future = self.cluster.client.submit(tasks.endless, self.folder)
        self.until(lambda: self.begun(self.folder))
        ((_, pid, _),) = self.begun(self.folder)
        future.cancel()
        (process,) = [each for each in self.cluster.processes if each.pid == pid]
        process.terminate()
        self.assertEqual(process.wait(DEADLINE), 0)


if __name__ == "__main__":
    unittest.main()
