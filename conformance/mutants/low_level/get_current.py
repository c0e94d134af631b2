"""Mutants of get_current()."""

from mutants.mutant import replaces, violates


@violates("get_current.id")
def knows_subinterpreters_only(m):
    """In the main interpreter there is no ID."""

    @replaces(m, "get_current")
    def mutated(get_current):
        id = get_current()
        return -1 if id == m.get_main() else id


@violates("get_current.id")
def is_always_main(m):
    """The interpreter that the process began with is the current one in every interpreter."""

    @replaces(m, "get_current")
    def mutated(get_current):
        return m.get_main()
