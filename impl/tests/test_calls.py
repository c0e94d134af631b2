"""Calls where they could be lost, leak or crash: refusals, exceptions, nesting, depth, threads.

What a call promises is checked by the conformance suite; this is about what errors say, about callables
that use interpreters themselves, and about what many calls leave behind.
"""

import array
import gc
import operator
import os
import sys
import threading
import unittest

import interpreters
from support import (
    KINDS,
    PATH,
    PLACES,
    PackageTest,
    counts,
    elsewhere,
    foreign,
    resident,
    run_process,
)


def nested(depth, inner=(), kind=lambda item: (item,)):
    """A tuple in a tuple, and so on."""
    for _ in range(depth):
        inner = kind(inner)
    return inner


def depth_of(item):
    depth = 0
    while item:
        (item,) = item
        depth += 1
    return depth


class Unmakeable:
    """Can be sent, and cannot be made anew."""

    def __reduce__(self):
        return operator.truediv, (1, 0)


class Unpicklable:
    def __reduce__(self):
        raise LookupError("spam")


class CallTest(PackageTest):
    def each(self):
        for isolated in KINDS:
            yield self.create(isolated)

    def busy(self, interpreter):
        """Run code in a thread, come back when it has begun, and return a function that ends it."""
        (begun, begin), (ended, end) = self.pipe(), self.pipe()
        thread = self.start(
            interpreter.exec, f"import os; os.write({begin}, b'x'); os.read({ended}, 1)"
        )
        os.read(begun, 1)

        def finish():
            os.write(end, b"x")
            thread.join()

        return finish


class Messages(CallTest):
    """What errors say: which interpreter or which part, and what can be done."""

    def check(self, error, pattern, function, *args, **kwargs):
        with self.assertRaisesRegex(error, pattern) as caught:
            function(*args, **kwargs)
        return caught.exception

    def test_which_part(self):
        lock = threading.Lock()
        interpreter = self.create()
        for pattern, args, kwargs in (
            (r"^callable\b", (lock.acquire,), {}),
            (r"^args\[0\]: ", (print, lock), {}),
            (r"^args\[1\]\[2\]\['key'\]: ", (print, 1, (2, 3, {"key": lock})), {}),
            (r"^kwargs\['end'\]: ", (print, 1), {"end": lock}),
            (r"^kwargs\['end'\]\[0\]\[0\]: ", (print, 1), {"sep": "", "end": [[lock]]}),
            (r"^the result\b", (threading.Lock,), {}),
            (r"^the result\[0\]\[1\]: ", (lambda make: ([1, make()],), threading.Lock), {}),
        ):
            self.check(interpreters.NotShareableError, pattern, interpreter.call, *args, **kwargs)
        self.check(
            interpreters.NotShareableError, r"^ns\['b'\]: ", interpreter.prepare_main, a=1, b=lock
        )

    def test_why(self):
        interpreter = self.create()
        error = self.check(
            interpreters.NotShareableError, "spam", interpreter.call, print, Unpicklable()
        )
        self.assertIsInstance(error.__cause__, LookupError)
        self.check(
            interpreters.NotShareableError,
            "^args.*deep",
            interpreter.call,
            print,
            [nested(10**5, kind=lambda item: [item])],
        )

    def test_which_interpreter(self):
        interpreter = self.create()
        refused = interpreters.InterpreterError
        main = interpreters.get_main()
        for call in (
            lambda i: i.call(len, ""),
            lambda i: i.call_within(1, len, ""),
            lambda i: i.prepare_main(x=1),
            lambda i: i.exec("pass"),
            lambda i: i.exec("pass", timeout=1),
        ):
            self.check(refused, "^interpreter 0 is the main interpreter.*create", call, main)
            finish = self.busy(interpreter)
            self.check(
                refused,
                f"^interpreter {interpreter.id} is already running; wait",
                call,
                interpreter,
            )
            finish()
            gone = interpreters.create()
            gone.close()
            self.check(
                interpreters.InterpreterNotFoundError,
                f"^interpreter {gone.id} does not exist; enumerate",
                call,
                gone,
            )
            interpreter.prepare_main(message=None)
        interpreter.exec(
            """if True:
                me = interpreters.get_current()
                for use in (lambda: me.call(len, ""), lambda: me.prepare_main(x=1)):
                    try: use()
                    except interpreters.InterpreterError as error:
                        assert "%d is the current interpreter" % me.id in str(error), error
                    else: raise AssertionError
            """
        )

    def test_types(self):
        interpreter = self.create()
        self.check(TypeError, "^callable must be callable, not int$", interpreter.call, 5)
        self.check(
            TypeError, "^callable must be callable, not str$", interpreter.call_within, 1, "len"
        )
        self.check(TypeError, "must be str, not int$", interpreter.prepare_main, {1: 2})
        for wrong in (5, [1], "text"):
            self.check((TypeError, ValueError), "", interpreter.prepare_main, wrong)
        self.check(TypeError, "", interpreter.call)
        self.check(TypeError, "", interpreter.call_within, 1)

    def test_arguments_are_judged_before_the_interpreter(self):
        """Types first, then what cannot be shared, then whether there is such an interpreter."""
        gone = interpreters.create()
        gone.close()
        self.check(TypeError, "callable", gone.call, 5)
        self.check(interpreters.NotShareableError, "args", gone.call, print, threading.Lock())


