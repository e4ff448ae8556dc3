"""Records in memory: for tests, and the plainest reading of the contract in base.py."""

import hashlib
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import deepcopy
from typing import Any

import numpy as np
from pyroaring import BitMap

from jmapd.stores.base import Guest, RecordExists, RecordNotFound, Rows
from jmapd.stores.blob_content import HeldContent
from jmapd.wire import Id, Record, State
from jmapd.wire.delta import Delta

Life = list[int | None]  # [created, destroyed], as modseqs


class MemoryTransaction:
    """The working copy of a store."""

    def __init__(self, store: "MemoryStore") -> None:
        self.store, self.records = store, dict(store.records)
        self.log: list[tuple[str, Id, Record | None]] = []

    def get(self, id: Id) -> Record | None:
        return self.records.get(id)

    def create(self, record: Record) -> Record:
        id = record.get("id") or self.store.new_id()
        existing = id if id in self.records else self._same(record)
        if existing is not None:
            raise RecordExists(existing)
        self.records[id] = deepcopy(record) | {"id": id}
        self.log.append(("c", id, self.records[id]))
        return {"id": id}

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        if id not in self.records:
            raise RecordNotFound(id)
        old = self.records[id]
        self.records[id] = deepcopy(record)
        self.log.append(("u", id, old))
        return None

    def destroy(self, id: Id) -> None:
        if id not in self.records:
            raise RecordNotFound(id)
        self.log.append(("d", id, self.records.pop(id)))

    def _same(self, record: Record) -> Id | None:
        """The record that has the same unique properties."""
        names = self.store.unique
        if not names:
            return None
        wanted = [record.get(name) for name in names]
        return next((id for id, each in self.records.items() if [each.get(name) for name in names] == wanted), None)


class MemoryStore:
    """One type's records with their history."""

    def __init__(self, prefix: str, unique: Collection[str] = (), natural_sort: str | None = None) -> None:
        self.prefix, self.unique, self.natural_sort = prefix, tuple(unique), natural_sort
        self.epoch, self.modseq = "e1", 0
        self.records: dict[Id, Record] = {}
        self.history: list[tuple[int, Record | None, Record | None]] = []  # modseq, before, after
        self._lives: dict[Id, list[Life]] = {}
        self._changed: dict[Id, int] = {}
        self._ids = itertools.count(1)

    def new_id(self) -> Id:
        """An id that was never given."""
        return f"{self.prefix}{next(self._ids)}"

    def state(self) -> State:
        return f"{self.epoch}.{self.modseq}"

    def ids(self) -> Iterable[Id]:
        return list(self.records)

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        return {id: self.records[id] for id in ids if id in self.records}

    def scan(self, properties: Collection[str] | None = None) -> Iterator[Record]:
        yield from list(self.records.values())

    def changes(self, since: State, limit: int | None = None) -> Delta | None:
        epoch, _, number = since.rpartition(".")
        if epoch != self.epoch or not number.isdigit() or int(number) > self.modseq:
            return None
        start = int(number)
        found = [entry for id in self._changed if (entry := self._change(id, start)) is not None]
        found.sort()
        page = found if limit is None else found[:limit]
        kinds = {kind: [id for _, each, id in page if each == kind] for kind in ("c", "u", "d")}
        is_cut = len(page) < len(found)
        state = f"{self.epoch}.{page[-1][0]}" if is_cut else self.state()
        return Delta(kinds["c"], kinds["u"], kinds["d"], state, is_cut)

    def _change(self, id: Id, since: int) -> tuple[int, str, Id] | None:
        """What a client that knows `since` must hear of the record: (position, kind, id)."""
        last, lives = self._changed[id], self._lives[id]
        if last <= since:
            return None
        was_there = any(born <= since and (died is None or died > since) for born, died in lives if born is not None)
        born, died = lives[-1]
        if died is not None:
            # created and destroyed again since: nothing to tell, but a page that was cut between may have named it
            return (last, "d", id) if was_there else None
        if was_there or born is None:
            return last, "u", id
        return (born, "c", id) if born > since else (last, "u", id)

    def table(self) -> "MemoryTable":
        return MemoryTable(self)

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        work = MemoryTransaction(self)
        yield work
        self.records = work.records
        for kind, id, record in work.log:
            self.modseq += 1
            self._changed[id] = self.modseq
            if kind == "c":
                self._lives.setdefault(id, []).append([self.modseq, None])
            elif kind == "d":
                self._lives[id][-1][1] = self.modseq
            self.history.append((self.modseq, None if kind == "c" else record, work.records.get(id)))


