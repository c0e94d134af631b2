"""How times are taken, in a process that measures.

Times are taken in *rounds*: in each round every variant has one turn, in an order that is shuffled
anew, so that whatever else the machine does falls on all of them alike.  A turn is as many calls as
take about two milliseconds, or one that takes longer.  Python's collector is off meanwhile, as in
timeit.
"""

import gc
import random
import time

TURN_NS = 2000000
LONG_NS = 50000000  # such a call needs no company to be timed, and no more than one to be warm


def turn(call, count):
    """Nanoseconds for one of *count* calls."""
    start = time.perf_counter_ns()
    for _ in range(count):
        call()
    return (time.perf_counter_ns() - start) / count


def calibrated(call):
    """How many calls make a turn; they are warm then."""
    if turn(call, 1) > LONG_NS:
        return 1
    turn(call, 2)
    return max(1, int(TURN_NS / turn(call, 5)))


def interleaved(calls, rounds):
    """The nanoseconds of a call of each variant, round by round."""
    shuffled = random.Random(0)
    samples = {name: [] for name in calls}
    counts = {name: calibrated(call) for name, call in calls.items()}
    names = list(calls)
    gc.disable()
    for _ in range(rounds):
        gc.collect()
        shuffled.shuffle(names)
        for name in names:
            samples[name].append(turn(calls[name], counts[name]))
    gc.enable()
    return samples
