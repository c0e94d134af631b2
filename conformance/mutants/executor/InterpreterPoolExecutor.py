"""Mutants of the arguments of an executor."""

import concurrent.futures
import os
import types

from mutants.executing import around_tasks, on_error, on_making, on_submit
from mutants.mutant import replaces, violates


def counts_cpus(m, number):
    """Have ``number()`` be how many workers there are by default."""

    def change(options):
        if options.get("max_workers") is None:
            options["max_workers"] = number()

    on_making(m, change)


def usable():
    """Return how many CPUs the process may use."""
    if hasattr(os, "process_cpu_count"):
        return os.process_cpu_count()
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def changes(m, name, change):
    """Have the argument *name*, if it is given, be what ``change(value)`` returns."""

    def replace(options):
        if name in options:
            options[name] = change(options[name])

    on_making(m, replace)


@violates("InterpreterPoolExecutor.executor")
def only_looks_like_an_executor(m):
    """It has the methods of an executor, and is none."""
    cls = m.InterpreterPoolExecutor

    class InterpreterPoolExecutor:
        def __init__(self, *args, **options):
            self.executor = cls(*args, **options)

        def __getattr__(self, name):
            return getattr(self.executor, name)

    m.InterpreterPoolExecutor = InterpreterPoolExecutor


@violates("InterpreterPoolExecutor.thread-pool")
def is_another_executor(m):
    """It is an executor, but no ThreadPoolExecutor."""
    cls = m.InterpreterPoolExecutor

    class InterpreterPoolExecutor(concurrent.futures.Executor):
        def __init__(self, *args, **options):
            self.executor = cls(*args, **options)

        def submit(self, fn, /, *args, **kwargs):
            return self.executor.submit(fn, *args, **kwargs)

    m.InterpreterPoolExecutor = InterpreterPoolExecutor


@violates("InterpreterPoolExecutor.executor")
def returns_its_own_kind_of_futures(m):
    """What submit() returns has a result, and is no Future."""

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        return types.SimpleNamespace(result=original(self, fn, *args, **kwargs).result)


@violates("InterpreterPoolExecutor.max_workers", "InterpreterPoolExecutor.initializer")
def calls_its_arguments_otherwise(m):
    """The number of workers has another name."""

    @replaces(m.InterpreterPoolExecutor, "__init__")
    def __init__(original, self, workers=None, *args, **options):
        original(self, workers, *args, **options)


@violates("InterpreterPoolExecutor.max_workers", "InterpreterPoolExecutor.prefix")
def takes_no_positions(m):
    """All arguments have to be given by name, but for the first."""

    @replaces(m.InterpreterPoolExecutor, "__init__")
    def __init__(original, self, max_workers=None, **options):
        original(self, max_workers, **options)


@violates("InterpreterPoolExecutor.default")
def counts_five_more(m):
    """There are five more workers than CPUs."""
    counts_cpus(m, lambda: min(32, usable() + 5))


@violates("InterpreterPoolExecutor.default")
def counts_all_cpus(m):
    """CPUs count that the process may not use."""
    counts_cpus(m, lambda: min(32, os.cpu_count() + 4))


@violates("InterpreterPoolExecutor.most")
def counts_further_than_32(m):
    """There are four more workers than CPUs, however many that are."""
    counts_cpus(m, lambda: usable() + 4)


@violates("InterpreterPoolExecutor.positive")
def has_at_least_one(m):
    """What is not positive is 1."""
    changes(m, "max_workers", lambda number: max(1, number))


@violates("InterpreterPoolExecutor.prefix")
def names_threads_itself(m):
    """The prefix is ignored."""
    changes(m, "thread_name_prefix", lambda prefix: "")


@violates("InterpreterPoolExecutor.initializer")
def passes_no_arguments(m):
    """initargs are ignored."""
    changes(m, "initargs", lambda arguments: ())


@violates("InterpreterPoolExecutor.initializer")
def passes_one_argument_at_least(m):
    """Without initargs the initializer is called with None."""
    on_making(m, lambda options: options.update(initargs=options.get("initargs") or (None,)))


@violates("InterpreterPoolExecutor.initializer")
def initializes_before_each_task(m):
    """The initializer is called before each task, not only before the first one."""
    kept = {}

    def change(options):
        if options.get("initializer"):
            kept["call"] = options.pop("initializer"), tuple(options.pop("initargs", ()))

    on_making(m, change)

    def frame(fn, args, kwargs, initializer, initargs):
        initializer(*initargs)
        return fn(*args, **kwargs)

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        if "call" not in kept:
            return original(self, fn, *args, **kwargs)
        return original(self, frame, fn, args, kwargs, *kept["call"])


def initializes_by_a_task(m, first):
    """Have the initializer called once for a pool, by a task before the *first* one or after it."""
    kept = {}

    def change(options):
        if options.get("initializer"):
            kept["call"] = (options.pop("initializer"), *options.pop("initargs", ()))

    on_making(m, change)

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        call = kept.pop("call", (int,))
        if first:
            original(self, *call).exception()
        future = original(self, fn, *args, **kwargs)
        original(self, *call)
        return future


@violates("InterpreterPoolExecutor.each")
def initializes_one_interpreter(m):
    """The initializer is called in the first interpreter only."""
    initializes_by_a_task(m, first=True)


@violates("InterpreterPoolExecutor.before")
def initializes_after_the_first_task(m):
    """The initializer is called when the first task has been executed."""
    initializes_by_a_task(m, first=False)


