"""The commands that ask a running server: mailrig wait, rig, list, show, rm, export, send, sendmail, readyz."""

import email
import email.policy
import io
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import threading
import unittest
import zipfile

from server import Server, clean_environment

BINARY = os.environ.get("MAILRIG_BIN", "")
YES, NO, WRONG_USAGE, NO_ANSWER = 0, 1, 2, 3


class ClientCommands(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mailrig-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = self.enterContext(Server(BINARY, "--auth", "anna:s3cret"))
        address, port = self.server.smtp
        self.environment = clean_environment(MAILRIG_URL=self.server.url, MAILRIG_AUTH="anna:s3cret",
                                             MAILRIG_SERVER=f"{address}:{port}")

    def mailrig(self, *arguments, stdin=b"", binary=BINARY, **environment):
        return subprocess.run([binary, *map(str, arguments)], input=stdin, capture_output=True, timeout=60,
                              check=False, env={**self.environment, **environment})

    def expect(self, code, *arguments, said=None, **options):
        """The standard output of a command that ends with `code` and says `said` on standard error."""
        answer = self.mailrig(*arguments, **options)
        self.assertEqual(answer.returncode, code, answer)
        if said is None:
            self.assertEqual(answer.stderr, b"", answer)
        else:
            self.assertIn(said, answer.stderr.decode())
        return answer.stdout

    def send(self, subject="Hello", to="bob@shop.test", **options):
        return self.expect(YES, "send", "--from", "app@shop.test", "--to", to, "--subject", subject, "--text",
                           "Your code is 4711.", **options)

    def test_a_mail_is_sent_listed_shown_and_removed(self):
        self.assertIn(b"queued as", self.send("Grüße, 中文"))
        row, = json.loads(self.expect(YES, "list", "--json"))
        self.assertEqual((row["subject"], row["mail_from"], row["rcpt_to"]),
                         ("Grüße, 中文", "app@shop.test", ["bob@shop.test"]))
        line = self.expect(YES, "list").decode()
        self.assertIn(row["id"], line)
        self.assertIn("app@shop.test -> bob@shop.test  Grüße, 中文\n", line)
        self.assertNotIn("\x1b", line)
        shown = self.expect(YES, "show", "latest").decode()
        self.assertIn("Subject: Grüße, 中文\n", shown)
        self.assertIn("\nYour code is 4711.\n", shown)
        raw = email.message_from_bytes(self.expect(YES, "show", row["id"], "--raw"), policy=email.policy.default)
        self.assertEqual((raw["subject"], raw["to"], raw.get_content()),
                         ("Grüße, 中文", "bob@shop.test", "Your code is 4711.\r\n"))
        self.assertEqual(json.loads(self.expect(YES, "show", row["id"], "--json"))["id"], row["id"])
        self.assertEqual(self.expect(YES, "rm", row["id"]), b"1 deleted\n")
        self.expect(NO, "show", row["id"], said=row["id"])

    def test_removing_wants_to_be_told_what(self):
        for subject in ("one", "two", "three"):
            self.send(subject)
        self.expect(WRONG_USAGE, "rm", said="--all")
        self.expect(WRONG_USAGE, "rm", "--all", "--query", "subject:one", said="one way")
        self.assertEqual(self.expect(YES, "rm", "--query", "subject:one"), b"1 deleted\n")
        self.assertEqual(self.expect(YES, "rm", "--all"), b"2 deleted\n")

    def test_waiting_prints_the_mails(self):
        self.send("Welcome")
        found, = json.loads(self.expect(YES, "wait", "--query", "rcpt:bob@shop.test", "--timeout", "30s"))
        self.assertEqual(found["subject"], "Welcome")
        self.assertEqual(found["codes"][0]["value"], "4711")
        later = threading.Thread(target=self.send, args=["Later"])
        later.start()
        found, = json.loads(self.expect(YES, "wait", "--query", "subject:Later", "--timeout", "30s"))
        later.join()
        self.assertEqual(found["subject"], "Later")

    def test_a_wait_that_is_not_met_says_what_came_nearest(self):
        self.send("Welcome")
        answer = self.mailrig("wait", "--query", "subject:Farewell", "--timeout", "300ms")
        self.assertEqual((answer.returncode, answer.stdout), (NO, b""))
        self.assertIn("Farewell", answer.stderr.decode())
        self.assertIn("Welcome", answer.stderr.decode())
        self.expect(YES, "wait", "--query", "subject:Farewell", "--exactly", "0", "--settle", "100ms")
        self.expect(NO, "wait", "--exactly", "0", "--timeout", "5s", said="")
        self.expect(WRONG_USAGE, "wait", "--query", "subject:(", said="")
        self.expect(WRONG_USAGE, "wait", "--timeout", "10", said="is not a time")

    def test_a_rig_is_made_used_and_deleted(self):
        made = json.loads(self.expect(YES, "rig", "create", "mine", "--port", "smtp", "--route",
                                      "recipient_domain=gw.test", "--ttl", "10m"))
        self.assertEqual((made["id"], made["ttl_ms"], made["route"]),
                         ("mine", 600_000, [{"recipient_domain": "gw.test"}]))
        self.send("Routed", to="bob@gw.test")
        own = f"127.0.0.1:{made['listeners'][0]['port']}"
        self.send("By port", MAILRIG_SERVER=own)
        self.assertEqual(self.expect(YES, "list"), b"")
        rows = json.loads(self.expect(YES, "list", "--json", "--rig", "mine"))
        self.assertEqual([row["subject"] for row in rows], ["By port", "Routed"])
        self.assertEqual(json.loads(self.expect(YES, "wait", "--query", "subject:Routed", MAILRIG_RIG="mine"))[0]["rig"],
                         "mine")
        self.expect(NO, "rig", "create", "mine", said="PUT /v1/rigs/mine")
        self.assertEqual(json.loads(self.expect(YES, "rig", "create", "mine", "--anew"))["messages"], 0)
        self.expect(WRONG_USAGE, "rig", "create", "other", "--route", "gw.test", said="recipient_domain=gw3.test")
        self.expect(WRONG_USAGE, "rig", "create", "other", "--ttl", "10", said="/ttl")
        self.assertEqual(self.expect(YES, "rig", "delete", "mine"), b"mine deleted\n")
        self.expect(NO, "rig", "delete", "mine", said="mine")
        self.expect(NO, "list", "--rig", "mine", said="mine")

    def test_an_export_is_a_zip_that_others_can_read(self):
        self.send("Kept")
        file = self.folder / "out.zip"
        self.assertEqual(self.expect(YES, "export", file), b"")
        raw = self.expect(YES, "show", "latest", "--raw")
        for source in (file, io.BytesIO(self.expect(YES, "export", "-"))):
            with zipfile.ZipFile(source) as archive:
                self.assertIsNone(archive.testzip())
                names = archive.namelist()
                mail, = [name for name in names if name.startswith("messages/") and name.endswith(".eml")]
                self.assertEqual(archive.read(mail), raw)
                transcript, = [name for name in names if name.startswith("sessions/")]
                self.assertIn("C: MAIL FROM:<app@shop.test>", archive.read(transcript).decode())
        self.expect(NO, "export", self.folder / "no" / "such.zip", said="cannot write")
        self.expect(NO, "export", self.folder / "x.zip", "--rig", "nobody", said="nobody")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["out.zip"])

    def test_an_eml_file_is_sent_as_it_is(self):
        text = (b"From: Anna <anna@shop.test>\nTo: bob@shop.test, Carl <carl@shop.test>\nBcc: dora@shop.test\n"
                b"Subject: File\n\n.a dot\n8 bits: \xe4\n")
        file = self.folder / "mail.eml"
        file.write_bytes(text)
        self.expect(YES, "send", file)
        message = json.loads(self.expect(YES, "show", "latest", "--json"))
        self.assertEqual((message["mail_from"], message["rcpt_to"]),
                         ("anna@shop.test", ["bob@shop.test", "carl@shop.test", "dora@shop.test"]))
        self.assertEqual(self.expect(YES, "show", "latest", "--raw"), text.replace(b"\n", b"\r\n"))
        self.expect(YES, "send", "-", "--to", "eve@shop.test", stdin=text)
        self.assertEqual(json.loads(self.expect(YES, "list", "--json"))[0]["rcpt_to"], ["eve@shop.test"])
        self.expect(WRONG_USAGE, "send", self.folder / "none.eml", said="cannot read")
        self.expect(WRONG_USAGE, "send", said="recipients")
        self.expect(WRONG_USAGE, "send", "--to", "a> b", said="not an address")

    def test_a_refusal_is_a_no_with_the_reply(self):
        self.expect(YES, "rig", "create", "small", "--port", "smtp")
        self.expect(NO, "send", "--from", "a@b.test", "--to", ",".join(f"u{n}@b.test" for n in range(2001)),
                    said="452")

    def test_sendmail_reads_what_mailers_write(self):
        text = (b"From: app@shop.test\nTo: bob@shop.test\nBcc: carl@shop.test,\n dora@shop.test\nSubject: By sendmail\n\n"
                b"Bcc: stays here\n.\nbehind the dot\n")
        self.expect(YES, "sendmail", "-t", "-i", "-f", "bounce@shop.test", stdin=text)
        message = json.loads(self.expect(YES, "show", "latest", "--json"))
        self.assertEqual((message["mail_from"], message["rcpt_to"]),
                         ("bounce@shop.test", ["bob@shop.test", "carl@shop.test", "dora@shop.test"]))
        self.assertEqual(self.expect(YES, "show", "latest", "--raw"),
                         b"From: app@shop.test\r\nTo: bob@shop.test\r\nSubject: By sendmail\r\n\r\n"
                         b"Bcc: stays here\r\n.\r\nbehind the dot\r\n")
        self.expect(YES, "sendmail", "-oi", "-fx@shop.test", "-F", "Anna", "--", "eve@shop.test", stdin=text)
        row = json.loads(self.expect(YES, "list", "--json"))[0]
        self.assertEqual((row["mail_from"], row["rcpt_to"]), ("x@shop.test", ["eve@shop.test"]))
        link = self.folder / "sendmail"
        link.symlink_to(BINARY)
        self.expect(YES, "-t", stdin=text, binary=link)
        self.assertTrue(self.expect(YES, "show", "latest", "--raw").endswith(b"Bcc: stays here\r\n"))
        self.expect(WRONG_USAGE, "sendmail", "-bs", said="-bs")
        self.expect(WRONG_USAGE, "sendmail", "-f", said="value")
        self.expect(WRONG_USAGE, "sendmail", "-t", stdin=b"Subject: x\n\nx\n", said="recipients")

    def test_the_password_is_wanted(self):
        self.expect(NO, "list", said="--auth", MAILRIG_AUTH="")
        self.expect(NO, "list", said="--auth", MAILRIG_AUTH="anna:wrong")
        self.assertEqual(self.expect(YES, "readyz", MAILRIG_AUTH=""), b"ready\n")

    def test_nobody_answers(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            nobody = f"127.0.0.1:{holder.getsockname()[1]}"
            for command in (["list"], ["wait"], ["show", "latest"], ["rm", "--all"], ["rig", "delete", "x"],
                            ["export", self.folder / "x.zip"], ["readyz"], ["readyz", "--wait", "250ms"]):
                self.expect(NO_ANSWER, *command, said=nobody, MAILRIG_URL=f"http://{nobody}")
            self.expect(NO_ANSWER, "send", "--to", "a@b.test", said=nobody, MAILRIG_SERVER=nobody)
        self.expect(WRONG_USAGE, "list", said="is not an address of mailrig", MAILRIG_URL="localhost")
        # What answers is an SMTP server.
        self.expect(NO_ANSWER, "list", said="HTTP", MAILRIG_URL=f"http://{self.environment['MAILRIG_SERVER']}")

    def test_readyz_waits_for_a_server(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            port = holder.getsockname()[1]
        waiting = subprocess.Popen([BINARY, "readyz", "--wait", "30s", "--url", f"http://127.0.0.1:{port}"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
        with Server(BINARY, "--smtp", "127.0.0.1:0", "--http", f"127.0.0.1:{port}", defaults=False):
            said, complaint = waiting.communicate(timeout=60)
        self.assertEqual((waiting.returncode, said, complaint), (YES, b"ready\n", b""))


if __name__ == "__main__":
    unittest.main()
