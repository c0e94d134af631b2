"""Redirected streams, where text could be lost, or an object be called that is not there any more.

What is passed on, and when, is checked by the conformance suite; this is about threads, about objects
that call interpreters themselves, and about ends: of the object, of its interpreter, and of the one
that writes.
"""

import gc
import io
import os
import sys
import threading
import time
import unittest
import weakref

import interpreters
from interpreters import _streams
from support import KINDS, PATH, PackageTest, elsewhere, foreign


class Sink(list):
    """A list of texts to which there can be weak references."""

    def write(self, text):
        self.append(text)

    def text(self):
        return "".join(self)


class StreamTest(PackageTest):
    def redirected(self, isolated=KINDS[-1], **names):
        interpreter, sink = self.create(isolated, **names), Sink()
        interpreter.redirect(stdout=sink)
        return interpreter, sink


class Texts(StreamTest):
    def test_big_ones(self):
        for isolated in KINDS:
            interpreter, sink = self.redirected(isolated)
            interpreter.exec("print('x' * 10_000_000)\nprint('y' * 10_000_000, end='')")
            self.assertEqual([len(each) for each in sink], [10_000_001, 10_000_000])

    def test_many(self):
        for isolated in KINDS:
            interpreter, sink = self.redirected(isolated)
            interpreter.exec("for n in range(20000): print(n)")
            self.assertEqual(sink.text(), "".join(f"{n}\n" for n in range(20000)))

    def test_every_character(self):
        """Lone surrogates and nulls among them; nothing is encoded."""
        interpreter, sink = self.redirected()
        interpreter.exec("sys.stdout.write(''.join(map(chr, range(0x110000))))")
        self.assertEqual(sink.text(), "".join(map(chr, range(0x110000))))

    def test_lines_are_passed_on_whole(self):
        interpreter, sink = self.redirected()
        interpreter.exec("print('a', 'b', sep='-'); print('c\\nd\\ne', end=''); print('f')")
        self.assertEqual(sink, ["a-b\n", "c\nd\n", "ef\n"])

    def test_other_ends_of_lines_are_none(self):
        interpreter, sink = self.redirected()
        interpreter.exec("print('a\\rb\\x85c\\u2028d', end='\\r\\n')")
        self.assertEqual(sink, ["a\rb\x85c\u2028d\r\n"])

    def test_what_is_written_is_a_str(self):
        interpreter, sink = self.redirected()
        interpreter.exec(
            """if True:
                class Text(str):
                    def __add__(self, other): return 5
                    def __radd__(self, other): return 5
                    def rpartition(self, separator): return ()
                for wrong in (b"bytes", 5, None, ["text"]):
                    try: sys.stdout.write(wrong)
                    except TypeError as error: assert "write() argument must be str" in str(error)
                    else: raise AssertionError(wrong)
                assert sys.stdout.write("") == 0 and sys.stdout.write("1234\\n") == 5
                assert sys.stdout.write(Text("spam\\n")) == 5
                sys.stdout.writelines(["a", "b\\n"])
            """
        )
        self.assertEqual(sink.text(), "1234\nspam\nab\n")
        self.assertEqual({type(each) for each in sink}, {str})

    def test_the_stream_is_one_of_text(self):
        interpreter, sink = self.redirected()
        interpreter.exec(
            """if True:
                import io
                assert isinstance(sys.stdout, io.TextIOBase) and sys.stdout.writable()
                assert not sys.stdout.readable() and not sys.stdout.isatty()
                assert sys.stdout.encoding and sys.stdout.errors and not sys.stdout.closed
                for refused in (sys.stdout.fileno, sys.stdout.read, sys.stdout.readline):
                    try: refused()
                    except OSError: pass
                    else: raise AssertionError(refused)
                with sys.stdout as stream: stream.write("text")
                assert stream.closed
                try: print("more")
                except ValueError: pass
                else: raise AssertionError("written to a stream that is closed")
            """
        )
        self.assertEqual(sink.text(), "text")

    def test_both_streams_are_flushed(self):
        """Also if the object of the first raises an exception."""

        def refuse(text):
            raise LookupError(text)

        interpreter, errors = self.create(), Sink()
        interpreter.redirect(stdout=refuse, stderr=errors)
        interpreter.exec("sys.unraisablehook = lambda args: None")
        interpreter.exec("print('out', end=''); print('err', end='', file=sys.stderr)")
        self.assertEqual(errors.text(), "err")

    def test_prepare_main_and_refused_calls(self):
        interpreter, sink = self.redirected()
        interpreter.prepare_main(x=Printing())
        self.assertEqual(sink.text(), "made")
        with self.assertRaises(interpreters.NotShareableError):
            interpreter.call(open, os.devnull)
        with self.assertRaises(SyntaxError):
            interpreter.exec("def f(:")
        self.assertEqual(sink.text(), "made")

    def test_the_traceback_of_a_thread(self):
        for isolated in KINDS:
            interpreter, sink = self.create(isolated), Sink()
            interpreter.redirect(stderr=sink)
            interpreter.exec(
                """if True:
                    import threading
                    def spam(): raise LookupError("eggs")
                    thread = threading.Thread(target=spam)
                    thread.start()
                    thread.join()
                """
            )
            self.assertIn("in spam", sink.text())
            self.assertIn("LookupError: eggs\n", sink.text())


