"""_xxsubinterpreters

CPython 3.8 to 3.12, private.  It has another name for one function.
"""

import _xxsubinterpreters as implementation  # noqa: F401
from _xxsubinterpreters import create, destroy, get_current, get_main, is_running, run_string  # noqa: F401
from _xxsubinterpreters import list_all as enumerate  # noqa: F401
