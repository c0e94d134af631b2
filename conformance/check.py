"""What the checks are written with.

A check is a function that is given the module under test and returns if the module keeps its
promise.  Its name states a fact, its docstring is what a reader of the documentation sees, and
``@covers`` names the clauses it proves.  A check uses only the standard library and runs on any
Python from 3.8, in a process of its own: it may leave behind whatever it likes.

What happens in another interpreter is seen through pipes, because a file descriptor is the one
thing that all interpreters of a process share whatever the implementation.  That takes nothing but
``run_string()`` and leaves nothing of the suite inside the interpreter.

This file is imported in every process and in many interpreters.  So it imports little, and most of
that where it is used.
"""

import builtins
import os
import sys
import time

# Whether this Python can give an interpreter a GIL and an allocator of its own.
ISOLATES = sys.implementation.name != "cpython" or sys.version_info >= (3, 12)

# The kinds of interpreters that this Python has.
KINDS = ("shared", "isolated") if ISOLATES else ("shared",)

# How the worker came by the module under test: see load().
subject_name = None


class Missing(AttributeError):
    """The module under test lacks a documented name."""


class Subject:
    """The module under test; a name that it lacks raises Missing."""

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        try:
            return getattr(self._module, name)
        except AttributeError:
            raise Missing(name) from None


def covers(*clauses, isolates=None, ends=None, hazard=""):
    """Declare the clauses that a check proves.

    *isolates*: the check is only for a Python that can (True) or cannot (False) isolate
    interpreters.  *ends*: the check ends the process, which passes if its exit status and all
    that it wrote are this pair, such as ``(3, "")``.  *hazard*: what the check does may end or
    hang a process; this is what the table of hazards calls it.
    """

    def register(function):
        function.clauses = clauses
        function.isolates = isolates
        function.ends = ends
        function.hazard = hazard
        return function

    return register


def load(name):
    """Import the module under test.

    *name* is an adapter's file (``....py``), a module's name, or a mutant (``....py::FUNCTION``).
    """
    if ".py::" in name and not name.endswith(".py"):
        from mutants.mutant import mutate

        return Subject(mutate(*name.rsplit("::", 1)))
    if not name.endswith(".py"):
        __import__(name)
        return Subject(sys.modules[name])
    return Subject(load_file("conformance_adapter", name))


def load_file(name, path):
    """Return the module that the file *path* makes under the name *name*."""
    module = type(sys)(name)
    module.__file__ = path
    exec(type(__loader__)(name, path).get_code(name), vars(module))  # it knows compiled files
    return module


def importing():
    """Return source text that binds ``m`` to the module under test, in whichever interpreter."""
    folder = os.path.dirname(os.path.abspath(__file__))
    path = [folder] + [entry for entry in sys.path if entry != folder]
    return "import sys\nsys.path[:] = %r\nimport check\nm = check.load(%r)\n" % (path, subject_name)


class raises:
    """Expect the block to raise the documented exception *name*, or a subclass of it.

    *where* are words for the message, where one check expects it of several things.
    """

    def __init__(self, m, name, where=""):
        self.name = name
        self.where = where and ": " + where
        self.expected = getattr(m, name, None) or getattr(builtins, name, ())

    def __enter__(self):
        return self

    def __exit__(self, cls, error, traceback):
        if error is None:
            raise AssertionError("did not raise %s%s" % (self.name, self.where))
        if isinstance(error, Missing):
            return False
        if isinstance(error, self.expected):
            return True
        text = "%s, not %s%s: %.300s" % (cls.__name__, self.name, self.where, error)
        raise AssertionError("raised " + text) from error


def caught(run, *args):
    """Call ``run(*args)`` and return the exception that it raises, whichever it is."""
    try:
        run(*args)
    except Missing:
        raise
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def listen(then=None):
    """Return a list to which each auditing event of ours is added from now on, as a pair.

    It holds the name and the arguments.  ``then(name, arguments)`` is called in the hook, if it is
    given.
    """
    heard = []

    def hook(name, arguments):
        if name.startswith("interpreters."):
            heard.append((name, arguments))
            if then is not None:
                then(name, arguments)

    sys.addaudithook(hook)
    return heard


