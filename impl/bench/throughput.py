"""How many tasks a worker gets done: one by one, and as the items of map() with chunks.

All executors are alive while they take their turns, each with one worker that has started; those
which wait for theirs do nothing.
"""

import functools

import pools
import tasks
from rounds import interleaved

TASKS = 5000
ITEMS = 10000
CHUNK = 500


def measure_throughput(isolated, slow):
    """The nanoseconds of a task, and of an item."""
    executors = pools.all_started(1)
    found = {}
    for name, use, count in (("tasks", submit_all, TASKS), ("items", map_all, ITEMS)):
        calls = {pool: functools.partial(use, each) for pool, each in executors.items()}
        samples = interleaved(calls, slow)
        found[name] = {pool: [each / count for each in samples[pool]] for pool in samples}
    pools.shut_down(executors)
    return found


def submit_all(executor):
    futures = [executor.submit(tasks.nothing) for _ in range(TASKS)]
    for future in futures:
        future.result(pools.DEADLINE)


def map_all(executor):
    """What has its own idea of chunks has it."""
    results = executor.map(tasks.same, range(ITEMS), timeout=pools.DEADLINE, chunksize=CHUNK)
    if list(results) != list(range(ITEMS)):
        raise AssertionError(f"{type(executor).__name__}: map() lost or changed an item")
