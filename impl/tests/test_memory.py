"""What many calls leave behind: nothing that grows."""

import gc
import sys
import threading
import unittest

from interpreters import _interpreters
from support import KINDS, InterpreterTest


def objects():
    """How many objects there are that the collector knows, once it has collected."""
    for _ in range(3):
        gc.collect()
    return len(gc.get_objects())


class Memory(InterpreterTest):
    def check(self, function, cycles=30):
        """Objects do not grow with the number of calls, once all caches are warm."""
        growth = []
        while len(growth) < 3:
            before = objects()
            for _ in range(cycles):
                function()
            growth.append(objects() - before)
            if growth[-1] < cycles:
                return
        self.fail(f"objects grow in {cycles} calls by {growth}")

    def raise_and_catch(self, id, code):
        try:
            _interpreters.run_string(id, code)
        except BaseException:
            pass

    def test_cycles_of_an_interpreter(self):
        for isolated in KINDS:

            def cycle(isolated=isolated):
                id = _interpreters.create(isolated=isolated)
                _interpreters.run_string(id, "x = [1]")
                _interpreters.destroy(id)

            self.check(cycle, 10)

    def test_runs(self):
        for isolated in KINDS:
            id = _interpreters.create(isolated=isolated)
            self.check(lambda id=id: _interpreters.run_string(id, "x = 1"), 200)
            _interpreters.destroy(id)

    def test_runs_in_ever_new_threads(self):
        for isolated in KINDS:
            id = _interpreters.create(isolated=isolated)
            _interpreters.run_string(id, "import threading")

            def run(id=id):
                thread = threading.Thread(target=_interpreters.run_string, args=(id, "x = 1"))
                thread.start()
                thread.join()

            self.check(run)
            code = "assert threading.active_count() == 1, threading.enumerate()"
            _interpreters.run_string(id, code)
            _interpreters.destroy(id)

    def test_exceptions(self):
        for code in (
            "raise ValueError('text', [1])",
            "class E(OSError): pass\nraise E(2, 'text', 'name')",
            "try: 1/0\nexcept Exception as e: raise KeyError from e",
            "raise SystemExit(1)",
            "def f(:",
        ):
            for isolated in KINDS:
                id = _interpreters.create(isolated=isolated)
                self.check(lambda id=id, code=code: self.raise_and_catch(id, code))
                _interpreters.destroy(id)

    def test_calls_that_are_refused(self):
        class Index:
            def __index__(self):
                raise KeyError

        refused = [
            (_interpreters.run_string, "0", ""),
            (_interpreters.run_string, 0, ""),
            (_interpreters.run_string, 10**30, ""),
            (_interpreters.run_string, 0, "\0"),
            (_interpreters.run_string, 0, "\udc80"),
            (_interpreters.run_string_unrestricted, 0, "", []),
            (_interpreters.destroy, 0),
            (_interpreters.destroy, Index()),
            (_interpreters.is_running, 9999),
        ]

        def refuse_all():
            for function, *args in refused:
                with self.assertRaises(Exception):
                    function(*args)

        self.check(refuse_all)
        arguments = [10**30, "text", {}]
        counts = [sys.getrefcount(each) for each in arguments]
        for _ in range(50):
            with self.assertRaises(_interpreters.InterpreterNotFoundError):
                _interpreters.run_string_unrestricted(*arguments)
        self.assertEqual([sys.getrefcount(each) for each in arguments], counts)

    def test_lists(self):
        self.check(_interpreters.enumerate, 200)

    def test_importing_again(self):
        def again():
            names = [name for name in sys.modules if name.startswith("interpreters")]
            saved = {name: sys.modules.pop(name) for name in names}
            try:
                __import__("interpreters")
            finally:
                sys.modules.update(saved)

        self.check(again, 20)


if __name__ == "__main__":
    unittest.main()
