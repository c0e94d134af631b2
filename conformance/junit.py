"""Results as JUnit XML, which continuous integration systems read.

A test suite is a subject and a test case is a check.  Departures of an implementation other than
the reference are recorded facts, not errors of the run; they stand in the file as failures all the
same, because that is what they are of the implementation.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from records import Result


def junit(results: list[Result]) -> str:
    """Return *results* as the text of a JUnit XML file."""
    root = Element("testsuites")
    for result in results:
        bad = [v for v in result.checks.values() if v.verdict != "pass"]
        suite = SubElement(
            root,
            "testsuite",
            name=f"{result.title} on {result.python}",
            tests=str(len(result.checks)),
            failures=str(len(bad)),
        )
        for name, verdict in result.checks.items():
            case = SubElement(suite, "testcase", classname=result.implementation, name=name)
            if verdict.verdict != "pass":
                SubElement(case, "failure", type=verdict.verdict, message=_legal(verdict.detail))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _legal(text: str) -> str:
    """Return *text* without the characters that XML cannot hold."""
    return "".join(c if c >= " " and not "\ud800" <= c <= "\udfff" else "\ufffd" for c in text)
