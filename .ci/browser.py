"""browser.py SITE [--screenshots FOLDER]: look at the rendered site as its readers do.

SITE is the folder that `./bazelw build //docs:html` makes, bazel-bin/docs/html. In Chromium, driven by
Playwright, each page is looked at in both colour schemes and at the width of a phone; axe-core looks
for what keeps people out. Then a reader navigates, searches, follows permalinks and filters. At the end comes
what the pages weigh. With --screenshots, what to look at by eye is left in FOLDER.

Needs Chromium, and what .ci/requirements.txt has.
"""

from __future__ import annotations

import argparse
import functools
import html.parser
import http.server
import json
import shutil
import sys
import threading
import unittest
import urllib.parse
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
SHOWN = ("index", "library/_interpreters", "conformance/matrix", "performance-of-executors")
REFERENCE = "library/_interpreters.html"

site: Path
browser: Browser
address: str


def pages() -> list[str]:
    """The pages of the site, by their paths in it."""
    found = (str(path.relative_to(site)) for path in site.rglob("*.html"))
    return sorted(name for name in found if not name.startswith("_static/"))


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


class Visit:
    """A page in a window of its own, with everything that went wrong in it."""

    def __init__(
        self, path: str, scheme: str = "light", size: dict[str, int] = WIDE, **more: object
    ):
        self.context = browser.new_context(viewport=size, color_scheme=scheme, **more)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda m: m.type == "error" and self.complaints.append(m.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(request.url))
        self.page.on("request", self._stays_here)
        self.page.goto(address + path)

    def _stays_here(self, request: object) -> None:
        if not request.url.startswith((address, "data:")):
            self.complaints.append(f"asks another host: {request.url}")

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


class Links(html.parser.HTMLParser):
    """The IDs of a page, and where it links to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note them."""
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            if name in ("href", "src") and value:
                self.links.add(value)


def violations(results: object) -> list[str]:
    """What axe has found: the rule, and some of the elements that break it."""
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in results.response["violations"]
        for node in each["nodes"][:3]
    ]


class EveryPage(unittest.TestCase):
    """What holds of all pages."""

    def test_it_is_for_everybody(self) -> None:
        axe = Axe()
        for path in pages():
            with Visit(path) as visit:
                with self.subTest(path, scheme="light"):
                    self.assertEqual(violations(axe.run(visit.page)), [])
                with self.subTest(path, scheme="dark"):
                    visit.page.emulate_media(color_scheme="dark")
                    self.assertEqual(violations(axe.run(visit.page, options=COLOURS)), [])
                with self.subTest(path, width=PHONE["width"]):
                    visit.page.set_viewport_size(PHONE)
                    width = visit.page.evaluate("document.scrollingElement.scrollWidth")
                    self.assertLessEqual(width, PHONE["width"])
                with self.subTest(path, what="errors"):
                    self.assertEqual(visit.complaints, [])

    def test_links_within_the_site_lead_somewhere(self) -> None:
        known = {path: Links(site / path) for path in pages()}
        for path, found in known.items():
            for link in sorted(found.links):
                target = urllib.parse.urlsplit(link)
                if target.scheme or target.netloc:
                    continue
                place = (site / path).parent / urllib.parse.unquote(target.path)
                name = str(place.resolve().relative_to(site)) if target.path else path
                with self.subTest(path, link=link):
                    self.assertTrue((site / name).exists())
                    if target.fragment and name in known:
                        self.assertIn(urllib.parse.unquote(target.fragment), known[name].ids)


