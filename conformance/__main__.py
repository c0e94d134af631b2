"""The conformance suite of PEP 554: judges implementations of multiple Python interpreters."""

from __future__ import annotations

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import claims  # noqa: E402  (this folder has just been put on the path)
import judging  # noqa: E402
import mutation  # noqa: E402
import process  # noqa: E402
import showing  # noqa: E402
import spec  # noqa: E402
from files import Unusable  # noqa: E402
from plain import plain  # noqa: E402

# Set by the build: the Pythons that were found, and where the reference was built for each.
BUILT = os.environ.get("CONFORMANCE_SUBJECTS") or None

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
  `claim` with the same options writes what a claim of conformance must include.

verdicts
  pass      the check ran to its end
  fail      it did not; the detail says what happened instead
  missing   the implementation lacks a documented name that the check uses
  crash     the process was ended by a signal, or ended without a verdict
  timeout   the process had not ended when its time was up (raise --timeout if it is only slow)
  A Python other than CPython on which nothing can be imported is "not provided": the texts
  call the modules optional.

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
        _refuse_empty_names(arguments)
        status: int = arguments.command(arguments)
        sys.stdout.flush()
        return status
    except Unusable as error:
        print(f"conformance: {plain(str(error))}", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("conformance: interrupted", file=sys.stderr)
    return 2


def _refuse_empty_names(arguments: argparse.Namespace) -> None:
    """Raise Unusable where a name is empty: as if it were not given, another would be taken for it."""
    for option, value in vars(arguments).items():
        if option not in ("id", "k") and "" in (value if isinstance(value, list) else [value]):
            raise Unusable(f"{option}: a name must not be empty; give one, or leave out the option")


def _parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="conformance",
        description=__doc__,
        epilog=MANUAL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = f"text {spec.TEXT_VERSION}, suite {spec.SUITE_VERSION}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: object, text: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        parser.set_defaults(command=function)
        return parser

    judge = command("run", judging.run, "judge implementations and print the matrix")
    _add_selection(judge)
    _add_exports(judge)
    record = command("accept", judging.accept, "judge, show what is not as recorded, and record it")
    _add_selection(record)
    record.add_argument("--dry-run", action="store_true", help="show it only; write nothing")
    claim = command("claim", claims.claim, "judge one implementation and write a claim, as JSON")
    _add_selection(claim)
    add = claim.add_argument
    add("--output", metavar="FILE", default="-", help="where to write it (default: print it)")
    add("--verify", metavar="FILE", help="instead: see whether this claim is sound")
    _add_reading(command)
    prove = command("mutants", mutation.run, "break the reference in every way and see it noticed")
    add = prove.add_argument
    _add_python(prove)
    add("-k", metavar="PREFIX", default="", help="only mutants and clauses that begin like this")
    add("--json", metavar="FILE", help="write the whole matrix into this file")
    add("--verbose", action="store_true", help="print which checks notice each mutant")
    return parser


def _add_reading(command: object) -> None:
    """Add the commands that show what is there and what is recorded, and judge nothing."""
    assert callable(command)
    listing = command("list", showing.list_what, "list what there is")
    what = ("clauses", "checks", "subjects", "implementations")
    listing.add_argument("what", choices=what)
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(subjects=BUILT, python=[], path=None, timeout=process.SECONDS)
    explain = command("explain", showing.explain, "show all that is known of a clause or a check")
    explain.add_argument("id", help="the ID of a clause or check, or how it begins")
    matrix = command("matrix", showing.matrix, "print the matrix of the recorded verdicts")
    matrix.add_argument("--profile", choices=spec.PROFILES, help="that of this profile only")
    matrix.add_argument("--markdown", action="store_true", help="as Markdown tables")
    compare = command("compare", showing.compare, "show the verdicts in which two subjects differ")
    named = "a subject as NAME@PYTHON in the records, or a file that `run` has written"
    compare.add_argument("one", metavar="A", help=named)
    compare.add_argument("other", metavar="B", help="another")
    compare.add_argument("--json", action="store_true", help="as JSON")
    report = command(
        "report", showing.write_report, "write the verdicts as one self-contained HTML page"
    )
    add = report.add_argument
    add("files", metavar="FILE", nargs="*", help="results to show (default: what is recorded)")
    add("--output", metavar="FILE", default="report.html", help="the page (default: %(default)s)")


def _add_python(parser: argparse.ArgumentParser) -> None:
    """Add the options that name Pythons, and say what a check may take."""
    add = parser.add_argument
    add("--python", metavar="PATH", action="append", default=[], help="judge on this Python only")
    add("--path", metavar="DIR", help="where that Python finds the implementation to import")
    add("--subjects", metavar="FILE", default=BUILT, help="the Pythons, as the build lists them")
    add("-j", metavar="N", type=_positive, help="run N checks at a time (default: three a CPU)")
    limit = f"of a check (default: {process.SECONDS:g})"
    add("--timeout", metavar="SECONDS", type=_seconds, default=process.SECONDS, help=limit)
    limit = f"of each process (default: {process.MEBIBYTES}; 0: no limit)"
    add("--memory", metavar="MIB", type=_size, default=process.MEBIBYTES, help=limit)
    add("--quiet", action="store_true", help="print differences and the last line only")


def _add_selection(parser: argparse.ArgumentParser) -> None:
    """Add the options that select subjects and checks."""
    _add_python(parser)
    add = parser.add_argument
    add("--profile", choices=spec.PROFILES, help="only the checks of this profile")
    add("--implementation", metavar="NAME", action="append", help="only this adapter of ours")
    add("--module", metavar="NAME", help="judge the module of this name (needs --profile)")
    add("--adapter", metavar="FILE", help="judge what this adapter reaches (needs --profile)")
    add("-k", metavar="PREFIX", default="", help="only checks or clauses that begin like this")
    add("--verbose", action="store_true", help="print each verdict as it comes")
    parser.set_defaults(results=None, json=None, junit=None, tap=None)


def _add_exports(parser: argparse.ArgumentParser) -> None:
    """Add the options that ask for files."""
    add = parser.add_argument
    add("--results", metavar="DIR", help="write each subject's verdicts into this folder")
    add("--json", metavar="FILE", help="write all verdicts, as schemas/results.json says; - prints")
    xml = os.environ.get("XML_OUTPUT_FILE") or None
    add("--junit", metavar="FILE", default=xml, help="write them as JUnit XML; - prints")
    add("--tap", metavar="FILE", help="write them in the Test Anything Protocol; - prints")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _size(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
