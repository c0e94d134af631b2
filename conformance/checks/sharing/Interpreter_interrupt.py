"""An exception that is raised in the code of an interpreter, from outside.

Code that is to be interrupted tells through a pipe that it has begun, and from then on executes
nothing but what is to be interrupted.
"""

import io
import os
import threading

from check import WAITS, caught, covers, equal, importing, in_main, raises, value, with_method


class running:
    """Run code in another OS thread; know when it has begun, and afterwards what it raised.

    In the code START stands for the descriptor into which it writes when it has begun.
    """

    def __init__(self, run, code):
        self.started, self.start = os.pipe()
        self.run, self.code, self.error = run, code.replace("START", str(self.start)), None

    def __enter__(self):
        self.thread = threading.Thread(target=self.target)
        self.thread.start()
        if os.read(self.started, 1) != b".":
            self.thread.join()
            raise AssertionError("the code did not start to run: %r" % self.error)
        return self

    def __exit__(self, cls, error, traceback):
        if error is None:
            self.thread.join()

    def target(self):
        try:
            self.run(self.code)
        except BaseException as error:
            self.error = error
        finally:
            os.close(self.start)


LOOP = "import os\nos.write(START, b'.')\nwhile True: pass"

CATCHING = """
import os
try:
    os.write(START, b".")
    while True: pass
except BaseException as error:
    seen = [type(error).__name__, error.args]
"""


def ended_by(interpreter, *exception):
    """Return what is seen of an exception in the code that it interrupts."""
    with running(interpreter.run, CATCHING):
        equal(interpreter.interrupt(*exception), True)
    return value(interpreter.run, "seen")


@covers("Interpreter.interrupt.raises")
def the_exception_is_raised_in_the_code(m):
    """Code that catches it goes on; it is KeyboardInterrupt if nothing else is said."""
    interpreter = with_method(m, "interrupt")
    equal(ended_by(interpreter), ["KeyboardInterrupt", ()])
    equal(ended_by(interpreter, ValueError), ["ValueError", ()])


@covers("Interpreter.interrupt.raises")
def an_exception_that_is_not_caught_ends_the_run(m):
    """It reaches the caller of the run, with the traceback of the code; then code can be run."""
    interpreter = with_method(m, "interrupt")
    with running(interpreter.run, LOOP) as run:
        interpreter.interrupt()
    equal(type(run.error), KeyboardInterrupt)
    told = str(run.error.__cause__)  # of the loop, or as os.write() comes back
    assert any('"<string>", line %d, in <module>' % line in told for line in (2, 3)), told
    interpreter.run("spam = 1")


@covers("Interpreter.interrupt.raises")
def the_exception_is_raised_once(m):
    """Code that has caught it is not interrupted again."""
    interpreter = with_method(m, "interrupt")
    after = "\nfor i in range(2000000): pass\nseen.append(i)"
    with running(interpreter.run, CATCHING + after):
        interpreter.interrupt(KeyError)
    equal(value(interpreter.run, "seen"), ["KeyError", (), 1999999])


@covers("Interpreter.interrupt.raises")
def the_parameter_of_interrupt_is_named_exception(m):
    """interrupt(exception=...) is the same; two arguments are a TypeError."""
    interpreter = with_method(m, "interrupt")
    with running(interpreter.run, LOOP) as run:
        with raises(m, "TypeError"):
            interpreter.interrupt(KeyError, ValueError)
        interpreter.interrupt(exception=KeyError)
    equal(type(run.error), KeyError)


@covers("Interpreter.interrupt.raises")
def a_call_is_interrupted(m):
    """The code of a function that was called is interrupted like that of a run."""
    interpreter = with_method(m, "interrupt")
    with running(lambda code: interpreter.call(exec, code, {}), LOOP) as run:
        equal(interpreter.interrupt(), True)
    equal(type(run.error), KeyboardInterrupt)
    equal(interpreter.call(len, "spam"), 4)


