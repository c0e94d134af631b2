"""Pools in processes that end, fork, or are interrupted by Ctrl-C.

Each test runs a process: it is to end with that status, having printed that and nothing else.
"""

import os
import sys
import unittest

from support import InterpreterTest, run_process


class Exits(InterpreterTest):
    maxDiff = None

    def exits(self, source, expected="", status=0):
        result = run_process("import interpreters, sys, threading, time\n" + source)
        self.assertEqual(result, (status, expected, ""))

    def test_a_process_ends_when_all_tasks_have_been_executed(self):
        self.exits(
            "executor = interpreters.InterpreterPoolExecutor(2)\n"
            "for i in range(5):\n"
            "    executor.submit(exec, 'import os, time; time.sleep(0.02); os.write(1, b\"x\")')\n",
            "xxxxx",
        )

    def test_a_process_ends_with_a_pool_of_a_daemon_thread(self):
        self.exits(
            "ready = threading.Event()\n"
            "def use():\n"
            "    executor = interpreters.InterpreterPoolExecutor(1)\n"
            "    executor.submit(abs, -1).result()\n"
            "    ready.set()\n"
            "    while True:\n"
            "        time.sleep(1)\n"
            "threading.Thread(target=use, daemon=True).start()\n"
            "ready.wait()\n"
            "sys.exit(3)\n",
            status=3,
        )

    def test_a_process_ends_while_futures_are_asked_for(self):
        self.exits(
            "executor = interpreters.InterpreterPoolExecutor(2)\n"
            "def use():\n"
            "    try:\n"
            "        while True:\n"
            "            executor.submit(abs, -1).result()\n"
            "    except RuntimeError:\n"
            "        pass\n"
            "for _ in range(3):\n"
            "    threading.Thread(target=use, daemon=True).start()\n"
            "time.sleep(0.1)\n"
            "sys.exit(3)\n",
            status=3,
        )


@unittest.skipUnless(hasattr(os, "fork"), "no os.fork here")
class Forks(InterpreterTest):
    maxDiff = None

    def forked(self, source):
        """Run the source text; its child process is to end with the status 0."""
        status, output, errors = run_process(
            "import interpreters, os, sys, time, warnings\n"
            "warnings.simplefilter('ignore')\n"
            "from concurrent import futures\n"
            "def wait_for(pid):\n"
            "    status = os.waitpid(pid, 0)[1]\n"
            "    assert status == 0, status\n" + source
        )
        self.assertEqual((status, output, errors), (0, "", ""))

    def test_in_the_child_the_pool_is_broken(self):
        self.forked(
            "executor = interpreters.InterpreterPoolExecutor(1)\n"
            "gate = interpreters.create_queue()\n"
            "done = executor.submit(abs, -1)\n"
            "done.result()\n"
            "running, queued = executor.submit(gate.get), executor.submit(abs, -2)\n"
            "seen = executor.submit(abs, -3)\n"
            "seen.add_done_callback(print)\n"
            "pid = os.fork()\n"
            "if pid == 0:\n"
            "    assert done.result() == 1\n"
            "    assert futures.wait([running, queued, seen], timeout=60).not_done == set()\n"
            "    for each in running, queued, seen:\n"
            "        assert isinstance(each.exception(), interpreters.BrokenInterpreterPool)\n"
            "    try:\n"
            "        executor.submit(abs, -1)\n"
            "    except interpreters.BrokenInterpreterPool:\n"
            "        pass\n"
            "    else:\n"
            "        os._exit(3)\n"
            "    executor.shutdown()\n"
            "    with interpreters.InterpreterPoolExecutor(1) as another:\n"
            "        assert another.submit(abs, -4).result() == 4\n"
            "    sys.exit(0)\n"
            "wait_for(pid)\n"
            "seen._done_callbacks.clear()\n"
            "gate.put(5)\n"
            "assert [running.result(), queued.result(), seen.result()] == [5, 2, 3]\n"
        )

    def test_forks_while_tasks_are_executed(self):
        self.forked(
            "executor = interpreters.InterpreterPoolExecutor(2)\n"
            "list(executor.map(time.sleep, [0.05] * 2))\n"
            "for _ in range(20):\n"
            "    submitted = [executor.submit(abs, -i) for i in range(50)]\n"
            "    pid = os.fork()\n"
            "    if pid == 0:\n"
            "        for each in submitted:\n"
            "            each.exception()\n"
            "        os._exit(0)\n"
            "    assert [each.result() for each in submitted] == list(range(50))\n"
            "    wait_for(pid)\n"
        )


@unittest.skipUnless(hasattr(os, "kill") and sys.platform != "win32", "no signals here")
class CtrlC(InterpreterTest):
    maxDiff = None

    def interrupted(self, source):
        """Ctrl-C after 'ready' has been printed: the source text prints 'interrupted'."""
        status, output, errors = run_process(
            "import _thread, interpreters, os, signal, threading, time\n"
            "executor = interpreters.InterpreterPoolExecutor(1)\n"
            "gate = interpreters.create_queue()\n"
            "future = executor.submit(gate.get)\n"
            "while not future.running():\n"
            "    time.sleep(0.001)\n"
            "def press():\n"
            "    time.sleep(0.2)\n"
            "    os.kill(os.getpid(), signal.SIGINT)\n"
            "threading.Thread(target=press).start()\n"
            "try:\n"
            f"    {source}\n"
            "except KeyboardInterrupt:\n"
            "    print('interrupted')\n"
            "gate.put(3)\n"
            "print(future.result())\n"
        )
        self.assertEqual((status, output.split(), errors), (0, ["interrupted", "3"], ""))

    def test_during_result(self):
        self.interrupted("future.result()")

    def test_during_exception(self):
        self.interrupted("future.exception(timeout=100)")

    def test_during_map(self):
        self.interrupted("list(executor.map(abs, range(100)))")

    def test_during_shutdown(self):
        self.interrupted("executor.shutdown()")


if __name__ == "__main__":
    unittest.main()
