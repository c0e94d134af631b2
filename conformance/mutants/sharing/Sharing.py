"""Mutants of what sharing is."""

import array
import copy
import struct
import types

from mutants.mutant import replaces, violates
from mutants.sending import each, on_arrival, on_put, on_sent, refuses


def is_mutable(obj):
    """Whether *obj* is of a type whose objects can be changed, as far as that matters here."""
    return isinstance(obj, (list, dict, set, bytearray, array.array, types.SimpleNamespace))


# --- objects of their own ------------------------------------------------------------------------


@violates("Sharing.no-object")
def copies_arguments_back(m):
    """What a call has done to a list or dict among its arguments is done to the one here."""

    def frame(callable, args):
        return callable(*args), args

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, kwargs, seconds):
        if kwargs or not any(isinstance(each, (list, dict)) for each in args):
            return original(id, callable, args, kwargs, seconds)
        result, after = original(id, frame, (callable, args), {}, seconds)
        for here, there in zip(args, after):
            if isinstance(here, list):
                here[:] = there
        return result


@violates("Sharing.no-object")
def sends_again_before_each_run(m):
    """What a call was given is sent again, as it is then, before the interpreter runs code."""
    calls = []

    @replaces(m._sharing, "call")
    def call(original, *args):
        calls.append((original, args))
        return original(*args)

    @replaces(m._interpreters, "run_string")
    def run_string(original, id, command):
        for again, args in calls:
            again(*args)
        return original(id, command)


@violates("Sharing.no-object")
def writes_results_through(m):
    """A list that was a result is changed there when it is changed here."""

    def keeping(callable, args, kwargs):
        import builtins

        builtins.last = callable(*args, **kwargs)
        return builtins.last

    def add(obj):
        import builtins

        builtins.last.append(obj)

    @replaces(m._sharing, "call")
    def call(original, id, *call):
        class Result(list):
            def append(self, obj):
                original(id, add, (obj,), {}, None)

        result = original(id, keeping, call[:3], {}, None)
        return Result(result) if type(result) is list else result


@violates("Sharing.anew")
def returns_equal_arguments(m):
    """If the result of a call equals one of its arguments, it is that."""

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, *rest):
        result = original(id, callable, args, *rest)
        return next((each for each in args if type(each) is list and each == result), result)


@violates("Sharing.anew")
def takes_results_along(m):
    """The results of an interpreter's calls are emptied when it is destroyed."""
    results = {}

    @replaces(m._sharing, "call")
    def call(original, id, *args):
        result = original(id, *args)
        results.setdefault(id, []).append(result)
        return result

    @replaces(m.Interpreter, "destroy")
    def destroy(original, self):
        original(self)
        for result in results.get(self.id, ()):
            if isinstance(result, list):
                result.clear()


# --- type and value ------------------------------------------------------------------------------


@violates("Sharing.type")
def turns_bools_into_ints(m):
    """True arrives as 1."""
    on_sent(m, lambda obj: int(obj) if isinstance(obj, bool) else obj)


@violates("Sharing.type")
def forgets_subclasses(m):
    """An instance of a subclass of dict arrives as a dict."""
    on_sent(m, lambda obj: dict(obj) if isinstance(obj, dict) else obj)


@violates("Sharing.equal")
def has_floats_of_half_the_size(m):
    """A float arrives with the precision of 32 bits."""

    def change(obj):
        return struct.unpack("f", struct.pack("f", obj))[0] if isinstance(obj, float) else obj

    on_sent(m, change)


@violates("Sharing.equal")
def has_no_negative_zero(m):
    """A zero loses its sign."""
    on_sent(m, lambda obj: obj + 0.0 if isinstance(obj, float) else obj)


# --- what is always shareable --------------------------------------------------------------------


@violates("Sharing.plain")
def replaces_lone_surrogates(m):
    """Text is sent as UTF-8, and a lone surrogate is replaced."""

    def change(obj):
        return obj.encode("utf-8", "replace").decode() if isinstance(obj, str) else obj

    on_sent(m, change)


@violates("Sharing.plain")
def has_ints_of_64_bits(m):
    """An int of more than 64 bits is not shareable."""
    refuses(m, lambda obj: isinstance(obj, int) and obj.bit_length() > 64)


@violates("Sharing.plain")
def ends_text_at_a_null(m):
    """Text ends where it has a null character."""
    on_sent(m, lambda obj: obj.partition("\0")[0] if isinstance(obj, str) else obj)


@violates("Sharing.arrays")
def turns_bytearrays_into_bytes(m):
    """A bytearray arrives as bytes."""
    on_sent(m, lambda obj: bytes(obj) if isinstance(obj, bytearray) else obj)


