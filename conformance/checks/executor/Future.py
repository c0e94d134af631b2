"""Futures: what concurrent.futures promises of them, forks, and interrupt()."""

import asyncio
import concurrent.futures
import logging
import os
import threading

from check import CATCHING, LOOP, attempt, caught, covers, equal, in_a_child, in_thread, raises
from checks.pools import begin, evaluate, execute, held, needs


def states(future):
    """Return what a future tells of itself."""
    return [future.running(), future.done(), future.cancelled()]


@covers("Future.future")
def it_is_a_future(m):
    """The class is a subclass of concurrent.futures.Future, or that itself."""
    future = m.InterpreterPoolExecutor(1).submit(abs, -1)
    equal(issubclass(m.Future, concurrent.futures.Future), True)
    equal([isinstance(future, cls) for cls in (m.Future, concurrent.futures.Future)], [True, True])


@covers("Future.future")
def it_tells_how_far_the_task_is(m):
    """running(), done() and cancelled(), of a task that waits, is executed, has ended, is cancelled."""
    executor = m.InterpreterPoolExecutor(1)
    with held(executor) as tasks:
        waiting, cancelled = executor.submit(abs, -1), executor.submit(abs, -2)
        cancelled.cancel()
        equal(states(tasks[0]), [True, False, False])
        equal(states(waiting), [False, False, False])
        equal(states(cancelled), [False, True, True])
    waiting.result()
    equal([states(tasks[0]), states(waiting)], [[False, True, False]] * 2)


@covers("Future.future")
def a_task_that_waits_can_be_cancelled(m):
    """cancel() returns True, again and again; the task is not executed, and has CancelledError."""
    executor, (read, write) = m.InterpreterPoolExecutor(1), os.pipe()
    with held(executor):
        future = executor.submit(os.write, write, b"!")
        equal([future.cancel(), future.cancel()], [True, True])
    executor.submit(os.write, write, b".").result()
    equal(os.read(read, 9), b".")
    for ask in (future.result, future.exception):
        equal(type(caught(ask)), concurrent.futures.CancelledError)


@covers("Future.future")
def a_task_that_has_begun_cannot_be_cancelled(m):
    """cancel() returns False while it is executed, and when it has ended."""
    with held(m.InterpreterPoolExecutor(1)) as tasks:
        equal([tasks[0].cancel(), states(tasks[0])], [False, [True, False, False]])
    equal([tasks[0].result(), tasks[0].cancel(), tasks[0].cancelled()], [None, False, False])


@covers("Future.future")
def a_result_is_waited_for_no_longer_than_told(m):
    """result() and exception() raise TimeoutError then, with 0 at once; the task goes on."""
    with held(m.InterpreterPoolExecutor(1)) as tasks:
        for ask in (tasks[0].result, tasks[0].exception):
            for timeout in (0.05, 0, -1):
                equal(type(caught(ask, timeout)), concurrent.futures.TimeoutError)
        equal(states(tasks[0]), [True, False, False])
    equal([tasks[0].result(timeout=60), tasks[0].exception(60)], [None, None])


@covers("Future.future")
def several_threads_wait_for_one_result(m):
    """Each of them gets it."""
    seen = []
    with held(m.InterpreterPoolExecutor(1)) as tasks:
        target = lambda: seen.append(tasks[0].result())  # noqa: E731
        threads = [threading.Thread(target=target) for _ in range(4)]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    equal(seen, [None] * 4)


@covers("Future.future")
def callbacks_are_called_at_the_end(m):
    """Each once, in their order, with the future, which is done; not before."""
    executor, seen, ended = m.InterpreterPoolExecutor(1), [], threading.Event()
    with held(executor):
        future = executor.submit(abs, -1)
        future.add_done_callback(lambda future: seen.append([1, future.done(), future.result()]))
        future.add_done_callback(lambda future: seen.append([2, future]))
        future.add_done_callback(lambda future: ended.set())
        equal(seen, [])
    ended.wait()
    equal(seen, [[1, True, 1], [2, future]])


