"""concurrent.interpreters

CPython 3.14 and later, public: PEP 734, whose names the text has wherever that has them.  Two names
are others here, and what becomes of an item is said by objects of a private module.
"""

import concurrent.interpreters as implementation  # noqa: F401
import sys
from concurrent.interpreters import (  # noqa: F401
    ExecutionFailed,
    Interpreter,
    InterpreterError,
    InterpreterNotFoundError,
    NotShareableError,
    Queue,
    QueueEmpty,
    QueueFull,
    create,
    create_queue,
    get_current,
    get_main,
    is_shareable,
    list_all,
)
from concurrent.interpreters import list_all as enumerate  # noqa: F401
from concurrent.interpreters._queues import (  # noqa: F401
    UNBOUND,
    UNBOUND_ERROR,
    UNBOUND_REMOVE,
    ItemInterpreterDestroyed,
    QueueError,
    QueueNotFoundError,
)

if sys.implementation.name != "cpython":
    raise ImportError("this is not CPython")

Interpreter.destroy = Interpreter.close
Interpreter.run = Interpreter.exec
