"""Thousands of sessions that a rule holds: the server stays at hand, and all go on the moment the rule is gone."""

import json
import os
import pathlib
import resource
import subprocess
import sys
import time
import unittest
import urllib.request

import procstat
from api import Api
from server import Server

WANTED = 10_000
SPARE = 200  # descriptors for everything else
MOST_OCTETS = 16 * 1024  # of memory for a stalled session in plain text
HOLDER = pathlib.Path(__file__).with_name("clients") / "stalled.py"


def sessions_here():
    """As many as the descriptor limit of one process allows, 10,000 at most."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, WANTED + SPARE) if most > 0 else WANTED + SPARE, most))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(WANTED, soft - SPARE)


class Stalls(unittest.TestCase):
    def hold(self, server, count):
        """A process whose clients all wait for a greeting that does not come."""
        holder = subprocess.Popen([sys.executable, HOLDER, str(server.smtp[1]), str(count)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.stdin.close)
        self.addCleanup(holder.stdout.close)
        self.assertEqual(holder.stdout.readline().strip(), f"{count} connected")
        return holder

    def test_ten_thousand_are_held_and_freed(self):
        count = sessions_here()
        rules = {"rules": [{"id": "hold", "where": {"protocol": "smtp", "stage": "connect"},
                            "actions": [{"stall": {"max": "10m"}}]}]}
        with Server(os.environ["MAILRIG_BIN"], "--max-connections", str(count + 100)) as server:
            api = Api(server.url)
            before = procstat.resident(server.process.pid)
            self.send(server, "PUT", "/v1/faults", rules)
            holder = self.hold(server, count)
            self.wait_for_hits(api, count)
            each = (procstat.resident(server.process.pid) - before) / count
            self.assertLess(each, MOST_OCTETS)
            self.assertEqual(api.fetch("/readyz")[0], 200)
            began = time.monotonic()
            self.send(server, "POST", "/v1/reset", {"only": ["faults"]})
            self.assertEqual(holder.stdout.readline().strip(), f"{count} greeted")
            print(f"{count} stalled sessions of {each:,.0f} octets, freed in {time.monotonic() - began:.2f} s")

    @staticmethod
    def wait_for_hits(api, count, limit=60):
        deadline = time.monotonic() + limit
        while api.json("/v1/faults")["rules"][0]["hits"] < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{api.json('/v1/faults')['rules'][0]['hits']} of {count} sessions are held")

    @staticmethod
    def send(server, verb, path, body):
        request = urllib.request.Request(server.url + path, json.dumps(body).encode(), method=verb)
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()


if __name__ == "__main__":
    unittest.main()
