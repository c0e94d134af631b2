"""Mutants of destroy().

Those that do not destroy an interpreter hide it instead, or answer as if they had done so.
"""

import sys
import threading

from mutants.mutant import replaces, violates
from mutants.runs import in_new_interpreters


@violates("destroy.none")
def returns_true(m):
    """It returns whether there was something to destroy."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        destroy(id)
        return True


@violates("destroy.none")
def does_not_finalize(m):
    """The interpreter is no longer listed, and that is all."""
    gone = set()

    @replaces(m, "destroy")
    def mutated(destroy, id):
        if id in gone:
            raise m.InterpreterNotFoundError("there is no interpreter %d" % id)
        gone.add(id)

    @replaces(m, "enumerate")
    def mutated_too(enumerate):
        return [id for id in enumerate() if id not in gone]


@violates("destroy.none")
def destroys_newer_ones_too(m):
    """With an interpreter all those go that were created after it."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        for newer in m.enumerate()[:0:-1]:
            if newer > id:
                destroy(newer)
        destroy(id)


@violates("destroy.none")
def does_not_give_back(m):
    """What an interpreter has taken is lost, and after ten there is nothing left to take."""
    lost = []

    @replaces(m, "destroy")
    def mutated(destroy, id):
        destroy(id)
        lost.append(id)

    @replaces(m, "create")
    def mutated_too(create, **options):
        if len(lost) >= 10:
            raise m.InterpreterError("too many interpreters")
        return create(**options)


@violates("destroy.gone")
def remains_in_the_list(m):
    """An interpreter that has been destroyed is still listed."""
    gone = []

    @replaces(m, "destroy")
    def mutated(destroy, id):
        destroy(id)
        gone.append(id)

    @replaces(m, "enumerate")
    def mutated_too(enumerate):
        return sorted(enumerate() + gone)


@violates("destroy.gone")
def can_be_repeated(m):
    """Destroying what has been destroyed does nothing."""
    gone = []

    @replaces(m, "destroy")
    def mutated(destroy, id):
        if id not in gone:
            destroy(id)
            gone.append(id)


@violates("destroy.gone")
def is_known_elsewhere(m):
    """A subinterpreter takes what has been destroyed for idle."""

    @replaces(m, "is_running")
    def mutated(is_running, id):
        try:
            return is_running(id)
        except m.InterpreterNotFoundError:
            if m.get_current() == m.get_main():
                raise
            return False


@violates("destroy.anywhere")
def is_for_the_main_interpreter_only(m):
    """Only the main interpreter can destroy one."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        if m.get_current() != m.get_main():
            raise m.InterpreterError("interpreter %d: only the main one can destroy it" % id)
        destroy(id)


@violates("destroy.any-thread")
def is_for_the_thread_of_create_only(m):
    """Only the OS thread that has created an interpreter can destroy it."""
    creators = {}

    @replaces(m, "create")
    def mutated(create, **options):
        id = create(**options)
        creators[id] = threading.current_thread()
        return id

    @replaces(m, "destroy")
    def mutated_too(destroy, id):
        if creators.get(id) is not threading.current_thread():
            raise m.InterpreterError("interpreter %d belongs to another thread" % id)
        destroy(id)


@violates("destroy.any-thread")
def aborts_if_another_thread_has_imported_threading(m):
    """The module threading, imported in one OS thread, cannot be finalized in another."""
    users = {}

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        users[id] = threading.current_thread()
        run_string(id, command)

    @replaces(m, "destroy")
    def mutated_too(destroy, id):
        if users.get(id) is not threading.current_thread():
            code = "import os, sys\nif 'threading' in sys.modules: os.abort()"
            m.run_string(id, code)
        destroy(id)


@violates("destroy.main")
def spares_main_quietly(m):
    """Destroying the main interpreter does nothing."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        if id != m.get_main():
            destroy(id)


@violates("destroy.main")
def spares_main_quietly_elsewhere(m):
    """Only the main interpreter itself is refused when it is to destroy the main one."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        if id == m.get_current() or id != m.get_main():
            destroy(id)


@violates("destroy.current")
def ends_the_current_one_later(m):
    """Destroying the current interpreter is not refused; it comes to nothing."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        if id == m.get_main() or id != m.get_current():
            destroy(id)


@violates("destroy.running")
def spares_running_ones_quietly(m):
    """Destroying a running interpreter does nothing."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        if id in (m.get_main(), m.get_current()) or not m.is_running(id):
            destroy(id)


@violates("destroy.foreign")
def destroys_what_others_have_created(m):
    """An interpreter that the Python's own module has created is destroyed."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        try:
            destroy(id)
        except m.InterpreterError:
            try:
                from _interpreters import destroy
            except ImportError:
                from _xxsubinterpreters import destroy
            destroy(id)


def prepare(m, code, when=lambda: True):
    """Have *code* run in an interpreter before it is destroyed, if *when* says so."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        if when() and id != m.get_main() and not m.is_running(id):
            m.run_string(id, "exec(%r, {})" % code)
        destroy(id)


# Keeps an interpreter from seeing that it has threads to join, and pools of threads on 3.8.
HIDE_THREADS = """
import atexit, sys
pools = sys.modules.get("concurrent.futures.thread")
if pools:
    atexit.unregister(pools._python_exit)
