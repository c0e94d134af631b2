"""create()."""

import os
import sys
import tempfile
import threading
from functools import partial

from check import (
    busy,
    covers,
    create,
    each_kind,
    equal,
    hold,
    importing,
    in_thread,
    raises,
    ticks_while_the_gil_is_held,
    value,
)


@covers("create.id")
def returns_the_id_of_a_new_interpreter(m):
    """The ID that is returned was not there before, and can be used."""
    before = m.enumerate()
    id = m.create()
    assert id not in before and id in m.enumerate(), "got %r" % id
    m.run_string(id, "pass")


@covers("create.id")
def two_calls_make_two_interpreters(m):
    """What one new interpreter binds in __main__ is not in the __main__ of another."""
    one, two = m.create(), m.create()
    assert one != two
    m.run_string(one, "spam = 1")
    equal(value(partial(m.run_string, two), "'spam' in globals()"), False)


@covers("create.comes-back")
def the_caller_stays_where_it_was(m):
    """The current interpreter is the same before and after, in the main one and in another."""
    before = int(m.get_current())
    id = m.create()
    equal(int(m.get_current()), before)
    code = importing() + "m.create()"
    equal(value(partial(m.run_string, id), "int(m.get_current())", code), int(id))


@covers("create.idle")
def new_interpreters_are_idle(m):
    """A new interpreter is not running."""
    equal(m.is_running(m.create()), False)


@covers("create.own-modules")
def modules_are_not_shared(m):
    """An attribute set on sys, builtins or a module of the library is seen on one side only."""
    import builtins
    import json

    id = m.create()
    for module in (sys, builtins, json):
        module.spam = 1
    code = "import sys, builtins, json"
    run = partial(m.run_string, id)
    seen = value(run, "[hasattr(x, 'spam') for x in (sys, builtins, json)]", code)
    equal(seen, [False, False, False])
    m.run_string(id, "sys.eggs = builtins.eggs = json.eggs = 1")
    equal([hasattr(x, "eggs") for x in (sys, builtins, json)], [False, False, False])


@covers("create.own-modules")
def imports_are_not_shared(m):
    """A module that one interpreter imports is not thereby imported in another."""
    import wave  # anything that nothing else imports

    assert wave
    run = partial(m.run_string, m.create())
    equal(value(run, "'wave' in sys.modules", "import sys"), False)


def waits_for_the_gil(m, id):
    """Expect that no code of the interpreter runs while this one holds on to its GIL."""
    assert not ticks_while_the_gil_is_held(partial(m.run_string, id)), "code ran meanwhile"


@covers("create.shared")
def code_of_a_shared_interpreter_waits_for_the_gil(m):
    """While the main interpreter holds on to its GIL, no code of a new interpreter runs."""
    waits_for_the_gil(m, m.create())


@covers("create.shared")
def false_isolated_means_shared(m):
    """isolated=False is the same as nothing, and so is any false value."""
    waits_for_the_gil(m, m.create(isolated=False))
    waits_for_the_gil(m, m.create(isolated=None))


@covers("create.isolated", isolates=True)
def code_of_an_isolated_interpreter_does_not_wait(m):
    """While the main interpreter holds on to its GIL, code of an isolated interpreter runs."""
    ticks = ticks_while_the_gil_is_held(partial(m.run_string, m.create(isolated=True)))
    assert ticks > 0, "it did not run once"


@covers("create.isolated", isolates=True)
def any_true_value_isolates(m):
    """Any true value isolates, as True does."""
    ticks = ticks_while_the_gil_is_held(partial(m.run_string, m.create(isolated=1)))
    assert ticks > 0, "it did not run once"


@covers("create.not-isolated", isolates=False)
def isolation_is_refused_where_it_cannot_be(m):
    """isolated=True raises InterpreterError, and creates nothing."""
    before = m.enumerate()
    with raises(m, "InterpreterError"):
        m.create(isolated=True)
    equal(m.enumerate(), before)


@covers("create.outlives")
def interpreters_outlive_the_interpreter_that_created_them(m):
    """An interpreter created in another is still there when that one is destroyed."""
    parent = m.create()
    code = importing() + "child = m.create()"
    child = value(partial(m.run_string, parent), "int(child)", code)
    m.destroy(parent)
    assert child in [int(id) for id in m.enumerate()]
    m.run_string(child, "pass")


