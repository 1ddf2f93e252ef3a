"""The figures that take a quiet machine: processor time, rate and latency, mailrig beside smtp-sink.

Every round starts both servers anew, mailrig and smtp-sink in turn, so that a change of the machine's
mood meets both.
"""

from dataclasses import dataclass
import mmap
from statistics import median
import time
from typing import Callable

import bars
from load import Generator
import procfs
from ready_memory import MemoryAsFound, ReadyMemory
from servers import Subject

MIB = 1024 * 1024
# Enough mails for seconds of processor time, and less than the store's default limits.
MAILS = {"W1": 10_000, "W2": 10_000, "W2P": 10_000, "W3": 80, "W4": 1_000}
WARM_UP = {"W1": 200, "W2": 200, "W2P": 200, "W3": 4, "W4": 100}
BIG_MAILS = 8
# A store at its limit: each mail takes the place, and the memory, of an older one.
AT_ITS_LIMIT = ("--max-messages", "2000")
FILL = 4_000

# What is done to the machine's memory before each run; `--as-found` makes it MemoryAsFound.
prepare_memory: Callable[[], ReadyMemory | MemoryAsFound] = ReadyMemory


@dataclass(frozen=True)
class Run:
    """One server under one workload, once."""

    cpu_us: float  # per message
    cpu_us_at_reply: float  # the same when the last reply had gone out; the rest was put off
    rate: float
    latency_us: dict
    generator_cpu_us: float


def measure_workloads(mailrig: Subject, sink: Subject, generator: Generator, rounds: int,
                      say: Callable[[str], None]) -> dict:
    runs: dict[str, dict[str, list[Run]]] = {}
    for number in range(rounds):
        order = (mailrig, sink) if number % 2 == 0 else (sink, mailrig)
        for workload in MAILS:
            for subject in order:
                say(f"round {number + 1} of {rounds}: {workload} on {subject.name}")
                of_workload = runs.setdefault(workload, {})
                of_workload.setdefault(subject.name, []).append(_run(subject, generator, workload))
    return {workload: _summary(by_server) for workload, by_server in runs.items()}


def measure_at_limit(mailrig: Subject, sink: Subject, generator: Generator, rounds: int,
                     say: Callable[[str], None]) -> dict:
    """W2 and W2P once more, in memory that the server has used before: no fresh page is asked of the machine."""
    runs: dict[str, dict[str, list[Run]]] = {}
    for number in range(rounds):
        for workload in ("W2", "W2P"):
            for subject in (mailrig, sink):
                say(f"round {number + 1} of {rounds}: {workload} on {subject.name}, its store at its limit")
                run = _run(subject, generator, workload, options=AT_ITS_LIMIT, warm_up=FILL)
                runs.setdefault(workload, {}).setdefault(subject.name, []).append(run)
    return {workload: _summary(by_server) for workload, by_server in runs.items()}


def fresh_page_us() -> float:
    """What the machine takes to give a process one more page of memory."""
    pages = 16_384
    costs = []
    for _ in range(5):
        with mmap.mmap(-1, pages * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
            before = time.process_time_ns()
            memory[::mmap.PAGESIZE] = b"x" * pages
            costs.append((time.process_time_ns() - before) / pages / 1e3)
    return median(costs)


def cpu_findings(summaries: dict) -> list[bars.Finding]:
    return [bars.Finding(bar, summaries[workload]["cpu_ratio"])
            for workload, bar in bars.CPU_RATIO.items()]


def _run(subject: Subject, generator: Generator, workload: str, *, options: tuple[str, ...] = (),
         warm_up: int | None = None) -> Run:
    memory = prepare_memory()
    with subject.start(options=options) as server:
        generator.run(server, workload, mails=warm_up or WARM_UP.get(workload, WARM_UP["W3"]))
        before = procfs.cpu_ns_once_quiet(server.pid)
        memory.hand_over()
        answer = generator.run(server, workload, mails=MAILS.get(workload, MAILS["W3"]))
        at_reply = procfs.cpu_ns(server.pid) - before
        in_all = procfs.cpu_ns_once_quiet(server.pid) - before
    accepted = answer["mails_accepted"]
    return Run(in_all / accepted / 1e3, at_reply / accepted / 1e3, answer["messages_per_s"],
               answer["latency_us"], answer["generator_cpu_s"] * 1e6 / accepted)


def _summary(by_server: dict[str, list[Run]]) -> dict:
    """Medians over the rounds; the ratio is the median of the rounds' ratios."""
    pairs = zip(by_server["mailrig"], by_server["smtp-sink"])
    ratios = [ours.cpu_us / theirs.cpu_us for ours, theirs in pairs]
    summary = {"cpu_ratio": median(ratios), "cpu_ratio_rounds": ratios}
    for name, runs in by_server.items():
        summary[name] = {
            "cpu_us": median(run.cpu_us for run in runs),
            "cpu_us_at_reply": median(run.cpu_us_at_reply for run in runs),
            "messages_per_s": median(run.rate for run in runs),
            "latency_us": {key: median(run.latency_us[key] for run in runs)
                           for key in runs[0].latency_us},
            "generator_cpu_us": median(run.generator_cpu_us for run in runs),
        }
    return summary


def measure_big_mails(mailrig: Subject, generator: Generator, rounds: int,
                      say: Callable[[str], None]) -> dict:
    """Processor time of one mail of 10 and of 50 MiB; five times the octets may cost 5.5 times."""
    costs: dict[int, list[float]] = {10: [], 50: []}
    for number in range(rounds):
        for size, found in costs.items():
            say(f"round {number + 1} of {rounds}: mails of {size} MiB on {mailrig.name}")
            found.append(_big_mail_cpu_ms(mailrig, generator, size))
    ratios = [fifty / ten for ten, fifty in zip(costs[10], costs[50])]
    return {"cpu_ms_10_mib": median(costs[10]), "cpu_ms_50_mib": median(costs[50]),
            "ratio": median(ratios), "ratio_rounds": ratios}


def big_mail_findings(big: dict) -> list[bars.Finding]:
    return [bars.Finding(bars.BIG_MAIL, big["ratio"])]


def measure_bdat(mailrig: Subject, generator: Generator, rounds: int,
                 say: Callable[[str], None]) -> dict:
    """Processor time of mails of 5 MiB as one chunk and behind DATA."""
    costs: dict[str, list[float]] = {"W3": [], "W3B": []}
    for number in range(rounds):
        for workload, found in costs.items():
            say(f"round {number + 1} of {rounds}: {workload} on {mailrig.name}")
            found.append(_run(mailrig, generator, workload).cpu_us)
    ratios = [chunk / data for data, chunk in zip(costs["W3"], costs["W3B"])]
    return {"cpu_us_data": median(costs["W3"]), "cpu_us_bdat": median(costs["W3B"]),
            "ratio": median(ratios), "ratio_rounds": ratios}


def bdat_findings(found: dict) -> list[bars.Finding]:
    return [bars.Finding(bars.BDAT, found["ratio"])]


def _big_mail_cpu_ms(subject: Subject, generator: Generator, size_mib: int) -> float:
    memory = prepare_memory()
    with subject.start() as server:
        generator.run(server, "single", body_octets=size_mib * MIB, mails=1)
        before = procfs.cpu_ns_once_quiet(server.pid)
        memory.hand_over()
        generator.run(server, "single", body_octets=size_mib * MIB, mails=BIG_MAILS,
                      mails_per_connection=BIG_MAILS)
        return (procfs.cpu_ns_once_quiet(server.pid) - before) / BIG_MAILS / 1e6
