"""The judge judges what an implementation does, however that is laid before it.

What has nothing passes nothing.  What is right is judged right in each shape that can be asked for:
a module's name, an adapter that imports everything, one that renames and unwraps.  What lacks a
name lacks just that.

The reference is what the shapes are made of: the one that this Python can import.  Where it can
import none, only the implementation that has nothing is judged.
"""

import importlib.util
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import process
import runner
import spec
import subjects
import suite
from runner import Verdict

TEXT, CHECKS = spec.load(), suite.load()

# Of each profile, the checks that judge a shape: those whose IDs begin like this.
SELECTED = {
    "low-level": ("enumerate.", "errors.", "get_", "is_running.", "run_string_unrestricted."),
    "high-level": ("Interpreter.",),
    "sharing": ("is_shareable.", "list_all.", "Interpreter_calls.call_"),
    "executor": ("BrokenInterpreterPool.", "InterpreterPoolExecutor_shutdown.", "Tasks."),
}

MODULES = {
    "low-level": "interpreters._interpreters",
    "high-level": "interpreters",
    "sharing": "interpreters",
    "executor": "interpreters",
}

# What a differently shaped implementation is, and the adapter that gives it the documented names.
RESHAPED = {
    "low-level": (
        """
from interpreters import _interpreters
from interpreters._interpreters import InterpreterError as NotPossible
from interpreters._interpreters import InterpreterNotFoundError as NotFound
from interpreters._interpreters import RemoteTraceback as Elsewhere

class Handle:
    def __init__(self, id):
        self.id = id

def list_all():
    return [Handle(id) for id in _interpreters.enumerate()]

def current():
    return Handle(_interpreters.get_current())

def main():
    return Handle(_interpreters.get_main())

def new(own_gil, imports_site):
    return Handle(_interpreters.create(isolated=own_gil, site=imports_site))

is_alive = _interpreters.is_running
close = _interpreters.destroy
execute = _interpreters.run_string
execute_and_share = _interpreters.run_string_unrestricted
""",
        """
import os, sys
sys.path.append(os.path.dirname(__file__))
import reshaped
from reshaped import close as destroy, execute as run_string, is_alive as is_running
from reshaped import execute_and_share as run_string_unrestricted
from reshaped import NotPossible as InterpreterError, NotFound as InterpreterNotFoundError
from reshaped import Elsewhere as RemoteTraceback

def enumerate():
    return [handle.id for handle in reshaped.list_all()]

def get_current():
    return reshaped.current().id

def get_main():
    return reshaped.main().id

def create(*, isolated=False, site=True):
    return reshaped.new(isolated, site).id
""",
    ),
    "high-level": (
        """
from interpreters import *
from interpreters import enumerate as list_all

if hasattr(Interpreter, "run"):
    Interpreter.exec, Interpreter.close = Interpreter.run, Interpreter.destroy
    del Interpreter.run, Interpreter.destroy, enumerate
""",
        """
import os, sys
sys.path.append(os.path.dirname(__file__))
from reshaped import *
from reshaped import list_all as enumerate

if not hasattr(Interpreter, "run"):
    Interpreter.run, Interpreter.destroy = Interpreter.exec, Interpreter.close
""",
    ),
    "sharing": (
        """
from interpreters import *
from interpreters import is_shareable as can_be_sent, list_all as all_of_them

if hasattr(Interpreter, "call_within"):
    Interpreter.call_for, Interpreter.call_beside = Interpreter.call_within, Interpreter.call_in_thread
    del Interpreter.call_within, Interpreter.call_in_thread, is_shareable, list_all
""",
        """
import os, sys
sys.path.append(os.path.dirname(__file__))
from reshaped import *
from reshaped import all_of_them as list_all, can_be_sent as is_shareable

if not hasattr(Interpreter, "call_within"):
    Interpreter.call_within, Interpreter.call_in_thread = Interpreter.call_for, Interpreter.call_beside
""",
    ),
    "executor": (
        """
from interpreters import *
from interpreters import Future, InterpreterPoolExecutor as Pool, BrokenInterpreterPool as Broken

if hasattr(Pool, "stats"):
    Pool.counts = Pool.stats
    del Pool.stats
""",
        """
import os, sys
sys.path.append(os.path.dirname(__file__))
from reshaped import *
from reshaped import Pool as InterpreterPoolExecutor, Broken as BrokenInterpreterPool

InterpreterPoolExecutor.stats = InterpreterPoolExecutor.counts
""",
    ),
}