@covers("create.outlives")
def interpreters_outlive_the_thread_that_created_them(m):
    """An interpreter created in another OS thread is still there when that thread has ended."""
    id = in_thread(lambda: m.create())
    assert id in m.enumerate()
    m.run_string(id, "pass")


@covers("create.outlives")
def interpreters_exist_although_nobody_remembers_their_id(m):
    """An interpreter whose ID was thrown away still exists."""
    before = len(m.enumerate())
    m.create()
    equal(len(m.enumerate()), before + 1)


def end_with_idle_ones(m, kind):
    """End with interpreters that are idle, used and unused."""
    for code in ("pass", "import threading, json"):
        m.run_string(hold(create(m, kind)), code)
    hold(create(m, kind))
    raise SystemExit(7)


@covers("create.exit", hazard="The exit with idle interpreters")
def exit_is_quiet_and_keeps_its_status(m):
    """With interpreters alive, used and unused, the process ends as it would without them."""
    each_kind(end_with_idle_ones, ends=(7, ""))


@covers("create.exit", ends=(0, "finalized"))
def exit_destroys_what_is_left(m):
    """The atexit callbacks of an interpreter that is alive are called when the process ends."""
    id = hold(m.create())
    m.run_string(id, "import atexit, os\natexit.register(os.write, 1, b'finalized')")


def end_with_those_of_a_thread(m, kind):
    """End with an interpreter that another OS thread has created and used."""

    def target():
        m.run_string(hold(create(m, kind)), "import threading")

    in_thread(target)
    raise SystemExit(5)


@covers("create.exit", hazard="The exit with interpreters that a thread has made")
def exit_in_another_interpreters_thread_is_quiet(m):
    """Interpreters that other OS threads have created and used do not disturb the exit either."""
    each_kind(end_with_those_of_a_thread, ends=(5, ""))


def end_during_runs(m, kind, code):
    """End while daemon threads run *code*, each in an interpreter of its own.

    Twelve, for one thread may be lucky and not notice the end of the process.  Where they share a
    GIL they are fewer: beside more that are busy a thread takes seconds to start, for all the turns
    on the GIL that it waits for.
    """
    isolated = kind == "isolated" and sys.version_info >= (3, 12)
    threads = 12 if isolated else 6 if sys.version_info >= (3, 11) else 3
    for id in [hold(create(m, kind)) for _ in range(threads)]:
        read, write = os.pipe()
        start = "import os, time\nos.write(%d, b'.')\n" % write
        threading.Thread(target=m.run_string, args=(id, start + code), daemon=True).start()
        os.read(read, 1)
    raise SystemExit(6)


@covers("create.exit", hazard="The exit with interpreters that daemon threads are blocked in")
def exit_during_blocked_runs_is_quiet(m):
    """While daemon threads run code that waits, the process ends with its own status."""
    each_kind(end_during_runs, "time.sleep(1000)", ends=(6, ""))


@covers("create.exit", hazard="The exit with interpreters that daemon threads are busy in")
def exit_during_busy_runs_is_quiet(m):
    """While daemon threads run code that is busy, the process ends with its own status."""
    each_kind(end_during_runs, "while True: pass", ends=(6, ""))


# Uses what CPython has once for all interpreters: static types and what is known of them.
AT_WORK = """
while True:
    class Spam(ValueError): pass
    try: raise Spam(str(2.5), sorted(set('eggs')))
    except Spam as error: repr(error)
    exec(compile('x = [i for i in range(3)]', '', 'exec'), {})
"""


@covers("create.exit", hazard="The exit with interpreters that daemon threads are at work in")
def exit_while_runs_are_at_work_is_quiet(m):
    """While daemon threads make classes and compile code, the process ends with its own status."""
    each_kind(end_during_runs, AT_WORK, ends=(6, ""))


def compare_copies(m, kind, **options):
    """Compare sys.path and sys.argv, here and there, and one interpreter further."""
    sys.path.append("spam")
    sys.argv[:] = ["spam", "eggs"]
    one = create(m, kind, **options)
    sys.path.append("ham")
    run = partial(m.run_string, one)
    path, argv = value(run, "[sys.path, sys.argv]", "import sys")
    assert path == sys.path[:-1], "sys.path is another"
    equal(argv, sys.argv)
    m.run_string(one, "sys.path.append('there')\nsys.argv.append('there')")
    equal([sys.path[-1], sys.argv], ["ham", ["spam", "eggs"]])
    if not options:
        code = importing() + "sys.path.append('inner')\nsys.argv[:] = ['inner']\ntwo = m.create()"
        path = value(run, "sys.path", code)
        run = partial(m.run_string, value(run, "int(two)"))
        assert value(run, "sys.path", "import sys") == path, "sys.path is not the caller's"
        equal(value(run, "sys.argv"), ["inner"])


