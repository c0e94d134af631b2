"""Mutants of enumerate()."""

from mutants.mutant import replaces, violates


@violates("enumerate.list")
def returns_a_tuple(m):
    """The IDs come in a tuple."""

    @replaces(m, "enumerate")
    def mutated(enumerate):
        return tuple(enumerate())


@violates("enumerate.list")
def lists_what_has_been_destroyed(m):
    """An interpreter that has existed is listed for ever."""
    ids = set()

    @replaces(m, "enumerate")
    def mutated(enumerate):
        ids.update(enumerate())
        return sorted(ids)


@violates("enumerate.list")
def returns_its_own_list(m):
    """Each call returns the same list, in which the IDs are kept."""
    ids = m.enumerate()

    @replaces(m, "enumerate")
    def mutated(enumerate):
        return ids

    @replaces(m, "create")
    def mutated_too(create, **options):
        id = create(**options)
        ids.append(id)
        return id


@violates("enumerate.list")
def lists_idle_ones_only(m):
    """An interpreter is not listed while it is running, other than the main and the current one."""

    @replaces(m, "enumerate")
    def mutated(enumerate):
        here = (m.get_main(), m.get_current())
        return [id for id in enumerate() if id in here or not m.is_running(id)]


@violates("enumerate.list")
def lists_no_more_than_its_table_has(m):
    """The list has room for 32 interpreters."""

    @replaces(m, "enumerate")
    def mutated(enumerate):
        return enumerate()[:32]


@violates("enumerate.ascending")
def lists_the_newest_first(m):
    """The IDs are in the order in which a linked list has them: each new one goes to the front."""

    @replaces(m, "enumerate")
    def mutated(enumerate):
        return enumerate()[::-1]


@violates("enumerate.main")
def lists_subinterpreters_only(m):
    """The main interpreter is not listed."""

    @replaces(m, "enumerate")
    def mutated(enumerate):
        return [id for id in enumerate() if id != m.get_main()]


@violates("enumerate.foreign")
def lists_its_own_only(m):
    """Only the main interpreter and those that create() has created are listed."""
    ids = [m.get_main()]

    @replaces(m, "enumerate")
    def mutated(enumerate):
        return [id for id in enumerate() if id in ids]

    @replaces(m, "create")
    def mutated_too(create, **options):
        id = create(**options)
        ids.append(id)
        return id
