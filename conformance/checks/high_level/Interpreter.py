"""The class Interpreter."""

import gc
import threading

from check import busy, caught, covers, equal, importing, raises, value


class Index:
    """Stands for an integer without being one."""

    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


@covers("Interpreter.existing")
def an_object_stands_for_an_existing_interpreter(m):
    """Interpreter(id) with the ID of another object stands for the same interpreter."""
    one = m.create()
    two = m.Interpreter(one.id)
    one.run("spam = 1")
    equal(value(two.run, "spam"), 1)


@covers("Interpreter.existing")
def the_parameter_is_named_id(m):
    """Interpreter(id=...) is the same; no argument, or two, is a TypeError."""
    equal(m.Interpreter(id=m.create().id).is_running(), False)
    with raises(m, "TypeError"):
        m.Interpreter()
    with raises(m, "TypeError"):
        m.Interpreter(0, 0)


@covers("Interpreter.index")
def an_object_with_index_is_accepted(m):
    """An object with __index__() stands for its integer."""
    interpreter = m.create()
    equal(m.Interpreter(Index(int(interpreter.id))).id, interpreter.id)


@covers("Interpreter.type")
def other_types_are_a_type_error(m):
    """A str, a float and None are a TypeError."""
    for wrong in ("0", 0.0, None):
        with raises(m, "TypeError"):
            m.Interpreter(wrong)


@covers("Interpreter.unknown-id")
def an_unknown_id_is_not_found(m):
    """IDs never given, negative or too large raise InterpreterNotFoundError."""
    for id in (999999, -1, 2**70):
        with raises(m, "InterpreterNotFoundError"):
            m.Interpreter(id)


@covers("Interpreter.unknown-id")
def the_id_of_a_destroyed_interpreter_is_not_found(m):
    """So does the ID of an interpreter that has been destroyed."""
    interpreter = m.create()
    id = int(interpreter.id)
    interpreter.destroy()
    with raises(m, "InterpreterNotFoundError"):
        m.Interpreter(id)


@covers("Interpreter.equal")
def objects_for_the_same_interpreter_are_equal(m):
    """Equal if made for the same interpreter, unequal otherwise, and unequal to any other thing."""
    one, two = m.create(), m.create()
    equal([one == m.Interpreter(one.id), one != m.Interpreter(one.id)], [True, False])
    equal([one == two, one != two], [False, True])
    equal([one == one.id, one == None, one == "spam"], [False, False, False])  # noqa: E711


@covers("Interpreter.hash")
def equal_objects_have_the_same_hash(m):
    """Objects for the same interpreter are one key of a dict."""
    interpreter = m.create()
    equal({interpreter: 1, m.Interpreter(interpreter.id): 2}, {interpreter: 2})


@covers("Interpreter.repr")
def the_repr_shows_the_id(m):
    """repr() is Interpreter(0) for the interpreter with the ID 0."""
    interpreter = m.create()
    equal(repr(interpreter), "Interpreter(%d)" % int(interpreter.id))


@covers("Interpreter.not-owner")
def losing_the_object_does_not_destroy(m):
    """When the last object is gone the interpreter is still listed, with what was run in it."""
    id = int(m.create().id)
    gc.collect()
    assert id in [int(each.id) for each in m.enumerate()], "it has been destroyed"
    m.Interpreter(id).run("pass")


@covers("Interpreter.keeps-id")
def a_destroyed_interpreter_leaves_its_id(m):
    """After destroy() the object has the ID that it had, and its repr() works."""
    interpreter = m.create()
    id, text = interpreter.id, repr(interpreter)
    interpreter.destroy()
    equal([interpreter.id, repr(interpreter)], [id, text])


@covers("Interpreter.destroyed")
def methods_of_a_destroyed_interpreter_are_refused(m):
    """After destroy() every method raises InterpreterNotFoundError."""
    interpreter = m.create()
    interpreter.destroy()
    for method in (interpreter.is_running, interpreter.destroy, lambda: interpreter.run("pass")):
        with raises(m, "InterpreterNotFoundError"):
            method()


@covers("Interpreter.id.int")
def id_is_an_int(m):
    """The attribute is just an int, and that of the interpreter."""
    interpreter = m.create()
    equal(type(interpreter.id), int)
    equal(m.Interpreter(interpreter.id).id, interpreter.id)


@covers("Interpreter.id.read-only")
def id_cannot_be_set(m):
    """Setting or deleting the attribute is an AttributeError; it stays what it was."""
    interpreter = m.create()
    id = interpreter.id
    for change in (lambda: setattr(interpreter, "id", 5), lambda: delattr(interpreter, "id")):
        error = caught(change)
        assert isinstance(error, AttributeError), "raised %s" % type(error).__name__
    equal(interpreter.id, id)


@covers("Interpreter.is_running.running")
def running_while_code_runs(m):
    """True while another OS thread runs code in it, and for the interpreter that asks."""
    interpreter = m.create()
    with busy(interpreter.run):
        equal(interpreter.is_running(), True)
    equal(value(interpreter.run, "m.get_current().is_running()", importing()), True)


@covers("Interpreter.is_running.idle")
def idle_before_and_after(m):
    """False for a new interpreter, and after code was run in it."""
    interpreter = m.create()
    equal(interpreter.is_running(), False)
    interpreter.run("pass")
    equal(interpreter.is_running(), False)


@covers("Interpreter.is_running.main")
def main_is_always_running(m):
    """True for the main interpreter."""
    equal(m.get_main().is_running(), True)


