"""What rules leave to chance comes out the same: eight clients at once, each with its own sender, twenty times over."""

import os
import smtplib
import threading
import unittest

from server import Server
from test_rigs import Session

CLIENTS = 8
RUNS = 20
MAILS = 30
RULES = [
    {"id": "chance", "where": {"protocol": "smtp", "stage": "mail"},
     "when": {"probability": {"p": 0.25, "per": "mail_from"}}, "actions": [{"reply": {"code": 450, "text": "chance"}}]},
    {"id": "third", "where": {"protocol": "smtp", "stage": "rcpt"},
     "when": {"every": {"n": 3, "per": "mail_from"}}, "actions": [{"reply": {"code": 451, "text": "third"}}]},
    {"id": "second-and-third", "where": {"protocol": "smtp", "stage": "data"},
     "when": {"nth": {"from": 2, "to": 3, "per": "mail_from"}}, "actions": [{"reply": {"code": 452, "text": "nth"}}]}]


class Client(threading.Thread):
    """Sends its mails one after the other and notes what became of each."""

    def __init__(self, port, number):
        super().__init__()
        self.port, self.sender = port, f"app{number}@shop.test"
        self.codes = []

    def run(self):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as smtp:
            for _ in range(MAILS):
                self.codes.append(self.send(smtp))

    def send(self, smtp):
        try:
            smtp.sendmail(self.sender, ["order@shop.test"], "Subject: x\r\n\r\ny\r\n")
        except smtplib.SMTPSenderRefused as refused:
            return refused.smtp_code
        except smtplib.SMTPRecipientsRefused as refused:
            return refused.recipients["order@shop.test"][0]
        except smtplib.SMTPDataError as refused:
            return refused.smtp_code
        return 250


class Determinism(unittest.TestCase):
    def one_run(self, api, name, seed):
        rig = api.must("PUT", f"/v1/rigs/{name}", {"ports": ["smtp"], "seed": seed, "rules": RULES})
        clients = [Client(rig["listeners"][0]["port"], number) for number in range(CLIENTS)]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        api.must("DELETE", f"/v1/rigs/{name}")
        return {each.sender: each.codes for each in clients}

    def test_the_same_seed_hits_the_same_mails_of_each_client(self):
        with Server(os.environ["MAILRIG_BIN"]) as server:
            api = Session(server)
            first = self.one_run(api, "run-0", 42)
            for code in (250, 450, 451, 452):
                self.assertIn(code, [code for codes in first.values() for code in codes])
            for number in range(1, RUNS):
                self.assertEqual(self.one_run(api, f"run-{number}", 42), first)
            self.assertNotEqual(self.one_run(api, "other", 43), first)
            self.assertEqual(len({tuple(codes) for codes in first.values()}), CLIENTS, "chance goes by the sender")


if __name__ == "__main__":
    unittest.main()
