"""Start, duration, end and due, RECURRENCE-ID, RRULE (jscalendar-icalendar 2.1.4, 2.1.5, 2.3.14 to 2.3.18, 3.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from jmapd.formats.content_lines import Line, Params, make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar import durations, recurrence_rule, timezones
from jmapd.formats.jscalendar.units import Codec, Item, Key, Property, Reading, Setting, Writing
from jmapd.wire import Record

UTC = "Etc/UTC"
_MOST_ZONES = 50
_TIME = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:T([0-9]{2}):?([0-9]{2}):?([0-9]{2})(Z?))?", re.ASCII
).fullmatch
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


class Time(NamedTuple):
    """A DATE or DATE-TIME."""

    moment: datetime
    is_date: bool
    zone: str | None


def parsed(value: str) -> tuple[datetime, bool, bool] | None:
    """The moment of a DATE or DATE-TIME value, whether it is a DATE, and whether it is in UTC."""
    found = _TIME(value.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, utc = found.groups()
    try:
        if hour is None:
            return datetime(int(year), int(month), int(day)), True, False
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59))
    except ValueError:
        return None
    return moment, False, utc == "Z"


def read_time(line: Line, setting: Setting) -> Time | None:
    """The time that a line says, with the time zone of its TZID."""
    found = parsed(line.value)
    if found is None:
        return None
    moment, is_date, is_utc = found
    if is_date:
        return Time(moment, True, None)
    return Time(moment, False, UTC if is_utc else line_zone(line, setting))


def line_zone(line: Line, setting: Setting) -> str | None:
    """The time zone of a line's TZID (2.1.4); None when it has none, or none that can be found."""
    tzid = next((values[0] for name, values in line.params if name == "TZID" and values), "")
    if not tzid:
        return None
    zones = setting.zones
    if tzid not in zones:
        calendar = setting.calendar if len(zones) < _MOST_ZONES else None  # what is there by its rules takes time
        zones[tzid] = timezones.iana(tzid, calendar)
    zone = zones[tzid]
    if zone:
        setting.tzids.setdefault(zone, tzid)
    return zone


def in_zone(time: Time, zone: str | None) -> datetime:
    """The local time in another time zone; a floating one, or a date, is the same everywhere."""
    if time.zone is None or zone is None or time.zone == zone:
        return time.moment
    return local(timezones.utc(time.moment, time.zone), zone)


def local(utc: int, zone: str | None) -> datetime:
    moment = durations.moved(_EPOCH, timedelta(microseconds=utc))
    return durations.local(timezones.local(moment, zone)) if zone else moment


def utc_of(moment: datetime, zone: str | None) -> int:
    """Microseconds since 1970; a floating time counts as UTC."""
    return timezones.utc(moment, zone) if zone else (moment - _EPOCH) // _MICROSECOND


def moment_of(value: Any) -> datetime | None:
    """The datetime of a LocalDateTime."""
    try:
        return durations.local(value) if isinstance(value, str) else None
    except ValueError:
        return None


def left_of(prop: Property) -> Property:
    """Without the parameters that a time has by its form."""
    prop.take("VALUE")
    prop.take("TZID")
    return prop


def written_time(name: str, moment: datetime, zone: str | None, setting: Setting, extra: Params) -> Line:
    """A line in the form that all times of the component have (3.2)."""
    day = f"{moment.year:04d}{moment.month:02d}{moment.day:02d}"
    if setting.is_date:
        return make_line(name, day, [("VALUE", ["DATE"]), *extra])
    value = f"{day}T{moment.hour:02d}{moment.minute:02d}{moment.second:02d}"
    if zone == UTC and (setting.is_utc or zone != setting.zone):
        return make_line(name, f"{value}Z", extra)
    tzid = setting.tzids.get(zone, zone) if zone else setting.tzid
    params: Params = [("TZID", [tzid])] if tzid else []
    return make_line(name, value, params + extra)