class Nesting(CallTest):
    def test_a_call_within_a_call(self):
        for isolated in KINDS:
            inner = self.create(isolated)
            outer = self.create(isolated, inner=inner)
            outer.exec("def call(function, *args): return inner.call(function, *args)")
            for place in PLACES:
                place(outer.exec, "result = inner.call(divmod, 7, 3)")
                outer.exec("assert result == (2, 1)")
                self.assertEqual(
                    place(outer.call, inner.call, divmod, 7, 3), (2, 1)
                )  # the method arrives, and calls
                with self.assertRaises(ZeroDivisionError) as caught:
                    place(outer.call, inner.call, divmod, 1, 0)
                self.assertIn("ZeroDivisionError", str(caught.exception.__cause__))

    def test_a_long_chain(self):
        """Each calls the next one; all of them are running."""
        for isolated in KINDS:
            chain = [self.create(isolated) for _ in range(8)]
            call, arguments = sum, ([1, 2, 3],)
            for each in chain:
                call, arguments = each.call, (call, *arguments)
            for place in PLACES:
                self.assertEqual(place(call, *arguments), 6)

    def test_a_circle_is_refused(self):
        for isolated in KINDS:
            one, two = self.create(isolated), self.create(isolated)
            for place in PLACES:
                with self.assertRaisesRegex(interpreters.InterpreterError, "already running"):
                    place(one.call, two.call, one.call, len, "")
                with self.assertRaisesRegex(interpreters.InterpreterError, "main interpreter"):
                    place(one.call, interpreters.get_main().call, len, "")
                with self.assertRaisesRegex(interpreters.InterpreterError, "current interpreter"):
                    place(one.call, one.call, len, "")
                self.assertEqual(one.call(two.call, len, "spam"), 4)

    def test_what_is_passed_through(self):
        """Memory and queues go through three interpreters, and back."""
        memory, queue = bytearray(8), interpreters.create_queue()
        for isolated in KINDS:
            one, two = self.create(isolated), self.create(isolated)
            view = one.call(two.call, operator.itemgetter(0), (memoryview(memory),))
            view[0] += 1
            self.assertIs(one.call(two.call, type, queue), interpreters.Queue)
            self.assertEqual(one.call(two.call, operator.itemgetter(0), (queue,)), queue)
            one.call(two.call, queue.put, view)
            queue.get()[1] += 1
            del view
            one.close()
            two.close()
        self.assertEqual(memory[:2], bytes([len(KINDS)] * 2))
        gc.collect()
        memory.append(0)

    def test_a_callable_that_destroys_another(self):
        for isolated in KINDS:
            one, two = self.create(isolated), self.create(isolated)
            one.call(two.close)
            self.assertNotIn(two, interpreters.enumerate())
            with self.assertRaises(interpreters.InterpreterNotFoundError):
                one.call(two.call, len, "")
            with self.assertRaisesRegex(interpreters.InterpreterError, "current interpreter"):
                one.call(one.close)
            with self.assertRaisesRegex(interpreters.InterpreterError, "main interpreter"):
                one.call(interpreters.get_main().close)

    def test_a_callable_that_creates_one(self):
        for isolated in KINDS:
            one = self.create(isolated)
            other = one.call(interpreters.create)
            self.assertEqual(other.call(len, "spam"), 4)
            one.close()
            self.assertEqual(other.call(len, "spam"), 4)
            other.close()

    def test_an_argument_that_uses_interpreters_when_it_arrives(self):
        """The interpreter is running by then."""
        for interpreter in self.each():
            other = self.create()
            arrives = Calls(other.call, len, "spam")
            self.assertEqual(interpreter.call(int, arrives), 4)
            refused = Calls(interpreter.call, len, "spam")
            with self.assertRaises(interpreters.InterpreterError):
                interpreter.call(int, refused)
            self.assertEqual(interpreter.call(len, "spam"), 4)

    def test_a_result_that_uses_interpreters_when_it_arrives(self):
        """The call is still in progress then: its interpreter cannot be used, others can."""
        for interpreter in self.each():
            other = self.create()
            interpreter.prepare_main(Calls=Calls)
            self.assertEqual(interpreter.call(Calls, other.call, len, "spam"), 4)
            with self.assertRaises(interpreters.InterpreterError):
                interpreter.call(Calls, interpreter.call, len, "spam")
            self.assertEqual(interpreter.call(len, "spam"), 4)


