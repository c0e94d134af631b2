"""What the workers of an executor are given to do, besides sleeping and nbody.py.

As little as can be, and so are the imports: each worker has to make them, and its memory is measured.
"""

import _thread
import time


def nothing() -> None:
    pass


def same(thing: object) -> object:
    return thing


def who() -> int:
    """Which worker this is, process or thread; slowly, so that another one gets the next task."""
    time.sleep(0.01)
    return _thread.get_native_id()