class Printing:
    """Writes when it is made anew."""

    def __reduce__(self):
        return exec, ("import sys; sys.stdout.write('made')", {})


class Threads(StreamTest):
    def test_threads_that_the_code_has_left_behind(self):
        for isolated in KINDS:
            interpreter, sink = self.redirected(isolated)
            (reader, writer), threads = self.pipe(), set()
            interpreter.redirect(stderr=lambda text: threads.add(threading.get_ident()))
            interpreter.exec(
                f"""if True:
                    import os, threading
                    def work(n):
                        os.read({reader}, 1)
                        for k in range(50):
                            print(n, k)
                            print(n, k, file=sys.stderr)
                    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
                    for thread in threads: thread.start()
                """
            )
            self.assertEqual(sink, [])
            os.write(writer, b"1234")
            interpreter.exec("for thread in threads: thread.join()")
            self.assertEqual(len(sink), 200)
            self.assertNotIn(threading.get_ident(), threads)

    def test_no_line_is_lost(self):
        """Threads of one interpreter write at the same time; what is written at once stays whole."""
        for isolated in KINDS:
            interpreter, sink = self.redirected(isolated)
            interpreter.exec(
                """if True:
                    import threading
                    sys.setswitchinterval(1e-6)
                    def work(n):
                        for k in range(500): sys.stdout.write(f"{n} {k}\\n")
                    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
                    for thread in threads: thread.start()
                    for thread in threads: thread.join()
                    sys.setswitchinterval(0.005)
                """
            )
            lines = sink.text().splitlines()
            expected = [f"{n} {k}" for n in range(4) for k in range(500)]
            self.assertEqual(sorted(lines), sorted(expected))

    def test_no_part_of_a_line_is_lost(self):
        for isolated in KINDS:
            interpreter, sink = self.redirected(isolated)
            interpreter.exec(
                """if True:
                    import threading
                    sys.setswitchinterval(1e-6)
                    def work(letter):
                        for k in range(500): sys.stdout.write(letter)
                        sys.stdout.flush()
                    threads = [threading.Thread(target=work, args=(n,)) for n in "abcd"]
                    for thread in threads: thread.start()
                    for thread in threads: thread.join()
                    sys.setswitchinterval(0.005)
                """
            )
            text = sink.text()
            self.assertEqual(
                {letter: text.count(letter) for letter in "abcd"}, dict.fromkeys("abcd", 500)
            )

    def test_several_interpreters_write_to_one_object(self):
        sink = Sink()

        def work(isolated):
            interpreter = self.create(isolated)
            interpreter.redirect(stdout=sink)
            interpreter.exec("for n in range(200): print('spam')")

        threads = [self.start(work, isolated) for isolated in KINDS * 3]
        for thread in threads:
            thread.join()
        self.assertEqual(sink, ["spam\n"] * 200 * len(threads))

    def test_it_is_redirected_in_one_thread_and_run_in_another(self):
        for isolated in KINDS:
            interpreter = self.create(isolated)
            seen = []
            elsewhere(
                interpreter.redirect, stdout=lambda text: seen.append(threading.current_thread())
            )
            interpreter.exec("print()")
            thread = self.start(interpreter.exec, "print()")
            thread.join()
            self.assertEqual(seen, [threading.current_thread(), thread])

    def test_the_main_interpreter_is_busy(self):
        """The thread that writes waits for its GIL, as threads do."""
        for isolated in KINDS:
            interpreter, sink = self.redirected(isolated)
            thread = self.start(interpreter.exec, "for n in range(50): print(n)")
            end = time.monotonic() + 60
            while len(sink) < 50 and time.monotonic() < end:
                pass
            thread.join()
            self.assertEqual(len(sink), 50)

    def test_threads_redirect_and_destroy_at_the_same_time(self):
        self.addCleanup(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(1e-6)
        lasting = [interpreters.create(isolated=KINDS[-1], site=False) for _ in range(6)]
        for one in lasting:
            self.addCleanup(one.close)
        errors, ended = [], threading.Event()

        def redirect(one):
            while not ended.is_set():
                one.redirect(stdout=str, stderr=str)
                one.redirect(stdout=None, stderr=None)

        def destroy():
            for _ in range(100000):
                _streams.forget(-1)  # as destroy() does

        def target(function, *arguments):
            try:
                function(*arguments)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=target, args=(redirect, one)) for one in lasting]
        enders = [threading.Thread(target=target, args=(destroy,)) for _ in range(2)]
        for thread in threads + enders:
            thread.start()
        for thread in enders:
            thread.join()
        ended.set()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])


