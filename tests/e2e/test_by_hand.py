"""A mail typed by a person, as tutorials teach it: with telnet, and with nc, whose lines end in a bare LF."""

import case
import tools
from typist import Typist

NETCAT = ["nc.openbsd", "nc"]  # names of the same program


class ByHand(case.ServerCase):
    def setUp(self):
        super().setUp()
        self.sender, self.recipient = case.unique("me"), case.unique("you")

    def connect(self, recorder, *command, terminal=False):
        typist = Typist([tools.require(*command[0]), *command[1:], recorder.host, recorder.port], terminal)
        self.enterContext(typist)
        self.assertEqual(typist.reply().code, 220)
        return typist

    def type_envelope(self, typist):
        """Up to the DATA command; answers its reply."""
        for command, code in [("EHLO my.laptop", 250), (f"MAIL FROM:<{self.sender}>", 250),
                              (f"RCPT TO:<{self.recipient}>", 250), ("DATA", 354)]:
            reply = typist.ask(command)
            self.assertEqual(reply.code, code, f"{command}: {reply}")
        return reply

    def mail_lines(self):
        return ["Subject: typed by hand", f"From: {self.sender}", f"To: {self.recipient}", "", "Hello,",
                "..this line had a dot", "bye"]

    def quit(self, typist):
        self.assertEqual(typist.ask("QUIT").code, 221)
        typist.finish()

    def check_typed_mail(self, delivered, line_end):
        self.assertEqual(delivered.message["subject"], "typed by hand")
        self.assert_text(delivered.message, "Hello,\n.this line had a dot\nbye")
        lines = "".join(line + line_end for line in self.mail_lines()).replace("\n..", "\n.")
        self.assertEqual(delivered.transaction.content, lines.encode())

    def lints(self, delivered):
        return " ".join(str(lint) for lint in self.api.session(delivered.message["session"])["lints"])

    def test_telnet(self):
        with self.recording() as recorder:
            typist = self.connect(recorder, ["telnet"], terminal=True)
            self.assertNotIn("nc -C", self.type_envelope(typist).text)
            typist.type(*self.mail_lines())
            self.assertRegex(str(typist.ask(".")), "^250 2.0.0 Ok: queued as ")
            self.quit(typist)
            delivered = self.only_delivered(recorder)
        self.check_typed_mail(delivered, "\r\n")
        self.assertNotIn("bare_lf", self.lints(delivered))

    def test_nc_with_crlf(self):
        with self.recording() as recorder:
            typist = self.connect(recorder, NETCAT, "-C")
            self.assertNotIn("nc -C", self.type_envelope(typist).text)
            typist.type(*self.mail_lines())
            self.assertRegex(str(typist.ask(".")), "^250 2.0.0 Ok: queued as ")
            self.quit(typist)
            delivered = self.only_delivered(recorder)
        self.check_typed_mail(delivered, "\r\n")
        self.assertNotIn("bare_lf", self.lints(delivered))

    def test_nc_with_bare_lf_is_told_how_to_end_its_mail(self):
        with self.recording() as recorder:
            typist = self.connect(recorder, NETCAT)
            go_ahead = self.type_envelope(typist)
            self.assertIn("nc -C", go_ahead.text)
            self.assertIn("CRLF", go_ahead.text)
            typist.type("Subject: LF only", "", "a dot between bare LFs is text:", ".", "QUIT", "and so is QUIT")
            typist.type("", ".", end="\r\n")
            stored = typist.reply()
            self.assertRegex(str(stored), "^250 2.0.0 Ok: queued as ")
            self.quit(typist)
            delivered = self.only_delivered(recorder)
        self.assertEqual(delivered.transaction.content,
                         b"Subject: LF only\n\na dot between bare LFs is text:\n.\nQUIT\nand so is QUIT\n\r\n")
        self.assertEqual(delivered.message["subject"], "LF only")
        self.assert_text(delivered.message, "a dot between bare LFs is text:\n.\nQUIT\nand so is QUIT\n")
        self.assertIn("bare_lf", self.lints(delivered))

    def test_nc_that_goes_away_after_a_bare_lf_dot_has_sent_no_mail(self):
        with self.recording() as recorder:
            typist = self.connect(recorder, NETCAT)
            self.type_envelope(typist)
            typist.type("Subject: never ended", "", "text", ".")
            conversation, = recorder.open_conversations()
            conversation.wait_for_client(b"text\n.\n")
            typist.interrupt()
            recorder.conversations()
        self.assertEqual([message for message in self.api.every("messages")
                          if self.recipient in message["rcpt_to"]], [])
        attempt = self.api.find("attempts", lambda attempt: attempt["mail_from"] == self.sender)
        self.assertEqual((attempt["outcome"], attempt["message"]), ("aborted", None))
