"""Mutants of create().

Most of them create an interpreter as the reference does, and then do to it what another way of
creating one would have done.
"""

import atexit
import os
import sys
import threading

from mutants.mutant import replaces, violates
from mutants.runs import in_new_interpreters


@violates("create.id")
def keeps_one_in_store(m):
    """It returns an interpreter that has been created before, and puts a new one in its place."""
    store = [m.create()]

    @replaces(m, "create")
    def mutated(create, **options):
        store.append(create(**options))
        return store.pop(0)


@violates("create.id")
def makes_one_only(m):
    """Every call returns the interpreter that the first one has created."""
    made = []

    @replaces(m, "create")
    def mutated(create, **options):
        made[:] = made or [create(**options)]
        return made[0]


@violates("create.comes-back")
def stays_in_the_new_interpreter(m):
    """The interpreter created last is the current one."""
    current = []

    @replaces(m, "create")
    def mutated(create, **options):
        current[:] = [create(**options)]
        return current[0]

    @replaces(m, "get_current")
    def mutated_too(get_current):
        return current[0] if current else get_current()


@violates("create.comes-back")
def forgets_the_exception_being_handled(m):
    """The exception that the caller is handling is gone when the call comes back."""
    import ctypes

    @replaces(m, "create")
    def mutated(create, **options):
        id = create(**options)
        ctypes.pythonapi.PyErr_SetExcInfo(None, None, None)
        return id


@violates("create.idle")
def starts_to_run(m):
    """A run is in progress in the new interpreter when its ID is returned."""

    @replaces(m, "create")
    def mutated(create, **options):
        id = create(**options)
        (started, start), (stop, _) = os.pipe(), os.pipe()
        code = "import os\nos.write(%d, b'.')\nos.read(%d, 1)" % (start, stop)
        threading.Thread(target=m.run_string, args=(id, code), daemon=True).start()
        os.read(started, 1)
        return id


@violates("create.idle")
def is_running_if_another_is(m):
    """One flag tells for all subinterpreters whether they are running."""

    @replaces(m, "is_running")
    def mutated(is_running, id):
        others = [each for each in m.enumerate() if each != m.get_main()]
        return is_running(id) or any(map(is_running, others))


@violates("create.own-modules")
def shares_modules(m):
    """The modules json and random of the interpreter that makes the call are the new one's too."""

    @replaces(m, "create")
    def mutated(create, **options):
        import json
        import random

        id = create(**options)
        shared = {"json": json, "random": random}
        code = "__import__('sys').modules.update(json=json, random=random)\ndel json, random"
        m.run_string_unrestricted(id, code, shared)
        return id


@violates("create.own-modules")
def imports_what_the_caller_has_imported(m):
    """The new interpreter begins with the imports of the one that makes the call."""

    @replaces(m, "create")
    def mutated(create, **options):
        id = create(**options)
        for name in ("json", "os", "wave"):
            if name in sys.modules:
                m.run_string(id, "__import__(%r)" % name)
        return id


@violates("create.own-modules")
def leaves_a_name_behind(m):
    """What prepares the new interpreter runs in its __main__, and binds a name there."""

    @replaces(m, "create")
    def mutated(create, **options):
        id = create(**options)
        m.run_string(id, "import sys")
        return id


@violates("create.shared", isolates=True)
def isolates_by_default(m):
    """Without an argument the new interpreter is isolated."""

    @replaces(m, "create")
    def mutated(create, *, isolated=True, **options):
        return create(isolated=isolated, **options)


@violates("create.shared", isolates=True)
def takes_any_isolated_for_true(m):
    """It matters that isolated is given, and not its value."""

    @replaces(m, "create")
    def mutated(create, **options):
        return create(**dict(options, isolated="isolated" in options))


@violates("create.isolated", isolates=True)
def does_not_isolate(m):
    """isolated is accepted and has no effect."""

    @replaces(m, "create")
    def mutated(create, *, isolated=False, site=True):
        return create(site=site)


@violates("create.isolated", isolates=True)
def isolates_for_the_true_only(m):
    """Of the true values only True isolates."""

    @replaces(m, "create")
    def mutated(create, *, isolated=False, site=True):
        return create(isolated=isolated is True, site=site)


@violates("create.not-isolated", isolates=False)
def shares_where_it_cannot_isolate(m):
    """Where isolated cannot have an effect, it has none."""

    @replaces(m, "create")
    def mutated(create, *, isolated=False, site=True):
        return create(site=site)


@violates("create.not-isolated", isolates=False)
def creates_before_it_refuses(m):
    """isolated is looked at when there is an interpreter already."""

    @replaces(m, "create")
    def mutated(create, *, isolated=False, site=True):
        id = create(site=site)
        return create(isolated=True) if isolated else id


@violates("create.path")
def path_is_that_of_the_start(m):
    """sys.path is what the caller's was when it imported the module."""
    path = list(sys.path)

    @replaces(m, "create")
    def mutated(create, **options):
        id = create(**options)
        m.run_string(id, "__import__('sys').path[:] = %r" % path)
        return id


