"""Memory that several interpreters see, where it could be freed too early, twice or never.

What arrives is checked by the conformance suite; this is about the ends of views, queues and
interpreters, in every order and at the same time.
"""

import gc
import itertools
import random
import sys
import threading
import unittest

import interpreters
from buffer_support import OWNER, BufferTest
from support import KINDS, PATH, foreign


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


if __name__ == "__main__":
    unittest.main()