@covers("Interpreter.interrupt.steps")
def every_kind_of_loop_is_interrupted(m):
    """Loops of statements, comprehensions, generators and calls are, wherever they are."""
    interpreter = with_method(m, "interrupt")
    for loop in (
        *("while True: pass", "for _ in iter(int, 1): pass", "[0 for _ in iter(int, 1)]"),
        *("sum(1 for _ in iter(int, 1))", "def f(): return 0\nwhile not f(): pass"),
        "while True:\n try: {}[0]\n except KeyError: pass",
        "class C:\n def __iter__(self): return self\n def __next__(self): return 0\nfor _ in C(): pass",
    ):
        with running(interpreter.run, "import os\nos.write(START, b'.')\n" + loop) as run:
            interpreter.interrupt()
        equal(type(run.error), KeyboardInterrupt)


@covers("Interpreter.interrupt.true")
def interrupt_returns_true_while_code_runs(m):
    """True for a run and for a call that is in progress, and when that is interrupted again."""
    interpreter = with_method(m, "interrupt")
    (read, write), seen = os.pipe(), []
    with running(interpreter.run, WAITS % read):
        seen += [interpreter.interrupt(), interpreter.interrupt()]
        os.write(write, b".")
    with running(lambda code: interpreter.call(exec, code, {}), WAITS % read):
        seen.append(interpreter.interrupt())
        os.write(write, b".")
    equal(seen, [True, True, True])


@covers("Interpreter.interrupt.false")
def interrupt_returns_false_if_nothing_runs(m):
    """False for a new interpreter, and after a run, a call and an exception; nothing comes of it."""
    interpreter = with_method(m, "interrupt")
    for code in (None, "pass", "1/0"):
        if code:
            caught(lambda code=code: [interpreter.run(code), 1 / 0])
        equal(interpreter.interrupt(), False)
    interpreter.call(len, "spam")
    equal(interpreter.interrupt(ValueError("spam")), False)
    interpreter.run("for i in range(10000): pass")
    equal(value(interpreter.run, "i"), 9999)


@covers("Interpreter.interrupt.false")
def a_thread_left_behind_is_no_run(m):
    """False when the run is over, even if a thread that it started still runs."""
    interpreter = with_method(m, "interrupt")
    read, write = os.pipe()
    interpreter.run("import os, _thread\n_thread.start_new_thread(os.read, (%d, 1))" % read)
    equal(interpreter.interrupt(), False)
    os.write(write, b".")


@covers("Interpreter.interrupt.type")
def what_is_no_exception_is_a_type_error(m):
    """An int, a str, None, a class of other objects, and a tuple, whether code runs or not."""
    interpreter = with_method(m, "interrupt")
    wrong = (42, "KeyboardInterrupt", None, int, object(), (KeyError, ValueError), type)
    for each in wrong:
        with raises(m, "TypeError", repr(each)):
            interpreter.interrupt(each)
    with running(interpreter.run, LOOP) as run:
        for each in wrong:
            with raises(m, "TypeError", repr(each)):
                interpreter.interrupt(each)
        interpreter.interrupt()
    equal(type(run.error), KeyboardInterrupt)


@covers("Interpreter.interrupt.type")
def every_class_of_exceptions_is_accepted(m):
    """Exceptions that are derived from BaseException only are, and classes of other modules."""
    interpreter = with_method(m, "interrupt")
    for cls in (
        SystemExit,
        GeneratorExit,
        BaseException,
        StopIteration,
        OSError,
        io.UnsupportedOperation,
    ):
        interpreter.run("import io")
        equal(ended_by(interpreter, cls)[0], cls.__name__)


@covers("Interpreter.interrupt.carried")
def the_exception_is_carried(m):
    """An exception arrives with its class, its arguments, its attributes and its notes."""
    interpreter = with_method(m, "interrupt")
    error = ValueError("spam", 1, [2])
    error.eggs, error.__notes__ = {"a": 1}, ["ham"]
    code = CATCHING + "    seen += [error.eggs, error.__notes__]"
    with running(interpreter.run, code):
        interpreter.interrupt(error)
    equal(value(interpreter.run, "seen"), ["ValueError", ("spam", 1, [2]), {"a": 1}, ["ham"]])


@covers("Interpreter.interrupt.carried")
def the_exception_is_a_new_one(m):
    """What is raised there is made anew: the caller's own has no traceback and is not changed."""
    interpreter = with_method(m, "interrupt")
    error = ValueError("spam", [1])
    with running(interpreter.run, CATCHING + "    error.args[1].append(2)"):
        interpreter.interrupt(error)
    equal([error.args, error.__traceback__], [("spam", [1]), None])


