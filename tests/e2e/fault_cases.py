"""One row of the measured matrices: a fault, how clients are set, and what each of them then says.

The client programs (clients/javamail/Faults.java, clients/nodemailer/faults.mjs, clients/smtplib/faults.py,
clients/readers/faults_poplib.py) read one line a row from standard input, with tabs between its fields:

    NAME PORT plain|starttls|tls login|- SIZE

and print NAME, a tab, and what became of it: the stage at which they were, the exception's family and its text, with P
for the port. SIZE is how large a mail they send. Blanks and line ends in texts are one blank.
"""

import base64
import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Row:
    """What a client says is given as text in which `*` stands for anything; several where it depends on the moment."""
    name: str
    rules: list
    says: dict  # client -> text
    port: str = "smtp"
    security: str = "plain"
    login: str = "-"
    size: int = 128
    unasked: tuple = ()  # clients that never get as far as the rule's stage

    def case(self, port):
        return "\t".join([self.name, str(port), self.security, self.login, str(self.size)])

    def is_said(self, client, text):
        wanted = self.says[client]
        for each in [wanted] if isinstance(wanted, str) else wanted:
            pieces = map(re.escape, each.split("*"))
            if re.fullmatch(".*".join(pieces), text, re.DOTALL):
                return True
        return False


def at(stage, *actions, protocol="smtp", **where):
    """A rule set of one rule that always acts."""
    return [{"where": {"protocol": protocol, "stage": stage, **where}, "actions": list(actions)}]


def reply(code, text, **more):
    return {"reply": {"code": code, "text": text, **more}}


def raw(code, octets):
    """A reply of exactly these octets, which the server takes for `code`."""
    return {"reply": {"code": code, "raw_base64": base64.b64encode(octets).decode()}}


def close(mode="fin_drain", **more):
    return {"close": {"mode": mode, **more}}


def malform(kind, **more):
    return {"malform": {"kind": kind, **more}}


STALL = {"stall": {"max": "60s"}}
