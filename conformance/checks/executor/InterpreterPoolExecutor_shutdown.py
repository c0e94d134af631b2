"""shutdown() and stats()."""

import os
import time

from check import caught, covers, equal, raises
from checks.pools import counted, evaluate, held, in_two, needs, written

# --- shutdown ------------------------------------------------------------------------------------


@covers("InterpreterPoolExecutor.shutdown.ends")
def tasks_are_executed_before_the_pool_ends(m):
    """Those that were submitted are, though they wait for a worker still."""
    executor = m.InterpreterPoolExecutor(1)
    with held(executor) as tasks:
        tasks += [executor.submit(abs, -i) for i in range(5)]
        executor.shutdown(wait=False)
        equal([task.cancelled() for task in tasks], [False] * 6)
    equal([task.result() for task in tasks], [None, *range(5)])


@covers("InterpreterPoolExecutor.shutdown.ends")
def the_pool_ends_after_its_tasks(m):
    """Its threads and interpreters end by themselves, if nobody waits for that."""
    before = m.enumerate()
    with counted() as started:
        executor = m.InterpreterPoolExecutor(2)
        in_two(executor, "1")
        threads = started.threads
        equal(executor.shutdown(wait=False), None)
        for thread in threads:
            thread.join(4)
        equal([thread.is_alive() for thread in threads], [False, False])
    equal(m.enumerate(), before)


@covers("InterpreterPoolExecutor.shutdown.wait")
def shutdown_waits_for_the_end(m):
    """When it returns, all tasks have been executed, no thread is left, and no interpreter."""
    for options in ({}, {"wait": True}):
        before, (read, write) = m.enumerate(), os.pipe()
        executor = m.InterpreterPoolExecutor(2)
        with counted() as started:
            tasks = [executor.submit(os.write, write, b"%d" % i) for i in range(9)]
            threads = started.threads
            equal(executor.shutdown(**options), None)
            equal([task.done() for task in tasks], [True] * 9)
            equal(sorted(written(read)), sorted(b"012345678"))
            equal([any(thread.is_alive() for thread in threads), m.enumerate()], [False, before])


@covers("InterpreterPoolExecutor.shutdown.wait")
def shutdown_may_be_called_again(m):
    """It waits for the end that was not waited for, and then has nothing to do."""
    before, executor = m.enumerate(), m.InterpreterPoolExecutor(1)
    task = executor.submit(abs, -1)
    executor.shutdown(False)
    executor.shutdown(True)
    equal([task.result(), m.enumerate(), executor.shutdown()], [1, before, None])
    equal(m.InterpreterPoolExecutor(1).shutdown(), None)


@covers("InterpreterPoolExecutor.shutdown.no-wait")
def shutdown_need_not_wait(m):
    """With wait=False it returns while a task is being executed and another one waits."""
    executor = m.InterpreterPoolExecutor(1)
    with held(executor) as tasks:
        tasks.append(executor.submit(abs, -1))
        executor.shutdown(wait=False)
        equal([task.done() for task in tasks], [False, False])


@covers("InterpreterPoolExecutor.shutdown.cancel")
def shutdown_cancels_what_has_not_begun(m):
    """With cancel_futures=True tasks that wait are cancelled, and the others are executed."""
    executor = m.InterpreterPoolExecutor(1)
    with held(executor) as tasks:
        waiting = [executor.submit(abs, -i) for i in range(3)]
        executor.shutdown(wait=False, cancel_futures=True)
        equal([task.cancelled() for task in waiting], [True] * 3)
        equal(tasks[0].done(), False)
    equal(tasks[0].result(), None)


@covers("InterpreterPoolExecutor.shutdown.cancel")
def cancel_futures_has_a_name(m):
    """It cannot be given by position; False cancels nothing."""
    executor = m.InterpreterPoolExecutor(1)
    with held(executor):
        task = executor.submit(abs, -1)
        with raises(m, "TypeError"):
            executor.shutdown(False, True)
        executor.shutdown(False, cancel_futures=False)
    equal(task.result(), 1)


@covers("InterpreterPoolExecutor.shutdown.context")
def the_end_of_a_block_shuts_the_pool_down(m):
    """And waits for it: all tasks have been executed then, and no interpreter is left."""
    before, (read, write) = m.enumerate(), os.pipe()
    made = m.InterpreterPoolExecutor(1)
    with made as executor:
        equal(executor is made, True)
        for _ in range(9):
            executor.submit(os.write, write, b".")
    equal([written(read), m.enumerate()], [b"." * 9, before])
    with raises(m, "RuntimeError"):
        made.submit(abs, -1)


