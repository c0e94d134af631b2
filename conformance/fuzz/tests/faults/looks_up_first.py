"""the reference, but run_string() looks for the interpreter before it looks at the command

A planted fault.
"""

from interpreters import _interpreters
from interpreters._interpreters import *  # noqa: F403


def run_string(id, command):
    _interpreters.is_running(id)
    _interpreters.run_string(id, command)
