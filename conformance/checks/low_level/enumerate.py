"""enumerate()."""

from functools import partial

from check import busy, covers, create, equal, foreign, importing, value


def numbers(ids):
    """Return IDs as a set of integers."""
    return {int(id) for id in ids}


@covers("enumerate.list")
def all_interpreters_are_listed(m):
    """The list has every interpreter that exists, and none that has been destroyed."""
    equal(type(m.enumerate()), list)
    before = m.enumerate()
    ids = [m.create() for _ in range(3)]
    equal(numbers(m.enumerate()), numbers(before + ids))
    m.destroy(ids[1])
    equal(numbers(m.enumerate()), numbers(before + [ids[0], ids[2]]))


@covers("enumerate.list")
def the_list_is_a_new_one_each_time(m):
    """Changing the list that was returned changes nothing else."""
    m.enumerate().clear()
    assert len(m.enumerate()) >= 1


@covers("enumerate.ascending")
def ids_are_in_ascending_order(m):
    """The IDs ascend, also after interpreters have come and gone."""
    ids = [m.create() for _ in range(5)]
    m.destroy(ids[0])
    m.destroy(ids[3])
    ids.append(m.create())
    listed = [int(id) for id in m.enumerate()]
    equal(listed, sorted(listed))


@covers("enumerate.main")
def main_interpreter_is_listed(m):
    """The main interpreter is in the list."""
    assert m.get_main() in m.enumerate()


@covers("enumerate.foreign")
def interpreters_of_other_modules_are_listed(m):
    """An interpreter that the Python's own private module created is in the list."""
    id = foreign(m)
    assert id is None or int(id) in numbers(m.enumerate()), "%r is not" % id


@covers("enumerate.list")
def code_in_a_subinterpreter_sees_the_same_list(m):
    """The list is the same in every interpreter, with those that others have created."""
    one, two = m.create(), m.create()
    code = importing() + "three = m.create()\nids = [int(id) for id in m.enumerate()]"
    ids = value(partial(m.run_string, one), "ids", code)
    equal(ids, [int(id) for id in m.enumerate()])
    equal(len(ids), 4)
    assert int(two) in ids


@covers("enumerate.list")
def running_interpreters_are_listed(m):
    """An interpreter is in the list while it is running, and while its code runs another's."""
    id = m.create()
    with busy(partial(m.run_string, id)):
        assert int(id) in numbers(m.enumerate())
    inner = m.create()
    code = importing() + "ids = [int(id) for id in m.enumerate()]"
    m.run_string(id, importing() + "m.run_string(%d, %r)" % (int(inner), code))
    assert int(id) in value(partial(m.run_string, inner), "ids")


@covers("enumerate.list")
def many_interpreters_are_listed(m):
    """Forty interpreters exist at once, each with what was run in it."""
    ids = [create(m, "shared") for _ in range(40)]
    for id in ids:
        m.run_string(id, "spam = %d" % int(id))
    equal([int(id) for id in m.enumerate()][1:], [int(id) for id in ids])
    for id in ids[::13]:
        equal(value(partial(m.run_string, id), "spam"), int(id))
