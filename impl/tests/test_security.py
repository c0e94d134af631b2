"""What the package reads and runs: nothing that docs/explanation/security.rst does not name."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import interpreters
from interpreters import _interpreters
from support import InterpreterTest, run_process

#: Uses every part of the package, in the main interpreter and in others.
WORKLOAD = """
import sys, threading
import interpreters

def task(number):
    return number + 1

class Parcel:
    def __init__(self): self.content = [1]

def work(kind):
    worker = interpreters.create(isolated=kind)
    worker.exec(SETUP)
    queue = interpreters.create_queue()
    worker.prepare_main(queue=queue, view=memoryview(bytearray(4)), numbers=[1, 2])
    worker.exec("queue.put([1]); queue.put(lambda: 1); queue.put(view)")
    queue.get(), queue.get()(), queue.get()
    worker.call(task, 1), worker.call(type, Parcel()), worker.call(divmod, 7, 2)
    worker.call_in_thread(task, 1).join()
    try: worker.exec("raise KeyError(print, 1.5)")
    except KeyError: pass
    try: worker.exec("while True: pass", timeout=0.01)
    except TimeoutError: pass
    worker.redirect(stdout=[].append)
    worker.exec("print(1)")
    try: queue.put(threading.Lock())
    except interpreters.NotShareableError: pass
    if sys.version_info >= (3, 9): worker.memory()
    worker.close()

def main():
    for kind in (None, False):
        work(kind)
    with interpreters.InterpreterPoolExecutor(2) as executor:
        list(executor.map(task, range(4)))
    interpreters.set_spares(1)
    interpreters.create().close()
    interpreters.set_spares(0)
"""

#: Has an interpreter note what touches anything outside of the process, but for imports, and for the
#: lines of source that the traceback module shows.
RECORDER = """
import os, sys
GROUPS = ("open os socket subprocess shutil tempfile glob ctypes mmap fcntl pty urllib http ftplib "
          "smtplib sqlite3 webbrowser winreg msvcrt").split()
def _record(event, args):
    if event.partition(".")[0] not in GROUPS:
        return
    frame, files = sys._getframe(), []
    while frame is not None:
        files.append(frame.f_code.co_filename)
        frame = frame.f_back
    if not any("importlib._bootstrap" in file or "traceback.py" in file for file in files):
        seen = "AUDIT " + event + " " + ascii(args) + " " + ascii(files)
        os.write(2, seen.encode() + b"\\n")
class _Environment(dict):
    def _noted(name):
        def method(self, *args):
            os.write(2, ("ENVIRON " + name + ascii(args)).encode() + b"\\n")
            return getattr(dict, name)(self, *args)
        return method
    for _name in ("__getitem__", "__contains__", "__iter__", "get", "items", "keys", "values",
                  "copy", "__setitem__", "__delitem__", "pop", "update", "setdefault"):
        locals()[_name] = _noted(_name)
