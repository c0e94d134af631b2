"""The auditing events of create() and of the class Interpreter."""

from check import ISOLATES, covers, equal, listen, refusing, value

CREATE, DESTROY, RUN = "interpreters.create", "interpreters.destroy", "interpreters.run_string"


@covers("interpreters.create.audit")
def a_new_interpreter_raises_an_event(m):
    """interpreters.create, which tells whether it will be isolated, and import site."""
    heard = listen()
    m.create()
    equal(heard, [(CREATE, (ISOLATES, True))])


@covers("interpreters.create.audit")
def the_event_tells_what_was_asked_for(m):
    """The values of isolated and site, as bools."""
    heard = listen()
    m.create(isolated=False, site=False)
    m.create(isolated=0, site="spam")
    equal(heard, [(CREATE, (False, False)), (CREATE, (False, True))])


@covers("interpreters.create.audit")
def a_new_interpreter_can_be_refused(m):
    """What the hook raises is raised, and there is no new interpreter."""
    before = m.enumerate()
    with refusing(CREATE):
        m.create()
    equal(m.enumerate(), before)


@covers("Interpreter.destroy.audit")
def the_destruction_raises_an_event(m):
    """interpreters.destroy, with the ID."""
    interpreter, heard = m.create(), listen()
    interpreter.destroy()
    equal(heard, [(DESTROY, (int(interpreter.id),))])


@covers("Interpreter.destroy.audit")
def the_destruction_can_be_refused(m):
    """What the hook raises is raised, and the interpreter is there."""
    interpreter = m.create()
    interpreter.run("spam = 1")
    with refusing(DESTROY):
        interpreter.destroy()
    equal(value(interpreter.run, "spam"), 1)


@covers("Interpreter.run.audit")
def a_run_raises_an_event(m):
    """interpreters.run_string, with the ID and the source text, which is no copy."""
    interpreter, heard, code = m.create(), listen(), "#" * 1000
    interpreter.run(code)
    equal(heard, [(RUN, (int(interpreter.id), code))])
    assert heard[0][1][1] is code


@covers("Interpreter.run.audit")
def a_run_can_be_refused(m):
    """What the hook raises is raised, and nothing is executed."""
    interpreter = m.create()
    with refusing(RUN):
        interpreter.run("spam = 1")
    equal(value(interpreter.run, "'spam' in globals()"), False)
