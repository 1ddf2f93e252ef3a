"""A person at a terminal: starts a program, types a line, waits for the reply, types the next one."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import time

import smtp_text

PATIENCE = 15.0  # seconds that a reply may take
REPLY_LINE = re.compile(rb"([2-5][0-9]{2})([ -])([^\r\n]*)\r?\n")


class Typist:
    """Context manager; `terminal=True` gives the program a pseudo-terminal, as telnet expects."""

    def __init__(self, command, terminal=False):
        self._command = [str(word) for word in command]
        self._terminal = terminal
        self._unread = b""
        self._said = b""

    def __enter__(self):
        if self._terminal:
            self._reads, slave = pty.openpty()
            self._writes = os.dup(self._reads)
            self._process = subprocess.Popen(self._command, stdin=slave, stdout=slave, stderr=slave,
                                             start_new_session=True)
            os.close(slave)
        else:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             stderr=subprocess.STDOUT)
            self._reads, self._writes = os.dup(self._process.stdout.fileno()), os.dup(self._process.stdin.fileno())
            self._process.stdin.close()
            self._process.stdout.close()
        return self

    def __exit__(self, *_):
        for descriptor in (self._writes, self._reads):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def type(self, *lines, end="\n"):
        for line in lines:
            os.write(self._writes, f"{line}{end}".encode())

    def ask(self, line):
        self.type(line)
        return self.reply()

    def reply(self):
        """The next whole reply of the server; what the program itself says or echoes is passed over."""
        lines = []
        while True:
            match = REPLY_LINE.fullmatch(self._line())
            if not match:
                continue
            lines.append(match[3].decode("utf-8", "replace"))
            if match[2] == b" ":
                return smtp_text.Reply(int(match[1]), lines)

    def interrupt(self):
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(PATIENCE)

    def finish(self):
        """Ends the typing and waits until the program ends by itself."""
        if not self._terminal:
            os.close(self._writes)
            self._writes = -1
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self._told()} does not end after QUIT") from None

    def _line(self):
        deadline = time.monotonic() + PATIENCE
        while b"\n" not in self._unread:
            readable, _, _ = select.select([self._reads], [], [], max(0.0, deadline - time.monotonic()))
            if not readable:
                raise AssertionError(f"{self._told()} got no reply within {PATIENCE:.0f} s")
            self._read()
        line, _, self._unread = self._unread.partition(b"\n")
        return line + b"\n"

    def _read(self):
        try:
            chunk = os.read(self._reads, 65536)
        except OSError:  # EIO: how a pseudo-terminal tells that its program has ended
            chunk = b""
        if not chunk:
            raise AssertionError(f"{self._told()} ended before the reply")
        self._said += chunk
        self._unread += chunk

    def _told(self):
        return f"$ {' '.join(self._command)}\n{self._said.decode('utf-8', 'replace')}\n"
