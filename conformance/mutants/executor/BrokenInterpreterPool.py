"""Mutants of BrokenInterpreterPool."""

import concurrent.futures

from mutants.mutant import violates


@violates("BrokenInterpreterPool.broken-executor")
def is_a_runtime_error(m):
    """A broken pool has nothing to do with a broken executor."""
    m.BrokenInterpreterPool = type("BrokenInterpreterPool", (RuntimeError,), {})
    m._executor.BrokenInterpreterPool = m.BrokenInterpreterPool


@violates("BrokenInterpreterPool.broken-executor")
def is_just_a_broken_executor(m):
    """There is no class of its own."""
    m.BrokenInterpreterPool = concurrent.futures.BrokenExecutor
