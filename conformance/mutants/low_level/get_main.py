"""Mutants of get_main()."""

from mutants.mutant import replaces, violates


@violates("get_main.id")
def counts_from_one(m):
    """The main interpreter has the ID 1 here, and the ID 0 elsewhere."""

    @replaces(m, "get_main")
    def mutated(get_main):
        return get_main() + 1


@violates("get_main.everywhere")
def is_the_current_one(m):
    """Every interpreter takes itself for the main one."""

    @replaces(m, "get_main")
    def mutated(get_main):
        return m.get_current()
