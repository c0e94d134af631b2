"""What becomes of the samples: medians with their spread, ratios of neighbours, and the goals.

A ratio is taken in each round, of two turns that were milliseconds apart, and the median of these
ratios is the figure: a machine that is slow for a second is slow for both.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any, NamedTuple

Samples = list[float]
Figure = dict[str, float]  # "median", "p10", "p90"
Row = dict[str, Any]  # what is recorded of a CPython and a kind of interpreter

EXEC_FACTOR = 1.15  # of exec()'s time, what a run may take; and a microsecond on top


def rounded(number: float) -> float:
    """The number to four digits: more would be noise, in the record as in a table."""
    return float(f"{number:.4g}")


def figure(samples: Samples) -> Figure:
    """The median of the samples and the span of the middle eight tenths."""
    tenths = statistics.quantiles(samples, n=10) if len(samples) > 1 else [samples[0]] * 9
    return {
        "median": rounded(statistics.median(samples)),
        "p10": rounded(tenths[0]),
        "p90": rounded(tenths[-1]),
    }


def scaled(samples: Samples | None, unit: float) -> Figure | None:
    return None if samples is None else figure([each / unit for each in samples])


def ratio(above: Samples | None, below: Samples | None) -> Figure | None:
    """Of each round, then the median of all."""
    if above is None or below is None:
        return None
    return figure([a / b for a, b in zip(above, below)])


def slope(memory: Samples, step: int) -> float:
    """KiB kept by a cycle: the least-squares line through what was resident every *step* cycles."""
    mean = (len(memory) - 1) / 2
    level = statistics.fmean(memory)
    above = sum((x - mean) * (y - level) for x, y in enumerate(memory))
    return above / sum((x - mean) ** 2 for x in range(len(memory))) / step


def of_runs(samples: dict[str, Samples]) -> Row:
    excess = [
        (ours - EXEC_FACTOR * plain) / 1000 for ours, plain in zip(samples["ours"], samples["exec"])
    ]
    return {
        "run_exec": scaled(samples["exec"], 1000),
        "run": scaled(samples["ours"], 1000),
        "run_ratio": ratio(samples["ours"], samples["exec"]),
        "run_excess": figure(excess),
        "run_own": scaled(samples.get("own"), 1000),
        "run_own_ratio": ratio(samples.get("own"), samples["ours"]),
    }


def of_raises(samples: dict[str, Samples]) -> Row:
    return {
        "raise_exec": scaled(samples["exec"], 1000),
        "raise": scaled(samples["ours"], 1000),
        "raise_own": scaled(samples.get("own"), 1000),
    }


def of_switches(samples: dict[str, Samples]) -> Row:
    return {
        "switch": scaled(samples["ours"], 1000),
        "switch_own": scaled(samples.get("own"), 1000),
    }


def of_creations(samples: dict[str, Samples]) -> Row:
    return {
        "create_bare": scaled(samples["bare"], 1e6),
        "create": scaled(samples["ours"], 1e6),
        "create_ratio": ratio(samples["ours"], samples["bare"]),
        "create_own": scaled(samples.get("own"), 1e6),
        "no_site": scaled(samples.get("no_site"), 1e6),
        "no_site_ratio": ratio(samples.get("no_site"), samples["ours"]),
    }


def of_kept(processes: dict[str, list[Samples]], step: int) -> Row:
    """The median of the processes' slopes."""
    slopes = {name: [slope(each, step) for each in found] for name, found in processes.items()}
    row: Row = {f"kept_{name}": figure(found) for name, found in slopes.items() if found}
    if "kept_bare" in row and "kept_ours" in row:
        difference = row["kept_ours"]["median"] - row["kept_bare"]["median"]
        row["kept_excess"] = figure([difference])
    return row


def of_idle(processes: dict[str, Samples]) -> Row:
    return {f"idle_{name}": figure(found) for name, found in processes.items() if found}


# --- The goals ------------------------------------------------------------------------------------


class Goal(NamedTuple):
    """What a figure is to be, on the CPythons that it is meant for."""

    figure: str
    words: str
    holds: Callable[[float], bool]
    concerns: Callable[[Row], bool] = lambda row: True


def minor(row: Row) -> int:
    return int(row["python"].split(".")[1])


GOALS = [
    Goal(
        "run_excess",
        f"``run_string('pass')`` takes at most {EXEC_FACTOR} times as long as ``exec('pass')`` and 1 µs",
        lambda excess: excess <= 1,
    ),
    Goal(
        "run_own_ratio",
        "``run_string('pass')`` is at least 10 times as fast as that of CPython's own module, from 3.14",
        lambda times: times >= 10,
        lambda row: minor(row) >= 14,
    ),
    Goal(
        "create_ratio",
        "``create()`` and ``destroy()`` take at most 1.05 times as long as the C API alone",
        lambda times: times <= 1.05,
    ),
    Goal(
        "no_site_ratio",
        "``create(site=False)`` and ``destroy()`` take at most 0.72 times as long as with site",
        lambda times: times <= 0.72,
    ),
    Goal(
        "kept_excess",
        "a cycle of ``create()``, ``run_string()`` and ``destroy()`` keeps at most 1 KiB more than the C API alone",
        lambda kib: kib <= 1,
    ),
]


def missed(row: Row) -> list[Goal]:
    """The goals that this row does not reach."""
    return [
        goal
        for goal in GOALS
        if row.get(goal.figure) is not None
        and goal.concerns(row)
        and not goal.holds(row[goal.figure]["median"])
    ]
