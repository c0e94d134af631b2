"""Differential fuzzing: random sequences of calls, to an implementation and to a model of the text."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).absolute().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent)]

import records  # noqa: E402  (these folders have just been put on the path)
import spec  # noqa: E402
import subjects  # noqa: E402
from example import Conditions, Example  # noqa: E402
from files import Unusable, write_json  # noqa: E402
from model import Finding  # noqa: E402
from plain import plain  # noqa: E402
from search import search  # noqa: E402
from session import Session  # noqa: E402

MANUAL = """
what is found
  An example is a sequence of calls, in a process of its own.  The model tells from the text
  alone what must come of each, and accepts every answer where the text leaves freedom.  The
  first answer that it does not accept is a finding: `differs`, `crash` or `hang`.  It is
  shrunk, and printed as lines that can be pasted into that Python in the root of the
  repository, with the clause for which the model speaks.  Then that clause counts as known,
  and the search goes on for others until the time is up.

implementations that break clauses
  --recorded takes as known every clause of which a recorded verdict is no `pass`: what is
  found then is what no check shows.  --known names more of them.

exit status
  0   nothing found
  1   something found
  2   could not run; one line says why
"""


def main() -> int:
    """Run the command line; return the exit status."""
    arguments = _parser().parse_args()
    try:
        return fuzz(arguments)
    except Unusable as error:
        print(f"fuzz: {plain(str(error))}", file=sys.stderr)
    except KeyboardInterrupt:
        print("fuzz: interrupted", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="fuzz",
        description=__doc__,
        epilog=MANUAL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--python", metavar="PATH", help="the Python (default: that of --subjects, or this one)")
    add("--path", metavar="DIR", help="where it finds the implementation to import")
    add("--subjects", metavar="FILE", help="the first Python of a list that the build has made")
    add("--profile", choices=("low-level", "high-level"), default="low-level")
    add("--implementation", metavar="NAME", default="reference", help="an adapter of ours")
    add("--module", metavar="NAME", help="a module of your own")
    add("--adapter", metavar="FILE", help="an adapter of your own")
    add("--minutes", metavar="N", type=float, help="how long (default: 1)")
    add("--examples", metavar="N", type=int, help="stop after so many, of a fixed choice")
    add("--seed", metavar="N", type=int, default=0, help="other examples (default: 0)")
    add("--limit", metavar="SECONDS", type=float, default=10.0, help="of an answer (default: 10)")
    add("--known", metavar="CLAUSE", action="append", default=[], help="a clause that is broken")
    add("--recorded", action="store_true", help="take those of the recorded verdicts as known")
    add("--first", action="store_true", help="stop at the first finding")
    add("--json", metavar="FILE", help="write what was found into this file")
    return parser


def fuzz(arguments: argparse.Namespace) -> int:
    """Look for findings until the time is up; print them."""
    text = spec.load()
    subject = _subject(arguments, text)
    known = set(arguments.known)
    if arguments.recorded:
        known |= _recorded(subject, text)
    conditions = Conditions(subject, arguments.limit, frozenset(known))
    minutes = arguments.minutes or (1.0 if arguments.examples is None else 1e6)
    session = Session(conditions, time.monotonic() + 60 * minutes)
    print(f"{subject} ({subject.profile}): {len(known)} known", flush=True)
    found: list[dict[str, Any]] = []
    for example in search(session, arguments.seed, arguments.examples):
        assert example.finding
        found.append(_table(example, example.finding, text))
        print(_shown(found[-1], subject), flush=True)
        if arguments.first:
            break
    print(f"{session.examples} examples, {session.calls} calls: {len(found)} findings")
    if arguments.json:
        table = {"subject": str(subject), "profile": subject.profile, "findings": found}
        numbers = {"examples": session.examples, "calls": session.calls, "seed": arguments.seed}
        write_json(Path(arguments.json), table | numbers)
    return 1 if found else 0


def _subject(arguments: argparse.Namespace, text: spec.Spec) -> subjects.Subject:
    """Return what is to be tested."""
    python = subjects.Python(arguments.python or sys.executable, arguments.path)
    if arguments.subjects and not arguments.python:
        python = subjects.from_file(arguments.subjects)[0]
    profile = arguments.profile
    if arguments.module or arguments.adapter:
        adapter = subjects.own_adapter(profile, module=arguments.module, file=arguments.adapter)
    else:
        ours = [a for a in subjects.adapters() if a.profile == profile]
        named = [a for a in ours if a.implementation == arguments.implementation]
        if not named:
            raise Unusable(
                f"no adapter {arguments.implementation!r}; there are: "
                + ", ".join(a.implementation for a in ours)
            )
        adapter = named[0]
    names = subjects.documented_names(text, profile)
    subject = subjects.describe(python, adapter, names, arguments.limit)
    if isinstance(subject, str):
        raise Unusable(f"{adapter.title} is not provided by {python.executable}: {subject}")
    return subject


def _recorded(subject: subjects.Subject, text: spec.Spec) -> set[str]:
    """Return the findings that the recorded verdicts of *subject* tell of."""
    import suite

    verdicts: dict[str, str] = {}
    for result in records.load_results(spec.ROOT / "conformance" / "results"):
        if (result.implementation, result.profile) == (subject.implementation, subject.profile):
            if result.python == subject.version:
                verdicts = {name: verdict.verdict for name, verdict in result.checks.items()}
    known: set[str] = set()
    for check in suite.load():
        verdict = verdicts.get(check.id, "pass")
        if verdict != "pass":
            known.update(check.clauses)
        if verdict in ("crash", "timeout"):
            kind = "crash" if verdict == "crash" else "hang"
            known.update(f"{kind}:{clause}" for clause in check.clauses)
    return known


def _table(example: Example, finding: Finding, text: spec.Spec) -> dict[str, Any]:
    """Return a finding as it is written into a file."""
    clause = text.clauses.get(finding.clause)
    return {
        "kind": finding.kind,
        "clause": finding.clause,
        "quote": " ".join(clause.quotes.values()) if clause else "",
        "expected": finding.expected,
        "actual": finding.actual,
        "lines": example.lines,
    }


def _shown(found: dict[str, Any], subject: subjects.Subject) -> str:
    """Return a finding as a person reads it."""
    module = subject.module
    if module.endswith(".py"):
        module = os.path.relpath(module, spec.ROOT)
    return "\n".join(
        [
            f"\n{found['kind']}: {found['clause']}: {found['quote']}",
            f"  expected: {found['expected']}",
            f"  got:      {found['actual']}",
            "",
            "    import sys; sys.path.insert(0, 'conformance/fuzz')",
            f"    import inside; inside.begin({module!r}); from inside import *",
            *(f"    {line}" for line in found["lines"]),
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
