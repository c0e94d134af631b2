"""Have each allocation of an operation fail in turn, and see that nothing crashes, hangs or is lost.

Of each operation (operations.py) the first allocation fails, then the second, and so on until it
ends without a failure.  Each time it is to raise MemoryError or an exception of the package, or to
succeed all the same; what is there afterwards is to be what the documentation says; the same call
is to work then; no interpreter, thread, descriptor or block of memory is to be left; and the
process is to end as processes do.

What fails is of a kind (faults.c):

    own         what the library asks for itself: memory, threads, locks, thread states
    everywhere  the same in all OS threads
    python      what CPython allocates as well, in the OS thread that performs the operation

It is a Python of its own that runs this, and it is that one which is tried.  CPython itself does
not bear all failures: what is known of it (KNOWN) is counted, but is none of ours.

Exit status: 0 nothing went wrong; 1 something did; 2 it could not be tried.
"""

import argparse
import fnmatch
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).absolute().parent
# What is freed is overwritten, so that whoever uses it still is found out.  (CPython 3.8 takes a
# block of one allocator for that of the other after a fork.)
WARY = {"MALLOC_PERTURB_": "165", "PYTHONDONTWRITEBYTECODE": "1"}
if sys.version_info >= (3, 9):
    WARY["PYTHONMALLOC"] = "debug"
OUTCOMES = ("refused", "unharmed", "known", "violation", "crash", "hang")
KINDS = ("own", "everywhere", "python")
BAD = ("violation", "crash", "hang")

# What CPython does not bear: since which version, before which, and what happens.  By functions of
# it in which the allocation failed, or by operations where these have no names outside of it.  The
# operations control_... show it without the package, so nothing that befalls them is anybody's else.
KNOWN = {
    "Py_CompileStringObject": ((3, 8), (4,), "the compiler goes on, or raises SystemError"),
    "_Py_hashtable_set": ((3, 8), (4,), "marshal says that the object cannot be marshalled"),
    "PyFunction_NewWithQualName": ((3, 12), (3, 14), "the code of the function is freed too early"),
}
KNOWN_OPERATIONS = {
    "call_unused": ((3, 13), (3, 14), "a key is freed too early if a dict cannot grow"),
    "control_compile": ((3, 8), (4,), "as Py_CompileStringObject"),
    "control_dict": ((3, 8), (4,), "as call_unused"),
    "control_marshal": ((3, 8), (4,), "as _Py_hashtable_set"),
    "control_function": ((3, 8), (4,), "as PyFunction_NewWithQualName"),
}


def is_known(record):
    """Is it CPython's own?"""
    told = [line.split() for line in record["text"].splitlines() if line.startswith("failed in:")]
    names = [name for line in told for name in line]
    entries = [KNOWN[name] for name in names if name in KNOWN]
    entries += [KNOWN_OPERATIONS.get(record["operation"], ((4,), (4,), ""))]
    return any(since <= sys.version_info < before for since, before, _ in entries)


def sweep(operations, kind, options):
    """Yield a record of each trial."""
    first = options.allocation or 1
    last = options.allocation or 10**6
    how = [name for name in ("onwards", "stop") if getattr(options, name)]
    command = [sys.executable, "-W", "ignore", str(HERE / "sweep.py"), str(options.operations)]
    command += [kind, str(first), str(last), ",".join(operations), *how]
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **WARY},
        )
        with child:
            for line in child.stdout:
                record = json.loads(line)
                if record["outcome"] in BAD and is_known(record):
                    record["outcome"] = "known"
                yield record
        if child.returncode != 0:
            errors.seek(0)
            sys.stderr.write(errors.read().decode(errors="replace"))
            raise SystemExit(f"one of {', '.join(operations)} fails of itself, see above")


def show(kind, record):
    """Tell what went wrong, and how to see it again."""
    operation, nth = record["operation"], record["nth"]
    print(f"\n{record['outcome']}: {record['why'].strip()}")
    print(record["text"].strip())
    print(f"again: --operation {operation} --kind {kind} --allocation {nth}\n", flush=True)


def run(chosen, options):
    """Sweep through all that is chosen; return a row of counts for each."""
    rows = {pair: dict.fromkeys(OUTCOMES, 0) for pair in chosen}
    for kind in KINDS:
        operations = [operation for operation, its in chosen if its == kind]
        for record in sweep(operations, kind, options) if operations else ():
            if sys.stderr.isatty():
                print(
                    f"{kind} {record['operation']} {record['nth']}", end="\033[K\r", file=sys.stderr
                )
            if record["outcome"] != "ended":
                rows[record["operation"], kind][record["outcome"]] += 1
            if record["outcome"] in BAD:
                show(kind, record)
    return [{"operation": pair[0], "kind": pair[1], **counts} for pair, counts in rows.items()]


def print_table(rows):
    width = max(len(row["operation"]) for row in rows)
    heads = ("allocations", *OUTCOMES)
    print(f"{'operation':{width}}  {'kind':10}", *(f"{head:>11}" for head in heads))
    for row in rows:
        counts = [row[outcome] for outcome in OUTCOMES]
        cells = "".join(f"{count:>12}" for count in (sum(counts), *counts))
        print(f"{row['operation']:{width}}  {row['kind']:10}{cells}")


def write(path, text):
    """Write a file, whole or not at all."""
    aside = path.with_name(path.name + ".new")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise SystemExit(f"{path}: cannot be written: {error.strerror}") from None


def choose(options):
    """The pairs of operation and kind that are wanted."""
    listed = subprocess.run(
        [sys.executable, str(HERE / "sweep.py"), str(options.operations)],
        stdout=subprocess.PIPE,
        check=False,
    )
    if listed.returncode != 0:
        raise SystemExit(f"{options.operations} cannot be tried with {sys.executable}, see above")
    known = json.loads(listed.stdout)
    patterns = options.operation or ["*"]
    for pattern in patterns:
        if not fnmatch.filter(known, pattern):
            raise SystemExit(f"there is no operation {pattern}; --list names them")
    return [
        (name, kind)
        for name, kinds in known.items()
        for kind in kinds
        if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
        and kind in (options.kind or kinds)
    ]


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("-k", "--operation", action="append", metavar="NAME",
        help="the operation of that name, or those of a pattern such as 'put*'")  # fmt: skip
    add("--kind", action="append", choices=KINDS)
    add("--allocation", type=int, metavar="N", help="have only the N-th allocation fail")
    add("--onwards", action="store_true", help="have all the following ones fail, too")
    add("--stop", action="store_true", help="raise SIGTRAP there, for a debugger")
    add("--list", action="store_true", help="name the operations and their kinds")
    add("--json", type=pathlib.Path, metavar="FILE", help="write the table to that file, too")
    add("--operations", type=pathlib.Path, default=HERE / "operations.py", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.allocation is not None and options.allocation < 1:
        parser.error("--allocation: the first is number 1")
    return options


def main(arguments=None):
    options = parse(arguments)
    chosen = choose(options)
    if options.list:
        for operation, kind in chosen:
            print(operation, kind)
        return 0
    if not chosen:
        raise SystemExit("no operation of these can be tried with that kind; --list shows them")
    rows = run(chosen, options)
    print_table(rows)
    if options.json:
        write(options.json, json.dumps(rows, indent=1) + "\n")
    return 1 if any(row[outcome] for row in rows for outcome in BAD) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SystemExit as end:
        if isinstance(end.code, str):
            print(f"faults: {end.code}", file=sys.stderr)
            sys.exit(2)
        raise
    except KeyboardInterrupt:
        print("faults: interrupted", file=sys.stderr)
        sys.exit(2)
