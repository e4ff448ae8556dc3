"""RecurrenceRule and RRULE (jscalendarbis 3.3.3; RFC 5545 3.3.10; RFC 7529; jscalendar-icalendar-25 2.3.36)."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from jmapd.formats.jscalendar import durations, zones
from jmapd.wire import Record

_DAY = re.compile(r"([+-]?\d{1,4})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII).fullmatch
_UNTIL = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)(Z?))?", re.ASCII).fullmatch
_INT = re.compile(r"[+-]?\d{1,10}", re.ASCII).fullmatch
_MONTH = re.compile(r"0*([1-9]\d?L?)", re.ASCII).fullmatch
FREQUENCIES = ("yearly", "monthly", "weekly", "daily", "hourly", "minutely", "secondly")
WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
SKIPS = ("omit", "backward", "forward")


def _word(value: str) -> str | None:
    return value.lower() if value.isascii() and value.replace("-", "").isalnum() else None


def _one_of(words: tuple[str, ...]) -> Callable[[str], str | None]:
    return lambda value: value.lower() if value.lower() in words else None


def _count(value: str) -> int | None:
    return int(value) if _INT(value) and int(value) >= 0 else None


def _interval(value: str) -> int | None:
    return _count(value) or None


def _numbers(low: int, high: int, is_signed: bool) -> Callable[[str], list[int] | None]:
    def read(value: str) -> list[int] | None:
        found = [int(part) for part in value.split(",") if _INT(part)]
        good = [n for n in found if low <= n <= high or (is_signed and low <= -n <= high)]
        return good or None

    return read


def _months(value: str) -> list[str] | None:
    return [found[1] for part in value.upper().split(",") if (found := _MONTH(part))] or None


def _days(value: str) -> list[Record] | None:
    out: list[Record] = []
    for part in value.upper().split(","):
        if found := _DAY(part.strip()):
            day: Record = {"@type": "NDay", "day": found[2].lower()}
            if int(found[1] or 0):
                day["nthOfPeriod"] = int(found[1])
            out.append(day)
    return out or None


def _written_day(day: Record) -> str:
    return f"{day.get('nthOfPeriod') or ''}{day['day'].upper()}"


def _upper(value: Any) -> str:
    return str(value).upper()


def _list(value: Any) -> str:
    return ",".join(map(str, value))


# RRULE part, property, reader (None: not understood, left out), writer; in the order they are written.
_PARTS: tuple[tuple[str, str, Callable[[str], Any], Callable[[Any], str]], ...] = (
    ("RSCALE", "rscale", _word, _upper),
    ("FREQ", "frequency", _one_of(FREQUENCIES), _upper),
    ("COUNT", "count", _count, str),
    ("INTERVAL", "interval", _interval, str),
    ("BYSECOND", "bySecond", _numbers(0, 60, False), _list),
    ("BYMINUTE", "byMinute", _numbers(0, 59, False), _list),
    ("BYHOUR", "byHour", _numbers(0, 23, False), _list),
    ("BYDAY", "byDay", _days, lambda days: ",".join(map(_written_day, days))),
    ("BYMONTHDAY", "byMonthDay", _numbers(1, 31, True), _list),
    ("BYYEARDAY", "byYearDay", _numbers(1, 366, True), _list),
    ("BYWEEKNO", "byWeekNo", _numbers(1, 53, True), _list),
    ("BYMONTH", "byMonth", _months, _list),
    ("BYSETPOS", "bySetPosition", _numbers(1, 366, True), _list),
    ("WKST", "firstDayOfWeek", _one_of(WEEKDAYS), _upper),
    ("SKIP", "skip", _one_of(SKIPS), _upper),
)
_OF_TIME = ("BYSECOND", "BYMINUTE", "BYHOUR")  # RFC 5545 3.3.10: to be ignored when DTSTART is a DATE
_READ = {part: (name, read) for part, name, read, _ in _PARTS}


def from_rrule(text: str, zone: str | None = None, is_date: bool = False) -> Record | None:
    """The RecurrenceRule of an RRULE value; None when it has no frequency. Parts that make no sense are left out.

    `zone` is the event's: UNTIL in UTC becomes local in it. `is_date`: whether the event starts on a DATE.
    """
    rule: Record = {"@type": "RecurrenceRule"}
    for part in text.strip().split(";"):
        key, _, value = part.partition("=")
        key, value = key.strip().upper(), value.strip()
        if key == "UNTIL":
            if until := _until(value, zone, is_date):
                rule["until"] = until
        elif key in _READ and not (is_date and key in _OF_TIME):
            name, read = _READ[key]
            if (found := read(value)) is not None:
                rule[name] = found
    if "frequency" not in rule:
        return None
    if "until" in rule:
        rule.pop("count", None)  # only one of them may be there
    if rule.get("interval") == 1:
        del rule["interval"]
    return rule


def _until(value: str, zone: str | None, is_date: bool) -> str | None:
    found = _UNTIL(value.upper())
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups()[:3])
    try:
        if found[4] is None:
            # a DATE for an event at a time: the event of that day is meant to be the last
            return durations.local_text(datetime(year, month, day, *(() if is_date else (23, 59, 59))))
        moment = datetime(year, month, day, int(found[4]), int(found[5]), min(int(found[6]), 59))
    except ValueError:
        return None
    if is_date:
        return durations.local_text(moment.replace(hour=0, minute=0, second=0))
    return zones.local(moment, zone) if found[7] and zone else durations.local_text(moment)


def to_rrule(rule: Record, is_date: bool = False, zone: str | None = None) -> str:
    """The RRULE value of a RecurrenceRule of an event in `zone`, None for a floating one."""
    parts = []
    for part, name, _, write in _PARTS:
        if part == "COUNT" and "until" in rule:
            parts.append(f"UNTIL={_written_until(rule['until'], is_date, zone)}")
        if (value := rule.get(name)) is not None and value != []:
            parts.append(f"{part}={write(value)}")
    return ";".join(parts)


def _written_until(until: str, is_date: bool, zone: str | None) -> str:
    """RFC 5545 3.3.10: a DATE as DTSTART is one, in UTC when DTSTART has a time zone, else local."""
    moment = durations.local(until)
    if is_date:
        return moment.strftime("%Y%m%d").rjust(8, "0")
    if zone:
        moment = zones.moment(zones.utc(moment, zone)).replace(microsecond=0)
    return moment.isoformat().replace("-", "").replace(":", "") + ("Z" if zone else "")
