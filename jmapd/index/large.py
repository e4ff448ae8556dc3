"""Many records of one type: those of the snapshot, decoded one by one, and over them what has changed since."""

from collections.abc import ItemsView, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from pyroaring import BitMap

from jmapd.index.bitmaps import numbers_of
from jmapd.index.history import History
from jmapd.index.journal import decode_json, encode_json
from jmapd.index.large_later import Later
from jmapd.index.large_stored import Stored, encoded
from jmapd.index.large_types import LargeType, Prepared
from jmapd.index.snapshot import Array, Snapshot
from jmapd.index.spans import NO_WINDOW, current_window
from jmapd.wire import Id, Record


class Large:
    """Rows are those of the snapshot in order of id, then one for each record that came or changed since."""

    def __init__(self, name: str, type: LargeType, snapshot: Snapshot) -> None:
        self.name, self.type = name, type
        self.stored = Stored(name, snapshot)
        self.base = self.stored.rows
        self.window = max(self.stored.window, current_window()) if type.has_spans else NO_WINDOW
        self.heads: dict[Id, bytes] = {}  # of all that changed since the snapshot, as JSON: it takes less memory
        self.bodies: dict[Id, bytes] = {}  # of those whose body did
        self.rows: dict[Id, int] = {}  # of those that look otherwise to clients
        self.later: list[Id] = []  # by row - base
        self.changed: list[Id] = []  # since the snapshot, in order; an id may be there again
        self.gone = BitMap()  # rows of the snapshot whose record was destroyed, maybe made again
        self.hidden = BitMap()  # rows of the snapshot that another row stands for, or none
        self._facts: dict[Id, Prepared] = {}
        self._order: tuple[Array, Array] | None = None  # _later_order(), until the next change
        self._columns: Later | None = None  # later_columns(), likewise
        self.has_columns = self.base > 0 and self.stored.rules == type.rules
        if not self.has_columns:
            for id in self.stored.ids():
                self._show(id)

    def __len__(self) -> int:
        return self.base - len(self.hidden) + len(self.rows)

    @property
    def is_changed(self) -> bool:
        return bool(self.heads or self.gone or (self.base and not self.is_current))

    @property
    def is_current(self) -> bool:
        """Whether the columns of the snapshot are as they would be made now."""
        return self.has_columns and (not self.type.has_spans or self.stored.window == self.window)

    @cached_property
    def history(self) -> History:
        return self.stored.history()

    # Records

    def stored_row(self, id: Id) -> int | None:
        """Where the snapshot has it, as far as it is still that record."""
        row = self.stored.row(id) if self.base else None
        return None if row is None or row in self.gone else row

    def has(self, id: Id) -> bool:
        return id in self.heads or self.stored_row(id) is not None

    def head(self, id: Id) -> Record | None:
        """The record without its body."""
        row = None if id in self.heads else self.stored_row(id)
        return None if row is None and id not in self.heads else self._head(id, row)

    def get(self, id: Id) -> Record | None:
        is_known = id in self.heads
        row = None if is_known and (self.type.body is None or id in self.bodies) else self.stored_row(id)
        return None if row is None and not is_known else self._whole(id, row)

    def _head(self, id: Id, row: int | None) -> Record:
        """By its row in the snapshot, if it has one."""
        if id in self.heads:
            head: Record = decode_json(self.heads[id])
            return head
        assert row is not None
        return self.stored.head(row)

    def _whole(self, id: Id, row: int | None) -> Record:
        record, body = self._head(id, row), self.type.body
        if body is not None and id in self.bodies:
            record[body] = decode_json(self.bodies[id])
        elif body is not None:
            assert row is not None
            record[body] = self.stored.body(row)
        return record

    def ids(self) -> Iterator[Id]:
        """The snapshot's first."""
        yield from (id for _, id in self._places())

    def every_head(self) -> Iterator[tuple[Id, Record]]:
        """Every head, each decoded once."""
        for row, id in self._places():
            yield id, self._head(id, row)

    def every(self) -> Iterator[tuple[Id, Record]]:
        """Every record, each decoded once."""
        for row, id in self._places():
            yield id, self._whole(id, row)

    def _places(self) -> Iterator[tuple[int | None, Id]]:
        """Every record's row in the snapshot, if it is there, and id."""
        gone, later = self.gone, self.rows
        is_old = set()
        for row, id in enumerate(self.stored.ids()):
            if row not in gone:
                yield row, id
                if id in later:
                    is_old.add(id)
        yield from ((None, id) for id in list(later) if id not in is_old)

    # Rows

    def live(self) -> BitMap:
        live = BitMap()
        live.add_range(0, self.base)
        return (live - self.hidden) | self.later_columns().bitmap

    def row(self, id: Id) -> int | None:
        return self.rows[id] if id in self.rows else self.stored_row(id)

    def id(self, row: int) -> Id:
        return self.stored.id(row) if row < self.base else self.later[row - self.base]

    def record(self, row: int) -> Record:
        found = self.get(self.id(row))
        assert found is not None
        return found

    def in_order(self, rows: BitMap) -> Array:
        """By id."""
        numbers = numbers_of(rows).astype(np.int64)
        first = int(np.searchsorted(numbers, self.base))
        if first == len(numbers):
            return numbers
        later, places = self._later_order()
        is_wanted = np.zeros(self.base + len(self.later), dtype=bool)
        is_wanted[numbers[first:]] = True
        chosen = is_wanted[later]
        if not first:
            return later[chosen]
        return np.insert(numbers[:first], np.searchsorted(numbers[:first], places[chosen]), later[chosen])

    def _later_order(self) -> tuple[Array, Array]:
        """The rows after those of the snapshot by id, and which row of the snapshot each comes before."""
        if self._order is None:
            ids = sorted(self.rows, key=encoded)
            rows = np.array([self.rows[id] for id in ids], dtype=np.int64)
            self._order = rows, np.array([self.stored.place(id) for id in ids], dtype=np.int64)
        return self._order

    def facts(self, id: Id) -> Prepared:
        """Of a record that came or changed since the snapshot."""
        found = self._facts.get(id)
        if found is None:
            record = self.get(id)
            assert record is not None
            found = self._facts[id] = self.type.prepared(record, self.window)
        return found

    def later_columns(self) -> Later:
        """Of all that came or changed since the snapshot."""
        if self._columns is None:
            self._columns = Later(self.rows, self.facts)
        return self._columns

    # Changes

    def apply(self, modseq: int, operation: str, id: Id, record: Record | None) -> None:
        """One change of a transaction; check() has let it through."""
        self.changed.append(id)
        if operation == "d":
            self._destroy(modseq, id)
            return
        assert record is not None
        head, has_body = dict(record), self.type.body in record
        body = head.pop(self.type.body, None) if self.type.body else None
        is_seen = operation == "c" or has_body or not self._looks_same(id, head)
        created = modseq if operation == "c" else self._created(id)
        self.heads[id] = _packed(head)
        if has_body or (operation == "c" and self.type.body):
            self.bodies[id] = _packed(body)
        if is_seen:
            self._show(id)
            if self._has_history and operation == "c":
                self.history.create(id, modseq)
            elif self._has_history:
                self.history.update(id, modseq, created)

    @property
    def _has_history(self) -> bool:
        return not self.name.startswith("_")

    def _looks_same(self, id: Id, head: Record) -> bool:
        """Whether a new head without a body is the old one to clients."""
        old = self.head(id) or {}
        return self.type.body is not None and all(head.get(key) == old.get(key) for key in self.type.visible)

    def _created(self, id: Id) -> int:
        if not self._has_history:
            return 0
        life = self.history.lives.get(id)
        if life is not None:
            return life[0]
        row = self.stored_row(id)
        assert row is not None
        return self.stored.created(row)

    def _show(self, id: Id) -> None:
        """Gives it a row of its own, in which it is as it is now."""
        self._facts.pop(id, None)
        self._columns = None
        if id not in self.rows:
            self._order = None
            row = self.stored_row(id)
            if row is not None:
                self.hidden.add(row)
            self.rows[id] = self.base + len(self.later)
            self.later.append(id)

    def _destroy(self, modseq: int, id: Id) -> None:
        if self._has_history:
            self.history.destroy(id, modseq, self._created(id))
        row = self.stored_row(id)
        if row is not None:
            self.gone.add(row)
            self.hidden.add(row)
        self._order = self._columns = None
        for known in (self.heads, self.bodies, self.rows, self._facts):
            known.pop(id, None)


def _packed(value: Any) -> bytes:
    """JSON that takes no more memory than it is long: orjson keeps room after it."""
    return memoryview(encode_json(value)).tobytes()


class LargeRecords(Mapping[Id, Record]):
    """All records of a type; each is decoded when it is asked for."""

    def __init__(self, large: Large) -> None:
        self._large = large

    def __getitem__(self, id: Id) -> Record:
        record = self._large.get(id)
        if record is None:
            raise KeyError(id)
        return record

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and self._large.has(id)

    def __iter__(self) -> Iterator[Id]:
        return self._large.ids()

    def items(self) -> ItemsView[Id, Record]:
        return _Items(self, self._large)

    def __len__(self) -> int:
        return len(self._large)


class _Items(ItemsView[Id, Record]):
    """Of all in one pass."""

    def __init__(self, mapping: LargeRecords, large: Large) -> None:
        super().__init__(mapping)
        self._large = large

    def __iter__(self) -> Iterator[tuple[Id, Record]]:
        return self._large.every()
