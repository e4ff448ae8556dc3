"""ORGANIZER, ATTENDEE and PARTICIPANT as Participants (jscalendar-icalendar 2.2.1, 2.3.4, 2.3.5, 2.3.29, 3.6)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from jmapd.formats.content_lines import Line, make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.codecs.attendees import (
    ATTENDING,
    attendee_params,
    person_params,
    read_attendee,
    read_person,
)
from jmapd.formats.jscalendar.codecs.description import DESCRIPTION
from jmapd.formats.jscalendar.codecs.links import LINKS, identity
from jmapd.formats.jscalendar.codecs.scalars import PERCENT_COMPLETE
from jmapd.formats.jscalendar.codecs.subcomponents import first_text, name_of, written_with_id
from jmapd.formats.jscalendar.codecs.values import MAILTO, is_id, read_text, read_uri, write_text, write_uri
from jmapd.formats.jscalendar.components import read_component
from jmapd.formats.jscalendar.units import Codec, Item, Key, Property, Reading, Table, Writing, jsid, row, uuid5
from jmapd.wire import Record

_ORGANIZER: Key = ("organizerCalendarAddress",)
PARTICIPANT = Table(
    "PARTICIPANT",
    "Participant",
    (
        row("CALENDAR-ADDRESS", "calendarAddress", read_uri, write_uri, "2.3.5"),
        row("SUMMARY", "name", read_text, write_text, "2.3.42"),
        DESCRIPTION,
        PERCENT_COMPLETE,
        LINKS,
    ),
)
_INSIDE = ("description", "descriptionContentType", "percentComplete", "links", "iCalendar")  # Table 31


def _normal(address: Any) -> str:
    """Addresses are compared without the case of mailto: and of what is behind it."""
    text = address.strip() if isinstance(address, str) else ""
    return text.lower() if text[: len(MAILTO)].lower() == MAILTO else text


def _read(reading: Reading, lines: list[Line], components: list[Component]) -> None:
    people: dict[str, Key] = {}
    organizers: list[Property] = []
    for line in lines:
        prop = Property(line)
        if not line.value.strip() or (line.name == "ORGANIZER" and organizers):
            reading.leave(line)
        elif line.name == "ORGANIZER":
            organizers.append(prop)
        elif _normal(line.value) in people:
            reading.leave(line)
        else:
            key = ("participants", identity(prop, reading, "participants"))
            people[_normal(line.value)] = key
            reading.put(key, read_attendee(prop, reading.setting.is_task), line)
            reading.told((*key, "calendarAddress"), prop)
    for component in components:
        _read_component(reading, component, people, organizers)
    for prop in organizers:
        _read_organizer(reading, prop, people)


def _read_component(
    reading: Reading, component: Component, people: dict[str, Key], organizers: Sequence[Property]
) -> None:
    """An ATTENDEE with the same address is the same Participant; what it says comes first."""
    inside = read_component(component, PARTICIPANT, reading.setting).record
    address = first_text(component, "CALENDAR-ADDRESS")
    there = people.get(_normal(address)) if address else None
    if there is not None and not any(isinstance(item, Component) for item in reading.sources[there]):
        own = reading.record["participants"][there[1]]
        reading.put(there, inside | own, component)
        return
    identified = _organizer_id(address, organizers) if there is None else ""
    key = ("participants", reading.free("participants", identified or _named(component)))
    if address and there is None:
        people[_normal(address)] = key
        kept = inside.setdefault("iCalendar", {"@type": "ICalComponent", "name": "participant"})
        told = kept.setdefault("convertedProperties", {})
        told.setdefault("calendarAddress", {"@type": "ICalProperty", "name": "calendar-address"})
    reading.put(key, inside, component)


def _organizer_id(address: str, organizers: Sequence[Property]) -> str:
    """The JSID of an ORGANIZER with this address: it is the same Participant (2.3.29)."""
    prop = next((each for each in organizers if address and _normal(each.value) == _normal(address)), None)
    return prop.take("JSID") or "" if prop and is_id(prop.first("JSID")) else ""


def _read_organizer(reading: Reading, prop: Property, people: dict[str, Key]) -> None:
    address = prop.value.strip()
    reading.put(_ORGANIZER, address, prop.line)
    reading.made(("sentBy",), prop.line)
    person = read_person(prop)
    if sender := person.get("sentBy"):
        reading.put(("sentBy",), sender)
    participants = reading.record.get("participants", {})
    has_owner = any(_is_owner(each) for each in participants.values())
    key = people.get(_normal(address))
    if person or not has_owner:
        if key is None:
            key = ("participants", identity(prop, reading, "participants"))
            reading.put(key, {"@type": "Participant", "calendarAddress": address}, prop.line)
        record = reading.record["participants"][key[1]]
        for name, value in person.items():
            record.setdefault(name, value)
        roles = record.get("roles")
        record["roles"] = (roles if isinstance(roles, dict) else {}) | {"owner": True}
    if key is not None:
        reading.made(key, prop.line)
        _mark_attendee(reading, key)
    reading.told(_ORGANIZER, prop)


def _is_owner(record: Mapping[str, Any]) -> bool:
    roles = record.get("roles")
    return isinstance(roles, dict) and "owner" in roles


def _mark_attendee(reading: Reading, key: Key) -> None:
    """An ATTENDEE that says no more than ORGANIZER would not be written again."""
    record = reading.record["participants"][key[1]]
    line = next((item for item in reading.sources[key] if item.name == "ATTENDEE"), None)
    if isinstance(line, Line) and not _says_more(record):
        prop = Property(line)
        read_attendee(prop, reading.setting.is_task)
        prop.take("JSID")
        reading.told((*key, "calendarAddress"), prop, "attendee")


def _says_more(record: Mapping[str, Any]) -> bool:
    """Whether ORGANIZER could not fully represent it (3.6)."""
    roles = record.get("roles")
    others = isinstance(roles, dict) and any(role != "owner" for role in roles)
    return others or any(name in ATTENDING for name in record)


def _is_organizer(record: Mapping[str, Any], writing: Writing) -> bool:
    address = _normal(record.get("calendarAddress"))
    return bool(address) and address == _normal(writing.record.get("organizerCalendarAddress"))


def _needs_attendee(key: Key, record: Record, writing: Writing) -> bool:
    if write_uri(record.get("calendarAddress")) is None:
        return False
    if _says_more(record) or writing.told((*key, "calendarAddress")):
        return True
    if _is_organizer(record, writing):  # without parameters ORGANIZER is no participant where another is owner
        return not _is_owner_anyway(key, record, writing)
    return not _is_inside_only(record)


def _is_inside_only(record: Record) -> bool:
    """2.3.5: whether the address was one of a PARTICIPANT alone."""
    kept = record.get("iCalendar")
    told = kept.get("convertedProperties") if isinstance(kept, dict) else None
    entry = told.get("calendarAddress") if isinstance(told, dict) else None
    return isinstance(entry, dict) and entry.get("name") == "calendar-address"


def _write(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    if key == _ORGANIZER:
        return _written_organizer(value, writing)
    if key[0] != "participants" or not isinstance(value, dict):
        return ()
    found: list[Item] = []
    if has_line := _needs_attendee(key, value, writing):
        address = str(value["calendarAddress"])
        params = attendee_params(value, writing.setting.is_task, _is_owner_anyway(key, value, writing))
        params += jsid(key[1], uuid5(address))
        found.append(make_line("ATTENDEE", address, writing.params((*key, "calendarAddress"), *params)))
    has_line = has_line or _is_organizer(value, writing)
    if any(name in value for name in _INSIDE) or not has_line:
        found.append(_component(key, value, writing, has_line))
    return found


def _is_owner_anyway(key: Key, record: Record, writing: Writing) -> bool:
    """3.6: the role needs no parameter where reading ORGANIZER gives it."""
    if not _is_organizer(record, writing):
        return False
    return bool(person_params(record)) or not writing.once("owners", _owners) - {key[1]}


def _owners(writing: Writing) -> set[str]:
    people = writing.record["participants"].items()
    return {name for name, each in people if isinstance(each, dict) and _is_owner(each)}


def _component(key: Key, value: Record, writing: Writing, has_line: bool) -> Component:
    """What has no place in ATTENDEE (Table 31), or all when there is none."""
    before = writing.component_before("PARTICIPANT")
    wanted = {name: value[name] for name in _INSIDE if name in value}
    if not has_line and "name" in value:
        wanted["name"] = value["name"]
    address = value.get("calendarAddress")
    if isinstance(address, str):
        wanted["calendarAddress"] = address
    return written_with_id(before, wanted, PARTICIPANT, writing.setting, key[1], partial(_named_by, key[1] * has_line))


def _named_by(line: str, component: Component) -> str:
    """The key of the line when there is one."""
    return line or _named(component)


def _named(component: Component) -> str:
    """2.2.1: JSID, then the address, then UID."""
    address = first_text(component, "CALENDAR-ADDRESS")
    if address and not is_id(first_text(component, "JSID")):
        return uuid5(address)
    return name_of(component, uuid5(first_text(component, "SUMMARY")))


def _written_organizer(value: Any, writing: Writing) -> Sequence[Item]:
    address = write_uri(value)
    if address is None:
        return ()
    people = writing.record.get("participants")
    named = people.items() if isinstance(people, dict) else ()
    found = next(
        ((name, each) for name, each in named if isinstance(each, dict) and _is_organizer(each, writing)), None
    )
    sender = writing.record.get("sentBy")
    person: Record = {"sentBy": sender} if isinstance(sender, str) else {}
    identified = []
    if found is not None:
        key = ("participants", found[0])
        person = {name: each for name, each in found[1].items() if name != "sentBy"} | person
        if not _needs_attendee(key, found[1], writing):
            identified = jsid(found[0], uuid5(address))
        elif (before := _organizer_before(found[0], address, person, writing)) is not None:
            return (before,)
    params = writing.params(_ORGANIZER, *person_params(person), *identified)
    return (make_line("ORGANIZER", address, params),)


def _organizer_before(identity: str, address: str, person: Record, writing: Writing) -> Line | None:
    """The line as it is, when it is true: what it leaves out is in the ATTENDEE."""
    before = writing.line_before("ORGANIZER")
    if before is None or before.value.strip() != address:
        return None
    prop = Property(before)
    said = read_person(prop)
    told = dict(writing.params(_ORGANIZER))
    is_true = all(person.get(name) == value for name, value in said.items()) and prop.params == told
    is_owner = bool(said) or not writing.once("owners", _owners) - {identity}
    return before if is_true and is_owner and ("sentBy" in said) == ("sentBy" in person) else None


PARTICIPANTS = Codec(
    ("participants", "organizerCalendarAddress", "sentBy"),
    ("ORGANIZER", "ATTENDEE"),
    _read,
    _write,
    inside=("PARTICIPANT",),
    maps=("participants",),
    section="2.2.1, 2.3.4, 2.3.5, 2.3.29",
    note="a second line with the same address goes to iCalendar",
)
