"""What is called and run in an interpreter: call, call_within, call_in_thread, exec, prepare_main, close.

Most calls are of functions that every interpreter has: eval() and exec() take source text.
"""

import _thread
import collections
import fractions
import functools
import operator
import os
import threading
import types

from check import (
    CATCHING,
    LOOP,
    begun_in_time,
    bind,
    busy,
    caught,
    covers,
    equal,
    hold,
    importing,
    in_main,
    raises,
    value,
    with_method,
)


def evaluate(interpreter, expression):
    """Return the value of *expression* in an *interpreter*, by a call."""
    return interpreter.call(eval, expression, {})


def calling(interpreter):
    """Return a function that runs source text in an *interpreter* by a call."""
    return lambda code: interpreter.call(exec, code, {})


def refused_there(m, interpreter, line):
    """Return the name of what *line* raises in an *interpreter*, whose object is ``me`` there."""
    code = importing() + "from check import caught\nme = m.get_current()\nerror = caught(%s)" % line
    return value(interpreter.run, "type(error).__name__", code)


# --- call ----------------------------------------------------------------------------------------


@covers("Interpreter.call.calls")
def call_calls_in_the_interpreter(m):
    """The function finds the modules and builtins of that interpreter, and not those of this one."""
    interpreter = m.create()
    interpreter.run("import builtins, json\nbuiltins.spam, json.spam = 1, 2")
    equal(evaluate(interpreter, "[spam, __import__('json').spam]"), [1, 2])
    equal(hasattr(__import__("json"), "spam"), False)


@covers("Interpreter.call.calls")
def call_passes_arguments_on(m):
    """Arguments by position and by name arrive as such, in order, however many."""
    interpreter = m.create()
    equal(interpreter.call(dict), {})
    equal(interpreter.call("{}{}{spam}".format, 1, 2, spam=3), "123")
    equal(interpreter.call(sorted, [2, 3, 1], reverse=True), [3, 2, 1])
    equal(interpreter.call(max, *range(1000)), 999)
    names = {"name%d" % i: i for i in range(500)}
    equal(list(interpreter.call(dict, **names).items()), list(names.items()))


@covers("Interpreter.call.calls")
def call_leaves_every_name_to_the_function(m):
    """Keyword arguments named self, callable, id, args, kwargs, timeout and code are the function's."""
    names = dict.fromkeys(("callable", "id", "args", "kwargs", "timeout", "seconds", "code"), 1)
    names["self"] = 2
    equal(m.create().call(dict, **names), names)


@covers("Interpreter.call.calls")
def call_needs_something_to_call(m):
    """No argument is a TypeError, and so is a keyword argument in its place."""
    interpreter = m.create()
    with raises(m, "TypeError"):
        interpreter.call()
    with raises(m, "TypeError"):
        interpreter.call(callable=len)


@covers("Interpreter.call.calls")
def call_calls_in_one_interpreter_after_the_other(m):
    """Calls of two interpreters, and of one from another, each see their own."""
    one, two = m.create(), m.create()
    one.run("import builtins\nbuiltins.spam = 'one'")
    two.run("import builtins\nbuiltins.spam = 'two'")
    equal([evaluate(each, "spam") for each in (one, two, one)], ["one", "two", "one"])
    bind(one, other=two)
    equal(value(one.run, "other.call(eval, 'spam', {})"), "two")


@covers("Interpreter.call.thread")
def call_stays_in_the_thread_of_the_caller(m):
    """The function runs in the OS thread that makes the call, in whichever that is."""
    interpreter, seen = m.create(), []
    equal(interpreter.call(_thread.get_ident), _thread.get_ident())

    def target():
        seen.append(interpreter.call(_thread.get_ident) == _thread.get_ident())

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    equal(seen, [True])


@covers("Interpreter.call.result")
def call_returns_the_result(m):
    """What the function returns is returned, None and false values too."""
    interpreter = m.create()
    for expression in ("None", "False", "0", "'spam'", "{'a': [1, (2.5, b'b')]}", "2 ** 200"):
        equal(evaluate(interpreter, expression), eval(expression))


@covers("Interpreter.call.callable-shared")
def whatever_can_be_called_is_called(m):
    """A built-in function, a class, a method, a partial function, an object with __call__()."""
    interpreter = m.create()
    equal(interpreter.call(len, "spam"), 4)
    equal(interpreter.call(fractions.Fraction, 1, 3), fractions.Fraction(1, 3))
    equal(interpreter.call("spam".upper), "SPAM")
    equal(interpreter.call(functools.partial(int, base=2), "101"), 5)
    equal(interpreter.call(operator.methodcaller("split", ","), "a,b"), ["a", "b"])


