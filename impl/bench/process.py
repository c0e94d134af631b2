"""A process that __main__.py starts: a CPython measures of itself one group of figures.

What is asked for is one line of JSON as the argument: the folders to import from, the function that
measures, by its module, and its arguments.  The answer is one line of JSON on standard output; or the
exception, for on standard error are also the complaints of the processes that it leaves behind.

The workers of some executors import this too, before they do anything else: so what it needs itself
is imported where it is needed.
"""

import importlib
import os
import sys


def describe():
    """What the figures depend on."""
    import encodings
    import platform
    from importlib.util import cache_from_source

    return {
        "version": platform.python_version(),
        "compiler": platform.python_compiler(),
        "compiled": os.path.exists(cache_from_source(encodings.__file__)),
        "isolates": sys.version_info >= (3, 12),
    }


def answer():
    """Print it."""
    import json

    folders, group, *arguments = json.loads(sys.argv[1])
    sys.path[:0] = folders
    module, _, function = group.rpartition(".")
    found = describe if group == "describe" else getattr(importlib.import_module(module), function)
    print(json.dumps(found(*arguments)), flush=True)


def main():
    status = 1
    try:
        answer()
        status = 0
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", flush=True)
    os._exit(status)  # what lives still is nobody's business: some CPythons abort over it


if __name__ == "__main__":
    main()
