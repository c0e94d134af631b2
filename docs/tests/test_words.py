"""The words of the texts are English, or in ``docs/words.txt``; and a thing has one name.

The dictionary is Hunspell's of American English.  What it does not know, such as the terms of the field and
British spellings, is in ``words.txt``, one a line.  A line ``wrong -> right`` there forbids the first.
"""

from __future__ import annotations

import re
import unittest
from collections.abc import Iterator
from pathlib import Path

from blocks import blocks_of
from spylls.hunspell import Dictionary

DOCS = Path(__file__).absolute().parent.parent
ROOT = DOCS.parent
TEXTS = [
    *DOCS.rglob("*.rst"),
    *ROOT.glob("pep/*.rst"),
    *ROOT.glob("*.md"),
    ROOT / "impl" / "README.md",
]

# What is no prose: what is quoted literally, names, addresses, and what reStructuredText says to itself.
NO_PROSE = [
    r"(?s)<!-- matrix -->.*?<!-- end of matrix -->",
    r"(?s)```.*?```",
    r"``.+?``",
    r"(?m)^ *\.\. [\w-]+::.*(?:\n +:[\w-]+:.*)*",
    r"(?m)^ *\.\. _.*",
    r"(?m)^ *\.\. (?:not run|run): .*",
    r"(?m)^:[\w-]+: .*",
    r":[\w:]+:`[^`<>]*`",
    r"(?s)<[^<>]*>`",
    r":[\w:]+:`",
    r"`[^`]+`",
    r"\]\([^)]*\)",
    r"https?://\S+",
    r"(?s)<!--.*?-->",
]


def words_of(path: Path) -> Iterator[str]:
    """The words of the prose in a file."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for block in blocks_of(text):
        length = len(block.text.splitlines())
        first = next(
            (n for n in range(block.line, len(lines)) if lines[n].strip() and not option(lines[n])),
            block.line,
        )
        lines[first : first + length] = [""] * length
    prose = "\n".join(lines)
    for pattern in NO_PROSE:
        prose = re.sub(pattern, " ", prose)
    yield from re.findall(r"(?<![\w./-])[A-Za-z][A-Za-z]+(?:['’][a-z]+)?(?![\w/]|\.\w)", prose)


def option(line: str) -> bool:
    """Whether the line is an option of a directive."""
    return re.match(r" *:[\w-]+:", line) is not None


def vocabulary() -> tuple[set[str], dict[str, str]]:
    """The words that are no English, and what is to be said in place of what."""
    words, terms = set(), {}
    for line in (DOCS / "words.txt").read_text(encoding="utf-8").splitlines():
        wrong, arrow, right = map(str.strip, line.partition("->"))
        if arrow:
            terms[wrong] = right
        elif line and not line.startswith("#"):
            words.add(line)
    return words, terms


class Words(unittest.TestCase):
    """What is written in every text."""

    def test_words_are_english_or_in_the_vocabulary(self) -> None:
        english = Dictionary.from_files("en_US")
        words, _ = vocabulary()
        for path in TEXTS:
            unknown = {
                word
                for word in set(words_of(path))
                for plain in [re.sub(r"['’]s$", "", word)]
                if not {word, plain, plain.lower()} & words and not english.lookup(plain)
            }
            with self.subTest(str(path.relative_to(ROOT))):
                self.assertEqual(sorted(unknown), [], "mend them, or add them to docs/words.txt")

    def test_a_thing_has_one_name(self) -> None:
        _, terms = vocabulary()
        self.assertTrue(terms)
        for path in TEXTS:
            text = " ".join(path.read_text(encoding="utf-8").split())
            for wrong, right in terms.items():
                with self.subTest(str(path.relative_to(ROOT)), wrong=wrong):
                    self.assertNotRegex(text, rf"(?i)\b{wrong}\b", f"say {right!r}")

    def test_each_word_of_the_vocabulary_is_used(self) -> None:
        used = {word for path in TEXTS for word in words_of(path)}
        used |= {re.sub(r"['’]s$", "", word) for word in used} | {word.lower() for word in used}
        words, _ = vocabulary()
        self.assertEqual(sorted(words - used), [])


if __name__ == "__main__":
    unittest.main()
