"""Eight threads put and eight get, through interpreters that come and go; every item is counted.

Each test goes on for about a second; INTERPRETERS_STRESS_SECONDS says for how many.
"""

import os
import random
import sys
import threading
import time
import unittest

import interpreters
from support import KINDS, InterpreterTest

SECONDS = float(os.environ.get("INTERPRETERS_STRESS_SECONDS", "1"))
THREADS = 8

#: What an interpreter is told once: the queues, and how to use them in each of the ways there are.
SETUP = """
import sys
sys.path[:] = {path!r}
import interpreters, random
items, results = interpreters.Queue({items}), interpreters.Queue({results})
choose = random.Random({seed})

def put(item, **options):
    way = choose.randrange(4)
    while True:
        try:
            if way == 0:
                return items.put(item, **options)
            if way == 1:
                return items.put(item, True, 1000, **options)
            if way == 2:
                return items.put(item, timeout=0.0005, **options)
            return items.put_nowait(item, **options)
        except interpreters.QueueFull:
            way = choose.randrange(3)

def get():
    way = choose.randrange(4)
    while True:
        try:
            if way == 0:
                return items.get()
            if way == 1:
                return items.get(True, 1000)
            if way == 2:
                return items.get(timeout=0.0005)
            return items.get_nowait()
        except interpreters.QueueEmpty:
            way = choose.randrange(3)
"""

#: Puts items of a producer, from one number to another.
PUT = """
for number in range({first}, {last}):
    put(({name}, number, b"spam" * choose.randrange(40)){options})
"""

#: Gets so many items, or fewer if None is one of them, and passes on which they are.
GET = """
got = []
for _ in range({count}):
    got.append(get())
    if got[-1] is None:
        break
results.put([item[:2] if type(item) is tuple else item for item in got])
"""


class Stress(InterpreterTest):
    """What the tests share.  A producer and a consumer are a thread each, and keep their numbers."""

    def setUp(self):
        super().setUp()
        self.seed = random.randrange(1 << 32)
        self.end = time.monotonic() + SECONDS
        self.errors = []
        self.replaced = []

    def create(self, choose, results):
        """A new interpreter, of any kind, most of them isolated."""
        kind = KINDS[-1] if choose.random() < 0.75 else KINDS[0]
        interpreter = interpreters.create(isolated=kind, site=choose.random() < 0.2)
        values = {"items": self.items.id, "results": results.id, "seed": choose.random()}
        interpreter.exec(SETUP.format(path=sys.path, **values))
        return interpreter

    def replace(self, interpreter):
        """Destroy an interpreter."""
        interpreter.close()
        self.replaced.append(interpreter)

    def is_over(self):
        """Whether producers are to end."""
        return self.errors or time.monotonic() > self.end

    def produce(self, name, options):
        """Put items, from one interpreter after another, until the time is up; note how many."""
        choose, number = random.Random(self.seed + name), 0
        while not number or not self.is_over():
            interpreter = self.create(choose, self.items)
            for _ in range(choose.randrange(1, 20)):
                last = number + choose.randrange(1, 50)
                interpreter.exec(PUT.format(name=name, first=number, last=last, options=options))
                number = last
                while self.items.qsize() > 5000:
                    time.sleep(0.001)
                if self.is_over():
                    break
            self.replace(interpreter)
        self.made[name] = number

    def consume(self, name):
        """Get items, in one interpreter after another, until one of them is None; keep the rest."""
        choose, results = random.Random(self.seed - 1 - name), interpreters.create_queue()
        got = self.got[name] = []
        while got[-1:] != [None]:
            interpreter = self.create(choose, results)
            for _ in range(choose.randrange(1, 20)):
                interpreter.exec(GET.format(count=choose.randrange(1, 100)))
                got.extend(results.get(timeout=0))
                if got[-1] is None:
                    break
            self.replace(interpreter)
        got.pop()

    def start(self, function, *arguments):
        """Start a thread; what it raises makes the test fail."""

        def target():
            try:
                function(*arguments)
            except BaseException as error:
                self.errors.append(error)

        thread = threading.Thread(target=target)
        thread.start()
        return thread

    def run_all(self, maxsize, options=""):
        """Have the producers and consumers do their work; the made of each, and the got of each."""
        self.items = interpreters.create_queue(maxsize)
        self.made, self.got = {}, {}
        producers = [self.start(self.produce, n, options) for n in range(THREADS)]
        consumers = [self.start(self.consume, n) for n in range(THREADS)]
        for thread in producers:
            thread.join()
        for _ in consumers:
            self.items.put(None)
        for thread in consumers:
            thread.join()
        self.assertEqual(self.errors, [], f"seed {self.seed}")
        self.assertEqual(self.items.qsize(), 0)
        self.assertGreaterEqual(len(self.replaced), 2 * THREADS)

    def check_order(self):
        """No item was got twice, and each consumer got each producer's in order; all of them."""
        everything = []
        for name, got in self.got.items():
            items = [item for item in got if item is not interpreters.UNBOUND]
            everything += items
            for producer in range(THREADS):
                numbers = [number for each, number in items if each == producer]
                self.assertEqual(numbers, sorted(set(numbers)), f"{producer} by {name}")
        self.assertEqual(len(everything), len(set(everything)), "an item was got twice")
        expected = {(name, number) for name, made in self.made.items() for number in range(made)}
        self.assertLessEqual(set(everything), expected)
        return set(everything), expected


