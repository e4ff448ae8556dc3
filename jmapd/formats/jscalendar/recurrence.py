"""The occurrences of an event or task (jscalendarbis 3.3): rule and overrides in local time, then in UTC."""

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

from jmapd.formats.jscalendar import durations
from jmapd.formats.jscalendar.expansion import MAX_STEPS, CannotExpand, TooMany, times
from jmapd.formats.jscalendar.zones import local_moment, microseconds, moment, utc
from jmapd.wire import Record

__all__ = ["CannotExpand", "Occurrence", "TooMany", "occurrences"]

_MARGIN = timedelta(hours=3)  # what a change to or from summer time may make of a local time
_LAST = microseconds(datetime(9999, 12, 31, 23, 59, 59))
_NOTHING: Record = {}
_DISORDER = 26 * 3600 * 1_000_000  # by how much an hour that is skipped or repeated may change the order


class Occurrence(NamedTuple):
    """One occurrence; times are microseconds since 1970, UTC."""

    recurrence_id: str | None  # local; None of what does not recur
    start_utc: int
    end_utc: int
    patch: Record  # its override, {} when there is none


class Times(NamedTuple):
    """What of an event says when it is."""

    start: datetime | None  # of a task that has none, when it is due
    zone: str | None
    nominal: timedelta  # by the clock on the wall
    seconds: int  # exact, after it

    @property
    def length(self) -> timedelta:
        """About how long it is."""
        return self.nominal + timedelta(seconds=self.seconds)

    def span(self, start: datetime, default_zone: str | None) -> tuple[int, int]:
        """Start and end in UTC of an occurrence that starts at this local time (jscalendarbis 1.5.6)."""
        zone = self.zone or default_zone
        first = last = utc(start, zone)
        if self.nominal:
            last = max(first, utc(durations.moved(start, self.nominal), zone))
        return first, min(last + self.seconds * 1_000_000, _LAST)


def of(record: Record) -> Times:
    """When an event or task is; of what cannot be read nothing."""
    zone = record.get("timeZone")
    zone = zone if isinstance(zone, str) else None
    start = _local(record.get("start"))
    due = _local(record.get("due"))
    if record.get("@type") == "Task" and (start is None or due is not None):
        if start is None or due is None or due < start:
            return Times(start or due, zone, timedelta(0), 0)
        return Times(start, zone, due - start, 0)  # due is local too (4.2.1)
    days, seconds = _duration(record)
    return Times(start, zone, timedelta(days=days), seconds)


def _duration(record: Record) -> tuple[int, int]:
    """Nominal days and exact seconds of an event, not below zero."""
    try:
        days, seconds = durations.parse(record.get("duration") or "PT0S")
    except (TypeError, ValueError):
        return 0, 0
    return max(days, 0), max(seconds, 0)


def _local(value: Any) -> datetime | None:
    try:
        return durations.local(value) if isinstance(value, str) else None
    except ValueError:
        return None


def occurrences(
    event: Record,
    after: datetime | None = None,
    before: datetime | None = None,
    zone_for_floating: str | None = "Etc/UTC",
    limit: int | None = None,
    steps: int = MAX_STEPS,
) -> Iterator[Occurrence]:
    """All occurrences that end after `after` and start before `before` (naive ones are UTC), in order of start.

    One of no length may be at `after`. Raises CannotExpand, and TooMany past `steps`; ends after `limit` of them.
    """
    shape = of(event)
    if shape.start is None:
        return
    low = None if after is None else microseconds(after)
    high = None if before is None else microseconds(before)
    found = (
        each
        for each in _all(event, shape, low, high, zone_for_floating, steps)
        if (high is None or each.start_utc < high)
        and (low is None or each.end_utc > low or each.start_utc == each.end_utc == low)
    )
    for number, each in enumerate(found):
        if limit is not None and number >= limit:
            return
        yield each


