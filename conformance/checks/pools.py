"""What the checks of executors are written with.

Most tasks are calls of functions that every interpreter has: eval() and exec() take source text.
What is to be there for the next task is bound in the module builtins.
"""

import os
import select
import threading

from check import WAITS, Missing

# An object for eval() that is described by a call of a function, which is made where it arrives.
REDUCED = "type('Spam', (), {'__reduce__': lambda self: (%s, %r)})()"


def needs(m, name):
    """Raise Missing if a class of *m* lacks a method; *name* is both, such as "Future.interrupt"."""
    cls, method = name.split(".")
    if not hasattr(getattr(m, cls), method):
        raise Missing(name)


def evaluate(executor, expression):
    """Return the value of *expression* in a worker."""
    return executor.submit(eval, expression, {}).result()


def execute(executor, code):
    """Execute source text in a worker; what it binds is bound there for each task."""
    executor.submit(exec, "exec(%r, vars(__import__('builtins')))" % code, {}).result()


def begin(read, *tasks):
    """Wait for a byte that a task writes when it has begun; see to it that none of *tasks* ends."""
    while not select.select([read], [], [], 0.05)[0]:
        ended = [task for task in tasks if task.done()]
        if ended and not select.select([read], [], [], 0)[0]:
            raise AssertionError("the task has not begun, but ended: %r" % ended[0].exception())
    os.read(read, 1)


class held:
    """Hold up workers for the block: each executes a task that has begun, and ends with the block.

    The block is given the futures of these tasks.
    """

    def __init__(self, executor, count=1):
        self.executor, self.count = executor, count
        (self.told, self.tell), (self.wait, self.go) = os.pipe(), os.pipe()

    def __enter__(self):
        code = WAITS.replace("START", str(self.tell)) % self.wait
        tasks = [self.executor.submit(exec, code, {}) for _ in range(self.count)]
        del self.executor
        for _ in tasks:
            begin(self.told, *tasks)
        return tasks

    def __exit__(self, *exception):
        os.close(self.go)


def in_two(executor, expression):
    """Return the values of *expression* in two workers, in each by a task that waits for the other."""
    (one, two), values = (os.pipe(), os.pipe()), []
    for (read, _), (_, write) in ((one, two), (two, one)):
        meets = "[%s, __import__('os').write(%d, b'.'), __import__('os').read(%d, 1)][0]"
        values.append(executor.submit(eval, meets % (expression, write, read), {}))
    return [future.result() for future in values]


def written(read):
    """Return what has been written to a pipe by now."""
    return os.read(read, 1000) if select.select([read], [], [], 0)[0] else b""


class counted:
    """Count the OS threads that are started in the block, as far as they are Python's own."""

    def __enter__(self):
        self.before = set(threading.enumerate())
        return self

    def __exit__(self, *exception):
        pass

    @property
    def threads(self):
        return set(threading.enumerate()) - self.before
