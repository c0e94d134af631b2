"""Find the CPythons of this machine, and say of every other candidate why it was left out.

A candidate is a path that might be an interpreter: an entry of $INTERPRETERS_PYTHONS, a python3.N
on PATH, or an installation kept by pyenv or uv. What a candidate *is*, only the candidate can say,
so each one is started and asked. It may also hang, crash, print rubbish or not be Python at all;
hence the question is asked in a process group of its own, under a time limit, and any other answer
than the expected one becomes a line that says why that candidate was skipped.

An installation is listed once, under its real path, however many names lead to it. A virtual
environment stands for the installation that it was made from. Pythons other than CPython (pypy3,
rustpython) are looked for in the same places and listed apart: they can be judged, not built for.

This file runs on Python 3.8 and later with nothing but the standard library, because it may be
started by any Python that happens to be there. It is a command and a module: see `find`.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import glob
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple, TypedDict

VARIABLE = "INTERPRETERS_PYTHONS"
OLDEST = (3, 8)
TIME_LIMIT = 10.0
MOST_OUTPUT = 1 << 16
MARK = "interpreters-probe:"
NAME = re.compile(r"(python|pypy)3(\.\d+)?[td]*|rustpython")

# What a candidate is asked. It must run on any Python ever made, to be told apart from no Python.
QUESTION = """
import sys
answer = {"version": list(sys.version_info[:3]), "hex": sys.hexversion}
if sys.version_info >= (3, 8):
    import json, os, sysconfig
    version = "%d.%d" % sys.version_info[:2]
    get = sysconfig.get_config_var
    base = sys.base_prefix
    flags = ("t" if get("Py_GIL_DISABLED") else "") + ("d" if hasattr(sys, "gettotalrefcount") else "")
    includes = [sysconfig.get_path("include"), get("INCLUDEPY")]
    platincludes = [sysconfig.get_path("platinclude"), get("CONFINCLUDEPY")]
    names = [version + flags, version] if flags else [version]
    includes += [os.path.join(base, "include", "python" + name) for name in names]
    multiarch = get("MULTIARCH") or "none"
    platincludes += [os.path.join(base, "include", multiarch, "python" + name) for name in names]
    answer.update(
        implementation=sys.implementation.name, level=sys.version_info[3], serial=sys.version_info[4],
        abiflags=flags, executable=sys.executable, base=base, environment=sys.prefix != base,
        executor_tests=os.path.isfile(os.path.join(
            os.path.dirname(os.__file__), "test", "test_concurrent_futures", "executor.py")),
        suffix=get("EXT_SUFFIX"), includes=[i for i in includes if i],
        platincludes=[i for i in platincludes + includes if i])
    print("MARK" + json.dumps(answer))
else:
    print("MARK" + '{"version": [%d, %d, %d]}' % sys.version_info[:3])
""".replace("MARK", MARK)


class Python(TypedDict):
    """A CPython that was found, as `--json` prints it."""

    tag: str
    executable: str
    version: str
    implementation: str
    abiflags: str
    include: str
    platinclude: str
    ext_suffix: str
    headers: bool
    executor_tests: bool  # the standard library's own, which are not installed everywhere


class Other(TypedDict):
    """A Python that is not CPython, as `--json` prints it."""

    executable: str
    version: str
    implementation: str


class Skipped(NamedTuple):
    """A candidate that is not listed, and why."""

    path: str
    why: str


class Found(NamedTuple):
    pythons: list[Python]
    others: list[Other]
    skipped: list[Skipped]

    def as_json(self) -> str:
        listing = {
            "pythons": self.pythons,
            "others": self.others,
            "skipped": [skipped._asdict() for skipped in self.skipped],
        }
        return json.dumps(listing, indent=2) + "\n"

    def lines(self) -> Iterator[str]:
        """What was found, and what was not, for a terminal: see `plain`."""
        yield from map(plain, self._lines())

    def _lines(self) -> Iterator[str]:
        for python in self.pythons:
            name = python["version"] + python["abiflags"]
            note = (
                "" if python["headers"] else "  (no headers: the reference cannot be built for it)"
            )
            yield f"found    {name:<9} {python['executable']}{note}"
        for other in self.others:
            yield f"found    {other['version']:<9} {other['executable']}  (not CPython but {other['implementation']})"
        for skipped in self.skipped:
            yield f"skipped  {skipped.path}: {skipped.why}"


class Unusable(Exception):
    """A candidate cannot be listed; the message says why."""


def plain(text: str) -> str:
    """Write what is not printable as an escape: names may hold what a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


