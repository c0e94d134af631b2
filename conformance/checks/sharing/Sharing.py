"""What sharing is: the section of that name.

An object is sent to an interpreter and looked at there, or sent there and back by a function of the
standard library that returns what it is given.
"""

import _thread
import array
import collections
import decimal
import fractions
import operator
import os
import pathlib
import re
import signal
import sys
import types
import typing
import uuid

from check import bind, caught, covers, equal, raises, value

PLAIN = (
    *(None, True, False, 0, -1, 255, 2**31, -(2**63), 2**64, -(3**500)),
    *(0.0, 1.5, -1e-308, 5e-324, float("inf"), 0j, complex(1, -2.5)),
    *("", "spam", "\0", "é€\U0010ffff", "\udc80\ud800", b"", b"\0\xff", bytes(range(256))),
)

PICKLED = (
    *([], [1, [2, [3]]], {}, {"a": {1: (2,)}}, set(), {1, 2}, range(1, 9, 2), Ellipsis),
    *(fractions.Fraction(1, 3), decimal.Decimal("0.10"), types.SimpleNamespace(spam=[1])),
    *(
        collections.OrderedDict([(2, 1), (1, 2)]),
        collections.Counter("spam"),
        collections.deque([1]),
    ),
    *(uuid.UUID(int=5), pathlib.PurePosixPath("/spam"), re.compile("spam", re.I), signal.SIGINT),
)


class Made:
    """Pickles as the call of a *function*."""

    def __init__(self, function, *args):
        self.made = function, args

    def __reduce_ex__(self, protocol):
        return self.made


class Broken:
    """Cannot be pickled: that raises an exception of the class *error*."""

    def __init__(self, error):
        self.error = error

    def __reduce_ex__(self, protocol):
        raise self.error("spam")


def there_and_back(interpreter, obj):
    """Return what comes back of *obj* from an *interpreter*."""
    return interpreter.call(typing.cast, None, obj)


def seen_there(interpreter, obj, expression):
    """Return the value of *expression*, a literal, where *obj* has arrived as ``x``."""
    return interpreter.call(eval, expression, {"x": obj})


@covers("Sharing.no-object")
def a_change_there_is_not_seen_here(m):
    """A list and a dict that code in another interpreter changes stay what they are here."""
    interpreter, spam, eggs = m.create(), [1, [2]], {"a": 1}
    interpreter.call(operator.setitem, spam, 0, 5)
    interpreter.call(operator.delitem, eggs, "a")
    bind(interpreter, spam=spam)
    interpreter.run("spam[1].append(3)")
    equal([spam, eggs], [[1, [2]], {"a": 1}])


@covers("Sharing.no-object")
def a_change_here_is_not_seen_there(m):
    """A list that is changed after it was sent stays what it was where it arrived."""
    interpreter, spam = m.create(), [1, [2]]
    bind(interpreter, spam=spam)
    spam[1].append(3)
    equal(value(interpreter.run, "spam"), [1, [2]])


@covers("Sharing.no-object")
def the_result_is_no_object_of_the_other_interpreter(m):
    """A list that comes as the result of a call is changed without effect on the other's."""
    interpreter = m.create()
    interpreter.run("spam = [1]")
    got = interpreter.call(eval, "vars(__import__('sys').modules['__main__'])['spam']", {})
    got.append(2)
    equal(value(interpreter.run, "spam"), [1])


@covers("Sharing.anew")
def each_sending_makes_an_object(m):
    """A list that is sent twice arrives as two lists, and never comes back as itself."""
    interpreter, spam = m.create(), [1]
    bind(interpreter, one=spam)
    bind(interpreter, two=spam)
    equal(value(interpreter.run, "[one, two, one is two]"), [[1], [1], False])
    assert there_and_back(interpreter, spam) is not spam


@covers("Sharing.anew")
def the_sender_may_be_gone(m):
    """What an interpreter has sent is still there, and usable, when that has been destroyed."""
    one, two = m.create(), m.create()
    got = one.call(eval, "[['spam' * 3, 2 ** 100, b'eggs' * 2, {'a': (1.5,)}]]", {})
    bind(two, x=got)
    one.destroy()
    expected = [["spamspamspam", 2**100, b"eggseggs", {"a": (1.5,)}]]
    equal(got, expected)
    two.destroy()
    equal(got, expected)


