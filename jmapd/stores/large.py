"""Records of a type of which an account has many, as /get and /query see them; the index has all that these ask for."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from pyroaring import BitMap

from jmapd.formats.jscalendar import durations
from jmapd.formats.jscalendar.zones import moment, utc
from jmapd.index import large_search, large_spans
from jmapd.index.bitmaps import bitmap_of
from jmapd.index.large import Large
from jmapd.index.search_terms import terms
from jmapd.index.snapshot import Array
from jmapd.index.spans import joined
from jmapd.stores.base import Rows
from jmapd.stores.objects import ObjectStore
from jmapd.wire import Id, Record, UTCDate
from jmapd.wire.dates import microseconds

_FINER = re.compile(r"\.\d{6}\d*[1-9]")


class Occurrences(NamedTuple):
    """In order of start, then id of the record, then recurrence id."""

    rows: Array
    starts: Array  # microseconds since 1970 UTC
    ends: Array
    recurrences: Array  # index/spans.py's recurrence_text() makes the recurrence id of it
    unknown: BitMap  # rows of which it cannot be told whether they have occurrences there


class LargeTable:
    """The index's own rows; they are in order of id."""

    natural_sort: str | None = "id"

    def __init__(self, store: "LargeStore") -> None:
        self._store, self._large = store, store.large
        self._records: dict[int, Record] = {}

    def live(self) -> BitMap:
        return self._large.live()

    def row(self, id: Id) -> int | None:
        return self._large.row(id)

    def ids(self, rows: Iterable[int]) -> list[Id]:
        return [self._large.id(int(row)) for row in rows]

    def record(self, row: int) -> Record:
        if row not in self._records:
            id = self._large.id(row)
            self._records[row] = self._store.get([id])[id]
        return self._records[row]

    def natural(self, rows: BitMap, is_ascending: bool) -> Rows:
        """By id."""
        found = self._large.in_order(rows)
        return found if is_ascending else found[::-1]

    def groups(self, rows: Rows, collapse: str) -> np.ndarray[Any, Any]:
        numbers: dict[Any, int] = {}
        found = [numbers.setdefault(self.record(int(row)).get(collapse), len(numbers)) for row in rows]
        return np.array(found, dtype=np.int64)


class LargeStore(ObjectStore):
    """The records of one type. What the filters below answer is exact."""

    @property
    def large(self) -> Large:
        return self._index.objects.large[self.type]

    def table(self) -> LargeTable:
        return LargeTable(self)

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        found = ((id, self.large.get(id)) for id in ids)
        return {id: self.shown(id, record) for id, record in found if record is not None}

    def scan(self, properties: Collection[str] | None = None) -> Iterator[Record]:
        for id in self.ids():
            yield from self.get([id]).values()

    def shown(self, id: Id, record: Record) -> Record:
        """The index's record as clients see it."""
        return {"id": id, **record}

    def with_text(self, name: str, text: str) -> BitMap:
        """Those in which every word of the search text begins a word, and every phrase stands (RFC 9610 3.3.1)."""
        wanted = terms(text, is_open=True)
        if not wanted and text.strip():
            return BitMap()
        return large_search.with_terms(self.large, name, wanted)

    def with_key(self, name: str, value: str) -> BitMap:
        return large_search.with_key(self.large, name, value)

    def between(self, name: str, after: UTCDate | None, before: UTCDate | None) -> BitMap:
        """after <= date < before. Raises ValueError."""
        low, high = (None if date is None else _rounded_up(date) for date in (after, before))
        return large_search.within(self.large, name, low, high)

    # Of types that have a place in time. A LocalDateTime is in `zone`, as all times of floating events are.

    def overlapping(self, after: str | None, before: str | None, zone: str) -> BitMap:
        """Those of which one occurrence ends after `after`, and one, maybe another, starts before `before`."""
        floating = self.with_key("floating", "1")
        found = BitMap()
        for rows, of in ((self.large.live() - floating, zone), (floating, None)):
            if not rows:
                continue
            low, high = (None if each is None else utc(durations.local(each), of) for each in (after, before))
            if low is not None:
                rows &= large_search.within(self.large, "last", low + 1, None)
            if high is not None:
                rows &= large_search.within(self.large, "first", None, high)
            found |= rows
        return found

    def occurrences(self, after: str, before: str, zone: str, among: BitMap) -> Occurrences:
        """All of those rows that end after `after` and start before `before`."""
        floating = self.with_key("floating", "1") & among
        low, high = (utc(durations.local(each), zone) for each in (after, before))
        spans, unknown = large_spans.between(self.large, low, high, among - floating)
        if floating:
            low, high = (utc(durations.local(each), None) for each in (after, before))
            local, more = large_spans.between(self.large, low, high, floating)
            moved = local._replace(starts=_in_zone(local.starts, zone), ends=_in_zone(local.ends, zone))
            spans, unknown = joined((spans, moved)), unknown | more
        places = np.zeros(int(spans.rows.max(initial=0)) + 1, dtype=np.int64)
        ordered = self.large.in_order(bitmap_of(spans.rows))
        places[ordered] = np.arange(len(ordered))
        found = spans.only(np.lexsort((spans.recurrences, places[spans.rows], spans.starts)))
        return Occurrences(*found, unknown)

    def sort_column(self, name: str, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return large_search.sort_column(self.large, name, rows)


def _in_zone(local: Array, zone: str) -> Array:
    """Moments of floating events in UTC."""
    if zone == "Etc/UTC":
        return local
    return np.array([utc(moment(each), zone) for each in local.tolist()], dtype=np.int64)


def _rounded_up(date: UTCDate) -> int:
    """To the microseconds in which dates are kept."""
    return microseconds(date) + (_FINER.search(date) is not None)
