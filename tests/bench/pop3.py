"""Processor time of the server per retrieved message: mailrig beside Debian's Dovecot, on loopback, in one run."""

from contextlib import contextmanager
import random
import smtplib
import socket
import statistics
from typing import Callable, Iterator

import bars
import dovecot
import procfs
from servers import BenchError, Subject

# name: (octets of a body, mails in the mailbox, times that all are fetched in one measurement)
WORKLOADS = {"10 KiB": (10 * 1024, 200, 20), "5 MiB": (5 * 1024 * 1024, 4, 10)}
END = b"\r\n.\r\n"


def make_mails(octets: int, count: int) -> list[bytes]:
    """Text in lines of 50 to 76 characters; one line in a hundred begins with a dot, as in `smtp_load`."""
    made = random.Random(1)
    letters = "".join(made.choices("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=5000))
    mails = []
    for number in range(count):
        lines, size = [], 0
        while size < octets:
            start, length = made.randrange(4900), made.randint(48, 74)
            line = ("." if made.random() < 0.01 else "x") + letters[start:start + length] + "\r\n"
            lines.append(line)
            size += len(line)
        mails.append(f"From: a@a.test\r\nTo: b@b.test\r\nSubject: {number}\r\n\r\n".encode() + "".join(lines).encode())
    return mails


class Reader:
    """One POP3 session; reads everything and keeps nothing."""

    def __init__(self, port: int):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._buffer = bytearray(1 << 20)
        self._line()
        self.ask(b"USER b@b.test")
        self.ask(b"PASS secret")

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\r\n"):
            chunk = self._socket.recv(4096)
            if not chunk:
                raise BenchError("the POP3 server ended the connection")
            line += chunk
        if not line.startswith(b"+OK"):
            raise BenchError(f"the POP3 server answered {line!r}")
        return line

    def ask(self, command: bytes) -> bytes:
        self._socket.sendall(command + b"\r\n")
        return self._line()

    def retrieve(self, number: int) -> int:
        """Octets on the wire from +OK to the final dot."""
        self._socket.sendall(b"RETR %d\r\n" % number)
        total, tail = 0, b""
        while not tail.endswith(END):
            size = self._socket.recv_into(self._buffer)
            if size == 0:
                raise BenchError("the POP3 server ended the connection in a mail")
            if total == 0 and not self._buffer.startswith(b"+OK"):
                raise BenchError(f"RETR was answered {bytes(self._buffer[:size])!r}")
            tail = (tail + bytes(self._buffer[max(0, size - 5):size]))[-5:]
            total += size
        return total

    def close(self) -> None:
        self.ask(b"QUIT")
        self._socket.close()


@contextmanager
def _filled_mailrig(mailrig: Subject, mails: list[bytes]) -> Iterator[tuple[Callable[[], int], int]]:
    with mailrig.start(options=("--pop3", "127.0.0.1:0")) as server:
        with smtplib.SMTP("127.0.0.1", server.smtp_port) as client:
            for mail in mails:
                client.sendmail("a@a.test", ["b@b.test"], mail)
        yield lambda: procfs.cpu_ns(server.pid), server.ports["pop3"]


@contextmanager
def _filled_dovecot(mails: list[bytes]) -> Iterator[tuple[Callable[[], int], int]]:
    with dovecot.running(mails) as (master, port):
        yield lambda: dovecot.cpu_ns(master), port


def _cpu_us_per_mail(start, count: int, times: int) -> float:
    """All mails once to warm up, then `times` over; the session stays open until the time was read."""
    with start() as (cpu_ns, port):
        reader = Reader(port)
        sizes = [reader.retrieve(number) for number in range(1, count + 1)]
        before = cpu_ns()
        for _ in range(times):
            for number in range(1, count + 1):
                if reader.retrieve(number) != sizes[number - 1]:
                    raise BenchError(f"message {number} has another size than before")
        used = cpu_ns() - before
        reader.close()
        return used / 1000 / (count * times)


def measure(mailrig: Subject, rounds: int, say: Callable[[str], None]) -> dict:
    found = {}
    for name, (octets, count, times) in WORKLOADS.items():
        mails = make_mails(octets, count)
        pairs = []
        for number in range(rounds):
            say(f"RETR of {name}, round {number + 1} of {rounds}")
            starts = [lambda: _filled_mailrig(mailrig, mails), lambda: _filled_dovecot(mails)]
            # Who goes first changes.
            order = (0, 1) if number % 2 == 0 else (1, 0)
            used = {which: _cpu_us_per_mail(starts[which], count, times) for which in order}
            pairs.append((used[0], used[1]))
        ratios = [ours / theirs for ours, theirs in pairs]
        found[name] = {"mailrig_us": statistics.median(ours for ours, _ in pairs),
                       "dovecot_us": statistics.median(theirs for _, theirs in pairs),
                       "cpu_ratio": statistics.median(ratios), "cpu_ratio_rounds": ratios}
    return found


def lines(found: dict) -> list[str]:
    result = [f"{'RETR':<8} {'mailrig us':>12} {'Dovecot us':>12} {'ratio':>8}"]
    for name, figures in found.items():
        rounds = " ".join(f"{ratio:.3f}" for ratio in figures["cpu_ratio_rounds"])
        result.append(f"{name:<8} {figures['mailrig_us']:>12.1f} {figures['dovecot_us']:>12.1f} "
                      f"{figures['cpu_ratio']:>8.3f}   (rounds: {rounds})")
    return result


def findings(found: dict) -> list[bars.Finding]:
    return [bars.Finding(bars.POP3_RATIO[name], figures["cpu_ratio"]) for name, figures in found.items()]
