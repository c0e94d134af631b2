"""is_shareable()."""

import fractions
import threading

from check import covers, equal, raises


class Raises:
    """Cannot be pickled, and says so by an exception of the class *error*."""

    def __init__(self, error):
        self.error = error

    def __reduce_ex__(self, protocol):
        raise self.error("spam")


class Counts:
    """Counts how often it is pickled, and arrives as an int."""

    count = 0

    def __reduce_ex__(self, protocol):
        self.count += 1
        return int, ()


@covers("is_shareable.true")
def plain_objects_are_shareable(m):
    """True for None and for bool, int, float, complex, str, bytes, and tuple of such."""
    for obj in (None, True, 2**100, -0.5, 1j, "\ud800", b"spam", (), (1, ("a", b"b"))):
        equal(m.is_shareable(obj), True)


@covers("is_shareable.true")
def what_pickle_can_carry_is_shareable(m):
    """True for a list, a dict, a Fraction, a class of the standard library, and a function."""
    for obj in (
        [1, [2]],
        {"spam": {3}},
        fractions.Fraction(1, 3),
        fractions.Fraction,
        threading.local,
    ):
        equal(m.is_shareable(obj), True)


@covers("is_shareable.true")
def queues_and_interpreters_are_shareable(m):
    """True for a queue, an interpreter, and a container with both."""
    queue, interpreter = m.create_queue(), m.create()
    equal([m.is_shareable(each) for each in (queue, interpreter, [queue, interpreter])], [True] * 3)


@covers("is_shareable.true")
def functions_shared_by_value_are_shareable(m):
    """True for a lambda, and for a local function with a closure that is shareable."""
    spam = [1]

    def local():
        return spam

    equal([m.is_shareable(lambda: 0), m.is_shareable(local)], [True, True])


@covers("is_shareable.true")
def a_memoryview_is_shareable_and_is_let_go(m):
    """True for a memoryview; the size of its object can be changed as soon as it is released."""
    data = bytearray(b"spam")
    with memoryview(data) as view:
        equal(m.is_shareable(view), True)
    data.append(0)
    equal(len(data), 5)


@covers("is_shareable.true")
def the_parameter_is_named_obj(m):
    """is_shareable(obj=...) is the same; no argument, or two, is a TypeError."""
    equal(m.is_shareable(obj=1), True)
    with raises(m, "TypeError"):
        m.is_shareable()
    with raises(m, "TypeError"):
        m.is_shareable(1, 2)


@covers("is_shareable.false")
def what_pickle_cannot_carry_is_not_shareable(m):
    """False for a lock, a generator and a file, and for containers with such."""
    lock = threading.Lock()
    with open(__file__) as file:
        for obj in (lock, (each for each in ()), file, (lock,), [[lock]], {"spam": lock}):
            equal(m.is_shareable(obj), False)


@covers("is_shareable.false")
def functions_with_what_is_not_shareable_are_not(m):
    """False for a function whose default value or closure is not shareable."""
    lock = threading.Lock()

    def default(spam=lock):
        return spam

    def closure():
        return lock

    equal([m.is_shareable(default), m.is_shareable(closure)], [False, False])


@covers("is_shareable.false")
def nothing_is_raised_of_what_is_not_shareable(m):
    """False if pickling raises an exception, whichever; none reaches the caller."""
    for error in (TypeError, ValueError, KeyError, RecursionError, m.NotShareableError):
        equal(m.is_shareable(Raises(error)), False)
        equal(m.is_shareable([1, (Raises(error),)]), False)


@covers("is_shareable.true", "is_shareable.false")
def the_answer_is_for_now(m):
    """A list is not shareable while a lock is in it, and is before and after."""
    spam, answers = [], []
    for change in (list.copy, lambda spam: spam.append(threading.Lock()), list.clear):
        change(spam)
        answers.append(m.is_shareable(spam))
    equal(answers, [True, False, True])


@covers("is_shareable.tried")
def the_object_is_pickled(m):
    """An object with a method __reduce_ex__() has that called, wherever in a container it is."""
    alone, within = Counts(), Counts()
    equal([m.is_shareable(alone), m.is_shareable(({"spam": [within]},))], [True, True])
    assert alone.count and within.count, "its method was not called"
