"""What is tried with failing allocations, and what is to be so afterwards.

Each operation is a generator. It prepares, yields the call whose allocations are to fail, and is
given what that has returned and what it has raised, None if it has not. Then it asserts that the state is what
the documentation says it is, that the same call works now, and takes everything down again.
"""

import array
import contextlib
import fractions
import marshal
import threading

import interpreters
from interpreters import _interpreters

OWN, EVERYWHERE, PYTHON = "own", "everywhere", "python"


class Operation:
    """How to perform it, with which kinds of allocations failing, and how many blocks of memory may
    stay if one does."""

    def __init__(self, perform, kinds, leaves=0):
        self.perform = perform
        self.kinds = kinds
        self.leaves = leaves


OPERATIONS = {}


def operation(*kinds, **options):
    def register(function):
        OPERATIONS[function.__name__] = Operation(function, kinds, **options)
        return function

    return register


def expect(value, expected):
    assert value == expected, f"{value!r} instead of {expected!r}"


@contextlib.contextmanager
def interpreter(isolated=False, used=True):
    """An interpreter, made by another thread so that this one has nothing there yet; which has been
    called and has pickled before, if it is used."""
    made = []
    in_thread(lambda: made.append(interpreters.create(isolated=isolated, site=False)))
    if used:
        in_thread(lambda: made[0].call(sorted, [PICKLED]))
    yield made[0]
    made[0].run("works = 1")
    made[0].destroy()


def in_thread(function):
    """Call it in a new thread."""
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


NATIVE = {
    "text": "x" * 300,
    "data": (b"bytes" * 40, 1 << 200, -1.5, None, True, ..., 2j),
    "list": [[1, 2], {"a": {"b": ()}}],
}
PICKLED = [fractions.Fraction(1, 3), {1, 2}, NATIVE]


def create(isolated):
    value, error = yield lambda: _interpreters.create(isolated=isolated, site=False)
    if not error:
        _interpreters.run_string(value, "x = 1")
        _interpreters.destroy(value)
    expect(_interpreters.enumerate(), [0])
    again = _interpreters.create(isolated=isolated, site=False)
    _interpreters.run_string(again, "import threading")
    _interpreters.destroy(again)


@operation(OWN)
def create_shared():
    return create(False)


@operation(OWN)
def create_isolated():
    return create(interpreters._CAN_ISOLATE)


@operation(OWN, PYTHON)
def run():
    with interpreter() as target:
        _, error = yield lambda: target.run("x = len('abc')")
        if error:
            target.run("assert 'x' not in globals(); x = len('abc')")
        target.run("assert x == 3")


@operation(OWN, PYTHON)
def run_in_isolated():
    with interpreter(None) as target:
        _, error = yield lambda: target.run("x = len('abc')")
        target.run("x = len('abc')")
        target.run("assert x == 3")


@operation(OWN, PYTHON)
def run_unrestricted():
    id = _interpreters.create(site=False)
    value, error = yield lambda: _interpreters.run_string_unrestricted(id, "x = y", {"y": [1]})
    if not error:
        expect(value["x"], [1])
    del value
    _interpreters.run_string(id, "x = 2")
    _interpreters.destroy(id)


def what_run_raises(target):
    try:
        target.run("raise ValueError('text', 1, [2]) from KeyError('cause')")
    except (ValueError, KeyError) as error:
        return error
    raise AssertionError("nothing raised")


def raised(target):
    """The operation, and what must be so afterwards."""
    value, error = yield lambda: what_run_raises(target)
    if not error:
        expect(type(value), ValueError)
    expect(what_run_raises(target).args, ("text", 1, [2]))
    expect(what_run_raises(target).__cause__ is None, False)


@operation(OWN)
def raise_first_exception():
    """It imports what exceptions are pickled by."""
    with interpreter() as target:
        yield from raised(target)


@operation(OWN, PYTHON)
def raise_exception():
    with interpreter() as target:
        what_run_raises(target)
        yield from raised(target)


@operation(OWN, PYTHON)
def put():
    queue = interpreters.create_queue()
    _, error = yield lambda: queue.put(NATIVE)
    expect(queue.qsize(), 0 if error else 1)
    queue.put("after")
    if not error:
        expect(queue.get(timeout=0), NATIVE)
    expect(queue.get(timeout=0), "after")


