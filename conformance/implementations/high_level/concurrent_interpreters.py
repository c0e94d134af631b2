"""concurrent.interpreters

CPython 3.14 and later, public: PEP 734, the successor of the proposal.  Some names are others.
"""

import concurrent.interpreters as implementation  # noqa: F401
import sys
from concurrent.interpreters import (  # noqa: F401
    Interpreter,
    InterpreterError,
    InterpreterNotFoundError,
    create,
    get_current,
    get_main,
)
from concurrent.interpreters import list_all as enumerate  # noqa: F401

if sys.implementation.name != "cpython":
    raise ImportError("this is not CPython")

Interpreter.destroy = Interpreter.close
Interpreter.run = Interpreter.exec
