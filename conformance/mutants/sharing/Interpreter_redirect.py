"""Mutants of redirected streams.

What is written to a stream there comes to a function here, and to replace that function is the
simplest way to get it wrong.
"""

import threading
import types

from mutants.mutant import replaces, violates


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
