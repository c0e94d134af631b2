"""Mutants of is_running()."""

from mutants.mutant import replaces, violates


@violates("is_running.running")
def sees_only_itself(m):
    """Of the subinterpreters only the one that asks is known to be running."""

    @replaces(m, "is_running")
    def mutated(is_running, id):
        return is_running(id) and id in (m.get_main(), m.get_current())


@violates("is_running.running")
def sees_only_others(m):
    """A subinterpreter that asks whether it is running itself learns that it is not."""

    @replaces(m, "is_running")
    def mutated(is_running, id):
        return is_running(id) and (id == m.get_main() or id != m.get_current())


@violates("is_running.idle")
def new_ones_are_running(m):
    """An interpreter is running until something has been run in it."""
    used = []

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        used.append(id)
        run_string(id, command)

    @replaces(m, "is_running")
    def mutated_too(is_running, id):
        return is_running(id) or id not in used


@violates("is_running.idle")
def an_exception_does_not_end_the_run(m):
    """An interpreter is running for ever once a run has ended with an exception."""
    failed = []

    @replaces(m, "run_string")
    def mutated(run_string, id, command):
        try:
            run_string(id, command)
        except BaseException:
            failed.append(id)
            raise

    @replaces(m, "is_running")
    def mutated_too(is_running, id):
        return is_running(id) or id in failed


@violates("is_running.main")
def main_is_idle(m):
    """No run is in progress in the main interpreter, so it is not running."""

    @replaces(m, "is_running")
    def mutated(is_running, id):
        return is_running(id) and id != m.get_main()


@violates("is_running.main")
def main_is_idle_when_others_ask(m):
    """The main interpreter is running if it asks itself, and not if another asks."""

    @replaces(m, "is_running")
    def mutated(is_running, id):
        return is_running(id) and (id != m.get_main() or id == m.get_current())


@violates("is_running.threads")
def counts_the_threads(m):
    """An interpreter is running while any thread is in it."""

    @replaces(m, "is_running")
    def mutated(is_running, id):
        if is_running(id):
            return True
        code = "import _thread, time\ntime.sleep(0.05)  # for a new one\nthreads = _thread._count()"
        return m.run_string_unrestricted(id, code)["threads"] > 0


@violates("is_running.running")
def does_not_see_unrestricted_runs(m):
    """False for an interpreter in which run_string_unrestricted() runs code."""
    unrestricted = set()

    @replaces(m, "run_string_unrestricted")
    def run(original, id, *args, **kwargs):
        unrestricted.add(id)
        try:
            return original(id, *args, **kwargs)
        finally:
            unrestricted.discard(id)

    @replaces(m, "is_running")
    def mutated(is_running, id):
        return is_running(id) and id not in unrestricted


@violates("is_running.idle")
def others_are_running_for_a_subinterpreter(m):
    """In a subinterpreter, every other interpreter is said to be running."""

    @replaces(m, "is_running")
    def mutated(is_running, id):
        here = m.get_current()
        return is_running(id) or here not in (m.get_main(), id)


@violates("is_running.idle")
def those_of_others_are_running(m):
    """An interpreter that another module made is said to be running."""
    made = []

    @replaces(m, "create")
    def create(original, **options):
        made.append(original(**options))
        return made[-1]

    @replaces(m, "is_running")
    def mutated(is_running, id):
        return is_running(id) or int(id) not in made
