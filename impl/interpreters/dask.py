"""Workers of Dask whose tasks run in interpreters.

A worker of Dask has threads that call its tasks.  Here a thread still does, so all that Dask knows of
a task, and does about it, stays as it is.  But what the thread calls is a stand-in, which has the task
called in an interpreter of a pool and waits for that.  A plugin of the worker puts the stand-in in the
place of the task, when the task is about to be executed.

**A task that cannot run there.**  Its function, or an argument, may not be shareable, or need an
extension module that refuses isolated interpreters.  Then the thread calls the task itself: if it has
not begun in the interpreter, so that no task is begun twice.  Whether it has, a byte tells that both
interpreters see.

**The profiler.**  Dask's profiler calls ``sys._current_frames()``, again and again.  In older CPythons
that goes through the frames of all interpreters while these run, and the process crashes.
"""

from __future__ import annotations

import logging
import re
import sys

import dask  # type: ignore[import-not-found, unused-ignore]
from dask.utils import funcname, key_split  # type: ignore[import-not-found, unused-ignore]
from distributed import WorkerPlugin  # type: ignore[import-not-found, unused-ignore]

from . import InterpreterError, InterpreterPoolExecutor, NotShareableError
from ._engines import call_task
from ._executor import _ADVICE as _OF_THE_POOL

TYPE_CHECKING = False  # as in typing, without importing it
if TYPE_CHECKING:
    from typing import Any, Mapping, Protocol

    from . import Future

    class Task(Protocol):
        """What is used of a task of Dask."""

        key: Any
        func: Any
        is_coro: bool

        def __call__(self, values: Mapping[Any, Any], /) -> Any: ...


# Dask keeps what is logged by that name for Client.get_worker_logs().
_logger = logging.getLogger("distributed.worker.interpreters")

THREADS = "threads"
INTERPRETERS = "interpreters"
_ADVICE = 'with dask.annotate(executor="threads") the task is called in a thread of the worker'

# The oldest that have been tried and do not crash. Of 3.12 there is none.
_SAFE: dict[tuple[int, ...], tuple[int, ...]] = {(3, 13): (3, 13, 18), (3, 14): (3, 14, 10)}
_CRASHES = (
    "CPython {}.{}.{} crashes when Dask's profiler meets isolated interpreters; set "
    "distributed.worker.profile.enabled to false in Dask's configuration"
).format(*sys.version_info)


