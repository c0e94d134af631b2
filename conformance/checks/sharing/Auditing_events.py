"""The auditing events of calls, queues, spares and interrupts."""

import threading
import time

from check import (
    caught,
    covers,
    equal,
    listen,
    raises,
    refusing,
    value,
    with_method,
)

CREATE, DESTROY, RUN = "interpreters.create", "interpreters.destroy", "interpreters.run_string"
CALL, PREPARE = "interpreters.call", "interpreters.prepare_main"
INTERRUPT = "interpreters.interrupt"
PUT, GET = "interpreters.queue.put", "interpreters.queue.get"


class Watched:
    """An object that notes when it is described."""

    described = 0

    def __reduce__(self):
        Watched.described += 1
        return int, (1,)


def bound(interpreter, *names):
    """Return which of the names are bound in the __main__ of an interpreter."""
    return value(interpreter.exec, "[name for name in %r if name in globals()]" % (names,))


# --- calls and runs ------------------------------------------------------------------------------


@covers("Interpreter.call.audit")
def call_raises_an_event(m):
    """interpreters.call, with the ID and what is called, which is no copy."""
    interpreter, heard = m.create(), listen()
    function = list("spam").index
    equal(interpreter.call(function, "a"), 2)
    equal([(name, arguments[0]) for name, arguments in heard], [(CALL, int(interpreter.id))])
    equal([arguments[1] is function for _, arguments in heard], [True])


@covers("Interpreter.call.audit")
def a_call_can_be_refused(m):
    """What the hook raises is raised, and nothing called; the next call is made."""
    interpreter = m.create()
    with refusing(CALL):
        interpreter.call(exec, "__import__('builtins').spam = 1", {})
    equal(value(interpreter.exec, "hasattr(builtins, 'spam')", "import builtins"), False)
    equal([interpreter.is_running(), interpreter.call(abs, -1)], [False, 1])


@covers("Interpreter.call.audit")
def a_refused_call_describes_nothing(m):
    """The hook is called before the arguments are described."""
    interpreter = m.create()
    with refusing(CALL):
        interpreter.call(abs, Watched())
    equal(Watched.described, 0)


@covers("Interpreter.call.audit")
def what_cannot_be_called_raises_no_event(m):
    """The TypeError comes first."""
    interpreter, heard = m.create(), listen()
    with raises(m, "TypeError"):
        interpreter.call(1)
    equal(heard, [])
    interpreter.call(abs, 1)
    equal(len(heard), 1)


@covers("Interpreter.call.audit")
def a_hook_can_call_in_the_same_interpreter(m):
    """The call that raised the event is made when that of the hook has been."""
    interpreter, done = m.create(), []

    def use(name, arguments):
        if not done:
            done.append(name)
            interpreter.call(exec, "__import__('builtins').spam = 1", {})

    listen(use)
    equal(interpreter.call(eval, "spam", {}), 1)


@covers("Interpreter.call_within.like-call", "Interpreter.call.audit")
def call_within_raises_the_event_of_call(m):
    """The ID and what is called, without the limit; refused, nothing is called."""
    interpreter, heard = with_method(m, "call_within"), listen()
    equal(interpreter.call_within(60, abs, -1), 1)
    equal(heard, [(CALL, (int(interpreter.id), abs))])
    with refusing(CALL):
        interpreter.call_within(60, exec, "spam = 1")
    equal(bound(interpreter, "spam"), [])


@covers("Interpreter.call_in_thread.audit")
def call_in_thread_raises_the_event_there(m):
    """interpreters.call, in the OS thread that is returned."""
    threads, interpreter = [], m.create()
    heard = listen(lambda *_: threads.append(threading.current_thread()))
    thread = interpreter.call_in_thread(abs, -1)
    thread.join()
    equal(heard, [(CALL, (int(interpreter.id), abs))])
    equal([each is thread for each in threads], [True])


@covers("Interpreter.exec.like-run")
def exec_raises_the_event_of_run(m):
    """interpreters.run_string, with the ID and the source text, which is no copy."""
    interpreter, heard, code = m.create(), listen(), "#" * 1000
    interpreter.exec(code)
    equal(heard, [(RUN, (int(interpreter.id), code))])
    assert heard[0][1][1] is code


