"""Hostile exceptions on their way from one interpreter to another."""

import gc
import pickle
import sys
import threading
import unittest

from interpreters import _interpreters
from support import ExceptionTest, run_process

#: Does this Python assert, among other things, that no exception is set when it looks things up?
DEBUG_BUILD = hasattr(sys, "gettotalrefcount")


#: What a class derived from ValueError may have in its body, of which 'v' is raised.
BODIES = """
def __str__(self): raise KeyError
def __str__(self): return 1
def __str__(self): return self.__str__()
def __str__(self): raise KeyboardInterrupt
def __str__(self): raise SystemExit(3)
def __str__(self): raise self
def __str__(self): 1/0
def __repr__(self): raise SystemExit
def __repr__(self): return None
def __getattribute__(self, name): raise OSError(name)
def __getattribute__(self, name): return 5
def __getattr__(self, name): raise MemoryError
__class__ = property(lambda self: 1/0)
__class__ = int
__dict__ = property(lambda self: 1/0)
args = property(lambda self: 1/0)
args = 5
__traceback__ = __cause__ = __context__ = 5
__traceback__ = property(lambda self: 1/0)
with_traceback = None
__suppress_context__ = property(lambda self: 1/0)
__module__ = 5
__module__ = None
__module__ = 'builtins'
__module__ = '\\udc80'
__module__ = 'sys'
__qualname__ = 'odd name.<locals>.\\x00'
__qualname__ = '\\udc80'
__qualname__ = '.'
__qualname__ = ''
__doc__ = 5
__slots__ = ('a', 'b')
__init__ = None
def __init__(self): raise MemoryError
def __del__(self): raise ValueError
def __init_subclass__(cls): raise ValueError
def __reduce__(self): raise MemoryError
__reduce_ex__ = 5
def __eq__(self, other): raise MemoryError
def __hash__(self): raise MemoryError
__hash__ = None
def __bool__(self): raise MemoryError
def __len__(self): raise MemoryError
def __getstate__(self): raise MemoryError
__notes__ = 5
__notes__ = property(lambda self: 1/0)
def __iter__(self): raise MemoryError
def __instancecheck__(self, other): raise MemoryError
"""

#: The same of a metaclass of a class derived from ValueError.
META_BODIES = """
def __getattribute__(cls, name): raise OSError(name)
def __getattribute__(cls, name): return 5
def mro(cls): return [cls, ValueError, Exception, BaseException, object]
def mro(cls): return [cls, Exception, BaseException, object]
def mro(cls): return [cls, OSError, ValueError, Exception, BaseException, object]
def mro(cls): return [cls, BaseException]
__module__ = property(lambda cls: 1/0)
__module__ = property(lambda cls: 5)
__name__ = __qualname__ = property(lambda cls: b'bytes')
__qualname__ = property(lambda cls: cls.__qualname__)
__qualname__ = property(lambda cls: setattr(cls, '__bases__', (OSError,)))
def __instancecheck__(cls, o): raise OSError
def __subclasscheck__(cls, o): raise OSError
def __eq__(cls, other): raise OSError
def __hash__(cls): raise OSError
__hash__ = None
def __call__(cls, *args): return 5
def __repr__(cls): raise OSError
def __del__(cls): raise OSError
"""

