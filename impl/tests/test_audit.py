"""Auditing events where they could leak, hang or crash: refusals by the thousand, hooks that use what
they are told of, threads, the hooks of subinterpreters, the ends of pools and processes.

What is raised when is checked by the conformance suite.  A hook cannot be removed, so there is one for
this process, which calls what a test has put into ``on_event``.
"""

import gc
import sys
import threading
import unittest

import interpreters
from interpreters import _interpreters
from support import PATH, InterpreterTest, elsewhere, run_process

#: What hooks have on every Python: a list of what they have been told.
HEARD = "heard = []\nsys.addaudithook(lambda *event: heard.append(event))\n"


class Refused(Exception):
    """What the hook raises."""


on_event = []


def hook(name, arguments):
    if name.startswith("interpreters."):
        for function in on_event[-1:]:
            function(name, arguments)


sys.addaudithook(hook)


def refuse(name, arguments):
    raise Refused(name)


class AuditTest(InterpreterTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(on_event.clear)

    def create(self, **options):
        interpreter = interpreters.create(**options)
        self.addCleanup(self.close, interpreter)
        return interpreter

    def close(self, interpreter):
        on_event.clear()
        try:
            interpreter.close()
        except interpreters.InterpreterNotFoundError:
            pass


class TestRefusals(AuditTest):
    def setUp(self):
        super().setUp()
        self.interpreter = self.create()
        self.queue = interpreters.create_queue(1)
        self.pool = interpreters.InterpreterPoolExecutor(1)
        self.addCleanup(self.pool.shutdown)
        self.pool.submit(abs, -1).result()
        self.shared = self.create(isolated=False)
        self.code, self.error, self.names = "#" * 100, ValueError("spam"), {"spam": 1}
        one, other, id = self.interpreter, self.shared, self.interpreter.id
        self.calls = [
            interpreters.create,
            _interpreters.create,
            lambda: _interpreters.destroy(id),
            one.destroy,
            lambda: _interpreters.run_string(id, self.code),
            lambda: _interpreters.run_string_unrestricted(other.id, self.code, self.names),
            lambda: one.run(self.code),
            lambda: one.exec(self.code, timeout=1),
            lambda: one.call(self.function, self.names),
            lambda: one.call_within(1, self.function, spam=self.names),
            lambda: one.prepare_main(self.names),
            lambda: one.interrupt(self.error),
            lambda: self.queue.put(self.names),
            lambda: self.queue.put_nowait(self.names),
            self.queue.get,
            self.queue.get_nowait,
            lambda: self.pool.submit(self.function, self.names),
            lambda: self.pool.submit_within(1, self.function, self.names),
            lambda: self.pool.map(self.function, [self.names]),
        ]

    def function(self, *arguments, **names):
        """What is called, if that is not refused."""

    def refuse_all(self, times):
        on_event[:] = [refuse]
        for _ in range(times):
            for call in self.calls:
                with self.assertRaises(Refused):
                    call()
        on_event.clear()

    def test_nothing_is_kept(self):
        self.refuse_all(10)
        kept = (self.code, self.error, self.names, abs)
        gc.collect()
        blocks, references = sys.getallocatedblocks(), [sys.getrefcount(each) for each in kept]
        self.refuse_all(1000)
        gc.collect()
        self.assertLess(sys.getallocatedblocks() - blocks, 1000)
        if sys.version_info < (3, 12):  # from then on some are immortal
            self.assertEqual([sys.getrefcount(each) for each in kept], references)

    def test_nothing_has_happened(self):
        before, stats = interpreters.list_all(), self.pool.stats()
        self.refuse_all(10)
        self.assertEqual(interpreters.list_all(), before)
        self.assertEqual((self.queue.qsize(), self.pool.stats()), (0, stats))
        self.assertEqual(
            [each.is_running() for each in (self.interpreter, self.shared)], [False] * 2
        )

    def test_no_id_is_used_up(self):
        last = self.create().id
        self.refuse_all(10)
        self.assertEqual(self.create().id, last + 1)

    def test_all_is_usable_afterwards(self):
        self.refuse_all(1)
        self.queue.put(self.interpreter.call(abs, -2))
        self.assertEqual(self.queue.get(), 2)
        self.assertEqual(list(self.pool.map(abs, [-3])), [3])
        self.interpreter.close()

    def test_a_refusal_costs_no_spare(self):
        interpreters.set_spares(1)
        self.addCleanup(interpreters.set_spares, 0)
        while interpreters.get_spares() < 1:
            threading.Event().wait(0.005)
        self.refuse_all(3)
        self.assertEqual(interpreters.get_spares(), 1)


class TestHooks(AuditTest):
    def test_a_hook_takes_the_spare(self):
        """Then the call that has found it creates an interpreter, with one event."""
        told, taken = [], []

        def take(name, arguments):
            told.append(name)
            if not taken:
                taken.append(None)
                interpreters.set_spares(0)
                interpreters.set_spares(1, site=False)
                taken[0] = self.create()

        interpreters.set_spares(1)
        self.addCleanup(interpreters.set_spares, 0)
        while interpreters.get_spares() < 1:
            threading.Event().wait(0.005)
        on_event[:] = [take]
        created = self.create()
        self.assertEqual(told, ["interpreters.create"] * 2)
        self.assertNotEqual(created, taken[0])
        self.assertEqual(created.call(abs, -1), 1)

    def test_a_hook_destroys_what_is_to_be_used(self):
        def destroy(name, arguments):
            on_event.clear()
            _interpreters.destroy(arguments[0])

        for method, arguments in (
            ("destroy", ()),
            ("run", ("pass",)),
            ("call", (abs, -1)),
            ("prepare_main", ({"spam": 1},)),
            ("interrupt", ()),
        ):
            interpreter = self.create()
            on_event[:] = [destroy]
            with self.subTest(method), self.assertRaises(interpreters.InterpreterNotFoundError):
                getattr(interpreter, method)(*arguments)

    def test_a_hook_shuts_the_pool(self):
        pool = interpreters.InterpreterPoolExecutor(1)
        on_event[:] = [lambda name, arguments: pool.shutdown()]
        with self.assertRaisesRegex(RuntimeError, "shut down"):
            pool.submit(abs, -1)

    def test_a_hook_drops_the_last_reference_to_a_queue(self):
        queues = [interpreters.create_queue()]
        on_event[:] = [lambda name, arguments: queues.clear()]
        queues[0].put(1)
        self.assertEqual(queues, [])

    def test_a_task_that_ends_during_the_hook_is_not_interrupted(self):
        queue = interpreters.create_queue()
        with interpreters.InterpreterPoolExecutor(1) as pool:
            task = pool.submit(queue.get)
            while not task.running():
                threading.Event().wait(0.001)

            def end(name, arguments):
                on_event.clear()
                queue.put(1)
                task.result()

            on_event[:] = [end]
            self.assertIs(task.interrupt(), False)
            self.assertEqual(pool.submit(abs, -1).result(), 1)

    def test_hooks_of_many_threads(self):
        told, calls = [], 30
        on_event[:] = [lambda *event: told.append((event, threading.get_ident()))]
        queue = interpreters.create_queue()

        def work():
            interpreter = interpreters.create()
            for _ in range(calls):
                interpreter.run("")
                queue.put(1)
                queue.get()
            interpreter.destroy()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        on_event.clear()
        self.assertEqual(len(told), 4 * (3 * calls + 2))
        for number in {number for _, number in told}:
            names = [name for (name, _), each in told if each == number]
            run = ["interpreters.run_string", "interpreters.queue.put", "interpreters.queue.get"]
            expected = ["interpreters.create", *run * calls, "interpreters.destroy"]
            self.assertEqual(names[: len(expected)], expected)

    def test_events_inside_are_for_the_hooks_inside(self):
        queue, told = interpreters.create_queue(), []
        on_event[:] = [lambda name, arguments: told.append(name)]
        interpreter = self.create(isolated=False)
        inside = (
            "one = interpreters.create()\none.run('')\none.call(abs, 1)\none.close()\n"
            f"queue = interpreters.Queue({queue.id})\nqueue.put(1)\nqueue.get()\n"
            "queue.put([n for n, _ in heard if n.startswith('interpreters.')])"
        )
        interpreter.run(PATH + HEARD + inside)
        self.assertEqual(told, ["interpreters.create", "interpreters.run_string"])
        names = ["create", "run_string", "call", "destroy", "queue.put", "queue.get"]
        self.assertEqual(queue.get(), [f"interpreters.{name}" for name in names])

    def test_a_refusal_inside_is_raised_in_the_caller(self):
        interpreter = self.create()
        refuse_there = (
            "def refuse(name, arguments):\n"
            "    if name == 'interpreters.create': raise PermissionError(name)\n"
            "sys.addaudithook(refuse)\ninterpreters.create()"
        )
        with self.assertRaisesRegex(PermissionError, "interpreters.create"):
            interpreter.run(PATH + refuse_there)

    def test_a_refusal_in_a_thread(self):
        interpreter = self.create()
        on_event[:] = [refuse]
        with self.assertRaises(Refused):
            elsewhere(interpreter.run, "pass")


class TestEnds(unittest.TestCase):
    """In processes of their own: what is refused by all hooks does not keep them from ending."""

    REFUSE = (
        "import interpreters, sys\n"
        "def refuse(name, arguments):\n"
        "    if name == REFUSED: raise PermissionError(name)\n"
        "sys.addaudithook(refuse)\n"
    )

    def run_refusing(self, name, source):
        return run_process(f"REFUSED = {'interpreters.' + name!r}\n{self.REFUSE}{source}")

    def test_a_process_ends_though_destroying_is_refused(self):
        source = "interpreters.create().run('import threading')\ninterpreters.create()\nprint(1)"
        self.assertEqual(self.run_refusing("destroy", source), (0, "1\n", ""))

    def test_a_pool_ends_though_destroying_is_refused(self):
        source = (
            "import logging\nlogging.disable()\n"
            "with interpreters.InterpreterPoolExecutor(2) as pool:\n"
            "    print(pool.submit(abs, -1).result())\n"
            "print(len(interpreters.list_all()))"
        )
        self.assertEqual(self.run_refusing("destroy", source), (0, "1\n2\n", ""))

    def test_a_pool_is_broken_if_creating_is_refused(self):
        source = (
            "with interpreters.InterpreterPoolExecutor(1) as pool:\n"
            "    print(pool.submit(abs, -1).exception())"
        )
        status, output, errors = self.run_refusing("create", source)
        self.assertEqual((status, errors), (0, ""))
        self.assertIn("a worker has no interpreter: interpreters.create", output)

    def test_a_hook_refuses_what_cpython_raises(self):
        """From 3.14 on CPython ends the process then."""
        refuse = self.REFUSE.replace("REFUSED", "'cpython.PyInterpreterState_New'")
        source = (
            "for create in interpreters.create, interpreters._interpreters.create:\n"
            "    try: create()\n"
            "    except PermissionError as error: print(error)\n"
            "print(len(interpreters.list_all()))"
        )
        refused = "cpython.PyInterpreterState_New\n" * 2
        self.assertEqual(run_process(refuse + source), (0, refused + "1\n", ""))

    def test_a_hook_during_the_end_of_the_process(self):
        source = (
            "import atexit, interpreters, sys\n"
            "queue, one = interpreters.create_queue(), interpreters.create()\n"
            "sys.addaudithook(lambda *event: None)\n"
            "def end():\n    queue.put(1)\n    queue.get()\n    one.run('')\n    one.close()\n"
            "    print('ended')\n"
            "atexit.register(end)"
        )
        self.assertEqual(run_process(source), (0, "ended\n", ""))


if __name__ == "__main__":
    unittest.main()
