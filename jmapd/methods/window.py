"""A page of /query results (RFC 8620 5.5): position, anchor, limit, total, collapsed or not."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from pyroaring import BitMap

from jmapd.methods.spec import Array
from jmapd.stores.base import Rows, Table
from jmapd.wire import Arguments, Id
from jmapd.wire.errors import AnchorNotFound


class Results(Protocol):
    """The whole list of results, of which only what is asked for is worked out."""

    def total(self) -> int: ...
    def index(self, id: Id) -> int | None: ...
    def page(self, start: int, stop: int | None) -> list[Id]: ...


def cut(results: Results, args: Arguments) -> tuple[int, list[Id]]:
    """The position of the page and its ids. Raises AnchorNotFound."""
    start = _start(results, args)
    limit = args["limit"]
    return start, results.page(start, None if limit is None else start + limit)


def _start(results: Results, args: Arguments) -> int:
    anchor, position = args["anchor"], args["position"]
    if anchor is not None:
        found = results.index(anchor)
        if found is None:
            raise AnchorNotFound("the anchor is not among the results")
        return max(0, found + int(args["anchorOffset"]))
    return int(position) if position >= 0 else max(0, results.total() + int(position))


class ListResults:
    """Ids that are there already, as a hook arranged them."""

    def __init__(self, ids: Sequence[Id]) -> None:
        self._ids = ids

    def total(self) -> int:
        return len(self._ids)

    def index(self, id: Id) -> int | None:
        return self._ids.index(id) if id in self._ids else None

    def page(self, start: int, stop: int | None) -> list[Id]:
        return list(self._ids[start:stop])


class RowResults:
    """Rows in their order. `set_of_rows` holds the same rows."""

    def __init__(self, table: Table, set_of_rows: BitMap, in_order: Rows, is_ascending: bool | None) -> None:
        self._table, self._set, self._rows = table, set_of_rows, in_order
        self._is_ascending = is_ascending  # None: not the table's natural order

    def total(self) -> int:
        return len(self._set)

    def index(self, id: Id) -> int | None:
        row = self._table.row(id)
        if row is None or row not in self._set:
            return None
        find = getattr(self._table, "position", None)
        if find is not None and self._is_ascending is not None:
            return int(find(self._set, row, self._is_ascending))
        return place(as_array(self._rows), row)

    def page(self, start: int, stop: int | None) -> list[Id]:
        if start >= len(self._set):
            return []
        return self._table.ids(_plain(self._rows[start:stop]))

    def array(self) -> Array:
        """All rows in order."""
        return as_array(self._rows)


class CollapsedResults:
    """Of each group the first row only (RFC 8621 4.4: collapseThreads). Reads on only as far as is asked."""

    def __init__(self, table: Table, set_of_rows: BitMap, in_order: Rows, name: str) -> None:
        self._table, self._set, self._rows, self._name = table, set_of_rows, in_order, name
        self._firsts: list[int] = []
        self._seen: set[int] = set()
        self._read = 0

    def total(self) -> int:
        if self._read == len(self._set):
            return len(self._firsts)
        count = getattr(self._table, "collapsed_total", None)
        if count is not None:
            return int(count(self._set))
        members = np.asarray(self._set.to_array(), dtype=np.int64)
        return int(np.unique(self._table.groups(members, self._name)).size)

    def index(self, id: Id) -> int | None:
        row = self._table.row(id)
        if row is None or row not in self._set:
            return None
        return place(self.array(), row)

    def page(self, start: int, stop: int | None) -> list[Id]:
        self._read_until(stop)
        return self._table.ids(self._firsts[start:stop])

    def array(self) -> Array:
        """All rows that are the first of their group, in order."""
        self._read_until(None)
        return np.array(self._firsts, dtype=np.int64)

    def _read_until(self, stop: int | None) -> None:
        size = 512 if stop is None else max(64, stop * 2)
        while self._read < len(self._set) and (stop is None or len(self._firsts) < stop):
            chunk = as_array(self._rows[self._read : self._read + size])
            self._read += len(chunk)
            groups, positions = np.unique(self._table.groups(chunk, self._name), return_index=True)
            in_order = np.argsort(positions)
            for group, row in zip(groups[in_order].tolist(), chunk[positions[in_order]].tolist(), strict=True):
                if group not in self._seen:
                    self._seen.add(group)
                    self._firsts.append(row)
            size = min(size * 4, 1 << 20)


def place(rows: Array, row: int) -> int | None:
    """Where a row stands."""
    found = np.flatnonzero(rows == row)
    return int(found[0]) if found.size else None


def as_array(rows: Any) -> Array:
    """Rows of any kind as an array."""
    return np.asarray(rows if isinstance(rows, np.ndarray | list) else rows[:], dtype=np.int64)


def _plain(rows: Any) -> Any:
    return rows.tolist() if isinstance(rows, np.ndarray) else rows
