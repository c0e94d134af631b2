"""Where an interpreter comes from."""

import sys

from check import covers, equal, foreign, importing, raises, stays, value


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
    stays(m.create(), "whence")


@covers("Interpreter.whence.destroyed")
def where_a_destroyed_interpreter_came_from_is_not_told(m):
    """InterpreterNotFoundError is raised, for one made here and for another object that stands for it."""
    interpreter = m.create()
    other = m.Interpreter(interpreter.id)
    interpreter.close()
    for each in (interpreter, other):
        with raises(m, "InterpreterNotFoundError"):
            each.whence
