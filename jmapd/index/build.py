"""A whole snapshot from rows: the first index of an account, a rebuild, and indexes made for measuring."""

import os
from array import array
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pyroaring import BitMap

from jmapd.index.bitmaps import bitmap_of
from jmapd.index.check import check_row
from jmapd.index.conversations import free_thread_id
from jmapd.index.counters import Counts, recount
from jmapd.index.large_types import LARGE
from jmapd.index.large_write import of_records
from jmapd.index.records import encode_record
from jmapd.index.rows import EmailRow, keyword_set, pack_files
from jmapd.index.snapshot import TEXTS, Array
from jmapd.index.snapshot_write import Buffers, Columns, LargeColumns, id_array
from jmapd.wire import Id, Record

FIRST = 1  # the modseq of all that a build makes: there are no older states in its epoch
CHUNK = 1 << 16
WRITE_BUFFER = 1 << 20

ByType = Mapping[str, Mapping[Id, Record]]  # records of other types than Email


class Interned:
    """Numbers for values that come again and again."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}
        self.column = array("I")

    def add(self, value: Any) -> None:
        self.column.append(self.numbers.setdefault(value, len(self.numbers)))


class PlainSets:
    """Finished sets of rows, in the shape that recount() takes."""

    def __init__(self, rows: int, bitmaps: Mapping[str, Mapping[str, BitMap]]) -> None:
        self.live = BitMap()
        self.live.add_range(0, rows)
        self._bitmaps = bitmaps

    def get(self, kind: str, name: str) -> BitMap:
        return self._bitmaps[kind].get(name, BitMap())

    def names(self, kind: str) -> list[str]:
        return list(self._bitmaps[kind])


class Builder:
    """Takes rows in any order; writes their records at once, keeps the rest in arrays."""

    def __init__(self, records: Path) -> None:
        fd = os.open(records, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(fd, "wb", buffering=WRITE_BUFFER)
        self._numbers = {name: array("q") for name in ("received", "size", "sent", "offset", "head", "length", "doc")}
        self._ids: list[bytes] | bytearray = bytearray()
        self._width = 0
        self._mail, self._keywords, self._headers, self._given = Interned(), Interned(), Interned(), Interned()
        self._texts = {name: Interned() for name in TEXTS}
        self._keys, self._key_counts = array("Q"), array("I")
        self._names, self._name_ends = bytearray(), array("Q")
        self._attachments = array("I")
        self._smime: dict[str, array[int]] = {}
        self._next_doc = 1
        self.size = 0

    def add(self, row: EmailRow) -> None:
        """Raises ValueError for a row that lacks something."""
        id = row.get("id") or "M" + row["blobId"][1:25]
        check_row(id, row)
        line, head = encode_record(row["blobId"], row["thread_keys"], row["record"])
        self._file.write(line)
        doc = row.get("doc") or self._next_doc
        self._next_doc = max(self._next_doc, doc + 1)
        sort, numbers = row["sort"], self._numbers
        if row["record"].get("hasAttachment"):
            self._attachments.append(len(numbers["doc"]))
        if (kind := row["record"].get("smime")) is not None:
            self._smime.setdefault(kind, array("I")).append(len(numbers["doc"]))
        for name, value in (
            ("received", row["receivedAt"]), ("size", row["size"]), ("sent", sort["sentAt"]), ("offset", self.size),
            ("head", head), ("length", len(line) - head - 1), ("doc", doc),
        ):  # fmt: skip
            numbers[name].append(value)
        self.size += len(line)
        self._add_id(id.encode("ascii"))
        mailboxes, packed = pack_files(row["files"])
        self._names += packed.encode("utf-8", "surrogateescape")
        self._name_ends.append(len(self._names))
        self._mail.add(mailboxes)
        self._keywords.add(keyword_set(row["keywords"]))
        self._headers.add(tuple(sorted(set(row["header_names"]))))
        self._given.add(row.get("threadId"))
        for name in TEXTS:
            self._texts[name].add(sort[name])
        self._keys.extend(row["thread_keys"])
        self._key_counts.append(len(row["thread_keys"]))

    def close(self) -> None:
        """Gives up."""
        self._file.close()

    def _add_id(self, id: bytes) -> None:
        if not self._width:
            self._width = len(id)
        if isinstance(self._ids, bytearray):
            if len(id) == self._width:
                self._ids += id
                return
            width = self._width
            self._ids = [bytes(self._ids[at : at + width]) for at in range(0, len(self._ids), width)]
        self._ids.append(id)

    def finish(self, objects: ByType, trash: Id | None) -> Columns:
        """Closes the record file, durable; answers the columns of the snapshot."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        numbers = {name: np.frombuffer(column, dtype=np.int64) for name, column in self._numbers.items()}
        count = len(numbers["doc"])
        ids: Array = (
            np.frombuffer(bytes(self._ids), dtype=f"S{max(1, self._width)}")
            if isinstance(self._ids, bytearray)
            else np.array(self._ids, dtype=np.bytes_)
        )
        if len(np.unique(ids)) != count:
            raise ValueError("an id comes twice")
        order = np.lexsort((ids, numbers["received"]))
        numbers = {name: column[order] for name, column in numbers.items()}
        numbers |= {"ids": ids[order], "mailset": self._column(self._mail, order)}
        numbers |= {"keyset": self._column(self._keywords, order)}
        numbers |= {"created": np.full(count, FIRST, np.uint64), "changed": np.full(count, FIRST, np.uint64)}
        texts = {name: self._sorted_texts(name, order, numbers) for name in TEXTS}
        bitmaps: dict[str, dict[str, BitMap]] = {
            "mailbox": bitmaps_of(numbers["mailset"], list(self._mail.numbers)),
            "keyword": bitmaps_of(numbers["keyset"], list(self._keywords.numbers)),
            "header": bitmaps_of(self._column(self._headers, order), list(self._headers.numbers)),
            "attachment": {"": _marked(self._attachments, order)},
            "smime": {kind: _marked(rows, order) for kind, rows in self._smime.items()},
        }
        threads, thread_ids, conversations = self._threads(order, numbers["ids"])
        made = np.full(len(thread_ids), FIRST, np.uint64)
        counts = recount(PlainSets(count, bitmaps), threads, len(thread_ids), trash)
        return Columns(
            numbers=numbers, thread=threads, mailsets=list(self._mail.numbers), keysets=list(self._keywords.numbers),
            texts=texts, names=self._ordered_names(order), conversations=conversations, graves={},
            threads={"ids": thread_ids, "created": made, "changed": made}, bitmaps=bitmaps,
            objects=first_objects(objects), large=first_large(objects), header=self._header(counts),
        )  # fmt: skip

    def _header(self, counts: dict[str, Counts]) -> dict[str, Any]:
        return {
            "modseq": FIRST,
            "marks": [],
            "last": {"Email": FIRST, "Thread": FIRST},
            "next_doc": self._next_doc,
            "counters": counts,
            "records_size": self.size,
        }

    def _column(self, interned: Interned, order: Array) -> Array:
        column: Array = np.frombuffer(interned.column, dtype=np.uint32)[order]
        return column

    def _sorted_texts(self, name: str, order: Array, numbers: dict[str, Array]) -> tuple[Array, Buffers]:
        interned = self._texts[name]
        texts = sorted(interned.numbers)
        ranks = np.empty(len(texts), dtype=np.uint32)
        places = np.fromiter((interned.numbers[text] for text in texts), dtype=np.int64, count=len(texts))
        ranks[places] = np.arange(len(texts), dtype=np.uint32)
        numbers[name] = ranks[self._column(interned, order)]
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        starts = np.zeros(len(texts) + 1, dtype=np.uint64)
        np.cumsum([len(text) for text in encoded], out=starts[1:])
        interned.numbers.clear()
        return starts, [b"".join(encoded)]

    def _ordered_names(self, order: Array) -> tuple[Array, Buffers]:
        ends = np.frombuffer(self._name_ends, dtype=np.uint64).astype(np.int64)
        begins = np.concatenate((np.zeros(1, np.int64), ends[:-1])) if len(ends) else ends
        starts = np.zeros(len(order) + 1, dtype=np.uint64)
        np.cumsum((ends - begins)[order], out=starts[1:])
        return starts, gathered(memoryview(self._names), begins, ends, order)

    def _threads(self, order: Array, ids: Array) -> tuple[Array, Array, tuple[Array, Array]]:
        """(thread of each row, thread ids, conversation keys with their threads)."""
        counts = np.frombuffer(self._key_counts, dtype=np.uint32).astype(np.int64)
        keys = np.frombuffer(self._keys, dtype=np.uint64)
        ends = np.cumsum(counts)
        dense = np.unique(keys, return_inverse=True)[1].astype(np.int64)
        given = list(self._given.numbers)
        threads, firsts = assign(order, dense, ends - counts, ends, np.frombuffer(self._given.column, np.uint32), given)
        taken = {id for id in given if id is not None}
        names = []
        for first, thread_id in firsts:
            names.append(thread_id or free_thread_id(ids[first].decode("ascii"), taken.__contains__))
            if len(given) > 1:
                taken.add(names[-1])
        of_rows = np.empty(len(order), dtype=np.uint32)
        of_rows[order] = threads
        of_keys = np.repeat(of_rows, counts)
        by_key = np.lexsort((of_keys, keys))
        keys, of_keys = keys[by_key], of_keys[by_key]
        is_new = np.ones(len(keys), dtype=bool)
        is_new[1:] = (keys[1:] != keys[:-1]) | (of_keys[1:] != of_keys[:-1])
        return threads, id_array(names), (keys[is_new], of_keys[is_new])