class Calls:
    """Arrives as what a call returns that is made then."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call[0], self.call[1:]


class Exceptions(CallTest):
    def test_the_traceback_is_that_of_the_function(self):
        def spam(n):
            return 1 // n

        def eggs(n):
            return spam(n)

        for interpreter in self.each():
            for place in PLACES:
                with self.assertRaises(ZeroDivisionError) as caught:
                    place(interpreter.call, eggs, 0)
                text = str(caught.exception.__cause__)
                self.assertIsInstance(caught.exception.__cause__, interpreters.RemoteTraceback)
                self.assertRegex(text, r"(?s)in eggs.*in spam.*ZeroDivisionError")

    def test_exits(self):
        for interpreter in self.each():
            for place in PLACES:
                for error in (SystemExit(3), KeyboardInterrupt("spam"), GeneratorExit()):
                    with self.assertRaises(type(error)) as caught:
                        place(interpreter.call, throw, error)
                    self.assertEqual(caught.exception.args, error.args)
                with self.assertRaises(SystemExit):
                    place(interpreter.call, sys.exit, 3)
            self.assertEqual(interpreter.call(len, "spam"), 4)

    def test_an_argument_that_cannot_be_made_anew(self):
        for interpreter in self.each():
            with self.assertRaises(ZeroDivisionError) as caught:
                interpreter.call(len, Unmakeable())
            self.assertIsInstance(caught.exception.__cause__, interpreters.RemoteTraceback)
            with self.assertRaises(ZeroDivisionError):
                interpreter.call(print, end=Unmakeable())
            interpreter.exec("before = set(globals())")
            with self.assertRaises(ZeroDivisionError):
                interpreter.prepare_main(first=1, second=Unmakeable())
            interpreter.exec("assert set(globals()) <= before | {'before'}")
            self.assertEqual(interpreter.call(len, "spam"), 4)

    def test_a_result_that_cannot_be_made_anew(self):
        for interpreter in self.each():
            with self.assertRaises(ZeroDivisionError):
                interpreter.call(Unmakeable)
            self.assertEqual(interpreter.call(len, "spam"), 4)

    def test_a_result_that_cannot_be_shared(self):
        """What the call has done is done."""
        reader, writer = self.pipe()
        for interpreter in self.each():

            def work(writer=writer):
                import os
                import threading

                os.write(writer, b"x")
                return threading.Lock()

            with self.assertRaisesRegex(interpreters.NotShareableError, "^the result") as caught:
                interpreter.call(work)
            self.assertEqual(os.read(reader, 10), b"x")
            self.assertEqual(type(caught.exception), interpreters.NotShareableError)
            self.assertEqual(interpreter.call(len, "spam"), 4)

    def test_a_class_that_only_the_function_knows(self):
        class Local(LookupError):
            pass

        def work():
            raise Local("spam")

        for interpreter in self.each():
            with self.assertRaises(LookupError) as caught:
                interpreter.call(work)
            self.assertEqual(type(caught.exception).__name__, "Local")
            self.assertEqual(caught.exception.args, ("spam",))

    def test_exceptions_of_the_package(self):
        """They are caught as what they are, whichever interpreter has raised them."""
        queue = interpreters.create_queue(1)
        for interpreter in self.each():
            for error, function, args in (
                (interpreters.QueueEmpty, queue.get, (False,)),
                (interpreters.QueueNotFoundError, interpreters.Queue, (10**6,)),
                (interpreters.InterpreterError, interpreters.get_main().call, (len, "")),
                (interpreters.InterpreterNotFoundError, interpreters.Interpreter, (10**6,)),
                (interpreters.NotShareableError, queue.put, (Unpicklable(),)),
            ):
                if error is interpreters.NotShareableError:
                    interpreter.prepare_main(q=queue)
                    function, args = (
                        exec,
                        ("import threading; q.put(threading.Lock())", {"q": queue}),
                    )
                with self.assertRaises(error):
                    interpreter.call(function, *args)

    def test_an_exception_of_a_queue_before_anybody_has_named_it(self):
        """Where the caller has never had to import it."""
        source = """
