"""The conversion table of jscalendar-icalendar 2 and 3, for both directions; modules of codecs/ have its families."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jmapd.formats.content_lines import Line, make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.codecs.alerts import ALERTS
from jmapd.formats.jscalendar.codecs.conferences import VIRTUAL_LOCATIONS
from jmapd.formats.jscalendar.codecs.description import DESCRIPTION
from jmapd.formats.jscalendar.codecs.links import LINKS
from jmapd.formats.jscalendar.codecs.locations import LOCATIONS
from jmapd.formats.jscalendar.codecs.participants import PARTICIPANTS
from jmapd.formats.jscalendar.codecs.relations import RELATED
from jmapd.formats.jscalendar.codecs.scalars import (
    CLASS,
    COLOR,
    ESTIMATED_DURATION,
    PERCENT_COMPLETE,
    PRIORITY,
    PROGRESS,
    STATUS,
    SUMMARY,
    TRANSP,
)
from jmapd.formats.jscalendar.codecs.sets import CATEGORIES, KEYWORDS
from jmapd.formats.jscalendar.codecs.values import read_utc, write_utc
from jmapd.formats.jscalendar.overrides import DATES
from jmapd.formats.jscalendar.times import RECURRENCE_ID, RULE, TIMES, parsed
from jmapd.formats.jscalendar.units import Codec, Item, Key, Reading, Table, Writing, row
from jmapd.formats.vcard import escape, unescape


def _stamp(value: str) -> str | None:
    """A moment in UTC; one without Z counts as that."""
    if (text := read_utc(value)) is not None:
        return text
    found = parsed(value)
    return f"{found[0].isoformat()}Z" if found else None


def _number(value: str) -> int | None:
    text = value.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _written_number(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _string(value: Any) -> str | None:
    return escape(value) if isinstance(value, str) and value else None


def _uid(value: str) -> str | None:
    return unescape(value.strip()) or None


def _read_updated(reading: Reading, lines: list[Line], _: list[Component]) -> None:
    """DTSTAMP (2.3.15); LAST-MODIFIED does not convert (2.3.23) but where there is nothing else, and follows it."""
    for line in sorted(lines, key=lambda line: line.name != "DTSTAMP"):
        value = None if "updated" in reading.record else _stamp(line.value)
        if value is not None:
            reading.record["updated"] = value
    reading.made(("updated",), *lines)


def _write_updated(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    text = write_utc(value)
    if text is None:
        return ()
    names = {"DTSTAMP"} | ({item.name for item in writing.before} if writing.before else {"LAST-MODIFIED"})
    return [make_line(name, text) for name in sorted(names)]


UPDATED = Codec(
    ("updated",),
    ("DTSTAMP", "LAST-MODIFIED"),
    _read_updated,
    _write_updated,
    section="2.3.15",
    note="a LAST-MODIFIED that differs from DTSTAMP is not told, and follows it when it changes",
)
COMMON = (
    row("UID", "uid", _uid, _string, "2.3.45"),
    UPDATED,
    row("CREATED", "created", _stamp, write_utc, "2.3.12"),
    row("SEQUENCE", "sequence", _number, _written_number, "2.3.37"),
    TIMES,
    RECURRENCE_ID,
    RULE,
    DATES,
)


FAMILIES = (
    DESCRIPTION,
    LOCATIONS,
    VIRTUAL_LOCATIONS,
    CLASS,
    TRANSP,
    PRIORITY,
    KEYWORDS,
    CATEGORIES,
    COLOR,
    LINKS,
    RELATED,
    PARTICIPANTS,
    ALERTS,
)
EVENT = Table("VEVENT", "Event", (*COMMON, SUMMARY, STATUS, *FAMILIES))
TASK = Table("VTODO", "Task", (*COMMON, SUMMARY, PROGRESS, PERCENT_COMPLETE, ESTIMATED_DURATION, *FAMILIES))
TABLES = {table.component: table for table in (EVENT, TASK)}
BY_TYPE = {table.type: table for table in TABLES.values()}
