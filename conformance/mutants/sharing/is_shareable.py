"""Mutants of is_shareable()."""

import copyreg
import types

from mutants.mutant import replaces, violates

PLAIN = (type(None), bool, int, float, complex, str, bytes)


@violates("is_shareable.true", "is_shareable.tried")
def knows_plain_types_only(m):
    """The type alone decides: objects of the plain types are shareable, and no others."""

    @replaces(m, "is_shareable")
    def mutated(is_shareable, obj):
        return type(obj) in PLAIN


@violates("is_shareable.true")
def knows_what_can_be_encoded(m):
    """Text that cannot be encoded is not shareable."""

    @replaces(m, "is_shareable")
    def mutated(is_shareable, obj):
        if isinstance(obj, str):
            return obj.isprintable()
        return is_shareable(obj)


@violates("is_shareable.true")
def knows_no_queues(m):
    """Queues and interpreters are not shareable."""

    @replaces(m, "is_shareable")
    def mutated(is_shareable, obj):
        return not isinstance(obj, (m.Queue, m.Interpreter)) and is_shareable(obj)


@violates("is_shareable.true")
def knows_no_functions_by_value(m):
    """Functions that cannot be imported are not shareable."""

    @replaces(m, "is_shareable")
    def mutated(is_shareable, obj):
        by_value = isinstance(obj, types.FunctionType) and "<" in obj.__qualname__
        return not by_value and is_shareable(obj)


@violates("is_shareable.true")
def lends_memory(m):
    """The memory that was looked at counts as lent."""
    lent = []

    @replaces(m, "is_shareable")
    def mutated(is_shareable, obj):
        if isinstance(obj, memoryview):
            lent.append(memoryview(obj.obj))
        return is_shareable(obj)


@violates("is_shareable.true")
def calls_its_parameter_object(m):
    """The parameter has another name."""

    @replaces(m, "is_shareable")
    def mutated(is_shareable, object):
        return is_shareable(object)


@violates("is_shareable.false")
def finds_everything_shareable(m):
    """Everything is shareable: what is not will be told when it is sent."""

    @replaces(m, "is_shareable")
    def mutated(is_shareable, obj):
        return True


@violates("is_shareable.false")
def raises_what_pickle_raises(m):
    """What is raised while the object is pickled is raised."""

    @replaces(m, "is_shareable")
    def mutated(is_shareable, obj):
        if type(obj).__module__ == "checks":
            obj.__reduce_ex__(4)
        return is_shareable(obj)


@violates("is_shareable.true", "is_shareable.false")
def remembers_its_answers(m):
    """The first answer for an object is the answer for ever."""
    answers = {}

    @replaces(m, "is_shareable")
    def mutated(is_shareable, obj):
        return answers.setdefault(id(obj), is_shareable(obj))


@violates("is_shareable.tried")
def looks_for_a_method(m):
    """An object that says how it is to be pickled is shareable, whatever it says."""

    @replaces(m, "is_shareable")
    def mutated(is_shareable, obj):
        if (
            type(obj).__reduce_ex__ is not object.__reduce_ex__
            or type(obj) in copyreg.dispatch_table
        ):
            return True
        return is_shareable(obj)
