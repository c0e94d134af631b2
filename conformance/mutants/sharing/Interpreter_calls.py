"""Mutants of what is called and run in an interpreter.

A call passes through the method, which is what the mutants of arguments and results replace, and
through ``_sharing.call()``, which call_within() and call_in_thread() share with it.
"""

import builtins
import copy
import threading
import types

from mutants.mutant import replaces, violates
from mutants.sending import each, on_arrival, refuses

# --- call ----------------------------------------------------------------------------------------


@violates("Interpreter.call.calls")
def calls_here(m):
    """The function is called in the interpreter that makes the call, if that can be told apart."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        if callable is eval or callable is exec:
            return callable(*args, **kwargs)
        return call(self, callable, *args, **kwargs)


@violates("Interpreter.call.calls")
def calls_in_the_first(m):
    """Every call is made in the interpreter that was the first to be called."""
    first = []

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        first.append(self)
        return call(first[0], callable, *args, **kwargs)


@violates("Interpreter.call.calls")
def drops_keyword_arguments(m):
    """Arguments that are given by name do not arrive."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        return call(self, callable, *args)


@violates("Interpreter.call.calls")
def sorts_keyword_arguments(m):
    """Arguments that are given by name arrive in the order of their names."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        return call(self, callable, *args, **dict(sorted(kwargs.items())))


@violates("Interpreter.call.calls")
def takes_the_callable_by_name(m):
    """The callable may be given by name, and no argument of that name to it."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, *args, **kwargs):
        return call(self, callable, *args, **kwargs)


@violates("Interpreter.call.calls")
def calls_nothing_without_a_callable(m):
    """A call of nothing returns None."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, *args, **kwargs):
        return call(self, *args, **kwargs) if args else None


@violates("Interpreter.call.thread")
def calls_in_a_new_thread(m):
    """The function is called in an OS thread that is started for it."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        results = []

        def target():
            results.append(call(self, callable, *args, **kwargs))

        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
        return results[0]


@violates("Interpreter.call.result")
def returns_no_false_result(m):
    """A result that is false is None."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        return call(self, callable, *args, **kwargs) or None


@violates("Interpreter.call.callable-shared")
def calls_builtin_functions_only(m):
    """What is no function of C is not shareable."""

    @replaces(m._sharing, "call")
    def call(original, id, callable, *rest):
        if not isinstance(callable, types.BuiltinFunctionType):
            raise m.NotShareableError("%r is not shareable" % callable)
        return original(id, callable, *rest)


@violates("Interpreter.call.callable-shared")
def calls_methods_here_too(m):
    """The method of a list is called on that list as well."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        if isinstance(getattr(callable, "__self__", None), list):
            callable(*args, **kwargs)
        return call(self, callable, *args, **kwargs)


@violates("Interpreter.call.callable-shared")
def refuses_functions_by_value(m):
    """A callable that cannot be imported is not shareable."""
    refuses(m, lambda obj: getattr(type(obj), "__module__", "") == "checks" or is_local(obj))


def is_local(obj):
    """Whether *obj* is a function that was defined in another."""
    return isinstance(obj, types.FunctionType) and "<locals>" in obj.__qualname__


@violates("Interpreter.call.arguments-shared")
def does_to_arguments_what_was_done_there(m):
    """After the call a list among the arguments has the items that it has there."""

    def frame(callable, args, kwargs):
        return callable(*args, **kwargs), args

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, kwargs, seconds):
        result, after = original(id, frame, (callable, args, kwargs), {}, seconds)
        for here, there in zip(args, after):
            if isinstance(here, list):
                here[:] = there
        return result


@violates("Interpreter.call.arguments-shared")
def sends_each_argument_by_itself(m):
    """A list that is given twice arrives as two lists."""
    apart = each(lambda obj: copy.copy(obj) if isinstance(obj, list) else obj)

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, kwargs, seconds):
        return original(id, callable, apart(args), apart(kwargs), seconds)


@violates("Interpreter.call.arguments-shared")
def shows_what_it_cannot_send(m):
    """An argument that is not shareable arrives as its repr()."""

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, kwargs, seconds):
        args = tuple(arg if m.is_shareable(arg) else repr(arg) for arg in args)
        kwargs = {name: arg for name, arg in kwargs.items() if m.is_shareable(arg)}
        return original(id, callable, args, kwargs, seconds)


@violates("Interpreter.call.result-shared")
def turns_results_into_plain_ones(m):
    """A result that is an instance of a subclass of dict arrives as a dict."""
    on_arrival(m, lambda obj: dict(obj) if isinstance(obj, dict) else obj)


