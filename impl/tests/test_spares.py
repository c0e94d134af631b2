"""Spares where they could be seen too early, be of the wrong kind, stay behind, or hang the process.

What is promised of them is checked by the conformance suite; this is about the thread that makes them
in the background, beside everything else that makes, takes, counts and ends interpreters.
"""

import os
import sys
import time
import tracemalloc
import unittest

import interpreters
from support import KINDS, PATH, InterpreterTest, elsewhere, foreign, run_process

try:
    import resource
except ImportError:
    resource = None


class SpareTest(InterpreterTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.end_spares)

    def end_spares(self):
        interpreters.set_spares(0)
        self.wait_for(0)

    def wait_for(self, count):
        """Wait until so many are ready."""
        end = time.monotonic() + 100
        while interpreters.get_spares() != count:
            self.assertLess(time.monotonic(), end, "there are %d" % interpreters.get_spares())
            time.sleep(0.001)

    def ids(self):
        return [each.id for each in interpreters.enumerate()]

    def all_ids(self):
        """The IDs of all, hidden ones too: CPython knows them."""
        ids = foreign().list_all()
        return sorted(int(id[0] if isinstance(id, tuple) else id) for id in ids)

    def wait_until_all_are_gone(self):
        end = time.monotonic() + 100
        while self.all_ids() != self.before and time.monotonic() < end:
            time.sleep(0.001)
        self.assertEqual(self.all_ids(), self.before)

    def take(self, **kind):
        interpreter = interpreters.create(**kind)
        self.addCleanup(self.close, interpreter)
        return interpreter

    def close(self, interpreter):
        try:
            interpreter.close()
        except interpreters.InterpreterNotFoundError:
            pass

    def value(self, interpreter, expression):
        queue = interpreters.create_queue()
        interpreter.prepare_main(queue=queue)
        interpreter.exec(f"import sys; queue.put({expression})")
        return queue.get_nowait()


class Counts(SpareTest):
    def test_they_are_made_taken_and_replaced(self):
        for isolated in KINDS:
            interpreters.set_spares(3, isolated=isolated)
            self.wait_for(3)
            self.assertEqual(self.ids(), self.before)
            taken = [self.take(isolated=isolated) for _ in range(10)]  # more than there are
            self.assertEqual(len({each.id for each in taken}), 10)
            for each in taken:
                each.exec("import threading")
            self.wait_for(3)
            for each in taken:
                each.close()
            interpreters.set_spares(0)
            self.assertEqual(interpreters.get_spares(), 0)
            self.wait_until_all_are_gone()

    def test_there_are_never_more_than_wanted(self):
        for count in (5, 1, 4, 2, 0):
            interpreters.set_spares(count)
            self.wait_for(count)
            self.assertEqual(len(self.all_ids()), len(self.before) + count)

    def test_numbers(self):
        for wrong in (-1, 65, 2**31, 10**30, -(10**30)):
            with self.assertRaises((ValueError, OverflowError)):
                interpreters.set_spares(wrong)
        for wrong in ("1", 1.0, None, []):
            with self.assertRaises(TypeError):
                interpreters.set_spares(wrong)
        with self.assertRaisesRegex(ValueError, "^count must be from 0 to 64"):
            interpreters.set_spares(65)
        self.assertEqual(interpreters.get_spares(), 0)

    @unittest.skipIf(True in KINDS, "this Python can isolate interpreters")
    def test_isolated_ones_that_cannot_be_made(self):
        interpreters.set_spares(1)
        self.wait_for(1)
        with self.assertRaisesRegex(interpreters.InterpreterError, "isolated.* 3.12"):
            interpreters.set_spares(1, isolated=True)
        self.assertEqual(interpreters.get_spares(), 1)
        with self.assertRaisesRegex(interpreters.InterpreterError, r"this is 3\.\d+\.\d+: use"):
            interpreters.create(isolated=True)
        self.assertEqual(interpreters.get_spares(), 1)

    def test_nobody_finds_one_before_it_is_taken(self):
        """Not by its ID either, whether it is being made or ready."""
        for isolated in KINDS:
            first = self.take(isolated=isolated)
            interpreters.set_spares(4, isolated=isolated)
            end, seen = time.monotonic() + 100, False
            while not seen and time.monotonic() < end:
                seen = interpreters.get_spares() == 4
                self.assertEqual(self.ids(), self.before + [first.id])
                for id in range(first.id + 1, first.id + 10):
                    with self.assertRaises(interpreters.InterpreterNotFoundError):
                        interpreters.Interpreter(id)
                    hidden = interpreters.Interpreter.__new__(interpreters.Interpreter)
                    hidden._id = id
                    for use in (
                        hidden.close,
                        hidden.interrupt,
                        hidden.is_running,
                        lambda hidden=hidden: hidden.exec("pass"),
                        lambda hidden=hidden: hidden.call(len, ""),
                    ):
                        with self.assertRaises(interpreters.InterpreterNotFoundError):
                            use()
            self.assertTrue(seen)
            first.close()

    def test_ids_are_their_own(self):
        """Each has an ID that nobody had before, whichever comes first."""
        seen = set()
        interpreters.set_spares(2)
        for _ in range(10):
            interpreter = interpreters.create()
            self.assertNotIn(interpreter.id, seen)
            self.assertIn(interpreter.id, self.ids())
            seen.add(interpreter.id)
            interpreter.close()
            self.assertNotIn(interpreter.id, self.ids())

    @unittest.skipUnless(os.path.isdir("/proc/self/task"), "the threads cannot be counted")
    def test_the_thread_that_makes_them_ends(self):
        for _ in range(3):
            interpreters.set_spares(2)
            self.wait_for(2)
            self.take()
            self.wait_for(2)
        end = time.monotonic() + 100
        while len(os.listdir("/proc/self/task")) > 4 and time.monotonic() < end:
            time.sleep(0.001)
        self.assertLess(len(os.listdir("/proc/self/task")), 5)


