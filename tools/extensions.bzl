"""What the build takes from outside the tree, for a Bazel that reads MODULE.bazel (7 and later)."""

load(":local_pythons.bzl", "local_pythons")
load(":private_environment.bzl", "private_environments")

def _machine(_module_ctx):
    local_pythons(
        name = "local_pythons",
        rules_cc = True,
    )
    private_environments()

machine = module_extension(implementation = _machine)
