"""How much faster several workers compute than one thread, and than nothing but two processes.

Two processes that have been forked, and have half of the tasks each, show what the machine can do;
they are told to begin by a byte through a pipe.
"""

import os

import nbody
import pools
from rounds import interleaved

TASKS = 4
WORKERS = (1, 2, 4)
BEGIN, DONE, END = b"b", b"d", b"e"


def measure_scaling(isolated, slow):
    """The nanoseconds that the tasks take together, by the number of workers."""
    return {workers: measured(workers, slow) for workers in WORKERS}


def measured(workers, rounds):
    bare = [Process(TASKS // 2) for _ in range(2)]  # first, while this process has no other thread
    executors = pools.all_started(workers)
    calls = {name: lambda each=each: compute(each) for name, each in executors.items()}
    calls["serial"] = lambda: simulate(TASKS)
    calls["bare"] = lambda: together(bare)
    samples = interleaved(calls, rounds)
    pools.shut_down(executors)
    for process in bare:
        process.end()
    return samples


def simulate(count):
    for _ in range(count):
        nbody.simulate(nbody.STEPS)


def compute(executor):
    futures = [executor.submit(nbody.simulate, nbody.STEPS) for _ in range(TASKS)]
    for future in futures:
        future.result(pools.DEADLINE)


def together(processes):
    for process in processes:
        process.begin()
    for process in processes:
        process.wait()


class Process:
    """A fork of this process that simulates when it is told to."""

    def __init__(self, count):
        (orders, self.orders), (self.answers, answers) = os.pipe(), os.pipe()
        self.id = os.fork()
        if self.id == 0:
            try:
                while os.read(orders, 1) == BEGIN:
                    simulate(count)
                    os.write(answers, DONE)
            finally:
                os._exit(0)
        os.close(orders)
        os.close(answers)

    def begin(self):
        os.write(self.orders, BEGIN)

    def wait(self):
        if os.read(self.answers, 1) != DONE:
            raise AssertionError("a process that was forked to compute has not done so")

    def end(self):
        os.write(self.orders, END)
        os.waitpid(self.id, 0)
        os.close(self.orders)
        os.close(self.answers)
