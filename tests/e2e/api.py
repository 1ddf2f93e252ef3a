"""mailrig's HTTP API as a test reads it."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT = 60


class Api:
    def __init__(self, url):
        self.url = url.rstrip("/")

    def absolute(self, path):
        return urllib.parse.urljoin(self.url + "/", path)

    def fetch(self, path, method="GET"):
        """(status, headers, body) of one request; an error status is an answer too."""
        request = urllib.request.Request(self.absolute(path), method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def bytes(self, path):
        status, _, body = self.fetch(path)
        if status != 200:
            raise AssertionError(f"GET {path} answered {status}: {body[:500]!r}")
        return body

    def json(self, path):
        return json.loads(self.bytes(path))

    def message(self, identifier):
        return self.json(f"/v1/messages/{identifier}")

    def raw(self, identifier):
        return self.bytes(f"/v1/messages/{identifier}/raw")

    def session(self, identifier):
        return self.json(f"/v1/sessions/{identifier}")

    def every(self, resource, limit=1000):
        """All entries of a list (`messages`, `attempts`, `sessions`), newest first, over its pages."""
        cursor = None
        for _ in range(limit):
            query = urllib.parse.urlencode({"limit": 500, **({"cursor": cursor} if cursor else {})})
            page = self.json(f"/v1/{resource}?{query}")
            yield from page[resource]
            cursor = page["next_cursor"]
            if not cursor:
                return
        raise AssertionError(f"/v1/{resource} has no end after {limit} pages")

    def find(self, resource, matches, patience=10.0):
        """The only entry of a list that matches. It is asked for again for a while, since the server may still be
        busy with the end of a connection that its peer has left."""
        deadline = time.monotonic() + patience
        while True:
            found = [entry for entry in self.every(resource) if matches(entry)]
            if len(found) == 1:
                return found[0]
            if found or time.monotonic() > deadline:
                raise AssertionError(f"{len(found)} entries of /v1/{resource} match: {found}")
