"""The pages for implementers, followed to the letter.

Every command that such a page shows is run as it stands, one after the other in one shell, in a clean
folder with a copy of the repository; and what the page shows of its output is compared with what it
printed.  A line of three dots stands for any lines, and three dots in a line for anything in it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from dataclasses import dataclass, field
from pathlib import Path

from blocks import blocks_of
from project import DOCS, IMPORTS

sys.path[:0] = IMPORTS

from files import read_json  # noqa: E402

PAGES = ("conformance/judge-yours", "conformance/disputing", "contributing")

CLAIMS = "conformance/claims"  # which shows what another page does

# What a stranger has, as far as the commands read it.
PARTS = ("conformance", "docs", "pep", "tools")

# Printed between the output of one command and that of the next.
BORDER = "-- the next command --"


@dataclass
class Command:
    """A command of a page, and the lines that the page shows as its output."""

    text: str
    shown: list[str] = field(default_factory=list)

    def printed(self, output: str) -> bool:
        """Whether *output* is what is shown."""
        patterns = [
            r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r" *\n"
            for line in self.shown
        ]
        return re.fullmatch("".join(patterns), output) is not None


def page(name: str) -> str:
    """Return the source of a page."""
    return (DOCS / f"{name}.rst").read_text(encoding="utf-8")


def commands(text: str) -> list[Command]:
    """Return the commands in the console blocks of the page *text* that are to be run."""
    found: list[Command] = []
    for block in blocks_of(text):
        if block.language != "console" or block.reason:
            continue
        for line in block.text.splitlines():
            if line.startswith("$ "):
                found.append(Command(line[2:]))
            elif found and not found[-1].shown and re.match(r">( |$)", line):
                found[-1] = Command(f"{found[-1].text}\n{line[2:]}")
            else:
                found[-1].shown.append(line)
    return found


def follow(script: list[Command], folder: Path) -> list[str]:
    """Run the commands in *folder*; return what each has printed."""
    tools = folder / "bin"
    tools.mkdir()
    python = tools / "python3"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    lines = [f"{each.text}\nlast=$?\necho '{BORDER}'\n(exit $last)\n" for each in script]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        ["/bin/sh", "-c", "".join(lines)],
        cwd=folder / "repository",
        env={**kept, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    return done.stdout.split(f"{BORDER}\n")[:-1]


def copy(folder: Path) -> None:
    """Put what a stranger has into the folder ``repository`` of *folder*."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for part in PARTS:
        if (DOCS.parent / part).is_dir():
            shutil.copytree(DOCS.parent / part, folder / "repository" / part, ignore=ignored)


class Pages(unittest.TestCase):
    """Each page does what it says."""

    def test_what_is_shown_is_what_is_printed(self) -> None:
        for name in PAGES:
            script = commands(page(name))
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary).resolve()
                copy(folder)
                outputs = follow(script, folder)
            self.assertEqual(len(outputs), len(script))
            for command, output in zip(script, outputs, strict=True):
                with self.subTest(name, command=command.text):
                    shown = "\n".join(command.shown)
                    self.assertTrue(
                        command.printed(output),
                        f"{name}.rst shows:\n{shown}\nwhat is printed:\n{output}",
                    )

    def test_the_page_of_claims_shows_what_another_page_does(self) -> None:
        script = commands(page(CLAIMS))
        self.assertTrue(script)
        for command in script:
            self.assertIn(command, commands(page(PAGES[0])))

    def test_what_no_test_follows_says_why(self) -> None:
        for path in DOCS.rglob("*.rst"):
            if str(path.relative_to(DOCS).with_suffix("")) not in (*PAGES, CLAIMS):
                with self.subTest(path.name):
                    self.assertEqual(commands(path.read_text(encoding="utf-8")), [])

    def test_the_page_of_claims_tells_every_part_of_one(self) -> None:
        schema = read_json(DOCS.parent / "conformance" / "schemas" / "claim.json")
        terms = re.findall(r"^((?:``\w+``(?:, )?)+)$", page(CLAIMS), re.MULTILINE)
        told = re.findall(r"``(\w+)``", "".join(terms))
        self.assertEqual(sorted(told), sorted(schema["required"]))


class Shown(unittest.TestCase):
    """How what is shown is compared."""

    def printed(self, shown: str, output: str) -> bool:
        """Whether *output* is what is *shown*."""
        return Command("", shown.splitlines()).printed(output)

    def test_the_same_lines_are_the_same(self) -> None:
        self.assertTrue(self.printed("a.b\nc", "a.b\nc\n"))
        self.assertFalse(self.printed("a.b\nc", "axb\nc\n"))
        self.assertFalse(self.printed("a", "a\nb\n"))
        self.assertFalse(self.printed("", "a\n"))

    def test_dots_on_a_line_stand_for_any_lines(self) -> None:
        for output in ("a\nb\n", "a\nx\nb\n", "a\nx\n\ny\nb\n"):
            self.assertTrue(self.printed("a\n...\nb", output))
        self.assertFalse(self.printed("a\n...\nb", "a\nx\n"))

    def test_dots_in_a_line_stand_for_what_is_in_it(self) -> None:
        self.assertTrue(self.printed("a ... b", "a x b\n"))
        self.assertFalse(self.printed("a ... b", "a\nb\n"))

    def test_a_command_has_the_lines_below_it(self) -> None:
        text = "x\n\n.. code-block:: console\n\n   $ a\n   b\n\n   c\n   $ d\n\ny\n"
        self.assertEqual(commands(text), [Command("a", ["b", "", "c"]), Command("d")])
        self.assertEqual(commands(text.replace("x\n", ".. not run: no\n", 1)), [])


if __name__ == "__main__":
    unittest.main()
