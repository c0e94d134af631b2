"""The figures as tables, in Markdown for a terminal and in reStructuredText for the documentation.

A cell is a median, with the span of the middle eight tenths behind it.  A figure that misses its
goal ends in "!".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import executor_tables
import goals
from cells import Shown, cell
from figures import WAYS, Row


class Table(NamedTuple):
    title: str
    about: str
    columns: list[tuple[str, str, bool]]  # heading, figure, with its spread?


TABLES = [
    Table(
        "Running",
        "Microseconds for ``pass``, compiled from text each time, in the OS thread that created the "
        "interpreter. *times exec* and *times ours* are medians of the ratios of each round.",
        [
            ("exec()", "run_exec", True),
            ("run_string()", "run", True),
            ("times exec", "run_ratio", True),
            ("over 1.15 exec", "run_excess", False),
            ("CPython's own", "run_own", True),
            ("times ours", "run_own_ratio", False),
        ],
    ),
    Table(
        "Exceptions and threads",
        "Microseconds for ``raise ValueError('text')`` and catching it; and for ``pass`` in an "
        "interpreter that another OS thread was in before. What CPython's own module raises, or "
        "returns, has the text of the exception only.",
        [
            ("raising: exec()", "raise_exec", True),
            ("run_string()", "raise", True),
            ("CPython's own", "raise_own", True),
            ("in turns: run_string()", "switch", True),
            ("CPython's own", "switch_own", True),
        ],
    ),
    Table(
        "Creating and destroying",
        "Milliseconds for both together.",
        [
            ("C API alone", "create_bare", True),
            ("create()", "create", True),
            ("times C API", "create_ratio", True),
            ("create(site=False)", "no_site", True),
            ("times create()", "no_site_ratio", True),
            ("CPython's own", "create_own", True),
        ],
    ),
    Table(
        "Memory",
        "KiB resident: what a cycle of creating, running ``x = [1]`` and destroying keeps, and what an "
        "idle interpreter takes.",
        [
            ("kept: C API alone", "kept_bare", False),
            ("ours", "kept_ours", False),
            ("CPython's own", "kept_own", False),
            ("idle: C API alone", "idle_bare", False),
            ("create()", "idle_ours", False),
            ("create(site=False)", "idle_no_site", False),
            ("CPython's own", "idle_own", False),
        ],
    ),
    Table(
        "Calls",
        "Microseconds for ``call(abs, -5)``, in the OS thread that created the interpreter. *pickle* is "
        "``pickle.loads(pickle.dumps((abs, (-5,), {}), 5))``, once. In *over pickle* the difference is "
        "taken, and in *times ours* the ratio, within each round.",
        [
            ("pickle", "call_pickle", True),
            ("call()", "call", True),
            ("over pickle", "call_excess", True),
            ("concurrent.interpreters", "call_standard", True),
            ("times ours", "call_standard_ratio", False),
        ],
    ),
    Table(
        "Queues between two threads",
        "Microseconds for an ``int`` to another thread and back, by two queues. There, an interpreter "
        "puts into one queue what it gets from the other; with ``queue.SimpleQueue``, a thread of the "
        "same interpreter does.",
        [
            ("SimpleQueue", "ping_simple", True),
            ("Queue", "ping", True),
            ("times SimpleQueue", "ping_ratio", True),
            ("concurrent.interpreters", "ping_standard", True),
            ("times ours", "ping_standard_ratio", False),
            ("backports.interpreters", "ping_backport", True),
        ],
    ),
    Table(
        "Queues in one thread",
        "Microseconds for ``put(1)`` and ``get()`` together.",
        [
            ("SimpleQueue", "put_simple", True),
            ("Queue", "put", True),
            ("concurrent.interpreters", "put_standard", True),
            ("times ours", "put_standard_ratio", False),
            ("backports.interpreters", "put_backport", True),
        ],
    ),
    Table(
        "64 MiB that are not copied",
        "Microseconds. *there* is a call with the object as its argument, which returns ``None``; *back* "
        "is a call that returns an object which was there; *queue* is to put it into a queue and get it, "
        "in one interpreter. *out of band* is an object that pickles its memory out of band, as arrays of "
        "NumPy do.",
        [
            (f"{heading}: {way}" if way == "there" else way, f"{kind}_{way}", False)
            for kind, heading in (
                ("memoryview", "memoryview"),
                ("PickleBuffer", "PickleBuffer"),
                ("Block", "out of band"),
            )
            for way in WAYS
        ],
    ),
    Table(
        "64 MiB in an array of NumPy",
        "Microseconds, as above, with a NumPy that this CPython can have. Where that refuses to be in two "
        "interpreters, the reason that it gives is here.",
        [
            ("NumPy", "numpy_version", False),
            *((way, f"numpy_{way}", False) for way in WAYS),
            ("refuses", "numpy_why", False),
        ],
    ),
    Table(
        "64 MiB that are copied",
        "*copy* is the milliseconds of a copy into fresh memory, ``bytes(view)`` or ``bytearray(view)``; the "
        "others are ratios to it.",
        [
            (f"{kind}: {way}" if way == "copy" else way, f"{kind}_{way}", way != "copy")
            for kind in ("bytes", "bytearray", "array")
            for way in ("copy", *WAYS)
        ],
    ),
    Table(
        "64 MiB in concurrent.interpreters",
        "Milliseconds, as above.",
        [
            (f"{kind}: {way}" if way == "there" else way, f"{kind}_{way}_standard", False)
            for kind in ("memoryview", "PickleBuffer", "bytes", "bytearray", "array")
            for way in WAYS
        ],
    ),
    Table(
        "Spares",
        "Microseconds for ``create()`` with a spare ready, and without spares.",
        [
            ("with a spare", "spare", True),
            ("without", "spare_cold", True),
        ],
    ),
    Table(
        "The life of an executor",
        "What the times of ``interpreters.InterpreterPoolExecutor`` are of those of others. The times "
        "themselves are in a table for each CPython and problem, in seconds: *Cold* is from making the "
        "executor to having the results of its first use, *Warm* is for those of a later use, "
        "*Teardown* is ``shutdown()``. The trivial function is one task; of the other problems there are "
        "four. *Pickle round-trip* is ``pickle.loads(pickle.dumps())`` of the tasks and of their "
        "results. The server of the start method forkserver is there already. Here, warm and cold are those of the trivial function; *sleep* is how much longer than a "
        "sleep the first use takes; *teardown* is of workers that have slept. *InterpreterPool* is that of "
        "``concurrent.futures``, *ProcessPool* the fastest of its three start methods.",
        [
            *(
                (f"warm, {workers}: {heading}", f"warm_{size}_{rival}", True)
                for size, workers in ((1, "1 worker"), (4, "4 workers"))
                for heading, rival in (
                    ("InterpreterPool", "standard"),
                    ("ThreadPool", "thread"),
                    ("ProcessPool", "process"),
                )
            ),
            ("cold, 1 worker: InterpreterPool", "cold_standard", True),
            ("ProcessPool, spawn", "cold_spawn", True),
            ("sleep, 4 workers: ProcessPool, fork", "sleep_over_fork", True),
            ("teardown, 4 workers: InterpreterPool", "teardown_standard", True),
        ],
    ),
    Table(
        "The first task of a pool that finds a spare",
        "Microseconds from making ``interpreters.InterpreterPoolExecutor(1)`` to the result of a trivial "
        "task, when its interpreter is ready; those of a later task, after a pause; and how many times as "
        "long the first takes as that, and as a task that follows another at once.",
        [
            ("first", "first", True),
            ("later, after a pause", "first_paused", True),
            ("times that", "first_ratio_paused", True),
            ("times one at once", "first_ratio_warm", True),
        ],
    ),
    Table(
        "The work of an executor",
        "How many times as much ``interpreters.InterpreterPoolExecutor`` gets done as others: *tasks* are "
        "those by ``submit()``, *items* those by ``map()`` with chunks, *N-body* is beside two processes "
        "that have been forked for nothing else. Then what its workers need: of the memory of others; "
        "of one copy, to get 64 MiB there and back; and how many times as fast it is at that. The figures "
        "themselves are in the tables of each CPython.",
        [
            ("tasks: InterpreterPool", "tasks_ratio_standard", True),
            ("ThreadPool", "tasks_ratio_thread", True),
            ("items: ProcessPool, fork", "items_ratio_fork", True),
            ("N-body: 2 workers", "speedup_2_ratio_bare", True),
            ("4 workers", "speedup_4_ratio_bare", True),
            ("memory: InterpreterPool", "worker_ratio_standard", False),
            ("bytes: copy", "echo_bytes_ratio_copy", True),
            ("InterpreterPool", "echo_bytes_ratio_standard", True),
            ("bytearray: copy", "echo_bytearray_ratio_copy", True),
            ("InterpreterPool", "echo_bytearray_ratio_standard", True),
        ],
    ),
]

GENERATED = ".. Generated by `bazel run //impl/bench -- --record`; a test compares.\n\n"

# The figure in whose column a goal's miss is shown.
SHOWN_AT = {"kept_excess": "kept_ours"}


def cells(table: Table, rows: list[Row]) -> list[list[str]]:
    """The table's rows, the heading first; without those that have nothing to show."""
    result = [["CPython", "kind"] + [heading for heading, _, _ in table.columns]]
    for row in rows:
        missed = [SHOWN_AT.get(name, name) for name in goals.missed(row)]
        found = [cell(row, name, spread, missed) for _, name, spread in table.columns]
        if any(found):
            result.append([row["python"], row["kind"], *found])
    return result


