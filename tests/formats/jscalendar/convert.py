"""Short ways from the lines of a VEVENT to an Event and back."""

import copy
from collections.abc import Callable
from typing import Any

from jmapd.formats.icalendar import Component, calendars, to_bytes
from jmapd.formats.jscalendar.from_icalendar import Converted, objects
from jmapd.formats.jscalendar.to_icalendar import patched, to_icalendar

Record = dict[str, Any]
FRAME = ("UID:1@example.org", "DTSTAMP:20260101T000000Z", "DTSTART:20260102T100000Z")
_OWN = ("@type", "uid", "updated", "start", "timeZone", "version", "duration")


def calendar(*lines: str, name: str = "VEVENT") -> Component:
    framed = ("BEGIN:VCALENDAR", f"BEGIN:{name}", *FRAME, *lines, f"END:{name}", "END:VCALENDAR", "")
    return calendars("\r\n".join(framed).encode())[0]


def converted(made: Component) -> Converted:
    [found] = objects(made)
    return found


def read(*lines: str, name: str = "VEVENT") -> Record:
    """What these lines become, without what every event has."""
    record = converted(calendar(*lines, name=name)).record
    return {member: value for member, value in record.items() if member not in _OWN}


def only(many: Record) -> Any:
    """The one object in a map."""
    [value] = many.values()
    return value


def _unfolded(made: Component) -> list[str]:
    text = to_bytes([made]).decode().replace("\r\n ", "")
    return [line for line in text.splitlines() if line]


def written(name: str = "VEVENT", **members: Any) -> list[str]:
    """The lines that are written for these members of an Event or Task."""
    record = {"@type": "Task" if name == "VTODO" else "Event", "uid": "1@example.org", **members}
    lines = _unfolded(to_icalendar(record | {"updated": "2026-01-01T00:00:00Z"}))
    inner = lines[lines.index(f"BEGIN:{name}") + 1 : lines.index(f"END:{name}")]
    return [
        line for line in inner if not line.startswith(("UID:1@", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DURATION:P0D"))
    ]


def again(**members: Any) -> Record:
    """These members, written and read."""
    made = to_icalendar({"@type": "Event", "uid": "1@example.org", **members})
    record = converted(calendars(to_bytes([made]))[0]).record
    return {member: record.get(member) for member in members}


def changed(
    lines: tuple[str, ...], change: Callable[[Record], Any], name: str = "VEVENT"
) -> tuple[list[str], list[str]]:
    """The lines that a change of the record takes away, and those that it adds."""
    made = calendar(*lines, name=name)
    before = _unfolded(made)
    old = converted(made)
    new = copy.deepcopy(old.record)
    change(new)
    patched(made, old, new)
    after = _unfolded(calendars(to_bytes([made]))[0])
    return [line for line in before if line not in after], [line for line in after if line not in before]
