#!/usr/bin/env python3
"""Measures mailrig: `smtp` beside postfix's smtp-sink, `pop3` beside Dovecot, `http` what tests ask and wait
for, `faults` what the fault engine costs whom no rule concerns, `gate` the noise-free figures for CI.

Exit code: 0 every bar holds, 1 a bar is broken, 2 the figures could not be taken.
"""

import argparse
import json
import os
from pathlib import Path
import sys

import fault_cost
import gate
import inspection
from load import Generator
import pop3
from ready_memory import MemoryAsFound
import report
from servers import BenchError, mailrig_subject, smtp_sink_subject
import sizes
import timed
import tls

BUILD = Path(__file__).resolve().parents[2] / "build" / "release"
PARTS = ("workloads", "limit", "sizes", "big", "bdat", "tls")


def main() -> int:
    options = _options()
    try:
        figures, lines, findings = options.measure(options)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    if options.json:
        figures["bars"] = [found.to_json() for found in findings]
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join([*lines, "", *report.bar_lines(findings)]))
    broken = report.broken_lines(findings)
    for line in broken:
        print(line, file=sys.stderr)
    return 1 if broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    kinds = parser.add_subparsers(required=True, metavar="smtp|pop3|http|faults|gate")
    for name, measure in (("smtp", _measure_smtp), ("pop3", _measure_pop3), ("http", _measure_http),
                          ("faults", _measure_faults), ("gate", _measure_gate)):
        kind = kinds.add_parser(name)
        kind.set_defaults(measure=measure)
        kind.add_argument("--mailrig", type=Path, default=BUILD / "mailrig",
                          help="the program to measure (default: build/release/mailrig)")
        kind.add_argument("--load", type=Path, default=BUILD / "smtp_load",
                          help="the load generator (default: build/release/smtp_load)")
        kind.add_argument("--json", action="store_true", help="print one JSON object")
        if name in ("smtp", "pop3", "http"):
            kind.add_argument("--rounds", type=int, default=5)
        if name == "smtp":
            kind.add_argument("--only", choices=PARTS, help="one part of the figures")
            kind.add_argument("--as-found", action="store_true",
                              help="do not make sure before each run that the machine has the memory that is free")
        if name == "http":
            kind.add_argument("--two-bytes", type=Path, default=BUILD / "two_bytes",
                              help="Beast's own answer (default: build/release/two_bytes)")
        if name == "faults":
            kind.add_argument("--without", type=Path, default=BUILD.parent / "without-faults" / "mailrig",
                              help="a build without the engine (default: build/without-faults/mailrig)")
        if name == "gate":
            kind.add_argument("--subject", choices=("mailrig", "smtp-sink"), default="mailrig",
                              help="smtp-sink shows the same figures of postfix's test server")
    return parser.parse_args()


def _measure_smtp(options: argparse.Namespace):
    mailrig, sink = mailrig_subject(options.mailrig), smtp_sink_subject()
    generator = Generator(options.load)
    if options.as_found:
        timed.prepare_memory = MemoryAsFound
    parts = [options.only] if options.only else PARTS
    load = os.getloadavg()[0]
    figures, findings = {"rounds": options.rounds, "load_average_before": load}, []
    lines = [f"load average of the {os.cpu_count()} cores before: {load:.2f}"
             + (" - not a quiet machine: read the ratios with care" if load > 0.5 else "")]
    if "workloads" in parts:
        found = timed.measure_workloads(mailrig, sink, generator, options.rounds, _say)
        figures["workloads"] = found
        lines += report.workload_lines(found)
        findings += timed.cpu_findings(found)
    if "limit" in parts:
        found = timed.measure_at_limit(mailrig, sink, generator, options.rounds, _say)
        figures["at_limit"], figures["fresh_page_us"] = found, timed.fresh_page_us()
        lines += [f"a fresh page of memory costs this machine {figures['fresh_page_us']:.2f} us; "
                  "with a store at its limit, where each mail takes the place of an older one:"]
        lines += report.workload_lines(found)
    if "sizes" in parts:
        found = sizes.measure_sizes(mailrig, generator, _say)
        figures["sizes"] = found
        lines += report.size_lines(found)
        findings += sizes.findings(found)
    if "big" in parts:
        found = timed.measure_big_mails(mailrig, generator, options.rounds, _say)
        figures["big_mails"] = found
        lines += report.big_mail_lines(found)
        findings += timed.big_mail_findings(found)
    if "bdat" in parts:
        found = timed.measure_bdat(mailrig, generator, options.rounds, _say)
        figures["bdat"] = found
        lines += report.bdat_lines(found)
        findings += timed.bdat_findings(found)
    if "tls" in parts:
        found = tls.measure_tls(mailrig, options.rounds, _say)
        figures["tls"] = found
        lines += tls.lines(found)
        findings += tls.findings(found)
    return figures, lines, findings


def _measure_pop3(options: argparse.Namespace):
    found = pop3.measure(mailrig_subject(options.mailrig), options.rounds, _say)
    return {"rounds": options.rounds, "retr": found}, pop3.lines(found), pop3.findings(found)


def _measure_http(options: argparse.Namespace):
    load = os.getloadavg()[0]
    figures = inspection.measure(mailrig_subject(options.mailrig), options.two_bytes,
                                 Generator(options.load), _say)
    lines = [f"load average of the {os.cpu_count()} cores before: {load:.2f}"]
    return figures, lines + inspection.lines(figures), inspection.findings(figures)


def _measure_faults(options: argparse.Namespace):
    found = fault_cost.measure(mailrig_subject(options.mailrig), mailrig_subject(options.without),
                               options.load, _say)
    return {"instructions": found}, fault_cost.lines(found), fault_cost.findings(found)


def _measure_gate(options: argparse.Namespace):
    wants_mailrig = options.subject == "mailrig"
    subject = mailrig_subject(options.mailrig) if wants_mailrig else smtp_sink_subject()
    return {"subject": subject.name}, [], gate.measure(subject, Generator(options.load), _say)


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
