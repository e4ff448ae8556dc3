"""Many records of one type as a snapshot has them, in order of their ids: found and decoded one by one."""

import zlib
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

from jmapd.index import IndexDamaged
from jmapd.index.conversations import past
from jmapd.index.history import History
from jmapd.index.journal import decode_json
from jmapd.index.snapshot import Snapshot
from jmapd.index.snapshot_write import Graves
from jmapd.index.spans import NO_WINDOW, Window
from jmapd.wire import Id, Record


class Stored:
    """The sections `<type>.<column>` of a snapshot; rows are numbered in order of the ids' octets."""

    def __init__(self, type: str, snapshot: Snapshot) -> None:
        self.type, self.snapshot = type, snapshot
        self.rows: int = snapshot.header.get("large", {}).get(type, 0)
        self.rules: str = snapshot.header.get("rules", {}).get(type, "")

    def view(self, name: str) -> Any:
        return self.snapshot.view(f"{self.type}.{name}")

    @cached_property
    def _ids(self) -> tuple[Any, Any]:
        return self.view("id_start"), self.view("ids")

    @cached_property
    def _records(self) -> tuple[Any, ...]:
        return tuple(self.view(name) for name in ("records", "start", "head", "head_crc", "body_crc"))

    @property
    def window(self) -> Window:
        """Up to where the spans go of what recurs for long; made by one clock, so later windows are greater."""
        low, high = self.view("window") or NO_WINDOW
        return low, high

    def id(self, row: int) -> Id:
        return self.key(row).decode("utf-8", "surrogateescape")

    def key(self, row: int) -> bytes:
        start, ids = self._ids
        return bytes(ids[start[row] : start[row + 1]])

    def ids(self) -> Iterator[Id]:
        """All of them, in order."""
        if self.rows:
            start, data = self.view("id_start").tolist(), bytes(self.view("ids"))
            for first, last in pairwise(start):
                yield data[first:last].decode("utf-8", "surrogateescape")

    def place(self, id: Id) -> int:
        """The row of the first id that is not before this one."""
        return bisect_left(range(self.rows), encoded(id), key=self.key)

    def row(self, id: Id) -> int | None:
        at = self.place(id)
        return at if at < self.rows and self.key(at) == encoded(id) else None

    def created(self, row: int) -> int:
        return int(self.view("created")[row])

    def head(self, row: int) -> Record:
        """The record without its body. Raises IndexDamaged."""
        head: Record = decode_json(self.head_octets(row))
        return head

    def body(self, row: int) -> Any:
        """Raises IndexDamaged."""
        return decode_json(self.body_octets(row))

    def head_octets(self, row: int) -> memoryview:
        records, start, head, crc, _ = self._records
        return self._checked(records[start[row] : start[row] + head[row]], crc[row])

    def body_octets(self, row: int) -> memoryview:
        """Empty where the type has none."""
        records, start, head, _, crc = self._records
        return self._checked(records[start[row] + head[row] : start[row + 1]], crc[row])

    def _checked(self, octets: memoryview, crc: int) -> memoryview:
        if zlib.crc32(octets) != crc:
            self.snapshot.is_damaged = True
            raise IndexDamaged(f"{self.snapshot.path}: a record of {self.type} is damaged")
        return octets

    def text(self, column: int, row: int) -> str:
        """A column's texts of a row, folded, as large_search.py joins them."""
        start, at = self.view("text_start"), column * self.rows + row
        return bytes(self.view("text")[start[at] : start[at + 1]]).decode("utf-8", "surrogateescape")

    def history(self) -> History:
        """Of a type that clients see."""
        snapshot, created, changed = self.snapshot, f"{self.type}.created", f"{self.type}.changed"
        graves = Graves(*(snapshot.json(f"graves_{self.type}") or []))
        last = snapshot.header.get("last", {}).get(self.type, 0)
        return History(last, graves, snapshot.modseq, partial(past, snapshot, created, changed, self.id))


def encoded(id: Id) -> bytes:
    return id.encode("utf-8", "surrogateescape")
