"""An SMTP peer over a plain socket, which can behave as badly as a test wants."""

import contextlib
import socket
import struct

import smtp_text

TIMEOUT = 30.0
CHUNK = 1 << 20


class ConnectionEnded(Exception):
    """The server ended the connection; the argument is what it had said since the last reply."""


class Peer:
    def __init__(self, address, greeted=True):
        self.socket = socket.create_connection(address, timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""
        self.greeting = self.reply() if greeted else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def name(self):
        """As a session's `peer` names it."""
        address, port = self.socket.getsockname()[:2]
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    def send(self, octets):
        self.socket.sendall(octets)

    def reply(self):
        """The next whole reply."""
        while True:
            with contextlib.suppress(ValueError):
                if self._unread and (replies := smtp_text.read_replies(self._first_reply())):
                    return replies[0]
            chunk = self.socket.recv(65536)
            if not chunk:
                raise ConnectionEnded(self._unread)
            self._unread += chunk

    def _first_reply(self):
        """Takes the first whole reply off what was read."""
        end = 0
        while (line_end := self._unread.find(b"\n", end)) >= 0:
            line, end = self._unread[end:line_end + 1], line_end + 1
            if line[3:4] != b"-":
                taken, self._unread = self._unread[:end], self._unread[end:]
                return taken
        raise ValueError("not yet whole")

    def ask(self, command):
        self.send(command.encode() + b"\r\n")
        return self.reply()

    def rest(self):
        """All replies until the server ends the connection."""
        while chunk := self.socket.recv(65536):
            self._unread += chunk
        return smtp_text.read_replies(self._unread)

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def open_mail(self, sender, recipients):
        """EHLO to DATA; answers the reply to DATA."""
        commands = ["EHLO peer.test", f"MAIL FROM:<{sender}>", *[f"RCPT TO:<{to}>" for to in recipients], "DATA"]
        for command in commands:
            reply = self.ask(command)
            if reply.code not in (250, 354):
                raise AssertionError(f"{command} was answered {reply}")
        return reply

    def send_mail(self, sender, recipients, content):
        """A whole mail; answers it as sent, with the final reply."""
        self.open_mail(sender, recipients)
        octets = smtp_text.stuff(content)
        for start in range(0, len(octets), CHUNK):
            self.send(octets[start:start + CHUNK])
        return smtp_text.Transaction(sender, list(recipients), content, self.reply())

    def quit(self):
        reply = self.ask("QUIT")
        self.close()
        return reply

    def reset(self):
        """Vanishes with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.socket.close()
