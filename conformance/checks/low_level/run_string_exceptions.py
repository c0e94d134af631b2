"""run_string(): how what the code raises arrives in the caller."""

import sys
from functools import partial

from check import attempt, caught, covers, create, equal, hold, importing, raises, value


def raised(m, code):
    """Return the exception that the caller gets when a new interpreter runs *code*."""
    return caught(m.run_string, m.create(), code)


def of_class(error, cls):
    """Expect *error* to be of the very class *cls*; return it."""
    if type(error) is not cls:
        text = "raised %s, not %s: %.300s" % (type(error).__name__, cls.__name__, error)
        raise AssertionError(text)
    return error


@covers("run_string.raises")
def uncaught_exceptions_are_raised(m):
    """Code that raises an exception makes the call raise one."""
    id = m.create()
    of_class(caught(m.run_string, id, "1/0"), ZeroDivisionError)
    of_class(caught(m.run_string, id, "raise KeyError('spam')"), KeyError)


@covers("run_string.raises")
def caught_exceptions_are_not_raised(m):
    """An exception that the code catches is nobody else's business."""
    equal(m.run_string(m.create(), "try:\n 1/0\nexcept ZeroDivisionError:\n pass"), None)


@covers("run_string.raises")
def the_exception_leaves_the_callers_own_alone(m):
    """It is raised in the caller's handler like any other: its context is what was handled."""
    id = m.create()
    try:
        raise KeyError("mine")
    except KeyError:
        error = of_class(caught(m.run_string, id, "1/0"), ZeroDivisionError)
    assert error is not None and sys.exc_info() == (None, None, None)


@covers("run_string.usable-after")
def the_interpreter_is_usable_afterwards(m):
    """After an exception the names bound so far are there, and code can be run."""
    id = m.create()
    of_class(caught(m.run_string, id, "spam = 1\n1/0\nspam = 2"), ZeroDivisionError)
    equal(value(partial(m.run_string, id), "spam"), 1)


@covers("run_string.no-object")
def the_exception_is_a_new_object(m):
    """The exception in the caller is not the object that was raised: it is not even of its type."""
    interpreter = m.create()
    code = "class Spam(Exception): pass\nerror = Spam(['eggs'])\nraise error"
    error = caught(m.run_string, interpreter, code)
    there = value(partial(m.run_string, interpreter), "[id(error), id(Spam)]")
    assert id(error) != there[0], "the object itself was raised"
    assert id(type(error)) != there[1], "its class is the other interpreter's"


@covers("run_string.same-class")
def every_builtin_exception_keeps_its_class(m):
    """Each built-in exception class that can be made from a message arrives as itself."""
    import builtins

    run = partial(m.run_string, m.create())
    for name, cls in sorted(vars(builtins).items()):
        if not isinstance(cls, type) or not issubclass(cls, Exception):
            continue
        try:
            cls("spam")
        except TypeError:
            continue  # it takes other arguments
        error = caught(run, "raise %s('spam')" % name)
        of_class(error, cls)
        equal(error.args, ("spam",))


@covers("run_string.same-class")
def classes_that_are_no_exception_keep_theirs(m):
    """BaseException, GeneratorExit and KeyboardInterrupt arrive as themselves too."""
    for cls in (BaseException, GeneratorExit, KeyboardInterrupt):
        of_class(raised(m, "raise %s('spam')" % cls.__name__), cls)


@covers("run_string.same-class")
def classes_of_the_library_keep_theirs(m):
    """An exception of a module that both sides have imported arrives as that class."""
    import json
    import queue

    of_class(raised(m, "import queue\nraise queue.Empty"), queue.Empty)
    error = raised(m, "import json\njson.loads('{spam')")
    of_class(error, json.JSONDecodeError)


@covers("run_string.same-message")
def the_message_is_the_same(m):
    """str() gives what it gives in the interpreter that raised it."""
    run = partial(m.run_string, m.create())
    for expression in (
        "ValueError('spam')",
        "ValueError()",
        "ValueError('spam', 2)",
        "KeyError('spam')",
        "OSError(2, 'spam', 'eggs')",
        "UnicodeDecodeError('utf-8', b'\\xff', 0, 1, 'spam')",
        "ValueError('späm \\U0001f40d \\udc80')",
    ):
        error = caught(run, "raise " + expression)
        equal(str(error), str(eval(expression)))


@covers("run_string.same-message")
def the_message_of_a_class_with_its_own_str_is_the_same(m):
    """Also where the class defines __str__, whether or not the caller has that class."""
    code = "class Spam(ValueError):\n def __str__(self):\n  return 'spam %d' % len(self.args)\n"
    equal(str(raised(m, code + "raise Spam(1, 2)")), "spam 2")
    error = raised(m, "import json\njson.loads('{spam')")
    equal(str(error), str(caught(__import__("json").loads, "{spam")))


@covers("run_string.same-arguments")
def the_arguments_are_the_same(m):
    """args is equal, for none, one and several arguments."""
    for args in ((), ("spam",), (1, "two", None), (("a", 1),)):
        error = of_class(raised(m, "raise ValueError(*%r)" % (args,)), ValueError)
        equal(error.args, args)