class OtherInterpreters(StreamTest):
    """Objects of subinterpreters."""

    def owner(self, isolated, writer, keep="got.append"):
        owner = self.create(isolated, writer=writer)
        owner.exec(f"got = []\nwriter.redirect(stdout={keep})")
        return owner

    def got(self, owner):
        queue = interpreters.create_queue()
        owner.prepare_main(queue=queue)
        owner.exec("queue.put(''.join(got))")
        return queue.get_nowait()

    def test_the_owner_is_idle(self):
        for isolated in KINDS:
            writer = self.create(isolated)
            owner = self.owner(isolated, writer)
            writer.exec("for n in range(100): print(n)")
            writer.call(print, "called")
            self.assertEqual(self.got(owner), "".join(f"{n}\n" for n in range(100)) + "called\n")

    def test_the_owner_runs_the_writer(self):
        for isolated in KINDS:
            writer = self.create(isolated)
            owner = self.owner(isolated, writer)
            owner.exec("writer.exec('print(1)'); assert got == ['1\\n'], got")
            owner.exec("writer.call(print, 2); assert got == ['1\\n', '2\\n'], got")

    def test_the_owner_runs_something_else(self):
        for isolated in KINDS:
            (begun, begin), (ended, end) = self.pipe(), self.pipe()
            writer = self.create(isolated)
            owner = self.owner(isolated, writer)
            thread = self.start(
                owner.exec, f"import os; os.write({begin}, b'x'); os.read({ended}, 1)\nn = len(got)"
            )
            os.read(begun, 1)
            writer.exec("for n in range(100): print(n)")
            os.write(end, b"x")
            thread.join()
            owner.exec("assert n == 100, n")

    def test_the_owner_is_gone(self):
        """Then the text has nowhere to go; the code that writes does not notice."""
        for isolated in KINDS:
            writer = self.create(isolated)
            owner = self.owner(isolated, writer)
            owner.close()
            writer.exec("print('spam'); print('eggs', end='')")
            writer.exec("sys.stdout.flush()")
            sink = Sink()
            writer.redirect(stdout=sink)
            writer.exec("print('heard')")
            self.assertEqual(sink, ["heard\n"])

    def test_the_owner_is_destroyed_while_text_is_passed_on(self):
        for isolated in KINDS:
            for _ in range(8):
                (begun, begin), writer = self.pipe(), self.create(isolated)
                owner = self.owner(isolated, writer)
                thread = self.start(
                    writer.exec,
                    f"import os\nos.write({begin}, b'x')\nfor n in range(500): print(n)",
                )
                os.read(begun, 1)
                try:
                    owner.close()
                except interpreters.InterpreterError as error:  # the thread is in it
                    self.assertIn("still has 1 thread", str(error))
                thread.join()

    def test_a_chain(self):
        """What one writes is written by another, and so on; the last one is ours."""
        for isolated in KINDS:
            last, sink = self.redirected(isolated)
            middle = self.create(isolated, last=last)
            first = self.create(isolated)
            middle.prepare_main(first=first)
            middle.exec(
                "first.redirect(stdout=lambda text: last.call(print, 'last', text, end=''))"
            )
            first.exec("print('first')")
            self.assertEqual(sink.text(), "last first\n")
            thread = self.start(first.exec, "print('thread')")
            thread.join()
            self.assertEqual(sink.text(), "last first\nlast thread\n")

    def test_each_writes_to_the_other(self):
        for isolated in KINDS:
            one, two = self.create(isolated), self.create(isolated)
            one.prepare_main(other=two)
            two.prepare_main(other=one)
            for each in (one, two):
                each.exec("got = []\nother.redirect(stdout=got.append)")
            one.exec("print('one'); other.exec('print(2)'); assert got == ['2\\n'], got")
            two.exec("assert got == ['one\\n'], got")
            threads = [
                self.start(each.exec, "for n in range(100): print(n)") for each in (one, two)
            ]
            for thread in threads:
                thread.join()
            self.assertEqual([len(self.got(each).split()) for each in (one, two)], [101, 101])

    @unittest.skipIf((3, 13) <= sys.version_info < (3, 13, 2), "memory is corrupt afterwards")
    def test_tracemalloc_is_tracing(self):
        """Threads come and go between interpreters that share the allocator."""
        import tracemalloc  # isolated interpreters import this file, but not that

        writer = self.create(False)
        owner = self.owner(False, writer)
        ours, sink = self.redirected(False)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for place in (lambda f, *a: f(*a), elsewhere):
            for _ in range(3):
                place(writer.exec, "print('spam')")
                place(ours.exec, "print('spam')")
                ours.exec(
                    "import threading\nthread = threading.Thread(target=print, args=('eggs',))\n"
                    "thread.start()\nthread.join()"
                )
        tracemalloc.stop()
        self.assertEqual(self.got(owner), "spam\n" * 6)
        self.assertEqual(sink.text(), "spam\neggs\n" * 6)


