"""Mail programs nobody here wrote: each sends at least one mail, and it is there as it was sent."""

import sys

import case
import tools

MAIL = """From: {sender}
To: {recipient}
Subject: A plain mail
Message-ID: <plain@e2e.test>

first line
.a line with a dot
.
..
last line
"""
TEXT = "first line\n.a line with a dot\n.\n..\nlast line\n"
ATTACHMENT = b"a;b;c\r\n1;2;3\r\n" + bytes(range(256)) * 40


class Clients(case.ServerCase):
    def setUp(self):
        super().setUp()
        self.sender, self.recipient = case.unique("app"), case.unique(self._testMethodName[5:])

    def send(self, command, *arguments):
        """Runs `command HOST PORT FROM TO arguments…`; answers its only mail and what it printed."""
        with self.recording() as recorder:
            printed = self.run_client(
                [*command, recorder.host, recorder.port, self.sender, self.recipient, *arguments])
            delivered = self.only_delivered(recorder)
        self.check_addresses(delivered)
        return delivered, printed

    def check_addresses(self, delivered):
        self.assertEqual(delivered.transaction.mail_from, self.sender)
        self.assertEqual(delivered.transaction.rcpt_to, [self.recipient])
        self.assertEqual(delivered.message["from"]["address"], self.sender)
        self.assertEqual([to["address"] for to in delivered.message["to"]], [self.recipient])

    def shell_client(self, name, *arguments):
        script = tools.CLIENTS / name / "send.sh"
        return self.send(["/bin/sh", script, tools.require(name)], *arguments)

    def plain_mail(self, line_end):
        text = MAIL.format(sender=self.sender, recipient=self.recipient)
        return self.file("mail.eml", text.replace("\n", line_end).encode("ascii"))

    def check_plain_mail(self, delivered):
        self.assertEqual(delivered.message["subject"], "A plain mail")
        self.assert_text(delivered.message, TEXT)
        self.assertEqual(delivered.message["attachments"], [])

    def test_smtplib_sendmail(self):
        script = tools.CLIENTS / "smtplib" / "send.py"
        delivered, _ = self.send([sys.executable, script], "sendmail", self.plain_mail("\n"))
        self.check_plain_mail(delivered)

    def test_smtplib_send_message(self):
        script = tools.CLIENTS / "smtplib" / "send.py"
        delivered, _ = self.send([sys.executable, script], "send_message", self.file("invoice", ATTACHMENT))
        message = delivered.message
        self.assertEqual(message["subject"], "Grüße aus Köln — 订单")
        self.assertEqual(message["from"]["name"], "Müller, Jörg")
        self.assert_text(message, "Schöne Grüße\n.ein Punkt am Anfang\n")
        self.assertEqual(message["html"].strip(), "<p>Schöne <b>Grüße</b></p>")
        self.assertEqual(len(message["attachments"]), 1)
        self.assert_attachment(message["attachments"][0], "Rechnung März.pdf", ATTACHMENT)

    def test_curl(self):
        mail = self.plain_mail("\r\n")
        delivered, printed = self.shell_client("curl", mail)
        self.assertEqual(delivered.transaction.content, mail.read_bytes())
        self.assertIn(f"250 2.0.0 Ok: queued as {delivered.identifier}", printed)
        self.check_plain_mail(delivered)

    def test_swaks(self):
        subject = "Raw UTF-8 in a header: 你好, Grüße"
        delivered, printed = self.shell_client("swaks", self.file("report", ATTACHMENT), subject)
        message = delivered.message
        self.assertIn(f"250 2.0.0 Ok: queued as {delivered.identifier}", printed)
        self.assertEqual(message["subject"], subject)
        self.assert_text(message, "A body by swaks")
        self.assertEqual(len(message["attachments"]), 1)
        self.assert_attachment(message["attachments"][0], "report.zip", ATTACHMENT)

    def test_msmtp(self):
        delivered, _ = self.shell_client("msmtp", self.plain_mail("\n"))
        self.check_plain_mail(delivered)

    def test_nodemailer(self):
        folder = tools.CLIENTS / "nodemailer"
        tools.npm_ci(folder)
        picture = case.png()
        delivered, printed = self.send([tools.require("node"), folder / "send.mjs"],
                                       self.file("picture.png", picture), self.file("report.csv", ATTACHMENT))
        message = delivered.message
        self.assertEqual(printed.strip(), f"250 2.0.0 Ok: queued as {delivered.identifier}")
        self.assertEqual(message["subject"], "每周报告 📊 weekly report")
        self.assertEqual(message["from"]["name"], "王小明")
        self.assert_text(message, "Hello from nodemailer\n.a line with a dot\n你好")
        self.assertEqual(message["html"].strip(), '<p>Hello <b>from</b> nodemailer</p><img src="cid:chart@e2e">')
        self.assertEqual(len(message["attachments"]), 1, message["attachments"])
        self.assert_attachment(message["attachments"][0], "报告 2024.csv", ATTACHMENT)
        self.assert_html_shows(message, picture)

    def test_phpmailer(self):
        picture = case.png(colour=(0, 120, 60))
        delivered, printed = self.send(
            [tools.require("php"), tools.CLIENTS / "phpmailer" / "send.php",
             tools.require_file("/usr/share/php/libphp-phpmailer/autoload.php")],
            self.file("logo.png", picture), self.file("beach.txt", ATTACHMENT))
        message = delivered.message
        self.assertIn(f"250 2.0.0 Ok: queued as {delivered.identifier}", printed)
        self.assertEqual(message["subject"], "Votre commande n° 42 est arrivée")
        self.assertEqual(message["from"]["name"], "Frédéric Señor")
        self.assert_text(message, "Votre commande est arrivée\n.\nMerci")
        self.assertEqual(message["html"].strip(), '<p>Votre commande est <b>arrivée</b></p><img src="cid:logo">')
        self.assertEqual(len(message["attachments"]), 1, message["attachments"])
        self.assert_attachment(message["attachments"][0], "Été à la plage.txt", ATTACHMENT)
        self.assert_html_shows(message, picture)

    def test_postfix_smtp_source(self):
        with self.recording() as recorder:
            self.run_client([tools.require("smtp-source"), "-s", 2, "-m", 6, "-l", 5000, "-M", "e2e.test",
                             "-f", self.sender, "-t", self.recipient, f"{recorder.host}:{recorder.port}"])
            mails = self.delivered(recorder)
        self.assertEqual(len(mails), 6)
        self.assertEqual(len({mail.identifier for mail in mails}), 6)
        for delivered in mails:
            self.check_addresses(delivered)
            self.assertGreaterEqual(delivered.message["size"], 5000)
