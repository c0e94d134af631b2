"""Mistakes about extension modules in isolated interpreters.

Which modules support them depends on the Python.  So a mutant adds a finder of modules to each
isolated interpreter, which treats one module as if it did not.
"""

from mutants.mutant import violates
from mutants.runs import in_new_interpreters

# Does something when the module is imported for the first time.
_FINDER = """
import sys
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == {name!r}:
            {statement}
sys.meta_path.insert(0, Finder)
"""


@violates("Extension_modules.supports", isolates=True)
def an_unsupported_module_is_a_system_error(m):
    """The import of a module that does not support it raises SystemError."""
    statement = "raise SystemError('the module does not support this')"
    source = _FINDER.format(name="_sqlite3", statement=statement)
    in_new_interpreters(m, source, isolated=[True])


@violates("Extension_modules.usable-after", isolates=True)
def a_refused_import_breaks_the_next(m):
    """After an import that was refused the interpreter can import nothing."""
    statement = "del __builtins__['__import__']; raise ImportError(name)"
    source = _FINDER.format(name="readline", statement=statement)
    in_new_interpreters(m, source, isolated=[True])