class Reentrancy(StreamTest):
    """Objects that use interpreters."""

    def test_the_same_interpreter_is_running(self):
        for isolated in KINDS:
            interpreter = self.create(isolated)
            refused = []

            def sink(text, interpreter=interpreter, refused=refused):
                for use in (
                    lambda: interpreter.exec("pass"),
                    lambda: interpreter.call(abs, -1),
                    lambda: interpreter.prepare_main(x=1),
                    lambda: interpreter.redirect(stdout=None),
                    interpreter.close,
                ):
                    try:
                        use()
                    except interpreters.InterpreterError as error:
                        refused.append("running" in str(error))

            interpreter.redirect(stdout=sink)
            interpreter.exec("print()")
            self.assertEqual(refused, [True] * 5)
            self.start(interpreter.exec, "print()").join()
            self.assertEqual(refused, [True] * 10)

    def test_another_interpreter_can_be_used(self):
        for isolated in KINDS:
            interpreter, other, seen = self.create(isolated), self.create(isolated), []

            def sink(text, other=other, seen=seen):
                seen.append(other.call(str.upper, text))
                new = interpreters.create()
                new.exec("x = 1")
                new.close()

            interpreter.redirect(stdout=sink)
            interpreter.exec("print('spam')")
            self.start(interpreter.exec, "print('eggs')").join()
            self.assertEqual(seen, ["SPAM\n", "EGGS\n"])

    def test_the_object_prints(self):
        """To a stream that is redirected as well, from which it comes back to us."""
        for isolated in KINDS:
            inner, sink = self.redirected(isolated)
            outer = self.create(isolated)
            outer.redirect(stdout=lambda text, inner=inner: inner.exec(f"print({text!r}, end='')"))
            outer.exec("for n in range(3): print(n)")
            self.assertEqual(sink, ["0\n", "1\n", "2\n"])

    def test_the_object_interrupts_the_writer(self):
        for isolated in KINDS:
            interpreter = self.create(isolated)

            def sink(text, interpreter=interpreter):
                self.assertTrue(interpreter.interrupt(LookupError))

            interpreter.redirect(stdout=sink)
            for place in (lambda f, *a: f(*a), elsewhere):
                with self.assertRaises(LookupError):
                    place(interpreter.exec, "print()\nfor _ in range(1000): pass")
                interpreter.exec("for _ in range(1000): pass")

    def test_a_limit_while_text_is_passed_on(self):
        for isolated in KINDS:
            interpreter, sink = self.redirected(isolated)
            for _ in range(10):
                with self.assertRaises(TimeoutError):
                    interpreter.exec("while True: print('spam')", timeout=0.003)
                self.assertLessEqual(set(sink), {"spam\n", "spam", "\n"})
                interpreter.exec("sys.stdout.flush()")
                sink.clear()

    def test_a_sink_that_puts_into_a_queue(self):
        queue = interpreters.create_queue()
        for isolated in KINDS:
            interpreter = self.create(isolated)
            interpreter.redirect(stdout=queue.put)
            interpreter.exec("print('spam')")
            self.assertEqual(queue.get_nowait(), "spam\n")


