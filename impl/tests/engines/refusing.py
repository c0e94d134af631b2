"""A module that no isolated interpreter can import."""

import faulthandler

import tasks


def where(folder):
    """Begin, and tell where."""
    assert faulthandler
    tasks.note(folder, "refusing")
    return tasks.where()