class refusing:
    """Have a hook refuse the auditing event *name*; expect the block to raise what the hook does."""

    def __init__(self, name):
        self.name = name
        self.error = None

    def __enter__(self):
        listen(self.hook)
        self.error = Exception("refused")

    def hook(self, name, arguments):
        if self.error is not None and name == self.name:
            raise self.error

    def __exit__(self, cls, error, traceback):
        expected, self.error = self.error, None
        if error is None:
            raise AssertionError("%s was not refused" % self.name)
        if error is not expected and isinstance(error, Exception):
            if isinstance(error, Missing):
                return False
            text = "raised %s, not what the hook raised: %.300s" % (cls.__name__, error)
            raise AssertionError(text) from error
        return error is expected


def hold(id):
    """Hold an object until the end, such as an ID where an interpreter dies with its ID."""
    vars(sys.modules["__main__"]).setdefault("held", []).append(id)
    return id


def create(m, kind, **options):
    """Create an interpreter of the *kind* "shared" or "isolated", however *m* is asked for it.

    *options* are passed on.  Before 3.12 CPython's *isolated* means something else, and the GIL is
    shared anyway.
    """
    isolated = kind == "isolated"
    for arguments in ({"isolated": isolated}, {"config": "isolated" if isolated else "legacy"}):
        try:
            return m.create(**arguments, **options)
        except TypeError:
            pass
    return m.create(**options)


def with_method(m, name):
    """Create an interpreter and return it; raise Missing if its class lacks the method *name*."""
    interpreter = m.create()
    if not hasattr(interpreter, name):
        raise Missing("Interpreter." + name)
    return interpreter


def bind(interpreter, **names):
    """Bind *names* in the __main__ of an *interpreter* by a call.

    That is what Interpreter.prepare_main() is for, which some implementations have for fewer objects.
    """
    code = "vars(__import__('sys').modules['__main__']).update(names)"
    interpreter.call(exec, code, {"names": names})


def in_main(source):
    """Execute *source* in the namespace of __main__ and return that.

    The file of a check is no module that anybody could import.  What is to be a function or class
    of the program is made like this.
    """
    namespace = vars(sys.modules["__main__"])
    exec(compile(source, "<program>", "exec", dont_inherit=True), namespace)
    return namespace


def each_kind(function, *arguments, **limits):
    """Call ``function(m, kind, *arguments)`` for each kind, as attempt() does."""
    for kind in KINDS:
        try:
            attempt(function, kind, *arguments, **limits)
        except AssertionError as error:
            raise AssertionError("%s (%s)" % (error, kind)) from None


def attempt(function, *arguments, ends=None, seconds=5, cpu=2, options=None, environment=()):
    """Call ``function(m, *arguments)`` in a process of its own, which may die or hang of it.

    *function* is at the top of its file, and *arguments* are literals.  What goes wrong is an
    AssertionError that begins with ``crash:`` or ``hang:`` if it is one of these.  A process that
    waits hangs after so many *seconds*; one that is busy after *cpu* seconds of its processor's
    time, which does not pass faster on a busy machine.  The process stops at once when the
    function comes back, unless *ends* says with which exit status and output it ends by itself.
    The Python has this one's *options*, if no others are given.
    """
    import signal
    import subprocess
    import tempfile

    call = (subject_name, function.__code__.co_filename, function.__name__, arguments)
    source = importing() + "check._attempted(%r, %r, *%r)" % (ends is None, cpu, call)
    if options is None:
        options = ["-s", "-S"] if sys.flags.no_site else ["-s"]
    command = [sys.executable, *options, "-X", "faulthandler", "-c", source]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **dict(environment)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("hang: had not ended after %g seconds" % seconds) from None
        output.seek(0)
        printed = output.read(100000).decode("utf-8", "replace")
    if status == -signal.SIGXCPU:
        raise AssertionError("hang: had not ended after %g seconds of processor time" % cpu)
    _judge_end(status, printed, ends)