class Kinds(SpareTest):
    """Who asks for one kind gets that one."""

    def check(self, interpreter, isolated, site):
        self.assertEqual(self.value(interpreter, "'site' in sys.modules"), site)
        try:
            interpreters._interpreters.run_string_unrestricted(interpreter.id, "")
        except interpreters.InterpreterError as error:
            self.assertTrue(isolated, error)
        else:
            self.assertFalse(isolated)

    def test_changed_kinds(self):
        before = 0
        for isolated in KINDS:
            for site in (True, False, True):
                interpreters.set_spares(2, isolated=isolated, site=site)
                interpreter = self.take(isolated=isolated, site=site)
                self.check(interpreter, isolated, site)
                self.wait_for(2)
                interpreter = self.take(isolated=isolated, site=site)
                self.check(interpreter, isolated, site)
                self.assertGreater(interpreter.id, before)
                other = self.take(isolated=isolated, site=not site)
                self.check(other, isolated, not site)
                self.assertLessEqual(interpreters.get_spares(), 2)

    def test_what_is_changed_while_they_are_made(self):
        for _ in range(10):
            for isolated in KINDS:
                for site in (True, False):
                    interpreters.set_spares(2, isolated=isolated, site=site)
                    interpreter = interpreters.create(isolated=isolated, site=not site)
                    self.check(interpreter, isolated, not site)
                    if not isolated:  # it is parked
                        interpreter.close()
                        continue
                    interpreter.close()
        interpreters.set_spares(0)
        self.wait_for(0)

    def test_several_threads_that_want_different_kinds(self):
        def set_and_take(isolated, site):
            for n in range(8):
                interpreters.set_spares(n % 3, isolated=isolated, site=site)
                interpreter = interpreters.create(isolated=isolated, site=site)
                self.assertEqual(self.value(interpreter, "'site' in sys.modules"), site)
                if isolated:
                    with self.assertRaises(interpreters.InterpreterError):
                        interpreters._interpreters.run_string_unrestricted(interpreter.id, "")
                interpreter.close()

        threads = [
            self.start(set_and_take, isolated, site) for isolated in KINDS for site in (True, False)
        ]
        for thread in threads:
            thread.join()
        interpreters.set_spares(0)
        self.wait_for(0)
        self.assertEqual(self.ids(), self.before)


