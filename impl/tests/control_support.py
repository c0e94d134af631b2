"""What the tests of interrupts and of limits share: code to be interrupted, and runs in other threads."""

import os
import random
import sys
import threading

import interpreters
from support import KINDS, PATH, InterpreterTest

#: Ends by itself, but so late that it has been interrupted if it has ended.
BUSY = "import time\nend = time.monotonic() + 100\nwhile time.monotonic() < end: pass\n"


class ControlTest(InterpreterTest):
    def setUp(self):
        super().setUp()
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)  # so that the threads of one GIL meet in more moments
        self.addCleanup(sys.setswitchinterval, before)
        self.choose = random.Random()

    def create(self, isolated=KINDS[-1], **names):
        interpreter = interpreters.create(isolated=isolated)
        self.addCleanup(interpreter.close)
        interpreter.exec(PATH)
        interpreter.prepare_main(names)
        return interpreter

    def begin(self, interpreter, code, run=interpreters.Interpreter.exec, **options):
        """Run the code in a thread, come back once it has begun, and return a function that waits
        for its end and returns what it has raised, or None."""
        reader, writer = self.pipe()
        outcome = []

        def target():
            try:
                begun = f"import os\nos.write({writer}, b'x')\n"
                outcome.append(run(interpreter, begun + code, **options))
            except BaseException as error:
                outcome.append(error)
            os.write(writer, b"x")  # it may have been interrupted before

        def wait():
            thread.join()
            return outcome[0]

        thread = threading.Thread(target=target)
        thread.start()
        self.assertEqual(os.read(reader, 1), b"x")
        return wait

    def value(self, interpreter, name):
        """What the name stands for in __main__ there."""
        queue = interpreters.create_queue()
        interpreter.prepare_main(queue=queue)
        interpreter.exec(f"queue.put({name})")
        return queue.get_nowait()

    def spin(self, most=400):
        for _ in range(self.choose.randrange(most)):
            pass
