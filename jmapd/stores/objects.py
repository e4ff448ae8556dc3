"""Small JSON records kept in the index's journal: Mailboxes, and other types that no plain file holds."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from pyroaring import BitMap

from jmapd.index.account import AccountIndex
from jmapd.stores.base import ReadOnly, Rows, Transaction
from jmapd.wire import Id, Record, State
from jmapd.wire.delta import Delta


class ObjectTable:
    """Records as rows, in the order of their ids (RFC 8620 5.5); made for one query."""

    natural_sort: str | None = None

    def __init__(self, store: "ObjectStore") -> None:
        self._store = store
        self._ids = sorted(store.ids())
        self._rows = {id: row for row, id in enumerate(self._ids)}
        self._records: dict[int, Record] = {}

    def live(self) -> BitMap:
        return BitMap(range(len(self._ids)))

    def row(self, id: Id) -> int | None:
        return self._rows.get(id)

    def ids(self, rows: Iterable[int]) -> list[Id]:
        return [self._ids[row] for row in rows]

    def record(self, row: int) -> Record:
        if row not in self._records:
            id = self._ids[row]
            self._records[row] = self._store.get([id])[id]
        return self._records[row]

    def natural(self, rows: BitMap, is_ascending: bool) -> Rows:
        """By id."""
        return sorted(rows, reverse=not is_ascending)

    def groups(self, rows: Rows, collapse: str) -> np.ndarray[Any, Any]:
        numbers: dict[Any, int] = {}
        found = [numbers.setdefault(self.record(int(row)).get(collapse), len(numbers)) for row in rows]
        return np.array(found, dtype=np.int64)


class ObjectStore:
    """The records of one type."""

    type = ""

    def __init__(self, index: AccountIndex) -> None:
        self._index = index

    def state(self) -> State:
        return self._index.state(self.type)

    def ids(self) -> Iterable[Id]:
        return list(self._index.objects.all(self.type))

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        found = ((id, self._index.objects.get(self.type, id)) for id in ids)
        return {id: {"id": id, **record} for id, record in found if record is not None}

    def scan(self, properties: Collection[str] | None = None) -> Iterator[Record]:
        yield from self.get(self.ids(), properties).values()

    def changes(self, since: State, limit: int | None = None) -> Delta | None:
        return self._index.changes(self.type, since, limit)

    def table(self) -> ObjectTable:
        return ObjectTable(self)

    def transaction(self) -> AbstractContextManager[Transaction]:
        return ReadOnlyTransaction(self)


class ReadOnlyTransaction:
    """Of a type that cannot be written."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def __enter__(self) -> "ReadOnlyTransaction":
        return self

    def __exit__(self, *_: object) -> None: ...

    def get(self, id: Id) -> Record | None:
        return self._store.get([id]).get(id)

    def create(self, record: Record) -> Record:
        raise ReadOnly(f"{self._store.type} cannot be created")

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        raise ReadOnly(f"{self._store.type} cannot be changed")

    def destroy(self, id: Id) -> None:
        raise ReadOnly(f"{self._store.type} cannot be destroyed")
