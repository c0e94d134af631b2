"""What waits: Queue.get() and Queue.put(), with and without a timeout, signals, and forks.

No check says how long anything takes at most: a wait that does not end is one that hangs.  How long
it takes at least is measured by a clock that cannot be set.  Where something is to happen while
another thread waits, nobody can see that it waits already; then it happens after some time, which
makes the check likely to find fault but never wrong.
"""

import os
import queue
import signal
import sys
import threading
import time

from check import (
    KINDS,
    attempt,
    caught,
    covers,
    create,
    each_kind,
    ending,
    equal,
    importing,
    raises,
    value,
)

# How long a thread gets to begin its wait.
SOON = 0.1


def binding(m, *queues):
    """Return source text that binds ``m`` and the *queues*, as ``q``, ``q1`` and so on."""
    lines = ["q%s = m.Queue(%d)\n" % (n or "", each.id) for n, each in enumerate(queues)]
    return importing() + "".join(lines)


def beside(m, *queues, kind=None):
    """Create an interpreter, of a *kind* if it matters, in which the *queues* are bound."""
    interpreter = create(m, kind) if kind else m.create()
    interpreter.exec(binding(m, *queues))
    return interpreter


class threads:
    """Have each call, a function and its arguments, made in an OS thread of its own for the block.

    The block ends when all of them have; what one of them raises is raised then.
    """

    def __init__(self, *calls):
        self.errors = []
        self.all = [threading.Thread(target=self.target, args=call) for call in calls]

    def target(self, function, *arguments):
        try:
            function(*arguments)
        except BaseException as error:
            self.errors.append(error)

    def __enter__(self):
        for thread in self.all:
            thread.start()
        return self

    def __exit__(self, cls, error, traceback):
        if error is None:
            for thread in self.all:
                thread.join()
            if self.errors:
                raise self.errors[0]


def later(function, *arguments):
    """Call the function when some other thread has had the time to wait."""
    time.sleep(SOON)
    return function(*arguments)


def waits(seconds, function, *arguments, **options):
    """Expect a call to raise what queue.Queue would, and not before so many *seconds*."""
    begin = time.monotonic()
    try:
        function(*arguments, **options)
    except (queue.Empty, queue.Full):
        waited = time.monotonic() - begin
    else:
        raise AssertionError("nothing was raised")
    assert waited > 0.95 * seconds, "waited %.3f seconds, not %g" % (waited, seconds)


# --- with a timeout, or not at all ---------------------------------------------------------------


@covers("Queue.get.timeout", "Queue.get.empty")
def get_waits_for_as_long_as_timeout(m):
    """For an int of seconds, and for fractions of one, QueueEmpty is raised when they are over."""
    made = m.create_queue()
    for timeout in (0.05, 0.3, 1):
        waits(timeout, made.get, timeout=timeout)
        waits(timeout, made.get, True, timeout)


@covers("Queue.put.timeout", "Queue.put.full")
def put_waits_for_as_long_as_timeout(m):
    """For an int of seconds, and for fractions of one, QueueFull is raised when they are over."""
    made = m.create_queue(1)
    made.put(0)
    for timeout in (0.05, 0.3, 1):
        waits(timeout, made.put, 1, timeout=timeout)
        waits(timeout, made.put, 1, True, timeout)
    equal([made.get(), made.qsize()], [0, 0])


# Whether get() and put() have waited for a second.
WAIT = """
import queue, time
def wait(call, *arguments):
    begin = time.monotonic()
    try:
        call(*arguments)
    except (queue.Empty, queue.Full):
        return time.monotonic() - begin > 0.95
    return False
waited = [wait(q.put, 1, True, 1), wait(q1.get, True, 1)]
"""


@covers("Queue.get.timeout", "Queue.put.timeout", "Queue.any-thread")
def timeouts_are_the_same_in_other_interpreters(m):
    """Code in an interpreter of each kind waits for a second, in another OS thread than the main."""
    full, empty = m.create_queue(1), m.create_queue()
    full.put(0)
    there = [beside(m, full, empty, kind=kind) for kind in KINDS]
    with threads(*[(each.exec, WAIT) for each in there]):
        pass
    for each in there:
        equal(value(each.exec, "waited"), [True, True])


