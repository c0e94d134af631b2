"""The Sphinx extension for what the pages show of the benchmark, and for drawings.

``:measured:`3.14 isolated call```   the median of a figure, with its unit
``.. chart:: scaling``               a drawing of recorded figures, with a caption
``.. diagram:: layers``              a drawing of ours, ``diagrams/layers.svg``, with a caption

The figures are those in ``impl/bench/results.json``, so that no page has a number that somebody
typed.  A chart is of the newest CPython on record, or of that which its option ``python`` names.

Both kinds of drawing are SVG within the page, in the page's own colours: light or dark.  Formats
without pictures have the caption, and the tables of the page on performance.
"""

from __future__ import annotations

import html
import io
import json
import logging
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.typing import ExtensionMetadata

Row = dict[str, Any]  # what is on record of a CPython and a kind of interpreter

RESULTS = Path(__file__).absolute().parent.parent / "impl" / "bench" / "results.json"
DIAGRAMS = Path(__file__).absolute().parent / "diagrams"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add everything above to *app*."""
    os.environ.setdefault("MPLCONFIGDIR", str(app.doctreedir / "matplotlib"))
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    app.add_config_value("figures_record", [], "env", types=(list,))
    app.connect("config-inited", read_record)
    app.add_role("measured", Measured())
    app.add_directive("chart", Chart)
    app.add_directive("diagram", Diagram)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def read_record(app: Sphinx, config: Config) -> None:
    """Take the rows on record as a setting, so that a page is read again when they change."""
    try:
        config.figures_record = json.loads(RESULTS.read_text(encoding="utf-8"))["rows"]
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"{RESULTS}: no figures can be read: {error}") from None


def row_of(record: list[Row], python: str, kind: str) -> Row:
    """The row of the newest CPython that begins with *python*; of any kind if there is one only."""
    found = [row for row in record if f"{row['python']}.".startswith(f"{python}.")]
    newest = max((version(row) for row in found), default=None)
    of_kind = [row for row in found if version(row) == newest and kind in ("", row["kind"])]
    if not of_kind:
        raise LookupError(f"no figures of {kind} CPython {python} are on record")
    return of_kind[-1]


def version(row: Row) -> tuple[int, ...]:
    """The version of a row's CPython, to be compared."""
    return tuple(map(int, re.findall(r"\d+", row["python"])))


# --- Numbers --------------------------------------------------------------------------------------

