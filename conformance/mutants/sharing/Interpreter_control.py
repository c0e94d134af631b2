"""Mutants of what controls an interpreter from outside.

What is written to a stream there comes to a function here, and to replace that function is the
simplest way to get it wrong.
"""

import sys
import threading
import types

from mutants.mutant import replaces, violates

# --- whence --------------------------------------------------------------------------------------


def replaces_whence(m):
    """Have the function below called for the attribute, with its value and the object."""
    original = m.Interpreter.whence

    def register(function):
        m.Interpreter.whence = property(lambda self: function(original.fget(self), self))
        return function

    return register


@violates("Interpreter.whence.main")
def does_not_know_main(m):
    """The main interpreter is like any that the module has made."""

    @replaces_whence(m)
    def whence(told, self):
        return "_interpreters module" if told == "runtime init" else told


@violates("Interpreter.whence.created", "Interpreter.whence.other")
def knows_nothing_but_main(m):
    """What is not the main interpreter comes from the C API."""

    @replaces_whence(m)
    def whence(told, self):
        return told if told == "runtime init" else "C-API"


@violates("Interpreter.whence.other")
def claims_all(m):
    """Whatever there is comes from the module."""

    @replaces_whence(m)
    def whence(told, self):
        return "_interpreters module" if told == "unknown" else told


@violates("Interpreter.whence.read-only")
def has_a_whence_that_can_be_set(m):
    """Setting or deleting whence changes nothing, and raises nothing."""
    own = m.Interpreter.whence
    m.Interpreter.whence = property(own.fget, lambda self, value: None, lambda self: None)


# --- interrupt -----------------------------------------------------------------------------------


def interrupting(m):
    """Return a decorator of what is done in the place of interrupt()."""
    return replaces(m.Interpreter, "interrupt")


@violates(
    "Interpreter.interrupt.raises",
    "Interpreter.interrupt.carried",
    "Interpreter.interrupt.anywhere",
    "Interpreter.interrupt.any-thread",
)
def interrupts_by_another_exception(m):
    """Whatever exception is asked for, SystemExit is raised, or KeyboardInterrupt for no exception."""

    @interrupting(m)
    def mutated(interrupt, self, exception=SystemExit):
        interrupt(self, exception)
        return interrupt(self, SystemExit)


@violates("Interpreter.interrupt.raises")
def interrupts_until_the_end(m):
    """The exception is raised again and again until the run has ended."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        found = interrupt(self, exception)
        while interrupt(self, exception):
            pass
        return found


@violates("Interpreter.interrupt.raises")
def calls_its_parameter_error(m):
    """The parameter has another name."""

    @interrupting(m)
    def mutated(interrupt, self, error=KeyboardInterrupt):
        return interrupt(self, error)


@violates("Interpreter.interrupt.raises")
def takes_a_second_argument(m):
    """interrupt() takes a value for the exception too."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt, value=None):
        return interrupt(self, exception)


def calls_in_progress(m):
    """Return the IDs of the interpreters in which a call is in progress."""
    busy = []

    @replaces(m._sharing, "call")
    def call(original, id, *args):
        busy.append(id)
        try:
            return original(id, *args)
        finally:
            busy.remove(id)

    return busy


@violates("Interpreter.interrupt.raises", "Interpreter.interrupt.true")
def interrupts_no_calls(m):
    """A call is not interrupted, only a run."""
    busy = calls_in_progress(m)

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        return self.id not in busy and interrupt(self, exception)


@violates("Interpreter.interrupt.steps")
def interrupts_where_it_is_looked_for(m):
    """Code is interrupted when it looks for that; an import makes it look."""
    waiting = []

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        waiting.append(exception)
        return self.is_running()


@violates("Interpreter.interrupt.true")
def returns_nothing(m):
    """interrupt() returns None."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        interrupt(self, exception)


@violates("Interpreter.interrupt.false")
def always_returns_true(m):
    """interrupt() returns True, whether anything runs or not."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        interrupt(self, exception)
        return True


