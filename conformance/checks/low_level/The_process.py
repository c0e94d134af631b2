"""What belongs to the process, and the objects of each interpreter that stand for it.

Where only the main interpreter and one other are compared, each kind of interpreter is tried.
"""

import os
import sys

from check import covers, create, each_kind, equal, importing, value


def runner(m, id):
    """Return a function that runs source text in the interpreter."""
    return lambda code: m.run_string(id, code)


def change_directory(m, kind):
    """Change the working directory on either side, and look on the other."""
    id = create(m, kind)
    run = runner(m, id)
    os.chdir(os.sep)
    equal(value(run, "os.getcwd()"), os.getcwd())
    m.run_string(id, "os.mkdir(%r)" % FOLDER)
    m.run_string(id, "os.chdir(%r)" % FOLDER)
    try:
        equal(os.getcwd(), os.path.realpath(FOLDER))
    finally:
        os.chdir(os.sep)
        os.rmdir(FOLDER)


FOLDER = os.path.join(os.path.realpath(os.environ.get("TMPDIR", "/tmp")), "spam-%d" % os.getpid())


@covers("The_process.directory")
def the_working_directory_is_shared(m):
    """Where one interpreter changes to, the other is as well."""
    each_kind(change_directory)


def pass_a_descriptor(m, kind):
    """Open and close file descriptors on either side."""
    id = create(m, kind)
    read, write = os.pipe()
    m.run_string(id, "import os\nos.write(%d, b'spam')\nos.close(%d)" % (write, write))
    equal([os.read(read, 9), os.read(read, 9)], [b"spam", b""])
    read = value(runner(m, id), "read", "read, write = os.pipe()\nos.write(write, b'eggs')")
    equal(os.read(read, 9), b"eggs")


@covers("The_process.descriptors")
def file_descriptors_are_shared(m):
    """A descriptor that one interpreter opens or closes is open or closed in the other."""
    each_kind(pass_a_descriptor)


# Whether a child process sees the variable.
TELL = "import os\nseen = os.system('test \"$SPAM\" = %s')"


def change_the_environment(m, kind):
    """Set an environment variable on either side, and start a child process on the other."""
    id = create(m, kind)
    m.run_string(id, "import os\nos.environ['SPAM'] = 'eggs'")
    equal(os.system('test "$SPAM" = eggs'), 0)
    os.environ["SPAM"] = "ham"
    equal(value(runner(m, id), "seen", TELL % "ham"), 0)


@covers("The_process.environment")
def child_processes_inherit_one_environment(m):
    """A child process of one interpreter inherits what the other has put into os.environ."""
    each_kind(change_the_environment)


def compare_streams(m, kind):
    """Mark the stream objects, replace one, and close one."""
    id = create(m, kind)
    run = runner(m, id)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.spam = 1
    seen = "[hasattr(each, 'spam') for each in (sys.stdin, sys.stdout, sys.stderr)]"
    equal(value(run, seen, "import sys"), [False] * 3)
    m.run_string(id, "import io\nsys.stdout = io.StringIO()\nprint('spam')")
    equal(value(run, "sys.stdout.getvalue()"), "spam\n")
    assert sys.stdout is sys.__stdout__ and not isinstance(sys.stdout, type(None))


@covers("The_process.own-streams")
def each_interpreter_has_streams_of_its_own(m):
    """sys.stdin, sys.stdout and sys.stderr are other objects there, replaced on one side only."""
    each_kind(compare_streams)


def print_on_both_sides(m, kind):
    """Print here and there, to the same place."""
    id = create(m, kind)
    print("one", flush=True)
    m.run_string(id, "print('two', flush=True)")
    print("three", end="", flush=True)
    descriptors = "[sys.stdin.fileno(), sys.stdout.fileno(), sys.stderr.fileno()]"
    equal(value(runner(m, id), descriptors, importing()), [0, 1, 2])
    os._exit(0)


@covers("The_process.same-descriptors")
def the_streams_are_over_the_same_descriptors(m):
    """What both sides print comes out in that order, and the file descriptors are the usual."""
    each_kind(print_on_both_sides, ends=(0, "one\ntwo\nthree"))
