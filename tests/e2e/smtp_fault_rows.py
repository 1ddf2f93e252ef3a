"""The measured matrix of SMTP: what JavaMail 1.6.5, smtplib 3.11 and nodemailer say of each fault.

Time-outs are 3 s. The texts are those that were measured, shortened by `*`. Where these clients say another thing of
mailrig than was measured, a comment gives the measured text and the reason.
"""

from fault_cases import Row, STALL, at, close, malform, raw, reply

LARGE = 8 << 20  # more than the kernel's buffers take: the fault is noticed while the client still writes
HALF = {"after_bytes": 65536}
HOLD = {"hold": "300ms"}  # until the client blocks in its write


def row(name, rules, javamail, smtplib, nodemailer, **settings):
    return Row(name, rules, {"javamail": javamail, "smtplib": smtplib, "nodemailer": nodemailer}, **settings)


OK = {"javamail": "done: OK", "smtplib": "done: OK", "nodemailer": "OK 250 *"}
READ_TIMED_OUT = "MessagingException: Exception reading response ← SocketTimeoutException: Read timed out"
RESET_MET_BY_READ = "send: MessagingException: Exception reading response ← SocketException: Connection reset"
SSL_READ_FAILED = "connect: MessagingException: Could not convert socket to TLS ← SSLHandshakeException: "
CUT_WHILE_WRITING = {
    "javamail": "send: MessagingException: IOException while sending message ← SocketException: *",
    "smtplib": "send: SMTPServerDisconnected: Server not connected",
    # Measured: "ESOCKET write ECONNRESET"; nodemailer reads and writes at a time, and either may meet the reset.
    "nodemailer": "ESOCKET * ECONNRESET",
}
ENDED = {
    "javamail": "send: SMTPSendFailedException: [EOF]",
    "smtplib": "send: SMTPServerDisconnected: Connection unexpectedly closed",
    "nodemailer": "ECONNECTION Connection closed unexpectedly",
}
SILENT = {
    "javamail": "send: " + READ_TIMED_OUT,
    "smtplib": "send: SMTPServerDisconnected: Connection unexpectedly closed: timed out",
    "nodemailer": "ETIMEDOUT Timeout",
}


def refused(code, text, javamail=None):
    """What is said when the reply to MAIL is this one."""
    return {"javamail": javamail or f"send: SMTPSendFailedException: {code} {text}",
            "smtplib": f"send: SMTPSenderRefused: ({code}, b'{text}', 'a@163.com')",
            "nodemailer": f"EENVELOPE {code} Mail command failed: {code} {text}"}


def recipient_refused(code, text):
    return {"javamail": f"send: SendFailedException: Invalid Addresses ← SMTPAddressFailedException: {code} {text}",
            "smtplib": f"send: SMTPRecipientsRefused: {{'x@163.com': ({code}, b'{text}')}}",
            "nodemailer": f"EENVELOPE {code} Can't send mail - all recipients were rejected: {code} {text}"}


def data_refused(code, text):
    return {"javamail": f"send: SMTPSendFailedException: {code} {text}",
            "smtplib": f"send: SMTPDataError: ({code}, b'{text}')",
            "nodemailer": f"EENVELOPE {code} Data command failed: {code} {text}"}


def mail_refused(code, text):
    """What is said when this is the reply to the mail itself."""
    return {**data_refused(code, text), "nodemailer": f"EMESSAGE {code} Message failed: {code} {text}"}


def login_refused(code, text):
    return {"javamail": f"connect: AuthenticationFailedException: {code} {text}",
            "smtplib": f"login: SMTPAuthenticationError: ({code}, b'{text}')",
            "nodemailer": f"EAUTH {code} Invalid login: {code} {text}"}


def certificate(name):
    return at("tls_handshake", {"certificate": {"name": name}})


UPGRADES = {"port": "submission", "security": "starttls"}
LOGS_IN = {"login": "login"}