@covers("Future.future")
def a_callback_that_comes_late_is_called_at_once(m):
    """By add_done_callback() itself, in its thread, if the task has ended or been cancelled."""
    executor, seen = m.InterpreterPoolExecutor(1), []
    with held(executor):
        futures = [executor.submit(abs, -1), executor.submit(abs, -2)]
        futures[1].cancel()
    futures[0].result()
    for future in futures:
        future.add_done_callback(lambda future: seen.append([threading.get_ident(), future]))
    equal(seen, [[threading.get_ident(), future] for future in futures])


@covers("Future.future")
def cancel_calls_the_callbacks(m):
    """Before it returns; once, however often it is called."""
    executor, seen = m.InterpreterPoolExecutor(1), []
    with held(executor):
        future = executor.submit(abs, -1)
        future.add_done_callback(lambda future: seen.append(future.cancelled()))
        future.cancel()
        future.cancel()
        equal(seen, [True])


@covers("Future.future")
def a_callback_that_raises_is_no_hindrance(m):
    """What it raises is logged; those after it are called, and the worker goes on."""
    logging.disable(logging.CRITICAL)
    executor, ended = m.InterpreterPoolExecutor(1), threading.Event()
    with held(executor):
        future = executor.submit(abs, -1)
        future.add_done_callback(lambda future: 1 / 0)
        future.add_done_callback(lambda future: ended.set())
    equal([ended.wait(5), future.result(), evaluate(executor, "2")], [True, 1, 2])


@covers("Future.future")
def a_callback_may_submit(m):
    """Tasks to the pool whose task it is, whose results it must not wait for."""
    logging.disable(logging.CRITICAL)
    executor, futures, ended = m.InterpreterPoolExecutor(1), [], threading.Event()

    def callback(future):
        try:
            futures.append(executor.submit(abs, -2))
        finally:
            ended.set()

    executor.submit(abs, -1).add_done_callback(callback)
    ended.wait()
    equal([future.result() for future in futures], [2])


@covers("Future.future")
def futures_are_waited_for(m):
    """concurrent.futures.wait() returns when the first has ended, has raised, or all have ended."""
    executor, wait = m.InterpreterPoolExecutor(2), concurrent.futures.wait
    with held(executor) as tasks:
        fine, raising = executor.submit(abs, -1), executor.submit(int, "spam")
        done = wait([*tasks, fine], return_when=concurrent.futures.FIRST_COMPLETED).done
        equal(done, {fine})
        done = wait([*tasks, raising], return_when=concurrent.futures.FIRST_EXCEPTION).done
        equal(done, {raising})
        equal(wait(tasks, timeout=0.01).not_done, set(tasks))
    equal(wait([*tasks, fine, raising]).done, {*tasks, fine, raising})


@covers("Future.cancelled")
def nobody_waits_for_a_task_that_is_cancelled(m):
    """concurrent.futures.wait() takes it for done, whether it is cancelled before or meanwhile."""
    executor = m.InterpreterPoolExecutor(1)
    with held(executor):
        futures = [executor.submit(abs, -1), executor.submit(abs, -2)]
        futures[0].cancel()
        equal(concurrent.futures.wait(futures[:1], 0).done, {futures[0]})
        thread = threading.Thread(target=concurrent.futures.wait, args=(futures,))
        thread.start()
        futures[1].cancel()
        thread.join()


@covers("Future.future")
def futures_come_as_they_are_completed(m):
    """concurrent.futures.as_completed() has each once, those first that have ended first."""
    executor = m.InterpreterPoolExecutor(2)
    with held(executor) as tasks:
        others = [executor.submit(abs, -i) for i in range(5)]
        completed = concurrent.futures.as_completed(tasks + others)
        equal({next(completed) for _ in range(5)}, set(others))
        error = caught(next, concurrent.futures.as_completed(tasks, timeout=0))
        equal(type(error), concurrent.futures.TimeoutError)
    equal(list(completed), tasks)