@covers("run_string.same-attributes")
def the_attributes_of_builtin_exceptions_are_the_same(m):
    """OSError, ImportError, UnicodeDecodeError, StopIteration and SystemExit keep theirs."""
    for expression, names in (
        ("FileNotFoundError(2, 'spam', 'eggs', None, 'ham')", "errno strerror filename filename2"),
        ("ImportError('spam', name='eggs', path='ham')", "name path msg"),
        ("UnicodeDecodeError('utf-8', b'\\xff', 0, 1, 'spam')", "encoding object start end reason"),
        ("StopIteration(5)", "value"),
        ("SystemExit(5)", "code"),
    ):
        error, expected = raised(m, "raise " + expression), eval(expression)
        of_class(error, type(expected))
        for name in names.split():
            equal(getattr(error, name), getattr(expected, name))


@covers("run_string.same-attributes")
def attributes_that_the_code_has_set_are_the_same(m):
    """An attribute added to the instance is there, on a class that the caller has or has not."""
    code = "e = %s('spam')\ne.eggs = [1, {'two': 2}]\nraise e"
    equal(raised(m, code % "ValueError").eggs, [1, {"two": 2}])
    equal(raised(m, "class Spam(Exception): pass\n" + code % "Spam").eggs, [1, {"two": 2}])


@covers("run_string.plain-data")
def plain_data_is_carried(m):
    """Each type of plain data, nested ones too, arrives equal and of its own type."""
    data = (
        None, True, 5, -(2**100), 1.5, 2j, "späm", b"\0\xff", (1, (2,)), [1, [2]], {"a": {"b": 1}},
        {1, 2}, frozenset([3]), (), [], {}, set(),
    )  # fmt: skip
    run = partial(m.run_string, m.create())
    for each in data:
        code = "e = ValueError(%r)\ne.spam = e.args[0]\nraise e" % (each,)
        error = of_class(caught(run, code), ValueError)
        equal(error.args, (each,))
        equal(error.spam, each)


@covers("run_string.other-data")
def other_arguments_are_replaced_by_their_repr(m):
    """An argument that is no plain data arrives as its repr(); the others as they are."""
    code = "class Spam:\n def __repr__(self):\n  return '<spam>'\nraise ValueError(1, Spam(), 'x')"
    equal(of_class(raised(m, code), ValueError).args, (1, "<spam>", "x"))


@covers("run_string.other-data")
def an_argument_that_cannot_be_shown_does_no_harm(m):
    """An argument whose repr() raises does not hide the exception that it belongs to."""
    code = "class Spam:\n def __repr__(self):\n  1/0\nraise ValueError(Spam())"
    of_class(raised(m, code), ValueError)


@covers("run_string.other-attributes")
def other_attributes_are_left_out(m):
    """An attribute that is no plain data and cannot be pickled is not there; the others are."""
    code = "e = ValueError('spam')\ne.eggs, e.ham = (x for x in ()), 'ham'\nraise e"
    error = of_class(raised(m, code), ValueError)
    equal([hasattr(error, "eggs"), error.ham], [False, "ham"])


@covers("run_string.pickled")
def what_can_be_pickled_is_carried(m):
    """Objects of library classes arrive equal, as arguments and as attributes, in data too."""
    import decimal
    import pathlib

    code = (
        "import decimal, pathlib\n"
        "e = ValueError(decimal.Decimal('1.5'), [pathlib.PurePosixPath('spam')], range(3))\n"
        "e.spam = {'eggs': decimal.Decimal(2)}\nraise e"
    )
    error = of_class(raised(m, code), ValueError)
    expected = (decimal.Decimal("1.5"), [pathlib.PurePosixPath("spam")], range(3))
    equal(error.args, expected)
    equal(getattr(error, "spam", None), {"eggs": decimal.Decimal(2)})


@covers("run_string.pickled")
def data_that_contains_itself_is_carried(m):
    """A list that is its own element arrives as one."""
    error = of_class(raised(m, "spam = []\nspam.append(spam)\nraise ValueError(spam)"), ValueError)
    assert isinstance(error.args[0], list), "the argument is %r" % (error.args[0],)
    assert error.args[0][0] is error.args[0], "its element is another object"


@covers("run_string.pickled-classes")
def a_pickle_names_classes_that_the_caller_has(m):
    """An object of a class that the caller has not imported arrives as its repr()."""
    code = (
        "import sys\nclass Spam:\n __module__ = 'wave'\n"
        " def __repr__(self):\n  return '<spam>'\n"
        "import wave\nwave.Spam = Spam\n"
        "e = ValueError(Spam(), [Spam()])\ne.eggs = Spam()\nraise e"
    )
    error = of_class(raised(m, code), ValueError)
    equal(error.args, ("<spam>", "[<spam>]"))
    equal(hasattr(error, "eggs"), False)
    assert "wave" not in sys.modules, "the caller has imported wave"


@covers("run_string.pickled-classes")
def a_pickle_may_name_the_member_of_a_class(m):
    """A member of an Enum of the library arrives as the caller's own, however it is pickled."""
    import http

    error = of_class(raised(m, "import http\nraise ValueError(http.HTTPStatus(404))"), ValueError)
    assert error.args[0] is http.HTTPStatus.NOT_FOUND, "it is %r" % (error.args[0],)
    code = "class Spam:\n __module__ = 'http'\n"
    code += " def __reduce__(self):\n  return getattr, (http.HTTPStatus, 'OK')\n"
    error = of_class(raised(m, "import http\n" + code + "raise ValueError(Spam())"), ValueError)
    assert error.args[0] is http.HTTPStatus.OK, "it is %r" % (error.args[0],)


