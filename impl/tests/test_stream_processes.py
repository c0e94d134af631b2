"""Processes that end or fork while what an interpreter writes is passed to an object."""

import os
import unittest

from support import ProcessTest

PROLOGUE = """
import atexit, os, sys, threading, time
import interpreters

reader, writer = os.pipe()
BEGUN = "import os; os.write(%d, b'x')\\n" % writer

def create(sink):
    interpreter = interpreters.create(isolated={isolated})
    interpreter.redirect(stdout=sink, stderr=sink)
    return interpreter

def background(function, *args):
    threading.Thread(target=function, args=args, daemon=True).start()

class Sink:
    def __init__(self): self.got = []
    def write(self, text): self.got.append(text)
sink = Sink()
"""

IDLE = """
create(sink).exec("print('spam', end='')")
"""

CALLBACKS = """
one = create(print)
one.exec("import atexit; atexit.register(print, 'spam'); atexit.register(print, 'eggs', end='')")
"""

WRITES_ALL_THE_TIME = """
for _ in range(2):
    background(create(sink).exec, BEGUN + "while True: print('spam')")
    os.read(reader, 1)
time.sleep(0.01)
"""

THREADS_LEFT = """
one = create(sink)
one.exec(BEGUN + '''if True:
    import _thread
    def work():
        while True: print("spam")
    for _ in range(3): _thread.start_new_thread(work, ())
''')
time.sleep(0.01)
"""

TO_ANOTHER = """
one = interpreters.create(isolated={isolated})
other = interpreters.create(isolated={isolated})
one.prepare_main(other=other)
one.exec("got = []; other.redirect(stdout=got.append)")
background(other.exec, BEGUN + "while True: print('spam')")
os.read(reader, 1)
time.sleep(0.01)
"""

BLOCKED_IN_THE_OBJECT = """
class Blocked:
    def write(self, text): os.write(writer, b"x"); time.sleep(1000)
background(create(Blocked()).exec, "print('spam')")
os.read(reader, 1)
"""

FINALIZERS = """
one = create(sink)
one.exec('''if True:
    import sys
    class Last:
        def __init__(self, stream): self.stream = stream
        def __del__(self):
            try: self.stream.write("line\\\\nrest")
            except BaseException: pass
    last = Last(sys.stdout)
    sys.kept = Last(sys.stdout)
    sys.kept.cycle = sys.kept
''')
"""

LATE_CALLBACK = """
import atexit
one = create(sink)
def late():
    one.exec("print('late')")
    print(sink.got)
atexit.register(late)
"""

FORKS = """
seen = []
def fork(text):
    seen.append(text)
    pid = os.fork()
    if pid == 0:
        os._exit(5)
    assert os.waitpid(pid, 0)[1] == 5 << 8
one = create(fork)
one.exec("print('spam')")
one.exec("print('eggs')")
assert seen == ["spam\\n", "eggs\\n"], seen
"""

FORKS_WHILE_OTHERS_WRITE = """
background(create(sink).exec, BEGUN + "while True: print('spam')")
os.read(reader, 1)
for _ in range(5):
    pid = os.fork()
    if pid == 0:
        own = create(sink)
        sink.got.clear()
        own.exec("print('child')")
        assert sink.got == ["child\\n"], sink.got
        own.close()
        os._exit(5)
    assert os.waitpid(pid, 0)[1] == 5 << 8
"""

CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
def interrupt():
    os.read(reader, 1)
    time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)
for _ in range(10):
    background(interrupt)
    one = create(sink)
    try:
        one.exec(BEGUN + "while True: print('spam')")
    except KeyboardInterrupt:
        pass
    one.exec("print('still there')")
    assert sink.got[-1] == "still there\\n"
    one.close()
"""


class Processes(ProcessTest):
    prologue = PROLOGUE

    def test_an_idle_interpreter(self):
        self.check(IDLE)

    def test_callbacks_print(self):
        self.check(CALLBACKS, "eggsspam\n\n")

    def test_an_interpreter_writes_all_the_time(self):
        self.check(WRITES_ALL_THE_TIME, times=4)

    def test_threads_left_write_all_the_time(self):
        self.check(THREADS_LEFT, times=4)

    def test_to_another_interpreter(self):
        self.check(TO_ANOTHER, times=4)

    def test_a_thread_is_blocked_in_the_object(self):
        self.check(BLOCKED_IN_THE_OBJECT)

    def test_finalizers_print(self):
        self.check(FINALIZERS)

    def test_code_is_run_by_a_late_callback(self):
        self.check(LATE_CALLBACK, "['late\\n']\n")

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "its malloc() keeps locks in the child")
    def test_the_object_forks(self):
        self.check(FORKS)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "its malloc() keeps locks in the child")
    def test_forks_while_others_write(self):
        self.check(FORKS_WHILE_OTHERS_WRITE)

    def test_ctrl_c_while_text_is_passed_on(self):
        self.check(CTRL_C)


if __name__ == "__main__":
    unittest.main()
