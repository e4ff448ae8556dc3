"""Changes of one property of a record, and the lines that each may touch; what the tests of real calendars share."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar import durations
from jmapd.formats.jscalendar.instances import applied, inherited
from jmapd.wire import Record

OVERRIDES = "recurrenceOverrides"
ALWAYS = ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "UID", "JSPROP", "JSID")
_TIMES = ("DTSTART", "DTEND", "DURATION", "EXDATE", "RDATE", "RECURRENCE-ID")


class Mutation(NamedTuple):
    """A change; False where the record has nothing to change."""

    change: Callable[[Record], Any]
    lines: tuple[str, ...]
    has: bytes  # files with this


def later(value: str, **by: float) -> str:
    return durations.local_text(durations.moved(durations.local(value), timedelta(**by)))


def _set(name: str, one: Any, other: Any) -> Callable[[Record], bool]:
    def change(record: Record) -> bool:
        record[name] = other if record.get(name) == one else one
        return True

    return change


def _member(head: str, name: str, one: Any, other: Any = None) -> Callable[[Record], bool]:
    """Of the first in a map of ids."""

    def change(record: Record) -> bool:
        first = next(iter((record.get(head) or {}).values()), None)
        if first is not None:
            first[name] = other if first.get(name) == one else one
        return first is not None

    return change


def _new(head: str, **value: Any) -> Callable[[Record], bool]:
    def change(record: Record) -> bool:
        record.setdefault(head, {})["new"] = value
        return True

    return change


def _start(**by: float) -> Callable[[Record], bool]:
    def change(record: Record) -> bool:
        if "start" not in record or ("hours" in by and record.get("showWithoutTime")):
            return False
        record["start"] = later(record["start"], **by)
        return True

    return change


def _due(record: Record) -> bool:
    if "due" in record:
        record["due"] = later(record["due"], days=3)
    return "due" in record


def _duration(record: Record) -> bool:
    is_event = record["@type"] == "Event" and "start" in record
    record["duration"] = "P2D" if record.get("showWithoutTime") else "PT1H35M"
    return is_event


def _a_day(record: Record) -> bool:
    record["duration"] = "P1D"
    return record["@type"] == "Event" and "start" in record and not record.get("showWithoutTime")


def _zone(record: Record) -> bool:
    record["timeZone"] = "Asia/Tokyo" if record.get("timeZone") != "Asia/Tokyo" else "Europe/Berlin"
    return "start" in record and not record.get("showWithoutTime")


def _until(record: Record) -> bool:
    rule = record.get("recurrenceRule")
    if not rule or "start" not in record:
        return False
    rule.pop("count", None)
    rule["until"] = later(record["start"], days=70)
    return True


def _no_rule(record: Record) -> bool:
    return bool(record.pop("recurrenceRule", None))


def _overrides(record: Record, is_excluded: bool = False) -> list[str]:
    patches = (record.get(OVERRIDES) or {}).items()
    return [key for key, patch in patches if (patch.get("excluded") is True) == is_excluded]


def _override_title(record: Record) -> bool:
    for key in _overrides(record)[:1]:
        record[OVERRIDES][key]["title"] = "Of this one only"
    return bool(_overrides(record))


def _exclude(record: Record) -> bool:
    key = next(iter(_overrides(record)), record.get("start"))
    if key is None or "recurrenceRule" not in record:
        return False
    record.setdefault(OVERRIDES, {})[key] = {"excluded": True}
    return True


def _include(record: Record) -> bool:
    found = _overrides(record, is_excluded=True)
    for key in found[:1]:
        del record[OVERRIDES][key]
        if not record[OVERRIDES]:
            del record[OVERRIDES]
    return bool(found)


def _one_more(record: Record) -> bool:
    if "start" not in record or "recurrenceId" in record:
        return False
    key = later(record["start"], days=3)
    is_new = key not in record.get(OVERRIDES, {})
    record.setdefault(OVERRIDES, {}).setdefault(key, {})
    return is_new


_LOCATION = ("LOCATION", "VLOCATION", "GEO", "X-APPLE-STRUCTURED-LOCATION")
_TRIGGER = {"@type": "OffsetTrigger", "offset": "-PT17M"}
MUTATIONS = {
    "start": Mutation(_start(days=7), (*_TIMES, "SHOW-WITHOUT-TIME"), b"DTSTART"),
    "hour": Mutation(_start(hours=1), _TIMES, b"DTSTART"),
    "due": Mutation(_due, ("DUE",), b"\nDUE"),
    "duration": Mutation(_duration, ("DTEND", "DURATION"), b"DTSTART"),
    "a day": Mutation(_a_day, ("DTEND", "DURATION"), b"TZID="),
    "timeZone": Mutation(_zone, (*_TIMES, "DUE", "RRULE"), b"TZID="),
    "until": Mutation(_until, ("RRULE",), b"RRULE"),
    "no rule": Mutation(_no_rule, ("RRULE",), b"RRULE"),
    "override's title": Mutation(_override_title, ("SUMMARY",), b"RECURRENCE-ID"),
    "excluded": Mutation(_exclude, ("EXDATE", "RDATE"), b"RRULE"),
    "included": Mutation(_include, ("EXDATE", "RDATE"), b"EXDATE"),
    "one more": Mutation(_one_more, ("RDATE", "EXDATE"), b"DTSTART"),
    "location": Mutation(_member("locations", "name", "Elsewhere"), _LOCATION, b"LOCATION"),
    "new location": Mutation(_new("locations", **{"@type": "Location", "name": "Elsewhere"}), _LOCATION, b"UID"),
    "participant": Mutation(
        _member("participants", "participationStatus", "declined", "tentative"),
        ("ATTENDEE", "PARTICIPANT"),
        b"ATTENDEE",
    ),
    "alert": Mutation(_member("alerts", "trigger", _TRIGGER, _TRIGGER), ("VALARM",), b"BEGIN:VALARM"),
    "new alert": Mutation(_new("alerts", **{"@type": "Alert", "trigger": _TRIGGER}), ("VALARM",), b"UID"),
    "keyword": Mutation(
        lambda record: record.setdefault("keywords", {}).update(new=True) is None, ("CATEGORIES",), b""
    ),
    "no keywords": Mutation(lambda record: record.pop("keywords", None), ("CATEGORIES",), b"CATEGORIES"),
    "description": Mutation(
        _set("description", "New,\nof two; lines", "x"), ("DESCRIPTION", "STYLED-DESCRIPTION", "X-ALT-DESC"), b"UID"
    ),
    "no title": Mutation(lambda record: record.pop("title", None), ("SUMMARY",), b"SUMMARY"),
    "privacy": Mutation(_set("privacy", "secret", "private"), ("CLASS",), b"CLASS"),
    "free": Mutation(_set("freeBusyStatus", "free", "busy"), ("TRANSP",), b"BEGIN:VEVENT"),
    "link": Mutation(_new("links", **{"@type": "Link", "href": "https://example.org/x"}), ("LINK",), b"UID"),
    "relation": Mutation(_new("relatedTo", **{"@type": "Relation"}), ("RELATED-TO",), b"UID"),
    "video": Mutation(
        _new("virtualLocations", **{"@type": "VirtualLocation", "uri": "https://example.org/"}), ("CONFERENCE",), b"UID"
    ),
}


def others(component: Component, names: tuple[str, ...]) -> Iterator[str]:
    """The lines of other properties."""
    for item in component.items:
        if isinstance(item, Component):
            if item.name not in (*names, "VTIMEZONE"):
                yield f"BEGIN:{item.name}"
                yield from others(item, names)
        elif item.name not in names and item.name not in ALWAYS:
            yield item.raw.rstrip()


def meant(record: Record) -> Record:
    """What it means: each override as a whole, and without what only a file can hold."""
    overrides = record.get(OVERRIDES) or {}
    main = {name: value for name, value in record.items() if name != OVERRIDES}
    whole = {
        key: patch if patch.get("excluded") is True else _shown(applied(inherited(record, key), patch))
        for key, patch in overrides.items()
    }
    return _shown(main) | {OVERRIDES: whole}


def _shown(value: Any) -> Any:
    """jscalendarbis 3.5.1: "display" is the default of an alert's action."""
    if not isinstance(value, dict):
        return value
    shown = {name: _shown(each) for name, each in value.items() if name not in ("iCalendar", "updated", "sequence")}
    if "trigger" in shown:
        shown.setdefault("action", "display")
    return {name: each for name, each in shown.items() if each not in ({}, None)}
