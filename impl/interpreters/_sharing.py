"""The extension module of this name, which takes the place of this one.

It works on the tables of ``_interpreters`` and is in the same library.  There the import system
does not look for it.
"""

import sys

from . import _interpreters

_loader = type(_interpreters.__loader__)(__name__, _interpreters.__file__)
_module = _loader.create_module(type(__spec__)(__name__, _loader, origin=_interpreters.__file__))
_module.__spec__ = type(__spec__)(__name__, _loader, origin=_interpreters.__file__)
_module.__file__ = _interpreters.__file__
sys.modules[__name__] = _module
try:
    _loader.exec_module(_module)
except BaseException:
    del sys.modules[__name__]
    raise
