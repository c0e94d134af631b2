"""The code blocks of a page, as its source has them.

A comment before a block says what a reader need not know: ``.. not run: REASON`` that no test executes
it, ``.. run: from 3.12`` that it is not for older Pythons.  What a page includes from a file is tested
where that file is.
"""

import re
import textwrap
from typing import Iterator, NamedTuple, Tuple

ANY = (3,)


class Block(NamedTuple):
    """A block: its language, its text, the number of its line, and what the comment says."""

    language: str
    text: str
    line: int
    reason: str  # why it is not run, or nothing
    since: Tuple[int, ...]  # the oldest version for which it is


def blocks_of(page: str) -> Iterator[Block]:
    """The blocks in the source of a page, from the top."""
    lines = page.splitlines()
    for number, line in enumerate(lines):
        directive = re.match(r"( *)\.\. (?:code-block|code|sourcecode)::(?: +(\S+))?$", line)
        literal = re.match(r"( *)(?!\.\. ).*::$", line)
        opening = directive or literal
        if opening is None:
            continue
        text = indented(lines[number + 1 :], len(opening.group(1)))
        if not text:
            continue
        language = directive.group(2) or "text" if directive else ""
        if not directive:
            language = "pycon" if text.startswith(">>>") else "text"
        yield Block(language, text, number + 1, *said_before(lines[:number]))


def indented(lines, margin):
    """What stands further in than the margin, without the options of a directive."""
    found = []
    for line in lines:
        if line.strip() and not line.startswith(" " * (margin + 1)):
            break
        found.append(line)
    text = textwrap.dedent("\n".join(found)).strip("\n")
    return re.sub(r"\A(?: *:[\w-]+:.*\n)+\n*", "", text + "\n") if text else ""


def said_before(lines):
    """The reason, and the version, in the comments right before a block."""
    reason, since = "", ANY
    for line in reversed(lines):
        comment = re.match(r" *\.\. (not run|run): (.+)", line)
        if comment is None:
            if line.strip():
                break
        elif comment.group(1) == "not run":
            reason = comment.group(2)
        else:
            since = tuple(map(int, re.findall(r"\d+", comment.group(2)))) or ANY
    return reason, since
