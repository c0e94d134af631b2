"""Mutants of create_queue() and of the class Queue, but for what waits.

The class is that of the extension module, whose methods are replaced in place; there is no other in
this process.
"""

import sys
import threading

from mutants.mutant import lets_be_set, replaces, violates


def in_main(m):
    """Whether this is the main interpreter."""
    return m.get_current() == m.get_main()


def replaces_put(m):
    """Have the function below called for put() and put_nowait().

    It is given what puts an object as was asked for, the queue, the object and *unbounditems*.
    """

    def register(function):
        @replaces(m.Queue, "put")
        def put(original, self, obj, block=True, timeout=None, *, unbounditems=None):
            def go_on(obj, unbound=unbounditems):
                return original(self, obj, block, timeout, unbounditems=unbound)

            return function(go_on, self, obj, unbounditems)

        @replaces(m.Queue, "put_nowait")
        def put_nowait(original, self, obj, *, unbounditems=None):
            def go_on(obj, unbound=unbounditems):
                return original(self, obj, unbounditems=unbound)

            return function(go_on, self, obj, unbounditems)

        return function

    return register


def replaces_get(m):
    """Have the function below called for get() and get_nowait().

    It is given what gets an item as was asked for, and the queue.
    """

    def register(function):
        @replaces(m.Queue, "get")
        def get(original, self, block=True, timeout=None):
            return function(lambda: original(self, block, timeout), self)

        @replaces(m.Queue, "get_nowait")
        def get_nowait(original, self):
            return function(lambda: original(self), self)

        return function

    return register


def replaces_methods(m):
    """Have the function below called before each method of a queue."""

    def register(function):
        for name in ("put", "put_nowait", "get", "get_nowait", "qsize", "empty", "full"):

            @replaces(m.Queue, name)
            def mutated(original, *args, **kwargs):
                function()
                return original(*args, **kwargs)

        return function

    return register


def replaces_attribute(m, name):
    """Have the function below called for an attribute, with its value and the object."""
    original = vars(m.Queue)[name]

    def register(function):
        setattr(m.Queue, name, property(lambda self: function(original.__get__(self), self)))
        return function

    return register


def created(m):
    """Return a list of the queues that create_queue() returns, which keeps them."""
    queues = []

    @replaces(m, "create_queue")
    def create_queue(original, *args, **kwargs):
        queues.append(original(*args, **kwargs))
        return queues[-1]

    return queues


def at_ends(m):
    """Have the function below called whenever an interpreter has been destroyed."""

    def register(function):
        @replaces(m.Interpreter, "close")
        def close(original, self):
            original(self)
            function()

        return function

    return register


def drain(m, queue):
    """Take all that is in a queue; return how many items that were."""
    count = queue.qsize()
    for _ in range(count):
        try:
            queue.get_nowait()
        except m.ItemInterpreterDestroyed:
            pass
    return count


# --- create_queue --------------------------------------------------------------------------------


@violates("create_queue.new")
def returns_the_last_one(m):
    """The queue that was created last is returned again if it has the same maxsize."""
    last = []

    @replaces(m, "create_queue")
    def mutated(create_queue, maxsize=0, **options):
        if not last or last[0].maxsize != maxsize:
            last[:] = [create_queue(maxsize, **options)]
        return last[0]


@violates("create_queue.new")
def creates_in_main_only(m):
    """Only the main interpreter creates queues."""

    @replaces(m, "create_queue")
    def mutated(create_queue, *args, **kwargs):
        if not in_main(m):
            raise m.QueueError("queues are made in the main interpreter")
        return create_queue(*args, **kwargs)


@violates("create_queue.new")
def returns_the_id(m):
    """What is returned is the ID of the queue."""

    @replaces(m, "create_queue")
    def mutated(create_queue, *args, **kwargs):
        return create_queue(*args, **kwargs).id


@violates("create_queue.new")
def has_few_ids(m):
    """There are a thousand IDs, and after those the first is given again."""

    @replaces_attribute(m, "id")
    def id(number, self):
        return number % 1000


