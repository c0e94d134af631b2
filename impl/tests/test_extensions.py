"""Extension modules and callbacks from C: what the main interpreter has not met before."""

import sys
import unittest

import support

PROLOGUE = """
import os, sys, threading
from interpreters import _interpreters as low

def create():
    return low.create(isolated={isolated})
"""

#: Modules of the standard library that are, or import, extension modules; some refuse isolation.
MODULES = (
    "_ctypes _curses _datetime _decimal _testcapi array asyncio bz2 ctypes curses datetime decimal "
    "fractions hashlib json lzma math mmap multiprocessing pickle readline select socket sqlite3 "
    "ssl statistics struct unicodedata uuid xml.etree.ElementTree zlib zoneinfo"
)

IMPORTED_FIRST_IN_THERE = """
code = f'''if True:
    import sys
    refused = []
    for name in {names!r}.split():
        try:
            __import__(name)
        except ImportError:
            refused.append(name)
        except AttributeError:  # its C module was refused, and it does not expect that
            assert name == "zoneinfo" and sys.version_info[:2] == (3, 12), name
            refused.append(name)
    import gc
    gc.collect()
    x = 1
'''
ids = [create(), create()]
for id in ids:
    low.run_string(id, code)
for id in ids:
    low.run_string(id, "assert x == 1")
    low.destroy(id)
for name in {names!r}.split():  # and here as well, afterwards
    try:
        __import__(name)
    except ImportError:
        pass
import gc
gc.collect()
id = create()
low.run_string(id, code)
low.destroy(id)
print("done")
"""

# Each by itself, and the process ends at once.
ONE_MODULE = """
try:
    low.run_string(create(), "import {name}")
except ImportError:
    pass
except AttributeError:  # its C module was refused, and it does not expect that
    assert "{name}" == "zoneinfo" and sys.version_info[:2] == (3, 12)
print("done")
"""

# The C library calls a function of Python's, which tells where it runs.
CALLBACKS = """
try:
    import ctypes
except ImportError:
    print("done")
    sys.exit(3)
code = f'''if True:
    import sys
    sys.path[:] = {sys.path!r}
    from interpreters import _interpreters as low
    try:
        import ctypes
    except ImportError:
        ctypes = None  # isolated, on 3.12
'''
use = '''if True:
    import threading
    seen = []
    def compare(one, two):
        seen.append((low.get_current(), threading.get_ident()))
        return 0
    def sort():
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        ctypes.CDLL(None).qsort(ctypes.create_string_buffer(8), 2, 4, kind(compare))
    if ctypes:
        sort()
        assert set(seen) == {(low.get_current(), threading.get_ident())}, (seen, low.get_current())
        del seen[:]
        thread = threading.Thread(target=sort)
        thread.start()
        thread.join()
        assert [id for id, _ in seen] == [low.get_current()] * len(seen), seen
'''
ids = [create(), create()]
for id in ids:
    low.run_string(id, code)
def run():
    for id in ids:
        low.run_string(id, use)
run()
thread = threading.Thread(target=run)
thread.start()
thread.join()
exec(code + use)
low.run_string(ids[0], f"low.run_string({ids[1]}, {use!r})")
low.run_string(ids[0], use)
exec(use)
for id in ids:
    low.destroy(id)
print("done")
"""


class Extensions(unittest.TestCase):
    def check(self, body, kinds=support.KINDS):
        for isolated in kinds:
            source = PROLOGUE.replace("{isolated}", str(isolated)) + body + "\nsys.exit(3)\n"
            with self.subTest(isolated=isolated, source=body):
                status, output, errors = support.run_process(source)
                # libmpdec says on stderr that it is initialised again (3.8-3.11).
                errors = "" if "mpd_setminalloc" in errors else errors
                self.assertEqual((status, output, errors), (3, "done\n", ""))

    def test_modules_imported_in_an_interpreter_first(self):
        self.check(IMPORTED_FIRST_IN_THERE.replace("{names!r}", repr(MODULES)))

    def test_a_module_alone(self):
        if len(support.KINDS) > 1:
            for name in MODULES.split():
                self.check(ONE_MODULE.replace("{name}", name), support.KINDS[1:])

    @unittest.skipIf(sys.platform == "win32", "qsort is elsewhere")
    def test_callbacks_run_where_they_were_made(self):
        self.check(CALLBACKS)


if __name__ == "__main__":
    unittest.main()
