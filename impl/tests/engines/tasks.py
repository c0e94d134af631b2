"""Tasks that workers and their interpreters import by name: the tests' own modules need Dask."""

import os
import threading
import time

import interpreters


def where(*ignored):
    """The process and the interpreter that this is called in."""
    return os.getpid(), interpreters.get_current().id


def square(number):
    """A small task."""
    return number * number


def note(folder, name):
    """Leave a file in the folder that says who has begun a task; one more for each time."""
    pid, id = where()
    path = os.path.join(folder, "{}.{}.{}.{}".format(name, pid, id, time.monotonic_ns()))
    with open(path, "x"):
        pass


def wait_for(path, number):
    """Begin, and end once there is such a file."""
    note(os.path.dirname(path), number)
    while not os.path.exists(path):
        time.sleep(0.01)
    return square(number)


def endless(folder):
    """Begin, and do not end."""
    note(folder, "endless")
    while True:
        pass


def fail(*args):
    """Raise an exception."""
    raise LookupError(*args)


def refuse_halfway(folder):
    """Begin, and then need what no isolated interpreter can import."""
    note(folder, "halfway")
    import faulthandler

    return faulthandler.is_enabled()


def make_unshareable(folder):
    """Begin, and return what cannot be sent."""
    note(folder, "unshareable")
    return (each for each in ())


async def coroutine(number):
    """A task that the loop of the worker executes."""
    return square(number), where()


class Place:
    """An actor that remembers where it was made, and cannot be sent."""

    def __init__(self):
        self.place = where()
        self.lock = threading.Lock()

    def made(self):
        return self.place
