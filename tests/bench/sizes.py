"""Memory: idle, per held connection, and per stored octet."""

import http.client
import re
from typing import Callable

import bars
from load import Generator
import procfs
from servers import BenchError, Server, Subject

HELD_CONNECTIONS = 1_000
# The ring of transcripts has a size of its own and is counted apart: it is set small, and the
# warm-up writes more than it holds, so that none of the measured growth is its.
TRANSCRIPT_MEMORY = "1MiB"
WARM_UP_MAILS = 10_000
MEASURED_MAILS = 40_000


def measure_sizes(mailrig: Subject, generator: Generator, say: Callable[[str], None]) -> dict:
    say("memory: idle with HTTP and page")
    figures = {"idle": _idle(mailrig)}
    say(f"memory: {HELD_CONNECTIONS:,} held connections")
    figures["held"] = _held(mailrig, generator)
    say(f"memory: {MEASURED_MAILS:,} mails of 10 KiB")
    figures["growth"] = _growth(mailrig, generator)
    return figures


def findings(figures: dict) -> list[bars.Finding]:
    return [
        bars.Finding(bars.IDLE, figures["idle"]["anonymous"]),
        bars.Finding(bars.HELD, figures["held"]["octets_per_connection"]),
        bars.Finding(bars.GROWTH_RATIO, figures["growth"]["ratio"]),
        bars.Finding(bars.GROWTH_OVER, figures["growth"]["over_octets"]),
    ]


def _idle(subject: Subject) -> dict:
    """After a browser's first visit: the page, its assets and an empty list."""
    with subject.start() as server:
        fetched = _visit(server)
        procfs.cpu_ns_once_quiet(server.pid)
        found = procfs.memory(server.pid)
    return {"anonymous": found.anonymous, "resident": found.resident, "fetched": fetched}


def _visit(server: Server) -> list[str]:
    page = _get(server, "/")
    assets = re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css|svg))"', page)
    paths = [*dict.fromkeys(assets), "/v1/messages"]
    for path in paths:
        _get(server, path)
    return ["/", *paths]


def _get(server: Server, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status != 200:
            raise BenchError(f"GET {path} answered {answer.status}: the idle figure wants the page")
        return answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def _held(subject: Subject, generator: Generator) -> dict:
    with subject.start() as server:
        generator.run(server, "W1", mails=100)
        procfs.cpu_ns_once_quiet(server.pid)
        before = procfs.memory(server.pid)
        with generator.holding(server, "W4", connections=HELD_CONNECTIONS,
                               mails=HELD_CONNECTIONS) as answers:
            procfs.cpu_ns_once_quiet(server.pid)
            during = procfs.memory(server.pid)
    return {"held": answers[0]["held"], "accepted_afterwards": answers[0]["mails_accepted"],
            "octets_per_connection": (during.anonymous - before.anonymous) / HELD_CONNECTIONS,
            "resident_per_connection": (during.resident - before.resident) / HELD_CONNECTIONS}


def _growth(subject: Subject, generator: Generator) -> dict:
    with subject.start(options=("--transcript-memory", TRANSCRIPT_MEMORY)) as server:
        generator.run(server, "W2", mails=WARM_UP_MAILS)
        procfs.cpu_ns_once_quiet(server.pid)
        before = procfs.memory(server.pid)
        answer = generator.run(server, "W2", mails=MEASURED_MAILS)
        procfs.cpu_ns_once_quiet(server.pid)
        grown = procfs.memory(server.pid).resident - before.resident
    stored, mails = answer["stored_octets"], answer["mails_accepted"]
    return {"mails": mails, "stored_octets": stored, "grown_octets": grown, "ratio": grown / stored,
            "over_octets": (grown - stored) / mails, "transcript_memory": TRANSCRIPT_MEMORY}
