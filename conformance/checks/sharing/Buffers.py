"""Memory that several interpreters see: the section on buffers.

Whether an object is gone is seen by a weak reference to it, or by what its finalizer writes into a
pipe.  It is to be released when its interpreter next executes code: executed() is that code.
"""

import array
import colorsys
import ctypes
import mmap
import operator
import os
import pickle
import threading
import typing
import weakref

from check import attempt, bind, covers, equal, importing, raises, value


class Owner(bytearray):
    """A bytearray of which there can be weak references."""


class OutOfBand:
    """An object that pickles its memory out of band, and arrives as a memoryview over that."""

    def __init__(self, buffer):
        self.buffer = buffer

    def __reduce_ex__(self, protocol):
        assert protocol >= 5, "protocol %r has no buffers" % protocol
        return memoryview, (pickle.PickleBuffer(self.buffer),)


def executed():
    """Execute code, as much as it takes to be noticed."""
    for _ in range(1000):
        pass
    return True


def there_and_back(interpreter, obj):
    """Return what comes back of *obj* from an *interpreter*."""
    return interpreter.call(typing.cast, None, obj)


def seen_there(interpreter, obj, expression):
    """Return the value of *expression*, a literal, where *obj* has arrived as ``x``."""
    interpreter.prepare_main(x=obj)
    return value(interpreter.run, expression)


def lend(interpreter, fd=None, size=8):
    """Return a view over memory of an *interpreter*, whose finalizer writes into *fd*."""
    interpreter.run(
        "import os\n"
        "class Owner(bytearray):\n"
        "    def __del__(self): %s\n"
        "owner = Owner(%d)\n" % ("pass" if fd is None else "os.write(%d, b'.')" % fd, size)
    )
    main = "__import__('sys').modules['__main__']"
    return interpreter.call(eval, "memoryview(vars(%s).pop('owner'))" % main, {})


def written(fd):
    """Return what has been written into the pipe that is read by *fd*, and empty it."""
    os.set_blocking(fd, False)
    try:
        return os.read(fd, 100)
    except BlockingIOError:
        return b""


# --- the same memory -----------------------------------------------------------------------------


@covers("Buffers.memoryview")
def a_memoryview_arrives_as_one(m):
    """What arrives of a memoryview is a memoryview with the same bytes, over any kind of object."""
    interpreter = m.create()
    for obj in (b"spam", bytearray(b"spam"), array.array("h", [1, 2]), (ctypes.c_short * 2)(1, 2)):
        view = memoryview(obj)
        equal(interpreter.call(bytes, view), view.tobytes())
        equal(seen_there(interpreter, view, "type(x).__name__"), "memoryview")
        equal(type(there_and_back(interpreter, view)), memoryview)


@covers("Buffers.memoryview")
def a_memoryview_may_be_empty_or_large(m):
    """A view of no bytes arrives, and one of twenty million."""
    interpreter = m.create()
    for size in (0, 20000000):
        data = bytearray(size)
        equal(interpreter.call(len, memoryview(data)), size)
        if size:
            interpreter.call(operator.setitem, memoryview(data), -1, 7)
            equal(data[-1], 7)


@covers("Buffers.memoryview")
def a_memoryview_is_shared_in_containers(m):
    """A view in a tuple, a dict and a list, and two of one object, are over the same memory."""
    interpreter, data = m.create(), bytearray(4)
    views = [memoryview(data) for _ in range(4)]
    names = {"x": views[0], "y": {"a": views[1]}, "z": ([views[2]], views[3])}
    interpreter.call(exec, "x[0], y['a'][1], z[0][0][2], z[1][3] = b'spam'", names)
    equal(data, bytearray(b"spam"))


@covers("Buffers.memoryview", "Buffers.seen")
def a_memoryview_in_a_closure_is_shared(m):
    """A function that is shared by value writes to the memory of a view in its closure."""
    data = bytearray(4)
    view = memoryview(data)

    def spam(x):
        view[1] = x

    m.create().call(spam, 5)
    equal(data, bytearray([0, 5, 0, 0]))


