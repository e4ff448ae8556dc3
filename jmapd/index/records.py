"""The file of what never changes in an Email object: a line each, `crc TAB blobId TAB keys TAB json LF`.

Appended at compaction; a snapshot says up to where it counts and where each line lies.
"""

import os
import zlib
from pathlib import Path
from typing import Any

from jmapd.index import IndexDamaged
from jmapd.index.journal import decode_json, encode_json


def encode_record(blob_id: str, keys: list[int], record: dict[str, Any]) -> tuple[bytes, int]:
    """(the line, the length of what stands before its JSON)."""
    head = b"%b\t%b\t" % (blob_id.encode("ascii"), b",".join(b"%x" % key for key in keys))
    body = head + encode_json(record)
    return b"%08x\t%b\n" % (zlib.crc32(body), body), 9 + len(head)


def decode_head(head: bytes) -> tuple[str, list[int]]:
    """(blobId, thread keys)."""
    _, blob_id, keys, _ = head.split(b"\t")
    return blob_id.decode("ascii"), [int(key, 16) for key in keys.split(b",")] if keys else []


class Records:
    """A record file that a snapshot points into."""

    def __init__(self, path: Path | None) -> None:
        """Raises FileNotFoundError. None: no file yet."""
        self.path = path
        self.is_damaged = False  # a line that was wanted is
        self.fd = -1 if path is None else os.open(path, os.O_RDONLY)

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def read(self, offset: int, length: int) -> bytes:
        data = os.pread(self.fd, length, offset)
        if len(data) != length:
            self.is_damaged = True
            raise IndexDamaged(f"{self.path}: too short")
        return data

    def line(self, offset: int, head: int, length: int) -> bytes:
        """A whole line but its LF, as it was written. Raises IndexDamaged."""
        line = self.read(offset, head + length)
        if not has_checksum(line):
            self.is_damaged = True
            raise IndexDamaged(f"{self.path}: damaged record at {offset}")
        return line

    def record(self, offset: int, head: int, length: int) -> dict[str, Any]:
        record: dict[str, Any] = decode_json(self.line(offset, head, length)[head:])
        return record

    def is_sound(self, offset: int, head: int, length: int) -> bool:
        """Whether the line has its checksum."""
        line = os.pread(self.fd, head + length + 1, offset)
        return len(line) == head + length + 1 and line.endswith(b"\n") and has_checksum(line[:-1])


def has_checksum(line: bytes) -> bool:
    try:
        return int(line[:8], 16) == zlib.crc32(memoryview(line)[9:])
    except ValueError:
        return False