@violates("create_queue.maxsize")
def forgets_maxsize(m):
    """No queue has a limit."""

    @replaces(m, "create_queue")
    def mutated(create_queue, maxsize=0, **options):
        return create_queue(0, **options)


@violates("create_queue.maxsize")
def has_room_for_one_more(m):
    """One item more than maxsize can be put."""

    @replaces(m, "create_queue")
    def mutated(create_queue, maxsize=0, **options):
        return create_queue(maxsize + 1 if maxsize > 0 else 0, **options)


@violates("create_queue.maxsize", "Queue.maxsize.most")
def counts_in_16_bits(m):
    """Of maxsize the lowest 16 bits count."""

    @replaces(m, "create_queue")
    def mutated(create_queue, maxsize=0, **options):
        return create_queue(maxsize & 0xFFFF if maxsize > 0 else 0, **options)


@violates("create_queue.maxsize")
def makes_room_elsewhere(m):
    """Another interpreter than the main one throws an item out if there is no room."""

    @replaces(m.Queue, "put_nowait")
    def mutated(put_nowait, self, obj, **options):
        if not in_main(m) and self.full():
            self.get()
        return put_nowait(self, obj, **options)


@violates("create_queue.no-limit")
def refuses_a_negative_maxsize(m):
    """A negative maxsize is a ValueError."""

    @replaces(m, "create_queue")
    def mutated(create_queue, maxsize=0, **options):
        if maxsize < 0:
            raise ValueError("maxsize must not be negative")
        return create_queue(maxsize, **options)


@violates("create_queue.no-limit")
def has_a_limit_at_all_times(m):
    """Without a maxsize a queue has room for 65536 items."""

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        if self.qsize() >= 65536:
            raise m.QueueFull("there are 65536 items")
        return go_on(obj)


@violates("create_queue.unbounditems", "Queue.put.default")
def forgets_unbounditems(m):
    """What becomes of items that put() was told nothing of, is always the same."""

    @replaces(m, "create_queue")
    def mutated(create_queue, maxsize=0, *, unbounditems=None):
        return create_queue(maxsize)


@violates("create_queue.unbounditems", "Queue.put.value")
def takes_any_unbounditems_for_a_queue(m):
    """What is none of the constants is None for a queue."""

    @replaces(m, "create_queue")
    def mutated(create_queue, maxsize=0, *, unbounditems=None):
        return create_queue(maxsize, unbounditems=known(m, unbounditems))


def known(m, unbounditems):
    """Return *unbounditems* if it is one of the constants, else None."""
    constants = (m.UNBOUND, m.UNBOUND_ERROR, m.UNBOUND_REMOVE)
    return unbounditems if any(unbounditems is each for each in constants) else None


@violates("create_queue.unbounditems", "Queue.put.default", "Queue.put.stays")
def replaces_by_default(m):
    """A queue that was told nothing replaces items by UNBOUND."""

    @replaces(m, "create_queue")
    def mutated(create_queue, maxsize=0, *, unbounditems=None):
        unbound = m.UNBOUND if unbounditems is None else unbounditems
        return create_queue(maxsize, unbounditems=unbound)


# --- the class -----------------------------------------------------------------------------------


@violates("Queue.identifies")
def makes_another_queue(m):
    """Queue() makes a new queue, whatever ID it is given."""

    @replaces(m, "Queue")
    def mutated(Queue, id):
        Queue(id)
        return m.create_queue()


@violates("Queue.identifies")
def calls_the_id_queue(m):
    """The parameter of Queue() has another name."""

    @replaces(m, "Queue")
    def mutated(Queue, queue):
        return Queue(queue)


@violates("Queue.identifies")
def takes_what_can_be_converted(m):
    """Whatever int() can convert is an ID."""

    @replaces(m, "Queue")
    def mutated(Queue, id):
        return Queue(int(getattr(id, "id", id)))