@violates("create.argv")
def argv_is_empty(m):
    """sys.argv is what a Python that was started without arguments has."""

    @replaces(m, "create")
    def mutated(create, **options):
        id = create(**options)
        m.run_string(id, "__import__('sys').argv[:] = ['']")
        return id


@violates("create.no-site-path")
def path_without_site_is_that_of_the_start(m):
    """With site=False, sys.path is what the caller's was when it imported the module."""
    path = list(sys.path)

    @replaces(m, "create")
    def mutated(create, *, site=True, **options):
        id = create(site=site, **options)
        if not site:
            m.run_string(id, "__import__('sys').path[:] = %r" % path)
        return id


@violates("create.site")
def has_no_site_by_default(m):
    """Without an argument, site is not imported."""

    @replaces(m, "create")
    def mutated(create, *, site=False, **options):
        return create(site=site, **options)


@violates("create.no-site")
def ignores_site(m):
    """site is accepted and has no effect."""

    @replaces(m, "create")
    def mutated(create, *, site=True, **options):
        return create(**options)


@violates("create.no-site-names")
def has_the_names_without_site(m):
    """With site=False there is an exit, as in every other interpreter."""

    @replaces(m, "create")
    def mutated(create, *, site=True, **options):
        id = create(site=site, **options)
        m.run_string(id, "__import__('builtins').exit = SystemExit")
        return id


@violates("create.cannot")
def lets_an_oserror_out(m):
    """Without a file descriptor to spare it raises OSError."""

    @replaces(m, "create")
    def mutated(create, **options):
        os.close(os.open(os.devnull, os.O_RDONLY))
        return create(**options)


@violates("create.cannot")
def lets_a_memory_error_out(m):
    """Without memory to spare it raises MemoryError."""

    @replaces(m, "create")
    def mutated(create, **options):
        assert bytes(1 << 20)
        return create(**options)


@violates("create.outlives")
def dies_with_its_creator(m):
    """An interpreter destroys those that it has created when it is destroyed."""

    @replaces(m, "create")
    def mutated(create, **options):
        id = create(**options)
        if m.get_current() != m.get_main():
            atexit.register(m.destroy, id)
        return id


@violates("create.outlives")
def dies_with_the_thread(m):
    """An interpreter is destroyed when the OS thread that has created it ends."""
    of_thread = threading.local()

    class Owner:
        def __init__(self, id):
            self.id = id

        def __del__(self, destroy=m.destroy):
            destroy(self.id)

    @replaces(m, "create")
    def mutated(create, **options):
        id = create(**options)
        if threading.current_thread() is not threading.main_thread():
            of_thread.owner = Owner(id)
        return id


@violates("create.outlives")
def dies_with_its_id(m):
    """An interpreter is destroyed when nobody holds its ID any more."""

    class ID(int):
        def __del__(self, destroy=m.destroy):
            destroy(int(self))

    @replaces(m, "create")
    def mutated(create, **options):
        return ID(create(**options))


def at_exit(m, function):
    """Have the main interpreter call *function* as the process ends."""
    if m.get_current() == m.get_main():
        atexit.register(function)


@violates("create.exit")
def complains_at_exit(m):
    """The process prints how many interpreters it had to destroy at its end."""

    def complain():
        if left := m.enumerate()[1:]:
            sys.stderr.write("%d interpreters left\n" % len(left))

    at_exit(m, complain)


@violates("create.exit")
def forgets_what_is_left_at_exit(m):
    """Interpreters that exist when the process ends are not finalized."""

    def forget():
        for id in m.enumerate()[1:]:
            if not m.is_running(id):
                m.run_string(id, "__import__('atexit')._clear()")

    at_exit(m, forget)


@violates("create.exit")
def aborts_at_exit_with_those_of_a_thread(m):
    """The process cannot end with an interpreter that another OS thread has created."""
    elsewhere = []

    @replaces(m, "create")
    def mutated(create, **options):
        elsewhere.append(threading.current_thread() is not threading.main_thread())
        return create(**options)

    at_exit(m, lambda: any(elsewhere) and os.abort())


@violates("create.exit")
def aborts_at_exit_during_runs(m):
    """The process cannot end while a run is in progress."""
    at_exit(m, lambda: any(map(m.is_running, m.enumerate()[1:])) and os.abort())


@violates("create.isolated", isolates=True)
def isolates_with_site_only(m):
    """Without the module site the interpreter is shared, whatever *isolated* is."""

    @replaces(m, "create")
    def mutated(create, *, isolated=False, site=True):
        return create(isolated=isolated and site, site=site)


@violates("create.outlives")
def an_exception_takes_new_ones_along(m):
    """What a run has created is destroyed if it raises."""

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        before = m.enumerate()
        try:
            run_string(id, command)
        except BaseException:
            for each in set(m.enumerate()).difference(before):
                m.destroy(each)
            raise


@violates("create.exit", "destroy.joins")
def all_threads_are_daemons(m):
    """A new interpreter takes each of its threads for a daemon, which nobody joins."""
    daemon = "property(lambda self: True, lambda self, value: None)"
    in_new_interpreters(m, "import threading; threading.Thread.daemon = %s" % daemon)