def _marked(rows: "array[int]", order: Array) -> BitMap:
    """The places in order of these rows."""
    marks = np.zeros(len(order), dtype=bool)
    marks[np.frombuffer(rows, dtype=np.uint32)] = True
    return bitmap_of(np.flatnonzero(marks[order]))


def assign(
    order: Array, dense: Array, begins: Array, ends: Array, given: Array, names: list[Any]
) -> tuple[Array, list[tuple[int, str | None]]]:
    """conversations.oldest() for all rows one after the other: (threads in order, (first place, given id) of each)."""
    owners = [-1] * (int(dense.max()) + 1 if len(dense) else 0)
    by_name: dict[str, int] = {}
    firsts: list[tuple[int, str | None]] = []
    threads = np.empty(len(order), dtype=np.uint32)
    view = np.ascontiguousarray(dense).data
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        out = []
        columns = zip(begins[rows].tolist(), ends[rows].tolist(), given[rows].tolist(), strict=True)
        for place, (begin, end, name) in enumerate(columns, start):
            keys, thread_id = view[begin:end].tolist(), names[name]
            if thread_id is not None:
                thread = by_name.setdefault(thread_id, len(firsts))
            else:
                thread = min((owners[key] for key in keys if owners[key] >= 0), default=len(firsts))
            if thread == len(firsts):
                firsts.append((place, thread_id))
            for key in keys:
                if owners[key] < 0 or owners[key] > thread:
                    owners[key] = thread
            out.append(thread)
        threads[start : start + len(out)] = out
    return threads, firsts


