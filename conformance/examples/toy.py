"""A toy to try the suite on: an "interpreter" is a dictionary, and exec() runs the code in it.

Code that runs in one of them finds its own variables again, and not those of another.  That is all
that keeps them apart: they share the modules, the GIL and every object.  So the suite finds promises
that a toy can keep, others that it breaks, and names that it lacks.

It has the documented names but for three: the list of all is called ``list_all``, and neither
``run_string_unrestricted`` nor ``RemoteTraceback`` exists.  It runs on any Python from 3.8.
"""

import builtins
import itertools
import operator
import threading

_ids = itertools.count(1)
_namespaces = {0: None}  # ID -> what the code of its runs has bound; the main interpreter has 0
_running = {0}
_thread = threading.local()


class InterpreterError(RuntimeError):
    """The operation is not possible with this interpreter, or not now."""


class InterpreterNotFoundError(InterpreterError):
    """No interpreter has this ID."""


def list_all():
    """Return the IDs of all interpreters."""
    return sorted(_namespaces)


def get_current():
    """Return the ID of the interpreter whose code makes the call."""
    return getattr(_thread, "current", 0)


def get_main():
    """Return the ID of the main interpreter."""
    return 0


def is_running(id):
    """Return whether code runs in the interpreter."""
    return _existing(id) in _running


def create(*, isolated=False, site=True):
    """Create an interpreter and return its ID; whatever is asked for, it is the same."""
    id = next(_ids)
    _namespaces[id] = {"__name__": "__main__", "__builtins__": builtins}
    return id


def destroy(id):
    """Forget the interpreter."""
    del _namespaces[_idle(id)]


def run_string(id, command):
    """Run *command* in the interpreter."""
    if not isinstance(command, str):
        raise TypeError("the command must be a str, not %s" % type(command).__name__)
    id = _idle(id)
    caller = get_current()
    _running.add(id)
    _thread.current = id
    try:
        exec(compile(command, "<string>", "exec", dont_inherit=True), _namespaces[id])
    finally:
        _thread.current = caller
        _running.discard(id)


def _existing(id):
    """Return *id* as an int if an interpreter has it."""
    id = operator.index(id)
    if id not in _namespaces:
        raise InterpreterNotFoundError("no interpreter has the ID %d" % id)
    return id


def _idle(id):
    """Return *id* as an int if an interpreter has it that is not running."""
    id = _existing(id)
    if id in _running:
        raise InterpreterError("interpreter %d is running" % id)
    return id