class Heritage(SpareTest):
    def test_the_path_and_the_arguments_of_who_takes_it(self):
        for isolated in KINDS:
            interpreters.set_spares(2, isolated=isolated)
            self.wait_for(2)
            sys.path.append("/spam")
            sys.argv.append("eggs\udc80")
            try:
                interpreter = self.take(isolated=isolated)
                self.assertEqual(self.value(interpreter, "tuple(sys.path)"), tuple(sys.path))
                self.assertEqual(self.value(interpreter, "tuple(sys.argv)"), tuple(sys.argv))
            finally:
                sys.path.pop()
                sys.argv.pop()
            interpreters.set_spares(0)

    def test_a_subinterpreter_takes_it(self):
        for isolated in KINDS:
            taker = self.take(isolated=isolated)
            taker.exec(PATH)
            interpreters.set_spares(1, isolated=isolated)
            self.wait_for(1)
            taker.exec(
                f"""if True:
                    sys.path.append("/spam")
                    sys.argv = ["eggs"]
                    other = interpreters.create(isolated={isolated})
                    q = interpreters.create_queue()
                    other.prepare_main(q=q)
                    other.exec("import sys; q.put((sys.path[-1], tuple(sys.argv)))")
                    assert q.get() == ("/spam", ("eggs",))
                    assert sys.path[-1] == "/spam"
                    other.close()
                """
            )
            interpreters.set_spares(0)

    def test_a_subinterpreter_sets_them(self):
        """They are there when it is gone."""
        for isolated in KINDS:
            setter = self.take(isolated=isolated)
            setter.exec(PATH + f"interpreters.set_spares(2, isolated={isolated})")
            setter.close()
            self.wait_for(2)
            interpreter = self.take(isolated=isolated)
            interpreter.exec(PATH + "assert interpreters.get_spares() <= 2")
            interpreter.exec("interpreters.set_spares(0)")
            self.assertEqual(interpreters.get_spares(), 0)

    def test_one_that_was_taken_is_like_any_other(self):
        for isolated in KINDS:
            for place in (lambda function: function(), elsewhere):
                interpreters.set_spares(1, isolated=isolated)
                self.wait_for(1)
                interpreter = place(
                    lambda isolated=isolated: interpreters.create(isolated=isolated)
                )
                interpreters.set_spares(0)
                reader, writer = self.pipe()
                interpreter.exec(
                    f"""if True:
                        import atexit, os, threading
                        assert threading.current_thread() is threading.main_thread()
                        thread = threading.Thread(target=os.write, args=({writer}, b"t"))
                        thread.start()
                        thread.join()
                        atexit.register(os.write, {writer}, b"a")
                    """
                )
                self.start(interpreter.exec, "assert threading.active_count() == 1").join()
                interpreter.close()
                self.assertEqual(os.read(reader, 10), b"ta")

    def test_cpythons_own_module_uses_one(self):
        theirs = foreign()
        for isolated in KINDS:
            interpreters.set_spares(1, isolated=isolated)
            self.wait_for(1)
            interpreter = self.take(isolated=isolated)
            theirs.run_string(interpreter.id, "x = 1")
            interpreter.exec("assert x == 1")
            theirs.destroy(interpreter.id)
            self.assertNotIn(interpreter.id, self.ids())
            interpreters.set_spares(0)


