#!/usr/bin/env python3
"""Writes seeds of a fuzz target: seeds.py TARGET FOLDER. Most are what the clients of the dialogues say.

A seed of fuzz_smtp_session and fuzz_pop3_session is three octets of options (none) and a connection's octets; one of fuzz_data_decoder
is an octet and what follows DATA; one of fuzz_sasl_exchange is a mechanism, an octet of options and the responses. One of fuzz_search is a query and a mail. Bulk bodies are cut short: a fuzzer wants many small inputs.
Those of fuzz_transform are each transform with a mail of tests/mime, which the fuzzer then mixes.
Those of fuzz_fault_rules are rule sets with every kind of leaf and action; fuzz_fault_engine makes up its own tales.
"""

import base64
import json
import pathlib
import re
import sys

DIALOGUES = pathlib.Path(__file__).resolve().parent.parent / "dialogues"
MIME = DIALOGUES.parent / "mime"
TRANSFORMS = 21  # of faults::transform::kind
MOST_REPETITIONS = 40
MOST_OCTETS = 2048

ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\", '"': b'"'}
TOKEN = re.compile(r'\\x([0-9a-fA-F]{2})|\\(.)|<repeat (\d+) ([^>]+)>|([^\\<]+|<)')
STEP = re.compile(r"C(\d?)(?:\*(\d+))?: ?(.*)")
# In the order of wire::sasl_mechanism.
MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER", "EXTERNAL", "ANONYMOUS"]
QUERIES = [b"subject:x OR body:y", b"-(from:@x.test to:a@b) hello", b"~/[a-z]+\\d/ has:link", b"is:unread larger:1k",
           b"x@y.test ~/a@b/ to:c"]
CONTROL = {"<fin>", "<reset>", "<next read>"}
OFFERED, IMPLICIT = b"\x08", b"\x10"  # how the listener comes to TLS, in the third octet of options


def unescape(text):
    octets = b""
    for code, escape, times, repeated, plain in TOKEN.findall(text):
        if code:
            octets += bytes([int(code, 16)])
        elif escape:
            octets += ESCAPES[escape]
        elif times:
            octets += unescape(repeated) * int(times)
        else:
            octets += plain.encode()
    return octets


def said(text, times):
    if text in CONTROL:
        return b""
    if text.startswith("<tls"):
        return b"<no!>" if "untrusting" in text else b"<tls>"
    if text.startswith(("<body ", "<chunk ")):
        return b"a body\r\n..with a dot\r\n"
    ending = b"\r\n"
    if (len(text) - len(text.rstrip("\\"))) % 2 == 1:
        text, ending = text[:-1], b""
    numbers = range(1, min(times, MOST_REPETITIONS) + 1)
    return b"".join(unescape(text.replace("{n}", str(n))) + ending for n in numbers)


def connections(path):
    """What each client of a dialogue says, in the order of their first words."""
    octets = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        match = STEP.fullmatch(line)
        if match:
            number, times, text = match.groups()
            octets[number] = octets.get(number, b"") + said(text, int(times or 1))
    return list(octets.values())


def tls_of(path):
    """The option for the listener of a dialogue."""
    text = path.read_text(encoding="utf-8")
    return OFFERED if "tls=offered" in text else IMPLICIT if "tls=implicit" in text else b"\0"


def sasl_exchange(octets):
    """The first AUTH of a connection: mechanism, users known, lines as octets instead of base64."""
    lines = octets.decode("latin-1").split("\r\n")
    for number, line in enumerate(lines):
        words = line.split(" ")
        if words[0].upper() != "AUTH" or words[1:2] == [] or words[1].upper() not in MECHANISMS:
            continue
        responses = words[2:3] + lines[number + 1 : number + 4]
        try:
            said = [base64.b64decode(each, validate=True) for each in responses]
        except ValueError:
            return None
        options = bytes([MECHANISMS.index(words[1].upper()), 1 | (0 if words[2:] else 4)])
        return options + b"\n".join(said)
    return None


def seed_of(target, octets, tls):
    if target == "fuzz_smtp_session":
        return b"\0\0" + tls + octets[:MOST_OCTETS]
    if target == "fuzz_pop3_session":
        return b"\0\0\0" + octets[:MOST_OCTETS]
    if target == "fuzz_data_decoder":
        body = octets.partition(b"DATA\r\n")[2]
        return b"\0" + body[:MOST_OCTETS] if body else None
    if target == "fuzz_address":
        path = octets.partition(b"MAIL ")[2] or octets.partition(b"EHLO ")[2]
        return path.partition(b"\r\n")[0] or None
    if target == "fuzz_sasl_exchange":
        return sasl_exchange(octets)
    if target == "fuzz_search":
        mail = octets.partition(b"DATA\r\n")[2]
        query = QUERIES[len(octets) % len(QUERIES)]
        return query + b"\n" + mail[:MOST_OCTETS] if mail else None
    sys.exit(f"seeds.py knows no target {target}")