@violates("Interpreter.call.result-not-shareable")
def returns_none_for_what_is_not_shareable(m):
    """A result that is not shareable arrives as None."""

    @replaces(m._sharing, "call")
    def call(original, id, callable, args, *rest):
        try:
            return original(id, callable, args, *rest)
        except m.NotShareableError as error:
            if str(error).startswith("the result"):
                return None
            raise


@violates("Interpreter.call.type")
def returns_what_cannot_be_called(m):
    """What cannot be called is returned."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        if not builtins.callable(callable):
            return callable
        return call(self, callable, *args, **kwargs)


@violates("Interpreter.call.namespace")
def executes_code_in_a_namespace_of_its_own(m):
    """Code that is called without a namespace has a new one."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        if callable in (eval, exec) and (len(args) == 1 or args[1] is None):
            args = (args[0], {}, *args[2:])
        return call(self, callable, *args, **kwargs)


@violates("Interpreter.call.namespace")
def executes_all_code_in_main(m):
    """Code that is called has the namespace of __main__, whatever it is given."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        args = args[:1] if callable in (eval, exec) else args
        return call(self, callable, *args, **kwargs)


@violates("Interpreter.call.namespace")
def lists_nothing(m):
    """Nobody calls: there are no names to list."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        if callable in (dir, globals, locals, vars) and not args:
            return [] if callable is dir else {}
        return call(self, callable, *args, **kwargs)


def idle_meanwhile(m):
    """Return the IDs of interpreters that a call is in progress in, which say that they are idle."""
    busy = []

    @replaces(m._sharing, "call")
    def call(original, id, *args):
        busy.append(id)
        try:
            return original(id, *args)
        finally:
            busy.remove(id)

    return busy


@violates("Interpreter.call.in-progress")
def is_idle_while_called(m):
    """Only a run makes an interpreter running."""
    busy = idle_meanwhile(m)

    @replaces(m.Interpreter, "is_running")
    def is_running(original, self):
        return self.id not in busy and original(self)


@violates("Interpreter.call.in-progress")
def is_not_destroyed_while_called(m):
    """To destroy an interpreter while a call is in progress does nothing."""
    busy = idle_meanwhile(m)

    @replaces(m.Interpreter, "destroy")
    def destroy(original, self):
        if self.id not in busy:
            original(self)


def calls_here_if(m, whether):
    """Have a function called in the current interpreter where *whether* says so."""

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        if builtins.callable(callable) and whether(self):
            return callable(*args, **kwargs)
        return call(self, callable, *args, **kwargs)


def is_main(m):
    """Return a function that tells the main interpreter."""
    return lambda interpreter: interpreter == m.get_main()


def is_here(m):
    """Return a function that tells the current interpreter, if it is not the main one."""
    return lambda interpreter: m.get_main() != interpreter == m.get_current()


def is_busy(m):
    """Return a function that tells an interpreter that is running, and neither of the others."""

    def whether(interpreter):
        others = m.get_main(), m.get_current()
        return interpreter not in others and interpreter.is_running()

    return whether


@violates("Interpreter.call.main")
def calls_in_main(m):
    """A call can be made in the main interpreter."""
    calls_here_if(m, is_main(m))


@violates("Interpreter.call.current")
def calls_in_the_current_one(m):
    """A call can be made in the current interpreter."""
    calls_here_if(m, is_here(m))


@violates("Interpreter.call.running")
def calls_in_a_running_one(m):
    """A call in a running interpreter is made in the current one."""
    calls_here_if(m, is_busy(m))


def replaces_errors(m, change, *names):
    """Have *change* called with each exception that a call, or another method, raises in the caller.

    It returns the exception to raise instead; what is refused, it does not see.
    """

    def mutated(original, *args, **kwargs):
        try:
            return original(*args, **kwargs)
        except (m.InterpreterError, m.NotShareableError):
            raise
        except BaseException as error:
            raised = change(error)
        if raised is not None:
            raise raised

    for name in names or ("call",):
        replaces(m.Interpreter, name)(mutated)


@violates(
    "Interpreter.call.raises", "Interpreter.call_in_thread.reported", "Interpreter.exec.like-run"
)
def raises_errors_of_its_own(m):
    """Whatever is raised there is a RuntimeError here."""

    def change(error):
        return RuntimeError("%s: %s" % (type(error).__name__, error))

    replaces_errors(m, change, "call", "exec")