class Exceptions(StreamTest):
    def test_what_the_object_raises_is_carried(self):
        class Local(LookupError):
            pass

        for error in (Local("spam"), SystemExit(3), KeyboardInterrupt("eggs"), GeneratorExit(1)):
            for isolated in KINDS:
                interpreter = self.create(isolated)

                def sink(text, error=error):
                    raise error

                interpreter.redirect(stdout=sink)
                interpreter.exec(
                    "try: print()\n"
                    "except BaseException as error: seen = type(error).__name__, error.args\n"
                    "sys.stdout.flush()"
                )
                queue = interpreters.create_queue()
                interpreter.redirect(stdout=None)
                interpreter.prepare_main(q=queue)
                interpreter.exec("q.put(seen)")
                self.assertEqual(queue.get_nowait(), (type(error).__name__, error.args))

    def test_the_traceback_shows_both_sides(self):
        interpreter = self.create()

        def spam(text):
            raise LookupError("eggs")

        interpreter.redirect(stdout=spam)
        with self.assertRaises(LookupError) as caught:
            interpreter.exec("def there(): print()\nthere()")
        text = str(caught.exception.__cause__)
        self.assertIn("in there", text)
        self.assertIn("in spam", text)

    def test_the_flush_at_the_end_of_a_run(self):
        """There is no code any more that could be told; the run ends as it was to end."""

        def refuse(text):
            raise LookupError(text)

        for isolated in KINDS:
            interpreter = self.create(isolated)
            interpreter.exec("told = []\nsys.unraisablehook = told.append")
            interpreter.redirect(stdout=refuse)
            interpreter.exec("print('spam', end='')")
            with self.assertRaises(EOFError):
                interpreter.exec("print('spam', end='')\nraise EOFError")
            interpreter.redirect(stdout=None)
            interpreter.exec("assert [each.exc_type for each in told] == [LookupError] * 2, told")

    def test_both_streams_refuse(self):
        """What cannot be told on stderr is not told."""

        def refuse(text):
            raise LookupError(text)

        for isolated in KINDS:
            interpreter = self.create(isolated)
            interpreter.redirect(stdout=refuse, stderr=refuse)
            interpreter.exec("print('spam', end=''); sys.stderr.write('x')")
            interpreter.exec("class Spam:\n  def __del__(self): 1/0\nSpam()")
            interpreter.redirect(stdout=None, stderr=None)

    def test_a_refused_redirection_changes_nothing(self):
        interpreter, sink = self.redirected()
        for wrong in ({"stdout": 5}, {"stderr": 5}, {"stdout": print, "stderr": 5}):
            with self.assertRaises(TypeError):
                interpreter.redirect(**wrong)
        interpreter.exec("print('spam')")
        self.assertEqual(sink, ["spam\n"])

    def test_messages(self):
        interpreter = self.create()
        for name in ("stdout", "stderr"):
            with self.assertRaisesRegex(TypeError, f"^{name} must be callable, .*not int$"):
                interpreter.redirect(**{name: 5})
        with self.assertRaisesRegex(interpreters.InterpreterError, "^interpreter 0 is the main"):
            interpreters.get_main().redirect(stdout=print)
        interpreter.close()
        with self.assertRaisesRegex(
            interpreters.InterpreterNotFoundError, f"^interpreter {interpreter.id} does not exist"
        ):
            interpreter.redirect(stdout=print)


