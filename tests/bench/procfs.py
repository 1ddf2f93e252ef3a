"""What the kernel tells about a running process: processor time and memory, read from /proc."""

from dataclasses import dataclass
from pathlib import Path
import time


class GoneError(RuntimeError):
    """The process ended while it was looked at."""


@dataclass(frozen=True)
class Memory:
    """Octets. `anonymous` is RssAnon (heap, stacks), `resident` is VmRSS (with mapped files)."""

    anonymous: int
    resident: int


def cpu_ns(pid: int) -> int:
    """Time on a processor of all live threads, user and system, in nanoseconds.

    /proc/PID/stat counts in ticks of 10 ms; the scheduler's own sum is exact for a sleeping task.
    """
    total = 0
    for task in _tasks(pid):
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def cpu_ns_once_quiet(pid: int, quiet_s: float = 0.2, at_most_s: float = 10.0) -> int:
    """As cpu_ns, after work that the server put off until the load had ended.

    Quiet is less than 1 % of a processor, so that a timer's tick does not count as work.
    """
    deadline = time.monotonic() + at_most_s
    before = cpu_ns(pid)
    while time.monotonic() < deadline:
        time.sleep(quiet_s)
        now = cpu_ns(pid)
        if now - before < quiet_s * 1e9 / 100:
            return now
        before = now
    return before


def memory(pid: int) -> Memory:
    figures = {}
    for line in _read(Path(f"/proc/{pid}/status")).splitlines():
        key, _, value = line.partition(":")
        if key in ("RssAnon", "VmRSS"):
            figures[key] = int(value.split()[0]) * 1024
    return Memory(anonymous=figures["RssAnon"], resident=figures["VmRSS"])


def children(pid: int) -> list[int]:
    found = []
    for task in _tasks(pid):
        found += [int(child) for child in _read(task / "children").split()]
    return found


def listening_port(pid: int) -> int | None:
    """The port of the first TCP socket over IPv4 on which this process listens, if any yet."""
    inodes = set()
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            link = str(descriptor.readlink())
            if link.startswith("socket:["):
                inodes.add(link[len("socket:["):-1])
    except FileNotFoundError as gone:
        raise GoneError(f"process {pid} has ended") from gone
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[9] in inodes:
            return int(fields[1].split(":")[1], 16)
    return None


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except FileNotFoundError as gone:
        raise GoneError(f"process {pid} has ended") from gone


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError) as gone:
        raise GoneError(f"{path} is gone: the process has ended") from gone