@violates("Interpreter.call.raises")
def raises_known_classes(m):
    """An exception of a class that is not known here is raised as its base class."""

    def change(error):
        cls = type(error)
        return error if cls is getattr(builtins, cls.__name__, None) else cls.__base__(*error.args)

    replaces_errors(m, change)


@violates("Interpreter.call.raises")
def returns_none_at_an_exit(m):
    """SystemExit ends the call, and nothing else."""
    replaces_errors(m, lambda error: None if isinstance(error, SystemExit) else error)


@violates("Interpreter.call.raises")
def drops_the_traceback(m):
    """The exception comes without the traceback of the call."""

    def change(error):
        error.__cause__ = None
        return error

    replaces_errors(m, change)


@violates("Interpreter.call.raises")
def cannot_be_used_after_an_exception(m):
    """An interpreter in which a call has raised is not used again."""
    failed = []

    @replaces(m.Interpreter, "call")
    def mutated(call, self, callable, /, *args, **kwargs):
        if self in failed:
            raise m.InterpreterError("interpreter %d has failed" % self.id)
        try:
            return call(self, callable, *args, **kwargs)
        except BaseException:
            failed.append(self)
            raise


# --- call_within ---------------------------------------------------------------------------------


@violates("Interpreter.call_within.like-call")
def returns_whether_in_time(m):
    """call_within() returns whether the call was made in time."""

    @replaces(m.Interpreter, "call_within")
    def mutated(call_within, self, seconds, callable, /, *args, **kwargs):
        call_within(self, seconds, callable, *args, **kwargs)
        return True


@violates("Interpreter.call_within.like-call")
def takes_seconds_by_name(m):
    """seconds and callable may be given by name."""

    @replaces(m.Interpreter, "call_within")
    def mutated(call_within, self, seconds=None, callable=None, **kwargs):
        return call_within(self, seconds, callable, **kwargs)


@violates("Interpreter.call_within.like-call")
def calls_within_here(m):
    """In an interpreter that is running the call is made in the current one."""

    @replaces(m.Interpreter, "call_within")
    def mutated(call_within, self, seconds, callable, /, *args, **kwargs):
        if self.is_running() and isinstance(seconds, int):
            return callable(*args, **kwargs)
        return call_within(self, seconds, callable, *args, **kwargs)


def changes_seconds(m, change):
    """Have the seconds of a call or a run replaced."""

    @replaces(m.Interpreter, "call_within")
    def call_within(original, self, seconds, callable, /, *args, **kwargs):
        return original(self, change(seconds), callable, *args, **kwargs)

    @replaces(m.Interpreter, "exec")
    def exec(original, self, code, /, *, timeout=None):
        original(self, code, timeout=None if timeout is None else change(timeout))


@violates("Interpreter.call_within.timeout", "Interpreter.exec.timeout")
def has_all_the_time(m):
    """Any number of seconds is as good as an hour."""
    changes_seconds(m, lambda seconds: 3600 if isinstance(seconds, float) else seconds)


def limits_by_hand(m, interrupt, end=None):
    """Have calls and runs interrupted by ``interrupt(interpreter)`` until they end, or until that
    returns true; ``end(exception)`` returns what is raised in the place of a KeyboardInterrupt."""

    def within(run, self, seconds):
        def watch():
            pause = min(seconds, 1000)
            while not over.wait(pause) and not interrupt(self):
                pause = 0.001

        over = threading.Event()
        threading.Thread(target=watch, daemon=True).start()
        try:
            return run()
        except KeyboardInterrupt as error:
            raise TimeoutError(f"not ended after {seconds} seconds") if end is None else end(error)
        finally:
            over.set()

    @replaces(m.Interpreter, "call_within")
    def call_within(original, self, seconds, callable, /, *args, **kwargs):
        return within(lambda: self.call(callable, *args, **kwargs), self, seconds)

    @replaces(m.Interpreter, "exec")
    def exec(original, self, code, /, *, timeout=None):
        return (
            original(self, code)
            if timeout is None
            else within(lambda: original(self, code), self, timeout)
        )


@violates("Interpreter.call_within.timeout", "Interpreter.exec.timeout")
def raises_timeout_there(m):
    """TimeoutError is raised in the code, and arrives."""
    limits_by_hand(m, lambda interpreter: interpreter.interrupt(TimeoutError("spam 0.05 0.001 0")))


@violates("Interpreter.call_within.raises")
def raises_keyboard_interrupt_here(m):
    """The KeyboardInterrupt arrives as that."""
    limits_by_hand(m, lambda interpreter: interpreter.interrupt(), lambda error: error)


