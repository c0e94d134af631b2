"""list_all()."""

from check import covers, equal, importing, raises, value


@covers("list_all.same")
def list_all_is_enumerate(m):
    """It returns a list of Interpreter objects, equal to that of enumerate(), the main one first."""
    created = [m.create(), m.create()]
    created.pop(0).destroy()
    listed = m.list_all()
    equal(listed, m.enumerate())
    equal([type(listed), {type(each) for each in listed}], [list, {m.Interpreter}])
    equal(listed, [m.get_main(), *created])


@covers("list_all.same")
def list_all_is_the_same_everywhere(m):
    """In a subinterpreter the list has the same interpreters."""
    one, two = m.create(), m.create()
    equal(
        value(one.run, "[int(each.id) for each in m.list_all()]", importing()),
        [int(m.get_main().id), int(one.id), int(two.id)],
    )


@covers("list_all.same")
def list_all_takes_no_arguments(m):
    """An argument is a TypeError."""
    with raises(m, "TypeError"):
        m.list_all(0)
