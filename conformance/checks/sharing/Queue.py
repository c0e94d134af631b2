"""create_queue() and the class Queue, but for what waits: that is in Queue_waiting.py.

Code in another interpreter finds a queue by its ID, so that these checks take nothing but code that
is executed there.  A number is most of what is put: what else can be is for other checks.
"""

import gc
import queue
import random
import sys
import threading

from check import KINDS, caught, covers, create, equal, importing, in_thread, raises, stays, value


def binding(m, *queues):
    """Return source text that binds ``m`` and the *queues*, as ``q``, ``q1`` and so on."""
    lines = ["q%s = m.Queue(%d)\n" % (n or "", each.id) for n, each in enumerate(queues)]
    return importing() + "".join(lines)


def beside(m, *queues):
    """Create an interpreter in which the *queues* are bound, as binding() does."""
    interpreter = m.create()
    interpreter.exec(binding(m, *queues))
    return interpreter


def leave(m, queue, *arguments):
    """Have an interpreter put items with these *arguments*, and destroy it."""
    interpreter = beside(m, queue)
    interpreter.exec("".join("q.put(%s)\n" % each for each in arguments))
    interpreter.close()


def exists(m, id):
    """Tell whether there is a queue of this ID."""
    gc.collect()
    try:
        m.Queue(id)
    except m.QueueNotFoundError:
        return False
    return True


def drained(queue):
    """Return what is in a queue, in order; it is empty then."""
    return [queue.get(timeout=0) for _ in range(queue.qsize())]


# --- create_queue --------------------------------------------------------------------------------


@covers("create_queue.new")
def create_queue_returns_a_new_queue(m):
    """A Queue, with nothing in it, that is not one of those there were."""
    one, two = m.create_queue(), m.create_queue()
    one.put(1)
    equal([type(one), type(two)], [m.Queue, m.Queue])
    equal([one == two, one.id == two.id, two.qsize()], [False, False, 0])


@covers("create_queue.new")
def create_queue_works_in_any_interpreter(m):
    """Code in another interpreter creates a queue, which is the same here by its ID."""
    interpreter = m.create()
    code = importing() + "q = m.create_queue(5)\nq.put(1)"
    made = m.Queue(value(interpreter.exec, "q.id", code))
    equal([made.maxsize, made.get(timeout=0)], [5, 1])


@covers("create_queue.maxsize")
def create_queue_takes_a_maxsize(m):
    """By position or as maxsize; as many items can be put, and again when one was got."""
    for made in (m.create_queue(2), m.create_queue(maxsize=2)):
        made.put_nowait(1)
        made.put_nowait(2)
        with raises(m, "QueueFull"):
            made.put_nowait(3)
        equal(made.get(timeout=0), 1)
        made.put_nowait(4)
        with raises(m, "QueueFull"):
            made.put_nowait(5)
        equal(drained(made), [2, 4])


@covers("create_queue.maxsize")
def maxsize_holds_for_every_interpreter(m):
    """What one interpreter has put leaves that much less room for another."""
    made = m.create_queue(2)
    interpreter = beside(m, made)
    interpreter.exec("q.put_nowait(1)")
    made.put_nowait(2)
    with raises(m, "QueueFull"):
        made.put_nowait(3)
    code = "from check import caught\nerror = caught(q.put_nowait, 3)"
    equal(value(interpreter.exec, "type(error).__name__", code), "QueueFull")


@covers("create_queue.maxsize", "Queue.maxsize.most")
def maxsize_can_be_large(m):
    """A queue for as many items as sys.maxsize, and one for a few more than 16 bits can count."""
    equal(m.create_queue(sys.maxsize).maxsize, sys.maxsize)
    made = m.create_queue(2**16 + 1)
    for number in range(2**16 + 1):
        made.put_nowait(number)
    with raises(m, "QueueFull"):
        made.put_nowait(0)


@covers("create_queue.no-limit")
def without_a_positive_maxsize_there_is_no_limit(m):
    """By default, with 0 and with a negative number: a thousand items can be put."""
    for arguments in ((), (0,), (-1,), (-sys.maxsize,)):
        made = m.create_queue(*arguments)
        for number in range(1000):
            made.put_nowait(number)
        equal(made.qsize(), 1000)


@covers("create_queue.no-limit", "Queue.order")
def a_hundred_thousand_items_fit(m):
    """They are all got, in the order in which they were put."""
    made = m.create_queue()
    for number in range(100000):
        made.put(number)
    assert drained(made) == list(range(100000)), "they are not those that were put"


