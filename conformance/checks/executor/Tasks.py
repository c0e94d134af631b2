"""Tasks: what is sent when, what comes of an exception, and in which order they are executed."""

import _thread
import operator
import os
import traceback

from check import caught, covers, equal, in_main, raises
from checks.pools import REDUCED, evaluate, execute, held, written


def reduced(executor, function, *arguments):
    """Submit a task whose result is made anew by a call; return its future when it has ended."""
    future = executor.submit(eval, REDUCED % (function, arguments), {})
    evaluate(executor, "1")  # tasks are executed in order
    return future


@covers("Tasks.described")
def arguments_are_made_anew(m):
    """A list that the task changes, given by position or by name, is not changed here."""
    executor, spam = m.InterpreterPoolExecutor(1), [3, 1]
    executor.submit(operator.setitem, spam, 0, 5).result()
    executor.submit(exec, "spam.append(7)", {"spam": spam}).result()
    executor.submit(sorted, spam, key=spam.append).exception()
    equal(spam, [3, 1])


@covers("Tasks.described")
def what_is_called_is_made_anew(m):
    """A method that changes its object changes the one there."""
    spam = [1]
    m.InterpreterPoolExecutor(1).submit(spam.append, 2).result()
    equal(spam, [1])


@covers("Tasks.described")
def a_function_of_the_program_is_a_task(m):
    """A function of __main__, with a global that it names, is sent by value."""
    namespace = in_main("eggs = 40\ndef spam(x): return eggs + x\n")
    equal(m.InterpreterPoolExecutor(1).submit(namespace["spam"], 2).result(), 42)


@covers("Tasks.described")
def a_lambda_is_a_task(m):
    """So is a function that is defined in another one, with what it closes over."""
    spam, executor = 40, m.InterpreterPoolExecutor(1)
    equal(executor.submit(lambda x: spam + x, 2).result(), 42)
    equal(list(executor.map(lambda x: spam + x, [2, 3])), [42, 43])


@covers("Tasks.described")
def a_memoryview_is_over_the_same_memory(m):
    """A task writes into the memory of this interpreter."""
    spam = bytearray(b"spam")
    m.InterpreterPoolExecutor(1).submit(operator.setitem, memoryview(spam), 0, 83).result()
    equal(spam, bytearray(b"Spam"))


@covers("Tasks.later")
def what_is_changed_after_submit_does_not_matter(m):
    """A task that waits for a worker gets its arguments as they were when it was submitted."""
    executor, spam, names = m.InterpreterPoolExecutor(1), [1], {"a": [1]}
    with held(executor):
        futures = [executor.submit(list, spam), executor.submit(dict, **names)]
        futures.append(executor.submit(spam.__len__))
        spam.append(2)
        names["a"].append(2)
    equal([future.result() for future in futures], [[1], {"a": [1]}, 1])


@covers("Tasks.later")
def a_function_that_is_changed_after_submit_is_called_as_it_was(m):
    """What a global is bound to when a function is submitted, it is bound to in the task."""
    executor, namespace = (
        m.InterpreterPoolExecutor(1),
        in_main("eggs = 1\ndef spam(): return eggs\n"),
    )
    with held(executor):
        future = executor.submit(namespace["spam"])
        namespace["eggs"] = 2
    equal(future.result(), 1)


@covers("Tasks.result")
def what_is_changed_after_the_end_does_not_matter(m):
    """The result is as it was when the task ended, whatever a later task does to the object."""
    executor = m.InterpreterPoolExecutor(1)
    execute(executor, "spam = [1]")
    future = executor.submit(eval, "spam", {})
    execute(executor, "spam.append(2)")
    equal([future.result(), evaluate(executor, "spam")], [[1], [1, 2]])


@covers("Tasks.result")
def a_result_is_made_anew(m):
    """What is done to a result here is not done to the object there."""
    executor = m.InterpreterPoolExecutor(1)
    execute(executor, "spam = [1]")
    evaluate(executor, "spam").append(2)
    equal(evaluate(executor, "spam"), [1])


@covers("Tasks.anew")
def a_result_is_not_made_before_it_is_asked_for(m):
    """What makes it anew is called by result(), and not when the task ends."""
    (read, write), executor = os.pipe(), m.InterpreterPoolExecutor(1)
    future = reduced(executor, "__import__('os').write", write, b".")
    before = written(read)
    equal([before, future.result(), written(read)], [b"", 1, b"."])


@covers("Tasks.anew")
def a_result_is_made_by_who_asks(m):
    """What makes it anew is called in the OS thread that asks for it."""
    future = reduced(m.InterpreterPoolExecutor(1), "__import__('_thread').get_ident")
    equal(future.result() == _thread.get_ident(), True)


@covers("Tasks.anew")
def a_result_is_made_once(m):
    """Whoever asks again is given the same object."""
    (read, write), executor = os.pipe(), m.InterpreterPoolExecutor(1)
    future = reduced(executor, "__import__('os').write", write, b".")
    equal([future.result(), future.result(), future.exception(), written(read)], [1, 1, None, b"."])
    spam = executor.submit(list, "spam")
    assert spam.result() is spam.result(), "there are two results"


