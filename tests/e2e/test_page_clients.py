"""The mails of JavaMail, as a person sees them: on the page, in a browser."""

import json
import os

import java_mail
import tools
from java_mail import CHINESE_NAME, GBK_TEXT, TEXT

PICTURE_SIZE = (48, 32)  # as case.png() makes it


class PageClients(java_mail.JavaMailCase):
    def row(self, message, **seen):
        return {"id": message["id"], "subject": message["subject"], "sender": java_mail.SENDER_NAME,
                "text": None, "heading": None, "attachment": None, **seen}

    def text_row(self, name, text, **mail):
        return self.row(self.send(name, text=text, **mail), text=text)

    def composite_row(self, name, filename, **mail):
        return self.row(self.send_composite(name, filename, **mail), heading="发货通知", attachment=filename)

    def test_the_page_shows_every_mail_with_its_text_and_its_picture(self):
        mails = [self.text_row("page-utf8", TEXT), self.text_row("page-gbk", GBK_TEXT, charset="GBK"),
                 self.text_row("page-thread", TEXT, thread="mail-sender"),
                 self.composite_row("page-composite", "orders.txt"),
                 self.composite_row("page-encoded-word", CHINESE_NAME, encode_name="yes"),
                 self.composite_row("page-rfc2231", CHINESE_NAME)]
        listed = self.file("mails.json", json.dumps({"mails": mails, "picture_size": PICTURE_SIZE}).encode())
        tools.npm_ci(tools.HERE)
        tools.require_file(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
        tools.run([tools.require("node"), "--test", tools.HERE / "page_clients.test.mjs"], cwd=tools.HERE, limit=120,
                  env={**os.environ, "MAILRIG_PAGE_MAILS": str(listed)})
        self.assertTrue((tools.artefacts() / "javamail-composite.png").exists())
