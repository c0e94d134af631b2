"""Mutants of the functions of the high-level module, and of its exceptions."""

from mutants.mutant import replaces, violates


@violates("interpreters.enumerate.list")
def lists_ids(m):
    """The list has the IDs of the interpreters."""

    @replaces(m, "enumerate")
    def mutated(enumerate):
        return [each.id for each in enumerate()]


@violates("interpreters.enumerate.list")
def leaves_main_out(m):
    """The list has the subinterpreters."""

    @replaces(m, "enumerate")
    def mutated(enumerate):
        return [each for each in enumerate() if each != m.get_main()]


@violates("interpreters.enumerate.ascending")
def lists_bucket_by_bucket(m):
    """The interpreters come in the order in which a table with two buckets has them."""

    @replaces(m, "enumerate")
    def mutated(enumerate):
        return sorted(enumerate(), key=lambda each: (each.id % 2, each.id))


@violates("interpreters.get_current.current")
def returns_the_current_id(m):
    """The current interpreter comes as its ID."""

    @replaces(m, "get_current")
    def mutated(get_current):
        return get_current().id


@violates("interpreters.get_current.current")
def is_always_in_main(m):
    """The main interpreter is the current one in every interpreter."""

    @replaces(m, "get_current")
    def mutated(get_current):
        return m.get_main()


@violates("interpreters.get_main.main")
def returns_the_id_of_main(m):
    """The main interpreter comes as its ID."""

    @replaces(m, "get_main")
    def mutated(get_main):
        return get_main().id


@violates("interpreters.get_main.main")
def takes_itself_for_main(m):
    """Every interpreter takes itself for the main one."""

    @replaces(m, "get_main")
    def mutated(get_main):
        return m.get_current()


@violates("interpreters.create.interpreter")
def returns_the_id_of_a_new_one(m):
    """The new interpreter comes as its ID."""

    @replaces(m, "create")
    def mutated(create, **options):
        return create(**options).id


@violates("interpreters.create.interpreter")
def keeps_one_in_store(m):
    """It returns an interpreter that has been created before, and puts a new one in its place."""
    store = [m.create()]

    @replaces(m, "create")
    def mutated(create, **options):
        store.append(create(**options))
        return store.pop(0)


@violates("interpreters.create.interpreter")
def takes_options_by_position(m):
    """The options may also be given by position."""

    @replaces(m, "create")
    def mutated(create, isolated=None, site=True):
        return create(isolated=isolated, site=site)


@violates("interpreters.create.idle")
def is_running_until_used(m):
    """A new interpreter is running until something has been run in it."""
    used = []

    @replaces(m.Interpreter, "run")
    def mutated(run, self, code):
        used.append(self.id)
        run(self, code)

    @replaces(m.Interpreter, "is_running")
    def mutated_too(is_running, self):
        return is_running(self) or self.id not in used


@violates("interpreters.create.default", isolates=True)
def shares_by_default(m):
    """The default is that of the low-level module."""

    @replaces(m, "create")
    def mutated(create, *, isolated=False, **options):
        return create(isolated=isolated, **options)


@violates("interpreters.create.default", isolates=True)
def takes_none_for_false(m):
    """Without isolated the new interpreter is isolated; with None for it, it is not."""

    @replaces(m, "create")
    def mutated(create, *, isolated=True, **options):
        return create(isolated=bool(isolated), **options)


@violates("interpreters.create.default", isolates=False)
def isolates_by_default_everywhere(m):
    """The default is to isolate, whether the Python can or not."""
    m._CAN_ISOLATE = True


@violates("interpreters.create.shared", isolates=True)
def takes_false_for_none(m):
    """Any false value for isolated is the default."""

    @replaces(m, "create")
    def mutated(create, *, isolated=None, **options):
        return create(isolated=isolated or None, **options)


@violates("interpreters.create.isolated", isolates=True)
def does_not_isolate(m):
    """A new interpreter is isolated by default, and shared whatever isolated is."""

    @replaces(m, "create")
    def mutated(create, **options):
        return create(**dict(options, isolated="isolated" not in options))


@violates("interpreters.create.not-isolated", "interpreters.create.isolated", isolates=False)
def shares_where_it_cannot_isolate(m):
    """Where the Python cannot isolate interpreters isolated=True has no effect."""

    @replaces(m, "create")
    def mutated(create, **options):
        return create(**dict(options, isolated=False))


@violates("interpreters.create.not-isolated", isolates=True)
def refuses_to_isolate(m):
    """isolated=True is refused, whether the Python can isolate interpreters or not."""

    @replaces(m, "create")
    def mutated(create, *, isolated=None, **options):
        if isolated:
            raise m.InterpreterError("this Python cannot isolate interpreters")
        return create(isolated=isolated, **options)


@violates("interpreters.create.site")
def ignores_site(m):
    """site is accepted and has no effect."""

    @replaces(m, "create")
    def mutated(create, *, site=True, **options):
        return create(**options)


@violates("interpreters.create.site")
def has_no_site_by_default(m):
    """Without an argument, site is not imported."""

    @replaces(m, "create")
    def mutated(create, *, site=False, **options):
        return create(site=site, **options)


def derive(m, name):
    """Give the high-level module an exception of its own, derived from that of the low level."""
    original = getattr(m, name)
    setattr(m, name, type(name, (original,), {"__module__": original.__module__}))


@violates("interpreters.InterpreterError.same")
def has_its_own_interpreter_error(m):
    """InterpreterError is another class than that of the low-level module."""
    derive(m, "InterpreterError")


@violates("interpreters.InterpreterNotFoundError.same")
def has_its_own_not_found_error(m):
    """InterpreterNotFoundError is another class than that of the low-level module."""
    derive(m, "InterpreterNotFoundError")


@violates("interpreters.RemoteTraceback.same")
def has_its_own_remote_traceback(m):
    """RemoteTraceback is another class than that of the low-level module."""
    derive(m, "RemoteTraceback")


@violates("interpreters.create.interpreter")
def uses_idle_ones_again(m):
    """An idle interpreter that exists already is returned instead of a new one."""
    made = []

    @replaces(m, "create")
    def mutated(create, **options):
        idle = [each for each in made if each in m.enumerate() and not each.is_running()]
        made.append(idle[0] if idle else create(**options))
        return made[-1]


@violates("interpreters.create.shared", isolates=True)
def shares_with_site_only(m):
    """Without the module site the interpreter is isolated, whatever *isolated* is."""

    @replaces(m, "create")
    def mutated(create, *, isolated=None, site=True):
        return create(isolated=isolated if site else True, site=site)


@violates("interpreters.enumerate.list")
def lists_itself_and_main_elsewhere(m):
    """In a subinterpreter only that one and the main one are listed."""

    @replaces(m, "enumerate")
    def mutated(enumerate):
        here = m.get_current()
        return [each for each in enumerate() if here.id == 0 or each.id in (0, here.id)]
