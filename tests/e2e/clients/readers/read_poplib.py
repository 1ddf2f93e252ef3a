"""Fetches a mailbox with Python's poplib: HOST PORT USER FOLDER keep|delete plain|starttls|tls CA."""

import pathlib
import poplib
import ssl
import sys

host, port, user, folder, after, security, ca = sys.argv[1:]
context = ssl.create_default_context(cafile=ca) if security != "plain" else None
if security == "tls":
    pop = poplib.POP3_SSL(host, int(port), context=context, timeout=30)
else:
    pop = poplib.POP3(host, int(port), timeout=30)
if security == "starttls":
    pop.stls(context)
pop.user(user)
pop.pass_("secret")
_, listing, _ = pop.list()
for line in listing:
    number, octets = map(int, line.split())
    _, lines, _ = pop.retr(number)
    content = b"".join(line + b"\r\n" for line in lines)
    if len(content) != octets:
        sys.exit(f"LIST says {octets} octets, RETR gave {len(content)}")
    pathlib.Path(folder, f"{number:03}").write_bytes(content)
    if after == "delete":
        pop.dele(number)
pop.quit()
