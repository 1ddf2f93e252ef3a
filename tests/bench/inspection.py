"""The tests' side: lists, searches and waits over HTTP, and what they cost those who send mail."""

import base64
from contextlib import contextmanager
from pathlib import Path
import quopri
import random
import re
import selectors
import socket
import statistics
import subprocess
import threading
import time
from typing import Callable, Iterator

import bars
from http_client import Client
from load import Generator
import procfs
from servers import BenchError, Server, Subject, tool
from smtp_client import SmtpClient

PLAIN_MAILS = 100_000
MULTIPART_MAILS = 10_000
WAITERS = 1_000
WAIT_ROUNDS = 100
WRK = ("-t1", "-c16", "-d4s")
FOLLOWERS = 100
FOLLOWED_MAILS = 1_000
MANY_MAILS = 1_000_000
MANY_OPTIONS = ("--max-messages", "1100000", "--max-memory", "6GiB")
PARTS = 10_000
PACE_PER_S = 500
PACE_S = 5.0
WORDS = ("parcel order invoice receipt weekly report customer garden window bottle travel ticket "
         "station market letter morning evening summer winter river mountain coffee paper").split()


def measure(mailrig: Subject, two_bytes: Path, generator: Generator,
            say: Callable[[str], None]) -> dict:
    figures = {}
    say("HTTP: Beast's own answer of two octets")
    with _running_two_bytes(two_bytes) as server:
        figures["two_bytes"] = _wrk(server, "/")
    with mailrig.start() as server:
        generator.run(server, "W2P", mails=1_000, body_octets=1024)
        say("HTTP: list of 50 among 1,000")
        figures["list_1000"] = _list(server)
        say(f"HTTP: filling up to {PLAIN_MAILS:,} mails of 1 KiB")
        generator.run(server, "W2P", mails=PLAIN_MAILS - 1_000, body_octets=1024)
        figures["plain"] = _plain(server, say)
        figures["waits"] = _waits(server, say)
    with mailrig.start() as server:
        figures["multipart"] = _multipart(server, say)
        figures["beside_smtp"] = _beside_smtp(server, say)
    with mailrig.start() as server:
        figures["fan_out"] = _fan_out(server, say)
        figures["parsing"] = _parsing(server, say)
    with mailrig.start(options=MANY_OPTIONS) as server:
        figures["many"] = _many(server, generator, say)
    return figures


def findings(figures: dict) -> list[bars.Finding]:
    two_bytes = figures["two_bytes"]["cpu_us"]
    plain, multipart, beside = figures["plain"], figures["multipart"], figures["beside_smtp"]
    worst = max(beside["searching"].values())
    return [
        bars.Finding(bars.LIST, plain["list"]["cpu_us"] / two_bytes),
        bars.Finding(bars.LIST_GROWTH, plain["list"]["cpu_us"] / figures["list_1000"]["cpu_us"]),
        bars.Finding(bars.FIELD_SEARCH, plain["field_ms"]),
        bars.Finding(bars.TEXT_SEARCH, plain["text_ms"]),
        bars.Finding(bars.TEXT_SEARCH_HITS, plain["text_hits_ms"]),
        bars.Finding(bars.MULTIPART_FIRST, multipart["first_ms"]),
        bars.Finding(bars.MULTIPART_AGAIN, multipart["again_ms"]),
        bars.Finding(bars.WAITER, figures["waits"]["median_ms"]),
        bars.Finding(bars.SMTP_BESIDE, worst - 2 * beside["quiet"]),
    ]


