"""set_spares() and get_spares(): interpreters that are made before they are asked for.

Whether create() has returned a spare is seen by its ID, which a spare gets when it is made: it is
smaller than the ID of an interpreter of another kind that was created in between.
"""

import os
import sys
import time

from check import (
    attempt,
    caught,
    covers,
    ending,
    equal,
    importing,
    raises,
    ticks_while_the_gil_is_held,
    value,
)


def ready(m, count):
    """Wait until so many spares are ready, which they are some time."""
    while m.get_spares() != count:
        time.sleep(0.005)


def created(m, **options):
    """Create an interpreter that is no spare, because none is like it; return its ID."""
    return int(m.create(**{"site": False, **options}).id)


def ids(interpreters):
    """Return the IDs of these interpreters."""
    return [int(each.id) for each in interpreters]


@covers("set_spares.made", "set_spares.create", "set_spares.id")
def create_returns_a_spare(m):
    """An interpreter that was made before one that has been created since, and so has its ID."""
    m.set_spares(1)
    ready(m, 1)
    newer = created(m)
    interpreter = m.create()
    equal([type(interpreter), int(interpreter.id) < newer], [m.Interpreter, True])


@covers("set_spares.made", "set_spares.create")
def each_of_several_spares_is_returned(m):
    """Of three spares each is returned once."""
    m.set_spares(3)
    ready(m, 3)
    newer = created(m)
    spares = ids(m.create() for _ in range(3))
    equal([len(set(spares)), [id < newer for id in spares]], [3, [True] * 3])


@covers("set_spares.kept")
def spares_are_replaced(m):
    """When create() has returned one, another is made, and so on."""
    m.set_spares(2)
    for _ in range(3):
        ready(m, 2)
        newer = created(m)
        equal(int(m.create().id) < newer, True)
    ready(m, 2)


@covers("set_spares.create")
def more_are_created_than_there_are_spares(m):
    """When there is no spare, create() makes an interpreter as always."""
    m.set_spares(1)
    interpreters = [m.create() for _ in range(4)]
    equal(len(set(ids(interpreters))), 4)
    for each in interpreters:
        equal(value(each.exec, "1"), 1)


@covers("set_spares.create")
def a_spare_is_like_a_new_interpreter(m):
    """It is idle and can be used: nothing is bound in it, and it is destroyed like any."""
    usual = m.create()
    m.set_spares(1)
    ready(m, 1)
    newer, interpreter = created(m), m.create()
    equal([interpreter.is_running(), int(interpreter.id) < newer], [False, True])
    names = "sorted(vars(sys.modules['__main__']))"
    equal(value(interpreter.exec, names, "import sys"), value(usual.exec, names, "import sys"))
    code = "import threading\nspam = []\nthread = threading.Thread(target=spam.append, args=(1,))"
    equal(value(interpreter.exec, "spam", code + "\nthread.start()\nthread.join()"), [1])
    interpreter.close()
    with raises(m, "InterpreterNotFoundError"):
        m.Interpreter(interpreter.id)


def imports_site(interpreter):
    """Tell whether an interpreter has imported the module site."""
    return value(interpreter.exec, "'site' in sys.modules", "import sys")


def take_one_without_site(m):
    """Create an interpreter like the spare."""
    m.set_spares(1, site=False)
    ready(m, 1)
    newer, spare = created(m, site=True), m.create(site=False)
    equal([int(spare.id) < newer, imports_site(spare)], [True, False])


@covers("set_spares.kind", "set_spares.create")
def a_spare_is_of_the_kind_that_was_asked_for(m):
    """With site=False, the one that create(site=False) returns, which has not imported site."""
    attempt(take_one_without_site, options=())


def take_none_without_site(m):
    """Create an interpreter that is not like the spare, and then one that is."""
    m.set_spares(1, site=False)
    ready(m, 1)
    interpreter = m.create()
    equal(imports_site(interpreter), True)
    equal(int(m.create(site=False).id) < int(interpreter.id), True)


@covers("set_spares.kind")
def a_spare_with_another_site_is_left(m):
    """create() does not return one that was made with site=False, which stays for who wants it."""
    attempt(take_none_without_site, options=())


@covers("set_spares.kind", isolates=True)
def a_shared_spare_is_left(m):
    """create() does not return one that was made with isolated=False, which stays."""
    m.set_spares(1, isolated=False)
    ready(m, 1)
    interpreter = m.create()
    assert ticks_while_the_gil_is_held(interpreter.exec) > 0, "it did not run once"
    equal(int(m.create(isolated=False).id) < int(interpreter.id), True)