@covers("create_queue.new")
def there_may_be_thousands_of_queues(m):
    """Each of two thousand queues has an ID of its own, and its own item."""
    queues = [m.create_queue() for _ in range(2000)]
    equal(len({each.id for each in queues}), 2000)
    for each in queues:
        each.put(each.id)
    for each in reversed(queues):
        equal([each.get(timeout=0), each.qsize()], [each.id, 0])


@covers("create_queue.unbounditems", "Queue.put.default")
def create_queue_says_what_becomes_of_items(m):
    """What put() is not told, or told with None, is as create_queue() was told."""
    replaced = m.create_queue(unbounditems=m.UNBOUND)
    leave(m, replaced, "1", "2, unbounditems=None")
    assert [each is m.UNBOUND for each in drained(replaced)] == [True, True]
    refused = m.create_queue(unbounditems=m.UNBOUND_ERROR)
    leave(m, refused, "1", "2, unbounditems=None")
    for _ in range(2):
        with raises(m, "ItemInterpreterDestroyed"):
            refused.get(timeout=0)
    removed = m.create_queue(unbounditems=m.UNBOUND_REMOVE)
    leave(m, removed, "1", "2, unbounditems=None")
    equal(removed.qsize(), 0)


@covers("create_queue.unbounditems", "Queue.put.default", "Queue.put.stays")
def none_for_the_queue_is_the_default(m):
    """With unbounditems=None an item stays what it is, as without."""
    made = m.create_queue(0, unbounditems=None)
    leave(m, made, "1")
    equal(drained(made), [1])


@covers("create_queue.unbounditems", "Queue.put.value")
def create_queue_takes_no_other_unbounditems(m):
    """A number, a str, an object and a list raise ValueError."""
    for wrong in (0, 1, True, "UNBOUND", object(), []):
        with raises(m, "ValueError", repr(wrong)):
            m.create_queue(unbounditems=wrong)


# --- the class -----------------------------------------------------------------------------------


@covers("Queue.identifies")
def an_object_stands_for_an_existing_queue(m):
    """Queue(id) with the ID of a queue is that queue: what the one puts the other gets."""
    one = m.create_queue(7)
    two = m.Queue(one.id)
    one.put(1)
    equal([two.qsize(), two.maxsize, two.id], [1, 7, one.id])
    equal([two.get(timeout=0), one.qsize()], [1, 0])


@covers("Queue.identifies")
def the_parameter_of_queue_is_named_id(m):
    """Queue(id=...) is the same; no argument, or two, is a TypeError."""
    made = m.create_queue()
    equal(m.Queue(id=made.id) == made, True)
    for arguments in ((), (made.id, made.id)):
        with raises(m, "TypeError", "%d arguments" % len(arguments)):
            m.Queue(*arguments)


@covers("Queue.identifies")
def what_is_no_int_is_no_id(m):
    """A str, a float, bytes, None and a queue are a TypeError."""
    made = m.create_queue()
    for wrong in (str(made.id), float(made.id), b"0", None, made):
        with raises(m, "TypeError", repr(wrong)):
            m.Queue(wrong)


@covers("Queue.identifies")
def an_instance_of_a_subclass_of_int_is_an_id(m):
    """It stands for its number, and the ID of the object is just an int."""

    class Int(int):
        pass

    made = m.create_queue()
    equal([type(m.Queue(Int(made.id)).id), m.Queue(Int(made.id)) == made], [int, True])


@covers("Queue.not-found")
def an_unknown_id_finds_no_queue(m):
    """IDs that were never given, negative or too large raise QueueNotFoundError."""
    id = m.create_queue().id
    for unknown in (id + 999999, -1, -id - 1, 2**63, 2**70, -(2**70)):
        with raises(m, "QueueNotFoundError", str(unknown)):
            m.Queue(unknown)


@covers("Queue.not-found")
def an_unknown_id_is_not_cut_to_one_that_is_known(m):
    """The ID of a queue plus or minus a power of two identifies nothing."""
    made = m.create_queue()
    for bits in (8, 16, 32, 64):
        for unknown in (made.id + 2**bits, made.id - 2**bits):
            with raises(m, "QueueNotFoundError", str(unknown)):
                m.Queue(unknown)


def outcome(call, *arguments, **options):
    """Return what a call returns, or "empty" or "full" if it raises what queue.Queue would."""
    try:
        return call(*arguments, **options)
    except queue.Empty:
        return "empty"
    except queue.Full:
        return "full"


CALLS = (
    lambda q, n: outcome(q.put, n, False),
    lambda q, n: outcome(q.put, n, block=False),
    lambda q, n: outcome(q.put, item_or_obj(q, n), True, 0),
    lambda q, n: outcome(q.put_nowait, n),
    lambda q, n: outcome(q.get, False),
    lambda q, n: outcome(q.get, block=False),
    lambda q, n: outcome(q.get, True, 0),
    lambda q, n: outcome(q.get, timeout=0),
    lambda q, n: outcome(q.get_nowait),
    lambda q, n: [q.qsize(), q.empty(), q.full()],
)