@covers("Interpreter.interrupt.carried")
def an_unknown_class_is_carried_under_its_name(m):
    """A class that the interpreter does not have is raised as a subclass of one that it has."""
    interpreter = with_method(m, "interrupt")
    Spam = in_main("class Spam(KeyError): pass")["Spam"]
    for exception in (Spam("eggs"), Spam):
        code = CATCHING + "    seen.append(isinstance(error, KeyError))"
        with running(interpreter.run, code):
            interpreter.interrupt(exception)
        args = ("eggs",) if exception is not Spam else ()
        equal(value(interpreter.run, "seen"), ["Spam", args, True])


@covers("Interpreter.interrupt.carried")
def an_instance_is_not_needed(m):
    """A class whose exceptions need arguments is refused or raised, and leaves nothing behind."""
    interpreter = with_method(m, "interrupt")
    with running(interpreter.run, LOOP) as run:
        try:
            interpreter.interrupt(UnicodeDecodeError)
        except TypeError:
            interpreter.interrupt()
    assert isinstance(run.error, (TypeError, KeyboardInterrupt, UnicodeDecodeError)), run.error
    interpreter.run("for i in range(1000): pass")


@covers("Interpreter.interrupt.anywhere")
def a_subinterpreter_interrupts_another(m):
    """Code in one interpreter interrupts what runs in another, and sees True."""
    target, other = with_method(m, "interrupt"), m.create()
    with running(target.run, LOOP) as run:
        code = importing() + "seen = m.Interpreter(%d).interrupt(KeyError('spam'))" % int(target.id)
        equal(value(other.run, "seen", code), True)
    equal([type(run.error), run.error.args], [KeyError, ("spam",)])


@covers("Interpreter.interrupt.any-thread")
def another_thread_interrupts(m):
    """The call may be made in any OS thread, and the run may be in any."""
    interpreter = with_method(m, "interrupt")
    read, write = os.pipe()

    def target():
        os.read(read, 1)
        interpreter.interrupt()

    thread = threading.Thread(target=target)
    thread.start()
    error = caught(interpreter.run, "import os\nos.write(%d, b'.')\nwhile True: pass" % write)
    thread.join()
    equal(type(error), KeyboardInterrupt)


@covers("Interpreter.interrupt.main")
def interrupt_refuses_main(m):
    """The main interpreter is an InterpreterError, from another interpreter too."""
    interpreter = with_method(m, "interrupt")
    with raises(m, "InterpreterError"):
        m.get_main().interrupt()
    code = importing() + "from check import caught\nerror = caught(m.get_main().interrupt)"
    equal(value(interpreter.run, "type(error).__name__", code), "InterpreterError")


@covers("Interpreter.interrupt.queue")
def a_wait_for_an_item_is_interrupted(m):
    """get() ends, with a timeout or without, and takes nothing: what is put next is got next."""
    interpreter, queue = with_method(m, "interrupt"), m.create_queue()
    interpreter.prepare_main(queue=queue)
    for call in ("queue.get()", "queue.get(timeout=1000)"):
        with running(interpreter.run, "import os\nos.write(START, b'.')\n" + call) as run:
            equal(interpreter.interrupt(KeyError), True)
        equal(type(run.error), KeyError)
    queue.put(1)
    equal(value(interpreter.run, "queue.get()"), 1)


@covers("Interpreter.interrupt.queue")
def a_wait_for_room_is_interrupted(m):
    """put() ends, and puts nothing."""
    interpreter, queue = with_method(m, "interrupt"), m.create_queue(1)
    interpreter.prepare_main(queue=queue)
    queue.put(1)
    for call in ("queue.put(2)", "queue.put(2, timeout=1000)"):
        with running(interpreter.run, "import os\nos.write(START, b'.')\n" + call) as run:
            equal(interpreter.interrupt(), True)
        equal(type(run.error), KeyboardInterrupt)
    equal([queue.get(), queue.qsize()], [1, 0])


