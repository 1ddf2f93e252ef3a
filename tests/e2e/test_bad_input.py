"""What badly behaved peers send: a clear reply or a recorded aborted session, and the server serves on."""

import base64
import random
import ssl

import case
import smtp_text
from peer import Peer

MEBI = 1 << 20


def client_hello():
    """The first flight of a real TLS client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake without a server")


class BadInput(case.ServerCase):
    def setUp(self):
        super().setUp()
        self.sender, self.recipient = case.unique("bad"), case.unique("victim")

    def tearDown(self):
        """Whatever the peer did, the next one is served."""
        with Peer(self.smtp) as peer:
            sent = peer.send_mail(case.unique("good"), [case.unique("next")], b"Subject: still here\r\n\r\nyes\r\n")
            self.assertEqual(peer.quit().code, 221)
        self.assertEqual(self.check_kept(sent).message["subject"], "still here")

    def peer(self):
        return self.enterContext(Peer(self.smtp))

    def session_of(self, name):
        """The session of a peer that is gone, once the server has noticed it."""
        return self.api.find("sessions", lambda session: session["peer"] == name and session["ended_at"])

    def attempt(self):
        return self.api.find("attempts", lambda attempt: attempt["mail_from"] == self.sender and attempt["ended_at"])

    def assert_no_message(self):
        self.assertEqual([message["id"] for message in self.api.every("messages")
                          if message["mail_from"] == self.sender], [])

    def send_mail(self, content, recipients=None):
        with Peer(self.smtp) as peer:
            sent = peer.send_mail(self.sender, recipients or [self.recipient], content)
            peer.quit()
        return self.check_kept(sent).message


class Strangers(BadInput):
    """Peers that do not speak SMTP, or not yet."""

    def test_garbage_before_ehlo_is_refused_and_the_session_goes_on(self):
        peer = self.peer()
        for garbage in (b"\x00\xff\xfe\x01\x80garbage", b"", b"HELLO?", b"\x1b[31m" * 20):
            peer.send(garbage + b"\r\n")
            self.assertIn(peer.reply().code, (500, 501, 502), garbage)
        sent = peer.send_mail(self.sender, [self.recipient], b"Subject: after all\r\n\r\nfine\r\n")
        self.check_kept(sent)

    def test_garbage_without_end_is_answered_421(self):
        peer = self.peer()
        peer.send(b"garbage\r\n" * 100)
        replies = peer.rest()
        self.assertEqual({reply.code for reply in replies[:-1]}, {500})
        self.assertEqual(replies[-1].code, 421)

    def test_line_that_is_too_long_is_refused_and_the_session_goes_on(self):
        peer = self.peer()
        peer.send(b"A" * 100_000 + b"\r\n")
        self.assertEqual(peer.reply().code, 500)
        self.assertEqual(peer.ask("NOOP").code, 250)

    def check_foreign_protocol(self, octets, named, lint):
        """One clear refusal, which arrives whole, and a session that tells what happened."""
        peer = self.peer()
        name = peer.name
        peer.send(octets)
        refusal, = peer.rest()
        self.assertEqual(refusal.code, 500)
        self.assertIn(named, refusal.text)
        peer.close()
        session = self.session_of(name)
        self.assertEqual(session["ended_by"], "server")
        self.assertIn(lint, str(session["lints"]))

    def test_http_on_the_smtp_port_is_told_so(self):
        self.check_foreign_protocol(
            b"GET / HTTP/1.1\r\nHost: localhost:2525\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n",
            "HTTP", "http_on_smtp_port")

    def test_tls_client_hello_on_the_plain_port_is_told_so(self):
        self.check_foreign_protocol(client_hello(), "TLS", "tls_on_plain_port")

    def test_silent_peer_that_goes_away(self):
        peer = self.peer()
        name = peer.name
        peer.close()
        self.assertEqual(self.session_of(name)["ended_by"], "client_fin")

    def test_silent_peer_that_resets(self):
        peer = self.peer()
        name = peer.name
        peer.reset()
        self.assertEqual(self.session_of(name)["ended_by"], "client_reset")

    def test_peers_that_never_speak_do_not_stop_the_others(self):
        for _ in range(100):
            self.peer()


class HalfMails(BadInput):
    """Mails that never ended are attempts, with what arrived of them, and no messages."""

    CONTENT = b"Subject: half a mail\r\n\r\n" + b"a line that arrived\r\n" * 2000

    def send_half(self):
        peer = self.peer()
        peer.open_mail(self.sender, [self.recipient])
        peer.send(self.CONTENT)
        return peer

    def check_attempt(self, octets):
        attempt = self.attempt()
        self.assertEqual((attempt["outcome"], attempt["stage"], attempt["message"]), ("aborted", "data_body", None))
        self.assertLessEqual(attempt["bytes"], octets)
        self.assert_no_message()
        return attempt

    def test_peer_that_vanishes_with_fin(self):
        self.send_half().close()
        attempt = self.check_attempt(len(self.CONTENT))
        self.assertEqual(attempt["bytes"], len(self.CONTENT))
        self.assertEqual(attempt["rcpts"][0]["address"], self.recipient)
        self.assert_same_octets(self.api.bytes(f"/v1/attempts/{attempt['id']}/raw"), self.CONTENT)

    def test_peer_that_vanishes_with_rst(self):
        self.send_half().reset()
        attempt = self.check_attempt(len(self.CONTENT))
        self.assertTrue(self.CONTENT.startswith(self.api.bytes(f"/v1/attempts/{attempt['id']}/raw")))

    def test_peer_that_vanishes_after_its_bare_lf_dot(self):
        peer = self.send_half()
        peer.send(b".\n")
        peer.close()
        self.check_attempt(len(self.CONTENT) + 2)

    def test_peer_that_vanishes_between_mail_and_data(self):
        peer = self.peer()
        peer.ask("EHLO peer.test")
        peer.ask(f"MAIL FROM:<{self.sender}>")
        peer.close()
        attempt = self.attempt()
        self.assertEqual((attempt["outcome"], attempt["bytes"]), ("aborted", 0))
        self.assert_no_message()


class Octets(BadInput):
    """Mails that are unusual, but mails: every octet is kept."""

    def test_one_octet_at_a_time(self):
        content = b"Subject: slowly\r\n\r\n.\r\n..\r\nline\r\n"
        script = (b"EHLO peer.test\r\n", f"MAIL FROM:<{self.sender}>\r\n".encode(),
                  f"RCPT TO:<{self.recipient}>\r\n".encode(), b"DATA\r\n", smtp_text.stuff(content))
        peer = self.peer()
        for part in script:
            for octet in part:
                peer.send(bytes([octet]))
            reply = peer.reply()
        self.check_kept(smtp_text.Transaction(self.sender, [self.recipient], content, reply))

    def test_everything_in_one_segment(self):
        content = b"Subject: at once\r\n\r\nline\r\n"
        peer = self.peer()
        peer.send(b"EHLO peer.test\r\n" + f"MAIL FROM:<{self.sender}>\r\nRCPT TO:<{self.recipient}>\r\n".encode()
                  + b"DATA\r\n" + smtp_text.stuff(content) + b"QUIT\r\n")
        replies = peer.rest()
        self.assertEqual([reply.code for reply in replies], [250, 250, 250, 354, 250, 221])
        self.check_kept(smtp_text.Transaction(self.sender, [self.recipient], content, replies[4]))

    def test_dots(self):
        contents = [b"", b".\r\n", b"..\r\n", b".\r\n.\r\n", b"\r\n.\r\n\r\n", b"a\r\n.b\r\n..c\r\n...\r\n",
                    b"a\n.\nb\r\n", b"a\r.\rb\r\n", b"a\n.\r\nb\r\n", b"a\r\n.\nb\r\n", b"a\r\n.\rb\r\n",
                    b"a\r\r\n.\r\n", b".\n.\n.\r\n", b"\n.\n\r\n", b"\r.\r\r\n"]
        for content in contents:
            with self.subTest(content=content), Peer(self.smtp) as peer:
                self.check_kept(peer.send_mail(self.sender, [self.recipient], content))

    def test_lines_of_24000_octets(self):
        content = b"Subject: long lines\r\n\r\n" + (b"x" * 24_000 + b"\r\n") * 20
        message = self.send_mail(content)
        self.assert_text(message, ("x" * 24_000 + "\n") * 20)
        self.assertRegex(" ".join(message["defects"]).lower(), "line")

    def test_nul_and_8_bit(self):
        every = bytes(octet for octet in range(256) if octet not in b"\r\n")
        message = self.send_mail(b"Subject: every octet \xe4\xbd\xa0\r\n\r\n" + every * 50 + b"\r\n")
        self.assertEqual(message["subject"], "every octet 你")

    def test_bare_cr_and_bare_lf(self):
        message = self.send_mail(b"Subject: bare\r\n\r\none\ntwo\rthree\r\r\nfour\n\r\nend\r\n")
        self.assertRegex(" ".join(message["defects"]).lower(), "lf|line feed")

    def test_1000_recipients(self):
        recipients = [f"{number}-{self.recipient}" for number in range(1000)]
        message = self.send_mail(b"Subject: to all\r\n\r\nhello\r\n", recipients)
        self.assertEqual(message["rcpt_to"], recipients)


class Sizes(BadInput):
    """Mails as large as people send them."""

    def test_30_mebibytes_of_text(self):
        line = b"The quick brown fox jumps over the lazy dog, again and again and again.\r\n"
        self.send_mail(b"Subject: long\r\n\r\n" + line * (30 * MEBI // len(line)))

    def test_60_megabytes_attached_in_base64(self):
        attachment = random.Random(1).randbytes(60_000_000)
        encoded = base64.encodebytes(attachment).replace(b"\n", b"\r\n")
        message = self.send_mail(
            b"Subject: film\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            b"--b\r\nContent-Type: text/plain\r\n\r\nSee the film.\r\n"
            b"--b\r\nContent-Type: video/mp4\r\nContent-Disposition: attachment; filename=film.mp4\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded + b"--b--\r\n")
        self.assert_text(message, "See the film.")
        self.assertEqual(len(message["attachments"]), 1)
        self.assert_attachment(message["attachments"][0], "film.mp4", attachment)

    def test_size_over_the_limit_is_refused_at_mail(self):
        peer = self.peer()
        peer.ask("EHLO peer.test")
        self.assertEqual(peer.ask(f"MAIL FROM:<{self.sender}> SIZE=104857601").code, 552)
        self.assertEqual(peer.ask(f"MAIL FROM:<{self.sender}> SIZE=104857600").code, 250)
        peer.quit()


del BadInput  # its subclasses are the tests