class MemoryTable:
    """Rows are places in the order of ids as they were given."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._list = list(store.records.values())
        self._rows = {record["id"]: row for row, record in enumerate(self._list)}
        self.natural_sort = store.natural_sort

    def live(self) -> BitMap:
        return BitMap(range(len(self._list)))

    def row(self, id: Id) -> int | None:
        return self._rows.get(id)

    def ids(self, rows: Iterable[int]) -> list[Id]:
        return [self._list[row]["id"] for row in rows]

    def record(self, row: int) -> Record:
        return self._list[row]

    def natural(self, rows: BitMap, is_ascending: bool) -> Rows:
        name = self.natural_sort or "id"
        key = {row: (self._list[row][name], self._list[row]["id"]) for row in rows}
        return sorted(rows, key=key.__getitem__, reverse=not is_ascending)

    def groups(self, rows: Rows, collapse: str) -> np.ndarray[Any, Any]:
        every = sorted({record[collapse] for record in self._list})
        number = {value: place for place, value in enumerate(every)}
        return np.array([number[self._list[row][collapse]] for row in rows], dtype=np.int64)


class MemoryBlobs:
    """Blobs by the digest of their bytes."""

    def __init__(self) -> None:
        self._blobs: dict[Id, bytes] = {}

    def put(self, chunks: Iterable[bytes], limit: int) -> tuple[Id, int]:
        content = b"".join(chunks)
        if len(content) > limit:
            raise ValueError(f"longer than {limit}")
        id = "G" + hashlib.sha256(content).hexdigest()
        self._blobs[id] = content
        return id, len(content)

    def find(self, blob_id: Id) -> HeldContent | None:
        return HeldContent(self._blobs[blob_id]) if blob_id in self._blobs else None

    def email(self, blob_id: Id) -> Id | None:
        return None

    def item(self, blob_id: Id) -> tuple[str, Id] | None:
        return None

    def contents(self, blob_ids: Iterable[Id]) -> Iterator[tuple[Id, bytes | None]]:
        return ((blob_id, self.open(blob_id)) for blob_id in blob_ids)

    def open(self, blob_id: Id) -> bytes | None:
        return self._blobs.get(blob_id)


class MemoryAccount:
    """An account whose stores are given."""

    def __init__(
        self, id: Id, stores: Mapping[str, MemoryStore], owner: str = "alice", is_read_only: bool = False
    ) -> None:
        self.id, self.name, self.owner, self.is_read_only = id, owner, owner, is_read_only
        self.blobs = MemoryBlobs()
        self.store_names = frozenset(stores)
        self._stores = stores
        self.guests: Mapping[str, Guest] = {}
        self.told: list[tuple[str, Record]] = []

    def store(self, name: str) -> MemoryStore:
        return self._stores[name]

    def tell(self, notes: Iterable[tuple[str, Record]]) -> None:
        self.told += notes

    def as_owner(self, name: str) -> MemoryStore:
        return self.store(name)

    def session(self) -> AbstractContextManager[None]:
        return nullcontext()

    def opened(self) -> AbstractContextManager[None]:
        return self.session()

    def lock(self) -> AbstractContextManager[None]:
        return nullcontext()
