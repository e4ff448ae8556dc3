"""Columns of the records of one type that came or changed since the snapshot, until the next change."""

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
from pyroaring import BitMap

from jmapd.index.large_types import Prepared
from jmapd.index.snapshot import Array
from jmapd.index.spans import Spans, unpacked
from jmapd.wire import Id

FEW = 3


class Later:
    """By place: the `rows` in no order."""

    def __init__(self, rows: Mapping[Id, int], facts: Callable[[Id], Prepared]) -> None:
        self.rows = np.fromiter(rows.values(), dtype=np.int64, count=len(rows))
        self.bitmap = BitMap(rows.values())
        self._facts = [facts(id) for id in rows]
        self._asked = 0

    @cached_property
    def numbers(self) -> Array:
        """A row for each column of numbers."""
        return np.array([facts.numbers for facts in self._facts], dtype=np.int64).reshape(len(self._facts), -1).T

    @cached_property
    def spans(self) -> Spans:
        """In no order."""
        return unpacked([facts.spans for facts in self._facts], self.rows.tolist())

    @cached_property
    def _keys(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for row, facts in zip(self.rows.tolist(), self._facts, strict=True):
            for key in facts.keys:
                found.setdefault(key, []).append(row)
        return found

    def having(self, key: int) -> BitMap:
        """The rows with a key; after a change few are asked for, so that these are looked for one by one."""
        self._asked += 1
        if self._asked > FEW:
            return BitMap(self._keys.get(key, ()))
        return BitMap(row for row, facts in zip(self.rows.tolist(), self._facts, strict=True) if key in facts.keys)