def _noted_getenv(name, default=None): os.write(2, b"ENVIRON getenv\\n")
os.environ, os.getenv = _Environment(), _noted_getenv
sys.addaudithook(_record)
"""


def recorded(more=""):
    """What is noted while the package is imported and does everything, and then does *more*."""
    source = RECORDER + "SETUP = " + repr(RECORDER) + WORKLOAD + "main()\n" + more
    status, printed, noted = run_process(source, options=("-B",))
    return status, printed, noted.splitlines()


class Outside(unittest.TestCase):
    """No file, no network, no environment."""

    def test_nothing_is_opened_or_asked(self):
        self.assertEqual(recorded(), (0, "", []))

    def test_something_would_be_noted(self):
        _, _, noted = recorded(
            "open(os.devnull).close()\n"
            "os.listdir('.')\n"
            "os.environ.get('HOME')\n"
            "one = interpreters.create()\n"
            "one.exec(SETUP)\n"
            "one.exec('open(os.devnull).close(); os.environ.get(str())')\n"
            "one.close()\n"
        )
        found = [" ".join(line.split("(")[0].split()[:2]) for line in noted]
        wanted = ["AUDIT open", "AUDIT os.listdir", "ENVIRON get", "AUDIT open", "ENVIRON get"]
        self.assertEqual(found, wanted)

    def test_the_c_code_calls_nothing_that_would(self):
        """A library has the name of each function that it calls, between two zeros."""
        with open(_interpreters.__file__, "rb") as file:
            library = file.read()
        names = (
            "getenv secure_getenv environ setenv fopen fopen64 openat creat opendir readlink socket"
        )
        names += " connect listen system popen execve execvp posix_spawn vfork dlopen dlsym"
        for name in names.split():
            self.assertNotIn(b"\0" + name.encode() + b"\0", library)
        if sys.platform == "linux":
            self.assertIsNotNone(re.search(rb"\0open(64)?\0", library))  # the next test tells why
            self.assertIn(b"\0PyObject_Call\0", library)


def can_trace():
    """Whether strace is here, and may watch a process; AddressSanitizer would be in its way."""
    strace = "ASAN_OPTIONS" not in os.environ and shutil.which("strace")
    return strace and not subprocess.call([strace, "-qq", "-o", os.devnull, "true"])


if can_trace():

    class Traced(unittest.TestCase):
        """The same as the system sees it: the C code included.

        Without the module site: what that imports for the machine may open what it likes.
        """

        def test_what_is_opened(self):
            with tempfile.TemporaryDirectory() as folder:
                calls = self.trace(folder)
                self.homes.append(folder)  # the current folder, in which modules are looked for too
            opened = [re.search(r'^open(?:at)?\(.*?"(.*?)", (\w+)', call) for call in calls]
            self.assertEqual({flag for _, flag in (o.groups() for o in opened if o)}, {"O_RDONLY"})
            places = {path for path, _ in (o.groups() for o in opened if o)}
            ours = {place for place in places if not self.is_of_python(place)}
            # The first to see whether there are descriptors left; the last is what the module traceback
            # asks for the lines of code that came as a string; the others are read by the C library:
            # the bounds of the stack, which CPython asks it for from 3.14 on, and what it goes by as it
            # gives memory back to the system, which is not in every run.
            of_c_library = {"/proc/self/maps", "/proc/sys/vm/overcommit_memory"}
            self.assertLessEqual(ours, {"/", "<unknown>"} | of_c_library)
            self.assertIn("/", ours)
            others = {call.partition("(")[0] for call in calls}
            for name in (
                "socket",
                "connect",
                "bind",
                "unlink",
                "rename",
                "mkdir",
                "chmod",
                "execve",
            ):
                self.assertNotIn(name, others)

        def trace(self, folder):
            """The calls between the begin and the end of the work, by the process and its threads."""
            path = os.path.dirname(os.path.dirname(os.path.abspath(_interpreters.__file__)))
            log = os.path.join(folder, "log")
            source = "import os; os.access('/BEGIN', 0)\nSETUP = ''\n" + WORKLOAD
            source += "main(); os.access('/END', 0)\n"
            strace = ["strace", "-f", "-qq", "-e", "trace=file,network", "-o", log]
            subprocess.run(
                [*strace, sys.executable, "-B", "-s", "-S", "-c", source],
                env={"PYTHONPATH": path, "HOME": folder},
                cwd=folder,
                check=True,
                timeout=120,
            )
            with open(log, errors="backslashreplace") as file:
                lines = [line.split(None, 1)[1] for line in file]
            (begin,) = [n for n, line in enumerate(lines) if '"/BEGIN"' in line]
            (end,) = [n for n, line in enumerate(lines) if '"/END"' in line]
            return lines[begin + 1 : end]

        def setUp(self):
            path = os.path.dirname(os.path.dirname(os.path.abspath(_interpreters.__file__)))
            self.homes = [path, sys.prefix, sys.base_prefix, os.path.dirname(os.__file__)]
            self.homes += [os.path.dirname(sys.executable), "/etc/ld.so", "/lib", "/usr/lib"]

        def is_of_python(self, place):
            """Whether modules and libraries, or what configures a Python, are looked for there."""
            real = os.path.realpath
            return any(
                place.startswith(home) or real(place).startswith(real(home)) for home in self.homes
            )


#: What pickles itself as a call of whatever it is told.
CALL = """
class Call:
    __module__ = "elsewhere"
    def __init__(self, function, *args): self.reduced = function, args
    def __reduce__(self): return self.reduced
    def __call__(self): pass
