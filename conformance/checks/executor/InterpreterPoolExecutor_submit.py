"""submit() and submit_within()."""

import _thread
import concurrent.futures
import operator
import os
import time

from check import LOOP, begun_in_time, caught, covers, equal, raises
from checks.pools import evaluate, execute, held, needs

LOCK = _thread.allocate_lock()  # which nothing can share


# --- submit --------------------------------------------------------------------------------------


@covers("InterpreterPoolExecutor.submit.calls")
def submit_passes_arguments_on(m):
    """Arguments by position and by name arrive as such, in order, however many."""
    submit = m.InterpreterPoolExecutor(1).submit
    equal(submit(dict).result(), {})
    equal(submit("{}{}{spam}".format, 1, 2, spam=3).result(), "123")
    equal(submit(sorted, [2, 3, 1], reverse=True).result(), [3, 2, 1])
    equal(submit(max, *range(1000)).result(), 999)
    names = {"name%d" % i: i for i in range(500)}
    equal(list(submit(dict, **names).result().items()), list(names.items()))


@covers("InterpreterPoolExecutor.submit.calls")
def submit_leaves_every_name_to_the_function(m):
    """Keyword arguments named self, fn, args, kwargs, timeout and seconds are the function's."""
    names = dict.fromkeys(("fn", "args", "kwargs", "timeout", "seconds", "callable"), 1)
    names["self"] = 2
    equal(m.InterpreterPoolExecutor(1).submit(dict, **names).result(), names)


@covers("InterpreterPoolExecutor.submit.calls")
def submit_needs_something_to_call(m):
    """No argument is a TypeError, and so is a keyword argument in its place."""
    executor = m.InterpreterPoolExecutor(1)
    with raises(m, "TypeError"):
        executor.submit()
    with raises(m, "TypeError"):
        executor.submit(fn=len)


@covers("InterpreterPoolExecutor.submit.calls")
def the_result_is_what_the_function_returns(m):
    """None and false values too."""
    executor = m.InterpreterPoolExecutor(1)
    for expression in ("None", "False", "0", "'spam'", "{'a': [1, (2.5, b'b')]}", "2 ** 200"):
        equal(evaluate(executor, expression), eval(expression))


@covers("InterpreterPoolExecutor.submit.future")
def submit_returns_a_future(m):
    """A Future, another one for each task, before the task has been executed."""
    executor = m.InterpreterPoolExecutor(1)
    with held(executor) as tasks:
        futures = [*tasks, executor.submit(abs, -1), executor.submit(abs, -2)]
        equal([isinstance(future, m.Future) for future in futures], [True] * 3)
        equal([future.done() for future in futures], [False] * 3)
    equal([future.result() for future in futures], [None, 1, 2])


@covers("InterpreterPoolExecutor.submit.not-shareable")
def what_is_not_shareable_is_an_exception_of_the_future(m):
    """A function, an argument or a keyword argument that is not shareable: NotShareableError."""
    executor = m.InterpreterPoolExecutor(1)
    for fn, args, kwargs in (
        (LOCK.locked, (), {}),
        (len, ([LOCK],), {}),
        (print, (1, LOCK), {}),
        (dict, (), {"spam": LOCK}),
    ):
        future = executor.submit(fn, *args, **kwargs)
        equal(isinstance(future, m.Future), True)
        with raises(m, "NotShareableError"):
            future.result()
        equal(isinstance(future.exception(), m.NotShareableError), True)
    equal(evaluate(executor, "1"), 1)


@covers("InterpreterPoolExecutor.submit.not-shareable", "Future.future")
def a_future_of_what_is_not_shareable_is_one_like_others(m):
    """It is done, cannot be cancelled, calls its callbacks and is waited for."""
    future, seen = m.InterpreterPoolExecutor(1).submit(len, LOCK), []
    equal(isinstance(future.exception(), m.NotShareableError), True)
    future.add_done_callback(seen.append)
    equal([future.done(), future.running(), future.cancelled()], [True, False, False])
    equal([future.cancel(), seen == [future]], [False, True])
    equal(concurrent.futures.wait([future]).done, {future})


@covers("InterpreterPoolExecutor.submit.shut-down")
def nothing_is_submitted_after_shutdown(m):
    """submit() and map() raise RuntimeError, whether the pool has had a task or not."""
    for tasks in (0, 1):
        executor = m.InterpreterPoolExecutor(1)
        for _ in range(tasks):
            evaluate(executor, "1")
        executor.shutdown()
        for call in (executor.submit, executor.map):
            error = caught(call, abs, [1])
            broken = isinstance(error, m.BrokenInterpreterPool)
            equal([isinstance(error, RuntimeError), broken], [True, False])


def broken(m):
    """Return an executor whose pool is broken."""
    executor = m.InterpreterPoolExecutor(1, initializer=int, initargs=("spam",))
    executor.submit(abs, -1).exception()
    return executor


@covers("InterpreterPoolExecutor.submit.broken")
def nothing_is_submitted_to_a_broken_pool(m):
    """submit() and map() raise BrokenInterpreterPool, again and again."""
    executor = broken(m)
    for call in (executor.submit, executor.map, executor.submit):
        with raises(m, "BrokenInterpreterPool"):
            call(abs, [1])


# --- submit_within -------------------------------------------------------------------------------


def within(m, **options):
    """Return an executor with one worker; raise Missing if it has no submit_within()."""
    needs(m, "InterpreterPoolExecutor.submit_within")
    return m.InterpreterPoolExecutor(1, **options)


