"""enumerate()."""

from check import covers, equal, foreign


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
