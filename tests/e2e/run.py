#!/usr/bin/env python3
"""Runs the end-to-end tests: real mail programs against the built server, and the page in a browser.

    tests/e2e/run.py                   everything
    tests/e2e/run.py --only java_mail  one suite (test_java_mail.py); `page` is the page's own tests
    tests/e2e/run.py --slow            also the tests that take minutes
    tests/e2e/run.py --list            the suites
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

import tools
from server import Server, ServerFailed, clean_environment

PAGE = "page"


def suites():
    return sorted(path.stem for path in tools.HERE.glob("test_*.py"))


def options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mailrig", metavar="PATH", help="the program (default: MAILRIG_BIN, build/release/mailrig)")
    parser.add_argument("--only", metavar="NAME", action="append", help="run this suite; may be given again")
    parser.add_argument("--list", action="store_true", help="name the suites and end")
    parser.add_argument("--slow", action="store_true", help="also the tests that take minutes (testssl.sh)")
    parser.add_argument("-q", "--quiet", action="store_true", help="a dot per test")
    return parser.parse_args(arguments), parser


def chosen(only, parser):
    names = [*suites(), PAGE]
    if not only:
        return names
    wanted = [name if name == PAGE or name.startswith("test_") else f"test_{name}" for name in only]
    for name in wanted:
        if name not in names:
            parser.error(f"no suite {name}; there are {', '.join(names)}")
    return wanted


def program(given, parser):
    path = pathlib.Path(given or os.environ.get("MAILRIG_BIN") or tools.ROOT / "build" / "release" / "mailrig")
    if not os.access(path, os.X_OK):
        parser.error(f"{path} is not there: ./dev build makes it; --mailrig names another one")
    return path.resolve()


def coordinates(server, binary):
    """What the tests are told of the server, by the environment, so that one suite can also run alone."""
    address, port = server.smtp
    return {"MAILRIG_SMTP": f"{address}:{port}", "MAILRIG_URL": server.url, "MAILRIG_BIN": str(binary),
            "MAILRIG_ARTEFACTS": str(tools.artefacts())}


class CountingResult(unittest.TextTestResult):
    """Counts what passed; `testsRun` does not tell it when a whole class or a subtest fails."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


class Totals:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, passed, failed, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped


def run_suites(names, binary, totals, quiet):
    log = tools.artefacts() / "mailrig.log"
    with Server(binary, log_path=log) as server:
        os.environ.update(coordinates(server, binary))
        suite = unittest.defaultTestLoader.loadTestsFromNames(names)
        result = unittest.TextTestRunner(
            verbosity=1 if quiet else 2, stream=sys.stdout, resultclass=CountingResult).run(suite)
        wrong = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
        totals.add(result.passed, wrong, len(result.skipped))
        code = server.close_stdin()
    if code != 0:
        print(f"FAIL: the server ended with {code}; its log is {log}")
        totals.add(0, 1)


def run_page(binary, totals):
    """The page's tests, each file on a server of its own, so that it may count and delete what it sees."""
    files = sorted((tools.HERE / "page").glob("*.test.mjs"))
    if not files:
        raise ServerFailed("tests/e2e/page has no *.test.mjs")
    tools.npm_ci(tools.HERE)
    for file in files:
        name = file.name.removesuffix(".test.mjs")
        with Server(binary, log_path=tools.artefacts() / f"mailrig-page-{name}.log") as server:
            environment = clean_environment(**coordinates(server, binary))
            count_node_tests(run_node_tests(file, environment, tools.artefacts() / f"page-{name}.tap"), totals)


def run_node_tests(file, environment, report):
    subprocess.run([tools.require("node"), "--test", "--test-reporter=spec", "--test-reporter-destination=stdout",
                    "--test-reporter=tap", f"--test-reporter-destination={report}", str(file)],
                   cwd=tools.HERE, env=environment, check=False, timeout=600)
    return report.read_text(encoding="utf-8")


def count_node_tests(report, totals):
    counts = {key: int(value) for key, value in re.findall(r"^# (pass|fail|cancelled|skipped|todo) ([0-9]+)$",
                                                           report, re.MULTILINE)}
    totals.add(counts["pass"], counts["fail"] + counts["cancelled"], counts["skipped"] + counts["todo"])


def main(arguments):
    given, parser = options(arguments)
    if given.list:
        print("\n".join([*suites(), PAGE]))
        return 0
    names = chosen(given.only, parser)
    if given.slow:
        os.environ["MAILRIG_SLOW"] = "1"
    binary = program(given.mailrig, parser)
    totals, started = Totals(), time.monotonic()
    python_suites = [name for name in names if name != PAGE]
    try:
        if python_suites:
            run_suites(python_suites, binary, totals, given.quiet)
        if PAGE in names:
            run_page(binary, totals)
    except (ServerFailed, tools.ToolMissing, AssertionError) as failure:
        print(f"FAIL: {failure}")
        totals.add(0, 1)
    print(f"\nartefacts in {tools.artefacts()}, {time.monotonic() - started:.1f} s")
    print(f"e2e: {totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped", flush=True)
    return 1 if totals.failed or not totals.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
