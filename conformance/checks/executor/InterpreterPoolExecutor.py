"""The arguments of an executor."""

import asyncio
import concurrent.futures
import os
import threading
import time

from check import (
    attempt,
    caught,
    covers,
    equal,
    raises,
    ticks_while_the_gil_is_held,
)
from checks.pools import counted, evaluate, execute, held, in_two

LOCK = threading.Lock()  # which nothing can share


@covers("InterpreterPoolExecutor.executor")
def it_is_an_executor(m):
    """The class is a subclass of concurrent.futures.Executor."""
    cls = m.InterpreterPoolExecutor
    equal([isinstance(cls, type), issubclass(cls, concurrent.futures.Executor)], [True, True])
    equal(isinstance(cls(1), concurrent.futures.Executor), True)


@covers("InterpreterPoolExecutor.executor")
def asyncio_runs_tasks_in_it(m):
    """An event loop awaits what run_in_executor() has a worker do, result or exception."""
    executor = m.InterpreterPoolExecutor(2)

    async def main():
        loop = asyncio.get_running_loop()
        results = [loop.run_in_executor(executor, pow, 2, n) for n in range(5)]
        equal(await asyncio.gather(*results), [1, 2, 4, 8, 16])
        with raises(m, "ValueError"):
            await loop.run_in_executor(executor, int, "spam")

    asyncio.run(main())


@covers("InterpreterPoolExecutor.thread-pool")
def asyncio_takes_it_for_its_default(m):
    """An event loop of which it is the default executor has it run what no other is named for."""
    executor = m.InterpreterPoolExecutor(1)
    equal(isinstance(executor, concurrent.futures.ThreadPoolExecutor), True)

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_default_executor(executor)
        equal(await loop.run_in_executor(None, pow, 2, 5), 32)

    asyncio.run(main())


@covers(
    "InterpreterPoolExecutor.max_workers",
    "InterpreterPoolExecutor.prefix",
    "InterpreterPoolExecutor.initializer",
)
def the_first_four_arguments_are_positional(m):
    """max_workers, thread_name_prefix, initializer and initargs; a fifth is a TypeError."""
    cls = m.InterpreterPoolExecutor
    initializer = "__import__('builtins').spam = 1"
    with counted() as started:
        executor = cls(1, "eggs", exec, (initializer, {}))
        equal([evaluate(executor, "spam"), len(started.threads)], [1, 1])
        equal([thread.name[:4] for thread in started.threads], ["eggs"])
    with raises(m, "TypeError"):
        cls(1, "eggs", exec, (initializer, {}), 1)


@covers(
    "InterpreterPoolExecutor.max_workers",
    "InterpreterPoolExecutor.prefix",
    "InterpreterPoolExecutor.initializer",
)
def the_first_four_arguments_have_names(m):
    """The same by name, in any order; a name that is not documented is a TypeError."""
    initargs = ("__import__('builtins').spam = 1", {})
    with counted() as started:
        executor = m.InterpreterPoolExecutor(
            initargs=initargs, initializer=exec, thread_name_prefix="eggs", max_workers=1
        )
        equal([evaluate(executor, "spam"), len(started.threads)], [1, 1])
        equal([thread.name[:4] for thread in started.threads], ["eggs"])
    with raises(m, "TypeError"):
        m.InterpreterPoolExecutor(spam=1)


def workers_of(m, **options):
    """Return how many OS threads are started for more tasks than any pool has workers by default.

    They do nothing, so that no interpreter is made for this.
    """
    executor = m.InterpreterPoolExecutor(**options)
    threading.Thread.run = lambda self: threading.Event().wait()
    with counted() as started:
        for _ in range(40):
            executor.submit(abs, -1)
        return len(started.threads)


def pretend(count):
    """Have Python count so many CPUs."""
    os.cpu_count = lambda: count
    if hasattr(os, "process_cpu_count"):
        os.process_cpu_count = os.cpu_count
    if hasattr(os, "sched_getaffinity"):
        os.sched_getaffinity = lambda pid: set(range(count))


