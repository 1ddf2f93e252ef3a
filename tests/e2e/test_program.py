"""The program: its flags, how it starts, what it says, how it ends."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import unittest
import urllib.parse

import case
import tools
from api import Api
from peer import Peer
from server import Server, clean_environment

BINARY = os.environ.get("MAILRIG_BIN", "")
STOP_WITHIN = 2.0  # seconds


def mailrig(*arguments, **environment):
    """Runs the program to its end; it must not read or need anything from this process."""
    return subprocess.run([BINARY, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=20, check=False, env=clean_environment(**environment))


@contextlib.contextmanager
def occupied(listening=True):
    """A port of 127.0.0.1 that somebody else has; without `listening`, one that refuses connections."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        if listening:
            holder.listen()
        yield holder.getsockname()[1]


class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mailrig-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *arguments, **options):
        return self.enterContext(Server(BINARY, *arguments, **options))


class CommandLine(Program):
    def test_help_names_every_command_and_flag(self):
        for arguments in (["--help"], ["serve", "--help"]):
            with self.subTest(arguments=arguments):
                answer = mailrig(*arguments)
                self.assertEqual((answer.returncode, answer.stderr), (0, ""))
                for flag in ("--smtp", "--http", "--ready-file", "--exit-with-stdin", "--allowed-host",
                             "--public-host"):
                    self.assertIn(flag, answer.stdout)
        for command in ("serve", "readyz"):
            self.assertRegex(mailrig("--help").stdout, rf"(?m)^\s+{command}\b")

    def test_version(self):
        answer = mailrig("--version")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertRegex(answer.stdout, r"^mailrig [0-9]+\.[0-9]+\.[0-9]+\n$")
        self.assertEqual(answer.stdout, f"mailrig {self.start().ready['version']}\n")

    def test_wrong_usage_is_named_and_exits_2(self):
        for arguments, named in [(["serve", "--no-such-flag"], "--no-such-flag"), (["no-such-command"], "no-such-command"),
                                 (["serve", "--smtp", "nonsense"], "--smtp"),
                                 (["serve", "--smtp", "127.0.0.1:99999"], "--smtp"),
                                 (["serve", "--http", "127.0.0.1"], "--http")]:
            with self.subTest(arguments=arguments):
                answer = mailrig(*arguments)
                self.assertEqual(answer.returncode, 2, answer)
                self.assertIn(named, answer.stderr)
                self.assertEqual(answer.stdout, "")


class Start(Program):
    def test_ready_file_tells_the_process_and_its_listeners(self):
        server = self.start()
        self.assertEqual(set(server.ready), {"pid", "version", "listeners"})
        self.assertEqual(server.ready["pid"], server.process.pid)
        for listener in server.ready["listeners"]:
            self.assertEqual(set(listener), {"protocol", "address", "port", "url", "rig"})
            named = listener["protocol"] in ("smtp", "http")  # the others follow, on both loopbacks
            self.assertIn(listener["address"], ["127.0.0.1"] if named else ["127.0.0.1", "::1"])
            url = urllib.parse.urlsplit(listener["url"])
            scheme = {"submission": "smtp"}.get(listener["protocol"], listener["protocol"])
            self.assertEqual((url.scheme, url.port), (scheme, listener["port"]))
            socket.create_connection((listener["address"], listener["port"])).close()
        rigs = {listener["protocol"]: listener["rig"] for listener in server.ready["listeners"]}
        self.assertEqual(rigs["smtp"], "default")

    def test_port_in_use_is_one_line_that_names_the_flag(self):
        for flag, other in (("--smtp", "--http"), ("--http", "--smtp")):
            with self.subTest(flag=flag), occupied() as port:
                ready_file = self.folder / "ready.json"
                ready_file.write_text("left by an earlier run")
                answer = mailrig("serve", flag, f"127.0.0.1:{port}", other, "127.0.0.1:0", "--ready-file", ready_file)
                self.assertEqual(answer.returncode, 1, answer)
                self.assertEqual(len(answer.stderr.splitlines()), 1, answer.stderr)
                self.assertIn(flag, answer.stderr)
                self.assertIn(f"127.0.0.1:{port}", answer.stderr)
                self.assertEqual(answer.stdout, "")
                self.assertFalse(ready_file.exists())

    def test_serve_is_the_default_command(self):
        server = self.start(subcommand=None)
        with Peer(server.smtp) as peer:
            self.assertEqual(peer.greeting.code, 220)

    def test_environment_gives_the_same_options(self):
        server = self.start(defaults=False, environment=clean_environment(
            MAILRIG_SMTP="127.0.0.2:0", MAILRIG_HTTP="127.0.0.3:0"))
        self.assertEqual((server.smtp[0], server.listeners("http")[0][0]), ("127.0.0.2", "127.0.0.3"))

    def test_config_file_gives_the_same_options(self):
        config = self.folder / "mailrig.conf"
        config.write_text('smtp = "127.0.0.2:0"\nhttp = "127.0.0.3:0"\n')
        server = self.start("--config", str(config), defaults=False)
        self.assertEqual((server.smtp[0], server.listeners("http")[0][0]), ("127.0.0.2", "127.0.0.3"))

    def test_flag_beats_environment_beats_config_file(self):
        config = self.folder / "mailrig.conf"
        config.write_text('smtp = "127.0.0.2:0"\nhttp = "127.0.0.2:0"\n')
        server = self.start("--config", str(config), "--smtp", "127.0.0.4:0", defaults=False,
                            environment=clean_environment(MAILRIG_SMTP="127.0.0.3:0", MAILRIG_HTTP="127.0.0.3:0"))
        self.assertEqual((server.smtp[0], server.listeners("http")[0][0]), ("127.0.0.4", "127.0.0.3"))

    def test_unknown_key_in_the_config_file_is_named_and_exits_2(self):
        config = self.folder / "mailrig.conf"
        config.write_text('smpt = "127.0.0.1:0"\n')
        answer = mailrig("--config", config)
        self.assertEqual(answer.returncode, 2, answer)
        self.assertIn("smpt", answer.stderr)

    def test_port_0_is_the_same_number_for_both_families(self):
        if not pathlib.Path("/proc/net/if_inet6").exists():
            self.skipTest("this machine has no IPv6")
        server = self.start("--smtp", "localhost:0", "--http", "localhost:0", defaults=False)
        for protocol in ("smtp", "http"):
            listeners = dict(server.listeners(protocol))
            self.assertEqual(set(listeners), {"127.0.0.1", "::1"})
            self.assertEqual(len(set(listeners.values())), 1, listeners)
            for address, port in listeners.items():
                socket.create_connection((address, port)).close()

    def test_start_prints_addresses_and_a_curl_line_that_sends_a_first_mail(self):
        server = self.start()
        for listener in server.ready["listeners"]:
            self.assertIn(listener["url"], server.log())
        line, = re.findall(r"(?m)^.*\bcurl\b.* smtp://.*$", server.log())
        tools.require("curl")
        tools.run(["/bin/sh", "-c", line], cwd=self.folder, stdin=subprocess.DEVNULL)
        message, = Api(server.url).every("messages")
        self.assertEqual(message["subject"], "Hello")

    def test_each_mail_is_one_log_line(self):
        server, sender, recipient = self.start(), case.unique("from"), case.unique("to")
        with Peer(server.smtp) as peer:
            sent = peer.send_mail(sender, [recipient], "Subject: =?utf-8?q?caf=C3=A9?=\r\n\r\n\r\n".encode())
            peer.quit()
        self.assertEqual(server.close_stdin(), 0)
        line, = [line for line in server.log().splitlines() if sent.identifier in line]
        for fact in (sender, recipient, "café"):
            self.assertIn(fact, line)


