"""Files in and out: whatever is wrong with one is said in a line that names it.

Everything the suite reads was written by a person or by an earlier run, and everything it writes
may be watched by another program.  So a file that cannot be used raises ``Unusable``, which the
command prints as one line (exit status 2), and a file is written beside its place and then
renamed, so that nobody ever sees half of it.
"""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any


class Unusable(Exception):
    """Something given to the suite cannot be used; the message names it and the next step."""


def read_text(path: Path) -> str:
    """Return the text of the file *path*; raise Unusable if there is none to be had."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{path}: cannot be read: {_reason(error)}") from None


def read_toml(path: Path) -> dict[str, Any]:
    """Return the table in the TOML file *path*; raise Unusable if it is malformed."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise Unusable(f"{path}: is not valid TOML: {error}") from None


def read_json(path: Path) -> Any:
    """Return what the JSON file *path* holds; raise Unusable if it is malformed."""
    try:
        return json.loads(read_text(path))
    except ValueError as error:
        raise Unusable(f"{path}: is not valid JSON: {error}") from None


def check_writable(path: Path) -> None:
    """Raise Unusable if *path* cannot be written: better before a long run than after it."""
    descriptor, aside = _open_aside(path)
    os.close(descriptor)
    os.unlink(aside)


def write_text(path: Path, text: str) -> None:
    """Write *text* to *path*, whole or not at all; raise Unusable if that is impossible."""
    descriptor, aside = _open_aside(path)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(aside, 0o666 & ~_umask())
        os.replace(aside, path)
    except OSError as error:
        os.unlink(aside)
        raise Unusable(f"{path}: cannot be written: {_reason(error)}") from None


def write_json(path: Path, value: Any) -> None:
    """Write *value* to *path* as JSON whose keys are sorted, so that a diff shows what changed."""
    write_text(path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def _open_aside(path: Path) -> tuple[int, str]:
    """Open a new file beside *path*; return its descriptor and its name."""
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise Unusable(
            f"{path}: cannot be written: {_reason(error)}; choose another place"
        ) from None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
