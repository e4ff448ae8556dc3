"""The sections of a snapshot that hold many records of one type; made of records, or of a snapshot and what changed."""

import zlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from jmapd.index.journal import encode_json
from jmapd.index.large import Large
from jmapd.index.large_spans import spans_by_row
from jmapd.index.large_stored import Stored, encoded
from jmapd.index.large_types import NOTHING, LargeType, Prepared
from jmapd.index.snapshot_write import Buffers, Graves, LargeColumns
from jmapd.index.spans import FOREVER, Window, current_window, unpacked
from jmapd.wire import Id, Record

Section = tuple[str, str, Buffers]  # name, kind, content


@dataclass
class _Writer:
    """Takes records in order of id."""

    type: LargeType
    window: Window

    def __post_init__(self) -> None:
        self.ids: list[bytes] = []
        self.pieces: list[bytes | memoryview] = []
        self.lengths, self.heads = array("Q"), array("I")
        self.head_crcs, self.body_crcs = array("I"), array("I")
        self.created, self.changed = array("Q"), array("Q")
        self.facts: list[Prepared] = []

    def add(self, key: bytes, life: tuple[int, int], facts: Prepared) -> None:
        """Its head and body are given before."""
        self.ids.append(key)
        self.created.append(life[0])
        self.changed.append(life[1])
        self.facts.append(facts)

    def head(self, data: bytes | memoryview, crc: int) -> None:
        self.pieces.append(data)
        self.heads.append(len(data))
        self.head_crcs.append(crc)

    def body(self, data: bytes | memoryview, crc: int) -> None:
        self.pieces.append(data)
        self.lengths.append(self.heads[-1] + len(data))
        self.body_crcs.append(crc)

    def sections(self) -> Iterator[Section]:
        yield "id_start", "Q", [_starts(len(id) for id in self.ids)]
        yield "ids", "B", self.ids
        for name in ("created", "changed"):
            yield name, "Q", [memoryview(getattr(self, name)).cast("B")]
        yield "start", "Q", [_starts(self.lengths)]
        for name, column in (("head", self.heads), ("head_crc", self.head_crcs), ("body_crc", self.body_crcs)):
            yield name, "I", [memoryview(column).cast("B")]
        yield "records", "B", self.pieces
        if self.type.facts:
            yield from self._columns()

    def _columns(self) -> Iterator[Section]:
        facts = self.facts
        texts = [each.texts[column] for column in range(len(self.type.texts)) for each in facts]
        yield "text_start", "Q", [_starts(len(text) for text in texts)]
        yield "text", "B", texts
        numbers = [each.numbers[column] for column in range(len(self.type.numbers)) for each in facts]
        yield "numbers", "q", [memoryview(array("q", numbers)).cast("B")]
        distinct = sorted({text for each in facts for text in each.sorts})
        ranks = {text: rank for rank, text in enumerate(distinct)}
        places = [ranks[each.sorts[column]] for column in range(len(self.type.sorts)) for each in facts]
        yield "sort", "I", [memoryview(array("I", places)).cast("B")]
        yield "sort_start", "Q", [_starts(len(text) for text in distinct)]
        yield "sort_text", "B", distinct
        keys = np.fromiter(chain.from_iterable(sorted(each.keys) for each in facts), dtype=np.uint64)
        rows = np.repeat(np.arange(len(facts), dtype=np.uint32), [len(each.keys) for each in facts])
        order = np.argsort(keys, kind="stable")
        yield "keys", "Q", [keys[order].view(np.uint8).data]
        yield "key_rows", "I", [rows[order].view(np.uint8).data]
        if self.type.has_spans:
            yield from self._spans()

    def _spans(self) -> Iterator[Section]:
        """In order of their starts; `reach` is the latest end so far: what lies before it is over."""
        found = unpacked([each.spans for each in self.facts])
        order = np.argsort(found.starts, kind="stable")
        ends = found.ends[order]
        columns = {"start": found.starts[order], "end": ends, "reach": np.maximum.accumulate(ends)}
        columns["recurrence"] = found.recurrences[order]
        for name, column in columns.items():
            yield f"span_{name}", "q", [column.view(np.uint8).data]
        yield "span_rows", "I", [found.rows[order].astype(np.uint32).view(np.uint8).data]
        yield "window", "q", [memoryview(array("q", self.window)).cast("B")]


def _starts(lengths: Any) -> memoryview:
    sizes = np.fromiter(lengths, dtype=np.uint64)
    return np.concatenate((np.zeros(1, np.uint64), np.cumsum(sizes, dtype=np.uint64))).view(np.uint8).data


def of_records(type: LargeType, records: Mapping[Id, Record], modseq: int) -> LargeColumns:
    """Of records that have no past."""
    writer = _Writer(type, current_window())
    for id in sorted(records, key=encoded):
        _add_new(writer, id, records[id], modseq)
    return LargeColumns(len(writer.ids), type.rules, list(writer.sections()), Graves(), modseq)


