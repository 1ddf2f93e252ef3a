"""A POP3 reader over a plain socket, exact to the octet, which can behave as badly as a test wants."""

import socket
import struct

TIMEOUT = 30.0


class Refused(Exception):
    """The server answered -ERR; the argument is its text."""


class Reader:
    def __init__(self, address, user=None, password="secret", buffer=None):
        self.socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(address)
        self._unread = b""
        self.greeting = self.status()
        if user:
            self.login(user, password)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def login(self, user, password="secret"):
        self.ask(f"USER {user}")
        return self.ask(f"PASS {password}")

    def send(self, octets):
        self.socket.sendall(octets)

    def _more(self):
        chunk = self.socket.recv(1 << 18)
        if not chunk:
            raise EOFError(f"the server ended the connection behind {self._unread[-200:]!r}")
        self._unread += chunk

    def line(self):
        while b"\r\n" not in self._unread:
            self._more()
        line, self._unread = self._unread.split(b"\r\n", 1)
        return line

    def status(self):
        line = self.line()
        if line.startswith(b"-ERR"):
            raise Refused(line[5:].decode())
        if not line.startswith(b"+OK"):
            raise AssertionError(f"neither +OK nor -ERR: {line!r}")
        return line[4:].decode()

    def ask(self, command):
        self.send(command.encode() + b"\r\n")
        return self.status()

    def body(self):
        """What follows a +OK up to the final dot, un-stuffed (RFC 1939 3), octet by octet."""
        chunks, end = bytearray(b"\r\n" + self._unread), b"\r\n.\r\n"
        position = 0
        while (found := chunks.find(end, max(0, position - len(end)))) < 0:
            position = len(chunks)
            chunk = self.socket.recv(1 << 18)
            if not chunk:
                raise EOFError("the server ended the connection in a multi-line response")
            chunks += chunk
        self._unread = bytes(chunks[found + len(end):])
        return bytes(chunks[:found + 2]).replace(b"\r\n.", b"\r\n")[2:]

    def fetch(self, command):
        self.ask(command)
        return self.body()

    def listing(self, command="LIST"):
        lines = self.fetch(command).decode().split("\r\n")[:-1]
        return [tuple(line.split(" ", 1)) for line in lines]

    def reset(self):
        """Vanishes with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.socket.close()
