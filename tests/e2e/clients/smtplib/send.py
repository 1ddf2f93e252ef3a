"""Sends mails with Python's smtplib: send.py HOST PORT FROM TO {sendmail|send_message} FILE."""

import email.message
import email.policy
import pathlib
import smtplib
import sys


def message(sender, recipient, attachment):
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"] = email.headerregistry.Address("Müller, Jörg", addr_spec=sender)
    mail["To"] = recipient
    mail["Subject"] = "Grüße aus Köln — 订单"
    mail.set_content("Schöne Grüße\n.ein Punkt am Anfang\n")
    mail.add_alternative("<p>Schöne <b>Grüße</b></p>", subtype="html")
    mail.add_attachment(attachment.read_bytes(), maintype="application", subtype="pdf", filename="Rechnung März.pdf")
    return mail


def main(host, port, sender, recipient, way, path):
    with smtplib.SMTP(host, int(port), timeout=30) as client:
        if way == "send_message":
            client.send_message(message(sender, recipient, pathlib.Path(path)))
        else:
            client.sendmail(sender, [recipient], pathlib.Path(path).read_text(encoding="ascii"))


main(*sys.argv[1:])
