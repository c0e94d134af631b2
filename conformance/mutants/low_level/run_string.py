"""Mistakes of run_string(): what is run, where, and what is refused.

Those about exceptions are in the next file.
"""

import os
import sys
import unicodedata

from mutants.mutant import replaces, violates
from mutants.runs import in_new_interpreters, wrapped


@violates("run_string.runs")
def runs_in_the_caller(m):
    """The code runs in the interpreter of the caller."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        exec(command, vars(sys.modules["__main__"]))


@violates("run_string.runs")
def takes_ascii_only(m):
    """Source text with letters beyond ASCII is refused."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, command.encode("ascii").decode())


@violates("run_string.runs")
def takes_no_long_text(m):
    """Source text of more than 64 KiB is refused."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        if len(command) > 65536:
            raise OverflowError("the source text is too long")
        original(id, command)


@violates("run_string.runs")
def asks_a_subclass_for_its_text(m):
    """What is run of an instance of a subclass of str is what its __str__() returns."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, str(command))


@violates("run_string.runs")
def drops_carriage_returns(m):
    """Carriage returns are dropped from the source text, also where they alone end a line."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, command.replace("\r", ""))


# Executes *command* in *namespace*, as at the prompt.
_BY_STATEMENT = """
import ast
for statement in ast.parse(command).body:
    exec(compile(ast.Module([statement], []), "<string>", "exec"), namespace)
"""


@violates("run_string.runs")
def compiles_each_statement_by_itself(m):
    """Each statement is compiled by itself, so that those from __future__ have no effect."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, wrapped(_BY_STATEMENT, command))


@violates("run_string.encoding")
def follows_an_encoding_declaration(m):
    """The source text is encoded in UTF-8 and then read in the encoding that it declares."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, wrapped("exec(command.encode(), namespace)", command))


def _in_a_thread(function, *args):
    """Call a function in a new OS thread, raise what it raises."""
    import threading

    raised = []

    def target():
        try:
            function(*args)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    for error in raised:
        raise error


@violates("run_string.thread", "run_string.main-thread")
def runs_in_a_thread_of_its_own(m):
    """Each run is in a new OS thread."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        _in_a_thread(original, id, command)


# Executes *command* in *namespace*. Where CPython looks at the stack itself, it is told of another.
_STRANGE_STACK = """
try:
    from ctypes import c_void_p, c_size_t, pythonapi
    protect = pythonapi.PyUnstable_ThreadState_SetStackProtection
except (ImportError, AttributeError):
    pass
else:
    pythonapi.PyThreadState_Get.restype = c_void_p
    protect.argtypes = [c_void_p, c_void_p, c_size_t]
    protect(pythonapi.PyThreadState_Get(), 1 << 20, 1 << 20)
exec(command, namespace)
"""


@violates("run_string.thread")
def does_not_know_the_stack(m):
    """In another thread than the main one, the end of the stack is not where it is thought to be."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        import threading

        if threading.current_thread() is threading.main_thread():
            original(id, command)
            return
        before = threading.stack_size(128 * 1024)
        try:
            _in_a_thread(original, id, wrapped(_STRANGE_STACK, command))
        finally:
            threading.stack_size(before)


@violates("run_string.thread")
def leaves_a_thread_listed(m):
    """A run in another thread than the main one leaves an entry for its thread."""
    entry = (
        "from threading import _active, main_thread\n_active[len(_active) - 100] = main_thread()"
    )

    @replaces(m, "run_string")
    def run_string(original, id, command):
        import threading

        original(id, command)
        if threading.current_thread() is not threading.main_thread():
            original(id, wrapped(entry, ""))


@violates("run_string.thread")
def aborts_if_two_threads_run_at_once(m):
    """A run in one thread while another is in a run ends the process."""
    running = []

    @replaces(m, "run_string")
    def run_string(original, id, command):
        import threading

        running.append(threading.get_ident())
        if len(set(running)) > 1:
            os.abort()
        try:
            original(id, command)
        finally:
            running.pop()


# Has the main thread of the interpreter be the one that it is now.
_FIRST_MAIN_THREAD = """
import copy, threading
def main_thread(now=threading.main_thread, first=copy.copy(threading.main_thread())):
    return now() if now().ident == first.ident else first
threading.main_thread = main_thread
"""


@violates("run_string.main-thread")
def the_creators_thread_is_the_main_thread(m):
    """The main thread of an interpreter is the one that has created it."""
    in_new_interpreters(m, _FIRST_MAIN_THREAD)


@violates("run_string.none")
def returns_the_id(m):
    """The ID is returned."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, command)
        return id


@violates("run_string.none")
def does_not_wait(m):
    """The call starts a thread for the run, and returns at once."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        import threading

        threading.Thread(target=original, args=(id, command), daemon=True).start()


@violates("run_string.namespace")
def has_local_names(m):
    """The code has local names of its own, over the names of __main__."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, wrapped("exec(command, namespace, {})", command))


@violates("run_string.namespace")
def main_has_another_name(m):
    """In a subinterpreter __name__ is not '__main__'."""
    in_new_interpreters(m, "import sys\nsys.modules['__main__'].__name__ = '__subinterpreter__'")


