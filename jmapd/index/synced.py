"""How far the journal is known to be on the disk, told to the other processes through shared memory.

A reader that took in lines of another process must not answer before they are durable; most times they are already.
"""

import contextlib
import mmap
import os
import zlib
from pathlib import Path

POSITION_BITS = 36  # a journal shorter than 64 GiB


class Synced:
    """One aligned 64-bit number in a mapped file: which journal, and a position in it that is durable."""

    def __init__(self, path: Path) -> None:
        self._view = memoryview(bytearray(8)).cast("Q")  # where it cannot be shared, nobody else is told
        with contextlib.suppress(OSError):
            fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if os.fstat(fd).st_size < 8:
                    os.pwrite(fd, bytes(8), 0)  # not a hole: on a full disk storing into that would kill us
                self._view = memoryview(mmap.mmap(fd, 8)).cast("Q")
            finally:
                os.close(fd)

    def has(self, key: int, position: int) -> bool:
        """Whether the journal of this key is durable up to `position`."""
        known = self._view[0]
        return known >> POSITION_BITS == key and known & ((1 << POSITION_BITS) - 1) >= position

    def set(self, key: int, position: int) -> None:
        """After an fdatasync. A smaller position that wins a race only makes another process sync once more."""
        self._view[0] = key << POSITION_BITS | position


def journal_key(epoch: str, name: str) -> int:
    """Of an epoch, for journals of a renewed index have the old names again."""
    return zlib.crc32(f"{epoch} {name}".encode()) >> (POSITION_BITS - 32)