@covers("Interpreter.call.callable-shared")
def a_function_shared_by_value_is_called(m):
    """A lambda, a local function and an object of a local class are called."""

    class Adder:
        def __init__(self, x):
            self.x = x

        def __call__(self, y):
            return self.x + y

    interpreter = m.create()
    equal(interpreter.call(lambda x: x * 2, 4), 8)
    equal(interpreter.call(Adder(1), 2), 3)
    equal(interpreter.call(Adder(1).__call__, 5), 6)


@covers("Interpreter.call.callable-shared")
def what_is_called_is_made_anew(m):
    """A method that changes its object changes the one there."""
    interpreter, spam = m.create(), [1]
    interpreter.call(spam.append, 2)
    equal(spam, [1])


@covers("Interpreter.call.arguments-shared")
def arguments_are_made_anew(m):
    """A list that the function changes, given by position or by name, is not changed here."""
    interpreter, spam = m.create(), [3, 1]
    interpreter.call(operator.setitem, spam, 0, 5)
    interpreter.call(exec, "spam.append(7)", {"spam": spam})
    equal(spam, [3, 1])


@covers("Interpreter.call.arguments-shared")
def arguments_are_sent_at_once(m):
    """One list given twice, by position and by name, is one list there."""
    spam = [1]
    got = m.create().call(lambda a, b, *, c: [a is b, b is c, a], spam, spam, c=spam)
    equal(got, [True, True, [1]])


@covers("Interpreter.call.arguments-shared")
def arguments_that_are_not_shareable_are_refused(m):
    """They raise NotShareableError, and the interpreter is as it was."""
    interpreter, lock = m.create(), _thread.allocate_lock()
    for args, kwargs in (((lock,), {}), (([lock],), {}), ((), {"spam": lock})):
        with raises(m, "NotShareableError"):
            interpreter.call(print, *args, **kwargs)
    equal([interpreter.is_running(), interpreter.call(len, "a")], [False, 1])


@covers("Interpreter.call.result-shared")
def the_result_is_made_anew(m):
    """A list, a queue and an instance of a class arrive as results, each as one like it."""
    interpreter = m.create()
    queue = m.create_queue()
    equal(interpreter.call(operator.getitem, [queue], 0), queue)
    interpreter.run("import builtins\nbuiltins.spam = [1]")
    evaluate(interpreter, "spam").append(2)
    equal(evaluate(interpreter, "spam"), [1])
    got = interpreter.call(collections.Counter, "aab")
    equal([type(got), got["a"]], [collections.Counter, 2])


@covers("Interpreter.call.result-not-shareable")
def a_result_that_is_not_shareable_is_an_error(m):
    """The call is made, and then NotShareableError is raised; the interpreter can be used on."""
    interpreter = m.create()
    read, write = os.pipe()
    expression = "[__import__('os').write(%d, b'.'), __import__('_thread').allocate_lock()]" % write
    with raises(m, "NotShareableError"):
        evaluate(interpreter, expression)
    os.close(write)
    equal([os.read(read, 9), interpreter.is_running()], [b".", False])
    equal(interpreter.call(len, "spam"), 4)


@covers("Interpreter.call.type")
def what_cannot_be_called_is_a_type_error(m):
    """An int, a str, None, a tuple and an object without __call__() are refused."""
    interpreter = m.create()
    for wrong in (42, "print", None, (len,), types.SimpleNamespace(), m.create_queue()):
        with raises(m, "TypeError", repr(wrong)):
            interpreter.call(wrong)
        with raises(m, "TypeError", repr(wrong)):
            interpreter.call(wrong, 1, a=2)


@covers("Interpreter.call.namespace")
def code_that_is_called_is_executed_in_main(m):
    """eval() and exec() have the namespace of __main__, if they are given none or None."""
    interpreter = m.create()
    interpreter.run("spam = 42")
    equal(interpreter.call(eval, "spam"), 42)
    equal(interpreter.call(exec, "eggs = spam + 1"), None)
    equal(interpreter.call(eval, "eggs", None), 43)
    equal(interpreter.call(eval, "[spam, eggs]", None, {"eggs": 1}), [42, 1])
    equal(value(interpreter.run, "eggs"), 43)


@covers("Interpreter.call.namespace")
def code_that_is_called_has_the_namespace_that_it_is_given(m):
    """eval() and exec() with globals find nothing of __main__, and leave nothing there."""
    interpreter = m.create()
    interpreter.run("spam = 42")
    equal(interpreter.call(eval, "spam", {"spam": 1}), 1)
    equal(interpreter.call(eval, "'spam' in globals()", {}), False)
    interpreter.call(exec, "spam = 2", {})
    equal(value(interpreter.run, "spam"), 42)


