"""The mutation matrix: the judge is judged.

``mutants/`` holds deliberate violations of the clauses, each a small change of the reference (see
``mutants/mutant.py``).  The matrix runs every mutant by the checks of the clauses that it names, on
one Python, and every check on the unchanged reference.  It *finds* fault with

* a check that the unchanged reference does not pass: a control says nothing more then;
* a mutant that *survives* a clause: it violates it, and every check of the clause passes;
* a check that kills nothing: whatever it says of an implementation, it has never been seen to fail;
* a clause that has checks and no mutant;
* a mutant that names a clause that its profile does not have, or that cannot be made.

A selection by prefix runs a part of the matrix, and so does a Python that cannot isolate
interpreters.  Then it reports only what that part proves: a check kills nothing if all the mutants
of its clauses have been run.
"""

from __future__ import annotations

import argparse
import difflib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import judging
import process
import records
import runner
import spec
import suite
from files import Unusable, check_writable, write_json
from runner import Verdict
from spec import PROFILES, ROOT
from subjects import Subject
from suite import Check

FORMAT = 1

# What a check's detail has where the mutant could not be made.
_BROKEN = "BrokenMutant: "


@dataclass(frozen=True)
class Mutant:
    """A mutant: its ID, where it is, and which clauses it says that it violates."""

    id: str  # as a check's: the stem of the file and the name of the function
    profile: str
    path: Path
    name: str
    doc: str
    clauses: tuple[str, ...]
    isolates: bool | None

    def meets(self, check: Check) -> bool:
        """Whether the matrix runs *check* on this mutant, given that both suit the Python."""
        if self.profile != check.profile or (self.isolates is False) != (check.isolates is False):
            return False
        return not self.clauses or any(clause in check.clauses for clause in self.clauses)


Pair = tuple[Mutant, Check]


@dataclass(frozen=True)
class Matrix:
    """What came of it: the verdict of each check on each mutant that it met, and the faults."""

    verdicts: dict[Pair, Verdict]
    findings: list[str]


def load(root: Path = ROOT) -> list[Mutant]:
    """Return every mutant below *root*, by profile, file and place in the file."""
    mutants: list[Mutant] = []
    for profile in PROFILES:
        folder = root / "conformance" / "mutants" / suite.folder(profile)
        for path in sorted(folder.glob("*.py")):
            mutants += _mutants(profile, path)
    return mutants


def _mutants(profile: str, path: Path) -> Iterator[Mutant]:
    """Yield the mutants in the file *path*."""
    for name, function, _ in suite.declared_in(path, "violates"):
        declared: dict[str, Any] = vars(function)  # what violates() has set
        yield Mutant(
            id=f"{path.stem}.{name}",
            profile=profile,
            path=path,
            name=name,
            doc=inspect.getdoc(function) or "",
            clauses=declared["violates"],
            isolates=declared["isolates"],
        )


def matrix(
    subject_by_profile: dict[str, Subject],
    text: spec.Spec,
    checks: list[Check],
    prefix: str = "",
    *,
    mutants: list[Mutant],
    jobs: int,
    timeout: float,
) -> Matrix:
    """Run what *prefix* selects of the matrix, over the reference on one Python.

    *subject_by_profile* has the reference as it ships, of each profile to run.
    """
    return Plan(subject_by_profile, text, checks, prefix, mutants).run(jobs=jobs, timeout=timeout)


