"""Queues where they could hang, leak or crash: messages, copies, ends of interpreters, interrupts.

What a queue promises is checked by the conformance suite; this is what is ours: what the messages
say, and that nothing of ours is in the way of whatever a thread that waits meets.
"""

import copy
import gc
import os
import pickle
import sys
import threading
import unittest
import weakref

import interpreters
from support import KINDS, PATH, InterpreterTest, elsewhere, resident


def binding(*queues):
    """Source text that binds the queues, as q, q1 and so on, in any interpreter."""
    lines = [f"q{n or ''} = interpreters.Queue({each.id})\n" for n, each in enumerate(queues)]
    return PATH + "".join(lines)


def exists(id):
    """Whether there is a queue of this ID."""
    gc.collect()
    try:
        interpreters.Queue(id)
    except interpreters.QueueNotFoundError:
        return False
    return True


class QueueTest(InterpreterTest):
    def create(self, *queues, isolated=KINDS[-1]):
        """An interpreter in which the queues are bound, destroyed after the test if it exists."""
        interpreter = interpreters.create(isolated=isolated)
        self.addCleanup(self.close, interpreter)
        interpreter.exec(binding(*queues))
        return interpreter

    def close(self, interpreter):
        try:
            interpreter.close()
        except interpreters.InterpreterNotFoundError:
            pass


class Messages(QueueTest):
    """What errors say: which queue, and what can be done."""

    def test_empty(self):
        queue = interpreters.create_queue()
        for get in (queue.get_nowait, lambda: queue.get(timeout=0.001)):
            with self.assertRaisesRegex(
                interpreters.QueueEmpty, f"^queue {queue.id} is empty; put items into it, or wait"
            ):
                get()

    def test_full(self):
        queue = interpreters.create_queue(1)
        queue.put(0)
        for put in (queue.put_nowait, lambda item: queue.put(item, timeout=0.001)):
            with self.assertRaisesRegex(
                interpreters.QueueFull, f"^queue {queue.id} is full; get items from it, or wait"
            ):
                put(1)

    def test_not_found(self):
        id = interpreters.create_queue().id
        for unknown in (id, -1, 2**70):
            with self.assertRaisesRegex(
                interpreters.QueueNotFoundError,
                f"^queue {unknown} does not exist; one does as long as an object stands for it$",
            ):
                interpreters.Queue(unknown)

    def test_item_interpreter_destroyed(self):
        queue = interpreters.create_queue()
        interpreter = self.create(queue)
        interpreter.exec("q.put(1, unbounditems=interpreters.UNBOUND_ERROR)")
        interpreter.close()
        with self.assertRaisesRegex(
            interpreters.ItemInterpreterDestroyed, f"interpreter .*queue {queue.id} .*destroyed$"
        ):
            queue.get()

    def test_unbounditems(self):
        queue = interpreters.create_queue()
        names = "UNBOUND, UNBOUND_ERROR, UNBOUND_REMOVE or None, not 'spam'$"
        for call in (queue.put, queue.put_nowait, lambda n, **o: interpreters.create_queue(**o)):
            with self.assertRaisesRegex(ValueError, f"^unbounditems must be {names}"):
                call(1, unbounditems="spam")

    def test_an_id_that_is_no_int(self):
        for wrong in ("1", 1.0, None, b"1"):
            with self.assertRaisesRegex(
                TypeError, f"^queue ID must be an int, not {type(wrong).__name__}$"
            ):
                interpreters.Queue(wrong)

    def test_a_timeout_that_is_no_number(self):
        queue = interpreters.create_queue(1)
        for wrong in ("1", [], object(), 1j):
            for call in (lambda t: queue.put(1, True, t), lambda t: queue.get(timeout=t)):
                with self.assertRaisesRegex(TypeError, "number|float"):
                    call(wrong)
        self.assertEqual(queue.qsize(), 0)

    def test_a_timeout_that_is_negative_or_not_a_number(self):
        queue = interpreters.create_queue(1)
        for wrong in (-1, -1e-300, float("nan"), float("-inf"), -(10**400)):
            for call in (lambda t: queue.put(1, True, t), lambda t: queue.get(timeout=t)):
                with self.assertRaisesRegex(ValueError, "^timeout must not be negative"):
                    call(wrong)
        self.assertEqual(queue.qsize(), 0)

    def test_what_a_timeout_raises_itself(self):
        class Timeout:
            def __float__(self):
                raise error

        queue = interpreters.create_queue(1)
        for error in (KeyError(), OverflowError("spam"), SystemExit()):
            for call in (lambda: queue.put(1, True, Timeout()), lambda: queue.get(True, Timeout())):
                with self.assertRaises(type(error)) as caught:
                    call()
                self.assertIs(caught.exception, error)

    def test_a_maxsize_that_is_no_int(self):
        for wrong in ("1", 1.0, None, []):
            with self.assertRaisesRegex(
                TypeError, f"^maxsize must be an int, not {type(wrong).__name__}$"
            ):
                interpreters.create_queue(wrong)

    def test_a_maxsize_that_no_queue_reaches(self):
        for most in (sys.maxsize, sys.maxsize + 1, 2**200):
            queue = interpreters.create_queue(most)
            queue.put_nowait(1)
            self.assertFalse(queue.full())
        self.assertEqual(interpreters.create_queue(-(2**200)).maxsize, 0)

    def test_repr(self):
        queue = interpreters.create_queue()
        self.assertEqual(repr(queue), f"Queue({queue.id})")
        self.assertEqual(repr(interpreters.UNBOUND), "interpreters.UNBOUND")
        self.assertEqual(interpreters.Queue.__module__, "interpreters")


