"""The package `interpreters`, built into one folder for each Python.

bazel-bin/impl/<tag>/interpreters holds the C extension under the name that this Python looks for,
and beside it the files in Python; bazel-bin/impl/<tag> on PYTHONPATH makes it importable.
"""

load("@local_pythons//:cc.bzl", "cc_binary")

PackageInfo = provider(
    doc = "A package built for one Python.",
    fields = {
        "folder": "the folder to import from, relative to the tree of runfiles",
        "tag": "the Python's tag",
    },
)

COPTS = [
    "-std=c11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fvisibility=hidden",
]

def _package(ctx):
    files = [ctx.file.extension]
    for source in ctx.files.srcs:
        inside = source.short_path[len(ctx.label.package) + 1:]
        link = ctx.actions.declare_file(ctx.attr.tag + "/" + inside)
        ctx.actions.symlink(output = link, target_file = source)
        files.append(link)
    return [
        DefaultInfo(
            files = depset(files),
            runfiles = ctx.runfiles(files = files),
        ),
        PackageInfo(
            folder = ctx.label.package + "/" + ctx.attr.tag,
            tag = ctx.attr.tag,
        ),
    ]

_python_package = rule(
    implementation = _package,
    attrs = {
        "extension": attr.label(allow_single_file = True),
        "srcs": attr.label_list(allow_files = True),
        "tag": attr.string(),
    },
)

def python_package(python, extension, c_srcs, srcs, **kwargs):
    """package_<tag>: the package for one Python.

    Args:
      python: the finder's entry.
      extension: the module's place in the package, without a suffix: "interpreters/_interpreters".
      c_srcs: the sources and headers of the extension.
      srcs: the files in Python and what lies beside them.
      **kwargs: for both targets.
    """
    library = python["tag"] + "/" + extension + python["ext_suffix"]
    cc_binary(
        name = library,
        srcs = c_srcs,
        copts = COPTS,
        linkshared = True,
        deps = ["@local_pythons//:headers_" + python["tag"]],
        **kwargs
    )
    _python_package(
        name = "package_" + python["tag"],
        extension = library,
        srcs = srcs,
        tag = python["tag"],
        **kwargs
    )
