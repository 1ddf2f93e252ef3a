"""Sends mails with JavaMail (Debian's libmail-java), for the suites that need them."""

import tools

SOURCE = tools.CLIENTS / "javamail" / "Send.java"


def _class_path():
    return ":".join([
        tools.require_file("/usr/share/java/javax.mail.jar"),
        tools.require_file("/usr/share/java/javax.activation.jar", "/usr/share/java/activation.jar"),
    ])


def _compiled():
    """The folder with the compiled client; compiled anew when the source is newer."""
    classes = tools.artefacts() / "javamail-classes"
    compiled = classes / "Send.class"
    if not compiled.exists() or compiled.stat().st_mtime < SOURCE.stat().st_mtime:
        tools.run([tools.require("javac"), "-encoding", "UTF-8", "-cp", _class_path(), "-d", classes, SOURCE])
    return classes


def _escape(value):
    return str(value).replace("\\", "\\\\").replace("\n", "\\n")


def send(folder, recorder, system_properties=(), **mail):
    """Sends the mail through the recorder; answers all that JavaMail printed, its debug output included."""
    mail = {"host": recorder.host, "port": recorder.port, **mail}
    description = folder / "mail.properties"
    description.write_text("".join(f"{key}={_escape(value)}\n" for key, value in mail.items()), encoding="utf-8")
    class_path = f"{_compiled()}:{_class_path()}"
    return tools.run([tools.require("java"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                      *[f"-D{name}" for name in system_properties], "-cp", class_path, "Send", description])
