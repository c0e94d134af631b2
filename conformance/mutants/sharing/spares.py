"""Mutants of set_spares() and get_spares().

create() takes a spare from a function of the extension module, by its ID, and what it does to it
happens after that.
"""

import atexit
import os
import sys

from mutants.mutant import replaces, violates


def takes(m):
    """Have the function below called for what takes a spare: with that, *isolated* and *site*."""

    def register(function):
        replaces(m._sharing, "take_spare")(function)
        return function

    return register


def on_taking(m):
    """Have the function below called with the ID of each spare that create() is to return."""

    def register(function):
        @takes(m)
        def take_spare(original, isolated, site):
            id = original(isolated, site)
            if id is not None:
                function(id)
            return id

        return function

    return register


@violates("set_spares.create", "set_spares.id")
def makes_a_new_one(m):
    """create() does not return a spare, but one that it makes."""

    @takes(m)
    def take_spare(original, isolated, site):
        return None


@violates("set_spares.create", "set_spares.id")
def returns_the_same_spare(m):
    """A spare is returned again and again."""
    last = {}

    @takes(m)
    def take_spare(original, isolated, site):
        if (isolated, site) not in last:
            last[isolated, site] = original(isolated, site)
        return last[isolated, site]


@violates("set_spares.create")
def waits_for_a_spare(m):
    """When there is no spare, create() refuses."""
    count = [0]

    @replaces(m, "set_spares")
    def set_spares(original, number, **options):
        count[0] = number
        original(number, **options)

    @replaces(m, "create")
    def create(original, **options):
        if count[0] and not m.get_spares() and options.get("site", True):
            raise m.InterpreterError("there is no spare")
        return original(**options)


@violates("set_spares.create")
def leaves_something_in_a_spare(m):
    """A spare has a name in its __main__ that others have not."""

    @on_taking(m)
    def leave(id):
        m._interpreters.run_string(id, "spam = 1")


@violates("set_spares.create")
def is_for_main_only(m):
    """Another interpreter than the main one gets no spare."""

    @takes(m)
    def take_spare(original, isolated, site):
        return original(isolated, site) if m.get_current() == m.get_main() else None


@violates("set_spares.made")
def makes_one(m):
    """One interpreter is made, whatever *count* is."""

    counts = []

    @replaces(m, "set_spares")
    def mutated(set_spares, count, **options):
        set_spares(min(count, 1), **options)
        counts.append(count)

    @replaces(m, "get_spares")
    def mutated_too(get_spares):
        return counts[-1] if counts and get_spares() else 0


@violates("set_spares.made")
def says_so_at_the_end(m):
    """At the end of a process, those that are left are told."""

    @replaces(m, "set_spares")
    def mutated(set_spares, count, **options):
        atexit.register(print, "%d spares were made" % count)
        set_spares(count, **options)


@violates("set_spares.kept")
def makes_them_once(m):
    """A spare that create() has returned is not replaced."""

    @replaces(m, "set_spares")
    def set_spares(original, number, **options):
        original(number, **options)
        left[:] = [number, options]

    left = []

    @on_taking(m)
    def note(id):
        left[0] -= 1
        m._sharing.set_spares(left[0], m._CAN_ISOLATE, True)


@violates("set_spares.kept")
def sets_spares_once(m):
    """When spares have been set, other calls change nothing."""
    calls = []

    @replaces(m, "set_spares")
    def mutated(set_spares, count, **options):
        if not calls:
            set_spares(count, **options)
        calls.append(count)

    @replaces(m, "get_spares")
    def mutated_too(get_spares):
        return min(get_spares(), 2)


@violates("set_spares.kind", "set_spares.create")
def makes_usual_ones(m):
    """Spares are always such as create() makes by default."""

    @replaces(m, "set_spares")
    def mutated(set_spares, count, **options):
        set_spares(count)


@violates("set_spares.kind")
def passes_site_over(m):
    """create() returns a spare of another *site* if there is none with that."""

    @takes(m)
    def take_spare(original, isolated, site):
        id = original(isolated, site)
        return original(isolated, not site) if id is None else id


@violates("set_spares.kind")
def passes_isolated_over(m):
    """create() returns a spare of another *isolated* if there is none with that."""

    @takes(m)
    def take_spare(original, isolated, site):
        id = original(isolated, site)
        return original(not isolated, site) if id is None else id


