"""The goals: what a figure is to be, on the CPythons that it is meant for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from figures import EXEC_FACTOR, WAYS, Row


class Goal(NamedTuple):
    """What one or more figures are to be."""

    figures: tuple[str, ...]
    words: str
    holds: Callable[[float], bool]
    concerns: Callable[[Row], bool] = lambda row: True

    def judges(self, row: Row) -> list[str]:
        """Its figures that this row has."""
        return [name for name in self.figures if row.get(name) is not None and self.concerns(row)]

    def misses(self, row: Row) -> list[str]:
        """Those that are not what they are to be."""
        return [name for name in self.judges(row) if not self.holds(row[name]["median"])]


def minor(row: Row) -> int:
    return int(row["python"].split(".")[1])


def standard(row: Row) -> bool:
    """Whether the standard library has concurrent.interpreters."""
    return minor(row) >= 14


def each_way(*kinds: str) -> tuple[str, ...]:
    return tuple(f"{kind}_{way}" for kind in kinds for way in WAYS)


GOALS = [
    Goal(
        ("run_excess",),
        f"``run_string('pass')`` takes at most {EXEC_FACTOR} times as long as ``exec('pass')`` and 1 µs",
        lambda excess: excess <= 1,
    ),
    Goal(
        ("run_own_ratio",),
        "``run_string('pass')`` is at least 10 times as fast as that of CPython's own module, from 3.14",
        lambda times: times >= 10,
        lambda row: minor(row) >= 14,
    ),
    Goal(
        ("create_ratio",),
        "``create()`` and ``destroy()`` take at most 1.05 times as long as the C API alone",
        lambda times: times <= 1.05,
    ),
    Goal(
        ("no_site_ratio",),
        "``create(site=False)`` and ``destroy()`` take at most 0.72 times as long as with site",
        lambda times: times <= 0.72,
    ),
    Goal(
        ("kept_excess",),
        "a cycle of ``create()``, ``run_string()`` and ``destroy()`` keeps at most 1 KiB more than the C API alone",
        lambda kib: kib <= 1,
    ),
    Goal(
        ("call_excess",),
        "``call(abs, -5)`` takes at most 2 µs more than to pickle and unpickle as much",
        lambda excess: excess <= 2,
    ),
    Goal(
        ("call_standard_ratio",),
        "``call(abs, -5)`` is at least 20 times as fast as that of ``concurrent.interpreters``",
        lambda times: times >= 20,
        standard,
    ),
    Goal(
        ("ping_ratio",),
        "to another interpreter and back by two queues takes at most 1.5 times as long as to another "
        "thread and back by two of ``queue.SimpleQueue``",
        lambda times: times <= 1.5,
    ),
    Goal(
        ("ping_standard_ratio",),
        "to another interpreter and back is at least 300 times as fast as by the queues of "
        "``concurrent.interpreters``",
        lambda times: times >= 300,
        standard,
    ),
    Goal(
        ("put_standard_ratio",),
        "``put(1)`` and ``get()`` in one interpreter take no longer than those of "
        "``concurrent.interpreters``",
        lambda times: times >= 1,
        standard,
    ),
    Goal(
        each_way("memoryview", "PickleBuffer", "Block"),
        "64 MiB that are not copied take less than 100 µs, as argument, as result and through a queue",
        lambda taken: taken < 100,
    ),
    Goal(
        each_way("numpy"),
        "so does an array of NumPy",
        lambda taken: taken < 100,
    ),
    Goal(
        each_way("bytes", "bytearray"),
        "64 MiB of ``bytes`` or ``bytearray`` take at most 1.3 times as long as a copy, each way",
        lambda times: times <= 1.3,
    ),
    Goal(
        ("spare",),
        "``create()`` takes less than 200 µs when there is a spare",
        lambda taken: taken < 200,
    ),
]


def missed(row: Row) -> list[str]:
    """The figures of this row that are not what they are to be."""
    return [name for goal in GOALS for name in goal.misses(row)]