@covers("Interpreter.destroy.none")
def destroy_returns_none(m):
    """None is returned, and the interpreter is gone, in whichever thread it is done."""
    interpreter = m.create()
    interpreter.run("import threading")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(interpreter.destroy()))
    thread.start()
    thread.join()
    equal(answers, [None])
    assert interpreter not in m.enumerate()


@covers("Interpreter.destroy.main")
def destroy_refuses_main(m):
    """Destroying the main interpreter is an InterpreterError."""
    with raises(m, "InterpreterError"):
        m.get_main().destroy()


@covers("Interpreter.destroy.current")
def destroy_refuses_the_current_interpreter(m):
    """Code that destroys the interpreter in which it runs gets an InterpreterError."""
    code = "from check import caught\nerror = caught(m.get_current().destroy)"
    equal(value(m.create().run, "type(error).__name__", importing() + code), "InterpreterError")


@covers("Interpreter.destroy.running")
def destroy_refuses_a_running_interpreter(m):
    """Destroying an interpreter in which another OS thread runs code is an InterpreterError."""
    interpreter = m.create()
    with busy(interpreter.run):
        with raises(m, "InterpreterError"):
            interpreter.destroy()
    interpreter.destroy()


@covers("Interpreter.run.runs")
def run_runs_source_text(m):
    """The code runs in that interpreter and in no other."""
    one, two = m.create(), m.create()
    one.run("spam = 1")
    equal(value(one.run, "spam"), 1)
    equal(value(two.run, "'spam' in globals()"), False)
    assert "spam" not in globals()


@covers("Interpreter.run.runs")
def the_parameter_of_run_is_named_code(m):
    """run(code=...) is the same; no argument, or two, is a TypeError."""
    interpreter = m.create()
    interpreter.run(code="spam = 1")
    equal(value(interpreter.run, "spam"), 1)
    with raises(m, "TypeError"):
        interpreter.run()
    with raises(m, "TypeError"):
        interpreter.run("pass", "pass")


@covers("Interpreter.run.thread")
def run_stays_in_the_thread_of_the_caller(m):
    """The code sees the thread identifier of the caller."""
    code = "from _thread import get_ident"
    equal(value(m.create().run, "get_ident()", code), threading.get_ident())


@covers("Interpreter.run.none")
def run_returns_none(m):
    """None is returned, whatever the code computes."""
    interpreter = m.create()
    for code in ("pass", "42", "lambda: 0"):
        equal(interpreter.run(code), None)


@covers("Interpreter.run.namespace")
def run_uses_the_namespace_of_main(m):
    """globals() is the namespace of the module __main__."""
    expression = "globals() is vars(sys.modules['__main__'])"
    equal(value(m.create().run, expression, "import sys"), True)


@covers("Interpreter.run.persists")
def run_finds_what_was_bound(m):
    """Names that one run binds are there in the next, through another object too."""
    interpreter = m.create()
    interpreter.run("import json\nspam = [1]")
    m.Interpreter(interpreter.id).run("spam.append(2)")
    equal(value(interpreter.run, "json.dumps(spam)"), "[1, 2]")


@covers("Interpreter.run.str")
def run_takes_only_source_text(m):
    """bytes, a code object, a function and None are a TypeError."""
    interpreter = m.create()
    for code in (b"pass", compile("pass", "", "exec"), an_object_with_index_is_accepted, None):
        with raises(m, "TypeError"):
            interpreter.run(code)


@covers("Interpreter.run.main")
def run_refuses_main(m):
    """Running in the main interpreter is an InterpreterError."""
    with raises(m, "InterpreterError"):
        m.get_main().run("pass")


@covers("Interpreter.run.current")
def run_refuses_the_current_interpreter(m):
    """Code that runs code in the interpreter in which it runs gets an InterpreterError."""
    code = "from check import caught\nerror = caught(m.get_current().run, 'pass')"
    equal(value(m.create().run, "type(error).__name__", importing() + code), "InterpreterError")


@covers("Interpreter.run.running")
def run_refuses_a_running_interpreter(m):
    """While one OS thread runs code in it, another gets an InterpreterError."""
    interpreter = m.create()
    with busy(interpreter.run):
        with raises(m, "InterpreterError"):
            interpreter.run("pass")
    interpreter.run("pass")


@covers("Interpreter.run.raises")
def run_raises_what_the_code_raises(m):
    """The same class and arguments; a class of __main__ as a subclass of a known one."""
    interpreter = m.create()
    error = caught(interpreter.run, "raise KeyError('spam', 1)")
    equal([type(error), error.args], [KeyError, ("spam", 1)])
    error = caught(interpreter.run, "class Spam(KeyError): pass\nraise Spam('eggs')")
    equal([type(error).__name__, isinstance(error, KeyError)], ["Spam", True])


@covers("Interpreter.run.raises")
def run_attaches_the_remote_traceback(m):
    """The __cause__ is a RemoteTraceback that names the line."""
    error = caught(m.create().run, "pass\n1/0")
    equal(type(error), ZeroDivisionError)
    equal(type(error.__cause__), m.RemoteTraceback)
    assert 'File "<string>", line 2' in str(error.__cause__)


@covers("Interpreter.run.raises", ends=(3, ""))
def run_lets_system_exit_end_the_process(m):
    """SystemExit(3) that nobody catches ends the process with exit status 3."""
    m.create().run("raise SystemExit(3)")
