"""What is obtained is whole, is what was locked, and is obtained once; what is not has a reason.

No registry is asked. The real pip installs a package that is made here, from a folder; of compilers
there are fakes: shell scripts that say what a compiler would.
"""

import base64
import contextlib
import hashlib
import io
import json
import os
import pathlib
import shlex
import sys
import tempfile
import unittest
import zipfile
from unittest import mock

import peers

PYTHON = {"executable": sys.executable, "tag": "cpython_3_12_1", "version": "3.12.1"}


class Place(unittest.TestCase):
    """A folder of our own, and a package that pip finds there and nowhere else."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name).resolve()
        self.shop = self.root / "shop"
        self.shop.mkdir()
        offline = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.shop),
            "PIP_CONFIG_FILE": "/dev/null",
        }
        self.patch(mock.patch.dict(os.environ, offline))

    def patch(self, patcher):
        patcher.start()
        self.addCleanup(patcher.stop)

    def wheel(self, name="extrainterpreters", version="0.3.0"):
        """Make a wheel of one module; return the requirement that locks it."""
        info = f"{name}-{version}.dist-info"
        files = {
            f"{name}.py": "answer = 42\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        path = self.shop / f"{name}-{version}-py3-none-any.whl"
        record = ""
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in files.items():
                archive.writestr(file, text)
                digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
                record += f"{file},sha256={digest.decode().rstrip('=')},{len(text)}\n"
            archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
        return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"

    def script(self, name, text):
        path = self.root / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)
        return path


class Locking(unittest.TestCase):
    def test_the_lock_file_has_every_package(self):
        lock = peers.locked(peers.LOCK.read_text())
        for names in peers.PACKAGES.values():
            for name in names:
                self.assertRegex(peers.version_of(lock[name]), r"^\d[\w.]+$")
                self.assertIn("--hash=sha256:", lock[name])
        self.assertIn(peers.BUILDER, lock)

    def test_every_marker_is_understood(self):
        for requirement in peers.locked(peers.LOCK.read_text()).values():
            marker = requirement.splitlines()[0].partition(";")[2]
            known = marker == "" or "python_full_version" in marker
            self.assertTrue(known, requirement)

    def test_markers(self):
        for marker, truth in [
            ("", [True, True, True]),
            (" ; python_full_version >= '3.12'", [False, True, True]),
            (" ; python_full_version == '3.12.*'", [False, True, False]),
        ]:
            found = [peers.is_for(f"a==1{marker} \\", v) for v in ("3.9.18", "3.12.1", "3.13.0rc1")]
            self.assertEqual(found, truth)


class Installing(Place):
    def install(self, requirement, python=PYTHON):
        builder = f"{peers.BUILDER}==1 --hash=sha256:{'0' * 64}"  # which is nowhere to be had
        lock = {"extrainterpreters": requirement, peers.BUILDER: builder}
        return peers.install(python, "extrainterpreters", lock, self.root / "peers")

    def test_it_can_be_imported_from_its_folder(self):
        folder = self.install(self.wheel())
        self.assertEqual(folder, self.root / "peers/cpython_3_12_1/extrainterpreters-0.3.0")
        self.assertTrue((folder / "extrainterpreters.py").is_file())

    def test_what_is_there_is_not_made_again(self):
        requirement = self.wheel()
        folder = self.install(requirement)
        self.assertEqual(self.install(requirement, {**PYTHON, "executable": "/nowhere"}), folder)

    def test_another_file_than_the_locked_one(self):
        requirement = self.wheel()
        wrong = requirement[:-8] + "00000000"
        with self.assertRaises(peers.Missing):
            self.install(wrong)
        self.assertEqual(list((self.root / "peers/cpython_3_12_1").iterdir()), [])

    def test_a_python_that_it_is_not_for(self):
        requirement = self.wheel().replace(" \\", " ; python_full_version >= '3.13' \\")
        with self.assertRaisesRegex(peers.Missing, "is not for this Python: .* >= '3.13'"):
            self.install(requirement)

    def test_a_python_that_is_gone(self):
        with self.assertRaisesRegex(peers.Missing, "/nowhere cannot be run"):
            self.install(self.wheel(), {**PYTHON, "executable": "/nowhere"})


class Compiling(Place):
    def setUp(self):
        super().setUp()
        self.patch(mock.patch.dict(os.environ, PATH=f"{self.root}/bin:/usr/bin:/bin"))
        self.script("cargo", "exit 1")

    def test_the_toolchain_that_cargo_takes_by_itself(self):
        self.script("rustc", "echo rustc 1.96.0")
        self.assertEqual(peers.toolchain(), [])

    def test_another_toolchain(self):
        self.script("rustup", "echo 'stable (default)'; echo nightly")
        self.script(
            "rustc", "case $1 in +nightly) echo rustc 1.97.0-nightly;; *) echo rustc 1.95.0; esac"
        )
        self.assertEqual(peers.toolchain(), ["+nightly"])

    def test_all_are_too_old(self):
        self.script("rustup", "exit 1")
        self.script("rustc", "echo rustc 1.63.0")
        with self.assertRaisesRegex(peers.Missing, r"needs Rust 1\.96 or later, here is 1\.63\.0"):
            peers.toolchain()

    def test_no_cargo(self):
        (self.root / "bin/cargo").unlink()
        with mock.patch.dict(os.environ, PATH=f"{self.root}/bin"):
            with self.assertRaisesRegex(peers.Missing, "there is no cargo; install Rust"):
                peers.rustpython(self.root)

    def test_a_crate_that_does_not_compile(self):
        self.script("rustc", "echo rustc 1.99.0")
        self.script("cargo", "echo Compiling; echo 'error: no linker'; echo done; exit 101")
        with contextlib.redirect_stderr(io.StringIO()):
            with self.assertRaisesRegex(peers.Missing, "^error: no linker$"):
                peers.rustpython(self.root / "peers")
        self.assertEqual(list((self.root / "peers").iterdir()), [])

    def test_a_crate_that_compiles(self):
        self.script("rustc", "echo rustc 1.99.0")
        take = 'while [ "$1" != --root ]; do shift; done; mkdir -p "$2/bin"; cp /bin/true "$2/bin/rustpython"'
        self.script("cargo", take)
        with contextlib.redirect_stderr(io.StringIO()):
            path = peers.rustpython(self.root / "peers")
        self.assertTrue(os.access(path, os.X_OK))


class Command(Place):
    def run_main(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = peers.main(["--folder", str(self.root / "peers"), *arguments])
        return status, out.getvalue(), err.getvalue()

    def subjects(self, entry):
        path = self.root / "built.json"
        path.write_text(json.dumps({"pythons": [entry]}))
        return str(path)

    def test_the_file_of_subjects(self):
        (self.root / "lock.txt").write_text(self.wheel() + "\n")
        self.patch(mock.patch.object(peers, "LOCK", self.root / "lock.txt"))
        built = self.subjects({**PYTHON, "path": "impl"})
        status, out, err = self.run_main("extrainterpreters", "--subjects", built)
        self.assertEqual((status, err), (0, ""))
        folder = str(self.root / "peers/cpython_3_12_1/extrainterpreters-0.3.0")
        self.assertIn(f"obtained  extrainterpreters for CPython 3.12.1: {folder}\n", out)
        (entry,) = json.loads((self.root / "peers/subjects.json").read_text())["pythons"]
        wanted = {
            **PYTHON,
            "path": str(self.root / "impl"),
            "packages": {"extrainterpreters": folder},
        }
        self.assertEqual(entry, wanted)

    def test_what_is_missing_is_no_failure(self):
        (self.root / "lock.txt").write_text(
            "extrainterpreters==0.3.0 ; python_full_version >= '3.13'\n"
        )
        self.patch(mock.patch.object(peers, "LOCK", self.root / "lock.txt"))
        built = self.subjects({**PYTHON, "path": None})
        status, out, err = self.run_main("extrainterpreters", "--subjects", built)
        self.assertEqual((status, err), (0, ""))
        self.assertIn("missing   extrainterpreters for CPython 3.12.1: is not for this Python", out)

    def test_names_stay_names(self):
        """The last line is one to paste: a shell that is given it gets the file's name."""
        (self.root / "lock.txt").write_text(self.wheel() + "\n")
        self.patch(mock.patch.object(peers, "LOCK", self.root / "lock.txt"))
        built = self.subjects({**PYTHON, "path": None})
        name = " a; touch canary; $(touch canary) `touch canary` ' ; touch canary ; ' \"*~"
        folder = self.root / name
        said = ("extrainterpreters", "--folder", str(folder), "--subjects", built)
        status, out, err = self.run_main(*said)
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(shlex.split(out.splitlines()[-1])[7], str(folder / "subjects.json"))
        (made,) = folder.glob("*/extrainterpreters-0.3.0/extrainterpreters.py")
        status, _, err = self.run_main("--subjects", "\x1b[2J\n" + name)
        self.assertEqual((status, len(err.splitlines())), (2, 1))
        self.assertIn(r"\x1b[2J\n" + name, err)
        for tag in ("../../canary", "", "a b", 5):
            status, _, err = self.run_main(
                "--subjects", self.subjects({**PYTHON, "path": None, "tag": tag})
            )
            self.assertEqual((status, len(err.splitlines())), (2, 1))
        self.assertEqual([path for path in self.root.rglob("canary")], [])

    def test_a_name_that_is_none(self):
        with self.assertRaises(SystemExit) as end, contextlib.redirect_stderr(io.StringIO()):
            peers.main(["jython"])
        self.assertEqual(end.exception.code, 2)

    def test_a_file_that_is_none(self):
        status, out, err = self.run_main("--subjects", "/nowhere.json")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("/nowhere.json: is no file of subjects", err)

    def test_a_folder_that_cannot_be_written(self):
        (self.root / "peers").write_text("")
        built = self.subjects({**PYTHON, "path": None})
        status, _, err = self.run_main("backports_interpreters", "--subjects", built)
        self.assertEqual(status, 2)
        self.assertRegex(err, r"^peers: .*peers.*; choose another --folder\n$")


if __name__ == "__main__":
    unittest.main()
