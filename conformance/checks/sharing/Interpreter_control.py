"""What controls an interpreter from outside: interrupt, redirect, memory; and where it comes from.

Code that is to be interrupted tells through a pipe that it has begun, and from then on executes
nothing but what is to be interrupted.
"""

import _thread
import io
import os
import sys
import threading

from check import (
    busy,
    caught,
    covers,
    equal,
    foreign,
    importing,
    in_main,
    raises,
    value,
    with_method,
)

# Whether the collector tells the objects of one interpreter from those of another.
TELLS = sys.implementation.name != "cpython" or sys.version_info >= (3, 9)


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


# One call of a C function that tells that it has begun and then waits for a byte: the code takes no
# step between the two.
WAITS = """
import functools, os
calls = [functools.partial(os.write, START, b"."), functools.partial(os.read, %d, 1)]
list(map(functools.partial.__call__, calls))
"""

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


# --- whence --------------------------------------------------------------------------------------


@covers("Interpreter.whence.main")
def the_main_interpreter_comes_from_the_runtime(m):
    """Its whence is "runtime init", here and in another interpreter."""
    equal(m.get_main().whence, "runtime init")
    equal(m.Interpreter(m.get_main().id).whence, "runtime init")
    equal(value(m.create().exec, "m.get_main().whence", importing()), "runtime init")


@covers("Interpreter.whence.created")
def what_was_created_comes_from_the_module(m):
    """The whence of one made here or there is "_interpreters module", here and there."""
    one = m.create()
    equal([one.whence, m.Interpreter(one.id).whence], ["_interpreters module"] * 2)
    code = importing() + "two = m.create()"
    equal(value(one.exec, "two.whence", code), "_interpreters module")
    equal(value(one.exec, "m.get_current().whence"), "_interpreters module")
    equal(m.Interpreter(value(one.exec, "two.id")).whence, "_interpreters module")


@covers("Interpreter.whence.other")
def where_any_other_comes_from_is_unknown(m):
    """One that another module has created."""
    id = foreign(m)
    own = getattr(sys.modules.get(m.create.__module__), "_interpreters", None)
    if id is not None and own is not sys.modules.get("_interpreters", ""):
        equal(m.Interpreter(int(id)).whence, "unknown")


@covers("Interpreter.whence.read-only")
def whence_cannot_be_set(m):
    """Setting or deleting the attribute is an AttributeError; it stays what it was."""
    interpreter = m.create()
    for change in (
        lambda: setattr(interpreter, "whence", "spam"),
        lambda: delattr(interpreter, "whence"),
    ):
        assert isinstance(caught(change), AttributeError), "it is no AttributeError"
    equal(interpreter.whence, "_interpreters module")


# --- interrupt -----------------------------------------------------------------------------------


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


# --- redirect ------------------------------------------------------------------------------------


