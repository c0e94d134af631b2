"""What becomes of the samples of executors: what a person would ask of each, and ours beside others.

Seconds for the problems, as in their tables; thousands a second for many tasks; and the ratios that
the goals are about.  An executor that was not there has no figure, and no ratio to it.
"""

from __future__ import annotations

import statistics
from typing import Dict

import pools
from figures import Row, Samples, figure, ratio, scaled, to_nanoseconds

Methods = Dict[str, Dict[str, Samples]]  # by the method, the parts: warm, cold and teardown


def of_executors(problems: dict[str, Methods]) -> Row:
    """Seconds for each part of each method, and what ours takes of others' time."""
    row: Row = {
        f"{problem}_{method}_{part}": figure([each / 1e9 for each in samples], to_nanoseconds)
        for problem, methods in problems.items()
        for method, parts in methods.items()
        for part, samples in parts.items()
    }
    trivial, sleep = problems["trivial"], problems["sleep"]
    for size in pools.SIZES:
        warm = {pool: of_part(trivial, f"{pool}_{size}", "warm") for pool in pools.POOLS}
        processes = [found for found in map(warm.get, pools.PROCESSES) if found is not None]
        fastest = list(map(min, zip(*processes))) if processes else None
        row[f"warm_{size}_standard"] = ratio(warm["ours"], warm["standard"])
        row[f"warm_{size}_thread"] = ratio(warm["ours"], warm["thread"])
        row[f"warm_{size}_process"] = ratio(warm["ours"], fastest)
    cold = {pool: of_part(trivial, f"{pool}_1", "cold") for pool in pools.POOLS}
    row["cold_standard"] = ratio(cold["ours"], cold["standard"])
    row["cold_spawn"] = ratio(cold["ours"], cold["spawn"])
    row["sleep_over_fork"] = ratio(over_nap(sleep, "ours_4"), over_nap(sleep, "fork_4"))
    row["teardown_standard"] = ratio(
        of_part(sleep, "ours_4", "teardown"), of_part(sleep, "standard_4", "teardown")
    )
    return row


def of_part(methods: Methods, method: str, name: str) -> Samples | None:
    return methods.get(method, {}).get(name)


def over_nap(methods: Methods, method: str) -> Samples | None:
    """What the first use of four that sleep at a time takes longer than one that sleeps."""
    cold = of_part(methods, method, "cold")
    return None if cold is None else [each - pools.NAP * 1e9 for each in cold]


def of_first(samples: dict[str, Samples]) -> Row:
    """Microseconds of a pool's first result with a spare, and how many times a later one's."""
    first, paused, warm = samples["first"], samples["paused"], samples["warm"]
    return {
        "first": scaled(first, 1000),
        "first_paused": scaled(paused, 1000),
        "first_ratio_paused": ratio(first, paused),
        "first_ratio_warm": ratio(first, warm),
    }


def of_throughput(answer: dict[str, dict[str, Samples]]) -> Row:
    """Thousands a second, and how many times as fast ours is."""
    row: Row = {
        f"{name}_{pool}": figure([1e6 / each for each in found])
        for name, executors in answer.items()
        for pool, found in executors.items()
    }
    tasks, items = answer["tasks"], answer["items"]
    row["tasks_ratio_standard"] = ratio(tasks.get("standard"), tasks.get("ours"))
    row["tasks_ratio_thread"] = ratio(tasks.get("thread"), tasks.get("ours"))
    row["items_ratio_fork"] = ratio(items.get("fork"), items.get("ours"))
    return row


def of_scaling(answer: dict[str, dict[str, Samples]]) -> Row:
    """How many times as fast as one thread, and ours beside two bare processes."""
    row: Row = {}
    for workers, samples in answer.items():
        for name, found in samples.items():
            if name in pools.POOLS:
                row[f"speedup_{workers}_{name}"] = ratio(samples["serial"], found)
        row["speedup_2_bare"] = ratio(samples["serial"], samples["bare"])
        row[f"speedup_{workers}_ratio_bare"] = ratio(samples["bare"], samples.get("ours"))
    return row


def of_footprint(processes: dict[str, Samples]) -> Row:
    row: Row = {f"worker_{pool}": figure(found) for pool, found in processes.items()}
    if "ours" in processes and "standard" in processes:
        times = statistics.median(processes["ours"]) / statistics.median(processes["standard"])
        row["worker_ratio_standard"] = figure([times])
    return row


def of_payloads(samples: dict[str, Samples]) -> Row:
    """Microseconds there and back; and of ours, the ratios to one copy and to the standard library."""
    row: Row = {f"echo_{name}": scaled(found, 1000) for name, found in samples.items()}
    for kind in ("bytes", "bytearray"):
        ours = samples.get(f"{kind}_64m_ours")
        row[f"echo_{kind}_ratio_copy"] = ratio(ours, samples[f"{kind}_64m_copy"])
        row[f"echo_{kind}_ratio_standard"] = ratio(samples.get(f"{kind}_64m_standard"), ours)
    return row
