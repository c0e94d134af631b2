"""What a soak does: scenes, each a way to use interpreters, chosen and varied at random.

A scene gets a Stage: its own source of chance, how large to be, and where to count.  It does its work,
compares what came of it with what must, and leaves nothing behind; whatever it raises is a fault.  Scenes
of one cycle run side by side in threads, so none may count interpreters, threads or descriptors of the
process: load.py does, when all have ended.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import queue as standard_queue
import random
import sys
import threading
import time
from collections import Counter
from typing import Any, Callable, Iterator

import interpreters
from interpreters import InterpreterPoolExecutor
from tasks import echo, fail, spin

CAN_ISOLATE = sys.version_info >= (3, 12)
LONG = 240.0  # seconds, in which a very busy machine has done any part of a scene


class Stage:
    """Where a scene is played.

    ``choose`` is the source of chance, ``size`` how many interpreters it is to use, ``isolated`` of
    which kind they are, ``counts`` what has been done.
    """

    def __init__(self, seed: str, size: int, isolated: bool) -> None:
        self.choose = random.Random(seed)
        self.size = size
        self.isolated = isolated
        self.counts: Counter[str] = Counter()

    def create(self) -> interpreters.Interpreter:
        """A new interpreter that can import what this one can."""
        made = interpreters.create(isolated=self.isolated, site=self.choose.random() < 0.2)
        try:
            made.exec(f"import sys; sys.path[:] = {sys.path!r}")
        except BaseException:
            made.close()
            raise
        return made

    @contextlib.contextmanager
    def several(self, count: int) -> Iterator[list[interpreters.Interpreter]]:
        """So many new interpreters, which are destroyed in the end."""
        made: list[interpreters.Interpreter] = []
        try:
            while len(made) < count:
                made.append(self.create())
            yield made
        finally:
            for each in made:
                each.close()


def expect(found: object, wanted: object) -> None:
    """Raise AssertionError unless both are equal."""
    if found != wanted:
        raise AssertionError(f"{str(found)[:200]} instead of {str(wanted)[:200]}")


def join(threads: list[threading.Thread]) -> None:
    """Wait for the threads, not for ever."""
    for thread in threads:
        thread.join(LONG)
        if thread.is_alive():
            raise AssertionError(f"{thread.name} did not end within {LONG:g} s")


def together(calls: list[Callable[[], Any]]) -> list[Any]:
    """Make the calls in a thread each; what they return, or the first exception."""
    found: list[Any] = [None] * len(calls)
    errors: list[BaseException] = []

    def make(number: int) -> None:
        try:
            found[number] = calls[number]()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    join(threads)
    if errors:
        raise errors[0]
    return found


# --- Tasks of a pool ----------------------------------------------------------------------------------


def pool(stage: Stage) -> None:
    """A pool is given tasks of every sort; each has its own result, and each exactly one."""
    choose, counts = stage.choose, stage.counts
    limit = choose.choice([None, None, 7, 50]) if stage.size < 64 else None
    executor = InterpreterPoolExecutor(
        stage.size, isolated=stage.isolated, max_tasks_per_child=limit
    )
    with executor:
        futures = [_task(stage, executor, number) for number in range(choose.randrange(400))]
        numbers = range(choose.randrange(2000))
        squares = executor.map(
            pow, numbers, [2] * len(numbers), chunksize=choose.choice([1, 10, 99])
        )
        for check in futures:
            check()
        expect(list(squares), [number**2 for number in numbers])
        counts["tasks"] += len(numbers)
        left = [executor.submit(echo, number) for number in range(choose.randrange(100))]
        executor.shutdown(cancel_futures=choose.random() < 0.5)
    for number, future in enumerate(left):
        if not future.cancelled():
            expect(future.result(timeout=0), number)
    counts["tasks"] += len(left)


def _task(stage: Stage, executor: InterpreterPoolExecutor, number: int) -> Callable[[], None]:
    """Submit a task; what checks its result."""
    choose, counts = stage.choose, stage.counts
    counts["tasks"] += 1
    sort = choose.randrange(40)
    if sort == 0:
        counts["interrupts"] += 1
        limited = executor.submit_within(0.01, spin)
        return lambda: raises(TimeoutError, None, limited.result, LONG)
    if sort < 6:
        counts["exceptions"] += 1
        failing = executor.submit(fail, number, "spam")
        return lambda: raises(LookupError, (number, "spam"), failing.result, LONG)
    if sort < 10:
        closed = executor.submit(lambda factor: factor * number, 3)  # a function by value
        return lambda: expect(closed.result(LONG), 3 * number)
    value = _value(choose, number)
    echoed = executor.submit(echo, value)
    return lambda: expect(echoed.result(LONG), value)


def raises(
    kind: type[BaseException],
    arguments: tuple[Any, ...] | None,
    call: Callable[..., Any],
    *given: Any,
) -> None:
    """Raise AssertionError unless the call raises such an exception, with these arguments."""
    try:
        found = call(*given)
    except kind as error:
        expect(type(error), kind)
        if arguments is not None:
            expect(error.args, arguments)
    else:
        raise AssertionError(f"{found!r} was returned, and {kind.__name__} not raised")


def _value(choose: random.Random, number: int) -> Any:
    """Something to send that tells its number."""
    make: list[Callable[[], Any]] = [
        lambda: number,
        lambda: (number, "x" * choose.randrange(200), None, 1.5),
        lambda: {"number": number, "nested": [{number}, [b"y" * choose.randrange(3000)]]},
        lambda: bytes([number % 256]) * choose.randrange(1 << 18),
        lambda: bytearray(str(number).encode()) * choose.randrange(1 << 12),
    ]
    return choose.choice(make)()


# --- Queues ---------------------------------------------------------------------------------------------

# What producers and consumers are told: functions of this module would take its imports along.
PRODUCE = """
def produce(queue, name, count):
    for number in range(count):
        queue.put((name, number, b"spam" * (number % 40)))
