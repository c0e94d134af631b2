"""unittest_main.py FILE: run one file of unittest cases, on whichever Python runs this.

Bazel's --test_filter chooses cases as unittest's -k does. A file without cases fails, lest a typing
error pass for a success.
"""

import os
import sys
import unittest


def main(file):
    sys.path.insert(0, os.path.dirname(os.path.abspath(file)))
    loader = unittest.TestLoader()
    pattern = os.environ.get("TESTBRIDGE_TEST_ONLY")
    if pattern:
        loader.testNamePatterns = [pattern if "*" in pattern else f"*{pattern}*"]
    suite = loader.loadTestsFromName(os.path.splitext(os.path.basename(file))[0])
    if not suite.countTestCases():
        print(f"{file}: no test cases{' match ' + pattern if pattern else ''}")
        return 1
    result = unittest.TextTestRunner(sys.stdout, verbosity=2).run(suite)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