class ProducersAndConsumers(Stress):
    def nothing_is_lost(self, maxsize):
        self.run_all(maxsize)
        got, expected = self.check_order()
        self.assertEqual(len(expected - got), 0, f"seed {self.seed}: items are lost")

    def test_a_queue_without_a_limit(self):
        self.nothing_is_lost(0)

    def test_a_queue_with_a_limit(self):
        self.nothing_is_lost(5)

    def test_a_queue_for_one_item(self):
        self.nothing_is_lost(1)

    def test_items_that_are_replaced(self):
        self.run_all(20, ", unbounditems=interpreters.UNBOUND")
        got, expected = self.check_order()
        replaced = sum(items.count(interpreters.UNBOUND) for items in self.got.values())
        self.assertEqual(len(got) + replaced, len(expected), f"seed {self.seed}")

    def test_items_that_are_removed(self):
        self.run_all(20, ", unbounditems=interpreters.UNBOUND_REMOVE")
        self.check_order()


#: Passes a number on, one greater.
PASS = """
for _ in range({count}):
    q1.put(q.get() + 1)
"""


class Rings(Stress):
    """One item goes round: each interpreter waits for the one before it."""

    def ring(self, kinds, maxsize, count):
        queues = [interpreters.create_queue(maxsize) for _ in kinds]
        threads, made = [], []
        for number, kind in enumerate(kinds):
            interpreter = interpreters.create(isolated=kind)
            self.addCleanup(interpreter.close)
            here, there = queues[number], queues[(number + 1) % len(queues)]
            interpreter.exec(f"import sys\nsys.path[:] = {sys.path!r}\nimport interpreters")
            interpreter.prepare_main(q=here, q1=there)
            made.append(interpreter)
        for interpreter in made:
            threads.append(self.start(interpreter.exec, PASS.format(count=count)))
        queues[0].put(0)
        for thread in threads:
            thread.join()
        self.assertEqual(self.errors, [])
        self.assertEqual(queues[0].get(timeout=0), count * len(kinds))
        self.assertEqual([queue.qsize() for queue in queues], [0] * len(queues))

    def test_two_interpreters(self):
        for one in KINDS:
            for two in KINDS:
                for maxsize in (0, 1):
                    with self.subTest(isolated=(one, two), maxsize=maxsize):
                        self.ring((one, two), maxsize, 1000)

    def test_eight_interpreters(self):
        for maxsize in (0, 1):
            self.ring([KINDS[n % len(KINDS)] for n in range(8)], maxsize, 300)


if __name__ == "__main__":
    unittest.main()
