"""Measures what interpreters share, for the table of sharing.rst.

For each thing there is source text with two functions, ``set(value)`` and ``get()``.  The main
interpreter sets the thing and creates another interpreter; then each of the two sets it anew, and
what both get is compared.  So either the thing is one for all, or the other interpreter has its
own, which began as a copy or afresh.  Every thing is tried in a process of its own, with each kind
of interpreter, on each Python in the list that the build makes:

    ./bazelw run //docs:sharing > docs/sharing.csv
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import subprocess
import sys
from typing import Any, Sequence

ONE = "one for all"
COPY = "its own, a copy at first"
AFRESH = "its own, afresh"
SAME = "always the same"

# For what calls back: the callback tells something, and the last that was told can be asked for.
LAST = """
import os, sys
def tell(value):
    os.write({write}, value.encode())
def last():
    try:
        return os.read({read}, 65536)[-1:]
    except BlockingIOError:
        return b""
"""

# What can be set: three values for it, and how to set it and get it.
SET: dict[str, tuple[Sequence[Any], str]] = {
    "Working directory": (
        ("/", "/usr", "/etc"),
        "import os\nset = os.chdir\nget = os.getcwd",
    ),
    "``os.umask()``": (
        (0o22, 0o27, 0o77),
        "import os\nset = os.umask\ndef get():\n mask = os.umask(0)\n set(mask)\n return mask",
    ),
    "Environment of child processes": (
        "abc",
        "import os\ndef set(value): os.putenv('SPAM', value)\n"
        "def get(): return [v for v in 'abc' if not os.system('test \"$SPAM\" = ' + v)]",
    ),
    "``os.environ``": (
        "abc",
        "import os\ndef set(value): os.environ['SPAM'] = value\ndef get(): return os.environ.get('SPAM')",
    ),
    "``locale.setlocale()``": (
        ("C", "C.UTF-8", "C"),
        "from locale import *\ndef set(value): setlocale(LC_CTYPE, value)\ndef get(): return setlocale(LC_CTYPE)",
    ),
    "Signal handlers, which only the main interpreter sets": (
        (1, 0, 1),
        "from signal import *\n"
        "def set(value):\n try: signal(SIGUSR1, Handlers(value))\n except ValueError: pass\n"
        "def get(): return int(getsignal(SIGUSR1))",
    ),
    "``sys.stdin``, ``sys.stdout``, ``sys.stderr``": (
        "abc",
        "import sys\ndef set(value): sys.stdin.spam = sys.stdout.spam = sys.stderr.spam = value\n"
        "def get(): return [getattr(f, 'spam', 0) for f in (sys.stdin, sys.stdout, sys.stderr)]",
    ),
    "``sys.path``": (
        "abc",
        "import sys\nset = lambda value: sys.path.append(value)\nget = lambda: sys.path",
    ),
    "``sys.argv``": (
        "abc",
        "import sys\ndef set(value): sys.argv[:] = [value]\ndef get(): return sys.argv",
    ),
    "``sys.modules`` and what is in a module": (
        "abc",
        "import builtins, json, os, sys\n"
        "def set(value): builtins.spam = json.spam = os.spam = sys.spam = value\n"
        "def get(): return [getattr(module, 'spam', 0) for module in (builtins, json, os, sys)]",
    ),
    "``sys.setswitchinterval()``": (
        (0.25, 0.5, 0.75),
        "import sys\nset, get = sys.setswitchinterval, sys.getswitchinterval",
    ),
    "``sys.setrecursionlimit()``": (
        (1100, 1200, 1300),
        "import sys\nset, get = sys.setrecursionlimit, sys.getrecursionlimit",
    ),
    "``sys.settrace()``": (
        "abc",
        LAST + "def set(value): sys.settrace(lambda *event: tell(value))\n"
        "def get():\n last()\n (lambda: 0)()\n return last()",
    ),
    "``sys.addaudithook()``": (
        "abc",
        LAST
        + "def set(value): sys.addaudithook(lambda name, args: name == 'spam' and tell(value))\n"
        "def get():\n last()\n sys.audit('spam')\n return last()",
    ),
    "``gc.set_threshold()``": (
        (500, 600, 800),
        "import gc\nset = gc.set_threshold\ndef get(): return gc.get_threshold()[0]",
    ),
    "``warnings.filters``": (
        "abc",
        "import warnings\ndef set(value): warnings.filterwarnings('ignore', value)\n"
        "def get(): return str(warnings.filters[0][:2])",
    ),
    "State of ``random``": (
        (1, 2, 3),
        "from random import *\nset = seed\n"
        "def get():\n state = getstate()\n number = random()\n setstate(state)\n return number",
    ),
}

# What nothing can set while the process lives: how to get it.
FIXED = {
    "``sys.flags``, but for ``no_site``": "import sys\ndef get(): return tuple(sys.flags)",
    "Seed of ``hash()``": "def get(): return hash('spam')",
}

THINGS = [*SET, *FIXED]


class Side:
    """An interpreter: runs source text, and gets the thing there."""

    def __init__(self, run: Any, source: str) -> None:
        self.run = run
        run(source)

    def get(self) -> bytes:
        """Return what ``get()`` returns there, as text."""
        read, write = os.pipe()
        self.run(f"import os\nos.write({write}, ascii(get()).encode())")
        os.close(write)
        with open(read, "rb") as pipe:
            return pipe.read()


def probe(thing: str, isolated: bool) -> str:
    """Say how the main interpreter and a new one share *thing*; this process is spoilt by it."""
    import interpreters._interpreters as low

    values, source = SET[thing] if thing in SET else ((), FIXED[thing])
    read, write = os.pipe()
    os.set_blocking(read, False)
    source = source.replace("{read}", str(read)).replace("{write}", str(write))
    namespace: dict[str, Any] = {}
    here = Side(lambda code: exec(code, namespace), source)
    if values:
        here.run(f"set({values[0]!r})")
    id = low.create(isolated=isolated)
    there = Side(lambda code: low.run_string(id, code), source)
    first = there.get() == here.get()
    if not values:
        return SAME if first else AFRESH
    here.run(f"set({values[1]!r})")
    down = there.get() == here.get()
    there.run(f"set({values[2]!r})")
    up = there.get() == here.get()
    if down != up:
        raise SystemExit(f"{thing}: shared one way only")
    return ONE if up else COPY if first else AFRESH


def ask(python: dict[str, str], folder: str, thing: str, isolated: bool) -> str:
    """Return the answer of probe() in a process of *python*, or "" if it has no such kind."""
    numbers = tuple(int(part) for part in python["version"].split(".")[:2])
    if isolated and numbers < (3, 12):
        return ""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment.update(PYTHONPATH=os.path.join(folder, python["path"]), PYTHONDONTWRITEBYTECODE="1")
    command = [python["executable"], os.path.abspath(__file__), "probe", thing, str(int(isolated))]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


def joined(answers: list[tuple[str, str]]) -> str:
    """Join the answers of all Pythons, given as version and answer, oldest first."""
    groups: list[tuple[str, list[str]]] = [
        (answer, [version for version, _ in group])
        for answer, group in itertools.groupby(answers, lambda pair: pair[1])
    ]
    if len(groups) == 1:
        return groups[0][0]
    ends = [(answer, dict.fromkeys((among[0], among[-1]))) for answer, among in groups]
    return "; ".join(f"{answer} ({'–'.join(versions)})" for answer, versions in ends)


def minor(version: str) -> str:
    """Return "3.12" for "3.12.1"."""
    return ".".join(version.split(".")[:2])


def main() -> None:
    """Measure everything on every Python, and print the table as CSV."""
    path = os.environ["CONFORMANCE_SUBJECTS"]
    with open(path, encoding="utf-8") as file:
        pythons = [python for python in json.load(file)["pythons"] if python["path"]]
    pythons.sort(key=lambda python: [int(part) for part in python["version"].split(".")[:2]])
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(("Thing", "In a shared interpreter", "In an isolated interpreter"))
    for thing in THINGS:
        cells = []
        for isolated in (False, True):
            asked = [
                (minor(p["version"]), ask(p, os.path.dirname(path), thing, isolated))
                for p in pythons
            ]
            cells.append(joined([pair for pair in asked if pair[1]]))
        rows.writerow((thing, *cells))


if __name__ == "__main__":
    if sys.argv[1:2] == ["probe"]:
        print(probe(sys.argv[2], bool(int(sys.argv[3]))))
    else:
        main()
