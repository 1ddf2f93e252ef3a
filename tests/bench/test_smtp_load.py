"""The load generator must notice a server that does not answer as it should: a benchmark whose
mails were refused would look fast. Run by ctest; SMTP_LOAD names the program."""

import json
import os
import socket
import socketserver
import subprocess
import threading
import unittest

PROGRAM = os.environ["SMTP_LOAD"]
REPLIES = {"connect": b"220 fake.test ESMTP\r\n", "EHLO": b"250-fake.test\r\n250 PIPELINING\r\n",
           "MAIL": b"250 2.1.0 Ok\r\n", "RCPT": b"250 2.1.5 Ok\r\n", "DATA": b"354 Go on\r\n",
           ".": b"250 2.0.0 Ok: queued\r\n", "QUIT": b"221 2.0.0 Bye\r\n"}


class FakeServer(socketserver.ThreadingTCPServer):
    """Answers as REPLIES say, but for {(verb, n): octets}: the n-th of that verb, counted over all
    connections. An empty answer closes the connection; None says nothing."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answers=None):
        super().__init__(("127.0.0.1", 0), FakeSession)
        self.answers = answers or {}
        self.counts: dict[str, int] = {}
        self.mails: list[bytes] = []
        self.read_at_once: list[bytes] = []
        self.lock = threading.Lock()

    def answer(self, verb):
        with self.lock:
            self.counts[verb] = self.counts.get(verb, 0) + 1
            return self.answers.get((verb, self.counts[verb]), REPLIES[verb])

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02},
                         daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class FakeSession(socketserver.BaseRequestHandler):
    def handle(self):
        self.rest = b""
        try:
            if self.say("connect"):
                while self.serve_line(self.line()):
                    pass
        except (EOFError, ConnectionError):
            pass

    def serve_line(self, line):
        verb = line.split()[0].decode()
        if not self.say(verb):
            return False
        if verb == "DATA":
            self.read_mail()
            return self.say(".")
        return verb != "QUIT"

    def read_mail(self):
        lines = []
        while (line := self.line()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        with self.server.lock:
            self.server.mails.append(b"".join(lines))

    def say(self, verb):
        octets = self.server.answer(verb)
        if octets:
            self.request.sendall(octets)
        return octets != b""

    def line(self):
        while b"\n" not in self.rest:
            octets = self.request.recv(65536)
            if not octets:
                raise EOFError
            self.server.read_at_once.append(octets)
            self.rest += octets
        line, _, self.rest = self.rest.partition(b"\n")
        return line + b"\n"


def load(address, *options, workload="W2"):
    return subprocess.run(
        [PROGRAM, "--connect", address, "--workload", workload, *options],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)


def load_one_by_one(server, *options, workload="W2", mails=5):
    """One connection, so that the third mail is the third mail. Answers (exit code, JSON)."""
    done = load("127.0.0.1:%d" % server.server_address[1], "--connections", "1", "--mails",
                str(mails), *options, workload=workload)
    return done.returncode, json.loads(done.stdout)


class WrongAnswers(unittest.TestCase):
    def check(self, answers, kind, accepted, text, workload="W2"):
        with FakeServer(answers) as server:
            code, told = load_one_by_one(server, workload=workload)
        self.assertEqual(code, 1)
        self.assertEqual(told["errors"]["total"], 1, told)
        self.assertEqual(told["errors"][kind], 1, told)
        self.assertEqual(told["mails_accepted"], accepted)
        self.assertIn(text, told["first_errors"][0])

    def test_refused_third_mail(self):
        self.check({(".", 3): b"451 4.3.0 Try later\r\n"}, "wrong_reply", 2,
                   "mail 3, after end of data: expected 250, got: 451 4.3.0 Try later")

    def test_refused_third_mail_pipelined(self):
        self.check({(".", 3): b"451 4.3.0 Try later\r\n"}, "wrong_reply", 2, "mail 3",
                   workload="W2P")

    def test_refused_recipient(self):
        self.check({("RCPT", 2): b"550 5.1.1 No\r\n"}, "wrong_reply", 1, "after RCPT")

    def test_refused_connection_by_banner(self):
        self.check({("connect", 1): b"421 4.3.2 Busy\r\n"}, "wrong_reply", 0, "after connect")

    def test_wrong_goodbye(self):
        self.check({("QUIT", 1): b"250 Ok\r\n"}, "wrong_reply", 5, "after QUIT")

    def test_bare_line_feed(self):
        self.check({("MAIL", 1): b"250 Ok\n"}, "malformed_reply", 0, "250 Ok")

    def test_code_that_changes_within_a_reply(self):
        self.check({("EHLO", 1): b"250-fake.test\r\n500 no\r\n"}, "malformed_reply", 0, "500 no")

    def test_no_code(self):
        self.check({("DATA", 1): b"hello\r\n"}, "malformed_reply", 0, "hello")

    def test_connection_closed_before_the_final_reply(self):
        self.check({(".", 2): b""}, "closed_early", 1, "end of data: end of stream")

    def test_silence_ends_at_the_time_limit(self):
        with FakeServer({("MAIL", 1): None}) as server:
            code, told = load_one_by_one(server, "--time-limit", "1")
        self.assertEqual((code, told["errors"]["unfinished"]), (1, 1))
        self.assertIn("the time is over", told["first_errors"][0])

    def test_second_connection_goes_on_after_the_first_failed(self):
        with FakeServer({("MAIL", 2): b"451 No\r\n"}) as server:
            code, told = load_one_by_one(server, "--mails-per-connection", "3", mails=6)
        self.assertEqual((code, told["mails_accepted"], told["sessions_completed"]), (1, 4, 1))

    def test_nobody_listens(self):
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            done = load("127.0.0.1:%d" % bound.getsockname()[1], "--mails", "1")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stdout)["errors"]["connect_failed"], 1)


class RightAnswers(unittest.TestCase):
    def test_mails_are_whole_and_differ(self):
        with FakeServer() as server:
            code, told = load_one_by_one(server, "--body-octets", "4096", mails=7)
        self.assertEqual((code, told["errors"]["total"], told["mails_accepted"]), (0, 0, 7))
        self.assertEqual(len(set(server.mails)), 7)
        self.assertEqual(sum(map(len, server.mails)), told["stored_octets"])
        bodies = [mail.split(b"\r\n\r\n", 1)[1] for mail in server.mails]
        self.assertEqual({len(body) for body in bodies}, {4096})
        lines = [line for body in bodies for line in body.split(b"\r\n")]
        self.assertLessEqual(max(map(len, lines)), 76)
        self.assertTrue(any(line.startswith(b".") for line in lines))
        self.assertFalse(any(b"\n" in line or b"\r" in line for line in lines))

    def test_any_size_is_met_exactly(self):
        for octets in (3, 4, 5, 76, 77, 78, 79, 80, 81, 156, 157, 158, 1023):
            with self.subTest(octets=octets), FakeServer() as server:
                code, told = load_one_by_one(server, "--body-octets", str(octets), mails=2)
                self.assertEqual(code, 0, told)
                bodies = [mail.split(b"\r\n\r\n", 1)[1] for mail in server.mails]
                self.assertEqual({len(body) for body in bodies}, {octets})

    def test_sessions_are_shared_out(self):
        with FakeServer() as server:
            code, told = load_one_by_one(server, workload="W1", mails=4)
        self.assertEqual((code, told["connected"], told["sessions_completed"]), (0, 4, 4))

    def test_pipelined_groups_end_at_data(self):
        with FakeServer() as server:
            code, _ = load_one_by_one(server, workload="W2P", mails=3)
        self.assertEqual(code, 0)
        groups = b"".join(server.read_at_once).split(b"DATA\r\n")
        self.assertTrue(groups[0].endswith(b"@bench.test>\r\n"))
        self.assertIn(b"\r\n.\r\nMAIL FROM:", groups[1])
        self.assertTrue(groups[-1].endswith(b"\r\n.\r\nQUIT\r\n"))
        self.assertTrue(any(octets.startswith(b"MAIL") and octets.endswith(b"DATA\r\n")
                            for octets in server.read_at_once))

    def test_held_connections_say_so_and_send_when_let_go(self):
        with FakeServer() as server:
            process = subprocess.Popen(
                [PROGRAM, "--connect", "127.0.0.1:%d" % server.server_address[1], "--workload",
                 "W4", "--connections", "3", "--mails", "3"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual(process.stderr.readline(), "held 3 of 3\n")
            self.assertEqual((server.counts["EHLO"], server.counts.get("MAIL", 0)), (3, 0))
            out, _ = process.communicate("go\n", timeout=30)
        self.assertEqual((process.returncode, json.loads(out)["mails_accepted"]), (0, 3))


class Usage(unittest.TestCase):
    def test_only_loopback_is_loaded(self):
        for address in ("192.0.2.1:25", "0.0.0.0:25", "localhost:25", "[2001:db8::1]:25",
                        "128.0.0.1:25", "[::ffff:192.0.2.1]:25", "127.0.0.1"):
            with self.subTest(address=address):
                done = load(address)
                self.assertEqual((done.returncode, done.stdout), (2, ""))

    def test_wrong_words_are_named(self):
        for options, text in ((("--mails", "0"), "whole number from 1"),
                              (("--mails", "12x"), "12x"), (("--speed", "9"), "--speed"),
                              (("--mails",), "wants a value")):
            with self.subTest(options=options):
                done = load("127.0.0.1:25", *options)
                self.assertEqual(done.returncode, 2)
                self.assertIn(text, done.stderr)


if __name__ == "__main__":
    unittest.main()