def _add_new(writer: _Writer, id: Id, record: Record, modseq: int) -> None:
    type = writer.type
    head = dict(record)
    body = encode_json(head.pop(type.body, None)) if type.body else b""
    data = encode_json(head)
    writer.head(data, zlib.crc32(data))
    writer.body(body, zlib.crc32(body))
    writer.add(encoded(id), (modseq, modseq), type.prepared(record, writer.window))


def merged(large: Large, floor: int) -> LargeColumns:
    """Of a snapshot and what has changed since; destructions up to `floor` are forgotten."""
    sections = list(_changed(large) if large.is_changed else _same(large.stored))
    if large.name.startswith("_"):
        return LargeColumns(len(large), large.type.rules, sections, Graves(), 0)
    return LargeColumns(len(large), large.type.rules, sections, large.history.graves.pruned(floor), large.history.last)


def _same(stored: Stored) -> Iterator[Section]:
    if not stored.rows:
        return
    prefix = stored.type + "."
    for name, (_, _, _, kind) in stored.snapshot.header["sections"].items():
        if name.startswith(prefix):
            yield name.removeprefix(prefix), kind, [stored.snapshot.view(name).cast("B")]


def _changed(large: Large) -> Iterator[Section]:
    writer, stored, old = _Writer(large.type, large.window), large.stored, OldFacts(large)
    changed = sorted(large.heads, key=encoded, reverse=True)  # the next one last
    for row in range(large.base):
        key = stored.key(row)
        while changed and encoded(changed[-1]) < key:
            _add_changed(writer, large, changed.pop(), old)
        if changed and encoded(changed[-1]) == key:
            _add_changed(writer, large, changed.pop(), old)
        elif row not in large.gone:
            start = stored.view("start")
            middle = start[row] + stored.view("head")[row]
            writer.head(stored.view("records")[start[row] : middle], stored.view("head_crc")[row])
            writer.body(stored.view("records")[middle : start[row + 1]], stored.view("body_crc")[row])
            facts = old.now(row) if large.has_columns else large.facts(stored.id(row))
            writer.add(key, (stored.created(row), stored.view("changed")[row]), facts)
    while changed:
        _add_changed(writer, large, changed.pop(), old)
    yield from writer.sections()


def _add_changed(writer: _Writer, large: Large, id: Id, old: "OldFacts") -> None:
    stored, row = large.stored, large.stored_row(id)
    head = large.heads[id]
    writer.head(head, zlib.crc32(head))
    if large.type.body is None:
        writer.body(b"", 0)
    elif id in large.bodies:
        body = large.bodies[id]
        writer.body(body, zlib.crc32(body))
    else:
        assert row is not None
        writer.body(stored.body_octets(row), stored.view("body_crc")[row])
    life = None if large.name.startswith("_") else large.history.lives.get(id)
    if life is None and row is not None:
        life = stored.created(row), stored.view("changed")[row], 0
    facts = old.now(row) if id not in large.rows and row is not None else large.facts(id)
    writer.add(encoded(id), life[:2] if life else (0, 0), facts)


class OldFacts:
    """The facts of the rows of a snapshot, as they stand there."""

    def __init__(self, large: Large) -> None:
        self._stored, self._type, self._large = large.stored, large.type, large
        if self._type.facts and large.has_columns:
            rows = large.stored.snapshot.array(f"{large.name}.key_rows")
            order = np.argsort(rows, kind="stable")
            self._keys: list[int] = large.stored.snapshot.array(f"{large.name}.keys")[order].tolist()
            counts = np.bincount(rows, minlength=large.base)
            self._ends: list[int] = np.cumsum(counts).tolist()
            self._ranked = _texts(large.stored)
            self._spans = spans_by_row(large.stored) if self._type.has_spans else {}

    def now(self, row: int) -> Prepared:
        """As they are to be from now on: what recurs for long has other spans when the window has moved."""
        found = self.of(row)
        if self._large.is_current or not self._type.has_spans or found.numbers[-2:] == [-FOREVER, FOREVER]:
            return found
        record = self._large.get(self._stored.id(row))
        assert record is not None
        return self._type.prepared(record, self._large.window)

    def of(self, row: int) -> Prepared:
        if not self._type.facts:
            return NOTHING
        count, view, type = self._stored.rows, self._stored.view, self._type
        start, data = view("text_start"), view("text")
        places = range(row, row + count * len(type.texts), count)
        numbers, sorts = view("numbers"), view("sort")
        return Prepared(
            [bytes(data[start[at] : start[at + 1]]) for at in places],
            [numbers[at] for at in range(row, count * len(type.numbers), count)],
            [self._ranked[sorts[at]] for at in range(row, count * len(type.sorts), count)],
            frozenset(self._keys[(self._ends[row - 1] if row else 0) : self._ends[row]]),
            self._spans.get(row, b""),
        )


def _texts(stored: Stored) -> list[bytes]:
    """The strings behind the sort columns, by rank."""
    start, data = stored.view("sort_start"), stored.view("sort_text")
    return [bytes(data[start[at] : start[at + 1]]) for at in range(len(start) - 1)]
