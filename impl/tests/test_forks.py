"""Forks of a process that has interpreters: the child is as usable as the parent.

Each test is a process of its own; a child that does not end within some seconds is killed.
"""

import os
import unittest

import support

PROLOGUE = """
import os, sys, threading, time
from interpreters import _interpreters as low

def create():
    return low.create(isolated={isolated})

def use():
    "Do with interpreters what can be done with them."
    id = create()
    low.run_string(id, "import json, threading; x = 1")
    low.run_string(id, "assert x == 1")
    try:
        low.run_string(id, "1/0")
    except ZeroDivisionError:
        pass
    low.destroy(id)

def check_child(expected=[0]):
    assert low.enumerate() == expected and low.get_current() == 0
    for id in before:
        try:
            low.run_string(id, "")
        except low.InterpreterNotFoundError:
            pass
        else:
            raise AssertionError(id)
    use()
    kept = create()
    low.run_string(kept, "import threading, atexit; atexit.register(print, 'ended', flush=True)")

def fork_and_check():
    child = os.fork()
    if child == 0:
        check_child()
        sys.exit(5)
    assert wait_for(child) == 5 << 8, "child"
    for id in before:
        assert id in low.enumerate()
    use()

one, two = create(), create()
before = [one, two]
low.run_string(one, "import threading, json; x = 1")
"""

IDLE = """
fork_and_check()
low.run_string(one, "assert x == 1")
low.destroy(one)
"""

# A run in each of two threads, which does something until it is told to stop.
BEGIN_RUNS = """
reader, writer = os.pipe()
stop, stopping = os.pipe()
code = f"import os, select; os.write({writer}, b'x'); UNTIL_TOLD"
threads = [threading.Thread(target=low.run_string, args=(id, code)) for id in before]
for thread in threads:
    thread.start()
    os.read(reader, 1)
"""

END_RUNS = """
os.write(stopping, b"x")
for thread in threads:
    thread.join()
"""

RUNNING = (
    BEGIN_RUNS.replace("UNTIL_TOLD", "select.select([{stop}], [], [])")
    + "fork_and_check()"
    + END_RUNS
)

BUSY = (
    BEGIN_RUNS.replace("; UNTIL_TOLD", "\\nwhile not select.select([{stop}], [], [], 0)[0]: pass")
    + "for _ in range(3): fork_and_check()"
    + END_RUNS
)

IN_A_THREAD = """
errors = []
def forks():
    try:
        child = os.fork()
        if child == 0:
            check_child()
            sys.stdout.flush()
            os._exit(5)
        assert wait_for(child) == 5 << 8
    except BaseException as error:
        errors.append(error)
thread = threading.Thread(target=forks)
thread.start()
thread.join()
assert not errors, errors
use()
"""

WHILE_CREATING = """
stop = False
def churn():
    while not stop:
        low.destroy(create())
thread = threading.Thread(target=churn)
thread.start()
for _ in range(10):
    child = os.fork()
    if child == 0:
        check_child()
        os._exit(5)
    status = wait_for(child)
    if status != 5 << 8:
        print(status)
stop = True
thread.join()
"""

MULTIPROCESSING = """
import multiprocessing
context = multiprocessing.get_context("fork")
def work(number):
    use()
    return number, low.enumerate()
with context.Pool(2) as pool:
    results = pool.map(work, range(4))
    pool.close()
    pool.join()
assert results == [(number, [0]) for number in range(4)], results
process = context.Process(target=check_child)
process.start()
process.join()
assert process.exitcode == 0
use()
"""

SUBPROCESS = """
import subprocess
def say():
    return subprocess.check_output([sys.executable, "-c", "print('said')"], close_fds=True)
assert say() == b"said\\n"
subprocess.check_call(["true"], preexec_fn=use)
use()
"""

GRANDCHILD = """
child = os.fork()
if child == 0:
    before.append(create())
    child = os.fork()
    if child == 0:
        check_child()
        sys.exit(5)
    sys.exit(5 if wait_for(child) == 5 << 8 and len(low.enumerate()) == 2 else 1)
assert wait_for(child) == 5 << 8
"""

SIGNAL_IN_THE_CHILD = """
import signal
child = os.fork()
if child == 0:
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        low.run_string(create(), "while True: pass")
    except KeyboardInterrupt:
        os._exit(5)
assert wait_for(child) == 5 << 8
"""

# Python warns about a fork beside other threads (3.12); ours are gone soon after the last run.
NO_WARNING = """
if {isolated} or not (3, 9) <= sys.version_info < (3, 13):
    low.run_string(one, "x = 2")
    for _ in range(200):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            child = os.fork()
            if child == 0:
                os._exit(5)
        assert wait_for(child) == 5 << 8
        if not caught:
            break
        time.sleep(0.05)
    else:
        print(caught[0].message)
"""

REFUSED = """
for function in "fork", "forkpty":
    for module in "os", "posix":
        for id in before:
            try:
                low.run_string(id, f"import {module}; {module}.{function}()")
            except RuntimeError as error:
                print("fork not supported" in str(error))
low.run_string(one, "x = 2")
"""

REFUSED_MULTIPROCESSING = """
code = f'''if True:
    import sys
    sys.path[:] = {sys.path!r}
    import multiprocessing
    try:
        multiprocessing.get_context("fork").Process(target=print).start()
    except RuntimeError as error:
        print("refused", flush=True)
'''
low.run_string(one, code)
"""


@unittest.skipUnless(hasattr(os, "fork"), "this system has no fork()")
class Forks(unittest.TestCase):
    def check(self, body, output=""):
        for isolated in support.KINDS:
            with self.subTest(isolated=isolated):
                source = (support.WAIT_FOR + PROLOGUE + body).replace("{isolated}", str(isolated))
                source += "\nsys.exit(3)\n"
                self.assertEqual(
                    support.run_process(
                        "import warnings\nwarnings.simplefilter('ignore')" + source
                    ),
                    (3, output, ""),
                )

    def test_idle_interpreters(self):
        self.check(IDLE, "ended\n")

    def test_interpreters_that_are_running(self):
        self.check(RUNNING, "ended\n")

    def test_interpreters_that_are_busy(self):
        self.check(BUSY, "ended\n" * 3)

    def test_a_thread_forks(self):
        self.check(IN_A_THREAD)

    def test_a_fork_while_another_thread_creates_and_destroys(self):
        self.check(WHILE_CREATING)

    def test_multiprocessing(self):
        self.check(MULTIPROCESSING)

    def test_subprocess(self):
        self.check(SUBPROCESS)

    def test_a_child_of_a_child(self):
        self.check(GRANDCHILD, "ended\n")

    def test_signals_in_the_child(self):
        self.check(SIGNAL_IN_THE_CHILD)

    def test_no_thread_of_ours_stays(self):
        self.check(NO_WARNING)

    def test_code_in_an_interpreter_cannot_fork(self):
        self.check(REFUSED, "True\n" * 8)

    def test_nor_can_multiprocessing_there(self):
        self.check(REFUSED_MULTIPROCESSING, "refused\n")


if __name__ == "__main__":
    unittest.main()