# What the figures count, by their names: the first pattern that matches, and what to multiply by.
SECONDS, BYTES, RATE, TIMES = "seconds", "bytes", "rate", "times"
UNITS = [
    (r"\w+_ratio\w*|(warm|cold)_\w+|sleep_over_fork|teardown_standard|speedup_\w+", TIMES, 1),
    (
        r"\w+_(there|back|queue)_standard|(bytes|bytearray|array)_copy|create\w*|no_site",
        SECONDS,
        1e-3,
    ),
    (r"(bytes|bytearray|array)_(there|back|queue)", TIMES, 1),
    (r"(trivial|sleep|nbody)_\w+", SECONDS, 1),
    (r"(kept|idle|worker)_\w+", BYTES, 1024),
    (r"(tasks|items)_\w+", RATE, 1000),
    (r"\w+", SECONDS, 1e-6),
]
SCALES: dict[str, list[tuple[float, str]]] = {
    SECONDS: [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")],
    BYTES: [(1 << 20, "MiB"), (1 << 10, "KiB")],
    RATE: [(1e6, "million a second"), (1, "a second")],
    TIMES: [(1, "times")],
}


def unit_of(name: str) -> tuple[str, float]:
    """What the figure of this name counts, and what one of it is."""
    return next((what, factor) for pattern, what, factor in UNITS if re.fullmatch(pattern, name))


def said(name: str, value: float) -> str:
    """The value of the figure of this name, to two digits, with its unit."""
    what, factor = unit_of(name)
    value *= factor
    scales = SCALES[what]
    scale, unit = next(((s, u) for s, u in scales if abs(value) >= s), scales[-1])
    return f"{two_digits(value / scale)}\N{NO-BREAK SPACE}{unit}"


def two_digits(value: float) -> str:
    """Two digits, or all those before the point; of large numbers two and zeros, with commas."""
    short = float(f"{value:.2g}")
    return (
        f"{short:,.0f}" if abs(short) >= 10 else f"{short:.1f}" if abs(short) >= 1 else f"{short:g}"
    )


class Measured(SphinxRole):
    """The median of a figure: Python, kind and name, with spaces between."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return its text; what is not on record is an error of the page."""
        try:
            python, kind, name = self.text.split()
            figure = row_of(self.config.figures_record, python, kind)[name]
            return [nodes.Text(said(name, figure["median"]))], []
        except (LookupError, ValueError, TypeError) as error:
            message = self.inliner.reporter.error(f"{self.text}: not measured: {error}")
            return [nodes.Text(self.text)], [message]


# --- Drawings -------------------------------------------------------------------------------------


class Drawing(SphinxDirective):
    """A drawing with a caption, which is its text for who cannot see it."""

    required_arguments = 1
    has_content = True

    def drawn(self, name: str) -> str:
        """The SVG."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Return the figure."""
        if not self.content:
            raise self.error("a drawing needs a caption")
        try:
            svg = self.drawn(self.arguments[0])
        except (OSError, LookupError, TypeError) as error:
            raise self.error(f"{self.arguments[0]}: cannot be drawn: {error}") from None
        figure = nodes.figure("", nodes.raw("", svg, format="html"), classes=["drawing"])
        caption = nodes.caption()
        caption += self.parse_inline(" ".join(self.content), lineno=self.lineno)[0]
        figure += caption
        return [figure]


class Diagram(Drawing):
    """A drawing of ours."""

    def drawn(self, name: str) -> str:
        """The SVG in the file, without what is before the element."""
        file = DIAGRAMS / f"{name}.svg"
        self.env.note_dependency(str(file))
        text = file.read_text(encoding="utf-8")
        return text[text.index("<svg") :]


class Chart(Drawing):
    """A drawing of figures."""

    option_spec = {"python": directives.unchanged}

    def drawn(self, name: str) -> str:
        """The SVG of the chart."""
        row = row_of(self.config.figures_record, self.options.get("python", 3), "")
        svg = in_colours_of_page(CHARTS[name](row), f"{name}-{row['python'].replace('.', '-')}")
        said = html.escape(re.sub(r"[`*:]", "", " ".join(self.content)))
        return svg.replace(">", f' role="img" aria-label="{said}">', 1)


# --- Charts ---------------------------------------------------------------------------------------

# The executors, as they are called in a chart, from the top; the colour is a variable of the page.
EXECUTORS = {
    "ours": ("interpreters (this)", 1),
    "standard": ("interpreters (standard)", 2),
    "backport": ("interpreters (back-port)", 2),
    "thread": ("threads", 3),
    "fork": ("processes (fork)", 4),
    "forkserver": ("processes (forkserver)", 5),
    "spawn": ("processes (spawn)", 6),
}
MARKERS = dict(zip(EXECUTORS, "osP^Dv<", strict=True))
SIZES: dict[str, float] = {"1k": 1 << 10, "64k": 1 << 16, "1m": 1 << 20, "64m": 64 << 20}  # bytes
FALLBACKS = ("#0b6e99", "#b35900", "#6a3d9a", "#1a7f37", "#8c564b", "#a0276f")
TEXT = "#010101"  # what becomes the colour of the page's text


def colour_of(pool: str) -> str:
    """The colour of an executor; of what is none, that of the text."""
    return FALLBACKS[EXECUTORS[pool][1] - 1] if pool in EXECUTORS else TEXT


def in_colours_of_page(svg: str, prefix: str) -> str:
    """The SVG as a part of a page: without a fixed size, with colours and IDs of its own."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'<svg [^>]*?(viewBox="[^"]*")[^>]*>', _open_tag, svg, count=1)
    used = set(re.findall(r'(?:url\(|href=")#([^")]+)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda m: f' id="{prefix}-{m[1]}"' if m[1] in used else "", svg)
    svg = re.sub(r'(url\(|href=")#', rf"\1#{prefix}-", svg)
    svg = svg.replace(TEXT, "currentColor")
    for number, colour in enumerate(FALLBACKS, 1):
        svg = svg.replace(colour, f"var(--chart-{number}, {colour})")
    return svg


def _open_tag(match: re.Match[str]) -> str:
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"<svg {names} {match[1]}>"


def plotted(draw: Callable[[Any], None], height: float) -> str:
    """What *draw* draws on axes, as SVG: the same figures make the same bytes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    look: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "the same each time",
        "font.size": 11,
        "font.sans-serif": ["DejaVu Sans"],
        "axes.spines.top": False,
        "axes.spines.right": False,
        "path.simplify": False,
    }
    for name in ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"):
        look[name] = TEXT
    with rc_context(look):
        figure = Figure(figsize=(7.2, height), layout="constrained")
        draw(figure.add_subplot())
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue()


