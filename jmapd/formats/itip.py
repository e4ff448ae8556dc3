"""iTIP messages about events (RFC 5546; jmap-calendars-27 5.9.2): their iCalendar objects written and read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jmapd.formats.calendar_address import normalised_uri
from jmapd.formats.content_lines import Line, make_line
from jmapd.formats.icalendar import Component, calendars, to_bytes, walk
from jmapd.formats.jscalendar import durations, instances
from jmapd.formats.jscalendar.from_icalendar import objects
from jmapd.formats.jscalendar.schema import JMAP_OWN, PER_USER
from jmapd.formats.jscalendar.to_icalendar import to_icalendar
from jmapd.wire import Id, Record
from jmapd.wire.dates import utc_date

REQUEST, CANCEL, REPLY = "REQUEST", "CANCEL", "REPLY"
NEEDS_ACTION = "needs-action"

# what is nobody else's: of the user, of JMAP, and what his own files say besides
_HIDDEN = frozenset((
    *PER_USER, *JMAP_OWN, "mayInviteSelf", "mayInviteOthers", "hideAttendees", "method", "prodId", "blobId", "sentBy",
))  # fmt: skip
_OF_PARTICIPANT = frozenset(  # what came of earlier messages; RFC 6638 7: must not be sent
    ("scheduleSequence", "scheduleUpdated", "scheduleStatus", "scheduleAgent", "scheduleForceSend", "sentBy")
)
_OF_WHO_KEEPS_IT = ("SCHEDULE-AGENT", "SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND")  # the same, of a line
_ROLES = ("CHAIR", "REQ-PARTICIPANT", "OPT-PARTICIPANT", "NON-PARTICIPANT")  # RFC 5545 3.2.16: one only


@dataclass(frozen=True)
class Message:
    """What is to be sent: JSCalendar Events, who sends them and who gets them, as Participants."""

    method: str
    events: Sequence[Record]
    sender: Record
    to: Sequence[Record]
    is_update: bool = False


@dataclass(frozen=True)
class Incoming:
    """What came about one UID. `events` have no alerts; the one with its overrides first, then lone instances."""

    method: str  # upper case
    uid: str
    sequence: int  # the highest
    dtstamp: str  # the latest, as a UTCDateTime; "" for none
    organizer: str | None  # as it stands there
    attendee: str | None  # of a REPLY: who replies; None when it is not one who does
    events: list[Record]


@lru_cache(maxsize=4096)
def normal(address: str) -> str:
    """What equivalent calendar addresses have in common."""
    return normalised_uri(address)


def address_of(participant: Any) -> str | None:
    """The normalised calendar address of a Participant."""
    found = participant.get("calendarAddress") if isinstance(participant, dict) else None
    return normal(found) if isinstance(found, str) and found else None


def participants_of(event: Mapping[str, Any]) -> dict[Id, Record]:
    """Those that are objects."""
    found = event.get("participants")
    return {id: each for id, each in found.items() if isinstance(each, dict)} if isinstance(found, dict) else {}


def participant_of(event: Mapping[str, Any], address: str) -> tuple[Id, Record] | None:
    """The Participant with an equivalent calendar address."""
    wanted, people = normal(address), participants_of(event).items()
    return next(((id, each) for id, each in people if address_of(each) == wanted), None)


def status_of(participant: Mapping[str, Any] | None) -> str:
    """The participationStatus (jscalendarbis-15 3.4.5)."""
    return str((participant or {}).get("participationStatus") or NEEDS_ACTION)


def organizer_of(event: Mapping[str, Any]) -> Record:
    """As a Participant."""
    address = event.get("organizerCalendarAddress")
    found = participant_of(event, address) if isinstance(address, str) else None
    return found[1] if found else {"@type": "Participant", "calendarAddress": address}


def path_of(pointer: str) -> list[str]:
    """The keys that the pointer of a patch goes through."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")]


def shared(event: Record) -> Record:
    """An event without what is no business of others."""
    out: Record = _bare({name: _shown(name, value) for name, value in event.items() if name not in _HIDDEN})
    overrides = overrides_of(out)
    if overrides:
        patches = {date: _shared_patch(patch) for date, patch in overrides.items() if _is_local(date)}
        out["recurrenceOverrides"] = telling(out, patches)
    return out


def telling(event: Record, patches: Mapping[str, Record]) -> dict[str, Record]:
    """Without those in which nothing is left; of an occurrence that the rule gives it would say that something was."""
    before = overrides_of(event)
    return {
        date: each
        for date, each in patches.items()
        if each or not before.get(date) or not (_is_local(date) and recurs(event, date))
    }


def overrides_of(event: Mapping[str, Any]) -> dict[str, Record]:
    """Those that are patches."""
    found = event.get("recurrenceOverrides")
    return {date: each for date, each in found.items() if isinstance(each, dict)} if isinstance(found, dict) else {}


def recurs(event: Record, date: str) -> bool:
    """Whether the rule gives it."""
    return instances.recurs_at(event, durations.local(date))


def _is_local(date: str) -> bool:
    try:
        durations.local(date)
    except ValueError:
        return False
    return True


def _shared_patch(patch: Record) -> Record:
    return {pointer: _shown(pointer, value) for pointer, value in patch.items() if _is_shared(pointer)}


def _is_shared(pointer: str) -> bool:
    path = path_of(pointer)
    is_schedule = path[0] == "participants" and len(path) > 2 and path[2] in _OF_PARTICIPANT
    return path[0] not in (*_HIDDEN, "updated") and not is_schedule and "iCalendar" not in path


