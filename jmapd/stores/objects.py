"""Small JSON records kept in the index's journal: Mailboxes, and other types that no plain file holds."""

import secrets
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np
from pyroaring import BitMap

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.base import OverQuota, ReadOnly, RecordExists, RecordNotFound, Rows, Table, Transaction
from jmapd.stores.maildir_write import store_error
from jmapd.wire import Id, Record, State
from jmapd.wire.delta import Delta


class Readable(Protocol):
    """What a table is made of."""

    def ids(self) -> Iterable[Id]: ...
    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]: ...


class ObjectTable:
    """Records as rows, in the order of their ids (RFC 8620 5.5); made for one query."""

    natural_sort: str | None = None

    def __init__(self, store: Readable) -> None:
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

    def table(self) -> Table:
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


class WritableObjects(ObjectStore):
    """The records of one type that no plain file holds."""

    prefix = ""  # of the ids it makes; a letter
    max_records: int | None = None

    def transaction(self) -> AbstractContextManager[Transaction]:
        """The account's lock must be held."""
        return ObjectTransaction(self, self._index)

    def new_id(self) -> Id:
        """An id that was never given."""
        return self.prefix + secrets.token_hex(12)


class ObjectTransaction:
    """Changes of one type's records, committed in one line of the journal."""

    def __init__(self, store: WritableObjects, index: AccountIndex) -> None:
        self._store, self._index = store, index
        self._changed: dict[Id, Record | None] = {}  # as they are to be, without "id"

    def __enter__(self) -> "ObjectTransaction":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            try:
                self._index.commit(self.changes())
            except OSError as error:
                raise store_error(error) from error

    def changes(self) -> list[Change]:
        """What the journal is told."""
        known, found = self._index.objects.all(self._store.type), list[Change]()
        for id, record in self._changed.items():
            if record is None:
                found += [[self._store.type, "d", id]] if id in known else []
            else:
                found.append([self._store.type, "u" if id in known else "c", id, record])
        return found

    def get(self, id: Id) -> Record | None:
        """The record as this transaction has left it."""
        if id not in self._changed:
            return self._store.get([id]).get(id)
        record = self._changed[id]
        return None if record is None else {"id": id, **record}

    def create(self, record: Record) -> Record:
        """An id that the record brings is kept. Raises RecordExists, OverQuota."""
        id, most = record.get("id") or self._store.new_id(), self._store.max_records
        if self.get(id) is not None:
            raise RecordExists(id)
        if most is not None and self._count() >= most:
            raise OverQuota(f"an account may have {most} objects of the type {self._store.type}")
        self._changed[id] = _without_id(record)
        return {"id": id}

    def _count(self) -> int:
        known = self._index.objects.all(self._store.type)
        gone = sum(record is None and id in known for id, record in self._changed.items())
        come = sum(record is not None and id not in known for id, record in self._changed.items())
        return len(known) - gone + come

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        if self.get(id) is None:
            raise RecordNotFound(id)
        self._changed[id] = _without_id(record)
        return None

    def destroy(self, id: Id) -> None:
        if self.get(id) is None:
            raise RecordNotFound(id)
        self._changed[id] = None


def _without_id(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "id"}
