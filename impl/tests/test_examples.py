"""The examples of the references and of the README do what they say, on every Python."""

import contextlib
import doctest
import io
import os
import re
import textwrap
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def read(path):
    """Return the text of a file of the repository."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


class Examples(unittest.TestCase):
    def test_the_references_examples_are_true(self):
        for name in ("_interpreters", "interpreters", "sharing", "executor"):
            with self.subTest(name):
                text = read(os.path.join("docs", "library", name + ".rst"))
                example = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
                self.assertTrue(example.examples)
                report = io.StringIO()
                failed, _ = doctest.DocTestRunner(verbose=False).run(example, out=report.write)
                self.assertEqual(failed, 0, report.getvalue())

    def check(self, path, blocks):
        """Each block prints what a comment beside each print() says."""
        self.assertTrue(blocks)
        for code in blocks:
            expected = re.findall(r"print\(.*\)  # (.*)", code)
            self.assertTrue(expected)
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(code, path, "exec"), {"__name__": "__main__"})
            self.assertEqual(printed.getvalue().splitlines(), expected)

    def test_the_readmes_examples_print_what_they_say(self):
        self.check("README.md", re.findall(r"```python\n(.*?)```", read("README.md"), re.DOTALL))

    def test_the_guides_examples_print_what_they_say(self):
        path = os.path.join("docs", "executors.rst")
        blocks = re.findall(r"^\.\. code-block:: python\n\n((?: {3}.*\n|\n)+)", read(path), re.M)
        self.check(path, [textwrap.dedent(block) for block in blocks])


if __name__ == "__main__":
    unittest.main()