@violates("Interpreter.interrupt.false", "Interpreter.interrupt.dropped")
def keeps_the_exception(m):
    """An exception for an interpreter in which nothing runs is raised in what runs next."""
    kept = {}

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        found = interrupt(self, exception)
        if not found:
            kept[self.id] = exception
        return found

    @replaces(m.Interpreter, "run")
    def run(original, self, code):
        if self.id in kept:
            raise kept.pop(self.id)
        original(self, code)


@violates("Interpreter.interrupt.false")
def takes_threads_for_runs(m):
    """As long as an interpreter has threads, something runs there."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        if interrupt(self, exception):
            return True
        if self == m.get_main() or self.is_running():
            return False
        return self.call(eval, "__import__('_thread')._count()", {}) > 0


@violates("Interpreter.interrupt.type")
def takes_any_class(m):
    """What is no exception, and no class of exceptions, is taken for KeyboardInterrupt."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        try:
            return interrupt(self, exception)
        except TypeError:
            return interrupt(self)


@violates("Interpreter.interrupt.type")
def takes_exceptions_only(m):
    """A class that is not derived from Exception is a TypeError."""

    @interrupting(m)
    def mutated(interrupt, self, exception=RuntimeError):
        cls = exception if isinstance(exception, type) else type(exception)
        if issubclass(cls, BaseException) and not issubclass(cls, Exception):
            raise TypeError("%s is not derived from Exception" % cls.__name__)
        return interrupt(self, exception)


@violates("Interpreter.interrupt.carried")
def carries_the_class_alone(m):
    """Of an exception its class is raised there."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        return interrupt(self, exception if isinstance(exception, type) else type(exception))


@violates("Interpreter.interrupt.carried")
def carries_known_classes(m):
    """Of a class that is not known there the base class is raised."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        cls = exception if isinstance(exception, type) else type(exception)
        if cls.__module__ == "__main__":
            args = () if isinstance(exception, type) else exception.args
            exception = cls.__base__(*args)
        return interrupt(self, exception)


@violates("Interpreter.interrupt.carried")
def raises_it_here_too(m):
    """The exception has been raised here once."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        if isinstance(exception, BaseException):
            try:
                raise exception
            except BaseException:
                pass
        return interrupt(self, exception)


@violates("Interpreter.interrupt.anywhere")
def interrupts_from_main(m):
    """Only the main interpreter can interrupt."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        return m.get_current() == m.get_main() and interrupt(self, exception)


@violates("Interpreter.interrupt.any-thread")
def interrupts_from_the_main_thread(m):
    """Only the main thread can interrupt; another one fails."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        if threading.current_thread() is threading.main_thread():
            return interrupt(self, exception)
        return interrupt(self, RuntimeError("interrupted by another thread"))


@violates("Interpreter.interrupt.main")
def main_is_never_interrupted(m):
    """For the main interpreter False is returned."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        return self != m.get_main() and interrupt(self, exception)


def interrupts_unless(m, words):
    """Have runs of code that has one of these *words* in it not interrupted."""
    busy = {}

    @replaces(m.Interpreter, "run")
    def run(original, self, code):
        busy[self.id] = code
        original(self, code)

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        if any(word in str(busy.get(self.id)) for word in words):
            return True
        return interrupt(self, exception)


@violates("Interpreter.interrupt.queue")
def does_not_interrupt_get(m):
    """A get() that waits goes on."""
    interrupts_unless(m, ["queue.get"])


@violates("Interpreter.interrupt.queue")
def does_not_interrupt_put(m):
    """A put() that waits goes on."""
    interrupts_unless(m, ["queue.put"])


@violates("Interpreter.interrupt.queue")
def does_not_interrupt_calls_that_wait(m):
    """A get() of a call goes on."""
    busy = calls_in_progress(m)

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        return self.id in busy or interrupt(self, exception)


@violates("Interpreter.interrupt.c-function")
def drops_it_in_a_c_function(m):
    """Code that waits for a C function is not interrupted afterwards."""
    interrupts_unless(m, ["os.read"])


