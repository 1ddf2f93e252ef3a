"""A blocking SMTP client for measures: it waits for each reply and says when the last one came."""

import socket
import time


class SmtpClient:
    def __init__(self, port: int):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""
        self._expect(220)
        self._say(b"EHLO bench.test\r\n", 250)

    def close(self) -> None:
        self._socket.close()

    def send(self, recipient: str, mail: bytes) -> float:
        """Sends a mail whose lines end in CRLF and begin with no dot; answers when its 250 came."""
        self._say(b"MAIL FROM:<bench@bench.test>\r\n", 250)
        self._say(b"RCPT TO:<" + recipient.encode() + b">\r\n", 250)
        self._say(b"DATA\r\n", 354)
        self._say(mail + b".\r\n", 250)
        return time.perf_counter()

    def _say(self, octets: bytes, code: int) -> None:
        self._socket.sendall(octets)
        self._expect(code)

    def _expect(self, code: int) -> None:
        while True:
            line, separator, rest = self._unread.partition(b"\r\n")
            if not separator:
                octets = self._socket.recv(65536)
                if not octets:
                    raise RuntimeError("the server closed the SMTP connection")
                self._unread += octets
                continue
            self._unread = rest
            if line[3:4] == b"-":
                continue
            if int(line[:3]) != code:
                raise RuntimeError(f"expected {code}, got {line!r}")
            return
