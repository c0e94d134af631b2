"""concurrent.futures

CPython 3.14 and later, public.  What the text refers to of interpreters themselves is that of
concurrent.interpreters, where two names are others.
"""

import concurrent.futures as implementation  # noqa: F401
import sys
from concurrent.futures import Future, InterpreterPoolExecutor  # noqa: F401
from concurrent.futures.interpreter import BrokenInterpreterPool  # noqa: F401
from concurrent.interpreters import (  # noqa: F401
    Interpreter,
    InterpreterError,
    NotShareableError,
    create,
)
from concurrent.interpreters import list_all as enumerate  # noqa: F401

if sys.implementation.name != "cpython":
    raise ImportError("this is not CPython")

Interpreter.destroy = Interpreter.close
Interpreter.run = Interpreter.exec