@covers("Tasks.raises")
def what_a_task_raises_is_its_exception(m):
    """exception() returns what the function has raised, and result() raises it."""
    executor = m.InterpreterPoolExecutor(1)
    for function, arguments, cls in (
        (operator.truediv, (1, 0), ZeroDivisionError),
        (int, ("spam",), ValueError),
        (len, (), TypeError),
        (exec, ("raise LookupError", {}), LookupError),
    ):
        future = executor.submit(function, *arguments)
        equal(type(future.exception()), cls)
        equal(type(caught(future.result)), cls)


@covers("Tasks.result-raises")
def a_result_that_is_not_shareable_is_an_exception(m):
    """The task is executed, and then its exception is NotShareableError."""
    (read, write), executor = os.pipe(), m.InterpreterPoolExecutor(1)
    expression = "[__import__('os').write(%d, b'.'), __import__('_thread').allocate_lock()]"
    future = executor.submit(eval, expression % write, {})
    with raises(m, "NotShareableError"):
        future.result()
    equal([type(future.exception()), written(read)], [m.NotShareableError, b"."])
    equal(evaluate(executor, "1"), 1)


@covers("Tasks.anew-raises")
def what_makes_a_result_anew_may_raise(m):
    """That is the exception of the future then, and what result() raises."""
    executor = m.InterpreterPoolExecutor(1)
    future = reduced(executor, "int", "spam")
    with raises(m, "ValueError"):
        future.result()
    equal(type(reduced(executor, "int", "spam").exception()), ValueError)
    equal(evaluate(executor, "1"), 1)


@covers("Tasks.arrives")
def an_exception_arrives_with_its_arguments(m):
    """The same class and arguments, of built-in exceptions and those of the standard library."""
    executor = m.InterpreterPoolExecutor(1)
    for code, cls, args in (
        ("raise KeyError('spam', 1)", KeyError, ("spam", 1)),
        ("raise OSError(2, 'spam')", FileNotFoundError, (2, "spam")),
        ("import queue\nraise queue.Empty([1])", __import__("queue").Empty, ([1],)),
    ):
        error = executor.submit(exec, code, {}).exception()
        equal([type(error), error.args], [cls, args])


@covers("Tasks.arrives")
def an_exception_of_the_tasks_own_arrives_under_its_name(m):
    """A class that the task defines arrives as a subclass of a known one, under its name."""
    code = "class Spam(KeyError): pass\nraise Spam('eggs')"
    error = m.InterpreterPoolExecutor(1).submit(exec, code, {}).exception()
    equal(
        [type(error).__name__, isinstance(error, KeyError), error.args], ["Spam", True, ("eggs",)]
    )


@covers("Tasks.arrives")
def an_exception_brings_the_lines_of_the_task(m):
    """Its traceback, as it is printed here, has those of the code that has raised it."""
    code = "def spam():\n    eggs()\ndef eggs():\n    return 1 / 0\nspam()"
    error = m.InterpreterPoolExecutor(1).submit(exec, code, {}).exception()
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert "line 2, in spam" in text and "line 4, in eggs" in text, text


@covers("Tasks.arrives")
def an_exception_is_one_object(m):
    """Whoever asks again is given the same one."""
    future = m.InterpreterPoolExecutor(1).submit(int, "spam")
    assert future.exception() is future.exception(), "there are two exceptions"
    assert caught(future.result) is future.exception(), "another one is raised"


@covers("Tasks.only")
def any_exception_ends_the_task_only(m):
    """After SystemExit, KeyboardInterrupt and others the worker executes the next task."""
    executor = m.InterpreterPoolExecutor(1)
    execute(executor, "spam = 1")
    for name in ("SystemExit", "KeyboardInterrupt", "GeneratorExit", "MemoryError", "ValueError"):
        future = executor.submit(exec, "raise %s" % name, {})
        equal([name, type(future.exception()).__name__], [name, name])
        equal([name, evaluate(executor, "spam")], [name, 1])


@covers("Tasks.only")
def sys_exit_ends_the_task_only(m):
    """Neither the worker nor the process ends; the exit status is in the exception."""
    executor = m.InterpreterPoolExecutor(1)
    error = executor.submit(exec, "import sys\nsys.exit(3)", {}).exception()
    equal([type(error), error.code], [SystemExit, 3])
    equal(evaluate(executor, "1"), 1)


@covers("Tasks.order")
def tasks_are_begun_in_order(m):
    """Tasks that wait for one worker are executed as they were submitted, by whichever method."""
    executor = m.InterpreterPoolExecutor(1)
    execute(executor, "spam = []")
    code = "spam.append(%d)"
    with held(executor):
        executor.submit(exec, code % 0, {})
        executor.map(exec, [code % i for i in (1, 2, 3)], [{}, {}, {}])
        for i in range(4, 20):
            executor.submit(exec, code % i, {})
    equal(evaluate(executor, "spam"), list(range(20)))


@covers("Tasks.once")
def each_task_is_executed_once(m):
    """Of a hundred tasks in two workers, none is executed twice and none is left out."""
    (read, write), executor = os.pipe(), m.InterpreterPoolExecutor(2)
    futures = [executor.submit(os.write, write, bytes([i])) for i in range(100)]
    equal({future.result() for future in futures}, {1})
    equal(sorted(written(read)), list(range(100)))