@covers("Sharing.type")
def plain_objects_keep_their_types(m):
    """A bool arrives as a bool, and so on; instances of subclasses keep their class too."""
    interpreter = m.create()
    for obj in (*PLAIN, signal.SIGINT, bytearray(b"x"), array.array("h", [1]), (), frozenset()):
        equal(type(there_and_back(interpreter, obj)), type(obj))
        equal(seen_there(interpreter, obj, "type(x).__name__"), type(obj).__name__)


@covers("Sharing.type")
def pickled_objects_keep_their_types(m):
    """So do lists, dicts and objects of other classes of the standard library."""
    interpreter = m.create()
    for obj in PICKLED:
        equal(type(there_and_back(interpreter, obj)), type(obj))


@covers("Sharing.equal")
def what_arrives_is_equal(m):
    """What comes back equals what was sent, and has the same repr() where it arrived."""
    interpreter = m.create()
    for obj in PLAIN + PICKLED:
        equal(there_and_back(interpreter, obj), obj)
        if not isinstance(obj, (set, type(re.compile("")))):
            equal(seen_there(interpreter, obj, "repr(x)"), repr(obj))


@covers("Sharing.equal")
def what_is_not_equal_to_itself_arrives(m):
    """A float that is not a number arrives as one; an infinity and a zero keep their sign."""
    interpreter = m.create()
    for text in ("nan", "-inf", "-0.0", "0.0"):
        equal(repr(there_and_back(interpreter, float(text))), text)


@covers("Sharing.plain")
def plain_objects_are_shared(m):
    """None and objects of the plain types arrive, from the smallest to what only few can carry."""
    interpreter = m.create()
    for obj in PLAIN:
        equal(there_and_back(interpreter, obj), obj)


@covers("Sharing.plain")
def text_of_any_characters_is_shared(m):
    """A str keeps each character: null, lone surrogates, pairs of them, and those beyond 16 bits."""
    interpreter = m.create()
    for text in ("\0a\0", "\ud83d", "\ud83d\ude00", "\U0001f600", "a\xff", "a\u0100", "\uffff\x7f"):
        equal(seen_there(interpreter, text, "[ord(c) for c in x]"), [ord(c) for c in text])
        equal(there_and_back(interpreter, text), text)


@covers("Sharing.arrays")
def bytearrays_are_shared(m):
    """A bytearray arrives as one with the same bytes, which can be changed."""
    interpreter = m.create()
    for data in (bytearray(), bytearray(b"\0\xffspam")):
        equal(there_and_back(interpreter, data), data)
    bind(interpreter, x=bytearray(b"spam"))
    equal(value(interpreter.run, "bytes(x)", "x += b'!'"), b"spam!")


@covers("Sharing.arrays")
def arrays_of_every_typecode_are_shared(m):
    """An array.array arrives with the same typecode and items, none or several."""
    interpreter = m.create()
    for code in set(array.typecodes) - {"u"}:
        for items in ([], ["s", "é"] if code == "w" else [1, 0, 127]):
            spam = array.array(code, items)
            back = there_and_back(interpreter, spam)
            equal([back.typecode, back], [spam.typecode, spam])


@covers("Sharing.containers")
def tuples_and_frozensets_are_shared(m):
    """Empty, nested in each other, and with elements of all the types that are always shareable."""
    interpreter = m.create()
    for obj in (
        *((), ((),), (None,), (1, (2, (3, ()))), frozenset(), frozenset([frozenset([1])])),
        *(PLAIN, (PLAIN, PLAIN), frozenset(PLAIN), (frozenset([(1, b"2")]), "3")),
        (bytearray(b"x"), (array.array("d", [0.5]),)),
    ):
        equal(there_and_back(interpreter, obj), obj)


def nested(depth):
    """Return a tuple in a tuple, and so on."""
    obj = ("spam",)
    for _ in range(depth):
        obj = (obj,)
    return obj


def depth_of(obj):
    """Return how deep a tuple that nested() has made is."""
    depth = 0
    while type(obj[0]) is tuple:
        obj = obj[0]
        depth += 1
    return depth


@covers("Sharing.containers")
def tuples_nest_deeply(m):
    """A tuple in a tuple, two hundred deep, arrives as deep as it was."""
    equal(depth_of(there_and_back(m.create(), nested(200))), 200)


