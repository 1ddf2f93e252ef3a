"""JavaMail: Chinese plain-text mails, the tutorials' composite mail, a mail from a thread."""

import java_mail
from java_mail import CHINESE_NAME, GBK_TEXT, TEXT


class JavaMail(java_mail.JavaMailCase):
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
        self.send_composite("encoded-word", CHINESE_NAME, encode_name="yes")

    def test_chinese_file_name_as_rfc_2231(self):
        self.send_composite("rfc2231", CHINESE_NAME)

    def test_chinese_file_name_by_the_system_property(self):
        self.send_composite("property", CHINESE_NAME, system_properties=[
            "mail.mime.encodefilename=true", "mail.mime.encodeparameters=false"])

    def test_mail_sent_from_a_thread(self):
        message = self.send("thread", text=TEXT, thread="mail-sender")
        self.assert_text(message, TEXT)
