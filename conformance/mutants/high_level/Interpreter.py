"""Mutants of the class Interpreter.

The class is one of the copy that the mutant is given, so its methods are replaced in place.
"""

import operator
import threading

from mutants.mutant import replaces, violates


@violates("Interpreter.existing")
def makes_a_new_interpreter(m):
    """An object stands for a new interpreter, whatever ID it is made with."""

    @replaces(m.Interpreter, "__init__")
    def mutated(init, self, id):
        init(self, id)
        self._id = m._interpreters.create()


@violates("Interpreter.existing")
def calls_the_id_interpreter(m):
    """The parameter of the class has another name."""

    @replaces(m.Interpreter, "__init__")
    def mutated(init, self, interpreter):
        init(self, interpreter)


@violates("Interpreter.existing")
def makes_do_without_an_id(m):
    """Without an ID the object stands for the current interpreter."""

    @replaces(m.Interpreter, "__init__")
    def mutated(init, self, id=0, *rest):
        init(self, id)


@violates("Interpreter.index")
def takes_ints_only(m):
    """Only an int is accepted."""

    @replaces(m.Interpreter, "__init__")
    def mutated(init, self, id):
        if not isinstance(id, int):
            raise TypeError("id must be an int, not %s" % type(id).__name__)
        init(self, id)


@violates("Interpreter.index")
def keeps_what_it_was_given(m):
    """The object keeps what stands for its ID, and not the ID."""

    @replaces(m.Interpreter, "__init__")
    def mutated(init, self, id):
        init(self, id)
        self._id = id


@violates("Interpreter.type")
def converts_with_int(m):
    """Whatever int() can convert is accepted."""

    @replaces(m.Interpreter, "__init__")
    def mutated(init, self, id):
        init(self, int(id))


@violates("Interpreter.unknown-id")
def does_not_look_the_id_up(m):
    """That there is no interpreter is seen when the object is used."""

    @replaces(m.Interpreter, "__init__")
    def mutated(init, self, id):
        self._id = int(id)


@violates("Interpreter.unknown-id")
def knows_which_have_been(m):
    """An ID is looked up among all those that were ever given."""
    newest = []

    @replaces(m, "create")
    def mutated(create, **options):
        newest[:] = [create(**options)]
        return newest[0]

    @replaces(m.Interpreter, "__init__")
    def mutated_too(init, self, id):
        if newest and 0 <= id <= newest[0].id:
            self._id = id
        else:
            init(self, id)


@violates("Interpreter.equal")
def is_equal_to_itself_only(m):
    """Two objects are never equal."""
    m.Interpreter.__eq__ = object.__eq__


@violates("Interpreter.equal")
def is_equal_to_its_id(m):
    """An object is equal to the ID of its interpreter."""

    @replaces(m.Interpreter, "__eq__")
    def mutated(eq, self, other):
        return self.id == getattr(other, "id", other)


@violates("Interpreter.hash")
def has_the_hash_of_an_object(m):
    """The hash of an object is that of its address."""
    m.Interpreter.__hash__ = object.__hash__


@violates("Interpreter.repr")
def shows_the_name_of_the_parameter(m):
    """The repr() is Interpreter(id=...)."""
    m.Interpreter.__repr__ = lambda self: "Interpreter(id=%d)" % self.id


@violates("Interpreter.not-owner")
def owns_its_interpreter(m):
    """With the object, the interpreter goes."""

    def destroy(self, destroy=m._interpreters.destroy):
        try:
            destroy(self._id)
        except RuntimeError:
            pass  # another object was before it, or it is the main interpreter

    m.Interpreter.__del__ = destroy


@violates("Interpreter.keeps-id")
def loses_its_id(m):
    """An object whose interpreter has been destroyed has None for its ID."""

    @replaces(m.Interpreter, "destroy")
    def mutated(destroy, self):
        destroy(self)
        self._id = None


def forgiving(m, name, answer):
    """Make the method *name* give an *answer* for a destroyed interpreter."""

    @replaces(m.Interpreter, name)
    def mutated(method, self, *args):
        try:
            return method(self, *args)
        except m.InterpreterNotFoundError:
            return answer


@violates("Interpreter.destroyed")
def is_not_running_when_destroyed(m):
    """An interpreter that has been destroyed is not running."""
    forgiving(m, "is_running", False)


@violates("Interpreter.destroyed")
def can_be_destroyed_twice(m):
    """Destroying what has been destroyed does nothing."""
    forgiving(m, "destroy", None)


