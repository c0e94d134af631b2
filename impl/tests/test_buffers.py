"""Memory that several interpreters see, where it could be freed too early, twice or never.

What arrives is checked by the conformance suite; this is about ends: of views, queues, interpreters
and processes, in every order and at the same time.  An owner tells of its end by a byte in a pipe,
so that a second end is seen as well as none.
"""

import gc
import itertools
import os
import random
import sys
import threading
import unittest

import interpreters
from support import KINDS, InterpreterTest, foreign, resident, run_process

PATH = f"import sys\nsys.path[:] = {sys.path!r}\nimport interpreters\n"

#: Of an interpreter: memory, of which it can be told when it is gone and whether it is lent.
OWNER = """
import atexit, gc, os
class Owner(bytearray):
    def __del__(self, write=os.write):
        write({fd}, b".")
owner = Owner(b"0123456789" * 100)
atexit.register(os.write, {fd}, b"a")
def is_lent():
    for _ in range(1000): pass  # what has come back is released between two steps of code
    try:
        owner.append(0)
    except BufferError:
        return True
    del owner[-1]
    return False
"""

#: An object that counts what is taken of it and given back.
COUNTING = """
class Exporter:
    def __init__(self, size):
        self.memory = bytearray(size)
        self.taken = self.released = 0
    def __buffer__(self, flags):
        self.taken += 1
        return memoryview(self.memory)
    def __release_buffer__(self, view):
        self.released += 1
        view.release()
"""
COUNTS = sys.version_info >= (3, 12)


class BufferTest(InterpreterTest):
    def setUp(self):
        super().setUp()
        self.end = self.pipe()
        os.set_blocking(self.end[0], False)

    def close(self, interpreter):
        try:
            interpreter.close()
        except interpreters.InterpreterNotFoundError:
            pass

    def create(self, isolated=KINDS[-1], **names):
        interpreter = interpreters.create(isolated=isolated)
        self.addCleanup(self.close, interpreter)
        interpreter.exec(PATH)
        interpreter.prepare_main(names)
        return interpreter

    def create_owner(self, isolated=KINDS[-1], **names):
        owner = self.create(isolated, **names)
        owner.exec(OWNER.format(fd=self.end[1]))
        return owner

    def ends(self):
        """What has been written about ends: a dot for an owner, an a for an interpreter."""
        gc.collect()
        try:
            return os.read(self.end[0], 1000).decode()
        except BlockingIOError:
            return ""

    def start(self, function, *arguments):
        """Start a thread, which is joined after the test; what it raises makes the test fail."""
        errors = []

        def target():
            try:
                function(*arguments)
            except BaseException as error:
                errors.append(error)

        def finish():
            thread.join()
            self.assertEqual(errors, [])

        thread = threading.Thread(target=target)
        self.addCleanup(finish)
        thread.start()
        return thread

    def is_lent(self, array):
        try:
            array.append(0)
        except BufferError:
            return True
        del array[-1]
        return False


