"""Forking: the main interpreter may, no other may, and both processes are whole afterwards.

CPython gives a child process only the thread that forked, and has to clear away every other
interpreter there, although the threads that were in them are gone.
"""

import os
import threading

from check import (
    busy,
    covers,
    create,
    each_kind,
    end_of_child,
    ended_well,
    equal,
    importing,
    in_a_child,
    in_thread,
    value,
)

# How many seconds a child process has; one that hangs would never end.
LIMIT = 4


def use_a_new_one(m, kind):
    """Create an interpreter, run code in it, also in another OS thread, and destroy it."""
    id = create(m, kind)
    run = lambda code: m.run_string(id, code)  # noqa: E731
    equal(value(run, "spam", "import threading\nspam = 1"), 1)
    thread = threading.Thread(target=m.run_string, args=(id, "spam = 2"))
    thread.start()
    thread.join()
    equal(value(run, "spam"), 2)
    m.destroy(id)


def is_alone(m):
    """Expect the main interpreter to be the only one."""
    equal([int(id) for id in m.enumerate()], [int(m.get_main())])
    equal(int(m.get_current()), int(m.get_main()))


def fork_beside_idle_ones(m, kind):
    """Fork while two interpreters exist, of which one has run code."""
    ids = [create(m, kind), create(m, kind)]
    m.run_string(ids[0], "import threading, json\nspam = 1")
    in_a_child(is_alone, m)
    in_a_child(use_a_new_one, m, kind)
    equal([int(id) for id in m.enumerate()], [int(id) for id in [m.get_main()] + ids])
    equal(value(lambda code: m.run_string(ids[0], code), "spam"), 1)
    use_a_new_one(m, kind)


@covers(
    "Forking.main",
    "Forking.existing",
    "Forking.child",
    "Forking.create",
    "Forking.parent",
    hazard="os.fork() while other interpreters are idle",
)
def the_main_interpreter_forks_beside_idle_ones(m):
    """The child has the main interpreter alone and makes new ones; the parent goes on as before."""
    each_kind(fork_beside_idle_ones, seconds=LIMIT)


def fork_beside_a_running_one(m, kind):
    """Fork while another OS thread runs code."""
    id = create(m, kind)
    with busy(lambda code: m.run_string(id, code), "spam = 1"):
        in_a_child(is_alone, m)
        in_a_child(use_a_new_one, m, kind)
        equal(m.is_running(id), True)
    equal(value(lambda code: m.run_string(id, code), "spam"), 1)
    m.destroy(id)


@covers(
    "Forking.running",
    "Forking.child",
    "Forking.create",
    "Forking.parent",
    hazard="os.fork() while a thread runs code in another interpreter",
)
def the_main_interpreter_forks_beside_a_running_one(m):
    """The same, while another OS thread runs code in another interpreter."""
    each_kind(fork_beside_a_running_one, seconds=LIMIT)


def fork_in_a_thread(m, kind):
    """Fork in a thread of the main interpreter that is not its main thread."""
    in_thread(fork_beside_idle_ones, m, kind)


@covers("Forking.main", "Forking.existing", hazard="os.fork() in a thread of the main interpreter")
def any_thread_of_the_main_interpreter_forks(m):
    """The same, in another OS thread than the main one."""
    each_kind(fork_in_a_thread, seconds=LIMIT)


def fork_workers(m, kind):
    """Have multiprocessing fork a process."""
    import multiprocessing

    id = create(m, kind)
    m.run_string(id, "import threading")
    context = multiprocessing.get_context("fork")
    process = context.Process(target=use_a_new_one, args=(m, kind))
    process.start()
    process.join()
    ended_well(process.exitcode)
    with context.Pool(2) as pool:
        equal(pool.map(abs, [-1, -2, -3]), [1, 2, 3])
    m.run_string(id, "pass")


@covers(
    "Forking.multiprocessing",
    "Forking.existing",
    hazard="multiprocessing that forks while other interpreters exist",
)
def multiprocessing_forks(m):
    """A process and a pool that multiprocessing forks do their work, and end well."""
    each_kind(fork_workers, seconds=LIMIT)


FORK = """
import os
try:
    os.read({read}, 1)
    pid = os.{name}()
    pid = pid if isinstance(pid, int) else pid[0]
    if pid == 0:
        os._exit(0)
except Exception as error:
    pid, name = None, type(error).__name__
"""


def fork_elsewhere(m, kind, name):
    """Fork in a subinterpreter."""
    id = create(m, kind)
    read, write = os.pipe()
    os.write(write, b".")
    m.run_string(id, FORK.format(read=read, name=name))
    run = lambda code: m.run_string(id, code)  # noqa: E731
    pid = value(run, "pid")
    if pid is not None:
        ended_well(end_of_child(pid))
        raise AssertionError("os.%s() did not raise RuntimeError" % name)
    equal(value(run, "name"), "RuntimeError")


@covers("Forking.elsewhere", hazard="os.fork() in a subinterpreter")
def a_subinterpreter_does_not_fork(m):
    """os.fork() raises RuntimeError there, before anything is forked."""
    each_kind(fork_elsewhere, "fork")


@covers("Forking.forkpty", hazard="os.forkpty() in a subinterpreter")
def a_subinterpreter_does_not_fork_with_a_terminal(m):
    """os.forkpty() raises RuntimeError there, before anything is forked."""
    each_kind(fork_elsewhere, "forkpty")


def fork_after_a_refusal(m, kind):
    """Fork in the main interpreter after a subinterpreter was refused to."""
    id = create(m, kind)
    m.run_string(id, importing() + "from check import caught\nimport os\nerror = caught(os.fork)")
    m.destroy(id)
    in_a_child(use_a_new_one, m, kind)


@covers("Forking.parent", "Forking.elsewhere")
def a_refused_fork_spoils_nothing(m):
    """After a subinterpreter was refused, the main interpreter forks as well as before."""
    each_kind(fork_after_a_refusal)


FORK_IN_A_THREAD = """
import os, threading
def work():
    global name
    try:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        name = None
    except Exception as error:
        name = type(error).__name__
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def fork_in_a_thread_elsewhere(m, kind):
    """Fork in a thread that a subinterpreter has started."""
    id = create(m, kind)
    m.run_string(id, FORK_IN_A_THREAD)
    equal(value(lambda code: m.run_string(id, code), "name"), "RuntimeError")


@covers("Forking.elsewhere", hazard="os.fork() in a thread of a subinterpreter")
def a_thread_of_a_subinterpreter_does_not_fork(m):
    """os.fork() raises RuntimeError in a thread that a subinterpreter has started, too."""
    each_kind(fork_in_a_thread_elsewhere)
