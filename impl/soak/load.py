"""The process that a soak puts under load: cycles of scenes, and what must be so after each.

A cycle plays one to three scenes side by side, with 2, 16 or 64 interpreters.  When they have ended,
there are as many interpreters, threads and open descriptors as before the first; how much memory there
is, is noted.  Which scenes, and all that they choose, comes from the seed and the number of the cycle;
what threads do meanwhile, from the machine.

It says on standard output, in a line of JSON each, how it goes: {"cycle": ...}, and at a fault {"fault":
...}, with which it ends.  A cycle that does not end within LIMIT seconds is ended by the watchdog, which
prints where each thread is.

Rarely, CPython fails to make an interpreter while others are made or destroyed (seen on 3.12 and 3.13), and
leaves things behind.  That is told by an exception, as it should be.  So it is counted ("refused") and no
fault, unless it is frequent; the soak goes on in a new process.

The CPythons of some versions keep memory of each interpreter for ever, so a process that is larger than
LARGE ends, and the soak goes on in a new one.  How much they keep is measured with CPython's own module
(--control), so that what this package keeps can be told from it.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import gc
import importlib
import json
import os
import random
import sys
import threading
import time
import traceback
from collections import Counter
from typing import Any

import interpreters
import scenes

LIMIT = 300.0  # seconds for a cycle: the longest take five on an idle machine
LARGE = 3 << 30  # bytes
SIZES = (2, 2, 2, 16, 16, 64)
CONTROLS = 48
REFUSAL = "no interpreter could be created: "


def say(**event: Any) -> None:
    print(json.dumps(event), flush=True)


def resident() -> int:
    """The bytes of memory that the process has resident, without what the C library only keeps."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# --- What must be so ---------------------------------------------------------------------------------


def census() -> dict[str, int]:
    """What a cycle is to leave as it found it."""
    return {
        "interpreters": len(interpreters.enumerate()),
        "threads of Python": threading.active_count(),
        "threads of the system": len(os.listdir("/proc/self/task")),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


def left(before: dict[str, int]) -> list[str]:
    """What there is more of than before, once a while has passed: a thread ends after it is joined."""
    end = time.monotonic() + 10
    while True:
        now = census()
        more = [
            f"{now[what]} {what}, and {before[what]} before"
            for what in now
            if now[what] > before[what]
        ]
        if not more or time.monotonic() > end:
            return more
        time.sleep(0.01)


def new_id() -> int:
    """The ID of a new interpreter, which tells how many were made before."""
    probe = interpreters.create(isolated=False, site=False)
    probe.close()
    return probe.id


# --- Cycles --------------------------------------------------------------------------------------------


class Cycle:
    """One cycle, which its number and the seed determine."""

    def __init__(self, seed: int, number: int, isolated: bool) -> None:
        choose = random.Random(f"{seed}-{number}")
        self.size = choose.choice(SIZES)
        chosen = choose.sample(scenes.SCENES, choose.choice((1, 1, 2, 3)))
        # Many interpreters at a time are trial enough: beside others, a scene has a small number.
        sizes = [self.size] + [2] * (len(chosen) - 1)
        self.parts = [
            (scene, scenes.Stage(f"{seed}-{number}-{scene.__name__}", size, isolated))
            for scene, size in zip(chosen, sizes)
        ]

    def play(self) -> list[str]:
        """Play the scenes side by side; the faults, as text."""
        faults: list[str] = []

        def play(scene: Any, stage: Any) -> None:
            try:
                scene(stage)
            except BaseException:
                faults.append(f"{scene.__name__}: {traceback.format_exc()}")

        threads = [threading.Thread(target=play, args=part) for part in self.parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return faults

    def describe(self) -> str:
        return f"{' + '.join(scene.__name__ for scene, _ in self.parts)}, {self.size} interpreters"

    def counts(self) -> Counter[str]:
        return sum((stage.counts for _, stage in self.parts), Counter())


def begin(seed: int, isolated: bool) -> None:
    """Have what is made once, and stays, made now: modules, and threads of the package."""
    for scene in scenes.SCENES:
        scene(scenes.Stage(f"{seed}-first", 2, isolated))
    busy = interpreters.create(isolated=False)  # where the GIL is shared, that takes a thread
    busy.exec("import time\nend = time.monotonic() + 0.5\nwhile time.monotonic() < end: pass")
    busy.close()
    gc.collect()
    time.sleep(1)


def soak(seconds: float, seed: int, number: int, isolated: bool) -> int:
    """Go through cycles until the time is up, or the process is large, or there is a fault."""
    end = time.monotonic() + seconds
    begin(seed, isolated)
    before, first = census(), new_id()
    while True:
        cycle = Cycle(seed, number, isolated)
        faulthandler.dump_traceback_later(LIMIT, exit=True)
        faults = cycle.play()
        gc.collect()
        faulthandler.cancel_dump_traceback_later()  # its watchdog is a thread too
        counts = cycle.counts()
        counts["refused"] = sum(REFUSAL in fault for fault in faults)
        if not counts["refused"]:
            faults += left(before)
        faults = [fault for fault in faults if REFUSAL not in fault]
        made = new_id() - first
        say(cycle=number, made=made, counts=counts, resident=resident())
        if faults:
            say(fault=[f"{cycle.describe()}: {fault}" for fault in faults])
            return 1
        if time.monotonic() > end or resident() > LARGE or counts["refused"]:
            return 0
        number += 1


# --- What CPython keeps -------------------------------------------------------------------------------


def control(isolated: bool) -> float:
    """The bytes that stay of an interpreter, made and destroyed by CPython's own module."""
    modern = sys.version_info >= (3, 13)
    own = importlib.import_module("_interpreters" if modern else "_xxsubinterpreters")
    options: dict[str, Any] = {"isolated": isolated}
    if modern:
        options = {"config": "isolated" if isolated else "legacy"}
    used = "import concurrent.futures, json, pickle, random, threading, traceback"
    marks = []
    for _ in range(CONTROLS):
        id = own.create(**options) if modern or sys.version_info >= (3, 9) else own.create()
        own.run_string(id, used)
        own.destroy(id)
        marks.append(resident())
    half = CONTROLS // 2
    return (marks[-1] - marks[half - 1]) / half


def main() -> int:
    parser = argparse.ArgumentParser(description="One process of a soak; see __main__.py.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cycle", type=int, default=0)
    parser.add_argument("--isolated", action="store_true")
    parser.add_argument("--control", action="store_true")
    options = parser.parse_args()
    faulthandler.enable()
    if options.control:
        say(control=control(options.isolated))
        return 0
    return soak(options.seconds, options.seed, options.cycle, options.isolated)


if __name__ == "__main__":
    sys.exit(main())