@violates("InterpreterPoolExecutor.callable")
def ignores_what_it_cannot_call(m):
    """What is not callable is no initializer."""
    changes(m, "initializer", lambda initializer: initializer if callable(initializer) else None)


@violates(
    "InterpreterPoolExecutor.initializer-shareable", "InterpreterPoolExecutor.initargs-shareable"
)
def finds_out_when_it_is_too_late(m):
    """That the initializer cannot be sent is found out by the first worker, which breaks the pool."""

    def change(options):
        call = options.get("initializer"), tuple(options.get("initargs", ()))
        if callable(call[0]) and not m.is_shareable(call):
            options.update(initializer=int, initargs=("spam",))

    on_making(m, change)


@violates("InterpreterPoolExecutor.initializer-raises", "InterpreterPoolExecutor.broken")
def goes_on_without_the_initializer(m):
    """What the initializer raises is ignored."""

    def quietly(call, *arguments):
        try:
            call(*arguments)
        except BaseException:
            pass

    def change(options):
        if options.get("initializer"):
            options["initargs"] = (options["initializer"], *options.get("initargs", ()))
            options["initializer"] = quietly

    on_making(m, change)


@violates("InterpreterPoolExecutor.broken")
def cancels_tasks_of_a_broken_pool(m):
    """Tasks that have not begun when the pool breaks are cancelled."""
    from concurrent.futures import CancelledError

    on_error(m, lambda e: CancelledError() if isinstance(e, m.BrokenInterpreterPool) else e)


@violates(
    "InterpreterPoolExecutor.no-interpreter", "InterpreterPoolExecutor.broken", isolates=False
)
def makes_a_shared_one_instead(m):
    """Where no isolated interpreter can be created, a shared one will do."""
    changes(m, "isolated", lambda isolated: None)


@violates("InterpreterPoolExecutor.per-child", "InterpreterPoolExecutor.continues")
def keeps_its_interpreter(m):
    """max_tasks_per_child is ignored."""
    changes(m, "max_tasks_per_child", lambda number: None)


@violates("InterpreterPoolExecutor.continues")
def continues_with_a_new_worker(m):
    """When an interpreter has executed its tasks, so has its OS thread."""
    most, made, counts = [], [], [0]

    def change(options):
        if options.get("max_tasks_per_child"):
            most.append(options.pop("max_tasks_per_child"))
            made.append(dict(options))

    on_making(m, change)

    @on_submit(m)
    def submit(original, self, fn, /, *args, **kwargs):
        if most and counts[0] and counts[0] % most[0] == 0:
            made.append(m.InterpreterPoolExecutor(**made[0]))
        counts[0] += 1
        return original(made[-1] if len(made) > 1 else self, fn, *args, **kwargs)


@violates("InterpreterPoolExecutor.no-limit")
def has_a_limit_of_its_own(m):
    """After twenty tasks there is a new interpreter, if nothing else is said."""

    def change(options):
        if options.get("max_tasks_per_child") is None:
            options["max_tasks_per_child"] = 20

    on_making(m, change)


@violates("InterpreterPoolExecutor.per-child-type")
def takes_what_can_be_an_int(m):
    """A float or a str is converted."""
    changes(m, "max_tasks_per_child", lambda number: number and int(number))


@violates("InterpreterPoolExecutor.per-child-positive")
def takes_zero_for_none(m):
    """What is not positive sets no limit."""
    changes(m, "max_tasks_per_child", lambda n: None if isinstance(n, int) and n <= 0 else n)


@violates("InterpreterPoolExecutor.isolated")
def isolates_where_it_can(m):
    """isolated is ignored."""
    changes(m, "isolated", lambda isolated: None)


@violates("InterpreterPoolExecutor.isolated", isolates=True)
def isolates_nothing(m):
    """Interpreters are shared, whatever isolated is."""
    on_making(m, lambda options: options.update(isolated=False))


@violates("InterpreterPoolExecutor.site")
def always_imports_site(m):
    """Interpreters import the module site, whatever site is."""
    on_making(m, lambda options: options.update(site=True))


@violates("InterpreterPoolExecutor.site")
def does_not_know_site(m):
    """There is no argument of this name."""

    def change(options):
        if "site" in options:
            raise TypeError("unexpected keyword argument 'site'")

    on_making(m, change)


@violates("InterpreterPoolExecutor.spare")
def takes_no_spares(m):
    """Each interpreter is made when a worker needs it."""

    @replaces(m._sharing, "take_spare")
    def take_spare(original, isolated, site):
        return None


@violates("InterpreterPoolExecutor.max_workers")
def takes_anything(m):
    """Arguments that there are not are ignored."""

    def change(options):
        options.pop("spam", None)

    on_making(m, change)


@violates("InterpreterPoolExecutor.initializer")
def executes_the_initializer_elsewhere(m):
    """The initializer is called where the executor is made."""

    def change(options):
        if options.get("initializer"):
            options.pop("initializer")(*options.pop("initargs", ()))

    on_making(m, change)


@violates("InterpreterPoolExecutor.per-child")
def destroys_nothing(m):
    """What a task leaves is cleared away after it, and the interpreter stays."""
    on_making(m, lambda options: options.update(max_tasks_per_child=None))

    def frame(fn, args, kwargs):
        import builtins

        before = set(vars(builtins))
        result = fn(*args, **kwargs)
        for name in set(vars(builtins)) - before:
            delattr(builtins, name)
        return result

    around_tasks(m, frame)