@covers("Interpreter.call.namespace")
def what_lists_the_callers_names_lists_those_of_main(m):
    """dir(), globals(), locals() and vars() tell what is bound in __main__; with an argument, its own."""
    interpreter = m.create()
    interpreter.run("vars(__import__('sys').modules['__main__']).clear()")
    interpreter.prepare_main(spam=42, eggs=43)
    for function in (globals, locals, vars):
        equal(interpreter.call(function), {"spam": 42, "eggs": 43})
    equal(interpreter.call(dir), ["eggs", "spam"])
    equal(interpreter.call(dir, 42), dir(42))


@covers("Interpreter.call.in-progress")
def the_interpreter_is_running_while_the_call_is(m):
    """is_running() is True during the call, for another thread and for what is called; then False."""
    interpreter = m.create()
    equal(interpreter.is_running(), False)
    with busy(calling(interpreter)):
        equal(interpreter.is_running(), True)
    equal(interpreter.is_running(), False)
    code = importing() + "spam = m.get_current().is_running()"
    equal(value(calling(interpreter), "spam", code), True)
    caught(calling(interpreter), "1/0")
    equal(interpreter.is_running(), False)


@covers("Interpreter.call.in-progress")
def an_interpreter_that_calls_is_not_destroyed(m):
    """While a call is in progress the interpreter can be neither destroyed nor used."""
    interpreter = m.create()
    with busy(calling(interpreter)):
        with raises(m, "InterpreterError"):
            interpreter.destroy()
        with raises(m, "InterpreterError"):
            interpreter.run("pass")
    interpreter.destroy()


@covers("Interpreter.call.main")
def call_refuses_main(m):
    """A call in the main interpreter is an InterpreterError, from another interpreter too."""
    with raises(m, "InterpreterError"):
        m.get_main().call(len, "spam")
    equal(refused_there(m, m.create(), "m.get_main().call, len, 'spam'"), "InterpreterError")


@covers("Interpreter.call.current")
def call_refuses_the_current_interpreter(m):
    """Code that makes a call in the interpreter in which it runs gets an InterpreterError."""
    equal(refused_there(m, m.create(), "me.call, len, 'spam'"), "InterpreterError")


@covers("Interpreter.call.running")
def call_refuses_a_running_interpreter(m):
    """While one OS thread runs code there, or makes a call, another gets an InterpreterError."""
    interpreter = m.create()
    for run in (interpreter.run, calling(interpreter)):
        with busy(run):
            with raises(m, "InterpreterError"):
                interpreter.call(len, "spam")
        equal(interpreter.call(len, "spam"), 4)


@covers("Interpreter.call.running")
def call_refuses_the_interpreter_that_waits_for_the_caller(m):
    """Code that makes a call in the interpreter whose code runs it gets an InterpreterError."""
    outer, inner = m.create(), m.create()
    code = importing() + "from check import caught\nerror = caught(m.Interpreter(%d).call, len, '')"
    bind(outer, inner=inner, code=code % int(outer.id))
    outer.run('inner.call(exec, \'vars(__import__("builtins"))["seen"] = 1\', {})')
    outer.run("getattr(inner, 'run', getattr(inner, 'exec', None))(code)")
    equal(value(inner.run, "[type(error).__name__, seen]"), ["InterpreterError", 1])


@covers("Interpreter.call.raises")
def call_raises_what_the_function_raises(m):
    """The same class and arguments, of built-in exceptions and those of the standard library."""
    interpreter = m.create()
    error = caught(calling(interpreter), "raise KeyError('spam', 1)")
    equal([type(error), error.args], [KeyError, ("spam", 1)])
    error = caught(interpreter.call, int, "spam")
    equal(type(error), ValueError)
    error = caught(interpreter.call, operator.truediv, 1, 0)
    equal(type(error), ZeroDivisionError)
    error = caught(interpreter.call, fractions.Fraction, 1, 0)
    equal([type(error), str(error)], [ZeroDivisionError, "Fraction(1, 0)"])


@covers("Interpreter.call.raises")
def call_raises_a_class_of_the_function_under_its_name(m):
    """A class that the function defines arrives as a subclass of a known one, under its name."""
    error = caught(calling(m.create()), "class Spam(KeyError): pass\nraise Spam('eggs')")
    equal([type(error).__name__, isinstance(error, KeyError)], ["Spam", True])
    equal(error.args, ("eggs",))


@covers("Interpreter.call.raises")
def call_raises_what_is_no_exception(m):
    """SystemExit and KeyboardInterrupt are raised in the caller, who may catch them."""
    interpreter = m.create()
    equal(type(caught(calling(interpreter), "raise KeyboardInterrupt")), KeyboardInterrupt)
    error = caught(calling(interpreter), "raise SystemExit('spam')")
    equal([type(error), error.code], [SystemExit, "spam"])


@covers("Interpreter.call.raises")
def call_attaches_the_remote_traceback(m):
    """The __cause__ is the traceback of the function, with its lines."""
    spam = in_main("def spam():\n    eggs()\ndef eggs():\n    return 1 / 0\n")["spam"]
    error = caught(m.create().call, spam)
    equal(type(error), ZeroDivisionError)
    text = str(error.__cause__)
    assert "line 2, in spam" in text and "line 4, in eggs" in text, text


