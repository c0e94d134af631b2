"""is_running()."""

from functools import partial

from check import busy, caught, covers, equal, importing, value


@covers("is_running.running")
def true_while_code_runs_in_another_thread(m):
    """True from the start of a run in another OS thread to its end."""
    id = m.create()
    with busy(partial(m.run_string, id)):
        equal(m.is_running(id), True)
    equal(m.is_running(id), False)


@covers("is_running.running")
def true_for_the_interpreter_that_asks(m):
    """Code that runs in a subinterpreter sees that subinterpreter running."""
    id = m.create()
    expression = "m.is_running(m.get_current())"
    equal(value(partial(m.run_string, id), expression, importing()), True)


@covers("is_running.idle")
def false_for_a_new_interpreter(m):
    """False before anything was run."""
    equal(m.is_running(m.create()), False)


@covers("is_running.idle")
def false_after_a_run(m):
    """False after a run has ended, also after one that raised an exception."""
    id = m.create()
    m.run_string(id, "pass")
    equal(m.is_running(id), False)
    try:
        caught(m.run_string, id, "1/0")
    except AssertionError:
        pass  # that it must raise is another clause
    equal(m.is_running(id), False)


@covers("is_running.main")
def main_interpreter_is_always_running(m):
    """True for the main interpreter, whichever interpreter asks."""
    equal(m.is_running(m.get_main()), True)
    run = partial(m.run_string, m.create())
    equal(value(run, "m.is_running(m.get_main())", importing()), True)


@covers("is_running.threads")
def a_thread_left_behind_does_not_count(m):
    """False once the run has ended, although a thread that it started lives on."""
    id = m.create()
    m.run_string(id, "import os, _thread\nread, write = os.pipe()\n")
    m.run_string(id, "_thread.start_new_thread(os.read, (read, 1))")
    equal(m.is_running(id), False)
