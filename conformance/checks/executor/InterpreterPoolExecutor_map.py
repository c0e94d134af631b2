"""map()."""

import concurrent.futures
import itertools
import operator
import os
import threading
import time

from check import caught, covers, equal, raises
from checks.pools import evaluate, execute, held, needs, written


@covers("InterpreterPoolExecutor.map.returns")
def map_returns_an_iterator(m):
    """Of what the function returns for each item; it is its own iterator, and ends."""
    results = m.InterpreterPoolExecutor(2).map(abs, [-3, 1, -4])
    equal([iter(results) is results, list(results), list(results)], [True, [3, 1, 4], []])


@covers("InterpreterPoolExecutor.map.returns")
def map_takes_any_iterables(m):
    """Lists, ranges, generators and str, and such as are empty."""
    executor = m.InterpreterPoolExecutor(1)
    equal(list(executor.map(abs, range(-3, 0))), [3, 2, 1])
    equal(list(executor.map(ord, "spam")), [115, 112, 97, 109])
    equal(list(executor.map(len, (each for each in ("a", "bc")))), [1, 2])
    equal(list(executor.map(len, [])), [])


@covers("InterpreterPoolExecutor.map.returns")
def map_calls_in_workers(m):
    """The function is called in an interpreter of the pool."""
    executor = m.InterpreterPoolExecutor(1)
    execute(executor, "spam = 1")
    equal(list(executor.map(eval, ["spam"] * 3, [{}, {}, {}])), [1, 1, 1])


@covers("InterpreterPoolExecutor.map.order")
def results_come_in_the_order_of_items(m):
    """The first item has the first result, though it is the last to be there."""
    executor, (read, write) = m.InterpreterPoolExecutor(2), os.pipe()
    codes = ["[__import__('os').read(%d, 1), 1][1]" % read, "2"]
    results = executor.map(eval, codes, [{}, {}])
    evaluate(executor, "1")  # behind the second item
    timer = threading.Timer(0.05, os.write, (write, b"."))
    timer.start()
    equal(list(results), [1, 2])


@covers("InterpreterPoolExecutor.map.as-map")
def map_takes_an_item_of_each_iterable(m):
    """The function has as many arguments as there are iterables; the shortest ends it."""
    executor = m.InterpreterPoolExecutor(1)
    equal(list(executor.map(pow, [2, 3, 4], [3, 2, 1], [5, 5, 5])), [3, 4, 4])
    equal(list(executor.map(operator.sub, itertools.count(), [0, 0, 0])), [0, 1, 2])
    equal(list(executor.map(operator.sub, [], itertools.count())), [])


@covers("InterpreterPoolExecutor.map.chunksize")
def a_chunk_is_one_task(m):
    """A list that occurs twice in a chunk is one list there, as in whatever is sent at once."""
    executor, spam = m.InterpreterPoolExecutor(1), [0]
    results = executor.map(operator.iadd, [spam] * 4, [[1], [2], [3], [4]], chunksize=2)
    equal(list(results), [[0, 1, 2], [0, 1, 2], [0, 3, 4], [0, 3, 4]])


@covers("InterpreterPoolExecutor.map.chunksize")
def chunks_have_so_many_items(m):
    """Ten items are three tasks with chunksize=4, and one with 10 or more; all results are there."""
    needs(m, "InterpreterPoolExecutor.stats")
    executor = m.InterpreterPoolExecutor(1)
    for size, tasks in ((1, 10), (4, 3), (9, 2), (10, 1), (2**40, 1)):
        with held(executor):
            results = executor.map(abs, range(-10, 0), chunksize=size)
            equal([size, executor.stats()["queued"]], [size, tasks])
        equal(list(results), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1])


@covers("InterpreterPoolExecutor.map.submitted")
def tasks_are_submitted_at_once(m):
    """They are executed though nobody asks for a result; all items are taken when map() returns."""
    (read, write), taken = os.pipe(), []

    def items():
        for each in (b"a", b"b", b"c"):
            taken.append(each)
            yield each

    executor = m.InterpreterPoolExecutor(1)
    results = executor.map(os.write, [write] * 3, items())
    equal(len(taken), 3)
    evaluate(executor, "1")
    equal([written(read), list(results)], [b"abc", [1, 1, 1]])


class counting:
    """An endless iterator that knows how many items have been taken."""

    taken = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.taken += 1
        return -self.taken


@covers("InterpreterPoolExecutor.map.buffersize")
def so_many_tasks_are_submitted(m):
    """With buffersize=3 three items are taken when map() returns, of however many."""
    executor, items = m.InterpreterPoolExecutor(1), counting()
    results = executor.map(abs, items, buffersize=3)
    equal(items.taken, 3)
    equal(list(itertools.islice(results, 20)), list(range(1, 21)))
    equal(list(executor.map(abs, [-1, -2], buffersize=3)), [1, 2])


@covers("InterpreterPoolExecutor.map.one-more")
def for_each_result_a_task_is_submitted(m):
    """When n results have been taken, n more items have been."""
    executor, items = m.InterpreterPoolExecutor(1), counting()
    results = executor.map(abs, items, buffersize=2)
    for n in range(1, 6):
        equal([next(results), items.taken], [n, n + 2])


@covers("InterpreterPoolExecutor.map.buffersize", "InterpreterPoolExecutor.map.one-more")
def a_buffer_holds_chunks(m):
    """With chunksize=3 and buffersize=2 there are two tasks of three items, and then one more."""
    executor, items = m.InterpreterPoolExecutor(1), counting()
    results = executor.map(abs, items, chunksize=3, buffersize=2)
    equal(items.taken, 6)
    equal([list(itertools.islice(results, 4)), items.taken >= 9], [[1, 2, 3, 4], True])


