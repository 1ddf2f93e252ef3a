"""TLS as programs nobody here wrote see it; clients that send mails over it are in test_secure_clients.py."""

import dataclasses
import os
import re
import smtplib
import ssl
import subprocess
import sys
import xml.etree.ElementTree

from api import Api
import case
import secure_clients
from server import Server, ServerFailed
import tools

WAYS_OUT = re.compile(r"/v1/tls/ca\.pem.*2525")


@dataclasses.dataclass
class Session:
    """One connection as `openssl s_client` saw it."""
    code: int
    said: str

    @property
    def is_reused(self):
        return "Reused, TLS" in self.said


class TlsCase(case.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ports = {at["protocol"]: at["port"] for at in cls.api.json("/v1/info")["listeners"]}

    def setUp(self):
        super().setUp()
        self.sender = case.unique("app")
        self.recipient = case.unique(self._testMethodName[5:])
        self.ca = self.file("ca.pem", self.api.bytes("/v1/tls/ca.pem"))

    def port(self, security):
        return str(self.ports["submission" if security == "starttls" else "smtps"])

    def messages(self):
        return [self.api.message(each["id"]) for each in self.api.every("messages")
                if each["mail_from"] == self.sender]


class Distrust(TlsCase):
    """A client that does not know the CA refuses; the session says what can be done about it."""

    def refused(self, client, way):
        """The name of the note in the session of a client that trusts another CA."""
        before = {session["id"] for session in self.api.every("sessions")}
        result = secure_clients.run(secure_clients.COMMANDS[client](), way, self.port(way), self.own_ca(),
                                    sender=self.sender, recipient=self.recipient, login="a", password="b")
        self.assertNotEqual(result.returncode, 0, result.stdout)
        session = self.api.find("sessions", lambda each: each["id"] not in before and each["ended_at"])
        self.assertEqual(self.messages(), [])
        self.assertRegex(session["lints"][0]["detail"], WAYS_OUT)
        return session["lints"][0]["name"]

    def own_ca(self):
        """A CA that signed nothing here."""
        tools.run([tools.require("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.folder / "other.key", "-out",
                   self.folder / "other.pem", "-subj", "/CN=another CA"])
        return self.folder / "other.pem"

    def test_smtplib(self):
        self.assertEqual(self.refused("smtplib", "starttls"), "tls_certificate_refused")

    def test_curl(self):
        self.assertEqual(self.refused("curl", "tls"), "tls_certificate_refused")

    def test_nodemailer(self):
        self.refused("nodemailer", "tls")


class Program(TlsCase):
    """The options of TLS, each on a server of its own."""

    def start(self, *arguments):
        return self.enterContext(Server(os.environ["MAILRIG_BIN"], *arguments))

    def trust(self, server, name="trusted.pem"):
        return self.file(name, Api(server.url).bytes("/v1/tls/ca.pem"))

    def send(self, server, protocol, ca, **mail):
        """One mail over TLS with Python's ssl, verified against `ca`."""
        with ssl_session(server.listeners(protocol)[0][1], protocol, ca) as client:
            client.sendmail("a@e2e.test", ["b@e2e.test"], "Subject: x\r\n\r\ny\r\n", **mail)

    def test_the_log_names_the_ways_out(self):
        server = self.start()
        other = self.start()
        with self.assertRaises(ssl.SSLError):
            self.send(server, "smtps", self.trust(other))
        server.stop()
        lines = [line for line in server.log().splitlines() if "note=tls_certificate_refused detail=" in line]
        self.assertEqual(len(lines), 1, server.log())
        self.assertRegex(lines[0], WAYS_OUT)

    def test_tls_dir_keeps_what_clients_trust(self):
        kept = str(self.folder / "tls")
        with Server(os.environ["MAILRIG_BIN"], "--tls-dir", kept) as first:
            ca = self.trust(first)
        second = self.start("--tls-dir", kept)
        self.assertEqual(self.trust(second, "again.pem").read_bytes(), ca.read_bytes())
        self.send(second, "submission", ca)
        for path in (self.folder / "tls").iterdir():
            self.assertEqual(path.stat().st_mode & 0o777, 0o600, path)

    def test_an_own_certificate_is_used(self):
        key, certificate = self.folder / "own.key", self.folder / "own.pem"
        tools.run([tools.require("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
                   certificate, "-subj", "/CN=own", "-addext", "subjectAltName=DNS:localhost"])
        server = self.start("--tls-cert", str(certificate), "--tls-key", str(key))
        self.send(server, "smtps", certificate)
        self.send(server, "smtps", self.trust(server))  # /v1/tls/ca.pem has what is to be trusted here too

    def test_starttls_and_require_tls_offer_it_on_the_plain_port(self):
        server = self.start("--starttls")
        self.send(server, "smtp", self.trust(server))
        strict = self.start("--require-tls")
        self.send(strict, "smtp", self.trust(strict))
        with smtplib.SMTP("127.0.0.1", strict.smtp[1], timeout=30) as client:
            client.ehlo()
            self.assertEqual(client.mail("a@e2e.test"), (530, b"5.7.0 Must issue a STARTTLS command first"))

    def test_rsa_keys_versions_ciphers_and_names_can_be_set(self):
        server = self.start("--tls-key-type", "rsa", "--tls-max-version", "1.2", "--tls-name", "mail.e2e.test",
                            "--tls-ciphers", "ECDHE-RSA-AES128-GCM-SHA256")
        with ssl_session(server.listeners("smtps")[0][1], "smtps", self.trust(server)) as client:
            self.assertEqual(client.sock.cipher()[:2], ("ECDHE-RSA-AES128-GCM-SHA256", "TLSv1.2"))
            names = [name for _, name in client.sock.getpeercert()["subjectAltName"]]
            self.assertIn("mail.e2e.test", names)

    def test_a_client_certificate_is_recorded_and_logs_in_when_asked_for(self):
        key, certificate = self.folder / "me.key", self.folder / "me.pem"
        tools.run([tools.require("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                   "-nodes", "-keyout", key, "-out", certificate, "-subj", "/O=e2e/CN=alice"])
        server = self.start("--tls-request-client-cert")
        with ssl_session(server.listeners("smtps")[0][1], "smtps", self.trust(server), (certificate, key)) as client:
            client.ehlo()
            self.assertIn("EXTERNAL", client.esmtp_features["auth"].split())
            self.assertEqual(client.docmd("AUTH", "EXTERNAL =")[0], 235)
        session = Api(server.url).find("sessions", lambda each: each["ended_at"])
        self.assertEqual(session["tls"]["client_certificate"], "CN=alice,O=e2e")
        self.assertEqual((session["auth"]["mechanism"], session["auth"]["user"]), ("EXTERNAL", "CN=alice,O=e2e"))

    def test_wrong_settings_are_named(self):
        for arguments, words in ((["--tls-cert", "nowhere.pem"], "belong together"),
                                 (["--tls-cert", "nowhere.pem", "--tls-key", "nowhere.key"], "nowhere.pem"),
                                 (["--tls-ciphers", "NONE-SUCH"], "NONE-SUCH"),
                                 (["--tls-min-version", "1.3", "--tls-max-version", "1.2"], "above the highest"),
                                 (["--tls-name", "a b"], "--tls-name"),
                                 (["--tls-dir", "/dev/null/x"], "--tls-dir")):
            with self.subTest(arguments):
                with self.assertRaises(ServerFailed) as failure:
                    self.start(*arguments)
                self.assertIn(words, str(failure.exception))


def ssl_session(port, protocol, ca, certificate=None):
    """A smtplib client in TLS that verifies `localhost` against `ca`."""
    trust = ssl.create_default_context(cafile=str(ca))
    if certificate:
        trust.load_cert_chain(*map(str, certificate))
    if protocol == "smtps":
        return smtplib.SMTP_SSL("localhost", port, timeout=30, context=trust)
    client = smtplib.SMTP("localhost", port, timeout=30)
    client.starttls(context=trust)
    return client


class OpenSsl(TlsCase):
    """`openssl s_client`, which says in full what was agreed."""

    def s_client(self, security, *arguments, said=b"QUIT\r\n"):
        starttls = ["-starttls", "smtp"] if security == "starttls" else []
        result = subprocess.run(
            [tools.require("openssl"), "s_client", "-connect", f"localhost:{self.port(security)}", *starttls,
             "-CAfile", str(self.ca), "-verify_return_error", "-ign_eof", *arguments],
            input=said, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False, cwd=self.folder)
        return Session(result.returncode, result.stdout.decode("utf-8", "replace"))

    def test_the_chain_is_whole_and_the_names_are_right(self):
        for security in ("starttls", "implicit"):
            for check in (["-verify_hostname", "localhost"], ["-verify_ip", "127.0.0.1"], ["-verify_ip", "::1"]):
                with self.subTest(security=security, check=check):
                    session = self.s_client(security, *check)
                    self.assertEqual(session.code, 0, session.said)
                    self.assertIn("Verification: OK", session.said)
                    self.assertIn("221 2.0.0 Bye", session.said)

    def test_a_foreign_name_is_not_in_the_certificate(self):
        session = self.s_client("implicit", "-verify_hostname", "mail.example.com")
        self.assertNotEqual(session.code, 0)
        self.assertIn("hostname mismatch", session.said.lower())

    def test_both_versions(self):
        for flag, version in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            with self.subTest(version):
                self.assertRegex(self.s_client("starttls", flag).said, rf"New, {re.escape(version)}, Cipher is")

    def test_older_versions_are_refused(self):
        session = self.s_client("implicit", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
        self.assertNotEqual(session.code, 0)
        self.assertRegex(session.said, "protocol version|no protocols available|alert")

    def test_x25519_is_agreed_on(self):
        self.assertIn("Server Temp Key: X25519", self.s_client("implicit").said)

    def test_sessions_are_resumed(self):
        for flag in ("-tls1_2", "-tls1_3"):
            with self.subTest(flag):
                first = self.s_client("starttls", flag, "-sess_out", "session.pem")
                self.assertEqual(first.code, 0, first.said)
                second = self.s_client("starttls", flag, "-sess_in", "session.pem")
                self.assertTrue(second.is_reused, second.said)
                newest = next(iter(self.api.every("sessions")))
                self.assertTrue(newest["tls"]["resumed"])

    def test_commands_behind_starttls_are_thrown_away(self):
        """CVE-2011-0411, with everything in one segment."""
        before = {session["id"] for session in self.api.every("sessions")}
        script = ("import socket,ssl,sys\n"
                  "s=socket.create_connection(('localhost',int(sys.argv[1])))\n"
                  "s.recv(1000);s.sendall(b'EHLO c.test\\r\\n');s.recv(1000)\n"
                  "s.sendall(b'STARTTLS\\r\\nMAIL FROM:<mallory@m.test>\\r\\n');s.recv(1000)\n"
                  "c=ssl.create_default_context(cafile=sys.argv[2]).wrap_socket(s,server_hostname='localhost')\n"
                  "c.sendall(b'RCPT TO:<b@b.test>\\r\\n');print(c.recv(1000))\n")
        said = self.run_client([sys.executable, "-c", script, self.port("starttls"), self.ca])
        self.assertIn("503 5.5.1 Send EHLO or HELO first", said)
        session = self.api.find("sessions", lambda each: each["id"] not in before and each["ended_at"])
        self.assertEqual([lint["name"] for lint in session["lints"]], ["octets_before_tls", "no_quit"])
        self.assertEqual(session["attempt_count"], 0)


class Scanners(TlsCase):
    def test_sslscan_finds_nothing_weak(self):
        for security in ("starttls", "implicit"):
            with self.subTest(security):
                starttls = ["--starttls-smtp"] if security == "starttls" else []
                tools.run([tools.require("sslscan"), *starttls, "--xml=scan.xml", "--no-colour",
                           f"localhost:{self.port(security)}"], cwd=self.folder)
                self.check_scan(xml.etree.ElementTree.parse(self.folder / "scan.xml").getroot().find("ssltest"))

    def check_scan(self, scan):
        enabled = {(each.get("type"), each.get("version")) for each in scan.findall("protocol")
                   if each.get("enabled") == "1"}
        self.assertEqual(enabled, {("tls", "1.2"), ("tls", "1.3")})
        strengths = {each.get("strength") for each in scan.findall("cipher")}
        self.assertTrue(strengths, "a scan without a cipher")
        self.assertLessEqual(strengths, {"strong", "acceptable"})
        compression = scan.find("compression")  # left out by an sslscan whose OpenSSL has none
        self.assertTrue(compression is None or compression.get("supported") == "0")
        self.assertEqual([each.get("vulnerable") for each in scan.findall("heartbleed")].count("1"), 0)
        renegotiation = scan.find("renegotiation")
        self.assertTrue(renegotiation.get("supported") == "0" or renegotiation.get("secure") == "1")

    @case.slow
    def test_testssl_finds_nothing_high_or_critical(self):
        report = self.folder / "report.json"
        subprocess.run([tools.require("testssl"), "--quiet", "--color", "0", "--warnings", "batch", "--ip", "127.0.0.1",
                        "--starttls", "smtp", "--jsonfile", str(report), f"localhost:{self.port('starttls')}"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900, check=False,
                       cwd=self.folder, env={**os.environ, "ADDITIONAL_CA_FILES": str(self.ca)})
        findings = case.read_json(report)
        self.assertGreater(len(findings), 50, "testssl did not look at everything")
        # What only a public CA and revocation lists could mend.
        allowed = re.compile(r"chain_of_trust|revocation|cert_crl|ocsp|overall_grade|grade_cap", re.IGNORECASE)
        bad = [each for each in findings if each["severity"] in ("HIGH", "CRITICAL") and not allowed.search(each["id"])]
        self.assertEqual(bad, [])
