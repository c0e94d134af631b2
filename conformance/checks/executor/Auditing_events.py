"""The auditing events of pools."""

import threading

from check import caught, covers, equal, listen, raises, refusing
from checks.pools import evaluate, held, needs

SUBMIT, INTERRUPT = "interpreters.submit", "interpreters.interrupt"
CREATE, DESTROY = "interpreters.create", "interpreters.destroy"


class Watched:
    """An object that notes when it is described."""

    described = 0

    def __reduce__(self):
        Watched.described += 1
        return int, (1,)


def only(heard, *names):
    """Return the events of these names."""
    return [each for each in heard if each[0] in names]


@covers("InterpreterPoolExecutor.submit.audit")
def submit_raises_an_event(m):
    """interpreters.submit, with the function, which is no copy."""
    executor, heard = m.InterpreterPoolExecutor(1), listen()
    function = list("spam").index
    equal(executor.submit(function, "a").result(), 2)
    equal([arguments[0] is function for _, arguments in only(heard, SUBMIT)], [True])
    equal([len(arguments) for _, arguments in only(heard, SUBMIT)], [1])


@covers("InterpreterPoolExecutor.submit.audit")
def whatever_is_submitted_is_told(m):
    """An object that is no function, a tuple for example, is the argument as it is."""
    executor, heard, spam = m.InterpreterPoolExecutor(1), listen(), (1, 2)
    caught(executor.submit(spam).result)
    equal(only(heard, SUBMIT), [(SUBMIT, ((1, 2),))])


@covers("InterpreterPoolExecutor.submit.audit")
def a_task_can_be_refused(m):
    """What the hook raises is raised by submit(); nothing is described, and no worker started."""
    executor, before = m.InterpreterPoolExecutor(1), threading.active_count()
    with refusing(SUBMIT):
        executor.submit(abs, Watched())
    equal([Watched.described, threading.active_count()], [0, before])
    equal(executor.submit(abs, -1).result(), 1)


@covers("InterpreterPoolExecutor.submit.audit")
def a_hook_can_submit(m):
    """A hook submits a task to the same pool and waits for its result."""
    executor, results = m.InterpreterPoolExecutor(1), []

    def use(name, arguments):
        if name == SUBMIT and arguments[0] is not len:
            results.append(executor.submit(len, "spam").result())

    listen(use)
    equal([executor.submit(abs, -1).result(), results], [1, [4]])


@covers("InterpreterPoolExecutor.submit_within.same", "InterpreterPoolExecutor.submit.audit")
def submit_within_raises_the_event_of_submit(m):
    """interpreters.submit, with the function and without the limit."""
    needs(m, "InterpreterPoolExecutor.submit_within")
    executor, heard = m.InterpreterPoolExecutor(1), listen()
    equal(executor.submit_within(60, abs, -1).result(), 1)
    equal(only(heard, SUBMIT), [(SUBMIT, (abs,))])
    with raises(m, "ValueError"):
        executor.submit_within(-1, abs, -1)
    equal(len(only(heard, SUBMIT)), 1)
    with refusing(SUBMIT):
        executor.submit_within(60, abs, -1)


@covers("InterpreterPoolExecutor.map.audit", "InterpreterPoolExecutor.map.audit-chunks")
def map_raises_an_event_once(m):
    """interpreters.submit, with the function, when map() is called, however many tasks there are."""
    executor, heard = m.InterpreterPoolExecutor(1), listen()
    results = executor.map(abs, range(20))
    equal(only(heard, SUBMIT), [(SUBMIT, (abs,))])
    equal(list(results), list(range(20)))
    equal(len(only(heard, SUBMIT)), 1)


