"""Mutants of list_all()."""

from mutants.mutant import replaces, violates


@violates("list_all.same")
def lists_all_but_main(m):
    """The main interpreter is not in the list."""

    @replaces(m, "list_all")
    def mutated(list_all):
        return list_all()[1:]


@violates("list_all.same")
def lists_all_as_a_tuple(m):
    """The list is a tuple."""

    @replaces(m, "list_all")
    def mutated(list_all):
        return tuple(list_all())


@violates("list_all.same")
def lists_itself_elsewhere(m):
    """In a subinterpreter that one alone is listed."""

    @replaces(m, "list_all")
    def mutated(list_all):
        here = m.get_current()
        return list_all() if here == m.get_main() else [here]


@violates("list_all.same")
def lists_the_newest(m):
    """It can be told how many to list."""

    @replaces(m, "list_all")
    def mutated(list_all, count=0):
        return list_all()[-count:]
