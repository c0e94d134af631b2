"""Threads: where an OS thread is, how runs nest, who may run when, and where callbacks run.

A run borrows the OS thread of its caller, so everything here is about one thing: that what belongs
to the OS thread and what belongs to the interpreter are never taken for each other.
"""

import os
import threading

from check import attempt, caught, covers, create, each_kind, equal, importing, in_thread, value

# How many interpreters a long chain has, and the IDs that are held until the process ends.
CHAIN = 50
HELD = []

# Keeps on running Python code until it has had some time of the processor; notes when.
BUSY = """
import time
def busy():
    global begin, end
    begin, until = time.monotonic(), time.thread_time() + 0.2
    while time.thread_time() < until:
        pass
    end = time.monotonic()
"""

# Wants to run again and again, until something can be read from a pipe; notes when it runs.
TICKING = """
import os, time
ticks = []
os.set_blocking({read}, False)
def tick():
    while True:
        time.sleep(0.001)
        ticks.append(time.monotonic())
        try:
            os.read({read}, 1)
            break
        except BlockingIOError:
            pass
"""

# Nested deeper than most stacks: what C code does with it comes back, or is a RecursionError.
DEEP = """
import json
def nested(depth=100000):
    value = []
    for _ in range(depth):
        value = [value]
    return value
deep, survived = nested(), 0
for function in (json.dumps, lambda value: value == nested()):
    try:
        function(deep)
    except RecursionError:
        pass
    survived += 1
"""


# Where a call is made: in this OS thread, or in another.
PLACES = {"here": lambda function, *args: function(*args), "there": in_thread}


def runner(m, id):
    """Return a function that runs source text in the interpreter."""
    return lambda code: m.run_string(id, code)


def come_back(m, kind):
    """Run code, code that raises, and code that runs code in a third interpreter."""
    one, two = create(m, kind), create(m, kind)
    m.run_string(one, "pass")
    equal(int(m.get_current()), int(m.get_main()))
    try:
        m.run_string(one, "1/0")
    except Exception:
        pass
    equal(int(m.get_current()), int(m.get_main()))
    code = importing() + "m.run_string(%d, 'pass')" % int(two)
    equal(value(runner(m, one), "int(m.get_current())", code), int(one))
    equal(int(m.get_current()), int(m.get_main()))


@covers("Threads.back")
def a_thread_comes_back_when_a_run_ends(m):
    """After a run, one that raised and one in which runs were nested, the caller is current."""
    each_kind(come_back)


def come_back_in_a_thread(m, kind):
    """The same in an OS thread that is not the main one."""
    in_thread(come_back, m, kind)


@covers("Threads.back")
def another_thread_comes_back_when_a_run_ends(m):
    """The same, in an OS thread that the main interpreter started."""
    each_kind(come_back_in_a_thread)


def run_a_chain(m, kind):
    """Each interpreter runs the next one, and the last writes to a pipe."""
    read, write = os.pipe()
    chain = [create(m, kind) for _ in range(CHAIN)]
    HELD.extend(chain)
    for id, following in zip(chain, chain[1:]):
        m.run_string(id, importing() + "def go(): m.run_string(%d, 'go()')" % int(following))
    m.run_string(chain[-1], "import os\ndef go(): os.write(%d, b'.')" % write)
    m.run_string(chain[0], "go()")
    equal(os.read(read, 9), b".")
    equal(int(m.get_current()), int(m.get_main()))


@covers("Threads.nest", hazard="Fifty interpreters, each running code in the next")
def fifty_runs_nest(m):
    """The first interpreter runs code in the second, and so on to the fiftieth."""
    attempt(run_a_chain, "shared", seconds=9, cpu=9)


@covers(
    "Threads.nest",
    isolates=True,
    hazard="Fifty isolated interpreters, each running code in the next",
)
def fifty_isolated_runs_nest(m):
    """The same, with isolated interpreters."""
    attempt(run_a_chain, "isolated", seconds=9, cpu=9)


