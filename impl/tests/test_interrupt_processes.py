"""Processes that end or fork while code is interrupted, or while its time is limited."""

import os
import unittest

from support import ProcessTest

PROLOGUE = """
import os, random, select, signal, sys, threading, time
import interpreters

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
BUSY = "import time\\nend = time.monotonic() + 100\\nwhile time.monotonic() < end: pass\\n"
reader, writer = os.pipe()
BEGUN = "import os; os.write(%d, b'x')\\n" % writer
interpreter = interpreters.create(isolated={isolated})

def background(function, *args, **kwargs):
    thread = threading.Thread(target=function, args=args, kwargs=kwargs, daemon=True)
    thread.start()
    return thread

def limited(interpreter, code, seconds):  # comes back once it has begun, unless its time is up before
    over = []
    def run():
        try:
            interpreter.exec(BEGUN + code, timeout=seconds)
        except TimeoutError:
            over.append(True)
    thread = background(run)
    while not select.select([reader], [], [], 0.01)[0]:
        if not thread.is_alive():
            assert over, "ended, but not because its time was up"
            return
    os.read(reader, 1)
"""

ENDS_WITH_LIMITS = """
threading.excepthook = lambda args: None
for n in range(4):
    other = interpreters.create(isolated={isolated})
    limited(other, BUSY, random.random() * 0.05)
time.sleep(random.random() * 0.05)
"""

# The first interruption imports modules, and threads that wait to import something while a process
# ends crash some CPythons (3.12).
ENDS_WHILE_INTERRUPTED = """
interpreter.interrupt()
threading.excepthook = lambda args: None
def run():
    while True:
        try:
            interpreter.exec(BEGUN + "for _ in range(1000): pass")
        except KeyboardInterrupt:
            pass
def interrupt():
    while True:
        interpreter.interrupt()
background(run)
os.read(reader, 1)
background(interrupt)
background(interrupt)
time.sleep(random.random() * 0.01)
"""

ENDS_IN_A_WAIT = """
queue = interpreters.create_queue()
interpreter.prepare_main(q=queue)
threading.excepthook = lambda args: None
limited(interpreter, "q.get()", random.random() * 0.02)
time.sleep(random.random() * 0.02)
"""

FORKS_WITH_LIMITS = """
limited(interpreter, BUSY, 1000)
pid = os.fork()
if pid == 0:
    assert interpreters.enumerate() == [interpreters.get_main()]
    own = interpreters.create(isolated={isolated})
    try:
        own.exec(BUSY, timeout=0.001)
    except TimeoutError:
        own.close()
        sys.exit(5)
assert os.waitpid(pid, 0)[1] == 5 << 8
threading.excepthook = lambda args: None
assert interpreter.interrupt()
while interpreter.is_running():
    time.sleep(0.001)
interpreter.exec("pass", timeout=1000)
"""


class Processes(ProcessTest):
    prologue = PROLOGUE

    def test_a_process_that_ends_with_limits(self):
        self.check(ENDS_WITH_LIMITS, times=2)

    def test_a_process_that_ends_while_code_is_interrupted(self):
        self.check(ENDS_WHILE_INTERRUPTED, times=3)

    def test_a_process_that_ends_while_a_wait_is_limited(self):
        self.check(ENDS_IN_A_WAIT, times=3)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "its malloc() keeps locks in the child")
    def test_a_process_that_forks_with_limits(self):
        self.check(FORKS_WITH_LIMITS)


if __name__ == "__main__":
    unittest.main()