@covers("Buffers.pickle-buffer")
def a_pickle_buffer_arrives_as_one(m):
    """What arrives of a PickleBuffer is a PickleBuffer over the same memory."""
    interpreter, data = m.create(), bytearray(b"spam")
    buffer = pickle.PickleBuffer(data)
    equal(seen_there(interpreter, buffer, "type(x).__name__"), "PickleBuffer")
    interpreter.call(exec, "x.raw()[0] = 0", {"x": buffer})
    equal(data, bytearray(b"\0pam"))
    back = there_and_back(interpreter, buffer)
    equal(type(back), pickle.PickleBuffer)
    back.raw()[1] = 0
    equal(data, bytearray(b"\0\0am"))


@covers("Buffers.seen")
def what_is_written_there_is_seen_here(m):
    """Each byte that code in another interpreter writes is there, and no other has changed."""
    interpreter, data = m.create(), bytearray(1000)
    interpreter.call(operator.setitem, memoryview(data), 500, 255)
    equal([data[500], sum(data)], [255, 255])
    interpreter.prepare_main(view=memoryview(data))
    interpreter.run("view[:4] = b'spam'")
    equal(bytes(data[:5]), b"spam\0")


@covers("Buffers.seen")
def what_is_written_here_is_seen_there(m):
    """What is written here after a view was sent is read there, by any object over the memory."""
    interpreter, data = m.create(), bytearray(8)
    view = memoryview(data)
    interpreter.prepare_main(view=view)
    view[0], data[1] = 1, 2
    equal(value(interpreter.run, "bytes(view[:3])"), b"\1\2\0")


@covers("Buffers.seen")
def memory_of_another_interpreter_is_seen_here(m):
    """A view that is the result of a call is over memory of the interpreter that was called."""
    interpreter = m.create()
    interpreter.run("data = bytearray(b'spam')")
    view = interpreter.call(eval, "memoryview(__import__('sys').modules['__main__'].data)", {})
    equal(bytes(view), b"spam")
    view[0] = 0
    equal(value(interpreter.run, "bytes(data)"), b"\0pam")
    interpreter.run("data[1] = 1")
    equal(bytes(view), b"\0\1am")


@covers("Buffers.seen")
def three_interpreters_see_the_same_memory(m):
    """A view that is passed on, and back, is over the memory that it was made of."""
    one, two, data = m.create(), m.create(), bytearray(3)
    one.prepare_main(view=memoryview(data))
    view = one.call(eval, "__import__('sys').modules['__main__'].view", {})
    two.prepare_main(view=view)
    one.run("view[0] = 1")
    two.run("view[1] = 2")
    view[2] = 3
    equal([data, bytes(view)], [bytearray([1, 2, 3]), b"\1\2\3"])
    equal([value(each.run, "bytes(view)") for each in (one, two)], [b"\1\2\3"] * 2)


@covers("Buffers.seen")
def memory_that_is_mapped_is_seen(m):
    """A view over a mapping of memory, and over an array of C integers, is shared as well."""
    interpreter, mapped, numbers = m.create(), mmap.mmap(-1, 4096), (ctypes.c_int * 4)()
    interpreter.call(operator.setitem, memoryview(mapped), 4095, 7)
    interpreter.call(operator.setitem, memoryview(numbers).cast("B").cast("i"), 2, -5)
    equal([mapped[4095], list(numbers)], [7, [0, 0, -5, 0]])


@covers("Buffers.out-of-band")
def what_is_pickled_out_of_band_is_not_copied(m):
    """An object that pickles a PickleBuffer of protocol 5 arrives over the same memory."""
    interpreter, data = m.create(), bytearray(b"spam")
    obj = OutOfBand(data)
    interpreter.call(operator.setitem, obj, 0, 0)
    interpreter.call(exec, "x['a'][0][1] = 0", {"x": {"a": (obj,)}})
    equal(data, bytearray(b"\0\0am"))


@covers("Buffers.out-of-band")
def many_buffers_are_pickled_out_of_band(m):
    """Of several objects each arrives over its own memory, in a queue too."""
    interpreter, queue = m.create(), m.create_queue()
    data = [bytearray([i, 0]) for i in range(5)]
    interpreter.prepare_main(queue=queue)
    queue.put([OutOfBand(each) for each in data])
    interpreter.run("for view in queue.get(): view[1] = view[0] + 1")
    equal([list(each) for each in data], [[i, i + 1] for i in range(5)])