def run_in_a_circle(m, kind):
    """One runs code in two, which tries to run code in one."""
    one, two = create(m, kind), create(m, kind)
    for id, other in ((one, two), (two, one)):
        m.run_string(id, importing() + "def go(): m.run_string(%d, 'go()')" % int(other))
    m.run_string(
        two, "from check import caught\n_go = go\ndef go(): error = caught(_go); seen(error)"
    )
    m.run_string(two, "names = []\ndef seen(error): names.append(type(error).__name__)")
    m.run_string(one, "go()")
    equal(value(runner(m, two), "names"), ["InterpreterError"])


@covers("Threads.nest", "run_string.running", hazard="Code that runs its own caller's interpreter")
def a_circle_of_runs_is_refused(m):
    """One interpreter runs code in a second, whose code gets an InterpreterError for the first."""
    each_kind(run_in_a_circle)


class Here:
    """Stands for this interpreter, where others are stood for by their IDs."""

    def __init__(self):
        self.namespace = {}

    def run(self, code):
        exec(code, self.namespace)


def tick_while_busy(m, ticking, busy):
    """Count how often code of one interpreter runs while that of another is busy."""
    here = Here()
    ids = {name: create(m, "shared") for name in ("one", "two")}
    runs = {"main": here.run, "one": runner(m, ids["one"]), "two": runner(m, ids["two"])}
    read, write = os.pipe()
    runs[ticking](TICKING.format(read=read))
    runs[busy](BUSY)
    first, second = (ticking, busy) if busy == "main" else (busy, ticking)
    calls = {ticking: "tick()", busy: "busy()\nimport os\nos.write(%d, b'.')" % write}
    thread = threading.Thread(target=runs[first], args=(calls[first],))
    thread.start()
    runs[second](calls[second])
    thread.join()
    window = value(runs[busy], "[begin, end]")
    ticks = value(runs[ticking], "sum(%r < t < %r for t in ticks)" % tuple(window))
    assert ticks >= 5, "it got to run fewer than 5 times"


@covers("Threads.turns", hazard="The main interpreter waiting for busy code in a shared one")
def busy_code_lets_the_main_interpreter_run(m):
    """While busy code runs in a shared interpreter, in a thread, the main one gets to run."""
    attempt(tick_while_busy, "main", "one")


@covers("Threads.turns", hazard="A shared interpreter waiting for busy code in the main one")
def busy_main_code_lets_a_shared_interpreter_run(m):
    """While busy code runs in the main interpreter, a shared one gets to run in its thread."""
    attempt(tick_while_busy, "one", "main")


@covers("Threads.turns", hazard="A shared interpreter waiting for busy code in another")
def busy_code_lets_another_shared_interpreter_run(m):
    """While busy code runs in a shared interpreter, another gets to run in its thread."""
    attempt(tick_while_busy, "one", "two")


def recurse(m, kind):
    """Recurse too deep in C code, in interpreters made here or there and used here or there."""
    for made, used in (("here", "there"), ("there", "here"), ("there", "there")):
        id = PLACES[made](create, m, kind)
        PLACES[used](m.run_string, id, DEEP)
        equal(value(runner(m, id), "survived"), 2)


@covers("run_string.thread", hazard="Deep recursion in C, in another thread than the maker's")
def deep_recursion_in_another_thread_is_an_error(m):
    """In C code as in Python code, too deep a recursion is no worse than a RecursionError."""
    each_kind(recurse)


CALLBACK = """
try:
    import ctypes
except ImportError:
    ctypes = None
where = []
def callback():
    where.append(int(m.get_current()))
    return 0
def call():
    if ctypes:
        ctypes.CFUNCTYPE(ctypes.c_int)(callback)()
    else:
        callback()
"""


def call_back(m, kind, nested):
    """Have C code call a Python function in an interpreter, or in one that it runs."""
    id = outer = create(m, kind)
    if nested:
        outer = create(m, kind)
        m.run_string(outer, importing() + "def call(): m.run_string(%d, 'call()')" % int(id))
    m.run_string(id, importing() + CALLBACK)
    m.run_string(outer, "call()")
    in_thread(m.run_string, outer, "call()")
    equal(value(runner(m, id), "where"), [int(id)] * 2)


