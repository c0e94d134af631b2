"""The release of memory that has been lent: once, in its own interpreter, whatever that is doing."""

import gc
import unittest

import interpreters
from buffer_support import COUNTING, COUNTS, BufferTest
from support import KINDS


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


if __name__ == "__main__":
    unittest.main()