@covers("run_string.pickled-classes")
def a_pickle_does_not_call_functions(m):
    """An object whose pickle calls a function arrives as its repr(), and nothing is called."""
    code = (
        "import os\nclass Spam:\n __module__ = 'os'\n"
        " def __reduce__(self):\n  return os.putenv, ('SPAM', 'eggs')\n"
        " def __repr__(self):\n  return '<spam>'\n"
        "raise ValueError(Spam(), len)"
    )
    equal(of_class(raised(m, code), ValueError).args, ("<spam>", "<built-in function len>"))


@covers("run_string.several-bases")
def an_unknown_class_derives_from_all_that_are_known(m):
    """A class with two bases that the caller has arrives as a subclass of both."""
    code = "class Spam(KeyError, OSError): pass\nclass Eggs(Spam): pass\nraise Eggs('ham')"
    error = raised(m, code)
    equal(type(error).__bases__, (KeyError, OSError))
    equal(type(error).__name__, "Eggs")


@covers("run_string.unknown-class-copied")
def an_instance_of_an_unknown_class_is_pickled_as_one_of_its_base(m):
    """pickle and copy give an instance of the base class, with its arguments and attributes."""
    import copy
    import pickle

    error = raised(m, "class Spam(KeyError): pass\ne = Spam('eggs')\ne.ham = 1\nraise e")
    assert isinstance(error, KeyError), "raised %r" % type(error)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        of_class(twin, KeyError)
        equal([twin.args, twin.ham], [("eggs",), 1])


@covers("run_string.unknown-class")
def a_class_unknown_to_the_caller_becomes_a_subclass(m):
    """The caller gets a subclass, of that name, of the nearest base class that it has."""
    code = "class Spam(LookupError): pass\nclass Eggs(Spam): pass\nraise Eggs('ham')"
    error = raised(m, code)
    assert isinstance(error, LookupError), "raised %s: %s" % (type(error).__name__, error)
    equal([type(error).__name__, type(error).__qualname__], ["Eggs", "Eggs"])
    equal(error.args, ("ham",))


@covers("run_string.main-class")
def a_class_of_main_is_not_confused_with_the_callers(m):
    """A class of __main__ is not taken for one that the caller's __main__ has under its name."""
    class_here = type("Spam", (KeyError,), {"__module__": "__main__"})
    sys.modules["__main__"].Spam = class_here
    error = raised(m, "class Spam(ValueError): pass\nraise Spam('ham')")
    assert isinstance(error, ValueError), "raised %r" % type(error)
    assert not isinstance(error, class_here), "it is the caller's class"


@covers("run_string.no-import")
def nothing_is_imported_in_the_caller(m):
    """The module of the exception's class is not imported where it was not before."""
    code = "import wave\nraise wave.Error('spam')"
    error = raised(m, code)
    assert "wave" not in sys.modules, "the caller has imported wave"
    equal([type(error).__name__, str(error)], ["Error", "spam"])


@covers("run_string.cause")
def the_cause_is_carried(m):
    """__cause__ arrives, class and arguments, and its own cause too."""
    code = "try:\n try:\n  1/0\n except Exception as a:\n  raise KeyError(1) from a\n"
    error = raised(m, code + "except Exception as b:\n raise ValueError(2) from b")
    of_class(error, ValueError)
    of_class(error.__cause__, KeyError)
    equal(error.__cause__.args, (1,))
    of_class(error.__cause__.__cause__, ZeroDivisionError)


@covers("run_string.context")
def the_context_is_carried(m):
    """__context__ arrives, and __suppress_context__ with it."""
    error = raised(m, "try:\n 1/0\nexcept Exception:\n raise ValueError(2)")
    of_class(error, ValueError)
    of_class(error.__context__, ZeroDivisionError)
    equal(error.__suppress_context__, False)
    error = raised(m, "try:\n 1/0\nexcept Exception:\n raise ValueError(2) from None")
    of_class(error.__context__, ZeroDivisionError)
    equal(error.__suppress_context__, True)


@covers("run_string.context")
def a_chain_that_bites_its_tail_does_no_harm(m):
    """Exceptions that are each other's context arrive, in finite time."""
    code = "a, b = ValueError(1), KeyError(2)\na.__context__, b.__context__ = b, a\nraise a"
    of_class(raised(m, code), ValueError)


@covers("run_string.notes")
def the_notes_are_carried(m):
    """__notes__ arrives, as add_note() has it from Python 3.11."""
    error = raised(m, "e = ValueError(1)\ne.__notes__ = ['spam', 'eggs']\nraise e")
    equal(of_class(error, ValueError).__notes__, ["spam", "eggs"])


