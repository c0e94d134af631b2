"""The finder meets everything that may stand where a Python is expected.

Real interpreters are not made here: a fake is a shell script that behaves badly, or one that passes
on to the Python that runs this test, with the answer changed on the way.
"""

import contextlib
import io
import json
import os
import pathlib
import sys
import tempfile
import time
import unittest

import find_pythons

MAKE_OLD = 's/.version.: \\[[0-9]*, [0-9]*/"version": [3, 7/'
MAKE_PYPY = 's/.implementation.: .cpython./"implementation": "pypy"/'
MAKE_BARE = 's/includes.: \\[[^]]*\\]/includes": []/g'
MAKE_3_99 = 's/.version.: \\[[0-9]*, [0-9]*/"version": [3, 99/'
MAKE_BETA = 's/.level.: .[a-z]*./"level": "beta"/; s/.serial.: [0-9]*/"serial": 2/'


# Whoever takes it for more than a name makes the file "canary", or shows what he should not.
NAME = (
    " a; touch canary; $(touch canary) `touch canary` ' ; touch canary ; ' \" ; touch canary ; \"\n"
    "touch canary\n| touch canary & %s {0} ${IFS} \\ * ~\r\x1b]0;spam\x07\x1b[2J\x9b [a] \u202e na\xefve"
)


