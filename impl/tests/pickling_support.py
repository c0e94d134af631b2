"""What the tests of pickles share: objects are pickled here, sent, and looked at where they arrive.

Most are sent to interpreters of each kind as the source text of their pickle.
"""

import os
import sys
import textwrap
import types

from interpreters import _interpreters, _pickling
from support import KINDS, InterpreterTest

PRELUDE = f"""
import gc, os, sys
sys.path[:] = {sys.path!r}
from interpreters import _classes_by_value, _pickling

def raises(error, function, *arguments):
    try:
        function(*arguments)
    except error as caught:
        return caught
    raise AssertionError('nothing was raised')
"""


def dump(obj):
    """The pickle, and what has been attached to it."""
    attached = []
    return _pickling.dumps(obj, attached.append), attached


def load_here(obj):
    """The object, as it arrives in the interpreter that it comes from."""
    data, attached = dump(obj)
    return _pickling.loads(data, attached)


class CarryTest(InterpreterTest):
    """A test with an interpreter of each kind to send objects to."""

    def setUp(self):
        super().setUp()
        self.ids = []
        for kind in KINDS:
            self.create(kind)

    def create(self, kind):
        id = _interpreters.create(isolated=kind)
        self.addCleanup(_interpreters.destroy, id)
        _interpreters.run_string(id, PRELUDE)
        self.ids.append(id)

    def send(self, obj):
        """Bind ``it`` to what arrives."""
        data, attached = dump(obj)
        self.assertEqual(attached, [])
        self.there(f"it = _pickling.loads(bytes.fromhex({data.hex()!r}), [])")

    def there(self, code):
        """Run code in each of the interpreters; what it raises is raised here."""
        for id in self.ids:
            _interpreters.run_string(id, textwrap.dedent(code))

    def check(self, obj, code):
        self.send(obj)
        self.there(code)

    def returned(self, expression):
        """What comes back from each interpreter."""
        reading, writing = self.pipe()
        for id in self.ids:
            _interpreters.run_string(
                id, f"os.write({writing}, _pickling.dumps({expression}, None) + b'end')"
            )
            data = b""
            while not data.endswith(b"end"):
                data += os.read(reading, 4096)
            yield _pickling.loads(data[:-3], [])

    def refused(self, obj, error, words):
        with self.assertRaisesRegex(error, words):
            dump(obj)


def define(source, **names):
    """Run source text in a namespace of its own, and return that."""
    namespace = dict(names, __name__="defined")
    exec(textwrap.dedent(source), namespace)
    return types.SimpleNamespace(**namespace)
