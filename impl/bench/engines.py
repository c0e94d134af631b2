"""Dask and joblib with workers of each kind: threads, processes, and interpreters.

    python impl/bench/engines.py [--record] [--rounds N]

Run it with a Python from 3.12 on that has the package, ``distributed`` and ``joblib``; or by
``bazel run //impl/bench:engines``.  It takes two minutes when the machine has nothing else to do.

All workers are there all the time, and idle ones cost next to nothing.  In each round every one has
a turn with each of two problems, in an order that is shuffled anew: many tasks that return at once,
and few that compute.  The kinds of workers are compared by the ratios of each round.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import functools
import gc
import os
import platform
import random
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any, Callable, Iterator

import figures
import nbody
from cells import number
from host import machine

HERE = Path(__file__).absolute().parent
WORKERS = 2  # threads, processes, or interpreters
DEADLINE = 300  # seconds for what takes one, or a few
TASKS = 1000
SIMULATIONS = 4

Run = Callable[[Callable[[int], Any], int], "list[Any]"]  # a function, and for how many numbers


def simulate(number: int) -> tuple[float, float, float]:
    """A task that keeps a processor busy; all of them are the same."""
    return nbody.simulate(nbody.STEPS)


def serially(function: Callable[[int], Any], count: int) -> list[Any]:
    """All in this thread."""
    return [function(number) for number in range(count)]


# --- The engines ----------------------------------------------------------------------------------


@contextlib.contextmanager
def dask_workers(processes: int, threads: int, **options: Any) -> Iterator[Run]:
    """A cluster on this machine, without the dashboard."""
    from distributed import Client, LocalCluster, wait

    made = LocalCluster(
        n_workers=processes,
        threads_per_worker=threads,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs="ERROR",
        **options,
    )
    with made as cluster, Client(cluster, timeout=DEADLINE) as client:
        client.wait_for_workers(processes, timeout=DEADLINE)

        def run(function: Callable[[int], Any], count: int) -> list[Any]:
            futures = client.map(function, range(count), pure=False)
            wait(futures, timeout=DEADLINE)
            return client.gather(futures)

        yield run


@contextlib.contextmanager
def joblib_workers(backend: str) -> Iterator[Run]:
    """The workers of one Parallel, which stay between its calls."""
    from joblib import Parallel, delayed

    with Parallel(n_jobs=WORKERS, backend=backend, timeout=DEADLINE) as parallel:
        yield lambda function, count: parallel(delayed(function)(n) for n in range(count))


ENGINES = {
    "Dask": {
        "threads": functools.partial(dask_workers, 1, WORKERS),
        "processes": functools.partial(dask_workers, WORKERS, 1),
        "interpreters": functools.partial(dask_workers, 1, WORKERS, preload=["interpreters.dask"]),
    },
    "joblib": {
        "threads": functools.partial(joblib_workers, "threading"),
        "processes": functools.partial(joblib_workers, "loky"),
        "interpreters": functools.partial(joblib_workers, "interpreters"),
    },
}


# --- Measuring ------------------------------------------------------------------------------------


def measure(rounds: int) -> dict[tuple[str, str, str], list[float]]:
    """The seconds of each engine, kind of worker and problem, round by round."""
    problems = {"tasks": (abs, TASKS), "nbody": (simulate, SIMULATIONS)}
    expected = {name: serially(*problem) for name, problem in problems.items()}
    samples: dict[tuple[str, str, str], list[float]] = {}
    shuffled = random.Random(0)
    with contextlib.ExitStack() as stack:
        runs = {("", "serial"): serially}
        for engine, kinds in ENGINES.items():
            for kind, make in kinds.items():
                runs[engine, kind] = stack.enter_context(make())
        turns = [(*key, problem) for key in runs for problem in problems]
        for count in range(-1, rounds):  # the first is not for the record: everything is imported
            shuffled.shuffle(turns)
            for engine, kind, problem in turns:
                gc.collect()
                start = time.perf_counter()
                results = runs[engine, kind](*problems[problem])
                taken = time.perf_counter() - start
                if results != expected[problem]:
                    raise AssertionError(f"{engine}, {kind}: not what {problem} results in")
                if count >= 0:
                    samples.setdefault((engine, kind, problem), []).append(taken)
            print(f"\r{count + 1} of {rounds} rounds", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return samples


def shown(figure: figures.Figure) -> str:
    return f"{number(figure['median'])} ({number(figure['p10'])}-{number(figure['p90'])})"


def lines(samples: dict[tuple[str, str, str], list[float]]) -> Iterator[list[str]]:
    """The table, the heading first."""
    yield ["engine", "workers", "tasks", "times threads", "times processes", "N-body"]
    for engine, kinds in ENGINES.items():
        for kind in kinds:
            tasks = samples[engine, kind, "tasks"]
            speedup = figures.ratio(samples["", "serial", "nbody"], samples[engine, kind, "nbody"])
            ratios = [
                ""
                if kind == other
                else shown(figures.ratio(samples[engine, other, "tasks"], tasks))
                for other in ("threads", "processes")
            ]
            rate = figures.figure([TASKS / seconds for seconds in tasks])
            yield [engine, kind, shown(rate), *ratios, shown(speedup)]


ABOUT = """\
.. Generated by `bazel run //impl/bench:engines -- --record`.

Measured on {date} on {processors} processors ({processor}), {system}, with CPython {python}, distributed
{distributed} and joblib {joblib}; medians of {rounds} rounds, with the span of the middle eight tenths.
Workers are two threads of a process, two processes of one thread, or two interpreters of a process.
*tasks* is how many tasks that return at once are done in a second, of {tasks}; then, how many times as many
that are as with other workers of the engine.  *N-body* is how many times as fast as by one thread, without
an engine, {simulations} tasks are done that compute.

.. list-table::
   :header-rows: 1
   :class: figures

"""


def as_rst(rounds: int, table: list[list[str]]) -> str:
    text = ABOUT.format(
        **machine(),
        date=datetime.date.today().isoformat(),
        python=platform.python_version(),
        distributed=version("distributed"),
        joblib=version("joblib"),
        rounds=rounds,
        tasks=TASKS,
        simulations=SIMULATIONS,
    )
    for line in table:
        text += "".join(
            f"   {'* -' if not place else '  -'} {cell}".rstrip() + "\n"
            for place, cell in enumerate(line)
        )
    return text


def prepare() -> None:
    """What the workers need: this folder to import from, and the backend's name."""
    import joblib
    from interpreters.joblib import InterpreterBackend

    paths = [str(HERE), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    joblib.register_parallel_backend("interpreters", InterpreterBackend)
    warnings.simplefilter("ignore")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--record", action="store_true", help="write engines.inc for the site")
    parser.add_argument("--rounds", type=int, default=15, help="how many; 15 unless given")
    chosen = parser.parse_args()
    try:
        prepare()
    except ImportError as error:
        print(
            f"engines: {error}: install the package with its extras dask and joblib",
            file=sys.stderr,
        )
        return 1
    text = as_rst(chosen.rounds, list(lines(measure(chosen.rounds))))
    print(text, end="")
    if chosen.record:
        aside = HERE / "engines.inc.new"
        aside.write_text(text, encoding="utf-8")
        aside.replace(HERE / "engines.inc")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("engines: interrupted")