def item_or_obj(q, n):
    """Return what is put, which is None now and then."""
    return None if n % 7 == 0 else n


@covers("Queue.methods")
def a_queue_does_what_one_of_the_module_queue_does(m):
    """Two thousand calls, chosen at random, have the same results with both, whatever maxsize."""
    choose = random.Random(5)
    for maxsize in (0, 1, 3, -1):
        ours, theirs = m.create_queue(maxsize), queue.Queue(maxsize)
        for number in range(500):
            call = choose.choice(CALLS)
            expected, got = call(theirs, number), call(ours, number)
            if got != expected:
                raise AssertionError("call %d: got %r, not %r" % (number, got, expected))


@covers("Queue.anywhere")
def methods_work_in_any_interpreter(m):
    """Every method does the same to a queue in an interpreter of each kind as it does here."""
    for kind in KINDS:
        made = m.create_queue(2)
        interpreter = create(m, kind)
        interpreter.exec(binding(m, made) + "q.put(1)\nq.put_nowait(2)")
        equal([made.qsize(), made.full()], [2, True])
        equal(value(interpreter.exec, "[q.qsize(), q.full(), q.empty()]"), [2, True, False])
        equal(value(interpreter.exec, "[q.get(), q.get_nowait()]"), [1, 2])
        equal([made.qsize(), made.empty()], [0, True])
        made.put(3)
        equal(value(interpreter.exec, "[q.get(), q.maxsize, q.id]"), [3, 2, made.id])


@covers("Queue.any-thread")
def methods_work_in_any_thread(m):
    """What one OS thread puts another gets, in the main and in another interpreter."""
    made = m.create_queue()
    in_thread(made.put, 1)
    interpreter = beside(m, made)
    in_thread(interpreter.exec, "q.put(2)")
    equal([made.get(timeout=0), in_thread(made.get, True, 0)], [1, 2])


@covers("Queue.anywhere")
def methods_work_between_two_other_interpreters(m):
    """What one interpreter puts another gets, and the main interpreter has no part in it."""
    made = m.create_queue()
    one, two = beside(m, made), beside(m, made)
    one.exec("q.put(1)")
    equal(value(two.exec, "[q.get(timeout=0), q.qsize()]"), [1, 0])


@covers("Queue.equal")
def objects_for_the_same_queue_are_equal(m):
    """Equal if they stand for the same queue, unequal otherwise, and to anything else."""
    one, two = m.create_queue(), m.create_queue()
    again = m.Queue(one.id)
    equal([one == again, one != again], [True, False])
    equal([one == two, one != two], [False, True])
    equal([one == one.id, one == None, one == "spam"], [False, False, False])  # noqa: E711


@covers("Queue.hash")
def equal_queues_have_the_same_hash(m):
    """Objects for one queue are one key of a dict, and the hash does not depend on the items."""
    made = m.create_queue()
    number = hash(made)
    made.put(1)
    equal({made: 1, m.Queue(made.id): 2}, {made: 2})
    equal([hash(made), hash(m.Queue(made.id))], [number, number])


# What an interpreter calls to return a queue it was given in a tuple.
RETURNED = max


@covers("Sharing.queue", "Sharing.same", "Queue.equal")
def a_queue_arrives_as_an_equal_one_from_a_call(m):
    """A queue that is an argument of call(), and its result, equals what was sent."""
    made, interpreter = m.create_queue(), m.create()
    result = interpreter.call(RETURNED, (made,))
    equal([type(result), result == made, hash(result) == hash(made)], [m.Queue, True, True])


@covers("Sharing.queue", "Sharing.same")
def a_queue_that_a_queue_carries_is_the_same(m):
    """An item that is a queue, alone or in a list, arrives as one that equals it."""
    made, carried = m.create_queue(), m.create_queue(3)
    interpreter = beside(m, made)
    carried.put("spam")
    made.put(carried)
    made.put([carried, {"eggs": carried}])
    code = "one = q.get(timeout=0)\n[two, three] = q.get(timeout=0)\nthree = three['eggs']"
    expression = "[one == two == three, one.id, one.maxsize, one.get(timeout=0)]"
    equal(value(interpreter.exec, expression, code), [True, carried.id, 3, "spam"])
    equal(carried.qsize(), 0)


