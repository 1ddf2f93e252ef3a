"""Each scenario of the catalogue: applied by its name, its example spoken over a socket, then what it expects verified.

An example is a list of lines:

    # params: {"after_bytes": 20}    applied with these; also `# protocol: pop3` and `# mail: ADDRESS`, which has a mail
    C: EHLO app.test                 the client says this line
    S: 250 *                         the server says a line like this; `S: 250-*`: all lines of a reply but the last
    S: <close> <reset> <silence>     the connection ends so, or nothing is said
    C: <connect>                     the client connects; then `S: <silence>` says that nobody answers
    @clock +60s                      the rig's clock is moved on
    @tls fails                       a client that verifies certificates refuses this server's
    M: fate=dropped, M: count=1, M: bounce to=ADDRESS      what is kept
"""

import fnmatch
import functools
import json
import os
import re
import socket
import ssl
import subprocess
import unittest
import urllib.error
import urllib.request

import tools
from server import Server, clean_environment

BINARY = os.environ.get("MAILRIG_BIN", "")
CATALOGUE = tools.ROOT / "faults" / "catalogue"
PATIENCE = 20.0
WITHIN = "300ms"  # instead of the scenario's own, for which a claim that nothing more comes is held
SILENCE = 0.3  # seconds in which nothing may come; what would come comes at once


class Client:
    """One connection of an example."""

    def __init__(self, port, context):
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._context = context
        self._unread = b""

    def close(self):
        self._socket.close()

    def say(self, line):
        self._socket.sendall(line.encode() + b"\r\n")

    def line(self):
        while b"\n" not in self._unread:
            chunk = self._socket.recv(65536)
            if not chunk:
                raise AssertionError(f"the connection ended behind {self._unread!r}")
            self._unread += chunk
        line, self._unread = self._unread.split(b"\n", 1)
        return line.rstrip(b"\r").decode()

    def hear(self, pattern):
        """A line like this; of `250-*` all there are."""
        line = self.line()
        if re.match(r"\d{3}-", pattern):
            while self._peek().startswith(line[:4].encode()):
                line = self.line()
        if not fnmatch.fnmatchcase(line, pattern.replace("[", "[[]")):
            raise AssertionError(f"heard {line!r}, not {pattern!r}")

    def _peek(self):
        while len(self._unread) < 4:
            self._unread += self._socket.recv(65536)
        return self._unread

    def hear_silence(self):
        self._socket.settimeout(SILENCE)
        try:
            raise AssertionError(f"heard {self._unread + self._socket.recv(65536)!r} instead of nothing")
        except TimeoutError:
            self._socket.settimeout(PATIENCE)

    def hear_close(self):
        rest = self._unread + self._socket.recv(65536)
        if rest:
            raise AssertionError(f"heard {rest!r} instead of the end")

    def hear_reset(self):
        try:
            while self._socket.recv(65536):
                pass
        except ConnectionResetError:
            return
        raise AssertionError("the connection ended without a reset")

    def refuse_certificate(self):
        try:
            self._socket = self._context.wrap_socket(self._socket, server_hostname="localhost")
        except ssl.SSLCertVerificationError:
            return
        raise AssertionError("the certificate is right")


class Scenarios(unittest.TestCase):
    """Every scenario has a rig of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Server(BINARY))
        authority = cls.ask("GET", "/v1/tls/ca.pem").decode()
        cls.context = ssl.create_default_context(cadata=authority)

    @classmethod
    def ask(cls, verb, path, body=None):
        request = urllib.request.Request(cls.server.url + path, body, method=verb)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{verb} {path} answered {error.code}: {error.read().decode()}") from None

    def mailrig(self, *arguments):
        environment = clean_environment(MAILRIG_URL=self.server.url, MAILRIG_RIG=self.rig)
        ended = subprocess.run([BINARY, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               timeout=60, check=False, env=environment)
        self.assertEqual(ended.returncode, 0, ended.stdout)
        return ended.stdout

    def play(self, path):
        scenario = json.loads(path.read_text(encoding="utf-8"))
        self.rig, example = scenario["name"], scenario["example"]
        head = dict(re.match(r"# (\w+): (.*)", line).groups() for line in example if line.startswith("#"))
        ports = self.make_rig()
        params = json.loads(head.get("params", "{}"))
        applied = self.mailrig("faults", "apply", self.rig, *(f"{key}={value}" for key, value in params.items()))
        self.assertIn(f"mailrig faults clear {self.rig}", applied)
        if "mail" in head:
            self.ask("POST", f"/v1/rigs/{self.rig}/messages?mail_from=a@b.test&rcpt_to={head['mail']}",
                     b"Subject: Order 17\r\n\r\nThank you.\r\n")
        protocol = "submission" if "C: STARTTLS" in example else head.get("protocol", "smtp")
        self.speak(ports[protocol], [line for line in example if not line.startswith("#")])
        self.assertIn("yes", self.mailrig("verify", self.rig, "--within", WITHIN))

    def make_rig(self):
        wish = {"ports": [{"protocol": each, "address": "127.0.0.1"} for each in ("smtp", "submission", "pop3")]}
        made = json.loads(self.ask("PUT", f"/v1/rigs/{self.rig}", json.dumps(wish).encode()))
        self.addCleanup(self.ask, "DELETE", f"/v1/rigs/{self.rig}")
        return {each["protocol"]: each["port"] for each in made["listeners"]}

    def speak(self, port, lines):
        if lines == ["C: <connect>", "S: <silence>"]:
            with self.assertRaises(TimeoutError):
                socket.create_connection(("127.0.0.1", port), SILENCE)
            return
        client = Client(port, self.context)
        self.addCleanup(client.close)
        for at, line in enumerate(lines):
            try:
                self.take(client, line)
            except (AssertionError, OSError) as failure:
                said = "\n".join(lines[:at + 1])
                raise AssertionError(f"{said}\n{type(failure).__name__}: {failure}") from None

    def take(self, client, line):
        who, _, what = line.partition(" ")
        endings = {"<close>": client.hear_close, "<reset>": client.hear_reset, "<silence>": client.hear_silence}
        if who == "C:":
            client.say(what)
        elif who == "S:" and what in endings:
            endings[what]()
        elif who == "S:":
            client.hear(what)
        elif who == "M:":
            self.assert_kept(what)
        elif who == "@clock":
            by = json.dumps({"by": what.removeprefix("+")}).encode()
            self.ask("POST", f"/v1/rigs/{self.rig}/clock/advance", by)
        elif line == "@tls fails":
            client.refuse_certificate()
        else:
            raise AssertionError(f"an example has no such line: {line}")

    def assert_kept(self, what):
        messages = json.loads(self.ask("GET", f"/v1/rigs/{self.rig}/messages"))["messages"]
        if what.startswith("bounce to="):
            bounces = [each["rcpt_to"] for each in messages if each["origin"] == "generated"]
            self.assertEqual(bounces, [[what.removeprefix("bounce to=")]])
        elif what.startswith("fate="):
            self.assertEqual([each["fate"] for each in messages], [what.removeprefix("fate=")])
        elif what.startswith("count="):
            self.assertEqual(len(messages), int(what.removeprefix("count=")))
        else:
            raise AssertionError(f"an example has no such line: M: {what}")


for each in sorted(CATALOGUE.glob("*.json")):
    setattr(Scenarios, f"test_{each.stem.replace('-', '_')}", functools.partialmethod(Scenarios.play, each))


if __name__ == "__main__":
    unittest.main()
