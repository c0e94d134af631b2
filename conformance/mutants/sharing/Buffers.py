"""Mutants of what is done with memory.

A view that has been copied on the way is the mistake behind most of them.
"""

import array
import pickle

from mutants.mutant import replaces, violates
from mutants.sending import on_arrival, on_put, on_sent, refuses


def copied(view):
    """Return a view like another over memory of its own."""
    if not view.nbytes or view.format not in ("B", "h", "i", "l"):
        return view
    made = memoryview(bytes(view) if view.readonly else bytearray(view.tobytes()))
    return made.cast(view.format) if view.ndim < 2 else made.cast(view.format, view.shape)


def changes_views(m, change, *, arrival=False):
    """Have *change* done to each memoryview that is sent; and to those that arrive."""

    def changed(obj):
        return change(obj) if isinstance(obj, memoryview) else obj

    on_sent(m, changed)
    if arrival:
        on_arrival(m, changed)


def keeps_views(m):
    """Have each view that is sent, and each that arrives, kept here for ever."""
    kept = []
    changes_views(m, lambda view: kept.append(memoryview(view)) or view, arrival=True)


@violates(
    "Buffers.seen",
    "Buffers.wrapped",
    "Buffers.kept-alive",
    "Buffers.size",
    "Buffers.queue",
    "Buffers.both-write",
)
def copies_memory(m):
    """A view arrives over a copy of the memory."""
    changes_views(m, copied, arrival=True)


@violates("Buffers.memoryview")
def turns_views_into_bytes(m):
    """A view arrives as bytes."""
    changes_views(m, lambda view: view.tobytes())


@violates("Buffers.memoryview")
def has_no_empty_views(m):
    """A view of no bytes is not shareable."""
    refuses(m, lambda obj: isinstance(obj, memoryview) and not obj.nbytes)


@violates("Buffers.memoryview")
def copies_memory_in_containers(m):
    """A view that is in a container arrives over a copy of the memory."""

    def change(obj):
        if type(obj) is dict:
            return {k: copied(v) if isinstance(v, memoryview) else v for k, v in obj.items()}
        if type(obj) is list:
            return [copied(item) if isinstance(item, memoryview) else item for item in obj]
        return obj

    on_sent(m, change)


@violates("Buffers.memoryview")
def copies_large_memory(m):
    """A view of more than ten million bytes arrives over a copy of the memory."""
    changes_views(m, lambda view: copied(view) if view.nbytes > 10**7 else view)


@violates("Buffers.pickle-buffer")
def turns_pickle_buffers_into_views(m):
    """A PickleBuffer arrives as a memoryview."""
    on_sent(m, lambda obj: memoryview(obj) if isinstance(obj, pickle.PickleBuffer) else obj)


@violates("Buffers.pickle-buffer")
def copies_pickle_buffers(m):
    """A PickleBuffer arrives as one over a copy of the memory."""

    def change(obj):
        if isinstance(obj, pickle.PickleBuffer):
            return pickle.PickleBuffer(bytearray(obj))
        return obj

    on_sent(m, change)


@violates("Buffers.seen")
def copies_results(m):
    """A view that is the result of a call is over a copy of the memory."""

    @replaces(m._sharing, "call")
    def call(original, *args):
        result = original(*args)
        return copied(result) if isinstance(result, memoryview) else result


@violates("Buffers.seen")
def copies_what_is_mapped(m):
    """A view over a mapping of a file arrives over a copy of the memory."""

    def change(view):
        owner = getattr(view, "obj", None)
        return copied(view) if type(owner).__name__ == "mmap" else view

    changes_views(m, change)


class Reduced:
    """Pickles as what another object has said."""

    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce_ex__(self, protocol):
        return self.reduced


def says_how(obj):
    """Whether *obj* is of a class of a check that says how it is to be pickled."""
    return type(obj).__module__ == "checks" and not isinstance(obj, type)


@violates("Buffers.out-of-band")
def pickles_in_band(m):
    """What is pickled out of band is put into the pickle, and copied so."""

    def change(obj):
        if not says_how(obj):
            return obj
        return pickle.loads(pickle.dumps(Reduced(*obj.__reduce_ex__(5)), 5))

    on_sent(m, change)


@violates("Buffers.out-of-band")
def makes_what_was_read_only_writable(m):
    """What is pickled out of band arrives writable."""

    def change(obj):
        if says_how(obj) and isinstance(getattr(obj, "buffer", None), bytes):
            return memoryview(bytearray(obj.buffer))
        return obj

    on_sent(m, change)


# --- what a view is like -------------------------------------------------------------------------


@violates("Buffers.format")
def has_bytes_only(m):
    """A view arrives as one of bytes."""
    changes_views(m, lambda view: view.cast("B") if view.c_contiguous else view)


@violates("Buffers.format")
def has_formats_of_one_letter(m):
    """A view whose format has more than a letter arrives as one of bytes."""
    changes_views(m, lambda view: view.cast("B") if len(view.format) > 1 else view)


@violates("Buffers.shape")
def has_one_dimension(m):
    """A view of several dimensions arrives as one of one."""

    def change(view):
        return view.cast("B") if view.ndim > 1 and view.c_contiguous else view

    changes_views(m, change)


@violates("Buffers.shape")
def has_a_dimension_at_least(m):
    """A view of no dimensions arrives as one of one item."""
    changes_views(m, lambda view: view if view.ndim else view.cast("B", [1]))


@violates("Buffers.strides")
def moves_items_together(m):
    """A view that leaves bytes out arrives over a copy that has none to leave out."""
    changes_views(m, lambda view: view if view.c_contiguous else copied(view))


@violates("Buffers.strides")
def turns_views_round(m):
    """A view from behind arrives as one from the front."""

    def change(view):
        return view[::-1] if view.ndim and view.strides[0] < 0 else view

    changes_views(m, change)


@violates("Buffers.read-only")
def is_always_read_only(m):
    """Every view arrives read-only."""
    changes_views(m, lambda view: view.toreadonly())


@violates("Buffers.read-only")
def is_always_writable(m):
    """A read-only view of a bytearray arrives as one that can be written."""

    def change(view):
        owner = getattr(view, "obj", None)
        return memoryview(owner) if isinstance(owner, bytearray) and view.readonly else view

    changes_views(m, change)


# --- copies --------------------------------------------------------------------------------------


@violates("Buffers.copy")
def shares_memory_of_all(m):
    """A bytearray or an array arrives as a view over its memory."""

    def change(obj):
        return memoryview(obj) if isinstance(obj, (bytearray, array.array)) else obj

    on_sent(m, change)


# --- how long it is kept -------------------------------------------------------------------------


@violates("Buffers.kept-alive")
def does_not_keep_items(m):
    """A view that is put into a queue is over a copy of the memory."""
    on_put(m, lambda obj: copied(obj) if isinstance(obj, memoryview) else obj)


@violates(
    "Buffers.released",
    "Buffers.released-next",
    "Buffers.released-at-end",
    "Buffers.freed",
    "Buffers.size",
)
def releases_nothing(m):
    """What has been lent once is kept for ever."""
    keeps_views(m)


@violates("Buffers.outlives")
def does_not_destroy_lenders(m):
    """An interpreter of which others see memory cannot be destroyed."""
    lenders = set()

    @replaces(m._sharing, "call")
    def call(original, id, *args):
        result = original(id, *args)
        if isinstance(result, memoryview):
            lenders.add(id)
        return result

    @replaces(m.Interpreter, "destroy")
    def destroy(original, self):
        if self.id in lenders:
            raise m.InterpreterError("memory of interpreter %d is in use" % self.id)
        original(self)
