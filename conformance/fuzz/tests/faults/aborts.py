"""the reference, but to destroy an interpreter that is not there ends the process

A planted fault.
"""

import os

from interpreters import _interpreters
from interpreters._interpreters import *  # noqa: F403


def destroy(id):
    try:
        _interpreters.destroy(id)
    except _interpreters.InterpreterNotFoundError:
        os.abort()
