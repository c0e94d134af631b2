"""the reference, but an exception that is carried loses its last argument

A planted fault.
"""

from interpreters import _interpreters
from interpreters._interpreters import *  # noqa: F403


def run_string(id, command):
    try:
        _interpreters.run_string(id, command)
    except Exception as error:
        if not isinstance(error, RuntimeError):
            error.args = error.args[:-1]
        raise
