"""What it costs to send an object to a worker and have it back: small ones, and 64 MiB.

Of one worker, which is given a task that returns its argument.  Beside it stands what one copy of
64 MiB costs, into memory that has just been allocated, as big.py explains.
"""

import pools
import tasks
from keeper import made
from rounds import interleaved

SIZES = {"1k": 1 << 10, "64k": 1 << 16, "1m": 1 << 20}


def measure_payloads(isolated, slow):
    """The nanoseconds of each object with each executor that can carry it."""
    things = {f"bytes_{size}": b"x" * count for size, count in SIZES.items()}
    things.update((f"{kind}_64m", made(kind)) for kind in ("bytes", "bytearray", "memoryview"))
    executors = pools.all_started(1)
    view = things["memoryview_64m"]
    calls = {"bytes_64m_copy": lambda: bytes(view), "bytearray_64m_copy": lambda: bytearray(view)}
    for pool, executor in executors.items():
        for name, thing in things.items():
            if carries(executor, thing):
                calls[f"{name}_{pool}"] = there_and_back(executor, thing)
    samples = interleaved(calls, slow)
    pools.shut_down(executors)
    return samples


def there_and_back(executor, thing):
    return lambda: executor.submit(tasks.same, thing).result(pools.DEADLINE)


def carries(executor, thing):
    """Whether it does; only a memoryview may be refused."""
    try:
        back = there_and_back(executor, thing)()
    except Exception:
        if isinstance(thing, memoryview):
            return False
        raise
    if type(back) is not type(thing) or back != thing:
        raise AssertionError(f"{type(executor).__name__}: {type(thing).__name__} came back changed")
    return True
