"""destroy()."""

import os
import time
from functools import partial

from check import (
    attempt,
    busy,
    covers,
    create,
    each_kind,
    equal,
    foreign,
    hold,
    importing,
    in_thread,
    raised_in_a_thread_left_in,
    raises,
    value,
)

# Starts a thread that takes its time before it writes to a pipe.
WORK = """
import os, threading, time
def work():
    time.sleep(0.2)
    os.write(%d, b"done")
threading.Thread(target=work).start()
"""


# Where a call is made: in this OS thread, or in another.
PLACES = {"here": lambda function, *args: function(*args), "there": in_thread}


@covers("destroy.none")
def returns_none(m):
    """A new interpreter, and one that has run code, can be destroyed; None is returned."""
    equal(m.destroy(m.create()), None)
    id = m.create()
    m.run_string(id, "import json, threading")
    equal(m.destroy(id), None)


@covers("destroy.none")
def objects_of_the_interpreter_are_finalized(m):
    """What the code left in __main__ is finalized: its destructors are called."""
    id = m.create()
    read, write = os.pipe()
    code = (
        "import os\nclass Spam:\n def __del__(self, w=os.write):\n  w(%d, b'gone')\nspam = Spam()"
    )
    m.run_string(id, code % write)
    m.destroy(id)
    os.close(write)
    equal(os.read(read, 9), b"gone")


@covers("destroy.gone")
def the_id_is_unknown_afterwards(m):
    """The ID is no longer listed, and using it raises InterpreterNotFoundError."""
    id = m.create()
    m.destroy(id)
    assert int(id) not in [int(each) for each in m.enumerate()]
    with raises(m, "InterpreterNotFoundError"):
        m.destroy(id)


@covers("destroy.anywhere")
def a_subinterpreter_can_destroy_another(m):
    """Code in one subinterpreter destroys another subinterpreter."""
    one, two = m.create(), m.create()
    m.run_string(one, importing() + "m.destroy(%d)" % int(two))
    equal([int(one) in m.enumerate(), int(two) in m.enumerate()], [True, False])


@covers("destroy.any-thread")
def any_thread_can_destroy(m):
    """An interpreter created and used in one OS thread is destroyed in another."""
    id = m.create()
    m.run_string(id, "spam = 1")
    in_thread(m.destroy, id)
    assert id not in m.enumerate()


def destroy_in_a_thread(m, kind):
    """Import threading here, and destroy there."""
    id = create(m, kind)
    m.run_string(id, "import threading")
    in_thread(m.destroy, id)
    assert id not in m.enumerate()


@covers("destroy.any-thread", hazard="destroy() in another thread, with threading imported")
def any_thread_can_destroy_what_has_imported_threading(m):
    """The same, with threading imported in the interpreter."""
    each_kind(destroy_in_a_thread)


def destroy_what_a_thread_made(m, kind):
    """Create and import threading there, and destroy here."""
    id = in_thread(create, m, kind)
    in_thread(m.run_string, id, "import threading")
    m.destroy(id)
    assert id not in m.enumerate()


@covers("destroy.any-thread", hazard="destroy() after the thread that used the interpreter ended")
def any_thread_can_destroy_what_another_thread_made(m):
    """The same, created and used in a thread that has ended, and destroyed in the main thread."""
    each_kind(destroy_what_a_thread_made)


@covers("destroy.main")
def main_interpreter_is_refused(m):
    """Destroying the main interpreter is an InterpreterError, also from a subinterpreter."""
    with raises(m, "InterpreterError"):
        m.destroy(m.get_main())
    code = "from check import caught\nerror = caught(m.destroy, m.get_main())"
    name = value(partial(m.run_string, m.create()), "type(error).__name__", importing() + code)
    equal(name, "InterpreterError")


@covers("destroy.current")
def current_interpreter_is_refused(m):
    """Code that destroys the interpreter in which it runs gets an InterpreterError."""
    code = "from check import caught\nerror = caught(m.destroy, m.get_current())"
    name = value(partial(m.run_string, m.create()), "type(error).__name__", importing() + code)
    equal(name, "InterpreterError")


def destroy_during_a_run(m, kind):
    """Destroy an interpreter in which another OS thread runs code."""
    id = create(m, kind)
    with busy(partial(m.run_string, id)):
        with raises(m, "InterpreterError"):
            m.destroy(id)
        assert id in m.enumerate()
    m.destroy(id)


