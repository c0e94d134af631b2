"""Pools whose tasks and workers misbehave, and pools that many use at once.

What is promised of executors is checked by the conformance suite; this is about what could lose a
task, execute one twice, or hang.  What needs a process of its own is in test_executor_processes.py.
"""

import asyncio
import gc
import os
import sys
import threading
import time
import unittest
import weakref
from concurrent import futures

import interpreters
from interpreters import BrokenInterpreterPool, InterpreterPoolExecutor, NotShareableError
from support import KINDS, InterpreterTest, resident, run_process

try:
    import resource
except ImportError:
    resource = None


class ExecutorTest(InterpreterTest):
    """A test that shuts its pools down."""

    maxDiff = None

    def pool(self, max_workers=1, *args, **options):
        executor = InterpreterPoolExecutor(max_workers, *args, **options)
        self.addCleanup(executor.shutdown)
        return executor

    def held(self, executor):
        """Submit a task that ends when something is put into the queue that comes with it."""
        gate = interpreters.create_queue()
        future = executor.submit(gate.get)
        while not future.running():
            time.sleep(0.001)
        return future, gate


class Tasks(ExecutorTest):
    def test_what_ends_code_ends_the_task_only(self):
        for kind in KINDS:
            executor = self.pool(isolated=kind)
            for source, expected in (
                ("import sys; sys.exit(3)", SystemExit),
                ("raise KeyboardInterrupt(3)", KeyboardInterrupt),
                ("raise GeneratorExit(3)", GeneratorExit),
            ):
                error = executor.submit(exec, source).exception()
                self.assertEqual((type(error), error.args), (expected, (3,)))
            self.assertEqual(executor.submit(abs, -1).result(), 1)
            self.assertEqual(executor.stats()["workers"], 1)

    def test_threads_of_a_task_are_waited_for_when_the_pool_ends(self):
        for kind in KINDS:
            with InterpreterPoolExecutor(1, isolated=kind) as executor:
                done = interpreters.create_queue()
                executor.submit(
                    exec,
                    "import threading, time\n"
                    "threading.Thread(target=lambda: [time.sleep(0.05), done.put(1)]).start()",
                    {"done": done},
                ).result()
            self.assertEqual(done.get(block=False), 1)

    @unittest.skipUnless(hasattr(os, "fork"), "no os.fork here")
    def test_a_task_cannot_fork(self):
        for kind in KINDS:
            executor = self.pool(isolated=kind)
            with self.assertRaises(RuntimeError):
                executor.submit(os.fork).result()
            self.assertEqual(executor.submit(os.getpid).result(), os.getpid())

    @unittest.skipUnless(sys.version_info >= (3, 13), "nothing refuses isolated interpreters")
    def test_a_module_that_refuses_is_named_with_the_remedy(self):
        source = "import {0}; answer = {0}.__name__"
        for name in ("readline", "_curses", "_testsinglephase", "_gdbm"):
            try:
                __import__(name)
                break
            except ImportError:
                pass
        else:
            self.skipTest("no extension module of the old kind here")
        executor = self.pool(isolated=True)
        for error in (
            executor.submit(exec, source.format(name)).exception(),
            self.error_of(executor.submit(exec, source.format(name)).result),
            self.error_of(list, executor.map(exec, [source.format(name)])),
        ):
            self.assertIsInstance(error, ImportError)
            self.assertIn(name, str(error))
            self.assertEqual(["isolated=False" in note for note in error.__notes__], [True])
        self.assertIsNone(self.pool(isolated=False).submit(exec, source.format(name)).exception())

    def error_of(self, function, *args):
        try:
            function(*args)
        except BaseException as error:
            return error
        self.fail("nothing was raised")

    def test_a_task_that_does_not_return(self):
        for kind in KINDS:
            executor = self.pool(isolated=kind)
            with self.assertRaises(TimeoutError):
                executor.submit_within(0.01, exec, "while True: pass").result()
            future, gate = self.held(executor)
            self.assertTrue(future.interrupt(LookupError("stop")))
            self.assertEqual(repr(future.exception()), "LookupError('stop')")
            self.assertFalse(future.interrupt())

    def test_an_interrupt_is_not_for_the_next_task(self):
        executor = self.pool()
        counts = {True: 0, False: 0}
        for _ in range(200):
            first = executor.submit(sum, range(1000))
            second = executor.submit(sum, range(1000))
            raised = first.interrupt(LookupError)
            error = first.exception()
            if error is not None:
                self.assertEqual((type(error), raised), (LookupError, True))
            self.assertIsNone(second.exception())
            counts[raised] += 1

    def test_a_pool_in_a_task(self):
        source = (
            "import sys\n"
            f"sys.path[:] = {sys.path!r}\n"
            "import interpreters\n"
            "with interpreters.InterpreterPoolExecutor(1) as inner:\n"
            "    done.put(inner.submit(abs, -3).result())\n"
        )
        for kind in KINDS:
            done = interpreters.create_queue()
            self.pool(isolated=kind).submit(exec, source, {"done": done}).result()
            self.assertEqual(done.get(block=False), 3)

    def test_what_cannot_be_shared(self):
        executor = self.pool()
        lock = threading.Lock()
        error = executor.submit(print, lock).exception()
        self.assertIsInstance(error, NotShareableError)
        self.assertIn("args[0]", str(error))
        error = executor.submit(eval, "__import__('threading').Lock()", {}).exception()
        self.assertIsInstance(error, NotShareableError)
        self.assertIn("result", str(error))
        results = executor.map(eval, ["1", "print", "[].__iter__", "2"], chunksize=4)
        self.assertEqual([next(results), next(results)], [1, print])
        results = executor.map(eval, ["1", "(lambda: (yield))()", "2"], chunksize=3)
        self.assertEqual(next(results), 1)
        with self.assertRaises(NotShareableError):
            next(results)
        self.assertEqual(executor.submit(abs, -1).result(), 1)

    def test_an_interrupt_while_the_results_of_a_chunk_are_described(self):
        """It is the exception, not one that says why they cannot be sent together."""
        source = (
            "type('C', (), {'__reduce__': lambda self: (int, ())"
            " if vars(__import__('builtins')).setdefault('times', []).append(1)"
            " or len(times) > 1 else (_ for _ in ()).throw(KeyboardInterrupt)})()"
        )
        with self.assertRaises(KeyboardInterrupt):
            list(self.pool().map(eval, [source], [{}], chunksize=2))

    @unittest.skipUnless(resource and sys.platform == "linux", "no limit of memory here")
    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "AddressSanitizer takes more memory than that")
    def test_a_result_for_which_there_is_no_memory(self):
        status, output, errors = run_process(
            "import interpreters, resource\n"
            "with interpreters.InterpreterPoolExecutor(1) as executor:\n"
            "    executor.submit(abs, -1).result()\n"
            "    with open('/proc/self/statm') as file:\n"
            "        size = int(file.read().split()[0]) * 4096\n"
            "    resource.setrlimit(resource.RLIMIT_AS, (size + (300 << 20),) * 2)\n"
            "    for source in ('bytes(200 << 20)', 'bytearray(200 << 20)', 'bytes(400 << 20)'):\n"
            "        print(type(executor.submit(eval, source, {}).exception()).__name__)\n"
            "    print(executor.submit(abs, -1).result())\n"
        )
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(output.split(), ["MemoryError"] * 3 + ["1"])

    def test_memory_that_was_lent_comes_back_from_a_worker_that_rests(self):
        """To be seen by the size of the process: a worker that kept each result would take 2 GiB."""
        executor, before = self.pool(), resident()
        for _ in range(32):
            self.assertEqual(len(executor.submit(bytes, 64 << 20).result()), 64 << 20)
        self.assertLess(resident() - before, 1 << 30)

    def test_a_bytearray_is_as_it_was_when_submitted(self):
        executor = self.pool()
        future, gate = self.held(executor)
        data = bytearray(b"before" * 100000)
        copied = executor.submit(bytes, data)
        data[:] = b"after"
        gate.put(None)
        self.assertEqual(copied.result(), b"before" * 100000)