BEFORE_MAIL = [
    row("ok", [], **OK),
    row("fin_before_banner", at("connect", close()),
        "connect: MessagingException: Got bad greeting from SMTP host: localhost, port: P, response: [EOF]",
        "connect: SMTPServerDisconnected: Connection unexpectedly closed",
        # Measured with nodemailer 10: "ECONNECTION Connection closed unexpectedly".
        "Unexpected socket close"),
    # The hold lets each client see its connection first.
    row("rst_before_banner", at("connect", close("reset", hold="100ms")),
        "connect: MessagingException: Exception reading response ← SocketException: Connection reset",
        "connect: SMTPServerDisconnected: Connection unexpectedly closed: [Errno 104] Connection reset by peer",
        # Measured: "ESOCKET connect ECONNRESET 127.0.0.1:P", where the reset came before Node had seen the connection.
        "ESOCKET read ECONNRESET"),
    row("stall_banner", at("banner", STALL), "connect: " + READ_TIMED_OUT,
        "connect: SMTPServerDisconnected: Connection unexpectedly closed: timed out",
        "ETIMEDOUT Greeting never received"),
    row("banner_421_fin", at("banner", reply(421, "Too many connections", enhanced="4.7.0"), close()),
        "connect: MessagingException: Got bad greeting from SMTP host: localhost, port: P, "
        "response: 421 4.7.0 Too many connections",
        "connect: SMTPConnectError: (421, b'4.7.0 Too many connections')",
        "EPROTOCOL 421 Invalid greeting. response=421 4.7.0 Too many connections: 421 4.7.0 Too many connections"),
    row("banner_554_wait_quit", at("banner", reply(554, "IP in blacklist")),
        "connect: MessagingException: Got bad greeting from SMTP host: localhost, port: P, "
        "response: 554 IP in blacklist",
        "connect: SMTPConnectError: (554, b'IP in blacklist')",
        "EPROTOCOL 554 Invalid greeting. response=554 IP in blacklist: 554 IP in blacklist"),
    row("banner_garbage_http", at("banner", malform("http_400")),
        "connect: MessagingException: Got bad greeting from SMTP host: localhost, port: P, "
        "response: HTTP/1.1 400 Bad Request",
        "connect: SMTPConnectError: (-1, b'/1.1 400 Bad Request')",
        "EPROTOCOL Invalid greeting. response=HTTP/1.1 400 Bad Request: HTTP/1.1 400 Bad Request"),
    # Each read gets something in time; only nodemailer bounds the whole.
    row("banner_drip_slower_than_timeout",
        at("banner", reply(220, "mailrig is slow"), {"drip": {"bytes": 4, "gap": "800ms"}}),
        "done: OK", "done: OK", "ETIMEDOUT Greeting never received"),
    row("ehlo_502_then_helo", at("ehlo", reply(502, "Command not implemented", enhanced="5.5.1")), **OK),
    # JavaMail and smtplib go on with HELO and meet the end.
    row("ehlo_421_fin", at("ehlo", reply(421, "service not available"), close()),
        "connect: MessagingException: [EOF]", "send: SMTPServerDisconnected: Connection unexpectedly closed",
        "ECONNECTION 421 Server terminates connection. response=421 service not available: 421 service not available"),
    row("ehlo_fin", at("ehlo", close()), "connect: MessagingException: [EOF]",
        "send: SMTPServerDisconnected: Connection unexpectedly closed",
        "ECONNECTION Connection closed unexpectedly"),
]

ENVELOPE = [
    row("mail_530", at("mail", reply(530, "Authentication required")), **refused(530, "Authentication required")),
    row("mail_553_null", at("mail", reply(553, "Mail from must equal authorized user")),
        **refused(553, "Mail from must equal authorized user",
                  "send: SMTPSendFailedException: 553 Mail from must equal authorized user ← "
                  "SMTPSenderFailedException: 553 Mail from must equal authorized user")),
    row("mail_421_fin_drain", at("mail", reply(421, "slow down", enhanced="4.7.0"), close()),
        **refused(421, "4.7.0 slow down")),
    row("mail_421_close_now", at("mail", reply(421, "slow down", enhanced="4.7.0"), close("abrupt")),
        **refused(421, "4.7.0 slow down")),
    # JavaMail's RSET behind the refusal fails, and this masks the 421. Measured: "Can't send command"; where RSET
    # was sent before the reset came, the reading of its reply fails instead.
    row("mail_421_rst", at("mail", reply(421, "slow down", enhanced="4.7.0"), close("reset")),
        **refused(421, "4.7.0 slow down",
                  ("send: MessagingException: Can't send command to SMTP host ← SocketException: *",
                   RESET_MET_BY_READ))),
    row("mail_fin", at("mail", close()), **ENDED),
    row("rcpt_554_relay", at("rcpt", reply(554, "<{rcpt}>: Relay access denied", enhanced="5.7.1")),
        **recipient_refused(554, "5.7.1 <x@163.com>: Relay access denied")),
    row("rcpt_450", at("rcpt", reply(450, "too quickly", enhanced="4.2.1")),
        **recipient_refused(450, "4.2.1 too quickly")),
    row("rcpt_421_fin", at("rcpt", reply(421, "bye", enhanced="4.3.2"), close()),
        **recipient_refused(421, "4.3.2 bye")),
    row("data_421_fin", at("data", reply(421, "HL:ICC .For more information", enhanced="4.4.5"), close()),
        **data_refused(421, "4.4.5 HL:ICC .For more information")),
    row("data_451_keep", at("data", reply(451, "later", enhanced="4.3.0")), **data_refused(451, "4.3.0 later")),
    row("354_stall_before_reply", at("data", STALL), **SILENT),
]