"""


class Arrivals(InterpreterTest):
    """What is executed where an object arrives."""

    def setUp(self):
        super().setUp()
        self.worker = interpreters.create()
        self.addCleanup(self.worker.close)
        self.queue = interpreters.create_queue()
        self.worker.prepare_main(queue=self.queue)

    def names_asked(self, send):
        """What pickle has looked up here while an item arrives."""
        self.worker.exec(CALL + send)
        del asked[:]
        self.queue.get()
        return list(asked)

    def test_plain_data_names_nothing(self):
        for value in ("None", "1", "2 ** 100", "1.5", "1j", "'text'", "b'bytes'", "bytearray(3)",
                      "(1, (2, frozenset({3})))", "[1, {'a': {2, None}}, (True, b'', bytearray(2), 1.5)]",
                      "memoryview(b'abc')",
                      "__import__('array').array('i', [1])", "queue"):  # fmt: skip
            with self.subTest(value):
                self.assertEqual(self.names_asked(f"queue.put({value})"), [])

    def test_a_pickle_calls_what_it_names(self):
        self.worker.exec(
            CALL + "queue.put(Call(eval, '__import__(\"interpreters\").get_current().id'))"
        )
        self.assertEqual(self.queue.get(), interpreters.get_current().id)
        self.assertEqual(self.worker.call(eval, "Call(eval, '40 + 2')"), 42)

    def test_a_function_by_value_is_made_and_not_called(self):
        del asked[:]
        self.worker.exec("queue.put(lambda: 1 / 0)")
        function = self.queue.get()
        self.assertTrue(all(module.startswith("interpreters") for module, _ in asked), asked)
        self.assertRaises(ZeroDivisionError, function)

    def test_a_hook_can_refuse(self):
        for send, found in (("Call(eval, '1')", "builtins.eval"), ("Call(list)", "builtins.list")):
            self.worker.exec(CALL + f"queue.put({send})")
            refused.add(tuple(found.split(".")))
            self.addCleanup(refused.clear)
            with self.assertRaisesRegex(PermissionError, found):
                self.queue.get()

    def test_a_hook_can_refuse_what_an_exception_brings(self):
        """The exception arrives all the same, with a text in the place of what it brings."""
        code = CALL + "import collections\nraise ValueError(Call(collections.OrderedDict))"
        with self.assertRaises(ValueError) as caught:
            self.worker.exec(code)
        self.assertEqual(caught.exception.args, ({},))
        refused.add(("collections", "OrderedDict"))
        self.addCleanup(refused.clear)
        with self.assertRaises(ValueError) as caught:
            self.worker.exec(code)
        self.assertIn("Call object at", caught.exception.args[0])

    def test_the_pickle_of_an_exception_can_reach_functions(self):
        """As the page admits: by getattr, and by classes whose instances can be called."""
        for found in (
            "Call(getattr, Call(getattr, os._Environ, '__init__'), '__globals__')",
            "Call(Call(operator.attrgetter, '__init__.__globals__'), os._Environ)",
        ):
            code = f"{CALL}\nimport operator, os\nnamespace = {found}\n"
            code += "raise ValueError(Call(Call(Call(getattr, namespace, 'get'), 'getpid')))"
            with self.assertRaises(ValueError) as caught:
                self.worker.exec(code)
            self.assertEqual(caught.exception.args, (os.getpid(),))

    def test_what_replaces_the_pickler_must_return_bytes(self):
        code = "import interpreters._pickling as p\np.dumps = lambda *_: 5\nqueue.put([1])"
        with self.assertRaises(interpreters.NotShareableError):
            self.worker.exec(code)


asked = []  # the names that pickle was asked for in this interpreter
refused = set()


def hook(event, args):
    if event == "pickle.find_class":
        asked.append(args)
        if args in refused:
            raise PermissionError("{}.{}".format(*args))


sys.addaudithook(hook)


if __name__ == "__main__":
    unittest.main()
