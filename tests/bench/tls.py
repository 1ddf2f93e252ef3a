"""TLS: handshakes that a second of the server's processor time is enough for, beside `openssl s_server`, and the
memory of an idle TLS connection.

The client is Python's ssl, which takes longer than the servers do; so what counts is the server's processor time.
"""

from contextlib import contextmanager
import json
from pathlib import Path
import statistics
import subprocess
import sys
import tempfile
from typing import Callable, Iterator

import bars
import procfs
from servers import BenchError, Server, Subject, running, tool

HANDSHAKES = 400
HELD_CONNECTIONS = 500
CLIENT = Path(__file__).with_name("tls_client.py")
CLIENT_LIMIT_S = 120.0

# row: the server, its port, how a client begins, with or without a ticket
ROWS = (
    ("STARTTLS, new", "mailrig", "submission", "starttls", "new"),
    ("STARTTLS, resumed", "mailrig", "submission", "starttls", "resumed"),
    ("implicit, new", "mailrig", "smtps", "direct", "new"),
    ("implicit, resumed", "mailrig", "smtps", "direct", "resumed"),
    ("s_server, new", "s_server", "smtps", "direct", "new"),
    ("s_server, resumed", "s_server", "smtps", "direct", "resumed"),
)


def measure_tls(mailrig: Subject, rounds: int, say: Callable[[str], None]) -> dict:
    per_row = {row[0]: [] for row in ROWS}
    for number in range(rounds):
        say(f"TLS handshakes: round {number + 1} of {rounds}")
        with mailrig.start() as ours, _s_server() as theirs:
            for row, name, port, way, kind in ROWS:
                server = ours if name == "mailrig" else theirs
                per_row[row].append(_cpu_us(server, port, way, kind))
    say(f"memory: {HELD_CONNECTIONS} idle TLS connections")
    rows = {row: {"cpu_us": statistics.median(found), "rounds": found} for row, found in per_row.items()}
    return {"handshakes": rows, "held": _held(mailrig)}


def findings(figures: dict) -> list[bars.Finding]:
    return [bars.Finding(bars.TLS_HELD, figures["held"]["octets_per_connection"])]


def lines(figures: dict) -> list[str]:
    table = [f"{'TLS handshakes':<20} {'CPU us each':>12} {'per CPU second':>15}"]
    for row, found in figures["handshakes"].items():
        table.append(f"{row:<20} {found['cpu_us']:>12.1f} {1e6 / found['cpu_us']:>15,.0f}")
    held = figures["held"]
    table.append(f"held TLS: {held['held']} connections, {held['octets_per_connection']:,.0f} octets RssAnon and "
                 f"{held['resident_per_connection']:,.0f} octets VmRSS each")
    return table


def _cpu_us(server: Server, port: str, way: str, kind: str) -> float:
    _client("rate", server.ports[port], 20, way, kind)
    before = procfs.cpu_ns_once_quiet(server.pid)
    told = _client("rate", server.ports[port], HANDSHAKES, way, kind)
    after = procfs.cpu_ns_once_quiet(server.pid)
    wanted = HANDSHAKES if kind == "resumed" else 0
    if told["resumed"] != wanted:
        raise BenchError(f"{server.name}: {told['resumed']} of {HANDSHAKES} handshakes were resumed, not {wanted}")
    return (after - before) / 1000 / HANDSHAKES


def _client(*arguments) -> dict:
    command = [sys.executable, str(CLIENT), *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, timeout=CLIENT_LIMIT_S, check=False)
    if result.returncode != 0:
        raise BenchError(f"{' '.join(command)}\n{result.stderr.decode(errors='replace')}")
    return json.loads(result.stdout)


def _held(mailrig: Subject) -> dict:
    with mailrig.start() as server:
        port = server.ports["smtps"]
        _client("rate", port, 20, "direct", "new")
        procfs.cpu_ns_once_quiet(server.pid)
        before = procfs.memory(server.pid)
        command = [sys.executable, str(CLIENT), "hold", str(port), str(HELD_CONNECTIONS)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
            told = json.loads(client.stdout.readline() or "{}")
            procfs.cpu_ns_once_quiet(server.pid)
            during = procfs.memory(server.pid)
            client.stdin.close()
        if told.get("held") != HELD_CONNECTIONS:
            raise BenchError(f"only {told} of {HELD_CONNECTIONS} TLS connections were held")
    return {"held": told["held"],
            "octets_per_connection": (during.anonymous - before.anonymous) / HELD_CONNECTIONS,
            "resident_per_connection": (during.resident - before.resident) / HELD_CONNECTIONS}


@contextmanager
def _s_server() -> Iterator[Server]:
    """OpenSSL's own server with a P-256 certificate and one ticket a handshake, as mailrig has it."""
    openssl = tool("openssl")
    with tempfile.TemporaryDirectory(prefix="mailrig-bench-") as folder:
        key, certificate = Path(folder, "key.pem"), Path(folder, "certificate.pem")
        subprocess.run([openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"],
                       check=True, capture_output=True)
        command = [openssl, "s_server", "-accept", "127.0.0.1:0", "-key", str(key), "-cert", str(certificate),
                   "-quiet", "-num_tickets", "1"]
        with running(command, Path(folder, "log")) as (pid, port):
            yield Server("s_server", pid, port, None, {"smtps": port})
