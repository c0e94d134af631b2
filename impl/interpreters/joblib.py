"""A backend of joblib whose workers are interpreters.

joblib makes batches of calls, and asks a backend to execute these.  Here they are tasks of a pool.  A
batch is not sent as it is, for that takes joblib to be there, but as the calls that it consists of.
"""

from __future__ import annotations

from joblib import cpu_count  # type: ignore[import-not-found, import-untyped, unused-ignore]
from joblib._parallel_backends import (  # type: ignore[import-not-found, import-untyped, unused-ignore]
    AutoBatchingMixin,
    FallbackToBackend,
    ParallelBackendBase,
    SequentialBackend,
)

from . import InterpreterPoolExecutor
from ._engines import call_each

TYPE_CHECKING = False  # as in typing, without importing it
if TYPE_CHECKING:
    from typing import Any, Callable

    from . import Future


class InterpreterBackend(AutoBatchingMixin, ParallelBackendBase):  # type: ignore[misc, unused-ignore]
    """Executes what ``joblib.Parallel`` is given in isolated interpreters.

    The methods are those that joblib asks a backend for.

    Parameters
    ----------
    **options
        Arguments of ``InterpreterPoolExecutor``, such as *initializer*, and those of any backend.
    """

    supports_retrieve_callback = True

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """Tell how many interpreters there will be.

        Parameters
        ----------
        n_jobs
            How many are wanted; -1 for as many as there are CPUs, -2 for one less.

        Returns
        -------
        int
            How many that is.

        Raises
        ------
        ValueError
            If *n_jobs* is 0.
        """
        if n_jobs == 0:
            raise ValueError("n_jobs must not be 0")
        if n_jobs is None:
            return 1
        return n_jobs if n_jobs > 0 else max(cpu_count() + 1 + n_jobs, 1)

    def configure(
        self,
        n_jobs: int | None = 1,
        parallel: Any = None,
        **others: object,
    ) -> int:
        """Make the pool.

        Parameters
        ----------
        n_jobs
            As for `effective_n_jobs`.
        parallel
            The ``joblib.Parallel`` that asks.
        **others
            What is for other backends.

        Returns
        -------
        int
            How many interpreters it has.

        Raises
        ------
        FallbackToBackend
            If that is one: then joblib calls everything itself.
        """
        count = self.effective_n_jobs(n_jobs)
        if count == 1:
            raise FallbackToBackend(SequentialBackend(nesting_level=self.nesting_level))
        self.parallel = parallel
        options = {"isolated": True, **self.backend_kwargs}
        self._pool = InterpreterPoolExecutor(count, **options)
        self._batches: set[Future] = set()
        return count

    def submit(self, func: Any, callback: Callable[[Any], object] | None = None) -> Future:
        """Have a batch executed.

        Parameters
        ----------
        func
            The batch.
        callback
            What to call when it has ended, with what this method has returned.

        Returns
        -------
        Future
            The task.
        """
        future = self._pool.submit(call_each, func.items)
        self._batches.add(future)
        future.add_done_callback(self._batches.discard)
        if callback is not None:
            future.add_done_callback(callback)
        return future

    def retrieve_result_callback(self, out: Future) -> Any:
        """Take the results of a batch.

        Parameters
        ----------
        out
            What `submit` has returned.

        Returns
        -------
        list
            The results.

        Raises
        ------
        BaseException
            What a call has raised.
        """
        return out.result()

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Interrupt what is being executed, and forget the rest: another call has failed.

        Parameters
        ----------
        ensure_ready
            Whether there will be more to do.
        """
        self._pool.shutdown(wait=False, cancel_futures=True)
        for future in list(self._batches):
            future.interrupt()
        if ensure_ready:
            self.configure(self.parallel.n_jobs, self.parallel)

    def terminate(self) -> None:
        """End the pool: everything has been executed."""
        self._pool.shutdown(wait=False)
        self.reset_batch_stats()
