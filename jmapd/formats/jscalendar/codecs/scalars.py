"""Properties that are one value (jscalendar-icalendar 2.3.7, 2.3.8, 2.3.19, 2.3.30, 2.3.31, 2.3.39, 2.3.42, 2.3.43)."""

from collections.abc import Callable, Sequence
from typing import Any

from jmapd.formats.colors import is_color
from jmapd.formats.content_lines import Line, make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.durations import from_icalendar, is_duration, to_icalendar
from jmapd.formats.jscalendar.units import Codec, Item, Key, Property, Reading, Writing, row
from jmapd.formats.vcard import escape, unescape

PRIVACY = {"PUBLIC": "public", "PRIVATE": "private", "CONFIDENTIAL": "secret"}
BUSY = {"OPAQUE": "busy", "TRANSPARENT": "free"}
STATUSES = {status.upper(): status for status in ("confirmed", "cancelled", "tentative")}
PROGRESSES = {
    progress.upper(): progress for progress in ("needs-action", "in-process", "completed", "failed", "cancelled")
}


def _integer(most: int) -> Callable[[str], int | None]:
    def read(value: str) -> int | None:
        text = value.strip()
        found = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        return found if 0 <= found <= most else None

    return read


def _written_integer(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _written_duration(value: Any) -> str | None:
    return to_icalendar(value) if isinstance(value, str) and is_duration(value) else None


def _color(value: str) -> str | None:
    text = unescape(value).strip()
    return text if is_color(text) else None


def _text(value: Any) -> str | None:
    return escape(value) if isinstance(value, str) and value else None


def _of(names: dict[str, str], name: str, head: str, section: str) -> Codec:
    """One of a few words; any other goes to iCalendar."""
    back = {value: word for word, value in names.items()}

    def read(value: str) -> str | None:
        return names.get(value.strip().upper())

    def write(value: Any) -> str | None:
        return back.get(value) if isinstance(value, str) else None

    return row(name, head, read, write, section)


PRIORITY = row("PRIORITY", "priority", _integer(9), _written_integer, "2.3.31")
PERCENT_COMPLETE = row("PERCENT-COMPLETE", "percentComplete", _integer(100), _written_integer, "2.3.30")
ESTIMATED_DURATION = row("ESTIMATED-DURATION", "estimatedDuration", from_icalendar, _written_duration, "2.3.19")
COLOR = row("COLOR", "color", _color, _text, "2.3.8")
CLASS = _of(PRIVACY, "CLASS", "privacy", "2.3.7")
TRANSP = _of(BUSY, "TRANSP", "freeBusyStatus", "2.3.43")
STATUS = _of(STATUSES, "STATUS", "status", "2.3.39")


def _progress() -> Codec:
    """STATUS; a task without one that has COMPLETED is done (RFC 5545 3.8.2.1)."""
    status = _of(PROGRESSES, "STATUS", "progress", "2.3.39")

    def read(reading: Reading, lines: list[Line], inside: list[Component]) -> None:
        statuses = [line for line in lines if line.name == "STATUS"]
        status.read(reading, statuses, inside)
        if not statuses:
            reading.record["progress"] = "completed"
        reading.leave(*(line for line in lines if line.name == "COMPLETED"))

    return status._replace(names=("STATUS", "COMPLETED"), read=read)


PROGRESS = _progress()


def _title(name: str) -> Codec:
    """A title and the language that it is in (2.3.28, 2.3.42)."""

    def read(reading: Reading, lines: list[Line], _: list[Component]) -> None:
        for line in lines:
            if "title" in reading.record:
                reading.leave(line)
                continue
            prop = Property(line)
            reading.put(("title",), prop.text, line)
            reading.made(("locale",), line)
            if language := prop.first("LANGUAGE"):
                prop.take("LANGUAGE")
                reading.put(("locale",), language)
            reading.told(("title",), prop)

    def write(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
        locale = writing.record.get("locale")
        if key != ("title",) or not isinstance(value, str):
            return ()
        language = [("LANGUAGE", [locale])] if isinstance(locale, str) and locale else []
        return (make_line(name, escape(value), writing.params(("title",), *language)),)

    return Codec(("title", "locale"), (name,), read, write, section="2.3.28, 2.3.42")


SUMMARY = _title("SUMMARY")
NAME = _title("NAME")