@covers("Future.future")
def asyncio_awaits_a_future(m):
    """asyncio.wrap_future() can be awaited, for a result or an exception, and cancelled."""
    executor = m.InterpreterPoolExecutor(1)

    async def main():
        equal(await asyncio.wrap_future(executor.submit(abs, -1)), 1)
        with raises(m, "ValueError"):
            await asyncio.wrap_future(executor.submit(int, "spam"))
        with held(executor):
            future = executor.submit(abs, -1)
            wrapped = asyncio.wrap_future(future)
            wrapped.cancel()
            await asyncio.sleep(0)  # the loop tells it
            equal([wrapped.cancelled(), future.cancelled()], [True, True])

    asyncio.run(main())


@covers("Future.method")
def there_is_one_method_more(m):
    """A Future has the public names of concurrent.futures.Future, and interrupt."""
    needs(m, "Future.interrupt")
    names = {name for name in dir(m.Future) if not name.startswith("_")}
    usual = {name for name in dir(concurrent.futures.Future) if not name.startswith("_")}
    equal([sorted(names - usual), sorted(usual - names)], [["interrupt"], []])


@covers("Future.cancelled")
def a_task_that_is_cancelled_is_not_in_the_queue(m):
    """stats() does not count it from then on, wherever in the queue it was."""
    needs(m, "InterpreterPoolExecutor.stats")
    executor, seen = m.InterpreterPoolExecutor(1), []
    with held(executor):
        futures = [executor.submit(abs, -i) for i in range(5)]
        for i in (2, 0, 4, 3, 1):
            futures[i].cancel()
            seen.append(executor.stats()["queued"])
        last = executor.submit(abs, -5)
    equal([seen, last.result()], [[4, 3, 2, 1, 0], 5])


def ask_in_a_child(m):
    """Fork with tasks that have ended, are executed, wait, and have been cancelled."""
    executor = m.InterpreterPoolExecutor(1)
    ended, failed = executor.submit(abs, -1), executor.submit(int, "spam")
    failed.exception()
    with held(executor) as tasks:
        tasks += [executor.submit(abs, -2), executor.submit(abs, -3)]
        tasks[2].cancel()
        in_a_child(ask, m, ended, failed, *tasks)
    equal([ended.result(), tasks[0].result(), tasks[1].result()], [1, None, 2])


def ask(m, ended, failed, running, waiting, cancelled):
    """Expect a child process to tell what has become of each of these."""
    for future in (running, waiting):
        equal(states(future), [False, True, False])
        equal(type(future.exception()), m.BrokenInterpreterPool)
        with raises(m, "BrokenInterpreterPool"):
            future.result(8)
        equal(concurrent.futures.wait([future]).done, {future})
    equal([ended.result(), type(failed.exception()), cancelled.cancelled()], [1, ValueError, True])


@covers("Future.fork")
def tasks_are_lost_in_a_child_process(m):
    """Those that had not ended have BrokenInterpreterPool there, the others what they had."""
    attempt(ask_in_a_child)


# --- interrupt -----------------------------------------------------------------------------------


def looping(m, code=LOOP):
    """Return a task that executes source text, when that has begun; it ends in a loop."""
    needs(m, "Future.interrupt")
    read, write = os.pipe()
    executor = m.InterpreterPoolExecutor(1)
    code = code % write if "%" in code else "import os\nos.write(%d, b'.')\n%s" % (write, code)
    future = executor.submit(exec, "exec(%r, vars(__import__('builtins')))" % code, {})
    begin(read, future)
    return executor, future


@covers("Future.interrupt.raises")
def an_exception_is_raised_in_the_task(m):
    """It is KeyboardInterrupt if nothing else is said, and that of the future if nobody catches it."""
    for arguments, cls, args in (
        ((), KeyboardInterrupt, ()),
        ((ValueError,), ValueError, ()),
        ((KeyError("spam", 1),), KeyError, ("spam", 1)),
        ((SystemExit(3),), SystemExit, (3,)),
    ):
        executor, future = looping(m)
        future.interrupt(*arguments)
        error = future.exception()
        equal([type(error), error.args], [cls, args])
        equal(evaluate(executor, "1"), 1)


