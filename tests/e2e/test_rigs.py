"""Rigs: thirty tests at once on one server, none of which sees anything of another."""

import http.client
import json
import os
import poplib
import smtplib
import socket
import threading
import unittest
import urllib.parse

from server import Server

BINARY = os.environ.get("MAILRIG_BIN", "")
TESTS = 30
ROUNDS = 200


class Session:
    """One kept connection to the API."""

    def __init__(self, server):
        address, port = server.listeners("http")[0]
        self.connection = http.client.HTTPConnection(address, port, timeout=60)

    def ask(self, verb, path, body=None):
        self.connection.request(verb, path, json.dumps(body) if body is not None else None)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text)

    def must(self, verb, path, body=None):
        status, answer = self.ask(verb, path, body)
        if status >= 300:
            raise AssertionError(f"{verb} {path} answered {status}: {answer}")
        return answer


class Client:
    """A test of an app that sends mail: its own rig, one pooled connection to the port that all share."""

    def __init__(self, server, number):
        self.name = f"test-{number}"
        self.domain = f"gw{number}.test"
        self.base = f"/v1/rigs/{self.name}"
        self.api = Session(server)
        self.smtp = smtplib.SMTP(*server.smtp, timeout=60)
        self.rig = {"route": {"recipient_domain": self.domain}}

    def run(self, rounds):
        self.api.must("PUT", self.base, self.rig)
        for number in range(rounds):
            self.round(number)
        self.smtp.quit()
        self.api.must("DELETE", self.base)

    def round(self, number):
        token = f"{self.name} round {number}"
        self.smtp.sendmail("app@shop.test", [f"bob@{self.domain}"], f"Subject: {token}\r\n\r\nHello {token}.\r\n")
        query = urllib.parse.urlencode({"query": f'subject:"{token}"', "timeout": "60s"})
        found = self.api.must("GET", f"{self.base}/messages/wait?{query}")
        subjects = [message["subject"] for message in found["messages"]]
        if subjects != [token]:
            raise AssertionError(f"{token} waited for its mail and got {subjects}")
        listed = self.api.must("GET", f"{self.base}/messages")
        if [row["subject"] for row in listed["messages"]] != [token]:
            raise AssertionError(f"{token} lists {listed['messages']}")
        # Each way of emptying, by turns.
        if number % 3 == 0:
            self.api.must("DELETE", f"{self.base}/messages?all=true")
        elif number % 3 == 1:
            self.api.must("POST", f"{self.base}/reset")
        else:
            self.api.must("PUT", self.base, self.rig)


class Disturber:
    """Sends to the rig default, reads and deletes there, and makes and deletes rigs, until told to stop."""

    def __init__(self, server):
        self.server = server
        self.stop = threading.Event()
        self.deleted = 0

    def run(self):
        api = Session(self.server)
        with smtplib.SMTP(*self.server.smtp, timeout=60) as smtp:
            number = 0
            while not self.stop.is_set():
                number += 1
                smtp.sendmail("noise@shop.test", [f"bob{number}@noise.test"], "Subject: noise\r\n\r\nx\r\n")
                self.deleted += api.must("DELETE", "/v1/messages?all=true")["deleted"]
                made = api.must("POST", "/v1/rigs", {"route": {"plus_tag": f"noise{number}"}})
                smtp.sendmail("noise@shop.test", [f"bob+noise{number}@noise.test"], "Subject: noise\r\n\r\nx\r\n")
                api.must("DELETE", f"/v1/rigs/{made['id']}")


class ParallelTests(unittest.TestCase):
    def test_thirty_tests_do_not_disturb_each_other(self):
        failures = []

        def guarded(work):
            try:
                work()
            except Exception as failure:  # every thread's failure is this test's
                failures.append(repr(failure))

        with Server(BINARY) as server:
            clients = [Client(server, number) for number in range(TESTS)]
            disturber = Disturber(server)
            noise = threading.Thread(target=guarded, args=[disturber.run])
            noise.start()
            threads = [threading.Thread(target=guarded, args=[lambda each=each: each.run(ROUNDS)])
                       for each in clients]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(240)
            disturber.stop.set()
            noise.join(60)
            self.assertEqual(failures, [])
            api = Session(server)
            rigs = api.must("GET", "/v1/rigs?limit=500")
            self.assertEqual([rig["id"] for rig in rigs["rigs"]], ["default"])
            self.assertGreater(disturber.deleted, 0)
            metrics = self.metrics(server)
            self.assertGreaterEqual(metrics["mailrig_messages_total"], TESTS * ROUNDS)
            self.assertEqual(metrics["mailrig_open_transactions"], 0)
            self.assertEqual(metrics["mailrig_waiters"], 0)

    @staticmethod
    def metrics(server):
        api = Session(server)
        api.connection.request("GET", "/metrics")
        text = api.connection.getresponse().read().decode("utf-8")
        plain = [line.split(" ") for line in text.splitlines() if not line.startswith("#") and "{" not in line]
        return {name: float(value) for name, value in plain}


