"""What is written to a stream of an interpreter, passed to an object of another."""

import _thread
import io
import os
import sys
import threading

from check import busy, caught, covers, equal, foreign, importing, raises, value, with_method


class Sink:
    """Keeps what it is given, by write()."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text


def redirected(m, **streams):
    """Create an interpreter whose streams are redirected."""
    interpreter = with_method(m, "redirect")
    equal(interpreter.redirect(**streams), None)
    return interpreter


@covers("Interpreter.redirect.stdout")
def what_is_printed_is_passed_on(m):
    """What code prints comes to the object, in order, from runs and from calls."""
    pieces = []
    interpreter = redirected(m, stdout=pieces.append)
    interpreter.run("print('spam', 1)\nprint()\nprint('eggs', end='')")
    interpreter.call(print, "ham", sep="")
    interpreter.call(exec, "import sys; sys.stdout.write('a\\nb\\n')", {})
    equal("".join(pieces), "spam 1\n\neggsham\na\nb\n")


@covers("Interpreter.redirect.stdout")
def any_text_is_passed_on(m):
    """A million characters, text of any language, nulls and what writelines() is given."""
    pieces = []
    interpreter = redirected(m, stdout=pieces.append)
    interpreter.run("import sys\nsys.stdout.writelines(['é€', '\\U0001f600\\0', '\\n'])")
    interpreter.run("print('x' * 10**6)\nprint('', end='')")
    equal({type(each) for each in pieces}, {str})
    text = "".join(pieces)
    equal([text[:5], len(text)], ["é€\U0001f600\0\n", 10**6 + 6])
    assert text[5:] == "x" * 10**6 + "\n", "other text has arrived"


@covers("Interpreter.redirect.stderr")
def what_is_written_to_stderr_is_passed_on(m):
    """What code writes to sys.stderr comes to an object of its own."""
    out, err = [], []
    interpreter = redirected(m, stdout=out.append, stderr=err.append)
    interpreter.run("import sys\nprint('spam', file=sys.stderr)\nprint('eggs')")
    equal(["".join(out), "".join(err)], ["eggs\n", "spam\n"])


@covers("Interpreter.redirect.stderr")
def what_python_reports_is_passed_on(m):
    """An exception that is reported to sys.stderr, such as one in __del__(), comes to the object."""
    err = []
    interpreter = redirected(m, stderr=err.append)
    interpreter.run("class Spam:\n def __del__(self): 1/0\nSpam()")
    assert "ZeroDivisionError" in "".join(err), err


@covers("Interpreter.redirect.stderr")
def the_object_is_of_the_interpreter_that_redirects(m):
    """It is called in the interpreter that made the call, a subinterpreter too."""
    one, two, seen = with_method(m, "redirect"), m.create(), []
    one.run(importing() + "pieces, here = [], set()\ntwo = m.Interpreter(%d)" % int(two.id))
    one.run(
        "two.redirect(stdout=lambda text: [pieces.append(text), here.add(int(m.get_current().id))])"
    )
    one.run("two.run('print(1)')")
    equal(value(one.run, "[''.join(pieces), here]"), ["1\n", {int(one.id)}])
    two.redirect(stdout=lambda text: seen.append(m.get_current() == m.get_main()))
    one.run("two.run('print(2)')")
    equal(set(seen), {True})


@covers("Interpreter.redirect.callable")
def a_callable_is_called_with_text(m):
    """A function, a method and an object with __call__() are called with one argument, a str."""

    class Spam:
        def __call__(self, *args, **kwargs):
            seen.append((args, kwargs))

    seen = []
    for each in (Spam(), Spam().__call__, lambda *args: seen.append((args, {}))):
        interpreter = redirected(m, stdout=each)
        interpreter.run("print('spam')")
        equal("".join(args[0] for args, _ in seen), "spam\n")
        equal({(len(args), len(kwargs)) for args, kwargs in seen}, {(1, 0)})
        seen.clear()


@covers("Interpreter.redirect.write")
def an_object_with_write_is_written_to(m):
    """A StringIO, an object of a class with nothing but write(), and a file."""
    text, sink = io.StringIO(), Sink()
    interpreter = redirected(m, stdout=text, stderr=sink)
    interpreter.run("import sys\nprint('spam')\nprint('eggs', file=sys.stderr)")
    equal([text.getvalue(), sink.text], ["spam\n", "eggs\n"])
    with open("written", "w+", encoding="utf-8") as file:
        interpreter.redirect(stdout=file)
        interpreter.run("print('h\\xe4m')")
        file.flush()
        file.seek(0)
        equal(file.read(), "häm\n")


@covers("Interpreter.redirect.none")
def none_gives_the_stream_back(m):
    """The interpreter has the very stream that it had, and nothing more is passed on."""
    interpreter, pieces = with_method(m, "redirect"), []
    interpreter.run("import sys\nout, err = sys.stdout, sys.stderr")
    interpreter.redirect(stdout=pieces.append, stderr=pieces.append)
    interpreter.redirect(stdout=[].append)
    equal(value(interpreter.run, "[sys.stdout is out, sys.stderr is err]"), [False, False])
    interpreter.redirect(stdout=None)
    equal(value(interpreter.run, "[sys.stdout is out, sys.stderr is err]"), [True, False])
    interpreter.redirect(stdout=None, stderr=None)
    equal(value(interpreter.run, "[sys.stdout is out, sys.stderr is err]"), [True, True])
    interpreter.run("print(end='')\nsys.stderr.flush()")
    equal(pieces, [])


@covers("Interpreter.redirect.none")
def none_is_fine_for_what_is_not_redirected(m):
    """An interpreter whose streams are its own keeps them."""
    interpreter = with_method(m, "redirect")
    interpreter.run("import sys\nout = sys.stdout")
    equal(interpreter.redirect(stdout=None, stderr=None), None)
    equal(value(interpreter.run, "sys.stdout is out"), True)


@covers("Interpreter.redirect.ellipsis")
def what_is_not_named_stays(m):
    """A stream that is left out, or given as ..., is as it was; another call replaces one."""
    one, two, three = [], [], []
    interpreter = redirected(m, stdout=one.append)
    interpreter.redirect(stderr=two.append)
    interpreter.redirect(stdout=..., stderr=three.append)
    equal(interpreter.redirect(), None)
    interpreter.run("import sys\nprint('spam')\nprint('eggs', file=sys.stderr)")
    equal(["".join(each) for each in (one, two, three)], ["spam\n", "", "eggs\n"])


@covers("Interpreter.redirect.type")
def what_is_no_stream_is_a_type_error(m):
    """An int, a str, bytes, an object without write(), and arguments by position."""
    interpreter, pieces = with_method(m, "redirect"), []
    interpreter.redirect(stdout=pieces.append)
    for wrong in (1, "out", b"", object(), [], False):
        with raises(m, "TypeError", repr(wrong)):
            interpreter.redirect(stdout=wrong)
        with raises(m, "TypeError", repr(wrong)):
            interpreter.redirect(stderr=wrong)
    with raises(m, "TypeError"):
        interpreter.redirect(print)
    interpreter.run("print('spam')")
    equal("".join(pieces), "spam\n")


@covers("Interpreter.redirect.foreign")
def redirect_refuses_the_objects_of_an_interpreter_of_another_module(m):
    """What an interpreter has that another module has created cannot be written to from elsewhere."""
    with_method(m, "redirect")
    id = foreign(m)
    if id is not None:
        line = "caught(lambda: m.create().redirect(stdout=print))"
        code = importing() + "from check import caught\nerror = " + line
        run = m.Interpreter(id).run
        equal(value(run, "type(error).__name__", code), "InterpreterError")


@covers("Interpreter.redirect.main")
def redirect_refuses_main(m):
    """The main interpreter is an InterpreterError, whatever is asked for, and its streams stay."""
    with_method(m, "redirect")
    before = sys.stdout, sys.stderr
    for streams in ({"stdout": print}, {"stderr": None}, {"stdout": ...}, {}):
        with raises(m, "InterpreterError", str(streams)):
            m.get_main().redirect(**streams)
    assert (sys.stdout, sys.stderr) == before


@covers("Interpreter.redirect.current")
def redirect_refuses_the_current_interpreter(m):
    """Code that redirects the interpreter in which it runs gets an InterpreterError."""
    line = "caught(lambda: m.get_current().redirect(stdout=print))"
    code = importing() + "from check import caught\nerror = " + line
    interpreter = with_method(m, "redirect")
    equal(value(interpreter.run, "type(error).__name__", code), "InterpreterError")


@covers("Interpreter.redirect.running")
def redirect_refuses_a_running_interpreter(m):
    """While another OS thread runs code there it is an InterpreterError."""
    interpreter = with_method(m, "redirect")
    with busy(interpreter.run):
        with raises(m, "InterpreterError"):
            interpreter.redirect(stdout=print)
    interpreter.redirect(stdout=print)


def order_of(m, code):
    """Return what the streams pass on of *code*, each with the name of its stream, in order."""
    seen = []
    interpreter = redirected(
        m,
        stdout=lambda text: seen.append(("out", text)),
        stderr=lambda text: seen.append(("err", text)),
    )
    interpreter.run("import sys\n" + code)
    return [each for each in seen if each[1]]


@covers("Interpreter.redirect.line")
def a_complete_line_is_passed_on(m):
    """A line has been passed on when the code goes on, also if it was written in parts."""
    seen = order_of(m, "print('a')\nprint('b', file=sys.stderr)\nprint('c')")
    equal("".join(text for _, text in seen), "a\nb\nc\n")
    seen = order_of(
        m, "sys.stdout.write('a')\nsys.stdout.write('b\\n')\nprint('c', file=sys.stderr)"
    )
    equal("".join(text for _, text in seen), "ab\nc\n")


@covers("Interpreter.redirect.flush")
def a_flush_passes_text_on(m):
    """A part of a line has been passed on when the stream has been flushed."""
    seen = order_of(m, "print('a', end='', flush=True)\nprint('b', file=sys.stderr)\nprint('c')")
    equal("".join(text for _, text in seen), "ab\nc\n")


@covers("Interpreter.redirect.end")
def the_end_of_a_run_passes_text_on(m):
    """What is left of a line is passed on when a run or a call ends, also by an exception."""
    pieces = []
    interpreter = redirected(m, stdout=pieces.append)
    interpreter.run("print('spam', end='')")
    equal("".join(pieces), "spam")
    caught(interpreter.run, "print('eggs', end='')\n1/0")
    equal("".join(pieces), "spameggs")
    interpreter.call(print, "ham", end="")
    equal("".join(pieces), "spameggsham")


@covers("Interpreter.redirect.thread")
def text_is_passed_on_in_the_thread_that_writes(m):
    """The object is called in the OS thread of the run, and of a thread that the code has started."""
    seen = []
    interpreter = redirected(m, stdout=lambda text: seen.append(_thread.get_ident()))
    thread = threading.Thread(target=interpreter.run, args=("print('spam')",))
    thread.start()
    ident = thread.ident
    thread.join()
    equal(set(seen), {ident})
    seen.clear()
    code = (
        "import _thread, threading\n"
        "def work():\n"
        " idents.append(_thread.get_ident())\n"
        " print('spam')\n"
        "idents = []\n"
        "thread = threading.Thread(target=work)\n"
        "thread.start()\n"
        "thread.join()"
    )
    equal(value(interpreter.run, "idents", code), sorted(set(seen)))


@covers("Interpreter.redirect.raises")
def what_the_object_raises_is_raised_in_the_code(m):
    """The code that writes may catch it, with its arguments; if it does not, the caller gets it."""

    def refuse(text):
        raise ValueError("no", 1)

    interpreter = redirected(m, stdout=refuse)
    code = "try: print('spam')\nexcept ValueError as error: seen = error.args"
    equal(value(interpreter.run, "seen", code), ("no", 1))
    with raises(m, "ValueError"):
        interpreter.run("print('spam')")
    interpreter.redirect(stdout=None)
    interpreter.run("pass")


@covers("Interpreter.redirect.descriptors")
def what_is_written_to_descriptors_is_not_redirected(m):
    """Bytes that code, or a child process, writes to descriptors 1 and 2 go where they went."""
    read, write = os.pipe()
    saved = os.dup(1)
    os.dup2(write, 1)
    pieces = []
    try:
        interpreter = redirected(m, stdout=pieces.append, stderr=pieces.append)
        interpreter.run("import os\nos.write(1, b'spam\\n')\nos.system('echo eggs')")
    finally:
        os.dup2(saved, 1)
    equal(["".join(pieces), os.read(read, 99)], ["", b"spam\neggs\n"])