@covers("Queue.get.timeout", "Queue.put.timeout")
def a_timeout_of_zero_tries_once(m):
    """With 0 what can be done is done, and nothing is waited for."""
    made = m.create_queue(1)
    for zero in (0, 0.0, -0.0):
        made.put("spam", timeout=zero)
        with raises(m, "QueueFull"):
            made.put("eggs", timeout=zero)
        equal(made.get(timeout=zero), "spam")
        with raises(m, "QueueEmpty"):
            made.get(timeout=zero)


# What is more than any clock can count, after a thousand years.
LONG = (1e9, 10**10, 2**63, 2**64 + 1, 1e30, 10**400, float("inf"))


@covers("Queue.get.timeout", "Queue.get.waits")
def get_may_wait_for_ages(m):
    """With a timeout of many years, also of more than a clock can count, the item is got."""
    for timeout in LONG:
        made = m.create_queue()
        with threads((later, made.put, 1)):
            equal(made.get(timeout=timeout), 1)


@covers("Queue.put.timeout", "Queue.put.waits")
def put_may_wait_for_ages(m):
    """With a timeout of many years, also of more than a clock can count, the item is put."""
    for timeout in LONG:
        made = m.create_queue(1)
        made.put(1)
        with threads((later, made.get)):
            made.put(2, timeout=timeout)
        equal(made.get(timeout=0), 2)


@covers("Queue.get.no-block", "Queue.get.empty")
def get_does_not_wait_if_block_is_false(m):
    """Nor if it is 0, None or "", whatever timeout is: QueueEmpty is raised."""
    made = m.create_queue()
    for block in (False, 0, None, ""):
        with raises(m, "QueueEmpty", repr(block)):
            made.get(block)
        with raises(m, "QueueEmpty", repr(block)):
            made.get(block=block, timeout=1000)
        made.put(1)
        equal(made.get(block), 1)


@covers("Queue.put.no-block", "Queue.put.full")
def put_does_not_wait_if_block_is_false(m):
    """Nor if it is 0, None or "", whatever timeout is: QueueFull is raised."""
    made = m.create_queue(1)
    for block in (False, 0, None, ""):
        made.put(1, block)
        with raises(m, "QueueFull", repr(block)):
            made.put(2, block)
        with raises(m, "QueueFull", repr(block)):
            made.put(2, block=block, timeout=1000)
        equal([made.get(), made.qsize()], [1, 0])


NEGATIVE = (-1, -0.5, -0.000001, -(2**70), -(10**400), -float("inf"))


@covers("Queue.get.negative")
def get_takes_no_negative_timeout(m):
    """ValueError is raised, whether or not there is an item, and nothing is got."""
    made = m.create_queue()
    for items in (0, 1):
        for timeout in NEGATIVE:
            with raises(m, "ValueError", "%.20s with %d items" % (timeout, items)):
                made.get(timeout=timeout)
        equal(made.qsize(), items)
        made.put(1)


@covers("Queue.put.negative")
def put_takes_no_negative_timeout(m):
    """ValueError is raised, whether or not there is room, and nothing is put."""
    for made in (m.create_queue(), m.create_queue(1)):
        for items in (0, 1):
            for timeout in NEGATIVE:
                with raises(m, "ValueError", "%.20s with %d items" % (timeout, items)):
                    made.put("spam", timeout=timeout)
            equal(made.qsize(), items)
            if items == 0:
                made.put(1)


@covers("Queue.get.timeout", "Queue.put.timeout")
def a_clock_that_is_set_ends_no_wait(m):
    """A wait is as long as ever while time.time() runs away by hours."""
    clock = time.time
    time.time = lambda: clock() + 3600 * next(hours)
    hours = iter(range(10**9))
    made = m.create_queue(1)
    try:
        waits(1, made.get, timeout=1)
        made.put(1)
        waits(1, made.put, 2, timeout=1)
    finally:
        time.time = clock


# --- waiting for one another ---------------------------------------------------------------------


