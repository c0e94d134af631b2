"""An executor whose workers are interpreters.

What is done for each task is done in C (``_pool``): it is described, put in line, executed, waited
for and made anew there.  Here is what is done for each pool and each worker: threads are started, and
make an interpreter in which they serve the pool until it ends.

**Futures.**  A future of ``concurrent.futures`` has a lock, a condition and lists of who is to be told
of its end.  Nearly all futures end without anybody having to be told, so one gets these when somebody
looks for them.  From then on the worker, when it has executed the task, comes back to this
interpreter to tell them.

**The end.**  Nothing that a worker's thread holds keeps the executor alive: when that is gone, so is
the pool, as soon as it has nothing to do.
"""

from __future__ import annotations

import collections
import itertools
import os
import sys
import threading
import time
import weakref
from concurrent import futures
from concurrent.futures.thread import BrokenThreadPool, ThreadPoolExecutor

from . import Interpreter, create
from ._pool import Pool, Task
from ._sharing import NotShareableError, is_shareable

TYPE_CHECKING = False  # as in typing, without importing it
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Iterator, TypeVar

    Result = TypeVar("Result")
    _StandardFuture = futures.Future[Any]
else:
    _StandardFuture = futures.Future  # which has no [] in 3.8


class BrokenInterpreterPool(BrokenThreadPool):
    """The pool cannot execute tasks any more; implements the clauses ``BrokenInterpreterPool.*``."""


