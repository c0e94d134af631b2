"""``python -m interpreters``: what this Python can do with the package, and whether it does.

Three parts: what is installed here, what is known to be wrong with this CPython that the package cannot
mend, and a self-test, in which each test does what a user would do.  As text, or as JSON for programs.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, Callable, NamedTuple

import interpreters

DISTRIBUTION = "interpreters-pep-554"
LIMIT = 10.0  # seconds, in which any machine has done any of this


class Issue(NamedTuple):
    """What is wrong with CPython, of which versions, by its number in CPython's tracker."""

    number: str
    first: tuple[int, ...]
    beyond: tuple[int, ...]  # the first without it; empty: none yet
    free_threaded: bool | None  # whether only with, only without, or whatever the build
    words: str


ISSUES = [
    Issue(
        "gh-113055",
        (3, 12),
        (3, 14),
        None,
        "not all memory of an isolated interpreter is given back when it is destroyed; "
        "use one again rather than make a new one",
    ),
    Issue(
        "gh-117649",
        (3, 13),
        (),
        True,
        "without a GIL, a shared interpreter refuses the extension modules that an isolated one does",
    ),
]


# --- What is here -----------------------------------------------------------------------------------


def isolates() -> bool:
    """Whether this Python can isolate interpreters."""
    try:
        interpreters.create(isolated=True, site=False).destroy()
    except interpreters.InterpreterError:
        return False
    return True


def has_gil() -> bool:
    """Whether this build of Python has a GIL, and uses it."""
    asked: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)
    return asked()


def installed() -> str:
    """The version of the package, as the installer has noted it."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "not installed, but imported"


def known_issues() -> list[Issue]:
    """Those of this Python."""
    version, free_threaded = sys.version_info[:3], not has_gil()
    return [
        issue
        for issue in ISSUES
        if issue.first <= version
        and not (issue.beyond and version >= issue.beyond)
        and issue.free_threaded in (None, free_threaded)
    ]


# --- The self-test ------------------------------------------------------------------------------------


def expect(found: object, wanted: object) -> None:
    """Raise AssertionError unless both are equal; an assertion would be gone under ``-O``."""
    if found != wanted:
        raise AssertionError(f"{found!r} instead of {wanted!r}")


def code_runs(worker: interpreters.Interpreter) -> None:
    """code runs in it, and names persist"""
    worker.run("answer = 6 * 7")
    expect(worker.call(eval, "answer"), 42)


def exceptions_arrive(worker: interpreters.Interpreter) -> None:
    """an exception arrives with its class and arguments"""
    try:
        worker.run("raise LookupError('spam', 42)")
    except LookupError as error:
        expect(error.args, ("spam", 42))
    else:
        raise AssertionError("nothing was raised")


def calls_return(worker: interpreters.Interpreter) -> None:
    """functions are called, of modules and of the script"""
    expect(worker.call(divmod, 17, 5), (3, 2))
    expect(worker.call(lambda number: number + 1, 41), 42)


def queues_pass(worker: interpreters.Interpreter) -> None:
    """a queue passes objects between threads"""
    queue = interpreters.create_queue()
    thread = worker.call_in_thread(queue.put, {"spam": [1, 2]})
    found = queue.get(timeout=LIMIT)
    thread.join()
    expect(found, {"spam": [1, 2]})


def memory_is_shared(worker: interpreters.Interpreter) -> None:
    """memory is shared without a copy"""
    data = bytearray(1 << 20)
    worker.prepare_main(data=memoryview(data))
    worker.run("data[-1] = 42")
    expect(data[-1], 42)


def limits_hold(worker: interpreters.Interpreter) -> None:
    """code that does not end is interrupted"""
    try:
        worker.exec("while True: pass", timeout=0.05)
    except TimeoutError:
        return
    raise AssertionError("it ended by itself")


def pools_execute(worker: interpreters.Interpreter) -> None:
    """a pool executes tasks"""
    with interpreters.InterpreterPoolExecutor(2) as executor:
        expect(list(executor.map(pow, [2, 3], [10, 10], timeout=LIMIT)), [1024, 59049])


TESTS = [
    code_runs,
    exceptions_arrive,
    calls_return,
    queues_pass,
    memory_is_shared,
    limits_hold,
    pools_execute,
]


def tried(test: Callable[[interpreters.Interpreter], None]) -> str:
    """What went wrong with a test in a new interpreter, or nothing."""
    before = interpreters.enumerate()
    try:
        worker = interpreters.create()
        try:
            test(worker)
        finally:
            worker.destroy()
        left = len(interpreters.enumerate()) - len(before)
        return f"{left} interpreters are left" if left else ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"


# --- The command ----------------------------------------------------------------------------------------


def report(with_test: bool) -> dict[str, Any]:
    """All that is said, as JSON has it."""
    found: dict[str, Any] = {
        "package": {"version": installed(), "path": str(Path(interpreters.__file__ or "").parent)},
        "python": {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "compiler": platform.python_compiler(),
            "platform": platform.platform(),
            "executable": sys.executable,
        },
        "can": {"isolate": isolates(), "gil": has_gil()},
        "issues": [{"number": each.number, "says": each.words} for each in known_issues()],
    }
    if with_test:
        found["self_test"] = [
            {"name": str(test.__doc__), "problem": problem}
            for test in TESTS
            for problem in [tried(test)]
        ]
    return found


def as_text(found: dict[str, Any]) -> str:
    """The report for people."""
    package, python, can = found["package"], found["python"], found["can"]
    isolated = "yes, each with a GIL of its own" if can["isolate"] else "no, all share the GIL"
    lines = [
        f"{DISTRIBUTION} {package['version']} ({package['path']})",
        f"{python['implementation']} {python['version']} ({python['executable']})",
        f"{python['compiler']}, {python['platform']}",
        "",
        f"isolated interpreters: {isolated if can['gil'] else 'yes, but this build has no GIL'}",
        f"known issues:{'' if found['issues'] else ' none'}",
        *(f"  {issue['number']}: {issue['says']}" for issue in found["issues"]),
    ]
    tests = found.get("self_test", [])
    if tests:
        passed = sum(not test["problem"] for test in tests)
        lines += ["", f"self-test: {passed} of {len(tests)} passed"]
        for test in tests:
            problem = f": {test['problem']}" if test["problem"] else ""
            lines.append(f"  {'FAILED' if problem else 'ok'}  {test['name']}{problem}")
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Print the report; 0 if all is well, 1 if the self-test found something."""
    parser = argparse.ArgumentParser(
        prog="python -m interpreters",
        description="Tell what this Python can do with the package, and whether it does.",
        epilog="Exit status: 0 if every test passed, or none was asked for; 1 otherwise.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--no-self-test", action="store_true", help="leave the self-test out")
    options = parser.parse_args(arguments)
    found = report(not options.no_self_test)
    print(json.dumps(found, indent=1) if options.json else as_text(found), end="\n" * options.json)
    return int(any(test["problem"] for test in found.get("self_test", [])))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
