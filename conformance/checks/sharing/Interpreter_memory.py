"""What the objects of an interpreter take."""

import sys

from check import busy, caught, covers, equal, importing, raises, value, with_method

# Whether the collector tells the objects of one interpreter from those of another.
TELLS = sys.implementation.name != "cpython" or sys.version_info >= (3, 9)


def growth(m, code):
    """Return by how much memory() grows by *code*, or None where it is refused, as it is to be."""
    interpreter = with_method(m, "memory")
    if not TELLS:
        with raises(m, "InterpreterError"):
            interpreter.memory()
        return None
    interpreter.memory()  # so that whatever it needs is there
    interpreter.run("import gc, mmap\ngc.collect()\ngc.disable()")
    before = interpreter.memory()
    interpreter.run(code)
    after = interpreter.memory()
    return {name: after[name] - before[name] for name in before}


@covers("Interpreter.memory.dict")
def memory_returns_a_dict(m):
    """It has two items, objects and bytes, which are positive ints."""
    interpreter = with_method(m, "memory")
    if not TELLS:
        return caught(interpreter.memory)
    memory = interpreter.memory()
    equal([type(memory), sorted(memory)], [dict, ["bytes", "objects"]])
    equal([type(each) for each in memory.values()], [int, int])
    assert memory["bytes"] > memory["objects"] > 100, memory
    with raises(m, "TypeError"):
        interpreter.memory(0)


@covers("Interpreter.memory.objects")
def objects_are_counted(m):
    """Ten thousand lists are ten thousand objects more; when they are gone, as many less."""
    grown = growth(m, "spam = [[] for _ in range(10000)]")
    assert not grown or 10000 <= grown["objects"] < 11000, grown
    grown = growth(m, "spam = [[] for _ in range(10000)]\ndel spam\ngc.collect()")
    assert not grown or abs(grown["objects"]) < 1000, grown


@covers("Interpreter.memory.objects")
def objects_of_other_interpreters_are_not_counted(m):
    """What the main interpreter and others have makes no difference."""
    interpreter, other = with_method(m, "memory"), m.create()
    if not TELLS:
        return caught(interpreter.memory)
    before = interpreter.memory()
    kept = [[] for _ in range(50000)]
    other.run("spam = [[] for _ in range(50000)]")
    after = interpreter.memory()
    assert abs(after["objects"] - before["objects"]) < 1000, [before, after, len(kept)]


@covers("Interpreter.memory.bytes")
def bytes_are_the_sizes_of_objects(m):
    """A thousand lists of a thousand items add at least their sizes, and not much more."""
    size = sys.getsizeof([None] * 1000) * 1000
    grown = growth(m, "spam = [[None] * 1000 for _ in range(1000)]")
    assert not grown or size <= grown["bytes"] < size * 1.3, [grown, size]


@covers("Interpreter.memory.bytes")
def what_objects_refer_to_is_added(m):
    """Text and bytes, which the collector does not know, count if an object of its own has them."""
    grown = growth(m, "spam = ['x' * 10**6 + str(i) for i in range(5)]\neggs = [{}, bytes(10**6)]")
    assert not grown or 6 * 10**6 <= grown["bytes"] < 7 * 10**6, grown


@covers("Interpreter.memory.other-means")
def memory_by_other_means_is_not_in_it(m):
    """Fifty million bytes that are mapped are not counted."""
    grown = growth(m, "spam = mmap.mmap(-1, 50000000)")
    assert not grown or grown["bytes"] < 1000000, grown


@covers("Interpreter.memory.not-told")
def memory_is_told_where_the_collector_can(m):
    """CPython before 3.9 raises InterpreterError; any other Python does not."""
    interpreter = with_method(m, "memory")
    if TELLS:
        equal(type(interpreter.memory()), dict)
    else:
        with raises(m, "InterpreterError"):
            interpreter.memory()


@covers("Interpreter.memory.main")
def memory_refuses_main(m):
    """The main interpreter is an InterpreterError."""
    with_method(m, "memory")
    with raises(m, "InterpreterError"):
        m.get_main().memory()


@covers("Interpreter.memory.current")
def memory_refuses_the_current_interpreter(m):
    """Code that asks for the interpreter in which it runs gets an InterpreterError."""
    code = importing() + "from check import caught\nerror = caught(m.get_current().memory)"
    equal(value(with_method(m, "memory").run, "type(error).__name__", code), "InterpreterError")


@covers("Interpreter.memory.running")
def memory_refuses_a_running_interpreter(m):
    """While another OS thread runs code there it is an InterpreterError; afterwards it is not."""
    interpreter = with_method(m, "memory")
    with busy(interpreter.run):
        with raises(m, "InterpreterError"):
            interpreter.memory()
    if TELLS:
        interpreter.memory()
