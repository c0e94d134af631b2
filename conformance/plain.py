"""Text that others have written, made fit for a line: a subject's words, a file's, a name's.

A terminal obeys control characters, a log takes a line feed for the end of an entry, and characters
that turn the direction of writing let a line seem to say something else.  So whatever is no printable
character is written as an escape, as Python does.
"""

from __future__ import annotations


def plain(text: str) -> str:
    """Return *text* with each character that is not printable as an escape, such as ``\\x1b``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
