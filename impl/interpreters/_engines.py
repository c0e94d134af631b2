"""What interpreters execute for Dask and joblib.

Neither can be imported in an isolated interpreter, so this is not in the modules that import them.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in typing, without importing it in every interpreter
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable


def call_task(task: Callable[[Any], Any], data: object, begun: memoryview) -> Any:
    """Call a task of Dask, and tell that it has begun.

    Parameters
    ----------
    task
        The task.
    data
        What it depends on.
    begun
        A byte, which is set to 1: the task and the data are here.

    Returns
    -------
    object
        The result of the task.

    Raises
    ------
    BaseException
        What the task raises.
    """
    begun[0] = 1
    return task(data)


def call_each(calls: Iterable[tuple[Callable[..., Any], Any, Any]]) -> list[Any]:
    """Call the functions of a batch of joblib.

    Parameters
    ----------
    calls
        The functions, each with its arguments and its keyword arguments.

    Returns
    -------
    list
        What they return.

    Raises
    ------
    BaseException
        What the first that raises an exception raises.
    """
    return [function(*args, **kwargs) for function, args, kwargs in calls]