BODY = [
    row("rst_after_64k", at("data_body", close("reset", **HOLD), **HALF), **CUT_WHILE_WRITING, size=LARGE),
    row("close_unread_after_64k", at("data_body", close("abrupt", **HOLD), **HALF), **CUT_WHILE_WRITING, size=LARGE),
    row("fin_drain_after_64k", at("data_body", close(linger="30s"), **HALF), **ENDED, size=LARGE),
    row("552_mid_data_close", at("data_body", reply(552, "exceeded mailsize limit"), close("abrupt"), **HALF),
        # Measured: "ESOCKET write ECONNRESET"; nodemailer believes a 552 that it gets to read before the reset.
        **{**CUT_WHILE_WRITING,
           "nodemailer": (CUT_WHILE_WRITING["nodemailer"], "EMESSAGE 552 Message failed: 552 exceeded mailsize limit")},
        size=LARGE),
    row("552_mid_data_drain", at("data_body", reply(552, "exceeded mailsize limit"), close(linger="30s"), **HALF),
        **mail_refused(552, "exceeded mailsize limit"), size=LARGE),
    row("stop_reading_after_64k", at("data_body", {"stop_reading": {"max": "60s"}}, **HALF),
        "send: MessagingException: IOException while sending message ← SocketException: Socket closed",
        "send: SMTPServerDisconnected: Server not connected", "ETIMEDOUT Timeout", size=LARGE),
    row("fin_after_354", at("data_body", close()), **ENDED),
]

END_OF_DATA = [
    row("552_at_dot", at("end_of_data", reply(552, "Requested mail action aborted: exceeded mailsize limit")),
        **mail_refused(552, "Requested mail action aborted: exceeded mailsize limit")),
    row("stall_after_dot", at("end_of_data", STALL), **SILENT),
    row("fin_after_dot", at("end_of_data", close()), **ENDED),
    row("rst_after_dot", at("end_of_data", close("reset")),
        "send: MessagingException: Exception reading response ← SocketException: Connection reset",
        "send: SMTPServerDisconnected: Connection unexpectedly closed: [Errno 104] Connection reset by peer",
        "ESOCKET read ECONNRESET"),
    row("554_after_dot",
        at("end_of_data", reply(554, "DT:SPM 163 smtp12,{queueid} {epoch},please see http://mail.163.com/help")),
        **mail_refused(554, "DT:SPM 163 smtp12,* *,please see http://mail.163.com/help")),
    row("partial_250_fin", at("end_of_data", {"partial": {"bytes": 2}}, close()),
        "send: SMTPSendFailedException: 25", "send: SMTPDataError: (25, b'')",
        # Measured with nodemailer 10, which leaves out the beginning of a reply:
        # "ECONNECTION Connection closed unexpectedly".
        "ECONNECTION 25 Connection closed unexpectedly: 25"),
    row("multi_unterminated_fin",
        at("end_of_data", {"reply": {"code": 250, "lines": ["OK", "still"]}}, malform("unterminated_multiline"),
           close()),
        "send: SMTPSendFailedException: 250-OK 250-still",
        "send: SMTPServerDisconnected: Connection unexpectedly closed",
        "ECONNECTION Connection closed unexpectedly"),
    # Two of three take for a success what is none.
    row("multi_code_mismatch", at("end_of_data", raw(250, b"250-OK\r\n451 no\r\n")),
        "done: OK", "send: SMTPDataError: (451, b'OK\\nno')", "OK 250-OK / 451 no"),
    row("reply_no_text", at("end_of_data", malform("code_only")), "done: OK", "done: OK", "OK 250"),
    row("reply_nonnumeric", at("end_of_data", raw(250, b"OK fine\r\n")),
        "send: SMTPSendFailedException: OK fine", "send: SMTPDataError: (-1, b'ine')",
        "EMESSAGE Message failed: OK fine"),
    row("reply_1xx", at("end_of_data", reply(199, "what")), **mail_refused(199, "what")),
    row("reply_650", at("end_of_data", reply(650, "what")), **mail_refused(650, "what")),
    row("reply_long_4k", at("end_of_data", reply(250, "x"), malform("long_line", n=4096)),
        "done: OK", "done: OK", "OK 250 " + "x" * 4096),
    row("reply_lf_only", at("end_of_data", reply(250, "OK"), malform("lf_only")), "done: OK", "done: OK", "OK 250 OK"),
    # JavaMail and nodemailer read each octet as a Latin-1 character; smtplib answers the octets.
    row("reply_8bit_gbk", at("end_of_data", reply(550, "no"), malform("eight_bit", charset="gbk")),
        "send: SMTPSendFailedException: 550 ÓÊ¼þ±»¾Ü",
        "send: SMTPDataError: (550, b'\\xd3\\xca\\xbc\\xfe\\xb1\\xbb\\xbe\\xdc')",
        "EMESSAGE 550 Message failed: 550 ÓÊ¼þ±»¾Ü"),
    # One reply too many behind RCPT: from there on each command gets the reply to the one before it.
    row("extra_unsolicited_reply", at("rcpt", {"extra": {"text": "250 OK", "place": "after"}}),
        "send: SMTPSendFailedException: 250 OK", "send: SMTPDataError: (250, b'OK')",
        "EMESSAGE 354 Message failed: 354 *"),
    # nodemailer sends no QUIT.
    row("quit_no_reply_fin", at("quit", close()), "done: OK",
        "quit: SMTPServerDisconnected: Connection unexpectedly closed", "OK 250 *", unasked=("nodemailer",)),
    row("quit_stall", at("quit", STALL), "close: " + READ_TIMED_OUT,
        "quit: SMTPServerDisconnected: Connection unexpectedly closed: timed out", "OK 250 *", unasked=("nodemailer",)),
]

