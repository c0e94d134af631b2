"""The tasks that a pool is given: in a module of their own, so that its workers import little."""

from __future__ import annotations


def echo(value: object) -> object:
    return value


def fail(*arguments: object) -> None:
    raise LookupError(*arguments)


def spin() -> None:
    while True:
        pass
