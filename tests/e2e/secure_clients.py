"""Mail clients of ten languages and how each is run for one mail.

A client reads the environment: HOST PORT SENDER RECIPIENT, and WAY, which is one of
  default    no setting on TLS or logins at all: what works out of the box
  plain      logs in with LOGIN and PASSWORD, without a word on TLS
  starttls   STARTTLS is wanted, the server's certificate must come from the CA in the file CA; logs in
  tls        the same with TLS from the first octet
"""

import subprocess
import sys

import java_mail
from server import clean_environment
import tools


def _script(name, runner, file, *arguments):
    return [tools.require(runner), tools.CLIENTS / name / file, *arguments]


def _shell(name):
    return ["/bin/sh", tools.CLIENTS / name / "login.sh", tools.require(name)]


def _nodemailer():
    tools.npm_ci(tools.CLIENTS / "nodemailer")
    return _script("nodemailer", "node", "login.mjs")


def _go():
    program = tools.artefacts() / "gosmtp"
    source = tools.CLIENTS / "gosmtp" / "main.go"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        tools.run([tools.require("go"), "build", "-o", program, source], limit=300)
    return [program]


def _java():
    return [tools.require("java"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
            java_mail.compiled("Login"), "Login"]


# Each answers the command; it may install or compile what the command needs.
COMMANDS = {
    "curl": lambda: _shell("curl"),
    "email_sender": lambda: _script("emailsender", "perl", "login.pl"),
    "go_net_smtp": _go,
    "javamail": _java,
    "msmtp": lambda: _shell("msmtp"),
    "nodemailer": _nodemailer,
    "phpmailer": lambda: _script("phpmailer", "php", "login.php",
                                 tools.require_file("/usr/share/php/libphp-phpmailer/autoload.php")),
    "ruby_mail": lambda: _script("rubymail", "ruby", "login.rb"),
    "smtplib": lambda: [sys.executable, tools.CLIENTS / "smtplib" / "login.py"],
    "swaks": lambda: _shell("swaks"),
    "symfony_mailer": lambda: _script("symfony", "php", "login.php",
                                      tools.require_file("/usr/share/php/Symfony/Component/Mailer/autoload.php")),
}


def run(command, way, port, authority, **mail):
    """Runs a client to its end; `mail` has sender, recipient, login and password."""
    environment = clean_environment(HOST="localhost", PORT=str(port), WAY=way, CA=str(authority),
                                    **{key.upper(): value for key, value in mail.items()})
    return subprocess.run([str(word) for word in command], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
