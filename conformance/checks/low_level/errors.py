"""The exceptions of the module."""

from functools import partial

from check import busy, caught, covers, equal, importing, value


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


@covers("InterpreterError.names-id")
def a_refused_run_names_the_id(m):
    """So does the message when a running interpreter, or the current one, cannot be used."""
    id = m.create()
    with busy(partial(m.run_string, id)):
        text = str(caught(m.run_string, id, "pass"))
    assert str(int(id)) in text, "it is %s" % text
    code = importing() + "from check import caught\ntext = str(caught(m.run_string, %d, 'pass'))"
    text = value(partial(m.run_string, id), "text", code % int(id))
    assert str(int(id)) in text, "it is %s" % text


@covers("InterpreterError.names-id")
def a_refused_destruction_names_the_id(m):
    """So does the message when a running interpreter, or the current one, cannot be destroyed."""
    id = m.create()
    with busy(partial(m.run_string, id)):
        text = str(caught(m.destroy, id))
    assert str(int(id)) in text, "it is %s" % text
    code = importing() + "from check import caught\ntext = str(caught(m.destroy, %d))" % int(id)
    text = value(partial(m.run_string, id), "text", code)
    assert str(int(id)) in text, "it is %s" % text


@covers("InterpreterNotFoundError.names-id")
def every_function_names_the_id_that_it_does_not_find(m):
    """run_string() and destroy() name it as is_running() does."""
    for call in (m.destroy, lambda id: m.run_string(id, "pass")):
        text = str(caught(call, 999999))
        assert "999999" in text, "it is %s" % text


@covers("InterpreterNotFoundError.interpreter-error")
def the_errors_of_another_interpreter_are_those_of_this_one(m):
    """Raised by code in a subinterpreter, they arrive as the classes that the caller has."""
    id = m.create()
    error = caught(m.run_string, id, importing() + "m.destroy(999999)")
    equal(type(error).__name__, "InterpreterNotFoundError")
    assert isinstance(error, m.InterpreterNotFoundError), "it is another class"
    error = caught(m.run_string, id, importing() + "m.destroy(m.get_main())")
    assert isinstance(error, m.InterpreterError), "raised %r" % type(error)
