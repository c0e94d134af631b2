"""The command: what it prints, its exit status, and one clear line for whatever is wrong."""

import json
import os
import sys
import unittest
import xml.etree.ElementTree

from place import CONFORMANCE, TOY, Place


class Command(Place):
    def test_help_is_a_manual(self) -> None:
        process = self.run_it("--help")
        self.assertEqual(process.returncode, 0)
        for words in ("verdicts", "exit status", "--module my_interpreters", "timeout"):
            self.assertIn(words, process.stdout)

    def test_a_departure_is_told_and_is_status_one(self) -> None:
        process = self.judge_toy("-k", "get_")
        self.assertEqual(process.returncode, 1, process.stderr)
        self.assertIn("get_current.main_is_current_at_first: fail: got 1, not 0", process.stdout)
        self.assertIn("toy on cpython", process.stdout)
        self.assertIn("departs from the text", process.stdout)
        self.assertIn("`explain get_current.", process.stdout)
        self.assertIn("1 subject", process.stdout)

    def test_a_relative_path_is_that_of_the_caller(self) -> None:
        os.symlink(sys.executable, self.folder / "my-python")
        (self.folder / "below").mkdir()
        (self.folder / "toy.py").rename(self.folder / "below" / "toy.py")
        base = ("run", "--python", "./my-python", "--profile", "low-level", "-k", "get_main.id")
        for more in (("--path", "below", "--module", "toy"), ("--adapter", "below/toy.py")):
            process = self.run_it(*base, *more)
            self.assertIn("1 missing", process.stdout, process.stderr)

    def test_conforming_is_status_zero(self) -> None:
        process = self.judge_toy("-k", "Identifiers.main")
        self.assertEqual(process.returncode, 0, process.stdout)
        self.assertIn("1 pass", process.stdout)

    def test_files_are_written_as_asked(self) -> None:
        self.judge_toy("-k", "get_main", "--json", "a.json", "--junit", "a.xml", "--results", "r")
        (result,) = json.loads((self.folder / "a.json").read_text())["results"]
        self.assertGreater(result.pop("seconds"), 0)
        self.assertEqual(result["profile"], "low-level")
        (written,) = (self.folder / "r" / "low_level").iterdir()
        self.assertEqual(json.loads(written.read_text()), result)
        suites = xml.etree.ElementTree.parse(self.folder / "a.xml").getroot()
        self.assertEqual(suites[0].get("tests"), str(len(result["checks"])))

    def test_what_is_missing_is_told_once(self) -> None:
        process = self.judge_toy("-k", "is_running")
        lines = [line for line in process.stdout.splitlines() if line.startswith("  missing: ")]
        self.assertEqual(len(lines), len(set(lines)))
        self.assertRegex("\n".join(lines), r"(?m)^  missing: create \(by \d+ checks\)$")

    def test_one_format_can_be_printed_alone(self) -> None:
        for option, begin in (
            ("--json", "{"),
            ("--junit", "<?xml"),
            ("--tap", "TAP version 14\n1.."),
        ):
            process = self.judge_toy("-k", "get_main", option, "-")
            self.assertTrue(process.stdout.startswith(begin), process.stdout)
            self.assertIn("1 subject", process.stderr)
        self.refused(self.judge_toy("--json", "-", "--tap", "-"), "--json and --tap")

    def test_tap_tells_why(self) -> None:
        process = self.judge_toy("-k", "get_current.main_is", "--tap", "a.tap")
        lines = (self.folder / "a.tap").read_text().splitlines()
        self.assertEqual(lines[:2], ["TAP version 14", "1..1"], process.stderr)
        self.assertRegex(lines[2], r"^not ok 1 - toy on cpython-.*: get_current.main_is_current")
        self.assertEqual(
            lines[3:], ["  ---", '  verdict: "fail"', '  detail: "got 1, not 0"', "  ..."]
        )

    def test_verbose_prints_each_verdict(self) -> None:
        process = self.judge_toy("-k", "get_current.main_is", "--verbose")
        self.assertRegex(process.stdout, r"(?m)^fail +\d\.\d\d s  toy on .*: got 1, not 0$")

    def test_compare_shows_what_differs(self) -> None:
        for name, current in (("a", 0), ("b", 1)):
            (self.folder / "toy.py").write_text(TOY.replace("return 1", f"return {current}"))
            self.judge_toy("-k", "get_current.main_is", "--json", f"{name}.json")
        process = self.run_it("compare", "a.json", "b.json")
        self.assertEqual(process.returncode, 1, process.stderr)
        self.assertIn("get_current.main_is_current_at_first\n  A pass\n  B fail", process.stdout)
        (row,) = json.loads(self.run_it("compare", "a.json", "b.json", "--json").stdout)[
            "differences"
        ]
        self.assertEqual(row["verdicts"], ["pass", "fail"])
        self.assertEqual(self.run_it("compare", "a.json", "a.json").returncode, 0)
        recorded = self.run_it("compare", "interpreters@cpython-3.14.10", "a.json")
        self.assertIn("only A was judged by", recorded.stdout)
        self.refused(self.run_it("compare", "spam", "a.json"), "spam", "no such file or record")
        self.refused(self.run_it("compare", "reference@cpython-3.14.10", "a.json"), "several")
        self.refused(self.run_it("compare", "toy.py", "a.json"), "toy.py", "not valid JSON")

    def test_the_report_is_one_file(self) -> None:
        self.judge_toy("-k", "get_", "--json", "a.json")
        process = self.run_it("report", "a.json", "--output", "a.html")
        text = (self.folder / "a.html").read_text()
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("got 1, not 0", text)
        self.assertNotRegex(text, "src=|href=|@import")
        self.assertEqual(self.run_it("report").returncode, 0)
        self.assertIn("concurrent.interpreters", (self.folder / "report.html").read_text())
        self.refused(self.run_it("report", "nowhere.json"), "nowhere.json")

    def test_a_claim_holds_everything_and_can_be_verified(self) -> None:
        base = (
            "claim",
            "--python",
            sys.executable,
            "--adapter",
            "toy.py",
            "--profile",
            "low-level",
        )
        process = self.run_it(*base, "--quiet", "--output", "claim.json")
        self.assertEqual(process.returncode, 1, process.stderr)
        self.assertIn("departs from low-level", process.stdout)
        claim = json.loads((self.folder / "claim.json").read_text())
        self.assertFalse(claim["conforms"])
        self.assertEqual(claim["adapter"], TOY)
        self.assertIn("get_current.main_is_current_at_first", claim["departures"])
        self.assertEqual(self.run_it("claim", "--verify", "claim.json").returncode, 0)
        for change, words in (
            ({"conforms": True}, "conforms is True"),
            ({"departures": []}, "departures is []"),
            ({"digests": {}}, "text other than these"),
        ):
            (self.folder / "other.json").write_text(json.dumps(claim | change))
            process = self.run_it("claim", "--verify", "other.json")
            self.assertEqual(process.returncode, 1)
            self.assertIn(words, process.stdout)
        del claim["result"]["checks"][claim["departures"][0]]
        (self.folder / "other.json").write_text(json.dumps(claim))
        process = self.run_it("claim", "--verify", "other.json")
        self.assertIn("it has no verdict on", process.stdout)
        self.refused(self.run_it("claim", "--verify", "toy.py"), "toy.py")
        self.refused(self.run_it(*base, "-k", "get_"), "-k")

    def test_lists_as_json(self) -> None:
        for what, key in (
            ("clauses", "words"),
            ("checks", "clauses"),
            ("implementations", "title"),
        ):
            rows = json.loads(self.run_it("list", what, "--json").stdout)
            self.assertGreater(len(rows), 3)
            self.assertIn(key, rows[0])

    def test_the_readme_shows_the_recorded_matrix(self) -> None:
        matrix = self.run_it("matrix", "--markdown", "--profile", "low-level").stdout.strip()
        readme = (CONFORMANCE.parent / "README.md").read_text(encoding="utf-8")
        shown = readme.partition("<!-- matrix -->")[2].partition("<!-- end of matrix -->")[0]
        self.assertEqual(shown.strip(), matrix, "put the new matrix between the README's marks")

    def test_lists_are_complete(self) -> None:
        self.assertIn("run_string.unknown-class", self.run_it("list", "clauses").stdout)
        self.assertIn("run_string.names_persist", self.run_it("list", "checks").stdout)

    def test_explain_shows_words_source_and_how_to_reproduce(self) -> None:
        process = self.run_it("explain", "run_string.persists")
        for words in ("is still bound in the next run", "def names_persist(m):", "run -k"):
            self.assertIn(words, process.stdout)
        self.refused(self.run_it("explain", "spam.eggs"), "'spam.eggs'")

    def test_a_python_that_is_not_there(self) -> None:
        self.refused(self.run_it("run", "--python", "/nowhere/python"), "/nowhere/python")

    def test_a_python_that_is_none(self) -> None:
        for name, script in (
            ("cat", "#!/bin/sh\necho spam\n"),
            ("segfault", "#!/bin/sh\nkill -SEGV $$\n"),
            ("no-shebang", "\x7fELF"),
        ):
            path = self.folder / name
            path.write_text(script)
            path.chmod(0o755)
            with self.subTest(name):
                self.refused(self.run_it("run", "--python", str(path)), str(path))
        self.refused(self.run_it("run", "--python", str(self.folder)), str(self.folder))

    def test_a_python_that_hangs(self) -> None:
        path = self.folder / "hang"
        path.write_text("#!/bin/sh\nexec sleep 1000\n")
        path.chmod(0o755)
        process = self.run_it("run", "--python", str(path), "--timeout", "0.5")
        self.refused(process, str(path), "did not answer")

    def test_a_module_that_cannot_be_imported(self) -> None:
        base = ("run", "--python", sys.executable, "--profile", "low-level", "--module")
        self.refused(self.run_it(*base, "no_such_module"), "no_such_module")
        self.refused(self.run_it("run", "--module", "toy"), "--profile")

    def test_an_adapter_that_is_none(self) -> None:
        base = ("run", "--python", sys.executable, "--profile", "low-level", "--adapter")
        self.refused(self.run_it(*base, "nowhere.py"), "nowhere.py")
        (self.folder / "broken.py").write_text("def (")
        self.refused(self.run_it(*base, "broken.py"), "SyntaxError")
        (self.folder / "raising.py").write_text("raise SystemExit(0)")
        self.refused(self.run_it(*base, "raising.py"), "SystemExit")

    def test_a_prefix_that_selects_nothing(self) -> None:
        self.refused(self.judge_toy("-k", "spam"), "'spam'", "list checks")

    def test_an_implementation_without_that_profile(self) -> None:
        process = self.run_it("run", "--implementation", "rustpython", "--profile", "sharing")
        self.refused(process, "rustpython can be judged by low-level", "not by sharing")

    def test_an_implementation_that_is_unknown(self) -> None:
        self.refused(self.run_it("run", "--implementation", "spam"), "'spam'", "reference")

    def test_a_folder_that_cannot_be_written(self) -> None:
        (self.folder / "file").write_text("")
        self.refused(self.judge_toy("--results", "file/below"), "file/below", "another place")
        self.refused(self.judge_toy("-k", "get_main", "--json", "file/a.json"), "file/a.json")

    def test_malformed_lists_of_pythons(self) -> None:
        for name, text in (("a", "{"), ("b", "{}"), ("c", '{"pythons": 5}'), ("d", "[]")):
            (self.folder / name).write_text(text)
            self.refused(self.run_it("run", "--subjects", name), name)
        self.refused(self.run_it("run", "--subjects", "nowhere"), "nowhere", "cannot be read")


if __name__ == "__main__":
    unittest.main()
