"""The exceptions of queues that are those of the module ``queue`` as well."""

import queue

from ._sharing import QueueError


class QueueEmpty(QueueError, queue.Empty):
    """There is no item in the queue; implements the clauses ``QueueEmpty.*``."""


class QueueFull(QueueError, queue.Full):
    """There is no room in the queue; implements the clauses ``QueueFull.*``."""


QueueEmpty.__module__ = QueueFull.__module__ = "interpreters"  # where they are documented
