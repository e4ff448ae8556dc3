"""Writes a snapshot file from columns in row order."""

import contextlib
import os
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pyroaring import BitMap

from jmapd.files.atomic import write_all
from jmapd.index.journal import encode_json
from jmapd.index.snapshot import ALIGN, MAGIC, TEXTS, Array, id_key

Buffers = Iterable[bytes | memoryview]
CHUNK = 1 << 20
_NIBBLES = np.full(256, 255, dtype=np.uint8)
for _digit in range(16):
    _NIBBLES[ord(f"{_digit:x}")] = _NIBBLES[ord(f"{_digit:X}")] = _digit


@dataclass
class Graves:
    """Destroyed records of one type, oldest destruction first."""

    ids: list[str] = field(default_factory=list)
    created: list[int] = field(default_factory=list)
    destroyed: list[int] = field(default_factory=list)
    floor: int = 0  # the last destruction that was forgotten: older states cannot be followed up
    threads: list[str] = field(default_factory=list)  # of Emails: which they were in, should they come again

    def dump(self) -> list[Any]:
        """The arguments that make it again."""
        return [self.ids, self.created, self.destroyed, self.floor, self.threads]

    def pruned(self, floor: int) -> "Graves":
        """Without the records destroyed at or before `floor`."""
        first = bisect_right(self.destroyed, floor)
        last = self.destroyed[first - 1] if first else self.floor
        return Graves(self.ids[first:], self.created[first:], self.destroyed[first:], last, self.threads[first:])


@dataclass
class LargeColumns:
    """All records of one type that has many (large_write.py)."""

    rows: int
    rules: str  # by which the columns were made
    sections: list[tuple[str, str, Buffers]]  # name, kind, content
    graves: Graves
    last: int  # modseq of the type's last change


@dataclass
class Columns:
    """All that a snapshot holds. Arrays have one value per row (or thread), rows in order of receivedAt, then id."""

    numbers: dict[str, Array]  # ids received size doc created changed offset head length mailset keyset sent + TEXTS
    thread: Array
    mailsets: list[tuple[str, ...]]
    keysets: list[tuple[str, ...]]
    texts: dict[str, tuple[Array, Buffers]]  # sort column -> (starts, texts in order)
    names: tuple[Array, Buffers]
    threads: dict[str, Array]  # ids created changed
    conversations: tuple[Array, Array]  # keys (sorted), thread numbers
    graves: dict[str, Graves]  # "Email", "Thread"
    bitmaps: Mapping[str, Mapping[str, BitMap | bytes]]  # kind -> name -> rows
    objects: dict[str, Any]  # Objects.dump()
    large: dict[str, LargeColumns]
    header: dict[str, Any]  # modseq last next_doc marks counters records_size


def id_keys(ids: Array) -> Array:
    """id_key() of each id of a bytes array."""
    width = ids.dtype.itemsize
    if not len(ids):
        return np.zeros(0, dtype=np.uint64)
    nibbles = _NIBBLES[np.ascontiguousarray(ids).view(np.uint8).reshape(len(ids), width)[:, 1:17]]
    keys: Array = np.zeros(len(ids), dtype=np.uint64)
    for column in range(nibbles.shape[1]):
        keys = (keys << np.uint64(4)) | (nibbles[:, column] & 15)
    odd = (nibbles == 255).any(axis=1) if nibbles.shape[1] == 16 else np.ones(len(ids), dtype=bool)
    for row in np.flatnonzero(odd).tolist():
        keys[row] = id_key(ids[row].decode("ascii"))
    return keys


def id_array(ids: list[str]) -> Array:
    return np.array([id.encode("ascii") for id in ids], dtype=np.bytes_) if ids else np.zeros(0, dtype="S1")


class _File:
    def __init__(self, path: Path) -> None:
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self.position = ALIGN
        os.lseek(self.fd, ALIGN, os.SEEK_SET)
        self.sections: dict[str, tuple[int, int, int, str]] = {}

    def section(self, name: str, kind: str, buffers: Buffers) -> None:
        start, crc = self.position, 0
        for buffer in _in_chunks(buffers):
            write_all(self.fd, buffer)
            crc = zlib.crc32(buffer, crc)
            self.position += len(buffer)
        self.sections[name] = (start, self.position - start, crc, kind)
        self._align()

    def array(self, name: str, array: Array, dtype: str) -> None:
        data = np.ascontiguousarray(array, dtype=np.dtype(dtype))
        self.section(name, dtype if not dtype.startswith("S") else "B", [data.view(np.uint8).data] if len(data) else [])

    def _align(self) -> None:
        padding = -self.position % ALIGN
        write_all(self.fd, bytes(padding))
        self.position += padding

    def finish(self, header: dict[str, Any]) -> None:
        data = encode_json(header)
        write_all(self.fd, data)
        first = b"%b %d %d %08x\n" % (MAGIC, self.position, len(data), zlib.crc32(data))
        os.pwrite(self.fd, first, 0)
        os.fsync(self.fd)


