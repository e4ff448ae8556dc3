"""What people want to know of an event: when and where it is, and what it is about."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from jmapd.formats.html_text import html_text
from jmapd.formats.jscalendar import durations, recurrence
from jmapd.wire import Record

LONGEST = 10_000  # characters of a description


def when(event: Record) -> str:
    """As "Monday, 5 January 2026, 09:00 to 10:00 (Europe/Berlin)", as its time zone has it; "" if that is unknown."""
    times = recurrence.of(event)
    if times.start is None:
        return ""
    end = durations.moved(times.start, times.length)
    if event.get("showWithoutTime"):
        last = durations.moved(end, -timedelta(days=1))
        return _day(times.start) + (f" to {_day(last)}" if last > times.start else "")
    text = f"{_day(times.start)}, {times.start:%H:%M}"
    if end > times.start:
        text += f" to {end:%H:%M}" if end.date() == times.start.date() else f" to {_day(end)}, {end:%H:%M}"
    return f"{text} ({times.zone})" if times.zone else text


def places(event: Record) -> Iterator[Any]:
    """Names of rooms, then addresses of meetings."""
    yield from (each.get("name") for each in _objects(event, "locations"))
    yield from (each.get("uri") for each in _objects(event, "virtualLocations"))


def description(event: Record) -> str:
    """As plain text."""
    text = event.get("description")
    if not isinstance(text, str) or not text.strip():
        return ""
    if str(event.get("descriptionContentType", "")).lower().startswith("text/html"):
        text = html_text(text[: 4 * LONGEST])
    return text[:LONGEST]


def _day(moment: datetime) -> str:
    return f"{moment:%A}, {moment.day} {moment:%B} {moment.year}"


def _objects(event: Record, name: str) -> list[Record]:
    found = event.get(name)
    return [each for each in found.values() if isinstance(each, dict)] if isinstance(found, dict) else []
