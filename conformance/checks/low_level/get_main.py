"""get_main()."""

from functools import partial

from check import covers, equal, importing, value


@covers("get_main.id")
def main_is_the_interpreter_that_the_process_started_with(m):
    """The ID is that of the only interpreter there is at first."""
    equal([int(id) for id in m.enumerate()], [int(m.get_main())])


@covers("get_main.everywhere")
def code_in_a_subinterpreter_gets_the_same_answer(m):
    """Code in a new interpreter gets the same ID as code in the main interpreter."""
    id = m.create()
    answer = value(partial(m.run_string, id), "int(m.get_main())", importing())
    equal(answer, int(m.get_main()))