#: Code that raises, and the class of what it raises.
SCRIPTS = (
    ("e = ValueError('v'); e.args = 'xy'; raise e", ValueError),
    ("e = ValueError('v'); e.args = [object] * 3; raise e", ValueError),
    ("class A:\n def __repr__(self): e.args = (); e.__dict__.clear(); return 'a'\n"
     "e = ValueError(A(), [A()], A()); e.a = [A()]; raise e", ValueError),
    ("l = []\nclass A:\n def __repr__(self): l.append(print); return 'a'\n"
     "e = ValueError(l, A()); e.l = l; raise e", ValueError),
    ("import gc\nclass E(ValueError):\n"
     " def __repr__(self): [list(o) for o in gc.get_objects() if type(o) is tuple]; return 'e'\n"
     " __str__ = __repr__\nraise E(E(), E(), E())", ValueError),
    ("class A:\n def __repr__(self): raise KeyboardInterrupt\nraise ValueError(A())", ValueError),
    ("class A:\n def __repr__(self): raise SystemExit\nraise ValueError(A())", ValueError),
    ("class A:\n def __repr__(self): return repr(self)\nraise ValueError(A())", ValueError),
    ("class A:\n def __repr__(self): return 5\nraise ValueError(A())", ValueError),
    ("class S(str):\n def __repr__(self): return S('s')\nraise ValueError(S())", ValueError),
    ("class M(type):\n __module__ = property(lambda c: 1/0)\nclass A(metaclass=M): pass\n"
     "raise ValueError(A())", ValueError),
    ("class E(BaseException):\n def __init__(self, *a): pass\nraise E(1, 2)", BaseException),
    ("class E(BaseException):\n def __new__(cls, *a): return BaseException.__new__(cls)\nraise E(1)",
     BaseException),
    ("class E(OSError):\n def __init__(self, *a): pass\nraise E(2, 'text', 'name')", OSError),
    ("class E(SyntaxError):\n def __init__(self, *a): pass\nraise E(2, 3)", SyntaxError),
    ("class E(UnicodeDecodeError):\n def __init__(self, *a): pass\nraise E(2, 3)",
     UnicodeDecodeError),
    ("class E(UnicodeDecodeError):\n def __str__(self): return 's'\n"
     "e = E('a', b'b', 0, 1, 'c'); e.object = 5; raise e", UnicodeDecodeError),
    ("e = UnicodeEncodeError('a', 'b', -10**12, 1 - 10**12, 'c'); raise e", UnicodeEncodeError),
    ("e = UnicodeDecodeError('a', b'b', -10**12, 1 - 10**12, 'c'); raise e", UnicodeDecodeError),
    ("e = UnicodeTranslateError('a', -10**12, 1 - 10**12, 'c'); raise e", UnicodeTranslateError),
    ("e = SyntaxError('s'); e.lineno = e.offset = e.text = e.filename = object(); raise e",
     SyntaxError),
    ("e = SyntaxError('s', ('f', 10**30, -10**30, 't')); raise e", SyntaxError),
    ("e = SyntaxError('s', ('f', -5, 5, '\\udc80\\0')); raise e", SyntaxError),
    ("e = OSError(2, 'a'); e.errno = e.strerror = e.filename = object(); raise e", OSError),
    ("e = ImportError('a', name=object(), path=object()); raise e", ImportError),
    ("e = StopIteration(object()); raise e", StopIteration),
    ("e = ValueError('v'); e.__notes__ = 5; raise e", ValueError),
    ("e = ValueError('v'); e.__notes__ = 'text'; raise e", ValueError),
    ("e = ValueError('v'); e.__notes__ = ['\\udc80', b'', None, object()]; raise e", ValueError),
    ("class L(list):\n def __iter__(self): raise MemoryError\n"
     "e = ValueError('v'); e.__notes__ = L('ab'); raise e", ValueError),
    ("class N:\n def __repr__(self): e.__notes__.clear(); return 'n'\n"
     "e = ValueError('v'); e.__notes__ = [N(), N(), N()]; raise e", ValueError),
    ("e = ValueError('v'); e.__dict__ = {1: 2, 'a\\udc80': 3, None: 4}; raise e", ValueError),
    ("class D(dict):\n def __getitem__(self, key): raise MemoryError\n"
     "e = ValueError('v'); e.__dict__ = D(a=1); raise e", ValueError),
    ("e = ValueError('v'); e.self = e; raise e", ValueError),
    ("e = ValueError(); e.args = (e,); raise e", ValueError),
    ("e = ValueError(); e.__cause__ = e.__context__ = e; raise e", ValueError),
    ("a, b, c = ValueError('v'), KeyError(), OSError()\n"
     "a.__cause__, b.__context__, c.__cause__ = b, c, b; raise a", ValueError),
    ("raise ValueError((x for x in ()))", ValueError),
    ("async def c(): pass\nc = c()\ntry: raise ValueError(c)\nfinally: c.close()", ValueError),
    ("raise ValueError(memoryview(b'x'), open, __builtins__, __import__('sys'))", ValueError),
    ("import sys\nraise ValueError(sys._getframe())", ValueError),
    ("def f(): f()\nf()", RecursionError),
    ("class A:\n def __str__(self): return str(self)\nstr(A())", RecursionError),
    ("def f(n):\n try: f(n + 1)\n except RecursionError: raise ValueError(n)\nf(0)", ValueError),
    ("x = []\nfor _ in range(100_000): x = [x]\nrepr(x)", RecursionError),
    ("bytearray(2**62)", MemoryError),
    ("raise MemoryError", MemoryError),
    ("raise ValueError('v' * 2**62)", MemoryError),
    ("raise KeyboardInterrupt", KeyboardInterrupt),
    ("raise GeneratorExit", GeneratorExit),
    ("import sys; sys.exit(object())", SystemExit),
    ("raise StopAsyncIteration", StopAsyncIteration),
    ("raise 5", TypeError),
    ("raise type('\\u00e9', (ValueError,), {})('v')", ValueError),
    ("raise type('n' * 1000, (ValueError,), {})('v')", ValueError),
    ("raise type('n.' * 1000, (ValueError,), {})('v')", ValueError),
    ("c = ValueError\nfor i in range(300): c = type('C%d' % i, (c,), {})\nraise c('v')", ValueError),
    ("import warnings; warnings.simplefilter('error'); warnings.warn('w')", UserWarning),
    ("import sys; sys.setrecursionlimit(60)\ntry: 1/0\nfinally: sys.setrecursionlimit(1000)",
     ZeroDivisionError),
    ("import threading\ndef add():\n while go: l.append(object()); l.clear()\n"
     "l = []; go = True; t = threading.Thread(target=add); t.start()\n"
     "try:\n e = ValueError(l); e.l = l; raise e\n"
     "finally: go = False; t.join()", ValueError),
)  # fmt: skip