@violates("Interpreter.interrupt.c-function", "Interpreter.interrupt.comes-back")
def waits_for_the_interruption(m):
    """interrupt() comes back when the exception has been raised."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        found = interrupt(self, exception)
        while self.is_running():
            threading.Event().wait(0.01)
        return found


@violates("Interpreter.interrupt.further")
def interrupts_inside(m):
    """If the code runs code in a further interpreter, that is interrupted."""

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        if self == m.get_main():
            return interrupt(self, exception)
        busy = [each for each in m.enumerate()[1:] if each.is_running()]
        return [interrupt(each, exception) for each in busy][-1:] == [True]


@violates("Interpreter.interrupt.dropped")
def raises_it_in_what_runs_next(m):
    """An exception is raised in the next run too."""
    kept = {}

    @interrupting(m)
    def mutated(interrupt, self, exception=KeyboardInterrupt):
        kept[self.id] = exception
        return interrupt(self, exception)

    @replaces(m.Interpreter, "run")
    def run(original, self, code):
        if self.id in kept:
            raise kept.pop(self.id)
        original(self, code)


@violates("Interpreter.interrupt.threads")
def interrupts_threads(m):
    """The threads that the code has started are interrupted as well."""

    @replaces(m.Interpreter, "run")
    def run(original, self, code):
        # What such a thread does when it is told to go on is raise.
        original(self, code.replace("for i in range(10000): pass", "raise KeyboardInterrupt"))


# --- redirect ------------------------------------------------------------------------------------


def redirecting(m):
    """Return a decorator of what is done in the place of redirect()."""
    return replaces(m.Interpreter, "redirect")


def writer(sink):
    """Return the function that writes to *sink*, or None if there is none."""
    return sink if callable(sink) else getattr(sink, "write", None)


def changes_writing(m, change, *names):
    """Have ``change(write, text)`` called in the place of ``write(text)``, for these streams."""

    def changed(sink):
        write = writer(sink)
        return (lambda text: change(write, text)) if write and sink is not None else sink

    @redirecting(m)
    def mutated(redirect, self, **streams):
        for name in names or ("stdout", "stderr"):
            if name in streams:
                streams[name] = changed(streams[name])
        redirect(self, **streams)


@violates("Interpreter.redirect.stdout")
def drops_what_is_printed(m):
    """What is written to sys.stdout is not passed on."""
    changes_writing(m, lambda write, text: None, "stdout")


@violates("Interpreter.redirect.stdout")
def encodes_text(m):
    """Text is passed on as bytes."""
    changes_writing(m, lambda write, text: write(text.encode("utf-8", "replace")))


@violates("Interpreter.redirect.stdout")
def cuts_text(m):
    """Of a long text no more than ten thousand characters are passed on."""
    changes_writing(m, lambda write, text: write(text[:10000]))


@violates("Interpreter.redirect.stderr")
def has_one_stream(m):
    """What is written to sys.stderr goes to the object for sys.stdout."""

    @redirecting(m)
    def mutated(redirect, self, **streams):
        if "stderr" in streams:
            streams["stderr"] = streams.get("stdout", None)
        redirect(self, **streams)


@violates("Interpreter.redirect.stderr")
def calls_objects_where_text_is_written(m):
    """The object is sent to the interpreter, and called there."""

    @redirecting(m)
    def mutated(redirect, self, *, stdout=..., stderr=...):
        for name, sink in (("stdout", stdout), ("stderr", stderr)):
            if callable(sink):
                stream = types.SimpleNamespace(write=writer(sink), flush=int)
                self.call(
                    exec, "setattr(__import__('sys'), name, sink)", {"name": name, "sink": stream}
                )


@violates("Interpreter.redirect.callable")
def calls_with_the_stream(m):
    """The object is called with the text and the name of the stream."""

    @redirecting(m)
    def mutated(redirect, self, **streams):
        def named(name, sink):
            return (lambda text: sink(text, name)) if callable(sink) else sink

        redirect(self, **{name: named(name, sink) for name, sink in streams.items()})


@violates("Interpreter.redirect.write")
def takes_callables_only(m):
    """An object that can only be written to is a TypeError."""

    @redirecting(m)
    def mutated(redirect, self, **streams):
        for sink in streams.values():
            if hasattr(sink, "write") and not callable(sink):
                raise TypeError("%s is not callable" % type(sink).__name__)
        redirect(self, **streams)


@violates("Interpreter.redirect.none")
def redirects_to_nothing(m):
    """None for a stream drops what is written to it."""

    @redirecting(m)
    def mutated(redirect, self, **streams):
        redirect(self, **{k: (lambda text: None) if v is None else v for k, v in streams.items()})


@violates("Interpreter.redirect.none")
def wants_to_have_redirected(m):
    """None for a stream that is not redirected is an InterpreterError."""
    redirected = set()

    @redirecting(m)
    def mutated(redirect, self, **streams):
        for name, sink in streams.items():
            if sink is None and (self, name) not in redirected:
                raise m.InterpreterError("%s is not redirected" % name)
            redirected.add((self, name))
        redirect(self, **streams)


@violates("Interpreter.redirect.ellipsis")
def gives_back_what_is_not_named(m):
    """A stream that is not named is given back."""

    @redirecting(m)
    def mutated(redirect, self, *, stdout=None, stderr=None):
        redirect(self, stdout=stdout, stderr=stderr)


@violates("Interpreter.redirect.ellipsis")
def does_not_know_the_ellipsis(m):
    """A stream is left as it is only if it is not named."""

    @redirecting(m)
    def mutated(redirect, self, **streams):
        if ... in streams.values():
            raise TypeError("a stream must be callable or have a write method")
        redirect(self, **streams)


@violates("Interpreter.redirect.type")
def takes_false_for_none(m):
    """What is false and no stream is taken for None, and the rest for a file descriptor."""

    @redirecting(m)
    def mutated(redirect, self, **streams):
        def sink(sink):
            return sink if sink is ... or writer(sink) else None

        redirect(self, **{name: sink(each) for name, each in streams.items()})


@violates("Interpreter.redirect.type")
def takes_streams_by_position(m):
    """The streams may be given by position."""

    @redirecting(m)
    def mutated(redirect, self, stdout=..., stderr=...):
        redirect(self, stdout=stdout, stderr=stderr)


@violates("Interpreter.redirect.foreign")
def loses_what_it_cannot_pass_on(m):
    """In an interpreter of another module nothing is refused, and nothing is redirected."""

    @redirecting(m)
    def mutated(redirect, self, **streams):
        try:
            redirect(self, **streams)
        except m.InterpreterError as error:
            if "was not made by this module" not in str(error):
                raise


def redirects_nothing_if(m, whether):
    """Have redirect() do nothing where *whether* says so."""

    @redirecting(m)
    def mutated(redirect, self, **streams):
        if not whether(self):
            redirect(self, **streams)


@violates("Interpreter.redirect.main")
def leaves_main_alone(m):
    """To redirect the main interpreter does nothing."""
    redirects_nothing_if(m, lambda interpreter: interpreter == m.get_main())


@violates("Interpreter.redirect.current")
def leaves_the_current_one_alone(m):
    """To redirect the current interpreter does nothing."""
    redirects_nothing_if(m, lambda interpreter: m.get_main() != interpreter == m.get_current())


@violates("Interpreter.redirect.running")
def leaves_a_running_one_alone(m):
    """To redirect a running interpreter does nothing."""

    def whether(interpreter):
        others = m.get_main(), m.get_current()
        return interpreter not in others and interpreter.is_running()

    redirects_nothing_if(m, whether)


def passes_on_late(m, when):
    """Have what is written to sys.stdout kept until ``when(text)`` or another stream's end."""
    kept = []

    def change(write, text):
        kept.append((write, text))
        if when(text):
            pass_on()

    def pass_on():
        while kept:
            write, text = kept.pop(0)
            write(text)

    changes_writing(m, change, "stdout")

    @replaces(m.Interpreter, "run")
    def run(original, self, code):
        try:
            original(self, code)
        finally:
            pass_on()

    return kept