def _attempted(stops, cpu, subject, path, name, arguments):
    """Make the call for attempt(), inside its process."""
    global subject_name
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    subject_name = subject
    try:
        getattr(load_file("checks", path), name)(load(subject), *arguments)
    except Exception as error:
        from worker import explain

        missing = isinstance(error, Missing)
        text = "missing: %s" % error if missing else explain(error, path)
        os.write(2, ("\n" + text).encode("utf-8", "backslashreplace"))
        os._exit(3 if missing else 1)
    if stops:
        os._exit(0)


def _judge_end(status, printed, ends):
    """Raise what the end of a process that attempt() made deserves."""
    lines = printed.strip().splitlines() or [""]
    fatal = [line for line in lines if line.startswith("Fatal Python error: ")]
    if status < 0 or fatal:
        signals = [ending(status)] if status < 0 else []
        raise AssertionError(": ".join(["crash"] + signals + fatal[:1]))
    if status == 3 and lines[-1].startswith("missing: "):
        raise Missing(lines[-1][len("missing: ") :])
    if ends is not None and (status, printed) != tuple(ends):
        raise AssertionError("ended with %s and printed: %s" % (ending(status), lines[-1]))
    if ends is None and status:
        raise AssertionError(lines[-1] or "ended with %s" % ending(status))


def ending(status):
    """Say how a process ended: by its exit status, or by the signal of which *status* is minus."""
    import signal

    return signal.Signals(-status).name if status < 0 else "exit status %d" % status


def ended_well(status):
    """Expect 0 of a child process; *status* is minus a signal, or its exit status."""
    if status:
        raise AssertionError("crash: %s of a child process" % ending(status))


def end_of_child(pid):
    """Wait for a child process; return its status."""
    status = os.waitpid(pid, 0)[1]
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def in_a_child(function, *args):
    """Call ``function(*args)`` in a child process that is forked, which must end well."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            function(*args)
            status = 0
        except BaseException as error:
            os.write(2, ("%s: %s\n" % (type(error).__name__, error)).encode())
        finally:
            os._exit(status)
    ended_well(end_of_child(pid))


def foreign(m, *, isolated=True):
    """Return the ID of an interpreter that something other than *m* created, or None.

    The Python's own private module creates it.  Where there is none, or it is the module under
    test, nothing else can: then a check has nothing to look at.
    """
    for name, shared in (("_interpreters", ["legacy"]), ("_xxsubinterpreters", [])):
        try:
            creator = __import__(name)
        except ImportError:
            continue
        if creator.create is m.create:
            break
        if isolated or sys.version_info < (3, 9):
            return creator.create()
        return creator.create(*shared) if shared else creator.create(isolated=False)
    return None


def equal(actual, expected):
    """Expect two values to be equal and of the same type."""
    if type(actual) is not type(expected) or actual != expected:
        raise AssertionError("got %r, not %r" % (actual, expected))


def stays(owner, name):
    """Expect an attribute to be read-only: to set or delete it raises AttributeError and changes nothing."""
    before = getattr(owner, name)
    for change in (lambda: setattr(owner, name, 5), lambda: delattr(owner, name)):
        error = caught(change)
        assert isinstance(error, AttributeError), "raised %s" % type(error).__name__
    equal(getattr(owner, name), before)


def value(run, expression, before=""):
    """Return the value of *expression*, a plain literal, in the interpreter behind *run*.

    *run* takes source text and runs it there; *before* is source text that runs first.
    """
    read, write = os.pipe()
    try:
        run("%s\nimport os\nos.write(%d, ascii(%s).encode())" % (before, write, expression))
    finally:
        os.close(write)
        with open(read, "rb") as pipe:
            answer = pipe.read()
    if not answer:
        raise AssertionError("the code did not run to its end: %s" % expression)
    return eval(answer.decode(), {"__builtins__": {}})


class busy:
    """Keep code running in the interpreter behind *run*, in another OS thread, for the block."""

    def __init__(self, run, before=""):
        (self.started, self.start), (stop, self.stopping) = os.pipe(), os.pipe()
        self.run, write = run, self.start
        self.code = "%s\nimport os\nos.write(%d, b'.')\nos.read(%d, 1)" % (before, write, stop)

    def __enter__(self):
        import threading

        self.thread = threading.Thread(target=self.target)
        self.thread.start()
        if os.read(self.started, 1) != b".":
            self.__exit__()
            raise AssertionError("the code did not start to run")
        return self

    def __exit__(self, *exception):
        os.close(self.stopping)
        self.thread.join()

    def target(self):
        try:
            self.run(self.code)
        finally:
            os.close(self.start)


def in_thread(function, *arguments):
    """Call ``function(*arguments)`` in another OS thread; return or raise what it does."""
    import threading

    outcome = []

    def target():
        try:
            outcome.append((function(*arguments), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


# One call of a C function that tells that it has begun, by a byte written to START, and then waits
# for one: the code takes no step between the two.
WAITS = """
import functools, os
calls = [functools.partial(os.write, START, b"."), functools.partial(os.read, %d, 1)]
list(map(functools.partial.__call__, calls))
"""

# Does not end.
LOOP = "while True: pass"

# Catches the KeyboardInterrupt that it gets, and then goes on.
CATCHING = """
import os
seen = []
try:
    os.write(%d, b".")
    while True: pass
