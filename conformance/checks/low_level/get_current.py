"""get_current()."""

import threading
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


@covers("get_current.id")
def other_threads_of_main_are_in_main(m):
    """In a thread that the main interpreter has started, the main interpreter is current."""
    seen = []
    thread = threading.Thread(target=lambda: seen.append(int(m.get_current())))
    thread.start()
    thread.join()
    equal(seen, [int(m.get_main())])


@covers("get_current.id")
def threads_of_a_subinterpreter_are_in_it(m):
    """In a thread that code of a subinterpreter has started, that interpreter is current."""
    id = m.create()
    code = importing() + (
        "import threading\nseen = []\n"
        "thread = threading.Thread(target=lambda: seen.append(int(m.get_current())))\n"
        "thread.start()\nthread.join()"
    )
    equal(value(partial(m.run_string, id), "seen", code), [int(id)])
