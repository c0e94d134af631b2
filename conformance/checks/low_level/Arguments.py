"""Arguments: how they are given, and in which order they are judged."""

from functools import partial

from check import caught, covers, equal, raises, value


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


def refuses_arguments(m, *calls):
    """Expect each of the *calls*, a function's name and arguments, to be a TypeError."""
    for name, args, kwargs in calls:
        if name != "run_string_unrestricted" or hasattr(m, name):
            function = getattr(m, name)
            with raises(m, "TypeError", "%s(*%r, **%r)" % (name, args, kwargs)):
                function(*args, **kwargs)


@covers("Arguments.names")
def positions_and_names_mix(m):
    """The first parameter by position and the second by name."""
    id = m.create()
    m.run_string(id, command="spam = 1")
    equal(value(partial(m.run_string, id), "spam"), 1)


@covers("Arguments.names")
def options_of_create_are_given_by_name_only(m):
    """By position, *isolated* and *site* are a TypeError, and nothing is created."""
    before = m.enumerate()
    calls = [("create", args, {}) for args in ((True,), (False,), (None,), (False, True))]
    refuses_arguments(m, *calls)
    equal(m.enumerate(), before)


@covers("Arguments.names")
def options_that_create_does_not_have_are_a_type_error(m):
    """create() with an option of another name."""
    refuses_arguments(m, ("create", (), {"spam": True}), ("create", (), {"id": 5}))
    m.create()


@covers("Arguments.names")
def functions_without_parameters_take_no_argument(m):
    """enumerate(), get_current() and get_main() with an argument are a TypeError."""
    names = ("enumerate", "get_current", "get_main")
    refuses_arguments(m, *((name, (0,), {}) for name in names))
    refuses_arguments(m, *((name, (), {"id": 0}) for name in names))


@covers("Arguments.names")
def missing_arguments_are_a_type_error(m):
    """Each function that takes an ID without it, and the two that run code without code."""
    names = ("is_running", "destroy", "run_string", "run_string_unrestricted")
    refuses_arguments(m, *((name, (), {}) for name in names))
    id = m.create()
    refuses_arguments(m, *((name, (id,), {}) for name in names[2:]))
    refuses_arguments(m, *((name, (), {"command": "pass"}) for name in names[2:]))


@covers("Arguments.names")
def additional_arguments_are_a_type_error(m):
    """One argument too many, by position or by name."""
    id = m.create()
    for extra, more in ((({},), {}), ((), {"spam": None})):
        refuses_arguments(
            m,
            ("is_running", (id, *extra), more),
            ("destroy", (id, *extra), more),
            ("run_string", (id, "pass", *extra), more),
            ("run_string_unrestricted", (id, "pass", None, *extra), more),
        )
    equal(m.is_running(id), False)


@covers("Arguments.names")
def an_argument_given_twice_is_a_type_error(m):
    """The same parameter both by position and by name."""
    id = m.create()
    refuses_arguments(
        m,
        ("is_running", (id,), {"id": id}),
        ("destroy", (id,), {"id": id}),
        ("run_string", (id, "pass"), {"command": "pass"}),
        ("run_string_unrestricted", (id, "pass", None), {"ns": None}),
    )
    equal(m.is_running(id), False)


@covers("Arguments.names")
def misnamed_arguments_are_a_type_error(m):
    """The names that later proposals give to these parameters are not theirs."""
    id = m.create()
    refuses_arguments(
        m,
        ("is_running", (), {"interp": id}),
        ("destroy", (), {"interp": id}),
        ("run_string", (id,), {"script": "pass"}),
        ("run_string", (id,), {"code": "pass"}),
        ("run_string_unrestricted", (id, "pass"), {"shared": {}}),
    )
    equal(m.is_running(id), False)


@covers("Arguments.types-first")
def wrong_type_comes_before_unfit_state(m):
    """What is no source text, for the main interpreter, always running: TypeError."""
    with raises(m, "TypeError"):
        m.run_string(m.get_main(), 5)


@covers("Arguments.types-first")
def wrong_ns_comes_before_wrong_value(m):
    """Source text with a null character and an ns of a wrong type: TypeError."""
    with raises(m, "TypeError"):
        m.run_string_unrestricted(m.create(), "\0", 5)


@covers("Arguments.values-next")
def lone_surrogates_come_before_unknown_id(m):
    """An unknown ID and source text with a lone surrogate: ValueError."""
    with raises(m, "ValueError"):
        m.run_string(999999, "\ud800")


@covers("Arguments.state-last")
def an_unfit_state_is_not_an_unknown_id(m):
    """For the main interpreter, always running, run_string() raises no InterpreterNotFoundError."""
    error = caught(m.run_string, m.get_main(), "pass")
    assert isinstance(error, m.InterpreterError), "raised %s" % type(error).__name__
    assert not isinstance(error, m.InterpreterNotFoundError), "raised %s" % type(error).__name__


@covers("Arguments.state-last", isolates=True)
def wrong_value_comes_before_isolation(m):
    """Source text with a null character for run_string_unrestricted(), isolated: ValueError."""
    with raises(m, "ValueError"):
        m.run_string_unrestricted(m.create(isolated=True), "\0")


@covers("Arguments.no-effect")
def refused_calls_merge_no_ns(m):
    """Where run_string_unrestricted() refuses the source text, ns is not merged."""
    id = m.create()
    caught(m.run_string_unrestricted, id, "\0", {"spam": 1})
    caught(m.run_string_unrestricted, id, b"", {"spam": 1})
    equal(value(partial(m.run_string, id), "'spam' in globals()"), False)
