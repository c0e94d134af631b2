"""What create() costs when it finds a spare, and when it does not; and a pool's first result with one.

A spare is ready before, and everything is gone after.  So a turn is one call, or a pool's life, and
between turns is as much time as the spare needs.
"""

import random
import statistics
import time

import interpreters
from rounds import turn

USES = 20  # of how many later tasks at once the median is taken
PAUSE = 0.05  # seconds after which the processor has had other things to do

DEADLINE = 60  # seconds, in which a spare is ready on any machine


def measure_spares(isolated, rounds):
    shuffled = random.Random(0)
    samples = {"cold": [], "spare": []}
    names = list(samples)
    for number in range(rounds + 2):
        shuffled.shuffle(names)
        for name in names:
            taken = creation(isolated, 1 if name == "spare" else 0)
            if number >= 2:  # they are warm now
                samples[name].append(taken)
    return samples


def creation(isolated, spares):
    """The nanoseconds of create() with so many spares ready."""
    interpreters.set_spares(spares, isolated=isolated)
    wait_for(spares)
    start = time.perf_counter_ns()
    interpreter = interpreters.create(isolated=isolated)
    taken = time.perf_counter_ns() - start
    wait_for(spares)  # another is made in the place of the one that was taken
    interpreters.set_spares(0)
    interpreter.destroy()
    return taken


def measure_first(isolated, lives):
    """The nanoseconds from making a pool to its first result, and those of later tasks of it.

    The task is a built-in function, for which nothing is imported.  The first comes after a pause, in
    which the spare was made; so there is one that comes after a pause as well, beside those that follow
    at once.
    """
    samples = {"first": [], "paused": [], "warm": []}
    for _ in range(lives):
        interpreters.set_spares(1, isolated=isolated, site=False)
        wait_for(1)
        time.sleep(PAUSE)
        start = time.perf_counter_ns()
        executor = interpreters.InterpreterPoolExecutor(1, isolated=isolated)
        executor.submit(abs, -1).result()
        samples["first"].append(time.perf_counter_ns() - start)

        def later(executor=executor):
            executor.submit(abs, -1).result()

        wait_for(1)
        time.sleep(PAUSE)
        samples["paused"].append(turn(later, 1))
        samples["warm"].append(statistics.median(turn(later, 1) for _ in range(USES)))
        interpreters.set_spares(0)
        executor.shutdown()
    return samples


def wait_for(spares):
    """Return when so many are ready; no function tells it, so ask now and then."""
    end = time.monotonic() + DEADLINE
    while interpreters.get_spares() != spares:
        if time.monotonic() > end:
            raise AssertionError(f"{interpreters.get_spares()} spares are ready, not {spares}")
        time.sleep(0.001)
