"""the reference, but enumerate() forgets the newest of more than two

A planted fault.
"""

from interpreters import _interpreters
from interpreters._interpreters import *  # noqa: F403


def enumerate():
    ids = _interpreters.enumerate()
    return ids if len(ids) < 4 else ids[:-1]
