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
WATCHED = ("pep", "conformance/clauses", "conformance/checks", "conformance/results", "impl/bench")


def serve() -> None:
    """Serve until Ctrl-C."""
    root = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
    watched = [f"--watch={root / folder}" for folder in WATCHED]
    with tempfile.TemporaryDirectory() as output:
        main([*sys.argv[1:], "-n", *watched, str(root / "docs"), output])


if __name__ == "__main__":
    serve()
