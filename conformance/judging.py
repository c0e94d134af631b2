"""Judging: from what the command line selects to verdicts, and from verdicts to what to make of them.

Who reads the end of a run wants to know one thing: is anything other than it should be, and what
now?  For an implementation of ours that means, other than recorded; for one of the caller's own, any
verdict but ``pass``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from types import TracebackType

import exports
import process
import records
import renewal
import report
import runner
import spec
import subjects
import suite
from files import Unusable, write_text
from runner import Verdict

RESULTS = spec.ROOT / "conformance" / "results"


def run(arguments: argparse.Namespace) -> int:
    """Judge; print the matrix and what is not as recorded."""
    printed = [name for name in ("json", "junit", "tap") if getattr(arguments, name) == "-"]
    if len(printed) > 1:
        raise Unusable(f"only one of --{' and --'.join(printed)} can be printed; name a file")
    text, checks = spec.load(), suite.load()
    with contextlib.redirect_stdout(sys.stderr) if printed else contextlib.nullcontext():
        found = judge(arguments, text, checks)
        if not arguments.quiet:
            report.print_matrix(found, text, checks)
        wrong = _tell(found, arguments)
    return 1 if wrong else 0


def _tell(found: list[records.Result], arguments: argparse.Namespace) -> int:
    """Print what is not as it should be, and the line that sums up; return how much that is."""
    recorded = {result.file: result for result in records.load_results(RESULTS)}
    own = bool(arguments.module or arguments.adapter)
    wrong: list[str] = []
    for result in found:
        if own or result.implementation == "reference":
            names = {n: v for n, v in result.checks.items() if v.verdict != "pass"}
            lines, what = _departures(names), "departs from the text"
        else:
            names = records.changed(recorded.get(result.file), result)
            lines, what = _changes(names, recorded.get(result.file)), "not as recorded"
        if lines:
            print(f"\n{result.title} on {result.python} ({result.profile}): {what}")
            print("\n".join(f"  {line}" for line in lines))
        wrong += names
    if wrong and not arguments.quiet:
        print(f"\nThe words, the source and all records of a check: `explain {wrong[0]}`")
    print(f"\n{_sum(found, len(wrong), recorded, own=own)}")
    return len(wrong)


def _sum(
    found: list[records.Result], wrong: int, recorded: dict[str, records.Result], *, own: bool
) -> str:
    """Return the line that sums a run up."""
    provided = [result for result in found if result.provided]
    verdicts = [verdict for result in provided for verdict in result.checks.values()]
    judged = f"{report.count(len(verdicts), 'verdict')}: {report.summary(verdicts)}"
    parts = [
        f"{report.count(len(provided), 'subject')}, {judged if verdicts else 'no verdicts'}",
        f"{wrong} {'departures' if own else 'not as recorded'}"
        if wrong
        else ("no departure" if own else "all as recorded"),
    ]
    news = [r for r in provided if r.implementation != "reference" and r.file not in recorded]
    if news and not own:
        names = ", ".join(f"{r.title} on {r.python} ({r.profile})" for r in news)
        parts.append(f"nothing is recorded of {names}")
    without = dict.fromkeys(result.python for result in found if not result.provided)
    if without:
        parts.append(f"not provided by {', '.join(without)}")
    return "; ".join(parts)


def _departures(verdicts: dict[str, Verdict]) -> Iterable[str]:
    """Return a line for each verdict, and one for each name that is missing."""
    lacking: dict[str, int] = {}
    lines = []
    for name, verdict in verdicts.items():
        if verdict.verdict == "missing":
            lacking[verdict.detail] = lacking.get(verdict.detail, 0) + 1
        else:
            lines.append(f"{name}: {verdict.verdict}: {verdict.detail}")
    return [
        f"missing: {name} (by {report.count(n, 'check')})" for name, n in sorted(lacking.items())
    ] + lines


def _changes(verdicts: dict[str, Verdict], recorded: records.Result | None) -> list[str]:
    """Return a line for each verdict: what it is, and what it was."""
    known = recorded.checks if recorded else {}
    return [
        f"{name}: {verdict.verdict}, recorded {known[name].verdict}"
        + (f" ({verdict.detail})" if verdict.detail else "")
        for name, verdict in verdicts.items()
    ]


def accept(arguments: argparse.Namespace) -> int:
    """Judge; show what is other than recorded; record it, and renew the deviations."""
    if arguments.k or arguments.module or arguments.adapter:
        raise Unusable(
            "accept records whole subjects of ours: leave out -k, --module and --adapter"
        )
    text, checks = spec.load(), suite.load()
    found = judge(arguments, text, checks)
    before = {result.file: result for result in records.load_results(RESULTS)}
    for result in found:
        lines = renewal.difference(before.get(result.file), result)
        if lines:
            print(f"{result.file}\n" + "\n".join(f"  {line}" for line in lines))
    broken = [r for r in found if r.implementation == "reference" and not r.passes]
    if broken:
        names = ", ".join(r.file for r in broken)
        raise Unusable(f"nothing is recorded: the reference must pass every check ({names})")
    after = list((before | {result.file: result for result in found}).values())
    renewed = renewal.renew(records.load_deviations(), after, checks)
    for path, contents in renewed.items():
        print("".join(renewal.shown(path, contents)), end="")
    if arguments.dry_run:
        print("\nnothing is written: --dry-run")
        return 0
    for result in found:
        records.save(result, RESULTS)
    for path, contents in renewed.items():
        write_text(path, contents) if contents else path.unlink()
    unexplained = sum(
        contents.count(f'why = "{records.UNEXPLAINED}"') for contents in renewed.values()
    )
    if unexplained:
        print(f'\n{unexplained} deviations need a reason: look for why = "{records.UNEXPLAINED}"')
    return 0


def judge(
    arguments: argparse.Namespace, text: spec.Spec, checks: list[suite.Check]
) -> list[records.Result]:
    """Judge what *arguments* select; write the files they ask for; return the results."""
    chosen = suite.select(checks, arguments.k)
    found, absent = select(arguments, text)
    work = [(s, check) for s in found for check in chosen if s.applies(check)]
    if not work and not absent:
        raise Unusable(
            f"nothing to do: no check that begins with {arguments.k!r} is for these subjects"
        )
    exports.check(arguments)
    begin = time.monotonic()
    with Progress(work, quiet=arguments.quiet, verbose=arguments.verbose) as progress:
        verdicts = runner.judge(
            work,
            jobs=arguments.j or process.jobs(),
            timeout=arguments.timeout,
            memory=arguments.memory,
            done=progress.step,
        )
    order = {check.id: index for index, check in enumerate(chosen)}
    results = list(absent)
    for subject in dict.fromkeys(subject for subject, _ in work):
        by_check = dict(sorted(verdicts[subject].items(), key=lambda item: order[item[0]]))
        results.append(records.result(subject, by_check))
    results = records.in_order(results)
    exports.write(arguments, results, time.monotonic() - begin)
    return results


def select(
    arguments: argparse.Namespace, text: spec.Spec
) -> tuple[list[subjects.Subject], list[records.Result]]:
    """Return the subjects that *arguments* select, and the Pythons that provide none.

    Raises Unusable if there is neither.
    """
    pythons = _pythons(arguments)
    pairs = [(python, adapter) for adapter in _adapters(arguments) for python in pythons]
    found: list[subjects.Subject] = []
    reasons = []
    names = {profile: subjects.documented_names(text, profile) for profile in spec.PROFILES}
    described = subjects.describe_all(pairs, names, arguments.timeout)
    for (python, adapter), subject in zip(pairs, described, strict=True):
        if isinstance(subject, subjects.Subject):
            found.append(subject)
        elif python.path and adapter.implementation == "reference":
            raise Unusable(f"{python.executable}: the reference cannot be imported: {subject}")
        else:
            reasons.append(f"{python.executable}: {adapter.title}: {subject}")
    named = arguments.module or arguments.adapter or arguments.implementation
    absent = [] if named else _absent(arguments, pythons, found)
    if not found and not absent:
        raise Unusable(
            f"nothing to judge: {'; '.join(reasons) or 'no Python was found; name one with --python'}"
            + ("; --path DIR names a folder to import from" if named and not arguments.path else "")
        )
    return found, absent


def _absent(
    arguments: argparse.Namespace, pythons: list[subjects.Python], found: list[subjects.Subject]
) -> list[records.Result]:
    """Return a result without verdicts for each Python, not CPython, that provides nothing."""
    provided = {(s.python.executable, s.profile) for s in found}
    absent = []
    for python in pythons:
        for profile in [arguments.profile] if arguments.profile else spec.PROFILES:
            if (python.executable, profile) not in provided:
                version = subjects.identify(python, arguments.timeout)
                if not version.startswith("cpython-"):
                    absent.append(records.not_provided(profile, version))
    return absent


def _pythons(arguments: argparse.Namespace) -> list[subjects.Python]:
    """Return the Pythons that *arguments* select, with what the build or peers.py has for each."""
    if not arguments.subjects:
        listed = [] if arguments.python else subjects.found_here()
    else:
        listed = subjects.from_file(arguments.subjects)
    known = {os.path.realpath(python.executable): python for python in listed}
    named = []
    for path in arguments.python:
        path = os.path.abspath(shutil.which(path) or path)
        python = known.get(os.path.realpath(path), subjects.Python(path))
        named.append(replace(python, executable=path, path=_folder(arguments) or python.path))
    return named or listed


def _folder(arguments: argparse.Namespace) -> str | None:
    """Return the folder from which an implementation is to be imported, if one is named."""
    return os.path.abspath(arguments.path) if arguments.path else None


def _adapters(arguments: argparse.Namespace) -> list[subjects.Adapter]:
    """Return the adapters that *arguments* select."""
    if arguments.module or arguments.adapter:
        if not arguments.profile:
            profiles = " or ".join(f"--profile {profile}" for profile in spec.PROFILES)
            raise Unusable(f"--module and --adapter need {profiles}")
        return [
            subjects.own_adapter(arguments.profile, module=arguments.module, file=arguments.adapter)
        ]
    ours = subjects.adapters()
    known = {adapter.implementation for adapter in ours}
    for name in arguments.implementation or ():
        if name not in known:
            raise Unusable(f"no implementation {name!r}; there are {', '.join(sorted(known))}")
    named = [a for a in ours if a.implementation in (arguments.implementation or known)]
    chosen = [adapter for adapter in named if arguments.profile in (None, adapter.profile)]
    if not chosen:
        profiles = ", ".join(dict.fromkeys(adapter.profile for adapter in named))
        raise Unusable(
            f"{' and '.join(arguments.implementation)} can be judged by {profiles}, "
            f"not by {arguments.profile}"
        )
    return chosen


class Progress:
    """How far the run is, on standard error: a bar on a terminal, and a line for each subject."""

    def __init__(self, work: list[runner.Work], *, quiet: bool, verbose: bool) -> None:
        self.total, self.count = len(work), 0
        self.quiet, self.verbose = quiet, verbose
        self.bar = sys.stderr.isatty()
        self.left: dict[subjects.Subject, int] = {}
        for subject, _ in work:
            self.left[subject] = self.left.get(subject, 0) + 1
        self.seen: dict[subjects.Subject, list[Verdict]] = {subject: [] for subject in self.left}

    def __enter__(self) -> Progress:
        if not self.quiet:
            print(
                f"judging {report.count(len(self.left), 'subject')}: {report.count(self.total, 'check')}",
                file=sys.stderr,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self._clear()

    def step(self, subject: subjects.Subject, check: suite.Check, verdict: Verdict) -> None:
        """Count one more as done."""
        self.count += 1
        self.seen[subject].append(verdict)
        self._clear()
        if self.verbose:
            said = f"{verdict.verdict:8} {verdict.seconds:6.2f} s  {subject}: {check.id}"
            print(f"{said}: {verdict.detail}" if verdict.detail else said, flush=True)
        if len(self.seen[subject]) == self.left[subject] and not self.quiet:
            seen = self.seen[subject]
            seconds = sum(each.seconds for each in seen)
            said = f"{subject} ({subject.profile}): {seconds:.1f} s, {report.summary(seen)}"
            print(f"{said}", file=sys.stderr, flush=True)
        if self.bar:
            done = 30 * self.count // self.total
            line = f"[{'#' * done}{'.' * (30 - done)}] {self.count}/{self.total}  {subject}"
            room = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{line[:room]}", end="", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        """Take the bar away."""
        if self.bar:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
