"""run_string(): what runs, where, and what is refused.  For exceptions see the next file."""

from __future__ import annotations

import os
import threading
from functools import partial

from check import (
    busy,
    caught,
    covers,
    equal,
    foreign,
    hold,
    importing,
    raised_in_a_thread_left_in,
    raises,
    value,
)


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
    """Ten megabytes of source text, in many lines."""
    line = "n += 1  #%s\n" % ("spam " * 200)
    equal(value(partial(m.run_string, m.create()), "n", "n = 0\n" + line * 10000), 10000)


@covers("run_string.runs")
def long_lines_are_run(m):
    """A string literal of ten megabytes, on one line."""
    code = "spam = '%s'\nn = len(spam), set(spam) == {'x'}" % ("x" * 10000000)
    equal(value(partial(m.run_string, m.create()), "n", code), (10000000, True))


@covers("run_string.runs")
def every_character_arrives(m):
    """Characters of each width, in a literal: control characters, accents, the last of Unicode."""
    text = "".join(map(chr, [1, 8, 12, 27, 127, 128, 133, 160, 233, 0x301, 0x5D0, 0x2028, 0xFEFF]))
    text += "".join(map(chr, [0xFFFF, 0x1F40D, 0x10FFFF]))
    equal(value(partial(m.run_string, m.create()), "spam", "spam = '%s'" % text), text)


@covers("run_string.runs")
def every_end_of_a_line_is_one(m):
    """Lines end with a line feed, with a carriage return, or with both."""
    code = "spam = [1]\r\nif spam:\r\n    spam += [2]\r    spam += [3]\n\r\nspam += [4]\r"
    equal(value(partial(m.run_string, m.create()), "spam", code), [1, 2, 3, 4])


@covers("run_string.runs")
def source_text_nested_too_deep_is_an_error(m):
    """A hundred thousand parentheses raise what compile() raises; the interpreter can be used."""
    id = m.create()
    expected = caught(compile, "(" * 100000, "<string>", "exec")
    equal(type(caught(m.run_string, id, "(" * 100000)), type(expected))
    equal(value(partial(m.run_string, id), "1 + 1"), 2)


@covers("run_string.encoding")
def an_encoding_declaration_has_no_effect(m):
    """Source text that begins by declaring latin-1, or an encoding that there is not."""
    run = partial(m.run_string, m.create())
    for name in ("latin-1", "utf-16", "spam"):
        text = value(run, "spam", "# -*- coding: %s -*-\nspam = 'späm'" % name)
        equal([name, text], [name, "späm"])


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


@covers("run_string.thread")
def one_thread_after_another_runs_code(m):
    """Twenty threads, each gone before the next one starts, run code in one interpreter."""
    run = partial(m.run_string, m.create())
    run("import threading\nidents = set()")
    for _ in range(20):
        thread = threading.Thread(target=run, args=("spam = threading.local()",))
        thread.start()
        thread.join()
    equal(value(run, "threading.active_count()"), 1)


@covers("run_string.thread")
def many_threads_run_code_at_once(m):
    """Eight threads are each in an interpreter of their own at the same time."""
    (reached, reach), (wait, go) = os.pipe(), os.pipe()
    code = "import os\nos.write(%d, b'.')\nos.read(%d, 1)" % (reach, wait)
    ids = [m.create() for _ in range(8)]
    threads = [threading.Thread(target=m.run_string, args=(id, code)) for id in ids]
    for thread in threads:
        thread.start()
    for _ in threads:
        equal(os.read(reached, 1), b".")
    equal([m.is_running(id) for id in ids], [True] * 8)
    os.close(go)
    for thread in threads:
        thread.join()
    equal([m.is_running(id) for id in ids], [False] * 8)


@covers("run_string.main-thread")
def the_main_thread_is_another_in_each_run(m):
    """After a run in another OS thread, this one is the interpreter's main thread again."""
    run = partial(m.run_string, m.create())
    run("import threading")
    thread = threading.Thread(target=run, args=("threading.main_thread()",))
    thread.start()
    thread.join()
    expression = "[threading.main_thread() is threading.current_thread(),"
    expression += " threading.main_thread().ident]"
    equal(value(run, expression), [True, threading.get_ident()])


@covers("run_string.namespace")
def the_namespace_is_the_same_in_every_thread(m):
    """What a run in one OS thread binds is there in the run of another."""
    run = partial(m.run_string, m.create())
    thread = threading.Thread(target=run, args=("spam = 1",))
    thread.start()
    thread.join()
    equal(value(run, "spam"), 1)


@covers("run_string.namespace")
def functions_see_what_later_runs_bind(m):
    """The globals of a function that one run defined are the namespace of the next."""
    run = partial(m.run_string, m.create())
    run("def spam(): return eggs")
    equal(value(run, "spam()", "eggs = 1"), 1)


@covers("run_string.persists")
def what_is_bound_before_an_exception_stays(m):
    """The names that a run has bound or deleted before it raised are as it left them."""
    run = partial(m.run_string, m.create())
    run("spam, eggs = 1, 1")
    caught(run, "spam = 2\ndel eggs\nham = 3\n1/0\nham = 4")
    equal(value(run, "[spam, 'eggs' in globals(), ham]"), [2, False, 3])


@covers("run_string.runs")
def future_statements_of_the_code_apply(m):
    """A from __future__ statement in the source text holds for that source text."""
    code = "from __future__ import annotations\ndef spam(x: eggs): pass"
    expression = "spam.__annotations__['x']"
    equal(value(partial(m.run_string, m.create()), expression, code), "eggs")


@covers("run_string.str")
def what_can_be_read_is_no_source_text(m):
    """A bytearray, a memoryview, a list of lines, a path, a file and a syntax tree: TypeError."""
    import ast
    import io
    import pathlib

    id = m.create()
    for command in (bytearray(b"pass"), memoryview(b"pass"), ["pass"], pathlib.PurePath("pass"),
                    io.StringIO("pass"), ast.parse("pass")):  # fmt: skip
        with raises(m, "TypeError", type(command).__name__):
            m.run_string(id, command)


@covers("run_string.surrogate")
def nothing_is_run_before_a_lone_surrogate(m):
    """Not even the lines before the one with the surrogate are run."""
    id = m.create()
    caught(m.run_string, id, "spam = 1\n'\udcff'")
    equal(value(partial(m.run_string, id), "'spam' in globals()"), False)


@covers("run_string.current")
def a_thread_cannot_run_code_where_it_is(m):
    """A thread that a run left behind gets an InterpreterError for its own interpreter, idle."""
    id = hold(m.create())
    line = "m.run_string(%d, 'spam = 1')" % id
    equal(raised_in_a_thread_left_in(m, id, line), "InterpreterError")


@covers("run_string.running", "Arguments.no-effect")
def what_was_refused_is_not_run_later(m):
    """Source text that was refused because the interpreter was running is forgotten."""
    id = m.create()
    with busy(partial(m.run_string, id)):
        caught(m.run_string, id, "spam = 1")
    equal(value(partial(m.run_string, id), "'spam' in globals()"), False)
