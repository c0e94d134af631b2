"""The class Interpreter."""

import gc
import threading

from check import busy, caught, covers, equal, importing, raises, stays, value


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
    stays(m.create(), "id")


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


@covers("Interpreter.existing")
def an_object_is_made_in_any_interpreter(m):
    """Code in another interpreter makes an object for one that exists, by its ID."""
    one, two = m.create(), m.create()
    code = importing() + "other = m.Interpreter(%d)\nother.run('spam = 1')" % int(two.id)
    equal(value(one.run, "int(other.id)", code), int(two.id))
    equal(value(two.run, "spam"), 1)


@covers("Interpreter.index", "Interpreter.id.int")
def an_instance_of_a_subclass_of_int_is_accepted(m):
    """A subclass of int, and bool, stand for their number; the attribute id is just an int."""

    class Int(int):
        pass

    interpreter = m.create()
    made = m.Interpreter(Int(int(interpreter.id)))
    equal([made == interpreter, type(made.id)], [True, int])
    main = m.Interpreter(False)
    equal([main == m.get_main(), type(main.id), repr(main)], [True, int, "Interpreter(0)"])


@covers("Interpreter.type")
def what_is_no_integer_is_a_type_error(m):
    """bytes, a list, a Decimal, and an object with no more than __int__()."""
    import decimal

    class Int:
        def __int__(self):
            return 0

    for wrong in (b"0", [0], decimal.Decimal(0), Int(), Index("0"), object):
        with raises(m, "TypeError", type(wrong).__name__):
            m.Interpreter(wrong)


@covers("Interpreter.unknown-id")
def numbers_with_index_may_be_unknown(m):
    """What __index__() returns is judged as an int is."""
    for number in (-1, 999999, 2**64):
        with raises(m, "InterpreterNotFoundError", str(number)):
            m.Interpreter(Index(number))


@covers("Interpreter.unknown-id")
def an_unknown_id_does_not_wrap_around(m):
    """The ID of an interpreter plus or minus a power of two identifies nothing."""
    id = int(m.create().id)
    for bits in (8, 16, 32, 64):
        for unknown in (id + 2**bits, id - 2**bits):
            with raises(m, "InterpreterNotFoundError", str(unknown)):
                m.Interpreter(unknown)


@covers("Interpreter.equal", "Interpreter.hash")
def equality_outlives_the_interpreter(m):
    """Objects for one interpreter are equal, with the same hash, when it has been destroyed."""
    one, other = m.create(), m.create()
    two = m.Interpreter(one.id)
    number = hash(one)
    one.destroy()
    equal([one == two, hash(one) == hash(two), hash(one) == number], [True] * 3)
    equal(one == other, False)


@covers("Interpreter.equal")
def objects_of_a_subclass_are_equal_too(m):
    """An object of a subclass of Interpreter equals one of Interpreter for the same one."""

    class Spam(m.Interpreter):
        pass

    one = m.create()
    two = Spam(one.id)
    equal([one == two, two == one, hash(one) == hash(two)], [True] * 3)


@covers("Interpreter.equal")
def objects_that_functions_return_are_equal(m):
    """What get_main(), get_current() and enumerate() return equals what Interpreter() makes."""
    interpreter = m.create()
    main = m.Interpreter(m.get_main().id)
    equal([m.get_main() == main, m.get_current() == main], [True, True])
    assert m.Interpreter(interpreter.id) in m.enumerate()


@covers("Interpreter.destroyed")
def every_object_of_a_destroyed_interpreter_is_refused(m):
    """Another object for it than the one that destroyed it, used or not, is refused too."""
    interpreter = m.create()
    other = m.Interpreter(interpreter.id)
    other.run("pass")
    interpreter.destroy()
    for method in (other.is_running, other.destroy, lambda: other.run("pass")):
        with raises(m, "InterpreterNotFoundError"):
            method()


@covers("Interpreter.keeps-id")
def a_new_interpreter_is_not_taken_for_a_destroyed_one(m):
    """An object of a destroyed interpreter does not come to stand for a newer one."""
    old = m.create()
    id = int(old.id)
    old.destroy()
    new = m.create()
    assert int(new.id) != id and new != old
    with raises(m, "InterpreterNotFoundError"):
        old.run("pass")


