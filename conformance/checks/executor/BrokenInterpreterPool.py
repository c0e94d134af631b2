"""BrokenInterpreterPool."""

import concurrent.futures

from check import caught, covers, equal


@covers("BrokenInterpreterPool.broken-executor")
def it_is_a_broken_executor(m):
    """A subclass of concurrent.futures.BrokenExecutor, of its own."""
    cls, usual = m.BrokenInterpreterPool, concurrent.futures.BrokenExecutor
    equal([issubclass(cls, usual), cls is usual], [True, False])


@covers("BrokenInterpreterPool.broken-executor")
def what_a_broken_pool_raises_is_a_broken_executor(m):
    """The exception of a task, and that of submit(), are caught by that name."""
    executor = m.InterpreterPoolExecutor(1, initializer=int, initargs=("spam",))
    errors = [executor.submit(abs, -1).exception(), caught(executor.submit, abs, -1)]
    equal([isinstance(error, concurrent.futures.BrokenExecutor) for error in errors], [True, True])
