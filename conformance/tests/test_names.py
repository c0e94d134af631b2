"""Names that a shell, a terminal, a page or a path would take for something else: they stay names.

A canary sits in each: a command that makes a file.  Either the name arrives as it is, or one line
refuses it; no file is made, and no character reaches a terminal that the terminal would obey.
"""

import html.parser
import json
import os
import sys
import unittest
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

from place import TOY, Place

sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import exports
import page
import records
import spec
import suite
from files import Unusable
from plain import plain
from records import Result
from runner import Verdict, _stable
from subjects import Adapter, Python, Subject, describe, from_file, own_adapter

# Whoever takes it for more than a name makes the file "canary", or shows what he should not.
NAME = (
    " a; touch canary; $(touch canary) `touch canary` ' ; touch canary ; ' \" ; touch canary ; \"\n"
    "touch canary\n| touch canary & %s {0} ${IFS} \\ * ~\r\x1b]0;spam\x07\x1b[2J\x9b<script>1<script>"
    ":raw-html:`a` |a| \u202e na\xefve \U0001f40d"
)

# Shorter ones, to be told apart; the last is longer than a name may be.
NAMES = ("-c", "--help", "$(touch canary)", "a\nb", "\x1b[2J", "../toy", ".", "/", "x" * 5000)

# An adapter that answers in the place of the worker.
LIAR = "import json\nSAID = {!r}\njson.dumps = lambda value: SAID\ndef get_main(): return 0\n"