class SameTime(SpareTest):
    def test_many_that_take(self):
        for isolated in KINDS:
            interpreters.set_spares(4, isolated=isolated)
            made = []

            def take(isolated=isolated, made=made):
                for _ in range(6):
                    interpreter = interpreters.create(isolated=isolated)
                    interpreter.exec("x = 1")
                    made.append(interpreter.id)
                    interpreter.close()

            threads = [self.start(take) for _ in range(4)]
            for thread in threads:
                thread.join()
            self.assertEqual(len(set(made)), 24)
            self.assertEqual(self.ids(), self.before)

    def test_many_that_set(self):
        def set_them(counts):
            for count in counts:
                interpreters.set_spares(count)
                self.assertLessEqual(interpreters.get_spares(), 5)

        threads = [self.start(set_them, [n, 0, 5, 1] * 3) for n in range(4)]
        for thread in threads:
            thread.join()
        interpreters.set_spares(2)
        self.wait_for(2)
        interpreters.set_spares(0)
        self.wait_until_all_are_gone()

    def test_others_create_at_the_same_time(self):
        """By this module, with and without site, and by CPython's own."""
        theirs = foreign()
        interpreters.set_spares(3)
        for _ in range(5):
            taken = interpreters.create()
            other = interpreters.create(site=False)
            id = theirs.create()
            self.assertFalse(self.value(other, "'site' in sys.modules"))
            self.assertTrue(self.value(taken, "'site' in sys.modules"))
            theirs.destroy(id)
            other.close()
            taken.close()


class Failures(SpareTest):
    def test_tracemalloc_is_tracing(self):
        """It may be that none can be made or taken then; why not is told, and none is left over."""
        for isolated in KINDS:
            interpreters.set_spares(1, isolated=isolated)
            self.wait_for(1)
            tracemalloc.start()
            try:
                for _ in range(3):
                    try:
                        interpreter = interpreters.create(isolated=isolated)
                    except interpreters.InterpreterError as error:
                        self.assertIn("tracemalloc", str(error))
                    else:
                        interpreter.close()
                    self.assertEqual(self.ids(), self.before)
                interpreters.set_spares(2, isolated=isolated)
            finally:
                tracemalloc.stop()
            interpreters.set_spares(2, isolated=isolated)
            self.wait_for(2)
            interpreters.set_spares(0)
            self.wait_for(0)
            self.wait_until_all_are_gone()

    def test_tracemalloc_is_tracing_when_they_are_no_longer_wanted(self):
        for isolated in KINDS:
            interpreters.set_spares(2, isolated=isolated)
            self.wait_for(2)
            tracemalloc.start()
            try:
                interpreters.set_spares(0)
                self.assertEqual(self.ids(), self.before)
            finally:
                tracemalloc.stop()
            interpreters.set_spares(1)
            self.wait_for(1)
            interpreters.set_spares(0)
            self.assertEqual(self.ids(), self.before)


PROLOGUE = """
import atexit, os, random, sys, threading, time
import interpreters

def set_spares(count, **kind):
    interpreters.set_spares(count, isolated={isolated}, **kind)

def create(**kind):
    return interpreters.create(isolated={isolated}, **kind)

def wait_for(count):
    end = time.monotonic() + 50
    while interpreters.get_spares() != count and time.monotonic() < end:
        time.sleep(0.001)
    assert interpreters.get_spares() == count, interpreters.get_spares()
"""

NO_DESCRIPTORS = """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
os.open("/", os.O_RDONLY)
highest = max(map(int, os.listdir("/proc/self/fd"))) if os.path.isdir("/proc/self/fd") else 10
resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
set_spares(3)
time.sleep(0.05)
assert interpreters.get_spares() == 0
for _ in range(3):
    try:
        create()
    except interpreters.InterpreterError as error:
        print(error)
assert len(interpreters.enumerate()) == 1
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
create()
wait_for(3)
"""

NO_DESCRIPTORS_LATER = """
import resource
set_spares(2)
wait_for(2)
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
made = [create(), create()]
try:
    create()
except interpreters.InterpreterError as error:
    print(error)
for each in made:
    each.exec("x = 1")
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
set_spares(2)
wait_for(2)
"""

NO_MEMORY = """
import resource
set_spares(1)
wait_for(1)
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
soft, hard = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (used + (8 << 20), hard))
one = create()
try:
    create()
except interpreters.InterpreterError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
one.exec("x = 1")
"""

READY = """
set_spares(3)
wait_for(3)
create().exec("import threading")
"""

