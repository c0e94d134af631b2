"""What running code, creating and destroying cost, in time and in memory.

Memory is what the process has resident: read before and after for idle interpreters, and after
every few cycles for what a cycle keeps.  Each process does that for one variant alone.
"""

import importlib
import os
import sys
import threading

from rounds import interleaved, turn

PASSES = "pass"
RAISES = "raise ValueError('text')"
CYCLE = "x = [1]"


class Ours:
    """The reference."""

    def __init__(self, isolated, site=True):
        from interpreters import _interpreters

        self.module = _interpreters
        self.options = {"isolated": isolated}
        if not site:
            self.options["site"] = False

    def create(self):
        return self.module.create(**self.options)

    def run(self, id, code):
        self.module.run_string(id, code)

    def destroy(self, id):
        self.module.destroy(id)


class Own:
    """CPython's own module: the configurations have another name in each version."""

    def __init__(self, isolated):
        if sys.version_info >= (3, 13):
            self.module = importlib.import_module("_interpreters")
            self.args, self.kwargs = (("isolated" if isolated else "legacy"),), {}
        else:
            self.module = importlib.import_module("_xxsubinterpreters")
            self.args = ()
            self.kwargs = {} if sys.version_info < (3, 9) else {"isolated": isolated}

    def create(self):
        return self.module.create(*self.args, **self.kwargs)

    def run(self, id, code):
        self.module.run_string(id, code)

    def destroy(self, id):
        self.module.destroy(id)


def own(isolated):
    """CPython's own module, or None where it was left out."""
    try:
        return Own(isolated)
    except ImportError:
        return None


def ours_without_site(isolated):
    """The reference without site, or None where it cannot do without."""
    candidate = Ours(isolated, site=False)
    try:
        candidate.destroy(candidate.create())
    except TypeError:
        return None
    return candidate


def implementations(isolated):
    """Those that this CPython has, by name."""
    found = {"ours": Ours(isolated), "own": own(isolated)}
    return {name: each for name, each in found.items() if each is not None}


# --- Times ----------------------------------------------------------------------------------------


def caught(call):
    """The call, with what it raises caught."""

    def calling():
        try:
            call()
        except BaseException:
            pass

    return calling


def runs(isolated, code):
    """Calls that run the code: in this interpreter, and in another in this OS thread."""
    namespace = {"__builtins__": __builtins__}
    calls = {"exec": lambda: exec(code, namespace)}
    for name, each in implementations(isolated).items():
        calls[name] = lambda each=each, id=each.create(): each.run(id, code)
    return calls


def measure_run(isolated, rounds):
    return interleaved(runs(isolated, PASSES), rounds)


def measure_raise(isolated, rounds):
    calls = runs(isolated, RAISES)
    return interleaved({name: caught(call) for name, call in calls.items()}, rounds)


def measure_switch(isolated, rounds):
    """Runs by two OS threads in turn: the time in the call alone, not that of handing over."""
    samples = {}
    for name, each in implementations(isolated).items():
        samples[name] = alternating(
            lambda each=each, id=each.create(): each.run(id, PASSES), rounds
        )
    return samples


def alternating(call, rounds):
    """The nanoseconds of each call; two threads call by turns."""
    mine = [threading.Semaphore(1), threading.Semaphore(0)]
    taken = []

    def take_turns(number):
        for _ in range(rounds):
            mine[number].acquire()
            taken.append(turn(call, 1))
            mine[1 - number].release()

    threads = [threading.Thread(target=take_turns, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken[4:]


def measure_create(isolated, rounds):
    """Creating and destroying, one cycle at a time."""
    import bare

    calls = {"bare": lambda: bare.create_end(isolated)}
    candidates = implementations(isolated)
    candidates["no_site"] = ours_without_site(isolated)
    for name, each in candidates.items():
        if each is not None:
            calls[name] = lambda each=each: each.destroy(each.create())
    return interleaved(calls, rounds)


# --- Memory ---------------------------------------------------------------------------------------


def resident():
    """The KiB of memory that this process has resident."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


def maker(name, isolated):
    """A function that makes an interpreter, and one that makes, uses and ends one; or None."""
    import bare

    if name == "bare":
        return (
            lambda: bare.create(isolated),
            lambda: bare.create_run_end(isolated, CYCLE),
        )
    each = {"ours": Ours, "own": own, "no_site": ours_without_site}[name](isolated)
    if each is None:
        return None

    def cycle():
        id = each.create()
        each.run(id, CYCLE)
        each.destroy(id)

    return each.create, cycle


def measure_idle(name, isolated, count):
    """The KiB of an idle interpreter."""
    made = maker(name, isolated)
    if made is None:
        return None
    create, cycle = made
    cycle()
    before = resident()
    kept = [create() for _ in range(count)]
    return (resident() - before) / len(kept)


def measure_kept(name, isolated, cycles):
    """The KiB resident after every tenth cycle, once everything is warm."""
    made = maker(name, isolated)
    if made is None:
        return None
    _, cycle = made
    for _ in range(max(20, cycles // 5)):
        cycle()
    found = [resident()]
    for number in range(1, cycles + 1):
        cycle()
        if number % 10 == 0:
            found.append(resident())
    return found