@violates("Sharing.arrays")
def has_one_kind_of_arrays(m):
    """An array arrives as one of bytes."""
    on_sent(m, lambda obj: array.array("B", obj.tobytes()) if isinstance(obj, array.array) else obj)


@violates("Sharing.containers")
def turns_tuples_into_lists(m):
    """A tuple that is the result of a call arrives as a list."""
    on_arrival(m, lambda obj: list(obj) if isinstance(obj, tuple) else obj)


@violates("Sharing.containers")
def does_not_nest_frozensets(m):
    """A frozenset in a frozenset is left out."""

    def change(obj):
        if not isinstance(obj, frozenset):
            return obj
        return frozenset(item for item in obj if not isinstance(item, frozenset))

    on_sent(m, change)


def depth_of(obj):
    """Return how often *obj* is in a tuple."""
    depth = 0
    while isinstance(obj, tuple) and obj:
        obj, depth = obj[0], depth + 1
    return depth


def refuses_depth(m, most):
    """Have tuples that nest more deeply be not shareable."""

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, *rest):
        if any(depth_of(each) > most for each in args):
            raise m.NotShareableError("args nest too deeply")
        return original(id, callable, args, *rest)


@violates("Sharing.containers")
def nests_a_hundred_deep(m):
    """Tuples that nest more than a hundred deep are not shareable."""
    refuses_depth(m, 100)


@violates("Sharing.any-size")
def nests_a_thousand_deep(m):
    """Tuples that nest more than a thousand deep are not shareable."""
    refuses_depth(m, 1000)


@violates("Sharing.any-size")
def is_for_small_objects(m):
    """What has more than fifty thousand items, or as many bytes, is not shareable."""

    def is_large(obj):
        if isinstance(obj, int):
            return obj.bit_length() > 400000
        return hasattr(obj, "__len__") and not isinstance(obj, type) and len(obj) > 50000

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, *rest):
        if any(map(is_large, args)):
            raise m.NotShareableError("args are too large")
        return original(id, callable, args, *rest)


@violates("Sharing.queue")
def does_not_share_queues(m):
    """A queue is not shareable."""
    refuses(m, lambda obj: isinstance(obj, m.Queue))


@violates("Sharing.interpreter")
def does_not_share_interpreters(m):
    """An interpreter is not shareable."""
    refuses(m, lambda obj: isinstance(obj, m.Interpreter))


@violates("Sharing.same")
def makes_a_new_queue(m):
    """A queue arrives as a new one."""
    on_sent(m, lambda obj: m.create_queue() if isinstance(obj, m.Queue) else obj)


@violates("Sharing.same")
def makes_a_new_interpreter(m):
    """An interpreter arrives as a new one."""
    on_sent(m, lambda obj: m.create() if isinstance(obj, m.Interpreter) else obj)


# --- what pickle can carry -----------------------------------------------------------------------


@violates("Sharing.pickle")
def is_for_builtin_types(m):
    """What is of no built-in type is not shareable."""
    refuses(m, lambda obj: type(obj).__module__ != "builtins")


@violates("Sharing.pickle")
def forgets_attributes_of_exceptions(m):
    """An exception is made of its arguments alone."""
    on_sent(m, lambda obj: type(obj)(*obj.args) if isinstance(obj, BaseException) else obj)


@violates("Sharing.pickle")
def does_not_share_methods(m):
    """A method of an object is not shareable."""
    kinds = (types.MethodType, type("".upper), type((0).__add__))
    refuses(
        m, lambda obj: isinstance(obj, kinds) and not isinstance(obj.__self__, types.ModuleType)
    )


# --- once ----------------------------------------------------------------------------------------


def apart(obj):
    """Return a copy of *obj* in which nothing is the same as anything else."""
    return each(lambda obj: copy.copy(obj) if is_mutable(obj) else obj)(obj)


@violates("Sharing.once")
def sends_arguments_apart(m):
    """Each occurrence of an object in the arguments of a call arrives as an object of its own."""

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, kwargs, seconds):
        return original(id, callable, apart(args), apart(kwargs), seconds)


@violates("Sharing.once")
def sends_values_apart(m):
    """Each occurrence in the values for __main__ arrives as an object of its own."""

    @replaces(m._sharing, "bind")
    def bind(original, id, names):
        original(id, apart(names))


@violates("Sharing.once")
def makes_results_apart(m):
    """Each occurrence in a result arrives as an object of its own."""

    @replaces(m._sharing, "call")
    def call(original, *args):
        return apart(original(*args))


# --- what is not shareable -----------------------------------------------------------------------


