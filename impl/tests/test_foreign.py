"""Interpreters made here and used by CPython's own module, and the other way round."""

import os
import sys
import threading
import unittest

from interpreters import _interpreters
from support import KINDS, PLACES, InterpreterTest, elsewhere, foreign


class Foreign(InterpreterTest):
    def setUp(self):
        super().setUp()
        self.theirs = foreign()

    def their_error(self):
        return getattr(self.theirs, "InterpreterError", RuntimeError)

    def their_list(self):
        ids = self.theirs.list_all()
        return sorted(int(id[0] if isinstance(id, tuple) else id) for id in ids)

    def while_running(self, id, check):
        """Call check() while a run of ours is in progress in the interpreter."""
        started, finish = self.pipe(), self.pipe()
        code = f"import os; os.write({started[1]}, b'x'); os.read({finish[0]}, 1)"
        thread = threading.Thread(target=_interpreters.run_string, args=(id, code))
        thread.start()
        try:
            os.read(started[0], 1)
            check()
        finally:
            os.write(finish[1], b"x")
            thread.join()

    def test_both_list_the_same(self):
        ours = [_interpreters.create(isolated=kind) for kind in KINDS]
        theirs = self.theirs.create()
        self.assertEqual(_interpreters.enumerate(), self.their_list())
        self.assertIn(int(theirs), _interpreters.enumerate())
        self.theirs.destroy(theirs)
        for id in ours:
            _interpreters.destroy(id)

    def test_they_run_code_in_ours(self):
        for isolated in KINDS:
            for place in PLACES:
                id = _interpreters.create(isolated=isolated)
                _interpreters.run_string(id, "x = 1")
                place(self.theirs.run_string, id, "import threading; x += 1")
                place(_interpreters.run_string, id, "assert x == 2")
                place(_interpreters.destroy, id)

    def test_we_run_code_in_theirs(self):
        for place in PLACES:
            id = self.theirs.create()
            place(_interpreters.run_string, id, "import threading; x = 1")
            _interpreters.run_string(id, "x += 1")
            place(self.theirs.run_string, id, "assert x == 2, x")
            with self.assertRaises(ZeroDivisionError):
                place(_interpreters.run_string, id, "1/0")
            self.assertFalse(_interpreters.is_running(id))
            self.theirs.destroy(id)
            with self.assertRaises(_interpreters.InterpreterNotFoundError):
                _interpreters.run_string(id, "")

    def test_we_do_not_destroy_theirs(self):
        id = self.theirs.create()
        with self.assertRaisesRegex(_interpreters.InterpreterError, "was not made by this module"):
            _interpreters.destroy(id)
        with self.assertRaisesRegex(_interpreters.InterpreterError, "was not made by this module"):
            _interpreters.run_string_unrestricted(id, "")
        self.theirs.destroy(id)

    def test_they_destroy_ours(self):
        for isolated in KINDS:
            for place in PLACES:
                with self.subTest(isolated=isolated, place=place.__name__):
                    id = _interpreters.create(isolated=isolated)
                    place(_interpreters.run_string, id, "x = 1")
                    self.theirs.destroy(id)
                    with self.assertRaises(_interpreters.InterpreterNotFoundError):
                        _interpreters.is_running(id)
                    with self.assertRaises(_interpreters.InterpreterNotFoundError):
                        _interpreters.destroy(id)
                    self.assertNotIn(id, _interpreters.enumerate())

    @unittest.skipIf(sys.version_info >= (3, 9), "may wait for ever from 3.9 to 3.12 (gh-122517)")
    def test_they_destroy_ours_that_imported_threading(self):
        id = _interpreters.create()
        _interpreters.run_string(id, "import threading")
        self.theirs.destroy(id)
        self.assertNotIn(id, _interpreters.enumerate())

    def test_they_see_that_ours_is_running(self):
        for isolated in KINDS:
            id = _interpreters.create(isolated=isolated)

            def check(id=id):
                self.assertTrue(_interpreters.is_running(id))
                self.assertTrue(self.theirs.is_running(id))
                with self.assertRaises(self.their_error()):
                    self.theirs.run_string(id, "pass")
                with self.assertRaises(self.their_error()):
                    self.theirs.destroy(id)

            self.while_running(id, check)
            self.assertFalse(self.theirs.is_running(id))
            _interpreters.destroy(id)

    def test_we_see_that_theirs_is_running(self):
        for make, destroy in (
            (self.theirs.create, self.theirs.destroy),
            (_interpreters.create, _interpreters.destroy),
        ):
            id = make()
            started, finish = self.pipe(), self.pipe()
            code = f"import os; os.write({started[1]}, b'x'); os.read({finish[0]}, 1)"
            thread = threading.Thread(target=self.theirs.run_string, args=(id, code))
            thread.start()
            os.read(started[0], 1)
            try:
                self.assertTrue(_interpreters.is_running(id))
                for place in PLACES:
                    with self.assertRaises(_interpreters.InterpreterError):
                        place(_interpreters.run_string, id, "")
                    with self.assertRaises(_interpreters.InterpreterError):
                        place(_interpreters.destroy, id)
            finally:
                os.write(finish[1], b"x")
                thread.join()
            self.assertFalse(_interpreters.is_running(id))
            elsewhere(_interpreters.run_string, id, "")
            destroy(id)

    def test_our_module_runs_in_theirs(self):
        id = self.theirs.create()
        code = (
            f"import sys; sys.path[:] = {sys.path!r}\nfrom interpreters import _interpreters as low"
        )
        self.theirs.run_string(id, code)
        _interpreters.run_string(id, f"assert low.get_current() == {int(id)}; child = low.create()")
        _interpreters.run_string(id, "low.run_string(child, 'x = 1'); low.destroy(child)")
        with self.assertRaises(_interpreters.InterpreterError):
            _interpreters.run_string(id, f"low.run_string({int(id)}, '')")
        self.theirs.destroy(id)


if __name__ == "__main__":
    unittest.main()