class Orders(BufferTest):
    """Ends in every order."""

    def check_order(self, isolated, order):
        """The owner is in one interpreter; views of it are in two others, here, and in a queue."""
        queue = interpreters.create_queue()
        one, two = self.create(isolated, q=queue), self.create(isolated, q=queue)
        owner = self.create_owner(isolated, q=queue)
        owner.exec("for _ in range(4): q.put(memoryview(owner))")
        one.exec("view = q.get()")
        two.exec("view = q.get()")
        view = [queue.get()]
        one.exec("view[0] = 65; del q")
        two.exec("assert view[0] == 65; del q")
        owner.exec("assert owner[0] == 65; del q")
        end = {
            "owner": owner.close,
            "one": one.close,
            "two": lambda: two.exec("del view"),
            "view": view.clear,
            "queue": lambda: holder.clear(),
        }
        holder = [queue]
        del queue
        for name in order:
            if name != "view" and view:
                self.assertEqual((view[0][0], bytes(view[0][1:10])), (65, b"123456789"))
            end[name]()
        if "owner" not in order:
            owner.exec("assert not is_lent()")
            owner.close()
        del end, order
        two.close()
        gc.collect()
        self.assertEqual(sorted(self.ends()), [".", "a"])
        self.assertEqual([each.id for each in interpreters.enumerate()], self.before)

    def test_every_end_is_the_first_and_the_last(self):
        names = ("owner", "one", "two", "view", "queue")
        orders = [order for order in itertools.permutations(names)]
        choose = random.Random()
        for first, last in itertools.permutations(names, 2):
            fitting = [each for each in orders if (each[0], each[-1]) == (first, last)]
            order, isolated = choose.choice(fitting), choose.choice(KINDS)
            with self.subTest(order=order, isolated=isolated):
                self.check_order(isolated, order)

    def test_the_owner_stays(self):
        for isolated in KINDS:
            for order in itertools.permutations(("one", "two", "view", "queue")):
                with self.subTest(order=order, isolated=isolated):
                    self.check_order(isolated, order)

    def test_several_views_of_one_owner(self):
        for isolated in KINDS:
            for keep in range(5):
                queue = interpreters.create_queue()
                owner = self.create_owner(isolated, q=queue)
                owner.exec("for n in range(5): q.put(memoryview(owner)[n:n + 3])")
                views = [queue.get() for _ in range(5)]
                owner.close()
                view = views.pop(keep)
                del views
                self.assertEqual(self.ends(), "a")
                self.assertEqual(bytes(view), b"0123456789"[keep : keep + 3])
                del view
                self.assertEqual(self.ends(), ".")

    def test_a_view_of_a_view(self):
        """Memory of the first is seen by the second, and what the second sees by the third."""
        for isolated in KINDS:
            for order in itertools.permutations(range(3)):
                with self.subTest(order=order, isolated=isolated):
                    queue = interpreters.create_queue()
                    chain = [self.create_owner(isolated, q=queue)]
                    chain += [self.create(isolated, q=queue) for _ in range(2)]
                    chain[0].exec("q.put(memoryview(owner))")
                    chain[1].exec("view = q.get(); q.put(memoryview(view)[5:])")
                    chain[2].exec("view = q.get()")
                    for n in order:
                        if chain[2] in interpreters.enumerate():
                            chain[2].exec("assert view[0] == ord('5'), view[0]")
                        chain[n].close()
                    self.assertEqual(sorted(self.ends()), [".", "a"])

    def test_there_and_back(self):
        """A view of ours that comes back is one of a view: it holds on to both interpreters."""
        for isolated in KINDS:
            memory = bytearray(b"spam")
            queue = interpreters.create_queue()
            other = self.create(isolated, q=queue, view=memoryview(memory))
            other.exec("q.put(view); del view")
            view = queue.get()
            other.close()
            view[0] = 83
            self.assertEqual(memory, b"Spam")
            self.assertTrue(self.is_lent(memory))
            del view
            self.assertFalse(self.is_lent(memory))

    def test_two_that_see_each_others_memory(self):
        """A cycle of interpreters: each is ended when it is closed, and its memory is freed."""
        for isolated in KINDS:
            for first in (0, 1):
                queue = interpreters.create_queue()
                pair = [self.create_owner(isolated, q=queue) for _ in range(2)]
                for each in pair:
                    each.exec("q.put(memoryview(owner))")
                for each in pair[::-1]:
                    each.exec("view = q.get(); view[0] = 65")
                pair[first].close()
                pair[1 - first].close()
                self.assertEqual(sorted(self.ends()), [".", ".", "a", "a"])

    def test_a_queue_in_itself(self):
        """An item that holds its own queue holds it for ever; what else is in it is lent for ever."""
        memory = bytearray(8)
        queue = interpreters.create_queue()
        queue.put((queue, memoryview(memory)))
        id = queue.id
        del queue
        gc.collect()
        item = interpreters.Queue(id).get()
        self.assertEqual(item[0].id, id)
        item = None
        gc.collect()
        self.assertFalse(self.is_lent(memory))


