"""Controls: they violate nothing, so that every check must pass.

What a mutant does to a check is due to the mutant only if the same check passes without it, in the
same copy of the reference.
"""

from mutants.mutant import violates


@violates()
def unchanged(m):
    """The reference as it is."""


@violates(isolates=False)
def unable_to_isolate(m):
    """The reference as it is on a Python that cannot isolate interpreters."""