# --- Where to look ------------------------------------------------------------------------------


def executables_in(folder: str) -> list[str]:
    """The interpreters in a folder of executables: python3.12, python3.14t, pypy3, rustpython, ..."""
    if not os.path.isdir(folder):
        return []
    names = [n for n in os.listdir(folder) if NAME.fullmatch(n)]
    paths = [os.path.join(folder, name) for name in sorted(names, key=len, reverse=True)]
    return [path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)]


def installations_in(folder: str) -> list[str]:
    """The interpreters of an installation, or of every installation in a folder of them."""
    own = executables_in(os.path.join(folder, "bin")) or executables_in(folder)
    if own:
        return own
    found: list[str] = []
    for installation in sorted(glob.glob(os.path.join(glob.escape(folder), "*", ""))):
        executables = executables_in(os.path.join(installation, "bin"))
        python = os.path.join(installation, "bin", "python")
        found += executables or ([python] if os.path.isfile(python) else [])
    return found


def without_aliases(paths: list[str]) -> list[str]:
    """Each file under one of its names. Environments keep theirs: for them the name is the point."""
    kept: dict[str, str] = {}
    for path in paths:
        bin_folder = os.path.dirname(path)
        is_environment = os.path.isfile(os.path.join(bin_folder, os.pardir, "pyvenv.cfg"))
        real = os.path.realpath(bin_folder) if is_environment else os.path.realpath(path)
        kept.setdefault(real, path)
    return list(kept.values())


def named(value: str) -> Iterator[tuple[str, str | None]]:
    """What the user named: paths, each with the reason why nothing can be there, or None."""
    for entry in value.split(os.pathsep):
        path = os.path.abspath(os.path.expanduser(entry)) if entry else ""
        if not path:
            continue
        if not os.path.exists(path):
            yield path, f"no such file or folder (named by ${VARIABLE})"
        elif not os.path.isdir(path):
            yield path, None
        else:
            executables = without_aliases(installations_in(path))
            if not executables:
                yield path, f"no Python in this folder (named by ${VARIABLE})"
            for executable in executables:
                yield executable, None


def around(environment: dict[str, str]) -> Iterator[str]:
    """What is found without being named: PATH, then pyenv's and uv's installations."""
    home = environment.get("HOME") or os.path.expanduser("~")
    pyenvs = [environment.get("PYENV_ROOT") or os.path.join(home, ".pyenv")]
    for folder in environment.get("PATH", "").split(os.pathsep):
        root, name = os.path.split(folder.rstrip("/"))
        if name == "shims" and os.path.isdir(os.path.join(root, "versions")):
            pyenvs.append(root)  # shims only choose among versions/, where each one is seen
        elif folder:
            yield from executables_in(os.path.abspath(folder))
    for root in pyenvs:
        yield from installations_in(os.path.join(root, "versions"))
    uv = environment.get("UV_PYTHON_INSTALL_DIR") or os.path.join(home, ".local/share/uv/python")
    yield from installations_in(uv)


# --- Asking a candidate -------------------------------------------------------------------------


