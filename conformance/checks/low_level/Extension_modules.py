"""Extension modules: what an isolated interpreter imports works there or is refused."""

from check import attempt, covers, create, equal, value

# Extension modules of the standard library, and modules that need one. A Python may lack some.
MODULES = (
    "array asyncio bz2 ctypes curses datetime decimal hashlib lzma pickle pyexpat readline socket"
    " sqlite3 ssl xml.etree.ElementTree zlib zoneinfo"
).split()

# Uses some of them a little, so that what they set up is there to be torn down.
USE = """
import importlib
try:
    module = importlib.import_module({name!r})
    outcome = "imported"
except ImportError:
    outcome = "refused"
except AttributeError:
    # zoneinfo wants of datetime what that lacks if its own extension module was refused.
    outcome = "refused" if {name!r} == "zoneinfo" else "failed"
if outcome == "imported":
    if {name!r} == "hashlib": module.sha256(b"spam").hexdigest()
    if {name!r} == "decimal": str(module.Decimal(1) / 3)
    if {name!r} == "datetime": str(module.datetime.now() - module.timedelta(1))
    if {name!r} == "sqlite3": module.connect(":memory:").execute("select 1").fetchall()
    if {name!r} == "asyncio": module.run(module.sleep(0))
    if {name!r} == "ssl": module.create_default_context()
"""


def import_each(m, destroys):
    """Import each module in an isolated interpreter of its own; none was imported before."""
    for name in MODULES:
        id = create(m, "isolated")
        m.run_string(id, USE.format(name=name))
        run = lambda code: m.run_string(id, code)  # noqa: E731, B023
        assert value(run, "outcome") in ("imported", "refused")
        if destroys:
            m.destroy(id)


@covers("Extension_modules.supports", isolates=True)
def modules_are_imported_or_refused(m):
    """Each module of the standard library is imported, and can be used, or raises ImportError."""
    attempt(import_each, False, seconds=8, cpu=8)


@covers(
    "Extension_modules.supports",
    isolates=True,
    hazard="Extension modules first imported in isolated interpreters, which are then destroyed",
)
def interpreters_that_imported_modules_are_destroyed(m):
    """The same, with each interpreter destroyed after it has imported a module."""
    attempt(import_each, True, seconds=8, cpu=8)


def import_in_two_and_end(m):
    """Import modules in one isolated interpreter, then in another, then here, and end."""
    modules = ("hashlib", "decimal", "datetime", "sqlite3", "zoneinfo", "ssl", "asyncio")
    for _ in range(2):
        id = create(m, "isolated")
        for name in modules:
            m.run_string(id, USE.format(name=name))
        m.destroy(id)
    for name in modules:
        exec(USE.format(name=name), {})
    raise SystemExit(4)


@covers(
    "Extension_modules.supports",
    "create.exit",
    isolates=True,
    hazard="The exit after extension modules were first imported in an isolated interpreter",
)
def the_exit_after_such_imports_is_quiet(m):
    """Modules imported in two isolated interpreters, then in the main one, and the process ends."""
    attempt(import_in_two_and_end, ends=(4, ""))


def use_after_imports(m):
    """Use an interpreter after each import in it, which was perhaps refused."""
    id = create(m, "isolated")
    run = lambda code: m.run_string(id, code)  # noqa: E731
    for name in MODULES:
        m.run_string(id, USE.format(name=name))
        equal(value(run, "1 + 1"), 2)


@covers("Extension_modules.usable-after", isolates=True)
def the_interpreter_can_be_used_after_a_refusal(m):
    """One isolated interpreter tries to import all of them, and runs code after each."""
    attempt(use_after_imports)
