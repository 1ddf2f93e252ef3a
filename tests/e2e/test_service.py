"""The service around the mails: the OpenAPI document, compression, names and origins, as other programs see them."""

import gzip
import http.client
import json
import os
import shutil
import subprocess
import unittest

import tools
from server import Server, clean_environment

BINARY = os.environ.get("MAILRIG_BIN", "")


class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(BINARY, "--allowed-origin", "http://localhost:5173"))

    def ask(self, path, verb="GET", **headers):
        connection = http.client.HTTPConnection(*self.server.listeners("http")[0], timeout=30)
        self.addCleanup(connection.close)
        connection.putrequest(verb, path, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer, answer.read()

    def test_a_standard_validator_takes_the_openapi_document(self):
        python, why_not = tools.python_with("openapi-spec-validator==0.9.0")
        if python is None:
            self.skipTest(why_not)
        _, text = self.ask("/v1/openapi.json")
        self.assertEqual(json.loads(text)["openapi"], "3.1.0")
        self.assertEqual(self.validate(python, text), (0, ""))
        broken = json.loads(text)
        broken["info"].pop("title")
        code, said = self.validate(python, json.dumps(broken).encode())
        self.assertNotEqual(code, 0)
        self.assertIn("'title' is a required property", said)

    @staticmethod
    def validate(python, document):
        script = "import json, sys, openapi_spec_validator as v; v.validate(json.load(sys.stdin))"
        ended = subprocess.run([python, "-c", script], input=document, capture_output=True, check=False, timeout=60)
        return ended.returncode, ended.stderr.decode()

    def test_promtool_takes_the_metrics(self):
        promtool = shutil.which("promtool")
        if promtool is None:
            self.skipTest("promtool is not installed")
        self.ask("/v1/messages")
        _, text = self.ask("/metrics")
        checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False,
                                 env=clean_environment(), timeout=30)
        self.assertEqual((checked.returncode, checked.stderr), (0, b""))

    def test_compressed_answers_are_the_same(self):
        plain, text = self.ask("/v1/openapi.json")
        packed, octets = self.ask("/v1/openapi.json", Accept_Encoding="gzip")
        self.assertIsNone(plain.headers["Content-Encoding"])
        self.assertEqual(packed.headers["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(octets), text)
        curl = tools.run([tools.require("curl"), "-sS", "--compressed", f"{self.server.url}/v1/openapi.json"])
        self.assertEqual(curl.encode("utf-8"), text)

    def test_names_of_test_networks_pass_and_others_do_not(self):
        for host in ("mailrig:8025", "127.0.0.1", "127.0.0.1:8025", "[::1]", "[::1]:8025", "localhost:8025",
                     "mailrig.ns.svc.cluster.local", "mail.test", "app.localhost", "host.docker.internal:8025"):
            with self.subTest(host=host):
                self.assertEqual(self.ask("/v1/info", Host=host)[0].status, 200)
        for host in ("evil.example.com", "evil.example.com:8025", "test.example.com", "127.0.0.1.example.com"):
            with self.subTest(host=host):
                answer, text = self.ask("/v1/info", Host=host)
                self.assertEqual(answer.status, 403)
                self.assertIn(f"--allowed-host {host.split(':')[0]}", json.loads(text)["detail"])

    def test_only_listed_origins_may_read(self):
        answer, _ = self.ask("/v1/info", Origin="http://localhost:5173")
        self.assertEqual((answer.status, answer.headers["Access-Control-Allow-Origin"]), (200, "http://localhost:5173"))
        preflight, _ = self.ask("/v1/rigs", "OPTIONS", Origin="http://localhost:5173",
                                Access_Control_Request_Method="POST")
        self.assertEqual(preflight.status, 204)
        self.assertIn("POST", preflight.headers["Access-Control-Allow-Methods"])
        answer, text = self.ask("/v1/info", Origin="http://evil.example.com")
        self.assertEqual((answer.status, answer.headers["Access-Control-Allow-Origin"]), (403, None))
        self.assertIn("--allowed-origin", json.loads(text)["detail"])

    def test_wrong_values_of_its_options_are_named(self):
        for arguments, said in ((["--auth", "anna"], "--auth wants a user and a password"),
                                (["--rig-ports", "26000"], "is not a range of ports"),
                                (["--rig-ports", "2-1"], "is not a range of ports"),
                                (["--max-age", "10"], "is not a time")):
            with self.subTest(arguments=arguments):
                ended = subprocess.run([BINARY, "serve", *arguments], capture_output=True, text=True, timeout=20,
                                       check=False, stdin=subprocess.DEVNULL, env=clean_environment())
                self.assertEqual(ended.returncode, 2, ended)
                self.assertIn(said, ended.stderr)


if __name__ == "__main__":
    unittest.main()
