"""What the commands write is what the published schemas say; and the schemas say something."""

import copy
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

CONFORMANCE = Path(__file__).absolute().parent.parent


def schema(name: str) -> Any:
    return json.loads((CONFORMANCE / "schemas" / name).read_text(encoding="utf-8"))


REGISTRY: Registry[Any] = Registry().with_resource(
    "results.json", Resource.from_contents(schema("results.json"))
)


def validator(name: str, part: str = "") -> Draft202012Validator:
    """Return what validates by the schema of this name, or by one of its definitions."""
    contents = {"$ref": f"results.json#/$defs/{part}"} if part else schema(name)
    return Draft202012Validator(contents, registry=REGISTRY)


class Schemas(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "toy.py").write_text("def get_main(): return 0\n", encoding="utf-8")

    def written(self, *arguments: str, file: str) -> Any:
        """Return what the command writes about a toy."""
        toy = ("--python", sys.executable, "--adapter", "toy.py", "--profile", "low-level")
        process = subprocess.run(
            [sys.executable, str(CONFORMANCE), *arguments, *toy, "--quiet"],
            cwd=self.folder,
            env={**os.environ, "XML_OUTPUT_FILE": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(process.stderr, "")
        return json.loads((self.folder / file).read_text(encoding="utf-8"))

    def test_the_schemas_are_schemas(self) -> None:
        for path in (CONFORMANCE / "schemas").iterdir():
            Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))

    def test_results(self) -> None:
        table = self.written("run", "-k", "get_", "--json", "a.json", file="a.json")
        check = validator("results.json")
        check.validate(table)
        for spoil in (
            lambda t: t.update(spam=1),
            lambda t: t.pop("suite"),
            lambda t: t["results"][0].update(profile="spam"),
            lambda t: t["results"][0].pop("has"),
            lambda t: next(iter(t["results"][0]["checks"].values())).update(verdict="good"),
        ):
            other = copy.deepcopy(table)
            spoil(other)
            with self.assertRaises(jsonschema.ValidationError):
                check.validate(other)

    def test_records(self) -> None:
        check = validator("results.json", "result")
        paths = list((CONFORMANCE / "results").glob("*/*.json"))
        self.assertGreater(len(paths), 10)
        for path in paths:
            check.validate(json.loads(path.read_text(encoding="utf-8")))

    def test_claims(self) -> None:
        table = self.written("claim", "--output", "a.json", file="a.json")
        check = validator("claim.json")
        check.validate(table)
        for spoil in (
            lambda t: t.pop("platform"),
            lambda t: t["digests"].update(text="spam"),
            lambda t: t["result"].pop("checks"),
        ):
            other = copy.deepcopy(table)
            spoil(other)
            with self.assertRaises(jsonschema.ValidationError):
                check.validate(other)


if __name__ == "__main__":
    unittest.main()