@covers("Queue.get.waits", "Queue.woken-by-item")
def get_waits_for_an_item(m):
    """Of a thread of the same interpreter, and of one of each kind, by whichever arguments."""
    made = m.create_queue()
    for get in (made.get, lambda: made.get(True, None), lambda: made.get(timeout=1000)):
        with threads((later, made.put, 1)):
            equal(get(), 1)
        for kind in KINDS:
            interpreter = beside(m, made, kind=kind)
            with threads((later, interpreter.exec, "q.put('spam')")):
                equal(get(), "spam")


@covers("Queue.put.waits", "Queue.woken-by-room")
def put_waits_for_room(m):
    """Until a thread of the same interpreter, or one of each kind, has got an item."""
    made = m.create_queue(1)
    made.put(0)
    for put in (made.put, lambda item: made.put(item, True, None)):
        with threads((later, made.get)):
            put(1)
        for kind in KINDS:
            interpreter = beside(m, made, kind=kind)
            with threads((later, interpreter.exec, "q.get()")):
                put(2)
            equal([made.qsize(), made.full()], [1, True])


def wait_there(m, kind):
    """Have code in another interpreter wait for an item and for room."""
    empty, full = m.create_queue(), m.create_queue(1)
    full.put(1)
    interpreter = beside(m, empty, full, kind=kind)
    with threads((interpreter.exec, "got = q.get()\nq1.put(2)")):
        later(empty.put, "spam")
        equal([later(full.get), full.get()], [1, 2])
    equal(value(interpreter.exec, "got"), "spam")


@covers("Queue.anywhere", "Queue.get.waits", "Queue.put.waits")
def code_in_another_interpreter_waits(m):
    """For an item that this one puts, and for room in a queue from which this one gets."""
    each_kind(wait_there)


@covers("Queue.woken-by-item", "Queue.any-thread")
def each_item_wakes_a_thread_that_waits(m):
    """Eight threads that wait, four of them in interpreters of their own, get an item each."""
    made, results = m.create_queue(), m.create_queue()
    there = [beside(m, made, results) for _ in range(4)]
    calls = [(each.exec, "q1.put(q.get())") for each in there]
    calls += [(lambda: results.put(made.get()),)] * 4
    for _ in range(5):
        with threads(*calls):
            for number in range(8):
                made.put(number)
        equal(sorted(results.get(timeout=0) for _ in calls), list(range(8)))


@covers("Queue.woken-by-room", "Queue.any-thread")
def each_room_wakes_a_thread_that_waits(m):
    """Eight threads wait for room, four of them in interpreters of their own, and each gets it."""
    made = m.create_queue(2)
    there = [beside(m, made) for _ in range(4)]
    calls = [(each.exec, "q.put(1)") for each in there] + [(made.put, 1)] * 4
    for _ in range(5):
        with threads(*calls):
            equal([made.get() for _ in calls], [1] * 8)
        equal(made.qsize(), 0)


@covers("Queue.woken-by-item", "Queue.woken-by-room")
def two_interpreters_pass_an_item_to_and_fro(m):
    """A hundred times, each in an OS thread that waits for the other."""
    for maxsize in (0, 1):
        there, back = m.create_queue(maxsize), m.create_queue(maxsize)
        one, two = beside(m, there, back), beside(m, there, back)
        ping = "got = []\nfor n in range(100):\n q.put(n)\n got.append(q1.get())"
        pong = "for n in range(100): q1.put(q.get() + 1)"
        with threads((one.exec, ping), (two.exec, pong)):
            pass
        equal(value(one.exec, "got"), list(range(1, 101)))


@covers("Queue.woken-by-room", "Queue.put.unbound-remove")
def an_item_that_is_removed_makes_room(m):
    """A thread that waits for room gets it when the interpreter of an item is destroyed."""
    made = m.create_queue(1)
    interpreter = beside(m, made)
    interpreter.exec("q.put(1, unbounditems=m.UNBOUND_REMOVE)")
    with threads((later, interpreter.close)):
        made.put(2)
    equal([made.qsize(), made.get()], [1, 2])


@covers("Queue.get.timeout", "Queue.woken-by-item")
def a_wait_that_has_timed_out_takes_no_item(m):
    """While a thread puts, another gets what it can with a short timeout, and nothing is lost."""
    made, got = m.create_queue(), []
    interpreter = beside(m, made)
    code = "import time\nfor n in range(500):\n q.put(n)\n n % 50 or time.sleep(0.003)"
    with threads((interpreter.exec, code)):
        while len(got) < 500:
            try:
                got.append(made.get(timeout=0.0005))
            except m.QueueEmpty:
                pass
    equal(got, list(range(500)))