class Plan:
    """Which check is run on which mutant, and what follows from the verdicts."""

    def __init__(
        self,
        subject_by_profile: dict[str, Subject],
        text: spec.Spec,
        checks: list[Check],
        prefix: str,
        mutants: list[Mutant],
    ) -> None:
        self.text, self.prefix = text, prefix
        self.references = subject_by_profile
        self.mutants = [mutant for mutant in mutants if mutant.profile in subject_by_profile]
        self.checks = [check for check in checks if check.profile in subject_by_profile]
        self.pairs = [(m, c) for m in self.mutants for c in self.checks if m.meets(c)]
        self.chosen = [pair for pair in self.pairs if self._selected(pair) and self._suits(pair)]
        self.work: list[runner.Work] = [(self._subject(m), check) for m, check in self.chosen]
        if not self.chosen:
            raise Unusable(f"no mutant, check or clause of the matrix begins with {prefix!r}")

    def _selected(self, pair: Pair) -> bool:
        mutant, check = pair
        return mutant.id.startswith(self.prefix) or check.selected(self.prefix)

    def _suits(self, pair: Pair) -> bool:
        """Whether *pair* is for this Python, which may stand in for one that can do less."""
        mutant, check = pair
        if True not in (mutant.isolates, check.isolates):
            return True
        return self.references[mutant.profile].applies(replace(check, isolates=True))

    def _subject(self, mutant: Mutant) -> Subject:
        """Return *mutant* as a subject, on the Python of the reference."""
        return replace(
            self.references[mutant.profile],
            implementation=mutant.id,
            title=f"mutant {mutant.id}",
            module=f"{mutant.path}::{mutant.name}",
        )

    def run(self, **options: Any) -> Matrix:
        """Run it, with the *options* of runner.judge()."""
        found = runner.judge(self.work, **options)
        verdicts = {
            pair: found[subject][check.id]
            for pair, (subject, check) in zip(self.chosen, self.work, strict=True)
        }
        return Matrix(verdicts, list(self.findings(verdicts)))

    def findings(self, verdicts: dict[Pair, Verdict]) -> Iterator[str]:
        """Yield a line for everything that is wrong with the checks or the mutants."""
        for (mutant, check), verdict in verdicts.items():
            if not mutant.clauses and verdict.verdict != "pass":
                why = f"{verdict.verdict}: {verdict.detail}"
                yield f"check {check.id}: fails the control {mutant.id}: {why}"
        yield from self._broken(verdicts)
        killed = {pair for pair, verdict in verdicts.items() if _kills(pair[0], verdict)}
        yield from self._unknown_clauses()
        yield from self._survivors(killed)
        yield from self._idle_checks(killed)
        yield from self._bare_clauses()

    def _broken(self, verdicts: dict[Pair, Verdict]) -> Iterator[str]:
        """Yield a line for each mutant that cannot be made."""
        why = {m: v.detail for (m, _), v in verdicts.items() if _BROKEN in v.detail}
        for mutant, detail in why.items():
            yield f"mutant {mutant.id}: cannot be made: {detail}"

    def _unknown_clauses(self) -> Iterator[str]:
        """Yield a line for each clause that a mutant names and its profile does not have."""
        for mutant in self.mutants:
            known = [c.id for c in self.text.clauses.values() if c.profile == mutant.profile]
            for clause in mutant.clauses:
                if clause not in known and (mutant.id + clause).startswith(self.prefix):
                    near = difflib.get_close_matches(clause, known, 1)
                    hint = f"; did you mean {near[0]}?" if near else ""
                    yield f"mutant {mutant.id}: there is no clause {clause}{hint}"

    def _survivors(self, killed: set[Pair]) -> Iterator[str]:
        """Yield a line for each mutant and clause of which no check kills it."""
        for mutant in self.mutants:
            for clause in mutant.clauses:
                pairs = [p for p in self.pairs if p[0] is mutant and clause in p[1].clauses]
                if clause not in self.text.clauses or not self._all_run(pairs, mutant.id):
                    continue
                if not killed.intersection(pairs):
                    by = ", ".join(check.id for _, check in pairs) or "there is no check for it"
                    yield f"mutant {mutant.id}: survives the clause {clause}: {by}"

    def _idle_checks(self, killed: set[Pair]) -> Iterator[str]:
        """Yield a line for each check that kills none of the mutants of its clauses."""
        for check in self.checks:
            pairs = [p for p in self.pairs if p[1] is check and p[0].clauses]
            if pairs and self._all_run(pairs, check.id) and not killed.intersection(pairs):
                yield (
                    f"check {check.id}: kills none of the {len(pairs)} mutants of "
                    f"{', '.join(check.clauses)}"
                )

    def _bare_clauses(self) -> Iterator[str]:
        """Yield a line for each clause that has checks and no mutant that meets one of them."""
        for clause in self.text.clauses.values():
            own = [check for check in self.checks if clause.id in check.clauses]
            meant = any(each.startswith(self.prefix) for each in [clause.id, *(c.id for c in own)])
            met = any(clause.id in mutant.clauses for mutant in self.mutants)
            if own and meant and not met:
                yield f"clause {clause.id}: has no mutant; its checks: {', '.join(c.id for c in own)}"

    def _all_run(self, pairs: list[Pair], identifier: str) -> bool:
        """Whether all *pairs* have been run; if there are none, whether *identifier* was meant."""
        if not pairs:
            return identifier.startswith(self.prefix)
        return set(pairs) <= set(self.chosen)


