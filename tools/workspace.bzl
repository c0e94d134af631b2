"""What the build takes from outside the tree, for a Bazel that reads WORKSPACE (4 to 8)."""

load(":local_pythons.bzl", "local_pythons")
load(":private_environment.bzl", "private_environments")

def interpreters_workspace():
    """Declares the repositories that this machine fills in, and Bazel 4's stand-ins."""
    local_pythons(name = "local_pythons")
    private_environments()

    # Some builds of Bazel do not say their version, so an old one is told by what it lacks.
    if not hasattr(native, "module_name"):
        for name in ["remote_coverage_tools", "rules_cc", "rules_java"]:
            native.local_repository(
                name = name,
                path = "tools/stand_ins/" + name,
            )