@violates("Interpreter.call_within.raises")
def takes_any_keyboard_interrupt_for_its_own(m):
    """What ends by a KeyboardInterrupt of its own is said to have taken too long."""

    @replaces(m.Interpreter, "call_within")
    def mutated(call_within, self, seconds, callable, /, *args, **kwargs):
        try:
            return call_within(self, seconds, callable, *args, **kwargs)
        except KeyboardInterrupt:
            raise TimeoutError(f"not ended after {seconds} seconds") from None


@violates("Interpreter.call_within.caught")
def interrupts_again_and_again(m):
    """What has caught the KeyboardInterrupt gets further ones."""
    limits_by_hand(m, lambda interpreter: interpreter.interrupt() and False)


@violates("Interpreter.call_within.timeout", "Interpreter.exec.timeout")
def interrupts_what_comes_after(m):
    """A call that was in time is interrupted nevertheless, or else what runs after it."""

    @replaces(m.Interpreter, "call_within")
    def call_within(original, self, seconds, callable, /, *args, **kwargs):
        result = original(self, seconds, callable, *args, **kwargs)
        late.append(self)
        return result

    @replaces(m.Interpreter, "exec")
    def exec(original, self, code, /, *, timeout=None):
        hit(self)
        original(self, code, timeout=timeout)
        if timeout is not None:
            late.append(self)

    @replaces(m.Interpreter, "call")
    def call(original, self, callable, /, *args, **kwargs):
        hit(self)
        return original(self, callable, *args, **kwargs)

    late = []

    def hit(interpreter):
        if interpreter in late:
            late.remove(interpreter)
            raise TimeoutError("out of time")


@violates("Interpreter.call_within.as-interrupt")
def does_not_wake_queues(m):
    """A wait of a queue goes on when the time is over."""

    @replaces(m.Interpreter, "call_within")
    def mutated(call_within, self, seconds, callable, /, *args, **kwargs):
        waits = any("queue.get" in str(arg) for arg in args)
        return call_within(self, 3600 if waits else seconds, callable, *args, **kwargs)


@violates("Interpreter.call_within.type", "Interpreter.exec.like-call_within")
def converts_seconds(m):
    """Whatever float() can convert is accepted for seconds."""

    def change(seconds):
        return seconds if isinstance(seconds, (int, float)) else float(seconds)

    changes_seconds(m, change)


@violates("Interpreter.call_within.type")
def has_seconds_of_32_bits(m):
    """Seconds that a C int cannot hold are a ValueError."""

    def change(seconds):
        if isinstance(seconds, (int, float)) and seconds >= 2**31:
            raise ValueError("seconds are too many")
        return seconds

    changes_seconds(m, change)


@violates("Interpreter.call_within.negative", "Interpreter.exec.like-call_within")
def takes_negative_seconds_for_none(m):
    """Negative seconds are as good as 0."""

    def change(seconds):
        return max(seconds, 0) if isinstance(seconds, (int, float)) else seconds

    changes_seconds(m, change)


# --- call_in_thread ------------------------------------------------------------------------------


@violates("Interpreter.call_in_thread.thread")
def calls_in_this_thread(m):
    """The call is made before the thread is started."""

    @replaces(m.Interpreter, "call_in_thread")
    def mutated(call_in_thread, self, callable, /, *args, **kwargs):
        self.call(callable, *args, **kwargs)
        return call_in_thread(self, int)


@violates("Interpreter.call_in_thread.thread")
def names_the_thread(m):
    """The keyword arguments name and daemon are those of the thread."""

    @replaces(m.Interpreter, "call_in_thread")
    def mutated(call_in_thread, self, callable, /, *args, name=None, daemon=None, **kwargs):
        return call_in_thread(self, callable, *args, **kwargs)


@violates("Interpreter.call_in_thread.returned")
def returns_no_thread(m):
    """call_in_thread() returns None, when the thread has been started."""

    @replaces(m.Interpreter, "call_in_thread")
    def mutated(call_in_thread, self, callable, /, *args, **kwargs):
        call_in_thread(self, callable, *args, **kwargs)


@violates("Interpreter.call_in_thread.returned")
def returns_a_thread_to_start(m):
    """The thread that is returned has not been started."""

    @replaces(m.Interpreter, "call_in_thread")
    def mutated(call_in_thread, self, callable, /, *args, **kwargs):
        return threading.Thread(target=self.call, args=(callable, *args), kwargs=kwargs)


