"""``bazel run //docs:serve``: render the tree's documentation, show it on this machine, and do so anew
whenever a file of it is saved.  The browser loads the page again by itself.

The options are those of sphinx-autobuild, such as ``--port 8001`` or ``--open-browser``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from sphinx_autobuild.__main__ import main  # type: ignore[import-untyped]

# What a page is made of, beside what is in docs/.
_PARTS = ("checks", "clauses", "deviations", "implementations", "results")
WATCHED = ("pep", "impl/bench", *(f"conformance/{part}" for part in _PARTS))


def serve() -> None:
    """Serve until Ctrl-C."""
    here = Path(__file__).absolute().parent.parent
    root = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", here))
    watched = [f"--watch={root / folder}" for folder in WATCHED]
    with tempfile.TemporaryDirectory() as output:
        main([*sys.argv[1:], "-n", *watched, str(root / "docs"), output])


if __name__ == "__main__":
    serve()