@covers("Interpreter.call.raises")
def an_interpreter_whose_call_raised_can_be_used(m):
    """After an exception more calls can be made, and code can be run."""
    interpreter = m.create()
    for _ in range(3):
        caught(calling(interpreter), "1/0")
        equal(interpreter.call(len, "spam"), 4)
    interpreter.run("pass")


@covers("Interpreter.call.raises")
def a_wrong_number_of_arguments_is_raised_there(m):
    """What the call itself raises, for a missing argument, is raised in the caller."""
    interpreter = m.create()
    with raises(m, "TypeError"):
        interpreter.call(len)
    with raises(m, "TypeError"):
        interpreter.call(len, "spam", spam=1)


# --- call_within ---------------------------------------------------------------------------------


@covers("Interpreter.call_within.like-call")
def call_within_returns_the_result(m):
    """In time the result is returned, arguments are passed on, and exceptions are raised."""
    interpreter = with_method(m, "call_within")
    equal(interpreter.call_within(60, len, "spam"), 4)
    equal(interpreter.call_within(60.5, sorted, [1, 2], reverse=True), [2, 1])
    with raises(m, "ZeroDivisionError"):
        interpreter.call_within(60, operator.truediv, 1, 0)
    names = {"self": 1, "seconds": 2, "callable": 3, "timeout": 4}
    equal(interpreter.call_within(60, dict, **names), names)


@covers("Interpreter.call_within.like-call")
def call_within_refuses_what_call_refuses(m):
    """The main interpreter, a running one, what cannot be called, what is not shareable."""
    interpreter = with_method(m, "call_within")
    with raises(m, "InterpreterError"):
        m.get_main().call_within(60, len, "spam")
    with busy(interpreter.run):
        with raises(m, "InterpreterError"):
            interpreter.call_within(60, len, "spam")
    with raises(m, "TypeError"):
        interpreter.call_within(60, "spam")
    with raises(m, "TypeError"):
        interpreter.call_within(60)
    with raises(m, "NotShareableError"):
        interpreter.call_within(60, len, _thread.allocate_lock())
    with raises(m, "NotShareableError"):
        interpreter.call_within(60, _thread.allocate_lock)


@covers("Interpreter.call_within.like-call")
def call_within_takes_seconds_by_position(m):
    """seconds and callable cannot be given by name."""
    interpreter = with_method(m, "call_within")
    with raises(m, "TypeError"):
        interpreter.call_within(seconds=60, callable=dict)
    with raises(m, "TypeError"):
        interpreter.call_within()


@covers("Interpreter.call_within.timeout", "Interpreter.call_within.raises")
def call_within_ends_what_takes_too_long(m):
    """What does not return ends, by TimeoutError here; afterwards the interpreter can be used."""
    interpreter = with_method(m, "call_within")
    for seconds in (0.05, 0.001, 0):
        with raises(m, "TimeoutError", str(seconds)):
            interpreter.call_within(seconds, exec, LOOP, {})
        equal([interpreter.is_running(), interpreter.call(len, "spam")], [False, 4])


@covers("Interpreter.call_within.timeout", "Interpreter.call_within.caught")
def the_function_may_catch_the_interrupt(m):
    """KeyboardInterrupt is raised in it, once: what catches it may return what it likes."""
    interpreter = with_method(m, "call_within")
    expression = "(lambda names: exec(code, names) or names['seen'])({})"
    got = begun_in_time(
        lambda s, code: interpreter.call_within(s, eval, expression, {"code": code})
    )
    equal(got, ["interrupted", 999999])


@covers("Interpreter.call_within.raises")
def call_within_raises_what_ends_the_function(m):
    """What is raised in the place of the KeyboardInterrupt arrives; so does one of its own."""
    interpreter = with_method(m, "call_within")
    code = CATCHING + "raise EOFError('spam')"
    with raises(m, "EOFError", "spam"):
        begun_in_time(lambda s, code: interpreter.call_within(s, exec, code, {}), code)
    with raises(m, "KeyboardInterrupt"):
        interpreter.call_within(60, exec, "raise KeyboardInterrupt", {})


@covers("Interpreter.call_within.timeout")
def a_timeout_is_over_when_the_call_is(m):
    """What runs after a call that returned in time is not interrupted."""
    interpreter = with_method(m, "call_within")
    for _ in range(50):
        try:
            interpreter.call_within(0.001, sum, range(100))
        except TimeoutError:
            pass
        equal(evaluate(interpreter, "sum(range(10000))"), 49995000)


