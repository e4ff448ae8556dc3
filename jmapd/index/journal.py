"""The append-only change log of one account: one line is one transaction, `crc32 TAB first modseq TAB json LF`.

Readers take no lock: they stop at the last LF. Writers hold the account's lock and cut a torn last line off.
"""

import errno
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from jmapd.files.atomic import reserve
from jmapd.index import IndexDamaged
from jmapd.index.synced import Synced, journal_key

RESERVE = 1 << 20  # kept allocated ahead, so that flag changes and destroys work on a full disk
RESERVE_STEP = 1 << 18

Change = list[Any]  # [type, "c" | "u" | "d", id, record]


def encode_json(value: Any) -> bytes:
    """JSON; file names that are not UTF-8 carry lone surrogates, which orjson refuses."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def decode_json(data: bytes | memoryview) -> Any:
    """What encode_json() wrote. Raises ValueError."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(bytes(data))


def encode_line(first: int, changes: list[Change]) -> bytes:
    body = b"%d\t%b" % (first, encode_json(changes))
    return b"%08x\t%b\n" % (zlib.crc32(body), body)


def decode_line(line: bytes) -> tuple[int, list[Change]] | None:
    """(first modseq, changes) of a line without its LF, or None when it is damaged."""
    if line[8:9] != b"\t":
        return None
    try:
        if int(line[:8], 16) != zlib.crc32(memoryview(line)[9:]):
            return None
        first, _, body = line[9:].partition(b"\t")
        changes = decode_json(body)
        return (int(first), changes) if isinstance(changes, list) else None
    except ValueError:
        return None


class Journal:
    """One journal file, and how far it has been read."""

    def __init__(self, path: Path, epoch: str, synced: Synced) -> None:
        """Raises FileNotFoundError."""
        self.path = path
        self._synced, self._key = synced, journal_key(epoch, path.name)
        try:
            self.fd, self.is_read_only = os.open(path, os.O_RDWR | os.O_APPEND), False
        except (PermissionError, OSError) as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            self.fd, self.is_read_only = os.open(path, os.O_RDONLY), True
        self.end = 0  # the position after the last good line read
        self.lines = 0
        self.unsynced = False
        self._reserved = 0

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def size(self) -> int:
        return os.fstat(self.fd).st_size

    def read(self) -> Iterator[tuple[int, list[Change]]]:
        """The transactions that are new, one by one. Raises IndexDamaged at a damaged line that ends with LF."""
        size = self.size()
        if size < self.end:
            raise IndexDamaged(f"{self.path}: shorter than what was read")
        for line in self._pread(self.end, size - self.end).split(b"\n")[:-1]:
            transaction = decode_line(line)
            if transaction is None:
                raise IndexDamaged(f"{self.path}: damaged line at {self.end}")
            self.end += len(line) + 1
            self.lines += 1
            self.unsynced = True
            yield transaction

    def tail(self, start: int) -> bytes:
        """The good lines from a position on."""
        return self._pread(start, self.end - start)

    def _pread(self, offset: int, length: int) -> bytes:
        pieces = []
        while length > 0:
            piece = os.pread(self.fd, length, offset)
            if not piece:
                break
            pieces.append(piece)
            offset += len(piece)
            length -= len(piece)
        return b"".join(pieces)

    def cut(self) -> bool:
        """Removes what follows the last good line: a writer was killed in the middle. Only under the lock."""
        if self.size() <= self.end or self.is_read_only:
            return False
        os.ftruncate(self.fd, self.end)
        self._reserved = 0
        return True

    def append(self, first: int, changes: list[Change]) -> None:
        """Writes one line. Only under the lock, after read() and cut(). Raises OSError and leaves nothing."""
        if self.is_read_only:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.path))
        line = encode_line(first, changes)
        try:
            written = os.write(self.fd, line)
            if written != len(line):  # a full disk shows as a short write first
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        except OSError:
            self.cut()
            self._reserve()  # the cut gave it back
            raise
        self.end += len(line)
        self.lines += 1
        self.unsynced = True
        if self.end + RESERVE > self._reserved:
            self._reserve()

    def _reserve(self) -> None:
        """As far as the file system can."""
        self._reserved = self.end + RESERVE + RESERVE_STEP
        length = RESERVE + RESERVE_STEP
        while length >= RESERVE_STEP and not reserve(self.fd, self.end, length):
            length -= RESERVE_STEP

    def sync(self) -> None:
        """Makes durable what was read or appended: no state is answered before it is on the disk."""
        if self.unsynced:
            if not self._synced.has(self._key, self.end):
                os.fdatasync(self.fd)
                self._synced.set(self._key, self.end)
            self.unsynced = False


def create(path: Path, content: bytes = b"") -> None:
    """Makes a journal file that is durable but for its name."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(fd, view) :]
        os.fsync(fd)
    finally:
        os.close(fd)