@covers("InterpreterPoolExecutor.map.raises")
def an_exception_is_raised_in_its_place(m):
    """Results before it are returned, whether each item is a task or all are one."""
    executor = m.InterpreterPoolExecutor(1)
    for size in (1, 2, 3, 4):
        results = executor.map(int, ["1", "2", "spam", "4"], chunksize=size)
        equal([next(results), next(results)], [1, 2])
        equal([size, type(caught(next, results))], [size, ValueError])


@covers("InterpreterPoolExecutor.map.raises")
def a_result_that_is_not_shareable_is_raised_in_its_place(m):
    """So is NotShareableError."""
    codes = ["1", "__import__('_thread').allocate_lock()", "3"]
    executor = m.InterpreterPoolExecutor(1)
    for size in (1, 3):
        results = executor.map(eval, codes, [{}, {}, {}], chunksize=size)
        equal(next(results), 1)
        with raises(m, "NotShareableError"):
            next(results)


@covers("InterpreterPoolExecutor.map.ends")
def an_exception_ends_the_iterator(m):
    """After it there is nothing more."""
    executor = m.InterpreterPoolExecutor(1)
    for size in (1, 3):
        results = executor.map(int, ["1", "spam", "3"], chunksize=size)
        next(results)
        equal(type(caught(next, results)), ValueError)
        equal([list(results), list(results)], [[], []])


@covers("InterpreterPoolExecutor.map.timeout")
def a_result_that_is_late_is_a_timeout(m):
    """TimeoutError is raised after so many seconds, and not before; 0 does not wait."""
    executor = m.InterpreterPoolExecutor(1)
    with held(executor):
        for timeout in (0.1, 0):
            begin = time.monotonic()
            results = executor.map(abs, [-1, -2], timeout=timeout)
            error = caught(next, results)
            equal(isinstance(error, concurrent.futures.TimeoutError), True)
            equal([timeout, time.monotonic() - begin >= timeout], [timeout, True])


@covers("InterpreterPoolExecutor.map.timeout")
def a_timeout_begins_when_map_is_called(m):
    """Who asks for a result after that time does not wait for it."""
    executor = m.InterpreterPoolExecutor(1)
    with held(executor):
        for timeout in (0.1, 0.5, 2):  # the first of these that is longer than not to wait takes
            results = executor.map(abs, [-1], timeout=timeout)
            time.sleep(1.1 * timeout)
            begin = time.monotonic()
            error = caught(next, results)
            waited = time.monotonic() - begin
            if waited < timeout:
                break
        equal([isinstance(error, concurrent.futures.TimeoutError), waited < timeout], [True, True])


@covers("InterpreterPoolExecutor.map.timeout")
def results_in_time_are_returned(m):
    """With time enough, with None and by default there is no exception."""
    executor = m.InterpreterPoolExecutor(1)
    for options in ({"timeout": 60}, {"timeout": 60.5}, {"timeout": None}, {}):
        equal(list(executor.map(time.sleep, [0.02, 0], **options)), [None, None])


def not_executed(m, end):
    """Expect that tasks are not executed that have not begun when *end* ends an iterator."""
    (read, write), (wait, go) = os.pipe(), os.pipe()
    codes = ["1", "1 / 0", "__import__('os').read(%d, 1)" % wait]
    codes += ["__import__('os').write(%d, b'.')" % write] * 5
    executor = m.InterpreterPoolExecutor(1)
    results = executor.map(eval, codes, [{} for _ in codes])
    equal(next(results), 1)
    end(results)
    del results
    os.write(go, b".")
    executor.shutdown()
    equal(written(read), b"")


@covers("InterpreterPoolExecutor.map.cancelled")
def an_exception_cancels_what_has_not_begun(m):
    """What is behind an item that raises is not executed, if it waits still."""
    not_executed(m, lambda results: equal(type(caught(next, results)), ZeroDivisionError))


@covers("InterpreterPoolExecutor.map.cancelled")
def an_iterator_that_is_dropped_cancels_what_has_not_begun(m):
    """So is what nobody can take any more, because the iterator is gone."""
    not_executed(m, lambda results: None)


@covers("InterpreterPoolExecutor.map.cancelled")
def a_timeout_cancels_what_has_not_begun(m):
    """So is what is behind a result that is late."""
    (read, write), executor = os.pipe(), m.InterpreterPoolExecutor(1)
    with held(executor):
        results = executor.map(os.write, [write] * 3, [b"."] * 3, timeout=0)
        equal(isinstance(caught(next, results), concurrent.futures.TimeoutError), True)
    executor.shutdown()
    equal(written(read), b"")


@covers("InterpreterPoolExecutor.map.chunksize-positive")
def chunksize_is_positive(m):
    """0 and negative numbers are a ValueError, when the method is called."""
    executor = m.InterpreterPoolExecutor(1)
    for wrong in (0, -1):
        with raises(m, "ValueError", str(wrong)):
            executor.map(abs, [1], chunksize=wrong)


@covers("InterpreterPoolExecutor.map.buffersize-positive")
def buffersize_is_positive(m):
    """0 and negative numbers are a ValueError, when the method is called."""
    executor = m.InterpreterPoolExecutor(1)
    for wrong in (0, -1):
        with raises(m, "ValueError", str(wrong)):
            executor.map(abs, [1], buffersize=wrong)


@covers("InterpreterPoolExecutor.map.buffersize-type")
def buffersize_is_an_int(m):
    """A float and a str are a TypeError; None is no limit."""
    executor = m.InterpreterPoolExecutor(1)
    for wrong in (1.5, 2.0, "2"):
        with raises(m, "TypeError", repr(wrong)):
            executor.map(abs, [1], buffersize=wrong)
    equal(list(executor.map(abs, [-1, -2], buffersize=None)), [1, 2])
