"""backports.interpreters

A package for CPython 3.8 and later: PEP 734 on top of the private module of CPython 3.8 to 3.13, and
the standard library's own from 3.14.  Some names are others.
"""

import backports.interpreters as implementation  # noqa: F401
from backports.interpreters import (  # noqa: F401
    Interpreter,
    InterpreterError,
    InterpreterNotFoundError,
    create,
    get_current,
    get_main,
)
from backports.interpreters import list_all as enumerate  # noqa: F401

Interpreter.destroy = Interpreter.close
Interpreter.run = Interpreter.exec
