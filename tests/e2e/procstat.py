"""What /proc says of a process."""

import pathlib


def resident(pid):
    """Octets of memory that are resident (VmRSS)."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"/proc/{pid}/status names no VmRSS")
