"""Runs one check, or describes one implementation: the process in which a subject lives.

The runner starts it with the Python under test, so it is written for any Python from 3.8.

    worker.py check CHECK-FILE FUNCTION SUBJECT DESCRIPTOR MEMORY
    worker.py describe NAMES SUBJECT DESCRIPTOR MEMORY

SUBJECT is an adapter's file or a module's name.  The answer is one line written to the socket
DESCRIPTOR, which nobody else knows: what the code under test prints can therefore not be mistaken
for a verdict.  Nor can what it writes to every descriptor that it finds: an answer counts only if it
begins with the key that the runner has sent through the socket.  A check that ends the process gives
no answer: the runner sees how it ended.  After a verdict the process stops at once, so that what one
check leaves behind is never judged as if it were the check's own subject.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import check  # noqa: E402  (its folder has just been put on the path)

# As they are before a subject can replace them.
getpid, write, _exit = os.getpid, os.write, os._exit

# No file that a subject writes, nor its output, grows beyond this.
FILE_BYTES = 1 << 26


def main(command, *arguments):
    """Do what the command line says, and write the answer."""
    *arguments, descriptor, memory = arguments
    descriptor, process = int(descriptor), getpid()
    key = os.read(descriptor, 64).decode()
    limit(int(memory))
    answer = {"check": run_check, "describe": describe}[command](*arguments)
    if getpid() != process:
        _exit(0)  # the subject has forked: the parent answers
    if answer is not None:
        line = "%s %s\n" % (key, " ".join(answer.split()))
        write(descriptor, line.encode("utf-8", "backslashreplace"))
        _exit(0)


def limit(memory):
    """Limit what the process can take: MiB of address space (0: no limit), and bytes of a file."""
    try:
        import resource
    except ImportError:  # not on every system, nor in every Python
        return
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, FILE_BYTES)]
    if memory:
        limits.append((resource.RLIMIT_AS, memory << 20))
    for what, most in limits:
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, hard))


def run_check(path, name, subject):
    """Run the check *name* of the file *path*; return the verdict and why, or None if it is to end."""
    function = getattr(check.load_file("checks", path), name)
    check.subject_name = subject
    try:
        function(check.load(subject))
    except check.Missing as error:
        return "missing %s" % error
    except BaseException as error:
        if function.ends and isinstance(error, SystemExit):
            raise
        return "fail " + explain(error, path)
    return None if function.ends else "pass"


def explain(error, path):
    """Return a line that tells why a check failed."""
    if not isinstance(error, AssertionError) or not str(error):
        import linecache

        where = error.__traceback__
        while where.tb_next and where.tb_next.tb_frame.f_code.co_filename == path:
            where = where.tb_next
        line = linecache.getline(path, where.tb_lineno).strip()
        if isinstance(error, AssertionError):
            return line
        return "%s: %s, at: %s" % (type(error).__name__, error, line)
    return str(error)


def describe(names, subject):
    """Return what there is, as JSON: the Python, how each documented name is reached, all names."""
    import json

    try:
        module = check.load(subject)
    except BaseException as error:
        return json.dumps({"error": "%s: %s" % (type(error).__name__, error)})
    whole = getattr(module._module, "implementation", module._module)
    reached = {}
    for name in names.split(","):
        try:
            value = module
            for part in name.split("."):
                value = getattr(value, part)
        except AttributeError:
            reached[name] = None
            continue
        if whole is not module._module and getattr(whole, name, None) is value:
            continue  # the implementation itself has it under that name, whatever it calls itself
        own = getattr(value, "__name__", name.rpartition(".")[2])
        if getattr(value, "__module__", None) == "conformance_adapter" and value.__doc__:
            own = value.__doc__.splitlines()[0].rstrip(".")
        if own != name.rpartition(".")[2]:
            reached[name] = own
    return json.dumps(
        {
            "python": "%s-%s" % (sys.implementation.name, python_version()),
            "names": reached,
            "has": public_names(whole),
        }
    )


def public_names(module):
    """Return the public names of *module*, Class.method among them, but no alias of an adapter's."""
    names = []
    for name in getattr(module, "__all__", None) or dir(module):
        value = getattr(module, name, None)
        if name.startswith("_") or isinstance(value, type(sys)):
            continue
        names.append(name)
        if isinstance(value, type) and not issubclass(value, BaseException):
            names += ["%s.%s" % (name, part) for part in own_parts(value)]
    return sorted(names)


def own_parts(cls):
    """Return the public attributes of *cls* that bear their own name, or none."""
    for part in dir(cls):
        if not part.startswith("_"):
            if getattr(getattr(cls, part, None), "__name__", part) == part:
                yield part


def python_version():
    """Return the full version of this Python's own, with a letter for each ABI that is not usual.

    A Python other than CPython has versions of its own beside that of the language.
    """
    if sys.implementation.name != "cpython":
        return "%d.%d.%d" % tuple(sys.implementation.version)[:3]
    version = "%d.%d.%d" % sys.version_info[:3]
    if sys.version_info[3] != "final":
        version += {"alpha": "a", "beta": "b", "candidate": "rc"}[sys.version_info[3]]
        version += str(sys.version_info[4])
    return version + getattr(sys, "abiflags", "")


if __name__ == "__main__":
    main(*sys.argv[1:])
