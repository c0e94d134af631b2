"""@local_pythons: the CPythons of this machine, as tools/find_pythons.py finds them.

The repository holds
    defs.bzl        PYTHONS, a list of the finder's entries (dicts), and HOST_PYTHON, the path of
                    the interpreter that runs what runs on the host
    host            the same path, for repository rules, which cannot load defs.bzl
    :headers_<tag>  a cc_library for each Python that has headers
    cc.bzl          cc_binary and cc_library, from wherever this Bazel has them

It is made anew whenever Bazel's server starts or one of the variables below changes, and prints the
finder's lines then. After installing a Python, `bazel shutdown` makes the next build see it.
"""

_INSTALL = ("Debian: apt-get install python3 python3-dev python3-venv; " +
            "or name an interpreter in INTERPRETERS_PYTHONS")

_RULES_CC = """\
load("@rules_cc//cc:defs.bzl", _cc_binary = "cc_binary", _cc_library = "cc_library")

cc_binary = _cc_binary
cc_library = _cc_library
"""

_NATIVE = """\
cc_binary = native.cc_binary
cc_library = native.cc_library
"""

_HEADERS = """
cc_library(
    name = "headers_{tag}",
    hdrs = glob({patterns}),
    includes = {folders},
)
"""

def _runs(rctx, python, code):
    return rctx.execute([python, "-c", code], timeout = 20).return_code == 0

def _finder_python(rctx):
    """Any Python that can run the finder; a shim on PATH may lead nowhere, hence the try."""
    names = ["python3"] + ["python3.%d" % minor for minor in range(30, 7, -1)]
    candidates = [rctx.which(name) for name in names] + [rctx.path("/usr/bin/python3")]
    for entry in rctx.os.environ.get("INTERPRETERS_PYTHONS", "").split(":"):
        if entry.startswith("/"):
            candidates += [rctx.path(entry), rctx.path(entry + "/bin/python3")]
    for python in candidates:
        if python and python.exists and _runs(rctx, python, "import sys; assert sys.version_info >= (3, 8)"):
            return python
    fail("no Python 3.8 or later to start from. " + _INSTALL)

def _find(rctx):
    """Runs the finder, whose lines go to the terminal."""
    finder = rctx.path(Label("//tools:find_pythons.py"))
    command = [_finder_python(rctx), finder, "--json-file", rctx.path("found.json")]
    result = rctx.execute(command, quiet = False, timeout = 120)
    if result.return_code != 0:
        fail("the finder failed; its own line above says why")
    return json.decode(rctx.read("found.json"))["pythons"]

def _minor(python):
    return int(python["version"].split(".")[1])

def _suits_host(python):
    """Whether it is an ordinary release, for which the locked packages have ready-made wheels."""
    final = python["version"].replace(".", "").isdigit()
    return final and not python["abiflags"] and _minor(python) <= 14

def _host_python(rctx, pythons):
    """The Python of the tools: the newest that suits, and one that can make environments."""
    recent = [python for python in reversed(pythons) if _minor(python) >= 11]
    ordered = ([python["executable"] for python in recent if _suits_host(python)] +
               [python["executable"] for python in recent if not _suits_host(python)])
    for executable in ordered:
        if _runs(rctx, executable, "import ensurepip, venv"):
            return executable
    if not ordered:
        fail("the tools need Python 3.11 or later, and the ones found are older. " + _INSTALL)
    return ordered[0]

def _headers(rctx, python):
    """Links the header folders into the repository and returns the rule for them."""
    folders = []
    for kind in ["include", "platinclude"]:
        if kind == "include" or python[kind] != python["include"]:
            folder = kind + "/" + python["tag"]
            rctx.symlink(python[kind], folder)
            folders.append(folder)
    patterns = [folder + "/**/*.h" for folder in folders]
    return _HEADERS.format(tag = python["tag"], patterns = repr(patterns), folders = repr(folders))

def _local_pythons(rctx):
    pythons = _find(rctx)
    host = _host_python(rctx, pythons)
    build = ["load(\":cc.bzl\", \"cc_library\")\n",
             "package(default_visibility = [\"//visibility:public\"])\n",
             "exports_files([\"host\"])\n"]
    build += [_headers(rctx, python) for python in pythons if python["headers"]]
    defs = "HOST_PYTHON = {}\n\nPYTHONS = {}\n".format(repr(host), repr(pythons))
    rctx.file("BUILD.bazel", "\n".join(build), executable = False)
    rctx.file("cc.bzl", _RULES_CC if rctx.attr.rules_cc else _NATIVE, executable = False)
    rctx.file("defs.bzl", defs, executable = False)
    rctx.file("host", host + "\n", executable = False)

local_pythons = repository_rule(
    implementation = _local_pythons,
    attrs = {
        "rules_cc": attr.bool(
            doc = "The C rules come from the module rules_cc (they are not native from Bazel 9 on).",
        ),
    },
    configure = True,
    environ = [
        "HOME",
        "INTERPRETERS_PYTHONS",
        "PATH",
        "PYENV_ROOT",
        "UV_PYTHON_INSTALL_DIR",
    ],
    local = True,
)