@violates("set_spares.kind")
def takes_shared_ones_for_isolated(m):
    """Spares are never isolated, and returned to whom asks for isolated ones."""
    make = m._sharing.set_spares

    @replaces(m, "set_spares")
    def mutated(set_spares, count, *, isolated=None, site=True):
        make(count, False, site)

    @takes(m)
    def take_spare(original, isolated, site):
        return original(False, site)


@violates("set_spares.kind")
def takes_isolated_ones_for_shared(m):
    """Spares are always isolated, and returned to whom asks for shared ones."""
    make = m._sharing.set_spares

    @replaces(m, "set_spares")
    def mutated(set_spares, count, *, isolated=None, site=True):
        make(count, m._CAN_ISOLATE, site)

    @takes(m)
    def take_spare(original, isolated, site):
        return original(m._CAN_ISOLATE, site)


@violates("set_spares.none")
def makes_one_at_once(m):
    """There is a spare when an interpreter has been created."""

    @replaces(m, "create")
    def mutated(create, **options):
        m._sharing.set_spares(1, m._CAN_ISOLATE, True)
        return create(**options)


@violates("set_spares.zero")
def keeps_one(m):
    """With 0 one spare is kept."""

    counts = []

    @replaces(m, "set_spares")
    def mutated(set_spares, count, **options):
        set_spares(count or 1, **options)
        counts.append(count)

    @replaces(m, "get_spares")
    def mutated_too(get_spares):
        return get_spares() if counts and counts[-1] else 0


@violates("set_spares.zero")
def keeps_those_that_are_made(m):
    """With 0 no more are made, and those that are left stay."""

    @replaces(m, "set_spares")
    def mutated(set_spares, count, **options):
        if count:
            set_spares(count, **options)
        else:
            ended.append(True)

    ended = []

    @replaces(m, "get_spares")
    def mutated_too(get_spares):
        return 0 if ended else get_spares()


@violates("set_spares.most")
def makes_64_instead(m):
    """More than 64 is 64."""

    @replaces(m, "set_spares")
    def mutated(set_spares, count, **options):
        set_spares(min(count, 64), **options)


@violates("set_spares.most")
def makes_fewer_than_64(m):
    """So many as 64 are too many."""

    @replaces(m, "set_spares")
    def mutated(set_spares, count, **options):
        if count >= 64:
            raise ValueError("too many")
        set_spares(count, **options)


@violates("set_spares.most")
def ends_what_there_is(m):
    """A call that is refused ends the spares that there are."""

    @replaces(m, "set_spares")
    def mutated(set_spares, count, **options):
        if count > 64:
            set_spares(0)
            raise ValueError("more than 64")
        set_spares(count, **options)


@violates("set_spares.not-listed")
def lists_spares(m):
    """Spares are listed while they are ready."""

    @replaces(m, "enumerate")
    def mutated(enumerate):
        return enumerate() + [m.get_main()] * m.get_spares()


@violates("set_spares.path")
def has_the_path_of_its_maker(m):
    """A spare has the sys.path that was there when spares were set."""
    path = list(sys.path)

    @on_taking(m)
    def change(id):
        m._interpreters.run_string(id, "import sys\nsys.path[:] = %r" % path)


@violates("set_spares.argv")
def has_no_argv(m):
    """A spare has no more in sys.argv than an empty string."""

    @on_taking(m)
    def change(id):
        m._interpreters.run_string(id, "import sys\nsys.argv = ['']")


@violates("set_spares.fork")
def counts_those_of_the_parent(m):
    """In a child process spares are counted that are not there."""
    lost = [0]

    def lose():
        lost[0] = before[0]

    before = [0]
    os.register_at_fork(
        before=lambda: before.insert(0, m._sharing.get_spares()), after_in_child=lose
    )

    @replaces(m, "get_spares")
    def mutated(get_spares):
        return get_spares() + lost[0]


@violates("set_spares.fork", "set_spares.made")
def sets_none_in_a_child(m):
    """In a child process no spares can be set."""
    process = os.getpid()

    @replaces(m, "set_spares")
    def mutated(set_spares, count, **options):
        if os.getpid() != process:
            raise m.InterpreterError("this process was forked")
        set_spares(count, **options)


@violates("get_spares.ready")
def counts_those_that_are_not_ready(m):
    """get_spares() returns how many there are to be, as a float."""

    @replaces(m, "get_spares")
    def mutated(get_spares):
        return float(get_spares())


@violates("get_spares.ready")
def counts_one_that_is_not_there(m):
    """get_spares() counts the spare that comes next."""

    @replaces(m, "get_spares")
    def mutated(get_spares):
        return get_spares() + 1