def _shown(pointer: str, value: Any) -> Any:
    """What others may see of a value."""
    path = path_of(pointer)
    if path[0] != "participants" or len(path) > 2 or not isinstance(value, dict):
        return value
    if len(path) == 1:
        return {id: _shown("participants/-", each) for id, each in value.items()}
    return {name: each for name, each in value.items() if name not in _OF_PARTICIPANT}


def _bare(value: Any) -> Any:
    """Without lines of iCalendar that were carried along: some are of the user's programs."""
    if isinstance(value, dict):
        return {name: _bare(each) for name, each in value.items() if name != "iCalendar"}
    return [_bare(each) for each in value] if isinstance(value, list) else value


# --- writing


def to_calendar(method: str, events: Sequence[Record], now: float) -> bytes:
    """The iCalendar object of a message; the events have one UID."""
    first, *others = [_converted(method, event, now) for event in events]
    there = {_tzid(zone) for zone in first.inside("VTIMEZONE")}
    for other in others:
        zones = [zone for zone in other.inside("VTIMEZONE") if _tzid(zone) not in there]
        there |= {_tzid(zone) for zone in zones}
        first.items[:] = [*first.lines, *zones, *first.components, *other.inside("VEVENT")]  # RFC 5545 3.4
    return to_bytes([first])


def _tzid(zone: Component) -> str:
    line = zone.first("TZID")
    return line.value if line else ""


def _converted(method: str, event: Record, now: float) -> Component:
    """RFC 5546 3.2.2, 3.2.3, 3.2.5."""
    calendar = to_icalendar({"title": "", **event, "method": method.lower(), "updated": utc_date(int(now))})
    for component in walk(calendar):
        component.items[:] = [
            _line(item) if isinstance(item, Line) else item for item in component.items if _fits(item)
        ]
    for component in calendar.inside("VEVENT"):
        if not component.first("SEQUENCE"):
            component.insert([make_line("SEQUENCE", "0")], component.first("DTSTAMP"))
        if method == REQUEST and not component.first("SUMMARY"):  # 3.2.2: must be there
            component.insert([make_line("SUMMARY", "")], component.first("DTSTAMP"))
    return calendar


def _fits(item: Line | Component) -> bool:
    """jscalendar-icalendar 1.4: only what every program knows; RFC 5546 3.2.3, 3.2.5: no VALARM."""
    return item.name not in ("JSPROP", "JSID", "VALARM")


def _line(line: Line) -> Line:
    out = _without(line, ("JSID", "ROLE"))
    roles = {value.upper() for name, values in line.params if name == "ROLE" for value in values}
    if role := next((role for role in _ROLES if role in roles), ""):
        return make_line(out.name, out.value, [*out.params, ("ROLE", [role])])
    return out


def _without(line: Line, names: Collection[str]) -> Line:
    params = [each for each in line.params if each[0] not in names]
    return line if len(params) == len(line.params) else make_line(line.name, line.value, params)


# --- reading


def parse(data: bytes) -> list[Incoming]:
    """One for each UID that has events; none of what is no iTIP object. Never fails."""
    found: list[Incoming] = []
    for calendar in calendars(data):
        methods = {line.value.strip().upper() for line in calendar.named("METHOD")}
        if len(methods) == 1 and (method := methods.pop()):
            found += _incoming(method, calendar)
    return found


def _incoming(method: str, calendar: Component) -> list[Incoming]:
    groups: dict[str, list[Record]] = {}
    for component in walk(calendar):  # JSPROP could say anything; RFC 5546 3.2: VALARM is not for others
        component.items[:] = [
            _without(item, _OF_WHO_KEEPS_IT) if isinstance(item, Line) else item
            for item in component.items
            if item.name not in ("JSPROP", "VALARM")
        ]
    for each in objects(calendar):
        if each.type == "Event" and each.components[0].first("UID"):
            record = {name: value for name, value in each.record.items() if name not in ("method", "prodId")}
            groups.setdefault(each.uid, []).append(record)
    return [_about(method, uid, events) for uid, events in groups.items()]


def _about(method: str, uid: str, events: list[Record]) -> Incoming:
    events.sort(key=lambda event: event.get("recurrenceId") or "")
    organizers = (event.get("organizerCalendarAddress") for event in events)
    return Incoming(
        method,
        uid,
        max(event.get("sequence", 0) for event in events),
        max(event.get("updated", "") for event in events),
        next((each for each in organizers if isinstance(each, str)), None),
        _replying(events) if method == REPLY else None,
        events,
    )


def _replying(events: Sequence[Record]) -> str | None:
    """RFC 5546 3.2.3: the one attendee; beside him those that he delegates to may be there (3.2.2.3)."""
    found: dict[str, str] = {}
    delegates: set[str] = set()
    for event in events:
        organizer = event.get("organizerCalendarAddress")
        for each in participants_of(event).values():
            address = address_of(each)
            if address is None or _is_organizer_only(each, organizer):
                continue
            found.setdefault(address, each["calendarAddress"])
            if status_of(each) == "delegated":
                delegates |= {normal(to) for to in each.get("delegatedTo") or {}}
    replying = [given for address, given in found.items() if address not in delegates]
    return replying[0] if len(replying) == 1 else None


def _is_organizer_only(participant: Mapping[str, Any], organizer: Any) -> bool:
    """Whether an ORGANIZER line is all there is of him."""
    is_organizer = isinstance(organizer, str) and address_of(participant) == normal(organizer)
    return is_organizer and participant.get("roles") == {"owner": True} and "participationStatus" not in participant
