#!/bin/sh
echo "bazel coverage: not with Bazel 4 in this workspace; use a later Bazel" >&2
exit 1
