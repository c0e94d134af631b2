"""Mutants of the auditing events of calls, queues, spares and interrupts."""

import sys

from mutants.auditing import (
    changes,
    raises_after,
    refuses_from_hooks,
    silences,
    silences_during,
    tells_before,
)
from mutants.mutant import replaces, violates

CREATE, RUN = "interpreters.create", "interpreters.run_string"
CALL, PREPARE = "interpreters.call", "interpreters.prepare_main"
INTERRUPT = "interpreters.interrupt"
PUT, GET = "interpreters.queue.put", "interpreters.queue.get"


# --- calls and runs ------------------------------------------------------------------------------


@violates("Interpreter.call.audit")
def calls_without_an_event(m):
    """A call raises no event."""
    silences(m, CALL)


@violates("Interpreter.call.audit")
def tells_the_name_of_the_function(m):
    """The event has the name of what is called."""
    changes(m, CALL, lambda id, callable: (id, getattr(callable, "__name__", "")))


@violates("Interpreter.call.audit")
def calls_before_it_asks(m):
    """The call has been made when the hook refuses it."""
    raises_after(m, m.Interpreter, "call", CALL)


@violates("Interpreter.call.audit")
def tells_what_cannot_be_called(m):
    """The event is raised whatever is to be called."""
    tells_before(
        m, m.Interpreter, "call", CALL, lambda self, callable, *args, **k: (self.id, callable)
    )


@violates("Interpreter.call.audit")
def calls_nothing_while_a_hook_runs(m):
    """A hook that makes a call is refused."""
    refuses_from_hooks(m, m.Interpreter, "call", m.InterpreterError)


@violates("Interpreter.call_within.like-call")
def calls_with_a_limit_without_an_event(m):
    """call_within() raises no event."""
    silences_during(m, m.Interpreter, "call_within", CALL)


@violates("Interpreter.call_in_thread.audit")
def tells_of_the_call_before_the_thread(m):
    """call_in_thread() raises the event in the OS thread that makes this call."""
    tells_before(
        m, m.Interpreter, "call_in_thread", CALL, lambda self, callable, *args: (self.id, callable)
    )


@violates("Interpreter.exec.like-run")
def exec_raises_no_event(m):
    """Source text is run without an event."""
    silences(m, RUN)


@violates("Interpreter.exec.like-run")
def exec_with_a_limit_raises_none(m):
    """Source text that is run for so long at most raises no event."""
    silences_during(
        m, m.Interpreter, "exec", RUN, lambda self, code, *, timeout=None: timeout is not None
    )


@violates("Interpreter.prepare_main.audit")
def binds_without_an_event(m):
    """prepare_main() raises no event."""
    silences(m, PREPARE)


@violates("Interpreter.prepare_main.audit")
def binds_before_it_asks(m):
    """The names are bound when the hook refuses that."""
    raises_after(m, m.Interpreter, "prepare_main", PREPARE)


# --- interrupts ----------------------------------------------------------------------------------


@violates("Interpreter.interrupt.audit")
def interrupts_without_an_event(m):
    """interrupt() raises no event."""
    silences(m, INTERRUPT)


@violates("Interpreter.interrupt.audit")
def tells_the_class_of_the_exception(m):
    """The event has the class of an exception in the place of it."""

    def change(id, exception):
        return id, exception if isinstance(exception, type) else type(exception)

    changes(m, INTERRUPT, change)


@violates("Interpreter.interrupt.audit")
def makes_the_exception_before_it_asks(m):
    """The exception has been made when the hook refuses it."""

    @replaces(m.Interpreter, "interrupt")
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        made = exception() if isinstance(exception, type) else exception
        return interrupt(self, made)


@violates("Interpreter.interrupt.audit")
def tells_what_is_no_exception(m):
    """The event is raised whatever is to be raised."""
    tells_before(
        m,
        m.Interpreter,
        "interrupt",
        INTERRUPT,
        lambda self, exception=KeyboardInterrupt: (self.id, exception),
    )


# --- queues --------------------------------------------------------------------------------------


@violates("Queue.put.audit")
def puts_without_an_event(m):
    """Neither put() nor put_nowait() raises an event."""
    silences(m, PUT)


@violates("Queue.put_nowait.same")
def puts_without_an_event_if_it_does_not_wait(m):
    """put_nowait() raises no event."""
    silences_during(m, m.Queue, "put_nowait", PUT)


@violates("Queue.put.audit")
def puts_before_it_asks(m):
    """The item is in the queue when the hook refuses it."""
    raises_after(m, m.Queue, "put", PUT)


@violates("Queue.put.audit")
def tells_a_put_before_it_judges(m):
    """The event is raised whatever the other arguments are."""
    tells_before(m, m.Queue, "put", PUT, lambda self, *args, **kwargs: (self.id,))


@violates("Queue.put.audit-first")
def tells_a_put_that_has_room(m):
    """There is an event only if there is room."""
    silences_during(m, m.Queue, "put", PUT, lambda self, *args, **kwargs: self.full())


@violates("Queue.get.audit")
def gets_without_an_event(m):
    """Neither get() nor get_nowait() raises an event."""
    silences(m, GET)


@violates("Queue.get_nowait.same")
def gets_without_an_event_if_it_does_not_wait(m):
    """get_nowait() raises no event."""
    silences_during(m, m.Queue, "get_nowait", GET)


@violates("Queue.get.audit")
def gets_before_it_asks(m):
    """The item is lost when the hook refuses it."""
    raises_after(m, m.Queue, "get", GET)


@violates("Queue.get.audit")
def tells_a_get_before_it_judges(m):
    """The event is raised whatever the timeout is."""
    tells_before(m, m.Queue, "get", GET, lambda self, *args, **kwargs: (self.id,))


@violates("Queue.get.audit-first")
def tells_a_get_that_has_an_item(m):
    """There is an event only if there is an item."""
    silences_during(m, m.Queue, "get", GET, lambda self, *args, **kwargs: self.empty())


# --- spares --------------------------------------------------------------------------------------


@violates("set_spares.audit")
def returns_a_spare_without_an_event(m):
    """create() raises its event only if it makes an interpreter."""
    silences_during(m, m, "create", CREATE, lambda **options: m.get_spares() > 0)


@violates("set_spares.audit-made")
def tells_of_spares_that_are_made(m):
    """set_spares() raises the event of create() for each that is made."""

    @replaces(m, "set_spares")
    def mutated(set_spares, count, **options):
        for _ in range(count):
            sys.audit(CREATE, options.get("isolated"), options.get("site", True))
        return set_spares(count, **options)
