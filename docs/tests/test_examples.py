"""The examples of every page, of the proposal and of the READMEs do what they say, on every Python.

A block of Python is a program: it runs as a script in an empty folder, and prints what a comment beside
each print() says.  The ``>>>`` examples of a page are one session.  Any other block is a text, which a
comment explains, or commands, which test_commands.py follows.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest

from blocks import Block, blocks_of

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
DEADLINE = 120  # seconds, in which any machine has run any of them


def read(path):
    """Return the text of a file of the repository."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def pages():
    """The source of every page."""
    found = []
    for top in ("docs", "pep"):
        for folder, _, files in os.walk(os.path.join(ROOT, top)):
            found += [os.path.join(folder, name) for name in files if name.endswith(".rst")]
    return sorted(os.path.relpath(path, ROOT) for path in found)


def for_this_python(page):
    """The blocks of a page that are to be run here."""
    return [
        block
        for block in blocks_of(read(page))
        if not block.reason and block.since <= sys.version_info
    ]


def run(name, text, *options):
    """What this Python prints, and how it ends, if it is given a file of this name and text."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", *options, name],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=DEADLINE,
        )
    return done.returncode, done.stdout, done.stderr


class Examples(unittest.TestCase):
    def check(self, program):
        """It prints what a comment beside each print() says, and complains of nothing."""
        expected = re.findall(r"print\(.*\)  # (.*)", program)
        status, printed, complaints = run("example.py", program)
        self.assertEqual((status, complaints), (0, ""))
        self.assertEqual(printed.splitlines(), expected)

    def test_programs_print_what_they_say(self):
        for page in pages():
            for block in for_this_python(page):
                if block.language in ("python", "python3"):
                    with self.subTest("{}:{}".format(page, block.line)):
                        self.check(block.text)

    def test_the_readmes_programs_print_what_they_say(self):
        for page in ("README.md", "impl/README.md"):
            programs = re.findall(r"```python\n(.*?)```", read(page), re.DOTALL)
            self.assertTrue(programs)
            for program in programs:
                with self.subTest(page, program=program):
                    self.check(program)

    def test_sessions_are_true(self):
        for page in pages():
            blocks = for_this_python(page)
            session = [block.text for block in blocks if block.language in ("pycon", "doctest")]
            if session:
                with self.subTest(page):
                    found = run("session.txt", "\n".join(session), "-m", "doctest")
                    self.assertEqual(found, (0, "", ""))

    def test_each_kind_is_there(self):
        found = {block.language for page in pages() for block in for_this_python(page)}
        self.assertLessEqual({"python", "pycon", "console"}, found)

    def test_what_is_not_run_has_a_reason(self):
        run_somewhere = ("python", "python3", "pycon", "doctest", "console")
        for page in pages():
            for block in blocks_of(read(page)):
                with self.subTest("{}:{}".format(page, block.line)):
                    self.assertTrue(block.language in run_somewhere or block.reason)


class Blocks(unittest.TestCase):
    def test_what_is_a_block(self):
        page = (
            "A text::\n\n   >>> 1\n   1\n\nMore.\n\n"
            ".. not run: of no use\n\n.. run: from 3.12\n\n"
            ".. code-block:: python\n   :caption: x\n\n   if 1:\n       2\n\n\n"
            ".. list-table::\n   * - a\n\n* item\n\n  .. code-block::\n\n     text\n"
        )
        self.assertEqual(
            list(blocks_of(page)),
            [
                Block("pycon", ">>> 1\n1\n", 1, "", (3,)),
                Block("python", "if 1:\n    2\n", 12, "of no use", (3, 12)),
                Block("text", "text\n", 24, "", (3,)),
            ],
        )

    def test_a_comment_is_for_the_next_block_only(self):
        page = ".. not run: no\n\n.. code-block:: c\n\n   a\n\nb::\n\n   c\n"
        self.assertEqual([block.reason for block in blocks_of(page)], ["no", ""])


if __name__ == "__main__":
    unittest.main()
