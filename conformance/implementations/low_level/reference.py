"""the reference

The extension module of this repository, under the documented names.
"""

from interpreters._interpreters import *  # noqa: F403