import sys, interpreters
interpreter = interpreters.create()
interpreter.prepare_main(q=interpreters.create_queue())
try:
    interpreter.exec("q.get_nowait()")
except interpreters.QueueEmpty:
    sys.exit(3)
"""
        self.assertEqual(run_process(source), (3, "", ""))

    def test_nothing_is_changed_by_a_call_that_is_refused(self):
        arguments = [{}, [1], bytearray(2)]
        before = [sys.getrefcount(each) for each in arguments]
        for interpreter in self.each():
            for _ in range(20):
                with self.assertRaises(interpreters.NotShareableError):
                    interpreter.call(print, *arguments, threading.Lock())
                with self.assertRaises(TypeError):
                    interpreter.call(len, *arguments)
        gc.collect()
        self.assertEqual([sys.getrefcount(each) for each in arguments], before)


def throw(error):
    raise error


class Frames(CallTest):
    """What looks for the frame, or the module, that calls it: there is none but __main__."""

    def test_functions_that_are_c(self):
        for interpreter in self.each():
            self.assertEqual(interpreter.call(array.array, "i", [1]), array.array("i", [1]))
            self.assertEqual(interpreter.call(operator.attrgetter("real"), 5), 5)
            self.assertEqual(interpreter.call(str.upper, "spam"), "SPAM")
            self.assertEqual(interpreter.call("spam".upper), "SPAM")
            self.assertEqual(interpreter.call(int.from_bytes, b"\1", "big"), 1)
            self.assertEqual(interpreter.call(print, end=""), None)
            self.assertEqual(interpreter.call(dict, a=1), {"a": 1})


class Depth(CallTest):
    """What is nested deeply is refused, or arrives; it never ends the process."""

    DEPTHS = (100, 500, 900, 999, 1000, 1100, 3000, 10000, 100000)

    def test_tuples(self):
        for interpreter in self.each():
            for depth in self.DEPTHS:
                try:
                    result = interpreter.call(operator.itemgetter(0), (nested(depth),))
                except (interpreters.NotShareableError, RecursionError):
                    self.assertGreater(depth, 500)
                else:
                    self.assertEqual(depth_of(result), depth)
            self.assertEqual(interpreter.call(len, "spam"), 4)

    def test_lists(self):
        for interpreter in self.each():
            for depth in self.DEPTHS:
                item = nested(depth, [], lambda item: [item])
                try:
                    result = interpreter.call(operator.itemgetter(0), [item])
                except (interpreters.NotShareableError, RecursionError):
                    self.assertGreater(depth, 200)
                else:
                    self.assertEqual(depth_of(result), depth)
            self.assertEqual(interpreter.call(len, "spam"), 4)

    def test_frozensets(self):
        queue = interpreters.create_queue()
        for depth in (10, 100, 400):
            item = nested(depth, frozenset(), lambda item: frozenset([item]))
            queue.put(item)
            self.assertEqual(depth_of(queue.get()), depth)

    def test_what_is_made_deep_inside(self):
        for interpreter in self.each():
            for depth in self.DEPTHS:
                try:
                    self.assertEqual(depth_of(interpreter.call(nested, depth)), depth)
                except (interpreters.NotShareableError, RecursionError):
                    self.assertGreater(depth, 500)

    def test_small_stacks(self):
        """In a thread, whose stack is smaller than that of the main thread.  What arrives is freed in
        the main thread: 3.13 frees it in steps that are too deep for a smaller one."""
        before, kept = threading.stack_size(512 * 1024), []
        self.addCleanup(threading.stack_size, before)
        queue = interpreters.create_queue()
        for depth in self.DEPTHS:
            for item in (nested(depth), nested(depth, kind=lambda item: (item, 1))):

                def send(item=item):
                    try:
                        queue.put(item)
                        kept.append(queue.get())
                    except (RecursionError, interpreters.NotShareableError):
                        pass

                elsewhere(send)

    def test_it_arrives_in_a_small_stack(self):
        queue = interpreters.create_queue()
        sent = 0
        for depth in self.DEPTHS:
            try:
                queue.put(nested(depth))
                sent += 1
            except interpreters.NotShareableError:
                pass
        before, kept = threading.stack_size(256 * 1024), []
        self.addCleanup(threading.stack_size, before)

        def receive():
            try:
                kept.append(queue.get())  # to be freed in the main thread, as above
            except RecursionError:
                pass

        for _ in range(sent):
            elsewhere(receive)
        self.assertEqual(queue.qsize(), 0)

    def test_it_arrives_where_less_is_allowed(self):
        queue = interpreters.create_queue()
        for interpreter in self.each():
            interpreter.prepare_main(q=queue)
            for depth in (10, 100, 400, 900):
                queue.put(nested(depth))
                queue.put(nested(depth, [], lambda item: [item]) if depth < 200 else [])
                interpreter.exec(
                    """if True:
                        limit = sys.getrecursionlimit()
                        sys.setrecursionlimit(150)
                        try:
                            for _ in range(2):
                                try: q.get()
                                except RecursionError: pass
                        finally: sys.setrecursionlimit(limit)
                    """
                )
            self.assertEqual(queue.qsize(), 0)

    @unittest.skipIf(sys.version_info < (3, 10), "to drop a RecursionError may end the process")
    def test_it_is_sent_from_deep_within(self):
        """At every depth up to the one at which nothing can be called any more."""
        source = (
            PROLOGUE
            + """
