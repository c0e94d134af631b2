"""Mutants of the auditing events of pools."""

import sys

from mutants.auditing import (
    changes,
    drops,
    raises_after,
    refuses_from_hooks,
    repeats,
    silences,
    silences_during,
    tells_before,
    tells_in_a_thread,
)
from mutants.mutant import replaces, violates

SUBMIT, INTERRUPT = "interpreters.submit", "interpreters.interrupt"
CREATE, DESTROY = "interpreters.create", "interpreters.destroy"


@violates(
    "InterpreterPoolExecutor.submit.audit",
    "InterpreterPoolExecutor.map.audit",
    "InterpreterPoolExecutor.map.audit-chunks",
)
def submits_without_an_event(m):
    """Neither submit() nor map() raises an event."""
    silences(m, SUBMIT)


@violates("InterpreterPoolExecutor.submit.audit")
def takes_a_tuple_for_all_arguments(m):
    """A tuple that is submitted is taken for the arguments of the event."""
    changes(m, SUBMIT, lambda fn: fn if isinstance(fn, tuple) else (fn,))


@violates("InterpreterPoolExecutor.submit.audit")
def tells_the_arguments_too(m):
    """The event has a second argument."""
    changes(m, SUBMIT, lambda fn: (fn, ()))


@violates("InterpreterPoolExecutor.submit.audit")
def submits_before_it_asks(m):
    """The task has been submitted when the hook refuses it."""
    raises_after(m, m.InterpreterPoolExecutor, "submit", SUBMIT)


@violates("InterpreterPoolExecutor.submit.audit")
def submits_nothing_while_a_hook_runs(m):
    """A hook that submits a task is refused."""
    refuses_from_hooks(m, m.InterpreterPoolExecutor, "submit", RuntimeError)


@violates("InterpreterPoolExecutor.submit_within.same")
def submits_with_a_limit_without_an_event(m):
    """submit_within() raises no event."""
    silences_during(m, m.InterpreterPoolExecutor, "submit_within", SUBMIT)


@violates("InterpreterPoolExecutor.map.audit")
def maps_before_it_asks(m):
    """All tasks have been submitted when the hook refuses them."""
    raises_after(m, m.InterpreterPoolExecutor, "map", SUBMIT)


@violates("InterpreterPoolExecutor.map.audit")
def tells_a_map_before_it_judges(m):
    """The event is raised whatever the other arguments are."""
    tells_before(
        m, m.InterpreterPoolExecutor, "map", SUBMIT, lambda self, fn, *args, **options: (fn,)
    )


@violates("InterpreterPoolExecutor.map.audit", "InterpreterPoolExecutor.map.audit-chunks")
def tells_of_each_item(m):
    """map() raises an event for each item."""

    @replaces(m.InterpreterPoolExecutor, "map")
    def mutated(original, self, fn, items, **options):
        items = list(items)
        for _ in items[1:]:
            sys.audit(SUBMIT, fn)
        return original(self, fn, items, **options)


@violates("InterpreterPoolExecutor.map.audit-chunks")
def tells_everything_of_maps_twice(m):
    """map() raises its event where the tasks are made, too."""
    repeats(m, SUBMIT)


@violates("Workers.audit")
def workers_end_without_an_event(m):
    """A worker destroys its interpreter without an event."""
    silences(m, DESTROY)


@violates("Workers.audit")
def workers_cannot_be_refused(m):
    """A worker creates its interpreter whatever a hook raises."""
    drops(m, CREATE)


@violates("Workers.audit")
def tells_of_workers_in_another_thread(m):
    """The events of workers are raised in an OS thread that is none of theirs."""
    tells_in_a_thread(m)


@violates("Future.interrupt.audit")
def interrupts_tasks_without_an_event(m):
    """interrupt() raises no event."""
    silences(m, INTERRUPT)


@violates("Future.interrupt.audit")
def tells_of_tasks_that_have_not_begun(m):
    """The event is raised whether the task is being executed or not."""
    tells_before(
        m,
        m.Future,
        "interrupt",
        INTERRUPT,
        lambda self, exception=KeyboardInterrupt: (None, exception),
    )
