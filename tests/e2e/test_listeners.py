"""Listeners other than the plain port: LMTP, Unix sockets, PROXY headers, XCLIENT, limits per address."""

import contextlib
import os
import pathlib
import resource
import smtplib
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

import procstat
from api import Api
from peer import Peer
from pop3_reader import Reader
from server import Server, ServerFailed, clean_environment

BINARY = os.environ.get("MAILRIG_BIN", "")
MAIL = b"From: a@a.test\r\nDate: Sun, 22 Nov 2026 06:15:00 +0000\r\nMessage-ID: <1@a.test>\r\n\r\nhello\r\n"
PROXY_V2 = b"\r\n\r\n\0\r\nQUIT\n"
MEBI = 1 << 20


class Listeners(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mailrig-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *arguments, **options):
        server = self.enterContext(Server(BINARY, *arguments, **options))
        self.api = Api(server.url)
        return server

    def session(self, matches=lambda session: True):
        return self.api.find("sessions", lambda session: session["ended_at"] and matches(session))


class Several(Listeners):
    def test_listeners_of_one_protocol(self):
        """Each option may be given again; every listener serves, over IPv4 and IPv6."""
        families = ["127.0.0.1", "127.0.0.2"]
        if pathlib.Path("/proc/net/if_inet6").exists():
            families.append("[::1]")
        given = [word for address in families for flag in ("--smtp", "--pop3") for word in (flag, f"{address}:0")]
        server = self.start(*given, "--http", "127.0.0.1:0", defaults=False)
        for number, address in enumerate(server.listeners("smtp"), 1):
            with Peer(address) as peer:
                peer.send_mail("a@a.test", ["b@b.test"], MAIL)
                peer.quit()
            self.assertEqual(len(list(self.api.every("messages"))), number)
        self.assertEqual(sorted(address for address, _ in server.listeners("smtp")),
                         sorted(address.strip("[]") for address in families))
        for address in server.listeners("pop3"):
            with Reader(address, "b@b.test") as reader:
                self.assertTrue(reader.ask("STAT").startswith(f"{len(families)} "))


class UnixSockets(Listeners):
    def test_lmtp_over_a_unix_socket_answers_for_each_recipient(self):
        path = self.folder / "lmtp"
        server = self.start("--lmtp", f"unix:{path}")
        listener, = [each for each in server.ready["listeners"] if each["protocol"] == "lmtp"]
        self.assertEqual(listener["address"], f"unix:{path}")
        self.assertEqual(listener["url"], f"lmtp:unix:{path}")
        with smtplib.LMTP(str(path)) as client:
            refused = client.sendmail("a@a.test", ["b@b.test", "c@b.test"], MAIL)
            code, _ = client.getreply()  # smtplib reads one reply where LMTP gives one for each recipient
            self.assertEqual(code, 250)
        self.assertEqual(refused, {})
        message, = self.api.every("messages")
        self.assertEqual(message["rcpt_to"], ["b@b.test", "c@b.test"])
        session = self.session()
        self.assertEqual((session["protocol"], session["peer"], session["ended_by"]), ("lmtp", "unix", "server"))

    def test_socket_goes_with_the_server(self):
        path = self.folder / "smtp"
        server = self.start("--smtp", f"unix:{path}")
        self.assertTrue(stat.S_ISSOCK(path.stat().st_mode))
        self.assertEqual(server.stop()[0], 0)
        self.assertFalse(path.exists())

    def test_socket_that_a_dead_process_left_is_replaced(self):
        path = self.folder / "smtp"
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(path))
        self.start("--smtp", f"unix:{path}")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            self.assertTrue(client.recv(100).startswith(b"220 "))

    def refuse(self, *arguments):
        with self.assertRaises(ServerFailed) as failed:
            self.start(*arguments)
        return str(failed.exception)

    def test_socket_in_use_is_refused_and_stays(self):
        path = self.folder / "smtp"
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(path))
            other.listen()
            said = self.refuse("--smtp", f"unix:{path}")
            self.assertIn(f"cannot listen on unix:{path}: Address already in use", said)
            self.assertIn("--smtp unix:PATH", said)
            self.assertTrue(path.exists())

    def test_file_that_is_no_socket_is_refused_and_stays(self):
        path = self.folder / "file"
        path.write_text("precious")
        self.assertIn("Address already in use", self.refuse("--smtp", f"unix:{path}"))
        self.assertEqual(path.read_text(), "precious")

    def test_paths_that_cannot_be_are_refused(self):
        self.assertIn("File name too long", self.refuse("--smtp", f"unix:{self.folder}/{'x' * 108}"))
        self.assertIn("No such file or directory", self.refuse("--smtp", f"unix:{self.folder}/no/where"))
        self.assertIn("unix:/path/of/socket", self.refuse("--smtp", "unix:"))


