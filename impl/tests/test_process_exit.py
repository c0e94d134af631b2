"""The end of a process that has interpreters: its exit status and its silence are kept."""

import sys
import unittest

import support

PROLOGUE = """
import atexit, os, sys, threading
from interpreters import _interpreters as low

def create():
    return low.create(isolated={isolated})

def in_daemon_thread(id, code):
    "Run code that reports when it is running, and come back then."
    reader, writer = os.pipe()
    code = f"import os; os.write({{writer}}, b'x')\\n" + code
    threading.Thread(target=low.run_string, args=(id, code), daemon=True).start()
    os.read(reader, 1)

BLOCK = "import time; time.sleep(1000)"
"""

IDLE = """
for _ in range(3):
    low.run_string(create(), "import threading, json")
"""

MADE_IN_A_THREAD = """
def make():
    low.run_string(create(), "import threading")
thread = threading.Thread(target=make)
thread.start()
thread.join()
"""

CALLBACKS = """
low.run_string(create(), "import atexit; atexit.register(print, 'one')")
low.run_string(create(), "import atexit; atexit.register(print, 'two')")
"""

JOINED = """
reader, writer = os.pipe()
id = create()
low.run_string(id, f'''
import os, threading
def wait():
    os.read({reader}, 1)
    print("joined", flush=True)
threading.Thread(target=wait).start()
''')
# After the first callbacks have begun: this one is registered last, so it is called first.
atexit.register(os.write, writer, b"x")
"""

THREAD_LEFT = """
low.run_string(create(), f'''
import _thread, time
_thread.start_new_thread(time.sleep, (1000,))
''')
"""

BLOCKED_RUN = """
in_daemon_thread(create(), BLOCK)
"""

BUSY_RUN = """
in_daemon_thread(create(), "while True: pass")
"""

# Threads ask for the GIL while the main thread, in C, hears nothing, and have ended when it does.
ASKED_BY_NOBODY = """
import time
try:
    import ctypes
except ImportError:
    sys.exit(3)
atexit.register(ctypes.PyDLL(None).usleep, 30000)
in_daemon_thread(create(), "while True: pass")
def busy():
    while True:
        pass
threading.Thread(target=busy, daemon=True).start()
time.sleep(0.05)
sys.last_value = [[] for _ in range(2000000)]  # freed soon after the threads have to end
"""

# The main thread, in C until threads have to end, then frees what is local to a thread, and so gives
# up the GIL: somebody has asked for it who may not be there any more.
ASKED_AND_GIVEN_LATE = """
import time
local = threading.local()
class Late:
    sleep = time.sleep
    def __del__(self):
        self.sleep(0.05)
def busy():
    local.late = Late()
    low.run_string(create(), f"import os; os.write({writer}, b'x')\\nwhile True: pass")
reader, writer = os.pipe()
threading.Thread(target=busy, daemon=True).start()
os.read(reader, 1)
time.sleep(0.1)
"""

# Uses static types and what else CPython has once for all interpreters.
AT_WORK = """
code = '''if True:
    while True:
        class Spam(ValueError): pass
        try: raise Spam(str(2.5), sorted(set('eggs')))
        except Spam as error: repr(error)
        exec(compile('x = [i for i in range(3)]', '', 'exec'), {})
'''
for _ in range(3):
    in_daemon_thread(create(), code)
"""

LEAKED = """
id = create()
kept = low.run_string_unrestricted(id, '''
import threading
class Class:
    def method(self):
        return [self]
def function():
    return Class()
values = [function(), {1: Class}, function().method]
''', {"sys": sys})
others = list(kept.values())
low.destroy(id)
still = low.run_string_unrestricted(create(), "class Class: pass\\nvalue = Class()")
atexit.register(lambda: kept["function"]().method())
"""

ORPHANS = """
id = create()
low.run_string(id, f'''
import sys; sys.path[:] = {sys.path!r}
from interpreters import _interpreters as low
low.create()
low.create(isolated={isolated})
''')
low.destroy(id)
"""

TOO_LATE = """
def create_too_late():
    try:
        low.create()
    except low.InterpreterError as error:
        print(error)
id = create()
"""


