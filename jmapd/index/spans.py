"""When events and tasks take place (jmap-calendars-27 5.11): the occurrences of a record that the index keeps.

Moments are microseconds since 1970 UTC, of floating ones as if their time zone were UTC.
"""

import importlib.metadata
import time
import zoneinfo
from array import array
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jmapd.formats.jscalendar import durations
from jmapd.formats.jscalendar.recurrence import CannotExpand, Occurrence, TooMany, occurrences
from jmapd.formats.jscalendar.zones import microseconds, moment
from jmapd.index.snapshot import Array
from jmapd.wire import Record

MAX_WHOLE = 500  # occurrences of one record that are all kept
MAX_SPANS = 2000  # of one that has more, from the window
MAX_COUNTED = 20_000  # occurrences that are gone through to find the last one
STEPS = 20_000  # of one expansion when a record is indexed
FOREVER = 1 << 62
NO_RECURRENCE = -(1 << 63)  # as recurrence id: the record does not recur
NUMBERS = ("first", "last", "low", "high")  # as in Extent
YEARS_BEFORE, YEARS_AFTER = 1, 3
_EPOCH = datetime(1970, 1, 1)
_SECOND, _YEAR = timedelta(seconds=1), timedelta(days=366)

Window = tuple[int, int]
NO_WINDOW: Window = (0, 0)


class Spans(NamedTuple):
    """Columns of one length."""

    rows: Array
    starts: Array
    ends: Array
    recurrences: Array  # recurrence_text() of each is its recurrence id

    def only(self, chosen: Array) -> "Spans":
        return Spans(*(each[chosen] for each in self))


def joined(parts: Iterable[Spans]) -> Spans:
    return Spans(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def unpacked(spans: list[bytes], rows: Iterable[int] | None = None) -> Spans:
    """Those of several records, in their order."""
    found = np.frombuffer(b"".join(spans), dtype=np.int64).reshape(-1, 3)
    numbers = np.arange(len(spans)) if rows is None else np.fromiter(rows, dtype=np.int64, count=len(spans))
    repeated = np.repeat(numbers, [len(each) // 24 for each in spans])
    return Spans(repeated, *(np.ascontiguousarray(found[:, at]) for at in range(3)))


class Extent(NamedTuple):
    """`spans` has every occurrence that ends after `low` and starts before `high`."""

    spans: bytes  # start, end, recurrence id of each, as 64-bit numbers
    first: int | None  # start of the first occurrence
    last: int | None  # end of the last one, or FOREVER
    low: int
    high: int
    is_expandable: bool = True


NEVER = Extent(b"", None, None, -FOREVER, FOREVER)


def current_window() -> Window:
    """In which occurrences are kept of what recurs for too long to keep all."""
    return _window(time.gmtime().tm_year)


@cache
def _window(year: int) -> Window:
    return microseconds(datetime(year - YEARS_BEFORE, 1, 1)), microseconds(datetime(year + YEARS_AFTER, 1, 1))


@cache
def zones_version() -> str:
    """Which time zones the system has: by other ones occurrences are at other moments."""
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / "tzdata.zi").is_file():
            with (folder / "tzdata.zi").open() as file:
                return file.readline().strip("# \n")
        if folder.is_dir():
            return str(folder.stat().st_mtime_ns)
    return importlib.metadata.version("tzdata")


def extent(record: Record, window: Window) -> Extent:
    """Of an Event or Task, whatever it is; never raises."""
    try:
        return _extent(record, window)
    except (CannotExpand, TooMany):
        return _not_expanded(record)
    except ValueError:
        return NEVER


def _extent(record: Record, window: Window) -> Extent:
    rule = record.get("recurrenceRule")
    is_endless = isinstance(rule, dict) and rule.get("count") is None and rule.get("until") is None
    found = _some(record, None, window[1] if is_endless else None, MAX_WHOLE)
    begin = found or (_some(record, None, None, 0) if is_endless else [])
    if not begin:
        return NEVER
    first = begin[0].start_utc
    if len(found) <= MAX_WHOLE:
        last, high = (FOREVER, window[1]) if is_endless else (_end(found), FOREVER)
        return Extent(packed(found), first, last, -FOREVER, high)
    last = FOREVER if is_endless else _last(record, rule)
    found, high = _some(record, *window, MAX_SPANS), window[1]
    if len(found) > MAX_SPANS:
        high = found[-1].start_utc
        found = [each for each in found if each.start_utc < high]
    return Extent(packed(found), first, last, window[0], high)


def _some(record: Record, low: int | None, high: int | None, most: int) -> list[Occurrence]:
    """At most `most` and one more."""
    after, before = (None if each is None else moment(each) for each in (low, high))
    return list(occurrences(record, after, before, limit=most + 1, steps=STEPS))


def _not_expanded(record: Record) -> Extent:
    """The start and the overrides alone; others may be anywhere."""
    simple = {name: value for name, value in record.items() if name != "recurrenceRule"}
    try:
        found = _some(simple, None, None, MAX_SPANS)
    except (CannotExpand, TooMany, ValueError):
        return NEVER
    first = found[0].start_utc if found else None
    return Extent(packed(found), first, FOREVER, FOREVER, -FOREVER, is_expandable=False)


def _last(record: Record, rule: Any) -> int:
    """The end of the last of many occurrences; of what takes too long to go through there is none."""
    after = None
    if isinstance(rule, dict) and isinstance(rule.get("until"), str):
        after = microseconds(durations.moved(durations.local(rule["until"]), -_YEAR))
    try:
        found = _some(record, after, None, MAX_COUNTED)
    except TooMany:
        return FOREVER
    return FOREVER if not found or len(found) > MAX_COUNTED else _end(found)


def _end(found: Iterable[Occurrence]) -> int:
    return max(max(each.start_utc + 1, each.end_utc) for each in found)


def packed(found: Iterable[Occurrence]) -> bytes:
    """As numbers of 64 bits: start, end, recurrence id of each."""
    numbers = array("q")
    for each in found:
        # one without duration lasts a moment: it is in the range that it begins (RFC 4791 9.9)
        numbers.extend((each.start_utc, max(each.start_utc + 1, each.end_utc), recurrence_number(each.recurrence_id)))
    return numbers.tobytes()


def recurrence_number(text: str | None) -> int:
    """A recurrence id (LocalDateTime) as seconds since 1970 of its own time zone, NO_RECURRENCE for None."""
    return NO_RECURRENCE if text is None else (datetime.fromisoformat(text) - _EPOCH) // _SECOND


def recurrence_text(number: int) -> str | None:
    """Its inverse."""
    return None if number == NO_RECURRENCE else (_EPOCH + number * _SECOND).isoformat(timespec="seconds")