class Machine(unittest.TestCase):
    """A machine of our own: an empty PATH folder, an empty home, and what a test puts there."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name).resolve()
        self.bin = self.root / "bin"
        self.bin.mkdir()

    def put(self, path, script):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n" + script + "\n")
        path.chmod(0o755)
        return str(path)

    def disguised(self, path, edits):
        """This very Python, but what it answers is edited and its path is that of the fake."""
        name = 's|.executable.: "[^"]*"|"executable": "\'$0\'"|; s/.environment.: true/"environment": false/'
        return self.put(path, f"'{sys.executable}' \"$@\" | sed '{name}; {edits}'")

    def find(self, named="", time_limit=20.0, **more):
        environment = {"HOME": str(self.root), "PATH": str(self.bin)}
        environment.update(more)
        environment[find_pythons.VARIABLE] = named
        return find_pythons.find(environment, time_limit)

    def why(self, path, **more):
        """The one reason why a candidate that the user named was skipped."""
        found = self.find(named=path, **more)
        self.assertEqual(found.pythons, [])
        self.assertEqual([skipped.path for skipped in found.skipped], [path])
        return found.skipped[0].why


class Skipping(Machine):
    def test_missing_file(self):
        self.assertIn("no such file or folder", self.why(str(self.root / "nowhere")))

    def test_folder_without_a_python(self):
        self.assertIn("no Python in this folder", self.why(str(self.bin)))

    def test_not_executable(self):
        path = self.root / "python3"
        path.write_text("")
        self.assertEqual(self.why(str(path)), "cannot be started: Permission denied")

    def test_not_a_program(self):
        path = self.root / "python3"
        path.write_bytes(b"\x7fELF but no more")
        path.chmod(0o755)
        self.assertIn("cannot be started", self.why(str(path)))

    def test_not_python(self):
        path = self.put("python3", "echo 'I am a teapot' >&2; exit 4")
        self.assertEqual(
            self.why(path), 'not a Python that runs: exit status 4, said "I am a teapot"'
        )

    def test_silent_success(self):
        self.assertIn("exit status 0", self.why(self.put("python3", "exit 0")))

    def test_rubbish_after_the_mark(self):
        path = self.put("python3", f"echo '{find_pythons.MARK}{{rubbish'")
        self.assertIn("not a Python that runs", self.why(path))

    def test_endless_output(self):
        path = self.put(
            "python3", "while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done"
        )
        start = time.monotonic()
        self.assertIn("prints without end", self.why(path))
        self.assertLess(time.monotonic() - start, 15)

    def test_crash(self):
        path = self.put("python3", "kill -SEGV $$")
        self.assertEqual(self.why(path), "crashed when started (SIGSEGV)")

    def test_hang(self):
        """The limit holds even where the one that hangs is a child that keeps the pipe open."""
        path = self.put("python3", "sleep 60 & exit 0")
        start = time.monotonic()
        self.assertEqual(self.why(path, time_limit=0.5), "did not answer within 0.5 s")
        self.assertLess(time.monotonic() - start, 15)

    def test_many_hangs_cost_one_limit(self):
        paths = [self.put(f"{n}/python3", "exec sleep 60") for n in range(4)]
        start = time.monotonic()
        found = self.find(named=":".join(paths), time_limit=2.0)
        self.assertEqual([skipped.path for skipped in found.skipped], paths)
        self.assertLess(time.monotonic() - start, 7)

    def test_too_old(self):
        why = self.why(self.disguised("old/bin/python3.7", MAKE_OLD))
        self.assertRegex(why, r"too old: 3\.7\.\d+, the oldest supported is 3\.8")

    def test_ancient(self):
        path = self.put("python2", f"echo '{find_pythons.MARK}{{\"version\": [2, 7, 18]}}'")
        self.assertEqual(self.why(path), "too old: 2.7.18, the oldest supported is 3.8")

    def test_too_old_and_not_cpython(self):
        why = self.why(self.disguised("pypy3", MAKE_OLD + "; " + MAKE_PYPY))
        self.assertIn("too old", why)


class Names(Machine):
    """Folders and files may have any name, and a candidate may say anything."""

    def tearDown(self):
        self.assertEqual(list(self.root.rglob("canary")), [])
        self.assertFalse(os.path.exists("canary"))

    def assert_plain(self, found):
        for line in found.lines():
            self.assertTrue(line.isprintable(), ascii(line))

    def test_a_python_in_such_a_folder(self):
        folder = self.root / NAME / "bin"
        folder.mkdir(parents=True)
        (folder / "python3.99").symlink_to(sys.executable)
        for way in ({"named": str(folder)}, {"named": str(folder / "python3.99")},
                    {"PATH": str(folder)}):  # fmt: skip
            found = self.find(**way)
            self.assertEqual(len(found.pythons) + len(found.skipped), 1)
            self.assert_plain(found)
        path = self.put(NAME + "/python3", "exit 3")
        self.assertIn("exit status 3", self.why(path))
        self.assert_plain(self.find(named=path))

    def test_what_is_not_there_is_named(self):
        for name in (NAME, "-c", "$(touch canary)", "~/" + NAME, "x" * 5000):
            found = self.find(named=name)
            (skipped,) = found.skipped
            self.assertIn("no such file or folder", skipped.why)
            self.assertEqual(skipped.path, os.path.abspath(os.path.expanduser(name)))
            self.assert_plain(found)
        self.assertEqual(self.find(named="::").skipped, [])

    def test_answers_that_no_python_gives(self):
        good = find_pythons.ask(sys.executable, 20.0)
        for change in ({"version": "3.8"}, {"version": [3, 12]}, {"version": [3, 12, "1"]},
                       {"version": None}, {"abiflags": '", srcs = ["x'}, {"abiflags": 5},
                       {"level": "\x1b[2J"}, {"serial": "1"}, {"hex": None}, {"suffix": "/../x"},
                       {"implementation": "\x1b[2J"}, {"executable": ""}, {"includes": 5},
                       {"platincludes": [5]}):  # fmt: skip
            with self.subTest(change):
                said = find_pythons.MARK + json.dumps({**good, **change})
                path = self.put("python3", "cat <<'END'\n" + said + "\nEND")
                self.assertIn("not a Python that runs", self.why(path))
        for said in ("[" * 50000, "5", "[]", "null", "{}"):
            path = self.put("python3", f"echo '{find_pythons.MARK}{said}'")
            self.assertIn("not a Python that runs", self.why(path))


class Listing(Machine):
    def test_this_python(self):
        found = self.find(named=sys.executable)
        self.assertEqual(found.skipped, [])
        (python,) = found.pythons
        version = "{}.{}.{}".format(*sys.version_info)
        self.assertTrue(python["version"].startswith(version))
        self.assertTrue(python["tag"].startswith("cpython_" + version.replace(".", "_")))
        self.assertEqual(os.path.realpath(python["executable"]), python["executable"])
        self.assertTrue(python["ext_suffix"].endswith(".so"))
        if python["headers"]:
            self.assertTrue(os.path.isfile(os.path.join(python["include"], "Python.h")))
            self.assertTrue(os.path.isfile(os.path.join(python["platinclude"], "pyconfig.h")))

    def test_not_cpython(self):
        path = self.disguised("anything", MAKE_PYPY)
        found = self.find(named=path)
        self.assertEqual((found.pythons, found.skipped), ([], []))
        version = "{}.{}.{}".format(*sys.version_info)
        self.assertTrue(found.others[0]["version"].startswith(version))
        self.assertEqual(found.others[0]["executable"], path)
        self.assertEqual(found.others[0]["implementation"], "pypy")
        self.assertIn(f"{path}  (not CPython but pypy)", next(found.lines()))

    def test_two_names_of_another_python(self):
        path = self.disguised("pypy3", MAKE_PYPY)
        (self.bin / "pypy3").symlink_to(path)
        self.assertEqual(len(self.find(named=path).others), 1)

    def test_no_headers(self):
        found = self.find(named=self.disguised("python3", MAKE_BARE))
        (python,) = found.pythons
        self.assertFalse(python["headers"])
        self.assertEqual(python["include"], "")
        self.assertIn("no headers", "".join(found.lines()))

    def test_prerelease(self):
        (python,) = self.find(named=self.disguised("python3", MAKE_BETA)).pythons
        self.assertTrue(python["version"].endswith("b2"))
        self.assertTrue(python["tag"].endswith("b2"))

    def test_environment_counts_as_its_installation(self):
        import venv

        venv.create(self.root / "environment", with_pip=False, symlinks=True)
        folder = str(self.root / "environment")
        (python,) = self.find(named=folder).pythons
        self.assertFalse(python["executable"].startswith(folder))
        found = self.find(named=python["executable"] + ":" + folder)
        self.assertEqual(found.pythons, [python])
        self.assertEqual([s.why for s in found.skipped], ["same as " + python["executable"]])

    def test_two_of_one_version(self):
        first, second = (self.disguised(f"{name}/bin/python3", "") for name in "ab")
        found = self.find(named=first + ":" + second)
        self.assertEqual([python["executable"] for python in found.pythons], [first])
        self.assertEqual(found.skipped, [find_pythons.Skipped(second, "same as " + first)])

    def test_links_to_one_file_are_one_candidate(self):
        path = self.disguised("bin/python3.99", "")
        (self.bin / "python3").symlink_to(path)
        found = self.find()
        self.assertEqual(([p["executable"] for p in found.pythons], found.skipped), ([path], []))

    def test_sorted_by_version(self):
        later = self.disguised("bin/python3.99", MAKE_3_99 + '; s/.hex.: 5/"hex": 6/')
        found = self.find(named=later + ":" + sys.executable)
        self.assertEqual([p["version"].split(".")[1] == "99" for p in found.pythons], [False, True])


class Looking(Machine):
    def looks_at(self, path, **more):
        path = self.disguised(path, "")
        self.assertEqual([python["executable"] for python in self.find(**more).pythons], [path])

    def test_path(self):
        self.looks_at("bin/python3.12")

    def test_other_pythons_on_path(self):
        for name in ("pypy3", "rustpython"):
            self.disguised("bin/" + name, MAKE_PYPY)
        found = [other["executable"] for other in self.find().others]
        self.assertEqual(found, [str(self.bin / "pypy3"), str(self.bin / "rustpython")])

    def test_pyenv(self):
        self.looks_at(".pyenv/versions/3.12.1/bin/python3")

    def test_pyenv_root(self):
        self.looks_at(
            "elsewhere/versions/3.12.1/bin/python3", PYENV_ROOT=str(self.root / "elsewhere")
        )

    def test_pyenv_by_its_shims(self):
        """A shim is never started: the installations behind it are looked at one by one."""
        self.put("env/shims/python3", "sleep 60")
        self.looks_at("env/versions/3.12.1/bin/python3", PATH=str(self.root / "env/shims"))

    def test_uv(self):
        self.looks_at(".local/share/uv/python/cpython-3.12.1-linux/bin/python3.12")

    def test_uv_install_dir(self):
        self.looks_at("uv/cpython-3.12/bin/python3", UV_PYTHON_INSTALL_DIR=str(self.root / "uv"))

    def test_folder_of_installations(self):
        self.looks_at("opt/3.12/bin/python3.12", named=str(self.root / "opt"))

    def test_installation(self):
        self.looks_at("opt/3.12/bin/python3.12", named=str(self.root / "opt/3.12"))

    def test_empty_and_missing_folders_of_path(self):
        self.looks_at("bin/python3.12", PATH=":" + str(self.root / "none") + ":" + str(self.bin))


class Command(Machine):
    def run_main(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = find_pythons.main(list(arguments))
        return status, out.getvalue(), err.getvalue()

    def set_environment(self, **variables):
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        os.environ.update(variables, HOME=str(self.root), PATH=str(self.bin))
        os.environ.pop("PYENV_ROOT", None)

    def test_json_holds_what_the_lines_say(self):
        self.set_environment(**{find_pythons.VARIABLE: sys.executable + ":/nowhere/python3"})
        file = str(self.root / "found.json")
        status, out, err = self.run_main("--json", "--json-file", file)
        self.assertEqual((status, err), (0, ""))
        listing = json.loads(out)
        self.assertEqual(listing, json.loads(pathlib.Path(file).read_text()))
        self.assertEqual(set(listing["pythons"][0]), set(find_pythons.Python.__annotations__))
        self.assertEqual(listing["skipped"][0]["path"], "/nowhere/python3")
        lines = self.run_main()[1].splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["found", "skipped"])

    def test_nothing_found(self):
        self.set_environment(**{find_pythons.VARIABLE: ""})
        status, _, err = self.run_main()
        self.assertEqual(status, 2)
        self.assertEqual(len(err.splitlines()), 1)
        self.assertIn("no CPython 3.8 or later here: install one", err)

    def test_file_that_cannot_be_written(self):
        self.set_environment(**{find_pythons.VARIABLE: sys.executable})
        status, _, err = self.run_main("--json-file", "/nowhere/found.json")
        self.assertEqual((status, len(err.splitlines())), (2, 1))
        self.assertIn("/nowhere/found.json", err)


if __name__ == "__main__":
    unittest.main()
