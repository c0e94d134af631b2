"""Mutants of the auditing events of create(), destroy() and of runs."""

import sys

from mutants.auditing import (
    changes,
    drops,
    on_event,
    raises_after,
    refuses_from_hooks,
    repeats,
    silences,
    silences_during,
    tells_before,
    tells_in_a_thread,
)
from mutants.mutant import replaces, violates

CREATE, DESTROY, RUN = "interpreters.create", "interpreters.destroy", "interpreters.run_string"


@violates("create.audit")
def creates_without_an_event(m):
    """create() raises no event."""
    silences(m, CREATE)


@violates("create.audit")
def tells_nothing_of_a_creation(m):
    """The event has no arguments."""
    changes(m, CREATE, lambda isolated, site: ())


@violates("create.audit")
def tells_the_defaults(m):
    """Whatever was asked for, the event tells what is created without arguments."""
    changes(m, CREATE, lambda isolated, site: (False, True))


@violates("destroy.audit")
def destroys_without_an_event(m):
    """destroy() raises no event."""
    silences(m, DESTROY)


@violates("run_string.audit")
def runs_without_an_event(m):
    """A run raises no event."""
    silences(m, RUN)


@violates("run_string.audit")
def tells_the_id_alone(m):
    """The source text is not told."""
    changes(m, RUN, lambda id, command: (id,))


@violates("run_string_unrestricted.audit")
def unrestricted_runs_raise_no_event(m):
    """Whoever listens to run_string() does not hear of run_string_unrestricted()."""
    silences_during(m, m, "run_string_unrestricted", RUN)


@violates("Auditing_events.once")
def tells_everything_twice(m):
    """Two layers raise the same event."""
    repeats(m)


@violates("Auditing_events.once")
def tells_of_a_failure_too(m):
    """A run that raises has its event raised once more."""

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        try:
            run_string(id, command)
        except BaseException:
            sys.audit(RUN, id, command)
            raise


@violates("Auditing_events.thread")
def calls_hooks_in_a_thread_of_their_own(m):
    """A hook is called in another OS thread, which the call waits for."""
    tells_in_a_thread(m)


@violates("Auditing_events.interpreter")
def has_hooks_of_the_main_interpreter_only(m):
    """Hooks that code in a subinterpreter has added are not called."""
    if m.get_current() != m.get_main():
        silences(m)


@violates("Auditing_events.interpreter")
def tells_the_interpreter_it_is_about(m):
    """The event is raised in the interpreter that is going to run the code, too."""

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        run_string(id, "__import__('sys').audit(%r)" % RUN)
        run_string(id, command)


@violates("Auditing_events.judged")
def tells_before_it_judges(m):
    """An event is raised whatever the arguments of a run are."""
    tells_before(m, m, "run_string", RUN)


@violates("Auditing_events.judged", isolates=False)
def tells_before_it_refuses_to_isolate(m):
    """create() raises its event before it says that it cannot isolate."""
    tells_before(m, m, "create", CREATE, lambda *, isolated=False, site=True: (isolated, site))


@violates("Auditing_events.before")
def looks_the_interpreter_up_first(m):
    """There is an event only if the interpreter can be used."""

    def look(original, id, *args):
        if m.is_running(id):
            raise m.InterpreterError("interpreter %d is running" % id)
        return original(id, *args)

    for name in ("destroy", "run_string"):
        replaces(m, name)(look)


@violates("Auditing_events.before")
def raises_no_event_for_a_running_interpreter(m):
    """What is running is refused without an event."""
    for name, event in (("destroy", DESTROY), ("run_string", RUN)):
        silences_during(m, m, name, event, lambda id, *args: id == m.get_main())


@violates("Auditing_events.raises")
def drops_what_hooks_raise(m):
    """A hook can listen, and not refuse."""
    drops(m)


@violates("Auditing_events.raises")
def raises_an_error_of_its_own(m):
    """What a hook raises is raised as InterpreterError."""

    @on_event(m)
    def mutated(hook, event, arguments):
        try:
            hook(event, arguments)
        except Exception as error:
            raise m.InterpreterError("refused by a hook: %s" % error)


@violates("Auditing_events.no-effect")
def creates_before_it_asks(m):
    """The new interpreter is there when the hook refuses it."""
    raises_after(m, m, "create", CREATE)


@violates("Auditing_events.no-effect")
def destroys_before_it_asks(m):
    """The interpreter is gone when the hook refuses that."""
    raises_after(m, m, "destroy", DESTROY)


@violates("Auditing_events.no-effect")
def runs_before_it_asks(m):
    """The code has been run when the hook refuses it."""
    raises_after(m, m, "run_string", RUN)


@violates("Auditing_events.no-effect", "run_string_unrestricted.audit")
def runs_unrestricted_before_it_asks(m):
    """The namespace has been merged when the hook refuses that."""
    raises_after(m, m, "run_string_unrestricted", RUN)


@violates("Auditing_events.id")
def tells_ids_of_a_class_of_its_own(m):
    """An ID is an instance of a subclass of int."""

    class ID(int):
        pass

    changes(m, DESTROY, lambda id: (ID(id),))


@violates("Auditing_events.same")
def tells_a_copy_of_the_code(m):
    """The source text is copied for the event."""
    changes(m, RUN, lambda id, command: (id, "".join(list(command))))


@violates("Auditing_events.hooks")
def creates_nothing_while_a_hook_runs(m):
    """A hook that creates an interpreter is refused."""
    refuses_from_hooks(m, m, "create", m.InterpreterError)


@violates("Auditing_events.hooks")
def claims_the_interpreter_before_it_asks(m):
    """While a hook runs, the interpreter counts as running."""
    claimed = []

    @on_event(m)
    def mutated(hook, event, arguments):
        claimed.append(arguments[0])
        try:
            hook(event, arguments)
        finally:
            claimed.pop()

    def look(original, id, *args):
        if id in claimed:
            raise m.InterpreterError("interpreter %d is running" % id)
        return original(id, *args)

    for name in ("destroy", "run_string"):
        replaces(m, name)(look)
