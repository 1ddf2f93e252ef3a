#!/usr/bin/env python3
"""clang-tidy over every source of ours that a preset compiles: lint_tidy.py TOOL BUILD_FOLDER JOBS.

A file that passed leaves a stamp named by the content of itself, of every header it includes, of its
command line and of the checks; while the stamp is there it is not read again. So the first run pays for
all, and a later one only for what was touched.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OWN = ("capture", "faults", "webui", "tests")
# The database is of g++; clang knows neither all of its warnings nor its notion of an unused argument.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-unused-command-line-argument"]


def own_sources(build):
    """{source: its compile command} for the files of this repository."""
    commands = json.loads((build / "compile_commands.json").read_text())
    sources = {}
    for entry in commands:
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if path.suffix == ".cpp" and path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in OWN:
            sources[path] = entry
    return sources


def own_headers(entry):
    """What the compiler says that the source includes, without the system's headers."""
    arguments = [word for word in shlex.split(entry["command"]) if not word.endswith("ccache")]
    end = arguments.index("-o")
    listing = subprocess.run(
        [*arguments[:end], *arguments[end + 2 :], "-MM"],
        cwd=entry["directory"], capture_output=True, text=True, check=False,
    )
    if listing.returncode:
        return None
    words = listing.stdout.replace("\\\n", " ").split()[1:]
    return sorted({pathlib.Path(entry["directory"], word).resolve() for word in words})


def fingerprint(entry, checks):
    headers = own_headers(entry)
    if headers is None:
        return None
    digest = hashlib.sha256(checks)
    digest.update(entry["command"].encode())
    for path in headers:
        digest.update(str(path).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def tidy(tool, build, stamps, checks, path, entry):
    """(was it read, does it pass, what clang-tidy said)."""
    name = fingerprint(entry, checks)
    if name and (stamps / name).exists():
        return False, True, ""
    command = [tool, "-p", str(build), "--quiet", *EXTRA, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if name and run.returncode == 0:
        (stamps / name).touch()
    return True, run.returncode == 0, run.stdout + ("" if run.returncode == 0 else run.stderr)


def main():
    tool, build, jobs = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), int(sys.argv[3])
    stamps = ROOT / "build" / "lint-passed"
    stamps.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([tool, "--version"], capture_output=True, check=True).stdout
    checks = (ROOT / ".clang-tidy").read_bytes() + version
    sources = own_sources(build)
    if not sources:
        sys.exit(f"clang-tidy: {build}/compile_commands.json names no source of this repository")
    os.nice(5)
    read = failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        by_size = sorted(sources, key=lambda path: -path.stat().st_size)
        runs = [pool.submit(tidy, tool, build, stamps, checks, path, sources[path]) for path in by_size]
        for path, run in zip(by_size, runs):
            was_read, passes, output = run.result()
            read += was_read
            failed += not passes
            if output.strip():
                print(output, flush=True)
    print(f"clang-tidy: {len(sources)} files, {read} read, {failed} with findings")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
