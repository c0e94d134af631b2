"""Mistakes of run_string_unrestricted().

What it does at all, and then what an implementer may get wrong about the two namespaces.
"""

import copy
import sys
import threading

from mutants.mutant import replaces, violates
from mutants.runs import replaces_exceptions, wrapped


def _runs(m):
    """Have the function below called for each run: ``function(original, id, command, ns)``."""

    def register(function):
        @replaces(m, "run_string_unrestricted")
        def run_string_unrestricted(original, id, command, ns=None):
            return function(original, id, command, ns)

        return function

    return register


@violates("run_string_unrestricted.like-run_string")
def runs_in_another_namespace(m):
    """The code is not executed in the namespace of __main__."""

    @_runs(m)
    def run(original, id, command, ns):
        own = "exec(compile(command, '<string>', 'exec'), {'__name__': '__main__'})"
        return original(id, wrapped(own, command), ns)


@violates("run_string_unrestricted.like-run_string")
def takes_bytes(m):
    """bytes are taken for source text too."""

    @_runs(m)
    def run(original, id, command, ns):
        return original(id, command.decode() if isinstance(command, bytes) else command, ns)


@violates("run_string_unrestricted.like-run_string")
def runs_in_the_current_interpreter(m):
    """The code can be run in the interpreter that is current."""

    @_runs(m)
    def run(original, id, command, ns):
        if id == m.get_current() != m.get_main():
            exec(command, vars(sys.modules["__main__"]))
        else:
            return original(id, command, ns)


@violates("run_string_unrestricted.like-run_string")
def raises_runtime_errors(m):
    """What the code raises arrives as a RuntimeError with the message."""

    @replaces_exceptions(m, "run_string_unrestricted")
    def raised(error):
        return RuntimeError(str(error))


@violates("run_string_unrestricted.dict")
def returns_none(m):
    """None is returned, as run_string() does."""

    @_runs(m)
    def run(original, id, command, ns):
        original(id, command, ns)


@violates("run_string_unrestricted.not-a-copy")
def returns_a_copy(m):
    """A copy of the namespace is returned."""

    @_runs(m)
    def run(original, id, command, ns):
        return dict(original(id, command, ns))


@violates("run_string_unrestricted.ns")
def merges_too_late(m):
    """ns is merged into the namespace when the code has ended."""

    @_runs(m)
    def run(original, id, command, ns):
        original(id, command)
        return original(id, "", ns)


@violates("run_string_unrestricted.ns")
def binds_ns_itself(m):
    """A dict that is given as ns is bound too, under the name of the parameter."""

    @_runs(m)
    def run(original, id, command, ns):
        return original(id, command, None if ns is None else {**ns, "ns": ns})


@violates("run_string_unrestricted.ns-update")
def keeps_what_is_bound(m):
    """A name in ns that is bound already keeps its value."""

    @_runs(m)
    def run(original, id, command, ns):
        bound = original(id, "")
        return original(id, command, {k: v for k, v in (ns or {}).items() if k not in bound})


@violates("run_string_unrestricted.ns-update")
def replaces_the_namespace(m):
    """Names that are bound already and are not in ns are gone."""

    @_runs(m)
    def run(original, id, command, ns):
        if ns:
            bound = original(id, "")
            for name in [name for name in bound if name[:2] != "__"]:
                del bound[name]
        return original(id, command, ns)


@violates("run_string_unrestricted.ns-update")
def merges_names_only(m):
    """Keys of ns that are no str are left out."""

    @_runs(m)
    def run(original, id, command, ns):
        return original(id, command, {k: v for k, v in (ns or {}).items() if isinstance(k, str)})


@violates("run_string_unrestricted.ns-unchanged")
def writes_back_into_ns(m):
    """The names in ns are bound there to what the code has bound them to."""

    @_runs(m)
    def run(original, id, command, ns):
        namespace = original(id, command, ns)
        for name in ns or ():
            ns[name] = namespace[name]
        return namespace


@violates("run_string_unrestricted.ns-type")
def takes_pairs(m):
    """Whatever dict() accepts is accepted as ns."""

    @_runs(m)
    def run(original, id, command, ns):
        return original(id, command, None if ns is None else dict(ns))


@violates("run_string_unrestricted.ns-type")
def judges_ns_too_late(m):
    """An ns of another type is a TypeError after the code has been run."""

    @_runs(m)
    def run(original, id, command, ns):
        if ns is not None and not isinstance(ns, dict):
            original(id, command)
        return original(id, command, ns)


@violates("run_string_unrestricted.ns-type")
def refuses_subclasses_of_dict(m):
    """An instance of a subclass of dict is a TypeError."""

    @_runs(m)
    def run(original, id, command, ns):
        if ns is not None and type(ns) is not dict:
            raise TypeError("ns must be a dict or None")
        return original(id, command, ns)


