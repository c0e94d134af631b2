"""Mutants of what an ID is, and of what is accepted where a function takes one."""

import operator
import threading

from mutants.mutant import replaces, violates


def each_taker(m, judge):
    """Put before every function that takes an ID: ``judge(id)``, which returns an ID or raises."""

    def put_before(name):
        @replaces(m, name)
        def mutated(function, id, *args, **kwargs):
            return function(judge(id), *args, **kwargs)

    for name in ("is_running", "run_string", "run_string_unrestricted", "destroy"):
        put_before(name)


def each_lookup(m, fails):
    """Put something else in the place of the error for an unknown ID: ``fails(id, error)``."""

    def put_around(name):
        @replaces(m, name)
        def mutated(function, id, *args, **kwargs):
            try:
                return function(id, *args, **kwargs)
            except m.InterpreterNotFoundError as error:
                return fails(id, error)

    for name in ("is_running", "run_string", "run_string_unrestricted", "destroy"):
        put_around(name)


@violates("Identifiers.int")
def has_a_class_of_its_own(m):
    """The ID of a new interpreter is an instance of a subclass of int."""

    class InterpreterID(int):
        pass

    @replaces(m, "create")
    def mutated(create, **options):
        return InterpreterID(create(**options))


@violates("Identifiers.int")
def lists_instances_of_its_own(m):
    """The IDs that are listed are instances of a subclass of int."""

    class InterpreterID(int):
        pass

    @replaces(m, "enumerate")
    def mutated(enumerate):
        return [InterpreterID(id) for id in enumerate()]


@violates("Identifiers.main")
def counts_from_one(m):
    """The IDs begin with 1."""

    @replaces(m, "get_main")
    def mutated(get_main):
        return get_main() + 1


@violates("Identifiers.ascending")
def comes_in_pairs(m):
    """Interpreters are created two at a time, and the newer one is handed out first."""
    store = []

    @replaces(m, "create")
    def mutated(create, **options):
        if not store:
            store.extend([create(**options), create(**options)])
        return store.pop()


@violates("Identifiers.never-reused")
def reuses_ids(m):
    """The ID of a destroyed interpreter is given to the next."""
    free = []

    @replaces(m, "create")
    def mutated(create, **options):
        return free.pop() if free else create(**options)

    @replaces(m, "destroy")
    def mutated_too(destroy, id):
        free.append(id)


@violates("Identifiers.never-reused")
def each_thread_counts_for_itself(m):
    """The first ID that a thread gets is also the first that another gets, and so on."""
    ids, of_thread = [], threading.local()

    @replaces(m, "create")
    def mutated(create, **options):
        count = getattr(of_thread, "count", 0)
        of_thread.count = count + 1
        if count >= len(ids):
            ids.append(create(**options))
        return ids[count]


@violates("Identifiers.index")
def takes_ints_only(m):
    """Only an int is accepted."""

    def judge(id):
        if not isinstance(id, int):
            raise TypeError("an ID must be an int, not %s" % type(id).__name__)
        return id

    each_taker(m, judge)


@violates("Identifiers.index")
def takes_no_instances_of_subclasses(m):
    """An instance of a subclass of int is not accepted."""

    def judge(id):
        if isinstance(id, int) and type(id) is not int:
            raise TypeError("an ID must be an int, not %s" % type(id).__name__)
        return id

    each_taker(m, judge)


@violates("Identifiers.index-raises")
def replaces_what_index_raises(m):
    """Whatever __index__() raises, a TypeError is raised."""

    def judge(id):
        try:
            return operator.index(id)
        except Exception as error:
            raise TypeError("an ID must be an int") from error

    each_taker(m, judge)


@violates("Identifiers.type")
def converts_with_int(m):
    """Whatever int() can convert is accepted."""
    each_taker(m, int)


@violates("Identifiers.type")
def raises_a_value_error(m):
    """What is not an integer raises ValueError."""

    def judge(id):
        try:
            return operator.index(id)
        except TypeError as error:
            raise ValueError(str(error)) from None

    each_taker(m, judge)


@violates("Identifiers.destroyed")
def destroyed_ones_are_merely_unfit(m):
    """An ID that has been given raises InterpreterError for ever."""
    given = []

    @replaces(m, "create")
    def mutated(create, **options):
        given.append(create(**options))
        return given[-1]

    def fails(id, error):
        raise m.InterpreterError("destroyed") if id in given else error

    each_lookup(m, fails)


@violates("Identifiers.never-given")
def unknown_ones_are_merely_unfit(m):
    """An ID that no interpreter has had raises InterpreterError."""

    def fails(id, error):
        raise m.InterpreterError("unknown") if id >= 0 else error

    each_lookup(m, fails)


@violates("Identifiers.never-given")
def unknown_ones_are_idle(m):
    """What does not exist is not running."""

    @replaces(m, "is_running")
    def mutated(is_running, id):
        try:
            return is_running(id)
        except m.InterpreterNotFoundError:
            return False


@violates("Identifiers.negative")
def negative_ones_are_a_value_error(m):
    """A negative ID raises ValueError."""

    def judge(id):
        if operator.index(id) < 0:
            raise ValueError("an ID must not be negative")
        return id

    each_taker(m, judge)


@violates("Identifiers.too-large")
def large_ones_are_an_overflow_error(m):
    """An ID that is not a C long raises OverflowError."""

    def judge(id):
        if not -(2**63) <= operator.index(id) < 2**63:
            raise OverflowError("Python int too large to convert to C long")
        return id

    each_taker(m, judge)


@violates("Identifiers.too-large")
def large_ones_are_cut_off(m):
    """Of an ID the lowest 31 bits count."""

    def judge(id):
        id = operator.index(id)
        return id if id < 0 else id & (2**31 - 1)

    each_taker(m, judge)


@violates("Identifiers.never-given")
def knows_one_more_than_there_are(m):
    """The ID that comes next is taken for that of an idle interpreter."""

    @replaces(m, "is_running")
    def mutated(is_running, id):
        following = max(m.enumerate()) + 1
        return False if operator.index(id) == following else is_running(id)


@violates("Identifiers.too-large")
def keeps_sixteen_bits(m):
    """Of an ID only the lower sixteen bits are looked at."""

    @replaces(m, "is_running")
    def mutated(is_running, id):
        number = operator.index(id)
        return is_running(number % 2**16 if number > 0 else number)
