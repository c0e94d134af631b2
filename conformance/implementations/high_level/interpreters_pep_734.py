"""interpreters-pep-734

A package for CPython 3.12 and later: PEP 734 by its author, on top of the private module of CPython
3.13 and later, of which a second package has a copy for 3.12.  Some names are others.
"""

import interpreters_backport.interpreters as implementation  # noqa: F401
from interpreters_backport.interpreters import (  # noqa: F401
    Interpreter,
    InterpreterError,
    InterpreterNotFoundError,
    create,
    get_current,
    get_main,
)
from interpreters_backport.interpreters import list_all as enumerate  # noqa: F401

Interpreter.destroy = Interpreter.close
Interpreter.run = Interpreter.exec
