#!/usr/bin/env python3
"""Writes what the clients of the dialogues say as seeds of a fuzz target: seeds.py TARGET FOLDER.

A seed of fuzz_smtp_session is three octets of options (none) and a connection's octets; one of fuzz_data_decoder
is an octet and what follows DATA. Bulk bodies are cut short: a fuzzer wants many small inputs.
"""

import pathlib
import re
import sys

DIALOGUES = pathlib.Path(__file__).resolve().parent.parent / "dialogues" / "smtp"
MOST_REPETITIONS = 40
MOST_OCTETS = 2048

ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\", '"': b'"'}
TOKEN = re.compile(r'\\x([0-9a-fA-F]{2})|\\(.)|<repeat (\d+) ([^>]+)>|([^\\<]+|<)')
STEP = re.compile(r"C(\d?)(?:\*(\d+))?: ?(.*)")
CONTROL = {"<fin>", "<reset>", "<next read>"}
OFFERED, IMPLICIT = b"\x04", b"\x08"  # how the listener comes to TLS, in the third octet of options


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
    if text.startswith("<body "):
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


def seed_of(target, octets, tls):
    if target == "fuzz_smtp_session":
        return b"\0\0" + tls + octets[:MOST_OCTETS]
    if target == "fuzz_data_decoder":
        body = octets.partition(b"DATA\r\n")[2]
        return b"\0" + body[:MOST_OCTETS] if body else None
    sys.exit(f"seeds.py knows fuzz_smtp_session and fuzz_data_decoder, not {target}")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: seeds.py TARGET FOLDER")
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for path in sorted(DIALOGUES.glob("*.dialogue")):
        for number, octets in enumerate(connections(path), 1):
            seed = seed_of(target, octets, tls_of(path))
            if seed:
                (folder / f"{path.stem}-{number}").write_bytes(seed)
                count += 1
    if count == 0:
        sys.exit(f"no seeds from {DIALOGUES}")


if __name__ == "__main__":
    main()
