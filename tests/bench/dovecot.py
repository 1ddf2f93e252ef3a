"""Debian's Dovecot as a POP3 server with one mailbox, for comparison: its own configuration, its own folders."""

from contextlib import contextmanager
import os
from pathlib import Path
import pwd
import socket
import subprocess
import tempfile
import time
from typing import Iterator

import procfs
from servers import BenchError, START_LIMIT_S, STOP_LIMIT_S, tool

CONFIGURATION = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(mails: list[bytes]) -> Iterator[tuple[int, int]]:
    """(pid of the master, port) of a Dovecot whose only mailbox holds these mails, as long as the block lasts."""
    program = tool("dovecot")
    if os.geteuid() != 0:
        raise BenchError("Dovecot changes its users, which only root may: run `./dev bench pop3` as root")
    owner = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory(prefix="mailrig-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _fill(folder / "mail", mails, owner)
        port = _free_port()
        settings = folder / "dovecot.conf"
        settings.write_text(CONFIGURATION.format(folder=folder, port=port, uid=owner.pw_uid, gid=owner.pw_gid))
        process = subprocess.Popen([program, "-F", "-c", settings], stdin=subprocess.DEVNULL)
        try:
            _wait_until_it_listens(process, port, folder / "log")
            yield process.pid, port
        finally:
            process.terminate()
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _fill(maildir: Path, mails: list[bytes], owner: pwd.struct_passwd) -> None:
    for name in ("", "cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True, exist_ok=True)
    for number, mail in enumerate(mails, 1):
        # As a delivery agent would store it: line ends are LF on disk.
        (maildir / "cur" / f"{1_700_000_000 + number}.M{number}.bench:2,").write_bytes(mail.replace(b"\r\n", b"\n"))
    for path in (maildir, *maildir.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _wait_until_it_listens(process: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = log.read_text(errors="replace") if log.exists() else ""
            raise BenchError(f"dovecot ended with code {process.returncode} at its start\n{said}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise BenchError(f"dovecot did not listen within {START_LIMIT_S:.0f} s")


def cpu_ns(master: int) -> int:
    """Of the master and all processes that it has now."""
    return sum(procfs.cpu_ns(pid) for pid in (master, *procfs.children(master)))
