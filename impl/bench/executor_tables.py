"""The tables with a row for each executor, which each CPython has some of.

First the three problems: seconds to the microsecond, medians.  Then what else there is to say of an
executor, as in the other tables.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import pools
from cells import Shown, cell
from figures import Row

PARTS = ("warm", "cold", "teardown")
PROBLEMS = {
    "trivial": "Trivial function",
    "sleep": f"sleep({pools.NAP}) (releases the GIL)",
    "nbody": "N-body problem (does not release the GIL)",
}
METHODS = {
    "serial": "Serial",
    "pickle": "Pickle round-trip",
    **{
        f"{pool}_{size}": pools.written(pool, f"max_workers={size}")
        for size in pools.SIZES
        for pool in pools.POOLS
    },
}
COMPARED = {
    **{pool: pools.written(pool) for pool in pools.POOLS},
    "bare": "Two processes",
    "copy": "A copy",
}

# Title, what it says, and the columns: heading, figure of the executor, with its spread?
FURTHER = [
    (
        "throughput, speed-up and memory",
        "Thousands a second, by one worker: *tasks* by ``submit()``, *items* by ``map()`` with "
        "``chunksize=500``. *N-body* is how many times as fast as one thread 1, 2 and 4 workers do four "
        "tasks, and two processes that are forked for nothing else. *memory* is the KiB of a worker "
        "(PSS), of four that have executed a task.",
        [
            ("tasks", "tasks_{}", True),
            ("items", "items_{}", True),
            ("N-body: 1", "speedup_1_{}", False),
            ("2", "speedup_2_{}", True),
            ("4", "speedup_4_{}", True),
            ("memory", "worker_{}", False),
        ],
    ),
    (
        "an object there and back",
        "Microseconds for ``submit()`` and the result of a task that returns its argument, by one "
        "worker. *A copy* is one, into fresh memory.",
        [
            ("bytes: 1 KiB", "echo_bytes_1k_{}", True),
            ("64 KiB", "echo_bytes_64k_{}", True),
            ("1 MiB", "echo_bytes_1m_{}", True),
            ("64 MiB", "echo_bytes_64m_{}", False),
            ("bytearray: 64 MiB", "echo_bytearray_64m_{}", False),
            ("memoryview: 64 MiB", "echo_memoryview_64m_{}", False),
        ],
    ),
]


def shown(row: Row, missed: list[str]) -> Iterator[Shown]:
    """The tables of this CPython that have something to show."""
    for table in (*problems(row), *further(row, missed)):
        if len(table.lines) > 1:
            yield table._replace(title=f"CPython {row['python']}: {table.title}")


def problems(row: Row) -> Iterator[Shown]:
    for problem, title in PROBLEMS.items():
        lines = [["Method", *map(str.capitalize, PARTS)]]
        for method, written in METHODS.items():
            found = [seconds(row, f"{problem}_{method}_{part}") for part in PARTS]
            if any(found):
                lines.append([written, *found])
        yield Shown(title, spread(row, problem), lines, open=True)


def seconds(row: Row, name: str) -> str:
    return f"{row[name]['median']:.6f}" if row.get(name) else ""


def spread(row: Row, problem: str) -> str:
    """Where the middle eight tenths of the samples are, in the median of the methods."""
    words = []
    for part in PARTS:
        names = [f"{problem}_{method}_{part}" for method in METHODS]
        found = [row[name] for name in names if row.get(name) and row[name]["median"]]
        if found:
            low, high = (
                statistics.median(each[end] / each["median"] - 1 for each in found)
                for end in ("p10", "p90")
            )
            words.append(f"{part} {low:+.0%} to {high:+.0%}")
    return f"The middle eight tenths of the samples, from their median: {', '.join(words)}."


def further(row: Row, missed: list[str]) -> Iterator[Shown]:
    for title, about, columns in FURTHER:
        lines = [["Executor", *(heading for heading, _, _ in columns)]]
        for key, written in COMPARED.items():
            found = [cell(row, name.format(key), wide, missed) for _, name, wide in columns]
            if any(found):
                lines.append([written, *found])
        yield Shown(title, about, lines)
