"""test.support.interpreters

CPython 3.10 to 3.13, part of its own test suite, and never public.  Some names are others.
"""

from test.support import interpreters as implementation
from test.support.interpreters import Interpreter, create, get_current, get_main  # noqa: F401
from test.support.interpreters import list_all as enumerate  # noqa: F401

Interpreter.destroy = Interpreter.close
if not hasattr(Interpreter, "run"):
    Interpreter.run = Interpreter.exec

for name in ("InterpreterError", "InterpreterNotFoundError"):
    if hasattr(implementation, name):
        globals()[name] = getattr(implementation, name)
