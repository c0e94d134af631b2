"""What becomes of the samples: medians with their spread, and ratios of neighbours.

A ratio is taken in each round, of two turns that were milliseconds apart, and the median of these
ratios is the figure: a machine that is slow for a second is slow for both.
"""

from __future__ import annotations

import statistics
from typing import Any, Callable, Dict, List

Samples = List[float]
Figure = Dict[str, float]  # "median", "p10", "p90"
Row = Dict[str, Any]  # what is recorded of a CPython and a kind of interpreter

STEP = 10  # cycles between two readings of the memory
WAYS = ("there", "back", "queue")  # as argument, as result, through a queue
EXEC_FACTOR = 1.15  # of exec()'s time, what a run may take; and a microsecond on top


def rounded(number: float) -> float:
    """The number to four digits: more would be noise, in the record as in a table."""
    return float(f"{number:.4g}")


def to_nanoseconds(seconds: float) -> float:
    return round(seconds, 9)


def figure(samples: Samples, rounding: Callable[[float], float] = rounded) -> Figure:
    """The median of the samples and the span of the middle eight tenths."""
    tenths = statistics.quantiles(samples, n=10) if len(samples) > 1 else [samples[0]] * 9
    return {
        "median": rounding(statistics.median(samples)),
        "p10": rounding(max(tenths[0], min(samples))),  # of few samples, it would be beyond them
        "p90": rounding(min(tenths[-1], max(samples))),
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


def of_kept(processes: dict[str, list[Samples]]) -> Row:
    """The median of the processes' slopes."""
    slopes = {name: [slope(each, STEP) for each in found] for name, found in processes.items()}
    row: Row = {f"kept_{name}": figure(found) for name, found in slopes.items() if found}
    if "kept_bare" in row and "kept_ours" in row:
        difference = row["kept_ours"]["median"] - row["kept_bare"]["median"]
        row["kept_excess"] = figure([difference])
    return row


def of_idle(processes: dict[str, Samples]) -> Row:
    return {f"idle_{name}": figure(found) for name, found in processes.items() if found}


# --- Sharing --------------------------------------------------------------------------------------


def of_calls(samples: dict[str, Samples]) -> Row:
    excess = [(ours - plain) / 1000 for ours, plain in zip(samples["ours"], samples["pickle"])]
    return {
        "call_pickle": scaled(samples["pickle"], 1000),
        "call": scaled(samples["ours"], 1000),
        "call_excess": figure(excess),
        "call_standard": scaled(samples.get("standard"), 1000),
        "call_standard_ratio": ratio(samples.get("standard"), samples["ours"]),
    }


def of_pings(samples: dict[str, Samples]) -> Row:
    return {"ping_ratio": ratio(samples["ours"], samples["simple"]), **of_queues("ping", samples)}


def of_puts(samples: dict[str, Samples]) -> Row:
    return of_queues("put", samples)


def of_queues(name: str, samples: dict[str, Samples]) -> Row:
    return {
        f"{name}_simple": scaled(samples["simple"], 1000),
        name: scaled(samples["ours"], 1000),
        f"{name}_standard": scaled(samples.get("standard"), 1000),
        f"{name}_standard_ratio": ratio(samples.get("standard"), samples["ours"]),
        f"{name}_backport": scaled(samples.get("backport"), 1000),
    }


def of_big(kinds: dict[str, dict[str, Samples]]) -> Row:
    """Microseconds of what is not copied; of what is, the ratio to a plain copy, in milliseconds."""
    row: Row = {}
    for kind, samples in kinds.items():
        copy = samples.get("copy")
        if copy is not None:
            row[f"{kind}_copy"] = scaled(copy, 1e6)
        for way in WAYS:
            ours, standard = samples[f"ours_{way}"], samples.get(f"standard_{way}")
            row[f"{kind}_{way}"] = scaled(ours, 1000) if copy is None else ratio(ours, copy)
            row[f"{kind}_{way}_standard"] = scaled(standard, 1e6)
    return row


def of_numpy(answer: dict[str, Any]) -> Row:
    row: Row = {"numpy_version": answer["version"], "numpy_why": answer["why"]}
    for way in WAYS:
        row[f"numpy_{way}"] = scaled(answer["samples"].get(f"ours_{way}"), 1000)
    return row


def of_spares(samples: dict[str, Samples]) -> Row:
    return {"spare": scaled(samples["spare"], 1000), "spare_cold": scaled(samples["cold"], 1000)}