@covers("Interpreter.call_within.as-interrupt")
def a_timeout_ends_the_wait_of_a_queue(m):
    """A get() that waits is interrupted, as interrupt() does it."""
    interpreter, queue = with_method(m, "call_within"), m.create_queue()
    with raises(m, "TimeoutError"):
        interpreter.call_within(0.02, exec, "queue.get()", {"queue": queue})
    queue.put(1)
    equal(interpreter.call_within(60, eval, "queue.get()", {"queue": queue}), 1)


@covers("Interpreter.call_within.type")
def seconds_are_a_number(m):
    """A str, None, a Fraction and an object with __index__() are a TypeError; nothing is called."""
    interpreter = with_method(m, "call_within")

    class Index:
        def __index__(self):
            return 60

        def __float__(self):
            return 60.0

    for wrong in ("60", None, [60], fractions.Fraction(60), 60j, Index(), len):
        with raises(m, "TypeError", repr(wrong)):
            interpreter.call_within(wrong, len, "spam")


@covers("Interpreter.call_within.type")
def any_int_and_float_is_accepted(m):
    """The largest numbers, infinity and instances of subclasses are."""
    interpreter = with_method(m, "call_within")

    class Int(int):
        pass

    class Float(float):
        pass

    for seconds in (2**31, 2**63, 2**64, 10**400, 1e300, float("inf"), Int(60), Float(60)):
        equal(interpreter.call_within(seconds, len, "spam"), 4)


@covers("Interpreter.call_within.negative")
def seconds_cannot_be_negative(m):
    """-1, the smallest float below 0 and minus infinity are a ValueError; nothing is called."""
    interpreter = with_method(m, "call_within")
    read, write = os.pipe()
    for seconds in (-1, -0.5, -5e-324, -(10**400), float("-inf")):
        with raises(m, "ValueError", repr(seconds)):
            interpreter.call_within(seconds, os.write, write, b".")
    os.close(write)
    equal(os.read(read, 9), b"")


# --- call_in_thread ------------------------------------------------------------------------------


@covers("Interpreter.call_in_thread.thread")
def call_in_thread_calls_in_another_thread(m):
    """The call is made in the interpreter, in a thread that is not this one, with its arguments."""
    interpreter, queue = m.create(), m.create_queue()
    code = "queue.put([__import__('_thread').get_ident(), spam, eggs])"
    names = {"queue": queue, "spam": 1, "eggs": [2]}
    thread = interpreter.call_in_thread(exec, code, names)
    thread.join()
    ident, *rest = queue.get()
    equal([ident == thread.ident, rest], [True, [1, [2]]])
    assert ident != threading.get_ident()


@covers("Interpreter.call_in_thread.thread")
def call_in_thread_comes_back_at_once(m):
    """The caller goes on while the call is in progress, and the interpreter is running meanwhile."""
    interpreter = m.create()
    (started, start), (stop, stopping) = os.pipe(), os.pipe()
    code = "import os; os.write(%d, b'.'); os.read(%d, 1)" % (start, stop)
    thread = interpreter.call_in_thread(exec, code, {})
    os.read(started, 1)
    equal([thread.is_alive(), interpreter.is_running()], [True, True])
    os.write(stopping, b".")
    thread.join()
    equal(interpreter.is_running(), False)


@covers("Interpreter.call_in_thread.thread")
def call_in_thread_leaves_every_name_to_the_function(m):
    """Keyword arguments named self, callable, target, name and daemon are the function's."""
    interpreter = m.create()
    read, write = os.pipe()
    names = dict.fromkeys(("self", "callable", "target", "args", "kwargs", "name", "daemon"), "")
    source = "def spam(fd, **names):\n import os\n os.write(fd, ','.join(sorted(names)).encode())"
    interpreter.call_in_thread(in_main(source)["spam"], write, **names).join()
    os.close(write)
    equal(os.read(read, 99).decode().split(","), sorted(names))


@covers("Interpreter.call_in_thread.returned")
def call_in_thread_returns_the_thread(m):
    """What is returned is a threading.Thread, which has been started and can be joined."""
    thread = m.create().call_in_thread(len, "spam")
    assert isinstance(thread, threading.Thread), type(thread).__name__
    thread.join()
    equal(thread.is_alive(), False)


def reported(interpreter, *args):
    """Return what threading.excepthook was given for a call in a thread."""
    seen, threading.excepthook = [], lambda args: seen.append((args.exc_type, args.thread))
    thread = interpreter.call_in_thread(*args)
    thread.join()
    return [(cls, which is thread) for cls, which in seen]


@covers("Interpreter.call_in_thread.dropped")
def the_result_of_a_call_in_a_thread_is_dropped(m):
    """Nothing is reported, whatever the result."""
    equal(reported(m.create(), len, "spam"), [])
    equal(reported(m.create(), eval, "[1] * 10", {}), [])