def setting_of(record: Record, setting: Setting, before: Record | None = None) -> None:
    """The form of the times of a component (3.2), which said `before` in the form that the setting has."""
    zone = record.get("timeZone")
    setting.zone = zone if isinstance(zone, str) and zone else None
    known = _not_whole(before) if before and setting.is_date else set()  # in components that mix both forms
    is_day = record.get("showWithoutTime") is True and setting.zone is None
    setting.is_date = is_day and _not_whole(record) <= known
    setting.is_utc = setting.zone == UTC and not record.get("endTimeZone")


def _not_whole(record: Record) -> set[str]:
    """The times and durations that are not of whole days."""
    rule = record.get("recurrenceRule")
    overrides = record.get("recurrenceOverrides")
    moments = [record.get("start"), record.get("due"), record.get("recurrenceId")]
    moments += [rule.get("until")] if isinstance(rule, dict) else []
    patches = overrides if isinstance(overrides, dict) else {}
    moments += list(patches)
    lengths = [str(record.get(name, "")) for name in ("duration", "estimatedDuration")]
    found = {each for each in moments if isinstance(each, str) and not each.endswith("T00:00:00")}
    return found | {each for each in lengths if "T" in each}


# --- DTSTART, DTEND, DUE, DURATION, SHOW-WITHOUT-TIME


def _read_times(reading: Reading, lines: list[Line], _: list[Component]) -> None:
    by_name: dict[str, Line] = {}
    for line in lines:
        if line.name in by_name:
            reading.leave(line)
        else:
            by_name[line.name] = line
    setting, record = reading.setting, reading.record
    starts = _time(reading, by_name, "DTSTART")
    ends = _time(reading, by_name, "DTEND")
    dues = _time(reading, by_name, "DUE") if setting.is_task else None
    if first := starts or dues:
        _read_form(reading, first, by_name["DTSTART" if starts else "DUE"], by_name.get("SHOW-WITHOUT-TIME"))
    if starts:
        record["start"] = durations.local_text(starts.moment)
    if dues:
        record["due"] = durations.local_text(in_zone(dues, setting.zone))
    if "DURATION" in by_name:
        _read_duration(reading, by_name, starts)
    elif starts and not setting.is_task:
        _read_end(reading, starts, ends)
    _tell_all(reading, by_name, starts, dues)


def _tell_all(reading: Reading, by_name: dict[str, Line], starts: Time | None, dues: Time | None) -> None:
    items: list[Item] = list(by_name.values())
    for head in _TIMES if items else ():
        reading.sources[head,] = items  # one list: they are written together
    for name, head in (("DTSTART", "start"), ("DUE", "due"), ("DTEND", "duration"), ("DURATION", "duration")):
        if name in by_name and by_name[name].params:
            _tell(reading, head, by_name[name], starts if name != "DUE" else dues)


def _read_form(reading: Reading, first: Time, line: Line, show: Line | None) -> None:
    setting, record = reading.setting, reading.record
    setting.zone, setting.is_date = first.zone, first.is_date
    setting.tzid = Property(line).first("TZID") if first.zone is None and not first.is_date else ""
    if first.is_date or (show is not None and show.value.strip().upper() == "TRUE"):
        record["showWithoutTime"] = True
    if first.zone:
        record["timeZone"] = first.zone


def _tell(reading: Reading, head: str, line: Line, time: Time | None) -> None:
    prop = Property(line)
    tzid = prop.first("TZID")
    left_of(prop)
    if tzid and head in ("start", "due") and time and time.zone is None and not time.is_date:
        prop.params["TZID"] = [tzid]  # of no time zone that could be found
    if prop.params:
        reading.told((head,), prop)


def _time(reading: Reading, lines: dict[str, Line], name: str) -> Time | None:
    line = lines.get(name)
    if line is None:
        return None
    found = read_time(line, reading.setting)
    if found is None:
        reading.leave(lines.pop(name))
    return found


