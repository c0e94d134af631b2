"""the toy

How the suite is shown to an implementation that has some of its names otherwise: an adapter imports
what is there and gives it the documented names.  It renames, and where a value comes wrapped it
unwraps; it converts no exception and fills no gap.  So what the toy lacks is not here either.
"""

import toy as implementation  # noqa: F401  (so that the suite can tell all of its names)
from toy import (  # noqa: F401
    InterpreterError,
    InterpreterNotFoundError,
    create,
    destroy,
    get_current,
    get_main,
    is_running,
    run_string,
)
from toy import list_all as enumerate  # noqa: F401
