"""Starts the mailrig program for a test and ends it with the test."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

START_LIMIT = 20.0  # seconds; a start takes well under one
STOP_LIMIT = 10.0


class ServerFailed(Exception):
    """The program did not start, or did not end as it should."""


def clean_environment(**extra):
    """This process's environment without what would configure the server by accident."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAILRIG_")}
    environment.update(extra)
    return environment


class Server:
    """One running `mailrig serve`; a context manager.

    Its log goes to `log_path`, its standard input is a pipe held by this process, so that it ends with
    the tests even when they are killed.
    """

    def __init__(self, binary, *arguments, log_path=None, environment=None, defaults=True,
                 subcommand="serve"):
        self._directory = tempfile.TemporaryDirectory(prefix="mailrig-e2e-")
        self.directory = pathlib.Path(self._directory.name)
        self.ready_file = self.directory / "ready.json"
        self.log_path = pathlib.Path(log_path) if log_path else self.directory / "log"
        self.command = [str(binary), *([subcommand] if subcommand else []),
                        "--ready-file", str(self.ready_file), "--exit-with-stdin"]
        if defaults:
            self.command += ["--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0"]
        self.command += arguments
        self._environment = environment if environment is not None else clean_environment()
        self.ready = None
        self.process = None

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=self._environment)
        try:
            self.ready = self._wait_until_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_):
        self.kill()

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                return json.loads(self.ready_file.read_text(encoding="utf-8"))
            if self.process.poll() is not None:
                raise ServerFailed(f"{self._said()}\nended with {self.process.returncode} before it was ready")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)
        raise ServerFailed(f"{self._said()}\nwrote no ready file within {START_LIMIT:.0f} s")

    def _said(self):
        return f"$ {' '.join(self.command)}\n{self.log()}"

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def listeners(self, protocol):
        """[(address, port)] of a protocol, from the ready file."""
        found = [(entry["address"], entry["port"]) for entry in self.ready["listeners"]
                 if entry["protocol"] == protocol]
        if not found:
            raise ServerFailed(f"no {protocol} listener in {self.ready}")
        return found

    @property
    def smtp(self):
        return self.listeners("smtp")[0]

    @property
    def url(self):
        address, port = self.listeners("http")[0]
        return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"

    def close_stdin(self):
        """Ends the server as the end of a test run does; answers its exit code."""
        self.process.stdin.close()
        return self.wait()

    def stop(self, signal_number=signal.SIGTERM):
        """Answers (exit code, seconds that the stop took)."""
        started = time.monotonic()
        self.process.send_signal(signal_number)
        return self.wait(), time.monotonic() - started

    def wait(self, limit=STOP_LIMIT):
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise ServerFailed(f"{self._said()}\nstill runs {limit:.0f} s after it was told to end") from None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self._directory.cleanup()