def lines(figures: dict) -> list[str]:
    plain, waits, multipart = figures["plain"], figures["waits"], figures["multipart"]
    beside = figures["beside_smtp"]
    fan_out, parsing, many = figures["fan_out"], figures["parsing"], figures["many"]
    return [
        f"answer of 2 octets by Beast: {figures['two_bytes']['cpu_us']:.1f} us CPU",
        f"list of 50: {figures['list_1000']['cpu_us']:.1f} us CPU among 1,000, "
        f"{plain['list']['cpu_us']:.1f} among {PLAIN_MAILS:,} ({plain['list']['per_s']:,.0f} a second)",
        f"one message: {plain['get']['cpu_us']:.1f} us CPU",
        f"{PLAIN_MAILS:,} plain mails of 1 KiB: by field {plain['field_first_ms']:.0f} ms the first time, "
        f"then {plain['field_ms']:.1f}; text {plain['text_ms']:.0f} ms without and "
        f"{plain['text_hits_ms']:.0f} with hits everywhere",
        f"{MULTIPART_MAILS:,} multipart mails of 10 KiB: text {multipart['first_ms']:.0f} ms the first "
        f"time, then {multipart['again_ms']:.0f}",
        f"waits: answered {waits['median_ms']:.2f} ms after the 250 at the median, p99 "
        f"{waits['p99_ms']:.2f}; {WAITERS:,} woken by one mail within {waits['crowd_ms']:.0f} ms",
        f"SMTP at {PACE_PER_S} mails/s: p99 {beside['quiet']:.2f} ms quiet; "
        + ", ".join(f"{value:.2f} beside {name}" for name, value in beside["searching"].items()),
        f"events: {FOLLOWED_MAILS:,} mails to {FOLLOWERS} readers, {fan_out['cpu_us']:.1f} us CPU each; the last "
        f"reader had the last event {fan_out['last_ms']:.0f} ms after its 250",
        f"a mail of {PARTS:,} parts: 250 in {parsing['accepted_ms']:.1f} ms, parsed in {parsing['parsed_ms']:.1f} ms",
        f"memory with {PLAIN_MAILS:,} mails and their summaries: VmRSS {plain['resident']:,} octets; with "
        f"{MANY_MAILS:,} that nobody looked at {many['resident']:,}, {many['overhead']:.0f} each beside its own octets",
    ]


def _wrk(server: Server, path: str) -> dict:
    """Processor time of the server per answer."""
    url = f"http://127.0.0.1:{server.http_port}{path}"
    subprocess.run([tool("wrk"), "-t1", "-c16", "-d1s", url], check=True, capture_output=True)
    before = procfs.cpu_ns(server.pid)
    done = subprocess.run([tool("wrk"), *WRK, url], check=True, capture_output=True, text=True)
    spent = procfs.cpu_ns(server.pid) - before
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise BenchError(f"wrk on {url}:\n{done.stdout}")
    requests = int(re.search(r"(\d+) requests in", done.stdout)[1])
    per_s = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])
    return {"cpu_us": spent / requests / 1000, "requests": requests, "per_s": per_s}


def _list(server: Server) -> dict:
    Client(server.http_port).get("/v1/messages")  # makes the rows
    return _wrk(server, "/v1/messages")


def _median(client: Client, target: str, rounds: int = 7) -> tuple[float, dict]:
    timed = [client.timed(target) for _ in range(rounds)]
    return statistics.median(took for took, _ in timed), timed[-1][1]


def _plain(server: Server, say: Callable[[str], None]) -> dict:
    client = Client(server.http_port)
    total = client.get("/v1/messages?limit=1")["total"]
    if total != PLAIN_MAILS:
        raise BenchError(f"{total} of {PLAIN_MAILS} mails are kept")
    say(f"HTTP: list of 50 among {PLAIN_MAILS:,}")
    figures = {"list": _list(server)}
    figures["get"] = _wrk(server, "/v1/messages/latest")
    say("HTTP: search of text, then of fields")
    figures["text_ms"], none = _median(client, "/v1/messages?query=xylophonist")
    figures["field_first_ms"], _ = client.timed("/v1/messages?subject=xylophonist")
    figures["field_ms"], missed = _median(client, "/v1/messages?subject=xylophonist")
    figures["text_hits_ms"], found = _median(client, "/v1/messages?body=e")
    if none["matched"] or missed["matched"] or found["matched"] != PLAIN_MAILS:
        raise BenchError("a search found what is not there, or did not find what is")
    figures["resident"] = procfs.memory(server.pid).resident
    return figures