class Ends(StreamTest):
    def is_gone(self, reference):
        gc.collect()
        return reference() is None

    def test_an_object_that_is_no_longer_needed_is_let_go(self):
        for isolated in KINDS:
            interpreter, sink = self.redirected(isolated)
            reference = weakref.ref(sink)
            del sink
            self.assertFalse(self.is_gone(reference))
            interpreter.redirect(stdout=Sink())
            self.assertTrue(self.is_gone(reference))
            for end in (lambda i: i.redirect(stdout=None), interpreters.Interpreter.close):
                sink = Sink()
                interpreter.redirect(stdout=sink, stderr=sink)
                reference = weakref.ref(sink)
                del sink
                end(interpreter)
                interpreter = self.create(isolated)
                gc.collect()
            self.assertTrue(self.is_gone(reference))

    def test_the_rest_of_a_line_goes_where_it_was_written(self):
        interpreter, first = self.redirected()
        second = Sink()
        reader, writer = self.pipe()
        interpreter.exec(
            f"""if True:
                import os, threading
                def work():
                    sys.stdout.write("first")
                    os.write({writer}, b"x")
                threading.Thread(target=work).start()
            """
        )
        os.read(reader, 1)
        interpreter.redirect(stdout=second)
        interpreter.exec("print('second')")
        self.assertEqual((first.text(), second.text()), ("first", "second\n"))

    def test_code_that_has_kept_the_stream(self):
        """It goes on writing to the object, or to nowhere; never to another one."""
        for isolated in KINDS:
            interpreter, first = self.redirected(isolated)
            interpreter.exec("kept = sys.stdout; print('one')")
            second = Sink()
            interpreter.redirect(stdout=second)
            interpreter.exec("print('two', file=kept); print('three')")
            interpreter.redirect(stdout=None)
            interpreter.exec("print('four', file=kept); kept.flush(); kept.close()")
            self.assertEqual(first[0], "one\n")
            self.assertLessEqual(set(first), {"one\n", "two\n", "four\n"})
            self.assertEqual(second, ["three\n"])

    def test_callbacks_of_atexit_print(self):
        for isolated in KINDS:
            interpreter, sink = self.redirected(isolated)
            interpreter.exec(
                "import atexit\natexit.register(print, 'line')\natexit.register(print, 'rest', end='')"
            )
            interpreter.close()
            self.assertEqual(sink.text(), "restline\n")

    def test_the_rest_of_a_line_at_the_end(self):
        for isolated in KINDS:
            interpreter, sink = self.redirected(isolated)
            interpreter.exec("import atexit\natexit.register(print, 'rest', end='')")
            interpreter.close()
            self.assertEqual(sink.text(), "rest")

    def test_threads_that_are_joined_at_the_end_print(self):
        for isolated in KINDS:
            interpreter, sink = self.redirected(isolated)
            (reader, writer) = self.pipe()
            interpreter.exec(
                f"""if True:
                    import atexit, os, threading
                    def work():
                        os.read({reader}, 1)
                        for n in range(100): print(n)
                    threading.Thread(target=work).start()
                """
            )
            os.write(writer, b"x")
            interpreter.close()
            self.assertEqual(sink.text(), "".join(f"{n}\n" for n in range(100)))

    def test_finalizers_print(self):
        """What they write is passed on, or dropped; nothing crashes."""
        for isolated in KINDS:
            interpreter, sink = self.redirected(isolated)
            interpreter.exec(
                """if True:
                    class Last:
                        def __init__(self, stream): self.stream = stream
                        def __del__(self):
                            try: self.stream.write("line\\nrest")
                            except BaseException: pass
                    last = Last(sys.stdout)
                    sys.kept = Last(sys.stdout)
                    sys.kept.cycle = sys.kept
                """
            )
            interpreter.close()
            self.assertIn(sink.text().replace("rest", "").replace("line\n", ""), ("",))

    def test_it_is_redirected_while_it_is_destroyed(self):
        """By its own atexit callback: refused, as it is running or being destroyed."""
        for isolated in KINDS:
            interpreter = self.create(isolated)
            refused = []

            def sink(text, interpreter=interpreter, refused=refused):
                try:
                    interpreter.redirect(stdout=None)
                except interpreters.InterpreterError as error:
                    refused.append(str(error))

            interpreter.redirect(stdout=sink)
            interpreter.exec("import atexit\natexit.register(print, 'spam')")
            interpreter.close()
            self.assertEqual(len(refused), 1)

    def test_many_redirections_do_not_add_up(self):
        from interpreters import _streams

        interpreter = self.create()
        for _ in range(50):
            interpreter.redirect(stdout=print, stderr=print)
        self.assertLessEqual(len([key for key in _streams._given if key[0] == interpreter.id]), 2)
        interpreter.close()
        self.assertEqual([key for key in _streams._given if key[0] == interpreter.id], [])


