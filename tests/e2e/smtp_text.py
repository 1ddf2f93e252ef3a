"""SMTP's text forms, read independently of the server: replies, dot-stuffing, the parts of a dialogue."""

import dataclasses
import re

END_OF_DATA = b"\r\n.\r\n"


def stuff(content):
    """RFC 5321 4.5.2: the octets of the DATA phase for a content that ends in CRLF (or is empty)."""
    return re.sub(rb"(^|\r\n)\.", rb"\1..", content) + b".\r\n"


def unstuff(octets):
    """The content of a DATA phase given without its final `.CRLF`. A line ends at CRLF and nowhere else."""
    return re.sub(rb"(^|\r\n)\.", rb"\1", octets)


@dataclasses.dataclass
class Reply:
    code: int
    lines: list

    @property
    def text(self):
        return "\n".join(self.lines)

    def __str__(self):
        return "\n".join(f"{self.code} {line}" for line in self.lines)


LINE = re.compile(rb"([2-5][0-9]{2})([ -]?)([^\r\n]*)\r\n")


def read_replies(octets):
    """All replies in the server's octets, strictly: each line `code SP|- text CRLF`, one code per reply."""
    replies, lines, position = [], [], 0
    while position < len(octets):
        match = LINE.match(octets, position)
        if not match:
            raise ValueError(f"not a reply line at octet {position}: {octets[position:position + 80]!r}")
        position = match.end()
        code = int(match[1])
        if lines and lines[-1][0] != code:
            raise ValueError(f"a reply that changes its code: {lines} then {match[0]!r}")
        lines.append((code, match[3].decode("utf-8", "replace")))
        if match[2] != b"-":
            replies.append(Reply(code, [text for _, text in lines]))
            lines = []
    if lines:
        raise ValueError(f"a reply without its last line: {lines}")
    return replies


@dataclasses.dataclass
class Transaction:
    """One mail as a client sent it and as the server answered it."""
    mail_from: str
    rcpt_to: list
    content: bytes
    reply: Reply

    @property
    def identifier(self):
        match = re.fullmatch(r"2\.0\.0 Ok: queued as ([0-9A-Za-z]{22})", self.reply.text)
        if self.reply.code != 250 or not match:
            raise AssertionError(f"no message id in the reply to the end of data: {self.reply}")
        return match[1]


PATH = re.compile(rb"(?:MAIL FROM|RCPT TO):\s*<([^>]*)>", re.IGNORECASE)


class Dialogue:
    """Reads the two directions of a finished session into its transactions."""

    def __init__(self, client, server):
        self._octets = bytes(client)
        self._position = 0
        self._replies = iter(read_replies(bytes(server)))
        self.greeting = next(self._replies, None)
        self.commands = []  # [(line, reply)]
        self.transactions = []
        self._walk()

    def _next_line(self):
        end = self._octets.find(b"\n", self._position)
        if end < 0:
            return None
        line = self._octets[self._position:end].rstrip(b"\r")
        self._position = end + 1
        return line

    def _walk(self):
        mail_from, rcpt_to = None, []
        while (line := self._next_line()) is not None:
            reply = next(self._replies, None)
            self.commands.append((line, reply))
            if reply is None:
                return
            verb = line[:4].upper()
            if verb in (b"RSET", b"EHLO", b"HELO"):
                mail_from, rcpt_to = None, []
            elif verb == b"MAIL" and reply.code == 250:
                mail_from = PATH.match(line)[1].decode()
            elif verb == b"RCPT" and reply.code == 250:
                rcpt_to.append(PATH.match(line)[1].decode())
            elif verb == b"DATA" and reply.code == 354:
                self._read_data(mail_from, rcpt_to)
                mail_from, rcpt_to = None, []

    def _read_data(self, mail_from, rcpt_to):
        # The CRLF of the DATA line counts as the one before a final dot that comes first.
        octets = b"\r\n" + self._octets[self._position:]
        end = octets.find(END_OF_DATA)
        if end < 0:
            raise ValueError(f"the data never end: {octets[-80:]!r}")
        self._position += end + len(b".\r\n")
        content = unstuff(octets[len(b"\r\n"):end + len(b"\r\n")])
        self.transactions.append(Transaction(mail_from, rcpt_to, content, next(self._replies)))