@operation(OWN, PYTHON)
def put_pickled():
    queue = interpreters.create_queue()
    _, error = yield lambda: queue.put(PICKLED)
    expect(queue.qsize(), 0 if error else 1)
    if not error:
        expect(queue.get(timeout=0), PICKLED)
    queue.put(PICKLED)
    expect(queue.get(timeout=0), PICKLED)


@operation(OWN, PYTHON)
def put_memory():
    memory, queue = bytearray(b"x" * 4000), interpreters.create_queue()
    sent = memoryview(memory)
    _, error = yield lambda: queue.put([sent, array.array("d", [1.0])])
    expect(queue.qsize(), 0 if error else 1)
    if not error:
        expect(queue.get(timeout=0)[0][:2], b"xx")
    queue.put(sent)
    expect(queue.get(timeout=0)[:2], b"xx")
    sent.release()
    memory.append(1)  # nobody holds it


def get(item, same):
    queue = interpreters.create_queue()
    queue.put(item)
    queue.put("after")
    value, error = yield lambda: queue.get(timeout=0)
    if error:
        expect(queue.qsize(), 2)
        value = queue.get(timeout=0)
    expect(same(value), same(item))
    del value
    expect(queue.get(timeout=0), "after")
    expect(queue.qsize(), 0)


@operation(OWN, PYTHON)
def get_native():
    return get(NATIVE, lambda item: item)


@operation(OWN, PYTHON)
def get_pickled():
    return get(PICKLED, lambda item: item)


@operation(OWN, PYTHON)
def get_memory():
    return get(memoryview(b"x" * 4000), bytes)


@operation(OWN, PYTHON)
def get_from_empty():
    def times_out():
        try:
            queue.get(timeout=0.001)
        except interpreters.QueueEmpty:
            return True

    queue = interpreters.create_queue()
    yield times_out
    expect(times_out(), True)
    queue.put(1)
    expect(queue.get(timeout=0), 1)


@operation(OWN, PYTHON)
def put_into_full():
    def times_out():
        try:
            queue.put(2, timeout=0.001)
        except interpreters.QueueFull:
            return True

    queue = interpreters.create_queue(1)
    queue.put(1)
    yield times_out
    expect(times_out(), True)
    expect(queue.get(timeout=0), 1)
    expect(queue.qsize(), 0)


@operation(OWN, PYTHON)
def create_queue():
    value, error = yield lambda: interpreters.create_queue(3)
    if not error:
        value.put(1)
    expect(interpreters.create_queue(3).maxsize, 3)


@operation(OWN, PYTHON)
def send_queue():
    inner, outer = interpreters.create_queue(), interpreters.create_queue()
    _, error = yield lambda: outer.put([inner, inner])
    expect(outer.qsize(), 0 if error else 1)
    outer.put(inner)
    if not error:
        expect(outer.get(timeout=0), [inner, inner])
    expect(outer.get(timeout=0), inner)


def destroy_sender(policy, left):
    queue = interpreters.create_queue(unbounditems=policy)
    other = interpreters.create(isolated=False, site=False)
    other.prepare_main(queue=queue)
    other.run("for i in range(3): queue.put([i, b'x' * 200])")
    queue.put("mine")
    _, error = yield other.destroy
    if error:
        other.destroy()
    expect(queue.qsize(), left + 1)
    for _ in range(left):
        if policy is interpreters.UNBOUND_ERROR:
            with contextlib.suppress(interpreters.ItemInterpreterDestroyed):
                raise AssertionError(queue.get(timeout=0))
        else:
            expect(queue.get(timeout=0), interpreters.UNBOUND)
    expect(queue.get(timeout=0), "mine")


@operation(OWN)
def destroy_sender_unbound():
    return destroy_sender(interpreters.UNBOUND, 3)


@operation(OWN)
def destroy_sender_error():
    return destroy_sender(interpreters.UNBOUND_ERROR, 3)


@operation(OWN)
def destroy_sender_remove():
    return destroy_sender(interpreters.UNBOUND_REMOVE, 0)


def by_value(*args, **kwargs):
    return [args, kwargs]


def raises(text):
    raise LookupError(text, {1})


def call(function, args, kwargs, expected, isolated=False, used=True):
    with interpreter(isolated, used) as target:
        value, error = yield lambda: target.call(function, *args, **kwargs)
        if not error:
            expect(value, expected)
        value = None
        expect(target.call(function, *args, **kwargs), expected)


