"""The figures without noise, which CI gates: user instructions and system calls per mail.

Each is the difference of two runs that differ in their count of mails only, so that start, warm-up
and end drop out. No time is looked at.
"""

from pathlib import Path
import tempfile
from typing import Callable

import bars
from load import Generator
from servers import BenchError, Subject, tool

# Few and many mails per run; whole sessions in both.
COUNTS = {"W1": (200, 1_200), "W2": (2_000, 4_000)}


def measure(subject: Subject, generator: Generator,
            say: Callable[[str], None]) -> list[bars.Finding]:
    strace = tool("strace")  # before the first run, so that a lack shows at once
    found = []
    for workload, bar in bars.INSTRUCTIONS.items():
        say(f"user instructions of {workload} on {subject.name}")
        found.append(bars.Finding(bar, instructions(subject, generator, workload)))
    for workload, bar in bars.SYSTEM_CALLS.items():
        say(f"system calls of {workload} on {subject.name}")
        count = _per_mail(workload, lambda mails: _system_calls(
            strace, subject, generator, workload, mails))
        found.append(bars.Finding(bar, count))
    return found


def instructions(subject: Subject, generator: Generator, workload: str,
                 options: tuple[str, ...] = ()) -> float:
    """User instructions of the server per mail."""
    callgrind = tool("valgrind")
    return _per_mail(workload, lambda mails: _instructions(
        callgrind, subject, generator, workload, mails, options))


def _per_mail(workload: str, count: Callable[[int], int]) -> float:
    few, many = COUNTS[workload]
    return (count(many) - count(few)) / (many - few)


def _instructions(callgrind: str, subject: Subject, generator: Generator, workload: str,
                  mails: int, options: tuple[str, ...]) -> int:
    with tempfile.TemporaryDirectory(prefix="mailrig-bench-") as folder:
        profile = Path(folder, "callgrind.out")
        wrapper = (callgrind, "--tool=callgrind", f"--callgrind-out-file={profile}",
                   "--instr-atstart=yes", "--quiet")
        with subject.start(wrapper=wrapper, options=options) as server:
            generator.run(server, workload, mails=mails)
        return total_instructions(_told(profile))


def _system_calls(strace: str, subject: Subject, generator: Generator, workload: str,
                  mails: int) -> int:
    with tempfile.TemporaryDirectory(prefix="mailrig-bench-") as folder:
        summary = Path(folder, "strace.out")
        wrapper = (strace, "-f", "-qq", "-c", "-U", "calls,name", "-o", str(summary))
        with subject.start(wrapper=wrapper) as server:
            generator.run(server, workload, mails=mails)
        return total_calls(_told(summary))


def _told(file: Path) -> str:
    if not file.exists():
        raise BenchError(f"{file.name} was not written: the tool ended too early")
    return file.read_text()


def total_instructions(profile: str) -> int:
    for line in profile.splitlines():
        if line.startswith("totals:"):
            return int(line.split()[1])
    raise BenchError("callgrind wrote no totals: the server was ended too early")


def total_calls(summary: str) -> int:
    for line in summary.splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[1] == "total":
            return int(fields[0])
    raise BenchError("strace wrote no total: the server was ended too early")
