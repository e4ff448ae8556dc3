"""What CalendarEvent/query and Task/query can ask of a record (jmap-calendars-27 5.11, tasks-06 4): its JSCalendar."""

from collections.abc import Iterator
from typing import Any

from jmapd.formats.jscalendar import alerts, durations
from jmapd.formats.jscalendar.texts import FILTERS as TEXTS
from jmapd.formats.jscalendar.texts import texts as texts_of
from jmapd.formats.jscalendar.zones import utc
from jmapd.index import spans
from jmapd.index.contact_card import moment
from jmapd.index.spans import Extent
from jmapd.wire import Record
from jmapd.wire.casemap import unicode_casemap

__all__ = ["EVENT_NUMBERS", "SORTS", "TASK_NUMBERS", "TEXTS", "keys", "numbers", "sorts", "texts"]

EVENT_NUMBERS = ("start", "created", "updated", *spans.NUMBERS)
TASK_NUMBERS = ("due", "priority", "percentComplete", "sortOrder", *EVENT_NUMBERS)
SORTS = ("uid", "recurrenceId")
MAX_SORT_KEY = 200  # characters
MAX_NUMBER = 1 << 53
_LOCAL = ("start", "due")
_DATES = ("created", "updated")
# properties of which an override can have another value without any other text to be found
_NO_TEXT = {
    "start", "duration", "due", "timeZone", "endTimeZone", "showWithoutTime", "excluded", "status",
    "freeBusyStatus", "priority", "color", "alerts", "useDefaultAlerts", "sequence", "created", "updated",
    "privacy", "progress", "percentComplete", "estimatedDuration", "requestStatus", "iCalendar", "method",
    "sentBy", "hideAttendees", "mayInviteSelf", "mayInviteOthers",
}  # fmt: skip


def texts(object: Record) -> list[list[str]]:
    found = texts_of(object)
    return [found.get(name, []) for name in TEXTS]


def numbers(names: tuple[str, ...], object: Record, extent: Extent) -> list[int | None]:
    """Dates in microseconds, local ones by the time zone of the object, floating ones as if it were UTC."""
    return [_number(name, object, extent) for name in names]


def _number(name: str, object: Record, extent: Extent) -> int | None:
    if name in spans.NUMBERS:
        number: int | None = getattr(extent, name)
        return number
    value = object.get(name)
    if name in _DATES:
        return moment(value)
    if name in _LOCAL:
        return _local(value, object.get("timeZone"))
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < MAX_NUMBER else None


def _local(value: Any, zone: Any) -> int | None:
    try:
        return utc(durations.local(value), zone if isinstance(zone, str) else None) if isinstance(value, str) else None
    except ValueError:
        return None


def sorts(object: Record) -> list[str]:
    """As the default collation compares them."""
    found = (object.get(name) for name in SORTS)
    return [unicode_casemap(each[:MAX_SORT_KEY]) if isinstance(each, str) else "" for each in found]


def keys(record: Record, extent: Extent) -> Iterator[tuple[str, str]]:
    """What is looked up exactly: calendars or task lists, uid, progress, and what a query must know of the record."""
    object = record.get("object") or {}
    for book in record.get("books") or ():
        yield "book", book
    exact = {"uid": object.get("uid"), "workflowStatus": object.get("workflowStatus"), "progress": _progress(object)}
    yield from ((name, value) for name, value in exact.items() if isinstance(value, str))
    privacy = object.get("privacy", "public")
    if privacy != "public":
        yield "privacy", "secret" if privacy == "secret" else "private"
    if object.get("hideAttendees") is True:
        yield "hides", "attendees"
    if not isinstance(object.get("timeZone"), str):
        yield "floating", "1"
    for kind in sorted(alerts.kinds(object)):
        yield "alerts", kind
    if not extent.is_expandable:
        yield "expandable", "0"
    overrides = object.get("recurrenceOverrides")
    if isinstance(overrides, dict) and any(_has_texts(patch) for patch in overrides.values()):
        yield "varies", "text"


def _progress(object: Record) -> str | None:
    """Of a task that of its participants, where it has none itself (jscalendarbis-15 4.2.5)."""
    if object.get("@type") != "Task" or isinstance(object.get("progress"), str):
        return object.get("progress")
    people = object.get("participants")
    people = people.values() if isinstance(people, dict) else ()
    found = [each.get("progress") for each in people if isinstance(each, dict)]
    if found and found.count("completed") == len(found):
        return "completed"
    return next((each for each in ("failed", "in-process") if each in found), "needs-action")


def _has_texts(patch: Any) -> bool:
    return isinstance(patch, dict) and any(path.split("/")[0] not in _NO_TEXT for path in patch)