"""
CONSUME = """
def consume(queue, results):
    while True:
        item = queue.get()
        if item is None:
            return
        assert item[2] == b"spam" * (item[1] % 40), item
        results.put(item[:2])
"""


def queues(stage: Stage) -> None:
    """Interpreters put into a queue and get from it; every item arrives once, in its producer's order."""
    choose = stage.choose
    pairs = max(1, stage.size // 2)
    count = choose.randrange(1, 2000 // pairs)
    items = interpreters.create_queue(choose.choice([0, 1, 7, 100]))
    results = interpreters.create_queue()
    with stage.several(2 * pairs) as made:
        producing, consuming = made[:pairs], made[pairs:]
        for source, group in ((PRODUCE, producing), (CONSUME, consuming)):
            for each in group:
                each.prepare_main(items=items, results=results, count=count)
                each.exec(source)
        for name, each in enumerate(producing):
            each.prepare_main(name=name)

        def produce() -> None:
            together(
                [functools.partial(each.exec, "produce(items, name, count)") for each in producing]
            )
            for _ in consuming:
                items.put(None, timeout=LONG)

        together(
            [
                produce,
                *(functools.partial(each.exec, "consume(items, results)") for each in consuming),
            ]
        )
    expect(items.qsize(), 0)
    found = [results.get(timeout=0) for _ in range(results.qsize())]
    expect(sorted(found), [(name, number) for name in range(pairs) for number in range(count)])
    stage.counts["items"] += 2 * len(found)
    if pairs == 1:
        expect(found, sorted(found))


def relay(stage: Stage) -> None:
    """A number goes round through interpreters, and each adds one to it."""
    rounds = stage.choose.randrange(1, 1 + min(40, 640 // stage.size))
    ring = [interpreters.create_queue(1) for _ in range(stage.size)]
    code = f"for _ in range({rounds}): there.put(here.get() + 1)"
    with stage.several(len(ring)) as made:
        for number, each in enumerate(made):
            each.prepare_main(here=ring[number], there=ring[(number + 1) % len(ring)])
        ring[0].put(0)
        together([functools.partial(each.exec, code) for each in made])
    expect(ring[0].get(timeout=0), rounds * len(ring))
    stage.counts["items"] += rounds * len(ring)


# --- Memory -----------------------------------------------------------------------------------------------


def buffers(stage: Stage) -> None:
    """Interpreters write into one piece of memory, each its own part, and pass views of it on."""
    count = stage.size
    part = stage.choose.randrange(1, 1 << 14)
    data = bytearray(count * part)
    back = interpreters.create_queue()
    code = "view[number::count] = bytes([number + 1]) * (len(view) // count); back.put(view)"
    with stage.several(count) as made:
        for number, each in enumerate(made):
            each.prepare_main(view=memoryview(data), number=number, count=count, back=back)
        together([functools.partial(each.exec, code) for each in made])
        views = [back.get(timeout=LONG) for _ in made]
        expect(bytes(data), bytes(range(1, count + 1)) * part)
        for view in views:
            expect(view.tobytes() == data, True)
            view.release()
        for each in made:
            each.exec("view.release(); del view")
    _unlent(data)
    stage.counts["views"] += 2 * count


def _unlent(data: bytearray) -> None:
    """Nothing holds the memory any more, so it can be made longer; the last to let go may take a moment."""
    end = time.monotonic() + LONG
    while True:
        try:
            return data.append(0)
        except BufferError:
            if time.monotonic() > end:
                raise AssertionError("memory is lent still, to nobody") from None
            time.sleep(0.001)


# --- Exceptions, interrupts, output ---------------------------------------------------------------------------

BUILT_IN = [
    *(
        "ArithmeticError",
        "AssertionError",
        "AttributeError",
        "BufferError",
        "EOFError",
        "ImportError",
    ),
    *(
        "IndexError",
        "KeyError",
        "LookupError",
        "MemoryError",
        "NameError",
        "OSError",
        "OverflowError",
    ),
    *(
        "RecursionError",
        "ReferenceError",
        "RuntimeError",
        "StopIteration",
        "SystemExit",
        "TypeError",
    ),
    *("UnboundLocalError", "ValueError", "ZeroDivisionError", "KeyboardInterrupt", "GeneratorExit"),
]


def exceptions(stage: Stage) -> None:
    """Exceptions of every built-in class arrive as what they are, with their causes."""
    with stage.several(1) as (one,):
        for number in range(stage.choose.randrange(1, 60)):
            name = stage.choose.choice(BUILT_IN)
            wanted = getattr(builtins, name)(number, "spam")  # OSError makes one of a subclass
            cause = stage.choose.choice(["", " from ValueError('cause')", " from None"])
            code = f"raise {name}({number}, 'spam'){cause}"
            if stage.choose.random() < 0.2:
                code = "def deep(n):\n  if n: deep(n - 1)\n  else: %s\ndeep(50)" % code
            raises(type(wanted), wanted.args, one.exec, code)
            stage.counts["exceptions"] += 1


def interrupts(stage: Stage) -> None:
    """Busy code is interrupted, by a limit and by another thread; the interpreter can be used again."""
    with stage.several(min(stage.size, 4)) as made:
        together([functools.partial(_interrupted, stage, each) for each in made])
    stage.counts["interrupts"] += 4 * len(made)


def _interrupted(stage: Stage, one: interpreters.Interpreter) -> None:
    for _ in range(2):
        try:
            one.exec("while True: pass", timeout=0.005)
        except TimeoutError:
            pass
        else:
            raise AssertionError("the limit did not end it")
        started = interpreters.create_queue()
        one.prepare_main(started=started)
        ended: standard_queue.SimpleQueue[BaseException | None] = standard_queue.SimpleQueue()

        def run() -> None:
            try:
                one.exec("started.put(1)\nwhile True: pass")
            except BaseException as error:
                ended.put(error)
            else:
                ended.put(None)

        thread = threading.Thread(target=run)
        thread.start()
        started.get(timeout=LONG)
        one.interrupt(LookupError(42))
        join([thread])
        error = ended.get_nowait()
        expect((type(error), getattr(error, "args", None)), (LookupError, (42,)))
        one.exec("assert 6 * 7 == 42")


def streams(stage: Stage) -> None:
    """What interpreters print arrives, all of it, each line of each in order."""
    with stage.several(min(stage.size, 8)) as made:
        texts: list[list[str]] = [[] for _ in made]
        count = stage.choose.randrange(1, 100)
        for each, text in zip(made, texts):
            each.redirect(stdout=text.append)
        together(
            [
                functools.partial(each.exec, f"for n in range({count}): print('line', n)")
                for each in made
            ]
        )
        for each in made:
            each.redirect(stdout=None)
    for text in texts:
        expect("".join(text), "".join(f"line {n}\n" for n in range(count)))
    stage.counts["lines"] += len(texts) * count


# --- Creation and destruction ---------------------------------------------------------------------------------

LEAVINGS = [
    "import threading; threading.Thread(target=int).start()",
    "import atexit; atexit.register(list, 'spam')",
    "import json, threading",
    "cycle = []; cycle.append(cycle)",
    "import interpreters; queue = interpreters.create_queue(); queue.put([1, 2])",
    "import time, threading; threading.Thread(target=time.sleep, args=(0.002,)).start()",
    "pass",
]


def churn(stage: Stage) -> None:
    """Threads create interpreters, use them and destroy them; what is destroyed is gone."""
    seeds = [stage.choose.random() for _ in range(4)]
    together([functools.partial(_churn, stage, seed) for seed in seeds])


def _churn(stage: Stage, seed: float) -> None:
    choose = random.Random(seed)
    for _ in range(max(2, stage.size // 4)):
        isolated = stage.isolated and choose.random() < 0.9
        one = interpreters.create(isolated=isolated, site=choose.random() < 0.2)
        one.exec(f"import sys; sys.path[:] = {sys.path!r}")
        one.exec(choose.choice(LEAVINGS))
        expect(one.call(divmod, 17, 5), (3, 2))
        one.close()
        raises(interpreters.InterpreterNotFoundError, None, one.exec, "")
        expect(one in interpreters.enumerate(), False)


def spares(stage: Stage) -> None:
    """Spares are made in the background, while they are taken and told to be fewer."""
    kind = {"isolated": stage.isolated, "site": False}
    try:
        for _ in range(stage.choose.randrange(1, 6)):
            interpreters.set_spares(stage.choose.randrange(min(stage.size, 8)), **kind)
            made = [interpreters.create(**kind) for _ in range(stage.choose.randrange(1, 4))]
            for each in made:
                expect(each.call(pow, 2, 5), 32)
                each.close()
    finally:
        interpreters.set_spares(0, **kind)


SCENES = [pool, queues, relay, buffers, exceptions, interrupts, streams, churn, spares]
