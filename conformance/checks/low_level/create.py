"""create()."""

import sys
import threading
from functools import partial

from check import busy, covers, equal, importing, raises, ticks_while_the_gil_is_held, value


@covers("create.id")
def returns_the_id_of_a_new_interpreter(m):
    """The ID that is returned was not there before, and can be used."""
    before = m.enumerate()
    id = m.create()
    assert id not in before and id in m.enumerate(), "got %r" % id
    m.run_string(id, "pass")


@covers("create.id")
def two_calls_make_two_interpreters(m):
    """What one new interpreter binds in __main__ is not in the __main__ of another."""
    one, two = m.create(), m.create()
    assert one != two
    m.run_string(one, "spam = 1")
    equal(value(partial(m.run_string, two), "'spam' in globals()"), False)


@covers("create.comes-back")
def the_caller_stays_where_it_was(m):
    """The current interpreter is the same before and after, in the main one and in another."""
    before = int(m.get_current())
    id = m.create()
    equal(int(m.get_current()), before)
    code = importing() + "m.create()"
    equal(value(partial(m.run_string, id), "int(m.get_current())", code), int(id))


@covers("create.idle")
def new_interpreters_are_idle(m):
    """A new interpreter is not running."""
    equal(m.is_running(m.create()), False)


@covers("create.own-modules")
def modules_are_not_shared(m):
    """An attribute set on sys, builtins or a module of the library is seen on one side only."""
    import builtins
    import json

    id = m.create()
    for module in (sys, builtins, json):
        module.spam = 1
    code = "import sys, builtins, json"
    run = partial(m.run_string, id)
    seen = value(run, "[hasattr(x, 'spam') for x in (sys, builtins, json)]", code)
    equal(seen, [False, False, False])
    m.run_string(id, "sys.eggs = builtins.eggs = json.eggs = 1")
    equal([hasattr(x, "eggs") for x in (sys, builtins, json)], [False, False, False])


@covers("create.own-modules")
def imports_are_not_shared(m):
    """A module that one interpreter imports is not thereby imported in another."""
    import wave  # anything that nothing else imports

    assert wave
    run = partial(m.run_string, m.create())
    equal(value(run, "'wave' in sys.modules", "import sys"), False)


@covers("create.shared")
def code_of_a_shared_interpreter_waits_for_the_gil(m):
    """While the main interpreter holds on to its GIL, no code of a new interpreter runs."""
    equal(ticks_while_the_gil_is_held(partial(m.run_string, m.create())), 0)


@covers("create.shared")
def false_isolated_means_shared(m):
    """isolated=False is the same as nothing, and so is any false value."""
    equal(ticks_while_the_gil_is_held(partial(m.run_string, m.create(isolated=False))), 0)
    equal(ticks_while_the_gil_is_held(partial(m.run_string, m.create(isolated=None))), 0)


@covers("create.isolated", isolates=True)
def code_of_an_isolated_interpreter_does_not_wait(m):
    """While the main interpreter holds on to its GIL, code of an isolated interpreter runs."""
    ticks = ticks_while_the_gil_is_held(partial(m.run_string, m.create(isolated=True)))
    assert ticks > 0, "it did not run once"


@covers("create.isolated", isolates=True)
def any_true_value_isolates(m):
    """Any true value isolates, as True does; by position it is a TypeError."""
    ticks = ticks_while_the_gil_is_held(partial(m.run_string, m.create(isolated=1)))
    assert ticks > 0, "it did not run once"
    with raises(m, "TypeError"):
        m.create(True)


@covers("create.not-isolated", isolates=False)
def isolation_is_refused_where_it_cannot_be(m):
    """isolated=True raises InterpreterError, and creates nothing."""
    before = m.enumerate()
    with raises(m, "InterpreterError"):
        m.create(isolated=True)
    equal(m.enumerate(), before)


@covers("create.outlives")
def interpreters_outlive_the_interpreter_that_created_them(m):
    """An interpreter created in another is still there when that one is destroyed."""
    parent = m.create()
    code = importing() + "child = m.create()"
    child = value(partial(m.run_string, parent), "int(child)", code)
    m.destroy(parent)
    assert child in [int(id) for id in m.enumerate()]
    m.run_string(child, "pass")


@covers("create.outlives")
def interpreters_outlive_the_thread_that_created_them(m):
    """An interpreter created in another OS thread is still there when that thread has ended."""
    ids = []
    thread = threading.Thread(target=lambda: ids.append(m.create()))
    thread.start()
    thread.join()
    assert ids[0] in m.enumerate()
    m.run_string(ids[0], "pass")


@covers("create.outlives")
def interpreters_exist_although_nobody_remembers_their_id(m):
    """An interpreter whose ID was thrown away still exists."""
    before = len(m.enumerate())
    m.create()
    equal(len(m.enumerate()), before + 1)


@covers("create.exit", ends=(7, ""))
def exit_is_quiet_and_keeps_its_status(m):
    """With interpreters alive, used and unused, the process ends as it would without them."""
    for code in ("pass", "import threading, json"):
        m.run_string(m.create(), code)
    m.create()
    raise SystemExit(7)


@covers("create.exit", ends=(0, "finalized"))
def exit_destroys_what_is_left(m):
    """The atexit callbacks of an interpreter that is alive are called when the process ends."""
    id = m.create()
    m.run_string(id, "import atexit, os\natexit.register(os.write, 1, b'finalized')")
    # Held, for those implementations where an interpreter dies with its ID.
    sys.modules["__main__"].held = id


@covers("create.exit", ends=(5, ""))
def exit_in_another_interpreters_thread_is_quiet(m):
    """Interpreters that other OS threads have created and used do not disturb the exit either."""

    def target():
        sys.modules["__main__"].held = id = m.create()
        m.run_string(id, "import threading")

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    raise SystemExit(5)


@covers("create.idle")
def several_interpreters_can_run_at_once(m):
    """While one new interpreter runs in a thread, another can be created and used."""
    with busy(partial(m.run_string, m.create())):
        id = m.create()
        equal(m.is_running(id), False)
        m.run_string(id, "pass")