@covers("destroy.running", hazard="destroy() of an interpreter in which a thread runs code")
def running_interpreter_is_refused(m):
    """Destroying an interpreter in which another OS thread runs code is an InterpreterError."""
    each_kind(destroy_during_a_run)


def destroy_the_caller(m, kind):
    """Destroy an interpreter in code that it runs in another."""
    outer, inner = create(m, kind), create(m, kind)
    code = importing() + "m.run_string(%d, '''%s''')" % (
        int(inner),
        importing() + "from check import caught\nerror = caught(m.destroy, %d)" % int(outer),
    )
    m.run_string(outer, code)
    equal(value(partial(m.run_string, inner), "type(error).__name__"), "InterpreterError")


@covers("destroy.running", hazard="destroy() of an interpreter whose code makes the call")
def calling_interpreter_is_refused(m):
    """Code that destroys the interpreter whose code runs it gets an InterpreterError."""
    each_kind(destroy_the_caller)


@covers("destroy.foreign")
def an_interpreter_of_another_module_is_refused(m):
    """One that the Python's own private module created is an InterpreterError, and stays."""
    id = foreign(m)
    if id is None:
        return
    with raises(m, "InterpreterError"):
        m.destroy(int(id))
    assert int(id) in [int(each) for each in m.enumerate()]


def destroy_with_a_thread_at_work(m, kind, place):
    """Destroy an interpreter while a thread of it is at work."""
    id = create(m, kind)
    read, write = os.pipe()
    m.run_string(id, WORK % write)
    PLACES[place](m.destroy, id)
    os.set_blocking(read, False)
    equal(os.read(read, 9), b"done")


@covers("destroy.joins", hazard="A thread at work at destroy()")
def threads_are_joined(m):
    """A thread that is still at work ends its work before destroy() returns."""
    each_kind(destroy_with_a_thread_at_work, "here")


@covers("destroy.joins", hazard="A thread at work at destroy() in another thread")
def threads_are_joined_in_whichever_thread(m):
    """The same, when another OS thread destroys the interpreter."""
    each_kind(destroy_with_a_thread_at_work, "there")


# Leaves a pool whose threads are at work, or wait for work.
POOL = """
import os, time
from concurrent.futures import ThreadPoolExecutor
def work():
    time.sleep(0.1)
    os.write(%d, b"x")
pool = ThreadPoolExecutor(2)
for _ in range(4):
    pool.submit(work)
"""


def destroy_with_a_pool(m, kind, place):
    """Destroy an interpreter that has a pool of threads."""
    id = create(m, kind)
    read, write = os.pipe()
    m.run_string(id, POOL % write)
    PLACES[place](m.destroy, id)
    os.set_blocking(read, False)
    equal(os.read(read, 9), b"xxxx")


@covers("destroy.joins", hazard="A pool of threads at destroy()")
def the_threads_of_a_pool_are_joined(m):
    """A ThreadPoolExecutor that nobody shut down does its work before destroy() returns."""
    each_kind(destroy_with_a_pool, "here")


@covers("destroy.joins", hazard="A pool of threads at destroy() in another thread")
def the_threads_of_a_pool_are_joined_in_whichever_thread(m):
    """The same, when another OS thread destroys the interpreter."""
    each_kind(destroy_with_a_pool, "there")


@covers("destroy.atexit")
def atexit_callbacks_are_called(m):
    """Each callback is called once, the last registered first, in the interpreter itself."""
    id = m.create()
    read, write = os.pipe()
    code = "import atexit, os\nfor letter in 'ab':\n atexit.register(os.write, %d, letter.encode())"
    m.run_string(id, code % write)
    m.destroy(id)
    os.set_blocking(read, False)
    equal(os.read(read, 9), b"ba")


# Registers a callback that starts a thread, as the process ends or an interpreter does.
STARTS_A_THREAD = """
import atexit, os, threading, time
def work():
    time.sleep(0.1)
    os.write(%d, b"done")
def callback():
    os.write(%d, b"called ")
    try:
        threading.Thread(target=work).start()
    except RuntimeError:
        os.write(%d, b"refused")
atexit.register(callback)
"""


def start_a_thread_at_the_end(m, kind):
    """Have an atexit callback start a thread."""
    id = create(m, kind)
    read, write = os.pipe()
    m.run_string(id, STARTS_A_THREAD % (write, write, write))
    m.destroy(id)
    assert id not in m.enumerate()
    os.set_blocking(read, False)
    written = os.read(read, 99)
    assert written in (b"called done", b"called refused"), (
        "the thread was neither joined nor refused"
    )