class Objects(QueueTest):
    """The Python objects that stand for queues."""

    def test_copies_stand_for_the_same_queue(self):
        queue = interpreters.create_queue()
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            self.assertEqual(pickle.loads(pickle.dumps(queue, protocol)), queue)
        self.assertEqual([copy.copy(queue), copy.deepcopy([queue])], [queue, [queue]])

    def test_a_pickle_of_a_queue_that_is_gone(self):
        data = pickle.dumps(interpreters.create_queue())
        with self.assertRaises(interpreters.QueueNotFoundError):
            pickle.loads(data)

    def test_constants_are_singletons(self):
        for constant in (
            interpreters.UNBOUND,
            interpreters.UNBOUND_ERROR,
            interpreters.UNBOUND_REMOVE,
        ):
            self.assertIs(pickle.loads(pickle.dumps(constant)), constant)
            self.assertIs(copy.deepcopy([constant])[0], constant)

    def test_a_queue_has_no_place_for_anything_else(self):
        with self.assertRaises(AttributeError):
            interpreters.create_queue().spam = 1
        with self.assertRaises(TypeError):
            weakref.ref(interpreters.create_queue())

    def test_queues_are_not_ordered(self):
        one, two = interpreters.create_queue(), interpreters.create_queue()
        with self.assertRaises(TypeError):
            one < two  # noqa: B015

    def test_thousands_come_and_go(self):
        ids = []
        for number in range(5000):
            queue = interpreters.create_queue()
            queue.put([queue.id] * 20)
            ids.append(queue.id)
        del queue
        self.assertEqual(ids, sorted(set(ids)))
        self.assertEqual([id for id in ids if exists_at_all(id)], [])

    def call_in_vain(self, queue, interpreter):
        """Make calls that fail."""
        for call in (
            lambda: queue.put(2, False),
            lambda: queue.put(2, True, 0.001),
            lambda: queue.put(2, timeout=-1),
            lambda: queue.put(2, unbounditems="spam"),
            lambda: queue.put([queue, (n for n in ())], False),
            lambda: interpreters.Queue("spam"),
            lambda: interpreters.Queue(queue.id + 1),
            lambda: interpreter.exec("q.put([q, sys._getframe()], False)"),
            lambda: interpreter.exec("q.put([q, lambda: q], timeout=0.001)"),
        ):
            for _ in range(3):
                with self.assertRaises(Exception):
                    call()

    def test_calls_that_fail_keep_no_queue(self):
        queue = interpreters.create_queue(1)
        queue.put(1)
        interpreter, id = self.create(queue, isolated=False), queue.id
        self.call_in_vain(queue, interpreter)
        interpreter.close()
        del queue
        self.assertFalse(exists(id))

    def test_a_queue_in_globals_of_an_interpreter_goes_with_it(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            interpreter = self.create(queue, isolated=isolated)
            code = "import builtins, sys\nbuiltins.q = sys.q = q\n"
            code += "class C:\n    q = q\n    def __del__(self): self.q.put('at the end')\n"
            code += "sys.c = C()\nsys.c.self = sys.c"
            interpreter.exec(code)
            id = queue.id
            interpreter.close()
            while queue.qsize():
                self.assertEqual(queue.get(), "at the end")
            del queue
            self.assertFalse(exists(id))

    def drop_a_chain(self, length):
        """Have a queue that holds a queue, and so on, and drop it."""
        queue = interpreters.create_queue()
        for _ in range(length):
            outer = interpreters.create_queue()
            outer.put(queue)
            queue = outer

    def test_a_long_chain_of_queues(self):
        self.drop_a_chain(200000)

    def test_a_long_chain_of_queues_on_a_small_stack(self):
        before = threading.stack_size(256 << 10)
        try:
            elsewhere(self.drop_a_chain, 50000)
        finally:
            threading.stack_size(before)

    def test_a_queue_that_holds_itself_is_got_out(self):
        queue = interpreters.create_queue()
        queue.put(queue)
        id = queue.id
        del queue
        queue = interpreters.Queue(id)
        self.assertEqual(queue.get(), queue)
        del queue
        self.assertFalse(exists(id))

    def test_resident_memory(self):
        queue = interpreters.create_queue()
        interpreter = self.create(queue)
        item = [b"spam" * (1 << 16), "eggs" * (1 << 16)]

        cycles = (
            (100, lambda: (queue.put(item), queue.get())),
            (100, lambda: (queue.put(item), interpreter.exec("q.get()"))),
            (100, lambda: interpreters.create_queue().put(item)),
            (100, lambda: self.assertRaises(TypeError, queue.put, [item, (n for n in ())])),
        )
        for number, (count, cycle) in enumerate(cycles):
            with self.subTest(cycle=number):
                for _ in range(5):
                    cycle()
                before = resident()
                for _ in range(count):
                    cycle()
                self.assertLess(resident() - before, count * (1 << 19) // 4)


def exists_at_all(id):
    """Whether there is a queue of this ID, without collecting garbage."""
    try:
        interpreters.Queue(id)
    except interpreters.QueueNotFoundError:
        return False
    return True


class CodeThatRuns(QueueTest):
    """A queue is used by code that runs because it is used: no lock of ours is held then."""

    def test_while_an_item_is_described(self):
        queue = interpreters.create_queue()

        class Item:
            def __reduce__(self):
                queue.put("spam")
                return int, (queue.qsize(),)

        queue.put(Item())
        self.assertEqual([queue.get(), queue.get()], ["spam", 1])

    def test_while_an_item_is_made(self):
        queue = interpreters.create_queue()
        queue.put(Pair(queue))
        queue.put("eggs")
        self.assertEqual(queue.get(), "eggs")
        self.assertEqual([queue.qsize(), queue.get()], [1, "spam"])

    def test_while_an_object_is_deleted(self):
        queue, deleted = interpreters.create_queue(), []

        class Deleted:
            def __del__(self):
                queue.put(queue.qsize())
                deleted.append(queue.get())

        cycle = [Deleted()]
        cycle.append(cycle)
        del cycle
        for _ in range(1000):
            queue.put([[]])
            queue.get()
        gc.collect()
        self.assertEqual(deleted, [0])

    def test_in_a_finalizer_of_what_a_thread_waits_for(self):
        # The thread that waits has let go of the GIL: another may do whatever it likes meanwhile.
        queue = interpreters.create_queue()
        got = []
        self.start(lambda: got.extend([queue.get(), queue.get()]))
        queue.put(1)
        gc.collect()
        queue.put(2)
        while len(got) < 2:
            elsewhere(int)
        self.assertEqual(got, [1, 2])


class Pair:
    """Is made by putting one item into a queue and getting another."""

    def __init__(self, queue):
        self.queue = queue

    def __reduce__(self):
        return put_and_get, (self.queue,)


def put_and_get(queue):
    queue.put("spam")
    return queue.get()


class Waiting(QueueTest):
    """Threads that wait, and what happens to them."""

    def test_two_hundred_threads(self):
        queue, results = interpreters.create_queue(), interpreters.create_queue()
        threads = [self.start(lambda: results.put(queue.get())) for _ in range(200)]
        for number in range(200):
            queue.put(number)
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(results.get() for _ in threads), list(range(200)))

    def test_threads_that_get_and_threads_that_time_out(self):
        queue, results = interpreters.create_queue(1), interpreters.create_queue()

        def get():
            for _ in range(100):
                try:
                    results.put(queue.get(timeout=0.0003))
                except interpreters.QueueEmpty:
                    pass

        def put():
            done = 0
            while done < 50:
                try:
                    queue.put(done, timeout=0.0003)
                    done += 1
                except interpreters.QueueFull:
                    if not any(thread.is_alive() for thread in getters):
                        break
            put_in.append(done)

        put_in = []
        getters = [self.start(get) for _ in range(4)]
        putters = [self.start(put) for _ in range(4)]
        for thread in getters + putters:
            thread.join()
        self.assertEqual(sum(put_in), results.qsize() + queue.qsize())

    def blocked(self, isolated, start, wait="q.get()"):
        """An interpreter with a thread that waits, and the queue that it waits for."""
        queue = interpreters.create_queue(1)
        interpreter = self.create(queue, isolated=isolated)
        began, begin = self.pipe()
        code = f"import os\ndef f():\n    os.write({begin}, b'x')\n    {wait}\n{start}"
        interpreter.exec(code)
        os.read(began, 1)
        return queue, interpreter

    RAW = "import _thread; _thread.start_new_thread(f, ())"
    DAEMON = "import threading; threading.Thread(target=f, daemon=True).start()"
    JOINED = "import threading; threading.Thread(target=f).start()"

    def close_when_ended(self, interpreter):
        """Destroy an interpreter whose last thread is ending: it takes it a moment to be gone."""
        while True:
            try:
                return interpreter.close()
            except interpreters.InterpreterError:
                elsewhere(int)  # let other threads go on

    def test_destroy_refuses_while_a_thread_waits(self):
        for isolated in KINDS:
            for start in (self.RAW,) if isolated else (self.RAW, self.DAEMON):
                with self.subTest(isolated=isolated, start=start):
                    queue, interpreter = self.blocked(isolated, start)
                    for _ in range(2):
                        with self.assertRaisesRegex(interpreters.InterpreterError, "1 thread "):
                            interpreter.close()
                    interpreter.exec("x = q.qsize()")
                    queue.put(1)
                    self.close_when_ended(interpreter)
                    self.assertEqual(queue.qsize(), 0)

    def test_destroy_joins_a_thread_that_waits(self):
        for isolated in KINDS:
            for wait, room in (("q.get()", 0), ("q.put(1); q.put(2)", 1)):
                with self.subTest(isolated=isolated, wait=wait):
                    queue, interpreter = self.blocked(isolated, self.JOINED, wait)
                    release = queue.get if room else lambda queue=queue: queue.put(3)
                    timer = threading.Timer(0.05, release)
                    timer.start()
                    interpreter.close()
                    timer.join()
                    self.assertEqual(queue.qsize(), room)

    def test_interrupt_ends_a_wait(self):
        for isolated in KINDS:
            for wait in ("q.get()", "q.put(1); q.put(2)", "q.get(timeout=1000)"):
                for error in (KeyboardInterrupt, LookupError("spam", 1)):
                    with self.subTest(isolated=isolated, wait=wait, error=error):
                        self.interrupt(isolated, wait, error)

    def interrupt(self, isolated, wait, error):
        queue = interpreters.create_queue(1)
        interpreter = self.create(queue, isolated=isolated)
        began, begin = self.pipe()
        caught = []

        def run():
            try:
                interpreter.exec(f"import os\nos.write({begin}, b'x')\n{wait}")
            except BaseException as raised:
                caught.append(raised)

        thread = self.start(run)
        os.read(began, 1)
        self.assertIs(interpreter.interrupt(error), True)
        thread.join()
        cls = error if isinstance(error, type) else type(error)
        self.assertEqual([type(each) for each in caught], [cls])
        if isinstance(error, LookupError):
            self.assertEqual(caught[0].args, error.args)
        self.assertIs(interpreter.interrupt(), False)
        while queue.qsize():
            queue.get()
        interpreter.exec("q.put(4)")
        self.assertEqual(queue.get(timeout=0), 4)
        interpreter.close()

    def test_interrupt_loses_no_item(self):
        queue, results = interpreters.create_queue(), interpreters.create_queue()
        interpreter = self.create(queue, results)
        interpreter.exec("items, item = [-1], -1")
        # An exception comes between two steps, wherever that is: it goes on from there.
        code = """
while item is not None:
    if items[-1] != item:
        items.append(item)
    item = q.get()
"""
        interrupted = []

        def receive():
            while True:
                try:
                    return interpreter.exec(code)
                except KeyboardInterrupt:
                    interrupted.append(1)

        thread = self.start(receive)
        for number in range(300):
            queue.put(number)
            if number % 3 == 0:
                interpreter.interrupt()
        for _ in range(2):  # the last interrupt may still come, and lose one
            queue.put(None)
        thread.join()
        interpreter.exec("q1.put(items[1:])")
        items = results.get()
        missing = set(range(300)) - set(items)
        # An exception may also come when get() has returned and its result is not bound yet.
        self.assertEqual(items, sorted(set(items)))
        self.assertLessEqual(len(missing), len(interrupted))

    def test_destroying_interpreters_while_threads_wait(self):
        queue = interpreters.create_queue(unbounditems=interpreters.UNBOUND_REMOVE)
        bounded = interpreters.create_queue(2, unbounditems=interpreters.UNBOUND_REMOVE)
        got = []
        getter = self.start(lambda: got.extend(iter(queue.get, None)))
        putter = self.start(lambda: [bounded.put(n) for n in range(30)])
        for number in range(15):
            interpreter = self.create(queue, bounded, isolated=KINDS[number % len(KINDS)])
            interpreter.exec(
                f"q.put({number})\ntry: q1.put(-1, False)\nexcept interpreters.QueueFull: pass"
            )
            interpreter.close()
            while bounded.qsize():
                bounded.get_nowait()
        queue.put(None)
        getter.join()
        while putter.is_alive():
            try:
                bounded.get(timeout=0.01)
            except interpreters.QueueEmpty:
                pass
        self.assertEqual(got, sorted(got))


if __name__ == "__main__":
    unittest.main()
