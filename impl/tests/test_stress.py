"""Everything at once: eight threads do at random what can be done with interpreters.

For a few seconds; INTERPRETERS_STRESS_SECONDS says for how many.
"""

import os
import random
import threading
import time
import unittest

from interpreters import _interpreters
from support import KINDS, InterpreterTest

SECONDS = float(os.environ.get("INTERPRETERS_STRESS_SECONDS", "2"))
THREADS = 8

#: What the code of a run does; each ends by itself.
CODES = (
    "x = 1",
    "import json, threading; json.dumps([1, {}])",
    "1/0",
    "def f(:",
    "raise SystemExit(3)",
    "import threading; t = threading.Thread(target=int); t.start(); t.join()",
    "import atexit; atexit.register(int)",
    "sum(i * i for i in range(20000))",
    "class E(Exception): pass\nraise E([1], {2: 3}) from ValueError()",
    "import sys; del sys.modules['threading']",
)


def last_of_chain(error):
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return error


class Stress(InterpreterTest):
    def setUp(self):
        super().setUp()
        self.end = time.monotonic() + SECONDS
        self.ids = []
        self.done = 0
        self.errors = []

    def operate(self, choose):
        ids = self.ids
        operation = choose.randrange(12)
        id = choose.choice(ids) if ids else -1
        if operation < 3 and len(ids) < 24:
            kind, site = choose.choice(KINDS), choose.random() < 0.8
            ids.append(_interpreters.create(isolated=kind, site=site))
        elif operation < 8:
            _interpreters.run_string(id, choose.choice(CODES))
        elif operation < 9:
            _interpreters.enumerate()
        elif operation < 10:
            _interpreters.is_running(id)
        elif operation < 11:
            _interpreters.destroy(id)
            ids.remove(id)
        elif KINDS == (False,) or choose.random() < 0.1:
            _interpreters.run_string_unrestricted(id, "y = 2", {"z": 3})

    def work(self, seed):
        choose = random.Random(seed)
        while time.monotonic() < self.end and not self.errors:
            try:
                self.operate(choose)
            except (Exception, SystemExit) as error:
                # What the code raises; else only refusals are to be expected.
                remote = isinstance(last_of_chain(error), _interpreters.RemoteTraceback)
                if not remote and not isinstance(error, _interpreters.InterpreterError):
                    self.errors.append(error)
            self.done += 1

    def test_eight_threads(self):
        seed = random.randrange(1 << 32)
        threads = [threading.Thread(target=self.work, args=(seed + n,)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.errors, [], f"seed {seed}")
        for id in set(self.ids):
            try:
                _interpreters.destroy(id)
            except _interpreters.InterpreterNotFoundError:
                pass
        self.assertGreater(self.done, THREADS)


if __name__ == "__main__":
    unittest.main()
