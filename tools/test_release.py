"""What is released is the same wherever it is made, is complete, and says one version everywhere.

Nothing is compiled and no registry is asked: what builds is a fake, that packs the folder it is in.
"""

import contextlib
import io
import os
import pathlib
import re
import stat
import sys
import tarfile
import tempfile
import tomllib
import unittest
import zipfile
from unittest import mock

import archives
import release

ROOT = pathlib.Path(__file__).absolute().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

BUILDER = """\
#!{python}
import os, sys, tarfile
os.makedirs(sys.argv[-1])
{more}
with tarfile.open(sys.argv[-1] + "/spam-1.tar.gz", "w:gz") as archive:
    archive.add(".", "spam-1")
print("built")
"""

METADATA = """\
Metadata-Version: 2.4
Name: spam
Version: 1
Requires-Python: >=3.8
License-Expression: MIT
License-File: LICENSE
Classifier: Typing :: Typed

[A link](https://example.org/) and text.
"""

FOUND = {"name": "spam", "version": "1", "requires-python": ">=3.8"}
FOUND = {**FOUND, "classifiers": ["Typing :: Typed"]}


class Place(unittest.TestCase):
    """A folder of our own."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name).resolve()

    def archive(self, name, files, mode=0o600, date=1e9):
        """Make an archive of *files*, with what is up to the circumstances."""
        path = self.root / name
        if path.suffix == ".whl":
            with zipfile.ZipFile(path, "w") as opened:
                for file, text in files.items():
                    entry = zipfile.ZipInfo(file, (2000 + int(date) % 20, 1, 1, 0, 0, 0))
                    entry.external_attr = mode << 16
                    opened.writestr(entry, text)
            return path
        with tarfile.open(path, "w:gz") as packed:
            for file, text in files.items():
                entry = tarfile.TarInfo(file)
                entry.size, entry.mode, entry.mtime, entry.uname = len(text), mode, date, str(mode)
                packed.addfile(entry, io.BytesIO(text))
        return path


class Archives(Place):
    FILES = {"b/c.so": b"12", "a": b"", "b/RECORD": b"x"}

    def test_what_is_settled_depends_on_the_files_alone(self):
        for suffix in (".tar.gz", ".whl"):
            with self.subTest(suffix):
                one = self.archive("one" + suffix, self.FILES)
                two = self.archive("two" + suffix, self.FILES, 0o644, 1e9 + 7)
                self.assertNotEqual(one.read_bytes(), two.read_bytes())
                self.assertNotEqual(list(archives.differences(one, two)), [])
                for path in (one, two):
                    archives.settle(path, 1700000000)
                    self.assertEqual(archives.members(path), self.FILES)
                self.assertEqual(one.read_bytes(), two.read_bytes())
                self.assertEqual(list(archives.differences(one, two)), [])

    def test_nobody_owns_the_files_and_everybody_can_read_them(self):
        path = self.archive("one.tar.gz", self.FILES)
        archives.settle(path, 1700000000)
        with tarfile.open(path) as packed:
            for entry in packed.getmembers():
                found = (entry.uid, entry.uname, entry.gid, entry.gname, entry.mtime)
                self.assertEqual(found, (0, "", 0, "", 1700000000))
                self.assertEqual(entry.mode, 0o755 if entry.name == "b/c.so" else 0o644)

    def test_a_wheel_keeps_its_order(self):
        path = self.archive("one.whl", self.FILES)
        archives.settle(path, 0)
        with zipfile.ZipFile(path) as opened:
            self.assertEqual(opened.namelist(), list(self.FILES))
            entry = opened.getinfo("b/c.so")
            self.assertEqual(entry.date_time, (1980, 1, 1, 0, 0, 0))
            self.assertEqual(entry.external_attr >> 16, stat.S_IFREG | 0o755)

    def test_what_differs_is_told(self):
        one = self.archive("one.whl", {"a": b"same", "b": b"12345", "c": b"", "d": b"x"})
        two = self.archive("two.whl", {"a": b"same", "b": b"12945", "c": b"x", "e": b"x"})
        self.assertEqual(
            list(archives.differences(one, two)),
            [
                "b: 5 and 5 bytes, from byte 2 on b'345' and b'945'",
                "c: 0 and 1 bytes, from byte 0 on b'' and b'x'",
                "d: only in the first",
                "e: only in the second",
            ],
        )


class Making(Place):
    FILES = {"a.txt": b"spam", "b/c.txt": b"ham"}

    def make(self, more=""):
        """Have the fake make a distribution twice."""
        builder = self.root / "builder"
        builder.write_text(BUILDER.format(python=sys.executable, more=more), encoding="utf-8")
        builder.chmod(0o755)
        return release.made_twice(
            "sdist", self.FILES, str(builder), self.root / "w", 1700000000, {}
        )

    def test_circumstances_do_not_matter(self):
        made = self.make()
        self.assertEqual(release.inside(made.path), self.FILES)
        self.assertEqual(made.log, "built\n")

    def test_they_are_different(self):
        said = "os.getcwd(), os.environ['PYTHONHASHSEED'], os.environ['TZ'], os.environ['LC_ALL']"
        said += ", os.umask(0), os.stat('a.txt').st_mode, os.stat('a.txt').st_mtime"
        for each in said.split(", "):
            with self.subTest(each):
                with self.assertRaisesRegex(release.Wrong, r"spam-1/d: \d+ and \d+ bytes"):
                    self.make(f"print({each}, file=open('d', 'w'))")
                for how in release.BOTH:
                    for path in sorted((self.root / "w" / how.folder).rglob("*"), reverse=True):
                        path.rmdir() if path.is_dir() else path.unlink()

    def test_a_builder_that_fails_is_heard(self):
        with self.assertRaisesRegex(release.Wrong, "(?s)no way.*ended with 3"):
            self.make("print('no way'); sys.exit(3)")


class Looking(unittest.TestCase):
    def wrong(self, pattern):
        return self.assertRaisesRegex(release.Wrong, pattern)

    def test_a_star_stands_for_no_slash(self):
        names = ["impl/_a/b.c", "impl/_a/b/c.c", "impl/b.c", "docs/LICENSE", "LICENSE"]
        self.assertEqual(
            release.chosen(names, ["impl/_*/*.c", "LICENSE"]), {"impl/_a/b.c", "LICENSE"}
        )

    def test_what_is_missing_or_too_much_is_named(self):
        release.compare({"a"}, {"a"})
        with self.wrong("(?s)not there: b.*not wanted: c"):
            release.compare({"a", "c"}, {"a", "b"})

    def test_every_header_is_wanted_in_the_source_distribution(self):
        wanted = release.chosen(["impl/_pool/pool.h", "impl/bench/bare.c"], release.OURS)
        self.assertEqual(wanted, {"impl/_pool/pool.h"})

    def test_flags_and_warnings(self):
        line = "gcc -O2 -DNDEBUG -c a/b.c -o b.o\n"
        release.look_at_log(line, ["-O2", "-DNDEBUG"])
        release.look_at_log(
            "warning: no previously-included files found matching 'README.md'\n", []
        )
        with self.wrong("-fwrapv not used"):
            release.look_at_log(line, ["-fwrapv", "-O2"])
        with self.wrong("does not show"):
            release.look_at_log("", ["-O2"])
        for warning in ("a.c:1:2: warning: unused", "SetuptoolsDeprecationWarning: gone soon"):
            with self.wrong("the build warns:"):
                release.look_at_log(line + warning, [])

    def test_metadata(self):
        release.look_at_metadata(METADATA.encode(), FOUND)
        old = METADATA.replace("-Expression", "")
        release.look_at_metadata(old.encode(), FOUND)
        for before, after, pattern in [
            ("Version: 1", "Version: 2", "Version is"),
            (">=3.8", ">=3.9", "Requires-Python is"),
            ("License-Expression: MIT\n", "", "no licence"),
            ("License-File: LICENSE\n", "", "License-File is None"),
            ("Typing :: Typed", "Typing", "Classifier is"),
            ("https://example.org/", "docs/tutorial.rst", r"leads nowhere.*\(docs/tutorial.rst\)"),
        ]:
            with self.subTest(before), self.wrong(pattern):
                release.look_at_metadata(METADATA.replace(before, after).encode(), FOUND)


class Pages(unittest.TestCase):
    def test_a_table_is_read(self):
        row = "``musllinux`` (musl)   ``x86_64``, ``aarch64``  3.9 to 3.10\n"
        self.assertEqual(
            release.listed(f"====\n{row}===\n"),
            {f"cp3{n}-musllinux_{m}" for n in (9, 10) for m in ("x86_64", "aarch64")},
        )

    def test_the_table_of_the_site_is(self):
        found = release.listed(release.PAGE.read_text(encoding="utf-8"))
        self.assertLess({"cp39-manylinux_x86_64", "cp315-macosx_arm64"}, found)

    def test_there_is_one_version(self):
        places = {
            "CHANGELOG.md": r"\bpackage (\d[\d.]*\d)",
            "CITATION.cff": r"(?m)^version: (\S+)$",
            "MODULE.bazel": r'(?s)^module\(.*?version = "(.+?)"',
            "docs/contributing.rst": r"interpreters_pep_554-(\d[\d.]*\d)",
            "docs/howto/install.rst": r"interpreters[_-]pep[_-]554[- ](\d[\d.]*\d)",
        }
        for path, pattern in places.items():
            with self.subTest(path):
                found = re.findall(pattern, (ROOT / path).read_text(encoding="utf-8"))
                newest = found[:1] if path == "CHANGELOG.md" else found
                self.assertEqual(set(newest), {PROJECT["version"]})


class Command(Place):
    def main(self, *arguments):
        """The exit status, and what is complained of."""
        with contextlib.redirect_stderr(io.StringIO()) as said:
            status = release.main([*arguments, "--output", str(self.root / "dist")])
        return status, said.getvalue()

    def test_a_python_that_is_not_there(self):
        status, said = self.main(str(self.root / "python3"))
        self.assertEqual((status, said), (2, f"release: no such Python: {self.root}/python3\n"))

    def test_what_is_no_python(self):
        with mock.patch.dict(os.environ, XDG_CACHE_HOME=str(self.root)):
            with self.assertRaisesRegex(release.CannotRun, "true makes no environment"):
                release.environment("true")

    def test_a_folder_that_is_no_clone(self):
        with mock.patch.object(release, "ROOT", self.root):
            status, said = self.main(sys.executable)
        self.assertEqual(status, 2)
        self.assertIn("not a clone of the repository", said)

    def test_without_a_python_that_can_build(self):
        none = mock.Mock(return_value=mock.Mock(pythons=[]))
        with mock.patch.object(release.find_pythons, "find", none):
            status, said = self.main()
        self.assertEqual(status, 2)
        self.assertIn("python3-dev", said)

    def test_what_is_wrong_is_not_kept(self):
        settings = 'project = {version = "1"}\ntool.cibuildwheel.environment = {}\n'
        files = {"pyproject.toml": settings.encode(), "CHANGELOG.md": b"package 1"}
        with (
            mock.patch.object(release, "source", lambda: files),
            mock.patch.object(release, "git", lambda *arguments: "1700000000"),
            mock.patch.object(release, "environment", mock.Mock(side_effect=release.Wrong("no"))),
            contextlib.redirect_stdout(io.StringIO()) as said,
        ):
            status, _ = self.main(sys.executable)
        self.assertEqual(status, 1)
        self.assertIn("source distribution\n  WRONG: no\n", said.getvalue())
        self.assertEqual(os.listdir(self.root / "dist"), [])


if __name__ == "__main__":
    unittest.main()