@violates("Interpreter.redirect.line")
def passes_lines_on_at_the_end(m):
    """Lines are passed on when the run ends."""
    passes_on_late(m, lambda text: not text.endswith("\n"))


@violates("Interpreter.redirect.flush")
def does_not_flush(m):
    """A flush passes nothing on."""
    passes_on_late(m, lambda text: text.endswith("\n"))


@violates("Interpreter.redirect.end")
def keeps_what_is_no_line(m):
    """What is left of a line waits for the rest of it."""
    rest = []

    def change(write, text):
        rest.append(text)
        if text.endswith("\n"):
            write("".join(rest))
            rest.clear()

    changes_writing(m, change)


@violates("Interpreter.redirect.thread")
def passes_on_in_a_new_thread(m):
    """Text is passed on in an OS thread that is started for it."""

    def change(write, text):
        thread = threading.Thread(target=write, args=(text,))
        thread.start()
        thread.join()

    changes_writing(m, change)


@violates("Interpreter.redirect.raises")
def drops_exceptions(m):
    """What the object raises is dropped."""

    def change(write, text):
        try:
            write(text)
        except Exception:
            pass

    changes_writing(m, change)


@violates("Interpreter.redirect.descriptors")
def redirects_descriptors(m):
    """What the code writes to the file descriptor 1 is passed on too."""

    @replaces(m.Interpreter, "run")
    def run(original, self, code):
        original(self, code.replace("os.write(1, b'spam\\n')", "print('spam')"))