@operation(OWN, PYTHON)
def call_builtin():
    return call(divmod, (17, 5), {}, (3, 2))


@operation(OWN, PYTHON)
def call_unused():
    return call(divmod, (17, 5), {}, (3, 2), used=False)


@operation(OWN, PYTHON)
def call_isolated():
    return call(divmod, (17, 5), {}, (3, 2), None)


@operation(OWN, PYTHON)
def call_with_data():
    return call(dict, (), NATIVE, NATIVE)


@operation(OWN, PYTHON)
def call_with_pickles():
    return call(list, (PICKLED,), {}, PICKLED)


@operation(OWN, PYTHON)
def call_by_value():
    function = by_value
    function.__module__ = "__main__"
    return call(function, (1,), {"a": 2}, [(1,), {"a": 2}])


@operation(OWN, PYTHON)
def call_raises():
    def refused():
        try:
            target.call(int, "x")
        except ValueError as error:
            return error
        raise AssertionError("nothing raised")

    with interpreter() as target:
        value, error = yield refused
        if not error:
            expect(type(value), ValueError)
        value = None
        expect("invalid literal" in str(refused()), True)


@operation(OWN, EVERYWHERE, PYTHON)
def call_within():
    with interpreter() as target:
        value, error = yield lambda: target.call_within(60, divmod, 17, 5)
        if not error:
            expect(value, (3, 2))
        expect(target.call_within(60, divmod, 17, 5), (3, 2))


@operation(OWN, EVERYWHERE)
def call_for_too_long():
    def late():
        try:
            target.exec("while True: pass", timeout=0.01)
        except TimeoutError:
            return True
        raise AssertionError("it has ended")

    with interpreter() as target:
        value, error = yield late
        expect(late(), True)


@operation(OWN, PYTHON)
def call_with_memory():
    memory = bytearray(b"x" * 4000)
    with interpreter() as target:
        with memoryview(memory) as sent:
            yield lambda: target.call(len, sent)
            expect(target.call(len, sent), 4000)
        memory.append(1)


@operation(OWN, PYTHON)
def return_memory():
    with interpreter() as target:
        target.run("memory = bytearray(b'x' * 4000)")
        value, error = yield lambda: target.call(eval, "memoryview(memory)")
        if not error:
            expect(value[:2], b"xx")
        value = None
        expect(target.call(eval, "memoryview(memory)")[:2], b"xx")
        target.run("for _ in range(100): pass\nmemory.append(1)")


@operation(OWN, PYTHON)
def prepare_main():
    with interpreter() as target:
        _, error = yield lambda: target.prepare_main(a=1, b=[2, "three"])
        target.prepare_main(a=1, b=[2, "three"])
        target.run("assert (a, b) == (1, [2, 'three'])")


@operation(OWN)
def interrupt():
    with interpreter() as target:
        begun, over = interpreters.create_queue(), []

        def spin():
            try:
                target.run("begun.put(1)\nwhile True: pass")
            except KeyboardInterrupt:
                over.append(True)

        target.prepare_main(begun=begun)
        thread = threading.Thread(target=spin)
        thread.start()
        begun.get()
        value, error = yield target.interrupt
        if error or not value:
            expect(target.interrupt(), True)
        thread.join()
        expect(over, [True])


@operation(OWN)
def redirect():
    written = []
    with interpreter() as target:
        _, error = yield lambda: target.redirect(stdout=written.append)
        if error:
            target.redirect(stdout=written.append)
        target.run("print('text')")
        expect("".join(written), "text\n")


@operation(OWN)
def write_redirected():
    written = []
    with interpreter() as target:
        target.redirect(stdout=written.append)
        _, error = yield lambda: target.run("print('text')")
        target.run("print('more')")
        expect("".join(written).endswith("more\n"), True)


@operation(OWN)
def destroy():
    id = _interpreters.create(site=False)
    _interpreters.run_string(id, "import atexit, threading; atexit.register(len, '')")
    _, error = yield lambda: _interpreters.destroy(id)
    if error:
        expect(_interpreters.enumerate(), [0, id])
        _interpreters.run_string(id, "x = 1")
        _interpreters.destroy(id)
    expect(_interpreters.enumerate(), [0])


