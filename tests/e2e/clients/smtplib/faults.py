"""What smtplib says of a list of faulty servers, several at a time; see ../../fault_cases.py for the lines that it
reads and prints. Arguments: the CA's certificate, the timeout in milliseconds, threads."""

import concurrent.futures
import smtplib
import ssl
import sys

SENDER, RECIPIENT = "a@163.com", "x@163.com"
authority, timeout, threads = sys.argv[1], int(sys.argv[2]) / 1000, int(sys.argv[3])


def context():
    return ssl.create_default_context(cafile=authority)


def connect(port, security):
    if security == "tls":
        return smtplib.SMTP_SSL("localhost", port, timeout=timeout, context=context())
    return smtplib.SMTP("localhost", port, timeout=timeout)


def send(port, security, login, size):
    """Connects, sends one mail and quits; answers at which of these it failed, and how."""
    stage = "connect"
    try:
        client = connect(port, security)
        if security == "starttls":
            stage = "starttls"
            client.starttls(context=context())
        if login == "login":
            stage = "login"
            client.login("a", "b")
        stage = "send"
        content = "Subject: Order 17\r\n\r\n" + ("x" * 62 + "\r\n") * (size // 64)
        client.sendmail(SENDER, [RECIPIENT], content)
        stage = "quit"
        client.quit()
        return "done: OK"
    except (OSError, smtplib.SMTPException) as failure:
        family = type(failure)
        module = "ssl." if family.__module__ == "ssl" else ""
        return f"{stage}: {module}{family.__name__}: {failure}".replace(str(port), "P")


def case(line):
    name, port, security, login, size = line.rstrip("\n").split("\t")
    return name, " ".join(send(int(port), security, login, int(size)).split())


with concurrent.futures.ThreadPoolExecutor(threads) as pool:
    for each, said in pool.map(case, sys.stdin.readlines()):
        print(each, said, sep="\t")
