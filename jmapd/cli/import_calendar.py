"""jmapd-import-calendar: events and tasks of .ics files into a calendar, as they are, each UID as a file.

One without a UID (RFC 5545 3.8.4.7) gets one that follows from its content, so that nothing is taken in twice.
"""

import hashlib

from jmapd.cli.importing import Given, What, run, shown
from jmapd.formats.content_lines import make_line
from jmapd.formats.icalendar import Component, calendars
from jmapd.formats.icalendar_split import ITEMS, Part, alone, parts, zones
from jmapd.formats.vcard import unescape
from jmapd.stores.vdir_format import made_uid


def main(arguments: list[str] | None = None) -> int:
    """0: all is there now; 1: something was left out, as the report says; 2: wrong usage or configuration."""
    return run(WHAT, arguments)


def _items(data: bytes) -> list[Given]:
    found = []
    for calendar in calendars(data):
        known = zones(calendar)
        found += [_given(calendar, part, known) for part in parts(calendar)]
    if not found:
        return [Given("", why="no event and no task in it")]
    for number, given in enumerate(found, 1) if len(found) > 1 else ():
        given.where = f", no. {number}{given.where}"
    return found


def _given(calendar: Component, part: Part, known: dict[str, Component]) -> Given:
    where = _which(part)
    if part.name not in ITEMS:
        return Given(where, why=f"{shown(part.name)}: neither event nor task")
    had_uid = bool(part.uid)
    if not had_uid:
        component = part.components[0]
        part.uid = made_uid(hashlib.sha256(component.text().encode("utf-8", "surrogatepass")).hexdigest())
        empty, line = component.named("UID"), make_line("UID", part.uid)
        if empty or not component.lines:
            component.replace(empty, [line])
        else:
            component.insert([line], after=component.lines[0])
    is_broken = any(component.is_broken for component in part.components)
    data = alone(calendar, part, known)
    return Given(where, unescape(part.uid), had_uid, is_broken, data)


def _which(part: Part) -> str:
    """As " (Dinner)"."""
    for name in ("SUMMARY", "UID"):
        for component in part.components:
            line = component.first(name)
            if line and (text := shown(unescape(line.value))):
                return f" ({text})"
    return ""


WHAT = What(
    program="jmapd-import-calendar",
    things="events and tasks",
    thing="event or task",
    book="calendar",
    book_type="Calendar",
    item_type="CalendarEvent",  # takes in tasks as well: the collection becomes a TaskList by them
    option="--calendar",
    suffix=".ics",
    paths="calendars",
    description="Takes the events and tasks of .ics files into a calendar, each UID with its time zones as a file. One"
    " whose UID the account has already is not taken in again; one that differs from the one there is left out and"
    " told. What a file says of itself (its name, METHOD) is not taken in. To be run as jmapd's user.",
    items=_items,
)