@covers("Interpreter.exec.like-run", "Interpreter.exec.timeout")
def exec_with_a_limit_raises_the_same_event(m):
    """interpreters.run_string; refused, nothing is executed."""
    interpreter, heard = m.create(), listen()
    interpreter.exec("spam = 1", timeout=60)
    equal(heard, [(RUN, (int(interpreter.id), "spam = 1"))])
    with refusing(RUN):
        interpreter.exec("eggs = 1", timeout=60)
    equal(bound(interpreter, "spam", "eggs"), ["spam"])


@covers("Interpreter.prepare_main.audit")
def prepare_main_raises_an_event(m):
    """interpreters.prepare_main, with the ID."""
    interpreter, heard = m.create(), listen()
    interpreter.prepare_main({"spam": 1}, eggs=2)
    equal(heard, [(PREPARE, (int(interpreter.id),))])


@covers("Interpreter.prepare_main.audit")
def prepare_main_can_be_refused(m):
    """What the hook raises is raised, and nothing bound."""
    interpreter = m.create()
    with refusing(PREPARE):
        interpreter.prepare_main({"spam": 1}, eggs=2)
    equal(bound(interpreter, "spam", "eggs"), [])


# --- interrupts ----------------------------------------------------------------------------------


@covers("Interpreter.interrupt.audit")
def interrupt_raises_an_event(m):
    """interpreters.interrupt, with the ID and the exception or the class, which is no copy."""
    interpreter, heard = with_method(m, "interrupt"), listen()
    error = ValueError("spam")
    equal([interpreter.interrupt(), interpreter.interrupt(error)], [False, False])
    id = int(interpreter.id)
    equal([(name, arguments[0]) for name, arguments in heard], [(INTERRUPT, id)] * 2)
    equal([heard[0][1][1] is KeyboardInterrupt, heard[1][1][1] is error], [True, True])


@covers("Interpreter.interrupt.audit")
def an_interrupt_can_be_refused(m):
    """What the hook raises is raised; no exception is made, and what runs goes on."""

    class Spam(Exception):
        def __init__(self):
            made.append(self)

    interpreter, queue, made, outcome = with_method(m, "interrupt"), m.create_queue(), [], []
    interpreter.prepare_main(queue=queue)
    thread = threading.Thread(target=lambda: outcome.append(interpreter.call(queue.get)))
    thread.start()
    while not interpreter.is_running():
        time.sleep(0.001)
    with refusing(INTERRUPT):
        interpreter.interrupt(Spam)
    queue.put(1)
    thread.join()
    equal([made, outcome], [[], [1]])


@covers("Interpreter.interrupt.audit")
def what_is_no_exception_raises_no_event(m):
    """The TypeError comes first."""
    interpreter, heard = with_method(m, "interrupt"), listen()
    with raises(m, "TypeError"):
        interpreter.interrupt(1)
    equal(heard, [])
    interpreter.interrupt()
    equal(len(heard), 1)


# --- queues --------------------------------------------------------------------------------------


@covers("Queue.put.audit")
def put_raises_an_event(m):
    """interpreters.queue.put, with the ID of the queue."""
    queue, heard = m.create_queue(), listen()
    queue.put(1)
    queue.put(2, timeout=1)
    equal(heard, [(PUT, (int(queue.id),))] * 2)


@covers("Queue.put_nowait.same", "Queue.put.audit")
def put_nowait_raises_the_event_of_put(m):
    """interpreters.queue.put, with the ID of the queue."""
    queue, heard = m.create_queue(), listen()
    queue.put_nowait(1)
    equal(heard, [(PUT, (int(queue.id),))])


@covers("Queue.put.audit")
def a_put_can_be_refused(m):
    """What the hook raises is raised; nothing is described, and the queue holds what it held."""
    queue = m.create_queue()
    queue.put(1)
    with refusing(PUT):
        queue.put(Watched())
    equal([queue.qsize(), queue.get(), Watched.described], [1, 1, 0])


@covers("Queue.put.audit")
def wrong_arguments_of_put_raise_no_event(m):
    """The ValueError for the timeout, or for unbounditems, comes first."""
    queue, heard = m.create_queue(), listen()
    caught(lambda: queue.put(1, timeout=-1))
    caught(lambda: queue.put(1, unbounditems=5))
    equal(heard, [])
    queue.put(1)
    equal(len(heard), 1)


