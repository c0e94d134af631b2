"""The auditing events of create(), destroy() and of runs, and what is said of all events.

A hook cannot be removed.  But each check has a process of its own.
"""

import contextlib
import threading
from functools import partial

from check import (
    ISOLATES,
    caught,
    covers,
    equal,
    importing,
    in_thread,
    listen,
    raises,
    refusing,
    value,
)

CREATE, DESTROY, RUN = "interpreters.create", "interpreters.destroy", "interpreters.run_string"


class Index:
    """An object with __index__()."""

    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


# --- the functions -------------------------------------------------------------------------------


@covers("create.audit")
def create_raises_an_event(m):
    """interpreters.create, with False and True where nothing was asked for."""
    heard = listen()
    m.create()
    equal(heard, [(CREATE, (False, True))])


@covers("create.audit")
def the_event_of_create_tells_what_is_asked_for(m):
    """The values of isolated and site are told, as bools whatever they were."""
    heard = listen()
    m.create(site=[])
    m.create(isolated=0, site="spam")
    if ISOLATES:
        m.create(isolated=[1], site=False)
    told = [(False, False), (False, True)] + [(True, False)] * ISOLATES
    equal(heard, [(CREATE, each) for each in told])


@covers("destroy.audit")
def destroy_raises_an_event(m):
    """interpreters.destroy, with the ID."""
    id, heard = m.create(), listen()
    m.destroy(id)
    equal(heard, [(DESTROY, (int(id),))])


@covers("run_string.audit")
def run_string_raises_an_event(m):
    """interpreters.run_string, with the ID and the source text."""
    id, heard = m.create(), listen()
    m.run_string(id, "pass")
    m.run_string(id, "spam = 1")
    equal(heard, [(RUN, (int(id), "pass")), (RUN, (int(id), "spam = 1"))])


@covers("run_string_unrestricted.audit")
def run_string_unrestricted_raises_the_same_event(m):
    """interpreters.run_string, with the ID and the source text and without the namespace."""
    id, heard = m.create(), listen()
    m.run_string_unrestricted(id, "spam", {"spam": 1})
    equal(heard, [(RUN, (int(id), "spam"))])


# --- all events ----------------------------------------------------------------------------------


@covers("Auditing_events.once")
def an_event_is_raised_once_for_each_call(m):
    """However often a function is called, so often its event is raised."""
    heard = listen()
    ids = [m.create() for _ in range(3)]
    for id in ids:
        m.run_string(id, "pass")
        m.run_string(id, "pass")
        m.destroy(id)
    equal([name for name, _ in heard], [CREATE] * 3 + [RUN, RUN, DESTROY] * 3)


@covers("Auditing_events.once")
def a_call_that_fails_has_raised_its_event_once(m):
    """A run that raises, and one that does not compile."""
    id, heard = m.create(), listen()
    for code in ("1 / 0", "1 1"):
        with contextlib.suppress(Exception):
            m.run_string(id, code)
    equal(heard, [(RUN, (int(id), "1 / 0")), (RUN, (int(id), "1 1"))])


@covers("Auditing_events.thread")
def events_are_raised_in_the_thread_of_the_call(m):
    """A hook is called in the OS thread that has made the call, whichever that is."""
    threads = []
    listen(lambda *_: threads.append(threading.get_ident()))

    def calls():
        del threads[:]
        id = m.create()
        m.run_string(id, "pass")
        m.destroy(id)
        equal([each == threading.get_ident() for each in threads], [True] * 3)

    calls()
    in_thread(calls)


@covers("Auditing_events.interpreter")
def events_are_for_the_hooks_of_the_caller(m):
    """What code in an interpreter calls is heard there, and its own run is heard here."""
    run, heard = partial(m.run_string, m.create()), listen()
    code = importing() + "heard = check.listen()\nid = m.create()\nm.destroy(id)\nint(id)"
    names = value(run, "[name for name, _ in heard]", code)
    equal([names, [name for name, _ in heard]], [[CREATE, DESTROY], [RUN]])


@covers("Auditing_events.interpreter")
def a_hook_hears_nothing_of_what_others_call(m):
    """Hooks of an interpreter hear nothing of calls that are about it and made elsewhere."""
    id = m.create()
    run = partial(m.run_string, id)
    value(run, "1", importing() + "heard = check.listen()")
    equal(value(run, "heard"), [])


@covers("Auditing_events.judged")
def wrong_arguments_raise_no_event(m):
    """A call that has a wrong type or a wrong value is refused without an event."""
    id, heard = m.create(), listen()
    for refused in (
        lambda: m.create(spam=1),
        lambda: m.destroy("spam"),
        lambda: m.destroy(None),
        lambda: m.run_string("spam", "pass"),
        lambda: m.run_string(id, b"pass"),
        lambda: m.run_string(id, "\0"),
        lambda: m.run_string(id, "\ud800"),
    ):
        caught(refused)
    equal(heard, [])
    m.run_string(id, "pass")
    equal(len(heard), 1)


@covers("Auditing_events.judged", isolates=False)
def isolation_that_cannot_be_raises_no_event(m):
    """Where interpreters cannot be isolated, create(isolated=True) is refused without an event."""
    heard = listen()
    with raises(m, "InterpreterError"):
        m.create(isolated=True)
    equal(heard, [])
    m.create()
    equal(len(heard), 1)