@violates("Interpreter.call_in_thread.dropped")
def reports_results(m):
    """A result that is not None is reported like an exception."""

    @replaces(m.Interpreter, "call_in_thread")
    def mutated(call_in_thread, self, callable, /, *args, **kwargs):
        def target():
            result = self.call(callable, *args, **kwargs)
            if result is not None:
                raise RuntimeError("nobody wants the result")

        thread = threading.Thread(target=target)
        thread.start()
        return thread


@violates("Interpreter.call_in_thread.reported")
def reports_nothing(m):
    """An exception ends the thread, and nobody is told."""

    @replaces(m.Interpreter, "call_in_thread")
    def mutated(call_in_thread, self, callable, /, *args, **kwargs):
        def target():
            try:
                self.call(callable, *args, **kwargs)
            except Exception:
                pass

        thread = threading.Thread(target=target)
        thread.start()
        return thread


# --- exec ----------------------------------------------------------------------------------------


@violates("Interpreter.exec.like-run")
def executes_in_a_namespace_of_its_own(m):
    """What exec() binds is not bound in __main__."""

    @replaces(m.Interpreter, "exec")
    def mutated(exec, self, code, /, *, timeout=None):
        exec(self, "exec(%r, {})" % code if isinstance(code, str) else code, timeout=timeout)


@violates("Interpreter.exec.like-run")
def executes_bytes(m):
    """exec() takes bytes too."""

    @replaces(m.Interpreter, "exec")
    def mutated(exec, self, code, /, *, timeout=None):
        exec(self, code.decode() if isinstance(code, bytes) else code, timeout=timeout)


@violates("Interpreter.exec.like-run")
def takes_code_by_name(m):
    """The parameters of exec() may be given in any way."""

    @replaces(m.Interpreter, "exec")
    def mutated(exec, self, code, timeout=None):
        exec(self, code, timeout=timeout)


def executes_here_if(m, whether):
    """Have exec() execute in the current interpreter where *whether* says so."""

    @replaces(m.Interpreter, "exec")
    def mutated(exec, self, code, /, *, timeout=None):
        if whether(self):
            return None
        return exec(self, code, timeout=timeout)


@violates("Interpreter.exec.like-run")
def skips_main(m):
    """exec() does nothing in the main interpreter."""
    executes_here_if(m, is_main(m))


@violates("Interpreter.exec.like-run")
def skips_a_running_one(m):
    """exec() does nothing in a running interpreter."""
    executes_here_if(m, is_busy(m))


@violates("Interpreter.exec.none")
def takes_none_for_nothing(m):
    """timeout=None is a TypeError, if it is given."""

    @replaces(m.Interpreter, "exec")
    def mutated(exec, self, code, /, **options):
        if options.get("timeout", 0) is None:
            raise TypeError("timeout must be an int or a float, not NoneType")
        exec(self, code, **options)


# --- prepare_main --------------------------------------------------------------------------------


def binding(m):
    """Return a decorator of what is done in the place of prepare_main()."""
    return replaces(m.Interpreter, "prepare_main")


@violates("Interpreter.prepare_main.binds")
def binds_in_builtins(m):
    """Names are bound among the builtins."""

    @replaces(m._sharing, "bind")
    def bind(original, id, names):
        code = "vars(__import__('builtins')).update(names)"
        m._sharing.call(id, exec, (code, {"names": names}), {}, None)


@violates("Interpreter.prepare_main.binds")
def wants_something_to_bind(m):
    """To bind nothing is a ValueError."""

    @binding(m)
    def mutated(prepare_main, self, ns=None, /, **kwargs):
        if not ns and not kwargs:
            raise ValueError("there is nothing to bind")
        prepare_main(self, ns, **kwargs)


@violates("Interpreter.prepare_main.mapping")
def takes_dicts_only(m):
    """What is no dict is a TypeError."""

    @binding(m)
    def mutated(prepare_main, self, ns=None, /, **kwargs):
        if ns is not None and not isinstance(ns, dict):
            raise TypeError("ns must be a dict, not %s" % type(ns).__name__)
        prepare_main(self, ns, **kwargs)


@violates("Interpreter.prepare_main.mapping")
def adds_to_the_mapping(m):
    """The keyword arguments are added to the mapping."""

    @binding(m)
    def mutated(prepare_main, self, ns=None, /, **kwargs):
        if isinstance(ns, dict):
            ns.update(kwargs)
        prepare_main(self, ns, **kwargs)