@covers("run_string.group")
def the_members_of_a_group_are_carried(m):
    """An ExceptionGroup arrives with its message and its members, nested ones too."""
    if sys.version_info < (3, 11):
        code = "e = ValueError(1)\ne.exceptions = (1, 2)\nraise e"
        equal(of_class(raised(m, code), ValueError).exceptions, (1, 2))
        return
    code = "raise ExceptionGroup('spam', [ValueError(1), ExceptionGroup('eggs', [KeyError(2)])])"
    error = of_class(raised(m, code), ExceptionGroup)  # noqa: F821
    equal(error.message, "spam")
    of_class(error.exceptions[0], ValueError)
    of_class(error.exceptions[1].exceptions[0], KeyError)


def chain_length(error):
    """Return how many exceptions a chain of contexts has, but for a RemoteTraceback."""
    count = 0
    while error is not None:
        count, error = count + 1, error.__context__
    return count


@covers("run_string.most-exceptions")
def a_long_chain_is_cut(m):
    """Of a chain of 1000 exceptions all arrive, of 10000 the first 1000."""
    code = "e = ValueError(0)\nfor i in range(1, %d):\n f = ValueError(i)\n f.__context__ = e\n e = f\n"
    for length in (1000, 10000):
        error = of_class(raised(m, code % length + "raise e"), ValueError)
        equal(error.args, (length - 1,))
        equal(chain_length(error), 1000)


@covers("run_string.deepest-group")
def deep_groups_are_cut(m):
    """Of groups in groups 50 arrive; the innermost of these is an Exception of that name."""
    if sys.version_info < (3, 11):
        return
    code = "e = ValueError(1)\nfor _ in range(%d): e = ExceptionGroup('spam', [e])\nraise e"
    for levels, last in ((50, "ValueError"), (200, "ExceptionGroup")):
        error = raised(m, code % levels)
        for _ in range(50):
            of_class(error, ExceptionGroup)  # noqa: F821
            error = error.exceptions[0]
        equal(type(error).__name__, last)
        assert isinstance(error, Exception), "it is %r" % type(error)
        equal(hasattr(error, "exceptions"), False)


@covers("run_string.group-once")
def a_group_is_a_member_once(m):
    """A group that is a member twice arrives as one member; other exceptions arrive twice."""
    if sys.version_info < (3, 11):
        return
    code = "e = ValueError(1)\ng = ExceptionGroup('spam', [e, e])\n"
    error = raised(m, code + "raise ExceptionGroup('eggs', [g, g])")
    equal([each.message for each in error.exceptions], ["spam"])
    equal(len(error.exceptions[0].exceptions), 2)
    assert error.exceptions[0].exceptions[0] is error.exceptions[0].exceptions[1]


@covers("run_string.failures")
def what_fails_on_the_way_does_no_harm(m):
    """The exception arrives, whatever its methods and its arguments raise."""
    body = "class Spam(ValueError):\n def %s(self, *args):\n  raise %s\nraise Spam(1)"
    run = partial(m.run_string, m.create())
    for method in ("__str__", "__repr__", "__reduce__", "__getattribute__", "__hash__", "__eq__"):
        for error in ("KeyError", "KeyboardInterrupt", "SystemExit", "MemoryError"):
            arrived = caught(run, body % (method, error))
            assert isinstance(arrived, ValueError), "%s: %r" % (method, arrived)
            equal(arrived.args, (1,))


def last_in_chain(error):
    """Return the exception at the end of the chain of causes and contexts, and its cause."""
    seen = [error]
    while error is not None and len(seen) < 20:
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        seen.append(error)
    return seen[-2]


@covers("run_string.traceback", "RemoteTraceback.text")
def the_traceback_arrives_as_text(m):
    """The last exception in the chain is a RemoteTraceback: file, lines and functions of the run."""
    code = "def spam():\n    return 1/0\n\nspam()"
    error = of_class(raised(m, code), ZeroDivisionError)
    remote = of_class(error.__cause__, m.RemoteTraceback)
    for words in ('File "<string>", line 4', 'File "<string>", line 2, in spam', "ZeroDivision"):
        assert words in str(remote), "%r is not in %r" % (words, str(remote))


@covers("run_string.traceback")
def the_traceback_is_at_the_end_of_a_chain(m):
    """Where the exception has causes and contexts of its own, those come first."""
    for code in (
        "try:\n 1/0\nexcept Exception as a:\n raise KeyError(1) from a",
        "try:\n 1/0\nexcept Exception as a:\n raise KeyError(1)",
        "try:\n 1/0\nexcept Exception as a:\n raise KeyError(1) from None",
    ):
        error = of_class(raised(m, code), KeyError)
        of_class(last_in_chain(error), m.RemoteTraceback)


@covers("run_string.traceback-lines")
def the_traceback_shows_the_lines_of_the_run(m):
    """The lines of the source text that the exception passed through are in the text."""
    code = "def spam():\n    return 1/0  # eggs\n\nspam()  # ham"
    remote = str(raised(m, code).__cause__)
    for words in ("return 1/0  # eggs", "spam()  # ham"):
        assert words in remote, "%r is not in %r" % (words, remote)


@covers("run_string.traceback-lines")
def the_traceback_shows_no_lines_of_another_run(m):
    """Of a function that an earlier run defined no line is shown, least of all one of this run."""
    id = m.create()
    m.run_string(id, "def spam():\n    return 1/0  # eggs\n")
    remote = str(caught(m.run_string, id, "1\n2  # bacon\nspam()  # ham").__cause__)
    assert 'File "<string>", line 2, in spam' in remote, remote
    assert "spam()  # ham" in remote, remote
    for words in ("eggs", "bacon"):
        assert words not in remote, "%r is in %r" % (words, remote)


