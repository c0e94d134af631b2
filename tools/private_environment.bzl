"""Pythons that have what a part of the build needs and the standard library does not have.

The repository's one file, `python`, starts the host's Python where that has good enough packages
already; else the Python of a private environment, filled from hash-locked requirements. It is fetched
only for what uses it, so nothing else needs the network.

    @docs_environment      Sphinx and more, which render and test the documentation
    @engines_environment   Dask and joblib, which the package is tested and measured under
    @test_environment      Hypothesis and jsonschema, for the fuzzer and for tests of formats
"""

load(":shell.bzl", "shell_word")

_VERSION = """
import sys, importlib.metadata
def version(name): return tuple(map(int, importlib.metadata.version(name).split(".")[:2]))
"""

# The lower bounds are those of the .in file beside each file of requirements.
_DOCS = _VERSION + """
wanted = {
    "furo": (2024, 8),
    "matplotlib": (3, 9),
    "sphinx": (8, 1),
    "sphinx-autobuild": (2024, 10),
    "spylls": (0, 1),
}
sys.exit(any(version(name) < least for name, least in wanted.items()))
"""

_ENGINES = _VERSION + """
wanted = {"distributed": (2025, 1), "joblib": (1, 5)}
sys.exit(any(version(name) < least for name, least in wanted.items()))
"""

_TEST = _VERSION + """
wanted = {"hypothesis": (6, 100), "jsonschema": (4, 18)}
sys.exit(any(version(name) < least for name, least in wanted.items()))
"""

_LAUNCHER = """\
#!/bin/sh
# Filled from requirements with this checksum: {checksum}
exec {python} "$@"
"""

_OFFLINE = """cannot install {packages} from {requirements} ({reason}). \
Check the network and build again, or give {host} {good_enough}."""

def _reason(result):
    """Why a command failed: the broken connection, if there was one, else its last words."""
    lines = [line.strip() for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    for line in lines:
        if "connection broken by" in line:
            return line.partition("connection broken by")[2].strip(" '\"")[:200]
    return lines[-1] if lines else "exit status %d" % result.return_code

def _filled(rctx, host, requirements):
    """Makes the environment and returns its Python."""
    rctx.report_progress("installing %s into a private environment" % rctx.attr.packages)
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
        fail(_OFFLINE.format(
            good_enough = rctx.attr.good_enough,
            host = host,
            packages = rctx.attr.packages,
            reason = _reason(filled),
            requirements = "%s/%s" % (rctx.attr.requirements.package, rctx.attr.requirements.name),
        ))
    return python

def _private_environment(rctx):
    host = rctx.read(rctx.attr.host).strip()
    requirements = rctx.path(rctx.attr.requirements)
    python = host
    if rctx.execute([host, "-c", rctx.attr.test], timeout = 60).return_code != 0:
        python = _filled(rctx, host, requirements)
    launcher = _LAUNCHER.format(
        checksum = hash(rctx.read(requirements)),
        python = shell_word(str(python)),
    )
    rctx.file("python", launcher)
    rctx.file("BUILD.bazel", "exports_files([\"python\"])\n", executable = False)

_private_environment_rule = repository_rule(
    implementation = _private_environment,
    attrs = {
        "good_enough": attr.string(doc = "What a host must have instead, in words."),
        "host": attr.label(default = Label("@local_pythons//:host")),
        "packages": attr.string(doc = "What is installed, in words."),
        "requirements": attr.label(mandatory = True),
        "test": attr.string(doc = "Code whose exit status tells whether the host has it."),
    },
)

def private_environments():
    """Declares all of them."""
    _private_environment_rule(
        name = "docs_environment",
        good_enough = "what docs/requirements.in names",
        packages = "Sphinx and what comes with it",
        requirements = Label("//docs:requirements.txt"),
        test = _DOCS,
    )
    _private_environment_rule(
        name = "engines_environment",
        good_enough = "a distributed 2025.1 and a joblib 1.5 or later",
        packages = "Dask and joblib",
        requirements = Label("//impl/tests/engines:requirements.txt"),
        test = _ENGINES,
    )
    _private_environment_rule(
        name = "test_environment",
        good_enough = "a hypothesis 6.100 and a jsonschema 4.18 or later",
        packages = "Hypothesis and jsonschema",
        requirements = Label("//conformance:requirements.txt"),
        test = _TEST,
    )