queue = interpreters.create_queue()
item = ()
for _ in range(60): item = (item,)
other = [item, {1: (item, [item])}]
def deeper(n):
    for each in (item, other, lock):
        try:
            queue.put(each)
            queue.get()
        except interpreters.NotShareableError:
            pass
    deeper(n + 1)
import threading
lock = (item, [threading.Lock()])
for _ in range(3):
    try:
        deeper(0)
    except RecursionError:
        pass
interpreter = interpreters.create()
interpreter.prepare_main(queue=queue, item=item, other=other)
def call(n):
    for each in (item, other, lock):
        try:
            interpreter.call(len, each)
        except interpreters.NotShareableError:
            pass
    call(n + 1)
for _ in range(3):
    try:
        call(0)
    except RecursionError:
        pass
assert interpreter.call(len, "spam") == 4
sys.exit(3)
"""
        )
        self.assertEqual(run_process(source), (3, "", ""))

    def test_wide_ones(self):
        queue = interpreters.create_queue()
        for item in (
            tuple(range(10**5)),
            frozenset(range(10**5)),
            ((),) * 10**5,
            ("x" * 9,) * 10**5,
        ):
            queue.put(item)
            self.assertEqual(queue.get(), item)

    def test_one_that_is_there_several_times(self):
        """Of a tuple that occurs twice in one that occurs twice, and so on, not every path is
        followed; or it is refused."""
        item = ()
        for _ in range(18):
            item = (item, item)
        queue = interpreters.create_queue()
        queue.put(item)
        self.assertEqual(queue.get(), item)


class Threads(CallTest):
    def test_another_thread_is_refused(self):
        for interpreter in self.each():
            finish = self.busy(interpreter)
            for place in PLACES:
                with self.assertRaisesRegex(interpreters.InterpreterError, "already running"):
                    place(interpreter.call, len, "")
            finish()
            self.assertEqual(interpreter.call(len, "spam"), 4)

    def test_many_threads_at_one_interpreter(self):
        """Each call succeeds or is refused; none gets the result of another."""
        for interpreter in self.each():
            done = []

            def call(n, interpreter=interpreter, done=done):
                for k in range(100):
                    try:
                        self.assertEqual(interpreter.call(operator.add, n, k), n + k)
                        done.append(n)
                    except interpreters.InterpreterError as error:
                        self.assertIn("already running", str(error))

            threads = [self.start(call, 1000 * n) for n in range(4)]
            for thread in threads:
                thread.join()
            self.assertGreater(len(done), 0)

    def test_many_threads_at_their_own_interpreters(self):
        def call(isolated):
            interpreter = self.create(isolated)
            for n in range(100):
                self.assertEqual(interpreter.call(pow, 3, n), 3**n)
                self.assertEqual(interpreter.call(sorted, [n, 1, 0]), sorted([n, 1, 0]))

        threads = [self.start(call, isolated) for isolated in KINDS * 3]
        for thread in threads:
            thread.join()

    def test_call_in_thread(self):
        hook, seen = threading.excepthook, []
        threading.excepthook = lambda args: seen.append((args.exc_type, str(args.exc_value)))
        try:
            for interpreter in self.each():
                queue = interpreters.create_queue()
                thread = interpreter.call_in_thread(queue.put, "spam")
                thread.join()
                self.assertEqual(queue.get_nowait(), "spam")
                interpreter.call_in_thread(divmod, 1, 0).join()
                self.assertEqual(seen.pop()[0], ZeroDivisionError)
                interpreter.call_in_thread(print, threading.Lock()).join()
                self.assertEqual(seen.pop()[0], interpreters.NotShareableError)
                interpreter.call_in_thread(sys.exit, 3).join()
                self.assertEqual(seen.pop()[0], SystemExit)  # of which nothing is printed
                finish = self.busy(interpreter)
                interpreter.call_in_thread(len, "").join()
                self.assertIn("already running", seen.pop()[1])
                finish()
        finally:
            threading.excepthook = hook
        self.assertEqual(seen, [])

    def test_a_subinterpreter_starts_one(self):
        for isolated in KINDS:
            queue = interpreters.create_queue()
            inner = self.create(isolated)
            outer = self.create(isolated, inner=inner, q=queue)
            outer.exec("thread = inner.call_in_thread(q.put, 5); thread.join()")
            self.assertEqual(queue.get_nowait(), 5)
            outer.exec("inner.call_in_thread(q.put, 6)")
            outer.close()
            self.assertEqual(queue.get(), 6)


class Foreign(CallTest):
    """Interpreters of CPython's own module, as targets and as callers."""

    def setUp(self):
        super().setUp()
        self.theirs = foreign()

    def create_theirs(self):
        id = self.theirs.create()
        self.addCleanup(self.theirs.destroy, id)
        return id, interpreters.Interpreter(id)

    def test_a_target(self):
        id, interpreter = self.create_theirs()
        for place in PLACES:
            self.assertEqual(place(interpreter.call, divmod, 7, 3), (2, 1))
            self.assertEqual(place(interpreter.call, sorted, [2, 1]), [1, 2])
            self.assertEqual(place(interpreter.call, lambda: 5), 5)
            with self.assertRaises(ZeroDivisionError):
                place(interpreter.call, divmod, 1, 0)
            with self.assertRaises(interpreters.NotShareableError):
                place(interpreter.call, threading.Lock)
            interpreter.prepare_main(x=5, queue=interpreters.create_queue())
            self.theirs.run_string(id, "assert x == 5; queue.put(x); assert queue.get() == 5")
            self.theirs.run_string(id, "del queue")

    def test_a_caller(self):
        id, interpreter = self.create_theirs()
        ours = self.create()
        self.theirs.run_string(id, PATH)
        self.theirs.run_string(
            id,
            f"""if True:
                ours = interpreters.Interpreter({ours.id})
                assert ours.call(divmod, 7, 3) == (2, 1)
                assert ours.call(sorted, [2, 1]) == [1, 2]
                assert ours.call(len, bytearray(1000000)) == 1000000
                assert ours.call(bytes, 1000000) == bytes(1000000)
                ours.prepare_main(x=memoryview(b"spam"), y=memoryview(bytearray(1000000)))
                try: ours.call(divmod, 1, 0)
                except ZeroDivisionError: pass
                me = interpreters.get_current()
                try: me.call(len, "")
                except interpreters.InterpreterError: pass
                else: raise AssertionError
            """,
        )
        ours.exec("assert x == b'spam' and len(y) == 1000000")
        self.theirs.run_string(id, "del ours, me")

    def test_while_theirs_is_running(self):
        id, interpreter = self.create_theirs()
        (begun, begin), (ended, end) = self.pipe(), self.pipe()
        code = f"import os; os.write({begin}, b'x'); os.read({ended}, 1)"
        thread = self.start(self.theirs.run_string, id, code)
        os.read(begun, 1)
        with self.assertRaises(interpreters.InterpreterError):
            interpreter.call(len, "")
        os.write(end, b"x")
        thread.join()
        self.assertEqual(interpreter.call(len, "spam"), 4)

    def test_they_find_ours_running(self):
        interpreter = self.create()
        error = getattr(self.theirs, "InterpreterError", RuntimeError)
        reader, writer = self.pipe()
        reader2, writer2 = self.pipe()

        def work(fd, other):
            import os

            os.write(fd, b"x")
            return os.read(other, 1)

        thread = self.start(interpreter.call, work, writer, reader2)
        os.read(reader, 1)
        with self.assertRaises(error):
            self.theirs.run_string(interpreter.id, "pass")
        os.write(writer2, b"x")
        thread.join()