LOGIN = [
    row("auth_535", at("auth.result", reply(535, "Error: authentication failed")),
        **login_refused(535, "Error: authentication failed"), **LOGS_IN),
    row("auth_550_noperm", at("auth.result", reply(550, "User has no permission")),
        **login_refused(550, "User has no permission"), **LOGS_IN),
    row("auth_454", at("auth.result", reply(454, "Temporary authentication failure", enhanced="4.7.0")),
        **login_refused(454, "4.7.0 Temporary authentication failure"), **LOGS_IN),
    # smtplib tries the next mechanism and meets the end.
    row("auth_421_fin", at("auth.result", reply(421, "try later", enhanced="4.7.0"), close()),
        **{**login_refused(421, "4.7.0 try later"),
           "smtplib": "login: SMTPServerDisconnected: Connection unexpectedly closed"}, **LOGS_IN),
    row("auth_stall", at("auth.start", STALL), "connect: AuthenticationFailedException: ← " + READ_TIMED_OUT,
        "login: SMTPServerDisconnected: Connection unexpectedly closed: timed out", "ETIMEDOUT Timeout", **LOGS_IN),
    row("auth_fin", at("auth.start", close()), "connect: AuthenticationFailedException: [EOF]",
        "login: SMTPServerDisconnected: Connection unexpectedly closed",
        "ECONNECTION Connection closed unexpectedly", **LOGS_IN),
    row("auth_mech_unknown", at("ehlo", {"ehlo": {"change": {"AUTH": "AUTH GSSAPI"}}}),
        "connect: AuthenticationFailedException: No authentication mechanisms supported by both server and client",
        "login: SMTPException: No suitable authentication method found.", "OK 250 *", **LOGS_IN),
]

UNTRUSTED = "starttls: ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "

