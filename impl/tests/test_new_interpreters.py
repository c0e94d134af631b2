"""What a new interpreter begins with: sys.path, sys.argv, site."""

import sys
import threading
import unittest

import support
from interpreters import _interpreters
from support import KINDS, PLACES, InterpreterTest

PROLOGUE = """
import sys
from interpreters import _interpreters as low

def look(id, expression):
    return low.run_string_unrestricted(id, "import sys; result = " + expression)["result"]
"""

ONE_WITHOUT_SITE = """
one = low.create(site=False)
low.run_string(one, "import sys; assert 'site' not in sys.modules; assert sys.flags.no_site")
low.run_string(one, "import json, os, threading")  # found by the copy of sys.path
for name in "exit", "quit", "help", "copyright", "credits", "license":
    low.run_string(one, f"import builtins; assert not hasattr(builtins, {name!r})")
two = low.create()
low.run_string(two, "import sys; assert 'site' in sys.modules and not sys.flags.no_site; exit")
"""

# Whoever makes them, each is as was asked for.
MADE_BY_ONE_WITHOUT_SITE = """
one = low.create(site=False)
low.run_string(one, f"import sys; sys.path[:] = {sys.path!r}")
low.run_string(one, '''if True:
    from interpreters import _interpreters as low
    low.run_string(low.create(), "import sys; assert 'site' in sys.modules")
    low.run_string(low.create(site=False), "import sys; assert 'site' not in sys.modules")
''')
"""


class NewInterpreters(InterpreterTest):
    def test_sys_path_and_argv_are_copies(self):
        saved = list(sys.path), list(sys.argv)
        self.addCleanup(sys.path.__setitem__, slice(None), saved[0])
        self.addCleanup(sys.argv.__setitem__, slice(None), saved[1])

        class Text(str):
            pass

        sys.path[:] = ["/nowhere", 7, Text("/else"), "/\udcff", *saved[0]]
        sys.argv[:] = ["program", "\u20ac"]
        for isolated in KINDS:
            for site in (False, True):
                for place in PLACES:
                    id = place(_interpreters.create, isolated=isolated, site=site)
                    expected = ["/nowhere", "/else", "/\udcff", *saved[0]]
                    code = f"import sys; assert sys.path == {ascii(expected)}, sys.path\n"
                    code += "assert {type(entry) for entry in sys.path} == {str}\n"
                    code += f"assert sys.argv == {ascii(sys.argv)}, sys.argv\n"
                    code += "sys.path.clear(); sys.argv.clear()"
                    _interpreters.run_string(id, code)
                    _interpreters.destroy(id)
        self.assertEqual(sys.path[0], "/nowhere")

    def test_no_sys_path_at_all(self):
        path = sys.path
        id = _interpreters.create()
        try:
            del sys.path
            other = _interpreters.create()
        finally:
            sys.path = path
        _interpreters.run_string(other, "import sys; assert sys.path == []")
        _interpreters.destroy(other)
        _interpreters.destroy(id)

    def check(self, body, *options):
        for isolated in KINDS:
            with self.subTest(isolated=isolated, options=options):
                source = (PROLOGUE + body).replace("create(", f"create(isolated={isolated}, ")
                self.assertEqual(support.run_process(source, options=options), (0, "", ""))

    def test_site_is_left_out(self):
        self.check(ONE_WITHOUT_SITE)
        self.check(MADE_BY_ONE_WITHOUT_SITE)

    def test_python_was_started_without_site(self):
        self.check(
            "low.run_string(low.create(), \"import sys; assert 'site' not in sys.modules\")", "-S"
        )

    def test_both_at_the_same_time(self):
        wrong = []

        def make(isolated, site):
            for _ in range(5):
                id = _interpreters.create(isolated=isolated, site=site)
                try:
                    code = f"import sys; assert ('site' in sys.modules) is {site}"
                    _interpreters.run_string(id, code)
                except AssertionError as error:
                    wrong.append(error)
                _interpreters.destroy(id)

        started_with_site = not sys.flags.no_site
        threads = [
            threading.Thread(target=make, args=(isolated, site and started_with_site))
            for isolated in KINDS
            for site in (False, True) * 2
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
