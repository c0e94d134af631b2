"""Mistakes of run_string() in how what the code raises arrives in the caller.

Most are made in the caller, on the exception that has just arrived.  What needs the original, such
as its arguments before they were replaced, is done in the interpreter that raised it.
"""

import sys

from mutants.mutant import replaces, violates
from mutants.runs import (
    is_unknown,
    last_of_chain,
    on_exception,
    replaces_exceptions,
    wrapped,
)


def _is_group(error):
    """Whether *error* is an exception group, on a Python that has them."""
    return sys.version_info >= (3, 11) and isinstance(error, BaseExceptionGroup)  # noqa: F821


def _carried(error, twin):
    """Return the exception *twin* with the attributes, the cause and the context of *error*."""
    vars(twin).update(vars(error))
    twin.__cause__, twin.__context__ = error.__cause__, error.__context__
    twin.__suppress_context__ = error.__suppress_context__
    return twin


# What is raised at all, and what of it stays.


@violates("run_string.raises")
def prints_what_the_code_raises(m):
    """An exception that the code does not catch is printed."""

    @replaces_exceptions(m)
    def raised(error):
        sys.stderr.write("%s\n" % type(error).__name__)


# Executes *command* in *namespace*, and raises the first exception that was raised on the way.
_ALL_OF_THEM = """
import sys
raised = []
def trace(frame, event, argument):
    if event == "exception":
        raised.append(argument[1])
    return trace
sys.settrace(trace)
try:
    exec(compile(command, "<string>", "exec"), namespace)
finally:
    sys.settrace(None)
if raised:
    raise raised[0]
"""


@violates("run_string.raises")
def raises_what_the_code_has_caught(m):
    """An exception that the code has caught is raised in the caller all the same."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, wrapped(_ALL_OF_THEM, command))


@violates("run_string.raises")
def raises_what_the_caller_is_handling(m):
    """An exception that the caller is handling is mistaken for one of the code."""

    @replaces_exceptions(m)
    def raised(error):
        return sys.exc_info()[1] or error


@violates("run_string.usable-after")
def destroys_the_interpreter(m):
    """An interpreter whose code has raised is destroyed."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        try:
            original(id, command)
        except (m.InterpreterError, TypeError, ValueError, SyntaxError):
            raise
        except Exception:
            m.destroy(id)
            raise


# Executes *command* in *namespace*, and keeps the exception.
_KEPT = """
raised = None
try:
    exec(compile(command, "<string>", "exec"), namespace)
except BaseException as error:
    raised = error
result.append(raised)
"""


