"""The functions and exceptions of the high-level module."""

from check import (
    ISOLATES,
    attempt,
    covers,
    equal,
    importing,
    raises,
    ticks_while_the_gil_is_held,
    value,
)


@covers("interpreters.enumerate.list")
def enumerate_lists_every_interpreter(m):
    """A list of Interpreter objects, one for each interpreter, without those destroyed."""
    equal(type(m.enumerate()), list)
    one, two = m.create(), m.create()
    equal(set(m.enumerate()), {m.get_main(), one, two})
    equal([type(each) for each in m.enumerate()], [m.Interpreter] * 3)
    one.destroy()
    equal(set(m.enumerate()), {m.get_main(), two})


@covers("interpreters.enumerate.ascending")
def enumerate_is_in_ascending_order(m):
    """The IDs ascend, and the main interpreter comes first."""
    created = [m.create() for _ in range(4)]
    created[1].destroy()
    ids = [int(each.id) for each in m.enumerate()]
    equal(ids, sorted(ids))
    equal(ids[0], int(m.get_main().id))


@covers("interpreters.get_current.current")
def get_current_is_main_in_main(m):
    """In the main interpreter the current interpreter is the main one."""
    equal(m.get_current(), m.get_main())
    equal(type(m.get_current()), m.Interpreter)


@covers("interpreters.get_current.current")
def get_current_in_a_subinterpreter_is_that_one(m):
    """Code in a new interpreter finds that interpreter current."""
    interpreter = m.create()
    equal(value(interpreter.run, "int(m.get_current().id)", importing()), int(interpreter.id))


@covers("interpreters.get_main.main")
def get_main_is_the_same_everywhere(m):
    """In the main and in a new interpreter, get_main() has the same ID, and it is listed."""
    equal(type(m.get_main()), m.Interpreter)
    assert m.get_main() in m.enumerate()
    run = m.create().run
    equal(value(run, "int(m.get_main().id)", importing()), int(m.get_main().id))


@covers("interpreters.create.interpreter")
def create_returns_a_new_interpreter(m):
    """An Interpreter that was not there before and in which code runs."""
    before = m.enumerate()
    interpreter = m.create()
    equal(type(interpreter), m.Interpreter)
    assert interpreter not in before and interpreter in m.enumerate()
    interpreter.run("pass")


@covers("interpreters.create.idle")
def create_leaves_the_interpreter_idle(m):
    """A new interpreter is not running."""
    equal(m.create().is_running(), False)


@covers("interpreters.create.default", isolates=True)
def create_isolates_by_default(m):
    """Code in a new interpreter runs while the main interpreter holds on to its GIL."""
    assert ticks_while_the_gil_is_held(m.create().run) > 0, "it did not run once"


@covers("interpreters.create.default", isolates=True)
def none_for_isolated_is_the_default(m):
    """isolated=None is the same as nothing."""
    assert ticks_while_the_gil_is_held(m.create(isolated=None).run) > 0, "it did not run once"


@covers("interpreters.create.default", isolates=False)
def create_shares_where_it_cannot_isolate(m):
    """Code in a new interpreter waits while the main interpreter holds on to its GIL."""
    equal(ticks_while_the_gil_is_held(m.create().run), 0)


@covers("interpreters.create.shared")
def false_isolated_insists_on_a_shared_one(m):
    """With isolated=False, code waits while the main interpreter holds on to its GIL."""
    equal(ticks_while_the_gil_is_held(m.create(isolated=False).run), 0)


@covers("interpreters.create.isolated", isolates=True)
def true_isolated_insists_on_an_isolated_one(m):
    """With isolated=True, code runs while the main interpreter holds on to its GIL."""
    ticks = ticks_while_the_gil_is_held(m.create(isolated=True).run)
    assert ticks > 0, "it did not run once"


@covers("interpreters.create.isolated", "interpreters.create.not-isolated", isolates=False)
def true_isolated_is_refused_where_it_cannot_be(m):
    """With isolated=True, InterpreterError, and nothing is created."""
    before = len(m.enumerate())
    with raises(m, "InterpreterError"):
        m.create(isolated=True)
    equal(len(m.enumerate()), before)


