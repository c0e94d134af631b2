"""Mutants of what tells the memory of an interpreter."""

import sys

from mutants.mutant import replaces, violates


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