@covers("create.path", "create.argv")
def path_and_argv_are_copies_of_the_callers(m):
    """sys.path and sys.argv are equal to the creating interpreter's, and changed on one side."""
    each_kind(compare_copies)


def compare_copies_without_site(m, kind):
    """The same, without the module site."""
    compare_copies(m, kind, site=False)


@covers("create.no-site-path")
def path_is_a_copy_without_site_too(m):
    """With site=False, sys.path and sys.argv are copies as well."""
    each_kind(compare_copies_without_site)


# What the module site and the files that it executes leave behind.
TRACES = "[name in sys.modules for name in ('site', 'sitecustomize', 'usercustomize')]"
TRACES += " + [hasattr(sys, 'spam')]"

# What the module site adds to the builtins.
NAMES = ("exit", "quit", "help", "copyright", "credits", "license")


def customize(folder):
    """Write files that the module site executes; return the environment in which it does."""
    import site

    os.environ["PYTHONUSERBASE"] = folder
    packages = site.getusersitepackages()
    os.makedirs(packages)
    for name, text in (("spam.pth", "import sys; sys.spam = 1\n"), ("usercustomize.py", "")):
        with open(os.path.join(packages, name), "w") as file:
            file.write(text)
    with open(os.path.join(folder, "sitecustomize.py"), "w") as file:
        file.write("")
    return {"PYTHONUSERBASE": folder, "PYTHONPATH": folder}


def compare_traces(m, kind, folder):
    """Look for what the module site leaves behind, here and there."""
    sys.path.insert(0, folder)
    run = partial(m.run_string, create(m, kind))
    equal(value(run, TRACES, "import sys"), eval(TRACES))
    builtins = "[hasattr(builtins, name) for name in %r]" % (NAMES,)
    equal(value(run, builtins, "import builtins"), [True] * len(NAMES))


@covers("create.site")
def site_is_imported_as_in_a_new_process(m):
    """A new interpreter imports site, and executes what the process executed at its start."""
    with tempfile.TemporaryDirectory() as folder:
        environment = customize(folder)
        each_kind(compare_traces, folder, options=(), environment=environment)


def find_no_traces(m, kind, folder):
    """Look for what the module site leaves behind in an interpreter that does without it."""
    sys.path.insert(0, folder)
    run = partial(m.run_string, create(m, kind, site=False))
    equal(value(run, TRACES, "import sys"), [False] * 4)


@covers("create.no-site")
def without_site_no_such_file_is_executed(m):
    """With site=False, neither site nor a .pth file, sitecustomize or usercustomize is executed."""
    with tempfile.TemporaryDirectory() as folder:
        environment = customize(folder)
        each_kind(find_no_traces, folder, options=(), environment=environment)


def find_no_names(m, kind):
    """Look for the names that the module site adds."""
    run = partial(m.run_string, create(m, kind, site=False))
    builtins = "[hasattr(builtins, name) for name in %r]" % (NAMES,)
    equal(value(run, builtins, "import builtins"), [False] * len(NAMES))


@covers("create.no-site-names")
def without_site_its_names_are_not_there(m):
    """With site=False there is no exit, quit, help, copyright, credits or license."""
    each_kind(find_no_names, options=())


def refusal(m, kind):
    """Try to create an interpreter; return the name of what was raised, or None."""
    try:
        hold(create(m, kind))
    except Exception as error:
        return type(error).__name__
    return None


def create_without_descriptors(m, kind):
    """Try to create an interpreter when no file can be opened, and again when one can."""
    import resource

    older = create(m, kind)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, limits[1]))
    try:
        held = []
        while len(held) < 16:
            try:
                held.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                break
        refused = refusal(m, kind)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert refused in (None, "InterpreterError"), "raised %s, not InterpreterError" % refused
    m.run_string(older, "pass")
    m.run_string(create(m, kind), "pass")


@covers("create.cannot", hazard="create() without a file descriptor to spare")
def want_of_descriptors_is_an_error(m):
    """Without a file descriptor to spare it raises InterpreterError, and the process goes on."""
    each_kind(create_without_descriptors)


