"""JavaMail: Chinese plain-text mails, the tutorials' composite mail, a mail from a thread."""

import case
import java_mail

SENDER_NAME = "朱镕喆"  # the second character is in GBK, not in GB2312
SUBJECT = "订单 10086 已发货：请查收附件，谢谢您的光临，欢迎下次再来"
TEXT = "您好，\n\n订单已发货。\n.\n..\n.这一行以点开头\n— mailrig"
GBK_TEXT = "您好，\n\n订单已发货。\n.\n..\n镕喆敬上"
HTML = "<html><body><h1>发货通知</h1><p>见下图</p><img src='cid:test.png'></body></html>"
ATTACHMENT = "第一行\r\n第二行\r\n".encode("gbk")


class JavaMail(case.ServerCase):
    def send(self, name, **mail):
        self.sender, self.recipient = case.unique("shop"), case.unique(name)
        description = {"from": self.sender, "from_name": SENDER_NAME, "to": self.recipient,
                       "subject": SUBJECT, "charset": "UTF-8", **mail}
        with self.recording() as recorder:
            printed = java_mail.send(self.folder, recorder, **description)
            delivered = self.only_delivered(recorder)
        self.assertIn("250 2.0.0 Ok: queued as " + delivered.identifier, printed)
        self.assertNotRegex(printed, "(?i)exception")
        self.check_headers(delivered.message)
        return delivered.message

    def check_headers(self, message):
        self.assertEqual(message["subject"], SUBJECT)
        self.assertEqual(message["from"], {"name": SENDER_NAME, "address": self.sender})
        self.assertEqual(message["to"], [{"name": None, "address": self.recipient}])

    def send_composite(self, name, filename, **mail):
        picture = case.png()
        message = self.send(name, html=HTML, picture=self.file("test.png", picture),
                            attachment=self.file("orders.txt", ATTACHMENT), attachment_name=filename, **mail)
        self.assertEqual(message["html"], HTML)
        self.assertEqual(len(message["attachments"]), 1, message["attachments"])
        self.assert_attachment(message["attachments"][0], filename, ATTACHMENT)
        self.assert_html_shows(message, picture)
        return message

    def test_plain_text_in_utf_8(self):
        message = self.send("utf8", text=TEXT)
        self.assert_text(message, TEXT)
        self.assertEqual((message["html"], message["attachments"]), (None, []))

    def test_plain_text_in_gbk(self):
        message = self.send("gbk", text=GBK_TEXT, charset="GBK")
        self.assert_text(message, GBK_TEXT)
        self.assertEqual(message["parts"][0]["charset"].lower(), "gbk")

    def test_composite_in_the_tutorials_order(self):
        message = self.send_composite("composite", "orders.txt")
        types = [part["type"] for part in message["parts"]]
        self.assertEqual(types, ["multipart/mixed", "text/plain", "multipart/related", "image/png", "text/html"])
        self.assertEqual(message["parts"][3]["content_id"], "test.png")

    def test_chinese_file_name_as_an_encoded_word(self):
        self.send_composite("encoded-word", "订单明细表.txt", encode_name="yes")

    def test_chinese_file_name_as_rfc_2231(self):
        self.send_composite("rfc2231", "订单明细表.txt")

    def test_chinese_file_name_by_the_system_property(self):
        self.send_composite("property", "订单明细表.txt", system_properties=[
            "mail.mime.encodefilename=true", "mail.mime.encodeparameters=false"])

    def test_mail_sent_from_a_thread(self):
        message = self.send("thread", text=TEXT, thread="mail-sender")
        self.assert_text(message, TEXT)