@covers("Sharing.queue", "Sharing.same")
def a_queue_that_is_bound_in_main_is_the_same(m):
    """prepare_main() binds a queue that equals the one it is given."""
    made, interpreter = m.create_queue(), m.create()
    interpreter.prepare_main(given=made)
    interpreter.exec("given.put(1)")
    equal([made.qsize(), made.get(timeout=0)], [1, 1])
    equal(value(interpreter.exec, "given == m.Queue(%d)" % made.id, importing()), True)


# --- how long a queue exists ---------------------------------------------------------------------


@covers("Queue.exists")
def a_queue_exists_while_an_object_stands_for_it(m):
    """With its items, when the object that create_queue() returned is gone and another is not."""
    made = m.create_queue()
    made.put(1)
    other = m.Queue(made.id)
    del made
    gc.collect()
    equal([exists(m, other.id), other.get(timeout=0)], [True, 1])


@covers("Queue.exists", "Queue.not-found")
def a_queue_is_gone_with_its_last_object(m):
    """Its ID raises QueueNotFoundError then, whether or not there were items in it."""
    for items in ([], [1, "spam", [None]]):
        made = m.create_queue()
        for each in items:
            made.put(each)
        id, other = made.id, m.Queue(made.id)
        del made
        other = None  # noqa: F841  (the last object)
        equal(exists(m, id), False)


@covers("Queue.exists")
def an_object_in_another_interpreter_keeps_a_queue(m):
    """The queue exists for as long as that object, with its items."""
    made = m.create_queue()
    made.put(1)
    interpreter, id = beside(m, made), made.id
    del made
    gc.collect()
    equal(value(interpreter.exec, "[q.qsize(), q.get(timeout=0)]"), [1, 1])
    equal(exists(m, id), True)
    interpreter.exec("import gc\ndel q\ngc.collect()")
    equal(exists(m, id), False)


@covers("Queue.exists")
def an_object_in_a_destroyed_interpreter_keeps_no_queue(m):
    """A queue whose last object was in an interpreter that has been destroyed is gone."""
    made = m.create_queue()
    one, two, id = beside(m, made), beside(m, made), made.id
    one.exec("import sys\nsys.spam = [q]\nsys.spam.append(sys.spam)")
    del made
    gc.collect()
    two.close()
    equal(exists(m, id), True)
    one.close()
    equal(exists(m, id), False)


@covers("Queue.exists")
def a_destroyed_interpreter_takes_no_queue_along(m):
    """A queue that an interpreter has created exists after it, while an object stands for it."""
    interpreter = m.create()
    id = value(interpreter.exec, "q.id", importing() + "q = m.create_queue()")
    made = m.Queue(id)
    interpreter.close()
    made.put(1)
    equal([exists(m, id), made.get(timeout=0)], [True, 1])


@covers("Queue.exists-in-queue")
def an_item_keeps_a_queue(m):
    """A queue exists while it is an item of another, alone or within an item, with its own items."""
    outer = m.create_queue()
    for wrap in (lambda made: made, lambda made: (1, [made])):
        made = m.create_queue()
        made.put("spam")
        id = made.id
        outer.put(wrap(made))
        del made
        equal(exists(m, id), True)
        got = outer.get(timeout=0)
        got = got[1][0] if isinstance(got, tuple) else got
        equal([got.id, got.get(timeout=0)], [id, "spam"])
        del got
        equal(exists(m, id), False)


@covers("Queue.exists-in-queue")
def an_item_keeps_a_queue_whose_interpreter_is_gone(m):
    """So does an item that was put by an interpreter that has been destroyed."""
    outer = m.create_queue()
    leave(m, outer, "m.create_queue(3)")
    if outer.qsize():
        got = outer.get(timeout=0)
        equal([type(got), got.maxsize, exists(m, got.id)], [m.Queue, 3, True])
    else:
        raise AssertionError("the item is gone")


@covers("Queue.exists-in-queue")
def an_item_of_a_queue_that_is_gone_keeps_none(m):
    """When a queue is gone with its items, so is a queue that was one of them."""
    outer, inner = m.create_queue(), m.create_queue()
    outer.put(inner)
    ids = [outer.id, inner.id]
    del outer, inner
    equal([exists(m, id) for id in ids], [False, False])


@covers("Queue.exists-in-queue")
def queues_may_be_items_of_queues_at_any_depth(m):
    """A chain of twenty thousand queues, each an item of the next, exists and is gone at once."""
    made = first = m.create_queue()
    for _ in range(20000):
        outer = m.create_queue()
        outer.put(made)
        made = outer
    id = first.id
    del first, outer
    equal(exists(m, id), True)
    del made
    equal(exists(m, id), False)


# --- attributes ----------------------------------------------------------------------------------


