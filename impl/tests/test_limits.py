"""When something runs out, it is an exception: memory, descriptors, the C stack, tracemalloc.

Each test is a process of its own.
"""

import os
import unittest

import support

PROLOGUE = """
import os, sys, threading
from interpreters import _interpreters as low

def create():
    return low.create(isolated={isolated})

def create_until_refused(most):
    ids = []
    while len(ids) < most:
        try:
            ids.append(create())
        except low.InterpreterError as error:
            return ids, str(error)
    return ids, "never refused"
"""

DESCRIPTORS = """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
opened = [os.open(os.devnull, os.O_RDONLY)]
resource.setrlimit(resource.RLIMIT_NOFILE, (opened[0] + 12, hard))
for wanted in range(11, -1, -1):
    # Fewer and fewer are left.
    while len(opened) < 12 - wanted:
        opened.append(os.open(os.devnull, os.O_RDONLY))
    ids, message = create_until_refused(1)
    for id in ids:
        low.destroy(id)
assert not ids
for each in opened:
    os.close(each)
low.run_string(create(), "import json")
print(message)
"""

# Interpreters until there is no room, again and again with less of it.
MEMORY = """
import mmap, resource, warnings
warnings.simplefilter("ignore")  # about -1 (3.15)
def used():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * mmap.PAGESIZE
low.destroy(create())  # with all that it takes once
messages = []
for room in (20, 30, 45, 60, 90):
    resource.setrlimit(resource.RLIMIT_AS, (used() + (room << 20), -1))
    ids, message = create_until_refused(40)
    messages.append(message)
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    for id in ids:
        low.run_string(id, "x = 1")
        low.destroy(id)
print(messages[0])
"""

TRACEMALLOC = """
import tracemalloc
id = create()
tracemalloc.start()
if {isolated}:
    for refused in (create, lambda: low.run_string(id, ""), lambda: low.destroy(id)):
        try:
            refused()
        except low.InterpreterError as error:
            assert "tracemalloc.stop()" in str(error), error
        else:
            raise AssertionError(refused)
    tracemalloc.stop()
low.run_string(id, "import json, threading; x = [1] * 1000")
try:
    low.run_string(id, "1/0")
except ZeroDivisionError:
    pass
thread = threading.Thread(target=low.run_string, args=(id, "y = [1] * 1000"))
thread.start()
thread.join()
if sys.version_info < (3, 12) and not {isolated}:
    try:
        create()
    except low.InterpreterError as error:
        assert "tracemalloc.stop()" in str(error), error
else:
    low.destroy(create())
low.destroy(id)
tracemalloc.stop()
low.destroy(create())
print("done")
"""

# Each interpreter runs code in the next, and the last one finds them all running.
CHAIN = """
ids = [create() for _ in range(50)]
for one, two in zip(ids, ids[1:]):
    low.run_string(one, f"import sys; sys.path[:] = {sys.path!r}; from interpreters import _interpreters as low")
    low.run_string(one, f"def go(): low.run_string({two}, 'go()')")
low.run_string(ids[-1], f"import sys; sys.path[:] = {sys.path!r}; from interpreters import _interpreters as low")
low.run_string(ids[-1], '''def go():
    for id in low.enumerate():
        try:
            low.run_string(id, "")
        except low.InterpreterError:
            pass
        else:
            print("not running:", id)
    raise LookupError("at the end")
''')
for _ in range(2):
    try:
        low.run_string(ids[0], "go()")
    except LookupError as error:
        assert error.args == ("at the end",)
    else:
        print("no exception")
for id in ids:
    assert not low.is_running(id)
    low.destroy(id)
print("done")
"""

# Calls from C into C, as deep as Python lets them, in threads with stacks of every size.
RECURSION = """
code = '''if True:
    import functools, json
    def deep(function, make):
        try:
            function(make())
        except RecursionError:
            global caught
            caught = True
    def nested(depth=100000):
        value = []
        for _ in range(depth):
            value = [value]
        return value
    def partials(depth=100000):
        value = functools.partial(int)
        for _ in range(depth):
            value = functools.partial(value)
        return value
    caught = False
    deep(repr, nested)
    deep(json.dumps, nested)
    def forever():
        return sorted([1, 2], key=lambda _: forever())
    deep(lambda _: forever(), int)
    assert caught
'''
id = create()
def run():
    low.run_string(id, code)
    with_exception()
def with_exception():
    try:
        low.run_string(id, "def f(): f()\\nf()")
    except RecursionError:
        pass
    else:
        print("no exception")
run()
# Only from 3.14 does Python ask how large the stack is.
small = [256, 512, 1024] if sys.version_info >= (3, 14) else []
for size in small + [8192, 0, 64 * 1024]:
    threading.stack_size(size * 1024)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
run()
print("done")
"""


class Limits(unittest.TestCase):
    def check(self, body, expected="done\n", timeout=120):
        for isolated in support.KINDS:
            with self.subTest(isolated=isolated):
                source = (PROLOGUE + body).replace("{isolated}", str(isolated))
                source += "\nsys.exit(3)\n"
                status, output, errors = support.run_process(source, timeout)
                self.assertEqual((status, errors), (3, ""))
                self.assertRegex(output, expected)

    @unittest.skipIf(os.name == "nt", "there is no such limit")
    def test_descriptors(self):
        self.check(DESCRIPTORS, "no interpreter could be created: ")

    @unittest.skipUnless(os.path.exists("/proc/self/statm"), "the size of a process is not known")
    def test_memory(self):
        self.check(MEMORY, "no interpreter could be created: ")

    def test_tracemalloc(self):
        self.check(TRACEMALLOC)

    def test_a_chain_of_interpreters(self):
        self.check(CHAIN)

    def test_c_recursion_in_any_thread(self):
        self.check(RECURSION)


if __name__ == "__main__":
    unittest.main()
