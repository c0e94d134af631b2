"""Mistakes about what belongs to the process, and the objects that stand for it.

Here an implementation gives an interpreter something of its own that it has to share, or has it
share an object that it has to have for itself.
"""

import os
import sys

from mutants.mutant import replaces, violates
from mutants.runs import in_new_interpreters


@violates("The_process.directory")
def a_run_has_its_own_directory(m):
    """When a run ends, the working directory is what it was before."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        before = os.getcwd()
        try:
            original(id, command)
        finally:
            os.chdir(before)


def _descriptors():
    """Return the file descriptors that are open."""
    found = set()
    for descriptor in range(256):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        found.add(descriptor)
    return found


@violates("The_process.descriptors")
def a_run_closes_its_descriptors(m):
    """The file descriptors that a run has opened are closed when it ends."""

    @replaces(m, "run_string")
    def run_string(original, id, command):
        before = _descriptors()
        try:
            original(id, command)
        finally:
            for descriptor in _descriptors() - before:
                os.close(descriptor)


@violates("The_process.environment")
def the_environment_is_a_copy(m):
    """What a subinterpreter puts into os.environ, child processes do not inherit."""
    in_new_interpreters(m, "import os\nos.environ = dict(os.environ)")


@violates("The_process.own-streams")
def streams_are_shared(m):
    """A shared interpreter has the sys.stdout of its creator."""

    @replaces(m, "create")
    def create(original, **options):
        id = original(**options)
        if not options.get("isolated"):
            code = "__import__('sys').stdout = _stream\ndel _stream"
            m.run_string_unrestricted(id, code, {"_stream": sys.stdout})
        return id


@violates("The_process.same-descriptors")
def streams_have_their_own_descriptors(m):
    """In a subinterpreter sys.stdout is over a duplicate of the file descriptor."""
    in_new_interpreters(m, "import os, sys\nsys.stdout = open(os.dup(1), 'w')")