class Markup(html.parser.HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def result(**changes: Any) -> dict[str, Any]:
    """Return the table of a result, with *changes*."""
    verdict = {"verdict": "fail", "detail": "spam"}
    table = {"format": records.FORMAT, "profile": "low-level", "implementation": "toy"}
    table |= {"title": "toy", "python": "cpython-3.12.1", "names": {}, "has": []}
    return table | {"checks": {"get_main.id": verdict}} | changes


class Names(Place):
    def tearDown(self) -> None:
        found = [path for path in self.folder.rglob("*") if path.name == "canary"]
        self.assertEqual(found, [], "a name was executed")

    def assert_plain(self, text: str) -> None:
        for line in text.split("\n"):
            self.assertTrue(line.isprintable(), ascii(line))

    def test_what_has_such_a_name_is_used(self) -> None:
        """The Python, the adapter, and each file that is written and read again."""
        (self.folder / NAME).symlink_to(sys.executable)
        (self.folder / f"{NAME}.py").write_text(TOY)
        done = self.run_it(
            "run", "--python", f"./{NAME}", "--adapter", f"{NAME}.py", "--profile", "low-level",
            "-k", "get_main.id", "--json", f"{NAME}.json", "--junit", f"{NAME}.xml",
            "--tap", f"{NAME}.tap", "--results", f"{NAME}.results",
        )  # fmt: skip
        self.assertIn("1 verdict: 1 missing", done.stdout, done.stderr)
        self.assertIn(f"{plain(NAME)} on cpython", done.stdout)
        self.assert_plain(done.stdout + done.stderr)
        (suite,) = xml.etree.ElementTree.parse(self.folder / f"{NAME}.xml").getroot()
        self.assertTrue(str(suite.get("name")).startswith(f"{plain(NAME)} on "))
        lines = (self.folder / f"{NAME}.tap").read_text().splitlines()
        self.assertEqual(len([line for line in lines if line.startswith("not ok")]), 1)
        (written,) = (self.folder / f"{NAME}.results").rglob("*.json")
        self.assertTrue(written.name.startswith(f"{plain(NAME)}@cpython-"))
        done = self.run_it("report", f"{NAME}.json", "--output", f"{NAME}.html")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_plain(done.stdout)
        shown = Markup((self.folder / f"{NAME}.html").read_text())
        self.assertIn(plain(NAME), shown.text)
        self.assertNotIn("script", shown.tags)

    def test_what_does_not_exist_is_refused_by_its_name(self) -> None:
        base = ("run", "--python", sys.executable, "--profile", "low-level")
        self.refused(self.run_it(*base, f"--module={NAME}"), plain(NAME))
        self.refused(self.run_it("run", f"--python={NAME}"), plain(NAME))
        self.refused(self.run_it("run", f"--subjects={NAME}"), plain(NAME))
        self.refused(self.run_it("compare", NAME, NAME), plain(NAME))
        self.refused(self.run_it("explain", NAME), repr(NAME)[:20])
        for name in NAMES:
            with self.subTest(name[:20]):
                self.assertRaises(Unusable, own_adapter, "low-level", module=None, file=name)
                self.assertNotIn(
                    "/", own_adapter("low-level", module=name, file=None).implementation
                )
        self.refused(self.run_it("compare", NAMES[-1], NAMES[-1]), "no such file or record")

    def test_no_name_is_refused(self) -> None:
        for option in ("--python", "--module", "--subjects", "--json"):
            self.refused(self.judge_toy(f"{option}="), option.strip("-"), "empty")
        self.refused(self.run_it("compare", "", "a"), "empty")

    def test_a_folder_that_pythonpath_cannot_name_is_refused(self) -> None:
        """It would be taken for two."""
        with self.assertRaisesRegex(Unusable, "a:b: PYTHONPATH cannot"):
            Python("python3", "a:b").environment()
        folder = self.folder / NAME.replace(":", "")
        folder.mkdir()
        (folder / "spam.py").write_text(TOY)
        adapter = Adapter("low-level", "spam", "spam", "spam")
        found = describe(Python(sys.executable, str(folder)), adapter, ["get_main"], 60)
        self.assertIsInstance(found, Subject, found)

    def test_an_adapter_is_never_taken_for_a_mutant(self) -> None:
        folder = self.folder / "x.py::y"
        folder.mkdir()
        (folder / "toy.py").write_text(TOY)
        adapter = Adapter("low-level", "toy", "toy", str(folder / "toy.py"))
        found = describe(Python(sys.executable), adapter, ["get_main"], 60)
        self.assertIsInstance(found, Subject, found)

    def test_lists_of_pythons(self) -> None:
        file = self.folder / "list.json"
        for entry in (5, None, {"executable": 5}, {"executable": ["touch", "canary"]},
                      {"executable": "x", "path": 5}, {"executable": "x", "packages": {"a": 5}}):  # fmt: skip
            with self.subTest(entry):
                file.write_text(json.dumps({"pythons": [entry]}))
                self.assertRaises(Unusable, from_file, str(file))
        adapter = Adapter("low-level", "toy", "toy", str(self.folder / "toy.py"))
        for name in (*NAMES, NAME, "a\0b", ""):
            with self.subTest(name[:20]):
                file.write_text(json.dumps({"pythons": [{"executable": name}]}))
                (python,) = from_file(str(file))
                self.assertEqual(python.executable, name)
                with self.assertRaises(Unusable):
                    describe(python, adapter, ["get_main"], 60)


class Words(Place):
    """What a subject says of itself and of what happened, or what stands in a file of results."""

    def test_a_verdict_is_plain(self) -> None:
        self.assertEqual(_stable(NAME), plain(" ".join(NAME.split())))

    def test_what_was_written_by_hand_is_plain(self) -> None:
        checks = {NAME: {"verdict": "fail", "detail": NAME}}
        given = result(
            title=NAME, implementation=NAME, names={NAME: NAME}, has=[NAME], checks=checks
        )
        found = records.from_table(given, Path("file"))
        said = plain(NAME)
        expected = Result("low-level", said, said, "cpython-3.12.1", {said: said}, (said,),
                          {said: Verdict("fail", said)})  # fmt: skip
        self.assertEqual(found, expected)
        shown = Markup(page.render([found], spec.load(), suite.load(), []))
        self.assertEqual(shown.text.count(said), 4)
        self.assertNotIn("script", shown.tags)
        root = xml.etree.ElementTree.fromstring(exports.junit([found]))
        self.assertEqual([fault.get("message") for fault in root.iter("failure")], [said])
        self.assertEqual(len(exports.tap([found]).splitlines()), 7)

    def test_what_is_no_result_is_refused(self) -> None:
        for change in ({"python": "cpython-\xb2"}, {"python": 5}, {"python": "../x-1.0"},
                       {"title": 5}, {"names": []}, {"has": 5}, {"has": [5]}, {"checks": []},
                       {"checks": {"a": {"verdict": [], "detail": ""}}}):  # fmt: skip
            with self.subTest(change), self.assertRaises(Unusable):
                records.from_table(result(**change), Path("file"))

    def test_a_subject_cannot_choose_where_its_record_is_written(self) -> None:
        adapter = Adapter("low-level", "toy", "toy", str(self.folder / "toy.py"))
        good = {"python": "cpython-3.12.0", "names": {}, "has": []}
        bad = ({"python": "../../canary-1.0"}, {"python": "cpython-3.12\n"}, {"names": 5})
        for answer in ("[" * 100_000, *(json.dumps(good | change) for change in bad)):
            with self.subTest(answer[-60:]):
                (self.folder / "toy.py").write_text(LIAR.format(answer))
                found = describe(Python(sys.executable), adapter, ["get_main"], 60)
                self.assertIn("gave no answer", str(found))

    def test_its_names_are_plain(self) -> None:
        adapter = Adapter("low-level", "toy", "toy", str(self.folder / "toy.py"))
        said = {"python": "cpython-3.12.0", "names": {"a": "\x1b[2J"}, "has": ["\u202e"]}
        (self.folder / "toy.py").write_text(LIAR.format(json.dumps(said)))
        subject = describe(Python(sys.executable), adapter, ["a"], 60)
        assert isinstance(subject, Subject), subject
        self.assertEqual((subject.names, subject.has), ((("a", r"\x1b[2J"),), (r"\u202e",)))
        (self.folder / "toy.py").write_text("raise ValueError('\\x1b[2J')")
        found = describe(Python(sys.executable), adapter, ["a"], 60)
        self.assertEqual(found, r"ValueError: \x1b[2J")


class Plain(unittest.TestCase):
    def test_what_is_printable_stays(self) -> None:
        for text in ("", "spam eggs", "na\xefve \u65e5 \U0001f40d", "a\\b", "'\""):
            self.assertEqual(plain(text), text)

    def test_what_is_not_is_an_escape(self) -> None:
        for text in ("\x1b[2J", "a\nb\tc", "\x9b", "\u202e\u2028", "\udc80", "\0\x7f", os.linesep):
            self.assertEqual(plain(text), ascii(text)[1:-1])


if __name__ == "__main__":
    unittest.main()
