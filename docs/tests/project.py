"""A project of two pages, small enough to be read at a glance, that the tests build with Sphinx.

It has a text with its clauses, a PEP that restates one, checks, deviations and a page of tables.
What is on record of it is up to each test.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

DOCS = Path(__file__).absolute().parent.parent
IMPORTS = [str(DOCS), str(DOCS.parent / "conformance")]

PAGE = """\
Sample
======

.. module:: sample

Rules
-----

The rule is the rule.
See :clause:`spam.none`.

.. function:: spam(eggs)

   Take *eggs*, as :func:`eggs`
   does, and return ``None``.
   The rule is the rule.
   One thing and another thing.

.. function:: eggs()

   Nothing is quoted here but a "quotation" & <tags>.
"""

CLAUSES = """\
document = "docs/library/sample.rst"
profile = "low-level"
[clauses.Rules]
rule = "The rule is the rule."
[clauses.spam]
takes = "Take eggs, as eggs does,"
none = "and return None."
rule = "The rule is the rule."
one = "One thing and another"
other = "another thing."
[clauses.eggs]
gone = "These words were edited away."
quotation = 'Nothing is quoted here but a "quotation" & <tags>.'
"""

PEP = """\
PEP: 1
Title: A Sample
Author: A. N. Other <other@example.org>

Abstract
========

``spam(eggs)``
    Return nothing, that is None.
"""

RESTATES = """\
document = "pep/pep-0001.rst"
[restates]
"spam.none" = "Return nothing, that is None."
"""

CHECKS = '''\
from check import covers

@covers("spam.none")
def the_result_is_none(m):
    """The result is ``None``, never <b>bold</b>."""
    assert m.spam(1) is None  # <i> & so on

@covers("spam.none", "Rules.rule")
def the_rule_holds(m):
    """The rule holds."""
'''

HAZARDS = '''
@covers("spam.none", hazard="Too much ``spam``")
def much_of_it(m):
    """Much of it does no harm."""

@covers("Rules.rule", hazard="An <i>egg</i>")
def an_egg(m):
    """An egg does no harm."""
'''

MATRIX = """\
Matrix
======

.. matrix:: low-level
.. glance::
.. deviations:: low-level
"""

DEVIATIONS = """\
[[deviation]]
pythons = "3.8-3.9"
verdict = "fail"
checks = ["spam.the_result_is_none"]
says = "It returns <b>``1``</b>."
why = "It was made so."
issue = "gh-12"
"""

CONF = """\
extensions = ["clauses"]
add_function_parentheses = False
version = copyright = "1"
clauses_root = {root!r}
clauses_results = {results!r}
import conf_of_the_site
def setup(app):
    app.connect("include-read", conf_of_the_site.show_pep_header)
"""


def result(
    implementation: str, python: str, *, has: Iterable[str] = (), **verdicts: str
) -> dict[str, object]:
    """Return a result file's content; what does not pass has the detail given, or an awkward one."""
    checks = {}
    for name, said in verdicts.items():
        verdict, _, detail = said.partition("; ")
        awkward = "" if verdict == "pass" else "<u>&amp; |x| :raw:`y` \x1b[2J"
        checks[f"spam.{name}"] = {"verdict": verdict, "detail": detail or awkward}
    return {
        "format": 2,
        "profile": "low-level",
        "implementation": implementation,
        "title": f"the {implementation}",
        "python": python,
        "names": {"spam": "ham"} if implementation == "other" else {"spam": "spam"},
        "has": list(has),
        "checks": checks,
    }


RESULTS = [
    result("reference", "cpython-3.9.1", the_result_is_none="pass", the_rule_holds="pass"),
    result("other", "cpython-3.8.2", the_result_is_none="fail", the_rule_holds="pass"),
    result("other", "cpython-3.9.1", the_result_is_none="fail", the_rule_holds="pass"),
    result("other", "cpython-3.10.1", the_result_is_none="pass", the_rule_holds="pass"),
]


class Project:
    """The sample project, in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write(
            "docs/index.rst",
            "Index\n=====\n\n.. toctree::\n\n   library/sample\n   pep-0001\n   matrix\n",
        )
        self.write("docs/library/sample.rst", PAGE)
        self.write("docs/pep-0001.rst", ".. include:: ../pep/pep-0001.rst\n")
        self.write("docs/matrix.rst", MATRIX)
        self.write("pep/pep-0001.rst", PEP)
        self.write("conformance/clauses/low-level.toml", CLAUSES)
        self.write("conformance/clauses/pep-0001.toml", RESTATES)
        self.write("conformance/checks/low_level/spam.py", CHECKS)
        self.write("conformance/deviations/low_level/other.toml", DEVIATIONS)
        folders = [str(root / "results"), str(root / "fresh")]
        self.write("docs/conf.py", CONF.format(root=str(root), results=folders))
        self.write("docs/conf_of_the_site.py", (DOCS / "conf.py").read_text(encoding="utf-8"))

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def record(self, table: dict[str, object], folder: str = "results") -> None:
        """Write a result file."""
        name = f"{table['implementation']}@{table['python']}.json"
        self.write(f"{folder}/low_level/{name}", json.dumps(table))

    def build(self, builder: str = "html") -> str:
        """Build the site, with any warning an error; return what was complained of."""
        path = os.pathsep.join([*IMPORTS, str(self.root / "docs")])
        command = [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-W",
            "-n",
            "-d",
            "doctrees",
            "-b",
            builder,
        ]
        command += ["docs", builder]
        environment = {**os.environ, "PYTHONPATH": path, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, encoding="utf-8"
        )
        return done.stderr

    def read(self, path: str) -> str:
        """Return what was built."""
        return (self.root / path).read_text(encoding="utf-8")
