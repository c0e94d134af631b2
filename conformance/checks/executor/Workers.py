"""Workers: OS threads, each with an interpreter in which it executes tasks."""

import _thread
import builtins
import os
import threading
import time

from check import covers, equal, raises, ticks_while_the_gil_is_held
from checks.pools import begin, counted, evaluate, execute, held, in_two, written

# Whether a name has been left in an interpreter; if not, it is now.
LEAVES = "hasattr(__import__('builtins'), 'spam') or setattr(__import__('builtins'), 'spam', 1)"


@covers("Workers.thread")
def a_worker_is_a_thread(m):
    """A task is executed in another OS thread than the one that submits, and so is the next."""
    executor = m.InterpreterPoolExecutor(1)
    seen = [executor.submit(_thread.get_ident).result() for _ in range(3)]
    equal([len(set(seen)), _thread.get_ident() in seen], [1, False])


@covers("Workers.thread")
def two_workers_are_two_threads(m):
    """Tasks that are executed at the same time are executed in different OS threads."""
    executor = m.InterpreterPoolExecutor(2)
    equal(len({*in_two(executor, "__import__('_thread').get_ident()"), _thread.get_ident()}), 3)


@covers("Workers.own")
def each_worker_has_an_interpreter(m):
    """What a task leaves in one worker is neither in the other nor in the main interpreter."""
    equal(in_two(m.InterpreterPoolExecutor(2), LEAVES), [None, None])
    equal(hasattr(builtins, "spam"), False)


@covers("Workers.own")
def a_worker_has_one_more_interpreter(m):
    """For each worker an interpreter exists that did not before."""
    before, executor = m.enumerate(), m.InterpreterPoolExecutor(2)
    in_two(executor, "1")
    after = m.enumerate()
    equal([after[: len(before)], len(after) - len(before)], [before, 2])


@covers("Workers.only")
def no_other_pool_uses_a_worker(m):
    """Two pools have workers of their own, with different interpreters."""
    one, two = m.InterpreterPoolExecutor(1), m.InterpreterPoolExecutor(1)
    equal([evaluate(each, LEAVES) for each in (one, two, one)], [None, None, True])


@covers("Workers.only")
def nothing_else_is_run_in_a_worker(m):
    """To run code in the interpreter of an idle worker is an InterpreterError."""
    before, executor = m.enumerate(), m.InterpreterPoolExecutor(1)
    evaluate(executor, LEAVES)
    (interpreter,) = [each for each in m.enumerate() if each not in before]
    with raises(m, "InterpreterError"):
        interpreter.run("pass")
    equal(evaluate(executor, "spam"), 1)


@covers("Workers.started")
def there_is_no_worker_before_a_task(m):
    """A new pool has started no thread and created no interpreter; a task has."""
    before = m.enumerate()
    with counted() as started:
        executor = m.InterpreterPoolExecutor(2)
        equal([started.threads, m.enumerate()], [set(), before])
        evaluate(executor, "1")
        equal([len(started.threads), len(m.enumerate())], [1, len(before) + 1])


@covers("Workers.started")
def a_task_for_which_none_is_idle_starts_a_worker(m):
    """While all others execute tasks, a further task is executed by a new one."""
    executor = m.InterpreterPoolExecutor(3)
    seen = []
    with held(executor):
        seen.append(executor.submit(_thread.get_ident).result())
        with held(executor):
            seen.append(executor.submit(_thread.get_ident).result())
    equal(len(set(seen)) <= 2, True)
    with held(executor, 3) as tasks:
        equal([task.done() for task in tasks], [False] * 3)


@covers("Workers.started")
def a_worker_that_is_idle_is_used(m):
    """Of tasks that are submitted when the last has long ended, not each starts a worker."""
    with counted() as started:
        executor = m.InterpreterPoolExecutor(8)
        for _ in range(8):
            evaluate(executor, "1")
            time.sleep(0.02)
        assert len(started.threads) < 8, "each of 8 tasks started a worker"


@covers("Workers.until", "InterpreterPoolExecutor.max_workers")
def no_more_workers_are_started_than_the_pool_may_have(m):
    """When two of two execute tasks, further tasks wait for one of these."""
    executor = m.InterpreterPoolExecutor(2)
    with counted() as started:
        with held(executor, 2):
            tasks = [executor.submit(_thread.get_ident) for _ in range(4)]
            workers = {thread.ident for thread in started.threads}
        seen = {task.result() for task in tasks}
        equal([len(workers), seen <= workers], [2, True])


