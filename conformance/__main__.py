"""The conformance suite of PEP 554: judges implementations of multiple Python interpreters."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import records  # noqa: E402  (this folder has just been put on the path)
import report  # noqa: E402
import runner  # noqa: E402
import spec  # noqa: E402
import subjects  # noqa: E402
import suite  # noqa: E402
from files import Unusable, check_writable, write_json, write_text  # noqa: E402
from junit import junit  # noqa: E402

# Set by the build: the Pythons that were found, and where the reference was built for each.
BUILT = os.environ.get("CONFORMANCE_SUBJECTS")
RESULTS = spec.ROOT / "conformance" / "results"

MANUAL = """
what is judged
  Every sentence of the texts is quoted by clauses, and every clause is proved by checks:
  `list clauses` and `list checks` show them.  A subject is an implementation on a Python.
  Without options, `run` judges every implementation that comes with an adapter
  (implementations/*) on every CPython that the finder finds: $INTERPRETERS_PYTHONS,
  PATH, and what pyenv and uv have installed.  No command at all means `run`.

to judge your own
  A module that has the documented names, importable by a Python of your choice (--path
  adds a folder to what it imports from):
      run --python ./venv/bin/python --module my_interpreters --profile low-level
  One that has them under other names needs an adapter, a file that imports and renames:
      run --python ./venv/bin/python --adapter ./my_adapter.py --profile high-level
  An adapter may rename and unwrap; it never converts an exception and never fills a gap.

verdicts
  pass      the check ran to its end
  fail      it did not; the detail says what happened instead
  missing   the implementation lacks a documented name that the check uses
  crash     the process was ended by a signal, or ended without a verdict
  timeout   the process had not ended when its time was up (raise --timeout if it is only slow)

exit status
  0   as recorded: every verdict is the recorded one; a subject of which nothing is recorded,
      because nobody has recorded that version, is shown and not held against anything;
      the reference must pass every check on every Python, and a subject of your own too
  1   not as recorded; the differences are printed
  2   could not run; one line says why
"""


def main() -> int:
    """Run the command line; return the exit status."""
    arguments = _parser().parse_args(sys.argv[1:] or ["run"])
    try:
        status: int = arguments.command(arguments)
        sys.stdout.flush()
        return status
    except Unusable as error:
        print(f"conformance: {error}", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("conformance: interrupted", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="conformance",
        description=__doc__,
        epilog=MANUAL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command, text in (
        ("run", run, "judge implementations and print the matrix"),
        ("accept", accept, "judge them and record the verdicts in results/"),
    ):
        _add_run_options(commands.add_parser(name, help=text, description=text), command)
    listing = commands.add_parser("list", help="list the clauses, the checks or the subjects")
    listing.add_argument("what", choices=("clauses", "checks", "subjects"))
    listing.set_defaults(command=list_what, subjects=BUILT, python=[], path=None, timeout=10.0)
    showing = commands.add_parser("matrix", help="print the matrix of the recorded verdicts")
    showing.add_argument("--profile", choices=spec.PROFILES, help="that of this profile only")
    showing.add_argument("--markdown", action="store_true", help="as Markdown tables")
    showing.set_defaults(command=show_matrix)
    explaining = commands.add_parser("explain", help="show all that is known of a clause or check")
    explaining.add_argument("id", help="the ID of a clause or check, or how it begins")
    explaining.set_defaults(command=explain)
    return parser


def _add_run_options(parser: argparse.ArgumentParser, command: object) -> None:
    """Add the options that select subjects and checks, and say how they are run."""
    parser.set_defaults(command=command)
    add = parser.add_argument
    add("--python", metavar="PATH", action="append", default=[], help="judge on this Python only")
    add("--path", metavar="DIR", help="where that Python finds the implementation to import")
    add("--profile", choices=spec.PROFILES, help="only the checks of this profile")
    add("--implementation", metavar="NAME", action="append", help="only this adapter of ours")
    add("--module", metavar="NAME", help="judge the module of this name (needs --profile)")
    add("--adapter", metavar="FILE", help="judge what this adapter reaches (needs --profile)")
    add("-k", metavar="PREFIX", default="", help="only checks or clauses that begin like this")
    add("-j", metavar="N", type=_positive, help="run N checks at a time (default: two a CPU)")
    add(
        "--timeout", metavar="SECONDS", type=_seconds, default=10.0, help="of a check (default: 10)"
    )
    add("--subjects", metavar="FILE", default=BUILT, help="the Pythons, as the build lists them")
    add("--results", metavar="DIR", help="write each subject's verdicts into this folder")
    add("--json", metavar="FILE", help="write all verdicts into this file")
    add("--junit", metavar="FILE", default=os.environ.get("XML_OUTPUT_FILE"), help="as JUnit XML")
    add("--quiet", action="store_true", help="print differences and the last line only")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds


def run(arguments: argparse.Namespace) -> int:
    """Judge; print the matrix and what is not as recorded."""
    text, checks = spec.load(), suite.load()
    found = _judge(arguments, text, checks)
    if not arguments.quiet:
        _print_matrix(found, text, checks, report.as_text)
    recorded = {result.file: result for result in records.load_results(RESULTS)}
    wrong = 0
    for result in found:
        lines = _not_as_recorded(result, recorded.get(result.file), arguments)
        wrong += len(lines)
        if lines:
            print(f"\n{result.title} on {result.python} ({result.profile}): not as recorded")
            print("\n".join(f"  {line}" for line in lines))
    unrecorded = [r for r in found if r.file not in recorded and r.implementation != "reference"]
    if unrecorded and not arguments.quiet:
        names = ", ".join(f"{r.title} on {r.python}" for r in unrecorded)
        print(f"\nNothing is recorded of: {names}")
    verdicts = [verdict for result in found for verdict in result.checks.values()]
    said = f"{wrong} not as recorded" if wrong else "all as recorded"
    if unrecorded:
        said += f" ({len(unrecorded)} of the subjects are not recorded)"
    print(f"\n{len(found)} subjects, {len(verdicts)} verdicts: {report.summary(verdicts)}; {said}")
    return 1 if wrong else 0


def _not_as_recorded(
    result: records.Result, recorded: records.Result | None, arguments: argparse.Namespace
) -> list[str]:
    """Return a line for each verdict that *result* should not have."""
    if result.implementation == "reference" or arguments.module or arguments.adapter:
        return [
            f"{name}: {verdict.verdict}: {verdict.detail}"
            for name, verdict in result.checks.items()
            if verdict.verdict != "pass"
        ]
    return records.differences(recorded, result) if recorded else []


def accept(arguments: argparse.Namespace) -> int:
    """Judge; record the verdicts, having said which are others than before."""
    text, checks = spec.load(), suite.load()
    if arguments.k or arguments.module or arguments.adapter:
        raise Unusable(
            "accept records whole subjects of ours: leave out -k, --module and --adapter"
        )
    recorded = {result.file: result for result in records.load_results(RESULTS)}
    for result in _judge(arguments, text, checks):
        before = recorded.get(result.file)
        for line in (
            records.differences(before, result) if before else ["recorded for the first time"]
        ):
            print(f"{result.file}: {line}")
        records.save(result, RESULTS)
    return 0


def _judge(
    arguments: argparse.Namespace, text: spec.Spec, checks: list[suite.Check]
) -> list[records.Result]:
    """Judge what *arguments* select; write the files they ask for; return the results."""
    chosen = suite.select(checks, arguments.k)
    found = _subjects(arguments, text)
    work = [(s, check) for s in found for check in chosen if s.applies(check)]
    if not work:
        raise Unusable(
            f"nothing to do: no check that begins with {arguments.k!r} is for these subjects"
        )
    for name in filter(None, (arguments.json, arguments.junit)):
        check_writable(Path(name))
    if arguments.results:
        check_writable(Path(arguments.results) / "results")
    if not arguments.quiet:
        print(f"judging {len(found)} subjects by {len(work)} checks in all", file=sys.stderr)
    with Progress(len(work)) as progress:
        verdicts = runner.judge(
            work,
            jobs=arguments.j or 2 * (os.cpu_count() or 1),
            timeout=arguments.timeout,
            done=lambda subject, check, verdict: progress.step(str(subject)),
        )
    order = {check.id: index for index, check in enumerate(chosen)}
    results = []
    for subject in dict.fromkeys(subject for subject, _ in work):
        by_check = dict(sorted(verdicts[subject].items(), key=lambda item: order[item[0]]))
        results.append(records.result(subject, by_check))
    _write(arguments, records.in_order(results))
    return records.in_order(results)


def _write(arguments: argparse.Namespace, results: list[records.Result]) -> None:
    """Write the files that *arguments* ask for."""
    if arguments.results:
        for result in results:
            records.save(result, Path(arguments.results))
    if arguments.json:
        write_json(Path(arguments.json), {"results": [records.table(result) for result in results]})
    if arguments.junit:
        write_text(Path(arguments.junit), junit(results))


def _subjects(arguments: argparse.Namespace, text: spec.Spec) -> list[subjects.Subject]:
    """Return the subjects that *arguments* select; raise Unusable if there are none."""
    pythons = _pythons(arguments)
    found, absent = [], []
    for adapter in _adapters(arguments):
        names = subjects.documented_names(text, adapter.profile)
        for python in pythons:
            subject = subjects.describe(python, adapter, names, arguments.timeout)
            if isinstance(subject, subjects.Subject):
                found.append(subject)
            elif python.path and adapter.implementation == "reference":
                raise Unusable(f"{python.path}: the reference cannot be imported: {subject}")
            else:
                absent.append(f"{python.executable}: {adapter.title}: {subject}")
    if not found:
        reasons = "; ".join(absent) or "no CPython was found; name one with --python"
        raise Unusable(f"nothing to judge: {reasons}")
    return found


def _pythons(arguments: argparse.Namespace) -> list[subjects.Python]:
    """Return the Pythons that *arguments* select, with the reference where it was built."""
    if not arguments.subjects:
        listed = [] if arguments.python else subjects.found_here()
    else:
        listed = subjects.from_file(arguments.subjects)
    built = {os.path.realpath(python.executable): python.path for python in listed}
    folder = os.path.abspath(arguments.path) if arguments.path else None
    named = [os.path.abspath(shutil.which(path) or path) for path in arguments.python]
    return [
        subjects.Python(path, folder or built.get(os.path.realpath(path))) for path in named
    ] or listed


def _adapters(arguments: argparse.Namespace) -> list[subjects.Adapter]:
    """Return the adapters that *arguments* select."""
    if arguments.module or arguments.adapter:
        if not arguments.profile:
            raise Unusable(
                "--module and --adapter need --profile low-level or --profile high-level"
            )
        return [
            subjects.own_adapter(arguments.profile, module=arguments.module, file=arguments.adapter)
        ]
    ours = subjects.adapters()
    known = {adapter.implementation for adapter in ours}
    for name in arguments.implementation or ():
        if name not in known:
            raise Unusable(f"no implementation {name!r}; there are {', '.join(sorted(known))}")
    return [
        adapter
        for adapter in ours
        if arguments.profile in (None, adapter.profile)
        and (not arguments.implementation or adapter.implementation in arguments.implementation)
    ]


def _print_matrix(
    results: list[records.Result],
    text: spec.Spec,
    checks: list[suite.Check],
    render: Callable[[str, list[str], list[report.Column]], str],
) -> None:
    """Print the matrix of each profile that was judged."""
    for profile in spec.PROFILES:
        found = report.columns(results, profile, text, checks)
        if found:
            print("\n" + render(profile, report.regions(text, profile), found))
    if render is report.as_text:
        print("\n" + report.LEGEND)


class Progress:
    """A progress bar on standard error, if that is a terminal."""

    def __init__(self, total: int) -> None:
        self.total, self.count, self.shown = total, 0, sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def step(self, what: str) -> None:
        """Count one more as done."""
        self.count += 1
        if self.shown:
            done = 30 * self.count // self.total
            line = f"[{'#' * done}{'.' * (30 - done)}] {self.count}/{self.total}  {what}"
            room = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{line[:room]}", end="", file=sys.stderr, flush=True)


def show_matrix(arguments: argparse.Namespace) -> int:
    """Print the matrix of the recorded verdicts."""
    render = report.as_markdown if arguments.markdown else report.as_text
    results = [
        result
        for result in records.load_results(RESULTS)
        if arguments.profile in (None, result.profile)
    ]
    if not results:
        raise Unusable(f"{RESULTS}: nothing is recorded; `accept` records")
    _print_matrix(results, spec.load(), suite.load(), render)
    return 0


def list_what(arguments: argparse.Namespace) -> int:
    """List the clauses, the checks or the subjects."""
    text = spec.load()
    if arguments.what == "clauses":
        for clause in text.clauses.values():
            print(f"{clause.id:42} {next(iter(clause.quotes.values()))}")
    elif arguments.what == "checks":
        for check in suite.load():
            print(f"{check.id:64} {', '.join(check.clauses)}")
    else:
        options = argparse.Namespace(module=None, adapter=None, profile=None, implementation=None)
        options.__dict__.update(vars(arguments))
        for subject in _subjects(options, text):
            print(f"{subject.profile:10}  {subject}  ({subject.python.executable})")
    return 0


def explain(arguments: argparse.Namespace) -> int:
    """Show a clause's words, its checks, and every recorded verdict on them."""
    text = spec.load()
    checks = suite.select(suite.load(), arguments.id)
    results = records.load_results(RESULTS)
    for clause in text.clauses.values():
        own = [check for check in checks if clause.id in check.clauses]
        if own:
            print(f"clause {clause.id}")
            for document, words in clause.quotes.items():
                print(f"  {document}: {words}")
    for check in checks:
        print(f"\ncheck {check.id}\n")
        print("".join(f"  {line}\n" for line in check.source.splitlines()))
        for result in results:
            if verdict := result.checks.get(check.id):
                where = f"{result.title} on {result.python}"
                print(f"  {where:48} {verdict.verdict:8} {verdict.detail}".rstrip())
        print(f"\n  to see for yourself: ./bazelw run //conformance -- run -k {check.id}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