except KeyboardInterrupt:
    seen.append("interrupted")
for i in range(1000000): pass
seen.append(i)
"""


def begun_in_time(call, code=CATCHING):
    """Return what ``call(seconds, code)`` does, with so many seconds that the code can begin."""
    for seconds in (0.02, 0.5, 4):
        read, write = os.pipe()
        try:
            return call(seconds, code % write)
        except TimeoutError:
            os.close(write)
            if os.read(read, 1) or seconds == 4:
                raise


def raised_in_a_thread_left_in(m, id, line):
    """Return the name of what *line* raises in a thread that a run has left behind, or "nothing".

    The line can use ``m``, and is executed when the run is over.
    """
    (wait, go), (told, tell) = os.pipe(), os.pipe()
    code = importing() + (
        "import os, _thread\n"
        "def work():\n"
        " os.read(%d, 1)\n"
        " try: %s\n"
        " except BaseException as error: os.write(%d, type(error).__name__.encode())\n"
        " else: os.write(%d, b'nothing')\n"
        "_thread.start_new_thread(work, ())"
    )
    m.run_string(id, code % (wait, line, tell, tell))
    os.write(go, b".")
    return os.read(told, 99).decode()


# Runs until told to stop, noting the time whenever it gets to run.
_TICKING = """
import os, time
ticks = []
os.write({start}, b".")
os.set_blocking({stop}, False)
while True:
    ticks.append(time.monotonic())
    time.sleep(0.0005)
    try:
        os.read({stop}, 1)
    except BlockingIOError:
        continue
    break
"""


def ticks_while_the_gil_is_held(run):
    """Return how often code behind *run* got to run while this interpreter held on to its GIL."""
    import threading

    (started, start), (stop, stopping) = os.pipe(), os.pipe()
    thread = threading.Thread(target=run, args=(_TICKING.format(start=start, stop=stop),))
    thread.start()
    os.read(started, 1)
    begin = time.monotonic()
    sum(range(10000000))  # one call into C, which never gives up the GIL
    end = time.monotonic()
    os.close(stopping)
    thread.join()
    margin = (end - begin) / 10
    return value(run, "sum(%r < t < %r for t in ticks)" % (begin + margin, end - margin))