@covers("interpreters.create.not-isolated", isolates=True)
def isolation_is_not_refused_where_it_can_be(m):
    """Where the Python can isolate, isolated=True is not refused."""
    assert ISOLATES
    equal(type(m.create(isolated=True)), m.Interpreter)


def look_for_site(m):
    """Look for the module site, and what it adds to the builtins, in interpreters with and without."""
    code = "import builtins, sys"
    expression = "['site' in sys.modules, hasattr(builtins, 'exit')]"
    equal(value(m.create().run, expression, code), [True, True])
    equal(value(m.create(site=True).run, expression, code), [True, True])
    equal(value(m.create(site=False).run, expression, code), [False, False])


@covers("interpreters.create.site")
def site_says_whether_site_is_imported(m):
    """The module site is imported by default and if *site* is true, and not if it is false."""
    attempt(look_for_site, options=())


@covers("interpreters.InterpreterError.same")
def interpreter_error_is_that_of_the_low_level(m):
    """It is the class that the low-level module has under the name, a RuntimeError."""
    assert issubclass(m.InterpreterError, RuntimeError)
    assert m.InterpreterError is low_level(m).InterpreterError


@covers("interpreters.InterpreterNotFoundError.same")
def not_found_error_is_that_of_the_low_level(m):
    """It is the class that the low-level module has under the name, an InterpreterError."""
    assert issubclass(m.InterpreterNotFoundError, m.InterpreterError)
    assert m.InterpreterNotFoundError is low_level(m).InterpreterNotFoundError


@covers("interpreters.RemoteTraceback.same")
def remote_traceback_is_that_of_the_low_level(m):
    """It is the class that the low-level module has under the name."""
    assert m.RemoteTraceback is low_level(m).RemoteTraceback


def low_level(m):
    """Return the low-level module below *m*: the one in which InterpreterError was made."""
    return __import__(m.InterpreterError.__module__, fromlist=["InterpreterError"])


@covers("interpreters.enumerate.list")
def enumerate_is_the_same_everywhere(m):
    """Code in another interpreter sees the same interpreters, with those it has created itself."""
    interpreter = m.create()
    code = importing() + "held = m.create()\nids = [int(each.id) for each in m.enumerate()]"
    equal(value(interpreter.run, "ids", code), [int(each.id) for each in m.enumerate()])
    equal(len(m.enumerate()), 3)


@covers("interpreters.get_current.current")
def get_current_follows_the_nested_runs(m):
    """In each of two nested runs the current interpreter is the one whose code it is."""
    outer, inner = m.create(), m.create()
    code = importing() + "seen = int(m.get_current().id)"
    nested = importing() + "m.Interpreter(%d).run(%r)" % (int(inner.id), code)
    equal(value(outer.run, "int(m.get_current().id)", nested), int(outer.id))
    equal(value(inner.run, "seen"), int(inner.id))
    equal(m.get_current(), m.get_main())


@covers("interpreters.get_main.main")
def get_main_has_id_zero(m):
    """The main interpreter's ID is 0."""
    equal(int(m.get_main().id), 0)


@covers("interpreters.create.interpreter")
def create_makes_interpreters_of_their_own(m):
    """What one new interpreter binds, another does not see; their IDs ascend."""
    one, two = m.create(), m.create()
    one.run("spam = 1")
    equal(value(two.run, "'spam' in globals()"), False)
    assert int(one.id) < int(two.id) and one != two


@covers("interpreters.create.interpreter")
def create_takes_its_options_by_name_only(m):
    """By position they are a TypeError, and so is an option that it does not have."""
    before = len(m.enumerate())
    for args, options in (((None,), {}), ((False, True), {}), ((), {"spam": None})):
        with raises(m, "TypeError", "create(*%r, **%r)" % (args, options)):
            m.create(*args, **options)
    equal(len(m.enumerate()), before)


@covers("interpreters.create.shared", "interpreters.create.site")
def create_combines_its_options(m):
    """isolated=False and site=False together: a shared interpreter without the module site."""
    run = m.create(isolated=False, site=False).run
    equal(value(run, "'site' in sys.modules", "import sys"), False)
    equal(ticks_while_the_gil_is_held(run), 0)
