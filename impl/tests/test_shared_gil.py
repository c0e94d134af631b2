"""Interpreters that share a GIL take turns: what is busy in one lets the others run.

How often they get to run is not measured, only that they do: what is busy is so until another has
had its turns, and gives up after PATIENCE seconds, which only starvation lasts.
"""

import sys
import tempfile
import threading
import unittest

from interpreters import _interpreters
from support import InterpreterTest

PATIENCE = 60
TURNS = 10

#: The byte that tells what is busy to end: nobody gives up a GIL to look at it.
PREPARE = f"""
import sys
sys.path[:] = {sys.path!r}
import mmap, threading, time
file = open({{name!r}}, "r+b")
told = mmap.mmap(file.fileno(), 1)
"""

BUSY = f"""
end = time.monotonic() + {PATIENCE}
while not told[0] and time.monotonic() < end:
    pass
assert told[0], "nobody had a turn"
"""

#: Lets go of the GIL and gets it back, and tells what is busy when that has been often enough.
TAKE_TURNS = f"""
for _ in range({TURNS}):
    time.sleep(0.001)
told[0] = 1
"""


class SharedGil(InterpreterTest):
    def setUp(self):
        super().setUp()
        file = tempfile.NamedTemporaryFile()
        self.addCleanup(file.close)
        file.write(b"\0")
        file.flush()
        self.prepare = PREPARE.format(name=file.name)
        self.here = {}
        exec(self.prepare, self.here)
        self.addCleanup(self.here["file"].close)
        self.addCleanup(self.here["told"].close)
        self.failures = []

    def create(self):
        id = _interpreters.create()
        self.addCleanup(_interpreters.destroy, id)
        _interpreters.run_string(id, self.prepare)
        self.addCleanup(_interpreters.run_string, id, "told.close(); file.close()")
        return id

    def check_nothing_left(self):
        pass  # the cleanups above come later

    def start(self, id, code):
        def run():
            try:
                _interpreters.run_string(id, code)
            except Exception as error:
                self.failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def end(self, *threads):
        for thread in threads:
            thread.join()
        self.assertEqual(self.failures, [])

    def test_busy_code_lets_the_main_interpreter_run(self):
        thread = self.start(self.create(), BUSY)
        exec(TAKE_TURNS, self.here)
        self.end(thread)

    def test_busy_code_of_several(self):
        ids = [self.create() for _ in range(3)]
        threads = [self.start(id, BUSY) for id in ids]
        exec(TAKE_TURNS, self.here)
        self.end(*threads)

    def test_busy_code_in_the_main_interpreter_lets_others_run(self):
        thread = self.start(self.create(), TAKE_TURNS)
        exec(BUSY, self.here)
        self.end(thread)

    def test_busy_code_in_one_lets_another_run(self):
        one, two = self.create(), self.create()
        busy = self.start(two, BUSY)
        thread = self.start(one, TAKE_TURNS)
        self.end(busy, thread)

    def test_a_busy_thread_that_a_run_has_left_behind(self):
        id = self.create()
        body = BUSY.strip().replace("\n", "\n    ")
        code = f"def busy():\n    {body}\nthread = threading.Thread(target=busy); thread.start()"
        _interpreters.run_string(id, code)
        exec(TAKE_TURNS, self.here)
        _interpreters.run_string(id, "thread.join()")


if __name__ == "__main__":
    unittest.main()