@violates("run_string.no-object")
def raises_the_object_itself(m):
    """The exception object itself crosses from one interpreter to the other."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        result = []
        source = "exec(%r, {'command': %r, 'namespace': globals(), 'result': _result})"
        m.run_string_unrestricted(id, source % (_KEPT, command), {"_result": result})
        for error in result:
            if error is not None:
                raise error


# Its class.


@violates("run_string.same-class")
def raises_runtime_errors(m):
    """Every Exception is raised as a RuntimeError with its message."""

    @replaces_exceptions(m)
    def raised(error):
        return RuntimeError(str(error)) if isinstance(error, Exception) else error


@violates("run_string.same-class")
def raises_exceptions_only(m):
    """What is no Exception is raised as one."""

    @replaces_exceptions(m)
    def raised(error):
        return error if isinstance(error, Exception) else Exception(*error.args)


@violates("run_string.same-class")
def knows_builtin_classes_only(m):
    """A class that is not built in arrives as the nearest one that is."""

    @replaces_exceptions(m)
    def raised(error):
        nearest = next(cls for cls in type(error).__mro__ if cls.__module__ == "builtins")
        return error if nearest is type(error) else _carried(error, nearest(*error.args))


@violates("run_string.unknown-class")
def raises_the_nearest_class_itself(m):
    """A class that the caller lacks arrives as its nearest base class, not as a subclass of it."""

    @replaces_exceptions(m)
    def raised(error):
        cls = type(error)
        return _carried(error, cls.__bases__[0](*error.args)) if is_unknown(cls) else error


@violates("run_string.unknown-class")
def knows_nothing_below_exception(m):
    """A class that the caller lacks, and that is no Exception, arrives as a subclass of Exception."""

    @replaces_exceptions(m)
    def raised(error):
        cls = type(error)
        if not is_unknown(cls) or issubclass(cls, Exception):
            return error
        return _carried(error, type(cls.__name__, (Exception,), {})(*error.args))


@violates("run_string.several-bases")
def takes_the_first_base_only(m):
    """A class that the caller lacks arrives as a subclass of its first base class only."""

    @replaces_exceptions(m)
    def raised(error):
        cls = type(error)
        if not is_unknown(cls):
            return error
        return _carried(error, type(cls.__name__, cls.__bases__[:1], {})(*error.args))


def _without(error, method):
    """Give *error* a class without the *method* that was made for it."""
    cls = type(error)
    if is_unknown(cls):
        kept = {name: vars(cls)[name] for name in vars(cls) if name not in (method, "__weakref__")}
        error.__class__ = type(cls.__name__, cls.__bases__, kept)
    return error


@violates("run_string.unknown-class-copied")
def makes_classes_that_nobody_can_pickle(m):
    """An instance of a class that the caller lacks is pickled under the name of that class."""

    @replaces_exceptions(m)
    def raised(error):
        return _without(error, "__reduce_ex__")


@violates("run_string.main-class")
def looks_for_classes_in_main(m):
    """A class of __main__ is taken for one of that name in the caller's __main__."""

    @replaces_exceptions(m)
    def raised(error):
        cls = type(error)
        if cls.__module__ == "__main__":
            found = getattr(sys.modules["__main__"], cls.__name__, None)
            if isinstance(found, type) and issubclass(found, BaseException):
                return _carried(error, found(*error.args))
        return error


@violates("run_string.no-import")
def imports_the_module_of_the_class(m):
    """The caller imports the module that the class of the exception is in."""

    @replaces_exceptions(m)
    def raised(error):
        __import__(type(error).__module__)
        return error


# Its message, its arguments and its attributes.


@violates("run_string.same-message")
def quotes_the_message(m):
    """The exception is made anew from its message, which some classes then quote once more."""

    @replaces_exceptions(m)
    def raised(error):
        return _carried(error, type(error)(str(error))) if type(error) is KeyError else error


@violates("run_string.same-message")
def asks_a_base_class_for_the_message(m):
    """The message of a class that the caller lacks is what its base class makes of the arguments."""

    @replaces_exceptions(m)
    def raised(error):
        return _without(error, "__str__")


@violates("run_string.same-arguments")
def has_only_the_message(m):
    """The only argument of every exception is its message."""

    @replaces_exceptions(m)
    def raised(error):
        error.args = (str(error),)
        return error


@violates("run_string.same-attributes")
def makes_it_from_its_arguments(m):
    """The exception is made of its arguments, which do not hold everything that it had."""

    @replaces_exceptions(m)
    def raised(error):
        if type(error).__module__ != "builtins" or isinstance(error, UnicodeError):
            return error
        return _carried(error, type(error)(*error.args))


@violates("run_string.same-attributes")
def drops_attributes(m):
    """Attributes that the code has set do not arrive."""

    @replaces_exceptions(m)
    def raised(error):
        vars(error).clear()
        return error


@violates("run_string.same-attributes", "run_string.syntax-error")
def drops_the_line_of_a_syntax_error(m):
    """A SyntaxError arrives without the line of source text."""

    @replaces_exceptions(m)
    def raised(error):
        if isinstance(error, SyntaxError):
            error.text = None
        return error


@violates("run_string.plain-data")
def carries_text_as_utf_8(m):
    """In a str, what UTF-8 cannot encode arrives as a question mark."""

    @replaces_exceptions(m)
    def raised(error):
        text = [a.encode("utf-8", "replace").decode() if type(a) is str else a for a in error.args]
        error.args = tuple(text)
        return error


