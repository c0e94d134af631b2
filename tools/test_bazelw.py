"""./bazelw on machines that have everything, something or nothing: all of them faked.

A machine is a PATH of our own with a few real utilities and scripts that write down how they were
called. What Debian's packages would put under /usr cannot be faked, so a real machine's missing
headers may show up as packages to install; the tests look only at what they are about.
"""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

BAZELW = pathlib.Path(__file__).absolute().parent.parent / "bazelw"
UTILITIES = ("sh", "readlink", "mktemp", "rm", "grep", "tail", "cat", "chmod", "env")


class Machine(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name).resolve()
        self.bin = self.root / "bin"
        self.bin.mkdir()
        self.log = self.root / "calls"
        self.log.touch()
        for name in UTILITIES:
            (self.bin / name).symlink_to(shutil.which(name))
        self.program("gcc")

    def program(self, name, does="", folder=None):
        path = (folder or self.bin) / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "{name}: $*" >> {self.log}\n{does}\n')
        path.chmod(0o755)
        return path

    def administrator(self, yes):
        self.program("id", "echo 0" if yes else "echo 1000")

    def run_it(self, *arguments, **more):
        environment = {"PATH": str(self.bin), "TMPDIR": str(self.root)}
        environment.update(more)
        return subprocess.run(
            [str(BAZELW), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self, name):
        lines = self.log.read_text().splitlines()
        return [line.split(": ", 1)[1] for line in lines if line.startswith(name + ":")]


class WithBazel(Machine):
    def test_calls_it_with_the_same_arguments_and_says_nothing(self):
        self.program("bazel", "exit 7")
        result = self.run_it("test", "//...")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (7, "", ""))
        self.assertEqual(self.calls("bazel"), ["test //..."])

    def test_arguments_and_folders_stay_what_they_are(self):
        name = " a; touch canary; $(touch canary) `touch canary` ' ; touch canary ; ' \" ; -n \\033[2J *\n"
        folder = self.root / name
        self.program("bazel", "printf '%s|' \"$@\"", folder=folder)
        arguments = (name, "", "-c", "--", "$HOME", "a\nb")
        result = self.run_it(*arguments, PATH=f"{folder}:{self.bin}")
        self.assertEqual((result.stdout, result.stderr), ("|".join(arguments) + "|", ""))
        result = self.run_it("info", BAZEL=str(folder / "bazel"))
        self.assertEqual((result.stdout, result.stderr), ("info|", ""))
        for wrong in (name, "-p", "--", "$(touch canary)"):
            result = self.run_it("info", BAZEL=wrong, CC=wrong)
            self.assertEqual(result.returncode, 2)
            self.assertIn(f"BAZEL={wrong} is not", result.stderr)
        self.assertEqual(list(self.root.rglob("canary")), [])

    def test_bazelisk_does(self):
        self.program("bazelisk")
        self.assertEqual(self.run_it("info").returncode, 0)
        self.assertEqual(self.calls("bazelisk"), ["info"])

    def test_the_variable_wins(self):
        self.program("bazel")
        mine = self.program("mine", folder=self.root / "elsewhere")
        self.run_it("info", BAZEL=str(mine))
        self.assertEqual((self.calls("mine"), self.calls("bazel")), (["info"], []))

    def test_a_wrong_variable_is_an_error(self):
        self.program("bazel")
        for wrong in ("nowhere", str(BAZELW)):
            result = self.run_it("info", BAZEL=wrong)
            self.assertEqual((result.returncode, len(result.stderr.splitlines())), (2, 1))
            self.assertIn(f"BAZEL={wrong}", result.stderr)

    def test_a_link_to_bazelw_is_passed_over(self):
        first = self.root / "first"
        first.mkdir()
        (first / "bazel").symlink_to(BAZELW)
        self.program("bazel")
        result = self.run_it("info", PATH=f"{first}:{self.bin}")
        self.assertEqual((result.returncode, self.calls("bazel")), (0, ["info"]))


class WithoutBazel(Machine):
    def test_administrator_installs_it_and_goes_on(self):
        self.administrator(True)
        self.program("apt-get", self.installing())
        result = self.run_it("info")
        self.assertEqual((result.returncode, self.calls("bazel")), (0, ["info"]))
        self.assertIn("bazelw: installing with apt-get: bazel-bootstrap", result.stderr)
        self.assertEqual(self.calls("apt-get")[0], "-q update")
        self.assertIn("bazel-bootstrap", self.calls("apt-get")[1])
        self.run_it("info")
        self.assertEqual(len([c for c in self.calls("apt-get") if "bazel-bootstrap" in c]), 1)

    def test_sudo_does(self):
        self.administrator(False)
        self.program("sudo", 'case $1 in -n) shift ;; esac; exec "$@"')
        self.program("true")
        self.program("apt-get", self.installing())
        self.assertEqual(self.run_it("info").returncode, 0)
        self.assertEqual(self.calls("bazel"), ["info"])

    def test_a_missing_compiler_is_installed_too(self):
        (self.bin / "gcc").unlink()
        self.administrator(True)
        self.program("apt-get", self.installing())
        self.run_it("info")
        self.assertIn("bazel-bootstrap gcc libc6-dev", self.calls("apt-get")[1])

    def test_neither_administrator_nor_sudo(self):
        self.administrator(False)
        self.program("apt-get")
        result = self.run_it("info")
        self.assertEqual((result.returncode, self.calls("apt-get")), (2, []))
        self.assertIn("As root: apt-get install bazel-bootstrap", result.stderr)

    def test_no_apt(self):
        self.administrator(True)
        result = self.run_it("info")
        self.assertEqual((result.returncode, len(result.stderr.splitlines())), (2, 1))
        self.assertIn("Install Bazel or Bazelisk", result.stderr)

    def test_apt_fails(self):
        self.administrator(True)
        self.program("apt-get", "echo 'E: Unable to locate package' >&2; exit 100")
        result = self.run_it("info")
        self.assertEqual(result.returncode, 2)
        self.assertIn("E: Unable to locate package", result.stderr)
        self.assertIn("apt-get failed; all it said is in " + str(self.root), result.stderr)
        self.assertIn("there is no Bazel here", result.stderr)

    def installing(self):
        """An apt-get that installs a Bazel where it is asked to."""
        bazel = self.bin / "bazel"
        script = f'#!/bin/sh\necho "bazel: $*" >> {self.log}'
        return f"case $* in *install*) echo '{script}' > {bazel}; chmod +x {bazel} ;; esac"


if __name__ == "__main__":
    unittest.main()