@covers("destroy.atexit", "destroy.joins", hazard="An atexit callback that starts a thread")
def callbacks_that_start_threads_do_no_harm(m):
    """A thread that an atexit callback starts is joined too, or the callback cannot start it."""
    each_kind(start_a_thread_at_the_end)


def leave_a_thread(m, kind, start):
    """Destroy an interpreter that has a thread that cannot be joined."""
    id = create(m, kind)
    m.run_string(id, "import os, threading, _thread\nspam = 1\nread, write = os.pipe()")
    try:
        m.run_string(id, start)
    except Exception:
        return  # the thread was refused: there is nothing to see
    with raises(m, "InterpreterError"):
        m.destroy(id)
    assert id in m.enumerate()
    equal(value(partial(m.run_string, id), "spam"), 1)


@covers("destroy.thread-left", hazard="A daemon thread at destroy()")
def a_daemon_thread_makes_it_refuse(m):
    """With a daemon thread alive, destroy() raises InterpreterError and nothing is lost."""
    start = "threading.Thread(target=os.read, args=(read, 1), daemon=True).start()"
    attempt(leave_a_thread, "shared", start)


@covers("destroy.thread-left", hazard="A thread of the module _thread at destroy()")
def a_raw_thread_makes_it_refuse(m):
    """With a thread of the module _thread alive, the same."""
    each_kind(leave_a_thread, "_thread.start_new_thread(os.read, (read, 1))")


def destroyed_in_time(m, id):
    """Destroy the interpreter, whose last thread may need a moment to end; whether it is gone."""
    deadline = time.monotonic() + 5
    while id in m.enumerate() and time.monotonic() < deadline:
        time.sleep(0.01)
        try:
            m.destroy(id)
        except m.InterpreterError:
            pass
    return id not in m.enumerate()


@covers("destroy.thread-ended")
def after_the_thread_has_ended_it_destroys(m):
    """Refused because of a thread, destroy() succeeds once that thread has ended."""
    id = m.create()
    m.run_string(id, "import os, _thread\nread, write = os.pipe()")
    m.run_string(id, "_thread.start_new_thread(os.read, (read, 1))")
    with raises(m, "InterpreterError"):
        m.destroy(id)
    m.run_string(id, "os.write(write, b'.')")
    assert destroyed_in_time(m, id)


@covers("destroy.callbacks-once")
def callbacks_are_not_called_twice(m):
    """An atexit callback is called once, although destroy() was refused and then succeeded."""
    id = m.create()
    read, write = os.pipe()
    m.run_string(id, "import atexit, os, _thread\nread, write = os.pipe()")
    m.run_string(id, "atexit.register(os.write, %d, b'called')" % write)
    m.run_string(id, "_thread.start_new_thread(os.read, (read, 1))")
    with raises(m, "InterpreterError"):
        m.destroy(id)
    m.run_string(id, "os.write(write, b'.')")
    assert destroyed_in_time(m, id)
    os.set_blocking(read, False)
    equal(os.read(read, 20), b"called")


@covers("destroy.none")
def others_are_left_alone(m):
    """When one of three interpreters is destroyed, the others go on with what they have."""
    ids = [m.create() for _ in range(3)]
    for id in ids:
        m.run_string(id, "import json\nspam = %d" % int(id))
    m.destroy(ids[1])
    for id in (ids[0], ids[2]):
        equal(value(partial(m.run_string, id), "json.dumps(spam)"), str(int(id)))


@covers("destroy.none")
def interpreters_come_and_go(m):
    """Fifteen interpreters, one after another, are created, used and destroyed."""
    for _ in range(15):
        id = m.create()
        m.run_string(id, "import threading\nspam = threading.Lock()")
        m.destroy(id)
    equal([int(id) for id in m.enumerate()], [int(m.get_main())])


@covers("destroy.gone")
def the_id_is_unknown_everywhere(m):
    """Code in another interpreter does not find it either."""
    one, two = m.create(), m.create()
    m.destroy(two)
    code = importing() + "from check import caught\nerror = caught(m.is_running, %d)" % int(two)
    expression = "isinstance(error, m.InterpreterNotFoundError)"
    equal(value(partial(m.run_string, one), expression, code), True)


@covers("destroy.current")
def a_thread_cannot_destroy_the_interpreter_it_is_in(m):
    """A thread that a run left behind gets an InterpreterError for its own interpreter, idle."""
    id = hold(m.create())
    equal(raised_in_a_thread_left_in(m, id, "m.destroy(%d)" % id), "InterpreterError")