@covers("set_spares.kind", isolates=True)
def spares_are_isolated_by_default(m):
    """Code in a spare runs while the main interpreter holds on to its GIL."""
    m.set_spares(1)
    ready(m, 1)
    newer, spare = created(m), m.create()
    equal(int(spare.id) < newer, True)
    assert ticks_while_the_gil_is_held(spare.exec) > 0, "it did not run once"


@covers("set_spares.kind")
def spares_can_be_shared(m):
    """With isolated=False, code in a spare waits while the main interpreter holds on to its GIL."""
    m.set_spares(1, isolated=False)
    ready(m, 1)
    newer, spare = created(m), m.create(isolated=False)
    equal(int(spare.id) < newer, True)
    equal(ticks_while_the_gil_is_held(spare.exec), 0)


@covers("set_spares.none", "get_spares.ready")
def there_are_no_spares_at_first(m):
    """Nor when interpreters have been created and destroyed."""
    seen = [m.get_spares()]
    interpreter = m.create()
    seen.append(m.get_spares())
    interpreter.close()
    time.sleep(0.1)
    equal(seen + [m.get_spares()], [0, 0, 0])


@covers("set_spares.zero")
def no_spares_are_left_after_zero(m):
    """Those that were ready are not returned by create(), and none is made any more."""
    m.set_spares(2)
    ready(m, 2)
    newer = created(m)
    m.set_spares(0)
    ready(m, 0)
    one, two = m.create(), m.create()
    equal([id > newer for id in ids([one, two])], [True, True])
    time.sleep(0.1)
    equal(m.get_spares(), 0)


# What the module site executes in each interpreter: a line when that is made, and one at its end.
CUSTOM = """
import atexit, os
file = os.open(%r, os.O_WRONLY | os.O_APPEND)
os.write(file, b"made ")
atexit.register(os.write, file, b"ended ")
"""


def end_spares(m, path):
    """Make two spares and end them."""

    def told(text):
        with open(path) as file:
            return file.read().count(text)

    made = told("made")
    m.set_spares(2)
    ready(m, 2)
    equal([told("made") - made, told("ended")], [2, 0])
    m.set_spares(0)
    while told("ended") != 2:
        time.sleep(0.005)


@covers("set_spares.zero", "set_spares.made")
def spares_that_are_left_are_destroyed(m):
    """What is registered in them with atexit is called, as when any interpreter is destroyed."""
    folder = os.path.abspath("custom")
    path = os.path.join(folder, "told")
    os.mkdir(folder)
    for name, text in (("sitecustomize.py", CUSTOM % path), ("told", "")):
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    attempt(end_spares, path, options=("-s",), environment={"PYTHONPATH": folder})


@covers("set_spares.zero", "set_spares.kept")
def spares_can_be_set_again(m):
    """After 0, and to more or fewer, there are as many as were asked for last."""
    for count in (1, 3, 0, 2):
        m.set_spares(count)
        ready(m, count)


@covers("set_spares.most")
def no_more_than_64_spares_are_made(m):
    """65 and more raise ValueError, and spares stay as they were; 64 do not."""
    m.set_spares(1)
    ready(m, 1)
    for count in (65, 1000, 2**31, 2**63, 2**70):
        with raises(m, "ValueError", str(count)):
            m.set_spares(count)
    equal(m.get_spares(), 1)
    newer = created(m)
    equal(int(m.create().id) < newer, True)
    m.set_spares(64)
    m.set_spares(0)


@covers("set_spares.not-listed")
def spares_are_not_listed(m):
    """enumerate() and list_all() have none of them; when create() has returned one, it is listed."""
    m.set_spares(2)
    ready(m, 2)
    equal([m.enumerate(), m.list_all()], [[m.get_main()]] * 2)
    interpreter = m.create()
    equal([m.enumerate(), m.list_all()], [[m.get_main(), interpreter]] * 2)


@covers("set_spares.not-listed")
def spares_are_listed_in_no_interpreter(m):
    """Code in another interpreter sees none either, while spares come and go."""
    interpreter = m.create()
    m.set_spares(3)
    expected = [int(m.get_main().id), int(interpreter.id)]
    for _ in range(20):
        seen = value(interpreter.exec, "[int(each.id) for each in m.enumerate()]", importing())
        equal(seen, expected)
    ready(m, 3)
    equal(value(interpreter.exec, "[int(each.id) for each in m.list_all()]"), expected)


