"""The local date-times of a recurrence rule (jscalendarbis 3.3.3.1; RFC 5545 3.3.10; RFC 7529 4.1), bounded in steps.

Days are ordinals as of `date.toordinal`, times of day are seconds. Periods that cannot matter are not looked at.
"""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from jmapd.formats.jscalendar import durations
from jmapd.formats.jscalendar.recurrence_rule import FREQUENCIES, WEEKDAYS
from jmapd.wire import Record

MAX_STEPS = 25_000  # of periods looked at and times found, in one expansion
_LAST_DAY = date.max.toordinal()
_UNITS = {"daily": 86400, "hourly": 3600, "minutely": 60, "secondly": 1}
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class CannotExpand(ValueError):
    """The rule is of a calendar system that is not Gregorian, or is no rule."""


class TooMany(ValueError):
    """More steps than anything that is meant."""


@dataclass(slots=True, frozen=True)
class Rule:
    """A rule with all that its first date-time adds to it (jscalendarbis 3.3.3.1, extra rule 3)."""

    frequency: str
    interval: int
    skip: str
    week_start: int  # Monday is 0
    days: tuple[tuple[int, int], ...]  # weekday, nth or 0
    month_days: tuple[int, ...]
    months: tuple[int, ...]
    year_days: tuple[int, ...]
    weeks: tuple[int, ...]
    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    seconds: tuple[int, ...]
    positions: tuple[int, ...]
    count: int | None
    until: datetime | None
    is_empty: bool = False  # a list that nothing can match, as leap months


def compiled(rule: Record, start: datetime) -> Rule:
    """The rule for expanding from `start`; raises CannotExpand."""
    frequency = rule.get("frequency")
    if frequency not in FREQUENCIES:
        raise CannotExpand("the recurrence rule has no frequency that is known")
    if str(rule.get("rscale", "gregorian")).lower() != "gregorian":
        raise CannotExpand("the recurrence rule is not of the Gregorian calendar")
    try:
        return _compiled(rule, frequency, start)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise CannotExpand(f"the recurrence rule cannot be read: {error}") from error


def _compiled(rule: Record, frequency: str, start: datetime) -> Rule:
    days = tuple((WEEKDAYS.index(day["day"]), int(day.get("nthOfPeriod") or 0)) for day in rule.get("byDay") or ())
    month_days, year_days, weeks = (_ints(rule, name) for name in ("byMonthDay", "byYearDay", "byWeekNo"))
    named = rule.get("byMonth") or ()
    months = tuple(sorted({int(month) for month in named if not str(month).endswith("L")}))
    if frequency not in ("monthly", "yearly"):
        days = tuple((day, 0) for day, _ in days)
    if frequency == "weekly" and not days:
        days = ((start.weekday(), 0),)
    elif frequency == "monthly" and not days and not month_days:
        month_days = (start.day,)
    elif frequency == "yearly" and not year_days:
        is_day_free = not month_days and not days
        if not months and not named and not weeks and (month_days or not days):
            months = (start.month,)
        if is_day_free and weeks:
            days = ((start.weekday(), 0),)
        elif is_day_free:
            month_days = (start.day,)
    rank = FREQUENCIES.index(frequency)
    hours, minutes, seconds = (tuple(sorted(set(_ints(rule, name)))) for name in ("byHour", "byMinute", "bySecond"))
    for numbers, least, most in ((months, 1, 13), (hours, 0, 23), (minutes, 0, 59), (seconds, 0, 60)):
        if numbers and not least <= numbers[0] <= numbers[-1] <= most:
            raise ValueError("there is no such month or time of day")
    until, count = rule.get("until"), rule.get("count")
    # what the calendar does not have is never of a numbered week or day of the year
    skip = rule.get("skip") or "omit" if rank < 2 and not (weeks or year_days) else "omit"
    is_never = skip == "omit" and _never(month_days, months)
    return Rule(
        frequency,
        max(int(rule.get("interval") or 1), 1),
        skip,
        WEEKDAYS.index(rule.get("firstDayOfWeek") or "mo"),
        days,
        month_days,
        months,
        year_days,
        weeks,
        hours or ((start.hour,) if rank < 4 else ()),
        minutes or ((start.minute,) if rank < 5 else ()),
        tuple(n for n in seconds if n < 60) or ((start.second,) if rank < 6 and not seconds else ()),
        _ints(rule, "bySetPosition"),
        None if until or count is None else int(count),
        durations.local(until) if until else None,
        bool(named and not months) or bool(seconds and seconds[0] == 60) or is_never,
    )


