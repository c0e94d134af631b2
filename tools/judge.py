"""The main job: judge every implementation on every Python found, then build the site with it.

The conformance runner judges and prints; this only gives it a folder for the verdicts, renders the
site with these laid over the recorded ones, and says where to look. The exit status is the
runner's: 0 as recorded, 1 not as recorded (the site is built all the same, it shows what changed),
2 could not run.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

Path = pathlib.Path


class CannotRun(Exception):
    """The message names what stands in the way and the next step."""


def parsed() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="bazel run //:judge --",
        description="Judge every implementation on every Python found, print the matrix, and build "
        "the site with these verdicts.",
        epilog="Other options are those of `bazel run //conformance -- run --help`.",
        allow_abbrev=False,
    )
    for name in ("conformance", "render", "root", "site-python", "sources", "subjects"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="where the site goes (default: _site here)"
    )
    return parser.parse_known_args()


def folder_beside(output: Path) -> Path:
    """A fresh folder beside the place of the site, on which nothing is put until it is whole."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        if output.exists() and not (output / "index.html").is_file() and any(output.iterdir()):
            raise CannotRun(f"{output} is in the way: it is not a site; choose another --output")
        return Path(tempfile.mkdtemp(prefix=f"{output.name}.", dir=output.parent))
    except OSError as error:
        raise CannotRun(
            f"cannot write in {output.parent}: {error.strerror}; choose another place with --output"
        ) from None


def judge(options: argparse.Namespace, more: list[str], results: Path) -> int:
    """Run the conformance runner; its output is ours."""
    command = [sys.executable, str(options.conformance), "run"]
    command += ["--subjects", str(options.subjects), "--results", str(results), *more]
    return subprocess.run(command, check=False).returncode


def build_site(options: argparse.Namespace, results: Path, site: Path) -> None:
    """Render the documentation with these verdicts."""
    command = [str(options.site_python), str(options.render), "--root", str(options.root)]
    command += ["--sources", str(options.sources), "--results", str(results), "--output", str(site)]
    if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode:
        raise CannotRun("the site could not be rendered; Sphinx says why above")


def put_in_place(site: Path, output: Path) -> None:
    """Swap the new site for the old one: rename, rename, delete."""
    site.chmod(0o755)
    old = site.with_name(site.name + ".old")
    if output.exists():
        output.rename(old)
    site.rename(output)
    shutil.rmtree(old, ignore_errors=True)


def main() -> int:
    options, more = parsed()
    here = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    output = (options.output or here / "_site").absolute()
    aside = None
    try:
        with tempfile.TemporaryDirectory() as folder:
            aside = folder_beside(output)
            status = judge(options, more, Path(folder))
            if status not in (0, 1):
                return 2
            build_site(options, Path(folder), aside)
        put_in_place(aside, output)
    except CannotRun as problem:
        print(f"judge: {problem}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"judge: {error.filename or output}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        if aside is not None and aside.exists():
            shutil.rmtree(aside, ignore_errors=True)
    print(f"\nThe site with these verdicts: {(output / 'index.html').as_uri()}")
    return status


if __name__ == "__main__":
    sys.exit(main())
