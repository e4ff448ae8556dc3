"""The read-only sum of a journal so far: one immutable file, mapped into memory, sections aligned to 4 KiB.

The first line says where the header (JSON with a CRC) lies; the header says where each section lies.
"""

import hashlib
import mmap
import zlib
from bisect import bisect_left
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from pyroaring import BitMap

from jmapd.index import IndexDamaged
from jmapd.index.journal import decode_json

MAGIC = b"jmapd snapshot 1"
ALIGN = 4096
CHECKED_AT_USE = 1 << 20  # sections up to this size have their CRC checked when first used, all by verify()
TEXTS = ("subject", "from", "to")
KINDS = ("mailbox", "keyword", "attachment", "smime", "header")  # of sets of rows
Array = np.ndarray[Any, Any]


def id_key(id: str) -> int:
    """64 bits of an id: 16 hex digits after its letter, else a hash of it."""
    try:
        if len(id) >= 17 and id[1:17].isalnum():
            return int(id[1:17], 16)
    except ValueError:
        pass
    return int.from_bytes(hashlib.blake2b(id.encode(), digest_size=8).digest(), "big")


class Snapshot:
    """Sections by name, as memory views for single values and as numpy arrays for many."""

    def __init__(self, path: Path | None) -> None:
        """None: nothing yet. Raises FileNotFoundError, IndexDamaged."""
        self.path = path
        self.is_damaged = False  # a section that was wanted is
        self.header: dict[str, Any] = {}
        self._map: mmap.mmap | bytes = b""
        if path is not None:
            self._open(path)
        self._sections: dict[str, list[Any]] = self.header.get("sections", {})
        self._checked: set[str] = set()
        self._views: dict[str, Any] = {}
        self._arrays: dict[str, Array] = {}
        self.rows: int = self.header.get("rows", 0)
        self.threads: int = self.header.get("threads", 0)
        self.modseq: int = self.header.get("modseq", 0)
        self.next_doc: int = self.header.get("next_doc", 1)
        self._id_width: int = self.header.get("id_width", 1)
        self._thread_width: int = self.header.get("thread_width", 1)
        self._id_start: int = self._sections.get("ids", [0])[0]
        self._thread_start: int = self._sections.get("thread_ids", [0])[0]

    def _open(self, path: Path) -> None:
        with path.open("rb") as file:
            try:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except ValueError as error:
                raise IndexDamaged(f"{path}: empty") from error
        try:
            words = self._map[:96].split(b"\n")[0].split(b" ")
            offset, length, crc = int(words[3]), int(words[4]), int(words[5], 16)
        except (IndexError, ValueError) as error:
            raise IndexDamaged(f"{path}: no header") from error
        data = self._map[offset : offset + length]
        if len(data) != length or zlib.crc32(data) != crc or b" ".join(words[:3]) != MAGIC:
            raise IndexDamaged(f"{path}: damaged header")
        if len(self._map) != offset + length:
            raise IndexDamaged(f"{path}: wrong length")
        self.header = decode_json(data)

    # Sections

    def _bytes(self, name: str) -> memoryview:
        entry = self._sections.get(name)
        if entry is None:
            return memoryview(b"")
        offset, length, crc, _ = entry
        data = memoryview(self._map)[offset : offset + length]
        if length <= CHECKED_AT_USE and name not in self._checked:
            if zlib.crc32(data) != crc:
                self.is_damaged = True
                raise IndexDamaged(f"{self.path}: section {name} is damaged")
            self._checked.add(name)
        return data

    def view(self, name: str) -> Any:
        """A section as a sequence of Python numbers: best for single values."""
        view = self._views.get(name)
        if view is None:
            data, kind = self._bytes(name), self._sections.get(name, [0, 0, 0, "B"])[3]
            view = self._views[name] = data if kind == "B" else data.cast(kind)
        return view

    def array(self, name: str) -> Array:
        """A section as a numpy array: best for many values."""
        array = self._arrays.get(name)
        if array is None:
            kind = self._sections.get(name, [0, 0, 0, "I"])[3]
            array = self._arrays[name] = np.frombuffer(self._bytes(name), dtype=np.dtype(kind))
        return array

    def json(self, name: str) -> Any:
        """A JSON section, or None where there is none."""
        data = self._bytes(name)
        try:
            return decode_json(data) if len(data) else None
        except ValueError as error:
            raise IndexDamaged(f"{self.path}: section {name} is damaged") from error

    def verify(self) -> list[str]:
        """What is wrong with the checksums of the sections."""
        wrong = []
        for name, (offset, length, crc, _) in self._sections.items():
            if zlib.crc32(memoryview(self._map)[offset : offset + length]) != crc:
                wrong.append(f"{self.path}: section {name} is damaged")
        return wrong

    # Ids and texts

    def id(self, row: int) -> str:
        width = self._id_width
        start = self._id_start + row * width
        return self._map[start : start + width].decode("ascii").rstrip("\0")

    def row(self, id: str) -> int | None:
        return self._find("id_keys", "id_rows", id, self.id)

    def thread_id(self, thread: int) -> str:
        width = self._thread_width
        start = self._thread_start + thread * width
        return self._map[start : start + width].decode("ascii").rstrip("\0")

    def thread_number(self, id: str) -> int | None:
        return self._find("thread_keys", "thread_numbers", id, self.thread_id)

    def _find(self, keys: str, numbers: str, id: str, name: Any) -> int | None:
        sorted_keys, key = self.view(keys), id_key(id)
        at = bisect_left(sorted_keys, key)
        while at < len(sorted_keys) and sorted_keys[at] == key:
            number: int = self.view(numbers)[at]
            if name(number) == id:
                return number
            at += 1
        return None

    def text(self, column: str, rank: int) -> bytes:
        """The string that has this rank in a sort column, as UTF-8."""
        start = self.view(column + "_start")
        return bytes(self.view(column + "_text")[start[rank] : start[rank + 1]])

    def text_rank(self, column: str, text: bytes) -> tuple[int, bool]:
        """(rank, True) when the sort column has the string, else (the rank it would have, False)."""
        low, high = 0, max(0, len(self.view(column + "_start")) - 1)
        while low < high:
            middle = (low + high) // 2
            if self.text(column, middle) < text:
                low = middle + 1
            else:
                high = middle
        return low, low < max(0, len(self.view(column + "_start")) - 1) and self.text(column, low) == text

    def names(self, row: int) -> str:
        """The packed file names of a row (rows.pack_files)."""
        start = self.view("name_start")
        return bytes(self.view("name_text")[start[row] : start[row + 1]]).decode("utf-8", "surrogateescape")

    # Sets

    @cached_property
    def mailsets(self) -> list[tuple[str, ...]]:
        return [tuple(names) for names in self.json("mailsets") or []]

    @cached_property
    def keysets(self) -> list[tuple[str, ...]]:
        return [tuple(names) for names in self.json("keysets") or []]

    @cached_property
    def header_directory(self) -> dict[str, list[int]]:
        return self.json("header_directory") or {}

    def directory(self, kind: str) -> dict[str, list[int]]:
        """Where the bitmaps of one of KINDS lie, by name."""
        if kind == "header":
            return self.header_directory
        found: dict[str, list[int]] = self.header.get("bitmaps", {}).get(kind, {})
        return found

    def bitmap(self, kind: str, name: str) -> BitMap:
        """A set of rows, new for the caller. Its CRC is always checked: damaged ones must not be decoded."""
        entry = self.directory(kind).get(name)
        if entry is None:
            return BitMap()
        data = self.bitmap_bytes(entry)
        return BitMap.deserialize(data)

    def bitmap_bytes(self, entry: list[int]) -> bytes:
        offset, length, crc = entry
        data = bytes(self.view("bits")[offset : offset + length])
        if zlib.crc32(data) != crc:
            raise IndexDamaged(f"{self.path}: a bitmap is damaged")
        return data