@covers("Workers.until", "InterpreterPoolExecutor.max_workers")
def as_many_workers_are_started_as_the_pool_may_have(m):
    """Three tasks are executed at the same time by max_workers=3."""
    with held(m.InterpreterPoolExecutor(max_workers=3), 3) as tasks:
        equal([task.done() for task in tasks], [False] * 3)
    equal([task.result() for task in tasks], [None] * 3)


@covers("Workers.leaves")
def what_a_task_leaves_is_found_by_the_next(m):
    """A list that a task has bound is extended by tasks after it."""
    executor = m.InterpreterPoolExecutor(1)
    execute(executor, "spam = [0]")
    for i in range(1, 4):
        execute(executor, "spam.append(%d)" % i)
    equal(evaluate(executor, "spam"), [0, 1, 2, 3])


@covers("Workers.leaves", "Workers.modules")
def a_module_is_imported_once(m):
    """A module that a task has imported, and changed, is what the next task imports."""
    executor = m.InterpreterPoolExecutor(1)
    execute(executor, "import colorsys\ncolorsys.spam = 1")
    equal(evaluate(executor, "'colorsys' in __import__('sys').modules"), True)
    equal(evaluate(executor, "__import__('colorsys').spam"), 1)


@covers("Workers.end")
def the_interpreters_are_gone_when_the_pool_has_ended(m):
    """After shutdown() there are those interpreters that there were before."""
    before, executor = m.enumerate(), m.InterpreterPoolExecutor(2)
    in_two(executor, "1")
    executor.shutdown()
    equal(m.enumerate(), before)


@covers("Workers.end")
def what_is_registered_in_a_worker_is_called_at_its_end(m):
    """A function that a task has registered with atexit is called when the pool ends, not before."""
    (read, write), executor = os.pipe(), m.InterpreterPoolExecutor(1)
    execute(executor, "import atexit, os\natexit.register(os.write, %d, b'.')" % write)
    before = written(read)
    executor.shutdown()
    equal([before, written(read)], [b"", b"."])


@covers("Workers.parallel", isolates=True)
def tasks_run_beside_this_interpreter(m):
    """A task runs while the main interpreter holds on to its GIL."""
    executor = m.InterpreterPoolExecutor(1)
    assert ticks_while_the_gil_is_held(lambda code: execute(executor, code)) > 0


# Executes one call into C that takes some time; notes when.
COMPUTES = "import time\neggs = [time.monotonic(), sum(range(6000000)), time.monotonic()]"

# Notes the time, again and again, until there is a byte.
TICKS = """
import builtins, os, select, time
builtins.spam = []
os.write(%d, b".")
while not select.select([%d], [], [], 0.0005)[0]:
    builtins.spam.append(time.monotonic())
"""


@covers("Workers.parallel", isolates=True)
def tasks_of_two_workers_run_beside_each_other(m):
    """A task runs while that of another worker makes one call into C, which never gives up the GIL."""
    computing, ticking = m.InterpreterPoolExecutor(1), m.InterpreterPoolExecutor(1)
    evaluate(computing, "1")
    (read, write), (wait, go) = os.pipe(), os.pipe()
    task = ticking.submit(exec, TICKS % (write, wait), {})
    begin(read, task)
    execute(computing, COMPUTES)
    os.write(go, b".")
    task.result()
    start, _, end = evaluate(computing, "eggs")
    margin = (end - start) / 10
    ticks = [t for t in evaluate(ticking, "spam") if start + margin < t < end - margin]
    assert ticks, "it did not run once"


@covers("Workers.turns", isolates=False)
def tasks_wait_for_this_interpreter(m):
    """A task does not run while the main interpreter holds on to the GIL."""
    executor = m.InterpreterPoolExecutor(1)
    equal(ticks_while_the_gil_is_held(lambda code: execute(executor, code)), 0)


@covers("Workers.turns", isolates=False)
def tasks_take_turns(m):
    """While a task waits for a file or computes, others are executed."""
    executor = m.InterpreterPoolExecutor(3)
    (read, write), (wait, go) = os.pipe(), os.pipe()
    with held(executor):
        task = executor.submit(exec, TICKS % (write, wait), {})
        begin(read, task)
        equal(evaluate(executor, "1"), 1)
        os.write(go, b".")
        task.result()


@covers("Workers.thread")
def tasks_of_several_threads_are_executed(m):
    """Any thread of the interpreter may submit tasks to one pool."""
    executor, seen = m.InterpreterPoolExecutor(2), []

    def target():
        for i in range(20):
            seen.append(executor.submit(abs, -i).result())

    threads = [threading.Thread(target=target) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(sorted(seen), sorted([*range(20)] * 3))
