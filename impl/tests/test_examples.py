"""The examples of the references and of the README do what they say, on every Python."""

import contextlib
import doctest
import io
import os
import re
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def read(path):
    """Return the text of a file of the repository."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


class Examples(unittest.TestCase):
    def test_the_references_examples_are_true(self):
        for name in ("_interpreters", "interpreters", "sharing"):
            with self.subTest(name):
                text = read(os.path.join("docs", "library", name + ".rst"))
                example = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
                self.assertTrue(example.examples)
                report = io.StringIO()
                failed, _ = doctest.DocTestRunner(verbose=False).run(example, out=report.write)
                self.assertEqual(failed, 0, report.getvalue())

    def test_the_readmes_examples_print_what_they_say(self):
        blocks = re.findall(r"```python\n(.*?)```", read("README.md"), re.DOTALL)
        self.assertTrue(blocks)
        for code in blocks:
            expected = re.findall(r"print\(.*\)  # (.*)", code)
            self.assertTrue(expected)
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(code, "README.md", "exec"), {"__name__": "example"})
            self.assertEqual(printed.getvalue().splitlines(), expected)


if __name__ == "__main__":
    unittest.main()
