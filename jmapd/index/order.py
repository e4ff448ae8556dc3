"""Rows in the order of receivedAt, then id, at the cost of a page.

Row numbers are in that order but for a few exceptions: messages that came out of order since the snapshot.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, overload

import numpy as np
from pyroaring import BitMap

Array = np.ndarray[Any, Any]
Key = tuple[int, str]  # receivedAt, id
Exceptional = tuple[Key, int, int]  # its key, its row, the row it comes before


class Order:
    """The rows that came since the snapshot: whether they are in order, else where they belong."""

    def __init__(self, rows: int, key: Callable[[int], Key]) -> None:
        self._base = rows
        self._key = key
        self._last: Key | None = key(rows - 1) if rows else None
        self._keys: list[Key] = []  # of the later rows that are in order
        self._rows: list[int] = []
        self.exceptions: list[Exceptional] = []
        self.exceptional = BitMap()

    def add(self, row: int, key: Key) -> None:
        if self._last is None or key > self._last:
            self._last = key
            self._keys.append(key)
            self._rows.append(row)
            return
        place = bisect_left(range(self._base), key, key=self._key)
        if place == self._base:
            later = bisect_left(self._keys, key)
            place = self._rows[later] if later < len(self._rows) else row
        insort(self.exceptions, (key, row, place))
        self.exceptional.add(row)

    def sorted(self, rows: BitMap, is_ascending: bool) -> "Received":
        strays = rows & self.exceptional if self.exceptions else BitMap()
        if not strays:
            return Received(rows, [], [], is_ascending)
        main = rows - strays
        places: list[int] = []
        out: list[int] = []
        for _, row, place in self.exceptions:
            if row in strays:
                before = main.rank(place - 1) if place else 0
                places.append(before + len(out))
                out.append(row)
        return Received(main, places, out, is_ascending)


class Received(Sequence[int]):
    """Rows in order, made page by page. `strays[i]` stands at position `places[i]` among all."""

    def __init__(self, main: BitMap, places: list[int], strays: list[int], is_ascending: bool) -> None:
        self._main, self._places, self._strays = main, places, strays
        self._is_ascending = is_ascending
        self._length = len(main) + len(strays)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> Any: ...
    def __getitem__(self, at: int | slice) -> Any:
        """A list, or an array for the whole."""
        if isinstance(at, int):
            at = at + self._length if at < 0 else at
            if not 0 <= at < self._length:
                raise IndexError(at)
            return self[at : at + 1][0]
        start, stop, step = at.indices(self._length)
        if step == 1 and start == 0 and stop == self._length:
            return np.asarray(self)
        if step != 1:
            return [self[place] for place in range(start, stop, step)]
        if start >= stop:
            return []
        if self._is_ascending:
            return self._between(start, stop)
        rows = self._between(self._length - stop, self._length - start)
        rows.reverse()
        return rows

    def _between(self, start: int, stop: int) -> list[int]:
        places = self._places
        if not places:
            return self._main_between(start, stop)
        first, last = bisect_left(places, start), bisect_left(places, stop)
        rows = self._main_between(start - first, stop - last)
        for at in range(first, last):
            rows.insert(places[at] - start, self._strays[at])
        return rows

    def _main_between(self, start: int, stop: int) -> list[int]:
        if start >= stop:
            return []
        if stop - start > 4096:
            return self._main[start:stop].to_array().tolist()
        return list(islice(self._main.iter_equal_or_larger(self._main[start]), stop - start))

    def __iter__(self) -> Iterator[int]:
        return iter(np.asarray(self).tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        rows: Array = np.array(self._main.to_array(), dtype=np.uint32)
        if self._places:
            before = np.array(self._places) - np.arange(len(self._places))
            rows = np.insert(rows, before, self._strays)
        rows = rows if self._is_ascending else rows[::-1]
        return rows if dtype is None else rows.astype(dtype)

    def index(self, value: int, start: int = 0, stop: int | None = None) -> int:
        """The position of a row, at the cost of a search. Raises ValueError."""
        if value in self._main:
            place = self._main.rank(value) - 1
            low, high = 0, len(self._places)
            while low < high:  # strays at places[i] have i strays and places[i] - i others before them
                middle = (low + high) // 2
                low, high = (middle + 1, high) if self._places[middle] - middle <= place else (low, middle)
            place += low
        else:
            place = self._places[self._strays.index(value)]
        place = place if self._is_ascending else self._length - 1 - place
        if place < start or (stop is not None and place >= stop):
            raise ValueError(value)
        return place