def reference() -> str | None:
    """Return the folder from which this Python imports the reference, or None."""
    found = importlib.util.find_spec("interpreters")
    return str(Path(found.origin).parent.parent) if found and found.origin else None


def everything(profile: str, module: str) -> str:
    """Return an adapter that imports all that *module* has, also what it has only when asked."""
    documented = subjects.documented_names(TEXT, profile)
    names = dict.fromkeys(name.partition(".")[0] for name in documented)
    return f"from {module} import *\nfrom {module} import {', '.join(names)}\n"


def subject(
    profile: str, *, module: str | None = None, file: str | None = None
) -> subjects.Subject:
    """Return what is asked for like that, on this Python."""
    described = subjects.describe(
        subjects.Python(sys.executable, reference()),
        subjects.own_adapter(profile, module=module, file=file),
        subjects.documented_names(TEXT, profile),
        timeout=60,
    )
    assert isinstance(described, subjects.Subject), described
    return described


def judge(work: list[runner.Work]) -> dict[subjects.Subject, dict[str, Verdict]]:
    """Return the verdicts, by subject and by the check's ID."""
    return runner.judge(work, jobs=process.jobs(), timeout=30)


class Shapes(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name: str, source: str) -> str:
        """Write a file; return its path."""
        path = self.folder / name
        path.write_text(source, encoding="utf-8")
        return str(path)


class Nothing(Shapes):
    def test_what_has_nothing_passes_nothing(self) -> None:
        """The verdict is that a name is missing, by whichever way a check comes to it."""
        for profile in spec.PROFILES:
            with self.subTest(profile=profile):
                nothing = subject(profile, file=self.file("nothing.py", '"""Nothing."""\n'))
                work = [(nothing, check) for check in CHECKS if nothing.applies(check)]
                found = judge(work)[nothing]
                others = {id: v for id, v in found.items() if v.verdict != "missing"}
                self.assertEqual(others, {})


@unittest.skipUnless(reference(), "this Python has no reference to import")
class Reference(Shapes):
    def verdicts(
        self, profile: str, *asked_for: subjects.Subject
    ) -> list[dict[str, tuple[str, str]]]:
        """Return the verdicts of the selected checks, first on the adapter that ships."""
        shipped = next(
            adapter.module
            for adapter in subjects.adapters()
            if (adapter.profile, adapter.implementation) == (profile, "reference")
        )
        shapes = [subject(profile, file=shipped), *asked_for]
        found = judge(
            [
                (shape, check)
                for shape in shapes
                for check in CHECKS
                if shape.applies(check) and check.id.startswith(SELECTED[profile])
            ]
        )
        return [
            {id: (verdict.verdict, verdict.detail) for id, verdict in found[shape].items()}
            for shape in shapes
        ]

    def same(self, profile: str, *asked_for: subjects.Subject) -> None:
        """Expect each of these to be judged like the adapter that ships, which passes."""
        shipped, *others = self.verdicts(profile, *asked_for)
        self.assertEqual(shipped, dict.fromkeys(shipped, ("pass", "")))
        self.assertGreater(len(shipped), 20)
        for shape, verdicts in zip(asked_for, others, strict=True):
            with self.subTest(profile=profile, shape=shape.title):
                self.assertEqual(verdicts, shipped)

    def test_every_shape_is_judged_alike(self) -> None:
        for profile, module in MODULES.items():
            with self.subTest(profile=profile):
                implementation, adapter = RESHAPED[profile]
                self.file("reshaped.py", implementation)
                self.same(
                    profile,
                    subject(profile, module=module),
                    subject(profile, file=self.file("all.py", everything(profile, module))),
                    subject(profile, file=self.file("renames.py", adapter)),
                )

    def test_a_name_that_is_left_out_is_missing(self) -> None:
        source = f"from {MODULES['low-level']} import *\ndel run_string_unrestricted\n"
        shape = subject("low-level", file=self.file("lacks_one.py", source))
        shipped, lacking = self.verdicts("low-level", shape)
        for check in CHECKS:
            if check.id in lacking:
                lacks = "m.run_string_unrestricted" in check.source
                expected = ("missing", "run_string_unrestricted") if lacks else shipped[check.id]
                with self.subTest(check=check.id):
                    self.assertEqual(lacking[check.id], expected)


if __name__ == "__main__":
    unittest.main()