class Reader(unittest.TestCase):
    """What a reader does."""

    def test_the_landing_page_leads_to_every_part(self) -> None:
        for words in ("Tutorial", "How-tos", "Reference", "Explanation", "Conformance", "Glossary"):
            with self.subTest(words), Visit("index.html") as visit:
                link = visit.page.locator(".sidebar-tree a", has_text=words).first
                link.click()
                self.assertNotEqual(visit.page.url, address + "index.html")
                self.assertEqual(visit.complaints, [])

    def test_search_finds_a_function(self) -> None:
        with Visit("search.html?q=run_string_unrestricted") as visit:
            result = visit.page.locator("#search-results ul.search li a").first
            result.wait_for()
            result.click()
            self.assertIn("library/_interpreters.html", visit.page.url)

    def test_a_permalink_lands_on_its_sentence(self) -> None:
        with Visit(f"{REFERENCE}#clause-run_string.str") as visit:
            sentence = visit.page.locator("[id='clause-run_string.str']")
            self.assertTrue(sentence.is_visible())
            visit.page.wait_for_function(  # it scrolls smoothly
                "y => { const { top } = document.querySelector(y).getBoundingClientRect();"
                " return 0 <= top && top < innerHeight / 2; }",
                arg="[id='clause-run_string.str']",
            )

    def test_a_note_opens_by_the_keyboard(self) -> None:
        with Visit(REFERENCE) as visit:
            note = visit.page.locator("details.clauses").first
            note.locator("summary").first.focus()
            visit.page.keyboard.press("Enter")
            self.assertTrue(note.locator(".clause-entry").first.is_visible())

    def test_the_filter_leaves_what_departs(self) -> None:
        with Visit(REFERENCE) as visit:
            notes = visit.page.locator("details.clauses")
            count = notes.count()
            visit.page.select_option(".departures select", "_interpreters 3.14")
            left = [each for each in notes.all() if each.is_visible()]
            self.assertTrue(0 < len(left) < count)
            for note in left:
                departs = json.loads(note.get_attribute("data-departs"))
                self.assertIn("3.14", departs["_interpreters"])
            self.assertIn(f"{len(left)} of {count}", visit.page.inner_text(".departures"))
            visit.page.reload()  # the choice is in the address
            self.assertEqual(sum(each.is_visible() for each in notes.all()), len(left))
            visit.page.evaluate("location.hash = '#clause-get_main.id'")
            sentence = visit.page.locator("[id='clause-get_main.id']")
            sentence.wait_for(state="visible")
            self.assertEqual(visit.page.input_value(".departures select"), "")

    def test_without_scripts_everything_is_there(self) -> None:
        with Visit("conformance/matrix.html", java_script_enabled=False) as visit:
            self.assertTrue(visit.page.locator("table.matrix").first.is_visible())
        with Visit(REFERENCE, java_script_enabled=False) as visit:
            note = visit.page.locator("details.clauses").first
            note.locator("summary").first.click()
            self.assertTrue(note.locator(".clause-entry").first.is_visible())
            self.assertEqual(visit.page.locator(".departures").count(), 0)

    def test_drawings_are_seen(self) -> None:
        with Visit("performance-of-executors.html") as visit:
            drawings = visit.page.locator("figure.drawing svg").all()
            self.assertTrue(drawings)
            for drawing in drawings:
                box = drawing.bounding_box()
                self.assertTrue(box["width"] > 300 and box["height"] > 100)
                self.assertTrue(drawing.get_attribute("aria-label"))


def take_screenshots(folder: Path) -> None:
    """Leave pictures of some pages, at two widths and in two colour schemes."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in SHOWN:
        for scheme in ("light", "dark"):
            for name, size in (("wide", WIDE), ("phone", PHONE)):
                with Visit(f"{path}.html", scheme, size) as visit:
                    place = folder / f"{path.replace('/', '-')}-{name}-{scheme}.png"
                    visit.page.screenshot(path=place)


def weigh() -> None:
    """Say what the site weighs, and its heaviest pages."""
    sizes = {path: (site / path).stat().st_size for path in pages()}
    total = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    print(f"{len(sizes)} pages; with everything {total / 1e6:.1f} MB; the heaviest:")
    for path in sorted(sizes, key=lambda each: -sizes[each])[:5]:
        print(f"  {sizes[path] / 1e3:8.0f} kB  {path}")


def main() -> int:
    """Run the tests against the site."""
    global site, browser, address
    parser = argparse.ArgumentParser(
        prog=".ci/browser.py", description=__doc__.partition(": ")[2].split("\n\n")[0]
    )
    parser.add_argument("site", type=Path, help="the folder of rendered pages")
    parser.add_argument("--screenshots", type=Path, metavar="FOLDER", help="leave pictures there")
    parser.add_argument("-k", metavar="NAME", action="append", help="only tests so named")
    options = parser.parse_args()
    site = options.site.resolve()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not (site / "index.html").exists() or chromium is None:
        what = f"{site} has no index.html" if chromium else "there is no Chromium"
        print(f"browser: {what}", file=sys.stderr)
        return 2
    handler = functools.partial(Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        if options.screenshots:
            take_screenshots(options.screenshots)
        loader = unittest.TestLoader()
        loader.testNamePatterns = [f"*{name}*" for name in options.k] if options.k else None
        tests = loader.loadTestsFromModule(sys.modules[__name__])
        result = unittest.TextTestRunner(verbosity=2).run(tests)
        browser.close()
    weigh()
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