@covers("InterpreterPoolExecutor.map.audit-chunks")
def map_with_chunks_raises_one_event(m):
    """So it does with a chunksize, and with a buffersize."""
    executor, heard = m.InterpreterPoolExecutor(1), listen()
    equal(list(executor.map(abs, range(20), chunksize=3)), list(range(20)))
    equal(only(heard, SUBMIT), [(SUBMIT, (abs,))])
    equal(list(executor.map(abs, range(20), buffersize=2)), list(range(20)))
    equal(only(heard, SUBMIT), [(SUBMIT, (abs,))] * 2)


@covers("InterpreterPoolExecutor.map.audit")
def a_map_can_be_refused(m):
    """What the hook raises is raised by map(), and no item has been taken."""
    executor, items = m.InterpreterPoolExecutor(1), iter(range(3))
    with refusing(SUBMIT):
        executor.map(abs, items)
    equal(list(executor.map(abs, items)), [0, 1, 2])


@covers("InterpreterPoolExecutor.map.audit")
def wrong_arguments_of_map_raise_no_event(m):
    """The ValueError comes first."""
    executor, heard = m.InterpreterPoolExecutor(1), listen()
    with raises(m, "ValueError"):
        executor.map(abs, [1], buffersize=0)
    equal(only(heard, SUBMIT), [])
    equal(list(executor.map(abs, [1])), [1])
    equal(len(only(heard, SUBMIT)), 1)


@covers("Workers.audit")
def workers_raise_events_of_their_own(m):
    """interpreters.create and interpreters.destroy, each in the thread of the worker."""
    threads = []
    heard = listen(lambda name, _: threads.append((name, threading.current_thread())))
    with m.InterpreterPoolExecutor(1, "spam") as executor:
        executor.submit(abs, -1).result()
    names = [name for name, _ in only(heard, CREATE, DESTROY)]
    equal(names, [CREATE, DESTROY])
    workers = [thread.name for name, thread in threads if name in names]
    equal([name.startswith("spam") for name in workers], [True, True])


@covers("Workers.audit", "InterpreterPoolExecutor.no-interpreter")
def a_worker_that_is_refused_breaks_the_pool(m):
    """A hook that refuses interpreters.create to the worker: no task is executed."""
    refused = []

    def refuse(name, arguments):
        if name == CREATE:
            refused.append(name)
            raise Exception("refused")

    listen(refuse)
    future = m.InterpreterPoolExecutor(1).submit(abs, -1)
    equal([type(future.exception()), refused], [m.BrokenInterpreterPool, [CREATE]])


@covers("Future.interrupt.audit")
def interrupt_of_a_task_raises_an_event(m):
    """interpreters.interrupt, with the ID of the worker's interpreter and the exception."""
    needs(m, "Future.interrupt")
    executor = m.InterpreterPoolExecutor(1)
    id = evaluate(executor, "__import__('interpreters').get_current().id")
    heard, error = listen(), ValueError("spam")
    with held(executor) as tasks:
        equal(tasks[0].interrupt(error), True)
        equal(only(heard, INTERRUPT), [(INTERRUPT, (id, error))])


@covers("Future.interrupt.audit")
def interrupt_of_a_task_can_be_refused(m):
    """What the hook raises is raised, and the task goes on."""
    needs(m, "Future.interrupt")
    executor = m.InterpreterPoolExecutor(1)
    with held(executor) as tasks:
        with refusing(INTERRUPT):
            tasks[0].interrupt()
    equal(tasks[0].exception(), None)


@covers("Future.interrupt.audit")
def a_task_that_is_not_executed_raises_no_event(m):
    """interrupt() returns False for one that waits and one that has ended, without an event."""
    needs(m, "Future.interrupt")
    executor, heard = m.InterpreterPoolExecutor(1), listen()
    with held(executor) as tasks:
        waiting = executor.submit(abs, -1)
        equal([waiting.interrupt(), only(heard, INTERRUPT)], [False, []])
        tasks[0].interrupt()
        equal(len(only(heard, INTERRUPT)), 1)
    waiting.result()
    equal([waiting.interrupt(), len(only(heard, INTERRUPT))], [False, 1])
