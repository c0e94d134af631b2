"""What it costs to pass 64 MiB: as the argument of a call, as its result, and through a queue.

Beside it stands what a copy costs at least: bytes(view) or bytearray(view), which copies into
memory that has just been allocated.  That is most of it: the system gives out empty pages, one by
one.  A copy is freed within the turn in which it was made, whoever made it.
"""

import importlib
import sys

import keeper
from rounds import interleaved
from sharing import created, rivals

VIEWS = ("memoryview", "PickleBuffer", "Block")
COPIES = {"bytes": bytes, "bytearray": bytearray, "array": bytearray}
SECONDS = ("bytearray", "array")  # what takes the standard library seconds


def measure_big(isolated, rounds, few, patient):
    """For each kind of object; the standard library has a turn in a few of the rounds.

    It isolates its interpreters, so it is there only where ours are isolated as well; without
    patience, only with what does not take it seconds.
    """
    found = {}
    for kind in (*VIEWS, *COPIES):
        candidates = rivals(isolated)
        if not isolated or (kind in SECONDS and not patient):
            candidates.pop("standard", None)
        found[kind] = measured(kind, candidates, rounds, few)
    return found


def measure_numpy(isolated, rounds, folder):
    """An array of the NumPy in the folder; its version; and why two interpreters cannot have it."""
    if folder is None:
        return {"version": "none to be had", "why": "", "samples": {}}
    sys.path.append(folder)
    version = importlib.import_module("numpy").__version__
    ours = rivals(isolated)["ours"]
    try:
        created(ours).exec("import numpy")
    except ImportError as error:
        while isinstance(error.__cause__, ImportError):
            error = error.__cause__
        why = str(error).strip().splitlines()[-1]
        calls = {"ours_queue": queued(ours, keeper.made("numpy"))}
        return {"version": version, "why": why, "samples": interleaved(calls, rounds)}
    return {"version": version, "why": "", "samples": measured("numpy", {"ours": ours}, rounds, 0)}


def measured(kind, candidates, rounds, few):
    """The samples of all candidates in a few rounds, and of ours and the plain copy in the others."""
    thing = keeper.made(kind)
    calls = {}
    if kind in COPIES:
        view, copy = memoryview(thing), COPIES[kind]
        calls["copy"] = lambda: copy(view)
    interpreters = {name: created(each) for name, each in candidates.items()}
    for name, interpreter in interpreters.items():
        calls[name + "_there"], calls[name + "_back"] = called(interpreter, thing, kind)
        calls[name + "_queue"] = queued(candidates[name], thing)
    samples = interleaved(calls, few)
    mine = {name: call for name, call in calls.items() if not name.startswith("standard")}
    for name, more in interleaved(mine, rounds - few).items():
        samples[name] += more
    for interpreter in interpreters.values():
        interpreter.close()
    return samples


def called(interpreter, thing, kind):
    """The calls that pass the object there, and one like it back; both have been tried."""
    call = interpreter.call
    call(keeper.keep, kind)
    if (
        call(keeper.size, thing) != keeper.SIZE
        or keeper.size(call(keeper.give, kind)) != keeper.SIZE
    ):
        raise AssertionError(f"{kind}: it did not arrive whole")
    return lambda: call(keeper.take, thing), lambda: call(keeper.give, kind)


def queued(rival, thing):
    """The call that passes the object through a queue of this interpreter."""
    queue = rival.create_queue()

    def call():
        queue.put(thing)
        return queue.get()

    if keeper.size(call()) != keeper.SIZE:
        raise AssertionError(f"{type(thing).__name__}: it did not arrive whole")
    return call