@covers("Queue.id.int")
def the_id_of_a_queue_is_an_int(m):
    """Just an int, the same for each object of the queue, and in each interpreter."""
    made = m.create_queue()
    equal([type(made.id), m.Queue(made.id).id], [int, made.id])
    code = importing() + "q = m.create_queue()\nids = [q.id, m.Queue(q.id).id]"
    interpreter = m.create()
    one, two = value(interpreter.exec, "ids", code)
    equal([type(one), one == two, one != made.id], [int, True, True])


@covers("Queue.id.read-only")
def the_id_of_a_queue_cannot_be_set(m):
    """Setting or deleting the attribute is an AttributeError; it stays what it was."""
    stays(m.create_queue(), "id")


@covers("Queue.maxsize.most")
def maxsize_is_what_create_queue_was_told(m):
    """For each object of the queue, and in another interpreter."""
    made = m.create_queue(3)
    interpreter = beside(m, made)
    equal([made.maxsize, m.Queue(made.id).maxsize], [3, 3])
    equal(value(interpreter.exec, "q.maxsize"), 3)


@covers("Queue.maxsize.no-limit")
def maxsize_is_zero_without_a_limit(m):
    """By default, with 0 and with a negative number."""
    for arguments in ((), (0,), (-1,), (-sys.maxsize,)):
        equal(m.create_queue(*arguments).maxsize, 0)


@covers("Queue.maxsize.read-only")
def maxsize_cannot_be_set(m):
    """Setting or deleting the attribute is an AttributeError; it stays what it was."""
    stays(m.create_queue(3), "maxsize")


@covers("Queue.unbounditems.told")
def unbounditems_is_what_create_queue_was_told(m):
    """Each constant, as itself, for each object of the queue, and in another interpreter."""
    for name in ("UNBOUND", "UNBOUND_ERROR", "UNBOUND_REMOVE"):
        made = m.create_queue(unbounditems=getattr(m, name))
        assert made.unbounditems is getattr(m, name), "it is not %s" % name
        assert m.Queue(made.id).unbounditems is getattr(m, name), "it is not %s" % name
        there = importing() + (
            "try: told = q.unbounditems is m.%s\n"
            "except Exception as error: told = type(error).__name__" % name
        )
        equal(value(beside(m, made).exec, "told", there), True)


@covers("Queue.unbounditems.none")
def unbounditems_is_none_if_create_queue_was_told_nothing(m):
    """By default, whatever the size."""
    equal([m.create_queue().unbounditems, m.create_queue(3).unbounditems], [None, None])


@covers("Queue.unbounditems.read-only")
def unbounditems_cannot_be_set(m):
    """Setting or deleting the attribute is an AttributeError; it stays what it was."""
    stays(m.create_queue(unbounditems=m.UNBOUND_ERROR), "unbounditems")


# --- putting -------------------------------------------------------------------------------------


@covers("Queue.put.shared", "Sharing.anew")
def put_describes_the_item_at_once(m):
    """What happens to the object after put() does not happen to the item; each get() makes one."""
    made, item = m.create_queue(), [1]
    made.put(item)
    item.append(2)
    made.put(item)
    one, two = made.get(timeout=0), made.get(timeout=0)
    equal([one, two], [[1], [1, 2]])
    assert one is not item and two is not item


@covers("Queue.put.puts")
def none_is_an_item_like_any(m):
    """None can be put, counts, and is got."""
    made = m.create_queue(1)
    made.put(None)
    equal([made.qsize(), made.full(), made.get(timeout=0)], [1, True, None])
    equal(made.qsize(), 0)