@violates("Queue.identifies")
def takes_an_int_and_nothing_like_it(m):
    """An instance of a subclass of int is no ID."""

    @replaces(m, "Queue")
    def mutated(Queue, id):
        if type(id) is not int:
            raise TypeError("an ID is an int")
        return Queue(id)


@violates("Queue.not-found")
def makes_what_is_not_found(m):
    """A queue that does not exist is created."""

    @replaces(m, "Queue")
    def mutated(Queue, id):
        try:
            return Queue(id)
        except m.QueueNotFoundError:
            return m.create_queue()


@violates("Queue.not-found")
def refuses_what_can_be_no_id(m):
    """A number that is no ID, however many queues there are, is a ValueError."""

    @replaces(m, "Queue")
    def mutated(Queue, id):
        if not 0 < id < 2**63:
            raise ValueError("%d is no ID" % id)
        return Queue(id)


@violates("Queue.not-found")
def cuts_ids_to_32_bits(m):
    """Of an ID the lowest 32 bits count."""

    @replaces(m, "Queue")
    def mutated(Queue, id):
        return Queue(id & 0xFFFFFFFF)


@violates("Queue.methods")
def is_empty_in_its_own_way(m):
    """When there is no item, IndexError is raised."""

    @replaces_get(m)
    def get(go_on, self):
        try:
            return go_on()
        except m.QueueEmpty:
            raise IndexError("pop from an empty queue") from None


@violates("Queue.anywhere")
def works_in_main_only(m):
    """The methods raise QueueError in every other interpreter than the main one."""
    if not in_main(m):

        @replaces_methods(m)
        def refuse():
            raise m.QueueError("this is not the main interpreter")


@violates("Queue.any-thread")
def works_in_the_main_thread_only(m):
    """The methods raise QueueError in every other OS thread than the interpreter's main one."""

    @replaces_methods(m)
    def refuse():
        if threading.current_thread() is not threading.main_thread():
            raise m.QueueError("this is not the main thread")


@violates("Queue.equal")
def is_equal_to_itself_only(m):
    """Two objects are never equal."""
    m.Queue.__eq__ = object.__eq__


@violates("Queue.equal")
def is_equal_to_its_id(m):
    """An object equals the ID of its queue."""

    @replaces(m.Queue, "__eq__")
    def mutated(eq, self, other):
        return self.id == getattr(other, "id", other)


@violates("Queue.hash")
def has_the_hash_of_an_object(m):
    """The hash of an object is that of its address."""
    m.Queue.__hash__ = object.__hash__


# --- how long a queue exists ---------------------------------------------------------------------


@violates("Queue.exists", "Queue.exists-in-queue", "Queue.not-found")
def keeps_queues_for_ever(m):
    """A queue that was created exists until its interpreter ends."""
    created(m)


@violates("Queue.exists")
def goes_with_its_creator(m):
    """A queue is not found any more when the object that create_queue() has returned is gone."""
    kept = created(m)

    @replaces(m, "Queue")
    def mutated(Queue, id):
        for n in range(len(kept)):
            # One reference is in the list, and one is passed to the function.
            if kept[n].id == id and sys.getrefcount(kept[n]) == 2:
                raise m.QueueNotFoundError("queue %d is gone" % id)
        return Queue(id)


@violates("Queue.exists")
def goes_with_the_interpreter_of_its_creator(m):
    """Queues of other interpreters are not found any more when one of these is destroyed."""
    own, ended = set(), []

    @replaces(m, "create_queue")
    def create_queue(original, *args, **kwargs):
        queue = original(*args, **kwargs)
        own.add(queue.id)
        return queue

    @at_ends(m)
    def note():
        ended.append(True)

    @replaces(m, "Queue")
    def mutated(Queue, id):
        if ended and id not in own:
            raise m.QueueNotFoundError("queue %d is gone" % id)
        return Queue(id)


@violates("Queue.exists-in-queue")
def carries_no_more_than_ids(m):
    """A queue that is an item is an ID on its way, and does not keep the queue."""

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        return go_on(("queue", obj.id) if type(obj) is type(self) else obj)

    @replaces_get(m)
    def get(go_on, self):
        item = go_on()
        return m.Queue(item[1]) if type(item) is tuple and item[0] == "queue" else item


