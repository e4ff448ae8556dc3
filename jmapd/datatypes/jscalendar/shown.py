"""What CalendarEvent/get (jmap-calendars-27 5.7) makes of an event: some overrides and participants, times in UTC."""

from collections.abc import Callable
from typing import Any

from jmapd.datatypes.jscalendar.kind import Kind
from jmapd.datatypes.jscalendar.people import (
    addresses,
    has_role,
    is_one_of,
    is_owner_of,
    owner_role,
    owns,
    participants,
)
from jmapd.formats.jscalendar import durations, instances, zones
from jmapd.methods.context import Context
from jmapd.stores.base import Account
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.dates import microseconds, utc_date
from jmapd.wire.errors import InvalidArguments

UTC_ZONE = "Etc/UTC"
ARGUMENTS: dict[str, tuple[str, Any]] = {
    "recurrenceOverridesBefore": ("UTCDate|null", None),
    "recurrenceOverridesAfter": ("UTCDate|null", None),
    "reduceParticipants": ("Boolean", False),
    "timeZone": ("String", UTC_ZONE),
}
ICALENDAR = "iCalendar"
_PARTS = ("participants", "locations", "alerts")
WITH_ICALENDAR = (*_PARTS, "recurrenceOverrides")  # what may have it, too
_RECURRENCE = ("recurrenceRule", "recurrenceOverrides")

Step = Callable[[Record], Record]


def prepare(kind: Kind, context: Context, args: Arguments) -> None:
    """Raises InvalidArguments."""
    check_zone(args["timeZone"])
    names = args["properties"] or ()
    if "recurrenceOverrides" in names and ("utcStart" in names or kind.utc_end in names):
        raise InvalidArguments(f"properties: recurrenceOverrides cannot be had with utcStart or {kind.utc_end}")


def check_zone(name: str) -> None:
    """Raises InvalidArguments."""
    if not zones.is_zone(name):
        raise InvalidArguments(f"timeZone: no time zone is called {name[:80]!r}")


def shape(kind: Kind, context: Context, args: Arguments) -> Step:
    """What is made of each record."""
    names = args["properties"]
    asked = None if names is None else frozenset(names)
    nulls = {name: None for name in _RECURRENCE if asked is not None and name in asked}
    after, before = (args[f"recurrenceOverrides{end}"] for end in ("After", "Before"))
    has_window = (after is not None or before is not None) and (asked is None or "recurrenceOverrides" in asked)
    has_people = asked is None or not asked.isdisjoint(("participants", "recurrenceOverrides", ICALENDAR))

    has_icalendar = asked is not None and ICALENDAR in asked

    def shaped(record: Record) -> Record:
        if not has_icalendar:
            record = without_icalendar(record)
        if has_people:
            record = reduced(context, record) if args["reduceParticipants"] else seen_people(context, record)
        if has_window and record.get("recurrenceOverrides"):
            record = windowed(record, after, before)
        return {**record, **nulls} if nulls and kind.base in record else record

    return shaped


def without_icalendar(record: Record) -> Record:
    """Without what overrides and parts of the event keep of iCalendar, too."""
    out = record
    for name in _PARTS:
        if (kept := _plain_parts(parts := record.get(name))) is not parts:
            out = {**out, name: kept}
    overrides = record.get("recurrenceOverrides")
    if isinstance(overrides, dict):
        plain = {date: _plain_patch(patch) for date, patch in overrides.items()}
        if any(plain[date] is not patch for date, patch in overrides.items()):
            out = {**out, "recurrenceOverrides": plain}
    return out


def _plain_parts(parts: Any) -> Any:
    """The same object where nothing is left out."""
    if not isinstance(parts, dict) or all(_plain(part) is part for part in parts.values()):
        return parts
    return {id: _plain(part) for id, part in parts.items()}


def _plain(part: Any) -> Any:
    if not isinstance(part, dict) or ICALENDAR not in part:
        return part
    return {name: value for name, value in part.items() if name != ICALENDAR}


