"""What the suites stand on: the server under test, mails sent through the recorder, assertions on them."""

import contextlib
import dataclasses
import hashlib
import html.parser
import json
import os
import pathlib
import struct
import tempfile
import unittest
import urllib.parse
import uuid
import zlib

import smtp_text
import tools
from api import Api
from recorder import Recorder


def unique(name):
    """An address that no other test, and no other run, uses."""
    return f"{name}-{uuid.uuid4().hex[:12]}@e2e.test"


def slow(test):
    """Skips a test of minutes unless run.py was told --slow."""
    return unittest.skipUnless(os.environ.get("MAILRIG_SLOW"), "only with --slow")(test)


def read_json(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def png(width=48, height=32, colour=(200, 30, 60)):
    """A picture of one colour."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = (b"\0" + bytes(colour) * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


class ImageSources(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.found.append(dict(attributes).get("src"))


@dataclasses.dataclass
class Delivered:
    """One mail: as the recorder saw it, and as the API shows it."""
    transaction: smtp_text.Transaction
    message: dict

    @property
    def identifier(self):
        return self.transaction.identifier


class ServerCase(unittest.TestCase):
    """A test against the running server that run.py names in the environment."""

    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            host, port = os.environ["MAILRIG_SMTP"].rsplit(":", 1)
            cls.smtp = (host.strip("[]"), int(port))
            cls.api = Api(os.environ["MAILRIG_URL"])
        except KeyError as missing:
            raise RuntimeError(f"{missing} is not set: start these tests with tests/e2e/run.py") from None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mailrig-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, octets):
        path = self.folder / name
        path.write_bytes(octets)
        return path

    @contextlib.contextmanager
    def recording(self):
        with Recorder(self.smtp) as recorder:
            yield recorder

    def delivered(self, recorder):
        """The mails of all finished conversations, after what must hold for every mail was checked."""
        mails = []
        for conversation in recorder.conversations():
            dialogue = smtp_text.Dialogue(conversation.client_octets, conversation.server_octets)
            mails += [self.check_kept(transaction) for transaction in dialogue.transactions]
        return mails

    def only_delivered(self, recorder):
        mails = self.delivered(recorder)
        self.assertEqual(len(mails), 1, "one mail was to be sent")
        return mails[0]

    def check_kept(self, transaction):
        """The envelope and every octet of the content are there under the id of the reply."""
        identifier = transaction.identifier
        message = self.api.message(identifier)
        self.assertEqual(message["id"], identifier)
        self.assertEqual(message["mail_from"], transaction.mail_from)
        self.assertEqual(message["rcpt_to"], transaction.rcpt_to)
        self.assertEqual(message["size"], len(transaction.content))
        self.assert_same_octets(self.api.raw(identifier), transaction.content)
        return Delivered(transaction, message)

    def assert_same_octets(self, got, wanted):
        if got == wanted:
            return
        at = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), min(len(got), len(wanted)))
        around = slice(max(0, at - 40), at + 40)
        self.fail(f"{len(got)} octets instead of {len(wanted)}; from octet {at} on they differ:\n"
                  f"got    {got[around]!r}\nwanted {wanted[around]!r}")

    def assert_text(self, message, wanted):
        """Line ends differ by client and transfer encoding; the text does not."""
        self.assertEqual("\n".join(message["text"].splitlines()).strip("\n"), wanted.strip("\n"))

    def assert_attachment(self, attachment, filename, octets):
        self.assertEqual(attachment["filename"], filename)
        self.assertEqual(attachment["size"], len(octets))
        self.assertEqual(attachment["sha256"], sha256(octets))
        self.assert_same_octets(self.api.bytes(attachment["url"]), octets)

    def assert_html_shows(self, message, picture):
        """/html has one image, whose address is a part of this mail and yields the picture's octets."""
        path = f"/v1/messages/{message['id']}/html"
        status, headers, body = self.api.fetch(path)
        self.assertEqual(status, 200, body[:500])
        self.assertIn("sandbox", headers["Content-Security-Policy"])
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        page = body.decode("utf-8")
        self.assertNotIn("cid:", page)
        sources = ImageSources(page).found
        self.assertEqual(len(sources), 1, page)
        address = urllib.parse.urljoin(self.api.absolute(path), sources[0])
        self.assertRegex(urllib.parse.urlsplit(address).path, rf"^/v1/messages/{message['id']}/parts/[0-9]+$")
        self.assert_same_octets(self.api.bytes(address), picture)

    def run_client(self, command, **options):
        return tools.run(command, cwd=self.folder, **options)