class ManyRigs(unittest.TestCase):
    def test_a_thousand_rigs_at_once(self):
        with Server(BINARY) as server:
            api = Session(server)
            for number in range(1000):
                api.must("PUT", f"/v1/rigs/r{number}", {"route": {"recipient_domain": f"r{number}.test"}})
            with smtplib.SMTP(*server.smtp, timeout=60) as smtp:
                for number in range(0, 1000, 50):
                    smtp.sendmail("a@b.test", [f"x@r{number}.test"], f"Subject: to {number}\r\n\r\nx\r\n")
            for number in range(0, 1000, 50):
                listed = api.must("GET", f"/v1/rigs/r{number}/messages")
                self.assertEqual([row["subject"] for row in listed["messages"]], [f"to {number}"])
            self.assertEqual(api.must("GET", "/v1/rigs?limit=1")["total"], 1001)

    def test_a_rig_goes_when_its_time_is_over(self):
        with Server(BINARY) as server:
            api = Session(server)
            events = http.client.HTTPConnection(*server.listeners("http")[0], timeout=30)
            events.request("GET", "/v1/events")
            stream = events.getresponse()
            api.must("PUT", "/v1/rigs/brief", {"ttl": "200ms", "ports": ["smtp"]})
            # The stream says when; nothing here guesses how long that takes.
            for line in stream:
                if line == b'data: {"id":"brief","change":"deleted"}\n':
                    break
            self.assertEqual(api.ask("GET", "/v1/rigs/brief")[0], 404)
            events.close()

    @staticmethod
    def free_port():
        """Of a range that begins here something is free; what is taken the server leaves out."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            return min(probe.getsockname()[1], 65_000)

    def test_mail_of_a_rig_is_read_on_its_pop3_port_and_by_its_name(self):
        with Server(BINARY) as server:
            api = Session(server)
            rig = api.must("PUT", "/v1/rigs/readers", {"ports": ["smtp", "pop3"]})
            ports = {each["protocol"]: each["port"] for each in rig["listeners"]}
            with smtplib.SMTP("127.0.0.1", ports["smtp"], timeout=60) as smtp:
                smtp.sendmail("a@b.test", ["x@y.test"], "Subject: for a rig\r\n\r\nx\r\n")
            usual = server.listeners("pop3")[0][1]
            for port, login, count in ((ports["pop3"], "x@y.test", 1), (usual, "x@y.test", 0),
                                       (usual, "readers/x@y.test", 1)):
                with self.subTest(port=port, login=login):
                    reader = poplib.POP3("127.0.0.1", port, timeout=60)
                    reader.user(login)
                    reader.pass_("any")
                    self.assertEqual(reader.stat()[0], count)
                    reader.quit()

    def test_settings_of_a_rig_hold_for_both_protocols(self):
        wish = {"ports": ["smtp", "pop3"], "settings": {"host_name": "mx.rig.test", "max_errors": 2,
                                                        "max_message_size": "1KiB"}}
        with Server(BINARY) as server:
            rig = Session(server).must("PUT", "/v1/rigs/strict", wish)
            ports = {each["protocol"]: each["port"] for each in rig["listeners"]}
            with smtplib.SMTP("127.0.0.1", ports["smtp"], timeout=60) as smtp:
                self.assertEqual(smtp.ehlo("app.test")[1].splitlines()[0].split()[0], b"mx.rig.test")
                self.assertEqual(smtp.esmtp_features["size"], "1024")
            reader = poplib.POP3("127.0.0.1", ports["pop3"], timeout=60)
            self.assertIn(b"@mx.rig.test>", reader.getwelcome())
            for _ in range(2):
                with self.assertRaises(poplib.error_proto):
                    reader.user("")
            with self.assertRaises((poplib.error_proto, OSError)):
                reader.noop()

    def test_rigs_get_ports_of_their_range(self):
        first = self.free_port()
        with Server(BINARY, "--rig-ports", f"{first}-{first + 99}") as server:
            api = Session(server)
            ports = set()
            for number in range(3):
                rig = api.must("PUT", f"/v1/rigs/p{number}", {"ports": ["smtp"]})
                port = rig["listeners"][0]["port"]
                self.assertIn(port, range(first, first + 100))
                ports.add(port)
                with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
                    smtp.sendmail("a@b.test", ["x@y.test"], f"Subject: by port {number}\r\n\r\nx\r\n")
                listed = api.must("GET", f"/v1/rigs/p{number}/messages")
                self.assertEqual([row["subject"] for row in listed["messages"]], [f"by port {number}"])
            self.assertEqual(len(ports), 3)


if __name__ == "__main__":
    unittest.main()
