"""Runs inside the Python under test: one check, or the description of an implementation.

    worker.py check CHECK-FILE FUNCTION SUBJECT DESCRIPTOR
    worker.py describe NAMES SUBJECT DESCRIPTOR

SUBJECT is an adapter's file or a module's name.  The answer is one JSON line written to
DESCRIPTOR, which nobody else knows; what the code under test prints can therefore not be mistaken
for a verdict.  A check that ends the process gives no answer: the runner sees how it ended.  After
a verdict the process stops at once, so that what one check leaves behind is never judged as if it
were the check's own subject.
"""

import importlib.util
import json
import linecache
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import check  # noqa: E402  (its folder has just been put on the path)


def main(command, *arguments):
    """Do what the command line says, and write the answer."""
    *arguments, descriptor = arguments
    answer = {"check": run_check, "describe": describe}[command](*arguments)
    if answer is not None:
        os.write(int(descriptor), json.dumps(answer).encode() + b"\n")
        os._exit(0)


def run_check(path, name, subject):
    """Run the check *name* of the file *path*; return its verdict, or None if it ends the process."""
    spec = importlib.util.spec_from_file_location("checks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function = getattr(module, name)
    check.subject_name = subject
    try:
        function(check.load(subject))
    except check.Missing as error:
        return {"verdict": "missing", "detail": str(error)}
    except BaseException as error:
        if function.ends and isinstance(error, SystemExit):
            raise
        return {"verdict": "fail", "detail": explain(error, path)}
    return None if function.ends else {"verdict": "pass", "detail": ""}


def explain(error, path):
    """Return a line that tells why a check failed."""
    if not isinstance(error, AssertionError) or not str(error):
        where = error.__traceback__
        while where.tb_next and where.tb_next.tb_frame.f_code.co_filename == path:
            where = where.tb_next
        line = linecache.getline(path, where.tb_lineno).strip()
        if isinstance(error, AssertionError):
            return line
        return "%s: %s, at: %s" % (type(error).__name__, error, line)
    return str(error)


def describe(names, subject):
    """Return what there is: the Python, and how each documented name is reached."""
    reached = {}
    try:
        module = check.load(subject)
    except BaseException as error:
        return {"error": "%s: %s" % (type(error).__name__, error)}
    for name in names.split(","):
        try:
            value = module
            for part in name.split("."):
                value = getattr(value, part)
        except AttributeError:
            reached[name] = None
            continue
        own = getattr(value, "__name__", name.rpartition(".")[2])
        if getattr(value, "__module__", None) == "conformance_adapter" and value.__doc__:
            own = value.__doc__.splitlines()[0].rstrip(".")
        if own != name.rpartition(".")[2]:
            reached[name] = own
    return {
        "python": "%s-%s" % (sys.implementation.name, python_version()),
        "names": reached,
    }


def python_version():
    """Return the full version of this Python, with a letter for each ABI that is not the usual."""
    version = "%d.%d.%d" % sys.version_info[:3]
    if sys.version_info[3] != "final":
        version += {"alpha": "a", "beta": "b", "candidate": "rc"}[sys.version_info[3]]
        version += str(sys.version_info[4])
    return version + getattr(sys, "abiflags", "")


if __name__ == "__main__":
    main(*sys.argv[1:])