class Stop(Program):
    @contextlib.contextmanager
    def busy(self, server):
        """Connections in every state, and a reader of the event stream."""
        with contextlib.ExitStack() as stack:
            peers = [stack.enter_context(Peer(server.smtp)) for _ in range(3)]
            peers[1].ask("EHLO peer.test")
            peers[2].open_mail(case.unique("half"), [case.unique("mail")])
            peers[2].send(b"Subject: half a mail\r\n")
            host = urllib.parse.urlsplit(server.url).netloc
            idle, events = http.client.HTTPConnection(host, timeout=20), http.client.HTTPConnection(host, timeout=20)
            for connection in (idle, events):
                stack.callback(connection.close)
            idle.request("GET", "/livez")
            idle.getresponse().read()
            events.request("GET", "/v1/events")
            stream = events.getresponse()
            self.assertEqual((stream.status, stream.getheader("Content-Type").split(";")[0]), (200, "text/event-stream"))
            yield peers

    def test_signals_end_it_within_two_seconds_with_open_connections(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name), Server(BINARY) as server, self.busy(server) as peers:
                code, seconds = server.stop(number)
                self.assertEqual(code, 0, server.log())
                self.assertFalse(server.ready_file.exists())
                self.assertLess(seconds, STOP_WITHIN)
                for peer in peers:
                    self.assertEqual([reply.code for reply in peer.rest()], [421])

    def test_end_of_standard_input_ends_it(self):
        with Server(BINARY) as server, self.busy(server):
            self.assertEqual(server.close_stdin(), 0, server.log())


class Readyz(Program):
    def test_yes_is_0(self):
        server = self.start()
        answer = mailrig("readyz", "--url", server.url)
        self.assertEqual(answer.returncode, 0, answer)
        self.assertEqual(mailrig("readyz", MAILRIG_URL=server.url).returncode, 0)

    def test_no_answer_is_3_and_names_the_address(self):
        with occupied(listening=False) as port:
            answer = mailrig("readyz", "--url", f"http://127.0.0.1:{port}")
        self.assertEqual(answer.returncode, 3, answer)
        self.assertIn(f"127.0.0.1:{port}", answer.stderr)

    def test_wrong_url_is_2(self):
        answer = mailrig("readyz", "--url", "not a url")
        self.assertEqual(answer.returncode, 2, answer)
        self.assertIn("--url", answer.stderr)

    def test_livez_and_readyz_over_http(self):
        api = Api(self.start().url)
        for path in ("/livez", "/readyz"):
            self.assertEqual(api.fetch(path)[0], 200)


class Http(Program):
    def test_unknown_message_is_a_problem(self):
        status, headers, body = Api(self.start().url).fetch("/v1/messages/" + "0" * 22)
        self.assertEqual((status, headers["Content-Type"]), (404, "application/problem+json"))
        self.assertEqual(json.loads(body)["status"], 404)

    def test_dotted_host_that_is_not_ours_is_refused(self):
        server = self.start()
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc, timeout=20)
        self.addCleanup(connection.close)
        connection.request("GET", "/v1/messages", headers={"Host": "rebinding.example.com"})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 403)
        self.assertIn(b"--allowed-host", answer.read())