def _plain_patch(patch: Any) -> Any:
    """Also without pointers into it: to who does not see it they lead nowhere, and the whole patch is invalid."""
    if not isinstance(patch, dict) or not any(isinstance(patch[each], dict) or ICALENDAR in each for each in patch):
        return patch
    out = {}
    for pointer, value in patch.items():
        head, *rest = pointer.split("/")
        if head in _PARTS and len(rest) < 2:
            out[pointer] = _plain(value) if rest else _plain_parts(value)
        elif head != ICALENDAR and not (head in _PARTS and rest[1] == ICALENDAR):
            out[pointer] = value
    return out if len(out) < len(patch) or any(out[each] is not patch[each] for each in out) else patch


def hides(context: Context, record: Record) -> bool:
    """Whether the user may not see all participants (5.1.3)."""
    if record.get("hideAttendees") is not True:
        return False
    assert context.account is not None
    return not (is_owner_of(context, context.account) and owns(context, record))


def seen_people(context: Context, record: Record) -> Record:
    """The event with those participants that the user may see."""
    return without_hidden(context, record) if hides(context, record) else record


def without_hidden(context: Context, record: Record, account: Account | None = None) -> Record:
    """As `reduced`; what is kept of iCalendar, as of ATTENDEE lines, would tell of the others, too."""
    plain = {name: value for name, value in without_icalendar(record).items() if name != ICALENDAR}
    return reduced(context, plain, account)


def reduced(context: Context, record: Record, account: Account | None = None) -> Record:
    """With owners and the user as the only participants, in overrides, too."""
    mine, roles = addresses(context, account), {"owner", owner_role(record)}

    def is_kept(participant: Any) -> bool:
        return any(has_role(participant, role) for role in roles) or is_one_of(participant, mine)

    out, kept = dict(record), {id: each for id, each in participants(record).items() if is_kept(each)}
    if "participants" in record:
        out["participants"] = kept
    overrides = record.get("recurrenceOverrides")
    if isinstance(overrides, dict):
        out["recurrenceOverrides"] = {date: _reduced_patch(patch, kept, is_kept) for date, patch in overrides.items()}
    return out


def _reduced_patch(patch: Any, kept: dict[Id, Record], is_kept: Callable[[Any], bool]) -> Any:
    out = {}
    for pointer, value in patch.items() if isinstance(patch, dict) else ():
        first, _, rest = pointer.partition("/")
        if first == "participants" and not rest and isinstance(value, dict):
            value = {id: each for id, each in value.items() if is_kept(each)}
        elif first == "participants" and rest:
            id, _, deeper = rest.partition("/")
            id = id.replace("~1", "/").replace("~0", "~")
            if id not in kept and (deeper or not is_kept(value)):
                continue
        out[pointer] = value
    return out


def windowed(record: Record, after: str | None, before: str | None) -> Record:
    """With the overrides whose recurrence id, in UTC, is not before `after`, and before `before`."""
    zone = record.get("timeZone") or UTC_ZONE
    low, high = (None if date is None else microseconds(date) for date in (after, before))

    def is_within(date: str) -> bool:
        try:
            at = zones.utc(durations.local(date), zone)
        except ValueError:
            return True
        return (low is None or at >= low) and (high is None or at < high)

    overrides = {date: patch for date, patch in record["recurrenceOverrides"].items() if is_within(date)}
    return record | {"recurrenceOverrides": overrides}


def utc_start(context: Context, record: Record, name: str) -> str | None:
    """Property: when it begins, by what is known of its time zone now."""
    return _moment(context, record, 0)


def utc_end(context: Context, record: Record, name: str) -> str | None:
    """Property: when it ends."""
    return _moment(context, record, 1)


def _moment(context: Context, record: Record, end: int) -> str | None:
    found = instances.utc_range(record, context.arguments.get("timeZone") or UTC_ZONE)
    return None if found is None else utc_date(found[end] // 1_000_000)
