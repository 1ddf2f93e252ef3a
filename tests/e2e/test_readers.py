"""Programs that fetch mail, nobody here wrote them: each gets every mail of a mixed corpus as it was sent."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import java_mail
import tools
from api import Api
from case import unique
from peer import Peer
from pop3_reader import Reader
from server import Server

READERS = tools.CLIENTS / "readers"
HEADER = b"From: shop@e2e.test\r\nTo: app@e2e.test\r\nSubject: %d\r\nMessage-ID: <%d@e2e.test>\r\n\r\n"

GBK = "您好，订单已发货。\r\n".encode("gbk")

# Bodies with CRLF line ends: every reader gets them as they were.
BODIES = [
    b"Just text.\r\n",
    b".\r\n..\r\n.a line with a dot\r\nend.\r\n.\r\n\r\n",
    "Grüße, 您好, Привет\r\n".encode("utf-8"),
    GBK,
    b"..\r\n.\r\n.a line with a dot behind others\r\n",
    b"",
    b"\r\n\r\n\r\n",
    b"From here it looks like mbox\r\n>From there too\r\n",
    b"".join(b"line %d of a long mail, with some more text\r\n" % n for n in range(20_000)),
]
LONG_LINE = b"x" * 5000 + b"\r\n"

# What only a reader that is exact to the octet gets as it was.
ODD_MAILS = [
    b"",
    b"no header, no blank line\r\n",
    b"Subject: bare LF\n\nbody\n.\n..\n\r\n",
    b"Subject: bare CR\r\n\r\na\rb\r.\r\r\n",
    b"Subject: NUL\r\n\r\n\0\0a\0\r\n\0.\r\n",
    b"\r\n.\r\n",
    b"Subject: every octet\r\n\r\n" + bytes(range(256)) * 3 + b"\r\n",
]


def corpus():
    return [HEADER % (number, number) + body for number, body in enumerate([*BODIES, LONG_LINE])]


def with_crlf(octets):
    return re.sub(rb"\r?\n", b"\r\n", octets)


class ReaderCase(unittest.TestCase):
    maxDiff = 2000
    options = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Server(os.environ["MAILRIG_BIN"], *cls.options))
        cls.pop3 = cls.server.listeners("pop3")[0]
        cls.api = Api(cls.server.url)

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="mailrig-e2e-")))
        self.address = unique("app")

    def send(self, mails, address=None):
        with Peer(self.server.smtp) as peer:
            for mail in mails:
                peer.send_mail("shop@e2e.test", [address or self.address], mail)
            peer.quit()

    def assert_same(self, got, sent, what):
        if got != sent:
            at = next((i for i, (a, b) in enumerate(zip(got, sent)) if a != b), min(len(got), len(sent)))
            self.fail(f"{what}: {len(got)} octets instead of {len(sent)}, other from octet {at} on: "
                      f"{got[max(0, at - 40):at + 40]!r} instead of {sent[max(0, at - 40):at + 40]!r}")

    def mailbox(self, address=None):
        return self.api.json(f"/v1/mailboxes/{address or self.address}")


EVERY_WAY = ("plain", "starttls", "tls")


class RealReaders(ReaderCase):
    def each_way(self, mails, ways=EVERY_WAY):
        """Plain, by STLS, and over TLS from the first octet, with the CA verified: each keeps and then deletes.

        Yields (way, after, port, an empty folder); behind each the mailbox must be as the reader was told."""
        ca = self.folder / "ca.pem"
        ca.write_bytes(self.api.bytes("/v1/tls/ca.pem"))
        for way in ways:
            self.address = unique("app")
            self.send(mails)
            port = self.server.listeners("pop3s" if way == "tls" else "pop3")[0][1]
            for after in ("keep", "delete"):
                folder = self.folder / f"{way}-{after}"
                folder.mkdir()
                with self.subTest(way=way, after=after):
                    yield way, after, port, folder
                    box = self.mailbox()
                    self.assertEqual(box["messages"], len(mails) if after == "keep" else 0)
                    self.assertEqual(box["open_by"], [], "the reader is gone and its lock with it")

    def read_with(self, command, mails, *, ways=EVERY_WAY, change=bytes):
        """Runs a reader of clients/readers each way; each time it must get all mails."""
        for way, after, port, folder in self.each_way(mails, ways):
            tools.run([*command, "localhost", port, self.address, folder, after, way, self.folder / "ca.pem"], limit=120)
            self.check(folder, mails, change)

    def check(self, folder, mails, change):
        got = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
        self.assertEqual(len(got), len(mails))
        by_subject = {re.search(rb"(?m)^Subject: (\d+)", octets)[1]: octets for octets in got}
        for number, mail in enumerate(mails):
            self.assert_same(change(by_subject[b"%d" % number]), mail, f"mail {number}")

    def test_poplib(self):
        # poplib takes no line over 2,048 octets.
        self.read_with([sys.executable, READERS / "read_poplib.py"], corpus()[:-1])

    def test_perl_net_pop3(self):
        # Net::POP3 gives lines that end in LF.
        self.read_with([tools.require("perl"), READERS / "read_perl.pl"], corpus(), change=with_crlf)

    def test_ruby_net_pop(self):
        # net/pop knows no STLS.
        self.read_with([tools.require("ruby"), READERS / "read_ruby.rb"], corpus(), ways=("plain", "tls"))

    def test_java_mail(self):
        class_path = java_mail.compiled("Receive")
        self.read_with([tools.require("java"), "-XX:TieredStopAtLevel=1", "-cp", class_path, "Receive"], corpus())

    def test_node_pop3(self):
        try:
            tools.npm_ci(READERS)
        except AssertionError as failed:
            self.skipTest(f"node-pop3 could not be installed: {str(failed)[-300:]}")
        # node-pop3 gives text, so only UTF-8 is left what it was; it leaves the stuffed dots and takes the line ends
        # behind the last line away.
        bodies = [body for body in [*BODIES, LONG_LINE] if body.strip() and body != GBK and not body.endswith(b"\r\n\r\n")]
        mails = [HEADER % (number, number) + body for number, body in enumerate(bodies)]
        self.read_with([tools.require("node"), READERS / "read_node.mjs"], mails, ways=("plain", "tls"),
                       change=self.unstuffed)

    @staticmethod
    def unstuffed(octets):
        return octets.replace(b"\r\n.", b"\r\n") + (b"" if octets.endswith(b"\r\n") else b"\r\n")

    def test_curl(self):
        mails = corpus()
        for way, after, port, folder in self.each_way(mails):
            url = f"pop3{'s' if way == 'tls' else ''}://localhost:{port}/"
            secure = [] if way == "plain" else ["--ssl-reqd", "--cacert", self.folder / "ca.pem"]
            self.assertEqual(len(self.curl(url, *secure).splitlines()), len(mails))
            for number in range(len(mails), 0, -1):
                (folder / str(number)).write_bytes(self.curl(f"{url}{number}", *secure))
                if after == "delete":
                    self.curl(f"{url}{number}", "-X", "DELE", "-l", *secure)
            self.check(folder, mails, bytes)

    def curl(self, url, *arguments):
        done = subprocess.run([tools.require("curl"), "-sS", "--max-time", "30", "--user", f"{self.address}:secret",
                               *arguments, url], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_fetchmail(self):
        # fetchmail hands mails on with LF and puts a Received in front.
        mails = corpus()
        trust = f"sslcertck sslcertfile {self.folder}/ca.pem"
        security = {"plain": 'sslproto ""', "starttls": f"sslproto TLS1.2+ {trust}", "tls": f"ssl {trust}"}
        for way, after, port, folder in self.each_way(mails):
            settings = self.folder / "fetchmailrc"
            settings.write_text(
                f"set no bouncemail\npoll localhost protocol pop3 service {port} timeout 30\n"
                f'user "{self.address}" password "secret" {security[way]}\n'
                f"{'keep' if after == 'keep' else 'nokeep'} fetchall mda \"cat > `mktemp {folder}/XXXXXX`\"\n",
                encoding="utf-8")
            settings.chmod(0o600)
            environment = {**os.environ, "FETCHMAILHOME": str(self.folder), "HOME": str(self.folder)}
            tools.run([tools.require("fetchmail"), "-f", settings, "--nosyslog"], env=environment)
            self.check(folder, mails, self.without_received)

    @staticmethod
    def without_received(octets):
        octets = re.sub(rb"\AReceived: [^\n]*\n(?:[ \t][^\n]*\n)*", b"", octets)
        return with_crlf(octets)

    def test_mpop(self):
        # mpop writes a maildir with LF.
        mails = corpus()
        for way, after, port, folder in self.each_way(mails):
            for name in ("cur", "new", "tmp"):
                (folder / name).mkdir()
            secure = ["--tls=off"] if way == "plain" else [
                "--tls=on", f"--tls-starttls={'on' if way == 'starttls' else 'off'}",
                f"--tls-trust-file={self.folder}/ca.pem"]
            tools.run([tools.require("mpop"), "--host=localhost", f"--port={port}", f"--user={self.address}",
                       "--passwordeval=echo secret", "--auth=user", *secure, "--half-quiet",
                       f"--delivery=maildir,{folder}", "--received-header=off", f"--uidls-file={folder}.uidls",
                       f"--keep={'on' if after == 'keep' else 'off'}"], env={**os.environ, "HOME": str(self.folder)})
            self.check(folder, mails, with_crlf)

    def test_getmail6(self):
        getmail = self.getmail()
        # It stands on poplib, puts a Return-Path in front, writes LF and knows no STLS.
        mails = corpus()[:-1]
        for way, after, port, folder in self.each_way(mails, ("plain", "tls")):
            settings = self.folder / f"getmailrc-{way}-{after}"
            kind = "SimplePOP3Retriever" if way == "plain" else "SimplePOP3SSLRetriever"
            secure = "" if way == "plain" else f"ca_certs = {self.folder}/ca.pem\n"
            settings.write_text(
                f"[retriever]\ntype = {kind}\nserver = localhost\nport = {port}\n{secure}"
                f"username = {self.address}\npassword = secret\ntimeout = 30\n"
                # As root it delivers into no maildir.
                "[destination]\ntype = MDA_external\npath = /bin/sh\nallow_root_commands = true\n"
                f"arguments = ('-c', 'cat > $(mktemp {folder}/XXXXXX)')\n"
                "[options]\nread_all = true\ndelivered_to = false\nreceived = false\nverbose = 1\n"
                f"delete = {'true' if after == 'delete' else 'false'}\n", encoding="utf-8")
            tools.run([*getmail, f"--getmaildir={self.folder}", f"--rcfile={settings}"],
                      env={**os.environ, "HOME": str(self.folder)})
            self.check(folder, mails, self.without_return_path)

    @staticmethod
    def without_return_path(octets):
        return with_crlf(octets.removeprefix(b"Return-Path: <unknown>\n"))

    def getmail(self):
        place = tools.artefacts() / "getmail"
        if not (place / "bin" / "getmail").exists():
            try:
                tools.run([sys.executable, "-m", "venv", place])
                tools.run([place / "bin" / "pip", "install", "-q", "getmail6==6.20.2"], limit=120)
            except (AssertionError, subprocess.TimeoutExpired) as failed:
                self.skipTest(f"getmail6 could not be installed: {str(failed)[-300:]}")
        return [place / "bin" / "python", place / "bin" / "getmail"]


class ExactReader(ReaderCase):
    """Our own reader, which looks at every octet."""

    def test_every_octet_of_every_mail(self):
        mails = [*corpus(), *ODD_MAILS]
        self.send(mails)
        with Reader(self.pop3, self.address) as reader:
            sizes = [int(octets) for _, octets in reader.listing()]
            self.assertEqual(sizes, [len(mail) for mail in mails])
            for number, mail in enumerate(mails, 1):
                self.assert_same(reader.fetch(f"RETR {number}"), mail, f"mail {number}")
            self.assertEqual(reader.ask("STAT"), f"{len(mails)} {sum(sizes)}")

    def test_unique_ids_stay_and_are_those_of_the_api(self):
        self.send(corpus())
        with Reader(self.pop3, self.address) as reader:
            first = reader.listing("UIDL")
            reader.ask("DELE 1")
            reader.ask("QUIT")
        with Reader(self.pop3, self.address) as reader:
            second = reader.listing("UIDL")
        self.assertEqual([name for _, name in second], [name for _, name in first[1:]])
        entries = self.mailbox()["entries"]
        self.assertEqual([entry["unique_id"] for entry in reversed(entries)], [name for _, name in first])
        self.assertEqual(entries[-1]["visits"][0]["did"], "deleted")

    def test_a_reader_that_comes_back_at_once_meets_no_lock(self):
        self.send([b"x\r\n"])
        for _ in range(50):
            Reader(self.pop3, self.address).reset()
            Reader(self.pop3, self.address).close()

    def test_a_large_mail_costs_no_copy_and_a_stopped_reader_nothing(self):
        size = 60 * 1024 * 1024
        self.send([b"Subject: large\r\n\r\n" + (b"." + b"x" * 75 + b"\r\n") * (size // 78)])
        with Reader(self.pop3, self.address) as warm:
            warm.ask("STAT")
        before = self.resident()
        stopped = Reader(self.pop3, "*", buffer=65536)
        self.addCleanup(stopped.close)
        stopped.ask("RETR 1")
        with Reader(self.pop3, self.address) as exact:
            self.assertEqual(len(exact.fetch("RETR 1")), len(b"Subject: large\r\n\r\n") + size // 78 * 78)
        self.assertLess(self.resident() - before, 8 * 1024 * 1024)
        # The mailbox of the stopped reader is its own; nobody else waits for it.
        self.assertEqual(len(self.mailbox("*")["open_by"]), 1)
        stopped.reset()

    def resident(self):
        status = pathlib.Path(f"/proc/{self.server.ready['pid']}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024
