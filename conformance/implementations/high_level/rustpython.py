"""RustPython's concurrent.interpreters

The package of CPython 3.14 on RustPython's own low-level module.  Some names are others.
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

if sys.implementation.name != "rustpython":
    raise ImportError("this is not RustPython")

Interpreter.destroy = Interpreter.close
Interpreter.run = Interpreter.exec