class Submitting(ExecutorTest):
    def test_after_shutdown(self):
        executor = self.pool()
        executor.shutdown()
        with self.assertRaises(RuntimeError):
            executor.submit(abs, -1)
        with self.assertRaises(RuntimeError):
            executor.map(abs, [1])

    def test_from_a_callback(self):
        executor = self.pool()
        results = []
        done = threading.Event()

        def again(future):
            results.append(future.result())
            if len(results) < 50:
                executor.submit(abs, -len(results)).add_done_callback(again)
            else:
                done.set()

        executor.submit(abs, 0).add_done_callback(again)
        self.assertTrue(done.wait(60))
        self.assertEqual(results, list(range(50)))

    def test_from_many_threads_each_task_is_executed_once(self):
        for kind in KINDS:
            executor = self.pool(3, isolated=kind)
            executed = interpreters.create_queue()
            seen = []

            def use(number):
                for i in range(100):
                    future = executor.submit(executed.put, (number, i))
                    choice = i % 4
                    if choice == 0:
                        future.result()
                    elif choice == 1:
                        future.add_done_callback(seen.append)
                    elif choice == 2 and future.cancel():
                        seen.append((number, i))

            threads = [threading.Thread(target=use, args=(number,)) for number in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            executor.shutdown()
            cancelled = [each for each in seen if isinstance(each, tuple)]
            got = [executed.get(block=False) for _ in range(executed.qsize())]
            expected = [(number, i) for number in range(6) for i in range(100)]
            self.assertEqual(sorted(got + cancelled), expected)
            self.assertEqual(len(seen) - len(cancelled), 6 * 25)

    def test_a_hundred_thousand_tasks(self):
        executor = self.pool(2)
        submitted = [executor.submit(abs, -i) for i in range(100000)]
        self.assertEqual([future.result() for future in submitted], list(range(100000)))
        self.assertEqual(executor.stats()["done"], 100000)

    def test_workers_are_started_as_they_are_wanted(self):
        executor = self.pool(4)
        self.assertEqual(executor.stats()["workers"], 0)
        for _ in range(10):
            executor.submit(abs, -1).result()
        gates = [self.held(executor)[1] for _ in range(3)]
        self.assertEqual(executor.stats()["running"], 3)
        self.assertLessEqual(executor.stats()["workers"], 4)
        for gate in gates:
            gate.put(None)

    def test_a_worker_that_cannot_be_started_loses_no_task(self):
        executor = self.pool(2)
        start = threading.Thread.start

        def refuse(thread):
            raise RuntimeError("can't start new thread")

        threading.Thread.start = refuse
        try:
            with self.assertRaises(RuntimeError):
                executor.submit(abs, -1)
            self.assertEqual(executor.stats()["queued"], 0)
        finally:
            threading.Thread.start = start
        future, gate = self.held(executor)
        threading.Thread.start = refuse
        try:
            second = executor.submit(abs, -2)
        finally:
            threading.Thread.start = start
        gate.put(None)
        self.assertEqual(second.result(), 2)


class Futures(ExecutorTest):
    def test_everybody_is_told(self):
        """Callbacks, wait(), as_completed() and threads in result(), however they meet the end."""
        executor = self.pool(2)
        for round in range(200):
            called = []
            submitted = [executor.submit(abs, -i) for i in range(6)]
            waiting = [threading.Thread(target=each.result) for each in submitted[:2]]
            for thread in waiting:
                thread.start()
            for each in submitted[round % 3 :]:
                each.add_done_callback(called.append)
            done, not_done = futures.wait(submitted, timeout=60)
            self.assertEqual((len(done), not_done), (6, set()))
            self.assertEqual(set(futures.as_completed(submitted, timeout=60)), set(submitted))
            for thread in waiting:
                thread.join(60)
                self.assertFalse(thread.is_alive())
            end = time.monotonic() + 60
            while len(called) < len(submitted[round % 3 :]) and time.monotonic() < end:
                time.sleep(0.001)
            self.assertEqual(set(called), set(submitted[round % 3 :]))
            self.assertEqual(len(called), len(set(called)))

    def test_wait_ends_with_the_first_exception(self):
        executor = self.pool(2)
        future, gate = self.held(executor)
        failing = executor.submit(exec, "raise LookupError")
        done, not_done = futures.wait([future, failing], 60, futures.FIRST_EXCEPTION)
        gate.put(None)
        self.assertEqual((done, not_done), ({failing}, {future}))

    def test_cancelled_while_somebody_waits(self):
        executor = self.pool()
        future, gate = self.held(executor)
        called = []
        second = executor.submit(abs, -1)
        second.add_done_callback(called.append)
        raised = []

        def wait():
            try:
                second.result()
            except futures.CancelledError as error:
                raised.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        self.assertTrue(second.cancel())
        thread.join(60)
        self.assertEqual((called, len(raised)), ([second], 1))
        self.assertEqual(futures.wait([second]).done, {second})
        self.assertTrue(second.cancel())
        self.assertFalse(future.cancel())
        gate.put(None)

    def test_many_threads_ask_for_one_result(self):
        executor = self.pool()
        for _ in range(30):
            future = executor.submit(eval, "[0] * 1000", {})
            results = []
            threads = [
                threading.Thread(target=lambda: results.append(future.result())) for _ in range(5)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual({id(each) for each in results}, {id(future.result())})

    def test_what_makes_a_result_anew_ends_code(self):
        """That is an exception like any other, for those who wait for several futures, too."""
        executor = self.pool()
        for name in ("SystemExit", "GeneratorExit"):
            source = f"type('C', (), {{'__reduce__': lambda self: (exec, ('raise {name}',))}})()"
            future, gate = self.held(executor)
            ends = executor.submit(eval, source, {})
            called = []
            ends.add_done_callback(called.append)
            gate.put(None)
            done = futures.wait([ends], 60, futures.FIRST_EXCEPTION).done
            self.assertEqual((done, type(ends.exception()).__name__), ({ends}, name))

    def test_asyncio(self):
        executor = self.pool(2)

        async def compute():
            loop = asyncio.get_running_loop()
            return await asyncio.gather(
                *(loop.run_in_executor(executor, abs, -i) for i in range(100))
            )

        self.assertEqual(asyncio.run(compute()), list(range(100)))

    def test_what_is_not_wanted_any_more_is_let_go_of(self):
        executor = self.pool()
        result = executor.submit(eval, "{1}", {})
        value = weakref.ref(result.result())
        del result
        gc.collect()
        self.assertIsNone(value())
        error = executor.submit(exec, "raise LookupError")
        with self.assertRaises(LookupError):
            error.result()
        reference = weakref.ref(error)
        del error
        gc.collect()
        self.assertIsNone(reference())

    def test_results_of_a_map_are_not_kept(self):
        executor = self.pool()
        results = executor.map(eval, ["{1}"] * 3, [{}] * 3, chunksize=3)
        first = weakref.ref(next(results))
        gc.collect()
        self.assertIsNone(first())

    def test_a_future_is_made_by_submit_only(self):
        with self.assertRaises(TypeError):
            interpreters.Future()


class Workers(ExecutorTest):
    def test_an_initializer_that_raises_breaks_the_pool(self):
        gate = interpreters.create_queue()
        with self.assertLogs("concurrent.futures", "CRITICAL"):
            executor = self.pool(1, "", exec, ("gate.get(); raise LookupError(3)", {"gate": gate}))
            submitted = [executor.submit(abs, -1) for _ in range(3)]
            called = []
            submitted[0].add_done_callback(called.append)
            gate.put(None)
            for each in submitted:
                self.assertIsInstance(each.exception(), BrokenInterpreterPool)
                self.assertIn("LookupError: 3", str(each.exception()))
            executor.shutdown()
        self.assertEqual(called, submitted[:1])
        with self.assertRaises(BrokenInterpreterPool):
            executor.submit(abs, -1)

    @unittest.skipUnless(resource and hasattr(os, "listdir"), "no limits here")
    def test_no_interpreter_can_be_created(self):
        status, output, errors = run_process(
            "import interpreters, os, resource\n"
            "executor = interpreters.InterpreterPoolExecutor(1)\n"
            "abs_ = executor.submit\n"
            "most = max(map(int, os.listdir('/proc/self/fd')))\n"
            "resource.setrlimit(resource.RLIMIT_NOFILE, (most + 1, most + 1))\n"
            "future = executor.submit(abs, -1)\n"
            "error = future.exception()\n"
            "print(type(error).__name__, error)\n"
            "executor.shutdown()\n"
        )
        self.assertEqual((status, errors), (0, ""))
        self.assertTrue(output.startswith("BrokenInterpreterPool a worker has no interpreter: "))

    def test_an_interpreter_that_cannot_be_destroyed(self):
        """A task has left a thread that nobody can join: that is told, and the pool goes on."""
        executor = self.pool(1, max_tasks_per_child=1)
        gate, ended = interpreters.create_queue(), interpreters.create_queue()
        with self.assertLogs("concurrent.futures", "CRITICAL") as told:
            executor.submit(
                exec,
                "import _thread\n_thread.start_new_thread(lambda: ended.put(gate.get()), ())",
                {"gate": gate, "ended": ended},
            ).result()
            self.assertEqual(executor.submit(abs, -1).result(), 1)
            executor.shutdown()
        self.assertEqual(len(told.output), 1)
        self.assertIn("1 thread in it", told.output[0])
        gate.put(3)
        ended.get()
        for each in interpreters.enumerate():
            if each.id not in self.before:
                self.destroyed(each)

    def destroyed(self, interpreter):
        """Destroy an interpreter as soon as its threads have ended."""
        end = time.monotonic() + 60
        while True:
            try:
                return interpreter.destroy()
            except interpreters.InterpreterError:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.001)

    @unittest.skipUnless(KINDS[-1], "no isolated interpreters here")
    def test_a_worker_that_cannot_enter_its_interpreter(self):
        status, output, errors = run_process(
            "import interpreters, threading, tracemalloc\n"
            "threading.excepthook = lambda told: None\n"
            "executor = interpreters.InterpreterPoolExecutor(1)\n"
            "create = interpreters._executor.create\n"
            "def create_then_trace(**options):\n"
            "    made = create(**options)\n"
            "    tracemalloc.start()\n"
            "    return made\n"
            "interpreters._executor.create = create_then_trace\n"
            "print(type(executor.submit(abs, -1).exception()).__name__)\n"
            "tracemalloc.stop()\n"
        )
        self.assertEqual((status, output, errors), (0, "BrokenInterpreterPool\n", ""))

    def test_interpreters_are_replaced(self):
        executor = self.pool(1, max_tasks_per_child=2)
        source = "__import__('interpreters').get_current().id"
        executor.submit(exec, f"import sys; sys.path[:] = {sys.path!r}").result()
        ids = []
        for _ in range(3):
            ids.append(
                executor.submit(
                    eval,
                    f"[__import__('sys').path.__setitem__(slice(None), {sys.path!r}), {source}][1]",
                    {},
                ).result()
            )
        self.assertEqual([ids[0] == ids[1], ids[1] == ids[2]], [False, True])

    def test_spares_become_workers(self):
        interpreters.set_spares(1, site=False)
        self.addCleanup(interpreters.set_spares, 0)
        while interpreters.get_spares() != 1:
            time.sleep(0.001)
        newest = interpreters.create(site=True)
        self.addCleanup(newest.destroy)
        executor = self.pool()
        executor.submit(abs, -1).result()
        ids = [each.id for each in interpreters.enumerate() if each.id not in self.before]
        self.assertLess(min(ids), newest.id)


class Ends(ExecutorTest):
    def test_a_forgotten_pool_executes_its_tasks_and_ends(self):
        executed = interpreters.create_queue()
        executor = InterpreterPoolExecutor(1)
        for i in range(10):
            executor.submit(executed.put, i)
        threads = executor._threads
        del executor
        gc.collect()
        for thread in threads:
            thread.join(60)
            self.assertFalse(thread.is_alive())
        self.assertEqual([executed.get(block=False) for _ in range(10)], list(range(10)))

    def test_shutdown_that_does_not_wait(self):
        executor = self.pool(1)
        future, gate = self.held(executor)
        second = executor.submit(abs, -2)
        executor.shutdown(wait=False)
        gate.put(None)
        self.assertEqual(second.result(), 2)

    def test_shutdown_that_cancels(self):
        executor = self.pool(1)
        future, gate = self.held(executor)
        called = []
        others = [executor.submit(abs, -i) for i in range(3)]
        others[1].add_done_callback(called.append)
        executor.shutdown(wait=False, cancel_futures=True)
        self.assertEqual([each.cancelled() for each in others], [True] * 3)
        self.assertEqual(called, [others[1]])
        gate.put(7)
        self.assertEqual(future.result(), 7)

    def test_a_pool_of_a_subinterpreter_ends_with_it(self):
        for kind in KINDS:
            interpreter = interpreters.create(isolated=kind)
            results = interpreters.create_queue()
            interpreter.prepare_main(results=results, path=sys.path)
            interpreter.exec(
                "import sys\n"
                "sys.path[:] = path\n"
                "import interpreters\n"
                "executor = interpreters.InterpreterPoolExecutor(1)\n"
                "for i in range(3):\n"
                "    executor.submit(results.put, i)\n"
            )
            interpreter.destroy()
            self.assertEqual([results.get(block=False) for _ in range(3)], [0, 1, 2])


if __name__ == "__main__":
    unittest.main()