@covers("Interpreter.is_running.idle")
def idle_after_an_exception(m):
    """False after code has raised, and after source text that is none."""
    interpreter = m.create()
    for code in ("1/0", "1 +", "raise SystemExit"):
        try:
            interpreter.run(code)
        except BaseException:
            pass
        equal(interpreter.is_running(), False)


@covers("Interpreter.is_running.running")
def running_while_its_code_runs_another(m):
    """True for an interpreter whose code waits for the run of another."""
    outer, inner = m.create(), m.create()
    code = importing() + "seen = m.Interpreter(%d).is_running()" % int(outer.id)
    outer.run(importing() + "m.Interpreter(%d).run(%r)" % (int(inner.id), code))
    equal(value(inner.run, "seen"), True)


@covers("Interpreter.destroy.none")
def destroy_leaves_the_others(m):
    """The other interpreters go on with what they have."""
    one, two = m.create(), m.create()
    one.run("spam = 1")
    two.destroy()
    equal(value(one.run, "spam"), 1)
    equal(set(m.enumerate()), {m.get_main(), one})


@covers("Interpreter.destroy.running")
def destroy_refuses_the_interpreter_that_waits_for_the_caller(m):
    """Code that destroys the interpreter whose code runs it gets an InterpreterError."""
    outer, inner = m.create(), m.create()
    code = importing() + "from check import caught\nerror = caught(m.Interpreter(%d).destroy)"
    outer.run(importing() + "m.Interpreter(%d).run(%r)" % (int(inner.id), code % int(outer.id)))
    equal(value(inner.run, "type(error).__name__"), "InterpreterError")


@covers("Interpreter.run.running")
def run_refuses_the_interpreter_that_waits_for_the_caller(m):
    """Code that runs code in the interpreter whose code runs it gets an InterpreterError."""
    outer, inner = m.create(), m.create()
    code = importing() + "from check import caught\nerror = caught(m.Interpreter(%d).run, 'pass')"
    outer.run(importing() + "m.Interpreter(%d).run(%r)" % (int(inner.id), code % int(outer.id)))
    equal(value(inner.run, "type(error).__name__"), "InterpreterError")


@covers("Interpreter.run.thread")
def run_runs_in_whichever_thread(m):
    """In another OS thread the code sees that thread's identifier, and the same namespace."""
    interpreter, seen = m.create(), []
    interpreter.run("from _thread import get_ident\nspam = 1")

    def target():
        seen.append(value(interpreter.run, "[get_ident(), spam]") == [threading.get_ident(), 1])

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    equal(seen, [True])


@covers("Interpreter.run.raises")
def an_interpreter_that_raised_can_be_used(m):
    """After an exception, names are as the code left them, and more code can be run."""
    interpreter = m.create()
    caught(interpreter.run, "spam = 1\n1/0\nspam = 2")
    equal(value(interpreter.run, "spam"), 1)


@covers("Interpreter.run.raises")
def run_reports_syntax_errors(m):
    """A SyntaxError tells the line and the file <string>, and none of the code is run."""
    interpreter = m.create()
    error = caught(interpreter.run, "spam = 1\n1 +")
    equal([type(error), error.lineno, error.filename], [SyntaxError, 2, "<string>"])
    equal(value(interpreter.run, "'spam' in globals()"), False)


@covers("Interpreter.run.raises")
def run_carries_causes_notes_and_attributes(m):
    """The cause of what the code raises arrives, the notes, and what the code has set."""
    code = "e = ValueError(1)\ne.spam, e.__notes__ = [2], ['eggs']\nraise e from KeyError('ham')"
    error = caught(m.create().run, code)
    equal([error.spam, error.__notes__], [[2], ["eggs"]])
    equal([type(error.__cause__), error.__cause__.args], [KeyError, ("ham",)])


@covers("Interpreter.run.raises")
def run_raises_what_is_no_exception(m):
    """KeyboardInterrupt and SystemExit are raised in the caller, who may catch them."""
    interpreter = m.create()
    equal(type(caught(interpreter.run, "raise KeyboardInterrupt")), KeyboardInterrupt)
    error = caught(interpreter.run, "raise SystemExit('spam')")
    equal([type(error), error.code], [SystemExit, "spam"])


@covers("Interpreter.run.str")
def run_takes_instances_of_subclasses_of_str(m):
    """An instance of a subclass of str is a str; the empty string is fine."""

    class Text(str):
        pass

    interpreter = m.create()
    interpreter.run(Text("spam = 1"))
    interpreter.run("")
    equal(value(interpreter.run, "spam"), 1)
