"""The matrix tells whatever is wrong with a check or a mutant, and only what it has seen.

A toy stands for the reference: a package ``interpreters`` of the same shape, without interpreters.
"""

import contextlib
import importlib
import io
import json
import sys
import tempfile
import unittest
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import mutation
import spec
import suite
from files import Unusable
from spec import Clause, Spec
from subjects import Python, Subject

LOW_LEVEL = """
class InterpreterError(RuntimeError): pass
def create(*, isolated=False, site=True): return 7
def one(): return 1
def two(): return 2
"""

HIGH_LEVEL = """
from . import _interpreters
class Interpreter:
    def run(self): return _interpreters.one()
def get(): return Interpreter()
"""

CHECKS = """
from check import covers

@covers("toy.one")
def one_is_one(m): assert m.one() == 1, "it is %r" % m.one()

@covers("toy.one")
def one_is_an_int(m): assert type(m.one()) is int, "it is no int"

@covers("toy.two")
def two_is_two(m): assert m.two() == 2, "it is %r" % m.two()

@covers("toy.three", isolates=False)
def refuses(m):
    try: m.create(isolated=True)
    except m.InterpreterError: return
    raise AssertionError("did not refuse")
"""

MUTANTS = '''
from mutants.mutant import replaces, violates

@violates()
def unchanged(m): pass

@violates(isolates=False)
def unable(m): pass

@violates("toy.one")
def one_is_eleven(m):
    """One is eleven."""
    @replaces(m, "one")
    def mutated(one): return one() + 10

@violates("toy.one")
def one_is_true(m):
    @replaces(m, "one")
    def mutated(one): return one() == 1

@violates("toy.two")
def two_is_three(m): m.two = lambda: 3

@violates("toy.three", isolates=False)
def does_not_refuse(m):
    @replaces(m, "create")
    def mutated(create, **options): return create()
'''


