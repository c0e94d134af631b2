"""What the tests of memory that several interpreters see share: owners that tell of its end."""

import gc
import os
import sys

from support import KINDS, PackageTest

#: Of an interpreter: memory, of which it can be told when it is gone and whether it is lent.
OWNER = """
import atexit, gc, os
class Owner(bytearray):
    def __del__(self, write=os.write):
        write({fd}, b".")
owner = Owner(b"0123456789" * 100)
atexit.register(os.write, {fd}, b"a")
def is_lent():
    for _ in range(1000): pass  # what has come back is released between two steps of code
    try:
        owner.append(0)
    except BufferError:
        return True
    del owner[-1]
    return False
"""

#: An object that counts what is taken of it and given back.
COUNTING = """
class Exporter:
    def __init__(self, size):
        self.memory = bytearray(size)
        self.taken = self.released = 0
    def __buffer__(self, flags):
        self.taken += 1
        return memoryview(self.memory)
    def __release_buffer__(self, view):
        self.released += 1
        view.release()
"""
COUNTS = sys.version_info >= (3, 12)


class BufferTest(PackageTest):
    def setUp(self):
        super().setUp()
        self.end = self.pipe()
        os.set_blocking(self.end[0], False)

    def create_owner(self, isolated=KINDS[-1], **names):
        owner = self.create(isolated, **names)
        owner.exec(OWNER.format(fd=self.end[1]))
        return owner

    def ends(self):
        """What has been written about ends: a dot for an owner, an a for an interpreter."""
        gc.collect()
        try:
            return os.read(self.end[0], 1000).decode()
        except BlockingIOError:
            return ""

    def is_lent(self, array):
        try:
            array.append(0)
        except BufferError:
            return True
        del array[-1]
        return False