def dots(row: Row, name: str) -> str:
    """A dot for each executor that has a figure of this name, with its spread, on a log scale."""
    found = {pool: row[name.format(pool)] for pool in EXECUTORS if row.get(name.format(pool))}
    if not found:
        raise LookupError(f"{row['python']} has no figures of {name}")

    def draw(axes: Any) -> None:
        for place, (pool, figure) in enumerate(found.items()):
            low, value, high = (figure[key] for key in ("p10", "median", "p90"))
            axes.plot([low, high], [place, place], color=TEXT, linewidth=1)
            axes.plot(value, place, MARKERS[pool], color=colour_of(pool), markersize=9)
            words = said(name.format(pool), value)
            axes.annotate(words, (high, place), (10, 0), textcoords="offset points", va="center")
        axes.set_xscale("log", base=4 if unit_of(name.format("ours"))[0] == BYTES else 10)
        axes.set_yticks(range(len(found)), [EXECUTORS[pool][0] for pool in found])
        axes.invert_yaxis()
        axes.margins(x=0.25, y=0.12)
        axes.xaxis.set_major_formatter(lambda value, _: said(name.format("ours"), value))
        axes.minorticks_off()
        axes.grid(axis="x", color=TEXT, alpha=0.2)

    return plotted(draw, 0.9 + 0.33 * len(found))


def lines(axes: Any, row: Row, name: str, places: dict[str, float]) -> None:
    """A line for each executor, through its figures of this name at those places."""
    for pool, (label, _) in {**EXECUTORS, "copy": ("one copy", 0)}.items():
        names = {name.format(key, pool): place for key, place in places.items()}
        points = [(place, row[each]["median"]) for each, place in names.items() if row.get(each)]
        if points:
            marker = MARKERS.get(pool, "x")
            axes.plot(*zip(*points), color=colour_of(pool), marker=marker, label=label)


def scaling(row: Row) -> str:
    """How many times as fast as one thread so many workers compute; two bare processes as a line."""

    def draw(axes: Any) -> None:
        lines(axes, row, "speedup_{}_{}", {"1": 1, "2": 2, "4": 4})
        bare = row["speedup_2_bare"]["median"]
        axes.axhline(bare, color=TEXT, linewidth=1, linestyle="--", label="two bare processes")
        axes.set_xticks([1, 2, 4])
        axes.set_xlabel("workers")
        axes.set_ylabel("times as fast as one thread")
        axes.set_ylim(0)
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))

    return plotted(draw, 3.2)


def payload(row: Row) -> str:
    """The time for bytes there and back, by their size, on log scales."""

    def draw(axes: Any) -> None:
        axes.set_xscale("log")
        axes.set_yscale("log")
        lines(axes, row, "echo_bytes_{}_{}", SIZES)
        axes.set_xticks(list(SIZES.values()), ["1 KiB", "64 KiB", "1 MiB", "64 MiB"])
        axes.yaxis.set_major_formatter(lambda value, _: said("echo_bytes_1k_ours", value))
        axes.minorticks_off()
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))

    return plotted(draw, 3.4)


CHARTS: dict[str, Callable[[Row], str]] = {
    "cold": lambda row: dots(row, "trivial_{}_1_cold"),
    "warm": lambda row: dots(row, "trivial_{}_1_warm"),
    "teardown": lambda row: dots(row, "sleep_{}_4_teardown"),
    "tasks": lambda row: dots(row, "tasks_{}"),
    "items": lambda row: dots(row, "items_{}"),
    "memory": lambda row: dots(row, "worker_{}"),
    "scaling": scaling,
    "payload": payload,
}