@covers("Threads.callbacks", hazard="A ctypes callback in a subinterpreter")
def callbacks_run_where_the_c_code_was_called(m):
    """A ctypes callback runs in the interpreter whose code called the C function."""
    each_kind(call_back, False)


@covers("Threads.callbacks", hazard="A ctypes callback in a run that another interpreter makes")
def callbacks_in_nested_runs_run_where_the_c_code_was_called(m):
    """The same, where the code of one interpreter runs the code of another that calls C code."""
    each_kind(call_back, True)


CALLBACK_FROM_A_THREAD = """
import threading
def call_in_a_thread():
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
"""


def call_back_in_own_thread(m, kind):
    """Have C code call a Python function in a thread that the interpreter has started."""
    id = create(m, kind)
    m.run_string(id, importing() + CALLBACK + CALLBACK_FROM_A_THREAD)
    m.run_string(id, "call_in_a_thread()")
    equal(value(runner(m, id), "where"), [int(id)])


@covers("Threads.callbacks", hazard="A ctypes callback in a subinterpreter's own thread")
def callbacks_in_its_own_threads_run_in_the_interpreter(m):
    """A ctypes callback in a thread that the interpreter started runs in that interpreter."""
    each_kind(call_back_in_own_thread)


def raise_three_deep(m, kind):
    """Have the innermost of three runs raise."""
    ids = [create(m, kind) for _ in range(3)]
    for id, following in zip(ids, ids[1:]):
        m.run_string(id, importing() + "def go(): m.run_string(%d, 'go()')" % int(following))
    m.run_string(ids[2], "class Spam(KeyError): pass\ndef go(): raise Spam('eggs', 1)")
    error = caught(m.run_string, ids[0], "go()")
    equal([type(error).__name__, isinstance(error, KeyError)], ["Spam", True])
    equal(error.args, ("eggs", 1))
    equal([m.is_running(id) for id in ids], [False] * 3)


@covers("Threads.nest", "run_string.raises")
def an_exception_passes_through_nested_runs(m):
    """What the innermost of three runs raises reaches the outermost caller, class and arguments."""
    each_kind(raise_three_deep)


def nest_in_a_thread(m, kind):
    """Run code elsewhere in a thread of a subinterpreter, and look where that thread is."""
    one, two = create(m, kind), create(m, kind)
    code = importing() + (
        "import threading\nseen = []\ndef work():\n"
        " m.run_string(%d, 'spam = 1')\n seen.append(int(m.get_current()))\n"
        "thread = threading.Thread(target=work)\nthread.start()\nthread.join()"
    )
    m.run_string(one, code % int(two))
    equal(value(runner(m, one), "seen"), [int(one)])
    equal(value(runner(m, two), "spam"), 1)


@covers("Threads.nest", "Threads.back")
def threads_of_a_subinterpreter_run_code_elsewhere(m):
    """A thread that a subinterpreter started runs code in another one, and comes back."""
    each_kind(nest_in_a_thread)


def keep_thread_state(m, kind):
    """Compare what belongs to a thread in an interpreter, before and after it ran code elsewhere."""
    one, two = create(m, kind), create(m, kind)
    code = importing() + (
        "import contextvars, threading\n"
        "local, variable = threading.local(), contextvars.ContextVar('spam')\n"
        "local.spam = 1\nvariable.set(2)\n"
        "m.run_string(%d, 'import threading, contextvars')\n"
        "seen = [local.spam, variable.get()]"
    )
    equal(value(runner(m, one), "seen", code % int(two)), [1, 2])


@covers("Threads.back")
def what_belongs_to_a_thread_is_there_when_it_comes_back(m):
    """Thread-local data and context variables are what they were before the run elsewhere."""
    each_kind(keep_thread_state)
