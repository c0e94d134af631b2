"""is_running()."""

from functools import partial

from check import busy, caught, covers, equal, foreign, importing, value


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


@covers("is_running.running")
def true_for_an_interpreter_whose_code_runs_another(m):
    """While its code waits for the run of another, an interpreter is running."""
    outer, inner = m.create(), m.create()
    code = importing() + "seen = m.is_running(%d)" % int(outer)
    m.run_string(outer, importing() + "m.run_string(%d, %r)" % (int(inner), code))
    equal(value(partial(m.run_string, inner), "seen"), True)
    equal([m.is_running(outer), m.is_running(inner)], [False, False])


@covers("is_running.running")
def true_during_an_unrestricted_run(m):
    """True while run_string_unrestricted() runs code in another OS thread."""
    assert m.run_string_unrestricted
    id = m.create()
    with busy(partial(m.run_string_unrestricted, id)):
        equal(m.is_running(id), True)
    equal(m.is_running(id), False)


@covers("is_running.idle")
def any_interpreter_can_ask(m):
    """False for an idle interpreter when the code of another one asks."""
    id = m.create()
    run = partial(m.run_string, m.create())
    equal(value(run, "m.is_running(%d)" % int(id), importing()), False)


@covers("is_running.idle")
def false_after_source_text_that_cannot_run(m):
    """False after a SyntaxError, a refusal and a SystemExit."""
    id = m.create()
    for command in ("1 +", "\0", "raise SystemExit"):
        try:
            m.run_string(id, command)
        except BaseException:
            pass
        equal(m.is_running(id), False)


@covers("is_running.idle")
def false_for_an_idle_one_of_another_module(m):
    """False for an interpreter that the Python's own private module created."""
    id = foreign(m)
    assert id is None or m.is_running(int(id)) is False