@covers("InterpreterPoolExecutor.shutdown.context")
def an_exception_leaves_the_block(m):
    """It is raised as it would be, when the pool has been shut down."""
    executor = m.InterpreterPoolExecutor(1)
    with raises(m, "KeyError"):
        with executor:
            raise KeyError("spam")
    equal(type(caught(executor.submit, abs, -1)), RuntimeError)


# --- stats ---------------------------------------------------------------------------------------

NOTHING = {"workers": 0, "idle": 0, "queued": 0, "running": 0, "done": 0}


def counts(executor, **expected):
    """Expect stats() to return so many, and 0 of what is not named."""
    equal(executor.stats(), {**NOTHING, **expected})


def pool(m, workers=1):
    """Return a new executor; raise Missing if it has no stats()."""
    needs(m, "InterpreterPoolExecutor.stats")
    return m.InterpreterPoolExecutor(workers)


def rest(executor, workers):
    """Wait until so many workers are idle, which they are soon after their tasks."""
    while executor.stats()["idle"] != workers:
        time.sleep(0.001)


@covers("InterpreterPoolExecutor.stats.dict")
def stats_returns_a_dict(m):
    """With five items, which are ints, another dict each time; it takes no arguments."""
    executor = pool(m)
    stats = executor.stats()
    equal([type(stats), sorted(stats)], [dict, sorted(NOTHING)])
    equal({type(each) for each in stats.values()}, {int})
    stats.clear()
    counts(executor)
    with raises(m, "TypeError"):
        executor.stats(1)


@covers("InterpreterPoolExecutor.stats.workers")
def workers_are_counted(m):
    """There are none before the first task, as many as have begun one, and none at the end."""
    executor = pool(m, 3)
    seen = [executor.stats()["workers"]]
    with held(executor):
        seen.append(executor.stats()["workers"])
        with held(executor):
            seen.append(executor.stats()["workers"])
    seen.append(executor.stats()["workers"])
    executor.shutdown()
    equal(seen + [executor.stats()["workers"]], [0, 1, 2, 2, 0])


@covers("InterpreterPoolExecutor.stats.idle")
def idle_workers_are_counted(m):
    """Those that execute a task are not idle, and soon after it they are."""
    executor = pool(m, 2)
    with held(executor, 2):
        counts(executor, workers=2, running=2)
    rest(executor, 2)
    with held(executor):
        counts(executor, workers=2, idle=1, running=1, done=2)


@covers("InterpreterPoolExecutor.stats.queued")
def tasks_that_wait_are_counted(m):
    """Not those that are being executed or have been, nor such as have been cancelled."""
    executor = pool(m)
    with held(executor):
        tasks = [executor.submit(abs, -i) for i in range(4)]
        counts(executor, workers=1, queued=4, running=1)
        tasks[1].cancel()
        counts(executor, workers=1, queued=3, running=1)
    tasks[3].result()
    equal(executor.stats()["queued"], 0)


@covers("InterpreterPoolExecutor.stats.running")
def tasks_that_are_being_executed_are_counted(m):
    """As many as there are, and none when their results are there."""
    executor, seen = pool(m, 2), []
    with held(executor) as tasks:
        seen.append(executor.stats()["running"])
        with held(executor) as others:
            seen.append(executor.stats()["running"])
        others[0].result()
        seen.append(executor.stats()["running"])
    tasks[0].result()
    equal(seen + [executor.stats()["running"]], [1, 2, 1, 0])


@covers("InterpreterPoolExecutor.stats.done")
def tasks_that_have_been_executed_are_counted(m):
    """Whatever has become of them; those that are cancelled have not been executed."""
    executor = pool(m)
    evaluate(executor, "1")
    executor.submit(int, "spam").exception()
    executor.submit(exec, "raise SystemExit", {}).exception()
    with held(executor) as tasks:
        executor.submit(abs, -1).cancel()
        equal(executor.stats()["done"], 3)
    tasks[0].result()
    equal(executor.stats()["done"], 4)
    executor.shutdown()
    counts(executor, done=4)
