"""Starts and stops the servers under measurement: mailrig and postfix's smtp-sink.

Every server listens on a port of the kernel's choice on loopback and ends with the `with` block.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
import tempfile
import time
from typing import Callable, Iterator

import procfs

START_LIMIT_S = 60.0  # under valgrind a start takes seconds
STOP_LIMIT_S = 30.0


class BenchError(RuntimeError):
    """Something that makes the figures impossible; the text says what to do."""


@dataclass(frozen=True)
class Server:
    name: str
    pid: int
    smtp_port: int
    http_port: int | None
    ports: dict[str, int] = field(default_factory=dict)  # by the names of the listeners


@dataclass(frozen=True)
class Subject:
    """A server that can be started: its name and how."""

    name: str
    start: Callable[..., Iterator[Server]]


def tool(name: str) -> str:
    """The path of a program that `./dev deps bench` installs."""
    # Debian keeps smtp-sink in sbin, which is not on every user's PATH.
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if found is None:
        raise BenchError(f"{name} is missing: run `./dev deps bench`")
    return found


def mailrig_subject(program: Path) -> Subject:
    if not os.access(program, os.X_OK):
        raise BenchError(f"{program} is missing: run `./dev build`")

    def start(*, wrapper: tuple[str, ...] = (), http: bool = True, options: tuple[str, ...] = ()):
        return _running_mailrig(program, wrapper, http, options)

    return Subject("mailrig", start)


def smtp_sink_subject() -> Subject:
    program = tool("smtp-sink")

    def start(*, wrapper: tuple[str, ...] = (), http: bool = False, options: tuple[str, ...] = ()):
        return _running_smtp_sink(program, wrapper)

    return Subject("smtp-sink", start)


@contextmanager
def _running_mailrig(program, wrapper, http, options) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="mailrig-bench-") as folder:
        ready = Path(folder, "ready.json")
        command = [*wrapper, str(program), "serve", "--smtp", "127.0.0.1:0",
                   "--http", "127.0.0.1:0" if http else "off",
                   "--ready-file", str(ready), "--exit-with-stdin", *options]
        with _process(command, Path(folder, "log")) as process:
            _wait_for(process, ready.exists, "its ready file")
            told = json.loads(ready.read_text())
            ports = {at["protocol"]: at["port"] for at in told["listeners"]}
            yield Server("mailrig", told["pid"], ports["smtp"], ports.get("http"), ports)


@contextmanager
def _running_smtp_sink(program, wrapper) -> Iterator[Server]:
    # Started as root it wants a user; a tool around it must still write to root's folder.
    user = ["-u", "root" if wrapper else "nobody"] if os.geteuid() == 0 else []
    command = [*wrapper, program, *user, "-m", "4000", "127.0.0.1:0", "1000"]
    with tempfile.TemporaryDirectory(prefix="mailrig-bench-") as folder:
        with running(command, Path(folder, "log")) as (pid, port):
            yield Server("smtp-sink", pid, port, None)


@contextmanager
def running(command: list[str], log: Path) -> Iterator[tuple[int, int]]:
    """Runs a server that says nothing of its port: its process, or that of its child, and what it listens on."""
    with _process(command, log) as process:
        found: list[tuple[int, int]] = []

        def listens() -> bool:
            for pid in [process.pid, *procfs.children(process.pid)]:
                port = procfs.listening_port(pid)
                if port is not None:
                    found.append((pid, port))
                    return True
            return False

        _wait_for(process, listens, "its port")
        yield found[0]
        os.kill(found[0][0], signal.SIGTERM)


@contextmanager
def _process(command: list[str], log: Path) -> Iterator[subprocess.Popen]:
    """Runs a command whose standard error goes to a file, as under a service manager."""
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=sink, stderr=sink)
    try:
        yield process
        _stop(process)
    except BenchError as error:
        raise BenchError(f"{error}\n{_tail(log)}") from error
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _stop(process: subprocess.Popen) -> None:
    """A closed standard input ends mailrig; a wrapper ends with the server that it runs."""
    process.stdin.close()
    try:
        process.wait(timeout=STOP_LIMIT_S)
    except subprocess.TimeoutExpired as late:
        raise BenchError(f"{process.args[0]} did not end within {STOP_LIMIT_S:.0f} s") from late


def _wait_for(process: subprocess.Popen, happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        try:
            if happened():
                return
        except procfs.GoneError:
            pass
        if process.poll() is not None:
            raise BenchError(f"{process.args[0]} ended with code {process.returncode} at its start")
        time.sleep(0.01)
    raise BenchError(f"{process.args[0]} did not show {what} within {START_LIMIT_S:.0f} s")


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
