"""A blocking HTTP client for measures: one connection, no library's overhead in between."""

import json
import socket
import time


class Client:
    def __init__(self, port: int, timeout_s: float = 330.0):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""

    def close(self) -> None:
        self._socket.close()

    def ask(self, target: str, verb: str = "GET", body: bytes = b"") -> None:
        head = f"{verb} {target} HTTP/1.1\r\nHost: localhost\r\n"
        if body:
            head += f"Content-Length: {len(body)}\r\n"
        self._socket.sendall(head.encode() + b"\r\n" + body)

    def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer."""
        while b"\r\n\r\n" not in self._unread:
            self._receive()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines
                       if line.lower().startswith("content-length:")), 0)
        while len(self._unread) < length:
            self._receive()
        body, self._unread = self._unread[:length], self._unread[length:]
        return int(lines[0].split()[1]), body

    def get(self, target: str) -> dict:
        self.ask(target)
        status, body = self.answer()
        if status != 200:
            raise RuntimeError(f"GET {target} answered {status}: {body[:300]!r}")
        return json.loads(body)

    def timed(self, target: str) -> tuple[float, dict]:
        """Milliseconds until the whole answer was here, and the answer."""
        begin = time.perf_counter()
        self.ask(target)
        status, body = self.answer()
        took = (time.perf_counter() - begin) * 1000
        if status != 200:
            raise RuntimeError(f"GET {target} answered {status}: {body[:300]!r}")
        return took, json.loads(body)

    def _receive(self) -> None:
        octets = self._socket.recv(1 << 20)
        if not octets:
            raise RuntimeError("the server closed the connection")
        self._unread += octets
