"""VTIMEZONE written from the IANA database (RFC 5545 3.6.5; other programs want it in the file)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from jmapd.formats.content_lines import make_line
from jmapd.formats.icalendar import Component, new_component
from jmapd.formats.jscalendar.recurrence_rule import WEEKDAYS
from jmapd.formats.jscalendar.zones import zone

_STEP = timedelta(days=7)  # no zone changes its offset twice in a week
_SETTLED = 2038  # from then on the rules of every zone but for those by the moon are regular
_LAST = 2100
_FEWEST = 3  # years in a row that make a rule


class _Change(NamedTuple):
    at: datetime  # local, by the offset before
    before: timedelta
    after: timedelta
    name: str
    is_daylight: bool

    @property
    def pattern(self) -> tuple[int, int, int, object]:
        """Month, weekday, which of the month (5: the last), time."""
        next_week = self.at + _STEP
        nth = -1 if next_week.month != self.at.month else (self.at.day - 1) // 7 + 1
        return self.at.month, self.at.weekday(), nth, self.at.time()


def vtimezone(name: str, from_: datetime, until: datetime | None = None) -> Component:
    """The VTIMEZONE of an IANA zone that holds between two local times; `until` None is for ever."""
    first = datetime(min(max(from_.year - 1, 1900), _LAST), 1, 1)
    last_year = _SETTLED if until is None else min(until.year + 1, _LAST)
    last = datetime(max(last_year, first.year + 2), 12, 31)
    component = new_component("VTIMEZONE", [make_line("TZID", name)])
    changes = list(_changes(name, first, last))
    begin = _at(name, first)
    items = [_observance([begin], None)] if not changes or changes[0].at > from_ else []
    left = sorted(changes, key=lambda change: (change.before, change.after, change.name, change.is_daylight))
    for _, group in groupby(left, key=lambda change: (change.before, change.after, change.name, change.is_daylight)):
        items += _observances(sorted(group), last.year)
    for item in sorted(items, key=lambda each: each.lines[0].value):
        component.insert([item])
    return component


def _at(name: str, moment: datetime) -> _Change:
    there = moment.replace(tzinfo=UTC).astimezone(zone(name))
    offset = there.utcoffset() or timedelta(0)
    return _Change(moment, offset, offset, there.tzname() or "", bool(there.dst()))


def _changes(name: str, first: datetime, last: datetime) -> Iterator[_Change]:
    rules = zone(name)

    def state(moment: datetime) -> tuple[timedelta, str, bool]:
        there = moment.replace(tzinfo=UTC).astimezone(rules)
        return there.utcoffset() or timedelta(0), there.tzname() or "", bool(there.dst())

    low, before = first, state(first)
    while low < last:
        high = low + _STEP
        after = state(high)
        if after != before:
            one, two = low, high
            while two - one > timedelta(seconds=1):
                middle = one + timedelta(seconds=(two - one).total_seconds() // 2)
                one, two = (middle, two) if state(middle) == before else (one, middle)
            after = state(two)
            yield _Change(two + before[0], before[0], after[0], after[1], after[2])
            high = two
        low, before = high, after


def _observances(changes: list[_Change], last_year: int) -> Iterator[Component]:
    """Changes between the same two offsets: a rule for those at the end that follow one, else their dates."""
    tail = len(changes)
    while tail and changes[tail - 1].pattern == changes[-1].pattern:
        is_next = tail == len(changes) or changes[tail].at.year - changes[tail - 1].at.year == 1
        if not is_next:
            break
        tail -= 1
    ruled = changes[tail:]
    if len(ruled) < _FEWEST or ruled[-1].at.year < last_year:
        ruled, tail = [], len(changes)
    dated = changes[:tail]
    for _, group in groupby(enumerate(dated), key=lambda each: (each[1].pattern, each[1].at.year - each[0])):
        run = [change for _, change in group]
        if len(run) >= _FEWEST:
            yield _observance(run[:1], _rule(run[0], run[-1]))
            dated = [change for change in dated if change not in run]
    if dated:
        yield _observance(dated, None)
    if ruled:
        yield _observance(ruled[:1], _rule(ruled[0], None))


def _rule(change: _Change, last: _Change | None) -> str:
    month, weekday, nth, _ = change.pattern
    rule = f"FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{WEEKDAYS[weekday].upper()}"
    return rule if last is None else f"{rule};UNTIL={_written(last.at - last.before)}Z"


def _observance(changes: list[_Change], rule: str | None) -> Component:
    first = changes[0]
    lines = [make_line("DTSTART", _written(first.at))]
    if rule:
        lines.append(make_line("RRULE", rule))
    elif len(changes) > 1:
        lines += [make_line("RDATE", _written(change.at)) for change in changes[1:]]
    if first.name and not first.name.startswith(("+", "-")):
        lines.append(make_line("TZNAME", first.name))
    lines.append(make_line("TZOFFSETFROM", _offset(first.before)))
    lines.append(make_line("TZOFFSETTO", _offset(first.after)))
    return new_component("DAYLIGHT" if first.is_daylight else "STANDARD", lines)


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("-", "").replace(":", "")


def _offset(value: timedelta) -> str:
    seconds = abs(int(value.total_seconds()))
    sign = "-" if value < timedelta(0) else "+"
    rest = f"{seconds % 60:02}" if seconds % 60 else ""
    return f"{sign}{seconds // 3600:02}{seconds // 60 % 60:02}{rest}"
