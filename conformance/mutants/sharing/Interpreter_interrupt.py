"""Mutants of what interrupts the code of an interpreter."""

import threading

from mutants.mutant import replaces, violates


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