class ProcessExit(unittest.TestCase):
    def check(self, body, output="", status=3, prologue=PROLOGUE, kinds=support.KINDS, options=()):
        for isolated in kinds:
            with self.subTest(isolated=isolated):
                source = prologue.format(isolated=isolated) + body.replace(
                    "{isolated}", str(isolated)
                )
                source += f"\nsys.exit({status})\n"
                done = support.run_process(source, options=options)
                self.assertEqual(done, (status, output, ""))

    def test_idle_interpreters(self):
        self.check(IDLE)

    def test_interpreters_made_in_a_thread_that_has_ended(self):
        self.check(MADE_IN_A_THREAD)

    def test_atexit_callbacks_of_interpreters_are_called(self):
        self.check(CALLBACKS, "one\ntwo\n")

    def test_threads_of_interpreters_are_joined(self):
        self.check(JOINED, "joined\n")

    def test_a_thread_that_cannot_be_joined(self):
        self.check(THREAD_LEFT)

    def test_an_interpreter_that_a_daemon_thread_is_blocked_in(self):
        self.check(BLOCKED_RUN)

    def test_an_interpreter_that_a_daemon_thread_is_busy_in(self):
        self.check(BUSY_RUN)

    @unittest.skipIf(sys.platform == "win32", "no usleep()")
    def test_who_asked_for_the_gil_has_ended(self):
        self.check(ASKED_BY_NOBODY)

    def test_who_waits_for_the_gil_gets_it_late(self):
        last = "import atexit; atexit.register(sum, range(3000000))\n"
        overwrite_what_is_freed = ("-X", "dev")
        self.check(ASKED_AND_GIVEN_LATE, prologue=last + PROLOGUE, options=overwrite_what_is_freed)

    def test_interpreters_that_daemon_threads_are_at_work_in(self):
        self.check(AT_WORK)

    def test_objects_that_have_leaked(self):
        self.check(LEAKED, kinds=(False,))

    def test_interpreters_whose_creator_is_gone(self):
        self.check(ORPHANS)

    def test_creating_one_more_is_refused(self):
        first = "import atexit; atexit.register(lambda: create_too_late())\n"
        self.check(
            TOO_LATE,
            "no interpreter could be created: the process is ending\n",
            prologue=first + PROLOGUE,
        )

    def test_a_process_that_imports_the_module_in_a_subinterpreter_only(self):
        name = support.foreign().__name__
        source = f"""
import sys, {name} as foreign
id = foreign.create()
foreign.run_string(id, '''if True:
    import sys; sys.path[:] = {sys.path!r}
    from interpreters import _interpreters as low
    low.run_string(low.create(), "import atexit; atexit.register(print, 'called', flush=True)")
''')
foreign.destroy(id)
sys.exit(3)
"""
        self.assertEqual(support.run_process(source), (3, "called\n", ""))

    def test_sys_exit_in_an_interpreter_ends_the_process(self):
        for isolated in support.KINDS:
            source = PROLOGUE.format(isolated=isolated)
            source += "low.run_string(create(), 'import sys; sys.exit(7)')"
            self.assertEqual(support.run_process(source), (7, "", ""))

    def test_an_uncaught_exception_shows_both_sides(self):
        source = PROLOGUE.format(isolated=False)
        source += "low.run_string(create(), 'def there(): 1/0\\nthere()')"
        status, output, errors = support.run_process(source)
        self.assertEqual((status, output), (1, ""))
        self.assertIn("in there", errors)
        self.assertIn("The above exception was the direct cause", errors)
        self.assertEqual(errors.rstrip().splitlines()[-1], "ZeroDivisionError: division by zero")

    def test_a_caught_keyboard_interrupt_is_over(self):
        source = PROLOGUE.format(isolated=False)
        source += """
try:
    low.run_string(create(), "raise KeyboardInterrupt")
except KeyboardInterrupt:
    sys.exit(3)
"""
        self.assertEqual(support.run_process(source), (3, "", ""))


if __name__ == "__main__":
    unittest.main()
