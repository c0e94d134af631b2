"""The exceptions of calls and queues: which are kinds of which, and that those are what is raised."""

import queue

from check import caught, covers, equal, importing, raises, value


def bases(m, name, *expected):
    """Expect an exception class to be a subclass of those, one of its own, and an Exception."""
    cls = getattr(m, name)
    for each in (Exception,) + expected:
        assert issubclass(cls, each), "%s is no subclass of %s" % (name, each.__name__)
        assert cls is not each, "%s is %s" % (name, each.__name__)


@covers("ExecutionFailed.catches")
def execution_failed_catches_what_code_raises(m):
    """Exceptions of built-in classes and of a class of the code's own, of exec() and call()."""
    interpreter = m.create()
    for code in ("1 / 0", "raise KeyError('spam')", "class Spam(Exception): pass\nraise Spam"):
        with raises(m, "ExecutionFailed", code):
            interpreter.exec(code)
    with raises(m, "ExecutionFailed", "call"):
        interpreter.call(int, "spam")


@covers("NotShareableError.type-error")
def not_shareable_error_is_a_type_error(m):
    """A subclass of TypeError, and that is what put() raises."""
    bases(m, "NotShareableError", TypeError)
    error = caught(m.create_queue().put, (each for each in ()))
    equal([isinstance(error, m.NotShareableError), isinstance(error, TypeError)], [True, True])


@covers("QueueError.raised")
def queue_error_is_what_every_queue_raises(m):
    """An exception class that catches whatever a queue refuses."""
    bases(m, "QueueError")
    made = m.create_queue(1)
    id = made.id
    with raises(m, "QueueError", "get"):
        made.get_nowait()
    made.put(1)
    with raises(m, "QueueError", "put"):
        made.put_nowait(2)
    del made
    with raises(m, "QueueError", "Queue"):
        m.Queue(id + 1)


@covers("QueueNotFoundError.queue-error")
def queue_not_found_error_is_a_queue_error(m):
    """A subclass of QueueError, and of neither Empty nor Full."""
    bases(m, "QueueNotFoundError", m.QueueError)
    assert not issubclass(m.QueueNotFoundError, (queue.Empty, queue.Full))


@covers("QueueEmpty.queue-error", "QueueEmpty.empty")
def queue_empty_is_that_of_the_module_queue(m):
    """A subclass of QueueError and of queue.Empty, not of queue.Full; get() raises it."""
    bases(m, "QueueEmpty", m.QueueError, queue.Empty)
    assert not issubclass(m.QueueEmpty, queue.Full)
    for arguments in ((False,), (True, 0)):
        error = caught(m.create_queue().get, *arguments)
        equal([isinstance(error, m.QueueEmpty), isinstance(error, queue.Empty)], [True, True])


@covers("QueueFull.queue-error", "QueueFull.full")
def queue_full_is_that_of_the_module_queue(m):
    """A subclass of QueueError and of queue.Full, not of queue.Empty; put() raises it."""
    bases(m, "QueueFull", m.QueueError, queue.Full)
    assert not issubclass(m.QueueFull, queue.Empty)
    made = m.create_queue(1)
    made.put(1)
    for arguments in ((2, False), (2, True, 0)):
        error = caught(made.put, *arguments)
        equal([isinstance(error, m.QueueFull), isinstance(error, queue.Full)], [True, True])


@covers("ItemInterpreterDestroyed.queue-error")
def item_interpreter_destroyed_is_a_queue_error(m):
    """A subclass of QueueError, and not of queue.Empty: there was an item."""
    bases(m, "ItemInterpreterDestroyed", m.QueueError)
    assert not issubclass(m.ItemInterpreterDestroyed, queue.Empty)


# Whether each of the exceptions is caught by what the module has there.
THERE = """
import queue
caught = []
for call, kinds in (
    (lambda: q.get(timeout=0), (m.QueueEmpty, m.QueueError, queue.Empty)),
    (lambda: [q.put(n, timeout=0) for n in range(2)], (m.QueueFull, m.QueueError, queue.Full)),
    (lambda: m.Queue(q.id + 999999), (m.QueueNotFoundError, m.QueueError)),
    (lambda: q.put((n for n in ())), (m.NotShareableError, TypeError)),
):
    for kind in kinds:
        try:
            call()
        except kind:
            caught.append(kind.__name__)
        while not q.empty():
            q.get()
"""


@covers("QueueEmpty.empty", "QueueFull.full", "QueueNotFoundError.queue-error", "Queue.anywhere")
def other_interpreters_raise_the_same(m):
    """Code in another interpreter catches each by the class that the module has there, and its bases."""
    made, interpreter = m.create_queue(1), m.create()
    code = importing() + "q = m.Queue(%d)" % made.id + THERE
    expected = ["QueueEmpty", "QueueError", "Empty", "QueueFull", "QueueError", "Full"]
    expected += ["QueueNotFoundError", "QueueError", "NotShareableError", "TypeError"]
    equal(value(interpreter.exec, "caught", code), expected)
