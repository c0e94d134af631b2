"""Archives that depend on nothing but what is in them.

A source distribution is a tar archive packed by gzip, a wheel is a zip archive. Besides the files both say
when these were written, by whom, and who may use them, which is different wherever they are made.
`settle` writes an archive again: each file with one date that is given, no owner, and the mode that all
installers can do with. Two archives of the same files are the same then, to the byte; if they are not,
`differences` tells which files are to blame.
"""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

Files = dict[str, bytes]  # what is in an archive, or in a folder, by path

EXECUTABLE = ".so"  # the only files that get a mode of their own


def members(archive: Path) -> Files:
    """Return the files in a tar or zip archive, in its order."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as opened:
            return {name: opened.read(name) for name in opened.namelist() if name[-1] != "/"}
    with tarfile.open(archive) as packed:
        return {
            entry.name: file.read()
            for entry in packed.getmembers()
            if (file := packed.extractfile(entry)) is not None
        }


def settle(archive: Path, date: int) -> None:
    """Write *archive* again, with *date*, in seconds since 1970, as the date of all that is in it."""
    files = members(archive)
    written = wheel_of(files, date) if archive.suffix == ".whl" else tar_of(files, date)
    aside = archive.with_name(archive.name + ".new")
    aside.write_bytes(written)
    aside.replace(archive)


def mode_of(name: str) -> int:
    """Return the mode that a file gets."""
    return 0o755 if name.endswith(EXECUTABLE) else 0o644


def tar_of(files: Files, date: int) -> bytes:
    """Return a tar archive of *files* in the order of their names, packed by gzip."""
    written = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", 9, written, mtime=date) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(files[name]), date, mode_of(name)
            archive.addfile(entry, io.BytesIO(files[name]))
    return written.getvalue()


def wheel_of(files: Files, date: int) -> bytes:
    """Return a zip archive of *files* in the order that they have: in a wheel, what describes it is last."""
    written = io.BytesIO()
    when = max(
        time.gmtime(date)[:6], (1980, 1, 1, 0, 0, 0)
    )  # the earliest that a zip archive can say
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, when)
            entry.create_system = 3  # Unix, whose modes these are
            entry.external_attr = (stat.S_IFREG | mode_of(name)) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def differences(first: Path, second: Path) -> Iterator[str]:
    """Tell what is different in two archives; nothing if they are the same to the byte."""
    ones, others = members(first), members(second)
    for name in sorted(ones.keys() | others.keys()):
        if name not in ones or name not in others:
            yield f"{name}: only in the {'first' if name in ones else 'second'}"
        elif ones[name] != others[name]:
            yield f"{name}: {difference(ones[name], others[name])}"
    if ones == others and first.read_bytes() != second.read_bytes():
        yield "the same files, but in another order, or with other dates or modes"


def difference(one: bytes, other: bytes) -> str:
    """Tell where two different files begin to differ."""
    common = range(min(len(one), len(other)))
    at = next((n for n in common if one[n] != other[n]), len(common))
    parts = " and ".join(repr(file[at : at + 32]) for file in (one, other))
    return f"{len(one)} and {len(other)} bytes, from byte {at} on {parts}"