class Toy(unittest.TestCase):
    """A reference, a text, checks and mutants."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        package = self.root / "interpreters"
        for path, text in (
            (package / "__init__.py", HIGH_LEVEL),
            (package / "_interpreters.py", LOW_LEVEL),
            (self.root / "conformance" / "checks" / "low_level" / "toy.py", CHECKS),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.mutants(MUTANTS)
        clauses = [Clause(f"toy.{n}", "low-level", "toy", {}) for n in ("one", "two", "three")]
        self.text = Spec([], {clause.id: clause for clause in clauses})

    def mutants(self, text: str, profile: str = "low_level") -> Path:
        """Have these mutants, and no others of the profile; return their file."""
        path = self.root / "conformance" / "mutants" / profile / "toy.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def reference(self, version: str = "cpython-3.12.0") -> Subject:
        python = Python(sys.executable, str(self.root))
        return Subject(python, version, "low-level", "reference", "the reference", "", ())

    def run_all(self, prefix: str = "", version: str = "cpython-3.12.0") -> mutation.Matrix:
        return mutation.matrix(
            {"low-level": self.reference(version)},
            self.text,
            suite.load(self.root),
            prefix,
            mutants=mutation.load(self.root),
            jobs=4,
            timeout=20.0,
        )


class Matrix(Toy):
    def test_nothing_is_found_where_every_mutant_is_killed(self) -> None:
        result = self.run_all()
        self.assertEqual(result.findings, [])
        killed = {
            (mutant.name, check.name): verdict.detail
            for (mutant, check), verdict in result.verdicts.items()
            if verdict.verdict == "fail"
        }
        self.assertEqual(killed["one_is_eleven", "one_is_one"], "it is 11")
        self.assertEqual(killed["does_not_refuse", "refuses"], "did not refuse")
        self.assertNotIn(("one_is_eleven", "one_is_an_int"), killed)
        self.assertEqual(
            list(mutation.report_lines(result)),
            ["4 mutants of 3 clauses, 4 checks, 10 verdicts: all killed"],
        )

    def test_a_mutant_that_survives_is_found(self) -> None:
        self.mutants(MUTANTS + "\n@violates('toy.two')\ndef two_is_two(m): m.two = lambda: 2\n")
        self.assertEqual(
            self.run_all().findings,
            ["mutant toy.two_is_two: survives the clause toy.two: toy.two_is_two"],
        )

    def test_a_mutant_must_be_killed_for_each_of_its_clauses(self) -> None:
        self.mutants(MUTANTS.replace('@violates("toy.two")', '@violates("toy.two", "toy.one")'))
        self.assertEqual(
            self.run_all().findings,
            [
                "mutant toy.two_is_three: survives the clause toy.one: "
                "toy.one_is_one, toy.one_is_an_int"
            ],
        )

    def test_a_check_that_kills_nothing_is_found(self) -> None:
        self.mutants(MUTANTS.replace("one() == 1", "1"))
        self.assertEqual(
            self.run_all().findings,
            [
                "mutant toy.one_is_true: survives the clause toy.one: "
                "toy.one_is_one, toy.one_is_an_int",
                "check toy.one_is_an_int: kills none of the 2 mutants of toy.one",
            ],
        )

    def test_a_clause_without_mutants_is_found(self) -> None:
        self.mutants(MUTANTS.replace('@violates("toy.two")', '@violates("toy.one")'))
        findings = self.run_all().findings
        self.assertIn("clause toy.two: has no mutant; its checks: toy.two_is_two", findings)

    def test_an_unknown_clause_is_found(self) -> None:
        self.mutants(MUTANTS.replace('@violates("toy.two")', '@violates("toy.two", "toy.tow")'))
        self.assertEqual(
            self.run_all().findings,
            ["mutant toy.two_is_three: there is no clause toy.tow; did you mean toy.two?"],
        )

    def test_a_mutant_that_cannot_be_made_kills_nothing(self) -> None:
        self.mutants(MUTANTS.replace("lambda: 3", "three"))
        findings = self.run_all("toy.two").findings
        self.assertRegex(
            findings[0], r"mutant toy.two_is_three: cannot be made: .*name 'three' is not defined"
        )
        self.assertIn("check toy.two_is_two: kills none of the 1 mutants of toy.two", findings)

    def test_a_check_that_fails_on_the_unchanged_reference_is_found(self) -> None:
        (self.root / "interpreters" / "_interpreters.py").write_text(
            LOW_LEVEL.replace("return 2", "return 4")
        )
        self.assertEqual(
            self.run_all().findings,
            ["check toy.two_is_two: fails the control toy.unchanged: fail: it is 4"],
        )

    def test_a_part_is_judged_by_what_was_run(self) -> None:
        self.mutants(MUTANTS.replace("one() == 1", "1"))
        self.assertEqual(self.run_all("toy.two").findings, [])
        one_check = self.run_all("toy.one_is_an_int")
        self.assertEqual(
            one_check.findings,
            ["check toy.one_is_an_int: kills none of the 2 mutants of toy.one"],
        )
        one_mutant = self.run_all("toy.one_is_eleven")
        self.assertEqual((len(one_mutant.verdicts), one_mutant.findings), (2, []))
        with self.assertRaisesRegex(Unusable, "begins with 'spam'"):
            self.run_all("spam")

    def test_a_python_that_cannot_isolate_runs_what_it_can(self) -> None:
        self.mutants(
            MUTANTS + "\n@violates('toy.two', isolates=True)\ndef isolated(m): m.two = lambda: 5\n"
        )
        names = {mutant.name for mutant, _ in self.run_all().verdicts}
        less = self.run_all(version="cpython-3.11.0")
        self.assertEqual(names - {mutant.name for mutant, _ in less.verdicts}, {"isolated"})
        self.assertEqual(less.findings, [])

    def test_the_copy_of_the_high_level_module_is_changed_and_not_the_module(self) -> None:
        path = self.mutants(
            "from mutants.mutant import replaces, violates\n"
            "@violates()\n"
            "def both(m):\n"
            "    m._interpreters.one = lambda: 10\n"
            "    @replaces(m.Interpreter, 'run')\n"
            "    def mutated(run, self): return run(self) + 100\n",
            "high_level",
        )
        self.addCleanup(
            lambda names: [sys.modules.pop(name, None) for name in names],
            ["interpreters", "interpreters._interpreters"],
        )
        with mock.patch.object(sys, "path", [str(self.root), *sys.path]):
            mutant = importlib.import_module("mutants.mutant")
            changed = mutant.mutate(str(path), "both")
            interpreters = importlib.import_module("interpreters")
        self.assertEqual(changed.get().run(), 110)
        self.assertEqual(interpreters.get().run(), 1)
        self.assertEqual(interpreters._interpreters.one(), 1)

    def test_the_copy_is_the_module_where_objects_are_shared(self) -> None:
        """What is shared is looked up by the name of its module, in what the mutant has changed."""
        path = self.mutants(
            "from mutants.mutant import replaces, violates\n"
            "@violates()\n"
            "def changed(m):\n"
            "    @replaces(m.Interpreter, 'run')\n"
            "    def mutated(run, self): return run(self) + 100\n",
            "sharing",
        )
        self.addCleanup(
            lambda names: [sys.modules.pop(name, None) for name in names],
            ["interpreters", "interpreters._interpreters"],
        )
        with mock.patch.object(sys, "path", [str(self.root), *sys.path]):
            original = importlib.import_module("interpreters")
            changed = importlib.import_module("mutants.mutant").mutate(str(path), "changed")
        self.assertIs(sys.modules["interpreters"], changed)
        self.assertEqual([changed.get().run(), original.get().run()], [101, 1])
        self.assertEqual(changed.Interpreter.__module__, "interpreters")

    def test_the_matrix_is_written_as_json(self) -> None:
        table = json.loads(json.dumps(mutation.table(self.run_all("toy.one_is_eleven"))))
        entry = table["mutants"]["low-level/toy.one_is_eleven"]
        self.assertEqual([entry["violates"], entry["says"]], [["toy.one"], "One is eleven."])
        self.assertEqual(entry["checks"]["toy.one_is_one"]["verdict"], "fail")
        self.assertEqual(table["findings"], [])


class Command(Toy):
    def test_the_exit_status_tells_whether_something_was_found(self) -> None:
        for text, status, said in (
            (MUTANTS, 0, "all killed"),
            (MUTANTS.replace("lambda: 3", "lambda: 2"), 1, "2 findings"),
        ):
            self.mutants(text)
            printed = io.StringIO()
            with self.stand_ins(), contextlib.redirect_stdout(printed):
                answer = mutation.run(
                    Namespace(k="", j=4, timeout=20.0, memory=4096, json=None, verbose=True)
                )
            self.assertEqual(answer, status)
            self.assertIn(said, printed.getvalue().splitlines()[-1])
            self.assertIn("toy.one_is_eleven  toy.one_is_one  fail  it is 11", printed.getvalue())

    @contextlib.contextmanager
    def stand_ins(self) -> Iterator[None]:
        """Have the command see the toy where it would see the project."""
        mutants, checks = mutation.load(self.root), suite.load(self.root)
        with (
            mock.patch.object(spec, "load", lambda: self.text),
            mock.patch.object(suite, "load", lambda: checks),
            mock.patch.object(mutation, "load", lambda: mutants),
            mock.patch.object(mutation, "_references", lambda *_: {"low-level": self.reference()}),
        ):
            yield


class Shipped(unittest.TestCase):
    def test_every_mutant_says_what_is_wrong_with_it(self) -> None:
        for mutant in mutation.load():
            with self.subTest(mutant.id):
                self.assertRegex(mutant.doc, r"^[A-Z\"'*_a-z].*\.$")

    def test_no_mutant_is_there_twice(self) -> None:
        ids = [(mutant.profile, mutant.id) for mutant in mutation.load()]
        self.assertEqual(len(ids), len(set(ids)))

    def test_every_mutant_names_clauses_of_its_profile(self) -> None:
        text = spec.load()
        for mutant in mutation.load():
            with self.subTest(mutant.id):
                for clause in mutant.clauses:
                    self.assertIn(clause, text.clauses)
                    self.assertEqual(text.clauses[clause].profile, mutant.profile)


if __name__ == "__main__":
    unittest.main()
