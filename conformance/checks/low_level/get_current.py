"""get_current()."""

from functools import partial

from check import covers, equal, importing, value


@covers("get_current.id")
def main_is_current_at_first(m):
    """Code in the main interpreter gets the ID of the main interpreter."""
    equal(int(m.get_current()), int(m.get_main()))


@covers("get_current.id")
def code_in_a_subinterpreter_gets_its_own_id(m):
    """Code in a new interpreter gets the ID that create() returned for it."""
    id = m.create()
    equal(value(partial(m.run_string, id), "int(m.get_current())", importing()), int(id))
