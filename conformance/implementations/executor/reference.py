"""the reference

The package of this repository, under the documented names.
"""

from interpreters import *  # noqa: F403
from interpreters import BrokenInterpreterPool, Future, InterpreterPoolExecutor  # noqa: F401
