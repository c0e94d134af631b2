"""The remote traceback of an exception: both sides are printed."""

import concurrent.futures
import copy
import io
import json
import logging
import pickle
import sys
import unittest

from interpreters import _interpreters
from support import KINDS, ExceptionTest, run_process


class Tracebacks(ExceptionTest):
    def test_both_sides_are_printed(self):
        for error in self.each("def there(): 1/0\nthere()"):
            text = self.format(error)
            self.assertIn('"<string>", line 2, in <module>\n    there()\n', text)
            self.assertIn("in there\n    def there(): 1/0\n", text)
            self.assertIn("The above exception was the direct cause", text)
            self.assertIn("support.py", text)  # where the call was

    def test_lines_of_this_run_only(self):
        for _ in self.each("def early():\n    callback()\nfor i in 1,: 1/0"):
            pass
        code = "# first line\r\ndef callback():\n    raise ValueError\r\rearly()"
        for error in self.each(code):
            lines = self.remote(error).splitlines()
            shown = [line.strip() for line in lines if line.startswith("    ") and "^" not in line]
            self.assertEqual(shown, ["early()", "raise ValueError"])
            for line in "line 5, in <module>", "line 2, in early", "line 3, in callback":
                self.assertIn(f'File "<string>", {line}', self.remote(error))
        for error in self.each("\n\n\nexec('\\n\\n1/0')"):
            self.assertIn("line 4, in <module>\n    exec(", self.remote(error))
            self.assertNotIn("    1/0", self.remote(error))

    def test_nothing_is_left_behind(self):
        """Whatever the traceback module imports and looks up, it has after the first one."""
        look = "import linecache, sys\nnow = set(linecache.cache), set(sys.modules)\n"
        for code in "x = 1 + (1/0)", look + "before = now\n1/0", "x = 1 + (1/0)", "raise OSError":
            for _ in self.each(code):
                pass
        for id in self.ids:
            _interpreters.run_string(id, look + "assert now == before, (now, before)")

    def test_lines_in_chains_and_groups(self):
        for error in self.each("try:\n    1/0\nexcept Exception as e:\n    raise OSError from e"):
            self.assertIn("line 2, in <module>\n    1/0\n", self.remote(error))
            self.assertIn("line 4, in <module>\n    raise OSError from e\n", self.remote(error))
            self.assertIn("direct cause", self.remote(error))
        if sys.version_info < (3, 11):
            return
        code = "try:\n    1/0\nexcept Exception as e:\n    e.add_note('a note')\n    one = e\n"
        for error in self.each(code + "raise ExceptionGroup('several', [one, KeyError(1)])"):
            self.assertIn("    |     1/0\n", self.remote(error))
            self.assertIn("a note", self.remote(error))
            self.assertIn("several (2 sub-exceptions)", self.format(error))
            self.assertEqual(self.format(error).count("a note"), 2)

    def test_a_traceback_that_is_cut(self):
        for limit in 1, 0, -1:
            for error in self.each(f"import sys\nsys.tracebacklimit = {limit}\n1/0"):
                self.assertIn("ZeroDivisionError", self.remote(error))

    def test_uncaught(self):
        source = (
            "from interpreters import _interpreters\n"
            "id = _interpreters.create()\n"
            "_interpreters.run_string(id, 'def there():\\n    1/0\\nthere()')\n"
        )
        status, output, errors = run_process(source)
        self.assertEqual((status, output), (1, ""))
        self.assertIn('"<string>", line 2, in there\n    1/0\n', errors)
        self.assertIn('"<string>", line 3, in <module>', errors)
        self.assertIn("RemoteTraceback", errors)
        self.assertTrue(errors.endswith("ZeroDivisionError: division by zero\n"), errors)

    def test_logging(self):
        for error in self.each("def there():\n    1/0\nthere()"):
            stream = io.StringIO()
            logger = logging.Logger("test")
            logger.addHandler(logging.StreamHandler(stream))
            try:
                raise error
            except ZeroDivisionError:
                logger.exception("message")
            self.assertIn("line 2, in there\n    1/0\n", stream.getvalue())

    def test_raised_again(self):
        for error in self.each("1/0"):
            try:
                try:
                    raise error
                except ZeroDivisionError as arrived:
                    raise LookupError("local") from arrived
            except LookupError as local:
                text = self.format(local)
            self.assertIn("RemoteTraceback", text)
            self.assertIn("LookupError: local", text)
            self.assertEqual(text.count("direct cause"), 2)

    def test_threads_and_pools(self):
        for id in self.ids:
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                future = pool.submit(_interpreters.run_string, id, "raise KeyError('far')")
                self.assertIs(type(future.exception()), KeyError)
                self.remote(future.exception())

    def test_pickled_and_copied(self):
        for code, cls in (
            ("raise KeyError('text', 1)", KeyError),
            ("raise OSError(2, 'text', 'name')", FileNotFoundError),
            ("import json; raise json.JSONDecodeError('text', 'doc', 1)", json.JSONDecodeError),
            ("class Mine(ValueError): pass\nraise Mine('text', 1)", ValueError),
            ("class Mine(ValueError):\n def __init__(self, a, b, *, c): pass\nraise Mine(1, 2, c=3)",
             ValueError),
            ("from json import *\nclass Mine(JSONDecodeError): pass\nraise Mine('text', 'doc', 1)",
             json.JSONDecodeError),
        ):  # fmt: skip
            for error in self.each("e = None\n" + code):
                error.added = [1]
                for twin in (
                    pickle.loads(pickle.dumps(error)),
                    copy.copy(error),
                    copy.deepcopy(error),
                ):
                    self.assertIs(type(twin), cls, self.remote(error))
                    self.assertEqual(twin.args, error.args)
                    if not isinstance(error, json.JSONDecodeError):  # whose __reduce__ drops it
                        self.assertEqual(twin.added, [1])

    def test_a_second_hop(self):
        path = f"import sys; sys.path[:] = {sys.path!r}\nfrom interpreters import _interpreters as low\n"
        far = "def far():\n    class Mine(KeyError):\n        def __str__(self): return 'mine'\n"
        far += "    raise Mine(1)\nfar()"
        for isolated in KINDS:
            for error in self.each(
                f"{path}id = low.create(isolated={isolated} and {sys.version_info >= (3, 12)})\n"
                f"try:\n    low.run_string(id, {far!r})\nfinally: low.destroy(id)"
            ):
                self.assertIsInstance(error, KeyError)
                self.assertEqual((str(error), type(error).__name__), ("mine", "Mine"))
                text = self.remote(error)
                self.assertIn("line 4, in far\n", text)
                self.assertIn("    raise Mine(1)\n", text)
                self.assertIn("    low.run_string(id, ", text)
                self.assertEqual(text.count("line 4, in far\n"), 1)

    def test_many_hops(self):
        """The text grows by one traceback at each, and does not double."""
        code = "1/0"
        path = f"import sys; sys.path[:] = {sys.path!r}\nfrom interpreters import _interpreters as low\n"
        for _ in range(6):
            code = f"{path}code = {code!r}\nid = low.create(site=False)\n"
            code += "try: low.run_string(id, code)\nfinally: low.destroy(id)"
        for error in self.each(code):
            self.assertIs(type(error), ZeroDivisionError)
            self.assertEqual(self.remote(error).count("line 1, in <module>\n    1/0"), 1)
            self.assertEqual(self.remote(error).count("try: low.run_string(id, code)"), 6)


if __name__ == "__main__":
    unittest.main()
