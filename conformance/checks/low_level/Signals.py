"""Signals: handlers belong to the main interpreter, and reach the code that its main thread runs.

A signal comes at no agreed moment.  So the code that is to be interrupted first says that it runs,
only then does another process send the signal and say that it has, and only then does the code
give up, after some more time: then it was not interrupted.
"""

import os
import subprocess
import threading

from check import covers, create, each_kind, equal, importing, value

# Says that it runs, and goes on until a signal has been sent and, unless *seen* tells that the
# handler was called, for some time of the processor; or else it sleeps.
LOOP = """
import os, time
write, sent, seen = {pipes!r}
os.set_blocking(sent, False)
os.set_blocking(seen, False)
finished = interrupted = False
def readable(descriptor):
    try:
        return bool(os.read(descriptor, 1))
    except BlockingIOError:
        return False
def loop(sleeps=0):
    global finished, interrupted
    os.write(write, b"\\n")
    while not readable(sent):
        pass
    end = time.thread_time() + 0.2
    while not interrupted and (sleeps or time.thread_time() < end):
        interrupted = readable(seen)
        sleeps and time.sleep(0.01)
        sleeps = max(sleeps - 1, 0)
    finished = True
"""

# Says that it is ready, and sends a signal as soon as it can read a line, and says that it has.
SENDER = "echo; read line; kill -%d %d; echo"


def start(number, read, then=""):
    """Start a process that sends a signal; return what can be read from once it has."""
    command = ["/bin/sh", "-c", SENDER % (number, os.getpid()) + then]
    process = subprocess.Popen(command, stdin=read, stdout=subprocess.PIPE, close_fds=False)
    descriptor = os.dup(process.stdout.fileno())
    os.read(descriptor, 1)
    return descriptor


class Loop:
    """Code in a new interpreter that waits to be interrupted, and a process that sends a signal."""

    def __init__(self, m, kind, number):
        (read, write), (seen, self.see) = os.pipe(), os.pipe()
        self.m, self.id = m, create(m, kind)
        m.run_string(self.id, LOOP.format(pipes=(write, start(number, read), seen)))

    def value(self, expression):
        """Return a value from the interpreter."""
        return value(lambda code: self.m.run_string(self.id, code), expression)


def note(m, kind):
    """Have a handler that only notes where it was called."""
    import signal

    noted = []

    def handler(number, frame):
        noted.append([number, int(m.get_current()), threading.current_thread().name])
        os.write(loop.see, b".")

    signal.signal(signal.SIGTERM, handler)
    loop = Loop(m, kind, signal.SIGTERM)
    m.run_string(loop.id, "loop()")
    assert loop.value("interrupted"), "the handler was not called while the code ran"
    equal(noted, [[signal.SIGTERM, 0, "MainThread"]])


@covers("Signals.during", "Signals.main", hazard="SIGTERM, noted by a handler, in a run")
def handlers_are_called_during_a_run(m):
    """A handler that only notes the signal is called while the code runs, in the main one."""
    each_kind(note)


def note_in_a_thread(m, kind):
    """Have a signal arrive while another OS thread runs the code, and the main thread waits."""
    import signal

    noted = []

    def handler(number, frame):
        noted.append([int(m.get_current()), threading.current_thread().name])
        os.write(loop.see, b".")

    signal.signal(signal.SIGTERM, handler)
    loop = Loop(m, kind, signal.SIGTERM)
    thread = threading.Thread(target=m.run_string, args=(loop.id, "loop(sleeps=100)"))
    thread.start()
    while thread.is_alive():
        thread.join(0.01)
    assert loop.value("interrupted"), "the handler was not called while the code ran"
    equal(noted, [[0, "MainThread"]])


@covers("Signals.main", hazard="SIGTERM while another thread runs busy code")
def handlers_are_called_by_the_main_thread(m):
    """While another OS thread runs code, a handler is called by the main thread."""
    each_kind(note_in_a_thread)


def handle_elsewhere(m, kind):
    """Try to set a handler in a subinterpreter."""
    import signal

    id = create(m, kind)
    before = signal.getsignal(signal.SIGTERM)
    code = importing() + "from check import caught\nimport signal\n"
    code += "error = caught(signal.signal, signal.SIGTERM, signal.SIG_IGN)"
    run = lambda code: m.run_string(id, code)  # noqa: E731
    equal(value(run, "type(error).__name__", code), "ValueError")
    equal(signal.getsignal(signal.SIGTERM), before)


@covers("Signals.elsewhere")
def a_subinterpreter_sets_no_handler(m):
    """signal.signal() raises ValueError there, and the handler stays as it was."""
    each_kind(handle_elsewhere)


def time_out(number, frame):
    """A handler that raises an exception of its own."""
    raise TimeoutError(number, "spam")


