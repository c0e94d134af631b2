"""Mistakes about forking: who may, and what the two processes find afterwards.

Each is made in the interpreter that loads the mutant: in the main one os.fork() or what follows it
is changed, in a subinterpreter the refusal.
"""

import os
import threading

from mutants.mutant import replaces, violates
from mutants.runs import in_new_interpreters


def _refuses_to_fork(m, condition):
    """Have os.fork() refused in the main interpreter while ``condition()``."""

    @replaces(os, "fork")
    def fork(original):
        if m.get_current() == m.get_main() and condition():
            raise RuntimeError("cannot fork now")
        return original()


def _others(m):
    """Return the IDs of the subinterpreters."""
    return [id for id in m.enumerate() if id != m.get_main()]


@violates("Forking.main", "Forking.existing", "Forking.multiprocessing")
def forks_only_when_alone(m):
    """The main interpreter cannot fork while other interpreters exist."""
    _refuses_to_fork(m, lambda: _others(m))


@violates("Forking.running")
def forks_only_when_nothing_runs(m):
    """The main interpreter cannot fork while another interpreter is running."""
    _refuses_to_fork(m, lambda: any(m.is_running(id) for id in _others(m)))


@violates("Forking.main")
def forks_in_the_main_thread_only(m):
    """The main interpreter can fork in its main thread only."""
    _refuses_to_fork(m, lambda: threading.current_thread() is not threading.main_thread())


@violates("Forking.child")
def the_child_lists_the_others(m):
    """In the child process the interpreters of the parent process are still listed."""
    parent, left = os.getpid(), []
    os.register_at_fork(before=lambda: left.extend(_others(m)))

    @replaces(m, "enumerate")
    def enumerate(original):
        listed = original()
        return listed if os.getpid() == parent else sorted({*listed, *left})


@violates("Forking.create")
def the_child_creates_none(m):
    """In the child process no interpreter can be created."""
    parent = os.getpid()

    @replaces(m, "create")
    def create(original, **options):
        if os.getpid() != parent:
            raise m.InterpreterError("this process is the child of another")
        return original(**options)


@violates("Forking.parent")
def the_parent_loses_idle_ones(m):
    """In the parent process idle interpreters are destroyed too."""

    def destroy_idle_ones():
        for id in _others(m):
            if not m.is_running(id):
                m.destroy(id)

    os.register_at_fork(after_in_parent=destroy_idle_ones)


# Stands for something that a refused fork leaves behind in the process.
_LEFT_BEHIND = 200


@violates("Forking.parent")
def no_fork_after_a_refused_one(m):
    """A fork that was refused in a subinterpreter leaves something that keeps all from forking."""
    if m.get_current() != m.get_main():

        @replaces(os, "fork")
        def fork(original):
            try:
                return original()
            finally:
                os.dup2(2, _LEFT_BEHIND)

    else:
        _refuses_to_fork(m, lambda: os.path.exists("/dev/fd/%d" % _LEFT_BEHIND))


# Raises another exception where a fork is refused.
_OTHER_REFUSAL = """
import os
def mutated(original=os.{name}):
    try:
        return original()
    except RuntimeError as error:
        raise OSError(str(error))
os.{name} = mutated
"""


@violates("Forking.elsewhere")
def a_refused_fork_is_an_os_error(m):
    """In a subinterpreter os.fork() raises OSError."""
    in_new_interpreters(m, _OTHER_REFUSAL.format(name="fork"))


@violates("Forking.forkpty")
def a_refused_forkpty_is_an_os_error(m):
    """In a subinterpreter os.forkpty() raises OSError."""
    in_new_interpreters(m, _OTHER_REFUSAL.format(name="forkpty"))