@covers("Future.interrupt.raises")
def the_parameter_of_a_futures_interrupt_is_named_exception(m):
    """interrupt(exception=...) is the same; two arguments are a TypeError."""
    _, future = looping(m)
    with raises(m, "TypeError"):
        future.interrupt(KeyError, ValueError)
    future.interrupt(exception=KeyError)
    equal(type(future.exception()), KeyError)


@covers("Future.interrupt.raises")
def no_other_task_is_interrupted(m):
    """Neither that of another worker, nor the next one of the same."""
    executor, future = looping(m)
    other = m.InterpreterPoolExecutor(1)
    with held(other) as tasks:
        following = executor.submit(abs, -1)
        future.interrupt()
        equal([type(future.exception()), following.result()], [KeyboardInterrupt, 1])
    equal(tasks[0].result(), None)


@covers("Future.interrupt.as-interrupt")
def a_task_may_catch_the_exception(m):
    """It is raised once: code that catches it goes on, and its result is the future's."""
    executor, future = looping(m, CATCHING)
    future.interrupt()
    equal([future.result(), evaluate(executor, "seen")], [None, ["interrupted", 999999]])


@covers("Future.interrupt.as-interrupt")
def a_c_function_of_a_task_is_not_interrupted(m):
    """The exception is raised when it comes back."""
    needs(m, "Future.interrupt")
    with held(m.InterpreterPoolExecutor(1)) as tasks:
        equal([tasks[0].interrupt(), states(tasks[0])], [True, [True, False, False]])
    equal(type(tasks[0].exception()), KeyboardInterrupt)


@covers("Future.interrupt.as-interrupt")
def any_thread_interrupts_a_task(m):
    """Another one than that which has submitted it, too."""
    _, future = looping(m)
    equal([in_thread(future.interrupt), type(future.exception())], [True, KeyboardInterrupt])


@covers("Future.interrupt.true")
def interrupt_of_a_future_returns_true(m):
    """While the task is executed, again and again."""
    needs(m, "Future.interrupt")
    with held(m.InterpreterPoolExecutor(1)) as tasks:
        equal([tasks[0].interrupt(), tasks[0].interrupt(ValueError)], [True, True])
    tasks[0].exception()


@covers("Future.interrupt.false")
def a_task_that_waits_is_not_interrupted(m):
    """interrupt() returns False, and the task is executed as if nothing had been."""
    needs(m, "Future.interrupt")
    executor = m.InterpreterPoolExecutor(1)
    with held(executor) as tasks:
        future = executor.submit(abs, -1)
        equal([future.interrupt(), states(future)], [False, [False, False, False]])
    equal([tasks[0].result(), future.result()], [None, 1])


@covers("Future.interrupt.false")
def a_task_that_has_ended_is_not_interrupted(m):
    """interrupt() returns False, of a task that has ended, was cancelled or could not be sent."""
    needs(m, "Future.interrupt")
    executor = m.InterpreterPoolExecutor(1)
    with held(executor):
        cancelled = executor.submit(abs, -1)
        cancelled.cancel()
    ended, unsent = executor.submit(abs, -2), executor.submit(threading.Lock().locked)
    ended.result()
    with held(executor) as tasks:  # in the interpreter in which that has ended
        equal([each.interrupt() for each in (cancelled, ended, unsent)], [False] * 3)
    equal([ended.result(), tasks[0].result()], [2, None])
    execute(executor, "pass")


@covers("Future.interrupt.type")
def a_future_is_interrupted_by_an_exception_only(m):
    """An int, a str, None and another class are a TypeError, whatever the task is doing."""
    executor, future = looping(m)
    following = executor.submit(abs, -1)
    for wrong in (42, "spam", None, int, object(), (ValueError,)):
        for each in (future, following):
            with raises(m, "TypeError", repr(wrong)):
                each.interrupt(wrong)
    equal(states(future), [True, False, False])
    future.interrupt()
    equal(type(future.exception()), KeyboardInterrupt)