@covers("run_string.traceback-relayed")
def the_traceback_of_a_third_interpreter_is_told_once(m):
    """One text tells of both runs: it shows the inner one, then the outer one."""
    inner = "def spam():\n    return 1/0  # eggs\n\nspam()"
    code = "code = %r\nid = m.create()\ntry:\n    m.run_string(id, code)  # ham\n" % inner
    code = importing() + code + "finally:\n    m.destroy(id)"
    error = of_class(raised(m, code), ZeroDivisionError)
    remote = of_class(error.__cause__, m.RemoteTraceback)
    equal(remote.__cause__, None)
    places = [str(remote).find(words) for words in ("return 1/0  # eggs", "code)  # ham")]
    assert 0 <= places[0] < places[1], "%r: %s" % (places, remote)
    equal(str(remote).count("# eggs"), 1)


@covers("run_string.keyboard-interrupt")
def keyboard_interrupt_is_raised(m):
    """KeyboardInterrupt is raised in the caller, who may catch it."""
    error = of_class(raised(m, "raise KeyboardInterrupt('spam')"), KeyboardInterrupt)
    equal(error.args, ("spam",))


@covers("run_string.keyboard-interrupt")
def system_exit_is_raised(m):
    """SystemExit is raised in the caller, with its code; the interpreter can still be used."""
    for code, expected in (("sys.exit()", None), ("sys.exit(3)", 3), ("sys.exit('spam')", "spam")):
        id = m.create()
        error = of_class(caught(m.run_string, id, "import sys\n" + code), SystemExit)
        equal(error.code, expected)
        m.run_string(id, "pass")


@covers("run_string.keyboard-interrupt", ends=(4, ""))
def a_keyboard_interrupt_that_was_caught_is_forgotten(m):
    """Having caught KeyboardInterrupt, the process ends with an exit status of its own choice."""
    of_class(raised(m, "raise KeyboardInterrupt"), KeyboardInterrupt)
    raise SystemExit(4)


@covers("run_string.system-exit", ends=(3, ""))
def system_exit_ends_the_process(m):
    """SystemExit(3) that nobody catches ends the process with exit status 3."""
    m.run_string(m.create(), "raise SystemExit(3)")


@covers("run_string.system-exit", ends=(0, ""))
def exit_without_a_code_is_success(m):
    """sys.exit() that nobody catches ends the process with exit status 0."""
    m.run_string(m.create(), "import sys; sys.exit()")
    raise AssertionError("the process did not end")


@covers("run_string.syntax-error")
def a_syntax_error_tells_the_position(m):
    """The exception is a SyntaxError with the file name, the line, its text and the column."""
    error = of_class(raised(m, "spam = 1\n1 +\nham = 2"), SyntaxError)
    expected = caught(compile, "spam = 1\n1 +\nham = 2", "<string>", "exec")
    equal([error.filename, error.lineno], ["<string>", 2])
    equal([error.msg, error.text, error.offset], [expected.msg, expected.text, expected.offset])


@covers("run_string.syntax-error")
def an_indentation_error_is_told_as_such(m):
    """A subclass of SyntaxError arrives as that subclass."""
    of_class(raised(m, "if 1:\npass"), IndentationError)


@covers("run_string.syntax-first")
def nothing_runs_if_there_is_a_syntax_error(m):
    """Not even the lines before the error are run."""
    id = m.create()
    with raises(m, "SyntaxError"):
        m.run_string(id, "spam = 1\n1 +")
    equal(value(partial(m.run_string, id), "'spam' in globals()"), False)


# Errors of the language and of its functions, with their arguments and attributes.
MISTAKES = (
    "{}['spam']", "{}[1, 2]", "[][5]", "int('spam')", "'spam'.eggs", "spam", "1/0", "2.0**9999",
    "import spam", "from os import spam", "open('/spam/eggs')", "b'\\xff'.decode()",
    "'\\u0100'.encode('ascii')", "next(iter(()))", "assert 0, [1]", "len(5)", "def f(): f()\nf()",
    "def f():\n x += x\nf()", "'' + 1", "chr(-1)", "a, b = 1, 2, 3", "raise StopAsyncIteration(1)",
    "import json; json.loads('[1,')", "f'{1:spam}'", "import struct; struct.unpack('i', b'')",
)  # fmt: skip


@covers("run_string.same-class")
def errors_of_the_language_keep_their_classes(m):
    """What mistakes in code raise, from IndexError to RecursionError, arrives as that class."""
    import json
    import struct

    assert json and struct
    run = partial(m.run_string, m.create())
    for code in MISTAKES:
        expected = caught(exec, code, {"__name__": "__main__"})
        equal([code, type(caught(run, code))], [code, type(expected)])


@covers("run_string.same-message")
def errors_of_the_language_keep_their_messages(m):
    """str() of each gives what it gives where the same code is executed here."""
    run = partial(m.run_string, m.create())
    for code in MISTAKES:
        expected = caught(exec, code, {"__name__": "__main__"})
        equal([code, str(caught(run, code))], [code, str(expected)])