@covers("Queue.put.timeout", "Queue.woken-by-room")
def a_wait_that_has_timed_out_puts_no_item(m):
    """While a thread gets, another puts what it can with a short timeout, and nothing is there twice."""
    made = m.create_queue(1)
    interpreter = beside(m, made)
    code = "import time\ngot = []\nfor n in range(500):\n got.append(q.get())\n n % 50 or time.sleep(0.003)"
    with threads((interpreter.exec, code)):
        number = 0
        while number < 500:
            try:
                made.put(number, timeout=0.0005)
                number += 1
            except m.QueueFull:
                pass
    equal(value(interpreter.exec, "got"), list(range(500)))
    equal(made.qsize(), 0)


def switches(function, *arguments):
    """Call a function; return how often its thread gave up the processor, and how long it had it."""
    import resource

    before, begin = resource.getrusage(resource.RUSAGE_THREAD), time.thread_time()
    function(*arguments)
    after, end = resource.getrusage(resource.RUSAGE_THREAD), time.thread_time()
    return after.ru_nvcsw - before.ru_nvcsw, end - begin


def sleeps(function, *arguments):
    """Expect a thread to sleep once while it waits for a second in vain, and not again and again.

    A thread that looks from time to time gives the processor up each time, and one that looks all
    the time has it.  Where the system does not count, there is nothing to look at.
    """
    if sys.platform == "linux":
        times, busy = switches(waits, 1, function, *arguments)
        assert times < 8, "the thread woke up some %d times in a second" % max(10, round(times, -1))
        assert busy < 0.05, "the thread was busy for %.2f seconds of one" % busy


@covers("Queue.woken-by-item")
def a_thread_that_waits_for_an_item_sleeps(m):
    """It does not wake up to look: it gives up the processor once, and is woken."""
    sleeps(m.create_queue().get, True, 1)


@covers("Queue.woken-by-room")
def a_thread_that_waits_for_room_sleeps(m):
    """It does not wake up to look: it gives up the processor once, and is woken."""
    made = m.create_queue(1)
    made.put(1)
    sleeps(made.put, 2, True, 1)


# --- order ---------------------------------------------------------------------------------------

# Puts numbers from a thread that is called *name*.
PUT = "for n in range(%d): q.put((%r, n))"


def in_order(items, count):
    """Expect the *items* to be what PUT puts, *count* of each thread, in the order of each."""
    seen = {}
    for name, number in items:
        if seen.setdefault(name, 0) != number:
            raise AssertionError("%s: got %d, not %d" % (name, number, seen[name]))
        seen[name] += 1
    equal(set(seen.values()), {count})


@covers("Queue.order")
def what_each_thread_puts_keeps_its_order(m):
    """Four threads put, two of them in interpreters of their own; each one's items stay in order."""
    for maxsize in (0, 3):
        made, items = m.create_queue(maxsize), []
        there = [beside(m, made) for _ in range(2)]
        calls = [(each.exec, PUT % (300, "there %d" % n)) for n, each in enumerate(there)]
        calls += [(exec, PUT % (300, "here %d" % n), {"q": made}) for n in range(2)]
        with threads(*calls):
            while len(items) < 4 * 300:
                items.append(made.get())
        in_order(items, 300)


@covers("Queue.order")
def nothing_is_lost_or_got_twice(m):
    """What four threads put, four others get, each once, each of them a thread's items in order."""
    made, results = m.create_queue(2), m.create_queue()
    putting = [beside(m, made) for _ in range(4)]
    getting = [beside(m, made, results) for _ in range(4)]
    calls = [(each.exec, PUT % (200, str(n))) for n, each in enumerate(putting)]
    calls += [(each.exec, "q1.put([q.get() for _ in range(200)])") for each in getting]
    with threads(*calls):
        pass
    gotten = [results.get(timeout=0) for _ in getting]
    equal(sorted(sum(gotten, [])), sorted((str(n), i) for n in range(4) for i in range(200)))
    for items in gotten:
        for name in "0123":
            numbers = [number for each, number in items if each == name]
            equal(numbers, sorted(numbers))