TLS = [
    row("starttls_good", [], **OK, **UPGRADES),
    row("starttls_expired", certificate("expired"),
        SSL_READ_FAILED + "PKIX path validation failed: *CertPathValidatorException: validity check failed ← "
        "*CertificateExpiredException: NotAfter: *",
        UNTRUSTED + "certificate has expired*", "ESOCKET certificate has expired", **UPGRADES),
    row("starttls_notyet", certificate("not_yet_valid"),
        SSL_READ_FAILED + "PKIX path validation failed: *CertPathValidatorException: validity check failed ← "
        "*CertificateNotYetValidException: NotBefore: *",
        UNTRUSTED + "certificate is not yet valid*", "ESOCKET certificate is not yet valid", **UPGRADES),
    row("starttls_wronghost", certificate("wrong_host"),
        "connect: MessagingException: Could not convert socket to TLS ← IOException: "
        "Can't verify identity of server: localhost",
        UNTRUSTED + "Hostname mismatch, c*",
        "ESOCKET Hostname/IP does not match certificate's altnames: Host: localhost. is not in the cert's altnames: "
        "DNS:*", **UPGRADES),
    row("starttls_selfsigned", certificate("self_signed"),
        SSL_READ_FAILED + "PKIX path building failed: *unable to find valid certification path to requested target*",
        UNTRUSTED + "self-signed certific*", "ESOCKET self-signed certificate", **UPGRADES),
    row("starttls_weak1024", certificate("weak_rsa1024"), "done: OK", UNTRUSTED + "EE certificate key too weak*",
        "OK 250 *", **UPGRADES),
    row("starttls_454", at("starttls", reply(454, "TLS not available", enhanced="4.7.0")),
        "connect: MessagingException: 454 4.7.0 TLS not available",
        "starttls: SMTPResponseException: (454, b'4.7.0 TLS not available')",
        "ETLS 454 Error upgrading connection with STARTTLS: 454 4.7.0 TLS not available", **UPGRADES),
    # Measured are the first texts of each, of nodemailer "ESOCKET Client network socket disconnected before secure TLS
    # connection was established". It depends on whether the garbage is read together with the 220: then JavaMail and
    # smtplib throw it away and nodemailer takes it for one more reply, else all three take it for a handshake.
    row("starttls_220_garbage", at("starttls", {"tls": {"after_220": "garbage"}}),
        (SSL_READ_FAILED + "Remote host terminated the handshake ← EOFException: SSL peer shut down incorrectly",
         "connect: MessagingException: Could not convert socket to TLS ← SSLException: Unsupported or unrecognized "
         "SSL message"),
        ("starttls: ssl.SSLEOFError: [SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol*",
         "starttls: ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number*"),
        ("EPROTOCOL Unexpected Response: *", "ESOCKET *wrong version number*"), **UPGRADES),
    row("starttls_220_fin", at("starttls", {"tls": {"after_220": "fin"}}),
        SSL_READ_FAILED + "Remote host terminated the handshake ← EOFException: SSL peer shut down incorrectly",
        "starttls: ssl.SSLEOFError: [SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol*",
        "ESOCKET Client network socket disconnected before secure TLS connection was established", **UPGRADES),
    row("starttls_220_stall", at("starttls", {"tls": {"after_220": "stall"}}),
        # Measured with nodemailer 10, which bounds the handshake apart: "ETIMEDOUT TLS handshake timed out".
        "connect: MessagingException: Could not convert socket to TLS ← SocketTimeoutException: Read timed out",
        "starttls: TimeoutError: *The handshake operation timed out", "ETIMEDOUT Timeout",
        **UPGRADES),
    row("starttls_absent", [],
        "connect: MessagingException: STARTTLS is required but host does not support STARTTLS",
        "starttls: SMTPNotSupportedError: STARTTLS extension not supported by server.",
        "ETLS *", security="starttls"),
    row("ssl_client_plain_server", [],
        "connect: MessagingException: Could not connect to SMTP host: localhost, port: P ← "
        "SSLException: Unsupported or unrecognized SSL message",
        "connect: ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number*",
        "ESOCKET *wrong version number*", security="tls"),
    row("plain_client_ssl_server", [], "connect: " + READ_TIMED_OUT,
        "connect: SMTPServerDisconnected: Connection unexpectedly closed: timed out",
        "ETIMEDOUT Greeting never received", port="smtps"),
]

REACHED_NOBODY = "connect: MailConnectException: Couldn't connect to host, port: localhost, P; timeout 3000 ← "

CONNECTING = [
    row("refused", at("listen", {"listener": {"mode": "refuse"}}),
        REACHED_NOBODY + "ConnectException: Connection refused*",
        "connect: ConnectionRefusedError: [Errno 111] Connection refused",
        "ESOCKET connect ECONNREFUSED 127.0.0.1:P"),
    row("connect_timeout", at("listen", {"listener": {"mode": "backlog_full"}}),
        REACHED_NOBODY + "SocketTimeoutException: Connect timed out", "connect: TimeoutError: timed out",
        "ETIMEDOUT Connection timeout"),
]

ROWS = [*CONNECTING, *BEFORE_MAIL, *ENVELOPE, *BODY, *END_OF_DATA, *LOGIN, *TLS]
