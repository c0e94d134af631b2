"""@docs_environment: a Python that has Sphinx and furo.

Its one file, `python`, starts the host's Python where that has good enough ones already; else the
Python of a private environment, filled from the hash-locked docs/requirements.txt. Only a build of
the documentation fetches it, so nothing else needs the network.
"""

# The lower bounds of docs/requirements.in.
_GOOD_ENOUGH = """
import sys, sphinx, furo
ours = sphinx.version_info >= (8, 1) and tuple(map(int, furo.__version__.split(".")[:2])) >= (2024, 8)
sys.exit(not ours)
"""

_LAUNCHER = """\
#!/bin/sh
# Filled from requirements with this checksum: {checksum}
exec '{python}' "$@"
"""

_OFFLINE = """cannot install Sphinx and furo from docs/requirements.txt ({reason}). \
Check the network and build again, or give {host} a Sphinx 8.1 and a furo 2024.8 or later."""

def _reason(result):
    """Why a command failed: the broken connection, if there was one, else its last words."""
    lines = [line.strip() for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    for line in lines:
        if "connection broken by" in line:
            return line.partition("connection broken by")[2].strip(" '\"")[:200]
    return lines[-1] if lines else "exit status %d" % result.return_code

def _private_environment(rctx, host, requirements):
    """Makes the environment and returns its Python."""
    rctx.report_progress("installing Sphinx and furo into a private environment")
    environment = rctx.path("environment")
    made = rctx.execute([host, "-m", "venv", environment], timeout = 300)
    if made.return_code != 0:
        fail("{} cannot make a virtual environment ({}). Debian: apt-get install python3-venv".format(
            host,
            _reason(made),
        ))
    python = rctx.path("environment/bin/python")
    pip = [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    filled = rctx.execute(
        pip + ["--retries", "2", "--require-hashes", "--requirement", requirements],
        environment = {"PIP_USER": "0", "PYTHONPATH": ""},
        timeout = 900,
    )
    if filled.return_code != 0:
        fail(_OFFLINE.format(reason = _reason(filled), host = host))
    return python

def _docs_environment(rctx):
    host = rctx.read(rctx.attr.host).strip()
    requirements = rctx.path(rctx.attr.requirements)
    python = host
    if rctx.execute([host, "-c", _GOOD_ENOUGH], timeout = 60).return_code != 0:
        python = _private_environment(rctx, host, requirements)
    launcher = _LAUNCHER.format(checksum = hash(rctx.read(requirements)), python = python)
    rctx.file("python", launcher)
    rctx.file("BUILD.bazel", "exports_files([\"python\"])\n", executable = False)

docs_environment = repository_rule(
    implementation = _docs_environment,
    attrs = {
        "host": attr.label(default = Label("@local_pythons//:host")),
        "requirements": attr.label(default = Label("//docs:requirements.txt")),
    },
)
