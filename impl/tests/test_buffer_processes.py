"""Processes that end or fork while several interpreters see the same memory."""

import os
import unittest

from support import ProcessTest

PROLOGUE = """
import atexit, gc, os, sys, threading, time
import interpreters

def create(**names):
    interpreter = interpreters.create(isolated={isolated})
    interpreter.prepare_main(names)
    return interpreter

queue = interpreters.create_queue()
memory = bytearray(b"x" * 1000)
other = create(q=queue, view=memoryview(memory))
other.exec("memory = bytearray(b'y' * 1000); q.put(memoryview(memory))")
view = queue.get()

def background(function, *args):
    threading.Thread(target=function, args=args, daemon=True).start()
"""

HERE_AND_THERE = ""

IN_A_QUEUE = """
other.exec("q.put(memoryview(memory)); q.put(bytes(1000000))")
queue.put(memoryview(memory))
"""

OF_ONE_DESTROYED = """
other.close()
assert view[0] == ord("y")
"""

IN_ANOTHER = """
third = create(view=view)
other.exec("q.put(memoryview(memory))")
fourth = create(q=queue)
fourth.exec("view = q.get(); q.put(view)")
"""

DROPPED_AT_EXIT = """
atexit.register(lambda: globals().pop("view"))
atexit.register(lambda: globals().pop("queue"))
queue.put(memoryview(memory))
"""

DROPPED_BY_THE_OTHERS_EXIT = """
other.exec("import atexit\\natexit.register(lambda: globals().pop('view', None))")
other.exec("atexit.register(print, 'once', flush=True)")
"""

OF_ONE_THAT_IS_BUSY = """
reader, writer = os.pipe()
background(other.exec, f"import os; os.write({writer}, b'x')\\nwhile True: pass")
os.read(reader, 1)
"""

OF_ONE_THAT_WAITS = """
reader, writer = os.pipe()
background(other.exec, f"import os; os.write({writer}, b'x')\\nq.get()")
os.read(reader, 1)
"""

BY_THREADS = """
def work():
    while True:
        queue.put(memoryview(memory))
        queue.get()
def work_there():
    other.exec("while True: q.put(memoryview(memory)); q.get()")
background(work)
background(work)
background(work_there)
time.sleep(0.01)
"""

FINALIZERS = """
class Last:
    def __init__(self): self.view = view
    def __del__(self): del self.view
sys.kept = Last()
sys.kept.cycle = sys.kept
other.exec("class Last:\\n def __init__(self): self.view = view\\n def __del__(self): del self.view\\n"
           "import sys; sys.kept = Last(); sys.kept.cycle = sys.kept")
"""

CYCLE = """
pair = [create(q=queue) for _ in range(2)]
for each in pair:
    each.exec("memory = bytearray(10); q.put(memoryview(memory))")
for each in pair[::-1]:
    each.exec("view = q.get()")
"""


FORK = """
third = create(q=queue)
third.exec("memory = bytearray(b'z' * 10); q.put(memoryview(memory))")
kept = queue.get()
third.close()
queue.put(memoryview(memory))
other.exec("q.put(memoryview(memory))")
pid = os.fork()
if pid == 0:
    assert view[0] == ord("y") and kept[0] == ord("z")
    view[1] = 0
    mine, theirs = queue.get(), queue.get()
    assert mine[0] == ord("x") and theirs[0] == ord("y"), (mine[0], theirs[0])
    del mine, theirs, view, kept
    gc.collect()
    own = create(view=memoryview(memory))
    own.exec("assert view[0] == ord('x')")
    own.close()
    sys.exit(5)
assert os.waitpid(pid, 0)[1] == 5 << 8
assert view[1] == ord("y")
mine, theirs = queue.get(), queue.get()
del mine, theirs, view, kept
other.exec("del view\\nfor _ in range(1000): pass\\nmemory.append(0)")
for _ in range(1000): pass
memory.append(0)
"""

FORKS_WHILE_OTHERS_WORK = """
third = create(q=queue)
background(third.exec, "memory = bytearray(8)\\nwhile True: q.put(memoryview(memory)); q.get()")
background(other.exec, "while True: q.put(memoryview(memory)); q.get()")
for _ in range(5):
    pid = os.fork()
    if pid == 0:
        del view
        gc.collect()
        while not queue.empty():
            queue.get()
        os._exit(5)
    assert os.waitpid(pid, 0)[1] == 5 << 8
"""


class Processes(ProcessTest):
    prologue = PROLOGUE

    def test_views_here_and_there(self):
        self.check(HERE_AND_THERE)

    def test_views_in_a_queue(self):
        self.check(IN_A_QUEUE)

    def test_views_of_one_destroyed(self):
        self.check(OF_ONE_DESTROYED)

    def test_views_in_another(self):
        self.check(IN_ANOTHER)

    def test_views_dropped_at_exit(self):
        self.check(DROPPED_AT_EXIT)

    def test_views_dropped_by_the_others_exit(self):
        self.check(DROPPED_BY_THE_OTHERS_EXIT, "once\n")

    def test_the_callbacks_of_one_destroyed_are_not_called_again(self):
        self.check(DROPPED_BY_THE_OTHERS_EXIT + OF_ONE_DESTROYED, "once\n")

    def test_views_of_one_that_is_busy(self):
        self.check(OF_ONE_THAT_IS_BUSY)

    def test_views_of_one_that_waits(self):
        self.check(OF_ONE_THAT_WAITS)

    def test_views_that_threads_work_with(self):
        self.check(BY_THREADS, times=3)

    def test_views_of_finalizers(self):
        self.check(FINALIZERS)

    def test_a_cycle_of_interpreters(self):
        self.check(CYCLE)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "its malloc() keeps locks in the child")
    def test_a_fork_with_views_here_and_there(self):
        self.check(FORK)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "its malloc() keeps locks in the child")
    def test_forks_while_others_work_with_views(self):
        self.check(FORKS_WHILE_OTHERS_WORK)


if __name__ == "__main__":
    unittest.main()
