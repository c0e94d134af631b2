"""run_string(): what runs, where, and what is refused.  For exceptions see the next file."""

from __future__ import annotations

import os
import threading
from functools import partial

from check import busy, caught, covers, equal, foreign, importing, raises, value


@covers("run_string.runs")
def source_text_runs_in_the_interpreter(m):
    """The code runs, in the interpreter identified, and in no other."""
    one, two = m.create(), m.create()
    read, write = os.pipe()
    m.run_string(one, "import os\nspam = 1\nos.write(%d, b'ran')" % write)
    equal(os.read(read, 9), b"ran")
    assert "spam" not in globals()
    equal(value(partial(m.run_string, two), "'spam' in globals()"), False)


@covers("run_string.runs")
def any_source_text_is_run(m):
    """Functions, classes, loops, unusual indentation, no final newline, letters beyond ASCII."""
    code = "class Späm:\n\tdef eggs(self):\n\t\treturn [n for n in range(3)]\n\n\nü = Späm().eggs()"
    equal(value(partial(m.run_string, m.create()), "ü", code), [0, 1, 2])


@covers("run_string.runs")
def long_source_text_is_run(m):
    """A megabyte of source text."""
    equal(value(partial(m.run_string, m.create()), "n", "n = 1\n" * 170000), 1)


@covers("run_string.runs")
def a_subclass_of_str_is_source_text(m):
    """An instance of a subclass of str is a str."""

    class Text(str):
        def __str__(self):
            return "spam = 2"

    id = m.create()
    m.run_string(id, Text("spam = 1"))
    equal(value(partial(m.run_string, id), "spam"), 1)


@covers("run_string.thread")
def code_runs_in_the_thread_of_the_caller(m):
    """In the main thread and in another one, the code sees the caller's thread identifier."""
    run = partial(m.run_string, m.create())
    seen = [(threading.get_ident(), value(run, "get_ident()", "from _thread import *"))]

    def target():
        seen.append((threading.get_ident(), value(run, "get_ident()")))

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    equal([here == there for here, there in seen], [True, True])


@covers("run_string.main-thread")
def the_thread_is_the_main_thread_of_the_interpreter(m):
    """threading.main_thread() and current_thread() are the caller's thread, whichever that is."""
    run = partial(m.run_string, m.create())
    run("import threading")
    seen = []

    def target():
        seen.append(value(run, "threading.main_thread() is threading.current_thread()"))
        ident = value(run, "threading.main_thread().ident")
        seen.append(ident == threading.get_ident())

    target()
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    equal(seen, [True] * 4)


@covers("run_string.none")
def the_result_is_none(m):
    """None is returned, whatever the code computes."""
    id = m.create()
    for code in ("pass", "42", "spam = 42\nspam", "lambda: 0"):
        equal(m.run_string(id, code), None)


@covers("run_string.none")
def it_returns_when_the_code_has_ended(m):
    """When the call returns, everything that the code does has been done."""
    read, write = os.pipe()
    m.run_string(m.create(), "import os, time\ntime.sleep(0.05)\nos.write(%d, b'done')" % write)
    os.set_blocking(read, False)
    equal(os.read(read, 9), b"done")


@covers("run_string.namespace")
def the_namespace_is_that_of_main(m):
    """globals() and locals() are the namespace of the module __main__."""
    expression = "globals() is locals() is vars(sys.modules['__main__'])"
    equal(value(partial(m.run_string, m.create()), expression, "import sys"), True)


@covers("run_string.namespace")
def the_name_of_the_module_is_main(m):
    """__name__ is '__main__', and the built-in functions are there."""
    equal(value(partial(m.run_string, m.create()), "[__name__, len('spam')]"), ["__main__", 4])


@covers("run_string.persists")
def names_persist(m):
    """Variables, functions and imports of one run are there in the next; what is deleted is not."""
    run = partial(m.run_string, m.create())
    run("import json\nspam = [1]\ndef eggs(): return spam")
    run("spam.append(2)")
    equal(value(run, "json.dumps(eggs())"), "[1, 2]")
    run("del spam")
    equal(value(run, "'spam' in globals()"), False)


