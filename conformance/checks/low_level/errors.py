"""The exceptions of the module."""

from check import caught, covers, equal


@covers("InterpreterError.runtime-error")
def interpreter_error_is_a_runtime_error(m):
    """InterpreterError is a class of its own and a subclass of RuntimeError."""
    assert issubclass(m.InterpreterError, RuntimeError)
    assert m.InterpreterError is not RuntimeError


@covers("InterpreterError.names-id")
def interpreter_error_names_the_id(m):
    """The message of a refusal contains the ID."""
    assert str(int(m.get_main())) in str(caught(m.destroy, m.get_main()))
    id = m.create()
    code = (
        "import os, _thread\nread, write = os.pipe()\n_thread.start_new_thread(os.read, (read, 1))"
    )
    m.run_string(id, code)
    error = caught(m.destroy, id)
    assert str(id) in str(error), "it is %s" % error


@covers("InterpreterNotFoundError.interpreter-error")
def not_found_is_an_interpreter_error(m):
    """InterpreterNotFoundError is a class of its own and a subclass of InterpreterError."""
    assert issubclass(m.InterpreterNotFoundError, m.InterpreterError)
    assert m.InterpreterNotFoundError is not m.InterpreterError


@covers("InterpreterNotFoundError.names-id")
def not_found_names_the_id(m):
    """The message contains the ID, however large it is."""
    for id in (999999, -5, 2**70):
        assert str(id) in str(caught(m.is_running, id)), "it is %s" % caught(m.is_running, id)


@covers("RemoteTraceback.text")
def remote_traceback_is_an_exception_class(m):
    """RemoteTraceback is an exception class, made from a text that str() gives back."""
    assert issubclass(m.RemoteTraceback, Exception)
    assert "spam" in str(m.RemoteTraceback("spam"))
    equal(isinstance(m.RemoteTraceback("spam"), m.InterpreterError), False)
