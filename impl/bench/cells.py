"""What a table is made of: its cells, which are figures of three digits, some with their spread."""

from __future__ import annotations

from typing import NamedTuple

from figures import Row


class Shown(NamedTuple):
    """A table as it is printed."""

    title: str
    about: str
    lines: list[list[str]]  # of cells; the heading is the first
    open: bool = False  # whether it has no bars at its sides, and what it is about below


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
    if isinstance(found, str):
        return found
    text = number(found["median"])
    if spread:
        text += f" ({number(found['p10'])}-{number(found['p90'])})"
    return text + ("!" if name in missed else "")
