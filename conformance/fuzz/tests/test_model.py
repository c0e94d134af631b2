"""The model: what it accepts, what it does not, and the clauses that it names."""

import re
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inside
import spec
from calls import Call, Raised, Resolver, Step, Target, Text, Writer
from model import Finding, Lost, Model, described

FOLDER = Path(__file__).absolute().parent.parent

NOT_FOUND = ["InterpreterNotFoundError", "InterpreterError", "RuntimeError"]


def raised(*names: str, text: str = "") -> tuple[str, object]:
    """Return the report of an exception of a class with these names on its MRO."""
    return "raised", {"class": names[0], "mro": [f"x.{name}" for name in names], "text": text}


class ModelTests(unittest.TestCase):
    def follow(self, call: Call, *reports: object, known: frozenset[str] = frozenset()) -> Model:
        """Have a model, to which one interpreter is known, follow a call that gets these reports."""
        stream: Iterator[object] = iter([("value", 1), *reports])
        model = Model(lambda: next(stream), known=known)  # type: ignore[arg-type]
        for each in (Call("create"), Resolver([1], False).call(call)):
            for _ in model.call(each, 0):
                self.fail("paused")
        self.assertEqual(list(stream), [], "not all reports were taken")
        return model

    def refuse(self, clause: str, call: Call, *reports: object) -> None:
        """Expect the reports to be a finding of this clause."""
        with self.assertRaises(Finding) as caught:
            self.follow(call, *reports)
        self.assertEqual(caught.exception.key, clause)

    def run_of(self, *steps: Step | Raised, id: int = 0) -> Call:
        return Call("run_string", Target("nth", id), Text(steps))

    def test_names_persist(self) -> None:
        call = self.run_of(Step("bind", "a", "True"), Step("read", "a"))
        self.follow(call, ("value", True), ("value", None))
        self.refuse("run_string.persists", call, ("value", 1), ("value", None))
        self.refuse("run_string.none", call, ("value", True), ("value", 0))

    def test_types_come_before_values_before_the_id_before_the_state(self) -> None:
        for no_text, target, name, text in (
            ("5", "None", "TypeError", ""),
            ("5", "-1", "TypeError", ""),
            ("'\\0'", "-1", "ValueError", ""),
            (None, "-1", "InterpreterNotFoundError", "no -1"),
            (None, "False", "InterpreterError", "is 0"),
        ):
            call = Call("run_string", Target("odd", target), Text(no_text=no_text))
            self.follow(call, raised(name, text=text))

    def test_an_unfit_state_is_not_an_unknown_id(self) -> None:
        call = Call("destroy", Target("main"))
        self.follow(call, raised("InterpreterError", "RuntimeError", text="0"))
        self.refuse("destroy.main", call, raised(*NOT_FOUND, text="0"))
        self.refuse("InterpreterError.names-id", call, raised("InterpreterError"))

    def test_an_exception_brings_all_it_has(self) -> None:
        error = Raised("KeyError", ("1",), cause=Raised("OSError", ("2", "'spam'")))
        expected = described(error)
        self.assertEqual(expected["cause"]["class"], "FileNotFoundError")
        arrived = described(error)
        arrived["cause"]["remote"] = True
        call = self.run_of(error)
        self.follow(call, ("raised", arrived))
        self.refuse("run_string.traceback", call, ("raised", expected))
        arrived["cause"]["args"] = []
        self.refuse("run_string.same-arguments", call, ("raised", arrived))
        arrived["cause"] = None
        self.refuse("run_string.cause", call, ("raised", arrived))

    def test_a_known_finding_is_passed_over_if_the_state_is_known(self) -> None:
        call = Call("destroy", Target("nth"))
        self.refuse("destroy.none", call, ("value", 5))
        model = self.follow(call, ("value", 5), known=frozenset({"destroy.none"}))
        self.assertFalse(model.interpreters[1].exists)
        with self.assertRaises(Lost):
            self.follow(call, raised("OSError"), known=frozenset({"destroy.none"}))

    def test_callbacks_are_called_once_and_before_the_end(self) -> None:
        stream = iter([("value", 1), ("value", None), ("said", 2), ("said", 1), ("value", None)])
        model = Model(lambda: next(stream))
        destroy = Resolver([1], False).call(Call("destroy", Target("nth")))
        steps = Step("at_end", number=1), Step("at_end", number=2)
        run = Resolver([1], False).call(self.run_of(*steps))
        for call in (Call("create"), run, destroy):
            list(model.call(call, 0))
        self.assertEqual(list(stream), [])

    def test_every_clause_that_it_names_is_one(self) -> None:
        clauses = spec.load().clauses
        regions = {clause.region for clause in clauses.values()} - {"interpreters"}
        named = set()
        for path in FOLDER.glob("*.py"):
            named |= set(re.findall(r'"([A-Za-z_]+\.[a-z-]+)"', path.read_text("utf-8")))
        named = {name for name in named if name.partition(".")[0] in regions} - regions
        self.assertGreater(len(named), 30)
        self.assertEqual(sorted(named - clauses.keys()), [])
        high = Model(lambda: (), high=True)
        self.assertEqual({high.clause(name) for name in named} - clauses.keys(), set())


class Written(unittest.TestCase):
    def test_a_call_is_written_as_python(self) -> None:
        call = Call("run_string", Target("nth"), Text((Step("bind", "a", "0"),)), named=True)
        resolve = Resolver([7], False).call
        self.assertEqual(
            Writer(False).line(resolve(call)), "attempt(m.run_string, id=7, command='a = 0')"
        )

    def test_code_that_makes_calls_begins_with_there(self) -> None:
        inner = Call("get_main", onward=True)
        call = Resolver([7], True).call(Call("run_string", Target("nth"), Text((inner,))))
        self.assertEqual(
            Writer(True).line(call),
            "attempt(lambda: kept[7].run(there + 'onward(m.get_main)'))",
        )

    def test_an_exception_is_written_as_it_is_described(self) -> None:
        error = Raised("ValueError", ("1",), own="Spam", attributes=(("eggs", "[1]"),))
        names: dict[str, Any] = {"__name__": "__main__"}
        exec("\n".join(error.lines()), names)
        self.assertEqual(inside.describe(names["e"]), described(error))


if __name__ == "__main__":
    unittest.main()
