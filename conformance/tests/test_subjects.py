"""What a Python is, what an adapter makes on it, and which folders it sees."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import spec
import subjects
from files import Unusable
from subjects import Adapter, Python

HERE = Python(sys.executable)
LIMIT = 20.0


class Subjects(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name).resolve()

    def adapter(self, text: str, name: str = "toy") -> Adapter:
        """Return an adapter that has this text."""
        path = self.folder / f"{name}.py"
        path.write_text(text)
        return Adapter("low-level", name, name, str(path))

    def package(self, name: str) -> str:
        """Return a folder in which a package of that name is."""
        folder = self.folder / f"folder-of-{name}"
        folder.mkdir()
        (folder / f"{name}.py").write_text("def spam(): pass\n")
        return str(folder)

    def describe(self, python: Python, adapter: Adapter) -> "subjects.Subject | str":
        return subjects.describe(python, adapter, ["spam"], LIMIT)

    def test_what_a_python_is(self) -> None:
        version = "{}.{}.{}".format(*sys.version_info)
        found = subjects.identify(HERE, LIMIT)
        self.assertTrue(found.startswith(f"{sys.implementation.name}-{version}"), found)

    def test_no_python(self) -> None:
        path = self.folder / "python3"
        path.write_text("#!/bin/sh\necho no\nexit 7\n")
        path.chmod(0o755)
        with self.assertRaises(Unusable) as caught:
            subjects.identify(Python(str(path)), LIMIT)
        told = f"{path}: gave no answer (exit status 7, said no); is it a Python, 3.8 or later?"
        self.assertEqual(str(caught.exception), told)
        with self.assertRaises(Unusable):
            self.describe(Python(str(path)), self.adapter(""))

    def test_an_adapter_that_ends_the_process_makes_no_subject(self) -> None:
        for text, reason in [
            ("raise ImportError('not here')", "ImportError: not here"),
            ("import os; os._exit(3)", "the process gave no answer (exit status 3)"),
            ("import os; os.kill(os.getpid(), 9)", "the process ended by signal 9"),
        ]:
            found = self.describe(HERE, self.adapter(text))
            assert isinstance(found, str)
            self.assertIn(reason, found)

    def test_a_subject_sees_its_own_packages_alone(self) -> None:
        packages = tuple((name, self.package(name)) for name in ("one", "other"))
        python = Python(sys.executable, packages=packages)
        found = self.describe(python, self.adapter("from one import spam", "one"))
        assert isinstance(found, subjects.Subject)
        self.assertEqual(found.python.packages, packages[:1])
        self.assertEqual(found.python.environment()["PYTHONPATH"], packages[0][1])
        absent = self.describe(python, self.adapter("from other import spam", "one"))
        assert isinstance(absent, str)
        self.assertIn("other", absent)

    def test_the_file_of_subjects(self) -> None:
        path = self.folder / "subjects.json"
        entries = [
            {"executable": "/a", "path": "built", "packages": {"one": "/absolute", "two": "near"}},
            {"executable": "/b"},
        ]
        path.write_text(json.dumps({"pythons": entries}))
        first, second = subjects.from_file(str(path))
        here = str(self.folder)
        self.assertEqual(first.path, f"{here}/built")
        self.assertEqual(first.packages, (("one", "/absolute"), ("two", f"{here}/near")))
        self.assertEqual(second, Python("/b"))

    def test_a_file_that_is_no_list(self) -> None:
        path = self.folder / "subjects.json"
        for text in (
            "[]",
            '{"pythons": [{}]}',
            '{"pythons": [{"executable": "/a", "packages": 1}]}',
        ):
            path.write_text(text)
            with self.assertRaises(Unusable):
                subjects.from_file(str(path))

    def test_all_at_once_are_in_order(self) -> None:
        adapters = [
            self.adapter("def spam(): pass", "good"),
            self.adapter("import none_such", "bad"),
        ]
        pairs = [(HERE, adapter) for adapter in adapters * 3]
        names = {"low-level": ["spam"]}
        found = subjects.describe_all(pairs, names, LIMIT)
        self.assertEqual(found, [self.describe(HERE, adapter) for adapter in adapters] * 3)
        self.assertEqual([isinstance(each, str) for each in found], [False, True] * 3)

    def test_a_python_that_is_none_among_all(self) -> None:
        with self.assertRaises(Unusable):
            pairs = [(Python("/nowhere"), self.adapter(""))]
            subjects.describe_all(pairs, {"low-level": ["spam"]}, LIMIT)

    def test_our_adapters_have_titles_and_are_of_a_profile(self) -> None:
        titles: set[tuple[str, str]] = set()
        for adapter in subjects.adapters():
            self.assertIn(adapter.profile, spec.PROFILES)
            self.assertNotIn((adapter.profile, adapter.title), titles)
            titles.add((adapter.profile, adapter.title))


if __name__ == "__main__":
    unittest.main()
