"""An exported calendar as many, one for each UID with the time zones it needs (RFC 4791 4.1)."""

from collections.abc import Iterator
from dataclasses import dataclass

from jmapd.formats.content_lines import Line
from jmapd.formats.icalendar import CALENDAR, Component, walk

ITEMS = ("VEVENT", "VTODO")
_KEPT = ("VERSION", "PRODID", "CALSCALE")  # of the calendar; the others speak of all that was exported


@dataclass(slots=True)
class Part:
    """One UID of a calendar; or a component that is none of ITEMS, alone."""

    name: str  # of its components
    uid: str  # "": it has none
    components: list[Component]


def parts(calendar: Component) -> list[Part]:
    """In order. A second component with the same UID and without a RECURRENCE-ID is a part of its own."""
    found: list[Part] = []
    known: dict[tuple[str, str], Part] = {}
    mains = set[tuple[str, str]]()
    for component in calendar.components:
        if component.name == "VTIMEZONE":
            continue
        line = component.first("UID")
        key = component.name, line.value.strip() if line else ""
        is_main = component.first("RECURRENCE-ID") is None
        part = known.get(key)
        if part is None or not key[1] or key[0] not in ITEMS or (is_main and key in mains):
            part = Part(*key, [])
            found.append(part)
            known.setdefault(key, part)
        part.components.append(component)
        if is_main:
            mains.add(key)
    return found


def zones(calendar: Component) -> dict[str, Component]:
    """The calendar's time zones by their TZID."""
    named = ((zone.first("TZID"), zone) for zone in calendar.inside("VTIMEZONE"))
    return {_bare(line.value): zone for line, zone in reversed([*named]) if line}


def alone(calendar: Component, part: Part, known: dict[str, Component]) -> bytes:
    """A file with that part; `known`: zones() of the calendar."""
    newline = calendar.newline
    begin = calendar.begin or f"BEGIN:{CALENDAR}{newline}"
    made = Component(CALENDAR, [], begin, f"END:{CALENDAR}{newline}", newline=newline)
    wanted = dict.fromkeys(_bare(zone) for component in part.components for zone in _tzids(component))
    used = [known[zone] for zone in wanted if zone in known]
    made.insert([*calendar.named(*_KEPT), *used, *part.components])
    return made.alone()


def _tzids(component: Component) -> Iterator[str]:
    for each in walk(component):
        for item in each.items:
            if isinstance(item, Line):
                yield from (value for name, values in item.params if name == "TZID" for value in values)


def _bare(tzid: str) -> str:
    return tzid.strip().strip('"')