class ProxyHeaders(Listeners):
    def connect(self, server, header):
        peer = self.enterContext(Peer(server.smtp, greeted=False))
        peer.send(header)
        return peer

    def deliver(self, peer):
        self.assertEqual(peer.reply().code, 220)
        peer.send_mail("a@a.test", ["b@b.test"], MAIL)
        name = peer.name
        peer.quit()
        return self.session(lambda session: session["peer"] == name)

    def test_version_1_names_the_client(self):
        server = self.start("--proxy-from", "127.0.0.1")
        peer = self.connect(server, b"PROXY TCP4 192.0.2.7 192.0.2.1 40123 25\r\n")
        client = self.deliver(peer)["client"]
        self.assertEqual((client["via"], client["address"], client["port"], client["destination"]),
                         ("proxy", "192.0.2.7", "40123", "192.0.2.1:25"))

    def test_version_2_names_the_client_and_commands_may_follow_at_once(self):
        server = self.start("--proxy-from", "127.0.0.0/8")
        addresses = socket.inet_pton(socket.AF_INET6, "2001:db8::7") + socket.inet_pton(socket.AF_INET6, "::1")
        body = addresses + struct.pack("!HH", 40123, 25) + b"\x04\x00\x01x"
        peer = self.connect(server, PROXY_V2 + b"\x21\x21" + struct.pack("!H", len(body)) + body + b"NOOP\r\n")
        self.assertEqual((peer.reply().code, peer.reply().code), (220, 250))
        name = peer.name
        peer.quit()
        session = self.session(lambda session: session["peer"] == name)
        self.assertEqual(session["client"]["address"], "2001:db8::7")

    def test_header_may_come_octet_by_octet(self):
        server = self.start("--proxy-from", "127.0.0.1")
        peer = self.connect(server, b"")
        for octet in b"PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n":
            peer.send(bytes([octet]))
        self.assertEqual(self.deliver(peer)["client"]["address"], "192.0.2.7")

    def test_proxy_that_speaks_for_itself(self):
        server = self.start("--proxy-from", "127.0.0.1")
        peer = self.connect(server, PROXY_V2 + b"\x20\x00\x00\x00")
        self.assertEqual(self.deliver(peer)["client"]["address"], None)

    def test_no_header_from_a_proxy_is_refused_and_recorded(self):
        server = self.start("--proxy-from", "127.0.0.1")
        peer = self.connect(server, b"EHLO client.test\r\n")
        reply, = peer.rest()
        self.assertEqual(reply.code, 421)
        self.assertIn("This is no PROXY header", reply.text)
        session = self.session()
        self.assertEqual((session["ended_by"], session["lints"][0]["name"]), ("server", "bad_proxy_header"))

    def test_client_that_goes_within_the_header_is_recorded(self):
        server = self.start("--proxy-from", "127.0.0.1")
        self.connect(server, b"PROXY TCP4 192.0.").close()
        session = self.session()
        self.assertEqual((session["ended_by"], session["lints"][0]["name"]), ("client_fin", "bad_proxy_header"))

    def test_header_from_elsewhere_is_refused(self):
        server = self.start("--proxy-from", "192.0.2.0/24")
        peer = self.connect(server, b"PROXY TCP4 192.0.2.7 192.0.2.1 40123 25\r\n")
        self.assertEqual([reply.code for reply in peer.rest()], [220, 550])

    def test_stop_does_not_wait_for_a_header(self):
        server = self.start("--proxy-from", "127.0.0.1")
        self.connect(server, b"PROXY ")
        code, seconds = server.stop()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 2.0)


