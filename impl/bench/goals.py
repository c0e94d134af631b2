"""The goals: what a figure is to be, on the CPythons that it is meant for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pools
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


def executors(row: Row) -> bool:
    """Whether the row has the executors of a Python whose standard library has that of interpreters."""
    return minor(row) >= 14 and row["kind"] == "isolated"


def executors_before(row: Row) -> bool:
    """Whether it has those of one in which interpreters can be isolated already."""
    return minor(row) in (12, 13) and row["kind"] == "isolated"


def of_both_sizes(rival: str) -> tuple[str, ...]:
    return tuple(f"warm_{size}_{rival}" for size in pools.SIZES)


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
    Goal(
        of_both_sizes("standard"),
        "a warm ``InterpreterPoolExecutor`` takes at most 0.35 times as long for a trivial task as that of "
        "``concurrent.futures``",
        lambda times: times <= 0.35,
        executors,
    ),
    Goal(
        of_both_sizes("thread"),
        "it takes no longer than a warm ``ThreadPoolExecutor``",
        lambda times: times <= 1,
        executors,
    ),
    Goal(
        of_both_sizes("process"),
        "it takes at most 0.15 times as long as a warm ``ProcessPoolExecutor``, however that starts its "
        "processes",
        lambda times: times <= 0.15,
        executors,
    ),
    Goal(
        ("cold_standard",),
        "with one worker, its first result takes at most 0.35 times as long as with that of "
        "``concurrent.futures``",
        lambda times: times <= 0.35,
        executors,
    ),
    Goal(
        ("cold_spawn",),
        "it takes at most 0.3 times as long as with a process that is spawned",
        lambda times: times <= 0.3,
        executors,
    ),
    Goal(
        ("first_ratio_warm",),
        "when there is a spare, it takes at most 3 times as long as a warm task",
        lambda times: times <= 3,
        executors,
    ),
    Goal(
        ("sleep_over_fork",),
        "with four workers, four tasks that sleep take longer than one sleep by at most 1.5 times as much "
        "as with four forked processes, from making the executor",
        lambda times: times <= 1.5,
        executors,
    ),
    Goal(
        ("teardown_standard",),
        "``shutdown()`` of four workers takes at most 0.4 times as long as with that of "
        "``concurrent.futures``",
        lambda times: times <= 0.4,
        executors,
    ),
    Goal(
        ("tasks_ratio_standard",),
        "a worker does at least 8 times as many trivial tasks as with that of ``concurrent.futures``",
        lambda times: times >= 8,
        executors,
    ),
    Goal(
        ("tasks_ratio_thread",),
        "it does at least 2.5 times as many as a thread of a ``ThreadPoolExecutor``, from 3.14",
        lambda times: times >= 2.5,
        executors,
    ),
    Goal(
        ("tasks_ratio_thread",),
        "it does at least as many as such a thread, on 3.12 and 3.13",
        lambda times: times >= 1,
        executors_before,
    ),
    Goal(
        ("items_ratio_fork",),
        "of ``map()`` with chunks of 500 it does at least 1.5 times as many items as a forked process",
        lambda times: times >= 1.5,
        executors,
    ),
    Goal(
        ("speedup_2_ratio_bare", "speedup_4_ratio_bare"),
        "2 and 4 workers compute at least 0.9 times as fast as two processes that are forked for that",
        lambda times: times >= 0.9,
        executors,
    ),
    Goal(
        ("worker_ratio_standard",),
        "a worker needs at most 0.45 times as much memory as one of ``concurrent.futures``",
        lambda times: times <= 0.45,
        executors,
    ),
    Goal(
        ("echo_memoryview_64m_ours",),
        "a ``memoryview`` of 64 MiB is with a worker and back in less than 200 µs",
        lambda taken: taken < 200,
        executors,
    ),
    Goal(
        ("echo_bytes_ratio_copy", "echo_bytearray_ratio_copy"),
        "64 MiB of ``bytes`` or ``bytearray`` take at most 3 times as long there and back as one copy",
        lambda times: times <= 3,
        executors,
    ),
    Goal(
        ("echo_bytearray_ratio_standard",),
        "64 MiB of ``bytearray`` are there and back at least 10 times as fast as with the executor of "
        "``concurrent.futures``",
        lambda times: times >= 10,
        executors,
    ),
]


def missed(row: Row) -> list[str]:
    """The figures of this row that are not what they are to be."""
    return [name for goal in GOALS for name in goal.misses(row)]