# --- signals -------------------------------------------------------------------------------------


def send(number):
    """Have the process get a signal when the main thread has had the time to wait."""
    threading.Thread(target=later, args=(os.kill, os.getpid(), number), daemon=True).start()


def wait_for_ever(m, method, kind=None):
    """Return a call that waits for ever: of get() or put(), here or in an interpreter of a *kind*."""
    made = m.create_queue(1)
    if method == "put":
        made.put(0)
    code = {"get": "q.get()", "put": "q.put(1)"}[method]
    if kind is None:
        return lambda: eval(code, {"q": made})
    interpreter = beside(m, made, kind=kind)
    return lambda: interpreter.exec(code)


def interrupt(m, method):
    """Press Ctrl-C while the main thread waits."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    call = wait_for_ever(m, method)
    send(signal.SIGINT)
    try:
        call()
    except KeyboardInterrupt:
        return
    raise AssertionError("KeyboardInterrupt was not raised")


@covers("Queue.ctrl-c")
def ctrl_c_ends_a_wait(m):
    """KeyboardInterrupt is raised in get() and in put(), if the main thread waits there."""
    attempt(interrupt, "get")
    attempt(interrupt, "put")


# Catches what is raised by *wait*.
CATCH = """
try:
    %s
except BaseException as error:
    caught = type(error).__name__
else:
    caught = None
"""


def interrupt_there(m, kind, method):
    """Press Ctrl-C while the main thread waits in another interpreter."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    made = m.create_queue(1)
    if method == "put":
        made.put(0)
    interpreter = beside(m, made, kind=kind)
    send(signal.SIGINT)
    interpreter.exec(CATCH % {"get": "q.get()", "put": "q.put(1)"}[method])
    equal(value(interpreter.exec, "caught"), "KeyboardInterrupt")


@covers("Queue.ctrl-c")
def ctrl_c_ends_a_wait_in_another_interpreter(m):
    """KeyboardInterrupt is raised in the code that the main thread runs, which waits in get()."""
    each_kind(interrupt_there, "get")


@covers("Queue.ctrl-c")
def ctrl_c_ends_a_wait_for_room_in_another_interpreter(m):
    """KeyboardInterrupt is raised in the code that the main thread runs, which waits in put()."""
    each_kind(interrupt_there, "put")


def raise_from_a_handler(m):
    """Have handlers raise exceptions of their own, while the main thread waits."""

    class Spam(Exception):
        pass

    def handler(number, frame):
        raise Spam

    signal.signal(signal.SIGALRM, handler)
    for method in ("get", "put"):
        call = wait_for_ever(m, method)
        signal.setitimer(signal.ITIMER_REAL, SOON)
        equal(type(caught(call)), Spam)


@covers("Queue.signal")
def what_a_handler_raises_ends_a_wait(m):
    """An exception that a signal handler raises is raised by get() and put()."""
    attempt(raise_from_a_handler)


def note_in_a_handler(m):
    """Have a handler only note, again and again, while the main thread waits."""
    noted = []
    signal.signal(signal.SIGALRM, lambda number, frame: noted.append(number))
    made = m.create_queue(1)
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    waits(1, made.get, timeout=1)
    assert noted, "the handler was not called"
    with threads((later, made.put, "spam")):
        equal(made.get(), "spam")
    made.put(1)
    waits(1, made.put, 2, timeout=1)
    with threads((later, made.get)):
        made.put(3)
    equal(made.get(), 3)


@covers("Queue.signal", "Queue.get.timeout", "Queue.put.timeout")
def a_handler_that_raises_nothing_ends_no_wait(m):
    """It is called while the main thread waits, and the wait goes on for the rest of its time."""
    attempt(note_in_a_handler)