class InterpreterPlugin(WorkerPlugin):  # type: ignore[misc, unused-ignore]
    """What makes the tasks of a worker run in interpreters.

    Tasks that are annotated with ``executor="threads"`` stay what they are without the plugin, and so
    do coroutines and actors.

    Parameters
    ----------
    annotated_only
        Whether only tasks run in interpreters that are annotated with ``executor="interpreters"``.
    **options
        Arguments of ``InterpreterPoolExecutor``, such as *initializer*.  The pool has as many
        interpreters as the worker has threads, unless *max_workers* says otherwise.
    """

    name = INTERPRETERS

    def __init__(self, *, annotated_only: bool = False, **options: Any) -> None:
        self.names = (INTERPRETERS,) if annotated_only else (INTERPRETERS, "default")
        self.options = options

    def setup(self, worker: Any) -> None:
        """Make the pool: called by Dask when the worker gets the plugin.

        Parameters
        ----------
        worker
            The worker.

        Raises
        ------
        InterpreterError
            If Dask's profiler is on, and this Python crashes then.
        """
        profiled = dask.config.get("distributed.worker.profile.enabled")
        if profiled and not profiler_is_safe() and self.options.get("isolated") is not False:
            raise InterpreterError(_CRASHES)
        self.worker = worker
        self.pool = InterpreterPoolExecutor(
            **{"max_workers": worker.state.nthreads, **self.options}
        )
        self.refused: dict[object, bytearray] = {}
        self.running: set[Future] = set()
        for name in (INTERPRETERS, THREADS):
            worker.executors.setdefault(name, worker.executors["default"])

    def teardown(self, worker: Any) -> None:
        """End the pool: called by Dask when the worker closes, or gets another plugin of the name.

        A worker that closes does not wait for its tasks, which another one begins anew.

        Parameters
        ----------
        worker
            The worker.
        """
        closing = worker.status.name == "closing"
        self.pool.shutdown(wait=False, cancel_futures=closing)
        if closing:
            for future in list(self.running):
                future.interrupt()

    def transition(self, key: object, start: str, finish: str, **others: object) -> None:
        """Put the stand-in in the place of a task: called by Dask when that changes its state.

        Parameters
        ----------
        key
            Its key.
        start, finish
            The names of the states.
        **others
            Not used.
        """
        if finish != "executing":
            return
        state = self.worker.state.tasks[key]
        task, name = state.run_spec, (state.annotations or {}).get("executor", "default")
        if name not in self.names or key in self.worker.state.actors:
            return
        if hasattr(task, "func") and not task.is_coro:  # neither data nor a stand-in
            state.run_spec = _StandIn(task, self)

    def call(self, task: Task, data: Mapping[Any, Any]) -> Any:
        """Call a task, in an interpreter if it can be.

        Parameters
        ----------
        task
            The task.
        data
            The results that it depends on, by their keys.

        Returns
        -------
        object
            Its result.

        Raises
        ------
        BaseException
            What the task raises, or what makes its result anew.
        """
        mark = _mark(task)
        if mark in self.refused:
            return task(data)
        begun = bytearray(1)
        try:
            future = self.pool.submit(call_task, task, data, memoryview(begun))
            self.running.add(future)
            try:
                return future.result()
            finally:
                self.running.discard(future)
        except BaseException as error:
            if begun[0]:
                _advise(error)
                raise
            if self.refused.setdefault(mark, begun) is begun:  # only one thread is the first
                _logger.warning("%s is called in threads: %s", funcname(task.func), _reason(error))
        return task(data)


class _StandIn:
    """A task that an interpreter is to call."""

    is_coro = False

    def __init__(self, task: Task, plugin: InterpreterPlugin) -> None:
        self.task = task
        self.plugin = plugin

    def __call__(self, data: Mapping[Any, Any]) -> Any:
        return self.plugin.call(self.task, data)

    def __repr__(self) -> str:
        return repr(self.task)


def profiler_is_safe(version: tuple[int, ...] = sys.version_info[:3]) -> bool:
    """Tell whether a CPython stands Dask's profiler beside isolated interpreters.

    Parameters
    ----------
    version
        Its version; this one's unless given.

    Returns
    -------
    bool
        Whether it is known to.
    """
    return version >= _SAFE.get(version[:2], (3, 15))


def _reason(error: BaseException) -> str:
    """Why a task cannot run in an interpreter, in a line: what NumPy and others say of it is a page."""
    texts: list[str] = []
    each: BaseException | None = error
    while each is not None:
        texts.append(str(each).strip())
        each = each.__cause__ or each.__context__
    refusal = re.search(r"module \S+ does not support loading in subinterpreters", "\n".join(texts))
    return refusal.group() if refusal else texts[0].partition("\n")[0] or type(error).__name__


def _advise(error: BaseException) -> None:
    """Say what to do about a task that refuses when it has begun.  Notes have been there since 3.11."""
    advised = _OF_THE_POOL in getattr(error, "__notes__", ())
    if (advised or isinstance(error, NotShareableError)) and hasattr(error, "add_note"):
        error.add_note(_ADVICE)


def _mark(task: Task) -> object:
    """What tasks have in common that call the same function.

    Functions of a client's script are made anew for each task; their code is equal.  What Dask fuses
    has one function of Dask's, and keys that begin with the same names.
    """
    function = task.func
    name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    return key_split(task.key), getattr(function, "__code__", name)


async def dask_setup(worker: Any) -> None:
    """Give a worker the plugin: called by Dask, for ``--preload interpreters.dask``.

    Parameters
    ----------
    worker
        The worker.
    """
    await worker.plugin_add(plugin=InterpreterPlugin(), catch_errors=False)
