"""A generated script names programs, folders and arguments; the shell gets each as it is.

The rules are written in Starlark, of which this file runs what is Python too; and a launcher as
launch.bzl writes it is run by a shell, with names that hold commands.
"""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).absolute().parent

#: Whoever takes it for more than a word makes the file "canary".
NAME = (
    " a; touch canary; $(touch canary) `touch canary` ' ; touch canary ; ' \" ; touch canary ; \"\n"
    "touch canary\n| touch canary & %s {0} ${IFS} $HOME \\ * ~ ! \\' \t\x1b[2J na\xefve \U0001f40d "
)


def starlark(name):
    """What a file of Starlark defines that is Python as well."""
    names = {}
    exec(compile((HERE / name).read_text(encoding="utf-8"), name, "exec"), names)
    return names


class Words(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name).resolve()
        self.shell = starlark("shell.bzl")

    def tearDown(self):
        self.assertEqual(list(self.folder.rglob("canary")), [])

    def run_it(self, script, **variables):
        """What the script prints."""
        file = self.folder / "script.sh"
        file.write_text(script, encoding="utf-8")
        done = subprocess.run(
            ["sh", str(file)],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], **variables},
            stdout=subprocess.PIPE,
            check=True,
        )
        return done.stdout.decode()

    def test_a_word_is_the_text(self):
        for text in (NAME, *NAME, "", "'", "''", "-n", "--", "a'b'c"):
            with self.subTest(text):
                said = self.run_it("printf '%s|' " + self.shell["shell_word"](text) + " end")
                self.assertEqual(said, text + "|end|")

    def test_variables_are_expanded_and_nothing_in_them(self):
        word = self.shell["shell_word_with"]("%ROOT%/" + NAME + "%HOME%", ["ROOT"])
        said = self.run_it(f"printf '%s|' {word} end", ROOT=NAME)
        self.assertEqual(said, NAME + "/" + NAME + "%HOME%|end|")

    def test_a_launcher_passes_names_on(self):
        """The script of launch.bzl, in a folder and with a program and arguments of such a name."""
        text = (HERE / "launch.bzl").read_text(encoding="utf-8")
        script = re.search(r'_SCRIPT = """\\\n(.*?)"""', text, re.DOTALL).group(1)
        quote = self.shell["shell_word_with"]
        folder = self.folder / NAME
        folder.mkdir()
        program = folder / "python"
        program.write_text("#!/bin/sh\nprintf '%s|' \"$@\"\n")
        program.chmod(0o755)
        launcher = script.format(
            arguments=quote(NAME, ["ROOT"]),
            body='cd "$ROOT" || exit 2',
            label="//tools:test",
            main=quote("%ROOT%/main.py", ["ROOT"]),
            python=quote("%ROOT%/python", ["ROOT"]),
            workspace=".",
        ).replace('"$@"', quote(NAME, []))
        said = self.run_it(launcher, RUNFILES_DIR=str(folder))
        main = f"{folder}/./main.py"
        self.assertEqual(said, f"-X|faulthandler|{main}|{NAME}|{NAME}|")


if __name__ == "__main__":
    unittest.main()