@operation(OWN)
def destroy_in_thread():
    """What was used by one OS thread is destroyed by another."""
    made = []
    in_thread(lambda: made.append(_interpreters.create(site=False)))
    id = made[0]
    in_thread(lambda: _interpreters.run_string(id, "import threading"))
    _, error = yield lambda: _interpreters.destroy(id)
    if error:
        expect(_interpreters.enumerate(), [0, id])
        _interpreters.destroy(id)


@operation(OWN)
def destroy_lender():
    """Its memory is still in use."""
    other = interpreters.create(isolated=False, site=False)
    view = other.call(eval, "memoryview(bytearray(4000))")
    _, error = yield other.destroy
    if error:
        other.destroy()
    expect(view[0], 0)
    view.release()


@operation(OWN, PYTHON)
def return_loan():
    """Memory of another interpreter is let go of."""
    other = interpreters.create(isolated=False, site=False)
    view = other.call(eval, "memoryview(bytearray(4000))")
    yield view.release
    view.release()
    other.destroy()


@operation(OWN, leaves=3)
def return_last_loan():
    """The same, after its interpreter has been destroyed.  If this OS thread cannot go there, for
    want of a thread state, what is kept of it stays until the process ends."""
    other = interpreters.create(isolated=False, site=False)
    view = other.call(eval, "memoryview(bytearray(4000))")
    other.destroy()
    yield view.release
    view.release()


@operation(OWN, EVERYWHERE)
def make_spares():
    """Made in the background; the first is waited for, if it comes."""
    from interpreters import set_spares

    def ask():
        set_spares(1, isolated=False, site=False)

    _, error = yield ask
    set_spares(0, isolated=False, site=False)
    taken = interpreters.create(isolated=False, site=False)
    taken.run("x = 1")
    taken.destroy()


@operation(OWN, EVERYWHERE, PYTHON)
def submit():
    with interpreters.InterpreterPoolExecutor(1, isolated=False) as pool:
        expect(pool.submit(divmod, 7, 2).result(), (3, 1))
        value, error = yield lambda: pool.submit(divmod, 17, 5).result()
        if not error:
            expect(value, (3, 2))
        expect(pool.submit(divmod, 17, 5).result(), (3, 2))
        expect(pool.stats()["queued"], 0)


@operation(OWN, EVERYWHERE)
def submit_first():
    pool = interpreters.InterpreterPoolExecutor(1, isolated=False)
    value, error = yield lambda: pool.submit(divmod, 17, 5).result()
    if not error:
        expect(value, (3, 2))
    try:
        expect(pool.submit(divmod, 17, 5).result(), (3, 2))
    except interpreters.BrokenInterpreterPool:
        assert error
    pool.shutdown()


@operation(OWN, EVERYWHERE)
def submit_chunks():
    with interpreters.InterpreterPoolExecutor(1, isolated=False) as pool:
        expect(pool.submit(divmod, 7, 2).result(), (3, 1))
        value, error = yield lambda: list(pool.map(abs, [-1, -2, -3], chunksize=2))
        if not error:
            expect(value, [1, 2, 3])
        expect(list(pool.map(abs, [-1, -2, -3], chunksize=2)), [1, 2, 3])


@operation(OWN, PYTHON)
def enumerate_all():
    with interpreter() as target:
        value, error = yield interpreters.enumerate
        expect(interpreters.enumerate(), [interpreters.get_main(), target])


@operation(OWN, PYTHON)
def is_shareable():
    value, error = yield lambda: interpreters.is_shareable(PICKLED)
    if not error:
        expect(value, True)
    expect(interpreters.is_shareable(PICKLED), True)


@operation(OWN)
def import_package():
    with interpreter() as target:
        _, error = yield lambda: target.run("import interpreters")
        target.run("import interpreters; interpreters.create_queue().put(1)")
        target.run("interpreters.create(site=False).destroy()")


# What CPython does not bear, without the package.


@operation(PYTHON)
def control_compile():
    def function():
        compile("x = len('abc')", "", "exec")

    yield function
    function()


@operation(PYTHON)
def control_marshal():
    def function():
        marshal.dumps(control_compile.__code__)

    yield function
    function()


@operation(PYTHON)
def control_dict():
    keys = [f"key {i}" for i in range(6)]  # more than a new dict has room for

    def function():
        known = {}
        for key in keys:
            known.setdefault(key, 1)

    yield function
    function()
    assert keys == [f"key {i}" for i in range(6)]


@operation(PYTHON)
def control_function():
    def function():
        return lambda: 1

    yield function
    function()()
