"""run_string_unrestricted()."""

import gc
from functools import partial

from check import busy, caught, covers, equal, foreign, importing, raises, value


@covers("run_string_unrestricted.like-run_string")
def it_runs_the_code(m):
    """The code runs in the namespace of __main__, and names persist, as with run_string()."""
    id = m.create()
    m.run_string(id, "spam = 1")
    m.run_string_unrestricted(id, "spam += 1")
    equal(value(partial(m.run_string, id), "spam"), 2)


@covers("run_string_unrestricted.like-run_string")
def it_refuses_what_run_string_refuses(m):
    """Wrong types and values, unknown IDs, the main interpreter and a running one."""
    id = m.create()
    with raises(m, "TypeError"):
        m.run_string_unrestricted(id, b"pass")
    with raises(m, "ValueError"):
        m.run_string_unrestricted(id, "\0")
    with raises(m, "InterpreterNotFoundError"):
        m.run_string_unrestricted(999999, "pass")
    with raises(m, "InterpreterError"):
        m.run_string_unrestricted(m.get_main(), "pass")
    with busy(partial(m.run_string_unrestricted, id)):
        with raises(m, "InterpreterError"):
            m.run_string_unrestricted(id, "pass")


@covers("run_string_unrestricted.like-run_string")
def it_raises_what_run_string_raises(m):
    """An exception that the code does not catch is raised in the caller."""
    error = caught(m.run_string_unrestricted, m.create(), "raise ValueError('spam')")
    equal([type(error), error.args], [ValueError, ("spam",)])


@covers("run_string_unrestricted.dict")
def the_namespace_is_returned(m):
    """The result is a dict with the names that the code has bound, and __name__ '__main__'."""
    namespace = m.run_string_unrestricted(m.create(), "spam = 1\ndef eggs(): return spam")
    equal(type(namespace), dict)
    equal([namespace["spam"], namespace["__name__"]], [1, "__main__"])
    equal(namespace["eggs"](), 1)


@covers("run_string_unrestricted.not-a-copy")
def each_run_returns_the_same_dict(m):
    """Two runs return one and the same object; later changes are seen in it."""
    id = m.create()
    namespace = m.run_string_unrestricted(id, "spam = 1")
    assert m.run_string_unrestricted(id, "spam = 2") is namespace
    equal(namespace["spam"], 2)
    m.run_string(id, "spam = 3")
    equal(namespace["spam"], 3)


@covers("run_string_unrestricted.ns")
def ns_is_there_when_the_code_starts(m):
    """The names in ns are bound when the code is executed."""
    namespace = m.run_string_unrestricted(m.create(), "eggs = spam + 1", {"spam": 1})
    equal([namespace["spam"], namespace["eggs"]], [1, 2])


@covers("run_string_unrestricted.ns")
def no_ns_is_like_none(m):
    """None for ns, and an empty dict, change nothing."""
    id = m.create()
    names = set(m.run_string_unrestricted(id, ""))
    equal(set(m.run_string_unrestricted(id, "", None)), names)
    equal(set(m.run_string_unrestricted(id, "", {})), names)


@covers("run_string_unrestricted.ns-update")
def ns_replaces_what_is_bound(m):
    """A name that is bound already is bound anew, and the other names stay."""
    id = m.create()
    m.run_string(id, "spam, ham = 1, 1")
    namespace = m.run_string_unrestricted(id, "eggs = spam", {"spam": 2})
    equal([namespace["eggs"], namespace["ham"]], [2, 1])


@covers("run_string_unrestricted.ns-unchanged")
def ns_is_not_modified(m):
    """Afterwards ns is equal to what it was, and is not the dict that is returned."""
    ns = {"spam": 1}
    namespace = m.run_string_unrestricted(m.create(), "spam = 2\neggs = 3", ns)
    equal(ns, {"spam": 1})
    assert namespace is not ns


@covers("run_string_unrestricted.ns-type")
def other_types_of_ns_are_a_type_error(m):
    """A list of pairs, a str, a number: TypeError, and nothing is run."""
    id = m.create()
    for ns in ([("spam", 1)], "spam", 5, ()):
        with raises(m, "TypeError"):
            m.run_string_unrestricted(id, "eggs = 1", ns)
    equal(value(partial(m.run_string, id), "'eggs' in globals()"), False)


