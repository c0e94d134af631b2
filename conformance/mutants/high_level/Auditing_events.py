"""Mutants of the auditing events of create() and of the class Interpreter."""

from mutants.auditing import changes, raises_after, silences
from mutants.mutant import violates

CREATE, DESTROY, RUN = "interpreters.create", "interpreters.destroy", "interpreters.run_string"


@violates("interpreters.create.audit")
def makes_one_without_an_event(m):
    """create() raises no event."""
    silences(m, CREATE)


@violates("interpreters.create.audit")
def tells_none_for_the_default(m):
    """The event tells nothing of what is isolated."""
    changes(m, CREATE, lambda isolated, site: (None, site))


@violates("interpreters.create.audit")
def makes_one_before_it_asks(m):
    """The new interpreter is there when the hook refuses it."""
    raises_after(m, m, "create", CREATE)


@violates("Interpreter.destroy.audit")
def ends_one_without_an_event(m):
    """destroy() raises no event."""
    silences(m, DESTROY)


@violates("Interpreter.destroy.audit")
def ends_one_before_it_asks(m):
    """The interpreter is gone when the hook refuses that."""
    raises_after(m, m.Interpreter, "destroy", DESTROY)


@violates("Interpreter.destroy.audit")
def tells_the_object_instead_of_the_id(m):
    """The argument is an Interpreter."""
    changes(m, DESTROY, lambda id: (m.Interpreter(id),))


@violates("Interpreter.run.audit")
def executes_without_an_event(m):
    """run() raises no event."""
    silences(m, RUN)


@violates("Interpreter.run.audit")
def executes_before_it_asks(m):
    """The code has been run when the hook refuses it."""
    raises_after(m, m.Interpreter, "run", RUN)