@covers("Auditing_events.before")
def an_unknown_id_raises_an_event(m):
    """An ID that identifies no interpreter is in an event before it is looked up."""
    heard = listen()
    for id in (-1, 10**6, 10**30):
        caught(m.destroy, id)
        caught(m.run_string, id, "pass")
    told = [[(DESTROY, (id,)), (RUN, (id, "pass"))] for id in (-1, 10**6, 10**30)]
    equal(heard, sum(told, []))


@covers("Auditing_events.before")
def what_the_interpreter_does_is_looked_at_later(m):
    """A call that the interpreter's state forbids has raised its event."""
    main, heard = m.get_main(), listen()
    caught(m.destroy, main)
    caught(m.run_string, main, "pass")
    equal(heard, [(DESTROY, (int(main),)), (RUN, (int(main), "pass"))])


@covers("Auditing_events.raises")
def what_a_hook_raises_is_raised_by_the_call(m):
    """The very exception, from each of the functions."""
    id = m.create()
    with refusing(CREATE):
        m.create()
    with refusing(DESTROY):
        m.destroy(id)
    with refusing(RUN):
        m.run_string(id, "pass")


@covers("Auditing_events.raises", "run_string_unrestricted.audit")
def what_a_hook_raises_is_raised_by_unrestricted_runs(m):
    """The very exception, from run_string_unrestricted() too."""
    id = m.create()
    with refusing(RUN):
        m.run_string_unrestricted(id, "pass")


@covers("Auditing_events.no-effect")
def a_refused_create_creates_nothing(m):
    """No interpreter is there that was not there before."""
    before = m.enumerate()
    with refusing(CREATE):
        m.create()
    equal(m.enumerate(), before)


@covers("Auditing_events.no-effect")
def a_refused_destroy_destroys_nothing(m):
    """The interpreter is there, with what is bound in it, and has not begun to end."""
    id = m.create()
    run = partial(m.run_string, id)
    run("import atexit\nspam = []\natexit.register(spam.append, 1)")
    with refusing(DESTROY):
        m.destroy(id)
    equal([id in m.enumerate(), value(run, "spam")], [True, []])
    m.destroy(id)


@covers("Auditing_events.no-effect")
def a_refused_run_executes_nothing(m):
    """Nothing is bound, and the interpreter is idle."""
    id = m.create()
    with refusing(RUN):
        m.run_string(id, "spam = 1")
    equal(m.is_running(id), False)
    equal(value(partial(m.run_string, id), "'spam' in globals()"), False)


@covers("Auditing_events.no-effect", "run_string_unrestricted.audit")
def a_refused_unrestricted_run_merges_nothing(m):
    """Neither what the code would have bound is bound, nor what is in the namespace."""
    id = m.create()
    with refusing(RUN):
        m.run_string_unrestricted(id, "spam = 1", {"eggs": 1})
    names = "[name for name in ('spam', 'eggs') if name in globals()]"
    equal(value(partial(m.run_string, id), names), [])


@covers("Auditing_events.id")
def an_id_is_told_as_an_int(m):
    """An object with __index__() is an int in the event."""
    id, heard = int(m.create()), listen()
    m.run_string(Index(id), "pass")
    m.destroy(Index(id))
    equal([type(arguments[0]) for _, arguments in heard], [int, int])
    equal([arguments[0] for _, arguments in heard], [id, id])


@covers("Auditing_events.same")
def the_source_text_is_no_copy(m):
    """The hook gets the very str that the call was given."""
    id, heard, code = m.create(), listen(), "#" * 1000
    m.run_string(id, code)
    equal([arguments[1] is code for _, arguments in heard], [True])


@covers("Auditing_events.hooks")
def a_hook_can_use_interpreters(m):
    """A hook creates, runs and destroys an interpreter during each event, and the call goes on."""
    inside = []

    def use(name, arguments):
        if not inside:
            inside.append(name)
            id = m.create()
            m.run_string(id, "pass")
            m.destroy(id)
            inside.pop()

    heard = listen(use)
    id = m.create()
    m.run_string(id, "spam = 1")
    equal(value(partial(m.run_string, id), "spam"), 1)
    m.destroy(id)
    assert id not in m.enumerate()
    equal([name for name, _ in heard[:4]], [CREATE, CREATE, RUN, DESTROY])


@covers("Auditing_events.hooks")
def a_hook_can_run_code_in_the_same_interpreter(m):
    """What a hook executes in the interpreter, the code of the run finds there."""
    id, done = m.create(), []

    def use(name, arguments):
        if not done:
            done.append(name)
            m.run_string(id, "spam = 1")

    listen(use)
    m.run_string(id, "spam += 1")
    equal(value(partial(m.run_string, id), "spam"), 2)


@covers("Auditing_events.hooks")
def a_hook_can_destroy_the_same_interpreter(m):
    """The call finds that its interpreter is not there."""
    done = []

    def use(name, arguments):
        if name in (RUN, DESTROY) and arguments[0] not in done:
            done.append(arguments[0])
            m.destroy(arguments[0])

    one, two = m.create(), m.create()
    listen(use)
    with raises(m, "InterpreterNotFoundError"):
        m.run_string(one, "pass")
    with raises(m, "InterpreterNotFoundError"):
        m.destroy(two)