@covers("Sharing.any-size")
def tuples_nest_deeper_than_calls(m):
    """A tuple that is nested more deeply than calls can be arrives as deep as it was."""
    depth = 5 * sys.getrecursionlimit()
    equal(depth_of(there_and_back(m.create(), nested(depth))), depth)


@covers("Sharing.any-size")
def ten_million_characters_are_shared(m):
    """A str, bytes and a bytearray of ten million arrive whole."""
    interpreter = m.create()
    for obj in ("é" * 10**7, b"spam!" * (2 * 10**6), bytearray(10**7), "\U0001f600" * 10**6):
        assert there_and_back(interpreter, obj) == obj, "a %s is another" % type(obj).__name__


@covers("Sharing.any-size")
def huge_numbers_and_containers_are_shared(m):
    """An int of a million bits, a tuple and a frozenset of a hundred thousand arrive whole."""
    interpreter = m.create()
    numbers = tuple(range(100000))
    for obj in (1 << 10**6, -(7**200000), numbers, frozenset(numbers), array.array("d", numbers)):
        assert there_and_back(interpreter, obj) == obj, "a %s is another" % type(obj).__name__


@covers("Sharing.queue")
def queues_are_shared(m):
    """A queue arrives as a Queue, alone and in containers."""
    interpreter, queue = m.create(), m.create_queue()
    for obj in (queue, (queue,), [queue, queue], {"spam": queue}):
        equal(there_and_back(interpreter, obj), obj)
    equal(type(there_and_back(interpreter, queue)), m.Queue)


@covers("Sharing.interpreter")
def interpreters_are_shared(m):
    """An interpreter arrives as an Interpreter: another, the one that receives it, the main one."""
    interpreter = m.create()
    for obj in (m.create(), interpreter, m.get_main(), m.get_current()):
        equal(type(there_and_back(interpreter, obj)), m.Interpreter)
        equal(there_and_back(interpreter, {"spam": (obj,)}), {"spam": (obj,)})


@covers("Sharing.interpreter", "Sharing.same")
def a_destroyed_interpreter_is_shared(m):
    """An object for an interpreter that has been destroyed arrives as one for that interpreter."""
    interpreter, gone = m.create(), m.create()
    id = int(gone.id)
    gone.destroy()
    equal(there_and_back(interpreter, gone), gone)
    equal(int(interpreter.call(getattr, gone, "id")), id)


@covers("Sharing.same")
def a_queue_is_the_same_wherever_it_arrives(m):
    """What is put into it there is got from it here, and the other way round."""
    interpreter, queue = m.create(), m.create_queue()
    interpreter.prepare_main(queue=queue)
    interpreter.run("queue.put(1)")
    equal([queue.get(), queue.qsize()], [1, 0])
    queue.put("spam")
    equal(value(interpreter.run, "queue.get()"), "spam")


@covers("Sharing.same")
def an_interpreter_is_the_same_wherever_it_arrives(m):
    """What runs in it from another interpreter is seen from here."""
    one, two = m.create(), m.create()
    bind(one, other=two)
    one.run("getattr(other, 'run', getattr(other, 'exec', None))('spam = 5')")
    equal(value(two.run, "spam"), 5)
    equal(there_and_back(one, two), two)


@covers("Sharing.pickle")
def what_pickle_can_carry_is_shared(m):
    """Lists, dicts, sets and objects of many classes of the standard library arrive."""
    interpreter = m.create()
    for obj in PICKLED:
        equal(there_and_back(interpreter, obj), obj)


@covers("Sharing.pickle")
def what_pickles_as_a_call_is_shared(m):
    """An object with __reduce_ex__() arrives as what the call that it names returns."""
    interpreter = m.create()
    equal(there_and_back(interpreter, Made(fractions.Fraction, 1, 3)), fractions.Fraction(1, 3))
    equal(there_and_back(interpreter, [(Made(int, "12"),)]), [(12,)])


@covers("Sharing.pickle")
def exceptions_are_shared(m):
    """An exception that is sent arrives with its class, its arguments and its attributes."""
    error = OSError(2, "spam", "eggs")
    error.ham = [1]
    back = there_and_back(m.create(), error)
    equal([type(back), back.args, back.filename], [FileNotFoundError, (2, "spam"), "eggs"])
    equal(back.ham, [1])


@covers("Sharing.pickle")
def methods_are_shared(m):
    """A method of an object is called there, on an object like it."""
    interpreter = m.create()
    equal(interpreter.call("{}-{spam}".format, 1, spam=2), "1-2")
    equal(interpreter.call([3, 1, 3].count, 3), 2)
    equal(interpreter.call(fractions.Fraction(7, 2).__floor__), 3)