class Many(CallTest):
    def check(self, function, cycles, inside):
        """Nothing grows with the number of calls, once all caches are warm."""
        for _ in range(20):
            function()
        growth = []
        for _ in range(3):
            before = counts(inside)
            for _ in range(cycles):
                function()
            growth.append([now - then for now, then in zip(counts(inside), before)])
            if max(growth[-1]) < cycles:
                return
        self.fail(f"objects and references grow in {cycles} calls by {growth}")

    def test_a_hundred_thousand(self):
        interpreter = self.create()
        for n in range(1000):
            interpreter.call(abs, -n)
        before, objects = resident(), counts([interpreter.id])
        for n in range(100_000):
            interpreter.call(abs, -n)
        self.assertLess(counts([interpreter.id])[0] - objects[0], 1000)
        self.assertLess(resident() - before, 8 << 20)

    def test_calls_of_each_kind(self):
        def function(x, *, y=[1]):
            return x, y, function.__name__

        memory, queue = bytearray(100_000), interpreters.create_queue()
        for interpreter in self.each():

            def calls(interpreter=interpreter):
                interpreter.call(sorted, [3, 1], reverse=True)
                interpreter.call(function, 1, y=[2])
                interpreter.call(len, memoryview(memory))
                interpreter.call(len, memory)
                interpreter.call(bytes, 100_000)
                interpreter.call(queue.put, {1: [2]})
                queue.get()
                interpreter.prepare_main(x=[1], y=memoryview(memory), z=queue)
                interpreter.call_within(100, abs, -1)
                for call in (
                    lambda: interpreter.call(divmod, 1, 0),
                    lambda: interpreter.call(threading.Lock),
                    lambda: interpreter.call(print, threading.Lock()),
                    lambda: interpreter.call(len, Unmakeable()),
                    lambda: interpreter.call(Unmakeable),
                    lambda: interpreter.call(5),
                ):
                    with self.assertRaises((ZeroDivisionError, TypeError)):
                        call()

            self.check(calls, 30, [interpreter.id])

    def test_calls_in_ever_new_threads(self):
        for interpreter in self.each():
            self.check(
                lambda interpreter=interpreter: elsewhere(interpreter.call, sorted, [2, 1]),
                30,
                [interpreter.id],
            )

    def test_calls_of_ever_new_interpreters(self):
        for isolated in KINDS:

            def cycle(isolated=isolated):
                interpreter = interpreters.create(isolated=isolated)
                interpreter.call(sorted, [2, 1])
                interpreter.call(lambda x: x, {1: 2})
                interpreter.close()

            self.check(cycle, 20, [])