def _all(
    event: Record, shape: Times, low: int | None, high: int | None, floating: str | None, steps: int
) -> Iterator[Occurrence]:
    """Occurrences in order; at least those between `low` and `high`."""
    assert shape.start is not None
    rule, overrides = event.get("recurrenceRule"), _overrides(event)
    if not isinstance(rule, dict) and not overrides:
        yield Occurrence(None, *shape.span(shape.start, floating), _NOTHING)
        return
    of_overrides = sorted(_overridden(event, shape, overrides, floating), key=lambda each: each.start_utc)
    yield from heapq.merge(
        _sorted(_by_rule(event, shape, low, high, floating, steps)), of_overrides, key=lambda each: each.start_utc
    )


def _overrides(event: Record) -> Record:
    found = event.get("recurrenceOverrides")
    return found if isinstance(found, dict) else _NOTHING


def _by_rule(
    event: Record, shape: Times, low: int | None, high: int | None, floating: str | None, steps: int
) -> Iterator[Occurrence]:
    """Occurrences that no override touches, in order of recurrence id."""
    assert shape.start is not None
    overrides = _overrides(event)
    rule = event.get("recurrenceRule")
    if not isinstance(rule, dict):
        found: Iterator[datetime] = iter((shape.start,))
    else:
        zone = shape.zone or floating
        after = None if low is None else durations.moved(local_moment(moment(low), zone), -shape.length - _MARGIN)
        before = None if high is None else durations.moved(local_moment(moment(high), zone), _MARGIN)
        found = times(rule, shape.start, after, before, steps)
    for start in found:
        recurrence_id = start.isoformat()
        if recurrence_id not in overrides:
            first, last = shape.span(start, floating)
            if high is not None and first >= high + _DISORDER:
                return
            yield Occurrence(recurrence_id, first, last, _NOTHING)


def _sorted(found: Iterator[Occurrence]) -> Iterator[Occurrence]:
    """Occurrences of a rule by start: around a change to or from summer time their order may be another."""
    last: Occurrence | None = None
    for each in found:
        if last is not None and each.start_utc < last.start_utc:
            yield from heapq.merge((last,), _reordered(chain((each,), found)), key=lambda one: one.start_utc)
            return
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def _reordered(found: Iterator[Occurrence]) -> Iterator[Occurrence]:
    heap: list[tuple[int, str, Occurrence]] = []
    for each in found:
        heapq.heappush(heap, (each.start_utc, each.recurrence_id or "", each))
        while heap[0][0] < each.start_utc - _DISORDER:
            yield heapq.heappop(heap)[2]
    while heap:
        yield heapq.heappop(heap)[2]


def _overridden(event: Record, shape: Times, overrides: Record, floating: str | None) -> Iterator[Occurrence]:
    """What overrides change or add; those that are excluded, or have no date-time for a key, are left out."""
    for recurrence_id, patch in overrides.items():
        start = _local(recurrence_id)
        if start is None or not isinstance(patch, dict) or patch.get("excluded") is True:
            continue
        changed = shape
        if not _TIMES.isdisjoint(patch):
            start, changed = overridden(event, shape, start, patch)
        yield Occurrence(recurrence_id, *changed.span(start, floating), patch)


_TIMES = frozenset(("start", "duration", "timeZone", "due"))


def overridden(event: Record, shape: Times, start: datetime, patch: Record) -> tuple[datetime, Times]:
    """When an occurrence is whose override changes that."""
    inherited: Record = {name: event[name] for name in ("@type", "duration", "timeZone") if name in event}
    if "start" in event:
        inherited["start"] = durations.local_text(start)
    if "due" in event:
        length = shape.length if "start" in event else timedelta(0)
        inherited["due"] = durations.local_text(durations.moved(start, length))
    for name in _TIMES & patch.keys():
        if patch[name] is None:
            inherited.pop(name, None)
        else:
            inherited[name] = patch[name]
    found = of(inherited)
    return found.start or start, found
