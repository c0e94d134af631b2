"""the reference, but destroy() does not come back once there are two

A planted fault.
"""

import time

from interpreters import _interpreters
from interpreters._interpreters import *  # noqa: F403


def destroy(id):
    _interpreters.destroy(id)
    if len(_interpreters.enumerate()) > 1:
        time.sleep(600)