@covers("Queue.put.audit-first")
def the_event_of_put_comes_before_the_wait(m):
    """A put that waits has raised its event once, and does not raise it again."""
    queue = m.create_queue(1)
    queue.put(0)
    got = []
    heard = listen(lambda name, _: name == PUT and got.append(queue.get(timeout=0)))
    queue.put(1, timeout=5)
    equal([got, queue.qsize()], [[0], 1])
    equal([name for name, _ in heard].count(PUT), 1)


@covers("Queue.put.audit-first")
def a_put_without_room_has_raised_its_event(m):
    """QueueFull is raised after it."""
    queue = m.create_queue(1)
    queue.put(0)
    heard = listen()
    with raises(m, "QueueFull"):
        queue.put(1, timeout=0.01)
    equal(heard, [(PUT, (int(queue.id),))])


@covers("Queue.get.audit")
def get_raises_an_event(m):
    """interpreters.queue.get, with the ID of the queue."""
    queue = m.create_queue()
    queue.put(1)
    queue.put(2)
    heard = listen()
    equal([queue.get(), queue.get(timeout=1)], [1, 2])
    equal(heard, [(GET, (int(queue.id),))] * 2)


@covers("Queue.get_nowait.same", "Queue.get.audit")
def get_nowait_raises_the_event_of_get(m):
    """interpreters.queue.get, with the ID of the queue."""
    queue = m.create_queue()
    queue.put(1)
    heard = listen()
    queue.get_nowait()
    equal(heard, [(GET, (int(queue.id),))])


@covers("Queue.get.audit")
def a_get_can_be_refused(m):
    """What the hook raises is raised, and the queue holds what it held."""
    queue = m.create_queue()
    queue.put(1)
    queue.put(2)
    with refusing(GET):
        queue.get()
    equal([queue.qsize(), queue.get(), queue.get()], [2, 1, 2])


@covers("Queue.get.audit")
def a_wrong_timeout_of_get_raises_no_event(m):
    """The ValueError comes first."""
    queue, heard = m.create_queue(), listen()
    queue.put(1)
    del heard[:]
    with raises(m, "ValueError"):
        queue.get(timeout=-1)
    equal(heard, [])
    queue.get()
    equal(len(heard), 1)


@covers("Queue.get.audit-first")
def the_event_of_get_comes_before_the_wait(m):
    """A get that would wait has raised its event once, and gets what the hook has put."""
    queue = m.create_queue()
    heard = listen(lambda name, _: name == GET and queue.put(1))
    equal(queue.get(timeout=5), 1)
    equal([name for name, _ in heard].count(GET), 1)


@covers("Queue.get.audit-first")
def a_get_without_an_item_has_raised_its_event(m):
    """QueueEmpty is raised after it."""
    queue, heard = m.create_queue(), listen()
    with raises(m, "QueueEmpty"):
        queue.get(timeout=0.01)
    equal(heard, [(GET, (int(queue.id),))])


# --- spares --------------------------------------------------------------------------------------


@covers("set_spares.audit")
def a_spare_raises_the_event_of_create(m):
    """interpreters.create, with what create() has been asked for, when it returns a spare."""
    m.set_spares(1, isolated=False, site=False)
    while m.get_spares() != 1:
        time.sleep(0.005)
    heard = listen()
    m.create(isolated=False, site=False)
    equal(heard, [(CREATE, (False, False))])


@covers("set_spares.audit")
def a_refused_spare_stays_one(m):
    """What the hook raises is raised, and the spare is ready still."""
    m.set_spares(1)
    while m.get_spares() != 1:
        time.sleep(0.005)
    before = m.list_all()
    with refusing(CREATE):
        m.create()
    equal([m.get_spares(), m.list_all()], [1, before])


@covers("set_spares.audit-made")
def a_spare_that_is_made_raises_no_event(m):
    """Neither set_spares() raises one, nor what makes a spare, nor what destroys it."""
    heard = listen()
    m.set_spares(1)
    while m.get_spares() != 1:
        time.sleep(0.005)
    m.set_spares(0)
    equal(heard, [])
    m.create()
    equal(len(heard), 1)
