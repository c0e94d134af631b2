"""Mutants of the exceptions of calls and queues."""

from mutants.mutant import replaces, violates


def derives(m, name, *bases):
    """Have an exception class be one of its own, with other bases."""
    setattr(m, name, type(name, bases, {}))


@violates("ExecutionFailed.catches")
def is_never_raised(m):
    """ExecutionFailed is a class of its own, which nothing is an object of."""
    derives(m, "ExecutionFailed", Exception)


@violates("NotShareableError.type-error")
def is_a_value_error(m):
    """What is not shareable is a wrong value."""
    derives(m, "NotShareableError", ValueError)


@violates("QueueError.raised")
def has_nothing_in_common(m):
    """QueueError is a class that no other derives from."""
    derives(m, "QueueError", Exception)


@violates("QueueError.raised")
def catches_nothing_of_the_class(m):
    """Queue() raises KeyError if there is no such queue."""

    @replaces(m, "Queue")
    def mutated(Queue, id):
        try:
            return Queue(id)
        except m.QueueNotFoundError:
            raise KeyError(id) from None


@violates("QueueNotFoundError.queue-error")
def is_a_lookup_error(m):
    """QueueNotFoundError is a LookupError."""
    derives(m, "QueueNotFoundError", LookupError)


@violates("QueueEmpty.queue-error")
def is_just_empty(m):
    """QueueEmpty is queue.Empty."""
    from queue import Empty

    m.QueueEmpty = Empty


@violates("QueueEmpty.empty")
def is_another_empty(m):
    """QueueEmpty has nothing to do with the module queue."""
    derives(m, "QueueEmpty", m.QueueError)


@violates("QueueFull.queue-error")
def is_just_full(m):
    """QueueFull is queue.Full."""
    from queue import Full

    m.QueueFull = Full


@violates("QueueFull.full")
def is_another_full(m):
    """QueueFull has nothing to do with the module queue."""
    derives(m, "QueueFull", m.QueueError)


@violates("ItemInterpreterDestroyed.queue-error")
def is_an_interpreter_error(m):
    """ItemInterpreterDestroyed is an InterpreterError."""
    derives(m, "ItemInterpreterDestroyed", m.InterpreterError)
