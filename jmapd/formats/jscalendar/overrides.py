"""Recurrence overrides (jscalendarbis 3.3.4; jscalendar-icalendar 2.1.2, 2.3.20, 2.3.33): patches, EXDATE and RDATE."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from jmapd.formats.content_lines import Line, Params, make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar import durations
from jmapd.formats.jscalendar.comparison import differences
from jmapd.formats.jscalendar.components import insert
from jmapd.formats.jscalendar.instances import EXCLUDED, IGNORED, OF_THE_EVENT, applied, inherited, is_ignored
from jmapd.formats.jscalendar.times import UTC, Time, in_zone, line_zone, moment_of, parsed, utc_of, written_time
from jmapd.formats.jscalendar.units import Codec, Reading, Setting, Table, Writing, pointer
from jmapd.wire import Record

OVERRIDES = "recurrenceOverrides"
_NO_TABLE = Table("", "", ())
# no override's own, but each component has to say them
_OF_ALL = ("organizerCalendarAddress", "privacy", "relatedTo", *OF_THE_EVENT)


class Date(NamedTuple):
    """One value of an EXDATE or RDATE line."""

    recurrence_id: str  # empty: it cannot be read, and stays as it is
    text: str
    patch: Record


def dates_of(line: Line, setting: Setting, start: datetime | None) -> list[Date]:
    """The values of an EXDATE or RDATE."""
    zone = line_zone(line, setting)
    return [_date(line.name, text, zone, setting, start) for text in line.value.split(",")]


def _date(name: str, text: str, zone: str | None, setting: Setting, start: datetime | None) -> Date:
    begin, _, end = text.partition("/")
    moment = recurrence_id(begin, zone, setting, start)
    duration = _period(begin, end, zone) if end and name == "RDATE" else ""
    if moment is None or duration is None:
        return Date("", text, {})
    patch = EXCLUDED if name == "EXDATE" else {"duration": duration} if duration else {}
    return Date(durations.local_text(moment), text, patch)


def recurrence_id(text: str, zone: str | None, setting: Setting, start: datetime | None) -> datetime | None:
    """The local time, in the event's zone, that a value names; a DATE is that day's time of an event at a time."""
    found = parsed(text)
    if found is None:
        return None
    moment, is_date, is_utc = found
    if is_date:
        return moment if setting.is_date or start is None else datetime.combine(moment.date(), start.time())
    if setting.is_date:
        return moment.replace(hour=0, minute=0, second=0)
    return in_zone(Time(moment, False, UTC if is_utc else zone), setting.zone)


def _period(begin: str, end: str, zone: str | None) -> str | None:
    if end.strip()[:1] in ("P", "+"):
        return durations.from_icalendar(end)
    times = [parsed(text) for text in (begin, end)]
    if times[0] is None or times[1] is None:
        return None
    first, last = (utc_of(time[0], UTC if time[2] else zone) for time in times if time)
    return durations.text(0, (last - first) // 1_000_000) if last > first else None


def _read(reading: Reading, lines: list[Line], _: list[Component]) -> None:
    start = moment_of(reading.record.get("start") or reading.record.get("due"))
    overrides: Record = {}
    for line in lines:
        dates = [each for each in dates_of(line, reading.setting, start) if each.recurrence_id]
        if not dates:
            reading.leave(line)
            continue
        for date in dates:
            there = overrides.get(date.recurrence_id)
            if there is None or date.patch == EXCLUDED:
                overrides[date.recurrence_id] = dict(date.patch)
            if date.patch and date.patch != EXCLUDED:
                told = {"@type": "ICalProperty", "name": "rdate", "valueType": "period"}
                reading.converted[pointer(OVERRIDES, date.recurrence_id)] = told
        reading.made((OVERRIDES, line.name), line)
    if overrides:
        reading.record[OVERRIDES] = overrides


DATES = Codec((OVERRIDES,), ("EXDATE", "RDATE"), _read, lambda key, value, writing: (), section="2.3.20")


def overrides_of(record: Record) -> Record:
    found = record.get(OVERRIDES)
    return found if isinstance(found, dict) else {}


def patch_dates(
    component: Component, was: Setting, setting: Setting, old: Record, wanted: Record, there: Collection[str]
) -> Record:
    """Makes the EXDATE and RDATE lines say what the overrides are; lines that still hold stay as they are.

    `there`: what has a component. Answers the patches that these lines say: what is otherwise needs a component.
    """
    start, start_now = (moment_of(each.get("start") or each.get("due")) for each in (old, wanted))
    overrides, before = overrides_of(wanted), overrides_of(old)
    is_same_form = (was.zone, was.is_date) == (setting.zone, setting.is_date)
    said: dict[str, Record] = {"EXDATE": {}, "RDATE": {}}
    changes: list[tuple[list[Line], list[Line]]] = []
    for line in component.named("EXDATE", "RDATE"):
        dates = dates_of(line, was, start)
        kept = [each for each in dates if not each.recurrence_id or _is_kept(line.name, each, before, overrides)]
        said[line.name] |= {each.recurrence_id: each.patch for each in kept}
        holds = is_same_form and (start == start_now or dates_of(line, setting, start_now) == dates)
        if len(kept) < len(dates) or not holds:
            changes.append(([line], _rewritten(line, kept, setting, holds)))
    component.replace_all(changes)
    insert(component, list(_more_dates(wanted, setting, said, there)))
    return said["RDATE"]


def _is_kept(name: str, date: Date, before: Record, overrides: Record) -> bool:
    patch = overrides.get(date.recurrence_id)
    if not isinstance(patch, dict):
        return False
    # an RDATE stays beside the component that overrides it (RFC 5545 3.8.4.4), and beside an EXDATE if it was there
    is_excluded = patch.get("excluded") is True
    return is_excluded == (name == "EXDATE") or patch == before.get(date.recurrence_id)


def _more_dates(wanted: Record, setting: Setting, said: dict[str, Record], there: Collection[str]) -> Iterator[Line]:
    """The lines of what no line says yet; what has a component needs none."""
    periods = Writing(wanted, (), setting, (), _NO_TABLE, {})
    for recurrence, patch in overrides_of(wanted).items():
        moment = moment_of(recurrence)
        if moment is None or not isinstance(patch, dict):
            continue
        is_excluded = patch.get("excluded") is True
        name = "EXDATE" if is_excluded else "RDATE"
        if recurrence in said[name] or (recurrence in there and not is_excluded):
            continue
        is_period = list(patch) == ["duration"] and periods.told((OVERRIDES, recurrence)).get("valueType") == "period"
        if is_excluded or is_period or not patch:
            said[name][recurrence] = patch
            yield _date_line(name, [(recurrence, patch["duration"] if is_period else "")], setting)


def _rewritten(line: Line, kept: list[Date], setting: Setting, holds: bool) -> list[Line]:
    if holds and kept:
        return [make_line(line.name, ",".join(date.text for date in kept), line.params)]
    broken = [date.text for date in kept if not date.recurrence_id]
    found = [make_line(line.name, ",".join(broken), line.params)] if broken else []
    for of_form in (False, True):
        dates = [(date.recurrence_id, date.patch.get("duration", "")) for date in kept if date.recurrence_id]
        if dates := [date for date in dates if bool(date[1]) == of_form]:
            found.append(_date_line(line.name, dates, setting))
    return found


def _date_line(name: str, dates: Sequence[tuple[str, Any]], setting: Setting) -> Line:
    """Of recurrence ids, each with a duration, or all of them without one."""
    moments = [(moment, duration) for key, duration in dates if (moment := moment_of(key)) is not None]
    lines = [(written_time(name, moment, setting.zone, setting, []), duration) for moment, duration in moments]
    is_period = isinstance(dates[0][1], str) and dates[0][1] != "" and not setting.is_date
    values = [f"{line.value}/{durations.to_icalendar(end)}" if is_period else line.value for line, end in lines]
    params: Params = [("VALUE", ["PERIOD"])] if is_period else []
    return make_line(name, ",".join(values), params + lines[0][0].params)


def patch_of(main: Record, recurrence: str, override: Record) -> Record:
    """The patch that makes the override of the occurrence (2.1.2)."""
    base = inherited(main, recurrence)
    return {pointer(*path): value for path, value in differences(base, override) if not is_ignored(path)}


def instance(main: Record, recurrence: str, patch: Record, before: Record | None, main_before: Record) -> Record:
    """The whole override that a patch asks for. What no patch may say is as it was, or as in the main component."""
    record = applied(inherited(main, recurrence), patch)
    if before is None:
        return record
    shared = {name for name in _OF_ALL if before.get(name) == main_before.get(name)}
    own = {name: value for name, value in before.items() if name in IGNORED - shared}
    own |= {name: record[name] for name in shared if name in record}
    if "recurrenceId" not in own:
        own |= {name: record[name] for name in ("recurrenceId", "recurrenceIdTimeZone") if name in record}
    return {name: value for name, value in record.items() if name not in IGNORED} | own
