"""Extension modules that work on the tables of ``_interpreters``, and so are in its library.

The import system does not look for them there.  For each there is a file in Python that has its
name, and has the extension module take its place.
"""

from __future__ import annotations

import sys

from . import _interpreters

TYPE_CHECKING = False  # as in typing, without importing it in every interpreter
if TYPE_CHECKING:
    from typing import Any


def take_place(name: str) -> None:
    """Put the extension module of that name in the place of the module that calls this.

    Parameters
    ----------
    name
        Its full name.

    Raises
    ------
    ImportError
        If the library does not have it.
    """
    origin: Any = _interpreters.__spec__
    loader = type(origin.loader)(name, origin.origin)
    spec = type(origin)(name, loader, origin=origin.origin)
    module = loader.create_module(spec)
    module.__spec__ = spec
    module.__file__ = origin.origin
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
