"""A mail over TLS with Python's smtplib: secure.py HOST PORT FROM TO {starttls|implicit} CA FILE."""

import pathlib
import smtplib
import ssl
import sys

host, port, sender, recipient, security, ca, path = sys.argv[1:]
trust = ssl.create_default_context(cafile=ca)
if security == "implicit":
    client = smtplib.SMTP_SSL(host, int(port), timeout=30, context=trust)
else:
    client = smtplib.SMTP(host, int(port), timeout=30)
    client.starttls(context=trust)
with client:
    client.sendmail(sender, [recipient], pathlib.Path(path).read_bytes())
