"""Signals while the main thread runs code in a subinterpreter: handled there and then.

Each test is a process of its own, whose main thread is the one that signals are for.
"""

import os
import unittest

import support

PROLOGUE = """
import os, signal, sys, threading, time
from interpreters import _interpreters as low

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
id = low.create(isolated={isolated})
reader, writer = os.pipe()
READY = "import os, time; os.write(" + str(writer) + ", b'x');"

def when_ready(action):
    "Call action() in another thread once the code in the interpreter says that it is running."
    def wait():
        os.read(reader, 1)
        action()
    threading.Thread(target=wait, daemon=True).start()

def send(number=signal.SIGINT):
    os.kill(os.getpid(), number)
"""

#: Runs until something stops it, but not for ever.
BUSY = "end = time.monotonic() + 60\\nwhile time.monotonic() < end: pass"

CTRL_C = """
when_ready(send)
try:
    low.run_string(id, READY + "{busy}")
except KeyboardInterrupt as error:
    assert "<string>" in str(error.__cause__), error.__cause__
    low.run_string(id, "left = end - time.monotonic(); assert left > 1, left")
    low.destroy(id)
    print("stopped")
"""

# The loop is in a function: 3.13 forgets that the loop is in a try statement (without us as well).
CAUGHT_THERE = """
when_ready(send)
low.run_string(id, "def busy():\\n    " + READY + '''
    {busy}
try:
    busy()
except KeyboardInterrupt:
    print("caught", flush=True)
'''.replace("\\nwhile", "\\n    while"))
"""

NESTED = """
when_ready(send)
other = low.create(isolated={isolated})
code = READY + "{busy}"
low.run_string(id, "import sys; sys.path[:] = " + repr(sys.path))
try:
    low.run_string(id, "from interpreters import _interpreters as low; low.run_string(%d, %r)" % (other, code))
except KeyboardInterrupt:
    assert not low.is_running(id) and not low.is_running(other)
    print("stopped")
"""

OWN_EXCEPTION = """
def handler(number, frame):
    assert low.get_current() == 0 and threading.current_thread() is threading.main_thread()
    raise TimeoutError("too long")
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    low.run_string(id, "import time; {busy}")
except TimeoutError as error:
    print(error)
"""

ONLY_NOTED = """
noted = []
def handler(number, frame):
    noted.append(low.get_current())
    low.run_string(other, "x = 1")
    try:
        low.run_string(id, "")
    except low.InterpreterError:
        os.write(end, b"x")
other = low.create()
stop, end = os.pipe()
signal.signal(signal.SIGTERM, handler)
when_ready(lambda: send(signal.SIGTERM))
low.run_string(id, READY + f'''
os.set_blocking({{stop}}, False)
while True:
    try:
        os.read({{stop}}, 1)
        break
    except BlockingIOError:
        pass
''')
print(noted)
"""

AFTER_THE_CALL = """
when_ready(send)
try:
    low.run_string(id, READY + "time.sleep(0.2)\\nwhile True: pass")
except KeyboardInterrupt:
    print("stopped")
"""

IN_DESTROY = """
low.run_string(id, "import threading, time; stop = False\\ndef wait():\\n    while not stop: time.sleep(0.01)")
low.run_string(id, "threading.Thread(target=wait).start()")
when_ready(send)
threading.Timer(0.05, os.write, (writer, b"x")).start()
try:
    low.destroy(id)
except KeyboardInterrupt:
    low.run_string(id, "stop = True")
    low.destroy(id)
    print("stopped")
"""

IN_ANOTHER_THREAD = """
thread = threading.Thread(target=low.run_string, args=(id, READY + "time.sleep(0.3)"))
thread.start()
os.read(reader, 1)
try:
    send()
    time.sleep(10)
except KeyboardInterrupt:
    thread.join()
    print("stopped")
"""

MANY = """
count = 0
def handler(number, frame):
    global count
    count += 1
    if count == 40:
        raise InterruptedError
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
try:
    while True:
        low.run_string(id, "for _ in range(10000): pass")
except InterruptedError:
    signal.setitimer(signal.ITIMER_REAL, 0)
    print("stopped")
"""


@unittest.skipIf(os.name == "nt", "there is no os.kill() for these signals")
class Signals(unittest.TestCase):
    def check(self, body, output="stopped\n"):
        for isolated in support.KINDS:
            with self.subTest(isolated=isolated):
                source = (PROLOGUE + body).replace("{isolated}", str(isolated))
                source = source.replace("{busy}", BUSY).replace("{{", "{").replace("}}", "}")
                source += "\nsys.exit(3)\n"
                self.assertEqual(support.run_process(source), (3, output, ""))

    def test_ctrl_c_stops_busy_code(self):
        self.check(CTRL_C)

    def test_the_code_can_catch_it(self):
        self.check(CAUGHT_THERE, "caught\n")

    def test_code_in_an_interpreter_in_an_interpreter(self):
        self.check(NESTED)

    def test_a_handler_with_an_exception_of_its_own(self):
        self.check(OWN_EXCEPTION, "too long\n")

    def test_a_handler_that_raises_nothing(self):
        self.check(ONLY_NOTED, "[0]\n")

    def test_a_call_into_c_is_finished_first(self):
        self.check(AFTER_THE_CALL)

    def test_destroy_that_waits_for_a_thread(self):
        self.check(IN_DESTROY)

    def test_code_in_another_thread_is_not_disturbed(self):
        self.check(IN_ANOTHER_THREAD)

    def test_many_signals_and_many_runs(self):
        self.check(MANY)

    def test_uncaught_it_ends_the_process_as_always(self):
        for isolated in support.KINDS:
            source = PROLOGUE.replace("{isolated}", str(isolated))
            source += f"when_ready(send)\nlow.run_string(id, READY + {BUSY!r})\n".replace(
                "\\\\n", "\\n"
            )
            status, output, errors = support.run_process(source)
            self.assertEqual((status, output), (-2, ""), errors)
            self.assertEqual(errors.rstrip().splitlines()[-1], "KeyboardInterrupt")


if __name__ == "__main__":
    unittest.main()