GROUP_SCRIPTS = (
    ("e = ExceptionGroup('g', [ValueError(1)]); e.args = (1, 2); raise e", ExceptionGroup),
    ("class G(ExceptionGroup):\n exceptions = property(lambda self: 1/0)\nraise G('g', [OSError()])",
     ExceptionGroup),
    ("class G(ExceptionGroup):\n exceptions = message = 5\nraise G('g', [OSError()])",
     ExceptionGroup),
    ("class G(ExceptionGroup):\n def derive(self, e): raise MemoryError\nraise G('g', [OSError()])",
     ExceptionGroup),
    ("e = ValueError(); g = ExceptionGroup('g', [e]); e.__cause__ = g; e.__context__ = g; raise g",
     ExceptionGroup),
    ("e = ValueError()\nfor _ in range(500): e = ExceptionGroup('g', [e, e])\nraise e",
     ExceptionGroup),
    ("raise ExceptionGroup('g', [ValueError(i) for i in range(5000)])", ExceptionGroup),
    ("raise BaseExceptionGroup('g', [KeyboardInterrupt(), SystemExit(object())])",
     BaseException),
    ("class S(str): pass\nraise ExceptionGroup(S('g'), [ValueError(1)])", ExceptionGroup),
) if sys.version_info >= (3, 11) else ()  # fmt: skip