def _kills(mutant: Mutant, verdict: Verdict) -> bool:
    """Whether the *verdict* of a check is that *mutant* violates a clause."""
    return bool(mutant.clauses) and verdict.verdict != "pass" and _BROKEN not in verdict.detail


def report_lines(result: Matrix, *, verbose: bool = False) -> Iterator[str]:
    """Yield what to print of *result*: with *verbose* every verdict, the findings, the sum."""
    if verbose:
        for (mutant, check), verdict in result.verdicts.items():
            if mutant.clauses:
                yield f"{mutant.id}  {check.id}  {verdict.verdict}  {verdict.detail}".rstrip()
    yield from result.findings
    mutants = {mutant for mutant, _ in result.verdicts if mutant.clauses}
    checks = {check.id for _, check in result.verdicts}
    clauses = {clause for mutant in mutants for clause in mutant.clauses}
    said = f"{len(result.findings)} findings" if result.findings else "all killed"
    yield (
        f"{len(mutants)} mutants of {len(clauses)} clauses, {len(checks)} checks, "
        f"{len(result.verdicts)} verdicts: {said}"
    )


def table(result: Matrix) -> dict[str, Any]:
    """Return *result* as it is written to a file."""
    mutants: dict[str, dict[str, Any]] = {}
    for (mutant, check), verdict in result.verdicts.items():
        entry = mutants.setdefault(
            f"{mutant.profile}/{mutant.id}",
            {"violates": list(mutant.clauses), "says": mutant.doc, "checks": {}},
        )
        entry["checks"][check.id] = {"verdict": verdict.verdict, "detail": verdict.detail}
    return {"format": FORMAT, "mutants": mutants, "findings": result.findings}


def run(arguments: argparse.Namespace) -> int:
    """Run the matrix on the Python that *arguments* select; print what it finds."""
    text, checks = spec.load(), suite.load()
    if arguments.json:
        check_writable(Path(arguments.json))
    plan = Plan(_references(arguments, text), text, checks, arguments.k, load())
    with judging.Progress(plan.work, quiet=True, verbose=False) as progress:
        result = plan.run(
            jobs=arguments.j or process.jobs(),
            timeout=arguments.timeout,
            memory=arguments.memory,
            done=progress.step,
        )
    if arguments.json:
        write_json(Path(arguments.json), table(result))
    for line in report_lines(result, verbose=arguments.verbose):
        print(line)
    return 1 if result.findings else 0


def _references(arguments: argparse.Namespace, text: spec.Spec) -> dict[str, Subject]:
    """Return the reference of each profile, on the newest of the Pythons that are selected."""
    options = argparse.Namespace(
        **vars(arguments), module=None, adapter=None, profile=None, implementation=["reference"]
    )
    found, _ = judging.select(options, text)
    newest = max(found, key=lambda subject: records.version(subject.version.partition("-")[2]))
    return {each.profile: each for each in found if each.version == newest.version}