def rule_set(protocol, stage, when, *actions):
    rule = {"where": {"protocol": protocol, "stage": stage}, "when": when, "limit": {"max_hits": 2}, "actions": list(actions)}
    states = {"up": {"leave": {"hits": 1, "to": "down"}}, "down": {"enter": {"after": "1s"}}}
    return {"seed": 1, "lists": {"l": ["a@b", "*@c"]}, "states": {"m": states}, "start": "up", "rules": [rule]}


def rule_sets():
    close = {"close": {"mode": "reset", "hold": "300ms", "linger": "2s", "close_notify": False}}
    reply = {"reply": {"code": 421, "enhanced": "4.7.0", "text": "{ip} {rcpt} {hits}"}}
    window = {"bucket": {"rate": 1, "per": "1s", "burst": 3}}
    yield rule_set("smtp", "rcpt", {"rcpt.domain": {"in": ["a"]}, "nth": {"from": 1, "to": 3, "per": "rcpt"}}, reply, close)
    yield rule_set("smtp", ["mail", "data"], {"any": [{"helo": {"regex": "a+"}}, {"not": {"tls": {"eq": True}}}]}, {"stall": {"then": close}})
    yield rule_set("smtp", "mail", {"count": {"of": "mail", "per": "client_ip", "window": window}}, {"delay": {"for": {"uniform": ["1s", "2s"]}}})
    yield rule_set("smtp", "data", {"greylist": {"key": ["client_ip"], "min": "1s"}, "probability": 0.5}, {"drip": {"bytes": 1, "gap": "1s"}})
    yield rule_set("smtp", "end_of_data", {"lists": {"subject": "l"}, "seen": {"key": ["message_id"]}}, {"malform": {"kind": "random", "n": 9}})
    yield rule_set("smtp", "ehlo", {"client.ip": {"cidr": "10.0.0.0/8"}}, {"ehlo": {"add": ["X"], "change": {"SIZE": "SIZE 1"}}})
    yield rule_set("smtp", "tls_handshake", {"every": 3}, {"certificate": {"name": "expired"}}, {"tls": {"max_version": "1.1"}})
    yield rule_set("smtp", "listen", {"after": "1s", "for": "2s"}, {"listener": {"mode": "refuse"}})
    yield rule_set("smtp", "any", {"state": {"of": "m", "is": "up"}, "banned": {"by": "client_ip"}}, {"throttle": {"in": 9}})
    yield rule_set("pop3", "retr", {"cmp": ["auth.user", "ne", "server.name"]}, {"reply": {"code": "-ERR", "lines": ["a", "b"]}})
    yield rule_set("delivery", "deliver", {"window": {"from": "22:00", "to": "06:00"}}, {"drop": {}}, {"bounce": {"status": "5.1.1"}})
    yield rule_set("delivery", "deliver", {"size": {"between": [1, 2]}}, {"transform": {"kind": "strip_headers", "names": ["To"]}})


def proxy_headers():
    signature = b"\r\n\r\n\0\r\nQUIT\n"
    yield b"PROXY TCP4 192.0.2.1 192.0.2.2 40123 25\r\nEHLO"
    yield b"PROXY TCP6 2001:db8::1 ::2 1 65535\r\n"
    yield b"PROXY UNKNOWN\r\n"
    yield signature + b"\x21\x11\0\x0c" + bytes(12) + b"EHLO"
    yield signature + b"\x21\x21\0\x24" + bytes(36)
    yield signature + b"\x20\0\0\0"


def transformed_mails():
    mails = [path.read_bytes() for path in sorted(MIME.glob("**/*.eml"))]
    mails = [mail for mail in mails if len(mail) <= MOST_OCTETS]
    for number, mail in enumerate(mails):
        for kind in range(number % 3, TRANSFORMS, 3):
            yield bytes([kind, number % 200, kind % 7]) + mail


def write_rule_sets(folder):
    for number, each in enumerate(rule_sets(), 1):
        (folder / f"rules-{number}").write_text(json.dumps(each), encoding="utf-8")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: seeds.py TARGET FOLDER")
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    if target == "fuzz_fault_rules":
        return write_rule_sets(folder)
    if target == "fuzz_fault_engine":
        return None
    if target == "fuzz_transform":
        for number, each in enumerate(transformed_mails(), 1):
            (folder / f"mail-{number}").write_bytes(each)
        return None
    if target == "fuzz_proxy_header":
        for number, each in enumerate(proxy_headers(), 1):
            (folder / f"header-{number}").write_bytes(each)
        return None
    count = 0
    protocol = "pop3" if target == "fuzz_pop3_session" else "smtp"
    for path in sorted((DIALOGUES / protocol).glob("*.dialogue")):
        for number, octets in enumerate(connections(path), 1):
            seed = seed_of(target, octets, tls_of(path))
            if seed:
                (folder / f"{path.stem}-{number}").write_bytes(seed)
                count += 1
    if count == 0:
        sys.exit(f"no seeds from {DIALOGUES / protocol}")


if __name__ == "__main__":
    main()