@covers("Interpreter.call_in_thread.reported")
def an_exception_of_a_call_in_a_thread_is_reported(m):
    """threading.excepthook is called with it and the thread, and the interpreter can be used on."""
    interpreter = m.create()
    equal(reported(interpreter, exec, "1/0", {}), [(ZeroDivisionError, True)])
    equal(reported(interpreter, exec, "raise KeyError", {}), [(KeyError, True)])
    equal(interpreter.call(len, "spam"), 4)


# --- exec ----------------------------------------------------------------------------------------


@covers("Interpreter.exec.like-run")
def exec_runs_source_text(m):
    """The code runs in __main__, in this thread; what it binds persists, and None is returned."""
    interpreter = m.create()
    equal(interpreter.exec("spam = 1\nfrom _thread import get_ident"), None)
    interpreter.run("spam += 1")
    equal(value(interpreter.exec, "[spam, get_ident()]"), [2, _thread.get_ident()])
    equal(value(interpreter.exec, "globals() is vars(sys.modules['__main__'])", "import sys"), True)


@covers("Interpreter.exec.like-run")
def exec_raises_what_the_code_raises(m):
    """The same class and arguments; a SyntaxError tells the line, in the file <string>."""
    interpreter = m.create()
    error = caught(interpreter.exec, "spam = 1\nraise KeyError('spam', 1)")
    equal([type(error), error.args], [KeyError, ("spam", 1)])
    error = caught(interpreter.exec, "spam = 2\n1 +")
    equal([type(error), error.lineno, error.filename], [SyntaxError, 2, "<string>"])
    equal(value(interpreter.exec, "spam"), 1)


@covers("Interpreter.exec.like-run")
def exec_takes_only_source_text(m):
    """bytes, a code object, a function and None are a TypeError; nulls are a ValueError."""
    interpreter = m.create()
    for wrong in (b"pass", compile("pass", "", "exec"), len, None):
        with raises(m, "TypeError", repr(wrong)):
            interpreter.exec(wrong)
    for wrong in ("pass\0", "'\ud800'"):
        with raises(m, "ValueError", repr(wrong)):
            interpreter.exec(wrong)


@covers("Interpreter.exec.like-run")
def exec_takes_code_by_position(m):
    """code cannot be given by name, and is needed; there is no second one."""
    interpreter = m.create()
    with raises(m, "TypeError"):
        interpreter.exec()
    with raises(m, "TypeError"):
        interpreter.exec(code="pass")
    with raises(m, "TypeError"):
        interpreter.exec("pass", None)


@covers("Interpreter.exec.like-run")
def exec_refuses_what_run_refuses(m):
    """The main interpreter, the current one and a running one are an InterpreterError."""
    interpreter = m.create()
    with raises(m, "InterpreterError"):
        m.get_main().exec("pass")
    equal(refused_there(m, interpreter, "me.exec, 'pass'"), "InterpreterError")
    with busy(interpreter.exec):
        equal(interpreter.is_running(), True)
        with raises(m, "InterpreterError"):
            interpreter.exec("pass")
    interpreter.exec("pass")


@covers("Interpreter.exec.timeout")
def exec_ends_what_takes_too_long(m):
    """The code is interrupted, which it may catch; what it has bound is still bound."""
    interpreter = m.create()
    for seconds in (0.02, 0):
        with raises(m, "TimeoutError"):
            interpreter.exec(LOOP, timeout=seconds)
    equal(begun_in_time(lambda s, code: interpreter.exec(code, timeout=s)), None)
    equal(value(interpreter.exec, "seen"), ["interrupted", 999999])


@covers("Interpreter.exec.timeout")
def exec_in_time_is_not_interrupted(m):
    """Code that ends in time is not interrupted, nor is what runs after it."""
    interpreter = m.create()
    equal(interpreter.exec("spam = 1", timeout=60), None)
    for _ in range(20):
        try:
            interpreter.exec("pass", timeout=0.001)
        except TimeoutError:
            pass
        interpreter.exec("for i in range(10000): pass")
    equal(value(interpreter.exec, "[spam, i]"), [1, 9999])


@covers("Interpreter.exec.like-call_within")
def exec_judges_timeout_as_call_within_does(m):
    """A str and a Fraction are a TypeError, negative numbers a ValueError; large ones are fine."""
    interpreter = m.create()
    for wrong in ("60", fractions.Fraction(60), [60]):
        with raises(m, "TypeError", repr(wrong)):
            interpreter.exec("spam = 1", timeout=wrong)
    for wrong in (-1, -5e-324, float("-inf")):
        with raises(m, "ValueError", repr(wrong)):
            interpreter.exec("spam = 1", timeout=wrong)
    equal(value(interpreter.exec, "'spam' in globals()"), False)
    for fine in (2**64, 10**400, float("inf")):
        interpreter.exec("spam = 1", timeout=fine)


