"""One mail by Python's smtplib, as the environment says; see ../../secure_clients.py."""

import os
import smtplib
import ssl

HOST, PORT, WAY = os.environ["HOST"], int(os.environ["PORT"]), os.environ["WAY"]
SENDER, RECIPIENT = os.environ["SENDER"], os.environ["RECIPIENT"]


def connect():
    if WAY == "tls":
        return smtplib.SMTP_SSL(HOST, PORT, timeout=30, context=ssl.create_default_context(cafile=os.environ["CA"]))
    client = smtplib.SMTP(HOST, PORT, timeout=30)
    if WAY == "starttls":
        client.starttls(context=ssl.create_default_context(cafile=os.environ["CA"]))
    return client


with connect() as session:
    if WAY != "default":
        session.login(os.environ["LOGIN"], os.environ["PASSWORD"])
    session.sendmail(SENDER, [RECIPIENT], f"From: {SENDER}\r\nTo: {RECIPIENT}\r\nSubject: smtplib\r\n\r\nHello\r\n")