@covers("run_string.same-arguments")
def errors_of_the_language_keep_their_arguments(m):
    """args of each is what it is where the same code is executed here."""
    run = partial(m.run_string, m.create())
    for code in MISTAKES:
        expected = caught(exec, code, {"__name__": "__main__"})
        equal([code, caught(run, code).args], [code, expected.args])


@covers("run_string.same-attributes")
def errors_of_the_language_keep_their_attributes(m):
    """Also the name that an AttributeError, a NameError or an ImportError tells of."""
    run = partial(m.run_string, m.create())
    names = (
        "name name_from path errno strerror filename encoding start end reason value msg pos doc"
    )
    for code in MISTAKES:
        expected, error = caught(exec, code, {"__name__": "__main__"}), caught(run, code)
        for name in names.split():
            wanted = getattr(expected, name, None)
            equal([code, name, getattr(error, name, None)], [code, name, wanted])


@covers("run_string.same-attributes")
def attributes_of_rarer_builtin_exceptions_are_the_same(m):
    """Those of SyntaxError, of the Unicode errors and of an OSError that could not write all."""
    run = partial(m.run_string, m.create())
    for expression, names in (
        ("SyntaxError('spam', ('eggs', 1, 2, 'ham'))", "msg filename lineno offset text"),
        ("UnicodeEncodeError('spam', 'a', 0, 1, 'eggs')", "encoding object start end reason"),
        ("UnicodeTranslateError('a', 0, 1, 'eggs')", "object start end reason"),
        ("BlockingIOError(11, 'spam', 5)", "errno strerror characters_written"),
        ("SystemExit(1, 2)", "code"),
    ):
        error, expected = caught(run, "raise " + expression), eval(expression)
        for name in names.split():
            wanted = [expression, name, getattr(expected, name)]
            equal([expression, name, getattr(error, name, None)], wanted)


@covers("run_string.same-attributes")
def library_classes_with_arguments_of_their_own_keep_their_attributes(m):
    """A CalledProcessError, whose class takes other arguments than args has."""
    import subprocess

    code = "import subprocess\nraise subprocess.CalledProcessError(3, ['spam'], b'out', b'err')"
    error = of_class(raised(m, code), subprocess.CalledProcessError)
    equal([error.returncode, error.cmd, error.stdout, error.stderr], [3, ["spam"], b"out", b"err"])
    equal(str(error), str(subprocess.CalledProcessError(3, ["spam"])))


@covers("run_string.plain-data")
def plain_data_keeps_its_types_inside(m):
    """True, 1 and 1.0 are told apart in tuples, lists, dicts and sets; so are -0.0 and nan."""
    data = (
        True,
        1,
        1.0,
        [False, 0, -0.0],
        {1.0: True},
        ({1.0}, frozenset([True])),
        (1, [2]),
        1e400,
    )
    code = "raise ValueError(*%s, float('nan'))" % repr(data).replace("inf", "1e400")
    error = of_class(raised(m, code), ValueError)
    equal(repr(error.args), repr(data + (float("nan"),)))


@covers("run_string.plain-data")
def any_text_is_carried(m):
    """Text with null characters and lone surrogates, and every byte, as arguments and attributes."""
    code = (
        "e = ValueError('a\\0b', '\\ud800', '\\U0010ffff', bytes(range(256)))\n"
        "e.spam = '\\udcff\\0'\nraise e"
    )
    error = of_class(raised(m, code), ValueError)
    equal(error.args, ("a\0b", "\ud800", "\U0010ffff", bytes(range(256))))
    equal(error.spam, "\udcff\0")


@covers("run_string.plain-data")
def large_data_is_carried(m):
    """A number of 20000 bits, a megabyte of text and of bytes, and a list of 10000."""
    code = "raise ValueError(-2**20000, 'x' * 10**6, b'y' * 10**6, list(range(10000)))"
    error = of_class(raised(m, code), ValueError)
    expected = (-(2**20000), "x" * 10**6, b"y" * 10**6, list(range(10000)))
    equal([a == b for a, b in zip(error.args, expected)], [True] * 4)


@covers("run_string.plain-data")
def data_nested_too_deep_does_no_harm(m):
    """A list in 100000 lists: the exception arrives, and the interpreter can still be used."""
    id = m.create()
    code = "spam = []\nfor _ in range(100000): spam = [spam]\nraise ValueError(1, spam)"
    error = of_class(caught(m.run_string, id, code), ValueError)
    equal([len(error.args), error.args[0]], [2, 1])
    m.run_string(id, "pass")


@covers("run_string.pickled")
def an_exception_is_an_argument_like_any_other(m):
    """An exception among the arguments, or in them, arrives as an exception of its class."""
    error = raised(m, "raise ValueError(KeyError('spam'), [OSError(2, 'eggs')])")
    of_class(error, ValueError)
    equal(of_class(error.args[0], KeyError).args, ("spam",))
    equal(of_class(error.args[1][0], FileNotFoundError).errno, 2)