class Releases(BufferTest):
    """How an owner gets back what it has lent."""

    @unittest.skipUnless(COUNTS, "no __buffer__ in Python before 3.12")
    def test_each_is_released_exactly_once(self):
        for isolated in KINDS:
            namespace = {}
            exec(COUNTING, namespace)
            exporter = namespace["Exporter"](100)
            queue = interpreters.create_queue()
            other = self.create(isolated, q=queue)
            for _ in range(10):
                other.prepare_main(view=memoryview(exporter))
                other.call(len, memoryview(exporter))
                queue.put(memoryview(exporter))
                other.exec("item = q.get(); second = memoryview(item); q.put(item)")
                queue.get()
            other.close()
            gc.collect()
            for _ in range(1000):
                pass
            self.assertGreater(exporter.taken, 0)
            self.assertEqual(exporter.released, exporter.taken)

    @unittest.skipUnless(COUNTS, "no __buffer__ in Python before 3.12")
    def test_each_of_another_interpreter_is_released_exactly_once(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            owner = self.create(isolated, q=queue)
            owner.exec(COUNTING + "exporter = Exporter(100)")
            for _ in range(10):
                owner.exec("for _ in range(20): q.put(memoryview(exporter))")
                views = [queue.get() for _ in range(20)]
                del views
                owner.exec("for _ in range(1000): pass")
                owner.exec("assert exporter.taken == exporter.released > 0, vars(exporter)")

    @unittest.skipUnless(COUNTS, "no __buffer__ in Python before 3.12")
    def test_a_release_that_raises(self):
        """It is told as Python tells it, where the owner is; nothing else suffers."""
        code = """if True:
            class Exporter:
                def __buffer__(self, flags): return memoryview(bytearray(8))
                def __release_buffer__(self, view): raise LookupError("spam")
            told = []
            sys.unraisablehook = lambda args: told.append(str(args.exc_value))
            q.put(memoryview(Exporter()))
        """
        for isolated in KINDS:
            queue = interpreters.create_queue()
            owner = self.create(isolated, q=queue)
            owner.exec(code)
            queue.get()
            owner.exec("for _ in range(1000): pass\nassert told == ['spam'], told")
            owner.exec(code)
            view = queue.get()
            owner.exec("sys.unraisablehook = lambda args: None")
            owner.close()
            del view

    @unittest.skipUnless(COUNTS, "no __buffer__ in Python before 3.12")
    def test_a_release_that_uses_interpreters(self):
        """What is done there may release memory of others, and wait for locks of ours."""
        code = """if True:
            class Exporter:
                def __init__(self, *used): self.used = used
                def __buffer__(self, flags): return memoryview(bytearray(8))
                def __release_buffer__(self, view):
                    q, other, mine = self.used
                    mine.clear()
                    q.put("released")
                    other.exec("view = None")
            q.put(memoryview(Exporter(q, other, [mine])))
            del mine
        """
        for isolated in KINDS:
            for destroyed in (False, True):
                memory = bytearray(8)
                queue = interpreters.create_queue()
                other = self.create(isolated, view=memoryview(memory))
                owner = self.create(isolated, q=queue, mine=memoryview(memory), other=other)
                owner.exec(code)
                view = queue.get()
                if destroyed:
                    owner.close()
                del view
                if not destroyed:
                    owner.exec("for _ in range(1000): pass")
                self.assertEqual(queue.get(timeout=60), "released")
                if not destroyed:
                    owner.close()
                other.close()
                self.assertFalse(self.is_lent(memory))

    def test_while_the_owner_is_busy(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            owner = self.create_owner(isolated, q=queue)
            thread = self.start(owner.exec, "q.put(memoryview(owner))\nwhile is_lent(): pass")
            view = queue.get()
            view.release()
            del view
            thread.join()

    def test_while_the_owner_waits(self):
        """In a queue it executes nothing; it does so as soon as it has got the item."""
        for isolated in KINDS:
            queue, reply = interpreters.create_queue(), interpreters.create_queue()
            owner = self.create_owner(isolated, q=queue, r=reply)
            thread = self.start(
                owner.exec, "q.put(memoryview(owner))\nr.get()\nassert not is_lent()"
            )
            view = queue.get()
            del view
            reply.put(None)
            thread.join()

    def test_while_a_thread_is_left_in_the_owner(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            owner = self.create_owner(isolated, q=queue)
            owner.exec(
                """if True:
                    import threading, time
                    def wait():
                        while is_lent(): time.sleep(0)
                        q.put("free")
                    q.put(memoryview(owner))
                    threading.Thread(target=wait).start()
                """
            )
            view = queue.get()
            del view
            self.assertEqual(queue.get(), "free")

    def test_while_the_owner_is_idle(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            owner = self.create_owner(isolated, q=queue)
            owner.exec("for _ in range(100): q.put(memoryview(owner))")
            for _ in range(100):
                queue.get()
            owner.exec("assert not is_lent(); owner = None; gc.collect()")
            self.assertEqual(self.ends(), ".")

    def test_while_the_owner_is_destroyed(self):
        """Its own code, which is called then, may be what drops the last view."""
        for isolated in KINDS:
            queue = interpreters.create_queue()
            other = self.create(isolated, q=queue)
            owner = self.create_owner(isolated, q=queue, other=other)
            owner.exec("q.put(memoryview(owner))")
            other.exec("view = q.get()")
            owner.exec("atexit.register(lambda: other.exec('del view'))")
            thread = self.start(owner.close)
            thread.join(60)
            self.assertFalse(thread.is_alive(), "one waits for the other")
            self.assertEqual(sorted(self.ends()), [".", "a"])

    def test_a_thread_of_the_owner_drops_it_while_that_is_destroyed(self):
        for isolated in KINDS:
            queue, reply = interpreters.create_queue(), interpreters.create_queue()
            other = self.create(isolated, q=queue)
            owner = self.create_owner(isolated, q=queue, r=reply, other=other)
            owner.exec("q.put(memoryview(owner))")
            other.exec("view = q.get()")
            owner.exec(
                """if True:
                    import threading
                    def drop():
                        r.get()
                        other.exec("del view")
                    threading.Thread(target=drop).start()
                    atexit.register(r.put, None)
                """
            )
            thread = self.start(owner.close)
            reply.put(None)
            thread.join(60)
            self.assertFalse(thread.is_alive(), "one waits for the other")
            self.assertEqual(sorted(self.ends()), [".", "a"])

    def test_a_finalizer_that_sends_memory_while_its_interpreter_ends(self):
        """It may be refused, or arrive as it was; it is never memory of something else."""
        for isolated in KINDS:
            queue = interpreters.create_queue()
            owner = self.create(isolated, q=queue)
            owner.exec(
                """if True:
                    class Last:
                        def __init__(self, put=q.put, memory=bytearray(b"x" * 400), view=memoryview):
                            self.put, self.memory, self.view = put, memory, view
                        def __del__(self):
                            try: self.put(self.view(self.memory))
                            except Exception: pass
                    last = [Last() for _ in range(10)]
                    def cycle():
                        sys.kept = Last()
                        sys.kept.cycle = sys.kept
                    cycle()
                """
            )
            owner.close()
            other = self.create(isolated)
            other.exec("spam = [bytearray(b'y' * 400) for _ in range(10000)]")
            while not queue.empty():
                self.assertEqual(bytes(queue.get()), b"x" * 400)

    def test_tracemalloc_is_tracing(self):
        """What is destroyed meanwhile may be kept; its memory is freed when it no longer is."""
        import tracemalloc  # isolated interpreters import this file, but not that

        for isolated in KINDS:
            queue = interpreters.create_queue()
            several = [self.create_owner(isolated, q=queue) for _ in range(3)]
            for each in several:
                each.exec("for _ in range(2): q.put(memoryview(owner))")
            views = [queue.get() for _ in range(6)]
            several[0].close()
            tracemalloc.start()
            try:
                del views[::2]
                try:
                    several[1].close()
                except interpreters.InterpreterError as error:
                    self.assertIn("tracemalloc", str(error))
                self.start(views.clear).join()
            finally:
                tracemalloc.stop()
            for each in several:
                self.close(each)
            queue.put(None)
            self.assertLessEqual(set(self.ends()), {".", "a"})

    def test_what_is_released_by_hand(self):
        """The memoryview itself is let go of; a view of it keeps the memory."""
        memory = bytearray(b"spam")
        queue = interpreters.create_queue()
        for _ in range(3):
            queue.put(memoryview(memory))
        with queue.get() as view:
            self.assertEqual(view.obj is memory, False)
            self.assertTrue(self.is_lent(memory))
        queue.get().release()
        part = queue.get()[1:]
        with self.assertRaises(ValueError):
            view[0]
        self.assertEqual(bytes(part), b"pam")
        self.assertTrue(self.is_lent(memory))
        part.release()
        del part, view
        self.assertFalse(self.is_lent(memory))

    def test_an_exception_is_not_lost(self):
        """Views are dropped while an exception is on its way, and it stays the same."""
        for isolated in KINDS:
            queue = interpreters.create_queue()
            owner = self.create_owner(isolated, q=queue)
            for destroyed in (False, True):
                owner.exec("q.put(memoryview(owner))")

                def raise_holding(views):
                    view = views.pop()
                    raise LookupError("spam", len(view))

                views = [queue.get()]
                if destroyed:
                    owner.close()
                with self.assertRaisesRegex(LookupError, "spam"):
                    raise_holding(views)


class Refusals(BufferTest):
    def test_what_has_no_memory_any_more(self):
        view = memoryview(bytearray(8))
        view.release()
        queue = interpreters.create_queue()
        with self.assertRaises(interpreters.NotShareableError):
            queue.put(view)
        self.assertFalse(interpreters.is_shareable(view))
        self.assertEqual(queue.qsize(), 0)

    @unittest.skipUnless(COUNTS, "no __buffer__ in Python before 3.12")
    def test_what_is_refused_is_given_back(self):
        namespace = {}
        exec(COUNTING, namespace)
        exporter = namespace["Exporter"](100)
        queue = interpreters.create_queue()
        lock = threading.Lock()
        for wrong in (lock, [lock], {1: lock}):
            with self.assertRaises(interpreters.NotShareableError):
                queue.put((memoryview(exporter), wrong))
            self.assertFalse(interpreters.is_shareable((memoryview(exporter), wrong)))
        gc.collect()
        self.assertEqual(exporter.taken, exporter.released)

    def test_a_message_that_is_refused_lends_nothing(self):
        memory = bytearray(100000)
        queue = interpreters.create_queue()
        interpreter = self.create()
        for send in (
            queue.put,
            lambda item: interpreter.call(len, item),
            lambda item: interpreter.prepare_main(x=item),
        ):
            with self.assertRaises(interpreters.NotShareableError):
                send((memory, memoryview(memory), threading.Lock()))
            gc.collect()
            self.assertFalse(self.is_lent(memory))

    def test_what_cannot_be_made_anew_lends_nothing(self):
        memory = bytearray(8)
        queue = interpreters.create_queue()
        queue.put([memoryview(memory), Unmakeable()])
        with self.assertRaises(ValueError):
            queue.get()
        gc.collect()
        self.assertFalse(self.is_lent(memory))

    def test_a_full_queue_holds_nothing_more(self):
        memory = bytearray(8)
        queue = interpreters.create_queue(1)
        queue.put(None)
        for wait in ({"block": False}, {"timeout": 0.001}):
            with self.assertRaises(interpreters.QueueFull):
                queue.put(memoryview(memory), **wait)
        self.assertFalse(self.is_lent(memory))

    def test_a_refused_call_lends_nothing(self):
        memory = bytearray(100000)
        main, interpreter = interpreters.get_main(), interpreters.create()
        interpreter.close()
        for target in (main, interpreter):
            with self.assertRaises(interpreters.InterpreterError):
                target.call(len, memory)
            with self.assertRaises(interpreters.InterpreterError):
                target.call(len, memoryview(memory))
            with self.assertRaises(interpreters.InterpreterError):
                target.prepare_main(memory=memoryview(memory))
        self.assertFalse(self.is_lent(memory))

    def test_a_call_that_raises_lends_nothing(self):
        memory = bytearray(100000)
        for isolated in KINDS:
            interpreter = self.create(isolated)
            for _ in range(5):
                with self.assertRaises(TypeError):
                    interpreter.call(divmod, memory, memoryview(memory))
            gc.collect()
            interpreter.exec("import gc; gc.collect()")
            self.assertFalse(self.is_lent(memory))


class Unmakeable:
    def __reduce__(self):
        return int, ("eggs",)


class Copies(BufferTest):
    """What is big arrives as a copy, made straight from the memory of the sender."""

    SIZE = 1 << 20

    def test_a_big_copy_holds_nothing(self):
        memory = bytearray(self.SIZE)
        for isolated in KINDS:
            interpreter = self.create(isolated)
            interpreter.prepare_main(copy=memory)
            self.assertFalse(self.is_lent(memory))
            self.assertEqual(interpreter.call(len, memory), len(memory))
            self.assertFalse(self.is_lent(memory))
            queue = interpreters.create_queue()
            queue.put(memory)
            self.assertFalse(self.is_lent(memory))
            memory[0] ^= 1
            self.assertNotEqual(queue.get(), memory)

    def test_a_big_item_outlives_its_interpreter(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            owner = self.create_owner(isolated, q=queue)
            owner.exec(f"for n in range(8): q.put((bytes([n]) * {self.SIZE}, bytes([n])))")
            first = queue.get()
            owner.close()
            items = [first] + [queue.get() for _ in range(7)]
            for n, item in enumerate(items):
                self.assertEqual(item, (bytes([n]) * self.SIZE, bytes([n])))
            self.assertEqual(sorted(self.ends()), [".", "a"])

    def test_a_big_result(self):
        for isolated in KINDS:
            interpreter = self.create(isolated)
            for _ in range(5):
                self.assertEqual(interpreter.call(bytes, self.SIZE), bytes(self.SIZE))
                self.assertEqual(interpreter.call(bytearray, self.SIZE), bytearray(self.SIZE))

    def test_big_items_do_not_add_up(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            owner = self.create(isolated, q=queue)

            def cycle(owner=owner, queue=queue):
                owner.exec(f"q.put(bytes({self.SIZE})); q.put(bytearray({self.SIZE}))")
                queue.get()
                queue.get()
                owner.call(len, bytes(self.SIZE))
                owner.call(bytes, self.SIZE)

            for _ in range(5):
                cycle()
            before = resident()
            for _ in range(50):
                cycle()
            self.assertLess(resident() - before, 10 * self.SIZE)


class Kept(BufferTest):
    """Interpreters that are destroyed while their memory is used are ended afterwards."""

    def cycle(self, isolated, size, lend):
        queue = interpreters.create_queue()
        owner = interpreters.create(isolated=isolated)
        owner.prepare_main(q=queue)
        owner.exec(f"import threading, json; memory = bytearray({size}); q.put(memoryview(memory))")
        view = queue.get()
        if not lend:
            del view
            return owner.close()
        owner.close()
        view[size - 1] = 1
        with self.assertRaises(interpreters.InterpreterNotFoundError):
            owner.exec("pass")

    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "AddressSanitizer keeps what is freed")
    def test_they_do_not_add_up(self):
        """They leave behind what an interpreter leaves that lends nothing (up to 3 MiB, 3.13)."""
        size, growth = 1 << 20, []
        for isolated in KINDS:
            for lend in (False, True):
                for _ in range(4):
                    self.cycle(isolated, size, lend)
                before = resident()
                for _ in range(16):
                    self.cycle(isolated, size, lend)
                growth.append(resident() - before)
            self.assertLess(growth.pop(), growth.pop() + 8 * size)

    def test_they_are_nowhere(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            owner = self.create_owner(isolated, q=queue)
            owner.exec("q.put(memoryview(owner))")
            view = queue.get()
            owner.close()
            self.assertEqual([each.id for each in interpreters.enumerate()], self.before)
            for use in (owner.close, owner.is_running, owner.interrupt, owner.destroy):
                with self.assertRaises(interpreters.InterpreterNotFoundError):
                    use()
            for use in (owner.exec, owner.run):
                with self.assertRaises(interpreters.InterpreterNotFoundError):
                    use("pass")
            with self.assertRaises(interpreters.InterpreterNotFoundError):
                owner.call(len, "")
            with self.assertRaises(interpreters.InterpreterNotFoundError):
                interpreters.Interpreter(owner.id)
            self.assertEqual(self.ends(), "a")
            del view
            self.assertEqual(self.ends(), ".")

    def test_a_thread_drops_the_last_view(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            owner = self.create_owner(isolated, q=queue)
            owner.exec("import threading; q.put(memoryview(owner))")
            views = [queue.get()]
            self.start(owner.close).join()
            self.start(views.clear).join()
            self.assertEqual(sorted(self.ends()), [".", "a"])

    def test_another_interpreter_drops_the_last_view(self):
        for isolated in KINDS:
            for thread in (False, True):
                queue = interpreters.create_queue()
                other = self.create(isolated, q=queue)
                owner = self.create_owner(isolated, q=queue)
                owner.exec("q.put(memoryview(owner))")
                other.exec("view = q.get()")
                owner.close()
                if thread:
                    code = "import threading\ndef drop():\n  global view\n  del view\n"
                    other.exec(code + "t = threading.Thread(target=drop)\nt.start()\nt.join()")
                else:
                    other.exec("del view")
                self.assertEqual(sorted(self.ends()), [".", "a"])


class SameTime(BufferTest):
    """Threads that do all of this at the same time."""

    def setUp(self):
        super().setUp()
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        self.addCleanup(sys.setswitchinterval, before)

    def test_threads_that_send_and_drop_views_of_one_owner(self):
        memory = bytearray(range(256))

        def send(isolated):
            queue = interpreters.create_queue()
            other = self.create(isolated, q=queue)
            for n in range(40):
                queue.put(memoryview(memory)[n:])
                other.exec(f"view = q.get(); assert view[0] == {n}")
                other.call(len, memoryview(memory))
                queue.put(memoryview(memory))
                queue.get()
            other.close()

        threads = [self.start(send, isolated) for isolated in KINDS * 3]
        for thread in threads:
            thread.join()
        for _ in range(1000):
            pass
        self.assertFalse(self.is_lent(memory))

    def test_interpreters_that_drop_views_of_one_that_runs(self):
        for isolated in KINDS:
            queue = interpreters.create_queue(16)
            owner = self.create_owner(isolated, q=queue)
            others = [self.create(isolated, q=queue) for _ in range(3)]
            get = "for view in iter(q.get, None): assert view[0] == ord('0')\nview = None"
            threads = [self.start(each.exec, get) for each in others]
            owner.exec(
                "for _ in range(300): q.put(memoryview(owner))\nfor _ in range(3): q.put(None)"
            )
            for thread in threads:
                thread.join()
            owner.exec("assert not is_lent()")
            owner.close()
            self.assertEqual(sorted(self.ends()), [".", "a"])

    def test_an_owner_that_is_destroyed_while_its_views_are_dropped(self):
        choose = random.Random()
        for isolated in KINDS:
            for _ in range(12):
                queue = interpreters.create_queue()
                owner = self.create_owner(isolated, q=queue)
                other = self.create(isolated, q=queue)
                owner.exec("for _ in range(6): q.put(memoryview(owner))")
                other.exec("view = [q.get(), q.get()]")
                views = [queue.get(), queue.get()]
                barrier = threading.Barrier(4)

                def act(function, *arguments, barrier=barrier):
                    barrier.wait()
                    for _ in range(choose.randrange(300)):
                        pass
                    function(*arguments)

                def drain(queue=queue):
                    queue.get()
                    queue.get()

                threads = [
                    self.start(act, owner.close),
                    self.start(act, views.clear),
                    self.start(act, other.exec, "view = None"),
                    self.start(act, drain),
                ]
                for thread in threads:
                    thread.join()
                self.assertEqual(sorted(self.ends()), [".", "a"])
                other.close()

    def test_owners_and_receivers_that_are_destroyed_together(self):
        for isolated in KINDS:
            for _ in range(8):
                queue = interpreters.create_queue()
                several = [self.create_owner(isolated, q=queue) for _ in range(4)]
                for each in several:
                    each.exec("for _ in range(4): q.put(memoryview(owner))")
                for each in several:
                    each.exec("views = [q.get() for _ in range(4)]")
                threads = [self.start(each.close) for each in several]
                for thread in threads:
                    thread.join()
                self.assertEqual(sorted(self.ends()), list("....aaaa"))

    def test_calls_that_pass_memory_on(self):
        """Through two interpreters and back, in several threads."""

        def pass_on(isolated):
            outer, inner = self.create(isolated), self.create(isolated)
            outer.prepare_main(inner=inner)
            outer.exec(
                "def pass_on(view):\n"
                "    inner.prepare_main(view=view)\n"
                "    inner.exec('view[0] += 1; del view')"
            )
            memory = bytearray(8)
            for _ in range(20):
                outer.prepare_main(view=memoryview(memory))
                outer.exec("pass_on(view)")
            assert memory[0] == 20, memory
            outer.exec("del view")
            assert not self.is_lent(memory)

        threads = [self.start(pass_on, isolated) for isolated in KINDS * 2]
        for thread in threads:
            thread.join()


class Foreign(BufferTest):
    """Interpreters that CPython's own module makes, or ends."""

    def setUp(self):
        super().setUp()
        self.theirs = foreign()

    def test_memory_of_theirs_arrives_as_a_copy(self):
        id = self.theirs.create()
        queue = interpreters.create_queue()
        interpreter = interpreters.Interpreter(id)
        interpreter.exec(PATH)
        interpreter.prepare_main(q=queue)
        interpreter.exec(OWNER.format(fd=self.end[1]))
        interpreter.exec("q.put(memoryview(owner)); q.put(memoryview(bytes(owner)))")
        view, constant = queue.get(), queue.get()
        view[0] = 65
        self.assertTrue(constant.readonly)
        interpreter.exec("assert owner[0] == ord('0') and not is_lent()")
        self.assertEqual(interpreter.call(bytes, 3), bytes(3))
        self.assertEqual(interpreter.call(memoryview, b"spam"), b"spam")
        interpreter.exec("del q")
        self.theirs.destroy(id)
        self.assertEqual(bytes(view[:10]), b"A123456789")
        self.assertIn(".", self.ends())

    def test_memory_of_ours_is_seen_by_theirs(self):
        memory = bytearray(8)
        id = self.theirs.create()
        interpreter = interpreters.Interpreter(id)
        interpreter.prepare_main(view=memoryview(memory))
        self.theirs.run_string(id, "view[0] = 65")
        self.assertEqual(memory[0], 65)
        self.assertTrue(self.is_lent(memory))
        self.theirs.destroy(id)
        for _ in range(1000):
            pass
        self.assertFalse(self.is_lent(memory))

    def test_they_end_one_of_ours_whose_memory_is_used(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            owner = self.create_owner(isolated, q=queue)
            owner.exec(
                "small = bytearray(b'spam'); q.put(memoryview(owner)); q.put(memoryview(small))"
            )
            views = [queue.get(), queue.get()]
            self.theirs.destroy(owner.id)
            other = self.create(isolated)
            other.exec("spam = [bytearray(b'eggs') for _ in range(10000)]")
            self.assertEqual(bytes(views[0][:10]), b"0123456789")
            self.assertEqual(bytes(views[1]), b"spam")
            del views
            self.assertIn("a", self.ends())


PROLOGUE = """
import atexit, gc, os, sys, threading, time
import interpreters

def create(**names):
    interpreter = interpreters.create(isolated={isolated})
    interpreter.prepare_main(names)
    return interpreter

queue = interpreters.create_queue()
memory = bytearray(b"x" * 1000)
other = create(q=queue, view=memoryview(memory))
other.exec("memory = bytearray(b'y' * 1000); q.put(memoryview(memory))")
view = queue.get()

def background(function, *args):
    threading.Thread(target=function, args=args, daemon=True).start()
"""

HERE_AND_THERE = ""

IN_A_QUEUE = """
other.exec("q.put(memoryview(memory)); q.put(bytes(1000000))")
queue.put(memoryview(memory))
"""

OF_ONE_DESTROYED = """
other.close()
assert view[0] == ord("y")
"""

IN_ANOTHER = """
third = create(view=view)
other.exec("q.put(memoryview(memory))")
fourth = create(q=queue)
fourth.exec("view = q.get(); q.put(view)")
"""

DROPPED_AT_EXIT = """
atexit.register(lambda: globals().pop("view"))
atexit.register(lambda: globals().pop("queue"))
queue.put(memoryview(memory))
"""

DROPPED_BY_THE_OTHERS_EXIT = """
other.exec("import atexit\\natexit.register(lambda: globals().pop('view', None))")
other.exec("atexit.register(print, 'once', flush=True)")
"""

OF_ONE_THAT_IS_BUSY = """
reader, writer = os.pipe()
background(other.exec, f"import os; os.write({writer}, b'x')\\nwhile True: pass")
os.read(reader, 1)
"""

OF_ONE_THAT_WAITS = """
reader, writer = os.pipe()
background(other.exec, f"import os; os.write({writer}, b'x')\\nq.get()")
os.read(reader, 1)
"""

BY_THREADS = """
def work():
    while True:
        queue.put(memoryview(memory))
        queue.get()
def work_there():
    other.exec("while True: q.put(memoryview(memory)); q.get()")
background(work)
background(work)
background(work_there)
time.sleep(0.01)
"""

FINALIZERS = """
class Last:
    def __init__(self): self.view = view
    def __del__(self): del self.view
sys.kept = Last()
sys.kept.cycle = sys.kept
other.exec("class Last:\\n def __init__(self): self.view = view\\n def __del__(self): del self.view\\n"
           "import sys; sys.kept = Last(); sys.kept.cycle = sys.kept")
"""

CYCLE = """
pair = [create(q=queue) for _ in range(2)]
for each in pair:
    each.exec("memory = bytearray(10); q.put(memoryview(memory))")
for each in pair[::-1]:
    each.exec("view = q.get()")
"""


FORK = """
third = create(q=queue)
third.exec("memory = bytearray(b'z' * 10); q.put(memoryview(memory))")
kept = queue.get()
third.close()
queue.put(memoryview(memory))
other.exec("q.put(memoryview(memory))")
pid = os.fork()
if pid == 0:
    assert view[0] == ord("y") and kept[0] == ord("z")
    view[1] = 0
    mine, theirs = queue.get(), queue.get()
    assert mine[0] == ord("x") and theirs[0] == ord("y"), (mine[0], theirs[0])
    del mine, theirs, view, kept
    gc.collect()
    own = create(view=memoryview(memory))
    own.exec("assert view[0] == ord('x')")
    own.close()
    sys.exit(5)
assert os.waitpid(pid, 0)[1] == 5 << 8
assert view[1] == ord("y")
mine, theirs = queue.get(), queue.get()
del mine, theirs, view, kept
other.exec("del view\\nfor _ in range(1000): pass\\nmemory.append(0)")
for _ in range(1000): pass
memory.append(0)
"""

FORKS_WHILE_OTHERS_WORK = """
third = create(q=queue)
background(third.exec, "memory = bytearray(8)\\nwhile True: q.put(memoryview(memory)); q.get()")
background(other.exec, "while True: q.put(memoryview(memory)); q.get()")
for _ in range(5):
    pid = os.fork()
    if pid == 0:
        del view
        gc.collect()
        while not queue.empty():
            queue.get()
        os._exit(5)
    assert os.waitpid(pid, 0)[1] == 5 << 8
"""


class Processes(unittest.TestCase):
    maxDiff = None

    def check(self, body, output="", times=1):
        for isolated in KINDS:
            for _ in range(times):
                source = (PROLOGUE + body).replace("{isolated}", str(isolated)) + "\nsys.exit(3)\n"
                with self.subTest(isolated=isolated):
                    done = run_process(source, options=("-W", "ignore::DeprecationWarning"))
                    self.assertEqual(done, (3, output, ""))

    def test_views_here_and_there(self):
        self.check(HERE_AND_THERE)

    def test_views_in_a_queue(self):
        self.check(IN_A_QUEUE)

    def test_views_of_one_destroyed(self):
        self.check(OF_ONE_DESTROYED)

    def test_views_in_another(self):
        self.check(IN_ANOTHER)

    def test_views_dropped_at_exit(self):
        self.check(DROPPED_AT_EXIT)

    def test_views_dropped_by_the_others_exit(self):
        self.check(DROPPED_BY_THE_OTHERS_EXIT, "once\n")

    def test_the_callbacks_of_one_destroyed_are_not_called_again(self):
        self.check(DROPPED_BY_THE_OTHERS_EXIT + OF_ONE_DESTROYED, "once\n")

    def test_views_of_one_that_is_busy(self):
        self.check(OF_ONE_THAT_IS_BUSY)

    def test_views_of_one_that_waits(self):
        self.check(OF_ONE_THAT_WAITS)

    def test_views_that_threads_work_with(self):
        self.check(BY_THREADS, times=3)

    def test_views_of_finalizers(self):
        self.check(FINALIZERS)

    def test_a_cycle_of_interpreters(self):
        self.check(CYCLE)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "its malloc() keeps locks in the child")
    def test_a_fork_with_views_here_and_there(self):
        self.check(FORK)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "its malloc() keeps locks in the child")
    def test_forks_while_others_work_with_views(self):
        self.check(FORKS_WHILE_OTHERS_WORK)


if __name__ == "__main__":
    unittest.main()
