"""Have each allocation of an operation fail in turn, each in a process of its own.

    sweep.py OPERATIONS                                            which there are
    sweep.py OPERATIONS KIND FIRST LAST NAME,... [onwards] [stop]

A trial prepares the operation, performs it with its n-th allocation failing, and looks at what is
left: the operation itself knows what is to be so (operations.py), and here is what is so for all of
them.  It is made in the child process of a fork, which ends as processes do.  So the next one finds
everything as it was, whatever has become of this one.  Of each trial a line of JSON is written; the
last one is that in which nothing was left to fail.
"""

import faulthandler
import gc
import importlib.util
import json
import os
import sys
import tempfile
import time
import traceback

import faults
from interpreters import _interpreters

LIMIT = 60  # seconds, after which a trial is taken to hang

# What an operation may raise for want of memory, besides what it says itself.
REFUSALS = (MemoryError, _interpreters.InterpreterError)


def state():
    """What the process has, as far as a trial is to leave it as it was."""
    return {
        "interpreters": _interpreters.enumerate(),
        "threads": len(os.listdir("/proc/self/task")),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "blocks": faults.blocks(),
    }


def grown(before, after):
    """By how much each is more than before."""
    return {
        "interpreters": len(after["interpreters"]) - len(before["interpreters"]),
        "threads": after["threads"] - before["threads"],
        "descriptors": after["descriptors"] - before["descriptors"],
        "blocks": after["blocks"] - before["blocks"],
    }


def growth(before, usual):
    """What is more than before, by more than is usual; what is about to end is waited for."""
    until = time.monotonic() + 2
    while True:
        by = grown(before, state())
        more = {name: by[name] for name in by if by[name] > usual[name]}
        if not more or time.monotonic() > until:
            return more
        time.sleep(0.002)
        gc.collect()


def forgotten(error):
    """The exception and those it refers to without their tracebacks, which keep objects alive."""
    known = set()
    left = [error]
    while left:
        each = left.pop()
        if each is not None and id(each) not in known:
            known.add(id(each))
            each.__traceback__ = None
            left += [each.__cause__, each.__context__]
    return error


def is_refusal(error):
    """May an operation raise it for want of memory?"""
    wanting = type(error) is RuntimeError and ("thread" in str(error) or "lock" in str(error))
    broken = type(error).__name__ == "BrokenInterpreterPool"  # of a pool without an interpreter
    return wanting or broken or isinstance(error, REFUSALS)


def trial(function, nth, kind, onwards=False, stop=False):
    """Perform the operation once with its n-th allocation failing: what came of it, and why."""
    operation = function()
    action = next(operation)
    value, error, _, failed = faults.call(
        action,
        nth,
        python=kind == "python",
        everywhere=kind == "everywhere",
        onwards=onwards,
        stop=stop,
    )
    if error is not None and not (failed and is_refusal(error)):
        raise AssertionError("it has raised what it must not") from error
    why = "" if error is None else f"{type(error).__name__}: {error}"
    refused = error is not None
    result = iter([value, forgotten(error)])  # which keeps nothing of what it has given
    del value, error
    try:
        operation.send(result)
    except StopIteration:
        return ("refused" if refused else "unharmed" if failed else "ended"), why
    raise AssertionError("an operation is performed once")


def report(**fields):
    print(json.dumps(fields), flush=True)


def load(path):
    spec = importlib.util.spec_from_file_location("operations", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["operations"] = module
    spec.loader.exec_module(module)
    return module.OPERATIONS, getattr(module, "LIMIT", LIMIT)


def attempt(function, nth, kind, usual, **how):
    """A trial and what it leaves."""
    before = state()
    try:
        outcome, why = trial(function, nth, kind, **how)
        more = growth(before, usual)
        if more:
            raise AssertionError(f"more than before: {more}; {outcome} {why}")
        return outcome, why
    except BaseException:
        return "violation", traceback.format_exc()


def attempt_apart(limit, *args, **how):
    """The same in a process of its own, which then ends as processes do.

    Returns what came of it, why, and what was written to the standard error stream."""
    read, write = os.pipe()
    with tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            os.close(read)
            os.dup2(errors.fileno(), 2)
            faulthandler.dump_traceback_later(limit, exit=True)
            os.write(write, json.dumps(attempt(*args, **how)).encode())
            os.close(write)
            sys.exit()
        os.close(write)
        with open(read, "rb") as pipe:
            told = pipe.read()
        status = os.waitpid(child, 0)[1]
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    if status == 0:
        return (*json.loads(told), text)
    return ("hang" if "Timeout (" in text else "crash"), f"wait status {status}", text


def usual_growth(function, kind):
    """What is more after the operation than before, even if nothing fails."""
    for _ in range(3):  # what is made once is made
        before = state()
        trial(function, 0, kind)
        gc.collect()
        usual = grown(before, state())
    usual = {name: max(0, by) for name, by in usual.items()}
    usual["threads"] += 2  # of attendant.c: one lingers for half a second, one for ever (3.9-3.12)
    return usual


def sweep(limit, name, operation, kind, first, last, **how):
    function = operation.perform
    usual = usual_growth(function, kind)
    usual["blocks"] += operation.leaves
    for _ in range(100):  # only this thread is in the child; one waits for ever, and holds nothing
        if state()["threads"] > 1:
            time.sleep(0.01)
    for nth in range(first, last + 1):
        outcome, why, text = attempt_apart(limit, function, nth, kind, usual, **how)
        report(operation=name, nth=nth, outcome=outcome, why=why, text=text)
        if outcome == "ended" or "failed in:" not in text:
            return


def main(path, kind=None, first=None, last=None, names=None, *how):
    operations, limit = load(path)
    if kind is None:
        report(**{name: known.kinds for name, known in operations.items()})
        return
    if not faults.take_over(_interpreters.__file__):
        sys.exit(f"{_interpreters.__file__} calls nothing that could fail")
    for name in names.split(","):
        how = dict.fromkeys(how, True)
        sweep(limit, name, operations[name], kind, int(first), int(last), **how)


if __name__ == "__main__":
    main(*sys.argv[1:])