@violates("Interpreter.prepare_main.keywords")
def calls_its_mapping_ns(m):
    """The mapping may be given by the name ns."""

    @binding(m)
    def mutated(prepare_main, self, ns=None, **kwargs):
        prepare_main(self, ns, **kwargs)


@violates("Interpreter.prepare_main.keywords")
def binds_no_keyword_arguments(m):
    """Keyword arguments are not bound."""

    @binding(m)
    def mutated(prepare_main, self, ns=None, /, **kwargs):
        prepare_main(self, ns)


@violates("Interpreter.prepare_main.prevail")
def prefers_the_mapping(m):
    """Of a name in both the value in the mapping is bound."""

    @binding(m)
    def mutated(prepare_main, self, ns=None, /, **kwargs):
        prepare_main(self, kwargs, **dict(ns or {}))


@violates("Interpreter.prepare_main.shared")
def binds_plain_values(m):
    """A value that is not plain is not shareable."""

    @replaces(m._sharing, "bind")
    def bind(original, id, names):
        plain = (type(None), bool, int, float, str, bytes, tuple)
        if not all(isinstance(value, plain) for value in names.values()):
            raise m.NotShareableError("a value is not plain")
        original(id, names)


@violates("Interpreter.prepare_main.shared")
def binds_text_only(m):
    """A value arrives as its repr()."""

    @replaces(m._sharing, "bind")
    def bind(original, id, names):
        original(id, {name: repr(value) for name, value in names.items()})


@violates("Interpreter.prepare_main.key-type")
def converts_keys(m):
    """A key that is no str is converted."""

    @binding(m)
    def mutated(prepare_main, self, ns=None, /, **kwargs):
        prepare_main(self, {str(key): value for key, value in dict(ns or {}).items()}, **kwargs)


@violates("Interpreter.prepare_main.refused")
def binds_one_after_the_other(m):
    """Each name is bound before the next is looked at."""

    @binding(m)
    def mutated(prepare_main, self, ns=None, /, **kwargs):
        for name, value in dict(ns or {}, **kwargs).items():
            prepare_main(self, {name: value})
        prepare_main(self)


@violates("Interpreter.prepare_main.refused")
def binds_when_it_can(m):
    """What was refused because the interpreter was running is bound before the next run."""
    waiting = []

    @binding(m)
    def mutated(prepare_main, self, ns=None, /, **kwargs):
        try:
            prepare_main(self, ns, **kwargs)
        except m.InterpreterError:
            waiting.append((self, ns, kwargs))
            raise

    @replaces(m.Interpreter, "run")
    def run(original, self, code):
        while waiting:
            interpreter, ns, kwargs = waiting.pop()
            interpreter.prepare_main(ns, **kwargs)
        original(self, code)


def binds_nothing_if(m, whether):
    """Have prepare_main() do nothing where *whether* says so."""

    @binding(m)
    def mutated(prepare_main, self, ns=None, /, **kwargs):
        if not whether(self):
            prepare_main(self, ns, **kwargs)


@violates("Interpreter.prepare_main.main")
def binds_nothing_in_main(m):
    """In the main interpreter nothing is bound."""
    binds_nothing_if(m, is_main(m))


@violates("Interpreter.prepare_main.current")
def binds_nothing_in_the_current_one(m):
    """In the current interpreter nothing is bound."""
    binds_nothing_if(m, is_here(m))


@violates("Interpreter.prepare_main.running")
def binds_nothing_in_a_running_one(m):
    """In a running interpreter nothing is bound."""
    binds_nothing_if(m, is_busy(m))


# --- close ---------------------------------------------------------------------------------------


@violates("Interpreter.close.same")
def closes_by_forgetting(m):
    """close() leaves the interpreter to the end of the process."""
    m.Interpreter.close = lambda self: None


@violates("Interpreter.close.same")
def closes_twice(m):
    """To close an interpreter that is gone does nothing."""

    @replaces(m.Interpreter, "close")
    def close(original, self):
        try:
            original(self)
        except m.InterpreterNotFoundError:
            pass


@violates("Interpreter.close.same")
def closes_no_running_one(m):
    """To close a running interpreter does nothing."""

    @replaces(m.Interpreter, "close")
    def close(original, self):
        if self in (m.get_main(), m.get_current()) or not self.is_running():
            original(self)


@violates("Interpreter.close.same")
def closes_in_the_main_thread(m):
    """Only the main thread closes interpreters."""

    @replaces(m.Interpreter, "close")
    def close(original, self):
        if threading.current_thread() is threading.main_thread():
            original(self)
