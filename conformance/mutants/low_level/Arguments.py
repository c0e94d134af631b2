"""Mutants of how arguments are given, and of the order in which they are judged.

A mutant judges one thing earlier than the reference does, and leaves the rest to it.
"""

import operator

from mutants.mutant import replaces, violates


@violates("Arguments.names")
def calls_the_command_source(m):
    """The second parameter of run_string() has another name."""

    @replaces(m, "run_string")
    def mutated(run_string, id, source):
        run_string(id, source)


@violates("Arguments.names")
def takes_an_id_by_position_only(m):
    """The ID has no name."""

    @replaces(m, "destroy")
    def mutated(destroy, *ids):
        destroy(*ids)


@violates("Arguments.names")
def takes_ns_by_name_only(m):
    """The third parameter of run_string_unrestricted() cannot be given by position."""

    @replaces(m, "run_string_unrestricted")
    def mutated(run_string_unrestricted, id, command, *, ns=None):
        return run_string_unrestricted(id, command, ns)


@violates("Arguments.names")
def ignores_what_it_does_not_know(m):
    """An additional argument is ignored."""

    @replaces(m, "is_running")
    def mutated(is_running, id, *args, **kwargs):
        return is_running(id)


@violates("Arguments.names")
def takes_other_names_too(m):
    """The source text may also be given by the name that it had once."""

    @replaces(m, "run_string")
    def mutated(run_string, id, command=None, script=None):
        run_string(id, command if script is None else script)


@violates("Arguments.names")
def prefers_names_to_positions(m):
    """Of a parameter that is given twice, the one by name counts."""

    @replaces(m, "is_running")
    def mutated(is_running, *args, **kwargs):
        return is_running(**kwargs) if kwargs else is_running(*args)


@violates("Arguments.names")
def takes_main_by_default(m):
    """Without an argument the question is whether the main interpreter is running."""

    @replaces(m, "is_running")
    def mutated(is_running, id=0):
        return is_running(id)


@violates("Arguments.names")
def takes_isolated_by_position(m):
    """The options of create() may also be given by position."""

    @replaces(m, "create")
    def mutated(create, isolated=False, site=True):
        return create(isolated=isolated, site=site)


@violates("Arguments.names")
def ignores_unknown_options(m):
    """An option that create() does not have is ignored."""

    @replaces(m, "create")
    def mutated(create, *, isolated=False, site=True, **others):
        return create(isolated=isolated, site=site)


@violates("Arguments.names")
def lists_whatever_it_is_given(m):
    """enumerate() ignores arguments."""

    @replaces(m, "enumerate")
    def mutated(enumerate, *args, **kwargs):
        return enumerate()


@violates("Arguments.types-first")
def judges_the_value_of_the_command_first(m):
    """That the command has a null character is seen before anything else."""

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        if isinstance(command, str) and "\0" in command:
            raise ValueError("command must not contain null characters")
        run_string(id, command)


@violates("Arguments.types-first")
def looks_the_id_up_before_other_types(m):
    """That no interpreter has the ID is seen before the other argument is looked at."""

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        m.is_running(id)
        run_string(id, command)


@violates("Arguments.types-first")
def looks_the_id_up_before_ns(m):
    """That no interpreter has the ID is seen before ns is looked at."""

    @replaces(m, "run_string_unrestricted")
    def mutated(run_string_unrestricted, id, command, ns=None):
        m.is_running(id)
        return run_string_unrestricted(id, command, ns)


@violates("Arguments.types-first")
def judges_the_state_before_types(m):
    """That the interpreter is running is seen before the other argument is looked at."""

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        if operator.index(id) in filter(m.is_running, m.enumerate()):
            raise m.InterpreterError("interpreter %d is running" % id)
        run_string(id, command)


@violates("Arguments.types-first")
def judges_the_value_of_the_command_before_ns(m):
    """That the command has a null character is seen before ns is looked at."""

    @replaces(m, "run_string_unrestricted")
    def mutated(run_string_unrestricted, id, command, ns=None):
        if isinstance(command, str) and "\0" in command:
            raise ValueError("command must not contain null characters")
        return run_string_unrestricted(id, command, ns)


@violates("Arguments.values-next")
def looks_the_id_up_before_values(m):
    """That no interpreter has the ID is seen once all types are right."""

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        if isinstance(command, str):
            m.is_running(operator.index(id))
        run_string(id, command)


@violates("Arguments.lookup-next")
def judges_the_state_before_it_looks_up(m):
    """An interpreter that does not exist is not in a state to be destroyed."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        if operator.index(id) not in m.enumerate()[1:]:
            raise m.InterpreterError("interpreter %d cannot be destroyed" % id)
        destroy(id)


@violates("Arguments.state-last")
def finds_no_unfit_interpreter(m):
    """The main interpreter is not among those that can be found in order to destroy one."""

    @replaces(m, "destroy")
    def mutated(destroy, id):
        if operator.index(id) not in m.enumerate()[1:]:
            raise m.InterpreterNotFoundError("there is no such interpreter: %d" % id)
        destroy(id)


@violates("Arguments.state-last")
def judges_the_state_before_values(m):
    """That the interpreter is running is seen once all types are right."""

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        if isinstance(command, str) and operator.index(id) in filter(m.is_running, m.enumerate()):
            raise m.InterpreterError("interpreter %d is running" % id)
        run_string(id, command)


@violates("Arguments.state-last")
def finds_no_running_interpreter(m):
    """The running interpreters are not among those that can be found in order to run code."""

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        if isinstance(command, str) and operator.index(id) in filter(m.is_running, m.enumerate()):
            raise m.InterpreterNotFoundError("there is no such interpreter: %d" % id)
        run_string(id, command)


@violates("Arguments.state-last", isolates=True)
def judges_isolation_before_values(m):
    """That an interpreter is isolated is seen before anything about the command."""

    @replaces(m, "run_string_unrestricted")
    def mutated(run_string_unrestricted, id, command, ns=None):
        run_string_unrestricted(id, "")
        return run_string_unrestricted(id, command, ns)


@violates("Arguments.no-effect")
def creates_before_it_refuses(m):
    """The arguments of create() are looked at when there is an interpreter already."""

    @replaces(m, "create")
    def mutated(create, *args, **options):
        id = create()
        if args or options:
            create(*args, **options)
        return id


@violates("Arguments.no-effect")
def runs_what_is_before_the_null(m):
    """The command is run up to a null character, which is noticed then."""

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        if isinstance(command, str) and "\0" in command and not m.is_running(id):
            run_string(id, command.partition("\0")[0])
        run_string(id, command)


@violates("Arguments.no-effect")
def merges_ns_before_it_refuses(m):
    """The command is looked at when ns has been merged."""

    @replaces(m, "run_string_unrestricted")
    def mutated(run_string_unrestricted, id, command, ns=None):
        run_string_unrestricted(id, "", ns)
        return run_string_unrestricted(id, command, ns)
