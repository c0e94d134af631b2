"""The executors that are compared: how they are written, and those that this CPython has.

The command imports this for the words in its tables, and the processes that measure for the rest.
An executor that a CPython lacks is in no answer of its processes, and so in no table.
"""

from __future__ import annotations

import functools
import importlib
import multiprocessing
import time
from concurrent.futures import Executor
from typing import Any, Callable, Dict

import tasks

BACKPORT = "interpreters_backport.concurrent.futures"  # of the package interpreters-pep-734
POOLS = {  # the class, and an argument
    "thread": ("ThreadPoolExecutor", ""),
    "spawn": ("ProcessPoolExecutor", "mp_context=SpawnContext"),
    "fork": ("ProcessPoolExecutor", "mp_context=ForkContext"),
    "forkserver": ("ProcessPoolExecutor", "mp_context=ForkServerContext"),
    "standard": ("concurrent.futures.InterpreterPoolExecutor", ""),
    "backport": (f"{BACKPORT}.InterpreterPoolExecutor", ""),
    "ours": ("interpreters.InterpreterPoolExecutor", ""),
}
PROCESSES = ("fork", "forkserver", "spawn")
SIZES = (1, 4)  # how many workers, in the tables of the problems
NAP = 0.1  # seconds of a sleeping task
DEADLINE = 120  # seconds, in which any machine has done any of this

Makers = Dict[str, Callable[[int], Executor]]  # each makes an executor with so many workers


def written(pool: str, *arguments: str) -> str:
    """The call that makes it."""
    name, context = POOLS[pool]
    return f"{name}({', '.join(filter(None, [*arguments, context]))})"


def found(module: str, name: str) -> Any:
    """What the module has by this name; None where there is no such module, or name."""
    try:
        return getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None


def makers() -> Makers:
    """What makes the executors of this CPython.

    Those that fork are the first: to be the first to start, while there is no other thread.
    """
    classes = {}
    processes = found("concurrent.futures", "ProcessPoolExecutor")
    if processes is not None:
        for method in PROCESSES:
            if method in multiprocessing.get_all_start_methods():
                context = multiprocessing.get_context(method)
                classes[method] = functools.partial(processes, mp_context=context)
    classes["thread"] = found("concurrent.futures", "ThreadPoolExecutor")
    classes["standard"] = found("concurrent.futures", "InterpreterPoolExecutor")
    if classes["standard"] is None:
        classes["backport"] = found(BACKPORT, "InterpreterPoolExecutor")
    classes["ours"] = found("interpreters", "InterpreterPoolExecutor")
    return {name: each for name, each in classes.items() if each is not None}


def started(executor: Executor, workers: int) -> Executor:
    """The executor, when each of its workers has executed a task."""
    seen: set[int] = set()
    end = time.monotonic() + DEADLINE
    while len(seen) < workers:
        if time.monotonic() > end:
            raise AssertionError(
                f"{type(executor).__name__}: {len(seen)} of {workers} workers work"
            )
        futures = [executor.submit(tasks.who) for _ in range(workers)]
        seen.update(future.result(DEADLINE) for future in futures)
    return executor


def all_started(workers: int) -> dict[str, Executor]:
    """All of them, each with so many workers, which have started."""
    return {name: started(make(workers), workers) for name, make in makers().items()}


def shut_down(executors: dict[str, Executor]) -> None:
    for executor in executors.values():
        executor.shutdown()
