"""The measured matrices: with mailrig as the faulty server each client says what it says of a real one."""

import json
import os
import pathlib
import sys
import tempfile
import unittest
import urllib.request

import java_mail
import pop3_fault_rows
import smtp_fault_rows
import tools
from server import Server

BINARY = os.environ.get("MAILRIG_BIN", "")
TIMEOUT = "3000"  # milliseconds; JavaMail names it
THREADS = "24"


class Matrix(unittest.TestCase):
    """Every row has a rig of its own, with its rules and its port."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="mailrig-e2e-")
        cls.addClassCleanup(folder.cleanup)
        cls.server = cls.enterClassContext(Server(BINARY))
        cls.authority = pathlib.Path(folder.name, "ca.pem")
        cls.authority.write_bytes(cls.ask("GET", "/v1/tls/ca.pem"))

    @classmethod
    def ask(cls, verb, path, body=None):
        request = urllib.request.Request(cls.server.url + path, body, method=verb)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def open_rig(self, row):
        """The port of a new rig."""
        wish = {"name": row.name, "ports": [{"protocol": row.port, "address": "127.0.0.1"}], "rules": row.rules}
        made = json.loads(self.ask("POST", "/v1/rigs", json.dumps(wish).encode()))
        self.addCleanup(self.ask, "DELETE", f"/v1/rigs/{row.name}")
        return made["listeners"][0]["port"]

    def check(self, client, rows, command):
        """The client meets all rows at once; each must have been said, and its rule must have acted."""
        rows = [row for row in rows if client in row.says]
        cases = "\n".join(row.case(self.prepare(row)) for row in rows) + "\n"
        heard = dict(line.split("\t", 1) for line in tools.run(command, limit=120, input=cases.encode()).splitlines())
        for row in rows:
            with self.subTest(client=client, row=row.name):
                said = heard.get(row.name, "nothing at all")
                self.assertTrue(row.is_said(client, said),
                                f"\n{client} {row.name}\nsaid   {said}\nwanted {row.says[client]}")
                unused = json.loads(self.ask("GET", f"/v1/rigs/{row.name}/faults/unused"))
                self.assertEqual(bool(unused["unused"]), client in row.unasked, f"{client} {row.name}: {unused}")

    def java(self, protocol):
        return [tools.require("java"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
                java_mail.compiled("Faults"), "Faults", protocol, self.authority, TIMEOUT, THREADS]


class SmtpMatrix(Matrix):
    def prepare(self, row):
        return self.open_rig(row)

    def test_java_mail(self):
        self.check("javamail", smtp_fault_rows.ROWS, self.java("smtp"))

    def test_smtplib(self):
        program = tools.CLIENTS / "smtplib" / "faults.py"
        self.check("smtplib", smtp_fault_rows.ROWS, [sys.executable, program, self.authority, TIMEOUT, THREADS])

    def test_nodemailer(self):
        tools.npm_ci(tools.CLIENTS / "nodemailer")
        program = tools.CLIENTS / "nodemailer" / "faults.mjs"
        self.check("nodemailer", smtp_fault_rows.ROWS, [tools.require("node"), program, self.authority, TIMEOUT])


class Pop3Matrix(Matrix):
    def prepare(self, row):
        port = self.open_rig(row)
        for mailbox in row.says:
            self.ask("POST", f"/v1/rigs/{row.name}/messages?mail_from=shop@box.test&rcpt_to={mailbox}@box.test",
                     pop3_fault_rows.MAIL)
        return port

    def test_java_mail(self):
        self.check("javamail", pop3_fault_rows.ROWS, self.java("pop3"))

    def test_poplib(self):
        program = tools.CLIENTS / "readers" / "faults_poplib.py"
        self.check("poplib", pop3_fault_rows.ROWS, [sys.executable, program, TIMEOUT, THREADS])


if __name__ == "__main__":
    unittest.main()