class Limits(Listeners):
    def test_connections_of_one_address(self):
        server = self.start("--max-connections-per-address", "2")
        with Peer(server.smtp), Peer(server.smtp):
            with Peer(server.smtp, greeted=False) as third:
                reply, = third.rest()
                self.assertEqual(reply.code, 421)
                self.assertIn("--max-connections-per-address", reply.text)
        self.api.find("sessions", lambda session: session["ended_at"] and session["id"] == min(
            each["id"] for each in self.api.every("sessions")))
        with Peer(server.smtp) as fourth:
            self.assertEqual(fourth.ask("NOOP").code, 250)

    def test_xclient_from_the_command_line(self):
        server = self.start("--xclient-from", "127.0.0.1")
        with Peer(server.smtp) as peer:
            self.assertIn("XCLIENT NAME", peer.ask("EHLO relay.test").text)
            self.assertEqual(peer.ask("XCLIENT ADDR=192.0.2.7").code, 220)
            peer.quit()
        self.assertEqual(self.session()["client"]["address"], "192.0.2.7")

    def test_whole_session(self):
        server = self.start("--session-timeout", "500ms")
        with Peer(server.smtp) as peer:
            reply, = peer.rest()
            self.assertEqual(reply.code, 421)
            self.assertIn("--session-timeout", reply.text)
        self.assertEqual(self.session()["ended_by"], "timeout")

    def test_wrong_values_are_told(self):
        for arguments, said in ((("--xclient-from", "localhost"), "'localhost' is neither an IP address nor a network"),
                                (("--disable-extension", "FOO"), "'FOO' is no keyword of EHLO; there are: SIZE"),
                                (("--http", "unix:/tmp/x"), "page and API listen on a port only")):
            answer = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=20, check=False, env=clean_environment())
            self.assertEqual(answer.returncode, 2, answer.stderr)
            self.assertIn(said, answer.stderr)


HOLDER = """
import resource, socket, sys
host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
held = []
for _ in range(count):
    one = socket.create_connection((host, port), timeout=60)
    if not one.recv(200).startswith(b"220 "):
        sys.exit("no banner")
    held.append(one)
print(len(held), flush=True)
sys.stdin.read()
"""


class Crowd(Listeners):
    """10,000 connections that were opened and left, by clients in another process."""

    WANTED = 10_000
    PER_CONNECTION = 8 * 1024  # octets of memory, the record of the session included

    def count(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        count = self.WANTED if hard == resource.RLIM_INFINITY else min(self.WANTED, hard - 300)
        if count < self.WANTED:
            print(f"scaled to {count} connections: the limit of descriptors is {hard}", file=sys.stderr)
        return count

    def test_connections_that_were_left_cost_little_and_stop_nobody(self):
        count = self.count()
        server = self.start("--max-connections", str(count + 100), "--log-level", "warn")
        before = procstat.resident(server.process.pid)
        command = [sys.executable, "-c", HOLDER, *map(str, server.smtp), str(count)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            self.assertEqual(holder.stdout.readline().strip(), str(count))
            grown = procstat.resident(server.process.pid) - before
            self.assertLess(grown, count * self.PER_CONNECTION, f"{grown / count:.0f} octets a connection")
            with Peer(server.smtp) as peer:
                peer.send_mail("a@a.test", ["b@b.test"], MAIL)
                self.assertEqual(peer.quit().code, 221)
            holder.kill()
        with contextlib.closing(Peer(server.smtp)) as after:
            self.assertEqual(after.ask("NOOP").code, 250)
        self.assertEqual(len(list(self.api.every("messages"))), 1)
        code, seconds = server.stop()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 5.0)


if __name__ == "__main__":
    unittest.main()
