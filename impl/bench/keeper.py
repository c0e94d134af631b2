"""Big objects, and what an interpreter does with them: take one, or give one that it has kept.

Both sides of what big.py measures import this.
"""

import array
import pickle

SIZE = 64 * 2**20

kept = {}


class Block:
    """Pickles out of band, as the arrays of NumPy do."""

    def __init__(self, memory):
        self.memory = memory

    def __reduce_ex__(self, protocol):
        return Block, (pickle.PickleBuffer(self.memory),)


def made(kind):
    """A new object of the kind.  Its memory has been written to: pages that never were are one."""
    if kind == "bytes":
        return b"x" * SIZE
    if kind == "numpy":
        import numpy

        return numpy.ones(SIZE, "u1")
    memory = bytearray(b"x") * SIZE
    if kind == "array":
        return array.array("B", memory)
    kinds = {"memoryview": memoryview, "PickleBuffer": pickle.PickleBuffer, "Block": Block}
    return kinds[kind](memory) if kind in kinds else memory


def keep(kind):
    kept[kind] = made(kind)


def give(kind):
    return kept[kind]


def take(thing):
    pass


def size(thing):
    """How many bytes the object has."""
    return memoryview(getattr(thing, "memory", thing)).nbytes
