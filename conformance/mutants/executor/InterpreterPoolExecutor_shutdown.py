"""Mutants of shutdown() and stats()."""

from mutants.mutant import replaces, violates


def on_shutdown(m):
    """Return a decorator of what is done in the place of shutdown()."""
    return replaces(m.InterpreterPoolExecutor, "shutdown")


@violates("InterpreterPoolExecutor.shutdown.ends")
def cancels_if_nobody_waits(m):
    """Without waiting, tasks that have not begun are cancelled."""

    @on_shutdown(m)
    def shutdown(original, self, wait=True, *, cancel_futures=False):
        original(self, wait, cancel_futures=cancel_futures or not wait)


@violates("InterpreterPoolExecutor.shutdown.ends")
def ends_if_somebody_waits(m):
    """Without waiting the pool stays as it is."""

    @on_shutdown(m)
    def shutdown(original, self, wait=True, *, cancel_futures=False):
        if wait:
            original(self, cancel_futures=cancel_futures)


@violates("InterpreterPoolExecutor.shutdown.wait")
def does_not_wait(m):
    """shutdown() returns at once, whatever wait is."""

    @on_shutdown(m)
    def shutdown(original, self, wait=True, *, cancel_futures=False):
        original(self, False, cancel_futures=cancel_futures)


@violates("InterpreterPoolExecutor.shutdown.wait")
def is_shut_down_once(m):
    """Another call is an error."""
    done = []

    @on_shutdown(m)
    def shutdown(original, self, *args, **options):
        if self in done:
            raise RuntimeError("the pool has been shut down")
        done.append(self)
        original(self, *args, **options)


@violates("InterpreterPoolExecutor.shutdown.no-wait")
def always_waits(m):
    """shutdown() returns when the pool has ended, whatever wait is."""

    @on_shutdown(m)
    def shutdown(original, self, wait=True, *, cancel_futures=False):
        original(self, cancel_futures=cancel_futures)


@violates("InterpreterPoolExecutor.shutdown.cancel")
def cancels_nothing(m):
    """cancel_futures is ignored."""

    @on_shutdown(m)
    def shutdown(original, self, wait=True, *, cancel_futures=False):
        original(self, wait)


@violates("InterpreterPoolExecutor.shutdown.cancel")
def takes_cancel_futures_by_position(m):
    """cancel_futures can be given without its name."""

    @on_shutdown(m)
    def shutdown(original, self, wait=True, cancel_futures=False):
        original(self, wait, cancel_futures=cancel_futures)


@violates("InterpreterPoolExecutor.shutdown.context")
def leaves_its_block_at_once(m):
    """At the end of the block nobody waits."""

    def __exit__(self, *exception):
        self.shutdown(wait=False)

    m.InterpreterPoolExecutor.__exit__ = __exit__


@violates("InterpreterPoolExecutor.shutdown.context")
def swallows_exceptions(m):
    """An exception ends the block, and is not raised."""

    def __exit__(self, *exception):
        self.shutdown()
        return True

    m.InterpreterPoolExecutor.__exit__ = __exit__


def on_stats(m, change):
    """Have ``change(stats)`` returned by stats()."""

    @replaces(m.InterpreterPoolExecutor, "stats")
    def stats(original, self):
        return change(original(self))


@violates("InterpreterPoolExecutor.stats.dict")
def returns_pairs(m):
    """stats() returns a list of names and numbers."""
    on_stats(m, lambda stats: list(stats.items()))


@violates("InterpreterPoolExecutor.stats.workers")
def counts_idle_workers_twice(m):
    """Workers that are idle are counted among the workers, and once more."""

    on_stats(m, lambda stats: {**stats, "workers": stats["workers"] + stats["running"]})


@violates("InterpreterPoolExecutor.stats.idle")
def takes_all_workers_for_idle(m):
    """Each worker is counted as idle."""
    on_stats(m, lambda stats: {**stats, "idle": stats["workers"]})


@violates("InterpreterPoolExecutor.stats.queued")
def counts_what_is_executed_as_queued(m):
    """Tasks that are being executed are counted among those that wait."""
    on_stats(m, lambda stats: {**stats, "queued": stats["queued"] + stats["running"]})


@violates("InterpreterPoolExecutor.stats.running")
def tells_whether_something_is_executed(m):
    """running is 1 if any task is being executed."""
    on_stats(m, lambda stats: {**stats, "running": min(1, stats["running"])})


@violates("InterpreterPoolExecutor.stats.done")
def counts_what_is_executed_as_done(m):
    """Tasks are counted as soon as they have begun."""
    on_stats(m, lambda stats: {**stats, "done": stats["done"] + stats["running"]})