@violates("run_string.plain-data")
def copies_data_without_a_guard(m):
    """Where data is nested too deep to be copied, that is what is raised."""
    on_exception(m, "import copy\ncopy.deepcopy(error.args)")


@violates("run_string.plain-data")
def carries_bools_as_ints(m):
    """True arrives as 1, and False as 0."""

    @replaces_exceptions(m)
    def raised(error):
        for name, value in vars(error).items():
            setattr(error, name, int(value) if isinstance(value, bool) else value)
        return error


@violates("run_string.plain-data")
def carries_large_ints_as_floats(m):
    """An int of more than 64 bits arrives as a float."""

    @replaces_exceptions(m)
    def raised(error):
        large = [isinstance(each, int) and abs(each) >= 2**63 for each in error.args]
        error.args = tuple(float(a) if b else a for a, b in zip(error.args, large))
        return error


@violates("run_string.plain-data")
def carries_tuples_as_lists(m):
    """A tuple in the arguments arrives as a list."""

    @replaces_exceptions(m)
    def raised(error):
        error.args = tuple(list(a) if isinstance(a, tuple) else a for a in error.args)
        return error


# Source text: the names of the types that are plain data.
_PLAIN = "(type(None), bool, int, float, complex, str, bytes, tuple, list, dict, set, frozenset)"


@violates("run_string.other-data")
def names_the_type_of_an_argument(m):
    """An argument that cannot be carried is replaced by the name of its type."""
    on_exception(
        m,
        "error.args = [a if isinstance(a, %s) else type(a).__name__ for a in error.args]" % _PLAIN,
    )


@violates("run_string.other-data")
def fails_where_an_argument_cannot_be_shown(m):
    """What the repr() of an argument raises is raised in place of the exception."""
    on_exception(m, "[repr(argument) for argument in error.args]")


@violates("run_string.other-attributes")
def shows_other_attributes(m):
    """An attribute that cannot be carried is replaced by its repr()."""
    on_exception(
        m,
        "shown = {n: repr(v) for n, v in vars(error).items() if not isinstance(v, %s)}\n"
        "vars(error).update(shown)" % _PLAIN,
    )


@violates("run_string.pickled")
def pickles_nothing(m):
    """An argument that is no plain data is replaced by its repr(), even if it can be pickled."""
    on_exception(
        m, "error.args = [a if isinstance(a, %s) else repr(a) for a in error.args]" % _PLAIN
    )


@violates("run_string.pickled")
def copies_a_list_without_a_memo(m):
    """A list that contains itself arrives as a new list, which contains another."""

    @replaces_exceptions(m)
    def raised(error):
        error.args = tuple(list(a) if isinstance(a, list) else a for a in error.args)
        return error


# Takes a pickle of everything along, in which any callable may be named.
_PICKLED = """
import pickle
try:
    error.pickled_arguments = pickle.dumps(error.args)
except Exception:
    pass
"""


@violates("run_string.pickled-classes")
def loads_any_pickle(m):
    """A pickle is loaded whatever it names: modules are imported, and functions called."""
    on_exception(m, _PICKLED)

    @replaces_exceptions(m)
    def raised(error):
        import pickle

        try:
            error.args = pickle.loads(vars(error).pop("pickled_arguments", None))
        except Exception:
            pass  # it keeps those that the reference has carried
        return error


@violates("run_string.pickled-classes")
def carries_members_of_enums_as_their_values(m):
    """A member of an Enum arrives as its value."""
    import enum

    @replaces_exceptions(m)
    def raised(error):
        error.args = tuple(a.value if isinstance(a, enum.Enum) else a for a in error.args)
        return error


@violates("run_string.failures")
def shows_it_without_a_guard(m):
    """What the str() of the exception raises is raised in its place."""
    on_exception(m, "str(error)")


@violates("run_string.failures")
def reads_attributes_without_a_guard(m):
    """What an attribute of the exception raises when it is read is raised in its place."""
    on_exception(m, "error.args, error.__dict__, error.__cause__, error.__context__")


