"""Obtain the implementations that live on package registries, so that the suite can judge them.

Nothing here is needed to judge CPython's own modules. A package is installed for each CPython into a
folder of its own, which a name and a version identify: a folder that is there is whole, since it is
made aside and renamed, and is never made again. What is installed is locked by hashes (`peers.txt`),
RustPython by the lock file in its crate. What cannot be had is listed with the reason; that is no
failure, because nobody promised it.

The findings are written to a file that the conformance runner takes by --subjects.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import find_pythons

LOCK = Path(__file__).absolute().with_name("peers.txt")
BUILDER = "setuptools"

# The adapters of the packages, and what each needs; the folder is named after the first.
PACKAGES = {
    "backports_interpreters": ("backports-interpreters",),
    "interpreters_pep_734": ("interpreters-pep-734", "interpreters-3-12"),
    "extrainterpreters": ("extrainterpreters",),
}

RUSTPYTHON = "0.6.0"
RUST = (1, 96)  # the oldest that compiles it, of what is locked in the crate
RUSTPYTHON_FEATURES = (
    "threading,stdlib,stdio,importlib,host_env,mimalloc"  # the usual ones, less TLS
)


class CannotRun(Exception):
    """The message names what stands in the way and the next step."""


class Missing(Exception):
    """Something cannot be had here; the message says why."""


class Obtained(NamedTuple):
    """What came of one thing asked for: where it is, or why it is not."""

    what: str
    path: str = ""
    why: str = ""

    def line(self) -> str:
        return f"{'obtained' if self.path else 'missing '}  {self.what}: {self.path or self.why}"


def run(command: list[str], **environment: str) -> str:
    """Run *command*, and return what it prints; raise Missing with its last word if it fails."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    kept.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore", **environment)
    try:
        done = subprocess.run(
            command,
            env=kept,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise Missing(f"{command[0]} cannot be run: {error.strerror}") from None
    if done.returncode:
        raise Missing(last_word(done.stdout) or f"{command[0]} ended with {done.returncode}")
    return done.stdout


def last_word(output: str) -> str:
    """The line of *output* that tells best what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(E|ERROR|error)\b", line)]
    return (errors or lines or [""])[0 if errors else -1][:200]


# --- Packages -----------------------------------------------------------------------------------


def locked(text: str) -> dict[str, str]:
    """The requirements in the text of a lock file, by the name of the package."""
    blocks = re.findall(r"^\S.*(?:(?<=\\)\n.*)*", text, re.MULTILINE)
    return {re.split(r"[=\s]", block)[0]: block for block in blocks}


def version_of(requirement: str) -> str:
    """The version that a requirement is locked to."""
    return requirement.split("==")[1].split()[0]


def is_for(requirement: str, version: str) -> bool:
    """Whether the marker of a requirement, in one of the forms that it has, holds for *version*."""
    marker = re.search(r"; python_full_version (>=|==) '(\d+)\.(\d+)", requirement)
    if not marker:
        return True
    wanted, here = (int(marker[2]), int(marker[3])), tuple(map(int, version.split(".")[:2]))
    return here >= wanted if marker[1] == ">=" else here == wanted


def install(python: dict[str, Any], adapter: str, lock: dict[str, str], root: Path) -> Path:
    """Return the folder in which the packages of *adapter* are installed for *python*."""
    first = PACKAGES[adapter][0]
    names = [name for name in PACKAGES[adapter] if is_for(lock[name], python["version"])]
    if first not in names:
        raise Missing(f"is not for this Python: {lock[first].splitlines()[0].rstrip(chr(92))}")
    folder = Path(root / python["tag"] / f"{first}-{version_of(lock[first])}")
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as name:
        aside = Path(name)
        pip = pip_of(python["executable"], aside)
        wanted = "\n".join(lock[name] for name in names)
        try:
            pip_install(pip, wanted, aside / "made", "--only-binary=:all:")
        except Missing:
            pip_install(pip, lock[BUILDER], aside / "builder", "--only-binary=:all:")
            builder = str(aside / "builder")
            option = "--no-build-isolation"
            pip_install(pip, wanted, aside / "made", option, PYTHONPATH=builder)
        (aside / "made").rename(folder)
    return folder


def pip_of(executable: str, aside: Path) -> list[str]:
    """The command that runs a pip under *executable*: its own, or that of a new environment."""
    try:
        run([executable, "-m", "pip", "--version"])
        return [executable, "-m", "pip"]
    except Missing:
        run([executable, "-m", "venv", str(aside / "environment")])
        return [str(aside / "environment" / "bin" / "python"), "-m", "pip"]


def pip_install(
    pip: list[str], wanted: str, target: Path, *options: str, **environment: str
) -> str:
    """Install what the requirements *wanted* say into *target*; return what pip says."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(wanted + "\n")
        file.flush()
        command = [*pip, "install", "--no-deps", "--require-hashes", "--no-compile", *options]
        return run([*command, "--target", str(target), "-r", file.name], **environment)


# --- Other Pythons ------------------------------------------------------------------------------


def rustpython(root: Path) -> Path:
    """Return RustPython, compiled from its crate if it is not yet there."""
    folder = root / f"rustpython-{RUSTPYTHON}"
    if not folder.is_dir():
        cargo = ["cargo", *toolchain()]
        root.mkdir(parents=True, exist_ok=True)
        print(f"compiling RustPython {RUSTPYTHON}: some ten minutes", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=root) as name:
            made, waste = os.path.join(name, "made"), os.path.join(name, "waste")
            options = ["--no-default-features", "--features", RUSTPYTHON_FEATURES]
            command = [*cargo, "install", "rustpython", "--version", RUSTPYTHON, "--locked"]
            run([*command, *options, "--root", made], CARGO_TARGET_DIR=waste)
            os.rename(made, folder)
    executable = folder / "bin" / "rustpython"
    try:
        run([str(executable), "-c", "import os"])
    except Missing as reason:  # its library is where cargo keeps the sources of crates
        raise Missing(f"{executable} does not run: {reason}; remove {folder}, try again") from None
    return executable


def toolchain() -> list[str]:
    """Return cargo's argument that selects a toolchain which compiles RustPython: none if it can be."""
    if not shutil.which("cargo"):
        raise Missing("there is no cargo; install Rust, for instance by rustup")
    seen = []
    for choice in [[], *([f"+{name}"] for name in toolchains())]:
        try:
            said = run(["rustc", *choice, "--version"])
        except Missing:
            continue
        found = re.search(r"(\d+)\.(\d+)\.\d+\S*", said)
        if found and (int(found[1]), int(found[2])) >= RUST:
            return choice
        seen.append(found[0] if found else said.strip())
    wanted = "{}.{}".format(*RUST)
    raise Missing(
        f"needs Rust {wanted} or later, here is {', '.join(seen) or 'none'}; `rustup update stable`"
    )


def toolchains() -> list[str]:
    """The names of the toolchains that rustup has."""
    try:
        return [line.split()[0] for line in run(["rustup", "toolchain", "list"]).splitlines()]
    except Missing:
        return []


def pypy() -> Path:
    """Return PyPy: the one found, or else the system's, which is then installed if that is allowed."""
    for found in find_pythons.find().others:
        if found["implementation"] == "pypy":
            return Path(found["executable"])
    if not shutil.which("apt-get") or os.geteuid():
        raise Missing("found none; install it, on Debian by `apt-get install pypy3` as root")
    print("installing pypy3 by apt-get", file=sys.stderr, flush=True)
    run(["apt-get", "install", "-y", "--no-install-recommends", "pypy3"])
    where = shutil.which("pypy3")
    if not where:
        raise Missing("apt-get has installed pypy3, and it is not on PATH")
    return Path(where)


OTHERS = {"pypy": lambda root: pypy(), "rustpython": rustpython}


# --- The command --------------------------------------------------------------------------------


def obtain(
    names: list[str], pythons: list[dict[str, Any]], root: Path
) -> tuple[list[Obtained], list[dict[str, Any]]]:
    """Obtain what *names* say; return what came of it, and entries of subjects that have it."""
    entries: list[dict[str, Any]] = [{**python, "packages": {}} for python in pythons]
    results: list[Obtained] = []
    waiting: list[tuple[str, dict[str, Any] | None, concurrent.futures.Future[Path]]] = []
    lock = locked(LOCK.read_text(encoding="utf-8"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for adapter in (name for name in names if name in PACKAGES):
            for python in entries:
                job = pool.submit(install, python, adapter, lock, root)
                waiting.append((adapter, python, job))
        for name in (name for name in names if name in OTHERS):
            waiting.append((name, None, pool.submit(OTHERS[name], root)))
        for name, entry, job in waiting:
            what = f"{name} for CPython {entry['version']}" if entry else name
            try:
                path = str(job.result())
            except Missing as reason:
                results.append(Obtained(what, why=str(reason)))
                continue
            results.append(Obtained(what, path))
            if entry is None:
                entries.append({"executable": path})
            else:
                entry["packages"][name] = path
    return results, entries


def pythons_in(path: Path | None) -> list[dict[str, Any]]:
    """The CPythons found, or those of a file of subjects, whose folders are made absolute."""
    if path is None:
        return [dict(python) for python in find_pythons.find().pythons]
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["pythons"]
        for entry in entries:
            entry["path"] = str(path.absolute().parent / entry["path"]) if entry["path"] else None
            if not {"executable", "tag", "version"} <= entry.keys():
                raise KeyError("tag")
            if not re.fullmatch(r"\w+", entry["tag"]):  # it becomes the name of a folder
                raise ValueError(f"no tag of a Python: {entry['tag']!r}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotRun(
            f"{path}: is no file of subjects that the build made ({error}); leave out --subjects"
        ) from None
    return list(entries)


def cache() -> Path:
    """The folder in which the user keeps what can be made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "interpreters-peers"


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    known = [*PACKAGES, *OTHERS]
    parser = argparse.ArgumentParser(
        prog="peers.py",
        description="Obtain implementations from package registries, and list them in a file for "
        "`conformance run --subjects FILE`.",
        epilog="Exit status: 0, also if something cannot be had here; 2 if nothing could be tried.",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(known)} (default: all)"
    )
    parser.add_argument("--folder", type=Path, default=cache(), help="where (default: %(default)s)")
    parser.add_argument(
        "--output", type=Path, help="the file to write (default: subjects.json in the folder)"
    )
    parser.add_argument(
        "--subjects", type=Path, metavar="FILE", help="add to these instead of the CPythons found"
    )
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in known:
            parser.error(f"no implementation {name!r}; there are {', '.join(known)}")
    options.names = options.names or known
    return options


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    folder = options.folder.absolute()
    output = options.output or folder / "subjects.json"
    try:
        results, entries = obtain(options.names, pythons_in(options.subjects), folder)
        write(output, json.dumps({"pythons": entries}, indent=2) + "\n")
    except CannotRun as error:
        print(find_pythons.plain(f"peers: {error}"), file=sys.stderr)
        return 2
    except OSError as error:
        where = error.filename or folder
        said = f"peers: {where}: {error.strerror}; choose another --folder"
        print(find_pythons.plain(said), file=sys.stderr)
        return 2
    for result in results:
        print(find_pythons.plain(result.line()))
    place = shlex.quote(str(output))  # the line is there to be pasted
    said = f"judge them by: python3 conformance run --subjects {place} --implementation NAME"
    print(find_pythons.plain(said))
    return 0


def write(path: Path, text: str) -> None:
    """Put *text* in the place of the file *path*, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".new")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


if __name__ == "__main__":
    sys.exit(main())
