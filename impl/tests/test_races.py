"""OS threads that create, run, list and destroy at the same time."""

import sys
import threading
import time
import unittest

from interpreters import _interpreters
from support import KINDS, InterpreterTest

ROUNDS = 6


def give_way():
    """Let go of the GIL: from 3.9 to 3.12 busy code keeps a shared one from other interpreters."""
    time.sleep(0)


class Races(InterpreterTest):
    def run_all(self, *functions):
        """Run the functions in OS threads, and raise what one of them raises."""
        errors = []

        def guarded(function):
            try:
                function()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=guarded, args=(each,)) for each in functions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for error in errors:
            raise error

    def test_listing_while_others_create_and_destroy(self):
        left = [len(KINDS) * 2]
        lock = threading.Lock()

        def churn(isolated):
            try:
                for _ in range(ROUNDS):
                    id = _interpreters.create(isolated=isolated)
                    assert id in _interpreters.enumerate(), id
                    _interpreters.run_string(id, "x = 1")
                    _interpreters.destroy(id)
                    assert id not in _interpreters.enumerate(), id
            finally:
                with lock:
                    left[0] -= 1

        def watch():
            while left[0]:
                give_way()
                ids = _interpreters.enumerate()
                assert ids == sorted(set(ids)) and ids[0] == 0, ids
                for id in ids:
                    try:
                        _interpreters.is_running(id)
                    except _interpreters.InterpreterNotFoundError:
                        pass

        churners = [lambda kind=kind: churn(kind) for kind in KINDS * 2]
        self.run_all(watch, watch, *churners)

    def test_all_at_one_interpreter(self):
        """Many want to run in it, one wants to destroy it: each call succeeds or says why not."""
        for isolated in KINDS:
            for _ in range(ROUNDS):
                id = _interpreters.create(isolated=isolated)
                _interpreters.run_string(id, "import threading; count = 0")

                def use(id=id):
                    for _ in range(50):  # and not longer: they may never let the other in
                        try:
                            _interpreters.run_string(id, "count += 1")
                        except _interpreters.InterpreterNotFoundError:
                            break
                        except _interpreters.InterpreterError:
                            give_way()

                def end(id=id):
                    while True:
                        try:
                            return _interpreters.destroy(id)
                        except _interpreters.InterpreterNotFoundError:
                            raise
                        except _interpreters.InterpreterError:
                            give_way()

                self.run_all(use, use, use, end)

    def test_nobody_enters_an_interpreter_that_is_being_made(self):
        highest = max(_interpreters.enumerate())
        done = []

        def create():
            try:
                made = [_interpreters.create(isolated=kind) for kind in KINDS * ROUNDS]
                for id in made:
                    _interpreters.destroy(id)
            finally:
                done.append(True)

        def guess():
            while not done:
                for id in range(highest, highest + 100):
                    give_way()
                    try:
                        _interpreters.run_string(id, "import sys; sys.modules['site']")
                        break
                    except _interpreters.InterpreterError:
                        pass

        def guarded_create():
            try:
                create()
            except _interpreters.InterpreterError:
                pass  # a guess was running in one that was to be destroyed

        self.run_all(guarded_create, guess, guess)
        for id in _interpreters.enumerate():
            if id not in self.before:
                _interpreters.destroy(id)

    def test_interpreters_that_call_each_other(self):
        """Threads that go through chains of interpreters in opposite orders never wait for ever."""
        for isolated in KINDS:
            ids = [_interpreters.create(isolated=isolated) for _ in range(3)]
            for id in ids:
                code = f"import sys; sys.path[:] = {sys.path!r}\n"
                code += "from interpreters import _interpreters as low"
                _interpreters.run_string(id, code)

            def chain(order):
                code = ""
                for id in reversed(order):
                    code = f"low.run_string({id}, {code!r})"
                for _ in range(20):
                    try:
                        exec(code, {"low": _interpreters})
                    except _interpreters.InterpreterError as error:
                        assert "already running" in str(error), error

            self.run_all(lambda: chain(ids), lambda: chain(ids[::-1]), lambda: chain(ids[1:]))
            for id in ids:
                _interpreters.destroy(id)


if __name__ == "__main__":
    unittest.main()
