"""Sends mails with JavaMail (Debian's libmail-java), for the suites that need them."""

import case
import tools

SENDER_NAME = "朱镕喆"  # the second character is in GBK, not in GB2312
SUBJECT = "订单 10086 已发货：请查收附件，谢谢您的光临，欢迎下次再来"
TEXT = "您好，\n\n订单已发货。\n.\n..\n.这一行以点开头\n— mailrig"
GBK_TEXT = "您好，\n\n订单已发货。\n.\n..\n镕喆敬上"
HTML = "<html><body><h1>发货通知</h1><p>见下图</p><img src='cid:test.png'></body></html>"
CHINESE_NAME = "订单明细表.txt"
ATTACHMENT = "第一行\r\n第二行\r\n".encode("gbk")

SOURCES = tools.CLIENTS / "javamail"


def _class_path():
    return ":".join([
        tools.require_file("/usr/share/java/javax.mail.jar"),
        tools.require_file("/usr/share/java/javax.activation.jar", "/usr/share/java/activation.jar"),
    ])


def compiled(name):
    """The class path of a client, SOURCES/name.java, and of what it shares with others; compiled anew when a source is newer."""
    source = SOURCES / f"{name}.java"
    classes = tools.artefacts() / "javamail-classes"
    made = classes / f"{name}.class"
    newest = max(each.stat().st_mtime for each in SOURCES.glob("*.java"))
    if not made.exists() or made.stat().st_mtime < newest:
        tools.run([tools.require("javac"), "-encoding", "UTF-8", "-cp", _class_path(), "-sourcepath", SOURCES, "-d", classes, source])
    return f"{classes}:{_class_path()}"


def _escape(value):
    return str(value).replace("\\", "\\\\").replace("\n", "\\n")


def send(folder, recorder, system_properties=(), **mail):
    """Sends the mail through the recorder; answers all that JavaMail printed, its debug output included."""
    mail = {"host": recorder.host, "port": recorder.port, **mail}
    description = folder / "mail.properties"
    description.write_text("".join(f"{key}={_escape(value)}\n" for key, value in mail.items()), encoding="utf-8")
    class_path = compiled("Send")
    return tools.run([tools.require("java"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                      *[f"-D{name}" for name in system_properties], "-cp", class_path, "Send", description])


class JavaMailCase(case.ServerCase):
    """Sends mails by JavaMail, each checked for what all of them must have."""

    def send(self, name, **mail):
        self.sender, self.recipient = case.unique("shop"), case.unique(name)
        self.subject = f"{SUBJECT}（{name}）"
        description = {"from": self.sender, "from_name": SENDER_NAME, "to": self.recipient,
                       "subject": self.subject, "charset": "UTF-8", **mail}
        with self.recording() as recorder:
            printed = send(self.folder, recorder, **description)
            delivered = self.only_delivered(recorder)
        self.assertIn("250 2.0.0 Ok: queued as " + delivered.identifier, printed)
        self.assertNotRegex(printed, "(?i)exception")
        self.check_headers(delivered.message)
        return delivered.message

    def check_headers(self, message):
        self.assertEqual(message["subject"], self.subject)
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
