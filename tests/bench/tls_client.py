"""A TLS client that goes through handshakes one after another, or holds connections: a process of its own.

    tls_client.py rate PORT COUNT {direct|starttls} {new|resumed}   prints {"handshakes","resumed","seconds"}
    tls_client.py hold PORT COUNT                                   prints {"held"}, ends with standard input
"""

import json
import socket
import ssl
import sys
import time

PATIENCE_S = 30


def context():
    result = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    result.check_hostname = False
    result.verify_mode = ssl.CERT_NONE  # what is measured is the server
    return result


def reply(plain):
    """The last line of one reply, read from a blocking socket."""
    with plain.makefile("rb") as lines:
        line = lines.readline()
        while line[3:4] == b"-":
            line = lines.readline()
        return line


def expect(plain, code):
    line = reply(plain)
    if not line.startswith(code):
        raise SystemExit(f"wanted {code.decode()}, got {line!r}")


def connect(port, way):
    plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if way == "starttls":
        expect(plain, b"220")
        plain.sendall(b"EHLO bench.test\r\n")
        expect(plain, b"250")
        plain.sendall(b"STARTTLS\r\n")
        expect(plain, b"220")
    return plain


def rate(port, count, way, kind):
    trust, session, resumed = context(), None, 0
    if kind == "resumed":
        session = ticket_of(trust, port, way)
    started = time.monotonic()
    for _ in range(count):
        with trust.wrap_socket(connect(port, way), session=session) as connection:
            resumed += connection.session_reused
    return {"handshakes": count, "resumed": resumed, "seconds": time.monotonic() - started}


def ticket_of(trust, port, way):
    """A ticket of TLS 1.3 comes behind the handshake, in front of the first octets of the server."""
    with trust.wrap_socket(connect(port, way)) as connection:
        if way == "starttls":
            connection.sendall(b"NOOP\r\n")
        connection.settimeout(0.5)
        try:
            connection.recv(1000)
        except TimeoutError:
            pass  # a server that says nothing of its own has sent its ticket by now
        return connection.session


def hold(port, count):
    trust = context()
    held = []
    for _ in range(count):
        held.append(trust.wrap_socket(connect(port, "direct")))
        held[-1].recv(1000)  # the banner
    print(json.dumps({"held": len(held)}), flush=True)
    sys.stdin.read()


def main():
    what, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if what == "hold":
        hold(port, count)
    else:
        print(json.dumps(rate(port, count, *sys.argv[4:])))


main()
