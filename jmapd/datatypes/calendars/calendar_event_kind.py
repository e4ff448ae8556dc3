"""What of CalendarEvent (jmap-calendars-27 5) differs from Task."""

from collections.abc import Mapping

from jmapd.datatypes.calendars import scheduling
from jmapd.datatypes.calendars.notify import EventChange, notify
from jmapd.datatypes.jscalendar.kind import Change, Kind, every_id
from jmapd.methods.context import Context
from jmapd.wire import Id


def _notify(context: Context, changes: Mapping[Id, Change]) -> None:
    notify(context, [EventChange(id, every_id(KIND, change), *change) for id, change in changes.items()])


KIND = Kind(
    name="CalendarEvent",
    object_type="Event",
    books="calendarIds",
    book_type="Calendar",
    base="baseEventId",
    utc_end="utcEnd",
    end="duration",
    own=frozenset(("id", "baseEventId", "calendarIds", "isDraft", "isOrigin", "utcStart", "utcEnd", "blobId")),
    check_scheduling=scheduling.check,
    schedule=scheduling.schedule,
    notify=_notify,
)
