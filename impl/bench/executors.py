"""The life of an executor with each of three problems: its first use, a later one, and its end.

A turn is such a life, for there is only one executor at a time: what forks has to do so while no
other has threads, and what is idle still costs a little.  The three problems are a task that returns
at once, four that sleep, and four that compute.  Beside the executors stand doing it all here, and
no more than pickling and unpickling what would have to pass.
"""

import functools
import gc
import pickle
import random
import statistics
import time

import nbody
import pools
import tasks
from rounds import turn

PROBLEMS = {
    "trivial": [(tasks.nothing, ())],
    "sleep": [(time.sleep, (pools.NAP,))] * 4,
    "nbody": [(nbody.simulate, (nbody.STEPS,))] * 4,
}
USES = {"trivial": 20}  # of how many later uses the median is taken; of the long ones there is one
PAUSE = 0.1  # seconds for whatever an executor starts in the background, before the later uses


def measure_executors(isolated, lives, slow):
    """The nanoseconds of each problem with each method: of its parts, round by round.

    The first life of all is not for the record: with it come what all others share, such as imports,
    and the server of the start method forkserver.
    """
    measured("trivial", 1)
    return {name: measured(name, lives if name in USES else slow) for name in PROBLEMS}


def measured(name, rounds):
    problem, uses = PROBLEMS[name], USES.get(name, 1)
    expected = serially(problem)
    turns = {
        "serial": functools.partial(alone, lambda: serially(problem), uses),
        "pickle": functools.partial(alone, lambda: pickled(problem, expected), uses),
    }
    for pool, make in pools.makers().items():
        for size in pools.SIZES:
            turns[f"{pool}_{size}"] = functools.partial(life, make, size, problem, expected, uses)
    return taken_in_turns(turns, rounds)


def taken_in_turns(turns, rounds):
    """What the turns take, round by round: a list for each part of each."""
    shuffled = random.Random(0)
    names, samples = list(turns), {name: {} for name in turns}
    gc.disable()
    for _ in range(rounds):
        gc.collect()
        shuffled.shuffle(names)
        for name in names:
            for part, taken in turns[name]().items():
                samples[name].setdefault(part, []).append(taken)
    gc.enable()
    return samples


def serially(problem):
    return [function(*arguments) for function, arguments in problem]


def pickled(problem, results):
    """Pickle and unpickle each task, and its result."""
    for passing in (*problem, *results):
        pickle.loads(pickle.dumps(passing))


def warm(use, uses):
    return statistics.median(turn(use, 1) for _ in range(uses))


def alone(use, uses):
    """The turn of what is no executor."""
    return {"warm": warm(use, uses)}


def life(make, size, problem, expected, uses):
    """The turn of an executor."""

    def use():
        futures = [executor.submit(function, *arguments) for function, arguments in problem]
        results = [future.result(pools.DEADLINE) for future in futures]
        if results != expected:
            raise AssertionError(f"{type(executor).__name__}: {results} instead of {expected}")

    start = time.perf_counter_ns()
    executor = make(size)
    use()
    cold = time.perf_counter_ns() - start
    time.sleep(PAUSE)
    return {"cold": cold, "warm": warm(use, uses), "teardown": turn(executor.shutdown, 1)}