@covers("Interpreter.exec.none")
def none_is_no_limit(m):
    """timeout=None is as no timeout: code that waits for another thread goes on when that is ready."""
    interpreter = m.create()
    with busy(lambda code: interpreter.exec(code, timeout=None)):
        equal(interpreter.is_running(), True)
    interpreter.exec("spam = 1", timeout=None)
    equal(value(interpreter.exec, "spam"), 1)


# --- prepare_main --------------------------------------------------------------------------------


@covers("Interpreter.prepare_main.binds")
def names_are_bound_in_main(m):
    """What is bound is found by the code that runs next, replaces what was there, and stays."""
    interpreter = m.create()
    interpreter.run("spam, eggs = 0, 0")
    equal(interpreter.prepare_main({"spam": 1, "ham": "x"}), None)
    equal(value(interpreter.run, "[spam, eggs, ham]"), [1, 0, "x"])
    interpreter.prepare_main(spam=2)
    equal(
        value(interpreter.run, "[spam, vars(sys.modules['__main__'])['ham']]", "import sys"),
        [2, "x"],
    )
    assert "ham" not in globals()


@covers("Interpreter.prepare_main.binds")
def nothing_to_bind_is_fine(m):
    """No argument, None and an empty mapping bind nothing."""
    interpreter = m.create()
    interpreter.run("import os\nbefore = set(globals())")
    for args in ((), (None,), ({},)):
        equal(interpreter.prepare_main(*args), None)
    equal(value(interpreter.run, "set(globals()) - before"), {"before"})


@covers("Interpreter.prepare_main.mapping")
def any_mapping_will_do(m):
    """An OrderedDict, a read-only mapping, a ChainMap and a mapping of a class of one's own."""
    interpreter, pairs = m.create(), {"spam": 1, "eggs": 2}

    class Mapping(collections.abc.Mapping):
        def __getitem__(self, key):
            return pairs[key]

        def __iter__(self):
            return iter(pairs)

        def __len__(self):
            return len(pairs)

    for ns in (
        *(
            collections.OrderedDict(pairs),
            types.MappingProxyType(pairs),
            collections.ChainMap(pairs),
        ),
        *(collections.UserDict(pairs), Mapping()),
    ):
        interpreter.run("spam = eggs = None")
        interpreter.prepare_main(ns)
        equal(value(interpreter.run, "[spam, eggs]"), [1, 2])


@covers("Interpreter.prepare_main.mapping")
def the_mapping_is_not_changed(m):
    """It has the same items afterwards, and its keys need not be identifiers."""
    interpreter, ns = m.create(), {"spam eggs": 1, "": 2, "é": 3}
    interpreter.prepare_main(ns, ham=4)
    equal(ns, {"spam eggs": 1, "": 2, "é": 3})
    expression = "[globals()[name] for name in ('spam eggs', '', '\\xe9', 'ham')]"
    equal(value(interpreter.run, expression), [1, 2, 3, 4])


@covers("Interpreter.prepare_main.keywords")
def keyword_arguments_are_bound(m):
    """Names are taken from keyword arguments, ns and self among them."""
    interpreter = m.create()
    interpreter.prepare_main(spam=1, ns=2, **{"self": 3, "not a name": 4})
    equal(value(interpreter.run, "[spam, ns, self, globals()['not a name']]"), [1, 2, 3, 4])


@covers("Interpreter.prepare_main.prevail")
def keyword_arguments_prevail(m):
    """Of a name in both the value of the keyword argument is bound."""
    interpreter = m.create()
    interpreter.prepare_main({"spam": 1, "eggs": 2}, spam=3)
    equal(value(interpreter.run, "[spam, eggs]"), [3, 2])


@covers("Interpreter.prepare_main.shared")
def values_are_shared(m):
    """Values of all kinds arrive, made anew: plain ones, lists, objects, queues and functions."""
    interpreter, spam = m.create(), [1]
    local = 5
    interpreter.prepare_main(
        a=None, b=2**100, c=spam, d=fractions.Fraction(1, 3), e=m.create_queue(), f=lambda: local
    )
    interpreter.run("c.append(2)\ne.put(c)")
    expected = [None, 2**100, [1, 2], "1/3", 1, 5]
    equal(value(interpreter.run, "[a, b, c, str(d), e.qsize(), f()]"), expected)
    equal(spam, [1])


@covers("Interpreter.prepare_main.shared")
def plain_values_are_shared(m):
    """Values of the types that are always shareable arrive."""
    interpreter = m.create()
    for spam in (None, True, -(2**40), 1.5, "\udc80é", b"\0x", (1, ("a", None))):
        interpreter.prepare_main(spam=spam)
        equal(value(interpreter.run, "spam"), spam)


@covers("Interpreter.prepare_main.key-type")
def a_key_is_a_str(m):
    """An int, bytes, None and a tuple are a TypeError, wherever they are in the mapping."""
    interpreter = m.create()
    for key in (1, b"spam", None, ("spam",)):
        with raises(m, "TypeError", repr(key)):
            interpreter.prepare_main({"eggs": 1, key: 2})
    equal(value(interpreter.run, "'eggs' in globals()"), False)


