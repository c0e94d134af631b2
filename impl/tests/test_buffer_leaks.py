"""Memory that is sent and keeps nothing alive: where it is refused, or copied, and in the long run."""

import gc
import os
import threading
import unittest

import interpreters
from buffer_support import COUNTING, COUNTS, BufferTest
from support import KINDS, resident


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


if __name__ == "__main__":
    unittest.main()
