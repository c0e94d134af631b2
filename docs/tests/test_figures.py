"""The numbers and the drawings in the pages: what is measured is told with its unit, or is an error."""

from __future__ import annotations

import re
import sys
import unittest
import xml.etree.ElementTree as tree

from project import IMPORTS

sys.path[:0] = IMPORTS

import figures  # noqa: E402


def figure(value: float) -> dict[str, float]:
    """A figure whose samples were nearly alike."""
    return {"median": value, "p10": value * 0.9, "p90": value * 1.1}


def row(**more: object) -> figures.Row:
    """What is on record of a CPython with all that the charts show."""
    found: figures.Row = {"python": "3.14.10", "kind": "isolated", "speedup_2_bare": figure(2)}
    for pool in ("ours", "thread", "fork"):
        names = ["trivial_{}_1_cold", "trivial_{}_1_warm", "sleep_{}_4_teardown", "tasks_{}"]
        names += ["items_{}", "worker_{}", *(f"speedup_{n}_{{}}" for n in (1, 2, 4))]
        names += [f"echo_bytes_{size}_{{}}" for size in figures.SIZES]
        found.update((name.format(pool), figure(1000)) for name in names)
    return {**found, "echo_bytes_64m_copy": figure(20000), **more}


class Numbers(unittest.TestCase):
    """What a page says of a figure."""

    def test_a_figure_is_told_with_its_unit(self) -> None:
        for name, value, expected in (
            ("call", 1.934, "1.9 µs"),
            ("run", 0.2, "200 ns"),
            ("create", 12.34, "12 ms"),
            ("no_site_ratio", 0.7, "0.7 times"),
            ("trivial_ours_1_warm", 6.1e-6, "6.1 µs"),
            ("trivial_spawn_4_cold", 1.04, "1.0 s"),
            ("worker_ours", 2100, "2.1 MiB"),
            ("idle_ours", 900, "900 KiB"),
            ("tasks_ours", 1031, "1.0 million a second"),
            ("tasks_fork", 21.4, "21,000 a second"),
            ("bytes_copy", 24.1, "24 ms"),
            ("bytes_there", 0.25, "0.25 times"),
            ("bytes_there_standard", 50.1, "50 ms"),
            ("memoryview_there", 37, "37 µs"),
            ("first", 453, "450 µs"),
            ("first_ratio_warm", 82.1, "82 times"),
            ("cold_standard", 0.16, "0.16 times"),
            ("speedup_2_ours", 1.96, "2.0 times"),
        ):
            with self.subTest(name):
                self.assertEqual(
                    figures.said(name, value).replace("\N{NO-BREAK SPACE}", " "), expected
                )

    def test_a_minor_version_means_the_newest_of_it(self) -> None:
        record = [
            row(python=python, kind=kind)
            for python, kind in (
                ("3.1.9", "shared"),
                ("3.14.9", "isolated"),
                ("3.14.10", "shared"),
                ("3.14.10", "isolated"),
            )
        ]
        self.assertEqual(figures.row_of(record, "3.14", "shared")["python"], "3.14.10")
        self.assertEqual(figures.row_of(record, "3.1", "shared")["python"], "3.1.9")
        self.assertEqual(figures.row_of(record, "3", "")["kind"], "isolated")

    def test_what_is_not_on_record_is_an_error(self) -> None:
        for python, kind in (("3.13", "shared"), ("3.14", "shared")):
            with self.assertRaises(LookupError):
                figures.row_of([row()], python, kind)


class Drawings(unittest.TestCase):
    """What a chart is as a part of a page."""

    def test_each_chart_is_xml_in_the_colours_of_the_page(self) -> None:
        for name, chart in figures.CHARTS.items():
            with self.subTest(name):
                svg = figures.in_colours_of_page(chart(row()), name)
                self.assertEqual(tree.fromstring(svg).tag, "{http://www.w3.org/2000/svg}svg")
                self.assertIn("var(--chart-1, ", svg)
                self.assertIn("currentColor", svg)
                self.assertNotIn(figures.TEXT, svg)
                self.assertNotRegex(svg.split(">")[0], r"\b(width|height)=")

    def test_the_same_figures_make_the_same_bytes(self) -> None:
        for chart in figures.CHARTS.values():
            self.assertEqual(chart(row()), chart(row()))

    def test_ids_are_the_charts_own(self) -> None:
        both = [figures.in_colours_of_page(figures.CHARTS["warm"](row()), name) for name in "ab"]
        ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in both]
        self.assertTrue(ids[0])
        self.assertFalse(ids[0] & ids[1])
        for svg, known in zip(both, ids, strict=True):
            self.assertLessEqual(set(re.findall(r'(?:url\(|href=")#([^")]+)', svg)), known)

    def test_a_chart_of_nothing_is_an_error(self) -> None:
        with self.assertRaises(LookupError):
            figures.CHARTS["warm"]({"python": "3.14.10"})

    def test_each_diagram_is_described_for_who_cannot_see_it(self) -> None:
        found = sorted(figures.DIAGRAMS.glob("*.svg"))
        self.assertTrue(found)
        for path in found:
            with self.subTest(path.stem):
                root = tree.parse(path).getroot()
                self.assertEqual([each.tag.split("}")[1] for each in root[:2]], ["title", "desc"])
                self.assertEqual(root.get("role"), "img")


if __name__ == "__main__":
    unittest.main()