def raise_from_a_handler(m, kind):
    """Have a handler raise, and the code not catch it."""
    import signal

    signal.signal(signal.SIGALRM, time_out)
    loop = Loop(m, kind, signal.SIGALRM)
    try:
        m.run_string(loop.id, "loop()")
        for _ in range(1000):
            pass  # a handler that comes too late is called here
    except TimeoutError as error:
        assert not loop.value("finished"), "the handler was called after the code had ended"
        equal(error.args, (int(signal.SIGALRM), "spam"))
    else:
        raise AssertionError("nothing was raised")


@covers("Signals.raised", "Signals.during", hazard="A SIGALRM handler that raises, in a run")
def what_a_handler_raises_ends_the_run(m):
    """An exception that a handler raises ends the code, and reaches the caller."""
    each_kind(raise_from_a_handler)


CATCH = """
try:
    loop()
    caught = None
except TimeoutError as error:
    caught = error.args
"""


def catch_what_a_handler_raises(m, kind):
    """Have a handler raise, and the code catch it."""
    import signal

    signal.signal(signal.SIGALRM, time_out)
    loop = Loop(m, kind, signal.SIGALRM)
    try:
        m.run_string(loop.id, CATCH)
        for _ in range(1000):
            pass
    except TimeoutError:
        raise AssertionError("the code could not catch what the handler raised") from None
    equal(loop.value("caught"), (int(signal.SIGALRM), "spam"))


@covers("Signals.raised")
def the_code_can_catch_what_a_handler_raises(m):
    """The exception is raised in the code, which can catch it and go on."""
    each_kind(catch_what_a_handler_raises)


def interrupt(m, kind, nested):
    """Press Ctrl-C while the main thread runs busy code, in one interpreter or through two."""
    import signal

    signal.signal(signal.SIGINT, signal.default_int_handler)
    loop = Loop(m, kind, signal.SIGINT)
    id, code = loop.id, "loop()"
    for _ in range(nested):
        outer = create(m, kind)
        m.run_string(outer, importing() + "def go(): m.run_string(%d, %r)" % (int(id), code))
        id, code = outer, "go()"
    try:
        m.run_string(id, code)
        for _ in range(1000):
            pass
    except KeyboardInterrupt as error:
        assert not loop.value("finished"), "KeyboardInterrupt came after the code had ended"
        equal(type(error), KeyboardInterrupt)
    else:
        raise AssertionError("KeyboardInterrupt was not raised")
    m.run_string(id, "pass")


@covers("Signals.ctrl-c", hazard="Ctrl-C while the main thread runs busy code")
def ctrl_c_stops_busy_code(m):
    """KeyboardInterrupt ends the code and reaches the caller; the interpreter can still be used."""
    each_kind(interrupt, 0)


@covers(
    "Signals.ctrl-c", hazard="Ctrl-C while the main thread runs busy code two interpreters deep"
)
def ctrl_c_stops_nested_busy_code(m):
    """The same, where the code runs in an interpreter that another one runs."""
    each_kind(interrupt, 1)


def catch_ctrl_c_and_end(m, kind):
    """Catch the KeyboardInterrupt of a run, and end with a status."""
    interrupt(m, kind, 0)
    raise SystemExit(3)


@covers("Signals.ctrl-c", "create.exit", hazard="Ctrl-C in a run, caught, and then the exit status")
def ctrl_c_that_was_caught_is_over(m):
    """Once the caller has caught KeyboardInterrupt, the process ends with its own status."""
    each_kind(catch_ctrl_c_and_end, ends=(3, ""))


# After the signal, some time later, tells *wrote* that it lets a blocked read go on, and does.
LATER = "; sleep 0.1; echo >&%d; echo >&%d"


def signal_a_c_function(m, kind):
    """Have a signal arrive while the code waits for a C function."""
    import signal

    (wait, go), (wrote, tell), (data, send), (seen, see) = (os.pipe() for _ in range(4))
    early = []

    def handler(number, frame):
        os.set_blocking(wrote, False)
        try:
            os.read(wrote, 1)
        except BlockingIOError:
            early.append(True)
        os.write(see, b".")

    signal.signal(signal.SIGTERM, handler)
    for descriptor in (tell, send):
        os.set_inheritable(descriptor, True)
    sent = start(signal.SIGTERM, wait, LATER % (tell, send))
    id = create(m, kind)
    m.run_string(id, LOOP.format(pipes=(go, sent, seen)))
    m.run_string(id, "os.write(%d, b'\\n')\nos.read(%d, 1)\nloop()" % (go, data))
    equal(early, [])
    run = lambda code: m.run_string(id, code)  # noqa: E731
    assert value(run, "interrupted"), "the handler was not called when the C function came back"


@covers("Signals.c-function", "Signals.during")
def a_c_function_is_not_interrupted(m):
    """A handler is called when the C function that the code waits for has come back."""
    each_kind(signal_a_c_function)