@covers("set_spares.id")
def the_id_of_a_spare_is_that_of_no_other(m):
    """Spares and other interpreters that are created meanwhile have IDs of their own, for good."""
    m.set_spares(2)
    ready(m, 2)
    interpreters = [
        m.create(**options) for options in ({"site": False}, {}, {}, {}, {"site": False})
    ]
    equal(len(set(ids(interpreters))), 5)
    for each in interpreters:
        equal(value(each.exec, "int(m.get_current().id)", importing()), int(each.id))


@covers("set_spares.path", "set_spares.argv")
def a_spare_has_the_path_of_its_creator(m):
    """sys.path and sys.argv are those that the interpreter has when it calls create()."""
    m.set_spares(1)
    ready(m, 1)
    sys.path[:] = sys.path + ["/spam"]
    sys.argv = ["eggs", "", "ham"]
    newer, interpreter = created(m), m.create()
    equal(int(interpreter.id) < newer, True)
    equal(value(interpreter.exec, "sys.path", "import sys"), sys.path)
    equal(value(interpreter.exec, "sys.argv"), ["eggs", "", "ham"])


# Creates an interpreter where sys.path and sys.argv are others.
THERE = """
sys.path.append("/there")
sys.argv = ["there"]
newer, interpreter = m.create(site=False), m.create()
answer = [int(interpreter.id), int(newer.id), sys.path]
"""


@covers("set_spares.path", "set_spares.argv", "set_spares.create")
def another_interpreter_gets_a_spare(m):
    """With sys.path and sys.argv of that interpreter, and not those of the one that set spares."""
    interpreter = m.create()
    m.set_spares(1)
    ready(m, 1)
    id, newer, path = value(interpreter.exec, "answer", importing() + THERE)
    equal(id < newer, True)
    spare = m.Interpreter(id)
    equal(value(spare.exec, "[sys.path, sys.argv]", "import sys"), [path, ["there"]])
    assert path[-1] == "/there" and sys.path[-1] != "/there"


def fork(m):
    """Fork while there are spares."""
    m.set_spares(2)
    ready(m, 2)
    pid = os.fork()
    if pid == 0:
        error = None
        try:
            equal(m.get_spares(), 0)
            equal([m.enumerate(), value(m.create().exec, "1")], [[m.get_main()], 1])
        except BaseException as raised:
            error = raised
            os.write(2, ("%s\n" % error).encode())
        finally:
            os._exit(1 if error else 0)
    status = os.waitpid(pid, 0)[1]
    if status:
        ended = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        raise AssertionError("%s of a child process" % ending(ended))
    equal(m.get_spares(), 2)
    newer = created(m)
    equal(int(m.create().id) < newer, True)


@covers("set_spares.fork")
def a_child_process_has_no_spares(m):
    """It creates interpreters all the same, and the parent's spares stay ready."""
    attempt(fork)


def fork_and_set(m):
    """Set spares in a child process, too."""
    m.set_spares(1)
    ready(m, 1)
    pid = os.fork()
    if pid == 0:
        error = caught(set_in_a_child, m)
        os._exit(0 if isinstance(error, KeyError) else 1)
    equal(os.waitpid(pid, 0)[1], 0)


def set_in_a_child(m):
    """Set and use spares."""
    m.set_spares(2)
    ready(m, 2)
    newer = created(m)
    equal(int(m.create().id) < newer, True)
    raise KeyError


@covers("set_spares.fork", "set_spares.made")
def a_child_process_sets_spares_of_its_own(m):
    """After the fork set_spares() works there as anywhere."""
    attempt(fork_and_set)


@covers("get_spares.ready")
def get_spares_counts_those_that_are_ready(m):
    """An int, from 0 up to as many as were asked for, and one less when create() returns one."""
    m.set_spares(3)
    seen = [m.get_spares()]
    while seen[-1] != 3:
        seen.append(m.get_spares())
    equal([type(seen[-1]), seen == sorted(seen)], [int, True])


def leave_spares(m, wait):
    """End the process with spares that are ready, or that are being made."""
    m.set_spares(3)
    if wait:
        ready(m, 3)
    m.create()
    raise SystemExit(3)


@covers("set_spares.made")
def spares_are_no_hindrance_to_the_end_of_a_process(m):
    """With spares ready, and with some just being made, a process ends with its own exit status."""
    for wait in (False, True):
        attempt(leave_spares, wait, ends=(3, ""))