@violates("Interpreter.destroyed")
def runs_nothing_when_destroyed(m):
    """Running code in an interpreter that has been destroyed does nothing."""
    forgiving(m, "run", None)


@violates("Interpreter.id.int")
def has_a_str_for_its_id(m):
    """The ID is a str of digits."""
    m.Interpreter.id = property(lambda self: str(self._id))


@violates("Interpreter.id.read-only")
def lets_its_id_be_set(m):
    """The ID is an attribute like any other."""
    m.Interpreter.id = property(
        lambda self: self._id, lambda self, id: setattr(self, "_id", id), lambda self: None
    )


@violates("Interpreter.is_running.running")
def sees_no_other_thread(m):
    """Only the interpreter that asks is known to be running, and the main one."""

    @replaces(m.Interpreter, "is_running")
    def mutated(is_running, self):
        return is_running(self) and self in (m.get_main(), m.get_current())


@violates("Interpreter.is_running.idle")
def is_running_for_ever(m):
    """An interpreter in which something was run is running."""
    used = []

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        used.append(self)
        run(self, code)

    @replaces(m.Interpreter, "is_running")
    def mutated_too(is_running, self):
        return is_running(self) or self in used


@violates("Interpreter.is_running.main")
def main_is_idle(m):
    """The main interpreter is not running, for no run is in progress in it."""

    @replaces(m.Interpreter, "is_running")
    def mutated(is_running, self):
        return self != m.get_main() and is_running(self)


@violates("Interpreter.destroy.none")
def returns_true_when_destroyed(m):
    """destroy() returns whether it has destroyed."""

    @replaces(m.Interpreter, "destroy")
    def mutated(destroy, self):
        destroy(self)
        return True


@violates("Interpreter.destroy.none")
def does_not_destroy(m):
    """destroy() does nothing."""
    m.Interpreter.destroy = lambda self: None


def spares(m, whether):
    """Make destroy() do nothing where *whether* says so."""

    @replaces(m.Interpreter, "destroy")
    def mutated(destroy, self):
        if not whether(self):
            destroy(self)


@violates("Interpreter.destroy.main")
def spares_main_quietly(m):
    """Destroying the main interpreter does nothing."""
    spares(m, lambda interpreter: interpreter == m.get_main())


@violates("Interpreter.destroy.current")
def spares_the_current_one_quietly(m):
    """Destroying the current interpreter does nothing."""
    spares(m, lambda interpreter: interpreter == m.get_current())


@violates("Interpreter.destroy.running")
def spares_running_ones_quietly(m):
    """Destroying a running interpreter does nothing."""
    spares(m, lambda interpreter: interpreter.is_running())


@violates("Interpreter.run.runs")
def runs_in_a_fresh_interpreter(m):
    """The code runs in an interpreter that is created for it."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        run(m.create(), code)


@violates("Interpreter.run.runs")
def calls_the_code_source(m):
    """The parameter of run() has another name."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, source):
        run(self, source)


@violates("Interpreter.run.runs")
def runs_nothing_without_code(m):
    """Without an argument run() does nothing."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code=""):
        run(self, code)


@violates("Interpreter.run.thread")
def runs_in_a_new_thread(m):
    """The code runs in an OS thread that is started for it."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        thread = threading.Thread(target=run, args=(self, code))
        thread.start()
        thread.join()


@violates("Interpreter.run.none")
def returns_the_value(m):
    """run() returns the value, if the code is an expression."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        run(self, code)
        return int(code) if code.isdigit() else None


def around(m, frame):
    """Make run() run *frame*, in which the code stands as a literal."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        run(self, frame % code)


@violates("Interpreter.run.namespace")
def runs_in_a_namespace_of_its_own(m):
    """The code runs in a namespace that persists, and is not that of __main__."""
    around(m, "exec(%r, __import__('sys').modules.setdefault('namespace', {}))")


@violates("Interpreter.run.persists")
def binds_nothing(m):
    """What the code binds is gone when it ends."""
    around(
        m,
        """
import sys
before = dict(globals())
exec(%r)
for name in set(globals()) - set(before):
    del globals()[name]
""",
    )


@violates("Interpreter.run.str")
def takes_bytes(m):
    """Source text may come as bytes."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        run(self, code.decode() if isinstance(code, bytes) else code)


@violates("Interpreter.run.str")
def takes_no_code(m):
    """None for the code is accepted, as nothing to run."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        run(self, code or "")


@violates("Interpreter.run.str")
def takes_no_instances_of_subclasses(m):
    """An instance of a subclass of str is not accepted."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        if type(code) is not str:
            raise TypeError("code must be a str, not %s" % type(code).__name__)
        run(self, code)


def runs_here(m, whether):
    """Make run() execute the code like exec() where *whether* says so."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        exec(code, {}) if whether(self) else run(self, code)


