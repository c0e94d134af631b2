"""What the mutants of auditing events are written with.

The events are the reference's, and nobody can keep it from raising them.  So a mutant stands between
them and the hooks: those that are added from then on are called by it, or not, or with something else.
"""

import sys
import threading

from mutants.mutant import replaces


def on_event(m, name=""):
    """Have the function below called in the place of each hook, for the events of that *name*.

    It is given the hook, the name and the arguments.  "" are all events of ours.
    """

    def register(function):
        @replaces(sys, "addaudithook")
        def addaudithook(original, hook):
            def mutated(event, arguments):
                if event.startswith("interpreters.") and name in ("", event):
                    function(hook, event, arguments)
                else:
                    hook(event, arguments)

            original(mutated)

    return register


def changes(m, name, change):
    """Have the arguments of the event replaced by ``change(*arguments)``."""

    @on_event(m, name)
    def mutated(hook, event, arguments):
        hook(event, change(*arguments))


def silences(m, name=""):
    """Have no hook called for the events of that *name*."""

    @on_event(m, name)
    def mutated(hook, event, arguments):
        pass


def repeats(m, name=""):
    """Have hooks called twice for the events of that *name*."""

    @on_event(m, name)
    def mutated(hook, event, arguments):
        hook(event, arguments)
        hook(event, arguments)


def drops(m, name=""):
    """Have what hooks raise for the events of that *name* dropped."""

    @on_event(m, name)
    def mutated(hook, event, arguments):
        try:
            hook(event, arguments)
        except BaseException:
            pass


def raises_after(m, owner, method, name):
    """Have what a hook raises for the event *name* raised when the *method* of *owner* has done it all."""
    raised = []

    @on_event(m, name)
    def mutated(hook, event, arguments):
        try:
            hook(event, arguments)
        except BaseException as error:
            raised.append(error)

    @replaces(owner, method)
    def mutated_too(original, *args, **kwargs):
        result = original(*args, **kwargs)
        if raised:
            raise raised.pop()
        return result


def silences_during(m, owner, method, name, condition=lambda *args, **kwargs: True):
    """Have no hook called for the event *name* of a call of the *method* of *owner*.

    *condition* is given the arguments of the call, and says whether it is one of these.
    """
    calls = []

    @on_event(m, name)
    def mutated(hook, event, arguments):
        if not any(calls):
            hook(event, arguments)

    @replaces(owner, method)
    def mutated_too(original, *args, **kwargs):
        calls.append(condition(*args, **kwargs))
        try:
            return original(*args, **kwargs)
        finally:
            calls.pop()


def tells_before(m, owner, method, name, arguments_of=lambda *args, **kwargs: args):
    """Have the event *name* raised for each call of the *method* of *owner* before all else.

    ``arguments_of()`` makes the arguments of the event from those of the call.
    """
    audit, telling = sys.audit, []

    @on_event(m, name)
    def mutated(hook, event, arguments):
        if telling:
            hook(event, arguments)

    @replaces(owner, method)
    def mutated_too(original, *args, **kwargs):
        telling.append(1)
        try:
            audit(name, *arguments_of(*args, **kwargs))
        finally:
            telling.pop()
        return original(*args, **kwargs)


def refuses_from_hooks(m, owner, method, error):
    """Have calls of the *method* of *owner* refused with *error* while a hook runs."""
    inside = []

    @on_event(m)
    def mutated(hook, event, arguments):
        inside.append(event)
        try:
            hook(event, arguments)
        finally:
            inside.pop()

    @replaces(owner, method)
    def mutated_too(original, *args, **kwargs):
        if inside:
            raise error("not from a hook")
        return original(*args, **kwargs)


def tells_in_a_thread(m):
    """Have hooks called in an OS thread of their own, which the call waits for."""

    @on_event(m)
    def mutated(hook, event, arguments):
        thread = threading.Thread(target=hook, args=(event, arguments))
        thread.start()
        thread.join()
