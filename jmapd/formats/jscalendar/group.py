"""A VCALENDAR as JSCalendar Group, and back (jscalendar-icalendar 2.1.1, 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jmapd.formats.content_lines import Line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.codecs.description import DESCRIPTION
from jmapd.formats.jscalendar.codecs.links import LINKS
from jmapd.formats.jscalendar.codecs.scalars import COLOR, NAME
from jmapd.formats.jscalendar.codecs.sets import CATEGORIES, KEYWORDS
from jmapd.formats.jscalendar.codecs.values import read_text, read_uri, read_utc, write_text, write_uri, write_utc
from jmapd.formats.jscalendar.components import patch_component, read_component
from jmapd.formats.jscalendar.from_icalendar import objects
from jmapd.formats.jscalendar.to_icalendar import to_icalendar
from jmapd.formats.jscalendar.units import Codec, Item, Key, Reading, Setting, Table, Writing, row
from jmapd.wire import Record


def _read(reading: Reading, lines: list[Line], components: list[Component]) -> None:
    """What frames the calendar, and what becomes its entries."""


def _write(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    return ()


GROUP = Table(
    "VCALENDAR",
    "Group",
    (
        Codec(("entries",), ("VERSION", "METHOD"), _read, _write, inside=("VEVENT", "VTODO", "VTIMEZONE")),
        row("PRODID", "prodId", read_text, write_text, "2.3.32"),
        row("UID", "uid", read_text, write_text, "2.3.45"),
        row("CREATED", "created", read_utc, write_utc, "2.3.12"),
        row("LAST-MODIFIED", "updated", read_utc, write_utc, "2.3.23"),
        row("SOURCE", "source", read_uri, write_uri, "2.3.40", "URI"),
        NAME,
        DESCRIPTION,
        COLOR,
        KEYWORDS,
        CATEGORIES,
        LINKS,
    ),
)


def group(calendar: Component) -> Record:
    """The calendar's own properties, and its events and tasks as entries."""
    record = read_component(calendar, GROUP, Setting(calendar)).record
    return record | {"version": "2.0", "entries": [found.record for found in objects(calendar)]}


def from_group(record: Record) -> Component:
    """A new calendar."""
    entries = [entry for entry in record.get("entries", ()) if isinstance(entry, dict)]
    made = [to_icalendar(entry) for entry in entries] or [to_icalendar({"@type": "Event"})]
    calendar = made[0]
    if not entries:
        calendar.replace(calendar.components, [])
    there = {each.text() for each in calendar.components}
    for other in made[1:]:
        calendar.insert([each for each in other.components if each.text() not in there])
        there |= {each.text() for each in other.components}
    wanted = {name: value for name, value in record.items() if name != "entries"}
    patch_component(calendar, read_component(calendar, GROUP, Setting(calendar)), wanted, GROUP)
    return calendar