@covers("InterpreterPoolExecutor.submit_within.same")
def submit_within_passes_arguments_on(m):
    """In time the result is that of the future, a Future, and exceptions are its exception."""
    submit = within(m).submit_within
    equal(isinstance(submit(60, len, "spam"), m.Future), True)
    equal(submit(60.5, sorted, [1, 2], reverse=True).result(), [2, 1])
    equal(type(submit(60, operator.truediv, 1, 0).exception()), ZeroDivisionError)
    names = {"self": 1, "seconds": 2, "fn": 3, "timeout": 4}
    equal(submit(60, dict, **names).result(), names)


@covers("InterpreterPoolExecutor.submit_within.same")
def submit_within_takes_seconds_by_position(m):
    """seconds and fn cannot be given by name, and both must be given."""
    executor = within(m)
    for args, kwargs in (((), {}), ((60,), {}), ((), {"seconds": 60, "fn": dict})):
        with raises(m, "TypeError"):
            executor.submit_within(*args, **kwargs)


@covers("InterpreterPoolExecutor.submit_within.same")
def submit_within_refuses_what_submit_refuses(m):
    """What is not shareable, a pool that has been shut down and one that is broken."""
    executor = within(m)
    error = executor.submit_within(60, len, LOCK).exception()
    equal(isinstance(error, m.NotShareableError), True)
    executor.shutdown()
    with raises(m, "RuntimeError"):
        executor.submit_within(60, abs, -1)
    with raises(m, "BrokenInterpreterPool"):
        broken(m).submit_within(60, abs, -1)


@covers(
    "InterpreterPoolExecutor.submit_within.interrupts",
    "InterpreterPoolExecutor.submit_within.timeout",
)
def submit_within_ends_what_takes_too_long(m):
    """What does not return ends, by TimeoutError; the worker executes other tasks afterwards."""
    executor = within(m)
    execute(executor, "spam = 1")
    for seconds in (0.05, 0.001, 0):
        future = executor.submit_within(seconds, exec, LOOP, {})
        with raises(m, "TimeoutError", str(seconds)):
            future.result()
        equal([type(future.exception()), evaluate(executor, "spam")], [TimeoutError, 1])


@covers("InterpreterPoolExecutor.submit_within.interrupts")
def time_in_which_a_task_waits_does_not_count(m):
    """The seconds are those from when the function is called: it may wait longer for a worker."""
    executor = within(m)
    for seconds in (0.05, 0.5, 4):  # in the first of these that is enough to be executed in
        with held(executor):
            future = executor.submit_within(seconds, abs, -1)
            time.sleep(1.1 * seconds)
        if future.exception() is None:
            break
    equal(future.result(), 1)


@covers("InterpreterPoolExecutor.submit_within.interrupts")
def the_next_task_is_not_interrupted(m):
    """A limit is over when its task is; tasks without one have none."""
    executor, limit, in_time = within(m), 0.05, False
    while not in_time:  # on a busy machine the limit may be over before the next one has begun
        end = time.monotonic() + limit
        executor.submit_within(limit, abs, -1).exception()
        with held(executor) as tasks:
            in_time = time.monotonic() < end
            time.sleep(limit + 0.2)
        equal(tasks[0].result(), None)
        limit *= 2


@covers("InterpreterPoolExecutor.submit_within.as-call_within")
def a_task_may_catch_the_interrupt(m):
    """KeyboardInterrupt is raised in it, once: what catches it may return what it likes."""
    executor = within(m)
    expression = "(lambda names: exec(code, names) or names['seen'])({})"

    def call(seconds, code):
        return executor.submit_within(seconds, eval, expression, {"code": code}).result()

    equal(begun_in_time(call), ["interrupted", 999999])


@covers("InterpreterPoolExecutor.submit_within.timeout")
def a_timeout_is_told_to_who_waits(m):
    """The future is done, with a TimeoutError, for callbacks and concurrent.futures.wait() too."""
    seen, future = [], within(m).submit_within(0.05, exec, LOOP, {})
    future.add_done_callback(lambda future: seen.append(future.exception()))
    equal(concurrent.futures.wait([future]).done, {future})
    equal([future.done(), future.cancelled()], [True, False])
    equal(
        [type(future.exception()), [type(error) for error in seen]],
        [TimeoutError] * 1 + [[TimeoutError]],
    )


@covers("InterpreterPoolExecutor.submit_within.type")
def seconds_of_a_task_are_a_number(m):
    """A str, None and a list are a TypeError, and nothing is submitted."""
    executor, (read, write) = within(m), os.pipe()
    for wrong in ("1", None, [1], b"1"):
        with raises(m, "TypeError", repr(wrong)):
            executor.submit_within(wrong, os.write, write, b".")
    executor.submit(os.write, write, b"!").result()
    equal(os.read(read, 9), b"!")


@covers("InterpreterPoolExecutor.submit_within.type")
def seconds_of_a_task_are_any_int_or_float(m):
    """Small ones, and those that no clock counts up to."""
    executor = within(m)
    for seconds in (60, 60.5, 10**9, 10.0**300, 2**70, float("inf")):
        equal(executor.submit_within(seconds, abs, -1).result(), 1)


@covers("InterpreterPoolExecutor.submit_within.negative")
def seconds_of_a_task_are_not_negative(m):
    """-1, -0.001 and minus infinity are a ValueError, and nothing is submitted."""
    executor, (read, write) = within(m), os.pipe()
    for wrong in (-1, -0.001, -(2**70), float("-inf")):
        with raises(m, "ValueError", repr(wrong)):
            executor.submit_within(wrong, os.write, write, b".")
    executor.submit(os.write, write, b"!").result()
    equal(os.read(read, 9), b"!")