def _read_duration(reading: Reading, lines: dict[str, Line], starts: Time | None) -> None:
    text = durations.from_icalendar(lines["DURATION"].value)
    if text is None:
        reading.leave(lines.pop("DURATION"))
    elif any(durations.parse(text)):
        reading.record["duration"] = _whole_days(text) if starts and starts.is_date else text


def _read_end(reading: Reading, starts: Time, ends: Time | None) -> None:
    """The duration up to DTEND (2.3.14)."""
    record = reading.record
    if ends is None:
        if starts.is_date:  # RFC 5545 3.6.1
            record["duration"] = "P1D"
        return
    if starts.is_date:
        days = (ends.moment.date() - starts.moment.date()).days
        if days > 0:
            record["duration"] = durations.text(days, 0)
        return
    is_local = ends.is_date or ends.zone is None  # RFC 5545 3.8.2.2 wants the form of DTSTART; many leave its TZID out
    zone = starts.zone if is_local or starts.zone is None else ends.zone
    if zone == starts.zone and zone in (None, UTC):
        seconds = int((ends.moment - starts.moment).total_seconds())
    else:
        seconds = (utc_of(ends.moment, zone) - utc_of(starts.moment, starts.zone)) // 1_000_000
    if seconds > 0:
        record["duration"] = durations.text(0, seconds)
    if zone != starts.zone and zone is not None:
        record["endTimeZone"] = zone


