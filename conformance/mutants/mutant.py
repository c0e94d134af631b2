"""Mutants: what proves that the checks can tell a right implementation from a wrong one.

A mutant is the reference with one promise broken, on purpose and as little as possible.  It is a
function that is given a module with the reference's names and changes it in place;
``@violates`` names the clauses that no longer hold.  At least one check of each of them must then
give another verdict than ``pass``, and every check must do so for at least one mutant: what cannot
fail proves nothing.  ``mutation.py`` runs them all and tells what is not so.

A mutant should be a mistake that somebody could make.  It fails because of that mistake, and not
because of another in the mutant itself: look at what the check says.  One that cannot even be made
is told by ``BrokenMutant``, which kills nothing.

The files of ``mutants/PROFILE/`` are called after the clauses that their mutants violate.  The
module under test is called ``.../FILE.py::FUNCTION``, and is changed wherever a check loads it, in
a subinterpreter too.  The reference itself stays as it is: what is changed is a copy.

A mutant that names no clause is a *control*: every check must pass.

A check declared ``isolates=False`` is for Pythons that cannot isolate interpreters.  It is proved
on any Python: a mutant declared likewise is laid over a reference that refuses to isolate, as the
text says for such Pythons.  Of the checks, it is shown those that are declared so.

Mutants run on any Python from 3.8, like the checks, with nothing but the standard library.
"""

import functools
import importlib
import importlib.util
import os
import sys
import types

_ADAPTERS = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "implementations"
)


def violates(*clauses, isolates=None):
    """Declare the clauses that a mutant violates.

    *isolates*: the mutant is only for a Python that can isolate interpreters (True), or for one
    that cannot (False), for which any Python is made to stand in.
    """

    def register(function):
        function.violates = clauses
        function.isolates = isolates
        return function

    return register


def replaces(owner, name):
    """Put the function below in the place of what *owner*, a module or a class, has as *name*.

    It is called with the original, and then with the arguments, and so takes these by the names
    that are documented.
    """
    original = getattr(owner, name)

    def register(function):
        @functools.wraps(original)
        def mutated(*args, **kwargs):
            return function(original, *args, **kwargs)

        setattr(owner, name, mutated)
        return mutated

    return register


def lets_be_set(cls, name):
    """Have setting or deleting the attribute *name* of *cls* change nothing, and raise nothing."""
    get = vars(cls)[name].__get__
    setattr(cls, name, property(get, lambda self, value: None, lambda self: None))


class BrokenMutant(Exception):
    """A mutant cannot be made: whatever a check says of that, the mutant is not killed."""


def mutate(path, name):
    """Return the reference as the mutant *name* of the file *path* changes it."""
    module = _copy(os.path.basename(os.path.dirname(os.path.abspath(path))))
    try:
        function = getattr(_execute("mutant_of_" + os.path.basename(path)[:-3], path), name)
        if function.isolates is False:
            _refuse_to_isolate(module)
        function(module)
    except Exception as error:
        raise BrokenMutant("%s: %s" % (type(error).__name__, error)) from error
    return module


def _copy(profile):
    """Return a module with the names of the reference, which a mutant may change.

    The functions of the high-level module look names up in the module that they are in, so it is
    executed once more, over copies of the extension modules.  What is shared with other interpreters
    is looked up by the name of its module: there the copy takes the place of the package.
    """
    if profile == "low_level":
        return _execute("reference", os.path.join(_ADAPTERS, profile, "reference.py"))
    package = importlib.import_module("interpreters")
    if profile in ("sharing", "executor"):
        module = _execute("interpreters", package.__file__, list(package.__path__))
        sys.modules["interpreters"] = module
    else:
        module = _execute("interpreters.copy", package.__file__)
    for name in ("_interpreters", "_sharing"):
        if hasattr(module, name):
            below = types.ModuleType(getattr(module, name).__name__)
            vars(below).update(vars(getattr(module, name)))
            setattr(module, name, below)
    if profile == "executor":
        importlib.import_module("interpreters._executor")  # over the copy
    return module


def _execute(name, path, folders=None):
    """Return a new module that has executed the file *path*: a package if it has *folders*."""
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=folders)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _refuse_to_isolate(m):
    """Make *m* what it is on a Python that cannot isolate interpreters."""
    low_level = getattr(m, "_interpreters", m)
    m._CAN_ISOLATE = False  # what the high-level module looks at

    @replaces(low_level, "create")
    def create(original, *, isolated=False, site=True):
        if isolated:
            raise low_level.InterpreterError("this Python cannot isolate interpreters")
        return original(site=site)