def wait_after_an_interrupt(m):
    """Use a queue when a wait has been interrupted."""
    made = m.create_queue(1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    send(signal.SIGINT)
    try:
        made.get()
    except KeyboardInterrupt:
        pass
    made.put(1)
    equal([made.qsize(), made.get(timeout=0), made.qsize()], [1, 1, 0])
    interpreter = beside(m, made)
    with threads((later, interpreter.exec, "q.put(2)")):
        equal(made.get(), 2)


@covers("Queue.ctrl-c")
def an_interrupted_wait_takes_no_item(m):
    """What is put after the interrupt is there to be got."""
    attempt(wait_after_an_interrupt)


# --- forks ---------------------------------------------------------------------------------------


def in_a_child(function, *arguments):
    """Call a function in a child process that is forked, which must end well."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            function(*arguments)
            status = 0
        except BaseException as error:
            os.write(2, ("%s: %s\n" % (type(error).__name__, error)).encode())
        finally:
            os._exit(status)
    status = os.waitpid(pid, 0)[1]
    if status:
        ended = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        raise AssertionError("%s of a child process" % ending(ended))


def hold(made, items):
    """Expect a queue to hold these items, and to be usable."""
    equal([made.get(timeout=0) for _ in range(made.qsize())], items)
    made.put("new")
    equal([made.get(timeout=0), made.qsize()], ["new", 0])


def fork_with_items(m):
    """Fork, twice, while a queue holds items."""
    made = m.create_queue()
    items = [1, b"spam" * 1000, [None]]
    for each in items:
        made.put(each)
    for _ in range(2):
        in_a_child(hold, made, items)
    hold(made, items)


@covers("Queue.fork", "Queue.fork-own")
def a_child_process_has_the_items(m):
    """What was put before the fork is got in the child, and in the parent as well."""
    attempt(fork_with_items)


def fork_with_items_of_another(m, kind):
    """Fork while a queue holds items of other interpreters, of which one has been destroyed."""
    made = m.create_queue()
    one, two = beside(m, made, kind=kind), beside(m, made, kind=kind)
    one.exec("q.put(1)\nq.put(b'spam' * 1000)")
    two.exec("q.put([None])")
    two.close()
    in_a_child(hold, made, [1, b"spam" * 1000, [None]])
    hold(made, [1, b"spam" * 1000, [None]])


@covers("Queue.fork", "Queue.fork-own")
def a_child_process_has_the_items_of_other_interpreters(m):
    """It gets what was put by interpreters that it does not have."""
    each_kind(fork_with_items_of_another)


def fork_with_a_waiter(m, kind):
    """Fork while a thread waits for an item, and another for room."""
    empty, full = m.create_queue(), m.create_queue(1)
    full.put(0)
    interpreter = beside(m, empty, full, kind=kind)
    with threads((empty.get,), (interpreter.exec, "q1.put(1)"), (empty.get,)):
        later(in_a_child, use_both, empty, full)
        equal([full.get(), full.get()], [0, 1])
        empty.put(1)
        empty.put(2)


def use_both(empty, full):
    """Wait, in a child process, for what threads of the parent wait for."""
    hold(empty, [])
    with threads((later, empty.put, "spam")):
        equal(empty.get(), "spam")
    with threads((later, full.get)):
        full.put("eggs")
    hold(full, ["eggs"])


@covers("Queue.fork", "Queue.fork-own")
def threads_of_the_parent_do_not_wait_in_a_child(m):
    """What the child puts, no thread gets that waited in the parent; and those wait on."""
    each_kind(fork_with_a_waiter)


def fork_while_others_put(m, kind):
    """Fork while two threads put and get all the time."""
    made, stop = m.create_queue(), m.create_queue()
    interpreter = beside(m, made, stop, kind=kind)
    code = (
        "while q1.empty():\n for n in range(50): q.put(b'spam' * n)\n while q.qsize() > 50: q.get()"
    )
    with threads((interpreter.exec, code), (exec, code, {"q": made, "q1": stop})):
        try:
            for _ in range(5):
                in_a_child(drain, made)
        finally:
            stop.put(1)


def drain(made):
    """Get everything that is in a queue, which nobody else does, and use it."""
    for _ in range(made.qsize()):
        item = made.get(timeout=0)
        equal(item, b"spam" * (len(item) // 4))
    hold(made, [])


@covers("Queue.fork")
def a_fork_at_any_moment_leaves_a_queue_usable(m):
    """A child that is forked while other threads put and get finds whole items, and no lock held."""
    each_kind(fork_while_others_put, cpu=4)
