"""_interpreters

CPython 3.13 and later, private.  An ID comes with a number that tells who made the interpreter;
the pairs are unwrapped.
"""

import sys

import _interpreters
import _interpreters as implementation  # noqa: F401
from _interpreters import (  # noqa: F401
    InterpreterError,
    InterpreterNotFoundError,
    create,
    destroy,
    is_running,
    run_string,
)

if sys.implementation.name != "cpython":
    raise ImportError("this is not CPython")


def enumerate():
    """list_all(), pairs unwrapped"""
    return [id for id, _ in _interpreters.list_all()]


def get_current():
    """get_current(), pair unwrapped"""
    return _interpreters.get_current()[0]


def get_main():
    """get_main(), pair unwrapped"""
    return _interpreters.get_main()[0]
