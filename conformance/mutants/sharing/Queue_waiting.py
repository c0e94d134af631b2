"""Mutants of what waits: get() and put(), with and without a timeout, signals, and forks."""

import os
import select
import signal
import threading
import time

from mutants.mutant import replaces, violates


def in_main(m):
    """Whether this is the main interpreter."""
    return m.get_current() == m.get_main()


def with_timeouts(m, *names):
    """Have the function below called for a wait of get() and of put(), or of those *names*.

    It is given *block*, *timeout* and what waits with such, and returns or raises as that does.
    """

    def register(function):
        if "get" in names or not names:

            @replaces(m.Queue, "get")
            def get(original, self, block=True, timeout=None):
                return function(block, timeout, lambda *wait: original(self, *wait))

        if "put" in names or not names:

            @replaces(m.Queue, "put")
            def put(original, self, obj, block=True, timeout=None, **options):
                return function(block, timeout, lambda *wait: original(self, obj, *wait, **options))

        return function

    return register


def never(m):
    """Return the exceptions that a wait in vain raises."""
    return (m.QueueEmpty, m.QueueFull)


# --- with a timeout, or not at all ---------------------------------------------------------------


@violates("Queue.get.timeout", "Queue.put.timeout")
def counts_whole_seconds(m):
    """Of a timeout the whole seconds count."""

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        return go_on(block, int(timeout) if timeout is not None and 0 < timeout < 9 else timeout)


@violates("Queue.get.timeout", "Queue.put.timeout", "Queue.any-thread")
def waits_for_half_as_long(m):
    """Half the timeout is waited for."""

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        return go_on(block, timeout and min(timeout, 1e9) / 2)


@violates("Queue.get.timeout", "Queue.put.timeout")
def knows_no_timeouts_elsewhere(m):
    """In another interpreter than the main one, who has a timeout does not wait."""
    if not in_main(m):

        @with_timeouts(m)
        def wait(block, timeout, go_on):
            return go_on(block, timeout and 0)


@violates("Queue.get.timeout", "Queue.put.timeout")
def has_no_timeout_of_zero(m):
    """A timeout must be positive."""

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        if timeout == 0:
            raise ValueError("timeout must be positive")
        return go_on(block, timeout)


@violates("Queue.get.timeout", "Queue.put.timeout", "Queue.get.waits", "Queue.put.waits")
def refuses_what_no_clock_counts(m):
    """A timeout that is too long for a lock is refused."""

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        if timeout is not None and timeout > threading.TIMEOUT_MAX:
            raise OverflowError("timeout value is too large")
        return go_on(block, timeout)


@violates("Queue.get.timeout", "Queue.put.timeout")
def goes_by_the_time_of_day(m):
    """When a wait ends is told by a clock that can be set."""

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        if not block or timeout is None:
            return go_on(block, timeout)
        end = time.time() + min(timeout, 1e9)
        while time.time() < end:
            try:
                return go_on(True, 0.01)
            except never(m):
                pass
        return go_on(False)


@violates("Queue.get.timeout", "Queue.woken-by-item")
def gets_an_item_too_late(m):
    """Whose wait for an item has ended, takes the next one all the same."""

    @with_timeouts(m, "get")
    def wait(block, timeout, go_on):
        try:
            return go_on(block, timeout)
        except m.QueueEmpty:
            time.sleep(0.01)
            try:
                go_on(False)
            except m.QueueEmpty:
                pass
            raise


@violates("Queue.put.timeout", "Queue.woken-by-room")
def puts_an_item_too_late(m):
    """Whose wait for room has ended, takes it all the same."""

    @with_timeouts(m, "put")
    def wait(block, timeout, go_on):
        try:
            return go_on(block, timeout)
        except m.QueueFull:
            time.sleep(0.01)
            try:
                go_on(False)
            except m.QueueFull:
                pass
            raise


@violates("Queue.get.no-block", "Queue.put.no-block")
def takes_false_for_nothing_else(m):
    """Who gives anything but False for *block* waits."""

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        return go_on(block is not False, timeout)


@violates("Queue.get.no-block", "Queue.put.no-block")
def does_not_try_without_waiting(m):
    """If *block* is false, nothing is done."""

    @replaces(m.Queue, "get")
    def get(original, self, block=True, timeout=None):
        if not block:
            raise m.QueueEmpty
        return original(self, block, timeout)

    @replaces(m.Queue, "put")
    def put(original, self, obj, block=True, timeout=None, **options):
        if not block:
            raise m.QueueFull
        return original(self, obj, block, timeout, **options)


@violates("Queue.get.empty", "Queue.put.full")
def returns_false_in_the_end(m):
    """When a wait was in vain, False is returned."""

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        try:
            return go_on(block, timeout)
        except never(m):
            return False


@violates("Queue.get.negative", "Queue.put.negative")
def takes_negative_timeouts(m):
    """A timeout below 0 is 0."""

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        return go_on(block, 0 if timeout is not None and timeout < 0 else timeout)


@violates("Queue.get.negative", "Queue.put.negative")
def looks_at_timeouts_when_it_waits(m):
    """A timeout below 0 is refused when there is to be a wait."""

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        try:
            return go_on(False)
        except never(m):
            return go_on(block, timeout)


# --- waiting for one another ---------------------------------------------------------------------