@covers("Sharing.once")
def a_list_that_is_sent_twice_at_once_arrives_once(m):
    """Two arguments that are the same list are the same one there, however deep they are."""
    interpreter, spam = m.create(), [1]
    equal(interpreter.call(operator.is_, spam, spam), True)
    equal(interpreter.call(operator.is_, spam, [1]), False)
    code = "[a[0] is b['spam'][1][0], a[0] is d]"
    names = {"a": (spam,), "b": {"spam": [0, (spam,)]}, "d": spam}
    equal(interpreter.call(eval, code, names), [True, True])


@covers("Sharing.once")
def values_for_main_are_sent_at_once(m):
    """Two names that are bound to one list by one prepare_main() are bound to one there."""
    interpreter, spam = m.create(), [1]
    interpreter.prepare_main({"one": spam}, two=(spam,))
    equal(value(interpreter.run, "one is two[0]"), True)


@covers("Sharing.once")
def a_result_has_each_object_once(m):
    """A list that occurs twice in the result of a call is one list here."""
    one, two, other = m.create().call(eval, "(lambda spam: (spam, [spam], [1]))([1])", {})
    equal([one, one is two[0], one is other], [[1], True, False])


@covers("Sharing.once")
def every_kind_of_mutable_object_arrives_once(m):
    """A bytearray, an array, a dict, a set and an object of a class that occur twice are one."""
    interpreter = m.create()
    for obj in (
        *(bytearray(b"x"), array.array("b", [1]), {1: 2}, {1}, types.SimpleNamespace(a=1)),
        collections.deque([1]),
    ):
        equal(interpreter.call(operator.is_, obj, obj), True)
        one, two = there_and_back(interpreter, ([obj], (obj,)))
        assert one[0] is two[0], "%s arrived as two" % type(obj).__name__


@covers("Sharing.once")
def an_object_may_be_in_itself(m):
    """A list in itself, and a dict in a tuple in itself, arrive as such."""
    interpreter, spam, eggs = m.create(), [1], {}
    spam.append(spam)
    eggs["ham"] = (eggs, spam)
    back = there_and_back(interpreter, spam)
    assert back[1] is back and back is not spam
    back = there_and_back(interpreter, eggs)
    assert back["ham"][0] is back and back["ham"][1][1] is back["ham"][1]


def not_shareable():
    """Yield objects that are not shareable, each with a name for it."""
    lock, released = _thread.allocate_lock(), memoryview(b"spam")
    released.release()
    yield "lock", lock
    yield "released view", released
    yield "generator", (each for each in ())
    yield "frame", sys._getframe()
    yield "generator in a list", [1, [(each for each in ())]]
    yield "lock in a tuple", (1, (2, lock))
    yield "lock in a frozenset", frozenset([lock])
    yield "lock in a dict", {"spam": [lock]}
    yield "lock as a key", {lock: 1}
    yield "lock in an attribute", types.SimpleNamespace(spam=lock)
    yield "lock where an object is made of it", Made(list, (lock,))
    for error in (TypeError, ValueError, KeyError, AttributeError, ZeroDivisionError):
        yield "object that raises %s" % error.__name__, Broken(error)


@covers("Sharing.not-shareable")
def an_argument_that_is_not_shareable_is_refused(m):
    """It raises NotShareableError, by position and by name, alone and in containers."""
    interpreter = m.create()
    for name, obj in not_shareable():
        with raises(m, "NotShareableError", name):
            interpreter.call(typing.cast, None, obj)
        with raises(m, "NotShareableError", name):
            interpreter.call(dict, spam=obj)


@covers("Sharing.not-shareable")
def a_callable_that_is_not_shareable_is_refused(m):
    """A callable that is not shareable raises NotShareableError."""
    interpreter = m.create()
    for method in (_thread.allocate_lock().acquire, (each for each in ()).__next__):
        with raises(m, "NotShareableError"):
            interpreter.call(method)


@covers("Sharing.not-shareable")
def a_value_for_main_that_is_not_shareable_is_refused(m):
    """It raises NotShareableError."""
    interpreter = m.create()
    for name, obj in not_shareable():
        with raises(m, "NotShareableError", name):
            interpreter.prepare_main({"spam": obj})


