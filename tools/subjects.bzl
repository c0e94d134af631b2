"""subjects: the Pythons that the conformance runner judges, in the file it takes by --subjects.

Each entry is the finder's, with "path": the folder that holds the package built for that Python,
relative to the file's own folder, or null where there are no headers to build it with.
"""

load(":package.bzl", "PackageInfo")

def _subjects(ctx):
    folders = {p[PackageInfo].tag: p[PackageInfo].folder for p in ctx.attr.packages}
    up = "../" * len(ctx.label.package.split("/"))
    entries = []
    for text in ctx.attr.pythons:
        entry = json.decode(text)
        folder = folders.get(entry["tag"])
        entry["path"] = up + folder if folder else None
        entries.append(entry)
    file = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.write(file, json.encode({"pythons": entries}) + "\n")
    return [DefaultInfo(
        files = depset([file]),
        runfiles = ctx.runfiles(files = [file] + ctx.files.packages),
    )]

_subjects_file = rule(
    implementation = _subjects,
    attrs = {
        "packages": attr.label_list(providers = [PackageInfo]),
        "pythons": attr.string_list(),
    },
)

def subjects(name, pythons, **kwargs):
    """Writes <name>.json for these entries of the finder; the packages come along."""
    _subjects_file(
        name = name,
        packages = ["//impl:package_" + python["tag"] for python in pythons if python["headers"]],
        pythons = [json.encode(python) for python in pythons],
        **kwargs
    )