# --- attributes ----------------------------------------------------------------------------------


@violates("Queue.id.int")
def has_a_float_for_an_id(m):
    """The ID is a float."""

    @replaces_attribute(m, "id")
    def id(number, self):
        return float(number)

    @replaces(m, "Queue")
    def mutated(Queue, id):
        return Queue(int(id))


@violates("Queue.id.read-only")
def has_an_id_that_can_be_set(m):
    """Setting or deleting the ID changes nothing, and raises nothing."""
    lets_be_set(m.Queue, "id")


@violates("Queue.maxsize.most")
def does_not_tell_maxsize_elsewhere(m):
    """In another interpreter than the main one maxsize is always 0."""
    if not in_main(m):

        @replaces_attribute(m, "maxsize")
        def maxsize(number, self):
            return 0


@violates("Queue.maxsize.most")
def tells_what_room_there_is(m):
    """maxsize is how many items there is room for beside the next."""

    @replaces_attribute(m, "maxsize")
    def maxsize(number, self):
        return max(number - 1 - self.qsize(), 0)


@violates("Queue.maxsize.no-limit")
def has_no_maxsize_without_a_limit(m):
    """maxsize is None if there is no limit."""

    @replaces_attribute(m, "maxsize")
    def maxsize(number, self):
        return number or None


@violates("Queue.maxsize.no-limit")
def keeps_a_negative_maxsize(m):
    """maxsize is -1 if there is no limit."""

    @replaces_attribute(m, "maxsize")
    def maxsize(number, self):
        return number or -1


@violates("Queue.maxsize.read-only")
def has_a_maxsize_that_can_be_set(m):
    """Setting or deleting maxsize changes nothing, and raises nothing."""
    lets_be_set(m.Queue, "maxsize")


@violates("Queue.unbounditems.told")
def does_not_tell_unbounditems(m):
    """unbounditems is None, whatever create_queue() was told."""

    @replaces_attribute(m, "unbounditems")
    def unbounditems(told, self):
        return None


@violates("Queue.unbounditems.none")
def has_unbounditems_by_default(m):
    """unbounditems is UNBOUND if create_queue() was told nothing."""

    @replaces_attribute(m, "unbounditems")
    def unbounditems(told, self):
        return told or m.UNBOUND


@violates("Queue.unbounditems.read-only")
def has_unbounditems_that_can_be_set(m):
    """Setting or deleting unbounditems changes nothing, and raises nothing."""
    lets_be_set(m.Queue, "unbounditems")


# --- putting -------------------------------------------------------------------------------------


@violates("Queue.put.puts")
def puts_no_none(m):
    """None is nothing to be put."""

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        return None if obj is None else go_on(obj)


@violates("Queue.put.puts")
def calls_the_object_item(m):
    """The parameter of put() has another name."""

    @replaces(m.Queue, "put")
    def mutated(put, self, item, *args, **kwargs):
        return put(self, item, *args, **kwargs)


@violates("Queue.put.shared", "Sharing.anew")
def passes_the_object_itself(m):
    """Within an interpreter a list is got that is the one that was put."""
    objects = []

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        go_on(obj)
        objects.append(obj)

    @replaces_get(m)
    def get(go_on, self):
        item = go_on()
        return objects.pop(0) if objects and type(objects[0]) is type(item) is list else item


@violates("Queue.put.shared")
def refuses_what_is_huge(m):
    """What is longer than 16 MiB is not shareable."""

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        if type(obj) is bytes and len(obj) > 1 << 24:
            raise m.NotShareableError("it is too long")
        return go_on(obj)


@violates("Queue.put.shared", "Sharing.not-shareable", "Sharing.nothing-sent")
def puts_what_can_be_said_of_it(m):
    """Of an object that is not shareable the repr() is put."""

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        try:
            return go_on(obj)
        except m.NotShareableError:
            return go_on(repr(obj))