@violates("run_string.failures")
def believes_the_names_of_a_class(m):
    """Where the name of a class or of its module is no str, a TypeError is raised."""
    on_exception(m, "'.'.join([type(error).__module__, type(error).__qualname__])")


# What is chained to it.


def _chain(error):
    """Return the exceptions of a chain of contexts, the last one first to be raised."""
    found = []
    while error is not None:
        found.append(error)
        error = error.__context__
    return found


@violates("run_string.cause")
def drops_the_cause(m):
    """The cause does not arrive."""

    @replaces_exceptions(m)
    def raised(error):
        error.__cause__ = last_of_chain(error)
        return error


@violates("run_string.context")
def drops_the_context(m):
    """The context does not arrive."""

    @replaces_exceptions(m)
    def raised(error):
        error.__context__ = None
        return error


@violates("run_string.context")
def follows_contexts_for_ever(m):
    """A chain of contexts is walked without looking whether it goes in a circle."""
    on_exception(
        m,
        "walk = lambda error: error is not None and walk(error.__context__)\nwalk(error)",
    )


@violates("run_string.notes")
def drops_notes(m):
    """The notes do not arrive."""

    @replaces_exceptions(m)
    def raised(error):
        vars(error).pop("__notes__", None)
        return error


@violates("run_string.notes")
def drops_the_notes_of_a_chain(m):
    """Only the notes of the exception itself arrive, not those of its causes and contexts."""

    @replaces_exceptions(m)
    def raised(error):
        for each in (error.__cause__, error.__context__):
            vars(each or Exception()).pop("__notes__", None)
        return error


@violates("run_string.group")
def drops_members(m):
    """A group arrives without its members, as a mere Exception."""

    @replaces_exceptions(m)
    def raised(error):
        vars(error).pop("exceptions", None)  # where there are no groups
        return _carried(error, Exception(*error.args[:1])) if _is_group(error) else error


@violates("run_string.most-exceptions")
def brings_a_hundred_exceptions(m):
    """No more than 100 exceptions of a chain arrive."""

    @replaces_exceptions(m)
    def raised(error):
        for each in _chain(error)[99:100]:
            each.__context__ = None
        return error


@violates("run_string.most-exceptions")
def brings_all_exceptions(m):
    """A chain of 10000 exceptions arrives with more than 1000."""

    @replaces_exceptions(m)
    def raised(error):
        chain = _chain(error)
        if len(chain) >= 1000:
            chain[-1].__context__ = Exception("the 1001st")
        return error


def _cut(error, levels):
    """Return the group *error* with this many levels of groups."""
    if not _is_group(error):
        return error
    if levels == 0:
        return Exception(error.message)
    return error.derive([_cut(member, levels - 1) for member in error.exceptions])


@violates("run_string.deepest-group")
def brings_ten_levels(m):
    """No more than 10 levels of groups arrive."""

    @replaces_exceptions(m)
    def raised(error):
        return _carried(error, _cut(error, 10)) if _is_group(error) else error


@violates("run_string.group-once")
def brings_a_group_twice(m):
    """A group that is a member in two places is one in both."""

    @replaces_exceptions(m)
    def raised(error):
        return _carried(error, error.derive(error.exceptions * 2)) if _is_group(error) else error


# The traceback.


def _with_text(error, change):
    """Replace the text of the RemoteTraceback of *error* by what *change* makes of it."""
    remote = last_of_chain(error)
    remote.args = (change(str(remote)),)
    return error


@violates("run_string.traceback", "RemoteTraceback.text")
def has_no_traceback(m):
    """No RemoteTraceback arrives."""

    @replaces_exceptions(m)
    def raised(error):
        if isinstance(error.__cause__, m.RemoteTraceback):
            error.__cause__ = None
        return error


@violates("run_string.traceback")
def has_a_traceback_or_a_chain(m):
    """An exception that has a cause or a context brings no RemoteTraceback."""

    @replaces_exceptions(m)
    def raised(error):
        remote = last_of_chain(error)
        for each in _chain(error):
            if each is not error and each.__cause__ is remote:
                each.__cause__ = None
        return error


