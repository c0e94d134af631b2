"""Render the documentation with Sphinx; any warning is an error.

The sources are first copied to a folder of their own, in which they lie as in the tree: what Bazel
hands over are links, and a path followed through a link would lead out to files that the build does
not know. With --results, fresh verdicts are laid over the recorded ones: docs/conf.py is told of
their folder by the variable CONFORMANCE_RESULTS.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def stage(sources: pathlib.Path, root: pathlib.Path, stage: pathlib.Path) -> None:
    """Copy the listed files from one tree to another."""
    for name in sources.read_text(encoding="utf-8").splitlines():
        place = stage / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, place)


def sphinx(
    tree: pathlib.Path, builder: str, output: pathlib.Path, results: pathlib.Path | None
) -> int:
    """Run Sphinx on the tree's docs and return its exit status."""
    environment = dict(os.environ, LC_ALL="C.UTF-8", SOURCE_DATE_EPOCH="0", PYTHONHASHSEED="0")
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment.pop("CONFORMANCE_RESULTS", None)
    if results is not None:
        environment["CONFORMANCE_RESULTS"] = str(results)
    options = ["-W", "--keep-going", "-n", "-q", "-b", builder, "-d", str(tree / ".doctrees")]
    command = [sys.executable, "-m", "sphinx", *options, str(tree / "docs"), str(output)]
    return subprocess.run(
        command, check=False, env=environment, stdin=subprocess.DEVNULL
    ).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description="Render the documentation with Sphinx.")
    path = pathlib.Path
    parser.add_argument("--sources", type=path, required=True, help="lists the files, one a line")
    parser.add_argument("--root", type=path, default=path("."), help="where these files lie")
    parser.add_argument("--builder", default="html", help="html, epub, text or linkcheck")
    parser.add_argument("--results", type=path, help="a folder of fresh verdicts")
    parser.add_argument("--output", type=path, help="the folder to write; else it is thrown away")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = path(folder).resolve() / "tree"
        stage(options.sources, options.root, tree)
        results = options.results.resolve() if options.results else None
        output = options.output.resolve() if options.output else path(folder) / "output"
        return 1 if sphinx(tree, options.builder, output, results) else 0


if __name__ == "__main__":
    sys.exit(main())