@violates("Sharing.nothing-sent")
def puts_something_all_the_same(m):
    """NotShareableError is raised, and None is put."""

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        try:
            return go_on(obj)
        except m.NotShareableError:
            go_on(None)
            raise


@violates("Queue.put.none")
def returns_the_queue(m):
    """put() returns the queue."""

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        go_on(obj)
        return self


@violates("Queue.put.unbound", "UNBOUND.replaced")
def replaces_by_none(m):
    """None is got in place of an item that is lost."""

    @replaces_get(m)
    def get(go_on, self):
        item = go_on()
        return None if item is m.UNBOUND else item


@violates("Queue.put.unbound")
def replaces_at_once(m):
    """With UNBOUND an item is replaced when it is put."""

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        return go_on(m.UNBOUND if unbounditems is m.UNBOUND else obj)


@violates("Queue.put.unbound-error", "UNBOUND_ERROR.error")
def makes_no_error(m):
    """UNBOUND is got in place of an item that is an error."""

    @replaces_get(m)
    def get(go_on, self):
        try:
            return go_on()
        except m.ItemInterpreterDestroyed:
            return m.UNBOUND


@violates("Queue.put.unbound-error")
def stays_in_error(m):
    """When one item was an error, all that follow are."""
    broken = []

    @replaces_get(m)
    def get(go_on, self):
        if broken:
            raise m.ItemInterpreterDestroyed("an interpreter has been destroyed")
        try:
            return go_on()
        except m.ItemInterpreterDestroyed:
            broken.append(self.id)
            raise


@violates("Queue.put.unbound-remove", "UNBOUND_REMOVE.removed")
def removes_nothing(m):
    """With UNBOUND_REMOVE an item is replaced by UNBOUND."""

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        return go_on(obj, m.UNBOUND if unbounditems is m.UNBOUND_REMOVE else unbounditems)


@violates("Queue.put.unbound-remove")
def removes_at_once(m):
    """With UNBOUND_REMOVE an item is not even put."""

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        return None if unbounditems is m.UNBOUND_REMOVE else go_on(obj)


@violates("Queue.put.unbound-remove", "Queue.put.stays")
def removes_all_there_is(m):
    """When an interpreter is destroyed, queues are emptied."""
    queues = created(m)

    @at_ends(m)
    def empty():
        for each in queues:
            drain(m, each)


@violates("Queue.put.unbound", "Queue.put.unbound-error")
def forgets_who_has_put_an_item(m):
    """When any interpreter is destroyed, UNBOUND replaces every item."""
    queues = created(m)

    @at_ends(m)
    def lose():
        for each in queues:
            for _ in range(drain(m, each)):
                each.put(m.UNBOUND)


@violates("Queue.put.unbound", "Queue.put.unbound-error", "Queue.put.unbound-remove")
def does_not_care(m):
    """put() passes unbounditems over: the item becomes what the queue was told."""

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        return go_on(obj, None)


@violates("Queue.put.value")
def takes_any_unbounditems(m):
    """What is none of the constants is None."""

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        return go_on(obj, known(m, unbounditems))


# --- the other methods ---------------------------------------------------------------------------


@violates("Queue.get.item")
def leaves_the_item(m):
    """An item that was got is put again."""

    @replaces_get(m)
    def get(go_on, self):
        item = go_on()
        self.put(item)
        return item


@violates("Queue.get.item")
def calls_the_timeout_seconds(m):
    """A parameter of get() has another name."""

    @replaces(m.Queue, "get")
    def mutated(get, self, block=True, seconds=None):
        return get(self, block, seconds)


@violates("Queue.get.item")
def takes_more_arguments(m):
    """get() takes arguments that it does not know."""

    @replaces(m.Queue, "get")
    def mutated(get, self, block=True, timeout=None, *rest):
        return get(self, block, timeout)


