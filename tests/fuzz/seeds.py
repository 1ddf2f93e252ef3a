#!/usr/bin/env python3
"""Writes what the clients of the dialogues say as seeds of a fuzz target: seeds.py TARGET FOLDER.

A seed of fuzz_smtp_session is three octets of options (none) and a connection's octets; one of fuzz_data_decoder
is an octet and what follows DATA; one of fuzz_sasl_exchange is a mechanism, an octet of options and the responses. Bulk bodies are cut short: a fuzzer wants many small inputs.
"""

import base64
import pathlib
import re
import sys

DIALOGUES = pathlib.Path(__file__).resolve().parent.parent / "dialogues" / "smtp"
MOST_REPETITIONS = 40
MOST_OCTETS = 2048

ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\", '"': b'"'}
TOKEN = re.compile(r'\\x([0-9a-fA-F]{2})|\\(.)|<repeat (\d+) ([^>]+)>|([^\\<]+|<)')
STEP = re.compile(r"C(\d?)(?:\*(\d+))?: ?(.*)")
# In the order of wire::sasl_mechanism.
MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER", "EXTERNAL", "ANONYMOUS"]
CONTROL = {"<fin>", "<reset>", "<next read>"}


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


def seed_of(target, octets):
    if target == "fuzz_smtp_session":
        return b"\0\0\0" + octets[:MOST_OCTETS]
    if target == "fuzz_data_decoder":
        body = octets.partition(b"DATA\r\n")[2]
        return b"\0" + body[:MOST_OCTETS] if body else None
    if target == "fuzz_sasl_exchange":
        return sasl_exchange(octets)
    sys.exit(f"seeds.py knows fuzz_smtp_session, fuzz_data_decoder and fuzz_sasl_exchange, not {target}")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: seeds.py TARGET FOLDER")
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for path in sorted(DIALOGUES.glob("*.dialogue")):
        for number, octets in enumerate(connections(path), 1):
            seed = seed_of(target, octets)
            if seed:
                (folder / f"{path.stem}-{number}").write_bytes(seed)
                count += 1
    if count == 0:
        sys.exit(f"no seeds from {DIALOGUES}")


if __name__ == "__main__":
    main()