def fill():
    """Return what fills all memory that can be had."""
    held = []
    for size in (1 << 20, 1 << 16, 1 << 12, 1 << 8):
        while True:
            try:
                held.append(bytes(size))
            except MemoryError:
                break
    return held


def create_without_memory(m, kind):
    """Try to create interpreters with little memory to spare, a little more each time."""
    import resource

    older = create(m, kind)
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    limits = resource.getrlimit(resource.RLIMIT_AS)
    reasons = []
    left = [bytes(256) for _ in range(400)]  # what the check itself will need
    resource.setrlimit(resource.RLIMIT_AS, (size, limits[1]))
    try:
        held = fill()
        left.clear()
        for spare in range(0, 8 << 20, 1 << 18):
            resource.setrlimit(resource.RLIMIT_AS, (size + spare, limits[1]))
            refused = refusal(m, kind)
            if refused not in reasons:
                reasons.append(refused)
            if refused is None:
                break
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
    held.clear()
    for refused in reasons:
        assert refused in (None, "InterpreterError"), "raised %s, not InterpreterError" % refused
    m.run_string(older, "pass")
    m.run_string(create(m, kind), "pass")


@covers("create.cannot", hazard="create() with little memory to spare")
def want_of_memory_is_an_error(m):
    """With too little memory to spare it raises InterpreterError, and the process goes on."""
    if os.path.exists("/proc/self/statm"):
        each_kind(create_without_memory)


@covers("create.idle")
def several_interpreters_can_run_at_once(m):
    """While one new interpreter runs in a thread, another can be created and used."""
    with busy(partial(m.run_string, m.create())):
        id = m.create()
        equal(m.is_running(id), False)
        m.run_string(id, "pass")


@covers("create.comes-back")
def the_exception_being_handled_stays(m):
    """While an exception is handled, create(), a run and destroy() leave it what it is."""
    try:
        raise KeyError("spam")
    except KeyError as error:
        id = m.create()
        equal(sys.exc_info()[1] is error, True)
        m.run_string(id, "pass")
        equal(sys.exc_info()[1] is error, True)
        m.destroy(id)
        equal(sys.exc_info()[1] is error, True)


@covers("create.own-modules")
def main_starts_without_names(m):
    """In the __main__ of a new interpreter nothing is bound but names with underscores."""
    expression = "[name for name in list(globals()) if not name.startswith('__')]"
    equal(value(partial(m.run_string, m.create()), expression), ["os"])


@covers("create.own-modules")
def the_state_of_modules_is_not_shared(m):
    """The precision of decimal and the state of random: set on one side, not on the other."""
    import decimal
    import random

    run = partial(m.run_string, m.create())
    decimal.getcontext().prec = 17
    state = random.getstate()
    code = "import decimal, random\nrandom.seed(1)\nseen = decimal.getcontext().prec"
    equal(value(run, "seen", code), 28)
    assert random.getstate() == state, "the random state is another"


@covers("create.isolated", isolates=True)
def options_combine(m):
    """With isolated=True and site=False, code runs while another interpreter holds its GIL."""
    run = partial(m.run_string, m.create(isolated=True, site=False))
    assert ticks_while_the_gil_is_held(run) > 0, "it did not run once"
    equal(value(run, "'site' in sys.modules", "import sys"), False)


@covers("create.outlives")
def interpreters_outlive_the_run_that_created_them(m):
    """An interpreter created by code that then raised, and forgot the ID, is still there."""
    before = len(m.enumerate())
    id = m.create()
    try:
        m.run_string(id, importing() + "def spam():\n m.create()\n 1/0\nspam()")
    except Exception:
        pass
    equal(len(m.enumerate()), before + 2)


@covers("create.exit", "destroy.joins", ends=(0, "joined"))
def exit_joins_the_threads_of_what_is_left(m):
    """A thread that is still at work in an idle interpreter ends its work before the process."""
    code = "import os, threading, time\ndef work():\n time.sleep(0.05)\n os.write(1, b'joined')\n"
    m.run_string(hold(m.create()), code + "threading.Thread(target=work).start()")


@covers("create.exit", ends=(1, "spam\n"))
def exit_with_a_message_is_not_disturbed(m):
    """With interpreters alive, sys.exit('spam') writes the message and ends with status 1."""
    m.run_string(hold(m.create()), "import threading")
    raise SystemExit("spam")
