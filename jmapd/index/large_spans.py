"""Which occurrences of many events are in a range of time: columns of the snapshot, and what has changed since.

What lies beyond the spans that are kept is expanded anew.
"""

from collections.abc import Sequence
from itertools import islice

import numpy as np
from pyroaring import BitMap

from jmapd.formats.jscalendar.recurrence import CannotExpand, TooMany, occurrences
from jmapd.formats.jscalendar.zones import moment
from jmapd.index import IndexDamaged
from jmapd.index.bitmaps import bitmap_of, numbers_of
from jmapd.index.large import Large
from jmapd.index.large_search import stored_column, with_key
from jmapd.index.large_stored import Stored
from jmapd.index.snapshot import Array
from jmapd.index.spans import NUMBERS, Spans, joined, packed, unpacked

MAX_EXPANDED = 50_000  # occurrences that one query makes anew
MAX_STEPS = 50_000  # of one expansion


def spans_by_row(stored: Stored) -> dict[int, bytes]:
    """All of a snapshot, as they were packed."""
    found = _stored(stored)
    order = np.argsort(found.rows, kind="stable")
    octets = np.column_stack(found.only(order)[1:]).tobytes()
    rows, firsts = np.unique(found.rows[order], return_index=True)
    edges = [*(firsts * 24).tolist(), len(octets)]
    return {row: octets[edges[at] : edges[at + 1]] for at, row in enumerate(rows.tolist())}


def _stored(stored: Stored) -> Spans:
    names = ("rows", "start", "end", "recurrence")
    return Spans(*(stored.snapshot.array(f"{stored.type}.span_{name}") for name in names))


def between(large: Large, low: int, high: int, among: BitMap) -> tuple[Spans, BitMap]:
    """Occurrences of these rows that end after `low` and start before `high`; rows of which they cannot be told."""
    parts = [_kept(large, low, high), _later(large, low, high)]
    is_wanted = np.zeros(large.base + len(large.later), dtype=bool)
    open = _open(large, low, high, among)
    is_wanted[numbers_of(among - open)] = True
    parts = [each.only(is_wanted[each.rows]) for each in parts]
    unknown = open & with_key(large, "expandable", "0")
    room = MAX_EXPANDED
    for row in open - unknown:
        found = _expanded(large, row, low, high, room)
        if found is None:
            unknown.add(row)
        else:
            parts.append(found)
            room -= len(found.rows)
    return joined(parts), unknown


def _kept(large: Large, low: int, high: int) -> Spans:
    """Of the snapshot, also of rows that are hidden."""
    if not large.has_columns:
        return unpacked([])
    snapshot, name = large.stored.snapshot, large.name
    first = int(np.searchsorted(snapshot.array(f"{name}.span_reach"), low, "right"))
    last = int(np.searchsorted(snapshot.array(f"{name}.span_start"), high, "left"))
    found = Spans(*(each[first:last] for each in _stored(large.stored)))
    if len(found.rows) and int(found.rows.max()) >= large.base:
        snapshot.is_damaged = True
        raise IndexDamaged(f"{snapshot.path}: spans of {name} are damaged")
    return found.only(found.ends > low)


def _later(large: Large, low: int, high: int) -> Spans:
    found = large.later_columns().spans
    return found.only((found.starts < high) & (found.ends > low))


def _open(large: Large, low: int, high: int, among: BitMap) -> BitMap:
    """The rows that may have occurrences in the range which are not kept."""
    later = large.later_columns()
    found = (
        bitmap_of(later.rows[_is_open([*later.numbers[-len(NUMBERS) :]], low, high)]) if len(later.rows) else BitMap()
    )
    if large.has_columns:
        numbers = large.type.numbers
        stored = [stored_column(large, "numbers", numbers.index(name)) for name in NUMBERS]
        found |= bitmap_of(np.flatnonzero(_is_open(stored, low, high))) - large.hidden
    return found & among


def _is_open(columns: Sequence[Array], low: int, high: int) -> Array:
    first, last, kept_from, kept_to = columns
    is_open: Array = (first < high) & (last > low) & ((kept_from > low) | (high > kept_to))
    return is_open


def _expanded(large: Large, row: int, low: int, high: int, room: int) -> Spans | None:
    object = large.record(row)[large.type.body or ""]
    try:
        found = list(islice(occurrences(object, moment(low), moment(high), steps=MAX_STEPS), room + 1))
    except (CannotExpand, TooMany):
        return None
    return unpacked([packed(found)], [row]) if len(found) <= room else None