class Hostile(ExceptionTest):
    """Whatever is raised, an exception of a sensible class arrives, and can be printed."""

    def check(self, code, cls):
        with self.subTest(code=code):
            for error in self.each(code):
                self.assertIsInstance(error, cls)
                self.remote(error)
                self.format(error)
                repr(error)
                try:
                    pickle.dumps(error)
                except Exception:
                    pass

    def test_objects(self):
        for body in BODIES.strip().splitlines():
            code = f"class Hostile(ValueError):\n    {body}\nraise ValueError.__new__(Hostile, 'v')"
            self.check(code, ValueError)

    def test_classes(self):
        for body in META_BODIES.strip().splitlines():
            # Some of these classes cannot be made: then what their metaclass raises arrives.
            code = f"class Meta(type):\n    {body}\nclass E(ValueError, metaclass=Meta): pass\n"
            self.check(code + "raise ValueError.__new__(E, 'v')", BaseException)

    def test_scripts(self):
        for code, cls in SCRIPTS + GROUP_SCRIPTS:
            self.check(code, cls)

    @unittest.skipUnless(
        DEBUG_BUILD and sys.version_info[:2] != (3, 10),
        "only a debug build notices; and 3.10 crashes when a subinterpreter clears the cache",
    )
    def test_no_call_with_an_exception_set(self):
        """It is noticed when a look-up misses the cache of types."""
        clear = "import sys\nclear = getattr(sys, '_clear_internal_caches', None)\n"
        clear += "clear = clear or sys._clear_type_cache\n"
        for body in META_BODIES.strip().splitlines():
            body = body.replace("lambda cls: ", "lambda cls: [clear()] and ")
            body = body.replace("(cls, name): ", "(cls, name): clear(); ")
            code = f"{clear}class Meta(type):\n    {body}\nclass A(metaclass=Meta): pass\n"
            code += "e = ValueError(A.__new__(A), 1); e.a = A.__new__(A); raise e"
            self.check(code, Exception)

    def test_what_arrives_is_the_first_exception(self):
        """What is raised while it is described is dropped."""
        for body in ("__str__", "__repr__"):
            for raised in "KeyboardInterrupt", "SystemExit", "MemoryError", "RecursionError":
                code = f"class E(ValueError):\n def {body}(self): raise {raised}\n"
                for error in self.each(code + "raise E(E('v'), 1)"):
                    self.assertIsInstance(error, ValueError)
                    self.assertEqual(error.args[1], 1)

    def test_a_caller_near_its_recursion_limit(self):
        code = "class Mine(LookupError): pass\nraise Mine('text')"

        def descend(id, seen):
            try:
                _interpreters.run_string(id, code)
            except LookupError as error:
                seen.append(error.args)
            descend(id, seen)

        for id in self.ids:
            seen = []
            with self.assertRaises(RecursionError):
                descend(id, seen)
            self.assertEqual(set(seen), {("text",)})
            self.assertGreater(len(seen), 100)

    def test_a_long_chain(self):
        code = (
            "e = ValueError(0)\nfor i in range(1, 10_000):\n f = ValueError(i); f.{} = e; e = f\n"
        )
        for link in "__cause__", "__context__":
            for error in self.each(code.format(link) + "raise e"):
                count, each = 0, error
                while type(each) is ValueError:
                    self.assertEqual(each.args, (9999 - count,))
                    count += 1
                    each = getattr(each, link) or each.__cause__
                self.assertIs(type(each), _interpreters.RemoteTraceback)
                self.assertEqual(count, 1000)
                try:
                    self.format(error)
                except RecursionError:  # of the traceback module of 3.8 and 3.9
                    self.assertLess(sys.version_info, (3, 10))
                del each, error

    @unittest.skipIf(
        DEBUG_BUILD and sys.version_info[:2] == (3, 11),
        "a debug 3.11 aborts when it prints a chain of 1001 exceptions, whoever has raised it",
    )
    def test_a_long_chain_that_nobody_catches(self):
        source = (
            "from interpreters import _interpreters\n"
            "code = 'e = ValueError(0)\\nfor i in range(1, 10_000):\\n'\n"
            "code += ' f = ValueError(i); f.__context__ = e; e = f\\nraise e'\n"
            "_interpreters.run_string(_interpreters.create(), code)\n"
        )
        self.assertEqual(run_process(source)[:2], (1, ""))

    def test_a_chain_in_a_small_thread(self):
        """Freeing it takes little of the C stack."""
        code = "e = ValueError(0)\nfor i in range(1, 1000):\n f = ValueError(i); f.__context__ = e; e = f\n"
        failures = []

        def run():
            try:
                for error in self.each(code + "raise e"):
                    self.assertEqual(error.args, (999,))
                    del error
            except BaseException as error:
                failures.append(error)

        old = threading.stack_size(1024 * 1024)
        self.addCleanup(threading.stack_size, old)
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        self.assertEqual(failures, [])

    def test_nothing_grows(self):
        codes = [code for code, cls in SCRIPTS + GROUP_SCRIPTS if cls is ValueError]
        codes += [
            "import decimal; raise ValueError(decimal.Decimal(1), range(3), print)",
            "e = ValueError('v'); e.x = range(3); raise e",
            "class E(KeyError): pass\ntry: 1/0\nexcept Exception as e: raise E(1) from e",
        ]
        codes = [code for code in codes if "thread" not in code and "100_000" not in code]
        growth = []
        while not growth or growth[-1] > 8:
            self.assertLess(len(growth), 4, f"objects grow by {growth}")
            before = self.count_objects()
            for _ in range(8):
                for code in codes:
                    for _ in self.each(code):
                        pass
            growth.append(self.count_objects() - before)

    def count_objects(self):
        """Of the main interpreter and of the others."""
        for _ in range(3):
            gc.collect()
        count = len(gc.get_objects())
        for id in self.ids:
            code = "import gc\nfor _ in range(3): gc.collect()\nraise ValueError(len(gc.get_objects()))"
            try:
                _interpreters.run_string(id, code)
            except ValueError as error:
                count += error.args[0]
        return count


if __name__ == "__main__":
    unittest.main()