def circumstances(results: dict[str, Any]) -> str:
    machine = results["machine"]
    pace = ", with --quick, which is too few rounds to rely on" if results["quick"] else ""
    return (
        f"Measured on {results['date']} on {machine['processors']} processors "
        f"({machine['processor']}), {machine['system']}{pace}."
    )


def verdicts(rows: list[Row]) -> list[str]:
    """Each goal, and where it is missed."""
    return [f"{goal.words}: {verdict(goal, rows)}" for goal in goals.GOALS]


def verdict(goal: goals.Goal, rows: list[Row]) -> str:
    judged = [row for row in rows if goal.judges(row)]
    where = []
    for row in judged:
        misses, among = goal.misses(row), goal.judges(row)
        if misses:
            share = f" ({len(misses)} of {len(among)})" if len(among) > 1 else ""
            where.append(f"{row['python']} {row['kind']}{share}")
    if where:
        return f"missed by {', '.join(where)}"
    if not judged:
        return "not measured"
    complete = all(goal.judges(row) == list(goal.figures) for row in rows if goal.concerns(row))
    return "reached everywhere" if complete else "reached wherever it was measured"


def literals(text: str) -> str:
    """The text with Markdown's marks of literals for those of reStructuredText."""
    return text.replace("``", "`")


def of_all(rows: list[Row]) -> Iterator[Shown]:
    """The tables with a row for each CPython that have something to show."""
    for table in TABLES:
        lines = cells(table, rows)
        if len(lines) > 1:
            yield Shown(table.title, table.about, lines)


