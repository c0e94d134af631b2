"""The figures as tables, in Markdown for a terminal and in reStructuredText for the documentation.

A cell is a median, with the span of the middle eight tenths behind it.  A figure that misses its
goal ends in "!".
"""

from __future__ import annotations

from typing import Any, NamedTuple

import figures
from figures import Row


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
]

# The figure in whose column a goal's miss is shown.
SHOWN_AT = {"kept_excess": "kept_ours"}


def number(value: float) -> str:
    """Three digits, or all those before the point."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}".replace("-0.00", "0.00")


def cell(row: Row, name: str, spread: bool, missed: list[str]) -> str:
    found = row.get(name)
    if found is None:
        return ""
    text = number(found["median"])
    if spread:
        text += f" ({number(found['p10'])}-{number(found['p90'])})"
    return text + ("!" if name in missed else "")


def cells(table: Table, rows: list[Row]) -> list[list[str]]:
    """The table's rows, the heading first; without those that have nothing to show."""
    result = [["CPython", "kind"] + [heading for heading, _, _ in table.columns]]
    for row in rows:
        missed = [SHOWN_AT.get(goal.figure, goal.figure) for goal in figures.missed(row)]
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


def goals(rows: list[Row]) -> list[str]:
    """Each goal, and where it is missed."""
    lines = []
    for goal in figures.GOALS:
        judged = [row for row in rows if row.get(goal.figure) is not None and goal.concerns(row)]
        where = [f"{row['python']} {row['kind']}" for row in judged if goal in figures.missed(row)]
        verdict = "not measured" if not judged else "reached everywhere"
        if where:
            verdict = f"missed by {', '.join(where)}"
        lines.append(f"{goal.words}: {verdict}")
    return lines


def literals(text: str) -> str:
    """The text with Markdown's marks of literals for those of reStructuredText."""
    return text.replace("``", "`")


def as_markdown(results: dict[str, Any]) -> str:
    """The tables for a terminal, their columns aligned."""
    parts = [circumstances(results) + "\n"]
    for table in TABLES:
        lines = cells(table, results["rows"])
        if len(lines) == 1:
            continue
        widths = [max(map(len, column)) for column in zip(*lines)]
        lines.insert(1, ["-" * width for width in widths])
        parts.append(f"## {table.title}\n\n{literals(table.about)}\n\n")
        for line in lines:
            padded = (text.ljust(width) for text, width in zip(line, widths))
            parts.append("| " + " | ".join(padded) + " |\n")
        parts.append("\n")
    parts[0] += "\n"
    parts.append("".join(f"- {literals(line)}\n" for line in goals(results["rows"])))
    return "".join(parts)


def as_rst(results: dict[str, Any]) -> str:
    """The tables for a page that includes them."""
    parts = [".. Generated by `bazel run //impl/bench -- --record`; a test compares.\n\n"]
    parts.append(circumstances(results) + "\n\n")
    parts += [f"* {line}.\n" for line in goals(results["rows"])]
    for table in TABLES:
        lines = cells(table, results["rows"])
        if len(lines) == 1:
            continue
        parts.append(f"\n\n{table.title}\n{'-' * len(table.title)}\n\n{table.about}\n\n")
        parts.append(".. list-table::\n   :header-rows: 1\n   :class: figures\n\n")
        for line in lines:
            parts += [
                f"   {'*' if first else ' '} - {text}".rstrip() + "\n"
                for first, text in zip([True] + [False] * len(line), line)
            ]
    return "".join(parts)