@covers("run_string_unrestricted.leaks")
def objects_are_the_same_on_both_sides(m):
    """What the code changes in an object of ns is changed here, and the other way round."""
    id = m.create()
    mine = [1]
    namespace = m.run_string_unrestricted(id, "mine.append(2)\nyours = [1]", {"mine": mine})
    equal(mine, [1, 2])
    namespace["yours"].append(2)
    equal(value(partial(m.run_string, id), "yours"), [1, 2])


@covers("run_string_unrestricted.own-only")
def an_interpreter_of_another_module_is_refused(m):
    """For one that the Python's own private module created, InterpreterError; nothing is run."""
    assert m.run_string_unrestricted
    id = foreign(m, isolated=False)
    if id is not None:
        with raises(m, "InterpreterError"):
            m.run_string_unrestricted(int(id), "spam = 1")
        equal(value(partial(m.run_string, int(id)), "'spam' in globals()"), False)


@covers("run_string_unrestricted.shared-only", isolates=True)
def isolated_interpreters_are_refused(m):
    """For an isolated interpreter it raises InterpreterError, and nothing is run."""
    assert m.run_string_unrestricted
    id = m.create(isolated=True)
    with raises(m, "InterpreterError"):
        m.run_string_unrestricted(id, "spam = 1")
    equal(value(partial(m.run_string, id), "'spam' in globals()"), False)


@covers("run_string_unrestricted.shared-only", isolates=True)
def isolated_callers_are_refused(m):
    """Code in an isolated interpreter gets an InterpreterError for any interpreter."""
    assert m.run_string_unrestricted
    id = m.create()
    code = "from check import caught\nerror = caught(m.run_string_unrestricted, %d, 'spam = 1')"
    run = partial(m.run_string, m.create(isolated=True))
    equal(value(run, "type(error).__name__", importing() + code % id), "InterpreterError")
    equal(value(partial(m.run_string, id), "'spam' in globals()"), False)


@covers("run_string_unrestricted.shared-only")
def shared_interpreters_can_use_it_too(m):
    """Code in a shared interpreter gets the namespace of another shared interpreter."""
    assert m.run_string_unrestricted
    id = m.create()
    code = importing() + "spam = m.run_string_unrestricted(%d, 'spam = 5')['spam']" % id
    equal(value(partial(m.run_string, m.create()), "spam", code), 5)


@covers(
    "run_string_unrestricted.leaked-valid",
    ends=(0, ""),
    hazard="Objects that are used after destroy() of their interpreter",
)
def leaked_objects_survive_their_interpreter(m):
    """Functions, classes and data that have leaked work after destroy(), and until the exit."""
    id = m.create()
    code = "import json\nclass Spam:\n def eggs(self): return json.dumps([self.__class__.__name__])"
    namespace = m.run_string_unrestricted(
        id, code + "\nspam = Spam()\ndata = {'a': [1.5, 'b' * 9]}"
    )
    spam, data, functions = namespace["spam"], namespace["data"], [namespace["Spam"].eggs]
    m.destroy(id)
    assert id not in m.enumerate()
    equal(namespace["data"], {"a": [1.5, "bbbbbbbbb"]})
    equal([spam.eggs(), functions[0](spam)], ['["Spam"]', '["Spam"]'])
    namespace.clear()
    del namespace
    gc.collect()
    equal(data, {"a": [1.5, "bbbbbbbbb"]})
    equal([type(spam).__name__, type(type(spam)()) is type(spam)], ["Spam", True])


@covers("run_string_unrestricted.like-run_string")
def it_refuses_the_current_interpreter(m):
    """Code that calls it for the interpreter in which it runs gets an InterpreterError."""
    assert m.run_string_unrestricted
    code = (
        "from check import caught\nerror = caught(m.run_string_unrestricted, m.get_current(), '')"
    )
    name = value(partial(m.run_string, m.create()), "type(error).__name__", importing() + code)
    equal(name, "InterpreterError")


@covers("run_string_unrestricted.like-run_string")
def it_reads_source_text_alike(m):
    """A lone surrogate is a ValueError, a SyntaxError runs nothing, an encoding has no effect."""
    id = m.create()
    with raises(m, "ValueError"):
        m.run_string_unrestricted(id, "'\ud800'")
    with raises(m, "SyntaxError"):
        m.run_string_unrestricted(id, "spam = 1\n1 +")
    namespace = m.run_string_unrestricted(id, "# coding: latin-1\neggs = 'ä'")
    equal(["spam" in namespace, namespace["eggs"]], [False, "ä"])