def ask(executable: str, time_limit: float) -> dict[str, Any]:
    """Start a candidate, ask it what it is, and never wait longer than the limit."""
    try:
        process = subprocess.Popen(
            [executable, "-E", "-s", "-c", QUESTION],  # Python 2 has no -I to be told apart by
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise Unusable(f"cannot be started: {error.strerror}") from None
    with process:
        assert process.stdout is not None
        output, in_time = read(process.stdout.fileno(), time.monotonic() + time_limit)
        if in_time and len(output) < MOST_OUTPUT:
            try:
                process.wait(1.0)
            except subprocess.TimeoutExpired:
                in_time = False
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except OSError:
            pass  # the whole group has ended by itself
    answers = re.findall("^" + MARK + "(.*)$", output, re.MULTILINE)
    if answers:
        try:
            return sound(json.loads(answers[-1]))
        except (ValueError, RecursionError, KeyError, TypeError):
            pass
    raise Unusable(misbehaviour(process.returncode, output, in_time, time_limit))


def sound(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, if each part of it is what a Python would say: some of it becomes the name of a
    target of the build. Else one of the errors that come of looking at rubbish is raised."""
    version = answer["version"]
    if len(version) != 3 or not all(type(number) is int and number >= 0 for number in version):
        raise ValueError("a version is three numbers")
    if version < list(OLDEST):
        return {"version": version}
    texts = {"implementation": r"\w+", "abiflags": "[a-z]*", "level": "[a-z]+"}
    texts.update(executable=".+", base=".*")
    if not all(
        re.fullmatch(form, answer[name], re.ASCII | re.DOTALL) for name, form in texts.items()
    ):
        raise ValueError("a text that no Python has")
    if type(answer["hex"]) is not int or type(answer["serial"]) is not int:
        raise TypeError("no number")
    if not re.fullmatch(r"[\w.+-]*", answer["suffix"] or "", re.ASCII):
        raise ValueError("no suffix of a file")
    answer["executor_tests"] = answer["executor_tests"] is True
    for name in ("includes", "platincludes"):
        answer[name] = [os.path.join("", folder) for folder in answer[name]]
    return answer


def read(descriptor: int, deadline: float) -> tuple[str, bool]:
    """All that a pipe gives (no more than a sane answer's worth), and whether it ended in time."""
    output = b""
    while len(output) < MOST_OUTPUT:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return output.decode("utf-8", "replace"), False
        chunk = os.read(descriptor, MOST_OUTPUT)
        if not chunk:
            break
        output += chunk
    return output.decode("utf-8", "replace"), True


def misbehaviour(status: int, output: str, in_time: bool, time_limit: float) -> str:
    """Why a process that did not answer is not taken for a Python."""
    if not in_time:
        return f"did not answer within {time_limit:g} s"
    if len(output) >= MOST_OUTPUT:
        return "not a Python that runs: it prints without end"
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return f"crashed when started ({name})"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said = f', said "{lines[-1][:60]}"' if lines and lines[-1].isprintable() else ""
    return f"not a Python that runs: exit status {status}{said}"


# --- From the answer to an entry ----------------------------------------------------------------


def base_of(answer: dict[str, Any], candidate: str) -> str:
    """The installation behind a virtual environment."""
    folder = os.path.join(answer["base"], "bin")
    version = "{}.{}".format(*answer["version"])
    for name in ("python" + version + answer["abiflags"], "python" + version, "python3"):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return os.path.realpath(path)
    path = os.path.realpath(candidate)
    if os.path.dirname(path) == os.path.dirname(os.path.abspath(candidate)):
        raise Unusable(f"a virtual environment whose installation is gone from {answer['base']}")
    return path


def first_with(header: str, folders: list[str]) -> str:
    return next((f for f in folders if os.path.isfile(os.path.join(f, header))), "")


def version_of(answer: dict[str, Any]) -> str:
    """The version of a candidate, such as 3.12.1 or 3.15.0rc2."""
    version = "{}.{}.{}".format(*answer["version"])
    if answer["version"] < list(OLDEST):
        raise Unusable(f"too old: {version}, the oldest supported is {OLDEST[0]}.{OLDEST[1]}")
    stages = {"alpha": "a", "beta": "b", "candidate": "rc"}
    if answer["level"] in stages:
        version += stages[answer["level"]] + str(answer["serial"])
    return version


def other_entry(answer: dict[str, Any], version: str) -> Other:
    """The entry for what a candidate answered that is not CPython."""
    return Other(
        executable=os.path.realpath(answer["executable"]),
        version=version,
        implementation=answer["implementation"],
    )


def entry(answer: dict[str, Any], version: str) -> Python:
    """The entry for what a CPython answered."""
    include = first_with("Python.h", answer["includes"])
    platinclude = first_with("pyconfig.h", answer["platincludes"])
    return Python(
        tag="cpython_" + version.replace(".", "_") + answer["abiflags"],
        executable=os.path.realpath(answer["executable"]),
        version=version,
        implementation="cpython",
        abiflags=answer["abiflags"],
        include=include,
        platinclude=platinclude,
        ext_suffix=answer["suffix"] or ".so",
        headers=bool(include and platinclude),
        executor_tests=answer["executor_tests"],
    )


class Search:
    """The candidates in order; each real path is asked once, many at a time."""

    def __init__(self, time_limit: float) -> None:
        self.time_limit = time_limit
        self.answers: dict[str, concurrent.futures.Future[dict[str, Any]]] = {}
        self.pool = concurrent.futures.ThreadPoolExecutor(max(4, os.cpu_count() or 1))
        self.found: dict[str, tuple[int, Python]] = {}
        self.others: dict[str, Other] = {}
        self.skipped: list[Skipped] = []

    def start(self, path: str) -> None:
        """Begin to ask a candidate, so that a slow one does not hold up the others."""
        if path not in self.answers:
            self.answers[path] = self.pool.submit(ask, path, self.time_limit)

    def examine(self, path: str, named_by_user: bool) -> None:
        """List a candidate, or note why not; a second name for one that is listed needs a note
        only where the user wrote that name."""
        try:
            self.start(path)
            answer = self.answers[path].result()
            if answer.get("environment"):
                base = base_of(answer, path)
                self.start(base)
                answer = self.answers[base].result()
            version = version_of(answer)
        except Unusable as problem:
            self.skip(path, str(problem))
            return
        if answer["implementation"] == "cpython":
            self.add(path, answer["hex"], entry(answer, version), named_by_user)
        else:
            python = other_entry(answer, version)
            self.others.setdefault(python["executable"], python)

    def add(self, path: str, order: int, python: Python, named_by_user: bool) -> None:
        """List a CPython, or note that it is listed already."""
        _, other = self.found.setdefault(python["tag"], (order, python))
        same_file = other["executable"] == python["executable"]
        if other is not python and (named_by_user or not same_file):
            self.skip(path, f"same as {other['executable']}")

    def skip(self, path: str, why: str) -> None:
        if path not in [skipped.path for skipped in self.skipped]:
            self.skipped.append(Skipped(path, why))

    def result(self) -> Found:
        pythons = sorted(self.found.values(), key=lambda item: (item[0], item[1]["abiflags"]))
        others = sorted(self.others.values(), key=lambda other: other["executable"])
        return Found([python for _, python in pythons], others, self.skipped)


def find(environment: dict[str, str] | None = None, time_limit: float = TIME_LIMIT) -> Found:
    """Look everywhere the head of this file names and return what was found and what was not."""
    environment = dict(os.environ) if environment is None else environment
    by_name = list(named(environment.get(VARIABLE, "")))
    others = without_aliases(list(around(environment)))
    search = Search(time_limit)
    with search.pool:
        for path in [path for path, why in by_name if why is None] + others:
            search.start(path)
        for path, why in by_name:
            if why is None:
                search.examine(path, named_by_user=True)
            else:
                search.skip(path, why)
        for path in others:
            search.examine(path, named_by_user=False)
    return search.result()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="find_pythons.py",
        description="Find the Pythons of this machine: those on PATH, pyenv's, uv's, and those "
        f"named by ${VARIABLE} (executables or folders of installations, parted by ':').",
        epilog="Exit status: 0, or 2 when no CPython was found.",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--json-file", metavar="FILE", help="write the JSON there as well")
    options = parser.parse_args(arguments)
    found = find()
    if options.json_file:
        try:
            with open(options.json_file, "w", encoding="utf-8") as file:
                file.write(found.as_json())
        except OSError as error:
            said = f"find_pythons: {options.json_file}: {error.strerror}"
            print(plain(said), file=sys.stderr)
            return 2
    sys.stdout.write(found.as_json() if options.json else "".join(f"{x}\n" for x in found.lines()))
    if not found.pythons:
        oldest = "{}.{}".format(*OLDEST)
        print(
            f"find_pythons: no CPython {oldest} or later here: install one (Debian: apt-get install "
            f"python3 python3-dev) or name one in ${VARIABLE}",
            file=sys.stderr,
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
