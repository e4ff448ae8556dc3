"""A JSCalendar event or task as VCALENDAR (jscalendar-icalendar 3): a new one, or an old one changed line by line."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from jmapd.formats.content_lines import Line, make_line
from jmapd.formats.icalendar import Component, new_component, walk
from jmapd.formats.jscalendar import timezones
from jmapd.formats.jscalendar.carried import with_own
from jmapd.formats.jscalendar.components import patch_component
from jmapd.formats.jscalendar.from_icalendar import Converted
from jmapd.formats.jscalendar.overrides import OVERRIDES, instance, overrides_of, patch_dates
from jmapd.formats.jscalendar.table import BY_TYPE
from jmapd.formats.jscalendar.times import TIMES, moment_of, setting_of
from jmapd.formats.jscalendar.units import Reading, Setting, Table
from jmapd.formats.vcard import escape, unescape
from jmapd.wire import Record

PRODID = "-//jmapd//jmapd//EN"
_OURS = ("id", "calendarIds", "taskListId")
_BY_FORM = ("recurrenceRule", "recurrenceId", "recurrenceIdTimeZone")  # are written otherwise for another start
_TIMES = ("start", "due")
_OF_CALENDAR = {"prodId": "PRODID", "method": "METHOD"}


def to_icalendar(record: Record) -> Component:
    """A new calendar."""
    table = BY_TYPE["Task" if record.get("@type") == "Task" else "Event"]
    calendar = new_component("VCALENDAR", [make_line("VERSION", "2.0"), make_line("PRODID", PRODID)])
    main = new_component(table.component)
    calendar.insert([main])
    setting = Setting(calendar, table.component == "VTODO")
    old = Converted(table.type, "", None, {}, [main], Reading(main, setting))
    return patched(calendar, old, record)


def patched(calendar: Component, old: Converted, new: Record) -> Component:
    """The calendar itself, changed: lines of what is the same in both records stay as they are."""
    if new == old.record:
        return calendar
    wanted = {name: value for name, value in new.items() if name not in _OURS}
    before = _tzids(calendar)
    _patch_calendar(calendar, old.record, wanted)
    table = BY_TYPE[old.type]
    main = old.main
    was = replace(main.setting)
    setting = main.setting
    own = _own(wanted)
    if ("uid",) not in main.sources:
        main.record.pop("uid", None)
    setting_of(own | {OVERRIDES: wanted.get(OVERRIDES)}, setting, old.record)
    main.record = {name: value for name, value in main.record.items() if name not in _OF_CALENDAR}
    if (was.zone, was.is_date) != (setting.zone, setting.is_date):
        forms = [name for name in _BY_FORM if name != "recurrenceRule" or name in wanted]
        times = _TIMES if was.is_date != setting.is_date else ()
        for reading in (main, *old.overrides.values()):
            gone = (*forms, *(name for name in times if (name,) in reading.sources))
            reading.record = {name: value for name, value in reading.record.items() if name not in gone}
        if old.doubles:  # their RECURRENCE-ID would name another occurrence now
            calendar.replace([component for each in old.doubles.values() for component in each], [])
            old.doubles.clear()
    patch_component(main.component, main, own, table)
    if old.recurrence_id is None:
        said = patch_dates(main.component, was, setting, old.record, wanted, old.overrides)
        _patch_overrides(calendar, old, own, wanted, table, said)
    since = moment_of(wanted.get("start")) or moment_of(wanted.get("due")) or datetime(2000, 1, 1)
    _add_zones(calendar, before, since)
    return calendar


def _own(record: Record) -> Record:
    """What the main component itself says."""
    return {name: value for name, value in record.items() if name != OVERRIDES and name not in _OF_CALENDAR}


def _patch_calendar(calendar: Component, old: Record, wanted: Record) -> None:
    """PRODID and METHOD (2.3.27, 2.3.32); these stay where nothing else is wanted."""
    for head, name in _OF_CALENDAR.items():
        value = wanted.get(head)
        if old.get(head) == value or not isinstance(value, str) or not value:
            continue
        text = escape(value if head == "prodId" else value.upper())
        lines = [make_line(name, text)]
        there = calendar.named(name)
        if there:
            calendar.replace(there, lines)
        elif calendar.items:
            calendar.replace([calendar.items[0]], [calendar.items[0], *lines])


def _patch_overrides(
    calendar: Component, old: Converted, main: Record, wanted: Record, table: Table, said: Record
) -> None:
    """The components of overrides: those of the patches that are there, and no others."""
    patches: Record = {
        key: patch
        for key, patch in overrides_of(wanted).items()
        if isinstance(patch, dict) and patch.get("excluded") is not True and moment_of(key) is not None
    }
    gone = [
        component
        for key, override in old.overrides.items()
        if key not in patches
        for component in (override.component, *old.doubles.get(key, ()))
    ]
    added: list[Component] = []
    for key, patch in patches.items():
        if key in old.overrides:
            _patch_override(old.overrides[key], old, main, key, patch, table)
        elif patch != said.get(key):
            added.append(_new_override(calendar, main, key, patch, table, old.main.setting))
    if gone:
        calendar.replace(gone, [])
    if added:
        there = {id(component) for component in old.components}
        place = [item for item in calendar.items if id(item) in there][-1:]
        calendar.insert(added, place[0] if place else None)


def _patch_override(override: Reading, old: Converted, main: Record, key: str, patch: Record, table: Table) -> None:
    override.record = {name: value for name, value in override.record.items() if name not in _OF_CALENDAR}
    record = with_own(override.record, instance(main, key, patch, override.record, old.record), patch)
    setting_of(record, override.setting, override.record)
    if "recurrenceId" not in override.record:  # it is written anew: in the form of the event's times (3.2)
        override.setting.is_date &= old.main.setting.is_date
    if not ({("start",), ("due",)} & override.sources.keys()):  # one without times goes on without them
        times = {name: record.get(name) for name in TIMES.heads}
        if times == {name: override.record.get(name) for name in TIMES.heads}:
            record, override.record = (
                {name: value for name, value in each.items() if name not in times} for each in (record, override.record)
            )
    patch_component(override.component, override, record, table)


def _new_override(
    calendar: Component, main: Record, key: str, patch: Record, table: Table, of_main: Setting
) -> Component:
    record = instance(main, key, patch, None, {})
    component = new_component(table.component)
    setting = Setting(calendar, of_main.is_task, tzid=of_main.tzid, tzids=of_main.tzids)
    setting_of(record, setting)
    setting.is_date &= of_main.is_date  # 3.2: RECURRENCE-ID has the form of DTSTART
    patch_component(component, Reading(component, setting), record, table)
    return component


def _tzids(calendar: Component) -> set[str]:
    return {
        value
        for component in walk(calendar)
        for item in component.items
        if isinstance(item, Line)
        for name, values in item.params
        if name == "TZID"
        for value in values
    }


def _add_zones(calendar: Component, before: set[str], since: datetime) -> None:
    """A VTIMEZONE for each TZID that is new (RFC 5545 3.2.19); those that are there stay."""
    missing = sorted(_tzids(calendar) - before)
    there = {unescape(line.value.strip()) for zone in calendar.inside("VTIMEZONE") if (line := zone.first("TZID"))}
    zones = [_copy(_zone(tzid, since.year)) for tzid in missing if tzid not in there and timezones.is_zone(tzid)]
    if zones:
        first = next((n for n, item in enumerate(calendar.items) if isinstance(item, Component)), len(calendar.items))
        if first:
            calendar.insert(zones, calendar.items[first - 1])
        else:
            calendar.replace([calendar.items[0]], [*zones, calendar.items[0]])


@lru_cache(maxsize=256)
def _zone(tzid: str, year: int) -> Component:
    return timezones.vtimezone(tzid, datetime(year, 1, 1))


def _copy(component: Component) -> Component:
    items = [_copy(item) if isinstance(item, Component) else replace(item) for item in component.items]
    return new_component(component.name, items)