@covers("run_string.future")
def future_statements_of_the_caller_do_not_apply(m):
    """This file imports annotations from __future__; annotations in the code are evaluated."""
    code = "def spam(x: int): pass\nkind = type(spam.__annotations__['x']).__name__"
    equal(value(partial(m.run_string, m.create()), "kind", code), "type")


@covers("run_string.future")
def future_statements_of_an_earlier_run_do_not_apply(m):
    """A from __future__ statement holds for the run that it is in."""
    run = partial(m.run_string, m.create())
    run("from __future__ import annotations")
    code = "def spam(x: int): pass\nkind = type(spam.__annotations__['x']).__name__"
    equal(value(run, "kind", code), "type")


@covers("run_string.str")
def other_types_are_a_type_error(m):
    """bytes, a code object, a function, None and a number are a TypeError."""
    id = m.create()
    for command in (b"pass", compile("pass", "", "exec"), lambda: None, None, 1):
        with raises(m, "TypeError"):
            m.run_string(id, command)


@covers("run_string.null")
def a_null_character_is_a_value_error(m):
    """A null character anywhere is a ValueError, and nothing is run."""
    id = m.create()
    for command in ("\0", "spam = 1\0", "spam = 1\n\0pass", "'\0'"):
        error = caught(m.run_string, id, command)
        assert type(error) is ValueError, "raised %s: %s" % (type(error).__name__, error)
    equal(value(partial(m.run_string, id), "'spam' in globals()"), False)


@covers("run_string.surrogate")
def a_lone_surrogate_is_a_value_error(m):
    """A lone surrogate, also inside a string literal, is a ValueError."""
    id = m.create()
    for command in ("\ud800", "spam = '\udcff'"):
        error = caught(m.run_string, id, command)
        assert isinstance(error, ValueError), "raised %s: %s" % (type(error).__name__, error)


@covers("run_string.empty")
def nothing_can_be_run(m):
    """The empty string, white space and a comment are fine."""
    id = m.create()
    for command in ("", " ", "\n", "# spam"):
        equal(m.run_string(id, command), None)


@covers("run_string.main")
def main_interpreter_is_refused(m):
    """Running in the main interpreter is an InterpreterError, also from a subinterpreter."""
    with raises(m, "InterpreterError"):
        m.run_string(m.get_main(), "pass")
    code = "from check import caught\nerror = caught(m.run_string, m.get_main(), 'pass')"
    name = value(partial(m.run_string, m.create()), "type(error).__name__", importing() + code)
    equal(name, "InterpreterError")


@covers("run_string.current")
def current_interpreter_is_refused(m):
    """Code that runs code in the interpreter in which it runs gets an InterpreterError."""
    code = "from check import caught\nerror = caught(m.run_string, m.get_current(), 'pass')"
    name = value(partial(m.run_string, m.create()), "type(error).__name__", importing() + code)
    equal(name, "InterpreterError")


@covers("run_string.foreign")
def an_interpreter_of_another_module_can_be_used(m):
    """Code runs in one that the Python's own private module created."""
    id = foreign(m)
    if id is not None:
        run = partial(m.run_string, int(id))
        run("spam = 1")
        equal(value(run, "spam + 1"), 2)


@covers("run_string.running")
def running_interpreter_is_refused(m):
    """While one OS thread runs code in it, another gets an InterpreterError; afterwards not."""
    id = m.create()
    with busy(partial(m.run_string, id)):
        with raises(m, "InterpreterError"):
            m.run_string(id, "pass")
    m.run_string(id, "pass")


@covers("run_string.running")
def calling_interpreter_is_refused(m):
    """A subinterpreter cannot be entered again by code that its own code runs elsewhere."""
    outer, inner = m.create(), m.create()
    again = importing() + "from check import caught\nerror = caught(m.run_string, %d, 'pass')"
    m.run_string(outer, importing() + "m.run_string(%d, '''%s''')" % (inner, again % outer))
    equal(value(partial(m.run_string, inner), "type(error).__name__"), "InterpreterError")