def instead(m, substitute, *, call=False, bind=False, put=False):
    """Have what *substitute* returns sent where something is not shareable."""

    def shareable(obj):
        if m.is_shareable(obj):
            return obj
        if type(obj) in (tuple, list):
            return type(obj)(map(shareable, obj))
        if type(obj) is dict:
            return {key: shareable(value) for key, value in obj.items() if m.is_shareable(key)}
        return substitute(obj)

    if call:

        @replaces(m._sharing, "call")
        def mutated_call(original, id, callable, args, kwargs, seconds):
            args, kwargs = shareable(args), shareable(kwargs)
            return original(id, shareable(callable), args, kwargs, seconds)

    if bind:

        @replaces(m._sharing, "bind")
        def mutated_bind(original, id, names):
            original(id, shareable(names))

    if put:
        on_put(m, shareable)


@violates("Sharing.not-shareable")
def calls_with_a_repr(m):
    """An argument that is not shareable arrives as its repr()."""
    instead(m, lambda obj: repr(obj) if not callable(obj) else str, call=True)


@violates("Sharing.not-shareable")
def binds_none(m):
    """A value for __main__ that is not shareable arrives as None."""
    instead(m, lambda obj: None, bind=True)


@violates("Sharing.not-shareable")
def puts_none(m):
    """An item that is not shareable arrives as None."""
    instead(m, lambda obj: None, put=True)


@violates("Sharing.not-shareable")
def skips_what_it_cannot_call(m):
    """A call of what is not shareable returns None."""

    @replaces(m._sharing, "call")
    def call(original, id, callable, *rest):
        return original(id, callable, *rest) if m.is_shareable(callable) else None


@violates("Sharing.nothing-sent")
def calls_all_the_same(m):
    """A function is called with what can be shared, and then NotShareableError is raised."""

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, *rest):
        try:
            return original(id, callable, args, *rest)
        except m.NotShareableError:
            known = {name: None for each in args if isinstance(each, dict) for name in each}
            original(id, callable, tuple(known if isinstance(a, dict) else a for a in args), *rest)
            raise


@violates("Sharing.nothing-sent")
def puts_all_the_same(m):
    """None is put in the place of what is not shareable, and then NotShareableError is raised."""

    @replaces(m.Queue, "put")
    def put(original, self, obj, *args, **kwargs):
        try:
            original(self, obj, *args, **kwargs)
        except m.NotShareableError:
            original(self, None)
            raise


@violates("Sharing.nothing-sent")
def sends_one_after_the_other(m):
    """What comes before the part that is not shareable arrives, and is dropped there."""

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, *rest):
        if len(args) > 1 and not m.is_shareable(args):
            for arg in args:
                original(id, type, (arg,), {}, None)
        return original(id, callable, args, *rest)


@violates("Sharing.names-part")
def names_no_part(m):
    """The message says that something is not shareable."""

    def quiet(original, *args, **kwargs):
        try:
            return original(*args, **kwargs)
        except m.NotShareableError:
            raise m.NotShareableError("an object is not shareable") from None

    replaces(m._sharing, "call")(quiet)
    replaces(m._sharing, "bind")(quiet)
    replaces(m.Queue, "put")(quiet)


@violates("Sharing.names-part")
def names_the_argument_only(m):
    """The message names the argument, and not the part of it."""

    def brief(original, *args, **kwargs):
        try:
            return original(*args, **kwargs)
        except m.NotShareableError as error:
            raise m.NotShareableError(str(error).partition("[")[0]) from None

    replaces(m._sharing, "call")(brief)
    replaces(m._sharing, "bind")(brief)
    replaces(m.Queue, "put")(brief)


@violates("Sharing.raised-on-arrival")
def cannot_get_what_cannot_be_made(m):
    """get() raises NotShareableError if the item cannot be made."""

    @replaces(m.Queue, "get")
    def get(original, *args, **kwargs):
        try:
            return original(*args, **kwargs)
        except (ValueError, ZeroDivisionError) as error:
            raise m.NotShareableError(str(error)) from error


@violates("Sharing.raised-on-arrival")
def does_not_call_with_what_cannot_be_made(m):
    """An argument that cannot be made there is not shareable."""

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, *rest):
        try:
            original(id, type, (args,), {}, None)
        except ArithmeticError as error:
            raise m.NotShareableError(str(error)) from error
        return original(id, callable, args, *rest)


@violates("Sharing.raised-on-arrival")
def has_no_result_if_that_cannot_be_made(m):
    """A result that cannot be made here is None."""

    @replaces(m._sharing, "call")
    def call(original, *args):
        try:
            return original(*args)
        except ValueError:
            return None