@covers("Sharing.not-shareable")
def an_item_that_is_not_shareable_is_refused(m):
    """It raises NotShareableError where it is put, and not where it would be got."""
    queue = m.create_queue()
    for name, obj in not_shareable():
        with raises(m, "NotShareableError", name):
            queue.put(obj)


@covers("Sharing.nothing-sent")
def nothing_is_called_with_what_is_not_shareable(m):
    """The function is not called if one of its arguments, even the last, is not shareable."""
    interpreter = m.create()
    read, write = os.pipe()
    names = {"spam": _thread.allocate_lock()}
    caught(interpreter.call, exec, "import os; os.write(%d, b'.')" % write, names)
    os.close(write)
    equal(os.read(read, 1), b"")


@covers("Sharing.nothing-sent")
def nothing_is_put_that_is_not_shareable(m):
    """The queue is as empty as before, and what is put next is got next."""
    queue = m.create_queue()
    caught(queue.put, ("spam", [_thread.allocate_lock()]))
    equal([queue.qsize(), queue.empty()], [0, True])
    queue.put(1)
    equal(queue.get(), 1)


@covers("Sharing.nothing-sent")
def nothing_arrives_before_all_is_described(m):
    """What comes before the part that is not shareable is not made there either."""
    interpreter = m.create()
    interpreter.run("import builtins\nbuiltins.made = []")
    bomb = Made(eval, "__import__('builtins').made.append(1)", {})
    caught(interpreter.call, typing.cast, bomb, _thread.allocate_lock())
    caught(interpreter.prepare_main, {"a": bomb, "b": _thread.allocate_lock()})
    caught(interpreter.call, typing.cast, [bomb, (bomb, _thread.allocate_lock())])
    equal(value(interpreter.run, "made"), [])


@covers("Sharing.names-part")
def the_message_names_the_argument(m):
    """The message names the part of the argument: args[0]['key'], and args[1][2][0]."""
    interpreter, lock = m.create(), _thread.allocate_lock()
    error = caught(interpreter.call, print, {"key": lock})
    assert "args[0]['key']" in str(error), str(error)
    error = caught(interpreter.call, print, 0, [1, "b", (lock,)])
    assert "args[1][2][0]" in str(error), str(error)


@covers("Sharing.names-part")
def the_message_names_the_part_of_a_value(m):
    """So it is with a keyword argument, a value for __main__ and an item of a queue."""
    interpreter, lock = m.create(), _thread.allocate_lock()
    error = caught(lambda: interpreter.call(print, spam=[0, lock]))
    assert "spam" in str(error) and "[1]" in str(error), str(error)
    error = caught(lambda: interpreter.prepare_main(spam={"eggs": (lock,)}))
    assert "spam" in str(error) and "['eggs'][0]" in str(error), str(error)
    error = caught(m.create_queue().put, ({"eggs": lock},))
    assert "[0]['eggs']" in str(error), str(error)


@covers("Sharing.raised-on-arrival")
def an_item_that_cannot_be_made_raises_where_it_is_got(m):
    """put() raises nothing, and get() what is raised while the item is made; the next is got."""
    queue = m.create_queue()
    queue.put(Made(int, "spam"))
    queue.put(1)
    equal(queue.qsize(), 2)
    with raises(m, "ValueError"):
        queue.get()
    equal(queue.get(), 1)


@covers("Sharing.raised-on-arrival")
def an_argument_that_cannot_be_made_raises_there(m):
    """It is raised in the other interpreter, as what the call raises, and nothing is called."""
    interpreter = m.create()
    read, write = os.pipe()
    code = "import os; os.write(%d, b'.')" % write
    with raises(m, "ZeroDivisionError"):
        interpreter.call(exec, code, {"spam": Made(operator.truediv, 1, 0)})
    os.close(write)
    equal([os.read(read, 1), interpreter.is_running()], [b"", False])
    equal(interpreter.call(len, "spam"), 4)


@covers("Sharing.raised-on-arrival")
def a_result_that_cannot_be_made_raises_here(m):
    """A result that cannot be made anew raises in the caller, when the call has been made."""
    interpreter = m.create()
    interpreter.run("class Made:\n def __reduce__(self): return int, ('spam',)")
    with raises(m, "ValueError"):
        interpreter.call(eval, "__import__('sys').modules['__main__'].Made()", {})
    equal(interpreter.is_running(), False)