def of_executors(rows: list[Row]) -> Iterator[Shown]:
    """The tables with a row for each executor, of one CPython after the other."""
    for row in rows:
        yield from executor_tables.shown(row, goals.missed(row))


def as_markdown(results: dict[str, Any]) -> str:
    """The tables for a terminal, their columns aligned."""
    parts = [circumstances(results) + "\n\n"]
    for table in (*of_all(results["rows"]), *of_executors(results["rows"])):
        widths = [max(map(len, column)) for column in zip(*table.lines)]
        rule = ["-" * width for width in widths]
        lines = [
            [text.ljust(width) for text, width in zip(line, widths)]
            for line in (table.lines[0], rule, *table.lines[1:])
        ]
        about = literals(table.about)
        if table.open:
            parts.append(f"{table.title}\n{'-' * len(table.title)}\n")
            parts += ["|".join(line) + "\n" for line in lines]
            parts.append(f"\n{about}\n\n")
        else:
            parts.append(f"## {table.title}\n\n{about}\n\n")
            parts += ["| " + " | ".join(line) + " |\n" for line in lines]
            parts.append("\n")
    parts.append("".join(f"- {literals(line)}\n" for line in verdicts(results["rows"])))
    return "".join(parts)


def as_rst(results: dict[str, Any]) -> str:
    """What holds of all CPythons, for a page that includes it."""
    parts = [GENERATED, circumstances(results) + "\n\n"]
    parts += [f"* {line}.\n" for line in verdicts(results["rows"])]
    return "".join(parts) + tables_as_rst(of_all(results["rows"]))


def executors_as_rst(results: dict[str, Any]) -> str:
    """The tables of the executors, for another page."""
    about = circumstances(results) + "\n"
    return GENERATED + about + tables_as_rst(of_executors(results["rows"]))


def tables_as_rst(tables: Iterable[Shown]) -> str:
    """Each in a section of its own."""
    parts = []
    for table in tables:
        parts.append(f"\n\n{table.title}\n{'-' * len(table.title)}\n\n{table.about}\n\n")
        parts.append(".. list-table::\n   :header-rows: 1\n   :class: figures\n\n")
        for line in table.lines:
            parts += [
                f"   {'*' if first else ' '} - {text}".rstrip() + "\n"
                for first, text in zip([True] + [False] * len(line), line)
            ]
    return "".join(parts)
