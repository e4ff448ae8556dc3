"""Single occurrences of a recurring event or task (jscalendarbis 3.3.1, 3.3.4; jmap-calendars-27 5.6, 5.7)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from jmapd.formats.jscalendar import durations, recurrence
from jmapd.formats.jscalendar.expansion import CannotExpand, TooMany, times
from jmapd.formats.object_types.patches import apply, escaped
from jmapd.wire import Record
from jmapd.wire.errors import InvalidPatch
from jmapd.wire.patch import paths

EXCLUDED: Record = {"excluded": True}
# What a patch must not touch (jscalendarbis 3.3.4): first part of the pointer, and calendarAddress of participants.
NOT_OVERRIDDEN = frozenset(
    (
        "@type",
        "method",
        "organizerCalendarAddress",
        "privacy",
        "prodId",
        "recurrenceId",
        "recurrenceIdTimeZone",
        "recurrenceOverrides",
        "recurrenceRule",
        "relatedTo",
        "uid",
    )
)
# and what is the event's alone by jmap-calendars-27 5 and 5.1: a client is refused that, a file cannot be
OF_THE_EVENT = frozenset(("hideAttendees", "isDraft", "mayInviteOthers", "mayInviteSelf"))
IGNORED = NOT_OVERRIDDEN | OF_THE_EVENT
MAX_APART = 400  # days between the first and the last of several
_SERIES = ("recurrenceRule", "recurrenceOverrides")


def is_occurrence(event: Record, recurrence_id: str) -> bool:
    """Whether the event has an occurrence with this recurrence id."""
    overrides = event.get("recurrenceOverrides") or {}
    if recurrence_id in overrides:
        patch = overrides[recurrence_id]
        return not (isinstance(patch, dict) and patch.get("excluded") is True)
    try:
        wanted = durations.local(recurrence_id)
    except ValueError:
        return False
    return recurs_at(event, wanted)


def recurs_at(event: Record, wanted: datetime) -> bool:
    """Whether the rule, or without one the start, gives this local time."""
    start = recurrence.of(event).start
    rule = event.get("recurrenceRule")
    if start is None or not isinstance(rule, dict):
        return start == wanted and bool(event.get("recurrenceOverrides"))
    day = timedelta(days=1)
    try:
        found = times(rule, start, durations.moved(wanted, -day), durations.moved(wanted, day))
        return any(each == wanted for each in found)
    except (CannotExpand, TooMany):
        return wanted == start


def instance(event: Record, recurrence_id: str) -> Record | None:
    """The occurrence as an object of its own, overrides applied; None when there is none with this id."""
    if not is_occurrence(event, recurrence_id):
        return None
    patch = (event.get("recurrenceOverrides") or {}).get(recurrence_id) or {}
    return applied(inherited(event, recurrence_id), patch)


def instances(event: Record, recurrence_ids: Iterable[str]) -> dict[str, Record]:
    """Those of several ids that there are, as `instance` has them; the rule is gone through once."""
    overrides = event.get("recurrenceOverrides") or {}
    ids, found = list(recurrence_ids), {}
    given = _among(event, [id for id in ids if id not in overrides])
    for id in ids:
        if id in given if given is not None and id not in overrides else is_occurrence(event, id):
            found[id] = applied(inherited(event, id), overrides.get(id) or {})
    return found


def _among(event: Record, ids: list[str]) -> set[str] | None:
    """Those that the rule gives; None where they are better looked for one by one."""
    rule = event.get("recurrenceRule")
    if len(ids) < 2 or not isinstance(rule, dict) or (start := recurrence.of(event).start) is None:
        return None
    try:
        wanted = {durations.local(id): id for id in ids}
        day = timedelta(days=1)
        first, last = durations.moved(min(wanted), -day), durations.moved(max(wanted), day)
        if last - first > day * MAX_APART:
            return None
        return {wanted[each] for each in times(rule, start, first, last) if each in wanted}
    except (CannotExpand, TooMany, ValueError):
        return None


def inherited(event: Record, recurrence_id: str) -> Record:
    """The occurrence as the event has it without its override."""
    record = {name: value for name, value in event.items() if name not in _SERIES}
    record["recurrenceId"] = recurrence_id
    zone = event.get("timeZone")
    if zone is not None:
        record["recurrenceIdTimeZone"] = zone
    if "start" in event:
        record["start"] = recurrence_id
    if "due" in event:
        start = durations.local(recurrence_id)
        length = recurrence.of(event).length if "start" in event else timedelta(0)
        record["due"] = durations.local_text(durations.moved(start, length))
    return record


def applied(record: Record, patch: Mapping[str, Any]) -> Record:
    """A record with the patch of an override applied (jscalendarbis 3.3.4), whole or, when part of it does not fit, not
    at all (1.5.9).
    """
    out, copied = dict(record), set[tuple[str, ...]]()
    try:
        for path, value in paths(patch).items():
            if not is_ignored(path):
                apply(out, path, value, copied)
    except InvalidPatch:
        return dict(record)
    return out


def is_forbidden(path: tuple[str, ...]) -> bool:
    """Whether a pointer of an override must be ignored."""
    is_address = len(path) >= 3 and path[0] == "participants" and path[2] == "calendarAddress"
    return path[0] in NOT_OVERRIDDEN or is_address


def is_ignored(path: tuple[str, ...]) -> bool:
    """As is_forbidden, in what a file has, too."""
    return path[0] in OF_THE_EVENT or is_forbidden(path)


def override_of(event: Record, recurrence_id: str, wanted: Record) -> Record:
    """The patch that makes the occurrence what is wanted; what an override cannot change is left out."""
    base = inherited(event, recurrence_id)
    patch: Record = {}
    for name in sorted(base.keys() | wanted.keys()):
        if name not in IGNORED:
            _differences((name,), base.get(name), wanted.get(name), patch)
    return patch


def _differences(path: tuple[str, ...], old: Any, new: Any, patch: Record) -> None:
    """The shortest patches: into objects that stay, whole values where one is new, gone or no object."""
    if old == new and type(old) is type(new) or is_forbidden(path):
        return
    if isinstance(old, dict) and isinstance(new, dict) and old and new and old.get("@type") == new.get("@type"):
        for key in sorted(old.keys() | new.keys()):
            _differences((*path, key), old.get(key), new.get(key), patch)
        return
    patch[escaped(*path)] = new


def overridden(event: Record, recurrence_id: str, patch: Record) -> Record:
    """The event with this override of an occurrence; an empty patch takes an override of the rule's own away."""
    overrides = dict(event.get("recurrenceOverrides") or {})
    if patch or not recurs_at(event, durations.local(recurrence_id)):
        overrides[recurrence_id] = patch
    else:
        overrides.pop(recurrence_id, None)
    return _with(event, overrides)


def excluded(event: Record, recurrence_id: str) -> Record:
    """The event without an occurrence: excluded when the rule gives it, else its override is gone."""
    overrides = dict(event.get("recurrenceOverrides") or {})
    if recurs_at(event, durations.local(recurrence_id)):
        overrides[recurrence_id] = dict(EXCLUDED)
    else:
        overrides.pop(recurrence_id, None)
    return _with(event, overrides)


def _with(event: Record, overrides: Record) -> Record:
    out = dict(event)
    if overrides:
        out["recurrenceOverrides"] = overrides
    else:
        out.pop("recurrenceOverrides", None)
    return out


def utc_range(event: Record, default_zone: str | None = "Etc/UTC") -> tuple[int, int] | None:
    """Start and end of the object itself in microseconds UTC (utcStart, utcEnd); None when it has no time."""
    shape = recurrence.of(event)
    return None if shape.start is None else shape.span(shape.start, default_zone)
