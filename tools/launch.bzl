"""Programs and tests that a given interpreter runs.

Bazel's own rules for Python choose one interpreter for the whole build, are native in old versions
and gone from new ones. Here every target names its interpreter, and a small shell script starts it.

In `arguments`, $(rootpath :label) is a file's place in the tree of runfiles, %ROOT% is that tree
(so "%ROOT%/$(rootpath :label)" is the file), and %XML_OUTPUT_FILE% is where Bazel wants the report
of a test.
"""

load("@local_pythons//:defs.bzl", "HOST_PYTHON")
load(":package.bzl", "PackageInfo")
load(":shell.bzl", "shell_word_with")

_SCRIPT = """\
#!/bin/sh
# {label}
case $0 in /*) self=$0 ;; *) self=$PWD/$0 ;; esac
ROOT=${{RUNFILES_DIR:-${{TEST_SRCDIR:-$self.runfiles}}}}/{workspace}
case $ROOT in /*) ;; *) ROOT=$PWD/$ROOT ;; esac
{body}
export PYTHONDONTWRITEBYTECODE=1
exec {python} -X faulthandler {main} {arguments} "$@"
"""

def _quote(text):
    return shell_word_with(text, ["ROOT", "TREE", "XML_OUTPUT_FILE"])

def _words(ctx, arguments):
    return " ".join([_quote(ctx.expand_location(word, ctx.attr.data)) for word in arguments])

def _launcher(ctx, body, tree = "%ROOT%"):
    """Writes the script and returns what every executable rule returns."""
    path = ctx.file.main.short_path
    if path.endswith("/__main__.py"):
        path = path[:-len("/__main__.py")]
    for name, value in ctx.attr.environment.items():
        body.append("export %s=%s" % (name, _words(ctx, [value])))
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(
        output = script,
        content = _SCRIPT.format(
            arguments = _words(ctx, ctx.attr.arguments),
            body = "\n".join(body),
            label = str(ctx.label),
            main = _quote("%s/%s" % (tree, path)),
            python = _words(ctx, [ctx.attr.python or HOST_PYTHON]),
            workspace = ctx.workspace_name,
        ),
        is_executable = True,
    )
    runfiles = ctx.runfiles(files = [ctx.file.main] + ctx.files.data)
    for target in ctx.attr.data:
        runfiles = runfiles.merge(target[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = script, runfiles = runfiles)]

def _python_test(ctx):
    folders = ["%ROOT%/" + folder for folder in ctx.attr.imports]
    folders += ["%ROOT%/" + p[PackageInfo].folder for p in ctx.attr.data if PackageInfo in p]
    body = ["cd \"$ROOT\" || exit 2"]
    if folders:
        body.append("export PYTHONPATH=" + _quote(":".join(folders)))
    return _launcher(ctx, body)

def _python_tool(ctx):
    body = ["cd \"${BUILD_WORKING_DIRECTORY:-.}\" || exit 2"]
    tree = "%ROOT%"
    if ctx.attr.in_source_tree:
        body.append("TREE=${BUILD_WORKSPACE_DIRECTORY:-$ROOT}")
        tree = "%TREE%"
    return _launcher(ctx, body, tree)

_ATTRIBUTES = {
    "arguments": attr.string_list(doc = "Put before those of the command line."),
    "data": attr.label_list(
        allow_files = True,
        doc = "What it reads; of a package, its folder is importable in a test.",
    ),
    "environment": attr.string_dict(doc = "Variables to set, as `arguments` are written."),
    "main": attr.label(
        allow_single_file = [".py"],
        doc = "What is run; of a __main__.py, its folder.",
        mandatory = True,
    ),
    "python": attr.string(doc = "The interpreter; the host's unless given."),
}

_python_main_test = rule(
    implementation = _python_test,
    attrs = dict(
        _ATTRIBUTES,
        imports = attr.string_list(doc = "Folders of the tree from which it imports."),
    ),
    test = True,
)

python_tool = rule(
    doc = "A program for `bazel run`, started in the user's folder so that relative paths hold.",
    implementation = _python_tool,
    attrs = dict(
        _ATTRIBUTES,
        in_source_tree = attr.bool(
            doc = "Run the source tree's file, not the copy among the runfiles: it writes there.",
        ),
    ),
    executable = True,
)

def python_test(name, main, **kwargs):
    """A test that is a program: its exit status is the verdict."""
    _python_main_test(name = name, main = main, **kwargs)

def unittest_test(name, src, data = [], **kwargs):
    """A test that is a file of unittest cases."""
    _python_main_test(
        name = name,
        arguments = ["%%ROOT%%/$(rootpath %s)" % src],
        data = data + [src],
        main = "//tools:unittest_main.py",
        **kwargs
    )