@violates("RemoteTraceback.text")
def shows_only_the_exception(m):
    """The text is the last line of a traceback."""

    @replaces_exceptions(m)
    def raised(error):
        return _with_text(error, lambda text: text.strip().strip('"').strip().splitlines()[-1])


@violates("run_string.traceback-lines")
def shows_no_lines(m):
    """The text does not show the lines of the code."""

    @replaces_exceptions(m)
    def raised(error):
        return _with_text(
            error, lambda text: "\n".join(each for each in text.splitlines() if each[:4] != "    ")
        )


@violates("run_string.traceback-lines")
def shows_lines_of_the_wrong_run(m):
    """Where a function of an earlier run was, the text shows a line of this one."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        def fill(text):
            filled = []
            lines = text.splitlines()
            for line, following in zip(lines, lines[1:] + [""]):
                filled.append(line)
                if line.startswith('  File "<string>", line ') and following[:4] != "    ":
                    number = int(line.split("line ")[1].split(",")[0])
                    filled.append("    " + command.splitlines()[number - 1])
            return "\n".join(filled)

        try:
            original(id, command)
        except Exception as error:
            if isinstance(last_of_chain(error), m.RemoteTraceback):
                _with_text(error, fill)
            raise


@violates("run_string.traceback-relayed")
def forgets_the_third_interpreter(m):
    """Of an exception that came to the run from a third interpreter, the text tells the run only."""
    begin = "Traceback (most recent call last):"

    @replaces_exceptions(m)
    def raised(error):
        return _with_text(error, lambda text: begin + text.rpartition(begin)[2])


# SystemExit, KeyboardInterrupt and SyntaxError.


@violates("run_string.keyboard-interrupt", "run_string.system-exit")
def exits_from_the_run_only(m):
    """SystemExit ends the run, and is not raised in the caller."""

    @replaces_exceptions(m)
    def raised(error):
        return None if isinstance(error, SystemExit) else error


@violates("run_string.keyboard-interrupt")
def interrupts_the_run_only(m):
    """KeyboardInterrupt ends the run, and is not raised in the caller."""

    @replaces_exceptions(m)
    def raised(error):
        return None if isinstance(error, KeyboardInterrupt) else error


def _die_of_sigint():
    """End the process as a KeyboardInterrupt does that nobody catches."""
    import os
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)


@violates("run_string.keyboard-interrupt", "Signals.ctrl-c")
def remembers_an_interrupt(m):
    """After a KeyboardInterrupt in a run the process ends by SIGINT, though it was caught."""

    @replaces_exceptions(m)
    def raised(error):
        if isinstance(error, KeyboardInterrupt):
            import atexit

            atexit.register(_die_of_sigint)
        return error


@violates("run_string.system-exit")
def forgets_the_exit_status(m):
    """SystemExit arrives without its code."""

    @replaces_exceptions(m)
    def raised(error):
        return SystemExit() if isinstance(error, SystemExit) else error


@violates("run_string.syntax-error")
def misnames_the_file(m):
    """The file of a SyntaxError is '<stdin>'."""

    @replaces_exceptions(m)
    def raised(error):
        if isinstance(error, SyntaxError):
            error.filename = "<stdin>"
        return error


@violates("run_string.syntax-error")
def knows_one_kind_of_syntax_error(m):
    """An IndentationError arrives as a SyntaxError."""

    @replaces_exceptions(m)
    def raised(error):
        if isinstance(error, IndentationError):
            return _carried(error, SyntaxError(*error.args))
        return error


@violates("run_string.syntax-first")
def runs_the_lines_before_a_syntax_error(m):
    """The lines before a SyntaxError are run."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        try:
            original(id, command)
        except SyntaxError as error:
            original(id, "\n".join(command.splitlines()[: (error.lineno or 1) - 1]))
            raise


# noqa: F821