@violates("run_string_unrestricted.leaks")
def copies_what_is_in_ns(m):
    """The code gets copies of the objects in ns."""

    @_runs(m)
    def run(original, id, command, ns):
        return original(id, command, copy.deepcopy(ns))


@violates("run_string_unrestricted.leaks")
def binds_methods_to_copies(m):
    """A method in ns is called on a copy of its object."""

    def copied(method):
        return getattr(copy.copy(method.__self__), method.__name__)

    @_runs(m)
    def run(original, id, command, ns):
        methods = {k: v for k, v in (ns or {}).items() if hasattr(v, "__self__")}
        return original(id, command, {**(ns or {}), **{k: copied(methods[k]) for k in methods}})


def _falls_back(m, condition):
    """Have code run without leaks, instead of being refused, where ``condition(id)``."""

    @_runs(m)
    def run(original, id, command, ns):
        try:
            return original(id, command, ns)
        except m.InterpreterError:
            if not condition(id):
                raise
            m.run_string(id, command)
            return {}


@violates("run_string_unrestricted.own-only")
def uses_what_it_has_not_created(m):
    """An interpreter that something other than this module created is used all the same."""
    created = set()

    @replaces(m, "create")
    def create(original, **options):
        id = original(**options)
        created.add(id)
        return id

    _falls_back(m, lambda id: id not in created)


@violates("run_string_unrestricted.shared-only", isolates=True)
def uses_isolated_interpreters(m):
    """In an isolated interpreter the code is run all the same."""
    isolated = set()

    @replaces(m, "create")
    def create(original, **options):
        id = original(**options)
        if options.get("isolated"):
            isolated.add(id)
        return id

    _falls_back(m, lambda id: id in isolated)


@violates("run_string_unrestricted.shared-only", isolates=True)
def lets_isolated_callers_in(m):
    """A caller that is isolated is not refused."""
    _falls_back(m, lambda id: m.get_current() != m.get_main())


@violates("run_string_unrestricted.shared-only")
def is_for_the_main_interpreter(m):
    """Only the main interpreter can use it."""

    @_runs(m)
    def run(original, id, command, ns):
        if m.get_current() != m.get_main():
            raise m.InterpreterError("interpreter %d cannot share objects" % m.get_current())
        return original(id, command, ns)


@violates("run_string_unrestricted.leaked-valid")
def clears_what_has_leaked(m):
    """The namespace that has leaked is cleared with its interpreter."""
    leaked = {}

    @_runs(m)
    def run(original, id, command, ns):
        leaked[id] = original(id, command, ns)
        return leaked[id]

    @replaces(m, "destroy")
    def destroy(original, id):
        original(id)
        leaked.pop(id, {}).clear()


@violates("run_string_unrestricted.leaked-valid")
def clears_what_was_lent(m):
    """The containers in ns are cleared with the interpreter that has got them."""
    lent = {}

    @_runs(m)
    def run(original, id, command, ns):
        lent.setdefault(id, []).extend((ns or {}).values())
        return original(id, command, ns)

    @replaces(m, "destroy")
    def destroy(original, id):
        original(id)
        for each in lent.pop(id, []):
            if hasattr(each, "clear"):
                each.clear()


# Keeps what the code raises.
_KEEPING = """
try:
    exec(%r, globals())
except BaseException as error:
    __error__ = error
"""


@violates("run_string_unrestricted.like-run_string")
def drops_surrogates(m):
    """A lone surrogate is left out of the source text."""

    @replaces(m, "run_string_unrestricted")
    def mutated(original, id, command, ns=None):
        if isinstance(command, str):
            command = command.encode("utf-8", "ignore").decode()
        return original(id, command, ns)


@violates("run_string_unrestricted.like-run_string")
def raises_the_object_itself(m):
    """What the code raises is raised in the caller: the object, and not a new one."""

    @replaces(m, "run_string_unrestricted")
    def mutated(original, id, command, ns=None):
        compile(command, "<string>", "exec")
        namespace = original(id, _KEEPING % command, ns)
        if "__error__" in namespace:
            raise namespace.pop("__error__")
        return namespace


@violates("run_string_unrestricted.like-run_string")
def only_the_main_thread_can_call_it(m):
    """In any other OS thread it is refused."""

    @replaces(m, "run_string_unrestricted")
    def mutated(original, id, *args, **kwargs):
        if threading.current_thread() is not threading.main_thread():
            raise m.InterpreterError("interpreter %d cannot be used in this thread" % id)
        return original(id, *args, **kwargs)