@covers("Buffers.out-of-band")
def what_is_read_only_is_pickled_out_of_band(m):
    """A buffer of bytes arrives read-only."""
    expression = "[type(x).__name__, bytes(x), x.readonly]"
    found = m.create().call(eval, expression, {"x": OutOfBand(b"spam")})
    equal(found, ["memoryview", b"spam", True])


# --- what a view is like -------------------------------------------------------------------------


@covers("Buffers.format")
def the_format_is_kept(m):
    """Each format that memoryview knows arrives as itself, and so do the items."""
    interpreter = m.create()
    for format in "bBhHiIlLqQnN":
        view = memoryview(bytearray(16)).cast(format)
        view[0] = 5
        expression = "[x.format, x.itemsize, x[0], len(x)]"
        expected = [format, view.itemsize, 5, len(view)]
        equal(seen_there(interpreter, view, expression), expected)
    for format, item in (("f", 0.5), ("d", -1.5), ("?", True), ("c", b"x")):
        view = memoryview(bytearray(16)).cast(format)
        view[1] = item
        equal(seen_there(interpreter, view, "[x.format, x[1]]"), [format, item])


@covers("Buffers.format")
def a_format_that_nothing_knows_is_kept(m):
    """The format of a C structure, of which a memoryview gives no items, arrives as it is."""

    class Point(ctypes.Structure):
        _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_double)]

    view = memoryview((Point * 3)())
    found = seen_there(m.create(), view, "[x.format, x.itemsize, x.nbytes]")
    equal(found, [view.format, view.itemsize, view.nbytes])


@covers("Buffers.shape")
def the_shape_is_kept(m):
    """Views of no, one, two and three dimensions arrive with their shape and their items."""
    interpreter, data = m.create(), bytearray(range(24))
    for shape in ([], [24], [4, 6], [2, 3, 4], [1, 24, 1]):
        view = memoryview(data if shape else data[:1]).cast("B", shape)
        found = seen_there(interpreter, view, "[x.ndim, x.shape, x.tolist()]")
        equal(found, [view.ndim, view.shape, view.tolist()])
    interpreter.call(operator.setitem, memoryview(data).cast("B", [4, 6]), (1, 2), 99)
    equal(data[8], 99)


@covers("Buffers.strides")
def the_strides_are_kept(m):
    """Every other byte, a part, and a reversed view arrive over the bytes that they are over."""
    interpreter = m.create()
    for cut in (slice(None, None, 2), slice(2, 5), slice(None, None, -1), slice(7, 1, -3)):
        data = bytearray(range(9))
        view = memoryview(data)[cut]
        found = seen_there(interpreter, view, "[x.strides, x.tolist()]")
        equal(found, [view.strides, view.tolist()])
        interpreter.call(operator.setitem, view, 1, 255)
        equal([data.index(255), data.count(255)], [range(9)[cut][1], 1])


@covers("Buffers.strides")
def strides_of_several_dimensions_are_kept(m):
    """So do the rows, from behind or some of them, of a view of two dimensions."""
    data = bytearray(range(24))
    rows = memoryview(data).cast("B", [6, 4])
    interpreter = m.create()
    for view in (rows[::2], rows[::-1], rows[1:5:3]):
        found = seen_there(interpreter, view, "[x.shape, x.strides, x.tolist()]")
        equal(found, [view.shape, view.strides, view.tolist()])


@covers("Buffers.read-only")
def what_is_read_only_stays_so(m):
    """A view of bytes, and one made read-only, cannot be written there; any other can be."""
    interpreter, data = m.create(), bytearray(b"spam")
    for view, expected in (
        *((memoryview(b"spam"), True), (memoryview(data).toreadonly(), True)),
        (memoryview(data), False),
    ):
        equal(seen_there(interpreter, view, "x.readonly"), expected)
        equal(there_and_back(interpreter, view).readonly, expected)
    with raises(m, "TypeError"):
        there_and_back(interpreter, memoryview(data).toreadonly())[0] = 1
    interpreter.prepare_main(view=memoryview(data).toreadonly())
    data[0] = 0
    equal(value(interpreter.run, "bytes(view)"), b"\0pam")


# --- copies --------------------------------------------------------------------------------------


