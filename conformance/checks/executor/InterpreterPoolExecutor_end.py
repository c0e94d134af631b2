"""How a pool ends that nobody has shut down: with its executor, its interpreter, or in a fork."""

import gc
import os
import time
import weakref

from check import attempt, covers, equal, hold, importing, in_a_child, raises
from checks.pools import counted, evaluate, held, in_two, written


@covers("InterpreterPoolExecutor.dropped")
def a_pool_without_an_executor_executes_its_tasks(m):
    """When the executor is gone, those that have been submitted are executed all the same."""
    executor = m.InterpreterPoolExecutor(1)
    with held(executor) as tasks:
        tasks += [executor.submit(abs, -i) for i in range(5)]
        del executor
        gc.collect()
    equal([task.result() for task in tasks], [None, *range(5)])


@covers("InterpreterPoolExecutor.dropped")
def a_pool_without_an_executor_ends(m):
    """Then its threads end, and its interpreters are gone."""
    before = m.enumerate()
    with counted() as started:
        executor = m.InterpreterPoolExecutor(2)
        in_two(executor, "1")
        threads = started.threads
        del executor
        gc.collect()
        for thread in threads:
            thread.join(4)
        equal([thread.is_alive() for thread in threads], [False, False])
    equal(m.enumerate(), before)


@covers("InterpreterPoolExecutor.dropped")
def an_executor_is_gone_when_nothing_refers_to_it(m):
    """Neither its threads nor its futures keep it."""
    executor = m.InterpreterPoolExecutor(1)
    with held(executor) as tasks:
        gone = weakref.ref(executor)
        del executor
        gc.collect()
        equal([gone(), tasks[0].done()], [None, False])


def leave(m, count):
    """End with tasks in a pool that has not been shut down; they are executed then."""
    executor = hold(m.InterpreterPoolExecutor(1))
    executor.submit(time.sleep, 0.05 if count else 0)
    for i in range(count):
        executor.submit(os.write, 1, b"%d" % i)
    raise SystemExit(3)


@covers("InterpreterPoolExecutor.interpreter-ends")
def a_process_executes_its_tasks_before_it_ends(m):
    """At the end of the process each task is executed; the exit status is the program's."""
    attempt(leave, 5, ends=(3, "01234"))
    attempt(leave, 0, ends=(3, ""))


def leave_idle(m):
    """End with idle workers, and with executors that had none."""
    executors = hold([m.InterpreterPoolExecutor(2), m.InterpreterPoolExecutor()])
    in_two(executors[0], "1")
    raise SystemExit(3)


@covers("InterpreterPoolExecutor.interpreter-ends")
def idle_workers_are_no_hindrance_to_the_end_of_a_process(m):
    """A process whose workers have nothing to do ends with its own exit status."""
    attempt(leave_idle, ends=(3, ""))


@covers("InterpreterPoolExecutor.interpreter-ends")
def the_pool_of_a_subinterpreter_ends_with_it(m):
    """To destroy the interpreter has its tasks executed, and all interpreters of the pool end."""
    m.InterpreterPoolExecutor(1)
    before, interpreter, (read, write) = m.enumerate(), m.create(), os.pipe()
    interpreter.run(
        importing() + "import os, time\nexecutor = m.InterpreterPoolExecutor(1)\n"
        "executor.submit(time.sleep, 0.05)\n"
        "for i in range(5): executor.submit(os.write, %d, b'%%d' %% i)" % write
    )
    interpreter.destroy()
    equal([written(read), m.enumerate()], [b"01234", before])


def submit_in_a_child(m):
    """Fork with a pool that has executed a task and one that has not, and submit tasks."""
    executors = [m.InterpreterPoolExecutor(1), m.InterpreterPoolExecutor(1)]
    evaluate(executors[0], "1")
    in_a_child(submit_all, m, executors)
    equal([evaluate(each, "1") for each in executors], [1, 1])


def submit_all(m, executors):
    """Expect each pool to be broken, and a new one not to be."""
    for each in executors:
        with raises(m, "BrokenInterpreterPool"):
            each.submit(abs, -1)
        each.shutdown()
    equal(evaluate(m.InterpreterPoolExecutor(1), "1"), 1)


@covers("InterpreterPoolExecutor.fork")
def a_pool_is_broken_in_a_child_process(m):
    """submit() raises BrokenInterpreterPool there; in the parent all is as before."""
    attempt(submit_in_a_child)


def end_a_child(m):
    """Fork while a worker executes a task, and end the child process as a process ends."""
    executor = hold(m.InterpreterPoolExecutor(1))
    with held(executor):
        pid = os.fork()
        if pid == 0:
            raise SystemExit(5)
        status = os.waitpid(pid, 0)[1]
    os.write(1, b"%d" % os.WEXITSTATUS(status))
    raise SystemExit(3)


@covers("InterpreterPoolExecutor.fork", "InterpreterPoolExecutor.interpreter-ends")
def a_child_process_does_not_wait_for_a_pool(m):
    """It ends with its own exit status, whatever the pool of the parent was doing."""
    attempt(end_a_child, ends=(3, "5"))