def _ints(rule: Record, name: str) -> tuple[int, ...]:
    return tuple(int(value) for value in rule.get(name) or ())


def _never(month_days: tuple[int, ...], months: tuple[int, ...]) -> bool:
    """30 February and the like."""
    longest = max((_LONGEST[month - 1] for month in months if month <= 12), default=31 if not months else 0)
    return bool(month_days) and min(map(abs, month_days)) > longest


def times(
    rule: Record,
    start: datetime,
    after: datetime | None = None,
    before: datetime | None = None,
    steps: int = MAX_STEPS,
) -> Iterator[datetime]:
    """The date-times of a rule in order, the first being `start` whatever the rule says.

    Those before `after` or from `before` on may be left out. Raises CannotExpand, and TooMany when it takes more steps.
    """
    return _Expansion(compiled(rule, start), start, before, steps).times(after)


class _Expansion:
    """One walk along a rule."""

    def __init__(self, rule: Rule, start: datetime, before: datetime | None, steps: int) -> None:
        self._rule, self._start, self._steps = rule, start, steps
        self._first = (start.toordinal(), start.hour * 3600 + start.minute * 60 + start.second)
        # the last day that is looked at
        self._last = min(end.toordinal() for end in (rule.until, before, date.max) if end is not None)

    def times(self, after: datetime | None) -> Iterator[datetime]:
        rule, start = self._rule, self._start
        yield start
        left = None if rule.count is None else rule.count - 1
        last = start
        if rule.is_empty or (left is not None and left <= 0):
            return
        skipped = 0
        if after is not None and left is None and after > start:
            skipped = after.toordinal() * 86400 + after.hour * 3600 + after.minute * 60 + after.second
        for day, second in self._candidates(skipped):
            hour, rest = divmod(second, 3600)
            found = datetime.fromordinal(day).replace(hour=hour, minute=rest // 60, second=rest % 60)
            if found <= last:
                continue
            if rule.until is not None and found > rule.until:
                return
            self._step()
            last = found
            yield found
            if left is not None:
                left -= 1
                if not left:
                    return

    def _step(self) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise TooMany("the recurrence rule takes too many steps")

    def _candidates(self, skipped: int) -> Iterator[tuple[int, int]]:
        """Days and seconds in order, from about `skipped` seconds on."""
        frequency = self._rule.frequency
        if frequency in _UNITS:
            return self._clock(_UNITS[frequency], skipped)
        return self._calendar(skipped // 86400)

    # Periods of a week, a month or a year.

    def _calendar(self, skipped: int) -> Iterator[tuple[int, int]]:
        rule = self._rule
        clock = [h * 3600 + m * 60 + s for h in rule.hours for m in rule.minutes for s in rule.seconds]
        if not clock:
            return
        for days in self._periods(skipped):
            self._step()
            if rule.positions:
                yield from _positions(days, clock, rule.positions)
                continue
            for day in days[bisect_left(days, skipped) :] if skipped else days:
                for second in clock:
                    yield day, second

    def _periods(self, skipped: int) -> Iterator[list[int]]:
        rule, start = self._rule, self._start
        if rule.frequency == "weekly":
            first = self._first[0] - (start.weekday() - rule.week_start) % 7
            step = 7 * rule.interval
            first += max(skipped - 6 - first, 0) // step * step
            for day in range(first, min(self._last, _LAST_DAY - 6) + 1, step):
                yield self._week(day)
            return
        end = date.fromordinal(self._last)
        if rule.frequency == "monthly":
            number, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
        else:
            number, last = start.year, end.year
        if skipped > self._first[0]:
            to = date.fromordinal(skipped)
            # a month before: what a day that is skipped forward belongs to
            wanted = to.year * 12 + to.month - 2 if rule.frequency == "monthly" else to.year - 1
            number += max(wanted - number, 0) // rule.interval * rule.interval
        for each in range(number, last + 1, rule.interval):
            yield self._month(*divmod(each, 12)) if rule.frequency == "monthly" else self._year(each)

    def _week(self, first: int) -> list[int]:
        rule = self._rule
        wanted = {day for day, _ in rule.days}
        days = [day for day in range(first, first + 7) if (day - 1) % 7 in wanted]
        if rule.months or rule.month_days or rule.year_days or rule.weeks:
            days = [day for day in days if self._matches(day)]
        return days

    def _matches(self, day: int) -> bool:
        """All filters on a day but the day of the week."""
        rule = self._rule
        on = date.fromordinal(day)
        if rule.months and on.month not in rule.months:
            return False
        if rule.weeks and not _in_weeks(on, rule.weeks, rule.week_start):
            return False
        if rule.year_days and not _in_year(on, rule.year_days):
            return False
        if rule.month_days:
            length = monthrange(on.year, on.month)[1]
            return on.day in rule.month_days or on.day - length - 1 in rule.month_days
        return True

    def _month(self, year: int, month: int) -> list[int]:
        """A month, counted from 0."""
        rule = self._rule
        month += 1
        if rule.months and month not in rule.months:
            return []
        found = self._month_days(year, month)
        if rule.days:
            first = date(year, month, 1).toordinal()
            found &= _nth_days(rule.days, first, first + monthrange(year, month)[1] - 1, found)
        return self._filtered(found)

    def _year(self, year: int) -> list[int]:
        rule = self._rule
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        if rule.months or rule.month_days:
            found: set[int] = set()
            for month in rule.months or range(1, 13):
                if month > 12:
                    continue
                days = self._month_days(year, month)
                if rule.days and rule.months:  # RFC 5545 3.3.10: then the nth of the month
                    start = date(year, month, 1).toordinal()
                    days &= _nth_days(rule.days, start, start + monthrange(year, month)[1] - 1, days)
                found |= days
            if rule.days and not rule.months:
                found &= _nth_days(rule.days, first, last, found)
        else:
            found = set(range(first, last + 1))
            if rule.days:
                found &= _nth_days(rule.days, first, last, found)
        return self._filtered(found)

    def _filtered(self, found: set[int]) -> list[int]:
        rule = self._rule
        days = sorted(found)
        if rule.weeks:
            days = [day for day in days if _in_weeks(date.fromordinal(day), rule.weeks, rule.week_start)]
        if rule.year_days:
            days = [day for day in days if _in_year(date.fromordinal(day), rule.year_days)]
        return days

    def _month_days(self, year: int, month: int) -> set[int]:
        """The days of a month by byMonthDay; those that the month does not have by `skip`."""
        rule = self._rule
        first, length = date(year, month, 1).toordinal(), monthrange(year, month)[1]
        if not rule.month_days:
            return set(range(first, first + length))
        found: set[int] = set()
        for day in rule.month_days:
            day = day if day > 0 else length + 1 + day
            if 1 <= day <= length:
                found.add(first + day - 1)
            elif rule.skip == "forward":
                found.add(min(first + length, _LAST_DAY) if day > 0 else first)
            elif rule.skip == "backward":
                found.add(first + length - 1 if day > 0 else max(first - 1, 1))
        return found

    # Periods of a day, an hour, a minute or a second.

    def _clock(self, unit: int, skipped: int) -> Iterator[tuple[int, int]]:
        rule = self._rule
        step = unit * rule.interval
        now = (self._first[0] * 86400 + self._first[1]) // unit * unit
        start = now
        now += max(skipped - now, 0) // step * step
        inner = _inner(rule, unit)
        end = (self._last + 1) * 86400
        while now < end:
            self._step()
            to = self._next(now, unit)
            if to > now:
                now = start + -(-(to - start) // step) * step
                continue
            day, second = divmod(now, 86400)
            if rule.positions:
                yield from _positions([day], [second + each for each in inner], rule.positions)
            else:
                for each in inner:
                    yield day, second + each
            now += step

    def _next(self, now: int, unit: int) -> int:
        """The first second from `now` on that no filter on the period excludes for sure; `now` when none does."""
        rule = self._rule
        day, second = divmod(now, 86400)
        if rule.months:
            on = date.fromordinal(day)
            if on.month not in rule.months:
                later = [month for month in rule.months if month > on.month]
                year, month = (on.year, later[0]) if later else (on.year + 1, rule.months[0])
                return (date(year, month, 1).toordinal() if year <= 9999 else _LAST_DAY + 1) * 86400
        if rule.days and ((day - 1) % 7, 0) not in rule.days:
            return (day + 1) * 86400
        if (rule.month_days or rule.year_days or rule.weeks) and not self._matches(day):
            return (day + 1) * 86400
        if unit < 86400 and rule.hours and second // 3600 not in rule.hours:
            return day * 86400 + _later(rule.hours, second // 3600, 24) * 3600
        if unit < 3600 and rule.minutes and second // 60 % 60 not in rule.minutes:
            return day * 86400 + second // 3600 * 3600 + _later(rule.minutes, second // 60 % 60, 60) * 60
        if unit < 60 and rule.seconds and second % 60 not in rule.seconds:
            return now - now % 60 + _later(rule.seconds, now % 60, 60)
        return now


def _later(values: tuple[int, ...], than: int, end: int) -> int:
    """The next of these values in order, or where the next round begins."""
    return next((value for value in values if value > than), end)


def _inner(rule: Rule, unit: int) -> list[int]:
    """The seconds inside one period at which something may be."""
    hours = rule.hours if unit == 86400 else (0,)
    minutes = rule.minutes if unit >= 3600 else (0,)
    seconds = rule.seconds if unit >= 60 else (0,)
    return [h * 3600 + m * 60 + s for h in hours for m in minutes for s in seconds]


def _positions(days: list[int], clock: list[int], positions: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """bySetPosition, without making the whole set."""
    size = len(days) * len(clock)
    wanted = {position - 1 if position > 0 else size + position for position in positions}
    for place in sorted(place for place in wanted if 0 <= place < size):
        yield days[place // len(clock)], clock[place % len(clock)]


def _nth_days(days: tuple[tuple[int, int], ...], first: int, last: int, among: set[int]) -> set[int]:
    """The wanted weekdays of a period; plain ones out of `among` too, which a skipped day may have left."""
    found: set[int] = set()
    for weekday, nth in days:
        if not nth:
            found.update(day for day in among if (day - 1) % 7 == weekday)
        elif nth > 0:
            found.add(first + (weekday - (first - 1)) % 7 + 7 * (nth - 1))
        else:
            found.add(last - ((last - 1) - weekday) % 7 + 7 * (nth + 1))
    return {day for day in found if first <= day <= last or day in among}


def _in_year(on: date, year_days: tuple[int, ...]) -> bool:
    length = 366 if monthrange(on.year, 2)[1] == 29 else 365
    day = on.timetuple().tm_yday
    return day in year_days or day - length - 1 in year_days


def _in_weeks(on: date, weeks: tuple[int, ...], week_start: int) -> bool:
    """The week of the year that has its fourth day (ISO 8601 with any first day of the week)."""
    fourth = on.toordinal() - (on.weekday() - week_start) % 7 + 3
    if not 1 <= fourth <= _LAST_DAY:
        return False
    middle = date.fromordinal(fourth)
    number = (middle.timetuple().tm_yday - 1) // 7 + 1
    length = (date(middle.year, 12, 31).toordinal() - fourth) // 7 + number
    return number in weeks or number - length - 1 in weeks
