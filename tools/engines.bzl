"""The Python that the package is tested and measured on under Dask and joblib, in a list.

It is the host's, which @engines_environment is made with, and it has to have isolated interpreters.
"""

load("@local_pythons//:defs.bzl", "HOST_PYTHON", "PYTHONS")

ENGINES_PYTHONS = [
    python
    for python in PYTHONS
    if python["executable"] == HOST_PYTHON and python["headers"] and int(python["version"].split(".")[1]) >= 12
]
