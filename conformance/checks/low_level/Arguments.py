"""Arguments: how they are given, and in which order they are judged."""

from check import caught, covers, equal, raises


@covers("Arguments.names")
def parameters_can_be_given_by_name(m):
    """is_running, run_string and destroy take each parameter under its documented name."""
    id = m.create()
    equal(m.is_running(id=id), False)
    equal(m.run_string(id=id, command="pass"), None)
    equal(m.destroy(id=id), None)


@covers("Arguments.names")
def unrestricted_parameters_can_be_given_by_name(m):
    """run_string_unrestricted takes each parameter by position or under its documented name."""
    id = m.create()
    equal(m.run_string_unrestricted(id=id, command="pass", ns={"spam": 1})["spam"], 1)
    equal(m.run_string_unrestricted(id, "pass", {"spam": 2})["spam"], 2)


@covers("Arguments.names")
def unknown_parameters_are_a_type_error(m):
    """A missing, an additional or a misnamed argument is a TypeError."""
    with raises(m, "TypeError"):
        m.run_string()
    with raises(m, "TypeError"):
        m.is_running(0, 0, 0)
    with raises(m, "TypeError"):
        m.destroy(interpreter=0)


@covers("Arguments.types-first")
def wrong_type_comes_before_wrong_value(m):
    """A call with both an argument of a wrong type and one of a wrong value is a TypeError."""
    with raises(m, "TypeError"):
        m.run_string("0", "\0")


@covers("Arguments.types-first")
def wrong_type_comes_before_unknown_id(m):
    """A call with both an unknown ID and an argument of a wrong type is a TypeError."""
    with raises(m, "TypeError"):
        m.run_string(999999, 5)


@covers("Arguments.types-first")
def wrong_ns_comes_before_unknown_id(m):
    """A call with both an unknown ID and an ns of a wrong type is a TypeError."""
    with raises(m, "TypeError"):
        m.run_string_unrestricted(999999, "pass", 5)


@covers("Arguments.values-next")
def wrong_value_comes_before_unknown_id(m):
    """A call with both an unknown ID and a wrong value is a ValueError."""
    error = caught(m.run_string, 999999, "\0")
    assert isinstance(error, ValueError), "raised %s: %s" % (type(error).__name__, error)


@covers("Arguments.lookup-next", "Arguments.state-last")
def unknown_id_is_told_from_an_unfit_state(m):
    """An unknown ID is InterpreterNotFoundError; the state of an interpreter is not."""
    with raises(m, "InterpreterNotFoundError"):
        m.destroy(999999)
    error = caught(m.destroy, m.get_main())
    assert isinstance(error, m.InterpreterError), "raised %s" % type(error).__name__
    assert not isinstance(error, m.InterpreterNotFoundError), "raised %s" % type(error).__name__


@covers("Arguments.state-last")
def wrong_value_comes_before_unfit_state(m):
    """Source text with a null character for the main interpreter, always running: ValueError."""
    error = caught(m.run_string, m.get_main(), "\0")
    assert isinstance(error, ValueError), "raised %s: %s" % (type(error).__name__, error)


@covers("Arguments.no-effect")
def refused_calls_change_nothing(m):
    """After a dozen refused calls the same interpreters exist, idle as before."""
    id = m.create()
    before = m.enumerate()
    for call in (
        lambda: m.create(1),
        lambda: m.create(spam=True),
        lambda: m.destroy("1"),
        lambda: m.destroy(999999),
        lambda: m.destroy(m.get_main()),
        lambda: m.run_string(id, b"spam = 1"),
        lambda: m.run_string(id, "spam = 1\0"),
        lambda: m.run_string(m.get_main(), "spam = 1"),
    ):
        caught(call)
    equal(m.enumerate(), before)
    equal(m.is_running(id), False)
    m.run_string(id, "assert 'spam' not in globals()")
