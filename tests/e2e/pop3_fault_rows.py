"""The measured matrix of POP3: what JavaMail 1.6.5 and poplib 3.11 say of each fault.

Time-outs are 3 s. The texts are those that were measured, shortened by `*`. Where these clients say another thing of
mailrig than was measured, a comment gives the measured text and the reason.
"""

import functools

from fault_cases import Row, STALL, at as at_stage, close, malform, raw, reply

at = functools.partial(at_stage, protocol="pop3")
REFUSED = "-ERR"
OK = "done: n=1 len=143 OK"  # as many octets as MAIL has


def row(name, rules, javamail, poplib, **settings):
    return Row(name, rules, {"javamail": javamail, "poplib": poplib}, port="pop3", **settings)


def refused_login(name, stage, text, *more):
    return row(name, at(stage, reply(REFUSED, text), *more), f"connect: AuthenticationFailedException: {text}",
               f"login: poplib.error_proto: b'-ERR {text}'")


_HEAD = b"Subject: Order 17\r\n\r\nHello\r\n.\r\n"
# Its fifth line is a dot, which the server has to stuff.
MAIL = _HEAD + b"z" * (143 - len(_HEAD) - 2) + b"\r\n"

ROWS = [
    row("ok", [], OK, "done: OK"),
    row("greet_err", at("greeting", reply(REFUSED, "[SYS/TEMP] too busy"), close()),
        "connect: MessagingException: Connect failed ← IOException: Connect failed",
        "connect: poplib.error_proto: b'-ERR [SYS/TEMP] too busy'"),
    row("greet_fin", at("connect", close()), "connect: AuthenticationFailedException: EOF on socket",
        "connect: poplib.error_proto: -ERR EOF"),
    row("greet_stall", at("greeting", STALL), "connect: AuthenticationFailedException: Read timed out",
        "connect: TimeoutError: timed out"),
    refused_login("user_err", "user", "no such user"),
    refused_login("pass_err", "pass", "Unable to log on"),
    refused_login("pass_auth", "pass", "[AUTH] Authentication failed."),
    refused_login("pass_inuse", "pass", "[IN-USE] Do you have another POP session running?"),
    refused_login("pass_logindelay", "pass", "[LOGIN-DELAY] minimum time between mail checks violation"),
    refused_login("pass_systemp", "pass", "[SYS/TEMP] Temporary failure"),
    refused_login("pass_err_fin", "pass", "bye", close()),
    row("stat_err", at("stat", reply(REFUSED, "maildrop lost")),
        "open: MessagingException: Open failed ← IOException: STAT command failed: maildrop lost",
        "stat: poplib.error_proto: b'-ERR maildrop lost'"),
    # JavaMail sees an empty mailbox and says nothing.
    row("stat_garbage", at("stat", reply("+OK", "lots of mail")), "done: n=0 OK",
        "stat: ValueError: invalid literal for int() with base 10: b'lots'"),
    # Measured with a server that gave the same mail for any number: "done: n=2 len=143 len=143 OK" and "done: OK".
    # mailrig has no second mail to give.
    row("stat_overcount", at("stat", reply("+OK", "2 286")),
        "read: n=2 len=143 MessageRemovedException: can't retrieve message #2 in POP3Message.writeTo",
        "retr: poplib.error_proto: b'-ERR There is no such message; there were 1 when you logged in'"),
    # JavaMail asks for no UIDL.
    row("uidl_unsupported", at("uidl", reply(REFUSED, "unknown command")), OK,
        "uidl: poplib.error_proto: b'-ERR unknown command'", unasked=("javamail",)),
    row("retr_err", at("retr", reply(REFUSED, "no such message")),
        "read: n=1 MessageRemovedException: can't retrieve message #1 in POP3Message.writeTo",
        "retr: poplib.error_proto: b'-ERR no such message'"),
    row("retr_stall", at("retr_body", STALL, after_bytes=0), "read: n=1 SocketTimeoutException: Read timed out",
        "retr: TimeoutError: timed out"),
    row("retr_fin_mid", at("retr_body", close(), after_bytes=60), "read: n=1 EOFException: EOF on socket",
        "retr: poplib.error_proto: -ERR EOF"),
    row("retr_rst_mid", at("retr_body", close("reset"), after_bytes=60),
        "read: n=1 SocketException: Connection reset",
        "retr: ConnectionResetError: [Errno 104] Connection reset by peer"),
    # The mail ends at its own dot, and what follows is taken for the next reply.
    row("retr_unstuffed_dot", at("retr", malform("unstuffed_dot")),
        "close: n=1 len=* MessagingException: Exception deleting messages during close ← "
        "IOException: Unexpected response: zzz*",
        "dele: poplib.error_proto: b'zzz*"),
    row("retr_lf_only", at("retr", malform("lf_only")), "read: n=1 SocketTimeoutException: Read timed out",
        "done: OK"),
    # JavaMail says nothing of deletes that were refused.
    row("dele_err", at("dele", reply(REFUSED, "message locked")), OK,
        "dele: poplib.error_proto: b'-ERR message locked'"),
    row("quit_err", at("quit", reply(REFUSED, "some deleted messages not removed")), OK,
        "quit: poplib.error_proto: b'-ERR some deleted messages not removed'"),
    row("quit_fin", at("quit", close()), OK, "quit: poplib.error_proto: -ERR EOF"),
    row("quit_stall", at("quit", STALL), OK, "quit: TimeoutError: timed out"),
    row("reply_garbage", at("stat", raw("+OK", b"HELLO?\r\n")),
        "open: MessagingException: Open failed ← IOException: Unexpected response: HELLO?",
        "stat: poplib.error_proto: b'HELLO?'"),
]
