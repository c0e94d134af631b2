"""Mistakes in the exceptions of the module: what they derive from, and what they say."""

from mutants.mutant import replaces, violates


@violates("InterpreterError.runtime-error")
def interpreter_error_is_an_exception(m):
    """InterpreterError derives from Exception."""
    m.InterpreterError = type("InterpreterError", (Exception,), {})


@violates("InterpreterError.runtime-error")
def interpreter_error_is_runtime_error(m):
    """InterpreterError is another name of RuntimeError."""
    m.InterpreterError = RuntimeError


@violates("InterpreterError.names-id")
def a_refusal_names_no_id(m):
    """The message of a refusal does not tell the ID."""

    @replaces(m, "destroy")
    def destroy(original, id):
        try:
            original(id)
        except m.InterpreterNotFoundError:
            raise
        except m.InterpreterError:
            raise m.InterpreterError("the interpreter cannot be destroyed") from None


@violates("InterpreterError.names-id")
def a_thread_that_is_left_hides_the_id(m):
    """Where a thread is left in the interpreter, the message does not tell the ID."""

    @replaces(m, "destroy")
    def destroy(original, id):
        try:
            original(id)
        except m.InterpreterError:
            if m.get_main() == id:
                raise
            raise m.InterpreterError("a thread is left that cannot be joined") from None


@violates("InterpreterError.names-id")
def a_refused_run_names_no_id(m):
    """The message of a run that is refused does not tell the ID."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        try:
            original(id, command)
        except m.InterpreterNotFoundError:
            raise
        except m.InterpreterError:
            raise m.InterpreterError("the interpreter cannot be used") from None


@violates("InterpreterNotFoundError.interpreter-error")
def not_found_is_a_runtime_error(m):
    """InterpreterNotFoundError derives from RuntimeError."""
    m.InterpreterNotFoundError = type("InterpreterNotFoundError", (RuntimeError,), {})


@violates("InterpreterNotFoundError.interpreter-error")
def not_found_is_interpreter_error(m):
    """InterpreterNotFoundError is another name of InterpreterError."""
    m.InterpreterNotFoundError = m.InterpreterError


@violates("InterpreterNotFoundError.names-id")
def a_large_id_is_not_named(m):
    """Of an ID that is larger than any in C the message does not tell which it is."""

    @replaces(m, "is_running")
    def is_running(original, id):
        if id >= 2**63:
            raise m.InterpreterNotFoundError("there is no such interpreter")
        return original(id)


@violates("InterpreterNotFoundError.names-id")
def destroy_names_no_id(m):
    """Of an ID that it does not find destroy() does not tell which it is."""

    @replaces(m, "destroy")
    def destroy(original, id):
        try:
            original(id)
        except m.InterpreterNotFoundError:
            raise m.InterpreterNotFoundError("there is no such interpreter") from None


@violates("RemoteTraceback.text")
def has_a_text_of_its_own(m):
    """str() of a RemoteTraceback is always the same."""

    class RemoteTraceback(Exception):
        def __str__(self):
            return "the traceback of another interpreter"

    m.RemoteTraceback = RemoteTraceback