@covers("run_string.pickled")
def instances_of_library_classes_keep_their_state(m):
    """Dates, paths, fractions, ordered dicts and named tuples of the library arrive equal."""
    import collections
    import datetime
    import fractions
    import time

    assert time
    code = (
        "import collections, datetime, fractions, time\n"
        "raise ValueError(datetime.datetime(2017, 9, 5, 1, 2), fractions.Fraction(1, 3),\n"
        " collections.OrderedDict(b=1, a=2), collections.Counter('spam'), time.gmtime(0))"
    )
    expected = (
        datetime.datetime(2017, 9, 5, 1, 2),
        fractions.Fraction(1, 3),
        collections.OrderedDict(b=1, a=2),
        collections.Counter("spam"),
        time.gmtime(0),
    )
    error = of_class(raised(m, code), ValueError)
    equal(error.args, expected)
    equal([type(each) for each in error.args], [type(each) for each in expected])


@covers("run_string.other-attributes", "run_string.same-attributes")
def attributes_of_every_name_are_carried_or_left_out(m):
    """Private names and names that are no identifiers arrive; functions and modules do not."""
    code = (
        "import sys\ne = ValueError(1)\ne._spam, e.__dict__['ham eggs'] = 1, 2\n"
        "e.spam, e.eggs = lambda: 0, sys\nraise e"
    )
    error = of_class(raised(m, code), ValueError)
    equal(vars(error), {"_spam": 1, "ham eggs": 2})


@covers("run_string.unknown-class")
def an_unknown_class_that_is_no_exception_stays_none(m):
    """A class derived from BaseException arrives as a subclass of it, and not of Exception."""
    error = raised(m, "class Spam(BaseException): pass\nraise Spam('ham')")
    equal([type(error).__name__, type(error).__bases__], ["Spam", (BaseException,)])


@covers("run_string.unknown-class")
def an_unknown_class_with_a_metaclass_and_slots_arrives(m):
    """A class with a metaclass, slots and arguments of its own arrives under its name."""
    code = (
        "class Meta(type): pass\nclass Spam(OSError, metaclass=Meta):\n __slots__ = ('ham',)\n"
        " def __init__(self, *, ham):\n  super().__init__(2, 'eggs')\n  self.ham = ham\n"
        "raise Spam(ham=5)"
    )
    error = raised(m, code)
    assert isinstance(error, OSError), "raised %r" % type(error)
    equal([type(error).__name__, error.args], ["Spam", (2, "eggs")])


@covers("run_string.unknown-class", ends=(5, ""))
def an_unknown_system_exit_ends_the_process(m):
    """An instance of a subclass of SystemExit that nobody catches ends the process likewise."""
    m.run_string(m.create(), "class Spam(SystemExit): pass\nraise Spam(5)")


@covers("run_string.unknown-class")
def an_unknown_group_arrives_with_its_members(m):
    """A class derived from ExceptionGroup arrives as a subclass of it, members and all."""
    if sys.version_info < (3, 11):
        return
    code = "class Spam(ExceptionGroup): pass\nraise Spam('eggs', [KeyError(1), ValueError(2)])"
    error = raised(m, code)
    assert isinstance(error, ExceptionGroup), "raised %r" % type(error)  # noqa: F821
    equal([type(error).__name__, error.message], ["Spam", "eggs"])
    equal([type(each) for each in error.exceptions], [KeyError, ValueError])


@covers("run_string.cause", "run_string.context")
def cause_and_context_are_told_apart(m):
    """An exception with a cause and another context has both, each as what it was."""
    code = "a, b, c = ValueError(1), KeyError(2), TypeError(3)\n"
    error = raised(m, code + "a.__cause__, a.__context__ = b, c\nraise a")
    of_class(error, ValueError)
    equal(of_class(error.__cause__, KeyError).args, (2,))
    equal(of_class(error.__context__, TypeError).args, (3,))


@covers("run_string.cause", "run_string.unknown-class")
def an_unknown_class_in_the_chain_arrives(m):
    """A cause whose class the caller has not arrives under its name, with its attributes."""
    code = "class Spam(KeyError): pass\na, b = ValueError(1), Spam(2)\nb.eggs = 3\nraise a from b"
    cause = raised(m, code).__cause__
    equal([type(cause).__name__, type(cause).__bases__], ["Spam", (KeyError,)])
    equal([cause.args, cause.eggs], [(2,), 3])


@covers("run_string.notes")
def the_notes_of_a_cause_are_carried(m):
    """__notes__ of a cause and of a context arrive as well."""
    code = "a, b, c = ValueError(1), KeyError(2), TypeError(3)\n"
    code += "b.__notes__, c.__notes__ = ['spam'], ['eggs', 'ham']\n"
    error = raised(m, code + "a.__cause__, a.__context__ = b, c\nraise a")
    equal(error.__cause__.__notes__, ["spam"])
    equal(error.__context__.__notes__, ["eggs", "ham"])


@covers("run_string.group", "run_string.cause", "run_string.notes")
def the_members_of_a_group_keep_what_they_have(m):
    """A member arrives with its attributes, its notes and its cause."""
    if sys.version_info < (3, 11):
        return
    code = (
        "a, b = ValueError(1), KeyError(2)\na.__cause__, a.__notes__, a.spam = b, ['eggs'], 5\n"
        "raise BaseExceptionGroup('ham', [a, KeyboardInterrupt()])"
    )
    error = of_class(raised(m, code), BaseExceptionGroup)  # noqa: F821
    member = of_class(error.exceptions[0], ValueError)
    equal([member.__notes__, member.spam], [["eggs"], 5])
    equal(of_class(member.__cause__, KeyError).args, (2,))
    of_class(error.exceptions[1], KeyboardInterrupt)


