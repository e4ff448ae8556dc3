"""The events and tasks of a VCALENDAR (jscalendar-icalendar 2), with the components that each was made of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from jmapd.formats.content_lines import Line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar import durations
from jmapd.formats.jscalendar.components import read_component
from jmapd.formats.jscalendar.instances import EXCLUDED, inherited
from jmapd.formats.jscalendar.overrides import OVERRIDES, patch_of, recurrence_id
from jmapd.formats.jscalendar.table import TABLES
from jmapd.formats.jscalendar.times import TIMES, line_zone, moment_of
from jmapd.formats.jscalendar.units import Reading, Setting
from jmapd.formats.vcard import unescape
from jmapd.wire import Record

VERSION = "2.0"
Zones = dict[str, str | None]


@dataclass(slots=True, eq=False)
class Converted:
    """One event or task, or one lone instance of a series whose main component is elsewhere."""

    type: str  # "Event" or "Task"
    uid: str
    recurrence_id: str | None  # of a lone instance
    record: Record  # without id and calendarIds
    components: list[Component]
    main: Reading
    overrides: dict[str, Reading] = field(default_factory=dict)  # by recurrence id
    doubles: dict[str, list[Component]] = field(default_factory=dict)  # what an override stands for besides


class Part(NamedTuple):
    """The components of one event or task, the main one first, where there is one."""

    uid: str
    components: list[Component]


def objects(calendar: Component) -> list[Converted]:
    """Never fails; components without times are there too."""
    return list(map(converter(calendar), parts(calendar)))


def parts(calendar: Component) -> list[Part]:
    """Which components are one event or task, in the order of their main ones; what has no UID is by itself."""
    groups: dict[tuple[str, str, int], list[tuple[Component, bool]]] = {}
    places: dict[int, int] = {}
    for place, component in enumerate(calendar.items):
        if isinstance(component, Component) and component.name in TABLES:
            places[id(component)] = place
            text, is_override = "", False
            for item in component.items:
                if item.name == "UID" and not text and isinstance(item, Line):
                    text = unescape(item.value.strip())
                elif item.name == "RECURRENCE-ID":
                    is_override = True
            key = (component.name, text or made_uid(component), 0 if text else place)
            groups.setdefault(key, []).append((component, is_override))
    found: list[Part] = []
    for (_, uid, _), members in groups.items():
        mains = [component for component, is_override in members if not is_override]
        overrides = [component for component, is_override in members if is_override]
        if len(mains) > 1:
            readings = [_read(calendar, component, uid, {}, Zones()) for component in mains]
            newest = max(readings, key=_age).component
            mains = [newest, *(component for component in mains if component is not newest)]
        found += [Part(uid, [mains[0], *overrides])] if mains else [Part(uid, [each]) for each in overrides]
        found += [Part(uid, [each]) for each in mains[1:]]
    return sorted(found, key=lambda part: places[id(part.components[0])])


def converter(calendar: Component) -> Callable[[Part], Converted]:
    """Makes Converted of parts(); what is of the calendar is read once."""
    fixed, zones = _of_calendar(calendar), Zones()

    def convert(part: Part) -> Converted:
        main, *others = part.components
        reading = _read(calendar, main, part.uid, fixed, zones)
        if main.first("RECURRENCE-ID"):
            return _alone(part.uid, reading)
        return _series(calendar, part.uid, reading, others, fixed, zones)

    return convert


def made_uid(component: Component) -> str:
    """For a component that has none: it holds as long as the component stays as it is."""
    return hashlib.sha256(component.text().encode("utf-8", "replace")).hexdigest()[:32]


def _of_calendar(calendar: Component) -> Record:
    """What the VCALENDAR says of each (2.3.27, 2.3.32)."""
    found: Record = {"version": VERSION}
    for item in calendar.items:
        if item.name in ("PRODID", "METHOD") and not isinstance(item, Component) and item.value.strip():
            text = unescape(item.value.strip())
            found.setdefault("prodId" if item.name == "PRODID" else "method", text)
    if "method" in found:
        found["method"] = found["method"].lower()
    return found


def _read(calendar: Component, component: Component, uid: str, fixed: Record, zones: Zones) -> Reading:
    table = TABLES[component.name]
    reading = read_component(component, table, Setting(calendar, component.name == "VTODO", zones=zones))
    reading.record.setdefault("uid", uid)
    reading.record.update(fixed)
    return reading


def _alone(uid: str, reading: Reading) -> Converted:
    """A component that is an object by itself."""
    component, record = reading.component, reading.record
    if "recurrenceId" in record:  # jscalendarbis 3.3.1: then it does not recur, whatever its lines say
        for name in ("recurrenceRule", OVERRIDES):
            record.pop(name, None)
    return Converted(TABLES[component.name].type, uid, record.get("recurrenceId"), record, [component], reading)


def _series(
    calendar: Component, uid: str, reading: Reading, others: list[Component], fixed: Record, zones: Zones
) -> Converted:
    """The main component and what overrides it (2.1.2)."""
    found = _alone(uid, reading)
    if not others:
        return found
    record = found.record
    found.components += others
    patches = dict(record.get(OVERRIDES, {}))
    record = found.record = record | {OVERRIDES: patches}
    start = moment_of(record.get("start") or record.get("due"))
    for component in others:
        line = component.first("RECURRENCE-ID")
        zone = line_zone(line, reading.setting) if line else None
        moment = recurrence_id(line.value, zone, reading.setting, start) if line else None
        key = durations.local_text(moment) if moment else None
        if key is None:
            continue  # kept in the file, and not served
        override = _read(calendar, component, uid, fixed, zones)
        there = found.overrides.get(key)
        if there is not None:
            older = min(there, override, key=_age)
            found.doubles.setdefault(key, []).append(older.component)
            override = there if older is override else override
        found.overrides[key] = override
    for key, override in found.overrides.items():
        if not ({"start", "due"} & override.record.keys()):  # as CANCEL of RFC 5546 may have none
            main = inherited(reading.record, key)
            override.record.update({name: main[name] for name in TIMES.heads if name in main})
        patch = patch_of(reading.record, key, override.record)
        there_patch = patches.get(key)
        if patch or there_patch is None or there_patch == EXCLUDED:
            patches[key] = patch
    if not patches:
        del record[OVERRIDES]
    return found


def _age(reading: Reading) -> tuple[int, str]:
    return reading.record.get("sequence", 0), reading.record.get("updated", "")
