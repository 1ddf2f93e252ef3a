"""Every client over plain text, STARTTLS and TLS with its CA verified, with a login; and out of the box.

All clients run beforehand, some at once; each test then looks at one of the runs.
"""

import base64
import concurrent.futures
import os
import pathlib
import tempfile
import unittest

import case
import secure_clients
import tools
from api import Api
from server import Server

LOGIN, PASSWORD = "tester@e2e.test", "pass:word with blanks, commas & 100%"
LISTENERS = {"default": "smtp", "plain": "smtp", "starttls": "submission", "tls": "smtps"}
AT_ONCE = 4


class Run:
    """One mail by one client. `trusts` says whether the client knows the server's CA or another one."""

    def __init__(self, client, way, trusts=True):
        self.client, self.way, self.trusts = client, way, trusts
        self.recipient = case.unique(client)
        self.code = self.said = None

    def carry_out(self, command, port, authority):
        result = secure_clients.run(command, self.way, port, authority, sender="app@e2e.test",
                                    recipient=self.recipient, login=LOGIN, password=PASSWORD)
        self.code, self.said = result.returncode, result.stdout.decode("utf-8", "replace")


def all_runs():
    for client in secure_clients.COMMANDS:
        for way in LISTENERS:
            yield Run(client, way)
        yield Run(client, "starttls", trusts=False)
        yield Run(client, "tls", trusts=False)


class SecureClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="mailrig-e2e-"))
        cls.server = cls.enterClassContext(cls.start("--smtp", "localhost:0", "--submission", "localhost:0",
                                                     "--smtps", "localhost:0", "--smtp-user", f"{LOGIN}:{PASSWORD}"))
        stranger = cls.enterClassContext(cls.start("--smtp", "localhost:0"))
        cls.api = Api(cls.server.url)
        authorities = {trusts: cls.keep_authority(pathlib.Path(folder) / name, server)
                       for trusts, name, server in ((True, "ca.pem", cls.server), (False, "other.pem", stranger))}
        cls.runs = {(run.client, run.way, run.trusts): run for run in all_runs()}
        cls.carry_out(authorities)
        cls.messages = {message["rcpt_to"][0]: cls.api.message(message["id"]) for message in cls.api.every("messages")}
        cls.sessions = {session["id"]: cls.api.session(session["id"]) for session in cls.api.every("sessions")}
        cls.server.stop()  # only then is the log whole
        cls.log = cls.server.log()

    @staticmethod
    def start(*arguments):
        return Server(os.environ["MAILRIG_BIN"], *arguments, "--http", "localhost:0", defaults=False)

    @staticmethod
    def keep_authority(path, server):
        path.write_bytes(Api(server.url).bytes("/v1/tls/ca.pem"))
        return path

    @classmethod
    def carry_out(cls, authorities):
        ports = {way: cls.server.listeners(protocol)[0][1] for way, protocol in LISTENERS.items()}
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            waiting = []
            for client, prepare in secure_clients.COMMANDS.items():
                try:
                    command = prepare()
                except (tools.ToolMissing, AssertionError) as failure:
                    for run in cls.runs_of(client):
                        run.said = str(failure)
                    continue
                waiting += [pool.submit(run.carry_out, command, ports[run.way], authorities[run.trusts])
                            for run in cls.runs_of(client)]
            for each in waiting:
                each.result()

    @classmethod
    def runs_of(cls, client):
        return [run for run in cls.runs.values() if run.client == client]

    def check_sent(self, client, way):
        run = self.runs[client, way, True]
        self.assertEqual(run.code, 0, run.said)
        self.assertIn(run.recipient, self.messages, run.said)
        message = self.messages[run.recipient]
        session = self.sessions[message["session"]]
        for shown in (message, session):
            with self.subTest(shown="message" if shown is message else "session"):
                self.check_login(shown["auth"], way)
                self.check_tls(shown["tls"], way)
        self.assertNotIn(PASSWORD, str(session))
        self.assertIn(message["id"], self.log)
        for secret in (PASSWORD, base64.b64encode(PASSWORD.encode()).decode()):
            self.assertNotIn(secret, self.log, "the log holds a password")

    def check_login(self, auth, way):
        if way == "default":
            self.assertIsNone(auth)
        else:
            self.assertEqual((auth["user"], auth["authorization"] or LOGIN), (LOGIN, LOGIN))

    def check_tls(self, tls, way):
        if way in ("default", "plain"):
            self.assertIsNone(tls)
        else:
            self.assertIn(tls["version"], ("TLSv1.2", "TLSv1.3"))

    def check_refused(self, client, way):
        """What proves that the runs above verified the certificate."""
        run = self.runs[client, way, False]
        self.assertIsNotNone(run.code, run.said)
        self.assertNotEqual(run.code, 0, f"{client} trusts a CA that it was not given:\n{run.said}")
        self.assertNotIn(run.recipient, self.messages)


def add_tests():
    def add(name, check, client, way):
        setattr(SecureClients, name, lambda self: getattr(self, check)(client, way))
    for client in secure_clients.COMMANDS:
        add(f"test_{client}_out_of_the_box", "check_sent", client, "default")
        add(f"test_{client}_with_login", "check_sent", client, "plain")
        for way in ("starttls", "tls"):
            add(f"test_{client}_by_{way}", "check_sent", client, way)
            add(f"test_{client}_by_{way}_refuses_another_authority", "check_refused", client, way)


add_tests()