PROLOGUE = """
import os, sys, threading
import interpreters
"""

EXITS = """
interpreter = interpreters.create()
interpreter.call(sys.exit, 3)
"""

DAEMON = """
reader, writer = os.pipe()
interpreter = interpreters.create()
def work(writer):
    import os, time
    os.write(writer, b"x")
    time.sleep(1000)
threading.Thread(target=interpreter.call, args=(work, writer), daemon=True).start()
os.read(reader, 1)
sys.exit(3)
"""

BUSY_DAEMONS = """
reader, writer = os.pipe()
threading.excepthook = lambda args: None  # its interpreter is destroyed while it works
def work(isolated):
    interpreter = interpreters.create(isolated=isolated)
    told = False
    while True:
        interpreter.call(sorted, [2, 1], key=None)
        interpreter.call(len, memoryview(b"spam"))
        if not told:  # not before: it imports, and has to have done that (see below)
            os.write(writer, b"x")
        told = True
for isolated in {kinds} * 2:
    threading.Thread(target=work, args=(isolated,), daemon=True).start()
    os.read(reader, 1)
sys.exit(3)
"""

TRACEBACK = """
interpreter = interpreters.create()
def spam():
    return 1 // 0
interpreter.call(spam)
"""


class Processes(unittest.TestCase):
    maxDiff = None

    def test_sys_exit_ends_the_process(self):
        self.assertEqual(run_process(PROLOGUE + EXITS), (3, "", ""))

    def test_a_call_in_a_daemon_thread(self):
        self.assertEqual(run_process(PROLOGUE + DAEMON), (3, "", ""))

    def test_busy_daemon_threads(self):
        # Up to 3.11, a process that ends while daemon threads wait for the lock of the imports may
        # crash, without any interpreter of ours: CPython frees the lock under them.
        for _ in range(4):
            source = PROLOGUE + BUSY_DAEMONS.replace("{kinds}", repr(KINDS))
            self.assertEqual(run_process(source), (3, "", ""))

    def test_an_uncaught_exception_shows_both_sides(self):
        status, output, errors = run_process(PROLOGUE + TRACEBACK)
        self.assertEqual((status, output), (1, ""))
        self.assertIn("in spam", errors)
        self.assertIn("direct cause", errors)
        self.assertTrue(
            errors.rstrip().endswith("ZeroDivisionError: integer division or modulo by zero")
            or errors.rstrip().endswith("ZeroDivisionError: division by zero"),
            errors,
        )


if __name__ == "__main__":
    unittest.main()
