"""What many calls leave behind: nothing that grows.

What can be counted depends on the CPython.  The objects that the collector knows are counted on
every one; a debug build knows the number of all references in the process as well, and so sees
every reference that is forgotten.  What is in memory of malloc, as an exception is on its way from
one interpreter to another, shows in the resident memory of the process, if it is big enough.
"""

import os
import sys
import sysconfig
import threading
import unittest

from interpreters import _interpreters
from support import KINDS, InterpreterTest, counts, resident

#: Every class, function and module is immortal there, once a thread was started (gh-117783).
IMMORTAL = sysconfig.get_config_var("Py_GIL_DISABLED") and sys.version_info < (3, 14)


class Memory(InterpreterTest):
    def check(self, function, cycles=30, inside=()):
        """Nothing grows with the number of calls, once all caches are warm; *inside* are the
        interpreters in which garbage may be left."""
        growth = []
        while len(growth) < 3:
            before = counts(inside)
            for _ in range(cycles):
                function()
            growth.append([now - then for now, then in zip(counts(inside), before)])
            if max(growth[-1]) < cycles:
                return
        self.fail(f"objects and references grow in {cycles} calls by {growth}")

    def check_resident(self, function, size, cycles=100):
        """The process does not grow by the *size* of what each call handles."""
        for _ in range(10):
            function()
        before = resident()
        for _ in range(cycles):
            function()
        self.assertLess(resident() - before, size * cycles // 4)

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

            self.check(cycle)

    def test_cycles_of_an_interpreter_without_site(self):
        for isolated in KINDS:

            def cycle(isolated=isolated):
                _interpreters.destroy(_interpreters.create(isolated=isolated, site=False))

            self.check(cycle)

    def test_runs(self):
        for isolated in KINDS:
            id = _interpreters.create(isolated=isolated)
            self.check(lambda id=id: _interpreters.run_string(id, "x = 1"), 200, [id])
            _interpreters.destroy(id)

    def test_runs_that_return_the_namespace(self):
        id = _interpreters.create()
        given = {"name": object()}

        def run():
            _interpreters.run_string_unrestricted(id, "other = name", given)["other"]

        self.check(run, 100, [id])
        _interpreters.destroy(id)

    def test_runs_in_ever_new_threads(self):
        for isolated in KINDS:
            id = _interpreters.create(isolated=isolated)
            _interpreters.run_string(id, "import threading")

            def run(id=id):
                thread = threading.Thread(target=_interpreters.run_string, args=(id, "x = 1"))
                thread.start()
                thread.join()

            self.check(run, 30, [id])
            code = "assert threading.active_count() == 1, threading.enumerate()"
            _interpreters.run_string(id, code)
            _interpreters.destroy(id)

    def test_exceptions(self):
        for code in (
            "raise ValueError('text', [1])",
            *([] if IMMORTAL else ["class E(OSError): pass\nraise E(2, 'text', 'name')"]),
            "try: 1/0\nexcept Exception as e: raise KeyError from e",
            "raise SystemExit(1)",
            "def f(:",
        ):
            for isolated in KINDS:
                id = _interpreters.create(isolated=isolated)
                self.check(lambda id=id, code=code: self.raise_and_catch(id, code), 30, [id])
                _interpreters.destroy(id)

    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "AddressSanitizer keeps what is freed")
    def test_big_exceptions_and_big_commands(self):
        size = 1 << 20
        id = _interpreters.create()
        comment = "#" * size
        message = f"raise ValueError('*' * {size})"
        self.check_resident(lambda: self.raise_and_catch(id, message), size)
        self.check_resident(lambda: _interpreters.run_string(id, comment), size)
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

    def test_questions(self):
        id = _interpreters.create()

        def ask():
            _interpreters.is_running(id)
            _interpreters.get_current()
            _interpreters.get_main()

        self.check(ask, 200)
        _interpreters.destroy(id)

    @unittest.skipIf(IMMORTAL, "modules are immortal without a GIL in 3.13")
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
