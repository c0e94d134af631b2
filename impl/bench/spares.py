"""What create() costs when it finds a spare, and when it does not.

Only create() is timed: a spare is ready before, and everything is gone after.  So a turn is one
call, and between turns is as much time as the spare needs.
"""

import random
import time

import interpreters

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


def wait_for(spares):
    """Return when so many are ready; no function tells it, so ask now and then."""
    end = time.monotonic() + DEADLINE
    while interpreters.get_spares() != spares:
        if time.monotonic() > end:
            raise AssertionError(f"{interpreters.get_spares()} spares are ready, not {spares}")
        time.sleep(0.001)
