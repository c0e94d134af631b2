"""The soak notices what it looks for; a short one is clean; what it refuses."""

import contextlib
import io
import json
import os
import pathlib
import runpy
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

HERE = pathlib.Path(__file__).absolute().parent.parent
soak = runpy.run_path(str(HERE / "__main__.py"))

# A process under load with one scene of our own in place of all others.
FAULTY = """
import os, sys, threading, time
sys.path.insert(0, {folder!r})
import interpreters, load, scenes
{definition}
def nothing(stage):
    pass
turns = [nothing]
def turn(stage):
    turns[-1](stage)
    turns.append(scene)  # not the first time, which is before everything is counted
scenes.SCENES[:] = [turn, nothing, nothing]
load.LIMIT = 2
sys.argv[1:] = ["--seconds", "20"]
sys.exit(load.main())
"""


def faulty(definition):
    """How a process ends whose scene is this one; (status, its faults, standard error)."""
    done = subprocess.run(
        [sys.executable, "-c", FAULTY.format(folder=str(HERE), definition=definition)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    faults = [fault for event in events for fault in event.get("fault", [])]
    return done.returncode, "\n".join(faults), done.stderr


def run(*arguments):
    """The command in this process; (status, output, errors)."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = soak["main"](list(arguments))
        except SystemExit as end:
            status = end.code
    return status, out.getvalue(), err.getvalue()


class Process(unittest.TestCase):
    def notices(self, definition, words):
        status, faults, errors = faulty(definition)
        self.assertEqual(status, 1, errors)
        self.assertIn(words, faults or errors)

    def test_a_result_that_is_another(self):
        self.notices("def scene(stage): scenes.expect(1, 2)", "1 instead of 2")

    def test_an_item_that_is_lost(self):
        self.notices(
            "real, scene = interpreters.create_queue, scenes.relay\n"
            "class Losing:\n"
            "    def __init__(self, queue): self.queue = queue\n"
            "    def __reduce__(self): return self.queue.__reduce__()\n"
            "    def __getattr__(self, name): return getattr(self.queue, name)\n"
            "    def get(self, **options): return self.queue.get(**options) - 1\n"
            "interpreters.create_queue = lambda *given: Losing(real(*given))",
            " instead of ",
        )

    def test_an_interpreter_that_is_left(self):
        self.notices("def scene(stage): stage.create()", "interpreters, and 1 before")

    def test_a_thread_that_is_left(self):
        self.notices(
            "def scene(stage): threading.Thread(target=time.sleep, args=(30,), daemon=True).start()",
            "threads of Python, and 1 before",
        )

    def test_a_descriptor_that_is_left(self):
        self.notices("def scene(stage): os.open('/', os.O_RDONLY)", "descriptors, and ")

    def test_a_cycle_that_hangs(self):
        self.notices("def scene(stage): time.sleep(30)", "Timeout")

    def test_what_cpython_refuses_is_counted(self):
        refusal = "raise interpreters.InterpreterError('no interpreter could be created: spam')"
        status, faults, errors = faulty(f"def scene(stage): {refusal}")
        self.assertEqual((status, faults), (0, ""), errors)


class Memory(unittest.TestCase):
    """What is made of the samples: (interpreters made so far, bytes) after each cycle."""

    def soak(self, samples, control=0):
        subject = soak["Subject"](sys.executable, "3.14.0", None)
        options = mock.Mock(minutes=1, seed=1, cycle=0, shared=False)
        one = soak["Soak"](subject, options)
        one.control = control
        one.processes.append(soak["Process"](samples))
        one.judge_memory(one.processes[-1])
        return one

    def test_memory_that_grows_at_first_only_is_well(self):
        samples = [(n, min(n, 10) << 25) for n in range(100)]
        self.assertEqual(self.soak(samples).faults, [])

    def test_memory_that_grows_and_grows_is_a_fault(self):
        samples = [(n, n << 20) for n in range(100)]
        (fault,) = self.soak(samples).faults
        self.assertIn("grew by 50 MiB while 50 interpreters", fault)

    def test_what_cpython_keeps_itself_is_none(self):
        samples = [(n, n << 20) for n in range(100)]
        found = self.soak(samples, control=1 << 20)
        self.assertEqual(found.faults, [])
        self.assertEqual(found.kept(), 1 << 20)

    def test_refusals_that_are_not_rare_are_a_fault(self):
        for refused, wrong in ((1, False), (2, False), (3, True)):
            found = self.soak([])
            found.counts.update(interpreters=1000, refused=refused)
            found.judge_refusals()
            self.assertEqual(bool(found.faults), wrong)

    def test_a_short_life_tells_nothing(self):
        found = self.soak([(n, n << 30) for n in range(31)])
        self.assertEqual((found.faults, found.kept()), ([], None))


class Command(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def with_load(self, source, *arguments):
        """Run the command with another program in place of load.py, which measures nothing first."""
        source = f"import sys\n'--control' in sys.argv and sys.exit()\n{source}"
        load = self.folder / "load.py"
        load.write_text(source)
        with mock.patch.dict(soak["main"].__globals__, LOAD=load, SILENCE=5.0):
            return run(*arguments)

    def test_a_short_soak_is_clean(self):
        file = self.folder / "counts.json"
        status, output, errors = run("--minutes", "0.1", "--seed", "7", "--json", str(file))
        self.assertEqual(status, 0, output + errors)
        self.assertIn("1 of 1 clean, seed 7", output)
        (found,) = json.loads(file.read_text())
        self.assertGreater(found["interpreters"], 0)
        self.assertEqual((found["seed"], found["faults"]), (7, []))
        self.assertEqual(os.listdir(self.folder), ["counts.json"])

    def test_a_fault_is_told_with_the_line_that_begins_there(self):
        source = (
            'print(\'{"cycle": 4, "made": 1, "counts": {"items": 2}, "resident": 1}\')\n'
            'print(\'{"fault": ["spam"]}\'); raise SystemExit(1)'
        )
        status, output, _ = self.with_load(source, "--seed", "3")
        self.assertEqual(status, 1)
        self.assertIn("cycle 4: spam", output)
        self.assertIn("impl/soak --seed 3 --cycle 4 --python", output)
        self.assertIn("0 of 1 clean", output)

    def test_a_process_that_dies_is_a_fault(self):
        status, output, _ = self.with_load("import os; os.write(2, b'spam'); os.abort()")
        self.assertEqual(status, 1)
        self.assertIn("ended by signal 6\nspam", output)

    def test_a_process_that_says_nothing_is_killed(self):
        status, output, _ = self.with_load("import time; time.sleep(60)")
        self.assertEqual(status, 1)
        self.assertIn("ended by signal 9", output)

    def test_what_is_refused(self):
        nowhere = str(self.folder / "no where")
        (self.folder / "list").write_text("[]")
        for arguments, words in [
            (("--minutes", "0"), "--minutes"),
            (("-j", "0"), "-j"),
            (("--python", nowhere), f"soak: {nowhere}: cannot be run: No such file or directory"),
            (("--python", "/bin/false"), "soak: /bin/false: cannot import the package"),
            (("--subjects", nowhere), f"soak: {nowhere}: cannot be read"),
            (("--subjects", str(self.folder / "list")), "is not what the build lists"),
        ]:
            with self.subTest(arguments):
                status, output, errors = run(*arguments)
                self.assertEqual((status, output), (2, ""))
                self.assertIn(words, errors)


if __name__ == "__main__":
    unittest.main()
