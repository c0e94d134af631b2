"""What the build takes from outside the tree, for a Bazel that reads MODULE.bazel (7 and later)."""

load(":docs_environment.bzl", "docs_environment")
load(":local_pythons.bzl", "local_pythons")

def _machine(_module_ctx):
    local_pythons(
        name = "local_pythons",
        rules_cc = True,
    )
    docs_environment(name = "docs_environment")

machine = module_extension(implementation = _machine)