class Future(Task, _StandardFuture):
    """A task of a pool; implements the clauses ``Future.*``."""

    def result(self, timeout: float | None = None) -> Any:
        """Return what the task has returned.

        Parameters
        ----------
        timeout
            How many seconds to wait for it; ``None`` for any time.

        Returns
        -------
        object
            The result, made anew here.

        Raises
        ------
        concurrent.futures.TimeoutError
            If it is not there by then.
        concurrent.futures.CancelledError
            If the task has been cancelled.
        BaseException
            What the task has raised.
        """
        try:
            return self._take(timeout)
        except ImportError as error:
            _advise(error)
            raise
        finally:
            self = None  # type: ignore[assignment]  # it is not to keep its own traceback alive

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Return what the task has raised, or ``None``.

        Parameters
        ----------
        timeout
            How many seconds to wait for its end; ``None`` for any time.

        Returns
        -------
        BaseException or None
            The exception.

        Raises
        ------
        concurrent.futures.TimeoutError
            If it has not ended by then.
        concurrent.futures.CancelledError
            If the task has been cancelled.
        """
        error = self._error(timeout)
        if error is not None:
            _advise(error)
        return error

    def cancel(self) -> bool:
        """Cancel the task, unless it has begun; implements ``Future.cancel.*``.

        Returns
        -------
        bool
            Whether it is cancelled now.
        """
        return self._cancel()

    def interrupt(self, exception: BaseException | type[BaseException] = KeyboardInterrupt) -> bool:
        """Raise an exception in the task; implements ``Future.interrupt.*``.

        Parameters
        ----------
        exception
            An exception class or an exception.

        Returns
        -------
        bool
            Whether the task was being executed.

        Raises
        ------
        TypeError
            If *exception* is neither.
        """
        if not isinstance(exception, BaseException) and not (
            isinstance(exception, type) and issubclass(exception, BaseException)
        ):
            kind = type(exception).__name__
            raise TypeError(f"exception must be an exception class or an exception, not {kind}")
        return self._interrupt(exception)

    # What the functions of concurrent.futures look for

    def __getattr__(self, name: str) -> Any:
        """Make what tells of the end of the task, when somebody looks for it."""
        if name not in ("_condition", "_waiters", "_done_callbacks"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        with _making:
            attributes = self.__dict__
            if "_condition" not in attributes:
                attributes.update(_waiters=[], _done_callbacks=[])
                self._watch()
                attributes["_condition"] = threading.Condition()
        return attributes[name]

    def _ended(self) -> None:
        """Tell of the end of the task: called in the thread that has executed or cancelled it."""
        with self._condition:
            for waiter in self._waiters:
                if self.cancelled():
                    waiter.add_cancelled(self)
                elif self._error(None) is not None:
                    waiter.add_exception(self)
                else:
                    waiter.add_result(self)
            self._announce()
            self._condition.notify_all()
        self._invoke_callbacks()

    # What the base class sets is looked up here.

    @property
    def _result(self) -> Any:  # type: ignore[override]
        return None if self._error(None) is not None else self._take(None)

    @property
    def _exception(self) -> BaseException | None:  # type: ignore[override]
        return self.exception()


_making = threading.RLock()


# Isolated interpreters and notes have been there since 3.12 and 3.11.
_ADVICE = "InterpreterPoolExecutor(isolated=False) has interpreters in which it can be imported"


def _advise(error: BaseException) -> None:
    """Say what to do about an extension module that refuses isolated interpreters."""
    refused = "does not support loading in subinterpreters"
    if isinstance(error, ImportError) and refused in str(error):
        if _ADVICE not in getattr(error, "__notes__", ()):
            error.add_note(_ADVICE)


class InterpreterPoolExecutor(ThreadPoolExecutor):
    """A pool of interpreters; implements the clauses ``InterpreterPoolExecutor.*``.

    A pool of threads is what the standard's is, and what event loops of asyncio want; nothing of it
    is inherited.

    Parameters
    ----------
    max_workers
        How many interpreters it has at most; ``None`` for four more than the CPUs that the process
        may use, but not more than 32.
    thread_name_prefix
        What the names of its threads begin with.
    initializer, initargs
        What is called in each new interpreter, and with which arguments.
    max_tasks_per_child
        After how many tasks an interpreter is replaced by a new one; ``None`` for never.
    isolated, site
        As for ``create()``.

    Raises
    ------
    TypeError
        If *initializer* is not callable, or *max_tasks_per_child* is no ``int``.
    ValueError
        If *max_workers* or *max_tasks_per_child* is not positive.
    NotShareableError
        If *initializer* or one of its arguments cannot be sent.
    """

    _numbers = itertools.count()

    def __init__(
        self,
        max_workers: int | None = None,
        thread_name_prefix: str = "",
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        max_tasks_per_child: int | None = None,
        isolated: bool | None = None,
        site: bool = False,
    ) -> None:
        if max_workers is None:
            max_workers = min(32, _count_processors() + 4)
        if max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if max_tasks_per_child is not None:
            if not isinstance(max_tasks_per_child, int):
                kind = type(max_tasks_per_child).__name__
                raise TypeError(f"max_tasks_per_child must be an int, not {kind}")
            if max_tasks_per_child <= 0:
                raise ValueError("max_tasks_per_child must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        if initializer is not None and not is_shareable((initializer, tuple(initargs))):
            raise NotShareableError("initializer, or one of initargs, cannot be sent to a worker")
        self._max_workers = max_workers
        self._thread_name_prefix = (
            thread_name_prefix or f"InterpreterPoolExecutor-{next(self._numbers)}"
        )
        self._recipe = _Recipe(
            initializer, tuple(initargs), max_tasks_per_child or 0, isolated, site
        )
        self._pool = Pool()
        self._missing = max_workers  # how many workers more it may have
        self._threads: set[_Worker] = set()
        self._starting = threading.RLock()
        _executors.add(self)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Have a worker call a function; implements ``InterpreterPoolExecutor.submit.*``.

        Parameters
        ----------
        fn
            What to call.
        *args, **kwargs
            Its arguments.

        Returns
        -------
        Future
            The task.

        Raises
        ------
        RuntimeError
            If the pool has been shut down.
        BrokenInterpreterPool
            If it is broken.
        """
        future = self._pool.submit(Future, fn, args, kwargs, None, False)
        if self._missing:
            self._start_worker(future)
        return future

    def submit_within(
        self, seconds: float, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Future:
        """Have a worker call a function, for so long at most; implements
        ``InterpreterPoolExecutor.submit_within.*``.

        Parameters
        ----------
        seconds
            After how many seconds, from when it is called, the function is interrupted.
        fn, *args, **kwargs
            As for ``submit()``.

        Returns
        -------
        Future
            The task.

        Raises
        ------
        TypeError
            If *seconds* is no number.
        ValueError
            If *seconds* is negative.
        RuntimeError
            What ``submit()`` raises.
        """
        if seconds is None:
            raise TypeError("seconds must be an int or a float, not NoneType")
        future = self._pool.submit(Future, fn, args, kwargs, seconds, False)
        if self._missing:
            self._start_worker(future)
        return future

    def map(
        self,
        fn: Callable[..., Result],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[Result]:
        """Call a function for each item; implements ``InterpreterPoolExecutor.map.*``.

        Parameters
        ----------
        fn
            What to call.
        *iterables
            Where its arguments come from.
        timeout
            How many seconds after this call the last result is to be there; ``None`` for any time.
        chunksize
            How many items make one task.
        buffersize
            How many tasks are submitted whose results have not been taken; ``None`` for all.

        Returns
        -------
        iterator
            The results, in the order of the items.

        Raises
        ------
        TypeError
            If *buffersize* is no ``int``.
        ValueError
            If *chunksize* or *buffersize* is not positive.
        RuntimeError
            What ``submit()`` raises.
        """
        if chunksize < 1:
            raise ValueError("chunksize must be greater than 0")
        if buffersize is not None and not isinstance(buffersize, int):
            raise TypeError("buffersize must be an integer or None")
        if buffersize is not None and buffersize < 1:
            raise ValueError("buffersize must be None or > 0")
        sys.audit("interpreters.submit", fn)
        until = None if timeout is None else time.monotonic() + timeout
        items = zip(*iterables)
        chunks = iter(lambda: tuple(itertools.islice(items, chunksize)), ())
        submitted = collections.deque(
            self._submit_chunk(fn, chunk) for chunk in itertools.islice(chunks, buffersize)
        )
        rest = () if buffersize is None else chunks
        return _results(submitted, weakref.ref(self), fn, iter(rest), until)

    def _submit_chunk(self, fn: Callable[..., Any], chunk: tuple[Any, ...]) -> Future:
        future = self._pool.submit(Future, fn, chunk, None, None, True)
        if self._missing:
            self._start_worker(future)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the pool when it has executed its tasks; implements
        ``InterpreterPoolExecutor.shutdown.*``.

        Parameters
        ----------
        wait
            Whether to return only when it has ended.
        cancel_futures
            Whether to cancel the tasks that have not begun.
        """
        with self._starting:
            self._missing = 0
            self._pool.shut(bool(cancel_futures))
        if wait:
            for worker in list(self._threads):
                worker.wait()

    def stats(self) -> dict[str, int]:
        """Count what the pool is doing; implements ``InterpreterPoolExecutor.stats.*``.

        Returns
        -------
        dict
            How many workers there are, how many of them are idle, and how many tasks are queued,
            running and done.
        """
        return self._pool.stats()

    def __del__(self) -> None:
        pool = self.__dict__.get("_pool")
        if pool is not None:
            pool.shut(False)

    def _start_worker(self, future: Future) -> None:
        """Start a worker, if there are too few for that future."""
        with self._starting:
            if not self._missing or not self._pool.join():
                return
            number = self._max_workers - self._missing
            worker = _Worker(self._pool, self._recipe, f"{self._thread_name_prefix}_{number}")
            _workers.add(worker)
            try:
                if _ending:
                    raise RuntimeError("cannot schedule new futures: the interpreter is ending")
                worker.start()
            except RuntimeError:
                _workers.discard(worker)
                self._pool.leave()
                if not self._threads:
                    future.cancel()
                    raise
                return
            self._missing -= 1
            self._threads.add(worker)


def _results(
    submitted: collections.deque[Future],
    executor: Callable[[], InterpreterPoolExecutor | None],
    fn: Callable[..., Any],
    chunks: Iterator[tuple[Any, ...]],
    until: float | None,
) -> Iterator[Any]:
    """Take the results of chunks, in order; submit another chunk for each that is taken."""
    try:
        while submitted:
            timeout = None if until is None else until - time.monotonic()
            results, error = submitted[0]._take(timeout)
            submitted.popleft()
            pool = executor()
            if pool is not None:
                submitted.extend(pool._submit_chunk(fn, c) for c in itertools.islice(chunks, 1))
            del pool
            left = list(reversed(results))
            del results
            while left:  # whoever has got a result is the only one to keep it
                yield left.pop()
            if error is not None:
                _advise(error)
                try:
                    raise error
                finally:
                    del error  # it is not to keep its own traceback alive
    finally:
        for future in submitted:
            future.cancel()


# Workers

# Up to 3.8 threads that are no daemons are waited for before anybody can be told to end.
_DAEMONS = sys.version_info < (3, 9)


def _count_processors() -> int:
    """Return how many CPUs the process may use."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Recipe:
    """What the workers of a pool have in common."""

    def __init__(
        self,
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
        most: int,
        isolated: bool | None,
        site: bool,
    ) -> None:
        self.initializer = initializer
        self.initargs = initargs
        self.most = most
        self.isolated = isolated
        self.site = site


class _Worker(threading.Thread):
    """A thread that serves a pool until that ends, in one interpreter after the other."""

    def __init__(self, pool: Pool, recipe: _Recipe, name: str) -> None:
        super().__init__(target=self.work, name=name, daemon=_DAEMONS)
        self.pool = pool
        self.recipe = recipe
        self.ended = threading.Event()

    def work(self) -> None:
        """Serve until there are to be no more tasks."""
        try:
            while self.serve():
                pass
        except BaseException as error:  # tracemalloc, or want of memory
            self.pool.break_off(f"a worker has ended: {error}")
            raise
        finally:
            self.pool.leave()
            _workers.discard(self)
            self.ended.set()

    def wait(self) -> None:
        """Wait for its end.  A join() that Ctrl-C interrupts takes it for ended, up to 3.12."""
        self.ended.wait()
        self.join()

    def serve(self) -> bool:
        """Serve the pool in a new interpreter; tell whether there is to be another one."""
        pool, recipe = self.pool, self.recipe
        try:
            interpreter = create(isolated=recipe.isolated, site=recipe.site)
        except BaseException as error:
            pool.break_off(f"a worker has no interpreter: {error}")
            return False
        try:
            if recipe.initializer is not None:
                interpreter.call(recipe.initializer, *recipe.initargs)
        except BaseException as error:
            futures._base.LOGGER.critical("Exception in initializer:", exc_info=True)
            pool.break_off(f"the initializer of a worker raised {type(error).__name__}: {error}")
            _destroy(interpreter)
            return False
        more = pool.serve(interpreter.id, recipe.most)
        _destroy(interpreter)
        return more


def _destroy(interpreter: Interpreter) -> None:
    """Destroy a worker's interpreter; or say why it stays, such as a thread that a task has left."""
    try:
        interpreter.destroy()
    except Exception:  # InterpreterError, or what a hook of sys.addaudithook() raises
        futures._base.LOGGER.critical("The interpreter of a worker stays:", exc_info=True)


# All executors and all workers, to be ended when the interpreter ends.
_executors: weakref.WeakSet[InterpreterPoolExecutor] = weakref.WeakSet()
_workers: set[_Worker] = set()
_ending = False


def _end_all() -> None:
    """Have all tasks executed, and all workers end."""
    global _ending
    _ending = True
    for pool in [each._pool for each in _executors] + [worker.pool for worker in _workers]:
        pool.shut(False)
    for worker in list(_workers):
        worker.wait()


def _after_fork() -> None:
    """Whoever held these locks is not in the child process, nor are the workers."""
    global _making
    _making = threading.RLock()
    for each in _executors:
        each._starting = threading.RLock()
    for worker in _workers:
        worker.ended = threading.Event()
        worker.ended.set()
    _workers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
if sys.version_info >= (3, 9):
    threading._register_atexit(_end_all)  # type: ignore[attr-defined]  # before threads are joined
else:
    import atexit

    atexit.register(_end_all)