@covers("Interpreter.prepare_main.refused")
def nothing_is_bound_if_a_value_is_refused(m):
    """If one value is not shareable, or cannot be made there, none is bound."""

    class Made:
        def __reduce__(self):
            return int, ("spam",)

    interpreter = m.create()
    with raises(m, "NotShareableError"):
        interpreter.prepare_main({"spam": 1, "eggs": _thread.allocate_lock()}, ham=2)
    caught(lambda: interpreter.prepare_main(spam=1, eggs=Made(), ham=2))
    equal(
        value(interpreter.run, "[each for each in ('spam', 'eggs', 'ham') if each in globals()]"),
        [],
    )


@covers("Interpreter.prepare_main.refused")
def nothing_is_bound_if_a_key_is_refused(m):
    """If one key is no str, nothing is bound and nothing is replaced."""
    interpreter = m.create()
    interpreter.run("spam = 0")
    with raises(m, "TypeError"):
        interpreter.prepare_main({"spam": 1, 2: 3}, eggs=4)
    equal(value(interpreter.run, "[spam, 'eggs' in globals()]"), [0, False])


@covers("Interpreter.prepare_main.refused")
def nothing_is_bound_in_a_running_interpreter(m):
    """What was refused because the interpreter was running is not bound later."""
    interpreter = m.create()
    with busy(interpreter.run):
        caught(lambda: interpreter.prepare_main(spam=1))
    equal(value(interpreter.run, "'spam' in globals()"), False)


@covers("Interpreter.prepare_main.main")
def prepare_main_refuses_main(m):
    """The main interpreter is an InterpreterError, from another interpreter too."""
    with raises(m, "InterpreterError"):
        m.get_main().prepare_main(spam=1)
    assert not hasattr(__import__("__main__"), "spam")
    equal(
        refused_there(m, m.create(), "m.get_main().prepare_main, {'spam': 1}"), "InterpreterError"
    )


@covers("Interpreter.prepare_main.current")
def prepare_main_refuses_the_current_interpreter(m):
    """Code that binds names in the interpreter in which it runs gets an InterpreterError."""
    equal(refused_there(m, m.create(), "me.prepare_main, {'spam': 1}"), "InterpreterError")


@covers("Interpreter.prepare_main.running")
def prepare_main_refuses_a_running_interpreter(m):
    """While another OS thread runs code there, or makes a call, it is an InterpreterError."""
    interpreter = m.create()
    for run in (interpreter.run, calling(interpreter)):
        with busy(run):
            with raises(m, "InterpreterError"):
                interpreter.prepare_main(spam=1)
    interpreter.prepare_main(spam=1)


# --- close ---------------------------------------------------------------------------------------


@covers("Interpreter.close.same")
def close_destroys(m):
    """It returns None, and the interpreter is gone; it calls its atexit callbacks."""
    interpreter = m.create()
    read, write = os.pipe()
    interpreter.run("import atexit, os\natexit.register(os.write, %d, b'.')" % write)
    equal(interpreter.close(), None)
    os.close(write)
    equal([os.read(read, 9), interpreter in m.list_all()], [b".", False])


@covers("Interpreter.close.same")
def methods_of_a_closed_interpreter_are_refused(m):
    """Every method of an object whose interpreter is gone raises InterpreterNotFoundError."""
    interpreter = m.create()
    hold(interpreter)
    interpreter.close()
    for method, *args in (
        *((interpreter.close,), (interpreter.destroy,), (interpreter.is_running,)),
        *((interpreter.call, len, "spam"), (interpreter.exec, "pass"), (interpreter.run, "pass")),
        *((interpreter.prepare_main, {"spam": 1}), (interpreter.prepare_main,)),
    ):
        with raises(m, "InterpreterNotFoundError", str(args)):
            method(*args)


@covers("Interpreter.close.same")
def close_refuses_what_destroy_refuses(m):
    """The main interpreter, the current one, and one that runs code or a call."""
    interpreter = m.create()
    with raises(m, "InterpreterError"):
        m.get_main().close()
    equal(refused_there(m, interpreter, "me.close"), "InterpreterError")
    for run in (interpreter.run, calling(interpreter)):
        with busy(run):
            with raises(m, "InterpreterError"):
                interpreter.close()
    interpreter.close()


@covers("Interpreter.close.same")
def close_works_in_any_interpreter_and_thread(m):
    """An interpreter is closed by code in another one, and in another OS thread."""
    one, two, three = m.create(), m.create(), m.create()
    bind(one, other=two)
    one.run("other.close()")
    thread = threading.Thread(target=three.close)
    thread.start()
    thread.join()
    equal(m.list_all(), [m.get_main(), one])
