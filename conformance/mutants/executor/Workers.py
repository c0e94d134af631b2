"""Mutants of workers."""

import threading

from mutants.executing import around_tasks, in_threads, on_making, on_submit
from mutants.mutant import replaces, violates


@violates("Workers.thread")
def calls_at_once(m):
    """submit() has an interpreter of its own, in which it calls in the OS thread of its caller."""
    from concurrent.futures import Future

    interpreter = m.create()

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        future = Future()
        future.set_result(interpreter.call(fn, *args, **kwargs))
        return future


@violates("Workers.thread")
def has_one_worker(m):
    """There is one OS thread, however many workers the pool may have."""
    on_making(m, lambda options: options.update(max_workers=1))


@violates("Workers.thread")
def is_for_one_thread(m):
    """Only the OS thread that made the executor may submit tasks."""

    @replaces(m.InterpreterPoolExecutor, "__init__")
    def __init__(original, self, *args, **options):
        original(self, *args, **options)
        self.thread = threading.get_ident()

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        if threading.get_ident() != self.thread:
            raise RuntimeError("the executor is another thread's")
        return original(self, fn, *args, **kwargs)


@violates("Workers.own")
def has_threads_only(m):
    """Workers are threads of the interpreter that submits."""
    in_threads(m)


@violates("Workers.only")
def has_one_pool(m):
    """All executors have the workers of the first one."""
    first = []

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        first.append(self)
        return original(first[0], fn, *args, **kwargs)


@violates("Workers.only")
def lends_its_interpreter(m):
    """Whoever runs code in the interpreter of an idle worker has it executed as a task."""
    executors = []

    @replaces(m.InterpreterPoolExecutor, "__init__")
    def __init__(original, self, *args, **options):
        original(self, *args, **options)
        executors.append(self)

    @replaces(m.Interpreter, "run")
    def run(original, self, code):
        try:
            original(self, code)
        except m.InterpreterError:
            executors[-1].submit(exec, code, {}).result()


@violates("Workers.started")
def starts_a_worker_before(m):
    """A worker is started when the executor is made."""

    @replaces(m.InterpreterPoolExecutor, "__init__")
    def __init__(original, self, *args, **options):
        original(self, *args, **options)
        self.submit(int).result()


@violates("Workers.started")
def takes_turns_with_its_workers(m):
    """Each task goes to the next worker, which is started if need be, whether one is idle or not."""
    pools, counts = {}, {}

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        if self not in pools:
            number = self._max_workers
            pools[self], counts[self] = [m.InterpreterPoolExecutor(1) for _ in range(number)], 0
        counts[self] += 1
        pool = pools[self][counts[self] % len(pools[self])]
        return original(pool, fn, *args, **kwargs)


@violates("Workers.until", "InterpreterPoolExecutor.max_workers")
def has_one_worker_more(m):
    """The pool has a worker more than it may have."""
    on_making(m, lambda options: options.update(max_workers=options.get("max_workers", 5) + 1))


@violates("Workers.until", "InterpreterPoolExecutor.max_workers")
def has_fewer_workers(m):
    """The pool has half of the workers that it may have."""
    on_making(
        m, lambda options: options.update(max_workers=options.get("max_workers", 5) // 2 or 1)
    )


@violates("Workers.leaves", "Workers.modules")
def has_a_new_interpreter_for_each_task(m):
    """Each task is executed in a new interpreter."""
    on_making(m, lambda options: options.update(max_tasks_per_child=1))


@violates("Workers.modules")
def forgets_modules(m):
    """What a task has imported is not imported any more when it has ended."""

    def frame(fn, args, kwargs):
        import sys

        before = set(sys.modules)
        result = fn(*args, **kwargs)
        for name in set(sys.modules) - before:
            del sys.modules[name]
        return result

    around_tasks(m, frame)


@violates("Workers.end")
def leaves_an_interpreter(m):
    """With each worker an interpreter is created that is never destroyed."""

    @replaces(m._executor, "create")
    def create(original, **options):
        original(**options)
        return original(**options)


@violates("Workers.end")
def calls_what_is_registered_too_soon(m):
    """What is registered with atexit is called when the task ends."""

    def frame(fn, args, kwargs):
        import atexit

        result = fn(*args, **kwargs)
        atexit._run_exitfuncs()
        return result

    around_tasks(m, frame)


@violates("Workers.parallel", isolates=True)
def has_shared_interpreters(m):
    """The interpreters of workers share the GIL."""
    on_making(m, lambda options: options.update(isolated=False))


@violates("Workers.turns", isolates=False)
def isolates_all_the_same(m):
    """The interpreters of workers have a GIL of their own, where that is not to be."""

    @replaces(m._executor, "create")
    def create(original, **options):
        return m.Interpreter(m._interpreters.create.__wrapped__(isolated=True, site=False))


@violates("Workers.turns", isolates=False)
def executes_one_task_at_a_time(m):
    """While a task waits no other one is executed."""
    on_making(m, lambda options: options.update(max_workers=1))
