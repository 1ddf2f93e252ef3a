"""Faults as a tester meets them: scenarios and magic recipients by the command line, seen by smtplib, then verified."""

import email.utils
import json
import os
import pathlib
import smtplib
import ssl
import subprocess
import tempfile
import unittest
import urllib.request

from server import Server, ServerFailed, clean_environment

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

    def ask(self, path):
        with urllib.request.urlopen(self.server.url + path, timeout=20) as answer:
            return answer.read()

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

    def order(self):
        """The same mail, as an app makes it for each try: with another Message-ID."""
        return f"Subject: Order 17\r\nMessage-ID: {email.utils.make_msgid()}\r\n\r\nThank you.\r\n"

    def try_order(self, timeout=20):
        """Whether the app believes that it sent the mail."""
        try:
            with smtplib.SMTP(*self.server.smtp, timeout=timeout) as client:
                client.sendmail("app@shop.test", ["order@shop.test"], self.order())
        except smtplib.SMTPServerDisconnected:
            return False
        return True

    def test_a_retry_after_a_lost_reply_is_told_as_a_duplicate(self):
        self.start()
        self.mailrig(YES, "faults", "apply", "duplicate-after-lost-reply", "times=1")
        self.assertEqual([self.try_order(), self.try_order()], [False, True])
        said = self.mailrig(NO, "verify", "duplicate-after-lost-reply")
        self.assertIn("yes  rule duplicate-after-lost-reply/reply-lost acted at least 1 time", said)
        self.assertRegex(said, "NO   no mail was taken in more than 1 time")
        self.assertIn("order@shop.test", said)

    def test_a_mail_whose_reply_never_comes_is_there_and_its_retry_a_duplicate(self):
        self.start()
        self.mailrig(YES, "faults", "apply", "read-timeout-after-dot", "times=1")
        self.assertEqual([self.try_order(timeout=1), self.try_order()], [False, True])
        said = self.mailrig(NO, "verify", "read-timeout-after-dot", "--within", "300ms")
        self.assertRegex(said, "NO   no mail was taken in more than 1 time")
        lost, = json.loads(self.ask("/v1/attempts?query=outcome:unanswered"))["attempts"]
        self.assertEqual((lost["reply"], lost["stored"], lost["stage"]), (None, True, "end_of_data"))
        self.assertEqual([each["ended_by"] for each in lost["faults"]], ["client_fin"])

    def test_a_reply_that_comes_too_late_is_told_as_none(self):
        late = {"id": "late", "where": {"protocol": "smtp", "stage": "end_of_data"}, "limit": {"max_hits": 1},
                "actions": [{"delay": {"for": "60s"}}]}
        self.start("--faults", str(self.write("late.json", {"rules": [late]})))
        self.assertEqual([self.try_order(timeout=1), self.try_order()], [False, True])
        heard = json.loads(self.ask("/v1/attempts"))["attempts"]
        self.assertEqual([each["reply"] and each["reply"]["code"] for each in heard], [250, None])
        late, = json.loads(self.ask("/v1/attempts?query=outcome:unanswered"))["attempts"]
        self.assertEqual((late["id"], late["stored"]), (heard[1]["id"], True))

    def test_a_mail_that_the_server_lost_with_its_reply_is_no_duplicate(self):
        self.start()
        self.mailrig(YES, "faults", "apply", "read-timeout-after-dot", "times=1", "stored=false")
        self.assertEqual([self.try_order(timeout=1), self.try_order()], [False, True])
        said = self.mailrig(YES, "verify", "read-timeout-after-dot", "--within", "300ms")
        self.assertIn("no mail was taken in more than 1 time: 1 mail", said)

    def test_an_attempt_that_is_cut_off_names_the_command_and_the_recipient(self):
        self.start()
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            self.send("reset@fault.test")
        cut, = json.loads(self.ask("/v1/attempts"))["attempts"]
        self.assertEqual((cut["stage"], cut["outcome"], cut["reply"], cut["stored"]), ("rcpt", "aborted", None, False))
        self.assertEqual([(each["address"], each["reply"]) for each in cut["rcpts"]], [("reset@fault.test", None)])

    def test_rules_that_never_acted_are_named(self):
        rules = [{"id": name, "where": {"protocol": "smtp", "stage": "rcpt"},
                  "when": {"rcpt": {"eq": f"{name}@shop.test"}},
                  "actions": [{"reply": {"code": 450, "text": "busy"}}]} for name in ("anna", "bert")]
        self.start("--faults", self.write("rules.json", {"rules": rules}))
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            self.send("anna@shop.test")
        unused = json.loads(self.ask("/v1/faults/unused"))["unused"]
        self.assertEqual([each for each in unused if not each.startswith("magic/")], ["bert"])

    def test_the_environment_names_what_goes_wrong_from_the_start(self):
        self.write("rules.json", {"rules": [{"where": {"protocol": "smtp", "stage": "mail"},
                                             "actions": [{"reply": {"code": 450, "text": "from the folder"}}]}]})
        for source, refusal in (("mailbox-unknown", smtplib.SMTPRecipientsRefused),
                                (str(self.folder), smtplib.SMTPSenderRefused)):
            with self.subTest(source=source):
                with Server(BINARY, environment=clean_environment(MAILRIG_FAULTS=source)) as self.server:
                    with self.assertRaises(refusal):
                        self.send("unknown@shop.test")

    def test_a_start_with_faults_that_are_none_says_what_is_near(self):
        with self.assertRaises(ServerFailed) as refused:
            self.start("--faults", "greylsted")
        self.assertIn("the nearest scenario is greylisted", str(refused.exception))

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

    def test_who_accepts_a_bad_certificate_is_told_of(self):
        rule = {"where": {"protocol": "smtp", "stage": "tls_handshake"}, "actions": [{"certificate": {"name": "expired"}}]}
        self.start("--smtps", "localhost:0", "--faults", self.write("expired.json", {"rules": [rule]}))
        port = self.server.listeners("smtps")[0][1]
        careless = ssl.create_default_context()
        careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
        with urllib.request.urlopen(f"{self.server.url}/v1/tls/ca.pem", timeout=20) as answer:
            careful = ssl.create_default_context(cadata=answer.read().decode("ascii"))
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "expired"):
            smtplib.SMTP_SSL("localhost", port, timeout=20, context=careful)
        with smtplib.SMTP_SSL("localhost", port, timeout=20, context=careless) as client:
            client.sendmail("app@shop.test", ["order@shop.test"], MAIL)
        claim = {"messages": {"query": "lint:accepts-bad-certificate", "count": 1}}
        self.assertIn("yes", self.mailrig(YES, "verify", self.write("claim.json", {"all": [claim]})))
        with urllib.request.urlopen(f"{self.server.url}/v1/sessions?lint=accepts-bad-certificate", timeout=20) as answer:
            self.assertEqual(json.load(answer)["matched"], 1)

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