class Sink:
    """Keeps what it is given, by write()."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text


def redirected(m, **streams):
    """Create an interpreter whose streams are redirected."""
    interpreter = with_method(m, "redirect")
    equal(interpreter.redirect(**streams), None)
    return interpreter


@covers("Interpreter.redirect.stdout")
def what_is_printed_is_passed_on(m):
    """What code prints comes to the object, in order, from runs and from calls."""
    pieces = []
    interpreter = redirected(m, stdout=pieces.append)
    interpreter.run("print('spam', 1)\nprint()\nprint('eggs', end='')")
    interpreter.call(print, "ham", sep="")
    interpreter.call(exec, "import sys; sys.stdout.write('a\\nb\\n')", {})
    equal("".join(pieces), "spam 1\n\neggsham\na\nb\n")


@covers("Interpreter.redirect.stdout")
def any_text_is_passed_on(m):
    """A million characters, text of any language, nulls and what writelines() is given."""
    pieces = []
    interpreter = redirected(m, stdout=pieces.append)
    interpreter.run("import sys\nsys.stdout.writelines(['é€', '\\U0001f600\\0', '\\n'])")
    interpreter.run("print('x' * 10**6)\nprint('', end='')")
    equal({type(each) for each in pieces}, {str})
    text = "".join(pieces)
    equal([text[:5], len(text)], ["é€\U0001f600\0\n", 10**6 + 6])
    assert text[5:] == "x" * 10**6 + "\n", "other text has arrived"


@covers("Interpreter.redirect.stderr")
def what_is_written_to_stderr_is_passed_on(m):
    """What code writes to sys.stderr comes to an object of its own."""
    out, err = [], []
    interpreter = redirected(m, stdout=out.append, stderr=err.append)
    interpreter.run("import sys\nprint('spam', file=sys.stderr)\nprint('eggs')")
    equal(["".join(out), "".join(err)], ["eggs\n", "spam\n"])


@covers("Interpreter.redirect.stderr")
def what_python_reports_is_passed_on(m):
    """An exception that is reported to sys.stderr, such as one in __del__(), comes to the object."""
    err = []
    interpreter = redirected(m, stderr=err.append)
    interpreter.run("class Spam:\n def __del__(self): 1/0\nSpam()")
    assert "ZeroDivisionError" in "".join(err), err


@covers("Interpreter.redirect.stderr")
def the_object_is_of_the_interpreter_that_redirects(m):
    """It is called in the interpreter that made the call, a subinterpreter too."""
    one, two, seen = with_method(m, "redirect"), m.create(), []
    one.run(importing() + "pieces, here = [], set()\ntwo = m.Interpreter(%d)" % int(two.id))
    one.run(
        "two.redirect(stdout=lambda text: [pieces.append(text), here.add(int(m.get_current().id))])"
    )
    one.run("two.run('print(1)')")
    equal(value(one.run, "[''.join(pieces), here]"), ["1\n", {int(one.id)}])
    two.redirect(stdout=lambda text: seen.append(m.get_current() == m.get_main()))
    one.run("two.run('print(2)')")
    equal(set(seen), {True})


@covers("Interpreter.redirect.callable")
def a_callable_is_called_with_text(m):
    """A function, a method and an object with __call__() are called with one argument, a str."""

    class Spam:
        def __call__(self, *args, **kwargs):
            seen.append((args, kwargs))

    seen = []
    for each in (Spam(), Spam().__call__, lambda *args: seen.append((args, {}))):
        interpreter = redirected(m, stdout=each)
        interpreter.run("print('spam')")
        equal("".join(args[0] for args, _ in seen), "spam\n")
        equal({(len(args), len(kwargs)) for args, kwargs in seen}, {(1, 0)})
        seen.clear()


@covers("Interpreter.redirect.write")
def an_object_with_write_is_written_to(m):
    """A StringIO, an object of a class with nothing but write(), and a file."""
    text, sink = io.StringIO(), Sink()
    interpreter = redirected(m, stdout=text, stderr=sink)
    interpreter.run("import sys\nprint('spam')\nprint('eggs', file=sys.stderr)")
    equal([text.getvalue(), sink.text], ["spam\n", "eggs\n"])
    with open("written", "w+", encoding="utf-8") as file:
        interpreter.redirect(stdout=file)
        interpreter.run("print('h\\xe4m')")
        file.flush()
        file.seek(0)
        equal(file.read(), "häm\n")


@covers("Interpreter.redirect.none")
def none_gives_the_stream_back(m):
    """The interpreter has the very stream that it had, and nothing more is passed on."""
    interpreter, pieces = with_method(m, "redirect"), []
    interpreter.run("import sys\nout, err = sys.stdout, sys.stderr")
    interpreter.redirect(stdout=pieces.append, stderr=pieces.append)
    interpreter.redirect(stdout=[].append)
    equal(value(interpreter.run, "[sys.stdout is out, sys.stderr is err]"), [False, False])
    interpreter.redirect(stdout=None)
    equal(value(interpreter.run, "[sys.stdout is out, sys.stderr is err]"), [True, False])
    interpreter.redirect(stdout=None, stderr=None)
    equal(value(interpreter.run, "[sys.stdout is out, sys.stderr is err]"), [True, True])
    interpreter.run("print(end='')\nsys.stderr.flush()")
    equal(pieces, [])


@covers("Interpreter.redirect.none")
def none_is_fine_for_what_is_not_redirected(m):
    """An interpreter whose streams are its own keeps them."""
    interpreter = with_method(m, "redirect")
    interpreter.run("import sys\nout = sys.stdout")
    equal(interpreter.redirect(stdout=None, stderr=None), None)
    equal(value(interpreter.run, "sys.stdout is out"), True)


@covers("Interpreter.redirect.ellipsis")
def what_is_not_named_stays(m):
    """A stream that is left out, or given as ..., is as it was; another call replaces one."""
    one, two, three = [], [], []
    interpreter = redirected(m, stdout=one.append)
    interpreter.redirect(stderr=two.append)
    interpreter.redirect(stdout=..., stderr=three.append)
    equal(interpreter.redirect(), None)
    interpreter.run("import sys\nprint('spam')\nprint('eggs', file=sys.stderr)")
    equal(["".join(each) for each in (one, two, three)], ["spam\n", "", "eggs\n"])


@covers("Interpreter.redirect.type")
def what_is_no_stream_is_a_type_error(m):
    """An int, a str, bytes, an object without write(), and arguments by position."""
    interpreter, pieces = with_method(m, "redirect"), []
    interpreter.redirect(stdout=pieces.append)
    for wrong in (1, "out", b"", object(), [], False):
        with raises(m, "TypeError", repr(wrong)):
            interpreter.redirect(stdout=wrong)
        with raises(m, "TypeError", repr(wrong)):
            interpreter.redirect(stderr=wrong)
    with raises(m, "TypeError"):
        interpreter.redirect(print)
    interpreter.run("print('spam')")
    equal("".join(pieces), "spam\n")


@covers("Interpreter.redirect.foreign")
def redirect_refuses_the_objects_of_an_interpreter_of_another_module(m):
    """What an interpreter has that another module has created cannot be written to from elsewhere."""
    with_method(m, "redirect")
    id = foreign(m)
    if id is not None:
        line = "caught(lambda: m.create().redirect(stdout=print))"
        code = importing() + "from check import caught\nerror = " + line
        run = m.Interpreter(id).run
        equal(value(run, "type(error).__name__", code), "InterpreterError")


@covers("Interpreter.redirect.main")
def redirect_refuses_main(m):
    """The main interpreter is an InterpreterError, whatever is asked for, and its streams stay."""
    with_method(m, "redirect")
    before = sys.stdout, sys.stderr
    for streams in ({"stdout": print}, {"stderr": None}, {"stdout": ...}, {}):
        with raises(m, "InterpreterError", str(streams)):
            m.get_main().redirect(**streams)
    assert (sys.stdout, sys.stderr) == before


@covers("Interpreter.redirect.current")
def redirect_refuses_the_current_interpreter(m):
    """Code that redirects the interpreter in which it runs gets an InterpreterError."""
    line = "caught(lambda: m.get_current().redirect(stdout=print))"
    code = importing() + "from check import caught\nerror = " + line
    interpreter = with_method(m, "redirect")
    equal(value(interpreter.run, "type(error).__name__", code), "InterpreterError")


@covers("Interpreter.redirect.running")
def redirect_refuses_a_running_interpreter(m):
    """While another OS thread runs code there it is an InterpreterError."""
    interpreter = with_method(m, "redirect")
    with busy(interpreter.run):
        with raises(m, "InterpreterError"):
            interpreter.redirect(stdout=print)
    interpreter.redirect(stdout=print)


def order_of(m, code):
    """Return what the streams pass on of *code*, each with the name of its stream, in order."""
    seen = []
    interpreter = redirected(
        m,
        stdout=lambda text: seen.append(("out", text)),
        stderr=lambda text: seen.append(("err", text)),
    )
    interpreter.run("import sys\n" + code)
    return [each for each in seen if each[1]]


@covers("Interpreter.redirect.line")
def a_complete_line_is_passed_on(m):
    """A line has been passed on when the code goes on, also if it was written in parts."""
    seen = order_of(m, "print('a')\nprint('b', file=sys.stderr)\nprint('c')")
    equal("".join(text for _, text in seen), "a\nb\nc\n")
    seen = order_of(
        m, "sys.stdout.write('a')\nsys.stdout.write('b\\n')\nprint('c', file=sys.stderr)"
    )
    equal("".join(text for _, text in seen), "ab\nc\n")


@covers("Interpreter.redirect.flush")
def a_flush_passes_text_on(m):
    """A part of a line has been passed on when the stream has been flushed."""
    seen = order_of(m, "print('a', end='', flush=True)\nprint('b', file=sys.stderr)\nprint('c')")
    equal("".join(text for _, text in seen), "ab\nc\n")


@covers("Interpreter.redirect.end")
def the_end_of_a_run_passes_text_on(m):
    """What is left of a line is passed on when a run or a call ends, also by an exception."""
    pieces = []
    interpreter = redirected(m, stdout=pieces.append)
    interpreter.run("print('spam', end='')")
    equal("".join(pieces), "spam")
    caught(interpreter.run, "print('eggs', end='')\n1/0")
    equal("".join(pieces), "spameggs")
    interpreter.call(print, "ham", end="")
    equal("".join(pieces), "spameggsham")


@covers("Interpreter.redirect.thread")
def text_is_passed_on_in_the_thread_that_writes(m):
    """The object is called in the OS thread of the run, and of a thread that the code has started."""
    seen = []
    interpreter = redirected(m, stdout=lambda text: seen.append(_thread.get_ident()))
    thread = threading.Thread(target=interpreter.run, args=("print('spam')",))
    thread.start()
    ident = thread.ident
    thread.join()
    equal(set(seen), {ident})
    seen.clear()
    code = (
        "import _thread, threading\n"
        "def work():\n"
        " idents.append(_thread.get_ident())\n"
        " print('spam')\n"
        "idents = []\n"
        "thread = threading.Thread(target=work)\n"
        "thread.start()\n"
        "thread.join()"
    )
    equal(value(interpreter.run, "idents", code), sorted(set(seen)))


@covers("Interpreter.redirect.raises")
def what_the_object_raises_is_raised_in_the_code(m):
    """The code that writes may catch it, with its arguments; if it does not, the caller gets it."""

    def refuse(text):
        raise ValueError("no", 1)

    interpreter = redirected(m, stdout=refuse)
    code = "try: print('spam')\nexcept ValueError as error: seen = error.args"
    equal(value(interpreter.run, "seen", code), ("no", 1))
    with raises(m, "ValueError"):
        interpreter.run("print('spam')")
    interpreter.redirect(stdout=None)
    interpreter.run("pass")


@covers("Interpreter.redirect.descriptors")
def what_is_written_to_descriptors_is_not_redirected(m):
    """Bytes that code, or a child process, writes to descriptors 1 and 2 go where they went."""
    read, write = os.pipe()
    saved = os.dup(1)
    os.dup2(write, 1)
    pieces = []
    try:
        interpreter = redirected(m, stdout=pieces.append, stderr=pieces.append)
        interpreter.run("import os\nos.write(1, b'spam\\n')\nos.system('echo eggs')")
    finally:
        os.dup2(saved, 1)
    equal(["".join(pieces), os.read(read, 99)], ["", b"spam\neggs\n"])


# --- memory --------------------------------------------------------------------------------------


def growth(m, code):
    """Return by how much memory() grows by *code*, or None where it is refused, as it is to be."""
    interpreter = with_method(m, "memory")
    if not TELLS:
        with raises(m, "InterpreterError"):
            interpreter.memory()
        return None
    interpreter.memory()  # so that whatever it needs is there
    interpreter.run("import gc, mmap\ngc.collect()\ngc.disable()")
    before = interpreter.memory()
    interpreter.run(code)
    after = interpreter.memory()
    return {name: after[name] - before[name] for name in before}


@covers("Interpreter.memory.dict")
def memory_returns_a_dict(m):
    """It has two items, objects and bytes, which are positive ints."""
    interpreter = with_method(m, "memory")
    if not TELLS:
        return caught(interpreter.memory)
    memory = interpreter.memory()
    equal([type(memory), sorted(memory)], [dict, ["bytes", "objects"]])
    equal([type(each) for each in memory.values()], [int, int])
    assert memory["bytes"] > memory["objects"] > 100, memory
    with raises(m, "TypeError"):
        interpreter.memory(0)


@covers("Interpreter.memory.objects")
def objects_are_counted(m):
    """Ten thousand lists are ten thousand objects more; when they are gone, as many less."""
    grown = growth(m, "spam = [[] for _ in range(10000)]")
    assert not grown or 10000 <= grown["objects"] < 11000, grown
    grown = growth(m, "spam = [[] for _ in range(10000)]\ndel spam\ngc.collect()")
    assert not grown or abs(grown["objects"]) < 1000, grown


@covers("Interpreter.memory.objects")
def objects_of_other_interpreters_are_not_counted(m):
    """What the main interpreter and others have makes no difference."""
    interpreter, other = with_method(m, "memory"), m.create()
    if not TELLS:
        return caught(interpreter.memory)
    before = interpreter.memory()
    kept = [[] for _ in range(50000)]
    other.run("spam = [[] for _ in range(50000)]")
    after = interpreter.memory()
    assert abs(after["objects"] - before["objects"]) < 1000, [before, after, len(kept)]


@covers("Interpreter.memory.bytes")
def bytes_are_the_sizes_of_objects(m):
    """A thousand lists of a thousand items add at least their sizes, and not much more."""
    size = sys.getsizeof([None] * 1000) * 1000
    grown = growth(m, "spam = [[None] * 1000 for _ in range(1000)]")
    assert not grown or size <= grown["bytes"] < size * 1.3, [grown, size]


@covers("Interpreter.memory.bytes")
def what_objects_refer_to_is_added(m):
    """Text and bytes, which the collector does not know, count if an object of its own has them."""
    grown = growth(m, "spam = ['x' * 10**6 + str(i) for i in range(5)]\neggs = [{}, bytes(10**6)]")
    assert not grown or 6 * 10**6 <= grown["bytes"] < 7 * 10**6, grown


@covers("Interpreter.memory.other-means")
def memory_by_other_means_is_not_in_it(m):
    """Fifty million bytes that are mapped are not counted."""
    grown = growth(m, "spam = mmap.mmap(-1, 50000000)")
    assert not grown or grown["bytes"] < 1000000, grown


@covers("Interpreter.memory.not-told")
def memory_is_told_where_the_collector_can(m):
    """CPython before 3.9 raises InterpreterError; any other Python does not."""
    interpreter = with_method(m, "memory")
    if TELLS:
        equal(type(interpreter.memory()), dict)
    else:
        with raises(m, "InterpreterError"):
            interpreter.memory()


@covers("Interpreter.memory.main")
def memory_refuses_main(m):
    """The main interpreter is an InterpreterError."""
    with_method(m, "memory")
    with raises(m, "InterpreterError"):
        m.get_main().memory()


@covers("Interpreter.memory.current")
def memory_refuses_the_current_interpreter(m):
    """Code that asks for the interpreter in which it runs gets an InterpreterError."""
    code = importing() + "from check import caught\nerror = caught(m.get_current().memory)"
    equal(value(with_method(m, "memory").run, "type(error).__name__", code), "InterpreterError")


@covers("Interpreter.memory.running")
def memory_refuses_a_running_interpreter(m):
    """While another OS thread runs code there it is an InterpreterError; afterwards it is not."""
    interpreter = with_method(m, "memory")
    with busy(interpreter.run):
        with raises(m, "InterpreterError"):
            interpreter.memory()
    if TELLS:
        interpreter.memory()