@violates("Sharing.raised-on-arrival")
def describes_what_is_raised(m):
    """Whatever is raised while an item is made anew, is NotShareableError."""

    @replaces_get(m)
    def get(go_on, self):
        try:
            return go_on()
        except m.QueueError:
            raise
        except Exception as error:
            raise m.NotShareableError(str(error)) from None


@violates("Queue.put_nowait.same")
def drops_what_has_no_room(m):
    """put_nowait() does nothing if there is no room."""

    @replaces(m.Queue, "put_nowait")
    def mutated(put_nowait, self, obj, **options):
        if not self.full():
            put_nowait(self, obj, **options)


@violates("Queue.put_nowait.same")
def does_not_care_without_waiting(m):
    """put_nowait() passes unbounditems over."""

    @replaces(m.Queue, "put_nowait")
    def mutated(put_nowait, self, obj, *, unbounditems=None):
        return put_nowait(self, obj)


@violates("Queue.get_nowait.same")
def gets_none_without_waiting(m):
    """get_nowait() returns None if there is no item."""

    @replaces(m.Queue, "get_nowait")
    def mutated(get_nowait, self):
        return None if self.empty() else get_nowait(self)


@violates("Queue.get_nowait.same")
def gets_without_waiting_with_arguments(m):
    """get_nowait() takes arguments that it does not know."""

    @replaces(m.Queue, "get_nowait")
    def mutated(get_nowait, self, *rest):
        return get_nowait(self)


@violates("Queue.qsize.number")
def does_not_count_none(m):
    """qsize() counts what this interpreter has put, less what it has got."""
    count = {}

    @replaces_put(m)
    def put(go_on, self, obj, unbounditems):
        go_on(obj)
        count[self.id] = count.get(self.id, 0) + 1

    @replaces_get(m)
    def get(go_on, self):
        item = go_on()
        count[self.id] = count.get(self.id, 0) - 1
        return item

    @replaces(m.Queue, "qsize")
    def mutated(qsize, self):
        return count.get(self.id, 0)


@violates("Queue.empty.true")
def is_never_empty(m):
    """empty() is always False."""

    @replaces(m.Queue, "empty")
    def mutated(empty, self):
        return False


@violates("Queue.empty.false")
def is_empty_with_one_item(m):
    """empty() is True if there is one item at most."""

    @replaces(m.Queue, "empty")
    def mutated(empty, self):
        return self.qsize() < 2


@violates("Queue.full.true")
def is_full_with_one_more(m):
    """full() is True if there are more than maxsize items."""

    @replaces(m.Queue, "full")
    def mutated(full, self):
        return self.qsize() > self.maxsize > 0


@violates("Queue.full.false")
def is_full_with_one_less(m):
    """full() is True if there is room for one item at most."""

    @replaces(m.Queue, "full")
    def mutated(full, self):
        return 0 < self.maxsize <= self.qsize() + 1


@violates("Queue.full.false")
def is_full_with_nothing(m):
    """full() is True if there is no limit, and no item: as many as maxsize says."""

    @replaces(m.Queue, "full")
    def mutated(full, self):
        return self.qsize() == self.maxsize


# --- order, and constants ------------------------------------------------------------------------


@violates("Queue.order")
def swaps_items(m):
    """Of two items that are there, the second is got before the first."""
    firsts = {}

    @replaces(m.Queue, "get")
    def mutated(get, self, *args, **kwargs):
        if self.id in firsts:
            return firsts.pop(self.id)
        item = get(self, *args, **kwargs)
        try:
            second = get(self, False)
        except m.QueueEmpty:
            return item
        firsts[self.id] = item
        return second


@violates("Constants.themselves")
def sends_copies_of_constants(m):
    """A constant arrives as another of the same name."""
    m._Policy.__reduce__ = lambda self: (type(self), (self._name,))


@violates("Constants.themselves")
def sends_constants_home_only(m):
    """A constant arrives as itself in the main interpreter only."""
    if not in_main(m):

        @replaces_get(m)
        def get(go_on, self):
            item = go_on()
            return str(item) if isinstance(item, m._Policy) else item