@covers("run_string.failures")
def properties_that_fail_do_no_harm(m):
    """The exception arrives, whichever of its attributes is a property that raises."""
    run = partial(m.run_string, m.create())
    body = "class Spam(ValueError):\n %s = property(lambda self: 1/0)\nraise Spam(1)"
    for name in ("args", "__dict__", "__class__", "__notes__", "__cause__", "__context__",
                 "__suppress_context__", "__traceback__", "with_traceback", "__reduce_ex__",
                 "__getstate__"):  # fmt: skip
        arrived = caught(run, body % name)
        assert isinstance(arrived, ValueError), "%s: %r" % (name, arrived)


@covers("run_string.failures")
def names_that_lie_do_no_harm(m):
    """The exception arrives, whatever its class says it is called and where it is from."""
    run = partial(m.run_string, m.create())
    body = "class Spam(ValueError): pass\nSpam.%s = %s\nraise Spam(1)"
    for name, text in (("__module__", "None"), ("__module__", "5"), ("__module__", "'sys\\ud800'"),
                       ("__module__", "''"), ("__qualname__", "'a.b.<c>'"),
                       ("__qualname__", "'\\ud800'"), ("__name__", "'x' * 5000"),
                       ("__doc__", "5")):  # fmt: skip
        arrived = caught(run, body % (name, text))
        assert isinstance(arrived, ValueError), "%s %s: %r" % (name, text, arrived)
        equal(arrived.args, (1,))


@covers("run_string.raises")
def the_callers_exception_is_the_context(m):
    """Raised while the caller handles another exception, it has that one in its chain."""
    id = m.create()
    mine = KeyError("mine")
    try:
        raise mine
    except KeyError:
        error = of_class(caught(m.run_string, id, "1/0"), ZeroDivisionError)
    seen = [error]
    while seen[-1].__context__ is not None and len(seen) < 9:
        seen.append(seen[-1].__context__)
    assert mine in seen, "the chain is %r" % seen


@covers("run_string.traceback")
def the_traceback_tells_of_causes_and_functions(m):
    """The text shows the cause, the words between the two, and the functions of library modules."""
    code = "import json\ntry:\n json.loads('{')\nexcept Exception as a:\n raise KeyError(1) from a"
    remote = str(last_in_chain(raised(m, code)))
    for words in ("JSONDecodeError", "direct cause", "in loads", "KeyError: 1"):
        assert words in remote, "%r is not in %r" % (words, remote)


@covers("run_string.traceback")
def each_run_has_a_traceback_of_its_own(m):
    """The text of a second run tells of that run only."""
    id = m.create()
    first = str(caught(m.run_string, id, "spam = 1\n1/0").__cause__)
    second = str(caught(m.run_string, id, "{}['eggs']").__cause__)
    assert "ZeroDivisionError" in first and "line 2" in first, first
    assert "KeyError" in second and "line 1" in second, second
    assert "ZeroDivisionError" not in second, second


@covers("run_string.traceback-lines")
def the_traceback_shows_lines_beyond_ascii(m):
    """Lines with accents and with other scripts are in the text as they are in the source."""
    remote = str(raised(m, "späm = 0\n1/späm  # 蛇 🐍").__cause__)
    assert "1/späm  # 蛇 🐍" in remote, remote


def end_with(m, kind, code):
    """Run code that raises SystemExit, and do not catch it."""
    m.run_string(hold(create(m, kind)), "raise SystemExit(%s)" % code)


@covers("run_string.system-exit")
def every_exit_code_is_that_of_the_process(m):
    """Numbers modulo 256, true and false; any other object is printed, with exit status 1."""
    for code, ends in (("-1", (255, "")), ("263", (7, "")), ("True", (1, "")), ("None", (0, "")),
                       ("'spam'", (1, "spam\n")), ("1, 2", (1, "(1, 2)\n"))):  # fmt: skip
        try:
            attempt(end_with, "shared", code, ends=ends)
        except AssertionError as error:
            raise AssertionError("SystemExit(%s): %s" % (code, error)) from None


@covers("run_string.syntax-error")
def every_syntax_error_is_that_of_compile(m):
    """Class, message, text and position of a dozen mistakes are those that compile() reports."""
    run = partial(m.run_string, m.create())
    for code in ("x = (", "é = 1 +", "\tx = 1", "if 1:\n\tx\n        y", "return", "1 = x", "'abc",
                 "f(a=1, a=2)", "nonlocal x", "def f(a, a): pass", "x\n  y", "print 'x'", "break",
                 "from __future__ import spam"):  # fmt: skip
        error, expected = caught(run, code), caught(compile, code, "<string>", "exec")
        equal([code, type(error)], [code, type(expected)])
        for name in ("msg", "filename", "lineno", "offset", "text", "end_lineno", "end_offset"):
            wanted = [code, name, getattr(expected, name, None)]
            equal([code, name, getattr(error, name, None)], wanted)