@covers("Queue.put.shared")
def an_item_may_be_huge(m):
    """Thirty-two MiB of bytes arrive as they were, from another interpreter too."""
    made = m.create_queue()
    interpreter = beside(m, made)
    item = bytes(range(251)) * (2**25 // 251)
    made.put(item)
    interpreter.exec("item = q.get(timeout=0)\nq.put(item)")
    got = made.get(timeout=0)
    assert type(got) is bytes and got == item, "got something else"


@covers("Queue.put.shared", "Sharing.not-shareable", "Sharing.nothing-sent")
def put_puts_nothing_that_is_not_shareable(m):
    """NotShareableError is raised, and the queue is as it was."""
    made = m.create_queue()
    made.put(1)
    for put in (made.put, made.put_nowait):
        for wrong in ((each for each in ()), [1, {2: threading.Lock()}]):
            with raises(m, "NotShareableError", type(wrong).__name__):
                put(wrong)
    equal([made.qsize(), made.get(timeout=0), made.qsize()], [1, 1, 0])


@covers("Queue.put.none")
def put_returns_none(m):
    """None is returned, whatever is put."""
    made = m.create_queue()
    equal([made.put(1), made.put(None), made.put("spam", False)], [None, None, None])


@covers("Queue.put.puts")
def the_parameters_of_put_have_names(m):
    """obj, block, timeout and unbounditems; all but the last by position; obj is needed."""
    made = m.create_queue()
    made.put(obj=1, block=True, timeout=None, unbounditems=None)
    made.put(2, True, 1.5, unbounditems=m.UNBOUND)
    made.put_nowait(obj=3, unbounditems=None)
    equal(drained(made), [1, 2, 3])
    for arguments in ((), (1, True, None, m.UNBOUND)):
        with raises(m, "TypeError", "%d arguments" % len(arguments)):
            made.put(*arguments)
    equal(made.qsize(), 0)


@covers("Queue.put.stays")
def items_outlive_their_interpreter(m):
    """By default what an interpreter has put is got when that is destroyed, whatever it is."""
    made = m.create_queue()
    leave(m, made, "1", "2**100", "b'spam' * 100000", "('eggs', (None,))", "[{1: 'ham'}, set()]")
    expected = [1, 2**100, b"spam" * 100000, ("eggs", (None,)), [{1: "ham"}, set()]]
    equal(made.qsize(), 5)
    for each in expected:
        equal(made.get(timeout=0), each)


@covers("Queue.put.stays")
def items_outlive_both_interpreters(m):
    """What one interpreter has put another gets, when the first and the queue's creator are gone."""
    creator = m.create()
    id = value(creator.exec, "q.id", importing() + "q = m.create_queue()")
    made = m.Queue(id)
    leave(m, made, "[1, 'spam']")
    creator.close()
    interpreter = beside(m, made)
    equal(value(interpreter.exec, "q.get(timeout=0) == [1, 'spam']"), True)


@covers("Queue.put.unbound")
def unbound_replaces_an_item(m):
    """UNBOUND is got in place of the item; it counts as before."""
    made = m.create_queue(2)
    leave(m, made, "1, unbounditems=m.UNBOUND", "2")
    equal([made.qsize(), made.full()], [2, True])
    got = made.get(timeout=0)
    assert got is m.UNBOUND, "got %r" % (got,)
    equal([made.qsize(), made.full()], [1, False])


@covers("Queue.put.unbound")
def unbound_is_got_in_any_interpreter(m):
    """In another interpreter the item is that one's UNBOUND."""
    made = m.create_queue()
    interpreter = beside(m, made)
    leave(m, made, "1, unbounditems=m.UNBOUND")
    equal(value(interpreter.exec, "q.get(timeout=0) is m.UNBOUND"), True)


@covers("Queue.put.unbound-error")
def unbound_error_makes_an_item_an_error(m):
    """get() raises ItemInterpreterDestroyed once, and goes on with the next item."""
    made = m.create_queue()
    leave(m, made, "1, unbounditems=m.UNBOUND_ERROR", "2, unbounditems=m.UNBOUND_ERROR")
    made.put(3)
    equal(made.qsize(), 3)
    for get in (made.get, made.get_nowait):
        with raises(m, "ItemInterpreterDestroyed"):
            get()
    equal([made.qsize(), made.get(timeout=0)], [1, 3])


@covers("Queue.put.unbound-remove")
def unbound_remove_removes_an_item(m):
    """It is gone when its interpreter is, and leaves room; what others have put stays."""
    made = m.create_queue(3)
    made.put(1)
    interpreter = beside(m, made)
    interpreter.exec("q.put(2, unbounditems=m.UNBOUND_REMOVE)")
    made.put(3)
    equal([made.qsize(), made.full()], [3, True])
    interpreter.close()
    equal([made.qsize(), made.full()], [2, False])
    made.put_nowait(4)
    equal(drained(made), [1, 3, 4])


@covers("Queue.put.unbound-remove")
def a_queue_from_which_all_is_removed_is_empty(m):
    """get_nowait() raises QueueEmpty then, and what is put next is got next."""
    made = m.create_queue()
    leave(m, made, *["%d, unbounditems=m.UNBOUND_REMOVE" % number for number in range(100)])
    with raises(m, "QueueEmpty"):
        made.get_nowait()
    equal([made.qsize(), made.empty()], [0, True])
    made.put(1)
    equal(drained(made), [1])


@covers("Queue.put.unbound", "Queue.put.unbound-error", "Queue.put.unbound-remove")
def put_overrides_what_the_queue_was_told(m):
    """Each of the constants for one item prevails over any other for the queue."""
    names = ("UNBOUND", "UNBOUND_ERROR", "UNBOUND_REMOVE")
    for default in names:
        made = m.create_queue(unbounditems=getattr(m, default))
        leave(m, made, *["1, unbounditems=m.%s" % name for name in names])
        equal(made.qsize(), 2)
        assert made.get(timeout=0) is m.UNBOUND
        with raises(m, "ItemInterpreterDestroyed", default):
            made.get(timeout=0)


@covers("Queue.put.unbound", "Queue.put.unbound-error", "Queue.put.unbound-remove")
def items_are_what_they_are_while_the_interpreter_exists(m):
    """Whatever unbounditems says, an item that is got before is just that."""
    made = m.create_queue()
    interpreter = beside(m, made)
    for name in ("UNBOUND", "UNBOUND_ERROR", "UNBOUND_REMOVE"):
        interpreter.exec("q.put('spam', unbounditems=m.%s)" % name)
    equal(drained(made), ["spam"] * 3)
    interpreter.close()
    equal(made.qsize(), 0)


@covers("Queue.put.unbound", "Queue.put.unbound-error", "Queue.put.unbound-remove")
def only_the_interpreter_that_put_an_item_counts(m):
    """An item that an interpreter got and put again is its own, and no longer another's."""
    for name in ("UNBOUND", "UNBOUND_ERROR", "UNBOUND_REMOVE"):
        made = m.create_queue()
        one, two = beside(m, made), beside(m, made)
        one.exec("q.put(1, unbounditems=m.%s)" % name)
        two.exec("q.put(q.get(timeout=0), unbounditems=m.%s)" % name)
        one.close()
        equal(drained(made), [1])


@covers("Queue.put.unbound-remove", "Queue.order")
def removal_keeps_the_order_of_the_rest(m):
    """Every third of 300 items is removed, and the others are got in their order."""
    made = m.create_queue()
    one, two = beside(m, made), beside(m, made)
    for number in range(0, 300, 3):
        made.put(number)
        one.exec("q.put(%d, unbounditems=m.UNBOUND_REMOVE)" % (number + 1))
        two.exec("q.put(%d)" % (number + 2))
    one.close()
    equal(drained(made), [number for number in range(300) if number % 3 != 1])


@covers("Queue.put.value")
def put_takes_no_other_unbounditems(m):
    """A number, a str, an object and a list raise ValueError, and nothing is put."""
    made = m.create_queue()
    for wrong in (0, 1, True, "UNBOUND", object(), []):
        for put in (made.put, made.put_nowait):
            with raises(m, "ValueError", repr(wrong)):
                put(1, unbounditems=wrong)
    equal(made.qsize(), 0)


# --- the other methods ---------------------------------------------------------------------------


@covers("Queue.get.item")
def get_removes_the_item_that_it_returns(m):
    """Each is got once, the oldest first."""
    made = m.create_queue()
    for each in (1, "spam", None, [2]):
        made.put(each)
    equal(
        [made.get(), made.get(True), made.get(block=True), made.get(timeout=None)],
        [1, "spam", None, [2]],
    )
    equal(made.qsize(), 0)


@covers("Queue.get.item")
def the_parameters_of_get_have_names(m):
    """block and timeout, both by position too; a third argument is a TypeError."""
    made = m.create_queue()
    for number in range(3):
        made.put(number)
    equal([made.get(block=True, timeout=None), made.get(False, None)], [0, 1])
    with raises(m, "TypeError"):
        made.get(True, None, None)
    equal(made.qsize(), 1)


@covers("Sharing.raised-on-arrival")
def an_item_that_cannot_be_made_is_got_once(m):
    """What is raised while it is made anew is raised by get(), and the next item is next."""
    made = m.create_queue()
    interpreter = m.create()
    interpreter.exec(binding(m, made) + FAILING)
    error = caught(made.get, True, 0)
    equal([type(error), made.qsize(), made.get(timeout=0)], [ZeroDivisionError, 1, 1])


# Puts an item that raises ZeroDivisionError wherever it is made anew, and then another.
FAILING = """
import operator
class Failing:
    def __reduce__(self):
        return operator.truediv, (1, 0)
q.put(Failing())
q.put(1)
"""


@covers("Queue.put_nowait.same")
def put_nowait_is_put_without_waiting(m):
    """It puts the item and returns None, or raises QueueFull at once."""
    made = m.create_queue(1)
    equal([made.put_nowait("spam"), made.qsize()], [None, 1])
    with raises(m, "QueueFull"):
        made.put_nowait("eggs")
    equal(drained(made), ["spam"])


@covers("Queue.put_nowait.same")
def put_nowait_takes_unbounditems(m):
    """As put() does, and by name only."""
    made = m.create_queue()
    interpreter = beside(m, made)
    for name in ("UNBOUND", "UNBOUND_ERROR", "UNBOUND_REMOVE"):
        interpreter.exec("q.put_nowait(1, unbounditems=m.%s)" % name)
    interpreter.close()
    equal([made.qsize(), made.get(timeout=0) is m.UNBOUND], [2, True])
    with raises(m, "ItemInterpreterDestroyed"):
        made.get(timeout=0)
    with raises(m, "TypeError"):
        made.put_nowait(1, None)


@covers("Queue.get_nowait.same")
def get_nowait_is_get_without_waiting(m):
    """It removes an item and returns it, or raises QueueEmpty at once; it takes no argument."""
    made = m.create_queue()
    made.put("spam")
    equal([made.get_nowait(), made.qsize()], ["spam", 0])
    with raises(m, "QueueEmpty"):
        made.get_nowait()
    with raises(m, "TypeError"):
        made.get_nowait(False)


@covers("Queue.qsize.number")
def qsize_counts_the_items(m):
    """One more after each put(), one less after each get(), in any interpreter."""
    made = m.create_queue()
    interpreter = beside(m, made)
    seen = [made.qsize()]
    for code in ("q.put(None)", "q.put([1, 2, 3])", "q.get()", "q.get()"):
        interpreter.exec(code)
        seen.append(made.qsize())
        equal(value(interpreter.exec, "q.qsize()"), seen[-1])
    equal(seen, [0, 1, 2, 1, 0])


@covers("Queue.empty.true", "Queue.empty.false")
def empty_tells_that_there_are_no_items(m):
    """True before the first and after the last, else False."""
    made = m.create_queue(5)
    seen = [made.empty()]
    for call in (lambda: made.put(None), lambda: made.put(0), made.get, made.get):
        call()
        seen.append(made.empty())
    equal(seen, [True, False, False, False, True])


@covers("Queue.full.true", "Queue.full.false")
def full_tells_that_there_are_maxsize_items(m):
    """True when there is no room, else False."""
    made = m.create_queue(2)
    seen = [made.full()]
    for call in (lambda: made.put(None), lambda: made.put(0), made.get, made.get):
        call()
        seen.append(made.full())
    equal(seen, [False, False, True, False, False])


@covers("Queue.full.false")
def a_queue_without_a_limit_is_never_full(m):
    """False, with no items and with a hundred."""
    for arguments in ((), (0,), (-1,)):
        made = m.create_queue(*arguments)
        equal(made.full(), False)
        for number in range(100):
            made.put(number)
            equal(made.full(), False)


# --- constants -----------------------------------------------------------------------------------


@covers("Constants.themselves")
def constants_come_back_as_themselves(m):
    """Each of the three can be put, and is got as the very object."""
    made = m.create_queue()
    for name in ("UNBOUND", "UNBOUND_ERROR", "UNBOUND_REMOVE"):
        made.put(getattr(m, name))
        assert made.get(timeout=0) is getattr(m, name), "%s is another" % name


@covers("Constants.themselves")
def constants_arrive_as_those_of_the_other_interpreter(m):
    """Sent to another interpreter, alone or in a list, each is the one that the module has there."""
    made = m.create_queue()
    interpreter = beside(m, made)
    for name in ("UNBOUND", "UNBOUND_ERROR", "UNBOUND_REMOVE"):
        made.put(getattr(m, name))
        made.put([getattr(m, name)])
        expression = "[q.get(timeout=0) is m.%s, q.get(timeout=0)[0] is m.%s]" % (name, name)
        equal(value(interpreter.exec, expression), [True, True])


@covers("Constants.themselves", "Queue.put.stays")
def unbound_that_was_put_is_an_item(m):
    """UNBOUND that was put, here or by an interpreter that has been destroyed, is got as an item."""
    made = m.create_queue()
    made.put(m.UNBOUND)
    leave(m, made, "m.UNBOUND")
    assert [each is m.UNBOUND for each in drained(made)] == [True, True]


@covers("UNBOUND.replaced", "UNBOUND_ERROR.error", "UNBOUND_REMOVE.removed")
def constants_say_what_becomes_of_an_item(m):
    """The three are different objects: one is got, one makes get() an error, one is removed."""
    made = m.create_queue()
    for name in ("UNBOUND_REMOVE", "UNBOUND", "UNBOUND_ERROR"):
        leave(m, made, "1, unbounditems=m.%s" % name)
    equal([made.qsize(), made.get(timeout=0) is m.UNBOUND], [2, True])
    with raises(m, "ItemInterpreterDestroyed"):
        made.get(timeout=0)
    equal(made.qsize(), 0)
