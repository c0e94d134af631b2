"""Runs inside the Python under test: executes the lines of one example as they come.

    driver.py SUBJECT COMMANDS REPORTS

SUBJECT is an adapter's file or a module's name, COMMANDS and REPORTS are file descriptors.  A command
is a line of JSON, the text of a line to execute; when it has been executed, that is reported.  At the
end of the commands the threads that still wait are let go, and the process ends as any does, because
how it ends is part of the promise.
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import inside  # noqa: E402  (its folder has just been put on the path)


def main(subject: str, commands: str, reports: str) -> None:
    """Execute commands until there are no more."""
    inside.begin(subject, int(reports))
    names = {name: value for name, value in vars(inside).items() if name[0] != "_"}
    inside.report("ready", sys.version_info[:3], hasattr(inside.m, "run_string_unrestricted"))
    with open(int(commands), "rb") as lines:
        for line in lines:
            exec(json.loads(line.decode()), names)
            inside.report("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