def _in_chunks(buffers: Buffers) -> Iterable[bytes]:
    """The same octets in pieces that are worth a write."""
    pieces: list[bytes | memoryview] = []
    size = 0
    for buffer in buffers:
        pieces.append(buffer)
        size += len(buffer)
        if size >= CHUNK:
            yield b"".join(pieces)
            pieces.clear()
            size = 0
    yield b"".join(pieces)


def write_snapshot(path: Path, columns: Columns) -> None:
    """Makes the file and syncs it; the caller syncs the folder. Leaves nothing when it fails."""
    file = _File(path)
    try:
        _rows(file, columns)
        _threads(file, columns)
        for name, graves in columns.graves.items():
            file.section(f"graves_{name}", "B", [encode_json(graves.dump())])
        directories = _bitmaps(file, columns)
        file.section("header_directory", "B", [encode_json(directories.pop("header", {}))])
        file.section("objects", "B", [encode_json(columns.objects)])
        _large(file, columns)
        ids, threads = columns.numbers["ids"], columns.threads["ids"]
        header = {"rows": len(ids), "threads": len(threads), "id_width": ids.dtype.itemsize}
        header |= {"thread_width": threads.dtype.itemsize, "bitmaps": directories, "sections": file.sections}
        header["large"] = {type: each.rows for type, each in columns.large.items() if each.rows}
        header["rules"] = {type: each.rules for type, each in columns.large.items() if each.rows}
        header |= columns.header
        header["last"] = columns.header["last"] | {type: each.last for type, each in columns.large.items()}
        file.finish(header)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        raise
    finally:
        os.close(file.fd)


def _sorted(file: _File, names: tuple[str, str], keys: Array, dtype: str) -> None:
    order = np.argsort(keys, kind="stable")
    file.array(names[0], keys[order], dtype)
    file.array(names[1], order, "I")


def _rows(file: _File, columns: Columns) -> None:
    numbers = columns.numbers
    ids = numbers["ids"]
    file.array("ids", ids, ids.dtype.str.lstrip("|"))
    _sorted(file, ("id_keys", "id_rows"), id_keys(ids), "Q")
    for name, dtype in (("received", "q"), ("size", "I"), ("doc", "I"), ("created", "Q"), ("changed", "Q")):
        file.array(name, numbers[name], dtype)
    _sorted(file, ("doc_keys", "doc_rows"), numbers["doc"], "I")
    for name, dtype in (("offset", "Q"), ("head", "I"), ("length", "I"), ("mailset", "I"), ("keyset", "I")):
        file.array(name, numbers[name], dtype)
    file.array("sent", numbers["sent"], "q")
    for name in TEXTS:
        file.array(name, numbers[name], "I")
        starts, texts = columns.texts[name]
        file.array(name + "_start", starts, "Q")
        file.section(name + "_text", "B", texts)
    file.array("name_start", columns.names[0], "Q")
    file.section("name_text", "B", columns.names[1])
    file.section("mailsets", "B", [encode_json(columns.mailsets)])
    file.section("keysets", "B", [encode_json(columns.keysets)])


def _threads(file: _File, columns: Columns) -> None:
    threads, ids = columns.thread, columns.threads["ids"]
    file.array("thread", threads, "I")
    order = np.argsort(threads, kind="stable")  # rows of each thread stay oldest first
    file.array("thread_rows", order, "I")
    starts = np.zeros(len(ids) + 1, dtype=np.uint32)
    np.cumsum(np.bincount(threads, minlength=len(ids)), out=starts[1:])
    file.array("thread_start", starts, "I")
    file.array("thread_ids", ids, ids.dtype.str.lstrip("|"))
    _sorted(file, ("thread_keys", "thread_numbers"), id_keys(ids), "Q")
    file.array("thread_created", columns.threads["created"], "Q")
    file.array("thread_changed", columns.threads["changed"], "Q")
    file.array("conversation_keys", columns.conversations[0], "Q")
    file.array("conversation_threads", columns.conversations[1], "I")


def _large(file: _File, columns: Columns) -> None:
    for type, each in columns.large.items():
        if each.graves.ids or each.graves.floor:
            file.section(f"graves_{type}", "B", [encode_json(each.graves.dump())])
        for name, kind, content in each.sections if each.rows else ():
            file.section(f"{type}.{name}", kind, content)


def _bitmaps(file: _File, columns: Columns) -> dict[str, dict[str, list[int]]]:
    blobs: list[bytes] = []
    position, directories = 0, {}
    for kind, named in columns.bitmaps.items():
        directory = directories[kind] = dict[str, list[int]]()
        for name, rows in named.items():
            if isinstance(rows, BitMap):
                rows.run_optimize()
                rows = rows.serialize()
            directory[name] = [position, len(rows), zlib.crc32(rows)]
            blobs.append(rows)
            position += len(rows)
    file.section("bits", "B", blobs)
    return directories
