"""What the mutants of runs are written with.

What a run does wrong is seen on one of two sides.  In the caller an exception has arrived, which a
mutant changes before anybody sees it.  In the interpreter the code is executed, and there a mutant
adds source text: to each run that raises, or once to each new interpreter.  That text is executed
in a namespace of its own, for a mutant of one clause leaves the namespace of ``__main__`` alone.
"""

from mutants.mutant import replaces


def last_of_chain(error):
    """Return the exception at the end of the chain of causes and contexts."""
    for _ in range(100000):
        following = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if following is None:
            break
        error = following
    return error


def replaces_exceptions(m, name="run_string"):
    """Have the function below called with each exception that a run of *m* raises in the caller.

    It returns the exception to raise instead, or None if there is to be none.  What is raised
    because the run is refused, it does not see.
    """
    remote_traceback = m.RemoteTraceback

    def register(function):
        @replaces(m, name)
        def run_string(original, *args, **kwargs):
            try:
                return original(*args, **kwargs)
            except BaseException as error:
                raised = error
            if isinstance(last_of_chain(raised), remote_traceback):
                raised = function(raised)
            if raised is not None:
                raise raised

        return function

    return register


# Executes *command* in *namespace*; %s is what happens to an exception there.
_GUARDED = """
try:
    exec(compile(command, "<string>", "exec", dont_inherit=True), namespace)
except BaseException as error:
    %s
    raise
"""


def on_exception(m, source):
    """Have the interpreter execute *source*, where *error* is the exception, if a run raises one."""
    guarded = _GUARDED % source.strip().replace("\n", "\n    ")

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, wrapped(guarded, command))


def wrapped(source, command):
    """Return source text that executes *source*, which is to execute *command* in *namespace*.

    A *command* that is refused anyway stays as it is.
    """
    if not isinstance(command, str) or "\0" in command:
        return command
    return "exec(%r, {'command': %r, 'namespace': globals()})" % (source, command)


def in_new_interpreters(m, source, *, isolated=(False, True)):
    """Have each interpreter that *m* creates, of these kinds, execute *source* at once."""
    run_string = m.run_string

    @replaces(m, "create")
    def create(original, **options):
        id = original(**options)
        if bool(options.get("isolated")) in isolated:
            run_string(id, "exec(%r, {})" % source)
        return id


def is_unknown(cls):
    """Whether *cls* is a class that was made in place of one that this interpreter lacks."""
    import sys

    return getattr(sys.modules.get(cls.__module__), cls.__name__, None) is not cls
