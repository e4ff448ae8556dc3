"""Sort columns as numbers: ranks of strings (equal strings, equal ranks) and dates, for old and new rows alike."""

from typing import Any

import numpy as np

from jmapd.index.snapshot import TEXTS, Snapshot

Array = np.ndarray[Any, Any]
NUMBERS = {"receivedAt": "received", "size": "size", "thread": "thread", "sentAt": "sent"}


class Ranks:
    """Columns of a snapshot, and the values of the rows after it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._values: dict[str, list[Any]] = {name: [] for name in (*NUMBERS, *TEXTS)}
        self._arrays: dict[str, Array] = {}

    def add(self, values: dict[str, Any]) -> None:
        """The next row: receivedAt, size, thread, sentAt, and subject, from, to as UTF-8."""
        for name, column in self._values.items():
            column.append(values[name])
        self._arrays.clear()

    def later(self, name: str) -> list[Any]:
        """The values of the rows after the snapshot."""
        return self._values[name]

    def column(self, name: str, rows: Array) -> Array:
        """The values at `rows`."""
        old = self._snapshot.array(NUMBERS.get(name, name))
        found: Array
        if not self._values["size"]:
            found = old[rows]
            return found
        rows = np.asarray(rows, dtype=np.int64)
        base = self._snapshot.rows
        is_later = rows >= base
        later = self._later_array(name)
        if not is_later.any():
            found = old[rows].astype(later.dtype)
            return found
        values = np.empty(len(rows), dtype=later.dtype)
        values[is_later] = later[rows[is_later] - base]
        values[~is_later] = old[rows[~is_later]]
        return values

    def _later_array(self, name: str) -> Array:
        array = self._arrays.get(name)
        if array is None:
            values = self._values[name]
            numbers = between(self._snapshot, name, values) if name in TEXTS else values
            array = np.array(numbers, dtype=np.float64 if name in TEXTS else np.int64)
            self._arrays[name] = array
        return array


def between(snapshot: Snapshot, column: str, values: list[bytes]) -> list[float]:
    """The ranks of strings; those that the snapshot's column does not have lie between two of its ranks."""
    ranks: dict[bytes, float] = {}
    gaps: dict[int, list[bytes]] = {}
    for text in sorted(set(values)):
        rank, is_there = snapshot.text_rank(column, text)
        if is_there:
            ranks[text] = rank
        else:
            gaps.setdefault(rank, []).append(text)
    for rank, texts in gaps.items():
        for at, text in enumerate(texts):
            ranks[text] = rank - 1 + (at + 1) / (len(texts) + 1)
    return [ranks[text] for text in values]
