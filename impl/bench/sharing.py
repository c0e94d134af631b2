"""What a call and a queue cost: ours, and those that have the same interface.

These are concurrent.interpreters, which the standard library has from 3.14 on, and its back-port
backports.interpreters, where that is installed and is not the standard's own.  Both isolate their
interpreters where the Python can, whatever ours are.
"""

import importlib
import pickle
import queue
import sys
import threading
import types

from rounds import interleaved

DEADLINE = 60  # seconds, in which any machine has started the other side

# What the other interpreter of a ping-pong does.
ECHO = """
import gc
gc.disable()
while True:
    back.put(there.get())
"""


def rivals(isolated, backport=None):
    """What creates interpreters and queues, by name: ours, and those that this CPython has."""
    import interpreters

    def create():
        return interpreters.create(isolated=isolated)

    found = {"ours": types.SimpleNamespace(create=create, create_queue=interpreters.create_queue)}
    if sys.version_info >= (3, 14):
        found["standard"] = importlib.import_module("concurrent.interpreters")
    elif backport is not None:
        sys.path.append(backport)
        found["backport"] = importlib.import_module("backports.interpreters")
    return found


def created(rival):
    """A new interpreter that can import what this one can."""
    interpreter = rival.create()
    interpreter.exec(f"import sys\nsys.path[:] = {sys.path!r}")
    return interpreter


def measure_call(isolated, rounds):
    """Calls, and the pickling and unpickling of as much, once."""
    task = (abs, (-5,), {})
    calls = {"pickle": lambda: pickle.loads(pickle.dumps(task, 5))}
    for name, rival in rivals(isolated).items():
        calls[name] = lambda call=created(rival).call: call(abs, -5)
        assert calls[name]() == 5
    return interleaved(calls, rounds)


def measure_put(isolated, rounds, backport):
    """Putting a small int into a queue and getting it, in one interpreter."""
    queues = {name: each.create_queue() for name, each in rivals(isolated, backport).items()}
    queues["simple"] = queue.SimpleQueue()
    return interleaved({name: passing(each, each, 1) for name, each in queues.items()}, rounds)


def measure_ping(isolated, rounds, backport):
    """Passing a small int to another thread, and getting it back from there, by two queues."""
    calls = {"simple": ping_pong(queue.SimpleQueue, thread_of_this_interpreter)}
    for name, rival in rivals(isolated, backport).items():
        calls[name] = ping_pong(rival.create_queue, thread_of(created(rival)))
    return interleaved(calls, rounds)


def passing(there, back, item):
    """A call that puts the item into one queue, and gets one from the other."""
    put, get = there.put, back.get

    def call():
        put(item)
        get()

    return call


def ping_pong(create_queue, start):
    """The call that passes and gets back, when the other side has been started."""
    there, back = create_queue(), create_queue()
    start(there, back)
    there.put(1)
    back.get(timeout=DEADLINE)  # so that a side which has failed is not waited for in vain
    return passing(there, back, 1)


def thread_of_this_interpreter(there, back):
    """Start the other side of a ping-pong as any thread is."""
    namespace = {"there": there, "back": back}
    threading.Thread(target=exec, args=(ECHO, namespace), daemon=True).start()


def thread_of(interpreter):
    """A function that starts the other side in the interpreter."""

    def start(there, back):
        interpreter.prepare_main(there=there, back=back)
        threading.Thread(target=interpreter.exec, args=(ECHO,), daemon=True).start()

    return start
