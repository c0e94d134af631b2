"""Threads and the end of an interpreter: whatever is left in it, destroy() ends it or refuses."""

import itertools
import os
import sys
import threading
import unittest

from interpreters import _interpreters
from support import KINDS, PLACES, InterpreterTest, elsewhere

#: Runs f in a thread of each kind that cannot be joined.
RAW = "import _thread; _thread.start_new_thread(f, ())"
DAEMON = "import threading; threading.Thread(target=f, daemon=True).start()"


class Threads(InterpreterTest):
    def each(self, check):
        """Check every kind of interpreter, made, used and ended in every place."""
        for isolated in KINDS:
            for make, use, end in itertools.product(PLACES, repeat=3):
                names = (make.__name__, use.__name__, end.__name__)
                with self.subTest(isolated=isolated, places=names):
                    check(make(_interpreters.create, isolated=isolated), use, end)

    def test_threading_imported(self):
        def check(id, use, end):
            use(_interpreters.run_string, id, "import threading")
            end(_interpreters.run_string, id, "threading.current_thread()")
            end(_interpreters.destroy, id)

        self.each(check)

    def test_the_os_thread_of_a_run_is_the_main_thread(self):
        def check(id, use, end):
            code = "from threading import *\nassert current_thread() is main_thread()\n"
            code += "assert main_thread().is_alive() and not main_thread().daemon\n"
            code += (
                "assert main_thread().ident == get_ident()\nassert enumerate() == [main_thread()]"
            )
            for place in (use, end, use):
                place(_interpreters.run_string, id, code)
            use(_interpreters.run_string, id, "import threading")
            code = "def f():\n    global seen\n    seen = threading.current_thread().daemon\n"
            code += "thread = threading.Thread(target=f)\nthread.start()\nthread.join()\n"
            code += "assert seen is False"
            end(_interpreters.run_string, id, code)
            _interpreters.destroy(id)

        self.each(check)

    def test_a_thread_that_is_running_is_joined(self):
        def check(id, use, end):
            reader, writer = os.pipe()
            code = f"import os, threading\ndef f():\n    os.read({reader}, 1)\n"
            code += f"    os.write({writer}, b'y')\nthreading.Thread(target=f).start()"
            use(_interpreters.run_string, id, code)
            os.write(writer, b"x")
            end(_interpreters.destroy, id)
            self.assertEqual(os.read(reader, 2), b"y")
            os.close(reader)
            os.close(writer)

        self.each(check)

    def test_the_threads_of_a_pool_are_joined(self):
        def check(id, use, end):
            code = "from concurrent.futures import ThreadPoolExecutor\n"
            code += "pool = ThreadPoolExecutor(2)\npool.submit(int).result()"
            use(_interpreters.run_string, id, code)
            end(_interpreters.destroy, id)

        self.each(check)

    def test_a_thread_that_waits_for_the_main_thread_is_joined(self):
        # Nobody can do that from 3.13 on, where it is a way to wait for ever.
        if hasattr(threading.Thread, "_set_tstate_lock"):

            def check(id, use, end):
                code = "import threading\nthreading.Thread(target=threading.main_thread().join).start()"
                use(_interpreters.run_string, id, code)
                end(_interpreters.destroy, id)

            self.each(check)

    def test_callbacks_that_start_threads(self):
        def check(id, use, end):
            reader, writer = os.pipe()
            code = f"""if True:
                import atexit, os, threading
                def callback():
                    threading.Thread(target=os.write, args=({writer}, b"x")).start()
                atexit.register(callback)
                def late():
                    atexit.register(callback)
                atexit.register(threading.Thread(target=late).start)
            """
            use(_interpreters.run_string, id, code)
            end(_interpreters.destroy, id)
            os.close(writer)
            self.assertEqual(os.read(reader, 1), b"x")
            os.close(reader)

        self.each(check)

    def test_callbacks_that_never_have_enough(self):
        def check(id, use, end):
            code = "import atexit, threading\ndef again():\n"
            code += "    thread = threading.Thread(target=atexit.register, args=(again,))\n"
            code += "    thread.start()\natexit.register(again)"
            use(_interpreters.run_string, id, code)
            end(_interpreters.destroy, id)

        self.each(check)

    def left(self, isolated, start):
        """An interpreter with a thread left in it, and what lets that thread end."""
        id = _interpreters.create(isolated=isolated)
        wait, finish = self.pipe()
        code = f"import os\ndef f():\n    os.read({wait}, 1)\n{start}"
        _interpreters.run_string(id, code)
        return id, lambda: os.write(finish, b"x")

    def destroy_when_ended(self, place, id):
        """Destroy an interpreter whose last thread is ending: it takes it a moment to be gone."""
        while True:
            try:
                return place(_interpreters.destroy, id)
            except _interpreters.InterpreterError:
                elsewhere(int)  # let other threads go on

    def test_a_thread_that_cannot_be_joined(self):
        for isolated in KINDS:
            for start in (RAW,) if isolated else (RAW, DAEMON):
                for place in PLACES:
                    with self.subTest(isolated=isolated, start=start, place=place.__name__):
                        id, finish = self.left(isolated, start)
                        for _ in range(2):
                            with self.assertRaisesRegex(
                                _interpreters.InterpreterError, f"interpreter {id} .* 1 thread "
                            ):
                                place(_interpreters.destroy, id)
                        self.assertIn(id, _interpreters.enumerate())
                        self.assertFalse(_interpreters.is_running(id))
                        place(_interpreters.run_string, id, "x = 1")
                        _interpreters.run_string(id, "assert x == 1")
                        finish()
                        self.destroy_when_ended(place, id)
                        self.assertNotIn(id, _interpreters.enumerate())

    def test_a_thread_of_the_interpreter_that_destroys_it_from_another(self):
        prepare = f"import sys; sys.path[:] = {sys.path!r}\n"
        prepare += "from interpreters import _interpreters as low\n"
        for isolated in KINDS:
            first = _interpreters.create(isolated=isolated)
            second = _interpreters.create(isolated=isolated)
            begin, done = self.pipe(), self.pipe()
            _interpreters.run_string(second, prepare)
            code = (
                prepare
                + f"""if True:
                import os, threading
                def destroy():
                    global caught
                    os.read({begin[0]}, 1)
                    try:
                        low.run_string({second}, "low.destroy({first})")
                    except low.InterpreterError as error:
                        caught = str(error)
                    os.write({done[1]}, b"x")
                thread = threading.Thread(target=destroy)
                thread.start()
            """
            )
            _interpreters.run_string(first, code)
            os.write(begin[1], b"x")
            os.read(done[0], 1)
            _interpreters.run_string(first, "assert ' 1 thread ' in caught, caught")
            _interpreters.destroy(first)
            _interpreters.destroy(second)

    def test_a_pool_of_threads_and_interpreters(self):
        from concurrent.futures import ThreadPoolExecutor

        def work(isolated):
            id = _interpreters.create(isolated=isolated)
            for number in range(5):
                _interpreters.run_string(id, f"import threading; x = {number}")
                _interpreters.run_string(id, f"assert x == {number}")
            return id

        with ThreadPoolExecutor(4) as makers, ThreadPoolExecutor(4) as enders:
            ids = list(makers.map(work, KINDS * 4))
            list(enders.map(_interpreters.destroy, ids))


if __name__ == "__main__":
    unittest.main()