sys.modules.pop("threading", None)
"""


@violates("destroy.joins")
def does_not_join(m):
    """The threads that are at work are not joined."""
    prepare(m, HIDE_THREADS)


@violates("destroy.joins")
def joins_in_the_main_thread_only(m):
    """The threads that are at work are not joined, where another OS thread destroys."""
    prepare(
        m,
        HIDE_THREADS,
        lambda: threading.current_thread() is not threading.main_thread(),
    )


@violates("destroy.atexit")
def calls_no_callbacks(m):
    """The atexit callbacks are not called."""
    prepare(m, "import atexit\natexit._clear()")


# Has an interpreter call its atexit callbacks now, and take no more.
CALL_EARLY = """
import atexit
atexit._run_exitfuncs()
atexit.register = lambda function, *args: function
"""


@violates("destroy.atexit")
def calls_callbacks_before_it_joins(m):
    """What a thread registers while it is joined is not called."""
    prepare(m, CALL_EARLY)


# Makes an interpreter call its atexit callbacks in the order in which they are registered.
CALL_IN_ORDER = """
import atexit
callbacks, register = [], atexit.register
def note(function, *args):
    callbacks.append((function, args))
def call():
    for function, args in callbacks:
        function(*args)
register(call)
atexit.register = note
"""


@violates("destroy.atexit")
def calls_callbacks_in_order(m):
    """The atexit callback that was registered first is called first."""

    @replaces(m, "create")
    def mutated(create, **options):
        id = create(**options)
        m.run_string(id, "exec(%r, {})" % CALL_IN_ORDER)
        return id


@violates("destroy.thread-left")
def leaves_threads_alone(m):
    """Of an interpreter in which a thread is left nothing is said."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        try:
            destroy(id)
        except m.InterpreterError:
            if id in (m.get_main(), m.get_current()) or m.is_running(id):
                raise


@violates("destroy.thread-left")
def loses_what_it_refuses(m):
    """An interpreter that is not destroyed because of a thread no longer exists all the same."""
    lost = []

    @replaces(m, "destroy")
    def mutated(destroy, id):
        try:
            destroy(id)
        except m.InterpreterError:
            lost.append(id)
            raise

    @replaces(m, "enumerate")
    def mutated_too(enumerate):
        return [id for id in enumerate() if id not in lost]


@violates("destroy.thread-ended")
def tries_only_once(m):
    """An interpreter that was refused once is being finalized for ever."""
    refused = []

    @replaces(m, "destroy")
    def mutated(destroy, id):
        if id in refused:
            raise RuntimeError("interpreter %d is being finalized" % id)
        try:
            destroy(id)
        except m.InterpreterError:
            refused.append(id)
            raise


# Makes an interpreter able to register its atexit callbacks once more.
NOTE_CALLBACKS = """
import atexit
callbacks, register = [], atexit.register
def note(function, *args):
    callbacks.append((function, args))
    return register(function, *args)
def restore():
    for function, args in callbacks:
        register(function, *args)
atexit.register, atexit.restore = note, restore
"""


@violates("destroy.callbacks-once")
def keeps_callbacks_when_it_refuses(m):
    """The atexit callbacks that were called before a refusal are still registered after it."""

    @replaces(m, "create")
    def mutated(create, **options):
        id = create(**options)
        m.run_string(id, "exec(%r, {})" % NOTE_CALLBACKS)
        return id

    @replaces(m, "destroy")
    def mutated_too(destroy, id):
        try:
            destroy(id)
        except m.InterpreterError:
            m.run_string(id, "__import__('atexit').restore()")
            raise


@violates("destroy.atexit")
def clears_names_before_callbacks(m):
    """The names of __main__ are gone when the callbacks are called."""
    in_new_interpreters(
        m,
        "import __main__, atexit\n"
        "def register(function, *args, original=atexit.register, **kwargs):\n"
        "    return original(lambda: (vars(__main__).clear(), function(*args, **kwargs)))\n"
        "atexit.register = register\n",
    )


@violates("destroy.atexit")
def stops_at_the_first_callback_that_raises(m):
    """After a callback that raises, no other is called."""
    in_new_interpreters(
        m,
        "import atexit\nfailed = []\n"
        "def register(function, *args, original=atexit.register, **kwargs):\n"
        "    def call():\n"
        "        if not failed:\n"
        "            failed.append(function)\n"
        "            function(*args, **kwargs)\n"
        "            failed.clear()\n"
        "    return original(call)\n"
        "atexit.register = register\n",
    )


@violates("destroy.atexit")
def callbacks_cannot_run_code(m):
    """While its callbacks are called, an interpreter cannot run code in another."""
    in_new_interpreters(
        m,
        "import atexit, sys\n"
        "def register(function, *args, original=atexit.register, **kwargs):\n"
        "    def call():\n"
        "        sys.calls_back = True\n"
        "        function(*args, **kwargs)\n"
        "    return original(call)\n"
        "atexit.register = register\n",
    )

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        if hasattr(sys, "calls_back"):
            raise m.InterpreterError("interpreter %d cannot be used now" % id)
        run_string(id, command)


@violates("destroy.thread-left")
def a_refusal_ends_threading(m):
    """After a refusal no thread can be started in the interpreter any more."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        try:
            destroy(id)
        except m.InterpreterNotFoundError:
            raise
        except m.InterpreterError:
            if not m.is_running(id):
                m.run_string(id, "import threading; del threading.Thread.start; del threading")
            raise


@violates("destroy.running", "Arguments.no-effect")
def a_refusal_takes_effect_later(m):
    """An interpreter that was running at a refusal loses its names before its next run."""
    doomed = set()

    @replaces(m, "destroy")
    def mutated(destroy, id):
        try:
            destroy(id)
        except m.InterpreterError:
            doomed.add(id)
            raise

    @replaces(m, "run_string")
    def run(run_string, id, command):
        if id in doomed:
            run_string(id, "for name in list(globals()): name[0] == '_' or globals().pop(name)")
        run_string(id, command)


@violates("destroy.current")
def looks_only_whether_it_is_running(m):
    """A thread destroys the interpreter that it is in, if no run is in progress there."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        if id != m.get_current() or m.is_running(id):
            destroy(id)