@violates("Interpreter.run.main")
def runs_in_main(m):
    """Code can be run in the main interpreter, by itself."""
    runs_here(m, lambda interpreter: interpreter == m.get_main())


@violates("Interpreter.run.current")
def runs_in_the_current_one(m):
    """Code can be run in the current interpreter, if that is not the main one."""
    runs_here(m, lambda interpreter: m.get_main() != interpreter == m.get_current())


@violates("Interpreter.run.running")
def skips_running_ones(m):
    """Running code in a running interpreter does nothing."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        if self in (m.get_main(), m.get_current()) or not self.is_running():
            run(self, code)


@violates("Interpreter.run.raises")
def raises_an_error_of_its_own(m):
    """Whatever the code raises, the caller gets a RuntimeError."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        try:
            run(self, code)
        except Exception as error:
            raise RuntimeError("%s: %s" % (type(error).__name__, error)) from error.__cause__


@violates("Interpreter.run.raises")
def drops_the_traceback(m):
    """The exception comes without the traceback of the run."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        try:
            run(self, code)
        except Exception as error:
            raise error from None


@violates("Interpreter.run.raises")
def takes_system_exit_for_an_end(m):
    """SystemExit ends the run, and nothing else."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        try:
            run(self, code)
        except SystemExit:
            pass


@violates("Interpreter.run.raises")
def cannot_be_used_after_an_exception(m):
    """An interpreter in which code has raised is not used again."""
    failed = []

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        if self in failed:
            raise m.InterpreterError("interpreter %d has failed" % self.id)
        try:
            run(self, code)
        except BaseException:
            failed.append(self)
            raise


@violates("Interpreter.existing")
def makes_objects_in_main_only(m):
    """In a subinterpreter an object can be made for that one and for the main one only."""

    @replaces(m.Interpreter, "__init__")
    def mutated(init, self, id):
        if m._interpreters.get_current() not in (0, id) and id != 0:
            raise m.InterpreterNotFoundError("interpreter %r is not known here" % id)
        init(self, id)


@violates("Interpreter.unknown-id")
def keeps_sixteen_bits(m):
    """Of an ID only the lower sixteen bits are looked at."""

    @replaces(m.Interpreter, "__init__")
    def mutated(init, self, id):
        number = operator.index(id)
        init(self, number % 2**16 if number > 0 else number)


@violates("Interpreter.equal")
def is_equal_while_it_exists(m):
    """Objects for an interpreter that has been destroyed are unequal."""

    @replaces(m.Interpreter, "__eq__")
    def mutated(eq, self, other):
        return self._id in m._interpreters.enumerate() and eq(self, other)


@violates("Interpreter.equal")
def is_equal_to_its_own_class_only(m):
    """An object of a subclass is unequal to one of the class."""

    @replaces(m.Interpreter, "__eq__")
    def mutated(eq, self, other):
        return type(self) is type(other) and eq(self, other)


@violates("Interpreter.is_running.idle")
def is_running_after_an_exception(m):
    """An interpreter whose code has raised is said to be running until code has not."""
    raised = set()

    @replaces(m.Interpreter, "run")
    def run(original, self, code):
        raised.add(self._id)
        original(self, code)
        raised.discard(self._id)

    @replaces(m.Interpreter, "is_running")
    def mutated(is_running, self):
        return is_running(self) or self._id in raised


@violates("Interpreter.destroy.none")
def destroys_newer_ones_too(m):
    """Interpreters that were created later are destroyed along with it, or earlier ones."""

    @replaces(m.Interpreter, "destroy")
    def mutated(destroy, self):
        destroy(self)
        for id in m._interpreters.enumerate():
            if id and not m._interpreters.is_running(id):
                m._interpreters.destroy(id)


@violates("Interpreter.run.raises")
def an_exception_destroys_it(m):
    """An interpreter whose code has raised an exception is destroyed."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        try:
            run(self, code)
        except m.InterpreterError:
            raise
        except BaseException:
            self.destroy()
            raise


@violates("Interpreter.run.raises")
def calls_the_file_otherwise(m):
    """The file that a SyntaxError tells of has another name."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        try:
            run(self, code)
        except SyntaxError as error:
            error.filename = "<interpreter>"
            raise


@violates("Interpreter.run.raises")
def drops_attributes(m):
    """The attributes that the code has set do not arrive."""

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        try:
            run(self, code)
        except Exception as error:
            vars(error).clear()
            raise
