"""Memory that the machine has ready for the next process.

A virtual machine may give free memory back to its host (free page reporting), which then has to find each page anew when
somebody writes to it: several microseconds that the guest counts as the writer's. A server that stores pays
them, one that does not store does not, and whether they fall due depends on how long the memory had lain free.
"""

import mmap
import os
import time

# Several times what a run stores, for it is not the only one to take of it.
OCTETS = 2048 * 1024 * 1024
# Linux reports all that is free two seconds after something was freed: by then nothing waits to be reported.
REPORTED_AFTER_S = 2.2


class ReadyMemory:
    """Holds memory that the machine has; it is free, and there for two seconds, once it was handed over."""

    def __init__(self) -> None:
        free = os.sysconf("SC_AVPHYS_PAGES") * mmap.PAGESIZE
        octets = min(OCTETS, free // 2 // mmap.PAGESIZE * mmap.PAGESIZE)
        self._memory = mmap.mmap(-1, octets, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._memory.madvise(mmap.MADV_HUGEPAGE)
        self._memory[::mmap.PAGESIZE] = bytes(octets // mmap.PAGESIZE)

    def hand_over(self) -> None:
        time.sleep(REPORTED_AFTER_S)
        self._memory.close()


class MemoryAsFound:
    """Leaves the machine's memory as it is."""

    def hand_over(self) -> None:
        pass