@covers("destroy.running", "Arguments.no-effect")
def a_refused_destruction_finalizes_nothing(m):
    """Refused because the interpreter is running, no callback is called, and names stay."""
    id = m.create()
    read, write = os.pipe()
    m.run_string(id, "import atexit, os\nspam = 1\natexit.register(os.write, %d, b'x')" % write)
    with busy(partial(m.run_string, id)):
        with raises(m, "InterpreterError"):
            m.destroy(id)
    equal(value(partial(m.run_string, id), "spam"), 1)
    os.set_blocking(read, False)
    try:
        called = os.read(read, 9)
    except BlockingIOError:
        called = b""
    equal(called, b"")


@covers("destroy.joins")
def threads_that_threads_start_are_joined(m):
    """A thread that a thread of the interpreter starts, during destroy(), is joined too."""
    id = m.create()
    read, write = os.pipe()
    code = (
        "import os, threading, time\n"
        "def inner():\n time.sleep(0.05)\n os.write(%d, b'inner')\n"
        "def outer():\n time.sleep(0.05)\n threading.Thread(target=inner).start()\n"
        "threading.Thread(target=outer).start()"
    )
    m.run_string(id, code % write)
    m.destroy(id)
    os.set_blocking(read, False)
    equal(os.read(read, 9), b"inner")


@covers("destroy.atexit")
def callbacks_are_called_in_the_interpreter(m):
    """A callback finds the interpreter's own names, and that interpreter current."""
    id = m.create()
    read, write = os.pipe()
    code = importing() + (
        "import atexit, os\nspam = 'spam'\ndef callback():\n"
        " os.write(%d, ascii([spam, int(m.get_current())]).encode())\natexit.register(callback)"
    )
    m.run_string(id, code % write)
    m.destroy(id)
    os.set_blocking(read, False)
    equal(os.read(read, 99), ascii(["spam", int(id)]).encode())


@covers("destroy.atexit")
def callbacks_are_called_after_the_threads_were_joined(m):
    """What a thread registers while it is joined is called as well."""
    id = m.create()
    read, write = os.pipe()
    code = (
        "import atexit, os, threading, time\n"
        "def work():\n time.sleep(0.05)\n atexit.register(os.write, %d, b'late')\n"
        "threading.Thread(target=work).start()"
    )
    m.run_string(id, code % write)
    m.destroy(id)
    os.set_blocking(read, False)
    equal(os.read(read, 9), b"late")


@covers("destroy.atexit")
def a_callback_that_raises_stops_nothing(m):
    """The other callbacks are called, None is returned, and the interpreter is gone."""
    id = m.create()
    read, write = os.pipe()
    code = (
        "import atexit, os\natexit.register(os.write, %d, b'first')\n"
        "def fail():\n raise KeyError('spam')\natexit.register(fail)\n"
        "atexit.register(os.write, %d, b'last ')"
    )
    m.run_string(id, code % (write, write))
    equal(m.destroy(id), None)
    os.set_blocking(read, False)
    equal(os.read(read, 20), b"last first")
    assert int(id) not in [int(each) for each in m.enumerate()]


@covers("destroy.atexit")
def callbacks_can_run_code_elsewhere(m):
    """A callback runs code in another interpreter, and destroys it."""
    one, two = m.create(), m.create()
    read, write = os.pipe()
    code = importing() + (
        "import atexit\n"
        "atexit.register(m.destroy, %d)\n"
        "atexit.register(m.run_string, %d, 'import os; os.write(%d, b\"ran\")')"
    )
    m.run_string(one, code % (int(two), int(two), write))
    m.destroy(one)
    os.set_blocking(read, False)
    equal(os.read(read, 9), b"ran")
    equal([int(id) for id in m.enumerate()], [int(m.get_main())])


@covers("destroy.thread-left")
def code_can_be_run_after_a_refusal(m):
    """Refused because of a thread, the interpreter can import and define as before."""
    id = m.create()
    m.run_string(id, "import os, _thread\nread, write = os.pipe()")
    m.run_string(id, "_thread.start_new_thread(os.read, (read, 1))")
    with raises(m, "InterpreterError"):
        m.destroy(id)
    code = "import wave, threading\nthread = threading.Thread(target=int)\nthread.start()"
    equal(value(partial(m.run_string, id), "thread.is_alive()", code + "\nthread.join()"), False)
