"""A program that uses the whole package, to be checked by ``mypy --strict``; it is not run.

``assert_type`` is not in every version's typing, so what a call returns is bound to a variable of
the type that is expected.
"""

import sys
from threading import Thread
from typing import Any, Dict, List

import interpreters
from interpreters import Interpreter, Queue


def double(number: int) -> int:
    return 2 * number


everything: List[Interpreter] = [*interpreters.enumerate(), *interpreters.list_all()]
main: Interpreter = interpreters.get_main()
interpreters.set_spares(1, isolated=False, site=False)
ready: int = interpreters.get_spares()
one: Interpreter = interpreters.create(isolated=None, site=True)
number: int = one.id
running: bool = one.is_running()
one.run("pass")
one.exec("pass", timeout=1.5)
result: int = one.call(double, 21)
limited: int = one.call_within(0.5, double, 21)
thread: Thread = one.call_in_thread(double, number=21)
one.prepare_main({"spam": 1}, ham=2)
one.redirect(stdout=print, stderr=sys.stderr)
one.redirect(stdout=None)
taken: Dict[str, int] = one.memory()
raised: bool = one.interrupt()
raised = one.interrupt(ValueError("spam"))
queue: Queue = interpreters.create_queue(3, unbounditems=interpreters.UNBOUND)
queue.put("spam", timeout=0.5)
queue.put_nowait("spam", unbounditems=interpreters.UNBOUND_REMOVE)
try:
    item: Any = queue.get(block=False)
except interpreters.QueueEmpty:
    item = queue.get_nowait()
except (interpreters.QueueFull, interpreters.ItemInterpreterDestroyed) as error:
    raise interpreters.QueueError() from error
sizes: List[bool] = [queue.empty(), queue.full(), queue.qsize() == queue.maxsize, queue == Queue(1)]
can: bool = interpreters.is_shareable(item)
one.close()
with interpreters.InterpreterPoolExecutor(2, "spam", double, (21,), site=True) as executor:
    future: interpreters.Future = executor.submit(double, 21)
    answer: int = executor.submit_within(0.5, double, number=21).result(timeout=1.5)
    interrupted: bool = future.interrupt(LookupError)
    numbers: List[int] = list(executor.map(double, [1, 2], chunksize=2, buffersize=3))
    counts: Dict[str, int] = executor.stats()
    executor.shutdown(wait=False, cancel_futures=True)
broken: BaseException = interpreters.BrokenInterpreterPool()
