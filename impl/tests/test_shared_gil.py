"""Interpreters that share a GIL take turns: what is busy in one lets the others run.

How often they get to run is not measured, only that they do.
"""

import os
import sys
import threading
import time
import unittest

from interpreters import _interpreters
from support import InterpreterTest

PREPARE = f"import sys; sys.path[:] = {sys.path!r}; import os, threading, time"

#: Counts how often it gets to run after it has let go of the GIL, until told to stop.
TICK = """
ticks = 0
os.set_blocking({stop}, False)
while True:
    time.sleep(0.001)
    ticks += 1
    try:
        os.read({stop}, 1)
        break
    except BlockingIOError:
        pass
"""

#: Is busy until told to stop, with a way to be told that takes no GIL from anybody.
BUSY = """
end = time.monotonic() + {seconds}
while time.monotonic() < end:
    pass
"""


class SharedGil(InterpreterTest):
    def start(self, id, code):
        thread = threading.Thread(target=_interpreters.run_string, args=(id, code))
        thread.start()
        return thread

    def create(self):
        id = _interpreters.create()
        self.addCleanup(_interpreters.destroy, id)
        _interpreters.run_string(id, PREPARE)
        return id

    def check_nothing_left(self):
        pass  # the cleanups above come later

    def count_here(self, thread):
        ticks = 0
        while thread.is_alive():
            time.sleep(0.001)
            ticks += 1
        return ticks

    def test_busy_code_lets_the_main_interpreter_run(self):
        thread = self.start(self.create(), BUSY.format(seconds=0.5))
        self.assertGreater(self.count_here(thread), 5)

    def test_busy_code_of_several(self):
        ids = [self.create() for _ in range(3)]
        threads = [self.start(id, BUSY.format(seconds=0.5)) for id in ids]
        self.assertGreater(self.count_here(threads[0]), 3)
        for thread in threads:
            thread.join()

    def test_busy_code_in_the_main_interpreter_lets_others_run(self):
        stop, stopping = self.pipe()
        id = self.create()
        thread = self.start(id, TICK.format(stop=stop))
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            pass
        os.write(stopping, b"x")
        thread.join()
        _interpreters.run_string(id, "assert ticks > 5, ticks")

    def test_busy_code_in_one_lets_another_run(self):
        stop, stopping = self.pipe()
        one, two = self.create(), self.create()
        thread = self.start(one, TICK.format(stop=stop))
        busy = self.start(two, BUSY.format(seconds=0.5))
        busy.join()
        os.write(stopping, b"x")
        thread.join()
        _interpreters.run_string(one, "assert ticks > 5, ticks")

    def test_a_busy_thread_that_a_run_has_left_behind(self):
        id = self.create()
        code = f"def busy():\n    {BUSY.format(seconds=0.5).strip()}"
        code = code.replace("\nwhile", "\n    while").replace("\n    pass", "\n        pass")
        _interpreters.run_string(
            id, code + "\nthread = threading.Thread(target=busy); thread.start()"
        )
        end, ticks = time.monotonic() + 0.4, 0
        while time.monotonic() < end:
            time.sleep(0.001)
            ticks += 1
        _interpreters.run_string(id, "thread.join()")
        self.assertGreater(ticks, 5)


if __name__ == "__main__":
    unittest.main()
