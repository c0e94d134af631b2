"""Operations that go wrong on purpose when their allocation fails; the sweep must see each."""

import os
import threading

import interpreters

LIMIT = 15  # seconds, after which a trial is taken to hang


class Operation:
    kinds = ["own"]
    leaves = 0

    def __init__(self, perform):
        self.perform = perform


def performing(function, afterwards=lambda error: None):
    """An operation that makes a queue, and calls the function if that fails."""

    def perform():
        def make():
            try:
                interpreters.create_queue()
            except MemoryError as error:
                function(error)
                raise

        _, error = yield make
        afterwards(error)

    return Operation(perform)


def raise_another(error):
    raise KeyError("what nobody expects")


def wait_for_ever(error):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def lose(error):
    assert not error, "it is not as it was"


kept = []

OPERATIONS = {
    "bears_it": performing(lambda error: None),
    "crashes": performing(lambda error: os.abort()),
    "hangs": performing(wait_for_ever),
    "raises_another": performing(raise_another),
    "loses": performing(lambda error: None, lose),
    "keeps_a_block": performing(lambda error: kept.append(interpreters.create_queue())),
    "keeps_an_interpreter": performing(lambda error: kept.append(interpreters.create(site=False))),
    "keeps_a_descriptor": performing(lambda error: kept.append(os.dup(0))),
}
