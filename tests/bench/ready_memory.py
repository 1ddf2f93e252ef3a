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
# What had become free meanwhile, and would be taken first.
LEFT_OVER = 256 * 1024 * 1024
# Linux reports all that is free two seconds after something was freed: by then nothing waits to be reported.
REPORTED_AFTER_S = 2.2


class ReadyMemory:
    """Holds memory that the machine has; it is free, and there for two seconds, once it was handed over."""

    def __init__(self) -> None:
        free = os.sysconf("SC_AVPHYS_PAGES") * mmap.PAGESIZE
        self._memory = _written(min(OCTETS, free // 2))
        self._left_over: mmap.mmap | None = None  # held as long as this object

    def hand_over(self) -> None:
        time.sleep(REPORTED_AFTER_S)
        self._left_over = _written(LEFT_OVER)
        self._memory.close()


class MemoryAsFound:
    """Leaves the machine's memory as it is."""

    def hand_over(self) -> None:
        pass


def _written(octets: int) -> mmap.mmap:
    pages = octets // mmap.PAGESIZE
    memory = mmap.mmap(-1, pages * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_HUGEPAGE)
    memory[::mmap.PAGESIZE] = bytes(pages)
    return memory