@covers("run_string_unrestricted.like-run_string")
def it_copies_exceptions_alike(m):
    """What the code raises is a new exception, with the traceback of the run as its cause."""
    id = m.create()
    namespace = m.run_string_unrestricted(id, "class Spam(KeyError): pass\nspam = Spam(1)")
    error = caught(m.run_string_unrestricted, id, "raise spam")
    assert error is not namespace["spam"], "the object itself was raised"
    assert isinstance(error, KeyError) and type(error) is not namespace["Spam"]
    equal(type(error.__cause__), m.RemoteTraceback)


@covers("run_string_unrestricted.like-run_string")
def any_thread_can_call_it(m):
    """In another OS thread, the code sees that thread's identifier."""
    import threading

    assert m.run_string_unrestricted
    id, seen = m.create(), []
    code = "from _thread import get_ident\nident = get_ident()"
    target = lambda: seen.append(m.run_string_unrestricted(id, code)["ident"])  # noqa: E731
    thread = threading.Thread(target=target)
    thread.start()
    ident = thread.ident
    thread.join()
    equal(seen, [ident])


@covers("run_string_unrestricted.dict", "run_string_unrestricted.not-a-copy")
def the_namespace_is_that_of_main(m):
    """The dict that is returned is the one that globals() gives there."""
    namespace = m.run_string_unrestricted(m.create(), "import sys\nspam = globals()")
    assert namespace["spam"] is namespace
    assert vars(namespace["sys"].modules["__main__"]) is namespace


@covers("run_string_unrestricted.ns")
def ns_stays_although_the_code_raises(m):
    """The names in ns are bound although the code raises, and although it binds nothing."""
    id = m.create()
    caught(m.run_string_unrestricted, id, "1/0", {"spam": 1})
    m.run_string_unrestricted(id, "", {"eggs": 2})
    equal(value(partial(m.run_string, id), "[spam, eggs]"), [1, 2])


@covers("run_string_unrestricted.ns-update")
def ns_may_have_any_keys(m):
    """Keys that are no str are merged too."""
    namespace = m.run_string_unrestricted(m.create(), "spam = globals()[5]", {5: 1, (): 2})
    equal([namespace["spam"], namespace[()]], [1, 2])


@covers("run_string_unrestricted.ns-type")
def an_instance_of_a_subclass_of_dict_is_a_dict(m):
    """An OrderedDict and a defaultdict are accepted for ns, and merged."""
    import collections

    id = m.create()
    for ns in (collections.OrderedDict(spam=1), collections.defaultdict(int, spam=2)):
        equal(m.run_string_unrestricted(id, "", ns)["spam"], ns["spam"])


@covers("run_string_unrestricted.ns-type")
def other_mappings_are_a_type_error(m):
    """A UserDict, a proxy of a dict and a module are no dict."""
    import collections
    import types

    id = m.create()
    for ns in (collections.UserDict(spam=1), types.MappingProxyType({"spam": 1}), types):
        with raises(m, "TypeError", type(ns).__name__):
            m.run_string_unrestricted(id, "", ns)


@covers("run_string_unrestricted.leaks")
def functions_are_the_same_on_both_sides(m):
    """A function of one side that the other calls does its work, in the namespace it is from."""
    seen = []
    id = m.create()
    code = "spam = 1\ndef eggs(): return spam\nappend(eggs())"
    namespace = m.run_string_unrestricted(id, code, {"append": seen.append})
    m.run_string(id, "spam = 2")
    equal([seen, namespace["eggs"]()], [[1], 2])


@covers("run_string_unrestricted.leaked-valid", ends=(0, ""))
def code_that_is_suspended_survives_its_interpreter(m):
    """A generator and a closure that have leaked go on after destroy()."""
    id = m.create()
    code = (
        "import json\ndef spam():\n for n in range(3):\n  yield json.dumps([n])\n"
        "def outer(n):\n def inner():\n  return json.loads(n)\n return inner\n"
        "generator, closure = spam(), outer('[5]')\nfirst = next(generator)"
    )
    namespace = m.run_string_unrestricted(id, code)
    generator, closure = namespace["generator"], namespace["closure"]
    del namespace
    m.destroy(id)
    equal([list(generator), closure()], [["[1]", "[2]"], [5]])


@covers("run_string_unrestricted.leaked-valid", ends=(0, ""))
def what_was_lent_survives_the_borrower(m):
    """Objects of the caller that the other interpreter has held are whole after destroy()."""
    mine = [1, {"spam": 2}]
    id = m.create()
    m.run_string_unrestricted(id, "held = [lent, lent]\nlent.append(3)", {"lent": mine})
    m.destroy(id)
    gc.collect()
    equal(mine, [1, {"spam": 2}, 3])