def _waits(server: Server, say: Callable[[str], None]) -> dict:
    say("HTTP: waits")
    client, sender = Client(server.http_port), SmtpClient(server.smtp_port)
    took = []
    for i in range(WAIT_ROUNDS):
        address = f"wait{i}@bench.test"
        client.ask(f"/v1/messages/wait?rcpt={address}&timeout=60s")
        time.sleep(0.02)  # the wait stands before the mail comes
        result: list[float] = []

        def read() -> None:
            status, _ = client.answer()
            result.append(time.perf_counter() if status == 200 else float("inf"))

        reader = threading.Thread(target=read)
        reader.start()
        accepted = sender.send(address, _plain_mail(i))
        reader.join()
        took.append(max(0.0, (result[0] - accepted) * 1000))
    took.sort()
    return {"median_ms": statistics.median(took), "p99_ms": took[len(took) * 99 // 100],
            "crowd_ms": _crowd(server, sender)}


def _crowd(server: Server, sender: SmtpClient) -> float:
    clients = [Client(server.http_port) for _ in range(WAITERS)]
    for each in clients:
        each.ask("/v1/messages/wait?rcpt=crowd@bench.test&timeout=60s")
    time.sleep(0.5)
    accepted = sender.send("crowd@bench.test", _plain_mail(0))
    for each in clients:
        status, _ = each.answer()
        if status != 200:
            raise BenchError(f"a waiter was answered {status}")
    took = (time.perf_counter() - accepted) * 1000
    for each in clients:
        each.close()
    return took


class _Follower:
    """One reader of events; counts the messages that it was told of."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.count = 0
        self._rest = b""

    def wait_until_it_stands(self) -> None:
        while b"\r\n\r\n" not in self._rest:
            self._rest += self.socket.recv(1 << 16)
        self._rest = b""

    def read(self) -> None:
        octets = self.socket.recv(1 << 20)
        if not octets:
            raise BenchError("mailrig closed a stream of events")
        marker = b"event: message\n"
        seen = self._rest + octets
        self.count += seen.count(marker)
        # A marker that is cut in two counts once, when its end comes.
        kept = next((n for n in range(len(marker) - 1, 0, -1) if seen.endswith(marker[:n])), 0)
        self._rest = seen[len(seen) - kept:]


def _fan_out(server: Server, say: Callable[[str], None]) -> dict:
    say(f"HTTP: {FOLLOWERS} readers of events")
    followers = [_Follower(server.http_port) for _ in range(FOLLOWERS)]
    watched = selectors.DefaultSelector()
    for each in followers:
        each.wait_until_it_stands()
        watched.register(each.socket, selectors.EVENT_READ, each)
    sender = SmtpClient(server.smtp_port)
    accepted: list[float] = []

    def send() -> None:
        for i in range(FOLLOWED_MAILS):
            sender.send("events@bench.test", _plain_mail(i))
        accepted.append(time.perf_counter())

    before = procfs.cpu_ns(server.pid)
    thread = threading.Thread(target=send)
    thread.start()
    deadline = time.perf_counter() + 60
    while any(each.count < FOLLOWED_MAILS for each in followers):
        if time.perf_counter() > deadline:
            raise BenchError(f"{min(each.count for each in followers)} of {FOLLOWED_MAILS} events came")
        for key, _ in watched.select(timeout=1):
            key.data.read()
    ended = time.perf_counter()
    thread.join()
    spent = procfs.cpu_ns(server.pid) - before
    for each in followers:
        each.socket.close()
    return {"cpu_us": spent / (FOLLOWERS * FOLLOWED_MAILS) / 1000, "last_ms": max(0.0, ended - accepted[0]) * 1000}


def _parsing(server: Server, say: Callable[[str], None]) -> dict:
    """What a reader waits for and a sender does not: the parsing of a mail."""
    say(f"HTTP: a mail of {PARTS:,} parts")
    part = b"\r\n--part\r\nContent-Type: text/plain\r\n\r\nOne of many.\r\n"
    mail = (b"Subject: Parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=part\r\n\r\n"
            + part * PARTS + b"\r\n--part--\r\n")
    sender = SmtpClient(server.smtp_port)
    accepted = []
    for _ in range(7):
        sent = time.perf_counter()
        accepted.append((sender.send("parts@bench.test", mail) - sent) * 1000)
    parsed, _ = Client(server.http_port).timed("/v1/messages/latest")
    return {"accepted_ms": statistics.median(accepted), "parsed_ms": parsed}


def _many(server: Server, generator: Generator, say: Callable[[str], None]) -> dict:
    say(f"memory: filling up to {MANY_MAILS:,} mails of 1 KiB")
    before = procfs.memory(server.pid).resident
    generator.run(server, "W2P", mails=MANY_MAILS, body_octets=1024)
    resident = procfs.memory(server.pid).resident
    stored = Client(server.http_port).get("/v1/info")["use"]
    if stored["messages"] != MANY_MAILS:
        raise BenchError(f"{stored['messages']} of {MANY_MAILS} mails are kept")
    octets = Client(server.http_port).get("/v1/messages?limit=1")["messages"][0]["size"]
    return {"resident": resident, "overhead": (resident - before) / MANY_MAILS - octets}


def _plain_mail(serial: int) -> bytes:
    return (f"From: bench@bench.test\r\nTo: someone@bench.test\r\nSubject: Mail {serial}\r\n\r\n"
            f"Your code is {100000 + serial}.\r\n").encode()


def _multipart_mail(serial: int, chance: random.Random) -> bytes:
    """Text in base64 and HTML in quoted-printable, about 10 KiB as sent."""
    text = " ".join(chance.choices(WORDS, k=420)) + f" mail {serial}"
    html = "<html><body><p>" + "</p><p>".join(
        " ".join(chance.choices(WORDS, k=20)) + " caf\u00e9" for _ in range(33)) + "</p></body></html>"
    encoded_text = base64.encodebytes(text.encode()).replace(b"\n", b"\r\n")
    encoded_html = quopri.encodestring(html.encode()).replace(b"\n", b"\r\n")
    head = (f"From: Shop <shop@bench.test>\r\nTo: user{serial}@bench.test\r\nSubject: Mail {serial}\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=part\r\n\r\n")
    return b"".join((
        head.encode(),
        b"--part\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        encoded_text,
        b"\r\n--part\r\nContent-Type: text/html; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
        encoded_html, b"\r\n--part--\r\n"))


def _multipart(server: Server, say: Callable[[str], None]) -> dict:
    say(f"HTTP: {MULTIPART_MAILS:,} multipart mails of 10 KiB")
    chance = random.Random(7)
    client = Client(server.http_port)
    octets = 0
    for serial in range(MULTIPART_MAILS):
        mail = _multipart_mail(serial, chance)
        octets += len(mail)
        client.ask(f"/v1/messages?mail_from=a@bench.test&rcpt_to=user{serial}@bench.test", "POST", mail)
        status, body = client.answer()
        if status != 201:
            raise BenchError(f"POST answered {status}: {body[:200]!r}")
    first, _ = client.timed("/v1/messages?query=xylophonist")
    again, none = _median(client, "/v1/messages?query=xylophonist")
    if none["matched"]:
        raise BenchError("a search found what is not there")
    return {"first_ms": first, "again_ms": again, "octets_per_mail": octets / MULTIPART_MAILS}


def _beside_smtp(server: Server, say: Callable[[str], None]) -> dict:
    say(f"SMTP at {PACE_PER_S} mails/s beside searches")
    targets = {"a field search": "/v1/messages?subject=xylophonist",
               "a text search": "/v1/messages?query=xylophonist",
               "lists": "/v1/messages"}
    found = {"quiet": _paced_p99(server, None), "searching": {}}
    for name, target in targets.items():
        found["searching"][name] = _paced_p99(server, target)
    return found


def _paced_p99(server: Server, target: str | None) -> float:
    """Milliseconds from MAIL to the 250 of the slowest in a hundred, at a steady pace."""
    sender = SmtpClient(server.smtp_port)
    took = []
    with _asking(server, target):
        begin = time.perf_counter()
        for i in range(int(PACE_PER_S * PACE_S)):
            due = begin + i / PACE_PER_S
            time.sleep(max(0.0, due - time.perf_counter()))
            sent = time.perf_counter()
            took.append((sender.send("pace@bench.test", _plain_mail(i)) - sent) * 1000)
    sender.close()
    took.sort()
    return took[len(took) * 99 // 100]


@contextmanager
def _asking(server: Server, target: str | None) -> Iterator[None]:
    """One client asks again and again inside the block, from a process of its own."""
    if target is None:
        yield
        return
    url = f"http://127.0.0.1:{server.http_port}{target}"
    process = subprocess.Popen([tool("wrk"), "-t1", "-c1", "-d60s", "--timeout", "30s", url],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def _running_two_bytes(program: Path) -> Iterator[Server]:
    if not program.exists():
        raise BenchError(f"{program} is missing: run `./dev build release`")
    process = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Server("two_bytes", process.pid, 0, int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(timeout=10)
