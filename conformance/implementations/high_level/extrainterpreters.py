"""extrainterpreters

A package for CPython 3.12 and later, in the style of threading: an Interpreter is started.  Its
run() runs a function, so that run_string() is what stands for run().
"""

import extrainterpreters as implementation
from extrainterpreters import Interpreter, get_current  # noqa: F401
from extrainterpreters import list_all as enumerate  # noqa: F401

Interpreter.destroy = Interpreter.close
Interpreter.run = Interpreter.run_string


def create():
    """Interpreter().start()"""
    return implementation.Interpreter().start()