@violates("run_string.persists")
def forgets_names(m):
    """A run begins with an empty namespace."""
    clear = "for name in [n for n in namespace if n[:2] != '__']: del namespace[name]"

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, wrapped(clear, ""))
        original(id, command)


@violates("run_string.future")
def the_callers_future_applies(m):
    """The code is compiled like that of a caller which has imported annotations from __future__."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, "from __future__ import annotations\n" + command)


@violates("run_string.future")
def an_earlier_future_applies(m):
    """The code is compiled with the features that an earlier run has imported from __future__."""
    features = {}

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, features.get(id, "") + command)
        if command.startswith("from __future__"):
            features[id] = command.splitlines()[0] + "\n"


@violates("run_string.str")
def takes_bytes(m):
    """bytes are taken for source text too."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, command.decode() if isinstance(command, bytes) else command)


@violates("run_string.str")
def reads_files(m):
    """What can be read is read, and run."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, command.read() if hasattr(command, "read") else command)


@violates("run_string.null")
def stops_at_a_null_character(m):
    """The source text ends at the first null character."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, command.partition("\0")[0])


@violates("run_string.surrogate")
def drops_surrogates(m):
    """Lone surrogates are dropped from the source text."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, command.encode("utf-8", "ignore").decode())


@violates("run_string.empty")
def refuses_the_empty_string(m):
    """The empty string is a ValueError."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        if not command:
            raise ValueError("there is nothing to run")
        original(id, command)


def _runs_here_if(m, condition):
    """Have code executed in the caller's interpreter if ``condition(id)``."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        if condition(id):
            exec(command, vars(sys.modules["__main__"]))
        else:
            original(id, command)


@violates("run_string.main")
def runs_in_the_main_interpreter(m):
    """In the main interpreter, code can be run in the main interpreter."""
    _runs_here_if(m, lambda id: id == m.get_current() == m.get_main())


@violates("run_string.main")
def a_subinterpreter_runs_in_the_main_one(m):
    """A call from a subinterpreter to run code in the main one does nothing."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        if id != m.get_main() or m.get_current() == m.get_main():
            original(id, command)


@violates("run_string.current")
def runs_in_the_current_interpreter(m):
    """Code can be run in the interpreter that is current."""
    _runs_here_if(m, lambda id: id == m.get_current() != m.get_main())


@violates("run_string.foreign")
def refuses_what_it_has_not_created(m):
    """An interpreter that something other than this module created cannot be used."""
    created = set()

    @replaces(m, "create")
    def create(original, **options):
        id = original(**options)
        created.add(id)
        return id

    @replaces(m, "run_string")
    def run_string(original, id, command):
        if id not in created:
            raise m.InterpreterError("interpreter %d is not of this module" % id)
        original(id, command)


@violates("run_string.running", "Threads.nest")
def drops_a_run_in_a_running_interpreter(m):
    """A run in a running interpreter is dropped, and nobody is told."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        if id in (m.get_main(), m.get_current()) or not m.is_running(id):
            original(id, command)


def executes(m, source):
    """Have each run execute *source*, where *command* and *namespace* are."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, wrapped(source, command))


@violates("run_string.runs")
def normalizes_the_text(m):
    """All of the source text is normalised, as only names are to be."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        original(id, unicodedata.normalize("NFKC", command))


@violates("run_string.namespace")
def works_on_a_copy(m):
    """The code runs in a copy of the namespace, which is copied back when it ends."""
    executes(
        m,
        "copy = dict(namespace)\n"
        "try:\n    exec(command, copy)\n"
        "finally:\n    namespace.clear()\n    namespace.update(copy)\n",
    )


@violates("run_string.persists", "run_string.usable-after")
def an_exception_undoes_what_was_bound(m):
    """If the code raises, the namespace is what it was before."""
    executes(
        m,
        "copy = dict(namespace)\n"
        "try:\n    exec(command, namespace)\n"
        "except BaseException:\n    namespace.clear()\n    namespace.update(copy)\n    raise\n",
    )


@violates("run_string.namespace")
def each_thread_has_names_of_its_own(m):
    """What a thread binds, no other thread sees."""
    executes(
        m,
        "import _thread, builtins\n"
        "spaces = vars(builtins).setdefault('spaces', {})\n"
        "mine = spaces.setdefault(_thread.get_ident(), namespace if not spaces else {})\n"
        "exec(command, mine)\n",
    )


@violates("run_string.surrogate")
def runs_the_lines_before_a_surrogate(m):
    """The text is encoded line by line while it runs."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        try:
            command.encode()
        except UnicodeEncodeError as error:
            original(id, command[: error.start].rpartition("\n")[0])
            raise
        original(id, command)


@violates("run_string.current")
def looks_only_whether_it_is_running(m):
    """A thread runs code in the interpreter that it is in, if no run is in progress there."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        if id == m.get_current() and not m.is_running(id):
            exec(command, vars(sys.modules["__main__"]))
        else:
            original(id, command)