BEING_MADE = """
set_spares(8)
time.sleep(random.random() * 0.05)
"""

BEING_MADE_AND_TAKEN = """
set_spares(4)
def take():
    while True:
        try:
            create().close()
        except interpreters.InterpreterError as error:
            if "the process is ending" not in str(error) and "does not exist" not in str(error):
                os.write(2, str(error).encode())
            return
for _ in range(2):
    threading.Thread(target=take, daemon=True).start()
time.sleep(random.random() * 0.05)
"""

SET_BY_AN_INTERPRETER = """
one = create()
one.exec("import interpreters; interpreters.set_spares(8, isolated={isolated})")
time.sleep(random.random() * 0.05)
"""

SET_AT_EXIT = """
atexit.register(set_spares, 4)
atexit.register(lambda: create())
"""

TOO_LATE = """
import atexit
def late():
    set_spares(4)
    try:
        create()
    except interpreters.InterpreterError as error:
        print(error)
    assert interpreters.get_spares() == 0
    set_spares(0)
atexit.register(late)
"""

FORKS = """
set_spares(4)
for n in range(12):
    time.sleep(random.random() * 0.02)
    pid = os.fork()
    if pid == 0:
        assert interpreters.get_spares() == 0
        assert len(interpreters.enumerate()) == 1
        own = create(site=n % 2 == 0)
        own.exec("import sys; assert ('site' in sys.modules) == %d, 'site'" % (n % 2 == 0))
        set_spares(1)
        if n % 3 == 0:
            wait_for(1)
            create().close()
        if n % 2:
            sys.exit(5)
        own.close()
        sys.stdout.flush()
        os._exit(5)
    status = os.waitpid(pid, 0)[1]
    assert status == 5 << 8, status
    create().close()
wait_for(4)
"""


@unittest.skipIf(resource is None, "no limits here")
class Limits(unittest.TestCase):
    maxDiff = None

    def check(self, body, lines):
        for isolated in KINDS:
            source = (PROLOGUE + body).replace("{isolated}", str(isolated)) + "\nsys.exit(3)\n"
            with self.subTest(isolated=isolated):
                self.assertEqual(run_process(source), (3, lines, ""))

    def test_no_descriptors_are_left_for_more(self):
        self.check(NO_DESCRIPTORS_LATER, "no interpreter could be created: too many open files\n")

    @unittest.skipUnless(os.path.exists("/proc/self/statm"), "how much is used is not known")
    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "AddressSanitizer takes all there is")
    def test_no_memory_is_left(self):
        self.check(NO_MEMORY, "no interpreter could be created: out of memory\n")


class Processes(unittest.TestCase):
    maxDiff = None

    def check(self, body, output="", times=1, before=""):
        for isolated in KINDS:
            for _ in range(times):
                source = (PROLOGUE + body).replace("{isolated}", str(isolated)) + "\nsys.exit(3)\n"
                with self.subTest(isolated=isolated):
                    done = run_process(
                        before + source, options=("-W", "ignore::DeprecationWarning")
                    )
                    self.assertEqual(done, (3, output, ""))

    def test_some_are_ready(self):
        self.check(READY)

    def test_some_are_being_made(self):
        self.check(BEING_MADE, times=8)

    def test_some_are_being_made_and_taken(self):
        self.check(BEING_MADE_AND_TAKEN, times=5)

    def test_a_subinterpreter_has_set_them(self):
        self.check(SET_BY_AN_INTERPRETER, times=3)

    def test_they_are_set_at_exit(self):
        self.check(SET_AT_EXIT, times=3)

    def test_it_is_too_late(self):
        before = "import atexit\natexit.register(lambda: late())\n"
        body = TOO_LATE.replace("import atexit\n", "").replace("atexit.register(late)\n", "")
        self.check(body, "no interpreter could be created: the process is ending\n", before=before)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "its malloc() keeps locks in the child")
    def test_forks_while_they_are_made(self):
        self.check(FORKS, times=2)


if __name__ == "__main__":
    unittest.main()