@covers("InterpreterPoolExecutor.default")
def there_are_four_more_workers_than_cpus(m):
    """With three CPUs seven tasks have workers, by default and with max_workers=None."""
    pretend(3)
    equal([workers_of(m), workers_of(m, max_workers=None)], [7, 7])


@covers("InterpreterPoolExecutor.default")
def cpus_that_the_process_may_not_use_do_not_count(m):
    """A process that is bound to one CPU has five workers by default."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    else:
        pretend(1)
    equal(workers_of(m), 5)


@covers("InterpreterPoolExecutor.most")
def there_are_32_workers_at_most(m):
    """With a hundred CPUs there are 32 workers by default."""
    pretend(100)
    equal(workers_of(m), 32)


@covers("InterpreterPoolExecutor.positive")
def max_workers_is_positive(m):
    """0 and negative numbers are a ValueError."""
    for wrong in (0, -1, -(2**70)):
        with raises(m, "ValueError", str(wrong)):
            m.InterpreterPoolExecutor(wrong)
        with raises(m, "ValueError", str(wrong)):
            m.InterpreterPoolExecutor(max_workers=wrong)


@covers("InterpreterPoolExecutor.prefix")
def names_of_threads_begin_with_the_prefix(m):
    """The names of all threads of the pool do; without a prefix they have names all the same."""
    for prefix in ("spam-eggs", "späm", ""):
        with counted() as started:
            executor = m.InterpreterPoolExecutor(2, thread_name_prefix=prefix)
            in_two(executor, "1")
            names = [thread.name for thread in started.threads]
        equal([[name.startswith(prefix) for name in names], all(names)], [[True, True], True])


@covers("InterpreterPoolExecutor.initializer", "InterpreterPoolExecutor.before")
def the_initializer_is_called_before_the_first_task(m):
    """The first task finds what it has left, with the arguments that it was given."""
    for initargs in (("spam = eggs", {"eggs": [1]}), ["spam = eggs", {"eggs": [1]}]):
        code, names = initargs
        initargs = type(initargs)(["import builtins\nbuiltins.%s" % code, names])
        executor = m.InterpreterPoolExecutor(1, initializer=exec, initargs=initargs)
        equal(evaluate(executor, "spam"), [1])


@covers("InterpreterPoolExecutor.initializer", "InterpreterPoolExecutor.each")
def the_initializer_is_called_once_in_each_interpreter(m):
    """In each of two workers, once, however many tasks that executes."""
    code = "import builtins\nbuiltins.spam = getattr(builtins, 'spam', 0) + 1"
    executor = m.InterpreterPoolExecutor(2, initializer=exec, initargs=(code, {}))
    for _ in range(3):
        equal(in_two(executor, "spam"), [1, 1])


@covers("InterpreterPoolExecutor.initializer")
def the_initializer_needs_no_arguments(m):
    """Without initargs it is called with none; without initializer nothing is called."""
    executor = m.InterpreterPoolExecutor(1, initializer=dict)
    equal(evaluate(executor, "1"), 1)
    equal(evaluate(m.InterpreterPoolExecutor(1, initializer=None, initargs=(1,)), "1"), 1)


@covers("InterpreterPoolExecutor.callable")
def the_initializer_is_callable(m):
    """An int, a str, a tuple and an object without __call__() are a TypeError, at once."""
    for wrong in (42, "print()", (len,), object()):
        with raises(m, "TypeError", repr(wrong)):
            m.InterpreterPoolExecutor(1, initializer=wrong)


@covers("InterpreterPoolExecutor.initializer-shareable")
def the_initializer_is_shareable(m):
    """A method of a lock raises NotShareableError, when the executor is made."""
    with raises(m, "NotShareableError"):
        m.InterpreterPoolExecutor(1, initializer=LOCK.locked)


@covers("InterpreterPoolExecutor.initargs-shareable")
def the_arguments_of_the_initializer_are_shareable(m):
    """A lock, or a list with one, raises NotShareableError, when the executor is made."""
    for wrong in (LOCK, [LOCK]):
        with raises(m, "NotShareableError"):
            m.InterpreterPoolExecutor(1, initializer=print, initargs=("spam", wrong))


# An initializer that does what it is told by a byte: nothing, or to raise an exception.
OBEYS = "import os\nif os.read(%d, 1) != b'.': raise ValueError('spam')"


@covers("InterpreterPoolExecutor.initializer-raises", "InterpreterPoolExecutor.broken")
def an_initializer_that_raises_breaks_the_pool(m):
    """All tasks that wait for a worker have BrokenInterpreterPool as their exception."""
    read, write = os.pipe()
    executor = m.InterpreterPoolExecutor(1, initializer=exec, initargs=(OBEYS % read, {}))
    tasks = [executor.submit(abs, -i) for i in range(3)]
    os.write(write, b"!")
    equal([type(task.exception()) for task in tasks], [m.BrokenInterpreterPool] * 3)
    with raises(m, "BrokenInterpreterPool"):
        tasks[0].result()


@covers("InterpreterPoolExecutor.initializer-raises", "InterpreterPoolExecutor.broken")
def a_task_that_has_begun_does_not_notice_that_the_pool_breaks(m):
    """It ends as always, while those behind it have BrokenInterpreterPool as their exception."""
    read, write = os.pipe()
    executor = m.InterpreterPoolExecutor(2, initializer=exec, initargs=(OBEYS % read, {}))
    os.write(write, b".")
    with held(executor) as tasks:
        waiting = [executor.submit(abs, -1), executor.submit(abs, -2)]
        os.write(write, b"!")
        equal([type(task.exception()) for task in waiting], [m.BrokenInterpreterPool] * 2)
        equal(tasks[0].done(), False)
    equal(tasks[0].result(), None)


@covers("InterpreterPoolExecutor.initializer-raises")
def an_initializer_that_exits_breaks_the_pool(m):
    """So do SystemExit and KeyboardInterrupt; the process goes on."""
    for name in ("SystemExit", "KeyboardInterrupt"):
        executor = m.InterpreterPoolExecutor(1, initializer=exec, initargs=("raise " + name, {}))
        error = caught(lambda: executor.submit(abs, -1).result())
        equal(type(error), m.BrokenInterpreterPool)


@covers("InterpreterPoolExecutor.no-interpreter", "InterpreterPoolExecutor.broken", isolates=False)
def a_pool_without_an_interpreter_is_broken(m):
    """Where interpreters cannot be isolated, and are to be, tasks have BrokenInterpreterPool."""
    executor = m.InterpreterPoolExecutor(1, isolated=True)
    error = caught(lambda: executor.submit(abs, -1).result())
    equal(type(error), m.BrokenInterpreterPool)
    equal(evaluate(m.InterpreterPoolExecutor(1, isolated=False), "1"), 1)


# Counts the tasks of an interpreter, with a name of its own for it.
COUNTS = """[
    b for b in [__import__('builtins')]
    if not setattr(b, 'spam', getattr(b, 'spam', 0) + 1)
][0].spam"""


@covers("InterpreterPoolExecutor.per-child", "InterpreterPoolExecutor.continues")
def an_interpreter_executes_so_many_tasks(m):
    """With max_tasks_per_child=2 each third task finds an interpreter in which there was none."""
    executor = m.InterpreterPoolExecutor(1, max_tasks_per_child=2)
    equal([evaluate(executor, COUNTS) for _ in range(7)], [1, 2, 1, 2, 1, 2, 1])


@covers("InterpreterPoolExecutor.per-child")
def an_interpreter_is_destroyed_after_so_many_tasks(m):
    """What is registered with atexit is called; there is no more than one at a time."""
    (read, write), before = os.pipe(), m.enumerate()
    executor = m.InterpreterPoolExecutor(1, max_tasks_per_child=1)
    code = "import atexit, os\natexit.register(os.write, %d, b'.')" % write
    for _ in range(3):
        executor.submit(exec, code, {}).result()
        equal(os.read(read, 9), b".")
        assert len(m.enumerate()) - len(before) <= 1, "there are more"


@covers("InterpreterPoolExecutor.continues", "InterpreterPoolExecutor.each")
def the_initializer_is_called_in_each_new_interpreter(m):
    """A worker that continues with a new interpreter has it initialized before the next task."""
    executor = m.InterpreterPoolExecutor(
        1,
        initializer=exec,
        initargs=("import builtins\nbuiltins.spam = 10", {}),
        max_tasks_per_child=1,
    )
    equal([evaluate(executor, COUNTS) for _ in range(3)], [11, 11, 11])


@covers("InterpreterPoolExecutor.continues")
def a_worker_continues_in_its_thread(m):
    """The OS thread is the same one, with whichever interpreter."""
    executor = m.InterpreterPoolExecutor(1, max_tasks_per_child=1)
    with counted() as started:
        seen = {evaluate(executor, "__import__('_thread').get_ident()") for _ in range(3)}
        equal([len(seen), len(started.threads)], [1, 1])


@covers("InterpreterPoolExecutor.no-limit")
def by_default_there_is_no_limit(m):
    """Fifty tasks are executed in one interpreter; so they are with max_tasks_per_child=None."""
    for options in ({}, {"max_tasks_per_child": None}):
        executor = m.InterpreterPoolExecutor(1, **options)
        equal(list(executor.map(eval, [COUNTS] * 50, [{}] * 50)), list(range(1, 51)))


@covers("InterpreterPoolExecutor.per-child-type")
def max_tasks_per_child_is_an_int(m):
    """A float, a str and a list are a TypeError."""
    for wrong in (1.5, 2.0, "2", [1]):
        with raises(m, "TypeError", repr(wrong)):
            m.InterpreterPoolExecutor(1, max_tasks_per_child=wrong)
    m.InterpreterPoolExecutor(1, max_tasks_per_child=1)


@covers("InterpreterPoolExecutor.per-child-positive")
def max_tasks_per_child_is_positive(m):
    """0 and negative numbers are a ValueError."""
    for wrong in (0, -1, -(2**70)):
        with raises(m, "ValueError", str(wrong)):
            m.InterpreterPoolExecutor(1, max_tasks_per_child=wrong)


@covers("InterpreterPoolExecutor.isolated", isolates=True)
def workers_can_share_the_gil(m):
    """With isolated=False a task waits while the main interpreter holds on to its GIL."""
    executor = m.InterpreterPoolExecutor(1, isolated=False)
    equal(ticks_while_the_gil_is_held(lambda code: execute(executor, code)), 0)


@covers("InterpreterPoolExecutor.isolated", isolates=True)
def workers_are_isolated_if_told_so(m):
    """With isolated=True, and with None, a task runs while the main interpreter holds on to its GIL."""
    for isolated in (True, None):
        executor = m.InterpreterPoolExecutor(1, isolated=isolated)
        ticks = ticks_while_the_gil_is_held(lambda code: execute(executor, code))
        assert ticks > 0, "it did not run once (%s)" % isolated


def look_for_site(m):
    """Expect the module site in a worker if it was asked for."""
    for options, expected in (({}, False), ({"site": False}, False), ({"site": True}, True)):
        executor = m.InterpreterPoolExecutor(1, **options)
        equal(evaluate(executor, "'site' in __import__('sys').modules"), expected)


@covers("InterpreterPoolExecutor.site")
def workers_import_site_if_told_so(m):
    """With site=True an interpreter imports the module site, and by default it does not."""
    attempt(look_for_site, options=())


@covers("InterpreterPoolExecutor.spare")
def a_worker_takes_a_spare(m):
    """Its interpreter is one that was made before one that has been created since."""
    executor = m.InterpreterPoolExecutor(1)
    m.set_spares(1, site=False)
    while m.get_spares() != 1:
        time.sleep(0.005)
    before = [m.get_main(), m.create(site=True)]
    evaluate(executor, "1")
    (interpreter,) = [each for each in m.enumerate() if each not in before]
    equal(int(interpreter.id) < int(before[1].id), True)


@covers("InterpreterPoolExecutor.isolated", "InterpreterPoolExecutor.site")
def other_arguments_have_names_only(m):
    """isolated and site are given by name, beside max_tasks_per_child."""
    options = {"isolated": None, "site": False, "max_tasks_per_child": None}
    equal(evaluate(m.InterpreterPoolExecutor(1, "", None, (), **options), "1"), 1)