@violates("Queue.get.waits", "Queue.put.waits", "Queue.woken-by-item", "Queue.woken-by-room")
def does_not_wait(m):
    """Who has no timeout, or a long one, does not wait at all."""

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        return go_on(block and timeout is not None and timeout < 100, timeout)


@violates("Queue.anywhere")
def does_not_wait_elsewhere(m):
    """In another interpreter than the main one nobody waits."""
    if not in_main(m):

        @with_timeouts(m)
        def wait(block, timeout, go_on):
            return go_on(False)


@violates("Queue.woken-by-item", "Queue.woken-by-room", "Queue.any-thread")
def lets_one_wait(m):
    """While one thread waits, others do not."""
    waiting = threading.Lock()

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        if not waiting.acquire(blocking=False):
            return go_on(False)
        try:
            return go_on(block, timeout)
        finally:
            waiting.release()


@violates("Queue.woken-by-item", "Queue.woken-by-room")
def looks_from_time_to_time(m):
    """Who waits looks a hundred times a second."""

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        end = None if timeout is None else time.monotonic() + timeout
        while block and (end is None or time.monotonic() < end):
            try:
                return go_on(False)
            except never(m):
                time.sleep(0.01)
        return go_on(False)


@violates("Queue.woken-by-item", "Queue.woken-by-room")
def looks_all_the_time(m):
    """Who waits looks again at once."""

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        end = None if timeout is None else time.monotonic() + timeout
        while block and (end is None or time.monotonic() < end):
            try:
                return go_on(False)
            except never(m):
                pass
        return go_on(False)


def created(m):
    """Return a list of the queues that create_queue() returns, which keeps them."""
    queues = []

    @replaces(m, "create_queue")
    def create_queue(original, *args, **kwargs):
        queues.append(original(*args, **kwargs))
        return queues[-1]

    return queues


# --- signals -------------------------------------------------------------------------------------


@violates("Queue.ctrl-c", "Queue.signal")
def ends_in_vain(m):
    """A wait that is interrupted is one in vain."""

    @replaces(m.Queue, "get")
    def get(original, self, *args, **kwargs):
        try:
            return original(self, *args, **kwargs)
        except (KeyboardInterrupt, Exception) as error:
            if isinstance(error, m.QueueError):
                raise
            raise m.QueueEmpty from None

    @replaces(m.Queue, "put")
    def put(original, self, *args, **kwargs):
        try:
            return original(self, *args, **kwargs)
        except KeyboardInterrupt:
            raise m.QueueFull from None


@violates("Queue.ctrl-c")
def waits_on(m):
    """A wait for room that is interrupted goes on."""

    @with_timeouts(m, "put")
    def wait(block, timeout, go_on):
        while True:
            try:
                return go_on(block, timeout)
            except KeyboardInterrupt:
                pass


@violates("Queue.signal", "Queue.get.timeout", "Queue.put.timeout")
def ends_with_any_signal(m):
    """A signal ends the wait of the main thread, even if nothing is raised."""
    if not in_main(m) or threading.current_thread() is not threading.main_thread():
        return
    seen, told = os.pipe()
    os.set_blocking(told, False)
    os.set_blocking(seen, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)

    @with_timeouts(m)
    def wait(block, timeout, go_on):
        while timeout and select.select([seen], [], [], 0)[0]:
            os.read(seen, 1)
        if block and timeout and timeout < 100 and select.select([seen], [], [], timeout)[0]:
            return go_on(False)
        return go_on(block, timeout)


@violates("Queue.ctrl-c")
def leaves_a_waiter(m):
    """A wait that is interrupted still takes the next item."""

    @with_timeouts(m, "get")
    def wait(block, timeout, go_on):
        try:
            return go_on(block, timeout)
        except KeyboardInterrupt:
            if in_main(m):  # elsewhere there may be no daemon threads
                threading.Thread(target=go_on, args=(True,), daemon=True).start()
                time.sleep(0.1)
            raise


# --- forks ---------------------------------------------------------------------------------------


def of_items(queue):
    """Take what is in a queue; return it."""
    return [queue.get_nowait() for _ in range(queue.qsize())]


@violates("Queue.fork")
def is_empty_in_a_child(m):
    """In the child process of a fork queues are empty."""
    queues = created(m)
    os.register_at_fork(after_in_child=lambda: [of_items(each) for each in queues])


@violates("Queue.fork-own")
def moves_items_to_a_child(m):
    """In the parent of a fork queues are empty: the child has what there was."""
    queues = created(m)
    os.register_at_fork(after_in_parent=lambda: [of_items(each) for each in queues])


@violates("Queue.fork", "Queue.fork-own")
def has_the_waiters_in_a_child(m):
    """In the child process of a fork there is a thread for each that waited in the parent."""
    queues, waiting = created(m), []

    @replaces(m.Queue, "get")
    def get(original, self, *args, **kwargs):
        waiting.append(self.id)
        try:
            return original(self, *args, **kwargs)
        finally:
            waiting.remove(self.id)

    def wait_again():
        for each in queues:
            if each.id in waiting:
                threading.Thread(target=each.get, daemon=True).start()
        time.sleep(0.1)

    os.register_at_fork(after_in_child=wait_again)


@violates("Queue.fork")
def tears_items(m):
    """In the child process of a fork there are items of which a part is lacking."""
    queues = created(m)

    def tear():
        for each in queues:
            if each.maxsize == 0:
                each.put(b"spam eggs"[:5])

    os.register_at_fork(after_in_child=tear)
