"""Faults as a tester meets them: scenarios and magic recipients from the command line, seen by smtplib, then verified."""

import json
import os
import pathlib
import smtplib
import subprocess
import tempfile
import unittest

from server import Server, clean_environment

BINARY = os.environ.get("MAILRIG_BIN", "")
YES, NO, WRONG_USAGE = 0, 1, 2
MAIL = "Subject: Order 17\r\n\r\nThank you.\r\n"


class Faults(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mailrig-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *arguments):
        self.server = self.enterContext(Server(BINARY, *arguments))
        self.environment = clean_environment(MAILRIG_URL=self.server.url)

    def mailrig(self, code, *arguments):
        environment = getattr(self, "environment", None) or clean_environment()
        answer = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, timeout=60, check=False,
                                env=environment)
        self.assertEqual(answer.returncode, code, answer)
        return answer.stdout.decode() + answer.stderr.decode()

    def send(self, rcpt="order@shop.test"):
        with smtplib.SMTP(*self.server.smtp, timeout=20) as client:
            return client.sendmail("app@shop.test", [rcpt], MAIL)

    def write(self, name, value):
        path = self.folder / name
        path.write_text(json.dumps(value), encoding="utf-8")
        return path

    def test_a_scenario_is_applied_seen_verified_and_taken_off(self):
        self.start()
        self.assertIn("550 5.1.1", self.mailrig(YES, "faults", "apply", "mailbox-unknown", "recipient=*@shop.test"))
        with self.assertRaises(smtplib.SMTPRecipientsRefused) as refused:
            self.send()
        code, text = refused.exception.recipients["order@shop.test"]
        self.assertEqual((code, text), (550, b"5.1.1 <order@shop.test>: Recipient address rejected: User unknown"))
        self.send("anna@other.test")
        self.assertIn("mailbox-unknown/unknown at smtp rcpt", self.mailrig(YES, "faults", "hits"))
        self.assertIn("hits: 1", self.mailrig(YES, "faults", "list"))
        self.assertIn("yes  rule mailbox-unknown/unknown", self.mailrig(YES, "verify", "mailbox-unknown"))
        self.assertIn("taken off", self.mailrig(YES, "faults", "clear", "mailbox-unknown"))
        self.send()

    def test_netease_421_is_the_reported_text_at_data_then_the_end(self):
        self.start()
        self.mailrig(YES, "faults", "apply", "netease-421-hl-icc")
        with self.assertRaises(smtplib.SMTPDataError) as refused:
            self.send()
        self.assertEqual(refused.exception.smtp_code, 421)
        self.assertTrue(refused.exception.smtp_error.startswith(
            b"4.4.5 HL:ICC .For more information, please visit https://feedback.qiye.163.com/bounce/"), refused)

    def test_a_greylisted_mail_is_taken_when_the_rigs_clock_has_moved_on(self):
        self.start("--faults", "greylisted")
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            self.send()
        subprocess.run(["curl", "-sSf", "-d", '{"by":"121s"}', f"{self.server.url}/v1/clock/advance"], check=True,
                       capture_output=True, timeout=20)
        self.send()

    def test_magic_recipients_need_no_set_up(self):
        self.start()
        with self.assertRaises(smtplib.SMTPRecipientsRefused) as refused:
            self.send("550-5.7.1+order@fault.test")
        self.assertEqual(refused.exception.recipients["550-5.7.1+order@fault.test"], (550, b"5.7.1 Rejected by policy"))
        for _ in range(2):
            with self.assertRaises(smtplib.SMTPRecipientsRefused):
                self.send("flaky-2@fault.test")
        self.send("flaky-2@fault.test")
        self.send("success@fault.test")

    def test_files_are_checked_and_what_is_wrong_is_named(self):
        rule = {"where": {"protocol": "smtp", "stage": "rcpts"}, "actions": [{"reply": {"code": 1}}]}
        said = self.mailrig(NO, "faults", "check", self.write("wrong.json", {"rules": [rule]}))
        self.assertIn("/rules/0/where/stage", said)
        rule["where"]["stage"], rule["actions"][0]["reply"] = "rcpt", {"code": 452, "text": "full"}
        right = self.write("right.json", {"rules": [rule]})
        self.assertIn("is right", self.mailrig(YES, "faults", "check", right))
        self.start("--faults", right)
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            self.send()
        self.assertIn("acts", self.mailrig(YES, "faults", "explain", "--stage", "rcpt", "--rcpt", "a@b.test"))

    def test_verify_writes_a_junit_report(self):
        self.start()
        self.send()
        report = self.folder / "junit.xml"
        claims = self.write("claims.json", {"all": [{"messages": {"count": 1}}, {"messages": {"count": {"ge": 2}}}]})
        self.assertIn("NO   there are at least 2 messages", self.mailrig(NO, "verify", claims, "--junit", report))
        self.assertIn('tests="2" failures="1"', report.read_text(encoding="utf-8"))
        self.mailrig(WRONG_USAGE, "verify", self.write("no.json", {"all": []}))


if __name__ == "__main__":
    unittest.main()
