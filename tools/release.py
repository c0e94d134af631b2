"""Make what a release consists of, and look whether it can be published; nothing is published here.

A release is a source distribution, made of the files that git knows, and a wheel for each CPython, made
from the source distribution alone. What makes them is locked by hashes (`builders.txt`), as is what looks at
them (`release.txt`).

Each is made twice, in circumstances that must not matter: another folder, other dates and modes of files,
another hash seed, time zone and locale. Both have to be the same to the byte. So whoever has the source can
make them again, and see that what is published has come from it. Setuptools writes down the circumstances,
and has no option that keeps it from that; so what it has made is written again (`archives.py`).

A wheel is for all CPythons of a minor version, so it is tried under each of them that is there. It is
installed where nothing else is, and has to do there what a user would do (`python -m interpreters`) and to
pass a test out of the source distribution. Of the systems that are not at hand, only
this can be told: which wheels cibuildwheel would make there. It has to be those that a page of the site lists.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import email
import fnmatch
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import find_pythons
from archives import Files, differences, members, settle

ROOT = Path(__file__).absolute().parent.parent
TOOLS = ROOT / "tools"
PAGE = ROOT / "docs" / "howto" / "install.rst"  # where the wheels are listed

# What a source distribution has: that of ours, and what setuptools adds.
OURS = """
    CHANGELOG.md CITATION.cff LICENSE MANIFEST.in pyproject.toml setup.cfg
    impl/README.md impl/_*/*.c impl/_*/*.h impl/interpreters/* impl/tests/*.py
""".split()
ADDED = ["PKG-INFO", *(f"impl/*.egg-info/{name}" for name in ("PKG-INFO", "*.txt"))]

# What describes a wheel, wherever setuptools puts the licence.
DESCRIPTION = {"LICENSE", "METADATA", "RECORD", "WHEEL", "top_level.txt"}

# A test that needs nothing but the package.
TEST = "test_main.py"

# How the package refuses a CPython that is older than the one that it was built with, if that matters.
REFUSAL = "build it again with this Python"

# Not handed on, as they would change what is built.
FLAGS = ("CFLAGS", "CPPFLAGS", "LDFLAGS")


class CannotRun(Exception):
    """The message names what stands in the way and the next step."""


class Wrong(Exception):
    """What was made cannot be published; the message says what is wrong with it."""


class Circumstances(NamedTuple):
    """What must not matter: the folder, the modes and the date of files, and variables."""

    folder: str
    umask: int
    date: float | None  # None: now
    variables: dict[str, str]


BOTH = (
    Circumstances("once", 0o022, None, {"PYTHONHASHSEED": "1", "TZ": "UTC0", "LC_ALL": "C"}),
    Circumstances(
        "and-once-more",
        0o077,
        1e9,
        {"PYTHONHASHSEED": "2", "TZ": "XXX-12:34", "LC_ALL": "C.UTF-8"},
    ),
)


class Maker(NamedTuple):
    """A CPython that wheels are made for: what builds there, and what sysconfig tells of it."""

    executable: str
    builder: str
    version: str
    suffix: str
    flags: list[str]


class Made(NamedTuple):
    """An archive that was made, and what was said meanwhile."""

    path: Path
    log: str


# --- Other programs -----------------------------------------------------------------------------------


def run(
    command: list[str], folder: Path | None = None, how: Circumstances | None = None, **more: str
) -> str:
    """Run *command*; return what it prints, or raise Wrong with it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON") and k not in FLAGS}
    kept.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore")
    done = subprocess.run(
        command,
        cwd=folder,
        env={**kept, **(how.variables if how else {}), **more},
        umask=how.umask if how else -1,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        said = "\n".join(done.stdout.splitlines()[-20:])
        raise Wrong(f"{' '.join(command)}\n{said}\nended with {done.returncode}")
    return done.stdout


def git(*arguments: str) -> str:
    """Return what git prints of the repository."""
    try:
        return run(["git", "-C", str(ROOT), *arguments])
    except (OSError, Wrong) as error:
        raise CannotRun(f"not a clone of the repository, or no git here: {error}") from None


def environment(python: str, *lists: str) -> str:
    """Return the Python of an environment for *python* with what the locked *lists* say, made once."""
    parts = [python.encode(), *((TOOLS / name).read_bytes() for name in lists)]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "interpreters-ci"
    folder = cache / f"release-{hashlib.sha256(b' '.join(parts)).hexdigest()[:16]}"
    inside = str(folder / "bin" / "python")
    if not (folder / ".done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        run([python, "-m", "venv", str(folder)])
        if not os.path.exists(inside):
            raise CannotRun(f"{python} makes no environment; name a Python that does")
        for name in lists:
            wanted = ["--require-hashes", "-r", str(TOOLS / name)]
            run([inside, "-m", "pip", "install", "--quiet", *wanted])
        (folder / ".done").touch()
    return inside


def maker(python: str) -> Maker:
    """Return what wheels for *python* are made by."""
    builder = environment(python, "builders.txt")
    question = (
        "import json, platform, sysconfig; print(json.dumps([platform.python_version(), *map("
    )
    question += "sysconfig.get_config_var, ('EXT_SUFFIX', 'CFLAGS'))]))"
    version, suffix, flags = json.loads(run([builder, "-c", question]))
    return Maker(python, builder, version, suffix, flags.split())


# --- Making -------------------------------------------------------------------------------------------


def source() -> Files:
    """Return the files that git knows, or would know."""
    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return {name: (ROOT / name).read_bytes() for name in names if (ROOT / name).is_file()}


def place(files: Files, folder: Path, how: Circumstances) -> None:
    """Write *files* into *folder* as the circumstances want them."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o666 & ~how.umask)
        if how.date is not None:
            os.utime(path, (how.date, how.date))


def made_twice(
    kind: str, files: Files, builder: str, folder: Path, date: int, settings: dict[str, str]
) -> Made:
    """Have *builder* make a distribution of *files* twice; return one of both if they are the same."""

    def make(how: Circumstances) -> Made:
        place(files, folder / how.folder / "source", how)
        command = [builder, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", "../made"]
        more = {**settings, "SOURCE_DATE_EPOCH": str(date)}
        log = run(command, folder / how.folder / "source", how, **more)
        (path,) = (folder / how.folder / "made").iterdir()
        settle(path, date)
        return Made(path, log)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        first, second = pool.map(make, BOTH)
    found = [f"  {line}" for line in differences(first.path, second.path)]
    if found:
        raise Wrong("\n".join(["made twice, it is not the same:", *found]))
    return first


def inside(archive: Path) -> Files:
    """Return the files of a source distribution, without the folder that they are in."""
    return {name.partition("/")[2]: content for name, content in members(archive).items()}


# --- Looking ------------------------------------------------------------------------------------------


def chosen(names: Iterable[str], patterns: Iterable[str]) -> set[str]:
    """Return those of *names* that one of *patterns* matches, in which a star stands for no slash."""
    return {
        name
        for name in names
        for pattern in patterns
        if name.count("/") == pattern.count("/") and fnmatch.fnmatchcase(name, pattern)
    }


def compare(found: set[str], wanted: set[str]) -> None:
    """Raise Wrong unless exactly what is wanted was found."""
    parts = [f"  not there: {name}" for name in sorted(wanted - found)]
    parts += [f"  not wanted: {name}" for name in sorted(found - wanted)]
    if parts:
        raise Wrong("\n".join(["not what it should consist of:", *parts]))


def look_at_log(log: str, flags: list[str]) -> None:
    """Raise Wrong for warnings in what a build has said, and if Python's own *flags* were not used.

    Of what MANIFEST.in leaves out, a source distribution has nothing: that is told, and right.
    """
    found = re.findall(r".*(?:\bwarning: (?!no previously-included)|Deprecat|deprecated).*", log)
    if found:
        raise Wrong("\n".join(["the build warns:", *found]))
    compiled = [line.split() for line in log.splitlines() if re.search(r" -c \S+\.c ", line)]
    if flags and not compiled:
        raise Wrong("the build does not show what it compiles")
    for words in compiled:
        missing = sorted(set(flags) - set(words))
        if missing:
            raise Wrong(f"not compiled with Python's own flags: {' '.join(missing)} not used")


def look_at_metadata(text: bytes, project: dict[str, Any]) -> None:
    """Raise Wrong unless the metadata are those of pyproject.toml, with a licence, and can be read alone."""
    found = email.message_from_bytes(text)
    wanted = {
        "Name": [project["name"]],
        "Version": [project["version"]],
        "Requires-Python": [project["requires-python"]],
        "Classifier": project["classifiers"],
        "License-File": ["LICENSE"],
    }
    for key, values in wanted.items():
        if found.get_all(key) != values:
            raise Wrong(f"{key} is {found.get_all(key)} instead of {values}")
    if "MIT" not in (found["License"], found["License-Expression"]):
        raise Wrong("the metadata name no licence")
    links = re.findall(r"\]\((?!https?://)[^)]*\)", str(found.get_payload()))
    if links:
        raise Wrong(f"the description leads nowhere, read elsewhere: {' '.join(links)}")


def look_at_source(made: Made, files: Files, project: dict[str, Any]) -> None:
    """Raise Wrong if the source distribution is not complete, has more, or says something else."""
    found = inside(made.path)
    compare(set(found) - chosen(found, ADDED), chosen(files, OURS))
    look_at_metadata(found["PKG-INFO"], project)
    look_at_log(made.log, [])


def look_at_wheel(made: Made, files: Files, python: Maker, project: dict[str, Any]) -> None:
    """Raise Wrong if the wheel is not complete, has more, or says something else."""
    found = members(made.path)
    about = next(name for name in found if name.endswith("/METADATA")).rpartition("/")[0]
    names = {name.replace("/licenses/", "/") for name in found}
    wanted = {name.removeprefix("impl/") for name in chosen(files, ["impl/interpreters/*"])}
    wanted |= {f"{about}/{name}" for name in DESCRIPTION}
    compare(names, wanted | {f"interpreters/_interpreters{python.suffix}"})
    look_at_metadata(found[f"{about}/METADATA"], project)
    look_at_log(made.log, python.flags)


def try_wheel(wheel: Path, files: Files, python: Maker, version: str) -> None:
    """Install *wheel* where nothing else is, and have it do what a user would do."""
    with tempfile.TemporaryDirectory() as name:
        alone, empty = str(Path(name, "bin", "python")), Path(name, "empty")
        run([python.executable, "-m", "venv", "--without-pip", name])
        pip = [python.builder, "-m", "pip", "--python", alone, "install", "--quiet"]
        run([*pip, "--no-index", "--no-deps", str(wheel)])
        empty.mkdir()
        said = run([alone, "-m", "interpreters", "--json"], empty)
        try:
            package = json.loads(said)["package"]
        except ValueError:
            raise Wrong(f"python -m interpreters --json prints no JSON:\n{said}") from None
        if package["version"] != version or not package["path"].startswith(name):
            raise Wrong(f"it is not what was installed: {package}")
        place({TEST: files[f"impl/tests/{TEST}"]}, empty, BOTH[0])
        run([alone, "-m", "unittest", "-q", TEST.removesuffix(".py")], empty)


# --- Other systems ------------------------------------------------------------------------------------


def listed(page: str) -> set[str]:
    """Return cibuildwheel's names of the wheels that a *page* lists: rows of systems, machines, versions."""
    found = set()
    row = r"^``(\w+)``.*?  +((?:``\w+``(?:, )?)+)  +3\.(\d+) to 3\.(\d+)$"
    for system, machines, first, last in re.findall(row, page, re.MULTILINE):
        for machine in re.findall(r"\w+", machines):
            found |= {f"cp3{n}-{system}_{machine}" for n in range(int(first), int(last) + 1)}
    return found


def planned(checker: str) -> set[str]:
    """Return the names of the wheels that cibuildwheel would make."""
    found: set[str] = set()
    for system in ("linux", "macos", "windows"):
        options = ["--print-build-identifiers", "--allow-empty", "--platform", system]
        found |= set(run([checker, "-m", "cibuildwheel", *options, str(ROOT)]).split())
    return found


def look_at_plan(checker: str) -> str:
    """Raise Wrong unless the wheels of other systems are those that the page lists; return how many."""
    wanted = listed(PAGE.read_text(encoding="utf-8"))
    compare(planned(checker), wanted)
    return f"{len(wanted)} wheels"


# --- The command --------------------------------------------------------------------------------------


class Release:
    """One release: what it is made of, what was made of that, and how many things were wrong."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = source()
        self.date = int(os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct"))
        settings = tomllib.loads(self.files["pyproject.toml"].decode())
        self.project: dict[str, Any] = settings["project"]
        self.variables: dict[str, str] = settings["tool"]["cibuildwheel"]["environment"]
        self.made: dict[str, Path] = {}  # by name; of the CPythons of a minor version, the newest's
        self.wrong = 0

    def step(self, name: str, function: Callable[[], str]) -> bool:
        """Do something; tell what it is, what came of it, and how long it took."""
        print(name, flush=True)
        start = time.monotonic()
        try:
            said, well = function(), True
        except Wrong as error:
            said, well = f"WRONG: {error}", False
            self.wrong += 1
        said += f"\n{time.monotonic() - start:.0f} s"
        print("".join(f"  {line}\n" for line in said.splitlines()), flush=True)
        return well

    def keep(self, path: Path) -> str:
        """Note what has been made and is right; return what is told of it."""
        self.made[path.name] = path
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return f"{path.name}, {path.stat().st_size} bytes, the same twice\nsha256 {digest}"

    def source_distribution(self) -> str:
        """Make the source distribution."""
        builder = environment(sys.executable, "builders.txt")
        made = made_twice("sdist", self.files, builder, self.folder / "source", self.date, {})
        look_at_source(made, self.files, self.project)
        self.files = inside(made.path)  # from here on there is nothing else
        return self.keep(made.path)

    def wheel(self, python: Maker, pythons: list[Maker]) -> str:
        """Make the wheel for a Python, and try it under those of *pythons* that it is for."""
        folder = self.folder / f"{python.version}-{pythons.index(python)}"
        made = made_twice("wheel", self.files, python.builder, folder, self.date, self.variables)
        look_at_wheel(made, self.files, python, self.project)
        said = []
        for each in pythons:
            if each.suffix == python.suffix:
                try:
                    try_wheel(made.path, self.files, each, self.project["version"])
                    said.append(f"works under {each.version}")
                except Wrong as error:
                    if each is python or REFUSAL not in str(error):
                        raise
                    said.append(f"refuses {each.version}")
        return "\n".join([self.keep(made.path), *said])

    def others_look(self, checker: str) -> str:
        """Have twine read the metadata of all, and auditwheel tell which systems the wheels are for."""
        run([checker, "-m", "twine", "check", "--strict", *map(str, self.made.values())])
        found = ["twine finds nothing"]
        for name, path in self.made.items() if sys.platform == "linux" else []:
            if path.suffix == ".whl":
                tags = re.findall(
                    r'"(\w*linux_\w+)"', run([checker, "-m", "auditwheel", "show", str(path)])
                )
                found.append(f"{name}: {tags[0] if tags else 'for this machine alone'}")
        return "\n".join(found)


def makers(named: list[str]) -> list[str]:
    """Return the Pythons *named*, or else those found that extension modules can be built for."""
    for name in named:
        if not shutil.which(name):
            raise CannotRun(f"no such Python: {name}")
    if named:
        return [os.path.abspath(str(shutil.which(name))) for name in named]
    found = [python["executable"] for python in find_pythons.find().pythons if python["headers"]]
    able = [
        each for each in found if subprocess.run([each, "-c", "import ensurepip"]).returncode == 0
    ]
    if not able:
        raise CannotRun(
            "no CPython with headers and ensurepip: on Debian, python3-dev and python3-venv"
        )
    return able


def release(pythons: list[str], output: Path, scratch: Path) -> int:
    """Make it all; put what is right into *output*, and return how many things were wrong."""
    work = Release(scratch)
    version = work.project["version"]
    if not re.search(rf"\bpackage {re.escape(version)}\b", work.files["CHANGELOG.md"].decode()):
        raise CannotRun(f"CHANGELOG.md does not mention package {version}")
    if git("status", "--porcelain").strip():
        print("note: not everything is committed; the date is that of the last commit", flush=True)
    if work.step("source distribution", work.source_distribution):
        known = [maker(python) for python in pythons]
        for each in known:
            work.step(
                f"wheel for {each.version}, {each.executable}", lambda: work.wheel(each, known)
            )
        checker = environment(sys.executable, "release.txt")
        work.step("metadata", lambda: work.others_look(checker))
        work.step("other systems", lambda: look_at_plan(checker))
    output.mkdir(parents=True, exist_ok=True)
    for name, path in work.made.items():
        aside = output / f".{name}"
        shutil.copyfile(path, aside)
        aside.replace(output / name)
    print(f"{len(work.made)} distributions in {output}, {work.wrong} wrong")
    return work.wrong


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="release.py",
        description="Make a source distribution, and a wheel for each Python; and check them.",
        epilog="Exit status: 0 all is right, 1 something is wrong, 2 nothing could be made.",
    )
    parser.add_argument("pythons", nargs="*", metavar="PYTHON", help="default: all with headers")
    parser.add_argument(
        "--output", type=Path, default=Path("dist"), help="the folder (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            wrong = release(makers(options.pythons), options.output, Path(scratch).resolve())
    except (CannotRun, Wrong) as error:
        print(f"release: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"release: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("release: interrupted", file=sys.stderr)
        return 2
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