@covers("Buffers.copy")
def a_bytearray_arrives_as_a_copy(m):
    """What is written to a bytearray or an array there does not change the one here."""
    interpreter = m.create()
    for data in (bytearray(b"spam"), array.array("i", [1, 2])):
        before = data[:]
        interpreter.call(operator.setitem, data, 0, 7)
        equal(data, before)
        bind(interpreter, x=data)
        data[1] = 5
        equal(value(interpreter.run, "list(x)"), list(before))


@covers("Buffers.copy")
def a_copy_holds_nothing(m):
    """The size of a bytearray that was sent, and of what has arrived, can be changed."""
    interpreter, data, numbers = m.create(), bytearray(b"spam"), array.array("i", [1])
    bind(interpreter, data=data, numbers=numbers)
    data.append(0)
    numbers.append(2)
    code = "data += b'eggs'\nnumbers.append(3)"
    equal(value(interpreter.run, "[bytes(data), list(numbers)]", code), [b"spameggs", [1, 3]])


@covers("Buffers.wrapped")
def a_memoryview_of_it_shares_its_memory(m):
    """What is written to memoryview(x) there is in the bytearray or array x here."""
    interpreter = m.create()
    for data in (bytearray(b"spam"), array.array("i", [1, 2])):
        interpreter.call(operator.setitem, memoryview(data), 0, 7)
        equal(data[0], 7)


# --- how long it is kept -------------------------------------------------------------------------


@covers("Buffers.kept-alive")
def the_object_lives_as_long_as_a_view_elsewhere(m):
    """When the sender has dropped the object and its view, the memory is still there."""
    interpreter, owner = m.create(), Owner(b"spam")
    alive = weakref.ref(owner)
    interpreter.prepare_main(view=memoryview(owner))
    del owner
    assert executed() and alive() is not None, "the object is gone"
    equal(value(interpreter.run, "bytes(view)", "view[0] = 0"), b"\0pam")
    assert executed() and alive() is not None, "the object is gone"


@covers("Buffers.kept-alive")
def the_object_lives_as_long_as_the_last_view(m):
    """Of several views in several interpreters the last one keeps the object."""
    one, two, owner = m.create(), m.create(), Owner(b"spam")
    alive = weakref.ref(owner)
    one.prepare_main(view=memoryview(owner), part=memoryview(owner)[1:])
    two.prepare_main(view=(memoryview(owner),))
    del owner
    one.run("del view")
    two.run("del view")
    assert executed() and alive() is not None, "the object is gone"
    equal(value(one.run, "bytes(part)"), b"pam")


@covers("Buffers.kept-alive")
def what_is_made_of_a_view_keeps_the_object(m):
    """A slice of the view there, and a view that was passed on, keep it too."""
    one, two, owner = m.create(), m.create(), Owner(b"spam")
    alive = weakref.ref(owner)
    one.prepare_main(view=memoryview(owner))
    two.prepare_main(view=one.call(eval, "__import__('sys').modules['__main__'].view[1:]", {}))
    del owner
    one.destroy()
    assert executed() and alive() is not None, "the object is gone"
    equal(value(two.run, "bytes(view)"), b"pam")


@covers("Buffers.kept-alive")
def an_item_of_a_queue_keeps_the_object(m):
    """A view that is in a queue keeps the object of which the sender has no more."""
    queue, owner = m.create_queue(), Owner(b"spam")
    alive = weakref.ref(owner)
    queue.put(memoryview(owner))
    del owner
    assert executed() and alive() is not None, "the object is gone"
    equal(bytes(queue.get()), b"spam")


@covers("Buffers.released")
def the_object_is_released_with_the_last_view(m):
    """An object of this interpreter is gone when the last view elsewhere is, and not before."""
    interpreter, owner = m.create(), Owner(b"spam")
    alive = weakref.ref(owner)
    interpreter.prepare_main(one=memoryview(owner), two=memoryview(owner))
    del owner
    interpreter.run("del one")
    assert executed() and alive() is not None, "the object is gone"
    interpreter.run("del two")
    assert executed() and alive() is None, "the object is still there"


@covers("Buffers.released")
def the_object_is_released_when_its_receiver_is_destroyed(m):
    """Views of an interpreter that is destroyed are gone with it."""
    interpreter, owner = m.create(), Owner(b"spam")
    alive = weakref.ref(owner)
    interpreter.prepare_main(view=memoryview(owner))
    del owner
    interpreter.destroy()
    assert executed() and alive() is None, "the object is still there"