def _whole_days(text: str) -> str:
    """The days of an event on dates: nobody means seconds there."""
    days, seconds = durations.parse(text)
    return durations.text(days + seconds // 86400, 0) if seconds and seconds % 86400 == 0 else text


def _write_times(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    head, record, setting = key[0], writing.record, writing.setting
    if head in ("start", "due"):
        moment = moment_of(value)
        if moment is None:
            return ()
        name = "DTSTART" if head == "start" else "DUE"
        extra, before = _extra(writing, key), writing.line_before(name)
        is_kept = before is not None and _holds(before, moment, extra, writing)
        lines: list[Item] = [before if before and is_kept else written_time(name, moment, setting.zone, setting, extra)]
        if head == "start" and not setting.is_task and "duration" not in record:
            lines += _written_end("", moment, writing)
        return lines
    if head == "duration" and not (setting.is_task and "due" in record):  # RFC 5545 3.6.2: not beside DUE
        start = moment_of(record.get("start"))
        return _written_end(value, start, writing) if isinstance(value, str) else ()
    if head == "showWithoutTime" and value is True and not setting.is_date and ("start" in record or "due" in record):
        return (make_line("SHOW-WITHOUT-TIME", "TRUE", [("VALUE", ["BOOLEAN"])]),)
    return ()  # time zones are parameters


def _holds(line: Line, moment: datetime, extra: Params, writing: Writing) -> bool:
    """Whether a DTSTART or DUE says what is wanted as it stands, in whatever form."""
    setting, time = writing.setting, read_time(line, writing.setting)
    if time is None or in_zone(time, setting.zone) != moment:
        return False
    is_first = line.name == "DTSTART" or "start" not in writing.record
    is_of_form = (time.zone, time.is_date) == (setting.zone, setting.is_date)
    return (not is_first or is_of_form) and [
        param for param in line.params if param[0] not in ("VALUE", "TZID")
    ] == extra


def _extra(writing: Writing, key: Key) -> Params:
    return [param for param in writing.params(key) if param[0] != "TZID"]


def _written_end(duration: str, start: datetime | None, writing: Writing) -> list[Item]:
    """DTEND where it is read as the same duration, else DURATION; [] where DTSTART says it."""
    setting, record = writing.setting, writing.record
    try:
        days, seconds = durations.parse(duration or "PT0S")
    except ValueError:
        return []
    zone = record.get("endTimeZone")
    end_zone = zone if isinstance(zone, str) and zone and setting.zone else None  # a floating start has no end there
    before = writing.line_before("DTEND", "DURATION")
    extra = _extra(writing, ("duration",))
    if not (days or seconds):
        if setting.is_date and not setting.is_task:
            return [make_line("DURATION", "P0D", extra)]
        if end_zone is None:
            text = durations.from_icalendar(before.value) if before and before.name == "DURATION" else None
            return [before] if before and text and not (duration or any(durations.parse(text))) else []
    if setting.is_date and (days, seconds) == (1, 0) and before is None and writing.before:
        return []
    if start is not None and not setting.is_task and (end_zone or not (before and before.name == "DURATION")):
        end = _end(start, days, seconds, end_zone, setting)
        if end is not None:
            return [written_time("DTEND", end, end_zone or setting.zone, setting, extra)]
    return [make_line("DURATION", durations.to_icalendar(duration), extra)]


def _end(start: datetime, days: int, seconds: int, zone: str | None, setting: Setting) -> datetime | None:
    """The DTEND that reading makes the same duration of; None when there is none."""
    if setting.is_date:
        return durations.moved(start, timedelta(days=days)) if not seconds else None
    if days:
        return None  # P1D is no PT24H
    by = timedelta(days=days, seconds=seconds)
    if setting.zone is None or setting.zone == UTC:
        end = durations.moved(start, by)
        return end if zone is None or zone == setting.zone else local(utc_of(end, setting.zone), zone)
    first = utc_of(start, setting.zone)
    end = local(first + by // _MICROSECOND, zone or setting.zone)
    return end if utc_of(end, zone or setting.zone) - first == by // _MICROSECOND or zone else None


_TIMES = ("start", "due", "duration", "timeZone", "endTimeZone", "showWithoutTime")
TIMES = Codec(
    _TIMES,
    ("DTSTART", "DTEND", "DUE", "DURATION", "SHOW-WITHOUT-TIME"),
    _read_times,
    _write_times,
    section="2.3.14",
    note="DTEND or DURATION is not told; an unknown TZID is floating time",
)


# --- RECURRENCE-ID


def _read_id(reading: Reading, lines: list[Line], _: list[Component]) -> None:
    for line in lines:
        time = None if "recurrenceId" in reading.record else read_time(line, reading.setting)
        if time is None:
            reading.leave(line)
            continue
        reading.put(("recurrenceId",), durations.local_text(time.moment), line)
        if time.zone:
            reading.put(("recurrenceIdTimeZone",), time.zone, line)
        prop = left_of(Property(line))
        if prop.params:
            reading.told(("recurrenceId",), prop)


def _write_id(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    moment = moment_of(value) if key[0] == "recurrenceId" else None
    if moment is None:
        return ()
    zone = writing.record.get("recurrenceIdTimeZone")
    zone = zone if isinstance(zone, str) and zone else None
    return (written_time("RECURRENCE-ID", moment, zone, writing.setting, _extra(writing, key)),)


RECURRENCE_ID = Codec(
    ("recurrenceId", "recurrenceIdTimeZone"), ("RECURRENCE-ID",), _read_id, _write_id, section="2.3.34"
)


# --- RRULE


def _read_rule(reading: Reading, lines: list[Line], _: list[Component]) -> None:
    setting = reading.setting
    for line in lines:
        rule = None
        if "recurrenceRule" not in reading.record:
            rule = recurrence_rule.from_rrule(line.value, setting.zone, setting.is_date)
        if rule is None:
            reading.leave(line)
            continue
        reading.put(("recurrenceRule",), rule, line)
        if line.params:
            reading.told(("recurrenceRule",), Property(line))


def _write_rule(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    setting, before = writing.setting, writing.line_before("RRULE")
    if not isinstance(value, dict):
        return ()
    if before and recurrence_rule.from_rrule(before.value, setting.zone, setting.is_date) == value:
        return (before,)
    try:
        text = recurrence_rule.to_rrule(value, setting.is_date, setting.zone)
    except (ValueError, TypeError, KeyError, AttributeError):
        return ()  # no rule that iCalendar has
    return (make_line("RRULE", text, writing.params(key)),)


RULE = Codec(("recurrenceRule",), ("RRULE",), _read_rule, _write_rule, section="2.3.36")
