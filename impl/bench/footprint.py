"""The memory of a worker: of four that have each executed a task, a quarter of what came with them.

It is the proportional set size (PSS) of this process and of all that descend from it: of a page that
several processes share, each has its part.  So what a fork shares with its parent counts once.
"""

import os

import pools

WORKERS = 4


def measure_footprint(name, isolated):
    """The KiB of a worker of this executor, or None where there is none."""
    make = pools.makers().get(name)
    if make is None:
        return None
    before = memory()
    executor = pools.started(make(WORKERS), WORKERS)
    taken = memory() - before
    executor.shutdown()
    return taken / WORKERS


def memory():
    """The KiB of this process and its descendants."""
    parents, found = all_parents(), {os.getpid()}
    while True:
        more = {each for each, parent in parents.items() if parent in found} - found
        if not more:
            return sum(map(proportional, found))
        found |= more


def all_parents():
    """The parent of each process."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        text = read(f"/proc/{name}/stat")
        if text:
            found[int(name)] = int(text.rpartition(")")[2].split()[1])  # the name may have spaces
    return found


def proportional(process):
    for line in read(f"/proc/{process}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def read(path):
    """The text of a file about a process; "" if that has ended meanwhile."""
    try:
        with open(path) as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""