def gathered(data: memoryview, begins: Array, ends: Array, order: Array) -> Iterator[bytes]:
    """Pieces of `data` in an order, some at a time."""
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        yield b"".join([data[begin:end] for begin, end in zip(begins[rows].tolist(), ends[rows].tolist(), strict=True)])


def bitmaps_of(column: Array, sets: list[tuple[str, ...]]) -> dict[str, BitMap]:
    """For each name the rows whose set, by its number in `column`, has it."""
    by_set = np.argsort(column, kind="stable")
    ends = np.cumsum(np.bincount(column, minlength=len(sets)))
    rows: dict[str, list[Array]] = {}
    for number, names in enumerate(sets):
        of_set = by_set[(ends[number - 1] if number else 0) : ends[number]]
        if len(of_set):
            for name in names:
                rows.setdefault(name, []).append(of_set)
    return {name: bitmap_of(np.concatenate(parts)) for name, parts in rows.items()}


def first_objects(objects: ByType) -> dict[str, Any]:
    """Objects.dump() of records that have no past."""
    life = (FIRST, FIRST, FIRST)
    small = {type: dict(records) for type, records in objects.items() if type not in LARGE}
    histories = {
        type: [FIRST, dict.fromkeys(records, life), []] for type, records in small.items() if not type.startswith("_")
    }
    return {"records": small, "histories": histories}


def first_large(objects: ByType) -> dict[str, LargeColumns]:
    """The records of which there are many."""
    return {type: of_records(LARGE[type], records, FIRST) for type, records in objects.items() if type in LARGE}


def build(records: Path, rows: Iterable[EmailRow], objects: ByType, trash: Id | None) -> Columns:
    """Writes the record file and answers what write_snapshot() takes. Leaves no file when it fails."""
    builder = Builder(records)
    try:
        for row in rows:
            builder.add(row)
        return builder.finish(objects, trash)
    except BaseException:
        builder.close()
        records.unlink(missing_ok=True)
        raise