class Odd(StreamTest):
    def test_an_interpreter_without_site(self):
        for isolated in KINDS:
            interpreter, sink = interpreters.create(isolated=isolated, site=False), Sink()
            self.addCleanup(interpreter.close)
            interpreter.redirect(stdout=sink)
            interpreter.exec("print('spam')")
            self.assertEqual(sink, ["spam\n"])

    def test_an_interpreter_whose_streams_are_gone(self):
        for isolated in KINDS:
            for code in (
                "sys.stdout = None",
                "del sys.stdout",
                "sys.stdout = 5",
                "sys.stdout.close()",
            ):
                interpreter, sink = self.create(isolated), Sink()
                interpreter.exec("import os\nsys.stdout = open(os.devnull, 'w')\n" + code)
                interpreter.redirect(stdout=sink)
                interpreter.exec("print('spam')")
                self.assertEqual(sink, ["spam\n"])
                interpreter.redirect(stdout=None)

    def test_code_that_replaces_the_stream(self):
        interpreter, sink = self.redirected()
        interpreter.exec("import io\nsys.stdout = io.StringIO(); print('spam')")
        interpreter.exec("print('eggs', file=sys.__stdout__) if False else None")
        self.assertEqual(sink, [])
        interpreter.redirect(stdout=sink)
        interpreter.exec("print('spam')")
        self.assertEqual(sink, ["spam\n"])

    def test_a_stringio_and_a_file(self):
        text = io.StringIO()
        interpreter = self.create()
        interpreter.redirect(stdout=text, stderr=text)
        interpreter.exec("print('out'); print('err', file=sys.stderr)")
        self.assertEqual(text.getvalue(), "out\nerr\n")
        text.close()
        with self.assertRaises(ValueError):
            interpreter.exec("print('out')")
        interpreter.redirect(stdout=None, stderr=None)

    def test_writers_of_cpythons_own_module(self):
        theirs = foreign()
        id, sink = theirs.create(), Sink()
        interpreter = interpreters.Interpreter(id)
        interpreter.redirect(stdout=sink)
        interpreter.exec("print('ours')")
        theirs.run_string(id, "print('theirs')")
        self.assertEqual(sink, ["ours\n", "theirs\n"])
        theirs.destroy(id)

    def test_owners_of_cpythons_own_module(self):
        """What is written to an object of theirs arrives, or it is refused; it is not lost."""
        theirs = foreign()
        id, queue = theirs.create(), interpreters.create_queue()
        self.addCleanup(theirs.destroy, id)
        owner, writer = interpreters.Interpreter(id), self.create()
        owner.exec(PATH)
        owner.prepare_main(writer=writer, q=queue)
        try:
            owner.exec("writer.redirect(stdout=q.put)")
        except interpreters.InterpreterError:
            pass
        else:
            owner.exec("writer.exec('print(1)')")
            writer.exec("print(2)")
            self.assertEqual([queue.get_nowait(), queue.get_nowait()], ["1\n", "2\n"])


if __name__ == "__main__":
    unittest.main()