# --- memory --------------------------------------------------------------------------------------


def measuring(m):
    """Return a decorator of what is done in the place of memory()."""
    return replaces(m.Interpreter, "memory")


@violates("Interpreter.memory.dict")
def returns_a_pair(m):
    """memory() returns a tuple."""

    @measuring(m)
    def mutated(memory, self):
        return tuple(memory(self).values())


@violates("Interpreter.memory.dict")
def takes_options(m):
    """memory() can be told what to measure."""

    @measuring(m)
    def mutated(memory, self, what=None):
        return memory(self)


@violates("Interpreter.memory.objects")
def counts_objects_once_more(m):
    """Objects that have been are counted too."""
    most = {}

    @measuring(m)
    def mutated(memory, self):
        found = memory(self)
        most[self.id] = max(found["objects"], most.get(self.id, 0))
        return dict(found, objects=most[self.id] // 2)


@violates("Interpreter.memory.objects")
def counts_all_objects(m):
    """The objects of the process are counted, of all its interpreters."""

    @measuring(m)
    def mutated(memory, self):
        import gc

        found = memory(self)
        return dict(found, objects=found["objects"] + len(gc.get_objects()))


@violates("Interpreter.memory.bytes")
def counts_blocks(m):
    """Each object counts for the same number of bytes."""

    @measuring(m)
    def mutated(memory, self):
        found = memory(self)
        return dict(found, bytes=found["objects"] * 64)


@violates("Interpreter.memory.bytes")
def counts_twice(m):
    """An object counts once for itself and once for what refers to it."""

    @measuring(m)
    def mutated(memory, self):
        found = memory(self)
        return dict(found, bytes=found["bytes"] * 2)


@violates("Interpreter.memory.other-means")
def counts_pages(m):
    """The memory of the process is measured, whoever has allocated it."""

    @measuring(m)
    def mutated(memory, self):
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
        return dict(memory(self), bytes=pages * 4096)


@violates("Interpreter.memory.not-told")
def tells_nothing(m):
    """The collector is taken for one that cannot tell the objects of interpreters."""

    @measuring(m)
    def mutated(memory, self):
        memory(self)
        raise m.InterpreterError("the objects cannot be told from those of others")


def measures_itself_if(m, whether):
    """Have memory() measure the current interpreter where *whether* says so."""

    @measuring(m)
    def mutated(memory, self):
        if whether(self):
            return {"objects": 1, "bytes": sys.getsizeof(self)}
        return memory(self)


@violates("Interpreter.memory.main")
def measures_main(m):
    """The main interpreter can be measured."""
    measures_itself_if(m, lambda interpreter: interpreter == m.get_main())


@violates("Interpreter.memory.current")
def measures_the_current_one(m):
    """The current interpreter can be measured."""
    measures_itself_if(m, lambda interpreter: interpreter == m.get_current())


@violates("Interpreter.memory.running")
def measures_a_running_one(m):
    """A running interpreter can be measured."""
    measures_itself_if(m, lambda interpreter: interpreter.is_running())
