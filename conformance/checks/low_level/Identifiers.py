"""IDs: what they are, and what is accepted where a function takes one."""

import threading
from functools import partial

from check import caught, covers, equal, importing, raises, value


class Index:
    """Stands for an integer without being one."""

    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


def takers(m):
    """Yield the name of every function of *m* that takes an ID, and a function of just the ID."""
    yield "is_running", m.is_running
    if hasattr(m, "run_string"):
        yield "run_string", lambda id: m.run_string(id, "pass")
    if hasattr(m, "run_string_unrestricted"):
        yield "run_string_unrestricted", lambda id: m.run_string_unrestricted(id, "pass")
    if hasattr(m, "destroy"):
        yield "destroy", m.destroy


def refuse(m, exception, *ids):
    """Expect every function to refuse each of the *ids*."""
    for name, function in takers(m):
        for id in ids:
            with raises(m, exception, "%s(%r)" % (name, id)):
                function(id)


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
    for _, function in takers(m):
        held = m.create()
        function(Index(int(held)))


@covers("Identifiers.type")
def other_types_are_a_type_error(m):
    """A str, a float, None, a tuple and bytes are a TypeError, in every function."""
    refuse(m, "TypeError", "0", 1.0, None, (1,), b"1")


@covers("Identifiers.destroyed")
def destroyed_interpreter_is_not_found(m):
    """The ID of a destroyed interpreter raises InterpreterNotFoundError, in every function."""
    id = int(m.create())
    m.destroy(id)
    refuse(m, "InterpreterNotFoundError", id)


@covers("Identifiers.never-given")
def id_never_given_is_not_found(m):
    """An ID that no interpreter has had yet raises InterpreterNotFoundError, in every function."""
    refuse(m, "InterpreterNotFoundError", 999999)


@covers("Identifiers.negative")
def negative_id_is_not_found(m):
    """A negative ID raises InterpreterNotFoundError, in every function."""
    refuse(m, "InterpreterNotFoundError", -1, -(2**63), -(2**100))


@covers("Identifiers.too-large")
def too_large_id_is_not_found(m):
    """An ID of more bits than any counter has raises InterpreterNotFoundError."""
    refuse(m, "InterpreterNotFoundError", 2**31, 2**63, 2**64, 2**100)


@covers("Identifiers.int")
def listed_ids_are_ints(m):
    """The IDs that enumerate() lists are just ints."""
    held = m.create()
    equal([type(id) for id in m.enumerate()], [int, int])
    assert held is not None


@covers("Identifiers.int")
def ids_are_ints_in_a_subinterpreter(m):
    """What get_current(), get_main() and create() return there is just an int too."""
    code = importing() + "ids = [m.get_current(), m.get_main(), m.create()]"
    run = partial(m.run_string, m.create())
    equal(value(run, "[type(id).__name__ for id in ids]", code), ["int"] * 3)


@covers("Identifiers.ascending")
def ids_ascend_whoever_creates(m):
    """An interpreter created by a subinterpreter or a thread has a greater ID than those before."""
    held = [m.create()]
    ids = [int(held[0])]
    code = importing() + "held = m.create()"
    ids.append(value(partial(m.run_string, held[0]), "int(held)", code))
    thread = threading.Thread(target=lambda: held.append(m.create()))
    thread.start()
    thread.join()
    ids.append(int(held[1]))
    held.append(m.create())
    ids.append(int(held[2]))
    equal(ids, sorted(set(ids)))


@covers("Identifiers.never-reused")
def threads_that_create_at_once_get_different_ids(m):
    """Four threads create three interpreters each: twelve IDs."""
    held, create = [], m.create
    threads = [
        threading.Thread(target=lambda: held.extend([create(), create(), create()]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(len({int(id) for id in held}), 12)


@covers("Identifiers.index")
def an_instance_of_a_subclass_of_int_is_an_int(m):
    """A subclass of int, and bool, which is one: False identifies the main interpreter."""

    class Int(int):
        pass

    for _, function in takers(m):
        held = m.create()
        function(Int(int(held)))
    equal(m.is_running(False), True)


@covers("Identifiers.index")
def numbers_with_index_may_be_unknown(m):
    """What __index__() returns is judged as an int is: negative, or too large, is not found."""
    for number in (-1, 999999, 2**64, -(2**100)):
        for name, function in takers(m):
            with raises(m, "InterpreterNotFoundError", "%s(%d)" % (name, number)):
                function(Index(number))


@covers("Identifiers.index-raises")
def what_index_raises_is_raised(m):
    """The call raises the very exception that __index__() raises."""
    spam = LookupError("spam")

    class Raises:
        def __index__(self):
            raise spam

    for name, function in takers(m):
        error = caught(function, Raises())
        assert error is spam, "%s() raised %r" % (name, error)


@covers("Identifiers.type")
def numbers_without_index_are_a_type_error(m):
    """A Decimal, a Fraction, a complex number, and an object with no more than __int__()."""
    import decimal
    import fractions

    class Int:
        def __int__(self):
            return 0

        __float__ = __trunc__ = __int__

        def __repr__(self):
            return "Int()"

    refuse(m, "TypeError", decimal.Decimal(0), fractions.Fraction(0), 0j, Int())


@covers("Identifiers.type")
def an_index_that_is_no_integer_is_a_type_error(m):
    """An object whose __index__() returns a str or a float, or is None."""

    class NoIndex:
        __index__ = None

    for wrong in (Index("0"), Index(0.0), NoIndex()):
        for name, function in takers(m):
            with raises(m, "TypeError", name):
                function(wrong)


@covers("Identifiers.never-given")
def the_next_id_is_not_found(m):
    """The ID that the next new interpreter may get identifies none until then."""
    held = m.create()
    refuse(m, "InterpreterNotFoundError", int(held) + 1)
    equal(len(m.enumerate()), 2)


@covers("Identifiers.too-large")
def ids_do_not_wrap_around(m):
    """The ID of an interpreter plus or minus a power of two identifies nothing."""
    held = m.create()
    refuse(m, "InterpreterNotFoundError", *(int(held) + 2**bits for bits in (8, 16, 32, 64)))
    refuse(m, "InterpreterNotFoundError", *(int(held) - 2**bits for bits in (8, 16, 32, 64)))
    equal(m.is_running(held), False)