@covers("Interpreter.interrupt.queue")
def a_queue_that_is_called_is_interrupted(m):
    """A call whose callable is get() itself is interrupted too."""
    interpreter, queue = with_method(m, "interrupt"), m.create_queue()
    begun = m.create_queue()
    interpreter.prepare_main(queue=queue, begun=begun)
    interpreter.run("import builtins\nbuiltins.queue, builtins.begun = queue, begun")
    seen = []

    def target():
        seen.append(type(caught(interpreter.call, eval, "begun.put(1) or queue.get()", {})))

    thread = threading.Thread(target=target)
    thread.start()
    begun.get()
    interpreter.interrupt()
    thread.join()
    equal(seen, [KeyboardInterrupt])


@covers("Interpreter.interrupt.c-function", "Interpreter.interrupt.comes-back")
def a_c_function_is_not_interrupted(m):
    """A read() goes on waiting, and gets its byte; then the exception is raised."""
    interpreter = with_method(m, "interrupt")
    read, write = os.pipe()
    with running(interpreter.run, WAITS % read + "while True: pass") as run:
        equal([interpreter.interrupt(), interpreter.is_running()], [True, True])
        os.write(write, b".")
    equal(type(run.error), KeyboardInterrupt)
    os.set_blocking(read, False)
    equal(type(caught(os.read, read, 1)), BlockingIOError)  # it has had its byte


@covers("Interpreter.interrupt.further")
def code_of_a_further_interpreter_is_not_interrupted(m):
    """The code that waits for a run in another interpreter is, when that run has ended."""
    outer, inner = with_method(m, "interrupt"), m.create()
    outer.prepare_main(inner=inner)
    read, write = os.pipe()
    code = "import os\nos.write(START, b'.')\nos.read(%d, 1)\nfor i in range(1000): pass" % read
    with running(outer.run, "inner.run(%r)\nwhile True: pass" % code) as run:
        equal(outer.interrupt(), True)
        equal(inner.is_running(), True)
        os.write(write, b".")
    equal([type(run.error), value(inner.run, "i")], [KeyboardInterrupt, 999])


@covers("Interpreter.interrupt.dropped")
def an_exception_that_comes_too_late_is_dropped(m):
    """If the run ends before, what is run next is not interrupted, neither a run nor a call."""
    interpreter = with_method(m, "interrupt")
    stop, errors = [], []

    def target():
        while not stop:
            try:
                interpreter.run("spam = 1")
            except BaseException as error:
                errors.append(type(error))

    thread = threading.Thread(target=target)
    thread.start()
    for _ in range(3000):
        interpreter.interrupt(KeyError)
    stop.append(True)
    thread.join()
    equal(set(errors) <= {KeyError}, True)
    interpreter.run("for i in range(10000): pass")
    equal([value(interpreter.run, "i"), interpreter.call(len, "spam")], [9999, 4])


@covers("Interpreter.interrupt.dropped")
def the_next_run_is_not_interrupted(m):
    """An exception for a call of a C function alone, which has no further step, is not kept."""
    interpreter = with_method(m, "interrupt")
    read, write = os.pipe()
    interpreter.run("import builtins, functools, os\nbuiltins.calls = [None, None]")
    code = (
        "calls[:] = [functools.partial(os.write, START, b'.'), functools.partial(os.read, %d, 1)]"
    )
    last = "\nfunctools.reduce(lambda _, call: call(), calls, 0)"
    with running(interpreter.run, code % read + last):
        interpreter.interrupt(KeyError)
        os.write(write, b".")
    interpreter.run("for i in range(10000): pass")
    equal(value(interpreter.run, "i"), 9999)


@covers("Interpreter.interrupt.threads")
def threads_of_the_code_are_not_interrupted(m):
    """A thread that the code has started goes on, whatever interrupts the code."""
    interpreter = with_method(m, "interrupt")
    (go, going), (told, tell) = os.pipe(), os.pipe()
    code = (
        "import os, _thread\n"
        "def work():\n"
        " try:\n"
        "  os.read(%d, 1)\n"
        "  for i in range(10000): pass\n"
        " except BaseException as error: i = type(error).__name__\n"
        " os.write(%d, str(i).encode())\n"
        "_thread.start_new_thread(work, ())\n"
        "os.write(START, b'.')\n"
        "while True: pass" % (go, tell)
    )
    with running(interpreter.run, code) as run:
        interpreter.interrupt()
    equal(type(run.error), KeyboardInterrupt)
    os.write(going, b".")
    equal(os.read(told, 99), b"9999")