@covers("Buffers.released")
def the_object_is_released_once(m):
    """However many views there are of it, in however many interpreters, it is finalized once."""
    (read, write), owner = os.pipe(), m.create()
    one, two = m.create(), m.create()
    view = lend(owner, write)
    for _ in range(3):
        one.prepare_main(view=view, views=(view, view))
        two.prepare_main(view=view)
    del view
    one.destroy()
    two.run("del view")
    assert executed()
    owner.run("pass")
    equal(written(read), b".")
    owner.run("import gc\ngc.collect()")
    owner.destroy()
    two.destroy()
    equal(written(read), b"")


@covers("Buffers.released")
def a_call_leaves_nothing_behind(m):
    """After calls that had views as arguments, results and items, the object is gone."""
    interpreter, queue, owner = m.create(), m.create_queue(), Owner(b"spam")
    alive = weakref.ref(owner)
    for _ in range(20):
        interpreter.call(len, memoryview(owner))
        there_and_back(interpreter, memoryview(owner))
        queue.put(memoryview(owner))
        queue.get()
    del owner
    interpreter.run("pass")  # whose views may have waited for that
    assert executed() and alive() is None, "the object is still there"


@covers("Buffers.released")
def what_is_refused_keeps_nothing(m):
    """A call that is refused for another argument, and an item that nobody gets, keep nothing."""
    interpreter, queue, owner = m.create(), m.create_queue(), Owner(b"spam")
    alive = weakref.ref(owner)
    for _ in range(5):
        with raises(m, "NotShareableError"):
            interpreter.call(print, memoryview(owner), threading.Lock())
        queue.put(memoryview(owner))
    del owner
    assert executed() and alive() is not None, "the object is gone"
    del queue
    assert executed() and alive() is None, "the object is still there"


@covers("Buffers.released")
def its_own_interpreter_releases_it(m):
    """The finalizer of the object runs in the interpreter that the object belongs to."""
    (read, write), owner, other = os.pipe(), m.create(), m.create()
    view = lend(owner)
    code = "Owner.__del__ = lambda self: os.write(%d, b'%%d' %% int(m.get_current().id))" % write
    owner.run(importing() + code)
    other.prepare_main(view=view)
    del view
    other.destroy()
    assert executed()
    owner.run("pass")
    equal(written(read), b"%d" % int(owner.id))


@covers("Buffers.released-next")
def it_is_released_when_its_interpreter_next_runs(m):
    """An object of another interpreter is finalized by the next run there, when its views are gone."""
    (read, write), owner = os.pipe(), m.create()
    view = lend(owner, write)
    owner.run("pass")
    equal(written(read), b"")
    view.release()
    owner.run("pass")
    equal(written(read), b".")


@covers("Buffers.released-next")
def it_is_released_when_its_interpreter_is_next_called(m):
    """So it is by the next call there."""
    (read, write), owner = os.pipe(), m.create()
    view = lend(owner, write)
    view.release()
    owner.call(colorsys.rgb_to_hsv, 0, 0, 0)
    equal(written(read), b".")


@covers("Buffers.released-at-end")
def it_is_released_when_its_interpreter_is_destroyed(m):
    """If nothing runs there any more, the object is finalized when the interpreter is destroyed."""
    (read, write), owner = os.pipe(), m.create()
    view = lend(owner, write)
    equal(written(read), b"")
    view.release()
    owner.destroy()
    equal(written(read), b".")


def the_owner_is_destroyed(m):
    owner, other = m.create(), m.create()
    view = lend(owner, size=100000)
    view[-1] = 7
    other.prepare_main(view=view)
    owner.destroy()
    with raises(m, "InterpreterNotFoundError"):
        owner.run("pass")
    assert owner not in m.enumerate()
    m.create().run("spam = [bytearray(100000) for _ in range(100)]")
    other.run("view[0] = 5")
    equal([view[0], view[-1], sum(view)], [5, 7, 12])
    del view
    equal(value(other.run, "[sum(view), len(view)]"), [12, 100000])
    other.run("del view")
    other.destroy()