def changes_text(m, change):
    """Have ``change(text)`` in the place of the text of each traceback."""

    @replaces_exceptions(m)
    def raised(error):
        remote = last_of_chain(error)
        remote.args = (change(str(remote)),)
        return error


@violates("run_string.pickled")
def shows_exceptions_among_the_arguments(m):
    """An exception among the arguments is replaced by its repr()."""

    @replaces_exceptions(m)
    def raised(error):
        error.args = tuple(repr(a) if isinstance(a, BaseException) else a for a in error.args)
        return error


@violates("run_string.other-attributes", "run_string.same-attributes")
def leaves_out_private_attributes(m):
    """An attribute whose name begins with an underscore is left out."""

    @replaces_exceptions(m)
    def raised(error):
        for name in [name for name in vars(error) if name[0] == "_" != name[1:2]]:
            del vars(error)[name]
        return error


@violates("run_string.unknown-class")
def everything_unknown_is_an_exception(m):
    """A class that derives from BaseException alone arrives as a subclass of Exception."""

    @replaces_exceptions(m)
    def raised(error):
        cls = type(error)
        if cls.__bases__ == (BaseException,) and is_unknown(cls):
            return _carried(error, type(cls.__name__, (Exception,), {})(*error.args))
        return error


@violates("run_string.unknown-class")
def an_unknown_group_is_no_group(m):
    """A class that derives from ExceptionGroup arrives as a subclass of Exception."""

    @replaces_exceptions(m)
    def raised(error):
        cls = type(error)
        if _is_group(error) and is_unknown(cls):
            return _carried(error, type(cls.__name__, (Exception,), {})(*error.args))
        return error


@violates("run_string.context")
def the_cause_is_the_context(m):
    """The context of an exception that has a cause is that cause."""

    @replaces_exceptions(m)
    def raised(error):
        if error.__cause__ is not None and not isinstance(error.__cause__, m.RemoteTraceback):
            error.__context__ = error.__cause__
        return error


@violates("run_string.unknown-class", "run_string.cause")
def unknown_causes_are_their_base(m):
    """A cause whose class is unknown arrives as an instance of its base class."""

    @replaces_exceptions(m)
    def raised(error):
        cause = error.__cause__
        if cause is not None and is_unknown(type(cause)) and type(cause) is not m.RemoteTraceback:
            error.__cause__ = _carried(cause, type(cause).__bases__[0](*cause.args))
        return error


@violates("run_string.group")
def members_are_made_anew(m):
    """A member of a group arrives with its class and its arguments, and nothing else."""

    @replaces_exceptions(m)
    def raised(error):
        if not _is_group(error):
            return error
        members = [e if _is_group(e) else type(e)(*e.args) for e in error.exceptions]
        return _carried(error, type(error)(error.message, members))


@violates("run_string.raises")
def forgets_what_the_caller_handles(m):
    """The exception that the caller is handling is not in the chain."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        raised = None
        try:
            return original(id, command)
        except BaseException as error:
            raised = error
        try:
            raise raised
        finally:
            raised.__context__ = None


@violates("run_string.traceback")
def tells_of_earlier_runs_too(m):
    """The text of a run is added to those of the runs before it."""
    texts = []

    def change(text):
        texts.append(text)
        return "".join(texts)

    changes_text(m, change)


@violates("run_string.traceback-lines")
def escapes_what_is_not_ascii(m):
    """The lines of the source text are shown in ASCII."""
    changes_text(m, lambda text: text.encode("ascii", "backslashreplace").decode())


@violates("run_string.syntax-error")
def counts_bytes(m):
    """The column of a SyntaxError is counted in bytes."""

    @replaces_exceptions(m)
    def raised(error):
        if isinstance(error, SyntaxError) and error.text and error.offset:
            error.offset = len(error.text[: error.offset].encode())
        return error


@violates("run_string.system-exit")
def drops_the_message_of_an_exit(m):
    """What is no number ends the process with status 1, and is not printed."""

    @replaces_exceptions(m)
    def raised(error):
        if isinstance(error, SystemExit) and not isinstance(error.code, (int, type(None))):
            error.code = 1
        return error
