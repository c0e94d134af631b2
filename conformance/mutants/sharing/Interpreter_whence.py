"""Mutants of where an interpreter comes from."""

from mutants.mutant import lets_be_set, violates


def replaces_whence(m):
    """Have the function below called for the attribute, with its value and the object."""
    original = m.Interpreter.whence

    def register(function):
        m.Interpreter.whence = property(lambda self: function(original.fget(self), self))
        return function

    return register


@violates("Interpreter.whence.main")
def does_not_know_main(m):
    """The main interpreter is like any that the module has made."""

    @replaces_whence(m)
    def whence(told, self):
        return "_interpreters module" if told == "runtime init" else told


@violates("Interpreter.whence.created", "Interpreter.whence.other")
def knows_nothing_but_main(m):
    """What is not the main interpreter comes from the C API."""

    @replaces_whence(m)
    def whence(told, self):
        return told if told == "runtime init" else "C-API"


@violates("Interpreter.whence.other")
def claims_all(m):
    """Whatever there is comes from the module."""

    @replaces_whence(m)
    def whence(told, self):
        return "_interpreters module" if told == "unknown" else told


@violates("Interpreter.whence.read-only")
def has_a_whence_that_can_be_set(m):
    """Setting or deleting whence changes nothing, and raises nothing."""
    lets_be_set(m.Interpreter, "whence")


@violates("Interpreter.whence.destroyed")
def tells_of_what_is_gone(m):
    """A destroyed interpreter comes from nowhere that is known."""
    original = m.Interpreter.whence

    def whence(self):
        try:
            return original.fget(self)
        except m.InterpreterNotFoundError:
            return "unknown"

    m.Interpreter.whence = property(whence)