@covers("Buffers.outlives")
def memory_outlives_its_interpreter(m):
    """When the interpreter that it belongs to has been destroyed, memory is read and written on."""
    attempt(the_owner_is_destroyed)


def the_owner_is_destroyed_before_others_are(m):
    views = []
    for _ in range(5):
        owner = m.create()
        views.append(lend(owner))
        views[-1][0] = len(views)
        owner.destroy()
    m.create().destroy()
    equal([view[0] for view in views], [1, 2, 3, 4, 5])
    while views:
        views.pop(0).release()
        equal([view[0] for view in views], [5, 4, 3, 2, 1][: len(views)][::-1])
    m.create().destroy()


@covers("Buffers.outlives")
def memory_of_many_interpreters_outlives_them(m):
    """So it is with that of several interpreters, in whichever order the rest goes."""
    attempt(the_owner_is_destroyed_before_others_are)


def the_process_ends_with_memory_of_another(m):
    owner = m.create()
    globals()["kept"] = lend(owner)
    owner.destroy()
    globals()["too"] = lend(m.create())


@covers("Buffers.outlives")
def a_process_ends_with_views_of_others_memory(m):
    """A process that ends with views over memory of interpreters, destroyed or not, ends quietly."""
    attempt(the_process_ends_with_memory_of_another, ends=(0, ""))


def memory_is_limited(m):
    import resource

    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (used + (400 << 20), hard))
    for _ in range(10):
        owner = m.create()
        view = lend(owner, size=50 << 20)
        owner.destroy()
        equal([view[0], len(view)], [0, 50 << 20])
        view.release()


@covers("Buffers.freed")
def memory_is_freed_with_its_last_view(m):
    """Where memory is limited, that of an interpreter that was destroyed can be had again."""
    if os.path.exists("/proc/self/statm"):
        attempt(memory_is_limited, seconds=9, cpu=5)


@covers("Buffers.size")
def its_size_cannot_be_changed(m):
    """A bytearray whose memory is seen elsewhere raises BufferError if its size is to change."""
    interpreter, data = m.create(), bytearray(b"spam")
    numbers = array.array("i", [1])
    interpreter.prepare_main(views=(memoryview(data), memoryview(numbers)))
    for change in (lambda: data.append(0), data.clear, lambda: numbers.append(1)):
        with raises(m, "BufferError"):
            change()
    equal([data, list(numbers)], [bytearray(b"spam"), [1]])


@covers("Buffers.size")
def its_size_can_be_changed_afterwards(m):
    """It can be changed as soon as the last view is gone: dropped, released, or destroyed."""
    interpreter, data = m.create(), bytearray(b"spam")
    for end in ("del view", "view.release()", None):
        interpreter.prepare_main(view=memoryview(data))
        with raises(m, "BufferError"):
            data.append(0)
        interpreter.run(end) if end else interpreter.destroy()
        assert executed()
        data.append(0)
    equal(len(data), 7)


# --- order ---------------------------------------------------------------------------------------


@covers("Buffers.queue")
def what_was_written_before_an_item_is_there(m):
    """What another interpreter wrote before it put an item is there when that has been got."""
    interpreter, queue, back = m.create(), m.create_queue(), m.create_queue()
    data = bytearray(100)
    interpreter.prepare_main(view=memoryview(data), queue=queue, back=back)
    code = "for i in range(100):\n view[i] = back.get() + 1\n queue.put(i)"
    thread = threading.Thread(target=interpreter.run, args=(code,))
    thread.start()
    seen = []
    for i in range(100):
        back.put(i)
        equal(queue.get(), i)
        seen.append(data[i])
    thread.join()
    equal(seen, list(range(1, 101)))


@covers("Buffers.both-write")
def two_may_write_to_the_same_place(m):
    """Of what two interpreters write to the same bytes at the same time each byte is of one."""
    one, two, data = m.create(), m.create(), bytearray(10000)
    one.prepare_main(view=memoryview(data))
    two.prepare_main(view=memoryview(data))
    code = "for _ in range(200): view[:] = %r * len(view)"
    threads = [
        threading.Thread(target=each.run, args=(code % letter,))
        for each, letter in ((one, b"a"), (two, b"b"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(sorted(set(data) | set(b"ab")), sorted(b"ab"))
