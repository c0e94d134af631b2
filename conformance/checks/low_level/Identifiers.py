"""IDs: what they are, and what is accepted where a function takes one."""

from check import covers, equal, raises


class Index:
    """Stands for an integer without being one."""

    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


def takers(m):
    """Yield every function of *m* that takes an ID, as a function of just the ID."""
    if hasattr(m, "is_running"):
        yield m.is_running
    if hasattr(m, "run_string"):
        yield lambda id: m.run_string(id, "pass")
    if hasattr(m, "run_string_unrestricted"):
        yield lambda id: m.run_string_unrestricted(id, "pass")
    if hasattr(m, "destroy"):
        yield m.destroy


@covers("Identifiers.int")
def ids_are_ints(m):
    """The main, the current and a new interpreter have an ID that is just an int."""
    equal([type(m.get_main()), type(m.get_current()), type(m.create())], [int, int, int])


@covers("Identifiers.main")
def main_interpreter_has_id_zero(m):
    """The main interpreter has the ID 0."""
    equal(m.get_main(), 0)


@covers("Identifiers.ascending")
def newer_interpreters_have_greater_ids(m):
    """Each of five new interpreters has a greater ID than the one before it."""
    held = [m.create() for _ in range(5)]
    ids = [int(id) for id in [m.get_main()] + held]
    assert all(older < newer for older, newer in zip(ids, ids[1:])), "the IDs are %r" % ids


@covers("Identifiers.never-reused")
def ids_of_destroyed_interpreters_are_not_used_again(m):
    """An interpreter made after others were destroyed has a greater ID than they had."""
    gone = [m.create() for _ in range(3)]
    for id in reversed(gone):
        m.destroy(id)
    gone, id = [int(each) for each in gone], int(m.create())
    assert id > max(gone), "got ID %r after %r" % (id, gone)


@covers("Identifiers.index")
def objects_with_index_stand_for_their_integer(m):
    """An object with __index__() identifies the interpreter with that ID, in every function."""
    for function in takers(m):
        held = m.create()
        function(Index(int(held)))


@covers("Identifiers.type")
def other_types_are_a_type_error(m):
    """A str, a float, None, a tuple and bytes are a TypeError, in every function."""
    for function in takers(m):
        for wrong in ("0", 1.0, None, (1,), b"1"):
            with raises(m, "TypeError"):
                function(wrong)


@covers("Identifiers.destroyed")
def destroyed_interpreter_is_not_found(m):
    """The ID of a destroyed interpreter raises InterpreterNotFoundError, in every function."""
    id = int(m.create())
    m.destroy(id)
    for function in takers(m):
        with raises(m, "InterpreterNotFoundError"):
            function(id)


@covers("Identifiers.never-given")
def id_never_given_is_not_found(m):
    """An ID that no interpreter has had yet raises InterpreterNotFoundError, in every function."""
    for function in takers(m):
        with raises(m, "InterpreterNotFoundError"):
            function(999999)


@covers("Identifiers.negative")
def negative_id_is_not_found(m):
    """A negative ID raises InterpreterNotFoundError, in every function."""
    for function in takers(m):
        for id in (-1, -(2**63), -(2**100)):
            with raises(m, "InterpreterNotFoundError"):
                function(id)


@covers("Identifiers.too-large")
def too_large_id_is_not_found(m):
    """An ID of more bits than any counter has raises InterpreterNotFoundError."""
    for function in takers(m):
        for id in (2**31, 2**63, 2**64, 2**100):
            with raises(m, "InterpreterNotFoundError"):
                function(id)
